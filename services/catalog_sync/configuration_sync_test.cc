#include "services/catalog_sync/configuration_sync.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "ingester/delivery/recording_sink.h"

namespace headway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ConfigurationSyncTest : public testing::Test {
 protected:
  ConfigurationSyncTest() {
    std::remove(StateFile().c_str());
    Restart();
  }

  static std::string StateFile() { return testing::TempDir() + "/configuration-rules"; }
  static std::string File() { return testing::TempDir() + "/headway.yaml"; }
  void Write(const std::string& text) { std::ofstream(File()) << text; }

  void Restart() {
    DeclarationSyncOptions options;
    options.source = "configuration";
    options.state_file = StateFile();
    options.clock = &clock_;
    options.stopping = [] { return false; };
    options.sleep = [](absl::Duration) {};
    sync_ = std::make_unique<ConfigurationSync>(File(), std::move(options), &sink_, instruments_);
  }

  std::vector<std::string> Look() {
    const size_t before = sink_.observations().size();
    clock_.Advance(absl::Seconds(2));
    sync_->Look();
    std::vector<std::string> said;
    const std::vector<v1::Observation> all = sink_.observations();
    for (size_t i = before; i < all.size(); ++i) {
      const v1::Observation& one = all[i];
      EXPECT_EQ(one.source(), "configuration");
      if (one.has_mapping_rule())
        said.push_back(absl::StrCat(one.mapping_rule().deleted() ? "-" : "+", "mapping ", one.mapping_rule().id()));
      if (one.has_environment_rule())
        said.push_back(
            absl::StrCat(one.environment_rule().deleted() ? "-" : "+", "environment ", one.environment_rule().id()));
      if (one.has_image_tag_rule())
        said.push_back(absl::StrCat(one.image_tag_rule().deleted() ? "-" : "+", "tag ", one.image_tag_rule().id()));
      if (one.has_source_status())
        said.push_back(absl::StrCat(
            "status: ", one.source_status().problems_size() > 0 ? one.source_status().problems(0).detail() : ""));
    }
    return said;
  }

  // What headway_configuration_good says.
  double IsGood() const {
    for (const prometheus::MetricFamily& family : instruments_.registry()->Collect()) {
      if (family.name == "headway_configuration_good") return family.metric.at(0).gauge.value;
    }
    return -1;
  }

  FakeClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  RecordingSink sink_;
  Instruments instruments_;
  std::unique_ptr<ConfigurationSync> sync_;
};

TEST_F(ConfigurationSyncTest, SendsRulesWhenTheFileChanges) {
  Write(
      "mapping: [{id: a, where: {name: x}, entity: component:default/x}]\nenvironments: [{id: e, match: p, tier: "
      "production}]\n"
      "image_tags: [{id: t, tag: '(?P<commit>[0-9a-f]{40})'}]\n");
  EXPECT_THAT(Look(), ElementsAre("+mapping a", "+environment e", "+tag t", "status: "));
  EXPECT_THAT(Look(), IsEmpty());
  Write("environments: [{id: e, match: q, tier: production}]\n");
  EXPECT_THAT(Look(), ElementsAre("+environment e", "-tag t", "-mapping a"));
}

TEST_F(ConfigurationSyncTest, WhileTheFileIsWrongTheRulesThatWereReadLastHold) {
  Write("environments: [{id: e, match: p, tier: production}]\n");
  Look();
  Write("environments: [{id: e, match: p, tier: prod}]\n");
  EXPECT_EQ(IsGood(), 1);
  EXPECT_THAT(Look(), ElementsAre(HasSubstr("headway.yaml:1: environments[0].tier: is \"prod\"")));
  EXPECT_EQ(IsGood(), 0);
  EXPECT_THAT(Look(), IsEmpty());
  std::remove(File().c_str());
  EXPECT_THAT(Look(), ElementsAre(HasSubstr("cannot be read")));
  Write("");
  EXPECT_THAT(Look(), ElementsAre("-environment e", "status: "));
  EXPECT_EQ(IsGood(), 1);
}

TEST_F(ConfigurationSyncTest, SeesOverARestartWhatWasTakenOut) {
  Write("environments: [{id: e, match: p, tier: production}, {id: f, match: q, tier: none}]\n");
  Look();
  Write("environments: [{id: e, match: p, tier: production}]\n");
  Restart();
  EXPECT_THAT(Look(), ElementsAre("+environment e", "-environment f", "status: "));
}

}  // namespace
}  // namespace headway
