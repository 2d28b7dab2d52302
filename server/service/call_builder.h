// From an item as it arrived to a call that a backend takes, with every check on the way.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "kernels/api/call.h"
#include "kernels/api/sparse.h"
#include "server/router/router.h"
#include "server/wire/request.h"

namespace actserve {

// INVALID_ARGUMENT (field "backend") for a number that is no backend.
absl::StatusOr<BackendChoice> ToChoice(int backend);

// An id that can be echoed, or INVALID_ARGUMENT (field "id").
absl::Status CheckId(const WireItem& item);

// The item as a call of `function`; the call views what the item does. Errors name the field at fault within the item,
// such as "input.shape" or "parameters.beta".
absl::StatusOr<Call> BuildCall(Direction direction, const Function& function, const WireItem& item);

// How the call's output is to travel. INVALID_ARGUMENT (field "output_encoding") for a number that is no encoding, and
// for one that no output of this shape can have.
absl::StatusOr<Encoding> BuildEncoding(const WireItem& item, const Call& call);

// Bytes of all that the call puts out, at most. They fit size_t, since the input's bytes were sent.
size_t OutputBytes(const Call& call, Encoding encoding);

}  // namespace actserve
