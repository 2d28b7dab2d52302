#!/usr/bin/env python3
"""Writes known_values.inc: values of every function by its literal definition, for testing the references themselves.

    python3 tests/oracle/known_values.py > tests/oracle/known_values.inc       (needs python3-mpmath)

Nothing here is shared with the references: definitions are evaluated as they stand, cancellation and all, with digits
enough to survive it, and every derivative is a difference quotient, so that a wrong derivative formula shows.
"""
from mpmath import mp, mpf, diff, erf, exp, log, nstr, pi, sqrt, tanh

DIGITS = 50


def sigmoid(x):
    return 1 / (1 + exp(-x))


# Name: (definition, settings, inputs). A setting is a list of parameters, each a list of numbers.
POINTWISE = {
    'relu': (lambda x, p: max(mpf(0), x), [[]], [-3.5, -1e-40, 1e-30, 0.75, 6e4]),
    'leaky_relu': (lambda x, p: x if x > 0 else p[0][0] * x, [[[0.01]], [[-0.5]]], [-3.5, -1e-40, 0.75]),
    'prelu': (lambda x, p: x if x > 0 else p[0][0] * x, [[[0.25]], [[1.5]]], [-3.5, -1e-40, 0.75]),
    'sigmoid': (lambda x, p: sigmoid(x), [[]], [-740.0, -104.0, -88.5, -3.0, -1e-30, 0.0, 0.3, 17.0, 40.0, 300.0]),
    'tanh': (lambda x, p: tanh(x), [[]], [-30.0, -9.01, -0.6, -1e-30, 1e-3, 0.55, 4.0, 19.0]),
    'silu': (lambda x, p: x * sigmoid(p[0][0] * x), [[[1.0]], [[0.5]], [[100.0]]],
             [-700.0, -104.0, -95.0, -88.0, -1.2784645427610738, -1.25, -1e-20, 0.1, 2.399, 20.0, 500.0]),
    'gelu': (lambda x, p: x / 2 * (1 + erf(x / sqrt(2))), [[]],
             [-38.0, -14.0, -9.0, -5.6, -1.4142135623730951, -0.7517915246935645, -0.75, -1e-20, 0.2, 1.0, 5.5, 9.0]),
    'gelu_tanh': (lambda x, p: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + mpf('0.044715') * x**3))), [[]],
                  [-21.5, -10.25, -9.0, -5.0, -0.7524614220710161, -0.75, -1e-20, 0.2, 1.0, 5.0, 8.0]),
    'mish': (lambda x, p: x * tanh(log(1 + exp(x))), [[]],
             [-700.0, -104.0, -95.0, -88.0, -10.0, -1.1924312145154213, -1.1875, -1e-20, 0.1, 1.49, 9.0, 21.0, 300.0]),
    'aplu': (lambda x, p: max(mpf(0), x) + sum(mpf(a) * max(mpf(0), -x + mpf(b)) for a, b in zip(*p)),
             [[[0.3, -0.2], [0.5, 1.0]], [[-1.0, 2.0, 0.125], [1.0, 1.5, -2.0]]], [-4.0, -0.3, 0.4, 0.7, 1.2, 9.0]),
}


def softmax(x, p):
    total = sum(exp(v / p[0][0]) for v in x)
    return [exp(v / p[0][0]) / total for v in x]


def sparsemax(x, p):
    """By bisection on the sum, not by sorting."""
    low, high = min(x) - 2, max(x)
    for _ in range(4 * mp.prec):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(max(mpf(0), v - middle) for v in x) > 1 else (low, middle)
    return [max(mpf(0), v - high) for v in x]


ROWWISE = {
    'softmax': (softmax, [[[1.0]], [[0.5]], [[3.0]]],
                [[0.0], [1.0, 2.0, 3.0], [-30.0, 0.0, 55.5, 55.25], [1e-3, -1e-3, 0.0, 2e-3]]),
    'log_softmax': (lambda x, p: [log(v) for v in softmax(x, p)], [[[1.0]], [[0.5]], [[3.0]]],
                    [[0.0], [1.0, 2.0, 3.0], [-90.0, 0.0, 55.5], [1e-3, -1e-3, 0.0, 2e-3], [0.0, -300.0]]),
    'sparsemax': (sparsemax, [[]], [[0.0], [0.1, 1.1, 0.2, 0.9], [3.0, 1.0], [0.5, 0.5, 0.5], [1e-3, 0.0, 0.2, -5.0]]),
}


def at(setting):
    return [[mpf(v) for v in values] for values in setting]


def slope(f, x):
    """By a central difference; the step's square and the digits lost to it are both far beyond those printed."""
    return diff(f, x, h=mpf(10)**-150)


def perturbed(setting, which, segment, value):
    moved = at(setting)
    moved[which][segment] = value
    return moved


def cpp(numbers):
    return '{' + ', '.join(float(v).hex() if v else '0.0' for v in numbers) + '}'


def digits(value):
    return '"' + nstr(value, DIGITS, min_fixed=1, max_fixed=0) + '"'


def pointwise():
    for name, (f, settings, inputs) in POINTWISE.items():
        for setting in settings:
            p = at(setting)
            for x in inputs:
                results = [f(mpf(x), p), slope(lambda t: f(t, p), mpf(x))]
                learnable = name in ('leaky_relu', 'prelu', 'silu', 'aplu')
                for which in range(len(setting) if learnable else 0):
                    for segment in range(len(setting[which])):
                        results.append(slope(lambda t: f(mpf(x), perturbed(setting, which, segment, t)),
                                             mpf(setting[which][segment])))
                row = ', '.join([f'"{name}"', '{' + ', '.join(cpp(v) for v in setting) + '}', float(x).hex()])
                yield f'    {{{row}, {{{", ".join(digits(v) for v in results)}}}}},'


def rowwise():
    for name, (f, settings, rows) in ROWWISE.items():
        for setting in settings:
            p = at(setting)
            for x in rows:
                upstream = [1.5 - 0.75 * i for i in range(len(x))]
                values = f([mpf(v) for v in x], p)
                products = []
                for j in range(len(x)):
                    def dot(t):
                        moved = [mpf(v) for v in x]
                        moved[j] = t
                        return sum(mpf(g) * y for g, y in zip(upstream, f(moved, p)))
                    products.append(slope(dot, mpf(x[j])))
                row = ', '.join([f'"{name}"', '{' + ', '.join(cpp(v) for v in setting) + '}', cpp(x), cpp(upstream)])
                yield (f'    {{{row}, {{{", ".join(map(digits, values))}}}, '
                       f'{{{", ".join(map(digits, products))}}}}},')


def main():
    mp.dps = 1600
    print('// Written by known_values.py. Name, parameters, x, {f(x), f\'(x), df/dp for each learnable p}.')
    print('const KnownPoint kKnownPoints[] = {')
    print('\n'.join(pointwise()))
    print('};\n')
    mp.dps = 400
    print('// Name, parameters, x, upstream gradient, {y}, {dL/dx}.')
    print('const KnownRow kKnownRows[] = {')
    print('\n'.join(rowwise()))
    print('};')


if __name__ == '__main__':
    main()
