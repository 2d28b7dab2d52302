// The service's methods as the server takes their calls in.
#pragma once

#include <grpcpp/support/async_stream.h>

#include "actserve/v1/activation.grpc.pb.h"

namespace actserve {

// The methods that carry tensors are raw: bytes are counted and admitted before they are decoded, and what cannot be
// decoded gets a message of ours. They are asynchronous, the others are not.
//
// Evaluate and Gradient are to gRPC streams of one message each way: what it calls a unary method it receives the
// message of before it says that there is a call, so that all that clients send at once would be in memory at once.
class RawService : public v1::ActivationService::WithRawMethod_EvaluateStream<
                       v1::ActivationService::WithRawMethod_GradientStream<v1::ActivationService::Service>> {
 public:
  using UnaryStream = grpc::ServerAsyncReader<grpc::ByteBuffer, grpc::ByteBuffer>;

  RawService() {
    for (const int method : {kEvaluate, kGradient}) {
      MarkMethodStreamed(method, nullptr);
      MarkMethodRaw(method);
    }
  }

  // As the generated functions of the methods that are streams.
  void RequestEvaluate(grpc::ServerContext* call, UnaryStream* stream, grpc::CompletionQueue* queue,
                       grpc::ServerCompletionQueue* notified, void* tag) {
    RequestAsyncBidiStreaming(kEvaluate, call, stream, queue, notified, tag);
  }
  void RequestGradient(grpc::ServerContext* call, UnaryStream* stream, grpc::CompletionQueue* queue,
                       grpc::ServerCompletionQueue* notified, void* tag) {
    RequestAsyncBidiStreaming(kGradient, call, stream, queue, notified, tag);
  }

 private:
  enum { kEvaluate, kGradient };  // their order in the .proto file
};

}  // namespace actserve
