// `headway health`: does the installation serve?
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/unknown_field_set.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <chrono>
#include <memory>
#include <ostream>

#include "absl/time/clock.h"
#include "services/cli/commands.h"
#include "services/cli/connection.h"

namespace headway {
namespace {

// grpc.health.v1.HealthCheckResponse: field 1 is the status, 1 is SERVING. The standard's two messages have a field each, so both
// are read and written as messages without known fields, and its .proto file is not needed.
constexpr int kStatusField = 1;
constexpr uint64_t kServing = 1;
constexpr char kCheckMethod[] = "/grpc.health.v1.Health/Check";

absl::Status CheckOnce(const CliContext& context, const std::shared_ptr<grpc::Channel>& channel) {
  using Stub = grpc::TemplatedGenericStub<google::protobuf::Empty, google::protobuf::Empty>;
  Stub stub(channel);
  grpc::ClientContext call;
  call.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(3));
  grpc::CompletionQueue queue;
  google::protobuf::Empty answer;
  grpc::Status status;
  auto reader = stub.PrepareUnaryCall(&call, kCheckMethod, google::protobuf::Empty(), &queue);
  reader->StartCall();
  reader->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (absl::Status failed = FromCall(context, status, "checking health"); !failed.ok()) return failed;
  const google::protobuf::UnknownFieldSet& fields = answer.GetReflection()->GetUnknownFields(answer);
  for (int i = 0; i < fields.field_count(); ++i) {
    const google::protobuf::UnknownField& field = fields.field(i);
    if (field.number() == kStatusField && field.type() == google::protobuf::UnknownField::TYPE_VARINT &&
        field.varint() == kServing) {
      return absl::OkStatus();
    }
  }
  return absl::UnavailableError("Headway runs but does not serve yet");
}

int Health(const CliContext& context, absl::Duration wait) {
  const absl::Time give_up = absl::Now() + wait;
  absl::Status last;
  while (true) {
    absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = Connect(context);
    last = channel.ok() ? CheckOnce(context, *channel) : channel.status();
    if (last.ok()) {
      *context.out << "Headway at " << context.server << " is serving\n";
      return kExitOk;
    }
    if (absl::Now() >= give_up) break;
    absl::SleepFor(absl::Milliseconds(100));
  }
  return ReportError(context, last);
}

}  // namespace

void RegisterHealth(Command root) {
  Command command = root.Add("health", "Say whether the installation serves (exit code 0) or not (1)");
  auto wait = std::make_shared<absl::Duration>();
  command.Option("--wait", wait.get(), "How long to wait until it does");
  command.Examples({"headway health", "headway health --wait 30s"});
  command.Run([wait](const CliContext& context) { return Health(context, *wait); });
}

}  // namespace headway
