#include "tests/bench/service/echo.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "actserve/v1/activation.grpc.pb.h"
#include "tests/bench/service/channels.h"
#include "tests/bench/service/queue_echo.h"

namespace actserve::bench::service {
namespace {

// What follows the first `bytes` bytes, in the same slices.
grpc::ByteBuffer Rest(const grpc::ByteBuffer& buffer, size_t bytes) {
  std::vector<grpc::Slice> slices, rest;
  if (!buffer.Dump(&slices).ok()) return buffer;
  for (const grpc::Slice& slice : slices) {
    if (bytes == 0) {
      rest.push_back(slice);
    } else if (bytes >= slice.size()) {
      bytes -= slice.size();
    } else {
      rest.push_back(slice.sub(bytes, slice.size()));
      bytes = 0;
    }
  }
  return {rest.data(), rest.size()};
}

// Reads the next message while it writes the last one.
class EchoStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  EchoStream() { StartRead(&incoming_); }

 private:
  void OnReadDone(bool ok) override {
    Proceed([&] { ok ? has_incoming_ = true : at_end_ = true; });
  }
  void OnWriteDone(bool) override {
    Proceed([&] { writing_ = false; });
  }
  void OnDone() override { delete this; }

  template <class Note>
  void Proceed(Note note) {
    std::unique_lock lock(mutex_);
    note();
    if (writing_) return;
    if (has_incoming_) {
      outgoing_ = std::exchange(incoming_, grpc::ByteBuffer());
      has_incoming_ = false;
      writing_ = true;
      lock.unlock();
      StartWrite(&outgoing_);
      StartRead(&incoming_);
    } else if (at_end_) {
      lock.unlock();
      Finish(grpc::Status::OK);
    }
  }

  std::mutex mutex_;
  grpc::ByteBuffer incoming_, outgoing_;
  bool has_incoming_ = false, writing_ = false, at_end_ = false;
};

using EchoBase =
    v1::ActivationService::WithRawCallbackMethod_Evaluate<v1::ActivationService::WithRawCallbackMethod_Gradient<
        v1::ActivationService::WithRawCallbackMethod_EvaluateStream<v1::ActivationService::Service>>>;

class Echo final : public EchoBase {
  static grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* call) {
    grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerUnaryReactor* Evaluate(grpc::CallbackServerContext* call, const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override {
    *response = *request;
    return Answer(call);
  }
  grpc::ServerUnaryReactor* Gradient(grpc::CallbackServerContext* call, const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override {
    *response = Rest(*request, request->Length() / 2);
    return Answer(call);
  }
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* EvaluateStream(grpc::CallbackServerContext*) override {
    return new EchoStream;
  }
};

}  // namespace

int RunEcho(const Transport& transport, const std::vector<std::string>& addresses) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);

  Echo echo;
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetMaxSendMessageSize(kMaxMessageBytes);
  transport.Apply(builder);
  std::optional<QueueEcho> queues;
  if (transport.queues != 0) {
    queues.emplace(builder, transport.queues);
  } else {
    builder.RegisterService(&echo);
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
