#include <algorithm>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/config/address.h"
#include "server/config/settings.h"

namespace actserve {
namespace {

using google::protobuf::FieldDescriptor;

struct Range {
  const char* field;
  double min;
  double max;
};

// A message ends at 2 GiB because protobuf's do; half of it, and items so few that their errors fit into the other
// half.
constexpr Range kRanges[] = {
    {"threads", 0, 1024},
    {"transport_threads", 0, 1024},
    {"queue_capacity", 1, 1 << 20},
    {"inline_microseconds", 0, 100'000},
    {"max_in_flight_mib", 1, 1 << 20},
    {"max_in_flight_items", 1, 1 << 30},
    {"max_message_mib", 1, 1024},
    {"max_items", 1, 1 << 16},
    {"retry_delay_ms", 1, 60'000},
    {"max_connections", 1, 1 << 20},
    {"handshake_seconds", 1, 3600},
    {"max_concurrent_streams", 1, 1 << 16},
    {"max_metadata_bytes", 1024, 1 << 20},
    {"transport_memory_mib", 64, 1 << 20},
    {"idle_connection_seconds", 1, 86'400},
    {"max_connection_age_seconds", 1, 86'400},
    {"keepalive_seconds", 1, 86'400},
    {"keepalive_timeout_seconds", 1, 3600},
    {"min_ping_interval_seconds", 1, 3600},
    {"drain_delay_seconds", 0, 3600},
    {"grace_seconds", 0, 3600},
    {"reload_seconds", 1, 86'400},
    {"cuda_memory_mib", 0, 1 << 20},
    {"cuda_lanes", 1, 64},
    {"cuda_retry_seconds", 0.01, 86'400},
};

double Number(const config::ServerConfig& config, const FieldDescriptor* field) {
  const auto* reflection = config.GetReflection();
  return field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE ? reflection->GetDouble(config, field)
                                                              : reflection->GetUInt32(config, field);
}

absl::Status CheckRanges(const Settings& settings) {
  for (const Range& range : kRanges) {
    const FieldDescriptor* field = config::ServerConfig::descriptor()->FindFieldByName(range.field);
    const bool is_absent =
        !field->has_default_value() && !settings.config.GetReflection()->HasField(settings.config, field);
    if (is_absent) continue;
    const double value = Number(settings.config, field);
    if (value >= range.min && value <= range.max) continue;  // so that NaN is in no range
    return absl::InvalidArgumentError(absl::StrFormat("%s: %.10g is out of range; expected %.10g to %.10g",
                                                      settings.Where(range.field), value, range.min, range.max));
  }
  return absl::OkStatus();
}

absl::Status CheckRoutes(const Settings& settings) {
  const config::ServerConfig& config = settings.config;
  for (int i = 0; i < config.route_size(); ++i) {
    const auto& route = config.route(i);
    const std::string where = settings.Where(absl::StrFormat("route[%d]", i));
    if (!route.has_function()) {
      return absl::InvalidArgumentError(absl::StrFormat("%s: has no function; expected a function's name", where));
    }
    if (route.has_max_in_flight_mib() && route.max_in_flight_mib() == 0) {
      return absl::InvalidArgumentError(
          absl::StrFormat("%s: max_in_flight_mib: 0 is out of range; expected 1 or more", where));
    }
    if (route.has_max_in_flight_items() && route.max_in_flight_items() == 0) {
      return absl::InvalidArgumentError(
          absl::StrFormat("%s: max_in_flight_items: 0 is out of range; expected 1 or more", where));
    }
  }
  return absl::OkStatus();
}

// The files themselves are looked at when the server starts.
absl::Status CheckTls(const Settings& settings) {
  const config::ServerConfig& config = settings.config;
  const auto needs = [&](const char* field, const char* other) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s: is given without %s; expected both", settings.Where(field), other));
  };
  const bool has_certificate = !config.tls_certificate().empty();
  const bool has_key = !config.tls_key().empty();
  if (has_certificate && !has_key) return needs("tls_certificate", "tls_key");
  if (has_key && !has_certificate) return needs("tls_key", "tls_certificate");
  if (!config.tls_client_ca().empty() && !has_certificate) return needs("tls_client_ca", "tls_certificate");
  return absl::OkStatus();
}

absl::Status CheckAddresses(const Settings& settings) {
  const config::ServerConfig& config = settings.config;
  for (int i = 0; i < config.listen_size(); ++i) {
    if (const auto address = ParseAddress(config.listen(i)); !address.ok()) {
      return absl::InvalidArgumentError(
          absl::StrFormat("%s: %s", settings.Where(absl::StrFormat("listen[%d]", i)), address.status().message()));
    }
  }
  if (config.metrics_listen() == kNoAddress) return absl::OkStatus();
  const auto metrics = ParseAddress(config.metrics_listen());
  if (!metrics.ok()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s: %s", settings.Where("metrics_listen"), metrics.status().message()));
  }
  if (metrics->kind == Address::Kind::kUnix) {
    return absl::InvalidArgumentError(absl::StrFormat("%s: \"%s\" is a unix socket; expected host:port or none",
                                                      settings.Where("metrics_listen"), config.metrics_listen()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Validate(const Settings& settings, std::span<const std::string> targets) {
  if (absl::Status status = CheckRanges(settings); !status.ok()) return status;
  if (absl::Status status = CheckAddresses(settings); !status.ok()) return status;
  if (absl::Status status = CheckRoutes(settings); !status.ok()) return status;
  if (absl::Status status = CheckTls(settings); !status.ok()) return status;
  const config::ServerConfig& config = settings.config;
  if (config.max_in_flight_mib() < 2 * config.max_message_mib()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s: %d is less than twice max_message_mib, %d; expected at least as much, or the largest "
                        "messages, with answers as large, would never be admitted",
                        settings.Where("max_in_flight_mib"), config.max_in_flight_mib(), config.max_message_mib()));
  }
  if (config.max_in_flight_items() < config.max_items()) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s: %d is less than max_items, %d; expected at least as many, or the largest requests would never be admitted",
        settings.Where("max_in_flight_items"), config.max_in_flight_items(), config.max_items()));
  }
  const std::string& target = config.simd_target();
  if (!target.empty() && std::find(targets.begin(), targets.end(), target) == targets.end()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s: \"%s\" is not an instruction set that this machine has; expected one of %s",
                        settings.Where("simd_target"), target, absl::StrJoin(targets, ", ")));
  }
  return absl::OkStatus();
}

}  // namespace actserve
