// The part of a random world in which sources say how far they are, and in which commits are found by images: tags that carry them, artefacts that are reported, manifests that name images, rules that change.
#include "absl/strings/str_cat.h"
#include "aggregator/rollup/random_world.h"

namespace headway::testing {
namespace {

constexpr int kCommits = 40;
constexpr int kRepositories = 2;

const char* const kImages[] = {"r/e0", "r/e1", "r/web", "job"};

std::string Digest(int n) { return absl::StrCat("sha256:", std::string(63, 'd'), n); }

}  // namespace

void RandomWorld::LeaveRevisionOpen(int commit, v1::Deployment* deployment) {
  deployment->clear_source_revision();
  deployment->clear_repository();
  deployment->clear_images();
  if (Chance(70)) deployment->clear_config_revision();
  const int repository = Below(kRepositories);
  const int images = Below(4) - 1;
  for (int i = 0; i < images; ++i) {
    const std::string image = kImages[Below(4)];
    const int form = Below(10);
    if (form < 5) {
      const int digits[] = {7, 8, 12, 40};
      const std::string sha = CommitSha(repository, commit);
      deployment->add_images(absl::StrCat(image, ":", Chance(50) ? "sha-" : "", sha.substr(0, digits[Below(4)])));
    } else if (form < 8) {
      deployment->add_images(absl::StrCat(image, ":v", Below(3)));
    } else {
      deployment->add_images(absl::StrCat(image, form == 8 ? ":v1@" : "@", Digest(Below(3))));
    }
  }
  if (Chance(60)) {
    v1::SyncedSource& synced = *deployment->add_synced();
    synced.set_repository(Chance(20) ? Repository(repository) : "host/o/manifests");
    synced.set_revision(CommitSha(repository, Below(kCommits)));
    if (Chance(20)) synced.set_path("./apps/");
  }
  if (Chance(10)) {
    deployment->mutable_rendered_from()->set_repository(Repository(repository));
    deployment->mutable_rendered_from()->set_sha(CommitSha(repository, commit));
  }
}

v1::Observation RandomWorld::Artefact() {
  v1::Observation observation;
  observation.set_source(Chance(50) ? "ci:1" : "ci:2");
  v1::Artefact& artefact = *observation.mutable_artefact();
  artefact.set_image(kImages[Below(4)]);
  if (Chance(70)) artefact.set_tag(absl::StrCat("v", Below(3)));
  if (artefact.tag().empty() || Chance(30)) artefact.set_digest(Digest(Below(3)));
  const int repository = Below(kRepositories);
  artefact.set_repository(Chance(90) ? Repository(repository) : "host/o/foreign");
  artefact.set_revision(CommitSha(repository, Below(kCommits)));
  artefact.mutable_published_at()->set_seconds(now_ - Below(300'000));
  return observation;
}

v1::Observation RandomWorld::Manifests() {
  v1::Observation observation;
  observation.set_source("manifests");
  v1::ManifestRevision& revision = *observation.mutable_manifest_revision();
  const int line = Below(kRepositories), depth = Below(kCommits);
  revision.set_repository("host/o/manifests");
  revision.set_revision(CommitSha(line, depth));
  revision.set_version(++version_);
  revision.set_depth(depth);
  if (depth > 0) {
    revision.set_parent(CommitSha(line, depth - 1));
    revision.set_skip(CommitSha(line, depth / 2));
    revision.set_skip_depth(depth / 2);
  }
  revision.set_withdrawn(Chance(5));
  if (Chance(40)) return observation;
  v1::ManifestFolder& folder = *revision.add_folders();
  if (Chance(20)) folder.set_path("apps");
  if (Chance(10)) {
    folder.set_problem("values.yaml:1: is no YAML");
  } else if (Chance(90)) {
    const int commit = Below(kCommits);
    folder.add_images(
        absl::StrCat(kImages[Below(4)], Chance(60) ? ":sha-" + CommitSha(Below(kRepositories), commit) : ":v1"));
  }
  return observation;
}

v1::Observation RandomWorld::ImageTagRule() {
  v1::Observation observation;
  observation.set_source("catalog");
  v1::ImageTagRule& rule = *observation.mutable_image_tag_rule();
  rule.set_id(absl::StrCat("tags", Below(3)));
  rule.set_version(++version_);
  rule.set_order(Below(3));
  if (Chance(40)) rule.set_image(Chance(50) ? "r/.*" : "r/web");
  rule.set_tag(Chance(50) ? "(?:sha-)?(?P<commit>[0-9a-f]{7,40})" : "sha-(?P<commit>[0-9a-f]{7})[0-9a-f]*");
  rule.set_deleted(Chance(50));
  return observation;
}

v1::Observation RandomWorld::Status() {
  v1::Observation observation;
  observation.set_source(Chance(50) ? "cd:1" : "pager");
  v1::SourceStatus& status = *observation.mutable_source_status();
  status.set_covers(static_cast<v1::SourceStatus::Covers>(1 + Below(3)));
  status.mutable_complete_until()->set_seconds(now_ - Below(1000));
  status.add_entity_refs(Entity());
  return observation;
}

}  // namespace headway::testing
