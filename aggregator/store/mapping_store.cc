#include "aggregator/store/mapping_store.h"

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include <pqxx/pqxx>

#include "aggregator/projection/natural_key.h"
#include "aggregator/store/copy_row.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/rules_store.h"
#include "aggregator/store/stream_work.h"

namespace headway {
namespace {

using RuleKey = std::pair<std::string, std::string>;  // source, id

MappingRuleFact DecodeRule(const pqxx::row& row) {
  return {.exists = true,
          .source = StringOf(row[0]),
          .id = StringOf(row[1]),
          .order = row[2].as<int64_t>(),
          .where = ParseSelectorText(ParseTextArray(StringOf(row[3]))),
          .entity_ref = StringOf(row[4]),
          .since = TimeOf(row[5])};
}

CopyRow EncodeRule(const MappingRuleFact& rule) {
  CopyRow row;
  row.Text(rule.source).Text(rule.id).Number(rule.order).Text(TextArray(SelectorText(rule.where)));
  return row.Text(rule.entity_ref).Time(rule.since);
}

}  // namespace

void WriteMappings(pqxx::transaction_base& tx, const std::vector<StreamMappingFact>& mappings) {
  ArrayText sources, ids;
  for (const StreamMappingFact& mapping : mappings) {
    sources.Add(mapping.source);
    ids.Add(mapping.id);
  }
  using Content = std::tuple<std::string, std::string, absl::Time>;  // stream, entity, since
  std::map<RuleKey, Content> known;
  for (const pqxx::row& row : tx.exec_params(
           "SELECT m.source, m.mapping_id, m.stream, m.entity_ref, m.since FROM dora.stream_mappings m "
           "JOIN unnest($1::text[], $2::text[]) u (source, id) ON m.source = u.source AND m.mapping_id = u.id",
           sources.Finish(), ids.Finish())) {
    known[{StringOf(row[0]), StringOf(row[1])}] = {StringOf(row[2]), StringOf(row[3]), TimeOf(row[4])};
  }
  TableChange table("dora.stream_mappings", {{"source", "text"}, {"mapping_id", "text"}},
                    {"source", "mapping_id", "stream", "entity_ref", "since"});
  std::set<StreamName> streams;
  std::set<std::string> touched;
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
  TouchEntities(tx, touched);
  EnsureStreams(tx, streams);
  std::vector<ObjectKey> keys;
  for (const auto& [source, stream] : streams) keys.push_back(StreamObjectKey(source, stream));
  EnqueueStreams(tx, keys);
}

std::vector<MappingRuleFact> LoadMappingRules(pqxx::transaction_base& tx) {
  std::vector<MappingRuleFact> rules;
  for (const pqxx::row& row :
       tx.exec("SELECT source, rule_id, rule_order, selector, entity_ref, since FROM dora.mapping_rules")) {
    rules.push_back(DecodeRule(row));
  }
  return rules;
}

void WriteMappingRules(pqxx::transaction_base& tx, const std::vector<MappingRuleFact>& rules) {
  std::map<RuleKey, MappingRuleFact> known;
  for (MappingRuleFact& rule : LoadMappingRules(tx)) {
    const RuleKey key{rule.source, rule.id};
    known.emplace(key, std::move(rule));
  }
  TableChange table("dora.mapping_rules", {{"source", "text"}, {"rule_id", "text"}},
                    {"source", "rule_id", "rule_order", "selector", "entity_ref", "since"});
  std::vector<StreamPattern> patterns;
  for (const MappingRuleFact& rule : rules) {
    const auto was = known.find({rule.source, rule.id});
    if (rule.deleted ? was == known.end() : was != known.end() && was->second == rule) continue;
    if (was != known.end()) {
      table.Delete({rule.source, rule.id});
      patterns.emplace_back(was->second.where);
    }
    if (rule.deleted) continue;
    table.Insert(EncodeRule(rule));
    patterns.emplace_back(rule.where);
  }
  if (table.empty()) return;
  table.Flush(tx);
  CountRuleChange(tx);
  EnqueueStreamsThatFit(tx, patterns, Asking::kMappingRules);
}

}  // namespace headway
