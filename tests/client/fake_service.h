// A service with four functions whose arithmetic is plain, so that tests of clients know every answer.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "actserve/v1/activation.grpc.pb.h"
#include "grpcpp/server.h"

namespace actserve::testing {

// double(x) = scale * x, element-wise, scale = 2, learnable; its gradient in scale is sum(upstream * x).
// cap(x) = min(x, 1): element-wise, without parameters.
// rowsum(x): each element becomes its row's sum; row-wise; the gradient is the row's sum of upstream.
// perchannel(x) = a[c] * x: per-channel, a required.
// Anything else is NOT_FOUND.
class FakeService final : public v1::ActivationService::Service {
 public:
  grpc::Status Evaluate(grpc::ServerContext*, const v1::EvaluateRequest*, v1::EvaluateResponse*) override;
  grpc::Status Gradient(grpc::ServerContext*, const v1::GradientRequest*, v1::GradientResponse*) override;
  grpc::Status EvaluateStream(grpc::ServerContext*,
                              grpc::ServerReaderWriter<v1::EvaluateResponse, v1::EvaluateRequest>*) override;
  grpc::Status GradientStream(grpc::ServerContext*,
                              grpc::ServerReaderWriter<v1::GradientResponse, v1::GradientRequest>*) override;
  grpc::Status ListFunctions(grpc::ServerContext*, const v1::ListFunctionsRequest*,
                             v1::ListFunctionsResponse*) override;
  grpc::Status GetFunction(grpc::ServerContext*, const v1::GetFunctionRequest*, v1::Function*) override;

  // What tests set.
  std::atomic<bool> full = false;        // every call: RESOURCE_EXHAUSTED, to be retried in retry_ms
  std::atomic<int> refusals = 0;         // so many calls more: the same
  std::atomic<int> retry_ms = 250;       // said in the details and, as the real server does, in gRPC's own trailer
  std::atomic<int> fail_stream_at = -1;  // the message of a stream at which it fails
  std::atomic<int> delay_ms = 0;         // before each answer
  // What tests look at.
  std::atomic<int> unary_calls = 0;
  std::atomic<int> streamed_messages = 0;
  std::atomic<size_t> largest_message = 0;
  std::set<std::string> peers();  // the other ends of the connections that calls came over

 private:
  void Saw(const grpc::ServerContext& context);
  // Whether the call is refused, and how.
  std::optional<grpc::Status> Refuse(grpc::ServerContext& context);

  template <class Request, class Response>
  grpc::Status AnswerOne(grpc::ServerContext* context, const Request& request, Response* response);
  template <class Request, class Response>
  grpc::Status AnswerStream(grpc::ServerContext* context, grpc::ServerReaderWriter<Response, Request>* stream);

  std::mutex mutex_;
  std::set<std::string> peers_;  // guarded by mutex_
};

// A server at `address` ("127.0.0.1:0": a port of its own), for as long as the object lives.
class FakeServer {
 public:
  explicit FakeServer(const std::string& address = "127.0.0.1:0");
  ~FakeServer();
  const std::string& address() const { return address_; }
  FakeService& service() { return service_; }

 private:
  FakeService service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace actserve::testing
