#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ingester/kubernetes/exec_credentials.h"

namespace headway::kubernetes {
namespace {

constexpr size_t kMaxOutputBytes = 1 << 20;

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// In a group of its own, so that whatever it starts can be ended with it, and with no signal blocked.
absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                            int output) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, 1);
  posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, command[0].c_str(), &files, &attributes, Pointers(command).data(),
                                 Pointers(environment).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return absl::UnavailableError(absl::StrCat("cannot run ", command[0], ": ", strerror(error)));
  return pid;
}

absl::StatusOr<std::string> ReadAll(int input, absl::Time until, const std::string& program) {
  std::string output;
  char buffer[4096];
  while (true) {
    pollfd wait{input, POLLIN, 0};
    const int64_t left_ms = absl::ToInt64Milliseconds(until - absl::Now());
    const int ready = left_ms <= 0 ? 0 : poll(&wait, 1, static_cast<int>(left_ms));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return absl::DeadlineExceededError(absl::StrCat(program, " did not end in time"));
    const ssize_t got = read(input, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return output;
    output.append(buffer, static_cast<size_t>(got));
    if (output.size() > kMaxOutputBytes) return absl::UnavailableError(absl::StrCat(program, " writes too much"));
  }
}

}  // namespace

absl::StatusOr<std::string> OutputOf(const std::vector<std::string>& command,
                                     const std::vector<std::string>& environment, absl::Duration within) {
  if (command.empty() || command[0].empty()) return absl::UnavailableError("no program is named");
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::UnavailableError(absl::StrCat("no pipe: ", strerror(errno)));
  const absl::StatusOr<pid_t> pid = Spawn(command, environment, ends[1]);
  close(ends[1]);
  absl::StatusOr<std::string> output("");
  if (pid.ok()) output = ReadAll(ends[0], absl::Now() + within, command[0]);
  close(ends[0]);
  if (!pid.ok()) return pid.status();
  if (!output.ok()) kill(-*pid, SIGKILL);
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (output.ok() && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
    const std::string how = WIFEXITED(status) ? absl::StrCat("with code ", WEXITSTATUS(status)) : "by a signal";
    return absl::UnavailableError(absl::StrCat(command[0], " ended ", how));
  }
  return output;
}

}  // namespace headway::kubernetes
