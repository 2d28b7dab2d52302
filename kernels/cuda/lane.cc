#include "kernels/cuda/lane.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"

namespace actserve::cuda {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kAlignment = 256;  // of operands in a lane's memory

int64_t BytesOf(DataType type, const Shape& shape) { return shape.elements() * static_cast<int64_t>(SizeOf(type)); }

// Where parts of a piece of memory begin.
class Layout {
 public:
  int64_t Add(const std::optional<InputView>& tensor) { return Add(tensor ? BytesOf(tensor->type, tensor->shape) : 0); }
  int64_t Add(int64_t bytes) {
    const int64_t begin = end_;
    end_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
    return begin;
  }
  int64_t bytes() const { return end_; }

 private:
  int64_t end_ = 0;
};

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

absl::Status Lane::Run(const Call& call, const Program& program, std::span<const Portion> portions, DoubleDouble* sums,
                       Times* times) {
  if (program.launches() == 0) return absl::OkStatus();
  const Clock::time_point begin = Clock::now();
  const auto output_bytes = [](const Call& of) { return BytesOf(of.output_type, of.output_shape()); };
  const auto gate_gradient_bytes = [](const Call& of) {
    return of.has_gate_gradient() ? BytesOf(of.output_type, of.gate->shape) : 0;
  };
  // What goes up lies together, and so does what comes down; in the same places on both sides.
  Layout layout;
  const int64_t input_at = layout.Add(call.input), gate_at = layout.Add(call.gate),
                upstream_at = layout.Add(call.upstream);
  const int64_t params_at = layout.Add(static_cast<int64_t>(program.params().size()));
  const int64_t up = layout.bytes();
  const int64_t output_at = layout.Add(output_bytes(call)), gate_gradient_at = layout.Add(gate_gradient_bytes(call));
  const int64_t sums_at = layout.Add(program.sums() * static_cast<int64_t>(sizeof(DoubleDouble)));
  const int64_t pinned = layout.bytes(), workspace_at = layout.Add(program.workspace_bytes());
  if (absl::Status status = Reserve(layout.bytes(), pinned); !status.ok()) return status;

  const auto gather = [&](auto tensor, int64_t at) {
    for (const Portion& portion : portions) {
      const InputView& from = tensor(*portion.call);
      const int64_t of_part = from.elements() / portion.of, count = portion.count * of_part;
      from.Copy(portion.first * of_part, count, pinned_ + at);
      at += count * static_cast<int64_t>(SizeOf(from.type));
    }
  };
  gather([](const Call& of) -> const InputView& { return of.input; }, input_at);
  if (call.gate) gather([](const Call& of) -> const InputView& { return *of.gate; }, gate_at);
  if (call.upstream) gather([](const Call& of) -> const InputView& { return *of.upstream; }, upstream_at);
  std::copy(program.params().begin(), program.params().end(), pinned_ + params_at);
  const Clock::time_point staged = Clock::now();

  const Addresses at{.input = memory_ + input_at,
                     .gate = call.gate ? memory_ + gate_at : nullptr,
                     .upstream = call.upstream ? memory_ + upstream_at : nullptr,
                     .output = memory_ + output_at,
                     .gate_gradient = memory_ + gate_gradient_at,
                     .params = memory_ + params_at,
                     .workspace = memory_ + workspace_at,
                     .sums = memory_ + sums_at};
  absl::Status status = device_.Upload(stream_, pinned_, memory_, up);
  if (status.ok()) status = device_.Launch(stream_, program, at);
  if (status.ok()) status = device_.Download(stream_, memory_ + up, pinned_ + up, pinned - up);
  status.Update(device_.Wait(stream_));  // in any case: nobody else may have the memory before
  if (!status.ok()) return status;
  const Clock::time_point computed = Clock::now();

  const auto scatter = [&](auto bytes_of, std::byte* Portion::*to, int64_t at) {
    for (const Portion& portion : portions) {
      const int64_t of_part = bytes_of(*portion.call) / portion.of, bytes = portion.count * of_part;
      if (bytes == 0) continue;
      std::memcpy(portion.*to + portion.first * of_part, pinned_ + at, static_cast<size_t>(bytes));
      at += bytes;
    }
  };
  scatter(output_bytes, &Portion::output, output_at);
  scatter(gate_gradient_bytes, &Portion::gate_gradient, gate_gradient_at);
  if (program.sums() != 0) std::memcpy(sums, pinned_ + sums_at, static_cast<size_t>(program.sums()) * sizeof *sums);
  if (times != nullptr) *times = {.staging = staged - begin + (Clock::now() - computed), .device = computed - staged};
  return absl::OkStatus();
}

}  // namespace actserve::cuda
