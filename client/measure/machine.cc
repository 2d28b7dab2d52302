#include "client/measure/machine.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

namespace actserve::measure {
namespace {

std::string FirstWord(const std::string& path) {
  std::string word;
  std::ifstream(path) >> word;
  return word;
}

// The data cache of this level in bytes, or 0. The kernel knows of virtual machines' caches what the C library guesses.
int64_t CacheBytes(int level, int sysconf_name) {
  for (int index = 0; index < 8; ++index) {
    const std::string folder = absl::StrCat("/sys/devices/system/cpu/cpu0/cache/index", index, "/");
    if (FirstWord(folder + "level") != absl::StrCat(level) || FirstWord(folder + "type") == "Instruction") continue;
    std::string size = FirstWord(folder + "size");  // "32K"
    int64_t kibibytes = 0;
    if (absl::EndsWith(size, "K") && absl::SimpleAtoi(absl::StripSuffix(size, "K"), &kibibytes))
      return kibibytes * 1024;
  }
  return std::max<int64_t>(0, sysconf(sysconf_name));
}

std::string CpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(':');
    if (absl::StartsWith(line, "model name") && colon != std::string::npos)
      return std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  return "unknown";
}

std::string Size(int64_t bytes) {
  return bytes < int64_t{1} << 20 ? absl::StrCat(bytes >> 10, " KiB") : absl::StrCat(bytes >> 20, " MiB");
}

}  // namespace

std::string Machine::ToString() const {
  return absl::StrFormat("%s; caches of %s, %s, %s", cpu, Size(l1), Size(l2), Size(last));
}

Machine ThisMachine() {
  Machine machine{.cpu = CpuName(),
                  .l1 = CacheBytes(1, _SC_LEVEL1_DCACHE_SIZE),
                  .l2 = CacheBytes(2, _SC_LEVEL2_CACHE_SIZE),
                  .last = CacheBytes(3, _SC_LEVEL3_CACHE_SIZE)};
  if (machine.l1 == 0) machine.l1 = 32 << 10;  // nobody says: what is usual
  if (machine.l2 == 0) machine.l2 = 1 << 20;
  machine.last = std::max(machine.last, machine.l2);
  return machine;
}

}  // namespace actserve::measure
