// The files of a folder that a catalog may read: none outside of it, none too large.
#ifndef HEADWAY_INGESTER_CATALOG_FOLDER_FILES_H_
#define HEADWAY_INGESTER_CATALOG_FOLDER_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace headway::catalog {

struct FolderLimits {
  size_t files = 100'000;       // that are read
  size_t entries = 1'000'000;   // that are looked at
  int depth = 32;               // folders in folders
  size_t file_bytes = 1 << 20;  // of one file
};

// What tells one state of a file from another.
struct FileStamp {
  int64_t modified_ns = 0;
  int64_t changed_ns = 0;
  uint64_t size_bytes = 0;
  uint64_t inode = 0;
  bool operator==(const FileStamp&) const = default;
};

// Thread-safe. Paths are relative to the folder, with "/" between segments.
class FolderFiles {
 public:
  FolderFiles(std::string root, FolderLimits limits) : root_(std::move(root)), limits_(limits) {}

  // All files called catalog-info.yaml or catalog-info.yml, sorted; folders whose name begins with "." and node_modules are left out, links to folders not
  // followed. NOT_FOUND: there is no such folder; PERMISSION_DENIED; INVALID_ARGUMENT: it holds more than the limits allow.
  absl::StatusOr<std::vector<std::string>> Find() const;

  // The path of what a file names ("./other.yaml"). INVALID_ARGUMENT: an address, a pattern, or a path out of the folder (also through a link); NOT_FOUND.
  absl::StatusOr<std::string> Resolve(absl::string_view from, absl::string_view target) const;

  // NOT_FOUND: it is gone; INVALID_ARGUMENT: no plain file in the folder, or too large.
  absl::StatusOr<FileStamp> Stamp(const std::string& path) const;
  // The same, and PERMISSION_DENIED.
  absl::StatusOr<std::string> Read(const std::string& path) const;

 private:
  absl::StatusOr<std::string> InFolder(const std::string& path) const;

  const std::string root_;
  const FolderLimits limits_;
};

}  // namespace headway::catalog

#endif  // HEADWAY_INGESTER_CATALOG_FOLDER_FILES_H_
