#include "tests/accuracy/progress.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "absl/strings/str_format.h"

namespace actserve::accuracy {
namespace {

std::string Minutes(double seconds) {
  const auto whole = std::llround(seconds);
  return absl::StrFormat("%d:%02d", whole / 60, whole % 60);
}

double Seconds(std::chrono::steady_clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

Progress::Progress(size_t jobs, size_t finished_before, double weight)
    : jobs_(jobs), weight_(weight), terminal_(isatty(STDERR_FILENO) != 0) {
  if (finished_before > 0)
    absl::FPrintF(stderr, "%d of %d jobs were finished before\n", finished_before, jobs + finished_before);
}

void Progress::Finish(double weight, int64_t inputs, const std::string& job) {
  ++jobs_done_;
  weight_done_ += weight;
  inputs_ += inputs;
  const Clock::time_point now = Clock::now();
  if (Seconds(now - shown_) < (terminal_ ? 0.1 : 10)) return;
  shown_ = now;
  Show(job);
}

void Progress::Show(const std::string& job) {
  const double elapsed = Seconds(Clock::now() - start_);
  const double share = weight_ > 0 ? weight_done_ / weight_ : 1;
  const std::string line =
      absl::StrFormat("[%d/%d] %3.0f%%  %.0f M inputs/s  %s passed, %s to go  %s", jobs_done_, jobs_, 100 * share,
                      static_cast<double>(inputs_) / elapsed / 1e6, Minutes(elapsed),
                      Minutes(share > 0 ? elapsed * (1 - share) / share : 0), job);
  terminal_ ? absl::FPrintF(stderr, "\r\033[K%.100s", line) : absl::FPrintF(stderr, "%s\n", line);
  std::fflush(stderr);
}

void Progress::End() {
  if (terminal_) absl::FPrintF(stderr, "\r\033[K");
  if (jobs_ == 0) return;
  const double elapsed = Seconds(Clock::now() - start_);
  absl::FPrintF(stderr, "%d jobs, %.1f M inputs in %s\n", jobs_done_, static_cast<double>(inputs_) / 1e6,
                Minutes(elapsed));
}

}  // namespace actserve::accuracy
