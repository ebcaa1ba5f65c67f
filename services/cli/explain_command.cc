// `headway explain`: what a number was computed from.
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

constexpr int kPageSize = 1000;

struct ExplainOptions {
  ScopeOptions scope;
  std::string entity_ref;
  std::string metric;
};

// All pages in one answer.
absl::StatusOr<v1::ExplainMetricResponse> ReadAll(const CliContext& context, v1::MetricsService::Stub& stub,
                                                  v1::ExplainMetricRequest request) {
  v1::ExplainMetricResponse whole;
  request.set_page_size(kPageSize);
  do {
    v1::ExplainMetricResponse page;
    grpc::ClientContext call;
    const grpc::Status status = stub.ExplainMetric(&call, request, &page);
    absl::Status failed =
        FromCall(context, status, absl::StrCat("explaining ", request.metric(), " of ", request.entity_ref()));
    if (!failed.ok()) return failed;
    request.set_page_token(page.next_page_token());
    if (!whole.has_measure()) {
      whole.Swap(&page);
      whole.clear_next_page_token();
    } else {
      for (v1::Evidence& evidence : *page.mutable_evidence()) *whole.add_evidence() = std::move(evidence);
    }
  } while (!request.page_token().empty());
  return whole;
}

int Explain(const CliContext& context, const ExplainOptions& options) {
  const absl::StatusOr<v1::MetricScope> scope = ScopeOf(options.scope);
  if (!scope.ok()) return ReportError(context, scope.status());
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = Connect(context);
  if (!channel.ok()) return ReportError(context, channel.status());
  v1::ExplainMetricRequest request;
  request.set_entity_ref(options.entity_ref);
  request.set_metric(options.metric);
  *request.mutable_scope() = *scope;
  const auto stub = v1::MetricsService::NewStub(*channel);
  const absl::StatusOr<v1::ExplainMetricResponse> answer = ReadAll(context, *stub, std::move(request));
  if (!answer.ok()) return ReportError(context, answer.status());
  *context.out << (options.scope.is_json() ? JsonOf(*answer, true)
                                           : ExplanationText(*answer, options.entity_ref, WantsColours(context)));
  return kExitOk;
}

}  // namespace

void RegisterExplain(Command root) {
  Command command = root.Add("explain", "Print what a number was computed from, and why each link was made");
  auto options = std::make_shared<ExplainOptions>();
  command.Positional("REF", &options->entity_ref, "The entity, such as component:default/payments");
  command.Positional("METRIC", &options->metric, "The measure, such as change_lead_time");
  AddScopeOptions(command, &options->scope);
  command.Examples({
      "headway explain component:default/etcd change_lead_time",
      "headway explain component:default/etcd change_fail_rate --window 90d --format json",
  });
  command.Run([options](const CliContext& context) { return Explain(context, *options); });
}

}  // namespace headway
