// Findings as people read them, and as programs do. Pure.
#ifndef HEADWAY_SERVICES_CLI_DOCTOR_TEXT_H_
#define HEADWAY_SERVICES_CLI_DOCTOR_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/cli/doctor_findings.h"

namespace headway {

// How many are to be done.
size_t TodosOf(absl::Span<const Finding> findings);

// One line for what is fine; for what is to be done what was seen and the next steps; and at the end how many.
std::string DoctorText(absl::Span<const Finding> findings, bool colours);

// {"ok": ..., "findings": [{"level": "todo", "check": ..., "subject": ..., "title": ..., "detail": ..., "steps": [{"sentence": ..., "lines": ...}]}]}
std::string DoctorJson(absl::Span<const Finding> findings, absl::string_view server);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_DOCTOR_TEXT_H_
