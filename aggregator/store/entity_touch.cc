#include "aggregator/store/entity_touch.h"

#include <vector>

#include <pqxx/pqxx>

#include "aggregator/store/entity_notice.h"
#include "aggregator/store/entity_store.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/sql_text.h"

namespace headway {

void TouchEntities(pqxx::transaction_base& tx, std::set<std::string> refs) {
  refs.erase("");
  if (refs.empty()) return;
  const std::vector<std::string> named(refs.begin(), refs.end());
  for (const pqxx::row& row :
       tx.exec_params("SELECT entity_ref FROM dora.entity_aliases WHERE alias = ANY ($1::text[])", TextArray(named))) {
    refs.insert(StringOf(row[0]));
  }
  const std::vector<std::string> all(refs.begin(), refs.end());
  LockEntities(tx, all);
  tx.exec_params("UPDATE dora.entities SET version = version + 1 WHERE entity_ref = ANY ($1::text[])", TextArray(all));
  tx.exec_params("SELECT pg_notify($1, $2)", kEntityChannel, EncodeEntityNotice(all));
}

}  // namespace headway
