#include "aggregator/store/copy_row.h"
#include "aggregator/store/prepared.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace headway {

void CopyRow::Separate() {
  if (has_fields_) line_ += '\t';
  has_fields_ = true;
}

CopyRow& CopyRow::Plain(absl::string_view value) {
  Separate();
  absl::StrAppend(&line_, value);
  return *this;
}

CopyRow& CopyRow::Text(absl::string_view value) {
  Separate();
  for (const char c : value) {
    switch (c) {
      case '\\':
        line_ += "\\\\";
        break;
      case '\n':
        line_ += "\\n";
        break;
      case '\r':
        line_ += "\\r";
        break;
      case '\t':
        line_ += "\\t";
        break;
      default:
        line_ += c;
    }
  }
  return *this;
}

void TableChange::Delete(const std::vector<std::string>& key) {
  for (size_t i = 0; i < keys_.size(); ++i) deleted_[i].Add(key[i]);
}

void TableChange::Flush(pqxx::transaction_base& tx) {
  if (deleted_[0].size() > 0) {
    std::vector<std::string> arrays;
    std::vector<std::string> names;
    std::vector<std::string> conditions;
    for (size_t i = 0; i < keys_.size(); ++i) {
      arrays.push_back(absl::StrCat("$", i + 1, "::", keys_[i].type, "[]"));
      names.push_back(absl::StrCat("k", i));
      conditions.push_back(absl::StrCat("t.", keys_[i].name, " = k.k", i));
    }
    const std::string sql = absl::StrCat("DELETE FROM ", table_, " t USING unnest(", absl::StrJoin(arrays, ", "),
                                         ") k (",  // lint: sql of constants
                                         absl::StrJoin(names, ", "), ") WHERE ", absl::StrJoin(conditions, " AND "));
    std::vector<std::string> values;
    for (const ArrayText& array : deleted_) values.push_back(array.Finish());
    RunPrepared(tx, sql, pqxx::prepare::make_dynamic_params(values));
    deleted_.assign(keys_.size(), ArrayText());
  }
  if (inserted_.empty()) return;
  pqxx::stream_to stream(tx, table_, columns_);
  for (const CopyRow& row : inserted_) stream << row;
  stream.complete();
  inserted_.clear();
}

}  // namespace headway
