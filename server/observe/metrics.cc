#include "server/observe/metrics.h"

#include <cmath>
#include <utility>

#include "kernels/api/registry.h"

namespace actserve {
namespace {

double InSeconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

void Increment(std::atomic<uint64_t>& counter, uint64_t by = 1) { counter.fetch_add(by, std::memory_order_relaxed); }

}  // namespace

Metrics::Metrics(BuildInfo build, std::function<LoadSample()> load)
    : build_(std::move(build)),
      load_(std::move(load)),
      functions_(Functions().size()),
      items_(kWorkRpcs * (functions_ + 1) * (kBackends + 1) * kCodes),
      elements_(kWorkRpcs * functions_ * kBackends),
      zeros_(kWorkRpcs * functions_ * kBackends),
      kernel_seconds_(kWorkRpcs * functions_ * kBackends) {}

size_t Metrics::KernelSlot(size_t rpc, size_t function, size_t backend) const {
  return (rpc * functions_ + function) * kBackends + backend;
}

// Functions and backends are numbered from -1 here: unknown, none.
size_t Metrics::ItemSlot(size_t rpc, int function, int backend, size_t code) const {
  return ((rpc * (functions_ + 1) + (function + 1)) * (kBackends + 1) + (backend + 1)) * kCodes + code;
}

void Metrics::CountRequest(Rpc rpc, int code, std::chrono::nanoseconds duration) {
  const size_t index = static_cast<size_t>(rpc);
  Increment(requests_[index][code >= 0 && code < static_cast<int>(kCodes) ? code : 2]);
  request_seconds_[index].Observe(InSeconds(duration));
}

void Metrics::CountItem(Rpc rpc, int function, int backend, int code) {
  Increment(items_[ItemSlot(static_cast<size_t>(rpc), function, backend,
                            code >= 0 && code < static_cast<int>(kCodes) ? code : 2)]);
}

void Metrics::CountKernel(Rpc rpc, int function, int backend, std::chrono::nanoseconds duration, int64_t elements,
                          double zeros) {
  const size_t slot = KernelSlot(static_cast<size_t>(rpc), function, backend);
  kernel_seconds_[slot].Observe(InSeconds(duration));
  Increment(elements_[slot], elements);
  if (zeros != 0) Increment(zeros_[slot], std::llround(zeros * static_cast<double>(elements)));
}

void Metrics::CountOutput(Encoding encoding, size_t bytes, size_t dense_bytes) {
  Increment(output_bytes_[static_cast<size_t>(encoding)], bytes);
  Increment(dense_output_bytes_[static_cast<size_t>(encoding)], dense_bytes);
}

void Metrics::CountQueued(BackendId backend, std::chrono::nanoseconds duration) {
  queue_seconds_[static_cast<size_t>(backend)].Observe(InSeconds(duration));
}

void Metrics::CountBatch(size_t items) { batch_items_.Observe(static_cast<double>(items)); }

void Metrics::CountBytes(Bytes direction, size_t bytes) { Increment(bytes_[static_cast<size_t>(direction)], bytes); }

void Metrics::CountRejected(Rejected reason) { Increment(rejected_[static_cast<size_t>(reason)]); }

void Metrics::AddInFlight(Rpc rpc, int calls) {
  in_flight_[static_cast<size_t>(rpc)].fetch_add(calls, std::memory_order_relaxed);
}

}  // namespace actserve
