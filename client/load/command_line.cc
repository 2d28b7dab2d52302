#include "client/load/command_line.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace actserve::load {
namespace {

// A flag that sets a field of the scenario, or of its only call, in the field's own text format.
struct Flag {
  const char* name;
  const char* field;
  const char* type;
  const char* help;
  const char* environment = nullptr;  // the variable that sets it where the flag is not given
};

constexpr Flag kScenarioFlags[] = {
    {"--server", "server", "ADDR", "host:port, unix:/path, or several with commas between them", "ACTSERVE_SERVER"},
    {"--metrics", "metrics", "ADDR", "host:port where the server shows its metrics, for the report",
     "ACTSERVE_METRICS"},
    {"--connections", "connections", "N", "Connections, over which calls go by turns"},
    {"--threads", "threads", "N", "Pairs of threads that send and receive"},
    {"--rate", "rate", "LOADS",
     "An open loop: calls a second, such as 5k, or a sweep: 1k,2k or 1k..16k*2 or 1k..5k+1k"},
    {"--concurrency", "concurrency", "LOADS", "A closed loop: calls in progress; a sweep, as above (default: 8)"},
    {"--slo", "slo", "OBJECTIVE", "Find the highest rate that keeps it, such as p99=5ms; --rate LOW..HIGH bounds it"},
    {"--slo-precision", "slo_precision", "SHARE", "How closely"},
    {"--arrivals", "arrivals", "poisson|constant", "Of an open loop"},
    {"--max-in-flight", "max_in_flight", "N", "Of an open loop; calls beyond it begin late, and are counted so"},
    {"--warm-up", "warm_up", "TIME", "Before each step is measured, such as 500ms"},
    {"--duration", "duration", "TIME", "Of each step, at most"},
    {"--window", "window", "TIME", "Of which figures are taken as time goes by"},
    {"--stable", "stable", "SHARE", "End a step when three windows differ by no more; 0: never"},
    {"--deadline", "deadline", "TIME", "Of a call"},
    {"--check", "check", "SHARE", "Of the answers, to be compared bit for bit with what they are to be"},
    {"--seed", "seed", "N", "Of inputs, arrivals and the choice of calls"},
};
constexpr Flag kCallFlags[] = {
    {"--function", "function", "NAME", "Which one (default: gelu)"},
    {"--shape", "shape", "DIMS", "Of the input, such as 32,512 (default: 1024)"},
    {"--type", "type", "f64|f32|f16|bf16", "Of the input (default: f32)"},
    {"--direction", "direction", "evaluate|gradient", "Which (default: evaluate)"},
    {"--items", "items", "N", "In a batch (default: 1)"},
    {"--backend", "backend", "auto|cpu|cuda", "Where it asks to be computed (default: auto)"},
    {"--stream", "stream", "true|false", "Messages of streams instead of calls"},
};

absl::Status Apply(const Flag& flag, const std::string& value, google::protobuf::Message& message, Origins& origins) {
  const char* set = flag.environment == nullptr ? nullptr : std::getenv(flag.environment);
  const bool has_environment = value.empty() && set != nullptr && *set != '\0';
  if (value.empty() && !has_environment) return absl::OkStatus();
  const std::string text = has_environment ? set : value;
  const std::vector<std::string> parts = flag.field == std::string_view("shape")
                                             ? std::vector<std::string>(absl::StrSplit(text, ','))
                                             : std::vector<std::string>{text};
  for (const std::string& part : parts) {
    absl::Status status = SetText(flag.field, part, has_environment ? flag.environment : flag.name,
                                  /*append=*/&part != &parts.front(), message, origins);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

ExitStatus Usage(const std::string& why) {
  std::fprintf(stderr, "actload: %s\n", why.c_str());
  return kUsage;
}

// A kind of load that a flag asks for takes the place of the scenario's.
void DropOtherLoads(bool is_open, bool is_closed, Settings& settings) {
  const auto drop = [&](const char* field) {
    settings.scenario.GetReflection()->ClearField(&settings.scenario,
                                                  scenario::Scenario::descriptor()->FindFieldByName(field));
    settings.origins.erase(field);
  };
  if (is_open) drop("concurrency");
  if (is_closed) drop("rate"), drop("slo");
}

// The flags of the only call; their origins are the call's.
absl::Status ApplyCallFlags(const std::array<std::string, std::size(kCallFlags)>& values, Settings& settings) {
  scenario::CallKind call;
  call.set_function("gelu");
  Origins origins;
  bool any = false;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].empty()) continue;
    if (settings.scenario.call_size() > 0)
      return absl::InvalidArgumentError(
          absl::StrFormat("%s: the scenario has calls of its own; expected one of both", kCallFlags[i].name));
    if (absl::Status status = Apply(kCallFlags[i], values[i], call, origins); !status.ok()) return status;
    any = true;
  }
  if (!any) return absl::OkStatus();
  *settings.scenario.add_call() = call;
  for (const auto& [field, origin] : origins) settings.origins["call[0]." + field] = origin;
  return absl::OkStatus();
}

}  // namespace

std::variant<CommandLine, ExitStatus> ParseCommandLine(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app("Loads an actserve, and reports how it does.", "actload");
  app.set_version_flag("--version", "actload " ACTSERVE_VERSION);
  std::string file;
  app.add_option("--scenario", file, "A mix of calls, and settings, in protobuf text format; flags go over it")
      ->option_text("FILE");
  std::array<std::string, std::size(kScenarioFlags)> values;
  std::array<std::string, std::size(kCallFlags)> call_values;
  for (size_t i = 0; i < values.size(); ++i)
    app.add_option(kScenarioFlags[i].name, values[i], kScenarioFlags[i].help)->option_text(kScenarioFlags[i].type);
  for (size_t i = 0; i < call_values.size(); ++i)
    app.add_option(kCallFlags[i].name, call_values[i], kCallFlags[i].help)
        ->option_text(kCallFlags[i].type)
        ->group("The call, where no scenario has any");
  client::AddCredentials(app, line.credentials);
  app.add_option("--html", line.files.html, "A page with charts, which needs nothing but itself")->option_text("FILE");
  app.add_option("--json", line.files.json, "All figures, for programs")->option_text("FILE");
  app.add_option("--csv", line.files.csv, "A line a step, for spreadsheets")->option_text("FILE");
  bool quiet = false;
  app.add_flag("--quiet", quiet, "No progress on standard error");
  app.add_flag("--print-scenario", line.print_scenario, "Print the settings in use, in the format of --scenario");
  app.footer(
      "Ends with 0; 1: no server, or wrong answers; 2: a wrong flag or scenario; 3: measured, but actload itself\n"
      "could not keep up with some step.\n"
      "Examples: actload --concurrency 1..64*2 --html report.html\n"
      "          actload --function softmax --shape 64,1000 --type bf16 --rate 2k --duration 30s\n"
      "          actload --scenario mix.txtpb --slo p99=5ms --rate 100..50k");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& said) {
    return app.exit(said) == 0 ? kMeasured : kUsage;
  } catch (const CLI::ParseError& error) {
    return Usage(absl::StrFormat("%s ('actload --help' says more)", error.what()));
  }
  if (quiet) line.progress = client::ProgressMode::kNever;
  Settings& settings = line.settings;
  absl::Status status = file.empty() ? absl::OkStatus() : ReadText(file, settings.scenario, settings.origins);
  const auto is_given = [&](const char* name) { return app.get_option(name)->count() > 0; };
  const bool is_closed = is_given("--concurrency");
  if (const bool is_open = is_given("--rate") || is_given("--slo"); is_open != is_closed)
    DropOtherLoads(is_open, is_closed, settings);
  for (size_t i = 0; i < values.size() && status.ok(); ++i)
    status = Apply(kScenarioFlags[i], values[i], settings.scenario, settings.origins);
  if (status.ok()) status = ApplyCallFlags(call_values, settings);
  if (!status.ok()) return Usage(std::string(status.message()));
  return line;
}

}  // namespace actserve::load
