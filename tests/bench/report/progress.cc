#include "tests/bench/report/progress.h"

#include <unistd.h>

#include <cstdio>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace actserve::bench {

Progress::Progress(std::string where, size_t total)
    : where_(std::move(where)),
      total_(total),
      is_terminal_(isatty(STDERR_FILENO) == 1),
      start_(absl::Now()),
      shown_(absl::InfinitePast()) {}

Progress::~Progress() {
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start_);
  absl::FPrintF(stderr, "%s%d contests on %s in %.0f s\n", is_terminal_ ? "\r\033[K" : "", count_, where_, seconds);
}

void Progress::Next(const std::string& what) {
  const absl::Time now = absl::Now();
  const size_t done = count_++;
  if (!is_terminal_ && now - shown_ < absl::Seconds(10)) return;
  shown_ = now;
  std::string left;
  if (done > 0) left = absl::StrFormat(", %.0f s left", absl::ToDoubleSeconds(now - start_) * (total_ - done) / done);
  absl::FPrintF(stderr, "%s[%d/%d%s] %s%s", is_terminal_ ? "\r\033[K" : "", count_, total_, left, what,
                is_terminal_ ? "" : "\n");
}

}  // namespace actserve::bench
