// Keeps the entities that are stored equal to a catalog.
#ifndef HEADWAY_SERVICES_CATALOG_SYNC_CATALOG_SYNC_H_
#define HEADWAY_SERVICES_CATALOG_SYNC_CATALOG_SYNC_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "ingester/catalog/catalog_source.h"
#include "services/base/instruments.h"
#include "services/catalog_sync/catalog_report.h"
#include "services/catalog_sync/declaration_sync.h"

namespace headway {

// Not thread-safe.
class CatalogSync {
 public:
  // `every`: between two looks that succeed. The sink and the instruments must outlive this.
  CatalogSync(std::unique_ptr<catalog::CatalogSource> source, DeclarationSyncOptions options, absl::Duration every,
              ObservationSink* sink, Instruments& instruments);

  // Looks once, and sends what differs and what is to be said of the source. Returns how long to wait before the next look: `every`, or less after a failure, at
  // first a second. A catalog that lists nothing where it listed something is taken for one that is not ready, not for an empty one.
  absl::Duration Look();

 private:
  absl::Status Synchronise(absl::Time now);
  void Report(absl::Time now);
  std::vector<v1::SourceProblem> Problems(const catalog::Listing& listing) const;

  const std::unique_ptr<catalog::CatalogSource> source_;
  const std::string name_;
  const Clock* const clock_;
  const absl::Duration every_;
  DeclarationSync sync_;
  CatalogReport report_;
  prometheus::Gauge& last_contact_;
  prometheus::Gauge& entities_;
  prometheus::Gauge& connected_;
  std::shared_ptr<const catalog::Listing> synchronised_;
  int failures_ = 0;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_CATALOG_SYNC_CATALOG_SYNC_H_
