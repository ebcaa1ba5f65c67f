#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregator/metrics/explain.h"
#include "services/metrics/metrics_answers.h"
#include "services/metrics/page_token.h"

namespace headway {
namespace {

constexpr int kDefaultPageSize = 200;
constexpr int kMaxPageSize = 1000;
// Members of a roll-out are told as far back as this before the window; the numbers do not depend on it.
constexpr absl::Duration kRollOutHorizon = absl::Hours(24 * 366);

struct Page {
  v1::ExplainMetricRequest request;  // with as_of of the first page
  size_t size = kDefaultPageSize;
  uint64_t fingerprint = 0;
  bool is_first = true;
  EvidencePosition after;
};

// Pages after the first are computed for the same instant as the first.
absl::StatusOr<Page> CheckPage(const v1::ExplainMetricRequest& request) {
  Page page;
  page.request = request;
  if (request.page_size() < 0 || request.page_size() > kMaxPageSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("page_size: ", request.page_size(), " is not between 1 and ", kMaxPageSize));
  }
  if (request.page_size() > 0) page.size = static_cast<size_t>(request.page_size());
  page.fingerprint = FingerprintOf(request);
  if (request.page_token().empty()) return page;
  absl::StatusOr<PageToken> token = DecodePageToken(request.page_token());
  if (!token.ok()) return token.status();
  const bool other_as_of = request.scope().has_as_of() &&
                           ToTimestamp(token->as_of).SerializeAsString() != request.scope().as_of().SerializeAsString();
  if (token->request != page.fingerprint || other_as_of) {
    return absl::InvalidArgumentError("page_token: it belongs to another request");
  }
  page.is_first = false;
  page.after = token->after;
  *page.request.mutable_scope()->mutable_as_of() = ToTimestamp(token->as_of);
  return page;
}

// What an explanation is made from.
struct Material {
  EntityState state;
  EntityRows rows;
  std::vector<DeploymentFact> deployments;
  std::vector<IncidentFact> incidents;
  DerivePolicies derive;
};

ExplainInput InputOf(MetricId metric, const Material& material, const MetricQuery& query) {
  return {.metric = metric,
          .rows = &material.rows,
          .deployments = material.deployments,
          .incidents = material.incidents,
          .window = query.Windows().current,
          .read = query.read,
          .derive = material.derive};
}

// Rows under the default policies are stored; only the facts that are named are read with them.
absl::StatusOr<Material> ReadStored(EntitySource& source, const std::string& ref, MetricId metric,
                                    const MetricQuery& query) {
  const WindowPair windows = query.Windows();
  const absl::Time from = std::min(windows.before.start, windows.current.start - kRollOutHorizon);
  absl::StatusOr<std::vector<LoadedRows>> loaded = source.LoadRows({ref}, from);
  if (!loaded.ok()) return loaded.status();
  Material material;
  material.state = std::move(loaded->front().state);
  material.rows = std::move(loaded->front().rows);
  if (material.state.version == 0) return material;
  const NamedFacts named = FactsNamed(InputOf(metric, material, query));
  absl::StatusOr<std::vector<DeploymentFact>> deployments =
      source.LoadDeployments(material.state.entity_ref, named.deployments);
  if (!deployments.ok()) return deployments.status();
  absl::StatusOr<std::vector<IncidentFact>> incidents =
      source.LoadIncidents(material.state.entity_ref, named.incidents);
  if (!incidents.ok()) return incidents.status();
  material.deployments = *std::move(deployments);
  material.incidents = *std::move(incidents);
  return material;
}

absl::StatusOr<Material> DeriveNow(EntitySource& source, const std::string& ref, const MetricQuery& query,
                                   const Call& call) {
  absl::StatusOr<LoadedInputs> loaded = source.LoadInputs(ref);
  if (!loaded.ok()) return loaded.status();
  if (absl::Status status = call.Check(); !status.ok()) return status;
  Material material;
  material.state = std::move(loaded->state);
  material.derive = query.derive;
  if (!query.derive.environment.empty()) {
    material.derive.environment_tier = loaded->environment_rules.TierOf(query.derive.environment);
  }
  material.rows = Derive(loaded->inputs, material.derive);
  material.deployments = std::move(loaded->inputs.deployments);
  material.incidents = std::move(loaded->inputs.incidents);
  return material;
}

void FillPage(const Page& page, const MetricQuery& query, std::vector<PositionedEvidence> evidence,
              v1::ExplainMetricResponse* out) {
  auto begin = evidence.begin();
  if (!page.is_first) {
    begin = std::upper_bound(begin, evidence.end(), page.after,
                             [](const EvidencePosition& a, const PositionedEvidence& b) { return a < b.position; });
  }
  const auto left = static_cast<size_t>(evidence.end() - begin);
  const auto end = begin + static_cast<std::ptrdiff_t>(std::min(left, page.size));
  for (auto it = begin; it != end; ++it) *out->add_evidence() = std::move(it->evidence);
  if (end == evidence.end()) return;
  const EvidencePosition last = std::prev(end)->position;
  out->set_next_page_token(EncodePageToken({.request = page.fingerprint, .as_of = query.as_of, .after = last}));
}

}  // namespace

absl::Status MetricsAnswers::ExplainMetric(const v1::ExplainMetricRequest& request, const Call& call,
                                           v1::ExplainMetricResponse* out) {
  const absl::StatusOr<Page> page = CheckPage(request);
  if (!page.ok()) return page.status();
  const absl::StatusOr<MetricQuery> query = CheckScope(page->request.scope(), clock_.Now());
  if (!query.ok()) return query.status();
  const absl::StatusOr<MetricId> metric = CheckMetric(request.metric());
  if (!metric.ok()) return metric.status();
  const absl::StatusOr<std::string> ref = CheckEntityRef(request.entity_ref());
  if (!ref.ok()) return ref.status();
  const absl::StatusOr<Material> material =
      query->stored ? ReadStored(source_, *ref, *metric, *query) : DeriveNow(source_, *ref, *query, call);
  if (!material.ok()) return material.status();
  if (material->state.version == 0)
    return absl::NotFoundError(absl::StrCat("entity_ref: nothing is known of \"", *ref, "\""));
  if (absl::Status status = call.Check(); !status.ok()) return status;
  const WindowPair windows = query->Windows();
  const EntityRows* rows = &material->rows;
  *out->mutable_measure() = AnswerMeasure(*metric, Rows(&rows, 1), SourcesOf(material->state), windows, query->read);
  *out->mutable_scope() = query->scope;
  *out->mutable_window_start() = ToTimestamp(windows.current.start);
  out->set_definition(HowComputed(*metric));
  FillPage(*page, *query, Explain(InputOf(*metric, *material, *query)), out);
  return absl::OkStatus();
}

}  // namespace headway
