#include "client/cpp/client.h"

#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "actserve/v1/activation.grpc.pb.h"
#include "client/cpp/analysis_message.h"
#include "client/cpp/call.h"
#include "client/cpp/channel.h"
#include "client/cpp/channel_pool.h"
#include "client/cpp/errors.h"
#include "client/cpp/stripes.h"
#include "client/cpp/target.h"
#include "client/cpp/wire.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace actserve::client {

struct Client::State {
  State(const std::string& target, const ClientOptions& client_options)
      : options(client_options), pool(target, client_options) {}

  const ClientOptions options;
  ChannelPool pool;
  std::mutex mutex;
  std::map<std::string, v1::FunctionKind> kinds;  // of the functions that were asked for; guarded by mutex

  // Of a small call that the generated stub makes.
  template <class Request, class Response>
  absl::Status Call(grpc::Status (v1::ActivationService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                        Response*),
                    absl::Time deadline, const Request& request, Response* response) {
    const ChannelPool::Lease place = pool.Take();
    v1::ActivationService::Stub stub(place.channel());
    return FromGrpc((stub.*method)(NewContext(options, deadline).get(), request, response));
  }

  // The tensors, a message each; the first has the options.
  template <class Request, class Response>
  absl::StatusOr<Response> Analyse(std::unique_ptr<grpc::ClientWriter<Request>> (v1::ActivationService::Stub::*method)(
                                       grpc::ClientContext*, Response*),
                                   absl::Time deadline, Request first, const std::vector<Tensor>& tensors) {
    const ChannelPool::Lease place = pool.Take();
    v1::ActivationService::Stub stub(place.channel());
    const auto context = NewContext(options, deadline);
    Response response;
    const auto writer = (stub.*method)(context.get(), &response);
    Request request = std::move(first);
    for (const Tensor& tensor : tensors) {
      *request.mutable_tensor() = ToMessage(tensor);
      if (!writer->Write(request)) break;  // Finish says why
      request.clear_options();
    }
    writer->WritesDone();
    const absl::Status status = FromGrpc(writer->Finish());
    if (!status.ok()) return status;
    return response;
  }

  absl::StatusOr<v1::Function> GetFunction(const std::string& name, absl::Time deadline) {
    v1::GetFunctionRequest request;
    request.set_name(name);
    v1::Function function;
    absl::Status status = Call(&v1::ActivationService::Stub::GetFunction, deadline, request, &function);
    if (!status.ok()) return status;
    return function;
  }

  std::optional<v1::FunctionKind> KindOf(const std::string& name, absl::Time deadline) {
    {
      std::lock_guard lock(mutex);
      if (const auto known = kinds.find(name); known != kinds.end()) return known->second;
    }
    const absl::StatusOr<v1::Function> function = GetFunction(name, deadline);
    if (!function.ok()) return std::nullopt;
    std::lock_guard lock(mutex);
    return kinds.emplace(name, function->kind()).first->second;
  }

  template <class Item>
  absl::StatusOr<Results<ResultOf<Item>>> Compute(const std::vector<Item>& items, const CallOptions& call) {
    const absl::Time deadline = DeadlineOf(options, call);
    const std::vector<SplitPlan> plans =
        PlanStripes(items, options, [&](const std::string& name) { return KindOf(name, deadline); });
    std::vector<grpc::ByteBuffer> requests;
    if (plans.empty()) {
      requests.push_back(ToRequest(items, options.backend));
    } else {
      for (int64_t i = 0; i < plans[0].pieces; ++i) {
        requests.push_back(ToRequest(Stripe(items, plans, i), options.backend));
      }
    }
    const auto answers = CallAll(pool, options, deadline, Batch<Item>::kCall, requests);
    if (!answers.ok()) return answers.status();
    std::vector<Results<ResultOf<Item>>> stripes;
    for (const grpc::ByteBuffer& answer : *answers) {
      auto results = FromResponse<Item>(answer, items.size(), options.decode);
      if (!results.ok()) return results.status();
      stripes.push_back(*std::move(results));
    }
    if (plans.empty()) return std::move(stripes[0]);
    return JoinStripes<Item>(std::move(stripes), plans);
  }

  template <class Item>
  absl::StatusOr<ResultOf<Item>> ComputeOne(Item item, const CallOptions& call) {
    std::vector<Item> items;
    items.push_back(std::move(item));
    auto results = Compute(items, call);
    if (!results.ok()) return results.status();
    return std::move(results->front());
  }

  template <class Item>
  std::unique_ptr<Stream<Item>> OpenStream(const CallOptions& call) {
    return std::make_unique<Stream<Item>>(pool.Take(), NewContext(options, DeadlineOf(options, call)), options.backend,
                                          options.decode);
  }

  template <class Item>
  std::unique_ptr<Pipeline<Item>> OpenPipeline(typename Pipeline<Item>::OnAnswer on_answer,
                                               const PipelineOptions& pipeline) {
    return std::make_unique<Pipeline<Item>>(pool.Take(), NewContext(options, DeadlineOf(options, pipeline.call)),
                                            options.backend, options.decode, pipeline.in_flight, std::move(on_answer));
  }
};

namespace {

absl::Status Check(const ClientOptions& options) {
  if (options.connections < 1 || options.connections > 64) {
    return absl::InvalidArgumentError(absl::StrFormat("connections is %d; expected 1 to 64", options.connections));
  }
  if (options.stripe_bytes == 0) return absl::InvalidArgumentError("stripe_bytes is 0; expected 1 or more");
  const RetryOptions& retry = options.retry;
  if (retry.attempts < 1 || retry.attempts > 5) {
    return absl::InvalidArgumentError(absl::StrFormat("retry.attempts is %d; expected 1 to 5", retry.attempts));
  }
  if (retry.first_wait < absl::Milliseconds(1) || retry.longest_wait < retry.first_wait ||
      retry.longest_wait > absl::Hours(1)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("retry waits %s, and at most %s; expected 1 ms or more, and at most that long to an hour",
                        absl::FormatDuration(retry.first_wait), absl::FormatDuration(retry.longest_wait)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Client> Client::Connect(const std::string& target, const ClientOptions& options) {
  if (absl::Status status = Check(options); !status.ok()) return status;
  const absl::StatusOr<std::string> name = ToGrpcTarget(target);
  if (!name.ok()) return name.status();
  grpc::ChannelArguments unused;
  const auto credentials = MakeChannelCredentials(options.credentials, unused);  // as each channel will
  if (!credentials.ok()) return credentials.status();
  return Client(std::make_shared<State>(*name, options));
}

absl::StatusOr<Results<EvaluateResult>> Client::Evaluate(const std::vector<EvaluateItem>& items,
                                                         const CallOptions& call) const {
  return state_->Compute(items, call);
}
absl::StatusOr<Results<GradientResult>> Client::Gradient(const std::vector<GradientItem>& items,
                                                         const CallOptions& call) const {
  return state_->Compute(items, call);
}
absl::StatusOr<EvaluateResult> Client::Evaluate(EvaluateItem item, const CallOptions& call) const {
  return state_->ComputeOne(std::move(item), call);
}
absl::StatusOr<GradientResult> Client::Gradient(GradientItem item, const CallOptions& call) const {
  return state_->ComputeOne(std::move(item), call);
}

std::unique_ptr<EvaluateStream> Client::OpenEvaluateStream(const CallOptions& call) const {
  return state_->OpenStream<EvaluateItem>(call);
}
std::unique_ptr<GradientStream> Client::OpenGradientStream(const CallOptions& call) const {
  return state_->OpenStream<GradientItem>(call);
}

std::unique_ptr<EvaluatePipeline> Client::OpenEvaluatePipeline(EvaluatePipeline::OnAnswer on_answer,
                                                               const PipelineOptions& options) const {
  return state_->OpenPipeline<EvaluateItem>(std::move(on_answer), options);
}
std::unique_ptr<GradientPipeline> Client::OpenGradientPipeline(GradientPipeline::OnAnswer on_answer,
                                                               const PipelineOptions& options) const {
  return state_->OpenPipeline<GradientItem>(std::move(on_answer), options);
}

absl::StatusOr<std::vector<v1::Function>> Client::ListFunctions(const CallOptions& call) const {
  v1::ListFunctionsResponse response;
  absl::Status status = state_->Call(&v1::ActivationService::Stub::ListFunctions, DeadlineOf(state_->options, call),
                                     v1::ListFunctionsRequest(), &response);
  if (!status.ok()) return status;
  return std::vector<v1::Function>(std::move_iterator(response.mutable_functions()->begin()),
                                   std::move_iterator(response.mutable_functions()->end()));
}

absl::StatusOr<v1::Function> Client::GetFunction(const std::string& name, const CallOptions& call) const {
  return state_->GetFunction(name, DeadlineOf(state_->options, call));
}

absl::StatusOr<v1::ProfileResponse> Client::Profile(const v1::ProfileOptions& options,
                                                    const std::vector<Tensor>& tensors, const CallOptions& call) const {
  v1::ProfileRequest first;
  *first.mutable_options() = options;
  return state_->Analyse(&v1::ActivationService::Stub::Profile, DeadlineOf(state_->options, call), first, tensors);
}

absl::StatusOr<v1::CalibrateResponse> Client::Calibrate(const CalibrateQuestion& question,
                                                        const std::vector<Tensor>& tensors,
                                                        const CallOptions& call) const {
  v1::CalibrateRequest first;
  v1::CalibrateOptions& options = *first.mutable_options();
  options.set_function(question.function);
  absl::Status status = SetParameters(question.parameters, *options.mutable_parameters());
  if (!status.ok()) return status;
  for (const double target : question.targets) options.add_targets(target);
  return state_->Analyse(&v1::ActivationService::Stub::Calibrate, DeadlineOf(state_->options, call), first, tensors);
}

absl::StatusOr<v1::SubstituteResponse> Client::Substitute(const SubstituteQuestion& question,
                                                          const CallOptions& call) const {
  v1::SubstituteRequest request;
  request.set_function(question.function);
  absl::Status status = SetParameters(question.parameters, *request.mutable_parameters());
  if (!status.ok()) return status;
  for (const std::string& candidate : question.candidates) request.add_candidates(candidate);
  if (question.target_sparsity.has_value()) request.set_target_sparsity(*question.target_sparsity);
  *request.mutable_input() = ToMessage(question.input);
  v1::SubstituteResponse response;
  status =
      state_->Call(&v1::ActivationService::Stub::Substitute, DeadlineOf(state_->options, call), request, &response);
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<bool> Client::IsServing(const CallOptions& call) const {
  const ChannelPool::Lease place = state_->pool.Take();
  grpc::health::v1::Health::Stub stub(place.channel());
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(v1::ActivationService::service_full_name());
  grpc::health::v1::HealthCheckResponse response;
  const auto context = NewContext(state_->options, DeadlineOf(state_->options, call));
  const absl::Status status = FromGrpc(stub.Check(context.get(), request, &response));
  if (!status.ok()) return status;
  return response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
}

}  // namespace actserve::client
