// golden_digests: compares the kernels' results with the golden file, or makes the file. See README.md.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>

#include "kernels/cuda/backend.h"
#include "tests/golden/compute.h"
#include "tests/golden/digest_file.h"

namespace actserve::golden {
namespace {

struct Options {
  std::string file = "tests/golden/digests.txt";
  std::vector<std::string> targets;
  std::string dumped;
  bool write = false;
  bool strict = false;
  bool cuda = false;
};

int Fail(const std::string& message) {
  std::fprintf(stderr, "golden_digests: %s\n", message.c_str());
  return 1;
}

int DumpCase(const std::string& name) {
  const std::vector<Case> cases = CasesOf(Functions());
  const auto found = std::find_if(cases.begin(), cases.end(), [&](const Case& c) { return c.name() == name; });
  if (found == cases.end())
    return Fail("there is no case '" + name + "'; the lines of the golden file begin with their names");
  Dump(CpuBackend(), *found, std::cout);
  return 0;
}

int CheckOrWrite(const Options& options) {
  const std::vector<Case> cases = CasesOf(Functions());
  absl::StatusOr<Digests> recorded = options.write ? Digests() : ReadDigests(options.file);
  if (!recorded.ok()) return Fail(recorded.status().ToString());
  Digests expected = *recorded, first;
  int failures = 0;
  for (const std::string& target : options.targets) {
    if (const absl::Status status = ForceCpuTarget(target); !status.ok()) return Fail(status.ToString());
    const Digests computed = DigestsOf(CpuBackend(), cases);
    // Where there is no line, the first target's digests stand in for it.
    if (first.empty()) first = computed;
    expected.insert(computed.begin(), computed.end());
    const std::vector<std::string> differences = DifferencesOf(computed, expected);
    for (const std::string& difference : differences)
      std::printf("differs on %s: %s\n", target.c_str(), difference.c_str());
    std::printf("%s: %zu of %zu cases give the same bits\n", target.c_str(), computed.size() - differences.size(),
                computed.size());
    failures += static_cast<int>(differences.size());
  }
  if (failures > 0) return Fail("results differ (--dump CASE --target TARGET prints a case's bits)");
  if (options.write) {
    const absl::Status status = WriteDigests(options.file, first);
    return status.ok() ? 0 : Fail(status.ToString());
  }
  const std::vector<std::string> missing = NamesMissingFrom(*recorded, first),
                                 unknown = NamesMissingFrom(first, *recorded);
  for (const std::string& name : missing) std::printf("not in %s: %s\n", options.file.c_str(), name.c_str());
  for (const std::string& name : unknown) std::printf("no longer a case: %s\n", name.c_str());
  if (missing.empty() && unknown.empty()) return 0;
  std::printf("./dev golden --write brings the file up to date.\n");
  return options.strict ? 1 : 0;
}

constexpr int kNoGpu = 2;  // what the program then ends with

// On every GPU, each with all cases.
int CheckGpus(const Options& options) {
  const absl::StatusOr<Digests> recorded = ReadDigests(options.file);
  if (!recorded.ok()) return Fail(recorded.status().ToString());
  const auto devices = cuda::FindDevices();
  if (!devices.ok()) return Fail(std::string(devices.status().message())), kNoGpu;
  int failures = 0;
  for (const std::unique_ptr<cuda::Device>& device : *devices) {
    const cuda::CudaBackend backend(*device);
    const Digests computed = DigestsOf(backend, CasesOf(Functions()));
    if (backend.failures() > 0) return Fail(backend.last_failure().ToString());  // and the CPU computed it
    const std::vector<std::string> differences = DifferencesOf(computed, *recorded);
    for (const std::string& difference : differences)
      std::printf("differs on %s: %s\n", device->name().c_str(), difference.c_str());
    std::printf("%s: %zu of %zu cases give the same bits\n", device->name().c_str(),
                computed.size() - differences.size(), computed.size());
    failures += static_cast<int>(differences.size());
  }
  return failures == 0 ? 0 : Fail("results differ from the CPU's");
}

int Main(int argc, char** argv) {
  CLI::App app(
      "Compares digests of the kernels' results, on every instruction set of this machine, with the golden file.");
  Options options;
  app.add_option("--file", options.file, "the golden file")->capture_default_str();
  app.add_option("--target", options.targets, "only these instruction sets")->check(CLI::IsMember(CpuTargets()));
  app.add_flag("--strict", options.strict, "fail where the file lacks a case, or has one that is no more");
  CLI::Option* write = app.add_flag("--write", options.write, "write the file, if all instruction sets agree");
  app.add_flag("--cuda", options.cuda, "on this machine's GPUs, in place of its instruction sets")->excludes(write);
  app.add_option("--dump", options.dumped,
                 "print the bits of a case's inputs and outputs, such as 'gelu evaluate f32 default'")
      ->excludes(write);
  CLI11_PARSE(app, argc, argv);
  if (options.cuda) return CheckGpus(options);
  if (options.targets.empty()) options.targets = CpuTargets();
  if (options.dumped.empty()) return CheckOrWrite(options);
  if (const absl::Status status = ForceCpuTarget(options.targets.front()); !status.ok()) return Fail(status.ToString());
  return DumpCase(options.dumped);
}

}  // namespace
}  // namespace actserve::golden

int main(int argc, char** argv) { return actserve::golden::Main(argc, argv); }
