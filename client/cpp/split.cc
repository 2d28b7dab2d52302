#include "client/cpp/split.h"

#include <algorithm>
#include <utility>

#include "absl/strings/cord.h"
#include "client/cpp/wire.h"

namespace actserve::client {
namespace {

// As activation.proto defines it where no axis is given.
int DefaultAxis(v1::FunctionKind kind, int rank) {
  return kind == v1::FUNCTION_KIND_ROWWISE ? rank - 1 : std::min(1, rank - 1);
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
  const size_t sent = SizeOf(item.input.type()) + (upstream == nullptr ? 0 : SizeOf(upstream->type()));
  return std::max(sent, SizeOf(item.output_type.value_or(item.input.type())));
}

template <class Item>
std::optional<SplitPlan> PlanItem(const Item& item, v1::FunctionKind kind, size_t piece_bytes) {
  if (WantsSums(item)) return std::nullopt;
  if (item.encoding == Encoding::kTwoFour) return std::nullopt;  // an error says which of the item's groups is wrong
  const Tensor* upstream = UpstreamOf(item);
  if (upstream != nullptr && upstream->shape() != item.input.shape()) return std::nullopt;
  std::optional<int> axis = item.axis;
  for (const Quantization* quantization : {item.input.quantization(), &item.output_quantization}) {
    if (quantization == nullptr || !quantization->axis.has_value()) continue;
    // Every piece has all scales: it is cut along dimension 0, if that is not theirs.
    const int of_scales = *quantization->axis + (*quantization->axis < 0 ? item.input.shape().rank() : 0);
    if (of_scales <= 0) return std::nullopt;
    if (kind == v1::FUNCTION_KIND_ELEMENTWISE && !axis.has_value()) axis = of_scales;
  }
  return PlanSplit(item.input.shape(), kind, axis, ElementBytes(item), piece_bytes);
}

template <class Item>
size_t BytesOf(const Item& item) {
  size_t bytes = static_cast<size_t>(item.input.elements()) * ElementBytes(item);
  for (const Parameter& parameter : item.parameters) {
    if (const Tensor* tensor = std::get_if<Tensor>(&parameter.value)) bytes += tensor->size();
  }
  return bytes;
}

Tensor Cut(const Tensor& tensor, const SplitPlan& plan, int64_t piece) {
  return tensor.Reshape(plan.shape)
      ->Slice(plan.begin(piece), plan.end(piece));  // as many elements: PlanSplit saw to it
}

template <class Result>
absl::StatusOr<Result> JoinAll(std::vector<Result> pieces, const Shape& shape) {
  if (pieces.empty()) return Nonsense("no piece of the tensor came back");
  Result whole = std::move(pieces.front());
  const DataType type = OutputOf(whole).type();
  const Quantization* of_first = OutputOf(whole).quantization();
  Quantization quantization = of_first == nullptr ? Quantization() : *of_first;
  absl::Cord bytes = OutputOf(whole).Share();
  for (size_t i = 1; i < pieces.size(); ++i) {
    if (OutputOf(pieces[i]).type() != type) return Nonsense("pieces of one tensor are of different types");
    const Quantization* other = OutputOf(pieces[i]).quantization();
    if (other != nullptr && !(*other == quantization)) return Nonsense("pieces of one tensor have different scales");
    bytes.Append(OutputOf(pieces[i]).Share());
    whole.compute_time += pieces[i].compute_time;
    whole.received_bytes += pieces[i].received_bytes;
  }
  absl::StatusOr<Tensor> output = Tensor::Make(type, shape, std::move(bytes), std::move(quantization));
  if (!output.ok()) return Nonsense("its pieces do not make up the tensor that was sent");
  OutputOf(whole) = *std::move(output);
  if (pieces.size() > 1) whole.sparse.reset();
  return whole;
}

}  // namespace

std::optional<SplitPlan> PlanSplit(const Shape& shape, v1::FunctionKind kind, std::optional<int> axis,
                                   size_t bytes_per_element, size_t piece_bytes) {
  SplitPlan plan;
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
  return {item.function,    Cut(item.input, plan, piece), item.parameters, item.axis,
          item.output_type, item.output_quantization,     item.overflow,   item.encoding};
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
                    item.encoding};
  if (item.upstream.has_value()) part.upstream = Cut(*item.upstream, plan, piece);
  return part;
}

absl::StatusOr<EvaluateResult> Join(std::vector<EvaluateResult> pieces, const Shape& shape) {
  return JoinAll(std::move(pieces), shape);
}
absl::StatusOr<GradientResult> Join(std::vector<GradientResult> pieces, const Shape& shape) {
  return JoinAll(std::move(pieces), shape);
}

}  // namespace actserve::client
