// actload: the load tester of actserve.
#include <malloc.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "absl/synchronization/mutex.h"
#include "client/load/command_line.h"
#include "client/load/run.h"

namespace {

std::atomic<bool> interrupted = false;

}  // namespace

int main(int argc, char** argv) {
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);  // what its log says of connections, actload does
  // As in the server: Debian's Abseil has the detection compiled in, and buffers are used again.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);

  const auto parsed = actserve::load::ParseCommandLine(argc, argv);
  if (const auto* status = std::get_if<actserve::load::ExitStatus>(&parsed)) return *status;
  const auto& line = std::get<actserve::load::CommandLine>(parsed);
  if (line.print_scenario) {
    std::fputs(actserve::PrintText(line.settings.scenario).c_str(), stdout);
    return actserve::load::kMeasured;
  }
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { interrupted = true; });
  return actserve::load::Run(line, interrupted);
}
