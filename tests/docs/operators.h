// What other libraries call the functions, and with which defaults: the data of operators/. README.md tells its fields.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace actserve::docs {

struct OperatorParameter {
  std::string name;                           // there; empty: fixed there
  std::string is;                             // here, a parameter's or "axis"; empty: nothing
  std::optional<double> default_number = {};  // there
  std::string default_text = "";              // there, for people; empty: it must be given, or is no number
  std::string differs;                        // the default here is another one: why
};

// Of `function`, `missing` and `apart` one is not empty.
struct Operator {
  std::vector<std::string> names;  // "torch.nn.LeakyReLU"
  std::string when;                // how it is called to be this function; empty: by default
  std::string function, missing, apart;
  std::vector<OperatorParameter> parameters = {};
  std::string differs;  // the name finds another function here: why
  std::string note;
};

struct Library {
  std::string name, version;
  std::string list;  // where the operators were taken from
  std::vector<Operator> operators;
};

// "LeakyReLU" of "torch.nn.LeakyReLU".
std::string_view LastPart(std::string_view name);

// All files of a folder, by name. INVALID_ARGUMENT, with the file and the operator, for what README.md does not allow;
// NOT_FOUND if there are none.
absl::StatusOr<std::vector<Library>> ReadLibraries(const std::string& folder);

// One file's text.
absl::StatusOr<Library> ParseLibrary(const std::string& text);

}  // namespace actserve::docs
