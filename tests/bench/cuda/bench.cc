#include "tests/bench/cuda/bench.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "kernels/api/backend.h"
#include "kernels/api/element.h"
#include "tests/bench/report/progress.h"

namespace actserve::bench::cuda {
namespace {

using actserve::cuda::Addresses;
using actserve::cuda::Device;
using actserve::cuda::Program;

constexpr int64_t kPeriod = int64_t{1} << 18;    // after which inputs begin again
constexpr int64_t kCompared = int64_t{1} << 16;  // elements at either end
constexpr int64_t kSmall = int64_t{1} << 12;
constexpr int kSegments = 4;
constexpr int64_t kChannels = 64;
constexpr int64_t kPacked = 4096;  // elements of all operands of a gated function, along the axis

// What is taken back when a run is over.
class DeviceMemory {
 public:
  static absl::StatusOr<DeviceMemory> Make(Device& device, int64_t bytes, bool is_pinned = false) {
    absl::StatusOr<std::byte*> data = is_pinned ? device.AllocatePinned(bytes) : device.Allocate(bytes);
    if (!data.ok()) return data.status();
    return DeviceMemory(device, *data, is_pinned);
  }
  DeviceMemory(DeviceMemory&& other) noexcept
      : device_(other.device_), data_(std::exchange(other.data_, nullptr)), is_pinned_(other.is_pinned_) {}
  DeviceMemory& operator=(DeviceMemory&&) = delete;
  ~DeviceMemory() {
    if (data_ != nullptr) is_pinned_ ? device_.FreePinned(data_) : device_.Free(data_);
  }
  std::byte* data() const { return data_; }

 private:
  DeviceMemory(Device& device, std::byte* data, bool is_pinned) : device_(device), data_(data), is_pinned_(is_pinned) {}
  Device& device_;
  std::byte* data_;
  bool is_pinned_;
};

class StreamOf {
 public:
  explicit StreamOf(Device& device) : device_(device) {}
  ~StreamOf() {
    if (stream_ != nullptr) device_.Destroy(stream_);
  }
  absl::StatusOr<Device::Stream> Get() {
    if (stream_ == nullptr) {
      absl::StatusOr<Device::Stream> made = device_.MakeStream();
      if (!made.ok()) return made.status();
      stream_ = *made;
    }
    return stream_;
  }

 private:
  Device& device_;
  Device::Stream stream_ = nullptr;
};

// Numbers that are about normal, of deviation 2: twelve uniform ones added up.
std::vector<std::byte> Numbers(DataType type, uint64_t seed) {
  std::vector<std::byte> numbers(static_cast<size_t>(kPeriod) * SizeOf(type));
  uint64_t state = seed;
  for (int64_t i = 0; i < kPeriod; ++i) {
    double sum = -6;
    for (int k = 0; k < 12; ++k) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      sum += static_cast<double>(state >> 11) * 0x1p-53;
    }
    StoreElement(type, 2 * sum, numbers.data() + i * static_cast<int64_t>(SizeOf(type)));
  }
  return numbers;
}

struct Task {
  const Function* function;
  Direction direction;
  DataType type;
  int64_t row;  // or 0
};

// A call for `elements` elements at these addresses of the host; `storage` keeps its parameters.
Call MakeCall(const Task& task, int64_t elements, const std::byte* x, const std::byte* dy,
              std::vector<float>& storage) {
  std::vector<int64_t> dims = {elements};
  if (task.row > 0) dims = {elements / task.row, task.row};
  if (task.function->info.kind == FunctionKind::kPerChannel) dims = {elements / kChannels, kChannels};
  if (task.function->info.kind == FunctionKind::kGated) dims = {elements / kPacked, kPacked};
  const Shape shape = *Shape::Make(dims);
  storage.assign(kSegments * kChannels, 0.25f);
  std::vector<NamedParam> params;
  for (const ParamInfo& param : task.function->info.params) {
    if (!param.required) continue;
    if (param.is_count) {
      params.push_back({param.name, 8.0});
      continue;
    }
    const std::vector<int64_t> channels = {kChannels}, segments = {kSegments, kChannels};
    const bool segmented = param.shape == ParamShape::kSegmentsChannels;
    params.push_back({param.name, TensorView{DataType::kF32, *Shape::Make(segmented ? segments : channels),
                                             reinterpret_cast<const std::byte*>(storage.data())}});
  }
  CallRequest request;
  request.function = task.function;
  request.direction = task.direction;
  request.input = TensorView{task.type, shape, x};
  request.params = *Params::Bind(task.function->info, params);
  request.input_gradient_only = true;
  if (task.direction == Direction::kGradient) {
    request.upstream = TensorView{task.type, CheckCall(request)->value_shape(), dy};
  }
  return *CheckCall(request);
}

// The operands of all contests of a type, on the device.
class Arena {
 public:
  static absl::StatusOr<Arena> Make(Device& device, Device::Stream stream, DataType type, int64_t elements) {
    const int64_t bytes = elements * static_cast<int64_t>(SizeOf(type));
    absl::StatusOr<DeviceMemory> x = DeviceMemory::Make(device, bytes), dy = DeviceMemory::Make(device, bytes),
                                 y = DeviceMemory::Make(device, bytes);
    for (const auto* memory : {&x, &dy, &y}) {
      if (!memory->ok()) return memory->status();
    }
    Arena arena{.x = *std::move(x), .dy = *std::move(dy), .y = *std::move(y), .inputs = {}};
    for (int i = 0; i < 2; ++i) {
      arena.inputs[i] = Numbers(type, 17 + i);
      const absl::Status status =
          Spread(device, stream, arena.inputs[i], i == 0 ? arena.x.data() : arena.dy.data(), bytes);
      if (!status.ok()) return status;
    }
    return arena;
  }
  DeviceMemory x, dy, y;
  std::vector<std::byte> inputs[2];  // a period of each, on the host

 private:
  static absl::Status Spread(Device& device, Device::Stream stream, const std::vector<std::byte>& period, std::byte* to,
                             int64_t bytes) {
    const int64_t size = std::min(bytes, static_cast<int64_t>(period.size()));
    absl::StatusOr<DeviceMemory> pinned = DeviceMemory::Make(device, size, /*is_pinned=*/true);
    if (!pinned.ok()) return pinned.status();
    std::memcpy(pinned->data(), period.data(), static_cast<size_t>(size));
    absl::Status status = device.Upload(stream, pinned->data(), to, size);
    for (int64_t done = size; done < bytes && status.ok(); done *= 2)
      status = device.Copy(stream, to, to + done, std::min(done, bytes - done));
    status.Update(device.Wait(stream));
    return status;
  }
};

class Bench {
 public:
  Bench(Device& device, Device::Stream stream, const Options& options, const Empty& empty)
      : device_(device), stream_(stream), options_(options), empty_(empty) {}

  absl::Status RunType(DataType type, std::vector<Task> tasks, Report& report, Progress& progress) {
    absl::StatusOr<Arena> arena = Arena::Make(device_, stream_, type, options_.elements);
    if (!arena.ok()) return arena.status();
    for (const Task& task : tasks) {
      progress.Next(NameOf(task));
      if (absl::Status status = RunTask(task, *arena, report); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status TimeLink(Report& report) {
    const int64_t bytes = std::min(int64_t{256} << 20, options_.elements * 4);
    absl::StatusOr<DeviceMemory> device = DeviceMemory::Make(device_, bytes),
                                 pinned = DeviceMemory::Make(device_, bytes, true);
    for (const auto* memory : {&device, &pinned}) {
      if (!memory->ok()) return memory->status();
    }
    std::memset(pinned->data(), 1, static_cast<size_t>(bytes));
    for (int round = 0; round < 3; ++round) {
      const auto up =
          device_.Time(stream_, [&] { return device_.Upload(stream_, pinned->data(), device->data(), bytes); });
      const auto down =
          device_.Time(stream_, [&] { return device_.Download(stream_, device->data(), pinned->data(), bytes); });
      if (!up.ok()) return up.status();
      if (!down.ok()) return down.status();
      report.upload = std::max(report.upload, static_cast<double>(bytes) / *up);
      report.download = std::max(report.download, static_cast<double>(bytes) / *down);
    }
    return absl::OkStatus();
  }

  static std::string NameOf(const Task& task) {
    return Result{.function = std::string(task.function->info.name),
                  .direction = task.direction == Direction::kEvaluate ? "forward" : "gradient",
                  .type = std::string(Name(task.type)),
                  .row = task.row,
                  .seconds = {},
                  .roof_seconds = {}}
        .name();
  }

 private:
  absl::Status RunTask(const Task& task, Arena& arena, Report& report) {
    std::vector<float> storage;
    const int64_t n = options_.elements, size = static_cast<int64_t>(SizeOf(task.type)), bytes = n * size;
    const Call call = MakeCall(task, n, nullptr, nullptr, storage);
    const Program program(call, device_.KernelOf(*task.function), device_.limits());
    std::optional<DeviceMemory> workspace, params;
    if (program.workspace_bytes() > 0) {
      absl::StatusOr<DeviceMemory> made = DeviceMemory::Make(device_, program.workspace_bytes());
      if (!made.ok()) return made.status();
      workspace.emplace(*std::move(made));
    }
    if (!program.params().empty()) {
      const auto param_bytes = static_cast<int64_t>(program.params().size());
      absl::StatusOr<DeviceMemory> made = DeviceMemory::Make(device_, param_bytes),
                                   pinned = DeviceMemory::Make(device_, param_bytes, true);
      if (!made.ok()) return made.status();
      if (!pinned.ok()) return pinned.status();
      std::copy(program.params().begin(), program.params().end(), pinned->data());
      absl::Status status = device_.Upload(stream_, pinned->data(), made->data(), param_bytes);
      status.Update(device_.Wait(stream_));
      if (!status.ok()) return status;
      params.emplace(*std::move(made));
    }
    const Addresses at{.input = arena.x.data(),
                       .upstream = task.direction == Direction::kGradient ? arena.dy.data() : nullptr,
                       .output = arena.y.data(),
                       .params = params ? params->data() : nullptr,
                       .workspace = workspace ? workspace->data() : nullptr};
    const auto launch = [&] { return device_.Launch(stream_, program, at); };

    absl::Status status = device_.Fill(stream_, std::byte{0xa5}, arena.y.data(), bytes);
    if (status.ok()) status = launch();
    status.Update(device_.Wait(stream_));
    if (status.ok()) status = Compare(task, arena, n);
    if (!status.ok()) return status;

    const auto moved = static_cast<int64_t>(call.operand_bytes() + call.result_bytes());
    Result result{.function = std::string(task.function->info.name),
                  .direction = task.direction == Direction::kEvaluate ? "forward" : "gradient",
                  .type = std::string(Name(task.type)),
                  .row = task.row,
                  .elements = n,
                  .bytes = moved,
                  .seconds = {},
                  .roof_seconds = {}};
    // A copy moves two bytes for each; of a gradient's operands and results it would have to move half as much again.
    const auto copy = [&] { return device_.Copy(stream_, arena.x.data(), arena.y.data(), bytes); };
    for (int round = -3; round < options_.rounds; ++round) {  // the first are to warm up
      const absl::StatusOr<double> roof = device_.Time(stream_, copy), ours = device_.Time(stream_, launch);
      if (!roof.ok()) return roof.status();
      if (!ours.ok()) return ours.status();
      if (round < 0) continue;
      result.roof_seconds.push_back(*roof * static_cast<double>(moved) / static_cast<double>(2 * bytes));
      result.seconds.push_back(*ours);
    }
    report.results.push_back(std::move(result));
    return task.row == 0 || task.row == 1024 ? RunSmall(task, arena, at, report) : absl::OkStatus();
  }

  absl::Status RunSmall(const Task& task, Arena&, const Addresses& at, Report& report) {
    std::vector<float> storage;
    const Call call = MakeCall(task, std::min(kSmall, options_.elements), nullptr, nullptr, storage);
    const Program program(call, device_.KernelOf(*task.function), device_.limits());
    const auto repeat = [&](auto launch) {
      return [&, launch]() -> absl::Status {
        for (int i = 0; i < options_.small_launches; ++i) {
          if (absl::Status status = launch(); !status.ok()) return status;
        }
        return absl::OkStatus();
      };
    };
    const auto ours = repeat([&] { return device_.Launch(stream_, program, at); });
    const auto nothing = repeat([&]() -> absl::Status {
      const int error = empty_(stream_);
      return error == 0 ? absl::OkStatus() : absl::UnavailableError(absl::StrFormat("error %d of a launch", error));
    });
    Small small{.function = std::string(task.function->info.name),
                .direction = task.direction == Direction::kEvaluate ? "forward" : "gradient",
                .type = std::string(Name(task.type))};
    for (int round = 0; round < 3; ++round) {  // the shortest of three
      const absl::StatusOr<double> empty = device_.Time(stream_, nothing), own = device_.Time(stream_, ours);
      if (!empty.ok()) return empty.status();
      if (!own.ok()) return own.status();
      if (round == 0 || *empty < small.empty_seconds) small.empty_seconds = *empty;
      if (round == 0 || *own < small.seconds) small.seconds = *own;
    }
    small.seconds /= options_.small_launches;
    small.empty_seconds /= options_.small_launches;
    report.small.push_back(small);
    return absl::OkStatus();
  }

  absl::Status Compare(const Task& task, const Arena& arena, int64_t n) {
    const auto size = static_cast<int64_t>(SizeOf(task.type));
    const int64_t step = std::max({task.row, kChannels, kPacked});
    const int64_t count = std::min(n, (kCompared + step - 1) / step * step), bytes = count * size;
    absl::StatusOr<DeviceMemory> pinned = DeviceMemory::Make(device_, bytes, true);
    if (!pinned.ok()) return pinned.status();
    std::vector<std::byte> x(bytes), dy(bytes), expected(bytes);
    std::vector<float> storage;
    const Call call = MakeCall(task, count, x.data(), dy.data(), storage);
    // Of a gated function's operands there are more elements than of what is computed from them.
    const int64_t values = call.value_shape().elements(), results = call.output_shape().elements();
    for (const int64_t first : {int64_t{0}, n - count}) {
      const auto fill = [&](std::vector<std::byte>& of, const std::vector<std::byte>& period, int64_t begin) {
        for (int64_t i = 0; i < count; ++i) {
          std::memcpy(of.data() + i * size, period.data() + (begin + i) % kPeriod * size, static_cast<size_t>(size));
        }
      };
      fill(x, arena.inputs[0], first);
      fill(dy, arena.inputs[1], first * values / count);
      RunInline(*CpuBackend().Prepare(call, MutableTensorView{task.type, call.output_shape(), expected.data()}, {}));
      const int64_t begin = first * results / count;
      absl::Status status = device_.Download(stream_, arena.y.data() + begin * size, pinned->data(), results * size);
      status.Update(device_.Wait(stream_));
      if (!status.ok()) return status;
      const auto end = expected.begin() + results * size,
                 differs = std::mismatch(expected.begin(), end, pinned->data()).first;
      if (differs != end) {
        return absl::DataLossError(absl::StrFormat("%s: element %d differs from the CPU's", NameOf(task),
                                                   begin + (differs - expected.begin()) / size));
      }
    }
    return absl::OkStatus();
  }

  Device& device_;
  const Device::Stream stream_;
  const Options& options_;
  const Empty& empty_;
};

}  // namespace

absl::StatusOr<Report> Measure(Device& device, const Options& options, const Empty& empty) {
  StreamOf holder(device);
  const absl::StatusOr<Device::Stream> stream = holder.Get();
  if (!stream.ok()) return stream.status();
  Bench bench(device, *stream, options, empty);
  Report report{.device = device.name(), .results = {}, .small = {}};
  std::vector<std::pair<DataType, std::vector<Task>>> types;
  size_t total = 0;
  for (const DataType type : {DataType::kF32, DataType::kBF16}) {
    std::vector<Task> tasks;
    for (const Function& function : Functions()) {
      for (const Direction direction : {Direction::kEvaluate, Direction::kGradient}) {
        std::vector<int64_t> rows = {0};
        if (function.info.kind == FunctionKind::kRowwise) rows = {1024, 32768, 131072};
        for (const int64_t row : rows) {
          const Task task{&function, direction, type, row};
          if (row <= options.elements && (!options.wants || options.wants(Bench::NameOf(task)))) tasks.push_back(task);
        }
      }
    }
    total += tasks.size();
    types.emplace_back(type, std::move(tasks));
  }
  Progress progress(device.name(), total);
  for (const auto& [type, tasks] : types) {
    if (absl::Status status = bench.RunType(type, tasks, report, progress); !status.ok()) return status;
  }
  if (absl::Status status = bench.TimeLink(report); !status.ok()) return status;
  return report;
}

}  // namespace actserve::bench::cuda
