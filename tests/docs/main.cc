// functions_docs: writes docs/functions. Runs in the repository's root.
#include <cstdio>
#include <string>

#include "tests/docs/files.h"

namespace actserve::docs {
namespace {

int Fail(const std::string& message) {
  std::fprintf(stderr, "functions_docs: %s\n", message.c_str());
  return 1;
}

int Main(int argc) {
  if (argc > 1) return Fail("takes no arguments");
  const auto files = MakeFiles();
  if (!files.ok()) return Fail(std::string(files.status().message()));
  const Files before = ReadFiles(kFolder);
  if (const auto status = WriteFiles(kFolder, *files); !status.ok()) return Fail(std::string(status.message()));
  int changed = 0;
  for (const auto& [name, content] : *files) {
    const auto found = before.find(name);
    changed += found == before.end() || found->second != content;
  }
  std::printf("%s: %d files, %d of them changed\n", kFolder, static_cast<int>(files->size()), changed);
  return 0;
}

}  // namespace
}  // namespace actserve::docs

int main(int argc, char**) { return actserve::docs::Main(argc); }
