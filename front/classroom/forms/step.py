"""One step of gradient descent, and the new value of the root."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalkgrad.classroom.forms.asked import leaves, rule_of_marking, upstream_given
from chalkgrad.classroom.forms.cells import Cells, gradient_of
from chalkgrad.classroom.forms.form import WORDS, Form, in_a_row, line, minutes_of
from chalkgrad.classroom.paper import Box, CannotFollowError, Follows, Paragraph, Piece, Question, Slip
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
        ask_gradients = bool(posed.options.get("gradients", False))
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
                follows=_from_gradient(posed, leaf, cells.name(gradient_of(leaf))) if ask_gradients else None,
                slips=distinct(posed, stepped[leaf], slips_of_leaf(posed, asked, leaf)),
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
            follows=_from_leaves(posed, boxes),
            slips=distinct(posed, after, slips_of_root(posed, asked)),
            width=width,
        )
        lines.append((*line(WORDS["new value"], name=symbols.name(posed.root)), " ", result))
        every = (Paragraph(in_a_row(lines)),)
        hint = WORDS["step hint"].format(rate=posed.written(rate))
        return Question(
            "step", WORDS["step title"], hint, every, minutes_of(every), rule_of_marking(posed), upstream_given(posed)
        )

    def suits(self, posed: Posed) -> bool:
        """Whether the new point lies in the domain of all operations."""
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
    """Returns the questions of one exercise, in which new leaves follow from the gradients that an earlier question asked."""
    found: list[Question] = []
    asked: dict[str, str] = {}  # the last box for a gradient, by what follows the question's number in its name
    for question in questions:
        if question.form == Step.name:
            question = _after(posed, question, asked)
        found.append(question)
        asked |= {box.name.partition(".")[2]: box.name for box in question.boxes if box.kind == "gradient"}
    return tuple(found)


def _after(posed: Posed, question: Question, asked: Mapping[str, str]) -> Question:
    """A step's question whose new leaves follow from boxes for their gradients, by the ends of these names."""
    names = posed.sweep.names
    ends = {f"{names[leaf]}.new": (leaf, asked.get(f"{names[leaf]}.gradient", "")) for leaf in leaves(posed)}

    def piece(one: Piece) -> Piece:
        if not isinstance(one, Box) or one.follows is not None:
            return one
        leaf, gradient = ends.get(one.name.partition(".")[2], (posed.root, ""))
        return replace(one, follows=_from_gradient(posed, leaf, gradient)) if gradient else one

    blocks = [
        replace(block, pieces=tuple(map(piece, block.pieces))) if isinstance(block, Paragraph) else block
        for block in question.blocks
    ]
    return replace(question, blocks=tuple(blocks))


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
    """Returns the slips whose numbers differ from the right one and from each other."""
    slips: list[Slip] = []
    for x, name in found:
        known = [right, *(slip.number for slip in slips)]
        if math.isfinite(x) and all(abs(x - other) > max(2.0 * posed.tolerance, 1e-9 * abs(right)) for other in known):
            slips.append(Slip(x + 0.0, name, WORDS[f"slip {name}"].format(rate=posed.written(posed.rate))))
    return tuple(slips)
