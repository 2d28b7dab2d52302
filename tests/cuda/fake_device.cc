#include "tests/cuda/fake_device.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "tests/cuda/emulated.h"

namespace actserve::cuda {

FakeDevice::~FakeDevice() {
  EXPECT_TRUE(device_.empty()) << device_.size() << " pieces of device memory were left behind";
  EXPECT_TRUE(pinned_.empty()) << pinned_.size() << " pieces of pinned memory were left behind";
  EXPECT_TRUE(streams_.empty()) << streams_.size() << " streams were left behind";
}

void FakeDevice::FailNext(Deed deed, absl::Status status) {
  std::lock_guard lock(mutex_);
  failing_[deed] = std::move(status);
}

void FakeDevice::Mend() {
  std::lock_guard lock(mutex_);
  failing_.clear();
  lost_ = absl::OkStatus();
}

int64_t FakeDevice::count(Deed deed) const {
  std::lock_guard lock(mutex_);
  const auto found = counts_.find(deed);
  return found == counts_.end() ? 0 : found->second;
}

void FakeDevice::Hold() {
  std::lock_guard lock(mutex_);
  is_held_ = true;
}

void FakeDevice::Release() {
  std::lock_guard lock(mutex_);
  is_held_ = false;
  released_.notify_all();
}

void FakeDevice::Spoil(bool wrong) {
  std::lock_guard lock(mutex_);
  is_wrong_ = wrong;
}

int FakeDevice::waiting() const {
  std::lock_guard lock(mutex_);
  return waiting_;
}

int64_t FakeDevice::most_bytes() const {
  std::lock_guard lock(mutex_);
  return most_bytes_;
}

size_t FakeDevice::live_allocations() const {
  std::lock_guard lock(mutex_);
  return device_.size() + pinned_.size();
}

absl::Status FakeDevice::Do(Deed deed) {
  std::lock_guard lock(mutex_);
  ++counts_[deed];
  if (!lost_.ok()) return lost_;
  const auto found = failing_.find(deed);
  if (found == failing_.end()) return absl::OkStatus();
  const absl::Status status = found->second;
  failing_.erase(found);
  if (absl::IsUnavailable(status)) lost_ = status;
  return status;
}

const Kernel& FakeDevice::KernelOf(const Function& function) const { return emulated::FindKernel(function.index); }

absl::StatusOr<std::byte*> FakeDevice::Make(Deed deed, Memory& memory, int64_t bytes) {
  EXPECT_GT(bytes, 0);
  if (absl::Status status = Do(deed); !status.ok()) return status;
  void* data = nullptr;
  if (posix_memalign(&data, 256, static_cast<size_t>(bytes)) != 0) std::abort();
  auto* const at = static_cast<std::byte*>(std::memset(data, 0xa5, static_cast<size_t>(bytes)));
  std::lock_guard lock(mutex_);
  memory[at] = bytes;
  int64_t all = 0;
  for (const auto& [begin, size] : memory) all += size;
  most_bytes_ = std::max(most_bytes_, all);
  return at;
}
absl::StatusOr<std::byte*> FakeDevice::Allocate(int64_t bytes) { return Make(Deed::kAllocate, device_, bytes); }
absl::StatusOr<std::byte*> FakeDevice::AllocatePinned(int64_t bytes) {
  return Make(Deed::kAllocatePinned, pinned_, bytes);
}

void FakeDevice::Release(Memory& memory, std::byte* at) {
  std::lock_guard lock(mutex_);
  EXPECT_EQ(memory.erase(at), 1u) << "memory was freed that is none";
  std::free(at);
}
void FakeDevice::Free(std::byte* memory) { Release(device_, memory); }
void FakeDevice::FreePinned(std::byte* memory) { Release(pinned_, memory); }

absl::StatusOr<Device::Stream> FakeDevice::MakeStream() {
  if (absl::Status status = Do(Deed::kMakeStream); !status.ok()) return status;
  std::lock_guard lock(mutex_);
  const auto stream = reinterpret_cast<Stream>(++last_stream_);  // not what is counted, by other threads as well
  streams_.insert(stream);
  return stream;
}
void FakeDevice::Destroy(Stream stream) {
  std::lock_guard lock(mutex_);
  EXPECT_EQ(streams_.erase(stream), 1u);
}

void FakeDevice::CheckInside(const Memory& memory, const std::byte* at, int64_t bytes) const {
  std::lock_guard lock(mutex_);
  auto after = memory.upper_bound(at);
  ASSERT_NE(after, memory.begin()) << "not an address of this kind of memory";
  const auto& [begin, size] = *--after;
  EXPECT_LE(at + bytes, begin + size) << "beyond the end";
}
void FakeDevice::CheckStream(Stream stream) const {
  std::lock_guard lock(mutex_);
  EXPECT_TRUE(streams_.contains(stream));
}

absl::Status FakeDevice::Upload(Stream stream, const std::byte* from, std::byte* to, int64_t bytes) {
  CheckStream(stream);
  CheckInside(pinned_, from, bytes);
  CheckInside(device_, to, bytes);
  if (absl::Status status = Do(Deed::kUpload); !status.ok()) return status;
  std::memcpy(to, from, static_cast<size_t>(bytes));
  return absl::OkStatus();
}
absl::Status FakeDevice::Download(Stream stream, const std::byte* from, std::byte* to, int64_t bytes) {
  CheckStream(stream);
  CheckInside(device_, from, bytes);
  CheckInside(pinned_, to, bytes);
  if (absl::Status status = Do(Deed::kDownload); !status.ok()) return status;
  std::memcpy(to, from, static_cast<size_t>(bytes));
  return absl::OkStatus();
}
absl::Status FakeDevice::Copy(Stream stream, const std::byte* from, std::byte* to, int64_t bytes) {
  CheckStream(stream);
  CheckInside(device_, from, bytes);
  CheckInside(device_, to, bytes);
  std::memcpy(to, from, static_cast<size_t>(bytes));
  return absl::OkStatus();
}
absl::Status FakeDevice::Fill(Stream stream, std::byte value, std::byte* to, int64_t bytes) {
  CheckStream(stream);
  CheckInside(device_, to, bytes);
  std::memset(to, static_cast<int>(value), static_cast<size_t>(bytes));
  return absl::OkStatus();
}
absl::Status FakeDevice::Launch(Stream stream, const Program& program, const Addresses& at) {
  CheckStream(stream);
  bool is_wrong = false;
  {
    std::unique_lock lock(mutex_);
    ++waiting_;
    released_.wait(lock, [this] { return !is_held_; });
    --waiting_;
    is_wrong = is_wrong_;
  }
  if (absl::Status status = Do(Deed::kLaunch); !status.ok()) return status;
  EXPECT_EQ(program.Launch(at, stream), 0);
  if (is_wrong && at.output != nullptr) *static_cast<uint8_t*>(at.output) ^= 1;
  return absl::OkStatus();
}
absl::Status FakeDevice::Wait(Stream stream) {
  CheckStream(stream);
  return Do(Deed::kWait);
}

absl::Status FakeDevice::Reset() {
  {
    std::lock_guard lock(mutex_);
    EXPECT_TRUE(device_.empty() && pinned_.empty() && streams_.empty()) << "in use";
  }
  return Do(Deed::kReset);
}

absl::StatusOr<double> FakeDevice::Time(Stream stream, absl::FunctionRef<absl::Status()> body) {
  CheckStream(stream);
  const auto start = std::chrono::steady_clock::now();
  if (absl::Status status = body(); !status.ok()) return status;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace actserve::cuda
