"""How much of ours stands in a traceback: at most two frames below the student's line, and tools are told to hide these."""

import gc
import linecache
import traceback
import weakref
from types import TracebackType

import numpy as np
import pytest
from chalkgrad.engine import DomainError, Value, gradient, log
from chalkgrad.engine.basics.tracebacks import ends_traceback, short_traceback

BEFORE = """
from chalkgrad.engine import *
from chalkgrad.nn import *
from chalkgrad.nn.data import read_csv
from chalkgrad.viz import draw, frames, play, prompt, save
from chalkgrad.engine import Value
a, b = Value(2), Value(1)
c = a + b
d = b + 1
e = c*d
"""

TYPED = [
    "log(b - 4)",
    "a*'x'",
    "[1] + a",
    "2/(a - 2)",
    "a < 'x'",
    "int(a)",
    "bool(a - 2)",
    "Value('3')",
    "a.data = 'x'",
    "total([a, 'x'])",
    "affine([a], [1, 2], 3)",
    "operation('f', lambda x: log(x))(a - 3)",
    "e.backward('x')",
    "a.data = 3; e.backward()",
    "sqrt(a - 2).backward()",
    "a.data = 3; d = log(a - 2); a.data = 1; d.forward()",
    "e.steps().goto(99)",
    "e.steps()[6]",
    "e.steps()['b']",
    "e.steps().step('b')",
    "e.steps().back(-1)",
    "next(e.steps())",
    "e.steps(forward=True)[9]",
    "e.steps(forward=True).run_to(e + 1)",
    "e.steps(mistake='recursion')[9]",
    "e.steps(mistake='recursion').goto(99)",
    "e.steps(mistake='recursion').current",
    "s = e.steps(); s.step(); a.data = 5; s.step()",
    "s = e.steps(); x = s.step(); a.data = 5; repr(x)",
    "s = e.steps(); x = s.step(); a.data = 5; print(x)",
    "e.steps().run_to('q')",
    "e.steps(by='x')",
    "e.check(b='x')",
    "gradient(lambda x: x**2)('3')",
    "gradient(e)",
    "hessian(lambda x: 'a')(3)",
    "nudge(e, 3)",
    "chain_rule(e, 'q')",
    "gradcheck(3)",
    "program(3)",
    "tape(3)",
    "MLP('2', [1])",
    "MLP(2, [3, 1], activation='tahn')",
    "MLP(2, [3, 1])(['a', 'b'])",
    "MLP(2, [3, 1]).predict(1)",
    "Neuron(2)(['a', 1])",
    "Network('x', 'y = h(x)', 'tanh')([1, 2, 3])",
    "fit(MLP(2, [1]), [[1, 2]], ['a'], loss=squared_error)",
    "Adam(0.1).step(3)",
    "read_csv(['f.csv', 'g.csv'])",
    "read_csv('no such file.csv')",
    "e.steps(mistakes=1)",
    "gradcheck(e, eps=1e-3)",
    "nudge(e)",
    "MLP()",
    "cross_entropy.mean.over([[1, 2]], [3])",
    "cross_entropy.metric([[1, 2]], [3])",
    "squared_error.metric([1], ['x'])",
    "binary_cross_entropy.metric([[0.5, 0.5]], [[0, 3]])",
    "binary_cross_entropy.mean([[0.5, 0.4]], [[0, 1]])",
    "binary_cross_entropy(2.0, 1)",
    "squared_error(1.0, MLP(2, [1])([1, 2]))",
    "cross_entropy(MLP(2, [1])([1, 2]), 0)",
    "draw(3)",
    "draw(e, skin='x')",
    "draw(e).save('x.foo')",
    "play(3)",
    "prompt(3)",
    "frames(3, 'x')",
    "save(3, 'x.svg')",
    "save('e.svg', e)",
    "save(e)",
    "draw(e).show()",
    "play(e).save()",
    "draw(MLP(2, [1]))",
]


def entries_below(typed: str) -> list[TracebackType]:
    """Returns the entries of the traceback below the line that is typed."""
    names: dict[str, object] = {"__name__": "__main__"}
    exec(BEFORE, names)
    try:
        exec(compile(typed, "<typed>", "exec"), names)
    except Exception as error:
        entry, entries = error.__traceback__, []
        while entry is not None:
            entries.append(entry)
            entry = entry.tb_next
        typed_at = max(i for i, entry in enumerate(entries) if entry.tb_frame.f_code.co_filename == "<typed>")
        return entries[typed_at + 1 :]
    raise AssertionError(f"{typed} raises nothing")


@pytest.mark.parametrize("typed", TYPED)
def test_at_most_two_frames_stand_below_the_students_line_and_are_hidden_by_tools(typed, monkeypatch):
    monkeypatch.delenv("CHALKGRAD_TRACEBACK", raising=False)
    below = entries_below(typed)
    assert len(below) in (1, 2)
    assert all(entry.tb_frame.f_locals.get("__tracebackhide__") is True for entry in below)


@pytest.mark.parametrize("typed", ["a.data = 3; e.backward()", "e.backward('x')", "e.steps(by='x')", "e.check(b='x')"])
def test_the_last_frame_which_tools_show_although_it_is_hidden_is_where_the_error_was_raised(typed, monkeypatch):
    monkeypatch.delenv("CHALKGRAD_TRACEBACK", raising=False)
    *_, last = entries_below(typed)
    file, line = last.tb_frame.f_code.co_filename, last.tb_lineno
    assert not file.endswith("tracebacks.py")
    assert "raise " in linecache.getline(file, line)


def test_numpys_second_attempt_is_not_a_second_traceback(monkeypatch):
    monkeypatch.delenv("CHALKGRAD_TRACEBACK", raising=False)
    values = np.array([Value(1.0), Value(-1.0)])
    with pytest.raises(TypeError, match=r"write \[maximum\(v, 0\) for v in values\]") as caught:
        np.clip(values, 0, 1)
    written = "".join(traceback.format_exception(caught.value))
    assert written.count("Traceback (most recent call last)") == 1
    assert written.count("comparisons.py") == 2
    assert "beside_arrays.py" not in written


@pytest.mark.parametrize("typed", ["log(b - 4)", "draw(3)", "chain_rule(e, 'q')"])
def test_everything_is_shown_to_those_who_ask(typed, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_TRACEBACK", "full")
    assert len(entries_below(typed)) > 2


def test_frames_of_a_function_of_the_students_stay(monkeypatch):
    monkeypatch.delenv("CHALKGRAD_TRACEBACK", raising=False)

    def inner(x):
        return log(x - 3)

    def outer(x):
        return 2 * inner(x)

    with pytest.raises(DomainError) as caught:
        gradient(outer)(1.0)
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names.index("outer") + 1 == names.index("inner") == len(names) - 2


def test_an_error_keeps_nothing_alive_when_it_is_gone():
    gc.collect()
    gc.disable()
    try:
        x, found = Value(-1.0), []
        for raise_it in (lambda: log(x), lambda: gradient(log)(-1.0), lambda: 1 / (x + 1)):
            try:
                raise_it()
            except DomainError as error:
                found.append(weakref.ref(error))
        assert [error() for error in found] == [None, None, None]
    finally:
        gc.enable()


def test_a_function_that_is_made_so_keeps_its_name_and_answers_as_before():
    def halved(x):
        """Returns the half."""
        return x / 2

    for made in (short_traceback(halved), ends_traceback(halved)):
        assert (made.__name__, made.__doc__, made(3)) == ("halved", "Returns the half.", 1.5)
