// What an API server might serve as an Application: whatever it is, it is read or refused, and what it becomes is accepted by the service, the same each
// time, and of the Application's own stream.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aggregator/projection/validate.h"
#include "ingester/argocd/application_decoder.h"
#include "ingester/argocd/observe_application.h"
#include "tests/fuzz/accepted.h"
#include "tests/fuzz/promise.h"

namespace headway {
namespace {

constexpr size_t kMaxBytes = 1 << 16;

void CheckAccepted(const v1::Observation& observation) {
  const auto fault = Validate(observation);
  if (fault.has_value())
    fuzz::Promise(false, absl::StrCat("the service accepts it: ", fault->field, " ", fault->reason).c_str());
  fuzz::PrepareAccepted(observation);
}

void CheckDeployment(const v1::Deployment& deployment, const v1::StreamDeclaration& stream) {
  fuzz::Promise(deployment.stream() == stream.stream(), "a deployment is of the application's stream");
  fuzz::Promise(absl::StartsWith(deployment.key(), absl::StrCat(stream.stream(), "/")),
                "its key begins with the stream");
  fuzz::Promise(!deployment.withdrawn() || deployment.version() >= uint64_t{1} << 32,
                "what takes back is later than all else");
  fuzz::Promise(deployment.entity_ref().empty() && deployment.source_revision().empty(),
                "the watcher decides no mapping");
}

void CheckApplication(const ArgoApplication& application) {
  const ArgoObservations once = ObserveApplication(application, {});
  const ArgoObservations again = ObserveApplication(application, {});
  CheckAccepted(once.stream);
  CheckAccepted(ObserveGone(once.stream));
  fuzz::Promise(once.notes.size() <= 30, "notes are few");
  fuzz::Promise(once.deployments.size() == again.deployments.size(), "the same application says the same");
  for (size_t i = 0; i < once.deployments.size(); ++i) {
    fuzz::Promise(Fingerprint(once.deployments[i]) == Fingerprint(again.deployments[i]), "in the same bytes");
    CheckAccepted(once.deployments[i]);
    CheckDeployment(once.deployments[i].deployment(), once.stream.stream());
  }
}

}  // namespace
}  // namespace headway

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  headway::fuzz::SilenceProtobuf();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static headway::ApplicationDecoder* decoder = new headway::ApplicationDecoder(headway::kMaxBytes);
  const auto application = decoder->Decode({reinterpret_cast<const char*>(data), size});
  if (application.ok()) headway::CheckApplication(*application);
  return 0;
}
