// Portraits as SVG: without a background, in colours that are legible on light and dark pages.
#pragma once

#include <string>

#include "tests/docs/portrait.h"

namespace actserve::docs {

// With axes, ticks and a legend.
std::string Figure(const Portrait& portrait);
// The curves and the lines x = 0 and y = 0, for a table.
std::string Miniature(const Portrait& portrait);

}  // namespace actserve::docs
