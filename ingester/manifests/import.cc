#include "ingester/manifests/import.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ingester/git/history.h"
#include "ingester/git/utf8_text.h"
#include "ingester/manifests/folder_images.h"

namespace headway {
namespace {

// Of the rules by which manifests are read: a number more when they change what is found.
constexpr uint64_t kReading = 1;

constexpr int64_t kProgressEvery = 500;
constexpr size_t kPaths = 1'000'000;
constexpr size_t kPathBytes = 1024;
constexpr int kFolders = 10'000;
constexpr size_t kProblemBytes = 300;
// Of one commit: a message of the service holds it.
constexpr size_t kBytes = 3 << 20;
constexpr size_t kCachedBytes = 16 << 20;

std::string FolderOf(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

absl::string_view FileOf(absl::string_view path) { return path.substr(path.rfind('/') + 1); }

bool CanBeTold(const std::string& folder) {
  if (folder.size() > kPathBytes || Utf8Text(folder) != folder) return false;
  return std::none_of(folder.begin(), folder.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

size_t BytesOf(const FolderImages& folder) {
  size_t bytes = std::min(folder.problem.size(), kProblemBytes) + 32;
  for (const std::string& image : folder.images) bytes += image.size() + 32;
  return bytes;
}

// A commit's place on its line of first parents. Of a root, skip is itself.
struct Place {
  int64_t depth = 0;
  History::Node skip = History::kNone;
};

class ManifestImporter {
 public:
  ManifestImporter(const GitRepository& repository, const History& history, const ManifestImportOptions& options,
                   const std::function<absl::Status(v1::Observation)>& emit, const ManifestImportProgress& progress)
      : repository_(repository), history_(history), options_(options), emit_(emit), progress_(progress) {}

  absl::StatusOr<ManifestImportSummary> Run() {
    places_.resize(history_.size());
    for (const History::Node node : history_.Topological()) {
      if (!history_[node].present)
        return absl::FailedPreconditionError(
            "the clone is shallow: what its manifests were before is not in it; git fetch --unshallow");
      SetPlace(node);
      if (absl::Status sent = Tell(node); !sent.ok()) return sent;
      if (++summary_.commits % kProgressEvery == 0) progress_.report("commits", summary_.commits);
    }
    summary_.folders = static_cast<int64_t>(folders_.size());
    return std::move(summary_);
  }

 private:
  std::optional<History::Node> FirstParent(History::Node node) const {
    if (history_[node].parents.empty()) return std::nullopt;
    return history_[node].parents[0];
  }

  // Where the last two leaps back were of one length, one over both: so any depth is reached in a logarithm of steps, and a commit's place never changes.
  void SetPlace(History::Node node) {
    const std::optional<History::Node> parent = FirstParent(node);
    if (!parent.has_value()) {
      places_[node] = {0, node};
      return;
    }
    const Place& above = places_[*parent];
    const Place& leap = places_[above.skip];
    const bool even = above.depth - leap.depth == leap.depth - places_[leap.skip].depth;
    places_[node] = {above.depth + 1, even ? leap.skip : *parent};
  }

  absl::Status Tell(History::Node node) {
    v1::Observation observation;
    observation.set_source(absl::StrCat("manifests:", options_.repository));
    v1::ManifestRevision& revision = *observation.mutable_manifest_revision();
    revision.set_repository(options_.repository);
    revision.set_revision(history_[node].id.Hex());
    revision.set_version(kReading);
    revision.set_depth(places_[node].depth);
    if (const std::optional<History::Node> parent = FirstParent(node); parent.has_value()) {
      revision.set_parent(history_[*parent].id.Hex());
      revision.set_skip(history_[places_[node].skip].id.Hex());
      revision.set_skip_depth(places_[places_[node].skip].depth);
    }
    if (absl::Status read = AddFolders(node, &revision); !read.ok()) return read;
    return emit_(std::move(observation));
  }

  absl::Status AddFolders(History::Node node, v1::ManifestRevision* revision) {
    const ObjectId& id = history_[node].id;
    const std::optional<History::Node> parent = FirstParent(node);
    const ObjectId* before = parent.has_value() ? &history_[*parent].id : nullptr;
    auto paths = repository_.ChangedPaths(id, before, kPaths);
    if (!paths.ok()) return paths.status();
    if (!paths->has_value())
      return absl::ResourceExhaustedError(absl::StrCat("commit ", id.Hex(), " changes more than ", kPaths, " files"));
    std::set<std::string> folders;
    for (const std::string& path : **paths) {
      if (MayBeManifest(FileOf(path))) folders.insert(FolderOf(path));
    }
    size_t bytes = 0;
    for (const std::string& folder : folders) {
      absl::StatusOr<FolderImages> was = before == nullptr ? FolderImages() : ImagesAt(*before, folder);
      if (!was.ok()) return was.status();
      absl::StatusOr<FolderImages> is = ImagesAt(id, folder);
      if (!is.ok()) return is.status();
      if (!IsChange(*was, *is)) continue;
      bytes += BytesOf(*is) + folder.size();
      // To leave some out would be to say that their images are what they were.
      if (revision->folders_size() == kFolders || bytes > kBytes)
        return absl::ResourceExhaustedError(absl::StrCat("commit ", id.Hex(), " changes the images of more than ",
                                                         kFolders, " folders, or more than ", kBytes >> 20,
                                                         " MiB of them"));
      Add(id, folder, *is, revision);
    }
    return absl::OkStatus();
  }

  // What cannot be read matters only where images were named before: most folders with a file that is no YAML have never been manifests. What was told of one
  // that was is over when it can be read again, whatever it names then.
  static bool IsChange(const FolderImages& was, const FolderImages& is) {
    if (is.images.empty()) return !was.images.empty() || (!was.problem.empty() && is.problem.empty());
    return is.images != was.images;
  }

  void Add(const ObjectId& id, const std::string& folder, const FolderImages& is, v1::ManifestRevision* revision) {
    ++summary_.changes;
    folders_.insert(folder);
    v1::ManifestFolder& told = *revision->add_folders();
    told.set_path(folder);
    *told.mutable_images() = {is.images.begin(), is.images.end()};
    if (is.problem.empty()) return;
    told.set_problem(Utf8Text(is.problem.substr(0, kProblemBytes)));
    ++summary_.problems;
    summary_.last_problem =
        absl::StrCat(folder.empty() ? "the root" : folder, " at ", id.Hex().substr(0, 12), ": ", told.problem());
  }

  absl::StatusOr<FolderImages> ImagesAt(const ObjectId& commit, const std::string& folder) {
    if (!CanBeTold(folder)) return FolderImages();
    absl::StatusOr<std::optional<ObjectId>> tree = repository_.FindFolder(commit, folder);
    if (!tree.ok()) return tree.status();
    if (!tree->has_value()) return FolderImages();
    const auto known = cache_.find(**tree);
    if (known != cache_.end()) return known->second;
    absl::StatusOr<TreeFiles> files = repository_.ReadTreeFiles(**tree, MayBeManifest, TreeFileLimits());
    if (!files.ok()) return files.status();
    FolderImages images = files->left_out.empty() ? ReadFolderImages(files->files) : FolderImages{{}, files->left_out};
    cached_bytes_ += BytesOf(images) + sizeof(FolderImages);
    if (cached_bytes_ > kCachedBytes) {
      cache_.clear();
      cached_bytes_ = BytesOf(images) + sizeof(FolderImages);
    }
    cache_.emplace(**tree, images);
    return images;
  }

  const GitRepository& repository_;
  const History& history_;
  const ManifestImportOptions& options_;
  const std::function<absl::Status(v1::Observation)>& emit_;
  const ManifestImportProgress& progress_;
  std::vector<Place> places_;                          // by node
  absl::flat_hash_map<ObjectId, FolderImages> cache_;  // by tree
  size_t cached_bytes_ = 0;
  absl::flat_hash_set<std::string> folders_;
  ManifestImportSummary summary_;
};

// Branches and tags: what a controller may follow. Heads of pull requests are not synced.
std::vector<GitRef> Followed(std::vector<GitRef> refs) {
  std::erase_if(refs, [](const GitRef& ref) {
    if (absl::StrContains(ref.name, "/pull/")) return true;
    return !absl::StartsWith(ref.name, "refs/heads/") && !absl::StartsWith(ref.name, "refs/remotes/") &&
           !absl::StartsWith(ref.name, "refs/tags/");
  });
  return refs;
}

}  // namespace

absl::StatusOr<ManifestImportSummary> ImportManifests(const GitRepository& repository,
                                                      const ManifestImportOptions& options,
                                                      const std::function<absl::Status(v1::Observation)>& emit,
                                                      const ManifestImportProgress& progress) {
  absl::StatusOr<std::vector<GitRef>> refs = repository.Refs();
  if (!refs.ok()) return refs.status();
  const std::vector<GitRef> followed = Followed(*std::move(refs));
  if (followed.empty()) return absl::FailedPreconditionError("the repository is empty: it has no branch and no tag");
  absl::StatusOr<History> history =
      History::Load(repository, followed, [&](int64_t count) { progress.report("reading commits", count); });
  if (!history.ok()) return history.status();
  return ManifestImporter(repository, *history, options, emit, progress).Run();
}

}  // namespace headway
