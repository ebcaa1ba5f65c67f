// A catalog in a folder: its catalog-info.yaml files, and the files in it that their Locations name.
#ifndef HEADWAY_INGESTER_CATALOG_FOLDER_SOURCE_H_
#define HEADWAY_INGESTER_CATALOG_FOLDER_SOURCE_H_

#include <memory>
#include <string>

#include "ingester/catalog/catalog_source.h"
#include "ingester/catalog/folder_files.h"

namespace headway::catalog {

// Files that have not changed are not read again. A file that is no YAML any more keeps what it held as long as this lives. `folder`: a path.
std::unique_ptr<CatalogSource> MakeFolderSource(std::string folder, FolderLimits limits = {});

}  // namespace headway::catalog

#endif  // HEADWAY_INGESTER_CATALOG_FOLDER_SOURCE_H_
