#include "services/catalog_sync/catalog_sync.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "ingester/delivery/recording_sink.h"

namespace headway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Lists what it is told.
class ScriptedCatalog : public catalog::CatalogSource {
 public:
  absl::StatusOr<std::shared_ptr<const catalog::Listing>> List() override {
    ++looks;
    return next;
  }
  std::string Describe() const override { return "there"; }

  absl::StatusOr<std::shared_ptr<const catalog::Listing>> next = absl::UnavailableError("away");
  int looks = 0;
};

class CatalogSyncTest : public testing::Test {
 protected:
  CatalogSyncTest() { std::remove(StateFile().c_str()); }

  static std::string StateFile() { return testing::TempDir() + "/catalog-entities"; }

  void Restart() {
    auto source = std::make_unique<ScriptedCatalog>();
    if (source_ != nullptr) source->next = source_->next;
    sync_.reset();
    source_ = source.get();
    DeclarationSyncOptions options;
    options.source = "catalog:x";
    options.state_file = StateFile();
    options.clock = &clock_;
    options.stopping = [] { return false; };
    options.sleep = [](absl::Duration) {};
    sync_ =
        std::make_unique<CatalogSync>(std::move(source), std::move(options), absl::Seconds(30), &sink_, instruments_);
  }

  // "a" of the file "a.yaml", "b" of "b.yaml", ...
  void Hold(const std::vector<std::string>& names, const std::vector<catalog::ListingFault>& faults = {}) {
    auto listing = std::make_shared<catalog::Listing>();
    for (const std::string& name : names) {
      listing->entities.emplace_back().declaration.set_entity_ref("component:default/" + name);
      listing->entities.back().files = {name + ".yaml"};
    }
    listing->faults = faults;
    source_->next = listing;
  }

  // Looks, and says what came: "+a", "-b", "status:" with the problems.
  std::vector<std::string> Look() {
    const size_t before = sink_.observations().size();
    clock_.Advance(absl::Seconds(30));
    wait_ = sync_->Look();
    std::vector<std::string> said;
    const std::vector<v1::Observation> all = sink_.observations();
    for (size_t i = before; i < all.size(); ++i) {
      EXPECT_EQ(all[i].source(), "catalog:x");
      if (all[i].has_entity()) {
        said.push_back(absl::StrCat(all[i].entity().deleted() ? "-" : "+", all[i].entity().entity_ref().substr(18)));
        continue;
      }
      std::string text = "status:";
      for (const v1::SourceProblem& problem : all[i].source_status().problems())
        absl::StrAppend(&text, " ", v1::SourceProblem::Code_Name(problem.code()), " ", problem.subject(), ": ",
                        problem.detail());
      said.push_back(text);
    }
    return said;
  }

  // The value of the only one of that name.
  double Instrument(const std::string& name) const {
    for (const prometheus::MetricFamily& family : instruments_.registry()->Collect()) {
      if (family.name == name) return family.metric.at(0).gauge.value;
    }
    return -1;
  }

  FakeClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  RecordingSink sink_;
  Instruments instruments_;
  ScriptedCatalog* source_ = nullptr;
  std::unique_ptr<CatalogSync> sync_;
  absl::Duration wait_;
};

TEST_F(CatalogSyncTest, SendsWhatIsAddedAndGoneAndNothingElse) {
  Restart();
  Hold({"a", "b"});
  EXPECT_THAT(Look(), ElementsAre("+a", "+b", "status:"));
  EXPECT_EQ(wait_, absl::Seconds(30));
  EXPECT_THAT(Look(), IsEmpty());
  Hold({"a"});
  EXPECT_THAT(Look(), IsEmpty());
  // The listing is the same one, and what is missing is still looked for.
  EXPECT_THAT(Look(), ElementsAre("-b"));
  EXPECT_THAT(Look(), IsEmpty());
}

TEST_F(CatalogSyncTest, SeesOverARestartWhatVanishedMeanwhile) {
  Restart();
  Hold({"a", "b"});
  Look();
  Hold({"a"});
  Restart();
  EXPECT_THAT(Look(), ElementsAre("+a", "status:"));
  EXPECT_THAT(Look(), ElementsAre("-b"));
}

TEST_F(CatalogSyncTest, ACatalogThatIsAwayIsAProblemAndNoEmptyCatalog) {
  Restart();
  Hold({"a"});
  Look();
  source_->next = absl::UnauthenticatedError("answered 401");
  EXPECT_THAT(Look(), ElementsAre("status: UNAUTHENTICATED read the catalog at there: answered 401"));
  EXPECT_EQ(wait_, absl::Seconds(1));
  EXPECT_THAT(Look(), IsEmpty());
  EXPECT_EQ(wait_, absl::Seconds(2));
  source_->next = absl::DeadlineExceededError("too slow");
  EXPECT_THAT(Look(), ElementsAre("status: UNREACHABLE read the catalog at there: too slow"));
  for (int i = 0; i < 8; ++i) Look();
  EXPECT_EQ(wait_, absl::Seconds(30));
  Hold({});
  EXPECT_THAT(
      Look(),
      ElementsAre("status: NOT_FOUND read the catalog at there: it is empty, and held 1 entities: they are kept"));
  Hold({"a"});
  EXPECT_THAT(Look(), ElementsAre("status:"));
  EXPECT_EQ(wait_, absl::Seconds(30));
}

TEST_F(CatalogSyncTest, WhatAFaultMayHideIsNotGone) {
  Restart();
  Hold({"a", "b", "c"});
  Look();
  Hold({"c"}, {{"a.yaml", 3, "broken"}, {"b.yaml", 0, "two", false}});
  EXPECT_THAT(Look(), ElementsAre("status: INVALID_ANSWER read a.yaml:3: broken INVALID_ANSWER read b.yaml: two"));
  EXPECT_THAT(Look(), ElementsAre("-b"));
  EXPECT_THAT(Look(), IsEmpty());
  Hold({"c"});
  EXPECT_THAT(Look(), ElementsAre("status:"));
  EXPECT_THAT(Look(), ElementsAre("-a"));
}

TEST_F(CatalogSyncTest, SendsAgainWhatCouldNotBeStored) {
  Restart();
  Hold({"a"});
  sink_.FailNext(1000, absl::UnavailableError("no database"));
  EXPECT_THAT(Look(), IsEmpty());
  EXPECT_LT(wait_, absl::Seconds(30));
  sink_.FailNext(0, absl::OkStatus());
  EXPECT_THAT(Look(), ElementsAre("+a", "status:"));
}

TEST_F(CatalogSyncTest, TellsWhatWasRefusedUntilItChanges) {
  Restart();
  sink_.RejectWhere([](const v1::Observation& o) {
    return o.entity().entity_ref() == "component:default/a" && !o.entity().deleted() ? "entity.title" : "";
  });
  Hold({"a", "b"});
  EXPECT_THAT(Look(),
              ElementsAre("+b", "status: REJECTED store component:default/a: entity.title: refused by the test"));
  EXPECT_THAT(Look(), IsEmpty());
  Hold({"b"});
  Look();
  EXPECT_THAT(Look(), ElementsAre("-a", "status:"));
}

TEST_F(CatalogSyncTest, TellsWhichOfThemWasRefused) {
  Restart();
  sink_.RejectWhere(
      [](const v1::Observation& o) { return o.entity().entity_ref() == "component:default/b" ? "entity.title" : ""; });
  Hold({"a", "b", "c"});
  EXPECT_THAT(Look(),
              ElementsAre("+a", "+c", "status: REJECTED store component:default/b: entity.title: refused by the test"));
}

TEST_F(CatalogSyncTest, AProblemKeepsTheTimeWhenItBegan) {
  Restart();
  Hold({"a"});
  Look();
  const absl::Time good = clock_.Now();
  source_->next = absl::UnavailableError("away");
  Look();
  const absl::Time begun = clock_.Now();
  for (int i = 0; i < 11; ++i) Look();
  const v1::SourceStatus status = sink_.observations().back().source_status();
  ASSERT_EQ(status.problems_size(), 1);
  EXPECT_EQ(status.problems(0).since().seconds(), absl::ToUnixSeconds(begun));
  EXPECT_GE(status.reported_at().seconds(), absl::ToUnixSeconds(begun) + 300);
  EXPECT_EQ(status.complete_until().seconds(), absl::ToUnixSeconds(good));
  EXPECT_EQ(status.last_contact_at().seconds(), absl::ToUnixSeconds(good));
}

TEST_F(CatalogSyncTest, AStopIsNoProblem) {
  Restart();
  Hold({"a"});
  Look();
  source_->next = absl::CancelledError("stopping");
  for (int i = 0; i < 5; ++i) EXPECT_THAT(Look(), IsEmpty());
}

TEST_F(CatalogSyncTest, ItsInstrumentsTellWhetherTheCatalogIsRead) {
  Restart();
  EXPECT_EQ(Instrument("headway_catalog_connected"), 0);
  Hold({"a", "b"});
  Look();
  EXPECT_EQ(Instrument("headway_catalog_connected"), 1);
  EXPECT_EQ(Instrument("headway_catalog_entities"), 2);
  const double heard = Instrument("headway_catalog_last_contact_timestamp_seconds");
  EXPECT_EQ(heard, absl::ToUnixSeconds(clock_.Now()));
  source_->next = absl::UnavailableError("away");
  Look();
  EXPECT_EQ(Instrument("headway_catalog_connected"), 0);
  EXPECT_EQ(Instrument("headway_catalog_last_contact_timestamp_seconds"), heard);
  Hold({});
  Look();
  EXPECT_EQ(Instrument("headway_catalog_connected"), 0);
}

TEST_F(CatalogSyncTest, SaysNowAndThenThatItIsThere) {
  Restart();
  Hold({"a"});
  Look();
  int statuses = 0;
  for (int i = 0; i < 40; ++i) statuses += static_cast<int>(Look().size());
  EXPECT_EQ(statuses, 4);
}

TEST_F(CatalogSyncTest, SaysAtMostTwentyProblems) {
  Restart();
  std::vector<catalog::ListingFault> faults;
  for (int i = 0; i < 100; ++i) faults.push_back({absl::StrCat("f", i), i, std::string(5000, 'x')});
  Hold({"a"}, faults);
  Look();
  const v1::SourceStatus status = sink_.observations().back().source_status();
  EXPECT_LE(status.problems_size(), 20);
  EXPECT_GE(status.problems_size(), 19);
  EXPECT_LE(status.problems(0).detail().size(), 1024u);
}

}  // namespace
}  // namespace headway
