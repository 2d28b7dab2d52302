#include "tests/client/fake_service.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>
#include <vector>

#include "absl/strings/str_format.h"
#include "client/cpp/tensor.h"
#include "client/cpp/wire.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "proto/enums.h"

namespace actserve::testing {
namespace {

using client::Tensor;

constexpr int kLimit = 4 << 20;  // gRPC's customary one

v1::Function Describe(const std::string& name, v1::FunctionKind kind, const std::string& formula) {
  v1::Function function;
  function.set_name(name);
  function.set_kind(kind);
  function.set_formula(formula);
  for (const DataType type : kDataTypes) function.add_data_types(ToWire(type));
  return function;
}

std::vector<v1::Function> Catalogue() {
  v1::Function twice = Describe("double", v1::FUNCTION_KIND_ELEMENTWISE, "scale * x");
  twice.add_aliases("twice");
  twice.set_summary("A number, scaled.");
  twice.set_derivative("scale");
  twice.set_reference("Euclid, Elements V");
  twice.set_usage("book-keeping by double entry");
  v1::ParameterInfo* scale = twice.add_parameters();
  scale->set_name("scale");
  scale->set_summary("the factor");
  scale->set_shape(v1::PARAMETER_SHAPE_SCALAR);
  scale->set_learnable(true);
  scale->set_default_value(2);
  scale->set_min(0.5);
  scale->set_max(std::numeric_limits<double>::infinity());
  v1::Limits* limits = twice.mutable_limits();
  limits->set_value_at_minus_infinity(-std::numeric_limits<double>::infinity());
  limits->set_value_at_plus_infinity(std::numeric_limits<double>::infinity());
  limits->set_derivative_at_minus_infinity(2);
  limits->set_derivative_at_zero(2);
  limits->set_derivative_at_plus_infinity(2);
  v1::Function per_channel = Describe("perchannel", v1::FUNCTION_KIND_PER_CHANNEL, "a[c] * x");
  v1::ParameterInfo* a = per_channel.add_parameters();
  a->set_name("a");
  a->set_shape(v1::PARAMETER_SHAPE_CHANNELS);
  a->set_required(true);
  return {twice, Describe("cap", v1::FUNCTION_KIND_ELEMENTWISE, "min(x, 1)"),
          Describe("rowsum", v1::FUNCTION_KIND_ROWWISE, "sum of the row"), per_channel};
}

Tensor FromMessage(const v1::Tensor& message) {
  const std::vector<int64_t> dims(message.shape().begin(), message.shape().end());
  return *Tensor::Make(*client::FromWire(message.data_type()), *Shape::Make(dims), message.data());
}

void ToMessage(std::span<const double> values, const v1::Tensor& like, v1::DataType type, v1::Tensor* message) {
  const std::vector<int64_t> dims(like.shape().begin(), like.shape().end());
  if (type == v1::DATA_TYPE_UNSPECIFIED) type = like.data_type();
  const Tensor tensor = Tensor::Make(values, dims)->Cast(*client::FromWire(type));
  message->set_data_type(type);
  *message->mutable_shape() = like.shape();
  *message->mutable_data() = std::string(tensor.bytes());
}

template <class Item>
const v1::Parameter* Find(const Item& item, const std::string& name) {
  for (const v1::Parameter& parameter : item.parameters()) {
    if (parameter.name() == name) return &parameter;
  }
  return nullptr;
}

// `values` through the function: x for Evaluate; the upstream for Gradient, since all four are linear but cap.
template <class Item>
std::string Apply(const Item& item, const std::vector<double>& x, std::vector<double>& values) {
  const std::string& name = item.function();
  if (name == "double" || name == "twice") {
    const v1::Parameter* scale = Find(item, "scale");
    if (scale != nullptr && scale->scalar() < 0.5) return "parameter scale is too small";
    for (double& value : values) value *= scale == nullptr ? 2 : scale->scalar();
  } else if (name == "cap") {
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = &x == &values ? std::min(x[i], 1.0) : (x[i] < 1 ? values[i] : 0);
  } else if (name == "rowsum") {
    const auto& shape = item.input().shape();
    const size_t row = shape.empty() ? 1 : static_cast<size_t>(*shape.rbegin());
    for (size_t i = 0; row != 0 && i < values.size(); i += row) {
      double sum = 0;
      for (size_t k = 0; k < row; ++k) sum += values[i + k];
      std::fill_n(values.begin() + static_cast<ptrdiff_t>(i), row, sum);
    }
  } else {
    const v1::Parameter* a = Find(item, "a");
    if (a == nullptr) return "parameter a is missing";
    const std::vector<double> slopes = FromMessage(a->tensor()).ToDoubles();
    for (size_t i = 0; i < values.size(); ++i)
      values[i] *= slopes[i % slopes.size()];  // the last axis has the channels
  }
  return "";
}

bool Known(const std::string& name) {
  return name == "double" || name == "twice" || name == "cap" || name == "rowsum" || name == "perchannel";
}

template <class Item>
bool Check(const Item& item, int index, const std::string& error, v1::ItemStatus* status) {
  if (!Known(item.function())) {
    status->set_code(5);
    status->set_message(absl::StrFormat("items[%d]: there is no function '%s'", index, item.function()));
    status->set_field(absl::StrFormat("items[%d].function", index));
  } else if (!error.empty()) {
    status->set_code(3);
    status->set_message(absl::StrFormat("items[%d]: %s", index, error));
    status->set_field(absl::StrFormat("items[%d].parameters", index));
  }
  return status->code() == 0;
}

void Answer(const v1::EvaluateRequest& request, v1::EvaluateResponse* response) {
  for (int i = 0; i < request.items_size(); ++i) {
    const v1::EvaluateItem& item = request.items(i);
    v1::EvaluateResult* result = response->add_results();
    std::vector<double> values = FromMessage(item.input()).ToDoubles();
    const std::string error = Known(item.function()) ? Apply(item, values, values) : "";
    if (!Check(item, i, error, result->mutable_status())) continue;
    result->set_backend(v1::BACKEND_CPU);
    result->set_compute_time_ns(1000);
    ToMessage(values, item.input(), item.output_type(), result->mutable_output());
  }
}

void Answer(const v1::GradientRequest& request, v1::GradientResponse* response) {
  for (int i = 0; i < request.items_size(); ++i) {
    const v1::GradientItem& item = request.items(i);
    v1::GradientResult* result = response->add_results();
    const std::vector<double> x = FromMessage(item.input()).ToDoubles();
    const std::vector<double> upstream =
        item.has_upstream() ? FromMessage(item.upstream()).ToDoubles() : std::vector<double>(x.size(), 1);
    std::vector<double> values = upstream;
    const std::string error = Known(item.function()) ? Apply(item, x, values) : "";
    if (!Check(item, i, error, result->mutable_status())) continue;
    result->set_backend(v1::BACKEND_CPU);
    ToMessage(values, item.input(), item.output_type(), result->mutable_input_gradient());
    for (const v1::Parameter& parameter : item.parameters()) {
      if (item.input_gradient_only()) break;
      v1::Parameter* gradient = result->add_parameter_gradients();
      gradient->set_name(parameter.name());
      if (parameter.has_tensor()) {
        ToMessage(FromMessage(parameter.tensor()).ToDoubles(), parameter.tensor(), v1::DATA_TYPE_UNSPECIFIED,
                  gradient->mutable_tensor());
        continue;
      }
      double sum = 0;
      for (size_t k = 0; k < x.size(); ++k) sum += upstream[k] * x[k];
      gradient->set_scalar(sum);
    }
  }
}

grpc::Status Full(int retry_ms) {
  google::rpc::Status details;
  details.set_code(8);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(retry_ms / 1000);
  retry.mutable_retry_delay()->set_nanos(retry_ms % 1000 * 1'000'000);
  details.add_details()->PackFrom(retry);
  return grpc::Status(grpc::RESOURCE_EXHAUSTED, "the queue is full", details.SerializeAsString());
}

grpc::Status Empty() {
  google::rpc::Status details;
  details.set_code(3);
  google::rpc::BadRequest bad;
  bad.add_field_violations()->set_field("items");
  details.add_details()->PackFrom(bad);
  return grpc::Status(grpc::INVALID_ARGUMENT, "items: the request has none", details.SerializeAsString());
}

}  // namespace

std::set<std::string> FakeService::peers() {
  std::lock_guard lock(mutex_);
  return peers_;
}

void FakeService::Saw(const grpc::ServerContext& context) {
  std::lock_guard lock(mutex_);
  peers_.insert(context.peer());
}

std::optional<grpc::Status> FakeService::Refuse(grpc::ServerContext& context) {
  if (!full && (refusals <= 0 || refusals-- <= 0)) return std::nullopt;
  context.AddTrailingMetadata("grpc-retry-pushback-ms", std::to_string(retry_ms));
  return Full(retry_ms);
}

template <class Request, class Response>
grpc::Status FakeService::AnswerOne(grpc::ServerContext* context, const Request& request, Response* response) {
  Saw(*context);
  size_t largest = largest_message;
  while (largest < request.ByteSizeLong() && !largest_message.compare_exchange_weak(largest, request.ByteSizeLong())) {
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
  if (const auto refused = Refuse(*context)) return *refused;
  if (request.items_size() == 0) return Empty();
  Answer(request, response);
  return grpc::Status::OK;
}

template <class Request, class Response>
grpc::Status FakeService::AnswerStream(grpc::ServerContext* context,
                                       grpc::ServerReaderWriter<Response, Request>* stream) {
  Request request;
  for (int i = 0; stream->Read(&request); ++i) {
    ++streamed_messages;
    if (i == fail_stream_at) return grpc::Status(grpc::ABORTED, "the stream was told to fail");
    Response response;
    grpc::Status status = AnswerOne(context, request, &response);
    if (!status.ok()) return status;
    stream->Write(response);
  }
  return grpc::Status::OK;
}

grpc::Status FakeService::Evaluate(grpc::ServerContext* context, const v1::EvaluateRequest* request,
                                   v1::EvaluateResponse* response) {
  ++unary_calls;
  return AnswerOne(context, *request, response);
}

grpc::Status FakeService::Gradient(grpc::ServerContext* context, const v1::GradientRequest* request,
                                   v1::GradientResponse* response) {
  ++unary_calls;
  return AnswerOne(context, *request, response);
}

grpc::Status FakeService::EvaluateStream(grpc::ServerContext* context,
                                         grpc::ServerReaderWriter<v1::EvaluateResponse, v1::EvaluateRequest>* stream) {
  return AnswerStream(context, stream);
}

grpc::Status FakeService::GradientStream(grpc::ServerContext* context,
                                         grpc::ServerReaderWriter<v1::GradientResponse, v1::GradientRequest>* stream) {
  return AnswerStream(context, stream);
}

grpc::Status FakeService::ListFunctions(grpc::ServerContext*, const v1::ListFunctionsRequest*,
                                        v1::ListFunctionsResponse* response) {
  for (const v1::Function& function : Catalogue()) *response->add_functions() = function;
  return grpc::Status::OK;
}

grpc::Status FakeService::GetFunction(grpc::ServerContext*, const v1::GetFunctionRequest* request,
                                      v1::Function* response) {
  for (const v1::Function& function : Catalogue()) {
    const bool alias = std::ranges::find(function.aliases(), request->name()) != function.aliases().end();
    if (function.name() != request->name() && !alias) continue;
    *response = function;
    return grpc::Status::OK;
  }
  return grpc::Status(grpc::NOT_FOUND, absl::StrFormat("there is no function '%s'", request->name()));
}

FakeServer::FakeServer(const std::string& address) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(kLimit);
  builder.RegisterService(&service_);
  server_ = builder.BuildAndStart();
  address_ = absl::StrFormat("127.0.0.1:%d", port);
}

FakeServer::~FakeServer() { server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1)); }

}  // namespace actserve::testing
