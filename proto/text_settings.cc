#include "proto/text_settings.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/text_format.h>

#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace actserve {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
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

int Count(const Message& message, const FieldDescriptor* field) {
  return field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
}

void RecordOrigins(const std::string& path, const std::string& prefix, const TextFormat::ParseInfoTree& tree,
                   const Message& message, Origins& origins) {
  const auto* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    for (int v = 0; v < Count(message, field); ++v) {
      const int index = field->is_repeated() ? v : -1;
      const int line = tree.GetLocation(field, index).line;
      if (line < 0) continue;
      const std::string key =
          prefix + (field->is_repeated() ? absl::StrFormat("%s[%d]", field->name(), v) : field->name());
      origins[key] = absl::StrFormat("%s:%d", path, line + 1);
      const TextFormat::ParseInfoTree* nested = tree.GetTreeForNested(field, index);
      if (nested == nullptr) continue;
      const auto* reflection = message.GetReflection();
      RecordOrigins(path, key + ".", *nested,
                    field->is_repeated() ? reflection->GetRepeatedMessage(message, field, v)
                                         : reflection->GetMessage(message, field),
                    origins);
    }
  }
}

std::string Expected(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_INT32: return "a whole number";
    case FieldDescriptor::CPPTYPE_UINT64:
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

std::string Where(const Origins& origins, const std::string& field) {
  const auto origin = origins.find(field);
  if (origin == origins.end()) return field;
  const bool in_file = origin->second.find(':') != std::string::npos;  // a flag names its field already
  return in_file ? absl::StrFormat("%s: %s", origin->second, field) : origin->second;
}

absl::Status ReadText(const std::string& path, Message& message, Origins& origins) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrFormat("%s: cannot be read", path));
  google::protobuf::io::IstreamInputStream stream(&file);
  FirstError error;
  TextFormat::ParseInfoTree tree;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.WriteLocationsTo(&tree);
  if (!parser.Parse(&stream, &message)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s:%d:%d: %s", path, error.line(), error.column(), error.message()));
  }
  RecordOrigins(path, "", tree, message, origins);
  return absl::OkStatus();
}

absl::Status SetText(std::string_view name, const std::string& value, const std::string& origin, bool append,
                     Message& message, Origins& origins) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(std::string(name));
  const auto* reflection = message.GetReflection();
  if (!append) {
    reflection->ClearField(&message, field);
    std::erase_if(origins, [&](const auto& entry) { return entry.first.starts_with(field->name() + "["); });
  }
  std::string key(name);
  if (field->is_repeated()) key += absl::StrFormat("[%d]", reflection->FieldSize(message, field));
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    if (field->is_repeated()) {
      reflection->AddString(&message, field, value);
    } else {
      reflection->SetString(&message, field, value);
    }
  } else {
    const bool is_enum = field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
    FirstError error;
    TextFormat::Parser parser;
    parser.RecordErrorsTo(&error);
    if (!parser.ParseFieldValueFromString(is_enum ? absl::AsciiStrToUpper(value) : value, field, &message)) {
      return absl::InvalidArgumentError(
          absl::StrFormat("%s: \"%s\" is not valid; expected %s", origin, value, Expected(field)));
    }
  }
  origins[key] = origin;
  return absl::OkStatus();
}

std::string PrintText(const Message& message) {
  std::string text;
  const auto* descriptor = message.GetDescriptor();
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      for (int v = 0; v < reflection->FieldSize(message, field); ++v) {
        text += absl::StrFormat("%s { %s }\n", field->name(),
                                reflection->GetRepeatedMessage(message, field, v).ShortDebugString());
      }
      continue;
    }
    const bool is_number = field->cpp_type() != FieldDescriptor::CPPTYPE_STRING;
    if (is_number && !field->has_default_value() && !field->is_repeated() && !reflection->HasField(message, field))
      continue;  // not given
    for (int v = 0; v < Count(message, field); ++v) {
      std::string value;
      TextFormat::PrintFieldValueToString(message, field, field->is_repeated() ? v : -1, &value);
      text += absl::StrFormat("%s: %s\n", field->name(), value);
    }
  }
  return text;
}

}  // namespace actserve
