// The `headway` program.
#include <iostream>

#include "services/cli/commands.h"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  headway::CommandLine line(std::cout, std::cerr);
  headway::RegisterCommands(line.Root());
  return line.Main(argc, argv);
}
