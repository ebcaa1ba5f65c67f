// The columns of the derived tables: how a row is read and written. Included only by files of the store; throws what libpqxx throws.
#ifndef HEADWAY_AGGREGATOR_STORE_ENTITY_TABLES_H_
#define HEADWAY_AGGREGATOR_STORE_ENTITY_TABLES_H_

#include <string>
#include <vector>

#include <pqxx/pqxx>

#include "aggregator/store/copy_row.h"
#include "aggregator/store/stored_entity.h"

namespace headway {

// Columns after entity_ref, comma-separated, as the decoders read them from `at` on.
const std::string& DeploymentColumns();
const std::string& DeploymentRowColumns();  // what is derived
const std::string& ChangeColumns();
const std::string& FailureColumns();
const std::string& ReworkColumns();
const std::string& IncidentColumns();
const std::string& IncidentRowColumns();
const std::string& GapColumns();
const std::string& HeadColumns();

StoredDeployment DecodeDeployment(const pqxx::row& row, int at);
DeploymentRow DecodeDeploymentRow(const pqxx::row& row, int at);
ChangeRow DecodeChange(const pqxx::row& row, int at);
FailureRow DecodeFailure(const pqxx::row& row, int at);
ReworkRow DecodeRework(const pqxx::row& row, int at);
StoredIncident DecodeIncident(const pqxx::row& row, int at);
IncidentRow DecodeIncidentRow(const pqxx::row& row, int at);
GapRow DecodeGap(const pqxx::row& row, int at);
StreamHead DecodeHead(const pqxx::row& row, int at);

// Tables to be changed, with their keys and columns.
TableChange DeploymentsTable();
TableChange ChangesTable();
TableChange FailuresTable();
TableChange ReworkTable();
TableChange IncidentsTable();
TableChange GapsTable();
TableChange HeadsTable();
TableChange AwaitedTable();
TableChange EntitySourcesTable();

CopyRow EncodeDeployment(const std::string& entity_ref, const StoredDeployment& deployment);
CopyRow EncodeChange(const std::string& entity_ref, const ChangeRow& change);
CopyRow EncodeFailure(const std::string& entity_ref, const ObjectKey& id, const FailureRow& failure);
CopyRow EncodeRework(const std::string& entity_ref, const ObjectKey& id, const ReworkRow& rework);
CopyRow EncodeIncident(const std::string& entity_ref, const StoredIncident& incident);
CopyRow EncodeGap(const std::string& entity_ref, const GapRow& gap);
CopyRow EncodeHead(const std::string& entity_ref, const StreamHead& head);

// Identity of evidence: the hash of all of it.
ObjectKey EvidenceId(const FailureRow& failure);
ObjectKey EvidenceId(const ReworkRow& rework);

// The value of a nullable or other column.
std::optional<absl::Time> OptionalTime(const pqxx::field& field);
absl::Time TimeOf(const pqxx::field& field);
std::string StringOf(const pqxx::field& field);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_ENTITY_TABLES_H_
