#include "services/metrics/metric_query.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aggregator/metrics/catalog.h"
#include "aggregator/projection/entity_ref.h"
#include "services/base/timestamp.h"

namespace headway {
namespace {

constexpr int kDefaultWindowDays = 30;
constexpr int kMaxWindowDays = 3660;
constexpr size_t kMaxNameBytes = 256;
constexpr size_t kMaxZoneBytes = 64;
constexpr int kMaxMinimumEvents = 1'000'000;
constexpr absl::Duration kMaxPolicyDuration = absl::Hours(24 * 366);
// Clocks of callers may be ahead by this.
constexpr absl::Duration kClockTolerance = absl::Minutes(5);

absl::Status Invalid(absl::string_view field, absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", reason));
}

// Times are exact to the microsecond, so anything before t is also before t rounded up to one.
absl::Time CeilToMicros(absl::Time t) {
  const absl::Time floor = absl::FromUnixMicros(absl::ToUnixMicros(t));
  return floor < t ? floor + absl::Microseconds(1) : floor;
}

absl::StatusOr<absl::Time> CheckAsOf(const v1::MetricScope& scope, absl::Time now) {
  if (!scope.has_as_of()) return CeilToMicros(now);
  const auto& stamp = scope.as_of();
  if (stamp.nanos() < 0 || stamp.nanos() > 999'999'999)
    return Invalid("scope.as_of", "its nanos are not between 0 and 999999999");
  if (stamp.seconds() < 0) return Invalid("scope.as_of", "it is before 1970");
  if (stamp.seconds() > absl::ToUnixSeconds(now + kClockTolerance)) {
    return Invalid("scope.as_of", absl::StrCat("it is in the future; the server's clock says ",
                                               absl::FormatTime(absl::RFC3339_sec, now, absl::UTCTimeZone())));
  }
  return CeilToMicros(absl::FromUnixSeconds(stamp.seconds()) + absl::Nanoseconds(stamp.nanos()));
}

absl::StatusOr<absl::TimeZone> CheckZone(const std::string& name) {
  absl::TimeZone zone;
  if (name.empty()) return absl::UTCTimeZone();
  // Names of IANA only: the loader would also open files, and the server's own zone is nobody's answer.
  const auto is_plain = [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '+' || c == '-' || c == '/';
  };
  const bool plain = name.size() <= kMaxZoneBytes && name[0] != '/' && name != "localtime" &&
                     std::all_of(name.begin(), name.end(), is_plain);
  if (plain && absl::LoadTimeZone(name, &zone)) return zone;
  return Invalid("scope.time_zone",
                 absl::StrCat("\"", name, "\" is no time zone; use an IANA name such as \"Europe/Berlin\""));
}

// Unset enums get their default, which is the first value after UNSPECIFIED in every one of them.
absl::Status FillEnums(v1::Policies* policies) {
  const auto* descriptor = policies->GetDescriptor();
  const auto* reflection = policies->GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = descriptor->field(i);
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_ENUM) continue;
    const int value = reflection->GetEnumValue(*policies, field);
    if (value == 0) {
      reflection->SetEnumValue(policies, field, 1);
    } else if (field->enum_type()->FindValueByNumber(value) == nullptr) {
      return Invalid(absl::StrCat("scope.policies.", field->name()), absl::StrCat(value, " is no value of it"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Duration> CheckDuration(absl::string_view name, const google::protobuf::Duration& duration) {
  const absl::Duration value = absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
  if (value > absl::ZeroDuration() && value <= kMaxPolicyDuration) return value;
  return Invalid(absl::StrCat("scope.policies.", name), "it must be above zero and at most 366 days");
}

// Checks a duration, or fills in its default.
absl::Status FillDuration(absl::string_view name, bool is_set, google::protobuf::Duration* field, absl::Duration* out) {
  if (!is_set) {
    *field = ToDuration(*out);
    return absl::OkStatus();
  }
  const absl::StatusOr<absl::Duration> value = CheckDuration(name, *field);
  if (value.ok()) *out = *value;
  return value.status();
}

absl::Status FillDurations(v1::Policies* policies, DerivePolicies* derive) {
  // Whether a field is set is asked before mutable_ sets it.
  const bool attribution = policies->has_attribution_window();
  const bool roll_out = policies->has_roll_out_window();
  const bool activity = policies->has_stream_activity();
  absl::Status status;
  status.Update(FillDuration("attribution_window", attribution, policies->mutable_attribution_window(),
                             &derive->attribution_window));
  status.Update(
      FillDuration("roll_out_window", roll_out, policies->mutable_roll_out_window(), &derive->roll_out_window));
  status.Update(
      FillDuration("stream_activity", activity, policies->mutable_stream_activity(), &derive->stream_activity));
  if (status.ok() && policies->has_degraded_after()) {
    const absl::StatusOr<absl::Duration> after = CheckDuration("degraded_after", policies->degraded_after());
    if (!after.ok())
      return Invalid("scope.policies.degraded_after",
                     "it must be above zero and at most 366 days; leave it out for off");
    derive->degraded_after = *after;
  }
  return status;
}

absl::Status FillMinimum(v1::Policies* policies) {
  if (policies->minimum_events() == 0) policies->set_minimum_events(1);
  if (policies->minimum_events() >= 1 && policies->minimum_events() <= kMaxMinimumEvents) return absl::OkStatus();
  return Invalid("scope.policies.minimum_events", absl::StrCat("it must be 1 to ", kMaxMinimumEvents));
}

DerivePolicies::RollOut RollOutOf(v1::Policies::RollOut roll_out) {
  if (roll_out == v1::Policies::LAST) return DerivePolicies::RollOut::kLast;
  return roll_out == v1::Policies::EACH ? DerivePolicies::RollOut::kEach : DerivePolicies::RollOut::kFirst;
}

// Policies that shape rows go one way, those that select among them the other.
absl::Status FillPolicies(MetricQuery* query) {
  v1::Policies* policies = query->scope.mutable_policies();
  absl::Status status = FillEnums(policies);
  status.Update(FillDurations(policies, &query->derive));
  status.Update(FillMinimum(policies));
  if (!status.ok()) return status;
  query->read.first_deployment_all = policies->first_deployment() == v1::Policies::ALL;
  query->read.exclude_bots = policies->bots() == v1::Policies::EXCLUDED;
  query->read.explicit_incidents_only = policies->incident_attribution() == v1::Policies::EXPLICIT;
  query->read.minimum_events = policies->minimum_events();
  query->derive.finish_synced = policies->finish() == v1::Policies::SYNCED;
  query->derive.follow_cherry_picks = policies->cherry_picks() == v1::Policies::FOLLOW;
  query->derive.pushes_are_changes = policies->changes() == v1::Policies::PULL_REQUESTS_AND_PUSHES;
  query->derive.roll_out = RollOutOf(policies->roll_out());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MetricQuery> CheckScope(const v1::MetricScope& scope, absl::Time now) {
  MetricQuery query;
  query.scope = scope;
  if (scope.window_days() < 0 || scope.window_days() > kMaxWindowDays) {
    return Invalid("scope.window_days", absl::StrCat(scope.window_days(), " is not between 1 and ", kMaxWindowDays));
  }
  query.days = scope.window_days() == 0 ? kDefaultWindowDays : scope.window_days();
  const absl::StatusOr<absl::Time> as_of = CheckAsOf(scope, now);
  if (!as_of.ok()) return as_of.status();
  query.as_of = *as_of;
  const absl::StatusOr<absl::TimeZone> zone = CheckZone(scope.time_zone());
  if (!zone.ok()) return zone.status();
  query.zone = *zone;
  if (scope.environment().size() > kMaxNameBytes)
    return Invalid("scope.environment", absl::StrCat("it is longer than ", kMaxNameBytes, " bytes"));
  if (absl::Status status = FillPolicies(&query); !status.ok()) return status;
  query.derive.environment = scope.environment();
  query.stored = query.derive == DerivePolicies();
  // With roll_out = last the count can move with later knowledge, and so can what was pushed, so that rows hold for one as_of.
  const bool last = query.derive.roll_out == DerivePolicies::RollOut::kLast;
  if (last || query.derive.pushes_are_changes) query.derive.as_of = query.as_of;
  if (last) {
    query.derive.explicit_incidents_only = query.read.explicit_incidents_only;
    query.derive.first_deployment_all = query.read.first_deployment_all;
  }
  query.scope.set_window_days(query.days);
  *query.scope.mutable_as_of() = ToTimestamp(query.as_of);
  if (query.scope.time_zone().empty()) query.scope.set_time_zone("UTC");
  return query;
}

absl::StatusOr<MetricId> CheckMetric(const std::string& metric) {
  if (const auto id = FindMetric(metric); id.has_value()) return *id;
  return Invalid("metric", absl::StrCat("there is no \"", metric, "\"; there are ", MetricNames()));
}

absl::StatusOr<std::string> CheckEntityRef(const std::string& entity_ref, absl::string_view field) {
  if (std::optional<std::string> normalised = NormaliseEntityRef(entity_ref); normalised.has_value())
    return *std::move(normalised);
  return Invalid(
      field,
      absl::StrCat("\"", entity_ref,
                   "\" is no entity; write \"kind:namespace/name\", for example \"component:default/payments\""));
}

}  // namespace headway
