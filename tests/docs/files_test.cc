// docs/functions is what its generator makes of the catalogue.
#include "tests/docs/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <regex>

#include "kernels/api/registry.h"

namespace actserve::docs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Files& Made() {
  static const auto files = MakeFiles();
  EXPECT_TRUE(files.ok()) << files.status();
  return *files;
}

TEST(Docs, AreUpToDate) {
  const Files found = ReadFiles(kFolder);
  for (const auto& [name, content] : Made()) {
    const auto file = found.find(name);
    EXPECT_TRUE(file != found.end() && file->second == content) << kFolder << "/" << name << ": run ./dev docs";
  }
  for (const auto& [name, content] : found)
    EXPECT_TRUE(Made().contains(name)) << kFolder << "/" << name << " is of no function: run ./dev docs";
}

TEST(Docs, HaveAPageAndPlotsForEveryFunction) {
  for (const Function& function : Functions()) {
    const std::string name(function.info.name);
    ASSERT_TRUE(Made().contains(name + ".md")) << name;
    const std::string& page = Made().at(name + ".md");
    for (const std::string_view part : {function.info.summary, function.info.formula, function.info.derivative,
                                        function.info.reference, std::string_view("## Accuracy")})
      EXPECT_THAT(page, HasSubstr(std::string(part)));
    for (const ParamInfo& param : function.info.params)
      EXPECT_THAT(page, HasSubstr("| `" + std::string(param.name) + "` |"));
    EXPECT_THAT(Made().at("README.md"), HasSubstr("(" + name + ".md)"));
  }
}

TEST(Docs, LinkToWhatIsThere) {
  const std::regex link("\\]\\(([^)]*)\\)");
  int links = 0;
  for (const auto& [name, content] : Made()) {
    if (!name.ends_with(".md")) continue;
    for (std::sregex_iterator found(content.begin(), content.end(), link), end; found != end; ++found, ++links) {
      const std::string target = (*found)[1];
      EXPECT_TRUE(Made().contains(target) || std::filesystem::exists(std::filesystem::path(kFolder) / target))
          << name << " links to " << target;
    }
  }
  EXPECT_GT(links, 3 * static_cast<int>(Functions().size()));
}

TEST(Docs, PlotsAreSmallAndHaveNumbersOnly) {
  const std::regex path(" d='([^']*)'");
  for (const auto& [name, content] : Made()) {
    if (!name.ends_with(".svg")) continue;
    EXPECT_LT(content.size(), 8000u) << name;
    int paths = 0;
    for (std::sregex_iterator found(content.begin(), content.end(), path), end; found != end; ++found, ++paths)
      EXPECT_EQ((*found)[1].str().find_first_not_of("MLh0123456789. -"), std::string::npos) << name;
    EXPECT_GE(paths, 3) << name;
  }
}

TEST(Docs, SayWhereDefaultsOfOthersDiffer) {
  EXPECT_THAT(Made().at("leaky_relu.md"), HasSubstr("**0.2 there**"));
  EXPECT_THAT(Made().at("hardsigmoid.md"), HasSubstr("ONNX, `HardSigmoid`: `alpha` is 0.166667 here by default"));
  for (const char* page : {"gelu.md", "gelu_tanh.md"})
    EXPECT_THAT(Made().at(page), HasSubstr("JAX's `jax.nn.gelu` is `gelu_tanh` here")) << page;
  EXPECT_THAT(Made().at("README.md"), HasSubstr("torch.nn.MultiheadAttention"));
  EXPECT_THAT(Made().at("aplu.md"), HasSubstr("Not among the activations of"));
}

TEST(Docs, SayWhatIsMeasured) {
  EXPECT_THAT(Made().at("gelu.md"), Not(HasSubstr("not measured")));
  EXPECT_THAT(Made().at("gelu.md"), HasSubstr("| f32 | 1 | 0."));
}

TEST(WriteFiles, LeavesNothingElse) {
  const std::string folder = ::testing::TempDir() + "docs";
  std::filesystem::remove_all(folder);
  EXPECT_TRUE(ReadFiles(folder).empty());
  const Files first = {{"a.md", "1"}, {"plots/a.svg", "2"}}, second = {{"a.md", "3"}, {"b.md", ""}};
  for (const Files& files : {first, second}) {
    ASSERT_TRUE(WriteFiles(folder, files).ok());
    EXPECT_EQ(ReadFiles(folder), files);
  }
  std::filesystem::remove_all(folder);
  EXPECT_FALSE(WriteFiles("/dev/null/docs", first).ok());
}

}  // namespace
}  // namespace actserve::docs
