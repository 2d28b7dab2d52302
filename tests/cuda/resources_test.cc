// What the compiler says of the kernels' resources: recorded when they were compiled (cmake/record_resources.sh).
#include <cxxabi.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <string>

#include "absl/strings/str_split.h"
#include "kernels/api/registry.h"
#include "tests/cuda/emulated.h"

namespace actserve::cuda {
namespace {

std::string Demangled(const std::string& name) {
  int status = 0;
  char* const demangled = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status);
  std::string text = status == 0 ? demangled : name;
  std::free(demangled);
  return text;
}

// Of a kernel, or of a function that it calls, on one architecture.
struct Resources {
  std::string name, architecture;
  int stack = 0, stores = 0, loads = 0, registers = 0;
};

std::vector<Resources> ReadReport(const std::string& path) {
  static const std::regex entry("Compiling entry function '([^']+)' for '([^']+)'"),
      memory("(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads"),
      registers("Used (\\d+) registers");
  std::vector<Resources> all;
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (std::regex_search(line, match, entry)) {
      all.push_back({Demangled(match[1]), match[2]});
    } else if (std::regex_search(line, match, memory)) {
      if (all.empty()) all.push_back({"?", "?"});
      all.back().stack += std::stoi(match[1]);
      all.back().stores += std::stoi(match[2]);
      all.back().loads += std::stoi(match[3]);
    } else if (std::regex_search(line, match, registers)) {
      if (!all.empty()) all.back().registers = std::stoi(match[1]);
    }
  }
  return all;
}

int KernelsOf(const Kernel& kernel) {
  int count = 0;
  const auto add = [&count](const auto& launchers) {
    for (const auto& launcher : launchers) count += launcher != nullptr ? 1 : 0;
  };
  for (const int direction : {0, 1}) {
    for (const auto& way : kernel.elementwise[direction]) count += way.launch != nullptr ? 1 : 0;
    for (const auto& way : kernel.gated[direction]) count += way.launch != nullptr ? 1 : 0;
    add(kernel.rows_of_half_warps[direction]);
    add(kernel.rows_of_blocks[direction]);
    add(kernel.streamed_rows[direction]);
  }
  add(kernel.range_sums);
  add(kernel.row_sums);
  return count;
}

TEST(CudaResources, NoKernelSpillsRegistersOrUsesLocalMemory) {
  const std::vector<std::string> reports = absl::StrSplit(ACTSERVE_CUDA_REPORTS, ',', absl::SkipEmpty());
  if (reports.empty()) GTEST_SKIP() << "this build has no CUDA compiler (nvcc in PATH or in /usr/local/cuda/bin)";
  std::map<std::string, int> kernels;  // by architecture
  int most = 0;
  for (const std::string& path : reports) {
    const std::vector<Resources> report = ReadReport(path);
    EXPECT_FALSE(report.empty()) << path;
    for (const Resources& kernel : report) {
      ++kernels[kernel.architecture];
      most = std::max(most, kernel.registers);
      EXPECT_GT(kernel.registers, 0) << kernel.name;
      EXPECT_EQ(kernel.stack, 0) << kernel.name << " has so many bytes of local memory on " << kernel.architecture;
      EXPECT_EQ(kernel.stores + kernel.loads, 0) << kernel.name << " spills so many bytes on " << kernel.architecture;
    }
  }
  // As many on each as are launched.
  int launched = 0;
  for (const Function& function : Functions()) launched += KernelsOf(emulated::FindKernel(function.index));
  for (const auto& [architecture, count] : kernels) {
    EXPECT_EQ(count, launched) << architecture;
    std::printf("%s: %d kernels, at most %d registers\n", architecture.c_str(), count, most);
  }
}

}  // namespace
}  // namespace actserve::cuda
