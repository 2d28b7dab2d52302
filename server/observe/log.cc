#include "server/observe/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_format.h"

namespace actserve::log {
namespace {

using config::ServerConfig;

constexpr char kTextPattern[] = "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v";
constexpr char kJsonPattern[] = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

struct Sink {
  ServerConfig::LogFormat format = ServerConfig::TEXT;
  std::shared_ptr<spdlog::logger> logger;
};

std::shared_ptr<spdlog::logger> MakeLogger(ServerConfig::LogFormat format, spdlog::level::level_enum level) {
  auto logger = std::make_shared<spdlog::logger>("actserve", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern(format == ServerConfig::JSON ? kJsonPattern : kTextPattern, spdlog::pattern_time_type::utc);
  logger->set_level(level);
  logger->flush_on(spdlog::level::debug);
  return logger;
}

Sink& TheSink() {
  static Sink* const sink = new Sink{ServerConfig::TEXT, MakeLogger(ServerConfig::TEXT, spdlog::level::info)};
  return *sink;  // never destroyed: threads may log while the process exits
}

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarning: return spdlog::level::warn;
    case Level::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::level::level_enum ToSpdlog(ServerConfig::LogLevel level) {
  switch (level) {
    case ServerConfig::DEBUG: return spdlog::level::debug;
    case ServerConfig::INFO: return spdlog::level::info;
    case ServerConfig::WARNING: return spdlog::level::warn;
    case ServerConfig::ERROR: return spdlog::level::err;
    case ServerConfig::OFF: return spdlog::level::off;
  }
  return spdlog::level::info;
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += absl::StrFormat("\\u%04x", static_cast<int>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

bool IsPlain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '='; });
}

}  // namespace

std::string Render(ServerConfig::LogFormat format, std::string_view event, std::initializer_list<Field> fields) {
  const bool json = format == ServerConfig::JSON;
  std::string line = json ? absl::StrFormat(R"("event":"%s")", event) : absl::StrFormat("event=%s", event);
  for (const Field& field : fields) {
    const bool quote = json ? field.quoted : field.quoted && !IsPlain(field.value);
    line += json ? absl::StrFormat(R"(,"%s":)", field.key) : absl::StrFormat(" %s=", field.key);
    line += quote ? Quoted(field.value) : field.value;
  }
  return line;
}

void Configure(ServerConfig::LogLevel level, ServerConfig::LogFormat format) {
  TheSink() = {format, MakeLogger(format, ToSpdlog(level))};
}

bool Enabled(Level level) { return TheSink().logger->should_log(ToSpdlog(level)); }

void Write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!Enabled(level)) return;
  const std::string line = Render(TheSink().format, event, fields);
  TheSink().logger->log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace actserve::log
