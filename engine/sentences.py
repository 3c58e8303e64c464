"""What a lecturer says at each step of the reverse sweep: the reason, both factors, the accumulation, what is still to come.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> print(sentence(e.steps()[1]))
1/2   e = a·b   ∂e/∂a = b = -3
      a.grad += ∂e/∂e · ∂e/∂a = 1 · (-3) = -3      0 → -3   complete
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from chalkgrad.engine.text import columns
from chalkgrad.engine.words import TEMPLATES, factor, number, operand, reason

if TYPE_CHECKING:
    from chalkgrad.engine.steps import Step
    from chalkgrad.engine.value import Value


def sentence(step: Step) -> str:
    """What a lecturer would say at this step of the reverse sweep, in two lines; the seed takes one."""
    sweep = step.sweep
    names, root, count = sweep.names, operand(sweep.names[sweep.root]), len(sweep.edges)
    margin = max(6, len(f"{count}/{count}") + 2)
    if step.node is None:
        return TEMPLATES["seed"].format(pad=" " * max(2, margin - 4), root=root)
    node, parent = names[step.node], names[step.parent]
    written = sweep.expressions[step.node]
    width = min(40, sweep.width)
    first = TEMPLATES["step"].format(
        position=f"{step.index}/{count}".ljust(margin),
        name=node,
        expression=written,
        pad=" " * (max(0, width - columns(f"{node} = {written}")) + 3),
        reason=reason(step.node, step.slot, names, repeats=step.repeats),
    )
    second = TEMPLATES["update"].format(
        root=root,
        node=operand(node),
        parent=operand(parent),
        adjoint=factor(step.adjoint),
        partial=factor(step.partial),
        contribution=number(step.contribution),
        before=number(step.before),
        after=number(step.after),
        status=_status(step, names, root),
    )
    return f"{first}\n{' ' * margin}{second}"


def _status(step: Step, names: Mapping[Value, str], root: str) -> str:
    if step.of == 1:
        return TEMPLATES["complete"]
    if step.number < step.of:
        through = [names[node] for node in dict.fromkeys(step.through)]
        nodes = ", ".join(through[:4])
        if len(through) > 4:
            nodes = TEMPLATES["and more"].format(shown=nodes, more=len(through) - 4)
        return TEMPLATES["to come"].format(number=step.number, of=step.of, nodes=nodes)
    return TEMPLATES["sum"].format(
        number=step.number,
        of=step.of,
        root=root,
        parent=operand(names[step.parent]),
        terms=terms(step.contributions),
        after=number(step.after),
    )


def terms(contributions: Sequence[float]) -> str:
    """The contributions to an adjoint as a sum: `3 + 2`, `1 + (-2) + … + 5`."""
    if len(contributions) > 8:
        first, second, *_, last = contributions
        return f"{number(first)} + {factor(second)} + … + {factor(last)}"
    return " + ".join(number(c) if i == 0 else factor(c) for i, c in enumerate(contributions))
