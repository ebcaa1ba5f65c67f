#include "aggregator/projection/validate_manifests.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aggregator/projection/manifest_images.h"

namespace headway {
namespace {

// The place of a commit on its line of first parents.
void CheckLine(const v1::ManifestRevision& revision, FieldChecker& check) {
  check.NotNegative("depth", revision.depth());
  if (revision.depth() == 0) {
    if (!revision.parent().empty()) check.Fail("parent", "is set, though depth 0 is a root's");
    if (!revision.skip().empty()) check.Fail("skip", "is set, though depth 0 is a root's");
    return;
  }
  check.ObjectId("parent", revision.parent());
  check.ObjectId("skip", revision.skip());
  if (revision.skip_depth() < 0 || revision.skip_depth() >= revision.depth())
    check.Fail("skip_depth", "is not between 0 and depth");
}

}  // namespace

void CheckManifestRevision(const v1::ManifestRevision& revision, FieldChecker& check) {
  check.Name("repository", revision.repository());
  check.ObjectId("revision", revision.revision());
  if (revision.withdrawn()) return;
  CheckLine(revision, check);
  absl::flat_hash_set<absl::string_view> paths;
  check.Each("folders", revision.folders(), kPaths,
             [&](FieldChecker::ElementName name, const v1::ManifestFolder& folder) {
               FieldChecker one("");
               one.OptionalName("path", folder.path(), kManifestPathBytes);
               if (absl::StartsWith(folder.path(), "/") || absl::EndsWith(folder.path(), "/"))
                 one.Fail("path", "begins or ends with a slash");
               if (!paths.insert(folder.path()).second) one.Fail("path", "is there twice");
               one.Names("images", folder.images(), kMany, kName);
               one.Text("problem", folder.problem());
               if (auto error = one.Take()) check.Fail(absl::StrCat(name(), ".", error->field), error->reason);
             });
}

}  // namespace headway
