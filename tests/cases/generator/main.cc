// cases: compares the case files with what the kernels compute and the oracle confirms, or writes them. See
// ../README.md.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/str_format.h"
#include "tests/cases/generator/files.h"

namespace actserve::cases {
namespace {

int Fail(const std::string& message) {
  std::fprintf(stderr, "cases: %s\n", message.c_str());
  return 1;
}

int Main(int argc, char** argv) {
  CLI::App app("Compares the files of tests/cases with what the kernels compute, which the oracle confirms.");
  std::string folder = "tests/cases";
  bool write = false;
  app.add_option("--folder", folder, "where the files are")->capture_default_str();
  app.add_flag("--write", write, "write them");
  CLI11_PARSE(app, argc, argv);
  const auto files = MakeFiles();
  if (!files.ok()) return Fail(files.status().ToString());
  const auto found = write ? std::map<std::string, std::string>() : ReadTexts(folder);
  if (!found.ok()) return Fail(found.status().ToString());
  int differing = 0, cases = 0;
  for (const auto& [name, file] : *files) {
    const std::string text = ToText(file), path = absl::StrFormat("%s/%s.json", folder, name);
    cases += file.cases_size();
    if (write && !(std::ofstream(path) << text).flush()) return Fail("cannot write " + path);
    if (write || (found->contains(name) && found->at(name) == text)) continue;
    std::printf("%s is not up to date\n", path.c_str());
    ++differing;
  }
  std::printf("%d cases in %d files, all confirmed by the oracle%s\n", cases, static_cast<int>(files->size()),
              write ? ", written" : "");
  return differing == 0 ? 0 : Fail("./dev cases --write brings the files up to date; look at what it changes");
}

}  // namespace
}  // namespace actserve::cases

int main(int argc, char** argv) { return actserve::cases::Main(argc, argv); }
