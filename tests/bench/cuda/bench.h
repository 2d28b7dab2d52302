// The kernels for GPUs, timed on one beside copies of as many bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/measure/table.h"
#include "kernels/api/call.h"
#include "kernels/cuda/device.h"
#include "tests/bench/report/goal.h"

namespace actserve::bench::cuda {

struct Options {
  int64_t elements = int64_t{1} << 28;
  int rounds = 15;
  int small_launches = 1000;                      // that a small kernel's time is the mean of
  std::function<bool(const std::string&)> wants;  // a contest's name, such as "gelu/forward/f32"
};

// One function, direction, type and shape: so many bytes, each operand once, by rounds beside a copy of as many.
// Seconds.
struct Result {
  std::string function, direction, type;
  int64_t row = 0;  // the length of rows; 0: the function is not row-wise
  int64_t elements = 0, bytes = 0;
  std::vector<double> seconds, roof_seconds;

  std::string name() const;
  double OfRoof() const;  // the share of the roof's speed, the median over the rounds
};

// 2^12 elements: the time from launch to launch, and that of a kernel that does nothing.
struct Small {
  std::string function, direction, type;
  double seconds = 0, empty_seconds = 0;
};

// What PyTorch took for the same, by torch_peer.py: by contests' names, each round in seconds. It lacks some functions.
struct TorchTimes {
  std::string version, device;
  int64_t elements = 0;
  std::map<std::string, std::vector<double>> seconds;
};

// INVALID_ARGUMENT with what is wrong with the JSON.
absl::StatusOr<TorchTimes> ParseTorchTimes(const std::string& json);

struct Report {
  std::string device;
  std::vector<Result> results;
  std::vector<Small> small;
  double upload = 0, download = 0;  // bytes a second, from and to pinned memory
  std::optional<TorchTimes> torch = {};
};

// Runs a kernel that does nothing on the stream; 0, or an error's number.
using Empty = std::function<int(actserve::cuda::Device::Stream)>;

// Every result is first compared with the CPU's, bit for bit, over the first and the last 2^16 elements (or whole
// rows), after the outputs were filled with rubbish; a difference is an error (DATA_LOSS).
absl::StatusOr<Report> Measure(actserve::cuda::Device& device, const Options& options, const Empty& empty);

std::vector<Goal> Goals(const Report& report);
std::vector<measure::Table> Tables(const Report& report);  // the goals first
std::string ToJson(const Report& report);

}  // namespace actserve::bench::cuda
