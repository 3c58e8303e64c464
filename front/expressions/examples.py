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
    >>> example.teaches, groups()[example.teaches][:2]
    ('several paths', ['karpathy_quadratic', 'karpathy_b_eq_a_plus_a'])

They are in examples.json, with their sources and, for the tests, the published numbers and exact ones; their titles and notes
are among the words of each language.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from chalkgrad.engine.words.language import section
from chalkgrad.expressions.expression import Parsed, define, parse, read_values

__all__ = ["Example", "Loop", "build", "entries", "groups", "load", "names"]

_WORDS = section("examples")


@dataclass(frozen=True)
class Loop:
    """A loop of gradient descent on an example's first output: how many steps it takes, and at what rate."""

    steps: int
    rate: float


@dataclass(frozen=True)
class Example:
    """One worked example.

    `steps` are (name, expression) in order; `operations` one-node functions, (arguments, formula) by name; `constants`
    plain numbers by name, which get no gradient; `units` the unit of a step's Values, where a figure draws one. `teaches`
    is the example's group, one of `groups()`; `loop` is there if it is an example of descent.
    """

    name: str
    source: str
    inputs: dict[str, float]
    constants: dict[str, float]
    steps: tuple[tuple[str, str], ...]
    outputs: tuple[str, ...]
    operations: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    teaches: str = ""
    loop: Loop | None = None

    @property
    def title(self) -> str:
        """The example's title, in the language that is spoken when it is read."""
        return _WORDS[f"{self.name} title"]

    @property
    def notes(self) -> str:
        """What is to be known of the example, in the language that is spoken when it is read; "" if there is nothing."""
        key = f"{self.name} note"
        return _WORDS[key] if key in _WORDS else ""  # noqa: SIM401 (a section is not a dictionary)

    def statements(self) -> str:
        """Returns the steps as one expression, which `parse` and the command line take."""
        return "; ".join(f"{name} = {expression}" for name, expression in self.steps)


@cache
def _contents() -> dict[str, Any]:
    contents: dict[str, Any] = json.loads(files("chalkgrad.expressions").joinpath("examples.json").read_text(encoding="utf-8"))
    return contents


@cache
def entries() -> dict[str, dict[str, Any]]:
    """Returns the entries of examples.json by name, unchanged."""
    return {entry["name"]: entry for entry in _contents()["examples"]}


def names() -> list[str]:
    """Returns the names of all examples, in the order of the file."""
    return list(entries())


def groups() -> dict[str, list[str]]:
    """Returns the names of the examples by what they teach, in the order of a lecture.

    >>> list(groups())[:3]
    ['one path', 'several paths', 'gates']
    """
    return {group: [name for name in names() if entries()[name]["teaches"] == group] for group in _contents()["groups"]}


def load(name: str) -> Example:
    """Returns the example of that name; raises KeyError if there is none."""
    entry = entries()[name]
    return Example(
        name,
        entry["source"],
        _read_numbers(entry["inputs"]),
        _read_numbers(entry.get("constants", {})),
        tuple((step, expression) for step, expression in entry["steps"]),
        tuple(entry["outputs"]),
        {operation: (tuple(parts["arguments"]), parts["formula"]) for operation, parts in entry.get("operations", {}).items()},
        entry.get("units", {}),
        entry["teaches"],
        Loop(**entry["loop"]) if "loop" in entry else None,
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
