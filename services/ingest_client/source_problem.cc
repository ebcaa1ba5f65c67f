#include "services/ingest_client/source_problem.h"

#include <algorithm>
#include <string>

namespace headway {
namespace {

constexpr size_t kMaxText = 1000;

// A text that ends within a character is no text to protobuf.
std::string Cut(absl::string_view text) {
  size_t size = std::min(text.size(), kMaxText);
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return std::string(text.substr(0, size));
}

}  // namespace

v1::SourceProblem::Code ProblemCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnauthenticated:
      return v1::SourceProblem::UNAUTHENTICATED;
    case absl::StatusCode::kPermissionDenied:
      return v1::SourceProblem::FORBIDDEN;
    case absl::StatusCode::kNotFound:
      return v1::SourceProblem::NOT_FOUND;
    case absl::StatusCode::kResourceExhausted:
      return v1::SourceProblem::THROTTLED;
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kInvalidArgument:
      return v1::SourceProblem::INVALID_ANSWER;
    default:
      return v1::SourceProblem::UNREACHABLE;
  }
}

v1::SourceProblem MakeProblem(v1::SourceProblem::Code code, absl::string_view subject, absl::string_view detail) {
  v1::SourceProblem problem;
  problem.set_code(code);
  problem.set_subject(Cut(subject));
  problem.set_detail(Cut(detail));
  return problem;
}

}  // namespace headway
