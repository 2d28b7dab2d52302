#include "tests/bench/report/result.h"

#include "tests/bench/report/statistics.h"

namespace actserve::bench {

const Entrant* Result::Find(std::string_view name) const {
  for (const Entrant& entrant : entrants) {
    if (entrant.name == name) return &entrant;
  }
  return nullptr;
}

const Entrant* Result::Roof() const {
  const Entrant* best = nullptr;
  for (const Entrant& entrant : entrants) {
    if (!entrant.name.starts_with(kRoofPrefix)) continue;
    if (best == nullptr || GigaBytes(entrant) > GigaBytes(*best)) best = &entrant;
  }
  return best;
}

double GigaElements(const Entrant& entrant) {
  return static_cast<double>(entrant.elements) / Median(entrant.seconds) * 1e-9;
}

double GigaBytes(const Entrant& entrant) { return static_cast<double>(entrant.bytes) / Median(entrant.seconds) * 1e-9; }

double Speedup(const Entrant& entrant, const Entrant& other) {
  return PairedRatio(other.seconds, entrant.seconds) * static_cast<double>(entrant.elements) /
         static_cast<double>(other.elements);
}

}  // namespace actserve::bench
