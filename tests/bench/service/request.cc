#include "tests/bench/service/request.h"

#include <time.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "actserve/v1/activation.pb.h"
#include "proto/enums.h"
#include "tests/bench/kernels/ours.h"
#include "tests/bench/report/statistics.h"

namespace actserve::bench::service {
namespace {

void Fill(v1::Tensor* tensor, const std::byte* data, int64_t bytes) {
  tensor->set_data_type(v1::DATA_TYPE_F32);
  tensor->add_shape(bytes / sizeof(float));
  tensor->set_data(data, bytes);
}

std::string Encode(Direction direction, const Operands& operands, int64_t items, int64_t bytes,
                   const Content& content) {
  v1::EvaluateRequest evaluate;
  v1::GradientRequest gradient;
  for (int64_t i = 0; i < items; ++i) {
    if (direction == Direction::kEvaluate) {
      v1::EvaluateItem* item = evaluate.add_items();
      item->set_function(content.function);
      if (content.encoding != Encoding::kDense) item->set_output_encoding(ToWire(content.encoding));
      Fill(item->mutable_input(), operands.x.data() + i * bytes, bytes);
    } else {
      v1::GradientItem* item = gradient.add_items();
      item->set_function(content.function);
      Fill(item->mutable_upstream(), operands.dy.data() + i * bytes, bytes);
      Fill(item->mutable_input(), operands.x.data() + i * bytes, bytes);
    }
  }
  return direction == Direction::kEvaluate ? evaluate.SerializeAsString() : gradient.SerializeAsString();
}

std::string Bytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

std::span<const std::byte> AsBytes(const std::string& bytes) { return std::as_bytes(std::span(bytes)); }

// A bitmap and values as the dense tensor; one without data if they do not fit each other.
v1::Tensor Dense(const v1::SparseTensor& sparse) {
  const int64_t dims[] = {sparse.shape(0)};
  const SparseView view{Encoding::kBitmap, DataType::kF32, *Shape::Make(dims), AsBytes(sparse.bitmap()),
                        AsBytes(sparse.negative_zeros())};
  v1::Tensor tensor;
  tensor.set_data_type(sparse.data_type());
  if (!CheckSparse(view, sparse.values().size()).ok()) return tensor;
  std::string& data = *tensor.mutable_data();
  data.resize(dims[0] * sizeof(float));
  Expand(view, 0, dims[0], AsBytes(sparse.values()).data(), reinterpret_cast<std::byte*>(data.data()));
  return tensor;
}

absl::Status CheckItem(int64_t index, int code, const v1::Tensor& output, std::string_view expected) {
  if (code != 0) return absl::FailedPreconditionError(absl::StrFormat("item %d has code %d", index, code));
  if (output.data_type() != v1::DATA_TYPE_F32 || output.data() != expected)
    return absl::FailedPreconditionError(absl::StrFormat("item %d is not what the kernel computes", index));
  return absl::OkStatus();
}

double ThreadSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

Request::Request(Direction direction, int64_t items, int64_t bytes, const Content& content)
    : direction_(direction),
      items_(items),
      bytes_(bytes),
      workload_([&] {
        const int64_t elements = items * bytes / static_cast<int64_t>(sizeof(float));
        Workload workload = NaturalWorkload(*FindFunction(content.function), direction, DataType::kF32, elements);
        workload.data = content.data;
        return workload;
      }()),
      operands_(std::make_shared<Operands>(workload_)),
      encoded_(Encode(direction, *operands_, items, bytes, content)) {
  Ours(workload_, operands_).Run();
  const grpc::Slice slice(encoded_.data(), encoded_.size(), grpc::Slice::STATIC_SLICE);
  message_ = grpc::ByteBuffer(&slice, 1);
}

absl::Status Request::CheckAnswer(const grpc::ByteBuffer& answer) const {
  const auto expected = [&](int64_t i) {
    return std::string_view(reinterpret_cast<const char*>(operands_->out.data()) + i * bytes_, bytes_);
  };
  const auto check = [&](const auto& results, const auto& output) -> absl::Status {
    if (results.size() != items_)
      return absl::FailedPreconditionError(absl::StrFormat("%d results for %d items", results.size(), items_));
    for (int i = 0; i < results.size(); ++i) {
      if (absl::Status status = CheckItem(i, results[i].status().code(), output(results[i]), expected(i)); !status.ok())
        return status;
    }
    return absl::OkStatus();
  };
  const std::string bytes = Bytes(answer);
  v1::EvaluateResponse evaluate;
  v1::GradientResponse gradient;
  const bool decoded =
      direction_ == Direction::kEvaluate ? evaluate.ParseFromString(bytes) : gradient.ParseFromString(bytes);
  if (!decoded) return absl::FailedPreconditionError("the answer cannot be decoded");
  if (direction_ == Direction::kEvaluate)
    return check(evaluate.results(), [](const auto& result) {
      return result.has_sparse_output() ? Dense(result.sparse_output()) : result.output();
    });
  return check(
      gradient.results(), [](const auto& result) -> auto& { return result.input_gradient(); });
}

absl::Status Request::CheckEcho(const grpc::ByteBuffer& answer) const {
  const size_t skipped = direction_ == Direction::kEvaluate ? 0 : encoded_.size() / 2;
  if (Bytes(answer) == std::string_view(encoded_).substr(skipped)) return absl::OkStatus();
  return absl::FailedPreconditionError("the echo answers with other bytes");
}

double Request::KernelSeconds() const {
  Ours ours(workload_, operands_);
  const int64_t runs = std::max<int64_t>(1, (1 << 16) / bytes());  // so many that the clock does not count
  std::vector<double> seconds(9);
  for (double& one : seconds) {
    const double start = ThreadSeconds();
    for (int64_t i = 0; i < runs; ++i) ours.Run();
    one = (ThreadSeconds() - start) / static_cast<double>(runs);
  }
  return Median(seconds);
}

}  // namespace actserve::bench::service
