// Every activation operator that other libraries list is reachable under the name that its users know, with its
// defaults.
#include "tests/docs/operators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/docs/files.h"
#include "tests/docs/operators_check.h"

namespace actserve::docs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<Library>& Libraries() {
  static const auto libraries = ReadLibraries(kOperators);
  EXPECT_TRUE(libraries.ok()) << libraries.status();
  return *libraries;
}

TEST(Operators, AreReachableUnderTheirNamesWithTheirDefaults) {
  for (const Library& library : Libraries()) {
    for (const std::string& mistake : Mistakes(library)) ADD_FAILURE() << library.name << ", " << mistake;
  }
}

// As many as the lists that the files name have.
TEST(Operators, AreAllOfTheLists) {
  std::map<std::string, std::set<std::string>> names;
  for (const Library& library : Libraries()) {
    EXPECT_FALSE(library.version.empty() || library.list.empty()) << library.name;
    for (const Operator& op : library.operators) {
      for (const std::string& name : op.names) {
        const std::string module = name.substr(0, name.size() - LastPart(name).size());
        names[module.empty() ? library.name : module].insert(name);
      }
    }
  }
  std::map<std::string, size_t> sizes;
  for (const auto& [module, all] : names) sizes[module] = all.size();
  EXPECT_EQ(sizes, (std::map<std::string, size_t>{{"ONNX", 22},
                                                  {"torch.nn.", 29},
                                                  {"torch.nn.functional.", 41},
                                                  {"keras.activations.", 32},
                                                  {"keras.layers.", 5},
                                                  {"jax.nn.", 25}}));
}

Library Of(const std::string& operators) {
  const auto library =
      ParseLibrary("{\"library\": \"L\", \"version\": \"1\", \"list\": \"l\", \"operators\": [" + operators + "]}");
  EXPECT_TRUE(library.ok()) << library.status();
  return library.ok() ? *library : Library();
}

TEST(Mistakes, AreNoneInWhatIsTrue) {
  EXPECT_THAT(Mistakes(Of(R"({"names": ["a.b.LeakyReLU"], "function": "leaky_relu",
                              "parameters": [{"name": "slope", "is": "alpha", "default": 0.01}, {"name": "n"}]},
                             {"names": ["Nothing"], "missing": "not yet"}, {"names": ["Other"], "apart": "no"})")),
              IsEmpty());
}

TEST(Mistakes, AreNamed) {
  const auto expect = [](const std::string& op, const std::string& mistake) {
    EXPECT_THAT(Mistakes(Of(op)), ElementsAre(HasSubstr(mistake))) << op;
  };
  expect(R"({"names": ["ReLU"], "missing": "not yet"})", "has become reachable: it finds relu");
  expect(R"({"names": ["ReLU"], "apart": "no"})", "in place of 'apart'");
  expect(R"({"names": ["ReLUs"], "function": "relu"})", "finds nothing, not relu");
  expect(R"({"names": ["Tanh"], "function": "relu"})", "finds tanh, not relu");
  expect(R"({"names": ["ReLU"], "function": "relu", "differs": "so"})", "is said to differ");
  expect(R"({"names": ["ReLU"], "function": "ReLU"})", "is no function's name");
  expect(R"({"names": ["Elu"], "function": "elu"})", "does not say what the parameter alpha of elu is there");
  expect(R"({"names": ["Elu"], "function": "elu", "parameters": [{"is": "alpha", "default": 2}]})", "ought to say why");
  expect(R"({"names": ["Elu"], "function": "elu", "parameters": [{"is": "alpha", "default": 1, "differs": "so"}]})",
         "out of place");
  expect(R"({"names": ["Elu"], "function": "elu", "parameters": [{"is": "alpha", "default": -1, "differs": "so"}]})",
         "alpha cannot be -1 here");
  expect(R"({"names": ["ReLU"], "function": "relu", "parameters": [{"is": "alpha"}]})", "has no parameter 'alpha'");
  expect(R"({"names": ["ReLU"], "function": "relu", "parameters": [{"is": "axis", "default": -1}]})", "has no axis");
  expect(R"({"names": ["sparsemax"], "function": "sparsemax", "parameters": [{"is": "axis", "default": 1}]})",
         "axis is 1 by default there and -1 here");
  expect(R"({"names": ["Gelu"], "when": "so", "function": "gelu"})", "with a 'when' only");
  expect(R"({"names": ["ReLU"], "function": "relu"}, {"names": ["ReLU"], "function": "relu"})", "is there twice");
}

TEST(ParseLibrary, RejectsWhatTheReadmeDoesNotAllow) {
  const auto expect = [](const std::string& op, const std::string& message) {
    const auto library =
        ParseLibrary("{\"library\": \"L\", \"version\": \"1\", \"list\": \"l\", \"operators\": [" + op + "]}");
    EXPECT_EQ(library.status().code(), absl::StatusCode::kInvalidArgument) << op;
    EXPECT_THAT(std::string(library.status().message()), HasSubstr(message)) << op;
  };
  expect(R"({"names": ["A"], "function": "relu", "deafult": 1})", "deafult");
  expect(R"({"names": ["A"], "function": "relu", "missing": "not yet"})", "A: expected one of");
  expect(R"({"names": ["A"]})", "A: expected one of");
  expect(R"({"names": [], "function": "relu"})", "no names");
  expect(R"({"function": "relu"})", "names");
  expect(R"({"names": ["A"], "function": "elu", "parameters": [{"default": 1}]})", "neither a name");
  expect(R"({"names": ["A"], "function": "elu", "parameters": [{"name": "a", "is": "alpha", "default": null}]})",
         "'differs'");
  expect("{", "parse error");
}

TEST(ReadLibraries, SaysWhereThereAreNone) {
  EXPECT_EQ(ReadLibraries("tests/docs/nowhere").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace actserve::docs
