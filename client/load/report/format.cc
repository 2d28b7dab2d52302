#include "client/load/report/format.h"

#include <cmath>

#include "absl/strings/str_format.h"

namespace actserve::load {
namespace {

// Three significant digits.
std::string Short(double value) {
  const double magnitude = std::fabs(value);
  const int decimals = magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2;
  return absl::StrFormat("%.*f", decimals, value);
}

}  // namespace

std::string FormatNanos(double nanos) {
  if (nanos < 999.5) return absl::StrFormat("%.0f ns", nanos);
  if (nanos < 999.5e3) return Short(nanos * 1e-3) + " us";
  if (nanos < 999.5e6) return Short(nanos * 1e-6) + " ms";
  return Short(nanos * 1e-9) + " s";
}

std::string FormatCount(double count) {
  if (count >= 999.5e6) return Short(count * 1e-9) + "G";
  if (count >= 999.5e3) return Short(count * 1e-6) + "M";
  if (count >= 9999.5) return Short(count * 1e-3) + "k";
  return count == std::floor(count) || count >= 99.95 ? absl::StrFormat("%.0f", count) : absl::StrFormat("%.3g", count);
}

std::string FormatBytes(double bytes) {
  const char* unit = "B";
  for (const char* next : {"KiB", "MiB", "GiB"}) {
    if (bytes < 1023.5) break;
    bytes /= 1024;
    unit = next;
  }
  return *unit == 'B' ? absl::StrFormat("%.0f B", bytes) : Short(bytes) + " " + unit;
}

std::string FormatPercent(double share) {
  const double percent = 100 * share;
  return percent == 0 || percent >= 9.95 ? absl::StrFormat("%.0f %%", percent) : absl::StrFormat("%.2g %%", percent);
}

}  // namespace actserve::load
