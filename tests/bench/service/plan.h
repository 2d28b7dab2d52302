// Which contests there are.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/service/contest.h"

namespace actserve::bench::service {

std::vector<Contest> Plan();

// actserve's settings for them: nothing is to be refused.
std::string Settings();

}  // namespace actserve::bench::service
