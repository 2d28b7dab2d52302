#!/usr/bin/env python3
"""Makes tables-inl.h:  /usr/bin/python3 kernels/functions/tables.py > kernels/functions/tables-inl.h

Needs Debian's python3-mpmath; a minute. A table holds a function of one number in 32 cells of equal width, in each as a
polynomial in the distance t from the cell's centre; math/piecewise-inl.h has the form and evaluates it. Coefficients come
from interpolation at Chebyshev nodes, which is within a few per cent of the least error, in 40 digits. In a cell with a
root of the function, the width is such that the root is the centre (to the last bit of f32), and what is interpolated is
(f(t) - f(0)) / t: the relative error stays small all the way to the root. The tables for 16-bit types are as coarse as
rounding allows that leaves few results undecided.
"""
import sys

from mpmath import mp, mpf, cosh, cos, erfc, exp, findroot, lu_solve, matrix, pi, sqrt, tanh

mp.dps = 40
CELLS = 32
ALIGNMENT = 4 * CELLS  # a column is a line of a GPU's memory
OF_MINUS_X = {"kLessX": "kSign", "kFromOne": "kNone"}  # symmetries of tables of f(-x), and what f has


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


def to_bits(x, bits):
    fraction, exponent = mp.frexp(x)
    return mp.ldexp(mp.nint(fraction * 2**bits), exponent - bits)


def to_f32(x):
    if abs(x) < mpf(2) ** -100:  # noise, and subnormal numbers are slow
        return mpf(0)
    return to_bits(x, 24)


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


def ulp(x):
    return mpf(2) ** (mp.frexp(x)[1] - 24)


def interpolate(f, nodes):
    """The polynomial through f at the nodes, lowest power first."""
    powers = matrix(len(nodes), len(nodes))
    for i, t in enumerate(nodes):
        for j in range(len(nodes)):
            powers[i, j] = t**j
    return list(lu_solve(powers, matrix([f(t) for t in nodes])))


def emit_coarse(name, kind, f, per_width, degree, first, symmetry, root, limit):
    """A table for 16-bit results, in t = per_width x - k. limit: what they are in the last cell and beyond."""
    rows, worst = [], 0
    for position in range(CELLS):
        k = position if position < first + CELLS else position - CELLS
        if limit is not None and k == first + CELLS - 1:
            rows.append([to_f32(c) for c in limit(k / per_width, 1 / per_width)] + [mpf(0)] * (degree - 1))
            continue
        scaled = lambda t: f((k + t) / per_width)
        has_root = root is not None and abs(root * per_width - k) < mpf("0.01")
        count = degree if has_root else degree + 1
        nodes = [cos(pi * (2 * i + 1) / (2 * count)) / 2 + mpf("1e-9") for i in range(count)]  # none is the root
        c = [to_f32(x) for x in interpolate(scaled, nodes + ([root * per_width - k] if has_root else []))]
        rows.append(c)
        for i in range(-20, 21):
            t = (i + mpf("0.01")) / 40
            y = scaled(t)
            # The last sum's rounding, and that of what is added to c[0].
            rounding = ulp(y) / 2 + (ulp(y - c[0]) + ulp(c[1] * t) / 2) * (not has_root)
            worst = max(worst, (abs(mp.polyval(c[::-1], t) - y) + rounding) / ulp(y))
    if name.endswith("SlopeTable"):  # a product with an upstream may be off by twice as many units
        worst = 2 * worst + mpf("0.5")
    slack = 1
    while slack < worst:
        slack *= 2
    print(f"{name}::{kind}: {mp.nstr(worst, 3)} ULP, taken for {slack}", file=sys.stderr)
    print(f"alignas({ALIGNMENT}) ACT_DATA constexpr float kPower{kind}[][{CELLS}] = {{")
    for column in zip(*rows):
        print(f"    {{{', '.join(map(literal, column))}}},")
    print("};")
    return [f"  struct {kind} {{",
            f"    static constexpr float kPerWidth = {literal(per_width)};",
            f"    static constexpr int kFirst = {first};",
            f"    static constexpr bool kSaturates = {'false' if limit is None else 'true'};",
            f"    static constexpr uint32_t kSlack = {slack};",
            f"    static constexpr Symmetry kSymmetry = Symmetry::{symmetry};",
            f"    static constexpr auto& kPower = numbers_of_{name}::kPower{kind};",
            "  };"]


def emit(name, comment, f, width, degree, first, symmetry="kNone", root=None, slope_low=False, cells=None, limit=None, coarse=()):
    """first: the number of the first cell; cell k is centred on k width, and found at k modulo CELLS. Of those from 0 on,
    the first `cells` are good enough to be used. For kLessX k width is to be exact in f32. coarse: the width, the degree
    and the first cell of the tables for bf16 and for f16."""
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
    struct = [f"  static constexpr float kWidth = {literal(width)}, kPerWidth = {literal(to_f32(1 / width))};",
              f"  static constexpr int kFirst = {first}, kCells = {cells or first + CELLS};",
              f"  static constexpr Symmetry kSymmetry = Symmetry::{symmetry};"]
    print(f"\nnamespace numbers_of_{name} {{")  # outside any struct, where memory of a GPU can be
    for column_name, column in zip(["kValue", "kValueLow", "kSlope", "kSlopeLow"], columns):
        if slope_low or column_name != "kSlopeLow":
            print(f"alignas({ALIGNMENT}) ACT_DATA constexpr float {column_name}[] = {{{column}}};")
            struct.append(f"  static constexpr auto& {column_name} = numbers_of_{name}::{column_name};")
    print(f"alignas({ALIGNMENT}) ACT_DATA constexpr float kRest[][{CELLS}] = {{")
    for column in columns[4:]:
        print(f"    {{{column}}},")
    print("};")
    struct.append(f"  static constexpr auto& kRest = numbers_of_{name}::kRest;")
    if root is None and f(mpf(0)) == 0:
        root = mpf(0)
    if symmetry in OF_MINUS_X:  # coarse tables are of the function itself
        fine, symmetry, root = f, OF_MINUS_X[symmetry], root and -root
        f = lambda x: fine(-x)
    for kind, (coarse_width, coarse_degree, coarse_first) in zip(["ForBF16", "ForF16"], coarse):
        per_width = 1 / mpf(coarse_width)
        if root:
            per_width = round(abs(root) * per_width) / abs(root)
        struct += emit_coarse(name, kind, f, to_bits(per_width, 13), coarse_degree, coarse_first, symmetry, root, limit)
    print(f"}}  // namespace numbers_of_{name}\n// {comment}\nstruct {name} {{")
    print("\n".join(struct))
    print("};")


def itself(x, per_t):
    return [x, per_t]


def one(x, per_t):
    return [mpf(1), mpf(0)]


if __name__ == "__main__":
    print("// Functions as polynomials by cells, for math/piecewise-inl.h. Made by tables.py: do not edit.")
    print("// Without an include guard: a backend includes this inside its own namespace. ACT_DATA says where arrays are kept.")
    print("// clang-format off")
    emit("SigmoidTable", "sigmoid(x)", sigmoid, "0.4375", 5, -16,
         limit=one, coarse=[("0.390625", 3, -14), ("0.46875", 4, -12)])
    emit("SigmoidSlopeTable", "sigmoid'(x)", sigmoid_slope, "0.5", 6, 0, "kEven", slope_low=True,
         coarse=[("0.21875", 3, 0), ("0.34375", 4, 0)])
    emit("TanhTable", "tanh(x)", tanh, "0.28125", 6, 0, "kOdd",
         limit=one, coarse=[("0.125", 3, 0), ("0.15625", 5, 0)])
    emit("TanhSlopeTable", "tanh'(x)", lambda x: cosh(x) ** -2, "0.25", 6, 0, "kEven", slope_low=True,
         coarse=[("0.25", 4, 0), ("0.28125", 5, 0)])
    emit("SiluTable", "silu(x), beta = 1", lambda x: x * sigmoid(x), "0.5", 6, -16, "kSign", slope_low=True,
         limit=itself, coarse=[("0.46875", 4, -17), ("0.515625", 5, -14)])
    emit("SiluSlopeTable", "silu'(-x), beta = 1", lambda x: silu_slope(-x), "0.32", 6, 0, "kFromOne", root="1.28",
         slope_low=True, limit=one, coarse=[("0.64", 5, -17), ("0.64", 6, -13)])
    emit("GeluTable", "gelu(-x)", lambda x: -x * normal_cdf(-x), "0.1875", 6, 0, "kLessX", slope_low=True, cells=27,
         limit=itself, coarse=[("0.265625", 5, -20), ("0.28125", 6, -18)])
    emit("GeluSlopeTable", "gelu'(-x)", lambda x: gelu_slope(-x), "0.188", 6, 0, "kFromOne", root="0.75",
         slope_low=True, cells=27, limit=one, coarse=[("0.25", 4, -16), ("0.25", 5, -13)])
    emit("GeluTanhTable", "gelu_tanh(-x)", lambda x: gelu_tanh(-x), "0.171875", 7, 0, "kLessX", slope_low=True, cells=28,
         limit=itself, coarse=[("0.265625", 6, -20), ("0.265625", 6, -17)])
    emit("GeluTanhSlopeTable", "gelu_tanh'(-x)", lambda x: gelu_tanh_slope(-x), "0.188", 7, 0, "kFromOne", root="0.75",
         slope_low=True, cells=25, limit=one, coarse=[("0.25", 5, -16), ("0.25", 5, -14)])
    emit("MishTable", "mish(x)", mish, "0.46875", 6, -16, "kSign", slope_low=True,
         limit=itself, coarse=[("0.359375", 4, -21), ("0.421875", 5, -20)])
    emit("MishSlopeTable", "mish'(x)", mish_slope, "0.298", 6, -16, root="-1.19", slope_low=True,
         limit=one, coarse=[("0.6", 6, -22), ("0.6", 6, -20)])
    steep = to_f32(mpf("1.702"))
    emit("SteepSiluTable", "silu(x), beta = 1.702 in f32", lambda x: x * sigmoid(steep * x), "0.29375", 6, -16, "kSign",
         slope_low=True)
    emit("SteepSiluSlopeTable", "silu'(-x), beta = 1.702 in f32", lambda x: silu_slope(-steep * x), "0.188", 6, 0,
         "kFromOne", root="0.75", slope_low=True)
    print("// clang-format on")
