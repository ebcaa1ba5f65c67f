// echo_server PORT: EchoService on loopback until it is killed. Port 0: any free one. Prints the port.
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <string>

#include "tests/gateway/echo_service.h"

int main(int argc, char** argv) {
  headway::test::EchoService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:" + std::string(argc > 1 ? argv[1] : "0"), grpc::InsecureServerCredentials(),
                           &port);
  builder.SetMaxReceiveMessageSize(16 << 20);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::printf("%d\n", port);
  std::fflush(stdout);
  server->Wait();
}
