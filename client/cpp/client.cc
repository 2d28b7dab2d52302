#include "client/cpp/client.h"

#include <algorithm>
#include <climits>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "client/cpp/errors.h"
#include "client/cpp/wire.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"

namespace actserve::client {
namespace {

// Left to gRPC, "localhost" would quietly mean port 443, and a bad path would look like a server that is down.
absl::Status CheckTarget(const std::string& target) {
  const bool has_scheme = target.find(":/") != std::string::npos || target.starts_with("unix:") ||
                          target.starts_with("ipv4:") || target.starts_with("ipv6:") || target.starts_with("dns:");
  if (has_scheme) return absl::OkStatus();
  const size_t colon = target.rfind(':');
  const std::string port = colon == std::string::npos ? "" : target.substr(colon + 1);
  const bool is_number = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  if (colon == 0 || !is_number || std::stoi(port) == 0 || std::stoi(port) > 65535) {
    return absl::InvalidArgumentError(
        absl::StrFormat("'%s' is not a server's address; expected HOST:PORT or unix:/PATH", target));
  }
  return absl::OkStatus();
}

template <class Item>
absl::StatusOr<ResultOf<Item>> OnlyResult(absl::StatusOr<Results<ResultOf<Item>>> results) {
  if (!results.ok()) return results.status();
  return std::move(results->front());
}

}  // namespace

absl::StatusOr<Client> Client::Connect(const std::string& target, const ClientOptions& options) {
  if (absl::Status status = CheckTarget(target); !status.ok()) return status;
  grpc::ChannelArguments arguments;
  const int limit = static_cast<int>(std::min<size_t>(options.max_message_bytes, INT_MAX));
  arguments.SetMaxReceiveMessageSize(limit);
  arguments.SetMaxSendMessageSize(limit);
  // Tensors arrive in few large slices instead of many of 8 KiB.
  arguments.SetInt("grpc.experimental.tcp_read_chunk_size", 256 << 10);
  const auto credentials = MakeChannelCredentials(options.credentials, arguments);
  if (!credentials.ok()) return credentials.status();
  const auto channel = grpc::CreateCustomChannel(target, *credentials, arguments);
  return Client(v1::ActivationService::NewStub(channel), options);
}

std::unique_ptr<grpc::ClientContext> Client::NewContext() const {
  auto context = std::make_unique<grpc::ClientContext>();
  if (options_.deadline != absl::InfiniteDuration()) {
    context->set_deadline(absl::ToChronoTime(absl::Now() + options_.deadline));
  }
  AddToken(options_.credentials, *context);
  return context;
}

absl::StatusOr<Results<EvaluateResult>> Client::Evaluate(std::vector<EvaluateItem> items) const {
  const size_t count = items.size();
  v1::EvaluateResponse response;
  const v1::EvaluateRequest request = ToRequest(std::move(items), options_.backend);
  const grpc::Status status = stub_->Evaluate(NewContext().get(), request, &response);
  if (!status.ok()) return FromGrpc(status);
  return FromResponse<EvaluateItem>(std::move(response), count);
}

absl::StatusOr<Results<GradientResult>> Client::Gradient(std::vector<GradientItem> items) const {
  const size_t count = items.size();
  v1::GradientResponse response;
  const v1::GradientRequest request = ToRequest(std::move(items), options_.backend);
  const grpc::Status status = stub_->Gradient(NewContext().get(), request, &response);
  if (!status.ok()) return FromGrpc(status);
  return FromResponse<GradientItem>(std::move(response), count);
}

absl::StatusOr<EvaluateResult> Client::Evaluate(EvaluateItem item) const {
  std::vector<EvaluateItem> items;
  items.push_back(std::move(item));
  return OnlyResult<EvaluateItem>(Evaluate(std::move(items)));
}

absl::StatusOr<GradientResult> Client::Gradient(GradientItem item) const {
  std::vector<GradientItem> items;
  items.push_back(std::move(item));
  return OnlyResult<GradientItem>(Gradient(std::move(items)));
}

std::unique_ptr<EvaluateStream> Client::OpenEvaluateStream() const {
  std::unique_ptr<grpc::ClientContext> context = NewContext();
  auto call = stub_->EvaluateStream(context.get());
  return std::make_unique<EvaluateStream>(std::move(context), std::move(call), options_.backend);
}

std::unique_ptr<GradientStream> Client::OpenGradientStream() const {
  std::unique_ptr<grpc::ClientContext> context = NewContext();
  auto call = stub_->GradientStream(context.get());
  return std::make_unique<GradientStream>(std::move(context), std::move(call), options_.backend);
}

absl::StatusOr<std::vector<v1::Function>> Client::ListFunctions() const {
  v1::ListFunctionsResponse response;
  const grpc::Status status = stub_->ListFunctions(NewContext().get(), v1::ListFunctionsRequest(), &response);
  if (!status.ok()) return FromGrpc(status);
  return std::vector<v1::Function>(std::move_iterator(response.mutable_functions()->begin()),
                                   std::move_iterator(response.mutable_functions()->end()));
}

absl::StatusOr<v1::Function> Client::GetFunction(const std::string& name) const {
  v1::GetFunctionRequest request;
  request.set_name(name);
  v1::Function function;
  const grpc::Status status = stub_->GetFunction(NewContext().get(), request, &function);
  if (!status.ok()) return FromGrpc(status);
  return function;
}

}  // namespace actserve::client
