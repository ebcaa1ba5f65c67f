// Workers in a process of their own, for tests that kill it. Usage: worker_process DATABASE_URL
#include <unistd.h>

#include "aggregator/rollup/worker.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  headway::ConnectionPool pool(std::string(argv[1]), 3);
  headway::GraphCache graphs;
  headway::WorkerOptions options;
  options.threads = 2;
  options.items_per_batch = 20;
  options.poll = absl::Milliseconds(20);
  headway::Worker worker(&pool, &graphs, options);
  worker.Start();
  while (true) pause();
}
