// A service whose answers are its requests, or what a test makes of them: right for functions that keep 0, and inputs
// of nothing else.
#pragma once

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "actserve/v1/activation.grpc.pb.h"

namespace actserve::load {

class EchoService final : public v1::ActivationService::Service {
 public:
  // What tests set.
  std::atomic<int> right = 1 << 30;   // so many answers; those after them have another number in them
  std::atomic<int> delay_ms = 0;      // before each answer
  std::atomic<bool> refuses = false;  // RESOURCE_EXHAUSTED
  std::atomic<int> answered = 0;

  grpc::Status ListFunctions(grpc::ServerContext*, const v1::ListFunctionsRequest*,
                             v1::ListFunctionsResponse*) override {
    return grpc::Status::OK;
  }
  grpc::Status Evaluate(grpc::ServerContext* context, const v1::EvaluateRequest* request,
                        v1::EvaluateResponse* response) override {
    for (int i = 0; i < delay_ms && !context->IsCancelled(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (refuses) return {grpc::StatusCode::RESOURCE_EXHAUSTED, "full"};
    for (const v1::EvaluateItem& item : request->items()) *response->add_results()->mutable_output() = item.input();
    if (++answered > right) *response->mutable_results(0)->mutable_output()->mutable_data()->begin() = 1;
    return grpc::Status::OK;
  }
  grpc::Status EvaluateStream(grpc::ServerContext* context,
                              grpc::ServerReaderWriter<v1::EvaluateResponse, v1::EvaluateRequest>* stream) override {
    v1::EvaluateRequest request;
    while (stream->Read(&request)) {
      v1::EvaluateResponse response;
      grpc::Status status = Evaluate(context, &request, &response);
      if (!status.ok()) return status;
      stream->Write(response);
    }
    return grpc::Status::OK;
  }
};

class EchoServer {
 public:
  EchoServer() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
  }
  ~EchoServer() { Stop(); }
  void Stop() { server_->Shutdown(std::chrono::system_clock::now()); }

  EchoService& service() { return service_; }
  const std::string& address() const { return address_; }

 private:
  EchoService service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace actserve::load
