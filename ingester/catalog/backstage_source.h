// A catalog in a Backstage: its REST API, page by page.
#ifndef HEADWAY_INGESTER_CATALOG_BACKSTAGE_SOURCE_H_
#define HEADWAY_INGESTER_CATALOG_BACKSTAGE_SOURCE_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "ingester/catalog/catalog_source.h"
#include "ingester/http/http_client.h"

namespace headway::catalog {

struct BackstageOptions {
  std::string url;         // of the backend, without "/api/catalog" and without a slash at the end
  std::string token_file;  // holds a static external-access token, read anew at every listing; empty: none is sent
  std::string ca_file;     // as HttpRequest.ca_file
  int page_size = 500;
  size_t max_entities = 500'000;
  size_t max_page_bytes = 64 << 20;
  absl::Duration page_deadline = absl::Seconds(60);
  absl::Duration deadline = absl::Minutes(10);  // for all pages
};

// All pages are read at each listing: Backstage has no list of changes. They come in the order of the entities' ids, which do not change, so that what is there all
// the time is seen.
std::unique_ptr<CatalogSource> MakeBackstageSource(BackstageOptions options, std::unique_ptr<HttpClient> client);

}  // namespace headway::catalog

#endif  // HEADWAY_INGESTER_CATALOG_BACKSTAGE_SOURCE_H_
