// For tests: an API server whose answers are written down, with a clock that moves only when somebody waits, and a sink that keeps what comes.
#ifndef HEADWAY_INGESTER_KUBERNETES_SCRIPTED_API_H_
#define HEADWAY_INGESTER_KUBERNETES_SCRIPTED_API_H_

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ingester/kubernetes/kubernetes_api.h"
#include "ingester/kubernetes/object_meta.h"
#include "ingester/kubernetes/object_sink.h"
#include "ingester/kubernetes/timing.h"

namespace headway::kubernetes {

// Sleeping takes no time but the clock's.
class FakeTiming : public Timing {
 public:
  absl::Duration Elapsed() override { return elapsed; }
  bool Sleep(absl::Duration time) override {
    elapsed += time;
    sleeps.push_back(time);
    return true;
  }
  double Fraction() override { return fraction; }

  absl::Duration elapsed = absl::Hours(1);
  double fraction = 0;
  std::vector<absl::Duration> sleeps;
};

// One answer: its body in pieces, and how it ends.
struct ScriptedAnswer {
  enum class End { kWhole, kBroken, kSilent };
  int code = 200;
  std::vector<std::string> pieces;
  End end = End::kWhole;
  absl::Duration lasts = absl::ZeroDuration();  // before its end
  absl::Duration retry_after = absl::ZeroDuration();
  absl::Status refused;  // not OK: there is no answer but this
};

// Gives its answers in their order, and is cancelled when there are no more.
class ScriptedApi : public KubernetesApi {
 public:
  explicit ScriptedApi(FakeTiming* timing) : timing_(timing) {}

  void Then(ScriptedAnswer answer) { answers_.push_back(std::move(answer)); }
  absl::StatusOr<std::unique_ptr<ApiAnswer>> Get(const ApiRequest& request) override {
    requests.push_back(request.path);
    times.push_back(timing_->elapsed);
    if (before_answer) before_answer(request);
    if (answers_.empty()) return absl::CancelledError("the script is over");
    ScriptedAnswer next = std::move(answers_.front());
    answers_.pop_front();
    if (!next.refused.ok()) return next.refused;
    return std::unique_ptr<ApiAnswer>(new Answer(std::move(next), timing_));
  }
  void Cancel() override { answers_.clear(); }

  std::vector<std::string> requests;
  std::vector<absl::Duration> times;  // of the requests
  std::function<void(const ApiRequest&)> before_answer;

 private:
  class Answer : public ApiAnswer {
   public:
    Answer(ScriptedAnswer script, FakeTiming* timing) : script_(std::move(script)), timing_(timing) {}
    int code() const override { return script_.code; }
    absl::Duration retry_after() const override { return script_.retry_after; }
    absl::StatusOr<absl::string_view> Read(absl::Duration wait) override {
      if (next_ < script_.pieces.size()) return script_.pieces[next_++];
      if (wait == absl::ZeroDuration()) return absl::DeadlineExceededError("nothing yet");
      if (script_.end == ScriptedAnswer::End::kSilent) {
        timing_->elapsed += wait;
        return absl::DeadlineExceededError("silent");
      }
      timing_->elapsed += std::exchange(script_.lasts, absl::ZeroDuration());
      if (script_.end == ScriptedAnswer::End::kBroken) return absl::UnavailableError("the connection broke");
      return absl::string_view();
    }

   private:
    ScriptedAnswer script_;
    FakeTiming* timing_;
    size_t next_ = 0;
  };

  FakeTiming* timing_;
  std::deque<ScriptedAnswer> answers_;
};

// The objects that there are now, by their names, with their versions; and everything that happened, in order.
class KeptObjects : public ObjectSink, public ReflectorObserver {
 public:
  absl::Status Take(ObjectChange change, absl::string_view object) override {
    if (absl::Status status = on_take(object); !status.ok()) return status;
    const absl::StatusOr<ObjectMeta> meta = ObjectReader().ReadMeta(object);
    if (!meta.ok()) return meta.status();
    log.push_back(absl::StrCat(change == ObjectChange::kDeleted ? "-" : "+", meta->name, "@", meta->resource_version));
    listed_.push_back(meta->name);
    if (change == ObjectChange::kDeleted) {
      objects.erase(meta->name);
    } else {
      objects[meta->name] = meta->resource_version;
    }
    return absl::OkStatus();
  }
  absl::Status Deliver() override { return on_deliver(); }
  void ListBegins() override { listed_.clear(); }
  absl::Status ListEnds(bool is_whole, absl::string_view version) override {
    log.push_back(is_whole ? "listed" : "listed in part");
    list_versions.emplace_back(version);
    std::map<std::string, std::string> left;
    for (const std::string& name : listed_) {
      if (objects.count(name) > 0) left[name] = objects[name];
    }
    if (is_whole) objects = left;
    return absl::OkStatus();
  }

  void OnContact() override {}
  void OnCaughtUp() override { ++caught_up; }
  void OnObject(ObjectOutcome outcome) override { ++outcomes[outcome]; }
  void OnList(ListCause cause) override { lists.push_back(cause); }
  void OnWatching(bool is_watching) override { watching = is_watching; }
  void OnProblem(absl::string_view doing, const absl::Status& problem) override {
    problems.push_back(absl::StrCat(doing, ": ", absl::StatusCodeToString(problem.code())));
    is_healthy = false;
  }
  void OnHealthy() override { is_healthy = true; }

  std::map<std::string, std::string> objects;
  std::vector<std::string> log;
  std::vector<std::string> list_versions;
  std::map<ObjectOutcome, int> outcomes;
  std::vector<ListCause> lists;
  std::vector<std::string> problems;
  int caught_up = 0;
  bool watching = false;
  bool is_healthy = false;
  std::function<absl::Status(absl::string_view)> on_take = [](absl::string_view) { return absl::OkStatus(); };
  std::function<absl::Status()> on_deliver = [] { return absl::OkStatus(); };

 private:
  std::vector<std::string> listed_;
};

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_SCRIPTED_API_H_
