#include "aggregator/rollup/worker.h"

#include <algorithm>
#include <utility>

#include "aggregator/rollup/derive_entity.h"
#include "aggregator/store/stream_work.h"
#include "aggregator/store/transact.h"
#include "aggregator/store/work_queue.h"

namespace headway {
namespace {

constexpr int kLive = 0;
constexpr int kEntities = 1;
constexpr int kRules = 2;
constexpr int kQueues = 3;

// Tables may be empty at the start and large soon after.
constexpr absl::Duration kPlansLast = absl::Seconds(2);

}  // namespace

// What one thread carries from batch to batch.
struct Worker::Turn {
  WorkerMemory memory;
  WorkShare share;
  int limit[kQueues];
  absl::Duration back_off = absl::ZeroDuration();  // while the database is out of reach
  bool looked_for_outdated = false;                // once, at the start
};

Worker::Worker(ConnectionPool* pool, GraphCache* graphs, WorkerOptions options)
    : pool_(*pool), graphs_(*graphs), options_(std::move(options)) {}

Worker::~Worker() { Stop(); }

Worker::Turn Worker::NewTurn(int thread, int threads) {
  Turn turn;
  turn.memory.graphs = &graphs_;
  turn.memory.allow_append = options_.allow_append;
  turn.share = {thread, threads};
  turn.limit[kLive] = turn.limit[kRules] = options_.items_per_batch;
  turn.limit[kEntities] = options_.entities_per_batch;
  return turn;
}

void Worker::Start() {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this, i] { Run(i); });
}

void Worker::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Worker::Wake() {
  absl::MutexLock lock(&mutex_);
  ++wakes_;
}

void Worker::Run(int thread) {
  Turn turn = NewTurn(thread, options_.threads);
  while (true) {
    uint64_t seen;
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return;
      seen = wakes_;
    }
    if (Round(&turn)) continue;
    absl::MutexLock lock(&mutex_);
    const auto awake = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return stopping_ || (turn.back_off == absl::ZeroDuration() && wakes_ != seen);
    };
    mutex_.AwaitWithTimeout(absl::Condition(&awake), std::max(turn.back_off, options_.poll));
  }
}

bool Worker::Round(Turn* turn) {
  bool more = false;
  if (turn->share.worker == 0 && !turn->looked_for_outdated) turn->looked_for_outdated = EnqueueOutdatedOnce().ok();
  for (int queue = 0; queue < kQueues; ++queue) {
    // What rules move goes behind live work.
    if (queue == kRules && more) break;
    if (absl::Status status = Batch(turn, queue, &more); !status.ok()) {
      counters_.failures.fetch_add(1);
      if (options_.on_error) options_.on_error(status);
      if (!IsRetryable(status)) continue;
      // Deadlocks are settled at once; what is out of reach is given time.
      if (absl::IsAborted(status)) {
        more = true;
        continue;
      }
      turn->back_off = std::clamp(turn->back_off * 2, absl::Milliseconds(100), absl::Seconds(5));
      return false;
    }
    turn->back_off = absl::ZeroDuration();
  }
  return more;
}

absl::Status Worker::EnqueueOutdatedOnce() {
  absl::StatusOr<ConnectionPool::Lease> connection = pool_.Acquire();
  if (!connection.ok()) return connection.status();
  return Transact(**connection, "looking for what an earlier version derived", [](pqxx::transaction_base& tx) {
    EnqueueOutdated(tx, kDerivationVersion);
    EnqueueOutdatedStreams(tx);
    return absl::OkStatus();
  });
}

absl::Status Worker::Batch(Turn* turn, int queue, bool* more) {
  absl::StatusOr<ConnectionPool::Lease> connection = pool_.Acquire();
  if (!connection.ok()) return connection.status();
  if (absl::Status status = (*connection)->ReplanAfter(kPlansLast); !status.ok()) return status;
  BatchResult result;
  absl::Status status = Transact(**connection, "deriving what was ingested", [&](pqxx::transaction_base& tx) {
    if (queue == kEntities) {
      WorkOnEntities(tx, turn->memory, turn->limit[queue], &result);
    } else {
      WorkOnObjects(tx, turn->memory, queue == kLive ? Lane::kLive : Lane::kRules, turn->limit[queue], turn->share,
                    &result);
    }
    return absl::OkStatus();
  });
  if (!status.ok()) {
    *more = true;
    return IsRetryable(status) ? status : Recover(**connection, turn, queue, result.units, status);
  }
  turn->memory.reaches.Committed();
  const int full = queue == kEntities ? options_.entities_per_batch : options_.items_per_batch;
  turn->limit[queue] = std::min(full, turn->limit[queue] * 2);
  // Nothing taken although there is something: another worker has it.
  *more |= result.objects > 0;
  if (result.objects > 0) counters_.batches.fetch_add(1);
  counters_.objects.fetch_add(result.objects);
  counters_.entities.fetch_add(result.entities);
  counters_.appended.fetch_add(result.appended);
  if (options_.on_batch && result.objects > 0) options_.on_batch(result);
  return absl::OkStatus();
}

absl::Status Worker::Recover(Connection& connection, Turn* turn, int queue, const std::vector<std::string>& units,
                             const absl::Status& error) {
  if (turn->limit[queue] > 1) {
    turn->limit[queue] /= 2;
    return error;
  }
  absl::Status parked = Transact(connection, "setting work aside", [&](pqxx::transaction_base& tx) {
    for (const std::string& unit : units) Park(tx, queue == kEntities ? "entity" : "unit", unit, error);
    return absl::OkStatus();
  });
  if (!parked.ok()) return parked;
  counters_.parked.fetch_add(1);
  return error;
}

absl::Status Worker::Drain() {
  if (drained_ == nullptr) drained_ = std::make_unique<Turn>(NewTurn(0, 1));
  drained_->memory.exhaustive = true;
  bool more = true;
  while (more) {
    more = false;
    for (int queue = 0; queue < kQueues; ++queue) {
      if (absl::Status status = Batch(drained_.get(), queue, &more); !status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace headway
