// What the compiler says of the kernels' resources: recorded when they were compiled (cmake/record_resources.sh).
#include <cxxabi.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <string>

#include "absl/strings/str_split.h"

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

TEST(CudaResources, NoKernelSpillsRegistersOrUsesLocalMemory) {
  const std::vector<std::string> reports = absl::StrSplit(ACTSERVE_CUDA_REPORTS, ',', absl::SkipEmpty());
  if (reports.empty()) GTEST_SKIP() << "this build has no CUDA compiler (nvcc in PATH or in /usr/local/cuda/bin)";
  std::map<std::string, int> kernels;  // by architecture
  int most = 0;
  for (const std::string& path : reports) {
    const std::vector<Resources> report = ReadReport(path);
    // Gated functions are the CPU's.
    const bool is_gated = path.find("_glu.") != path.npos || path.find("_maxout.") != path.npos;
    EXPECT_EQ(report.empty(), is_gated) << path << " tells of " << report.size() << " kernels";
    for (const Resources& kernel : report) {
      ++kernels[kernel.architecture];
      most = std::max(most, kernel.registers);
      EXPECT_GT(kernel.registers, 0) << kernel.name;
      EXPECT_EQ(kernel.stack, 0) << kernel.name << " has so many bytes of local memory on " << kernel.architecture;
      EXPECT_EQ(kernel.stores + kernel.loads, 0) << kernel.name << " spills so many bytes on " << kernel.architecture;
    }
  }
  // As many on each.
  for (const auto& [architecture, count] : kernels) {
    EXPECT_EQ(count, kernels.begin()->second) << architecture;
    std::printf("%s: %d kernels, at most %d registers\n", architecture.c_str(), count, most);
  }
}

}  // namespace
}  // namespace actserve::cuda
