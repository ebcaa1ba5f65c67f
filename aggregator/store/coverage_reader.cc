#include "aggregator/store/coverage_reader.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include <pqxx/pqxx>

#include "aggregator/store/coverage_statements.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/prepared.h"

namespace headway {
namespace {

google::protobuf::Timestamp StampOf(absl::Time time) {
  google::protobuf::Timestamp stamp;
  const int64_t micros = absl::ToUnixMicros(time);
  stamp.set_seconds(micros / 1'000'000);
  stamp.set_nanos(static_cast<int32_t>(micros % 1'000'000 * 1'000));
  return stamp;
}

// Answers one question within a snapshot. Throws what libpqxx throws.
class Reading {
 public:
  Reading(pqxx::transaction_base& tx, const CoverageQuestion& question, LoadedCoverage* out)
      : tx_(tx),
        question_(question),
        all_(question.entity_ref.empty()),
        sql_(all_ ? CoverageStatements::OfAll() : CoverageStatements::OfOne()),
        out_(*out) {}

  void Run() {
    if (!all_) entity_ref_ = ResolveAlias();
    ReadSources();
    ReadDeployments();
    ReadProblems();
    ReadStreams();
    if (all_) ReadUnmapped();
    ReadGaps();
    ReadChanges();
    ReadParked();
    if (all_) ReadInstallation();
    for (auto& [key, source] : sources_) *out_.answer.add_sources() = std::move(source);
  }

 private:
  using Arguments = std::vector<std::string>;

  std::string ResolveAlias() {
    return StringOf(
        RunPrepared(tx_, "SELECT coalesce((SELECT min(entity_ref) FROM dora.entity_aliases WHERE alias = $1), $1)",
                    question_.entity_ref)[0][0]);
  }
  // The window, the entity where one is asked for, and the limit where it is wanted.
  pqxx::result OfWindow(const std::string& sql, bool limited) {
    Arguments arguments = {TimeText(question_.from), TimeText(question_.until)};
    if (!all_) arguments.push_back(entity_ref_);
    if (limited) arguments.push_back(std::to_string(question_.limit));
    return RunPrepared(tx_, sql, pqxx::prepare::make_dynamic_params(arguments));
  }
  pqxx::result OfNow(const std::string& sql) {
    return RunPrepared(tx_, sql, pqxx::prepare::make_dynamic_params(all_ ? Arguments{} : Arguments{entity_ref_}));
  }

  using SourceKey = std::pair<std::string, int>;  // source, covers
  v1::SourceCoverage& Add(const std::string& name, int covers) {
    v1::SourceCoverage& source = sources_[{name, covers}];
    source.set_source(name);
    source.set_covers(static_cast<v1::SourceStatus::Covers>(covers));
    return source;
  }
  // Null: it is not listed.
  v1::SourceCoverage* Find(const std::string& name, int covers = v1::SourceStatus::DEPLOYMENTS) {
    const auto found = sources_.find({name, covers});
    return found == sources_.end() ? nullptr : &found->second;
  }

  void ReadSources() {
    for (const pqxx::row& row : OfNow(sql_.sources)) {
      v1::SourceCoverage& source = Add(StringOf(row[0]), row[1].as<int>());
      if (const auto until = OptionalTime(row[2])) *source.mutable_complete_until() = StampOf(*until);
      if (const auto contact = OptionalTime(row[3])) *source.mutable_last_contact_at() = StampOf(*contact);
      out_.answer.set_source_count(row[4].as<int64_t>());
    }
  }

  // Deployments of a source of which nothing else is known make it known.
  void CountDeployments(const std::string& name, int64_t count) {
    v1::SourceCoverage* source = Find(name);
    if (source == nullptr) {
      const bool listed_all = out_.answer.source_count() == static_cast<int64_t>(sources_.size());
      if (!listed_all || sources_.size() >= kMaxListedSources) return;
      source = &Add(name, v1::SourceStatus::DEPLOYMENTS);
      out_.answer.set_source_count(out_.answer.source_count() + 1);
    }
    source->set_deployments(count);
  }

  void ReadProblems() {
    for (const pqxx::row& row : RunPrepared(tx_,
                                            "SELECT source, covers, code, subject, detail, since FROM "
                                            "dora.source_problems ORDER BY source, covers, position LIMIT $1::int",
                                            kMaxListedProblems)) {
      v1::SourceCoverage* const source = Find(StringOf(row[0]), row[1].as<int>());
      if (source == nullptr) continue;
      v1::SourceProblem& problem = *source->add_problems();
      problem.set_code(static_cast<v1::SourceProblem::Code>(row[2].as<int>()));
      problem.set_subject(StringOf(row[3]));
      problem.set_detail(StringOf(row[4]));
      if (const auto since = OptionalTime(row[5])) *problem.mutable_since() = StampOf(*since);
    }
  }

  void ReadStreams() {
    for (const pqxx::row& row : OfNow(sql_.streams)) {
      v1::SourceCoverage* const source = Find(StringOf(row[0]));
      if (source == nullptr) continue;
      source->set_streams(row[1].as<int64_t>());
      source->set_unmapped_streams(row[2].as<int64_t>());
    }
  }

  void ReadDeployments() {
    for (const pqxx::row& row : OfWindow(sql_.deployments, true)) {
      const int64_t count = row[2].as<int64_t>();
      switch (static_cast<CountedBy>(row[0].as<int>())) {
        case CountedBy::kSource:
          CountDeployments(StringOf(row[1]), count);
          break;
        case CountedBy::kEnvironment: {
          v1::EnvironmentWithoutTier& environment = *out_.answer.add_environments_without_tier();
          environment.set_environment(StringOf(row[1]));
          environment.set_deployments(count);
          break;
        }
        case CountedBy::kReason: {
          v1::UnresolvedReason& reason = *out_.answer.add_unresolved();
          reason.set_reason(StringOf(row[1]));
          reason.set_deployments(count);
          if (!row[5].is_null()) reason.set_example(StringOf(row[5]));
          break;
        }
        case CountedBy::kAll:
          out_.answer.set_deployments(row[3].as<int64_t>());
          out_.answer.set_deployments_with_source_commit(row[4].as<int64_t>());
          break;
      }
    }
  }

  void ReadUnmapped() {
    for (const pqxx::row& row : OfWindow(sql_.unmapped, true)) {
      v1::UnmappedStream& stream = *out_.answer.add_unmapped();
      stream.set_source(StringOf(row[0]));
      stream.set_stream(StringOf(row[1]));
      stream.set_name(StringOf(row[2]));
      stream.set_deployments(row[3].as<int64_t>());
      stream.set_reason(StringOf(row[4]));
      stream.set_next_step(StringOf(row[5]));
      out_.answer.set_unmapped_streams(row[6].as<int64_t>());
    }
  }

  void ReadGaps() {
    for (const pqxx::row& row : OfWindow(sql_.gaps, true)) {
      v1::DeploymentGap& gap = *out_.answer.add_gaps();
      gap.set_source(StringOf(row[0]));
      gap.set_stream(StringOf(row[1]));
      gap.set_entity_ref(StringOf(row[2]));
      gap.set_at_least(row[3].as<int64_t>());
      const absl::Time after = TimeOf(row[4]);
      if (after != absl::InfinitePast()) *gap.mutable_from() = StampOf(after);
      *gap.mutable_until() = StampOf(TimeOf(row[5]));
      out_.answer.set_gap_count(row[6].as<int64_t>());
    }
    for (const pqxx::row& row : OfWindow(sql_.gaps_by_source, false)) {
      v1::SourceCoverage* const source = Find(StringOf(row[0]));
      if (source == nullptr) continue;
      source->set_gaps(row[1].as<int64_t>());
      source->set_missed_at_least(row[2].as<int64_t>());
    }
  }

  void ReadChanges() {
    const pqxx::row row = OfWindow(sql_.changes, false)[0];
    out_.answer.set_changes_merged(row[0].as<int64_t>());
    out_.answer.set_changes_shipped(row[1].as<int64_t>());
  }

  void ReadParked() {
    const pqxx::row row = OfNow(sql_.parked)[0];
    out_.answer.set_parked(row[0].as<int64_t>());
    if (all_) out_.answer.mutable_installation()->set_parked_because(StringOf(row[1]));
  }

  void ReadInstallation() {
    const pqxx::row row = RunPrepared(tx_,
                                      "SELECT (SELECT max(version) FROM headway.migrations), "
                                      "pg_database_size(current_database()), waiting, front FROM dora.queue")[0];
    v1::Installation& installation = *out_.answer.mutable_installation();
    installation.set_schema_version(row[0].as<int>());
    installation.set_database_bytes(row[1].as<int64_t>());
    out_.queue.waiting = row[2].as<int64_t>();
    if (!row[3].is_null()) out_.queue.front = row[3].as<int64_t>();
    installation.set_queue(out_.queue.waiting);
  }

  pqxx::transaction_base& tx_;
  const CoverageQuestion& question_;
  const bool all_;
  const CoverageStatements& sql_;
  LoadedCoverage& out_;
  std::string entity_ref_;
  std::map<SourceKey, v1::SourceCoverage> sources_;
};

void ReadSigns(pqxx::transaction_base& tx, CoverageSigns* signs) {
  for (const pqxx::row& row : RunPrepared(tx,
                                          "SELECT covers, count(*), min(last_contact), min(complete_until) FROM "
                                          "dora.sources WHERE last_contact IS NOT NULL GROUP BY 1")) {
    signs->watching[static_cast<v1::SourceStatus::Covers>(row[0].as<int>())] = {row[1].as<int64_t>(), TimeOf(row[2]),
                                                                                TimeOf(row[3])};
  }
  for (const pqxx::row& row : RunPrepared(tx, "SELECT code, count(*) FROM dora.source_problems GROUP BY 1")) {
    signs->problems[static_cast<v1::SourceProblem::Code>(row[0].as<int>())] = row[1].as<int64_t>();
  }
  const pqxx::row row =
      RunPrepared(tx, "SELECT waiting, front, (SELECT count(*) FROM dora.parked_units) FROM dora.queue")[0];
  signs->queue.waiting = row[0].as<int64_t>();
  if (!row[1].is_null()) signs->queue.front = row[1].as<int64_t>();
  signs->parked = row[2].as<int64_t>();
}

}  // namespace

absl::StatusOr<LoadedCoverage> CoverageReader::Load(const CoverageQuestion& question) {
  absl::StatusOr<ConnectionPool::Lease> connection = pool_.Acquire();
  if (!connection.ok()) return connection.status();
  LoadedCoverage loaded;
  const absl::Status status = (*connection)->Snapshot("reading coverage", [&](pqxx::transaction_base& tx) {
    Reading(tx, question, &loaded).Run();
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return loaded;
}

absl::StatusOr<CoverageSigns> CoverageReader::LoadSigns() {
  absl::StatusOr<ConnectionPool::Lease> connection = pool_.Acquire();
  if (!connection.ok()) return connection.status();
  CoverageSigns signs;
  const absl::Status status = (*connection)->Snapshot("reading how sources are", [&](pqxx::transaction_base& tx) {
    ReadSigns(tx, &signs);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return signs;
}

}  // namespace headway
