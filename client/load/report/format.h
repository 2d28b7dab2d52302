// Figures for people.
#pragma once

#include <string>

#include "client/load/engine/nanos.h"

namespace actserve::load {

std::string FormatNanos(double nanos);    // three digits and a unit: "1.23 ms", "45.6 us"
std::string FormatCount(double count);    // "12.3k", "4.56M"; whole below 10,000
std::string FormatBytes(double bytes);    // "64.0 KiB"
std::string FormatPercent(double share);  // "12 %", "0.3 %"

}  // namespace actserve::load
