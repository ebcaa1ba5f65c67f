#include "ingester/git/git_repository.h"

#include <git2.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ingester/git/changed_paths.h"
#include "ingester/git/git_handles.h"
#include "ingester/git/repository_name.h"

namespace headway {
namespace {

void InitializeOnce() {
  static const bool once = [] {
    git_libgit2_init();
    // Objects are only read, and read from what a person names: neither need their hashes be computed again, nor must the folder
    // belong to the one who reads it.
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    // A clone without file contents has all that is read here.
    const char* extensions[] = {"partialclone", "worktreeconfig", "preciousobjects"};
    git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, std::size(extensions));
    return true;
  }();
  (void)once;
}

std::optional<GitRef> Describe(git_repository* repository, const git_reference* reference) {
  git_object* object = nullptr;
  if (git_reference_peel(&object, reference, GIT_OBJECT_COMMIT) != 0) return std::nullopt;
  GitObject commit(object);
  GitRef ref{git_reference_name(reference), ToObjectId(*git_object_id(commit.get())), std::nullopt};
  const git_oid* target = git_reference_target(reference);
  git_tag* found = nullptr;
  if (target != nullptr && absl::StartsWith(ref.name, "refs/tags/") &&
      git_tag_lookup(&found, repository, target) == 0) {
    GitTag tag(found);
    if (const git_signature* tagger = git_tag_tagger(tag.get()); tagger != nullptr) {
      ref.tagged = absl::FromUnixSeconds(tagger->when.time);
    }
  }
  return ref;
}

// The name that a symbolic ref stands for, without `prefix`. Empty when it is no such ref.
std::string SymbolicTarget(git_repository* repository, const char* name, const std::string& prefix) {
  git_reference* found = nullptr;
  if (git_reference_lookup(&found, repository, name) != 0) return "";
  GitReference reference(found);
  const char* target = git_reference_symbolic_target(reference.get());
  if (target == nullptr || !absl::StartsWith(target, prefix)) return "";
  return std::string(target).substr(prefix.size());
}

bool HasRef(git_repository* repository, const std::string& name) {
  git_oid id;
  return git_reference_name_to_id(&id, repository, name.c_str()) == 0;
}

}  // namespace

void GitRepository::Free::operator()(git_repository* repository) const { git_repository_free(repository); }

GitRepository::GitRepository(git_repository* repository) : repository_(repository) {}

GitRepository::~GitRepository() = default;

absl::StatusOr<std::unique_ptr<GitRepository>> GitRepository::Open(const std::string& path) {
  InitializeOnce();
  git_repository* repository = nullptr;
  const int code = git_repository_open_ext(&repository, path.c_str(), 0, nullptr);
  if (code != 0) return GitError(code, absl::StrCat("opening the git repository ", path));
  return std::unique_ptr<GitRepository>(new GitRepository(repository));
}

absl::StatusOr<std::vector<GitRef>> GitRepository::Refs() const {
  git_reference_iterator* made = nullptr;
  if (int code = git_reference_iterator_new(&made, repository_.get()); code != 0) return GitError(code, "listing refs");
  GitReferenceIterator iterator(made);
  std::vector<GitRef> refs;
  git_reference* next = nullptr;
  int code = 0;
  while ((code = git_reference_next(&next, iterator.get())) == 0) {
    GitReference reference(next);
    if (git_reference_type(reference.get()) != GIT_REFERENCE_DIRECT) continue;
    // GitHub's trial merges are nobody's work.
    if (absl::StartsWith(git_reference_name(reference.get()), "refs/pull/") &&
        absl::EndsWith(git_reference_name(reference.get()), "/merge")) {
      continue;
    }
    if (std::optional<GitRef> ref = Describe(repository_.get(), reference.get())) refs.push_back(*std::move(ref));
  }
  if (code != GIT_ITEROVER) return GitError(code, "listing refs");
  std::sort(refs.begin(), refs.end(), [](const GitRef& a, const GitRef& b) { return a.name < b.name; });
  return refs;
}

std::string GitRepository::DefaultBranch() const {
  git_repository* repository = repository_.get();
  if (std::string name = SymbolicTarget(repository, "refs/remotes/origin/HEAD", "refs/remotes/origin/");
      !name.empty()) {
    return name;
  }
  // HEAD of a bare repository is its default branch; of a working tree it may be any branch that somebody works on.
  if (!git_repository_is_bare(repository)) {
    for (const char* usual : {"main", "master"}) {
      if (HasRef(repository, absl::StrCat("refs/heads/", usual))) return usual;
    }
  }
  return SymbolicTarget(repository, "HEAD", "refs/heads/");
}

std::string GitRepository::RemoteName() const {
  git_strarray names = {};
  if (git_remote_list(&names, repository_.get()) != 0) return "";
  std::string chosen;
  for (size_t i = 0; i < names.count; ++i) {
    if (names.count == 1 || std::strcmp(names.strings[i], "origin") == 0) chosen = names.strings[i];
  }
  git_strarray_dispose(&names);
  git_remote* found = nullptr;
  if (chosen.empty() || git_remote_lookup(&found, repository_.get(), chosen.c_str()) != 0) return "";
  GitRemote remote(found);
  const char* url = git_remote_url(remote.get());
  return url == nullptr ? "" : RepositoryNameFromUrl(url);
}

std::optional<absl::Time> GitRepository::LastFetch() const {
  struct stat about = {};
  const std::string path = absl::StrCat(git_repository_commondir(repository_.get()), "FETCH_HEAD");
  if (stat(path.c_str(), &about) != 0) return std::nullopt;
  return absl::FromTimeT(about.st_mtime);
}

absl::StatusOr<RawCommit> GitRepository::ReadCommit(const ObjectId& id) const {
  git_commit* found = nullptr;
  const git_oid oid = ToOid(id);
  if (int code = git_commit_lookup(&found, repository_.get(), &oid); code != 0) {
    return GitError(code, absl::StrCat("reading commit ", id.Hex()));
  }
  GitCommit commit(found);
  RawCommit raw;
  const unsigned parents = git_commit_parentcount(found);
  raw.parents.reserve(parents);
  for (unsigned i = 0; i < parents; ++i) raw.parents.push_back(ToObjectId(*git_commit_parent_id(found, i)));
  const git_signature* author = git_commit_author(found);
  raw.author_name = author->name;
  raw.author_email = author->email;
  raw.authored = absl::FromUnixSeconds(author->when.time);
  raw.committed = absl::FromUnixSeconds(git_commit_time(found));
  raw.message = git_commit_message(found);
  return raw;
}

absl::StatusOr<std::optional<std::vector<std::string>>> GitRepository::ChangedPaths(const ObjectId& commit,
                                                                                    const ObjectId* parent,
                                                                                    size_t limit) const {
  return ListChangedPaths(repository_.get(), commit, parent, limit);
}

absl::StatusOr<std::optional<ObjectId>> GitRepository::FindFolder(const ObjectId& commit,
                                                                  const std::string& folder) const {
  return headway::FindFolder(repository_.get(), commit, folder);
}

absl::StatusOr<TreeFiles> GitRepository::ReadTreeFiles(const ObjectId& tree,
                                                       const std::function<bool(absl::string_view)>& wanted,
                                                       const TreeFileLimits& limits) const {
  return headway::ReadTreeFiles(repository_.get(), tree, wanted, limits);
}

}  // namespace headway
