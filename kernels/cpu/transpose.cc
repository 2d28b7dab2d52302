#include "kernels/cpu/transpose.h"

#include <algorithm>
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

// Of a column, as many neighbouring numbers as 128 bits have make a block. A vector of blocks: each from so many rows
// after the one before.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> LoadBlocks(D d, From<T> from, int64_t row, int64_t column) {
  if constexpr (hn::MaxLanes(d) * sizeof(T) == 16) {
    return hn::LoadU(d, reinterpret_cast<const T*>(from.At(row, column)));
  } else {
    const hn::Half<D> half;
    constexpr int64_t kRows = hn::MaxLanes(half);
    return hn::Combine(d, LoadBlocks(half, from, row + kRows, column), LoadBlocks(half, from, row, column));
  }
}

// As many rows as a vector has numbers, and as many columns as a block has: each column becomes a vector.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void Strip(D d, From<T> from, int64_t row, int64_t column, To<T> to) {
  const auto load = [&](int64_t i) HWY_ATTR { return LoadBlocks(d, from, row + i, column); };
  const auto store = [&](auto v, int64_t i)
                         HWY_ATTR { hn::StoreU(v, d, reinterpret_cast<T*>(to.At(column + i, row))); };
  if constexpr (sizeof(T) == 8) {
    const auto a = load(0), b = load(1);
    store(hn::InterleaveLower(d, a, b), 0);
    store(hn::InterleaveUpper(d, a, b), 1);
  } else {
    const hn::Repartition<double, D> pairs;
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

// From `row` on, with vectors and, for what is left, shorter ones.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void Strips(D d, From<T> from, int64_t row, int64_t rows, int64_t columns, To<T> to) {
  constexpr int64_t kRows = hn::MaxLanes(d), kColumns = 16 / sizeof(T);
  const int64_t whole_columns = columns / kColumns * kColumns;
  for (; row + kRows <= rows; row += kRows) {
    for (int64_t c = 0; c < whole_columns; c += kColumns) Strip(d, from, row, c, to);
    OneByOne<T>(from, row, row + kRows, whole_columns, columns, to);
  }
  if constexpr (hn::MaxLanes(d) * sizeof(T) == 16) {
    OneByOne<T>(from, row, rows, 0, columns, to);
  } else {
    Strips(hn::Half<D>(), from, row, rows, columns, to);
  }
}

template <class T>
void TransposeNumbers(From<T> from, int64_t rows, int64_t columns, To<T> to) {
  Strips(hn::ScalableTag<T>(), from, 0, rows, columns, to);
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

void DealBytes(const std::byte* from, int64_t from_stride, int64_t rows, int64_t bytes, std::byte* to,
               int64_t to_stride) {
  for (int64_t r = 0; r < rows; ++r, from += from_stride, to += kLineBytes) {
    std::byte* line = to;
    int64_t i = 0;
    for (; i + kLineBytes <= bytes; i += kLineBytes, line += to_stride) std::memcpy(line, from + i, kLineBytes);
    if (i == bytes) continue;
    std::byte last[kLineBytes] = {};
    std::memcpy(last, from + i, bytes - i);
    std::memcpy(line, last, kLineBytes);
  }
}

void CollectBytes(const std::byte* from, int64_t from_stride, std::byte* to, int64_t to_stride, int64_t rows,
                  int64_t bytes) {
  for (int64_t r = 0; r < rows; ++r, from += kLineBytes, to += to_stride) {
    const std::byte* line = from;
    int64_t i = 0;
    for (; i + kLineBytes <= bytes; i += kLineBytes, line += from_stride) std::memcpy(to + i, line, kLineBytes);
    if (i < bytes) std::memcpy(to + i, line, bytes - i);
  }
}

void CopyBytes(const std::byte* from, int64_t from_stride, int64_t rows, int64_t bytes, std::byte* to,
               int64_t to_stride, bool stream) {
  const hn::ScalableTag<uint8_t> d;
  constexpr int64_t kVector = hn::MaxLanes(d);
  for (int64_t r = 0; r < rows; ++r, from += from_stride, to += to_stride) {
    const auto* in = reinterpret_cast<const uint8_t*>(from);
    auto* out = reinterpret_cast<uint8_t*>(to);
    int64_t i = 0;
    if constexpr (kVector > 1) {
      if (stream) {
        i = std::min<int64_t>(bytes, -reinterpret_cast<uintptr_t>(out) % kLineBytes);
        std::memcpy(out, in, i);
        for (; i + kLineBytes <= bytes; i += kLineBytes) {
          for (int64_t k = i; k < i + kLineBytes; k += kVector) hn::Stream(hn::LoadU(d, in + k), d, out + k);
        }
      }
      for (; i + kVector <= bytes; i += kVector) hn::StoreU(hn::LoadU(d, in + i), d, out + i);
    }
    if (i < bytes) std::memcpy(out + i, in + i, bytes - i);
  }
}

}  // namespace
}  // namespace actserve::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve::cpu {
namespace {
HWY_EXPORT(TransposeBytes);
HWY_EXPORT(DealBytes);
HWY_EXPORT(CollectBytes);
HWY_EXPORT(CopyBytes);
}  // namespace

void Transpose(size_t size, const std::byte* from, int64_t from_stride, int64_t rows, int64_t columns, std::byte* to,
               int64_t to_stride) {
  HWY_DYNAMIC_DISPATCH(TransposeBytes)(size, from, from_stride, rows, columns, to, to_stride);
}

void Deal(const std::byte* from, int64_t from_stride, int64_t rows, int64_t bytes, std::byte* to, int64_t to_stride) {
  HWY_DYNAMIC_DISPATCH(DealBytes)(from, from_stride, rows, bytes, to, to_stride);
}

void Collect(const std::byte* from, int64_t from_stride, std::byte* to, int64_t to_stride, int64_t rows,
             int64_t bytes) {
  HWY_DYNAMIC_DISPATCH(CollectBytes)(from, from_stride, to, to_stride, rows, bytes);
}

void CopyRows(const std::byte* from, int64_t from_stride, int64_t rows, int64_t bytes, std::byte* to, int64_t to_stride,
              bool stream) {
  HWY_DYNAMIC_DISPATCH(CopyBytes)(from, from_stride, rows, bytes, to, to_stride, stream);
}

void PrefetchRows(const std::byte* from, int64_t from_stride, int64_t rows, int64_t bytes) {
  for (int64_t r = 0; r < rows; ++r, from += from_stride) {
    for (int64_t i = 0; i < bytes; i += kLineBytes) __builtin_prefetch(from + i, 0, 2);
  }
}

}  // namespace actserve::cpu
#endif
