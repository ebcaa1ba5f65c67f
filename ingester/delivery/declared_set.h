// What a source declared earlier (entities of a catalog, rules of a configuration), so that only what differs is sent, and what is gone is sent as deleted.
#ifndef HEADWAY_INGESTER_DELIVERY_DECLARED_SET_H_
#define HEADWAY_INGESTER_DELIVERY_DECLARED_SET_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "headway/v1/ingest.pb.h"

namespace headway {

// One thing as it is declared now: an entity, a mapping rule, an environment rule or an image tag rule, without version.
struct Declared {
  v1::Observation observation;
  std::vector<std::string> files;  // that it was read from; may be empty
};

// What is to be sent, and what the set is to remember once that is stored.
struct DeclaredChanges {
  struct Item {
    std::string key;
    std::string digest;
    std::vector<std::string> files;
  };
  std::vector<v1::Observation> observations;  // with versions
  std::vector<Item> items;                    // of each
  int added = 0, changed = 0, gone = 0;
  int repeated = 0;  // as they were sent before
};

// Not thread-safe.
class DeclaredSet {
 public:
  // What is not there is sent as deleted only when it was missing in this many comparisons running: a list that is read in pages, or files that are being replaced,
  // may lack something for a moment.
  explicit DeclaredSet(int missing_before_gone = 2) : missing_before_gone_(missing_before_gone) {}

  // What differs from what was taken. Versions are microseconds of `now`, greater than any before of the same thing, so that what comes back holds again.
  // After FromText everything is sent once as it was before, which costs little (it is there already) and heals a store that has lost it.
  // `may_be_hidden`: whether something of these files may be there although it is not declared; it is then left as it is.
  DeclaredChanges Compare(const std::string& source, absl::Span<const Declared> all, absl::Time now,
                          const std::function<bool(const std::vector<std::string>& files)>& may_be_hidden);
  // Remembers what was sent. To be called once it is stored.
  void Take(const DeclaredChanges& changes);

  // Something is missing that was not yet sent as deleted: compare again even when nothing has changed.
  bool has_missing() const { return !missing_.empty(); }
  // What was declared and is not gone.
  size_t size() const { return live_; }

  // The set as text, a line for each thing; and back. INVALID_ARGUMENT: it is no such text; the set is then empty, which is safe: everything is sent once more, and
  // only what vanished meanwhile stays.
  std::string ToText() const;
  absl::Status FromText(const std::string& text);

 private:
  struct Known {
    std::string digest;  // empty: gone
    uint64_t version = 0;
    std::vector<std::string> files;
    bool repeat = false;  // it is to be sent once more as it is
  };

  const int missing_before_gone_;
  std::map<std::string, Known> known_;
  std::map<std::string, int> missing_;
  size_t live_ = 0;
};

// Reads a set from a file, and writes it so that it is there whole or as it was. `file` empty: nothing is read or written.
// NOT_FOUND: there is none yet. INVALID_ARGUMENT, UNAVAILABLE: it cannot be used.
absl::Status LoadDeclaredSet(const std::string& file, DeclaredSet* set);
absl::Status SaveDeclaredSet(const std::string& file, const DeclaredSet& set);

}  // namespace headway

#endif  // HEADWAY_INGESTER_DELIVERY_DECLARED_SET_H_
