"""Gradients as graphs: the reverse sweep on Values, recorded from the table's formulas, so that it can be differentiated.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.engine.derivatives.linear import Linear
>>> x = Value(2.0, "x")
>>> y = x**3
>>> recorded_gradient(Linear([y], [x]), y)
[<Value ∂y/∂x = 3·x² = 12, grad not computed>]

A choice that depends on a Value, as in relu', must be made again when `forward()` or a program computes the graph with other
numbers. So such a local derivative is recorded as one node, an operation of its own.

>>> u = Value(-1.0, "u")
>>> r = u.relu()
>>> recorded_gradient(Linear([r], [u]), r)
[<Value ∂r/∂u = relu'(u) = 0, grad not computed>]
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Container, Generator, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from math import nan
from typing import Any, cast
from weakref import proxy

from chalkgrad.engine.basics.collector import uncollected
from chalkgrad.engine.basics.digits import FROM_RAISED, RAISED, TO_LOWERED
from chalkgrad.engine.basics.modes import taped
from chalkgrad.engine.derivatives.apart import AGAIN, SHOWN_AGAIN, cornered_slopes, has_corner, unguarded
from chalkgrad.engine.derivatives.linear import Linear
from chalkgrad.engine.derivatives.second import by_element, refuse_curved, unfold
from chalkgrad.engine.errors import DomainError, NonFiniteError
from chalkgrad.engine.formulas.derivative import derivative
from chalkgrad.engine.formulas.notation import ATOM, named, written
from chalkgrad.engine.formulas.trees import (
    Argument,
    Call,
    Choice,
    Constant,
    Formula,
    argument_names,
    arguments_in,
    children,
    evaluate,
    holds,
    substitute,
    walked,
)
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.recording.record import record
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.caller import variables_of_caller
from chalkgrad.engine.words.expressions import higher_quotient, operand, quotient
from chalkgrad.engine.words.names import label_of

Term = Value | float


def recorded_gradient(tape: Linear, y: Value, recorder: Recorder | None = None) -> list[Value]:
    """Returns the derivatives of y by the tape's inputs as Values; a number becomes a constant."""
    with taped(), uncollected():  # the caller asked for a graph, even under no_grad()
        found = _recorded_adjoints(tape, {y: 1.0}, recorder or Recorder(tape.tape))
        return _labelled(tape, [(y, x, found.get(x, 0.0)) for x in tape.xs])


def recorded_pull(tape: Linear, seeds: Mapping[Value, Term]) -> list[Value]:
    """Returns the derivatives by the inputs of the sum of outputs with these weights, as Values: a reverse sweep."""
    with taped(), uncollected():
        found = _recorded_adjoints(tape, seeds, Recorder(tape.tape))
        return [_as_value(found.get(x, 0.0)) for x in tape.xs]


def recorded_push(tape: Linear, seeds: Mapping[Value, Term]) -> list[Value]:
    """Returns the tangents of the outputs, given those of the inputs, as Values: a forward sweep."""
    with taped(), uncollected():
        found = _recorded_tangents(tape, seeds, Recorder(tape.tape))
        return [_as_value(found.get(y, 0.0)) for y in tape.ys]


def recorded_jacobian(tape: Linear, mode: str) -> list[list[Value]]:
    """Returns the derivatives of the outputs by the inputs as Values, by forward or by reverse sweeps."""
    with taped():
        recorder = Recorder(tape.tape)
        if mode == "reverse":
            return [recorded_gradient(tape, y, recorder) for y in tape.ys]
        by = {x: _recorded_tangents(tape, {x: 1.0}, recorder) for x in dict.fromkeys(tape.xs)}
        entries = _labelled(tape, [(y, x, by[x].get(y, 0.0)) for y in tape.ys for x in tape.xs])
        n = len(tape.xs)
        return [entries[i * n : (i + 1) * n] for i in range(len(tape.ys))]


def recorded_hessian(tape: Linear) -> list[list[Value]]:
    """Returns the second derivatives of the output by the inputs as Values; entries that are equal are one node."""
    xs = tape.xs
    slopes = recorded_gradient(tape, tape.ys[0])
    rows = [recorded_gradient(Linear([slope], xs[: i + 1]), slope) for i, slope in enumerate(slopes)]
    return [[rows[max(i, j)][min(i, j)] for j in range(len(xs))] for i in range(len(xs))]


def recorded_hessian_times(tape: Linear, direction: Mapping[Value, Term]) -> list[Value]:
    """Returns the Hessian of the output times a vector, as Values: the change of the gradient along it."""
    return recorded_push(Linear(recorded_gradient(tape, tape.ys[0]), tape.xs), direction)


def _as_value(x: Term) -> Value:
    return x if isinstance(x, Value) else Value(x, constant=True)


def _labelled(tape: Linear, derivatives: Sequence[tuple[Value, Value, Term]]) -> list[Value]:
    """Derivatives as Values, labelled ∂y/∂x where they are new nodes; they are given with their y and x."""
    nameless = [node for node in [*(y for y, _, _ in derivatives), *tape.xs] if not label_of(node)]
    variables = variables_of_caller(nameless)

    def name(node: Value) -> str:
        return label_of(node) or variables.get(id(node), "")

    results = {(y, x): _as_value(found) for y, x, found in derivatives}
    old = {*results.values()}.intersection(tape.tape)
    # 2·(a + b), the derivative of (a + b)² by both a and b, gets neither label.
    uses = Counter([id(found) for (_, _, found) in {(y, x): (y, x, found) for y, x, found in derivatives}.values()])
    for y, x, found in derivatives:
        node = results[y, x]
        if node not in old and (node is not found or uses[id(node)] < 2) and not node.label and name(y) and name(x):
            node.label = derivative_label(name(y), name(x))
    return [results[y, x] for y, x, _ in derivatives]


def _recorded_adjoints(tape: Linear, seeds: Mapping[Value, Term], recorder: Recorder) -> dict[Value, Term]:
    """The adjoints of the inputs, given those of outputs, by the reverse sweep."""
    terms: dict[Value, list[Term]] = {y: [seed] for y, seed in seeds.items() if y in tape.position}
    wanted, found = set(tape.xs), dict[Value, Term]()
    for node in reversed(tape.nodes):
        arrived = terms.pop(node, None)
        if arrived is None:
            continue
        adjoint = recorder.sum(arrived)
        if node in wanted:
            found[node] = adjoint
        if node._x is not None and not _is_zero(adjoint):
            for parent, partial in recorder.partials(node, tape.position):
                contribution = recorder.call("mul", adjoint, partial)
                if not _is_zero(contribution):
                    terms.setdefault(parent, []).append(contribution)
    return found


def _recorded_tangents(tape: Linear, seeds: Mapping[Value, Term], recorder: Recorder) -> dict[Value, Term]:
    """The tangents of the nodes that depend on inputs with seeds, by the forward sweep."""
    found: dict[Value, Term] = {}
    for node, links in zip(tape.nodes, tape.links, strict=True):
        terms = [seeds[node]] if node in seeds else []
        if links:
            for parent, partial in recorder.partials(node, found):
                contribution = recorder.call("mul", partial, found[parent])
                if not _is_zero(contribution):
                    terms.append(contribution)
        if terms:
            found[node] = recorder.sum(terms)
    return found


def _is_zero(x: Term) -> bool:
    return x.__class__ is float and x == 0.0


class Recorder:
    """Applies operations, each only once to the same arguments, and simplifies zeros, ones and signs away."""

    def __init__(self, nodes: Sequence[Value]) -> None:
        self._nodes = nodes
        self.functions: Mapping[str, Callable[..., Any]] = _Functions(self)

    @cached_property
    def known(self) -> dict[tuple[Any, ...], Value]:
        """The nodes that there are, by their operations and arguments. Where all derivatives are numbers nobody asks."""
        found: dict[tuple[Any, ...], Value] = {}
        for node in self._nodes:
            if node._x is not None:
                found.setdefault((node.op, *_arguments(node)), node)
        return found

    # Operations ------------------------------------------------------------------------------------------------------

    def call(self, name: str, *arguments: Term) -> Term:
        """Returns the result of an operation of the table on Values and numbers."""
        if len(arguments) == 2 and arguments[0].__class__ is arguments[1].__class__ is float:
            plain = _PLAIN.get(name)
            number: float = nan if plain is None else plain(*arguments)  # type: ignore[arg-type] # floats, as just seen
            if number - number == 0.0:
                return number
        if not any(isinstance(x, Value) for x in arguments):
            return float(FUNCTIONS[name](*arguments))
        short = _SIMPLER.get(name)
        simpler = None if short is None else short(self, *arguments)
        return self.apply(RULES[name], arguments) if simpler is None else simpler

    def apply(self, rule: Rule, arguments: Sequence[Term]) -> Value:
        """Returns the node of an operation on these arguments, and records it if it is new."""
        key = rule, *arguments
        node = self.known.get(key)
        if node is None and rule is _MUL:
            node = self.known.get((rule, arguments[1], arguments[0]))
        if node is None:
            known = RULES.get(rule.name) is rule and not rule.lists
            node = self.known[key] = FUNCTIONS[rule.name](*arguments) if known else record(rule, arguments)
        return node

    def sum(self, terms: Sequence[Term]) -> Term:
        """Returns the sum of the contributions to a node, in that order."""
        counts: dict[Term, int] = {}
        for term in terms:
            counts[term] = counts.get(term, 0) + 1
        parts = [self.call("mul", float(count), term) if count > 1 else term for term, count in counts.items()]
        if len(parts) <= 2:
            return self.call("add", *parts) if len(parts) == 2 else parts[0]
        return self.apply(_TOTAL, parts)

    # Local derivatives -----------------------------------------------------------------------------------------------

    def partials(self, node: Value, active: Container[Value]) -> Iterator[tuple[Value, Term]]:
        """Yields each active parent with the local derivative by it."""
        rule, arguments = node.op, _arguments(node)
        assert rule is not None
        if rule.lists:
            each, values = by_element(rule, arguments)
            unfolded, terms = unfold(rule), list[Any]()
            values["v"] = node
            for k, fold in enumerate(unfolded.folds):
                terms = [evaluate(fold.body, {**values, **element}, self.functions) for element in each]
                # the shift by a maximum cancels, so a number will do
                values[f"f{k}"] = self.sum(terms) if fold.kind == "sum" else max(getattr(x, "_data", x) for x in terms)
            largest, share = self._largest_share(terms) if unfolded.shares else (None, 0.0)
        else:
            values = {"v": node, **dict(zip(rule.arguments, arguments, strict=True))}
            for tree, (i, x) in zip(rule.partials, enumerate(arguments), strict=True):
                if isinstance(x, Value) and x in active:
                    yield x, self._partial(rule, i, tree, values, arguments)
            return
        for i, x in enumerate(arguments):
            if isinstance(x, Value) and x in active:
                which, element = rule.argument_at(len(arguments), i)
                own = {**values, **each[element]} if which < rule.lists else values
                yield x, share if element == largest else evaluate(unfolded.partials[which], own, self.functions)

    def _largest_share(self, terms: Sequence[Term]) -> tuple[int | None, Term]:
        """Returns which of positive terms is more than half of their sum, and its share as 1/(1 + the others / it), or None.

        Differentiated, e/(e + the others) is a difference that loses its digits where the others are small.
        """
        numbers = [getattr(x, "_data", x) for x in terms]
        largest = max(range(len(numbers)), key=numbers.__getitem__)
        others = [*terms[:largest], *terms[largest + 1 :]]
        if not others or not 2 * numbers[largest] > sum(numbers):
            return None, 0.0
        ratio = self.call("div", self.sum(others), terms[largest])
        return largest, self.call("div", 1.0, self.call("add", 1.0, ratio))

    def _partial(self, rule: Rule, which: int, tree: Formula, values: Mapping[str, Term], arguments: Sequence[Term]) -> Term:
        if tree.__class__ is Argument:
            return values[tree.name]
        if tree.__class__ is Constant:
            return tree.value
        try:
            straight = _straight(tree)
            if straight is not None:
                results: list[Any] = []
                for name, pieces in straight:
                    given = (results[x] if x.__class__ is int else values[x] if x.__class__ is str else x for x in pieces)
                    results.append(self.call(name, *given))
                return results[-1]  # type: ignore[no-any-return] # a Term, as all values are
            if not _undecided(tree, values):
                return evaluate(tree, values, self.functions)  # type: ignore[no-any-return] # a Term, as all values are
        except (DomainError, NonFiniteError):  # an intermediate result overflows, but the result does not
            pass
        operation = derived(rule, which)
        return self.apply(operation, [*arguments, values["v"]] if operation.takes_value else arguments)


def _arguments(node: Value) -> tuple[Term, ...]:
    """The arguments of a node, in less time where it has one parent, or nothing but parents."""
    rule, x = node._rule, node._x
    if rule.__class__ is not tuple:
        return node.parents
    if node._y is None and x.__class__ is not tuple:
        return tuple([x if number is None else number for number in rule[1:]])  # type: ignore[misc] # as said
    return node.arguments


class _Functions(dict[str, Callable[..., Any]]):
    """The table's operations as a Recorder applies them, for `evaluate`."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self.recorder = proxy(recorder)  # not a circle, which would keep the graph until the collector comes

    def __missing__(self, name: str) -> Callable[..., Any]:
        recorder = self.recorder
        function = self[name] = lambda *arguments: recorder.call(name, *arguments)
        return function


@lru_cache(maxsize=1024)
def _straight(tree: Formula) -> tuple[tuple[str, tuple[Any, ...]], ...] | None:
    """The operations of a tree one after the other, None for a tree with choices.

    Their arguments are names, numbers, or the places of earlier results.
    """
    found: list[tuple[str, tuple[Any, ...]]] = []

    def visit(part: Formula) -> Generator[Formula, Any, Any]:
        if isinstance(part, Argument):
            return part.name
        if isinstance(part, Constant):
            return float(part.value)
        pieces = []
        for argument in children(part):
            pieces.append((yield argument))
        found.append((part.name if isinstance(part, Call) else "", tuple(pieces)))
        return len(found) - 1

    walked(visit, tree)
    return tuple(found) if found and all(name for name, _ in found) else None


def _undecided(tree: Formula, values: Mapping[str, Term]) -> bool:
    """Whether a choice depends on a Value; choices that depend on numbers alone are made on the way."""
    if isinstance(tree, Choice):
        if _depends_on_value(tree.test, values):
            return True
        return _undecided(tree.then if holds(tree.test, values, ON_FLOATS) else tree.otherwise, values)
    return any(_undecided(child, values) for child in children(tree))


def _depends_on_value(tree: Formula, values: Mapping[str, Term]) -> bool:
    if isinstance(tree, Argument):
        return isinstance(values[tree.name], Value)
    return any(_depends_on_value(child, values) for child in children(tree))


_PLAIN: dict[str, Callable[[float, float], float]] = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}

# Shorter ways to write a result --------------------------------------------------------------------------------------

_NEG, _MUL, _DIV, _TOTAL = (RULES[name] for name in ("neg", "mul", "div", "total"))


def _operands(x: Term, rule: Rule) -> tuple[Any, ...] | None:
    """The arguments of a node of this operation; None for other nodes."""
    return x.arguments if isinstance(x, Value) and x.op is rule else None


def _times_number(x: Term) -> tuple[float, Term]:
    """A numeric factor and the rest: -x is -1 times x, 3·x is 3 times x."""
    if negated := _operands(x, _NEG):
        return -1.0, negated[0]
    if product := _operands(x, _MUL):
        for number, other in (product, product[::-1]):
            if isinstance(number, float):
                return number, other
    return 1.0, x


def _neg(recorder: Recorder, x: Term) -> Term | None:
    number, other = _times_number(x)
    if number == 1.0:
        return None
    return other if number == -1.0 else recorder.call("mul", -number, other)


def _add(recorder: Recorder, x: Term, y: Term) -> Term | None:
    for one, other in ((x, y), (y, x)):
        if one.__class__ is float and one == 0.0:
            return other
        if negated := _operands(one, _NEG):
            return recorder.call("sub", other, negated[0])
    return None


def _sub(recorder: Recorder, x: Term, y: Term) -> Term | None:
    if y.__class__ is float and y == 0.0:
        return x
    if x.__class__ is float and x == 0.0:
        return recorder.call("neg", y)
    negated = _operands(y, _NEG)
    return recorder.call("add", x, negated[0]) if negated else None


def _mul(recorder: Recorder, x: Term, y: Term) -> Term | None:
    if isinstance(x, Value) and isinstance(y, Value):
        (p, a), (q, b) = _times_number(x), _times_number(y)
        if abs(p) == abs(q) == 1.0:
            if p == q == 1.0:
                for one, factor in ((x, y), (y, x)):
                    over = _operands(one, _DIV)
                    if over and over[0].__class__ is float and over[0] == 1.0:
                        return recorder.call("div", factor, over[1])  # a·(1/b) is a/b
                return None
            positive = recorder.call("mul", a, b)
            return positive if p == q else recorder.call("neg", positive)
        return None
    number, other = (x, y) if isinstance(y, Value) else (y, x)
    assert isinstance(number, float)
    if number == 0.0:
        return 0.0
    if number == 1.0:
        return other
    if number == -1.0:
        return recorder.call("neg", other)
    inner, rest = _times_number(other)
    over = _operands(other, _DIV)
    if over and isinstance(over[0], float) and _safe(number * over[0]):
        return recorder.call("div", number * over[0], over[1])
    if inner != 1.0 and _safe(number * inner):
        return recorder.call("mul", number * inner, rest)
    return recorder.apply(_MUL, (number, other))


def _safe(x: float) -> bool:
    """Whether the product of two numbers has neither overflowed nor lost digits."""
    return 1e-290 < abs(x) < 1e290


def _div(recorder: Recorder, x: Term, y: Term) -> Term | None:
    if x.__class__ is float and x == 0.0:
        return 0.0
    if y.__class__ is float and abs(y) == 1.0:
        return x if y == 1.0 else recorder.call("neg", x)
    if negated := _operands(x, _NEG):
        return recorder.call("neg", recorder.call("div", negated[0], y))
    return None


def _pow(recorder: Recorder, x: Term, y: Term) -> Term | None:
    if y.__class__ is float and y in (0.0, 1.0):
        return x if y == 1.0 else 1.0
    return None


_SIMPLER: dict[str, Callable[..., Term | None]] = {
    "neg": _neg,
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "pow": _pow,
}


# Local derivatives as operations -------------------------------------------------------------------------------------


class Derived(Rule):
    """The derivative of an operation by one of its arguments, as an operation: relu'(x), or ∂₁max(x, y).

    Its value is the formula in the table, its own local derivatives are derived from that. If the formula mentions the
    operation's value, as that of hypot does, the value is one more argument, which is not shown: if it were substituted,
    each further derivative would be several times as long.
    """

    of_corners = False  # whether there are any, in the whole process, of operations whose slope is a convention at a corner

    def __init__(self, base: Rule, which: int) -> None:
        formula, shown = base.partials[which], base.shown[which]
        own: Formula = base.value
        self.takes_value = RULES.get(base.name) is base and "v" in arguments_in(formula) | arguments_in(shown)
        arguments = argument_names(len(base.arguments) + self.takes_value)
        if self.takes_value:
            own = Argument(arguments[-1])
        tree = substitute(formula, {"v": own})

        def change(i: int, partials: Sequence[Formula], table: Mapping[str, Sequence[Formula]]) -> Formula:
            """The derivative by argument i."""
            one, by = which, arguments[i]
            if i < which and not self.takes_value and any(isinstance(partials[k], Choice) for k in (i, which)):
                one, by = i, arguments[which]  # as in a Hessian, so that both are the same at a kink, too
            partial = unguarded(base, partials[one], by)
            return derivative(substitute(partial, {"v": own}), by, table)

        d = [change(i, base.partials, AGAIN) for i in range(len(arguments))]
        shown_d = [change(i, base.shown, SHOWN_AGAIN) for i in range(len(arguments))]
        self.base, self.which = base, which
        self.written: int = getattr(base, "written", len(base.arguments))  # the number of arguments that are shown
        prime = self.written - len(base.defaults) == 1 and which == 0
        index = "ᵥ" if which >= self.written else str(which + 1).translate(TO_LOWERED)
        plain, latex = base.heads if isinstance(base, Derived) else _function_names(base)
        latex_index = "v" if which >= self.written else which + 1
        self.heads: tuple[str, str] = (
            (plain + "'", latex + "'") if prime else (f"∂{index}{plain}", rf"\partial_{{{latex_index}}}{latex}")
        )
        slots = "{}" if self.written == len(arguments) else ", ".join(f"{{{i}}}" for i in range(self.written))
        super().__init__(
            self.heads[0].replace("{{", "{").replace("}}", "}"),
            lambda *_: tree,
            [lambda *_, x=x: x for x in d],
            written(f"{self.heads[0]}({slots})", rf"{self.heads[1]}\left({slots}\right)", ATOM, (0,) * len(arguments)),
            shown=[lambda *_, x=x: x for x in shown_d],
            defaults=base.defaults,
            says=f"the derivative of {base.name}",
            inside=(),
        )

    def __reduce__(self) -> tuple[object, ...]:
        return derived, (self.base, self.which)


def derived(base: Rule, which: int) -> Derived:
    """Returns the derivative of an operation by an argument, counted from 0, as an operation; always the same object."""
    if which not in base.derivatives:
        base.derivatives[which] = Derived(base, which)
        Derived.of_corners |= bool(cornered_slopes(base))
    return cast(Derived, base.derivatives[which])


def _function_names(base: Rule) -> tuple[str, str]:
    """The name of the function before the parentheses, as text and in LaTeX."""
    plain, latex = base.notation[:2] if base.notation else ("", "")
    if not plain.endswith("({})") or not latex.endswith(r"\left({}\right)"):
        plain, latex = named(base.name)[:2]
    return plain.removesuffix("({})"), latex.removesuffix(r"\left({}\right)")


def refuse_corners(tape: Linear) -> None:
    """Raises the error for outputs in which the slope at a corner is multiplied by what the same corner changes.

    The derivative of |x|² is recorded as 2·|x|·|x|'(x). At 0 both factors are 0, and its derivative 2·|x|'(x)² would be, too.
    """
    if not Derived.of_corners:
        return
    slopes = [x for x in tape.nodes if isinstance(x.op, Derived) and has_corner(x.op.base, x)]
    corners = [x for x in tape.nodes if has_corner(x.op, x)] if slopes else []
    if corners:
        refuse_curved(tape, slopes, corners)


# Names ---------------------------------------------------------------------------------------------------------------


def derivative_label(y: str, x: str) -> str:
    """Returns the label of the derivative of y by x; y may be the label of a derivative itself.

    >>> derivative_label("y", "x"), derivative_label("∂y/∂x", "x"), derivative_label("∂²y/∂x²", "w")
    ('∂y/∂x', '∂²y/∂x²', '∂³y/∂w∂x²')
    """
    above, slash, below = y.partition("/∂")
    of = above.removeprefix("∂").lstrip(RAISED)
    if not slash or not above.startswith("∂") or not of:
        return quotient(y, x)
    by = [name for part in below.split("∂") for name in [part.rstrip(RAISED)] * _exponent(part)]
    return higher_quotient(of, [operand(x), *by])


def _exponent(text: str) -> int:
    """The exponent in superscript digits at the end of a text; 1 if it has none."""
    return int(text[len(text.rstrip(RAISED)) :].translate(FROM_RAISED) or 1)
