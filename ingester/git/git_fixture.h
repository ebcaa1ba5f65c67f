// Small repositories for tests, made by the `git` program.
#ifndef HEADWAY_INGESTER_GIT_GIT_FIXTURE_H_
#define HEADWAY_INGESTER_GIT_GIT_FIXTURE_H_

#include <string>
#include <vector>

namespace headway {

// A repository in a folder of its own, removed at the end. Its clock starts at 2024-01-01T00:00:00Z and advances by an hour with
// each command. Not thread-safe. A failing command ends the test program.
class GitFixture {
 public:
  GitFixture();
  ~GitFixture();
  GitFixture(const GitFixture&) = delete;
  GitFixture& operator=(const GitFixture&) = delete;

  const std::string& path() const { return path_; }
  // Runs `git <arguments>` and returns what it prints. Arguments are shell words.
  std::string Git(const std::string& arguments);
  // Writes a file and commits it; returns the new commit.
  std::string Commit(const std::string& message, const std::string& file = "");
  // A commit, or what else has that name.
  std::string Sha(const std::string& name) { return Git("rev-parse " + name); }
  // The state of `branch` (default: HEAD) as the head of a pull request.
  void PullHead(int number, const std::string& commit = "HEAD");
  // Who writes from now on.
  void Author(const std::string& name, const std::string& email);
  // Another folder, removed at the end, for clones.
  std::string OtherFolder(const std::string& name);

 private:
  std::string path_;
  std::string root_;
  int hours_ = 0;
  int files_ = 0;
  std::string author_ = "Ada";
  std::string email_ = "ada@example.org";
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_GIT_FIXTURE_H_
