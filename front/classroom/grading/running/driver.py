"""What runs beside a student's program, in the same process: it asks the program for graphs and reads the numbers off.

>>> from types import SimpleNamespace
>>> from chalkgrad import Value
>>> from chalkgrad.classroom.grading.program import Program
>>> graph = Program((("a", 2.0), ("b", -3.0)), (("c", "*", ("a", "b")),))
>>> question = SimpleNamespace(do="run", programs=(graph,), passes=(0,), options={})
>>> answer(question, SimpleNamespace(Value=Value))["numbers"][0]["a"]
(2.0, -3.0)

This file needs the standard library alone, for `student_process` loads it in an isolated Python, in which chalkgrad is not
there. It holds no right answer: these are worked out by another process.
"""

from __future__ import annotations

import operator
import sys
import time
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypedDict

CLASSES = ("Value", "Scalar", "Tensor", "Variable", "Var", "Node", "Number", "Val", "DualNumber", "Num")
NAMES = {
    "data": ("data", "value", "val", "item", "v", "x"),
    "grad": ("grad", "derivative", "gradient", "adjoint", "g", "bar", "dv"),
    "backward": ("backward", "backprop", "backpropagate", "backpropagation", "backward_pass", "reverse"),
}
NETWORKS = ("Neuron", "Layer", "MLP")
# Python's method and function for a sign, and its names where it is written as a function; adapters have the first of them.
SIGNS: dict[str, tuple[str, Function, tuple[str, ...]]] = {
    "+": ("__add__", operator.add, ("add", "plus")),
    "-": ("__sub__", operator.sub, ("sub", "subtract", "minus")),
    "*": ("__mul__", operator.mul, ("mul", "multiply", "times", "mult")),
    "/": ("__truediv__", operator.truediv, ("div", "divide", "truediv")),
    "**": ("__pow__", operator.pow, ("pow", "power")),
    "neg": ("__neg__", operator.neg, ("neg", "negative", "negate")),
    "abs": ("__abs__", abs, ("abs", "absolute")),
}
IN_PLACE: dict[str, Function] = {"+=": operator.iadd, "*=": operator.imul}
FUNCTIONS = {
    "tanh": ("tanh",),
    "exp": ("exp",),
    "log": ("log", "ln"),
    "relu": ("relu", "ReLU"),
    "sigmoid": ("sigmoid", "logistic", "sigm"),
    "sqrt": ("sqrt",),
    "sin": ("sin",),
    "cos": ("cos",),
    "tan": ("tan",),
    "softplus": ("softplus",),
    "square": ("square",),
}

plain = float.__pos__  # of a float itself, whatever a class derived from it says
TEXT = 300  # letters of an error's message that are handed on

Function = Callable[..., object]
Numbers = dict[str, tuple[float | None, float | None]]  # by name: data and grad
# Leaves and lines, as in `program.Program`.
GraphData = tuple[Sequence[tuple[str, float]], Sequence[tuple[str, str, Sequence[str | float]]]]


class Asked(Protocol):
    """A `questions.Question`, or an object with its attributes."""

    @property
    def do(self) -> str:
        """What is to be done."""

    @property
    def programs(self) -> Sequence[GraphData]:
        """The graphs."""

    @property
    def passes(self) -> Sequence[int]:
        """The roots of the passes."""

    @property
    def options(self) -> Mapping[str, object]:
        """What else there is to say."""


class Said(TypedDict, total=False):
    """The fields of `questions.Answer`; numbers are (data, grad)."""

    numbers: Sequence[Numbers]
    error: str
    line: int
    missing: str
    found: dict[str, object]
    seconds: float


class Missing(Exception):  # noqa: N818 (read aloud: "missing")
    """The program does not have an operation; its argument is the name."""


# Finding and reading ---------------------------------------------------------------------------------------------------


class Engine:
    """A student's module with what was found in it: the class, and how its numbers are read.

    Args:
        module: the student's module
        class_name: the class; without it the usual names are tried, then every class that has a backward pass
        names: attributes under names of their own, as in {"data": "value", "grad": "derivative", "backward": "backprop"},
            and operations, as in {"tanh": "tangens_hyperbolicus"}
        adapters: a module with any of the functions leaf(x), data(node), grad(node), backward(root), set_data(node, x), and
            those named after operations, such as tanh(x), add(x, y); they take the place of what is found

    Raises:
        LookupError: there is no such class; the message says what there is.
    """

    def __init__(self, module: object, class_name: str = "", names: Mapping[str, str] = {}, adapters: object = None) -> None:
        self.module, self.names, self.adapters = module, dict(names), adapters
        self.kind = self._class(class_name)
        self._of_leaves: type | None = self.kind  # what has the operators: with adapters it may be any type
        self._found: dict[str, str] = {}

    def _class(self, name: str) -> type | None:
        if self._adapted("leaf"):
            kind = getattr(self.module, name, None) if name else None
            return kind if isinstance(kind, type) else None
        there = {key: x for key, x in vars(self.module).items() if isinstance(x, type)}
        own = [key for key, x in there.items() if self._own(x)]
        if name:
            if name not in there:
                raise LookupError(f"there is no class {name}" + (f"; there is {', '.join(own)}" if own else ""))
            names = [name]
        else:
            folded = {key.casefold(): key for key in reversed(there)}
            usual = [folded[wanted.casefold()] for wanted in CLASSES if wanted.casefold() in folded]
            names = [key for key in dict.fromkeys([*usual, *own]) if self._backward_of(there[key])]
            names = names or [key for key in usual if key not in NETWORKS]
        for key in names:
            if self._own(there[key]):
                return there[key]
        if names:
            home = there[names[0]].__module__
            raise LookupError(f"the class {names[0]} is not written in this file: it comes from {home}")
        there_are = f"the file has the classes {', '.join(own)}" if own else "the file has no class"
        raise LookupError(f"no class with data, grad and backward() was found: {there_are}")

    def _own(self, kind: type) -> bool:
        """Tells whether a class is of the student's files: any of its functions is, or the module that it says it is of."""
        folder = getattr(self.module, "__folder__", None)
        if folder is None:  # of a module that is not a file of a submission
            return True
        codes = [x.__code__ for base in kind.__mro__ for x in vars(base).values() if isinstance(x, types.FunctionType)]
        if any(code.co_filename.startswith(folder) for code in codes):
            return True
        home = getattr(sys.modules.get(kind.__module__), "__file__", None)
        return isinstance(home, str) and home.startswith(folder)

    def _backward_of(self, kind: type) -> bool:
        """Tells whether a class, or the module, has a backward pass that is written in the student's files."""
        wanted = self.names.get("backward")
        names = (wanted,) if wanted else NAMES["backward"]
        own = {name for base in kind.__mro__ if self._own(base) for name in vars(base)}
        return any(name in own for name in names) or any(callable(getattr(self.module, n, None)) for n in names)

    def _adapted(self, name: str) -> Function | None:
        return _function(self.adapters, name)

    def leaf(self, x: float) -> object:
        """Returns a leaf with this value."""
        make = self._adapted("leaf") or self.kind
        if make is None:
            raise LookupError("there is no class")
        node = make(x)
        if self._of_leaves is None:
            self._of_leaves = type(node)
            if self._of_leaves.__module__ != "builtins" and self._own(self._of_leaves):
                self.kind = self._of_leaves
        return node

    def backward(self, root: object) -> None:
        """Does the backward pass of a root."""
        if adapted := self._adapted("backward"):
            adapted(root)
            return
        wanted = self.names.get("backward")
        names = (wanted,) if wanted else NAMES["backward"]
        for name in names:
            if method := _function(root, name):
                method()
                return
        for name in names:
            if function := _function(self.module, name):
                function(root)
                return
        raise Missing("backward")

    def attribute(self, node: object, what: str) -> str:
        """Returns the name of the attribute in which a node keeps its data or its grad; "" if there is none."""
        if what not in self._found:
            wanted = self.names.get(what)
            for name in (wanted,) if wanted else NAMES[what]:
                if hasattr(node, name):
                    self._found[what] = name
                    break
        return self._found.get(what, "")

    def read(self, node: object, what: str) -> float | None:
        """Returns a node's data or grad as a plain float; None if it has none."""
        if adapted := self._adapted(what):
            return number(adapted(node))
        name = self.attribute(node, what)
        x = getattr(node, name, None) if name else None
        for _ in range(2):
            if callable(x):
                x = x()
            if x is None:
                return None
            if self.kind is not None and isinstance(x, self.kind):  # a gradient may be a node of the engine
                x = getattr(x, self.attribute(x, "data"), None)
        return number(x)

    def set(self, node: object, what: str, x: float) -> None:
        """Gives a node another data or grad. Raises LookupError where an adapter reads it and nothing says how to write it."""
        if adapted := self._adapted(f"set_{what}"):
            adapted(node, x)
            return
        name = self._written(node, what) if self._adapted(what) else self.attribute(node, what) or NAMES[what][0]
        setattr(node, name, x)

    def _written(self, node: object, what: str) -> str:
        """Returns the name of the attribute that an adapter reads, which trying finds."""
        key = f"set_{what}"
        for name in dir(node) if key not in self._found else ():
            try:
                before = getattr(node, name)
                if not isinstance(before, (int, float)):
                    continue
                setattr(node, name, 0.375)
                try:
                    if self.read(node, what) == 0.375:
                        self._found[key] = name
                        break
                finally:
                    setattr(node, name, before)
            except Exception:  # of a property, or of one that is not to be set
                continue
        if key not in self._found:
            raise LookupError(f"the adapters have {what}(node), and no {key}(node, x), with which the weights are set")
        return self._found[key]

    def has(self, op: str) -> bool:
        """Tells whether an operation is there."""
        return self.function(op) is not None

    def function(self, op: str) -> Function | None:
        """Returns the function of an operation, None if the program does not have it."""
        if op in IN_PLACE:  # Python calls __iadd__ where there is one, and computes a + b where not
            function = self.function(op[0])
            return IN_PLACE[op] if function is SIGNS[op[0]][1] else function
        if self._of_leaves is None:
            self.leaf(1.0)
        method, sign, names = SIGNS.get(op, ("", None, FUNCTIONS.get(op, (op,))))
        if adapted := self._adapted(names[0] if sign else op):
            return adapted
        if op in self.names:
            names = (self.names[op],)
        elif sign and hasattr(self._of_leaves, method):
            return sign
        for name in names:
            found = self._method(name) or _function(self.module, name)
            if found and getattr(found, "__module__", None) not in ("math", "cmath", "builtins", "numpy", "_operator"):
                return self._with_numbers(found) if sign else found
        return None

    def _method(self, name: str) -> Function | None:
        if self.kind is None or _function(self.kind, name) is None:
            return None
        return lambda x, *more: getattr(x, name)(*more)

    def _with_numbers(self, function: Function) -> Function:
        """Returns a function, such as mul(a, b), that takes numbers too: as leaves, where it cannot do with numbers."""

        def applied(*arguments: object) -> object:
            try:
                return function(*arguments)
            except (TypeError, AttributeError):
                if not any(isinstance(x, (int, float)) for x in arguments):
                    raise
                leaves = [self.leaf(x) if isinstance(x, (int, float)) else x for x in arguments]
                return function(*leaves)

        return applied

    def applied(self, op: str, *arguments: object) -> object:
        """Returns what an operation gives. Raises Missing if the program does not have it."""
        function = self.function(op)
        if function is None:
            raise Missing(op)
        return function(*arguments)


def _function(of: object, name: str) -> Function | None:
    found = getattr(of, name, None)
    return found if callable(found) else None


def number(x: object) -> float:
    """Returns a plain float of what an engine keeps as a number.

    A class derived from float is read as the float that it is, whatever its methods say.

    >>> class Lying(float):
    ...     def __float__(self):
    ...         return 7.0
    >>> number(Lying(2.0)), number(True), number(3)
    (2.0, 1.0, 3.0)

    Raises:
        TypeError: it is not a number.
    """
    if isinstance(x, float):
        return plain(x)
    if isinstance(x, (str, bytes, bytearray)) or x is None:
        raise TypeError(f"{type(x).__name__} where a number is expected")
    try:
        return plain(float(x))  # type: ignore[arg-type]  # what is not a number is answered below
    except (TypeError, ValueError, OverflowError) as error:
        large = "an int that no float can hold" if isinstance(error, OverflowError) else type(x).__name__
        raise TypeError(f"{large} where a number is expected") from None


# Questions -------------------------------------------------------------------------------------------------------------


def answer(question: Asked, module: object) -> Said:
    """Returns what comes of a question, as a dictionary with the fields of `questions.Answer`; numbers are (data, grad).

    Args:
        question: a `questions.Question`, or an object with its attributes
        module: the student's module, or an `Engine`
    """
    began = time.process_time()
    said: Said = {"numbers": (), "error": "", "line": 0, "missing": "", "found": {}}
    folder = ""
    try:
        engine = module if isinstance(module, Engine) else Engine(module)
        folder = getattr(engine.module, "__folder__", "") or getattr(engine.module, "__file__", "") or ""
        {"find": _find, "run": _run, "values": _run, "calls": _calls}[question.do](question, engine, said)
    except Missing as missing:
        said["missing"] = str(missing)
    except LookupError as error:
        if type(error) is LookupError:
            said["error"] = str(error)
        else:
            said["error"], said["line"] = described(error, folder)
    except BaseException as error:  # whatever a student's program does, sys.exit() included
        said["error"], said["line"] = described(error, folder)
    said["seconds"] = time.process_time() - began
    return said


def described(error: BaseException, folder: str) -> tuple[str, int]:
    """Returns an error as one line, and the line of the student's file that it comes from, 0 if it is not known."""
    line = 0
    trace = error.__traceback__
    seen = 0
    while trace is not None and seen < 100_000:
        name = trace.tb_frame.f_code.co_filename
        if folder and name.startswith(folder):
            line = trace.tb_lineno
        trace, seen = trace.tb_next, seen + 1
    if isinstance(error, SyntaxError) and error.lineno:
        line = error.lineno
    try:
        text = str(error.msg if isinstance(error, SyntaxError) else error)
    except BaseException:
        text = ""
    text = " ".join(text[: 2 * TEXT].split())[:TEXT]
    kind = type(error).__name__[:60]
    if isinstance(error, SystemExit):  # its text would be what the program wants to be told, and nothing of an error
        text = str(int(error.code)) if isinstance(error.code, int) else ""
    return (f"{kind}: {text}" if text else kind), line


def _find(question: Asked, engine: Engine, said: Said) -> None:
    leaf = engine.leaf(2.0)
    operations = question.options.get("operations", ())
    wanted = [*(operations if isinstance(operations, (list, tuple)) else ()), *SIGNS, *FUNCTIONS]
    data, grad = ((engine._adapted(what) and what) or engine.attribute(leaf, what) for what in ("data", "grad"))
    kind = engine.kind.__name__ if engine.kind is not None else ""
    if not data or not grad:
        lacks = " and ".join(what for what, name in (("data", data), ("grad", grad)) if not name)
        raise LookupError(f"the class {kind} has no {lacks}")
    said["found"] = {
        "class": kind,
        "data": data,
        "grad": grad,
        "operations": [op for op in dict.fromkeys(wanted) if engine.has(op)],
        "networks": [name for name in NETWORKS if isinstance(getattr(engine.module, name, None), type)],
    }


def _run(question: Asked, engine: Engine, said: Said) -> None:
    """Builds the graphs and does the passes."""
    known: dict[str, object] = {}  # what has the same name is the same node
    graphs: list[dict[str, object]] = []
    roots: list[object] = []
    try:
        for program in question.programs:
            nodes = _built(program, engine, known)
            graphs.append(nodes)
            roots.append(nodes[program[1][-1][0] if program[1] else program[0][-1][0]])
        if question.do == "run":
            for i in question.passes:
                engine.backward(roots[i])
    finally:  # what was computed before an error, too
        said["numbers"] = tuple(_numbers(nodes, engine, question.do == "run", said) for nodes in graphs)


def _built(program: GraphData, engine: Engine, known: dict[str, object]) -> dict[str, object]:
    given, lines = program
    for _, op, _ in lines:
        if not engine.has(op):
            raise Missing(op)
    nodes: dict[str, object] = {}
    for name, x in given:
        nodes[name] = known[name] = known[name] if name in known else engine.leaf(x)
    for name, op, arguments in lines:
        if name not in known:
            known[name] = engine.applied(op, *(nodes[x] if isinstance(x, str) else x for x in arguments))
        nodes[name] = known[name]
    return nodes


def _numbers(nodes: Mapping[str, object], engine: Engine, with_grad: bool, said: Said) -> Numbers:
    """Returns what can be read of the nodes; the first number that cannot be read is the error, if there was none."""
    found: Numbers = {}
    for name, node in nodes.items():
        pair: list[float | None] = []
        for what in ("data", "grad"):
            x = None
            if what == "data" or with_grad:
                try:
                    x = engine.read(node, what)
                except Exception as error:
                    text = str(error) if type(error) is TypeError else type(error).__name__
                    said["error"] = said["error"] or f"TypeError: {what} of {name}: {text}"[:TEXT]
            pair.append(x)
        found[name] = (pair[0], pair[1])
    return found


# Networks --------------------------------------------------------------------------------------------------------------


class Call(TypedDict, total=False):
    """What is asked of a network: the options of a question that "calls".

    network, arguments, keywords: the class and what it is made with
    layers: for each layer, for each neuron, its weights and then its bias: set by the names of attributes if these are found,
        else in the order of parameters()
    inputs: a list of samples; targets: a number for each output of each sample; rate: of the step, p − rate·∂p
    """

    network: str
    arguments: Sequence[object]
    keywords: Mapping[str, object]
    layers: Sequence[Sequence[Sequence[float]]]
    inputs: Sequence[Sequence[float]]
    targets: Sequence[Sequence[float]]
    rate: float


def _calls(question: Asked, engine: Engine, said: Said) -> None:
    """Calls a network, and does a step of training if there are targets.

    Found: parameters (how many), different (how many nodes these are), set ("names", "order" or ""), outputs, and with targets:
    loss, grads in the order of `layers`, with a rate: after (the outputs).
    """
    call: Call = {**question.options}  # type: ignore[typeddict-item]  # it came as JSON, whose keys no type tells
    kind = getattr(engine.module, call["network"], None)
    if not isinstance(kind, type):
        raise Missing(call["network"])
    network: Function = kind(*call.get("arguments", ()), **dict(call.get("keywords", {})))
    found = said["found"] = {"set": ""}
    parameters = _weights_set(network, call, engine, found)
    found["different"] = len({id(node) for node in parameters})
    outputs = _outputs(network, call, engine)
    found["outputs"] = _read(outputs, engine)
    if call.get("targets"):
        _train(outputs, parameters, call, engine, found)
        if "rate" in call:
            found["after"] = _read(_outputs(network, call, engine), engine)


def _weights_set(network: Function, call: Call, engine: Engine, found: dict[str, object]) -> list[object]:
    """Sets the weights; returns the parameters in the order of `layers`, or in that of parameters() where none are given."""
    listing = _function(network, "parameters")
    parameters = _listed(listing() if listing else None)
    if listing:
        found["parameters"] = len(parameters)
    layers = call.get("layers")
    if not layers:
        return parameters
    flat = [x for layer in layers for neuron in layer for x in neuron]
    named = _by_names(network, layers)
    if named is not None:
        parameters, found["set"] = named, "names"
    elif len(parameters) == len(flat):
        found["set"] = "order"
    else:
        raise LookupError(
            f"{call['network']} has {len(parameters)} parameters where {len(flat)} are expected, and no w and b by name"
        )
    for node, x in zip(parameters, flat, strict=True):
        engine.set(node, "data", x)
    return parameters


def _train(
    outputs: Iterable[Sequence[object]], parameters: Sequence[object], call: Call, engine: Engine, found: dict[str, object]
) -> None:
    """Does the backward pass of the sum of squares, and a step if there is a rate."""
    loss: object = None
    for row, targets in zip(outputs, call["targets"], strict=True):
        for y, target in zip(row, targets, strict=True):
            difference = engine.applied("+", y, -target)
            term = engine.applied("*", difference, difference)
            loss = term if loss is None else engine.applied("+", loss, term)
    engine.backward(loss)
    found["loss"] = engine.read(loss, "data")
    found["grads"] = [engine.read(node, "grad") for node in parameters]
    if "rate" in call:
        for node in parameters:
            data, grad = engine.read(node, "data"), engine.read(node, "grad")
            engine.set(node, "data", (data or 0.0) - call["rate"] * (grad or 0.0))


def _outputs(network: Function, call: Call, engine: Engine) -> list[list[object]]:
    return [_row(_called(network, [*sample], engine)) for sample in call.get("inputs", ())]


def _read(outputs: Iterable[Iterable[object]], engine: Engine) -> list[list[float | None]]:
    return [[engine.read(y, "data") for y in row] for row in outputs]


def _called(network: Function, sample: list[float], engine: Engine) -> object:
    """Returns a network's outputs for a list of numbers; of nodes, where it cannot do with numbers."""
    try:
        return network(sample)
    except (TypeError, AttributeError):
        return network([engine.leaf(x) for x in sample])


def _row(x: object) -> list[object]:
    return [*x] if isinstance(x, (list, tuple)) else [x]


def _listed(x: object) -> list[object]:
    return [*x] if isinstance(x, Iterable) else []


def _by_names(network: object, layers: Sequence[Sequence[Sequence[float]]]) -> list[object] | None:
    """Returns the parameters, each neuron's weights and then its bias, if attributes with the usual names have them."""
    neurons = _neurons(network)
    if neurons is None or len(neurons) != sum(map(len, layers)):
        return None
    found: list[object] = []
    for neuron, numbers in zip(neurons, (x for layer in layers for x in layer), strict=True):
        weights = _first(neuron, ("w", "weights", "weight", "W"))
        bias = _first(neuron, ("b", "bias", "B"))
        if not isinstance(weights, (list, tuple)) or bias is None or len(weights) + 1 != len(numbers):
            return None
        found += [*weights, bias]
    return found


def _neurons(network: object) -> list[object] | None:
    layers = _first(network, ("layers",))
    if isinstance(layers, (list, tuple)):
        lists = [_neurons(layer) for layer in layers]
        return None if None in lists else [x for neurons in lists for x in neurons or ()]
    neurons = _first(network, ("neurons", "units", "nodes"))
    if isinstance(neurons, (list, tuple)):
        return [*neurons]
    return [network] if _first(network, ("w", "weights", "weight", "W")) is not None else None


def _first(x: object, names: Sequence[str]) -> object:
    return next((getattr(x, name) for name in names if hasattr(x, name)), None)
