#include "client/cli/command_line.h"

#include <cstdio>
#include <map>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace actserve::client {
namespace {

const std::map<std::string, Backend> kBackends = {
    {"auto", Backend::kAuto}, {"cpu", Backend::kCpu}, {"cuda", Backend::kCuda}};
const std::map<std::string, ColorMode> kColors = {
    {"auto", ColorMode::kAuto}, {"always", ColorMode::kAlways}, {"never", ColorMode::kNever}};
const std::map<std::string, ProgressMode> kProgress = {
    {"auto", ProgressMode::kAuto}, {"always", ProgressMode::kAlways}, {"never", ProgressMode::kNever}};

std::map<std::string, DataType> Types() {
  std::map<std::string, DataType> types;
  for (const DataType type : kDataTypes) types.emplace(Name(type), type);
  return types;
}

std::map<std::string, GatedLayout> Layouts() {
  std::map<std::string, GatedLayout> layouts;
  for (const GatedLayout layout : kGatedLayouts) {
    layouts.emplace(Name(layout), layout);
  }
  return layouts;
}

std::map<std::string, Encoding> Encodings() {
  std::map<std::string, Encoding> encodings;
  for (const Encoding encoding : kEncodings) encodings.emplace(Name(encoding), encoding);
  return encodings;
}

// An option whose value is one of a few words.
template <class T, class Map>
void AddChoice(CLI::App* app, const std::string& name, T& value, const Map& choices, const std::string& help) {
  std::string words;
  for (const auto& [word, unused] : choices) words += (words.empty() ? "" : "|") + word;
  app->add_option_function<std::string>(
         name,
         [&value, &choices, name, words](const std::string& word) {
           const auto found = choices.find(word);
           if (found == choices.end())
             throw CLI::ValidationError(name, absl::StrFormat("'%s' is not one of %s", word, words));
           value = found->second;
         },
         help)
      ->option_text(words);
}

void AddParameters(CLI::App* app, std::vector<std::string>& parameters) {
  app->add_option("-p,--param", parameters,
                  "NAME=1.5, NAME=0.1,0.2 or NAME=@FILE.npy; may be repeated;\n"
                  "FUNCTION.NAME=... is for one of several functions")
      ->option_text("NAME=VALUE")
      ->expected(1)
      ->take_all();
}

struct Commands {
  CommandLine line;
  FunctionsCommand functions;
  DescribeCommand describe;
  ComputeCommand evaluate;
  ComputeCommand gradient;
  PlotCommand plot;
  RelufyCommand relufy;
};

void AddServer(CLI::App& app, ServerOptions& server) {
  app.add_option("--server", server.address, "The server: HOST:PORT or unix:/PATH; IP:PORT,IP:PORT for several")
      ->envname("ACTSERVE_SERVER")
      ->option_text("ADDRESS [" + server.address + "]");
  app.add_option("--timeout", server.timeout_seconds,
                 "Give a call up after this long (default: 10; no limit for tensors)")
      ->check(CLI::PositiveNumber)
      ->option_text("SECONDS");
  AddChoice(&app, "--backend", server.backend, kBackends, "Where to compute; auto lets the server choose");
  AddCredentials(app, server.credentials);
}

void AddQuantization(CLI::App* app, const std::string& prefix, Quantization& quantization, const std::string& of) {
  app->add_option(prefix + "scale", quantization.scales, of)->option_text("S[,S...]")->delimiter(',');
  app->add_option(prefix + "zero-point", quantization.zero_points,
                  "The integer of 0 (default: 0), or one for each scale")
      ->option_text("Z[,Z...]")
      ->delimiter(',');
  app->add_option(prefix + "scale-axis", quantization.axis, "The axis that has several scales")->option_text("N");
}

void AddBytes(CLI::App* app, ComputeCommand& command) {
  static const std::map<std::string, DataType> f8 = {{std::string(Name(DataType::kF8E4M3)), DataType::kF8E4M3},
                                                     {std::string(Name(DataType::kF8E5M2)), DataType::kF8E5M2}};
  AddQuantization(app, "--", command.bytes.quantization,
                  "Of int8 and uint8 arrays, and with --input-type i8 or u8:\nnumber = scale * (integer - zero point)");
  AddChoice(app, "--f8", command.bytes.f8, f8,
            "uint8 arrays in .npy files hold bits of this type\n(f8 outputs are always written so)");
  AddQuantization(app, "--gate-", command.gate_quantization, "The same of --gate");
  AddQuantization(app, "--output-", command.output_quantization, "Of an output of type i8 or u8");
  app->add_flag_callback(
      "--saturating", [&command] { command.overflow = Overflow::kSaturating; },
      "f8 outputs: what is beyond the largest number becomes it,\nnot infinity or NaN");
}

void AddCompute(CLI::App* app, ComputeCommand& command) {
  static const std::map<std::string, DataType> types = Types();
  static const std::map<std::string, Encoding> encodings = Encodings();
  app->add_option_function<std::string>(
         "functions", [&command](const std::string& names) { command.functions = absl::StrSplit(names, ','); },
         "Names or aliases, separated by commas")
      ->required()
      ->option_text("NAME[,NAME...]");
  app->add_option("-i,--input", command.inputs,
                  "x: a .npy file; may be repeated. '-', or none, reads\n"
                  "standard input: a .npy file, or numbers in text")
      ->option_text("FILE")
      ->expected(1)
      ->take_all();
  app->add_option("-o,--output", command.output,
                  "The .npy file to write; {function}, {input} (its name) and\n"
                  "{index} stand for the item's. '-' is standard output;\n"
                  "none prints numbers, one a line")
      ->option_text("FILE");
  AddParameters(app, command.parameters);
  app->add_option("--axis", command.axis, "Of row-wise, per-channel and gated functions; negative counts\nfrom the end")
      ->option_text("N");
  app->add_option("--gate", command.gates,
                  "Of gated functions: a .npy file for each input, or one for\n"
                  "all; without it, inputs have both operands")
      ->option_text("FILE")
      ->expected(1)
      ->take_all();
  static const std::map<std::string, GatedLayout> layouts = Layouts();
  AddChoice(app, "--layout", command.layout, layouts, "How they have (default: the function's own)");
  AddChoice(app, "--output-type", command.output_type, types, "The output's type (default: the input's)");
  AddChoice(app, "--encoding", command.encoding, encodings,
            "How outputs travel: bitmap and two_four leave zeros out,\nauto where that is smaller. Says what it saved");
  AddChoice(app, "--input-type", command.input_type, types,
            "Converts the input first; numbers in text are f64\nunless this says otherwise");
  app->add_flag_callback(
      "--bf16", [&command] { command.uint16 = Uint16::kIsBF16; },
      "uint16 arrays in .npy files hold bfloat16 bits\n(bf16 outputs are always written so)");
  AddBytes(app, command);
  AddChoice(app, "--progress", command.progress, kProgress, "A progress bar for large tensors (auto: on a terminal)");
}

void AddCommands(CLI::App& app, Commands& commands) {
  CLI::App* functions = app.add_subcommand("functions", "List what the server computes");
  functions->add_flag("--json", commands.functions.json, "All that is known of each, as JSON");
  functions->final_callback([&commands] { commands.line.command = commands.functions; });

  CLI::App* describe =
      app.add_subcommand("describe", "Say all about a function: formula, derivative, parameters, limits");
  describe->add_option("function", commands.describe.function, "A name or alias")->required();
  describe->add_flag("--json", commands.describe.json, "As JSON");
  describe->final_callback([&commands] { commands.line.command = commands.describe; });

  CLI::App* evaluate = app.add_subcommand("evaluate", "Compute y = f(x)");
  AddCompute(evaluate, commands.evaluate);
  evaluate->final_callback([&commands] { commands.line.command = commands.evaluate; });

  CLI::App* gradient = app.add_subcommand("gradient", "Compute dL/dx = dL/dy * f'(x), and parameters' gradients");
  commands.gradient.gradient = true;
  AddCompute(gradient, commands.gradient);
  gradient
      ->add_option("-u,--upstream", commands.gradient.upstreams,
                   "dL/dy: a .npy file for each input, or one for all (default: ones)")
      ->option_text("FILE")
      ->expected(1)
      ->take_all();
  gradient
      ->add_option("--gate-gradient", commands.gradient.gate_gradient,
                   "The .npy file to write the gradient of --gate to, as --output")
      ->option_text("FILE");
  gradient
      ->add_option("--param-gradients-dir", commands.gradient.parameter_gradients,
                   "Writes the gradient of each parameter given to NAME.npy\n"
                   "there; may have {function}, {input} and {index}")
      ->option_text("FOLDER");
  gradient->final_callback([&commands] { commands.line.command = commands.gradient; });

  CLI::App* plot = app.add_subcommand("plot", "Draw a function and its derivative");
  plot->add_option("function", commands.plot.function, "A name or alias")->required();
  AddParameters(plot, commands.plot.parameters);
  plot->add_option("--from", commands.plot.from, "The first x (default: -6)")->option_text("X");
  plot->add_option("--to", commands.plot.to, "The last x (default: 6)")->option_text("X");
  plot->add_option("--width", commands.plot.width, "Columns (default: the terminal's, at most 100)")
      ->check(CLI::Range(30, 400));
  plot->add_option("--height", commands.plot.height, "Lines (default: 24)")->check(CLI::Range(8, 200));
  AddChoice(plot, "--color", commands.plot.color, kColors, "Colours (auto: on a terminal)");
  plot->final_callback([&commands] { commands.line.command = commands.plot; });

  CLI::App* relufy = app.add_subcommand("relufy", "Compare a function with ReLU and its kin, to choose one by figures");
  relufy->add_option("-f,--function", commands.relufy.function, "The function that is to be replaced")
      ->required()
      ->option_text("NAME");
  relufy->add_option("-i,--input", commands.relufy.input, "What it is applied to: a .npy file")
      ->required()
      ->option_text("FILE");
  AddParameters(relufy, commands.relufy.parameters);
  relufy
      ->add_option_function<std::string>(
          "--candidates",
          [&commands](const std::string& names) { commands.relufy.candidates = absl::StrSplit(names, ','); },
          "What may take its place (default: relu, shifted_relu,\nfatrelu and relu_squared)")
      ->option_text("NAME[,NAME...]");
  relufy
      ->add_option("--sparsity", commands.relufy.sparsity,
                   "The share of zeros that shift and threshold are to\nmake (default: those of the least error)")
      ->option_text("SHARE");
  relufy->add_option("--width", commands.relufy.width, "Columns of the plot (default: the terminal's, at most 100)")
      ->check(CLI::Range(30, 400));
  AddChoice(relufy, "--color", commands.relufy.color, kColors, "Colours (auto: on a terminal)");
  relufy->add_flag_callback(
      "--bf16", [&commands] { commands.relufy.uint16 = Uint16::kIsBF16; }, "uint16 arrays hold bfloat16 bits");
  relufy->final_callback([&commands] { commands.line.command = commands.relufy; });

  CLI::App* health = app.add_subcommand("health", "Ask whether the server takes calls: ends with 0 if it does, else 1");
  health->final_callback([&commands] { commands.line.command = HealthCommand{}; });
}

}  // namespace

std::variant<CommandLine, ExitStatus> ParseCommandLine(int argc, const char* const* argv) {
  CLI::App app("Compute activation functions and their gradients with an actserve server.", "actctl");
  Commands commands;
  app.fallthrough();  // subcommands take the server's options too
  AddServer(app, commands.line.server);
  AddCommands(app, commands);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  echo 1 -2 3 | actctl evaluate gelu\n"
      "  actctl evaluate gelu,silu --input x.npy --output '{function}.npy'\n"
      "  actctl gradient mish --input x.npy --upstream dy.npy --output dx.npy\n"
      "  actctl evaluate gelu --input q.npy --scale 0.05 --output-type i8 --output-scale 0.03 --output y.npy\n"
      "  actctl evaluate swiglu --input up.npy --gate gate.npy --output y.npy\n"
      "  actctl plot silu --param beta=2");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return static_cast<ExitStatus>(app.exit(help) == 0 ? kSucceeded : kUsage);
  } catch (const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    const std::vector<std::string> rest = app.remaining();
    const bool unknown = chosen.empty() && !rest.empty();
    std::fprintf(stderr, "actctl: %s ('actctl%s --help' says more)\n",
                 unknown ? absl::StrFormat("'%s' is not a command", rest.front()).c_str() : error.what(),
                 chosen.empty() ? "" : (" " + chosen.front()->get_name()).c_str());
    return kUsage;
  }
  return std::move(commands.line);
}

}  // namespace actserve::client
