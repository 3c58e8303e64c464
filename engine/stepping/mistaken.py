"""What is said of mistakes on purpose: a step done wrong, where the backward passes part, what comes out, and why.

>>> from chalkgrad.engine import Value
>>> a = Value(2.0, "a")
>>> b = 2 * a
>>> c = 3 * b
>>> b.label, c.label = "b", "c"
>>> L = c + b
>>> L.label = "L"
>>> L.steps(mistake="recursion")
recursion: each node calls its parents, and passes its whole grad on at every visit
the backward passes part at step 5/5:
5/5   b = 2·a     ∂b/∂a = 2
      a.grad += ∂L/∂b · ∂b/∂a = 4 · 2 = 8      8 → 16   visit 2 of 2; with all of ∂L/∂b, once, it would be 8
a: 16 instead of 8
visited twice: b; b passes 4 on at its first visit, and 4 at its second: that 4 again
a topological order mends it: a node's turn comes when all its consumers have had theirs (L, c, b), and each passes on once
recursion itself comes out right only if a visit passes on no more than what has just come: one visit for each path
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from chalkgrad.engine.basics.say import say
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.stepping.edges import Edge, Way, all_ways, way_at
from chalkgrad.engine.stepping.mistakes import MISTAKES, RATE, MistakenStep, MistakenSteps, does_harm, many
from chalkgrad.engine.stepping.sentences import blanks, in_two_lines, position
from chalkgrad.engine.stepping.smallest import smallest
from chalkgrad.engine.stepping.variations import recursion
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.decimals import digits_apart, signed
from chalkgrad.engine.words.expressions import TEMPLATES, called, factor, number, total
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.lists import listed
from chalkgrad.engine.words.manner import manner
from chalkgrad.engine.words.placeholders import alike, either

WHAT_MISTAKES_ARE = section("mistakes")
MISTAKEN = section("mistaken")
WHAT_IS_TAKEN = section("what is taken")
WHAT_MENDS = section("what mends")
_LISTED, _VISITED, _LINES = 8, 4, 12  # nodes of a list, of those visited several times, and of those with a line each

# Where the local derivative that is taken for another is the same: in a·a a factor is the other one, that of a sum is 1.
_SAME: Mapping[str, Callable[[Way], bool]] = {
    "value": lambda way: way.arguments[way.kind.other] is way.own,
    "outer only": lambda way: way.kind.one and not way.kind.minus,
}


def staged(root: Value, mistake: str, rate: float | None = None, notation: str | None = None) -> MistakenSteps:
    """Returns a sweep with a mistake in it, of which can be said what this module says. Raises what MistakenSteps does."""
    return MistakenSteps(root, mistake, rate, notation)


# A step --------------------------------------------------------------------------------------------------------------


@say.register(MistakenStep)
def mistake_sentence(step: MistakenStep) -> str:
    """Returns the sentence for a step of a sweep done wrong: what it does, and whether the gradient is right so far."""
    with manner(step.run.sweep.notation):
        return in_two_lines(TEMPLATES["step"], MISTAKEN["update"]).format_map(mistaken_blanks(step))


def mistaken_blanks(step: MistakenStep, usual: dict[str, str] | None = None) -> dict[str, str]:
    """Returns the texts for the blanks of the templates at this step of a sweep done wrong.

    `usual` has those of the right step, for those who know them already.
    """
    run, apart = step.run, digits_apart(step.before, step.after, step.right)
    right_blanks = usual or blanks(step.same_edge)
    written = right_blanks | {
        "margin": " " * len(_place(run, len(run))),
        "position": _place(run, step.index),
        "reason": _reason(step, right_blanks["reason"]),
        "sign": "=" if run.variation.joined == "last" else "+=",
        "adjoint": factor(step.adjoint),
        "partial": factor(step.partial),
        "contribution": number(step.contribution),
        "before": number(step.before, apart),
        "after": number(step.after, apart),
        "right": number(step.right, apart),
    }
    return written | {"remark": remark(step, written)}


def _place(run: MistakenSteps, index: int) -> str:
    """Returns the position of a step among all, those included that are not taken."""
    return position(index, len(run)) if not run.is_cut else f"{index}/{many(run.in_full)}".ljust(len(many(run.in_full)) + 6)


def remark(step: MistakenStep, written: Mapping[str, str]) -> str:
    """Returns whether the gradient is right so far, given how it, the right one, the root and the node are written.

    It is said too which visit this is, and what the leaf becomes.
    """
    run = step.run
    remark = either(
        alike(written["after"], written["right"], step.after, step.right),
        lambda: MISTAKEN["as it should"],
        lambda: MISTAKEN[_what_is_wrong(step)].format_map(written),
    )
    if run.visits[step.node] > 1:
        visits = many(run.visits[step.node])
        remark = MISTAKEN["visit"].format(number=many(step.visit), of=visits, remark=remark)
    if step.moves is not None:
        remark = MISTAKEN["moves"].format(remark=remark, name=called(run.sweep.names[step.parent]), value=number(step.moves))
    return remark


def _what_is_wrong(step: MistakenStep) -> str:
    """Returns the template for what a grad should be; in another order no right sweep has this number at this moment."""
    if not step.run.variation.is_order:
        return "wrong"
    if not step.alone:
        return "with whole grads"
    return "with all of it, once" if step.visit > 1 else "with all of it"


def _reason(step: MistakenStep, reason: str) -> str:
    """Adds to the reason of a local derivative what is taken for it, or what of the node's grad is passed on."""
    run, edge = step.run, (step.node, step.slot)
    names = run.sweep.names
    if edge in run.others:
        if not _SAME[run.mistake](way_at(*edge)):
            taken = WHAT_IS_TAKEN[run.mistake]
            return taken.format(reason=reason, name=called(names[step.parent]), value=number(step.partial))
    elif edge in run.through:
        own = {node for node, _ in run.through[edge]}
        others = [_probability(run, node) for node in _quotients(step) if node not in own]
        if others:
            zero = [total(names[other], names[step.parent]) for other in others[:_VISITED]]
            ends = ["…"] * (len(others) > _VISITED)
            return WHAT_IS_TAKEN[run.mistake].format(reason=reason, derivatives=" = ".join([*zero, *ends]))
    elif moved := _moved(step):
        said = [MISTAKEN["moved already"].format(name=called(names[leaf]), value=number(data)) for leaf, data in moved.items()]
        return MISTAKEN["moved"].format(reason=reason, moved=listed(said, _LISTED))
    return reason


def _probability(run: MistakenSteps, node: Value) -> Value:
    """Returns what is made of a quotient: exp(z - log Σ) of the z - log Σ in it, else the quotient itself."""
    consumers = run.sweep.consumers().get(node, [])
    return consumers[0] if len(consumers) == 1 and consumers[0].op is RULES["exp"] else node


def _moved(step: MistakenStep, way: Way | None = None) -> dict[Value, float]:
    """Returns the new data of the leaves that have moved and that the local derivative depends on."""
    if not step.run.moves or step.node.op is None:  # or what it depends on is not known
        return {}
    way = way or way_at(step.node, step.slot)
    whole = "v" in way.kind.reads  # the value depends on all arguments, those of a list, too
    read = [x for name, x in way.arguments.items() if name in way.kind.reads] if not whole else step.node.parents
    moved = {x: step.moved(x) for x in read if isinstance(x, Value)}
    return {leaf: data for leaf, data in moved.items() if data is not None}


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
    lines, early = [f"{run.mistake}: {what_it_is(run.mistake, run.variation.rate)}"], ""
    if run.unknown is not None:
        return "\n".join([*lines, MISTAKEN["not known"].format(name=run.sweep.names[run.unknown])])
    if run.parts_at is not None:
        early = too_early(run, run.parts_at)
        where = _place(run, run.parts_at).strip()
        lines += [MISTAKEN["parts"].format(position=where), mistake_sentence(run[run.parts_at - 1])]
    elif not run.is_cut:
        return "\n".join([*lines, *harmless(run, other_harm(run))])
    if run.is_cut:
        lines.append(MISTAKEN["cut"].format(steps=many(len(run)), count=many(run.in_full)))
    else:
        lines += wrong_gradients(run)
    return "\n".join(filter(None, [*lines, early, *why(run)]))


def what_it_is(mistake: str, rate: float = RATE) -> str:
    """Returns what a mistake consists in."""
    return WHAT_MISTAKES_ARE[mistake].format(rate=number(rate))


def listing() -> str:
    """Returns a line for each mistake: its name, and what it consists in."""
    width = max(map(len, MISTAKES))
    return "\n".join(f"{mistake:<{width}}  {what_it_is(mistake)}" for mistake in MISTAKES)


def why(run: MistakenSteps) -> Iterator[str]:
    """Yields why a gradient is wrong, and what mends it, where the steps do not say so themselves."""
    if run.variation.visits is recursion:
        yield "; ".join(filter(None, [_visited(run), _passed_again(run)]))
    if run.variation.is_order:
        yield MISTAKEN["order"].format(nodes=listed([called(run.sweep.names[node]) for node in run.visits], _LISTED))
    if run.mistake in WHAT_MENDS:
        yield WHAT_MENDS[run.mistake]
    if run.variation.rate:
        at = {(way.node, way.slot): way for way in all_ways(run.sweep)}
        moved = sum(bool(_moved(step, at.get((step.node, step.slot)))) for step in run)
        yield MISTAKEN.form("one point", moved).format(moved=moved, count=len(run))


def too_early(run: MistakenSteps, index: int) -> str:
    """Returns, of an order that visits each node once, whose part of its grad a node has not got when it takes this step.

    That is "" if it has all.
    """
    if not run.variation.is_order or run.variation.visits is recursion:
        return ""
    names, node = run.sweep.names, run[index - 1].node
    come = {(step.node, step.slot) for step in run[:index]}
    missing = dict.fromkeys(called(names[other]) for other, slot in run.sweep_into(node) if (other, slot) not in come)
    said = MISTAKEN.form("too early", len(missing))
    return said.format(node=called(names[node]), nodes=listed([*missing], _LISTED)) if missing else ""


def _visited(run: MistakenSteps) -> str:
    """Returns which nodes a recursion visits more than once."""
    counts = {node: count for node, count in run.visits.items() if count > 1}
    if not counts:
        return ""
    twice = {*counts.values()} == {2}
    shown, rest = _first_of(run, [*counts], _VISITED)
    names = [called(run.sweep.names[node]) + (f" ({many(counts[node])})" if not twice else "") for node in shown]
    return MISTAKEN["visited twice" if twice else "visited"].format(nodes=listed([*names, *[""] * len(rest)], len(names)))


def _passed_again(run: MistakenSteps) -> str:
    """Returns what the node that is the first to be visited twice has passed on at both visits."""
    again = next((step for step in run if step.visit == 2), None)
    if again is None:
        return ""
    first = next(step for step in run if step.node is again.node)
    written = {"first": number(first.adjoint), "second": number(again.adjoint), "node": called(run.sweep.names[again.node])}
    return MISTAKEN["passed again"].format_map(written)


def _first_of(run: MistakenSteps, nodes: Iterable[Value], most: int) -> tuple[list[Value], list[Value]]:
    """Returns those of the nodes that are listed, leaves first and then the others that have a name, and those that are not.

    Of inner nodes without a name the first are listed if there are no others.
    """
    names = run.sweep.names
    unnamed = {node for i, node in enumerate(run.sweep.tape, 1) if node._x is not None and names[node] == f"v{i}"}
    ranked = sorted(nodes, key=lambda node: (node in unnamed, node._x is not None))
    named = sum(node not in unnamed for node in ranked)
    count = min(named, most) or _VISITED
    if count == len(ranked) - 1:  # "and 1 more" takes as much space as its name
        count += 1
    return ranked[:count], ranked[count:]


def other_harm(run: MistakenSteps) -> str:
    """Returns the first mistake that does harm on the same graph; "" if none does."""
    return next((other for other, variation in MISTAKES.items() if does_harm(run.sweep, variation)), "")


def harmless(run: MistakenSteps, other: str) -> Iterator[str]:
    """Yields what is said of a mistake that does not matter on this graph; `other` is one that does, "" if none does."""
    yield MISTAKEN["harmless"].format(other=other) if other else MISTAKEN["harmless as all"]
    yield from filter(None, [why_harmless(run), smallest_in_words(run)])


def why_harmless(run: MistakenSteps) -> str:
    """Returns why an order does no harm on this graph, whatever the numbers are; "" if that depends on them."""
    if not run.variation.is_order or max(run.visits.values(), default=1) > 1:
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
    said = MISTAKEN["smallest for an order" if run.variation.is_order else "smallest"]
    return said.format_map(found._asdict() | {"wrong": number(found.wrong), "right": number(found.right)})


def wrong_gradients(run: MistakenSteps) -> Iterator[str]:
    """Yields a line for each wrong gradient, with the right one: leaves, then values with a name; how many there are more."""
    off = [node for node, right in run.right.items() if run.differ(run.wrong.get(node, 0.0), right)]
    shown, rest = _first_of(run, off, _LINES)
    for node in shown:
        wrong, right = run.wrong.get(node, 0.0), run.right[node]
        apart = digits_apart(wrong, right)
        written = {"name": called(run.sweep.names[node]), "wrong": number(wrong, apart), "right": number(right, apart)}
        if run.variation.rate and right:
            written["percent"] = signed(100 * (wrong - right) / right, 3)
        yield MISTAKEN["gradient off" if "percent" in written else "gradient"].format_map(written)
    if rest:
        inner = all(node._x is not None for node in rest)
        yield MISTAKEN["more inner values" if inner else "more values"].format(count=many(len(rest)))


def steps_in_words(run: MistakenSteps, most: int = 100) -> str:
    """Returns the sentences of the steps, one after another, of many the first ones alone."""
    said = [*map(mistake_sentence, run[:most])]
    if run.in_full > most:
        said.append(MISTAKEN["steps left out"].format(count=many(run.in_full - most)))
    return "\n".join(said)
