// The bytes of tensors: shared, and left where they are for as long as that will do.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "absl/strings/cord.h"

namespace actserve::client {

// Bytes that never change, in one piece or in several. Safe from any thread.
class Bytes {
 public:
  explicit Bytes(absl::Cord bytes) : size_(bytes.size()), bytes_(std::move(bytes)) {}

  size_t size() const { return size_; }

  // The pieces. What they are stays as long as the Cord that is given.
  absl::Cord Share() const;

  // All in one piece, which stays as long as this; the second at an address fit for any element. What does not lie so
  // is copied, at most once, and the pieces are given back.
  const char* Together() const;
  const char* Aligned() const;

 private:
  void Gather() const;  // under the lock

  const size_t size_;
  mutable std::mutex mutex_;
  mutable absl::Cord bytes_;    // guarded by mutex_
  mutable absl::Cord pointed_;  // where Together has pointed, if not to bytes_
  mutable std::atomic<const char*> together_ = nullptr;
  mutable std::atomic<const char*> aligned_ = nullptr;
};

// Bytes that a Cord keeps, and does not copy: a string's, or those that `owner` keeps alive.
absl::Cord ToCord(std::string bytes);
absl::Cord ToCord(std::span<const std::byte> bytes, std::shared_ptr<const void> owner);

}  // namespace actserve::client
