#include "server/service/reception.h"

#include <algorithm>

#include "absl/container/inlined_vector.h"

namespace actserve {
namespace {

// What the shortest messages are taken for, as a part of the longest there may be: longer ones may come any time.
constexpr size_t kLeastPart = 64;

}  // namespace

void Reception::Begin(Receiver& receiver, SteadyClock::time_point now) {
  std::unique_lock lock(mutex_);
  MoveTo(now);
  if (!waiting_.empty() || !Fits()) {
    waiting_.push_back(&receiver);
    if (!std::exchange(timer_is_set_, true)) set_timer_();
    return;
  }
  Count(receiver);
  lock.unlock();
  receiver.Receive();
}

void Reception::End(Receiver& receiver, size_t bytes) {
  std::unique_lock lock(mutex_);
  if (slice_ - receiver.slice_ < kSlices) {
    bytes_[receiver.slice_ % kSlices] -= receiver.bytes_;
    counted_ -= receiver.bytes_;
  }
  held_ += bytes;
  longest_[0] = std::max(longest_[0], bytes);
  Go(std::move(lock));
}

void Reception::Release(size_t bytes) {
  std::unique_lock lock(mutex_);
  held_ -= bytes;
  Go(std::move(lock));
}

void Reception::OnTimer(SteadyClock::time_point now) {
  std::unique_lock lock(mutex_);
  MoveTo(now);
  timer_is_set_ = !waiting_.empty();
  if (timer_is_set_) set_timer_();
  Go(std::move(lock));
}

void Reception::MoveTo(SteadyClock::time_point now) {
  const int64_t slice = now.time_since_epoch() / kSlice;
  if (slice <= slice_) return;  // threads' clocks are read before they have the lock
  if (slice / kLongestSlices != slice_ / kLongestSlices && longest_[0] != 0) longest_ = {0, longest_[0]};
  for (int64_t gone = std::max(slice_ + 1, slice - kSlices + 1); gone <= slice; ++gone) {
    counted_ -= std::exchange(bytes_[gone % kSlices], 0);
  }
  slice_ = slice;
}

size_t Reception::Expected() const {
  const size_t longest = std::max(longest_[0], longest_[1]);
  return longest == 0 ? limits_.longest : std::max(longest, limits_.longest / kLeastPart);
}

void Reception::Count(Receiver& receiver) {
  receiver.slice_ = slice_;
  receiver.bytes_ = Expected();
  bytes_[slice_ % kSlices] += receiver.bytes_;
  counted_ += receiver.bytes_;
}

void Reception::Go(std::unique_lock<std::mutex> lock) {
  if (waiting_.empty()) return;
  absl::InlinedVector<Receiver*, 8> next;
  for (; !waiting_.empty() && Fits(); waiting_.pop_front()) {
    Count(*waiting_.front());
    next.push_back(waiting_.front());
  }
  lock.unlock();
  for (Receiver* const receiver : next) receiver->Receive();
}

}  // namespace actserve
