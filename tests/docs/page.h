// The pages of docs/functions, as Markdown.
#pragma once

#include <string>
#include <vector>

#include "kernels/api/registry.h"
#include "tests/docs/accuracy.h"
#include "tests/docs/operators.h"
#include "tests/docs/portrait.h"

namespace actserve::docs {

// What pages tell beside the functions' metadata.
struct Sources {
  std::vector<Library> libraries;
  Accuracy exhaustive, sample;  // docs/accuracy.md and docs/accuracy-sample.md
};

// Begins every page.
inline constexpr char kWarning[] =
    "<!-- Written by ./dev docs from the functions' metadata: tests/docs/README.md says what else is in it. -->\n\n";

// A function's page; its plot is plots/NAME.svg.
std::string Page(const Function& function, const Portrait& portrait, const Sources& sources);

// The list of all functions, with plots/NAME-small.svg, and of what other libraries have and this one has not.
std::string Index(const std::vector<Library>& libraries);

}  // namespace actserve::docs
