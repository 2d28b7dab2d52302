#include "tests/bench/report/command_line.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_format.h"

namespace actserve::bench {

void AddCommonOptions(CLI::App& app, const std::string& example, CommonOptions& options) {
  app.add_option("--json", options.output.json, "write a report as JSON to this file, or to standard output")
      ->expected(0, 1)
      ->type_name("[FILE]");
  app.add_option("--filter", options.filter,
                 "only contests whose name matches this regular expression, such as '" + example +
                     "'; names are shown as they are run");
  app.add_flag("--quick", options.quick, "fewer and shorter rounds");
  app.add_option("--write-docs", options.output.docs, "write the tables into this Markdown file, between its markers");
}

void ParseOrExit(CLI::App& app, int argc, char** argv, CommonOptions& options) {
  try {
    app.parse(argc, argv);
    std::regex(options.filter, std::regex::extended);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  } catch (const std::regex_error& error) {
    std::exit((absl::FPrintF(stderr, "--filter: %s\n", error.what()), 2));
  }
  options.output.with_json = app.get_option("--json")->count() > 0;
}

}  // namespace actserve::bench
