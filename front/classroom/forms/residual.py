"""What goes back from a loss, p - y for softmax and cross-entropy, σ - y for the logistic loss, and on to the weights."""

from __future__ import annotations

from collections.abc import Mapping

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.forms.form import WORDS, Form, minutes_of
from chalkgrad.classroom.paper import Block, Box, Follows, Formula, Grid, Line, Paragraph, Question, Slip
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine.stepping.answers import template_of
from chalkgrad.engine.words.decimals import decimal
from chalkgrad.engine.words.manner import set_in_type

MOST_OUTPUTS, MOST_WEIGHTS = 5, 8
ROUNDING = 1e-9  # of a student's own numbers, whose products are not exact
TENTHS = 10


class Residual(Form):
    """∂L/∂z for the outputs z of a network, whose last width says how many there are: one is logistic, several are softmax.

    Where `widths` has another before it, the gradients by the weights and the bias of a logistic unit, or by all weights of a
    softmax layer, follow. Probabilities are tenths.
    """

    name = "residual"
    grades = "none"
    model = True

    def refusal(self, posed: Posed) -> str:
        """Refuses more outputs and weights than are worked out by hand."""
        widths = _widths(posed)
        if widths is None:
            return "widths are whole numbers from 1 on, as in widths = [2, 3]"
        if widths[-1] > MOST_OUTPUTS:
            return f"residuals are asked of at most {MOST_OUTPUTS} outputs, and widths ends with {widths[-1]}"
        if len(widths) > 1 and widths[-1] * widths[-2] > MOST_WEIGHTS:
            return f"at most {MOST_WEIGHTS} weights are asked for, and {widths[-2]}·{widths[-1]} are more: leave the inputs out"
        return ""

    def question(self, posed: Posed, number: int) -> Question:
        """Returns a question with probabilities, a target and inputs of its own."""
        chance = posed.chance.beside(self.name, str(number))
        widths = _widths(posed)
        assert widths is not None  # else it is refused
        inputs = [chance.choice((-3, -2, 2, 3, 4)) for _ in range(widths[-2])] if len(widths) > 1 else []
        return _logistic(number, chance, inputs) if widths[-1] == 1 else _softmax(number, chance, widths[-1], inputs)


def _widths(posed: Posed) -> list[int] | None:
    return widths_in(posed.options.get("widths", [3]), 1)


def _logistic(number: int, chance: Chance, inputs: list[int]) -> Question:
    tenths, y = chance.choice((1, 2, 3, 4, 6, 7, 8, 9)), chance.below(2)
    residual = tenths - TENTHS * y
    terms = "".join(f"w{i}·x{i} + " for i in range(1, len(inputs) + 1))
    text = f"z = {_typeset(terms)}b" if inputs else ""
    latex = "z = " + "".join(f"w_{{{i}}} x_{{{i}}} + " for i in range(1, len(inputs) + 1)) + "b" if inputs else ""
    given: list[Line] = [(Formula(text, latex),)] if inputs else []
    given += [(Formula(f"{_typeset(f'x{i}')} = {x}", f"x_{{{i}}} = {x}"),) for i, x in enumerate(inputs, 1)]
    given.append((Formula(f"σ(z) = {_tenths(tenths)}", rf"\sigma(z) = {_tenths(tenths)}"),))
    given.append((Formula(f"y = {y}", f"y = {y}"),))
    loss = Formula("L = -y·log σ(z) - (1 - y)·log(1 - σ(z))", r"L = -y \log \sigma(z) - (1 - y) \log(1 - \sigma(z))")
    z = _gradient(number, "z", residual / TENTHS, _slips(tenths, y))
    row = [_line("z", z)]
    for i, x in enumerate(inputs, 1):
        row.append(_line(f"w{i}", _of_weight(number, f"w{i}", z, residual, x)))
    if inputs:
        row.append(_line("b", _of_weight(number, "b", z, residual, 1)))
    note = (Formula("∂L/∂z = σ(z) - y", r"\frac{\partial L}{\partial z} = \sigma(z) - y"),)
    return _question("logistic", given, loss, [row], note)


def _softmax(number: int, chance: Chance, count: int, inputs: list[int]) -> Question:
    while True:
        cuts = sorted(chance.shuffled(range(1, TENTHS))[: count - 1])
        tenths = [b - a for a, b in zip([0, *cuts], [*cuts, TENTHS], strict=True)]
        if TENTHS // 2 not in tenths:  # there p and 1 - p are one number
            break
    target = 1 + chance.below(count)
    p = ", ".join(map(_tenths, tenths))
    given: list[Line] = [
        (Formula(f"p = softmax(z) = ({p})", rf"p = \mathrm{{softmax}}(z) = ({p})"),),
        (WORDS["the class is"], " ", Formula(f"{target}")),
    ]
    loss = Formula(f"L = -log {_typeset(f'p{target}')}", rf"L = -\log p_{{{target}}}")
    if inputs:
        x = ", ".join(map(str, inputs))
        given[:0] = [(Formula("z = W·x + b", "z = W x + b"),), (Formula(f"x = ({x})", f"x = ({x})"),)]
    rows: list[list[Line]] = []
    for i, tenth in enumerate(tenths, 1):
        residual = tenth - TENTHS * (i == target)
        box = _gradient(number, f"z{i}", residual / TENTHS, _slips(tenth, int(i == target)))
        weights = [(f"w{i}_{j}", x_j) for j, x_j in enumerate(inputs, 1)]
        rows.append([_line(f"z{i}", box), *(_line(name, _of_weight(number, name, box, residual, x)) for name, x in weights)])
    note = (Formula("∂L/∂z = p - y", r"\frac{\partial L}{\partial z} = p - y"), ", ", WORDS["they add up to 0"])
    return _question("softmax", given, loss, rows, note)


def widths_in(given: object, least: int) -> list[int] | None:
    """Returns the widths of at least ``least`` layers, whole numbers from 1 on; None for anything else.

    >>> widths_in([3, 4.0, 2], 2), widths_in([3], 2), widths_in("3, 4", 2), widths_in([2, 1.5], 2)
    ([3, 4, 2], None, None, None)
    """
    if not isinstance(given, (list, tuple)) or len(given) < least:
        return None
    whole = [int(x) for x in given if isinstance(x, (int, float)) and not isinstance(x, bool) and x >= 1 and x % 1 == 0]
    return whole if len(whole) == len(given) else None


def _question(which: str, given: list[Line], loss: Formula, rows: list[list[Line]], note: Line) -> Question:
    """Returns a table with a row for each output: what goes back to it and on to its weights; the loss has its own line."""
    pieces: Line = tuple(piece for i, line in enumerate(given) for piece in ((",  ",) if i else ()) + line)
    grid = Grid(("",) * len(rows[0]), tuple(map(tuple, rows)))
    blocks: tuple[Block, ...] = (Paragraph((loss,), formula=True), grid)
    return Question(
        "residual",
        WORDS["residual"],
        WORDS[f"residual, {which}"],
        blocks,
        minutes=minutes_of(blocks, 1.0),
        notes=(note,),
        given=pieces,
    )


def _gradient(number: int, name: str, answer: float, slips: tuple[Slip, ...]) -> Box:
    return Box(f"{number}.{name}.gradient", "gradient", answer, f"∂L/∂{_typeset(name)}", tolerance=ROUNDING, slips=slips)


def _of_weight(number: int, name: str, z: Box, residual: int, x: int) -> Box:
    """Returns the box of a weight's gradient, which follows from the residual: that times what the weight is multiplied by."""

    def compute(numbers: Mapping[str, float]) -> float:
        return numbers[z.name] * x

    right, alone = residual * x / TENTHS, residual / TENTHS
    tried = [
        Slip(float(x), "local alone", WORDS["residual: input alone"].format(answer=x)),
        Slip(alone, "upstream alone", WORDS["residual: residual alone"].format(answer=decimal(alone, 4))),
    ]
    return Box(
        f"{number}.{name}.gradient",
        "gradient",
        right,
        f"∂L/∂{_typeset(name)}",
        tolerance=ROUNDING,
        follows=Follows((z.name,), compute),
        slips=tuple(slip for slip in tried if x != 1 and slip.number != right),
    )


def _slips(tenths: int, y: int) -> tuple[Slip, ...]:
    """Returns the wrong residuals that slips give for a probability in tenths and its target."""
    p = tenths / TENTHS
    right = (tenths - TENTHS * y) / TENTHS
    tried = [
        Slip(-right, "sign", template_of("sign")),
        Slip(p, "no target", WORDS["no target"]),
        Slip(tenths * (TENTHS - tenths) / TENTHS**2, "diagonal", WORDS["residual: slope"]),
        Slip(0.0, "zero", WORDS["residual: other class"]),
    ]
    found: dict[float, Slip] = {}
    for slip in tried if y == 0 else tried[:3]:
        if slip.number != right:
            found.setdefault(slip.number, slip)
    return tuple(found.values())


def _line(by: str, box: Box) -> Line:
    return (Formula(f"∂L/∂{_typeset(by)} =", rf"\frac{{\partial L}}{{\partial {_latex(by)}}} ="), " ", box)


def _tenths(tenths: int) -> str:
    return decimal(tenths / TENTHS, 4)


def _typeset(name: str) -> str:
    return " ".join(_part(part) for part in name.split(" "))


def _part(text: str) -> str:
    return "·".join(set_in_type(name.replace("_", "")) for name in text.split("·"))  # w₁₂: all indices have one digit


def _latex(name: str) -> str:
    letter, index = name[0], name[1:].replace("_", "")
    return f"{letter}_{{{index}}}" if index else letter
