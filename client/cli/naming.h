// Where the results of several items go.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace actserve::client {

// What an item is called, in file names and in messages.
struct ItemName {
  std::string function;
  std::string input;  // the file, or "-"
  int index = 0;      // from 0

  std::string ToString() const;  // "gelu of x.npy"
};

// A path for each item: the pattern with {function}, {input} (the file's name without folder and extension) and {index}
// replaced. INVALID_ARGUMENT for other words in braces, and if two items would get the same path.
absl::StatusOr<std::vector<std::string>> ExpandPattern(const std::string& pattern, const std::vector<ItemName>& names);

}  // namespace actserve::client
