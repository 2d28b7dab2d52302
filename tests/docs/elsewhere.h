// What a function's page tells of other libraries.
#pragma once

#include <string>
#include <vector>

#include "kernels/api/registry.h"
#include "tests/docs/operators.h"

namespace actserve::docs {

// Which operators of the libraries the function is, and where their defaults or names differ, as Markdown.
std::string Elsewhere(const Function& function, const std::vector<Library>& libraries);

// The operators that are not here, and why, as Markdown.
std::string NotHere(const std::vector<Library>& libraries);

}  // namespace actserve::docs
