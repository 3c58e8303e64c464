"""The sentences for the facts that the core states: error messages, and the repr of a Value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from chalkgrad.engine.basics.comparisons import Untrue
from chalkgrad.engine.basics.detached import Lost, origin_of
from chalkgrad.engine.basics.foreign import Converted, MicrogradSymbol, Rebound
from chalkgrad.engine.basics.leaves import Computed, Leaf
from chalkgrad.engine.basics.missing import Missing
from chalkgrad.engine.basics.own_attributes import Misspelt
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.source_lines import line_of
from chalkgrad.engine.basics.stale import Stale
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.formulas.guards import at_guard
from chalkgrad.engine.recording.computers import FAILURES, ON_FLOATS
from chalkgrad.engine.recording.decisions import Comparison
from chalkgrad.engine.recording.record import OperationName, OutsideDomain, Overflow
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.sweep import NotFinite
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.caller import use_by_caller, values_of_caller
from chalkgrad.engine.words.decimals import constant
from chalkgrad.engine.words.expressions import (
    beside_borders,
    call_at,
    described,
    expression,
    factor,
    micrograd_symbol,
    name_of,
    number,
    operation_name,
    reason,
    representation,
    written_out,
)
from chalkgrad.engine.words.names import given_names, names_of, own_name
from chalkgrad.engine.words.placeholders import either, less

T = TypeVar("T")


def _registered(fact: type[T]) -> Callable[[Callable[[T], str]], Callable[[T], str]]:
    """Registers the sentence for a fact; where standard output cannot encode it, it is in ASCII."""

    def register(sentence: Callable[[T], str]) -> Callable[[T], str]:
        say.register(fact, lambda stated: printable(sentence(stated)))
        return sentence

    return register


@say.register(Value)
def _(node: Value) -> str:
    return printable(representation(node))


@say.register(MicrogradSymbol)
def _(fact: MicrogradSymbol) -> str:
    return micrograd_symbol(fact.node)


@say.register(OperationName)
def _(fact: OperationName) -> str:
    return operation_name(fact.rule)


@_registered(Computed)
def _(fact: Computed) -> str:
    return (
        f"{described(fact.node)} is computed, so its data cannot be assigned: "
        "assign to the leaves it comes from, then call forward() on the result"
    )


@_registered(Converted)
def _(fact: Converted) -> str:
    name = own_name(fact.node)
    known = f"{name} = {number(fact.node.data)}" if name else f"the Value {name_of(fact.node)}"
    return f"turning {known} into a plain number would drop its gradient: {_instead_of_number(name or '(…)')}"


def _instead_of_number(v: str) -> str:
    """What to write instead of what the caller's line does, which asks for a plain number."""
    used = use_by_caller()
    if used.name == "round":
        return f'write round({v}.data) for the number; f"{{{v}:.2f}}" shows it with two decimals'
    if used.name == "%":
        return f'write f"{{{v}:.2f}}", or "%.2f" % {v}.data, to show it'
    if used.name in ("[]", "int", "range"):
        as_index = {"[]": f", as in xs[int({v}.data)]", "range": f", as in range(int({v}.data))"}.get(used.name, "")
        return f"write int({v}.data) for a whole number{as_index}"
    if used.name in ("float", "complex", "float64", "float32"):
        return f"write {v}.data for the number"
    ours = RULES.get(used.name)
    if ours is not None and len(ours.arguments) - len(ours.defaults) == 1 and not ours.lists:
        if used.of:
            theirs = f"{used.of}.{used.name}({v})"
            return f"write {v}.data for the number, or chalkgrad's own {used.name}({v}), not {theirs}, to go on recording"
        if getattr(used.held, "__module__", "chalkgrad").partition(".")[0] != "chalkgrad":
            whose = f"your {used.name} is that of the module {getattr(used.held, '__module__', '')}"
            return f"write {v}.{used.name}() to go on recording, for {whose}; or {v}.data for the number"
    return f"write {v}.data for the number, or chalkgrad's own function to go on recording (exp({v}), not math.exp({v}))"


@_registered(Missing)
def _(fact: Missing) -> str:
    name = (own_name(fact.node) if fact.node is not None else "") or "v"
    return f"a Value{' v' if name == 'v' and '{v}' in fact.advice else ''} has no {fact.name}: {fact.advice.format(v=name)}"


@_registered(Misspelt)
def _(fact: Misspelt) -> str:
    name = own_name(fact.node) or "(…)"
    return f"{name}.{fact.name} is an attribute of your own, which nothing here reads: did you mean {name}.{fact.meant}?"


@_registered(Untrue)
def _(fact: Untrue) -> str:
    name = own_name(fact.node)
    return (
        f"whether {f'{name} = 0' if name else 'a Value that is 0'} counts as true is not clear: write "
        f"{name or '(…)'}.data != 0 for the number, or {name or '(…)'} is not None for whether there is one"
    )


@_registered(Rebound)
def _(fact: Rebound) -> str:
    names = {name for name, held in values_of_caller() if held is fact.leaf}
    if len(names) > 1 and not (fact.sign == "-" and fact.leaf.has_grad):
        return ""  # another variable still has the leaf, and this is not a step of descent
    name = own_name(fact.leaf)
    if not name:
        return f"a leaf was changed by {fact.sign}= and is now computed, a new Value: write .data {fact.sign}= … behind it"
    return f"{name} was a leaf and is now computed, a new Value: write {name}.data {fact.sign}= … to change its number"


@_registered(Leaf)
def _(fact: Leaf) -> str:
    name = own_name(fact.node) or number(fact.node._data)
    if fact.forgot:
        return (
            f"{name} was computed under no_grad(), so it does not know what it was computed from, and there is nothing to go "
            "back through: compute it outside of no_grad()"
        )
    return (
        f"{name} is a leaf, so there is nothing to go back through: backward() is called of the result, "
        "which has been computed from such values"
    )


@_registered(Lost)
def _(fact: Lost) -> str:
    node, found, leaves = fact
    taken = f"{origin_of(found).name}(…, create_graph=True)"
    shown = leaves if len(leaves) <= 3 else leaves[:2]
    named = given_names(shown)
    names = [named.get(leaf) or number(leaf._data) for leaf in shown]
    if len(leaves) > len(shown):
        names.append(f"{len(leaves) - len(shown)} more")
    together = " and ".join([text for text in (", ".join(names[:-1]), names[-1]) if text])
    whose = f"the gradient of {together} lacks" if len(leaves) == 1 else "their gradients lack"
    return (
        f"{described(node)} has {number(found)} as a plain number, but this comes from a derivative that depends on "
        f"{together}: {whose} what goes through it; {taken} keeps that, float(…) says that a number is meant"
    )


@say.register(Comparison)
def _(fact: Comparison) -> str:
    node, sign, other = fact
    sides = [node, other] if isinstance(other, Value) else [node]
    text = f" {sign} ".join([written_out(x) or name_of(x) for x in sides])
    return text if len(sides) == 2 else f"{text} {sign} {other}"


# Operations without a finite value -----------------------------------------------------------------------------------


@_registered(OutsideDomain)
def _(fact: OutsideDomain) -> str:
    where = call_at(fact.rule, fact.numbers, fact.arguments)
    return (
        outside_domain(where, fact.rule, fact.inner, fact.values) + _rounded_to_zero(fact) + _lines_of_arguments(fact.arguments)
    )


def _lines_of_arguments(arguments: Sequence[Any]) -> str:
    """Tells from which lines the computed arguments of an operation are, if lines() has noted them."""
    computed = [x for x in dict.fromkeys(arguments) if isinstance(x, Value) and x._x is not None and line_of(x)][:3]
    return "".join(_line_of(x, name_of(x)) for x in computed)


def _line_of(node: Value, name: str) -> str:
    """Tells from which line a value is, as the end of a message: `; b is from line 3: b = a - 5`; "" if it is not known."""
    line = line_of(node)
    return f"; {name} is from {line}" if line else ""


def _rounded_to_zero(fact: OutsideDomain) -> str:
    """What to write for the logarithm of a probability that a float has rounded to 0, "" for other arguments."""
    x = fact.arguments[0]
    if fact.inner is not RULES["log"] or fact.rule is not fact.inner or not isinstance(x, Value) or x.data != 0.0:
        return ""
    of_one = x.op is RULES["sub"] and x.arguments[0] == 1.0
    p = x.parents[-1] if of_one else x
    if p.op is RULES["sigmoid"]:
        s = own_name(p.parents[0]) or "s"
        rounded, instead = (f"1 - σ({s})", f"-softplus({s})") if of_one else (f"σ({s})", f"-softplus(-{s})")
        return f"; {rounded} was rounded to 0: write {instead} for its logarithm, as binary_cross_entropy_with_logits does"
    above = x.parents[0] if x.op is RULES["div"] else x  # the numerator of a softmax in single steps, or one that is fused
    if above.op is not RULES["exp"] or above.data != 0.0:
        return ""
    scores = above.parents[0]
    if scores.op is RULES["sub"] and getattr(scores.arguments[1], "op", None) is RULES["logsumexp"]:
        return (
            "; a probability of softmax(xs) was rounded to 0: its logarithm is x - logsumexp(xs), which cross_entropy computes "
            "from the scores before softmax"
        )
    if above is not x:
        return (
            "; exp(x) was rounded to 0, and this is exp(x)/Σ: its logarithm is x - log(Σ), for a softmax x - logsumexp(xs), "
            "which cross_entropy computes from the scores"
        )
    return "; exp(x) was rounded to 0: its logarithm is x itself"


@_registered(Overflow)
def _(fact: Overflow) -> str:
    where = call_at(fact.rule, fact.numbers, fact.arguments)
    if any(x - x != 0.0 for x in fact.numbers):
        return f"{where}: an argument is not a finite number, so the result is none either"
    return too_large(where) + _lines_of_arguments(fact.arguments)


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
    if inner is RULES["pow"]:
        return f"{where}:{given} {_outside_power(*values)}"
    hint = f"; {inner.hint}" if inner.hint else ""
    return f"{where}:{given} {operation_name(inner)} needs {inner.requires}{hint}"


def _outside_power(base: float, exponent: float) -> str:
    """What a power needs that is not defined: one of the sentences that the table has in one."""

    def if_near(root: float, this: str, that: Callable[[], str]) -> str:
        away = exponent - root
        return either(less(away * away, 1e-20), lambda: this, that)

    odd = f"; {RULES['pow'].hint}"
    hint = if_near(0.5, "; this is a square root", lambda: if_near(1 / 3, odd, lambda: if_near(1 / 5, odd, str)))
    return either(
        less(base, 0.0),
        lambda: f"** of a negative base needs a whole exponent{hint}",
        lambda: "** of a base of 0 needs an exponent ≥ 0, because a negative one divides by it",
    )


# Sweeps that stop ----------------------------------------------------------------------------------------------------


@_registered(Stale)
def _(fact: Stale) -> str:
    nodes, node, parent = fact
    names = names_of(nodes)
    return (
        f"{names[parent]} is now {constant(parent._data)}, but {names[node]} = {expression(node, names)} was "
        f"computed before it changed: call {names[nodes[-1]]}.forward() first, so that values and gradients belong together"
        f"{_line_of(node, names[node])}"
    )


@_registered(NotFinite)
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
                    f"the backward pass from {names[root]} stops at {names[node]} = {expression(node, names)}: "
                    f"the contribution {factor(adjoint)} · {factor(partial)} to {names[parent]} is not finite, "
                    f"for {_because(node, slot, names)}; no grad was changed{_line_of(node, names[node])}"
                )
    return f"the contributions to {names[end]} add up to more than a float can hold, 1.798e308; no grad was changed"


def tangent_not_finite(nodes: Sequence[Value], seeds: Iterable[Value], node: Value, tangents: Mapping[Value, float]) -> str:
    """Returns the message for a tangent of `node` that is not finite; it names the first such contribution."""
    names = names_of(nodes)
    inputs = ", ".join(names.get(x, "") or own_name(x) or "an input" for x in seeds)
    where = f"forward mode from {inputs} stops at {names[node]} = {expression(node, names)}"
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
    apart = as_written(node, [parent]) if partial - partial != 0.0 else ""
    return f"{kind} ({reason(node, slot, names)}, at {names[parent]} = {number(parent._data)}){apart}"


def differentiated_rule(rule: Any) -> Rule:
    """Returns the operation of which this is a derivative of any order; itself if it is not a derivative."""
    while hasattr(rule, "base"):  # derivatives/graphs.py makes them
        rule = rule.base
    return rule  # type: ignore[no-any-return] # as said


def as_written(node: Value, parents: Iterable[Value]) -> str:
    """Returns why a node has no derivative by a parent at a point that its formula treats apart; an empty text elsewhere."""
    rule, arguments = node.op, node.arguments
    if rule is None or rule.lists:
        return ""
    values = {"v": node._data} | {
        name: x._data if isinstance(x, Value) else x for name, x in zip(rule.arguments, arguments, strict=True)
    }
    given = {id(parent) for parent in parents}
    partials = [tree for tree, x in zip(rule.partials, arguments, strict=True) if id(x) in given]
    try:
        if not any(at_guard(tree, values, ON_FLOATS) for tree in (rule.value, *partials)):
            return ""
    except FAILURES:  # a test cannot be computed here
        return ""
    base = differentiated_rule(rule)
    if RULES.get(base.name) is base:
        why = f"{base.name} has a corner there"
        instead = "; its square has none if it is written x**2 + y**2" if base.name == "hypot" else ""
    else:
        why = "what a formula says at a single point tells nothing of its slope there"
        instead = "; write what holds near the point, too, as in choose(abs(x) < 1e-4, 1 - x*x/6, sin(x)/x)"
    return f", so it is not differentiable here as written: {why}{instead}"
