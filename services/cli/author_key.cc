#include "services/cli/author_key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <string.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace headway {
namespace {

constexpr size_t kKeyBytes = 32;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

absl::StatusOr<std::string> Read(const std::string& path) {
  std::ifstream in(path);
  std::string hex((std::istreambuf_iterator<char>(in)), {});
  while (!hex.empty() && hex.back() == '\n') hex.pop_back();
  if (!in || hex.size() != 2 * kKeyBytes || hex.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return absl::FailedPreconditionError(absl::StrCat(path, " cannot be read, or is no key (64 hexadecimal digits)"));
  }
  return absl::HexStringToBytes(hex);
}

absl::Status Failed(const std::string& path) {
  return absl::FailedPreconditionError(absl::StrCat("cannot make ", path, ": ", strerror(errno)));
}

// Writes beside the file and links it into place, so that of two programs that start at once both use the same key.
absl::Status Create(const std::string& path) {
  unsigned char key[kKeyBytes];
  if (RAND_bytes(key, sizeof(key)) != 1) return absl::FailedPreconditionError("the system gives no random numbers");
  const std::string text =
      absl::StrCat(absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(key), sizeof(key))), "\n");
  const std::string draft = absl::StrCat(path, ".", getpid());
  const int fd = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return Failed(draft);
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(fd) == 0;
  close(fd);
  const bool linked = written && (link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
  absl::Status status = linked ? absl::OkStatus() : Failed(path);
  unlink(draft.c_str());
  return status;
}

}  // namespace

std::string DataFolder() {
  if (std::string home = Environment("HEADWAY_HOME"); !home.empty()) return home;
  if (geteuid() == 0) return "/var/lib/headway";
  if (std::string data = Environment("XDG_DATA_HOME"); !data.empty()) return data + "/headway";
  return Environment("HOME") + "/.local/share/headway";
}

absl::StatusOr<std::string> AuthorKey(const std::string& folder) {
  const std::string path = folder + "/author-hash.key";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return absl::FailedPreconditionError(absl::StrCat("cannot make ", folder, ": ", error.message()));
  if (!std::filesystem::exists(path, error)) {
    if (absl::Status created = Create(path); !created.ok()) return created;
  }
  return Read(path);
}

}  // namespace headway
