"""What slips make of one value of the forward pass, and of one local derivative where an operation is taken for another.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> [(wrong.number, wrong.key, wrong.other) for wrong in wrong_values(a - b, {a: "a", b: "b"})][1:4]
[(-1.0, 'other operation', 'a + b'), (-5.0, 'other order', 'b - a'), (2.0, 'alone', 'a')]

Numbers may be placeholders (words/placeholders.py).
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import NamedTuple

from chalkgrad.engine.errors import DomainError, NonFiniteError
from chalkgrad.engine.formulas.trees import Formula, evaluate, substitute
from chalkgrad.engine.recording.computers import FAILURES, ON_FLOATS
from chalkgrad.engine.recording.record import record
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.stepping.edges import way_at
from chalkgrad.engine.stepping.other_operations import TAKEN_FOR
from chalkgrad.engine.stepping.units import terms_of
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.expressions import called, expression
from chalkgrad.engine.words.placeholders import ARITHMETIC, placeholders_of

NEAR = 6  # terms of a long sum that are tried one by one

_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


class WrongValue(NamedTuple):
    """A wrong number, the key of its sentence, and what that names beside the value: an expression, an argument."""

    number: float
    key: str
    other: str


def wrong_values(node: Value, names: Mapping[Value, str]) -> Iterator[WrongValue]:
    """Yields what slips make of a computed value: its sign, another operation or order, an argument that is left out."""
    rule, arguments = node.op, node.arguments
    yield WrongValue(-node._data, "sign", "")
    if rule is None or not arguments:  # an operation that is known by its value alone
        return
    if rule.lists:
        yield from _without_a_term(node, names)
        return
    if len(arguments) == 2:
        for key, other, in_order in _others(rule, arguments):
            number = _number(other.value, dict(zip(other.arguments, map(_data, in_order), strict=True)))
            written = _written(other, in_order, names)
            if number is not None and written:
                yield WrongValue(number, key, written)
    if len(node.parents) == 1 and way_at(node, 0).function:
        yield WrongValue(node.parents[0]._data, "no function", called(names[node.parents[0]]))
    elif len(arguments) == 2:
        for x in dict.fromkeys(argument for argument in arguments if isinstance(argument, Value)):
            yield WrongValue(x._data, "alone", called(names[x]))


def _others(rule: Rule, arguments: Sequence[Value | float]) -> Iterator[tuple[str, Rule, Sequence[Value | float]]]:
    for name in _taken_for(rule):
        yield "other operation", RULES[name], arguments
    if rule is not RULES["add"] and rule is not RULES["mul"]:
        yield "other order", rule, arguments[::-1]


def _taken_for(rule: Rule) -> Sequence[str]:
    return TAKEN_FOR.get(rule.name, ()) if RULES.get(rule.name) is rule else ()


def _without_a_term(node: Value, names: Mapping[Value, str]) -> Iterator[WrongValue]:
    """Leaves out one term of a sum of several, or of the products and the bias of an affine function."""
    terms = sorted(terms_of(node), key=len)  # the bias, which is forgotten most often, before the products
    for term in terms[:NEAR] if len(terms) > 1 else ():
        written = _name(term[0], names) if len(term) == 1 else _written(RULES["mul"], term, names)
        if written:
            yield WrongValue(node._data - reduce(operator.mul, map(_data, term)), "left out", written)


def _name(x: Value | float, names: Mapping[Value, str]) -> str:
    return "" if isinstance(x, float) else called(names[x])


def wrong_rules(node: Value, slot: int, names: Mapping[Value, str]) -> Iterator[WrongValue]:
    """Yields the local derivatives of other operations that are taken for a node's own."""
    way = way_at(node, slot)
    values = way.values
    for rule in map(RULES.__getitem__, _taken_for(way.rule)):
        number = _number(substitute(rule.partials[way.which], {"v": rule.value}), values)
        if number is not None:
            yield WrongValue(number, "other rule", _written(rule, node.arguments, names))


def _data(x: Value | float) -> float:
    return x if isinstance(x, float) else x._data


def _number(tree: Formula, values: Mapping[str, float]) -> float | None:
    """Returns what a formula gives; None if it has no value there."""
    placeholders = placeholders_of(*values.values())
    try:
        if placeholders is None:
            found: float = evaluate(tree, values, ON_FLOATS)
            return found if found - found == 0.0 else None
        try:
            found = evaluate(tree, values, _IN_ARITHMETIC)
        except (KeyError, TypeError):  # more than sums, products and quotients
            found = placeholders.formula(tree, values)
    except FAILURES:
        return None
    return found


_IN_ARITHMETIC = {name: ARITHMETIC[sign] for name, sign in _SIGNS.items()} | {"neg": lambda x: -x}


def _written(rule: Rule, arguments: Sequence[Value | float], names: Mapping[Value, str]) -> str:
    """Returns the expression of an operation on these arguments, by their names; "" if it is outside of its domain."""
    places = {x: Value(1.0) for x in arguments if isinstance(x, Value)}
    called_by = {places[x]: names[x] for x in places}
    try:
        made = record(rule, [x if isinstance(x, float) else places[x] for x in arguments])
    except (DomainError, NonFiniteError):
        return ""
    return expression(made, called_by)
