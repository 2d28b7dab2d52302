// A client of the service, over gRPC.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "actserve/v1/activation.pb.h"
#include "client/cpp/analysis.h"
#include "client/cpp/item.h"
#include "client/cpp/options.h"
#include "client/cpp/pipeline.h"
#include "client/cpp/stream.h"

namespace actserve::client {

// Safe from any number of threads at once; copies share the connections. Calls block. A call's failure is an
// absl::Status with the server's code and message: UNAVAILABLE when no server answers (with the reason),
// DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED when it is full (errors.h: RetryDelay) or the message is too large,
// INVALID_ARGUMENT for a request that is wrong as a whole. The first and the third come after the attempts that
// RetryOptions allow.
class Client {
 public:
  // `target` is host:port, [ipv6]:port, unix:/path, a gRPC name such as dns:///host:port, or several addresses with
  // commas between them (1.2.3.4:50051,5.6.7.8:50051). Of several addresses, given or found for a name, calls take the
  // next one each, and those that do not answer are left out until they do. Connections are made by the first call,
  // and again by later ones when they break. INVALID_ARGUMENT for a target that can be none of these, for options that
  // are out of range, or credentials that cannot be used.
  static absl::StatusOr<Client> Connect(const std::string& target, const ClientOptions& options = {});

  // Computes a batch, in one call. Tensors are sent from where they lie, and results lie where they were received.
  //
  // With several connections, a batch of at least two stripe_bytes goes in as many calls as there are connections (or
  // stripe_bytes in it), each with a piece of every item: the results are the same bits. That is done where every item
  // can be cut: element-wise functions anywhere, others along dimension 0 if that is not the axis; and not for
  // gradients that ask for those of parameters, which are sums in an order of their own. The first such call of a
  // function asks the server what kind of function it is.
  absl::StatusOr<Results<EvaluateResult>> Evaluate(const std::vector<EvaluateItem>& items,
                                                   const CallOptions& call = {}) const;
  absl::StatusOr<Results<GradientResult>> Gradient(const std::vector<GradientItem>& items,
                                                   const CallOptions& call = {}) const;
  // A batch of one: the item's failure is the call's.
  absl::StatusOr<EvaluateResult> Evaluate(EvaluateItem item, const CallOptions& call = {}) const;
  absl::StatusOr<GradientResult> Gradient(GradientItem item, const CallOptions& call = {}) const;

  // Open a stream. A failure to reach the server appears in its first Read.
  std::unique_ptr<EvaluateStream> OpenEvaluateStream(const CallOptions& call = {}) const;
  std::unique_ptr<GradientStream> OpenGradientStream(const CallOptions& call = {}) const;

  // Open a pipeline, which gives the answers to `on_answer`.
  std::unique_ptr<EvaluatePipeline> OpenEvaluatePipeline(EvaluatePipeline::OnAnswer on_answer,
                                                         const PipelineOptions& options = {}) const;
  std::unique_ptr<GradientPipeline> OpenGradientPipeline(GradientPipeline::OnAnswer on_answer,
                                                         const PipelineOptions& options = {}) const;

  // What the server can compute; its metadata as the wire defines it.
  absl::StatusOr<std::vector<v1::Function>> ListFunctions(const CallOptions& call = {}) const;
  // NOT_FOUND, with the nearest names, for a name or alias that it does not have.
  absl::StatusOr<v1::Function> GetFunction(const std::string& name, const CallOptions& call = {}) const;

  // How sparse data is, which thresholds make it sparser, and what other functions would make of it. All tensors of a
  // call count as one; each travels in a message of its own, copied, which the server's limit is for.
  absl::StatusOr<v1::ProfileResponse> Profile(const v1::ProfileOptions& options, const std::vector<Tensor>& tensors,
                                              const CallOptions& call = {}) const;
  absl::StatusOr<v1::CalibrateResponse> Calibrate(const CalibrateQuestion& question, const std::vector<Tensor>& tensors,
                                                  const CallOptions& call = {}) const;
  absl::StatusOr<v1::SubstituteResponse> Substitute(const SubstituteQuestion& question,
                                                    const CallOptions& call = {}) const;

  // Whether the server takes calls, by grpc.health.v1: false while it is stopping. With several addresses, of any one.
  absl::StatusOr<bool> IsServing(const CallOptions& call = {}) const;

 private:
  struct State;
  explicit Client(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::shared_ptr<State> state_;
};

}  // namespace actserve::client
