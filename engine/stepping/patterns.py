"""What an operation does with the gradient that comes back to it, as lectures say it: + copies, · swaps, max routes.

The pattern is read off the local derivatives in the table; no operation is named here.

>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> [pattern_of(node) for node in (a + b, a * b, a - b, a.relu(), a.exp())]
['copies', 'swaps', '', 'routes', '']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chalkgrad.engine.formulas.trees import Argument, Choice, Constant, Formula, arguments_in
from chalkgrad.engine.rules import Rule
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.expressions import called, factor, operand, total
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.lists import joined

PATTERNS = section("patterns")

LISTED = 5  # nodes that a sentence names; of more, the last is how many are left out
_ONE = Constant(1.0)


def pattern_of(node: Value) -> str:
    """Returns "copies", "swaps" or "routes", what a node does with its gradient; "" for a leaf, and for what does neither.

    It copies if its local derivatives are all 1. It swaps if there are two, each of which is the other argument. It routes
    if they are 1 here and 0 there, as a comparison decides. What a node does with constants does not count.
    """
    rule = node.op
    if rule is None:
        return ""
    active = [which for slot, which, _ in _places(node, rule) if not node.parents[slot].constant]
    local_derivatives = [rule.shown[which] for which in dict.fromkeys(active)]
    if not local_derivatives:
        return ""
    if all(tree == _ONE for tree in local_derivatives):
        return "copies"
    if not rule.lists and rule.shown == tuple(map(Argument, reversed(rule.arguments))) and len(rule.shown) == 2:
        return "swaps"
    return "routes" if all(map(_is_route, local_derivatives)) else ""


def flow(node: Value, slots: Sequence[int], names: Mapping[Value, str], of: str, digits: int = 4) -> str:
    """Returns the sentence for what a node does with ∂of/∂node for the parents in these slots.

    Without a pattern, it tells the values that the local derivatives need. "" if there is nothing to tell.
    """
    pattern, rule = pattern_of(node), node.op
    if rule is None:
        return ""
    if not pattern:
        needed = [called(names[value]) for value in _needed(node, rule, slots)]
        return PATTERNS["needs"].format(nodes=joined(needed, LISTED)) if needed else ""
    adjoint, parents = total(of, names[node]), [operand(names[node.parents[slot]]) for slot in slots]
    distinct = [*dict.fromkeys(parents)]
    blanks = {"sign": _sign(rule), "nodes": joined(distinct, LISTED), "adjoint": adjoint}
    if pattern != "copies":
        carried = _swapped if pattern == "swaps" else _routed
        shares = (carried(node, slot, names, adjoint, digits) for slot in slots)
        pairs = zip(parents, shares, strict=True)
        blanks["shares"] = ", ".join(dict.fromkeys(PATTERNS["gets"].format(node=parent, share=x) for parent, x in pairs))
    said = PATTERNS.form(pattern, len(distinct)).format_map(blanks)
    return said if len(distinct) == len(parents) else PATTERNS["for each use"].format(said=said)


def _swapped(node: Value, slot: int, names: Mapping[Value, str], adjoint: str, digits: int) -> str:
    """What one factor of two gets: `∂e/∂c · b`."""
    arguments = node.arguments
    other = arguments[1 - slot] if len(node.parents) == 2 else next(x for x in arguments if not isinstance(x, Value))
    return f"{adjoint} · {operand(names[other]) if isinstance(other, Value) else factor(other, digits)}"


def _routed(node: Value, slot: int, names: Mapping[Value, str], adjoint: str, digits: int) -> str:
    """What one argument gets where a comparison decides: `∂e/∂c` or `0`."""
    partial = node.partials[slot]
    return adjoint if partial == 1 else "0" if partial == 0 else f"{factor(partial, digits)} · {adjoint}"


def _places(node: Value, rule: Rule) -> Iterator[tuple[int, int, int]]:
    """For each parent its slot, which argument of the rule it is, and which element of that, if it is a list."""
    template = node.template
    flat = [i for i, x in enumerate(template) if x is None]
    return ((slot, *rule.argument_at(len(template), i)) for slot, i in enumerate(flat))


def _is_route(tree: Formula) -> bool:
    """Whether a formula is 1 or 0 (0.5 at a tie), as comparisons decide."""
    found: set[float] = set()
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Choice):
            waiting += [part.then, part.otherwise]
        elif isinstance(part, Constant):
            found.add(part.value)
        else:
            return False
    return {0.0, 1.0} <= found <= {0.0, 0.5, 1.0}


def _needed(node: Value, rule: Rule, slots: Sequence[int]) -> list[Value]:
    """The values that stand in the local derivatives of these slots: the node itself, or arguments of it."""
    arguments, wanted = node.arguments, set(slots)
    found: dict[Value, None] = {}
    for slot, which, element in _places(node, rule):
        mentioned = arguments_in(rule.shown[which]) if slot in wanted else ()
        values = [
            arguments[rule.position_of(len(arguments), i, element)]
            for i, name in enumerate(rule.arguments)
            if name in mentioned
        ]
        found.update((x, None) for x in [*values, *[node] * ("v" in mentioned)] if isinstance(x, Value))
    return [*found]


def _sign(rule: Rule) -> str:
    """What an operation is written with, without its arguments: +, ·, max."""
    if rule.notation is None:
        return "+"  # sums are the operations that are written out
    return rule.notation[0].format(*[""] * len(rule.arguments)).replace("()", "").strip()
