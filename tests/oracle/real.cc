#include "tests/oracle/real.h"

#include <numbers>

namespace actserve::oracle {
namespace {

template <class Operation, class... Operands>
Real Apply(Operation operation, const Operands&... operands) {
  Real result;
  operation(result.get(), operands.get()..., MPFR_RNDN);
  return result;
}

}  // namespace

Real Real::Decimal(const char* digits) {
  Real result;
  mpfr_set_str(result.get(), digits, 10, MPFR_RNDN);
  return result;
}

Real Real::Pi() {
  Real result;
  mpfr_const_pi(result.get(), MPFR_RNDN);
  return result;
}

Real Real::PowerOfTwo(long exponent) {
  Real result;
  mpfr_set_ui_2exp(result.get(), 1, exponent, MPFR_RNDN);
  return result;
}

std::string Real::ToString() const {
  char text[64];
  mpfr_snprintf(text, sizeof(text), "%.20Rg", value_);
  return text;
}

Real& Real::operator+=(const Real& b) {
  mpfr_add(value_, value_, b.value_, MPFR_RNDN);
  return *this;
}

Real Real::TimesPowerOfTwo(long exponent) const {
  Real result;
  mpfr_mul_2si(result.get(), value_, exponent, MPFR_RNDN);
  return result;
}

Real operator+(const Real& a, const Real& b) { return Apply(mpfr_add, a, b); }
Real operator-(const Real& a, const Real& b) { return Apply(mpfr_sub, a, b); }
Real operator*(const Real& a, const Real& b) { return Apply(mpfr_mul, a, b); }
Real operator/(const Real& a, const Real& b) { return Apply(mpfr_div, a, b); }
Real operator-(const Real& a) { return Apply(mpfr_neg, a); }
bool operator<(const Real& a, const Real& b) { return mpfr_less_p(a.get(), b.get()) != 0; }
bool operator<=(const Real& a, const Real& b) { return mpfr_lessequal_p(a.get(), b.get()) != 0; }
bool operator==(const Real& a, const Real& b) { return mpfr_equal_p(a.get(), b.get()) != 0; }

Real Abs(const Real& x) { return Apply(mpfr_abs, x); }
Real Max(const Real& a, const Real& b) { return a < b ? b : a; }
Real RoundToInteger(const Real& x) { return Apply(mpfr_rint, x); }
Real Square(const Real& x) { return Apply(mpfr_sqr, x); }
Real Sqrt(const Real& x) { return Apply(mpfr_sqrt, x); }
Real Exp(const Real& x) { return Apply(mpfr_exp, x); }
Real Log(const Real& x) { return Apply(mpfr_log, x); }
Real Expm1(const Real& x) { return Apply(mpfr_expm1, x); }
Real Log1p(const Real& x) { return Apply(mpfr_log1p, x); }
Real Sin(const Real& x) { return Apply(mpfr_sin, x); }
Real Cos(const Real& x) { return Apply(mpfr_cos, x); }
Real Tanh(const Real& x) { return Apply(mpfr_tanh, x); }
Real Sech(const Real& x) { return Apply(mpfr_sech, x); }

// For large arguments MPFR takes milliseconds; Laplace's continued fraction,
//   erfc(x) = e^(-x^2) / sqrt(pi) / (x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...)))),
// takes microseconds. Its n-th convergent is off by about e^(-2 x sqrt(2n)) where n exceeds x^2, and 100 terms do
// elsewhere; a test compares the two.
Real Erfc(const Real& x) {
  if (x < 5) return Apply(mpfr_erfc, x);
  const double needed = Real::kPrecision * std::numbers::ln2 / (2 * std::numbers::sqrt2 * x.ToDouble());
  Real tail = 0;
  for (int n = 100 + static_cast<int>(1.1 * needed * needed); n > 0; --n) {
    tail += x;
    mpfr_ui_div(tail.get(), static_cast<unsigned long>(n), tail.get(), MPFR_RNDN);
    mpfr_div_2ui(tail.get(), tail.get(), 1, MPFR_RNDN);
  }
  return Exp(-Square(x)) / Sqrt(Real::Pi()) / (x + tail);
}

}  // namespace actserve::oracle
