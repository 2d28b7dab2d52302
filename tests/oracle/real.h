// Real numbers to 300 bits: a value class over MPFR. What the references are written in, so that they read as formulas.
#pragma once

#include <mpfr.h>

#include <string>
#include <utility>

namespace actserve::oracle {

// Every operation is correctly rounded to kPrecision bits. The exponent range is MPFR's (beyond ±2^29), so that nothing
// overflows or underflows that matters for a double; what does, becomes an infinity or a zero of the right sign.
class Real {
 public:
  static constexpr mpfr_prec_t kPrecision = 300;

  Real() : Real(0.0) {}
  Real(double value) {  // NOLINT: implicit, so that formulas can mix in literals; exact
    mpfr_init2(value_, kPrecision);
    mpfr_set_d(value_, value, MPFR_RNDN);
  }
  Real(int value) : Real(static_cast<double>(value)) {}  // NOLINT: as above
  Real(const Real& other) {
    mpfr_init2(value_, kPrecision);
    mpfr_set(value_, other.value_, MPFR_RNDN);
  }
  Real(Real&& other) noexcept : Real(0.0) { mpfr_swap(value_, other.value_); }
  Real& operator=(Real other) noexcept {
    mpfr_swap(value_, other.value_);
    return *this;
  }
  ~Real() { mpfr_clear(value_); }

  // From decimal digits, such as constants that a definition gives in decimal.
  static Real Decimal(const char* digits);
  static Real Pi();
  // 2^exponent.
  static Real PowerOfTwo(long exponent);

  mpfr_srcptr get() const { return value_; }
  mpfr_ptr get() { return value_; }

  double ToDouble() const { return mpfr_get_d(value_, MPFR_RNDN); }  // nearest even
  std::string ToString() const;                                      // 20 significant digits
  bool IsZero() const { return mpfr_zero_p(value_) != 0; }
  bool IsFinite() const { return mpfr_number_p(value_) != 0; }
  bool IsNegative() const { return mpfr_signbit(value_) != 0; }  // true for -0
  // e with 2^e <= |value| < 2^(e+1). Not for 0, infinities and NaN.
  long Exponent() const { return mpfr_get_exp(value_) - 1; }

  Real& operator+=(const Real& b);
  Real TimesPowerOfTwo(long exponent) const;  // exact

 private:
  mpfr_t value_;
};

Real operator+(const Real& a, const Real& b);
Real operator-(const Real& a, const Real& b);
Real operator*(const Real& a, const Real& b);
Real operator/(const Real& a, const Real& b);
Real operator-(const Real& a);
// False where either is NaN.
bool operator<(const Real& a, const Real& b);
inline bool operator>(const Real& a, const Real& b) { return b < a; }
bool operator<=(const Real& a, const Real& b);
bool operator==(const Real& a, const Real& b);

Real Abs(const Real& x);
Real Max(const Real& a, const Real& b);
Real RoundToInteger(const Real& x);  // ties to even
Real Square(const Real& x);
Real Sqrt(const Real& x);
Real Exp(const Real& x);
Real Expm1(const Real& x);
Real Log(const Real& x);
Real Log1p(const Real& x);
Real Sin(const Real& x);
Real Cos(const Real& x);
Real Tanh(const Real& x);
Real Sech(const Real& x);
Real Erfc(const Real& x);

}  // namespace actserve::oracle
