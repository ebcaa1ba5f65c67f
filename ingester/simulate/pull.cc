#include "ingester/simulate/pull.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace headway {
namespace {

constexpr int64_t kMinute = 60;
constexpr int64_t kHour = 3600;

void SetTime(int64_t time, google::protobuf::Timestamp* out) { out->set_seconds(time); }

std::string AuthorOf(const Team& team, Random* random) {
  return team.developers[static_cast<size_t>(random->Below(static_cast<int64_t>(team.developers.size())))];
}

}  // namespace

std::string ForgeOf(const Team& team) { return absl::StrCat("forge:", team.repository); }

Pull PlanFeature(const Team& team, int64_t start, Random* random) {
  Pull pull;
  pull.author = AuthorOf(team, random);
  pull.branch = absl::StrCat("feature/", random->Hex(6));
  pull.lines = random->Skewed(team.typical_lines);
  // Larger work takes longer to write, waits longer for somebody to look at it, and comes back more often.
  const int64_t size_percent = 50 + 50 * pull.lines / std::max<int64_t>(team.typical_lines, 1);
  int64_t at = team.clock.AfterWork(start, random->Below(kHour));
  const int64_t coding = random->Skewed(std::max<int64_t>(10 * kMinute, team.coding * pull.lines / 100));
  const int64_t commits = std::clamp<int64_t>(1 + pull.lines / 120 + random->Below(3), 1, 12);
  for (int64_t i = 0; i < commits; ++i) {
    pull.commits.push_back(at);
    at = team.clock.AfterWork(at, coding / commits);
  }
  pull.opened = team.clock.AfterWork(pull.commits.back(), random->Between(1, 15) * kMinute);
  at = pull.opened;
  if (!random->Chance(team.maturity == 0 ? 250 : 40)) {
    pull.first_review = team.clock.AfterWork(at, random->Skewed(team.pickup * size_percent / 100));
    pull.reviews = std::clamp<int64_t>(1 + random->Below(2) + size_percent / 150, 1, 8);
    at = pull.first_review;
    for (int64_t i = 1; i < pull.reviews; ++i)
      at = team.clock.AfterWork(at, random->Skewed(team.pickup * size_percent / 200));
  }
  pull.merged = random->Chance(60) ? 0 : team.clock.AfterWork(at, random->Skewed(25 * kMinute));
  return pull;
}

Pull PlanBotUpdate(const Team& team, int64_t start, Random* random) {
  Pull pull;
  pull.kind = Pull::Kind::kBot;
  pull.author = "b07b07b07b07b07b07b07b07b07b07b0";
  pull.branch = absl::StrCat("renovate/", random->Hex(6));
  pull.lines = random->Between(2, 30);
  pull.commits = {start};
  pull.opened = start + random->Between(5, 60);
  pull.first_review = team.clock.AfterWork(pull.opened, random->Skewed(2 * team.pickup));
  pull.reviews = 1;
  pull.merged = team.clock.AfterWork(pull.first_review, random->Between(1, 20) * kMinute);
  return pull;
}

Pull PlanHotfix(const Team& team, int64_t start, Random* random) {
  Pull pull;
  pull.kind = Pull::Kind::kHotfix;
  pull.author = AuthorOf(team, random);
  pull.branch = absl::StrCat("hotfix/", random->Hex(6));
  pull.lines = random->Skewed(12);
  pull.commits = {start + random->Skewed(25 * kMinute)};
  pull.opened = pull.commits.back() + random->Between(1, 5) * kMinute;
  if (random->Chance(700)) {
    pull.first_review = pull.opened + random->Skewed(8 * kMinute);
    pull.reviews = 1;
  }
  pull.merged = std::max(pull.first_review, pull.opened) + random->Between(1, 10) * kMinute;
  return pull;
}

Pull PlanRevert(const Team& team, int64_t start, const Pull& undone, Random* random) {
  Pull pull = PlanHotfix(team, start, random);
  pull.kind = Pull::Kind::kRevert;
  pull.branch = absl::StrCat("revert-", undone.number, "-", undone.branch);
  pull.lines = undone.lines;
  pull.undoes = undone.number;
  pull.undoes_sha = undone.merge_sha;
  return pull;
}

SimulatedRepository::SimulatedRepository(const Team* team, Random* random, const SimulationEmitter* emit)
    : team_(*team), random_(*random), emit_(*emit) {}

absl::Status SimulatedRepository::EmitCommit(const std::string& sha, const std::vector<std::string>& parents,
                                             int64_t authored, int64_t committed, const std::string& reverts) {
  v1::Observation observation;
  observation.set_source(absl::StrCat("git:", team_.repository));
  v1::Commit* commit = observation.mutable_commit();
  commit->set_repository(team_.repository);
  commit->set_sha(sha);
  for (const std::string& parent : parents) commit->add_parents(parent);
  SetTime(authored, commit->mutable_authored_at());
  SetTime(committed, commit->mutable_committed_at());
  if (!reverts.empty()) commit->add_reverts(reverts);
  return emit_(std::move(observation));
}

absl::Status SimulatedRepository::Begin(int64_t time) {
  head_ = random_.Hex(40);
  return EmitCommit(head_, {}, time, time, "");
}

v1::Observation SimulatedRepository::Describe(const Pull& pull, int64_t updated) const {
  v1::Observation observation;
  observation.set_source(ForgeOf(team_));
  v1::Change* change = observation.mutable_change();
  change->set_repository(team_.repository);
  change->set_number(pull.number);
  SetTime(updated, change->mutable_updated_at());
  SetTime(pull.opened, change->mutable_opened_at());
  SetTime(pull.opened, change->mutable_ready_for_review_at());
  SetTime(pull.commits.front(), change->mutable_first_commit_authored_at());
  SetTime(pull.commits.front(), change->mutable_first_commit_committed_at());
  if (pull.first_review > 0) SetTime(pull.first_review, change->mutable_first_review_at());
  change->set_reviews(pull.reviews);
  change->set_head_branch(pull.branch);
  change->set_base_branch("main");
  change->set_bot(pull.kind == Pull::Kind::kBot);
  change->set_author_hash(pull.author);
  change->set_additions(pull.lines * 3 / 4);
  change->set_deletions(pull.lines - pull.lines * 3 / 4);
  change->set_changed_files(1 + pull.lines / 40);
  if (pull.kind == Pull::Kind::kHotfix) change->add_labels("hotfix");
  if (pull.undoes > 0) change->add_reverts_numbers(pull.undoes);
  return observation;
}

absl::Status SimulatedRepository::Merge(Pull* pull) {
  std::vector<std::string> own;
  std::vector<std::string> parents = {head_};
  if (!team_.squashes) {
    std::string parent = pull->base.empty() ? head_ : pull->base;
    for (int64_t written : pull->commits) {
      own.push_back(random_.Hex(40));
      if (absl::Status sent = EmitCommit(own.back(), {parent}, written, written, ""); !sent.ok()) return sent;
      parent = own.back();
    }
    parents.push_back(own.back());
  }
  pull->merge_sha = random_.Hex(40);
  const int64_t authored = team_.squashes ? pull->commits.front() : pull->merged;
  absl::Status sent = EmitCommit(pull->merge_sha, parents, authored, pull->merged, pull->undoes_sha);
  if (!sent.ok()) return sent;
  head_ = pull->merge_sha;
  v1::Observation observation = Describe(*pull, pull->merged);
  v1::Change* change = observation.mutable_change();
  SetTime(pull->merged, change->mutable_merged_at());
  change->set_merge_commit_sha(pull->merge_sha);
  for (const std::string& sha : own) change->add_commit_shas(sha);
  return emit_(std::move(observation));
}

absl::Status SimulatedRepository::LeaveOpen(Pull pull, int64_t end) {
  if (pull.first_review >= end) pull.first_review = 0;
  if (pull.first_review == 0) pull.reviews = 0;
  return emit_(Describe(pull, std::max(pull.opened, pull.first_review)));
}

}  // namespace headway
