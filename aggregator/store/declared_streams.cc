#include "aggregator/store/declared_streams.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pqxx/pqxx>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/projection/stream_facts.h"
#include "aggregator/store/sql_text.h"
#include "aggregator/store/work_queue.h"

namespace headway {
namespace {

constexpr int kStreamsOfPage = 200;  // each may have been declared hundreds of times
constexpr size_t kBytesOfPage = 1 << 20;

// Where a page begins. All that waits comes first: what is folded meanwhile is seen among what is folded.
struct Cursor {
  bool is_folded = false;
  std::string after;  // of what waits the key as bytea text, else the stream

  std::string Text() const { return absl::StrCat(is_folded ? "folded " : "waiting ", after); }
};

bool IsKeyText(absl::string_view text) {
  return absl::ConsumePrefix(&text, "\\x") &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_isxdigit(c); }) &&
         text.size() % 2 == 0;
}

std::optional<Cursor> ParseCursor(absl::string_view text) {
  if (text.empty()) return Cursor{false, "\\x"};
  if (absl::ConsumePrefix(&text, "folded ")) return Cursor{true, std::string(text)};
  if (absl::ConsumePrefix(&text, "waiting ") && IsKeyText(text)) return Cursor{false, std::string(text)};
  return std::nullopt;
}

struct Candidate {
  WorkObject object;
  Cursor end;  // the page may end behind it
};

std::vector<Candidate> FindCandidates(pqxx::transaction_base& tx, const v1::ListStreamsRequest& request,
                                      const Cursor& cursor) {
  const pqxx::result rows =
      cursor.is_folded
          ? tx.exec_params(
                "SELECT object_key, stream FROM dora.known_streams WHERE source = $1 AND stream > $2 AND "
                "declared AND NOT deleted AND ($3 = '' OR namespace = $3) ORDER BY stream LIMIT $4",
                request.source(), cursor.after, request.namespace_(), kStreamsOfPage)
          : tx.exec_params(
                "SELECT DISTINCT object_key, object_key::text AS key FROM raw.work_items WHERE kind = $1 AND "
                "object_key > $2::bytea ORDER BY object_key LIMIT $3",
                static_cast<int>(ObservationKind::kStream), cursor.after, kStreamsOfPage);
  std::vector<Candidate> found;
  for (const pqxx::row& row : rows) {
    Candidate& one = found.emplace_back();
    one.object.kind = ObservationKind::kStream;
    one.object.key = ParseKeyText(row[0].c_str());
    one.object.stream_id = StreamIdOf(one.object.key);
    one.end = {cursor.is_folded, row[1].as<std::string>()};
  }
  return found;
}

bool IsAskedFor(const v1::Observation& declaration, const v1::ListStreamsRequest& request) {
  return declaration.source() == request.source() &&
         (request.namespace_().empty() || declaration.stream().namespace_() == request.namespace_());
}

void ReadPayloadsOf(pqxx::transaction_base& tx, std::vector<Candidate>* candidates) {
  std::vector<WorkObject> objects;
  for (Candidate& one : *candidates) objects.push_back(std::move(one.object));
  ReadPayloads(tx, &objects);
  for (size_t i = 0; i < objects.size(); ++i) (*candidates)[i].object = std::move(objects[i]);
}

v1::ListStreamsResponse ReadPage(pqxx::transaction_base& tx, const v1::ListStreamsRequest& request,
                                 const Cursor& cursor) {
  std::vector<Candidate> candidates = FindCandidates(tx, request, cursor);
  ReadPayloadsOf(tx, &candidates);
  v1::ListStreamsResponse page;
  Cursor end = cursor;
  size_t bytes = 0;
  for (Candidate& one : candidates) {
    std::optional<v1::Observation> declaration = HoldingDeclaration(one.object.payloads);
    if (declaration.has_value() && IsAskedFor(*declaration, request)) {
      bytes += declaration->ByteSizeLong();
      if (bytes > kBytesOfPage && page.streams_size() > 0) {
        page.set_next(end.Text());
        return page;
      }
      *page.add_streams() = std::move(*declaration->mutable_stream());
    }
    end = std::move(one.end);
  }
  if (candidates.size() == static_cast<size_t>(kStreamsOfPage)) {
    page.set_next(end.Text());
  } else if (!cursor.is_folded) {
    page.set_next(Cursor{true, ""}.Text());
  }
  return page;
}

}  // namespace

absl::StatusOr<v1::ListStreamsResponse> LoadDeclaredStreams(Connection& connection,
                                                            const v1::ListStreamsRequest& request) {
  const std::optional<Cursor> cursor = ParseCursor(request.after());
  if (!cursor.has_value()) return absl::InvalidArgumentError("after: is not what a page said in next");
  v1::ListStreamsResponse page;
  const absl::Status status = connection.Transact("listing streams", [&](pqxx::transaction_base& tx) {
    page = ReadPage(tx, request, *cursor);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return page;
}

}  // namespace headway
