// actload's command line.
#pragma once

#include <string>
#include <variant>

#include "client/cli/credentials.h"
#include "client/cli/progress.h"
#include "client/load/scenario/plan.h"

namespace actserve::load {

// What a process ends with.
enum ExitStatus {
  kMeasured = 0,
  kFailed = 1,    // no server, one that stopped answering, wrong answers, an objective that no rate keeps, Ctrl-C
  kUsage = 2,     // a flag, a scenario
  kSlowSelf = 3,  // measured, but actload could not keep up with some step
};

struct Files {
  std::string html, json, csv;  // empty: not wanted
};

struct CommandLine {
  Settings settings;  // the scenario's, with the flags over it; not looked at yet
  client::CredentialOptions credentials;
  Files files;
  client::ProgressMode progress = client::ProgressMode::kAuto;
  bool print_scenario = false;
};

// The command, or the status to exit with when all is said.
std::variant<CommandLine, ExitStatus> ParseCommandLine(int argc, const char* const* argv);

}  // namespace actserve::load
