#include "ingester/delivery/declared_set.h"

#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace headway {
namespace {

constexpr char kFormat[] = "headway declared set 1";

// "entity component:default/a": the kind is the name of the field.
std::string KeyOf(const v1::Observation& observation) {
  switch (observation.kind_case()) {
    case v1::Observation::kEntity:
      return absl::StrCat("entity ", observation.entity().entity_ref());
    case v1::Observation::kMappingRule:
      return absl::StrCat("mapping_rule ", observation.mapping_rule().id());
    case v1::Observation::kEnvironmentRule:
      return absl::StrCat("environment_rule ", observation.environment_rule().id());
    case v1::Observation::kImageTagRule:
      return absl::StrCat("image_tag_rule ", observation.image_tag_rule().id());
    default:
      return "";
  }
}

void SetVersion(uint64_t version, v1::Observation* observation) {
  switch (observation->kind_case()) {
    case v1::Observation::kEntity:
      return observation->mutable_entity()->set_version(version);
    case v1::Observation::kMappingRule:
      return observation->mutable_mapping_rule()->set_version(version);
    case v1::Observation::kEnvironmentRule:
      return observation->mutable_environment_rule()->set_version(version);
    case v1::Observation::kImageTagRule:
      return observation->mutable_image_tag_rule()->set_version(version);
    default:
      return;
  }
}

v1::Observation Gone(const std::string& source, const std::string& key) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(key, absl::MaxSplits(' ', 1));
  v1::Observation observation;
  observation.set_source(source);
  if (parts.first == "entity") {
    observation.mutable_entity()->set_entity_ref(parts.second);
    observation.mutable_entity()->set_deleted(true);
  } else if (parts.first == "mapping_rule") {
    observation.mutable_mapping_rule()->set_id(parts.second);
    observation.mutable_mapping_rule()->set_deleted(true);
  } else if (parts.first == "environment_rule") {
    observation.mutable_environment_rule()->set_id(parts.second);
    observation.mutable_environment_rule()->set_deleted(true);
  } else {
    observation.mutable_image_tag_rule()->set_id(parts.second);
    observation.mutable_image_tag_rule()->set_deleted(true);
  }
  return observation;
}

// Of the content in its one deterministic form (annotations are a map): 128 bits of SHA-256.
std::string DigestOf(const v1::Observation& observation) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    observation.SerializeToCodedStream(&coded);
  }
  unsigned char digest[32];
  EVP_Digest(bytes.data(), bytes.size(), digest, nullptr, EVP_sha256(), nullptr);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), 16));
}

}  // namespace

DeclaredChanges DeclaredSet::Compare(const std::string& source, absl::Span<const Declared> all, absl::Time now,
                                     const std::function<bool(const std::vector<std::string>& files)>& may_be_hidden) {
  DeclaredChanges changes;
  std::set<std::string> seen;
  const auto add = [&](v1::Observation observation, DeclaredChanges::Item item, bool repeat) {
    const auto known = known_.find(item.key);
    const uint64_t before = known == known_.end() ? 0 : known->second.version;
    SetVersion(repeat ? before : std::max(before + 1, static_cast<uint64_t>(absl::ToUnixMicros(now))), &observation);
    changes.observations.push_back(std::move(observation));
    changes.items.push_back(std::move(item));
  };
  for (const Declared& one : all) {
    v1::Observation observation = one.observation;
    observation.set_source(source);
    SetVersion(0, &observation);
    const std::string key = KeyOf(observation);
    if (key.empty() || !seen.insert(key).second) continue;
    missing_.erase(key);
    std::string digest = DigestOf(observation);
    const auto known = known_.find(key);
    const bool same = known != known_.end() && known->second.digest == digest;
    if (same) known->second.files = one.files;
    if (same && !known->second.repeat) continue;
    ++(same                                                    ? changes.repeated
       : known == known_.end() || known->second.digest.empty() ? changes.added
                                                               : changes.changed);
    add(std::move(observation), {key, std::move(digest), one.files}, same);
  }
  for (const auto& [key, known] : known_) {
    if (seen.contains(key)) continue;
    if (known.digest.empty()) {
      if (!known.repeat) continue;
      ++changes.repeated;
      add(Gone(source, key), {key, "", {}}, true);
    } else if (!may_be_hidden(known.files) && ++missing_[key] >= missing_before_gone_) {
      ++changes.gone;
      add(Gone(source, key), {key, "", {}}, false);
    }
  }
  return changes;
}

void DeclaredSet::Take(const DeclaredChanges& changes) {
  for (size_t i = 0; i < changes.items.size(); ++i) {
    const DeclaredChanges::Item& item = changes.items[i];
    Known& known = known_[item.key];
    live_ += (item.digest.empty() ? 0 : 1) - (known.digest.empty() ? 0 : 1);
    const v1::Observation& sent = changes.observations[i];
    known.version = std::max({sent.entity().version(), sent.mapping_rule().version(), sent.environment_rule().version(),
                              sent.image_tag_rule().version()});
    known.digest = item.digest;
    known.files = item.files;
    known.repeat = false;
    missing_.erase(item.key);
  }
}

std::string DeclaredSet::ToText() const {
  std::string text = absl::StrCat(kFormat, "\n");
  for (const auto& [key, known] : known_) {
    const nlohmann::json line = {
        {"key", key}, {"digest", known.digest}, {"version", known.version}, {"files", known.files}};
    absl::StrAppend(&text, line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), "\n");
  }
  return text;
}

absl::Status DeclaredSet::FromText(const std::string& text) {
  known_.clear();
  missing_.clear();
  live_ = 0;
  std::istringstream in(text);
  std::string line;
  if (!std::getline(in, line) || line != kFormat) return absl::InvalidArgumentError("it does not begin as it should");
  try {
    while (std::getline(in, line)) {
      const nlohmann::json parsed = nlohmann::json::parse(line);
      Known known{parsed.at("digest"), parsed.at("version"), parsed.at("files"), true};
      live_ += known.digest.empty() ? 0 : 1;
      known_[parsed.at("key")] = std::move(known);
    }
  } catch (const nlohmann::json::exception& e) {
    known_.clear();
    live_ = 0;
    return absl::InvalidArgumentError(e.what());
  }
  return absl::OkStatus();
}

absl::Status LoadDeclaredSet(const std::string& file, DeclaredSet* set) {
  if (file.empty()) return absl::NotFoundError("nothing is remembered over a restart");
  std::ifstream in(file, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat(file, ": there is none yet"));
  std::stringstream text;
  text << in.rdbuf();
  const absl::Status status = set->FromText(text.str());
  return status.ok() ? status : absl::InvalidArgumentError(absl::StrCat(file, ": ", status.message()));
}

absl::Status SaveDeclaredSet(const std::string& file, const DeclaredSet& set) {
  if (file.empty()) return absl::OkStatus();
  const std::string text = set.ToText(), fresh = file + ".new";
  const int out = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool good = out >= 0;
  for (size_t done = 0; good && done < text.size();) {
    const ssize_t wrote = write(out, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    good = wrote > 0;
    if (good) done += static_cast<size_t>(wrote);
  }
  good = good && fsync(out) == 0;
  const int error = errno;
  if (out >= 0) close(out);
  if (good && std::rename(fresh.c_str(), file.c_str()) == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("while writing ", file, ": ", std::strerror(good ? errno : error)));
}

}  // namespace headway
