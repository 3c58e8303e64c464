"""Expressions typed at the prompt: what they come to, against Python's own arithmetic, and what is refused."""

import math

import pytest
from chalkgrad.engine import Value
from chalkgrad.viz.prompting.arithmetic import CALLED, Expression


def graph():
    a, b = Value(2.0, "a"), Value(-3.0, "w[0]")
    e = a * b
    return {"a": a, "w[0]": b, "layer1.neuron1.w": Value(0.5), "θ": Value(1.5), "a*w[0]": e}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("a*w[0]", -6.0),
        ("exp(a) + 1", math.exp(2) + 1),
        ("layer1.neuron1.w/2", 0.25),
        ("θ^2 − 2·a", 1.5**2 - 4),
        ("-a**2", -4.0),
        ("2**3**2", 512.0),
        ("a.data*3", 6.0),
        ("abs(w[0])", 3.0),
        ("maximum(a, 2.5)", 2.5),
        ("total([a, 1, 1])", 4.0),
        ("affine([a], [w[0]], 1)", -5.0),
        ("leaky_relu(w[0], 0.1)", -0.3),
        ("cos(pi)", -1.0),
        (" 1.5e1 ", 15.0),
    ],
)
def test_an_expression_is_what_it_comes_to(text, number):
    assert Expression(text, graph()).compute() == pytest.approx(number, rel=1e-15)


def test_it_reads_gradients_and_records_nothing():
    values = graph()
    e = values["a*w[0]"]
    e.backward()
    found = Expression("2*a.grad", values).compute()
    assert type(found) is float
    assert found == -6.0


@pytest.mark.parametrize(("text", "holds"), [("a > 1", True), ("0 < a < 1", False), ("w[0] ≤ -3", True), ("a != 2", False)])
def test_a_condition_holds_or_not(text, holds):
    assert Expression(text, graph(), condition=True).compute() is holds


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("z + 1", "there is no z here; the values are a, w[0]"),
        ("a.grad", "a.grad is not computed yet"),
        ("a.label", "a.label has no place in an expression; a, a.data and a.grad have"),
        ("b.grad", "there is no b here"),
        ("9" * 400, "a number that is larger than the largest float"),
        ("sigmid(a)", "there is no function sigmid here, did you mean sigmoid?"),
        ("exit()", "there is no function exit here, the nearest of 53 is exp: h p lists them"),
        ("tanh(a, a)", "tanh takes 1 argument, not 2"),
        ("total(a)", "total takes a list as argument 1, as in total([a, b])"),
        ("a(2)", r"a is a value: for a product write a\*(…)"),
        ("tanh", "tanh is a function: write tanh(…)"),
        ("a > 1", "a > 1 compares: until has a use for that, as in  until a > 1"),
        ("log(w[0])", "log needs x > 0"),
        ("1/(a - 2)", "/ needs a divisor other than 0"),
        ("9**9**9", "too large for a float"),
        ("1e999", "a number that is larger than the largest float"),
        ("a b", "'a b' cannot be read: an expression is, for example, a*b + exp(c)"),
        ("", "'' cannot be read"),
        ("(" * 300, "cannot be read"),
        ("-" * 50_000 + "a", "cannot be read"),
        ("a\0", "cannot be read"),
    ],
)
def test_what_is_none_is_refused_in_a_sentence(text, sentence):
    with pytest.raises((ValueError, ArithmeticError)) as refused:
        Expression(text, graph()).compute()
    assert sentence.replace("\\", "") in str(refused.value)


@pytest.mark.parametrize(
    "text",
    ["__import__('os').getcwd()", "a.__class__", "(lambda: 1)()", "[a for a in [1]]", "'x'", "True", "a if a else 1", "a := 1"],
)
def test_nothing_but_arithmetic_is_ever_evaluated(text):
    with pytest.raises(ValueError, match=r"cannot be read|is more than|there is no|has no place"):
        Expression(text, graph()).compute()


def test_the_functions_of_the_table_are_called_and_signs_are_not():
    assert {"exp", "tanh", "relu", "affine", "abs"} <= set(CALLED)
    assert not {"add", "mul", "neg"} & set(CALLED)
