// What catalog and rules say: read whole to map by, and written by difference; a change enqueues what it may move. Writers hold LockRules exclusively,
// readers share it. Within a transaction of Connection; throws what libpqxx throws.
#ifndef HEADWAY_AGGREGATOR_STORE_RULES_STORE_H_
#define HEADWAY_AGGREGATOR_STORE_RULES_STORE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "aggregator/projection/fold.h"
#include "aggregator/projection/mapping.h"
#include "aggregator/projection/stream_resolver.h"
#include "aggregator/store/entity_touch.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

struct RuleSet {
  int64_t version = 0;
  EnvironmentRules environments;
  EntityAliases aliases;
  StreamResolver resolver;
  std::shared_ptr<const ImageTagRules> image_tags;
};

// The environment rules as they are now.
EnvironmentRules LoadEnvironmentRules(pqxx::transaction_base& tx);

// The rules as they are now; the known ones where they still hold.
std::shared_ptr<const RuleSet> LoadRules(pqxx::transaction_base& tx, std::shared_ptr<const RuleSet> known);

// What workers have read of the rules is to be read again.
void CountRuleChange(pqxx::transaction_base& tx);

// Each writes what differs, and enqueues: entities whose repositories changed, objects that may belong elsewhere or have another environment now.
void WriteEntities(pqxx::transaction_base& tx, const std::vector<EntityDeclarationFact>& entities);
void WriteEnvironmentRules(pqxx::transaction_base& tx, const std::vector<EnvironmentRuleFact>& rules);
void WriteTagRules(pqxx::transaction_base& tx, const std::vector<ImageTagRuleFact>& rules);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_RULES_STORE_H_
