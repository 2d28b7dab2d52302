#include "tests/accuracy/interpolant.h"

#include <algorithm>
#include <climits>
#include <cmath>
#include <iterator>
#include <numbers>
#include <utility>
#include <vector>

#include "tests/kernels/inputs.h"

namespace actserve::accuracy {
namespace {

constexpr int kNodes = kDegree + 1;

// Where the polynomial of degree kNodes with its roots at the nodes is extreme, the ends among them.
constexpr int kExtrema[] = {0, 2, 5, 7, 10, kNodes};
constexpr int kRandomPoints = 2;

double Node(int k) { return std::cos(std::numbers::pi * (2 * k + 1) / (2 * kNodes)); }
double Extremum(int k) { return std::cos(std::numbers::pi * k / kNodes); }

// Row k: the coefficients of the polynomial that is 1 at node k and 0 at the others. The nodes are what doubles make of
// them, and the polynomials are those through just these.
std::vector<std::array<Real, kNodes>> MakeBasis() {
  std::vector<std::array<Real, kNodes>> basis(kNodes);
  for (int k = 0; k < kNodes; ++k) {
    std::array<Real, kNodes>& c = basis[static_cast<size_t>(k)];
    c[0] = 1;
    size_t degree = 0;
    for (int j = 0; j < kNodes; ++j) {
      if (j == k) continue;
      const Real distance = Real(Node(k)) - Node(j);
      ++degree;
      for (size_t i = degree + 1; i-- > 0;) {
        c[i] = ((i > 0 ? c[i - 1] : Real(0)) - c[i] * Node(j)) / distance;
      }
    }
  }
  return basis;
}

}  // namespace

Interpolant::Interpolant(const Curve& curve, const Block& which) : block(which), terms_exponent(INT_MIN / 2) {
  static const std::vector<std::array<Real, kNodes>> basis = MakeBasis();
  bool first = true;
  std::vector<std::pair<double, Real>> seen;
  const auto look = [&](double u) {
    const Real x = block.At(u);
    Real y = curve.exact(x);
    const int seen_sign = y.IsZero() ? 0 : y.IsNegative() ? -1 : 1;
    const int seen_unit = oracle::UlpExponent(y, block.type);
    seen.emplace_back(u, y);
    sign = first || sign == seen_sign ? seen_sign : 0;
    unit_exponent = first ? seen_unit : std::min(unit_exponent, seen_unit);
    if (curve.terms != nullptr) {
      const Real terms = curve.terms(x);
      const int seen = terms.IsZero() ? INT_MIN / 2 : oracle::UlpExponent(terms, block.type);
      has_terms = has_terms || !terms.IsZero();
      terms_exponent = first ? seen : std::min(terms_exponent, seen);
    }
    first = false;
    return y;
  };

  for (int k = 0; k < kNodes; ++k) {
    const Real y = look(Node(k));
    for (size_t i = 0; i < kNodes; ++i) coefficients[i] += basis[static_cast<size_t>(k)][i] * y;
  }
  for (const Real& c : coefficients) magnitude += Abs(c);

  testing::Random random(block.first + static_cast<uint64_t>(block.log2_count));
  const auto check = [&](double u) { bound = Max(bound, Abs(At(u) - look(u))); };
  for (const int k : kExtrema) check(Extremum(k));
  for (int i = 0; i < kRandomPoints; ++i) check(random.Uniform(-1, 1));
  // Those at 1 and -1 are the extrema 0 and kNodes.
  const Real high = seen[kNodes].second, low = seen[kNodes + std::size(kExtrema) - 1].second;
  const Real middle = (high + low) / 2, slope = (high - low) / 2;
  straight = std::all_of(seen.begin(), seen.end(), [&](const auto& s) { return s.second == middle + slope * s.first; });
  if (straight) {
    coefficients.fill(0);
    coefficients[0] = middle;
    coefficients[1] = slope;
    magnitude = Abs(middle) + Abs(slope);
    bound = 0;
    return;
  }
  // The leading coefficient of the Chebyshev series is 2^(1 - kDegree) times this one.
  bound = kSafety * Max(bound, Abs(coefficients[kDegree]).TimesPowerOfTwo(1 - kDegree));
  bound = Max(bound, magnitude.TimesPowerOfTwo(16 - Real::kPrecision));
}

Real Interpolant::At(double u) const {
  Real sum = coefficients[kDegree];
  const Real at = u;
  for (int k = kDegree; k-- > 0;)
    mpfr_fma(sum.get(), sum.get(), at.get(), coefficients[static_cast<size_t>(k)].get(), MPFR_RNDN);
  return sum;
}

bool Interpolant::Suits(int bits) const {
  if (!bound.IsFinite()) return false;
  if (bound.IsZero()) return true;
  return bound.Exponent() < std::max(unit_exponent, terms_exponent) - bits;
}

}  // namespace actserve::accuracy
