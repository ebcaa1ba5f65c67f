// Who the watcher is: files, kubeconfigs, plugins.
#include "ingester/kubernetes/credentials.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "ingester/kubernetes/exec_credentials.h"
#include "ingester/kubernetes/kubeconfig.h"

namespace headway::kubernetes {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CredentialsTest : public ::testing::Test {
 protected:
  CredentialsTest() {
    std::string pattern = ::testing::TempDir() + "/credentialsXXXXXX";
    folder_ = mkdtemp(pattern.data());
  }

  std::string Write(const std::string& name, const std::string& text, bool is_program = false) {
    const std::string path = absl::StrCat(folder_, "/", name);
    std::ofstream(path) << text;
    chmod(path.c_str(), is_program ? 0700 : 0600);
    return path;
  }
  std::string Kubeconfig(const std::string& user, const std::string& cluster = "") {
    return absl::StrCat("current-context: one\ncontexts: [{name: one, context: {cluster: c, user: u}}]\n",
                        "clusters: [{name: c, cluster: {server: 'https://example:6443'", cluster,
                        "}}]\nusers:\n- name: u\n  user: ", user, "\n");
  }
  absl::StatusOr<Cluster> Parse(const std::string& user, const std::string& cluster = "") {
    return ParseKubeconfig(Kubeconfig(user, cluster), {.folder = folder_, .environment = {"PATH=/usr/bin:/bin"}});
  }

  std::string folder_;
};

TEST_F(CredentialsTest, ATokenFileIsReadEachTime) {
  const std::string path = Write("token", "one\n");
  auto credentials = MakeCredentials({.token_file = path});
  EXPECT_EQ(credentials->Get()->bearer_token, "one");
  Write("token", "two");
  EXPECT_EQ(credentials->Get()->bearer_token, "two");
  for (const char* bad : {"", "a b", "a\nHost: evil", "a\x7f", "\xc3\xa9"}) {
    Write("token", bad);
    EXPECT_TRUE(absl::IsUnauthenticated(credentials->Get().status())) << bad;
  }
  unlink(path.c_str());
  EXPECT_TRUE(absl::IsUnauthenticated(credentials->Get().status()));
  EXPECT_THAT(std::string(credentials->Get().status().message()), HasSubstr(path));
}

TEST_F(CredentialsTest, APodFindsItsClusterInTheEnvironment) {
  Write("token", "projected");
  auto cluster = InCluster("10.0.0.1", "443", folder_);
  ASSERT_TRUE(cluster.ok());
  EXPECT_EQ(cluster->server, "https://10.0.0.1:443");
  EXPECT_EQ(cluster->ca_file, folder_ + "/ca.crt");
  EXPECT_EQ(cluster->credentials->Get()->bearer_token, "projected");
  EXPECT_EQ(InCluster("fd00::1", "6443")->server, "https://[fd00::1]:6443");
  EXPECT_TRUE(absl::IsInvalidArgument(InCluster("", "443").status()));
}

TEST_F(CredentialsTest, AKubeconfigNamesServerAuthorityAndUser) {
  const std::string pem = "-----BEGIN CERTIFICATE-----";
  auto cluster = Parse("{client-certificate: cert.pem, client-key-data: " + absl::Base64Escape("key") + "}",
                       ", certificate-authority-data: " + absl::Base64Escape(pem) +
                           ", tls-server-name: kubernetes, proxy-url: 'http://proxy:3128'");
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  EXPECT_EQ(cluster->server, "https://example:6443");
  EXPECT_EQ(cluster->ca_pem, pem);
  EXPECT_EQ(cluster->tls_server_name, "kubernetes");
  EXPECT_EQ(cluster->proxy, "http://proxy:3128");
  EXPECT_FALSE(cluster->skip_tls_verify);
  EXPECT_TRUE(absl::IsUnauthenticated(cluster->credentials->Get().status()));
  Write("cert.pem", "certificate");
  EXPECT_EQ(cluster->credentials->Get()->certificate_pem, "certificate");
  EXPECT_EQ(cluster->credentials->Get()->key_pem, "key");
}

TEST_F(CredentialsTest, ATokenFileOfAKubeconfigIsRelativeToItAndHoldsOverAToken) {
  Write("t", "from-file");
  const std::string path = Write("config", Kubeconfig("{token: static, tokenFile: t}"));
  auto cluster = ReadKubeconfig(path, {});
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  EXPECT_EQ(cluster->credentials->Get()->bearer_token, "from-file");
  EXPECT_EQ(Parse("{token: static}")->credentials->Get()->bearer_token, "static");
  EXPECT_TRUE(absl::IsUnavailable(ReadKubeconfig(folder_ + "/none", {}).status()));
}

TEST_F(CredentialsTest, WhatIsMissingOrNotSupportedIsNamedWithoutSecrets) {
  const auto fault = [&](const std::string& user, const std::string& cluster = "") {
    return std::string(Parse(user, cluster).status().message());
  };
  EXPECT_THAT(fault("{username: a, password: hunter2}"), HasSubstr("user.username is not supported"));
  EXPECT_THAT(fault("{token: hunter2, as: b}"), Not(HasSubstr("hunter2")));
  EXPECT_THAT(fault("{client-key-data: '%%hunter2'}"), HasSubstr("client-key-data is no base64"));
  EXPECT_THAT(fault("{exec: {apiVersion: v9, command: x}}"), HasSubstr("user.exec.apiVersion"));
  EXPECT_THAT(fault("{exec: {apiVersion: client.authentication.k8s.io/v1}}"), HasSubstr("user.exec.command"));
  EXPECT_THAT(fault("{token: [a]}"), HasSubstr("token is no text"));
  EXPECT_THAT(std::string(ParseKubeconfig("a: [", {}).status().message()), HasSubstr("line"));
  EXPECT_THAT(std::string(ParseKubeconfig("[]", {}).status().message()), HasSubstr("no mapping"));
  EXPECT_THAT(std::string(ParseKubeconfig(Kubeconfig("{}"), {.context = "two"}).status().message()),
              HasSubstr("contexts has no entry \"two\""));
}

constexpr char kV1[] = "client.authentication.k8s.io/v1";

std::string Credential64(const std::string& status) {
  return absl::StrCat(R"({"apiVersion":")", kV1, R"(","kind":"ExecCredential","status":)", status, "}");
}

// A plugin that counts its calls and prints a file.
class PluginTest : public CredentialsTest {
 protected:
  PluginTest() {
    program_ =
        Write("plugin",
              absl::StrCat("#!/bin/sh\necho x >> ", folder_, "/calls\necho \"$KUBERNETES_EXEC_INFO\" > ", folder_,
                           "/info\necho secret >&2\ncat ", folder_, "/output\nexit $(cat ", folder_, "/code)\n"),
              true);
    Write("code", "0");
    credentials_ = MakeExecCredentials({.api_version = kV1,
                                        .command = {program_, "token"},
                                        .environment = {"PATH=/usr/bin:/bin"},
                                        .cluster_json = R"({"server":"https://example"})",
                                        .within = absl::Seconds(20)},
                                       [this] { return now_; });
  }
  int calls() const {
    std::ifstream in(folder_ + "/calls");
    return static_cast<int>(std::count(std::istreambuf_iterator<char>(in), {}, 'x'));
  }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  std::string program_;
  std::shared_ptr<Credentials> credentials_;
};

TEST_F(PluginTest, IsAskedAgainOnlyWhenWhatItGaveExpires) {
  Write("output", Credential64(R"({"token":"one","expirationTimestamp":"2023-11-14T22:18:20Z"})"));  // in five minutes
  ASSERT_EQ(credentials_->Get()->bearer_token, "one");
  now_ += absl::Minutes(4);
  ASSERT_EQ(credentials_->Get()->bearer_token, "one");
  EXPECT_EQ(calls(), 1);
  now_ += absl::Minutes(1);
  Write("output", Credential64(R"({"token":"two"})"));
  EXPECT_EQ(credentials_->Get()->bearer_token, "two");
  now_ += absl::Hours(1000);
  EXPECT_EQ(credentials_->Get()->bearer_token, "two");
  EXPECT_EQ(calls(), 2);
}

TEST_F(PluginTest, IsAskedAgainAfterARefusalButNotAtOnce) {
  Write("output", Credential64(R"({"token":"one"})"));
  const Credential one = *credentials_->Get();
  Write("output", Credential64(R"({"token":"two"})"));
  credentials_->Refused(one);
  EXPECT_EQ(credentials_->Get()->bearer_token, "one");
  now_ += absl::Seconds(11);
  EXPECT_EQ(credentials_->Get()->bearer_token, "two");
  credentials_->Refused(one);  // an old one
  now_ += absl::Seconds(11);
  EXPECT_EQ(credentials_->Get()->bearer_token, "two");
  EXPECT_EQ(calls(), 2);
}

TEST_F(PluginTest, IsToldOfTheClusterAndGivesCertificates) {
  Write("output", Credential64(R"({"clientCertificateData":"C","clientKeyData":"K"})"));
  EXPECT_EQ(credentials_->Get()->certificate_pem, "C");
  EXPECT_EQ(*ReadSmallFile(folder_ + "/info"),
            R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",)"
            R"("spec":{"cluster":{"server":"https://example"},"interactive":false}})"
            "\n");
}

TEST_F(PluginTest, FaultsAreSaidWithoutWhatItWrote) {
  for (const std::string& output : {std::string("secret"), Credential64("{}"), Credential64(R"({"token":"a b"})"),
                                    Credential64(R"({"token":"secret","expirationTimestamp":"soon"})"),
                                    std::string("{\"kind\":\"ExecCredential\"}"), std::string(2 << 20, 'x')}) {
    Write("output", output);
    const absl::Status status = credentials_->Get().status();
    EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
  }
  Write("output", "");
  Write("code", "3");
  EXPECT_THAT(std::string(credentials_->Get().status().message()), HasSubstr("ended with code 3"));
}

// Whether a process runs: not gone, nor only waiting to be buried.
bool Runs(const std::string& pid) {
  return !ReadSmallFile(absl::StrCat("/proc/", pid, "/cmdline")).value_or("").empty();
}

TEST_F(CredentialsTest, APluginThatHangsIsKilledWithWhatItStarted) {
  const std::string program =
      Write("hang", absl::StrCat("#!/bin/sh\nsleep 60 & printf $! > ", folder_, "/pid\nsleep 60\n"), true);
  const absl::Time start = absl::Now();
  EXPECT_TRUE(absl::IsDeadlineExceeded(OutputOf({program}, {"PATH=/usr/bin:/bin"}, absl::Seconds(2)).status()));
  const std::string child = *ReadSmallFile(folder_ + "/pid");
  ASSERT_FALSE(child.empty());
  while (Runs(child) && absl::Now() - start < absl::Seconds(20)) absl::SleepFor(absl::Milliseconds(10));
  EXPECT_FALSE(Runs(child));
  EXPECT_TRUE(absl::IsUnavailable(OutputOf({folder_ + "/none"}, {}, absl::Seconds(5)).status()));
}

TEST_F(CredentialsTest, AKubeconfigRunsItsPlugin) {
  Write("plug.sh", absl::StrCat("#!/bin/sh\nprintf '%s' '", Credential64("{\"token\":\"'\"$1-$WHO\"'\"}"), "'\n"),
        true);
  auto cluster =
      Parse(absl::StrCat("{exec: {apiVersion: ", kV1,
                         ", command: ./plug.sh, args: [arg], env: [{name: WHO, value: me}], interactiveMode: Never}}"));
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  const auto credential = cluster->credentials->Get();
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(credential->bearer_token, "arg-me");
}

}  // namespace
}  // namespace headway::kubernetes
