#!/usr/bin/env python3
"""Makes coefficients-inl.h:  /usr/bin/python3 kernels/math/coefficients.py > kernels/math/coefficients-inl.h

Needs Debian's python3-mpmath; half a minute. Each polynomial approximates its function with (nearly) the least relative
error: a least-squares fit on Chebyshev nodes, weighted by 1/f, whose coefficients are rounded to the type one after
another, lowest first, the rest being fitted again each time. The error reached is printed beside it.
"""
from mpmath import mp, mpf, cos, diff, erfc, exp, findroot, log, pi, qr_solve, matrix, sqrt

mp.dps = 60
PIVOT = mpf(4)
NEAR = mpf("0.21875")
NEAR_ROOT = 0.2  # formulas use a root's polynomial this near to it


def mills(t):  # Phi(-t) exp(t^2/2)
    return erfc(t / sqrt(2)) * exp(t * t / 2) / 2


def gelu_slope(t):  # gelu'(-t) exp(t^2/2)
    return mills(t) - t / sqrt(2 * pi)


def silu_slope(x):
    return (1 + x / (1 + exp(x))) / (1 + exp(-x))


def gelu_tanh_slope(x):
    c = 2 * sqrt(2 / pi)
    z = c * (x + mpf("0.044715") * x**3)
    return (1 + x * c * (1 + 3 * mpf("0.044715") * x * x) / (1 + exp(z))) / (1 + exp(-z))


def mish_slope(x):
    e = exp(x)
    return e * (4 * (x + 1) + 4 * e**2 + e**3 + e * (4 * x + 6)) / (2 * e + e**2 + 2) ** 2


ROOTS = {
    "kGeluRoot": findroot(gelu_slope, mpf("0.75")),
    "kSiluRoot": findroot(silu_slope, mpf("-1.28")),
    "kGeluTanhRoot": findroot(gelu_tanh_slope, mpf("-0.75")),
    "kMishRoot": findroot(mish_slope, mpf("-1.19")),
}


def rounded(x, bits):
    """x to the nearest number of so many bits (no function here comes near the exponents' limits)."""
    if x == 0:
        return mpf(0)
    man, e = mp.frexp(x)
    return mp.ldexp(mp.nint(man * 2**bits), e - bits)


def fit(f, degree, low, high, bits, fine):
    low, high = mpf(low), mpf(high)
    nodes = [(low + high) / 2 + (high - low) / 2 * cos(pi * (2 * i + 1) / (6 * (degree + 1))) for i in range(3 * (degree + 1))]
    values = [f(x) for x in nodes]
    fixed = []
    for j in range(degree + 1):
        rows = matrix(len(nodes), degree + 1 - j)
        right = matrix(len(nodes), 1)
        for i, (x, y) in enumerate(zip(nodes, values)):
            right[i] = 1 - sum(c * x**k for k, c in enumerate(fixed)) / y
            for k in range(j, degree + 1):
                rows[i, k - j] = x**k / y
        fixed.append(rounded(qr_solve(rows, right)[0][0], 2 * bits if j < fine else bits))
    probes = [low + (high - low) * i / 500 for i in range(501)]
    error = max(abs(sum(c * x**k for k, c in enumerate(fixed)) / f(x) - 1) for x in probes if abs(x) > 1e-9)
    return fixed, error


def literal(x, suffix):
    return mp.nstr(x, 9 if suffix else 17) + suffix


def emit(name, f, degree, low, high, bits, kind, suffix, fine=None):
    """With the low parts of so many coefficients, if fine is not None; where they are not wanted, there is one, of 0."""
    coefficients, error = fit(f, degree, low, high, bits, fine or 0)
    lows = [c - rounded(c, bits) for c in coefficients[:fine]] if fine else [mpf(0)]
    coefficients = [rounded(c, bits) for c in coefficients]
    print(f"// Relative error 2^{float(log(error, 2)):.1f} on [{mp.nstr(mpf(low), 6)}, {mp.nstr(mpf(high), 6)}].")
    emit_array(kind, name, coefficients, suffix)
    if fine is not None:
        emit_array(kind, f"{name}Low", lows, suffix)


arrays = []


def emit_array(kind, name, numbers, suffix):
    """Outside any struct, where memory of a GPU can be."""
    print(f"ACT_DATA constexpr {kind} {name}[] = {{{', '.join(literal(c, suffix) for c in numbers)}}};")
    arrays.append(name)


def emit_struct(head, namespace, numbers):
    """The struct of the arrays since the last one, and of single numbers."""
    print(f"}}  // namespace {namespace}\n{head} {{")
    for line in numbers:
        print(f"  {line}")
    for name in arrays:
        print(f"  static constexpr auto& {name} = {namespace}::{name};")
    print("};")
    arrays.clear()


def emit_all(kind, grade, suffix, bits, ln2_bits, reach, exp_degree, gelu_degree, central_degree, root_degree, fine):
    numbers = []

    def pair(name, c):
        high = rounded(c, bits)
        numbers.append(f"static constexpr {kind} {name} = {literal(high, suffix)}, {name}Low = {literal(rounded(c - high, bits), suffix)};")

    namespace = f"coefficients_{kind}_{grade}"
    print(f"\nnamespace {namespace} {{")
    numbers.append("// ln 2 with so few bits that its product with an exponent is exact, and what that leaves.")
    high = rounded(log(2), ln2_bits)
    numbers.append(f"static constexpr {kind} kLog2E = {literal(rounded(1 / log(2), bits), suffix)};")
    numbers.append(f"static constexpr {kind} kLn2 = {literal(high, suffix)}, kLn2Low = {literal(rounded(log(2) - high, bits), suffix)};")
    for name, root in ROOTS.items():
        pair(name, root)
    numbers.append("// gelu_tanh(x) = x sigmoid(C1 x + C3 x^3)")
    pair("kGeluTanhC1", 2 * sqrt(2 / pi))
    pair("kGeluTanhC3", 2 * sqrt(2 / pi) * mpf("0.044715"))
    print("// exp(r) = 1 + r + r^2 P(r)")
    emit("kExp", lambda r: (exp(r) - 1 - r) / r**2, exp_degree, -0.35, 0.35, bits, kind, suffix)
    print("// Phi(-t) exp(t^2/2) (t + kPivot) = P(s), for t up to kGeluReach, s = (t - kPivot) / (t + kPivot)")
    numbers.append(f"static constexpr {kind} kGeluReach = {literal(mpf(reach), suffix)};")
    top = (mpf(reach) - PIVOT) / (mpf(reach) + PIVOT)
    t = lambda s: PIVOT * (1 + s) / (1 - s)
    emit("kGelu", lambda s: mills(t(s)) * (t(s) + PIVOT), gelu_degree, -1, top, bits, kind, suffix, 3 * fine)
    print("// gelu'(-t) exp(t^2/2) = (t - kGeluRoot) P(s)")
    emit("kGeluSlope", lambda s: gelu_slope(t(s)) / (t(s) - ROOTS["kGeluRoot"]), gelu_degree - 2 * fine, -1, top, bits, kind, suffix, 2 * fine)
    print("// Phi(x) = 1/2 + x P(x^2)")
    phi = lambda y: mp.erf(sqrt(y / 2)) / 2 / sqrt(y)
    emit("kGeluCentral", phi, central_degree, mpf(10) ** -20, 0.27, bits, kind, suffix, fine)
    if kind == "float":
        pair("kLogSqrtTwoPi", log(2 * pi) / 2)
        print("// Phi(-t) t sqrt(2 pi) exp(t^2/2) = 1 - u P(u), u = 1 / t^2")
        emit("kGeluFar", lambda u: (1 - sqrt(2 * pi / u) * mills(1 / sqrt(u))) / u, 5, 0.0023, 0.041, bits, kind, suffix)
    print("// f'(x) = (x - root) P(x - root) near the root of a derivative")
    for name, slope, root in (("kSiluSlope", silu_slope, "kSiluRoot"), ("kGeluTanhSlope", gelu_tanh_slope, "kGeluTanhRoot"),
                              ("kMishSlope", mish_slope, "kMishRoot")):
        emit(name, lambda u: slope(ROOTS[root] + (u or mpf(10) ** -25)) / (u or mpf(10) ** -25), root_degree, -NEAR, NEAR, bits, kind, suffix, fine)
    if kind == "double":
        print("// x - tanh(x) = x^3 P(x^2)")
        tiny = mpf(10) ** -12
        emit("kTanhshrink", lambda y: (1 - mp.tanh(sqrt(y)) / sqrt(y)) / y, 17 if fine else 10, tiny, 1, bits, kind, suffix, fine)
        print("// sin(x)^2 = x^2 P(x^2)")
        emit("kSineSquared", lambda y: mp.sin(sqrt(y)) ** 2 / y, 11 if fine else 5, tiny, 0.62, bits, kind, suffix, 3 * fine)
    emit_struct(f"template <>\nstruct CoefficientsFor<{kind}, {grade}>", namespace, numbers)


print("// The constants of the elementary functions and formulas, by the type of the arithmetic and the grade: the type that\n// results are good for. Made by coefficients.py: do not edit. ACT_DATA says where arrays are kept.")
print("// clang-format off")
print(f"template <class T, class Grade>\nstruct CoefficientsFor {{}};\n\nstruct Constants {{\n  static constexpr double kPivot = {PIVOT}, kNearRoot = {NEAR_ROOT};\n}};")
emit_all("float", "float", "f", 24, 15, 15, 5, 11, 4, 7, 0)
emit_all("double", "double", "", 53, 40, 39.5, 10, 24, 8, 13, 1)
emit_all("double", "float", "", 53, 40, 20, 6, 13, 5, 7, 0)
print("\nnamespace coefficients_log {\n// log((1+s)/(1-s)) = 2s + s^3 P(s^2)")
emit("kLog", lambda y: (log((1 + sqrt(y)) / (1 - sqrt(y))) / sqrt(y) - 2) / y, 7, 1e-12, 0.0295, 53, "double", "")
emit_struct("struct LogCoefficients", "coefficients_log", [])
mp.dps = 500
print("\nnamespace coefficients_turn {\n// kInversePi<i>[j] are the i-th parts of 2^(34 j - 54) / pi less its integer: what that power of two is in half-turns.")
rests = [mpf(2) ** (34 * j - 54) / pi % 1 for j in range(32)]
for i in range(4):
    parts = [rounded(r, 53) for r in rests]
    emit_array("double", f"kInversePi{i}", parts, "")
    rests = [r - part for r, part in zip(rests, parts)]
emit_struct("struct TurnCoefficients", "coefficients_turn", [])
print("// clang-format on")
