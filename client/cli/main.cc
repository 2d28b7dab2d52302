// actctl: the command line of actserve.
#include <cstdlib>
#include <variant>

#include "client/cli/command_line.h"
#include "client/cli/commands.h"

int main(int argc, char** argv) {
  namespace client = actserve::client;
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);  // what its log says of connections, actctl does
  const auto parsed = client::ParseCommandLine(argc, argv);
  if (const auto* status = std::get_if<client::ExitStatus>(&parsed)) return *status;
  const auto& line = std::get<client::CommandLine>(parsed);
  return std::visit([&](const auto& command) { return client::Run(command, line.server); }, line.command);
}
