// What is being timed and how long it will still take, on standard error.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace actserve::bench {

class Progress {
 public:
  // `where` is for people, such as an instruction set.
  Progress(std::string where, size_t total);
  ~Progress();
  // One more begins. A terminal shows each, in place; a log one every ten seconds.
  void Next(const std::string& what);

 private:
  const std::string where_;
  const size_t total_;
  const bool is_terminal_;
  const absl::Time start_;
  absl::Time shown_;
  size_t count_ = 0;
};

}  // namespace actserve::bench
