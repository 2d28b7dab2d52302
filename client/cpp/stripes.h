// A batch cut so that it goes over several connections at once. For the library itself.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/cpp/options.h"
#include "client/cpp/split.h"
#include "client/cpp/wire.h"

namespace actserve::client {

// What a function is, if that can be found out.
using KindOf = std::function<std::optional<v1::FunctionKind>(const std::string& function)>;

// A plan for each item, all with the same number of pieces: each stripe has a piece of every item, so that errors name
// the items by the caller's numbers. None if the batch is too small, or has an item that cannot be cut so often.
template <class Item>
std::vector<SplitPlan> PlanStripes(const std::vector<Item>& items, const ClientOptions& options,
                                   const KindOf& kind_of) {
  size_t bytes = 0;
  for (const Item& item : items) {
    if (!options.decode && item.encoding != Encoding::kDense) return {};  // what came in pieces is joined densely
    bytes += MessageBytes(item);
  }
  const auto stripes = std::min<size_t>(options.connections, bytes / options.stripe_bytes);
  if (stripes < 2) return {};
  std::vector<SplitPlan> plans;
  for (const Item& item : items) {
    const std::optional<v1::FunctionKind> kind = kind_of(item.function);
    if (!kind.has_value()) return {};  // the call itself will say why
    std::optional<SplitPlan> plan = PlanSplit(item, *kind, SIZE_MAX);
    if (!plan.has_value() || plan->shape.dim(0) < static_cast<int64_t>(stripes)) return {};
    plan->pieces = static_cast<int64_t>(stripes);
    plans.push_back(*plan);
  }
  return plans;
}

template <class Item>
std::vector<Item> Stripe(const std::vector<Item>& items, const std::vector<SplitPlan>& plans, int64_t stripe) {
  std::vector<Item> pieces;
  for (size_t i = 0; i < items.size(); ++i) pieces.push_back(Piece(items[i], plans[i], stripe));
  return pieces;
}

// The results of the stripes' items as those of the items; an item has failed if one of its pieces has.
template <class Item>
Results<ResultOf<Item>> JoinStripes(std::vector<Results<ResultOf<Item>>> stripes, const std::vector<SplitPlan>& plans) {
  const auto join = [&](size_t i) -> absl::StatusOr<ResultOf<Item>> {
    std::vector<ResultOf<Item>> pieces;
    for (auto& stripe : stripes) {
      if (!stripe[i].ok()) return stripe[i].status();
      pieces.push_back(*std::move(stripe[i]));
    }
    return Join(std::move(pieces), plans[i].output);
  };
  Results<ResultOf<Item>> results;
  for (size_t i = 0; i < plans.size(); ++i) results.push_back(join(i));
  return results;
}

}  // namespace actserve::client
