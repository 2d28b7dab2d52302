#include "client/load/progress.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/terminal.h"
#include "client/load/report/format.h"

namespace actserve::load {
namespace {

constexpr int kBar = 20;
constexpr char kWipe[] = "\r\x1b[K";

}  // namespace

std::string RenderProgress(const std::string& step, double share, const Window& window, int64_t failed, int width) {
  const int full = static_cast<int>(std::clamp(share, 0.0, 1.0) * kBar);
  return absl::StrFormat("%s  [%s%s]  %s/s  p50 %s  p99 %s  failed %d", step, std::string(full, '#'),
                         std::string(kBar - full, '-'), FormatCount(window.rate()),
                         FormatNanos(static_cast<double>(window.p50)), FormatNanos(static_cast<double>(window.p99)),
                         failed)
      .substr(0, std::max(width, 0));
}

Progress::Progress(client::ProgressMode mode)
    : is_terminal_(mode != client::ProgressMode::kNever && client::IsTerminal(2)),
      is_shown_(mode != client::ProgressMode::kNever) {}

void Progress::Begin(const Offer& offer, size_t total) {
  ++count_;
  failed_ = 0;
  step_ = absl::StrCat(count_, total == 0 ? "" : absl::StrCat("/", total), "  ", LoadName(offer));
  if (is_terminal_) std::fprintf(stderr, "%s%s  warming up", kWipe, step_.c_str());
}

void Progress::Show(const Window& window, Nanos duration) {
  failed_ += window.failed;
  if (!is_terminal_) return;
  const double share = static_cast<double>(window.end) / static_cast<double>(duration);
  const int width = client::TerminalWidth(2, 80) - 1;
  std::fprintf(stderr, "%s%s", kWipe, RenderProgress(step_, share, window, failed_, width).c_str());
}

void Progress::End(const StepResult& result) {
  if (!is_shown_) return;
  const measure::Histogram& latency = result.total.calls.latency;
  std::fprintf(stderr, "%s%s: %s answers/s, p50 %s, p99 %s, %s failed%s\n", is_terminal_ ? kWipe : "", step_.c_str(),
               FormatCount(result.rate).c_str(), FormatNanos(latency.Quantile(0.5)).c_str(),
               FormatNanos(latency.Quantile(0.99)).c_str(),
               absl::StrCat(result.total.calls.failed() + result.unsent).c_str(),
               result.stable ? absl::StrFormat(", stable after %.1f s", result.seconds).c_str() : "");
}

}  // namespace actserve::load
