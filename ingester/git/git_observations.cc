#include "ingester/git/git_observations.h"

#include <algorithm>
#include <set>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ingester/git/people.h"
#include "ingester/git/utf8_text.h"

namespace headway {
namespace {

constexpr size_t kMostPaths = 10'000;
constexpr size_t kLongestPath = 4'096;
// A merge of a whole other history would make a record that is larger than a batch.
constexpr size_t kMostLanded = 10'000;

void SetTime(absl::Time time, google::protobuf::Timestamp* out) { out->set_seconds(absl::ToUnixSeconds(time)); }

uint64_t VersionOf(absl::Time time) { return static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMicros(time), 0)); }

// Of two imports the one that knew more must hold: that had the heads of pull requests, or saw copies made since. And what a forge
// itself says of the change holds over both, so git's version lies before the merge.
void SetVersion(absl::Time merged, v1::Change* change) {
  const int seen = change->commit_shas_size() + change->cherry_pick_shas_size() + change->reverts_numbers_size() +
                   change->reverts_shas_size();
  const int64_t known = (change->has_first_commit_authored_at() ? 500'000 : 0) + (change->has_paths() ? 250'000 : 0) +
                        std::min(seen, 249'999);
  change->mutable_updated_at()->set_seconds(absl::ToUnixSeconds(merged) - 1);
  change->mutable_updated_at()->set_nanos(static_cast<int32_t>(known * 1000));
}

}  // namespace

GitObservations::GitObservations(const GitRepository& repository, const History& history,
                                 const GitImportOptions& options)
    : repository_(repository), history_(history), options_(options) {}

v1::Observation GitObservations::Empty() const {
  v1::Observation observation;
  observation.set_source(absl::StrCat("git:", options_.repository));
  return observation;
}

v1::Observation GitObservations::Entity() const {
  v1::Observation observation = Empty();
  v1::EntityDeclaration* entity = observation.mutable_entity();
  entity->set_entity_ref(options_.entity_ref);
  entity->set_version(VersionOf(options_.now));
  v1::EntityRepository* own = entity->add_repositories();
  own->set_repository(options_.repository);
  for (const std::string& prefix : options_.path_prefixes) own->add_path_prefixes(prefix);
  for (const std::string& name : options_.also) entity->add_repositories()->set_repository(name);
  return observation;
}

v1::Observation GitObservations::Mapping() const {
  v1::Observation observation = Empty();
  v1::StreamMapping* mapping = observation.mutable_stream_mapping();
  mapping->set_id(options_.stream);
  mapping->set_version(VersionOf(options_.now));
  mapping->set_stream(options_.stream);
  mapping->set_entity_ref(options_.entity_ref);
  return observation;
}

std::vector<std::string> GitObservations::Resolve(const std::vector<std::string>& ids) const {
  std::vector<std::string> full;
  for (const std::string& id : ids) {
    if (id.size() == 40) {
      full.push_back(id);
    } else if (const History::Node node = history_.FindByPrefix(id); node != History::kNone) {
      full.push_back(history_[node].id.Hex());
    }
  }
  return full;
}

absl::StatusOr<bool> GitObservations::FillPaths(History::Node node, v1::PathList* paths) const {
  const History::Commit& commit = history_[node];
  const ObjectId* parent = nullptr;
  if (!commit.parents.empty()) {
    if (!history_[commit.parents[0]].present) return false;
    parent = &history_[commit.parents[0]].id;
  }
  auto found = repository_.ChangedPaths(commit.id, parent, kMostPaths);
  if (!found.ok()) return found.status();
  if (!found->has_value()) return false;
  for (const std::string& path : **found) {
    if (path.size() > kLongestPath) return false;
    paths->add_paths(Utf8Text(path));
  }
  return true;
}

absl::StatusOr<v1::Observation> GitObservations::Commit(History::Node node) const {
  const History::Commit& from = history_[node];
  v1::Observation observation = Empty();
  v1::Commit* commit = observation.mutable_commit();
  commit->set_repository(options_.repository);
  commit->set_sha(from.id.Hex());
  for (History::Node parent : from.parents) commit->add_parents(history_[parent].id.Hex());
  SetTime(from.authored, commit->mutable_authored_at());
  SetTime(from.committed, commit->mutable_committed_at());
  const MessageFacts& facts = history_.Facts(node);
  for (std::string& sha : Resolve(facts.reverts)) commit->add_reverts(std::move(sha));
  for (std::string& sha : Resolve(facts.cherry_picked_from)) commit->add_cherry_picked_from(std::move(sha));
  if (options_.paths) {
    absl::StatusOr<bool> known = FillPaths(node, commit->mutable_paths());
    if (!known.ok()) return known.status();
    if (!*known) commit->clear_paths();
  }
  return observation;
}

// Who made the pull request: the author of a squashed commit; else who wrote the last commit of the branch, which of a merge is its
// second parent (the author of the merge is the one who merged).
History::Node GitObservations::AuthoredBy(const PullRequest& pull) const {
  const auto& parents = history_[pull.merged_by].parents;
  const History::Node node = parents.size() < 2 ? pull.merged_by : parents[1];
  return history_[node].present && history_[node].parents.size() < 2 ? node : pull.FirstCommit(history_);
}

void GitObservations::FillAuthor(const PullRequest& pull, v1::Change* change) const {
  const History::Node node = AuthoredBy(pull);
  if (node != History::kNone) {
    const History::Author& author = history_.AuthorOf(node);
    change->set_bot(IsBot(author.name, author.email));
    if (!author.email.empty()) change->set_author_hash(AuthorHash(options_.author_key, author.email));
  }
  if (absl::StartsWith(pull.head_branch, "dependabot/") || absl::StartsWith(pull.head_branch, "renovate/")) {
    change->set_bot(true);
  }
}

void GitObservations::FillReverts(const PullRequest& pull, v1::Change* change) const {
  const MessageFacts& merge = history_.Facts(pull.merged_by);
  bool title = merge.revert_title;
  std::vector<std::string> ids = merge.reverts;
  std::vector<int64_t> numbers = merge.reverts_numbers;
  absl::flat_hash_set<std::string> own;
  for (History::Node node : pull.own) own.insert(history_[node].id.Hex());
  for (History::Node node : pull.own) {
    const MessageFacts& facts = history_.Facts(node);
    // The only commit of a pull request speaks for it.
    if (pull.own.size() == 1 && facts.revert_title) title = true;
    ids.insert(ids.end(), facts.reverts.begin(), facts.reverts.end());
    numbers.insert(numbers.end(), facts.reverts_numbers.begin(), facts.reverts_numbers.end());
  }
  // Without the title a revert is a step of other work; the commit itself still says what it reverts.
  if (!title) return;
  std::set<std::string> shas;
  for (const std::string& sha : Resolve(ids)) {
    if (!own.contains(sha)) shas.insert(sha);
  }
  for (const std::string& sha : shas) change->add_reverts_shas(sha);
  for (int64_t number : std::set<int64_t>(numbers.begin(), numbers.end())) {
    if (number != pull.number) change->add_reverts_numbers(number);
  }
}

absl::Status GitObservations::FillChangePaths(const PullRequest& pull, v1::Change* change) const {
  // What a merge or a squash changed is its difference to its first parent; a rebase is several commits.
  std::vector<History::Node> nodes = {pull.merged_by};
  if (pull.kind == PullRequest::Kind::kRebase) nodes = pull.landed;
  std::set<std::string> all;
  for (History::Node node : nodes) {
    v1::PathList paths;
    absl::StatusOr<bool> known = FillPaths(node, &paths);
    if (!known.ok()) return known.status();
    if (!*known || all.size() + static_cast<size_t>(paths.paths_size()) > kMostPaths) return absl::OkStatus();
    all.insert(paths.paths().begin(), paths.paths().end());
  }
  change->mutable_paths();
  for (const std::string& path : all) change->mutable_paths()->add_paths(path);
  change->set_changed_files(static_cast<int64_t>(all.size()));
  return absl::OkStatus();
}

absl::StatusOr<v1::Observation> GitObservations::Change(const PullRequest& pull) const {
  const History::Commit& merge = history_[pull.merged_by];
  v1::Observation observation = Empty();
  v1::Change* change = observation.mutable_change();
  change->set_repository(options_.repository);
  change->set_number(pull.number);
  SetTime(merge.committed, change->mutable_merged_at());
  const History::Node first = pull.FirstCommit(history_);
  if (first != History::kNone) {
    SetTime(history_[first].authored, change->mutable_first_commit_authored_at());
    SetTime(history_[first].committed, change->mutable_first_commit_committed_at());
  }
  change->set_merge_commit_sha(merge.id.Hex());
  if (pull.landed.size() <= kMostLanded) {
    for (History::Node node : pull.landed) change->add_commit_shas(history_[node].id.Hex());
  }
  for (History::Node node : pull.cherry_picks) change->add_cherry_pick_shas(history_[node].id.Hex());
  change->set_head_branch(Utf8Text(pull.head_branch));
  change->set_base_branch(Utf8Text(pull.base_branch));
  FillAuthor(pull, change);
  FillReverts(pull, change);
  if (options_.paths) {
    if (absl::Status filled = FillChangePaths(pull, change); !filled.ok()) return filled;
  }
  SetVersion(merge.committed, change);
  return observation;
}

v1::Observation GitObservations::Deployment(const ReleaseTag& tag) const {
  v1::Observation observation = Empty();
  v1::Deployment* deployment = observation.mutable_deployment();
  const std::string sha = history_[tag.commit].id.Hex();
  // A tag that is moved is another deployment.
  deployment->set_key(absl::StrCat(options_.stream, "/", Utf8Text(tag.tag), "@", sha));
  if (options_.replace) deployment->set_version(VersionOf(options_.now));
  deployment->set_stream(options_.stream);
  deployment->set_environment(tag.environment);
  deployment->set_repository(options_.repository);
  deployment->set_source_revision(sha);
  SetTime(tag.at, deployment->mutable_started_at());
  SetTime(tag.at, deployment->mutable_finished_at());
  deployment->set_phase(v1::Deployment::SUCCEEDED);
  deployment->set_revision_evidence(absl::StrCat(
      "tag ", Utf8Text(tag.tag), " of the repository; ",
      tag.annotated ? "the time is when it was tagged" : "a plain tag, so the time is when its commit was committed"));
  return observation;
}

v1::Observation GitObservations::Status(v1::SourceStatus::Covers covers, absl::Time complete_until) const {
  v1::Observation observation = Empty();
  v1::SourceStatus* status = observation.mutable_source_status();
  status->set_covers(covers);
  SetTime(complete_until, status->mutable_complete_until());
  status->add_entity_refs(options_.entity_ref);
  return observation;
}

}  // namespace headway
