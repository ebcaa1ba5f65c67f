// Entity refs as people, catalogs and sources write them. Normalising twice is normalising once, and the command line agrees with the server.
#include "aggregator/projection/entity_ref.h"

#include "absl/strings/ascii.h"
#include "services/cli/entity_ref.h"
#include "tests/fuzz/promise.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using headway::fuzz::Promise;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto ref = headway::NormaliseEntityRef(text);
  const auto of_command = headway::ParseEntityRef(text);
  if (!ref.has_value()) return 0;
  Promise(headway::NormaliseEntityRef(*ref) == ref, "a normalised ref is its own normal form");
  Promise(headway::NormaliseEntityRef(absl::AsciiStrToUpper(text)) ==
              headway::NormaliseEntityRef(absl::AsciiStrToLower(text)),
          "case does not matter");
  Promise(ref->size() <= 512, "a ref has at most 512 bytes");
  Promise(of_command.ok() && *of_command == *ref, "the command line reads a ref as the server does");
  return 0;
}
