// A line of JSON from anywhere: refused with a field and a reason, or accepted with one canonical form.
#include "aggregator/projection/validate.h"
#include "ingester/ndjson/observation_json.h"
#include "tests/fuzz/accepted.h"
#include "tests/fuzz/promise.h"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  headway::fuzz::SilenceProtobuf();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using headway::fuzz::Promise;
  headway::v1::Observation observation;
  const absl::string_view line(reinterpret_cast<const char*>(data), size);
  if (const auto fault = headway::ObservationFromJson(line, &observation); fault.has_value()) {
    Promise(!fault->field.empty() && !fault->reason.empty(), "a refusal names the field and the reason");
    return 0;
  }
  if (const auto error = headway::Validate(observation); error.has_value()) {
    Promise(!error->field.empty() && !error->reason.empty(), "a refusal names the field and the reason");
    return 0;
  }
  headway::fuzz::PrepareAccepted(observation);
  return 0;
}
