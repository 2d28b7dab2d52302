// Any bytes, cut anywhere, as a request: the decoder takes what protobuf takes, finds the same in it, and reads nowhere
// else. (It takes more: tags and lengths written longer than they need to be, which protobuf has limits for.) libFuzzer
// calls this; any difference ends the program.
#include <google/protobuf/stubs/logging.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "kernels/api/status.h"
#include "tests/server/decoded.h"

namespace actserve {
namespace {

constexpr int kMaxItems = 16;

// Chunks of memory of their own, whose lengths the input decides, so that the sanitizer sees every byte beyond.
class Cut {
 public:
  Cut(const uint8_t* bytes, size_t size, uint8_t longest) {
    for (size_t begin = 0, step = 1; begin < size; step = step * 5 % 251) {
      const size_t end = std::min(size, begin + 1 + (longest == 255 ? size : step % (size_t{longest} + 1)));
      auto& memory = memory_.emplace_back(std::make_unique<std::byte[]>(end - begin));
      std::memcpy(memory.get(), bytes + begin, end - begin);
      chunks_.push_back({memory.get(), static_cast<int64_t>(begin), static_cast<int64_t>(end)});
      begin = end;
    }
  }
  std::span<const Chunk> chunks() const { return chunks_; }

 private:
  std::vector<std::unique_ptr<std::byte[]>> memory_;
  std::vector<Chunk> chunks_;
};

// Whether the request keeps within what the decoder bounds.
bool IsWithinLimits(const v1::GradientRequest& request) {
  if (request.items_size() == 0 || request.items_size() > kMaxItems) return false;
  const auto has_few = [](const v1::Quantization& quantization) {
    return quantization.scale_size() <= kMaxWireScales && quantization.zero_point_size() <= kMaxWireScales;
  };
  const auto is_short = [&](const v1::Tensor& tensor) {
    return tensor.shape_size() <= kMaxWireDimensions && has_few(tensor.quantization());
  };
  for (const v1::GradientItem& item : request.items()) {
    if (item.parameters_size() > kMaxWireParameters || !is_short(item.input()) || !is_short(item.upstream()) ||
        !has_few(item.output_quantization())) {
      return false;
    }
    for (const v1::Parameter& parameter : item.parameters()) {
      if (!is_short(parameter.tensor())) return false;
    }
  }
  return true;
}

[[noreturn]] void Fail(const char* what, const std::string& detail) {
  std::fprintf(stderr, "wire_fuzz: %s: %s\n", what, detail.c_str());
  std::abort();
}

void Try(const uint8_t* bytes, size_t size, uint8_t longest) {
  const Cut cut(bytes, size, longest);
  Request request;
  const absl::Status status = request.Decode(Direction::kGradient, cut.chunks(), kMaxItems);
  v1::GradientRequest expected;
  if (expected.ParseFromArray(bytes, static_cast<int>(size)) && IsWithinLimits(expected)) {
    if (!status.ok()) Fail("refused what protobuf takes", status.ToString());
    const std::string difference = Difference(request, expected);
    if (!difference.empty()) Fail("differs", difference);
  }
  // An EvaluateRequest has fewer fields; and a tensor of any of them is a view, or an error.
  Request evaluate;
  if (!evaluate.Decode(Direction::kEvaluate, cut.chunks(), kMaxItems).ok()) return;
  for (const WireItem& item : evaluate.items()) {
    if (!item.input) continue;
    const absl::StatusOr<InputView> view = ToView(*item.input);
    if (!view.ok()) continue;
    std::vector<std::byte> copy(view->bytes());
    view->Copy(0, view->elements(), copy.data());
  }
}

}  // namespace
}  // namespace actserve

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);  // which complains of each text that is not UTF-8
  return 0;
}

// The first byte says how the rest is cut.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size != 0) actserve::Try(data + 1, size - 1, data[0]);
  return 0;
}
