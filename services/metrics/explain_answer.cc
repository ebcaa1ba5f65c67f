#include <algorithm>
#include <iterator>
#include <map>

#include "absl/strings/str_cat.h"
#include "aggregator/metrics/explain.h"
#include "services/base/timestamp.h"
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

// What an explanation is made from, of one entity.
struct Material {
  EntityState state;
  EntityRows rows;
  std::vector<DeploymentFact> deployments;
  std::vector<IncidentFact> incidents;
  DerivePolicies derive;
  bool has_facts = false;
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

// Rows under the default policies are stored; the facts that they name are read where they are shown.
absl::StatusOr<std::vector<Material>> ReadStored(EntitySource& source, const std::vector<std::string>& refs,
                                                 const MetricQuery& query) {
  const WindowPair windows = query.Windows();
  const absl::Time from = std::min(windows.before.start, windows.current.start - kRollOutHorizon);
  absl::StatusOr<std::vector<LoadedRows>> loaded = source.LoadRows(refs, from);
  if (!loaded.ok()) return loaded.status();
  std::vector<Material> materials;
  for (LoadedRows& one : *loaded) {
    if (one.state.version == 0) continue;
    materials.emplace_back();
    materials.back().state = std::move(one.state);
    materials.back().rows = std::move(one.rows);
  }
  return materials;
}

absl::Status ReadFacts(EntitySource& source, MetricId metric, const MetricQuery& query, Material* material) {
  if (material->has_facts) return absl::OkStatus();
  const NamedFacts named = FactsNamed(InputOf(metric, *material, query));
  absl::StatusOr<std::vector<DeploymentFact>> deployments =
      source.LoadDeployments(material->state.entity_ref, named.deployments);
  if (!deployments.ok()) return deployments.status();
  absl::StatusOr<std::vector<IncidentFact>> incidents =
      source.LoadIncidents(material->state.entity_ref, named.incidents);
  if (!incidents.ok()) return incidents.status();
  material->deployments = *std::move(deployments);
  material->incidents = *std::move(incidents);
  material->has_facts = true;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Material>> DeriveNow(EntitySource& source, const std::vector<std::string>& refs,
                                                const MetricQuery& query, const Call& call) {
  std::vector<Material> materials;
  for (const std::string& ref : refs) {
    if (absl::Status status = call.Check(); !status.ok()) return status;
    absl::StatusOr<LoadedInputs> loaded = source.LoadInputs(ref);
    if (!loaded.ok()) return loaded.status();
    if (loaded->state.version == 0) continue;
    Material& material = materials.emplace_back();
    material.state = std::move(loaded->state);
    material.derive = query.derive;
    if (!query.derive.environment.empty()) {
      material.derive.environment_tier = loaded->environment_rules.TierOf(query.derive.environment);
    }
    material.rows = Derive(loaded->inputs, material.derive);
    material.deployments = std::move(loaded->inputs.deployments);
    material.incidents = std::move(loaded->inputs.incidents);
    material.has_facts = true;
  }
  return materials;
}

v1::Measure MeasureOf(const std::vector<Material>& materials, MetricId metric, const MetricQuery& query) {
  std::vector<const EntityRows*> rows;
  std::vector<std::vector<SourceState>> all;
  for (const Material& material : materials) {
    rows.push_back(&material.rows);
    all.push_back(SourcesOf(material.state));
  }
  const std::vector<Sources> sources(all.begin(), all.end());
  return AnswerMeasure(metric, rows, PoolSources(sources), query.Windows(), query.read);
}

// A piece of evidence, and whose it is.
struct Piece {
  EvidencePosition position;  // among those of all
  EvidencePosition own;       // among those of its entity
  Material* material = nullptr;
};

// In order. Of an incident of several entities, which a pool counts once, the first one's stands for all.
std::vector<Piece> PiecesOf(std::vector<Material>& materials, MetricId metric, const MetricQuery& query) {
  const bool is_of_incidents = metric == MetricId::kTimeToRestoreService || metric == MetricId::kOpenIncidents;
  std::vector<Piece> pieces;
  for (Material& material : materials) {
    for (PositionedEvidence& one : Explain(InputOf(metric, material, query))) {
      Piece& piece = pieces.emplace_back(Piece{one.position, std::move(one.position), &material});
      if (materials.size() > 1 && !is_of_incidents)
        absl::StrAppend(&piece.position.identity, "\n", material.state.entity_ref);
    }
  }
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.position < b.position; });
  pieces.erase(std::unique(pieces.begin(), pieces.end(),
                           [](const Piece& a, const Piece& b) { return a.position == b.position; }),
               pieces.end());
  return pieces;
}

// The pieces of the page, cut out of all.
std::vector<Piece> Cut(const Page& page, const MetricQuery& query, const std::vector<Piece>& pieces,
                       v1::ExplainMetricResponse* out) {
  auto begin = pieces.begin();
  if (!page.is_first) {
    begin = std::upper_bound(begin, pieces.end(), page.after,
                             [](const EvidencePosition& a, const Piece& b) { return a < b.position; });
  }
  const auto left = static_cast<size_t>(pieces.end() - begin);
  const auto end = begin + static_cast<std::ptrdiff_t>(std::min(left, page.size));
  if (end != pieces.end()) {
    const EvidencePosition last = std::prev(end)->position;
    out->set_next_page_token(EncodePageToken({.request = page.fingerprint, .as_of = query.as_of, .after = last}));
  }
  return {begin, end};
}

// The evidence of the page, with the facts of the entities that it is of.
absl::Status FillPage(EntitySource& source, MetricId metric, const MetricQuery& query, const std::vector<Piece>& pieces,
                      const Call& call, v1::ExplainMetricResponse* out) {
  std::map<const Material*, std::map<EvidencePosition, v1::Evidence>> evidence;
  for (const Piece& piece : pieces) {
    const auto [of, is_new] = evidence.try_emplace(piece.material);
    if (!is_new) continue;
    if (absl::Status status = call.Check(); !status.ok()) return status;
    if (absl::Status status = ReadFacts(source, metric, query, piece.material); !status.ok()) return status;
    for (PositionedEvidence& one : Explain(InputOf(metric, *piece.material, query)))
      of->second.emplace(std::move(one.position), std::move(one.evidence));
  }
  for (const Piece& piece : pieces) {
    v1::Evidence& one = *out->add_evidence();
    one = std::move(evidence[piece.material][piece.own]);
    one.set_entity_ref(piece.material->state.entity_ref);
  }
  return absl::OkStatus();
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
  const absl::StatusOr<std::string> ref = CheckMeasured(request.entity_ref());
  if (!ref.ok()) return ref.status();
  const absl::StatusOr<std::vector<std::string>> refs = ListAsked(source_, *ref);
  if (!refs.ok()) return refs.status();
  absl::StatusOr<std::vector<Material>> materials =
      query->stored ? ReadStored(source_, *refs, *query) : DeriveNow(source_, *refs, *query, call);
  if (!materials.ok()) return materials.status();
  if (materials->empty()) return NothingIsKnownOf(*ref);
  if (absl::Status status = call.Check(); !status.ok()) return status;
  *out->mutable_measure() = MeasureOf(*materials, *metric, *query);
  *out->mutable_scope() = query->scope;
  *out->mutable_window_start() = ToTimestamp(query->Windows().current.start);
  out->set_definition(HowComputed(*metric));
  const std::vector<Piece> pieces = Cut(*page, *query, PiecesOf(*materials, *metric, *query), out);
  return FillPage(source_, *metric, *query, pieces, call, out);
}

}  // namespace headway
