"""What goes back from a loss, p - y for softmax and cross-entropy, σ - y for the logistic loss, and on to the weights."""

from __future__ import annotations

from collections.abc import Mapping

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.forms.form import WORDS, Form
from chalkgrad.classroom.paper import Block, Box, Follows, Formula, Line, Paragraph, Question, Slip
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
        if not widths or min(widths) < 1:
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
        inputs = [chance.choice((-3, -2, 2, 3, 4)) for _ in range(widths[-2])] if len(widths) > 1 else []
        return _logistic(number, chance, inputs) if widths[-1] == 1 else _softmax(number, chance, widths[-1], inputs)


def _widths(posed: Posed) -> list[int]:
    return [int(width) for width in posed.options.get("widths", [3])]


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
    given.append((Formula("L = -y·log σ(z) - (1 - y)·log(1 - σ(z))", r"L = -y \log \sigma(z) - (1 - y) \log(1 - \sigma(z))"),))
    z = _gradient(number, "z", residual / TENTHS, _slips(tenths, y))
    lines = [_line("L", "z", z)]
    for i, x in enumerate(inputs, 1):
        lines.append(_line("L", f"w{i}", _of_weight(number, f"w{i}", z, residual, x)))
    if inputs:
        lines.append(_line("L", "b", _of_weight(number, "b", z, residual, 1)))
    note = (Formula("∂L/∂z = σ(z) - y", r"\frac{\partial L}{\partial z} = \sigma(z) - y"),)
    return _question("logistic", given, lines, note)


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
        (Formula(f"L = -log {_typeset(f'p{target}')}", rf"L = -\log p_{{{target}}}"),),
    ]
    if inputs:
        x = ", ".join(map(str, inputs))
        given[:0] = [(Formula("z = W·x + b", "z = W x + b"),), (Formula(f"x = ({x})", f"x = ({x})"),)]
    lines: list[Line] = []
    boxes: dict[int, Box] = {}
    for i, tenth in enumerate(tenths, 1):
        boxes[i] = _gradient(number, f"z{i}", (tenth - TENTHS * (i == target)) / TENTHS, _slips(tenth, int(i == target)))
        lines.append(_line("L", f"z{i}", boxes[i]))
    for i, box in boxes.items() if inputs else ():
        for j, x_j in enumerate(inputs, 1):
            residual = tenths[i - 1] - TENTHS * (i == target)
            lines.append(_line("L", f"w{i}_{j}", _of_weight(number, f"w{i}_{j}", box, residual, x_j)))
    note = (Formula("∂L/∂z = p - y", r"\frac{\partial L}{\partial z} = p - y"), ", ", WORDS["they add up to 0"])
    return _question("softmax", given, lines, note)


def _question(which: str, given: list[Line], lines: list[Line], note: Line) -> Question:
    pieces: Line = tuple(piece for i, line in enumerate(given) for piece in ((",  ",) if i else ()) + line)
    blocks: tuple[Block, ...] = tuple(Paragraph(line, formula=True) for line in lines)
    return Question(
        "residual",
        WORDS["residual"],
        WORDS[f"residual, {which}"],
        blocks,
        minutes=round(1 + 0.6 * len(lines), 1),
        notes=(note,),
        given=pieces,
    )


def _gradient(number: int, name: str, answer: float, slips: tuple[Slip, ...]) -> Box:
    return Box(f"{number}.{name}.gradient", "gradient", answer, f"∂L/∂{_typeset(name)}", tolerance=ROUNDING, slips=slips)


def _of_weight(number: int, name: str, z: Box, residual: int, x: int) -> Box:
    """The box of a weight's gradient, the residual times what the weight is multiplied by; it follows from the residual's."""

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
    """The wrong residuals that slips give for a probability in tenths and its target."""
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


def _line(of: str, by: str, box: Box) -> Line:
    from_latex = rf"\frac{{\partial {of}}}{{\partial {_latex(by)}}} ="
    return (Formula(f"∂{of}/∂{_typeset(by)} =", from_latex), " ", box)


def _tenths(tenths: int) -> str:
    return decimal(tenths / TENTHS, 4)


def _typeset(name: str) -> str:
    return " ".join(_part(part) for part in name.split(" "))


def _part(text: str) -> str:
    return "·".join(map(set_in_type, text.split("·")))


def _latex(name: str) -> str:
    letter, index = name[0], name[1:].replace("_", ", ")
    return f"{letter}_{{{index}}}" if index else letter
