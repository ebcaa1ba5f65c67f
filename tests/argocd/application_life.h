// The life of an imagined Application: what it looks like after each write of Argo CD's controller, and what truly happened.
#ifndef HEADWAY_TESTS_ARGOCD_APPLICATION_LIFE_H_
#define HEADWAY_TESTS_ARGOCD_APPLICATION_LIFE_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace headway {

struct LifeOptions {
  uint32_t seed = 1;
  int syncs = 6;
  int history_limit = 10;  // 0: no history is kept
  bool newer = true;       // the status of Argo CD 3.1 on; false: that of 2.13
};

// A sync as it was.
struct TrueSync {
  enum class Kind { kFull, kPartial, kDryRun, kFailed };
  Kind kind = Kind::kFull;
  absl::Time started;
  absl::Time finished;  // as the operation says
  absl::Time recorded;  // as the history says
  int64_t id = -1;      // of its entry; -1: it has none
  std::string revision;
  std::string image;
  bool automated = false;
  bool nothing_applied = false;       // every message says "unchanged"
  std::optional<absl::Time> healthy;  // when it turned healthy after it, or stayed so
};

// The Application after one write.
struct Moment {
  std::string json;
  std::vector<int> history;    // syncs whose entries it shows
  int operation = -1;          // the sync that the operation is of; -1: none
  bool completed = false;      // the operation has ended
  bool healthy_known = false;  // it tells when the operation's sync turned healthy
};

class ApplicationLife {
 public:
  explicit ApplicationLife(const LifeOptions& options);

  const std::vector<TrueSync>& syncs() const { return syncs_; }
  const std::vector<Moment>& moments() const { return moments_; }

 private:
  void Live(TrueSync sync);
  void StartOperation(const TrueSync& sync);
  void EndOperation(const TrueSync& sync);
  void Record(TrueSync* sync);
  void SettleHealth(TrueSync* sync);
  void Health(const char* status, absl::Time since, absl::Time reconciled);
  void Write(bool completed, bool healthy_known = false);
  uint32_t Below(uint32_t bound);

  const LifeOptions options_;
  uint64_t random_;
  absl::Time now_ = absl::FromUnixSeconds(1'770'000'000);
  int64_t resource_version_ = 100;
  int64_t next_id_ = 0;
  nlohmann::json application_;
  std::vector<int> shown_;  // syncs in the history
  std::vector<TrueSync> syncs_;
  std::vector<Moment> moments_;
};

}  // namespace headway

#endif  // HEADWAY_TESTS_ARGOCD_APPLICATION_LIFE_H_
