"""Four ways to a gradient: what Géron's appendix has, what is counted, and that the exact ways agree."""

import math

import pytest
from chalkgrad.engine import DomainError, NonFiniteError, cost, exp, four_ways, gradient, log, relu, sigmoid, sin, sqrt, tanh


def geron(x, y):
    return x * x * y + y + 2


def test_gerons_appendix():
    """Hands-On Machine Learning, appendix on automatic differentiation, and its notebook: f = x²y + y + 2 at (3, 4)."""
    ways = four_ways(geron, 3, 4)
    assert ways.y == 42.0
    assert ways.numerically.derivatives == (24.000039999805264, 10.000000000331966)
    assert [way.derivatives for way in (ways.symbolically, ways.forward, ways.reverse)] == [(24.0, 10.0)] * 3
    assert [expression.formula for expression in ways.expressions] == ["2·x·y", "x² + 1"]
    assert ways.numerically.error == 24.000039999805264 - 24
    assert [way.error for way in ways][1:] == [0.0, 0.0, 0.0]


def test_operations_are_counted_as_the_cost_of_the_graph_is():
    ways = four_ways(geron, 3, 4)
    y = ways.point.y
    assert ways.reverse.operations == cost(y).reverse == 7
    assert ways.forward.operations == cost(y).forward == 14
    assert ways.numerically.operations == cost(y).evaluations * cost(y).operations == 12
    assert ways.symbolically.operations == 4  # 2·x·y has two, x² + 1 has two


FUNCTIONS = [
    (lambda x: sin(x) * x, (2.0,)),
    (lambda x, y: exp(x * y) / (1 + x), (0.3, -1.2)),
    (lambda x, y, z: tanh(x * y + z) * sigmoid(z), (0.3, -1.2, 0.5)),
    (lambda w, u, b: sigmoid(w[0] * u[0] + w[1] * u[1] + b), ([1.0, 2.0], [0.5, -1.0], 0.1)),
    (lambda x: relu(x) * x, (0.0,)),
    (lambda x, y: sqrt(x * x + y * y), (3.0, 4.0)),
    (lambda x, y: x * 1.0, (3.0, 4.0)),
    (lambda x: 5.0, (3.0,)),
    (lambda x: x, (3.0,)),
]


@pytest.mark.parametrize(("f", "x"), FUNCTIONS)
def test_the_exact_ways_agree_and_differences_nearly(f, x):
    ways = four_ways(f, *x)
    for exact in (ways.symbolically, ways.forward):
        assert exact.derivatives == pytest.approx(ways.reverse.derivatives, rel=1e-14)
    assert ways.numerically.derivatives == pytest.approx(ways.reverse.derivatives, rel=1e-4, abs=2e-5)
    assert ways.numerically.error == max(
        abs(a - b) for a, b in zip(ways.numerically.derivatives, ways.reverse.derivatives, strict=True)
    )


def test_no_grad_is_touched_and_reverse_mode_is_the_sweeps():
    ways = four_ways(geron, 3, 4)
    assert not any(node.has_grad for node in ways.point.y.tape())
    assert list(ways.reverse.derivatives) == gradient(ways.point.y, ways.point.leaves)


def test_a_long_function_is_written_in_terms_of_its_nodes():
    def deep(x):
        for _ in range(12):
            x = sin(x * x) + x
        return x

    ways = four_ways(deep, 0.5)
    assert ways.symbolically.derivatives == pytest.approx(ways.reverse.derivatives, rel=1e-13)
    assert str(ways).endswith("equations more")


def test_many_inputs_are_shown_in_part():
    ways = four_ways(lambda w: sum(x * x for x in w), [float(i) for i in range(1, 9)])
    assert len(ways.reverse.derivatives) == 8
    assert "∂w3" in str(ways)
    assert "∂w8" not in str(ways)
    assert "w8" not in ways.latex()


def test_it_prints_as_a_table():
    assert str(four_ways(lambda x: x * x, 1.0)) == (
        " way          │ ∂f/∂x   │ error │ operations │ counted\n"
        "──────────────┼─────────┼───────┼────────────┼────────────────────\n"
        " numerically  │ 2.00001 │ 1e-5  │ 2          │ 2 evaluations × 1\n"
        " symbolically │ 2       │ 0     │ 1          │ in the expressions\n"
        " forward mode │ 2       │ 0     │ 2          │ 1 input × 2 edges\n"
        " reverse mode │ 2       │ 0     │ 2          │ 2 edges\n"
        "f = 1 at x = 1; the error is the largest difference from reverse mode\n"
        "numerically: (f(x + h) - f(x))/h with h = 1e-5, for each input\n"
        "forward mode, reverse mode: a multiplication on each edge of the graph\n"
        "symbolically: ∂f/∂x = 2·x"
    )


def test_notebooks_and_documents_have_their_forms():
    ways = four_ways(geron, 3, 4)
    assert "<td" in ways._repr_html_()
    assert r"\frac{\partial \mathrm{geron}}{\partial x}" in ways.latex()
    assert r"\text{2 inputs }\times\text{ 7 edges}" in ways.latex(limit=None)


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda: four_ways(sqrt, 0.0), NonFiniteError, "= inf"),
        (lambda: four_ways(log, -1.0), DomainError, "x > 0"),
        (lambda: four_ways(sin, "a"), TypeError, "text"),
        (lambda: four_ways(sin), TypeError, "needs the point"),
        (lambda: four_ways(2.0, 1.0), TypeError, "takes a function and the point"),
        (lambda: four_ways(geron, 3), TypeError, "cannot be called with 1 argument"),
        (lambda: four_ways(lambda x: [x, x], 1.0), TypeError, "one output"),
        (lambda: four_ways(sin, 1.0, h=0), ValueError, "does not move"),
        (lambda: four_ways(sin, 1e30), ValueError, "take a larger one"),
        (lambda: four_ways(sin, math.inf), ValueError, "finite"),
    ],
)
def test_what_cannot_be_differentiated_is_refused_in_a_sentence(ask, error, says):
    with pytest.raises(error, match=says):
        ask()
