"""Writes recording/operators.py, and the operations among the engine's public names, anew from the table.

`python -m chalkgrad.engine.words.write_operators` is the command.

It stands among the words because each function has a docstring, in which the renderer writes the local derivatives.

>>> from chalkgrad.engine.rules import RULES
>>> documentation(RULES["log"]).splitlines()[:3]
['Returns the natural logarithm.', '', '∂v/∂x = 1/x']
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from chalkgrad.engine.recording.record import record
from chalkgrad.engine.recording.recorders import SIGNS, operators
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.value import Value
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
    if rule.name not in SIGNS:
        lines += ["", *_example(rule)]
    return "\n".join(lines)


def _example(rule: Rule) -> list[str]:
    """The lines of an example: what a student types, and sees, at a point of the table where numbers are plain."""
    point = next((p for p in rule.inside if all(0.1 <= abs(x) <= 10 for x in p)), rule.inside[0])
    places = [rule.argument_at(len(point), k) for k in range(len(point))]
    names = [f"{rule.parameters[of]}{i + 1}" if of < rule.lists else rule.parameters[of] for of, i in places]
    values = [Value(x, name) for name, x in zip(names, point, strict=True)]
    v = record(rule, values)
    v.label = "v"
    v.backward()
    given = [[name for name, (of, _) in zip(names, places, strict=True) if of == k] for k in range(len(rule.parameters))]
    call = ", ".join(f"[{', '.join(listed)}]" if k < rule.lists else listed[0] for k, listed in enumerate(given))
    made = ", ".join(f"Value({x._data!r})" for x in values)
    shown = names if len(names) < 3 else names[:1]
    seen = ", ".join(repr(x) for x in (v, *values[: len(shown)]))
    return [
        f">>> {', '.join(names)} = {made}",
        f">>> v = {rule.name}({call})",
        ">>> v.backward()",
        f">>> {', '.join(['v', *shown])}",
        f"({seen})",
    ]


def texts() -> dict[Path, str]:
    """Returns what each of the two files is to contain: type checkers read lists of names only where they are written out."""
    names = textwrap.fill(", ".join(f'"{name}"' for name in sorted(set(RULES) - set(SIGNS))), 120) + ","
    public = PUBLIC.read_text("utf-8")
    return {
        OPERATORS: operators(RULES, {name: documentation(rule) for name, rule in RULES.items()}),
        PUBLIC: LIST.sub(lambda found: found[1] + textwrap.indent(names, "    ") + "\n" + found[2], public),
    }


if __name__ == "__main__":
    for file, text in texts().items():
        file.write_text(text, "utf-8")
