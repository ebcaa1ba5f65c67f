// The rules that read commits from the tags of images. Within a transaction of Connection; throws what libpqxx throws.
#ifndef HEADWAY_AGGREGATOR_STORE_IMAGE_TAG_STORE_H_
#define HEADWAY_AGGREGATOR_STORE_IMAGE_TAG_STORE_H_

#include <memory>
#include <vector>

#include "aggregator/projection/image_tags.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

// As they are now.
std::shared_ptr<const ImageTagRules> LoadImageTagRules(pqxx::transaction_base& tx);

// Writes what differs, and enqueues the deployments that run an image of which the rules now say something else. Under LockRules, exclusively. True if
// anything differs.
bool WriteImageTagRules(pqxx::transaction_base& tx, const std::vector<ImageTagRuleFact>& rules);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_IMAGE_TAG_STORE_H_
