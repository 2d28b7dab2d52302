#include "client/cpp/bytes.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace actserve::client {
namespace {

bool IsAligned(const char* at) { return reinterpret_cast<uintptr_t>(at) % alignof(double) == 0; }

}  // namespace

absl::Cord ToCord(std::string bytes) {
  auto owner = std::make_shared<const std::string>(std::move(bytes));
  return ToCord(std::as_bytes(std::span(*owner)), owner);
}

absl::Cord ToCord(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) {
  const absl::string_view view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return absl::MakeCordFromExternal(view, [owner = std::move(owner)](absl::string_view) {});
}

absl::Cord Bytes::Share() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

const char* Bytes::Together() const {
  if (const char* together = together_.load(std::memory_order_acquire)) return together;
  std::lock_guard lock(mutex_);
  if (together_ != nullptr) return together_;
  if (const auto flat = bytes_.TryFlat()) {
    together_ = flat->empty() ? "" : flat->data();
  } else {
    Gather();
  }
  return together_;
}

const char* Bytes::Aligned() const {
  if (const char* aligned = aligned_.load(std::memory_order_acquire)) return aligned;
  const char* together = Together();
  std::lock_guard lock(mutex_);
  if (aligned_ != nullptr) return aligned_;
  if (size_ == 0) {
    alignas(double) static constexpr char kNothing[1] = {};
    aligned_ = kNothing;
  } else if (IsAligned(together)) {
    aligned_ = together;
  } else {
    pointed_ = bytes_;
    Gather();
  }
  return aligned_;
}

void Bytes::Gather() const {
  // Of doubles, for their alignment.
  const std::shared_ptr<double[]> memory = std::make_shared_for_overwrite<double[]>(size_ / sizeof(double) + 1);
  char* const begin = reinterpret_cast<char*>(memory.get());
  char* to = begin;
  for (const absl::string_view chunk : bytes_.Chunks()) to = std::copy(chunk.begin(), chunk.end(), to);
  bytes_ = ToCord(std::as_bytes(std::span(begin, size_)), memory);
  if (together_ == nullptr) together_ = begin;
  aligned_ = begin;
}

}  // namespace actserve::client
