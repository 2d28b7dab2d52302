#include "server/observe/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace actserve {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

void AddValue(std::vector<MetricFamily>& families, MetricType type, const char* name, const char* help, double value) {
  MetricFamily& family = families.emplace_back(MetricFamily{name, help, type, {}});
  prometheus::ClientMetric& metric = family.metric.emplace_back();
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return time.tv_sec + time.tv_usec * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// When this library was loaded: a moment after the process started.
const std::time_t kStart = std::time(nullptr);

}  // namespace

void CollectProcess(std::vector<MetricFamily>& families) {
  AddValue(families, MetricType::Counter, "process_cpu_seconds_total", "CPU time used.", CpuSeconds());
  AddValue(families, MetricType::Gauge, "process_start_time_seconds", "When the process started, in Unix time.",
           static_cast<double>(kStart));
  uint64_t total = 0;
  uint64_t resident = 0;
  if (std::ifstream statm("/proc/self/statm"); statm >> total >> resident) {
    AddValue(families, MetricType::Gauge, "process_resident_memory_bytes", "Memory in use.",
             static_cast<double>(resident) * sysconf(_SC_PAGESIZE));
  }
  std::error_code error;
  double descriptors = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end; it.increment(error)) {
    ++descriptors;
  }
  if (!error) AddValue(families, MetricType::Gauge, "process_open_fds", "File descriptors open.", descriptors);
}

}  // namespace actserve
