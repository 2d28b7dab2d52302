// Tensors, items and results as the case files have them.
#pragma once

#include "tests/cases/case.pb.h"
#include "tests/cases/generator/plan.h"

namespace actserve::cases {

Quantization ToMessage(const actserve::Quantization& quantization);
Tensor ToMessage(const testing::Tensor& tensor);
Parameter ToMessage(const std::string& name, double scalar);
Item ItemOf(const Planned& planned);
Result ResultOf(const Planned& planned, const testing::Answer& answer);

}  // namespace actserve::cases
