// Reading status of an Application.
#ifndef HEADWAY_INGESTER_ARGOCD_STATUS_FIELDS_H_
#define HEADWAY_INGESTER_ARGOCD_STATUS_FIELDS_H_

#include "ingester/argocd/application.h"
#include "ingester/argocd/json_fields.h"

namespace headway::argocd {

inline constexpr size_t kMaxHistory = 1'000;  // entries of the history, the newest
inline constexpr size_t kMaxSources = 100;
inline constexpr size_t kMaxImages = 1'000;
inline constexpr size_t kMaxNotes = 20;

// Fills what status says; notes what is left out.
void ReadStatus(const JsonObject& status, ArgoApplication* application);

// The same sources at the same revisions render the same: all that a source says but the branch that its revision was found by.
uint64_t SourceFingerprint(const JsonObject& source);

// Adds a note, unless there are many already.
void Note(std::string note, ArgoApplication* application);

}  // namespace headway::argocd

#endif  // HEADWAY_INGESTER_ARGOCD_STATUS_FIELDS_H_
