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
from chalkgrad.engine.stepping.mistakes import MISTAKES, RATE, MistakenStep, MistakenSteps, many
from chalkgrad.engine.stepping.sentences import blanks, in_two_lines, position
from chalkgrad.engine.stepping.smallest import smallest
from chalkgrad.engine.stepping.variations import Edge, Way, ways
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.decimals import digits_apart, signed
from chalkgrad.engine.words.expressions import TEMPLATES, factor, number
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.placeholders import alike, either

WHAT_MISTAKES_ARE = section("mistakes")
MISTAKEN = section("mistaken")
WHAT_MENDS = section("what mends")
ORDERS = ("recursion", "depth first", "breadth first", "leaves first")
_NAMED = 12  # nodes of a list


# A step --------------------------------------------------------------------------------------------------------------


@say.register(MistakenStep)
def mistake_sentence(step: MistakenStep) -> str:
    """Returns the sentence for a step of a sweep done wrong: what it does, and whether the gradient is right so far."""
    return in_two_lines(TEMPLATES["step"], MISTAKEN["update"]).format_map(mistaken_blanks(step))


def mistaken_blanks(step: MistakenStep, usual: dict[str, str] | None = None) -> dict[str, str]:
    """Returns the texts for the blanks of the templates at this step of a sweep done wrong.

    `usual` has those of the right step, for those who know them already.
    """
    run, apart = step.run, digits_apart(step.before, step.after, step.right)
    right_blanks = usual or blanks(step.same_edge)
    after, right = number(step.after, apart), number(step.right, apart)
    return right_blanks | {
        "margin": " " * len(_place(run, len(run))),
        "position": _place(run, step.index),
        "reason": _reason(step, right_blanks["reason"]),
        "sign": "=" if run.variation.joined == "last" else "+=",
        "adjoint": factor(step.adjoint),
        "partial": factor(step.partial),
        "contribution": number(step.contribution),
        "before": number(step.before, apart),
        "after": after,
        "right": right,
        "remark": remark(step, after, right),
    }


def _place(run: MistakenSteps, index: int) -> str:
    """Returns the position of a step among all, those included that are not taken."""
    return position(index, len(run)) if not run.is_cut else f"{index}/{many(run.in_full)}".ljust(len(many(run.in_full)) + 6)


def remark(step: MistakenStep, after: str, right: str) -> str:
    """Returns whether the gradient is right so far, given how it and the right one are written.

    It is said too which visit this is, and what the leaf becomes.
    """
    run = step.run
    remark = either(
        alike(after, right, step.after, step.right),
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
    names = run.sweep.names
    if edge in run.others and run.mistake == "value":
        own = names[step.parent]
        others = [other for other in step.node.parents if other is not step.parent]
        if others or len(step.node.parents) == 1:  # in a·a a factor is the other one
            return MISTAKEN["taken for"].format(reason=reason, name=own, value=number(step.partial))
    elif edge in run.others and not (_way(step).kind.one and not _way(step).kind.minus):
        return MISTAKEN["left out"].format(reason=reason)
    elif edge in run.through:
        sources = [node for node, _ in run.through[edge]]
        key = "only from" if sources else "nothing of its own"
        return MISTAKEN[key].format(reason=reason, nodes=_listed(names[node] for node in sources or _quotients(step)))
    elif moved := _moved(step):
        said = [MISTAKEN["moved already"].format(name=names[leaf], value=number(data)) for leaf, data in moved.items()]
        return MISTAKEN["moved"].format(reason=reason, moved=_listed(said))
    return reason


def _way(step: MistakenStep) -> Way:
    return next(way for way in ways(step.node) if way.slot == step.slot)


def _moved(step: MistakenStep) -> dict[Value, float]:
    """Returns the new data of the leaves that have moved and that the local derivative depends on."""
    if not step.moved:
        return {}
    way = _way(step)
    read = [x for name, x in way.arguments.items() if name in way.kind.reads or "v" in way.kind.reads]
    return {leaf: data for leaf, data in step.moved.items() if any(x is leaf for x in read)}


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
    lines = [f"{run.mistake}: {what_it_is(run.mistake, run.variation.rate)}"]
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


def what_it_is(mistake: str, rate: float = RATE) -> str:
    """Returns what a mistake consists in."""
    return WHAT_MISTAKES_ARE[mistake].format(rate=number(rate))


def listing() -> str:
    """Returns a line for each mistake: its name, and what it consists in."""
    width = max(map(len, MISTAKES))
    return "\n".join(f"{mistake:<{width}}  {what_it_is(mistake)}" for mistake in MISTAKES)


def why(run: MistakenSteps) -> Iterator[str]:
    """Yields why a gradient is wrong, and what mends it, where the steps do not say so themselves."""
    if run.mistake in ORDERS and run.mistake != "recursion" and run.parts_at is not None:
        yield too_early(run, run.parts_at)
    yield from whatever_the_numbers(run)


def too_early(run: MistakenSteps, index: int) -> str:
    """Returns whose part of its grad a node has not got when it takes this step; "" if it has all."""
    names, node = run.sweep.names, run[index - 1].node
    come = {(step.node, step.slot) for step in run[:index]}
    missing = dict.fromkeys(names[other] for other, slot in run.sweep_into(node) if (other, slot) not in come)
    return MISTAKEN["too early"].format(node=names[node], nodes=_listed(missing)) if missing else ""


def whatever_the_numbers(run: MistakenSteps) -> Iterator[str]:
    """Yields what there is to say that depends on the graph alone."""
    if run.mistake == "recursion":
        yield MISTAKEN["visits"].format(nodes=_listed(_visits(run)))
    if run.mistake in ORDERS:
        yield MISTAKEN["order"].format(nodes=_listed([run.sweep.names[node] for node in run.visits]))
    if run.mistake in WHAT_MENDS:
        yield WHAT_MENDS[run.mistake]
    if run.mistake == "update at once":
        moved = sum(bool(_moved(step)) for step in run)
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
    yield from filter(None, [why_harmless(run), smallest_in_words(run)])


def why_harmless(run: MistakenSteps) -> str:
    """Returns why an order does no harm on this graph, whatever the numbers are; "" if that depends on them."""
    if run.mistake not in ORDERS or max(run.visits.values(), default=1) > 1:
        return ""
    come: set[Edge] = set()
    begun: set[Value] = set()
    for step in run:
        if step.node not in begun and not come.issuperset(run.sweep_into(step.node)):
            return ""
        begun.add(step.node)
        come.add((step.node, step.slot))
    return MISTAKEN["in order"]


def smallest_in_words(run: MistakenSteps) -> str:
    """Returns what is said of the smallest graph on which the mistake does harm; "" if none was found."""
    found = smallest(run.mistake, run.variation.rate or None)
    if found is None:
        return ""
    return MISTAKEN["smallest"].format_map(found._asdict() | {"wrong": number(found.wrong), "right": number(found.right)})


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
