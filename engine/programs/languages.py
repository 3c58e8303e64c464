"""The languages that programs are written in: for each a table of primitives, and how lines and loops are written.

>>> LANGUAGES["javascript"].assign("v3", "a * b")
'const v3 = a * b;'
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import reduce

from chalkgrad.engine.formulas.notation import ATOM
from chalkgrad.engine.recording.emit import PYTHON, Language, Written, indented

WIDTH = 100  # of lists of names


class Python(Language):
    """Python with the standard library's floats.

    Methods return source: pieces as str, lines as lists of str.
    """

    name, comment, arrays = "python", "#", False

    def __init__(self, primitives: Mapping[str, str] | None = None) -> None:
        # Lines are templates in which variables stand as %(x)s (text.py), so that a % is written twice.
        own = {name: template.replace("math.", "").replace("%", "%%") for name, template in PYTHON.items()}
        super().__init__(primitives or own)

    def imports(self, text: str) -> list[str]:
        """Returns the lines above a program that import what it calls."""
        used = sorted(set(_WORD.findall(text)) & MATH)
        return [f"from math import {', '.join(used)}", "", ""] if used else []

    def head(self, parameters: Sequence[str]) -> list[str]:
        """Returns the lines before the function's body; `foot` has those after it."""
        return wrapped("def program(", parameters, "):")

    foot: Sequence[str] = ()

    def unpack(self, names: Sequence[str], source: str) -> list[str]:
        """Returns lines that give variables the elements of a list."""
        line = f"{unpacked(names)} = {source}"
        return [line] if len(line) <= WIDTH else wrapped("(", names, f") = {source}")

    def listed(self, sources: Sequence[str]) -> str:
        """Returns a list."""
        return f"[{', '.join(sources)}]"

    def many(self, sources: Sequence[str]) -> str:
        """Returns several results as one: a tuple, or an array in JavaScript."""
        return f"({', '.join(sources)}{',' * (len(sources) == 1)})"

    def result(self, values: str, adjoints: str = "") -> list[str]:
        """Returns the lines that return the value, or the value and the adjoints."""
        return wrapped("return ", [values, adjoints], "") if adjoints else [f"return {values}"]

    def long_list(self, name: str, sources: Sequence[str]) -> list[str]:
        """Returns lines that give a variable a list."""
        return wrapped(f"{name} = [", sources, "]")

    def loop(self, rows: Sequence[tuple[Sequence[str], bool, str]], body: Sequence[str], index: str) -> list[str]:
        """Returns a loop over the samples of a batch.

        Args:
            rows: for each input that is a batch the variables of a row, whether it is a number, and the list of rows
            body: what is done for each sample
            index: the variable of the sample's number, for languages that count
        """
        source = rows[0][2] if len(rows) == 1 else f"zip({', '.join([source for *_, source in rows])})"
        one_name = len(rows) == 1 and rows[0][1]
        if len(rows) == 1:
            line = f"for {rows[0][0][0] if one_name else unpacked(rows[0][0])} in {source}:"
        else:
            targets = [names[0] if single else f"({unpacked(names)})" for names, single, _ in rows]
            line = f"for {', '.join(targets)} in {source}:"
        if len(line) > WIDTH and not one_name:  # (name,) would take a row apart
            names = [x for names, single, _ in rows for x in _grouped(names, single or len(rows) == 1)]
            return [*wrapped("for (", names, f") in {source}:"), *indented(body)]
        return [line, *indented(body)]

    def append(self, name: str, source: str) -> str:
        """Returns the line that appends to a list."""
        return f"{name}.append({source})"

    def repeated(self, source: str, rows: str) -> str:
        """Returns a list that has one number for each row of another."""
        return f"[{source}] * len({rows})"

    def count(self, rows: str) -> str:
        """Returns the number of rows of a list."""
        return f"float(len({rows}))"

    def function(self, name: str, parameters: str, lines: Sequence[str]) -> list[str]:
        """Returns the lines of a function beside the program, for what the language lacks."""
        return [f"def {name}({parameters}):", *indented(lines), "", ""]


def _grouped(names: Sequence[str], bare: bool) -> list[str]:
    """Returns names as parts of a list that may be broken between them: (x1, x2) as "(x1" and "x2)"."""
    if bare:
        return list(names)
    if len(names) == 1:
        return [f"({names[0]},)"]
    return [f"({names[0]}", *names[1:-1], f"{names[-1]})"]


class JavaScript(Python):
    """JavaScript, for a page or Node."""

    name, comment = "javascript", "//"
    signs: Mapping[str, str] = {"==": "==="}

    def __init__(self) -> None:
        # Math.pow returns NaN for pow(1, NaN) and pow(-1, ∞), where C, and so Python, returns 1; % has the sign of x.
        own = {name: name + "({})" for name in ("pow", "mod", "erf", "erfc")}
        super().__init__({**_OPERATORS, **_prefixed("Math."), **own})

    def number(self, x: float) -> str:
        return repr(x) if math.isfinite(x) else "NaN" if x != x else "Infinity" if x > 0 else "-Infinity"

    def choice(self, test: str, then: str, otherwise: str) -> Written:
        return Written(f"{test} ? {then} : {otherwise}", 0)

    def both(self, sign: str, left: str, right: str) -> str:
        return f"({left} {'&&' if sign == 'and' else '||'} {right})"

    def largest(self, terms: Sequence[str]) -> str:
        return f"Math.max({', '.join(terms)})" if len(terms) > 1 else terms[0]

    def assign(self, name: str, source: str, final: bool = True) -> str:
        return f"{'const' if final else 'let'} {name} = {source};"

    def again(self, name: str, source: str) -> str:
        return f"{name} = {source};"

    def add(self, name: str, source: str) -> str:
        return f"{name} += {source};"

    def branch(self, name: str, test: str, then: Sequence[str], otherwise: Sequence[str]) -> list[str]:
        return [f"let {name};", f"if ({test}) {{", *indented(then), "} else {", *indented(otherwise), "}"]

    def imports(self, text: str) -> list[str]:
        return []

    def head(self, parameters: Sequence[str]) -> list[str]:
        return wrapped("function program(", parameters, ") {")

    foot = ("}",)

    def unpack(self, names: Sequence[str], source: str) -> list[str]:
        return wrapped("const [", names, f"] = {source};")

    def many(self, sources: Sequence[str]) -> str:
        return self.listed(sources)

    def result(self, values: str, adjoints: str = "") -> list[str]:
        return wrapped("return [", [values, adjoints], "];") if adjoints else [f"return {values};"]

    def long_list(self, name: str, sources: Sequence[str]) -> list[str]:
        return wrapped(f"const {name} = [", sources, "];")

    def loop(self, rows: Sequence[tuple[Sequence[str], bool, str]], body: Sequence[str], index: str) -> list[str]:
        each = [
            line
            for names, single, source in rows
            for line in ([f"const {names[0]} = {source}[{index}];"] if single else self.unpack(names, f"{source}[{index}]"))
        ]
        start = f"for (let {index} = 0; {index} < {rows[0][2]}.length; {index}++) {{"
        return [start, *indented([*each, *body]), "}"]

    def append(self, name: str, source: str) -> str:
        return f"{name}.push({source});"

    def repeated(self, source: str, rows: str) -> str:
        return f"{rows}.map(() => {source})"

    def count(self, rows: str) -> str:
        return f"{rows}.length"

    def function(self, name: str, parameters: str, lines: Sequence[str]) -> list[str]:
        return [f"function {name}({parameters}) {{", *indented(lines), "}", ""]


class NumPy(Python):
    """Python with NumPy's arrays, or those of another library with its names."""

    name, arrays, lazy = "numpy", True, False

    def __init__(self) -> None:
        # np.power takes the square root for pow(-∞, 0.5), and returns NaN instead of ∞.
        renamed = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2"}
        renamed |= {"pow": "float_power", "mod": "remainder"}
        super().__init__({**_OPERATORS, "pos": "{}", **_prefixed("np.", renamed), "erf": "erf({})", "erfc": "erfc({})"})

    def number(self, x: float) -> str:
        return repr(x) if math.isfinite(x) else "np.nan" if x != x else "np.inf" if x > 0 else "-np.inf"

    def choice(self, test: str, then: str, otherwise: str) -> Written:
        return Written(f"np.where({test}, {then}, {otherwise})", ATOM)

    def both(self, sign: str, left: str, right: str) -> str:
        return f"({left}) {'&' if sign == 'and' else '|'} ({right})"

    def largest(self, terms: Sequence[str]) -> str:
        return reduce(lambda x, y: f"np.maximum({x}, {y})", terms)

    def add(self, name: str, source: str) -> str:
        return f"{name} = {name} + {source}"  # += would change an array that may have another name, too

    def imports(self, text: str) -> list[str]:
        return ["import numpy as np", "", ""] if "np." in text else []


def _prefixed(prefix: str, renamed: Mapping[str, str] = {}) -> dict[str, str]:
    return {name: f"{prefix}{renamed.get(name, name)}({{}})" for name in PYTHON if name not in _OPERATORS}


_OPERATORS = {name: PYTHON[name] for name in ("add", "sub", "mul", "div", "neg", "pos")}
LANGUAGES: dict[str, Python] = {language.name: language for language in (Python(), JavaScript(), NumPy())}
_WORD = re.compile(r"\w+")
MATH = {name for name in vars(math) if not name.startswith("_")} - {"e", "pi", "tau", "gamma", "dist", "prod"}
# The functions that JavaScript lacks and that are short.
HELPERS = {
    "mod": ["const v = x % y;", "return v !== 0 && v < 0 !== y < 0 ? v + y : v;"],
    "pow": ["return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y);"],
}


def unpacked(names: Sequence[str]) -> str:
    """Returns the left-hand side of an assignment that takes a list apart."""
    return f"[{names[0]}]" if len(names) == 1 else ", ".join(names)


def wrapped(start: str, parts: Sequence[str], end: str) -> list[str]:
    """Returns a list in one line if it fits, else in several."""
    line = f"{start}{', '.join(parts)}{end}"
    if len(line) <= WIDTH or not parts:
        return [line]
    lines: list[list[str]] = [[]]
    width = 0
    for part in parts:
        if width + len(part) > WIDTH - 8 and lines[-1]:
            lines.append([])
            width = 0
        lines[-1].append(part)
        width += len(part) + 2
    if start == "return ":
        start, end = "return (", ")"
    return [start, *indented([f"{', '.join(parts)}," for parts in lines]), end]
