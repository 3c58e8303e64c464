r"""What fits a slide: how wide and how high a formula in LaTeX stands, and how a long one is broken.

The measure is that of Beamer's: a frame of 16:9 with a title, in letters of 11 points, as the class has them. A formula's
breadth is estimated, from above; a test holds it against what TeX measures.

>>> round(breadth(r"\frac{\partial L}{\partial a} = 6"), 1)
3.3
>>> print(aligned_equations([r"x &= a + b", "&= 2"]))
\begin{aligned}
x &= a + b \\
&= 2
\end{aligned}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal
from unicodedata import bidirectional

from chalkgrad.engine.words.language import section

WIDE = 35.0  # em of a frame's line, of 36.3
HIGH = 16.5  # em of what a frame with a title has room for, of 18
ROW = 1.3  # em from line to line in a table
LINES = 9  # of equations under each other, with fractions in the size of a text
LINE = 1.55  # and in equations under each other
TALL = 2.7  # a line of these with a fraction in it
LOW = 1.75  # or with one in the size of a text
UNDER = 2.3  # or with something under a letter
SUM = 3.2  # or with a sum that has limits
IN_MATRIX = {"pmatrix": 1.25, "cases": 1.5}  # from row to row in a matrix
AROUND = 0.4  # what a line with a matrix is higher than it
DOTS = 0.5  # what a row of dots is higher than others
APART = 0.4  # em more between rows with fractions, so that they do not touch
FRACTION = 0.5  # em by which these rows are higher

ADDS = r" \mathrel{+}= "  # += in a formula

Limit = int | Literal["slide"] | None  # so many, as many as fit a slide, or all

_TOKENS = re.compile(r"\\[a-zA-Z]+ ?|\\.|[\s\S]")
_BINARY = {r"\cdot", r"\times", "+", "-", r"\circ", r"\odot", r"\bmod", "*"}
_WIDTHS = dict.fromkeys(_BINARY, 1.25) | dict.fromkeys((r"\leq", r"\geq", r"\neq", r"\to", "=", "<", ">"), 1.35)
_WIDTHS |= dict.fromkeys((r"\left", r"\right", r"\displaystyle", r"\textstyle", r"\mathrm", r"\mathrel", r"\mathbf"), 0.0)
_WIDTHS |= dict.fromkeys((r"\operatorname", r"\bar", r"\dot", r"\overline", "&", "{", "}", " ", "\n", r"\,"), 0.0)
_WIDTHS |= {r"\phantom": 0.0, r"\boxed": 0.7}
_WIDTHS |= {
    r"\Bigl": 0.15,
    r"\Bigr": 0.15,
    r"\sum": 1.5,
    r"\arg": 1.7,
    r"\leftarrow": 1.7,
    r"\mid": 0.9,
    r"\log": 1.55,
    "f": 0.5,
}
_WIDTHS |= {r"\theta": 0.5, r"\tau": 0.5, r"\sigma": 0.6, r"\lambda": 0.6}
_WIDTHS |= {r"\quad": 1.0, r"\qquad": 2.0, r"\ ": 0.35, r"\;": 0.3, ",": 0.45, r"\sqrt": 0.9, r"\dots": 1.2, r"\cdots": 1.2}
_WIDTHS |= (
    dict.fromkeys("ijlt", 0.4) | dict.fromkeys("0123456789", 0.51) | dict.fromkeys(".|'", 0.3) | dict.fromkeys("()[]/", 0.41)
)
_FUNCTIONS = ["exp", "sin", "cos", "tan", "tanh", "sinh", "cosh", "max", "min", "arctan", "arcsin", "arccos"]
_ENVIRONMENTS = {"pmatrix": (0.95, 1.55), "cases": (1.0, 1.0)}  # between two columns, and of the brackets
_WITH_LIMITS = (r"\sum", r"\min")
_FOREIGN = 1.05  # a letter that TeX may have to print as a code
_SET_APART = {0x2066: None, 0x2069: None}  # marks without a width
_BROAD = set("mwMWABCDEFGHKNOPQRUVXY")
_SLIM = set(" ilt.,()")


def breadth(formula: str, small: bool = False) -> float:
    """Returns about how many em wide a formula is, rather too much than too little; with `small` fractions, as in a table."""
    if not formula.isascii():
        formula = formula.translate(_SET_APART)
        if section("language")["direction"] == "rtl":  # whoever speaks it has a TeX that prints its letters as such
            formula = "".join("n" if bidirectional(c) == "R" else c for c in formula)
    return _estimated(formula, small)


@lru_cache(8192)
def _estimated(formula: str, small: bool) -> float:
    return _breadth(_TOKENS.findall(formula), False, 0.75 if small else 1.0)


def _breadth(tokens: Sequence[str], is_text: bool, scale: float) -> float:
    width, i, before = 0.0, 0, "("
    while i < len(tokens):
        token = tokens[i].rstrip() or tokens[i]
        i += 1
        if token == r"\frac":
            above, i = _group(tokens, i)
            below, i = _group(tokens, i)
            width += 0.25 + scale * max(_breadth(above, False, 0.75), _breadth(below, False, 0.75))
        elif token in _WITH_LIMITS:  # which stand below and above
            widest = _of_token(token)
            while i < len(tokens) and tokens[i] in "_^":
                limit, i = _group(tokens, i + 1)
                widest = max(widest, 0.75 * _breadth(limit, False, 0.75))
            width += widest
        elif token in ("_", "^"):
            raised, i = _group(tokens, i)
            width += 0.05 + 0.75 * _breadth(raised, False, 0.75)
        elif token == r"\text":
            inside, i = _group(tokens, i)
            width += _breadth(inside, True, scale)
        elif token in (r"\underset", r"\binom"):
            below, i = _group(tokens, i)
            above, i = _group(tokens, i)
            large = _breadth(above, False, scale)
            width += max(0.75 * _breadth(below, False, 0.75), large) if token == r"\underset" else large + 1.0
        elif token in (r"\begin", r"\end"):
            name, i = _group(tokens, i)
            if token == r"\begin" and "".join(name) in _ENVIRONMENTS:
                end = _end(tokens, i)
                width += _of_table(tokens[i:end], scale, *_ENVIRONMENTS["".join(name)])
                _, i = _group(tokens, end + 1)
            else:
                width += 1.0
        elif not token.isascii():
            width += _FOREIGN
        elif is_text:
            width += 0.35 if token in _SLIM else 0.8 if token in _BROAD else 0.56
        elif token in _BINARY and (before in ("(", "=") or token == r"\cdot"):  # a minus of one number
            width += 0.75
        else:
            width += _of_token(token)
        before = token
    return width


def _of_token(token: str) -> float:
    """How wide a sign or a command is in a formula."""
    if token in _WIDTHS:
        return _WIDTHS[token]
    if token[1:] in _FUNCTIONS:
        return 0.5 * len(token) - 0.2
    if len(token) > 2:  # a Greek letter
        return 0.68
    return 0.85 if token in _BROAD else 0.55


def _end(tokens: Sequence[str], i: int) -> int:
    r"""The place of the \end of an environment that is open here."""
    depth = 1
    while i < len(tokens):
        depth += {r"\begin": 1, r"\end": -1}.get(tokens[i], 0)
        if not depth:
            break
        i += 1
    return i


def _of_table(tokens: Sequence[str], scale: float, gap: float, brackets: float) -> float:
    """How wide the rows of an environment are, each column being as wide as its widest cell."""
    widths = [0.0]
    start, depth, place = 0, 0, 0
    for i, token in enumerate([*tokens, r"\\"]):
        depth += {"{": 1, "}": -1, r"\begin": 1, r"\end": -1}.get(token, 0)
        if not depth and token in ("&", r"\\"):
            widths += [0.0] * (place == len(widths))
            widths[place] = max(widths[place], _breadth(tokens[start:i], False, scale))
            start, place = i + 1, place + 1 if token == "&" else 0
    return sum(widths) + gap * (len(widths) - 1) + brackets


def _group(tokens: Sequence[str], i: int) -> tuple[Sequence[str], int]:
    """The tokens of the argument that begins here, and where it ends."""
    while i < len(tokens) and not tokens[i].strip():
        i += 1
    if i >= len(tokens) or tokens[i] != "{":
        return tokens[i : i + 1], i + 1
    depth, start = 0, i
    while i < len(tokens):
        depth += {"{": 1, "}": -1}.get(tokens[i], 0)
        i += 1
        if not depth:
            break
    return tokens[start + 1 : i - 1], i


# Equations -----------------------------------------------------------------------------------------------------------


def aligned_equations(rows: Sequence[str]) -> str:
    """Equations in LaTeX under each other, aligned where their & stand."""
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def height(rows: Sequence[str]) -> float:
    """Returns about how many em high equations under each other are."""
    return sum(map(_height, rows))


def _height(row: str) -> float:
    own = LOW if r"\frac" in row else UNDER if r"\underset" in row else LINE
    if not row.startswith((r"\textstyle", r"&\textstyle")):
        own = SUM if r"\sum_" in row else TALL if r"\frac" in row else own
    return max([own, *(_of_matrix(*match) for match in re.findall(r"\\begin\{(pmatrix|cases)\}(.*?)\\end", row, re.DOTALL))])


def _of_matrix(kind: str, rows: str) -> float:
    return AROUND + IN_MATRIX[kind] * (1 + rows.count(r"\\")) + DOTS * (r"\vdots" in rows)


def extent(rows: Sequence[str]) -> tuple[float, float]:
    """Returns about how many em wide and high equations under each other are."""
    sides = [row.partition("&") for row in rows]
    return max(breadth(left) for left, _, _ in sides) + max(breadth(right) for _, _, right in sides), height(rows)


def fits(rows: Sequence[str]) -> bool:
    """Returns whether equations under each other fit a slide."""
    wide, high = extent(rows)
    return wide <= WIDE and high <= HIGH


def sides_of(head: str, sides: Sequence[str], result: str) -> list[str]:
    """The rows of an equation with a line for each of its sides, or more where one is too long; then the result."""
    room = WIDE - breadth(head) - 2
    lines = []
    for first, *rest in (broken(side, room) for side in sides):
        lines += [f"= {first}", *(rf"\quad {{}}{line}" for line in rest)]
    if breadth(f"{lines[-1]} = {result}") <= room:
        lines[-1] += f" = {result}"
    elif sides[-1] != result:
        lines.append(f"= {result}")
    return [f"{'' if i else head + ' '}&{line}" for i, line in enumerate(lines)]


def fitted_equations(rows: Sequence[str]) -> str:
    """Returns equations under each other, with small fractions where large ones would be too high for a slide."""
    return aligned_equations(rows if height(rows) <= HIGH else [low(row) for row in rows])


def low(row: str) -> str:
    """Returns a row of equations with its fractions in the size of a text."""
    head, _, rest = row.partition("&")
    return (rf"\textstyle {head}" if head else "") + rf"&\textstyle {rest}"


def broken(side: str, room: float, small: bool = False) -> list[str]:
    r"""Returns a side of an equation in lines of so many em: broken between its terms, and a long term between its factors.

    What is too long even so is broken inside its parentheses, or between its words.

    >>> broken(r"a \cdot b + \left(c + d\right) \cdot e - f", 6)
    ['a \\cdot b', '+ \\left(c + d\\right) \\cdot e', '- f']
    >>> broken(r"\frac{a + b + c + d}{e}", 6), broken(r"5\text{ (set by hand)}", 6)
    (['(a + b + c', '+ d)/e'], ['5\\text{ (set }\\text{by }', '\\text{hand)}'])
    >>> broken(r"\left.\frac{\partial e}{\partial a}\right|_{d} \cdot \frac{\partial L}{\partial e}", 2)
    ['\\partial e/\\partial a|_{d}', '\\cdot \\partial L/\\partial e']
    """
    if breadth(side, small) <= room:
        return [side]
    for signs in ((" = ",), (" + ", " - "), (r" \cdot ", r" \circ ")):
        lines = _filled(_parts(side, signs), room, small)
        if len(lines) > 1:
            return [part for line in lines for part in broken(line, room, small)]
    loose = _loosened(side)
    lines = _filled(_parts(loose, (" + ", " - ", r" \cdot ", r"\text{"), in_parentheses=True), room, small)
    return lines if len(lines) == 1 or loose == side else [part for line in lines for part in broken(line, room, small)]


def _filled(pieces: Sequence[str], room: float, small: bool) -> list[str]:
    """The pieces in lines, in each as many as there is room for."""
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if breadth(lines[-1], small) + breadth(piece, small) + 0.5 <= room:
            lines[-1] += piece
        else:
            lines.append(piece.strip())
    return lines


def _loosened(side: str) -> str:
    """A formula that can be broken anywhere: parentheses do not grow, a fraction is in one line, each word by itself."""
    tokens = _TOKENS.findall(side)
    loose, i = "", 0
    while i < len(tokens):
        token = tokens[i]
        i += 1
        if token == r"\frac":
            above, i = _group(tokens, i)
            below, i = _group(tokens, i)
            loose += "/".join(_in_parentheses(_loosened("".join(part))) for part in (above, below))
        elif token == r"\text":
            words, i = _group(tokens, i)
            loose += "".join(rf"\text{{{word}}}" for word in re.findall(r" *[^ ]+ ?|\s+", "".join(words)))
        elif token in (r"\left", r"\right"):
            i += tokens[i : i + 1] == ["."]  # on one side there is none
        else:
            loose += token
    return loose


def _in_parentheses(formula: str) -> str:
    return f"({formula})" if len(_parts(formula, (" + ", " - ", r" \cdot "))) > 1 else formula


def _parts(formula: str, signs: Sequence[str], in_parentheses: bool = False) -> list[str]:
    """The parts of a formula between signs outside braces, matrices and parentheses, each with its sign but the first."""
    deeper, higher = (_DEEPER - {"("}, _HIGHER - {")"}) if in_parentheses else (_DEEPER, _HIGHER)
    parts, depth, start = [], 0, 0
    for found in _signs(tuple(signs)).finditer(formula):
        mark = found.group()
        if not mark and depth == 0 and found.start() > start:
            parts.append(formula[start : found.start()])
            start = found.start()
        depth += (mark in deeper) - (mark in higher)
    return [*parts, formula[start:]]


_DEEPER, _HIGHER = {"{", "(", r"\begin", r"\left["}, {"}", ")", r"\end", r"\right]"}


@lru_cache
def _signs(signs: tuple[str, ...]) -> re.Pattern[str]:
    """Finds where one of the signs begins, an empty match, and all that begins or ends what they may stand in."""
    return re.compile(rf"\\[{{}}]|(?={'|'.join(map(re.escape, signs))})|\\(?:begin|end)(?=\{{)|\\left\[|\\right\]|[{{}}()]")


def rows_of(equation: str, room: float = WIDE, left: float = 0.0) -> Iterator[str]:
    """Yields the rows of an equation, aligned at its first =: too long a one is broken at its =, then at its + and its ·.

    In a row there are as many sides as there is room for; `left` is how wide the widest head is that it is aligned with.
    """
    head, *sides = _parts(equation, (" = ", ADDS))
    if not sides:
        yield f"&{head}"
        return
    room -= max(left, breadth(head))
    lines = [""]
    for side in map(str.strip, sides):
        if breadth(f"{lines[-1]} {side}") <= room:
            lines[-1] = f"{lines[-1]} {side}".strip()
            continue
        sign, _, rest = side.partition(" ")
        first, *others = broken(rest, room - 1.35)
        lines += [f"{sign} {first}", *(rf"\quad {{}}{line}" for line in others)]
    for i, line in enumerate(filter(None, lines)):
        yield f"{'' if i else head + ' '}&{line}"


def rows_of_all(equations: Sequence[Sequence[str]]) -> list[str]:
    """Returns the rows of equations that are aligned with each other, each given by its sides."""
    left = max(breadth(head) for head, *_ in equations)
    return [row for sides in equations for row in rows_of(" = ".join(sides), left=left)]


def equations_of(equations: Sequence[Sequence[str]]) -> str:
    r"""Returns equations under each other, each given by its sides, as a slide has room for them.

    >>> print(equations_of([["y", "W x", "3"], ["W", "1"]]))
    \begin{aligned}
    y &= W x = 3 \\
    W &= 1
    \end{aligned}
    """
    return fitted_equations(rows_of_all(equations))


def pmatrix(rows: Sequence[Sequence[str]]) -> str:
    r"""Returns a matrix of formulas.

    >>> print(pmatrix([["1", "a"], ["0", r"\dots"]]))
    \begin{pmatrix} 1 & a \\ 0 & \dots \end{pmatrix}
    """
    return r"\begin{pmatrix} " + r" \\ ".join(map(" & ".join, rows)) + r" \end{pmatrix}"


def array(lines: Sequence[str], sides: str) -> str:
    """Returns a table of these lines; `sides` has l, c or r for each column."""
    return "\n".join([rf"\begin{{array}}{{{sides}}}", *lines, r"\end{array}"])
