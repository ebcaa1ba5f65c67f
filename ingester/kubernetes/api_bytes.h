// For tests: what API servers send, as bytes.
#ifndef HEADWAY_INGESTER_KUBERNETES_API_BYTES_H_
#define HEADWAY_INGESTER_KUBERNETES_API_BYTES_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace headway::kubernetes {

inline std::string ObjectJson(absl::string_view name, absl::string_view version, absl::string_view more = "") {
  return absl::StrCat(R"({"apiVersion":"argoproj.io/v1alpha1","kind":"Application","metadata":{"name":")", name,
                      R"(","namespace":"argocd","resourceVersion":")", version, R"("})", more, "}");
}

// As a server writes lists of what no Go type is for: by the alphabet, so that the version comes last.
inline std::string ListJson(absl::string_view version, const std::vector<std::string>& items,
                            absl::string_view token = "", absl::string_view kind = "ApplicationList") {
  return absl::StrCat(R"({"apiVersion":"argoproj.io/v1alpha1","items":[)", absl::StrJoin(items, ","), R"(],"kind":")",
                      kind, R"(","metadata":{"continue":")", token, R"(","resourceVersion":")", version, "\"}}\n");
}

inline std::string EventJson(absl::string_view type, absl::string_view object) {
  return absl::StrCat(R"({"type":")", type, R"(","object":)", object, "}\n");
}

inline std::string BookmarkJson(absl::string_view version, absl::string_view annotation = "") {
  const std::string annotations =
      annotation.empty() ? "" : absl::StrCat(R"(,"annotations":{"k8s.io/initial-events-end":")", annotation, "\"}");
  return EventJson("BOOKMARK", absl::StrCat(R"({"kind":"Application","metadata":{"resourceVersion":")", version, "\"",
                                            annotations, "}}"));
}

inline std::string StatusJson(int code, absl::string_view reason, absl::string_view message = "",
                              absl::string_view details = "{}") {
  return absl::StrCat(R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":")", message,
                      R"(","reason":")", reason, R"(","details":)", details, R"(,"code":)", code, "}");
}

inline std::string TooLargeJson() {
  return StatusJson(504, "Timeout", "Too large resource version: 900, current: 7",
                    R"({"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}]})");
}

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_API_BYTES_H_
