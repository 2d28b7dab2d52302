// How a run goes, on standard error.
#pragma once

#include <string>

#include "client/cli/progress.h"
#include "client/load/report/report.h"

namespace actserve::load {

// A line of at most `width` columns, such as "[2] 4000/s  [####----]  3 s  3.99k/s  p50 210 us  p99 1.40 ms  failed 0".
// `share` of the step's time has passed.
std::string RenderProgress(const std::string& step, double share, const Window& window, int64_t failed, int width);

// A terminal shows a line that changes with each window, and keeps one for each step; a log has the latter.
class Progress {
 public:
  explicit Progress(client::ProgressMode mode);

  // `total` steps; 0 if nobody knows.
  void Begin(const Offer& offer, size_t total);
  void Show(const Window& window, Nanos duration);
  void End(const StepResult& result);

 private:
  const bool is_terminal_, is_shown_;
  size_t count_ = 0;
  std::string step_;
  int64_t failed_ = 0;
};

}  // namespace actserve::load
