// The files of docs/functions: what they ought to hold, and what they do.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace actserve::docs {

// Where the pages are and what they are made from, seen from the repository's root.
inline constexpr char kFolder[] = "docs/functions";
inline constexpr char kAccuracyPage[] = "docs/accuracy.md";
inline constexpr char kAccuracySamplePage[] = "docs/accuracy-sample.md";
inline constexpr char kOperators[] = "tests/docs/operators";

// Contents by path within the folder: pages, README.md, and plots. The same on every machine.
using Files = std::map<std::string, std::string>;
absl::StatusOr<Files> MakeFiles();

// What is in a folder; nothing if there is none.
Files ReadFiles(const std::string& folder);
// Makes a folder's content these files: others in it are removed.
absl::Status WriteFiles(const std::string& folder, const Files& files);

}  // namespace actserve::docs
