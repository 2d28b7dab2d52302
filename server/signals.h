// SIGTERM and SIGINT, taken by one thread when it asks, and by no handler.
#pragma once

#include <chrono>
#include <csignal>

namespace actserve {

class StopSignals {
 public:
  // Blocks them in this thread and in those that it starts from now on; so first in main.
  StopSignals();
  // Waits for one.
  int Wait();
  // Waits for another, at most so long. Whether one has come.
  bool WaitFor(std::chrono::nanoseconds time);
  bool Pending() { return WaitFor(std::chrono::nanoseconds(0)); }

 private:
  sigset_t set_;
};

}  // namespace actserve
