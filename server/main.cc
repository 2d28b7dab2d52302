// actserve: flags -> settings -> server.
#include <malloc.h>

#include <cstdio>

#include "absl/synchronization/mutex.h"
#include "kernels/api/backend.h"
#include "server/app.h"
#include "server/config/command_line.h"

int main(int argc, char** argv) {
  // Debian's Abseil has it compiled in, and it costs a sixth of a small call.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // What the transport receives into is used again rather than given back and faulted in for each message.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);

  const auto parsed = actserve::ParseCommandLine(argc, argv);
  if (const auto* exit = std::get_if<actserve::Exit>(&parsed)) {
    std::fputs(exit->text.c_str(), exit->code == actserve::kExitOk ? stdout : stderr);
    return exit->code;
  }
  const auto& [action, settings] = std::get<actserve::CommandLine>(parsed);
  if (const absl::Status status = actserve::Validate(settings, actserve::CpuTargets()); !status.ok()) {
    std::fprintf(stderr, "actserve: %s\n", std::string(status.message()).c_str());
    return actserve::kExitBadSetting;
  }
  switch (action) {
    case actserve::CommandLine::Action::kPrintTargets:
      for (const std::string& target : actserve::CpuTargets()) std::puts(target.c_str());
      return actserve::kExitOk;
    case actserve::CommandLine::Action::kPrintPlan:
      std::fputs(actserve::PlanText(settings.config).c_str(), stdout);
      return actserve::kExitOk;
    case actserve::CommandLine::Action::kPrintConfig:
      std::fputs(actserve::Print(settings.config).c_str(), stdout);
      return actserve::kExitOk;
    case actserve::CommandLine::Action::kServe: return actserve::Serve(settings);
  }
}
