// What a family's translation unit offers for each function: launches of its kernels. All addresses are the device's,
// those of tensors aligned to 16 bytes; tensors are dense and row-major.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/api/call.h"
#include "kernels/api/element.h"
#include "kernels/math/summation.h"

namespace actserve::cuda {

struct Geometry {
  int64_t blocks = 0;
  int threads = 0;
  int shared_bytes = 0;  // of each block
};

// How an integer stands for a number (api/quantization.h).
struct Coding {
  double scale, zero_point;
};

// A whole number to divide by: 64-bit integers' division takes more registers than rows have to spare.
struct Divisor {
  double value = 1, inverse = 1;
};

// How a tensor's elements stand for numbers.
struct Format {
  DataType type = DataType::kF32;
  Overflow overflow = Overflow::kNonSaturating;  // of f8 results
  // Of i8 and u8: element i has number i / inner % channels.
  const Coding* codings = nullptr;
  Divisor channels = {}, inner = {};
};

// What kernels read and write: y = f(x), or dx = upstream f'(x); a null upstream stands for ones.
struct Tensors {
  const void* x;
  const void* upstream;
  void* y;
  Format x_format, upstream_format, y_format;
};

struct ElementwiseArgs : Tensors {
  int64_t n;
  // Of element-wise functions: parameters, rounded to the type of the arithmetic.
  double values[kMaxParams];
  // Of per-channel functions: those in that type, [slot][channel], slot being parameter * segments + segment. Element i
  // is of channel i / inner % channels.
  const void* channel_values;
  int64_t channels, inner;
  int segments;
};

// The same for rows: element i of row r is at (r / inner * length + i) * inner + r % inner.
struct RowArgs : Tensors {
  int64_t rows, length, inner;
  double values[kMaxParams];
  // Of SharedRows. rows_at_a_time divides the threads of a block; pitch is the distance of rows in shared memory, in
  // numbers; has_vectors: rows follow each other, and rows and pitch are of whole 16 bytes in numbers.
  int rows_at_a_time, pitch;
  bool has_vectors;
  // Of StreamedRows: length numbers for each block.
  void* workspace;
};

// sums[row * slots + parameter] = what a row adds to the gradient of a parameter.
struct RowSumArgs : RowArgs {
  DoubleDouble* sums;
  int slots;
};

// Where the operands of gated functions lie in their tensors, each in runs of so many elements, which begin `step`
// apart: the linear one from element `linear` of x, the second from `gate` of that tensor, and further ones each
// `between` behind the one before.
struct Places {
  int64_t run, step, linear, gate, between;
};

// Results lie as the output does, or a gradient's as the operands.
struct GatedArgs : Tensors {
  const void* gate;  // x where operands are packed
  Format gate_format;
  void* gate_gradient;  // y then; of its format, too
  Places places;
  int64_t n;  // elements of an operand
  int operands;
  double values[kMaxParams];  // as ElementwiseArgs::values
};

// sums[(channel * ranges + range) * slots + slot] = the sum over a range of kLeaves leaves of a channel's elements, of
// upstream df/dp. Others than those of wanted parameters (a bit for each) are left alone.
struct RangeSumArgs : Tensors {
  static constexpr int kLeaves = 16, kThreads = kLeaves * SummationOrder::kLanes;
  static constexpr int kSharedBytes = kLeaves * sizeof(DoubleDouble);
  DoubleDouble* sums;
  int64_t channels, inner, length, ranges;  // length: the elements of a channel
  const void* gate;                         // of gated functions, with only one channel, as GatedArgs
  Format gate_format;
  Places places;
  const void* values;  // as ElementwiseArgs::channel_values
  int params, segments, slots;
  uint32_t wanted;
};

// Starts a kernel on a stream and does not wait. 0, or the error of the launch (a cudaError_t).
template <class Args>
using Launcher = int (*)(const Geometry&, const Args&, void* stream);

// The ways of functions of elements: see ../README.md. Gated ones take f32 by kNarrow, too.
enum class Way {
  kF32,     // f32 to f32, by the function's quickest way
  kF16,     // f16 to f16, rounded correctly
  kBF16,    // bf16 to bf16, rounded correctly
  kNarrow,  // from and to any types but f64, as kF32 and rounded again
  kInF64,   // the same at any parameters, in f64
  kToOdd,   // 16-bit types to themselves at any parameters, in f64, rounded correctly
  kF64,     // from and to any types, arithmetic in f64
};
inline constexpr int kWays = 7;

template <class Args>
struct TileKernel {
  Launcher<Args> launch = nullptr;
  int tile = 0;  // elements of a block
  int threads = 0;
  int shared_bytes = 0;
};

// Null where there is none. Indices: Direction; Way; f64 or f32 arithmetic, as 0 and 1.
struct Kernel {
  TileKernel<ElementwiseArgs> elementwise[2][kWays];
  TileKernel<GatedArgs> gated[2][kWays];
  // For the first four ways, so many of the first parameters must have their defaults.
  int defaults = 0;
  Launcher<RowArgs> rows_of_half_warps[2][2] = {};
  Launcher<RowArgs> rows_of_blocks[2][2] = {};
  Launcher<RowArgs> streamed_rows[2][2] = {};
  bool keeps_numbers = false;  // each team needs room for a row's numbers, kept aside
  Launcher<RangeSumArgs> range_sums[2] = {};
  Launcher<RowSumArgs> row_sums[2] = {};
};

// Bytes of shared memory that a block which computes rows as one needs besides those of its rows.
inline constexpr int kBlockNoteBytes = 2816;

}  // namespace actserve::cuda
