r"""Formulas of models: activations, matrices of which a part is shown, and names of parameters. The engine sets them.

>>> print(on_slides(lambda few: [["z", "x"], ["u", "W z + b", matrix_of([[1.0], [-0.5]], few)]]))
\begin{aligned}
z &= x \\
u &= W z + b = \begin{pmatrix} 1 \\ -0.5 \end{pmatrix}
\end{aligned}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import product

from chalkgrad.engine.formulas.notation import ATOM
from chalkgrad.engine.formulas.trees import Argument, Call
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.words.expressions import latex_name
from chalkgrad.engine.words.printer import LaTeX
from chalkgrad.engine.words.slides import aligned_equations, array, fits, fitted_equations, pmatrix, rows_of_all
from chalkgrad.engine.words.tables import ends
from chalkgrad.nn.models.show import FEW, FEWEST, Rows, picked

Equation = Sequence[str]  # the sides of an equation, the left-hand one first

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


def on_slides(*ways: Callable[[int], Sequence[Equation]], whole: bool = False) -> str:
    """Returns equations with matrices, given how many rows and columns of a large one are shown, as a slide has room.

    Of several ways to write them each is briefer than the one before. The `whole` of several layers is for paper: large
    matrices show what they always show.
    """
    if whole:
        return aligned_equations(rows_of_all(ways[0](FEW)))
    for few, equations in product((FEW, 3, FEWEST), ways):
        rows = rows_of_all(equations(few))
        if fits(rows):
            break
    return fitted_equations(rows)


def matrix_of(rows: Rows, few: int = FEW, digits: int = 4) -> str:
    """Returns a matrix of numbers in LaTeX; `few` is how many rows and columns of a large one are shown.

    >>> print(matrix_of([[1.0, -0.5]]))
    \\begin{pmatrix} 1 & -0.5 \\end{pmatrix}
    """

    def cell(i: int | None, j: int | None) -> str:
        if i is None:
            return r"\ddots" if j is None else r"\vdots"
        return r"\dots" if j is None else LaTeX(digits=digits).number(rows[i][j])

    places = picked(len(rows[0]), few)
    return pmatrix([[cell(i, j) for j in places] for i in picked(len(rows), few)])


def column(entries: Sequence[str], few: int = FEW) -> str:
    """Returns a column of formulas in LaTeX.

    >>> print(column(["x_{1}", "x_{2}"]))
    \\begin{pmatrix} x_{1} \\\\ x_{2} \\end{pmatrix}
    """
    return pmatrix([[r"\vdots" if i is None else entries[i]] for i in picked(len(entries), few)])


def numbers_in_latex(numbers: Sequence[float], few: int = FEW) -> list[str]:
    """Returns numbers in LaTeX, of many the first and the last.

    >>> numbers_in_latex([0.5, -2.0])
    ['0.5', '-2']
    """
    return [r"\dots" if i is None else LaTeX().number(numbers[i]) for i in picked(len(numbers), few)]


def table_of(heads: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> str:
    """Returns a table of numbers, flush right, a line under its headings.

    >>> print(table_of([["D", "D^{2}"]], [["3", "9"]]))
    \\begin{array}{rr}
    D & D^{2} \\\\ \\hline
    3 & 9
    \\end{array}
    """
    above, below = (" \\\\\n".join(map(" & ".join, lines)) for lines in (heads, rows))
    return array([rf"{above} \\ \hline", below], "r" * len(heads[0]))


def whole(number: int) -> str:
    """Returns a whole number with commas after which LaTeX leaves no space, as it does in a list.

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
