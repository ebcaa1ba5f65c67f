// What CoverageReader asks the database. Whatever is asked of all entities reads one row for each entity, stream and source, and of deployments, changes and
// gaps only those of the window; whatever is asked of one entity looks its rows up. Included only by files of the store.
#ifndef HEADWAY_AGGREGATOR_STORE_COVERAGE_STATEMENTS_H_
#define HEADWAY_AGGREGATOR_STORE_COVERAGE_STATEMENTS_H_

#include <cstddef>
#include <string>

namespace headway {

// What a row of `deployments` counts; its first column. Numbers are PostgreSQL's grouping().
enum class CountedBy {
  kSource = 3,
  kEnvironment = 5,  // those in no tier
  kReason = 6,       // why there is no source commit
  kAll = 7,
};

// One text for all entities and one for a single one. $1: begin of the window, $2: its end, $3: the entity (of a single one only), $4: how many are listed
// ($3 for all entities). Not every statement takes all of them.
struct CoverageStatements {
  // $1 to $4. What it counts, name, deployments, those of tier production, those of these with a source commit, an image.
  std::string deployments;
  // $1 to $4. Source, stream, name, deployments, reason, next step, number of all such streams.
  std::string unmapped;
  // $1 to $4. Source, stream, entity, at least, after, until, number of all gaps.
  std::string gaps;
  // $1, $2, $3. Source, number of gaps, missed.
  std::string gaps_by_source;
  // $1, $2, $3. Merged, shipped.
  std::string changes;
  // $1: the entity; of all none. Source, covers, complete until, last contact, number of all sources.
  std::string sources;
  // $1: the entity; of all none. Source, streams, those without an entity.
  std::string streams;
  // $1: the entity; of all none. How many, the error of the latest.
  std::string parked;

  static const CoverageStatements& OfAll();
  static const CoverageStatements& OfOne();
};

// Sources that are listed, and problems that are.
inline constexpr size_t kMaxListedSources = 1000;
inline constexpr int kMaxListedProblems = 1000;

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_COVERAGE_STATEMENTS_H_
