// An HTTP server for tests that answers as it is told, byte for byte: also slowly, broken, or not at all.
#ifndef HEADWAY_INGESTER_HTTP_SCRIPTED_HTTP_SERVER_H_
#define HEADWAY_INGESTER_HTTP_SCRIPTED_HTTP_SERVER_H_

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace headway {

// On 127.0.0.1, a connection at a time, which ends after each answer.
class ScriptedHttpServer {
 public:
  struct Request {
    std::string target;  // "/api?x=y"
    std::string head;    // all of it, as it came
    std::string Header(absl::string_view name) const;
  };
  struct Answer {
    std::string bytes;     // all that is sent, with status line and headers
    absl::Duration wait;   // before the first byte
    absl::Duration pause;  // between parts of 64 KiB
    bool hang = false;     // stays silent until the client goes or the server stops
    static Answer Json(const std::string& body, int status = 200, const std::string& more_headers = "");
  };

  // `answer` is called from the server's thread.
  explicit ScriptedHttpServer(std::function<Answer(const Request&)> answer);
  ~ScriptedHttpServer();

  std::string url() const;  // "http://127.0.0.1:1234"
  std::vector<Request> requests() const;

 private:
  void Serve();
  void Converse(int connection);
  bool Stopping() const;

  const std::function<Answer(const Request&)> answer_;
  int listener_ = -1;
  int port_ = 0;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Request> requests_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_HTTP_SCRIPTED_HTTP_SERVER_H_
