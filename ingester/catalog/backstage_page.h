// One page of Backstage's answer to GET /api/catalog/entities/by-query. Pure.
#ifndef HEADWAY_INGESTER_CATALOG_BACKSTAGE_PAGE_H_
#define HEADWAY_INGESTER_CATALOG_BACKSTAGE_PAGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ingester/catalog/entity.h"

namespace headway::catalog {

struct BackstagePage {
  std::vector<Entity> entities;     // those of kinds that are kept
  std::vector<std::string> faults;  // entities that cannot be taken: "items[3].metadata.name: is no text"
  std::string next_cursor;          // empty: the last page
};

// Decodes an answer. INVALID_ARGUMENT: it is no such answer.
absl::StatusOr<BackstagePage> DecodeBackstagePage(absl::string_view body);

// The fields that are asked for: what is decoded, and no more of a person than must be.
absl::string_view BackstageFields();

// What an answer that is an error says, for people; empty where it says nothing. At most 200 bytes, printable.
std::string BackstageErrorMessage(absl::string_view body);

}  // namespace headway::catalog

#endif  // HEADWAY_INGESTER_CATALOG_BACKSTAGE_PAGE_H_
