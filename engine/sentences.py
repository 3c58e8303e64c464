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

from chalkgrad.engine.text import columns, printable
from chalkgrad.engine.words import TEMPLATES, expression, factor, number, operand, reason

if TYPE_CHECKING:
    from chalkgrad.engine.mistakes import MistakenStep, MistakenSteps
    from chalkgrad.engine.passes import ForwardStep
    from chalkgrad.engine.steps import NodeStep, Step, Sweep
    from chalkgrad.engine.value import Value

STOPS = "not finite: backward() stops here"

# What each mistake is, and the smallest graph on which it does harm.
MISTAKES = {
    "overwrite": ("= for +=, so that what comes last is all there is", "b = a + a"),
    "order": ("no topological order: a node passes on its adjoint before all of it has come", "b = 2*a; c = 3*b; L = b + c"),
    "no zero_grad": ("a second sweep on top of the first one's gradients", "b = 2*a"),
}
MISTAKEN = {
    "update": "{parent}.grad {sign} ∂{root}/∂{node} · ∂{node}/∂{parent} = {adjoint} · {partial} = {contribution}"
    "      {before} → {after}   {remark}",
    "as it should": "as it should be",
    "wrong": "it should be {right}",
    "parts": "the sweeps part at step {position}:",
    "harmless": "it does no harm on this graph; the smallest on which it does: {smallest}",
    "gradient": "{name}: {wrong} instead of {right}",
    "why order": "b passes on its adjoint in {smallest} before the part through c has come: no smaller graph goes wrong",
}
ASKING = {
    "question": "{position}{name} = {expression}   What is added to {parent}.grad?",
    "asked": "{parent}.grad += ∂{root}/∂{node} · ∂{node}/∂{parent} = ?",
    "right": "right: {parent}.grad += ∂{root}/∂{node} · ∂{node}/∂{parent} = {adjoint} · {partial} = {contribution}",
    "wrong": "no: {why}",
    "only the adjoint": "{answer} is ∂{root}/∂{node} alone; it is still to be multiplied by ∂{node}/∂{parent}",
    "only the partial": "{answer} is ∂{node}/∂{parent} alone; it is still to be multiplied by ∂{root}/∂{node}",
    "other partial": "{answer} is {other}; asked is {asked}",
    "sign": "the size is right, the sign is not",
    "added": "{answer} is the sum of the two factors; the chain rule multiplies along a path",
    "the total": "{answer} is {parent}.grad after this step; asked is what this step adds to it",
    "unexplained": "{answer} is not ∂{root}/∂{node} · ∂{node}/∂{parent}, with ∂{root}/∂{node} = {adjoint}",
    "check right": "{name}: right, ∂{root}/∂{name} = {value}",
    "check path": "{name}: you counted only the path through {nodes}",
    "check missing": "{name}: you missed the path through {nodes}",
    "check sign": "{name}: the size is right, the sign is not",
    "check wrong": "{name}: {answer} is not ∂{root}/∂{name}",
}


def sentence(step: Step) -> str:
    """What a lecturer would say at this step of the reverse sweep, in two lines; the seed takes one."""
    sweep = step.sweep
    names, root, count = sweep.names, operand(sweep.names[sweep.root]), len(sweep.edges)
    margin = max(6, len(f"{count}/{count}") + 2)
    if step.node is None:
        return TEMPLATES["seed"].format(pad=" " * max(2, margin - 4), root=root)
    node, parent = names[step.node], names[step.parent]
    written = sweep.expression(step.node)
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


def node_sentence(step: NodeStep) -> str:
    """All that one node does: the reason and the update of each parent, repeated parents summed."""
    sweep = step.sweep
    names, root = sweep.names, operand(sweep.names[sweep.root])
    margin = max(6, len(f"{step.of}/{step.of}") + 2)
    node = step.node
    assert node is not None  # the seed is a Step
    lines = [f"{f'{step.index}/{step.of}'.ljust(margin)}{names[node]} = {sweep.expression(node)}"]
    for parent, (partial, contribution) in step.updates.items():
        edges = [edge for edge in step.steps if edge.parent is parent]
        why = reason(node, edges[0].slot, names, repeats=(1, 1))
        if len(edges) > 1:
            parts = " + ".join(factor(edge.partial) for edge in edges)
            why = f"∂{operand(names[node])}/∂{operand(names[parent])} = {parts} = {number(partial)}"
        last = edges[-1]
        update = TEMPLATES["update"].format(
            root=root,
            node=operand(names[node]),
            parent=operand(names[parent]),
            adjoint=factor(last.adjoint),
            partial=factor(partial),
            contribution=number(contribution),
            before=number(edges[0].before),
            after=number(last.after),
            status=_status(last, names, root, merged=True),
        )
        lines += [" " * margin + why, " " * margin + update]
    return "\n".join(lines)


def forward_sentence(step: ForwardStep) -> str:
    """How a value arose, in names and in numbers, and its local derivatives: `e = a·b = 2 · (-3) = -6`."""
    node, names = step.node, step.tape.names
    count = len(step.tape)
    margin = max(6, len(f"{count}/{count}") + 2)
    head = f"{f'{step.index + 1}/{count}'.ljust(margin)}{names[node]} = "
    if not node.parents:
        return head + number(node.data)
    numbers = {parent: factor(parent.data) for parent in node.parents}
    parts = [expression(node, names), expression(node, numbers).replace("·", " · "), number(node.data)]
    reasons = [reason(node, slot, names) for slot in range(min(len(node.parents), 6)) if not node.parents[slot].constant]
    more = [", …"] * (len(node.parents) > 6)
    return head + " = ".join(dict.fromkeys(parts)) + f"\n{' ' * margin}{', '.join(reasons)}{''.join(more)}"


class Verdict(str):
    """What is said about an answer; true if the answer was right. It shows itself without quotes."""

    right: bool

    def __new__(cls, right: bool, text: str) -> Verdict:
        verdict = super().__new__(cls, text)
        verdict.right = right
        return verdict

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return printable(str(self))


def question(step: Step) -> str:
    """The question before a step: which edge, and what it adds."""
    sweep, node = step.sweep, step.node
    assert node is not None
    margin = max(6, len(f"{len(sweep.edges)}/{len(sweep.edges)}") + 2)
    words = _words(step)
    first = ASKING["question"].format(
        position=f"{step.index}/{len(sweep.edges)}".ljust(margin),
        name=sweep.names[node],
        expression=sweep.expression(node),
        **words,
    )
    return f"{first}\n{' ' * margin}{ASKING['asked'].format(**words)}"


def verdict(step: Step, answer: float) -> Verdict:
    """Whether an answer is what the step adds, rounded or not; for a wrong one the slip that explains it."""
    words = {**_words(step), "answer": number(answer)}
    if agrees(answer, step.contribution):
        return Verdict(True, ASKING["right"].format(**words))
    return Verdict(False, ASKING["wrong"].format(why=_slip(step, answer).format(**words, **_others(step, answer))))


def agrees(answer: float, exact: float) -> bool:
    """Whether an answer is the exact number, or the exact number rounded to as many digits as the answer has."""
    if abs(answer - exact) <= 1e-9 * abs(exact):
        return True
    digits = len(f"{abs(answer):.12g}".replace(".", "").partition("e")[0].strip("0"))
    return digits >= 2 and float(f"{exact:.{digits - 1}e}") == float(f"{answer:.12g}")


def _words(step: Step) -> dict[str, str]:
    sweep, node = step.sweep, step.node
    assert node is not None
    return {
        "root": operand(sweep.names[sweep.root]),
        "node": operand(sweep.names[node]),
        "parent": operand(sweep.names[step.parent]),
        "adjoint": factor(step.adjoint),
        "partial": factor(step.partial),
        "contribution": number(step.contribution),
    }


def _slip(step: Step, answer: float) -> str:
    """The template for the slip that explains a wrong answer."""
    if agrees(-answer, step.contribution):
        return ASKING["sign"]
    if _others(step, answer):
        return ASKING["other partial"]
    for slip, wrong in (
        ("only the adjoint", step.adjoint),
        ("only the partial", step.partial),
        ("the total", step.after),
        ("added", step.adjoint + step.partial),
    ):
        if agrees(answer, wrong):
            return ASKING[slip]
    return ASKING["unexplained"]


def _others(step: Step, answer: float) -> dict[str, str]:
    """Where the answer belongs to another argument of the same node: the derivative it is, and the one asked for."""
    node, names = step.node, step.sweep.names
    assert node is not None
    for parent, partial in zip(node.parents, node.partials, strict=True):
        if parent is not step.parent and agrees(answer, step.adjoint * partial):
            head = "" if step.adjoint == 1 else f"∂{operand(names[step.sweep.root])}/∂{operand(names[node])} · "
            d = f"{head}∂{operand(names[node])}/∂"
            return {"other": d + operand(names[parent]), "asked": d + operand(names[step.parent])}
    return {}


def check(sweep: Sweep, answers: Mapping[str, float]) -> Verdict:
    """Final gradients by name, answered: for each whether it is right, or which path explains the wrong answer.

    Raises ValueError for a name that is not on the tape.
    """
    by_name = {name: node for node, name in sweep.names.items()}
    lines, right = [], True
    for name, answer in answers.items():
        if name not in by_name:
            raise ValueError(f"there is no {name} here; the values are {', '.join(list(by_name)[:12])}")
        node, words = by_name[name], {"root": operand(sweep.names[sweep.root]), "name": operand(name), "answer": number(answer)}
        if agrees(answer, sweep.adjoints[node]):
            lines.append(ASKING["check right"].format(**words, value=number(sweep.adjoints[node])))
        else:
            right = False
            lines.append(_explanation(sweep, node, answer, words))
    return Verdict(right, "\n".join(lines))


def _explanation(sweep: Sweep, node: Value, answer: float, words: Mapping[str, str]) -> str:
    through: dict[Value, float] = {}
    for i in sweep.arrivals.get(node, []):
        consumer = sweep.edges[i][0]
        through[consumer] = through.get(consumer, 0.0) + sweep.contribution(i)
    total = sweep.adjoints[node]
    for consumer, contribution in through.items() if len(through) > 1 else ():
        for template, wrong in (("check path", contribution), ("check missing", total - contribution)):
            if agrees(answer, wrong):
                return ASKING[template].format(**words, nodes=sweep.names[consumer])
    return ASKING["check sign" if agrees(-answer, total) else "check wrong"].format(**words)


def mistake_sentence(step: MistakenStep) -> str:
    """A step of a sweep done wrong: what it does, and whether the gradient is what it should be by now."""
    run = step.run
    names, root = run.sweep.names, operand(run.sweep.names[run.sweep.root])
    margin = max(6, len(f"{len(run)}/{len(run)}") + 2)
    written = run.sweep.expression(step.node)
    first = TEMPLATES["step"].format(
        position=f"{step.index}/{len(run)}".ljust(margin),
        name=names[step.node],
        expression=written,
        pad=" " * (max(0, min(40, run.sweep.width) - columns(f"{names[step.node]} = {written}")) + 3),
        reason=reason(step.node, step.slot, names),
    )
    same = number(step.after) == number(step.right)
    second = MISTAKEN["update"].format(
        sign="=" if run.mistake == "overwrite" else "+=",
        root=root,
        node=operand(names[step.node]),
        parent=operand(names[step.parent]),
        adjoint=factor(step.adjoint),
        partial=factor(step.partial),
        contribution=number(step.adjoint * step.partial),
        before=number(step.before),
        after=number(step.after),
        remark=MISTAKEN["as it should"] if same else MISTAKEN["wrong"].format(right=number(step.right)),
    )
    return f"{first}\n{' ' * margin}{second}"


def mistake_report(run: MistakenSteps) -> str:
    """What the mistake is, the step where the sweeps part, and the wrong gradients beside the right ones."""
    what, smallest = MISTAKES[run.mistake]
    lines = [f"{run.mistake}: {what}"]
    if run.parts_at is None:
        return "\n".join([*lines, MISTAKEN["harmless"].format(smallest=smallest)])
    lines += [MISTAKEN["parts"].format(position=f"{run.parts_at}/{len(run)}"), mistake_sentence(run[run.parts_at - 1])]
    for node, right in run.right.items():
        wrong = run.wrong.get(node, 0.0)
        if number(wrong) != number(right):
            lines.append(MISTAKEN["gradient"].format(name=run.sweep.names[node], wrong=number(wrong), right=number(right)))
    if run.mistake == "order":  # the question that is asked most
        lines.append(MISTAKEN["why order"].format(smallest=smallest))
    return "\n".join(lines)


def _status(step: Step, names: Mapping[Value, str], root: str, merged: bool = False) -> str:
    """Whether the adjoint is complete, or how much has come and through which nodes the rest will; `merged` counts nodes."""
    if merged:
        come, rest = step.by_node
        number_, of, through, contributions = len(come), len(come) + len(rest), [*rest], [*come.values()]
    else:
        number_, of, through, contributions = step.number, step.of, [*dict.fromkeys(step.through)], [*step.contributions]
    if step.after - step.after != 0.0:
        return STOPS
    if of == 1:
        return TEMPLATES["complete"]
    if through:
        return TEMPLATES["to come"].format(number=number_, of=of, nodes=_listed(through, names))
    return TEMPLATES["sum"].format(
        number=number_,
        of=of,
        root=root,
        parent=operand(names[step.parent]),
        terms=terms(contributions),
        after=number(step.after),
    )


def _listed(nodes: Sequence[Value], names: Mapping[Value, str]) -> str:
    text = ", ".join(names[node] for node in nodes[:4])
    return text if len(nodes) <= 4 else TEMPLATES["and more"].format(shown=text, more=len(nodes) - 4)


def pending_sentence(name: str, arrived: int, of: int, through: Sequence[Value], names: Mapping[Value, str]) -> str:
    """An adjoint that is not complete: `b: 1 of 2, still to come: through c`."""
    return f"{name}: {TEMPLATES['to come'].format(number=arrived, of=of, nodes=_listed(through, names))}"


def terms(contributions: Sequence[float], digits: int = 4, latex: bool = False) -> str:
    """The contributions to an adjoint as a sum: `3 + 2`, `1 + (-2) + … + 5`."""
    written = [factor(c, digits, latex) if i else number(c, digits, latex) for i, c in enumerate(contributions)]
    if len(written) > 8:
        written = [*written[:2], r"\dots" if latex else "…", written[-1]]
    return " + ".join(written)
