// A client of the service, over gRPC.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "actserve/v1/activation.grpc.pb.h"
#include "client/cpp/credentials.h"
#include "client/cpp/item.h"
#include "client/cpp/stream.h"

namespace actserve::client {

struct ClientOptions {
  absl::Duration deadline = absl::InfiniteDuration();  // of each call; of a whole stream, from its opening
  // The largest message sent or taken; the server has a limit of its own.
  size_t max_message_bytes = size_t{1} << 30;
  Backend backend = Backend::kAuto;
  Credentials credentials = {};
};

// Safe from any number of threads at once; all share one connection. Calls block. A call's failure is an absl::Status
// with the server's code and message: UNAVAILABLE when no server answers (with the reason), DEADLINE_EXCEEDED,
// RESOURCE_EXHAUSTED when it is full (errors.h: RetryDelay) or the message is too large, INVALID_ARGUMENT for a request
// that is wrong as a whole. Nothing is retried.
class Client {
 public:
  // `target` is host:port, [ipv6]:port, unix:/path, or a gRPC name such as dns:///host:port. The connection itself is
  // made by the first call, and again by later ones when it breaks. INVALID_ARGUMENT for a target that can be none of
  // these, and for credentials that cannot be used.
  static absl::StatusOr<Client> Connect(const std::string& target, const ClientOptions& options = {});

  // Computes a batch in one call. Items moved in are sent without copying their bytes.
  absl::StatusOr<Results<EvaluateResult>> Evaluate(std::vector<EvaluateItem> items) const;
  absl::StatusOr<Results<GradientResult>> Gradient(std::vector<GradientItem> items) const;
  // A batch of one: the item's failure is the call's.
  absl::StatusOr<EvaluateResult> Evaluate(EvaluateItem item) const;
  absl::StatusOr<GradientResult> Gradient(GradientItem item) const;

  // Open a pipeline. A failure to reach the server appears in the stream's first Read.
  std::unique_ptr<EvaluateStream> OpenEvaluateStream() const;
  std::unique_ptr<GradientStream> OpenGradientStream() const;

  // What the server can compute; its metadata as the wire defines it.
  absl::StatusOr<std::vector<v1::Function>> ListFunctions() const;
  // NOT_FOUND, with the nearest names, for a name or alias that it does not have.
  absl::StatusOr<v1::Function> GetFunction(const std::string& name) const;

 private:
  Client(std::unique_ptr<v1::ActivationService::Stub> stub, const ClientOptions& options)
      : options_(options), stub_(std::move(stub)) {}
  std::unique_ptr<grpc::ClientContext> NewContext() const;

  ClientOptions options_;
  std::unique_ptr<v1::ActivationService::Stub> stub_;
};

}  // namespace actserve::client
