#include "ingester/catalog/folder_source.h"

#include <deque>
#include <map>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ingester/catalog/declare_entity.h"
#include "ingester/catalog/yaml_entities.h"

namespace headway::catalog {
namespace {

// A file that was changed less than this before it was read may change again without another time of change.
constexpr absl::Duration kUnsettled = absl::Seconds(2);

struct CachedFile {
  FileStamp stamp;
  bool settled = false;
  YamlEntities content;  // what it holds; where it is no YAML, what it held
};

// One way through the files.
struct Reading {
  std::vector<std::string> chain;  // from where reading began to this file
};

class FolderSource : public CatalogSource {
 public:
  FolderSource(std::string folder, FolderLimits limits)
      : folder_(std::move(folder)), limits_(limits), files_(folder_, limits) {}

  std::string Describe() const override { return absl::StrCat("folder ", folder_); }

  absl::StatusOr<std::shared_ptr<const Listing>> List() override {
    absl::StatusOr<std::vector<std::string>> found = files_.Find();
    if (!found.ok()) return found.status();
    changed_ = listing_ == nullptr;
    std::vector<Reading> read;
    std::vector<ListingFault> faults;
    ReadFiles(*found, &read, &faults);
    std::set<std::string> seen;
    for (const Reading& reading : read) seen.insert(reading.chain.back());
    changed_ |= std::erase_if(cache_, [&seen](const auto& file) { return !seen.contains(file.first); }) > 0;
    // Faults are cheap to find and may come and go by themselves: a target that is there again.
    if (!changed_ && SameFaults(faults)) return listing_;
    listing_ = Assemble(read, std::move(faults));
    return listing_;
  }

 private:
  bool SameFaults(const std::vector<ListingFault>& faults) const {
    if (faults.size() != found_faults_.size()) return false;
    for (size_t i = 0; i < faults.size(); ++i) {
      if (faults[i].file != found_faults_[i].file || faults[i].line != found_faults_[i].line ||
          faults[i].reason != found_faults_[i].reason)
        return false;
    }
    return true;
  }

  void ReadFiles(const std::vector<std::string>& found, std::vector<Reading>* read, std::vector<ListingFault>* faults) {
    std::deque<Reading> waiting;
    std::set<std::string> queued;
    for (const std::string& path : found) {
      if (queued.insert(path).second) waiting.push_back({{path}});
    }
    while (!waiting.empty()) {
      Reading reading = std::move(waiting.front());
      waiting.pop_front();
      const std::string path = reading.chain.back();
      const CachedFile* file = Load(path, faults);
      if (file == nullptr) continue;
      for (const LocationTarget& target : file->content.targets) {
        const absl::StatusOr<std::string> next = files_.Resolve(path, target.target);
        if (!next.ok()) {
          faults->push_back({path, target.line,
                             absl::StrCat("spec.targets: \"", target.target, "\" ", next.status().message()), false});
        } else if (queued.size() < limits_.files && queued.insert(*next).second) {
          Reading more = reading;
          more.chain.push_back(*next);
          waiting.push_back(std::move(more));
        }
      }
      read->push_back(std::move(reading));
    }
  }

  // The file as it is now, from memory where it has not changed. Null: it cannot be read, and never could.
  const CachedFile* Load(const std::string& path, std::vector<ListingFault>* faults) {
    const auto known = cache_.find(path);
    const absl::StatusOr<FileStamp> stamp = files_.Stamp(path);
    if (stamp.ok() && known != cache_.end() && known->second.settled && known->second.stamp == *stamp) {
      AddFaults(path, known->second.content, faults);
      return &known->second;
    }
    const absl::StatusOr<std::string> text = stamp.ok() ? files_.Read(path) : stamp.status();
    if (!text.ok()) {
      faults->push_back({path, 0, std::string(text.status().message())});
      return known == cache_.end() ? nullptr : &known->second;
    }
    CachedFile file{*stamp, absl::FromUnixNanos(stamp->changed_ns) + kUnsettled < absl::Now(),
                    DecodeYamlEntities(*text)};
    AddFaults(path, file.content, faults);
    if (known == cache_.end()) {
      changed_ = true;
      return &cache_.emplace(path, std::move(file)).first->second;
    }
    changed_ |= known->second.stamp != file.stamp;
    if (file.content.entities.empty() && file.content.targets.empty() && !file.content.faults.empty()) {
      file.content.entities = std::move(known->second.content.entities);
      file.content.targets = std::move(known->second.content.targets);
    }
    known->second = std::move(file);
    return &known->second;
  }

  static void AddFaults(const std::string& path, const YamlEntities& content, std::vector<ListingFault>* faults) {
    for (const YamlEntityFault& fault : content.faults) faults->push_back({path, fault.line, fault.reason});
  }

  std::shared_ptr<const Listing> Assemble(const std::vector<Reading>& read, std::vector<ListingFault> faults) {
    auto listing = std::make_shared<Listing>();
    found_faults_ = faults;
    listing->faults = std::move(faults);
    std::vector<Entity> entities;
    absl::flat_hash_map<std::string, std::string> file_of;
    for (const Reading& reading : read) {
      const std::string& path = reading.chain.back();
      for (const Entity& entity : cache_.at(path).content.entities) {
        absl::StatusOr<v1::EntityDeclaration> declaration = DeclareEntity(entity);
        if (!declaration.ok()) {
          listing->faults.push_back({path, 0, absl::StrCat("\"", entity.name, "\": ", declaration.status().message())});
          continue;
        }
        const auto [first, fresh] = file_of.emplace(declaration->entity_ref(), path);
        if (!fresh) {
          listing->faults.push_back(
              {path, 0, absl::StrCat(declaration->entity_ref(), " is declared in ", first->second, " too, which holds"),
               false});
          continue;
        }
        listing->entities.push_back({*std::move(declaration), reading.chain});
        entities.push_back(entity);
      }
    }
    std::vector<v1::EntityDeclaration*> declarations;
    for (ListedEntity& entity : listing->entities) declarations.push_back(&entity.declaration);
    LinkGroups(entities, declarations);
    return listing;
  }

  const std::string folder_;
  const FolderLimits limits_;
  const FolderFiles files_;
  std::map<std::string, CachedFile> cache_;  // by path
  std::shared_ptr<const Listing> listing_;
  std::vector<ListingFault> found_faults_;  // of the reading that the listing was made from
  bool changed_ = false;
};

}  // namespace

std::unique_ptr<CatalogSource> MakeFolderSource(std::string folder, FolderLimits limits) {
  return std::make_unique<FolderSource>(std::move(folder), limits);
}

}  // namespace headway::catalog
