// Profile, Calibrate and Substitute: a thread of gRPC's receives, the pool computes.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/sync_stream.h>

#include <list>
#include <memory>
#include <mutex>
#include <optional>

#include "absl/status/status.h"
#include "actserve/v1/activation.grpc.pb.h"
#include "server/service/service_context.h"

namespace actserve {

// Safe from any thread. Each method blocks until its call is answered, which is for those who have Entered; messages
// are admitted as they are received. RESOURCE_EXHAUSTED as well if kMostOpen calls are in progress.
class Analyses {
 public:
  static constexpr size_t kMostOpen = 16;  // each has a thread

  explicit Analyses(const ServiceContext& context) : context_(context) {}

  absl::Status Profile(grpc::ServerContext& call, grpc::ServerReader<v1::ProfileRequest>& requests,
                       v1::ProfileResponse& response);
  absl::Status Calibrate(grpc::ServerContext& call, grpc::ServerReader<v1::CalibrateRequest>& requests,
                         v1::CalibrateResponse& response);
  absl::Status Substitute(grpc::ServerContext& call, const v1::SubstituteRequest& request,
                          v1::SubstituteResponse& response);

  // Cancels the calls that have waited so long for their client's next message: for a server that drains.
  void EndIdle(SteadyClock::duration idle);

 private:
  struct Open {
    grpc::ServerContext* call;
    std::optional<SteadyClock::time_point> waiting_since = {};  // for a message
  };
  class Visit;

  // What the work of a message, or of the end of all, is done by.
  absl::Status RunInPool(Visit& visit, size_t bytes, std::unique_ptr<Execution> execution);
  absl::Status Admit(size_t bytes, Admission::Ticket& ticket);
  template <class Request>
  bool Receive(Visit& visit, grpc::ServerReader<Request>& requests, Request& request);

  const ServiceContext& context_;
  std::mutex mutex_;
  std::list<Open> open_;  // guarded by mutex_
};

}  // namespace actserve
