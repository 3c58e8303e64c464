r"""What fits a slide: how wide and how high a formula in LaTeX stands, and how a long one is broken.

The measure is that of Beamer's: a frame of 16:9 with a title, in letters of 11 points, as the class has them. A formula's
breadth is estimated, from above; a test holds it against what TeX measures.

>>> round(breadth(r"\frac{\partial L}{\partial a} = 6"), 1)
3.4
>>> print(aligned_equations([r"x &= a + b", "&= 2"]))
\begin{aligned}
x &= a + b \\
&= 2
\end{aligned}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

WIDE = 34.5  # em of a frame's line, of 36.3
HIGH = 16.5  # em of what a frame with a title has room for, of 18
ROW = 1.3  # em from line to line in a table
LINES = 10  # of equations under each other, with fractions in the size of a text
LINE = 1.55  # and in equations under each other
TALL = 2.7  # a line of these with a fraction in it
APART = 0.4  # em more between rows with fractions, so that they do not touch
FRACTION = 0.5  # em by which these rows are higher

Limit = int | Literal["slide"] | None  # so many, as many as fit a slide, or all

_TOKENS = re.compile(r"\\[a-zA-Z]+ ?|\\.|[\s\S]")
_RELATIONS = {r"\leq", r"\geq", r"\neq", r"\to", r"\approx", "=", "<", ">"}
_BINARY = {r"\cdot", r"\times", "+", "-", r"\circ", r"\odot", r"\bmod", "*"}
_NOTHING = {r"\left", r"\right", r"\displaystyle", r"\textstyle", r"\mathrm", r"\mathbf", r"\text", r"\operatorname", "&", " "}
_NOTHING |= {"{", "}", r"\bar", r"\dot", r"\overline", r"\limits", "\n", r"\,"}
_SPACES = {r"\quad": 1.0, r"\qquad": 2.0, r"\ ": 0.35, r"\;": 0.3, ",": 0.45}
_WIDE_LETTERS = set("mwMWABCDEFGHKNOPQRUVXY")


def breadth(formula: str) -> float:
    """Returns about how many em wide a formula is, rather too much than too little."""
    return _breadth(_TOKENS.findall(formula), False)


def _breadth(tokens: Sequence[str], is_text: bool) -> float:
    width, i = 0.0, 0
    while i < len(tokens):
        token = tokens[i].rstrip() or tokens[i]
        i += 1
        if token == r"\frac":
            above, i = _group(tokens, i)
            below, i = _group(tokens, i)
            width += 0.25 + max(_breadth(above, False), _breadth(below, False))
        elif token in ("_", "^"):
            raised, i = _group(tokens, i)
            width += 0.05 + 0.75 * _breadth(raised, False)
        elif token == r"\text":
            inside, i = _group(tokens, i)
            width += _breadth(inside, True)
        elif token == r"\sqrt":
            width += 0.9
        elif token in (r"\begin", r"\end"):
            _, i = _group(tokens, i)
            width += 1.0
        elif is_text:
            width += 0.35 if token in (" ", "i", "l", "t", ".", ",", "(", ")") else 0.8 if token in _WIDE_LETTERS else 0.56
        elif token in _NOTHING:
            pass
        elif token in _SPACES:
            width += _SPACES[token]
        elif token in _RELATIONS:
            width += 1.35
        elif token in _BINARY:
            width += 0.75 if token == r"\cdot" else 1.25
        elif len(token) > 2 and token[0] == "\\":
            named = token[1:] in _FUNCTIONS
            width += 0.5 * len(token) - 0.2 if named else 1.2 if "dots" in token else 0.68
        else:
            width += 0.3 if token in ".|'" else 0.42 if token in "()[]/" else 0.85 if token in _WIDE_LETTERS else 0.55
    return width


_FUNCTIONS = {"exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "max", "min", "arctan", "arcsin", "arccos", "operatorname"}


def _group(tokens: Sequence[str], i: int) -> tuple[Sequence[str], int]:
    """The tokens of the argument that begins here, and where it ends."""
    while i < len(tokens) and not tokens[i].strip():
        i += 1
    if i == len(tokens) or tokens[i] != "{":
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
    return sum(TALL if r"\frac" in row and not row.startswith(r"\textstyle") else LINE for row in rows)


def low(row: str) -> str:
    """Returns a row of equations with its fractions in the size of a text."""
    head, _, rest = row.partition("&")
    return (rf"\textstyle {head}" if head else "") + rf"&\textstyle {rest}"


def broken(side: str, room: float) -> list[str]:
    r"""Returns a side of an equation in lines of so many em: between its terms, and a term that is too long between its factors.

    What is too long even so is broken inside its parentheses, or between its words.

    >>> broken(r"a \cdot b + \left(c + d\right) \cdot e - f", 6)
    ['a \\cdot b', '+ \\left(c + d\\right) \\cdot e', '- f']
    >>> broken(r"\frac{a + b + c + d}{e}", 6), broken(r"5\text{ (set by hand)}", 6)
    (['(a + b + c', '+ d)/e'], ['5\\text{ (set }\\text{by }', '\\text{hand)}'])
    """
    if breadth(side) <= room:
        return [side]
    for signs in ((" = ",), (" + ", " - "), (r" \cdot ",)):
        lines = _filled(_parts(side, signs), room)
        if len(lines) > 1:
            return [part for line in lines for part in broken(line, room)]
    loose = _loosened(side)
    lines = _filled(_parts(loose, (" + ", " - ", r" \cdot ", r"\text{"), in_parentheses=True), room)
    return lines if len(lines) == 1 or loose == side else [part for line in lines for part in broken(line, room)]


def _filled(pieces: Sequence[str], room: float) -> list[str]:
    """The pieces in lines, in each as many as there is room for."""
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if breadth(lines[-1]) + breadth(piece) + 1 <= room:
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
            loose += "/".join(_in_parentheses("".join(part)) for part in (above, below))
        elif token == r"\text":
            words, i = _group(tokens, i)
            loose += "".join(rf"\text{{{word}}}" for word in re.findall(r" *[^ ]+ ?|\s+", "".join(words)))
        elif token not in (r"\left", r"\right"):
            loose += token
    return loose


def _in_parentheses(formula: str) -> str:
    return f"({formula})" if len(_parts(formula, (" + ", " - ", r" \cdot "))) > 1 else formula


def _parts(formula: str, signs: Sequence[str], in_parentheses: bool = False) -> list[str]:
    """The parts of a formula between signs that stand in no braces and parentheses, each but the first with its sign."""
    depths = {"{": 1, "}": -1} if in_parentheses else {"{": 1, "(": 1, "}": -1, ")": -1}
    parts, depth, start, i = [], 0, 0, 0
    while i < len(formula):
        if formula.startswith((r"\{", r"\}"), i):
            i += 2
            continue
        if depth == 0 and i > start and formula.startswith(tuple(signs), i):
            parts.append(formula[start:i])
            start = i
        depth += depths.get(formula[i], 0)
        i += 1
    return [*parts, formula[start:]]


def rows_of(equation: str, room: float = WIDE) -> Iterator[str]:
    """Yields the rows of an equation whose first = is aligned; what is too long is broken at its other =, then its + and its ·."""
    head, *sides = _parts(equation, (" = ",))
    if breadth(equation) <= room or not sides:
        yield " &".join([head, "".join(sides).lstrip()]) if sides else f"&{head}"
        return
    left = room - breadth(head) - 1.5
    for i, side in enumerate(sides):
        first, *rest = broken(side.removeprefix(" = "), left)
        yield f"{'' if i else head + ' '}&= {first}"
        yield from (rf"&\quad {{}}{line}" for line in rest)
