// actctl and the examples against the real server: what the README shows.
#include <algorithm>
#include <cmath>
#include <memory>
#include <sstream>

#include "client/npy/npy.h"
#include "gtest/gtest.h"
#include "tests/client/process.h"
#include "tests/e2e/server_process.h"

namespace actserve::testing {
namespace {

using client::Tensor;

double Gelu(double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2)); }

class ActctlServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    server_ = std::make_unique<ServerProcess>(std::vector<std::string>{
        "--listen", "127.0.0.1:0", "--listen", "unix:" + (*folder_ / "socket"), "--metrics-listen", "none"});
    ASSERT_TRUE(server_->WaitFor("ready")) << server_->Output();
  }
  static void TearDownTestSuite() {
    server_.reset();
    folder_.reset();
  }

  static Finished Actctl(const std::vector<std::string>& arguments, const std::string& input = "", size_t address = 0) {
    std::vector<std::string> argv = {ACTCTL_BINARY, "--server", server_->Addresses().at(address)};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return RunProcess(argv, input);
  }

  static std::string Save(const std::string& name, const Tensor& tensor) {
    EXPECT_TRUE(client::WriteNpy(client::ToNpy(tensor), *folder_ / name).ok());
    return *folder_ / name;
  }
  static Tensor Load(const std::string& name) {
    absl::StatusOr<client::NpyArray> array = client::ReadNpy(*folder_ / name);
    EXPECT_TRUE(array.ok()) << array.status();
    return array.ok() ? *client::ToTensor(*std::move(array), client::Uint16::kIsBF16) : Tensor();
  }

  static inline std::unique_ptr<TemporaryFolder> folder_;
  static inline std::unique_ptr<ServerProcess> server_;
};

TEST_F(ActctlServerTest, ListsAndDescribesFunctions) {
  const Finished list = Actctl({"functions"});
  EXPECT_EQ(list.status, 0) << list.err;
  for (const char* name : {"relu", "leaky_relu", "prelu", "sigmoid", "tanh", "gelu", "gelu_tanh", "silu", "swish",
                           "mish", "softmax", "log_softmax", "sparsemax", "aplu"}) {
    EXPECT_NE(list.out.find(name), std::string::npos) << name;
    const Finished one = Actctl({"describe", name});
    EXPECT_EQ(one.status, 0) << one.err;
    EXPECT_NE(one.out.find("formula"), std::string::npos) << one.out;
  }
}

TEST_F(ActctlServerTest, ComputesGatedFunctions) {
  const auto relu = [](double x) { return std::max(x, 0.0); };
  const std::vector<double> u = {1, -2, 3, 0.5}, g = {2, 1, -1, 4};
  const std::string up = Save("u.npy", Tensor::Vector(u)), gate = Save("g.npy", Tensor::Vector(g));
  std::vector<double> packed = g;
  packed.insert(packed.end(), u.begin(), u.end());
  const std::string both = Save("both.npy", Tensor::Vector(packed));  // the gate first
  for (const std::vector<std::string>& operands : {std::vector<std::string>{"--input", up, "--gate", gate},
                                                   {"--input", both},
                                                   {"--input", both, "--layout", "HALVES_GATE_FIRST"}}) {
    std::vector<std::string> arguments = {"evaluate", "reglu", "--output", *folder_ / "y.npy"};
    arguments.insert(arguments.end(), operands.begin(), operands.end());
    const Finished finished = Actctl(arguments);
    ASSERT_EQ(finished.status, 0) << finished.err;
    const std::vector<double> y = Load("y.npy").ToDoubles();
    ASSERT_EQ(y.size(), 4u);
    for (size_t i = 0; i < 4; ++i) EXPECT_EQ(y[i], u[i] * relu(g[i]));
  }
  const Finished gradient = Actctl({"gradient", "reglu", "--input", up, "--gate", gate, "--output", *folder_ / "du.npy",
                                    "--gate-gradient", *folder_ / "dg.npy"});
  ASSERT_EQ(gradient.status, 0) << gradient.err;
  EXPECT_EQ(Load("du.npy").ToDoubles(), (std::vector<double>{2, 1, 0, 4}));
  EXPECT_EQ(Load("dg.npy").ToDoubles(), (std::vector<double>{1, -2, 0, 0.5}));
  const Finished printed = Actctl({"gradient", "reglu", "--input", up, "--gate", gate});
  EXPECT_NE(printed.out.find("# dL/dgate: 1 -2 0 0.5"), std::string::npos) << printed.out;
  const Finished integers = Actctl({"evaluate", "reglu", "--input", up, "--gate", gate, "--input-type", "i8", "--scale",
                                    "0.5", "--gate-scale", "0.25", "--gate-zero-point", "5", "--output-type", "f32"});
  EXPECT_EQ(integers.out, "2\n-2\n0\n2\n") << integers.err;
  const Finished without_scale = Actctl({"evaluate", "reglu", "--input", up, "--gate", gate, "--input-type", "u8",
                                         "--scale", "0.5", "--output-type", "f32"});
  EXPECT_EQ(without_scale.status, 1);
  EXPECT_NE(without_scale.err.find("--gate-scale: "), std::string::npos) << without_scale.err;
  const Finished odd = Actctl({"evaluate", "swiglu"}, "1 2 3");
  EXPECT_EQ(odd.status, 1);
  EXPECT_NE(odd.err.find("whose extent 3 along axis 0 is odd"), std::string::npos) << odd.err;
  EXPECT_EQ(Actctl({"evaluate", "swiglu", "--layout", "THIRDS"}).status, 2);
  EXPECT_EQ(Actctl({"gradient", "reglu", "--input", up, "--gate-gradient", *folder_ / "dg.npy"}).status, 2);
  const Finished described = Actctl({"describe", "swiglu"});
  EXPECT_NE(described.out.find("HALVES_GATE_FIRST, as the fused"), std::string::npos) << described.out;
  EXPECT_EQ(Actctl({"plot", "swiglu", "--width", "60"}).status, 0);
}

TEST_F(ActctlServerTest, TellsWhetherTheServerTakesCalls) {
  const Finished serving = Actctl({"health"});
  EXPECT_EQ(serving.status, 0) << serving.err;
  EXPECT_EQ(serving.out, "serving\n");

  ServerProcess draining({"--listen", "127.0.0.1:0", "--metrics-listen", "none", "--drain-delay-seconds", "60"});
  ASSERT_TRUE(draining.WaitFor("ready")) << draining.Output();
  draining.Signal(SIGTERM);
  ASSERT_TRUE(draining.WaitFor("draining")) << draining.Output();
  const std::vector<std::string> health = {ACTCTL_BINARY, "--server", draining.Addresses().at(0), "health"};
  Finished finished = RunProcess(health, "");
  for (int i = 0; i < 100 && finished.status == 0; ++i) finished = RunProcess(health, "");  // the log comes first
  EXPECT_EQ(finished.status, 1);
  EXPECT_EQ(finished.out, "not serving\n") << finished.err;
  draining.Signal(SIGTERM);
  EXPECT_EQ(draining.Wait(), 0);

  const Finished nobody = RunProcess(health, "");
  EXPECT_EQ(nobody.status, 1);
  EXPECT_NE(nobody.err.find("no answer from"), std::string::npos) << nobody.err;
}

TEST_F(ActctlServerTest, EvaluatesNumbersOverTcpAndAUnixSocket) {
  for (const size_t address : {0, 1}) {
    const Finished run = Actctl({"evaluate", "gelu"}, "1 -2 3", address);
    EXPECT_EQ(run.status, 0) << run.err;
    std::istringstream numbers(run.out);
    for (const double expected : {0.84134474606854294859, -0.045500263896358414401, 2.9959503059051097164}) {
      double value = 0;
      numbers >> value;
      EXPECT_NEAR(value, expected, 1e-15 * std::abs(expected)) << run.out;
    }
  }
}

TEST_F(ActctlServerTest, ComparesWhatMayTakeAFunctionsPlace) {
  std::vector<float> values;
  for (int i = -200; i < 200; ++i) values.push_back(static_cast<float>(i) / 64);
  const std::string x = Save("relufy.npy", Tensor::Vector(values));
  const Finished table = Actctl({"relufy", "--function", "gelu", "--input", x, "--width", "60"});
  EXPECT_EQ(table.status, 0) << table.err;
  for (const char* words :
       {"gelu of 400 elements: 0.2 % are 0", "  relu ", "  shifted_relu   shift ", "  fatrelu        threshold ",
        "  relu_squared ", "50.2 %", "sign flips", "90 %", "gelu and what may take its place", "⠒⠒⠒"}) {
    EXPECT_NE(table.out.find(words), std::string::npos) << words << "\n" << table.out;
  }
  const Finished sparse =
      Actctl({"relufy", "-f", "silu", "-i", x, "--candidates", "fatrelu,relu6", "--sparsity", "0.75", "-p", "beta=2"});
  EXPECT_EQ(sparse.status, 0) << sparse.err;
  EXPECT_NE(sparse.out.find("75.0 %"), std::string::npos) << sparse.out;
  EXPECT_EQ(sparse.out.find("shifted_relu"), std::string::npos) << sparse.out;

  const Finished rows = Actctl({"relufy", "-f", "softmax", "-i", x});
  EXPECT_EQ(rows.status, 1);
  EXPECT_NE(rows.err.find("softmax is not element-wise"), std::string::npos) << rows.err;
  const Finished much = Actctl({"relufy", "-f", "gelu", "-i", x, "--sparsity", "1"});
  EXPECT_EQ(much.status, 1);
  EXPECT_NE(much.err.find("target_sparsity: 1 is out of range"), std::string::npos) << much.err;
  EXPECT_EQ(Actctl({"relufy", "-f", "gelu"}).status, 2);
}

TEST_F(ActctlServerTest, ComputesFiles) {
  const std::vector<float> values = {-2, -1, 0, 1, 2, 3};
  const std::string x = Save("x.npy", *Tensor::Make(values, {2, 3}));
  const Finished several =
      Actctl({"evaluate", "gelu,silu,mish", "--input", x, "--output", *folder_ / "{function}.npy"});
  EXPECT_EQ(several.status, 0) << several.err;
  const Tensor gelu = Load("gelu.npy");
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(gelu.at(i), Gelu(values[i]), 1e-6);
  EXPECT_EQ(Load("silu.npy").shape(), gelu.shape());

  const std::vector<float> slopes = {0.1f, 0.2f, 0.3f};
  const Finished gradient =
      Actctl({"gradient", "prelu", "--input", x, "--upstream", x, "--output", *folder_ / "dx.npy", "--param",
              "alpha=@" + Save("slopes.npy", Tensor::Vector(slopes)), "--param-gradients-dir", *folder_ / "gradients"});
  EXPECT_EQ(gradient.status, 0) << gradient.err;
  EXPECT_EQ(Load("dx.npy").at(4), 2);
  EXPECT_EQ(Load("gradients/alpha.npy").ToDoubles(), (std::vector<double>{4, 1, 0}));  // sums of dy * min(x, 0)

  const Finished half = Actctl({"evaluate", "relu", "-i", x, "-o", *folder_ / "b.npy", "--output-type", "bf16"});
  EXPECT_EQ(half.status, 0) << half.err;
  EXPECT_EQ(Load("b.npy").ToDoubles(), (std::vector<double>{0, 0, 0, 1, 2, 3}));
}

TEST_F(ActctlServerTest, TellsWhatLeavingOutZerosSaves) {
  std::vector<float> values(3'000'000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = i % 10 == 3 ? static_cast<float>(i) : -1;
  const std::string x = Save("zeros.npy", Tensor::Vector(values));
  for (float& value : values) value = std::max(value, 0.0f);
  for (const char* encoding : {"auto", "bitmap"}) {
    const Finished run =
        Actctl({"evaluate", "relu,relu", "-i", x, "-o", *folder_ / "y{index}.npy", "--encoding", encoding});
    EXPECT_EQ(run.status, 0) << run.err;
    EXPECT_NE(run.err.find("received 1575000 bytes of output for 12000000 (13.1 %)"), std::string::npos) << run.err;
    EXPECT_EQ(Load("y1.npy"), Tensor::Vector(values));
  }
  const Finished fours = Actctl({"evaluate", "relu", "--encoding", "two_four"}, "1 -1 2 -1");
  EXPECT_EQ(fours.out, "1\n0\n2\n0\n");
  const Finished misfit = Actctl({"evaluate", "relu", "--encoding", "two_four"}, "1 1 1 1");
  EXPECT_EQ(misfit.status, 1);
  EXPECT_NE(misfit.err.find("does not conform to 2:4"), std::string::npos) << misfit.err;
}

TEST_F(ActctlServerTest, ComputesQuantizedFiles) {
  const Tensor x = *Tensor::Make(std::vector<double>{-2, -0.3, 0, 0.5, 1.5, 100}, {2, 3});
  const std::string file = Save("q.npy", *x.Quantize(DataType::kI8, {.scales = {0.05f}, .zero_points = {-3}}));
  const std::vector<std::string> scaled = {"--scale", "0.05", "--zero-point", "-3"};
  const auto evaluate = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"evaluate", "relu", "--input", file};
    arguments.insert(arguments.end(), scaled.begin(), scaled.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Actctl(arguments);
  };
  EXPECT_EQ(evaluate({"--output-type", "f32"}).out, "0\n0\n0\n0.5\n1.5\n6.5\n");
  Finished done = evaluate({"--output-type", "u8", "--output-scale", "0.02,0.5", "--output-scale-axis", "0", "--output",
                            *folder_ / "y.npy"});
  EXPECT_EQ(done.status, 0) << done.err;
  const auto array = client::ReadNpy(*folder_ / "y.npy");
  ASSERT_TRUE(array.ok());
  EXPECT_EQ(array->header.kind, 'u');
  EXPECT_EQ(array->data, std::string("\0\0\0\1\3\15", 6));
  done = evaluate({"--output-type", "i8"});
  EXPECT_EQ(done.status, 1);
  EXPECT_NE(done.err.find("output_quantization: is missing; expected a scale"), std::string::npos) << done.err;
  done =
      Actctl({"evaluate", "relu", "--input-type", "u8", "--scale", "0.5", "--output-type", "f8e4m3fn"}, "1.2 -3 300");
  EXPECT_EQ(done.out, "1\n0\n128\n") << done.err;
  done = Actctl({"evaluate", "relu", "--output-type", "f8e4m3fn", "--saturating"}, "1000");
  EXPECT_EQ(done.out, "448\n") << done.err;
}

TEST_F(ActctlServerTest, ComputesLargeTensorsInPieces) {
  std::vector<float> values(3'000'000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 2000) / 100 - 10;
  const std::string x = Save("large.npy", *Tensor::Make(values, {3000, 1000}));
  const Finished run = Actctl({"evaluate", "gelu,softmax", "-i", x, "-o", *folder_ / "large-{function}.npy"});
  EXPECT_EQ(run.status, 0) << run.err;
  const Tensor gelu = Load("large-gelu.npy");
  const Tensor softmax = Load("large-softmax.npy");
  ASSERT_EQ(gelu.elements(), 3'000'000);
  ASSERT_EQ(softmax.elements(), 3'000'000);
  for (size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(gelu.at(i), Gelu(values[i]), 1e-5) << i;
  for (int64_t row = 0; row < 3000; ++row) {
    double sum = 0;
    for (int64_t i = 0; i < 1000; ++i) sum += softmax.at(1000 * row + i);
    ASSERT_NEAR(sum, 1, 1e-4) << row;
  }
}

TEST_F(ActctlServerTest, SaysWhyTheServerRefused) {
  const auto error_of = [](const std::vector<std::string>& arguments) {
    const Finished run = Actctl(arguments, "1 2 3");
    EXPECT_EQ(run.status, 1) << run.out;
    return run.err;
  };
  const auto has = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  EXPECT_PRED2(has, error_of({"evaluate", "gelo"}), "gelu");
  EXPECT_PRED2(has, error_of({"evaluate", "gelu", "--param", "beta=2"}), "beta");
  EXPECT_PRED2(has, error_of({"evaluate", "silu", "--param", "beta=1000"}), "out of range");
  EXPECT_PRED2(has, error_of({"evaluate", "softmax", "--axis", "3"}), "axis");
  EXPECT_PRED2(has, error_of({"evaluate", "aplu"}), "a");
}

TEST_F(ActctlServerTest, Plots) {
  const Finished run = Actctl({"plot", "gelu", "--width", "80"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("gelu(x)   min -0.1699 at -0.7"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("max 6 at 6"), std::string::npos) << run.out;
}

TEST_F(ActctlServerTest, ServesTheExampleOfLargeTensors) {
  for (const size_t address : {0, 1}) {
    const Finished run = RunProcess(
        {LARGE_DEMO_BINARY, "--server", server_->Addresses().at(address), "--rows", "17", "--connections", "3"});
    EXPECT_EQ(run.status, 0) << run.err;
    EXPECT_NE(run.out.find("the same numbers"), std::string::npos) << run.out;
  }
}

TEST_F(ActctlServerTest, ServesTheExample) {
  const Finished run =
      RunProcess({DIGITS_DEMO_BINARY, "--server", server_->Addresses().at(0), "--data", DIGITS_FOLDER});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("97.1 %"), std::string::npos) << run.out;  // as tests/data/digits/README.md says
  EXPECT_NE(run.out.find("dL/dbeta"), std::string::npos) << run.out;
}

}  // namespace
}  // namespace actserve::testing
