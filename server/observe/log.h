// Structured log lines on stderr: an event's name and fields, as text (key=value) or as a JSON object. Tensor data is
// never logged.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "server/config/server_config.pb.h"

namespace actserve::log {

enum class Level { kDebug, kInfo, kWarning, kError };

struct Field {
  Field(std::string_view key, std::string_view value) : key(key), value(value), quoted(true) {}
  Field(std::string_view key, const char* value) : Field(key, std::string_view(value)) {}
  Field(std::string_view key, const std::string& value) : Field(key, std::string_view(value)) {}
  template <class Number>
  requires std::integral<Number> || std::floating_point<Number> Field(std::string_view key, Number value)
      : key(key), value(std::to_string(value)), quoted(false) {}

  std::string_view key;
  std::string value;
  bool quoted;  // a string, in JSON
};

// Sets level and format for the process; before other threads log. Until then: INFO, text.
void Configure(config::ServerConfig::LogLevel level, config::ServerConfig::LogFormat format);

// Lets a caller skip the making of fields that nobody would read.
bool Enabled(Level level);

// Safe from any thread. `event` is a constant, such as "listening".
void Write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void Info(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kInfo, event, fields);
}
inline void Warning(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kWarning, event, fields);
}
inline void Error(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kError, event, fields);
}

// One line's payload, without time and level; for tests.
std::string Render(config::ServerConfig::LogFormat format, std::string_view event, std::initializer_list<Field> fields);

}  // namespace actserve::log
