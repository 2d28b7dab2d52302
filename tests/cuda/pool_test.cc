// The pool of GPUs on devices that compute on the CPU, and fail when told to.
#include <gtest/gtest.h>

#include <atomic>
#include <random>

#include "server/pool/cuda_pool.h"
#include "server/pool/placement.h"
#include "tests/cuda/calls.h"
#include "tests/cuda/fake_device.h"
#include "tests/server/fakes.h"

namespace actserve::cuda {
namespace {

using Deed = FakeDevice::Deed;
using std::chrono::milliseconds;
constexpr Limits kLimits{.multiprocessors = 4, .shared_bytes = 64 << 10};
constexpr Direction kGradient = Direction::kGradient;

// Small, so that calls of tests have several parts.
CudaPool::Settings SmallSettings() {
  return {
      .lanes = 3, .memory_bytes = 24 << 20, .retry = milliseconds(20), .part_bytes = 64 << 10, .merged_bytes = 4096};
}

class Task final : public CudaTask {
 public:
  explicit Task(Problem& problem) : CudaTask(problem.call(), problem.outputs()) {}

  absl::Status Check() const override { return cancelled ? absl::CancelledError("cancelled") : absl::OkStatus(); }
  void Done(const absl::Status& end, const Times& took) override {
    ++dones;
    status = end;
    times = took;
    done.Set();
  }

  std::atomic<bool> cancelled = false;
  std::atomic<int> dones = 0;
  absl::Status status;
  Times times;
  Event done;
};

absl::Status Compute(CudaPool& pool, Problem& problem) {
  Task task(problem);
  pool.Submit(task);
  if (!task.done.Wait()) return absl::InternalError("was never done");
  return task.status;
}

// A pool on devices of its own.
class CudaPoolTest : public testing::Test {
 protected:
  CudaPool& Start(int devices = 1, const CudaPool::Settings& settings = SmallSettings()) {
    std::vector<Device*> pointers;
    for (int i = 0; i < devices; ++i) {
      devices_.push_back(std::make_unique<FakeDevice>(kLimits, "fake " + std::to_string(i)));
      pointers.push_back(devices_.back().get());
    }
    pool_ = std::make_unique<CudaPool>(pointers, settings, [this](const CudaPool::DeviceState& state) {
      if (state.up) {
        ups_.Add();
      } else {
        downs_.Add();
      }
    });
    return *pool_;
  }

  std::vector<std::unique_ptr<FakeDevice>> devices_;
  Count ups_, downs_;
  std::unique_ptr<CudaPool> pool_;  // before the devices
};

TEST_F(CudaPoolTest, ComputesCallsOfEveryKindInParts) {
  using enum DataType;
  CudaPool& pool = Start();
  const struct {
    const char* function;
    std::vector<int64_t> dims;
    Problem::Options options;
    bool has_parts;
  } cases[] = {
      {"relu", {}, {}, false},
      {"relu", {0}, {}, false},
      {"gelu", {7, 3001}, {}, true},
      {"mish", {100000}, {.direction = kGradient, .type = DataType::kBF16, .chunks = 3}, true},
      {"silu", {100000}, {.direction = kGradient, .sums = true}, true},
      {"silu", {0}, {.direction = kGradient, .sums = true}, false},
      {"tanh", {50000}, {.type = DataType::kF64, .chunks = 7}, true},
      {"prelu", {600, 5, 16}, {.by_channel = true, .chunks = 2}, true},
      {"prelu", {2048, 5, 16}, {.direction = kGradient, .by_channel = true, .sums = true}, true},
      {"prelu", {60000}, {.direction = kGradient, .sums = true}, true},
      {"aplu", {1111, 3, 32}, {.direction = kGradient, .by_channel = true, .sums = true, .axis = 1}, true},
      {"aplu", {40000}, {.direction = kGradient, .sums = true}, true},
      {"softmax", {500, 333}, {.chunks = 5}, true},
      {"softmax", {3, 333, 50}, {.direction = kGradient, .axis = 1}, true},
      {"sparsemax", {40, 1000}, {.type = DataType::kF16}, true},
      {"log_softmax", {2, 30000}, {}, true},
      {"swiglu", {300, 200}, {.chunks = 3}, true},
      {"swiglu", {300, 256}, {.direction = kGradient, .sums = true}, true},
      {"swiglu", {77, 501}, {.direction = kGradient, .sums = true, .chunks = 5, .has_gate = true}, true},
      {"geglu", {40000}, {.type = DataType::kBF16, .has_gate = true}, true},
      {"clamped_swiglu", {150, 2, 200}, {.direction = kGradient, .type = DataType::kF16, .axis = 1}, true},
      {"clamped_swiglu", {0, 4}, {.direction = kGradient, .sums = true}, false},
      {"drelu", {100000}, {.direction = kGradient}, false},
      {"maxout", {500, 90}, {.parameter = 3}, true},
      {"gelu", {100000}, {.type = kI8, .chunks = 3, .output = kU8}, true},
      {"gelu", {100, 3, 401}, {.type = kU8, .output = kBF16, .input_axis = 1}, true},
      {"silu", {300, 60, 5}, {.direction = kGradient, .type = kI8, .sums = true, .output = kU8, .input_axis = 2}, true},
      {"tanh", {7, 50, 11}, {.type = kI8, .input_axis = 2, .output_axis = 0}, false},
      {"mish", {100000}, {.type = kF64, .output = kF8E4M3}, true},
      {"mish", {100000}, {.direction = kGradient, .type = kF8E4M3, .output = kF8E5M2}, true},
      {"relu", {100000}, {.type = kF32, .output = kF8E5M2, .overflow = Overflow::kSaturating}, true},
      {"prelu", {60, 5, 160}, {.type = kBF16, .by_channel = true, .output = kI8, .output_axis = 2}, true},
      {"prelu",
       {600, 5, 64},
       {.direction = kGradient, .type = kU8, .by_channel = true, .sums = true, .input_axis = 1},
       true},
      {"glu", {300, 64, 5}, {.type = kI8, .axis = 1, .output = kU8, .input_axis = 1, .output_axis = 1}, true},
      {"swiglu",
       {300, 3, 64},
       {.direction = kGradient, .type = kU8, .sums = true, .output = kI8, .output_axis = 2},
       true},
      {"geglu",
       {900, 4, 16},
       {.direction = kGradient, .type = kI8, .has_gate = true, .output = kU8, .input_axis = 2, .gate_axis = 1},
       true},
      {"maxout", {500, 90}, {.direction = kGradient, .type = kF8E5M2, .parameter = 3, .output = kF8E4M3}, true},
      {"softmax", {300, 333}, {.type = kI8, .output = kU8, .input_axis = 1}, true},
      {"softmax", {300, 5, 33}, {.direction = kGradient, .type = kI8, .output = kF16, .input_axis = 2}, true},
      {"softmax", {3, 500, 7}, {.type = kF8E4M3, .axis = 1, .output = kI8, .output_axis = 0}, false},
      {"entmax",
       {500, 100},
       {.direction = kGradient, .type = kU8, .sums = true, .parameter = 1.75, .output = kF32},
       true},
      {"maxout", {500, 90}, {.direction = kGradient, .parameter = 3}, true},
  };
  for (const auto& c : cases) {
    Problem problem(c.function, c.dims, c.options);
    const int64_t before = devices_[0]->count(Deed::kLaunch);
    ASSERT_EQ(Compute(pool, problem), absl::OkStatus()) << c.function;
    EXPECT_TRUE(problem.IsRight()) << c.function << " " << problem.call().input.shape.ToString();
    EXPECT_EQ(devices_[0]->count(Deed::kLaunch) - before > 1, c.has_parts) << c.function;
  }
  EXPECT_EQ(pool.load().calls, static_cast<int64_t>(std::size(cases)));
  EXPECT_EQ(pool.load().waiting, 0u);
  EXPECT_GT(pool.load().times.device.count(), 0);
  EXPECT_LE(devices_[0]->most_bytes(), SmallSettings().memory_bytes);
}

TEST_F(CudaPoolTest, PutsSmallCallsThatWaitTogether) {
  CudaPool& pool = Start();
  devices_[0]->Hold();
  const int64_t before = devices_[0]->count(Deed::kLaunch);
  std::vector<std::unique_ptr<Problem>> problems;
  std::vector<std::unique_ptr<Task>> tasks;
  const auto submit = [&](const char* function, int64_t n) {
    problems.push_back(std::make_unique<Problem>(function, std::vector<int64_t>{n}, Problem::Options{.chunks = 2}));
    tasks.push_back(std::make_unique<Task>(*problems.back()));
    pool.Submit(*tasks.back());
  };
  for (int lane = 0; lane < SmallSettings().lanes; ++lane) {
    submit("relu", 8);
    while (devices_[0]->waiting() <= lane) std::this_thread::yield();
  }
  for (int i = 0; i < 10; ++i) submit("silu", 16 + i);
  for (int i = 0; i < 10; ++i) submit("gelu", 16 + i);
  EXPECT_EQ(pool.load().waiting, 20u);
  devices_[0]->Release();
  for (const auto& task : tasks) ASSERT_TRUE(task->done.Wait());
  for (const auto& problem : problems) EXPECT_TRUE(problem->IsRight());
  EXPECT_EQ(devices_[0]->count(Deed::kLaunch) - before, SmallSettings().lanes + 2) << "one for each function";
  for (const auto& task : tasks) EXPECT_GE(task->times.queued.count(), 0);

  // No more than merged_bytes: 512 elements of 4 bytes, in and out.
  devices_[0]->Hold();
  for (int lane = 0; lane < SmallSettings().lanes; ++lane) {
    submit("relu", 8);
    while (devices_[0]->waiting() <= lane) std::this_thread::yield();
  }
  const int64_t middle = devices_[0]->count(Deed::kLaunch);
  for (int i = 0; i < 6; ++i) submit("silu", 200);
  devices_[0]->Release();
  for (const auto& task : tasks) ASSERT_TRUE(task->done.Wait());
  EXPECT_EQ(devices_[0]->count(Deed::kLaunch) - middle, SmallSettings().lanes + 3);
}

TEST_F(CudaPoolTest, DoesNotComputeWhatIsCancelled) {
  CudaPool& pool = Start();
  devices_[0]->Hold();
  Problem large("gelu", {400000}, {}), small("relu", {10}, {});
  Task first(large), second(small);
  pool.Submit(first);
  while (devices_[0]->waiting() < SmallSettings().lanes) std::this_thread::yield();
  pool.Submit(second);
  const int64_t before = devices_[0]->count(Deed::kLaunch);
  first.cancelled = second.cancelled = true;
  devices_[0]->Release();
  ASSERT_TRUE(first.done.Wait());
  ASSERT_TRUE(second.done.Wait());
  EXPECT_TRUE(absl::IsCancelled(first.status));
  EXPECT_TRUE(absl::IsCancelled(second.status));
  EXPECT_EQ(devices_[0]->count(Deed::kLaunch), before + SmallSettings().lanes) << "the parts that were on their way";
}

TEST_F(CudaPoolTest, ALargeCallDoesNotHoldUpOtherFunctions) {
  CudaPool& pool = Start(1, {.lanes = 1, .memory_bytes = 24 << 20, .part_bytes = 64 << 10});
  devices_[0]->Hold();
  Problem large("gelu", {400000}, {}), small("relu", {10}, {});
  Task first(large), second(small);
  pool.Submit(first);
  while (devices_[0]->waiting() == 0) std::this_thread::yield();
  pool.Submit(second);
  devices_[0]->Release();
  ASSERT_TRUE(second.done.Wait());
  const int64_t launches = pool.load().launches;
  ASSERT_TRUE(first.done.Wait());
  EXPECT_LT(launches, pool.load().launches) << "the small one came between the parts of the large one";
}

TEST_F(CudaPoolTest, TakesOutADeviceThatFailsAndTriesItAgain) {
  for (const Deed deed : {Deed::kUpload, Deed::kLaunch, Deed::kDownload, Deed::kWait}) {
    CudaPool& pool = Start();
    Problem problem("silu", {100000}, {.direction = kGradient, .sums = true});
    ASSERT_EQ(Compute(pool, problem), absl::OkStatus());
    devices_.back()->FailNext(deed, absl::UnavailableError("it fell off the bus"));
    const absl::Status status = Compute(pool, problem);
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_EQ(status.message(), "it fell off the bus");
    ASSERT_TRUE(downs_.Wait(1));
    EXPECT_FALSE(pool.up());
    EXPECT_FALSE(pool.devices()[0].up);
    EXPECT_EQ(pool.devices()[0].last_failure.message(), "it fell off the bus");
    EXPECT_TRUE(absl::IsUnavailable(Compute(pool, problem))) << "at once, for there is no other";

    devices_.back()->Mend();
    ASSERT_TRUE(ups_.Wait(2));
    EXPECT_GE(devices_.back()->count(Deed::kReset), 1);
    EXPECT_EQ(Compute(pool, problem), absl::OkStatus());
    EXPECT_TRUE(problem.IsRight());
    pool_.reset();
    devices_.clear();
    ups_.Reset();
    downs_.Reset();
  }
}

TEST_F(CudaPoolTest, MemoryThatIsShortTakesADeviceOut) {
  CudaPool& pool = Start();
  Problem problem("relu", {50000}, {});
  devices_[0]->FailNext(Deed::kAllocate, absl::ResourceExhaustedError("no memory"));
  EXPECT_TRUE(absl::IsUnavailable(Compute(pool, problem)));
  ASSERT_TRUE(ups_.Wait(2));
  EXPECT_EQ(Compute(pool, problem), absl::OkStatus());
}

TEST_F(CudaPoolTest, GoesOnWithTheOtherDevices) {
  CudaPool& pool = Start(2);
  devices_[0]->FailNext(Deed::kLaunch, absl::UnavailableError("it fell off the bus"));
  Problem problem("gelu", {200000}, {});
  int failed = 0;
  for (int i = 0; i < 20; ++i) {
    const absl::Status status = Compute(pool, problem);
    if (status.ok()) {
      EXPECT_TRUE(problem.IsRight());
    } else {
      EXPECT_TRUE(absl::IsUnavailable(status));
      ++failed;
    }
    EXPECT_TRUE(pool.up());
  }
  EXPECT_LE(failed, 1) << "only what the lost device had";
  EXPECT_TRUE(pool.devices()[1].up);
  EXPECT_GT(devices_[1]->count(Deed::kLaunch), 20);
}

TEST_F(CudaPoolTest, LeavesADeviceAloneThatComputesSomethingElse) {
  auto device = std::make_unique<FakeDevice>(kLimits);
  device->Spoil(true);
  CudaPool pool({device.get()}, SmallSettings());
  EXPECT_FALSE(pool.up());
  EXPECT_NE(pool.devices()[0].last_failure.message().find("something else than the CPU"), std::string::npos)
      << pool.devices()[0].last_failure;
  Problem problem("relu", {5}, {});
  EXPECT_TRUE(absl::IsUnavailable(Compute(pool, problem)));
  device->Spoil(false);
  for (int i = 0; i < 1000 && !pool.up(); ++i) std::this_thread::sleep_for(milliseconds(10));
  EXPECT_EQ(Compute(pool, problem), absl::OkStatus());
}

TEST_F(CudaPoolTest, SaysWhatItsMemoryIsTooSmallFor) {
  CudaPool& pool = Start(1, {.lanes = 2, .memory_bytes = 4 << 20});
  const Problem fits("softmax", {1, 50000}, {}), too_long("softmax", {1, 200000}, {});
  EXPECT_TRUE(pool.Fits(fits.call()));
  EXPECT_FALSE(pool.Fits(too_long.call()));
  EXPECT_TRUE(pool.Fits(Problem("relu", {2000000}, {}).call())) << "in parts";
  EXPECT_TRUE(pool.Fits(Problem("relu", {0}, {}).call()));
  const Problem slices("relu", {9, 100'000}, {.type = DataType::kI8, .input_axis = 1});
  EXPECT_TRUE(pool.Fits(slices.call()));
  EXPECT_FALSE(pool.Fits(Problem("relu", {9, 100'000}, {.type = DataType::kI8, .input_axis = 0}).call()))
      << "all channels are in one part";
  Problem problem("softmax", {1, 200000}, {});
  EXPECT_TRUE(absl::IsUnavailable(Compute(pool, problem))) << "and the device stays";
  EXPECT_TRUE(pool.up());
  EXPECT_EQ(pool.devices()[0].failures, 0);
  EXPECT_LE(devices_[0]->most_bytes(), 4 << 20);
}

TEST_F(CudaPoolTest, EndsEveryCallOnceWhateverFails) {
  CudaPool& pool = Start(2);
  std::atomic<bool> stop = false;
  std::thread saboteur([&] {
    std::minstd_rand random(1);
    const Deed deeds[] = {Deed::kAllocate, Deed::kUpload, Deed::kLaunch, Deed::kDownload, Deed::kWait, Deed::kReset};
    while (!stop) {
      FakeDevice& device = *devices_[random() % 2];
      device.FailNext(deeds[random() % std::size(deeds)], absl::UnavailableError("sabotage"));
      std::this_thread::sleep_for(milliseconds(5));
      device.Mend();
      std::this_thread::sleep_for(milliseconds(5));
    }
  });
  std::atomic<int> right = 0, given_up = 0;
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 4; ++client) {
      clients.emplace_back([&, client] {
        for (int i = 0; i < 40; ++i) {
          Problem small("gelu", {100 + client}, {}), large("silu", {40000}, {.direction = kGradient, .sums = true});
          Task first(small), second(large);
          pool.Submit(first);
          pool.Submit(second);
          if (i % 8 == 0) second.cancelled = true;
          ASSERT_TRUE(first.done.Wait());
          ASSERT_TRUE(second.done.Wait());
          EXPECT_EQ(first.dones, 1);
          EXPECT_EQ(second.dones, 1);
          for (const auto& [task, problem] : {std::pair(&first, &small), std::pair(&second, &large)}) {
            if (!task->status.ok()) ++given_up;
            if (task->status.ok() && problem->IsRight()) ++right;
          }
        }
      });
    }
  }
  stop = true;
  saboteur.join();
  EXPECT_EQ(right + given_up, 320);
  EXPECT_GT(right, 0);
}

TEST_F(CudaPoolTest, PlacementFollowsWhatIsAskedAndWhatIsLess) {
  CudaPool& pool = Start();
  CpuPool cpu_pool({.threads = 1});
  const ExecutionPlan plan = MakePlan(CpuBackend(), cpu_pool, std::nullopt);
  const Problem problem("relu", {1000}, {});
  Placement none(plan, 1, nullptr), both(plan, 1, &pool);
  EXPECT_EQ(none.Choose(problem.call(), BackendChoice::kCuda).backend, BackendId::kCpu);
  const Placement::Place asked = both.Choose(problem.call(), BackendChoice::kCuda);
  EXPECT_EQ(asked.backend, BackendId::kCuda);
  EXPECT_GE(asked.time, pool.costs().call);
  both.Leave(asked);

  // The CPU, until what is before it there takes longer than the device would.
  std::vector<Placement::Place> places;
  while (places.empty() || places.back().backend == BackendId::kCpu) {
    places.push_back(both.Choose(problem.call(), BackendChoice::kAuto));
    ASSERT_LT(places.size(), 10'000'000u);
  }
  EXPECT_GT(places.size(), 1u);
  EXPECT_EQ(both.Choose(problem.call(), BackendChoice::kCpu).backend, BackendId::kCpu);
  for (const Placement::Place& place : places) both.Leave(place);
  EXPECT_EQ(both.Choose(problem.call(), BackendChoice::kAuto).backend, BackendId::kCpu);

  // What no lane has room for goes to the CPU, and so does everything where no device is up.
  const Problem too_long("softmax", {1, 2000000}, {});
  EXPECT_EQ(both.Choose(too_long.call(), BackendChoice::kCuda).backend, BackendId::kCpu);
  devices_[0]->FailNext(Deed::kLaunch, absl::UnavailableError("lost"));
  Problem last("relu", {1000}, {});
  EXPECT_FALSE(Compute(pool, last).ok());
  EXPECT_EQ(both.Choose(problem.call(), BackendChoice::kCuda).backend, BackendId::kCpu);
}

}  // namespace
}  // namespace actserve::cuda
