#include "tests/bench/load_command.h"

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/barrier.h"
#include "absl/time/clock.h"
#include "tests/bench/deployments.h"
#include "tests/bench/send.h"

namespace headway::bench {
namespace {

// The deployments of one sender, in order.
class Share {
 public:
  Share(const LoadOptions& options, const Entities& entities, int number)
      : options_(options), entities_(entities), number_(number), source_(absl::StrCat("argocd:bench-", number)) {
    Skip();
  }

  bool done() const { return at_ >= options_.count; }
  // Position of the next deployment among all.
  int64_t position() const { return at_; }
  v1::Observation Take(absl::Time finished) {
    v1::Observation observation = DeploymentOf(source_, options_.first + at_, entity_, finished);
    ++at_;
    Skip();
    return observation;
  }

 private:
  void Skip() {
    for (; at_ < options_.count; ++at_) {
      entity_ = entities_.Of(options_.first + at_);
      if (entity_ % options_.senders == number_) return;
    }
  }

  const LoadOptions& options_;
  const Entities& entities_;
  const int number_;
  const std::string source_;
  int64_t at_ = 0;
  int64_t entity_ = 0;
};

absl::Time FinishOf(const LoadOptions& options, absl::Time now, int64_t position) {
  const absl::Duration span = absl::Hours(24) * options.history_days;
  return now - span + span * (static_cast<double>(position) / static_cast<double>(options.count));
}

v1::IngestRequest NextBatch(const LoadOptions& options, Share& share, absl::Time now) {
  v1::IngestRequest batch;
  while (!share.done() && batch.observations_size() < options.batch) {
    const absl::Time finished = FinishOf(options, now, share.position());
    *batch.add_observations() = share.Take(finished);
  }
  return batch;
}

void SendFast(const LoadOptions& options, Share& share, Sender& sender, absl::Time now, absl::Barrier* ready) {
  std::deque<v1::IngestRequest> prepared;
  while (options.prepare && !share.done()) prepared.push_back(NextBatch(options, share, now));
  if (ready->Block()) delete ready;
  for (; !prepared.empty(); prepared.pop_front()) sender.Send(prepared.front());
  while (!share.done()) sender.Send(NextBatch(options, share, now));
}

// Sends at each tick what is due by then; `late` takes how long after it was due the oldest of each batch was acknowledged.
void SendSteadily(const LoadOptions& options, Share& share, Sender& sender, absl::Time begin, Distribution& late) {
  const auto due = [&](int64_t position) {
    return begin + absl::Seconds(static_cast<double>(position) / options.rate);
  };
  for (absl::Time tick = begin; !share.done();
       tick = std::max(tick + absl::Milliseconds(options.tick_ms), absl::Now() - absl::Milliseconds(options.tick_ms))) {
    absl::SleepFor(tick - absl::Now());
    const absl::Time now = absl::Now();
    while (!share.done() && due(share.position()) <= now) {
      const absl::Time oldest = due(share.position());
      v1::IngestRequest batch;
      while (!share.done() && batch.observations_size() < options.batch && due(share.position()) <= now) {
        const absl::Time finished = due(share.position());
        *batch.add_observations() = share.Take(finished);
      }
      sender.Send(batch);
      late.Add(absl::Now() - oldest);
    }
  }
}

}  // namespace

nlohmann::json Load(const LoadOptions& options) {
  const Entities entities(options.entities, options.law != "zipf");
  std::vector<std::unique_ptr<Sender>> senders;
  senders.reserve(static_cast<size_t>(options.senders));
  for (int i = 0; i < options.senders; ++i) senders.push_back(std::make_unique<Sender>(options.server, i));
  std::vector<Distribution> late(static_cast<size_t>(options.senders));
  auto* ready = new absl::Barrier(options.senders + 1);  // the last to leave deletes it
  const absl::Time now = absl::Now();
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(options.senders));
  for (int i = 0; i < options.senders; ++i) {
    threads.emplace_back([&, i] {
      Share share(options, entities, i);
      Sender& sender = *senders[static_cast<size_t>(i)];
      if (options.rate <= 0) return SendFast(options, share, sender, now, ready);
      if (ready->Block()) delete ready;
      SendSteadily(options, share, sender, absl::Now(), late[static_cast<size_t>(i)]);
    });
  }
  if (ready->Block()) delete ready;
  const absl::Time began = absl::Now();
  for (std::thread& thread : threads) thread.join();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - began);
  nlohmann::json result = Sum(senders);
  result["sent"] = options.count;
  result["seconds"] = seconds;
  result["per_second"] = static_cast<double>(options.count) / seconds;
  for (size_t i = 1; i < late.size(); ++i) late[0].Add(late[i]);
  if (options.rate > 0) result["acknowledged_after_due"] = late[0].ToJson();
  return result;
}

}  // namespace headway::bench
