#include "services/gateway/gateway_instruments.h"

#include <algorithm>

namespace headway::gateway {
namespace {

constexpr char kMessages[] = "gateway_messages_total";
constexpr char kMessagesHelp[] = "Messages that passed; in: to a backend, out: to a browser.";
constexpr char kBytes[] = "gateway_message_bytes_total";
constexpr char kBytesHelp[] = "Bytes of messages that passed, without their frames.";

}  // namespace

GatewayInstruments::GatewayInstruments(Instruments& instruments)
    : calls(instruments, "gateway", "forward"),
      connections(instruments.Gauge("gateway_connections", "HTTP connections that are open.")),
      in_flight(instruments.Gauge("gateway_calls_in_flight", "Calls that are forwarded now.")),
      body_bytes_held(instruments.Gauge("gateway_body_bytes_held", "Bytes of requests that have not come whole.")),
      lost(instruments.Counter("gateway_lost_total", "Calls whose client went before the answer was whole.")),
      messages_in(instruments.Counter(kMessages, kMessagesHelp, {{"direction", "in"}})),
      messages_out(instruments.Counter(kMessages, kMessagesHelp, {{"direction", "out"}})),
      bytes_in(instruments.Counter(kBytes, kBytesHelp, {{"direction", "in"}})),
      bytes_out(instruments.Counter(kBytes, kBytesHelp, {{"direction", "out"}})),
      by_class_() {
  constexpr const char* kClasses[] = {"2xx", "3xx", "4xx", "5xx"};
  for (size_t i = 0; i < by_class_.size(); ++i) {
    by_class_[i] = &instruments.Counter("gateway_http_answers_total", "HTTP answers, by the class of their code.",
                                        {{"class", kClasses[i]}});
  }
}

void GatewayInstruments::Answered(int status) { by_class_[std::clamp(status / 100 - 2, 0, 3)]->Increment(); }

}  // namespace headway::gateway
