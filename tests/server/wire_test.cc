#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "google/rpc/error_details.pb.h"
#include "kernels/api/registry.h"
#include "kernels/api/status.h"
#include "server/wire/data_type.h"
#include "server/wire/function_message.h"
#include "server/wire/limits.h"
#include "server/wire/request.h"
#include "server/wire/response.h"
#include "server/wire/status.h"

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
  item.add_parameters()->set_name("c");
  return request;
}

TEST(RequestTest, DecodesWhateverTheSlices) {
  const std::string bytes = SampleRequest().SerializeAsString();
  for (size_t slice_size : {size_t{1}, size_t{7}, bytes.size()}) {
    Request request;
    ASSERT_TRUE(request.Decode(Direction::kGradient, ToBuffer(bytes, slice_size), 10).ok());
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
    EXPECT_EQ(item.input->data_type, v1::DATA_TYPE_F32);
    EXPECT_EQ(item.input->shape[0], 2);
    EXPECT_EQ(std::memcmp(item.input->data.data(), "12345678", 8), 0);
    EXPECT_EQ(item.upstream->data.size(), 1u);
    ASSERT_EQ(item.parameters.size(), 3u);
    EXPECT_EQ(std::get<double>(item.parameters[0].value), 1.5);
    EXPECT_EQ(std::get<WireTensor>(item.parameters[1].value).shape[0], 3);
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
                               std::string("\x7b\x7c", 2),               // a group
                               std::string("\x7a\x03\x12\x01\xff", 5)};  // a name that is not UTF-8
  for (const std::string& bytes : cases) {
    const absl::Status status = Request().Decode(Direction::kGradient, ToBuffer(bytes), 10);
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    EXPECT_THAT(std::string(status.message()), HasSubstr("cannot be decoded"));
  }
}

TEST(RequestTest, CountsBeforeItDecodes) {
  v1::EvaluateRequest request;
  const absl::Status none = Request().Decode(Direction::kEvaluate, ToBuffer(""), 2);
  EXPECT_EQ(FullMessage(none), "items: are missing; expected at least one");
  for (int i = 0; i < 3; ++i) request.add_items();
  const absl::Status many = Request().Decode(Direction::kEvaluate, ToBuffer(request.SerializeAsString()), 2);
  EXPECT_THAT(FullMessage(many), HasSubstr("items: are more than 2, the limit"));
  EXPECT_TRUE(Request().Decode(Direction::kEvaluate, ToBuffer(request.SerializeAsString()), 3).ok());
  for (int i = 0; i <= kMaxWireParameters; ++i) request.mutable_items(1)->add_parameters();
  const absl::Status parameters = Request().Decode(Direction::kEvaluate, ToBuffer(request.SerializeAsString()), 3);
  EXPECT_EQ(FieldOf(parameters), "items[1].parameters");
}

TEST(ResponseTest, EncodesResultsInTheirOrder) {
  Response response;
  response.Reset(Direction::kEvaluate, 2);
  response.SetError(0, 3, "item 0: bad", "items[0].axis");
  response.SetId(1, "x");
  const MutableTensorView output = response.AddOutput(1, DataType::kF16, *Shape::Make(std::vector<int64_t>{2, 1}));
  EXPECT_EQ(output.bytes(), 4u);
  std::memcpy(output.data, "abcd", 4);
  response.SetComputed(1, v1::BACKEND_CPU, std::chrono::nanoseconds(42));
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
  Response response;
  response.Reset(Direction::kGradient, 1);
  response.AddOutput(0, DataType::kF32, Shape());
  const MutableTensorView number = response.AddParameterGradient(0, "beta", true, DataType::kF64, Shape());
  const MutableTensorView tensor =
      response.AddParameterGradient(0, "a", false, DataType::kF32, *Shape::Make(std::vector<int64_t>{1}));
  const double beta = 2.5;
  const float a = 3.5;
  std::memcpy(number.data, &beta, sizeof(beta));
  std::memcpy(tensor.data, &a, sizeof(a));
  v1::GradientResponse decoded;
  ASSERT_TRUE(decoded.ParseFromString(ToString(response.Encode())));
  const v1::GradientResult& result = decoded.results(0);
  EXPECT_EQ(result.input_gradient().data().size(), 4u);
  EXPECT_EQ(result.parameter_gradients(0).name(), "beta");
  EXPECT_EQ(result.parameter_gradients(0).scalar(), 2.5);
  EXPECT_EQ(result.parameter_gradients(1).name(), "a");
  EXPECT_EQ(result.parameter_gradients(1).tensor().data(), std::string(reinterpret_cast<const char*>(&a), 4));
}

TEST(ResponseTest, EncodesLargeMessages) {
  Response response;
  response.Reset(Direction::kEvaluate, 1);
  const MutableTensorView output = response.AddOutput(0, DataType::kF32, *Shape::Make(std::vector<int64_t>{3'000'000}));
  std::memset(output.data, 7, output.bytes());
  v1::EvaluateResponse decoded;
  ASSERT_TRUE(decoded.ParseFromString(ToString(response.Encode())));
  EXPECT_EQ(decoded.results(0).output().data(), std::string(12'000'000, 7));
}

TEST(TensorTest, ChecksTypeShapeAndLength) {
  const std::string bytes(8, 'x');
  const std::vector<int64_t> two = {2}, negative = {-1}, overflow = {int64_t{1} << 40, int64_t{1} << 40}, nine(9, 1);
  const auto view = [&](int type, const std::vector<int64_t>& shape) {
    return ToView(WireTensor{type, shape, std::as_bytes(std::span(bytes))});
  };
  ASSERT_TRUE(view(v1::DATA_TYPE_F32, two).ok());
  EXPECT_EQ(view(v1::DATA_TYPE_F32, two)->data, reinterpret_cast<const std::byte*>(bytes.data()));
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
    EXPECT_EQ(message.data_types_size(), 4);
  }
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
