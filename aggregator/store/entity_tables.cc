#include "aggregator/store/entity_tables.h"

#include <openssl/sha.h>

#include <algorithm>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace headway {
namespace {

absl::string_view View(const pqxx::field& field) { return absl::string_view(field.c_str(), field.size()); }

int64_t NumberOf(const pqxx::field& field) {
  int64_t value = 0;
  return absl::SimpleAtoi(View(field), &value) ? value : 0;
}

bool BoolOf(const pqxx::field& field) { return field.c_str()[0] == 't'; }

// Zero for NULL.
ObjectKey KeyOf(const pqxx::field& field) { return field.is_null() ? ObjectKey{} : ParseKeyText(View(field)); }

std::optional<ObjectKey> OptionalKey(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return ParseKeyText(View(field));
}

IncidentLink ParseLink(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits(' ', 2));
  if (parts[0] == "deployment") return ParseKeyText(parts[1]);
  if (parts[0] == "commit") return CommitRef{parts[2], parts[1]};
  ChangeRef change{parts[2], 0};
  if (!absl::SimpleAtoi(parts[1], &change.number)) change.number = 0;
  return change;
}

std::vector<IncidentLink> ParseLinks(const pqxx::field& field) {
  std::vector<IncidentLink> links;
  for (const std::string& text : ParseTextArray(View(field))) links.push_back(ParseLink(text));
  return links;
}

std::vector<Resolution> ParseResolutions(const pqxx::field& field) {
  const std::vector<std::string> times = ParseTextArray(View(field));
  std::vector<Resolution> resolutions;
  for (size_t i = 0; i + 1 < times.size(); i += 2) {
    resolutions.push_back({ParseTimeText(times[i]), ParseTimeText(times[i + 1])});
  }
  return resolutions;
}

constexpr char kDerived[] =
    "finished, kind, in_scope, failed_attempt, counts, known_commit, truncated, roll_out, replaced, identity";

}  // namespace

std::optional<absl::Time> OptionalTime(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return ParseTimeText(View(field));
}
absl::Time TimeOf(const pqxx::field& field) { return ParseTimeText(View(field)); }
std::string StringOf(const pqxx::field& field) { return std::string(field.c_str(), field.size()); }

const std::string& DeploymentColumns() {
  static const std::string* const columns = new std::string(
      absl::StrCat("deployment_key, source, source_key, stream, observed_environment, environment, tier, repository, "
                   "source_revision, "
                   "config_revision, images, started, synced, healthy, degraded, phase, effect, automated, "
                   "revision_evidence, found_by, "
                   "unresolved, clues, sequence, ",
                   kDerived));
  return *columns;
}

const std::string& DeploymentRowColumns() {
  static const std::string* const columns =
      new std::string(absl::StrCat("deployment_key, started, ", kDerived, ", source_revision <> ''"));
  return *columns;
}

const std::string& ChangeColumns() {
  static const std::string* const columns = new std::string(
      "repository, number, merge_commit, opened, first_authored, first_review, merged, bot, baseline, shipped_by, "
      "shipped, "
      "latest_at");
  return *columns;
}

const std::string& FailureColumns() {
  static const std::string* const columns = new std::string(
      "evidence_id, roll_out, counted_at, deployment_key, finished, cause, by_key, detail, since, until, begins, ends, "
      "attribution");
  return *columns;
}

const std::string& ReworkColumns() {
  static const std::string* const columns =
      new std::string("evidence_id, roll_out, counted_at, deployment_key, reason, detail, since, attribution");
  return *columns;
}

const std::string& IncidentColumns() {
  static const std::string* const columns = new std::string(
      "incident_key, source, incident_id, title, opened, resolutions, observed_environment, environment, tier, cause, "
      "caused_by, remedied_by, in_scope, last_transition");
  return *columns;
}

const std::string& IncidentRowColumns() {
  static const std::string* const columns =
      new std::string("incident_key, opened, resolutions, in_scope, caused_by <> '{}'");
  return *columns;
}

const std::string& GapColumns() {
  static const std::string* const columns =
      new std::string("deployment_key, source, stream, after, until, at_least, in_scope");
  return *columns;
}

const std::string& HeadColumns() {
  static const std::string* const columns = new std::string(
      "environment, stream, source, latest_event, running_key, running_identity, running_images, "
      "running_config_revision, "
      "brought_key");
  return *columns;
}

DeploymentRow DecodeDerived(const pqxx::row& row, int at, const pqxx::field& started) {
  DeploymentRow derived;
  derived.finished = TimeOf(row[at]);
  derived.kind = static_cast<Kind>(NumberOf(row[at + 1]));
  derived.in_scope = BoolOf(row[at + 2]);
  derived.failed_attempt = BoolOf(row[at + 3]);
  derived.counts = BoolOf(row[at + 4]);
  derived.known_commit = BoolOf(row[at + 5]);
  derived.truncated = BoolOf(row[at + 6]);
  derived.roll_out = KeyOf(row[at + 7]);
  derived.replaced = KeyOf(row[at + 8]);
  derived.identity = KeyOf(row[at + 9]).bytes;
  // What never said when it started did so when it finished.
  const bool pending = derived.finished == absl::InfiniteFuture();
  derived.started = started.is_null() ? (pending ? absl::InfinitePast() : derived.finished) : TimeOf(started);
  return derived;
}

DeploymentRow DecodeDeploymentRow(const pqxx::row& row, int at) {
  DeploymentRow derived = DecodeDerived(row, at + 2, row[at + 1]);
  derived.key = KeyOf(row[at]);
  derived.has_revision = BoolOf(row[at + 12]);
  return derived;
}

StoredDeployment DecodeDeployment(const pqxx::row& row, int at) {
  StoredDeployment deployment;
  DeploymentFact& fact = deployment.fact;
  fact.key = KeyOf(row[at]);
  fact.source = StringOf(row[at + 1]);
  fact.source_key = StringOf(row[at + 2]);
  fact.stream = StringOf(row[at + 3]);
  deployment.observed_environment = StringOf(row[at + 4]);
  fact.environment = StringOf(row[at + 5]);
  fact.tier = static_cast<Tier>(NumberOf(row[at + 6]));
  fact.repository = StringOf(row[at + 7]);
  fact.source_revision = StringOf(row[at + 8]);
  fact.config_revision = StringOf(row[at + 9]);
  fact.images = ParseTextArray(View(row[at + 10]));
  fact.started = OptionalTime(row[at + 11]).value_or(absl::InfinitePast());
  fact.synced = OptionalTime(row[at + 12]).value_or(absl::InfiniteFuture());
  fact.healthy = OptionalTime(row[at + 13]);
  fact.degraded = OptionalTime(row[at + 14]);
  fact.phase = static_cast<Phase>(NumberOf(row[at + 15]));
  fact.effect = static_cast<Effect>(NumberOf(row[at + 16]));
  fact.automated = BoolOf(row[at + 17]);
  fact.revision_evidence = StringOf(row[at + 18]);
  fact.found_by = static_cast<FoundBy>(NumberOf(row[at + 19]));
  fact.unresolved = StringOf(row[at + 20]);
  deployment.clues = BoolOf(row[at + 21]);
  if (!row[at + 22].is_null()) fact.sequence = NumberOf(row[at + 22]);
  deployment.row = DecodeDerived(row, at + 23, row[at + 11]);
  deployment.row.key = fact.key;
  deployment.row.has_revision = !fact.source_revision.empty();
  return deployment;
}

ChangeRow DecodeChange(const pqxx::row& row, int at) {
  ChangeRow change;
  change.repository = StringOf(row[at]);
  change.number = NumberOf(row[at + 1]);
  change.merge_commit = StringOf(row[at + 2]);
  change.opened = OptionalTime(row[at + 3]);
  change.first_authored = OptionalTime(row[at + 4]);
  change.first_review = OptionalTime(row[at + 5]);
  change.merged = TimeOf(row[at + 6]);
  change.bot = BoolOf(row[at + 7]);
  change.baseline = BoolOf(row[at + 8]);
  change.shipped_by = KeyOf(row[at + 9]);
  change.shipped = TimeOf(row[at + 10]);
  return change;
}

FailureRow DecodeFailure(const pqxx::row& row, int at) {
  FailureRow failure;
  failure.roll_out = KeyOf(row[at + 1]);
  failure.counted_at = TimeOf(row[at + 2]);
  failure.deployment = KeyOf(row[at + 3]);
  failure.finished = TimeOf(row[at + 4]);
  failure.cause = static_cast<FailureCause>(NumberOf(row[at + 5]));
  failure.by = KeyOf(row[at + 6]);
  failure.detail = StringOf(row[at + 7]);
  failure.since = TimeOf(row[at + 8]);
  failure.until = TimeOf(row[at + 9]);
  failure.begins = TimeOf(row[at + 10]);
  failure.ends = TimeOf(row[at + 11]);
  failure.attribution = static_cast<Attribution>(NumberOf(row[at + 12]));
  return failure;
}

ReworkRow DecodeRework(const pqxx::row& row, int at) {
  ReworkRow rework;
  rework.roll_out = KeyOf(row[at + 1]);
  rework.counted_at = TimeOf(row[at + 2]);
  rework.deployment = KeyOf(row[at + 3]);
  rework.reason = static_cast<ReworkReason>(NumberOf(row[at + 4]));
  rework.detail = StringOf(row[at + 5]);
  rework.since = TimeOf(row[at + 6]);
  rework.attribution = static_cast<Attribution>(NumberOf(row[at + 7]));
  return rework;
}

StoredIncident DecodeIncident(const pqxx::row& row, int at) {
  StoredIncident incident;
  IncidentFact& fact = incident.fact;
  fact.key = KeyOf(row[at]);
  fact.source = StringOf(row[at + 1]);
  fact.incident_id = StringOf(row[at + 2]);
  fact.title = StringOf(row[at + 3]);
  fact.opened = OptionalTime(row[at + 4]);
  fact.resolutions = ParseResolutions(row[at + 5]);
  incident.observed_environment = StringOf(row[at + 6]);
  fact.environment = StringOf(row[at + 7]);
  fact.tier = static_cast<Tier>(NumberOf(row[at + 8]));
  fact.cause = static_cast<Cause>(NumberOf(row[at + 9]));
  fact.caused_by = ParseLinks(row[at + 10]);
  fact.remedied_by = ParseLinks(row[at + 11]);
  incident.in_scope = BoolOf(row[at + 12]);
  return incident;
}

IncidentRow DecodeIncidentRow(const pqxx::row& row, int at) {
  IncidentRow incident;
  incident.key = KeyOf(row[at]);
  incident.opened = OptionalTime(row[at + 1]);
  incident.resolutions = ParseResolutions(row[at + 2]);
  incident.in_scope = BoolOf(row[at + 3]);
  incident.has_link = BoolOf(row[at + 4]);
  return incident;
}

GapRow DecodeGap(const pqxx::row& row, int at) {
  GapRow gap;
  gap.key = KeyOf(row[at]);
  gap.source = StringOf(row[at + 1]);
  gap.stream = StringOf(row[at + 2]);
  gap.after = TimeOf(row[at + 3]);
  gap.until = TimeOf(row[at + 4]);
  gap.at_least = NumberOf(row[at + 5]);
  gap.in_scope = BoolOf(row[at + 6]);
  return gap;
}

StreamHead DecodeHead(const pqxx::row& row, int at) {
  StreamHead head;
  head.environment = StringOf(row[at]);
  head.stream = StringOf(row[at + 1]);
  head.source = StringOf(row[at + 2]);
  head.latest_event = TimeOf(row[at + 3]);
  head.running = OptionalKey(row[at + 4]);
  head.running_identity = KeyOf(row[at + 5]).bytes;
  head.running_images = ParseTextArray(View(row[at + 6]));
  head.running_config_revision = StringOf(row[at + 7]);
  head.brought = OptionalKey(row[at + 8]);
  return head;
}

}  // namespace headway
