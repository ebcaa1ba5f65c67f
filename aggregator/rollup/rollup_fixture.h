// A database with what tests of the rollup do to it: ingest, derive, dump. Test code only.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_ROLLUP_FIXTURE_H_
#define HEADWAY_AGGREGATOR_ROLLUP_ROLLUP_FIXTURE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aggregator/rollup/rebuild.h"
#include "aggregator/rollup/worker.h"
#include "aggregator/store/postgres_fixture.h"
#include "headway/v1/observation.pb.h"

namespace headway::testing {

// The tables of derived facts, which depend on the set of observations alone. What is left out keeps the work going: entities.version, streams, queues.
std::vector<std::string> FactTables();

// One migrated database of the test program's cluster, dropped at the end.
class Installation {
 public:
  explicit Installation(int connections = 4);
  ~Installation();
  Installation(const Installation&) = delete;

  const std::string& url() const { return url_; }
  ConnectionPool& pool() { return pool_; }
  GraphCache& graphs() { return graphs_; }

  void Ingest(const std::vector<v1::Observation>& observations);
  // Derives until nothing is left. allow_append: false derives every entity whole, by another worker.
  void Drain(bool allow_append = true);
  // Entities that Drain wrote by append alone.
  int64_t appended() const { return worker_.counters().appended; }
  // Objects, and entities on their own, that Drain worked on.
  int64_t objects() const { return worker_.counters().objects; }
  RebuildResult Rebuild();
  // Rows of each table in order.
  std::map<std::string, std::vector<std::string>> Dump() const;
  // The first row of a query, as "(a,b)".
  std::string Query(const std::string& sql) const;
  void Execute(const std::string& sql) const;
  // Breaks every connection of the pool to this database, wherever it is in its work.
  void TerminateWorkers(Connection& by) const;

  // A connection of its own, for another thread.
  class Reader {
   public:
    explicit Reader(const Installation& installation) : connection_(Connection::Open(installation.url()).value()) {}
    std::map<std::string, std::vector<std::string>> Dump() const;

   private:
    std::unique_ptr<Connection> connection_;
  };

 private:
  std::string database_;
  std::string url_;
  std::unique_ptr<Connection> connection_;
  ConnectionPool pool_;
  GraphCache graphs_;
  Worker worker_;
};

// Empty where both are equal, else the first rows that differ.
std::string Difference(const std::map<std::string, std::vector<std::string>>& expected,
                       const std::map<std::string, std::vector<std::string>>& actual);

}  // namespace headway::testing

#endif  // HEADWAY_AGGREGATOR_ROLLUP_ROLLUP_FIXTURE_H_
