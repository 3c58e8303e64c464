"""What runs beside a student's program, in the same process: it asks the program for graphs and reads the numbers off.

>>> from types import SimpleNamespace
>>> from chalkgrad import Value
>>> from chalkgrad.classroom.grading.program import Program
>>> graph = Program((("a", 2.0), ("b", -3.0)), (("c", "*", ("a", "b")),))
>>> question = SimpleNamespace(do="run", programs=(graph,), passes=(0,), upstream=1.0, options={})
>>> answer(question, SimpleNamespace(Value=Value))["numbers"][0]["a"]
(2.0, -3.0)

This file needs the standard library alone, for `student_process` loads it in an isolated Python, in which chalkgrad is not
there. It holds no right answer: these are worked out by another process.
"""

from __future__ import annotations

import contextlib
import operator
import time
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

CLASSES = ("Value", "Scalar", "Tensor", "Variable", "Var", "Node", "Number", "Val", "DualNumber", "Num")
NAMES = {
    "data": ("data", "value", "val", "item", "v", "x"),
    "grad": ("grad", "derivative", "gradient", "adjoint", "g", "bar", "dv"),
    "backward": ("backward", "backprop", "backpropagate", "backpropagation", "backward_pass", "reverse"),
}
NETWORKS = ("Neuron", "Layer", "MLP")
SIGNS: dict[str, tuple[str, Callable[..., Any]]] = {
    "+": ("__add__", operator.add),
    "-": ("__sub__", operator.sub),
    "*": ("__mul__", operator.mul),
    "/": ("__truediv__", operator.truediv),
    "**": ("__pow__", operator.pow),
    "neg": ("__neg__", operator.neg),
    "abs": ("__abs__", abs),
}
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
    "maximum": ("maximum", "max"),
    "minimum": ("minimum", "min"),
    "softplus": ("softplus",),
    "square": ("square",),
}

plain = float.__pos__  # of a float itself, whatever a class derived from it says
TEXT = 300  # letters of an error's message that are handed on


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
        adapters: a module with any of the functions leaf(x), data(node), grad(node), backward(root), and those named after
            operations, such as tanh(x), add(x, y); they take the place of what is found

    Raises:
        LookupError: there is no such class; the message says what there is.
    """

    def __init__(self, module: Any, class_name: str = "", names: Mapping[str, str] = {}, adapters: Any = None) -> None:
        self.module, self.names, self.adapters = module, dict(names), adapters
        self.kind = self._class(class_name)
        self._found: dict[str, str] = {}

    def _class(self, name: str) -> Any:
        if self._adapted("leaf"):
            return getattr(self.module, name, None) if name else None
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
        """Whether a class is written in the student's files, as far as its functions tell."""
        folder = getattr(self.module, "__folder__", None)
        if folder is None:  # of a module that is not a file of a submission
            return True
        codes = [x.__code__ for base in kind.__mro__ for x in vars(base).values() if isinstance(x, types.FunctionType)]
        return all(code.co_filename.startswith(folder) for code in codes if "__create_fn__" not in code.co_qualname)

    def _backward_of(self, kind: type) -> bool:
        wanted = self.names.get("backward")
        names = (wanted,) if wanted else NAMES["backward"]
        return any(hasattr(kind, name) for name in names) or any(callable(getattr(self.module, n, None)) for n in names)

    def _adapted(self, name: str) -> Callable[..., Any] | None:
        return getattr(self.adapters, name, None)

    def leaf(self, x: float) -> Any:
        """Returns a leaf with this value."""
        return (self._adapted("leaf") or self.kind)(x)

    def backward(self, root: Any) -> None:
        """Does the backward pass of a root."""
        if adapted := self._adapted("backward"):
            adapted(root)
            return
        wanted = self.names.get("backward")
        for name in (wanted,) if wanted else NAMES["backward"]:
            if callable(getattr(root, name, None)):
                getattr(root, name)()
                return
        for name in (wanted,) if wanted else NAMES["backward"]:
            if callable(getattr(self.module, name, None)):
                getattr(self.module, name)(root)
                return
        raise Missing("backward")

    def attribute(self, node: Any, what: str) -> str:
        """Returns the name of the attribute in which a node keeps its data or its grad; "" if there is none."""
        if what not in self._found:
            wanted = self.names.get(what)
            for name in (wanted,) if wanted else NAMES[what]:
                if hasattr(node, name):
                    self._found[what] = name
                    break
        return self._found.get(what, "")

    def read(self, node: Any, what: str) -> float | None:
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

    def set(self, node: Any, what: str, x: float) -> None:
        """Gives a node another data or grad."""
        setattr(node, self.attribute(node, what) or NAMES[what][0], x)

    def has(self, op: str) -> bool:
        """Whether an operation is there."""
        return self.function(op) is not None

    def function(self, op: str) -> Callable[..., Any] | None:
        """Returns the function of an operation, None if the program does not have it."""
        named = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow"}.get(op, op)
        if adapted := self._adapted(named):
            return adapted
        if op in SIGNS and op not in self.names:
            method, sign = SIGNS[op]
            if self.kind is None or hasattr(self.kind, method):
                return sign
            if op != "abs":
                return None
        names = (self.names[op],) if op in self.names else FUNCTIONS.get(op, (op,))
        for name in names:
            if self.kind is not None and callable(getattr(self.kind, name, None)):
                return lambda x, *more: getattr(x, name)(*more)
            function = getattr(self.module, name, None)
            if callable(function) and getattr(function, "__module__", None) not in ("math", "cmath", "builtins", "numpy"):
                return function  # type: ignore[no-any-return]
        return None


def number(x: Any) -> float:
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
        return plain(float(x))
    except (TypeError, ValueError):
        raise TypeError(f"{type(x).__name__} where a number is expected") from None


# Questions -------------------------------------------------------------------------------------------------------------


def answer(question: Any, module: Any) -> dict[str, Any]:
    """Returns what comes of a question, as a dictionary with the fields of `questions.Answer`; numbers are (data, grad).

    Args:
        question: a `questions.Question`, or an object with its attributes
        module: the student's module, or an `Engine`
    """
    began = time.process_time()
    said: dict[str, Any] = {"numbers": (), "error": "", "line": 0, "missing": "", "found": {}}
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


def _find(question: Any, engine: Engine, said: dict[str, Any]) -> None:
    leaf = engine.leaf(2.0)
    wanted = [*question.options.get("operations", ()), *SIGNS, *FUNCTIONS]
    data, grad = ((engine._adapted(what) and what) or engine.attribute(leaf, what) for what in ("data", "grad"))
    if not data or not grad:
        lacks = " and ".join(what for what, name in (("data", data), ("grad", grad)) if not name)
        raise LookupError(f"the class {engine.kind.__name__} has no {lacks}")
    said["found"] = {
        "class": engine.kind.__name__ if engine.kind is not None else "",
        "data": data,
        "grad": grad,
        "operations": [op for op in dict.fromkeys(wanted) if engine.has(op)],
        "networks": [name for name in NETWORKS if isinstance(getattr(engine.module, name, None), type)],
    }


def _run(question: Any, engine: Engine, said: dict[str, Any]) -> None:
    """Builds the graphs and does the passes."""
    known: dict[str, Any] = {}  # what has the same name is the same node
    graphs: list[dict[str, Any]] = []
    roots: list[Any] = []
    try:
        for program in question.programs:
            nodes = _built(program, engine, known)
            graphs.append(nodes)
            root = nodes[program[1][-1][0] if program[1] else program[0][-1][0]]
            roots.append(root * question.upstream if question.upstream != 1 else root)
        if question.do == "run":
            for i in question.passes:
                engine.backward(roots[i])
    finally:  # what was computed before an error, too
        with contextlib.suppress(Exception):
            said["numbers"] = tuple(_numbers(nodes, engine, question.do == "run") for nodes in graphs)


def _built(program: Any, engine: Engine, known: dict[str, Any]) -> dict[str, Any]:
    given, lines = program
    for _, op, _ in lines:
        if not engine.has(op):
            raise Missing(op)
    nodes: dict[str, Any] = {}
    for name, x in given:
        nodes[name] = known[name] = known[name] if name in known else engine.leaf(x)
    for name, op, arguments in lines:
        if name not in known:
            function = engine.function(op)
            assert function is not None
            known[name] = function(*(nodes[x] if isinstance(x, str) else x for x in arguments))
        nodes[name] = known[name]
    return nodes


def _numbers(nodes: Mapping[str, Any], engine: Engine, with_grad: bool) -> dict[str, tuple[float | None, float | None]]:
    return {name: (engine.read(node, "data"), engine.read(node, "grad") if with_grad else None) for name, node in nodes.items()}


# Networks --------------------------------------------------------------------------------------------------------------


def _calls(question: Any, engine: Engine, said: dict[str, Any]) -> None:
    """Calls a network, and does a step of training if there are targets. The options:

    network, arguments, keywords: the class and what it is made with
    layers: for each layer, for each neuron, its weights and then its bias: set by the names of attributes if these are found,
        else in the order of parameters()
    inputs: a list of samples; targets: a number for each output of each sample; rate: of the step, p − rate·∂p

    Found: parameters (how many), set ("names", "order" or ""), outputs, and with targets: loss, grads in the order of
    `layers`, with a rate: after (the outputs).
    """
    options = question.options
    kind = getattr(engine.module, options["network"], None)
    if not isinstance(kind, type):
        raise Missing(options["network"])
    network = kind(*options.get("arguments", ()), **dict(options.get("keywords", {})))
    found = said["found"] = {"set": ""}
    if callable(getattr(network, "parameters", None)):
        parameters = [*network.parameters()]
        found["parameters"] = len(parameters)
    else:
        parameters = []
    in_order: list[Any] = parameters
    if layers := options.get("layers"):
        named = _by_names(network, layers)
        flat = [x for layer in layers for neuron in layer for x in neuron]
        if named is not None:
            in_order, found["set"] = named, "names"
        elif len(parameters) == len(flat):
            found["set"] = "order"
        else:
            raise LookupError(
                f"{options['network']} has {len(parameters)} parameters where {len(flat)} are expected, and no w and b by name"
            )
        for node, x in zip(in_order, flat, strict=True):
            engine.set(node, "data", x)
    inputs = [[*sample] for sample in options.get("inputs", ())]
    outputs = [_listed(_called(network, sample, engine)) for sample in inputs]
    found["outputs"] = [[engine.read(y, "data") for y in row] for row in outputs]
    if not options.get("targets"):
        return
    loss: Any = None
    for row, targets in zip(outputs, options["targets"], strict=True):
        for y, target in zip(row, targets, strict=True):
            difference = y + -target
            term = difference * difference
            loss = term if loss is None else loss + term
    engine.backward(loss)
    found["loss"] = engine.read(loss, "data")
    found["grads"] = [engine.read(node, "grad") for node in in_order]
    if "rate" in options:
        for node in in_order:
            data, grad = engine.read(node, "data"), engine.read(node, "grad")
            engine.set(node, "data", (data or 0.0) - options["rate"] * (grad or 0.0))
        found["after"] = [[engine.read(y, "data") for y in _listed(_called(network, x, engine))] for x in inputs]


def _called(network: Any, sample: list[float], engine: Engine) -> Any:
    """Returns a network's outputs for a list of numbers; of nodes, where it cannot do with numbers."""
    try:
        return network(sample)
    except (TypeError, AttributeError):
        return network([engine.leaf(x) for x in sample])


def _listed(x: Any) -> list[Any]:
    return [*x] if isinstance(x, (list, tuple)) else [x]


def _by_names(network: Any, layers: Sequence[Any]) -> list[Any] | None:
    """Returns the parameters, each neuron's weights and then its bias, if attributes with the usual names have them."""
    neurons = _neurons(network)
    if neurons is None or len(neurons) != sum(map(len, layers)):
        return None
    found: list[Any] = []
    for neuron, numbers in zip(neurons, (x for layer in layers for x in layer), strict=True):
        weights = _first(neuron, ("w", "weights", "weight", "W"))
        bias = _first(neuron, ("b", "bias", "B"))
        if not isinstance(weights, (list, tuple)) or bias is None or len(weights) + 1 != len(numbers):
            return None
        found += [*weights, bias]
    return found


def _neurons(network: Any) -> list[Any] | None:
    layers = _first(network, ("layers",))
    if isinstance(layers, (list, tuple)):
        lists = [_neurons(layer) for layer in layers]
        return None if None in lists else [x for neurons in lists for x in neurons or ()]
    neurons = _first(network, ("neurons", "units", "nodes"))
    if isinstance(neurons, (list, tuple)):
        return [*neurons]
    return [network] if _first(network, ("w", "weights", "weight", "W")) is not None else None


def _first(x: Any, names: Sequence[str]) -> Any:
    return next((getattr(x, name) for name in names if hasattr(x, name)), None)
