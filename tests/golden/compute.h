// Computes cases on a backend.
#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "kernels/api/backend.h"
#include "tests/golden/cases.h"

namespace actserve::golden {

// The outputs of a problem: y, dL/dx, or the gradients by the learnable parameters.
std::vector<Tensor> Compute(const Backend& backend, const Case& c, const Problem& problem);

// The digest of a case's results, in 16 hexadecimal digits.
std::string DigestOf(const Backend& backend, const Case& c);

// By the cases' names; on all cores.
std::map<std::string, std::string> DigestsOf(const Backend& backend, std::span<const Case> cases);

// Prints the bits of a case's inputs and outputs, one element a line.
void Dump(const Backend& backend, const Case& c, std::ostream& out);

}  // namespace actserve::golden
