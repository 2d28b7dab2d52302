#include "tests/bench/kernels/workload.h"

#include <array>

namespace actserve::bench {

Workload NaturalWorkload(const Function& function, Direction direction, DataType type, int64_t elements) {
  Workload workload{.function = &function, .direction = direction, .type = type, .shape = {}, .axis = {}};
  const int64_t last = function.info.kind == FunctionKind::kRowwise ? kElementsStep : 64;
  if (function.info.kind == FunctionKind::kElementwise || function.info.kind == FunctionKind::kGated) {
    workload.shape = *Shape::Make(std::array{elements});
  } else {
    workload.shape = *Shape::Make(std::array{elements / last, last});
    workload.axis = 1;
  }
  return workload;
}

Operands::Operands(const Workload& workload)
    : x(workload.elements() * SizeOf(workload.type)),
      dy(workload.direction == Direction::kGradient ? workload.values() * SizeOf(workload.type) : 0),
      out(workload.outputs() * SizeOf(workload.type)) {
  Fill(x, workload.type, workload.elements(), workload.data);
  if (workload.direction == Direction::kGradient) Fill(dy, workload.type, workload.values(), Distribution::kNormal);
}

}  // namespace actserve::bench
