// A configuration that remembers where each setting came from, so that an error can point there.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/text_settings.h"
#include "server/config/server_config.pb.h"

namespace actserve {

// What metrics_listen is where there are to be no metrics.
inline constexpr char kNoAddress[] = "none";

struct Settings {
  config::ServerConfig config;
  Origins origins;

  std::string Where(const std::string& field) const { return actserve::Where(origins, field); }
};

// Reads a text-format file. NOT_FOUND or INVALID_ARGUMENT says the file, the line, and what is wrong there.
absl::StatusOr<Settings> LoadSettings(const std::string& path);

// Every setting with the value in use, in the format that LoadSettings reads.
std::string Print(const config::ServerConfig& config);

// Sets a field from a flag's value, or adds to it if it is repeated and `append`. INVALID_ARGUMENT names the origin,
// the value and what was expected. A field `name` must exist.
absl::Status SetField(Settings& settings, std::string_view name, const std::string& value, const std::string& origin,
                      bool append);

// Checks every value's range, the addresses, and what must hold between settings. INVALID_ARGUMENT names the origin,
// the field, the value and what was expected. `targets`: the instruction sets that simd_target may name.
absl::Status Validate(const Settings& settings, std::span<const std::string> targets);

}  // namespace actserve
