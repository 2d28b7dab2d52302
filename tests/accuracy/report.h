// A run's result for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "tests/accuracy/summary.h"

namespace actserve::accuracy {

struct Circumstances {
  std::string version;  // of the project
  std::string date;
  bool quick = false;
};

// The tables, as Markdown that is also legible as it is.
std::string Tables(const std::vector<Row>& rows);
// The page docs/accuracy.md.
std::string Page(const std::vector<Row>& rows, const Circumstances& circumstances);
std::string Json(const std::vector<Row>& rows, const Circumstances& circumstances);

}  // namespace actserve::accuracy
