#include "client/cpp/call.h"

#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "client/cpp/channel.h"
#include "client/cpp/errors.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"

namespace actserve::client {
namespace {

struct Call {
  Call(ChannelPool& pool, const ClientOptions& options, absl::Time deadline)
      : place(pool.Take()), context(NewContext(options, deadline)) {}

  ChannelPool::Lease place;
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer answer;
  grpc::Status status;
};

}  // namespace

absl::StatusOr<std::vector<grpc::ByteBuffer>> CallAll(ChannelPool& pool, const ClientOptions& options,
                                                      absl::Time deadline, const char* method,
                                                      const std::vector<grpc::ByteBuffer>& requests) {
  for (const grpc::ByteBuffer& request : requests) {
    // Left to gRPC, it would try again what can never succeed.
    if (request.Length() <= options.max_message_bytes) continue;
    return absl::ResourceExhaustedError(
        absl::StrFormat("the request has %d bytes; expected at most %d, the client's limit", request.Length(),
                        options.max_message_bytes));
  }
  // A queue of the calls' own: the thread that waits for them is the one that sends and receives.
  grpc::CompletionQueue queue;
  std::vector<Call> calls;
  calls.reserve(requests.size());
  for (const grpc::ByteBuffer& request : requests) {
    Call& call = calls.emplace_back(pool, options, deadline);
    grpc::GenericStub stub(call.place.channel());
    call.reader = stub.PrepareUnaryCall(call.context.get(), method, request, &queue);
    call.reader->StartCall();
    call.reader->Finish(&call.answer, &call.status, &call);
  }
  absl::Status failed;
  for (size_t i = 0; i < calls.size(); ++i) {
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    const grpc::Status& status = static_cast<Call*>(tag)->status;
    if (status.ok() || !failed.ok()) continue;
    failed = FromGrpc(status);
    for (const Call& call : calls) call.context->TryCancel();
  }
  if (!failed.ok()) return failed;
  std::vector<grpc::ByteBuffer> answers;
  for (Call& call : calls) answers.emplace_back().Swap(&call.answer);
  return answers;
}

}  // namespace actserve::client
