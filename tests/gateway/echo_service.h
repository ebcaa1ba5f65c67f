// EchoService, for tests and measurements of the gateway.
#ifndef HEADWAY_TESTS_GATEWAY_ECHO_SERVICE_H_
#define HEADWAY_TESTS_GATEWAY_ECHO_SERVICE_H_

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/gateway/echo.grpc.pb.h"

namespace headway::test {

// What became of calls. Thread-safe.
class EchoRecord {
 public:
  // Changes what is known of the call of that id, if it has one.
  template <typename Change>
  void Note(const std::string& id, Change change) {
    if (id.empty()) return;
    absl::MutexLock lock(&mutex_);
    change(by_id_[id]);
  }
  v1::RecallResponse Get(const std::string& id) const {
    absl::MutexLock lock(&mutex_);
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? v1::RecallResponse() : found->second;
  }

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, v1::RecallResponse> by_id_ ABSL_GUARDED_BY(mutex_);
};

class EchoService : public v1::EchoService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const v1::EchoRequest* request,
                                 v1::EchoResponse* response) override;
  grpc::ServerWriteReactor<v1::EchoResponse>* Stream(grpc::CallbackServerContext* context,
                                                     const v1::EchoRequest* request) override;
  grpc::ServerUnaryReactor* Recall(grpc::CallbackServerContext* context, const v1::RecallRequest* request,
                                   v1::RecallResponse* response) override;

 private:
  EchoRecord record_;
};

}  // namespace headway::test

#endif  // HEADWAY_TESTS_GATEWAY_ECHO_SERVICE_H_
