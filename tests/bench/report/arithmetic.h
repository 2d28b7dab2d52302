// Which functions cannot keep up with memory because of their arithmetic.
#pragma once

#include <optional>
#include <span>

#include "client/measure/table.h"
#include "tests/bench/report/result.h"

namespace actserve::bench {

// The bytes a second of a function over data in L1, where memory costs nothing, as a share of the best copy's in the
// contest `in_dram`. Below 1, it cannot be as fast as that copy. None if the function was not measured in L1.
std::optional<double> ArithmeticShare(std::span<const Result> results, const Result& in_dram);

// The shares that are below 1, by function; no rows if there is none.
measure::Table ArithmeticTable(std::span<const Result> results);

}  // namespace actserve::bench
