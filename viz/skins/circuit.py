"""The circuit skin, after Stanford's CS231n: a gate for each operation, its value above its wire, the gradient below.

>>> from chalkgrad.engine import Value, sigmoid
>>> x, y = Value(2.0, "x"), Value(3.0, "y")
>>> [sign(node) for node in (x * y, x + 1, 1 / x, x**2, sigmoid(x), x)]
['*', '+1', '1/x', 'x²', 'σ', '']
"""

from dataclasses import dataclass
from math import ceil

from chalkgrad.engine import Value
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.printer import PICTURED
from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.pictures.picture import Card, Direction
from chalkgrad.viz.skins.shapes import LABEL, LABEL_HEIGHT, NAME, REMARK, TITLE_LIMIT, VALUE, VALUE_LIMIT

GATE = 26  # the radius of a gate
SIGN, LONE_SIGN = 22, 34  # the font sizes of its sign, of several characters and of one
ROW = 27  # from the wire to the far side of the number above or below it
WIRE = 44  # the shortest wire
NEXT = 7  # the space around a number, and between a name and its wire
SIGN_LIMIT, FORMULA_LIMIT = 130, 170

UNKNOWN = "?"  # what is not computed, which differs from 0

LOW = {"*": 0.5, "+": 0.34, "-": 0.29, "/": 0.36, "Σ": 0.36}  # signs of one character: how far their middle is above the line

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
    wire: int  # the minimum length of the wire
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

    @property
    def sign_size(self) -> int:
        """The font size of the sign."""
        return LONE_SIGN if self.sign in LOW else SIGN

    @property
    def sign_below(self) -> float:
        """How far the sign's baseline lies below the middle of the gate, as a share of the font size."""
        return LOW.get(self.sign, 0.36)


def sign(node: Value) -> str:
    """Returns the sign in a gate: `*`, `+1`, `1/x`, `max`, `σ`; an empty string for a leaf."""
    if node.op is None:
        return ""
    if node.op.name in _SUMS:
        return _SUMS[node.op.name]
    parents = dict.fromkeys(node.parents)
    letters = {parent: _LETTERS[min(n, len(_LETTERS) - 1)] for n, parent in enumerate(parents)}
    written = words.expression(node, letters, longest=PICTURED)
    constants = [argument for argument in node.arguments if isinstance(argument, float)]
    symbol = words.operation_name(node.op)
    if symbol in ("+", "-", "*", "/") and len(node.arguments) == 2:
        if not constants:
            return symbol
        if symbol in "+*" or constants[0] is node.arguments[1]:
            return f"{symbol}{words.number(constants[0])}"
    head = written.partition("(")[0]
    return head if head and written.endswith(")") and not constants else written


def formula(node: Value, name: str, expression: str) -> str:
    """Returns the text under a gate: its name, with the expression if the order of the wires matters."""
    ordered = node.op is not None and node.op.name in _ORDERED and len(set(node.parents)) > 1
    return f"{name} = {expression}" if ordered else name


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
    written = (text.clean(row.value) for row in (*card.rows, *card.reserved) if row.kind in ("data", "grad"))
    numbers = max((fonts.width(number, value, bold=True) for number in written), default=0)
    head = 2 * ceil(NAME * 0.625) if leaf else 2 * GATE
    wire = max(WIRE, ceil(numbers) + 2 * beside)
    said = (row.name for row in card.rows if row.kind == "note")
    notes = tuple(text.shorten(text.clean(note), REMARK, bold=True, limit=VALUE_LIMIT) for note in said)
    note_width = max((fonts.width(note, REMARK, bold=True) for note in notes), default=0)
    if direction == "LR":
        width = max(gate + NEXT * leaf + wire, name_width + 4, note_width + 4)
        height = 2 * (row + line * ((not leaf) + len(notes)))
    else:
        aside = ceil(name_width) + NEXT if not leaf else 0
        width = max(gate + 2 * aside, 2 * (ceil(numbers) + 2 * NEXT), note_width)
        wire = WIRE
        height = head + wire + line * len(notes)
    data, grad = (_number(card, kind) for kind in ("data", "grad"))
    complete = name == full and sign == text.clean(card.sign)
    return GateShape(
        *(2 * ceil(width / 2), 2 * ceil(height / 2), gate, head, wire, sign, name, data, grad, notes, complete),
        *(value, row, label, line),
    )


def _number(card: Card, kind: str) -> str:
    """Returns the text beside a wire: the ``data`` or ``grad`` of ``card``, or that it is not computed, or nothing."""
    known = [text.clean(row.value) for row in card.rows if row.kind == kind]
    missing = [row for row in card.rows if row.kind == "missing" and row.value and (row.name == "data") == (kind == "data")]
    return known[0] if known else UNKNOWN if missing else ""
