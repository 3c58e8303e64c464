"""What a lecture claims of networks: approximation, counts of parameters, least squares beside them."""

import math
import random

import pytest
from chalkgrad.nn.data import DataError, penguins
from chalkgrad.nn.demonstrations import (
    approximation,
    approximations,
    evenly_placed_units,
    least_squares,
    polynomial_parameters,
    r_squared,
    wave,
)

# Universal approximation ----------------------------------------------------------------------------------------------


def test_the_error_falls_below_a_fiftieth():
    found = approximation()
    assert [one.width for one in found] == [1, 2, 4, 8, 16, 32, 64]
    assert found[-1].error < 0.01  # half of what is wanted
    assert found[0].error > 0.5
    assert max(one.error for one in found[3:]) < found[2].error < found[1].error
    assert repr(found).splitlines()[0].split() == ["width", "│", "parameters", "│", "sup", "error"]
    assert len(repr(found).splitlines()) == 9


@pytest.mark.parametrize("seed", [1, 2])
def test_the_seed_of_the_slopes_matters_little(seed):
    assert approximation(widths=(64,), seed=seed)[0].error < 0.02


def test_the_error_is_the_largest_difference_between_the_points_too():
    (one,) = approximation(widths=(8,), epochs=100)
    places = [i / 5000 for i in range(5001)]
    true = max(abs(one.model.predict([x]) - wave(x)) for x in places)
    assert one.error == pytest.approx(true, rel=1e-3)


@pytest.mark.parametrize("compiled", ["llvm", "numpy", "python"])
def test_the_targets_agree(compiled):
    (one,) = approximation(widths=(4,), epochs=300, compiled=compiled)
    assert one.error == pytest.approx(approximation(widths=(4,), epochs=300, compiled="python")[0].error, abs=1e-6)


def test_a_polynomial_does_not_approximate():
    errors = [one.error for one in approximation(widths=(1, 16), activation="linear", epochs=200)]
    assert min(errors) > 0.9


def test_another_function_is_approximated():
    assert approximation(lambda x: abs(x - 0.5), widths=(32,), epochs=500)[0].error < 0.05


def test_an_interruption_leaves_out_the_width_under_way(monkeypatch):
    from chalkgrad.nn import demonstrations

    fit, calls = demonstrations.fit, []

    def interrupted(model, *arguments, **options):
        calls.append(model)
        history = fit(model, *arguments, **options)
        if len(calls) == 2:
            history.stopped = "interrupted"
        return history

    monkeypatch.setattr(demonstrations, "fit", interrupted)
    assert [one.width for one in approximations(widths=(1, 2, 3), epochs=2)] == [1]


def test_the_hidden_units_begin_spread():
    model = evenly_placed_units(5, seed=3)
    zeros = [-b.data / row[0].data for row, b in zip(model.layer1.W, model.layer1.b, strict=True)]
    assert zeros == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])
    assert model.predict([0.3]) == 0.0


# Polynomials ----------------------------------------------------------------------------------------------------------


def test_a_cubic_on_a_picture_of_100_by_100_has_so_many_parameters():
    (count,) = polynomial_parameters(10_000, 3)
    assert count.monomials == 166_766_685_001
    assert count.order == 10**12
    assert count.network == 10_000 * 100 + 100 + 100 + 1


@pytest.mark.parametrize("inputs", [1, 2, 3, 4])
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_the_monomials_are_those_that_one_can_write_down(inputs, degree):
    def exponents(variables, left):
        if variables == 0:
            return 1
        return sum(exponents(variables - 1, left - power) for power in range(left + 1))

    assert polynomial_parameters(inputs, degree)[0].monomials == exponents(inputs, degree)


def test_the_network_has_the_parameters_of_an_mlp():
    from chalkgrad.nn import MLP

    assert polynomial_parameters(5, 2, (4, 3, 2))[0].network == len(MLP(5, [4, 3, 2]).parameters())


@pytest.mark.parametrize(("inputs", "degree", "widths"), [([], 3, (1,)), (0, 3, (1,)), (2, -1, (1,)), (2, 3, ()), (2, 3, (0,))])
def test_what_cannot_be_counted_is_refused(inputs, degree, widths):
    with pytest.raises(ValueError, match="inputs and widths count from 1, a degree from 0"):
        polynomial_parameters(inputs, degree, widths)


# Least squares --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "k", "seed"), [(2, 1, 0), (10, 3, 1), (50, 8, 2), (4, 3, 3)])
def test_least_squares_are_numpys(n, k, seed):
    numpy = pytest.importorskip("numpy")
    draw = random.Random(seed)
    X = [[draw.gauss(j, 10.0**j) for j in range(k)] for _ in range(n)]
    y = [draw.gauss(5, 2) for _ in range(n)]
    intercept, *weights = numpy.linalg.lstsq(numpy.column_stack([numpy.ones(n), X]), numpy.array(y), rcond=None)[0]
    best = least_squares(X, y)
    assert best.weights == pytest.approx(weights, rel=1e-8)
    assert best.intercept == pytest.approx(intercept, rel=1e-8)
    assert best.predict(X) == [best.predict(row) for row in X]
    assert best.predict(X[0]) == pytest.approx(intercept + numpy.dot(weights, X[0]))


def test_least_squares_of_the_penguins_are_numpys():
    numpy = pytest.importorskip("numpy")
    X, y = penguins()
    expected = numpy.linalg.lstsq(numpy.column_stack([numpy.ones(len(y)), X]), numpy.array(y), rcond=None)[0]
    best = least_squares(X, y)
    assert [best.intercept, *best.weights] == pytest.approx(expected.tolist(), rel=1e-9)
    assert r_squared(best.predict(X), y) == pytest.approx(0.8752, abs=2e-4)


def test_far_from_zero_little_is_lost():
    X = [[1e8 + i] for i in range(10)]
    best = least_squares(X, [3.0 * i for i in range(10)])
    assert best.weights == pytest.approx((3.0,), rel=1e-9)


@pytest.mark.parametrize(
    ("X", "columns", "sentence"),
    [
        ([[1, 2], [2, 4], [3, 6]], (), "column x2 follows from those before it, so least squares have no single solution"),
        ([[1, 0, 1], [2, 1, 3], [0, 5, 5], [7, 7, 14]], ("a", "b", "c"), "column c follows from those before it, so "),
        ([[1, 7], [2, 7], [3, 7]], (), "column x2 is constant, as the intercept is, so least squares have no single solution"),
        ([[1, 2], [3, 5]], (), "2 rows cannot determine 3 parameters, so least squares have no single solution"),
        ([[1]], (), "1 row cannot determine 2 parameters, so least squares have no single solution"),
        ([[0.1, 0.3], [0.2, 0.6], [0.7, 2.1], [1.1, 3.3]], (), "column x2 follows from those before it"),
    ],
)  # fmt: skip
def test_where_there_is_no_single_solution_a_sentence_says_so(X, columns, sentence):
    with pytest.raises(DataError) as caught:
        least_squares(X, range(len(X)), columns)
    assert str(caught.value).startswith(sentence)


def test_a_row_of_another_length_is_refused():
    with pytest.raises(DataError, match="there are 1 weights, and a row of X has 2 numbers"):
        least_squares([[0], [1], [2]], [1, 2, 3]).predict([[1, 2]])
    with pytest.raises(DataError, match="there are 2 weights, and a row of X has 3 numbers"):
        least_squares([[0, 0], [1, 0], [0, 1]], [1, 2, 3]).predict([1, 2, 3])


def test_r_squared():
    assert r_squared([1, 2, 3], [1, 2, 3]) == 1.0
    assert r_squared([2, 2, 2], [1, 2, 3]) == 0.0
    assert math.isclose(r_squared([1, 2, 4], [1, 2, 3]), 0.5)
