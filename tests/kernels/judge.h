// Judges computed results by exact ones.
#pragma once

#include <string>
#include <vector>

#include "kernels/api/data_type.h"
#include "kernels/api/registry.h"
#include "tests/kernels/tensor.h"
#include "tests/oracle/reference.h"

namespace actserve::testing {

// The type that a call computes in: f64 if the input or the output is, or has 8 bits.
constexpr DataType ComputeType(DataType input, DataType output) {
  const bool f64 = input == DataType::kF64 || output == DataType::kF64 || IsByte(input) || IsByte(output);
  return f64 ? DataType::kF64 : DataType::kF32;
}

// The parameters as a kernel sees them: rounded to the type it computes in.
oracle::Setting Rounded(oracle::Setting setting, DataType compute);

// The arguments that give a function this setting: numbers, or [segments] tensors of f64.
Arguments ArgumentsOf(const FunctionInfo& info, const oracle::Setting& setting);
// Only the required ones, so that others take their defaults.
Arguments RequiredArgumentsOf(const FunctionInfo& info, const oracle::Setting& setting);

// Whether a row of n has as many elements as this setting's parameters count.
bool FitsRow(const FunctionInfo& info, const oracle::Setting& setting, int64_t n);

// The reference of a function; ends the program if there is none (the catalogue's test says so more politely).
const oracle::Reference& ReferenceOf(const Function& function);
double BoundOf(const oracle::Reference& reference, Direction direction, DataType compute);
double BoundOf(const oracle::Bound& bound, DataType compute);

// Collects errors over many results, and fails the test once, with the worst of them.
class Judge {
 public:
  // `bound` is in ULP of `compute`; a narrower `output` adds the half ULP that rounding to it may cost.
  // With `signed_zeros` a zero must have the sign of what it was rounded from; functions of rows state no such limits.
  Judge(DataType output, DataType compute, double bound, bool signed_zeros = true)
      : output_(output), compute_(compute), bound_(bound), signed_zeros_(signed_zeros) {}

  // The result at input `x` (which only names it). The error may reach the bound at `exact` or at `terms`, whichever is
  // larger.
  void Check(double x, double computed, const oracle::Real& exact, const oracle::Real& terms = 0);

  // What went wrong, or empty; `what` says what was computed.
  std::string Verdict(const std::string& what) const;
  // Fails the test if a check failed.
  void Report(const std::string& what);

 private:
  struct Failure {
    double excess;  // error / allowed
    std::string text;
  };

  DataType output_;
  DataType compute_;
  double bound_;
  bool signed_zeros_;
  int64_t checked_ = 0;
  int64_t failed_ = 0;
  std::vector<Failure> worst_;
};

}  // namespace actserve::testing
