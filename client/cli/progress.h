// The progress of work that takes long enough to wonder about.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "absl/time/time.h"

namespace actserve::client {

enum class ProgressMode { kAuto, kAlways, kNever };  // kAuto: when standard error is a terminal

// A line such as "gelu  [#####-----]  50%  1.2 GB/s  0:03" of at most `width` columns; only the elapsed time while
// `done` is 0, for work whose progress cannot be seen.
std::string RenderProgress(const std::string& label, int64_t done, int64_t total, absl::Duration elapsed, int width);

// Draws on standard error, ten times a second from a thread of its own, once the work has taken half a second. Advance
// is safe from any thread. Destruction wipes the line.
class Progress {
 public:
  Progress(ProgressMode mode, std::string label, int64_t total_bytes);
  ~Progress();
  void Advance(int64_t bytes) { done_ += bytes; }

 private:
  void Draw();

  const std::string label_;
  const int64_t total_;
  const absl::Time start_;
  std::atomic<int64_t> done_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;  // guarded by mutex_
  std::thread drawer_;
};

}  // namespace actserve::client
