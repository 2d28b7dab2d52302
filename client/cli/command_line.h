// What a user asked for.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/cli/credentials.h"
#include "client/cli/progress.h"
#include "client/cli/terminal.h"
#include "client/cpp/item.h"
#include "client/npy/npy.h"

namespace actserve::client {

// What a process ends with.
enum ExitStatus { kSucceeded = 0, kFailed = 1, kUsage = 2 };

struct ServerOptions {
  std::string address = "localhost:50051";
  std::optional<double> timeout_seconds;
  Backend backend = Backend::kAuto;
  CredentialOptions credentials;
};

struct HealthCommand {};

struct FunctionsCommand {
  bool json = false;
};

struct DescribeCommand {
  std::string function;
  bool json = false;
};

struct ComputeCommand {
  bool gradient = false;
  std::vector<std::string> functions;
  std::vector<std::string> inputs;     // files, or "-" for standard input; none is standard input too
  std::vector<std::string> upstreams;  // gradient: none, one for every input, or one for each
  std::vector<std::string> gates;      // as upstreams; none: the inputs are packed
  std::optional<GatedLayout> layout;   // of packed inputs
  std::string gate_gradient;           // as output, of the gates' gradients; empty: printed along with the others
  std::string output;                  // a pattern (naming.h), "-" for standard output as .npy; empty prints numbers
  std::string parameter_gradients;     // a pattern of folders; empty: written nowhere
  std::vector<std::string> parameters;
  std::optional<int> axis;
  std::optional<DataType> output_type;
  Encoding encoding = Encoding::kDense;
  std::optional<DataType> input_type;  // what numbers in text become; .npy files keep theirs unless it is given
  Uint16 uint16 = Uint16::kIsNumber;
  Bytes8 bytes;                    // of int8 and uint8 arrays, and what numbers become as i8 or u8
  Quantization gate_quantization;  // the same of the gates
  Quantization output_quantization;
  std::optional<Overflow> overflow;
  ProgressMode progress = ProgressMode::kAuto;
};

struct PlotCommand {
  std::string function;
  std::vector<std::string> parameters;
  double from = -6;
  double to = 6;
  std::optional<int> width;  // of the whole picture, in columns; the terminal's unless given
  std::optional<int> height;
  ColorMode color = ColorMode::kAuto;
};

struct RelufyCommand {
  std::string function;
  std::string input;  // a .npy file
  std::vector<std::string> parameters;
  std::vector<std::string> candidates;
  std::optional<double> sparsity;
  std::optional<int> width;
  ColorMode color = ColorMode::kAuto;
  Uint16 uint16 = Uint16::kIsNumber;
};

struct CommandLine {
  ServerOptions server;
  std::variant<FunctionsCommand, DescribeCommand, ComputeCommand, PlotCommand, RelufyCommand, HealthCommand> command;
};

// The command, or the status to exit with when all is said: help on standard output, or one line on standard error that
// says what was wrong.
std::variant<CommandLine, ExitStatus> ParseCommandLine(int argc, const char* const* argv);

}  // namespace actserve::client
