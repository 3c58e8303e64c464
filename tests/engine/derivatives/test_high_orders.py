"""Derivatives of a high order: formulas by cases share their parts, and work goes with the parts, not with the paths."""

import pytest
from chalkgrad.engine import Value, choose, gradient, operation
from chalkgrad.engine.formulas.guards import beside
from chalkgrad.engine.formulas.trees import Argument, Choice
from counting import lines


def derivatives(name, order):
    """Differentiates a new operation, whose formulas nobody has derived before, so many times, and returns the last."""
    f = operation(name, lambda x: choose(x * x < 0.25, 1 / (1 - x * x), 1 / ((1 - x) * (1 + x))))
    x = Value(0.0)
    y = f(x)
    for _ in range(order):
        y = gradient(y, x, create_graph=True)
    return y.data


def test_each_order_of_a_formula_by_cases_takes_a_few_times_the_work_of_the_one_before():
    fifth, seventh = (lines(lambda n=n: derivatives(f"cases{n}", n)) for n in (5, 7))
    assert seventh < 8 * fifth  # 3 times; walked once for each path to them, shared parts take minutes


@pytest.mark.parametrize("order", [2, 4, 6, 8])
def test_even_derivatives_of_a_geometric_series_at_0_are_factorials(order):
    """1/(1 - x²) = Σ x²ⁿ, whose n-th derivative at 0 is n! for an even n."""
    factorial = 1
    for k in range(2, order + 1):
        factorial *= k
    assert derivatives(f"series{order}", order) == factorial


def test_what_stands_beside_single_points_is_found_in_formulas_of_many_paths():
    tree = Choice(Argument("x") < 1, Argument("x"), Argument("y"))
    for _ in range(60):
        tree = tree * tree  # 2⁶⁰ paths, 63 parts
    assert beside(tree, {"x"}) == tree
