// The golden file: a line for each case, its name and its digest.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace actserve::golden {

using Digests = std::map<std::string, std::string>;  // by a case's name

// NOT_FOUND where there is no such file, INVALID_ARGUMENT with the number of a line that is not one.
absl::StatusOr<Digests> ReadDigests(const std::string& path);
absl::Status WriteDigests(const std::string& path, const Digests& digests);

// A line for each case of `computed` that is in `recorded` with another digest.
std::vector<std::string> DifferencesOf(const Digests& computed, const Digests& recorded);
// The names in `digests` that `others` does not have.
std::vector<std::string> NamesMissingFrom(const Digests& others, const Digests& digests);

}  // namespace actserve::golden
