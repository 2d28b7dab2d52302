#include "server/service/call_gate.h"

namespace actserve {

bool CallGate::Enter() {
  if ((state_.fetch_add(kCall, std::memory_order_acq_rel) & kClosed) == 0) return true;
  Leave();
  return false;
}

void CallGate::Leave() {
  if (state_.fetch_sub(kCall, std::memory_order_acq_rel) != (kCall | kClosed)) return;
  std::lock_guard lock(mutex_);  // so that it does not fall between a waiter's look and its wait
  empty_.notify_all();
}

void CallGate::Close() { state_.fetch_or(kClosed, std::memory_order_acq_rel); }

bool CallGate::WaitEmpty(SteadyClock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return empty_.wait_until(lock, deadline, [this] { return inside() == 0; });
}

}  // namespace actserve
