#!/usr/bin/env python3
"""Fits the polynomials of compiler/codegen/vector_math.

For f = prefix + factor * P(variable) with a weight that makes the error relative, the coefficients of P minimise the
largest weighted error: iteratively reweighted least squares on Chebyshev nodes (Lawson's algorithm) in extended precision.
Coefficients are then rounded to single precision one by one from the lowest, the others being refitted each time, so that
the rounding of one is made good by the next. Prints C++ arrays, lowest coefficient first, and the largest error in units of
2^-24.  Needs numpy and mpmath:  python3 test/tools/fit_polynomials.py
"""
import mpmath
import numpy

mpmath.mp.prec = 120
POINTS = 1500


def lawson(basis, target, weight):
    lagrange = numpy.ones(len(target), dtype=numpy.longdouble)
    best, best_error = None, numpy.inf
    for _ in range(60):
        scale = numpy.sqrt(lagrange) * weight
        matrix = (basis * scale[:, None]).astype(numpy.float64)
        norms = numpy.linalg.norm(matrix, axis=0)
        solution = numpy.linalg.lstsq(matrix / norms, (target * scale).astype(numpy.float64), rcond=None)[0] / norms
        # One step of refinement in extended precision.
        residual = (target - basis @ solution.astype(numpy.longdouble)) * scale
        solution = solution + numpy.linalg.lstsq(matrix / norms, residual.astype(numpy.float64), rcond=None)[0] / norms
        error = numpy.abs((target - basis @ solution.astype(numpy.longdouble)) * weight)
        if error.max() < best_error:
            best, best_error = solution, error.max()
        lagrange = lagrange * (error / error.max() + 1e-12)
        lagrange = lagrange / lagrange.max()
    return best, best_error


def fit(name, low, high, degree, target, weight, variable=lambda x: x, single=True):
    """P of `degree` in variable(x) close to target(x), error weighted by weight(x), on [low, high]."""
    nodes = [mpmath.mpf(low) + (mpmath.mpf(high) - low) * (1 - mpmath.cos(mpmath.pi * (i + 0.5) / POINTS)) / 2
             for i in range(POINTS)]
    as_long = lambda f: numpy.array([numpy.longdouble(mpmath.nstr(f(x), 30)) for x in nodes])
    v, t, w = as_long(variable), as_long(target), as_long(weight)
    fixed = []
    for known in range(degree + 1):
        rest = t - sum((c * v**k for k, c in enumerate(fixed)), numpy.longdouble(0))
        basis = numpy.stack([v**k for k in range(known, degree + 1)], axis=1)
        solution, _ = lawson(basis, rest, w)
        fixed.append(numpy.longdouble(numpy.float32(solution[0])) if single else numpy.longdouble(solution[0]))
        if not single:
            fixed.extend(numpy.longdouble(c) for c in solution[1:])
            break
    error = numpy.abs((t - sum(c * v**k for k, c in enumerate(fixed))) * w).max() * 2.0**24
    values = ", ".join((float(c).hex() + ("f" if single else "")) for c in fixed)
    print(f"{name}: error {float(error):.4f}\n  {{{values}}}")


if __name__ == "__main__":
    m = mpmath
    half = m.log(2) / 2 * m.mpf("1.01")
    # exp(r) = 1 + r + r^2 P(r)
    fit("exp", -half, half, 4, lambda r: (m.expm1(r) - r) / r**2, lambda r: r**2 / m.exp(r))
    # expm1(r) = r + r^2 P(r), relative to expm1
    fit("expm1", -half, half, 5, lambda r: (m.expm1(r) - r) / r**2, lambda r: r**2 / m.expm1(r))
    # log(1 + f) = f - f^2 / 2 + f^3 P(f)
    fit("log", m.sqrt(0.5) - 1, m.sqrt(2) - 1, 8, lambda f: (m.log1p(f) - f + f**2 / 2) / f**3,
        lambda f: f**3 / m.log1p(f))
    quarter = m.pi / 4 * m.mpf("1.001")
    square = lambda x: x * x
    # sin r = r + r^3 P(r^2), cos r = 1 - r^2 / 2 + r^4 P(r^2)
    fit("sin", 1e-3, quarter, 3, lambda r: (m.sin(r) - r) / r**3, lambda r: r**3 / m.sin(r), square)
    fit("cos", 1e-3, quarter, 3, lambda r: (m.cos(r) - 1 + r**2 / 2) / r**4, lambda r: r**4 / m.cos(r), square)
    # atan t = t + t^3 P(t^2), |t| <= tan(pi / 8)
    fit("atan", 1e-3, m.tan(m.pi / 8), 4, lambda t: (m.atan(t) - t) / t**3, lambda t: t**3 / m.atan(t), square)
    # asin t = t + t^3 P(t^2), |t| <= 1/2
    fit("asin", 1e-3, 0.5, 5, lambda t: (m.asin(t) - t) / t**3, lambda t: t**3 / m.asin(t), square)
    # sinh t = t + t^3 P(t^2), |t| <= 1
    fit("sinh", 1e-3, 1, 3, lambda t: (m.sinh(t) - t) / t**3, lambda t: t**3 / m.sinh(t), square)
    # erf t = t + t P(t^2), |t| <= 0.93
    fit("erf_small", 1e-3, 0.93, 6, lambda t: m.erf(t) / t - 1, lambda t: t / m.erf(t), square)
    # erfc t = exp(-P(t)), 0.9 <= t <= 4.1
    fit("erf_large", 0.9, 4.1, 8, lambda t: -m.log(m.erfc(t)), lambda t: m.erfc(t))
    # log2(m) = s P(s^2) with s = (m - 1) / (m + 1), and 2^f, both for the doubles inside pow
    fit("log2_double", m.mpf("1e-3"), (m.sqrt(2) - 1) / (m.sqrt(2) + 1), 5, lambda s: m.log((1 + s) / (1 - s)) / m.log(2) / s,
        lambda s: s / (m.log((1 + s) / (1 - s)) / m.log(2)), square, single=False)
    fit("exp2_double", -0.5, 0.5, 7, lambda f: m.mpf(2)**f, lambda f: m.mpf(2)**-f, single=False)
