#include "aggregator/store/status_store.h"

#include <pqxx/pqxx>

#include "aggregator/projection/source_condition.h"
#include "aggregator/store/prepared.h"
#include "aggregator/store/sql_text.h"

namespace headway {

void ForgetSuperseded(pqxx::transaction_base& tx, const std::vector<WorkObject>& objects) {
  ArrayText streams, keys, payloads;
  for (const WorkObject& object : objects) {
    if (object.kind != ObservationKind::kSourceStatus || object.payload_keys.size() != object.payloads.size()) continue;
    for (const size_t place : SupersededStatuses(object.payloads)) {
      streams.AddPlain(std::to_string(object.stream_id));
      keys.Add(KeyText(object.key));
      payloads.Add(KeyText(ObjectKey{object.payload_keys[place]}));
    }
  }
  if (streams.size() == 0) return;
  RunPrepared(tx, "SELECT raw.forget_statuses($1::bigint[], $2::bytea[], $3::bytea[])", streams.Finish(), keys.Finish(),
              payloads.Finish());
}

}  // namespace headway
