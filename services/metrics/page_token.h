// Page tokens of explanations: opaque to callers, without state here. A token holds where the page ended, the instant that the first page was computed at, and a
// fingerprint of the request that it belongs to. Pure.
#ifndef HEADWAY_SERVICES_METRICS_PAGE_TOKEN_H_
#define HEADWAY_SERVICES_METRICS_PAGE_TOKEN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "aggregator/metrics/explain.h"
#include "headway/v1/metrics.pb.h"

namespace headway {

struct PageToken {
  uint64_t request = 0;  // FingerprintOf the request
  absl::Time as_of;
  EvidencePosition after;  // the last evidence of the page before
  bool operator==(const PageToken&) const = default;
};

// Of what the pages of one explanation have in common; as_of and pages are left out. The same in every process.
uint64_t FingerprintOf(const v1::ExplainMetricRequest& request);

std::string EncodePageToken(const PageToken& token);
// INVALID_ARGUMENT: it was not made by EncodePageToken.
absl::StatusOr<PageToken> DecodePageToken(absl::string_view text);

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_PAGE_TOKEN_H_
