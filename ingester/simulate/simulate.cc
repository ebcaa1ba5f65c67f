#include "ingester/simulate/simulate.h"

#include <algorithm>
#include <queue>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "ingester/simulate/production.h"
#include "ingester/simulate/random.h"
#include "ingester/simulate/team.h"

namespace headway {
namespace {

constexpr int64_t kMinute = 60;
constexpr int64_t kHour = 3600;
constexpr int64_t kDay = 86400;
constexpr int64_t kWorkWeek = 5 * (8 * kHour + 1800);

// One service and its team, event by event.
class EntitySimulation {
 public:
  EntitySimulation(const SimulationOptions& options, int64_t number, const SimulationEmitter& emit)
      : random_(options.seed, static_cast<uint64_t>(number)),
        team_(DrawTeam(number, &random_)),
        repository_(&team_, &random_, &emit),
        production_(&team_, &random_, &emit),
        begin_(absl::ToUnixSeconds(options.start)),
        end_(begin_ + options.days * kDay) {}

  absl::Status Run() {
    if (absl::Status sent = production_.Declare(end_); !sent.ok()) return sent;
    if (absl::Status sent = repository_.Begin(begin_); !sent.ok()) return sent;
    Schedule(team_.clock.NextWork(begin_), Kind::kStart);
    Schedule(begin_ + random_.Below(kDay), Kind::kBotUpdate);
    Schedule(NextRelease(begin_), Kind::kRelease);
    Schedule(team_.clock.AfterWork(begin_, random_.Skewed(2 * kWorkWeek)), Kind::kReconfigure);
    Schedule(begin_ + random_.Skewed(30 * kDay), Kind::kOutage);
    while (!events_.empty() && events_.top().at < end_) {
      const Event event = events_.top();
      events_.pop();
      if (absl::Status handled = Handle(event); !handled.ok()) return handled;
    }
    return absl::OkStatus();
  }

 private:
  enum class Kind { kStart, kBotUpdate, kMerge, kRelease, kReleaseNow, kReconfigure, kOutage, kRemedy };
  struct Event {
    int64_t at = 0;
    int64_t order = 0;  // of events at the same time
    Kind kind = Kind::kStart;
    size_t index = 0;  // of a pull request, or of a failure
    bool operator<(const Event& other) const { return std::tie(other.at, other.order) < std::tie(at, order); }
  };
  // A roll-out that broke something.
  struct Failure {
    SimulatedProduction::Incident incident;
    RollOut roll_out;
    std::string before;  // the revision that ran before it
    size_t culprit = 0;  // the pull request whose fault it is
  };

  void Schedule(int64_t at, Kind kind, size_t index = 0) { events_.push({at, next_order_++, kind, index}); }

  absl::Status Handle(const Event& event) {
    switch (event.kind) {
      case Kind::kStart:
        Schedule(team_.clock.AfterWork(event.at, random_.Skewed(kWorkWeek * 7 / 10 / team_.pulls_per_week)),
                 Kind::kStart);
        return Plan(PlanFeature(team_, event.at, &random_));
      case Kind::kBotUpdate:
        Schedule(event.at + random_.Skewed(4 * kDay), Kind::kBotUpdate);
        return Plan(PlanBotUpdate(team_, event.at, &random_));
      case Kind::kMerge:
        return Merge(event.at, event.index);
      case Kind::kRelease:
        Schedule(NextRelease(event.at), Kind::kRelease);
        return Release(event.at);
      case Kind::kReleaseNow:
        return Release(event.at);
      case Kind::kReconfigure:
        return Reconfigure(event.at);
      case Kind::kOutage:
        return Outage(event.at);
      case Kind::kRemedy:
        return Remedy(event.at, event.index);
    }
    return absl::OkStatus();
  }

  absl::Status Plan(Pull pull) {
    pull.number = repository_.NextNumber();
    pull.base = repository_.head();
    if (pull.opened >= end_) return absl::OkStatus();
    if (pull.merged == 0 || pull.merged >= end_) return repository_.LeaveOpen(std::move(pull), end_);
    pulls_.push_back(std::move(pull));
    Schedule(pulls_.back().merged, Kind::kMerge, pulls_.size() - 1);
    return absl::OkStatus();
  }

  absl::Status Merge(int64_t at, size_t index) {
    Pull& pull = pulls_[index];
    if (absl::Status merged = repository_.Merge(&pull); !merged.ok()) return merged;
    waiting_.push_back(index);
    const bool urgent = pull.kind == Pull::Kind::kHotfix || pull.kind == Pull::Kind::kRevert;
    if (urgent) held_back_ = false;
    if (urgent || team_.cadence == Team::Cadence::kEachMerge) {
      Schedule(at + random_.Skewed(12 * kMinute), Kind::kReleaseNow);
    }
    return absl::OkStatus();
  }

  // The next time of the team's calendar. Teams that release at each merge have a calendar too: a daily look at what is left.
  int64_t NextRelease(int64_t at) {
    const WorkClock& clock = team_.clock;
    int64_t day = at - clock.SecondOfDay(at) + kDay;
    const bool weekly = team_.cadence == Team::Cadence::kWeekly;
    const bool monthly = team_.cadence == Team::Cadence::kMonthly;
    if (weekly || monthly) {
      while (clock.Weekday(day) != 1) day += kDay;
      if (monthly) day += 3 * 7 * kDay;
    }
    return clock.NextWork(day + 10 * kHour + random_.Skewed(40 * kMinute));
  }

  absl::Status Release(int64_t at) {
    // After a rollback what is on main is known to be broken.
    if (held_back_ || waiting_.empty()) return absl::OkStatus();
    if (at < busy_until_) {
      Schedule(busy_until_ + random_.Between(1, 5) * kMinute, Kind::kReleaseNow);
      return absl::OkStatus();
    }
    absl::StatusOr<RollOut> staged = production_.Stage(at, repository_.head());
    if (!staged.ok()) return staged.status();
    const int64_t wait = team_.maturity >= 2 ? random_.Skewed(10 * kMinute) : random_.Skewed(kHour);
    const std::string before = production_.running();
    absl::StatusOr<RollOut> done =
        production_.RollOutTo(staged->last_finish + wait, repository_.head(), team_.maturity >= 2);
    if (!done.ok()) return done.status();
    busy_until_ = done->last_finish;
    const std::vector<size_t> shipped = std::exchange(waiting_, {});
    if (random_.Chance(15)) {
      // Somebody deploys the same once more, to be sure.
      absl::StatusOr<RollOut> again = production_.RollOutTo(busy_until_ + random_.Skewed(kHour), done->revision, false);
      if (!again.ok()) return again.status();
      busy_until_ = again->last_finish;
    }
    return MaybeBreak(at, *done, before, shipped);
  }

  // Larger changes break more, and so do releases just before the weekend.
  absl::Status MaybeBreak(int64_t at, const RollOut& roll_out, const std::string& before,
                          const std::vector<size_t>& shipped) {
    for (size_t index : shipped) {
      const Pull& pull = pulls_[index];
      int64_t chance = team_.failure_per_mille * (50 + 50 * pull.lines / team_.typical_lines) / 100;
      if (team_.clock.Weekday(at) == 4) chance = chance * 13 / 10;
      if (pull.kind == Pull::Kind::kRevert) chance = 0;
      if (!random_.Chance(std::min<int64_t>(chance, 500))) continue;
      Failure failure;
      failure.roll_out = roll_out;
      failure.before = before;
      failure.culprit = index;
      failure.incident.id = production_.NextIncidentId();
      failure.incident.opened = roll_out.first_finish + random_.Skewed(team_.detection);
      failure.incident.acknowledged = failure.incident.opened + random_.Skewed(5 * kMinute);
      failures_.push_back(std::move(failure));
      Schedule(failures_.back().incident.acknowledged + random_.Skewed(team_.repair), Kind::kRemedy,
               failures_.size() - 1);
      return production_.Report(&failures_.back().incident);  // one incident a release is enough to stop it
    }
    return absl::OkStatus();
  }

  absl::Status Remedy(int64_t at, size_t index) {
    Failure& failure = failures_[index];
    const int way = team_.maturity >= 2 ? random_.Pick({60, 25, 15, 0}) : random_.Pick({25, 15, 45, 15});
    at = std::max(at, busy_until_ + kMinute);
    const bool still_runs = production_.running() == failure.roll_out.revision;
    if (way == 0 && still_runs && !failure.before.empty()) {
      absl::StatusOr<RollOut> back = production_.RollOutTo(at, failure.before, team_.maturity == 3);
      if (!back.ok()) return back.status();
      busy_until_ = back->last_finish;
      held_back_ = true;
      // The way forward is repaired in working time.
      if (absl::Status planned = Plan(PlanRepair(team_.clock.NextWork(at + kHour), failure)); !planned.ok())
        return planned;
      return Resolve(&failure, back->last_finish, random_.Chance(500) ? back->key : "");
    }
    if (way == 3) return Resolve(&failure, at, "");  // it was repaired without a deployment
    const Pull& culprit = pulls_[failure.culprit];
    Pull repair = way == 1 && culprit.kind == Pull::Kind::kFeature ? PlanRevert(team_, at, culprit, &random_)
                                                                   : PlanHotfix(team_, at, &random_);
    // Until it is merged and has gone out.
    const int64_t resolved = repair.merged + random_.Skewed(40 * kMinute);
    if (absl::Status planned = Plan(std::move(repair)); !planned.ok()) return planned;
    return Resolve(&failure, resolved, "");
  }

  Pull PlanRepair(int64_t at, const Failure& failure) {
    const Pull& culprit = pulls_[failure.culprit];
    if (culprit.kind == Pull::Kind::kFeature && random_.Chance(400)) return PlanRevert(team_, at, culprit, &random_);
    return PlanHotfix(team_, at, &random_);
  }

  absl::Status Resolve(Failure* failure, int64_t at, const std::string& remedy) {
    SimulatedProduction::Incident& incident = failure->incident;
    incident.resolved = std::max(at + random_.Skewed(4 * kMinute), incident.acknowledged + kMinute);
    incident.remedied_by = remedy;
    const int64_t linked = 150 + 150 * team_.maturity;
    if (random_.Chance(linked)) {
      if (random_.Chance(600)) {
        incident.caused_by = failure->roll_out.key;
      } else {
        incident.caused_by_pull = pulls_[failure->culprit].number;
      }
    }
    if (random_.Chance(60)) {
      incident.reopened = incident.resolved + random_.Skewed(kHour);
      incident.resolved_again = incident.reopened + random_.Skewed(team_.repair);
    }
    return production_.Report(&incident);
  }

  absl::Status Reconfigure(int64_t at) {
    Schedule(team_.clock.AfterWork(at, random_.Skewed(2 * kWorkWeek)), Kind::kReconfigure);
    if (production_.running().empty() || at < busy_until_) return absl::OkStatus();
    absl::StatusOr<RollOut> done = production_.Reconfigure(at);
    if (!done.ok()) return done.status();
    busy_until_ = done->last_finish;
    return absl::OkStatus();
  }

  // Something breaks that nobody changed.
  absl::Status Outage(int64_t at) {
    Schedule(at + random_.Skewed(45 * kDay), Kind::kOutage);
    SimulatedProduction::Incident incident;
    incident.id = production_.NextIncidentId();
    incident.opened = at;
    incident.acknowledged = at + random_.Skewed(6 * kMinute);
    incident.resolved = incident.acknowledged + random_.Skewed(team_.repair);
    incident.no_change = random_.Chance(800);
    return production_.Report(&incident);
  }

  Random random_;
  const Team team_;
  SimulatedRepository repository_;
  SimulatedProduction production_;
  const int64_t begin_;
  const int64_t end_;
  std::priority_queue<Event> events_;
  int64_t next_order_ = 0;
  std::vector<Pull> pulls_;
  std::vector<size_t> waiting_;  // merged, not yet in production
  std::vector<Failure> failures_;
  int64_t busy_until_ = 0;  // a roll-out is under way until then
  bool held_back_ = false;  // main is broken: nothing goes out until a repair is merged
};

}  // namespace

absl::Status Simulate(const SimulationOptions& options, const SimulationEmitter& emit) {
  for (int64_t number = 0; number < options.entities; ++number) {
    if (absl::Status done = EntitySimulation(options, number, emit).Run(); !done.ok()) return done;
  }
  return absl::OkStatus();
}

}  // namespace headway
