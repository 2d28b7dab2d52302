#include "server/router/router.h"

#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "kernels/api/status.h"

namespace actserve {
namespace {

// Longer than any name, and short enough to repeat in a message and to search neighbours for.
constexpr size_t kMaxName = 64;

std::string Quoted(std::string_view name) {
  return absl::StrFormat("\"%s\"", absl::CEscape(std::string(name.substr(0, kMaxName))));
}

}  // namespace

Router::Router(absl::Status no_cuda, std::vector<BackendChoice> backends)
    : no_cuda_(std::move(no_cuda)), backends_(std::move(backends)) {}

absl::StatusOr<Route> Router::Find(std::string_view name, BackendChoice choice) const {
  const absl::StatusOr<const Function*> function = LookUp(name);
  if (!function.ok()) return UnderField("function", function.status());
  if (choice == BackendChoice::kCuda && !no_cuda_.ok()) {
    return UnderField(
        "backend", absl::FailedPreconditionError(absl::StrFormat(
                       "CUDA was asked for, and this server has none: %s; expected CPU, or none", no_cuda_.message())));
  }
  if (choice == BackendChoice::kAuto && !backends_.empty()) choice = backends_[static_cast<size_t>((*function)->index)];
  return Route{*function, choice};
}

absl::StatusOr<const Function*> LookUp(std::string_view name) {
  constexpr char kHint[] = "ListFunctions tells the names there are";
  if (name.empty()) return absl::InvalidArgumentError(absl::StrFormat("is missing; %s", kHint));
  if (name.size() > kMaxName) {
    return absl::NotFoundError(
        absl::StrFormat("%s... has %d bytes, more than any function's name; %s", Quoted(name), name.size(), kHint));
  }
  if (const Function* function = FindFunction(name)) return function;
  const std::vector<std::string> near = NearestNames(name);
  return absl::NotFoundError(
      absl::StrFormat("%s is not a known function; %s", Quoted(name),
                      near.empty() ? kHint : absl::StrFormat("the nearest names are %s", absl::StrJoin(near, ", "))));
}

}  // namespace actserve
