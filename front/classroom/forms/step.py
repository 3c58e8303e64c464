"""One step of gradient descent, and the new value of the root."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from chalkgrad.classroom.forms.cells import Cell, Cells, gradient_of
from chalkgrad.classroom.forms.chain import factors_of
from chalkgrad.classroom.forms.form import WORDS, Form, in_a_row, is_on, line, minutes_of
from chalkgrad.classroom.forms.on_graphs import leaves, rule_of_marking, upstream_given
from chalkgrad.classroom.paper import Box, CannotFollowError, Follows, Paragraph, Question, Slip, replaced
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.errors import DomainError, NonFiniteError
from chalkgrad.engine.recording.replay import Replay

At = Mapping[Value, float]


class Step(Form):
    """The leaves that are asked for after one step of descent, and the new value of the root.

    With `gradients` = true the gradients are asked, too, and the new leaves follow from these.
    """

    name = "step"
    grades = "leaves"
    options = ("gradients",)

    def question(self, posed: Posed, number: int) -> Question:
        """Returns a line for each leaf, and one for the root."""
        ask_gradients = is_on(posed, "gradients")
        asked = leaves(posed)
        cells = Cells(posed, number, [gradient_of(leaf) for leaf in asked] if ask_gradients else [])
        symbols, names, rate = cells.symbols, posed.sweep.names, posed.rate
        stepped = {leaf: moved(posed, leaf, rate) for leaf in asked}
        after = value_after(posed, stepped)
        width = max(cells.width, *(len(posed.written(x)) for x in (*stepped.values(), after)))
        lines = [cells.equation(cell) for cell in cells]
        boxes: dict[Value, Box] = {}
        for leaf in asked:
            before, written = symbols.number(leaf.data), symbols.formula(symbols.number(rate), "·", symbols.gradient(leaf))
            boxes[leaf] = Box(
                f"{number}.{names[leaf]}.new",
                "number",
                stepped[leaf],
                WORDS["new"].format(name=symbols.name(leaf).plain),
                tolerance=posed.tolerance,
                decimals=posed.decimals,
                follows=_from_gradient(posed, leaf, cells.name(gradient_of(leaf))) if ask_gradients else None,
                slips=distinct(posed, stepped[leaf], slips_of_leaf(posed, asked, leaf)) if posed.said else (),
                width=width,
            )
            update = symbols.formula(symbols.name(leaf), " ← ", before, " - ", written, " =")
            lines.append((update, " ", boxes[leaf]))
        result = Box(
            f"{number}.{names[posed.root]}.new",
            "number",
            after,
            WORDS["new"].format(name=symbols.name(posed.root).plain),
            tolerance=posed.tolerance,
            decimals=posed.decimals,
            follows=_from_leaves(posed, boxes),
            slips=distinct(posed, after, slips_of_root(posed, asked)) if posed.said else (),
            width=width,
        )
        lines.append((*line(WORDS["new value"], name=symbols.name(posed.root)), " ", result))
        every = (Paragraph(in_a_row(lines)),)
        hint = WORDS["step hint"].format(rate=posed.written(rate))
        return Question(
            "step", WORDS["step title"], hint, every, minutes_of(every), rule_of_marking(posed), upstream_given(posed)
        )

    def suits(self, posed: Posed) -> bool:
        """Tells whether the new point lies in the domain of all operations."""
        try:
            value_after(posed, {leaf: moved(posed, leaf, posed.rate) for leaf in leaves(posed)})
        except CannotFollowError:
            return False
        return True


def moved(posed: Posed, leaf: Value, rate: float) -> float:
    """Returns a leaf after a step of descent with a rate."""
    return float(leaf.data) - rate * posed.sweep.adjoints[leaf] + 0.0


def value_after(posed: Posed, at: At) -> float:
    """Returns the root's value for other values of leaves. Raises CannotFollowError outside of a domain."""
    try:
        return Replay(posed.root).value_at(at) + 0.0
    except (DomainError, NonFiniteError) as error:
        raise CannotFollowError(str(error)) from None


def _from_gradient(posed: Posed, leaf: Value, name: str) -> Follows:
    return Follows((name,), lambda own: float(leaf.data) - posed.rate * own[name] + 0.0)


def _from_leaves(posed: Posed, boxes: Mapping[Value, Box]) -> Follows:
    needs = tuple(box.name for box in boxes.values())
    return Follows(needs, lambda own: value_after(posed, {leaf: own[box.name] for leaf, box in boxes.items()}))


def linked(posed: Posed, questions: Sequence[Question]) -> tuple[Question, ...]:
    """Returns the questions of one exercise, whose boxes follow from those that an earlier question asked.

    New leaves follow from gradients; single numbers, and those of a chain rule, from whatever their formulas read.
    """
    found: list[Question] = []
    asked: dict[str, str] = {}  # the last box for each cell, by what follows the question's number in its name
    for question in questions:
        if asked and question.form in _LINKED:
            question = _following(question, _LINKED[question.form](posed, question, asked))
        found.append(question)
        asked |= {_end(box): box.name for box in question.boxes if box.kind in CELLS and not box.group}
    return tuple(found)


def _following(question: Question, follow: Mapping[str, Follows]) -> Question:
    return replaced(question, lambda box: replace(box, follows=box.follows or follow.get(box.name)))


CELLS = ("value", "local", "contribution", "gradient")


def _end(box: Box) -> str:
    return box.name.partition(".")[2]


def _of_step(posed: Posed, question: Question, asked: Mapping[str, str]) -> dict[str, Follows]:
    """Returns how new leaves follow from boxes for their gradients, by the ends of the names of these."""
    names = posed.sweep.names
    gradients = {f"{names[leaf]}.new": (leaf, asked.get(f"{names[leaf]}.gradient", "")) for leaf in leaves(posed)}
    boxes = {box.name: gradients.get(_end(box), (posed.root, "")) for box in question.boxes}
    return {name: _from_gradient(posed, leaf, gradient) for name, (leaf, gradient) in boxes.items() if gradient}


def _of_numbers(posed: Posed, question: Question, asked: Mapping[str, str]) -> dict[str, Follows]:
    """Returns how the numbers of a question follow from boxes for the cells that they are computed from."""
    ends = Cells(posed, 0, ()).by_end | factors_of(posed, question)
    earlier = {ends[end]: name for end, name in asked.items() if end in ends}
    cells = Cells(posed, 0, earlier)
    found: dict[str, Follows] = {}
    for box in question.boxes:
        needs = cells.needs(ends[_end(box)]) if _end(box) in ends else ()
        if needs:
            found[box.name] = Follows(tuple(earlier[need] for need in needs), partial(_at, cells, ends[_end(box)], earlier))
    return found


def _at(cells: Cells, cell: Cell, names: Mapping[Cell, str], own: Mapping[str, float]) -> float:
    return cells.at(cell, {need: own[names[need]] for need in cells.needs(cell)})


_LINKED = {"step": _of_step, "numbers": _of_numbers, "chain": _of_numbers}


# Slips ----------------------------------------------------------------------------------------------------------------


def slips_of_leaf(posed: Posed, asked: Sequence[Value], leaf: Value) -> list[tuple[float, str]]:
    """Returns what slips make of a leaf after the step, with their names."""
    found = [(moved(posed, leaf, -posed.rate), "uphill"), (moved(posed, leaf, 1.0), "no rate")]
    found.append((one_by_one(posed, asked).get(leaf, math.nan), "one by one"))
    return [*found, (-posed.rate * posed.sweep.adjoints[leaf], "step alone"), (posed.sweep.adjoints[leaf], "gradient alone")]


def slips_of_root(posed: Posed, asked: Sequence[Value]) -> list[tuple[float, str]]:
    """Returns what slips make of the root's value after the step, with their names."""
    points: list[tuple[At, str]] = [({leaf: moved(posed, leaf, -posed.rate) for leaf in asked}, "uphill")]
    points += [({leaf: moved(posed, leaf, 1.0) for leaf in asked}, "no rate"), (one_by_one(posed, asked), "one by one")]
    found = [(_value_or_nan(posed, at), name) for at, name in points]
    squares = sum(posed.sweep.adjoints[leaf] ** 2 for leaf in asked)
    return [*found, (float(posed.root.data) - posed.rate * squares / (posed.upstream or math.nan), "straight")]


def _value_or_nan(posed: Posed, at: At) -> float:
    try:
        return value_after(posed, at)
    except CannotFollowError:
        return math.nan


def one_by_one(posed: Posed, asked: Sequence[Value]) -> dict[Value, float]:
    """Returns the leaves if each takes its step with the gradient at the values that the ones before it have got.

    Where a gradient cannot be computed there, that leaf and those after it are missing.
    """
    root = copy.deepcopy(posed.root)
    twins = dict(zip(posed.root.tape(), root.tape(), strict=True))
    found: dict[Value, float] = {}
    for leaf in asked:
        root.zero_grad()
        try:
            root.forward()
            root.backward(posed.upstream)
        except (DomainError, NonFiniteError):
            break
        twins[leaf].data = found[leaf] = float(leaf.data) - posed.rate * twins[leaf].grad
    return found


def distinct(posed: Posed, right: float, found: Sequence[tuple[float, str]]) -> tuple[Slip, ...]:
    """Returns the slips whose numbers differ from the right one and from each other, with their sentences."""
    rate = posed.written(posed.rate)
    return tuple(Slip(x, name, WORDS[f"slip {name}"].format(rate=rate)) for x, name in posed.distinct(right, found))
