#include "server/pool/placement.h"

#include <algorithm>

namespace actserve {
namespace {

// What the CPU's threads take at a time, of which several make a call quicker: see Execution.
constexpr double kPieceBytes = 64 << 10;

std::atomic<int64_t>& Of(std::atomic<int64_t> (&ahead)[2], BackendId backend) {
  return ahead[static_cast<size_t>(backend)];
}

}  // namespace

Placement::Place Placement::Choose(const Call& call, BackendChoice choice) {
  Place place{.backend = BackendId::kCpu, .time = plan_.costs.Estimate(call)};
  if (cuda_ == nullptr) return place;
  if (choice != BackendChoice::kCpu && cuda_->up() && cuda_->Fits(call)) {
    const CudaPool::Costs costs = cuda_->costs();
    const std::chrono::nanoseconds time = CudaTime(call, costs);
    if (choice == BackendChoice::kCuda || CudaEnd(costs, time) < CpuEnd(call, place.time)) {
      place = {.backend = BackendId::kCuda, .time = time};
    }
  }
  Of(ahead_, place.backend).fetch_add(place.time.count(), std::memory_order_relaxed);
  return place;
}

void Placement::Leave(const Place& place) {
  if (cuda_ == nullptr) return;
  Of(ahead_, place.backend).fetch_sub(place.time.count(), std::memory_order_relaxed);
}

// The link bounds it, not the device: whatever the function, an element's way there and back takes longer than it.
std::chrono::nanoseconds Placement::CudaTime(const Call& call, const CudaPool::Costs& costs) const {
  const auto bytes = static_cast<double>(call.operand_bytes() + call.result_bytes());
  return costs.call + std::chrono::nanoseconds(static_cast<int64_t>(costs.nanoseconds_per_byte * bytes));
}

double Placement::CpuEnd(const Call& call, std::chrono::nanoseconds time) const {
  const double helping = std::clamp(static_cast<double>(call.input.bytes()) / kPieceBytes, 1.0, 1.0 * threads_);
  const auto ahead = static_cast<double>(ahead_[0].load(std::memory_order_relaxed));
  const bool is_inline = time <= plan_.inline_limit;
  return ahead / threads_ + static_cast<double>(time.count()) / helping +
         (is_inline ? 0 : static_cast<double>(plan_.handoff.count()));
}

double Placement::CudaEnd(const CudaPool::Costs& costs, std::chrono::nanoseconds time) const {
  const auto ahead = static_cast<double>(ahead_[1].load(std::memory_order_relaxed));
  // Lanes share the link, but copy by themselves: a large call's parts go as fast as so many of them can.
  const auto lanes = static_cast<double>(std::max(1, costs.lanes));
  const auto call = static_cast<double>(costs.call.count());
  return ahead / lanes + call + (static_cast<double>(time.count()) - call) / lanes +
         static_cast<double>(plan_.handoff.count());
}

}  // namespace actserve
