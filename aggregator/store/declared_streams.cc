#include "aggregator/store/declared_streams.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <pqxx/pqxx>

#include "absl/container/flat_hash_set.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/projection/stream_facts.h"
#include "aggregator/store/sql_text.h"
#include "aggregator/store/work_queue.h"

namespace headway {
namespace {

constexpr int kStreamsOfPage = 200;  // each may have been declared hundreds of times
constexpr size_t kBytesOfPage = 1 << 20;

// What to read, without its payloads yet.
struct Candidates {
  std::vector<WorkObject> objects;
  std::optional<std::string> last;  // the page ends with this stream; nothing: it is the last one

  void Add(int64_t stream_id, const ObjectKey& key) {
    if (!seen.insert(key).second) return;
    WorkObject object;
    object.kind = ObservationKind::kStream;
    object.stream_id = stream_id;
    object.key = key;
    objects.push_back(std::move(object));
  }
  absl::flat_hash_set<ObjectKey> seen;
};

// What waits first: what is folded between the two statements is seen by the second.
Candidates FindCandidates(pqxx::transaction_base& tx, const v1::ListStreamsRequest& request) {
  Candidates found;
  for (const pqxx::row& row :
       tx.exec_params("SELECT DISTINCT stream_id, object_key FROM raw.work_items WHERE kind = $1",
                      static_cast<int>(ObservationKind::kStream))) {
    found.Add(row[0].as<int64_t>(), ParseKeyText(row[1].c_str()));
  }
  const pqxx::result declared = tx.exec_params(
      "SELECT object_key, stream FROM dora.known_streams WHERE source = $1 AND stream > $2 AND declared AND NOT "
      "deleted "
      "AND ($3 = '' OR namespace = $3) ORDER BY stream LIMIT $4",
      request.source(), request.after(), request.namespace_(), kStreamsOfPage);
  for (const pqxx::row& row : declared) {
    const ObjectKey key = ParseKeyText(row[0].c_str());
    found.Add(StreamIdOf(key), key);
  }
  if (static_cast<int>(declared.size()) == kStreamsOfPage) found.last = declared.back()[1].as<std::string>();
  return found;
}

bool IsAskedFor(const v1::Observation& declaration, const v1::ListStreamsRequest& request,
                const std::optional<std::string>& last) {
  const v1::StreamDeclaration& stream = declaration.stream();
  return declaration.source() == request.source() && stream.stream() > request.after() &&
         (!last.has_value() || stream.stream() <= *last) &&
         (request.namespace_().empty() || stream.namespace_() == request.namespace_());
}

v1::ListStreamsResponse ReadPage(pqxx::transaction_base& tx, const v1::ListStreamsRequest& request) {
  Candidates candidates = FindCandidates(tx, request);
  ReadPayloads(tx, &candidates.objects);
  std::map<std::string, v1::StreamDeclaration> streams;
  for (const WorkObject& object : candidates.objects) {
    std::optional<v1::Observation> declaration = HoldingDeclaration(object.payloads);
    if (!declaration.has_value() || !IsAskedFor(*declaration, request, candidates.last)) continue;
    std::string name = declaration->stream().stream();
    streams.emplace(std::move(name), std::move(*declaration->mutable_stream()));
  }
  v1::ListStreamsResponse page;
  page.set_next(candidates.last.value_or(""));
  size_t bytes = 0;
  for (auto& [name, stream] : streams) {
    bytes += stream.ByteSizeLong();
    const bool is_full = bytes > kBytesOfPage || page.streams_size() == kStreamsOfPage;
    if (is_full && page.streams_size() > 0) {
      page.set_next(page.streams().rbegin()->stream());
      break;
    }
    *page.add_streams() = std::move(stream);
  }
  return page;
}

}  // namespace

absl::StatusOr<v1::ListStreamsResponse> LoadDeclaredStreams(Connection& connection,
                                                            const v1::ListStreamsRequest& request) {
  v1::ListStreamsResponse page;
  const absl::Status status = connection.Transact("listing streams", [&](pqxx::transaction_base& tx) {
    page = ReadPage(tx, request);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return page;
}

}  // namespace headway
