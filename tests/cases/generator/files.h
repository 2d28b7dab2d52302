// The case files' contents, and where they are.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "tests/cases/case.pb.h"

namespace actserve::cases {

// Makes every file: by its name without ".json", a function's or "errors". Results are computed by the kernels;
// INTERNAL, with the worst elements, if the oracle says otherwise.
absl::StatusOr<std::map<std::string, File>> MakeFiles();

// A file's text, a case a line; and back. INVALID_ARGUMENT for a text that is none.
std::string ToText(const File& file);
absl::StatusOr<File> FromText(const std::string& text);

// All files of a folder, as text. NOT_FOUND if there are none.
absl::StatusOr<std::map<std::string, std::string>> ReadTexts(const std::string& folder);

}  // namespace actserve::cases
