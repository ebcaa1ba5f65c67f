#include "services/metrics/metrics_answers.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "aggregator/metrics/catalog.h"
#include "aggregator/metrics/series.h"
#include "services/base/timestamp.h"

namespace headway {
namespace {

constexpr int kMaxBatch = 2000;

void FillAnswer(const Members& members, const MetricQuery& query, absl::Time now, v1::GetEntityMetricsResponse* out) {
  const WindowPair windows = query.Windows();
  *out->mutable_scope() = query.scope;
  *out->mutable_window_start() = ToTimestamp(windows.current.start);
  for (v1::Measure& measure : AnswerMeasures(members.rows, members.sources, windows, query.read)) {
    *out->add_measures() = std::move(measure);
  }
  *out->mutable_coverage() = AnswerCoverage(members.rows, members.sources, windows.current, query.read, now);
  out->set_derived_share(members.derived_share);
}

void FillEntity(const AskedEntity& asked, const MetricQuery& query, absl::Time now, v1::GetEntityMetricsResponse* out) {
  out->set_entity_ref(asked.entity_ref);
  out->set_entity_version(asked.version);
  out->set_pooled_entities(asked.pooled);
  FillAnswer(asked.members(), query, now, out);
}

void FillEntity(const FoundEntity& found, const MetricQuery& query, absl::Time now, v1::GetEntityMetricsResponse* out) {
  out->set_entity_ref(found.entity->entity_ref);
  out->set_entity_version(found.entity->version);
  FillAnswer(PoolOf({found}), query, now, out);
}

absl::StatusOr<std::vector<std::string>> CheckRefs(const v1::BatchGetEntityMetricsRequest& request) {
  if (request.entity_refs_size() < 1 || request.entity_refs_size() > kMaxBatch) {
    return absl::InvalidArgumentError(
        absl::StrCat("entity_refs: ", request.entity_refs_size(), " are not between 1 and ", kMaxBatch));
  }
  std::vector<std::string> refs;
  refs.reserve(static_cast<size_t>(request.entity_refs_size()));
  for (int i = 0; i < request.entity_refs_size(); ++i) {
    const std::string field = absl::StrCat("entity_refs[", i, "]");
    absl::StatusOr<std::string> ref = CheckMeasured(request.entity_refs(i), field);
    if (!ref.ok()) return ref.status();
    if (IsPoolKind(*ref)) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ": \"", *ref, "\" is a pool itself; ask for it by GetEntityMetrics"));
    }
    refs.push_back(*std::move(ref));
  }
  return refs;
}

// Each known entity once, whatever names it was asked for by; the unknown ones go to the answer.
std::vector<FoundEntity> Distinct(std::vector<FoundEntity> found, const std::vector<std::string>& refs,
                                  v1::BatchGetEntityMetricsResponse* out) {
  std::vector<FoundEntity> known;
  absl::flat_hash_set<std::string> seen;
  for (size_t i = 0; i < found.size(); ++i) {
    const bool is_known = found[i].entity != nullptr;
    if (!seen.insert(is_known ? found[i].entity->entity_ref : refs[i]).second) continue;
    if (is_known) {
      known.push_back(std::move(found[i]));
    } else {
      out->add_unknown_entity_refs(refs[i]);
    }
  }
  return known;
}

BucketLength LengthOf(v1::GetMetricSeriesRequest::Bucket bucket) {
  if (bucket == v1::GetMetricSeriesRequest::WEEK) return BucketLength::kWeek;
  return bucket == v1::GetMetricSeriesRequest::MONTH ? BucketLength::kMonth : BucketLength::kDay;
}

}  // namespace

absl::StatusOr<AskedEntity> MetricsAnswers::Find(const std::string& entity_ref, const MetricQuery& query,
                                                 absl::Time from, const Call& call) {
  const absl::StatusOr<std::string> ref = CheckMeasured(entity_ref);
  if (!ref.ok()) return ref.status();
  return FindAsked(source_, cache_, *ref, query, from, call);
}

absl::Status MetricsAnswers::GetMetricCatalog(const v1::GetMetricCatalogRequest&, const Call&,
                                              v1::GetMetricCatalogResponse* out) {
  *out = MetricCatalog();
  return absl::OkStatus();
}

absl::Status MetricsAnswers::GetEntityMetrics(const v1::GetEntityMetricsRequest& request, const Call& call,
                                              v1::GetEntityMetricsResponse* out) {
  const absl::Time now = clock_.Now();
  const absl::StatusOr<MetricQuery> query = CheckScope(request.scope(), now);
  if (!query.ok()) return query.status();
  const absl::StatusOr<AskedEntity> found = Find(request.entity_ref(), *query, query->Windows().before.start, call);
  if (!found.ok()) return found.status();
  FillEntity(*found, *query, now, out);
  return absl::OkStatus();
}

absl::Status MetricsAnswers::Watch(const v1::GetEntityMetricsRequest& request, const Call& call,
                                   v1::GetEntityMetricsResponse* out, WatchFacts* facts) {
  if (request.scope().has_as_of()) return absl::InvalidArgumentError("scope.as_of: a watch is of now; leave it out");
  const absl::Time now = clock_.Now();
  const absl::StatusOr<MetricQuery> query = CheckScope(request.scope(), now);
  if (!query.ok()) return query.status();
  const absl::StatusOr<AskedEntity> found = Find(request.entity_ref(), *query, query->Windows().before.start, call);
  if (!found.ok()) return found.status();
  FillEntity(*found, *query, now, out);
  facts->next_crossing = NextCrossing(found->members().rows, query->as_of, query->days, query->zone);
  facts->others = found->others;
  return absl::OkStatus();
}

absl::Status MetricsAnswers::BatchGetEntityMetrics(const v1::BatchGetEntityMetricsRequest& request, const Call& call,
                                                   v1::BatchGetEntityMetricsResponse* out) {
  const absl::Time now = clock_.Now();
  const absl::StatusOr<MetricQuery> query = CheckScope(request.scope(), now);
  if (!query.ok()) return query.status();
  if (request.pool_only() && !request.pooled()) return absl::InvalidArgumentError("pool_only: it needs pooled");
  const absl::StatusOr<std::vector<std::string>> refs = CheckRefs(request);
  if (!refs.ok()) return refs.status();
  absl::StatusOr<std::vector<FoundEntity>> found =
      cache_.Get(*refs, query->derive, query->Windows().before.start, call);
  if (!found.ok()) return found.status();
  const std::vector<FoundEntity> known = Distinct(*std::move(found), *refs, out);
  for (const FoundEntity& one : known) {
    if (request.pool_only()) break;
    if (absl::Status status = call.Check(); !status.ok()) return status;
    FillEntity(one, *query, now, out->add_entities());
  }
  if (request.pooled()) FillAnswer(PoolOf(known), *query, now, out->mutable_pool());
  return absl::OkStatus();
}

absl::Status MetricsAnswers::GetMetricSeries(const v1::GetMetricSeriesRequest& request, const Call& call,
                                             v1::GetMetricSeriesResponse* out) {
  const absl::StatusOr<MetricQuery> query = CheckScope(request.scope(), clock_.Now());
  if (!query.ok()) return query.status();
  const absl::StatusOr<MetricId> metric = CheckMetric(request.metric());
  if (!metric.ok()) return metric.status();
  if (!v1::GetMetricSeriesRequest::Bucket_IsValid(request.bucket())) {
    return absl::InvalidArgumentError(
        absl::StrCat("bucket: ", static_cast<int>(request.bucket()), " is no value of it"));
  }
  const Window window = query->Windows().current;
  const absl::StatusOr<AskedEntity> found = Find(request.entity_ref(), *query, window.start, call);
  if (!found.ok()) return found.status();
  out->set_entity_ref(found->entity_ref);
  *out->mutable_scope() = query->scope;
  const Members members = found->members();
  for (v1::SeriesPoint& point :
       AnswerSeries(*metric, members.rows, members.sources, window, LengthOf(request.bucket()), query->read)) {
    *out->add_points() = std::move(point);
  }
  return absl::OkStatus();
}

}  // namespace headway
