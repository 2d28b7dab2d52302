#include "client/cpp/channel.h"

#include <algorithm>
#include <climits>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "actserve/v1/activation.grpc.pb.h"
#include "grpcpp/create_channel.h"

namespace actserve::client {
namespace {

std::string Seconds(absl::Duration duration) { return absl::StrFormat("%.3fs", absl::ToDoubleSeconds(duration)); }

}  // namespace

std::string ServiceConfig(const RetryOptions& retry) {
  // Of one address this makes what gRPC's default does.
  const std::string balancing = R"("loadBalancingConfig":[{"round_robin":{}}])";
  if (retry.attempts == 1) return absl::StrFormat("{%s}", balancing);
  // Not for streams: gRPC 1.51 loses messages of those that it opens again, and crashes, if some are being written.
  std::string methods;
  for (const char* method : {"Evaluate", "Gradient", "ListFunctions", "GetFunction"}) {
    absl::StrAppendFormat(&methods, R"(%s{"service":"%s","method":"%s"})", methods.empty() ? "" : ",",
                          v1::ActivationService::service_full_name(), method);
  }
  // UNKNOWN, which the server never answers, is what gRPC's core says of some connections that end under a call
  // ("Stream removed", grpc/grpc#13800).
  return absl::StrFormat(
      R"({%s,"retryThrottling":{"maxTokens":100,"tokenRatio":0.5},"methodConfig":[{"name":[%s],)"
      R"("retryPolicy":{"maxAttempts":%d,"initialBackoff":"%s","maxBackoff":"%s","backoffMultiplier":2,)"
      R"("retryableStatusCodes":["UNAVAILABLE","RESOURCE_EXHAUSTED","UNKNOWN"]}}]})",
      balancing, methods, retry.attempts, Seconds(retry.first_wait), Seconds(retry.longest_wait));
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target, const ClientOptions& options) {
  grpc::ChannelArguments arguments;
  const int limit = static_cast<int>(std::min<size_t>(options.max_message_bytes, INT_MAX));
  arguments.SetMaxReceiveMessageSize(limit);
  arguments.SetMaxSendMessageSize(limit);
  // Tensors arrive in few large slices instead of many of 8 KiB.
  arguments.SetInt("grpc.experimental.tcp_read_chunk_size", 256 << 10);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // or all channels would share one connection
  arguments.SetServiceConfigJSON(ServiceConfig(options.retry));
  // A request is kept until its answer begins, to be sent again. Only references are kept: its bytes are the tensors',
  // so that room for any message costs nothing. With gRPC's 256 KiB, no tensor beyond that would be sent again.
  arguments.SetInt(GRPC_ARG_PER_RPC_RETRY_BUFFER_SIZE, limit);
  // A server that comes back is found within the attempts of a call; gRPC would wait a second, and up to two minutes.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5000);
  const auto credentials = MakeChannelCredentials(options.credentials, arguments);
  return grpc::CreateCustomChannel(target, *credentials, arguments);
}

absl::Time DeadlineOf(const ClientOptions& options, const CallOptions& call) {
  return absl::Now() + call.deadline.value_or(options.deadline);
}

std::unique_ptr<grpc::ClientContext> NewContext(const ClientOptions& options, absl::Time deadline) {
  auto context = std::make_unique<grpc::ClientContext>();
  if (deadline != absl::InfiniteFuture()) context->set_deadline(absl::ToChronoTime(deadline));
  AddToken(options.credentials, *context);
  return context;
}

}  // namespace actserve::client
