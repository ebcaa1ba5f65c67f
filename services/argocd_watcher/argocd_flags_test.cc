#include "services/argocd_watcher/argocd_flags.h"

#include <cstdlib>
#include <fstream>

#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ArgocdFlagsTest : public ::testing::Test {
 protected:
  absl::StatusOr<ArgocdWatcherOptions> Parse(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "x");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    ServiceFlags flags{"headway-test", "Tests."};
    flags.needs_database = false;
    ArgocdFlags argocd;
    EXPECT_EQ(ParseServiceFlags(static_cast<int>(argv.size()), argv.data(), flags, &argocd), std::nullopt);
    Configuration configuration;
    EXPECT_EQ(argocd.configuration().Read(&configuration), std::nullopt);
    return argocd.Options(configuration);
  }
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = ::testing::TempDir() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  const std::string kubeconfig_ = Write(
      "kubeconfig",
      "current-context: a\ncontexts:\n- {name: a, context: {cluster: one}}\n- {name: b, context: {cluster: two}}\n"
      "clusters:\n- {name: one, cluster: {server: 'https://one'}}\n- {name: two, cluster: {server: 'https://two'}}\n");
};

TEST_F(ArgocdFlagsTest, TheCommandLineNamesOneInstance) {
  const auto options = Parse({"--kubeconfig", kubeconfig_, "--context", "b", "--namespace", "argocd", "--namespace",
                              "team-a", "--instance", "main", "--ingest", "headway:7400"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->ingest_address, "headway:7400");
  ASSERT_EQ(options->instances.size(), 1);
  EXPECT_EQ(options->instances[0].name, "main");
  EXPECT_EQ(options->instances[0].cluster.server, "https://two");
  EXPECT_THAT(options->instances[0].namespaces, ElementsAre("argocd", "team-a"));
}

TEST_F(ArgocdFlagsTest, TheConfigurationNamesSeveral) {
  const std::string file = Write("headway.yaml",
                                 "argocd:\n- {name: eu, kubeconfig: kubeconfig, namespaces: [argocd]}\n"
                                 "- {name: us, kubeconfig: kubeconfig, context: b}\n");
  const auto options = Parse({"--config", file});
  ASSERT_TRUE(options.ok()) << options.status();
  ASSERT_EQ(options->instances.size(), 2);
  EXPECT_EQ(options->instances[0].cluster.server, "https://one");
  EXPECT_EQ(options->instances[1].name, "us");
  EXPECT_EQ(options->instances[1].cluster.server, "https://two");
  EXPECT_TRUE(options->instances[1].namespaces.empty());
}

TEST_F(ArgocdFlagsTest, WithoutAKubeconfigItRunsAsAPod) {
  setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
  setenv("KUBERNETES_SERVICE_PORT", "443", 1);
  const auto options = Parse({"--service-account-folder", "/somewhere"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->instances[0].cluster.server, "https://10.0.0.1:443");
  EXPECT_EQ(options->instances[0].cluster.ca_file, "/somewhere/ca.crt");
  unsetenv("KUBERNETES_SERVICE_HOST");
  const absl::Status nowhere = Parse({}).status();
  EXPECT_THAT(std::string(nowhere.message()), HasSubstr("name a kubeconfig"));
}

TEST_F(ArgocdFlagsTest, NamesThatAreNoneAreRefused) {
  for (const char* name : {"", "A", "a/b", "../secrets", "a?b"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Parse({"--kubeconfig", kubeconfig_, "--namespace", name}).status())) << name;
  }
  EXPECT_TRUE(absl::IsUnavailable(Parse({"--kubeconfig", "/nowhere"}).status()));
  ArgoCdConfiguration same;
  same.kubeconfig = kubeconfig_;
  EXPECT_TRUE(absl::IsInvalidArgument(FindInstances({same, same}).status()));
}

}  // namespace
}  // namespace headway
