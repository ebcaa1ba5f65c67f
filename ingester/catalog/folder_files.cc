#include "ingester/catalog/folder_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace headway::catalog {
namespace {

namespace fs = std::filesystem;

absl::Status FromErrno(int error) {
  if (error == ENOENT || error == ENOTDIR) return absl::NotFoundError("there is no such file");
  if (error == EACCES || error == EPERM) return absl::PermissionDeniedError("may not be read");
  return absl::UnavailableError(std::strerror(error));
}

bool IsSkipped(const fs::path& name) {
  const std::string text = name.string();
  return absl::StartsWith(text, ".") || text == "node_modules";
}

bool IsInside(const fs::path& path, const fs::path& root) {
  return std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
}

FileStamp StampOf(const struct stat& state) {
  const auto nanoseconds = [](const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; };
  return {nanoseconds(state.st_mtim), nanoseconds(state.st_ctim), static_cast<uint64_t>(state.st_size), state.st_ino};
}

}  // namespace

absl::StatusOr<std::vector<std::string>> FolderFiles::Find() const {
  std::error_code error;
  const fs::path root = fs::canonical(root_, error);
  if (error) return absl::Status(FromErrno(error.value()).code(), absl::StrCat(root_, ": ", error.message()));
  std::vector<std::string> found;
  size_t entries = 0;
  fs::recursive_directory_iterator at(root, error), end;
  if (error) return absl::Status(FromErrno(error.value()).code(), absl::StrCat(root_, ": ", error.message()));
  while (at != end) {
    if (++entries > limits_.entries)
      return absl::InvalidArgumentError(
          absl::StrCat(root_, ": holds more than ", limits_.entries, " files and folders"));
    const fs::path name = at->path().filename();
    std::error_code ignored;
    if (at->is_directory(ignored) && (IsSkipped(name) || at.depth() >= limits_.depth)) at.disable_recursion_pending();
    if (name == "catalog-info.yaml" || name == "catalog-info.yml")
      found.push_back(at->path().lexically_relative(root).generic_string());
    if (found.size() > limits_.files)
      return absl::InvalidArgumentError(absl::StrCat(root_, ": holds more than ", limits_.files, " catalog-info.yaml"));
    at.increment(error);
    // A folder that cannot be entered may hide entities, so nothing can be said of the whole.
    if (error) return absl::Status(FromErrno(error.value()).code(), absl::StrCat(root_, ": ", error.message()));
  }
  std::sort(found.begin(), found.end());
  return found;
}

absl::StatusOr<std::string> FolderFiles::Resolve(absl::string_view from, absl::string_view target) const {
  if (absl::StrContains(target, "://"))
    return absl::InvalidArgumentError("is an address: only files of the folder are read");
  if (target.find_first_of("*?[{") != absl::string_view::npos)
    return absl::InvalidArgumentError("is a pattern: name each file");
  if (target.find('\0') != absl::string_view::npos || absl::StartsWith(target, "/"))
    return absl::InvalidArgumentError("lies outside of the folder");
  const fs::path path = (fs::path(std::string(from)).parent_path() / std::string(target)).lexically_normal();
  if (!path.empty() && *path.begin() == "..") return absl::InvalidArgumentError("lies outside of the folder");
  const absl::StatusOr<std::string> real = InFolder(path.generic_string());
  if (!real.ok()) return real.status();
  return path.generic_string();
}

absl::StatusOr<std::string> FolderFiles::InFolder(const std::string& path) const {
  std::error_code error;
  const fs::path root = fs::canonical(root_, error);
  if (error) return FromErrno(error.value());
  const fs::path real = fs::canonical(root / path, error);
  if (error) return FromErrno(error.value());
  if (!IsInside(real, root)) return absl::InvalidArgumentError("lies outside of the folder");
  return real.string();
}

absl::StatusOr<FileStamp> FolderFiles::Stamp(const std::string& path) const {
  const absl::StatusOr<std::string> real = InFolder(path);
  if (!real.ok()) return real.status();
  struct stat state = {};
  if (stat(real->c_str(), &state) != 0) return FromErrno(errno);
  if (!S_ISREG(state.st_mode)) return absl::InvalidArgumentError("is no plain file");
  if (static_cast<uint64_t>(state.st_size) > limits_.file_bytes)
    return absl::InvalidArgumentError(absl::StrCat("is larger than ", limits_.file_bytes, " bytes"));
  return StampOf(state);
}

absl::StatusOr<std::string> FolderFiles::Read(const std::string& path) const {
  const absl::StatusOr<std::string> real = InFolder(path);
  if (!real.ok()) return real.status();
  // Neither a link that was put there since nor a pipe holds it up.
  const int file = open(real->c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return FromErrno(errno);
  const absl::Cleanup close_it = [file] { close(file); };
  struct stat state = {};
  if (fstat(file, &state) != 0) return FromErrno(errno);
  if (!S_ISREG(state.st_mode)) return absl::InvalidArgumentError("is no plain file");
  std::string text(limits_.file_bytes + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FromErrno(errno);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  if (size > limits_.file_bytes)
    return absl::InvalidArgumentError(absl::StrCat("is larger than ", limits_.file_bytes, " bytes"));
  text.resize(size);
  return text;
}

}  // namespace headway::catalog
