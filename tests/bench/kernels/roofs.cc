#include "tests/bench/kernels/roofs.h"

#include <algorithm>
#include <cstring>

#include "tests/bench/report/result.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/bench/kernels/roofs.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After foreach_target.h:
#include "hwy/cache_control.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace actserve::bench::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// `words` is a multiple of 64 here, and addresses those of pages.
void StreamCopy(const uint32_t* x, uint32_t* y, size_t words) {
  const hn::ScalableTag<uint32_t> d;
  for (size_t i = 0; i < words; i += hn::Lanes(d)) hn::Stream(hn::Load(d, x + i), d, y + i);
  hwy::FlushStream();
}

// Whole numbers, as those cost the same whatever they are.
void StreamAdd(const uint32_t* x, const uint32_t* dy, uint32_t* dx, size_t words) {
  const hn::ScalableTag<uint32_t> d;
  for (size_t i = 0; i < words; i += hn::Lanes(d)) {
    hn::Stream(hn::Add(hn::Load(d, x + i), hn::Load(d, dy + i)), d, dx + i);
  }
  hwy::FlushStream();
}

void StreamAddToBoth(const uint32_t* x, const uint32_t* dy, uint32_t* dx, size_t words) {
  const hn::ScalableTag<uint32_t> d;
  for (size_t i = 0; i < words; i += hn::Lanes(d)) {
    const auto upstream = hn::Load(d, dy + i);
    hn::Stream(hn::Add(hn::Load(d, x + i), upstream), d, dx + i);
    hn::Stream(hn::Add(hn::LoadU(d, x + words + i), upstream), d, dx + words + i);
  }
  hwy::FlushStream();
}

uint32_t Read(const uint32_t* x, size_t words) {
  const hn::ScalableTag<uint32_t> d;
  const size_t lanes = hn::Lanes(d);
  auto a = hn::Zero(d), b = hn::Zero(d);
  for (size_t i = 0; i < words; i += 2 * lanes) {
    a = hn::Add(a, hn::Load(d, x + i));
    b = hn::Add(b, hn::Load(d, x + i + lanes));
  }
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(a, b)));
}

}  // namespace actserve::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve::bench {

HWY_EXPORT(StreamCopy);
HWY_EXPORT(StreamAdd);
HWY_EXPORT(StreamAddToBoth);
HWY_EXPORT(Read);

std::vector<std::pair<std::string, std::function<void()>>> Roofs(const Workload& workload, const Operands& operands) {
  const size_t bytes = workload.elements() * SizeOf(workload.type), words = bytes / sizeof(uint32_t);
  auto* x = reinterpret_cast<uint32_t*>(operands.x.data());
  auto* dy = reinterpret_cast<uint32_t*>(operands.dy.data());
  auto* out = reinterpret_cast<uint32_t*>(operands.out.data());
  const auto name = [](const char* what) { return std::string(kRoofPrefix) + what; };
  const auto add = [](uint32_t a, uint32_t b) { return a + b; };
  if (workload.is_gated()) {
    const size_t half = words / 2;
    if (workload.direction == Direction::kEvaluate) {
      return {{name("add"), [=] { std::transform(x, x + half, x + half, out, add); }},
              {name("stream add"), [=] {
                 HWY_DYNAMIC_DISPATCH(StreamAdd)
                 (x, x + half, out, half);
               }}};
    }
    return {{name("add to both"),
             [=] {
               std::transform(x, x + half, dy, out, add);
               std::transform(x + half, x + words, dy, out + half, add);
             }},
            {name("stream add to both"), [=] {
               HWY_DYNAMIC_DISPATCH(StreamAddToBoth)
               (x, dy, out, half);
             }}};
  }
  if (workload.direction == Direction::kEvaluate) {
    return {{name("memcpy"), [=] { std::memcpy(out, x, bytes); }},
            {name("std::copy"), [=] { std::copy(x, x + words, out); }},
            {name("stream copy"), [=] {
               HWY_DYNAMIC_DISPATCH(StreamCopy)
               (x, out, words);
             }}};
  }
  return {{name("add"), [=] { std::transform(x, x + words, dy, out, add); }}, {name("stream add"), [=] {
                                                                                 HWY_DYNAMIC_DISPATCH(StreamAdd)
                                                                                 (x, dy, out, words);
                                                                               }}};
}

std::pair<std::string, std::function<void()>> ReadRoof(const Workload& workload, const Operands& operands) {
  const size_t words = workload.elements() * SizeOf(workload.type) / sizeof(uint32_t);
  const auto* x = reinterpret_cast<const uint32_t*>(operands.x.data());
  return {std::string(kRoofPrefix) + "read",
          [=] { [[maybe_unused]] volatile uint32_t sum = HWY_DYNAMIC_DISPATCH(Read)(x, words); }};
}

}  // namespace actserve::bench
#endif  // HWY_ONCE
