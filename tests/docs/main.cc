// functions_docs: writes docs/functions. Runs in the repository's root.
#include <cstdio>
#include <string>

#include "tests/docs/files.h"

int main(int argc, char**) {
  using namespace actserve::docs;
  const auto fail = [](const std::string& message) {
    std::fprintf(stderr, "functions_docs: %s\n", message.c_str());
    return 1;
  };
  if (argc > 1) return fail("takes no arguments");
  const auto files = MakeFiles();
  if (!files.ok()) return fail(std::string(files.status().message()));
  const Files before = ReadFiles(kFolder);
  if (const auto status = WriteFiles(kFolder, *files); !status.ok()) return fail(std::string(status.message()));
  int changed = 0;
  for (const auto& [name, content] : *files) {
    const auto found = before.find(name);
    changed += found == before.end() || found->second != content;
  }
  std::printf("%s: %d files, %d of them changed\n", kFolder, static_cast<int>(files->size()), changed);
}
