// What `headway doctor` says: for each coverage in doctor_golden (NAME.textproto) the text beside it (NAME.txt). HEADWAY_UPDATE_GOLDEN=1 writes the texts.
#include <google/protobuf/text_format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "gmock/gmock.h"
#include "services/cli/coverage_text.h"
#include "services/cli/doctor_findings.h"
#include "services/cli/doctor_text.h"
#include "services/cli/yaml_snippet.h"

namespace headway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

v1::GetCoverageResponse Coverage(const std::string& text) {
  v1::GetCoverageResponse coverage;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &coverage));
  return coverage;
}

DoctorInput Input(const v1::GetCoverageResponse& coverage) { return {coverage, "0.1.0", absl::Minutes(10), {}, {}}; }

std::vector<fs::path> Cases() {
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(DOCTOR_GOLDEN)) {
    if (entry.path().extension() == ".textproto") cases.push_back(entry.path());
  }
  std::sort(cases.begin(), cases.end());
  return cases;
}

TEST(Doctor, SaysWhatIsWrittenDown) {
  ASSERT_GT(Cases().size(), 10u);
  for (const fs::path& path : Cases()) {
    SCOPED_TRACE(path.stem());
    const v1::GetCoverageResponse coverage = Coverage(ReadFile(path));
    const std::string text =
        DoctorText(Diagnose(Input(coverage)), false) + "\n==== headway coverage\n" + CoverageText(coverage, false);
    const fs::path golden = fs::path(path).replace_extension(".txt");
    if (std::getenv("HEADWAY_UPDATE_GOLDEN") != nullptr) std::ofstream(golden) << text;
    EXPECT_EQ(text, ReadFile(golden));
  }
}

TEST(Doctor, TellsProgramsTheSameAsPeople) {
  for (const fs::path& path : Cases()) {
    SCOPED_TRACE(path.stem());
    const std::vector<Finding> findings = Diagnose(Input(Coverage(ReadFile(path))));
    const nlohmann::json json = nlohmann::json::parse(DoctorJson(findings, "127.0.0.1:7400"));
    ASSERT_EQ(json["findings"].size(), findings.size());
    size_t todos = 0;
    for (size_t i = 0; i < findings.size(); ++i) {
      EXPECT_EQ(json["findings"][i]["title"], findings[i].title);
      EXPECT_EQ(json["findings"][i]["steps"].size(), findings[i].steps.size());
      todos += json["findings"][i]["level"] == "todo";
    }
    EXPECT_EQ(todos, TodosOf(findings));
    EXPECT_EQ(json["ok"], todos == 0);
  }
}

TEST(Doctor, EverythingToDoHasANextStep) {
  for (const fs::path& path : Cases()) {
    for (const Finding& finding : Diagnose(Input(Coverage(ReadFile(path))))) {
      EXPECT_FALSE(finding.check.empty());
      EXPECT_TRUE(finding.level == Finding::Level::kFine || !finding.steps.empty())
          << path.stem() << ": " << finding.title;
    }
  }
}

TEST(Doctor, SaysWhenThereIsLittleRoom) {
  DoctorInput input = Input(Coverage("installation { version: '0.1.0' database_bytes: 1073741824 }"));
  input.free_bytes = int64_t{1} << 30;
  input.file_system_bytes = int64_t{100} << 30;
  EXPECT_THAT(DoctorText(Diagnose(input), false),
              HasSubstr("little room left: the database holds 1.0 GiB; 1.0 GiB are free (1 %)"));
  input.free_bytes = int64_t{50} << 30;
  EXPECT_THAT(DoctorText(Diagnose(input), false), Not(HasSubstr("little room")));
}

TEST(Doctor, KnowsTheRuleForWhatIsForbidden) {
  EXPECT_THAT(RbacRuleFor("list applications.argoproj.io in namespace argocd").value_or(""),
              HasSubstr("apiGroups: [\"argoproj.io\"]"));
  EXPECT_THAT(RbacRuleFor("watch pods at the cluster scope").value_or(""),
              HasSubstr("apiGroups: [\"\"]\n    resources: [\"pods\"]"));
  EXPECT_FALSE(RbacRuleFor("read entities").has_value());
  EXPECT_FALSE(RbacRuleFor("list \"] evil: [\"").has_value());
}

TEST(YamlSnippet, KeepsAnythingAValue) {
  EXPECT_EQ(YamlText("payments"), "payments");
  EXPECT_EQ(YamlText("in-cluster/pay.prod"), "in-cluster/pay.prod");
  EXPECT_EQ(YamlText("true"), "'true'");
  EXPECT_EQ(YamlText("17"), "'17'");
  EXPECT_EQ(YamlText("it's: #1"), "'it''s: #1'");
  EXPECT_EQ(YamlText("a\nb: c"), "\"a\\u000ab: c\"");
  EXPECT_EQ(YamlText(""), "''");
  EXPECT_EQ(YamlExpression("argocd/pay.prod"), "'argocd/pay\\.prod'");
  EXPECT_EQ(YamlExpression("a'b(c"), "'a\\''b\\(c'");
  EXPECT_EQ(RuleId("In-Cluster//Pay!"), "in-cluster-pay");
  EXPECT_EQ(RuleId("///"), "rule");
  EXPECT_EQ(JsonText("a\"b'c\\"), "\"a\\\"b\\u0027c\\\\\"");
  EXPECT_EQ(ShellText("a.example:5000/b@sha256:0"), "a.example:5000/b@sha256:0");
  EXPECT_EQ(ShellText("it's; rm\n"), "'it'\\''s; rm?'");
  EXPECT_EQ(ShellText("--out"), "'--out'");
  EXPECT_EQ(Printable("a\033[2Jb\xc2\x9b"), "a?[2Jb??");
}

}  // namespace
}  // namespace headway
