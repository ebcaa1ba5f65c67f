#include "aggregator/projection/validate.h"

#include "absl/strings/str_cat.h"
#include "aggregator/projection/observation_text.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::HasSubstr;
using testing::ObservationFrom;

// The field at fault; "" where there is none.
std::string FaultIn(const v1::Observation& observation) {
  auto error = Validate(observation);
  if (!error.has_value()) return "";
  EXPECT_NE(error->reason, "");
  return error->field;
}
std::string FaultIn(const std::string& text) { return FaultIn(ObservationFrom(text)); }

const std::string kSha(40, 'a');
v1::Observation Commit() {
  return ObservationFrom("source: 's' commit { repository: 'r' sha: '" + kSha + "' authored_at {} committed_at {} }");
}
v1::Observation Change() { return ObservationFrom("source: 's' change { repository: 'r' number: 1 updated_at {} }"); }
v1::Observation Deployment() {
  return ObservationFrom(
      "source: 's' deployment { key: 'k' stream: 'a' environment: 'prod' phase: SUCCEEDED finished_at {} }");
}
v1::Observation Event() {
  return ObservationFrom("source: 's' incident_event { incident_id: 'i' event_id: 'e' type: OPENED occurred_at {} }");
}

TEST(Validate, AcceptsTheLeastOfEachKind) {
  EXPECT_EQ(FaultIn(Commit()), "");
  EXPECT_EQ(FaultIn(Change()), "");
  EXPECT_EQ(FaultIn(Deployment()), "");
  EXPECT_EQ(FaultIn(Event()), "");
  EXPECT_EQ(FaultIn("source: 's' entity { entity_ref: 'component:a' }"), "");
  EXPECT_EQ(FaultIn("source: 's' stream_mapping { id: 'm' stream: 'a' entity_ref: 'component:a' }"), "");
  EXPECT_EQ(FaultIn("source: 's' stream_mapping { id: 'm' stream: 'a' deleted: true }"), "");
  EXPECT_EQ(FaultIn("source: 's' environment_rule { id: 'r' match: 'live' }"), "");
  EXPECT_EQ(FaultIn("source: 's' source_status { covers: DEPLOYMENTS complete_until {} }"), "");
}

TEST(Validate, TheSourceIsRequiredAndBounded) {
  v1::Observation observation = Change();
  observation.set_source("");
  EXPECT_EQ(FaultIn(observation), "source");
  observation.set_source(std::string(257, 'x'));
  EXPECT_EQ(FaultIn(observation), "source");
  observation.set_source(std::string(256, 'x'));
  EXPECT_EQ(FaultIn(observation), "");
  EXPECT_EQ(FaultIn("source: 's'"), "kind");
}

TEST(Validate, NoPartOfAKeyHoldsALineEnd) {
  v1::Observation observation = Deployment();
  observation.mutable_deployment()->set_key("a\nb");
  EXPECT_EQ(FaultIn(observation), "deployment.key");
  observation = Event();
  observation.set_source("a\nb");
  EXPECT_EQ(FaultIn(observation), "source");
}

TEST(Validate, NamesWhatIsMissing) {
  EXPECT_EQ(FaultIn("source: 's' commit {}"), "commit.repository");
  EXPECT_EQ(FaultIn("source: 's' commit { repository: 'r' }"), "commit.sha");
  EXPECT_EQ(FaultIn("source: 's' commit { repository: 'r' sha: '" + kSha + "' }"), "commit.authored_at");
  EXPECT_EQ(FaultIn("source: 's' commit { repository: 'r' sha: '" + kSha + "' authored_at {} }"),
            "commit.committed_at");
  EXPECT_EQ(FaultIn("source: 's' change { repository: 'r' }"), "change.number");
  EXPECT_EQ(FaultIn("source: 's' change { repository: 'r' number: 1 }"), "change.updated_at");
  EXPECT_EQ(FaultIn("source: 's' deployment {}"), "deployment.key");
  EXPECT_EQ(FaultIn("source: 's' deployment { key: 'k' }"), "deployment.stream");
  EXPECT_EQ(FaultIn("source: 's' deployment { key: 'k' stream: 'a' }"), "deployment.environment");
  EXPECT_EQ(FaultIn("source: 's' deployment { key: 'k' stream: 'a' environment: 'e' }"), "deployment.phase");
  EXPECT_EQ(FaultIn("source: 's' deployment { key: 'k' stream: 'a' environment: 'e' phase: FAILED }"),
            "deployment.finished_at");
  EXPECT_EQ(FaultIn("source: 's' deployment { key: 'k' stream: 'a' environment: 'e' phase: PENDING }"), "");
  EXPECT_EQ(FaultIn("source: 's' incident_event { incident_id: 'i' }"), "incident_event.event_id");
  EXPECT_EQ(FaultIn("source: 's' incident_event { incident_id: 'i' event_id: 'e' }"), "incident_event.type");
  EXPECT_EQ(FaultIn("source: 's' incident_event { incident_id: 'i' event_id: 'e' type: OPENED }"),
            "incident_event.occurred_at");
  EXPECT_EQ(FaultIn("source: 's' entity {}"), "entity.entity_ref");
  EXPECT_EQ(FaultIn("source: 's' stream_mapping { id: 'm' stream: 'a' }"), "stream_mapping.entity_ref");
  EXPECT_EQ(FaultIn("source: 's' environment_rule { id: 'r' }"), "environment_rule.match");
  EXPECT_EQ(FaultIn("source: 's' source_status {}"), "source_status.covers");
  EXPECT_EQ(FaultIn("source: 's' source_status { covers: CHANGES }"), "source_status.complete_until");
}

TEST(Validate, ObjectIdsAreLowerCaseHexadecimal) {
  for (const std::string& bad :
       {std::string(39, 'a'), std::string(40, 'A'), std::string(40, 'g'), std::string(41, 'a')}) {
    v1::Observation observation = Commit();
    observation.mutable_commit()->set_sha(bad);
    EXPECT_EQ(FaultIn(observation), "commit.sha") << bad;
    observation = Change();
    observation.mutable_change()->set_merge_commit_sha(bad);
    EXPECT_EQ(FaultIn(observation), "change.merge_commit_sha") << bad;
  }
  v1::Observation observation = Commit();
  observation.mutable_commit()->set_sha(std::string(64, '0'));
  EXPECT_EQ(FaultIn(observation), "");
  observation.mutable_commit()->add_parents(kSha);
  observation.mutable_commit()->add_parents("x");
  EXPECT_EQ(FaultIn(observation), "commit.parents[1]");
}

TEST(Validate, TimesLieBetween1970And9999) {
  v1::Observation observation = Deployment();
  observation.mutable_deployment()->mutable_started_at()->set_seconds(-1);
  EXPECT_EQ(FaultIn(observation), "deployment.started_at");
  observation.mutable_deployment()->mutable_started_at()->set_seconds(253'402'300'799);
  EXPECT_EQ(FaultIn(observation), "");
  observation.mutable_deployment()->mutable_started_at()->set_seconds(253'402'300'800);
  EXPECT_EQ(FaultIn(observation), "deployment.started_at");
  observation.mutable_deployment()->mutable_started_at()->set_seconds(0);
  observation.mutable_deployment()->mutable_started_at()->set_nanos(1'000'000'000);
  EXPECT_EQ(FaultIn(observation), "deployment.started_at");
}

TEST(Validate, ListsAreBounded) {
  v1::Observation observation = Commit();
  for (int i = 0; i < 10'000; ++i) observation.mutable_commit()->mutable_paths()->add_paths("p");
  EXPECT_EQ(FaultIn(observation), "");
  observation.mutable_commit()->mutable_paths()->add_paths("p");
  EXPECT_EQ(FaultIn(observation), "commit.paths.paths");
  observation = Deployment();
  for (int i = 0; i < 1'001; ++i) observation.mutable_deployment()->add_images("i");
  EXPECT_EQ(FaultIn(observation), "deployment.images");
}

TEST(Validate, ValuesThatThisVersionDoesNotKnowAreRefused) {
  v1::Observation observation = Deployment();
  observation.mutable_deployment()->set_phase(static_cast<v1::Deployment::Phase>(99));
  EXPECT_EQ(FaultIn(observation), "deployment.phase");
  observation = Deployment();
  observation.mutable_deployment()->set_effect(static_cast<v1::Deployment::Effect>(99));
  EXPECT_EQ(FaultIn(observation), "deployment.effect");
}

TEST(Validate, LinksPointAtExactlyOneThing) {
  v1::Observation observation = Event();
  v1::LinkTarget& link = *observation.mutable_incident_event()->add_caused_by();
  EXPECT_EQ(FaultIn(observation), "incident_event.caused_by[0]");
  link.mutable_commit()->set_repository("r");
  EXPECT_EQ(FaultIn(observation), "incident_event.caused_by[0].commit.sha");
  link.mutable_change()->set_repository("r");
  EXPECT_EQ(FaultIn(observation), "incident_event.caused_by[0].change.number");
  link.mutable_deployment()->set_source("s");
  EXPECT_EQ(FaultIn(observation), "incident_event.caused_by[0].deployment.key");
  link.mutable_deployment()->set_key("k");
  EXPECT_EQ(FaultIn(observation), "");
}

TEST(Validate, EntityRefsHaveTheirForm) {
  v1::Observation observation = Deployment();
  observation.mutable_deployment()->set_entity_ref("payments");
  EXPECT_EQ(FaultIn(observation), "deployment.entity_ref");
  EXPECT_THAT(Validate(observation)->reason, HasSubstr("kind:namespace/name"));
  observation = Event();
  observation.mutable_incident_event()->add_affected_entity_refs("component:a");
  observation.mutable_incident_event()->add_affected_entity_refs("a b");
  EXPECT_EQ(FaultIn(observation), "incident_event.affected_entity_refs[1]");
}

TEST(Validate, TextsForPeopleAreBoundedAndHoldNoZeroByte) {
  v1::Observation observation = Event();
  observation.mutable_incident_event()->set_title(std::string(1'025, 'x'));
  EXPECT_EQ(FaultIn(observation), "incident_event.title");
  observation.mutable_incident_event()->set_title(std::string("a\0b", 3));
  EXPECT_EQ(FaultIn(observation), "incident_event.title");
  observation.mutable_incident_event()->set_title("two\nlines");
  EXPECT_EQ(FaultIn(observation), "");
}

TEST(Validate, NestedFieldsAreNamed) {
  EXPECT_EQ(
      FaultIn("source: 's' entity { entity_ref: 'component:a' repositories { repository: 'r' } repositories {} }"),
      "entity.repositories[1].repository");
}

}  // namespace
}  // namespace headway
