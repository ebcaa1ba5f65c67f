// Numbers and times as people read them.
#ifndef HEADWAY_SERVICES_CLI_MEASURE_TEXT_H_
#define HEADWAY_SERVICES_CLI_MEASURE_TEXT_H_

#include <string>

#include "absl/time/time.h"
#include "headway/v1/metrics.pb.h"
#include "services/cli/text_table.h"

namespace headway {

// "2 d 4 h 13 min 9 s", to the second; "0.42 s" below one. `units`: at most so many of them, rounded to the last.
std::string HumanSeconds(double seconds, int units = 4);

// A value in a unit of the catalog: "2 d 4 h", "1.9 a day", "4.4 a week", "5.3 %", "3".
std::string HumanValue(double value, const std::string& unit, int units = 4);

// "2024-05-01 12:00:00 CEST".
std::string HumanTime(const google::protobuf::Timestamp& time, absl::TimeZone zone);
absl::TimeZone ZoneOf(const v1::MetricScope& scope);

// "+26 %"; with rates the difference, "+2.1 points". Empty where nothing is said about the trend.
TextTable::Cell ChangeCell(const v1::Measure& measure, const std::string& unit);

// The value with what belongs to it ("more than 3 d", "5.3 % (1 of 19)"), or why there is none.
TextTable::Cell ValueCell(const v1::Measure& measure, const std::string& unit);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_MEASURE_TEXT_H_
