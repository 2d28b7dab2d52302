// Where a benchmark's report goes.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/measure/table.h"

namespace actserve::bench {

struct OutputOptions {
  bool with_json = false;
  std::string json;  // a file; with_json without one means standard output
  std::string docs;  // a Markdown file, or none
};

struct Output {
  std::string command;                 // whose part of the Markdown file it is
  std::string heading;                 // a line
  std::vector<measure::Table> tables;  // goals first
  std::string json;
};

// Writes the JSON and the part of the Markdown file that were asked for. UNKNOWN or NOT_FOUND with the file's name.
absl::Status WriteFiles(const OutputOptions& options, const Output& output);
// Prints the tables, goals last, where they are seen: to standard output unless the JSON went there.
void Print(const OutputOptions& options, const Output& output);

}  // namespace actserve::bench
