"""Writes recording/operators.py, and the operations among the engine's public names, anew from the table.

`python -m chalkgrad.engine.words.write_operators` is the command.

It stands among the words because each function has a docstring, in which the renderer writes the local derivatives.

>>> from chalkgrad.engine.rules import RULES
>>> print(documentation(RULES["log"]))
Returns the natural logarithm.
<BLANKLINE>
∂v/∂x = 1/x
<BLANKLINE>
Raises DomainError outside its domain: it needs x > 0.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from chalkgrad.engine.recording.recorders import SIGNS, operators
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.words import expressions

OPERATORS = Path(__file__).parent.parent / "recording" / "operators.py"
PUBLIC = Path(__file__).parent.parent / "__init__.py"
LIST = re.compile(r"(__all__ \+= \[[^\n]*\n)[^\]]*(\])")


def documentation(rule: Rule) -> str:
    """Returns the docstring of an operation, from its entry in the table."""
    names = dict(zip(rule.arguments, rule.parameters, strict=True))
    lines = [f"Returns {rule.says}.", ""]
    lines += [
        f"∂v/∂{x} = {expressions.formula(tree, names)}" + (" for each element" if i < rule.lists else "")
        for i, (x, tree) in enumerate(zip(rule.parameters, rule.shown, strict=True))
    ]
    if rule.domain is not None:
        lines += ["", f"Raises DomainError outside its domain: it needs {rule.requires}."]
    if rule.kink:
        lines += ["", f"Convention: {rule.kink}."]
    return "\n".join(lines)


def _in_order(name: str) -> list[str | int]:
    """Returns what names are sorted by, in which log2 stands before log10, as ruff has it."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def texts() -> dict[Path, str]:
    """Returns what each of the two files is to contain: type checkers read lists of names only where they are written out."""
    names = textwrap.fill(", ".join(f'"{name}"' for name in sorted(set(RULES) - set(SIGNS), key=_in_order)), 120) + ","
    public = PUBLIC.read_text("utf-8")
    return {
        OPERATORS: operators(RULES, {name: documentation(rule) for name, rule in RULES.items()}),
        PUBLIC: LIST.sub(lambda found: found[1] + textwrap.indent(names, "    ") + "\n" + found[2], public),
    }


if __name__ == "__main__":
    for file, text in texts().items():
        file.write_text(text, "utf-8")
