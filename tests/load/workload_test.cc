// How answers are judged.
#include "client/load/calls/workload.h"

#include <gmock/gmock.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <gtest/gtest.h>

#include "actserve/v1/activation.pb.h"
#include "client/load/calls/operands.h"

namespace actserve::load {
namespace {

using scenario::CallKind;
using testing::HasSubstr;

Workload Of(const CallKind& kind) {
  Settings settings;
  *settings.scenario.add_call() = kind;
  auto workload = MakeWorkload(settings);
  EXPECT_TRUE(workload.ok()) << workload.status();
  return *std::move(workload);
}

CallKind Gelu(uint32_t items = 1) {
  CallKind kind;
  kind.set_function("gelu");
  kind.add_shape(8);
  kind.set_items(items);
  return kind;
}

template <class Message>
Message Decoded(const grpc::ByteBuffer& buffer) {
  grpc::ByteBuffer copy = buffer;
  grpc::ProtoBufferReader reader(&copy);
  Message message;
  EXPECT_TRUE(message.ParseFromZeroCopyStream(&reader));
  return message;
}

grpc::ByteBuffer Encoded(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

// The right answer, from the request alone.
v1::EvaluateResponse AnswerTo(const Kind& kind, size_t variant) {
  v1::EvaluateResponse response;
  const auto request = Decoded<v1::EvaluateRequest>(kind.request(variant));
  for (const v1::EvaluateItem& item : request.items()) {
    client::GradientItem asked{.function = item.function()};
    asked.input = *client::Tensor::Make(
        DataType::kF32, *Shape::Make(std::vector<int64_t>(item.input().shape().begin(), item.input().shape().end())),
        item.input().data());
    const auto result = Compute(asked, /*is_gradient=*/false);
    EXPECT_TRUE(result.ok()) << result.status();
    v1::Tensor* output = response.add_results()->mutable_output();
    *output = item.input();
    output->set_data(std::string(result->input_gradient.bytes()));
  }
  return response;
}

TEST(Judge, TheRightAnswer) {
  const Workload workload = Of(Gelu(3));
  for (size_t variant = 0; variant < workload[0]->variants(); ++variant) {
    const Outcome outcome = workload[0]->Judge(variant, Encoded(AnswerTo(*workload[0], variant)), /*compare=*/true);
    EXPECT_EQ(outcome.end, kOk) << outcome.message;
    EXPECT_TRUE(outcome.checked);
  }
}

TEST(Judge, ASingleBit) {
  const Workload workload = Of(Gelu(3));
  v1::EvaluateResponse answer = AnswerTo(*workload[0], 0);
  (*answer.mutable_results(1)->mutable_output()->mutable_data())[5 * 4] ^= 1;
  const Outcome outcome = workload[0]->Judge(0, Encoded(answer), /*compare=*/true);
  EXPECT_EQ(outcome.end, kWrong);
  EXPECT_TRUE(outcome.checked);
  EXPECT_THAT(outcome.message, HasSubstr("gelu f32[8] x3: item 1: element 5 is "));
  EXPECT_EQ(workload[0]->Judge(0, Encoded(answer), /*compare=*/false).end, kOk) << "only a share is compared";
}

TEST(Judge, TheAnswerToAnotherCall) {
  const Workload workload = Of(Gelu());
  ASSERT_GT(workload[0]->variants(), 1);
  EXPECT_EQ(workload[0]->Judge(0, Encoded(AnswerTo(*workload[0], 1)), /*compare=*/true).end, kWrong);
}

TEST(Judge, AnItemThatFailed) {
  const Workload workload = Of(Gelu(2));
  v1::EvaluateResponse answer = AnswerTo(*workload[0], 0);
  answer.mutable_results(1)->clear_output();
  answer.mutable_results(1)->mutable_status()->set_code(8);
  answer.mutable_results(1)->mutable_status()->set_message("full");
  const Outcome outcome = workload[0]->Judge(0, Encoded(answer), /*compare=*/false);
  EXPECT_EQ(outcome.end, 8);
  EXPECT_THAT(outcome.message, HasSubstr("item 1: full"));
}

TEST(Judge, Nonsense) {
  const Workload workload = Of(Gelu(2));
  EXPECT_EQ(workload[0]->Judge(0, Encoded(v1::EvaluateResponse()), false).end, kWrong) << "no result for two items";
  const grpc::Slice slice("\xff\xff\xff");
  EXPECT_EQ(workload[0]->Judge(0, grpc::ByteBuffer(&slice, 1), false).end, kWrong);
  v1::EvaluateResponse other = AnswerTo(*workload[0], 0);
  other.mutable_results(0)->mutable_output()->set_shape(0, 4);
  other.mutable_results(0)->mutable_output()->mutable_data()->resize(16);
  EXPECT_THAT(workload[0]->Judge(0, Encoded(other), true).message, HasSubstr("is f32 of shape [4]; expected f32 of"));
}

TEST(Judge, GradientsOfParameters) {
  CallKind kind = Gelu();
  kind.set_function("silu");
  kind.set_direction(CallKind::GRADIENT);
  auto* beta = kind.add_parameter();
  beta->set_name("beta");
  beta->add_value(1.5);
  const Workload workload = Of(kind);
  const auto request = Decoded<v1::GradientRequest>(workload[0]->request(0));
  const v1::GradientItem& asked = request.items(0);
  EXPECT_EQ(asked.upstream().data().size(), 32);
  const auto item = MakeItem(kind, uint64_t{1} << 32);  // as the first variant of seed 1
  ASSERT_TRUE(item.ok());
  ASSERT_EQ(item->input.bytes(), asked.input().data());
  const auto result = Compute(*item, /*is_gradient=*/true);
  ASSERT_EQ(result->parameter_gradients.size(), 1);

  v1::GradientResponse answer;
  v1::GradientResult* right = answer.add_results();
  *right->mutable_input_gradient() = asked.input();
  right->mutable_input_gradient()->set_data(std::string(result->input_gradient.bytes()));
  v1::Parameter* gradient = right->add_parameter_gradients();
  gradient->set_name("beta");
  gradient->set_scalar(std::get<double>(result->parameter_gradients[0].value));
  EXPECT_EQ(workload[0]->Judge(0, Encoded(answer), true).message, "");
  gradient->set_scalar(gradient->scalar() * 1.0000001);
  EXPECT_THAT(workload[0]->Judge(0, Encoded(answer), true).message, HasSubstr("gradient of beta element 0 is "));
  right->clear_parameter_gradients();
  EXPECT_EQ(workload[0]->Judge(0, Encoded(answer), true).end, kWrong);
}

TEST(WorkloadTest, AsksForTheBackendThatTheScenarioNames) {
  const std::pair<CallKind::Backend, v1::Backend> backends[] = {
      {CallKind::AUTO, v1::BACKEND_UNSPECIFIED}, {CallKind::CPU, v1::BACKEND_CPU}, {CallKind::CUDA, v1::BACKEND_CUDA}};
  for (const auto& [asked, sent] : backends) {
    CallKind kind = Gelu();
    kind.set_backend(asked);
    EXPECT_EQ(Decoded<v1::EvaluateRequest>(Of(kind)[0]->request(0)).backend(), sent);
  }
  CallKind kind = Gelu();
  kind.set_backend(CallKind::CUDA);
  EXPECT_EQ(Of(kind)[0]->name(), "gelu f32[8] cuda");
}

}  // namespace
}  // namespace actserve::load
