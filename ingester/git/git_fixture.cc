#include "ingester/git/git_fixture.h"

#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"

namespace headway {
namespace {

std::string Quoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

}  // namespace

GitFixture::GitFixture() {
  std::string pattern = (std::filesystem::temp_directory_path() / "headway-git-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) abort();
  root_ = pattern;
  path_ = root_ + "/repository";
  std::filesystem::create_directory(path_);
  Git("init -q -b main .");
}

GitFixture::~GitFixture() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::string GitFixture::OtherFolder(const std::string& name) { return absl::StrCat(root_, "/", name); }

std::string GitFixture::Git(const std::string& arguments) {
  const absl::Time now = absl::FromUnixSeconds(1704067200) + absl::Hours(hours_++);
  const std::string date = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now, absl::UTCTimeZone());
  // No configuration of whoever runs the test has a say.
  const std::string command =
      absl::StrCat("cd ", Quoted(path_),
                   " && HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_EDITOR=true GIT_AUTHOR_NAME=", Quoted(author_),
                   " GIT_AUTHOR_EMAIL=", Quoted(email_),
                   " GIT_COMMITTER_NAME=Forge GIT_COMMITTER_EMAIL=forge@example.org GIT_AUTHOR_DATE=", date,
                   " GIT_COMMITTER_DATE=", date, " git -c advice.detachedHead=false ", arguments, " 2>&1");
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) abort();
  char buffer[4096];
  for (size_t got; (got = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) output.append(buffer, got);
  if (const int code = pclose(pipe); code != 0) {
    std::fprintf(stderr, "git %s: exit code %d\n%s\n", arguments.c_str(), code, output.c_str());
    abort();
  }
  return std::string(absl::StripAsciiWhitespace(output));
}

std::string GitFixture::Commit(const std::string& message, const std::string& file) {
  const std::string name = file.empty() ? absl::StrCat("file", ++files_) : file;
  std::filesystem::create_directories(std::filesystem::path(path_ + "/" + name).parent_path());
  std::ofstream(path_ + "/" + name, std::ios::app) << message << "\n";
  Git("add -A");
  Git(absl::StrCat("commit -q -m ", Quoted(message)));
  return Sha("HEAD");
}

void GitFixture::PullHead(int number, const std::string& commit) {
  Git(absl::StrCat("update-ref refs/pull/", number, "/head ", commit));
}

void GitFixture::Author(const std::string& name, const std::string& email) {
  author_ = name;
  email_ = email;
}

}  // namespace headway
