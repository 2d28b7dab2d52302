// How far a long run is, on stderr: one line in place on a terminal, else a line every ten seconds.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace actserve::accuracy {

// Not safe from several threads.
class Progress {
 public:
  // Of so many jobs; others were finished before. Their weights are about proportional to the time that they take.
  Progress(size_t jobs, size_t finished_before, double weight);

  void Finish(double weight, int64_t inputs, const std::string& job);
  void End();

 private:
  using Clock = std::chrono::steady_clock;

  void Show(const std::string& job);

  const size_t jobs_;
  const double weight_;
  const bool terminal_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point shown_ = start_;
  size_t jobs_done_ = 0;
  double weight_done_ = 0;
  int64_t inputs_ = 0;
};

}  // namespace actserve::accuracy
