"""Worked examples by name: those that books, courses and blogs have published, and the lecture's figures.

    >>> example = load("colah")
    >>> example.title
    'Colah: e=(a+b)*(b+1) at a=2,b=1'
    >>> example.statements()
    'c = a+b; d = b+1; e = c*d'
    >>> build(example).root.data
    6.0
    >>> build(example, {"b": 3}).root.data
    20.0

They are in examples.json, with their sources and, for the tests, the published numbers and exact ones.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from chalkgrad.engine.words.expressions import number
from chalkgrad.engine.words.language import section
from chalkgrad.expressions.expression import Parsed, define, parse, read_values

__all__ = ["Example", "build", "load", "names", "show"]


@dataclass(frozen=True)
class Example:
    """One worked example.

    `steps` are (name, expression) in order; `operations` one-node functions, (arguments, formula) by name; `constants`
    plain numbers by name, which get no gradient; `units` the unit of a step's Values, where a figure draws one.
    """

    name: str
    title: str
    source: str
    notes: str
    inputs: dict[str, float]
    constants: dict[str, float]
    steps: tuple[tuple[str, str], ...]
    outputs: tuple[str, ...]
    operations: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)

    def statements(self) -> str:
        """Returns the steps as one expression, which `parse` and the command line take."""
        return "; ".join(f"{name} = {expression}" for name, expression in self.steps)


@cache
def entries() -> dict[str, dict[str, Any]]:
    """Returns the entries of examples.json by name, unchanged."""
    text = files("chalkgrad").joinpath("examples.json").read_text(encoding="utf-8")
    return {entry["name"]: entry for entry in json.loads(text)["examples"]}


def names() -> list[str]:
    """Returns the names of all examples, in the order of the file."""
    return list(entries())


def load(name: str) -> Example:
    """Returns the example of that name; raises KeyError if there is none."""
    entry = entries()[name]
    return Example(
        name,
        entry["title"],
        entry["source"],
        entry.get("notes", ""),
        _read_numbers(entry["inputs"]),
        _read_numbers(entry.get("constants", {})),
        tuple((step, expression) for step, expression in entry["steps"]),
        tuple(entry["outputs"]),
        {operation: (tuple(parts["arguments"]), parts["formula"]) for operation, parts in entry.get("operations", {}).items()},
        entry.get("units", {}),
    )


def _read_numbers(inputs: Mapping[str, float | str]) -> dict[str, float]:
    """Reads numbers, decimals and fractions such as "1/10"."""
    return read_values(f"{name}={number}" for name, number in inputs.items())


def build(example: Example, overrides: Mapping[str, float] | None = None) -> Parsed:
    """Returns the example's Values, with other numbers for the names in `overrides`; its roots are the example's outputs.

    Raises:
        ExpressionError: if a name in `overrides` is not an input of the example.
    """
    overrides = dict(overrides or {})
    constants = {name: overrides.pop(name, number) for name, number in example.constants.items()}
    parsed = parse(
        example.statements(),
        {**example.inputs, **overrides},
        constants=constants,
        more={name: define(name, arguments, formula) for name, (arguments, formula) in example.operations.items()},
        units=example.units,
    )
    return Parsed(tuple(parsed.names[name] for name in example.outputs), parsed.names)


def show(example: Example) -> str:
    """Returns the example as text: steps, numbers, source.

    >>> print(show(load("rosen2")).splitlines()[0])
    Rosenbrock 2-D at (-1.2,1)
    """
    words, operations = section("worked examples"), example.operations.items()
    rows = [
        (words["inputs"], _wrapped(_assignments(example.inputs))),
        (words["numbers"], _wrapped(_assignments(example.constants))),
        (words["functions"], [f"{name}({', '.join(arguments)}) = {formula}" for name, (arguments, formula) in operations]),
        (words["steps"], [f"{name} = {expression}" for name, expression in example.steps]),
        (words.form("output", len(example.outputs)), [", ".join(example.outputs)]),
        (words["source"], [example.source]),
        (words["notes"], _wrapped(example.notes.split())),
    ]
    width = max(len(title) for title, lines in rows if lines) + 3
    shown = [f"  {title if index == 0 else '':<{width}}{line}" for title, lines in rows for index, line in enumerate(lines)]
    name, value = next(iter(example.inputs.items()))
    draw = words["draw"].format(draw=f"chalkgrad draw {example.name}", name=name, number=number(value - 1))
    return "\n".join([example.title, "", *shown, "", draw])


def _assignments(numbers: Mapping[str, float]) -> list[str]:
    return [f"{name}={value:g}" if float(f"{value:g}") == value else f"{name}={value}" for name, value in numbers.items()]


def _wrapped(words: Iterable[str]) -> list[str]:
    """Returns the words in lines of at most 100 columns."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(word) < 100:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
