// The parts of a Markdown file that commands write. Each lies between a line that names its command and a line that
// says "end".
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace actserve::bench {

// Replaces what lies between the lines of `command` in a file. NOT_FOUND if there is no such file or no such lines.
absl::Status WriteGeneratedPart(const std::string& path, const std::string& command, const std::string& part);
// The same of a text.
absl::StatusOr<std::string> WithGeneratedPart(const std::string& text, const std::string& command,
                                              const std::string& part);

}  // namespace actserve::bench
