// Profiles, thresholds and substitutes against naive counts in double, and merged parts against the whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "absl/strings/str_cat.h"
#include "kernels/analyse/magnitudes.h"
#include "kernels/analyse/profile.h"
#include "kernels/analyse/substitute.h"
#include "kernels/api/element.h"
#include "kernels/api/status.h"
#include "tests/kernels/tensor.h"

namespace actserve::analyse {
namespace {

using ::testing::HasSubstr;

// Elements of a type, and the values that they have when rounded to it.
struct Data {
  Data(DataType type, const std::vector<int64_t>& dims, const std::vector<double>& wanted)
      : type(type), shape(*Shape::Make(dims)), bytes(wanted.size() * SizeOf(type)) {
    for (size_t i = 0; i < wanted.size(); ++i) {
      StoreElement(type, wanted[i], bytes.data() + i * SizeOf(type));
      values.push_back(LoadElement(type, bytes.data() + i * SizeOf(type)));
    }
  }
  InputView view() const { return InputView(TensorView{type, shape, bytes.data()}); }
  // Indices [begin, end) of dimension 0.
  InputView Part(int64_t begin, int64_t end) const {
    std::vector<int64_t> dims(shape.dims().begin(), shape.dims().end());
    dims[0] = end - begin;
    return InputView(TensorView{type, *Shape::Make(dims), bytes.data() + begin * shape.inner(0) * SizeOf(type)});
  }

  DataType type;
  Shape shape;
  std::vector<std::byte> bytes;
  std::vector<double> values;
};

// Numbers of all magnitudes, many zeros, and what is special.
std::vector<double> Mixed(int64_t n, int seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(n);
  for (double& x : values) {
    switch (random() % 16) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: x = 0; break;
      case 5: x = -0.0; break;
      case 6: x = std::ldexp(normal(random), static_cast<int>(random() % 90) - 45); break;
      case 7: x = random() % 64 == 0 ? NAN : 0.001; break;
      case 8: x = random() % 64 == 0 ? HUGE_VAL : -1e-45; break;
      case 9: x = random() % 64 == 0 ? -HUGE_VAL : 1e-5; break;
      default: x = normal(random);
    }
  }
  return values;
}

Profile Naive(const Data& data, double near_zero, std::optional<int> channel_axis) {
  Profile profile;
  const int rank = data.shape.rank();
  const int64_t row = rank == 0 ? 1 : data.shape.dim(rank - 1);
  if (channel_axis) profile.channels.resize(data.shape.dim(*channel_axis));
  for (int64_t first = 0; first < data.shape.elements(); first += row) {
    Counts counts;
    int nonzero = 0;
    for (int64_t i = 0; i < row; ++i) {
      const double x = data.values[first + i];
      const Counts one{1, x == 0, std::fabs(x) <= near_zero};
      counts.Add(one);
      if (channel_axis) {
        const int64_t inner = data.shape.inner(*channel_axis);
        profile.channels[(first + i) / inner % profile.channels.size()].Add(one);
      }
      nonzero = i % 4 == 0 ? 0 : nonzero;
      nonzero += x != 0 ? 1 : 0;
      if (i % 4 == 3) ++profile.groups, profile.conforming_groups += nonzero <= 2;
      profile.nans += std::isnan(x);
      profile.infinities += std::isinf(x);
      if (!std::isfinite(x)) continue;
      profile.min = std::min(profile.min, x);
      profile.max = std::max(profile.max, x);
      if (x == 0) continue;
      const int exponent = std::clamp(std::ilogb(x), Profile::kLeastExponent, Profile::kGreatestExponent);
      ++(x < 0 ? profile.negative : profile.positive)[exponent - Profile::kLeastExponent];
    }
    profile.total.Add(counts);
    const double share = static_cast<double>(counts.zeros) / static_cast<double>(row);
    ++profile.rows;
    profile.min_row_zeros = std::min(profile.min_row_zeros, share);
    profile.max_row_zeros = std::max(profile.max_row_zeros, share);
    ++profile.rows_by_zeros[counts.zeros * 10 / row];
    ++profile.rows_by_near_zeros[counts.near_zeros * 10 / row];
  }
  return profile;
}

void Count(const ProfileOptions& options, const InputView& view, Profile& into) {
  auto execution = PrepareProfile(options, view, into);
  ASSERT_TRUE(execution.ok()) << execution.status();
  RunInline(**execution);
}

void ExpectEqual(const Profile& a, const Profile& b) {
  EXPECT_EQ(a.total, b.total);
  EXPECT_EQ(a.nans, b.nans);
  EXPECT_EQ(a.infinities, b.infinities);
  EXPECT_EQ(a.min, b.min);
  EXPECT_EQ(a.max, b.max);
  EXPECT_EQ(a.positive, b.positive);
  EXPECT_EQ(a.negative, b.negative);
  EXPECT_EQ(a.groups, b.groups);
  EXPECT_EQ(a.conforming_groups, b.conforming_groups);
  EXPECT_EQ(a.rows_by_zeros, b.rows_by_zeros);
  EXPECT_EQ(a.rows_by_near_zeros, b.rows_by_near_zeros);
  EXPECT_TRUE(a.channels == b.channels);
  EXPECT_TRUE(a == b);
}

TEST(ProfileTest, IsWhatANaiveCountSays) {
  struct Case {
    std::vector<int64_t> dims;
    std::optional<int> axis;
  };
  const Case kCases[] = {{{}, {}},       {{1}, 0},           {{5}, 0},           {{3, 7}, 1},     {{100, 64}, 1},
                         {{100, 64}, 0}, {{9, 5, 6, 11}, 1}, {{9, 5, 6, 11}, 2}, {{2, 70001}, 0}, {{3, 131072}, 0},
                         {{200003}, {}}, {{1000, 130}, 1},   {{2, 3, 40000}, 1}};
  for (const DataType type : {DataType::kF64, DataType::kF32, DataType::kF16, DataType::kBF16}) {
    for (const Case& test : kCases) {
      SCOPED_TRACE(absl::StrCat(std::string(Name(type)), " ", Shape::Make(test.dims)->ToString()));
      const Data data(type, test.dims, Mixed(Shape::Make(test.dims)->elements(), 1));
      for (const double near_zero : {0.0, 0.001, 1e-42, 1e300}) {
        const Profile naive = Naive(data, near_zero, test.axis);
        actserve::testing::ForEachTarget([&](const std::string&) {
          Profile profile;
          Count({.near_zero = near_zero, .channels = test.axis.has_value(), .channel_axis = test.axis}, data.view(),
                profile);
          ExpectEqual(profile, naive);
        });
      }
    }
  }
}

// Every exponent of each sign, as often as none of the others, in blocks that are whole and others that are not.
TEST(ProfileTest, CountsEachExponent) {
  for (const DataType type : {DataType::kF64, DataType::kF32, DataType::kF16, DataType::kBF16}) {
    SCOPED_TRACE(Name(type));
    std::vector<double> values;
    for (int exponent = -36; exponent < 36; ++exponent) {
      for (int i = 0; i < 40 + exponent; ++i) values.push_back(std::ldexp(i % 3 == 0 ? -1.25 : 1.5, exponent));
    }
    std::shuffle(values.begin(), values.end(), std::mt19937_64(4));
    if (type == DataType::kF16) {
      for (double& value : values) value = std::clamp(value, -60000.0, 60000.0);
    }
    for (const auto n : {values.size(), values.size() - 1, size_t{64}, size_t{3}}) {
      const Data data(type, {static_cast<int64_t>(n)}, std::vector<double>(values.begin(), values.begin() + n));
      const Profile naive = Naive(data, 0, {});
      actserve::testing::ForEachTarget([&](const std::string&) {
        Profile profile;
        Count({.near_zero = 0}, data.view(), profile);
        ExpectEqual(profile, naive);
      });
    }
  }
}

// More rows than 16 bits count.
TEST(ProfileTest, CountsChannelsOfManyRows) {
  const Data data(DataType::kBF16, {140000, 3}, Mixed(420000, 6));
  Profile profile;
  Count({.channels = true, .channel_axis = {}}, data.view(), profile);
  ExpectEqual(profile, Naive(data, 0.001, 1));
}

TEST(ProfileTest, PartsAddUpToTheWholeInAnyOrder) {
  const Data data(DataType::kF32, {97, 12, 33}, Mixed(97 * 12 * 33, 2));
  const ProfileOptions options{.channels = true, .channel_axis = {}};
  Profile whole, stream, merged;
  Count(options, data.view(), whole);
  EXPECT_EQ(whole.channels.size(), 12);
  const std::pair<int64_t, int64_t> kParts[] = {{60, 97}, {0, 1}, {1, 7}, {7, 60}};
  for (const auto& [begin, end] : kParts) {
    Count(options, data.Part(begin, end), stream);
    Profile part;
    Count(options, data.Part(begin, end), part);
    merged.Merge(part);
  }
  ExpectEqual(stream, whole);
  ExpectEqual(merged, whole);
}

TEST(ProfileTest, AcceptsChunksThatCutElements) {
  const Data data(DataType::kF32, {50, 100}, Mixed(5000, 3));
  std::vector<Chunk> chunks;
  const auto size = static_cast<int64_t>(data.bytes.size());
  for (int64_t begin = 0; begin < size; begin += 997) {
    chunks.push_back({data.bytes.data() + begin, begin, std::min(begin + 997, size)});
  }
  Profile profile;
  Count({}, InputView(data.type, data.shape, chunks, 0), profile);
  ExpectEqual(profile, Naive(data, 0.001, {}));
}

TEST(ProfileTest, RefusesWhatMakesNoSense) {
  const Data data(DataType::kF32, {2, 3}, std::vector<double>(6, 1.0));
  const Data empty(DataType::kF32, {0, 3}, {});
  Profile profile;
  const auto fails = [&](const ProfileOptions& options, const Data& with, const std::string& field,
                         const std::string& message) {
    const auto execution = PrepareProfile(options, with.view(), profile);
    ASSERT_FALSE(execution.ok());
    EXPECT_EQ(FieldOf(execution.status()), field);
    EXPECT_THAT(std::string(execution.status().message()), HasSubstr(message));
  };
  fails({}, empty, "tensor.shape", "has no elements");
  fails({.near_zero = -1}, data, "options.near_zero", "-1 is out of range");
  fails({.near_zero = NAN}, data, "options.near_zero", "expected a finite number");
  fails({.channels = true, .channel_axis = 2}, data, "options.channel_axis", "2 is not an axis");
  fails({.channels = true, .channel_axis = -3}, data, "options.channel_axis", "expected -2 to 1");
  const Data many(DataType::kF16, {1, 65537}, std::vector<double>(65537, 1.0));
  fails({.channels = true}, many, "options.channel_axis", "has 65537 channels; expected at most 65536");
  Count({.channels = true, .channel_axis = 0}, data.view(), profile);
  fails({.channels = true, .channel_axis = 1}, data, "tensor.shape", "has 3 channels; expected 2");
}

TEST(MagnitudesTest, ThresholdsAreQuantiles) {
  for (const DataType type : {DataType::kF64, DataType::kF32, DataType::kF16, DataType::kBF16}) {
    SCOPED_TRACE(Name(type));
    const Data data(type, {40, 500}, Mixed(20000, 4));
    Magnitudes magnitudes;
    ASSERT_TRUE(magnitudes.Check(data.Part(0, 7)).ok());
    magnitudes.Add(data.Part(7, 40));
    magnitudes.Add(data.Part(0, 7));
    std::vector<double> sorted;
    for (const double x : data.values) {
      if (std::isfinite(x)) sorted.push_back(std::fabs(x));
    }
    std::ranges::sort(sorted);
    EXPECT_EQ(magnitudes.elements(), 20000);
    EXPECT_GT(magnitudes.nans(), 0);
    EXPECT_EQ(magnitudes.nans() + magnitudes.infinities(), 20000 - static_cast<int64_t>(sorted.size()));
    const std::vector<double> targets = {0, 0.1, 0.5, 0.7, 0.9, 0.97};
    const auto found = magnitudes.Find(targets);
    ASSERT_TRUE(found.ok()) << found.status();
    for (size_t i = 0; i < targets.size(); ++i) {
      const auto rank = static_cast<size_t>(std::ceil(targets[i] * 20000));
      const double threshold = rank == 0 ? 0 : sorted[rank - 1];
      EXPECT_EQ((*found)[i].threshold, threshold) << targets[i];
      const auto zeroed = std::ranges::upper_bound(sorted, threshold) - sorted.begin();
      EXPECT_EQ((*found)[i].sparsity, static_cast<double>(zeroed) / 20000) << targets[i];
      EXPECT_GE((*found)[i].sparsity, targets[i]);
    }
    const auto beyond = magnitudes.Find({0.5, 1});
    ASSERT_FALSE(beyond.ok());
    EXPECT_EQ(FieldOf(beyond.status()), "options.targets[1]");
    EXPECT_THAT(std::string(beyond.status().message()), HasSubstr("cannot be reached: of 20000 elements"));
  }
}

TEST(MagnitudesTest, AreThoseOfAFunctionsValues) {
  const Data data(DataType::kF32, {5}, {-4, -1, 0, 1, 4});
  Magnitudes magnitudes(FindFunction("relu"), *Params::Bind(FindFunction("relu")->info, {}));
  magnitudes.Add(data.view());
  EXPECT_EQ(magnitudes.zeros(), 3);
  const auto found = magnitudes.Find({0.8, 1});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ((*found)[0].threshold, 1);
  EXPECT_EQ((*found)[1].threshold, 4);
  const Data other(DataType::kF16, {1}, {1});
  EXPECT_EQ(FieldOf(magnitudes.Check(other.view())), "tensor.data_type");
}

TEST(MagnitudesTest, TargetsAreShares) {
  EXPECT_TRUE(CheckTargets({0, 0.5, 1}).ok());
  EXPECT_EQ(FieldOf(CheckTargets({})), "options.targets");
  EXPECT_EQ(FieldOf(CheckTargets(std::vector<double>(65, 0.5))), "options.targets");
  for (const double bad : {-0.1, 1.1, static_cast<double>(NAN)}) {
    EXPECT_EQ(FieldOf(CheckTargets({0.5, bad})), "options.targets[1]");
  }
}

double Gelu(double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2)); }

absl::Status Go() { return absl::OkStatus(); }

SubstituteOptions For(const std::string& function, const std::vector<std::string>& candidates) {
  SubstituteOptions options;
  options.function = FindFunction(function);
  options.params = *Params::Bind(options.function->info, {});
  for (const std::string& name : candidates) options.candidates.push_back(FindFunction(name));
  return options;
}

std::vector<double> Normal(int64_t n) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal;
  std::vector<double> values(n);
  for (double& x : values) x = normal(random);
  return values;
}

TEST(SubstituteTest, IsWhatANaiveComparisonSays) {
  const Data data(DataType::kF64, {300, 200}, Normal(60000));
  const auto found = FindSubstitutes(For("gelu", {"relu", "relu_squared", "shifted_relu"}), data.view(), Go);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->elements, 60000);
  EXPECT_EQ(found->not_finite, 0);
  const double shift = found->substitutes[2].value;
  const auto relu = [](double x) { return std::max(x, 0.0); };
  const std::vector<std::function<double(double)>> functions = {relu, [&](double x) { return relu(x) * relu(x); },
                                                                [&](double x) { return relu(x - shift); }};
  for (size_t c = 0; c < functions.size(); ++c) {
    const Substitute& substitute = found->substitutes[c];
    SCOPED_TRACE(substitute.function->info.name);
    double ff = 0, fg = 0, gg = 0, ee = 0, max = 0, see = 0, smax = 0;
    int64_t zeros = 0, flips = 0;
    for (const double x : data.values) {
      const double f = Gelu(x), g = functions[c](x);
      ff += f * f, fg += f * g, gg += g * g, ee += (g - f) * (g - f);
      max = std::max(max, std::fabs(g - f));
      zeros += g == 0;
      flips += f * g < 0;
    }
    const double scale = fg / gg;
    for (const double x : data.values) {
      const double error = scale * functions[c](x) - Gelu(x);
      see += error * error, smax = std::max(smax, std::fabs(error));
    }
    EXPECT_NEAR(substitute.max_error, max, 1e-12);
    EXPECT_NEAR(substitute.relative_error, std::sqrt(ee / ff), 1e-12);
    EXPECT_NEAR(substitute.scale, scale, 1e-12);
    EXPECT_NEAR(substitute.scaled_relative_error, std::sqrt(see / ff), 1e-12);
    EXPECT_NEAR(substitute.scaled_max_error, smax, 1e-12);
    EXPECT_NEAR(substitute.cosine, fg / std::sqrt(ff * gg), 1e-12);
    EXPECT_EQ(substitute.zeros, zeros);
    EXPECT_EQ(substitute.sign_flips, flips);
    EXPECT_LE(substitute.scaled_relative_error, substitute.relative_error);
  }
  // The shift is the best there is, to a thousandth.
  const auto error_at = [&](double s) {
    double sum = 0;
    for (const double x : data.values) sum += std::pow(relu(x - s) - Gelu(x), 2);
    return sum;
  };
  const double best = error_at(shift);
  for (double s = -4; s < 4; s += 0.01) EXPECT_LE(best, error_at(s) * (1 + 1e-9)) << s;
}

TEST(SubstituteTest, FindsWhatIsThere) {
  const Data data(DataType::kF32, {5000}, Normal(5000));
  SubstituteOptions options = For("shifted_relu", {"shifted_relu", "relu"});
  const NamedParam shift[] = {{"shift", 0.375}};
  options.params = *Params::Bind(options.function->info, shift);
  const auto found = FindSubstitutes(options, data.view(), Go);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_NEAR(found->substitutes[0].value, 0.375, 1e-5);
  EXPECT_LT(found->substitutes[0].relative_error, 1e-5);
  EXPECT_NEAR(found->substitutes[0].scale, 1, 1e-5);
}

TEST(SubstituteTest, ReachesATargetSparsityInEveryType) {
  for (const DataType type : {DataType::kF64, DataType::kF32, DataType::kF16, DataType::kBF16}) {
    SCOPED_TRACE(Name(type));
    const Data data(type, {1000}, Normal(1000));
    SubstituteOptions options = For("silu", {"fatrelu", "shifted_relu"});
    options.target_sparsity = 0.8;
    const auto found = FindSubstitutes(options, data.view(), Go);
    ASSERT_TRUE(found.ok()) << found.status();
    const auto above = std::ranges::count_if(data.values, [&](double x) { return x > found->substitutes[0].value; });
    for (const Substitute& substitute : found->substitutes) {
      EXPECT_GE(substitute.zeros, 800);
      EXPECT_EQ(substitute.zeros, 1000 - above);
    }
  }
}

TEST(SubstituteTest, CountsWhatIsNotFiniteApart) {
  const Data data(DataType::kF32, {5}, {NAN, HUGE_VAL, -HUGE_VAL, 1, -1});
  const auto found = FindSubstitutes(For("gelu", {"relu"}), data.view(), Go);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->not_finite, 3);
  EXPECT_EQ(found->substitutes[0].zeros, 2);
  EXPECT_NEAR(found->substitutes[0].max_error, 1 - Gelu(1), 1e-6);
}

TEST(SubstituteTest, RefusesWhatMakesNoSense) {
  const Data data(DataType::kF32, {4}, {1, 2, NAN, 3});
  const auto fails = [&](const SubstituteOptions& options, const Data& with, const std::string& field) {
    const auto found = FindSubstitutes(options, with.view(), Go);
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(FieldOf(found.status()), field) << found.status();
  };
  fails(For("softmax", {"relu"}), data, "function");
  fails(For("gelu", {"relu", "softmax"}), data, "candidates[1]");
  fails(For("gelu", {"relu"}), Data(DataType::kF32, {0}, {}), "input.shape");
  fails(For("gelu", {"relu"}), Data(DataType::kF32, {2}, {NAN, NAN}), "input.data");
  SubstituteOptions options = For("gelu", {"fatrelu"});
  for (const double target : {-0.1, 1.0, static_cast<double>(NAN), 0.9}) {
    options.target_sparsity = target;
    fails(options, data, "target_sparsity");
  }
  const auto stopped =
      FindSubstitutes(For("gelu", {"relu"}), data.view(), [] { return absl::CancelledError("enough"); });
  EXPECT_TRUE(absl::IsCancelled(stopped.status()));
}

}  // namespace
}  // namespace actserve::analyse
