// actserve's command line.
#pragma once

#include <string>
#include <variant>

#include "server/config/settings.h"

namespace actserve {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;     // an address that cannot be bound; calls cut off at the end
inline constexpr int kExitBadSetting = 2;  // a flag or a configuration file

struct CommandLine {
  enum class Action { kServe, kPrintTargets, kPrintPlan, kPrintConfig };
  Action action = Action::kServe;
  Settings settings;  // the file's, with the flags over it; not validated yet
};

// Nothing to do but to print `text`, to stdout if the code is kExitOk, else to stderr.
struct Exit {
  int code = kExitOk;
  std::string text;
};

std::variant<CommandLine, Exit> ParseCommandLine(int argc, const char* const* argv);

}  // namespace actserve
