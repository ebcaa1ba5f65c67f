// `headway watch`: the measures now, and again whenever they change.
#include <grpcpp/grpcpp.h>

#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "headway/v1/metrics.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/connection.h"
#include "services/cli/metrics_text.h"
#include "services/cli/scope_options.h"

namespace headway {
namespace {

constexpr absl::Duration kRetry = absl::Seconds(1);

struct WatchOptions {
  ScopeOptions scope;
  std::string entity_ref;
  int64_t count = 0;
};

void Print(const CliContext& context, const WatchOptions& options, const v1::GetEntityMetricsResponse& answer) {
  if (options.scope.is_json()) {
    *context.out << JsonOf(answer, false) << std::flush;
    return;
  }
  const bool colours = WantsColours(context);
  // On a terminal each state takes the place of the one before.
  if (colours) *context.out << "\033[H\033[2J";
  *context.out << MetricsText(answer, answer.entity_ref(), colours) << (colours ? "" : "\n") << std::flush;
}

// Reads one stream until it ends, or enough was seen.
absl::Status WatchOnce(const CliContext& context, const WatchOptions& options,
                       const v1::GetEntityMetricsRequest& request, int64_t* seen) {
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = Connect(context);
  if (!channel.ok()) return channel.status();
  const auto stub = v1::MetricsService::NewStub(*channel);
  grpc::ClientContext call;
  const auto reader = stub->WatchEntityMetrics(&call, request);
  v1::GetEntityMetricsResponse answer;
  while (reader->Read(&answer)) {
    Print(context, options, answer);
    if (++*seen == options.count) {
      call.TryCancel();
      break;
    }
  }
  const grpc::Status status = reader->Finish();
  if (options.count > 0 && *seen >= options.count) return absl::OkStatus();
  return FromCall(context, status, absl::StrCat("watching ", options.entity_ref));
}

int Watch(const CliContext& context, const WatchOptions& options) {
  const absl::StatusOr<v1::MetricScope> scope = ScopeOf(options.scope);
  if (!scope.ok()) return ReportError(context, scope.status());
  v1::GetEntityMetricsRequest request;
  request.set_entity_ref(options.entity_ref);
  *request.mutable_scope() = *scope;
  int64_t seen = 0;
  while (true) {
    const absl::Status status = WatchOnce(context, options, request, &seen);
    if (status.ok()) return kExitOk;
    // A server that restarts is waited for, one that never answered is not.
    if (seen == 0 || !absl::IsUnavailable(status)) return ReportError(context, status);
    *context.err << "headway: " << std::string(status.message()) << "; trying again\n";
    absl::SleepFor(kRetry);
  }
}

}  // namespace

void RegisterWatch(Command root) {
  Command command = root.Add("watch", "Print the measures of an entity, and again whenever they change");
  auto options = std::make_shared<WatchOptions>();
  command.Positional("REF", &options->entity_ref, "The entity, such as component:default/payments");
  AddScopeOptions(command, &options->scope, /*with_as_of=*/false);
  command.Option("--count", &options->count, "End after so many states (0: never)");
  command.Examples(
      {"headway watch component:default/etcd", "headway watch component:default/etcd --format json --count 1"});
  command.Run([options](const CliContext& context) { return Watch(context, *options); });
}

}  // namespace headway
