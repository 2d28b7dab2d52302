#include "client/cpp/split.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "client/cpp/wire.h"

namespace actserve::client {
namespace {

// As activation.proto defines it where no axis is given.
int DefaultAxis(v1::FunctionKind kind, int rank) {
  return kind == v1::FUNCTION_KIND_PER_CHANNEL ? std::min(1, rank - 1) : rank - 1;
}

// What differs between the two directions.
const Tensor* UpstreamOf(const EvaluateItem&) { return nullptr; }
const Tensor* UpstreamOf(const GradientItem& item) { return item.upstream.has_value() ? &*item.upstream : nullptr; }
bool WantsSums(const EvaluateItem&) { return false; }
bool WantsSums(const GradientItem& item) { return !item.input_gradient_only && !item.parameters.empty(); }
Tensor& OutputOf(EvaluateResult& result) { return result.output; }
Tensor& OutputOf(GradientResult& result) { return result.input_gradient; }

template <class Item>
size_t ElementBytes(const Item& item) {
  const Tensor* upstream = UpstreamOf(item);
  const size_t inputs = item.gate.has_value() ? 2 : 1;
  const size_t sent = SizeOf(item.input.type()) * inputs + (upstream == nullptr ? 0 : SizeOf(upstream->type()));
  return std::max(sent, SizeOf(item.output_type.value_or(item.input.type())) * inputs);
}

// Whether a gated function may have other than two operands in its input: those are left whole.
template <class Item>
bool HasPieces(const Item& item) {
  const auto& parameters = item.parameters;
  return std::any_of(parameters.begin(), parameters.end(), [](const Parameter& p) { return p.name == "pieces"; });
}

// The shape of y where the input has both of a gated function's operands, along the axis; none if it cannot.
std::optional<Shape> HalfOf(const Shape& shape, std::optional<int> axis) {
  std::vector<int64_t> dims(shape.dims().begin(), shape.dims().end());
  const int rank = shape.rank();
  int along = axis.value_or(rank - 1);
  if (along < 0) along += rank;
  if (along < 0 || along >= rank || dims[along] % 2 != 0) return std::nullopt;
  dims[along] /= 2;
  return *Shape::Make(dims);
}

template <class Item>
std::optional<SplitPlan> PlanItem(const Item& item, v1::FunctionKind kind, size_t piece_bytes) {
  if (WantsSums(item)) return std::nullopt;
  if (item.encoding == Encoding::kTwoFour) return std::nullopt;  // an error says which of the item's groups is wrong
  const Shape& shape = item.input.shape();
  std::optional<Shape> value = shape;  // y's
  if (kind == v1::FUNCTION_KIND_GATED && item.gate.has_value()) kind = v1::FUNCTION_KIND_ELEMENTWISE;
  if (kind == v1::FUNCTION_KIND_GATED) value = HasPieces(item) ? std::nullopt : HalfOf(shape, item.axis);
  if (!value.has_value()) return std::nullopt;
  const Tensor* upstream = UpstreamOf(item);
  if (upstream != nullptr && upstream->shape() != *value) return std::nullopt;
  if (item.gate.has_value() && item.gate->shape() != shape) return std::nullopt;
  std::optional<int> axis = item.axis;
  const Quantization* const of_gate = item.gate.has_value() ? item.gate->quantization() : nullptr;
  for (const Quantization* quantization : {item.input.quantization(), of_gate, &item.output_quantization}) {
    if (quantization == nullptr || !quantization->axis.has_value()) continue;
    // Every piece has all scales: it is cut along dimension 0, if that is not theirs.
    const int of_scales = *quantization->axis + (*quantization->axis < 0 ? shape.rank() : 0);
    if (of_scales <= 0) return std::nullopt;
    if (kind == v1::FUNCTION_KIND_ELEMENTWISE && !axis.has_value()) axis = of_scales;
  }
  std::optional<SplitPlan> plan = PlanSplit(shape, kind, axis, ElementBytes(item), piece_bytes);
  if (plan.has_value() && std::is_same_v<Item, EvaluateItem>) plan->output = *value;
  return plan;
}

template <class Item>
size_t BytesOf(const Item& item) {
  size_t bytes = static_cast<size_t>(item.input.elements()) * ElementBytes(item);
  for (const Parameter& parameter : item.parameters) {
    if (const Tensor* tensor = std::get_if<Tensor>(&parameter.value)) bytes += tensor->size();
  }
  return bytes;
}

// Of the plan's shape, or one that differs from it beyond dimension 0, as an upstream may.
Tensor Cut(const Tensor& tensor, const SplitPlan& plan, int64_t piece) {
  const absl::StatusOr<Tensor> shaped = tensor.Reshape(plan.shape);
  return (shaped.ok() ? *shaped : tensor).Slice(plan.begin(piece), plan.end(piece));
}
std::optional<Tensor> Cut(const std::optional<Tensor>& tensor, const SplitPlan& plan, int64_t piece) {
  if (!tensor.has_value()) return std::nullopt;
  return Cut(*tensor, plan, piece);
}

// Of the tensors that get(piece) gives.
template <class Result, class Get>
absl::StatusOr<Tensor> JoinTensors(std::vector<Result>& pieces, const Shape& shape, Get get) {
  const DataType type = get(pieces.front()).type();
  const Quantization* of_first = get(pieces.front()).quantization();
  Quantization quantization = of_first == nullptr ? Quantization() : *of_first;
  absl::Cord bytes;
  for (Result& piece : pieces) {
    const Tensor& part = get(piece);
    if (part.type() != type) return Nonsense("pieces of one tensor are of different types");
    if (part.quantization() != nullptr && !(*part.quantization() == quantization)) {
      return Nonsense("pieces of one tensor have different scales");
    }
    bytes.Append(part.Share());
  }
  absl::StatusOr<Tensor> tensor = Tensor::Make(type, shape, std::move(bytes), std::move(quantization));
  if (!tensor.ok()) return Nonsense("its pieces do not make up the tensor that was sent");
  return tensor;
}

template <class Result>
absl::StatusOr<Result> JoinAll(std::vector<Result> pieces, const Shape& shape) {
  if (pieces.empty()) return Nonsense("no piece of the tensor came back");
  absl::StatusOr<Tensor> output = JoinTensors(pieces, shape, [](Result& piece) -> Tensor& { return OutputOf(piece); });
  if (!output.ok()) return output.status();
  Result whole{*std::move(output)};
  whole.backend = pieces.front().backend;
  for (const Result& piece : pieces) {
    whole.compute_time += piece.compute_time;
    whole.received_bytes += piece.received_bytes;
  }
  if (pieces.size() == 1) whole.sparse = std::move(pieces.front().sparse);
  return whole;
}

}  // namespace

std::optional<SplitPlan> PlanSplit(const Shape& shape, v1::FunctionKind kind, std::optional<int> axis,
                                   size_t bytes_per_element, size_t piece_bytes) {
  SplitPlan plan;
  plan.output = shape;
  if (kind == v1::FUNCTION_KIND_ELEMENTWISE && !axis.has_value()) {
    const int64_t dims[] = {shape.elements()};
    plan.shape = *Shape::Make(dims);
  } else {
    const int rank = shape.rank();
    int along = axis.value_or(DefaultAxis(kind, rank));
    if (along < 0) along += rank;
    if (along <= 0 || along >= rank) return std::nullopt;
    plan.shape = shape;
  }
  const size_t slice_bytes = static_cast<size_t>(plan.shape.inner(0)) * bytes_per_element;
  if (slice_bytes == 0 || slice_bytes > piece_bytes || plan.shape.dim(0) == 0) return std::nullopt;
  const auto slices_per_piece = static_cast<int64_t>(piece_bytes / slice_bytes);
  plan.pieces = (plan.shape.dim(0) - 1) / slices_per_piece + 1;
  return plan;
}

std::optional<SplitPlan> PlanSplit(const EvaluateItem& item, v1::FunctionKind kind, size_t piece_bytes) {
  return PlanItem(item, kind, piece_bytes);
}
std::optional<SplitPlan> PlanSplit(const GradientItem& item, v1::FunctionKind kind, size_t piece_bytes) {
  return PlanItem(item, kind, piece_bytes);
}

size_t MessageBytes(const EvaluateItem& item) { return BytesOf(item); }
size_t MessageBytes(const GradientItem& item) { return BytesOf(item); }

EvaluateItem Piece(const EvaluateItem& item, const SplitPlan& plan, int64_t piece) {
  return {item.function,
          Cut(item.input, plan, piece),
          item.parameters,
          item.axis,
          item.output_type,
          item.output_quantization,
          item.overflow,
          item.encoding,
          Cut(item.gate, plan, piece),
          item.layout};
}

GradientItem Piece(const GradientItem& item, const SplitPlan& plan, int64_t piece) {
  GradientItem part{item.function,
                    Cut(item.input, plan, piece),
                    {},
                    item.parameters,
                    item.axis,
                    item.output_type,
                    true,
                    item.output_quantization,
                    item.overflow,
                    item.encoding,
                    Cut(item.gate, plan, piece),
                    item.layout};
  part.upstream = Cut(item.upstream, plan, piece);
  return part;
}

absl::StatusOr<EvaluateResult> Join(std::vector<EvaluateResult> pieces, const Shape& shape) {
  return JoinAll(std::move(pieces), shape);
}
absl::StatusOr<GradientResult> Join(std::vector<GradientResult> pieces, const Shape& shape) {
  const auto has_gate = [](const GradientResult& piece) { return piece.gate_gradient.has_value(); };
  const auto gates = static_cast<size_t>(std::count_if(pieces.begin(), pieces.end(), has_gate));
  if (gates == 0) return JoinAll(std::move(pieces), shape);
  if (gates != pieces.size()) return Nonsense("some of a tensor's pieces have no gradient of their gate");
  absl::StatusOr<Tensor> gate =
      JoinTensors(pieces, shape, [](GradientResult& piece) -> Tensor& { return *piece.gate_gradient; });
  if (!gate.ok()) return gate.status();
  absl::StatusOr<GradientResult> whole = JoinAll(std::move(pieces), shape);
  if (whole.ok()) whole->gate_gradient = *std::move(gate);
  return whole;
}

}  // namespace actserve::client
