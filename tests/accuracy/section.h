// Functions of two operands as functions of one.
#pragma once

#include <string>
#include <vector>

#include "kernels/api/call.h"
#include "tests/oracle/reference.h"

namespace actserve::accuracy {

enum class Operand { kLinear, kGate };

// Where a gated function is cut: one operand is held at a number, the other is the function's.
struct Section {
  Operand varied = Operand::kGate;
  double held = 1;              // a number of the type
  Operand by = Operand::kGate;  // the operand that a gradient is by

  std::string Describe(Direction direction) const;  // "u = 0x1.8p+3; by g"
  friend bool operator==(const Section&, const Section&) = default;
};

// The sections that are measured, the first of them Section(): of gates, with linear operands of every size and of
// mantissas from 1 to 2; and of linear operands, with gates of interest. Fewer where parameters are not the defaults.
std::vector<Section> SectionsOf(const oracle::Reference& reference, Direction direction, DataType type,
                                bool is_default);

}  // namespace actserve::accuracy
