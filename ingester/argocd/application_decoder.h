// From the JSON of one Application to what Headway reads of it.
#ifndef HEADWAY_INGESTER_ARGOCD_APPLICATION_DECODER_H_
#define HEADWAY_INGESTER_ARGOCD_APPLICATION_DECODER_H_

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ingester/argocd/application.h"

namespace headway {

// etcd takes 1.5 MiB a request unless it is told otherwise.
inline constexpr size_t kMaxApplicationBytes = 4 << 20;

// Keeps buffers for objects of 256 KiB from one to the next; longer ones take up to 15 times their length for the duration of the call. One thread at a
// time.
class ApplicationDecoder {
 public:
  explicit ApplicationDecoder(size_t max_bytes = kMaxApplicationBytes);
  ~ApplicationDecoder();
  ApplicationDecoder(ApplicationDecoder&&) noexcept;
  ApplicationDecoder& operator=(ApplicationDecoder&&) noexcept;

  // Whatever is given ends in an application or a status; of an application, what is not as it should be is left out and noted. Lists
  // are cut to what an observation may hold. INVALID_ARGUMENT: no JSON, no UTF-8, too deep, or no Application with a name and a
  // namespace. RESOURCE_EXHAUSTED: longer than max_bytes. No retry helps. `json` need not outlive the call.
  absl::StatusOr<ArgoApplication> Decode(absl::string_view json);

 private:
  struct Buffers;
  size_t max_bytes_;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_ARGOCD_APPLICATION_DECODER_H_
