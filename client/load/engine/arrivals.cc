#include "client/load/engine/arrivals.h"

#include <cmath>

namespace actserve::load {

Arrivals::Arrivals(ArrivalProcess process, double rate, Nanos start, Share share, uint64_t seed)
    : process_(process),
      share_(share),
      interval_(1e9 / rate * share.count),
      start_(start),
      random_(seed * 1'000'003 + static_cast<uint64_t>(share.index)) {
  Advance();
}

void Arrivals::Advance() {
  if (process_ == ArrivalProcess::kPoisson) {
    elapsed_ += std::exponential_distribution<double>()(random_) * interval_;
  } else {
    elapsed_ = interval_ * (static_cast<double>(count_++) + static_cast<double>(share_.index) / share_.count);
  }
  next_ = start_ + std::llround(elapsed_);
}

}  // namespace actserve::load
