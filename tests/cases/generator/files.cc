#include "tests/cases/generator/files.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_format.h"
#include "google/protobuf/util/json_util.h"
#include "tests/cases/generator/encodings.h"
#include "tests/cases/generator/errors.h"
#include "tests/cases/generator/messages.h"
#include "tests/cases/generator/plan.h"
#include "tests/cases/generator/verify.h"

namespace actserve::cases {
namespace {

absl::StatusOr<File> MakeFile(const Function& function) {
  File file;
  for (const Planned& planned : PlanOf(function)) {
    const testing::Answer answer = AnswerTo(planned);
    const std::string failures = Verify(planned.problem, answer);
    if (!failures.empty()) {
      return absl::InternalError(absl::StrFormat("%s: %s: %s", function.info.name, planned.name, failures));
    }
    Case& added = *file.add_cases();
    added.set_name(planned.name);
    added.set_call(planned.problem.direction == Direction::kEvaluate ? "evaluate" : "gradient");
    *added.add_items() = ItemOf(planned);
    *added.add_results() = ResultOf(planned, answer);
  }
  return file;
}

}  // namespace

absl::StatusOr<std::map<std::string, File>> MakeFiles() {
  std::map<std::string, File> files;
  for (const Function& function : Functions()) {
    absl::StatusOr<File> file = MakeFile(function);
    if (!file.ok()) return file.status();
    files[std::string(function.info.name)] = *std::move(file);
  }
  absl::StatusOr<File> encodings = Encodings();
  if (!encodings.ok()) return encodings.status();
  files["encodings"] = *std::move(encodings);
  files["errors"] = Errors();
  return files;
}

std::string ToText(const File& file) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text = "{\"cases\":[";
  for (const Case& c : file.cases()) {
    std::string line;
    (void)google::protobuf::util::MessageToJsonString(c, &line, options);  // fails for Any and the like only
    text += (text.back() == '[' ? "\n" : ",\n") + line;
  }
  return text + "\n]}\n";
}

absl::StatusOr<File> FromText(const std::string& text) {
  File file;
  const auto status = google::protobuf::util::JsonStringToMessage(text, &file);
  if (!status.ok()) return absl::InvalidArgumentError(status.ToString());
  return file;
}

absl::StatusOr<std::map<std::string, std::string>> ReadTexts(const std::string& folder) {
  std::map<std::string, std::string> texts;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".json") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    texts[entry.path().stem().string()] = text.str();
  }
  if (texts.empty()) return absl::NotFoundError("there are no case files in " + folder);
  return texts;
}

}  // namespace actserve::cases
