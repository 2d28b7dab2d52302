// Each kind of bad input against the real binary: a clear error, the other items answered, the server up.
#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <future>
#include <limits>

#include "google/rpc/error_details.pb.h"
#include "tests/e2e/fixture.h"
#include "tests/server/messages.h"
#include "tests/server/raw_call.h"

namespace actserve {
namespace {

using grpc::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kEvaluate[] = "/actserve.v1.ActivationService/Evaluate";
constexpr char kEvaluateStream[] = "/actserve.v1.ActivationService/EvaluateStream";

class BadInputTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = new RunningServer({"--max-message-mib", "4", "--max-in-flight-mib", "16", "--max-items", "8", "--threads",
                                 "1", "--queue-capacity", "2"});
  }
  // Whatever the tests sent: the server answers, and stops in order.
  static void TearDownTestSuite() {
    ExpectUp();
    server_->process->Signal(SIGTERM);
    EXPECT_EQ(server_->process->Wait(), 0) << server_->process->Output();
    delete server_;
  }
  void TearDown() override { ExpectUp(); }

  static void ExpectUp() {
    v1::EvaluateResponse response;
    const grpc::Status status = server_->Evaluate(Relu({-1, 2}), &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_THAT(Values(response.results(0).output()), ElementsAre(0, 2));
  }

  static RunningServer* server_;
};
RunningServer* BadInputTest::server_ = nullptr;

// What an item must have been told.
struct Expected {
  int code;
  std::string field;    // after "items[1]"
  std::string message;  // part of it
};

template <class Item>
struct BadItem {
  const char* name;
  std::function<void(Item&)> spoil;
  Expected expected;
};

void Check(const v1::ItemStatus& status, const Expected& expected) {
  EXPECT_EQ(status.code(), expected.code);
  EXPECT_EQ(status.field(), "items[1]" + expected.field);
  EXPECT_THAT(status.message(), testing::StartsWith("item 1: "));
  EXPECT_THAT(status.message(), HasSubstr(expected.message));
}

TEST_F(BadInputTest, ABadItemFailsItselfOnly) {
  using Item = v1::EvaluateItem;
  constexpr int64_t kHuge = int64_t{1} << 40;
  const auto input = [](v1::Tensor tensor) { return [tensor](Item& item) { *item.mutable_input() = tensor; }; };
  const auto function = [](const std::string& name, std::function<void(Item&)> more = nullptr) {
    return [name, more](Item& item) {
      item.set_function(name);
      if (more) more(item);
    };
  };
  const auto tensor = [](int type, const std::vector<int64_t>& shape, size_t bytes) {
    return RawTensor(static_cast<v1::DataType>(type), shape, std::string(bytes, '\0'));
  };
  const auto quantized = [&](const std::vector<float>& scales, const std::vector<int>& zero_points,
                             std::optional<int> axis) {
    v1::Tensor bytes = tensor(v1::DATA_TYPE_I8, {2}, 2);
    v1::Quantization& quantization = *bytes.mutable_quantization();
    for (const float scale : scales) quantization.add_scale(scale);
    for (const int zero_point : zero_points) quantization.add_zero_point(zero_point);
    if (axis) quantization.set_axis(*axis);
    return input(bytes);
  };
  const BadItem<Item> kCases[] = {
      {"unknown function",
       function("sillu"),
       {5, ".function", "\"sillu\" is not a known function; the nearest names are silu"}},
      {"huge name", function(std::string(100'000, 'x')), {5, ".function", "has 100000 bytes"}},
      {"no function", function(""), {3, ".function", "is missing"}},
      {"no input", [](Item& item) { item.clear_input(); }, {3, ".input", "is missing"}},
      {"empty item", [](Item& item) { item.Clear(); }, {3, "", "is empty; expected a function and an input"}},
      {"duplicate id", [](Item& item) { item.set_id("first"); }, {3, ".id", "\"first\" is the id of an earlier item"}},
      {"long id",
       [](Item& item) { item.set_id(std::string(257, 'x')); },
       {3, ".id", "has 257 bytes; expected at most 256"}},
      {"unknown parameter",
       [](Item& item) { AddScalar(&item, "slope", 1); },
       {3, ".parameters.slope", "is not a known parameter"}},
      {"missing parameter", function("prelu"), {3, ".parameters.alpha", "is missing"}},
      {"parameter out of range",
       function("silu", [](Item& item) { AddScalar(&item, "beta", 101); }),
       {3, ".parameters.beta", "parameters.beta: 101 is out of range; expected a value in [0, 100]"}},
      {"parameter not a number",
       function("silu", [](Item& item) { AddScalar(&item, "beta", std::numeric_limits<double>::quiet_NaN()); }),
       {3, ".parameters.beta", "nan is out of range"}},
      {"parameter twice",
       function("silu", [](Item& item) { AddScalar(&item, "beta", 1), AddScalar(&item, "beta", 1); }),
       {3, ".parameters.beta", "is given twice"}},
      {"parameter without value",
       function("silu", [](Item& item) { item.add_parameters()->set_name("beta"); }),
       {3, ".parameters.beta", "has no value"}},
      {"parameter without name",
       [](Item& item) { item.add_parameters()->set_scalar(1); },
       {3, ".parameters", "has no name"}},
      {"parameter of another shape",
       function("prelu",
                [](Item& item) {
                  AddTensor(&item, "alpha", F32({1, 2, 3}));
                }),
       {3, ".parameters.alpha", "has shape [3]"}},
      {"parameter tensor of bad bytes",
       function("prelu", [&](Item& item) { AddTensor(&item, "alpha", tensor(v1::DATA_TYPE_F32, {2}, 7)); }),
       {3, ".parameters.alpha.data", "has 7 bytes; expected 8"}},
      {"too few bytes", input(tensor(v1::DATA_TYPE_F32, {3}, 8)), {3, ".input.data", "has 8 bytes; expected 12"}},
      {"too many bytes", input(tensor(v1::DATA_TYPE_F32, {1}, 8)), {3, ".input.data", "has 8 bytes; expected 4"}},
      {"scalar without bytes", input(tensor(v1::DATA_TYPE_F32, {}, 0)), {3, ".input.data", "has 0 bytes; expected 4"}},
      {"negative dimension", input(tensor(v1::DATA_TYPE_F32, {2, -1}, 8)), {3, ".input.shape", "dimension 1 is -1"}},
      {"huge dimension", input(tensor(v1::DATA_TYPE_F32, {kHuge}, 8)), {3, ".input.data", "expected 4398046511104"}},
      {"overflowing dimensions", input(tensor(v1::DATA_TYPE_F32, {kHuge, kHuge}, 0)), {3, ".input.shape", "overflow"}},
      {"overflow behind a zero",
       input(tensor(v1::DATA_TYPE_F32, {0, kHuge, kHuge}, 0)),
       {3, ".input.shape", "overflow"}},
      {"largest dimension",
       input(tensor(v1::DATA_TYPE_F64, {std::numeric_limits<int64_t>::max()}, 0)),
       {3, ".input.shape", "overflow"}},
      {"rank over 8",
       input(tensor(v1::DATA_TYPE_F32, std::vector<int64_t>(9, 1), 4)),
       {3, ".input.shape", "has rank 9"}},
      {"no data type", input(tensor(0, {2}, 8)), {3, ".input.data_type", "0 is not a supported data type"}},
      {"unknown data type", input(tensor(77, {2}, 8)), {3, ".input.data_type", "77 is not a supported data type"}},
      {"unknown output type",
       [](Item& item) { item.set_output_type(static_cast<v1::DataType>(9)); },
       {3, ".output_type", "9 is not a supported data type"}},
      {"unknown output encoding",
       [](Item& item) { item.set_output_encoding(static_cast<v1::OutputEncoding>(5)); },
       {3, ".output_encoding", "5 is not an output encoding; expected OUTPUT_ENCODING_DENSE (1)"}},
      {"2:4 of a dimension that is no multiple of four",
       [](Item& item) { item.set_output_encoding(v1::OUTPUT_ENCODING_TWO_FOUR); },
       {3, ".output_encoding", "a multiple of 4, not a tensor of shape [2]"}},
      {"integers without zeros",
       [](Item& item) {
         item.set_output_type(v1::DATA_TYPE_I8);
         item.mutable_output_quantization()->add_scale(1);
         item.set_output_encoding(v1::OUTPUT_ENCODING_BITMAP);
       },
       {3, ".output_encoding", "expected dense or auto of i8"}},
      {"2:4 of a scalar",
       [&](Item& item) {
         *item.mutable_input() = tensor(v1::DATA_TYPE_F32, {}, 4);
         item.set_output_encoding(v1::OUTPUT_ENCODING_TWO_FOUR);
       },
       {3, ".output_encoding", "a multiple of 4, not a tensor of shape []"}},
      {"2:4 that does not conform",
       [](Item& item) {
         *item.mutable_input() = F32({2, 4}, {1, -1, 2, -1, 1, 2, -1, 3});
         item.set_output_encoding(v1::OUTPUT_ENCODING_TWO_FOUR);
       },
       {3, ".output_encoding", "the group of four from [1, 0] on has more than two elements that are not zero"}},
      {"no scale", input(tensor(v1::DATA_TYPE_I8, {2}, 2)), {3, ".input.quantization", "is missing; expected a scale"}},
      {"scale of a number",
       [](Item& item) { item.mutable_input()->mutable_quantization()->add_scale(1); },
       {3, ".input.quantization", "is given, but the data type is f32"}},
      {"scale of zero", quantized({0}, {}, {}), {3, ".input.quantization.scale", "value 0 is 0; expected a positive"}},
      {"negative scale", quantized({-1}, {}, {}), {3, ".input.quantization.scale", "value 0 is -1"}},
      {"scale not a number", quantized({NAN}, {}, {}), {3, ".input.quantization.scale", "value 0 is nan"}},
      {"infinite scale", quantized({INFINITY}, {}, {}), {3, ".input.quantization.scale", "value 0 is inf"}},
      {"subnormal scale", quantized({1e-40f}, {}, {}), {3, ".input.quantization.scale", "normal f32"}},
      {"zero point beyond the type",
       quantized({1}, {128}, {}),
       {3, ".input.quantization.zero_point", "value 0 is 128; expected an integer of i8, -128 to 127"}},
      {"zero points too many", quantized({1}, {1, 2}, {}), {3, ".input.quantization.zero_point", "has 2 values"}},
      {"scales without an axis", quantized({1, 1}, {}, {}), {3, ".input.quantization.scale", "there is no axis"}},
      {"scales too many",
       quantized({1, 1, 1}, {}, 0),
       {3, ".input.quantization.scale", "has 3 values; expected 2, since axis 0 of shape [2] has so many"}},
      {"axis of scales out of range", quantized({1}, {}, 1), {3, ".input.quantization.axis", "is 1, which is out of"}},
      {"no scale of the output",
       [](Item& item) { item.set_output_type(v1::DATA_TYPE_U8); },
       {3, ".output_quantization", "is missing; expected a scale, since the data type is u8"}},
      {"scale of an output that is a number",
       [](Item& item) { item.mutable_output_quantization()->add_scale(1); },
       {3, ".output_quantization", "is given, but the data type is f32"}},
      {"overflow of what has none",
       [](Item& item) { item.set_overflow(v1::OVERFLOW_MODE_SATURATING); },
       {3, ".overflow", "is given, but the output type is f32"}},
      {"unknown overflow mode",
       [](Item& item) { item.set_overflow(static_cast<v1::OverflowMode>(3)); },
       {3, ".overflow", "3 is no overflow mode"}},
      {"parameter of 8 bits",
       function("prelu",
                [&](Item& item) {
                  AddTensor(&item, "alpha", tensor(v1::DATA_TYPE_F8E4M3FN, {1}, 1));
                }),
       {3, ".parameters.alpha", "is of f8e4m3fn; expected f64, f32, f16 or bf16"}},
      {"unknown layout",
       function("glu", [](Item& item) { item.set_layout(static_cast<v1::GatedLayout>(9)); }),
       {3, ".layout", "9 is not a layout; expected GATED_LAYOUT_HALVES (1)"}},
      {"odd extent of packed operands",
       function("glu",
                [](Item& item) {
                  *item.mutable_input() = F32({1, 2, 3});
                }),
       {3, ".input.shape", "is [3], whose extent 3 along axis 0 is odd"}},
      {"gate of bad bytes",
       function("glu", [&](Item& item) { *item.mutable_gate() = tensor(v1::DATA_TYPE_F32, {2}, 7); }),
       {3, ".gate.data", "has 7 bytes; expected 8"}},
      {"axis out of range",
       function("softmax", [](Item& item) { item.set_axis(1); }),
       {3, ".axis", "expected a value in [-1, 0]"}},
      {"negative axis out of range", function("softmax", [](Item& item) { item.set_axis(-2); }), {3, ".axis", "is -2"}},
      {"axis where there is none", [](Item& item) { item.set_axis(0); }, {3, ".axis", "element-wise"}},
      {"response too large",
       [&](Item& item) {
         *item.mutable_input() = tensor(v1::DATA_TYPE_F16, {1'000'000}, 2'000'000);
         item.set_output_type(v1::DATA_TYPE_F64);
       },
       {3, "", "its output of 8000000 bytes does not fit the response"}},
  };
  for (const auto& [name, spoil, expected] : kCases) {
    SCOPED_TRACE(name);
    v1::EvaluateRequest request;
    AddItem(request, "relu", F32({-1, 2}))->set_id("first");
    spoil(*AddItem(request, "relu", F32({-3, 4})));
    AddItem(request, "relu", F32({-5, 6}))->set_id("last");
    v1::EvaluateResponse response;
    const grpc::Status status = server_->Evaluate(request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_EQ(response.results_size(), 3);
    Check(response.results(1).status(), expected);
    EXPECT_FALSE(response.results(1).has_output());
    EXPECT_FALSE(response.results(1).has_sparse_output());
    EXPECT_EQ(response.results(0).id(), "first");
    EXPECT_THAT(Values(response.results(0).output()), ElementsAre(0, 2));
    EXPECT_EQ(response.results(2).id(), "last");
    EXPECT_THAT(Values(response.results(2).output()), ElementsAre(0, 6));
  }
}

TEST_F(BadInputTest, ABadGradientItemFailsItselfOnly) {
  using Item = v1::GradientItem;
  const auto upstream = [](v1::Tensor tensor) { return [tensor](Item& item) { *item.mutable_upstream() = tensor; }; };
  const BadItem<Item> kCases[] = {
      {"upstream of another shape",
       upstream(F32({1, 2, 3})),
       {3, ".upstream", "is f32[3]; expected the input's type and shape, f32[2]"}},
      {"upstream of another rank", upstream(F32({1, 2}, {1, 2})), {3, ".upstream", "is f32[1, 2]"}},
      {"upstream of another type", upstream(RawTensor(v1::DATA_TYPE_F16, {2}, "1234")), {3, ".upstream", "is f16[2]"}},
      {"upstream of bad bytes",
       upstream(RawTensor(v1::DATA_TYPE_F32, {2}, "123")),
       {3, ".upstream.data", "has 3 bytes; expected 8"}},
      {"unknown function", [](Item& item) { item.set_function("geluu"); }, {5, ".function", "nearest names are gelu"}},
      {"empty item", [](Item& item) { item.Clear(); }, {3, "", "is empty"}},
  };
  for (const auto& [name, spoil, expected] : kCases) {
    SCOPED_TRACE(name);
    v1::GradientRequest request;
    AddItem(request, "relu", F32({-1, 2}));
    spoil(*AddItem(request, "relu", F32({-3, 4})));
    AddItem(request, "relu", F32({5, -6}));
    v1::GradientResponse response;
    const grpc::Status status = server_->Gradient(request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    Check(response.results(1).status(), expected);
    EXPECT_FALSE(response.results(1).has_input_gradient());
    EXPECT_THAT(Values(response.results(0).input_gradient()), ElementsAre(0, 1));
    EXPECT_THAT(Values(response.results(2).input_gradient()), ElementsAre(1, 0));
  }
}

TEST_F(BadInputTest, CudaMustBeThereToBeAskedFor) {
  v1::EvaluateRequest request = Relu({1});
  request.set_backend(v1::BACKEND_CUDA);
  v1::EvaluateResponse response;
  ASSERT_TRUE(server_->Evaluate(request, &response).ok());
  EXPECT_EQ(response.results(0).status().code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(response.results(0).status().field(), "backend");
  EXPECT_THAT(response.results(0).status().message(), HasSubstr("CUDA was asked for, and this server has none"));
}

// The field that google.rpc.BadRequest in the status's details names.
std::string ViolatedField(const grpc::Status& status) {
  google::rpc::Status rich;
  google::rpc::BadRequest bad;
  if (!rich.ParseFromString(status.error_details()) || rich.details().empty()) return "no details";
  return rich.details(0).UnpackTo(&bad) ? bad.field_violations(0).field() : "no BadRequest";
}

TEST_F(BadInputTest, ABadRequestFailsAsAWhole) {
  v1::EvaluateResponse response;
  const grpc::Status none = server_->Evaluate({}, &response);
  EXPECT_EQ(none.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(none.error_message(), HasSubstr("items: are missing; expected at least one"));
  EXPECT_EQ(ViolatedField(none), "items");

  v1::EvaluateRequest request;
  for (int i = 0; i < 9; ++i) AddItem(request, "relu", F32({1}));
  const grpc::Status many = server_->Evaluate(request, &response);
  EXPECT_EQ(many.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(many.error_message(), HasSubstr("items: are more than 8, the limit"));

  request = Relu({1});
  request.set_backend(static_cast<v1::Backend>(9));
  const grpc::Status backend = server_->Evaluate(request, &response);
  EXPECT_EQ(backend.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(backend.error_message(), HasSubstr("backend: 9 is not a backend"));
  EXPECT_EQ(ViolatedField(backend), "backend");
}

TEST_F(BadInputTest, AnUndecodableMessageIsTheClientsFault) {
  const std::string good = Relu({1, 2, 3}).SerializeAsString();
  for (const std::string& bytes :
       {std::string("\xff\xff\xff\xff"), good.substr(0, good.size() - 3), std::string(1000, 'z')}) {
    for (const auto& channel : server_->channels) {
      const grpc::Status status = RawCall(channel, kEvaluate, bytes);
      EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
      EXPECT_THAT(status.error_message(), HasSubstr("the message cannot be decoded as a request"));
    }
  }
}

TEST_F(BadInputTest, AnUndecodableMessageEndsItsStreamAfterTheAnswersBefore) {
  grpc::GenericStub stub(server_->channels[0]);
  grpc::ClientContext context;
  SetDeadline(context);
  grpc::CompletionQueue queue;
  const auto step = [&queue] {
    void* tag;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok));
    return ok;
  };
  auto stream = stub.PrepareCall(&context, kEvaluateStream, &queue);
  stream->StartCall(nullptr);
  ASSERT_TRUE(step());
  for (const std::string& bytes : {Relu({-1, 2}).SerializeAsString(), std::string("\xff\xff\xff\xff")}) {
    stream->Write(ToByteBuffer(bytes), nullptr);
    ASSERT_TRUE(step());
  }
  grpc::ByteBuffer answer;
  stream->Read(&answer, nullptr);
  ASSERT_TRUE(step());
  v1::EvaluateResponse response;
  ASSERT_TRUE(response.ParseFromString(FromByteBuffer(answer)));
  EXPECT_THAT(Values(response.results(0).output()), ElementsAre(0, 2));
  stream->Read(&answer, nullptr);
  EXPECT_FALSE(step());
  grpc::Status status;
  stream->Finish(&status, nullptr);
  ASSERT_TRUE(step());
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("cannot be decoded"));
}

TEST_F(BadInputTest, AMessageOverTheLimitIsRefused) {
  for (const auto& channel : server_->channels) {
    const grpc::Status status = RawCall(channel, kEvaluate, Relu(std::vector<float>(1'048'576)).SerializeAsString());
    EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_THAT(status.error_message(), HasSubstr("larger than max"));
  }
  v1::EvaluateResponse response;  // just below it
  EXPECT_TRUE(server_->Evaluate(Relu(std::vector<float>(1'048'000, 1)), &response).ok());
}

TEST_F(BadInputTest, MetadataOverTheLimitIsRefused) {
  grpc::ClientContext context;
  SetDeadline(context);
  context.AddMetadata("x-long", std::string(100'000, 'x'));
  v1::EvaluateResponse response;
  // Over a connection of its own, which gRPC may close.
  const auto stub = v1::ActivationService::NewStub(Connect(server_->process->Addresses().at(0)));
  EXPECT_FALSE(stub->Evaluate(&context, Relu({1}), &response).ok());
}

TEST_F(BadInputTest, AFullQueueRefusesAtOnceAndSaysWhenToRetry) {
  // One thread, two places in the queue: of many calls at once some are refused, none gets a wrong answer.
  // 64 hinges: far more work than bytes, or they would be computed as fast as they arrive.
  v1::EvaluateRequest request;
  v1::EvaluateItem* item = AddItem(request, "aplu", F32(std::vector<float>(500'000, 3)));
  AddTensor(item, "a", F32(std::vector<float>(64, 0)));
  AddTensor(item, "b", F32(std::vector<float>(64, 0)));
  int refused = 0, answered = 0;
  for (int round = 0; round < 50 && (refused == 0 || answered == 0); ++round) {
    std::vector<std::future<std::pair<grpc::Status, v1::EvaluateResponse>>> calls;
    for (int i = 0; i < 16; ++i) {
      calls.push_back(std::async(std::launch::async, [&] {
        v1::EvaluateResponse response;
        grpc::Status status = server_->Evaluate(request, &response);
        return std::pair(status, std::move(response));
      }));
    }
    for (auto& call : calls) {
      const auto [status, response] = call.get();
      if (status.ok()) {
        ++answered;
        EXPECT_EQ(response.results(0).output().data(), request.items(0).input().data());
        continue;
      }
      ++refused;
      EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
      google::rpc::Status rich;
      google::rpc::RetryInfo retry;
      ASSERT_TRUE(rich.ParseFromString(status.error_details()));
      ASSERT_TRUE(rich.details(0).UnpackTo(&retry));
      EXPECT_EQ(retry.retry_delay().nanos(), 50'000'000);
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(answered, 0);
}

}  // namespace
}  // namespace actserve
