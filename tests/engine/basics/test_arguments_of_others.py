"""Arguments that micrograd and PyTorch have: a leaf made in micrograd's way, and a sentence for everything else."""

import math

import pytest
from chalkgrad.engine import DomainError, Value, logsumexp, maximum, softmax


@pytest.mark.parametrize(
    ("make", "label"),
    [
        (lambda: Value(2.0, ()), ""),
        (lambda: Value(2.0, (), ""), ""),
        (lambda: Value(2.0, (), "input"), "input"),
        (lambda: Value(2.0, (), "", "w"), "w"),
        (lambda: Value(2.0, (), ()), ""),
        (lambda: Value(2.0, _children=(), _op=""), ""),
        (lambda: Value(2.0, "w", _children=set()), "w"),
        (lambda: Value(2.0, (), _op="input"), "input"),
        (lambda: Value(2.0, _children=(), _local_grads=()), ""),
    ],
)
def test_micrograds_constructor_makes_a_leaf(make, label):
    x = make()
    assert (x.data, x.label, x.parents, x._op, x._prev, x._children, x._local_grads) == (2.0, label, (), "", set(), (), ())
    y = x * x
    y.backward()
    assert x.grad == 4.0


@pytest.mark.parametrize(
    "make",
    [
        lambda a: Value(2.0, (a,), "log"),
        lambda a: Value(2.0, _children=(a,)),
        lambda a: Value(2.0, (a, a), "+"),
        lambda a: Value(2.0, (a,), (0.5,)),
        lambda a: Value(2.0, "x", _local_grads=(0.5,)),
        lambda a: type("Dot", (Value,), {"__init__": lambda self: super(type(self), self).__init__(1.0, (a,), "dot")})(),
    ],
)
def test_children_are_refused_and_operation_is_named(make):
    with pytest.raises(TypeError, match=r"is made by an operation: .*operation\('my_op', lambda x: …\)"):
        make(Value(3.0))


def test_what_micrograd_keeps_on_a_node_is_read_and_never_set():
    a, b = Value(2.0), Value(3.0)
    y = a * b
    assert (y._prev, y._children, y._local_grads, y._op) == ({a, b}, (a, b), (3.0, 2.0), "*")
    for name in ("_prev", "_children", "_local_grads", "_op", "_backward"):
        for node in (a, y):
            with pytest.raises(AttributeError, match=rf"{name} follows from the operation .*operation\("):
                setattr(node, name, ())


OPTIONS = [
    (lambda: Value(2.0, requires_grad=True), r"leave it out; Value\(2\.0, constant=True\) takes none"),
    (lambda: Value(1, name="a"), r"write Value\(1, 'a'\) or Value\(1, label='a'\)"),
    (lambda: Value(1, lable="a"), r"Value\(\) has no lable: did you mean label\?"),
    (lambda: Value(1, "a", "b"), r"was given 'b', too"),
    (lambda: Value(1, dtype=float), "so leave it out"),
    (lambda: (Value(1) * 2).backward(retain_graph=True), "the graph is kept, .*leave it out"),
    (lambda: (Value(1) * 2).backward(gradient=2.0), r"write backward\(2\.0\)"),
    (lambda: (Value(1) * 2).backward(create_graph=True), r"gradient\(y, x, create_graph=True\)"),
    (lambda: (Value(1) * 2).backward(upstraem=2.0), r"did you mean upstream\?"),
    (lambda: (Value(1) * 2).zero_grad(set_to_none=True), "leave it out"),
    (lambda: (Value(1) * 2).zero_grad(all=True), r"zero_grad\(\) has no all: it has no arguments"),
]


@pytest.mark.parametrize(("use", "message"), OPTIONS)
def test_the_options_of_others_say_what_to_write(use, message):
    with pytest.raises(TypeError, match=message):
        use()


def test_an_option_that_is_refused_changes_nothing():
    x = Value(3.0)
    y = x * x
    y.backward()
    for use in (lambda: y.backward(retain_graph=True), lambda: y.zero_grad(set_to_none=True)):
        with pytest.raises(TypeError):
            use()
    assert (x.grad, y.grad) == (6.0, 1.0)


@pytest.mark.parametrize("divide", [lambda a: a / 0, lambda a: 1 / (a - a), lambda a: (a - a) ** -1, lambda a: 0.0 ** (a - 2)])
def test_a_division_by_zero_is_caught_as_pythons_is(divide):
    for error in (ZeroDivisionError, DomainError, ValueError):
        with pytest.raises(error, match="needs a"):
            divide(Value(1.0))
    with pytest.raises(DomainError) as caught:
        Value(-1.0).log()
    assert not isinstance(caught.value, ZeroDivisionError)


def test_infinity_as_a_bound_and_as_a_mask():
    losses = [Value(2.0), Value(1.0), Value(3.0)]
    best = math.inf
    for loss in losses:
        if loss < best:
            best = loss
    assert best is losses[1]
    assert -math.inf < losses[0] <= math.inf
    a, b = Value(1.0), Value(2.0)
    p = softmax([a, b, -math.inf])
    (3 * p[0] + 5 * p[1] + 7 * p[2]).backward()
    q = 1 / (1 + math.exp(1.0))
    assert [x.data for x in p] == pytest.approx([q, 1 - q, 0.0], abs=1e-15)
    assert (a.grad, b.grad) == pytest.approx((-2 * q * (1 - q), 2 * q * (1 - q)), abs=1e-15)
    assert logsumexp([a, -math.inf]).data == 1.0
    for use in (lambda: Value(-math.inf), lambda: maximum(a, -math.inf)):
        with pytest.raises(ValueError, match=r"as a bound or a mask write the plain number float\('-inf'\), which comparisons"):
            use()
