#include "kernels/cpu/byte_table.h"

#include <functional>
#include <utility>

#include "kernels/cpu/codes.h"
#include "kernels/cpu/convert.h"

namespace actserve::cpu {
namespace {

constexpr int64_t kCodes = ByteTable::kCodes;
constexpr size_t kSharedBytes = size_t{4} << 20;

// All that results depend on, as bytes.
class Key {
 public:
  template <class T>
  void Add(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void Add(const Quantization& quantization) {
    Add(quantization.channels());
    for (const float scale : quantization.scales) Add(scale);
    for (int64_t c = 0; c < quantization.channels(); ++c) Add(quantization.zero_point(c));
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

std::string KeyOf(const Task& task, bool slopes) {
  const Call& call = task.call;
  Key key;
  key.Add(task.kernel.evaluate[0]);  // of the function and the instruction set
  key.Add(call.direction);
  key.Add(slopes);
  key.Add(call.input.type);
  const auto* params = static_cast<const double*>(task.params.ForChannel(0).values);
  for (int i = 0; i < task.params.slots(); ++i) key.Add(params[i]);
  key.Add(call.input.quantization);
  if (!slopes) {
    key.Add(call.output_type);
    key.Add(call.overflow);
    key.Add(call.output_quantization);
  }
  return key.Take();
}

ByteTable Compute(const Task& task, bool slopes) {
  const Call& call = task.call;
  const Quantization& in = call.input.quantization;
  const Quantization& out = call.output_quantization;
  const int64_t tables = std::max<int64_t>({1, in.channels(), slopes ? 1 : out.channels()});
  const DataType type = slopes ? DataType::kF64 : call.output_type;
  ByteTable table;
  table.entry_bytes = static_cast<int64_t>(SizeOf(type));
  table.entries.resize(tables * kCodes * table.entry_bytes);
  std::byte codes[kCodes];
  for (int64_t code = 0; code < kCodes; ++code) codes[code] = static_cast<std::byte>(code);
  double x[kCodes], y[kCodes];
  for (int64_t t = 0; t < tables; ++t) {
    ToDoubles(Coding(call.input.type, call.overflow, in, in.by_channel() ? t : 0), codes, x, kCodes);
    if (call.direction == Direction::kEvaluate) {
      task.kernel.evaluate[static_cast<int>(DataType::kF64)](x, y, kCodes, task.params.ForChannel(0));
    } else {
      task.kernel.gradient[static_cast<int>(DataType::kF64)](x, nullptr, y, kCodes, task.params.ForChannel(0));
    }
    std::byte* const to = table.entries.data() + t * kCodes * table.entry_bytes;
    if (IsByte(type)) {
      FromDoubles(Coding(type, call.overflow, out, out.by_channel() ? t : 0), y, to, kCodes);
    } else {
      FromNumbers(DataType::kF64, reinterpret_cast<const std::byte*>(y), type, to, kCodes);
    }
  }
  return table;
}

}  // namespace

const Quantization* TablesOf(const Call& call) {
  const Quantization& in = call.input.quantization;
  const Quantization& out = call.output_quantization;
  if (!out.by_channel()) return &in;
  return !in.by_channel() || *in.axis == *out.axis ? &out : nullptr;
}

ByteTableCache::Table ByteTableCache::Get(const Task& task, bool slopes, bool worth_it) {
  std::string key = KeyOf(task, slopes);
  Shard& shard = shards_[std::hash<std::string>()(key) % kShards];
  if (Table table = Find(shard, key); table != nullptr) return table;
  if (!worth_it) return nullptr;
  auto table = std::make_shared<const ByteTable>(Compute(task, slopes));  // by two threads at once, perhaps
  Keep(shard, std::move(key), table);
  return table;
}

ByteTableCache::Table ByteTableCache::Find(Shard& shard, std::string_view key) {
  std::lock_guard lock(shard.mutex);
  const auto found = shard.by_key.find(key);
  if (found == shard.by_key.end()) return nullptr;
  ++shard.counts.hits;
  shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
  return found->second->table;
}

void ByteTableCache::Keep(Shard& shard, std::string key, const Table& table) {
  const auto size = [](const Entry& entry) {
    return static_cast<int64_t>(entry.key.size() + entry.table->entries.size());
  };
  std::lock_guard lock(shard.mutex);
  ++shard.counts.computed;
  if (shard.by_key.contains(key)) return;
  shard.entries.push_front({std::move(key), table});
  shard.by_key.emplace(shard.entries.front().key, shard.entries.begin());
  shard.counts.bytes += size(shard.entries.front());
  while (shard.counts.bytes > static_cast<int64_t>(limit_bytes_)) {
    shard.counts.bytes -= size(shard.entries.back());
    shard.by_key.erase(shard.entries.back().key);
    shard.entries.pop_back();
  }
  // The table in hand is the caller's, even if it was too large to be kept.
}

ByteTableCounts ByteTableCache::counts() const {
  ByteTableCounts sum;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    sum.hits += shard.counts.hits;
    sum.computed += shard.counts.computed;
    sum.bytes += shard.counts.bytes;
  }
  return sum;
}

ByteTableCache& SharedByteTables() {
  static auto* const tables = new ByteTableCache(kSharedBytes);
  return *tables;
}

}  // namespace actserve::cpu
