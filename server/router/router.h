// From what a client asks for, by name, to what computes it.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kernels/api/backend.h"
#include "kernels/api/registry.h"
#include "server/router/backend_id.h"

namespace actserve {

// What the client asks for.
enum class BackendChoice { kAny, kCpu, kCuda };

struct Route {
  const Function* function = nullptr;
  const Backend* backend = nullptr;
  BackendId backend_id = BackendId::kCpu;
};

// Constant after construction, and safe from any thread.
class Router {
 public:
  // `cuda` may be null: then calls that ask for it fail with `no_cuda`, the reason. Both must outlive the router.
  explicit Router(const Backend& cpu, const Backend* cuda = nullptr, std::string no_cuda = "it was built without CUDA");

  // NOT_FOUND (field "function") with the nearest names; FAILED_PRECONDITION (field "backend") for a backend that is
  // not there.
  absl::StatusOr<Route> Find(std::string_view name, BackendChoice choice) const;

 private:
  const Backend& cpu_;
  const Backend* cuda_;
  std::string no_cuda_;
};

// The function of this name or alias. NOT_FOUND with the nearest names; INVALID_ARGUMENT for an empty name. The caller
// knows which field it is in.
absl::StatusOr<const Function*> LookUp(std::string_view name);

}  // namespace actserve
