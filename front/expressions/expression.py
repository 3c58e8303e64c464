"""Text to Values: the expressions that are typed at the command line.

    >>> result = parse("e = a*b; d = e + c; L = d*f", {"a": 2, "b": -3, "c": 10, "f": -2})
    >>> result.root.label, result.root.data
    ('L', -8.0)
    >>> list(result.names)
    ['a', 'b', 'e', 'c', 'd', 'f', 'L']

A mistake is answered with a sentence and a caret under its place:

    >>> parse("sqrt(a) + tan(b", {"a": 2, "b": 1})
    Traceback (most recent call last):
        ...
    chalkgrad.expressions.caret.ExpressionError: this ( is never closed
      sqrt(a) + tan(b
                   ^

A text goes through three stages: `scan` reads its characters; the standard library's `ast` parses it, and `_Program`
admits a short list of node types; `_Program.run` computes on Values. Nothing is ever evaluated as Python, and no function
recurses.
"""

import ast
import operator
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Any, Final

from chalkgrad import engine
from chalkgrad.engine import Value, unit
from chalkgrad.expressions.caret import ExpressionError
from chalkgrad.expressions.functions import Function, functions, unknown_function
from chalkgrad.expressions.scan import pieces, scan

__all__ = ["ExpressionError", "Parsed", "define", "names_in", "parse", "read_values"]

# --- from the text to nodes ------------------------------------------------------------------------------------------

_OPERATORS: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}
_SIGNS: Final[dict[type[ast.unaryop], Callable[[Any], Any]]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}


@dataclass(frozen=True)
class _Statement:
    """One statement: the name it gives (None for a bare expression) and its nodes, arguments before what uses them."""

    name: str | None
    nodes: tuple[ast.expr, ...]


class _Program:
    """A text that has been parsed and admitted: its statements, and the names that they use and give, with their places."""

    def __init__(self, text: str, known: Mapping[str, Function], values: Iterable[str] = ()) -> None:
        self.original = re.sub(r"\r\n?", "\n", text)
        self.known = known
        self.values = frozenset(values)
        self.text = scan(self.original)
        # ast refuses leading blanks, and counts columns in bytes of UTF-8.
        lines = self.text.split("\n")
        self.lines = [line.lstrip() for line in lines]
        self.starts = []
        start = 0
        for line, stripped in zip(lines, self.lines, strict=True):
            self.starts.append(start + len(line) - len(stripped))
            start += len(line) + 1
        self.used: dict[str, int] = {}
        self.given: dict[str, int] = {}
        self.early: dict[str, int] = {}  # used before a statement gives it, if one does
        parsed = self._parse()
        if not parsed:
            raise ExpressionError("the expression is empty; one is, for example, (a*b + c)*f")
        self.statements = [self._statement(statement) for statement in parsed]
        for name, place in self.early.items():
            if name in self.given:
                raise self.error(f"{name} is used before it is given: the statement {name} = … comes first", place)

    # Places: indices in the text.

    def error(self, message: str, place: int | None = None) -> ExpressionError:
        return ExpressionError(message, self.original, place)

    def _at(self, line: int, column: int) -> int:
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode(errors="replace"))

    def start(self, node: ast.expr | ast.stmt) -> int:
        return self._at(node.lineno, node.col_offset)

    def end(self, node: ast.expr) -> int:
        return self._at(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def place(self, node: ast.expr) -> int:
        """Returns where the caret goes for `node`: under its operator, or under its beginning if it has none."""
        if isinstance(node, ast.BinOp):
            # Between two operands stand parentheses, blanks and the operator.
            found = re.compile(r"[-+*/%]").search(self.text, self.end(node.left), self.start(node.right))
            if found:
                return found.start()
        return self.start(node)

    def spelled(self, node: ast.Name) -> str:
        """Returns the name as it was typed, because ast gives ℓ as l."""
        return unicodedata.normalize("NFC", self.original[self.start(node) : self.end(node)])

    # From the text to nodes.

    def _parse(self) -> list[ast.stmt]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse("\n".join(self.lines)).body
        except SyntaxError as error:
            raise self._syntax(error) from None
        except (RecursionError, MemoryError):
            message = "too long a chain for Python's parser; give parts of it names: s = a + b; y = s + c"
            raise self.error(message) from None
        except ValueError as error:
            raise self.error(f"this cannot be read: {error}") from None

    def _syntax(self, error: SyntaxError) -> ExpressionError:
        """Returns an error with a sentence of our own, because the words of SyntaxError differ between Pythons."""
        line = min(max(error.lineno or 1, 1), len(self.lines))
        column = min(max((error.offset or 1) - 1, 0), len(self.lines[line - 1]))
        place = self.starts[line - 1] + column
        rest = self.text[place:].lstrip(" \t")
        place = len(self.text) - len(rest)
        before = self.text[:place].rstrip()
        if not rest or rest[0] in "\n;)],*/%=":
            if before and before[-1] in "+-*/%=,([":
                last = before[-2:] if before.endswith(("**", "//")) else before[-1]
                return self.error(f"something is missing after {last}", len(before) - len(last))
            if not before or before[-1] in "\n;":
                return self.error("something is missing here", place)
        _, _, piece = next(pieces(rest), ("", 0, "this"))
        if piece == "=" or "assign" in (error.msg or ""):
            return self.error("only a name stands before =, in a statement of its own, as in e = a*b", place)
        return self.error(f"{piece.strip() or 'this'} cannot stand here", place)

    def _statement(self, statement: ast.stmt) -> _Statement:
        place = self.start(statement)
        match statement:
            case ast.Expr():
                return _Statement(None, self._admit(statement.value))
            case ast.Assign(targets=[ast.Name() as target]):
                nodes = self._admit(statement.value)
                name = self.spelled(target)
                if target.id in self.known:
                    raise self.error(f"{name} is the name of a function: choose another", place)
                if name in self.given:
                    raise self.error(f"{name} is given twice; a name stands for one Value, so choose another", place)
                self.given[name] = place
                return _Statement(name, nodes)
            case ast.Assign():
                raise self.error("one name stands before =, once, as in e = a*b", place)
            case ast.AugAssign():
                raise self.error("a name is given once, with =; for e += x write a new one: e2 = e + x", place)
        raise self.error("here stands an expression, or name = expression", place)

    def _admit(self, root: ast.expr) -> tuple[ast.expr, ...]:
        """Returns the nodes under `root`, arguments first; refuses what is not on the list, in the order of the text."""
        nodes: list[ast.expr] = []
        stack = [(root, False)]
        while stack:
            node, done = stack.pop()
            if done:
                nodes.append(node)
            else:
                stack.append((node, True))
                stack.extend((child, False) for child in reversed(self._arguments(node)))
        return tuple(nodes)

    def _arguments(self, node: ast.expr) -> Sequence[ast.expr]:
        """Returns what `node` is computed from if it is admitted; this is the whole list."""
        place = self.start(node)
        match node:
            case ast.Constant(value=int() | float()):
                return ()
            case ast.Name():
                self._use(node)
                return ()
            case ast.UnaryOp() if type(node.op) in _SIGNS:
                return (node.operand,)
            case ast.BinOp() if type(node.op) in _OPERATORS:
                return (node.left, node.right)
            case ast.Call():
                return self._call(node)
            case ast.Tuple(elts=[]):
                raise self.error("something is missing between the parentheses", place)
            case ast.Tuple():
                place = self.text.find(",", self.end(node.elts[0]))
                raise self.error("a comma separates arguments, a ; statements, and decimals have a point: 0.5", place)
            case ast.List():
                raise self.error("[…] is an argument of affine, total and logsumexp only", place)
            case ast.Starred():
                raise self.error("something is missing before *", place)
        raise self.error("this has no place in an expression", place)

    def _use(self, node: ast.Name) -> None:
        name, place = self.spelled(node), self.start(node)
        if node.id in self.known:
            raise self.error(f"{name} is a function: write {name}(…), or choose another name for a value", place)
        self.used.setdefault(name, place)
        if name not in self.given:
            self.early.setdefault(name, place)

    def _call(self, node: ast.Call) -> Sequence[ast.expr]:
        place = self.start(node)
        if not isinstance(node.func, ast.Name):
            raise self.error("only a function can be called; for a product write *", place)
        name = node.func.id
        function = self.known.get(name)
        if function is None:
            spelled = self.spelled(node.func)
            if spelled in self.given or spelled in self.values:
                raise self.error(f"{spelled} is a value, not a function: for a product write {spelled}*(…)", place)
            raise self.error(unknown_function(spelled, self.known), place)
        if node.keywords:
            raise self.error(f"write the arguments of {name} without names, as in leaky_relu(x, 0.1)", place)
        count = len(node.args)
        if count < function.least or (function.most is not None and count > function.most):
            nest = f"; nest it: {name}(a, {name}(b, c))" if name in ("maximum", "minimum") and count > 2 else ""
            raise self.error(f"{name} takes {function.takes()}, not {count or 'none'}{nest}", place)
        lists = self._lists(node)
        if any(len(one) != len(lists[0]) or not one for one in lists):
            wanted = "at least one term" if function.lists == 1 else "lists of equal length, not empty"
            raise self.error(f"{name} takes {wanted}", place)
        return [element for one in lists for element in one] + node.args[function.lists if function.most else count :]

    def _lists(self, node: ast.Call) -> list[list[ast.expr]]:
        """Returns the list arguments of a call, as lists of nodes."""
        assert isinstance(node.func, ast.Name)
        function = self.known[node.func.id]
        if function.lists and function.most is None:
            only = node.args[0]
            return [only.elts if len(node.args) == 1 and isinstance(only, ast.List) else node.args]
        lists = [argument.elts for argument in node.args[: function.lists] if isinstance(argument, ast.List)]
        if len(lists) < function.lists:
            message = f"{node.func.id} takes its terms in brackets: affine([w1, w2], [x1, x2], b)"
            raise self.error(message, self.start(node))
        return lists

    # From nodes to Values.

    def run(self, statement: _Statement, names: Mapping[str, Any]) -> Any:
        """Returns the statement's Value, or a number if it has numbers alone, given what its names stand for."""
        results: list[Any] = []
        for node in statement.nodes:
            try:
                results.append(self._compute(node, names, results))
            except (ValueError, OverflowError, ZeroDivisionError, TypeError) as error:
                raise self.error(" ".join(str(error).split()), self.place(node)) from error
        return results.pop()

    def _compute(self, node: ast.expr, names: Mapping[str, Any], results: list[Any]) -> Any:
        match node:
            case ast.Constant(value=(int() | float()) as number):
                return float(number)
            case ast.Name():
                return names[self.spelled(node)]
            case ast.UnaryOp():
                return _SIGNS[type(node.op)](results.pop())
            case ast.BinOp():
                right, left = results.pop(), results.pop()
                combine = _OPERATORS[type(node.op)]
                if isinstance(left, float) and isinstance(right, float):
                    return combine(Value(left), right).data  # Python's own would give (-8)**(1/3) a complex number
                return combine(left, right)
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        lists = self._lists(node)
        function = self.known[node.func.id]
        others = len(node.args) - function.lists if function.most else 0
        count = sum(map(len, lists)) + others
        flat = results[len(results) - count :]
        del results[len(results) - count :]
        arguments: list[Any] = []
        for one in lists:
            arguments.append(flat[: len(one)])
            del flat[: len(one)]
        return function.call(*arguments, *flat)


# --- what other files call -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Parsed:
    """An expression on Values: its `roots`, which no other statement uses, and its `names`, every named Value in order."""

    roots: tuple[Value, ...]
    names: dict[str, Value]

    @property
    def root(self) -> Value:
        """Returns the only root; several are an error."""
        if len(self.roots) > 1:
            raise ValueError(f"{len(self.roots)} outputs: {', '.join(root.label for root in self.roots)}; choose one")
        return self.roots[0]


def parse(
    text: str,
    values: Mapping[str, float],
    *,
    constants: Mapping[str, float] | None = None,
    more: Mapping[str, Function] | None = None,
    units: Mapping[str, str] | None = None,
) -> Parsed:
    """Returns the Values that an expression computes.

    Statements `name = expression` are separated by `;` or new lines; one without a name is called y.

    Args:
        text: the expression, or statements.
        values: a number for each name that the expression uses and does not define; each becomes a leaf.
        constants: names that stand for plain numbers, which get no gradient.
        more: functions besides the engine's.
        units: for the name of an input or a statement, the unit its Values are placed in.

    Raises:
        ExpressionError: for any mistake in the text, with a sentence and the place.

    >>> result = parse("a*b + a", {"a": 2, "b": -3})
    >>> result.root.label, result.root.data
    ('y', -4.0)
    """
    constants = constants or {}
    program = _Program(text, functions() | dict(more or {}), {*values, *constants})
    needed = [name for name in program.used if name not in program.given]
    numbers = _matched_values(needed, {**values, **constants}, program)
    _check_values(needed, numbers, program)
    names: dict[str, Any] = {}
    results: list[tuple[str | None, Value]] = []

    def within(name: str | None) -> AbstractContextManager[Any]:
        place = (units or {}).get(name or "")
        return unit(place) if place else nullcontext()

    for statement in program.statements:
        for node in statement.nodes:
            if isinstance(node, ast.Name) and (name := program.spelled(node)) not in names:
                with within(name):
                    names[name] = float(numbers[name]) if name in constants else Value(numbers[name], name)
        with within(statement.name):
            result = program.run(statement, names)
        if not isinstance(result, Value):
            result = Value(result)  # numbers alone: an input, as in x = 2
        if statement.name is not None:
            if not result.label:
                result.label = statement.name
            names[statement.name] = result
        results.append((statement.name, result))
    roots = [(name, value) for name, value in results if name is None or name not in program.used]
    unnamed = [value for name, value in roots if name is None and not value.label]
    for label, value in zip(_free_names("y", len(unnamed), names), unnamed, strict=False):
        value.label = label
        names[label] = value
    return Parsed(
        tuple(dict.fromkeys(value for _, value in roots)),
        {name: value for name, value in names.items() if isinstance(value, Value)},
    )


def names_in(text: str) -> list[str]:
    """Returns the names that an expression uses and does not give: those that need a value. Raises ExpressionError.

    >>> names_in("c = a + b; d = b + 1; e = c*d")
    ['a', 'b']
    """
    program = _Program(text, functions())
    return [name for name in program.used if name not in program.given]


def _matched_values(needed: Iterable[str], numbers: Mapping[str, float], program: _Program) -> dict[str, float]:
    """Returns the numbers under the names that the expression has for them.

    µ, the micro sign, and μ, the Greek letter, look the same: a name without a number takes that of an unused name if
    Unicode calls the two variants of each other.
    """
    needed = list(needed)
    given = {unicodedata.normalize("NFC", name): number for name, number in numbers.items()}
    spare = {unicodedata.normalize("NFKC", name): name for name in given if name not in needed}
    for name in needed:
        twin = spare.get(unicodedata.normalize("NFKC", name))
        if name not in given and twin is not None:
            given[name] = given.pop(twin)
            del spare[unicodedata.normalize("NFKC", name)]  # two names may both look like it, and one of them has its number
    for name in given:
        if name in program.given:
            message = f"{name} has a value, {name}=…, and is given here too: leave one out"
            raise program.error(message, program.given[name])
    return given


def _check_values(needed: Sequence[str], numbers: Mapping[str, float], program: _Program) -> None:
    missing = [name for name in needed if name not in numbers]
    unused = [name for name in numbers if name not in needed]
    values = " ".join([f"{name}=…" for name in missing[:20]] + ["…"] * (len(missing) > 20))
    aside = f" ({_in_a_row(unused)} {'is' if len(unused) == 1 else 'are'} not used)" if unused else ""
    if missing:
        count = "a value" if len(missing) == 1 else "values"
        raise program.error(f"give {_in_a_row(missing)} {count}: {values}{aside}", program.used[missing[0]])
    if unused:
        are = "has a value but is" if len(unused) == 1 else "have values but are"
        raise program.error(
            f"{_in_a_row(unused)} {are} not in the expression: leave {_in_a_row([f'{n}=…' for n in unused])} out"
        )


def _in_a_row(words: Sequence[str]) -> str:
    """Joins the words into a list; of many, the first."""
    if len(words) > 20:
        return f"{', '.join(words[:20])} and {len(words) - 20} more"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _free_names(name: str, count: int, taken: Iterable[str]) -> Iterator[str]:
    """Yields `name` if one is wanted and it is free, then name1, name2, …, leaving out those that are taken."""
    taken = set(taken)
    if count == 1 and name not in taken:
        yield name
    index = 0
    while True:
        index += 1
        if f"{name}{index}" not in taken:
            yield f"{name}{index}"


def read_values(words: Iterable[str]) -> dict[str, float]:
    """Reads numbers from words such as `a=2`, `b=-1e-3`, `c=1/3`.

    >>> read_values(["a=2", "b=-1e-3", "c=1/4"])
    {'a': 2.0, 'b': -0.001, 'c': 0.25}
    """
    values: dict[str, float] = {}
    for word in words:
        name, equals, number = word.partition("=")
        if not equals:
            advice = "values are written name=number, and the whole expression in quotes"
            raise ExpressionError(f"{word.strip() or repr(word)} is no value: {advice}")
        if not number.strip():
            raise ExpressionError(f"{name.strip()} has no number after =", word, len(word))
        program = _Program(word, functions())
        if program.used:
            used, place = next(iter(program.used.items()))
            raise program.error(f"{used} is not a number; a value is written as in x=2, x=-3, x=1e-3 or x=1/3", place)
        for statement in program.statements:
            if statement.name is None:
                raise program.error("a value is written name=number, as in x=2")
            if statement.name in values:
                raise program.error(f"{statement.name} has two values", program.given[statement.name])
            result = program.run(statement, {})
            values[statement.name] = float(result)
    return values


def define(name: str, arguments: Sequence[str], formula: str) -> Function:
    """Returns a function that records one node, from its formula as text, which gives its local derivatives too.

    Raises:
        ExpressionError: for any mistake in the formula, with a sentence and the place.

    >>> h = define("h2", ["z", "t"], "tanh(z*t)")
    >>> parse("h2(x, w)", {"x": 1, "w": 0}, more={"h2": h}).root
    <Value y = h2(x, w) = 0, grad not computed>
    """
    program = _Program(formula, functions(), arguments)
    if len(program.statements) != 1 or program.statements[0].name is not None:
        raise program.error(f"the formula of {name} is one expression")
    for used, place in program.used.items():
        if used not in arguments:
            raise program.error(f"{used} is no argument of {name}({', '.join(arguments)})", place)
    statement = program.statements[0]

    mistakes: list[ExpressionError] = []

    def value(*numbers: Any) -> Any:
        try:
            return program.run(statement, dict(zip(arguments, numbers, strict=True)))
        except ExpressionError as error:
            mistakes.append(error)
            raise

    # `operation` counts the parameters of a function's signature, and that of `value` says *numbers.
    value.__signature__ = Signature([Parameter(argument, Parameter.POSITIONAL_ONLY) for argument in arguments])  # type: ignore[attr-defined] # functions may have it
    try:
        function = engine.operation(name, value)
    except TypeError as error:  # in which the mistake is a part of a longer sentence
        raise (mistakes[0] if mistakes else program.error(str(error))) from None
    return Function(function, len(arguments), len(arguments))
