// large_demo: a matrix that is too large for one message, computed twice: row by row in a pipeline, and in one call
// over several connections. Nothing is copied but the results, once, to where this program wants them.
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/time/clock.h"
#include "client/cpp/client.h"

namespace actserve::client {
namespace {

constexpr int64_t kColumns = 1 << 16;  // 256 KiB a row

// `rows` of a matrix that somebody else owns, from `first` on, as a tensor.
absl::StatusOr<Tensor> Rows(const std::shared_ptr<const std::vector<float>>& matrix, int64_t first, int64_t rows) {
  const int64_t dims[] = {rows, kColumns};
  const auto elements = std::span(*matrix).subspan(first * kColumns, rows * kColumns);
  return Tensor::Borrow(DataType::kF32, *Shape::Make(dims), std::as_bytes(elements), matrix);
}

absl::Status InAPipeline(const Client& client, const std::string& function,
                         const std::shared_ptr<const std::vector<float>>& matrix, std::vector<float>& output) {
  absl::Status failed;  // the callback's until Finish has returned
  const auto on_answer = [&](int64_t row, absl::StatusOr<Results<EvaluateResult>> answer) {
    absl::Status status = answer.status();
    if (status.ok()) status = answer->front().status();
    if (status.ok()) {
      const auto place = std::span(output).subspan(row * kColumns, kColumns);
      status = answer->front()->output.CopyTo(std::as_writable_bytes(place));
    }
    failed.Update(status);
  };
  const auto pipeline = client.OpenEvaluatePipeline(on_answer, {.in_flight = 4});
  for (size_t row = 0; row < matrix->size() / kColumns; ++row) {
    absl::StatusOr<Tensor> input = Rows(matrix, static_cast<int64_t>(row), 1);
    if (!input.ok()) return input.status();
    if (!pipeline->Submit({{.function = function, .input = *std::move(input)}}).ok()) break;  // Finish says why
  }
  absl::Status status = pipeline->Finish();
  return status.ok() ? failed : status;
}

absl::Status InOneCall(const Client& client, const std::string& function,
                       const std::shared_ptr<const std::vector<float>>& matrix, std::vector<float>& output) {
  absl::StatusOr<Tensor> input = Rows(matrix, 0, static_cast<int64_t>(matrix->size()) / kColumns);
  if (!input.ok()) return input.status();
  const auto result = client.Evaluate(EvaluateItem{.function = function, .input = *std::move(input)});
  if (!result.ok()) return result.status();
  return result->output.CopyTo(std::as_writable_bytes(std::span(output)));
}

absl::Status Show(const std::string& server, const std::string& function, int rows, int connections) {
  ClientOptions options;
  options.deadline = absl::Minutes(1);
  options.connections = connections;
  options.retry.attempts = 5;
  const absl::StatusOr<Client> client = Client::Connect(server, options);
  if (!client.ok()) return client.status();

  std::vector<float> values(static_cast<size_t>(rows) * kColumns);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 1601) / 100 - 8;
  const auto matrix = std::make_shared<const std::vector<float>>(std::move(values));
  std::vector<float> streamed(matrix->size()), striped(matrix->size());

  const absl::Time start = absl::Now();
  if (absl::Status status = InAPipeline(*client, function, matrix, streamed); !status.ok()) return status;
  const absl::Time middle = absl::Now();
  if (absl::Status status = InOneCall(*client, function, matrix, striped); !status.ok()) return status;
  const absl::Time end = absl::Now();
  std::printf("%d rows of %d, %s\n  in a pipeline, a row at a time: %.1f ms\n  in one call, %d connections: %.1f ms\n",
              rows, static_cast<int>(kColumns), function.c_str(), absl::ToDoubleMilliseconds(middle - start),
              connections, absl::ToDoubleMilliseconds(end - middle));
  if (streamed != striped) return absl::InternalError("the two differ");
  std::printf("  the same numbers\n");
  return absl::OkStatus();
}

}  // namespace
}  // namespace actserve::client

int main(int argc, char** argv) {
  CLI::App app("A large matrix through a pipeline, and over several connections.", "large_demo");
  std::string server = "localhost:50051";
  std::string function = "gelu";
  int rows = 32;
  int connections = 2;
  app.add_option("--server", server, "HOST:PORT, unix:/PATH, or IP:PORT,IP:PORT")
      ->envname("ACTSERVE_SERVER")
      ->capture_default_str();
  app.add_option("--function", function, "Computes it")->capture_default_str();
  app.add_option("--rows", rows, "Rows of 256 KiB")->check(CLI::Range(1, 4096))->capture_default_str();
  app.add_option("--connections", connections, "To each server")->check(CLI::Range(1, 64))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = actserve::client::Show(server, function, rows, connections);
  if (!status.ok()) std::fprintf(stderr, "large_demo: %s\n", std::string(status.message()).c_str());
  return status.ok() ? 0 : 1;
}
