// actctl evaluate and actctl gradient.
#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/client/actctl.h"

namespace actserve::testing {
namespace {

using client::Tensor;

Tensor Numbers(const std::vector<double>& values) { return Tensor::Vector(values); }

// Distinct values that survive doubling in every type.
Tensor Ramp(const std::vector<int64_t>& dims) {
  std::vector<float> values(static_cast<size_t>(Shape::Make(dims)->elements()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 1000) - 500;
  return *Tensor::Make(values, dims);
}

TEST_F(ActctlTest, ComputesNumbersFromStandardInput) {
  const Finished run = Actctl({"evaluate", "double"}, "1 -2 3.5\nnan inf 1e-320\n");
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out, "2\n-4\n7\nnan\ninf\n2e-320\n");
  EXPECT_EQ(Actctl({"evaluate", "double", "--input-type", "f32"}, "0.1").out, "0.2\n");
  EXPECT_EQ(Actctl({"evaluate", "double", "--output-type", "f32"}, "0.1").out, "0.2\n");
  EXPECT_EQ(Actctl({"evaluate", "double"}, "").out, "");
}

TEST_F(ActctlTest, NamesWhatIsNoNumber) {
  const Finished run = Actctl({"evaluate", "double"}, "1 2\n3 four\n");
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.err, "actctl: standard input: line 2: 'four' is not a number\n");
  EXPECT_EQ(server_.service().unary_calls, 0);
}

TEST_F(ActctlTest, PrintsSeveralFunctionsUnderTheirNames) {
  const Finished run = Actctl({"evaluate", "double,cap", "--param", "double.scale=10"}, "1 5");
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out, "# double\n10\n50\n# cap\n1\n1\n");
  EXPECT_EQ(server_.service().unary_calls, 1);
}

TEST_F(ActctlTest, KeepsTypeAndShapeOfFiles) {
  for (const DataType type : kWideTypes) {
    const Tensor x = Ramp({2, 3, 4}).Cast(type);
    const Finished run =
        Actctl({"evaluate", "double", "--input", Save("x.npy", x), "--output", folder_ / "y.npy", "--bf16"});
    EXPECT_EQ(run.status, 0) << run.err;
    EXPECT_EQ(run.out + run.err, "");
    const Tensor y = Load("y.npy");
    EXPECT_EQ(y.type(), type);
    EXPECT_EQ(y.shape(), x.shape());
    for (int64_t i = 0; i < x.elements(); ++i) ASSERT_EQ(y.at(i), 2 * x.at(i));
  }
}

TEST_F(ActctlTest, AsksWhetherUint16IsBF16) {
  const Finished run = Actctl({"evaluate", "double", "--input", Save("x.npy", Ramp({2}).Cast(DataType::kBF16))});
  EXPECT_EQ(run.status, 1);
  EXPECT_NE(
      run.err.find("x.npy: holds elements of type u2; expected f8, f4 or f2 (if these are bfloat16 bits, say --bf16)"),
      std::string::npos)
      << run.err;
}

TEST_F(ActctlTest, ChangesTheType) {
  const std::string x = Save("x.npy", Ramp({5}));
  Actctl({"evaluate", "double", "--input", x, "--output", folder_ / "y.npy", "--output-type", "bf16"});
  EXPECT_EQ(Load("y.npy").type(), DataType::kBF16);
  Actctl({"evaluate", "double", "--input", x, "--output", folder_ / "y.npy", "--input-type", "f16"});
  EXPECT_EQ(Load("y.npy").type(), DataType::kF16);
}

TEST_F(ActctlTest, PassesFilesThroughPipes) {
  std::ostringstream file;
  ASSERT_TRUE(client::WriteNpy(client::ToNpy(Ramp({3})), file).ok());
  const Finished run = Actctl({"evaluate", "double", "-i", "-", "-o", "-"}, file.str());
  EXPECT_EQ(run.status, 0) << run.err;
  std::istringstream out(run.out);
  const auto array = client::ReadNpy(out);
  ASSERT_TRUE(array.ok()) << array.status();
  EXPECT_EQ(client::ToTensor(*array, client::Uint16::kIsNumber)->ToDoubles(), (std::vector<double>{-1000, -998, -996}));
}

TEST_F(ActctlTest, ComputesEveryFunctionOfEveryInput) {
  const Finished run = Actctl({"evaluate", "double,cap", "--input", Save("a.npy", Ramp({2})), "--input",
                               Save("b.npy", Ramp({3})), "--output", folder_ / "{function}-{input}.npy"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(Load("double-a.npy").elements(), 2);
  EXPECT_EQ(Load("double-b.npy").elements(), 3);
  EXPECT_EQ(Load("cap-a.npy").at(0), -500);
  EXPECT_EQ(Load("cap-b.npy").at(2), -498);
  EXPECT_EQ(server_.service().unary_calls, 1);
}

TEST_F(ActctlTest, WritesTheOthersWhenOneItemFails) {
  const Finished run = Actctl(
      {"evaluate", "double,nothing,cap", "--input", Save("x.npy", Ramp({2})), "--output", folder_ / "{function}.npy"});
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.err, "actctl: nothing of " + (folder_ / "x.npy") +
                         ": items[1]: there is no function 'nothing' ('actctl functions' lists what there is)\n");
  EXPECT_EQ(Load("double.npy").elements(), 2);
  EXPECT_EQ(Load("cap.npy").elements(), 2);
  EXPECT_FALSE(std::ifstream(folder_ / "nothing.npy").good());
}

TEST_F(ActctlTest, PrintsGradients) {
  const Finished run = Actctl({"gradient", "double", "--param", "scale=3"}, "1 2");
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out, "3\n3\n# dL/dscale: 3\n");
  EXPECT_EQ(Actctl({"gradient", "double"}, "1 2").out, "2\n2\n");
}

TEST_F(ActctlTest, WritesGradientsOfParameters) {
  const Tensor x = Ramp({4, 3});
  const Tensor slopes = Numbers({1, 2, 3});
  const Finished run =
      Actctl({"gradient", "perchannel,double", "--input", Save("x.npy", x), "--upstream", Save("dy.npy", x), "--output",
              folder_ / "{function}-dx.npy", "--param", "perchannel.a=@" + Save("slopes.npy", slopes), "--param",
              "double.scale=3", "--param-gradients-dir", folder_ / "{function}"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(Load("perchannel-dx.npy").at(1), 2 * x.at(1));
  EXPECT_EQ(Load("double-dx.npy").at(1), 3 * x.at(1));
  EXPECT_EQ(Load("perchannel/a.npy"), slopes);
  double sum = 0;
  for (int64_t i = 0; i < x.elements(); ++i) sum += x.at(i) * x.at(i);
  const Tensor gradient = Load("double/scale.npy");
  EXPECT_EQ(gradient.shape().rank(), 0);
  EXPECT_EQ(gradient.at(0), sum);
}

TEST_F(ActctlTest, SendsLargeTensorsInPieces) {
  const Tensor x = Ramp({3, 1'000'001});  // 12 MB
  const Finished run = Actctl({"evaluate", "double", "--input", Save("x.npy", x), "--output", folder_ / "y.npy"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(server_.service().unary_calls, 0);
  EXPECT_EQ(server_.service().streamed_messages, 12);
  EXPECT_LT(server_.service().largest_message, size_t{1} << 20);
  const Tensor y = Load("y.npy");
  ASSERT_EQ(y.shape(), x.shape());
  for (int64_t i = 0; i < x.elements(); ++i) ASSERT_EQ(y.at(i), 2 * x.at(i)) << i;
}

TEST_F(ActctlTest, SendsLargeGradientsInPieces) {
  const Tensor x = Ramp({1'000'000});
  const Finished run = Actctl({"gradient", "cap", "--input", Save("x.npy", x), "--upstream", Save("dy.npy", x),
                               "--output", folder_ / "dx.npy", "--output-type", "f64"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_GT(server_.service().streamed_messages, 1);
  EXPECT_LT(server_.service().largest_message, size_t{1} << 20);
  const Tensor dx = Load("dx.npy");
  ASSERT_EQ(dx.type(), DataType::kF64);
  for (int64_t i = 0; i < x.elements(); ++i) ASSERT_EQ(dx.at(i), x.at(i) < 1 ? x.at(i) : 0) << i;
}

TEST_F(ActctlTest, CutsRowsBetweenThem) {
  const Tensor x = Ramp({1001, 1000});
  const Finished run = Actctl({"evaluate", "rowsum", "--input", Save("x.npy", x), "--output", folder_ / "y.npy"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_GT(server_.service().streamed_messages, 1);
  const Tensor y = Load("y.npy");
  ASSERT_EQ(y.shape(), x.shape());
  for (int64_t i = 0; i < y.elements(); ++i) ASSERT_EQ(y.at(i), -500) << i;
}

TEST_F(ActctlTest, SaysWhyAStreamFailed) {
  server_.service().fail_stream_at = 3;
  const Finished run = Actctl(
      {"evaluate", "double,cap", "--input", Save("x.npy", Ramp({2'000'000})), "--output", folder_ / "{function}.npy"});
  EXPECT_EQ(run.status, 1);
  EXPECT_NE(run.err.find("x.npy: the stream was told to fail\n"), std::string::npos) << run.err;
}

TEST_F(ActctlTest, ComputesSmallItemsBetweenLargeOnesInOrder) {
  const std::string small = Save("s.npy", Ramp({2}));
  const std::string large = Save("l.npy", Ramp({1'000'000}));
  const Finished run =
      Actctl({"evaluate", "double", "-i", small, "-i", large, "-i", small, "-i", small, "-o", folder_ / "{index}.npy"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(server_.service().unary_calls, 2);
  for (const char* name : {"0.npy", "2.npy", "3.npy"}) EXPECT_EQ(Load(name).elements(), 2);
  EXPECT_EQ(Load("1.npy").elements(), 1'000'000);
}

TEST_F(ActctlTest, ShowsProgressWhenItTakesTime) {
  server_.service().delay_ms = 100;
  const std::string x = Save("x.npy", Ramp({2'500'000}));
  const std::vector<std::string> command = {"evaluate", "double", "--input", x, "--output", folder_ / "y.npy"};
  EXPECT_EQ(Actctl(command).err, "");  // standard error is no terminal
  std::vector<std::string> always = command;
  always.insert(always.end(), {"--progress", "always"});
  const Finished run = Actctl(always);
  EXPECT_EQ(run.status, 0);
  EXPECT_NE(run.err.find("double  [#"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find('%'), std::string::npos);
  EXPECT_TRUE(run.err.ends_with("\r\x1b[K")) << run.err;
}

}  // namespace
}  // namespace actserve::testing
