#include "tests/bench/service/echo.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>

#include "actserve/v1/activation.grpc.pb.h"
#include "tests/bench/service/channels.h"
#include "tests/bench/service/queue_echo.h"

namespace actserve::bench::service {
namespace {

// Of Evaluate only: for the comparison of transports.
class CallbackEcho final
    : public v1::ActivationService::WithRawCallbackMethod_Evaluate<v1::ActivationService::Service> {
  grpc::ServerUnaryReactor* Evaluate(grpc::CallbackServerContext* call, const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override {
    *response = *request;
    grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int RunEcho(const Transport& transport, const std::vector<std::string>& addresses) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);

  CallbackEcho callbacks;
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetMaxSendMessageSize(kMaxMessageBytes);
  transport.Apply(builder);
  std::optional<QueueEcho> queues;
  if (transport.queues != 0) {
    queues.emplace(builder, transport.queues);
  } else {
    builder.RegisterService(&callbacks);
  }
  std::vector<int> ports(addresses.size());
  for (size_t i = 0; i < addresses.size(); ++i)
    builder.AddListeningPort(addresses[i], grpc::InsecureServerCredentials(), &ports[i]);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return std::fputs("event=failed\n", stderr), 1;
  for (size_t i = 0; i < addresses.size(); ++i) {
    const size_t colon = addresses[i].rfind(':');
    const bool is_unix = addresses[i].starts_with("unix:");
    const std::string address = is_unix ? addresses[i] : addresses[i].substr(0, colon + 1) + std::to_string(ports[i]);
    std::fprintf(stderr, "event=listening address=%s\n", address.c_str());
  }
  if (queues) queues->Begin();
  std::fputs("event=ready\n", stderr);
  int signal = 0;
  sigwait(&stop, &signal);
  server->Shutdown(std::chrono::system_clock::now());
  return 0;
}

}  // namespace actserve::bench::service
