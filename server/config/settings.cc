#include "server/config/settings.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/text_format.h>

#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace actserve {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

// Keeps the first error: the ones after it follow from it.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
#if GOOGLE_PROTOBUF_VERSION < 4022000
  void AddError(int line, int column, const std::string& message) override { Keep(line, column, message); }
#else
  void RecordError(int line, int column, absl::string_view message) override {
    Keep(line, column, std::string(message));
  }
#endif
  int line() const { return line_; }
  int column() const { return column_; }
  const std::string& message() const { return message_; }

 private:
  void Keep(int line, int column, const std::string& message) {
    if (!message_.empty()) return;
    line_ = line + 1;
    column_ = column + 1;
    message_ = message;
  }

  int line_ = 0;
  int column_ = 0;
  std::string message_;
};

void RecordOrigins(const std::string& path, const TextFormat::ParseInfoTree& tree, Settings& settings) {
  const auto* descriptor = config::ServerConfig::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    const int values = field->is_repeated() ? settings.config.GetReflection()->FieldSize(settings.config, field) : 1;
    for (int v = 0; v < values; ++v) {
      const int line = tree.GetLocation(field, field->is_repeated() ? v : -1).line;
      const std::string key = field->is_repeated() ? absl::StrFormat("%s[%d]", field->name(), v) : field->name();
      if (line >= 0) settings.origins[key] = absl::StrFormat("%s:%d", path, line + 1);
    }
  }
}

std::string Expected(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32: return "a whole number, 0 or more";
    case FieldDescriptor::CPPTYPE_DOUBLE: return "a number";
    case FieldDescriptor::CPPTYPE_ENUM: {
      std::string names = "one of";
      for (int i = 0; i < field->enum_type()->value_count(); ++i) {
        names += (i == 0 ? " " : ", ") + absl::AsciiStrToLower(field->enum_type()->value(i)->name());
      }
      return names;
    }
    default: return "text";
  }
}

}  // namespace

std::string Settings::Where(const std::string& field) const {
  const auto origin = origins.find(field);
  if (origin == origins.end()) return field;
  const bool in_file = origin->second.find(':') != std::string::npos;  // a flag names its field already
  return in_file ? absl::StrFormat("%s: %s", origin->second, field) : origin->second;
}

std::string Print(const config::ServerConfig& config) {
  std::string text;
  const auto* descriptor = config::ServerConfig::descriptor();
  const auto* reflection = config.GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      for (int v = 0; v < reflection->FieldSize(config, field); ++v) {
        text += absl::StrFormat("%s { %s }\n", field->name(),
                                reflection->GetRepeatedMessage(config, field, v).ShortDebugString());
      }
      continue;
    }
    const bool is_number = field->cpp_type() != FieldDescriptor::CPPTYPE_STRING;
    if (is_number && !field->has_default_value() && !reflection->HasField(config, field)) continue;  // not given
    const int values = field->is_repeated() ? reflection->FieldSize(config, field) : 1;
    for (int v = 0; v < values; ++v) {
      std::string value;
      TextFormat::PrintFieldValueToString(config, field, field->is_repeated() ? v : -1, &value);
      text += absl::StrFormat("%s: %s\n", field->name(), value);
    }
  }
  return text;
}

absl::StatusOr<Settings> LoadSettings(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrFormat("%s: cannot be read", path));
  Settings settings;
  google::protobuf::io::IstreamInputStream stream(&file);
  FirstError error;
  TextFormat::ParseInfoTree tree;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.WriteLocationsTo(&tree);
  if (!parser.Parse(&stream, &settings.config)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s:%d:%d: %s", path, error.line(), error.column(), error.message()));
  }
  RecordOrigins(path, tree, settings);
  return settings;
}

absl::Status SetField(Settings& settings, std::string_view name, const std::string& value, const std::string& origin,
                      bool append) {
  const FieldDescriptor* field = config::ServerConfig::descriptor()->FindFieldByName(std::string(name));
  const auto* reflection = settings.config.GetReflection();
  if (!append) {
    reflection->ClearField(&settings.config, field);
    std::erase_if(settings.origins, [&](const auto& entry) { return entry.first.starts_with(field->name() + "["); });
  }
  std::string key(name);
  if (field->is_repeated()) key += absl::StrFormat("[%d]", reflection->FieldSize(settings.config, field));
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    if (field->is_repeated()) {
      reflection->AddString(&settings.config, field, value);
    } else {
      reflection->SetString(&settings.config, field, value);
    }
  } else {
    const bool is_enum = field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
    FirstError error;
    TextFormat::Parser parser;
    parser.RecordErrorsTo(&error);
    if (!parser.ParseFieldValueFromString(is_enum ? absl::AsciiStrToUpper(value) : value, field, &settings.config)) {
      return absl::InvalidArgumentError(
          absl::StrFormat("%s: \"%s\" is not valid; expected %s", origin, value, Expected(field)));
    }
  }
  settings.origins[key] = origin;
  return absl::OkStatus();
}

}  // namespace actserve
