#include <algorithm>

#include <pqxx/pqxx>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "aggregator/store/entity_notice.h"
#include "aggregator/store/entity_store.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/prepared.h"

namespace headway {
namespace {

std::string HeadKey(const StreamHead& head) { return absl::StrCat(head.environment, "\n", head.stream); }

// Deletes what is only in `before` or differs, inserts what is only in `after` or differs. True if anything does.
template <typename Value, typename KeyOf, typename Delete, typename Insert>
bool Compare(const std::vector<Value>& before, const std::vector<Value>& after, const KeyOf& key_of,
             const Delete& erase, const Insert& insert) {
  absl::flat_hash_map<decltype(key_of(before[0])), const Value*> old;
  old.reserve(before.size());
  for (const Value& value : before) old.emplace(key_of(value), &value);
  bool differs = false;
  for (const Value& value : after) {
    const auto it = old.find(key_of(value));
    if (it != old.end()) {
      const Value& was = *it->second;
      old.erase(it);
      if (was == value) continue;
      erase(was);
    }
    insert(value);
    differs = true;
  }
  for (const auto& [key, value] : old) {
    erase(*value);
    differs = true;
  }
  return differs;
}

// Ends of streams. Updated in place, so that a busy stream leaves no trail in the index.
class HeadRows {
 public:
  void Add(const std::string& ref, const StreamHead& head) {
    refs_.Add(ref);
    environments_.Add(head.environment);
    streams_.Add(head.stream);
    sources_.Add(head.source);
    events_.Add(TimeText(head.latest_event));
    AddKey(head.running, &running_);
    AddKey(head.running.has_value() ? std::make_optional(ObjectKey{head.running_identity}) : std::nullopt,
           &identities_);
    images_.Add(TextArray(head.running_images));
    configs_.Add(head.running_config_revision);
    AddKey(head.brought, &brought_);
  }

  void Flush(pqxx::transaction_base& tx) {
    if (refs_.size() == 0) return;
    RunPrepared(
        tx,
        "INSERT INTO dora.stream_heads (entity_ref, environment, stream, source, latest_event, running_key, "
        "running_identity, "
        "running_images, running_config_revision, brought_key) SELECT r, e, s, o, t, k, i, m::text[], c, b "
        "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::bytea[], $7::bytea[], "
        "$8::text[], $9::text[], "
        "$10::bytea[]) u (r, e, s, o, t, k, i, m, c, b) ON CONFLICT (entity_ref, environment, stream) DO UPDATE SET "
        "source = excluded.source, latest_event = excluded.latest_event, running_key = excluded.running_key, "
        "running_identity = excluded.running_identity, running_images = excluded.running_images, "
        "running_config_revision = excluded.running_config_revision, brought_key = excluded.brought_key",
        refs_.Finish(), environments_.Finish(), streams_.Finish(), sources_.Finish(), events_.Finish(),
        running_.Finish(), identities_.Finish(), images_.Finish(), configs_.Finish(), brought_.Finish());
    *this = HeadRows();
  }

 private:
  static void AddKey(const std::optional<ObjectKey>& key, ArrayText* array) {
    key.has_value() ? array->Add(KeyText(*key)) : array->AddNull();
  }

  ArrayText refs_, environments_, streams_, sources_, events_, running_, identities_, images_, configs_, brought_;
};

// Commits to wait for; several deployments of an entity may name one.
class AwaitedRows {
 public:
  void Add(const std::string& ref, const AwaitedCommit& commit) {
    refs_.Add(ref);
    repositories_.Add(commit.repository);
    shas_.Add(absl::StrCat("\\x", commit.sha));
  }

  void Flush(pqxx::transaction_base& tx) {
    if (refs_.size() == 0) return;
    RunPrepared(
        tx,
        "INSERT INTO dora.awaited_commits (entity_ref, repository, sha) SELECT * FROM unnest($1::text[], $2::text[], "
        "$3::bytea[]) "
        "ON CONFLICT DO NOTHING",
        refs_.Finish(), repositories_.Finish(), shas_.Finish());
    *this = AwaitedRows();
  }

 private:
  ArrayText refs_, repositories_, shas_;
};

}  // namespace

struct DifferenceWriter::Tables {
  struct Version {
    std::string entity_ref;
    int derivation_version;
    TimelineEnd end;
    bool appended;
  };

  TableChange deployments = DeploymentsTable();
  TableChange changes = ChangesTable();
  TableChange failures = FailuresTable();
  TableChange rework = ReworkTable();
  TableChange gaps = GapsTable();
  TableChange incidents = IncidentsTable();
  TableChange heads = HeadsTable();      // deletions only
  TableChange awaited = AwaitedTable();  // deletions only
  HeadRows new_heads;
  AwaitedRows new_awaited;
  TableChange sources = EntitySourcesTable();
  std::vector<Version> versions;

  bool Deployments(const StoredEntity& before, const StoredEntity& after) {
    const std::string& ref = after.entity_ref;
    return Compare(
        before.deployments, after.deployments, [](const StoredDeployment& d) { return d.fact.key; },
        [&](const StoredDeployment& d) {
          deployments.Delete({ref, KeyText(d.fact.key)});
        },
        [&](const StoredDeployment& d) { deployments.Insert(EncodeDeployment(ref, d)); });
  }

  bool Incidents(const StoredEntity& before, const StoredEntity& after) {
    const std::string& ref = after.entity_ref;
    return Compare(
        before.incidents, after.incidents, [](const StoredIncident& i) { return i.fact.key; },
        [&](const StoredIncident& i) {
          incidents.Delete({ref, KeyText(i.fact.key)});
        },
        [&](const StoredIncident& i) { incidents.Insert(EncodeIncident(ref, i)); });
  }

  bool Changes(const StoredEntity& before, const StoredEntity& after) {
    const std::string& ref = after.entity_ref;
    return Compare(
        before.changes, after.changes,
        [](const ChangeRow& c) { return std::make_tuple(c.repository, c.number, c.merge_commit); },
        [&](const ChangeRow& c) {
          changes.Delete({ref, c.repository, std::to_string(c.number), c.merge_commit});
        },
        [&](const ChangeRow& c) { changes.Insert(EncodeChange(ref, c)); });
  }

  bool Evidence(const StoredEntity& before, const StoredEntity& after) {
    const std::string& ref = after.entity_ref;
    const bool failed = Compare(
        before.failures, after.failures, [](const FailureRow& f) { return EvidenceId(f); },
        [&](const FailureRow& f) {
          failures.Delete({ref, KeyText(EvidenceId(f))});
        },
        [&](const FailureRow& f) { failures.Insert(EncodeFailure(ref, EvidenceId(f), f)); });
    const bool reworked = Compare(
        before.rework, after.rework, [](const ReworkRow& r) { return EvidenceId(r); },
        [&](const ReworkRow& r) {
          rework.Delete({ref, KeyText(EvidenceId(r))});
        },
        [&](const ReworkRow& r) { rework.Insert(EncodeRework(ref, EvidenceId(r), r)); });
    return failed || reworked;
  }

  bool Gaps(const StoredEntity& before, const StoredEntity& after) {
    const std::string& ref = after.entity_ref;
    return Compare(
        before.gaps, after.gaps, [](const GapRow& g) { return g.key; },
        [&](const GapRow& g) {
          gaps.Delete({ref, KeyText(g.key)});
        },
        [&](const GapRow& g) { gaps.Insert(EncodeGap(ref, g)); });
  }

  // What is kept for the worker and about sources.
  bool Keeping(const StoredEntity& before, const StoredEntity& after) {
    const std::string& ref = after.entity_ref;
    const bool head = Compare(
        before.heads, after.heads, HeadKey,
        [&](const StreamHead& h) {
          heads.Delete({ref, h.environment, h.stream});
        },
        [&](const StreamHead& h) { new_heads.Add(ref, h); });
    const bool commits = Compare(
        before.awaited, after.awaited, [](const AwaitedCommit& a) { return std::make_pair(a.repository, a.sha); },
        [&](const AwaitedCommit& a) {
          awaited.Delete({ref, a.repository, absl::StrCat("\\x", a.sha)});
        },
        [&](const AwaitedCommit& a) { new_awaited.Add(ref, a); });
    const bool source = Compare(
        before.sources, after.sources,
        [](const SourceLatest& s) { return std::make_pair(static_cast<int>(s.covers), s.source); },
        [&](const SourceLatest& s) {
          sources.Delete({ref, std::to_string(static_cast<int>(s.covers)), s.source});
        },
        [&](const SourceLatest& s) {
          CopyRow row;
          row.Text(ref).Number(static_cast<int>(s.covers)).Text(s.source).Time(s.latest_event);
          sources.Insert(std::move(row));
        });
    return head || commits || source;
  }

  void FlushVersions(pqxx::transaction_base& tx) {
    if (versions.empty()) return;
    ArrayText refs, derivations, finished, openings, links, appended;
    for (const Version& version : versions) {
      refs.Add(version.entity_ref);
      derivations.AddPlain(std::to_string(version.derivation_version));
      finished.Add(TimeText(version.end.last_finished));
      openings.Add(TimeText(version.end.last_opening));
      links.AddPlain(version.end.open_links ? "t" : "f");
      appended.AddPlain(version.appended ? "t" : "f");
    }
    RunPrepared(
        tx,
        "UPDATE dora.entities e SET version = e.version + 1, derivation_version = u.derivation, last_finished = "
        "u.finished, "
        "last_opening = u.opening, open_links = u.links, "
        "appended_from = CASE WHEN NOT u.appended THEN e.version + 1 WHEN e.appended_to = e.version THEN "
        "e.appended_from ELSE e.version END, appended_to = e.version + 1 "
        "FROM unnest($1::text[], $2::int[], $3::timestamptz[], $4::timestamptz[], $5::boolean[], $6::boolean[]) "
        "u (ref, derivation, finished, opening, links, appended) WHERE e.entity_ref = u.ref",
        refs.Finish(), derivations.Finish(), finished.Finish(), openings.Finish(), links.Finish(), appended.Finish());
  }

  // Hashes, so that a payload tells many entities; a listener that holds none of them has nothing to do.
  void Notify(pqxx::transaction_base& tx) {
    if (versions.empty()) return;
    std::vector<std::string> refs;
    for (const Version& version : versions) refs.push_back(version.entity_ref);
    RunPrepared(tx, "SELECT pg_notify($1, $2)", kEntityChannel, EncodeEntityNotice(refs));
    versions.clear();
  }
};

DifferenceWriter::DifferenceWriter() : tables_(std::make_unique<Tables>()) {}
DifferenceWriter::~DifferenceWriter() = default;

bool DifferenceWriter::Add(const StoredEntity& before, const StoredEntity& after) {
  const bool deployments = tables_->Deployments(before, after);
  const bool incidents = tables_->Incidents(before, after);
  const bool changes = tables_->Changes(before, after);
  const bool evidence = tables_->Evidence(before, after);
  const bool gaps = tables_->Gaps(before, after);
  const bool keeping = tables_->Keeping(before, after);
  // What was never derived and comes to nothing is as it was.
  const bool end = !(before.end == after.end) ||
                   (before.derivation_version != 0 && before.derivation_version != after.derivation_version);
  return deployments || incidents || changes || evidence || gaps || keeping || end;
}

void DifferenceWriter::InsertDeployment(const std::string& entity_ref, const StoredDeployment& deployment) {
  tables_->deployments.Insert(EncodeDeployment(entity_ref, deployment));
}

void DifferenceWriter::DeleteDeployment(const std::string& entity_ref, const ObjectKey& key) {
  tables_->deployments.Delete({entity_ref, KeyText(key)});
}

void DifferenceWriter::InsertFailure(const std::string& entity_ref, const FailureRow& failure) {
  tables_->failures.Insert(EncodeFailure(entity_ref, EvidenceId(failure), failure));
}

void DifferenceWriter::InsertRework(const std::string& entity_ref, const ReworkRow& rework) {
  tables_->rework.Insert(EncodeRework(entity_ref, EvidenceId(rework), rework));
}

void DifferenceWriter::InsertGap(const std::string& entity_ref, const GapRow& gap) {
  tables_->gaps.Insert(EncodeGap(entity_ref, gap));
}

bool DifferenceWriter::ChangesGaps() const { return !tables_->gaps.empty(); }

void DifferenceWriter::Await(const std::string& entity_ref, const AwaitedCommit& commit) {
  tables_->new_awaited.Add(entity_ref, commit);
}

void DifferenceWriter::ReplaceHead(const std::string& entity_ref, const StreamHead& head) {
  tables_->new_heads.Add(entity_ref, head);
}

void DifferenceWriter::ReplaceChange(const std::string& entity_ref, const ChangeRow& change) {
  tables_->changes.Delete({entity_ref, change.repository, std::to_string(change.number), change.merge_commit});
  tables_->changes.Insert(EncodeChange(entity_ref, change));
}

void DifferenceWriter::DeleteIncident(const std::string& entity_ref, const ObjectKey& key) {
  tables_->incidents.Delete({entity_ref, KeyText(key)});
}

void DifferenceWriter::ReplaceIncident(const std::string& entity_ref, const StoredIncident& incident) {
  DeleteIncident(entity_ref, incident.fact.key);
  tables_->incidents.Insert(EncodeIncident(entity_ref, incident));
}

void DifferenceWriter::Bump(const std::string& entity_ref, int derivation_version, const TimelineEnd& end,
                            bool appended) {
  tables_->versions.push_back({entity_ref, derivation_version, end, appended});
}

void DifferenceWriter::Flush(pqxx::transaction_base& tx) {
  tables_->deployments.Flush(tx);
  tables_->incidents.Flush(tx);
  tables_->changes.Flush(tx);
  tables_->failures.Flush(tx);
  tables_->rework.Flush(tx);
  tables_->gaps.Flush(tx);
  tables_->heads.Flush(tx);
  tables_->new_heads.Flush(tx);
  tables_->awaited.Flush(tx);
  tables_->new_awaited.Flush(tx);
  tables_->sources.Flush(tx);
  tables_->FlushVersions(tx);
  tables_->Notify(tx);
}

}  // namespace headway
