#include <algorithm>

#include "aggregator/projection/entity_ref.h"
#include "aggregator/projection/payload_winner.h"
#include "aggregator/projection/stream_facts.h"
#include "services/base/timestamp.h"

namespace headway {
namespace {

// The fields of a selector by the names that they are stored under.
template <typename Selector, typename Visit>
void VisitFields(Selector& selector, Visit visit) {
  visit("source", selector.source);
  visit("stream", selector.stream);
  visit("name", selector.name);
  visit("namespace", selector.namespace_);
  visit("destination_cluster", selector.destination_cluster);
  visit("destination_namespace", selector.destination_namespace);
  visit("project", selector.project);
}

constexpr char kLabel[] = "label";

uint64_t VersionOf(const v1::Observation& observation) { return observation.stream().version(); }

}  // namespace

std::optional<v1::Observation> HoldingDeclaration(absl::Span<const std::string> payloads) {
  const std::vector<ParsedPayload> all = ParsePayloads(payloads, v1::Observation::kStream);
  const ParsedPayload* winner = WinningPayload(all, VersionOf);
  if (winner == nullptr || winner->observation.stream().deleted()) return std::nullopt;
  return winner->observation;
}

StreamFact FoldStream(absl::Span<const std::string> payloads) {
  const std::vector<ParsedPayload> all = ParsePayloads(payloads, v1::Observation::kStream);
  const ParsedPayload* winner = WinningPayload(all, VersionOf);
  StreamFact fact;
  if (winner == nullptr) return fact;
  fact.deleted = winner->observation.stream().deleted();
  // Who tells that it is gone may not know any more what it was like.
  if (fact.deleted && all.size() > 1) {
    winner = WinningPayload(
        all, [&](const v1::Observation& o) { return std::make_tuple(!o.stream().deleted(), VersionOf(o)); });
  }
  const v1::StreamDeclaration& seen = winner->observation.stream();
  fact.exists = true;
  fact.source = winner->observation.source();
  fact.stream = seen.stream();
  fact.name = seen.name();
  fact.namespace_ = seen.namespace_();
  fact.instance = seen.instance();
  fact.entity_ref = NormaliseEntityRef(seen.entity_ref()).value_or("");
  fact.labels = Labels(seen.labels().begin(), seen.labels().end());
  fact.destination_cluster = seen.destination_cluster();
  fact.destination_namespace = seen.destination_namespace();
  fact.project = seen.project();
  fact.repositories.assign(seen.repositories().begin(), seen.repositories().end());
  std::sort(fact.repositories.begin(), fact.repositories.end());
  fact.repositories.erase(std::unique(fact.repositories.begin(), fact.repositories.end()), fact.repositories.end());
  fact.not_counted = seen.not_counted();
  return fact;
}

StreamSelectorFact SelectorOf(const v1::StreamSelector& selector) {
  return {.source = selector.source(),
          .stream = selector.stream(),
          .name = selector.name(),
          .namespace_ = selector.namespace_(),
          .destination_cluster = selector.destination_cluster(),
          .destination_namespace = selector.destination_namespace(),
          .project = selector.project(),
          .labels = Labels(selector.labels().begin(), selector.labels().end())};
}

std::vector<std::string> SelectorText(const StreamSelectorFact& selector) {
  std::vector<std::string> text;
  VisitFields(selector, [&](const char* field, const std::string& expression) {
    if (!expression.empty()) text.insert(text.end(), {field, expression});
  });
  for (const auto& [name, value] : selector.labels) text.insert(text.end(), {kLabel, name, value});
  return text;
}

StreamSelectorFact ParseSelectorText(absl::Span<const std::string> text) {
  StreamSelectorFact selector;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    if (text[i] == kLabel && i + 2 < text.size()) {
      selector.labels[text[i + 1]] = text[i + 2];
      ++i;
      continue;
    }
    VisitFields(selector, [&](const char* field, std::string& expression) {
      if (text[i] == field) expression = text[i + 1];
    });
  }
  return selector;
}

MappingRuleFact FoldMappingRule(absl::Span<const std::string> payloads) {
  const std::vector<ParsedPayload> all = ParsePayloads(payloads, v1::Observation::kMappingRule);
  const ParsedPayload* winner =
      WinningPayload(all, [](const v1::Observation& o) { return o.mapping_rule().version(); });
  MappingRuleFact fact;
  if (winner == nullptr) return fact;
  const v1::MappingRule& seen = winner->observation.mapping_rule();
  fact.exists = true;
  fact.source = winner->observation.source();
  fact.id = seen.id();
  fact.order = seen.order();
  fact.where = SelectorOf(seen.where());
  fact.entity_ref = seen.entity_ref();
  fact.since = seen.has_since() ? ToTime(seen.since()) : absl::InfinitePast();
  fact.deleted = seen.deleted();
  return fact;
}

}  // namespace headway
