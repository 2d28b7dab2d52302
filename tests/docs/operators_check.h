// Whether the lists of operators are true of the catalogue.
#pragma once

#include <string>
#include <vector>

#include "tests/docs/operators.h"

namespace actserve::docs {

// What is wrong with a list: operators that their names do not find, defaults that are others here and do not say so
// (or say so and are not), operators that are said to be missing and are not.
std::vector<std::string> Mistakes(const Library& library);

}  // namespace actserve::docs
