"""A lecturer's sentence for each step of the reverse sweep: the reason, both factors, the accumulation, what is to come.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> print(sentence(e.steps()[1]))
1/2   e = a·b   ∂e/∂a = b = -3
      a.grad += ∂e/∂e · ∂e/∂a = 1 · (-3) = -3      0 → -3   complete
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalkgrad.engine.basics.not_known import NotKnown
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.source_lines import line_of
from chalkgrad.engine.basics.terminal import columns
from chalkgrad.engine.stepping.forward import ForwardStep
from chalkgrad.engine.stepping.mirrors import grad_in_engine, theirs_of
from chalkgrad.engine.stepping.patterns import flow
from chalkgrad.engine.stepping.steps import NodeStep, PendingAdjoints, Step
from chalkgrad.engine.value import Value
from chalkgrad.engine.words import lists
from chalkgrad.engine.words.decimals import digits_apart
from chalkgrad.engine.words.expressions import (
    TEMPLATES,
    called,
    expression,
    factor,
    filled,
    local,
    number,
    operand,
    ordinal,
    reason,
    terms,
    total,
)
from chalkgrad.engine.words.fused import with_class
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.manner import current, manner, symbol
from chalkgrad.engine.words.placeholders import Condition, alike, either, finite
from chalkgrad.engine.words.printer import LONG

ASKING = section("asking")
OTHER_ENGINES = section("other engines")


def in_two_lines(first: str, second: str) -> str:
    """Returns the template of a sentence of two lines, the second aligned under the first."""
    return f"{first}\n{{margin}}{second}"


@say.register(Step)
def sentence(step: Step, digits: int = 4) -> str:
    """Returns a lecturer's sentence for this step of the reverse sweep, in two lines; the seed takes one."""
    seed = TEMPLATES["seed" if step.sweep.upstream == 1.0 else "seed from upstream"]
    template = seed if step.node is None else in_two_lines(TEMPLATES["step"], TEMPLATES["update"])
    with manner(step.sweep.notation):
        return _with_line(template.format_map(blanks(step, digits)), step.node)


def _with_line(said: str, node: Value | None) -> str:
    """Returns a sentence whose first line ends with the line of the caller's source that recorded the node, if it is known."""
    line = line_of(node)
    if line is None:
        return said
    where = TEMPLATES["line of file" if line.file else "line"].format(file=line.file, number=line.number)
    shown = TEMPLATES["line and text"].format(line=where, text=line.text) if line.text else where
    first, *rest = said.split("\n")
    return "\n".join([first + TEMPLATES["recorded in"].format(line=shown), *rest])


def blanks(step: Step, digits: int = 4) -> dict[str, str]:
    """Returns the texts for the blanks of the templates at this step."""
    sweep, node = step.sweep, step.node
    names, count = sweep.names, len(sweep.edges)
    margin = len(position(count, count))
    root = operand(sweep.of)
    if node is None:

        def seeded() -> str:
            into, of_root = grad_of(names[sweep.root]), total(sweep.of, names[sweep.root])
            return into if into == of_root else f"{into} = {of_root}"

        return {
            "root": operand(names[sweep.root]),
            "of": root,
            "seeded": symbol(seeded),
            "upstream": number(sweep.upstream, digits),
            "pad": " " * max(2, margin - 4),
        }
    written = sweep.expression(node, digits, step.slot)
    apart, repeats = digits_apart(step.before, step.after, digits=digits), step.repeats
    return {
        "root": root,
        "margin": " " * margin,
        "position": position(step.index, count),
        "name": called(names[node]),
        "expression": written,
        "pad": " " * (max(0, min(40, sweep.width) - columns(f"{names[node]} = {written}")) + 3),
        "reason": with_class(reason(node, step.slot, names, repeats=repeats, digits=digits), node, step.slot, sweep.consumers),
        "into": grad_of(names[step.parent]),
        "total": total(sweep.of, names[node]),
        "local": local(node, step.slot, names, repeats),
        "node": operand(names[node]),
        "parent": operand(names[step.parent]),
        "adjoint": factor(step.adjoint, digits),
        "partial": factor(step.partial, digits),
        "contribution": number(step.contribution, digits),
        "before": number(step.before, apart),
        "after": number(step.after, apart),
        "status": _unless_it_stops(_status(step, names, apart), step, step.partial, names),
    }


@say.register(NodeStep)
def node_sentence(step: NodeStep, digits: int = 4) -> str:
    """Returns the sentences for all edges of a node: what it does, and the reason and the update of each parent, summed."""
    with manner(step.sweep.notation):
        return _node_sentence(step, digits)


def _node_sentence(step: NodeStep, digits: int) -> str:
    sweep, names = step.sweep, step.sweep.names
    margin = len(position(step.of, step.of))
    node = step.node
    assert node is not None  # the seed is a Step
    told = flow(node, [edge.slot for edge in step.steps], names, sweep.of, digits)
    lines = [f"{position(step.index, step.of)}{called(names[node])} = {sweep.expression(node, digits)}   {told}".rstrip()]
    for parent, (partial, contribution) in step.updates.items():
        edges = [edge for edge in step.steps if edge.parent is parent]
        why = reason(node, edges[0].slot, names, repeats=(1, 1), digits=digits)
        symbol = local(node, edges[0].slot, names, repeats=(1, 1))
        if len(edges) > 1:
            parts = " + ".join(factor(edge.partial, digits) for edge in edges)
            why = f"{symbol} = {parts} = {number(partial, digits)}"
        last = edges[-1]
        apart = digits_apart(edges[0].before, last.after, digits=digits)
        merged = {
            "local": symbol,
            "partial": factor(partial, digits),
            "contribution": number(contribution, digits),
            "before": number(edges[0].before, apart),
            "after": number(last.after, apart),
            "status": _unless_it_stops(_status(last, names, apart, merged=True), last, partial, names, (1, 1)),
        }
        lines += [" " * margin + why, " " * margin + TEMPLATES["update"].format_map(blanks(last, digits) | merged)]
    return _with_line("\n".join(lines), node)


@say.register(ForwardStep)
def forward_sentence(step: ForwardStep, digits: int = 4) -> str:
    """Returns how a value was computed, in names and in numbers, and its local derivatives: `e = a·b = 2 · (-3) = -6`."""
    margin = position(len(step.tape), len(step.tape))
    with manner(step.notation):
        reasons = ", ".join(forward_reasons(step, digits))
        said = position(step.index + 1, len(step.tape)) + forward_equation(step, digits) + number(step.node.data, digits)
    return _with_line(f"{said}\n{' ' * len(margin)}{reasons}" if step.node.parents else said, step.node)


def grad_of(name: str) -> str:
    """Returns what a gradient is called that is added to: `a.grad`, or ā."""
    return symbol(lambda: total("", name) if current().notation == "bar" else f"{operand(name)}.grad")


def position(index: int, count: int) -> str:
    """Returns the position of a sentence among the others: `3/5   `."""
    return f"{index}/{count}".ljust(max(6, len(f"{count}/{count}") + 2))


def forward_equation(step: ForwardStep, digits: int = 4, longest: int | None = LONG) -> str:
    """Returns the equation before the value, in names and in numbers: `e = a·b = 2 · (-3) = `; `longest` is `expression`'s."""
    node, names = step.node, step.tape.names
    if not node.parents:
        return f"{called(names[node])} = "
    written, in_numbers = forward_sides(step, digits, longest)
    result, shown = number(node.data, digits), [node.data, *(parent.data for parent in node.parents)]
    middle = either(alike(in_numbers, result, *shown), lambda: "", lambda: f"{in_numbers} = ")
    middle = either(alike(written, in_numbers, *shown), lambda: "", lambda: middle)
    return f"{called(names[node])} = " + either(alike(written, result, *shown), lambda: middle, lambda: f"{written} = {middle}")


def forward_sides(step: ForwardStep, digits: int = 4, longest: int | None = LONG) -> tuple[str, str]:
    """Returns how a computed value arises, in names and in numbers: `a·b` and `2 · (-3)`."""
    node = step.node
    numbers = {parent: factor(parent.data, digits) for parent in node.parents}
    written, in_numbers = (expression(node, known, digits, None, longest) for known in (step.tape.names, numbers))
    in_numbers = in_numbers.replace("·", " · ")
    for parent, written_as_factor in numbers.items():  # the argument of a function has its parentheses
        in_numbers = in_numbers.replace(f"({written_as_factor})", f"({number(parent.data, digits)})")
    return written, in_numbers


def forward_reasons(step: ForwardStep, digits: int = 4) -> list[str]:
    """Returns the local derivatives that a step of the forward pass names: the first six, then … for the rest."""
    node, names = step.node, step.tape.names
    slots = [slot for slot in range(min(len(node.parents), 6)) if not node.parents[slot].constant]
    reasons = [reason(node, slot, names, digits=digits) for slot in slots]
    return reasons + ["…"] * (len(node.parents) > 6)


def _status(step: Step, names: Mapping[Value, str], digits: int, merged: bool = False) -> str:
    """Says whether the adjoint is complete, or how much of it, and which nodes contribute the rest; `merged` counts nodes."""
    if merged:
        come, rest = step.by_node
        number_, of, through, contributions = len(come), len(come) + len(rest), [*rest], [*come.values()]
    else:
        number_, of, through, contributions = step.number, step.of, [*dict.fromkeys(step.through)], [*step.contributions]
    if of == 1:
        status = TEMPLATES["complete"]
    elif through:
        ways = [called(names[node]) for node in through]
        if not merged and step.node in through:  # it takes the parent in a later argument, too
            place, nth = through.index(step.node), ordinal(step.repeats[0] + 1)
            ways[place] = filled("which argument", derivative=ways[place], ordinal=nth, parent=called(names[step.parent]))
        status = TEMPLATES["to come"].format(number=number_, of=of, nodes=lists.listed(ways, 4))
    else:
        status = TEMPLATES["sum"].format(
            number=number_,
            of=of,
            whole=total(step.sweep.of, names[step.parent]),
            terms=terms(contributions, digits),
            after=number(step.after, digits),
        )
    theirs = theirs_of(step.parent)
    if theirs is not None and number_ == of and step.sweep.upstream == 1.0:  # the graph of another engine
        if isinstance(step.after, NotKnown):
            status = OTHER_ENGINES["not known status"]
        if theirs.grad is not None:
            status = OTHER_ENGINES["status"].format(status=status, grad=grad_in_engine(step.parent, digits))
    if isinstance(step.after, NotKnown):
        return status
    return either(finite(step.after), lambda: status, lambda: TEMPLATES["stops"])


def _unless_it_stops(
    status: str, step: Step, partial: float, names: Mapping[Value, str], repeats: tuple[int, int] | None = None
) -> str:
    """Returns the status; where a gradient has come this far and the local derivative is 0, it adds that it stops there."""
    assert step.node is not None
    stops = TEMPLATES["gradient stops"].format(status=status, local=local(step.node, step.slot, names, repeats or step.repeats))

    def is_zero(x: float) -> bool | Condition:
        return alike(number(x), "0", x)

    return either(is_zero(partial), lambda: either(is_zero(step.adjoint), lambda: status, lambda: stops), lambda: status)


def listed(nodes: Sequence[Value], names: Mapping[Value, str]) -> str:
    """Returns the names of nodes: the first four, and how many more there are."""
    return lists.listed([called(names[node]) for node in nodes], 4)


def pending_sentence(name: str, arrived: int, of: int, through: Sequence[Value], names: Mapping[Value, str]) -> str:
    """Returns the line for an adjoint that is not complete: `b: 1 of 2, still to come: through c`."""
    return f"{called(name)}: {TEMPLATES['to come'].format(number=arrived, of=of, nodes=listed(through, names))}"


@say.register(PendingAdjoints)
def pending_report(pending: PendingAdjoints, limit: int | None = 20) -> str:
    """Returns a line for each adjoint that is not complete; of more than `limit` for the nearest, and how many there are."""
    names = pending.names
    shown = [*pending] if limit is None or len(pending) <= limit else pending.nearest[:limit]
    told = ((names[value], *pending[value]) for value in shown)
    lines = [pending_sentence(name, arrived, of, through, names) for name, arrived, of, through in told]
    if left := len(pending) - len(shown):
        name = names[pending.nearest[len(shown)]]
        lines.append(TEMPLATES["pending left out"].format(count=f"{left:,}", name=name))
    return "\n".join(lines) or TEMPLATES["all complete"]
