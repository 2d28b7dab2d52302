// A function's metadata as ListFunctions and GetFunction answer it.
#pragma once

#include "actserve/v1/activation.pb.h"
#include "kernels/api/function_info.h"

namespace actserve {

v1::Function ToMessage(const FunctionInfo& info);

}  // namespace actserve
