"""Checked derivatives: each beside a central difference, with an estimate of the difference's error, and a verdict.

>>> def f(x, y):
...     return x * x * y + y + 2
>>> check = gradcheck(f, 3, 4)
>>> bool(check), [row.verdict for row in check]
(True, ['agrees', 'agrees'])
>>> from chalkgrad.engine import operation
>>> cube = operation("cube", lambda x: x**3, lambda x: x**2)      # a factor is missing
>>> check = gradcheck(cube, 2.0)
>>> print(check.notes[-1])
∂cube/∂x = x² = 4 is wrong: 12 was measured, which is 3 times it
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from chalkgrad.engine.basics.arguments_of_others import CALLS, answering
from chalkgrad.engine.basics.modes import no_grad
from chalkgrad.engine.basics.numbers_in import kind_of, to_float
from chalkgrad.engine.checking.differences import EPSILON, FIRST, NEAR, Kink, Slope, central, second_derivative, with_step
from chalkgrad.engine.derivatives.applied import FunctionAtPoint
from chalkgrad.engine.derivatives.gradients import gradient, hessian, hvp
from chalkgrad.engine.derivatives.linear import Linear
from chalkgrad.engine.errors import NonFiniteError
from chalkgrad.engine.recording.computers import computer
from chalkgrad.engine.recording.replay import BranchedValue, Replay, branches, how_computed
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.sweep import order as tape_order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.decimals import digits_apart
from chalkgrad.engine.words.expressions import PLAIN, number
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import names_of
from chalkgrad.engine.words.printer import Printer, printer_for
from chalkgrad.engine.words.tables import Tabular

MOST_INPUTS = 40  # inputs that are checked one by one; of more, random directions are checked
MOST_PAIRS = 8  # the same for second derivatives
MOST_ROWS = 12  # that are printed of more than MOST_INPUTS
DIRECTIONS = 8

GRADCHECK_TEMPLATES = section("gradcheck")


@answering(*CALLS["gradcheck"])
def gradcheck(
    f: Any,
    *x: Any,
    order: int = 1,
    seed: int = 0,
    tolerance: float = 1e-7,
    step: float | None = None,
    every: bool = False,
) -> GradCheck:
    """Returns a table of derivatives beside central differences, each with a verdict; true if none is wrong or undecided.

    `gradcheck(f, 3.0, 4.0)` checks a function at a point, whose arguments may be lists; `gradcheck(L)` checks a Value by all
    its leaves, and `gradcheck(L, w, b)` or `gradcheck(L, model)` by the given ones. Values and grads stay as they are.

    Differences are extrapolated (Richardson), with the steps at which the estimate of their error is smallest. If operations
    take another branch within the step, there is a kink: the steps get smaller, or else the slopes on both sides are shown.
    For more than 40 inputs (8 for second derivatives) random directions are checked, which move every input; `every=True` and a
    `step` of your own check each input.

    Args:
        f: a function of Values that returns one, an operation of one's own, or a Value
        x: the point, or for a Value the leaves to check by
        order: 2 checks the second derivatives, too
        seed: the seed of the random directions
        tolerance: the largest relative difference that passes, beyond four times the estimated error
        step: the ε of a course's sheet: each input is measured by (f(θ + ε) - f(θ - ε))/2ε with this step alone. `gradient` and
            `measured` are the two vectors, `relative_norm` is |g - d|/(|g| + |d|), by which sheets judge
        every: checks each of more than 40 inputs by itself

    Raises TypeError unless f is a function or a Value and the arguments are numbers, ValueError for values that cannot be
    moved, NonFiniteError if a derivative is not finite. Source: see differences.py.

    >>> from chalkgrad.engine import Value
    >>> L = Value(2.0, "w") * 3.0
    >>> print(gradcheck(L))
     by │ derivative │ central difference │ its error │ difference │ verdict
    ────┼────────────┼────────────────────┼───────────┼────────────┼─────────
     w  │ 3          │ 3                  │ 1.3e-13   │ 0          │ agrees
    the derivative of L agrees with what was measured
    >>> check = gradcheck(lambda x: x**3, 2.0, step=1e-2)                   # (2.01³ - 1.99³)/0.02
    >>> check.gradient, [round(d, 9) for d in check.measured], round(check.relative_norm, 9)
    ((12.0,), [12.0001], 4.167e-06)
    """
    if isinstance(order, bool) or order not in (1, 2):
        raise ValueError(f"gradcheck checks first derivatives, order=1, or second ones too, order=2, not order={order!r}")
    if not to_float(tolerance, "tolerance") >= 0:
        raise ValueError(f"tolerance is a relative difference from 0, such as 1e-7, not {tolerance!r}")
    if step is not None and not to_float(step, "step") > 0:
        raise ValueError(f"step is the ε of the differences, a number above 0 such as 1e-4, not {step!r}")
    subject = _graph_subject(f, x) if isinstance(f, Value) else _function_subject(f, x)
    judge = _Judge(tolerance, subject.rounding)
    by_step: list[str] = []
    outside: list[str] = []
    count = len(subject.leaves)
    each = every or step is not None or count <= MOST_INPUTS
    rows = (
        list(_with_step(subject, judge, float(step), by_step, outside))
        if step is not None
        else _first_order(subject, judge, each, seed)
    )
    first = len(rows)
    if order == 2:
        rows += _second_order(subject, judge, seed)
    notes = [*by_step, *_notes(subject, rows, tolerance)]
    if not each or (order == 2 and count > MOST_PAIRS):
        sampled = "second directions" if each else "directions"
        notes.insert(0, GRADCHECK_TEMPLATES[sampled].format(count=f"{count:,}", directions=DIRECTIONS, seed=seed))
    check = GradCheck(subject.name, rows, notes, first)
    if step is not None and not outside:
        sizes = {"vectors": number(check.relative_norm), "entry": number(check.relative_error)}
        check.notes += (GRADCHECK_TEMPLATES["relative"].format(step=number(step), **sizes),)
    return check


# The result ----------------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """One derivative: from the sweep, as measured, and the verdict: agrees, wrong, kink or undecided.

    `error` is the estimated error of the measurement. At a kink `measured` is NaN, and `left` and `right` are the slopes on
    its sides, beyond the jumps where it jumps on both; if the function is undefined on one side, that slope is None. `inputs`
    has the names of the inputs that the derivative is taken by; it is empty for a direction.
    """

    name: str
    derivative: float
    measured: float
    error: float
    verdict: str
    left: float | None = None
    right: float | None = None
    inputs: tuple[str, ...] = ()

    @property
    def difference(self) -> float:
        """The distance of the derivative from the measurement."""
        return abs(self.derivative - self.measured)


class GradCheck(Tabular):
    """Derivatives beside measurements; true if none is wrong or undecided. `print` it, or loop over its rows.

    Of more than forty rows it prints those that failed, or else those that differ most.

    Attributes:
        notes: the sentences below the table: what is wrong and where, and the slopes at a kink
        gradient, measured: g and d, the first derivatives and their measurements, input by input (or direction by direction)
        relative_norm: |g - d|/(|g| + |d|) of these vectors, the measure of deeplearning.ai's sheet
        relative_error: the largest |g - d|/(|g| + |d|) of an input, the measure of CS231n's
    """

    def __init__(self, y: str, rows: Sequence[Row], notes: Sequence[str], first: int | None = None) -> None:
        self.y, self.rows = y, tuple(rows)
        self.gradient = tuple(row.derivative for row in self.rows[:first])
        self.measured = tuple(row.measured for row in self.rows[:first])
        failed = [row for row in rows if row.verdict in ("wrong", "undecided")]
        key = ("not " if failed else "") + ("one" if len(rows) == 1 else "all")
        verdict = GRADCHECK_TEMPLATES.form(key, len(rows)).format(count=len(failed) or len(rows), of=len(rows), y=y)
        self.notes = (verdict, *notes)
        self.passed = not failed

    @property
    def relative_norm(self) -> float:
        """|g - d|/(|g| + |d|) of the vectors, without inputs at kinks, where nothing was measured; 0 if both vectors are 0."""
        pairs = [(g, d) for g, d in zip(self.gradient, self.measured, strict=True) if not math.isnan(d)]
        sizes = math.hypot(*(g for g, _ in pairs)) + math.hypot(*(d for _, d in pairs))
        return math.hypot(*(g - d for g, d in pairs)) / sizes if sizes else 0.0

    @property
    def relative_error(self) -> float:
        """The largest |g - d|/(|g| + |d|) of a single input; a sum below 1e-8 counts as 1e-8, as in CS231n."""
        pairs = zip(self.gradient, self.measured, strict=True)
        return max((abs(g - d) / max(1e-8, abs(g) + abs(d)) for g, d in pairs if not math.isnan(d)), default=0.0)

    def __bool__(self) -> bool:
        return self.passed

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str | int) -> Row:
        """Returns the row with this name, or at this index."""
        if isinstance(name, int):
            return self.rows[name]
        found = [row for row in self.rows if row.name == name]
        if not found:
            raise KeyError(f"nothing was checked by {name!r}, but by {', '.join(row.name for row in self.rows)}")
        return found[0]

    def below(self) -> Sequence[str]:
        """Returns the lines under the table."""
        shown = self._shown()
        if len(shown) == len(self.rows):
            return self.notes
        return (GRADCHECK_TEMPLATES["shown"].format(count=len(shown), of=f"{len(self.rows):,}"), *self.notes)

    def _shown(self) -> Sequence[Row]:
        """The rows that are printed."""
        if len(self.rows) <= MOST_INPUTS:
            return self.rows

        def importance(row: Row) -> tuple[bool, float]:
            off = row.difference / max(1e-8, abs(row.derivative) + abs(row.measured))
            return row.verdict in ("agrees", "kink"), 0.0 if math.isnan(off) else -off

        return sorted(self.rows, key=importance)[:MOST_ROWS]

    def cells(self, medium: str) -> list[list[str]]:
        """Returns the headings and the rows, each cell in one line."""
        write = printer_for(medium)
        keys = ("name", "derivative", "measured", "error", "difference", "verdict")
        rows = [[GRADCHECK_TEMPLATES[key] for key in keys]]
        for row in self._shown():
            name = ", ".join(write.math(write.called(x)) for x in row.inputs) or row.name
            derivative, measured = map(write.math, _digits(row, write))
            rest = [write.math(write.number(x, 2)) for x in (row.error, row.difference)]
            if math.isnan(row.measured):
                left, right = (_side(slope, write) for slope in (row.left, row.right))
                known = row.left is not None or row.right is not None
                measured, rest = GRADCHECK_TEMPLATES["sides"].format(left=left, right=right) if known else "", ["", ""]
            rows.append([name, derivative, measured, *rest, GRADCHECK_TEMPLATES[row.verdict]])
        return rows


def _digits(row: Row, write: Printer = PLAIN) -> tuple[str, str]:
    """The derivative and the measurement, with as many digits as the measurement is exact to."""
    if math.isnan(row.measured):
        return write.number(row.derivative), ""
    size = max(abs(row.derivative), abs(row.measured))
    digits = 10 if row.error * 1e10 < size else 4 if row.error * 1e4 >= size else int(math.log10(size / row.error))
    if row.verdict == "wrong":
        digits = digits_apart(row.derivative, row.measured, digits=digits)
    return write.number(row.derivative, digits), write.number(row.measured, digits)


def _side(slope: float | None, write: Printer = PLAIN) -> str:
    if slope is None:
        return GRADCHECK_TEMPLATES["none"]
    text = write.number(slope)
    return write.math({"inf": "∞", "-inf": "-∞"}.get(text, text))


# What is checked -----------------------------------------------------------------------------------------------------


class _Subject(NamedTuple):
    """A scalar, its inputs with their names, and a function that computes it for other inputs."""

    y: Value
    name: str
    leaves: list[Value]
    names: list[str]
    at: Callable[[Mapping[Value, float]], BranchedValue]
    called: bool  # whether the user gave a function, not a graph

    @property
    def rounding(self) -> float:
        """The approximate effect of rounding on the value: half a unit in the last place of each node, times its adjoint."""
        linear = Linear([self.y], self.leaves)
        terms = zip(linear.adjoints({self.y: 1.0}), linear.nodes, strict=True)
        carried = sum(abs(adjoint * (EPSILON * node._data)) for adjoint, node in terms if adjoint is not None)
        return EPSILON * abs(self.y._data) + carried


def _function_subject(function: Callable[..., Any], x: Sequence[Any]) -> _Subject:
    point = FunctionAtPoint("gradcheck", function, x)

    def at(data: Mapping[Value, float]) -> BranchedValue:
        y = point.at(data)
        return BranchedValue(y.data, how_computed(y))

    return _Subject(point.y, point.name, point.leaves, [leaf.label for leaf in point.leaves], at, True)


def _graph_subject(y: Value, x: Sequence[Any]) -> _Subject:
    nodes = tape_order([y])
    given = [leaf for one in x for leaf in _leaves(one)]
    leaves = list(dict.fromkeys(given)) if x else [node for node in nodes if node._x is None and not node.constant]
    names = names_of(list(dict.fromkeys([*nodes, *leaves])))
    for leaf in leaves:
        if leaf._x is not None or leaf.constant:
            why = f"is computed, as {words.written_out(leaf)}" if leaf._x is not None else "is a constant"
            raise ValueError(f"{names[leaf]} {why}, and cannot be moved by itself: gradcheck moves leaves that take a gradient")
    if not leaves:
        raise ValueError(f"{names[y]} has no input to be checked by: there is no leaf that takes a gradient")
    return _Subject(y, names[y], leaves, [names[leaf] for leaf in leaves], Replay(y).at, False)


def _leaves(x: Any) -> list[Value]:
    """A leaf, a list of them, or a model's parameters."""
    listed = x.parameters() if hasattr(x, "parameters") else [x] if isinstance(x, Value) else x
    if not isinstance(listed, (list, tuple)) or not all(isinstance(leaf, Value) for leaf in listed):
        raise TypeError(f"gradcheck(L, x) takes leaves, lists of them or a model, as gradcheck(L, [w, b]), not {kind_of(x)}")
    return list(listed)


# How it is checked ---------------------------------------------------------------------------------------------------

Found = Slope | Kink | None


class _Judge:
    """Compares derivatives with measurements; `tolerance` is relative, `noise` is the effect of rounding on the value."""

    def __init__(self, tolerance: float, noise: float) -> None:
        self.tolerance, self.noise = tolerance, noise

    def row(self, derivative: float, found: Iterable[Found], *inputs: str, name: str = "") -> Row:
        """Returns the row of a derivative by inputs, with the first measurement that agrees, or else the first.

        Raises NonFiniteError for a derivative that is not finite, because no difference could agree with it.
        """
        name = name or ", ".join(inputs)
        if not math.isfinite(derivative):
            raise NonFiniteError(f"the derivative by {name} is {number(derivative)}: there is no difference to compare it with")
        rows = []
        for one in found:
            rows.append(self._row(name, derivative, one)._replace(inputs=inputs))
            if rows[-1].verdict in ("agrees", "kink"):
                return rows[-1]
        return rows[0]

    def _row(self, name: str, derivative: float, found: Found) -> Row:
        if isinstance(found, Slope):
            return Row(name, derivative, *found, self._verdict(derivative, found))
        if found is None:
            return Row(name, derivative, math.nan, math.nan, "undecided")
        sides = [side for side in found[:2] if side is not None]
        left, right = (None if side is None else side.value for side in found[:2])
        if not sides:
            return Row(name, derivative, math.nan, math.nan, "kink")
        if len(sides) == 1 and not math.isfinite(sides[0].value):  # a jump at the end of a domain
            return Row(name, derivative, math.nan, math.nan, "kink", left, right)
        if len(sides) == 1 or (self._near(sides[0].value, sides[1]) and not found.apart):
            slope = Slope(sum(side.value for side in sides) / len(sides), max(side.error for side in sides))
            row = Row(name, derivative, *slope, self._verdict(derivative, slope))
            return row._replace(left=left, right=right)
        low, high = sorted(sides)
        between = low.value <= derivative <= high.value or self._near(derivative, low) or self._near(derivative, high)
        return Row(name, derivative, math.nan, math.nan, "kink" if between else "wrong", left, right)

    def _near(self, derivative: float, slope: Slope) -> bool:
        size = max(abs(derivative), abs(slope.value))
        return math.isfinite(size) and abs(derivative - slope.value) <= 4 * slope.error + self.tolerance * size

    def _verdict(self, derivative: float, slope: Slope) -> str:
        if not self._near(derivative, slope):
            return "wrong"
        size = max(abs(derivative), abs(slope.value))
        vague = slope.error > max(0.01 * size, 1e6 * self.noise, 1e-6)
        return "undecided" if vague else "agrees"


def _measured(at: Callable[[float], BranchedValue], scale: float, noise: float, starts: Sequence[float]) -> Iterator[Found]:
    """The slopes of a function at 0, measured with each of these first steps, times `scale`."""
    for start in starts:
        yield central(at, noise, start * scale, NEAR * scale)


def _scale(x: float) -> tuple[float, list[float]]:
    """A power of two for steps around x, and first steps relative to it; small ones see narrow features."""
    scale = 2.0 ** max(0, math.ceil(math.log2(abs(x) or 1.0)))
    return scale, [FIRST, FIRST**3, FIRST**5, *([abs(x) * FIRST] if 0 < abs(x) < FIRST**2 else [])]


def _slopes(at: Callable[[Mapping[Value, float]], BranchedValue], leaf: Value, noise: float) -> Iterator[Found]:
    scale, starts = _scale(leaf.data)
    return _measured(lambda t: at({leaf: leaf.data + t}), scale, noise, starts)


def _curvature(subject: _Subject, ways: Sequence[Mapping[Value, float]], noise: float) -> Found:
    """The second derivative along two directions, or along one twice."""
    first, last = ways[0], ways[-1]

    def at(s: float, t: float) -> BranchedValue:
        moved = {leaf: leaf.data + s * step for leaf, step in first.items()}
        for leaf, step in last.items():
            if t:
                moved[leaf] = moved.get(leaf, leaf.data) + t * step
        return subject.at(moved)

    return second_derivative(at, first is last, noise)


def _directions(leaves: Sequence[Value], seed: int) -> Iterator[dict[Value, float]]:
    """Random directions of length 1, which move every leaf."""
    import random  # slow to import

    draw = random.Random(seed).gauss
    for _ in range(DIRECTIONS):
        way = [draw(0.0, 1.0) for _ in leaves]
        length = math.hypot(*way)
        yield {leaf: x / length for leaf, x in zip(leaves, way, strict=True)}


def _along(row: Sequence[float], way: Mapping[Value, float]) -> float:
    return math.fsum(d * step for d, step in zip(row, way.values(), strict=True))


def _gradient_of(subject: _Subject) -> list[float]:
    with no_grad():  # numbers are compared, even inside a function that is being differentiated
        row: list[float] = gradient(subject.y, subject.leaves)
    return row


def _with_step(subject: _Subject, judge: _Judge, step: float, notes: list[str], outside: list[str]) -> Iterator[Row]:
    """The rows by each input, measured with this step alone; where that does not agree, other steps decide, and it is noted.

    Inputs for which this step leads out of the domain are added to `outside`.
    """
    for leaf, name, derivative in zip(subject.leaves, subject.names, _gradient_of(subject), strict=True):
        found, crossed = with_step(lambda t, leaf=leaf: subject.at({leaf: leaf.data + t}), step, judge.noise)  # type: ignore[misc] # a default
        row = judge.row(derivative, [found], name)
        if row.verdict != "agrees":
            exact = judge.row(derivative, _slopes(subject.at, leaf, judge.noise), name)
            row = (
                exact
                if found is None
                else row._replace(verdict="kink" if exact.verdict == "agrees" and crossed else exact.verdict)
            )
            if found is None:
                outside.append(name)
                notes.append(GRADCHECK_TEMPLATES["step outside"].format(name=name, step=number(step)))
            elif exact.verdict == "agrees":
                key = "step crosses" if crossed else "step too large"
                notes.append(GRADCHECK_TEMPLATES[key].format(name=name, step=number(step)))
        yield row


def _first_order(subject: _Subject, judge: _Judge, each: bool, seed: int) -> list[Row]:
    leaves, at, row = subject.leaves, subject.at, _gradient_of(subject)
    if each:
        names = zip(leaves, subject.names, row, strict=True)
        return [judge.row(derivative, _slopes(at, leaf, judge.noise), name) for leaf, name, derivative in names]
    rows = []
    for i, way in enumerate(_directions(leaves, seed), 1):
        found = _measured(
            lambda t, way=way: at({leaf: leaf.data + t * step for leaf, step in way.items()}),  # type: ignore[misc] # a default
            1.0,
            judge.noise,
            (FIRST, FIRST**3, FIRST**5),
        )
        rows.append(judge.row(_along(row, way), found, name=GRADCHECK_TEMPLATES["direction"].format(i=i)))
    return rows


def _second_order(subject: _Subject, judge: _Judge, seed: int) -> Iterator[Row]:
    leaves, names = subject.leaves, subject.names
    if len(leaves) > MOST_PAIRS:
        for i, way in enumerate(_directions(leaves, seed), 1):
            name = GRADCHECK_TEMPLATES["direction twice"].format(i=i)
            with no_grad():  # as above
                derivative = _along(hvp(subject.y, leaves, list(way.values())), way)
            yield judge.row(derivative, [_curvature(subject, [way], judge.noise)], name=name)
        return
    with no_grad():  # as above
        matrix = hessian(subject.y, leaves)
    scales = [_scale(leaf.data)[0] for leaf in leaves]
    for i, (one, s) in enumerate(zip(leaves, scales, strict=True)):
        for j, (other, t) in enumerate(zip(leaves[i:], scales[i:], strict=True), i):
            way = {one: s}
            found = _curvature(subject, [way] if i == j else [way, {other: t}], judge.noise)
            if isinstance(found, Slope):
                found = Slope(found.value / s / t, found.error / s / t)
            yield judge.row(matrix[i][j], [found], names[i], names[j])


# What is said --------------------------------------------------------------------------------------------------------


def _notes(subject: _Subject, rows: Sequence[Row], tolerance: float) -> Iterator[str]:
    for row in rows:
        if math.isnan(row.measured) and (row.left is not None or row.right is not None):
            apart = row.left == row.right  # of a kink that is not a jump the slopes differ
            key = "slopes wrong" if row.verdict == "wrong" else "apart" if apart else "slopes"
            yield GRADCHECK_TEMPLATES[key].format(
                name=row.name,
                left=_side(row.left),
                right=_side(row.right),
                derivative=number(row.derivative),
            )
        elif math.isnan(row.measured):
            yield GRADCHECK_TEMPLATES["close" if row.verdict == "kink" else "nothing"].format(
                name=row.name, derivative=number(row.derivative)
            )
        elif (row.left is None) != (row.right is None):
            side = "left" if row.left is None else "right"
            yield GRADCHECK_TEMPLATES["one side"].format(name=row.name, side=GRADCHECK_TEMPLATES[side])
        elif row.verdict == "undecided":
            yield GRADCHECK_TEMPLATES["too noisy"].format(name=row.name)
    if any(row.verdict == "wrong" for row in rows):
        wrong = list(_wrong_locally(subject, tolerance))
        yield from wrong
        if not wrong and subject.called:
            yield GRADCHECK_TEMPLATES["off the tape"].format(y=subject.name)


def _wrong_locally(subject: _Subject, tolerance: float) -> Iterator[str]:
    """The wrong local derivatives of operations of one's own, each once; the project's tests check those of the table."""
    nodes = tape_order([subject.y])
    names = dict(names_of(nodes))
    if subject.called and not subject.y.label:
        names[subject.y] = subject.name
    for node in nodes:
        if node.op is RULES["identity"] and not node.label and node is not subject.y:
            names[node] = names[node.parents[0]]  # a copy that a derivative inside was taken by: one name for one input
    looked_at: set[tuple[Rule, int]] = set()
    for node in nodes:
        rule = node.op
        if rule is None or RULES.get(rule.name) is rule:
            continue
        numbers = [x if isinstance(x, float) else x.data for x in node.arguments]
        places = [i for i, x in enumerate(node.arguments) if isinstance(x, Value)]
        for slot, place in enumerate(places):
            if (rule, place) in looked_at:
                continue
            looked_at.add((rule, place))
            partial = node.partials[slot]
            noise = EPSILON * (abs(node.data) + sum(abs(d * p.data) for d, p in zip(node.partials, node.parents, strict=True)))

            def at(t: float, rule: Rule = rule, place: int = place, numbers: Sequence[float] = numbers) -> BranchedValue:
                moved = [x + t if i == place else x for i, x in enumerate(numbers)]
                value = computer(rule, propagate=True)(*moved)[0]
                return BranchedValue(value, (branches(rule, moved, [i == place for i in range(len(moved))]),))

            scale, starts = _scale(numbers[place])
            row = _Judge(tolerance, noise).row(partial, _measured(at, scale, noise, starts))
            if row.verdict == "wrong":
                reason = words.reason(node, slot, names)
                if math.isnan(row.measured):
                    left, right = _side(row.left), _side(row.right)
                    yield GRADCHECK_TEMPLATES["local sides"].format(reason=reason, left=left, right=right)
                else:
                    measured, hint = _digits(row)[1], _hint(partial, row.measured)
                    yield GRADCHECK_TEMPLATES["local"].format(reason=reason, measured=measured, hint=hint)


def _hint(derivative: float, measured: float) -> str:
    """The factor that corrects the derivative, if it is simple."""
    if not derivative or not math.isfinite(measured):
        return ""
    ratio = measured / derivative
    if abs(ratio + 1) < 1e-6:
        return GRADCHECK_TEMPLATES["sign"]
    simple = [p / q for p in range(1, 13) for q in range(1, 13) if abs(abs(ratio) * q / p - 1) < 1e-6]
    return GRADCHECK_TEMPLATES["times"].format(ratio=number(math.copysign(simple[0], ratio))) if simple else ""
