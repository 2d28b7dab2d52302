// The header of a .npy file: the part that is a Python dictionary in text.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kernels/api/tensor_view.h"

namespace actserve::client {

struct NpyHeader {
  char kind = 'f';    // as NumPy's: 'f' float, 'i' and 'u' integers, 'b' bool, 'V' plain bytes
  int item_size = 4;  // 1, 2, 4 or 8 bytes
  bool big_endian = false;
  bool fortran_order = false;
  Shape shape;

  size_t bytes() const { return static_cast<size_t>(shape.elements()) * item_size; }
};

// Reads a dictionary such as "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }". INVALID_ARGUMENT for
// anything else, an element type that is not a plain number (object, string, structured, complex), or a shape that
// overflows.
absl::StatusOr<NpyHeader> ParseNpyHeader(std::string_view dictionary);

// The dictionary of a row-major little-endian array.
std::string FormatNpyHeader(const NpyHeader& header);

}  // namespace actserve::client
