// What actctl does, one function a command. Each prints its results on standard output and its failures on standard
// error.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cli/command_line.h"
#include "client/cpp/client.h"

namespace actserve::client {

ExitStatus Run(const FunctionsCommand& command, const ServerOptions& server);
ExitStatus Run(const HealthCommand& command, const ServerOptions& server);
ExitStatus Run(const DescribeCommand& command, const ServerOptions& server);
ExitStatus Run(const ComputeCommand& command, const ServerOptions& server);
ExitStatus Run(const PlotCommand& command, const ServerOptions& server);
ExitStatus Run(const RelufyCommand& command, const ServerOptions& server);

// A client of the server that the user named, with a deadline where the user gave none.
absl::StatusOr<Client> Connect(const ServerOptions& server, absl::Duration deadline);
inline constexpr absl::Duration kShortCall = absl::Seconds(10);  // for calls that compute little

}  // namespace actserve::client
