#include "server/config/settings.h"

namespace actserve {

std::string Print(const config::ServerConfig& config) { return PrintText(config); }

absl::StatusOr<Settings> LoadSettings(const std::string& path) {
  Settings settings;
  if (absl::Status status = ReadText(path, settings.config, settings.origins); !status.ok()) return status;
  return settings;
}

absl::Status SetField(Settings& settings, std::string_view name, const std::string& value, const std::string& origin,
                      bool append) {
  return SetText(name, value, origin, append, settings.config, settings.origins);
}

}  // namespace actserve
