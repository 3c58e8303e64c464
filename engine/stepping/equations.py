r"""The steps of both passes as equations in LaTeX: of a step its sentence, of a pass a line for each step.

>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> print(e.steps(forward=True).latex())
% needs \usepackage{amsmath}
\begin{aligned}
a &= 2 \\
b &= -3 \\
e &= a \cdot b = 2 \cdot (-3) = -6
\end{aligned}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from chalkgrad.engine.stepping.forward import ForwardPass, ForwardStep
from chalkgrad.engine.stepping.steps import NodeStep, Step, Steps
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.printer import LaTeX
from chalkgrad.engine.words.slides import ADDS, LINES, Limit, aligned_equations, fitted_equations, low, rows_of
from chalkgrad.engine.words.tex import document

MOST_REASONS = 6
S = TypeVar("S")


# The backward pass ---------------------------------------------------------------------------------------------------


def latex_of_step(step: Step | NodeStep, digits: int = 4) -> str:
    """Returns the equations of a step: what its node is, the local derivatives, what is added, and the sum so far."""
    write = _printer(step, digits)
    rows = [*_updates(step, write)]
    if step.node is not None:
        edges = [step] if isinstance(step, Step) else step.steps[:MOST_REASONS]
        reasons = [row for edge in edges for row in rows_of(write.reason(step.node, edge.slot))]
        rows = [*rows_of(_definition(step.node, write)), *reasons, *rows, *_sums(step, write)]
    return document(fitted_equations(rows))


def latex_of_steps(steps: Steps[Any], limit: Limit = "slide", digits: int = 4) -> str:
    """Returns a line for each `+=` of a backward pass, and the seed above them; of many the first and the last."""

    def rows(step: Step | NodeStep) -> Iterator[str]:
        return _updates(step, _printer(step, digits))

    return document(_some(steps, rows, limit))


def _printer(step: Step | NodeStep, digits: int) -> LaTeX:
    sweep = step.sweep
    write = LaTeX(sweep.names, digits, sweep.notation)
    write.of = sweep.of
    return write


def _updates(step: Step | NodeStep, write: LaTeX) -> Iterator[str]:
    """The row for each parent that a step adds to."""
    sweep, node = step.sweep, step.node
    if node is None:
        yield f"{write.adjoint(sweep.root, sweep.root)} &= {write.number(sweep.upstream)}"
        return
    for edges in _by_parent(step):
        first, partials = edges[0], [edge.partial for edge in edges]
        product = write.contribution(sweep.root, node, first.slot, first.adjoint, partials)
        added = write.number(sum(edge.contribution for edge in edges))
        yield from rows_of(f"{write.adjoint(sweep.root, first.parent)}{ADDS}{product} = {added}")


def _sums(step: Step | NodeStep, write: LaTeX) -> Iterator[str]:
    """The row for each parent that has several contributions: their sum, or as far as it has come."""
    for edges in _by_parent(step):
        last = edges[-1]
        if last.of > 1:
            come = write.sum(last.contributions)
            total = f"{come} = {write.number(last.after)}" if last.number == last.of else f"{come} + {write.dots}"
            yield from rows_of(f"{write.adjoint(step.sweep.root, last.parent)} = {total}")


def _by_parent(step: Step | NodeStep) -> list[list[Step]]:
    groups: dict[Value, list[Step]] = {}
    for edge in [step] if isinstance(step, Step) else step.steps:
        groups.setdefault(edge.parent, []).append(edge)
    return [*groups.values()]


# The forward pass ----------------------------------------------------------------------------------------------------


class _WithNumbers(LaTeX):
    """Writes numbers where the names of values stand."""

    def called(self, name: str) -> str:
        return name


def latex_of_forward_step(step: ForwardStep, digits: int = 4) -> str:
    """Returns the equations of a step of the forward pass: how the value is computed, and the local derivatives."""
    write = LaTeX(step.tape.names, digits, step.notation)
    slots = [slot for slot, parent in enumerate(step.node.parents) if not parent.constant][:MOST_REASONS]
    reasons = [row for slot in slots for row in rows_of(write.reason(step.node, slot))]
    return document(fitted_equations([*_value(step, digits), *reasons]))


def latex_of_pass(steps: ForwardPass, limit: Limit = "slide", digits: int = 4) -> str:
    """Returns a line for each value of a forward pass; of many the first and the last."""
    return document(_some(steps, lambda step: _value(step, digits), limit))


def _definition(node: Value, write: LaTeX) -> str:
    return f"{write.name(node)} = {write.expression(node)}"


def _value(step: ForwardStep, digits: int) -> Iterator[str]:
    node, write = step.node, LaTeX(step.tape.names, digits, step.notation)
    result = write.number(node.data)
    if node.op is None:
        yield f"{write.name(node)} &= {result}"
        return
    numbers = {parent: write.factor(parent.data) for parent in node.parents}
    in_numbers = _WithNumbers(numbers, digits).expression(node)
    middle = "" if in_numbers == result else f" = {in_numbers}"
    yield from rows_of(f"{_definition(node, write)}{middle} = {result}")


# On a slide ----------------------------------------------------------------------------------------------------------


def _some(steps: Sequence[S], rows: Callable[[S], Iterator[str]], limit: Limit) -> str:
    """The rows of the steps, of as many as fit a slide or as the limit says: the first ones and the last."""
    if limit is not None and limit != "slide" and limit < 1:
        raise ValueError(f'limit is a number of steps, "slide" for those that fit one, or None for all, not {limit!r}')
    most = LINES if limit == "slide" else len(steps) if limit is None else limit
    while True:
        first, last = (most + 1) // 2, most // 2
        shown = range(len(steps)) if len(steps) <= most else [*range(first), *range(len(steps) - last, len(steps))]
        written = [[*rows(steps[i])] for i in shown]
        if limit != "slide" or most <= 2 or sum(map(len, written)) + (len(shown) < len(steps)) <= LINES:
            break
        most -= 1
    if len(shown) < len(steps):
        left_out = section("chain")["more equations"].format(count=f"{len(steps) - len(shown):,}")
        written.insert(first, [f"&{LaTeX().sentence(left_out)}"])
    flat = [row for several in written for row in several]
    return fitted_equations(flat) if limit == "slide" else aligned_equations([low(row) for row in flat])
