// `headway metrics`: the measures of entities.
#include <google/protobuf/util/time_util.h>
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

absl::StatusOr<v1::GetEntityMetricsResponse> Ask(const CliContext& context, v1::MetricsService::Stub& stub,
                                                 const v1::GetEntityMetricsRequest& request) {
  v1::GetEntityMetricsResponse answer;
  grpc::ClientContext call;
  const grpc::Status status = stub.GetEntityMetrics(&call, request, &answer);
  if (absl::Status failed = FromCall(context, status, absl::StrCat("measuring ", request.entity_ref())); !failed.ok()) {
    return failed;
  }
  return answer;
}

// Where the history of deployments ends, if that is before the window that was measured: of a history that was imported once there is nothing to say about now.
const google::protobuf::Timestamp* EndOfHistory(const v1::GetEntityMetricsResponse& answer) {
  const bool silent = !answer.measures().empty() && answer.measures(0).reason() == v1::Measure::SOURCE_SILENT;
  const google::protobuf::Timestamp* end = nullptr;
  for (const v1::DataUntil& data : answer.coverage().data_until()) {
    if (!silent || data.covers() != v1::SourceStatus::DEPLOYMENTS) continue;
    if (end == nullptr || data.until().seconds() > end->seconds()) end = &data.until();
  }
  return end;
}

int PrintOne(const CliContext& context, v1::MetricsService::Stub& stub, const MetricsOptions& options,
             const v1::MetricScope& scope) {
  v1::GetEntityMetricsRequest request;
  request.set_entity_ref(options.entity_refs[0]);
  *request.mutable_scope() = scope;
  absl::StatusOr<v1::GetEntityMetricsResponse> answer = Ask(context, stub, request);
  if (!answer.ok()) return ReportError(context, answer.status());
  const google::protobuf::Timestamp* const end = scope.has_as_of() ? nullptr : EndOfHistory(*answer);
  if (end != nullptr) {
    *request.mutable_scope()->mutable_as_of() = *end;
    *context.err << "headway: the history ends at " << google::protobuf::util::TimeUtil::ToString(*end)
                 << ": measured as of then; --as-of chooses another moment\n";
    answer = Ask(context, stub, request);
    if (!answer.ok()) return ReportError(context, answer.status());
  }
  std::string title = answer->entity_ref();
  if (const int members = answer->pooled_entities(); members > 0)
    absl::StrAppend(&title, ", pool of ", members, members == 1 ? " entity" : " entities");
  *context.out << (options.scope.is_json() ? JsonOf(*answer, true)
                                           : MetricsText(*answer, title, WantsColours(context)));
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
