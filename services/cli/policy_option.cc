#include "services/cli/policy_option.h"

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
// What the command line calls some values.
constexpr char kAllChanges[] = "all";
constexpr char kAllChangesInContract[] = "pull_requests_and_pushes";

absl::Status Invalid(absl::string_view assignment, absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat("--policy ", assignment, ": ", reason));
}

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

absl::Status SetEnum(absl::string_view assignment, const std::string& text, const FieldDescriptor* field,
                     v1::Policies* policies) {
  const std::string wanted = absl::AsciiStrToLower(text);
  for (int i = 1; i < field->enum_type()->value_count(); ++i) {
    const auto* value = field->enum_type()->value(i);
    if (wanted != NameOf(value) && wanted != absl::AsciiStrToLower(value->name())) continue;
    policies->GetReflection()->SetEnum(policies, field, value);
    return absl::OkStatus();
  }
  return Invalid(assignment,
                 absl::StrCat("there is no value \"", text, "\"; there are ", ValueNames(field->enum_type())));
}

absl::Status SetNumber(absl::string_view assignment, const std::string& text, const FieldDescriptor* field,
                       v1::Policies* policies) {
  int32_t number = 0;
  if (!absl::SimpleAtoi(text, &number)) return Invalid(assignment, absl::StrCat("\"", text, "\" is no whole number"));
  policies->GetReflection()->SetInt32(policies, field, number);
  return absl::OkStatus();
}

absl::Status SetDuration(absl::string_view assignment, const std::string& text, const FieldDescriptor* field,
                         v1::Policies* policies) {
  // Of the durations only degraded_after is off by itself.
  if (text == kOff && field->name() == "degraded_after") {
    policies->GetReflection()->ClearField(policies, field);
    return absl::OkStatus();
  }
  absl::StatusOr<absl::Duration> duration = ParseHumanDuration(text);
  if (!duration.ok()) return Invalid(assignment, duration.status().message());
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

absl::Status SetPolicy(absl::string_view assignment, v1::Policies* policies) {
  const size_t equals = assignment.find('=');
  if (equals == absl::string_view::npos) return Invalid(assignment, "write name=value");
  const std::string name(absl::StripAsciiWhitespace(assignment.substr(0, equals)));
  const std::string value(absl::StripAsciiWhitespace(assignment.substr(equals + 1)));
  const FieldDescriptor* field = v1::Policies::descriptor()->FindFieldByName(name);
  if (field == nullptr)
    return Invalid(assignment, absl::StrCat("there is no policy \"", name, "\"; there are ", PolicyNames()));
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(assignment, value, field, policies);
    case FieldDescriptor::CPPTYPE_INT32:
      return SetNumber(assignment, value, field, policies);
    default:
      return SetDuration(assignment, value, field, policies);
  }
}

}  // namespace headway
