#include "aggregator/store/rules_store.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "aggregator/store/copy_row.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/image_tag_store.h"
#include "aggregator/store/mapping_store.h"
#include "aggregator/store/stream_work.h"
#include "aggregator/store/work_queue.h"

namespace headway {
namespace {

using Names = std::set<std::string>;

std::string ArrayOf(const Names& names) { return TextArray({names.begin(), names.end()}); }

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

void EnqueueObjectsOfEnvironments(pqxx::transaction_base& tx, const Names& names) {
  if (names.empty()) return;
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

std::vector<EnvironmentRuleFact> ReadEnvironmentRules(pqxx::transaction_base& tx) {
  std::vector<EnvironmentRuleFact> rules;
  for (const pqxx::row& row :
       tx.exec("SELECT rule_id, match, name, tier, rule_order, selector FROM dora.environment_rules")) {
    EnvironmentRuleFact& rule = rules.emplace_back();
    rule.exists = true;
    rule.id = StringOf(row[0]);
    rule.match = StringOf(row[1]);
    rule.name = StringOf(row[2]);
    rule.tier = static_cast<Tier>(row[3].as<int>());
    rule.order = row[4].as<int64_t>();
    if (!row[5].is_null()) rule.where = ParseSelectorText(ParseTextArray(StringOf(row[5])));
  }
  return rules;
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

EnvironmentRules LoadEnvironmentRules(pqxx::transaction_base& tx) { return EnvironmentRules(ReadEnvironmentRules(tx)); }

void CountRuleChange(pqxx::transaction_base& tx) { tx.exec("UPDATE dora.rules_version SET version = version + 1"); }

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
  std::vector<EnvironmentRuleFact> environments = ReadEnvironmentRules(tx);
  auto loaded = std::make_shared<RuleSet>();
  loaded->version = version;
  loaded->environments = EnvironmentRules(environments);
  loaded->aliases = EntityAliases(entities);
  loaded->resolver = StreamResolver(LoadMappingRules(tx), std::move(environments));
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
    CountRuleChange(tx);
    EnqueueObjectsOfEntities(tx, moved);
  }
  EnqueueByClues(tx, found_again);
  EnqueueEntities(tx, {derived.begin(), derived.end()}, true);
}

void WriteEnvironmentRules(pqxx::transaction_base& tx, const std::vector<EnvironmentRuleFact>& rules) {
  std::map<std::string, EnvironmentRuleFact> known;
  for (EnvironmentRuleFact& rule : ReadEnvironmentRules(tx)) {
    const std::string id = rule.id;
    known.emplace(id, std::move(rule));
  }
  TableChange table("dora.environment_rules", {{"rule_id", "text"}},
                    {"rule_id", "match", "name", "tier", "rule_order", "selector"});
  Names names;
  std::vector<StreamPattern> patterns;
  const auto is_about = [&](const EnvironmentRuleFact& rule) {
    if (rule.where.has_value()) {
      patterns.emplace_back(*rule.where);
    } else {
      names.insert(rule.match);
    }
  };
  for (const EnvironmentRuleFact& rule : rules) {
    const auto was = known.find(rule.id);
    if (rule.deleted ? was == known.end() : was != known.end() && was->second == rule) continue;
    if (was != known.end()) {
      table.Delete({rule.id});
      is_about(was->second);
    }
    if (rule.deleted) continue;
    CopyRow row;
    row.Text(rule.id).Text(rule.match).Text(rule.name).Number(static_cast<int>(rule.tier)).Number(rule.order);
    rule.where.has_value() ? row.Text(TextArray(SelectorText(*rule.where))) : row.Null();
    table.Insert(std::move(row));
    is_about(rule);
  }
  if (table.empty()) return;
  table.Flush(tx);
  CountRuleChange(tx);
  EnqueueStreamsThatFit(tx, patterns, Asking::kAnything);
  EnqueueObjectsOfEnvironments(tx, names);
}

void WriteTagRules(pqxx::transaction_base& tx, const std::vector<ImageTagRuleFact>& rules) {
  if (WriteImageTagRules(tx, rules)) CountRuleChange(tx);
}

}  // namespace headway
