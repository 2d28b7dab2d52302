// TLS and mutual TLS, and certificates that are replaced: the real binary.
#include <gmock/gmock.h>

#include <fstream>
#include <optional>

#include "tests/e2e/fixture.h"
#include "tests/e2e/metrics_page.h"
#include "tests/server/messages.h"
#include "tests/server/temporary_file.h"
#include "tests/server/test_certificates.h"

namespace actserve {
namespace {

using grpc::StatusCode;
using ::testing::AllOf;
using ::testing::HasSubstr;

void Write(const TemporaryFile& file, const std::string& text) { std::ofstream(file.path()) << text; }

// The files of a server, and the server.
class TlsTest : public testing::Test {
 protected:
  void Start(bool mutual, std::vector<std::string> more_flags = {}) {
    std::vector<std::string> flags = {"--tls-certificate", certificate_.path(), "--tls-key",
                                      key_.path(),         "--reload-seconds",  "1"};
    if (mutual) flags.insert(flags.end(), {"--tls-client-ca", client_ca_.path()});
    flags.insert(flags.end(), more_flags.begin(), more_flags.end());
    server_.emplace(flags, "127.0.0.1:0");
  }

  // On a connection of its own, of a client that trusts `roots` and perhaps has a certificate.
  std::shared_ptr<grpc::Channel> TlsChannel(const TestAuthority& roots, const IssuedCertificate& own = {}) {
    return Connect(server_->process->Addresses().at(0), grpc::SslCredentials({.pem_root_certs = roots.certificate(),
                                                                              .pem_private_key = own.key,
                                                                              .pem_cert_chain = own.certificate}));
  }
  static grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::EvaluateResponse response;
    return v1::ActivationService::NewStub(channel)->Evaluate(&context, Relu({-1, 2}), &response);
  }

  const TestAuthority authority_{"authority"}, other_authority_{"other authority"};
  const IssuedCertificate issued_ = authority_.Issue("first");
  const TemporaryFile certificate_{"certificate", issued_.certificate};
  const TemporaryFile key_{"key", issued_.key};
  const TemporaryFile client_ca_{"client_ca", authority_.certificate()};
  std::optional<RunningServer> server_;
};

TEST_F(TlsTest, TcpSpeaksTlsAndNothingElse) {
  Start(/*mutual=*/false);
  EXPECT_TRUE(Call(TlsChannel(authority_)).ok());
  EXPECT_EQ(Call(TlsChannel(other_authority_)).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(Call(server_->channels[0]).error_code(), StatusCode::UNAVAILABLE);  // which is plain
  EXPECT_TRUE(Call(server_->channels[1]).ok());                                 // a unix socket
  EXPECT_EQ(server_->process->Find("listening")["transport"], "tls");
  EXPECT_EQ(server_->process->Find("certificate")["subject"], "CN=first");
  const double left =
      Scrape(server_->process->MetricsAddress())["actserve_certificate_not_after_seconds"] - time(nullptr);
  EXPECT_NEAR(left, 24 * 3600, 120);
  server_->process->Signal(SIGTERM);
  EXPECT_EQ(server_->process->Wait(), 0) << server_->process->Output();
}

TEST_F(TlsTest, MutualTlsTakesOnlyClientsWithACertificateOfTheAuthority) {
  Start(/*mutual=*/true);
  EXPECT_TRUE(Call(TlsChannel(authority_, authority_.Issue("client"))).ok());
  EXPECT_EQ(Call(TlsChannel(authority_)).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(Call(TlsChannel(authority_, other_authority_.Issue("client"))).error_code(), StatusCode::UNAVAILABLE);
  const IssuedCertificate ended = authority_.Issue("client", std::chrono::seconds(-60));
  EXPECT_EQ(Call(TlsChannel(authority_, ended)).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_TRUE(Call(TlsChannel(authority_, authority_.Issue("client"))).ok());
  EXPECT_EQ(server_->process->Find("listening")["transport"], "mutual_tls");
  // Why, for whoever looks after the server; it is no error of the server's.
  auto logged = server_->process->Find("grpc");
  EXPECT_EQ(logged["level"], "info");
  EXPECT_THAT(logged["message"], HasSubstr("peer did not return a certificate"));
}

TEST_F(TlsTest, AReplacedCertificateIsForNewConnections) {
  Start(/*mutual=*/false);
  const auto before = TlsChannel(authority_);
  ASSERT_TRUE(Call(before).ok());
  const IssuedCertificate replaced = other_authority_.Issue("second");
  Write(key_, replaced.key);
  Write(certificate_, replaced.certificate);
  ASSERT_TRUE(server_->process->WaitFor("certificate", 2));
  EXPECT_THAT(server_->process->Output(), HasSubstr("subject=\"CN=second\""));
  EXPECT_TRUE(Call(TlsChannel(other_authority_)).ok());
  EXPECT_EQ(Call(TlsChannel(authority_)).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_TRUE(Call(before).ok());  // so it is still the connection that it was
}

TEST_F(TlsTest, AReplacedClientAuthorityIsForNewConnections) {
  Start(/*mutual=*/true);
  Write(client_ca_, other_authority_.certificate());
  ASSERT_TRUE(server_->process->WaitFor("certificate", 2));
  EXPECT_TRUE(Call(TlsChannel(authority_, other_authority_.Issue("client"))).ok());
  EXPECT_EQ(Call(TlsChannel(authority_, authority_.Issue("client"))).error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, ABrokenReplacementIsLoggedAndTheOldOneStaysInUse) {
  Start(/*mutual=*/false);
  Write(certificate_, "-----BEGIN CERTIFICATE-----\nhalf of it");
  ASSERT_TRUE(server_->process->WaitFor("reload_failed"));
  auto logged = server_->process->Find("reload_failed");
  EXPECT_EQ(logged["setting"], "tls_certificate");
  EXPECT_THAT(logged["message"], HasSubstr(certificate_.path() + ": certificate 1 of the file is broken"));
  EXPECT_TRUE(Call(TlsChannel(authority_)).ok());
  std::remove(key_.path().c_str());
  ASSERT_TRUE(server_->process->WaitFor("reload_failed", 2));
  EXPECT_TRUE(Call(TlsChannel(authority_)).ok());
  const IssuedCertificate good = other_authority_.Issue("second");
  Write(key_, good.key);
  Write(certificate_, good.certificate);
  ASSERT_TRUE(server_->process->WaitFor("certificate", 2));
  EXPECT_TRUE(Call(TlsChannel(other_authority_)).ok());
}

TEST_F(TlsTest, FilesThatCannotBeUsedAreExitCode2WithWhereTheyWereNamed) {
  Write(key_, authority_.Issue("other").key);
  const TemporaryFile settings(
      "tls.textproto", "listen: \"127.0.0.1:0\"\nmetrics_listen: \"none\"\ntls_certificate: \"" + certificate_.path() +
                           "\"\ntls_key: \"" + key_.path() + "\"\n");
  const Finished from_file = RunServer({"--config", settings.path()});
  EXPECT_EQ(from_file.exit_code, 2);
  EXPECT_THAT(from_file.output,
              HasSubstr(settings.path() + ":4: tls_key: " + key_.path() +
                        ": the key is not the certificate's; expected the one that was made with it"));
  const Finished from_flag = RunServer({"--config", settings.path(), "--tls-key", "/nonexistent"});
  EXPECT_EQ(from_flag.exit_code, 2);
  EXPECT_THAT(from_flag.output, HasSubstr("--tls-key: /nonexistent: cannot be read: No such file or directory"));
}

TEST_F(TlsTest, AnExpiredCertificateIsAWarning) {
  const IssuedCertificate ended = authority_.Issue("ended", std::chrono::seconds(-60));
  Write(key_, ended.key);
  Write(certificate_, ended.certificate);
  Start(/*mutual=*/false);
  EXPECT_EQ(server_->process->Find("certificate_expired")["subject"], "CN=ended");
}

TEST(PlainTextTest, BeyondTheMachineIsAWarning) {
  RunningServer local;
  EXPECT_FALSE(local.process->Find("ready").empty());
  EXPECT_TRUE(local.process->Find("plain_text").empty()) << local.process->Output();
  ServerProcess everywhere({"--listen", "0.0.0.0:0", "--metrics-listen", "none"});
  ASSERT_TRUE(everywhere.WaitFor("ready"));
  EXPECT_THAT(everywhere.Find("plain_text")["message"], AllOf(HasSubstr("tls_certificate"), HasSubstr("token_file")));
}

}  // namespace
}  // namespace actserve
