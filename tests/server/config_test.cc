#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "server/config/address.h"
#include "server/config/command_line.h"
#include "tests/server/temporary_file.h"

namespace actserve {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::vector<std::string> kTargets = {"AVX2", "SCALAR"};

std::variant<CommandLine, Exit> Parse(std::vector<const char*> args) {
  args.insert(args.begin(), "actserve");
  return ParseCommandLine(static_cast<int>(args.size()), args.data());
}

// What a user reads for a bad setting, wherever it was found.
std::string ErrorOf(const std::vector<const char*>& args) {
  const auto parsed = Parse(args);
  if (const Exit* exit = std::get_if<Exit>(&parsed)) {
    EXPECT_EQ(exit->code, kExitBadSetting);
    return exit->text;
  }
  return std::string(Validate(std::get<CommandLine>(parsed).settings, kTargets).message());
}

TEST(AddressTest, ParsesWhatItPrints) {
  for (const char* text : {"127.0.0.1:0", "localhost:65535", "[::1]:80", "unix:/run/a.sock", "unix:relative.sock"}) {
    const auto address = ParseAddress(text);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->ToString(), text);
  }
  EXPECT_EQ(ParseAddress("[::1]:80")->host, "::1");
  EXPECT_EQ(ParseAddress("[::1]:80")->port, 80);
}

TEST(AddressTest, KnowsWhichAreLocal) {
  for (const char* text : {"127.0.0.1:1", "127.1.2.3:1", "localhost:1", "[::1]:1", "unix:/x"}) {
    EXPECT_TRUE(ParseAddress(text)->IsLocal()) << text;
  }
  for (const char* text : {"0.0.0.0:1", "10.0.0.1:1", "[::]:1", "example.org:1"}) {
    EXPECT_FALSE(ParseAddress(text)->IsLocal()) << text;
  }
}

TEST(AddressTest, SaysWhatIsWrong) {
  const std::pair<std::string, std::string> kCases[] = {{"localhost", "it has no port"},
                                                        {":80", "the host is empty"},
                                                        {"::1:80", "IPv6 needs brackets"},
                                                        {"a:65536", "the port is not"},
                                                        {"a:-1", "the port is not"},
                                                        {"a:", "the port is not"},
                                                        {"a:1x", "the port is not"},
                                                        {"unix:", "the path is empty"},
                                                        {"unix:" + std::string(108, 'x'), "the path has 108 bytes"}};
  for (const auto& [text, error] : kCases) {
    const auto address = ParseAddress(text);
    EXPECT_TRUE(absl::IsInvalidArgument(address.status())) << text;
    EXPECT_THAT(std::string(address.status().message()), AllOf(HasSubstr(error), HasSubstr("expected host:port")));
  }
}

TEST(CommandLineTest, DefaultsAreValid) {
  const auto parsed = Parse({});
  const auto& line = std::get<CommandLine>(parsed);
  EXPECT_EQ(line.action, CommandLine::Action::kServe);
  EXPECT_EQ(line.settings.config.listen(0), "127.0.0.1:50051");
  EXPECT_EQ(line.settings.config.metrics_listen(), "127.0.0.1:9464");
  EXPECT_TRUE(Validate(line.settings, kTargets).ok());
}

TEST(CommandLineTest, FlagsGoOverTheFile) {
  const TemporaryFile file("settings", "threads: 3\nlisten: \"a:1\"\nlisten: \"a:2\"\nqueue_capacity: 7\n");
  const auto parsed = Parse({"--config", file.path().c_str(), "--threads", "5", "--listen", "b:1", "--listen",
                             "unix:/x", "--listen", "b:3", "--log-level", "debug", "--log-format=JSON"});
  ASSERT_TRUE(std::holds_alternative<CommandLine>(parsed)) << std::get<Exit>(parsed).text;
  const config::ServerConfig& config = std::get<CommandLine>(parsed).settings.config;
  EXPECT_EQ(config.threads(), 5u);
  EXPECT_EQ(config.queue_capacity(), 7u);
  EXPECT_THAT(std::vector<std::string>(config.listen().begin(), config.listen().end()),
              testing::ElementsAre("b:1", "unix:/x", "b:3"));
  EXPECT_EQ(config.log_level(), config::ServerConfig::DEBUG);
  EXPECT_EQ(config.log_format(), config::ServerConfig::JSON);
}

TEST(CommandLineTest, TheEnvironmentForcesATargetAndTheFlagGoesOverIt) {
  setenv("ACTSERVE_SIMD_TARGET", "SCALAR", 1);
  EXPECT_EQ(std::get<CommandLine>(Parse({})).settings.config.simd_target(), "SCALAR");
  EXPECT_EQ(std::get<CommandLine>(Parse({"--simd-target", "AVX2"})).settings.config.simd_target(), "AVX2");
  setenv("ACTSERVE_SIMD_TARGET", "MMX", 1);
  EXPECT_THAT(ErrorOf({}), HasSubstr("ACTSERVE_SIMD_TARGET: \"MMX\" is not an instruction set that this machine has; "
                                     "expected one of AVX2, SCALAR"));
  unsetenv("ACTSERVE_SIMD_TARGET");
}

TEST(CommandLineTest, PrintsAndReadsBack) {
  config::ServerConfig config;
  config.add_listen("a:1");
  config.add_listen("unix:/b");
  config.set_grace_seconds(2.5);
  config.set_inline_microseconds(0);
  config.add_route()->set_function("relu");
  const TemporaryFile file("settings", Print(config));
  const auto settings = LoadSettings(file.path());
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(Print(settings->config), Print(config));
  EXPECT_THAT(Print(config), HasSubstr("max_message_mib: 64\n"));  // defaults too
}

TEST(CommandLineTest, TlsAndTokensAreFilesThatNeedNotBeThereYet) {
  const auto parsed = Parse({"--tls-certificate", "/no/c.pem", "--tls-key", "/no/k.pem", "--tls-client-ca",
                             "/no/ca.pem", "--token-file", "/no/tokens"});
  const Settings& settings = std::get<CommandLine>(parsed).settings;
  EXPECT_TRUE(Validate(settings, kTargets).ok());
  EXPECT_EQ(settings.config.tls_client_ca(), "/no/ca.pem");
  EXPECT_EQ(settings.config.token_file(), "/no/tokens");
  EXPECT_EQ(settings.config.reload_seconds(), 10u);
}

TEST(CommandLineTest, HelpAndVersionAreNoErrors) {
  for (const char* flag : {"--help", "--version"}) {
    const auto parsed = Parse({flag});
    EXPECT_EQ(std::get<Exit>(parsed).code, kExitOk);
    EXPECT_THAT(std::get<Exit>(parsed).text, HasSubstr("actserve"));
  }
}

TEST(CommandLineTest, BadFlagsNameTheFlagTheValueAndWhatWasExpected) {
  const std::pair<std::vector<const char*>, const char*> kCases[] = {
      {{"--threads", "abc"}, "--threads: \"abc\" is not valid; expected a whole number, 0 or more"},
      {{"--threads", "-1"}, "--threads: \"-1\" is not valid"},
      {{"--threads", "1025"}, "--threads: 1025 is out of range; expected 0 to 1024"},
      {{"--threads", "99999999999"}, "--threads: \"99999999999\" is not valid"},
      {{"--threads", "1", "--threads", "2"}, "--threads: is given 2 times; expected once"},
      {{"--queue-capacity", "0"}, "--queue-capacity: 0 is out of range; expected 1 to 1048576"},
      {{"--max-message-mib", "1025"}, "--max-message-mib: 1025 is out of range; expected 1 to 1024"},
      {{"--max-in-flight-mib", "10"}, "--max-in-flight-mib: 10 is less than twice max_message_mib, 64"},
      {{"--grace-seconds", "nan"}, "--grace-seconds: nan is out of range; expected 0 to 3600"},
      {{"--grace-seconds", "soon"}, "--grace-seconds: \"soon\" is not valid; expected a number"},
      {{"--log-level", "loud"}, "--log-level: \"loud\" is not valid; expected one of debug, info, warning, error, off"},
      {{"--log-format", "xml"}, "--log-format: \"xml\" is not valid; expected one of text, json"},
      {{"--listen", "here"}, "--listen: \"here\" is not an address: it has no port"},
      {{"--listen", "a:1", "--listen", "b"}, "--listen: \"b\" is not an address"},
      {{"--metrics-listen", "unix:/x"}, "--metrics-listen: \"unix:/x\" is a unix socket; expected host:port or none"},
      {{"--simd-target", "MMX"}, "--simd-target: \"MMX\" is not an instruction set"},
      {{"--tls-certificate", "c.pem"}, "--tls-certificate: is given without tls_key; expected both"},
      {{"--tls-key", "k.pem"}, "--tls-key: is given without tls_certificate; expected both"},
      {{"--tls-client-ca", "a.pem"}, "--tls-client-ca: is given without tls_certificate; expected both"},
      {{"--reload-seconds", "0"}, "--reload-seconds: 0 is out of range; expected 1 to 86400"},
      {{"--frobnicate"}, "--frobnicate"},
      {{"stray"}, "stray"},
      {{"--threads"}, "--threads"},
      {{"--config", "/nonexistent/file"}, "/nonexistent/file: cannot be read"},
  };
  for (const auto& [args, error] : kCases) EXPECT_THAT(ErrorOf(args), HasSubstr(error));
}

TEST(CommandLineTest, BadFilesNameTheLine) {
  const std::pair<const char*, const char*> kCases[] = {
      {"# a comment\nthreds: 1\n", ":2:7: Message type \"actserve.config.ServerConfig\" has no field named \"threds\""},
      {"threads: 1\nthreads: 2\n", ":2:"},
      {"threads: many\n", ":1:10: Expected integer"},
      {"queue_capacity: -3\n", ":1:"},
      {"log_level: LOUD\n", ":1:"},
      {"\n\nthreads: 5000\n", ":3: threads: 5000 is out of range; expected 0 to 1024"},
      {"drain_delay_seconds: 3601\n", ":1: drain_delay_seconds: 3601 is out of range; expected 0 to 3600"},
      {"grace_seconds: -1\n", ":1: grace_seconds: -1 is out of range"},
      {"listen: \"a:1\"\nlisten: \"b\"\n", ":2: listen[1]: \"b\" is not an address"},
      {"metrics_listen: \"\"\n", ":1: metrics_listen: \"\" is not an address"},
      {"threads: 1\ntls_certificate: \"c.pem\"\n", ":2: tls_certificate: is given without tls_key; expected both"},
      {"tls_certificate: \"c\"\ntls_key: \"k\"\nreload_seconds: 0\n", ":3: reload_seconds: 0 is out of range"},
      {"simd_target: \"MMX\"\n", ":1: simd_target: \"MMX\" is not an instruction set"},
  };
  for (const auto& [text, error] : kCases) {
    const TemporaryFile settings("settings", text);
    const std::string& file = settings.path();
    EXPECT_THAT(ErrorOf({"--config", file.c_str()}), AllOf(HasSubstr(file), HasSubstr(error)));
  }
}

TEST(CommandLineTest, TheExampleConfigurationIsValid) {
  const auto settings = LoadSettings(ACTSERVE_EXAMPLE_CONFIG);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_TRUE(Validate(*settings, kTargets).ok());
}

}  // namespace
}  // namespace actserve
