// What the service's calls share, and how a request gets into the pool.
#pragma once

#include <grpcpp/server_context.h>

#include <chrono>
#include <memory>

#include "absl/status/status.h"
#include "server/observe/metrics.h"
#include "server/pool/cpu_pool.h"
#include "server/security/authenticator.h"
#include "server/service/batch.h"
#include "server/service/call_gate.h"
#include "server/service/reception.h"

namespace actserve {

// All that it points to outlives every call.
struct ServiceContext {
  BatchContext batch;
  CpuPool* pool = nullptr;
  std::chrono::nanoseconds inline_limit{0};  // requests that take no longer run where they were received
  CallGate* gate = nullptr;
  Reception::Limits reception;                   // of all queues
  const Authenticator* authenticator = nullptr;  // null: calls need no token
  std::chrono::milliseconds retry_delay{50};

  Metrics& metrics() const { return *batch.metrics; }
};

// What a call is refused with once the gate has closed. It is counted.
absl::Status ShuttingDown(const ServiceContext& context);

// What every call begins with, before anything of it is looked at. OK: it may go on, and must leave the gate when it is
// over. UNAVAILABLE: the server is shutting down. UNAUTHENTICATED: it has no good token. Refusals are counted.
absl::Status Enter(const ServiceContext& context, const grpc::ServerContextBase& call);

// Admits the request and runs it, here or in the pool; or refuses it. In any case it will be Done, perhaps already when
// this returns.
void Run(const ServiceContext& context, const std::shared_ptr<Batch>& batch);

// Counts and logs an answer, just before it is sent, so that a client that has it finds it counted.
void RecordAnswer(const ServiceContext& context, Rpc rpc, SteadyClock::time_point arrived, const absl::Status& status,
                  size_t bytes);

// The call's deadline on the clock that the pool reads.
SteadyClock::time_point DeadlineOf(const grpc::ServerContextBase& call);

}  // namespace actserve
