#include "server/signals.h"

#include <ctime>

namespace actserve {

StopSignals::StopSignals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

int StopSignals::Wait() {
  int signal = 0;
  sigwait(&set_, &signal);
  return signal;
}

bool StopSignals::Pending() {
  const timespec now{};
  return sigtimedwait(&set_, nullptr, &now) > 0;
}

}  // namespace actserve
