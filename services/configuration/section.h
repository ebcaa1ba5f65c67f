// One mapping of the configuration, read strictly: what is asked for is all that it may hold. Faults are collected, so that a person sees them all at once.
#ifndef HEADWAY_SERVICES_CONFIGURATION_SECTION_H_
#define HEADWAY_SERVICES_CONFIGURATION_SECTION_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/base/yaml_document.h"
#include "services/configuration/faults.h"

namespace headway {

// Ask for every setting, then call Finish, which refuses what was not asked for. What is wrong reads as if it were absent. Not thread-safe.
class Section {
 public:
  // The node and the faults must outlive this. A node that is no mapping is a fault, and reads as an empty one.
  Section(const YamlNode& node, std::string path, Faults* faults);

  bool Has(absl::string_view name) const;
  // The line of a setting; that of the section where it is absent.
  int LineOf(absl::string_view name) const;

  // Texts hold no control characters and have at most 1,024 bytes.
  std::string Text(absl::string_view name);
  // The same; that it is absent or empty is a fault.
  std::string RequiredText(absl::string_view name);
  std::vector<std::string> Texts(absl::string_view name);
  std::map<std::string, std::string> Pairs(absl::string_view name);
  int Number(absl::string_view name, int otherwise, int least, int most);
  absl::Duration Duration(absl::string_view name, absl::Duration otherwise, absl::Duration least, absl::Duration most);
  // RFC 3339, or a day, which begins in UTC.
  std::optional<absl::Time> Time(absl::string_view name);
  // The place in `values`; `otherwise` where it is absent.
  int OneOf(absl::string_view name, const std::vector<std::string>& values, int otherwise);

  // Reads a setting that is a mapping, if it is there.
  void Inside(absl::string_view name, const std::function<void(Section&)>& read);
  // Reads a setting that is a list of mappings; each has the path "name[i]".
  void Each(absl::string_view name, const std::function<void(Section&)>& read);

  void Fail(absl::string_view name, absl::string_view reason);
  void Finish();

  const std::string& path() const { return path_; }
  int line() const { return node_.line; }

 private:
  const YamlNode* Ask(absl::string_view name);
  const std::string* Scalar(absl::string_view name);
  std::string PathOf(absl::string_view name) const;
  void FailAt(int line, const std::string& path, absl::string_view reason);
  std::optional<std::string> TextOf(const YamlNode& node, const std::string& path);

  const YamlNode& node_;
  const std::string path_;
  Faults* const faults_;
  std::vector<std::string> asked_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_CONFIGURATION_SECTION_H_
