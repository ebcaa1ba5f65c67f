// `headway import git`: the history of a local repository.
#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "ingester/git/import.h"
#include "services/cli/author_key.h"
#include "services/cli/clone_import.h"
#include "services/cli/commands.h"
#include "services/cli/connection.h"
#include "services/cli/entity_ref.h"
#include "services/cli/progress.h"

namespace headway {
namespace {

struct GitFlags : CloneImportFlags {
  std::string entity;
  std::vector<std::string> also;
  std::vector<std::string> tag_patterns;
  std::vector<std::string> prefixes;
  std::string environment = "prod";
  std::string stream = "release tags";
  absl::Time since = absl::InfinitePast();
  absl::Time complete_until = absl::InfinitePast();
  bool paths = false;
  bool keep_entity = false;
  bool replace = false;
};

// "localhost/home/me/project" for a repository that has no remote.
std::string LocalName(const std::string& path) {
  char* real = realpath(path.c_str(), nullptr);
  if (real == nullptr) return "";
  const std::string name = absl::StrCat("localhost", real);
  free(real);
  return name;
}

absl::StatusOr<GitImportOptions> OptionsFrom(const GitFlags& flags, const GitRepository& repository) {
  GitImportOptions options;
  absl::StatusOr<std::string> entity = ParseEntityRef(flags.entity);
  if (!entity.ok()) return entity.status();
  options.entity_ref = *entity;
  options.repository = flags.repository.empty() ? repository.RemoteName() : flags.repository;
  if (options.repository.empty()) options.repository = LocalName(flags.path);
  for (const std::string& text : flags.tag_patterns) {
    absl::StatusOr<TagPattern> pattern = ParseTagPattern(text);
    if (!pattern.ok()) return pattern.status();
    options.tag_patterns.push_back(*pattern);
  }
  absl::StatusOr<std::string> key = AuthorKey(DataFolder());
  if (!key.ok()) return key.status();
  options.author_key = *key;
  options.also = flags.also;
  options.path_prefixes = flags.prefixes;
  options.declare_entity = !flags.keep_entity;
  options.environment = flags.environment;
  options.stream = flags.stream;
  options.paths = flags.paths || !flags.prefixes.empty();
  options.replace = flags.replace;
  options.now = absl::Now();
  if (flags.since != absl::InfinitePast()) options.since = flags.since;
  if (flags.complete_until != absl::InfinitePast()) options.complete_until = flags.complete_until;
  return options;
}

void PrintSummary(const GitImportOptions& options, const GitImportSummary& summary, std::ostream& err) {
  const int64_t pulls = summary.merges + summary.squashes + summary.rebases;
  err << options.repository << ": " << WithThousands(summary.commits) << " commits, " << WithThousands(pulls)
      << " pull requests (" << WithThousands(summary.merges) << " merged, " << WithThousands(summary.squashes)
      << " squashed, " << WithThousands(summary.rebases) << " rebased; " << WithThousands(summary.reverts)
      << " revert others)\n";
  std::vector<std::string> environments;
  for (const auto& [name, count] : summary.deployments) {
    environments.push_back(absl::StrCat(WithThousands(count), " to ", name));
  }
  err << "deployments: "
      << (environments.empty() ? "none (no tag matches; see --tag-pattern)" : absl::StrJoin(environments, ", "))
      << "\n";
  if (summary.first_commit_unknown > 0) {
    err << WithThousands(summary.first_commit_unknown)
        << " pull requests whose first commit is not known are in no lead time";
    if (!summary.has_pull_heads) {
      err << ";\nfetch their branches for exact ones: git fetch origin "
             "'+refs/pull/*/head:refs/remotes/origin/pull/*/head'";
    }
    err << "\n";
  }
}

int Import(const CliContext& context, const GitFlags& flags) {
  auto repository = GitRepository::Open(flags.path);
  if (!repository.ok()) return ReportError(context, repository.status());
  absl::StatusOr<GitImportOptions> options = OptionsFrom(flags, **repository);
  if (!options.ok()) return ReportError(context, options.status());
  GitImportSummary found;
  const auto read = [&](const CloneReading& reading) {
    const auto summary = ImportGit(**repository, *options, reading.emit, {reading.report});
    if (summary.ok()) found = *summary;
    return summary.status();
  };
  return ImportClone(context, flags, options->repository, read,
                     [&](std::ostream& err) { PrintSummary(*options, found, err); });
}

void AddOptions(Command command, GitFlags* flags) {
  AddCloneOptions(command, "A clone, with or without a working tree", flags);
  command.Option("--entity", &flags->entity, "The entity that it belongs to, kind:namespace/name", /*required=*/true);
  command.Option("--tag-pattern", &flags->tag_patterns,
                 "GLOB=ENVIRONMENT: tags that are deployments, in place of v1.2.3 and 1.2.3; may be repeated");
  command.Option("--environment", &flags->environment, "Environment of release tags, without --tag-pattern");
  command.Option("--stream", &flags->stream, "Name of the way by which tags are deployed");
  command.Option("--since", &flags->since, "Send nothing older");
  command.Flag("--paths", &flags->paths, "Also which files each commit touches; slower");
  command.Option("--path-prefix", &flags->prefixes,
                 "Only this folder belongs to the entity (implies --paths); may be repeated");
  command.Option("--also", &flags->also, "Another repository of the entity, imported by itself; may be repeated");
  command.Flag("--keep-entity", &flags->keep_entity, "Leave what the entity declares as it is");
  command.Flag("--replace", &flags->replace, "Hold over earlier imports that said otherwise about the same tags");
  command.Option("--complete-until", &flags->complete_until,
                 "How far the clone is complete; else its last fetch, or newest commit");
}

}  // namespace

void RegisterImportGit(Command import) {
  Command command = import.Add("git", "A repository: its commits, merged pull requests, and tags as deployments");
  auto flags = std::make_shared<GitFlags>();
  AddOptions(command, flags.get());
  command.Examples(
      {"headway import git . --entity component:default/payments",
       "headway import git ~/src/app --entity component:default/app --tag-pattern 'release-*=prod'",
       "headway import git ~/src/app --entity component:default/app --out - | gzip > app.ndjson.gz"},
      "Without the branches of pull requests the first commit of a squashed one is not known. To fetch them:\n"
      "  git fetch origin '+refs/pull/*/head:refs/remotes/origin/pull/*/head'\n"
      "Importing again is harmless and takes in what is new.");
  command.Run([flags](const CliContext& context) { return Import(context, *flags); });
}

}  // namespace headway
