// `headway metrics`: the measures of entities.
#include <grpcpp/grpcpp.h>

#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "headway/v1/metrics.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/connection.h"
#include "services/cli/metrics_text.h"
#include "services/cli/scope_options.h"

namespace headway {
namespace {

struct MetricsOptions {
  ScopeOptions scope;
  std::vector<std::string> entity_refs;
  bool pool = false;
};

int PrintOne(const CliContext& context, v1::MetricsService::Stub& stub, const MetricsOptions& options,
             const v1::MetricScope& scope) {
  v1::GetEntityMetricsRequest request;
  request.set_entity_ref(options.entity_refs[0]);
  *request.mutable_scope() = scope;
  v1::GetEntityMetricsResponse answer;
  grpc::ClientContext call;
  const grpc::Status status = stub.GetEntityMetrics(&call, request, &answer);
  if (absl::Status failed = FromCall(context, status, absl::StrCat("measuring ", request.entity_ref())); !failed.ok()) {
    return ReportError(context, failed);
  }
  *context.out << (options.scope.is_json() ? JsonOf(answer, true)
                                           : MetricsText(answer, answer.entity_ref(), WantsColours(context)));
  return kExitOk;
}

int PrintSeveral(const CliContext& context, v1::MetricsService::Stub& stub, const MetricsOptions& options,
                 const v1::MetricScope& scope) {
  v1::BatchGetEntityMetricsRequest request;
  for (const std::string& ref : options.entity_refs) request.add_entity_refs(ref);
  *request.mutable_scope() = scope;
  request.set_pooled(options.pool);
  request.set_pool_only(options.pool);
  v1::BatchGetEntityMetricsResponse answer;
  grpc::ClientContext call;
  const grpc::Status status = stub.BatchGetEntityMetrics(&call, request, &answer);
  if (absl::Status failed = FromCall(context, status, "measuring several entities"); !failed.ok())
    return ReportError(context, failed);
  const bool colours = WantsColours(context);
  if (options.scope.is_json()) {
    *context.out << JsonOf(answer, true);
  } else {
    for (const auto& one : answer.entities()) *context.out << MetricsText(one, one.entity_ref(), colours) << "\n";
    if (answer.has_pool()) {
      const int members = request.entity_refs_size() - answer.unknown_entity_refs_size();
      *context.out << MetricsText(answer.pool(),
                                  absl::StrCat("pool of ", members, members == 1 ? " entity" : " entities"), colours);
    }
  }
  for (const std::string& unknown : answer.unknown_entity_refs())
    *context.err << "headway: nothing is known of " << unknown << "\n";
  return answer.unknown_entity_refs().empty() ? kExitOk : kExitUsage;
}

int Metrics(const CliContext& context, const MetricsOptions& options) {
  const absl::StatusOr<v1::MetricScope> scope = ScopeOf(options.scope);
  if (!scope.ok()) return ReportError(context, scope.status());
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = Connect(context);
  if (!channel.ok()) return ReportError(context, channel.status());
  const auto stub = v1::MetricsService::NewStub(*channel);
  const bool one = options.entity_refs.size() == 1 && !options.pool;
  return one ? PrintOne(context, *stub, options, *scope) : PrintSeveral(context, *stub, options, *scope);
}

}  // namespace

void RegisterMetrics(Command root) {
  Command command = root.Add("metrics", "Print the measures of an entity, or of several");
  auto options = std::make_shared<MetricsOptions>();
  command.Positional("REF", &options->entity_refs, "The entity, such as component:default/payments");
  AddScopeOptions(command, &options->scope);
  command.Flag("--pool", &options->pool, "One answer for all of them together: a median is that of all their values");
  command.Examples({
      "headway metrics component:default/etcd",
      "headway metrics component:default/etcd --window 90d --as-of 2024-05-01 --time-zone Europe/Berlin",
      "headway metrics component:default/etcd --policy first_deployment=all --policy bots=excluded",
      "headway metrics component:a component:b --pool --format json",
  });
  command.Run([options](const CliContext& context) { return Metrics(context, *options); });
}

}  // namespace headway
