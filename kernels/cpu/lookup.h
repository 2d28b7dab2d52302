// Looks codes of 8 bits up in tables.
#pragma once

#include <cstddef>
#include <cstdint>

namespace actserve::cpu {

// out[i] = table[codes[i]] for n codes, of 256 entries of 1, 2, 4 or 8 bytes. No address need be aligned. `stream`:
// bytes are written around the caches; after the last of them: hwy::FlushStream.
void LookUp(const std::byte* table, int64_t entry_bytes, const std::byte* codes, std::byte* out, int64_t n,
            bool stream);
// The same where each code has a table of its own: the i-th after those of `first`, of `tables` that take turns.
void LookUpInTurn(const std::byte* table, int64_t entry_bytes, int64_t first, int64_t tables, const std::byte* codes,
                  std::byte* out, int64_t n);

}  // namespace actserve::cpu
