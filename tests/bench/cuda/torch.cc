#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "tests/bench/cuda/bench.h"

namespace actserve::bench::cuda {

absl::StatusOr<TorchTimes> ParseTorchTimes(const std::string& json) {
  TorchTimes times;
  try {
    const nlohmann::json parsed = nlohmann::json::parse(json);
    parsed.at("torch").get_to(times.version);
    parsed.at("device").get_to(times.device);
    parsed.at("elements").get_to(times.elements);
    for (const nlohmann::json& result : parsed.at("results"))
      result.at("seconds").get_to(times.seconds[result.at("name").get<std::string>()]);
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrFormat("expected what torch_peer.py writes, but: %s", std::string(error.what())));
  }
  for (const auto& [name, seconds] : times.seconds) {
    if (seconds.empty() || !std::all_of(seconds.begin(), seconds.end(), [](double each) { return each > 0; }))
      return absl::InvalidArgumentError(absl::StrFormat("%s: expected seconds of at least one round, above 0", name));
  }
  return times;
}

}  // namespace actserve::bench::cuda
