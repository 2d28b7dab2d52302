// A GPU, as far as the backend needs one: memory, streams, copies and launches. Real ones are in devices.cc; tests have
// one of their own, that computes on the CPU and fails when told to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kernels/cuda/kernel.h"
#include "kernels/cuda/plan.h"

namespace actserve::cuda {

// Safe from any thread; a stream is one thread's at a time. Errors: RESOURCE_EXHAUSTED where memory is short, else
// UNAVAILABLE: the device must be taken for lost.
class Device {
 public:
  // Copies and kernels on a stream happen in order.
  using Stream = void*;

  virtual ~Device() = default;
  virtual const std::string& name() const = 0;
  virtual const Limits& limits() const = 0;
  virtual const Kernel& KernelOf(const Function& function) const = 0;

  // Aligned to 256 bytes; `bytes` > 0.
  virtual absl::StatusOr<std::byte*> Allocate(int64_t bytes) = 0;
  virtual void Free(std::byte* memory) = 0;
  // The host's memory, pinned, from and to which copies take place while others compute.
  virtual absl::StatusOr<std::byte*> AllocatePinned(int64_t bytes) = 0;
  virtual void FreePinned(std::byte* memory) = 0;
  virtual absl::StatusOr<Stream> MakeStream() = 0;
  virtual void Destroy(Stream stream) = 0;

  // These start what they are named after, and do not wait. Host memory is pinned.
  virtual absl::Status Upload(Stream stream, const std::byte* from, std::byte* to, int64_t bytes) = 0;
  virtual absl::Status Download(Stream stream, const std::byte* from, std::byte* to, int64_t bytes) = 0;
  virtual absl::Status Copy(Stream stream, const std::byte* from, std::byte* to, int64_t bytes) = 0;  // on the device
  virtual absl::Status Fill(Stream stream, std::byte value, std::byte* to, int64_t bytes) = 0;
  virtual absl::Status Launch(Stream stream, const Program& program, const Addresses& at) = 0;
  // Until all that was started on the stream is done; tells of errors that happened meanwhile.
  virtual absl::Status Wait(Stream stream) = 0;
  // Gives all of the process's memory and streams on the device back, and begins anew, which a device that failed may
  // need. Nobody may use any of them, or the device, meanwhile.
  virtual absl::Status Reset() = 0;
  // How long the device takes for what `body` starts on the stream, in seconds, by its own clock. Waits.
  virtual absl::StatusOr<double> Time(Stream stream, absl::FunctionRef<absl::Status()> body) = 0;
};

// The GPUs of this machine, at least one; FAILED_PRECONDITION says why there are none: no CUDA in this build, no
// driver, a driver that is too old, or no device.
absl::StatusOr<std::vector<std::unique_ptr<Device>>> FindDevices();

}  // namespace actserve::cuda
