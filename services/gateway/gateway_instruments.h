// What the gateway counts. Labels are from closed sets: directions, classes of codes.
#ifndef HEADWAY_SERVICES_GATEWAY_GATEWAY_INSTRUMENTS_H_
#define HEADWAY_SERVICES_GATEWAY_GATEWAY_INSTRUMENTS_H_

#include <array>

#include "services/base/instruments.h"

namespace headway::gateway {

// Thread-safe.
class GatewayInstruments {
 public:
  explicit GatewayInstruments(Instruments& instruments);

  // An HTTP answer, by the class of its code.
  void Answered(int status);

  RpcInstruments calls;  // forwarded, by gRPC's codes
  prometheus::Gauge& connections;
  prometheus::Gauge& in_flight;
  prometheus::Gauge& body_bytes_held;
  prometheus::Counter& lost;  // clients that went before their answer was whole
  prometheus::Counter& messages_in;
  prometheus::Counter& messages_out;
  prometheus::Counter& bytes_in;
  prometheus::Counter& bytes_out;

 private:
  std::array<prometheus::Counter*, 4> by_class_;  // 2xx, 3xx, 4xx, 5xx
};

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_GATEWAY_INSTRUMENTS_H_
