"""Writes recording/operators.py anew from the table: `python -m chalkgrad.engine.words.write_operators`.

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

from pathlib import Path

from chalkgrad.engine.recording.recorders import operators
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.words import expressions

FILE = Path(__file__).parent.parent / "recording" / "operators.py"


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


def text() -> str:
    """Returns what recording/operators.py is to contain."""
    return operators(RULES, {name: documentation(rule) for name, rule in RULES.items()})


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
