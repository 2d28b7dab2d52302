// Tensors in chunks, as a transport delivers them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "tests/kernels/inputs.h"
#include "tests/kernels/tensor.h"

namespace actserve::testing {

// A tensor's bytes after some others, cut at random, every chunk in memory of its own that ends where it does.
class Cut {
 public:
  Cut(const TensorView& tensor, int64_t before, int64_t longest, Random& random) : tensor_(tensor), before_(before) {
    const int64_t bytes = before + static_cast<int64_t>(tensor.bytes());
    for (int64_t begin = 0; begin < bytes;) {
      const int64_t end = std::min(bytes, begin + 1 + random.Below(longest));
      auto& memory = memory_.emplace_back(std::make_unique<std::byte[]>(static_cast<size_t>(end - begin)));
      for (int64_t i = std::max(begin, before); i < end; ++i) memory[i - begin] = tensor.data[i - before];
      chunks_.push_back({memory.get(), begin, end});
      begin = end;
    }
  }
  InputView view() const { return InputView(tensor_.type, tensor_.shape, chunks_, before_); }

 private:
  TensorView tensor_;
  int64_t before_;
  std::vector<std::unique_ptr<std::byte[]>> memory_;
  std::vector<Chunk> chunks_;
};

}  // namespace actserve::testing
