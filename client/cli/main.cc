// actctl: the command line of actserve.
#include <variant>

#include "client/cli/command_line.h"
#include "client/cli/commands.h"

int main(int argc, char** argv) {
  using namespace actserve::client;
  const auto parsed = ParseCommandLine(argc, argv);
  if (const ExitStatus* status = std::get_if<ExitStatus>(&parsed)) return *status;
  const CommandLine& line = std::get<CommandLine>(parsed);
  return std::visit([&](const auto& command) { return Run(command, line.server); }, line.command);
}
