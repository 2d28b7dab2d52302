// When the calls of an open loop are to begin, whatever becomes of those before.
#pragma once

#include <cstdint>
#include <random>

#include "client/load/engine/nanos.h"

namespace actserve::load {

enum class ArrivalProcess {
  kPoisson,   // as of many independent clients: exponential intervals
  kConstant,  // equal intervals
};

// One of `count` that share a load evenly.
struct Share {
  int index = 0, count = 1;
};

class Arrivals {
 public:
  // `rate` > 0 calls a second of all shares together, from `start` on. Shares of constant arrivals take turns;
  // Poisson's have seeds of their own. The same arguments give the same times.
  Arrivals(ArrivalProcess process, double rate, Nanos start, Share share, uint64_t seed);

  Nanos next() const { return next_; }
  void Advance();

 private:
  const ArrivalProcess process_;
  const Share share_;
  const double interval_;  // of the share's arrivals, in nanoseconds
  const Nanos start_;
  std::mt19937_64 random_;
  int64_t count_ = 0;   // constant: so that no rounding adds up
  double elapsed_ = 0;  // Poisson
  Nanos next_ = 0;
};

}  // namespace actserve::load
