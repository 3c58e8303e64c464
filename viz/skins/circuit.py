"""The circuit skin, after Stanford's CS231n: a gate for each operation, its value above its wire, the gradient below.

>>> from chalkgrad.engine import Value, sigmoid
>>> x, y = Value(2.0, "x"), Value(3.0, "y")
>>> [Circuit().sign(node) for node in (x * y, x + 1, 1 / x, x**2, sigmoid(x), x)]
['·', '+1', '1/x', 'x²', 'σ', '']
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, cos, radians, sin
from typing import ClassVar

from chalkgrad.engine import Value
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.printer import PICTURED
from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.letters.primitives import BASELINE, Box, Curve, Point, Rect, Run, Shape, TextLine
from chalkgrad.viz.letters.themes import Theme
from chalkgrad.viz.pictures.picture import Card, Direction
from chalkgrad.viz.skins.shapes import (
    BORDER,
    BOX,
    LABEL,
    LABEL_HEIGHT,
    NAME,
    REMARK,
    TITLE_LIMIT,
    VALUE,
    VALUE_LIMIT,
    box_shapes,
    box_width,
)
from chalkgrad.viz.skins.skin import Skin

GATE = 26  # the radius of a gate
SIGN, LONE_SIGN = 22, 34  # the font sizes of its sign, of several characters and of one
DOT = 9  # the diameter of the sign of a product
ROW = 27  # from the wire to the far side of the number above or below it
WIRE = 44  # the shortest wire
BOX_ASIDE = 5  # from the wire to a box
NEXT = 7  # the space around a number, and between a name and its wire
SIGN_LIMIT, FORMULA_LIMIT = 130, 170

UNKNOWN = "?"  # what is not computed, which differs from 0

LOW = {"+": 0.34, "-": 0.29, "/": 0.36, "Σ": 0.36}  # signs of one character: how far their middle is above the line

_LETTERS = "xyzuvw"
_SUMS = {"total": "Σ", "affine": "Σ"}
_ORDERED = {"sub", "div", "pow"}  # the wires into such a gate do not show which argument is which


@dataclass(frozen=True)
class GateShape:
    """The size of a gate with its wire, and the words that fit it; a leaf has its name instead of a gate."""

    width: int
    height: int
    gate: int  # the gate's width, or the leaf's name's
    head: int  # the gate's height, or the leaf's name's
    sign: str
    name: str
    data: str
    grad: str
    notes: tuple[str, ...]
    complete: bool
    value: int = VALUE  # the font size of the numbers
    row: int = ROW  # from the wire to the far side of a number
    label: int = LABEL  # the font size of the name under the gate
    line: int = LABEL_HEIGHT  # the height of that name, and of each note
    rooms: tuple[int, int] = (0, 0)  # of the boxes for the value and for the gradient, in characters

    @property
    def sign_size(self) -> int:
        """The font size of the sign."""
        return LONE_SIGN if self.sign in LOW else SIGN

    @property
    def sign_below(self) -> float:
        """How far the sign's baseline lies below the middle of the gate, as a share of the font size."""
        return LOW.get(self.sign, 0.36)


class Circuit(Skin):
    """A gate for each operation and a name for each input, each with the wire that carries its value and its gradient."""

    name = "circuit"
    reasons = False
    shows = ("data", "grad")
    levels = 8
    arrows = False
    boxes = True
    # All wires leave from the end of the value's own wire, and meet the gate on the side that faces them.
    ports: ClassVar[Mapping[Direction, tuple[str, str]]] = {"LR": ("e", "w"), "TB": ("s", "n")}
    ranks = 0.55

    def size(self, card: Card, direction: Direction) -> tuple[int, int]:
        """Returns the size of the gate with its wire."""
        shape = shape_gate(card, direction)
        return shape.width, shape.height

    def shapes(self, card: Card, box: Box, colours: Theme, direction: Direction, *, fork: bool = False) -> Iterator[Shape]:
        """Draws a gate, or a leaf's name, and its wire: the value above it and the gradient below, or left and right of it."""
        shape = shape_gate(card, direction)
        left, top = box.x - shape.width / 2, box.y - shape.height / 2
        faded, lit = "faded" in card.marks, "lit" in card.marks
        ink = colours.dim if faded else colours.ink
        line, weight = (colours.lit, 4) if lit else (colours.faded, 2) if faded else (colours.edge, 2)
        across, leaf = direction == "LR", not card.sign
        hover = "" if shape.complete else text.clean(card.title)
        # The middle of the gate or the name, and the two ends of the wire.
        if across:
            x, y = left + shape.gate / 2, box.y
            start, end = (left + shape.gate + NEXT * leaf, y), (left + shape.width, y)
        else:
            x, y = box.x, top + shape.head / 2
            start, end = (x, top + shape.head), (x, top + shape.height)
        over = (end[0] + across, end[1] + (not across))  # one point longer, so that no gap shows where the next wires begin
        yield Curve((start, start, over, over), line, weight)
        if fork:
            yield Rect(end[0] - 5, end[1] - 5, 10, 10, 5, fill=line)
        if leaf:
            yield TextLine(x, y + BASELINE * NAME, "middle", (Run(shape.name, NAME, True, ink),), hover, kind="name")
        else:
            outline = 4 if lit else BORDER
            width = shape.gate - outline
            yield Rect(
                x - width / 2,
                y - GATE + outline / 2,
                width,
                2 * GATE - outline,
                GATE - outline / 2,
                colours.root if card.kind == "root" else colours.inner,
                colours.outline(card.marks),
                outline,
                "stale" in card.marks,
            )
            if shape.sign == "·":  # for which many a font has a square
                yield Rect(x - DOT / 2, y - DOT / 2, DOT, DOT, DOT / 2, fill=ink)
            else:
                run = Run(shape.sign, shape.sign_size, True, ink)
                yield TextLine(x, y + shape.sign_below * shape.sign_size, "middle", (run,), hover, kind="expression")
        for said, kind, side, room in ((shape.data, "data", -1, shape.rooms[0]), (shape.grad, "grad", 1, shape.rooms[1])):
            if room:
                aside = side * (BOX_ASIDE + BOX / 2 if across else NEXT + box_width(room) / 2)
                middle = ((start[0] + end[0]) / 2, y + aside) if across else (x + aside, (start[1] + end[1]) / 2)
                yield from box_shapes(*middle, room, said, colours, pill=kind == "grad", kind=kind)
                continue
            run = Run(said, shape.value, True, colours.row(kind, faded=faded or said == UNKNOWN))
            kind = "missing" if said == UNKNOWN else kind
            if said and across:
                baseline = y - NEXT if side < 0 else y + shape.row - 4
                yield TextLine((start[0] + end[0]) / 2, baseline, "middle", (run,), kind=kind)
            elif said:
                anchor, baseline = "end" if side < 0 else "start", (start[1] + end[1]) / 2 + BASELINE * shape.value
                yield TextLine(x + side * NEXT, baseline, anchor, (run,), kind=kind)
        under = [] if leaf else [(shape.name, shape.label, "name")]
        under += [(note, REMARK, "note") for note in shape.notes]
        for n, (said, size, kind) in enumerate(under):
            run = Run(said, size, True, colours.row("note", faded=faded) if kind == "note" else colours.dim)
            if across:
                narrow = not leaf and fonts.width(said, size, bold=True) <= shape.gate
                place, anchor = (x, "middle") if narrow else (left + 2, "start")
                beneath = GATE + BOX_ASIDE if narrow and any(shape.rooms) else shape.row  # beside the pill, which is lower
                baseline = y + beneath + (n + 0.5) * shape.line + BASELINE * size
            elif kind == "name":
                place, anchor, baseline = x + shape.gate / 2 + NEXT, "start", y + BASELINE * size
            else:
                place, anchor = x + NEXT, "start"
                baseline = end[1] - (len(under) - n - 0.5) * shape.line + BASELINE * size
            yield TextLine(place, baseline, anchor, (run,), hover, kind=kind)

    def tips(self, card: Card, box: Box, direction: Direction, count: int) -> list[Point]:
        """Returns points spread over the side of the gate that faces the wires."""
        half = min(15 * count + 5, 62) if count > 1 else 0
        slope = shape_gate(card, direction).gate / 2 / GATE
        tips = []
        for place in range(count):
            angle = radians(-half + 2 * half * place / max(count - 1, 1))
            along, aside = GATE * (1 - cos(angle)), GATE * sin(angle)
            if direction == "LR":
                tips.append((box.x - box.width / 2 + along, box.y + aside))
            else:  # a gate wider than high is met on its flat side
                tips.append((box.x + aside * slope, box.y - box.height / 2 + along * (slope == 1)))
        return tips

    @property
    def missing(self) -> str:
        """A question mark: there is no room for words at a wire."""
        return UNKNOWN

    def sign(self, node: Value) -> str:
        """Returns the sign in a gate: `·`, `+1`, `1/x`, `max`, `σ`; an empty string for a leaf."""
        if node.op is None:
            return ""
        if node.op.name in _SUMS:
            return _SUMS[node.op.name]
        parents = dict.fromkeys(node.parents)
        letters = {parent: _LETTERS[min(n, len(_LETTERS) - 1)] for n, parent in enumerate(parents)}
        written = words.expression(node, letters, longest=PICTURED)
        constants = [argument for argument in node.arguments if isinstance(argument, float)]
        symbol = "·" if node.op.name == "mul" else words.operation_name(node.op)
        if symbol in ("+", "-", "·", "/") and len(node.arguments) == 2:
            if not constants:
                return symbol
            if symbol in "+·" or constants[0] is node.arguments[1]:
                return f"{symbol}{words.number(constants[0])}"
        head = written.partition("(")[0]
        return head if head and written.endswith(")") and not constants else written

    def formula(self, node: Value, name: str, expression: str) -> str:
        """Returns the text under a gate: its name, with the expression if the order of the wires matters."""
        ordered = node.op is not None and node.op.name in _ORDERED and len(set(node.parents)) > 1
        return f"{name} = {expression}" if ordered else name

    def folded(self, title: str, size: str) -> tuple[str, str]:
        """Returns the title as the sign, and the size under it."""
        return title, size


def shape_gate(card: Card, direction: Direction = "LR") -> GateShape:
    """Returns the size of ``card`` as a gate, or a leaf's name, with the wire behind it, and the words that fit."""
    leaf = not card.sign
    full = text.clean(card.name if leaf else card.formula or card.name)
    sign = text.shorten(text.clean(card.sign), SIGN, bold=True, limit=SIGN_LIMIT)
    limit = TITLE_LIMIT if leaf else FORMULA_LIMIT
    value = card.letters or VALUE
    row, label, line = round(ROW * value / VALUE), LABEL, LABEL_HEIGHT
    beside = NEXT
    if card.letters:  # on a slide, a name is as large as a number
        label, line, beside = value, round(LABEL_HEIGHT * value / LABEL), NEXT // 2
    name = text.shorten(full, NAME if leaf else label, bold=True, limit=limit)
    name_width = fonts.width(name, NAME if leaf else label, bold=True)
    gate = ceil(name_width) + 2 if leaf else 2 * max(GATE, ceil(fonts.width(sign, SIGN, bold=True) / 2) + 10)
    rows = [row for row in (*card.rows, *card.reserved) if row.kind in ("data", "grad")]
    numbers = max(
        (box_width(row.room) if row.room else fonts.width(text.clean(row.value), value, bold=True) for row in rows), default=0
    )
    above, below = (sum(row.room for row in card.rows if row.kind == kind) for kind in ("data", "grad"))
    if above or below:
        row = max(row, BOX_ASIDE + BOX + 2)
    head = 2 * ceil(NAME * 0.625) if leaf else 2 * GATE
    said = (f"{row.name} {row.value}".strip() for row in card.rows if row.kind == "note")
    notes = tuple(text.shorten(text.clean(note), REMARK, bold=True, limit=VALUE_LIMIT) for note in said)
    note_width = max((fonts.width(note, REMARK, bold=True) for note in notes), default=0)
    if direction == "LR":
        width = max(gate + NEXT * leaf + max(WIRE, ceil(numbers) + 2 * beside), name_width + 4, note_width + 4)
        height = 2 * (row + line * ((not leaf) + len(notes)))
    else:
        aside = ceil(name_width) + NEXT if not leaf else 0
        width = max(gate + 2 * aside, 2 * (ceil(numbers) + 2 * NEXT), note_width)
        height = head + WIRE + line * len(notes)
    data, grad = (_number(card, kind) for kind in ("data", "grad"))
    complete = name == full and sign == text.clean(card.sign)
    return GateShape(
        *(2 * ceil(width / 2), 2 * ceil(height / 2), gate, head, sign, name, data, grad, notes, complete),
        *(value, row, label, line, (above, below)),
    )


def _number(card: Card, kind: str) -> str:
    """Returns the text beside a wire: the ``data`` or ``grad`` of ``card``, or that it is not computed, or nothing."""
    known = [text.clean(row.value) for row in card.rows if row.kind == kind]  # "" in an empty box
    missing = [row for row in card.rows if row.kind == "missing" and row.value and (row.name == "data") == (kind == "data")]
    return known[0] if known else UNKNOWN if missing else ""
