"""A graph as data: what a student's engine is asked to compute, and what the right engine makes of it.

>>> program = Program((("a", 2.0), ("b", -3.0)), (("c", "*", ("a", "b")), ("d", "+", ("c", "a"))))
>>> print(program)
c = a * b; d = c + a  at a = 2, b = -3
>>> program.right()["a"]
Number(data=2.0, grad=-2.0)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import Context
from functools import lru_cache
from typing import Any, NamedTuple

from chalkgrad.engine import Value
from chalkgrad.engine.basics.modes import nonfinite
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.stepping.along import adjoints_along
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.words.decimals import decimal
from chalkgrad.engine.words.language import section

SIGNS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow"}  # by the table's name
_SIGN_OF = {name: sign for sign, name in SIGNS.items()}
_DIGITS = 6
WORDS = section("grading")

Line = tuple[str, str, tuple[str | float, ...]]  # a name, an operation, its arguments


class Number(NamedTuple):
    """The value and the gradient of a node; None for what an engine does not have."""

    data: float | None
    grad: float | None


class Program(NamedTuple):
    """A graph as data; its last line is its root.

    Attributes:
        leaves: names and values
        lines: a name, an operation and its arguments: names, or numbers as they are in `2 - a`. An operation is a sign of
            Python (+ - * / **), "neg", or the name of a function of the engine's table, such as "tanh"; "+=" and "*=" are
            done to a second name of the left argument
    """

    leaves: tuple[tuple[str, float], ...]
    lines: tuple[Line, ...]

    @property
    def root(self) -> str:
        """The name of what is differentiated."""
        return self.lines[-1][0]

    @property
    def uses(self) -> frozenset[str]:
        """The operations in it."""
        return frozenset(plain(operation) for _, operation, _ in self.lines)

    def right(self) -> dict[str, Number]:
        """Returns the right numbers by name; None for what is not finite."""
        graph = built((self,))
        grads = graph.sweeps[0].adjoints
        return {name: Number(finite(node.data), finite(grads.get(node, 0.0))) for name, node in graph.values.items()}

    def scale(self) -> dict[str, float]:
        """Returns, for each name, the sum of the sizes of all that its gradient is made of, which tolerances refer to."""
        return scale(built((self,)), (0,))

    def __str__(self) -> str:
        """Returns the graph as Python has it, and what its leaves are."""
        return self.text()

    def text(self, most: int | None = None) -> str:
        """Returns the same; of more than ``most`` lines the first two and the last."""
        lines = [_line(*line) for line in self.lines]
        if most is not None and len(lines) > most:
            lines[2:-1] = ["…"]
        leaves = ", ".join(f"{name} = {_number(x)}" for name, x in self.leaves)
        graph = "; ".join(lines)
        return WORDS["at"].format(graph=graph, leaves=leaves) if leaves else graph


class Graph(NamedTuple):
    """Several programs on the right engine; what has the same name is the same value."""

    values: Mapping[str, Value]
    sweeps: tuple[Sweep, ...]


@lru_cache(5000)
def built(programs: tuple[Program, ...]) -> Graph:
    """Returns the graph of these programs. It is kept, and nothing may change it.

    Raises ValueError for an operation that is not in the table.
    """
    return Context().run(_built, programs)


def _built(programs: tuple[Program, ...]) -> Graph:
    values: dict[str, Value] = {}
    sweeps = []
    with nonfinite("propagate"):
        for program in programs:
            for name, x in program.leaves:
                if name not in values:
                    values[name] = Value(float(x), name)
            for name, operation, arguments in program.lines:
                if name not in values:
                    numbers = [values[x] if isinstance(x, str) else float(x) for x in arguments]
                    values[name] = computed(plain(operation), numbers)
                    values[name].label = name
            sweeps.append(Sweep(values[program.root]))
            _ = sweeps[-1].adjoints  # while infinities may pass
    return Graph(values, tuple(sweeps))


def computed(operation: str, arguments: Iterable[Any]) -> Any:
    """Returns what the table's operation gives, for Values or numbers. Raises ValueError for one that it does not have.

    >>> computed("+", [2.0, 3.0])
    5.0
    """
    function: Callable[..., Any] | None = FUNCTIONS.get(SIGNS.get(operation, operation))
    if function is None:
        raise ValueError(f"{operation!r} is not an operation of chalkgrad's table")
    return function(*arguments)


def scale(graph: Graph, passes: Iterable[int]) -> dict[str, float]:
    """Returns, for each name, the sum of the sizes of all contributions to its gradient, over these backward passes."""
    found = dict.fromkeys(graph.values, 0.0)
    for which in passes:
        sweep = graph.sweeps[which]
        links = {node: [(parent, abs(x)) for parent, x in links] for node, links in sweep.links.items()}
        sizes = adjoints_along(links, {sweep.root: 1.0})
        for name, node in graph.values.items():
            found[name] += sizes.get(node, 0.0)
    return found


def plain(operation: str) -> str:
    """Returns an operation without what makes it one that is done in place: "+" for "+="."""
    return operation.removesuffix("=")


def form_of(arguments: Sequence[str | float | Value]) -> str:
    """Returns where a number stands among the two arguments of an operation: "left", "right", or "values" if there is none."""
    numbers = [isinstance(x, (int, float)) for x in arguments]
    return "values" if not any(numbers) else "left" if numbers[0] else "right"


def without_unused(program: Program) -> Program:
    """Returns a program without the leaves and lines that do not lead to its root.

    >>> line = ("c", "tanh", ("a",))
    >>> print(without_unused(Program((("a", 1.0), ("b", 2.0)), (("d", "*", ("a", "b")), line))))
    c = tanh(a)  at a = 1
    """
    needed = {program.root}
    for name, _, arguments in reversed(program.lines):
        if name in needed:
            needed.update(x for x in arguments if isinstance(x, str))
    leaves = tuple(leaf for leaf in program.leaves if leaf[0] in needed)
    return Program(leaves, tuple(line for line in program.lines if line[0] in needed))


def sign_of(name: str) -> str:
    """Returns what programs call an operation of the table."""
    return _SIGN_OF.get(name, name)


def written(operation: str, arguments: Iterable[str | float]) -> str:
    """Returns an operation as Python has it.

    >>> written("-", (2, "a")), written("neg", ("a",)), written("tanh", ("a",)), written("**", (-2.0, "a"))
    ('2 - a', '-a', 'tanh(a)', '(-2) ** a')
    """
    texts = [x if isinstance(x, str) else _number(x) for x in arguments]
    if operation in SIGNS:
        left = f"({texts[0]})" if texts[0].startswith("-") and operation == "**" else texts[0]
        return f"{left} {operation} {texts[1]}"
    return f"-{texts[0]}" if operation == "neg" else f"{operation}({', '.join(texts)})"


def _line(name: str, operation: str, arguments: tuple[str | float, ...]) -> str:
    if operation == plain(operation):
        return f"{name} = {written(operation, arguments)}"
    texts = [x if isinstance(x, str) else _number(x) for x in arguments]
    return f"{name} = {texts[0]}; {name} {operation} {texts[1]}"


def _number(x: float) -> str:
    return decimal(float(x), _DIGITS)


def finite(x: float) -> float | None:
    """Returns a number, None for infinity and NaN."""
    return x if x - x == 0.0 else None
