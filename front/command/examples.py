"""What the command says of worked examples: the list of them, and one with its steps, numbers and source.

    >>> print(show(load("rosen2")).splitlines()[0])
    Rosenbrock 2-D at (-1.2,1)

They are read in expressions/examples.py.
"""

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from chalkgrad import engine
from chalkgrad.engine.basics.terminal import in_pairs
from chalkgrad.engine.words.expressions import number
from chalkgrad.engine.words.language import section
from chalkgrad.expressions.examples import Example, Loop, build, entries, groups, load, names

__all__ = ["Example", "Loop", "build", "code", "descend", "entries", "facts", "groups", "listing", "load", "names", "show"]

LINE_LENGTH = 100
NO_BREAK = "\N{NO-BREAK SPACE}"  # no line ends inside a command


def code(example: Example) -> list[str]:
    """Returns the loop of descent as lines of Python, which `descend` runs; none if the example has no loop.

    >>> print(*code(load("zero_grad")), sep="\\n")
    w = Value(0, "w")
    for step in range(6):
        L = (2*w - 4)**2
        L.zero_grad()
        L.backward()
        w.data -= 0.05*w.grad
    """
    if example.loop is None:
        return []
    return [
        *(f'{name} = Value({_written(value)}, "{name}")' for name, value in example.inputs.items()),
        f"for step in range({example.loop.steps}):",
        *(f"    {name} = {expression}" for name, expression in example.steps),
        f"    {example.outputs[0]}.zero_grad()",
        f"    {example.outputs[0]}.backward()",
        *(f"    {name}.data -= {example.loop.rate}*{name}.grad" for name in example.inputs),
    ]


def descend(example: Example, zero_grad: bool = True) -> list[float]:
    """Returns the losses that the example's loop of descent goes through, with or without `zero_grad()` in it.

    Raises ValueError if the example has no loop.

    >>> descend(load("zero_grad"))[:3], descend(load("zero_grad"), zero_grad=False)[1] < 6
    ([16.0, 5.76, 2.0736], True)
    """
    if example.loop is None:
        raise ValueError(f"{example.name} is not a loop of descent: its steps are {example.statements()}")
    loss, losses = example.outputs[0], list[float]()
    run = code(example)
    run.insert(run.index(f"    {loss}.zero_grad()"), f"    losses.append({loss}.data)")
    exec("\n".join(line for line in run if zero_grad or "zero_grad" not in line), {**vars(engine), "losses": losses})
    return losses


# What is shown ----------------------------------------------------------------------------------------------------------


def listing(columns: int = LINE_LENGTH) -> str:
    """Returns the list of all examples, grouped by what they teach, in lines of at most ``columns``.

    >>> print(*listing().splitlines()[:2], sep="\\n")
    One path: the local derivatives on it are multiplied
      karpathy_L              Karpathy lecture 1: L=(a*b+c)*f
    """
    headings = section("what examples teach")
    width = max(map(len, names())) + 4
    lines = []
    for group, members in groups().items():
        lines += _wrapped(headings[group], columns)
        for name in members:
            lines += _entry(f"  {name}", _wrapped(load(name).title, columns - width), width)
        lines.append("")
    return "\n".join([*lines, *_wrapped(section("command line")["how to see examples"], columns)])


def show(example: Example, columns: int = LINE_LENGTH) -> str:
    """Returns the example as text: steps, numbers, source; sentences are in lines of at most ``columns``.

    >>> print(show(load("rosen2")).splitlines()[0])
    Rosenbrock 2-D at (-1.2,1)
    """
    words, operations = section("worked examples"), example.operations.items()
    rows = [
        (words["teaches"], section("what examples teach")[example.teaches]),
        (words["inputs"], _assignments(example.inputs)),
        (words["numbers"], _assignments(example.constants)),
        (words["functions"], [f"{name}({', '.join(arguments)}) = {formula}" for name, (arguments, formula) in operations]),
        (words["steps"], [f"{name} = {expression}" for name, expression in example.steps]),
        (words.form("output", len(example.outputs)), ", ".join(example.outputs)),
        (words["loop"], code(example)),
        (words["losses"], _losses(example)),
        (words["source"], example.source),
        (words["notes"], example.notes),
    ]
    width = max(len(title) for title, content in rows if content) + 5
    shown = [example.title, ""]
    for title, content in rows:
        shown += _entry(f"  {title}", _wrapped(content, columns - width) if isinstance(content, str) else content, width)
    name, value = next(iter(example.inputs.items()))
    draw = f"chalkgrad draw {example.name}" + (f" --root {example.outputs[0]}" if len(example.outputs) > 1 else "")
    other = f"{draw} {name}={number(value - 1)}"
    hint = words["draw"].format(draw=draw.replace(" ", NO_BREAK), other=other.replace(" ", NO_BREAK))
    return "\n".join([*shown, "", *(line.replace(NO_BREAK, " ") for line in _wrapped(hint, columns))])


def facts(example: Example) -> dict[str, Any]:
    """Returns what is known of an example, for a program to read: its steps, numbers, and what they come to.

    Gradients are there if the example has one output.

    >>> facts(load("colah"))["gradients"]["b"]
    5.0
    """
    parsed = build(example)
    if len(parsed.roots) == 1:
        parsed.root.backward()
    return {
        "name": example.name,
        "title": example.title,
        "teaches": example.teaches,
        "inputs": example.inputs,
        "constants": example.constants,
        "functions": {name: f"{name}({', '.join(given)}) = {formula}" for name, (given, formula) in example.operations.items()},
        "steps": dict(example.steps),
        "outputs": list(example.outputs),
        "values": {name: value.data for name, value in parsed.names.items()},
        "gradients": {name: float(value.grad) for name, value in parsed.names.items()} if len(parsed.roots) == 1 else {},
        "source": example.source,
        "notes": example.notes,
    }


def _losses(example: Example) -> list[str]:
    """Returns the losses of the loop of descent with zero_grad() and without it, beside each other."""
    if example.loop is None:
        return []
    words = section("worked examples")
    rows: list[tuple[str, ...]] = [(words["step"], words["with zero_grad"], words["without zero_grad"])]
    for step, losses in enumerate(zip(descend(example), descend(example, zero_grad=False), strict=True)):
        rows.append((str(step), *(number(loss, 3) for loss in losses)))
    widths = [max(map(len, column)) + 3 for column in zip(*rows, strict=True)]
    return ["".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _entry(title: str, lines: Iterable[str], width: int) -> list[str]:
    """Returns the lines below each other, with the title beside the first of them."""
    return [f"{'' if index else title:<{width}}{line}" for index, line in enumerate(lines)]


def _assignments(numbers: Mapping[str, float]) -> str:
    return " ".join(f"{name}={_written(value)}" for name, value in numbers.items())


def _written(value: float) -> str:
    """Returns a number as it is typed: the shorter form, if that is the number."""
    return f"{value:g}" if float(f"{value:g}") == value else str(value)


def _wrapped(text: str, columns: int) -> list[str]:
    return in_pairs(textwrap.wrap(text, max(20, columns), break_long_words=False, break_on_hyphens=False))
