r"""Formulas in LaTeX, all of one kind: each stands between \[ and \], and needs the package amsmath at most.

>>> print(aligned([["z", "x"], ["u", "W z + b", pmatrix([[1.0], [-0.5]])]]))
% needs \usepackage{amsmath}
\begin{aligned}
z &= x \\
u &= W z + b = \begin{pmatrix} 1 \\ -0.5 \end{pmatrix}
\end{aligned}

A line that would be wider than a slide is broken before an equals sign, and matrices that are too wide even so show fewer of
their columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from chalkgrad.engine.formulas.notation import ATOM
from chalkgrad.engine.formulas.trees import Argument, Call
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.words.expressions import latex_name
from chalkgrad.engine.words.printer import LaTeX
from chalkgrad.engine.words.tables import ends
from chalkgrad.nn.models.show import FEW, FEWEST, Rows, picked

Equation = Sequence[str]  # the sides of an equation, the left-hand one first

NEEDS = r"% needs \usepackage{amsmath}"
WIDEST = 365.0  # points that a line may take by estimate: the text of a 16:9 Beamer slide is 398 wide

# The textbooks' formulas of the activations, of u; what is computed is the same, written so that nothing overflows.
DEFINITIONS = {
    "sigmoid": r"\frac{1}{1 + e^{-u}}",
    "tanh": r"\frac{e^{u} - e^{-u}}{e^{u} + e^{-u}}",
    "tanh_half": r"\tanh(u/2)",
    "relu": r"\max(u, 0)",
    "leaky_relu": r"\max(u, 0.01 \, u)",
    "elu": r"\begin{cases} u & u > 0 \\ e^{u} - 1 & u \leq 0 \end{cases}",
    "selu": r"1.0507 \cdot \begin{cases} u & u > 0 \\ 1.6733 \, (e^{u} - 1) & u \leq 0 \end{cases}",
    "softplus": r"\log(1 + e^{u})",
    "gelu": r"u \cdot \Phi(u)",
    "silu": r"u \cdot \sigma(u)",
    "mish": r"u \cdot \tanh(\log(1 + e^{u}))",
    "softsign": r"\frac{u}{1 + |u|}",
    "step": r"\mathbf{1}\{u > 0\}",
}


def formula(text: str) -> str:
    """Returns a formula with a first line that says which package it needs, if it needs one.

    >>> formula("a + b")
    'a + b'
    """
    needs = re.search(r"\\(begin|operatorname|text|binom|underset)\b", text)
    return f"{NEEDS}\n{text}" if needs else text


def in_notebook(latex: str) -> str:
    """Returns a formula as notebooks take it."""
    return rf"$\displaystyle {latex.removeprefix(NEEDS).strip()}$"


def aligned(equations: Sequence[Equation]) -> str:
    """Returns equations one below the other, broken where they are too wide for a slide."""
    return formula("\\begin{aligned}\n" + " \\\\\n".join(_lines(equations)) + "\n\\end{aligned}")


def on_slides(equations: Callable[[int], Sequence[Equation]], whole: bool = False) -> str:
    """Returns equations with matrices, given how many rows and columns of a large one are shown, as a slide has the width.

    The `whole` of several layers is for paper: large matrices show what they always show.
    """
    for few in (FEW,) if whole else (FEW, 3, FEWEST):
        made = equations(few)
        if max(map(width, _lines(made))) <= WIDEST:
            break
    return aligned(made)


def _lines(equations: Sequence[Equation]) -> list[str]:
    """Returns the lines of equations, each in as few as there is room for."""
    left = max(width(sides[0]) for sides in equations)
    lines = []
    for first, *sides in equations:
        line = f"{first} &= {sides[0]}"
        right = width(f"= {sides[0]}")
        for side in sides[1:]:
            more = width(f"= {side}")
            if left + right + more > WIDEST:
                lines.append(line)
                line, right = f"&= {side}", more
            else:
                line, right = f"{line} = {side}", right + more
        lines.append(line)
    return lines


def pmatrix(rows: Rows, few: int = FEW) -> str:
    """Returns a matrix in LaTeX, for amsmath; `few` is how many rows and columns of a large one are shown.

    >>> print(pmatrix([[1.0, -0.5]]))
    \\begin{pmatrix} 1 & -0.5 \\end{pmatrix}
    """

    def cell(i: int | None, j: int | None) -> str:
        if i is None:
            return r"\ddots" if j is None else r"\vdots"
        return r"\dots" if j is None else LaTeX().number(rows[i][j])

    places = picked(len(rows[0]), few)
    lines = [" & ".join(cell(i, j) for j in places) for i in picked(len(rows), few)]
    return r"\begin{pmatrix} " + r" \\ ".join(lines) + r" \end{pmatrix}"


def column(entries: Sequence[str], few: int = FEW) -> str:
    """Returns a column of formulas in LaTeX.

    >>> print(column(["x_{1}", "x_{2}"]))
    \\begin{pmatrix} x_{1} \\\\ x_{2} \\end{pmatrix}
    """
    shown = [r"\vdots" if i is None else entries[i] for i in picked(len(entries), few)]
    return r"\begin{pmatrix} " + r" \\ ".join(shown) + r" \end{pmatrix}"


def numbers_in_latex(numbers: Sequence[float], few: int = FEW) -> list[str]:
    """Returns numbers in LaTeX, of many the first and the last.

    >>> numbers_in_latex([0.5, -2.0])
    ['0.5', '-2']
    """
    return [r"\dots" if i is None else LaTeX().number(numbers[i]) for i in picked(len(numbers), few)]


def array(heads: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], sides: str) -> str:
    """Returns a table of formulas, a line under its headings; `sides` has l, c or r for each column.

    >>> print(array([["D", "D^{2}"]], [["3", "9"]], "rr"))
    % needs \\usepackage{amsmath}
    \\begin{array}{rr}
    D & D^{2} \\\\ \\hline
    3 & 9
    \\end{array}
    """
    above = " \\\\\n".join(" & ".join(head) for head in heads)
    below = " \\\\\n".join(" & ".join(row) for row in rows)
    return formula(f"\\begin{{array}}{{{sides}}}\n{above} \\\\ \\hline\n{below}\n\\end{{array}}")


def text(words: str) -> str:
    """Returns words as they stand in a formula."""
    return rf"\text{{{LaTeX().text(words)}}}" if words else ""


def whole(number: int) -> str:
    """Returns a whole number with commas that LaTeX takes for no list.

    >>> whole(10_000)
    '10{,}000'
    """
    return f"{number:,}".replace(",", "{,}")


def word(name: str) -> str:
    """Returns a function's name inside \\mathrm."""
    return latex_name(f"{name}  ")[len(r"\mathrm{") : -len(r"\ \ }")]


def applied(activation: str, argument: str, unnamed: str = r"\varphi") -> str:
    """Returns an activation of an argument, by its name; of a linear one the argument itself, of a lambda `unnamed` applied.

    >>> print(applied("tanh", "u_{1}"), applied("linear", "u_{2}"), applied("<lambda>", "u"))
    \\tanh(u_{1}) u_{2} \\varphi(u)
    """
    if activation == "linear":
        return argument
    if activation == "tanh_half":
        return rf"\tanh({argument}/2)"
    if activation not in DEFINITIONS and activation in RULES and len(RULES[activation].arguments) == 1:
        (name,) = RULES[activation].arguments
        return LaTeX().formula(Call(activation, Argument(name)), {name: (argument, ATOM)})
    short = {"sigmoid": r"\sigma", "tanh": r"\tanh", "relu": r"\mathrm{ReLU}"}
    upright = rf"\mathrm{{{word(activation)}}}" if activation.isidentifier() else unnamed
    return f"{short.get(activation, upright)}({argument})"


def definition(activation: str) -> str:
    """Returns what an activation is of u: its textbook formula, or a function's name, applied; "" for a lambda.

    >>> print(definition("sigmoid"), definition("sin"))
    \\frac{1}{1 + e^{-u}} \\sin\\left(u\\right)
    """
    return DEFINITIONS.get(activation) or (applied(activation, "u") if activation.isidentifier() else "")


def definitions(activations: Sequence[str]) -> list[Equation]:
    """Returns an equation for each activation of which its name says less than its formula."""
    known = [name for name in dict.fromkeys(activations) if name in DEFINITIONS and name != "tanh_half"]
    return [[applied(name, "u"), DEFINITIONS[name]] for name in known]


# Names of parameters -------------------------------------------------------------------------------------------------


def parameter_symbols(names: Sequence[str]) -> list[tuple[str, str]]:
    """Returns for each name of a parameter the symbol of the vector it is in, and its own: w_{12} and w_{12,3}.

    The index of a vector is that of its layer and unit. Where several parts of a model have the same number, or none, their
    names stand there.

    >>> parameter_symbols(["h1.w1", "h1.b"])
    [('w_{1}', 'w_{1,1}'), ('b_{1}', 'b_{1}')]
    >>> parameter_symbols(["layer1.neuron2.w1"]), parameter_symbols(["w1", "b"])
    ([('w_{12}', 'w_{12,1}')], [('w', 'w_{1}'), ('b', 'b')])
    """
    found = [_symbols(name, numbered=True) for name in names]
    if len(set(found)) < len(names):
        found = [_symbols(name, numbered=False) for name in names]
    return found


def _symbols(name: str, numbered: bool) -> tuple[str, str]:
    *places, last = name.split(".")
    match = re.fullmatch(r"([^\W\d_]+)(\d*)", last)
    letter, number = match.groups() if match else (last, "")
    indices = []
    for place in places:
        digits = re.fullmatch(r"\D+(\d+)", place)
        indices.append(digits[1] if digits and numbered else latex_name(place))
    alone = all(len(index) == 1 for index in indices)
    where = ("" if alone and all(map(str.isdigit, indices)) else ",").join(indices)
    symbol = latex_name(letter)
    vector = f"{symbol}_{{{where}}}" if where else symbol
    inside = ",".join(filter(None, [where, number]))
    return vector, f"{symbol}_{{{inside}}}" if inside else symbol


def listed(entries: Sequence[str], most: int, separator: str = ", ") -> str:
    """Returns formulas in a row; of many, the first and the last."""
    return separator.join(r"\dots" if i is None else entries[i] for i in ends(len(entries), most))


# How wide a formula is -----------------------------------------------------------------------------------------------

_WIDTHS = {"=": 16.0, "+": 12.5, "-": 11.0, ",": 5.0, ".": 3.0, "(": 4.3, ")": 4.3, "[": 3.5, "]": 3.5, "<": 15.0, ">": 15.0}
_COMMANDS = {
    "cdot": 8.0, "circ": 10.0, "dots": 13.0, "ddots": 14.0, "vdots": 4.0, "quad": 11.0, "qquad": 22.0, "sum": 16.0, "log": 19.0,
    "tanh": 24.0, "max": 24.0, "arg": 19.0, "min": 20.0, "Bigl": 3.0, "Bigr": 3.0, "leftarrow": 18.0, "left": 0.0, "right": 0.0,
    "mathrm": 0.0, "mathbf": 0.0, "text": 0.0, "operatorname": 0.0, "displaystyle": 0.0,
}  # fmt: skip


def width(latex: str) -> float:
    """Returns an estimate of how many points a formula takes in Beamer's usual size; a tenth too much or too little.

    >>> 10 < width("a + b") < 30
    True
    """
    innermost = re.compile(r"\\begin\{(pmatrix|cases)\}((?:(?!\\begin).)*?)\\end\{\1\}", re.DOTALL)
    boxes: list[float] = []

    def boxed(points: float) -> str:
        boxes.append(points)
        return f"\ue000{len(boxes) - 1}\ue001"

    def measured(match: re.Match[str]) -> str:
        rows = [row.split("&") for row in match[2].split(r"\\")]
        columns = [max(_width(row[j].strip(), boxes) for row in rows if j < len(row)) for j in range(max(map(len, rows)))]
        return boxed(sum(columns) + 10.0 * (len(columns) - 1) + 16.0)

    flat, count = latex, 1
    while count:
        flat, count = innermost.subn(measured, flat)
    fraction = re.compile(r"\\frac\{((?:[^{}]|\{[^{}]*\})*)\}\{((?:[^{}]|\{[^{}]*\})*)\}")
    flat = fraction.sub(lambda m: boxed(max(_width(m[1], boxes), _width(m[2], boxes)) + 3.0), flat)
    return _width(flat, boxes)


def _width(flat: str, boxes: Sequence[float]) -> float:
    """Returns the width of a formula without matrices and fractions other than those that are boxes."""
    total, small = 0.0, 0
    for token in re.findall(r"\ue000\d+\ue001|\\[A-Za-z]+|\\.|[_^]\{|[{}]|\S", flat):
        if token[0] == "\ue000":
            total += boxes[int(token[1:-1])]
        elif token[0] in "_^" and len(token) == 2:
            small += 1
        elif token == "{":
            small += bool(small)  # a group inside an index
        elif token == "}":
            small -= bool(small)
        else:
            points = _COMMANDS.get(token[1:], 6.5) if token[0] == "\\" else _WIDTHS.get(token, 5.6)
            total += points * (0.65 if small else 1.0)
    return total
