#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>
#include <span>
#include <thread>

#include "absl/strings/escaping.h"
#include "google/rpc/error_details.pb.h"
#include "kernels/api/registry.h"
#include "kernels/api/status.h"
#include "proto/enums.h"
#include "server/wire/enums.h"
#include "server/wire/function_message.h"
#include "server/wire/request.h"
#include "server/wire/response.h"
#include "server/wire/status.h"
#include "tests/server/decoded.h"

namespace actserve {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

grpc::ByteBuffer ToBuffer(const std::string& bytes, size_t slice_size = 1 << 20) {
  std::vector<grpc::Slice> slices;
  for (size_t at = 0; at < bytes.size(); at += slice_size) slices.emplace_back(bytes.substr(at, slice_size));
  return grpc::ByteBuffer(slices.data(), slices.size());
}

std::string ToString(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(buffer.Dump(&slices).ok());
  std::string bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

v1::GradientRequest SampleRequest() {
  v1::GradientRequest request;
  request.set_backend(v1::BACKEND_CPU);
  request.add_items();
  v1::GradientItem& item = *request.add_items();
  item.set_id("second");
  item.set_function("aplu");
  item.set_axis(-1);
  item.set_output_type(v1::DATA_TYPE_F64);
  item.set_input_gradient_only(true);
  item.set_output_encoding(v1::OUTPUT_ENCODING_AUTO);
  item.set_overflow(v1::OVERFLOW_MODE_SATURATING);
  item.mutable_output_quantization()->add_scale(0.25f);
  item.mutable_output_quantization()->set_axis(-2);
  item.mutable_input()->mutable_quantization()->add_scale(0.5f);
  item.mutable_input()->mutable_quantization()->add_scale(-1.5f);
  item.mutable_input()->mutable_quantization()->add_zero_point(-128);
  item.mutable_input()->mutable_quantization()->add_zero_point(2'000'000'000);
  item.mutable_input()->set_data_type(v1::DATA_TYPE_F32);
  item.mutable_input()->add_shape(2);
  item.mutable_input()->set_data("12345678");
  item.mutable_upstream()->set_data("u");
  v1::Parameter* scalar = item.add_parameters();
  scalar->set_name("a");
  scalar->set_scalar(1.5);
  v1::Parameter* tensor = item.add_parameters();
  tensor->set_name("b");
  tensor->mutable_tensor()->add_shape(3);
  tensor->mutable_tensor()->set_data("abcdef");
  item.add_parameters()->set_name("c");
  return request;
}

void ExpectEqual(const Request& request, const v1::GradientRequest& expected) {
  EXPECT_EQ(Difference(request, expected), "");
}

absl::Status Decode(Request& request, Direction direction, grpc::ByteBuffer message, int max_items) {
  request.Receive(message);
  return request.Decode(direction, max_items);
}
absl::Status StatusOf(Direction direction, const grpc::ByteBuffer& message, int max_items) {
  Request request;
  return Decode(request, direction, message, max_items);
}

TEST(RequestTest, DecodesWhateverTheSlices) {
  const std::string bytes = SampleRequest().SerializeAsString();
  for (size_t slice_size : {size_t{1}, size_t{7}, bytes.size()}) {
    Request request;
    ASSERT_TRUE(Decode(request, Direction::kGradient, ToBuffer(bytes, slice_size), 10).ok());
    EXPECT_EQ(request.backend(), v1::BACKEND_CPU);
    ASSERT_EQ(request.items().size(), 2u);
    EXPECT_TRUE(request.items()[0].empty());
    const WireItem& item = request.items()[1];
    EXPECT_FALSE(item.empty());
    EXPECT_EQ(item.id, "second");
    EXPECT_EQ(item.function, "aplu");
    EXPECT_EQ(item.axis, -1);
    EXPECT_EQ(item.output_type, v1::DATA_TYPE_F64);
    EXPECT_TRUE(item.input_gradient_only);
    EXPECT_EQ(item.output_encoding, v1::OUTPUT_ENCODING_AUTO);
    EXPECT_EQ(item.overflow, v1::OVERFLOW_MODE_SATURATING);
    EXPECT_EQ(item.output_quantization->axis, -2);
    EXPECT_THAT(item.input->quantization->scales, ElementsAre(0.5f, -1.5f));
    EXPECT_THAT(item.input->quantization->zero_points, ElementsAre(-128, 2'000'000'000));
    EXPECT_EQ(item.input->data_type, v1::DATA_TYPE_F32);
    EXPECT_EQ(item.input->shape[0], 2);
    EXPECT_EQ(DataOf(*item.input), "12345678");
    EXPECT_EQ(DataOf(*item.upstream), "u");
    ASSERT_EQ(item.parameters.size(), 3u);
    EXPECT_EQ(std::get<double>(item.parameters[0].value), 1.5);
    EXPECT_EQ(std::get<WireTensor>(item.parameters[1].value).shape[0], 3);
    EXPECT_EQ(DataOf(std::get<WireTensor>(item.parameters[1].value)), "abcdef");
    EXPECT_TRUE(std::holds_alternative<std::monostate>(item.parameters[2].value));
  }
}

TEST(RequestTest, RefusesWhatIsNoMessage) {
  const std::string good = SampleRequest().SerializeAsString();
  const std::string cases[] = {"\xff\xff\xff\xff",
                               "not a message",
                               good.substr(0, good.size() - 1),
                               good + "\x7a",
                               std::string("\x7a\x05", 2),               // an item that is longer than the message
                               std::string("\x7a\x02\x12\x05", 4),       // a function that is longer than its item
                               std::string("\x7b\x74", 2),               // a group that ends as another
                               std::string("\x7a\x03\x12\x01\xff", 5)};  // a name that is not UTF-8
  for (const std::string& bytes : cases) {
    const absl::Status status = StatusOf(Direction::kGradient, ToBuffer(bytes), 10);
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    EXPECT_THAT(std::string(status.message()), HasSubstr("cannot be decoded"));
  }
}

// By protobuf's rules the last of a field counts, messages merge, and what is unknown is left out.
TEST(RequestTest, ReadsFieldsInAnyOrderAndNumber) {
  v1::GradientItem first, second;
  first.set_function("relu");
  first.set_axis(1);
  first.mutable_input()->set_data("old");
  first.mutable_input()->add_shape(2);
  first.add_parameters()->set_scalar(1);
  second.set_function("gelu");
  second.mutable_input()->set_data("new data");
  second.mutable_input()->add_shape(3);
  v1::Parameter& parameter = *second.add_parameters();
  parameter.mutable_tensor()->set_data("t");
  const std::string unknown = std::string("\x98\x06\x05", 3) + "\xa2\x06\x02hi" + "\xab\x06\x08\x01\xac\x06";
  const std::string unpacked("\x7a\x04\x10\x05\x10\x07", 6);  // shape: 5, shape: 7
  const std::string item = unknown + second.SerializeAsString() + first.SerializeAsString() +
                           second.SerializeAsString() + unpacked + unknown;
  const std::string bytes =
      unknown + std::string("\x7a") + static_cast<char>(item.size()) + item + std::string("\x08\x02\x08\x01", 4);
  v1::GradientRequest expected;
  ASSERT_TRUE(expected.ParseFromString(bytes));
  Request request;
  const absl::Status status = Decode(request, Direction::kGradient, ToBuffer(bytes, 3), 10);
  ASSERT_TRUE(status.ok()) << status;
  ExpectEqual(request, expected);
  EXPECT_EQ(request.items()[0].function, "gelu");
  EXPECT_THAT(request.items()[0].input->shape, ElementsAre(3, 2, 3, 5, 7));
}

TEST(RequestTest, ReadsWhatAnEvaluateRequestHas) {
  v1::GradientRequest request;
  v1::GradientItem& item = *request.add_items();
  item.mutable_upstream()->set_data("u");
  item.set_input_gradient_only(true);
  Request decoded;
  ASSERT_TRUE(Decode(decoded, Direction::kEvaluate, ToBuffer(request.SerializeAsString()), 1).ok());
  EXPECT_TRUE(decoded.items()[0].empty());
  EXPECT_FALSE(decoded.items()[0].input_gradient_only);
}

// Whatever protobuf makes of damaged bytes, so does the decoder.
TEST(RequestTest, AgreesWithProtobufOnDamagedMessages) {
  const std::string good = SampleRequest().SerializeAsString();
  std::minstd_rand random(1);
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good;
    const int changes = 1 + static_cast<int>(random() % 3);
    for (int k = 0; k < changes; ++k) {
      const size_t at = random() % bytes.size();
      switch (random() % 3) {
        case 0: bytes[at] = static_cast<char>(random()); break;
        case 1: bytes.erase(at, 1 + random() % 3); break;
        case 2: bytes.insert(at, 1, static_cast<char>(random())); break;
      }
    }
    v1::GradientRequest expected;
    const bool is_message = expected.ParseFromString(bytes) && expected.items_size() != 0;
    Request request;
    const absl::Status status = Decode(request, Direction::kGradient, ToBuffer(bytes, 1 + random() % 9), 1000);
    ASSERT_EQ(status.ok(), is_message) << status << " for " << absl::CEscape(bytes);
    if (is_message) ExpectEqual(request, expected);
    accepted += is_message;
  }
  EXPECT_GT(accepted, 1'000);
}

TEST(RequestTest, CopiesNoInput) {
  const std::string data(100'000, 'x');
  v1::GradientRequest request;
  v1::GradientItem& item = *request.add_items();
  item.set_function("relu");
  item.mutable_input()->set_data(data);
  item.mutable_upstream()->set_data(data);
  const std::string bytes = request.SerializeAsString();
  const grpc::ByteBuffer buffer = ToBuffer(bytes, 8'000);
  Request decoded;
  ASSERT_TRUE(Decode(decoded, Direction::kGradient, buffer, 1).ok());
  EXPECT_EQ(decoded.copied_bytes(), 0);
  // The views are of the slices themselves.
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(buffer.Dump(&slices).ok());
  const WireTensor& input = *decoded.items()[0].input;
  for (const Chunk& chunk : input.chunks) {
    EXPECT_TRUE(std::any_of(slices.begin(), slices.end(), [&](const grpc::Slice& slice) {
      return reinterpret_cast<const std::byte*>(slice.begin()) == chunk.data;
    }));
  }
  EXPECT_EQ(DataOf(input), data);
}

TEST(RequestTest, CountsAsItDecodes) {
  v1::EvaluateRequest request;
  const absl::Status none = StatusOf(Direction::kEvaluate, ToBuffer(""), 2);
  EXPECT_EQ(FullMessage(none), "items: are missing; expected at least one");
  for (int i = 0; i < 3; ++i) request.add_items();
  const absl::Status many = StatusOf(Direction::kEvaluate, ToBuffer(request.SerializeAsString()), 2);
  EXPECT_THAT(FullMessage(many), HasSubstr("items: are more than 2, the limit"));
  Request counted;
  grpc::ByteBuffer message = ToBuffer(request.SerializeAsString(), 1);
  counted.Receive(message);
  EXPECT_TRUE(counted.HasMoreItemsThan(2));
  EXPECT_FALSE(counted.HasMoreItemsThan(3));
  EXPECT_TRUE(StatusOf(Direction::kEvaluate, ToBuffer(request.SerializeAsString()), 3).ok());
  for (int i = 0; i <= kMaxWireParameters; ++i) request.mutable_items(1)->add_parameters();
  const absl::Status parameters = StatusOf(Direction::kEvaluate, ToBuffer(request.SerializeAsString()), 3);
  EXPECT_EQ(FieldOf(parameters), "items[1].parameters");
  request.mutable_items(1)->clear_parameters();
  for (int i = 0; i <= kMaxWireDimensions; ++i) request.mutable_items(0)->mutable_input()->add_shape(1);
  const absl::Status dimensions = StatusOf(Direction::kEvaluate, ToBuffer(request.SerializeAsString()), 3);
  EXPECT_EQ(FieldOf(dimensions), "items[0].shape");
}

Shape ShapeOf(std::vector<int64_t> dims) { return *Shape::Make(dims); }

TEST(ResponseTest, EncodesResultsInTheirOrder) {
  BufferPool pool;
  Response response;
  response.Reset(2);
  response.SetError(0, 3, "item 0: bad", "items[0].axis");
  response.SetId(1, "x");
  response.AddOutput(1, v1::BACKEND_CPU, DataType::kF16, ShapeOf({2, 1}));
  response.LayOut(pool);
  const MutableTensorView output = response.output(1);
  EXPECT_EQ(output.bytes(), 4u);
  std::memcpy(output.data, "abcd", 4);
  response.SetComputeTime(1, std::chrono::nanoseconds(42));
  v1::EvaluateResponse decoded;
  ASSERT_TRUE(decoded.ParseFromString(ToString(response.Encode())));
  ASSERT_EQ(decoded.results_size(), 2);
  EXPECT_EQ(decoded.results(0).status().code(), 3);
  EXPECT_EQ(decoded.results(0).status().message(), "item 0: bad");
  EXPECT_EQ(decoded.results(0).status().field(), "items[0].axis");
  EXPECT_FALSE(decoded.results(0).has_output());
  EXPECT_EQ(decoded.results(1).id(), "x");
  EXPECT_FALSE(decoded.results(1).has_status());
  EXPECT_EQ(decoded.results(1).backend(), v1::BACKEND_CPU);
  EXPECT_EQ(decoded.results(1).compute_time_ns(), 42u);
  EXPECT_EQ(decoded.results(1).output().data(), "abcd");
  EXPECT_EQ(decoded.results(1).output().data_type(), v1::DATA_TYPE_F16);
  EXPECT_THAT(decoded.results(1).output().shape(), ElementsAre(2, 1));
}

TEST(ResponseTest, EncodesParameterGradientsAsTheyWereGiven) {
  BufferPool pool;
  Response response;
  response.Reset(1);
  response.AddOutput(0, v1::BACKEND_CUDA, DataType::kF32, Shape());
  response.AddParameterGradient(0, "beta", true, DataType::kF64, Shape());
  response.AddParameterGradient(0, "a", false, DataType::kF32, ShapeOf({1}));
  response.LayOut(pool);
  const double beta = 2.5;
  const float a = 3.5;
  ASSERT_EQ(response.parameter_gradient(0, 0).bytes(), sizeof(beta));
  std::memcpy(response.parameter_gradient(0, 0).data, &beta, sizeof(beta));
  std::memcpy(response.parameter_gradient(0, 1).data, &a, sizeof(a));
  v1::GradientResponse decoded;
  ASSERT_TRUE(decoded.ParseFromString(ToString(response.Encode())));
  const v1::GradientResult& result = decoded.results(0);
  EXPECT_EQ(result.backend(), v1::BACKEND_CUDA);
  EXPECT_EQ(result.input_gradient().data().size(), 4u);
  EXPECT_EQ(result.input_gradient().shape_size(), 0);
  EXPECT_EQ(result.parameter_gradients(0).name(), "beta");
  EXPECT_EQ(result.parameter_gradients(0).scalar(), 2.5);
  EXPECT_EQ(result.parameter_gradients(1).name(), "a");
  EXPECT_EQ(result.parameter_gradients(1).tensor().data(), std::string(reinterpret_cast<const char*>(&a), 4));
}

TEST(ResponseTest, EncodesQuantizations) {
  BufferPool pool;
  Response response;
  response.Reset(2);
  const float scales[] = {0.5f, 0.25f};
  const int32_t zero_points[] = {-128, 127};
  response.AddOutput(0, v1::BACKEND_CPU, DataType::kI8, ShapeOf({2}), {scales, zero_points, 0});
  response.AddOutput(1, v1::BACKEND_CPU, DataType::kU8, ShapeOf({1}), {std::span(scales).first(1), {}, {}});
  response.LayOut(pool);
  std::memcpy(response.output(0).data, "ab", 2);
  std::memcpy(response.output(1).data, "c", 1);
  v1::EvaluateResponse decoded;
  ASSERT_TRUE(decoded.ParseFromString(ToString(response.Encode())));
  const v1::Tensor& first = decoded.results(0).output();
  EXPECT_EQ(first.data_type(), v1::DATA_TYPE_I8);
  EXPECT_EQ(first.data(), "ab");
  EXPECT_THAT(first.quantization().scale(), ElementsAre(0.5f, 0.25f));
  EXPECT_THAT(first.quantization().zero_point(), ElementsAre(-128, 127));
  EXPECT_EQ(first.quantization().axis(), 0);
  const v1::Tensor& second = decoded.results(1).output();
  EXPECT_EQ(second.data(), "c");
  EXPECT_THAT(second.quantization().scale(), ElementsAre(0.5f));
  EXPECT_EQ(second.quantization().zero_point_size(), 0);
  EXPECT_FALSE(second.quantization().has_axis());
}

TEST(RequestTest, BoundsScales) {
  v1::GradientRequest request;
  v1::Quantization& quantization = *request.add_items()->mutable_input()->mutable_quantization();
  for (int i = 0; i < kMaxWireScales; ++i) quantization.add_scale(1);
  EXPECT_TRUE(StatusOf(Direction::kGradient, ToBuffer(request.SerializeAsString()), 10).ok());
  quantization.add_scale(1);
  const absl::Status status = StatusOf(Direction::kGradient, ToBuffer(request.SerializeAsString()), 10);
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_EQ(FieldOf(status), "items[0].quantization.scale");
  EXPECT_THAT(std::string(status.message()), HasSubstr("has more than 65536 entries"));
}

TEST(ResponseTest, TimesMayBeLong) {
  BufferPool pool;
  for (const int64_t time : {int64_t{0}, int64_t{1} << 41, (int64_t{1} << 42) - 1, int64_t{1} << 60}) {
    Response response;
    response.Reset(1);
    response.AddOutput(0, v1::BACKEND_CPU, DataType::kF32, ShapeOf({0}));
    response.LayOut(pool);
    response.SetComputeTime(0, std::chrono::nanoseconds(time));
    v1::EvaluateResponse decoded;
    ASSERT_TRUE(decoded.ParseFromString(ToString(response.Encode())));
    EXPECT_EQ(decoded.results(0).compute_time_ns(), std::min<uint64_t>(time, (uint64_t{1} << 42) - 1));
    EXPECT_TRUE(decoded.results(0).has_output());
  }
}

TEST(ResponseTest, SendsTheMemoryThatOutputsWereWrittenTo) {
  BufferPool pool;
  Response response;
  response.Reset(2);
  for (int item = 0; item < 2; ++item) {
    response.AddOutput(item, v1::BACKEND_CPU, DataType::kF32, ShapeOf({3'000'000}));
  }
  response.LayOut(pool);
  std::memset(response.output(0).data, 7, response.output(0).bytes());
  std::memset(response.output(1).data, 8, response.output(1).bytes());
  EXPECT_EQ(reinterpret_cast<uintptr_t>(response.output(0).data) % 64, 0u);
  const grpc::ByteBuffer message = response.Encode();
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(message.Dump(&slices).ok());
  ASSERT_EQ(slices.size(), 1u);
  for (int item = 0; item < 2; ++item) {
    const auto* const data = reinterpret_cast<const uint8_t*>(response.output(item).data);
    EXPECT_TRUE(slices[0].begin() < data && data + 12'000'000 <= slices[0].end());
  }
  v1::EvaluateResponse decoded;
  ASSERT_TRUE(decoded.ParseFromString(ToString(message)));
  EXPECT_EQ(decoded.results(0).output().data(), std::string(12'000'000, 7));
  EXPECT_EQ(decoded.results(1).output().data(), std::string(12'000'000, 8));
}

std::span<const std::byte> Bytes(const std::string& bytes) { return std::as_bytes(std::span(bytes)); }

// What protobuf reads, dense again.
std::string Expanded(const v1::SparseTensor& tensor) {
  const bool is_bitmap = tensor.encoding() == v1::OUTPUT_ENCODING_BITMAP;
  const SparseView view{is_bitmap ? Encoding::kBitmap : Encoding::kTwoFour, *FromWire(tensor.data_type()),
                        ShapeOf({tensor.shape().begin(), tensor.shape().end()}),
                        Bytes(is_bitmap ? tensor.bitmap() : tensor.indices()), Bytes(tensor.negative_zeros())};
  const absl::Status status = CheckSparse(view, tensor.values().size());
  EXPECT_TRUE(status.ok()) << status;
  std::string dense(view.shape.elements() * SizeOf(view.type), 'x');
  Expand(view, 0, view.shape.elements(), Bytes(tensor.values()).data(), reinterpret_cast<std::byte*>(dense.data()));
  return dense;
}

std::string Floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

void Write(const MutableTensorView& output, const std::string& bytes) {
  ASSERT_EQ(output.bytes(), bytes.size());
  std::memcpy(output.data, bytes.data(), bytes.size());
}

TEST(ResponseTest, LeavesOutZeros) {
  BufferPool pool;
  Response response;
  response.Reset(6);
  const std::string sparse = Floats({0, 0, 3, 0, 0, 0, -0.0f, 8}), full = Floats({1, 2, 3, 4, 5, 6, 7, 8});
  response.SetId(0, "dense");
  response.AddOutput(0, v1::BACKEND_CPU, DataType::kF32, ShapeOf({8}));
  response.AddOutput(1, v1::BACKEND_CPU, DataType::kF32, ShapeOf({2, 4}), {}, Encoding::kBitmap);
  response.AddParameterGradient(1, "beta", true, DataType::kF64, Shape());
  response.AddParameterGradient(1, "a", false, DataType::kF32, ShapeOf({1}));
  response.AddOutput(2, v1::BACKEND_CPU, DataType::kF32, ShapeOf({2, 4}), {}, Encoding::kTwoFour);
  response.AddOutput(3, v1::BACKEND_CPU, DataType::kF32, ShapeOf({2, 4}), {}, Encoding::kTwoFour);
  response.AddOutput(4, v1::BACKEND_CPU, DataType::kF32, ShapeOf({2, 4}), {}, Encoding::kAuto);
  response.SetError(5, 3, "item 5: bad", "items[5]");
  response.LayOut(pool);
  EXPECT_EQ(response.sparse_output(0), nullptr);
  Write(response.output(0), full);
  const double beta = 2.5;
  std::memcpy(response.parameter_gradient(1, 0).data, &beta, sizeof(beta));
  std::memcpy(response.parameter_gradient(1, 1).data, "abcd", 4);
  for (int item = 1; item < 5; ++item) {
    Write(response.output(item), item < 3 ? sparse : full);
    response.sparse_output(item)->EncodeAll();
    response.SetComputeTime(item, std::chrono::nanoseconds(40 + item));
  }
  response.SetBackend(1, v1::BACKEND_CUDA);
  EXPECT_FALSE(response.sparse_output(3)->status().ok());
  response.SetError(3, 3, "item 3: no", "items[3].output_encoding");
  v1::GradientResponse decoded;
  ASSERT_TRUE(decoded.ParseFromString(ToString(response.Encode())));
  ASSERT_EQ(decoded.results_size(), 6);
  EXPECT_EQ(decoded.results(0).id(), "dense");
  EXPECT_EQ(decoded.results(0).input_gradient().data(), full);
  const v1::GradientResult& bitmap = decoded.results(1);
  EXPECT_EQ(bitmap.backend(), v1::BACKEND_CUDA);
  EXPECT_EQ(bitmap.compute_time_ns(), 41u);
  EXPECT_EQ(bitmap.parameter_gradients(0).scalar(), 2.5);
  EXPECT_EQ(bitmap.parameter_gradients(1).tensor().data(), "abcd");
  EXPECT_FALSE(bitmap.has_input_gradient());
  EXPECT_THAT(bitmap.sparse_input_gradient().shape(), ElementsAre(2, 4));
  EXPECT_EQ(bitmap.sparse_input_gradient().bitmap(), "\x84");
  EXPECT_EQ(bitmap.sparse_input_gradient().negative_zeros(), "\x40");
  EXPECT_EQ(bitmap.sparse_input_gradient().values(), Floats({3, 8}));
  EXPECT_EQ(Expanded(bitmap.sparse_input_gradient()), sparse);
  const v1::SparseTensor& two_four = decoded.results(2).sparse_input_gradient();
  EXPECT_EQ(two_four.encoding(), v1::OUTPUT_ENCODING_TWO_FOUR);
  EXPECT_EQ(two_four.indices(), "\xee");
  EXPECT_EQ(two_four.values(), Floats({3, 0, -0.0f, 8}));
  EXPECT_EQ(Expanded(two_four), sparse);
  EXPECT_EQ(decoded.results(3).status().message(), "item 3: no");
  EXPECT_FALSE(decoded.results(3).has_sparse_input_gradient());
  EXPECT_EQ(decoded.results(4).input_gradient().data(), full);
  EXPECT_FALSE(decoded.results(4).has_sparse_input_gradient());
  EXPECT_EQ(decoded.results(5).status().message(), "item 5: bad");
}

TEST(ResponseTest, HasGateGradientsBesideOutputsOfAnyEncoding) {
  for (const Encoding encoding : {Encoding::kDense, Encoding::kBitmap}) {
    BufferPool pool;
    Response response;
    response.Reset(1);
    response.AddOutput(0, v1::BACKEND_CPU, DataType::kF32, ShapeOf({2}), {}, encoding);
    response.AddGateGradient(0, DataType::kF32, ShapeOf({2}), {});
    response.LayOut(pool);
    Write(response.output(0), Floats({0, 1}));
    Write(response.gate_gradient(0), Floats({2, 3}));
    if (encoding != Encoding::kDense) response.sparse_output(0)->EncodeAll();
    v1::GradientResponse decoded;
    ASSERT_TRUE(decoded.ParseFromString(ToString(response.Encode())));
    EXPECT_EQ(decoded.results(0).gate_gradient().data(), Floats({2, 3}));
    EXPECT_EQ(decoded.results(0).has_sparse_input_gradient(), encoding == Encoding::kBitmap);
  }
}

TEST(ResponseTest, CopiesNoSparseOutput) {
  BufferPool pool;
  Response response;
  response.Reset(2);
  const int64_t n = 1'000'000;
  response.AddOutput(0, v1::BACKEND_CPU, DataType::kF32, ShapeOf({n}), {}, Encoding::kBitmap);
  response.AddOutput(1, v1::BACKEND_CPU, DataType::kF32, ShapeOf({n}), {}, Encoding::kAuto);
  response.LayOut(pool);
  std::vector<float> values(n);
  for (int64_t i = 0; i < n; ++i) values[i] = i % 3 == 0 ? 0.0f : static_cast<float>(i);
  for (int item = 0; item < 2; ++item) {
    Write(response.output(item), Floats(values));
    response.sparse_output(item)->EncodeAll();
  }
  const std::byte *begin = response.output(0).data, *end = response.output(1).data + 5 * n;
  const grpc::ByteBuffer message = response.Encode();
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(message.Dump(&slices).ok());
  size_t elsewhere = 0;
  for (const grpc::Slice& slice : slices) {
    const auto* const data = reinterpret_cast<const std::byte*>(slice.begin());
    if (data < begin || data >= end) elsewhere += slice.size();
  }
  EXPECT_LT(elsewhere, 200u);
  v1::EvaluateResponse decoded;
  ASSERT_TRUE(decoded.ParseFromString(ToString(message)));
  for (int item = 0; item < 2; ++item) {
    EXPECT_EQ(Expanded(decoded.results(item).sparse_output()), Floats(values));
  }
}

TEST(ResponseTest, EncodesSparseTensorsOfNoElements) {
  for (const Encoding encoding : {Encoding::kBitmap, Encoding::kTwoFour, Encoding::kAuto}) {
    BufferPool pool;
    Response response;
    response.Reset(1);
    response.AddOutput(0, v1::BACKEND_CPU, DataType::kF32, ShapeOf({0, 4}), {}, encoding);
    response.LayOut(pool);
    response.sparse_output(0)->EncodeAll();
    v1::EvaluateResponse decoded;
    ASSERT_TRUE(decoded.ParseFromString(ToString(response.Encode())));
    ASSERT_TRUE(decoded.results(0).has_sparse_output());
    EXPECT_EQ(Expanded(decoded.results(0).sparse_output()), "");
  }
}

TEST(BufferPoolTest, UsesMemoryAgain) {
  BufferPool pool(std::chrono::hours(1));
  auto slice = std::make_unique<grpc::Slice>(pool.Allocate(1'000'000, 40));
  EXPECT_EQ(slice->size(), 1'000'000u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(slice->begin()) % 4096, 40u);
  EXPECT_EQ(pool.idle_bytes(), 0u);
  const uint8_t* const first = slice->begin();
  slice.reset();
  EXPECT_GE(pool.idle_bytes(), 1'000'000u);
  const grpc::Slice again = pool.Allocate(1'000'100, 8), another = pool.Allocate(1'000'100, 8);
  EXPECT_EQ(again.begin(), first - 40 + 8);
  EXPECT_NE(another.begin(), again.begin());
  EXPECT_EQ(pool.idle_bytes(), 0u);
}

TEST(BufferPoolTest, GivesBackWhatNobodyUses) {
  BufferPool pool(std::chrono::milliseconds(10));
  for (int i = 0; i < 3; ++i) pool.Allocate(1'000'000 << i, 0);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (pool.idle_bytes() != 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(pool.idle_bytes(), 0u);
}

TEST(BufferPoolTest, WakesNobodyWhileItIsUsed) {
  // How often this process's other threads waited.
  const auto waits = [] {
    rusage all, own;
    getrusage(RUSAGE_SELF, &all);
    getrusage(RUSAGE_THREAD, &own);
    return all.ru_nvcsw - own.ru_nvcsw;
  };
  BufferPool pool(std::chrono::hours(1));
  pool.Allocate(100'000, 0);
  const int64_t before = waits();
  for (int i = 0; i < 1000; ++i) {
    pool.Allocate(100'000, 0);
    std::this_thread::sleep_for(std::chrono::microseconds(20));  // as between calls
  }
  EXPECT_LT(waits() - before, 100);
}

TEST(BufferPoolTest, MayGoBeforeItsSlices) {
  auto pool = std::make_unique<BufferPool>();
  const auto slice = std::make_unique<grpc::Slice>(pool->Allocate(100'000, 0));
  pool.reset();
  std::memset(const_cast<uint8_t*>(slice->begin()), 1, slice->size());
}

TEST(TensorTest, ChecksTypeShapeAndLength) {
  const std::string bytes(8, 'x');
  const Chunk chunk{reinterpret_cast<const std::byte*>(bytes.data()), 0, 8};
  const std::vector<int64_t> two = {2}, negative = {-1}, overflow = {int64_t{1} << 40, int64_t{1} << 40}, nine(9, 1);
  const auto view = [&](int type, const std::vector<int64_t>& shape) {
    return ToView(WireTensor{type, {shape.begin(), shape.end()}, {&chunk, 1}, 0, 8});
  };
  ASSERT_TRUE(view(v1::DATA_TYPE_F32, two).ok());
  EXPECT_EQ(view(v1::DATA_TYPE_F32, two)->data(), chunk.data);
  EXPECT_EQ(FieldOf(view(0, two).status()), "data_type");
  EXPECT_EQ(FieldOf(view(77, two).status()), "data_type");
  EXPECT_THAT(std::string(view(77, two).status().message()), HasSubstr("77 is not a supported data type"));
  EXPECT_EQ(FieldOf(view(v1::DATA_TYPE_F64, two).status()), "data");
  EXPECT_EQ(FieldOf(view(v1::DATA_TYPE_F32, negative).status()), "shape");
  EXPECT_EQ(FieldOf(view(v1::DATA_TYPE_F32, overflow).status()), "shape");
  EXPECT_EQ(FieldOf(view(v1::DATA_TYPE_F32, nine).status()), "shape");
}

TEST(TensorTest, DataTypesMapBothWays) {
  for (const DataType type : kDataTypes) EXPECT_EQ(*FromWire(ToWire(type)), type);
}

TEST(TensorTest, EncodingsMapBothWays) {
  for (const Encoding encoding : kEncodings) EXPECT_EQ(*EncodingFromWire(ToWire(encoding)), encoding);
  EXPECT_EQ(*EncodingFromWire(0), Encoding::kDense);
  EXPECT_THAT(std::string(EncodingFromWire(5).status().message()), HasSubstr("5 is not an output encoding"));
}

TEST(TensorTest, LayoutsMapBothWays) {
  for (const GatedLayout layout : kGatedLayouts) EXPECT_EQ(*LayoutFromWire(ToWire(layout)), layout);
  EXPECT_THAT(std::string(LayoutFromWire(0).status().message()), HasSubstr("0 is not a layout"));
  EXPECT_THAT(std::string(LayoutFromWire(5).status().message()), HasSubstr("5 is not a layout"));
}

TEST(StatusTest, CarriesFieldsAndRetryDelays) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus(), std::chrono::milliseconds(50)).ok());
  const grpc::Status field = ToGrpc(InvalidField("items", "are missing"), std::chrono::milliseconds(50));
  EXPECT_EQ(field.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(field.error_message(), "items: are missing");
  google::rpc::Status rich;
  ASSERT_TRUE(rich.ParseFromString(field.error_details()));
  EXPECT_EQ(rich.code(), 3);
  EXPECT_EQ(rich.message(), "items: are missing");
  ASSERT_EQ(rich.details_size(), 1);
  google::rpc::BadRequest bad;
  ASSERT_TRUE(rich.details(0).UnpackTo(&bad));
  EXPECT_EQ(rich.details(0).type_url(), "type.googleapis.com/google.rpc.BadRequest");
  EXPECT_EQ(bad.field_violations(0).field(), "items");
  EXPECT_EQ(bad.field_violations(0).description(), "are missing");

  const grpc::Status full = ToGrpc(absl::ResourceExhaustedError("full"), std::chrono::milliseconds(1250));
  ASSERT_TRUE(rich.ParseFromString(full.error_details()));
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(rich.details(0).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 250'000'000);

  EXPECT_EQ(ToGrpc(absl::CancelledError("x"), std::chrono::milliseconds(1)).error_details(), "");
}

TEST(FunctionMessageTest, TellsAllThatTheMetadataDoes) {
  for (const Function& function : Functions()) {
    const v1::Function message = ToMessage(function.info);
    EXPECT_EQ(message.name(), function.info.name);
    EXPECT_EQ(message.parameters_size(), static_cast<int>(function.info.params.size()));
    EXPECT_EQ(message.has_limits(), function.info.kind != FunctionKind::kRowwise);
    EXPECT_EQ(message.data_types_size(), static_cast<int>(std::size(kDataTypes)));
    EXPECT_EQ(message.reference(), function.info.reference);
    EXPECT_EQ(message.usage(), function.info.usage);
    EXPECT_EQ(message.layout() != v1::GATED_LAYOUT_UNSPECIFIED, function.info.kind == FunctionKind::kGated);
    EXPECT_EQ(message.layout_reason(), function.info.layout_reason);
  }
  EXPECT_EQ(ToMessage(FindFunction("swiglu")->info).kind(), v1::FUNCTION_KIND_GATED);
  EXPECT_EQ(ToMessage(FindFunction("swiglu")->info).layout(), v1::GATED_LAYOUT_HALVES_GATE_FIRST);
  const v1::Function silu = ToMessage(FindFunction("silu")->info);
  EXPECT_THAT(silu.aliases(), ElementsAre("swish"));
  EXPECT_EQ(silu.kind(), v1::FUNCTION_KIND_ELEMENTWISE);
  EXPECT_EQ(silu.parameters(0).name(), "beta");
  EXPECT_EQ(silu.parameters(0).default_value(), 1);
  EXPECT_TRUE(silu.parameters(0).learnable());
  const v1::Function prelu = ToMessage(FindFunction("prelu")->info);
  EXPECT_TRUE(prelu.parameters(0).required());
  EXPECT_EQ(prelu.parameters(0).shape(), v1::PARAMETER_SHAPE_CHANNELS);
}

}  // namespace
}  // namespace actserve
