"""What is said of mistakes on purpose: a step done wrong, where the sweeps part, what comes out, and why.

>>> from chalkgrad.engine import Value
>>> a = Value(2.0, "a")
>>> b = 2 * a
>>> c = 3 * b
>>> b.label, c.label = "b", "c"
>>> L = c + b
>>> L.label = "L"
>>> L.steps(mistake="recursion")
recursion: each node calls its parents, and passes its whole grad on at every visit
the sweeps part at step 5/5:
5/5   b = 2·a     ∂b/∂a = 2
      a.grad += ∂L/∂b · ∂b/∂a = 4 · 2 = 8      8 → 16   visit 2 of 2; it should be 8
a: 16 instead of 8
b is visited 2 times: each visit passes the whole grad on, with what an earlier one has passed on already
a node's turn comes when all its consumers have had theirs: L, c, b; then every node passes on once
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from chalkgrad.engine.basics.say import say
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.stepping.mistakes import MISTAKES, MistakenStep, MistakenSteps, many
from chalkgrad.engine.stepping.sentences import blanks, in_two_lines, position
from chalkgrad.engine.stepping.smallest import smallest
from chalkgrad.engine.stepping.variations import ways
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.decimals import digits_apart, signed
from chalkgrad.engine.words.expressions import TEMPLATES, factor, number
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.placeholders import alike, either

WHAT_MISTAKES_ARE = section("mistakes")
MISTAKEN = section("mistaken")
ORDERS = ("recursion", "depth first", "breadth first", "leaves first")
_NAMED = 12  # nodes of a list


# A step --------------------------------------------------------------------------------------------------------------


@say.register(MistakenStep)
def mistake_sentence(step: MistakenStep) -> str:
    """Returns the sentence for a step of a sweep done wrong: what it does, and whether the gradient is right so far."""
    return in_two_lines(TEMPLATES["step"], MISTAKEN["update"]).format_map(mistaken_blanks(step))


def mistaken_blanks(step: MistakenStep) -> dict[str, str]:
    """Returns the texts for the blanks of the templates at this step of a sweep done wrong."""
    run, apart = step.run, digits_apart(step.before, step.after, step.right)
    right_blanks = blanks(step.same_edge)
    return right_blanks | {
        "margin": " " * len(_place(run, len(run))),
        "position": _place(run, step.index),
        "reason": _reason(step, right_blanks["reason"]),
        "sign": "=" if run.variation.joined == "last" else "+=",
        "adjoint": factor(step.adjoint),
        "partial": factor(step.partial),
        "contribution": number(step.contribution),
        "before": number(step.before, apart),
        "after": number(step.after, apart),
        "remark": _remark(step, apart),
    }


def _place(run: MistakenSteps, index: int) -> str:
    """Returns the position of a step among all, those included that are not taken."""
    return position(index, len(run)) if not run.is_cut else f"{index}/{many(run.in_full)}".ljust(len(many(run.in_full)) + 6)


def _remark(step: MistakenStep, digits: int) -> str:
    """Says whether the gradient is right so far, which visit it is, and what the leaf becomes."""
    run, right = step.run, number(step.right, digits)
    remark = either(
        alike(number(step.after, digits), right, step.after, step.right),
        lambda: MISTAKEN["as it should"],
        lambda: MISTAKEN["wrong"].format(right=right),
    )
    if run.visits[step.node] > 1:
        visits = many(run.visits[step.node])
        remark = MISTAKEN["visit"].format(number=many(step.visit), of=visits, remark=remark)
    if step.moves is not None:
        remark = MISTAKEN["moves"].format(remark=remark, name=run.sweep.names[step.parent], value=number(step.moves))
    return remark


def _reason(step: MistakenStep, reason: str) -> str:
    """Adds to the reason of a local derivative what is taken for it, or what of the node's grad is passed on."""
    run, edge = step.run, (step.node, step.slot)
    names, right = run.sweep.names, step.node.partials[step.slot]
    if edge in run.others and run.mistake == "value":
        own = names[step.parent]
        others = [other for other in step.node.parents if other is not step.parent]
        if others or len(step.node.parents) == 1:  # in a·a a factor is the other one
            return MISTAKEN["taken for"].format(reason=reason, name=own, value=number(step.partial))
    elif edge in run.others and not (right.__class__ is float and right == step.partial):
        return MISTAKEN["left out"].format(reason=reason)
    elif edge in run.through:
        sources = [node for node, _ in run.through[edge]]
        key = "only from" if sources else "nothing of its own"
        return MISTAKEN[key].format(reason=reason, nodes=_listed(names[node] for node in sources or _quotients(step)))
    elif step.moved:
        way = next(way for way in ways(step.node) if way.slot == step.slot)
        read = [x for name, x in way.arguments.items() if name in way.kind.reads or "v" in way.kind.reads]
        moved = [
            MISTAKEN["moved already"].format(name=names[leaf], value=number(data))
            for leaf, data in step.moved.items()
            if any(x is leaf for x in read)
        ]
        return MISTAKEN["moved"].format(reason=reason, moved=_listed(moved)) if moved else reason
    return reason


def _quotients(step: MistakenStep) -> list[Value]:
    """Returns the nodes that pass something on to a sum, which may be a part of another."""
    found = dict.fromkeys(node for node, _ in step.run.sweep_into(step.node))
    while any(node.op is RULES["add"] for node in found):
        found = dict.fromkeys(
            above
            for node in found
            for above in ([consumer for consumer, _ in step.run.sweep_into(node)] if node.op is RULES["add"] else [node])
        )
    return [*found]


# A run ---------------------------------------------------------------------------------------------------------------


@say.register(MistakenSteps)
def mistake_report(run: MistakenSteps) -> str:
    """Returns a report: the mistake, the first step at which the sweeps differ, the wrong gradients beside the right ones.

    Below them it is said why they are wrong and what mends that. A mistake that does no harm is answered by one that does,
    and by the smallest graph on which it would.
    """
    lines = [f"{run.mistake}: {what_it_is(run)}"]
    if run.parts_at is not None:
        where = _place(run, run.parts_at).strip()
        lines += [MISTAKEN["parts"].format(position=where), mistake_sentence(run[run.parts_at - 1])]
    elif not run.is_cut:
        return "\n".join([*lines, *harmless(run, other_harm(run))])
    if run.is_cut:
        lines.append(MISTAKEN["cut"].format(steps=many(len(run)), count=many(run.in_full)))
    else:
        lines += [line for line, wrong, right in wrong_gradients(run) if run.differ(wrong, right)]
    return "\n".join([*lines, *why(run)])


def what_it_is(run: MistakenSteps) -> str:
    """Returns what the mistake consists in."""
    return WHAT_MISTAKES_ARE[run.mistake].format(rate=number(run.variation.rate))


def why(run: MistakenSteps) -> Iterator[str]:
    """Yields why a gradient is wrong, and what mends it, where the steps do not say so themselves."""
    names = run.sweep.names
    if run.mistake == "recursion":
        yield MISTAKEN["visits"].format(nodes=_listed(_visits(run)))
    elif run.mistake in ORDERS and run.parts_at is not None:
        early = run[run.parts_at - 1].node
        come = {(step.node, step.slot) for step in run[: run.parts_at]}
        missing = dict.fromkeys(names[node] for node, slot in run.sweep_into(early) if (node, slot) not in come)
        yield MISTAKEN["too early"].format(node=names[early], nodes=_listed(missing))
    if run.mistake in ORDERS:
        yield MISTAKEN["order"].format(nodes=_listed([names[node] for node in run.visits]))
    if run.mistake == "update at once":
        moved = sum(run.differ(step.partial, step.node.partials[step.slot]) for step in run)
        yield MISTAKEN.form("one point", moved).format(moved=moved, count=len(run))


def _visits(run: MistakenSteps) -> Iterator[str]:
    first = True
    for node, count in run.visits.items():
        if count > 1:
            key = "visited" if first else "visited too"
            yield MISTAKEN[key].format(name=run.sweep.names[node], count=many(count))
            first = False


def other_harm(run: MistakenSteps) -> str:
    """Returns the first mistake that does harm on the same graph; "" if none does."""
    root = run.sweep.root
    return next((other for other in MISTAKES if MistakenSteps(root, other).parts_at is not None), "")


def harmless(run: MistakenSteps, other: str) -> Iterator[str]:
    """Yields what is said of a mistake that does not matter on this graph; `other` is one that does, "" if none does."""
    yield MISTAKEN["harmless"].format(other=other) if other else MISTAKEN["harmless as all"]
    found = smallest(run.mistake, run.variation.rate or None)
    if found is not None:
        written = found._asdict() | {"wrong": number(found.wrong), "right": number(found.right)}
        yield MISTAKEN["smallest"].format_map(written)


def wrong_gradients(run: MistakenSteps) -> Iterator[tuple[str, float, float]]:
    """Yields for each value the sentence for a wrong gradient, the gradient of the wrong sweep, and the right one."""
    for node, right in run.right.items():
        wrong = run.wrong.get(node, 0.0)
        apart = digits_apart(wrong, right)
        written = {"name": run.sweep.names[node], "wrong": number(wrong, apart), "right": number(right, apart)}
        if run.variation.rate and right:
            written["percent"] = signed(100 * (wrong - right) / right, 3)
        yield MISTAKEN["gradient off" if "percent" in written else "gradient"].format_map(written), wrong, right


def steps_in_words(run: MistakenSteps, most: int = 100) -> str:
    """Returns the sentences of the steps, one after another, of many the first ones alone."""
    said = [*map(mistake_sentence, run[:most])]
    if run.in_full > most:
        said.append(MISTAKEN["steps left out"].format(count=many(run.in_full - most)))
    return "\n".join(said)


def _listed(texts: Iterable[str]) -> str:
    found: Sequence[str] = [*texts]
    shown = ", ".join(found[:_NAMED])
    return shown if len(found) <= _NAMED else TEMPLATES["and more"].format(shown=shown, more=len(found) - _NAMED)
