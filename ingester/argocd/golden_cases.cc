#include "ingester/argocd/golden_cases.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ingester/argocd/application_decoder.h"
#include "ingester/argocd/observe_application.h"

namespace headway {
namespace {

// As the API server would serve it: what is quoted is a text, what is not may be a number, true, false or null.
nlohmann::json ScalarToJson(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;
  int64_t number;
  if (text == "true" || text == "false") return text == "true";
  if (text.size() < 19 && absl::SimpleAtoi(text, &number)) return number;
  return text;
}

nlohmann::json ToJson(const YAML::Node& node) {
  if (node.IsScalar()) return ScalarToJson(node);
  if (node.IsNull()) return nullptr;
  nlohmann::json json = node.IsMap() ? nlohmann::json::object() : nlohmann::json::array();
  if (node.IsMap()) {
    for (const auto& pair : node) json[pair.first.as<std::string>()] = ToJson(pair.second);
  } else {
    for (const YAML::Node& element : node) json.push_back(ToJson(element));
  }
  return json;
}

GoldenCase ReadCase(const std::filesystem::path& path) {
  const YAML::Node file = YAML::LoadFile(path.string());
  GoldenCase read;
  read.name = path.stem().string();
  read.application = ToJson(file["application"]).dump();
  if (file["error"]) read.error = file["error"].as<std::string>();
  for (absl::string_view line : absl::StrSplit(file["observations"].as<std::string>(""), '\n', absl::SkipEmpty())) {
    read.says.emplace_back(line);
  }
  return read;
}

std::vector<GoldenCase> ReadAll() {
  std::vector<GoldenCase> cases;
  try {
    for (const auto& file : std::filesystem::directory_iterator(HEADWAY_GOLDEN_FOLDER)) {
      if (file.path().extension() == ".yaml") cases.push_back(ReadCase(file.path()));
    }
  } catch (const std::exception& error) {
    std::cerr << "while reading " << HEADWAY_GOLDEN_FOLDER << ": " << error.what() << "\n";
    std::abort();
  }
  std::sort(cases.begin(), cases.end(), [](const GoldenCase& a, const GoldenCase& b) { return a.name < b.name; });
  return cases;
}

}  // namespace

const std::vector<GoldenCase>& GoldenCases() {
  static const auto* cases = new std::vector<GoldenCase>(ReadAll());
  return *cases;
}

const GoldenCase& Golden(const std::string& name) {
  for (const GoldenCase& one : GoldenCases()) {
    if (one.name == name) return one;
  }
  std::cerr << "there is no golden case " << name << "\n";
  std::abort();
}

std::vector<v1::Observation> Observed(const std::string& application_json) {
  const absl::StatusOr<ArgoApplication> application = ApplicationDecoder().Decode(application_json);
  if (!application.ok()) {
    std::cerr << application.status().ToString() << "\n";
    std::abort();
  }
  ArgoObservations observed = ObserveApplication(*application, {});
  std::vector<v1::Observation> all = {std::move(observed.stream)};
  for (v1::Observation& one : observed.deployments) all.push_back(std::move(one));
  return all;
}

}  // namespace headway
