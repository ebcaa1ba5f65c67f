// A catalog: everything that it holds now.
#ifndef HEADWAY_INGESTER_CATALOG_CATALOG_SOURCE_H_
#define HEADWAY_INGESTER_CATALOG_CATALOG_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "headway/v1/observation.pb.h"

namespace headway::catalog {

// An entity, and the files that it was read from: from where reading began to where it stands. A catalog without files leaves them out.
struct ListedEntity {
  v1::EntityDeclaration declaration;  // without version
  std::vector<std::string> files;
};

// What could not be read of a catalog that was read otherwise.
struct ListingFault {
  std::string file;
  int line = 0;        // 0: none in particular
  std::string reason;  // "metadata.name: is required"
  bool hides = true;   // it may hide entities: what came from the file before is not gone
};

struct Listing {
  std::vector<ListedEntity> entities;  // unique by reference, in no particular order
  std::vector<ListingFault> faults;
};

class CatalogSource {
 public:
  virtual ~CatalogSource() = default;

  // Reads all of it; blocks at most for the source's deadline. The same pointer again: nothing has changed. Not thread-safe.
  // UNAVAILABLE, DEADLINE_EXCEEDED: out of reach, or too slow. UNAUTHENTICATED: the token is not accepted. PERMISSION_DENIED: it is, and is not enough.
  // NOT_FOUND: there is no catalog there. RESOURCE_EXHAUSTED: it asks to come back later. INVALID_ARGUMENT: it says what cannot be understood, or more than the
  // limits allow. All may be tried again later; none means that an entity is gone.
  virtual absl::StatusOr<std::shared_ptr<const Listing>> List() = 0;

  // What is looked at, for people: an address or a folder, without secrets.
  virtual std::string Describe() const = 0;
};

}  // namespace headway::catalog

#endif  // HEADWAY_INGESTER_CATALOG_CATALOG_SOURCE_H_
