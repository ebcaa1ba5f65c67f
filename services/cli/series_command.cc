// `headway series`: a measure over days, weeks or months.
#include <grpcpp/grpcpp.h>

#include <memory>
#include <ostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "headway/v1/metrics.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/connection.h"
#include "services/cli/metrics_text.h"
#include "services/cli/scope_options.h"

namespace headway {
namespace {

struct SeriesOptions {
  ScopeOptions scope;
  std::string entity_ref;
  std::string metric;
  std::string bucket = "week";
};

int Series(const CliContext& context, const SeriesOptions& options) {
  const absl::StatusOr<v1::MetricScope> scope = ScopeOf(options.scope);
  if (!scope.ok()) return ReportError(context, scope.status());
  v1::GetMetricSeriesRequest request;
  request.set_entity_ref(options.entity_ref);
  request.set_metric(options.metric);
  *request.mutable_scope() = *scope;
  v1::GetMetricSeriesRequest::Bucket bucket = v1::GetMetricSeriesRequest::DAY;
  v1::GetMetricSeriesRequest::Bucket_Parse(absl::AsciiStrToUpper(options.bucket), &bucket);
  request.set_bucket(bucket);
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = Connect(context);
  if (!channel.ok()) return ReportError(context, channel.status());
  v1::GetMetricSeriesResponse answer;
  grpc::ClientContext call;
  const grpc::Status status = v1::MetricsService::NewStub(*channel)->GetMetricSeries(&call, request, &answer);
  absl::Status failed = FromCall(context, status, absl::StrCat("reading the series of ", options.entity_ref));
  if (!failed.ok()) return ReportError(context, failed);
  *context.out << (options.scope.is_json() ? JsonOf(answer, true)
                                           : SeriesText(answer, options.metric, WantsColours(context)));
  return kExitOk;
}

}  // namespace

void RegisterSeries(Command root) {
  Command command = root.Add("series", "Print a measure over days, weeks or months");
  auto options = std::make_shared<SeriesOptions>();
  options->scope.window = "90d";
  command.Positional("REF", &options->entity_ref, "The entity, such as component:default/payments");
  command.Positional("METRIC", &options->metric, "The measure, such as deployment_frequency");
  command.Choice("--bucket", &options->bucket, {"day", "week", "month"}, "Length of a bucket; weeks begin on Monday");
  AddScopeOptions(command, &options->scope);
  command.Examples({"headway series component:default/etcd deployment_frequency --window 365d --bucket month"});
  command.Run([options](const CliContext& context) { return Series(context, *options); });
}

}  // namespace headway
