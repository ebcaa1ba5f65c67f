#include "services/catalog_sync/configuration_sync.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/log.h"

namespace headway {
namespace {

constexpr absl::Duration kLookEvery = absl::Seconds(2);
constexpr absl::Duration kSayAgain = absl::Minutes(5);

std::vector<Declared> RulesOf(const Configuration& configuration) {
  std::vector<Declared> all;
  for (const v1::MappingRule& rule : configuration.mapping_rules)
    *all.emplace_back().observation.mutable_mapping_rule() = rule;
  for (const v1::EnvironmentRule& rule : configuration.environments)
    *all.emplace_back().observation.mutable_environment_rule() = rule;
  for (const v1::ImageTagRule& rule : configuration.image_tags)
    *all.emplace_back().observation.mutable_image_tag_rule() = rule;
  return all;
}

}  // namespace

ConfigurationSync::ConfigurationSync(std::string file, DeclarationSyncOptions options, ObservationSink* sink,
                                     Instruments& instruments)
    : file_(std::move(file)),
      clock_(options.clock),
      sync_(
          [&] {
            // A file is read whole: what is not in it is gone.
            options.missing_before_gone = 1;
            return options;
          }(),
          sink, instruments),
      report_(options.source, kSayAgain),
      good_(instruments.Gauge("configuration_good", "1 while the configuration file can be used as it is.")) {}

absl::Duration ConfigurationSync::Look() {
  const absl::Time now = clock_->Now();
  const absl::Status status = Synchronise(now);
  if (const std::optional<v1::Observation> observation = report_.Due(now)) {
    if (sync_.SendOne(*observation).ok()) report_.Said(*observation, now);
  }
  const std::string text = status.ok() || absl::IsCancelled(status) ? "" : std::string(status.message());
  if (text != said_) {
    if (text.empty()) {
      LogInfo("the configuration is good again", {{"file", file_}});
    } else {
      LogWarning("the rules that were read last hold", {{"file", file_}, {"cause", status}});
    }
  }
  said_ = text;
  return kLookEvery;
}

absl::Status ConfigurationSync::Synchronise(absl::Time now) {
  const absl::StatusOr<Configuration> configuration = ReadConfiguration(file_);
  good_.Set(configuration.ok() ? 1 : 0);
  if (!configuration.ok()) {
    report_.Failed(now, ProblemOf(configuration.status(), absl::StrCat("read the configuration file ", file_)));
    return configuration.status();
  }
  absl::Status status = sync_.Send(RulesOf(*configuration), [](const std::vector<std::string>&) { return false; });
  if (!status.ok()) return status;
  std::vector<v1::SourceProblem> problems;
  for (const auto& [key, reason] : sync_.refused()) {
    problems.push_back(ProblemOf(absl::InvalidArgumentError(reason), absl::StrCat("store rule ", key)));
    problems.back().set_code(v1::SourceProblem::REJECTED);
  }
  report_.Seen(now, std::move(problems));
  return absl::OkStatus();
}

}  // namespace headway
