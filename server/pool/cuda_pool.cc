#include "server/pool/cuda_pool.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>

#include "absl/strings/str_format.h"
#include "kernels/api/backend.h"

namespace actserve {
namespace {

using Clock = std::chrono::steady_clock;
using cuda::Lane;
using cuda::Program;
using cuda::Units;

// How far back in a queue calls are looked for that can be put together with its first.
constexpr size_t kLookAhead = 64;

// What goes through the device for a unit, in bytes.
int64_t UnitBytes(const Call& call, const Units& units) {
  const auto bytes = static_cast<int64_t>(call.operand_bytes() + call.result_bytes());
  return std::max<int64_t>(1, bytes / std::max<int64_t>(1, units.count));
}

// A call of which the results are known, for trying a device: the CPU's are the same bits.
class Trial {
 public:
  explicit Trial(int64_t elements) : x_(elements), y_(elements), expected_(elements) {
    for (int64_t i = 0; i < elements; ++i) x_[i] = static_cast<float>(i % 4001 - 2000) / 256;
    const int64_t dims[] = {elements};
    CallRequest request;
    request.function = FindFunction("silu");
    request.input = TensorView{DataType::kF32, *Shape::Make(dims), Bytes(x_)};
    request.params = *Params::Bind(request.function->info, {});
    call_ = *CheckCall(request);
    const MutableTensorView output{DataType::kF32, call_.input.shape, Bytes(expected_)};
    RunInline(*CpuBackend().Prepare(call_, output, {}));
  }

  // How long it takes.
  absl::StatusOr<std::chrono::nanoseconds> Run(Lane& lane, const cuda::Device& device, const cuda::Limits& limits) {
    const Clock::time_point begin = Clock::now();
    const Program program(call_, device.KernelOf(*call_.function), limits);
    const cuda::Portion all{.call = &call_, .count = 1, .of = 1, .output = Bytes(y_)};
    if (absl::Status status = lane.Run(call_, program, {&all, 1}, nullptr); !status.ok()) return status;
    const auto time = Clock::now() - begin;
    if (std::memcmp(y_.data(), expected_.data(), y_.size() * sizeof(float)) != 0) {
      return absl::UnavailableError(device.name() + ": computed something else than the CPU for silu");
    }
    return time;
  }
  int64_t bytes() const { return static_cast<int64_t>(2 * x_.size() * sizeof(float)); }

 private:
  static std::byte* Bytes(std::vector<float>& numbers) { return reinterpret_cast<std::byte*>(numbers.data()); }

  std::vector<float> x_, y_, expected_;
  Call call_;
};

}  // namespace

CudaPool::CudaPool(const std::vector<cuda::Device*>& devices, const Settings& settings,
                   std::function<void(const DeviceState&)> changed)
    : settings_(settings), changed_(std::move(changed)) {
  for (cuda::Device* device : devices) {
    devices_.push_back(std::make_unique<Managed>(Managed{.device = *device, .state = {.name = device->name()}}));
  }
  for (const auto& managed : devices_) {
    for (int i = 0; i < settings_.lanes; ++i) threads_.emplace_back([this, &managed, i] { Work(*managed, i == 0); });
  }
  std::unique_lock lock(mutex_);
  work_.wait(lock, [this] {
    return std::all_of(devices_.begin(), devices_.end(), [](const auto& managed) { return managed->tried; });
  });
}

CudaPool::~CudaPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

cuda::Limits CudaPool::LimitsOf(const cuda::Device& device) const {
  cuda::Limits limits = device.limits();
  limits.workspace_bytes = std::min(limits.workspace_bytes, capacity() / 4);
  return limits;
}

bool CudaPool::Fits(const Call& call) const {
  const Units units = cuda::UnitsOf(call);
  const int64_t least = std::min(units.count, units.step) * UnitBytes(call, units);
  const bool has_rows = call.function->info.kind == FunctionKind::kRowwise;
  const int64_t row = has_rows ? call.axis_extent() * 8 : 0;  // of f64, that one too long for shared memory is kept in
  return least <= capacity() / 2 && row <= capacity() / 4;
}

void CudaPool::Submit(CudaTask& task) {
  auto entry =
      std::make_shared<Entry>(Entry{.task = &task, .units = cuda::UnitsOf(task.call()), .since = Clock::now()});
  const int64_t fitting = std::min(settings_.part_bytes, capacity() / 4) / UnitBytes(task.call(), entry->units);
  entry->part = std::max(entry->units.step, fitting / entry->units.step * entry->units.step);
  const bool has_parts = entry->part < entry->units.count;
  {
    std::lock_guard lock(mutex_);
    if (up()) {
      const int route = task.call().function->index;
      waiting_.Push(route, std::move(entry));
      ++waiting_calls_;
    }
  }
  if (entry != nullptr) return task.Done(absl::UnavailableError("no GPU is up"), {});
  if (has_parts) {
    work_.notify_all();
  } else {
    work_.notify_one();
  }
}

std::vector<CudaPool::Part> CudaPool::Take() {
  std::vector<Part> parts;
  if (waiting_.empty()) return parts;
  std::deque<std::shared_ptr<Entry>>& queue = waiting_.Front();
  const auto take = [&](std::shared_ptr<Entry> entry) {
    if (entry->next == 0) entry->times.queued = Clock::now() - entry->since;
    const int64_t count = std::min(entry->part, entry->units.count - entry->next);
    parts.push_back({entry, entry->next, count});
    entry->next += count;
    ++entry->parts;
    if (entry->taken()) --waiting_calls_;
  };
  const std::shared_ptr<Entry> first = queue.front();
  const bool is_whole = first->part >= first->units.count;
  take(first);
  if (first->taken()) queue.pop_front();
  if (is_whole) {
    const Call& call = first->task->call();
    int64_t left = settings_.merged_bytes - parts.front().count * UnitBytes(call, first->units);
    for (size_t i = 0, looked = 0; i < queue.size() && looked < kLookAhead; ++looked) {
      const Call& other = queue[i]->task->call();
      const int64_t bytes = queue[i]->units.count * UnitBytes(other, queue[i]->units);
      if (bytes > left || queue[i]->next != 0 || !cuda::CanMerge(call, other)) {
        ++i;
        continue;
      }
      left -= bytes;
      take(queue[i]);
      queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  waiting_.Yield();
  return parts;
}

void CudaPool::Work(Managed& managed, bool leads) {
  std::optional<Lane> lane;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!managed.state.up) {
      if (lane.has_value()) {
        lock.unlock();
        lane.reset();
        lock.lock();
        --managed.open;
        work_.notify_all();
      } else if (leads) {
        Revive(managed, lock);
      } else {
        work_.wait(lock);
      }
      continue;
    }
    const std::vector<Part> parts = Take();
    if (parts.empty()) {
      work_.wait(lock);
      continue;
    }
    if (!lane.has_value()) {
      lane.emplace(managed.device, capacity());
      ++managed.open;
    }
    lock.unlock();
    Lane::Times times;
    const absl::Status status = Run(*lane, managed.device, parts, times);
    const bool failed = !status.ok() && !absl::IsOutOfRange(status);  // OUT_OF_RANGE: of the call, not the device
    if (failed) {
      lane.reset();
      lock.lock();
      --managed.open;
      work_.notify_all();
      TakeDown(managed, status, lock);
      lock.unlock();
    }
    End(parts, status, times);
    lock.lock();
  }
}

// Once all lanes have let go of the device and its time has come.
void CudaPool::Revive(Managed& managed, std::unique_lock<std::mutex>& lock) {
  work_.wait(lock, [&] { return stopping_ || managed.open == 0; });
  work_.wait_until(lock, managed.retry_at, [&] { return stopping_; });
  if (stopping_) return;
  const bool is_first = !managed.tried;
  lock.unlock();
  Costs costs;
  absl::Status status = is_first ? absl::OkStatus() : managed.device.Reset();
  if (status.ok()) status = Try(managed, costs);
  lock.lock();
  managed.tried = true;
  if (status.ok()) {
    managed.costs = costs;
    managed.state.up = true;
    up_.fetch_add(1, std::memory_order_relaxed);
  } else {
    if (is_first) ++managed.state.failures;
    managed.state.last_failure = status;
    managed.retry_at = Clock::now() + settings_.retry;
  }
  work_.notify_all();
  if (!status.ok() && !is_first) return;
  DeviceState state = managed.state;
  state.any_up = up();
  lock.unlock();
  if (changed_) changed_(state);
  lock.lock();
}

void CudaPool::TakeDown(Managed& managed, const absl::Status& status, std::unique_lock<std::mutex>& lock) {
  ++managed.state.failures;
  managed.state.last_failure = status;
  if (!managed.state.up) return;  // another lane did already
  managed.state.up = false;
  managed.retry_at = Clock::now() + settings_.retry;
  std::vector<std::shared_ptr<Entry>> stranded;
  if (up_.fetch_sub(1, std::memory_order_relaxed) == 1) {
    while (!waiting_.empty()) {
      const std::shared_ptr<Entry> entry = waiting_.Pop();
      entry->status = absl::UnavailableError(status.message());
      entry->next = entry->units.count;
      --waiting_calls_;
      if (entry->parts == 0) stranded.push_back(entry);
    }
  }
  DeviceState state = managed.state;
  state.any_up = up();
  lock.unlock();
  if (changed_) changed_(state);
  for (const auto& entry : stranded) entry->task->Done(entry->status, entry->times);
  lock.lock();
}

absl::Status CudaPool::Try(Managed& managed, Costs& costs) const {
  constexpr int kRuns = 5;  // the shortest counts
  Lane lane(managed.device, capacity());
  const auto shortest = [&](Trial& trial) -> absl::StatusOr<std::chrono::nanoseconds> {
    auto best = std::chrono::nanoseconds::max();
    for (int i = 0; i < kRuns; ++i) {
      const auto time = trial.Run(lane, managed.device, LimitsOf(managed.device));
      if (!time.ok()) return time.status();
      best = std::min(best, *time);
    }
    return best;
  };
  Trial small(64), large(std::max<int64_t>(4096, std::min(settings_.part_bytes, capacity() / 4) / 8));
  const auto quick = shortest(small);
  if (!quick.ok()) return quick.status();
  const auto slow = shortest(large);
  if (!slow.ok()) return slow.status();
  costs.call = *quick;
  const auto rest = static_cast<double>(std::max<int64_t>(0, (*slow - *quick).count()));
  costs.nanoseconds_per_byte = rest / static_cast<double>(large.bytes() - small.bytes());
  return absl::OkStatus();
}

absl::Status CudaPool::Run(Lane& lane, cuda::Device& device, const std::vector<Part>& parts, Lane::Times& times) {
  std::vector<cuda::Portion> portions;
  int64_t count = 0;
  const Part& first = parts.front();
  for (const Part& part : parts) {
    Entry& entry = *part.entry;
    if (!entry.task->Check().ok()) continue;  // End finds the same
    const Outputs& outputs = entry.task->outputs();
    portions.push_back({.call = &entry.task->call(),
                        .first = part.first,
                        .count = part.count,
                        .of = entry.units.count,
                        .output = outputs.output.data,
                        .gate_gradient = outputs.gate_gradient.data});
    count += part.count;
  }
  if (count == 0) return absl::OkStatus();
  Entry& entry = *first.entry;
  const Call call = cuda::CallOf(entry.task->call(), entry.units, count);
  const Program program(call, device.KernelOf(*call.function), LimitsOf(device));
  std::vector<DoubleDouble> sums(static_cast<size_t>(program.sums()));
  if (absl::Status status = lane.Run(call, program, portions, sums.data(), &times); !status.ok()) return status;
  std::lock_guard lock(mutex_);
  ++load_.launches;
  load_.times.staging += times.staging;
  load_.times.device += times.device;
  if (sums.empty()) return absl::OkStatus();
  if (entry.whole == nullptr) {
    const Call& all = entry.task->call();
    entry.whole = std::make_unique<Program>(cuda::CallOf(all, entry.units, entry.units.count),
                                            device.KernelOf(*all.function), LimitsOf(device));
    entry.sums.resize(static_cast<size_t>(entry.whole->sums()));
  }
  entry.whole->Gather(program, sums.data(), entry.units.RangeOf(first.first), entry.sums.data());
  return absl::OkStatus();
}

void CudaPool::End(const std::vector<Part>& parts, const absl::Status& status, const Lane::Times& times) {
  int64_t elements = 0;
  for (const Part& part : parts) elements += part.count * part.entry->units.elements();
  for (const Part& part : parts) {
    Entry& entry = *part.entry;
    const auto share = [&](std::chrono::nanoseconds time) {
      const double of_all = elements == 0 ? 1 : static_cast<double>(part.count * entry.units.elements()) / elements;
      return std::chrono::nanoseconds(static_cast<int64_t>(static_cast<double>(time.count()) * of_all));
    };
    const absl::Status check = entry.task->Check();
    {
      std::lock_guard lock(mutex_);
      entry.status.Update(check);
      entry.status.Update(status.ok() ? status : absl::UnavailableError(status.message()));
      entry.times.run.staging += share(times.staging);
      entry.times.run.device += share(times.device);
      if (--entry.parts != 0 || !entry.taken()) continue;
      ++load_.calls;
    }
    // Nobody else knows the entry any more.
    if (entry.status.ok() && !entry.task->outputs().param_gradients.empty()) {
      if (entry.whole == nullptr) {  // no element, and so no launch
        entry.whole = std::make_unique<Program>(entry.task->call(), cuda::Kernel{}, cuda::Limits{});
      }
      entry.whole->Conclude(entry.sums.data(), entry.task->outputs().param_gradients);
    }
    entry.task->Done(entry.status, entry.times);
  }
}

CudaPool::Costs CudaPool::costs() const {
  std::lock_guard lock(mutex_);
  Costs costs{.lanes = 0};
  for (const auto& managed : devices_) {
    if (!managed->state.up) continue;
    if (costs.lanes == 0 || managed->costs.nanoseconds_per_byte < costs.nanoseconds_per_byte) {
      costs.call = managed->costs.call;
      costs.nanoseconds_per_byte = managed->costs.nanoseconds_per_byte;
    }
    costs.lanes += settings_.lanes;
  }
  return costs;
}

std::vector<CudaPool::DeviceState> CudaPool::devices() const {
  std::lock_guard lock(mutex_);
  std::vector<DeviceState> states;
  for (const auto& managed : devices_) {
    states.push_back(managed->state);
    states.back().any_up = up();
  }
  return states;
}

CudaPool::Load CudaPool::load() const {
  std::lock_guard lock(mutex_);
  Load load = load_;
  load.waiting = waiting_calls_;
  return load;
}

std::string Print(const CudaPool& pool) {
  std::string text = "\n";
  for (const CudaPool::DeviceState& state : pool.devices()) {
    absl::StrAppendFormat(&text, "GPU %s: %s\n", state.name,
                          state.up ? "up" : absl::StrFormat("down: %s", state.last_failure.message()));
  }
  const CudaPool::Costs costs = pool.costs();
  if (costs.lanes == 0) return text;
  absl::StrAppendFormat(&text,
                        "a call on a GPU, whatever its size %8.2f us\n"
                        "a MiB there and back, of a lane    %8.2f us\n"
                        "lanes                              %8d\n",
                        static_cast<double>(costs.call.count()) / 1e3, costs.nanoseconds_per_byte * (1 << 20) / 1e3,
                        costs.lanes);
  return text;
}

}  // namespace actserve
