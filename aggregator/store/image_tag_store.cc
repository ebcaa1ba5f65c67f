#include "aggregator/store/image_tag_store.h"

#include <map>
#include <string>
#include <utility>

#include <pqxx/pqxx>

#include "aggregator/store/copy_row.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/prepared.h"
#include "aggregator/store/work_queue.h"

namespace headway {
namespace {

// Names of images that are looked at in one go.
constexpr int kNamesAtOnce = 5000;

using RuleKey = std::pair<std::string, std::string>;  // source, id

std::map<RuleKey, ImageTagRuleFact> ReadRules(pqxx::transaction_base& tx) {
  std::map<RuleKey, ImageTagRuleFact> rules;
  for (const pqxx::row& row : tx.exec("SELECT source, rule_id, rule_order, image, tag FROM dora.image_tag_rules")) {
    ImageTagRuleFact rule{
        true, StringOf(row[0]), StringOf(row[1]), row[2].as<int64_t>(), StringOf(row[3]), StringOf(row[4]), false};
    rules.emplace(RuleKey(rule.source, rule.id), std::move(rule));
  }
  return rules;
}

std::vector<ImageTagRuleFact> ListOf(const std::map<RuleKey, ImageTagRuleFact>& rules) {
  std::vector<ImageTagRuleFact> list;
  for (const auto& [key, rule] : rules) list.push_back(rule);
  return list;
}

// The images in use that have a tag, some after the one that was last. Walks the index from name to name.
std::vector<std::string> NamesAfter(pqxx::transaction_base& tx, const std::string& last) {
  std::vector<std::string> names;
  for (const pqxx::row& row :
       RunPrepared(tx,
                   "WITH RECURSIVE names AS (SELECT (SELECT min(name) FROM dora.deployed_images WHERE name > $1) AS "
                   "name, 1 AS n UNION ALL SELECT (SELECT min(i.name) FROM dora.deployed_images i WHERE i.name > "
                   "names.name), n + 1 FROM names WHERE names.name IS NOT NULL AND n < $2) SELECT name FROM names "
                   "WHERE name IS NOT NULL",
                   last, kNamesAtOnce)) {
    names.push_back(StringOf(row[0]));
  }
  return names;
}

void EnqueueUsersOf(pqxx::transaction_base& tx, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::vector<ObjectKey> deployments;
  for (const pqxx::row& row :
       RunPrepared(tx, "SELECT DISTINCT deployment_key FROM dora.deployed_images WHERE name = ANY ($1::text[])",
                   TextArray(names))) {
    deployments.push_back(ParseKeyText(StringOf(row[0])));
  }
  EnqueueDeployments(tx, Lane::kRules, deployments);
}

}  // namespace

std::shared_ptr<const ImageTagRules> LoadImageTagRules(pqxx::transaction_base& tx) {
  return std::make_shared<ImageTagRules>(ListOf(ReadRules(tx)));
}

bool WriteImageTagRules(pqxx::transaction_base& tx, const std::vector<ImageTagRuleFact>& rules) {
  const std::map<RuleKey, ImageTagRuleFact> before = ReadRules(tx);
  std::map<RuleKey, ImageTagRuleFact> after = before;
  TableChange table("dora.image_tag_rules", {{"source", "text"}, {"rule_id", "text"}},
                    {"source", "rule_id", "rule_order", "image", "tag"});
  for (const ImageTagRuleFact& rule : rules) {
    const RuleKey key(rule.source, rule.id);
    const auto was = after.find(key);
    if (rule.deleted ? was == after.end() : was != after.end() && was->second == rule) continue;
    if (was != after.end()) {
      table.Delete({rule.source, rule.id});
      after.erase(was);
    }
    if (rule.deleted) continue;
    table.Insert(CopyRow().Text(rule.source).Text(rule.id).Number(rule.order).Text(rule.image).Text(rule.tag));
    after.emplace(key, rule);
  }
  if (table.empty()) return false;
  table.Flush(tx);
  const ImageTagRules old_rules(ListOf(before)), new_rules(ListOf(after));
  for (std::vector<std::string> names = NamesAfter(tx, ""); !names.empty(); names = NamesAfter(tx, names.back())) {
    std::vector<std::string> moved;
    for (const std::string& name : names) {
      const ImageName image = ParseImageName(name);
      if (image.tag.empty() || !image.digest.empty() || image.repository == "sha256") continue;
      if (old_rules.CommitOf(image) != new_rules.CommitOf(image)) moved.push_back(name);
    }
    EnqueueUsersOf(tx, moved);
  }
  return true;
}

}  // namespace headway
