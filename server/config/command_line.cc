#include "server/config/command_line.h"

#include <CLI/CLI.hpp>
#include <array>
#include <cstdlib>
#include <sstream>
#include <vector>

#include "absl/strings/str_format.h"

namespace actserve {
namespace {

constexpr char kDefaultListen[] = "127.0.0.1:50051";

// A flag that sets a field of the configuration, in the field's own text format.
struct Flag {
  const char* name;
  const char* field;
  const char* type;
  const char* help;
  const char* environment = nullptr;  // the variable that sets it where the flag is not given
};

constexpr Flag kFlags[] = {
    {"--listen", "listen", "ADDR", "Where clients connect: host:port (0: any free port) or unix:/path; repeats"},
    {"--metrics-listen", "metrics_listen", "ADDR", "Where Prometheus scrapes /metrics: host:port, or none"},
    {"--threads", "threads", "N", "Threads that compute; 0: one for each core"},
    {"--backend", "backend", "NAME", "Where calls are computed that leave it open: auto, cpu or cuda"},
    {"--queue-capacity", "queue_capacity", "N", "Requests that may wait for a thread"},
    {"--max-in-flight-mib", "max_in_flight_mib", "N", "MiB of all the requests that wait or run"},
    {"--max-message-mib", "max_message_mib", "N", "The largest request or response, in MiB"},
    {"--max-items", "max_items", "N", "Items in one request"},
    {"--drain-delay-seconds", "drain_delay_seconds", "S", "How long calls are still taken after SIGTERM"},
    {"--grace-seconds", "grace_seconds", "S", "How long calls may take to finish after that"},
    {"--tls-certificate", "tls_certificate", "FILE", "The server's certificate, in PEM: TCP addresses speak TLS"},
    {"--tls-key", "tls_key", "FILE", "Its private key, in PEM"},
    {"--tls-client-ca", "tls_client_ca", "FILE", "Who signs clients' certificates, in PEM: clients must have one"},
    {"--token-file", "token_file", "FILE", "Tokens, one a line: calls need \"authorization: Bearer TOKEN\""},
    {"--reload-seconds", "reload_seconds", "N", "How often these files are read again"},
    {"--log-level", "log_level", "LEVEL", "debug, info, warning, error or off"},
    {"--log-format", "log_format", "FORMAT", "text or json"},
    {"--simd-target", "simd_target", "NAME", "The instruction set to use: see --print-targets", "ACTSERVE_SIMD_TARGET"},
};

absl::Status ApplyFlag(const Flag& flag, const std::vector<std::string>& values, Settings& settings) {
  const bool repeated = std::string_view(flag.field) == "listen";
  if (!repeated && values.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s: is given %d times; expected once", flag.name, values.size()));
  }
  for (const std::string& value : values) {
    const bool append = &value != &values.front();
    if (absl::Status status = SetField(settings, flag.field, value, flag.name, append); !status.ok()) return status;
  }
  const char* set = flag.environment == nullptr ? nullptr : std::getenv(flag.environment);
  if (!values.empty() || set == nullptr || *set == '\0') return absl::OkStatus();
  return SetField(settings, flag.field, set, flag.environment, /*append=*/false);
}

Exit BadSetting(const absl::Status& status) {
  return {kExitBadSetting, absl::StrFormat("actserve: %s\n", std::string(status.message()))};
}

}  // namespace

std::variant<CommandLine, Exit> ParseCommandLine(int argc, const char* const* argv) {
  CLI::App app("Serves neural-network activation functions and their gradients over gRPC.", "actserve");
  app.set_version_flag("--version", "actserve " ACTSERVE_VERSION);
  std::string file;
  app.add_option("--config", file, "Settings in protobuf text format; flags go over them")->option_text("FILE");
  std::array<std::vector<std::string>, std::size(kFlags)> values;
  for (size_t i = 0; i < std::size(kFlags); ++i) {
    app.add_option(kFlags[i].name, values[i], kFlags[i].help)->option_text(kFlags[i].type)->allow_extra_args(false);
  }
  bool print_targets = false;
  bool print_config = false;
  bool print_plan = false;
  app.add_flag("--print-targets", print_targets, "Print the instruction sets that this machine can use, best first");
  app.add_flag("--print-plan", print_plan, "Measure what calls cost on this machine and print which run where");
  app.add_flag("--print-config", print_config, "Print the settings in use, in the format that --config reads");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    const bool ok = app.exit(error, out, err) == 0;
    return ok ? Exit{kExitOk, out.str()} : Exit{kExitBadSetting, "actserve: " + err.str()};
  }
  CommandLine line;
  if (!file.empty()) {
    absl::StatusOr<Settings> loaded = LoadSettings(file);
    if (!loaded.ok()) return BadSetting(loaded.status());
    line.settings = *std::move(loaded);
  }
  for (size_t i = 0; i < std::size(kFlags); ++i) {
    if (absl::Status status = ApplyFlag(kFlags[i], values[i], line.settings); !status.ok()) return BadSetting(status);
  }
  if (line.settings.config.listen().empty()) line.settings.config.add_listen(kDefaultListen);
  if (print_targets) line.action = CommandLine::Action::kPrintTargets;
  if (print_plan) line.action = CommandLine::Action::kPrintPlan;
  if (print_config) line.action = CommandLine::Action::kPrintConfig;
  return line;
}

}  // namespace actserve
