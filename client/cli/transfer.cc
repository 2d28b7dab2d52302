#include "client/cli/transfer.h"

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "client/cpp/split.h"

namespace actserve::client {
namespace {

// What differs between the two directions.
auto Open(const Client& client, EvaluatePipeline::OnAnswer on_answer) {
  return client.OpenEvaluatePipeline(std::move(on_answer));
}
auto Open(const Client& client, GradientPipeline::OnAnswer on_answer) {
  return client.OpenGradientPipeline(std::move(on_answer));
}
absl::StatusOr<Results<EvaluateResult>> Call(const Client& client, const std::vector<EvaluateItem>& items) {
  return client.Evaluate(items);
}
absl::StatusOr<Results<GradientResult>> Call(const Client& client, const std::vector<GradientItem>& items) {
  return client.Gradient(items);
}

template <class Item>
std::optional<SplitPlan> PlanFor(const Client& client, const Item& item, const TransferOptions& options) {
  const absl::StatusOr<v1::Function> function = client.GetFunction(item.function);
  if (!function.ok()) return std::nullopt;  // the call itself will say so
  return PlanSplit(item, function->kind(), options.piece_bytes);
}

template <class Item>
absl::StatusOr<ResultOf<Item>> ComputeInPieces(const Client& client, const Item& item, const SplitPlan& plan,
                                               Progress& progress) {
  const auto bytes = static_cast<int64_t>(item.input.size());
  std::vector<ResultOf<Item>> pieces;
  absl::Status failed;
  Pipeline<Item>* running = nullptr;
  const auto on_answer = [&](int64_t, absl::StatusOr<Results<ResultOf<Item>>> answer) {
    if (!failed.ok()) return;
    if (answer.ok() && answer->front().ok()) {
      pieces.push_back(*std::move(answer->front()));
      progress.Advance(bytes / plan.pieces);
      return;
    }
    failed = answer.ok() ? answer->front().status() : answer.status();
    running->Cancel();  // the rest would be computed for nothing
  };
  const auto pipeline = Open(client, typename Pipeline<Item>::OnAnswer(on_answer));
  running = pipeline.get();
  for (int64_t piece = 0; piece < plan.pieces; ++piece) {
    if (!pipeline->Submit({Piece(item, plan, piece)}).ok()) break;
  }
  const absl::Status status = pipeline->Finish();
  if (!failed.ok()) return failed;
  if (!status.ok()) return status;
  return Join(std::move(pieces), plan.output);
}

// Computes items [begin, end) in one call.
template <class Item>
void ComputeTogether(const Client& client, std::span<Item> items, size_t bytes, const TransferOptions& options,
                     Results<ResultOf<Item>>& results) {
  if (items.empty()) return;
  const std::string label = items.size() == 1 ? items[0].function : absl::StrFormat("%d items", items.size());
  Progress progress(options.progress, label, static_cast<int64_t>(bytes));
  absl::StatusOr<Results<ResultOf<Item>>> answer = Call(client, std::vector<Item>(items.begin(), items.end()));
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
    const size_t bytes = MessageBytes(items[i]);
    if (waiting + bytes > options.call_bytes) flush(i);
    waiting += bytes;
    if (bytes <= options.call_bytes) continue;
    if (const std::optional<SplitPlan> plan = PlanFor(client, items[i], options)) {
      Progress progress(options.progress, items[i].function, static_cast<int64_t>(items[i].input.size()));
      results.push_back(ComputeInPieces(client, items[i], *plan, progress));
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
