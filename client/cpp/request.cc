#include "client/cpp/wire.h"

#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "client/cpp/errors.h"

namespace actserve::client {
namespace {

absl::Status Nonsense(std::string what) { return absl::InternalError("the server's answer makes no sense: " + what); }

void Fill(Tensor tensor, v1::Tensor* message) {
  message->set_data_type(ToWire(tensor.type()));
  for (const int64_t dim : tensor.shape().dims()) message->add_shape(dim);
  *message->mutable_data() = std::move(tensor).Release();
}

absl::StatusOr<Tensor> FromMessage(v1::Tensor message) {
  const absl::StatusOr<DataType> type = FromWire(message.data_type());
  if (!type.ok()) return type.status();
  const std::vector<int64_t> dims(message.shape().begin(), message.shape().end());
  const absl::StatusOr<Shape> shape = Shape::Make(dims);
  if (!shape.ok()) return Nonsense(std::string(shape.status().message()));
  absl::StatusOr<Tensor> tensor = Tensor::Make(*type, *shape, std::move(*message.mutable_data()));
  if (!tensor.ok()) return Nonsense(std::string(tensor.status().message()));
  return tensor;
}

Backend FromMessage(v1::Backend backend) { return backend == v1::BACKEND_CUDA ? Backend::kCuda : Backend::kCpu; }

v1::Backend ToMessage(Backend backend) {
  switch (backend) {
    case Backend::kAuto: return v1::BACKEND_UNSPECIFIED;
    case Backend::kCpu: return v1::BACKEND_CPU;
    case Backend::kCuda: return v1::BACKEND_CUDA;
  }
  return v1::BACKEND_UNSPECIFIED;
}

template <class Item, class Message>
void FillCommon(Item& item, Message* message) {
  message->set_function(std::move(item.function));
  for (Parameter& parameter : item.parameters) {
    v1::Parameter* to = message->add_parameters();
    to->set_name(std::move(parameter.name));
    if (const double* scalar = std::get_if<double>(&parameter.value)) {
      to->set_scalar(*scalar);
    } else {
      Fill(std::move(std::get<Tensor>(parameter.value)), to->mutable_tensor());
    }
  }
  if (item.axis.has_value()) message->set_axis(*item.axis);
  if (item.output_type.has_value()) message->set_output_type(ToWire(*item.output_type));
  Fill(std::move(item.input), message->mutable_input());
}

void Fill(EvaluateItem item, v1::EvaluateItem* message) { FillCommon(item, message); }

void Fill(GradientItem item, v1::GradientItem* message) {
  FillCommon(item, message);
  message->set_input_gradient_only(item.input_gradient_only);
  if (item.upstream.has_value()) Fill(std::move(*item.upstream), message->mutable_upstream());
}

absl::StatusOr<EvaluateResult> FromMessage(v1::EvaluateResult message) {
  if (absl::Status status = FromItem(message.status()); !status.ok()) return status;
  if (!message.has_output()) return Nonsense("a result without an output");
  absl::StatusOr<Tensor> output = FromMessage(std::move(*message.mutable_output()));
  if (!output.ok()) return output.status();
  return EvaluateResult{*std::move(output), FromMessage(message.backend()),
                        absl::Nanoseconds(message.compute_time_ns())};
}

absl::StatusOr<GradientResult> FromMessage(v1::GradientResult message) {
  if (absl::Status status = FromItem(message.status()); !status.ok()) return status;
  if (!message.has_input_gradient()) return Nonsense("a result without an input gradient");
  absl::StatusOr<Tensor> gradient = FromMessage(std::move(*message.mutable_input_gradient()));
  if (!gradient.ok()) return gradient.status();
  GradientResult result{
      *std::move(gradient), {}, FromMessage(message.backend()), absl::Nanoseconds(message.compute_time_ns())};
  for (v1::Parameter& parameter : *message.mutable_parameter_gradients()) {
    if (parameter.has_tensor()) {
      absl::StatusOr<Tensor> value = FromMessage(std::move(*parameter.mutable_tensor()));
      if (!value.ok()) return value.status();
      result.parameter_gradients.push_back({parameter.name(), *std::move(value)});
    } else {
      result.parameter_gradients.push_back({parameter.name(), parameter.scalar()});
    }
  }
  return result;
}

}  // namespace

v1::DataType ToWire(DataType type) {
  switch (type) {
    case DataType::kF64: return v1::DATA_TYPE_F64;
    case DataType::kF32: return v1::DATA_TYPE_F32;
    case DataType::kF16: return v1::DATA_TYPE_F16;
    case DataType::kBF16: return v1::DATA_TYPE_BF16;
  }
  return v1::DATA_TYPE_UNSPECIFIED;
}

absl::StatusOr<DataType> FromWire(v1::DataType type) {
  for (const DataType known : kDataTypes) {
    if (ToWire(known) == type) return known;
  }
  return Nonsense(absl::StrFormat("data type %d", static_cast<int>(type)));
}

template <class Item>
typename Batch<Item>::Request ToRequest(std::vector<Item> items, Backend backend) {
  typename Batch<Item>::Request request;
  request.set_backend(ToMessage(backend));
  for (Item& item : items) Fill(std::move(item), request.add_items());
  return request;
}

template <class Item>
absl::StatusOr<Results<ResultOf<Item>>> FromResponse(typename Batch<Item>::Response response, size_t expected) {
  if (static_cast<size_t>(response.results_size()) != expected) {
    return Nonsense(absl::StrFormat("%d results for %d items", response.results_size(), expected));
  }
  Results<ResultOf<Item>> results;
  results.reserve(expected);
  for (auto& result : *response.mutable_results()) results.push_back(FromMessage(std::move(result)));
  return results;
}

template v1::EvaluateRequest ToRequest<EvaluateItem>(std::vector<EvaluateItem>, Backend);
template v1::GradientRequest ToRequest<GradientItem>(std::vector<GradientItem>, Backend);
template absl::StatusOr<Results<EvaluateResult>> FromResponse<EvaluateItem>(v1::EvaluateResponse, size_t);
template absl::StatusOr<Results<GradientResult>> FromResponse<GradientItem>(v1::GradientResponse, size_t);

}  // namespace actserve::client
