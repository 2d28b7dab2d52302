// GPUs by the CUDA runtime.
#include <cuda_runtime_api.h>

#include "absl/strings/str_format.h"
#include "kernels/cuda/device.h"
#include "kernels/functions/catalog.h"

namespace actserve::cuda {

#define ACT_DECLARE(family) std::span<const Kernel> Kernels_##family();  // family.cu
ACT_FAMILIES(ACT_DECLARE)
#undef ACT_DECLARE

namespace {

const Kernel& FindKernel(int function_index) {
  static const std::vector<Kernel>* const kernels = [] {
    auto* all = new std::vector<Kernel>;
    const auto add = [all](std::span<const Kernel> family) { all->insert(all->end(), family.begin(), family.end()); };
#define ACT_ADD(family) add(Kernels_##family());
    ACT_FAMILIES(ACT_ADD)
#undef ACT_ADD
    return all;
  }();
  return (*kernels)[static_cast<size_t>(function_index)];
}

absl::Status StatusOf(int error, const std::string& device, const char* what) {
  const auto code = static_cast<cudaError_t>(error);
  if (code == cudaSuccess) return absl::OkStatus();
  const std::string message =
      absl::StrFormat("%s: %s failed: %s (%s)", device, what, cudaGetErrorString(code), cudaGetErrorName(code));
  if (code != cudaErrorMemoryAllocation) return absl::UnavailableError(message);
  cudaGetLastError();  // or the next launch would tell of it again
  return absl::ResourceExhaustedError(message);
}

class Gpu : public Device {
 public:
  explicit Gpu(int ordinal, const cudaDeviceProp& properties)
      : ordinal_(ordinal),
        name_(absl::StrFormat("%s (GPU %d)", properties.name, ordinal)),
        limits_{.multiprocessors = properties.multiProcessorCount,
                .shared_bytes = static_cast<int>(properties.sharedMemPerBlockOptin)} {}

  const std::string& name() const override { return name_; }
  const Limits& limits() const override { return limits_; }
  const Kernel& KernelOf(const Function& function) const override { return FindKernel(function.index); }

  absl::StatusOr<std::byte*> Allocate(int64_t bytes) override {
    return Make([&](void** memory) { return cudaMalloc(memory, static_cast<size_t>(bytes)); }, "cudaMalloc");
  }
  void Free(std::byte* memory) override {
    WithDevice([&] { return cudaFree(memory); }, "cudaFree").IgnoreError();
  }
  absl::StatusOr<std::byte*> AllocatePinned(int64_t bytes) override {
    const auto allocate = [&](void** memory) {
      return cudaHostAlloc(memory, static_cast<size_t>(bytes), cudaHostAllocDefault);
    };
    return Make(allocate, "cudaHostAlloc");
  }
  void FreePinned(std::byte* memory) override {
    WithDevice([&] { return cudaFreeHost(memory); }, "cudaFreeHost").IgnoreError();
  }
  absl::StatusOr<Stream> MakeStream() override {
    // Who waits for a stream sleeps: by default it spins, on a core that others of the process need more. Holds for the
    // device, until it is reset, which takes its streams too.
    absl::Status status =
        WithDevice([] { return cudaSetDeviceFlags(cudaDeviceScheduleBlockingSync); }, "cudaSetDeviceFlags");
    if (!status.ok()) return status;
    cudaStream_t stream = nullptr;
    status = WithDevice([&] { return cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking); },
                        "cudaStreamCreateWithFlags");
    if (!status.ok()) return status;
    return stream;
  }
  void Destroy(Stream stream) override {
    WithDevice([&] { return cudaStreamDestroy(Of(stream)); }, "cudaStreamDestroy").IgnoreError();
  }

  absl::Status Upload(Stream stream, const std::byte* from, std::byte* to, int64_t bytes) override {
    return Move(stream, from, to, bytes, cudaMemcpyHostToDevice, "a copy to the device");
  }
  absl::Status Download(Stream stream, const std::byte* from, std::byte* to, int64_t bytes) override {
    return Move(stream, from, to, bytes, cudaMemcpyDeviceToHost, "a copy from the device");
  }
  absl::Status Copy(Stream stream, const std::byte* from, std::byte* to, int64_t bytes) override {
    return Move(stream, from, to, bytes, cudaMemcpyDeviceToDevice, "a copy on the device");
  }
  absl::Status Fill(Stream stream, std::byte value, std::byte* to, int64_t bytes) override {
    const auto fill = [&] {
      return cudaMemsetAsync(to, static_cast<int>(value), static_cast<size_t>(bytes), Of(stream));
    };
    return WithDevice(fill, "cudaMemsetAsync");
  }
  absl::Status Launch(Stream stream, const Program& program, const Addresses& at) override {
    return WithDevice([&] { return static_cast<cudaError_t>(program.Launch(at, stream)); }, "a launch");
  }
  absl::Status Wait(Stream stream) override {
    return WithDevice([&] { return cudaStreamSynchronize(Of(stream)); }, "what was started");
  }

  absl::Status Reset() override {
    return WithDevice([] { return cudaDeviceReset(); }, "cudaDeviceReset");
  }

  absl::StatusOr<double> Time(Stream stream, absl::FunctionRef<absl::Status()> body) override {
    cudaEvent_t begin = nullptr, end = nullptr;
    absl::Status status = WithDevice([&] { return cudaEventCreate(&begin); }, "cudaEventCreate");
    if (status.ok()) status = WithDevice([&] { return cudaEventCreate(&end); }, "cudaEventCreate");
    if (status.ok()) status = WithDevice([&] { return cudaEventRecord(begin, Of(stream)); }, "cudaEventRecord");
    if (status.ok()) status = body();
    if (status.ok()) status = WithDevice([&] { return cudaEventRecord(end, Of(stream)); }, "cudaEventRecord");
    status.Update(Wait(stream));
    float milliseconds = 0;
    if (status.ok())
      status = WithDevice([&] { return cudaEventElapsedTime(&milliseconds, begin, end); }, "cudaEventElapsedTime");
    if (begin != nullptr) cudaEventDestroy(begin);
    if (end != nullptr) cudaEventDestroy(end);
    if (!status.ok()) return status;
    return milliseconds / 1e3;
  }

 private:
  static cudaStream_t Of(Stream stream) { return static_cast<cudaStream_t>(stream); }

  // The device is a thread's own choice.
  template <class Body>
  absl::Status WithDevice(Body body, const char* what) const {
    if (const cudaError_t error = cudaSetDevice(ordinal_); error != cudaSuccess)
      return StatusOf(error, name_, "cudaSetDevice");
    return StatusOf(body(), name_, what);
  }
  template <class Allocate>
  absl::StatusOr<std::byte*> Make(Allocate allocate, const char* what) const {
    void* memory = nullptr;
    const absl::Status status = WithDevice([&] { return allocate(&memory); }, what);
    if (!status.ok()) return status;
    return static_cast<std::byte*>(memory);
  }
  absl::Status Move(Stream stream, const std::byte* from, std::byte* to, int64_t bytes, cudaMemcpyKind kind,
                    const char* what) {
    if (bytes == 0) return absl::OkStatus();
    const auto copy = [&] { return cudaMemcpyAsync(to, from, static_cast<size_t>(bytes), kind, Of(stream)); };
    return WithDevice(copy, what);
  }

  const int ordinal_;
  const std::string name_;
  const Limits limits_;
};

}  // namespace

absl::StatusOr<std::vector<std::unique_ptr<Device>>> FindDevices() {
  int count = 0;  // which an error leaves as it is
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess || count == 0) {
    return absl::FailedPreconditionError(
        absl::StrFormat("there is no GPU to use: %s",
                        error == cudaSuccess ? "the driver tells of no device" : cudaGetErrorString(error)));
  }
  std::vector<std::unique_ptr<Device>> devices;
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    cudaDeviceProp properties;
    if (cudaGetDeviceProperties(&properties, ordinal) != cudaSuccess) continue;
    devices.push_back(std::make_unique<Gpu>(ordinal, properties));
  }
  if (devices.empty()) return absl::FailedPreconditionError("there is no GPU to use: none tells its properties");
  return devices;
}

}  // namespace actserve::cuda
