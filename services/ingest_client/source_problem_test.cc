#include "services/ingest_client/source_problem.h"

#include <string>

#include "gtest/gtest.h"

namespace headway {
namespace {

TEST(SourceProblem, IsCutWhereACharacterBegins) {
  const std::string detail = std::string(999, 'a') + "\xc3\xbc and more";
  const v1::SourceProblem problem = MakeProblem(v1::SourceProblem::FORBIDDEN, "list", detail);
  EXPECT_EQ(problem.detail(), std::string(999, 'a'));
  EXPECT_EQ(problem.subject(), "list");
}

TEST(SourceProblem, SaysWhatKindOfFailureItIs) {
  EXPECT_EQ(ProblemCodeOf(absl::PermissionDeniedError("")), v1::SourceProblem::FORBIDDEN);
  EXPECT_EQ(ProblemCodeOf(absl::UnauthenticatedError("")), v1::SourceProblem::UNAUTHENTICATED);
  EXPECT_EQ(ProblemCodeOf(absl::DataLossError("")), v1::SourceProblem::INVALID_ANSWER);
  EXPECT_EQ(ProblemCodeOf(absl::InternalError("")), v1::SourceProblem::UNREACHABLE);
}

}  // namespace
}  // namespace headway
