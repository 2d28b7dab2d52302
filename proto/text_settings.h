// Settings as a protobuf message: a file in text format, flags over it, and where each value came from, so that an
// error can point there.
#pragma once

#include <google/protobuf/message.h>

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace actserve {

// By field ("threads"; "listen[0]" for a repeated one; "call[1].function" within a message): "actserve.textproto:12" or
// "--threads". Defaults have none.
using Origins = std::map<std::string, std::string>;

// Whom to blame for a field's value: "file:line: field", the flag, or the field alone.
std::string Where(const Origins& origins, const std::string& field);

// Reads a text-format file. NOT_FOUND or INVALID_ARGUMENT says the file, the line, and what is wrong there.
absl::Status ReadText(const std::string& path, google::protobuf::Message& message, Origins& origins);

// Sets a field from a flag's value, or adds to it if it is repeated and `append`. INVALID_ARGUMENT names the origin,
// the value and what was expected. A field `name` must exist.
absl::Status SetText(std::string_view name, const std::string& value, const std::string& origin, bool append,
                     google::protobuf::Message& message, Origins& origins);

// Every field with the value in use, in the format that ReadText reads.
std::string PrintText(const google::protobuf::Message& message);

}  // namespace actserve
