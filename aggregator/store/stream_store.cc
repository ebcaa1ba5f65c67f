#include "aggregator/store/stream_store.h"

#include <algorithm>
#include <map>

#include <pqxx/pqxx>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/entity_touch.h"
#include "aggregator/store/known_stream.h"
#include "aggregator/store/prepared.h"
#include "aggregator/store/rules_store.h"
#include "aggregator/store/stream_claims.h"
#include "aggregator/store/stream_work.h"

namespace headway {
namespace {

std::vector<ObjectKey> KeysOf(const std::set<StreamName>& names) {
  std::vector<ObjectKey> keys;
  for (const auto& [source, stream] : names) keys.push_back(StreamObjectKey(source, stream));
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::vector<KnownStream> LoadStreams(pqxx::transaction_base& tx, const std::vector<ObjectKey>& keys) {
  const std::string sql = absl::StrCat(  // lint: sql of constants
      "SELECT ", StreamFactColumns(), ", ", StreamTargetColumns(), ", ", StreamWordsColumns(),
      " FROM dora.known_streams WHERE object_key = ANY ($1::bytea[]) ORDER BY object_key");
  std::vector<KnownStream> streams;
  for (const pqxx::row& row : RunPrepared(tx, sql, KeyArray(keys))) {
    KnownStream& stream = streams.emplace_back();
    DecodeStreamFact(row, 0, &stream);
    DecodeStreamTarget(row, kStreamFactColumns, &stream);
    DecodeStreamWords(row, kStreamFactColumns + kStreamTargetColumns, &stream);
  }
  return streams;
}

// What is declared, on its way into the table.
class FactRows {
 public:
  void Add(const ObjectKey& key, const StreamFact& fact) {
    keys_.Add(KeyText(key));
    deleted_.AddPlain(fact.deleted ? "t" : "f");
    names_.Add(fact.name);
    namespaces_.Add(fact.namespace_);
    instances_.Add(fact.instance);
    refs_.Add(fact.entity_ref);
    labels_.Add(TextArray(LabelsText(fact.labels)));
    clusters_.Add(fact.destination_cluster);
    destinations_.Add(fact.destination_namespace);
    projects_.Add(fact.project);
    repositories_.Add(TextArray(fact.repositories));
    not_counted_.AddPlain(fact.not_counted ? "t" : "f");
    terms_.Add(TextArray(TermsOf(fact)));
  }

  void Flush(pqxx::transaction_base& tx) {
    if (keys_.size() == 0) return;
    RunPrepared(
        tx,
        "UPDATE dora.known_streams k SET declared = true, deleted = u.deleted, name = u.name, namespace = u.namespace, "
        "instance = u.instance, own_entity_ref = u.ref, labels = u.labels::text[], destination_cluster = u.cluster, "
        "destination_namespace = u.destination, project = u.project, repositories = u.repositories::text[], "
        "not_counted = u.not_counted, terms = u.terms::text[] FROM unnest($1::bytea[], $2::boolean[], $3::text[], "
        "$4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], "
        "$12::boolean[], $13::text[]) u (key, deleted, name, namespace, instance, ref, labels, cluster, destination, "
        "project, repositories, not_counted, terms) WHERE k.object_key = u.key",
        keys_.Finish(), deleted_.Finish(), names_.Finish(), namespaces_.Finish(), instances_.Finish(), refs_.Finish(),
        labels_.Finish(), clusters_.Finish(), destinations_.Finish(), projects_.Finish(), repositories_.Finish(),
        not_counted_.Finish(), terms_.Finish());
  }

 private:
  ArrayText keys_, deleted_, names_, namespaces_, instances_, refs_, labels_, clusters_, destinations_, projects_,
      repositories_, not_counted_, terms_;
};

// Targets on their way into the table.
class TargetRows {
 public:
  void Add(const ObjectKey& key, const StreamTarget& target) {
    ArrayText entities, since;
    for (const StreamSpan& span : target.spans) {
      entities.Add(span.entity_ref);
      since.AddPlain(TimeText(span.since));
    }
    keys_.Add(KeyText(key));
    entities_.Add(entities.Finish());
    since_.Add(since.Finish());
    mapped_by_.AddPlain(std::to_string(static_cast<int>(target.mapped_by)));
    because_.Add(target.because);
    reasons_.Add(target.reason);
    next_steps_.Add(target.next_step);
    if (target.environment.has_value()) {
      environments_.Add(target.environment->name);
      tiers_.AddPlain(std::to_string(static_cast<int>(target.environment->tier)));
    } else {
      environments_.AddNull();
      tiers_.AddNull();
    }
    asks_.AddPlain(target.asks_rules ? "t" : "f");
  }

  // Of a stream that nothing is declared of. Rows that another transaction wrote meanwhile are as good.
  void AddNew(const ObjectKey& key, const StreamName& name, const StreamTarget& target) {
    Add(key, target);
    sources_.Add(name.first);
    streams_.Add(name.second);
  }
  void Insert(pqxx::transaction_base& tx) {
    if (keys_.size() == 0) return;
    RunPrepared(
        tx,
        "INSERT INTO dora.known_streams (object_key, source, stream, resolver_version, entities, since, mapped_by, "
        "because, reason, next_step, environment, tier, asks_rules) SELECT u.key, u.source, u.stream, $13, "
        "u.entities::text[], u.since::timestamptz[], u.mapped_by, u.because, u.reason, u.next_step, u.environment, "
        "u.tier, u.asks FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[], "
        "$7::text[], $8::text[], $9::text[], $10::text[], $11::smallint[], $12::boolean[]) u (key, source, stream, "
        "entities, since, mapped_by, because, reason, next_step, environment, tier, asks) ON CONFLICT DO NOTHING",
        keys_.Finish(), sources_.Finish(), streams_.Finish(), entities_.Finish(), since_.Finish(), mapped_by_.Finish(),
        because_.Finish(), reasons_.Finish(), next_steps_.Finish(), environments_.Finish(), tiers_.Finish(),
        asks_.Finish(), kResolverVersion);
  }

  void Update(pqxx::transaction_base& tx) {
    if (keys_.size() == 0) return;
    RunPrepared(
        tx,
        "UPDATE dora.known_streams k SET resolver_version = $11, entities = u.entities::text[], since = "
        "u.since::timestamptz[], mapped_by = u.mapped_by, because = u.because, reason = u.reason, next_step = "
        "u.next_step, environment = u.environment, tier = u.tier, asks_rules = u.asks FROM unnest($1::bytea[], "
        "$2::text[], $3::text[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::smallint[], "
        "$10::boolean[]) u (key, entities, since, mapped_by, because, reason, next_step, environment, tier, asks) "
        "WHERE k.object_key = u.key",
        keys_.Finish(), entities_.Finish(), since_.Finish(), mapped_by_.Finish(), because_.Finish(), reasons_.Finish(),
        next_steps_.Finish(), environments_.Finish(), tiers_.Finish(), asks_.Finish(), kResolverVersion);
  }

 private:
  ArrayText keys_, sources_, streams_, entities_, since_, mapped_by_, because_, reasons_, next_steps_, environments_,
      tiers_, asks_;
};

// Whether deployments of the stream may come to lie elsewhere, or have another environment.
bool Moves(const StreamTarget& before, const StreamTarget& after) {
  return before.spans != after.spans || before.environment != after.environment;
}

// Streams without a row, of which no more is known than that they exist.
void InsertNew(pqxx::transaction_base& tx, const RuleSet& rules, const std::set<StreamName>& names,
               StreamTargets* targets) {
  if (names.empty()) return;
  // In the order of the keys, so that two workers wait for one another in one direction only.
  std::map<ObjectKey, StreamName> by_key;
  for (const StreamName& name : names) by_key.emplace(StreamObjectKey(name.first, name.second), name);
  std::vector<KnownStream> streams;
  for (const auto& [key, name] : by_key) {
    KnownStream& stream = streams.emplace_back();
    stream.key = key;
    stream.fact.source = name.first;
    stream.fact.stream = name.second;
  }
  const StreamClaims claims(tx, streams);
  TargetRows rows;
  for (const KnownStream& stream : streams) {
    StreamTarget target =
        rules.resolver.Resolve(stream.fact, claims.MappingsOf(stream.fact), claims.ClaimsOn(stream.fact));
    rows.AddNew(stream.key, {stream.fact.source, stream.fact.stream}, target);
    targets->emplace(StreamName{stream.fact.source, stream.fact.stream}, std::move(target));
  }
  rows.Insert(tx);
}

}  // namespace

void EnsureStreams(pqxx::transaction_base& tx, const std::set<StreamName>& names) {
  if (names.empty()) return;
  // In the order of the keys, so that two workers wait for one another in one direction only.
  std::map<ObjectKey, StreamName> by_key;
  for (const StreamName& name : names) by_key.emplace(StreamObjectKey(name.first, name.second), name);
  ArrayText keys, sources, streams;
  for (const auto& [key, name] : by_key) {
    keys.Add(KeyText(key));
    sources.Add(name.first);
    streams.Add(name.second);
  }
  RunPrepared(tx,
              "INSERT INTO dora.known_streams (object_key, source, stream) SELECT * FROM unnest($1::bytea[], "
              "$2::text[], $3::text[]) ON CONFLICT DO NOTHING",
              keys.Finish(), sources.Finish(), streams.Finish());
}

void WriteStreams(pqxx::transaction_base& tx, const std::vector<StreamFact>& streams) {
  std::set<StreamName> names, recounted;
  for (const StreamFact& stream : streams) names.emplace(stream.source, stream.stream);
  EnsureStreams(tx, names);
  absl::flat_hash_map<ObjectKey, StreamFact> known;
  // Only what is declared tells entities of a source.
  std::set<std::string> touched;
  for (KnownStream& stream : LoadStreams(tx, KeysOf(names))) {
    for (const StreamSpan& span : stream.target.spans) {
      if (!stream.fact.exists) touched.insert(span.entity_ref);
    }
    known.emplace(stream.key, std::move(stream.fact));
  }
  FactRows rows;
  for (const StreamFact& now : streams) {
    const ObjectKey key = StreamObjectKey(now.source, now.stream);
    const StreamFact& was = known[key];
    if (was == now) continue;
    if (was.not_counted != now.not_counted) recounted.emplace(now.source, now.stream);
    rows.Add(key, now);
  }
  rows.Flush(tx);
  EnqueueDeploymentsOf(tx, recounted);
  TouchEntities(tx, touched);
}

void ResolveStreams(pqxx::transaction_base& tx, const RuleSet& rules, const std::vector<ObjectKey>& keys, bool touch) {
  if (keys.empty()) return;
  const std::vector<KnownStream> streams = LoadStreams(tx, keys);
  const StreamClaims claims(tx, streams);
  TargetRows rows;
  std::set<StreamName> moved;
  std::set<std::string> touched;
  for (const KnownStream& stream : streams) {
    const StreamTarget target =
        rules.resolver.Resolve(stream.fact, claims.MappingsOf(stream.fact), claims.ClaimsOn(stream.fact));
    if (stream.resolver_version == kResolverVersion && stream.target == target) continue;
    rows.Add(stream.key, target);
    if (Moves(stream.target, target)) moved.emplace(stream.fact.source, stream.fact.stream);
    if (stream.target.spans == target.spans) continue;
    for (const StreamSpan& span : stream.target.spans) touched.insert(rules.aliases.Resolve(span.entity_ref));
    for (const StreamSpan& span : target.spans) touched.insert(rules.aliases.Resolve(span.entity_ref));
  }
  rows.Update(tx);
  EnqueueDeploymentsOf(tx, moved);
  if (touch) TouchEntities(tx, touched);
}

StreamTargets LoadStreamTargets(pqxx::transaction_base& tx, const RuleSet& rules, const std::set<StreamName>& names) {
  StreamTargets targets;
  if (names.empty()) return targets;
  const std::string sql = absl::StrCat(  // lint: sql of constants
      "SELECT source, stream, ", StreamTargetColumns(),
      " FROM dora.known_streams WHERE object_key = ANY ($1::bytea[])");
  std::set<StreamName> missing = names;
  const auto load = [&] {
    std::vector<ObjectKey> outdated;
    for (const pqxx::row& row : RunPrepared(tx, sql, KeyArray(KeysOf(missing)))) {
      StreamName name{StringOf(row[0]), StringOf(row[1])};
      KnownStream stream;
      DecodeStreamTarget(row, 2, &stream);
      missing.erase(name);
      if (stream.resolver_version != kResolverVersion) {
        outdated.push_back(StreamObjectKey(name.first, name.second));
        continue;
      }
      targets.emplace(std::move(name), std::move(stream.target));
    }
    return outdated;
  };
  // Whoever asks holds entities already, or will in an order of its own: nothing is touched.
  if (std::vector<ObjectKey> outdated = load(); !outdated.empty()) {
    std::sort(outdated.begin(), outdated.end());
    ResolveStreams(tx, rules, outdated, false);
    missing = names;
    for (const auto& [name, target] : targets) missing.erase(name);
    load();
  }
  InsertNew(tx, rules, missing, &targets);
  return targets;
}

std::optional<ObjectKey> ResolveStreamsAfter(pqxx::transaction_base& tx, const RuleSet& rules, const ObjectKey* after,
                                             int limit) {
  std::vector<ObjectKey> keys;
  for (const pqxx::row& row : RunPrepared(tx,
                                          "SELECT object_key FROM dora.known_streams WHERE object_key > $1::bytea "
                                          "ORDER BY object_key LIMIT $2",
                                          after == nullptr ? "\\x" : KeyText(*after), limit)) {
    keys.push_back(ParseKeyText(StringOf(row[0])));
  }
  if (keys.empty()) return std::nullopt;
  ResolveStreams(tx, rules, keys, true);
  return keys.back();
}

}  // namespace headway
