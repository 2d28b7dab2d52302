// From what a client asks for, by name, to what computes it.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "kernels/api/registry.h"
#include "server/router/backend_id.h"

namespace actserve {

struct Route {
  const Function* function = nullptr;
  BackendChoice backend = BackendChoice::kAuto;  // where to; kAuto: where the call is done first
};

// Constant after construction, and safe from any thread.
class Router {
 public:
  // Where a request leaves the backend open, that of its function in `backends`, by index, is taken; kAuto if there are
  // none. Where `no_cuda` is not OK, calls that ask for CUDA fail with what it says; then none of `backends` is kCuda.
  explicit Router(absl::Status no_cuda, std::vector<BackendChoice> backends = {});

  // NOT_FOUND (field "function") with the nearest names; FAILED_PRECONDITION (field "backend") for CUDA where there is
  // none.
  absl::StatusOr<Route> Find(std::string_view name, BackendChoice choice) const;

 private:
  const absl::Status no_cuda_;
  const std::vector<BackendChoice> backends_;
};

// The function of this name or alias. NOT_FOUND with the nearest names; INVALID_ARGUMENT for an empty name. The caller
// knows which field it is in.
absl::StatusOr<const Function*> LookUp(std::string_view name);

}  // namespace actserve
