// ./dev bench cuda
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tests/bench/cuda/bench.h"
#include "tests/bench/report/command_line.h"

namespace actserve::bench::cuda {

int LaunchEmpty(void* stream);  // empty.cu

namespace {

absl::StatusOr<TorchTimes> ReadTorchTimes(const std::string& path, int64_t elements) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError("cannot be read");
  const std::string json(std::istreambuf_iterator<char>(file), {});
  absl::StatusOr<TorchTimes> times = ParseTorchTimes(json);
  if (times.ok() && times->elements != elements) {
    return absl::InvalidArgumentError(
        absl::StrFormat("is of %d elements; expected %d, as --elements says", times->elements, elements));
  }
  return times;
}

int Main(int argc, char** argv) {
  CommonOptions common;
  Options options;
  CLI::App app("Times the kernels for GPUs beside copies on the device; ends with a table of goals.", "cuda_bench");
  AddCommonOptions(app, "gelu/forward/bf16", common);
  int gpu = 0;
  app.add_option("--gpu", gpu, "which GPU")->capture_default_str();
  app.add_option("--elements", options.elements, "of every contest: a multiple of 131,072")
      ->capture_default_str()
      ->check([](const std::string& text) {
        const int64_t elements = std::strtoll(text.c_str(), nullptr, 10);
        return elements > 0 && elements % 131072 == 0 ? "" : "expected a multiple of 131072";
      });
  std::string torch_file;
  app.add_option("--torch", torch_file, "what torch_peer.py wrote, to be shown beside")->option_text("FILE");
  ParseOrExit(app, argc, argv, common);
  options.wants = [&](const std::string& name) { return common.Wants(name); };
  if (common.quick) options.rounds = 5;

  std::optional<TorchTimes> torch;
  if (!torch_file.empty()) {
    const absl::StatusOr<TorchTimes> read = ReadTorchTimes(torch_file, options.elements);
    if (!read.ok()) return absl::FPrintF(stderr, "--torch: %s: %s\n", torch_file, read.status().message()), 2;
    torch = *read;
  }
  const auto devices = actserve::cuda::FindDevices();
  if (!devices.ok()) return absl::FPrintF(stderr, "cuda_bench: %s\n", devices.status().message()), 1;
  if (gpu < 0 || gpu >= static_cast<int>(devices->size()))
    return absl::FPrintF(stderr, "--gpu: there is no GPU %d, only %d of them\n", gpu, devices->size()), 2;
  absl::StatusOr<Report> report = Measure(*(*devices)[static_cast<size_t>(gpu)], options, LaunchEmpty);
  if (!report.ok()) return absl::FPrintF(stderr, "cuda_bench: %s\n", report.status().ToString()), 1;
  report->torch = torch;
  const Output output{
      .command = "./dev bench cuda --write-docs",
      .heading = absl::StrFormat("%s, %d elements, %s, actserve %s\n", report->device, options.elements,
                                 absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone()), ACTSERVE_VERSION),
      .tables = Tables(*report),
      .json = ToJson(*report)};
  const absl::Status written = WriteFiles(common.output, output);
  if (!written.ok()) return absl::FPrintF(stderr, "cuda_bench: %s\n", written.message()), 1;
  Print(common.output, output);
  return 0;
}

}  // namespace
}  // namespace actserve::bench::cuda

int main(int argc, char** argv) { return actserve::bench::cuda::Main(argc, argv); }
