#include "services/base/instruments.h"

#include "prometheus/family.h"

namespace headway {
namespace {

constexpr const char* kCodes[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

}  // namespace

prometheus::Counter& Instruments::Counter(const std::string& name, const std::string& help, const Labels& labels) {
  return prometheus::BuildCounter().Name("headway_" + name).Help(help).Register(*registry_).Add(labels);
}

prometheus::Gauge& Instruments::Gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return prometheus::BuildGauge().Name("headway_" + name).Help(help).Register(*registry_).Add(labels);
}

prometheus::Histogram& Instruments::Seconds(const std::string& name, const std::string& help, const Labels& labels) {
  static const prometheus::Histogram::BucketBoundaries kBuckets = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                                   0.1,    0.25,  0.5,    1,     2.5,  5,     10};
  return prometheus::BuildHistogram().Name("headway_" + name).Help(help).Register(*registry_).Add(labels, kBuckets);
}

RpcInstruments::RpcInstruments(Instruments& instruments, const std::string& service, const std::string& method)
    : seconds_(instruments.Seconds("rpc_seconds", "Time that calls took, in seconds.",
                                   {{"service", service}, {"method", method}})) {
  for (const char* code : kCodes) {
    by_code_.push_back(&instruments.Counter("rpc_total", "Finished calls.",
                                            {{"service", service}, {"method", method}, {"code", code}}));
  }
}

void RpcInstruments::Finished(int code, absl::Duration took) {
  if (code < 0 || code >= static_cast<int>(by_code_.size())) code = 2;
  by_code_[code]->Increment();
  seconds_.Observe(absl::ToDoubleSeconds(took));
}

}  // namespace headway
