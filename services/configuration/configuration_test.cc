#include "services/configuration/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <regex>
#include <sstream>

#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"

namespace headway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Configuration Parsed(absl::string_view text) {
  const absl::StatusOr<Configuration> configuration = ParseConfiguration(text, "deploy/x.yaml");
  EXPECT_TRUE(configuration.ok()) << configuration.status();
  return configuration.ok() ? *configuration : Configuration();
}

std::string FaultsIn(absl::string_view text) {
  const absl::StatusOr<Configuration> configuration = ParseConfiguration(text, "x.yaml");
  EXPECT_FALSE(configuration.ok()) << text;
  EXPECT_EQ(configuration.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(configuration.status().message());
}

MATCHER_P(IsProto, text, "") {
  std::decay_t<decltype(arg)> wanted;
  return google::protobuf::TextFormat::ParseFromString(text, &wanted) &&
         google::protobuf::util::MessageDifferencer::Equals(wanted, arg);
}

TEST(Configuration, NothingIsRequired) {
  for (const char* text : {"", "# only a comment\n", "catalog:\nmapping:\nenvironments: []\npolicies: {}\n"}) {
    const Configuration configuration = Parsed(text);
    EXPECT_FALSE(configuration.catalog.has_value());
    EXPECT_TRUE(configuration.mapping_rules.empty());
    EXPECT_EQ(configuration.policies.ByteSizeLong(), 0u);
  }
}

TEST(Configuration, ReadsRulesInTheirOrder) {
  const Configuration configuration = Parsed(R"yaml(
mapping:
  - id: a
    where: {name: "(?P<app>.+)-prod", labels: {team: payments}}
    entity: component:default/${app}
    since: 2026-01-02
  - {id: b, where: {project: x}, entity: component:default/y}
environments:
  - {id: e, where: {destination_namespace: "prod-(?P<region>.+)"}, name: "prod-${region}", tier: production}
  - {id: f, match: live, tier: none}
image_tags:
  - {id: t, tag: "(?P<commit>[0-9a-f]{40})"}
)yaml");
  EXPECT_THAT(configuration.mapping_rules,
              ElementsAre(IsProto("id: 'a' where { name: '(?P<app>.+)-prod' labels { key: 'team' value: 'payments' } } "
                                  "entity_ref: 'component:default/${app}' since { seconds: 1767312000 }"),
                          IsProto("id: 'b' order: 1 where { project: 'x' } entity_ref: 'component:default/y'")));
  EXPECT_THAT(configuration.environments,
              ElementsAre(IsProto("id: 'e' where { destination_namespace: 'prod-(?P<region>.+)' } name: "
                                  "'prod-${region}' tier: PRODUCTION"),
                          IsProto("id: 'f' order: 1 match: 'live'")));
  EXPECT_THAT(configuration.image_tags, ElementsAre(IsProto("id: 't' tag: '(?P<commit>[0-9a-f]{40})'")));
}

TEST(Configuration, PathsAreFromTheFolderOfTheFile) {
  const Configuration configuration = Parsed(
      "catalog: {backstage: {url: https://portal.example.org/base/, token_file: secrets/t, every: 1m, page_size: 7}}\n"
      "argocd: [{name: eu, namespaces: [a, b], kubeconfig: /etc/kube, context: c}, {}]\n");
  ASSERT_TRUE(configuration.catalog.has_value());
  EXPECT_EQ(configuration.catalog->name, "backstage");
  EXPECT_EQ(configuration.catalog->url, "https://portal.example.org/base");
  EXPECT_EQ(configuration.catalog->token_file, "deploy/secrets/t");
  EXPECT_EQ(configuration.catalog->every, absl::Minutes(1));
  EXPECT_EQ(configuration.catalog->page_size, 7);
  ASSERT_EQ(configuration.argocd.size(), 2u);
  EXPECT_EQ(configuration.argocd[0].name, "eu");
  EXPECT_THAT(configuration.argocd[0].namespaces, ElementsAre("a", "b"));
  EXPECT_EQ(configuration.argocd[0].kubeconfig, "/etc/kube");
  EXPECT_EQ(configuration.argocd[1].name, "argocd");
  EXPECT_EQ(Parsed("catalog: {folder: {path: ../c}}").catalog->folder, "c");
}

TEST(Configuration, PoliciesAreOnlyWhatTheFileSets) {
  EXPECT_THAT(
      Parsed("policies: {finish: synced, changes: all, degraded_after: 10m, minimum_events: 5}").policies,
      IsProto("finish: SYNCED changes: PULL_REQUESTS_AND_PUSHES degraded_after { seconds: 600 } minimum_events: 5"));
  EXPECT_THAT(Parsed("policies: {degraded_after: off}").policies, IsProto(""));
}

// What a person may get wrong, and what is said then: all of it.
TEST(Configuration, EachFaultNamesLineAndField) {
  const struct {
    const char* text;
    const char* faults;
  } kTable[] = {
      {"a: [", "x.yaml:1: is no YAML: end of sequence flow not found"},
      {"- a", "x.yaml:1: is a list, not a mapping"},
      {"a: 1\n---\nb: 1",
       "x.yaml:1: a: is no setting; there are catalog, mapping, environments, image_tags, policies, argocd\n"
       "x.yaml:3: is a second document; the file has one"},
      {"policies: {}\npolicies: {}", "x.yaml:2: the key \"policies\" is there twice"},
      {"environments:\n  - id: a\n    match: b\n    tier: prod",
       "x.yaml:4: environments[0].tier: is \"prod\", not one of none, production, staging, testing, development"},
      {"environments:\n  - match: b\n    tier: staging", "x.yaml:2: environments[0].id: is required"},
      {"environments:\n  - id: a\n    tier: staging",
       "x.yaml:2: environments[0]: match (a name) or where (a selector) is required"},
      {"environments:\n  - id: a\n    match: b\n    where: {name: c}\n    tier: staging",
       "x.yaml:3: environments[0].match: stands beside where: a rule has one of the two"},
      {"environments:\n  - id: a\n    match: b",
       "x.yaml:2: environments[0]: changes nothing: name, tier or both are required"},
      {"environments:\n  - {id: a, match: b, tier: none}\n  - {id: a, match: c, tier: none}",
       "x.yaml:3: environments[1].id: \"a\" is the id of another rule above"},
      {"environments:\n  - {id: a, match: b, name: '${x}', tier: none}",
       "x.yaml:2: environments[0].name: asks for \"${x}\", and no expression of where has a group (?P<x>...)"},
      {"environments: {id: a}", "x.yaml:1: environments: is a mapping, not a list"},
      {"environments:\n  -\n  - [a]",
       "x.yaml:3: environments[0]: is nothing, not a mapping\nx.yaml:3: environments[1]: is a list, not a mapping"},
      {"mapping:\n  - id: a\n    entity: component:default/a",
       "x.yaml:2: mapping[0].where: is required: which streams the rule is about"},
      {"mapping:\n  - id: a\n    where: {name: '('}\n    entity: component:default/a",
       "x.yaml:3: mapping[0].where.name: is no regular expression: missing ): ("},
      {"mapping:\n  - id: a\n    where: {nme: b}\n    entity: component:default/a",
       "x.yaml:3: mapping[0].where.nme: is no setting; there are source, stream, name, namespace, destination_cluster, "
       "destination_namespace, project, labels"},
      {"mapping:\n  - id: a\n    where: {labels: [a]}\n    entity: component:default/a",
       "x.yaml:3: mapping[0].where.labels: is a list, not a mapping: {name: value}"},
      {"mapping:\n  - id: a\n    where: {name: b}\n    entity: payments",
       "x.yaml:4: mapping[0].entity: is \"payments\", not a ref such as component:default/payments"},
      {"mapping:\n  - id: a\n    where: {name: b}\n    entity: component:default/${app}",
       "x.yaml:4: mapping[0].entity: asks for \"${app}\", and no expression of where has a group (?P<app>...)"},
      {"mapping:\n  - id: a\n    where: {name: b}\n    entity: component:default/${app",
       "x.yaml:4: mapping[0].entity: has a \"${\" without its \"}\""},
      {"mapping:\n  - id: a\n    where: {name: b}\n    entity: component:default/a\n    since: yesterday",
       "x.yaml:5: mapping[0].since: is \"yesterday\", not a time such as 2026-01-31T12:00:00Z or a day such as "
       "2026-01-31"},
      {"mapping:\n  - id: \"a\\nb\"\n    where: {name: b}\n    entity: component:default/a",
       "x.yaml:2: mapping[0].id: holds a control character"},
      {"image_tags:\n  - id: a", "x.yaml:2: image_tags[0].tag: is required"},
      {"image_tags:\n  - id: a\n    tag: '[0-9a-f]{40}'",
       "x.yaml:3: image_tags[0].tag: has no group \"commit\": write (?P<commit>[0-9a-f]{7,40}) where the tag holds the "
       "commit"},
      {"policies:\n  finish: done", "x.yaml:2: policies.finish: there is no value \"done\"; there are healthy, synced"},
      {"policies:\n  finish: synced\n  attribution_window: 500d",
       "x.yaml:3: policies.attribution_window: it must be above zero and at most 366 days"},
      {"policies:\n  minimum_events: some", "x.yaml:2: policies.minimum_events: \"some\" is no whole number"},
      {"policies:\n  finished: x",
       "x.yaml:2: policies.finished: is no setting; there are first_deployment, changes, cherry_picks, bots, "
       "incident_attribution, roll_out, finish, attribution_window, roll_out_window, stream_activity, degraded_after, "
       "minimum_events"},
      {"catalog:\n  name: a", "x.yaml:2: catalog: exactly one of backstage and folder is required"},
      {"catalog:\n  backstage: {url: ftp://x}",
       "x.yaml:2: catalog.backstage.url: is \"ftp://x\", not an address such as https://portal.example.org, without "
       "user, "
       "query and fragment"},
      {"catalog:\n  backstage:\n    every: 30s", "x.yaml:3: catalog.backstage.url: is required"},
      {"catalog:\n  folder: {path: a, every: 0s}",
       "x.yaml:2: catalog.folder.every: is \"0s\", not a duration from 1s to 24h, such as 90s, 5m or 24h"},
      {"catalog:\n  backstage: {url: http://x, page_size: 0}",
       "x.yaml:2: catalog.backstage.page_size: is \"0\", not a whole number from 1 to 5000"},
      {"catalog:\n  name: a/b\n  folder: {path: a}",
       "x.yaml:2: catalog.name: is \"a/b\": only letters, digits, \"-\", \"_\" and \".\" may be in a name"},
      {"argocd:\n  - {}\n  - {name: argocd}",
       "x.yaml:3: argocd[1].name: \"argocd\" is the name of another instance above"},
      {"argocd:\n  - namespaces: argocd", "x.yaml:2: argocd[0].namespaces: is a text, not a list of texts: [a, b]"},
      {"argocd:\n  - namespaces:\n      - a/b", "x.yaml:3: argocd[0].namespaces: \"a/b\" is no name of a namespace"},
      {"argocd:\n  - context: a", "x.yaml:2: argocd[0].context: needs a kubeconfig"},
  };
  for (const auto& row : kTable) EXPECT_EQ(FaultsIn(row.text), row.faults) << row.text;
}

TEST(Configuration, SaysAllFaultsInTheOrderOfTheFileAndNoMoreThanTwenty) {
  EXPECT_EQ(FaultsIn("policies: {finish: x}\nenvironments: 1\n"),
            "x.yaml:1: policies.finish: there is no value \"x\"; there are healthy, synced\n"
            "x.yaml:2: environments: is a text, not a list");
  std::string many = "environments:\n";
  for (int i = 0; i < 30; ++i) many += "  - {match: a, tier: none}\n";
  EXPECT_THAT(FaultsIn(many), HasSubstr("x.yaml: and 10 more"));
}

TEST(Configuration, AFileThatIsNotThereIsNamed) {
  const absl::Status status = ReadConfiguration("/nowhere/x.yaml").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "/nowhere/x.yaml: cannot be read");
  EXPECT_EQ(ReadConfiguration("/tmp").status().code(), absl::StatusCode::kNotFound);
}

// The example as it is, and with each setting that it shows taken into use ("#" before prose is followed by a space, before a setting by none).
TEST(Configuration, TheExampleHolds) {
  ASSERT_TRUE(ReadConfiguration(HEADWAY_EXAMPLE).ok()) << ReadConfiguration(HEADWAY_EXAMPLE).status();
  std::ifstream in(HEADWAY_EXAMPLE);
  std::string text, line;
  bool begun = false;
  while (std::getline(in, line)) {
    begun |= line == "#catalog:";
    // The folder stands in place of the backstage.
    const size_t inner = line.find("#  ");
    if (!begun || line.find("#folder") != std::string::npos || (inner != std::string::npos && inner > 0)) continue;
    line = std::regex_replace(line, std::regex("^#(?! [A-Za-z])"), "");
    text += std::regex_replace(line, std::regex("^( +)#(?=[a-z])"), "$1") + "\n";
  }
  const Configuration configuration = Parsed(text);
  ASSERT_TRUE(configuration.catalog.has_value()) << text;
  EXPECT_EQ(configuration.catalog->every, absl::Seconds(30));
  ASSERT_EQ(configuration.mapping_rules.size(), 1u);
  EXPECT_TRUE(configuration.mapping_rules[0].has_since());
  EXPECT_EQ(configuration.mapping_rules[0].where().labels_size(), 1);
  EXPECT_EQ(configuration.mapping_rules[0].where().source(), "argocd:argocd");
  EXPECT_EQ(configuration.environments.size(), 3u);
  EXPECT_EQ(configuration.image_tags.size(), 1u);
  EXPECT_EQ(configuration.argocd.size(), 1u);
  // Every policy is shown.
  EXPECT_EQ(configuration.policies.finish(), v1::Policies::HEALTHY);
  EXPECT_EQ(configuration.policies.minimum_events(), 1);
}

}  // namespace
}  // namespace headway
