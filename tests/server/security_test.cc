// Tokens and certificates, and the files that they come from.
#include "server/security/security.h"

#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "kernels/api/status.h"
#include "server/security/certificates.h"
#include "server/security/tokens.h"
#include "server/security/watched_files.h"
#include "tests/server/temporary_file.h"
#include "tests/server/test_certificates.h"

namespace actserve {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

void Write(const TemporaryFile& file, const std::string& text) { std::ofstream(file.path()) << text; }

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

TEST(TokenSetTest, KnowsItsTokensAndNoOthers) {
  const auto tokens = TokenSet::Parse("# who may call\n\n  first-token \r\nsecond==\n#commented-out\n");
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  EXPECT_EQ(tokens->size(), 2u);
  EXPECT_TRUE(tokens->Contains("first-token"));
  EXPECT_TRUE(tokens->Contains("second=="));
  for (const char* other : {"", "first-toke", "first-token ", "first-token2", "FIRST-TOKEN", "second=", "commented-out",
                            "#commented-out", "# who may call", "first-token\nsecond=="}) {
    EXPECT_FALSE(tokens->Contains(other)) << other;
  }
}

TEST(TokenSetTest, SaysWhichLineIsNoTokenAndNotWhatItSays) {
  const std::pair<std::string, std::string> kCases[] = {
      {"", "there is no token in it; expected one a line"},
      {"\n# only a comment\n", "there is no token in it"},
      {"good\nalice secret\n", "line 2 is no token; expected visible ASCII"},
      {"caf\xc3\xa9-secret\n", "line 1 is no token"},
      {std::string("nul\0secret", 10), "line 1 is no token"},
  };
  for (const auto& [text, error] : kCases) {
    const absl::Status status = TokenSet::Parse(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
    EXPECT_THAT(MessageOf(status), HasSubstr(error));
    EXPECT_THAT(MessageOf(status), Not(HasSubstr("secret")));
  }
}

TEST(TokenSetTest, HasABoundSinceEachIsComparedWith) {
  std::string text;
  for (size_t i = 0; i < TokenSet::kMaxTokens; ++i) text += "token" + std::to_string(i) + "\n";
  const auto tokens = TokenSet::Parse(text);
  ASSERT_TRUE(tokens.ok());
  EXPECT_TRUE(tokens->Contains("token1023"));
  EXPECT_THAT(MessageOf(TokenSet::Parse(text + "one-more").status()), HasSubstr("more than 1024 tokens"));
}

// What the call with these values of authorization is told; empty: it may go on.
std::string Refusal(const Authenticator& authenticator, const std::vector<std::string>& values) {
  Authenticator::Metadata metadata = {{"user-agent", "test"}, {"x-authorization", "Bearer token"}};
  for (const std::string& value : values) metadata.emplace("authorization", value);
  const absl::Status status = authenticator.Check(metadata);
  EXPECT_EQ(status.code(), status.ok() ? absl::StatusCode::kOk : absl::StatusCode::kUnauthenticated);
  return MessageOf(status);
}

TEST(AuthenticatorTest, TakesOneGoodTokenAndSaysWhatElseIsMissing) {
  const TemporaryFile file("tokens", "token\nother\n");
  const auto authenticator = Authenticator::Load(file.path());
  ASSERT_TRUE(authenticator.ok()) << authenticator.status();
  for (const char* good : {"Bearer token", "bearer token", "BEARER other"}) {
    EXPECT_EQ(Refusal(**authenticator, {good}), "") << good;
  }
  EXPECT_THAT(Refusal(**authenticator, {}), HasSubstr("no token; expected metadata \"authorization: Bearer TOKEN\""));
  for (const char* bad : {"token", "Bearer", "Bearer ", "Basic token", "Bearertoken", "", "Bearer,token"}) {
    EXPECT_THAT(Refusal(**authenticator, {bad}), HasSubstr("expected \"Bearer TOKEN\"")) << bad;
  }
  for (const char* bad : {"Bearer toke", "Bearer tokenother", "Bearer  token", "Bearer token ", "Bearer hunter2"}) {
    const std::string refusal = Refusal(**authenticator, {bad});
    EXPECT_THAT(refusal, HasSubstr("is not one that this server takes")) << bad;
    EXPECT_THAT(refusal, Not(HasSubstr("hunter2")));
  }
  for (const char* second : {"Bearer token", "Bearer wrong"}) {
    EXPECT_THAT(Refusal(**authenticator, {"Bearer token", second}), HasSubstr("several values of authorization"));
  }
}

TEST(AuthenticatorTest, ReloadsAndKeepsItsTokensIfTheFileCannotBeUsed) {
  const TemporaryFile file("tokens", "old\n");
  const auto authenticator = Authenticator::Load(file.path());
  ASSERT_TRUE(authenticator.ok()) << authenticator.status();
  Write(file, "new\n");
  EXPECT_TRUE((*authenticator)->Reload().ok());
  EXPECT_EQ(Refusal(**authenticator, {"Bearer new"}), "");
  EXPECT_NE(Refusal(**authenticator, {"Bearer old"}), "");
  Write(file, "");
  EXPECT_EQ(FieldOf((*authenticator)->Reload()), "token_file");
  EXPECT_TRUE((*authenticator)->Reload().ok());  // said once
  std::remove(file.path().c_str());
  EXPECT_EQ(MessageOf((*authenticator)->Reload()), file.path() + ": cannot be read: No such file or directory");
  EXPECT_TRUE((*authenticator)->Reload().ok());
  EXPECT_EQ(Refusal(**authenticator, {"Bearer new"}), "");
  Write(file, "newer\n");
  EXPECT_TRUE((*authenticator)->Reload().ok());
  EXPECT_EQ(Refusal(**authenticator, {"Bearer newer"}), "");
}

TEST(WatchedFilesTest, TellsOfChangesOnce) {
  const TemporaryFile first("first", "1"), second("second", "2");
  WatchedFiles files({{"a", first.path()}, {"b", second.path()}});
  EXPECT_THAT(**files.Changed(), ElementsAre("1", "2"));
  EXPECT_FALSE(files.Changed().has_value());
  Write(second, "3");
  EXPECT_THAT(**files.Changed(), ElementsAre("1", "3"));
  EXPECT_FALSE(files.Changed().has_value());
  Write(second, std::string((1 << 20) + 1, 'x'));
  EXPECT_THAT(MessageOf(files.Changed()->status()), HasSubstr("is too large; expected at most 1048576 bytes"));
  std::remove(second.path().c_str());
  EXPECT_EQ(FieldOf(files.Changed()->status()), "b");
  EXPECT_FALSE(files.Changed().has_value());
  Write(second, "3");
  EXPECT_THAT(**files.Changed(), ElementsAre("1", "3"));
  WatchedFiles folder({{"c", testing::TempDir()}});
  EXPECT_THAT(MessageOf(folder.Changed()->status()), HasSubstr("cannot be read: Is a directory"));
}

TEST(CertificatesTest, SaysWhatTheServersIs) {
  const TestAuthority authority;
  const auto issued = authority.Issue("actserve.test", std::chrono::hours(2));
  const auto info = CheckCertificates({.chain = issued.certificate + authority.certificate(),
                                       .key = issued.key,
                                       .client_ca = "A comment.\n" + authority.certificate()});
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->subject, "CN=actserve.test");
  const auto left = info->not_after - std::chrono::system_clock::now();
  EXPECT_GT(left, std::chrono::minutes(110));
  EXPECT_LE(left, std::chrono::hours(2));
}

TEST(CertificatesTest, SaysWhatIsWrongAndWithWhich) {
  const TestAuthority authority;
  const auto issued = authority.Issue("a"), other = authority.Issue("b"), weak = WeakCertificate();
  std::string broken = issued.certificate;
  std::reverse(broken.begin() + 100, broken.begin() + 200);
  struct Case {
    Certificates certificates;
    const char* field;
    const char* error;
  };
  const Case kCases[] = {
      {{.chain = "", .key = issued.key}, "tls_certificate", "there is no certificate in it; expected one or more"},
      {{.chain = issued.key, .key = issued.key}, "tls_certificate", "there is no certificate in it"},
      {{.chain = broken, .key = issued.key}, "tls_certificate", "certificate 1 of the file is broken ("},
      {{.chain = issued.certificate + broken, .key = issued.key}, "tls_certificate", "certificate 2 of the file is"},
      {{.chain = issued.certificate, .key = ""},
       "tls_key",
       "there is no good private key in it (unsupported); expected one"},
      {{.chain = issued.certificate, .key = issued.certificate}, "tls_key", "there is no good private key in it"},
      {{.chain = issued.certificate, .key = Encrypted(issued.key)}, "tls_key", "the key is encrypted; expected one w"},
      {{.chain = issued.certificate, .key = other.key}, "tls_key", "the key is not the certificate's; expected the"},
      {{.chain = weak.certificate, .key = weak.key}, "tls_certificate", "cannot be used: ee key too small"},
      {{.chain = issued.certificate, .key = issued.key, .client_ca = ""}, "tls_client_ca", "there is no certificate"},
      {{.chain = issued.certificate, .key = issued.key, .client_ca = "x"}, "tls_client_ca", "there is no certificate"},
      {{.chain = issued.certificate, .key = issued.key, .client_ca = broken}, "tls_client_ca", "certificate 1 of the"},
  };
  for (const auto& [certificates, field, error] : kCases) {
    const absl::Status status = CheckCertificates(certificates).status();
    EXPECT_EQ(FieldOf(status), field) << status;
    EXPECT_THAT(MessageOf(status), HasSubstr(error));
  }
}

TEST(SecurityTest, ErrorsNameTheSettingAndTheFile) {
  const TestAuthority authority;
  const auto issued = authority.Issue("a"), other = authority.Issue("b");
  const TemporaryFile chain("chain", issued.certificate), key("key", other.key), tokens("tokens", "# none\n");
  config::ServerConfig config;
  config.set_tls_certificate(chain.path());
  config.set_tls_key(key.path());
  const absl::Status mismatch = Security::Load(config).status();
  EXPECT_EQ(FieldOf(mismatch), "tls_key");
  EXPECT_THAT(MessageOf(mismatch), HasSubstr(key.path() + ": the key is not the certificate's"));
  config.set_tls_key("/nonexistent");
  const absl::Status absent = Security::Load(config).status();
  EXPECT_EQ(FieldOf(absent), "tls_key");
  EXPECT_EQ(MessageOf(absent), "/nonexistent: cannot be read: No such file or directory");
  Write(key, issued.key);
  config.set_tls_key(key.path());
  config.set_token_file(tokens.path());
  const absl::Status empty = Security::Load(config).status();
  EXPECT_EQ(FieldOf(empty), "token_file");
  EXPECT_EQ(MessageOf(empty), tokens.path() + ": there is no token in it; expected one a line");
}

TEST(SecurityTest, ProtectsTcpAndLeavesUnixSocketsPlain) {
  const TestAuthority authority;
  const auto issued = authority.Issue("a");
  const TemporaryFile chain("chain", issued.certificate), key("key", issued.key), ca("ca", authority.certificate());
  config::ServerConfig config;
  const Address tcp = *ParseAddress("0.0.0.0:1"), local = *ParseAddress("127.0.0.1:1"), unix = *ParseAddress("unix:/x");
  const auto plain = *Security::Load(config);
  for (const Address& address : {tcp, local, unix}) EXPECT_EQ(plain->TransportOf(address), "plain");
  EXPECT_EQ(plain->not_after(), std::nullopt);
  EXPECT_EQ(plain->authenticator(), nullptr);
  config.set_tls_certificate(chain.path());
  config.set_tls_key(key.path());
  const auto tls = *Security::Load(config);
  EXPECT_EQ(tls->TransportOf(tcp), "tls");
  EXPECT_EQ(tls->TransportOf(local), "tls");
  EXPECT_EQ(tls->TransportOf(unix), "plain");
  EXPECT_GT(tls->not_after(), std::chrono::system_clock::now());
  config.set_tls_client_ca(ca.path());
  EXPECT_EQ((*Security::Load(config))->TransportOf(tcp), "mutual_tls");
}

}  // namespace
}  // namespace actserve
