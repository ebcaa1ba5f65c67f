#include "services/base/policy_text.h"

#include <google/protobuf/descriptor.h>

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace headway {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

constexpr char kOff[] = "off";
// What people call some values.
constexpr char kAllChanges[] = "all";
constexpr char kAllChangesInContract[] = "pull_requests_and_pushes";

std::string NameOf(const google::protobuf::EnumValueDescriptor* value) {
  const std::string name = absl::AsciiStrToLower(value->name());
  return name == kAllChangesInContract ? kAllChanges : name;
}

std::string PolicyNames() {
  std::vector<std::string> names;
  const auto* descriptor = v1::Policies::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) names.push_back(descriptor->field(i)->name());
  return absl::StrJoin(names, ", ");
}

// The first value of each means "not said".
std::string ValueNames(const EnumDescriptor* type) {
  std::vector<std::string> names;
  for (int i = 1; i < type->value_count(); ++i) names.push_back(NameOf(type->value(i)));
  return absl::StrJoin(names, ", ");
}

absl::Status SetEnum(const std::string& text, const FieldDescriptor* field, v1::Policies* policies) {
  const std::string wanted = absl::AsciiStrToLower(text);
  for (int i = 1; i < field->enum_type()->value_count(); ++i) {
    const auto* value = field->enum_type()->value(i);
    if (wanted != NameOf(value) && wanted != absl::AsciiStrToLower(value->name())) continue;
    policies->GetReflection()->SetEnum(policies, field, value);
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("there is no value \"", text, "\"; there are ", ValueNames(field->enum_type())));
}

absl::Status SetNumber(const std::string& text, const FieldDescriptor* field, v1::Policies* policies) {
  int32_t number = 0;
  if (!absl::SimpleAtoi(text, &number))
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is no whole number"));
  policies->GetReflection()->SetInt32(policies, field, number);
  return absl::OkStatus();
}

absl::Status SetDuration(const std::string& text, const FieldDescriptor* field, v1::Policies* policies) {
  // Of the durations only degraded_after is off by itself.
  if (text == kOff && field->name() == "degraded_after") {
    policies->GetReflection()->ClearField(policies, field);
    return absl::OkStatus();
  }
  absl::StatusOr<absl::Duration> duration = ParseHumanDuration(text);
  if (!duration.ok()) return duration.status();
  auto* message = static_cast<google::protobuf::Duration*>(policies->GetReflection()->MutableMessage(policies, field));
  absl::Duration rest = *duration;
  message->set_seconds(absl::IDivDuration(rest, absl::Seconds(1), &rest));
  message->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<absl::Duration> ParseHumanDuration(absl::string_view text) {
  const absl::Status invalid =
      absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is no duration; write 90m, 24h or 30d"));
  absl::Duration sum = absl::ZeroDuration();
  absl::string_view rest = text;
  while (!rest.empty()) {
    size_t digits = 0;
    while (digits < rest.size() && absl::ascii_isdigit(static_cast<unsigned char>(rest[digits]))) ++digits;
    int64_t number = 0;
    if (digits == 0 || digits > 9 || digits == rest.size() || !absl::SimpleAtoi(rest.substr(0, digits), &number))
      return invalid;
    switch (rest[digits]) {
      case 's':
        sum += absl::Seconds(number);
        break;
      case 'm':
        sum += absl::Minutes(number);
        break;
      case 'h':
        sum += absl::Hours(number);
        break;
      case 'd':
        sum += absl::Hours(24 * number);
        break;
      case 'w':
        sum += absl::Hours(7 * 24 * number);
        break;
      default:
        return invalid;
    }
    rest.remove_prefix(digits + 1);
  }
  if (text.empty()) return invalid;
  return sum;
}

absl::Status SetPolicy(absl::string_view name, absl::string_view value, v1::Policies* policies) {
  const FieldDescriptor* field = v1::Policies::descriptor()->FindFieldByName(std::string(name));
  if (field == nullptr)
    return absl::NotFoundError(absl::StrCat("there is no policy \"", name, "\"; there are ", PolicyNames()));
  const std::string text(value);
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(text, field, policies);
    case FieldDescriptor::CPPTYPE_INT32:
      return SetNumber(text, field, policies);
    default:
      return SetDuration(text, field, policies);
  }
}

}  // namespace headway
