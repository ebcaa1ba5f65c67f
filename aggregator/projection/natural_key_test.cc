#include "aggregator/projection/natural_key.h"

#include <google/protobuf/unknown_field_set.h>

#include "absl/strings/escaping.h"
#include "absl/types/span.h"
#include "aggregator/projection/entity_ref.h"
#include "aggregator/projection/observation_text.h"
#include "gtest/gtest.h"

namespace headway {
namespace {

using testing::ObservationFrom;

std::string Hex(absl::Span<const uint8_t> bytes) {
  return absl::BytesToHexString({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

constexpr char kDeployment[] =
    "source: 's' deployment { key: 'k' stream: 'a' environment: 'prod' phase: SUCCEEDED finished_at { seconds: 5 } }";

TEST(Sha256, IsSha256AlsoWhenItIsUsedAgain) {
  const std::string expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(Hex(Sha256("abc")), expected);
  EXPECT_EQ(Hex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(Sha256("abc")), expected);
}

TEST(Prepare, KeysAreTheHashesOfTheDocumentedTexts) {
  const v1::Observation observation = ObservationFrom(kDeployment);
  const PreparedObservation prepared = Prepare(observation);
  EXPECT_EQ(prepared.kind, ObservationKind::kDeployment);
  EXPECT_EQ(Hex(prepared.object_key.bytes), Hex(Sha256("deployment\ns\nk")).substr(0, 32));
  EXPECT_EQ(prepared.object_key, DeploymentKey("s", "k"));
  std::string text = "deployment\ns\nk";
  text += '\0';
  text += observation.SerializeAsString();
  EXPECT_EQ(Hex(prepared.payload_key), Hex(Sha256(text)).substr(0, 32));
  EXPECT_EQ(prepared.payload, observation.SerializeAsString());
}

TEST(Prepare, AllObservationsOfAnObjectLieInOneStreamWhateverTheySay) {
  v1::Observation moved = ObservationFrom(kDeployment);
  moved.mutable_deployment()->set_stream("another");
  EXPECT_EQ(Prepare(moved).stream_id, Prepare(ObservationFrom(kDeployment)).stream_id);
  EXPECT_EQ(Prepare(moved).object_key, Prepare(ObservationFrom(kDeployment)).object_key);
  EXPECT_NE(Prepare(moved).payload_key, Prepare(ObservationFrom(kDeployment)).payload_key);
}

TEST(Prepare, EventsOfAnIncidentShareTheObjectNotTheKey) {
  const auto one =
      Prepare(ObservationFrom("source: 's' incident_event { incident_id: 'i' event_id: 'a' type: OPENED }"));
  const auto two =
      Prepare(ObservationFrom("source: 's' incident_event { incident_id: 'i' event_id: 'b' type: OPENED }"));
  EXPECT_EQ(one.object_key, IncidentKey("s", "i"));
  EXPECT_EQ(two.object_key, one.object_key);
  EXPECT_EQ(two.stream_id, one.stream_id);
  EXPECT_NE(two.payload_key, one.payload_key);
}

TEST(Prepare, ChangesAndCommitsLieInTheirRepositorysStream) {
  const auto change = Prepare(ObservationFrom("source: 's' change { repository: 'h/o/n' number: 7 }"));
  const auto commit = Prepare(ObservationFrom("source: 'other' commit { repository: 'h/o/n' sha: 'aa' }"));
  EXPECT_EQ(change.stream_id, RepositoryStreamId("h/o/n"));
  EXPECT_EQ(commit.stream_id, change.stream_id);
  EXPECT_EQ(change.object_key, ChangeKey("h/o/n", 7));
  ASSERT_TRUE(commit.commit.has_value());
  EXPECT_EQ(commit.commit->sha(), "aa");
  EXPECT_FALSE(change.commit.has_value());
}

TEST(Prepare, AnEntitysKeyIsItsNormalisedRef) {
  EXPECT_EQ(Prepare(ObservationFrom("source: 's' entity { entity_ref: 'Component:Pay' }")).object_key,
            EntityKey("component:default/pay"));
}

TEST(CanonicalPayload, DropsWhatThisVersionDoesNotKnow) {
  v1::Observation known = ObservationFrom(kDeployment);
  v1::Observation with_more = known;
  with_more.GetReflection()->MutableUnknownFields(&with_more)->AddVarint(1000, 1);
  EXPECT_EQ(CanonicalPayload(with_more), CanonicalPayload(known));
  v1::Deployment& inner = *with_more.mutable_deployment();
  inner.GetReflection()->MutableUnknownFields(&inner)->AddLengthDelimited(1000, "new");
  inner.mutable_finished_at()->GetReflection()->MutableUnknownFields(inner.mutable_finished_at())->AddVarint(9, 1);
  EXPECT_EQ(CanonicalPayload(with_more), CanonicalPayload(known));
}

TEST(NormaliseEntityRef, LowersAndFillsIn) {
  EXPECT_EQ(NormaliseEntityRef("Component:Default/Payments-API"), "component:default/payments-api");
  EXPECT_EQ(NormaliseEntityRef("component:pay"), "component:default/pay");
  EXPECT_EQ(NormaliseEntityRef("system:team.a/x_1"), "system:team.a/x_1");
}

TEST(NormaliseEntityRef, RefusesWhatIsNone) {
  for (const char* text : {"", "pay", ":a/b", "component:", "component:/b", "component:a/", "component:a/b/c",
                           "component:a b", "component:a:b", "component:a/b\n"}) {
    EXPECT_EQ(NormaliseEntityRef(text), std::nullopt) << text;
  }
  EXPECT_EQ(NormaliseEntityRef("component:" + std::string(600, 'a')), std::nullopt);
}

}  // namespace
}  // namespace headway
