// A run: connects, goes through the steps, reports.
#pragma once

#include <atomic>

#include "client/load/command_line.h"

namespace actserve::load {

// Prints a table on standard output, writes the files, and says on standard error what went wrong. `interrupted`, once
// set, ends the run with what there is.
ExitStatus Run(const CommandLine& line, const std::atomic<bool>& interrupted);

}  // namespace actserve::load
