// What the server counts. Every label value comes from the catalogue or from this file, never from a client's string.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/api/sparse.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"
#include "server/observe/histogram.h"
#include "server/router/backend_id.h"

namespace actserve {

// The first kWorkRpcs compute.
enum class Rpc {
  kEvaluate,
  kGradient,
  kEvaluateStream,
  kGradientStream,
  kListFunctions,
  kGetFunction,
  kProfile,
  kCalibrate,
  kSubstitute
};
inline constexpr std::string_view kRpcNames[] = {"Evaluate",       "Gradient",      "EvaluateStream",
                                                 "GradientStream", "ListFunctions", "GetFunction",
                                                 "Profile",        "Calibrate",     "Substitute"};
inline constexpr size_t kRpcs = std::size(kRpcNames);
inline constexpr size_t kWorkRpcs = 4;

enum class Rejected {
  kQueueFull,
  kBytesFull,
  kItemsFull,
  kRouteFull,
  kConnectionsFull,
  kShuttingDown,
  kUnauthenticated,
  kMalformed,
  kDeadline,
  kCancelled
};
inline constexpr std::string_view kRejectedNames[] = {
    "queue_full",    "bytes_full",      "items_full", "route_full", "connections_full",
    "shutting_down", "unauthenticated", "malformed",  "deadline",   "cancelled"};
static_assert(std::size(kRejectedNames) == static_cast<size_t>(Rejected::kCancelled) + 1);

enum class Bytes { kReceived, kSent };

struct DeviceSample {
  std::string name;
  bool up = false;
  int64_t failures = 0;
};

// The GPUs' pool.
struct CudaSample {
  std::vector<DeviceSample> devices;
  size_t waiting = 0;                              // calls
  int64_t launches = 0, calls = 0;                 // since the start
  double staging_seconds = 0, device_seconds = 0;  // the same, of all its threads
};

// What is true at one moment, asked for at each scrape.
struct LoadSample {
  size_t waiting = 0;
  size_t running = 0;
  size_t bytes = 0;  // in flight
  size_t items = 0;
  int threads = 0;
  size_t connections = 0;
  std::optional<double> certificate_not_after = {};  // in Unix time; none without TLS
  CudaSample cuda = {};
};

struct BuildInfo {
  std::string version;
  std::string simd_target;
  std::string cuda;  // the GPUs, or "none"
};

// Counts with relaxed atomics in arrays laid out at construction; no call below takes a lock. Codes are those of gRPC,
// 0 to 16; others count as 2, UNKNOWN.
class Metrics : public prometheus::Collectable {
 public:
  // An item's place: `function` is the catalogue's index, or kNoFunction for a name that is not there; kNoBackend: it
  // was not routed.
  static constexpr int kNoFunction = -1;
  static constexpr int kNoBackend = -1;

  // `load` must stay callable as long as somebody collects.
  Metrics(BuildInfo build, std::function<LoadSample()> load);

  // A call, or a request of a stream, was answered. Streams count each of their requests.
  void CountRequest(Rpc rpc, int code, std::chrono::nanoseconds duration);
  void CountItem(Rpc rpc, int function, int backend, int code);
  // `zeros`: the share of the outputs that are zero.
  void CountKernel(Rpc rpc, int function, int backend, std::chrono::nanoseconds duration, int64_t elements,
                   double zeros);
  // An output, or input gradient, was sent; the dense one would have `dense_bytes`.
  void CountOutput(Encoding encoding, size_t bytes, size_t dense_bytes);
  void CountQueued(BackendId backend, std::chrono::nanoseconds duration);
  void CountBatch(size_t items);
  void CountBytes(Bytes direction, size_t bytes);
  void CountRejected(Rejected reason);
  // Calls and streams open: +1, -1.
  void AddInFlight(Rpc rpc, int calls);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  using Counter = std::atomic<uint64_t>;
  using Seconds = Histogram<kSecondBounds>;
  static constexpr size_t kCodes = 17;
  static constexpr size_t kBackends = std::size(kBackendIds);

  size_t KernelSlot(size_t rpc, size_t function, size_t backend) const;
  size_t ItemSlot(size_t rpc, int function, int backend, size_t code) const;
  void CollectRequests(std::vector<prometheus::MetricFamily>& families) const;
  void CollectItems(std::vector<prometheus::MetricFamily>& families) const;
  void CollectKernels(std::vector<prometheus::MetricFamily>& families) const;
  static void CollectByteTables(std::vector<prometheus::MetricFamily>& families);
  void CollectLoad(std::vector<prometheus::MetricFamily>& families) const;
  static void CollectCuda(const CudaSample& cuda, std::vector<prometheus::MetricFamily>& families);

  const BuildInfo build_;
  const std::function<LoadSample()> load_;
  const size_t functions_;

  std::array<std::array<Counter, kCodes>, kRpcs> requests_{};
  std::array<Seconds, kRpcs> request_seconds_;
  std::array<std::atomic<int64_t>, kRpcs> in_flight_{};
  std::vector<Counter> items_;           // by ItemSlot
  std::vector<Counter> elements_;        // by KernelSlot
  std::vector<Counter> zeros_;           // by KernelSlot
  std::vector<Seconds> kernel_seconds_;  // by KernelSlot
  std::array<Seconds, kBackends> queue_seconds_;
  Histogram<kCountBounds> batch_items_;
  std::array<Counter, 2> bytes_{};
  std::array<Counter, std::size(kEncodings)> output_bytes_{}, dense_output_bytes_{};  // by how they were sent
  std::array<Counter, std::size(kRejectedNames)> rejected_{};
};

}  // namespace actserve
