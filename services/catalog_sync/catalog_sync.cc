#include "services/catalog_sync/catalog_sync.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "services/base/log.h"

namespace headway {
namespace {

constexpr absl::Duration kSayAgain = absl::Minutes(5);
constexpr absl::Duration kLongestPause = absl::Seconds(30);

}  // namespace

CatalogSync::CatalogSync(std::unique_ptr<catalog::CatalogSource> source, DeclarationSyncOptions options,
                         absl::Duration every, ObservationSink* sink, Instruments& instruments)
    : source_(std::move(source)),
      name_(options.source),
      clock_(options.clock),
      every_(every),
      sync_(std::move(options), sink, instruments),
      report_(name_, kSayAgain),
      last_contact_(instruments.Gauge("catalog_last_contact_timestamp_seconds", "When the catalog was last read whole.",
                                      {{"source", name_}})),
      entities_(instruments.Gauge("catalog_entities", "Entities that the catalog holds.", {{"source", name_}})),
      connected_(instruments.Gauge("catalog_connected", "1 while the catalog can be read.", {{"source", name_}})) {}

absl::Duration CatalogSync::Look() {
  const absl::Status status = Synchronise(clock_->Now());
  Report(clock_->Now());
  if (status.ok()) {
    if (failures_ > 0) LogInfo("in step with the catalog again", {{"source", name_}});
    failures_ = 0;
    return every_;
  }
  if (++failures_ == 1 && !absl::IsCancelled(status))
    LogWarning("not in step with the catalog, will be tried again", {{"source", name_}, {"cause", status}});
  return std::min({every_, kLongestPause, absl::Seconds(1) * (1 << std::min(failures_ - 1, 6))});
}

absl::Status CatalogSync::Synchronise(absl::Time now) {
  const std::string subject = absl::StrCat("read the catalog at ", source_->Describe());
  const absl::StatusOr<std::shared_ptr<const catalog::Listing>> listing = source_->List();
  absl::Status status = listing.status();
  if (status.ok() && (*listing)->entities.empty() && sync_.size() > 0)
    status = absl::NotFoundError(absl::StrCat("it is empty, and held ", sync_.size(), " entities: they are kept"));
  connected_.Set(status.ok() ? 1 : 0);
  if (absl::IsCancelled(status)) return status;
  if (!status.ok()) {
    report_.Failed(now, ProblemOf(status, subject));
    return status;
  }
  last_contact_.Set(static_cast<double>(absl::ToUnixMillis(now)) / 1000);
  entities_.Set(static_cast<double>((*listing)->entities.size()));
  if (*listing != synchronised_ || sync_.has_missing()) {
    absl::flat_hash_set<std::string> hiding;
    for (const catalog::ListingFault& fault : (*listing)->faults) {
      if (fault.hides) hiding.insert(fault.file);
    }
    std::vector<Declared> all;
    for (const catalog::ListedEntity& entity : (*listing)->entities) {
      Declared& declared = all.emplace_back();
      *declared.observation.mutable_entity() = entity.declaration;
      declared.files = entity.files;
    }
    status = sync_.Send(all, [&hiding](const std::vector<std::string>& files) {
      if (hiding.empty()) return false;
      // What came from no file is hidden by any fault.
      return files.empty() ||
             std::any_of(files.begin(), files.end(), [&](const std::string& f) { return hiding.contains(f); });
    });
    if (!status.ok()) return status;
    synchronised_ = *listing;
  }
  report_.Seen(now, Problems(**listing));
  return absl::OkStatus();
}

std::vector<v1::SourceProblem> CatalogSync::Problems(const catalog::Listing& listing) const {
  std::vector<v1::SourceProblem> problems;
  for (const catalog::ListingFault& fault : listing.faults) {
    if (problems.size() >= 19) break;
    const std::string place = fault.file.empty() ? source_->Describe()
                              : fault.line > 0   ? absl::StrCat(fault.file, ":", fault.line)
                                                 : fault.file;
    problems.push_back(ProblemOf(absl::InvalidArgumentError(fault.reason), absl::StrCat("read ", place)));
  }
  for (const auto& [key, reason] : sync_.refused()) {
    if (problems.size() >= 20) break;
    problems.push_back(ProblemOf(absl::InvalidArgumentError(reason), absl::StrCat("store ", key)));
    problems.back().set_code(v1::SourceProblem::REJECTED);
  }
  return problems;
}

void CatalogSync::Report(absl::Time now) {
  const std::optional<v1::Observation> observation = report_.Due(now);
  if (!observation.has_value()) return;
  const absl::Status status = sync_.SendOne(*observation);
  if (status.ok()) return report_.Said(*observation, now);
  if (absl::IsInvalidArgument(status)) {
    LogWarning("what the source says of itself was refused", {{"source", name_}, {"cause", status}});
    report_.Said(*observation, now);
  }
}

}  // namespace headway
