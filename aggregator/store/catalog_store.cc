#include "aggregator/store/catalog_store.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <pqxx/pqxx>

#include "absl/strings/match.h"
#include "aggregator/projection/entity_claims.h"
#include "aggregator/store/copy_row.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/entity_touch.h"
#include "aggregator/store/stream_work.h"

namespace headway {
namespace {

using Names = std::set<std::string>;

struct Said {
  Labels annotations;
  Names terms;
  std::set<std::pair<int, std::string>> relations;
};

Said SaidBy(const EntityDeclarationFact& entity) {
  Said said;
  if (entity.deleted) return said;
  said.annotations = entity.annotations;
  const std::vector<std::string> terms = TermsOf(ClaimsOf(entity.entity_ref, entity.annotations));
  said.terms = Names(terms.begin(), terms.end());
  const auto add = [&](Relation relation, const std::string& target) {
    if (target != entity.entity_ref) said.relations.emplace(static_cast<int>(relation), target);
  };
  for (const std::string& ref : entity.part_of_refs) add(Relation::kPartOf, ref);
  if (!entity.owner_ref.empty()) add(Relation::kOwnedBy, entity.owner_ref);
  for (const std::string& ref : entity.parent_refs) add(Relation::kChildOf, ref);
  for (const std::string& ref : entity.member_of_refs) add(Relation::kMemberOf, ref);
  return said;
}

std::map<std::string, Said> ReadSaid(pqxx::transaction_base& tx, const std::string& refs) {
  std::map<std::string, Said> known;
  for (const pqxx::row& row : tx.exec_params(
           "SELECT entity_ref, name, value FROM dora.entity_annotations WHERE entity_ref = ANY ($1::text[])", refs)) {
    known[StringOf(row[0])].annotations[StringOf(row[1])] = StringOf(row[2]);
  }
  for (const pqxx::row& row :
       tx.exec_params("SELECT entity_ref, term FROM dora.entity_claims WHERE entity_ref = ANY ($1::text[])", refs)) {
    known[StringOf(row[0])].terms.insert(StringOf(row[1]));
  }
  for (const pqxx::row& row : tx.exec_params(
           "SELECT entity_ref, relation, target_ref FROM dora.entity_relations WHERE entity_ref = ANY ($1::text[])",
           refs)) {
    known[StringOf(row[0])].relations.emplace(row[1].as<int>(), StringOf(row[2]));
  }
  return known;
}

// The annotations that decide about streams.
Labels Deciding(const Labels& annotations) {
  Labels deciding;
  for (const char* name : {kAppName, kAppSelector, kAppNamespace, kInstanceName, kKubernetesId}) {
    if (const auto found = annotations.find(name); found != annotations.end()) deciding.insert(*found);
  }
  return deciding;
}

class CatalogWriter {
 public:
  void Write(const std::string& ref, const Said& was, const Said& now) {
    if (was.annotations != now.annotations) {
      annotations_.Delete({ref});
      for (const auto& [name, value] : now.annotations) annotations_.Insert(CopyRow().Text(ref).Text(name).Text(value));
    }
    if (was.terms != now.terms) {
      claims_.Delete({ref});
      for (const std::string& term : now.terms) claims_.Insert(CopyRow().Text(term).Text(ref));
    }
    if (was.terms != now.terms || Deciding(was.annotations) != Deciding(now.annotations)) {
      terms_.insert(was.terms.begin(), was.terms.end());
      terms_.insert(now.terms.begin(), now.terms.end());
    }
    if (was.relations != now.relations) Relate(ref, was, now);
  }

  void Flush(pqxx::transaction_base& tx) {
    if (!annotations_.empty()) annotations_.Flush(tx);
    if (!claims_.empty()) claims_.Flush(tx);
    if (!relations_.empty()) relations_.Flush(tx);
    EnqueueStreamsWithTerms(tx, terms_);
    TouchEntities(tx, touched_);
  }

 private:
  void Relate(const std::string& ref, const Said& was, const Said& now) {
    relations_.Delete({ref});
    for (const auto& [relation, target] : now.relations)
      relations_.Insert(CopyRow().Text(ref).Number(relation).Text(target));
    std::vector<std::pair<int, std::string>> changed;
    std::set_symmetric_difference(was.relations.begin(), was.relations.end(), now.relations.begin(),
                                  now.relations.end(), std::back_inserter(changed));
    // What is above has other members now. People are measured nowhere.
    for (const auto& [relation, target] : changed) {
      if (!absl::StartsWith(target, "user:")) touched_.insert(target);
    }
  }

  TableChange annotations_{"dora.entity_annotations", {{"entity_ref", "text"}}, {"entity_ref", "name", "value"}};
  TableChange claims_{"dora.entity_claims", {{"entity_ref", "text"}}, {"term", "entity_ref"}};
  TableChange relations_{"dora.entity_relations", {{"entity_ref", "text"}}, {"entity_ref", "relation", "target_ref"}};
  Names terms_, touched_;
};

}  // namespace

void WriteCatalog(pqxx::transaction_base& tx, const std::vector<EntityDeclarationFact>& entities) {
  std::vector<std::string> refs;
  for (const EntityDeclarationFact& entity : entities) refs.push_back(entity.entity_ref);
  std::map<std::string, Said> known = ReadSaid(tx, TextArray(refs));
  CatalogWriter writer;
  for (const EntityDeclarationFact& entity : entities) {
    writer.Write(entity.entity_ref, known[entity.entity_ref], SaidBy(entity));
  }
  writer.Flush(tx);
}

}  // namespace headway
