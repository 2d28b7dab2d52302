#include "client/cpp/credentials.h"

#include <fstream>
#include <string>

#include "client/cpp/client.h"
#include "gtest/gtest.h"
#include "tests/client/actctl.h"
#include "tests/server/test_certificates.h"

namespace actserve::client {
namespace {

std::string ErrorOf(const Credentials& credentials) {
  const absl::Status status = Client::Connect("localhost:1", {.credentials = credentials}).status();
  EXPECT_EQ(status.code(), status.ok() ? absl::StatusCode::kOk : absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

Credentials WithTls(const std::string& ca, const std::string& certificate, const std::string& key) {
  return {.tls = Tls{.ca = ca, .certificate = certificate, .key = key}};
}

TEST(Credentials, AreTakenOrRefusedBeforeAConnectionIsMade) {
  const TestAuthority authority;
  const IssuedCertificate one = authority.Issue("one"), other = authority.Issue("other");
  EXPECT_EQ(ErrorOf({}), "");
  EXPECT_EQ(ErrorOf({.token = "abc-._~+/="}), "");
  EXPECT_EQ(ErrorOf(WithTls("", "", "")), "");
  EXPECT_EQ(ErrorOf(WithTls(authority.certificate(), one.certificate, one.key)), "");
  const std::pair<Credentials, const char*> kCases[] = {
      {{.token = "two words"}, "the token cannot be sent"},
      {{.token = "line\n"}, "the token cannot be sent"},
      {WithTls("x", "", ""), "no certificate in what should be the authorities'"},
      {WithTls("", one.certificate, ""), "certificate is given without its key"},
      {WithTls("", "", one.key), "key is given without its certificate"},
      {WithTls("", one.key, one.key), "no certificate in what should be the client's"},
      {WithTls("", one.certificate, one.certificate), "no key without a passphrase"},
      {WithTls("", one.certificate, Encrypted(one.key)), "no key without a passphrase"},
      {WithTls("", one.certificate, other.key), "key is not its certificate's"},
  };
  for (const auto& [credentials, error] : kCases) {
    EXPECT_NE(ErrorOf(credentials).find(error), std::string::npos) << ErrorOf(credentials);
  }
}

using ActctlCredentials = testing::ActctlTest;

TEST_F(ActctlCredentials, FilesThatCannotBeUsedAreNamed) {
  const std::string junk = folder_ / "junk", empty = folder_ / "empty";
  std::ofstream(junk) << "junk";
  std::ofstream(empty) << "\nsecond-line\n";
  const std::pair<std::vector<std::string>, std::string> kCases[] = {
      {{"--tls-ca", "/nonexistent"}, "actctl: /nonexistent: cannot be read: No such file or directory\n"},
      {{"--tls-ca", folder_.path()}, "actctl: " + folder_.path() + ": cannot be read: Is a directory\n"},
      {{"--tls-ca", junk}, "no certificate in what should be the authorities'"},
      {{"--tls-certificate", junk}, "certificate is given without its key"},
      {{"--token-file", "/nonexistent"}, "actctl: /nonexistent: cannot be read"},
      {{"--token-file", empty}, "actctl: " + empty + ": its first line is empty; expected a token"},
  };
  for (auto [arguments, error] : kCases) {
    arguments.emplace_back("functions");
    const testing::Finished finished = Actctl(arguments);
    EXPECT_EQ(finished.status, 2);
    EXPECT_NE(finished.err.find(error), std::string::npos) << finished.err;
  }
}

}  // namespace
}  // namespace actserve::client
