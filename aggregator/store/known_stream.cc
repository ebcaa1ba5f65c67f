#include "aggregator/store/known_stream.h"

#include "aggregator/store/entity_tables.h"

namespace headway {
namespace {

Labels ParseLabels(const std::vector<std::string>& text) {
  Labels labels;
  for (size_t i = 0; i + 1 < text.size(); i += 2) labels[text[i]] = text[i + 1];
  return labels;
}

}  // namespace

const char* StreamFactColumns() {
  return "object_key, source, stream, declared, deleted, name, namespace, instance, own_entity_ref, labels, "
         "destination_cluster, destination_namespace, project, repositories, not_counted";
}

const char* StreamTargetColumns() { return "resolver_version, entities, since, environment, tier, not_counted"; }

const char* StreamWordsColumns() { return "mapped_by, because, reason, next_step, asks_rules"; }

void DecodeStreamFact(const pqxx::row& row, int at, KnownStream* stream) {
  StreamFact& fact = stream->fact;
  stream->key = ParseKeyText(StringOf(row[at]));
  fact.source = StringOf(row[at + 1]);
  fact.stream = StringOf(row[at + 2]);
  fact.exists = row[at + 3].as<bool>();
  fact.deleted = row[at + 4].as<bool>();
  fact.name = StringOf(row[at + 5]);
  fact.namespace_ = StringOf(row[at + 6]);
  fact.instance = StringOf(row[at + 7]);
  fact.entity_ref = StringOf(row[at + 8]);
  fact.labels = ParseLabels(ParseTextArray(StringOf(row[at + 9])));
  fact.destination_cluster = StringOf(row[at + 10]);
  fact.destination_namespace = StringOf(row[at + 11]);
  fact.project = StringOf(row[at + 12]);
  fact.repositories = ParseTextArray(StringOf(row[at + 13]));
  fact.not_counted = row[at + 14].as<bool>();
}

void DecodeStreamTarget(const pqxx::row& row, int at, KnownStream* stream) {
  StreamTarget& target = stream->target;
  stream->resolver_version = row[at].as<int>();
  const std::vector<std::string> entities = ParseTextArray(StringOf(row[at + 1]));
  const std::vector<std::string> since = ParseTextArray(StringOf(row[at + 2]));
  for (size_t i = 0; i < entities.size() && i < since.size(); ++i) {
    target.spans.push_back({ParseTimeText(since[i]), entities[i]});
  }
  if (!row[at + 3].is_null() && !row[at + 4].is_null()) {
    target.environment = EnvironmentRules::Environment{StringOf(row[at + 3]), static_cast<Tier>(row[at + 4].as<int>())};
  }
  target.not_counted = row[at + 5].as<bool>();
}

void DecodeStreamWords(const pqxx::row& row, int at, KnownStream* stream) {
  StreamTarget& target = stream->target;
  target.mapped_by = static_cast<MappedBy>(row[at].as<int>());
  target.because = StringOf(row[at + 1]);
  target.reason = StringOf(row[at + 2]);
  target.next_step = StringOf(row[at + 3]);
  target.asks_rules = row[at + 4].as<bool>();
}

std::vector<std::string> LabelsText(const Labels& labels) {
  std::vector<std::string> text;
  for (const auto& [name, value] : labels) text.insert(text.end(), {name, value});
  return text;
}

}  // namespace headway
