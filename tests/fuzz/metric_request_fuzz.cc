// Requests of MetricsService as they come from the wire, answered over entities drawn at random: refused with a reason, or answered with
// numbers that can be. The first byte of the input says which request the rest is.
#include <cmath>
#include <string>

#include "absl/strings/match.h"
#include "aggregator/metrics/random_entity.h"
#include "services/metrics/fake_entities.h"
#include "services/metrics/metrics_answers.h"
#include "services/metrics/page_token.h"
#include "tests/fuzz/accepted.h"
#include "tests/fuzz/promise.h"

namespace headway {
namespace {

using fuzz::Promise;

const absl::Time kBegin = absl::FromUnixSeconds(1'740'787'200);  // 2025-03-01
const absl::Time kNow = kBegin + absl::Hours(24 * 85);

struct Server {
  Server() {
    entities.Put(testing::RandomEntity(1, "component:default/a", kBegin, 90));
    entities.Put(testing::RandomEntity(2, "component:default/b", kBegin, 90));
  }

  FakeClock clock{kNow};
  testing::FakeEntities entities;
  EntityCache cache{&entities, 1 << 20};
  MetricsAnswers answers{&entities, &cache, &clock};
};

bool IsShare(const v1::Measure& measure) {
  return measure.metric() == "change_fail_rate" || measure.metric() == "deployment_rework_rate";
}

void CheckMeasure(const v1::Measure& measure) {
  Promise(measure.n() >= 0 && measure.count() >= 0, "counts are not negative");
  Promise(measure.availability() != v1::Measure::AVAILABILITY_UNSPECIFIED, "a measure says whether it has a number");
  Promise((measure.availability() == v1::Measure::AVAILABLE) == measure.has_value(),
          "only what is available has a number");
  Promise((measure.reason() == v1::Measure::REASON_UNSPECIFIED) == measure.has_value(),
          "without a number there is a reason");
  if (!measure.has_value()) return;
  Promise(std::isfinite(measure.value()) && measure.value() >= 0, "a number is finite and not negative");
  Promise(!IsShare(measure) || (measure.value() <= 1 && measure.count() <= measure.n()), "a share is at most one");
}

void CheckAnswer(const v1::GetEntityMetricsResponse& answer) {
  for (const v1::Measure& measure : answer.measures()) CheckMeasure(measure);
  const v1::Coverage& coverage = answer.coverage();
  Promise(coverage.deployments_with_known_commit() <= coverage.deployments(), "a part is at most the whole");
  Promise(coverage.changes_first_commit_unknown() <= coverage.changes(), "a part is at most the whole");
  Promise(answer.window_start().seconds() <= answer.scope().as_of().seconds(), "a window begins before it ends");
}

// False: refused, and then with a message that says why.
bool Answered(const absl::Status& status) {
  if (status.ok()) return true;
  Promise(absl::IsInvalidArgument(status) || absl::IsNotFound(status),
          "a request is answered, refused, or about nothing");
  Promise(absl::StrContains(status.message(), status.code() == absl::StatusCode::kInvalidArgument ? ":" : "/"),
          "a refusal names what it is about");
  return false;
}

template <typename Request>
Request Parse(const std::string& wire, bool* ok) {
  Request request;
  *ok = request.ParseFromString(wire);
  return request;
}

void Explain(Server& server, v1::ExplainMetricRequest request) {
  // As many pages as there are, from the one that was asked for; each must be accepted with the token of the one before.
  for (int page = 0; page < 3; ++page) {
    v1::ExplainMetricResponse answer;
    const absl::Status status = server.answers.ExplainMetric(request, {}, &answer);
    Promise(page == 0 || status.ok(), "a page token that was given is accepted");
    if (!Answered(status)) return;
    CheckMeasure(answer.measure());
    if (answer.next_page_token().empty()) return;
    request.set_page_token(answer.next_page_token());
  }
}

void Ask(Server& server, uint8_t which, const std::string& wire) {
  bool ok = false;
  switch (which % 5) {
    case 0: {
      const auto request = Parse<v1::GetEntityMetricsRequest>(wire, &ok);
      v1::GetEntityMetricsResponse answer;
      if (ok && Answered(server.answers.GetEntityMetrics(request, {}, &answer))) CheckAnswer(answer);
      break;
    }
    case 1: {
      const auto request = Parse<v1::BatchGetEntityMetricsRequest>(wire, &ok);
      v1::BatchGetEntityMetricsResponse answer;
      if (!ok || !Answered(server.answers.BatchGetEntityMetrics(request, {}, &answer))) break;
      for (const auto& entity : answer.entities()) CheckAnswer(entity);
      CheckAnswer(answer.pool());
      break;
    }
    case 2: {
      const auto request = Parse<v1::GetMetricSeriesRequest>(wire, &ok);
      v1::GetMetricSeriesResponse answer;
      if (ok) Answered(server.answers.GetMetricSeries(request, {}, &answer));
      break;
    }
    case 3:
      if (const auto request = Parse<v1::ExplainMetricRequest>(wire, &ok); ok) Explain(server, request);
      break;
    default: {
      const auto token = DecodePageToken(wire);
      Promise(!token.ok() || DecodePageToken(EncodePageToken(*token)) == token, "a page token is what it was");
    }
  }
}

}  // namespace
}  // namespace headway

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  headway::fuzz::SilenceProtobuf();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto& server = *new headway::Server;
  if (size > 0) headway::Ask(server, data[0], std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  return 0;
}
