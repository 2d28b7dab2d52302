// The references against values computed from literal definitions by other software: see known_values.py.
#include <gtest/gtest.h>

#include <string_view>

#include "tests/oracle/reference.h"

namespace actserve::oracle {
namespace {

struct KnownPoint {
  std::string_view name;
  Setting setting;
  double x;
  std::vector<const char*> results;  // value, derivative, derivative by each learnable parameter and segment
};

struct KnownRow {
  std::string_view name;
  Setting setting;
  std::vector<double> x;
  std::vector<double> upstream;
  std::vector<const char*> value;
  std::vector<const char*> product;
};

#include "tests/oracle/known_values.inc"

// Equal to 48 of the 50 digits that the file has. `scale` is the size of the terms that `actual` is a sum of, if that
// is more: the difference quotients behind the known values have their error relative to it.
testing::AssertionResult Agrees(const Real& actual, const char* expected, const Real& scale) {
  const Real known = Real::Decimal(expected);
  const Real negligible = Real::Decimal("1e-1000");  // far below every format's range
  if (Abs(actual - known) <= Real::Decimal("1e-48") * Max(Abs(known), Max(scale, negligible)))
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << "reference gives " << actual.ToString() << ", known is " << expected;
}

TEST(KnownValues, OfPointwiseFunctions) {
  for (const KnownPoint& known : kKnownPoints) {
    SCOPED_TRACE(testing::Message() << known.name << " at " << known.x);
    const Reference* reference = FindReference(known.name);
    ASSERT_NE(reference, nullptr);
    ASSERT_TRUE(reference->pointwise.has_value());
    const Pointwise& f = *reference->pointwise;
    EXPECT_TRUE(Agrees(f.value(known.x, known.setting), known.results[0], 0));
    EXPECT_TRUE(Agrees(f.derivative(known.x, known.setting), known.results[1], 0));
    size_t next = 2;
    for (size_t which = 0; f.param_derivative != nullptr && which < known.setting.size(); ++which) {
      for (size_t segment = 0; segment < known.setting[which].size(); ++segment) {
        ASSERT_LT(next, known.results.size());
        EXPECT_TRUE(Agrees(f.param_derivative(known.x, known.setting, which, segment), known.results[next++], 0));
      }
    }
    EXPECT_EQ(next, known.results.size());
  }
}

TEST(KnownValues, OfRowwiseFunctions) {
  for (const KnownRow& known : kKnownRows) {
    SCOPED_TRACE(testing::Message() << known.name << " of a row of " << known.x.size() << " from " << known.x[0]);
    const Reference* reference = FindReference(known.name);
    ASSERT_NE(reference, nullptr);
    ASSERT_TRUE(reference->rowwise.has_value());
    const Rowwise& f = *reference->rowwise;
    const std::vector<Real> value = f.value(known.x, known.setting);
    const std::vector<Real> product = f.product(known.x, known.upstream, known.setting);
    const std::vector<Real> terms = f.product_terms(known.x, known.upstream, known.setting);
    for (size_t i = 0; i < known.x.size(); ++i) {
      EXPECT_TRUE(Agrees(value[i], known.value[i], 0)) << i;
      EXPECT_TRUE(Agrees(product[i], known.product[i], terms[i])) << i;
    }
  }
}

}  // namespace
}  // namespace actserve::oracle
