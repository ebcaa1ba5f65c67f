// Answers of MetricsService as text for a terminal.
#ifndef HEADWAY_SERVICES_CLI_METRICS_TEXT_H_
#define HEADWAY_SERVICES_CLI_METRICS_TEXT_H_

#include <string>

#include "headway/v1/metrics.pb.h"

namespace headway {

// The measures of one entity (or of a pool, which `title` names), its coverage and how far its sources have come.
std::string MetricsText(const v1::GetEntityMetricsResponse& answer, const std::string& title, bool colours);

// The number, how it follows, and the facts with why each counts or not.
std::string ExplanationText(const v1::ExplainMetricResponse& answer, const std::string& entity_ref, bool colours);

// One line for each bucket, with a bar.
std::string SeriesText(const v1::GetMetricSeriesResponse& answer, const std::string& metric, bool colours);

// The unit of a measure, "count" for one that this program does not know.
std::string UnitOf(const std::string& metric);
std::string TitleOf(const std::string& metric);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_METRICS_TEXT_H_
