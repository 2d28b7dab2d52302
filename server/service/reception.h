// Whose message is received next: what arrives is in memory before it can be counted, so that not all may at once.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "server/pool/job.h"

namespace actserve {

// At most `bytes` are received or held at a time, but one message is received in any case. Others wait for their turn,
// their bytes staying with the client. How long a message is, is not known until it is there; it is taken to be as long
// as the longest of late, the first as long as may be. One that takes longer than 1 to 2 s counts no more until it
// is there, so that clients that are slow, or never send what they began, do not keep the others waiting.
//
// Safe from any thread.
class Reception {
 public:
  struct Limits {
    size_t bytes = 0;
    size_t longest = 0;  // a message may be
  };

  // A call that has a message to receive. It lasts until that is over.
  class Receiver {
   public:
    virtual ~Receiver() = default;

   protected:
    // Has gRPC receive the message. On whatever thread makes it this one's turn.
    virtual void Receive() = 0;

   private:
    friend class Reception;
    int64_t slice_ = 0;  // of time, that it began in
    size_t bytes_ = 0;   // that it counts as
  };

  // `set_timer` has OnTimer called after kSlice; it is not called again before that.
  Reception(const Limits& limits, std::function<void()> set_timer)
      : limits_(limits), set_timer_(std::move(set_timer)) {}

  // `receiver` receives now, or when it is its turn.
  void Begin(Receiver& receiver, SteadyClock::time_point now);
  // It has received a message of so many bytes, or none: 0. They are held until they are released.
  void End(Receiver& receiver, size_t bytes);
  void Release(size_t bytes);
  void OnTimer(SteadyClock::time_point now);

  static constexpr std::chrono::milliseconds kSlice{1000};

 private:
  static constexpr int64_t kSlices = 2;          // that a message counts in
  static constexpr int64_t kLongestSlices = 10;  // that the longest one is remembered for, at least

  void MoveTo(SteadyClock::time_point now);
  size_t Expected() const;
  bool Fits() const { return counted_ == 0 || held_ + counted_ + Expected() <= limits_.bytes; }
  void Count(Receiver& receiver);
  // Gives those their turn whose turn has come.
  void Go(std::unique_lock<std::mutex> lock);

  const Limits limits_;
  const std::function<void()> set_timer_;

  std::mutex mutex_;  // guards what follows
  int64_t slice_ = 0;
  std::array<size_t, kSlices> bytes_{};  // begun in this slice, and in those before; by number modulo kSlices
  size_t counted_ = 0;                   // their sum
  size_t held_ = 0;
  std::array<size_t, 2> longest_{};  // of these kLongestSlices, and of those before
  std::deque<Receiver*> waiting_;
  bool timer_is_set_ = false;
};

}  // namespace actserve
