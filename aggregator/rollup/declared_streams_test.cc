// What a source has declared, listed a page at a time: folded, waiting to be, withdrawn.
#include "aggregator/store/declared_streams.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregator/rollup/rollup_fixture.h"
#include "gmock/gmock.h"

namespace headway::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::Observation Declaration(const std::string& source, const std::string& name_space, const std::string& name,
                            uint64_t version = 1) {
  v1::Observation observation;
  observation.set_source(source);
  v1::StreamDeclaration& stream = *observation.mutable_stream();
  stream.set_stream(absl::StrCat(name_space, "/", name));
  stream.set_name(name);
  stream.set_namespace_(name_space);
  stream.set_version(version);
  return observation;
}

v1::Observation Gone(v1::Observation declaration) {
  declaration.mutable_stream()->set_deleted(true);
  declaration.mutable_stream()->set_version(declaration.stream().version() + 1);
  return declaration;
}

// What waits to be folded again comes twice.
std::vector<std::string> Unique(std::vector<std::string> names) {
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

class DeclaredStreams : public ::testing::Test {
 protected:
  std::vector<std::string> List(const std::string& source, const std::string& name_space = "") {
    v1::ListStreamsRequest request;
    request.set_source(source);
    request.set_namespace_(name_space);
    std::vector<std::string> names;
    pages_ = 0;
    do {
      const absl::StatusOr<v1::ListStreamsResponse> page = LoadDeclaredStreams(*connection_, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return names;
      for (const v1::StreamDeclaration& stream : page->streams()) {
        names.push_back(absl::StrCat(stream.stream(), "@", stream.version()));
      }
      request.set_after(page->next());
      ++pages_;
    } while (!request.after().empty());
    std::sort(names.begin(), names.end());
    return names;
  }

  Installation installation_;
  std::unique_ptr<Connection> connection_ = Connection::Open(installation_.url()).value();
  int pages_ = 0;
};

TEST_F(DeclaredStreams, TellTheEntityThatTheyWereMappedToBefore) {
  v1::Observation rule;
  rule.set_source("configuration");
  rule.mutable_mapping_rule()->set_id("r");
  rule.mutable_mapping_rule()->set_version(1);
  rule.mutable_mapping_rule()->mutable_where()->set_stream("two/y");
  rule.mutable_mapping_rule()->set_entity_ref("component:default/mapped");
  v1::Observation deployment;
  deployment.set_source("argocd:a");
  deployment.mutable_deployment()->set_key("d1");
  deployment.mutable_deployment()->set_entity_ref("component:default/named");
  deployment.mutable_deployment()->set_stream("two/y");
  deployment.mutable_deployment()->set_environment("prod");
  deployment.mutable_deployment()->set_phase(v1::Deployment::SUCCEEDED);
  deployment.mutable_deployment()->mutable_finished_at()->set_seconds(1'770'000'000);
  installation_.Ingest({rule});
  installation_.Drain();
  installation_.Ingest({deployment});
  installation_.Drain();
  const std::string version = "SELECT version FROM dora.entities WHERE entity_ref = 'component:default/mapped'";
  const std::string before = installation_.Query(version);
  EXPECT_NE(installation_.Query("SELECT 1 FROM dora.known_streams WHERE entities = '{component:default/mapped}'"), "");
  installation_.Ingest({Declaration("argocd:a", "two", "y")});
  installation_.Drain();
  EXPECT_NE(installation_.Query(version), before) << "that it has a source of deployments is new";
}

TEST_F(DeclaredStreams, AreThoseThatHoldWhetherTheyAreFoldedOrNot) {
  installation_.Ingest({Declaration("argocd:a", "one", "x"), Declaration("argocd:a", "two", "y"),
                        Declaration("argocd:a", "two", "z"), Declaration("argocd:b", "one", "x")});
  installation_.Drain();
  EXPECT_THAT(List("argocd:a"), ElementsAre("one/x@1", "two/y@1", "two/z@1"));
  EXPECT_THAT(List("argocd:a", "two"), ElementsAre("two/y@1", "two/z@1"));
  EXPECT_THAT(List("argocd:c"), IsEmpty());
  // Nobody has folded these yet: one is new, one says more, one is gone.
  installation_.Ingest({Declaration("argocd:a", "two", "new"), Declaration("argocd:a", "two", "y", 5),
                        Gone(Declaration("argocd:a", "two", "z"))});
  EXPECT_THAT(Unique(List("argocd:a")), ElementsAre("one/x@1", "two/new@1", "two/y@5"));
  installation_.Drain();
  EXPECT_THAT(List("argocd:a"), ElementsAre("one/x@1", "two/new@1", "two/y@5"));
}

TEST_F(DeclaredStreams, ComeInPagesThatLoseNothing) {
  std::vector<v1::Observation> folded, waiting;
  std::vector<std::string> expected;
  for (int i = 1000; i < 1501; ++i) {
    (i % 3 == 0 ? waiting : folded).push_back(Declaration("argocd:a", "n", absl::StrCat(i)));
    expected.push_back(absl::StrCat("n/", i, "@1"));
  }
  installation_.Ingest(folded);
  installation_.Drain();
  installation_.Ingest(waiting);
  EXPECT_EQ(List("argocd:a"), expected);
  EXPECT_EQ(pages_, 3) << "167 that wait, and 334 that are folded";
}

TEST_F(DeclaredStreams, LargeOnesComeInPagesToo) {
  std::vector<v1::Observation> all;
  for (int i = 100; i < 160; ++i) {
    v1::Observation one = Declaration("argocd:a", "n", absl::StrCat(i));
    for (int label = 0; label < 150; ++label) {
      (*one.mutable_stream()->mutable_labels())[absl::StrCat("label-", label)] = std::string(200, 'v');
    }
    all.push_back(std::move(one));
  }
  installation_.Ingest(all);
  installation_.Drain();
  EXPECT_EQ(List("argocd:a").size(), 60u);
  EXPECT_GE(pages_, 2);
}

TEST_F(DeclaredStreams, ATokenThatNoPageSaidIsRefused) {
  for (const char* after : {"x", "waiting ", "waiting \\xzz", "waiting \\x1", "Folded a"}) {
    v1::ListStreamsRequest request;
    request.set_source("argocd:a");
    request.set_after(after);
    EXPECT_TRUE(absl::IsInvalidArgument(LoadDeclaredStreams(*connection_, request).status())) << after;
  }
}

}  // namespace
}  // namespace headway::testing
