"""Where the terminal cannot write ∂ and →, everything that is shown or said is in ASCII: nothing ends in UnicodeEncodeError."""

import contextlib
import io

import pytest
from chalkgrad import engine
from chalkgrad.engine import (
    Value,
    chain_rule,
    cost,
    derivative_expression,
    four_ways,
    gradcheck,
    hessian,
    jacobian,
    nudge,
    program,
)
from chalkgrad.nn import MLP, Adam, GradientDescent, Network, cross_entropy, fit, squared_error
from chalkgrad.nn.data import iris
from chalkgrad.viz import diagram, draw, play
from typed_lines import BEFORE, TYPED

ENCODINGS = ["ascii", "cp1252"]


@pytest.fixture(params=ENCODINGS)
def encoded(request):
    """Prints things on a terminal of another encoding, and returns what is written there."""

    def written(things):
        terminal = io.TextIOWrapper(io.BytesIO(), encoding=request.param)
        with contextlib.redirect_stdout(terminal):
            for thing in things():
                print(thing)
        terminal.flush()
        return terminal.buffer.getvalue().decode(request.param)

    return written


def shown():
    """Everything that has a repr with signs in it, on values that have Greek names."""
    a, b = Value(2.0, "α"), Value(1.0, "β")
    c, d = a + b, b + 1
    e = c * d
    e.label = "ε"
    yield from (a, e, e.tape(), e.tape().table(), e.tape().tangents(a), e.op)
    steps = e.steps()
    yield from (steps, steps.step(2), steps.pending, steps.ask(), steps.ask(3), e.steps(by="node").step())
    yield from (e.steps(forward=True).run(), e.steps(mistake="recursion"), e.steps(mistake="recursion").step(2))
    yield from (e.check(α=3), e.check(β=1), chain_rule(e, b), chain_rule(e, b).factored(), chain_rule(a, e))
    yield from (nudge(e, a), nudge(e, a, [0.1, 0.01]), gradcheck(e), four_ways(lambda x: x**2, 3.0), cost(e))
    yield from (derivative_expression(e, a), jacobian([e, c], [a, b]), hessian(e, [a, b]), program(e), engine.recording())
    model = MLP(2, [3, 1], seed=0)
    trace = model.trace([1.0, 2.0])
    loss = (trace.output - 1) ** 2
    yield from (model, model.layer1, model.layer1.neurons[0], model.theta, trace, trace.backward(loss))
    yield from (MLP(2, [3, 1], activation=None).collapse(), Network("x1 x2", "y = h1(x1, x2)", "tanh"))
    loss.backward()
    yield from (GradientDescent(0.01).step(model, loss=loss), GradientDescent(0.1, momentum=0.9), Adam(0.1))
    yield fit(model, [[0.0, 0.0], [1.0, 1.0]], [0, 1], loss=squared_error, epochs=2, compiled=False, progress=False)
    yield from (squared_error, cross_entropy.mean, iris(), draw(e), play(e), diagram(model))


def test_whatever_is_shown_can_be_written(encoded):
    text = encoded(lambda: (text for thing in shown() for text in (repr(thing), thing)))
    assert "MLP 2 -> 3 -> 1" in text
    assert "depsilon/dbeta = " in text


def test_the_signs_stay_where_they_can_be_written():
    assert repr(MLP(2, [3, 1])).startswith("MLP 2 → 3 → 1")


def messages():
    """The messages of the slips that a student makes in the first hour."""
    for typed, *_ in TYPED:
        names = {"__name__": "__main__", "io": io, "out": io.StringIO()}
        exec(BEFORE, names)
        try:
            exec(typed, names)
        except Exception as error:
            yield error


def test_every_message_of_the_first_hour_can_be_written(encoded):
    text = encoded(messages)
    assert text.count("\n") > 60
    assert "needs an exponent >= 0" in text
    assert "[model(x) for x in X]" in text
