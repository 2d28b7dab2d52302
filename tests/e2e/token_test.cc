// Calls with and without a token, of every RPC, against the real binary.
#include <gmock/gmock.h>

#include <fstream>

#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/e2e/fixture.h"
#include "tests/e2e/metrics_page.h"
#include "tests/server/messages.h"
#include "tests/server/temporary_file.h"

namespace actserve {
namespace {

using grpc::StatusCode;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kRpcs[] = {"Evaluate",       "Gradient",      "EvaluateStream",
                                 "GradientStream", "ListFunctions", "GetFunction"};

template <class Request, class Response>
grpc::Status OneOnStream(const std::unique_ptr<grpc::ClientReaderWriter<Request, Response>>& stream,
                         const Request& request) {
  Response response;
  stream->Write(request);
  stream->WritesDone();
  while (stream->Read(&response)) {
  }
  return stream->Finish();
}

class TokenTest : public testing::Test {
 protected:
  // One call, with what `token` says as its authorization, unless it says nothing.
  grpc::Status Call(const std::string& rpc, const std::string& authorization, size_t channel = 0) {
    grpc::ClientContext context;
    SetDeadline(context);
    if (!authorization.empty()) context.AddMetadata("authorization", authorization);
    const auto stub = v1::ActivationService::NewStub(server_.channels[channel]);
    v1::GradientRequest gradient;
    AddItem(gradient, "relu", F32({-1, 2}));
    v1::GetFunctionRequest get;
    get.set_name("relu");
    v1::EvaluateResponse evaluated;
    v1::GradientResponse gradients;
    v1::ListFunctionsResponse list;
    v1::Function function;
    if (rpc == "Evaluate") return stub->Evaluate(&context, Relu({-1, 2}), &evaluated);
    if (rpc == "Gradient") return stub->Gradient(&context, gradient, &gradients);
    if (rpc == "EvaluateStream") return OneOnStream(stub->EvaluateStream(&context), Relu({-1, 2}));
    if (rpc == "GradientStream") return OneOnStream(stub->GradientStream(&context), gradient);
    if (rpc == "ListFunctions") return stub->ListFunctions(&context, {}, &list);
    return stub->GetFunction(&context, get, &function);
  }

  const TemporaryFile tokens_{"tokens", "# tests\nfirst\nsecond\n"};
  RunningServer server_{{"--token-file", tokens_.path(), "--reload-seconds", "1"}, "127.0.0.1:0"};
};

TEST_F(TokenTest, EveryRpcNeedsOne) {
  for (const char* rpc : kRpcs) {
    for (const size_t channel : {0, 1}) {
      EXPECT_TRUE(Call(rpc, "Bearer second", channel).ok()) << rpc;
      const grpc::Status without = Call(rpc, "", channel);
      EXPECT_EQ(without.error_code(), StatusCode::UNAUTHENTICATED) << rpc;
      EXPECT_THAT(without.error_message(), HasSubstr("expected metadata \"authorization: Bearer TOKEN\"")) << rpc;
      const grpc::Status wrong = Call(rpc, "Bearer hunter2", channel);
      EXPECT_EQ(wrong.error_code(), StatusCode::UNAUTHENTICATED) << rpc;
      EXPECT_THAT(wrong.error_message(), HasSubstr("is not one that this server takes")) << rpc;
    }
  }
  EXPECT_THAT(server_.process->Output(), Not(HasSubstr("hunter2")));
  // All is counted, and nothing that was refused was decoded.
  const MetricsPage page = Scrape(server_.process->MetricsAddress());
  for (const std::string rpc : kRpcs) {
    EXPECT_EQ(page["actserve_requests_total{rpc=\"" + rpc + "\",code=\"OK\"}"], 2) << rpc;
    EXPECT_EQ(page["actserve_requests_total{rpc=\"" + rpc + "\",code=\"UNAUTHENTICATED\"}"], 4) << rpc;
  }
  EXPECT_EQ(page["actserve_rejected_total{reason=\"unauthenticated\"}"], 4 * std::size(kRpcs));
  EXPECT_EQ(page["actserve_batch_items_count"], 8);
  server_.process->Signal(SIGTERM);
  EXPECT_EQ(server_.process->Wait(), 0) << server_.process->Output();
}

TEST_F(TokenTest, HealthNeedsNone) {
  grpc::ClientContext context;
  SetDeadline(context);
  grpc::health::v1::HealthCheckResponse response;
  EXPECT_TRUE(grpc::health::v1::Health::NewStub(server_.channels[0])->Check(&context, {}, &response).ok());
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
}

TEST_F(TokenTest, AStreamThatIsOpenGoesOnWhenTokensAreReplaced) {
  grpc::ClientContext context;
  SetDeadline(context);
  context.AddMetadata("authorization", "Bearer first");
  const auto stream = server_.stub->EvaluateStream(&context);
  v1::EvaluateResponse response;
  ASSERT_TRUE(stream->Write(Relu({1})));
  ASSERT_TRUE(stream->Read(&response));
  std::ofstream(tokens_.path()) << "third\n";
  ASSERT_TRUE(server_.process->WaitFor("tokens", 2));
  EXPECT_TRUE(Call("Evaluate", "Bearer third").ok());
  EXPECT_EQ(Call("Evaluate", "Bearer first").error_code(), StatusCode::UNAUTHENTICATED);
  ASSERT_TRUE(stream->Write(Relu({1})));
  EXPECT_TRUE(stream->Read(&response));
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  std::ofstream(tokens_.path()) << "# nobody\n";
  ASSERT_TRUE(server_.process->WaitFor("reload_failed"));
  EXPECT_EQ(server_.process->Find("reload_failed")["setting"], "token_file");
  EXPECT_TRUE(Call("Evaluate", "Bearer third").ok());
}

TEST(TokenFileTest, MustBeThereAndHaveTokens) {
  const Finished absent = RunServer({"--listen", "127.0.0.1:0", "--token-file", "/nonexistent"});
  EXPECT_EQ(absent.exit_code, 2);
  EXPECT_THAT(absent.output, HasSubstr("--token-file: /nonexistent: cannot be read: No such file or directory"));
  const TemporaryFile bad("tokens", "fine\nmy secret\n");
  const Finished with_bad = RunServer({"--listen", "127.0.0.1:0", "--token-file", bad.path()});
  EXPECT_EQ(with_bad.exit_code, 2);
  EXPECT_THAT(with_bad.output, HasSubstr("--token-file: " + bad.path() + ": line 2 is no token"));
  EXPECT_THAT(with_bad.output, Not(HasSubstr("secret")));
}

TEST(TokenFileTest, OverPlainTextIsAWarningBeyondTheMachine) {
  const TemporaryFile tokens("tokens", "token\n");
  ServerProcess server({"--listen", "0.0.0.0:0", "--metrics-listen", "none", "--token-file", tokens.path()});
  ASSERT_TRUE(server.WaitFor("ready"));
  EXPECT_THAT(server.Find("plain_text")["message"], HasSubstr("tokens and tensors can be read on the way"));
}

}  // namespace
}  // namespace actserve
