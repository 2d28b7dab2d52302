// actctl evaluate and actctl gradient.
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "absl/strings/str_format.h"
#include "client/cli/commands.h"
#include "client/cli/naming.h"
#include "client/cli/numbers.h"
#include "client/cli/parameter.h"
#include "client/cli/report.h"
#include "client/cli/terminal.h"
#include "client/cli/transfer.h"

namespace actserve::client {
namespace {

// A .npy by its first byte, which no text begins with; else numbers.
absl::StatusOr<Tensor> ReadStandardInput(const ComputeCommand& command, const Bytes8& bytes) {
  if (IsTerminal(0)) std::fputs("actctl: reading numbers; end them with Ctrl-D\n", stderr);
  if (std::cin.peek() == static_cast<unsigned char>(kNpyMagic[0])) {
    absl::StatusOr<NpyArray> array = ReadNpy(std::cin);
    return array.ok() ? ToTensor(*std::move(array), command.uint16, bytes) : array.status();
  }
  const std::string text(std::istreambuf_iterator<char>(std::cin), {});
  const absl::StatusOr<std::vector<double>> values = ParseNumbers(text);
  if (!values.ok()) return values.status();
  return Tensor::Vector(*values);
}

absl::StatusOr<Tensor> ReadTensor(const std::string& path, const ComputeCommand& command, const Bytes8& bytes) {
  absl::StatusOr<Tensor> tensor;
  if (path == "-") {
    tensor = ReadStandardInput(command, bytes);
    if (!tensor.ok())
      return absl::Status(tensor.status().code(), "standard input: " + std::string(tensor.status().message()));
  } else {
    absl::StatusOr<NpyArray> array = ReadNpy(path);
    if (!array.ok()) return array.status();
    tensor = ToTensor(*std::move(array), command.uint16, bytes);
    if (!tensor.ok()) return absl::Status(tensor.status().code(), path + ": " + std::string(tensor.status().message()));
  }
  return tensor;
}

// What a command's tensors are: all become what --input-type says, but an upstream stays as it is where numbers become
// integers.
enum class Role { kInput, kGate, kUpstream };

absl::StatusOr<Tensor> Convert(Tensor tensor, const ComputeCommand& command, Role role) {
  if (!command.input_type.has_value() || tensor.type() == *command.input_type) return tensor;
  if (!IsQuantized(*command.input_type)) return tensor.Cast(*command.input_type);
  if (role == Role::kUpstream) return tensor;
  const bool is_gate = role == Role::kGate;
  absl::StatusOr<Tensor> quantized =
      tensor.Quantize(*command.input_type, is_gate ? command.gate_quantization : command.bytes.quantization);
  if (quantized.ok()) return quantized;
  return absl::InvalidArgumentError(
      absl::StrFormat("--%sscale: %s", is_gate ? "gate-" : "", quantized.status().message()));
}

absl::StatusOr<std::vector<Tensor>> ReadTensors(const std::vector<std::string>& paths, const ComputeCommand& command,
                                                Role role) {
  Bytes8 bytes = command.bytes;
  if (role == Role::kGate) bytes.quantization = command.gate_quantization;
  std::vector<Tensor> tensors;
  for (const std::string& path : paths) {
    absl::StatusOr<Tensor> tensor = ReadTensor(path, command, bytes);
    if (tensor.ok()) tensor = Convert(*std::move(tensor), command, role);
    if (!tensor.ok()) return tensor.status();
    tensors.push_back(*std::move(tensor));
  }
  return tensors;
}

// All that a command needs before it calls.
struct Job {
  std::vector<ItemName> names;
  std::vector<std::string> outputs;              // empty: printed
  std::vector<std::string> gate_gradients;       // empty: printed
  std::vector<std::string> parameter_gradients;  // folders; empty: not written
  std::vector<GivenParameter> parameters;
  std::vector<Tensor> inputs;
  std::vector<Tensor> upstreams;
  std::vector<Tensor> gates;
};

// One of the tensors for all inputs, or one for each; none if there are none.
std::optional<Tensor> Of(const std::vector<Tensor>& tensors, size_t input) {
  if (tensors.empty()) return std::nullopt;
  return tensors.size() == 1 ? tensors[0] : tensors[input];
}

// What follows from the command line alone.
absl::Status Plan(const ComputeCommand& command, Job& job) {
  const std::vector<std::string> standard_input = {"-"};
  for (const std::string& function : command.functions) {
    for (const std::string& input : command.inputs.empty() ? standard_input : command.inputs) {
      job.names.push_back({function, input, static_cast<int>(job.names.size())});
    }
  }
  for (const auto& [option, files] :
       {std::pair("--upstream", &command.upstreams), std::pair("--gate", &command.gates)}) {
    if (files->size() <= 1 || files->size() == command.inputs.size()) continue;
    return absl::InvalidArgumentError(absl::StrFormat("%d %s for %d --input; expected one, or as many", files->size(),
                                                      option, command.inputs.size()));
  }
  if (!command.gate_gradient.empty() && command.gates.empty()) {
    return absl::InvalidArgumentError("--gate-gradient without --gate; expected both");
  }
  for (const auto& [pattern, paths] :
       {std::pair(&command.output, &job.outputs), std::pair(&command.gate_gradient, &job.gate_gradients),
        std::pair(&command.parameter_gradients, &job.parameter_gradients)}) {
    if (pattern->empty()) continue;
    absl::StatusOr<std::vector<std::string>> expanded = ExpandPattern(*pattern, job.names);
    if (!expanded.ok()) return expanded.status();
    *paths = *std::move(expanded);
  }
  for (const std::string& text : command.parameters) {
    absl::StatusOr<GivenParameter> parameter = ParseParameter(text, command.uint16);
    if (!parameter.ok()) return parameter.status();
    job.parameters.push_back(*std::move(parameter));
  }
  return absl::OkStatus();
}

absl::Status Load(const ComputeCommand& command, Job& job) {
  absl::StatusOr<std::vector<Tensor>> inputs =
      ReadTensors(command.inputs.empty() ? std::vector<std::string>{"-"} : command.inputs, command, Role::kInput);
  if (!inputs.ok()) return inputs.status();
  job.inputs = *std::move(inputs);
  absl::StatusOr<std::vector<Tensor>> upstreams = ReadTensors(command.upstreams, command, Role::kUpstream);
  if (!upstreams.ok()) return upstreams.status();
  job.upstreams = *std::move(upstreams);
  absl::StatusOr<std::vector<Tensor>> gates = ReadTensors(command.gates, command, Role::kGate);
  if (!gates.ok()) return gates.status();
  job.gates = *std::move(gates);
  return absl::OkStatus();
}

// The items in the order of job.names; the inputs move into those that use them last.
template <class Item>
std::vector<Item> MakeItems(const ComputeCommand& command, Job& job) {
  std::vector<Item> items;
  for (size_t f = 0; f < command.functions.size(); ++f) {
    const bool last = f + 1 == command.functions.size();
    for (Tensor& input : job.inputs) {
      Item item;
      item.function = command.functions[f];
      item.parameters = ParametersOf(job.parameters, item.function);
      item.axis = command.axis;
      item.output_type = command.output_type;
      item.output_quantization = command.output_quantization;
      item.overflow = command.overflow;
      item.layout = command.layout;
      const auto index = static_cast<size_t>(&input - job.inputs.data());
      item.gate = Of(job.gates, index);
      item.encoding = command.encoding;
      if constexpr (std::is_same_v<Item, GradientItem>) {
        item.upstream = Of(job.upstreams, index);
        item.input_gradient_only = job.parameter_gradients.empty() && !job.outputs.empty();  // nobody would see them
      }
      item.input = last ? std::move(input) : input;
      items.push_back(std::move(item));
    }
  }
  return items;
}

Tensor AsTensor(std::variant<double, Tensor> value) {
  if (const double* scalar = std::get_if<double>(&value)) return *Tensor::Make(std::span(scalar, 1), {});
  return std::get<Tensor>(std::move(value));
}

absl::Status Emit(const Tensor& tensor, const Job& job, size_t i) {
  if (job.outputs.empty()) {
    if (job.names.size() > 1) std::cout << "# " << job.names[i].ToString() << '\n';
    PrintNumbers(tensor, std::cout);
    std::cout.flush();
    return std::cout ? absl::OkStatus() : absl::UnavailableError("the output could not be written");
  }
  if (job.outputs[i] == "-") return WriteNpy(ToNpy(tensor), std::cout);
  return WriteNpy(ToNpy(tensor), job.outputs[i]);
}

// A comment, so that the numbers remain dL/dx alone.
void PrintComment(const std::string& name, const Tensor& gradient) {
  std::cout << "# dL/d" << name << ':';
  for (int64_t k = 0; k < gradient.elements(); ++k) std::cout << ' ' << FormatElement(gradient, k);
  std::cout << '\n';
}

absl::Status Emit(const EvaluateResult& result, const Job& job, size_t i) { return Emit(result.output, job, i); }

absl::Status Emit(const GradientResult& result, const Job& job, size_t i) {
  if (absl::Status status = Emit(result.input_gradient, job, i); !status.ok()) return status;
  if (result.gate_gradient.has_value()) {
    if (job.gate_gradients.empty()) {
      if (job.outputs.empty()) PrintComment("gate", *result.gate_gradient);
    } else if (absl::Status status = WriteNpy(ToNpy(*result.gate_gradient), job.gate_gradients[i]); !status.ok()) {
      return status;
    }
  }
  for (const Parameter& parameter : result.parameter_gradients) {
    const Tensor gradient = AsTensor(parameter.value);
    if (job.parameter_gradients.empty()) {
      PrintComment(parameter.name, gradient);
      continue;
    }
    const std::filesystem::path folder = job.parameter_gradients[i];
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return absl::UnavailableError(absl::StrFormat("%s: %s", folder.string(), error.message()));
    absl::Status status = WriteNpy(ToNpy(gradient), (folder / (parameter.name + ".npy")).string());
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

const Tensor& OutputOf(const EvaluateResult& result) { return result.output; }
const Tensor& OutputOf(const GradientResult& result) { return result.input_gradient; }

// What an output was as it travelled, and what it is.
void TellBytes(const std::string& name, size_t received, size_t dense) {
  const double share = dense == 0 ? 100 : 100 * static_cast<double>(received) / static_cast<double>(dense);
  absl::FPrintF(stderr, "actctl: %s: received %d bytes of output for %d (%.1f %%)\n", name, received, dense, share);
}

template <class Item>
ExitStatus Compute(const ComputeCommand& command, const ServerOptions& server, const Client& client, Job& job) {
  auto results = ComputeAll(client, MakeItems<Item>(command, job), {.progress = command.progress});
  ExitStatus exit = kSucceeded;
  for (size_t i = 0; i < results.size(); ++i) {
    if (results[i].status().code() == absl::StatusCode::kUnavailable) {
      return Fail("", Explain(results[i].status(), server));  // the others were not answered either
    } else if (!results[i].ok()) {
      exit = Fail(job.names[i].ToString(), Explain(results[i].status(), server));
    } else {
      const size_t received = results[i]->received_bytes, dense = OutputOf(*results[i]).size();
      if (absl::Status status = Emit(*results[i], job, i); !status.ok()) {
        exit = Fail(job.names[i].ToString(), std::string(status.message()));
      } else if (command.encoding != Encoding::kDense) {
        TellBytes(job.names[i].ToString(), received, dense);
      }
    }
  }
  return exit;
}

}  // namespace

ExitStatus Run(const ComputeCommand& command, const ServerOptions& server) {
  const absl::StatusOr<Client> client = Connect(server, absl::InfiniteDuration());
  if (!client.ok()) return FailUsage(std::string(client.status().message()));
  Job job;
  if (absl::Status status = Plan(command, job); !status.ok()) return FailUsage(std::string(status.message()));
  if (absl::Status status = Load(command, job); !status.ok()) return Fail("", std::string(status.message()));
  return command.gradient ? Compute<GradientItem>(command, server, *client, job)
                          : Compute<EvaluateItem>(command, server, *client, job);
}

}  // namespace actserve::client
