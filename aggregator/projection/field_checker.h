// Checks fields of a message and keeps the first fault. For validate*.cc. A checker is one thread's.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_FIELD_CHECKER_H_
#define HEADWAY_AGGREGATOR_PROJECTION_FIELD_CHECKER_H_

#include <google/protobuf/map.h>
#include <google/protobuf/repeated_field.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "aggregator/projection/entity_ref.h"
#include "aggregator/projection/validate.h"

namespace headway {

inline constexpr size_t kSource = 256;
inline constexpr size_t kName = 512;    // streams, environments, branches, revisions, images
inline constexpr size_t kText = 1'024;  // what only people read
inline constexpr size_t kPath = 4'096;
inline constexpr int kPaths = 10'000;
inline constexpr int kMany = 1'000;  // lists of names and ids
inline constexpr int kCommits = 10'000;
inline constexpr int64_t kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z

// Collects the first fault of one observation. Every check is skipped once there is one.
class FieldChecker {
 public:
  explicit FieldChecker(absl::string_view prefix) : prefix_(prefix) {}

  void Fail(absl::string_view field, absl::string_view reason) {
    if (error_.has_value()) return;
    error_ = FieldError{prefix_.empty() ? std::string(field) : absl::StrCat(prefix_, ".", field), std::string(reason)};
  }

  // Part of a key, or a name: no control characters (a line end would make two natural keys one).
  void Name(absl::string_view field, absl::string_view value, size_t limit = kName, bool required = true) {
    if (error_.has_value()) return;
    if (value.empty()) {
      if (required) Fail(field, "is required");
      return;
    }
    if (value.size() > limit) return Fail(field, absl::StrCat("is longer than ", limit, " bytes"));
    if (std::any_of(value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
      Fail(field, "holds a control character");
    }
  }
  void OptionalName(absl::string_view field, absl::string_view value, size_t limit = kName) {
    Name(field, value, limit, false);
  }

  // For people: only what PostgreSQL cannot hold is refused.
  void Text(absl::string_view field, absl::string_view value, size_t limit = kText) {
    if (error_.has_value()) return;
    if (value.size() > limit) return Fail(field, absl::StrCat("is longer than ", limit, " bytes"));
    if (value.find('\0') != absl::string_view::npos) Fail(field, "holds a zero byte");
  }

  void ObjectId(absl::string_view field, absl::string_view value) {
    if (error_.has_value()) return;
    const bool hex = std::all_of(value.begin(), value.end(),
                                 [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if (!hex || (value.size() != 40 && value.size() != 64))
      Fail(field, "is no object id: 40 or 64 lower-case hexadecimal digits");
  }
  void OptionalObjectId(absl::string_view field, absl::string_view value) {
    if (!value.empty()) ObjectId(field, value);
  }

  void EntityRef(absl::string_view field, absl::string_view value) {
    if (error_.has_value()) return;
    if (value.empty()) return Fail(field, "is required");
    if (!NormaliseEntityRef(value).has_value()) Fail(field, "is no entity ref: \"kind:namespace/name\"");
  }

  void Time(absl::string_view field, bool present, const google::protobuf::Timestamp& time) {
    if (!present || error_.has_value()) return;
    if (time.seconds() < 0 || time.seconds() > kLastSecond)
      return Fail(field, "is not between the years 1970 and 9999");
    if (time.nanos() < 0 || time.nanos() > 999'999'999) Fail(field, "has nanoseconds out of range");
  }
  void RequiredTime(absl::string_view field, bool present, const google::protobuf::Timestamp& time) {
    if (!present) return Fail(field, "is required");
    Time(field, present, time);
  }

  void NotNegative(absl::string_view field, int64_t value) {
    if (value < 0) Fail(field, "is negative");
  }
  void Known(absl::string_view field, bool known) {
    if (!known) Fail(field, "is a value that this version does not know");
  }

  // Bounds the list, and checks each element, called "field[i]".
  template <typename List, typename Check>
  void Each(absl::string_view field, const List& list, int limit, Check check) {
    if (error_.has_value()) return;
    if (list.size() > limit) return Fail(field, absl::StrCat("has more than ", limit, " elements"));
    for (int i = 0; i < list.size() && !error_.has_value(); ++i) check(ElementName{field, i}, list[i]);
  }

  // "field[i]", put together only when it is at fault.
  struct ElementName {
    absl::string_view field;
    int index;
    std::string operator()() const { return absl::StrCat(field, "[", index, "]"); }
  };

  void ObjectIds(absl::string_view field, const google::protobuf::RepeatedPtrField<std::string>& list, int limit) {
    Each(field, list, limit, [&](ElementName name, const std::string& id) {
      FieldChecker one("");
      one.ObjectId("", id);
      if (one.error_.has_value()) Fail(name(), one.error_->reason);
    });
  }
  void Names(absl::string_view field, const google::protobuf::RepeatedPtrField<std::string>& list, int limit,
             size_t bytes) {
    Each(field, list, limit, [&](ElementName name, const std::string& value) {
      FieldChecker one("");
      one.Name("", value, bytes);
      if (one.error_.has_value()) Fail(name(), one.error_->reason);
    });
  }
  void EntityRefs(absl::string_view field, const google::protobuf::RepeatedPtrField<std::string>& list, int limit) {
    Each(field, list, limit, [&](ElementName name, const std::string& ref) {
      FieldChecker one("");
      one.EntityRef("", ref);
      if (one.error_.has_value()) Fail(name(), one.error_->reason);
    });
  }
  // Keys are names, values texts of at most `bytes`.
  void Pairs(absl::string_view field, const google::protobuf::Map<std::string, std::string>& pairs, size_t limit,
             size_t bytes) {
    if (error_.has_value()) return;
    if (pairs.size() > limit) return Fail(field, absl::StrCat("has more than ", limit, " elements"));
    for (const auto& [key, value] : pairs) {
      Name(absl::StrCat(field, " (a key)"), key);
      Text(absl::StrCat(field, "[", key, "]"), value, bytes);
    }
  }
  // Paths may hold any character that a file system allows but the zero byte.
  void Paths(absl::string_view field, const v1::PathList& list) {
    Each(field, list.paths(), kPaths, [&](ElementName name, const std::string& path) {
      if (path.empty()) return Fail(name(), "is empty");
      if (path.size() > kPath) return Fail(name(), absl::StrCat("is longer than ", kPath, " bytes"));
      if (path.find('\0') != std::string::npos) Fail(name(), "holds a zero byte");
    });
  }

  std::optional<FieldError> Take() { return std::move(error_); }

 private:
  absl::string_view prefix_;
  std::optional<FieldError> error_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_FIELD_CHECKER_H_
