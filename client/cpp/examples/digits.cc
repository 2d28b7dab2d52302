// digits_demo: what a classifier of handwritten digits gets from the service. Sends the hidden pre-activations and the
// logits that it computed for images (tests/data/digits) through six functions in one call, and asks for gradients.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_format.h"
#include "client/cpp/client.h"
#include "client/npy/npy.h"

namespace actserve::client {
namespace {

// The images: what the classifier made of each, and the digit that it shows.
struct Digits {
  Tensor pre_activations;  // [images, hidden units]
  Tensor logits;           // [images, classes]
  std::vector<int64_t> labels;

  int64_t images() const { return logits.shape().dim(0); }
  int64_t classes() const { return logits.shape().dim(1); }
};

absl::StatusOr<Tensor> LoadMatrix(const std::string& path) {
  absl::StatusOr<NpyArray> array = ReadNpy(path);
  if (!array.ok()) return array.status();
  absl::StatusOr<Tensor> tensor = ToTensor(*std::move(array), Uint16::kIsNumber);
  if (tensor.ok() && tensor->shape().rank() != 2) return absl::InvalidArgumentError(path + " does not hold a matrix");
  return tensor;
}

absl::StatusOr<std::vector<int64_t>> LoadLabels(const std::string& path) {
  const absl::StatusOr<NpyArray> array = ReadNpy(path);
  if (!array.ok()) return array.status();
  if (array->header.kind != 'i' || array->header.item_size != sizeof(int64_t)) {
    return absl::InvalidArgumentError(path + " does not hold int64");
  }
  std::vector<int64_t> labels(static_cast<size_t>(array->header.shape.elements()));
  std::memcpy(labels.data(), array->data.data(), array->data.size());
  return labels;
}

absl::StatusOr<Digits> Load(const std::string& folder) {
  absl::StatusOr<Tensor> pre_activations = LoadMatrix(folder + "/pre_activations.npy");
  if (!pre_activations.ok()) return pre_activations.status();
  absl::StatusOr<Tensor> logits = LoadMatrix(folder + "/logits.npy");
  if (!logits.ok()) return logits.status();
  absl::StatusOr<std::vector<int64_t>> labels = LoadLabels(folder + "/labels.npy");
  if (!labels.ok()) return labels.status();
  Digits digits{*std::move(pre_activations), *std::move(logits), *std::move(labels)};
  const auto in_range = [&](int64_t label) { return label >= 0 && label < digits.classes(); };
  if (static_cast<int64_t>(digits.labels.size()) != digits.images() || !std::ranges::all_of(digits.labels, in_range)) {
    return absl::InvalidArgumentError(folder + ": the labels do not fit the logits");
  }
  return digits;
}

// The share of images whose most probable class is the digit shown.
double Accuracy(const Tensor& probabilities, const Digits& digits) {
  int64_t right = 0;
  for (int64_t image = 0; image < digits.images(); ++image) {
    int64_t best = 0;
    for (int64_t c = 1; c < digits.classes(); ++c) {
      if (probabilities.at(image * digits.classes() + c) > probabilities.at(image * digits.classes() + best)) best = c;
    }
    right += best == digits.labels[image];
  }
  return static_cast<double>(right) / static_cast<double>(digits.images());
}

double ShareOfZeros(const Tensor& tensor) {
  int64_t zeros = 0;
  for (int64_t i = 0; i < tensor.elements(); ++i) zeros += tensor.at(i) == 0;
  return static_cast<double>(zeros) / static_cast<double>(tensor.elements());
}

double Norm(const Tensor& tensor) {
  double sum = 0;
  for (const double value : tensor.ToDoubles()) sum += value * value;
  return std::sqrt(sum);
}

double Mean(const Tensor& tensor) {
  double sum = 0;
  for (const double value : tensor.ToDoubles()) sum += value;
  return sum / static_cast<double>(tensor.elements());
}

// dL/dy of the mean cross entropy, for y = log_softmax(logits): -1/images at the digit shown.
Tensor CrossEntropyUpstream(const Digits& digits) {
  std::vector<float> upstream(static_cast<size_t>(digits.logits.elements()));
  for (int64_t image = 0; image < digits.images(); ++image) {
    upstream[image * digits.classes() + digits.labels[image]] = -1.0f / static_cast<float>(digits.images());
  }
  return *Tensor::Make(upstream, {digits.images(), digits.classes()});
}

absl::Status ShowValues(const Client& client, const Digits& digits) {
  std::vector<EvaluateItem> items;
  for (const char* name : {"gelu", "silu", "mish", "relu"}) {
    items.push_back({.function = name, .input = digits.pre_activations});
  }
  for (const char* name : {"softmax", "sparsemax"}) {
    items.push_back({.function = name, .input = digits.logits, .axis = 1});
  }
  const std::vector<EvaluateItem> asked = items;
  const auto results = client.Evaluate(std::move(items));
  if (!results.ok()) return results.status();

  std::printf("One Evaluate call, %d items:\n\n", static_cast<int>(asked.size()));
  std::printf("  %-10s %-16s %12s %9s %9s %10s %8s\n", "function", "input", "kernel time", "zeros", "mean", "accuracy",
              "support");
  for (size_t i = 0; i < asked.size(); ++i) {
    const auto& result = (*results)[i];
    if (!result.ok()) return result.status();
    const bool hidden = !asked[i].axis.has_value();
    const std::string input = (hidden ? "hidden " : "logits ") + asked[i].input.shape().ToString();
    const double zeros = ShareOfZeros(result->output);
    std::printf("  %-10s %-16s %9.1f us %7.1f %% %9.4f", asked[i].function.c_str(), input.c_str(),
                absl::ToDoubleMicroseconds(result->compute_time), 100 * zeros, Mean(result->output));
    if (!hidden) {
      const double classes = static_cast<double>(digits.classes());
      std::printf(" %8.1f %% %8.2f", 100 * Accuracy(result->output, digits), (1 - zeros) * classes);
    }
    std::printf("\n");
  }
  std::printf(
      "\n  zeros: the share of outputs that are exactly 0\n"
      "  support: the mean number of classes, of %d, with a probability above 0\n",
      static_cast<int>(digits.classes()));
  return absl::OkStatus();
}

absl::Status ShowGradients(const Client& client, const Digits& digits) {
  std::vector<GradientItem> items = {
      {.function = "gelu", .input = digits.pre_activations},
      {.function = "silu", .input = digits.pre_activations, .parameters = {{"beta", 1.0}}},
      {.function = "log_softmax", .input = digits.logits, .upstream = CrossEntropyUpstream(digits), .axis = 1},
  };
  const std::vector<std::string> names = {"gelu", "silu, beta = 1", "log_softmax"};
  const std::vector<std::string> upstreams = {"ones", "ones", "mean cross entropy"};
  const auto results = client.Gradient(std::move(items));
  if (!results.ok()) return results.status();

  std::printf("\nOne Gradient call, %d items:\n\n", static_cast<int>(names.size()));
  std::printf("  %-16s %-18s %12s %12s   %s\n", "function", "upstream", "kernel time", "|dL/dx|", "parameters");
  for (size_t i = 0; i < names.size(); ++i) {
    const auto& result = (*results)[i];
    if (!result.ok()) return result.status();
    std::string parameters;
    for (const Parameter& parameter : result->parameter_gradients) {
      if (const double* scalar = std::get_if<double>(&parameter.value)) {
        absl::StrAppendFormat(&parameters, "dL/d%s = %.6g", parameter.name, *scalar);
      }
    }
    std::printf("  %-16s %-18s %9.1f us %12.6g   %s\n", names[i].c_str(), upstreams[i].c_str(),
                absl::ToDoubleMicroseconds(result->compute_time), Norm(result->input_gradient), parameters.c_str());
  }
  return absl::OkStatus();
}

absl::Status Show(const std::string& server, const std::string& folder) {
  const absl::StatusOr<Digits> digits = Load(folder);
  if (!digits.ok()) return digits.status();
  const absl::StatusOr<Client> client = Client::Connect(server, {.deadline = absl::Seconds(30)});
  if (!client.ok()) return client.status();
  std::printf("A classifier's hidden pre-activations and logits for %d handwritten digits.\n\n",
              static_cast<int>(digits->images()));
  if (absl::Status status = ShowValues(*client, *digits); !status.ok()) return status;
  return ShowGradients(*client, *digits);
}

}  // namespace
}  // namespace actserve::client

int main(int argc, char** argv) {
  CLI::App app("A classifier of handwritten digits whose activations a server computes.", "digits_demo");
  std::string server = "localhost:50051";
  std::string folder = "tests/data/digits";
  app.add_option("--server", server, "HOST:PORT or unix:/PATH")->envname("ACTSERVE_SERVER")->capture_default_str();
  app.add_option("--data", folder, "The folder with pre_activations.npy, logits.npy and labels.npy")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = actserve::client::Show(server, folder);
  if (!status.ok()) std::fprintf(stderr, "digits_demo: %s\n", std::string(status.message()).c_str());
  return status.ok() ? 0 : 1;
}
