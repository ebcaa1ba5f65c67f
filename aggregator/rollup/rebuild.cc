#include "aggregator/rollup/rebuild.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "aggregator/projection/fold.h"
#include "aggregator/projection/mapping.h"
#include "aggregator/rollup/transactions.h"
#include "aggregator/store/fact_store.h"
#include "aggregator/store/stream_store.h"
#include "aggregator/store/transact.h"
#include "aggregator/store/work_queue.h"

namespace headway {
namespace {

constexpr int kPieceRows = 20000;
constexpr int kPieceRules = 4000;
constexpr size_t kObjectsPerTransaction = 20000;
constexpr size_t kEntitiesPerTransaction = 100;
constexpr int kAttempts = 20;

// Objects of some entities, which are folded and derived in one transaction.
struct Chunk {
  std::vector<std::string> entity_refs;
  std::vector<WorkObject> objects;  // without payloads
};

// Repeats a transaction that only lost a race.
absl::Status Repeat(ConnectionPool& pool, const char* doing,
                    const std::function<absl::Status(pqxx::transaction_base&)>& body) {
  absl::Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    absl::StatusOr<ConnectionPool::Lease> connection = pool.Acquire(absl::Seconds(60));
    status = connection.ok() ? Transact(**connection, doing, body) : connection.status();
    if (!absl::IsAborted(status)) return status;
  }
  return status;
}

class Rebuild {
 public:
  Rebuild(ConnectionPool& pool, GraphCache& graphs, const RebuildOptions& options)
      : pool_(pool), graphs_(graphs), options_(options) {}

  absl::StatusOr<RebuildResult> Run() {
    absl::Status status = Rules();
    if (status.ok()) status = Scan();
    if (status.ok()) status = Entities();
    if (status.ok()) status = DeriveChunks();
    if (!status.ok()) return status;
    return RebuildResult{objects_, entities_, changed_.load()};
  }

 private:
  // A piece at a time, so that work goes on in between; what one piece changes for another is put right by the last pass over the streams.
  absl::Status Rules() {
    std::optional<WorkObject> last;
    bool more = true;
    while (more) {
      absl::Status status = Repeat(pool_, "applying rules again", [&](pqxx::transaction_base& tx) {
        PrepareWorkerTransaction(tx);
        ShareAllUnits(tx);
        LockRules(tx, true);
        const std::vector<WorkObject> piece = ScanRules(tx, last.has_value() ? &*last : nullptr, kPieceRules);
        more = !piece.empty();
        if (!more) return absl::OkStatus();
        WorkerMemory memory{.graphs = &graphs_};
        ReapplyRules(tx, memory, piece);
        last = Bare(piece.back());
        return absl::OkStatus();
      });
      if (!status.ok()) return status;
    }
    return Streams();
  }

  absl::Status Streams() {
    std::optional<ObjectKey> last;
    bool more = true;
    while (more) {
      absl::Status status = Repeat(pool_, "resolving streams again", [&](pqxx::transaction_base& tx) {
        PrepareWorkerTransaction(tx);
        LockRules(tx, true);
        rules_ = LoadRules(tx, rules_);
        const std::optional<ObjectKey> next =
            ResolveStreamsAfter(tx, *rules_, last.has_value() ? &*last : nullptr, kPieceRules);
        more = next.has_value();
        if (more) last = next;
        return absl::OkStatus();
      });
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // Finds out where each object belongs. Pull requests are keyed by repository and can be written at once.
  absl::Status Scan() {
    std::optional<WorkObject> last;
    bool more = true;
    while (more) {
      absl::Status status = Repeat(pool_, "reading observations again", [&](pqxx::transaction_base& tx) {
        PrepareWorkerTransaction(tx);
        ShareAllUnits(tx);
        LockRules(tx, false);
        rules_ = LoadRules(tx, rules_);
        ObjectPiece piece = ScanObjects(tx, last.has_value() ? &*last : nullptr, kPieceRows);
        more = !piece.objects.empty();
        if (more) Place(tx, std::move(piece.objects), &last);
        return absl::OkStatus();
      });
      if (!status.ok()) return status;
      if (options_.on_progress) options_.on_progress(0, objects_);
    }
    return absl::OkStatus();
  }

  void Place(pqxx::transaction_base& tx, std::vector<WorkObject> objects, std::optional<WorkObject>* last) {
    std::vector<WorkObject> changes, artefacts, manifests;
    std::map<std::string, std::vector<WorkObject>> placed;
    const StreamTargets targets = TargetsOf(tx, objects);
    for (WorkObject& object : objects) {
      switch (object.kind) {
        case ObservationKind::kChange:
          changes.push_back(object);
          break;
        case ObservationKind::kDeployment:
          placed[TargetOfDeployment(object, targets)].push_back(Bare(object));
          break;
        case ObservationKind::kIncidentEvent:
          placed[TargetOfIncident(object)].push_back(Bare(object));
          break;
        case ObservationKind::kArtefact:
          artefacts.push_back(object);
          break;
        case ObservationKind::kManifestRevision:
          manifests.push_back(object);
          break;
        default:
          break;
      }
    }
    WorkerMemory memory{.graphs = &graphs_, .rules = rules_, .allow_append = false, .enqueue = false};
    BatchResult result;
    ApplyManifests(tx, manifests);
    ApplyArtefacts(tx, artefacts);
    if (!changes.empty()) Refold(tx, memory, changes, {}, &result);
    // Only now: what runs again after a lost race must not count twice.
    objects_ += static_cast<int64_t>(objects.size());
    *last = Bare(objects.back());
    for (auto& [ref, some] : placed) {
      std::vector<WorkObject>& all = by_entity_[ref];
      all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    }
  }

  StreamTargets TargetsOf(pqxx::transaction_base& tx, const std::vector<WorkObject>& objects) const {
    std::set<StreamName> names;
    for (const WorkObject& object : objects) {
      if (object.kind != ObservationKind::kDeployment) continue;
      const FoldedDeployment folded = FoldDeployment(object.payloads);
      if (folded.exists) names.emplace(folded.fact.source, folded.fact.stream);
    }
    return LoadStreamTargets(tx, *rules_, names);
  }

  std::string TargetOfDeployment(const WorkObject& object, const StreamTargets& targets) const {
    const FoldedDeployment folded = FoldDeployment(object.payloads);
    if (!folded.exists) return "";
    return EntityOf(folded, targets.at({folded.fact.source, folded.fact.stream}), rules_->aliases);
  }

  std::string TargetOfIncident(const WorkObject& object) const {
    const FoldedIncident folded = FoldIncident(object.payloads);
    const std::vector<std::string> targets =
        folded.exists ? EntitiesOf(folded, rules_->aliases) : std::vector<std::string>();
    return targets.empty() ? std::string() : targets[0];
  }

  static WorkObject Bare(const WorkObject& object) {
    WorkObject bare;
    bare.unit = object.unit;
    bare.kind = object.kind;
    bare.stream_id = object.stream_id;
    bare.key = object.key;
    return bare;
  }

  // Those that have a row and nothing that maps to them are derived, too.
  absl::Status Entities() {
    absl::Status status = Repeat(pool_, "listing entities", [&](pqxx::transaction_base& tx) {
      for (const std::string& ref : ScanEntities(tx)) by_entity_[ref];
      return absl::OkStatus();
    });
    for (auto& [ref, objects] : by_entity_) {
      if (ref.empty()) {
        AddUnmapped(std::move(objects));
        continue;
      }
      ++entities_;
      if (chunks_.empty() || chunks_.back().entity_refs.size() >= kEntitiesPerTransaction ||
          chunks_.back().objects.size() + objects.size() > kObjectsPerTransaction) {
        chunks_.emplace_back();
      }
      chunks_.back().entity_refs.push_back(ref);
      std::move(objects.begin(), objects.end(), std::back_inserter(chunks_.back().objects));
    }
    by_entity_.clear();
    return status;
  }

  void AddUnmapped(std::vector<WorkObject> objects) {
    for (size_t begin = 0; begin < objects.size(); begin += kObjectsPerTransaction) {
      const size_t end = std::min(objects.size(), begin + kObjectsPerTransaction);
      chunks_.push_back({{}, std::vector<WorkObject>(objects.begin() + begin, objects.begin() + end)});
    }
    chunks_.emplace_back();
  }

  absl::Status DeriveChunks() {
    std::vector<std::thread> threads;
    std::vector<absl::Status> statuses(std::max(1, options_.threads));
    for (absl::Status& status : statuses) threads.emplace_back([this, &status] { status = DeriveSome(); });
    for (std::thread& thread : threads) thread.join();
    for (const absl::Status& status : statuses) {
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status DeriveSome() {
    WorkerMemory memory{.graphs = &graphs_, .rules = rules_, .allow_append = false};
    for (size_t i = next_++; i < chunks_.size(); i = next_++) {
      BatchResult result;
      absl::Status status = Repeat(pool_, "deriving again", [&](pqxx::transaction_base& tx) {
        result = BatchResult();
        PrepareWorkerTransaction(tx);
        ShareAllUnits(tx);
        std::vector<WorkObject> objects = chunks_[i].objects;
        ForgetWaiting(tx, chunks_[i].entity_refs);
        ReadPayloads(tx, &objects);
        Refold(tx, memory, objects, chunks_[i].entity_refs, &result);
        return absl::OkStatus();
      });
      if (!status.ok()) return status;
      changed_ += result.entities;
      if (options_.on_progress) {
        absl::MutexLock lock(&mutex_);
        options_.on_progress(static_cast<int64_t>(i + 1), static_cast<int64_t>(chunks_.size()));
      }
    }
    return absl::OkStatus();
  }

  ConnectionPool& pool_;
  GraphCache& graphs_;
  const RebuildOptions& options_;
  std::shared_ptr<const RuleSet> rules_;
  std::map<std::string, std::vector<WorkObject>> by_entity_;
  std::vector<Chunk> chunks_;
  std::atomic<size_t> next_{0};
  std::atomic<int64_t> changed_{0};
  int64_t objects_ = 0;
  int64_t entities_ = 0;
  absl::Mutex mutex_;
};

}  // namespace

absl::StatusOr<RebuildResult> RebuildAll(ConnectionPool& pool, GraphCache& graphs, const RebuildOptions& options) {
  return Rebuild(pool, graphs, options).Run();
}

}  // namespace headway
