"""The sentences for the facts that the core states: error messages, and the repr of a Value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalkgrad.engine.basics.foreign import Converted, MicrogradSymbol
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.recording.decisions import Comparison
from chalkgrad.engine.recording.record import OperationName, OutsideDomain, Overflow
from chalkgrad.engine.rules import Rule
from chalkgrad.engine.sweep import NotFinite, Stale
from chalkgrad.engine.value import Computed, Value
from chalkgrad.engine.words.decimals import constant
from chalkgrad.engine.words.expressions import (
    beside_borders,
    call_at,
    described,
    expression,
    factor,
    micrograd_symbol,
    number,
    operation_name,
    reason,
    representation,
)
from chalkgrad.engine.words.names import names_of, own_name


@say.register(Value)
def _(node: Value) -> str:
    return printable(representation(node))


@say.register(MicrogradSymbol)
def _(fact: MicrogradSymbol) -> str:
    return micrograd_symbol(fact.node)


@say.register(OperationName)
def _(fact: OperationName) -> str:
    return operation_name(fact.rule)


@say.register(Computed)
def _(fact: Computed) -> str:
    name, written = described(fact.node)
    return (
        f"{name} = {written} is computed, so its data cannot be assigned: "
        "assign to the leaves it comes from, then call forward() on the result"
    )


@say.register(Converted)
def _(fact: Converted) -> str:
    name = own_name(fact.node) or "v"
    return (
        f"turning {name} = {number(fact.node.data)} into a plain number would drop its gradient: write {name}.data "
        f"for the number, or chalkgrad's own function to go on recording (exp({name}), not math.exp({name}))"
    )


@say.register(Comparison)
def _(fact: Comparison) -> str:
    node, sign, other = fact
    sides = [node, other] if isinstance(other, Value) else [node]
    text = f" {sign} ".join([described(x)[x._x is not None] for x in sides])
    return text if len(sides) == 2 else f"{text} {sign} {other}"


# Operations without a finite value -----------------------------------------------------------------------------------


@say.register(OutsideDomain)
def _(fact: OutsideDomain) -> str:
    where = call_at(fact.rule, fact.numbers, fact.arguments)
    return outside_domain(where, fact.rule, fact.inner, fact.values)


@say.register(Overflow)
def _(fact: Overflow) -> str:
    where = call_at(fact.rule, fact.numbers, fact.arguments)
    if any(x - x != 0.0 for x in fact.numbers):
        return f"{where}: an argument is not a finite number, so the result is none either"
    return too_large(where)


def too_large(where: str) -> str:
    """Returns the message for a result that no float can hold; `where` is the operation with its values."""
    return f"{where}: the result is too large for a float, whose limit is 1.798e308"


def outside_domain(where: str, rule: Rule, inner: Rule, values: Sequence[float]) -> str:
    """Returns the message for an operation, or an `inner` one of its formula, that is given values outside its domain."""
    given = (
        ""
        if inner is rule
        else f" inside it, {inner.name} is given {' and '.join(beside_borders(inner, x) for x in values)}, and"
    )
    hint = f"; {inner.hint}" if inner.hint else ""
    return f"{where}:{given} {operation_name(inner)} needs {inner.requires}{hint}"


# Sweeps that stop ----------------------------------------------------------------------------------------------------


@say.register(Stale)
def _(fact: Stale) -> str:
    nodes, node, parent = fact
    names = names_of(nodes)
    return (
        f"{names[parent]} is now {constant(parent._data)}, but {names[node]} = {expression(node, names)} was "
        f"computed before it changed: call {names[nodes[-1]]}.forward() first, so that values and gradients belong together"
    )


@say.register(NotFinite)
def _(fact: NotFinite) -> str:
    nodes, root, end, adjoints = fact
    names = names_of(nodes)
    for node in reversed(nodes):
        if adjoints is not None and node not in adjoints:
            continue
        adjoint = node.grad if adjoints is None else adjoints[node]
        for slot, parent in enumerate(node.parents):
            partial = node.partials[slot]
            contribution = adjoint * partial
            if parent is end and contribution - contribution != 0.0:
                return (
                    f"the sweep from {names[root]} stops at {names[node]} = {expression(node, names)}: the contribution "
                    f"{factor(adjoint)} · {factor(partial)} to {names[parent]} is not finite, "
                    f"for {_because(node, slot, names)}; no grad was changed"
                )
    return f"the contributions to {names[end]} add up to more than a float can hold, 1.798e308; no grad was changed"


def tangent_not_finite(nodes: Sequence[Value], seeds: Iterable[Value], node: Value, tangents: Mapping[Value, float]) -> str:
    """Returns the message for a tangent of `node` that is not finite; it names the first such contribution."""
    names = names_of(nodes)
    inputs = ", ".join(names.get(x, "") or own_name(x) or "an input" for x in seeds)
    where = f"the forward sweep from {inputs} stops at {names[node]} = {expression(node, names)}"
    for slot, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True)):
        contribution = tangents.get(parent, 0.0) * partial
        if parent in tangents and contribution - contribution != 0.0:
            return (
                f"{where}: the contribution {factor(partial)} · {factor(tangents[parent])} from {names[parent]} "
                f"is not finite, for {_because(node, slot, names)}"
            )
    return f"{where}: the contributions to it add up to more than a float can hold, 1.798e308"


def _because(node: Value, slot: int, names: Mapping[Any, str]) -> str:
    """Says why a contribution is not finite: the local derivative of its edge, and where that was taken."""
    partial, parent = node.partials[slot], node.parents[slot]
    kind = "the product is too large"
    if partial - partial != 0.0:
        kind = f"its local derivative {'does not exist' if partial != partial else 'is infinite'} there"
    return f"{kind} ({reason(node, slot, names)}, at {names[parent]} = {number(parent._data)})"
