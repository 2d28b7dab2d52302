#include "kernels/cpu/transpose.h"

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/transpose.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace actserve::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Addresses of numbers by row and column.
template <class T, class Byte>
struct Grid {
  Byte* data;
  int64_t stride;
  Byte* At(int64_t row, int64_t column) const { return data + row * stride + column * static_cast<int64_t>(sizeof(T)); }
};
template <class T>
using From = Grid<T, const std::byte>;
template <class T>
using To = Grid<T, std::byte>;

template <class T>
void OneByOne(From<T> from, int64_t row, int64_t row_end, int64_t column, int64_t column_end, To<T> to) {
  for (int64_t c = column; c < column_end; ++c) {
    for (int64_t r = row; r < row_end; ++r) std::memcpy(to.At(c, r), from.At(r, c), sizeof(T));
  }
}

#if HWY_TARGET != HWY_SCALAR

// A square of as many rows and columns as 128 bits have numbers.
template <class T>
HWY_INLINE void Square(From<T> from, int64_t row, int64_t column, To<T> to) {
  const hn::Full128<T> d;
  const auto load = [&](int64_t i)
                        HWY_ATTR { return hn::LoadU(d, reinterpret_cast<const T*>(from.At(row + i, column))); };
  const auto store = [&](auto v, int64_t i)
                         HWY_ATTR { hn::StoreU(v, d, reinterpret_cast<T*>(to.At(column + i, row))); };
  if constexpr (sizeof(T) == 8) {
    const auto a = load(0), b = load(1);
    store(hn::InterleaveLower(d, a, b), 0);
    store(hn::InterleaveUpper(d, a, b), 1);
  } else {
    const hn::Full128<double> pairs;
    const auto pair = [&](auto v) HWY_ATTR { return hn::BitCast(pairs, v); };
    const auto numbers = [&](auto v) HWY_ATTR { return hn::BitCast(d, v); };
    const auto a = load(0), b = load(1), e = load(2), f = load(3);
    const auto ab = pair(hn::InterleaveLower(d, a, b)), ef = pair(hn::InterleaveLower(d, e, f));
    store(numbers(hn::InterleaveLower(pairs, ab, ef)), 0);
    store(numbers(hn::InterleaveUpper(pairs, ab, ef)), 1);
    const auto ab_high = pair(hn::InterleaveUpper(d, a, b)), ef_high = pair(hn::InterleaveUpper(d, e, f));
    store(numbers(hn::InterleaveLower(pairs, ab_high, ef_high)), 2);
    store(numbers(hn::InterleaveUpper(pairs, ab_high, ef_high)), 3);
  }
}

template <class T>
void TransposeNumbers(From<T> from, int64_t rows, int64_t columns, To<T> to) {
  constexpr int64_t kSide = 16 / sizeof(T);
  const int64_t whole_rows = rows / kSide * kSide, whole_columns = columns / kSide * kSide;
  for (int64_t r = 0; r < whole_rows; r += kSide) {
    for (int64_t c = 0; c < whole_columns; c += kSide) Square<T>(from, r, c, to);
  }
  OneByOne<T>(from, whole_rows, rows, 0, columns, to);
  OneByOne<T>(from, 0, whole_rows, whole_columns, columns, to);
}

#else

template <class T>
void TransposeNumbers(From<T> from, int64_t rows, int64_t columns, To<T> to) {
  OneByOne<T>(from, 0, rows, 0, columns, to);
}

#endif

void TransposeBytes(size_t size, const std::byte* from, int64_t from_stride, int64_t rows, int64_t columns,
                    std::byte* to, int64_t to_stride) {
  if (size == 8) {
    TransposeNumbers<double>({from, from_stride}, rows, columns, {to, to_stride});
  } else {
    TransposeNumbers<float>({from, from_stride}, rows, columns, {to, to_stride});
  }
}

}  // namespace
}  // namespace actserve::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve::cpu {
namespace {
HWY_EXPORT(TransposeBytes);
}

void Transpose(size_t size, const std::byte* from, int64_t from_stride, int64_t rows, int64_t columns, std::byte* to,
               int64_t to_stride) {
  HWY_DYNAMIC_DISPATCH(TransposeBytes)(size, from, from_stride, rows, columns, to, to_stride);
}

}  // namespace actserve::cpu
#endif
