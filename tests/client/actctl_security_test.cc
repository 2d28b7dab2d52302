// actctl and the client library against a real server that wants TLS, certificates of clients and tokens.
#include <fstream>
#include <memory>

#include "client/cpp/client.h"
#include "gtest/gtest.h"
#include "tests/client/process.h"
#include "tests/e2e/server_process.h"
#include "tests/server/test_certificates.h"

namespace actserve::testing {
namespace {

class ActctlSecurityTest : public ::testing::Test {
 protected:
  std::string Save(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  void Start(const std::vector<std::string>& more_flags) {
    std::vector<std::string> flags = {"--listen",          "127.0.0.1:0", "--metrics-listen", "none",
                                      "--tls-certificate", certificate_,  "--tls-key",        key_};
    flags.insert(flags.end(), more_flags.begin(), more_flags.end());
    server_ = std::make_unique<ServerProcess>(flags);
    ASSERT_TRUE(server_->WaitFor("ready")) << server_->Output();
  }
  Finished Functions(std::vector<std::string> arguments, const std::vector<std::string>& environment = {}) {
    arguments.insert(arguments.begin(), {ACTCTL_BINARY, "--server", server_->Addresses().at(0), "functions"});
    return RunProcess(arguments, "", environment);
  }
  // What actctl says when it fails.
  std::string ErrorOf(const std::vector<std::string>& arguments) {
    const Finished finished = Functions(arguments);
    EXPECT_EQ(finished.status, 1);
    return finished.err;
  }

  const TestAuthority authority_;
  const IssuedCertificate issued_ = authority_.Issue("server"), client_ = authority_.Issue("client");
  TemporaryFolder folder_;
  const std::string certificate_ = Save("server.pem", issued_.certificate), key_ = Save("server.key", issued_.key),
                    ca_ = Save("ca.pem", authority_.certificate()),
                    own_certificate_ = Save("client.pem", client_.certificate),
                    own_key_ = Save("client.key", client_.key);
  std::unique_ptr<ServerProcess> server_;
};

void ExpectIn(const std::string& part, const std::string& text) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST_F(ActctlSecurityTest, SpeaksTlsAndSaysWhatToDoWhereItFails) {
  Start({});
  EXPECT_EQ(Functions({"--tls-ca", ca_}).status, 0);
  EXPECT_EQ(Functions({"--tls"}, {"ACTSERVE_TLS_CA=" + ca_}).status, 0);
  EXPECT_EQ(Functions({"--tls-ca", ca_, "--tls-server-name", "localhost"}).status, 0);
  ExpectIn("--tls", ErrorOf({}));
  ExpectIn("--tls-ca", ErrorOf({"--tls-ca", Save("other.pem", TestAuthority("other").certificate())}));
  ExpectIn("--tls-server-name", ErrorOf({"--tls-ca", ca_, "--tls-server-name", "elsewhere"}));
}

TEST_F(ActctlSecurityTest, ShowsItsOwnCertificate) {
  Start({"--tls-client-ca", ca_});
  EXPECT_EQ(Functions({"--tls-ca", ca_, "--tls-certificate", own_certificate_, "--tls-key", own_key_}).status, 0);
  ExpectIn("--tls-certificate", ErrorOf({"--tls-ca", ca_}));
}

TEST_F(ActctlSecurityTest, SendsAToken) {
  Start({"--token-file", Save("tokens", "first\nsecond\n")});
  EXPECT_EQ(Functions({"--tls-ca", ca_, "--token-file", Save("mine", "second \n")}).status, 0);
  EXPECT_EQ(Functions({"--tls-ca", ca_}, {"ACTSERVE_TOKEN=first"}).status, 0);
  EXPECT_EQ(Functions({"--tls-ca", ca_, "--token-file", Save("wrong", "third")}, {"ACTSERVE_TOKEN=first"}).status, 1);
  ExpectIn("(--token-file or ACTSERVE_TOKEN says which to send)", ErrorOf({"--tls-ca", ca_}));
}

TEST_F(ActctlSecurityTest, TheLibraryDoesTheSameOnStreams) {
  Start({"--tls-client-ca", ca_, "--token-file", Save("tokens", "token\n")});
  const client::Credentials credentials{.tls = client::Tls{.ca = authority_.certificate(),
                                                           .certificate = client_.certificate,
                                                           .key = client_.key,
                                                           .server_name = "localhost"},
                                        .token = "token"};
  const auto client = client::Client::Connect(server_->Addresses().at(0), {.credentials = credentials});
  ASSERT_TRUE(client.ok()) << client.status();
  const auto stream = client->OpenEvaluateStream();
  std::vector<client::EvaluateItem> items;
  items.push_back({.function = "relu", .input = client::Tensor::Vector(std::vector<float>{-1, 2})});
  ASSERT_TRUE(stream->Write(std::move(items)).ok());
  const auto results = stream->Read();
  ASSERT_TRUE(results.ok()) << results.status();
}

}  // namespace
}  // namespace actserve::testing
