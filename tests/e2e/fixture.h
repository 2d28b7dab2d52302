// A running server and a client, for one file of tests.
#pragma once

#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "actserve/v1/activation.grpc.pb.h"
#include "tests/e2e/server_process.h"

namespace actserve {

inline std::string UnixSocket() { return ::testing::TempDir() + "actserve-e2e." + std::to_string(getpid()) + ".sock"; }

inline std::shared_ptr<grpc::Channel> Connect(
    const std::string& address,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials = grpc::InsecureChannelCredentials()) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

// Keeps the library up until the process ends, since its shutdown can take 10 s.
inline const bool kGrpcStaysUp = (grpc_init(), true);

// A deadline that only a broken server lets pass.
inline void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
}

// One server on TCP, a unix socket and a metrics port.
class RunningServer {
 public:
  explicit RunningServer(std::vector<std::string> more_flags = {}, const std::string& metrics = "none") {
    std::vector<std::string> flags = {"--listen",         "127.0.0.1:0", "--listen", "unix:" + UnixSocket(),
                                      "--metrics-listen", metrics};
    flags.insert(flags.end(), more_flags.begin(), more_flags.end());
    process = std::make_unique<ServerProcess>(flags);
    if (!process->WaitFor("ready")) {
      ADD_FAILURE() << "the server did not start: " << process->Output();
      return;
    }
    channels = {Connect(process->Addresses().at(0)), Connect(process->Addresses().at(1))};
    stub = v1::ActivationService::NewStub(channels[0]);
  }

  template <class Request, class Response>
  grpc::Status Call(grpc::Status (v1::ActivationService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                        Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    SetDeadline(context);
    return (stub.get()->*method)(&context, request, response);
  }
  grpc::Status Evaluate(const v1::EvaluateRequest& request, v1::EvaluateResponse* response) {
    return Call(&v1::ActivationService::Stub::Evaluate, request, response);
  }
  grpc::Status Gradient(const v1::GradientRequest& request, v1::GradientResponse* response) {
    return Call(&v1::ActivationService::Stub::Gradient, request, response);
  }

  std::unique_ptr<ServerProcess> process;
  std::vector<std::shared_ptr<grpc::Channel>> channels;  // TCP, unix
  std::unique_ptr<v1::ActivationService::Stub> stub;     // over TCP
};

}  // namespace actserve
