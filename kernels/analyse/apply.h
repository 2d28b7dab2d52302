// Element-wise functions, computed by the CPU's kernels.
#pragma once

#include <cstddef>

#include "kernels/api/backend.h"

namespace actserve::analyse {

// f of every element, in the input's type, on this thread. `to` has input.bytes(). The function is element-wise, and
// the parameters are bound to it.
inline void Apply(const Function& function, const Params& params, const InputView& input, std::byte* to) {
  Call call;
  call.function = &function;
  call.input = input;
  call.output_type = input.type;
  call.params = params;
  RunInline(*CpuBackend().Prepare(call, {input.type, input.shape, to}, {}));
}

}  // namespace actserve::analyse
