#include "kernels/cuda/lane.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"

namespace actserve::cuda {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kAlignment = 256;  // of operands in a lane's memory

// Where parts of a piece of memory begin.
class Layout {
 public:
  int64_t Add(int64_t bytes) {
    const int64_t begin = end_;
    end_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
    return begin;
  }
  int64_t bytes() const { return end_; }

 private:
  int64_t end_ = 0;
};

int64_t SizeIn(DataType type) { return static_cast<int64_t>(SizeOf(type)); }

}  // namespace

Lane::~Lane() {
  if (stream_ != nullptr) device_.Destroy(stream_);
  if (memory_ != nullptr) device_.Free(memory_);
  if (pinned_ != nullptr) device_.FreePinned(pinned_);
}

absl::Status Lane::Reserve(int64_t device_bytes, int64_t pinned_bytes) {
  if (device_bytes > capacity_) {
    return absl::OutOfRangeError(
        absl::StrFormat("takes %d bytes on the device; a lane may have %d", device_bytes, capacity_));
  }
  // To the next power of two, so that calls that become larger little by little do not allocate each time.
  const auto grown = [&](int64_t bytes) {
    return std::min<int64_t>(capacity_, static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(bytes))));
  };
  if (stream_ == nullptr) {
    absl::StatusOr<Device::Stream> stream = device_.MakeStream();
    if (!stream.ok()) return stream.status();
    stream_ = *stream;
  }
  if (device_bytes > memory_bytes_) {
    if (memory_ != nullptr) device_.Free(std::exchange(memory_, nullptr));
    memory_bytes_ = 0;
    absl::StatusOr<std::byte*> memory = device_.Allocate(grown(device_bytes));
    if (!memory.ok()) return memory.status();
    memory_ = *memory;
    memory_bytes_ = grown(device_bytes);
  }
  if (pinned_bytes > pinned_bytes_) {
    if (pinned_ != nullptr) device_.FreePinned(std::exchange(pinned_, nullptr));
    pinned_bytes_ = 0;
    absl::StatusOr<std::byte*> memory = device_.AllocatePinned(grown(pinned_bytes));
    if (!memory.ok()) return memory.status();
    pinned_ = *memory;
    pinned_bytes_ = grown(pinned_bytes);
  }
  return absl::OkStatus();
}

absl::Status Lane::Run(const Call& call, const Program& program, std::span<const Operands> operands, DoubleDouble* sums,
                       Times* times) {
  if (program.launches() == 0) return absl::OkStatus();
  const Clock::time_point begin = Clock::now();
  const int64_t elements = call.input.elements();
  const int64_t input_size = SizeIn(call.input.type), output_size = SizeIn(call.output_type);
  const int64_t upstream_size = call.upstream ? SizeIn(call.upstream->type) : 0;
  const int64_t sum_bytes = program.sums() * static_cast<int64_t>(sizeof(DoubleDouble));
  // What goes up lies together, and so does what comes down; in the same places on both sides.
  Layout layout;
  const int64_t input_at = layout.Add(elements * input_size), upstream_at = layout.Add(elements * upstream_size);
  const int64_t params_at = layout.Add(static_cast<int64_t>(program.params().size()));
  const int64_t up = layout.bytes();
  const int64_t output_at = layout.Add(elements * output_size), sums_at = layout.Add(sum_bytes);
  const int64_t pinned = layout.bytes(), workspace_at = layout.Add(program.workspace_bytes());
  if (absl::Status status = Reserve(layout.bytes(), pinned); !status.ok()) return status;

  int64_t done = 0;
  for (const Operands& some : operands) {
    some.input->Copy(some.first, some.count, pinned_ + input_at + done * input_size);
    if (some.upstream != nullptr)
      some.upstream->Copy(some.first, some.count, pinned_ + upstream_at + done * upstream_size);
    done += some.count;
  }
  std::copy(program.params().begin(), program.params().end(), pinned_ + params_at);
  const Clock::time_point staged = Clock::now();

  const Addresses at{.input = memory_ + input_at,
                     .upstream = call.upstream ? memory_ + upstream_at : nullptr,
                     .output = memory_ + output_at,
                     .params = memory_ + params_at,
                     .workspace = memory_ + workspace_at,
                     .sums = memory_ + sums_at};
  absl::Status status = device_.Upload(stream_, pinned_, memory_, up);
  if (status.ok()) status = device_.Launch(stream_, program, at);
  if (status.ok()) status = device_.Download(stream_, memory_ + up, pinned_ + up, pinned - up);
  status.Update(device_.Wait(stream_));  // in any case: nobody else may have the memory before
  if (!status.ok()) return status;
  const Clock::time_point computed = Clock::now();

  done = 0;
  for (const Operands& some : operands) {
    std::memcpy(some.output, pinned_ + output_at + done * output_size, static_cast<size_t>(some.count * output_size));
    done += some.count;
  }
  if (sum_bytes != 0) std::memcpy(sums, pinned_ + sums_at, static_cast<size_t>(sum_bytes));
  if (times != nullptr) *times = {.staging = staged - begin + (Clock::now() - computed), .device = computed - staged};
  return absl::OkStatus();
}

}  // namespace actserve::cuda
