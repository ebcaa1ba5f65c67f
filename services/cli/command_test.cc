#include "services/cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "services/cli/commands.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CommandTest : public ::testing::Test {
 protected:
  int Main(std::vector<const char*> words) {
    words.insert(words.begin(), "headway");
    return line_.Main(static_cast<int>(words.size()), words.data());
  }
  std::ostringstream out_, err_;
  CommandLine line_{out_, err_};
};

TEST_F(CommandTest, RunsTheNamedSubcommandWithItsOptionsAndReturnsItsExitCode) {
  std::string file;
  std::vector<std::string> tags;
  absl::Duration wait;
  absl::Time since;
  Command load = line_.Root().Add("load", "Loads").Add("file", "A file");
  load.Positional("FILE", &file, "The file");
  load.Option("--tag", &tags, "Tags");
  load.Option("--wait", &wait, "Patience");
  load.Option("--since", &since, "Since");
  load.Run([&](const CliContext& context) {
    EXPECT_EQ(context.server, "example.invalid:1");
    return 3;
  });
  EXPECT_EQ(Main({"load", "file", "-", "--tag", "a=b", "--tag", "c", "--wait", "1m30s", "--since", "2024-05-01",
                  "--server", "example.invalid:1"}),
            3);
  EXPECT_EQ(file, "-");
  EXPECT_THAT(tags, ElementsAre("a=b", "c"));
  EXPECT_EQ(wait, absl::Seconds(90));
  EXPECT_EQ(absl::FormatTime(since, absl::UTCTimeZone()), "2024-05-01T00:00:00+00:00");
}

TEST_F(CommandTest, RefusesWhatItDoesNotKnowAndNamesTheHelpToRead) {
  Command load = line_.Root().Add("load", "Loads");
  load.Run([](const CliContext&) { return 0; });
  EXPECT_EQ(Main({"load", "--nope"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--nope"));
  EXPECT_THAT(err_.str(), HasSubstr("Try: headway load --help"));
}

TEST_F(CommandTest, NamesWhatIsWrongWithAValue) {
  absl::Duration wait;
  std::string format = "table";
  Command load = line_.Root().Add("load", "Loads");
  load.Option("--wait", &wait, "Patience");
  load.Choice("--format", &format, {"table", "json"}, "Form");
  load.Run([](const CliContext&) { return 0; });
  EXPECT_EQ(Main({"load", "--wait", "soon"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("\"soon\" is no duration"));
  EXPECT_EQ(Main({"load", "--format", "xml"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("\"xml\" is none of table, json"));
}

TEST_F(CommandTest, EveryCommandHasHelpWithAnExample) {
  RegisterCommands(line_.Root());
  EXPECT_EQ(Main({"health", "--help"}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("headway health --wait 30s"));
  EXPECT_EQ(Main({}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("health"));
}

TEST_F(CommandTest, SaysWhatToTryWhenNobodyAnswers) {
  RegisterCommands(line_.Root());
  // Port 1 of the loopback: nothing listens there.
  EXPECT_EQ(Main({"health", "--server", "127.0.0.1:1"}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("cannot reach Headway at 127.0.0.1:1: is it running? try ./headway up"));
}

}  // namespace
}  // namespace headway
