// How long a closed loop goes on, and what it counts.
#pragma once

#include <chrono>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "tests/bench/service/driver.h"

namespace actserve::bench::service {

using Clock = std::chrono::steady_clock;

class Pace {
 public:
  Pace(const Load& load, absl::Duration least, int64_t least_calls)
      : load_(load), start_(Clock::now()), least_(absl::ToChronoNanoseconds(least)), least_calls_(least_calls) {}

  // Whether another call is to begin now; counts it if so.
  bool MayBegin(Clock::time_point now) {
    if (!status_.ok() || (now - start_ >= least_ && begun_ >= least_calls_)) return false;
    ++begun_;
    return true;
  }
  void CountAnswer(Clock::time_point begun, Clock::time_point now, const grpc::ByteBuffer& answer) {
    turn_.latencies.Add((now - begun).count());
    const size_t bytes = answer.Length();
    if (bytes >= load_.least_answer && bytes <= load_.most_answer) return;
    Fail(absl::UnknownError(
        absl::StrFormat("an answer has %d bytes; expected %d to %d", bytes, load_.least_answer, load_.most_answer)));
  }
  // Keeps the first.
  void Fail(absl::Status status) { status_.Update(std::move(status)); }

  absl::StatusOr<Turn> Take() && {
    if (!status_.ok()) return status_;
    turn_.calls = turn_.latencies.count();
    turn_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    return std::move(turn_);
  }

 private:
  const Load& load_;
  const Clock::time_point start_;
  const std::chrono::nanoseconds least_;
  const int64_t least_calls_;
  int64_t begun_ = 0;
  Turn turn_;
  absl::Status status_;
};

}  // namespace actserve::bench::service
