// What is declared of streams, and the rules that are about them, as folded from observations. Plain values; folding is pure (see fold.h).
#ifndef HEADWAY_AGGREGATOR_PROJECTION_STREAM_FACTS_H_
#define HEADWAY_AGGREGATOR_PROJECTION_STREAM_FACTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "headway/v1/observation.pb.h"

namespace headway {

using Labels = std::map<std::string, std::string>;

// A stream. Of one that only its deployments tell of, source and stream alone are known.
struct StreamFact {
  bool exists = false;  // it was declared
  std::string source;
  std::string stream;
  std::string name;
  std::string namespace_;
  std::string instance;
  std::string entity_ref;  // that it names itself, normalised; empty: none
  Labels labels;
  std::string destination_cluster;
  std::string destination_namespace;
  std::string project;
  std::vector<std::string> repositories;  // sorted, unique
  bool not_counted = false;
  bool deleted = false;  // it is gone; all else is as it was when it was last there

  bool operator==(const StreamFact&) const = default;
};
StreamFact FoldStream(absl::Span<const std::string> payloads);
// The declaration that holds, with its source; nothing: there is none, or the stream is gone.
std::optional<v1::Observation> HoldingDeclaration(absl::Span<const std::string> payloads);

// Which streams a rule is about. Expressions as written; empty: not set.
struct StreamSelectorFact {
  std::string source;
  std::string stream;
  std::string name;
  std::string namespace_;
  std::string destination_cluster;
  std::string destination_namespace;
  std::string project;
  Labels labels;

  bool operator==(const StreamSelectorFact&) const = default;
};
StreamSelectorFact SelectorOf(const v1::StreamSelector& selector);

// Field and expression in turns for what is set, "label" before name and value of each label; and back. What is not understood is left out.
std::vector<std::string> SelectorText(const StreamSelectorFact& selector);
StreamSelectorFact ParseSelectorText(absl::Span<const std::string> text);

struct MappingRuleFact {
  bool exists = false;
  std::string source;
  std::string id;
  int64_t order = 0;
  StreamSelectorFact where;
  std::string entity_ref;  // as written: it may hold "${name}"
  absl::Time since;        // InfinitePast: always
  bool deleted = false;

  bool operator==(const MappingRuleFact&) const = default;
};
MappingRuleFact FoldMappingRule(absl::Span<const std::string> payloads);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_STREAM_FACTS_H_
