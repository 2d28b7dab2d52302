#include "tests/bench/kernels/bound_primitive.h"

#include <alloca.h>

#include <algorithm>
#include <cstdint>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace actserve::bench {

BoundPrimitive::BoundPrimitive(dnnl::primitive primitive, const dnnl::engine& engine, const dnnl::memory::desc& shape,
                               const std::vector<std::pair<int, std::byte*>>& arguments, std::shared_ptr<void> keep)
    : primitive_(std::move(primitive)), stream_(engine), keep_(std::move(keep)) {
  for (const auto& [name, data] : arguments) {
    memories_.emplace_back(shape, engine, data);
    arguments_.push_back({name, memories_.back().get()});
  }
  RunAt(0);  // whatever is done once is done now
  double seconds[kPlaces];
  for (int place = 0; place < kPlaces; ++place) seconds[place] = SecondsAt(place);
  place_ = static_cast<int>(std::min_element(seconds, seconds + kPlaces) - seconds);
}

// Not inlined, so that the frame is the same each time.
__attribute__((noinline)) void BoundPrimitive::RunAt(int place) const {
  // Down to a cache line's beginning, whatever the frame's address, and from there to the place.
  const uintptr_t frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  void* below = alloca(frame % 64 + 16 * (static_cast<size_t>(place) + 1));
  asm volatile("" : : "r"(below) : "memory");
  dnnl_primitive_execute(primitive_.get(), stream_.get(), static_cast<int>(arguments_.size()), arguments_.data());
}

// The least of a few runs: what the machine does besides only adds to them.
double BoundPrimitive::SecondsAt(int place) const {
  const absl::Time start = absl::Now();
  absl::Duration least = absl::InfiniteDuration();
  for (int run = 0; run < 3 || absl::Now() - start < absl::Microseconds(200); ++run) {
    const absl::Time begin = absl::Now();
    RunAt(place);
    least = std::min(least, absl::Now() - begin);
  }
  return absl::ToDoubleSeconds(least);
}

}  // namespace actserve::bench
