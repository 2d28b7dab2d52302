// A device that computes on the CPU, by the kernels for GPUs, and fails when told to.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "kernels/cuda/device.h"

namespace actserve::cuda {

// What is started is done at once. Memory is the host's, of the exact size and full of rubbish; addresses outside it,
// streams that are not, and what is left behind are failures of the test. Safe from any thread.
class FakeDevice : public Device {
 public:
  enum class Deed { kAllocate, kAllocatePinned, kMakeStream, kUpload, kLaunch, kDownload, kWait, kReset };

  explicit FakeDevice(const Limits& limits, std::string name = "a fake GPU")
      : name_(std::move(name)), limits_(limits) {}
  ~FakeDevice() override;

  // The next deed of this kind fails, with this status, and so do all others until Mend if it is UNAVAILABLE: as with a
  // device that was lost.
  void FailNext(Deed deed, absl::Status status);
  void Mend();
  // Launches wait, until Release.
  void Hold();
  void Release();
  int waiting() const;  // launches that do
  // Results are wrong from now on, if `wrong`.
  void Spoil(bool wrong);
  int64_t count(Deed deed) const;
  // The most that was allocated at once, on either side.
  int64_t most_bytes() const;
  size_t live_allocations() const;

  const std::string& name() const override { return name_; }
  const Limits& limits() const override { return limits_; }
  const Kernel& KernelOf(const Function& function) const override;
  absl::StatusOr<std::byte*> Allocate(int64_t bytes) override;
  void Free(std::byte* memory) override;
  absl::StatusOr<std::byte*> AllocatePinned(int64_t bytes) override;
  void FreePinned(std::byte* memory) override;
  absl::StatusOr<Stream> MakeStream() override;
  void Destroy(Stream stream) override;
  absl::Status Upload(Stream stream, const std::byte* from, std::byte* to, int64_t bytes) override;
  absl::Status Download(Stream stream, const std::byte* from, std::byte* to, int64_t bytes) override;
  absl::Status Copy(Stream stream, const std::byte* from, std::byte* to, int64_t bytes) override;
  absl::Status Fill(Stream stream, std::byte value, std::byte* to, int64_t bytes) override;
  absl::Status Launch(Stream stream, const Program& program, const Addresses& at) override;
  absl::Status Wait(Stream stream) override;
  absl::Status Reset() override;
  absl::StatusOr<double> Time(Stream stream, absl::FunctionRef<absl::Status()> body) override;

 private:
  using Memory = std::map<const std::byte*, int64_t>;  // bytes, by where they begin
  absl::Status Do(Deed deed);
  absl::StatusOr<std::byte*> Make(Deed deed, Memory& memory, int64_t bytes);
  void Release(Memory& memory, std::byte* at);
  void CheckInside(const Memory& memory, const std::byte* at, int64_t bytes) const;
  void CheckStream(Stream stream) const;

  const std::string name_;
  const Limits limits_;
  mutable std::mutex mutex_;  // guards what follows
  Memory device_, pinned_;
  std::set<Stream> streams_;
  intptr_t last_stream_ = 0;
  std::map<Deed, absl::Status> failing_;
  std::map<Deed, int64_t> counts_;
  absl::Status lost_;
  int64_t most_bytes_ = 0;
  bool is_held_ = false, is_wrong_ = false;
  int waiting_ = 0;
  std::condition_variable released_;
};

}  // namespace actserve::cuda
