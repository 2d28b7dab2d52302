// Metrics as Prometheus families. Series that never counted anything are left out where there would be thousands.
#include "kernels/api/backend.h"
#include "kernels/api/registry.h"
#include "server/observe/metrics.h"
#include "server/observe/process.h"

namespace actserve {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

constexpr std::string_view kCodeNames[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};
constexpr std::string_view kDirectionNames[] = {"received", "sent"};

MetricFamily& Add(std::vector<MetricFamily>& families, MetricType type, std::string name, std::string help) {
  return families.emplace_back(MetricFamily{std::move(name), std::move(help), type, {}});
}

ClientMetric& Add(MetricFamily& family, Labels labels = {}) {
  ClientMetric& metric = family.metric.emplace_back();
  metric.label = std::move(labels);
  return metric;
}

uint64_t Read(const std::atomic<uint64_t>& counter) { return counter.load(std::memory_order_relaxed); }

std::string Text(std::string_view text) { return std::string(text); }

}  // namespace

std::vector<MetricFamily> Metrics::Collect() const {
  std::vector<MetricFamily> families;
  CollectRequests(families);
  CollectItems(families);
  CollectKernels(families);
  CollectByteTables(families);
  CollectLoad(families);
  CollectProcess(families);
  return families;
}

void Metrics::CollectRequests(std::vector<MetricFamily>& families) const {
  MetricFamily& total = Add(families, MetricType::Counter, "actserve_requests_total",
                            "Calls, and requests of streams, that were answered, by status code.");
  for (size_t rpc = 0; rpc < kRpcs; ++rpc) {
    for (size_t code = 0; code < kCodes; ++code) {
      const uint64_t count = Read(requests_[rpc][code]);
      if (count == 0 && code != 0) continue;
      Add(total, {{"rpc", Text(kRpcNames[rpc])}, {"code", Text(kCodeNames[code])}}).counter.value = count;
    }
  }
  MetricFamily& seconds = Add(families, MetricType::Histogram, "actserve_request_duration_seconds",
                              "From a request's arrival to its answer.");
  for (size_t rpc = 0; rpc < kRpcs; ++rpc) {
    Add(seconds, {{"rpc", Text(kRpcNames[rpc])}}).histogram = request_seconds_[rpc].Collect();
  }
  MetricFamily& in_flight = Add(families, MetricType::Gauge, "actserve_in_flight", "Calls and streams open.");
  for (size_t rpc = 0; rpc < kRpcs; ++rpc) {
    Add(in_flight, {{"rpc", Text(kRpcNames[rpc])}}).gauge.value = in_flight_[rpc].load(std::memory_order_relaxed);
  }
  MetricFamily& bytes =
      Add(families, MetricType::Counter, "actserve_bytes_total", "Bytes of messages received and sent.");
  for (size_t i = 0; i < bytes_.size(); ++i) {
    Add(bytes, {{"direction", Text(kDirectionNames[i])}}).counter.value = Read(bytes_[i]);
  }
  MetricFamily output{"actserve_output_bytes_total",
                      "Bytes of outputs and input gradients, by how they were sent.",
                      MetricType::Counter,
                      {}};
  MetricFamily dense{"actserve_dense_output_bytes_total",
                     "What the same would have been if they were sent densely.",
                     MetricType::Counter,
                     {}};
  for (const Encoding encoding : kEncodings) {
    if (encoding == Encoding::kAuto) continue;  // which is none of them
    const Labels labels = {{"encoding", Text(Name(encoding))}};
    Add(output, labels).counter.value = Read(output_bytes_[static_cast<size_t>(encoding)]);
    Add(dense, labels).counter.value = Read(dense_output_bytes_[static_cast<size_t>(encoding)]);
  }
  families.push_back(std::move(output));
  families.push_back(std::move(dense));
  MetricFamily& rejected = Add(families, MetricType::Counter, "actserve_rejected_total",
                               "Requests, and connections, refused, or given up before they were done.");
  for (size_t i = 0; i < rejected_.size(); ++i) {
    Add(rejected, {{"reason", Text(kRejectedNames[i])}}).counter.value = Read(rejected_[i]);
  }
}

void Metrics::CollectItems(std::vector<MetricFamily>& families) const {
  MetricFamily& items = Add(families, MetricType::Counter, "actserve_items_total",
                            "Items of requests that were answered, by their status code.");
  for (size_t rpc = 0; rpc < kWorkRpcs; ++rpc) {
    for (int function = kNoFunction; function < static_cast<int>(functions_); ++function) {
      for (int backend = kNoBackend; backend < static_cast<int>(kBackends); ++backend) {
        for (size_t code = 0; code < kCodes; ++code) {
          const uint64_t count = Read(items_[ItemSlot(rpc, function, backend, code)]);
          if (count == 0) continue;
          Add(items, {{"rpc", Text(kRpcNames[rpc])},
                      {"function", function < 0 ? "unknown" : Text(Functions()[function].info.name)},
                      {"backend", backend < 0 ? "none" : Text(Name(kBackendIds[backend]))},
                      {"code", Text(kCodeNames[code])}})
              .counter.value = count;
        }
      }
    }
  }
  Add(Add(families, MetricType::Histogram, "actserve_batch_items", "Items of a request.")).histogram =
      batch_items_.Collect();
}

void Metrics::CollectKernels(std::vector<MetricFamily>& families) const {
  MetricFamily seconds{
      "actserve_kernel_duration_seconds", "Time that threads spent computing an item.", MetricType::Histogram, {}};
  MetricFamily elements{"actserve_elements_total", "Input elements computed.", MetricType::Counter, {}};
  MetricFamily zeros{"actserve_zero_elements_total",
                     "Elements computed whose output, or input gradient, is zero: estimated from 16 of each item.",
                     MetricType::Counter,
                     {}};
  for (size_t rpc = 0; rpc < kWorkRpcs; ++rpc) {
    for (size_t function = 0; function < functions_; ++function) {
      for (size_t backend = 0; backend < kBackends; ++backend) {
        const size_t slot = KernelSlot(rpc, function, backend);
        auto histogram = kernel_seconds_[slot].Collect();
        if (histogram.sample_count == 0) continue;
        const Labels labels = {{"rpc", Text(kRpcNames[rpc])},
                               {"function", Text(Functions()[function].info.name)},
                               {"backend", Text(Name(kBackendIds[backend]))}};
        Add(seconds, labels).histogram = std::move(histogram);
        Add(elements, labels).counter.value = Read(elements_[slot]);
        Add(zeros, labels).counter.value = Read(zeros_[slot]);
      }
    }
  }
  families.push_back(std::move(seconds));
  families.push_back(std::move(elements));
  families.push_back(std::move(zeros));
  MetricFamily& queue = Add(families, MetricType::Histogram, "actserve_queue_duration_seconds",
                            "From a request's admission to the moment a thread takes it.");
  for (size_t i = 0; i < kBackends; ++i) {
    auto histogram = queue_seconds_[i].Collect();
    if (i > 0 && histogram.sample_count == 0) continue;
    Add(queue, {{"backend", Text(Name(kBackendIds[i]))}}).histogram = std::move(histogram);
  }
}

void Metrics::CollectByteTables(std::vector<MetricFamily>& families) {
  const ByteTableCounts tables = CpuByteTables();
  MetricFamily& calls = Add(families, MetricType::Counter, "actserve_byte_table_calls_total",
                            "Calls with 8-bit elements that found their table of results, and that computed it.");
  Add(calls, {{"table", "found"}}).counter.value = static_cast<double>(tables.hits);
  Add(calls, {{"table", "computed"}}).counter.value = static_cast<double>(tables.computed);
  Add(Add(families, MetricType::Gauge, "actserve_byte_table_bytes", "Bytes of the tables that are kept.")).gauge.value =
      static_cast<double>(tables.bytes);
}

void Metrics::CollectLoad(std::vector<MetricFamily>& families) const {
  const LoadSample load = load_();
  MetricFamily& requests =
      Add(families, MetricType::Gauge, "actserve_pool_requests", "Requests that wait for a thread, or run.");
  Add(requests, {{"state", "waiting"}}).gauge.value = load.waiting;
  Add(requests, {{"state", "running"}}).gauge.value = load.running;
  Add(Add(families, MetricType::Gauge, "actserve_pool_bytes", "Bytes of the requests that wait or run.")).gauge.value =
      load.bytes;
  Add(Add(families, MetricType::Gauge, "actserve_pool_items", "Items of the requests that wait or run.")).gauge.value =
      load.items;
  Add(Add(families, MetricType::Gauge, "actserve_pool_threads", "Threads that compute.")).gauge.value = load.threads;
  Add(Add(families, MetricType::Gauge, "actserve_connections", "Connections of clients.")).gauge.value =
      static_cast<double>(load.connections);
  if (load.certificate_not_after.has_value()) {
    Add(Add(families, MetricType::Gauge, "actserve_certificate_not_after_seconds",
            "When the server's TLS certificate ends, in Unix time."))
        .gauge.value = *load.certificate_not_after;
  }
  CollectCuda(load.cuda, families);
  Add(Add(families, MetricType::Gauge, "actserve_build_info", "1; its labels say what runs."),
      {{"version", build_.version}, {"simd_target", build_.simd_target}, {"cuda", build_.cuda}})
      .gauge.value = 1;
}

void Metrics::CollectCuda(const CudaSample& cuda, std::vector<MetricFamily>& families) {
  size_t up = 0;
  for (const DeviceSample& device : cuda.devices) up += device.up ? 1 : 0;
  MetricFamily& devices =
      Add(families, MetricType::Gauge, "actserve_cuda_devices", "GPUs that compute, and those that failed.");
  Add(devices, {{"state", "up"}}).gauge.value = static_cast<double>(up);
  Add(devices, {{"state", "down"}}).gauge.value = static_cast<double>(cuda.devices.size() - up);
  if (cuda.devices.empty()) return;
  MetricFamily& failures =
      Add(families, MetricType::Counter, "actserve_cuda_failures_total", "How often a GPU failed at something.");
  for (const DeviceSample& device : cuda.devices) {
    Add(failures, {{"device", device.name}}).counter.value = static_cast<double>(device.failures);
  }
  Add(Add(families, MetricType::Gauge, "actserve_cuda_waiting", "Items that wait for a GPU.")).gauge.value =
      static_cast<double>(cuda.waiting);
  Add(Add(families, MetricType::Counter, "actserve_cuda_items_total",
          "Items that came out of the GPUs' pool, computed or given up."))
      .counter.value = static_cast<double>(cuda.calls);
  Add(Add(families, MetricType::Counter, "actserve_cuda_launches_total",
          "Times that a GPU was given work: a part of an item, or several small ones together."))
      .counter.value = static_cast<double>(cuda.launches);
  MetricFamily& seconds = Add(families, MetricType::Counter, "actserve_cuda_seconds_total",
                              "What the GPUs' threads did: copy from and to pinned memory (staging), or wait for the "
                              "device, which copies and computes (device).");
  Add(seconds, {{"phase", "staging"}}).counter.value = cuda.staging_seconds;
  Add(seconds, {{"phase", "device"}}).counter.value = cuda.device_seconds;
}

}  // namespace actserve
