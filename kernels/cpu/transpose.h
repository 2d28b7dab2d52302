// Rows of numbers that lie across memory, brought into line and back.
#pragma once

#include <cstddef>
#include <cstdint>

namespace actserve::cpu {

inline constexpr int64_t kLineBytes = 64;  // of memory, as caches hold it

// to[c][r] = from[r][c] for numbers of `size` bytes, 4 or 8. Strides are in bytes; no address need be aligned.
void Transpose(size_t size, const std::byte* from, int64_t from_stride, int64_t rows, int64_t columns, std::byte* to,
               int64_t to_stride);

// Cuts rows of so many bytes into lines, the last one filled up with zeros: line l of row r goes to
// to + l * to_stride + r * kLineBytes. And back.
void Deal(const std::byte* from, int64_t from_stride, int64_t rows, int64_t bytes, std::byte* to, int64_t to_stride);
void Collect(const std::byte* from, int64_t from_stride, std::byte* to, int64_t to_stride, int64_t rows, int64_t bytes);

// Copies rows of so many bytes. `stream`: whole lines go around the caches; after the last of them: hwy::FlushStream.
void CopyRows(const std::byte* from, int64_t from_stride, int64_t rows, int64_t bytes, std::byte* to, int64_t to_stride,
              bool stream);

// Asks for rows that will be copied soon. Not inline: compilers leave out calls that seem to do nothing.
void PrefetchRows(const std::byte* from, int64_t from_stride, int64_t rows, int64_t bytes);

}  // namespace actserve::cpu
