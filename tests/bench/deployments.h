// Made-up deployments for load: the n-th is always the same, so that several senders can share the work without talking.
#ifndef HEADWAY_TESTS_BENCH_DEPLOYMENTS_H_
#define HEADWAY_TESTS_BENCH_DEPLOYMENTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "headway/v1/observation.pb.h"

namespace headway::bench {

// "component:bench/e-000042".
std::string EntityRef(int64_t entity);

// 64 mixed bits; equal for equal arguments.
uint64_t Mix(uint64_t a, uint64_t b);

// 40 hexadecimal digits.
std::string Sha(uint64_t a, uint64_t b);

// How often which entity deploys.
class Entities {
 public:
  // even: all equally often, in turn. Else Zipf's law with s = 1: the k-th has a weight of 1/k.
  Entities(int64_t count, bool even);

  // The entity of the n-th deployment.
  int64_t Of(int64_t n) const;
  int64_t count() const { return count_; }

 private:
  int64_t count_;
  std::vector<double> cumulated_;  // of the weights, by rank; empty when even
};

// The n-th deployment of a source, of `entity`, that finishes at `finished`. Succeeded, in production, of a new revision.
v1::Observation DeploymentOf(const std::string& source, int64_t n, int64_t entity, absl::Time finished);

}  // namespace headway::bench

#endif  // HEADWAY_TESTS_BENCH_DEPLOYMENTS_H_
