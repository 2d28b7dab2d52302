// What an element-wise function makes of the 256 codes of an 8-bit type: computed once, and kept for the next call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernels/api/backend.h"
#include "kernels/cpu/work.h"

namespace actserve::cpu {

// The result of every code of the input as an element of the output, or what it takes to have a gradient: the slope.
// Immutable.
struct ByteTable {
  static constexpr int64_t kCodes = 256;
  // As many tables one after another as the quantizations have channels.
  std::vector<std::byte> entries;
  int64_t entry_bytes = 1;

  const std::byte* Of(int64_t channel) const { return entries.data() + channel * kCodes * entry_bytes; }
};

// The quantization that says which table an element's is: the one that has several channels, if any; null if the two
// have different ones.
const Quantization* TablesOf(const Call& call);

// Keeps those tables of the last calls that fit a limit. Safe from any thread.
class ByteTableCache {
 public:
  explicit ByteTableCache(size_t limit_bytes) : limit_bytes_(limit_bytes / kShards) {}

  // Results of an element-wise function with an 8-bit input for which TablesOf(task.call) is not null; or (`slopes`)
  // its derivative as f64, by the input's channels. Null where neither the cache has it nor `worth_it` says to compute
  // it.
  std::shared_ptr<const ByteTable> Get(const Task& task, bool slopes, bool worth_it);

  ByteTableCounts counts() const;

 private:
  using Table = std::shared_ptr<const ByteTable>;
  struct Entry {
    std::string key;
    Table table;
  };
  // Those whose keys have the same hash, modulo: so that threads seldom wait for each other.
  struct Shard {
    mutable std::mutex mutex;  // guards the rest
    std::list<Entry> entries;  // the last one used comes first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key;
    ByteTableCounts counts;
  };
  static constexpr size_t kShards = 8;

  Table Find(Shard& shard, std::string_view key);
  void Keep(Shard& shard, std::string key, const Table& table);

  const size_t limit_bytes_;  // of a shard
  std::array<Shard, kShards> shards_;
};

// The one that all calls share.
ByteTableCache& SharedByteTables();

}  // namespace actserve::cpu
