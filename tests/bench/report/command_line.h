// The options that all benchmarks have.
#pragma once

#include <CLI/CLI.hpp>
#include <regex>
#include <string>

#include "tests/bench/report/output.h"

namespace actserve::bench {

struct CommonOptions {
  OutputOptions output;
  std::string filter;
  bool quick = false;

  bool Wants(const std::string& contest) const {
    return std::regex_search(contest, std::regex(filter, std::regex::extended));
  }
};

// `example` is a filter. Both must outlive parsing.
void AddCommonOptions(CLI::App& app, const std::string& example, CommonOptions& options);
// Exits with 2, and a message, unless the command line can be parsed; with 0 after --help.
void ParseOrExit(CLI::App& app, int argc, char** argv, CommonOptions& options);

}  // namespace actserve::bench
