// Messages: written and read as protobuf does, and tensors where they lie.
#include "client/cpp/wire.h"

#include <functional>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "client/cpp/buffer.h"
#include "google/protobuf/stubs/logging.h"
#include "gtest/gtest.h"

namespace actserve::client {
namespace {

std::vector<grpc::Slice> SlicesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(buffer.Dump(&slices).ok());
  return slices;
}

std::string BytesOf(const grpc::ByteBuffer& buffer) { return std::string(FromBuffer(buffer)); }

grpc::ByteBuffer InSlices(const std::string& bytes, size_t size) {
  std::vector<grpc::Slice> slices;
  for (size_t at = 0; at < bytes.size(); at += size) slices.emplace_back(bytes.substr(at, size));
  return grpc::ByteBuffer(slices.data(), slices.size());
}

bool LiesIn(const std::vector<grpc::Slice>& slices, absl::string_view bytes) {
  for (const grpc::Slice& slice : slices) {
    const char* const begin = reinterpret_cast<const char*>(slice.begin());
    if (begin <= bytes.data() && bytes.data() + bytes.size() <= begin + slice.size()) return true;
  }
  return false;
}

const std::vector<float> kLarge(100'000, 1.5f);

GradientItem SampleItem() {
  return {.function = "aplu",
          .input = Tensor::Vector(kLarge),
          .upstream = *Tensor::Make(std::vector<double>{1, 2}, {2, 1}),
          .parameters = {{"a", 1.5}, {"b", Tensor::Vector(std::vector<float>(2000, 2))}, {"c", Tensor()}},
          .axis = -1,
          .output_type = DataType::kBF16,
          .input_gradient_only = true};
}

TEST(Request, IsWhatProtobufReads) {
  v1::GradientRequest request;
  ASSERT_TRUE(
      request.ParseFromString(BytesOf(ToRequest<GradientItem>({SampleItem(), {.function = "relu"}}, Backend::kCpu))));
  EXPECT_EQ(request.backend(), v1::BACKEND_CPU);
  ASSERT_EQ(request.items_size(), 2);
  const v1::GradientItem& item = request.items(0);
  EXPECT_EQ(item.function(), "aplu");
  EXPECT_EQ(item.axis(), -1);
  EXPECT_EQ(item.output_type(), v1::DATA_TYPE_BF16);
  EXPECT_TRUE(item.input_gradient_only());
  EXPECT_EQ(item.input().data_type(), v1::DATA_TYPE_F32);
  EXPECT_EQ(item.input().shape(0), 100'000);
  EXPECT_EQ(item.input().data(), Tensor::Vector(kLarge).bytes());
  EXPECT_EQ(item.upstream().data_type(), v1::DATA_TYPE_F64);
  EXPECT_EQ(item.upstream().shape_size(), 2);
  EXPECT_EQ(item.upstream().data().size(), 16u);
  ASSERT_EQ(item.parameters_size(), 3);
  EXPECT_EQ(item.parameters(0).name(), "a");
  EXPECT_EQ(item.parameters(0).scalar(), 1.5);
  EXPECT_EQ(item.parameters(1).tensor().data().size(), 8000u);
  EXPECT_EQ(item.parameters(2).tensor().shape_size(), 0);
  EXPECT_FALSE(request.items(1).has_axis());
  EXPECT_FALSE(request.items(1).has_upstream());

  v1::EvaluateRequest evaluate;
  const EvaluateItem empty{.function = "gelu", .input = *Tensor::Make(std::span<const float>(), {0, 2})};
  ASSERT_TRUE(evaluate.ParseFromString(BytesOf(ToRequest<EvaluateItem>({empty}, Backend::kAuto))));
  EXPECT_EQ(evaluate.backend(), v1::BACKEND_UNSPECIFIED);
  EXPECT_EQ(evaluate.items(0).input().shape_size(), 2);
  EXPECT_EQ(evaluate.items(0).input().data(), "");
}

TEST(Request, IsSentFromWhereTheTensorsLie) {
  auto memory = std::make_shared<std::vector<float>>(kLarge);
  const std::weak_ptr<std::vector<float>> kept = memory;
  const std::span<const std::byte> borrowed = std::as_bytes(std::span(*memory));
  const absl::string_view bytes(reinterpret_cast<const char*>(borrowed.data()), borrowed.size());
  grpc::ByteBuffer request;
  {
    const Tensor tensor =
        *Tensor::Borrow(DataType::kF32, *Shape::Make(std::vector<int64_t>{100'000}), borrowed, std::move(memory));
    // Cut in two, as stripes are.
    request = ToRequest<EvaluateItem>({{"gelu", tensor.Slice(0, 30'000)}, {"gelu", tensor.Slice(30'000, 100'000)}},
                                      Backend::kAuto);
  }
  std::vector<grpc::Slice> slices = SlicesOf(request);
  EXPECT_TRUE(LiesIn(slices, bytes.substr(0, 120'000)));
  EXPECT_TRUE(LiesIn(slices, bytes.substr(120'000)));
  size_t elsewhere = 0;
  for (const grpc::Slice& slice : slices) {
    const char* const begin = reinterpret_cast<const char*>(slice.begin());
    if (begin < bytes.data() || begin >= bytes.data() + bytes.size()) elsewhere += slice.size();
  }
  EXPECT_LT(elsewhere, 100u);
  request.Clear();
  EXPECT_FALSE(kept.expired());  // the transport may still need them
  slices.clear();
  EXPECT_TRUE(kept.expired());
}

TEST(Request, HasQuantizations) {
  const Tensor input = *Tensor::Make(DataType::kI8, *Shape::Make(std::vector<int64_t>{2, 1}), "ab",
                                     {.scales = {0.5f, 2}, .zero_points = {-1, 1}, .axis = -2});
  v1::EvaluateRequest request;
  ASSERT_TRUE(request.ParseFromString(BytesOf(ToRequest<EvaluateItem>({{.function = "gelu",
                                                                        .input = input,
                                                                        .output_type = DataType::kU8,
                                                                        .output_quantization = {.scales = {0.25f}},
                                                                        .overflow = Overflow::kSaturating}},
                                                                      Backend::kAuto))));
  const v1::EvaluateItem& item = request.items(0);
  EXPECT_EQ(item.input().data_type(), v1::DATA_TYPE_I8);
  EXPECT_EQ(item.input().quantization().ShortDebugString(), "scale: 0.5 scale: 2 zero_point: -1 zero_point: 1 axis: 0");
  EXPECT_EQ(item.output_quantization().ShortDebugString(), "scale: 0.25");
  EXPECT_EQ(item.overflow(), v1::OVERFLOW_MODE_SATURATING);

  v1::EvaluateResponse response;
  *response.add_results()->mutable_output() = item.input();
  *response.add_results()->mutable_output() = item.input();
  response.mutable_results(1)->mutable_output()->clear_quantization();
  const auto results = FromResponse<EvaluateItem>(InSlices(response.SerializeAsString(), 1000), 2);
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ((*results)[0]->output, input);
  EXPECT_EQ((*results)[1].status().code(), absl::StatusCode::kInternal);  // integers of unknown meaning
}

v1::GradientResponse SampleResponse() {
  v1::GradientResponse response;
  v1::GradientResult& good = *response.add_results();
  good.set_id("first");
  good.set_backend(v1::BACKEND_CUDA);
  good.set_compute_time_ns(1'234'567);
  good.mutable_input_gradient()->set_data_type(v1::DATA_TYPE_F32);
  good.mutable_input_gradient()->add_shape(100);
  good.mutable_input_gradient()->add_shape(1000);
  good.mutable_input_gradient()->set_data(std::string(Tensor::Vector(kLarge).bytes()));
  good.add_parameter_gradients()->set_name("a");
  good.mutable_parameter_gradients(0)->set_scalar(2.5);
  good.add_parameter_gradients()->set_name("b");
  v1::Tensor& b = *good.mutable_parameter_gradients(1)->mutable_tensor();
  b.set_data_type(v1::DATA_TYPE_F16);
  b.add_shape(2);
  b.set_data("abcd");
  v1::ItemStatus& failed = *response.add_results()->mutable_status();
  failed.set_code(3);
  failed.set_message("item 1: no");
  failed.set_field("items[1].axis");
  return response;
}

TEST(Response, IsReadWhateverTheSlices) {
  const std::string bytes = SampleResponse().SerializeAsString();
  for (const size_t size : {1u, 7u, 64u, 4099u, 70'000u, 1u << 20}) {
    const auto results = FromResponse<GradientItem>(InSlices(bytes, size), 2);
    ASSERT_TRUE(results.ok()) << results.status();
    const absl::StatusOr<GradientResult>& good = (*results)[0];
    ASSERT_TRUE(good.ok()) << good.status();
    EXPECT_EQ(good->backend, Backend::kCuda);
    EXPECT_EQ(good->compute_time, absl::Nanoseconds(1'234'567));
    EXPECT_EQ(good->input_gradient, *Tensor::Make(kLarge, {100, 1000}));
    ASSERT_EQ(good->parameter_gradients.size(), 2u);
    EXPECT_EQ(good->parameter_gradients[0].name, "a");
    EXPECT_EQ(std::get<double>(good->parameter_gradients[0].value), 2.5);
    EXPECT_EQ(std::get<Tensor>(good->parameter_gradients[1].value).bytes(), "abcd");
    EXPECT_EQ((*results)[1].status().message(), "item 1: no");
  }
}

TEST(Response, LeavesTensorsWhereTheyWereReceived) {
  const std::string bytes = SampleResponse().SerializeAsString();
  for (const size_t size : {70'000u, 1u << 20}) {
    const grpc::ByteBuffer buffer = InSlices(bytes, size);
    const std::vector<grpc::Slice> slices = SlicesOf(buffer);
    const auto results = FromResponse<GradientItem>(buffer, 2);
    ASSERT_TRUE(results.ok()) << results.status();
    const absl::Cord pieces = (*results)[0]->input_gradient.Share();
    for (const absl::string_view piece : pieces.Chunks()) EXPECT_TRUE(LiesIn(slices, piece)) << piece.size();
    if (slices.size() == 1) {
      EXPECT_TRUE(LiesIn(slices, absl::string_view((*results)[0]->input_gradient.bytes().data(), 400'000)));
    }
    // Few bytes do not keep a whole slice.
    const Tensor& small = std::get<Tensor>((*results)[0]->parameter_gradients[1].value);
    EXPECT_FALSE(LiesIn(slices, absl::string_view(small.bytes().data(), 4)));
  }
}

TEST(Response, IsReadByProtobufsRules) {
  // Numbers one by one, fields that are not known or come twice, an alternative that replaces another.
  v1::GradientResponse first = SampleResponse();
  first.mutable_results()->RemoveLast();
  std::string result = first.results(0).SerializeAsString();
  v1::GradientResult more;
  more.set_compute_time_ns(5);
  result += more.SerializeAsString() + std::string("\xa0\x06\x01\xaa\x06\x02xx", 8);  // fields 100 and 101
  result += std::string("\x7a\x04\x10\x01\x08\x01", 6);  // the gradient again: a dimension more, and f64
  std::string message = "\x7a";
  for (size_t size = result.size(); size != 0; size >>= 7)
    message += static_cast<char>((size & 127) | (size > 127 ? 128 : 0));
  message += result;
  v1::GradientResponse expected;
  ASSERT_TRUE(expected.ParseFromString(message));
  ASSERT_EQ(expected.results(0).input_gradient().shape_size(), 3);
  const auto results = FromResponse<GradientItem>(InSlices(message, 1000), 1);
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ(
      (*results)[0].status().message(),
      "the server's answer makes no sense: has 400000 bytes; expected 800000 for f64[100, 1000, 1] (100000 elements "
      "of 8 bytes)");
}

TEST(Response, SaysWhatMakesNoSense) {
  const auto error_of = [](const v1::EvaluateResponse& response, size_t expected) {
    const auto results = FromResponse<EvaluateItem>(InSlices(response.SerializeAsString(), 1 << 20), expected);
    const absl::Status status = results.ok() ? (*results)[0].status() : results.status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
    return std::string(status.message());
  };
  v1::EvaluateResponse response;
  EXPECT_EQ(error_of(response, 1), "the server's answer makes no sense: 0 results for 1 items");
  response.add_results();
  EXPECT_EQ(error_of(response, 1), "the server's answer makes no sense: a result without an output");
  response.mutable_results(0)->mutable_output()->set_data_type(static_cast<v1::DataType>(99));
  EXPECT_EQ(error_of(response, 1), "the server's answer makes no sense: data type 99");
  for (int i = 0; i < 4; ++i) response.add_results();
  EXPECT_EQ(error_of(response, 3), "the server's answer makes no sense: 5 results for 3 items");
}

v1::SparseTensor SampleSparseTensor() {
  v1::SparseTensor tensor;
  tensor.set_data_type(v1::DATA_TYPE_F16);
  tensor.add_shape(12);
  tensor.set_encoding(v1::OUTPUT_ENCODING_BITMAP);
  tensor.set_bitmap("\x81\x02");
  tensor.set_negative_zeros("\x04\x08");
  tensor.set_values("abcdef");
  return tensor;
}

TEST(Response, MayLeaveOutZeros) {
  v1::GradientResponse response = SampleResponse();
  v1::GradientResult& result = *response.mutable_results(0);
  result.clear_input_gradient();
  *result.mutable_sparse_input_gradient() = SampleSparseTensor();
  const std::string bytes = response.SerializeAsString();
  const std::string dense("ab\0\0\0\x80\0\0\0\0\0\0\0\0cd\0\0ef\0\0\0\x80", 24);
  for (const size_t size : {1u, 7u, 1u << 20}) {
    for (const bool decode : {true, false}) {
      const auto results = FromResponse<GradientItem>(InSlices(bytes, size), 2, decode);
      ASSERT_TRUE(results.ok()) << results.status();
      const absl::StatusOr<GradientResult>& good = (*results)[0];
      ASSERT_TRUE(good.ok()) << good.status();
      EXPECT_EQ(good->input_gradient.bytes(), decode ? dense : "");
      EXPECT_EQ(good->input_gradient.type(), DataType::kF16);
      EXPECT_EQ(good->received_bytes, 10u);
      ASSERT_TRUE(good->sparse.has_value());
      EXPECT_EQ(good->sparse->values().bytes(), "abcdef");
      EXPECT_EQ(good->sparse->ToDense().bytes(), dense);
      EXPECT_EQ(good->parameter_gradients.size(), 2u);
    }
  }
}

TEST(Response, SaysWhatIsNoSparseTensor) {
  const auto error_of = [](const std::function<void(v1::SparseTensor&)>& spoil) {
    v1::EvaluateResponse response;
    *response.add_results()->mutable_sparse_output() = SampleSparseTensor();
    spoil(*response.mutable_results(0)->mutable_sparse_output());
    const auto results = FromResponse<EvaluateItem>(InSlices(response.SerializeAsString(), 5), 1);
    EXPECT_TRUE(results.ok()) << results.status();
    return std::string((*results)[0].status().message());
  };
  const std::string nonsense = "the server's answer makes no sense: ";
  EXPECT_EQ(error_of([](v1::SparseTensor&) {}), "");
  EXPECT_EQ(error_of([](v1::SparseTensor& t) { t.set_encoding(v1::OUTPUT_ENCODING_DENSE); }),
            nonsense + "output encoding 1");
  EXPECT_EQ(error_of([](v1::SparseTensor& t) { t.set_bitmap("a"); }),
            nonsense + "bitmap: has 1 bytes; expected 2, a bit for each element of a tensor of shape [12]");
  EXPECT_EQ(error_of([](v1::SparseTensor& t) { t.set_values("abcd"); }),
            nonsense + "values: has 4 bytes; expected 6, of the 3 elements of f16 that are stored");
  EXPECT_EQ(error_of([](v1::SparseTensor& t) { t.set_negative_zeros("\x05\x08"); }),
            nonsense + "negative_zeros: element 0 is stored, too; expected it to be left out");
  EXPECT_EQ(error_of([](v1::SparseTensor& t) { t.set_encoding(v1::OUTPUT_ENCODING_TWO_FOUR); }),
            nonsense + "indices: has 0 bytes; expected 2, a bit for each element of a tensor of shape [12]");
  EXPECT_EQ(error_of([](v1::SparseTensor& t) { t.add_shape(-1); }),
            nonsense + "[12, -1]: dimension 1 is -1; expected 0 or more");
  v1::EvaluateResponse response;
  *response.add_results()->mutable_sparse_output() = SampleSparseTensor();
  response.mutable_results(0)->mutable_output();
  const auto results = FromResponse<EvaluateItem>(InSlices(response.SerializeAsString(), 5), 1);
  EXPECT_EQ((*results)[0].status().message(), nonsense + "a result with two outputs");
}

TEST(Response, MayBeAnyBytes) {
  const google::protobuf::LogSilencer quiet;  // of names that are not UTF-8
  v1::GradientResponse sample = SampleResponse();
  sample.mutable_results(0)->mutable_input_gradient()->clear_shape();
  sample.mutable_results(0)->mutable_input_gradient()->add_shape(3);
  sample.mutable_results(0)->mutable_input_gradient()->set_data("0123456789ab");
  const std::string bytes = sample.SerializeAsString();
  for (size_t size = 0; size < bytes.size(); ++size) {
    v1::GradientResponse response;
    const bool is_message = response.ParseFromString(bytes.substr(0, size));
    const auto results = FromResponse<GradientItem>(InSlices(bytes.substr(0, size), 5), response.results_size());
    EXPECT_EQ(results.ok(), is_message) << size;
  }
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string broken = bytes;
    for (int k = 0; k < 3; ++k) broken[random() % broken.size()] = static_cast<char>(random());
    v1::GradientResponse response;
    const bool is_message = response.ParseFromString(broken);
    const auto results = FromResponse<GradientItem>(InSlices(broken, 1 + random() % 40), response.results_size());
    EXPECT_TRUE(results.ok() || !is_message) << results.status();  // protobuf also asks names to be UTF-8
  }
}

}  // namespace
}  // namespace actserve::client
