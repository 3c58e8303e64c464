"""What runs beside a student's program, in the same process: it asks the program for graphs and reads the numbers off.

>>> from types import SimpleNamespace
>>> from chalkgrad import Value
>>> from chalkgrad.classroom.grading.program import Program
>>> graph = Program((("a", 2.0), ("b", -3.0)), (("c", "*", ("a", "b")),))
>>> question = SimpleNamespace(do="run", programs=(graph,), passes=(0,), upstream=1.0, options={})
>>> answer(question, SimpleNamespace(Value=Value))["numbers"][0]["a"]
(2.0, -3.0)

This file needs the standard library alone, for `runner` starts it as a script in an isolated Python, in which chalkgrad is not
there. It holds no right answer: these are worked out by another process. What it keeps a program from (other files, processes,
the network, packages that differentiate) is against accidents and shortcuts; it is not a sandbox for strangers.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import math
import operator
import os
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
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


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Packages that compute gradients: a student's engine is to be the student's.
REFUSED = _words(
    "chalkgrad micrograd torch torchvision functorch jax jaxlib flax autograd tinygrad sympy symengine tensorflow keras mxnet "
    "casadi theano pytensor aesara paddle mindspore mygrad smallgrad minitorch nnabla chainer cupy autodiff adolc algopy "
    "uncertainties numdifftools enzyme_ad tangent pyautodiff oneflow needle mlx equinox cvxpy gekko pyomo dynet dezero "
    "wurlitzer minigrad scalargrad nanograd picograd scipy"
)
# Of the standard library: what would reach beyond this process.
LOCKED = _words("ctypes _ctypes subprocess _posixsubprocess multiprocessing _multiprocessing concurrent.futures.process pty")
# Packages that only show something: they are swallowed with all that is done with them.
SHOWN = _words("matplotlib pylab seaborn plotly graphviz IPython rich pyvis bokeh altair pydot tqdm networkx")
CARRIED = ("numpy",)  # used from this machine if it has them

_plain, _hex = float.__pos__, float.hex  # of a float itself, whatever a class derived from it says
_finite = math.isfinite
TEXT = 300  # letters of an error's message that are handed on


class Missing(Exception):  # noqa: N818 (read aloud: "missing")
    """The program does not have an operation; its argument is the name."""


class TimeOut(BaseException):
    """The seconds of computing that a question may take are over; `except Exception` does not catch it."""


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
        return _plain(x)
    if isinstance(x, (str, bytes, bytearray)) or x is None:
        raise TypeError(f"{type(x).__name__} where a number is expected")
    try:
        return _plain(float(x))
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
    """Builds the graphs and does the passes; with the option "in turn" each graph is built just before its first pass."""
    known: dict[str, Any] = {}  # what has the same name is the same node
    graphs: dict[int, dict[str, Any]] = {}
    roots: dict[int, Any] = {}
    in_turn = bool(question.options.get("in turn"))

    def build(i: int) -> None:
        if i not in graphs:
            program = question.programs[i]
            graphs[i] = _built(program, engine, known)
            root = graphs[i][program[1][-1][0] if program[1] else program[0][-1][0]]
            roots[i] = root * question.upstream if question.upstream != 1 else root

    try:
        if not in_turn:
            for i in range(len(question.programs)):
                build(i)
        if question.do == "run":
            for i in question.passes:
                build(i)
                engine.backward(roots[i])
        for i in range(len(question.programs)):
            build(i)
    finally:  # what was computed before an error, too
        with contextlib.suppress(Exception):
            said["numbers"] = tuple(
                _numbers(graphs.get(i, {}), engine, question.do == "run") for i in range(len(question.programs))
            )


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


# Imports that are not there -----------------------------------------------------------------------------------------------


class Stub(types.ModuleType):
    """A package that is not there: it fails when it is used, and not before."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name)
        self.__dict__["_reason"] = reason
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self.__name__}.{name}", self._reason)


class Absent:
    """Something of a package that is not there; every use of it raises ImportError."""

    def __init__(self, name: str, reason: str) -> None:
        self.__dict__.update(_name=name, _reason=reason)

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise ImportError(f"{self._name} is used, and {self._reason}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self._name}.{name}", self._reason)

    def __mro_entries__(self, bases: Any) -> Any:
        self._refuse()

    __call__ = __iter__ = __enter__ = __getitem__ = __setattr__ = __add__ = __mul__ = __float__ = __len__ = _refuse


class Swallowed(types.ModuleType):
    """A package that only shows something: whatever is done with it is done in vain, and does not fail."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _through if name in ("tqdm", "trange", "track") else Silent()


class Silent:
    """Something that a picture is made with."""

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, _: Any) -> Any:
        return self

    def __setitem__(self, _: Any, __: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return iter((self, self))  # fig, ax = plt.subplots()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        pass


def _through(x: Any = (), *_: Any, **__: Any) -> Any:
    return range(x) if isinstance(x, int) else x


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands before Python's own finders: refuses packages, finds those that are carried, and puts stubs for the rest."""

    def __init__(self, folder: str, carried_in: Sequence[str], optional: Mapping[str, Sequence[range]]) -> None:
        self.folder, self.carried_in, self.optional = folder, carried_in, optional
        self.refused: dict[str, int] = {}  # by the line of the student's file
        self.last = importlib.machinery.PathFinder.find_spec

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Returns the spec of a stub, of a carried package, or None to let the next finder look."""
        top = name.partition(".")[0]
        if name in LOCKED or top in LOCKED:
            raise ImportError(f"{name} reaches beyond this process, and is not there", name=name)
        if top in SHOWN:
            return importlib.machinery.ModuleSpec(name, self, is_package=True, loader_state="shown")
        if top in REFUSED:
            return self._stub(name, f"{top} is not there: it is not the student's engine")
        if top in CARRIED and path is None:
            return self.last(name, list(self.carried_in))
        if path is None and top not in sys.stdlib_module_names and self.last(name, sys.path) is None:
            return self._stub(name, f"{top} is not there")
        return None

    def _stub(self, name: str, reason: str) -> importlib.machinery.ModuleSpec:
        frame = sys._getframe(2)
        while frame.f_back is not None and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        file, line = frame.f_code.co_filename, frame.f_lineno
        if not file.startswith(self.folder):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        self.refused.setdefault(name, line)
        if any(line in lines for lines in self.optional.get(file, ())):  # the program says what to do without it
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return importlib.machinery.ModuleSpec(name, self, is_package=True, loader_state=reason)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """Returns the stub."""
        return Swallowed(spec.name) if spec.loader_state == "shown" else Stub(spec.name, str(spec.loader_state))

    def exec_module(self, module: types.ModuleType) -> None:
        """Does nothing: a stub has no code."""


def optional_imports(source: str) -> list[range]:
    """Returns the lines of the bodies of `try`, where these say what to do without a package.

    >>> optional_imports("try:\\n    import numpy\\nexcept ImportError:\\n    numpy = None\\n")
    [range(2, 3)]
    """
    found = []
    caught = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Try):
            names = {
                x.id for handler in node.handlers if handler.type for x in ast.walk(handler.type) if isinstance(x, ast.Name)
            }
            if names & caught or any(handler.type is None for handler in node.handlers):
                found.append(range(node.body[0].lineno, (node.body[-1].end_lineno or node.body[-1].lineno) + 1))
    return found


# The process -------------------------------------------------------------------------------------------------------------

_FORBIDDEN = _words(
    "os.fork os.forkpty os.exec os.posix_spawn os.spawn os.system os.startfile subprocess.Popen pty.spawn os.kill os.killpg "
    "resource.prlimit resource.setrlimit socket.__new__ ctypes.dlopen ctypes.dlsym syslog.syslog webbrowser.open "
    "fcntl.ioctl"
)
_CHANGES = _words(
    "os.remove os.rename os.rmdir os.mkdir os.chmod os.chown os.link os.symlink os.truncate os.utime shutil.rmtree "
    "shutil.move shutil.copyfile shutil.copytree os.setxattr os.removexattr"
)


def _lock(folder: str, carried_in: Sequence[str]) -> None:
    """Keeps the program from other processes, the network, and files other than its own and Python's."""
    library = [os.path.realpath(os.path.dirname(os.__file__)) + os.sep]
    library += [os.path.realpath(path) + os.sep for path in sys.path if path and os.path.isdir(path)]
    carried = [os.path.join(os.path.realpath(path), "") for path in carried_in]
    packages = tuple(os.path.join(path, name) for path in carried for name in CARRIED)
    readable = (*dict.fromkeys(library),)
    home = os.path.realpath(folder) + os.sep
    real, decoded = os.path.realpath, os.fsdecode
    unlocked = [False]  # while a check itself runs

    def allowed(path: Any, writing: bool) -> bool:
        if isinstance(path, int) or path is None:
            return True
        place = real(decoded(path))
        if (place + os.sep).startswith(home) or place == os.devnull or place.startswith("/dev/urandom"):
            return True
        if writing:
            return False
        if place.startswith(packages):
            return True
        return place.startswith(readable) and "site-packages" not in place and "dist-packages" not in place

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _FORBIDDEN:
            raise PermissionError(f"{event} is not allowed in a submission that is being graded")
        if event == "open" or event in _CHANGES:
            if unlocked[0]:
                return
            path, mode = arguments[0], arguments[1] if event == "open" else "w"
            flags = arguments[2] if event == "open" and len(arguments) > 2 else 0
            writing = bool(mode and set(str(mode)) & set("wax+")) or bool(
                isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            )
            paths = [path] if event == "open" else [x for x in arguments[:2] if isinstance(x, (str, bytes, os.PathLike))]
            unlocked[0] = True
            try:
                fine = all(allowed(x, writing) for x in paths)
            finally:
                unlocked[0] = False
            if not fine:
                raise PermissionError(f"a submission that is being graded reads and writes no files but its own: {path!s}")

    for name in ("pidfd_send_signal", "pidfd_open"):
        for module in (signal, sys.modules.get("_signal"), os, sys.modules.get("posix")):
            if hasattr(module, name):
                delattr(module, name)
    sys.addaudithook(hook)


class Counter(io.TextIOBase):
    """A standard output that keeps nothing but how many lines it was given."""

    def __init__(self) -> None:
        self.lines = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Counts the lines of a text."""
        self.lines += text.count("\n")
        return len(text)


def _no_input(prompt: object = "") -> str:
    raise RuntimeError("input() waits for somebody to type, and nobody is there: put it below if __name__ == '__main__':")


def text(x: Any) -> str:
    """Returns JSON, with floats as hexadecimal text; it uses nothing that a program could have replaced.

    >>> text({"a": [1.5, None, True, "é"]})
    '{"a":[{"float":"0x1.8000000000000p+0"},null,true,"\\\\u00e9"]}'
    """
    if x is None or x is True or x is False:
        return {None: "null", True: "true", False: "false"}[x]
    if isinstance(x, float):
        return f'{{"float":"{_hex(_plain(x))}"}}'
    if isinstance(x, int):
        return int.__repr__(x)
    if isinstance(x, str):
        return _quoted(x)
    if isinstance(x, dict):
        return "{" + ",".join(f"{_quoted(str(key))}:{text(value)}" for key, value in x.items()) + "}"
    return "[" + ",".join(map(text, x)) + "]"


_quoted = json.encoder.encode_basestring_ascii


def main(arguments: Sequence[str]) -> None:
    """Answers questions from one pipe on another, until the first is closed. The arguments are the two file descriptors."""
    incoming = os.fdopen(int(arguments[0]), "rb")
    outgoing = int(arguments[1])
    decode = json.JSONDecoder().decode
    setting = decode(incoming.readline().decode())
    folder, file = os.path.join(setting["folder"], ""), setting["file"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    sys.stdout = sys.stderr = counter = Counter()
    builtins.input = _no_input
    sys.dont_write_bytecode = True
    sys.argv[:] = [file]
    sys.path.insert(0, setting["folder"])
    write, leave, timer, clock = os.write, os._exit, signal.setitimer, signal.ITIMER_PROF
    state: dict[str, Any] = {"nonce": "", "late": False, "on": False}

    def send(said: dict[str, Any]) -> None:
        line = f"{state['nonce']} {text(said)}\n".encode()
        while line:
            line = line[write(outgoing, line) :]

    def late(_: int, frame: Any) -> None:
        if not state["on"]:
            return
        if state["late"]:  # the program caught it and went on
            send({"error": "TimeOut", "line": state["line"], "timeout": True})
            leave(3)
        state["late"], state["line"] = True, 0
        while frame is not None:
            if frame.f_code.co_filename.startswith(folder):
                state["line"] = frame.f_lineno
                break
            frame = frame.f_back
        raise TimeOut

    def limited(seconds: float, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        state.update(late=False, line=0, on=True)
        timer(clock, seconds, 0.25)
        try:
            said = work()
        except TimeOut:
            said = {}
        finally:
            state["on"] = False
            timer(clock, 0)
        if state["late"]:
            said = {**said, "error": "TimeOut", "line": state["line"], "timeout": True}
        return said

    signal.signal(signal.SIGPROF, late)
    sources = {}
    for name in os.listdir(folder):
        with contextlib.suppress(OSError, SyntaxError, ValueError, RecursionError), open(folder + name, "rb") as stream:
            sources[folder + name] = optional_imports(importlib.util.decode_source(stream.read()))
    finder = Finder(folder, setting["carried"], sources)
    sys.meta_path.insert(0, finder)
    _lock(folder, setting["carried"])
    state["nonce"] = setting["nonce"]
    engine: Engine | None = None
    first: dict[str, Any] = {}

    def imported() -> dict[str, Any]:
        nonlocal engine
        said: dict[str, Any] = {"error": "", "line": 0, "stopped": ""}
        module = types.ModuleType(os.path.splitext(file)[0])
        module.__file__ = folder + file
        module.__dict__["__folder__"] = folder
        sys.modules[module.__name__] = module
        try:
            with open(folder + file, "rb") as stream:
                code = compile(stream.read(), folder + file, "exec", dont_inherit=True)
        except BaseException as error:
            said["error"], said["line"] = described(error, folder)
            return said
        try:
            exec(code, module.__dict__)
        except BaseException as error:  # what stands before it is there all the same
            said["stopped"], said["line"] = described(error, folder)
        sys.modules.setdefault(module.__name__, module)
        adapters = None
        try:
            if setting.get("adapters"):
                adapters = types.ModuleType("adapters")
                adapters.__dict__.update(student=module, engine=module)
                exec(compile(setting["adapters"], "adapters.py", "exec", dont_inherit=True), adapters.__dict__)
            engine = Engine(module, setting.get("class", ""), setting.get("names", {}), adapters)
        except BaseException as error:
            said["error"] = str(error) if type(error) is LookupError else described(error, folder)[0]
        return said

    first = limited(setting["import seconds"], imported)
    if first.get("timeout") and engine is None:
        first.setdefault("stopped", "")
    send({**first, "ready": engine is not None, "refused": finder.refused, "printed": counter.lines})
    while True:
        line = incoming.readline()
        if not line:
            leave(0)
        asked = decode(line.decode())
        state["nonce"] = asked["nonce"]
        question = types.SimpleNamespace(**asked["question"])
        if engine is None:
            send(
                {"error": first.get("error") or first.get("stopped") or "the file could not be imported", "line": first["line"]}
            )
            continue
        there = engine
        said = limited(setting["seconds"], lambda: answer(question, there))
        send({**said, "printed": counter.lines})


if __name__ == "__main__":
    main(sys.argv[1:])
