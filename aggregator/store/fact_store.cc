#include "aggregator/store/fact_store.h"

#include <algorithm>
#include <map>
#include <set>

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/store/copy_row.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/prepared.h"

namespace headway {
namespace {

std::string BigintArray(const std::vector<int64_t>& numbers) {
  ArrayText text;
  for (const int64_t number : numbers) text.AddPlain(std::to_string(number));
  return text.Finish();
}

std::vector<std::string> Strings(pqxx::transaction_base& tx, const char* sql, const std::vector<std::string>& names) {
  std::vector<std::string> found;
  if (names.empty()) return found;
  for (const pqxx::row& row : RunPrepared(tx, sql, TextArray(names))) found.push_back(StringOf(row[0]));
  return found;
}

// Columns of dora.pull_requests after the key, as text.
using Fields = std::vector<std::optional<std::string>>;

std::optional<std::string> TimeField(const std::optional<absl::Time>& time) {
  if (!time.has_value()) return std::nullopt;
  return TimeText(*time);
}

Fields FieldsOf(const PullRequest& pull_request) {
  const ChangeFact& fact = pull_request.change.fact;
  ArrayText numbers;
  for (const int64_t number : fact.reverts_numbers) numbers.AddPlain(std::to_string(number));
  const auto& paths = pull_request.change.paths;
  return {pull_request.source,
          TimeField(fact.opened),
          TimeField(fact.first_authored),
          TimeField(fact.first_review),
          pull_request.change.merged ? TimeField(fact.merged) : std::nullopt,
          fact.merge_commit,
          TextArray(fact.commits),
          TextArray(fact.cherry_picks),
          fact.bot ? "t" : "f",
          fact.hotfix ? "t" : "f",
          numbers.Finish(),
          TextArray(fact.reverts_shas),
          paths.has_value() ? std::make_optional(TextArray(*paths)) : std::nullopt};
}

// Reads back what FieldsOf gives: times and arrays are written as the database writes them but for their form.
Fields ParseFields(const pqxx::row& row, int at) {
  Fields fields;
  for (int i = 0; i < 13; ++i) {
    if (row[at + i].is_null()) {
      fields.emplace_back(std::nullopt);
    } else if (i >= 1 && i <= 4) {
      fields.emplace_back(TimeText(TimeOf(row[at + i])));
    } else if (i == 6 || i == 7 || i == 11 || i == 12) {
      fields.emplace_back(TextArray(ParseTextArray(StringOf(row[at + i]))));
    } else {
      fields.emplace_back(StringOf(row[at + i]));
    }
  }
  return fields;
}

constexpr char kPullRequestFields[] =
    "p.source, p.opened, p.first_authored, p.first_review, p.merged, p.merge_commit, p.commits, p.cherry_picks, p.bot, "
    "p.hotfix, "
    "p.reverts_numbers, p.reverts_shas, p.paths";

}  // namespace

int64_t StreamKey(absl::string_view source, absl::string_view stream) {
  return StreamId(absl::StrCat(source, "\n", stream));
}

std::vector<StreamPlace> LoadStreamPlaces(pqxx::transaction_base& tx, const std::vector<int64_t>& stream_keys) {
  std::vector<StreamPlace> places;
  if (stream_keys.empty()) return places;
  for (const pqxx::row& row : RunPrepared(tx,
                                          "SELECT stream_key, entity_ref, observed_environment FROM dora.streams "
                                          "WHERE stream_key = ANY ($1::bigint[])",
                                          BigintArray(stream_keys))) {
    places.push_back({row[0].as<int64_t>(), StringOf(row[1]), StringOf(row[2])});
  }
  std::sort(places.begin(), places.end());
  return places;
}

void AddStreamPlaces(pqxx::transaction_base& tx, const std::vector<StreamPlace>& places) {
  if (places.empty()) return;
  ArrayText keys, refs, environments;
  for (const StreamPlace& place : places) {
    keys.AddPlain(std::to_string(place.stream_key));
    refs.Add(place.entity_ref);
    environments.Add(place.observed_environment);
  }
  RunPrepared(tx,
              "INSERT INTO dora.streams (stream_key, entity_ref, observed_environment) "
              "SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING",
              keys.Finish(), refs.Finish(), environments.Finish());
}

std::vector<Placed<StoredDeployment>> FindDeployments(pqxx::transaction_base& tx,
                                                      const std::vector<std::string>& entity_refs,
                                                      const std::vector<ObjectKey>& keys) {
  std::vector<Placed<StoredDeployment>> found;
  if (keys.empty()) return found;
  const std::string sql = absl::StrCat(
      "SELECT d.* FROM unnest($1::text[], $2::bytea[]) u (ref, key) CROSS JOIN LATERAL (SELECT entity_ref, ",
      DeploymentColumns(), " FROM dora.deployments d WHERE d.entity_ref = u.ref AND d.deployment_key = u.key) d");
  for (const pqxx::row& row : RunPrepared(tx, sql, TextArray(entity_refs), KeyArray(keys))) {
    found.push_back({StringOf(row[0]), DecodeDeployment(row, 1)});
  }
  return found;
}

std::vector<Placed<StoredIncident>> FindIncidents(pqxx::transaction_base& tx, const std::vector<ObjectKey>& keys) {
  std::vector<Placed<StoredIncident>> found;
  if (keys.empty()) return found;
  const std::string sql = absl::StrCat("SELECT entity_ref, ", IncidentColumns(),
                                       " FROM dora.incidents WHERE incident_key = ANY ($1::bytea[])");
  for (const pqxx::row& row : RunPrepared(tx, sql, KeyArray(keys)))
    found.push_back({StringOf(row[0]), DecodeIncident(row, 1)});
  return found;
}

std::vector<std::string> WritePullRequests(pqxx::transaction_base& tx, const std::vector<PullRequest>& pull_requests) {
  ArrayText repositories;
  std::vector<int64_t> numbers;
  for (const PullRequest& pull_request : pull_requests) {
    repositories.Add(pull_request.change.fact.repository);
    numbers.push_back(pull_request.change.fact.number);
  }
  std::map<std::pair<std::string, int64_t>, Fields> known;
  const std::string sql =
      absl::StrCat("SELECT p.repository, p.number, ", kPullRequestFields,
                   " FROM unnest($1::text[], $2::bigint[]) u (repository, number) ",
                   "JOIN dora.pull_requests p ON p.repository = u.repository AND p.number = u.number");
  for (const pqxx::row& row : RunPrepared(tx, sql, repositories.Finish(), BigintArray(numbers))) {
    known[{StringOf(row[0]), row[1].as<int64_t>()}] = ParseFields(row, 2);
  }
  TableChange table(
      "dora.pull_requests", {{"repository", "text"}, {"number", "bigint"}},
      {"repository", "number", "source", "opened", "first_authored", "first_review", "merged", "merge_commit",
       "commits", "cherry_picks", "bot", "hotfix", "reverts_numbers", "reverts_shas", "paths"});
  std::set<std::string> changed;
  for (const PullRequest& pull_request : pull_requests) {
    const ChangeFact& fact = pull_request.change.fact;
    const Fields fields = FieldsOf(pull_request);
    const auto was = known.find({fact.repository, fact.number});
    if (was != known.end() && was->second == fields) continue;
    if (was != known.end()) table.Delete({fact.repository, std::to_string(fact.number)});
    CopyRow row;
    row.Text(fact.repository).Number(fact.number);
    for (const std::optional<std::string>& field : fields) field.has_value() ? row.Text(*field) : row.Null();
    table.Insert(std::move(row));
    changed.insert(fact.repository);
  }
  table.Flush(tx);
  return {changed.begin(), changed.end()};
}

std::vector<std::string> EntitiesOfRepositories(pqxx::transaction_base& tx,
                                                const std::vector<std::string>& repositories) {
  return Strings(
      tx, "SELECT DISTINCT entity_ref FROM dora.entity_repositories WHERE repository = ANY ($1::text[]) ORDER BY 1",
      repositories);
}

std::vector<std::string> EntitiesWhoseCommitsCame(pqxx::transaction_base& tx,
                                                  const std::vector<std::string>& repositories) {
  return Strings(
      tx,
      "SELECT DISTINCT a.entity_ref FROM dora.awaited_commits a WHERE a.repository = ANY ($1::text[]) AND EXISTS "
      "(SELECT FROM dora.commits c WHERE c.repository = a.repository AND c.sha = a.sha) ORDER BY 1",
      repositories);
}

}  // namespace headway
