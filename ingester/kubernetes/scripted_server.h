// For tests: an HTTP/1.1 server on loopback that does, byte by byte, what a test says, and remembers what it was asked.
#ifndef HEADWAY_INGESTER_KUBERNETES_SCRIPTED_SERVER_H_
#define HEADWAY_INGESTER_KUBERNETES_SCRIPTED_SERVER_H_

#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace headway::kubernetes {

struct ScriptedRequest {
  std::string path;                            // with its query
  std::map<std::string, std::string> headers;  // names in lower case
  int connection = 0;                          // the how-manieth
};

// One connection, for the time of a request. The test's function writes what it likes.
class ScriptedConnection {
 public:
  explicit ScriptedConnection(int socket) : socket_(socket) {}
  // False: the other side is gone.
  bool Send(absl::string_view bytes);
  // An answer with a length.
  void Answer(int code, absl::string_view body, absl::string_view more_headers = "");
  // An answer in chunks, with no end yet.
  void Begin(int code = 200);
  bool Chunk(absl::string_view bytes);
  void End() { Send("0\r\n\r\n"); }
  // Without a farewell: the other side sees a reset.
  void Break();
  // Blocks until the other side closes; false: it did not within that time.
  bool WaitUntilClosed(absl::Duration within);

 private:
  const int socket_;
};

// Thread-safe. `serve` is called from a thread for each connection, for each request; the connection stays open between requests.
class ScriptedServer {
 public:
  using Serve = std::function<void(const ScriptedRequest&, ScriptedConnection&)>;
  explicit ScriptedServer(Serve serve);
  ~ScriptedServer();

  int port() const { return port_; }
  std::string url() const;
  // The paths that were asked for, in order.
  std::vector<std::string> paths() const;
  std::vector<ScriptedRequest> requests() const;
  // Blocks until there were so many. False: not within that time.
  bool WaitForRequests(size_t count, absl::Duration within) const;
  // From now on connections are taken up by the kernel alone, as those of a stopped process.
  void Freeze();

 private:
  void Accept();
  void Talk(int socket, int connection);

  const Serve serve_;
  int listener_ = -1;
  int port_ = 0;
  mutable absl::Mutex mutex_;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_frozen_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<ScriptedRequest> requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> sockets_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> talks_ ABSL_GUARDED_BY(mutex_);
  std::thread accept_;
};

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_SCRIPTED_SERVER_H_
