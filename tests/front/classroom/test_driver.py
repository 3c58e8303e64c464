"""What runs beside a student's program: how it finds the class, what it asks, how it reads numbers."""

import json
import os
import struct
import sys
import textwrap
import types
from types import SimpleNamespace

import pytest
from chalkgrad import MLP, Value, tanh
from chalkgrad.classroom.grading.program import SIGNS, Number, Program
from chalkgrad.classroom.grading.questions import Question
from chalkgrad.classroom.grading.running import driver, student_process
from chalkgrad.classroom.grading.running.driver import Engine, answer, number
from chalkgrad.classroom.grading.running.same_interpreter import in_this_interpreter
from student_engines import engine

GRAPH = Program((("a", 2.0), ("b", -3.0)), (("c", "*", ("a", "b")), ("d", "+", ("c", "a"))))
NUMBERS = {"a": (2.0, -2.0), "b": (-3.0, 2.0), "c": (-6.0, 1.0), "d": (-4.0, 1.0)}


class Scalar:
    """An engine under names of its own, without reflected operators."""

    def __init__(self, value):
        self.value, self.derivative, self.sends = value, 0.0, []

    def __mul__(self, other):
        out = Scalar(self.value * other.value)
        out.sends = [(self, other.value), (other, self.value)]
        return out

    def __add__(self, other):
        out = Scalar(self.value + other.value)
        out.sends = [(self, 1.0), (other, 1.0)]
        return out

    def backprop(self):
        self._pass(1.0)

    def _pass(self, upstream):
        self.derivative += upstream
        for node, slope in self.sends:
            node._pass(upstream * slope)


def module(**there):
    return SimpleNamespace(**there)


def ask(question, there, **options):
    return in_this_interpreter(there, **options)([question])[0]


@pytest.mark.parametrize("there", [module(Value=Value), module(Value=engine()), module(Scalar=Scalar), module(X=Scalar)])
def test_the_class_is_found_and_a_graph_is_run(there):
    found = ask(Question("run", (GRAPH,)), there)
    assert found.error == ""
    assert found.numbers[0] == {name: Number(*pair) for name, pair in NUMBERS.items()}


def test_values_are_computed_without_a_pass():
    found = ask(Question("values", (GRAPH,)), module(Value=Value))
    assert found.numbers[0]["c"] == Number(-6.0, None)


def test_names_can_be_given():
    class Odd:
        def __init__(self, x):
            self.zahl, self.steigung = x, 0.0

        def rueckwaerts(self):
            self.steigung = 1.0

    one = Program((("a", 2.0),), ())
    names = {"data": "zahl", "grad": "steigung", "backward": "rueckwaerts"}
    assert ask(Question("run", (one,)), module(Odd=Odd), class_name="Odd", names=names).numbers[0]["a"] == (2.0, 1.0)
    assert "no class with data, grad and backward()" in ask(Question("run", (one,)), module(Odd=Odd)).error


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({}, "the file has no class"),
        ({"Layer": type("Layer", (), {})}, "the file has the classes Layer"),
        (
            {"Value": type("Value", (), {"__init__": lambda self, x: None, "backward": id})},
            "the class Value has no data and grad",
        ),
    ],
)
def test_what_is_no_engine_is_told_by_what_it_lacks(there, said):
    assert said in ask(Question("find"), module(**there)).error


def test_a_function_of_the_module_is_an_operation_too_and_math_is_not():
    import math

    one = Program((("a", 0.5),), (("c", "tanh", ("a",)),))
    assert ask(Question("run", (one,)), module(Value=Scalar, tanh=math.tanh)).missing == "tanh"
    assert ask(Question("run", (one,)), module(Value=Value, tanh=tanh)).numbers[0]["c"].data == math.tanh(0.5)
    found = ask(Question("find"), module(Value=Scalar)).found
    assert found["operations"] == ["+", "*"]


def test_the_numbers_of_a_graph_are_operands_as_they_are():
    class Kept(Scalar):
        def __init__(self, value):
            super().__init__(value)

        def __radd__(self, other):
            assert type(other) is int
            return Kept(other + self.value)

    one = Program((("a", 2.0),), (("c", "+", (2, "a")),))
    assert ask(Question("values", (one,)), module(Value=Kept)).numbers[0]["c"].data == 4.0


def test_adapters_take_the_place_of_what_is_found():
    adapters = module(
        leaf=lambda x: [x, 0.0],
        data=lambda node: node[0],
        grad=lambda node: node[1],
        backward=lambda root: root.__setitem__(1, 1.0),
        add=lambda x, y: [x[0] + y[0], 0.0],
        mul=lambda x, y: [x[0] * y[0], 0.0],
    )
    made = Engine(module(), adapters=adapters)
    assert answer(Question("run", (GRAPH,)), made)["numbers"][0]["d"] == (-4.0, 1.0)


def test_with_adapters_the_class_is_that_of_the_leaves_and_has_the_operations_that_it_has():
    class Zahl(Scalar):
        def tanh(self):
            return Zahl(0.0)

    adapters = module(
        leaf=lambda x: Zahl(x),
        data=lambda node: node.value,
        grad=lambda node: node.derivative,
        backward=lambda root: root.backprop(),
    )
    found = answer(Question("find"), Engine(module(Other=Scalar), adapters=adapters))["found"]
    assert found == {"class": "Zahl", "data": "data", "grad": "grad", "operations": ["+", "*", "tanh"], "networks": []}
    one = Program((("a", 2.0),), (("c", "abs", ("a",)),))
    assert answer(Question("values", (one,)), Engine(module(), adapters=adapters))["missing"] == "abs"
    assert answer(Question("run", (GRAPH,)), Engine(module(), adapters=adapters))["numbers"][0] == NUMBERS


def test_weights_are_set_where_an_adapter_reads_them_or_as_an_adapter_says():
    class Boxed:
        def __init__(self, x):
            self.count, self.box = 7, [x]

        def value(self):
            assert self.count == 7
            return self.box[0]

    read = {"leaf": Scalar, "data": lambda node: node.value}
    node = Scalar(2.0)
    Engine(module(), adapters=module(**read)).set(node, "data", 5.0)
    assert vars(node) == {"value": 5.0, "derivative": 0.0, "sends": []}
    boxed = {"leaf": Boxed, "data": lambda node: node.value()}
    node = Boxed(2.0)
    with pytest.raises(LookupError, match=r"no set_data\(node, x\)"):
        Engine(module(), adapters=module(**boxed)).set(node, "data", 5.0)
    assert vars(node) == {"count": 7, "box": [2.0]}
    setting = module(**boxed, set_data=lambda node, x: node.box.__setitem__(0, x))
    Engine(module(), adapters=setting).set(node, "data", 5.0)
    assert node.box == [5.0]


def test_with_adapters_whose_leaves_are_of_no_class_of_the_students_none_is_named():
    adapters = module(leaf=lambda x: [x, 0.0], data=lambda node: node[0], grad=lambda node: node[1], backward=len)
    found = answer(Question("find"), Engine(module(), adapters=adapters))["found"]
    assert (found["class"], "abs" in found["operations"]) == ("", False)


def test_an_error_is_an_answer_with_what_was_computed_before_it():
    class Broken(Scalar):
        def __add__(self, other):
            return Broken(self.value + other.value)

        def backprop(self):
            raise SystemExit("bye")

    one = Program((("a", 2.0),), (("c", "+", ("a", "a")),))
    found = ask(Question("run", (one,)), module(Value=Broken))
    assert found.error == "SystemExit"  # without its text
    assert found.numbers[0]["a"].data == 2.0


def test_an_error_whose_text_fails_has_its_name():
    class EvilError(Exception):
        def __str__(self):
            raise ValueError

    assert driver.described(EvilError(), "") == ("EvilError", 0)


class Lying(float):
    def __float__(self):
        return 7.0

    def __pos__(self):
        return 7.0

    def hex(self):
        return "0x1.cp+2"


@pytest.mark.parametrize("x", [2.5, -0.0, 1e-320, float("inf"), 0.1])
def test_a_number_is_read_to_the_bit(x):
    read = json.loads(student_process.text({"x": number(Lying(x))}))["x"]["float"]
    assert struct.pack("d", float.fromhex(read)) == struct.pack("d", x)


@pytest.mark.parametrize("x", ["2", b"2", None, [2.0], 2j])
def test_what_is_no_number_is_not_read(x):
    with pytest.raises(TypeError, match="where a number is expected"):
        number(x)


def test_numpys_scalars_are_numbers():
    numpy = pytest.importorskip("numpy")
    assert [number(x) for x in (numpy.float32(0.5), numpy.int64(3), numpy.array(2.0))] == [0.5, 3.0, 2.0]


@pytest.mark.parametrize("x", ['é\n"\\\u2028', {"a": [1, None, True]}, [], 10**30, {"k": "</script>"}])
def test_what_is_sent_is_json(x):
    assert json.loads(student_process.text(x)) == x


def test_a_network_is_called_and_trained():
    """The house's own MLP, asked as a student's."""
    assert ask(Question("find"), module(Value=Value, MLP=MLP)).found["networks"] == ["MLP"]
    layers = [[[0.5, -1.0, 0.25]], [[2.0, 1.0]]]
    options = {"network": "MLP", "arguments": (2, [1, 1]), "layers": layers, "inputs": [[1.0, 3.0]]}
    options |= {"targets": [[2.0]], "rate": 0.1}
    found = ask(Question("calls", options=options), module(Value=Value, MLP=MLP)).found
    network = MLP(2, [1, 1])
    weights = [x for layer in network.layers for neuron in layer.neurons for x in (*neuron.w, neuron.b)]
    for weight, x in zip(weights, [0.5, -1.0, 0.25, 2.0, 1.0], strict=True):
        weight.data = x
    out = network([1.0, 3.0])
    loss = (out - 2.0) ** 2
    loss.backward()
    assert (found["parameters"], found["different"], found["set"]) == (5, 5, "names")
    assert found["outputs"] == [[pytest.approx(out.data)]]
    assert found["loss"] == pytest.approx(loss.data)
    assert found["grads"] == pytest.approx([weight.grad for weight in weights])
    for weight in weights:
        weight.data -= 0.1 * weight.grad
    assert found["after"] == [[pytest.approx(network([1.0, 3.0]).data)]]


class Var:
    """An engine of functions, as one that writes add(a, b)."""

    def __init__(self, value, parents=()):
        self.value, self.parents, self.derivative = value, parents, 0.0


def add(a, b):
    return Var(a.value + b.value, [(a, 1.0), (b, 1.0)])


def multiply(a, b):
    return Var(a.value * b.value, [(a, b.value), (b, a.value)])


def backward(node, upstream=1.0):
    node.derivative += upstream
    for parent, slope in node.parents:
        backward(parent, upstream * slope)


def test_operations_are_found_as_functions_too_and_numbers_become_leaves_where_they_must():
    there = module(Var=Var, add=add, multiply=multiply, backward=backward)
    assert ask(Question("find"), there).found["operations"] == ["+", "*"]
    assert ask(Question("run", (GRAPH,)), there).numbers[0] == {name: Number(*pair) for name, pair in NUMBERS.items()}
    one = Program((("a", 2.0),), (("c", "*", (3, "a")), ("d", "+", ("c", 1))))
    found = ask(Question("run", (one,)), there)
    assert found.numbers[0] == {"a": (2.0, 3.0), "c": (6.0, 1.0), "d": (7.0, 1.0)}


def test_a_sum_in_place_is_pythons_own():
    class InPlace(Scalar):
        def __iadd__(self, other):
            self.value += other.value
            return self

    one = Program((("a", 2.0), ("b", -3.0)), (("c", "+=", ("a", "b")),))
    assert ask(Question("values", (one,)), module(Value=InPlace)).numbers[0]["a"].data == -1.0
    assert ask(Question("values", (one,)), module(Value=Scalar)).numbers[0]["a"].data == 2.0
    functions = module(Var=Var, add=add, multiply=multiply, backward=backward)
    assert ask(Question("values", (one,)), functions).numbers[0]["c"].data == -1.0


def test_the_names_of_operations_are_those_of_programs():
    assert {op: names[0] for op, (_, _, names) in driver.SIGNS.items() if op in SIGNS} == SIGNS


def from_a_file(source, folder, **imported):
    there = types.ModuleType("my_engine")
    there.__dict__.update(imported, __folder__=f"{folder}{os.sep}", __file__=f"{folder}{os.sep}my_engine.py")
    sys.modules["my_engine"] = there
    try:
        exec(compile(textwrap.dedent(source), there.__file__, "exec"), there.__dict__)
        return Engine(there)
    finally:
        del sys.modules["my_engine"]


def test_the_class_of_a_file_is_the_one_that_is_written_there(tmp_path):
    slots = """
        from collections import Counter, deque
        from dataclasses import dataclass, field

        @dataclass(slots=True, eq=False)
        class Knoten:
            data: float
            grad: float = 0.0
            parents: list = field(default_factory=list)

            def backward(self):
                self.grad = 1.0
        """
    assert from_a_file(slots, tmp_path).kind.__name__ == "Knoten"
    listed = """
        class Tape(list):
            def record(self, x): self.append(x)

        class Punkt:
            def backward(self): pass
        """
    assert from_a_file(listed, tmp_path).kind.__name__ == "Punkt"
    with pytest.raises(LookupError, match="Value is not written in this file: it comes from chalkgrad"):
        from_a_file("", tmp_path, Value=Value)


UNREAD = {
    "a list": ([1.0], "list"),
    "a text": ("x", "str"),
    "a complex number": (1j, "complex"),
    "an int without a float": (10**400, "an int that no float can hold"),
}


@pytest.mark.parametrize(("grad", "said"), UNREAD.values(), ids=UNREAD)
def test_a_number_that_cannot_be_read_is_said_and_the_others_are_read(grad, said):
    class Odd(Scalar):
        def backprop(self):
            super().backprop()
            self.derivative = grad

    one = Program((("a", 2.0),), ())
    found = ask(Question("run", (one,)), module(Value=Odd))
    assert found.error == f"TypeError: grad of a: {said} where a number is expected"
    assert found.numbers[0]["a"] == (2.0, None)
