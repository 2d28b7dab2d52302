#include "client/cli/transfer.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_format.h"
#include "client/cli/split.h"

namespace actserve::client {
namespace {

// What differs between the two directions.
auto Open(const Client& client, const EvaluateItem*) { return client.OpenEvaluateStream(); }
auto Open(const Client& client, const GradientItem*) { return client.OpenGradientStream(); }
absl::StatusOr<Results<EvaluateResult>> Call(const Client& client, std::vector<EvaluateItem> items) {
  return client.Evaluate(std::move(items));
}
absl::StatusOr<Results<GradientResult>> Call(const Client& client, std::vector<GradientItem> items) {
  return client.Gradient(std::move(items));
}
Tensor& OutputOf(EvaluateResult& result) { return result.output; }
Tensor& OutputOf(GradientResult& result) { return result.input_gradient; }
const Tensor* UpstreamOf(const EvaluateItem&) { return nullptr; }
const Tensor* UpstreamOf(const GradientItem& item) { return item.upstream.has_value() ? &*item.upstream : nullptr; }
bool WantsSums(const EvaluateItem&) { return false; }
bool WantsSums(const GradientItem& item) { return !item.input_gradient_only && !item.parameters.empty(); }

// What an element of the input takes in the larger of the two messages.
template <class Item>
size_t ElementBytes(const Item& item) {
  const size_t sent = SizeOf(item.input.type()) * (UpstreamOf(item) == nullptr ? 1 : 2);
  return std::max(sent, SizeOf(item.output_type.value_or(item.input.type())));
}

template <class Item>
size_t BytesOf(const Item& item) {
  size_t bytes = static_cast<size_t>(item.input.elements()) * ElementBytes(item);
  for (const Parameter& parameter : item.parameters) {
    if (const Tensor* tensor = std::get_if<Tensor>(&parameter.value)) bytes += tensor->bytes().size();
  }
  return bytes;
}

// A piece of an item whose tensors have the plan's shape.
EvaluateItem Cut(const EvaluateItem& item, int64_t begin, int64_t end) {
  return {item.function, item.input.Slice(begin, end), item.parameters, item.axis, item.output_type};
}
GradientItem Cut(const GradientItem& item, int64_t begin, int64_t end) {
  GradientItem piece{item.function, item.input.Slice(begin, end), {}, item.parameters, item.axis, item.output_type,
                     true};
  if (item.upstream.has_value()) piece.upstream = item.upstream->Slice(begin, end);
  return piece;
}

void Reshape(EvaluateItem& item, const Shape& shape) { item.input = *std::move(item.input).Reshape(shape); }
void Reshape(GradientItem& item, const Shape& shape) {
  item.input = *std::move(item.input).Reshape(shape);
  if (item.upstream.has_value()) item.upstream = *std::move(*item.upstream).Reshape(shape);
}

template <class Item>
std::optional<SplitPlan> PlanFor(const Client& client, const Item& item, const TransferOptions& options) {
  if (WantsSums(item)) return std::nullopt;
  const Tensor* upstream = UpstreamOf(item);
  // A wrong upstream is the server's to explain.
  if (upstream != nullptr && upstream->shape() != item.input.shape()) return std::nullopt;
  const absl::StatusOr<v1::Function> function = client.GetFunction(item.function);
  if (!function.ok()) return std::nullopt;  // the call itself will say so
  return PlanSplit(item.input.shape(), function->kind(), item.axis, ElementBytes(item), options.piece_bytes);
}

// Pieces are written by one thread while this one reads: flow control keeps few of them in memory.
template <class Item>
absl::StatusOr<ResultOf<Item>> ComputeInPieces(const Client& client, Item item, const SplitPlan& plan,
                                               Progress& progress) {
  const Shape shape = item.input.shape();
  const int64_t piece_bytes = plan.slices_per_piece * plan.shape.inner(0) * SizeOf(item.input.type());
  Reshape(item, plan.shape);
  auto stream = Open(client, &item);
  std::thread writer([&] {
    for (int64_t piece = 0; piece < plan.pieces(); ++piece) {
      std::vector<Item> batch;
      batch.push_back(Cut(item, plan.begin(piece), plan.end(piece)));
      if (!stream->Write(std::move(batch)).ok()) return;  // Read says why
    }
    stream->CloseWrites().IgnoreError();
  });

  const auto read_all = [&]() -> absl::StatusOr<ResultOf<Item>> {
    ResultOf<Item> whole;
    std::string bytes;
    while (true) {
      auto results = stream->Read();
      if (!results.ok()) return results.status();
      if (!results->has_value()) break;
      auto& result = (*results)->front();
      if (!result.ok()) return result.status();
      Tensor& output = OutputOf(*result);
      if (bytes.empty()) bytes.reserve(static_cast<size_t>(shape.elements()) * SizeOf(output.type()));
      bytes += output.bytes();
      whole.compute_time += result->compute_time;
      whole.backend = result->backend;
      OutputOf(whole) = std::move(output);  // for its type
      progress.Advance(piece_bytes);
    }
    absl::StatusOr<Tensor> output = Tensor::Make(OutputOf(whole).type(), shape, std::move(bytes));
    if (!output.ok()) return absl::InternalError("the server's answer does not fit the tensor that was sent");
    OutputOf(whole) = *std::move(output);
    return whole;
  };
  absl::StatusOr<ResultOf<Item>> result = read_all();
  if (!result.ok()) stream->Cancel();  // releases the writer
  writer.join();
  return result;
}

// Computes items [begin, end) in one call.
template <class Item>
void ComputeTogether(const Client& client, std::span<Item> items, size_t bytes, const TransferOptions& options,
                     Results<ResultOf<Item>>& results) {
  if (items.empty()) return;
  const std::string label = items.size() == 1 ? items[0].function : absl::StrFormat("%d items", items.size());
  Progress progress(options.progress, label, static_cast<int64_t>(bytes));
  std::vector<Item> batch(std::move_iterator(items.begin()), std::move_iterator(items.end()));
  absl::StatusOr<Results<ResultOf<Item>>> answer = Call(client, std::move(batch));
  for (size_t i = 0; i < items.size(); ++i) {
    results.push_back(answer.ok() ? std::move((*answer)[i]) : absl::StatusOr<ResultOf<Item>>(answer.status()));
  }
}

template <class Item>
Results<ResultOf<Item>> Compute(const Client& client, std::vector<Item> items, const TransferOptions& options) {
  Results<ResultOf<Item>> results;
  size_t begin = 0;  // of the items that wait for a common call
  size_t waiting = 0;
  const auto flush = [&](size_t end) {
    ComputeTogether(client, std::span(items).subspan(begin, end - begin), waiting, options, results);
    begin = end;
    waiting = 0;
  };
  for (size_t i = 0; i < items.size(); ++i) {
    const size_t bytes = BytesOf(items[i]);
    if (waiting + bytes > options.call_bytes) flush(i);
    waiting += bytes;
    if (bytes <= options.call_bytes) continue;
    if (const std::optional<SplitPlan> plan = PlanFor(client, items[i], options)) {
      Progress progress(options.progress, items[i].function, static_cast<int64_t>(items[i].input.bytes().size()));
      results.push_back(ComputeInPieces(client, std::move(items[i]), *plan, progress));
      begin = i + 1;
      waiting = 0;
    } else {
      flush(i + 1);
    }
  }
  flush(items.size());
  return results;
}

}  // namespace

Results<EvaluateResult> ComputeAll(const Client& client, std::vector<EvaluateItem> items,
                                   const TransferOptions& options) {
  return Compute(client, std::move(items), options);
}

Results<GradientResult> ComputeAll(const Client& client, std::vector<GradientItem> items,
                                   const TransferOptions& options) {
  return Compute(client, std::move(items), options);
}

}  // namespace actserve::client
