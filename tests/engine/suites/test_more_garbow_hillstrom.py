"""Moré, Garbow and Hillstrom, Testing Unconstrained Optimization Software (1981): problems 1 to 35, up to the Hessian.

The residuals are the paper's. NORMS and REACHED are printed by the drivers of MINPACK, which pwkit's lmmin.py repeats; MINIMA
are points at which the paper says that the sum of squares is 0: so a slip in writing the residuals here would be seen.
"""

import math

import pytest
from chalkgrad import engine
from chalkgrad.engine import gradient
from published import WHOLE, far_of, numbers_of

BARD = (0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39)
GAUSS = (0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989, 0.3521, 0.2420, 0.1295, 0.0540, 0.0175, 0.0044, 0.0009)
MEYER = (34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872)
KOWALIK = (0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246)
KOWALIK_U = (4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625)
OSBORNE_1 = """844 908 932 936 925 908 881 850 818 784 751 718 685 658 628 603 580 558 538 522 506 490 478 467 457 448 438 431
    424 420 414 411 406"""
OSBORNE_2 = """1366 1191 1112 1013 991 885 831 847 786 725 746 679 608 655 616 606 602 626 651 724 649 649 694 644 624 661 612
    558 533 495 500 423 395 375 372 391 396 405 428 429 523 562 607 653 672 708 633 668 645 632 591 559 597 625 739 710 729 720
    636 581 428 292 162 98 54"""
OSBORNE_1, OSBORNE_2 = ([int(number) / 1000 for number in text.split()] for text in (OSBORNE_1, OSBORNE_2))
ROOT_5, ROOT_10, ROOT_90 = math.sqrt(5), math.sqrt(10), math.sqrt(90)


def helical_valley(m, x):
    theta = m.atan(x[1] / x[0]) / (2 * math.pi) + (0.5 if x[0] < 0 else 0)
    return [10 * (x[2] - 10 * theta), 10 * (m.sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2]]


def bard(m, x):
    triples = [(i, 16 - i, min(i, 16 - i)) for i in range(1, 16)]
    return [y - (x[0] + u / (v * x[1] + w * x[2])) for y, (u, v, w) in zip(BARD, triples, strict=True)]


def gulf(m, x):
    ts = [i / 100 for i in range(1, 11)]
    ys = [25 + (-50 * math.log(t)) ** (2 / 3) for t in ts]
    return [m.exp(-(abs(y - x[1]) ** x[2]) / x[0]) - t for t, y in zip(ts, ys, strict=True)]


def box(m, x):
    ts = [i / 10 for i in range(1, 11)]
    return [m.exp(-t * x[0]) - m.exp(-t * x[1]) - x[2] * (math.exp(-t) - math.exp(-10 * t)) for t in ts]


def wood(m, x):
    first = [10 * (x[1] - x[0] ** 2), 1 - x[0], ROOT_90 * (x[3] - x[2] ** 2), 1 - x[2]]
    return [*first, ROOT_10 * (x[1] + x[3] - 2), (x[1] - x[3]) / ROOT_10]


def powell_singular(m, x):
    return [x[0] + 10 * x[1], ROOT_5 * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2, ROOT_10 * (x[0] - x[3]) ** 2]


def brown_dennis(m, x):
    ts = [i / 5 for i in range(1, 21)]
    return [(x[0] + t * x[1] - math.exp(t)) ** 2 + (x[2] + x[3] * math.sin(t) - math.cos(t)) ** 2 for t in ts]


def biggs(m, x):
    ts = [i / 10 for i in range(1, 14)]
    ys = [math.exp(-t) - 5 * math.exp(-10 * t) + 3 * math.exp(-4 * t) for t in ts]
    model = lambda t: x[2] * m.exp(-t * x[0]) - x[3] * m.exp(-t * x[1]) + x[5] * m.exp(-t * x[4])  # noqa: E731 - a formula
    return [model(t) - y for t, y in zip(ts, ys, strict=True)]


def osborne_1(m, x):
    ts = [10 * i for i in range(33)]
    return [
        y - (x[0] + x[1] * m.exp(-t * x[3]) + x[2] * m.exp(-t * x[4])) for t, y in zip(ts, OSBORNE_1, strict=True)
    ]  # fmt: skip


def osborne_2(m, x):
    def model(t):
        bells = [x[i] * m.exp(-((t - x[7 + i]) ** 2) * x[4 + i]) for i in (1, 2, 3)]
        return x[0] * m.exp(-t * x[4]) + m.total(bells)

    return [y - model(i / 10) for i, y in enumerate(OSBORNE_2)]


def watson(m, x):
    ts = [i / 29 for i in range(1, 30)]
    slope = lambda t: m.total([j * x[j] * t ** (j - 1) for j in range(1, len(x))])  # noqa: E731 - a formula
    value = lambda t: m.total([x[j] * t**j for j in range(len(x))])  # noqa: E731 - a formula
    return [*(slope(t) - value(t) ** 2 - 1 for t in ts), x[0] * 1, x[1] - x[0] ** 2 - 1]


def in_pairs(residuals, size):
    return lambda m, x: [r for i in range(0, len(x), size) for r in residuals(m, x[i : i + size])]


def penalty_1(m, x):
    return [*(math.sqrt(1e-5) * (v - 1) for v in x), m.total([v * v for v in x]) - 0.25]


def penalty_2(m, x):
    n, a, e = len(x), math.sqrt(1e-5), math.exp
    smooth = [
        a * (m.exp(x[i] / 10) + m.exp(x[i - 1] / 10) - (e((i + 1) / 10) + e(i / 10))) for i in range(1, n)
    ]  # fmt: skip
    ends = [a * (m.exp(x[i] / 10) - e(-1 / 10)) for i in range(1, n)]
    return [x[0] - 0.2, *smooth, *ends, m.total([(n - j) * x[j] ** 2 for j in range(n)]) - 1]


def variably_dimensioned(m, x):
    s = m.total([(j + 1) * (v - 1) for j, v in enumerate(x)])
    return [*(v - 1 for v in x), s, s**2]


def trigonometric(m, x):
    cosines = m.total([m.cos(v) for v in x])
    return [len(x) - cosines + (i + 1) * (1 - m.cos(v)) - m.sin(v) for i, v in enumerate(x)]


def brown_almost_linear(m, x):
    s, n = m.total(x), len(x)
    return [*(v + s - (n + 1) for v in x[:-1]), math.prod(x[1:], start=x[0]) - 1]


def boundary_value(m, x):
    n, h = len(x), 1 / (len(x) + 1)
    padded = [0, *x, 0]
    return [
        2 * padded[i] - padded[i - 1] - padded[i + 1] + h * h * (padded[i] + i * h + 1) ** 3 / 2 for i in range(1, n + 1)
    ]  # fmt: skip


def integral_equation(m, x):
    n, h = len(x), 1 / (len(x) + 1)
    ts = [(i + 1) * h for i in range(n)]
    cubes = [(v + t + 1) ** 3 for v, t in zip(x, ts, strict=True)]

    def integral(i):
        left = [ts[j] * (1 - ts[i]) * cubes[j] for j in range(i + 1)]
        return m.total([*left, *(ts[i] * (1 - ts[j]) * cubes[j] for j in range(i + 1, n))])

    return [x[i] + h / 2 * integral(i) for i in range(n)]


def broyden_tridiagonal(m, x):
    padded = [0, *x, 0]
    return [(3 - 2 * padded[i]) * padded[i] - padded[i - 1] - 2 * padded[i + 1] + 1 for i in range(1, len(x) + 1)]


def broyden_banded(m, x):
    band = lambda i: [j for j in range(max(0, i - 5), min(len(x), i + 2)) if j != i]  # noqa: E731 - a formula
    return [x[i] * (2 + 5 * x[i] ** 2) + 1 - m.total([x[j] * (1 + x[j]) for j in band(i)]) for i in range(len(x))]


def linear_full_rank(m, x):
    s = 2 / 10 * m.total(x)
    return [*(v - s - 1 for v in x), *[-s - 1] * (10 - len(x))]


def linear_rank_1(m, x):
    s = m.total([(j + 1) * v for j, v in enumerate(x)])
    return [(i + 1) * s - 1 for i in range(10)]


def linear_rank_1_with_zeros(m, x):
    s = m.total([(j + 1) * v for j, v in enumerate(x)][1:-1])
    return [-1 + 0 * s, *(i * s - 1 for i in range(1, 9)), -1 + 0 * s]


def chebyquad(m, x):
    def polynomials(v):
        before, last, found = 1, 2 * v - 1, []
        for _ in x:
            found.append(last)
            before, last = last, 2 * (2 * v - 1) * last - before
        return found

    columns = [polynomials(v) for v in x]
    exact = [0 if i % 2 else -1 / (i * i - 1) for i in range(1, len(x) + 1)]
    return [m.total([column[i] for column in columns]) / len(x) - exact[i] for i in range(len(x))]


TRIPLE = (1.5, 2.25, 2.625)
PROBLEMS = {  # the residuals, and the start
    "1 Rosenbrock": (lambda m, x: [10 * (x[1] - x[0] ** 2), 1 - x[0]], (-1.2, 1)),
    "2 Freudenstein and Roth": (
        lambda m, x: [-13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1], -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1]],
        (0.5, -2),
    ),
    "3 Powell badly scaled": (lambda m, x: [1e4 * x[0] * x[1] - 1, m.exp(-x[0]) + m.exp(-x[1]) - 1.0001], (0, 1)),
    "4 Brown badly scaled": (lambda m, x: [x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2], (1, 1)),
    "5 Beale": (lambda m, x: [y - x[0] * (1 - x[1] ** (i + 1)) for i, y in enumerate(TRIPLE)], (1, 1)),
    "6 Jennrich and Sampson": (
        lambda m, x: [2 + 2 * i - (m.exp(i * x[0]) + m.exp(i * x[1])) for i in range(1, 11)],
        (0.3, 0.4),
    ),
    "7 helical valley": (helical_valley, (-1, 0, 0)),
    "8 Bard": (bard, (1, 1, 1)),
    "9 Gaussian": (
        lambda m, x: [x[0] * m.exp(-x[1] * ((7 - i) / 2 - x[2]) ** 2 / 2) - y for i, y in enumerate(GAUSS)],
        (0.4, 1, 0),
    ),
    "10 Meyer": (
        lambda m, x: [x[0] * m.exp(x[1] / (45 + 5 * (i + 1) + x[2])) - y for i, y in enumerate(MEYER)],
        (0.02, 4000, 250),
    ),
    "11 Gulf research and development": (gulf, (5, 2.5, 0.15)),
    "12 box": (box, (0, 10, 20)),
    "13 Powell singular": (powell_singular, (3, -1, 0, 1)),
    "14 Wood": (wood, (-3, -1, -3, -1)),
    "15 Kowalik and Osborne": (
        lambda m, x: [
            y - x[0] * (u * u + u * x[1]) / (u * u + u * x[2] + x[3]) for u, y in zip(KOWALIK_U, KOWALIK, strict=True)
        ],
        (0.25, 0.39, 0.415, 0.39),
    ),
    "16 Brown and Dennis": (brown_dennis, (25, 5, -5, -1)),
    "17 Osborne 1": (osborne_1, (0.5, 1.5, -1, 0.01, 0.02)),
    "18 Biggs EXP6": (biggs, (1, 2, 1, 1, 1, 1)),
    "19 Osborne 2": (osborne_2, (1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5)),
    "20 Watson": (watson, (0,) * 6),
    "21 extended Rosenbrock": (in_pairs(lambda m, x: [10 * (x[1] - x[0] ** 2), 1 - x[0]], 2), (-1.2, 1) * 2),
    "22 extended Powell singular": (in_pairs(powell_singular, 4), (3, -1, 0, 1) * 2),
    "23 penalty I": (penalty_1, (1, 2, 3, 4)),
    "24 penalty II": (penalty_2, (0.5,) * 4),
    "25 variably dimensioned": (variably_dimensioned, [1 - (j + 1) / 5 for j in range(5)]),
    "26 trigonometric": (trigonometric, (0.2,) * 5),
    "27 Brown almost linear": (brown_almost_linear, (0.5,) * 5),
    "28 discrete boundary value": (boundary_value, [t / 6 * (t / 6 - 1) for t in range(1, 6)]),
    "29 discrete integral equation": (integral_equation, [t / 6 * (t / 6 - 1) for t in range(1, 6)]),
    "30 Broyden tridiagonal": (broyden_tridiagonal, (-1,) * 5),
    "31 Broyden banded": (broyden_banded, (-1,) * 5),
    "32 linear, full rank": (linear_full_rank, (1,) * 5),
    "33 linear, rank 1": (linear_rank_1, (1,) * 5),
    "34 linear, rank 1, zero columns and rows": (linear_rank_1_with_zeros, (1,) * 5),
    "35 Chebyquad": (chebyquad, [j / 6 for j in range(1, 6)]),
}
NORMS = {  # √f at the start, at 10 times the start, and at 100 times
    "1 Rosenbrock": (4.91934955050, 1340.06305822, 143000.0511923),
    "2 Freudenstein and Roth": (20.0124960962, 12432.8339489, 11426454.595762),
    "6 Jennrich and Sampson": (64.58564980,),
    "7 helical valley": (50.0, 102.956301410, 991.261822124),
    "8 Bard": (6.456136295159668, 36.14185315967845, 384.1146786373992),
    "10 Meyer": (41153.46650,),
    "12 box": (32.11158370,),
    "13 Powell singular": (14.66287829,),
    "15 Kowalik and Osborne": (0.07289151028829448, 2.979370075552020, 29.95906170160365),
    "16 Brown and Dennis": (2815.438390,),
    "17 Osborne 1": (0.9375640210,),
    "19 Osborne 2": (1.446865410,),
    "20 Watson": (5.477225580,),
    "32 linear, full rank": (5.0,),
    "33 linear, rank 1": (291.5218688,),
    "34 linear, rank 1, zero columns and rows": (126.0396763,),
}
REACHED = {  # where LMDER arrives, with √f there
    "2 Freudenstein and Roth": ((11.4124844655, -0.896827913732), 6.99887517585),
    "8 Bard": ((0.08241057657583339, 1.133036653471504, 2.343694638941154), 0.09063596033904667),
    "15 Kowalik and Osborne": (
        (0.1928078104762493, 0.1912626533540709, 0.1230528010469309, 0.1360532211505167),
        0.01753583772112895,
    ),
}
MINIMA = {  # the paper: f = 0 at
    "1 Rosenbrock": (1, 1),
    "2 Freudenstein and Roth": (5, 4),
    "4 Brown badly scaled": (1e6, 2e-6),
    "5 Beale": (3, 0.5),
    "7 helical valley": (1, 0, 0),
    "11 Gulf research and development": (50, 25, 1.5),
    "12 box": (1, 10, 1),
    "14 Wood": (1, 1, 1, 1),
    "18 Biggs EXP6": (1, 10, 1, 5, 4, 3),
    "21 extended Rosenbrock": (1,) * 4,
    "25 variably dimensioned": (1,) * 5,
    "27 Brown almost linear": (1,) * 5,
}
FEW = ["10 Meyer", "17 Osborne 1", "19 Osborne 2", "20 Watson"]  # whose sums are long: off the start in the whole form alone
LINEAR = [name for name in PROBLEMS if " linear, " in name]


def squares(residuals):
    return lambda m, x: m.total([r**2 for r in residuals(m, x)])


@pytest.mark.parametrize("name", PROBLEMS)
def test_value_gradient_and_hessian_at_the_start(name, record_property):
    residuals, start = PROBLEMS[name]
    second = WHOLE or name != "19 Osborne 2"
    assert far_of(squares(residuals), start, second=second) == {}
    record_property("numbers", numbers_of(start) if second else 1 + len(start))


@pytest.mark.parametrize("name", [name for name in PROBLEMS if name not in LINEAR and (WHOLE or name not in FEW)])
def test_value_gradient_and_hessian_beside_it(name, record_property):
    residuals, start = PROBLEMS[name]
    beside = [x * (1 + (i + 1) / 64) + (i + 1) / 256 for i, x in enumerate(start)]
    assert far_of(squares(residuals), beside) == {}
    record_property("numbers", numbers_of(start))


def norm(residuals, point):
    return math.sqrt(sum(r**2 for r in residuals(engine, [float(x) for x in point])))


@pytest.mark.parametrize("name", NORMS)
def test_norms_at_the_start_are_the_printed_ones(name):
    residuals, start = PROBLEMS[name]
    for times, printed in enumerate(NORMS[name]):
        assert norm(residuals, [x * 10**times for x in start]) == pytest.approx(printed, rel=2e-8)


@pytest.mark.parametrize("name", REACHED)
def test_the_gradient_is_0_where_the_optimiser_of_minpack_arrives(name):
    residuals, _ = PROBLEMS[name]
    point, printed = REACHED[name]
    assert norm(residuals, point) == pytest.approx(printed, rel=1e-9)
    slopes = gradient(lambda xs: squares(residuals)(engine, xs))(list(point))
    assert slopes == pytest.approx([0] * len(point), abs=1e-3 * printed**2)


@pytest.mark.parametrize("name", MINIMA)
def test_residuals_are_0_at_the_minimum(name):
    residuals, _ = PROBLEMS[name]
    found = residuals(engine, [float(x) for x in MINIMA[name]])
    assert found == pytest.approx([0] * len(found), abs=1e-13)
