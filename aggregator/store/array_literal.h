// PostgreSQL array literals, since libpqxx 6 takes no vectors as parameters.
#ifndef HEADWAY_AGGREGATOR_STORE_ARRAY_LITERAL_H_
#define HEADWAY_AGGREGATOR_STORE_ARRAY_LITERAL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace headway {

// For bigint[], int[], smallint[].
std::string IntegerArrayLiteral(const std::vector<int64_t>& values);
// For text[], or an array of anything in its text form. Elements may hold any character but the zero byte.
std::string TextArrayLiteral(const std::vector<std::string>& values);
std::string OptionalTextArrayLiteral(const std::vector<std::optional<std::string>>& values);

// A bytea's text form, from hexadecimal digits or from bytes.
std::string HexBytea(absl::string_view digits);
std::string BytesBytea(absl::string_view bytes);
// For bytea[], from hexadecimal digits.
std::string HexByteaArrayLiteral(const std::vector<std::string>& digits);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_ARRAY_LITERAL_H_
