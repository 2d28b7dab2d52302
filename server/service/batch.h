// One request in progress: decoded, routed and prepared when its turn has come, encoded when the pool is done with it.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"
#include "server/observe/metrics.h"
#include "server/pool/admission.h"
#include "server/pool/cuda_pool.h"
#include "server/pool/job.h"
#include "server/pool/placement.h"
#include "server/router/router.h"
#include "server/service/cuda_item.h"
#include "server/wire/request.h"
#include "server/wire/response.h"

namespace actserve {

// What every request shares. All outlive every request.
struct BatchContext {
  const Router* router = nullptr;
  Metrics* metrics = nullptr;
  BufferPool* buffers = nullptr;
  Admission* admission = nullptr;
  Placement* placement = nullptr;
  const Backend* cpu = nullptr;
  CpuPool* cpu_pool = nullptr;
  CudaPool* cuda_pool = nullptr;  // null: there is none, and the placement knows
  int max_items = 0;
  size_t max_response_bytes = 0;
};

class Batch final : public Job {
 public:
  // Called once, when the request is over: with an encoded response if the status is OK. On a thread of the pool, or
  // on the one that called RunInline or Refuse.
  using Done = std::function<void(const absl::Status& status, const grpc::ByteBuffer& response)>;

  // `rpc` is one of those that compute. Takes the message over, and leaves it empty.
  Batch(const BatchContext& context, Rpc rpc, grpc::ByteBuffer& message, SteadyClock::time_point deadline, Done done);

  // First: counts the request against the limits, and unless it has many items, decodes it and finds out what is to be
  // done. RESOURCE_EXHAUSTED: it is not admitted. OK: it is, and can be run, though some of its items may have failed.
  absl::Status Admit();
  // Then one of these, or the pool's Start and End. Runs all of it on this thread.
  void RunInline();
  // Nothing of it is run; `status` says why.
  void Refuse(const absl::Status& status) { Answer(status); }

  void Start() override;
  int elsewhere() const override { return failed_.ok() ? on_cuda_ : 0; }
  void StartElsewhere() override;
  void End(const absl::Status& status) override;

  SteadyClock::time_point arrived() const { return arrived_; }
  // What running it takes on one thread, roughly; endless where that is not known yet, and where a thread would wait
  // for a GPU.
  std::chrono::nanoseconds estimate() const {
    return is_decoded_ && on_cuda_ == 0 ? estimate_ : std::chrono::nanoseconds::max();
  }

 private:
  // An item that runs.
  struct Running {
    int item;
    Placement::Place place;
    Call call;
    // Once there is room for the outputs, one of them: on the CPU, or on a GPU.
    std::unique_ptr<Execution> execution;
    std::unique_ptr<CudaItem> on_cuda;
    size_t number = 0;  // of the execution, in the job

    int function() const { return call.function->index; }
    BackendId backend() const { return on_cuda == nullptr ? BackendId::kCpu : on_cuda->backend(); }
  };

  // `start`: when this is called.
  absl::Status Decode(SteadyClock::time_point start);
  absl::Status AdmitItems();
  // Where the item is to run, or what is wrong with it.
  absl::StatusOr<Route> Accept(const WireItem& item, BackendChoice choice);
  // What is to run, and room for it in the response.
  absl::Status Plan(int index, const Route& route);
  // Takes memory for the response, and prepares all items.
  void Prepare();
  void PrepareItem(Running& running);
  std::chrono::nanoseconds TimeOf(const Running& running) const {
    return running.on_cuda == nullptr ? time(running.number) : running.on_cuda->time();
  }
  // Tells the response and the metrics what came of it.
  void EndItem(const Running& running);
  // `backend`: its number, or Metrics::kNoBackend.
  void Fail(int index, int backend, const absl::Status& status);
  // Gives back what it holds and calls done_.
  void Answer(const absl::Status& status);

  const BatchContext& context_;
  const Rpc rpc_;
  const Direction direction_;
  const SteadyClock::time_point arrived_;
  grpc::ByteBuffer message_;
  Done done_;

  Admission::Ticket ticket_;
  std::optional<Request> request_;  // until it is answered
  Response response_;
  std::unordered_set<std::string_view> ids_;
  std::string_view last_function_;  // and where that goes: most batches are of one
  Route last_route_;
  size_t response_bytes_ = 0;
  bool is_decoded_ = false;
  int on_cuda_ = 0;  // items that go to a GPU
  std::chrono::nanoseconds estimate_{0};
  absl::Status failed_;  // what was found out about the request as a whole only when it was started
  std::vector<Running> running_;
};

}  // namespace actserve
