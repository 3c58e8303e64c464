"""Names that values get from the caller's variables: never another variable's, whoever shows the value."""

import builtins
import contextlib
import io
import subprocess
import sys
import traceback
from collections import UserDict, namedtuple
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace

import pytest
from chalkgrad.engine import Tape, Value, chain_rule, no_grad, tape
from chalkgrad.engine.words.names import names_of, own_name
from counting import lines
from processes import python

outside = Value(7.0)


def name(value):
    """The name in a value's repr, or the number or the expression that stands there instead."""
    return repr(value).removeprefix("<Value ").partition(" = ")[0].partition(", ")[0]


# Whose frames --------------------------------------------------------------------------------------------------------


def module_at(path, name, source):
    """A module as if it were imported from a file there."""
    module = ModuleType(name)
    module.__file__ = str(path)
    exec(compile(source, str(path), "exec"), vars(module))
    return module


TOOL = "def show(obj, text=repr):\n    item = self = obj\n    return text(obj)"


@pytest.mark.parametrize(
    ("file", "module"),
    [
        ("lib/python3.11/site-packages/icecream/icecream.py", "icecream.icecream"),
        ("lib/python3/dist-packages/thing.py", "thing"),
        ("vscode/extensions/bundled/libs/pydevd_safe_repr.py", "_pydevd_bundle.pydevd_safe_repr"),
        ("my checkout/viz/anything.py", "chalkgrad.viz.anything"),
        ("<frozen importlib._bootstrap>", "importlib._bootstrap"),
    ],
)
def test_what_shows_a_value_does_not_lend_it_its_own_names(file, module, tmp_path):
    tool = module_at(file if file.startswith("<") else tmp_path / file, module, TOOL)
    a, b = Value(2.0), Value(3.0)
    y = a * b
    assert tool.show(y) == "<Value y = a·b = 6, grad not computed>"
    assert tool.show(a + 1) == "<Value a + 1 = 3, grad not computed>"
    assert tool.show(outside) == "<Value outside = 7, grad not computed>"


@pytest.mark.parametrize(
    ("file", "module"),
    [
        ("student/helpers.py", "helpers"),
        ("tmp/ipykernel_7/1234.py", "__main__"),
        ("tmp/marimo_7/__marimo__cell_Hbol_.py", "__main__"),
        ("<stdin>", "__main__"),
        ("<ipython-input-3-abc>", "__main__"),
        ("<pyshell#3>", "__main__"),
        ("<doctest chalkgrad.engine.value[3]>", "chalkgrad.engine.value"),
    ],
)
def test_a_function_of_the_callers_names_what_nobody_else_does(file, module, tmp_path):
    source = f"def show(Value):\n    own = Value(3.0)\n    return repr(own)\n__name__ = {module!r}"
    here = module_at(tmp_path / file if file[0] != "<" else file, module, source)
    if file.startswith("<"):
        del here.__file__
    assert here.show(Value) == "<Value own = 3, grad not computed>"


def test_a_command_of_ours_that_python_m_runs_is_no_caller(tmp_path):
    tool = module_at(tmp_path / "checkout" / "front" / "__main__.py", "__main__", TOOL)
    assert (
        tool.show(Value(3.0) * 2) == "<Value item = 3·2 = 6, grad not computed>"
    )  # as a script of the student's would have it
    tool.__spec__ = ModuleSpec("chalkgrad.__main__", None)
    assert tool.show(Value(3.0) * 2) == "<Value 3·2 = 6, grad not computed>"


def test_code_made_from_text_is_that_of_the_module_it_runs_in(tmp_path):
    for place, shown in (("site-packages", "3"), ("student", "own")):
        namespace = {"__name__": "made", "__file__": str(tmp_path / place / "made.py"), "Value": Value}
        exec("def show():\n    own = Value(3.0)\n    return repr(own)", namespace)
        assert namespace["show"]() == f"<Value {shown}{' = 3' * (shown == 'own')}, grad not computed>"


def test_a_failing_assertion_of_pytest_shows_the_names_of_the_test(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "from chalkgrad.engine import Value\n"
        "def test_data():\n    w, x = Value(2), Value(1)\n    y = w*x\n    assert y < 2\n"
        "def test_grad():\n    w, x = Value(2), Value(1)\n    y = w*x\n    y.backward()\n    assert w.grad == 3\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)], capture_output=True, encoding="utf-8"
    )
    assert "assert <Value y = w·x = 2, grad not computed> < 2" in done.stdout
    assert "where 1.0 = <Value w = 2, grad 1>.grad" in done.stdout


def test_the_debugger_of_notebooks_and_of_vs_code_shows_the_callers_names():
    pytest.importorskip("debugpy")
    shown = python(
        """
        import os, sys, debugpy
        sys.path.insert(0, os.path.join(os.path.dirname(debugpy.__file__), "_vendored", "pydevd"))
        from _pydevd_bundle.pydevd_safe_repr import SafeRepr
        from chalkgrad.engine import Value
        def student():
            a, b = Value(2), Value(3)
            y = a * b
            print(SafeRepr()(y), SafeRepr()([a, b * 1]))
        student()
        """
    )
    first = "<Value y = a·b = 6, grad not computed>"
    assert shown.strip() == f"{first} [<Value a = 2, grad not computed>, <Value b·1 = 3, grad not computed>]"


def test_a_cell_of_ipython_shows_the_names_of_the_cells_before_and_skips_its_history():
    pytest.importorskip("IPython")
    shown = python(
        """
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance()
        shell.colors = "nocolor"
        for cell in ("from chalkgrad.engine import Value; a = Value(2)", "a * 3", "[Value(5)]", "[_oh, a]", "_"):
            shell.run_cell(cell, store_history=True)
        """
    )
    assert "<Value a·3 = 6, grad not computed>" in shown
    assert "Out[" not in shown.replace("Out[2]:", "").replace("Out[3]:", "").replace("Out[4]:", "").replace("Out[5]:", "")
    assert "[<Value 5, grad not computed>]" in shown
    assert "_oh" not in shown
    assert "obj" not in shown


def test_an_error_that_nobody_catches_is_shown_with_the_names_of_main_alone():
    script = "from chalkgrad.engine import Value\ne = Value(2) * 3\ndef f():\n    own = Value(5)\n    raise ValueError({})\nf()"
    for raised, shown in (("e", "<Value e = 2·3 = 6, grad not computed>"), ("own", "<Value 5, grad not computed>")):
        done = subprocess.run([sys.executable, "-c", script.format(raised)], capture_output=True, encoding="utf-8")
        assert done.stderr.splitlines()[-1] == f"ValueError: {shown}"
    assert "<Value 5, grad" in "".join(traceback.format_exception(ValueError(Value(5.0))))


def test_names_come_from_python_c_and_from_the_standard_input():
    script = "from chalkgrad.engine import Value\na = Value(2)\nprint(repr(a * a), [repr(v) for v in (a * a).tape()])"
    expected = "<Value a·a = 4, grad not computed> ['<Value a = 2, grad not computed>', '<Value a·a = 4, grad not computed>']"
    assert python(script).strip() == expected
    done = subprocess.run([sys.executable, "-"], input=script, capture_output=True, encoding="utf-8")
    assert done.stdout.strip() == expected


# Which binding -------------------------------------------------------------------------------------------------------


def test_a_walk_over_the_graph_shows_each_value_under_a_name_of_its_own():
    k, a = Value(5.0), Value(2.0)
    r = k * a * 2
    shown = []

    def walk(node):
        shown.append(name(node))
        for parent in node.parents:
            walk(parent)

    walk(r)
    assert shown == ["r", "k·a", "k", "a"]


def test_a_comprehension_and_a_parameter_name_nothing_that_has_a_name():
    a, b = Value(2.0), Value(1.0)
    e = (a + b) * b
    assert [name(v) for v in e.tape()] == ["a", "b", "a + b", "e"]
    assert {v.name for v in e.tape()} == {"a", "b", "a + b", "e"}
    assert [v.name for v in reversed(e.tape().nodes)] == ["e", "a + b", "b", "a"]

    def show(v):
        return name(v)

    assert [show(a), show(e), show(outside)] == ["a", "e", "outside"]


def test_what_only_a_function_has_is_called_as_it_calls_it():
    def loss(w, x):
        product = w * x
        return [own_name(v) for v in product.tape()]

    assert loss(Value(2.0), Value(3.0)) == ["w", "x", "product"]

    def square(r):
        L = r * r
        return [*L.tape().names.values()], repr(L), repr(r)

    a = Value(2.0)
    assert square(a * 3) == (
        ["a", "r", "L"],  # a table of the function's values has its names
        "<Value L = a·3·a·3 = 36, grad not computed>",  # and by itself a value is what it is for everybody
        "<Value a·3 = 6, grad not computed>",
    )


def test_the_oldest_binding_wins_in_lists_too():
    first = Value(1.0)
    kept = [first, Value(2.0)]
    second = kept[1]
    assert (name(first), name(second)) == ("first", "kept[1]")


# Containers ----------------------------------------------------------------------------------------------------------


@dataclass
class Point:
    w: Value
    b: Value


@dataclass(slots=True)
class Slim:
    w: Value
    b: Value


Pair = namedtuple("Pair", "left right")


class Neuron:
    def __init__(self):
        self.w = [Value(1.0), Value(2.0)]
        self.b = Value(0.5)
        self._hidden = Value(0.25)


def test_lists_dicts_and_attributes_name_what_they_hold():
    ws, pair = [Value(1.0), Value(2.0)], (Value(3.0), Value(4.0))
    matrix = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
    table = {"w1": Value(5.0), 2: Value(6.0), "rows": [Value(7.0)]}
    point, slim, named, plain, neuron = (
        Point(Value(1.0), Value(2.0)),
        Slim(Value(1.0), Value(2.0)),
        Pair(1.0, Value(2.0)),
        (SimpleNamespace(b=Value(1.0))),
        Neuron(),
    )
    expected = {
        "ws[1]": ws[1],
        "pair[0]": pair[0],
        "matrix[1][0]": matrix[1][0],
        'table["w1"]': table["w1"],
        "table[2]": table[2],
        'table["rows"][0]': table["rows"][0],
        "point.b": point.b,
        "slim.b": slim.b,
        "named.right": named.right,
        "plain.b": plain.b,
        "neuron.b": neuron.b,
        "neuron.w[1]": neuron.w[1],
    }
    assert {own_name(value): value for value in expected.values()} == expected
    assert own_name(neuron._hidden) == ""
    L = ws[0] * table["w1"]
    assert repr(L) == '<Value L = ws[0]·table["w1"] = 5, grad not computed>'
    assert [*L.tape().names.values()] == ["ws[0]", 'table["w1"]', "L"]


def test_a_list_of_a_graphs_nodes_is_a_walk_and_names_none_of_them():
    topo, visited = [], set()

    def build(v):
        if v not in visited:
            visited.add(v)
            for parent in v.parents:
                build(parent)
            topo.append(v)

    a, b = Value(2.0), Value(3.0)
    e = (a * b + 1) * a
    build(e)
    nodes, levels = list(e.tape()), [e.tape().nodes[2:4], e.tape().nodes]
    assert [own_name(v) for v in topo] == ["a", "b", "", "", "e"]
    assert list(e.tape().names.values()) == ["a", "b", "v3", "v4", "e"]
    assert nodes == topo == list(levels[1])
    hidden = [a * 2, b * 2]  # results in a list, unlike nodes in order, have the list's name
    assert [own_name(v) for v in hidden] == ["hidden[0]", "hidden[1]"]


def test_what_cannot_be_written_in_brackets_gives_no_name():
    table = {'a"b': Value(1.0), "line\nbreak": Value(2.0), (1, 2): Value(3.0), Value(1.0): Value(4.0)}
    assert [own_name(value) for value in table.values()] == [""] * 4


def test_tapes_modules_and_classes_are_not_looked_into():
    sub = ModuleType("sub")
    sub.x = Value(1.0)
    kept = [Value(2.0).exp().tape(), chain_rule(Value(3.0).exp(), Value(4.0)), UserDict(x=Value(5.0))]
    read = Value(6.0).exp().tape()
    assert isinstance(read, Tape)
    assert own_name(sub.x) == own_name(kept[0].nodes[0]) == own_name(read.nodes[0]) == own_name(kept[2].data["x"]) == ""


def test_no_code_of_the_callers_runs():
    class Loud:
        def __init__(self):
            self.b = Value(1.0)

        def __getattribute__(self, name):
            raise AssertionError(name)

        @property
        def w(self):
            raise AssertionError

        __class__ = property(lambda self: pytest.fail("asked for its class"))

    class Rows(list):
        __iter__ = __len__ = __getitem__ = lambda self, *_: pytest.fail("asked for its elements")

    class Table(dict):
        items = __iter__ = __getitem__ = lambda self, *_: pytest.fail("asked for its items")

    value, other, third = Value(2.0), Value(3.0), Value(4.0)
    held = [value, other, third]
    del value, other, third
    loud, rows, table = Loud(), Rows([held[0]]), Table(x=held[1])
    text = object.__getattribute__(loud, "b")
    assert [own_name(v) for v in held] == ["held[0]", "held[1]", "held[2]"]
    values = iter([*held, text])
    del held, text
    assert [own_name(v) for v in values] == ["rows[0]", 'table["x"]', "", "loud.b"]
    assert type(rows) is Rows
    assert type(table) is Table


def test_large_namespaces_and_lists_cost_little_and_a_list_of_numbers_nothing():
    small = {"__name__": "student", "a": Value(1.0)}
    many = {**small, **{f"u{i}": Value(float(i)) for i in range(20_000)}}
    rows = {**small, "X": [[1.0] * 64 for _ in range(5_000)], "y": [0.5] * 100_000, "ws": [Value(1.0)] * 100_000}
    for namespace in (small, many, rows):
        namespace["show"] = repr
        exec("def work():\n    return show(a * 2)", namespace)
    first = lines(small["work"])
    assert lines(many["work"]) < first + 5 * 20_000
    assert lines(rows["work"]) < first + 20_000


def test_a_namespace_with_more_than_is_looked_at_ends_the_search_and_not_the_program():
    """Lists in lists use up what may be looked at while the outer list is still gone through."""
    tables = {f"rows{i}": [[Value(1.0), Value(2.0)]] * 900 for i in range(9)}
    namespace = {"__name__": "student", "a": Value(1.0), **tables, "more": [[Value(3.0)]], "show": repr}
    exec("def work():\n    return show(a * 2)", namespace)
    assert namespace["work"]() == "<Value a·2 = 2, grad not computed>"


# By itself, and by its name ------------------------------------------------------------------------------------------


def test_a_value_without_a_name_is_shown_by_its_expression():
    a, b = Value(2.0), Value(3.0)
    assert repr(a + 1) == "<Value a + 1 = 3, grad not computed>"
    assert repr((a + 1) * b) == "<Value (a + 1)·b = 9, grad not computed>"
    assert repr(a * (b * -2.0)) == "<Value a·b·(-2) = -12, grad not computed>"
    assert repr([Value(-3.0)][0]) == "<Value -3, grad not computed>"
    assert repr(Value(-3.0) * a) == "<Value (-3)·a = -6, grad not computed>"
    y = (a * b + 1).tanh()
    y.backward()
    assert repr(y).startswith("<Value y = tanh(a·b + 1) = 0.999998, grad ")
    with no_grad():
        unrecorded = [a * b]
    assert repr(unrecorded.pop()) == "<Value 6 (cut off: no_grad), grad not computed>"


def test_a_long_expression_is_left_out_from_its_beginning():
    x = Value(1.5)
    y = x
    for _ in range(1_000):
        y = y * x
    assert repr(y) == "<Value y = …·x·x·x·x·x·x = 1.851e176, grad not computed>"
    names = [Value(1.0, f"a_rather_long_name_{i}") for i in range(40)]
    total = sum(n * x for n in names)
    assert "…" in repr(total)
    assert len(repr(total)) < 150


def test_no_two_values_of_a_session_are_called_v_and_the_same_number():
    a, b = Value(2.0), Value(3.0)
    p, q = (a + b) * 2, (a - b) * 2
    assert not any("v" in repr(node).removeprefix("<Value") for node in tape(p, q))
    assert [*tape(p, q).names.values()] == ["a", "b", "v3", "p", "v5", "q"]


def test_the_name_is_what_is_shown():
    a, b = Value(2.0), Value(3.0, "label")
    e = (a + 1) * b
    assert [v.name for v in e.tape()] == ["a", "a + 1", "label", "e"]
    assert [Value(3.0)][0].name == "3"
    assert {v.name: v.data for v in e.tape()} == {"a": 2.0, "a + 1": 3.0, "label": 3.0, "e": 9.0}


def test_the_parameters_of_a_unit_have_all_its_name_or_none():
    from chalkgrad.nn import MLP

    model = MLP(2, [3, 1], seed=0)
    y = model([1.0, 2.0])
    names = [n for v, n in names_of(list(y.tape())).items() if v in set(model.parameters())]
    assert len(names) == len(model.parameters())
    assert all(n.startswith("layer") for n in names)


def test_the_debugger_of_the_standard_library_and_idle_are_no_callers(monkeypatch):
    monkeypatch.setattr(builtins, "_", None, raising=False)
    shown = io.StringIO()
    a = Value(2.0)
    with contextlib.redirect_stdout(shown):
        sys.displayhook([a * 3])
    assert shown.getvalue() == "[<Value a·3 = 6, grad not computed>]\n"
