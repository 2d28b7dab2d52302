// actserve: flags -> settings -> server.
#include <cstdio>

#include "absl/synchronization/mutex.h"
#include "kernels/api/backend.h"
#include "server/app.h"
#include "server/config/command_line.h"

int main(int argc, char** argv) {
  using namespace actserve;
  // Debian's Abseil has it compiled in, and it costs a sixth of a small call.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  const auto parsed = ParseCommandLine(argc, argv);
  if (const Exit* exit = std::get_if<Exit>(&parsed)) {
    std::fputs(exit->text.c_str(), exit->code == kExitOk ? stdout : stderr);
    return exit->code;
  }
  const auto& [action, settings] = std::get<CommandLine>(parsed);
  if (const absl::Status status = Validate(settings, CpuTargets()); !status.ok()) {
    std::fprintf(stderr, "actserve: %s\n", std::string(status.message()).c_str());
    return kExitBadSetting;
  }
  switch (action) {
    case CommandLine::Action::kPrintTargets:
      for (const std::string& target : CpuTargets()) std::puts(target.c_str());
      return kExitOk;
    case CommandLine::Action::kPrintConfig: std::fputs(Print(settings.config).c_str(), stdout); return kExitOk;
    case CommandLine::Action::kServe: return Serve(settings);
  }
}
