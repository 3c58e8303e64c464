"""Under lines() a node knows the line of the caller's source that recorded it; errors and steps name it."""

import copy
import linecache
import pickle
import sys
import threading
from pathlib import Path

import counting
import pytest
from chalkgrad.engine import DomainError, NonFiniteError, StaleGraphError, Value, line_of, lines, log, no_grad, sqrt, unit
from chalkgrad.engine.basics.source_lines import Line
from chalkgrad.nn import MLP

HERE = Path(__file__).name


def number_of_next_line():
    return sys._getframe(1).f_lineno + 1


def test_a_node_knows_the_line_that_recorded_it():
    with lines():
        first = number_of_next_line()
        a = Value(2.0, "a")
        b = a * 3 + 1
    c = a * b
    assert line_of(a) == (HERE, first, 'a = Value(2.0, "a")'.replace("'", '"'))
    assert line_of(b) == line_of(b.parents[0]) == (HERE, first + 1, "b = a * 3 + 1")
    assert line_of(c) is None


def test_the_line_is_that_of_the_innermost_function_of_the_callers():
    def squared(x):
        return x * x

    with lines():
        y = squared(Value(3.0)) + sum([Value(1.0), Value(2.0)])
    assert line_of(y).text == "y = squared(Value(3.0)) + sum([Value(1.0), Value(2.0)])"
    assert line_of(y.parents[0]).text == "return x * x"


def test_a_line_that_python_keeps_no_source_of_is_a_number():
    names = {"lines": lines, "Value": Value, "__name__": "__main__"}
    exec(compile("with lines():\n    a = Value(2.0)\n    b = a*a", "<cell without source>", "exec"), names)
    assert line_of(names["b"]) == ("", 3, "")
    assert str(line_of(names["b"])) == "line 3"


@pytest.mark.parametrize("file", ["<stdin>", "<string>"])
def test_what_is_typed_where_python_keeps_no_source_has_no_line(file):
    names = {"Value": Value, "log": log, "__name__": "__main__"}
    with lines():
        for typed_line in ("a = Value(2.0, 'a')", "b = a - 5; b.label = 'b'"):  # each is line 1
            exec(compile(typed_line, file, "single"), names)
        assert line_of(names["b"]) is None
        assert "line" not in str(names["b"].steps()[1])
        with pytest.raises(DomainError) as caught:
            exec(compile("log(b)", file, "single"), names)
    assert str(caught.value).endswith("log needs x > 0")


def test_what_is_typed_has_a_line_where_python_keeps_the_source():
    file = "<stdin>"
    linecache.cache[file] = (1, None, ["b = Value(2.0)\n"], file)
    try:
        names = {"Value": Value, "__name__": "__main__"}
        with lines():
            exec(compile("b = Value(2.0)", file, "single"), names)
    finally:
        del linecache.cache[file]
    assert line_of(names["b"]) == ("", 1, "b = Value(2.0)")


def typed(source):
    """Runs lines as a cell of a notebook does, whose source is in linecache."""
    file = "<cell 7>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names = {"__name__": "__main__", "Value": Value, "log": log, "sqrt": sqrt, "lines": lines}
    exec(compile(source, file, "exec"), names)
    return names


def test_an_error_outside_a_domain_names_the_line_of_its_argument():
    with pytest.raises(DomainError) as caught:
        typed("with lines():\n    a = Value(1.0, 'a')\n    b = a - 4\n    c = log(b)")
    assert str(caught.value).endswith("log needs x > 0; b is from line 3: b = a - 4")


def test_an_error_of_a_sweep_names_the_line_of_its_node():
    _names = typed("with lines():\n    a = Value(0.0, 'a')\n    b = sqrt(a)\n    c = b + 1")
    with pytest.raises(NonFiniteError) as caught:
        _names["c"].backward()
    assert str(caught.value).endswith("; v2 is from line 3: b = sqrt(a)")
    _names["a"].data = 1.0
    with pytest.raises(StaleGraphError) as stale:
        _names["c"].backward()
    assert str(stale.value).endswith("; v2 is from line 3: b = sqrt(a)")


def test_steps_name_the_line_and_say_nothing_where_there_is_none():
    _names = typed("with lines():\n    a = Value(2.0, 'a')\n    b = a * 3\n    b.label = 'b'")
    step = _names["b"].steps()[1]
    assert str(step).split("\n")[0].endswith("∂b/∂a = 3   (line 3: b = a * 3)")
    assert str(_names["b"].steps(by="node")[1]).split("\n")[0].endswith("(line 3: b = a * 3)")
    assert str(_names["b"].steps(forward=True)[0]) == "1/2   a = 2   (line 2: a = Value(2.0, 'a'))"
    assert "line" not in str((Value(2.0, "a") * 3).steps()[1])


def test_units_keep_their_places_and_other_modes_their_meaning():
    with lines(), unit("layer1"):
        x = Value(1.0)
        with unit("neuron2"), no_grad():
            y = x * x
    assert (x.place, y.place, y.parents) == ("layer1", "layer1.neuron2", ())
    assert line_of(y).text == "y = x * x"
    with unit("layer1"):
        assert Value(1.0).place == "layer1"
    with unit("layer1"), lines():
        assert (x * x).place == "layer1"
    assert (x * x).place == ""


def test_the_units_of_a_model_keep_their_places_and_know_the_line_of_the_call():
    model = MLP(2, [2, 1], seed=0)
    with lines():
        y = model([1.0, 2.0])
    assert y.place == "layer2.neuron1"
    assert line_of(y).text == "y = model([1.0, 2.0])"


def test_copies_and_pickles_keep_the_line():
    with lines():
        y = Value(2.0, "x") * 3
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert (line_of(twin), twin.place) == (line_of(y), "")


def test_another_thread_is_not_in_the_mode_and_nothing_is_left_behind():
    found = []
    with lines():
        thread = threading.Thread(target=lambda: found.append(line_of(Value(1.0))))
        thread.start()
        thread.join()
    assert found == [None]
    assert line_of(Value(1.0)) is None


def test_it_is_a_decorator_too():
    @lines()
    def made():
        return Value(1.0) * 2

    assert line_of(made()).text == "return Value(1.0) * 2"
    assert line_of(made() * 2) is None


def test_a_long_line_is_shown_shortened():
    assert str(Line("", 3, "x" * 80)) == "line 3: " + "x" * 59 + "…"
    assert str(Line("net.py", 3, "y")) == "net.py, line 3: y"


def test_a_line_that_records_again_is_looked_up_once_and_no_other_is_taken_for_it():
    def recorded(comment):
        cell = f"<cell {comment}>"
        linecache.cache[cell] = (0, None, [f"y = x * 2  # {comment}\n"], cell)
        code = compile(linecache.cache[cell][2][0], cell, "exec")
        names = {"x": Value(2.0)}
        with lines():
            first = counting.lines(lambda: exec(code, names))
            assert counting.lines(lambda: exec(code, names)) < first
        return line_of(names["y"]).text

    assert [recorded("one"), recorded("two")] == ["y = x * 2  # one", "y = x * 2  # two"]
