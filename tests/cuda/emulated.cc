#include "tests/cuda/emulated.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "kernels/functions/catalog.h"

namespace actserve::cuda::emulated {

#define ACT_DECLARE(family) std::span<const Kernel> Kernels_##family();  // emulated_family.cc
ACT_FAMILIES(ACT_DECLARE)
#undef ACT_DECLARE

const Kernel& FindKernel(int function_index) {
  static const std::vector<Kernel>* const kernels = [] {
    auto* all = new std::vector<Kernel>;
#define ACT_ADD(family) \
  for (const Kernel& kernel : Kernels_##family()) all->push_back(kernel);
    ACT_FAMILIES(ACT_ADD)
#undef ACT_ADD
    return all;
  }();
  return (*kernels)[static_cast<size_t>(function_index)];
}

namespace {

// Aligned to 256 bytes, as a device's memory is, and of the exact size, for the address sanitizer.
class Memory {
 public:
  explicit Memory(int64_t bytes) {
    if (bytes == 0) return;
    void* data = nullptr;
    if (posix_memalign(&data, 256, static_cast<size_t>(bytes)) != 0) std::abort();
    data_ = static_cast<std::byte*>(std::memset(data, 0xa5, static_cast<size_t>(bytes)));
  }
  ~Memory() { std::free(data_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  std::byte* data() const { return data_; }

 private:
  std::byte* data_ = nullptr;
};

class EmulatedExecution : public Execution {
 public:
  EmulatedExecution(const Call& call, const Limits& limits, MutableTensorView output,
                    std::span<const MutableTensorView> gradients)
      : call_(call),
        program_(call, FindKernel(call.function->index), limits),
        output_(output),
        gradients_(gradients.begin(), gradients.end()) {}

  int64_t pieces() const override { return 1; }
  void Run(int64_t) override {
    const auto bytes = [](const auto& tensor) { return static_cast<int64_t>(tensor.bytes()); };
    const Memory input(bytes(call_.input)), upstream(call_.upstream ? bytes(*call_.upstream) : 0);
    const Memory output(bytes(output_)), workspace(program_.workspace_bytes());
    const Memory params(static_cast<int64_t>(program_.params().size()));
    const Memory sums(program_.sums() * static_cast<int64_t>(sizeof(DoubleDouble)));
    call_.input.Copy(0, call_.input.elements(), input.data());
    if (call_.upstream) call_.upstream->Copy(0, call_.upstream->elements(), upstream.data());
    if (!program_.params().empty()) std::memcpy(params.data(), program_.params().data(), program_.params().size());
    const Addresses at{.input = input.data(),
                       .upstream = upstream.data(),
                       .output = output.data(),
                       .params = params.data(),
                       .workspace = workspace.data(),
                       .sums = sums.data()};
    if (program_.Launch(at, nullptr) != 0) std::abort();
    if (output_.bytes() > 0) std::memcpy(output_.data, output.data(), output_.bytes());
    program_.Conclude(reinterpret_cast<const DoubleDouble*>(sums.data()), gradients_);
  }
  void Finish() override {}

 private:
  const Call call_;
  const Program program_;
  MutableTensorView output_;
  const std::vector<MutableTensorView> gradients_;
};

class EmulatedBackend : public Backend {
 public:
  explicit EmulatedBackend(const Limits& limits) : limits_(limits) {}
  std::string_view name() const override { return "emulated"; }
  std::unique_ptr<Execution> Prepare(const Call& call, MutableTensorView output,
                                     std::span<const MutableTensorView> gradients) const override {
    return std::make_unique<EmulatedExecution>(call, limits_, output, gradients);
  }

 private:
  const Limits limits_;
};

}  // namespace

std::unique_ptr<Backend> MakeBackend(const Limits& limits) { return std::make_unique<EmulatedBackend>(limits); }

}  // namespace actserve::cuda::emulated
