// Rows on their way into a table: what is to be deleted by key and what is to be copied in, collected and then written with two statements.
// Included only by files of the store.
#ifndef HEADWAY_AGGREGATOR_STORE_COPY_ROW_H_
#define HEADWAY_AGGREGATOR_STORE_COPY_ROW_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pqxx/pqxx>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "aggregator/projection/facts.h"
#include "aggregator/store/sql_text.h"

namespace headway {

// The fields of one row in the order of the columns, as a line of COPY's text form.
class CopyRow {
 public:
  CopyRow& Text(absl::string_view value);
  CopyRow& Number(int64_t value) { return Plain(std::to_string(value)); }
  CopyRow& Bool(bool value) { return Plain(value ? "t" : "f"); }
  CopyRow& Time(absl::Time value) { return Plain(TimeText(value)); }
  CopyRow& Time(const std::optional<absl::Time>& value) { return value.has_value() ? Time(*value) : Null(); }
  CopyRow& Key(const ObjectKey& value) { return Text(KeyText(value)); }
  CopyRow& Key(const std::optional<ObjectKey>& value) { return value.has_value() ? Key(*value) : Null(); }
  // A zero key is NULL.
  CopyRow& KeyOrNull(const ObjectKey& value) { return value == ObjectKey{} ? Null() : Key(value); }
  CopyRow& Null() { return Plain("\\N"); }

  const std::string& line() const { return line_; }

 private:
  void Separate();
  CopyRow& Plain(absl::string_view value);

  std::string line_;
  bool has_fields_ = false;
};

// libpqxx 6 forms a line by an unqualified call of this name, and finds ours by the argument. The fields are escaped already.
inline std::string separated_list(const char (&)[2], const CopyRow& row, const pqxx::internal::TypedCopyEscaper&) {
  return row.line();
}

struct KeyColumn {
  std::string name;
  std::string type;  // of one key
};

class TableChange {
 public:
  TableChange(std::string table, std::vector<KeyColumn> keys, std::vector<std::string> columns)
      : table_(std::move(table)), keys_(std::move(keys)), columns_(std::move(columns)), deleted_(keys_.size()) {}

  // One value for each key column, as text.
  void Delete(const std::vector<std::string>& key);
  void Insert(CopyRow row) { inserted_.push_back(std::move(row)); }

  // Deletes, then inserts. Throws what libpqxx throws.
  void Flush(pqxx::transaction_base& tx);
  bool empty() const { return deleted_[0].size() == 0 && inserted_.empty(); }

 private:
  const std::string table_;
  const std::vector<KeyColumn> keys_;
  const std::vector<std::string> columns_;
  std::vector<ArrayText> deleted_;  // by key column
  std::vector<CopyRow> inserted_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_COPY_ROW_H_
