// Gathers what is known of one computation's results.
#pragma once

#include <optional>

#include "tests/accuracy/interpolant.h"
#include "tests/accuracy/tally.h"

namespace actserve::accuracy {

// A result's code at an input's code, judged by the oracle and added to the tally. Where the input's block has an
// interpolant, that is asked first: what it says in 300 bits usually is enough.
struct Place {
  const Interpolant* interpolant;
  double u;
};
void Settle(const Curve& curve, uint64_t input, uint64_t result, const std::optional<Place>& place, Tally& tally);

// A number as the report shows it: "-0x1.8p-3 (-0.1875)".
std::string Describe(double x);

}  // namespace actserve::accuracy
