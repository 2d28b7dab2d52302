// Functions' metadata as text.
#pragma once

#include <span>
#include <string>

#include "actserve/v1/activation.pb.h"

namespace actserve::client {

// A line for each function: name, aliases, kind, parameters, formula.
std::string FunctionTable(std::span<const v1::Function> functions);

// All about one.
std::string Description(const v1::Function& function);

// As the wire's JSON mapping has it, indented.
std::string ToJson(const google::protobuf::Message& message);

}  // namespace actserve::client
