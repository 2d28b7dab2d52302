#include "client/cli/progress.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "client/cli/terminal.h"

namespace actserve::client {
namespace {

constexpr std::chrono::milliseconds kFirst(500);
constexpr std::chrono::milliseconds kEvery(100);

std::string Clock(absl::Duration elapsed) {
  const int64_t seconds = absl::ToInt64Seconds(elapsed);
  return absl::StrFormat("%d:%02d", seconds / 60, seconds % 60);
}

}  // namespace

std::string RenderProgress(const std::string& label, int64_t done, int64_t total, absl::Duration elapsed, int width) {
  if (done == 0 || total == 0) return absl::StrFormat("%s  %s", label, Clock(elapsed)).substr(0, width);
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const double rate = static_cast<double>(done) / std::max(absl::ToDoubleSeconds(elapsed), 1e-9);
  const std::string tail =
      absl::StrFormat("  %3d%%  %.1f MB/s  %s", static_cast<int>(share * 100), rate / 1e6, Clock(elapsed));
  const int bar = std::clamp(width - static_cast<int>(label.size() + tail.size()) - 4, 0, 40);
  if (bar < 5) return (label + tail).substr(0, width);
  const int full = static_cast<int>(share * bar);
  return absl::StrFormat("%s  [%s%s]%s", label, std::string(full, '#'), std::string(bar - full, '-'), tail);
}

Progress::Progress(ProgressMode mode, std::string label, int64_t total_bytes)
    : label_(std::move(label)), total_(total_bytes), start_(absl::Now()) {
  if (mode == ProgressMode::kNever || (mode == ProgressMode::kAuto && !IsTerminal(2))) return;
  drawer_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, kFirst, [this] { return over_; })) return;
    do {
      Draw();
    } while (!wake_.wait_for(lock, kEvery, [this] { return over_; }));
    std::fputs("\r\x1b[K", stderr);
  });
}

Progress::~Progress() {
  if (!drawer_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_one();
  drawer_.join();
}

void Progress::Draw() {
  const int width = TerminalWidth(2, 80) - 1;
  std::fprintf(stderr, "\r%s\x1b[K", RenderProgress(label_, done_, total_, absl::Now() - start_, width).c_str());
}

}  // namespace actserve::client
