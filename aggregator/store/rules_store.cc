#include "aggregator/store/rules_store.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/store/copy_row.h"
#include "aggregator/store/entity_store.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/entity_touch.h"
#include "aggregator/store/fact_store.h"
#include "aggregator/store/image_tag_store.h"
#include "aggregator/store/work_queue.h"

namespace headway {
namespace {

using Names = std::set<std::string>;

std::string ArrayOf(const Names& names) { return TextArray({names.begin(), names.end()}); }

void CountChange(pqxx::transaction_base& tx) { tx.exec("UPDATE dora.rules_version SET version = version + 1"); }

// The stream of an object that is a stream of its own is the start of its key.
constexpr char kEnqueue[] =
    "INSERT INTO dora.object_work (unit, kind, stream_id, object_key) SELECT s.id, s.kind, s.id, s.key FROM "
    "(SELECT ('x' || encode(substring(o.key FROM 1 FOR 8), 'hex'))::bit(64)::bigint AS id, o.kind, o.key FROM (";

void EnqueueObjectsOfEntities(pqxx::transaction_base& tx, const Names& refs) {
  if (refs.empty()) return;
  tx.exec_params(
      absl::StrCat(
          kEnqueue,
          "SELECT 4 AS kind, deployment_key AS key FROM dora.deployments WHERE entity_ref = ANY ($1::text[]) "
          "UNION SELECT 5, incident_key FROM dora.incidents WHERE entity_ref = ANY ($1::text[])) o) s ORDER BY 2, 4"),
      ArrayOf(refs));
}

// Deployments whose revisions are found by what the entity has.
void EnqueueByClues(pqxx::transaction_base& tx, const Names& refs) {
  if (refs.empty()) return;
  tx.exec_params(absl::StrCat(kEnqueue,
                              "SELECT 4 AS kind, deployment_key AS key FROM dora.deployments WHERE entity_ref = ANY "
                              "($1::text[]) AND clues) o) s ORDER BY 4"),
                 ArrayOf(refs));
}

struct Declared {
  bool declared = false;
  std::string title;
  std::string image;
  std::map<std::string, std::vector<std::string>> repositories;
  Names aliases;
};

std::map<std::string, Declared> ReadDeclared(pqxx::transaction_base& tx, const std::string& refs) {
  std::map<std::string, Declared> known;
  for (const pqxx::row& row : tx.exec_params(
           "SELECT entity_ref, declared, title, image FROM dora.entities WHERE entity_ref = ANY ($1::text[])", refs)) {
    known[StringOf(row[0])] = {row[1].as<bool>(), StringOf(row[2]), StringOf(row[3]), {}, {}};
  }
  for (const pqxx::row& row :
       tx.exec_params("SELECT entity_ref, repository, path_prefixes FROM dora.entity_repositories "
                      "WHERE entity_ref = ANY ($1::text[])",
                      refs)) {
    known[StringOf(row[0])].repositories[StringOf(row[1])] = ParseTextArray(StringOf(row[2]));
  }
  for (const pqxx::row& row :
       tx.exec_params("SELECT entity_ref, alias FROM dora.entity_aliases WHERE entity_ref = ANY ($1::text[])", refs)) {
    known[StringOf(row[0])].aliases.insert(StringOf(row[1]));
  }
  return known;
}

Declared DeclaredOf(const EntityDeclarationFact& fact) {
  Declared declared;
  if (fact.deleted) return declared;
  declared.declared = true;
  declared.title = fact.title;
  declared.image = fact.image;
  for (const EntityRepository& repository : fact.repositories)
    declared.repositories[repository.name] = repository.path_prefixes;
  declared.aliases = Names(fact.aliases.begin(), fact.aliases.end());
  return declared;
}

// Those that declare one of the aliases as well.
Names Declarers(pqxx::transaction_base& tx, const Names& aliases) {
  Names refs;
  if (aliases.empty()) return refs;
  for (const pqxx::row& row :
       tx.exec_params("SELECT entity_ref FROM dora.entity_aliases WHERE alias = ANY ($1::text[])", ArrayOf(aliases))) {
    refs.insert(StringOf(row[0]));
  }
  return refs;
}

}  // namespace

EnvironmentRules LoadEnvironmentRules(pqxx::transaction_base& tx) {
  std::vector<EnvironmentRuleFact> rules;
  for (const pqxx::row& row : tx.exec("SELECT rule_id, match, name, tier FROM dora.environment_rules")) {
    rules.push_back(
        {true, StringOf(row[0]), StringOf(row[1]), StringOf(row[2]), static_cast<Tier>(row[3].as<int>()), false});
  }
  return EnvironmentRules(rules);
}

std::shared_ptr<const RuleSet> LoadRules(pqxx::transaction_base& tx, std::shared_ptr<const RuleSet> known) {
  const int64_t version = tx.exec1("SELECT version FROM dora.rules_version")[0].as<int64_t>();
  if (known != nullptr && known->version == version) return known;
  std::map<std::string, EntityDeclarationFact> aliases;
  for (const pqxx::row& row : tx.exec("SELECT entity_ref, alias FROM dora.entity_aliases")) {
    EntityDeclarationFact& entity = aliases[StringOf(row[0])];
    entity.exists = true;
    entity.entity_ref = StringOf(row[0]);
    entity.aliases.push_back(StringOf(row[1]));
  }
  std::vector<EntityDeclarationFact> entities;
  for (auto& [ref, entity] : aliases) entities.push_back(std::move(entity));
  std::vector<StreamMappingFact> mappings;
  for (const pqxx::row& row :
       tx.exec("SELECT source, mapping_id, stream, entity_ref, since FROM dora.stream_mappings")) {
    mappings.push_back(
        {true, StringOf(row[0]), StringOf(row[1]), StringOf(row[2]), StringOf(row[3]), TimeOf(row[4]), false});
  }
  auto loaded = std::make_shared<RuleSet>();
  loaded->version = version;
  loaded->environments = LoadEnvironmentRules(tx);
  loaded->aliases = EntityAliases(entities);
  loaded->mappings = StreamMappings(mappings);
  loaded->image_tags = LoadImageTagRules(tx);
  return loaded;
}

void WriteEntities(pqxx::transaction_base& tx, const std::vector<EntityDeclarationFact>& entities) {
  Names refs;
  for (const EntityDeclarationFact& entity : entities) refs.insert(entity.entity_ref);
  std::map<std::string, Declared> known = ReadDeclared(tx, ArrayOf(refs));
  TableChange repositories("dora.entity_repositories", {{"entity_ref", "text"}},
                           {"entity_ref", "repository", "path_prefixes"});
  TableChange aliases("dora.entity_aliases", {{"entity_ref", "text"}}, {"entity_ref", "alias"});
  Names touched, derived, found_again, moved_aliases, moved;
  ArrayText named, titles, declared, images;
  for (const EntityDeclarationFact& entity : entities) {
    const std::string& ref = entity.entity_ref;
    const Declared now = DeclaredOf(entity);
    const Declared& was = known[ref];
    if (now.repositories != was.repositories) {
      repositories.Delete({ref});
      for (const auto& [name, prefixes] : now.repositories) {
        repositories.Insert(CopyRow().Text(ref).Text(name).Text(TextArray(prefixes)));
      }
      derived.insert(ref);
    }
    if (now.aliases != was.aliases) {
      aliases.Delete({ref});
      for (const std::string& alias : now.aliases) aliases.Insert(CopyRow().Text(ref).Text(alias));
      moved.insert(ref);
      moved_aliases.insert(now.aliases.begin(), now.aliases.end());
      moved_aliases.insert(was.aliases.begin(), was.aliases.end());
    }
    if (now.image != was.image || derived.contains(ref)) found_again.insert(ref);
    if (now.declared != was.declared || now.image != was.image || now.title != was.title || derived.contains(ref) ||
        moved.contains(ref)) {
      touched.insert(ref);
      named.Add(ref);
      titles.Add(now.title);
      declared.AddPlain(now.declared ? "t" : "f");
      images.Add(now.image);
    }
  }
  if (touched.empty()) return;
  const Names before = Declarers(tx, moved_aliases);
  moved.insert(before.begin(), before.end());
  repositories.Flush(tx);
  aliases.Flush(tx);
  TouchEntities(tx, touched);
  tx.exec_params(
      "UPDATE dora.entities e SET title = u.title, declared = u.declared, image = u.image FROM unnest($1::text[], "
      "$2::text[], $3::boolean[], $4::text[]) u (ref, title, declared, image) WHERE e.entity_ref = u.ref",
      named.Finish(), titles.Finish(), declared.Finish(), images.Finish());
  moved.insert(moved_aliases.begin(), moved_aliases.end());
  if (!moved_aliases.empty()) {
    CountChange(tx);
    EnqueueObjectsOfEntities(tx, moved);
  }
  EnqueueByClues(tx, found_again);
  EnqueueEntities(tx, {derived.begin(), derived.end()}, true);
}

void WriteMappings(pqxx::transaction_base& tx, const std::vector<StreamMappingFact>& mappings) {
  ArrayText sources, ids;
  for (const StreamMappingFact& mapping : mappings) {
    sources.Add(mapping.source);
    ids.Add(mapping.id);
  }
  using Content = std::tuple<std::string, std::string, absl::Time>;  // stream, entity, since
  std::map<std::pair<std::string, std::string>, Content> known;
  for (const pqxx::row& row : tx.exec_params(
           "SELECT m.source, m.mapping_id, m.stream, m.entity_ref, m.since FROM dora.stream_mappings m "
           "JOIN unnest($1::text[], $2::text[]) u (source, id) ON m.source = u.source AND m.mapping_id = u.id",
           sources.Finish(), ids.Finish())) {
    known[{StringOf(row[0]), StringOf(row[1])}] = {StringOf(row[2]), StringOf(row[3]), TimeOf(row[4])};
  }
  TableChange table("dora.stream_mappings", {{"source", "text"}, {"mapping_id", "text"}},
                    {"source", "mapping_id", "stream", "entity_ref", "since"});
  std::set<std::pair<std::string, std::string>> streams;
  Names touched;
  for (const StreamMappingFact& mapping : mappings) {
    const auto was = known.find({mapping.source, mapping.id});
    const Content now{mapping.stream, mapping.entity_ref, mapping.since};
    const bool known_before = was != known.end();
    if (mapping.deleted ? !known_before : known_before && was->second == now) continue;
    if (known_before) {
      table.Delete({mapping.source, mapping.id});
      streams.emplace(mapping.source, std::get<0>(was->second));
      touched.insert(std::get<1>(was->second));
    }
    if (mapping.deleted) continue;
    table.Insert(CopyRow()
                     .Text(mapping.source)
                     .Text(mapping.id)
                     .Text(mapping.stream)
                     .Text(mapping.entity_ref)
                     .Time(mapping.since));
    streams.emplace(mapping.source, mapping.stream);
    touched.insert(mapping.entity_ref);
  }
  if (streams.empty()) return;
  table.Flush(tx);
  CountChange(tx);
  TouchEntities(tx, touched);
  ArrayText keys, of_source, of_stream;
  for (const auto& [source, stream] : streams) {
    keys.AddPlain(std::to_string(StreamKey(source, stream)));
    of_source.Add(source);
    of_stream.Add(stream);
  }
  tx.exec_params(
      absl::StrCat(
          kEnqueue,
          "SELECT DISTINCT 4 AS kind, d.deployment_key AS key FROM unnest($1::bigint[], $2::text[], $3::text[]) u "
          "(stream_key, source, stream) "
          "JOIN dora.streams s ON s.stream_key = u.stream_key JOIN dora.deployments d ON d.entity_ref = s.entity_ref "
          "AND d.source = u.source AND d.stream = u.stream) o) s ORDER BY 4"),
      keys.Finish(), of_source.Finish(), of_stream.Finish());
}

void WriteEnvironmentRules(pqxx::transaction_base& tx, const std::vector<EnvironmentRuleFact>& rules) {
  Names ids;
  for (const EnvironmentRuleFact& rule : rules) ids.insert(rule.id);
  using Content = std::tuple<std::string, std::string, int>;  // match, name, tier
  std::map<std::string, Content> known;
  for (const pqxx::row& row :
       tx.exec_params("SELECT rule_id, match, name, tier FROM dora.environment_rules WHERE rule_id = ANY ($1::text[])",
                      ArrayOf(ids))) {
    known[StringOf(row[0])] = {StringOf(row[1]), StringOf(row[2]), row[3].as<int>()};
  }
  TableChange table("dora.environment_rules", {{"rule_id", "text"}}, {"rule_id", "match", "name", "tier"});
  Names names;
  for (const EnvironmentRuleFact& rule : rules) {
    const auto was = known.find(rule.id);
    const Content now{rule.match, rule.name, static_cast<int>(rule.tier)};
    if (rule.deleted ? was == known.end() : was != known.end() && was->second == now) continue;
    if (was != known.end()) {
      table.Delete({rule.id});
      names.insert(std::get<0>(was->second));
    }
    if (rule.deleted) continue;
    table.Insert(CopyRow().Text(rule.id).Text(rule.match).Text(rule.name).Number(static_cast<int>(rule.tier)));
    names.insert(rule.match);
  }
  if (names.empty()) return;
  table.Flush(tx);
  CountChange(tx);
  tx.exec_params(
      absl::StrCat(
          kEnqueue,
          "SELECT 4 AS kind, d.deployment_key AS key FROM (SELECT DISTINCT entity_ref FROM dora.streams WHERE "
          "observed_environment = ANY ($1::text[])) s "
          "JOIN dora.deployments d ON d.entity_ref = s.entity_ref AND d.observed_environment = ANY ($1::text[]) "
          "UNION SELECT 5, incident_key FROM dora.incidents WHERE observed_environment = ANY ($1::text[])) o) s ORDER "
          "BY 2, 4"),
      ArrayOf(names));
}

void WriteTagRules(pqxx::transaction_base& tx, const std::vector<ImageTagRuleFact>& rules) {
  if (WriteImageTagRules(tx, rules)) CountChange(tx);
}

}  // namespace headway
