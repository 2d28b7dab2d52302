// The backend on a device that fails when told to.
#include "kernels/cuda/backend.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "kernels/api/element.h"
#include "tests/cuda/fake_device.h"

namespace actserve::cuda {
namespace {

using Deed = FakeDevice::Deed;
constexpr Limits kLimits{.multiprocessors = 4, .shared_bytes = 64 << 10};

// A gradient with one by a parameter, and room for the results.
struct Problem {
  std::vector<float> x, dy, dx;
  double beta_gradient = 0;
  Call call;

  explicit Problem(int64_t n) : x(n), dy(n), dx(n) {
    for (int64_t i = 0; i < n; ++i) {
      x[i] = static_cast<float>(i % 41 - 20) / 4;
      dy[i] = static_cast<float>(i % 7 - 3) / 2;
    }
    const Shape shape = *Shape::Make(std::vector<int64_t>{n});
    const auto view = [&](const std::vector<float>& of) {
      return TensorView{DataType::kF32, shape, reinterpret_cast<const std::byte*>(of.data())};
    };
    const std::vector<NamedParam> params = {{"beta", 1.5}};
    CallRequest request;
    request.function = FindFunction("silu");
    request.direction = Direction::kGradient;
    request.input = view(x);
    request.upstream = view(dy);
    request.params = *Params::Bind(request.function->info, params);
    call = *CheckCall(request);
  }

  void Compute(const Backend& backend) {
    std::fill(dx.begin(), dx.end(), -77.0f);
    beta_gradient = -77;
    const MutableTensorView output{DataType::kF32, call.input.shape, reinterpret_cast<std::byte*>(dx.data())};
    const MutableTensorView gradient{DataType::kF64, Shape(), reinterpret_cast<std::byte*>(&beta_gradient)};
    RunInline(*backend.Prepare(call, output, std::span(&gradient, 1)));
  }
};

void ExpectSame(const Problem& a, const Problem& b) {
  EXPECT_EQ(std::memcmp(a.dx.data(), b.dx.data(), a.dx.size() * sizeof(float)), 0);
  EXPECT_EQ(a.beta_gradient, b.beta_gradient);
}

TEST(CudaBackend, ComputesBytes) {
  FakeDevice device(kLimits);
  const CudaBackend backend(device);
  const int launches = device.count(Deed::kLaunch);
  const float x[] = {-1, 0.3f, 465};
  const Shape shape = *Shape::Make(std::vector<int64_t>{3});
  CallRequest request;
  request.function = FindFunction("relu");
  request.input = TensorView{DataType::kF32, shape, reinterpret_cast<const std::byte*>(x)};
  request.output_type = DataType::kF8E4M3;
  request.overflow = Overflow::kSaturating;
  request.params = *Params::Bind(request.function->info, {});
  uint8_t y[3] = {1, 1, 1};
  RunInline(*backend.Prepare(*CheckCall(request), {DataType::kF8E4M3, shape, reinterpret_cast<std::byte*>(y)}, {}));
  EXPECT_EQ(y[0], 0);
  EXPECT_EQ(y[1], 0x2a);  // 0.3125
  EXPECT_EQ(y[2], 0x7e);  // 448
  EXPECT_EQ(device.count(Deed::kLaunch), launches + 1);
}

TEST(CudaBackend, ComputesWhatTheCpuComputes) {
  FakeDevice device(kLimits);
  CudaBackend backend(device);
  for (const int64_t n : {0, 1, 1000, 40000}) {
    Problem on_device(n), on_cpu(n);
    on_device.Compute(backend);
    on_cpu.Compute(CpuBackend());
    ExpectSame(on_device, on_cpu);
  }
  EXPECT_EQ(backend.failures(), 0);
  EXPECT_EQ(device.count(Deed::kLaunch), 3) << "nothing is launched for no element";
}

TEST(CudaBackend, UsesItsMemoryAgain) {
  FakeDevice device(kLimits);
  CudaBackend backend(device);
  Problem large(5000), small(50);
  for (int i = 0; i < 5; ++i) {
    large.Compute(backend);
    small.Compute(backend);
  }
  EXPECT_EQ(device.count(Deed::kAllocate), 1);
  EXPECT_EQ(device.count(Deed::kAllocatePinned), 1);
  EXPECT_EQ(device.count(Deed::kMakeStream), 1);
}

TEST(CudaBackend, LeavesToTheCpuWhatTheDeviceFailsAt) {
  for (const Deed deed : {Deed::kAllocate, Deed::kAllocatePinned, Deed::kMakeStream, Deed::kUpload, Deed::kLaunch,
                          Deed::kDownload, Deed::kWait}) {
    FakeDevice device(kLimits);
    CudaBackend backend(device);
    Problem on_device(3000), on_cpu(3000);
    on_cpu.Compute(CpuBackend());
    device.FailNext(deed, absl::UnavailableError("the device fell off the bus"));
    on_device.Compute(backend);
    ExpectSame(on_device, on_cpu);
    EXPECT_EQ(backend.failures(), 1);
    EXPECT_EQ(backend.last_failure().message(), "the device fell off the bus");
    EXPECT_EQ(device.live_allocations(), 0u) << "a lane that failed is given up";

    on_device.Compute(backend);  // still lost
    ExpectSame(on_device, on_cpu);
    EXPECT_EQ(backend.failures(), 2);

    device.Mend();
    const int64_t launches = device.count(Deed::kLaunch);
    on_device.Compute(backend);
    ExpectSame(on_device, on_cpu);
    EXPECT_EQ(backend.failures(), 2);
    EXPECT_EQ(device.count(Deed::kLaunch), launches + 1);
  }
}

TEST(CudaBackend, GoesOnAfterMemoryWasShort) {
  FakeDevice device(kLimits);
  CudaBackend backend(device);
  Problem first(1000), larger(100000), on_cpu(100000);
  first.Compute(backend);
  device.FailNext(Deed::kAllocate, absl::ResourceExhaustedError("no memory"));
  larger.Compute(backend);
  on_cpu.Compute(CpuBackend());
  ExpectSame(larger, on_cpu);
  EXPECT_EQ(backend.failures(), 1);
  larger.Compute(backend);
  ExpectSame(larger, on_cpu);
  EXPECT_EQ(backend.failures(), 1);
}

TEST(CudaBackend, GivesEachThreadALaneOfItsOwn) {
  FakeDevice device(kLimits);
  CudaBackend backend(device);
  Problem expected(2000);
  expected.Compute(CpuBackend());
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        Problem problem(2000);
        for (int k = 0; k < 20; ++k) {
          problem.Compute(backend);
          ExpectSame(problem, expected);
        }
      });
    }
  }
  EXPECT_LE(device.count(Deed::kMakeStream), 4);
  EXPECT_EQ(backend.failures(), 0);
}

TEST(Devices, AreThereOrItIsSaidWhyNot) {
  const auto devices = FindDevices();
  if (devices.ok()) {
    EXPECT_FALSE(devices->empty());
  } else {
    EXPECT_EQ(devices.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_FALSE(devices.status().message().empty());
  }
}

}  // namespace
}  // namespace actserve::cuda
