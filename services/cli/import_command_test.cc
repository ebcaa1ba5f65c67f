// The importing commands against a server that keeps nothing but counts.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "headway/v1/ingest.grpc.pb.h"
#include "ingester/git/git_fixture.h"
#include "services/cli/commands.h"

namespace headway {
namespace {

using ::testing::HasSubstr;

// Refuses deployments without a stream, and is away for the first calls.
class CountingIngest : public v1::IngestService::Service {
 public:
  grpc::Status Ingest(grpc::ServerContext*, const v1::IngestRequest* request, v1::IngestResponse* response) override {
    if (away_for-- > 0) return {grpc::StatusCode::UNAVAILABLE, "the store is away"};
    for (int i = 0; i < request->observations_size(); ++i) {
      const v1::Observation& o = request->observations(i);
      if (o.has_deployment() && o.deployment().stream().empty()) {
        response->set_rejected(response->rejected() + 1);
        v1::Rejection* rejection = response->add_rejections();
        rejection->set_index(i);
        rejection->set_field("deployment.stream");
        rejection->set_reason("is required");
      } else {
        response->set_stored(response->stored() + 1);
        ++stored;
      }
    }
    return grpc::Status::OK;
  }

  std::atomic<int> away_for{0};
  std::atomic<int64_t> stored{0};
};

class ImportCommandTest : public ::testing::Test {
 protected:
  ImportCommandTest() {
    std::filesystem::create_directories(folder_);
    setenv("HEADWAY_HOME", folder_.c_str(), 1);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&ingest_);
    server_ = builder.BuildAndStart();
  }
  ~ImportCommandTest() override {
    if (server_) server_->Shutdown();
    std::filesystem::remove_all(folder_);
  }

  int Main(std::vector<std::string> words) {
    words.insert(words.begin(), "headway");
    words.push_back("--server");
    words.push_back(absl::StrCat("127.0.0.1:", port_));
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    out_.str("");
    err_.str("");
    CommandLine line(out_, err_);
    RegisterCommands(line.Root());
    return line.Main(static_cast<int>(argv.size()), argv.data());
  }
  std::string Write(const std::string& content) {
    const std::string path = folder_ + "/observations.ndjson";
    std::ofstream(path) << content;
    return path;
  }

  const std::string folder_ = absl::StrCat(::testing::TempDir(), "/import_command_", getpid());
  CountingIngest ingest_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::ostringstream out_, err_;
};

constexpr char kGood[] = R"({"source":"s","deployment":{"key":"k","stream":"s"}})";

TEST_F(ImportCommandTest, ReportsRefusedLinesAndEndsWithThree) {
  const std::string file =
      Write(absl::StrCat(kGood, "\n{broken\n", R"({"source":"s","deployment":{"key":"k"}})", "\n", kGood, "\n"));
  EXPECT_EQ(Main({"import", "ndjson", file}), kExitRejected);
  EXPECT_THAT(err_.str(), HasSubstr(absl::StrCat(file, ":2: json: ")));
  EXPECT_THAT(err_.str(), HasSubstr(absl::StrCat(file, ":3: deployment.stream: is required")));
  EXPECT_THAT(out_.str(), HasSubstr("2 stored, 0 duplicates, 2 rejected"));
  EXPECT_EQ(ingest_.stored, 2);
}

TEST_F(ImportCommandTest, WaitsForAServerThatIsAwayForAMoment) {
  ingest_.away_for = 2;
  EXPECT_EQ(Main({"import", "ndjson", Write(absl::StrCat(kGood, "\n"))}), kExitOk);
  EXPECT_EQ(ingest_.stored, 1);
}

TEST_F(ImportCommandTest, GivesUpWithTheServersWords) {
  ingest_.away_for = 1'000'000;
  EXPECT_EQ(Main({"import", "ndjson", Write(absl::StrCat(kGood, "\n")), "--retry-for", "200ms"}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("the store is away"));
}

TEST_F(ImportCommandTest, SaysWhatToTryWhenNobodyAnswers) {
  server_->Shutdown();
  server_.reset();
  EXPECT_EQ(Main({"import", "ndjson", Write(absl::StrCat(kGood, "\n"))}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("is it running? try ./headway up"));
}

TEST_F(ImportCommandTest, SendsAGitRepository) {
  GitFixture git;
  git.Commit("one");
  git.Git("tag v1.0.0");
  EXPECT_EQ(Main({"import", "git", git.path(), "--entity", "component:app"}), kExitOk) << err_.str();
  // The entity, its mapping, a commit, a deployment, and two statuses.
  EXPECT_EQ(ingest_.stored, 6);
  EXPECT_THAT(err_.str(), HasSubstr("1 commits, 0 pull requests"));
  EXPECT_THAT(err_.str(), HasSubstr("deployments: 1 to prod"));
  EXPECT_EQ(Main({"import", "git", git.path(), "--entity", "app"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("\"app\" names no entity"));
  EXPECT_EQ(Main({"import", "git", git.path(), "--entity", "component:app", "--tag-pattern", "v1"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("write GLOB=ENVIRONMENT"));
  EXPECT_EQ(Main({"import", "git", folder_, "--entity", "component:app"}), kExitUsage);
}

TEST_F(ImportCommandTest, SendsTheImagesOfManifests) {
  GitFixture git;
  std::ofstream(git.path() + "/kustomization.yaml") << "images: [{name: r/app, newTag: v1}]\n";
  git.Git("add -A");
  git.Git("commit -q -m one");
  EXPECT_EQ(Main({"import", "manifests", git.path()}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("say --repository"));
  EXPECT_EQ(Main({"import", "manifests", git.path(), "--repository", "github.com/acme/manifests"}), kExitOk);
  EXPECT_EQ(ingest_.stored, 1);
  EXPECT_THAT(err_.str(), HasSubstr("1 commits, 1 folders that name images, 1 changes of them"));
}

TEST_F(ImportCommandTest, ReportsAnArtefact) {
  const std::string revision(40, 'a');
  const std::vector<std::string> command = {
      "artefact", "registry:5000/acme/api:v1@sha256:ab", "--repository", "github.com/acme/api", "--revision", revision};
  EXPECT_EQ(Main(command), kExitOk) << err_.str();
  EXPECT_EQ(ingest_.stored, 1);
  std::vector<std::string> written = command;
  written.insert(written.end(), {"--out", "-", "--published-at", "2026-03-03T14:35:57Z"});
  EXPECT_EQ(Main(written), kExitOk) << err_.str();
  EXPECT_EQ(out_.str(),
            absl::StrCat(R"({"source":"ci","artefact":{"image":"registry:5000/acme/api","digest":"sha256:ab",)",
                         R"("tag":"v1","repository":"github.com/acme/api","revision":")", revision,
                         R"(","publishedAt":"2026-03-03T14:35:57Z"}})", "\n"));
  EXPECT_EQ(Main({"artefact", "acme/api:v1"}), kExitUsage);
}

TEST_F(ImportCommandTest, WhatIsWrittenToAFileCanBeImported) {
  const std::string file = folder_ + "/world.ndjson";
  EXPECT_EQ(Main({"simulate", "--seed", "3", "--days", "20", "--entities", "2", "--out", file}), kExitOk);
  EXPECT_EQ(Main({"import", "ndjson", file}), kExitOk) << err_.str();
  const int64_t imported = ingest_.stored.exchange(0);
  EXPECT_EQ(Main({"simulate", "--seed", "3", "--days", "20", "--entities", "2", "--send"}), kExitOk) << err_.str();
  EXPECT_EQ(ingest_.stored, imported);
  EXPECT_GT(imported, 50);
}

}  // namespace
}  // namespace headway
