// What is known of the functions' tables of polynomials (functions/tables-inl.h) without them.
#pragma once

namespace actserve {

// Whether a function (by its index) has a table of values: then kernels' f32 results at default parameters are within
// 1 ULP of the exact ones for every input.
bool HasValueTable(int function_index);

}  // namespace actserve
