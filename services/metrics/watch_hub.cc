#include "services/metrics/watch_hub.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace headway {
namespace {

// What a watcher would see as a change: not the time that goes on.
std::string FingerprintOf(const v1::GetEntityMetricsResponse& answer) {
  v1::GetEntityMetricsResponse constant = answer;
  constant.mutable_scope()->clear_as_of();
  constant.clear_window_start();
  for (v1::Measure& measure : *constant.mutable_measures()) measure.clear_longest_open();
  return constant.SerializeAsString();
}

// Both sorted. The shorter one is looked up in the longer.
bool HaveOneInCommon(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  const auto& [shorter, longer] = a.size() < b.size() ? std::tie(a, b) : std::tie(b, a);
  return std::any_of(shorter.begin(), shorter.end(), [&longer = longer](uint64_t hash) {
    return std::binary_search(longer.begin(), longer.end(), hash);
  });
}

absl::Status Stopping() { return absl::UnavailableError("the server stops: watch again"); }

}  // namespace

absl::Status WatchHub::Subscribe(const v1::GetEntityMetricsRequest& request, std::shared_ptr<Watcher> watcher) {
  const std::string key = request.SerializeAsString();
  absl::MutexLock lock(&mutex_);
  if (draining_) return Stopping();
  if (keys_.size() >= options_.max_watchers)
    return absl::ResourceExhaustedError("too many watches at once: retry with back-off");
  std::shared_ptr<Topic>& topic = topics_[key];
  if (topic == nullptr) {
    topic = std::make_shared<Topic>();
    topic->request = request;
    topic->entity_ref = request.entity_ref();
    topic->hashes = {EntityHash(topic->entity_ref)};
  }
  topic->compute_at = absl::InfinitePast();
  keys_[watcher.get()] = key;
  topic->watchers.emplace(std::move(watcher), false);
  Wake();
  return absl::OkStatus();
}

void WatchHub::Unsubscribe(const Watcher* watcher) {
  std::shared_ptr<Watcher> last;  // destroyed outside of the lock
  absl::MutexLock lock(&mutex_);
  const auto key = keys_.find(watcher);
  if (key == keys_.end()) return;
  const auto topic = topics_.find(key->second);
  auto& watchers = topic->second->watchers;
  const auto it =
      std::find_if(watchers.begin(), watchers.end(), [&](const auto& one) { return one.first.get() == watcher; });
  if (it != watchers.end()) {
    last = it->first;
    watchers.erase(it);
  }
  if (watchers.empty()) topics_.erase(topic);
  keys_.erase(key);
}

void WatchHub::Hear(const EntityNotice& notice) {
  const absl::Time look_at = clock_.Now() + options_.debounce;
  absl::MutexLock lock(&mutex_);
  for (auto& [key, topic] : topics_) {
    const bool named = notice.everything || HaveOneInCommon(notice.hashes, topic->hashes);
    if (named) topic->look_at = std::min(topic->look_at, look_at);
  }
  Wake();
}

std::vector<std::shared_ptr<WatchHub::Topic>> WatchHub::TakeDue(absl::Time now, bool looks) {
  std::vector<std::shared_ptr<Topic>> due;
  absl::MutexLock lock(&mutex_);
  for (auto& [key, topic] : topics_) {
    absl::Time& at = looks ? topic->look_at : topic->compute_at;
    if (at > now) continue;
    at = absl::InfiniteFuture();
    due.push_back(topic);
  }
  return due;
}

void WatchHub::LookAtVersions(absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    if (look_at_all_ <= now) {
      for (auto& [key, topic] : topics_) topic->look_at = std::min(topic->look_at, now);
      look_at_all_ = now + options_.look_at_all;
    }
  }
  const std::vector<std::shared_ptr<Topic>> due = TakeDue(now, /*looks=*/true);
  if (due.empty()) return;
  std::vector<std::string> refs;
  // The name it was asked for by: an alias may have moved to another entity.
  for (const auto& topic : due) refs.push_back(topic->request.entity_ref());
  const absl::StatusOr<std::vector<EntityState>> states = backend_.versions(refs);
  std::vector<bool> moved(due.size(), false);
  for (size_t i = 0; i < due.size() && states.ok() && backend_.sources_moved; ++i) {
    moved[i] = due[i]->answer != nullptr && backend_.sources_moved((*states)[i].statuses_version, *due[i]->answer);
  }
  absl::MutexLock lock(&mutex_);
  for (size_t i = 0; i < due.size(); ++i) {
    if (!states.ok()) {
      due[i]->look_at = std::min(due[i]->look_at, now + options_.retry);
    } else if (moved[i] || (*states)[i].version != due[i]->version || (*states)[i].entity_ref != due[i]->entity_ref) {
      due[i]->compute_at = now;
    }
  }
}

void WatchHub::Compute(const std::shared_ptr<Topic>& topic) {
  auto answer = std::make_shared<v1::GetEntityMetricsResponse>();
  WatchFacts facts;
  const absl::Status status = backend_.compute(topic->request, answer.get(), &facts);
  if (status.ok()) {
    Publish(topic, std::move(answer), facts);
  } else {
    Fail(topic, status);
  }
}

void WatchHub::Publish(const std::shared_ptr<Topic>& topic, WatchAnswer answer, const WatchFacts& facts) {
  std::string fingerprint = FingerprintOf(*answer);
  std::vector<uint64_t> hashes = {EntityHash(answer->entity_ref())};
  for (const std::string& ref : facts.others) hashes.push_back(EntityHash(ref));
  std::sort(hashes.begin(), hashes.end());
  absl::MutexLock lock(&mutex_);
  const bool is_news = fingerprint != topic->sent;
  topic->sent = std::move(fingerprint);
  topic->entity_ref = answer->entity_ref();
  topic->hashes = std::move(hashes);
  topic->answer = answer;
  topic->version = answer->entity_version();
  topic->compute_at = std::min(topic->compute_at, std::max(facts.next_crossing, clock_.Now() + options_.debounce));
  for (auto& [watcher, has_answer] : topic->watchers) {
    if (has_answer && !is_news) continue;
    has_answer = true;
    watcher->Offer(answer);
  }
}

void WatchHub::Fail(const std::shared_ptr<Topic>& topic, const absl::Status& status) {
  const bool may_pass =
      absl::IsUnavailable(status) || absl::IsResourceExhausted(status) || absl::IsDeadlineExceeded(status);
  std::vector<std::shared_ptr<Watcher>> ended;
  {
    absl::MutexLock lock(&mutex_);
    topic->compute_at = clock_.Now() + options_.retry;
    for (auto& [watcher, has_answer] : topic->watchers) {
      // One that has an answer keeps it while the store is away; one that waits for its first is told.
      if (!has_answer || !may_pass) ended.push_back(watcher);
    }
  }
  for (const auto& watcher : ended) {
    Unsubscribe(watcher.get());
    watcher->End(status);
  }
}

absl::Time WatchHub::NextDue() const {
  absl::MutexLock lock(&mutex_);
  if (topics_.empty()) return absl::InfiniteFuture();
  absl::Time due = look_at_all_;
  for (const auto& [key, topic] : topics_) due = std::min({due, topic->look_at, topic->compute_at});
  return due;
}

absl::Time WatchHub::Step() {
  {
    absl::MutexLock lock(&mutex_);
    woken_ = false;
  }
  LookAtVersions(clock_.Now());
  for (const auto& topic : TakeDue(clock_.Now(), /*looks=*/false)) Compute(topic);
  return NextDue();
}

void WatchHub::WaitUntil(absl::Time due, absl::Duration limit) {
  const absl::Duration wait = std::clamp(due - clock_.Now(), absl::ZeroDuration(), limit);
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&woken_), wait);
}

void WatchHub::Drain() {
  std::vector<std::shared_ptr<Watcher>> watchers;
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    for (const auto& [key, topic] : topics_) {
      for (const auto& [watcher, has_answer] : topic->watchers) watchers.push_back(watcher);
    }
    topics_.clear();
    keys_.clear();
    Wake();
  }
  for (const auto& watcher : watchers) watcher->End(Stopping());
}

size_t WatchHub::watchers() const {
  absl::MutexLock lock(&mutex_);
  return keys_.size();
}

size_t WatchHub::topics() const {
  absl::MutexLock lock(&mutex_);
  return topics_.size();
}

}  // namespace headway
