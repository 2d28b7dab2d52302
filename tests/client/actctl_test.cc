// actctl's commands that compute no tensor, and how it fails.
#include "tests/client/actctl.h"

#include "google/protobuf/util/json_util.h"

namespace actserve::testing {
namespace {

TEST_F(ActctlTest, ListsFunctions) {
  const Finished run = Actctl({"functions"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out,
            "NAME        ALIASES  KIND          PARAMETERS  FORMULA\n"
            "double      twice    element-wise  scale=2     scale * x\n"
            "cap                  element-wise              min(x, 1)\n"
            "rowsum               row-wise                  sum of the row\n"
            "perchannel           per-channel   a           a[c] * x\n");
  EXPECT_EQ(run.err, "");
}

TEST_F(ActctlTest, ListsFunctionsAsJson) {
  const Finished run = Actctl({"functions", "--json"});
  EXPECT_EQ(run.status, 0) << run.err;
  v1::ListFunctionsResponse response;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(run.out, &response).ok());
  EXPECT_EQ(response.functions_size(), 4);
}

TEST_F(ActctlTest, DescribesAFunction) {
  const Finished run = Actctl({"describe", "twice"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out,
            "name         double\n"
            "aliases      twice\n"
            "summary      A number, scaled.\n"
            "formula      scale * x\n"
            "derivative   scale\n"
            "kind         element-wise\n"
            "parameters   scale = 2, from 0.5 to inf; a number; learnable\n"
            "               the factor\n"
            "limits       f(-inf) = -inf, f(inf) = inf\n"
            "             f'(-inf) = 2, f'(0) = 2, f'(inf) = 2\n"
            "types        f64, f32, f16, bf16, f8e4m3fn, f8e5m2, i8, u8\n"
            "used in      book-keeping by double entry\n"
            "reference    Euclid, Elements V\n");
}

TEST_F(ActctlTest, Plots) {
  const Finished run = Actctl({"plot", "double", "--from", "-3", "--to", "3", "--param", "scale=1", "--width", "60"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("double: scale * x, scale=1"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("double(x)   min -3 at -3, max 3 at 3"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("double'(x)  min 1 at -3, max 1 at -3"), std::string::npos) << run.out;
  EXPECT_EQ(run.out.find('\x1b'), std::string::npos);
  EXPECT_NE(Actctl({"plot", "double", "--color", "always"}).out.find('\x1b'), std::string::npos);
}

TEST_F(ActctlTest, PlotsNoRows) {
  const Finished run = Actctl({"plot", "rowsum"});
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.err, "actctl: rowsum: each output depends on a whole row, so there is no curve to draw\n");
}

TEST_F(ActctlTest, SaysHowToFindFunctions) {
  for (const char* command : {"describe", "plot"}) {
    const Finished run = Actctl({command, "doubel"});
    EXPECT_EQ(run.status, 1);
    EXPECT_EQ(run.err, "actctl: there is no function 'doubel' ('actctl functions' lists what there is)\n");
  }
}

TEST_F(ActctlTest, SaysWhereItFoundNoServer) {
  const Finished run = Actctl({"functions", "--server", "unix:/no/such/socket"});
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(
      run.err,
      "actctl: no answer from unix:/no/such/socket: No such file or directory (start a server with 'actserve', or name "
      "another with --server or ACTSERVE_SERVER)\n");
  EXPECT_EQ(run.out, "");
}

TEST_F(ActctlTest, GivesUpAfterTheTimeout) {
  server_.service().delay_ms = 3000;
  const Finished run = Actctl({"evaluate", "double", "--timeout", "0.1"}, "1");
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.err, "actctl: double: Deadline Exceeded (--timeout SECONDS gives it longer)\n");
}

TEST_F(ActctlTest, SaysWhenToTryAgain) {
  server_.service().full = true;
  EXPECT_EQ(Actctl({"evaluate", "double"}, "1").err, "actctl: double: the queue is full (try again in 250ms)\n");
}

struct Usage {
  std::vector<std::string> arguments;
  std::string error;  // a part of it
};

TEST_F(ActctlTest, SaysWhatIsWrongWithACommand) {
  const Usage cases[] = {
      {{}, "A subcommand is required"},
      {{"evalute", "double"}, "'evalute' is not a command"},
      {{"evaluate"}, "functions is required"},
      {{"evaluate", "double", "--frobnicate"}, "--frobnicate"},
      {{"evaluate", "double", "--output-type", "f8"}, "'f8' is not one of bf16|f16|f32|f64"},
      {{"evaluate", "double", "--axis", "first"}, "--axis"},
      {{"evaluate", "double", "--param", "scale"}, "--param 'scale': expected NAME=VALUE or NAME=@FILE.npy"},
      {{"evaluate", "double", "--param", "scale=two"}, "--param 'scale=two': 'two' is not a number"},
      {{"evaluate", "double,cap", "--output", "y.npy"}, "2 items cannot all go to 'y.npy'"},
      {{"evaluate", "double", "--output", "{file}.npy"}, "{file} is unknown"},
      {{"evaluate", "double", "--server", "localhost"}, "'localhost' is not a server's address"},
      {{"gradient", "double", "--input", "x.npy", "--upstream", "a", "--upstream", "b"}, "2 --upstream for 1 --input"},
      {{"plot", "double", "--from", "2", "--to", "1"}, "--from is not less than --to"},
      {{"plot", "double", "--width", "3"}, "--width"},
      {{"functions", "--timeout", "-1"}, "--timeout"},
  };
  for (const Usage& each : cases) {
    const Finished run = Actctl(each.arguments, "1");
    EXPECT_EQ(run.status, 2) << run.err;
    EXPECT_EQ(run.err.find("actctl: "), 0u) << run.err;
    EXPECT_NE(run.err.find(each.error), std::string::npos) << each.error << "\n" << run.err;
    EXPECT_EQ(run.err.find('\n'), run.err.size() - 1) << run.err;  // one line
    EXPECT_EQ(run.out, "");
  }
}

TEST_F(ActctlTest, HelpsOnStandardOutput) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--help"}, {"plot", "--help"}}) {
    const Finished run = Actctl(arguments);
    EXPECT_EQ(run.status, 0);
    EXPECT_NE(run.out.find("Usage: actctl"), std::string::npos);
    EXPECT_EQ(run.err, "");
  }
}

}  // namespace
}  // namespace actserve::testing
