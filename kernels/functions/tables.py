#!/usr/bin/env python3
"""Makes tables-inl.h:  /usr/bin/python3 kernels/functions/tables.py > kernels/functions/tables-inl.h

Needs Debian's python3-mpmath; a minute. A table holds a function of one number in 32 cells of equal width, in each as a
polynomial in the distance t from the cell's centre; math/piecewise-inl.h has the form and evaluates it. Coefficients come
from interpolation at Chebyshev nodes, which is within a few per cent of the least error, in 40 digits. In a cell with a
root of the function, the width is such that the root is the centre (to the last bit of f32), and what is interpolated is
(f(t) - f(0)) / t: the relative error stays small all the way to the root.
"""
from mpmath import mp, mpf, cosh, cos, erfc, exp, findroot, lu_solve, matrix, pi, sqrt, tanh

mp.dps = 40
CELLS = 32


def sigmoid(x):
    return 1 / (1 + exp(-x))


def sigmoid_slope(x):
    return sigmoid(x) * sigmoid(-x)


def silu_slope(x):
    return sigmoid(x) * (1 + x * sigmoid(-x))


def normal_cdf(x):
    return erfc(-x / sqrt(2)) / 2


def gelu_slope(x):
    return normal_cdf(x) + x * exp(-x * x / 2) / sqrt(2 * pi)


C1 = 2 * sqrt(2 / pi)
C3 = C1 * mpf("0.044715")


def gelu_tanh(x):
    return x * sigmoid(x * (C1 + C3 * x * x))


def gelu_tanh_slope(x):
    z = x * (C1 + C3 * x * x)
    return sigmoid(z) * (1 + x * (C1 + 3 * C3 * x * x) * sigmoid(-z))


def mish(x):
    n = exp(x) * (exp(x) + 2)
    return x * n / (n + 2)


def mish_slope(x):
    e = exp(x)
    return e * (4 * (x + 1) + e * (4 * x + 6) + 4 * e**2 + e**3) / (2 + 2 * e + e**2) ** 2


def to_f32(x):
    if abs(x) < mpf(2) ** -100:  # noise, and subnormal numbers are slow
        return mpf(0)
    fraction, exponent = mp.frexp(x)
    return mp.ldexp(mp.nint(fraction * 2**24), exponent - 24)


def fit(f, centre, reach, degree, is_root):
    """c[0] + c[1] t + ... near f(centre + t) for |t| <= reach."""
    count = degree if is_root else degree + 1
    nodes = [reach * cos(pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    nodes = [t if abs(t) > mpf("1e-12") else mpf("1e-12") for t in nodes]
    powers = matrix(count, count)
    values = matrix(count, 1)
    for i, t in enumerate(nodes):
        for j in range(count):
            powers[i, j] = t**j
        values[i] = (f(centre + t) - f(centre)) / t if is_root else f(centre + t)
    c = list(lu_solve(powers, values))
    return [f(centre)] + c if is_root else c


def literal(x):
    return mp.nstr(x, 9, min_fixed=-3, max_fixed=8) + "f"


def emit(name, comment, f, width, degree, first, symmetry="kNone", root=None, slope_low=False, cells=None):
    """first: the number of the first cell; cell k is centred on k width, and found at k modulo CELLS. Of those from 0 on,
    the first `cells` are good enough to be used. For kLessX k width is to be exact in f32."""
    if root is not None:
        root = to_f32(findroot(f, mpf(root)))
        width = root / round(root / mpf(width))
    width = to_f32(mpf(width))
    rows = []
    for position in range(CELLS):
        centre = (position if position < first + CELLS else position - CELLS) * width
        is_root = abs(f(centre)) < mpf(2) ** -16 * abs(f(centre + width / 2))
        c = fit(f, centre, width / 2 * (1 + mpf(2) ** -20), degree, is_root)
        high = [to_f32(x) for x in c]
        if symmetry == "kLessX" and abs(high[1]) > mpf(2) ** -6:
            high[1] = mp.ldexp(mp.nint(c[1] * 2**24), -24)  # 1 + slope is exact
        low = [to_f32(x - y) for x, y in zip(c, high)]
        if is_root:  # c[0] is next to nothing: all of it goes where it meets the small terms
            high[0], low[0] = mpf(0), high[0]
        rows.append([high[0], low[0], high[1], low[1]] + high[2:])
    columns = [", ".join(map(literal, column)) for column in zip(*rows)]
    print(f"\n// {comment}\nstruct {name} {{")
    print(f"  static constexpr float kWidth = {literal(width)}, kPerWidth = {literal(to_f32(1 / width))};")
    print(f"  static constexpr int kFirst = {first}, kCells = {cells or first + CELLS};")
    print(f"  static constexpr Symmetry kSymmetry = Symmetry::{symmetry};")
    for column_name, column in zip(["kValue", "kValueLow", "kSlope", "kSlopeLow"], columns):
        if slope_low or column_name != "kSlopeLow":
            print(f"  alignas(64) static constexpr float {column_name}[] = {{{column}}};")
    print(f"  alignas(64) static constexpr float kRest[][{CELLS}] = {{")
    for column in columns[4:]:
        print(f"      {{{column}}},")
    print("  };\n};")


if __name__ == "__main__":
    print("// Functions as polynomials by cells, for math/piecewise-inl.h. Made by tables.py: do not edit.")
    print("// Without an include guard: a backend includes this inside its own namespace.")
    print("// clang-format off")
    emit("SigmoidTable", "sigmoid(x)", sigmoid, "0.4375", 5, -16)
    emit("SigmoidSlopeTable", "sigmoid'(x)", sigmoid_slope, "0.5", 6, 0, "kEven", slope_low=True)
    emit("TanhTable", "tanh(x)", tanh, "0.28125", 6, 0, "kOdd")
    emit("TanhSlopeTable", "tanh'(x)", lambda x: cosh(x) ** -2, "0.25", 6, 0, "kEven", slope_low=True)
    emit("SiluTable", "silu(x), beta = 1", lambda x: x * sigmoid(x), "0.5", 6, -16, "kSign", slope_low=True)
    emit("SiluSlopeTable", "silu'(-x), beta = 1", lambda x: silu_slope(-x), "0.32", 6, 0, "kFromOne", root="1.28", slope_low=True)
    emit("GeluTable", "gelu(-x)", lambda x: -x * normal_cdf(-x), "0.1875", 6, 0, "kLessX", slope_low=True, cells=27)
    emit("GeluSlopeTable", "gelu'(-x)", lambda x: gelu_slope(-x), "0.188", 6, 0, "kFromOne", root="0.75", slope_low=True, cells=27)
    emit("GeluTanhTable", "gelu_tanh(-x)", lambda x: gelu_tanh(-x), "0.171875", 7, 0, "kLessX", slope_low=True, cells=28)
    emit("GeluTanhSlopeTable", "gelu_tanh'(-x)", lambda x: gelu_tanh_slope(-x), "0.188", 7, 0, "kFromOne", root="0.75", slope_low=True, cells=25)
    emit("MishTable", "mish(x)", mish, "0.46875", 6, -16, "kSign", slope_low=True)
    emit("MishSlopeTable", "mish'(x)", mish_slope, "0.298", 6, -16, root="-1.19", slope_low=True)
    print("// clang-format on")
