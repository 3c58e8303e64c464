"""Kinks, domains and overflow: what is computed there, and what an error says."""

import math
import traceback

import pytest
from chalkgrad.engine import (
    DomainError,
    NonFiniteError,
    Value,
    acos,
    affine,
    asin,
    cosh,
    elu,
    exp,
    expm1,
    heaviside,
    hypot,
    leaky_relu,
    log,
    log1p,
    logsumexp,
    maximum,
    minimum,
    relu,
    sigmoid,
    sinh,
    softmax,
    softplus,
    sqrt,
    total,
)
from chalkgrad.engine.recording import functions
from chalkgrad.engine.rules import RULES
from nodes import applied


def values(*numbers):
    return [Value(x, name) for x, name in zip(numbers, "xyzuvw", strict=False)]


# Kinks ---------------------------------------------------------------------------------------------------------------

KINKS = [
    ("relu at 0", relu, (0.0,), 0.0, [0.0]),
    ("|x| at 0", abs, (0.0,), 0.0, [0.0]),
    ("|x| at -0", abs, (-0.0,), 0.0, [0.0]),
    ("a tie of maximum", maximum, (1.5, 1.5), 1.5, [0.5, 0.5]),
    ("a tie of minimum", minimum, (1.5, 1.5), 1.5, [0.5, 0.5]),
    ("a tie of 0 and -0", maximum, (0.0, -0.0), 0.0, [0.5, 0.5]),
    ("x**0 at 0", lambda x: x**0, (0.0,), 1.0, [0.0]),
    ("x**0 at -3", lambda x: x**0, (-3.0,), 1.0, [0.0]),
    ("x**0 at 3", lambda x: x**0, (3.0,), 1.0, [0.0]),
    ("0**0 by both", lambda x, y: x**y, (0.0, 0.0), 1.0, [0.0, 0.0]),
    ("x**1 at 0", lambda x: x**1, (0.0,), 0.0, [1.0]),
    ("0**y", lambda y: 0**y, (2.0,), 0.0, [0.0]),
    ("hypot at the origin", hypot, (0.0, 0.0), 0.0, [0.0, 0.0]),
    ("elu at 0, α = 1", elu, (0.0,), 0.0, [1.0]),
    ("elu at 0, α = 0.5", lambda x: elu(x, 0.5), (0.0,), 0.0, [0.5]),
    ("elu at 0, α = 2", lambda x: elu(x, 2), (0.0,), 0.0, [1.0]),
    ("leaky_relu at 0", leaky_relu, (0.0,), 0.0, [0.01]),
    ("leaky_relu at 0, slope 3", lambda x: leaky_relu(x, 3), (0.0,), 0.0, [1.0]),
    ("sign at 0", lambda x: x.sign(), (0.0,), 0.0, [0.0]),
    ("ceil of a whole number", lambda x: x.ceil(), (0.0,), 0.0, [0.0]),
    ("x % y at a multiple", lambda x, y: x % y, (6.0, 2.0), 0.0, [1.0, -3.0]),
    ("x // y at a multiple", lambda x, y: x // y, (6.0, 2.0), 3.0, [0.0, 0.0]),
    ("the angle of the origin", functions.atan2, (0.0, 0.0), 0.0, [0.0, 0.0]),
    ("the angle where it jumps", functions.atan2, (0.0, -2.0), math.pi, [-0.5, 0.0]),
    ("heaviside at 0", heaviside, (0.0,), 0.0, [0.0]),
]


@pytest.mark.parametrize(("f", "at", "value", "slopes"), [row[1:] for row in KINKS], ids=[row[0] for row in KINKS])
def test_at_a_kink_the_derivative_is_the_subgradient_of_least_norm(f, at, value, slopes):
    leaves = values(*at)
    y = f(*leaves)
    y.backward()
    assert y.data == value
    assert [leaf.grad for leaf in leaves] == slopes


def test_the_same_value_twice_in_a_maximum_has_the_whole_derivative():
    x = Value(2.0)
    maximum(x, x).backward()
    assert x.grad == 1.0


# Domains -------------------------------------------------------------------------------------------------------------

OUTSIDE = [
    (lambda x, y: log(x), (0.0, 0.0), r"log(x) with x = 0: log needs x > 0"),
    (lambda x, y: log(x), (-1.0, 0.0), r"log(x) with x = -1: log needs x > 0"),
    (lambda x, y: log1p(x), (-1.0, 0.0), r"log1p(x) with x = -1: log1p needs x > -1"),
    (lambda x, y: sqrt(x), (-2.0, 0.0), r"√x with x = -2: sqrt needs x ≥ 0"),
    (lambda x, y: asin(x), (1.1, 0.0), r"asin(x) with x = 1.1: asin needs -1 ≤ x ≤ 1"),
    (lambda x, y: acos(x), (-1.1, 0.0), r"acos(x) with x = -1.1: acos needs -1 ≤ x ≤ 1"),
    (lambda x, y: x / y, (1.0, 0.0), r"x/y with x = 1, y = 0: / needs a divisor other than 0"),
    (lambda x, y: x / 0, (1.0, 0.0), r"x/0 with x = 1: / needs a divisor other than 0"),
    (lambda x, y: 1 / y, (1.0, 0.0), r"1/y with y = 0: / needs a divisor other than 0"),
    (lambda x, y: x**-1, (0.0, 0.0), r"x⁻¹ with x = 0: ** of a base of 0 needs an exponent ≥ 0"),
    (
        lambda x, y: x**y,
        (-8.0, 1 / 3),
        r"x^y with x = -8, y = 0.3333: ** of a negative base needs a whole exponent; for an odd root",
    ),
    (lambda x, y: x**0.5, (-8.0, 0.0), r"needs a whole exponent; this is a square root"),
    (lambda x, y: log(x * y), (2.0, -3.0), r"log(x·y) with x·y = -6, from x = 2, y = -3: log needs x > 0"),
]


@pytest.mark.parametrize(("f", "at", "message"), OUTSIDE, ids=[message for *_, message in OUTSIDE])
def test_outside_its_domain_an_operation_says_what_it_got_and_what_it_needs(f, at, message):
    with pytest.raises(DomainError) as caught:
        f(*values(*at))
    assert message in str(caught.value)


# Probabilities that a float rounds to 0, and what their logarithms are, computed from the scores with more room (mpmath's
# log1p and exp at 40 digits).
ROUNDED = [
    (lambda s: log(1 - sigmoid(s)), lambda s: -softplus(s), 40.0, -40.0, "1 - σ(s) was rounded to 0: write -softplus(s) for"),
    (lambda s: log(1.0 - sigmoid(s)), lambda s: -softplus(s), 800.0, -800.0, "as binary_cross_entropy_with_logits does"),
    (lambda s: log(sigmoid(s)), lambda s: -softplus(-s), -800.0, -800.0, "σ(s) was rounded to 0: write -softplus(-s) for"),
    (
        lambda s: log(softmax([s, 0.0])[0]),
        lambda s: s - logsumexp([s, 0.0]),
        -800.0,
        -800.0,
        "which cross_entropy computes from the scores",
    ),
    (
        lambda s: log(exp(s) / total([exp(s), 1.0])),
        lambda s: s,
        -800.0,
        -800.0,
        "exp(x) was rounded to 0, and this is exp(x)/Σ: its logarithm is x - log(Σ)",
    ),
]


@pytest.mark.parametrize(("f", "instead", "at", "value", "message"), ROUNDED, ids=[message for *_, message in ROUNDED])
def test_the_logarithm_of_a_probability_rounded_to_0_is_told_what_has_not_rounded(f, instead, at, value, message):
    with pytest.raises(DomainError) as caught:
        f(Value(at, "s"))
    assert "= 0, from s = " in str(caught.value) or "log(0): " in str(caught.value)
    assert message in str(caught.value)
    y = instead(Value(at, "s"))
    assert y.data == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "f",
    [lambda s: log(s * 0), lambda s: log(0 / exp(s)), lambda s: log(2 - s), lambda s: log(relu(-s)), lambda s: log(1 - s / 2)],
)
def test_the_logarithm_of_another_0_is_told_the_domain_alone(f):
    with pytest.raises(DomainError, match=r": log needs x > 0$"):
        f(Value(2.0))


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.outside], ids=lambda rule: rule.name)
def test_every_example_outside_the_table_is_an_error_on_values_and_on_numbers(rule):
    for numbers in rule.outside:
        for kind in (Value, float):
            with pytest.raises((DomainError, NonFiniteError), match=r"needs|too large"):
                applied(rule, numbers, kind)


def test_the_error_comes_at_the_line_that_computed_it():
    x = Value(-1.0, "x")
    with pytest.raises(DomainError) as caught:
        log(x)
    first, *ours = traceback.extract_tb(caught.value.__traceback__)
    assert first.line == "log(x)"
    assert all(frame.line for frame in ours)  # the generated code has its text, for tracebacks and debuggers


def test_a_domain_error_is_one_traceback_not_two():
    with pytest.raises(DomainError) as caught:
        Value(-3.0).log()
    assert caught.value.__suppress_context__


def test_a_domain_error_is_a_value_error_and_an_overflow_an_overflow_error():
    with pytest.raises(ValueError, match="log"):
        log(-1)
    with pytest.raises(OverflowError, match="exp"):
        exp(1000)


@pytest.mark.parametrize("x", [5e-324, 1e-308, 1e-300, 1.7e308])
def test_the_ends_of_the_range_are_inside(x):
    v = Value(x)
    for f in (log, sqrt, log1p, functions.tanh, functions.sigmoid, functions.softplus, functions.atan, abs, relu):
        assert math.isfinite(f(v).data)


# Overflow ------------------------------------------------------------------------------------------------------------

TOO_LARGE = [
    (lambda x: exp(x), 1000.0, "exp(x) with x = 1000"),
    (lambda x: expm1(x), 1000.0, "expm1(x) with x = 1000"),
    (lambda x: sinh(x), -1000.0, "sinh(x) with x = -1000"),
    (lambda x: cosh(x), -1000.0, "cosh(x) with x = -1000"),
    (lambda x: x * x, 1e200, "x·x with x = 1e200"),
    (lambda x: x + x, 1.7e308, "x + x with x = 1.7e308"),
    (lambda x: x - -1.7e308, 1.7e308, "x - (-1.7e308) with x = 1.7e308"),
    (lambda x: x**2, -1e200, "x² with x = -1e200"),
    (lambda x: 10**x, 400.0, "10^x with x = 400"),
    (lambda x: 1e300 / x, 1e-300, "1e300/x with x = 1e-300"),
    (lambda x: 1 / x, 5e-324, "1/x with x = 4.941e-324"),
    (lambda x: total([x, x]), 1.7e308, "x + x with x = 1.7e308"),
    (lambda x: affine([x], [x], 1), 1e200, "x·x + 1 with x = 1e200"),
    (lambda x: hypot(x, x), 1.7e308, "hypot(x, x) with x = 1.7e308"),
]


@pytest.mark.parametrize(("f", "at", "message"), TOO_LARGE, ids=[message for *_, message in TOO_LARGE])
def test_a_result_too_large_says_what_was_computed_on_what(f, at, message):
    with pytest.raises(NonFiniteError) as caught:
        f(Value(at, "x"))
    assert str(caught.value) == f"{message}: the result is too large for a float, whose limit is 1.798e308"


def test_what_has_a_finite_value_and_an_infinite_slope_is_recorded():
    for f, at in ((sqrt, 0.0), (asin, 1.0), (acos, -1.0), (lambda x: x**0.5, 0.0)):
        y = f(Value(at))
        assert math.isfinite(y.data)
        assert math.isinf(y.partials[0])
        with pytest.raises(NonFiniteError, match="is not finite"):
            y.backward()


def test_nothing_overflows_on_the_way_to_a_result_that_fits():
    assert hypot(Value(3e200), Value(4e200)).data == pytest.approx(5e200, rel=1e-15)
    assert logsumexp([Value(1000.0), Value(1000.0)]).data == pytest.approx(1000 + math.log(2), rel=1e-15)
    assert (Value(1e300) / 1e-5).data == pytest.approx(1e305, rel=1e-15)
    assert functions.softplus(Value(1e308)).data == 1e308
    assert functions.silu(Value(-1000.0)).data == pytest.approx(0, abs=1e-300)
