// The machine that was measured, as far as it explains figures.
#pragma once

#include <cstdint>
#include <string>

namespace actserve::measure {

struct Machine {
  std::string cpu;  // the model's name in /proc/cpuinfo, or "unknown"
  int64_t l1 = 0;   // data caches in bytes, never 0; what the first processor sees
  int64_t l2 = 0;
  int64_t last = 0;  // the last level's

  std::string ToString() const;
};

Machine ThisMachine();

}  // namespace actserve::measure
