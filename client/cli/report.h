// How failures are told: one line on standard error, with what to do about it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "client/cli/command_line.h"

namespace actserve::client {

// The server's message, with a hint in parentheses where there is one.
std::string Explain(const absl::Status& status, const ServerOptions& server);

// Prints "actctl: `what`: `why`" (or without `what`), and gives the status to exit with.
ExitStatus Fail(const std::string& what, const std::string& why);
// The same for a command that cannot be obeyed.
ExitStatus FailUsage(const std::string& why);

}  // namespace actserve::client
