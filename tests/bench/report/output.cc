#include "tests/bench/report/output.h"

#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "tests/bench/report/generated_part.h"

namespace actserve::bench {
namespace {

bool HasJsonOnStdout(const OutputOptions& options) { return options.with_json && options.json.empty(); }

}  // namespace

absl::Status WriteFiles(const OutputOptions& options, const Output& output) {
  if (HasJsonOnStdout(options)) std::cout << output.json << std::flush;
  if (!options.json.empty() && !(std::ofstream(options.json) << output.json).flush())
    return absl::UnknownError(absl::StrCat("cannot write ", options.json));
  if (options.docs.empty()) return absl::OkStatus();
  std::string part = output.heading;
  for (const measure::Table& table : output.tables)
    absl::StrAppend(&part, "\n", Render(table, measure::TableStyle::kMarkdown));
  return WriteGeneratedPart(options.docs, output.command, part);
}

void Print(const OutputOptions& options, const Output& output) {
  std::ostream& out = HasJsonOnStdout(options) ? std::cerr : std::cout;
  out << "\n" << output.heading;
  for (size_t i = 1; i < output.tables.size(); ++i) out << "\n" << Render(output.tables[i], measure::TableStyle::kText);
  if (!output.tables.empty()) out << "\n" << Render(output.tables[0], measure::TableStyle::kText);
}

}  // namespace actserve::bench
