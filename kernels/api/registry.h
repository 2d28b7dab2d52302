// The functions there are.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/api/function_info.h"

namespace actserve {

// A function's place in the catalogue. All below are constant after start-up and safe from any thread.
struct Function {
  FunctionInfo info;
  int index = 0;  // in Functions(); a label, an array slot
};

// Every function, in the catalogue's order.
std::span<const Function> Functions();

// The function of this name or alias, or null. Neither case nor underscores matter: LeakyRelu and LeakyReLU, as ONNX
// and PyTorch have it, are leaky_relu.
const Function* FindFunction(std::string_view name);
// A name without what does not matter.
std::string PlainName(std::string_view name);

// The names and aliases closest to `name` by edit distance, nearest first, at most `most`; none if nothing is near.
std::vector<std::string> NearestNames(std::string_view name, size_t most = 3);

// The aliases of a function, split.
std::vector<std::string_view> Aliases(const FunctionInfo& info);

}  // namespace actserve
