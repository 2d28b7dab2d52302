// The charts of a report's page.
#pragma once

#include <string>
#include <vector>

#include "client/load/report/report.h"

namespace actserve::load {

struct Figure {
  std::string title, note, svg;
};

// Those that there is something to draw for.
std::vector<Figure> Figures(const Report& report);

}  // namespace actserve::load
