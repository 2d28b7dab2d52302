#include "server/service/service_context.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/observe/log.h"
#include "server/wire/status.h"

namespace actserve {
namespace {

// Later than any call can last, and near enough to add to a clock.
constexpr std::chrono::hours kFarFuture{24 * 365};

// Bytes of a request that takes microseconds, whatever it asks for.
constexpr size_t kSurelySmall = 4096;

Rejected ToRejected(CpuPool::Refusal refusal) {
  switch (refusal) {
    case CpuPool::Refusal::kQueueFull: return Rejected::kQueueFull;
    case CpuPool::Refusal::kCancelled: return Rejected::kCancelled;
    case CpuPool::Refusal::kDeadline: return Rejected::kDeadline;
    case CpuPool::Refusal::kClosed:
    case CpuPool::Refusal::kNone: break;
  }
  return Rejected::kShuttingDown;
}

}  // namespace

absl::Status ShuttingDown(const ServiceContext& context) {
  context.metrics().CountRejected(Rejected::kShuttingDown);
  return absl::UnavailableError("the server is shutting down");
}

absl::Status Enter(const ServiceContext& context, const grpc::ServerContextBase& call) {
  if (!context.gate->Enter()) return ShuttingDown(context);
  if (context.authenticator == nullptr) return absl::OkStatus();
  absl::Status status = context.authenticator->Check(call.client_metadata());
  if (status.ok()) return status;
  context.gate->Leave();
  context.metrics().CountRejected(Rejected::kUnauthenticated);
  return status;
}

void Run(const ServiceContext& context, const std::shared_ptr<Batch>& batch) {
  context.metrics().CountBytes(Bytes::kReceived, batch->bytes());
  // What may well have to wait is not decoded to be refused; what is small may be computed here.
  if (batch->bytes() > kSurelySmall && context.pool->full()) {
    context.metrics().CountRejected(Rejected::kQueueFull);
    return batch->Refuse(context.pool->QueueFull());
  }
  if (absl::Status status = batch->Admit(); !status.ok()) return batch->Refuse(status);
  if (batch->estimate() <= context.inline_limit) return batch->RunInline();
  CpuPool::Refusal refusal;
  const absl::Status status = context.pool->Submit(batch, &refusal);
  if (status.ok()) return;
  context.metrics().CountRejected(ToRejected(refusal));
  batch->Refuse(status);
}

void RecordAnswer(const ServiceContext& context, Rpc rpc, SteadyClock::time_point arrived, const absl::Status& status,
                  size_t bytes) {
  const auto duration = SteadyClock::now() - arrived;
  context.metrics().CountRequest(rpc, status.raw_code(), duration);
  context.metrics().CountBytes(Bytes::kSent, bytes);
  if (status.ok() || !log::Enabled(log::Level::kDebug)) return;
  log::Write(log::Level::kDebug, "call_failed",
             {{"rpc", kRpcNames[static_cast<size_t>(rpc)]},
              {"code", status.raw_code()},
              {"message", FullMessage(status)},
              {"seconds", std::chrono::duration<double>(duration).count()}});
}

SteadyClock::time_point DeadlineOf(const grpc::ServerContextBase& call) {
  const auto deadline = call.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return SteadyClock::time_point::max();
  const auto left = deadline - std::chrono::system_clock::now();
  return left > kFarFuture ? SteadyClock::time_point::max() : SteadyClock::now() + left;
}

}  // namespace actserve
