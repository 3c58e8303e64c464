"""Numbers, expressions, and the reason for each local derivative, as plain text: short functions over the printer.

Every medium shows what the printers write, and what sentences.py and trace.py make of it.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> expression(e), reason(e, 0)
('a·b', '∂e/∂a = b = -3')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalkgrad.engine.basics.leaves import is_cut_off
from chalkgrad.engine.basics.stale import stale_nodes
from chalkgrad.engine.basics.terminal import columns
from chalkgrad.engine.formulas.notation import ATOM, NEGATIVE
from chalkgrad.engine.formulas.trees import Argument, Constant, Formula, parts_of_tree
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.sweep import before_in, begun, order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.decimals import constant, digits_apart, ordinal, signed
from chalkgrad.engine.words.decimals import decimal as number
from chalkgrad.engine.words.names import given_names, own_name
from chalkgrad.engine.words.printer import (
    LONG,
    TEMPLATES,
    Alone,
    LaTeX,
    Plain,
    Printed,
    applied,
    binding,
    isolated,
    local_formula,
    parts_of,
)

__all__ = [
    "PLAIN",
    "TEMPLATES",
    "beside_borders",
    "call_at",
    "called",
    "described",
    "expression",
    "factor",
    "filled",
    "formula",
    "grad_not_computed",
    "grad_text",
    "higher_quotient",
    "latex_name",
    "local",
    "micrograd_symbol",
    "name_of",
    "number",
    "operand",
    "operation_name",
    "ordinal",
    "quotient",
    "read_by",
    "reads_its_own",
    "reason",
    "representation",
    "signed",
    "terms",
    "total",
    "written_out",
]
PLAIN = Plain()


def factor(x: float, digits: int = 4) -> str:
    """A number as it stands inside a product or a sum: a negative one in parentheses."""
    return PLAIN.factor(x, digits)


def terms(contributions: Sequence[float], digits: int = 4) -> str:
    """The contributions to an adjoint as a sum: `3 + 2`, `1 + (-2) + … + 5`."""
    return Plain(digits=digits).sum(contributions)


def expression(
    node: Value,
    names: Mapping[Value, str] | None = None,
    digits: int = 4,
    slot: int | None = None,
    longest: int | None = LONG,
) -> str:
    """How a node was computed, from its parents' names: `d·f`, `b + 1`, `tanh(n)`; empty for a leaf.

    Of a sum of more than `longest` terms the first two and the last are written, or those there is room for, and that of the
    parent at `slot`.

    >>> from chalkgrad.engine import Value, total
    >>> x = Value(2.0, "x")
    >>> expression(x**2), expression(-3 * x), expression(x / 4)
    ('x²', '(-3)·x', 'x/4')
    >>> y = total([Value(float(i), f"x{i}") for i in range(9)])
    >>> expression(y), expression(y, slot=5)
    ('x0 + x1 + … + x8', 'x0 + … + x5 + … + x8')
    """
    write = Plain(names, digits)
    write.longest = longest
    text = write.expression(node, slot)
    if longest == LONG and columns(text) > _ROOM and node.op is not None and node.op.length(len(node.template)) > LONG:
        write.longest = 1
        return write.expression(node, slot)
    return text


def reason(
    node: Value,
    slot: int,
    names: Mapping[Value, str] | None = None,
    repeats: tuple[int, int] | None = None,
    digits: int = 4,
) -> str:
    """The local derivative by one parent, with its reason: `∂e/∂a = b = -3`.

    Of a parent that is several arguments it says which; `repeats` is (which, of how many), for those who know already.

    >>> from chalkgrad.engine import Value
    >>> x = Value(0.5, "x")
    >>> t, r = x.tanh(), x.relu()
    >>> reason(t, 0), reason(r, 0)
    ('∂t/∂x = 1 - t² = 0.7864', '∂r/∂x = 1 where x > 0')
    """
    return Plain(names, digits).reason(node, slot, repeats)


def read_by(node: Value, slot: int) -> list[Value]:
    """The parents that the formula of a local derivative reads, whichever of its cases holds.

    >>> from chalkgrad.engine import Value
    >>> w, x = Value(2.0, "w"), Value(0.5, "x")
    >>> [name_of(value) for value in read_by(w * x, 0)], read_by(w + x, 0)
    (['x'], [])
    """
    tree, arguments = local_formula(node, slot)
    names = dict.fromkeys(part.name for part in parts_of_tree(tree) if isinstance(part, Argument))
    return [value for name in names if isinstance(value := arguments.get(name), Value)]


def reads_its_own(node: Value, slot: int) -> bool:
    """Tells whether the formula of a local derivative reads the node's own value, as that of tanh does.

    >>> from chalkgrad.engine import Value
    >>> x = Value(0.5, "x")
    >>> reads_its_own(x.tanh(), 0), reads_its_own(x * x, 0)
    (True, False)
    """
    tree, _ = local_formula(node, slot)
    return any(isinstance(part, Argument) and part.name == "v" for part in parts_of_tree(tree))


def total(of: str, by: str, notation: str | None = None) -> str:
    """The derivative of one value by another along all ways between them, the gradient, between their names.

    >>> total("L", "a"), total("L", "a", "d"), total("L", "a", "bar"), total("L", "x1*w1", "bar")
    ('∂L/∂a', 'dL/da', 'ā', 'bar(x1*w1)')
    """
    return Plain(notation=notation).total(of, by)


def local(
    node: Value,
    slot: int,
    names: Mapping[Value, str] | None = None,
    repeats: tuple[int, int] | None = None,
    notation: str | None = None,
) -> str:
    """What the local derivative of a node by the parent in a slot is called, so that nobody takes it for a total one.

    Where there is another way to the parent, what that goes through is held; an operation of one's own has its own name; of a
    parent that is several arguments it says which. `repeats` is (which, of how many), for those who know already.

    >>> from chalkgrad.engine import Value, operation
    >>> x = Value(3.0, "x")
    >>> u = x**2
    >>> z, y = u * x, operation("h2", lambda z, t: z * t)(x, u)
    >>> local(z, 1), local(z, 0), local(y, 0), local(x * x, 1)
    ('∂z/∂x|u', '∂z/∂u', '∂h2/∂x', '∂v2/∂x (2nd x)')
    """
    return Plain(names, notation=notation).local(node, slot, repeats)


def quotient(of: str, by: str, notation: str | None = None) -> str:
    """A derivative in symbols, with ∂ or d; of two values of a graph it is `total` or `local` that says what is meant.

    >>> quotient("e", "a"), quotient("e", "x1*w1", "d")
    ('∂e/∂a', 'de/d(x1*w1)')
    """
    return Plain(notation=notation).quotient(of, by)


def higher_quotient(of: str, by: Sequence[str]) -> str:
    """A derivative of any order in symbols; `by` has what was differentiated by last first, as ∂/∂y ∂f/∂x is written.

    >>> higher_quotient("f", ["x"]), higher_quotient("f", ["x", "x"]), higher_quotient("f", ["y", "x", "x"])
    ('∂f/∂x', '∂²f/∂x²', '∂³f/∂y∂x²')
    """
    return PLAIN.higher_quotient(of, by)


def operand(name: str) -> str:
    """A name as it stands in ∂L/∂name and name.grad."""
    return PLAIN.operand(name)


def formula(tree: Formula, names: Mapping[str, str | Printed] | None = None) -> str:
    """A formula in the letters of the table, or in the names that `names` gives for them; one may be printed already.

    >>> formula(RULES["tanh"].shown[0]), formula(RULES["pow"].shown[1])
    ('1 - v²', '0 if x = 0 else log(x)·v')
    """
    return PLAIN.formula(tree, names)


def filled(template: str, **values: str) -> str:
    """The template of this name with its values."""
    return PLAIN.filled(template, **values)


def called(name: str) -> str:
    """A name as it is shown: as it is typed, or set in type, θ1 as θ₁, in the manner that has that."""
    return PLAIN.called(name)


def latex_name(name: str) -> str:
    """A name in LaTeX: `x1` as x_{1}, `θ2` as \\theta_{2}, longer names upright.

    >>> latex_name("x1"), latex_name("θ2"), latex_name("net_h1")
    ('x_{1}', '\\\\theta_{2}', '\\\\mathrm{net\\\\_h1}')
    """
    return LaTeX().called(name)


# Values in messages --------------------------------------------------------------------------------------------------


def representation(node: Value) -> str:
    """What a student needs next: `<Value L = d·f = -8, grad not computed>`, or `<Value a + 1 = 3, …>` for what has no name."""
    nodes = order([node])
    names = given_names(nodes)
    before = [text for text in (isolated(names.get(node) or ""), _alone(node, names)) if text]
    value = number(node._data)
    if node in stale_nodes(nodes):
        value = TEMPLATES["stale"].format(value=value)
    elif is_cut_off(node):
        value = TEMPLATES["cut off"].format(value=value)
    return TEMPLATES["representation"].format(
        equation=" = ".join([*before, value]),
        grad=grad_text(node),
    )


def name_of(node: Value) -> str:
    """What a value is called by itself: its label, else the caller's variable, else its expression or its number."""
    return given_names([node]).get(node) or written_out(node) or number(node._data)


def written_out(node: Value) -> str:
    """A node's expression by itself, in which parents without a name are written out: `(a + 1)·b`; empty for a leaf."""
    near = level = {node: None}
    for _ in range(_DEPTHS[0] + 1):
        level = dict.fromkeys([parent for other in level for parent in other.parents if parent not in near][:_NEAR])
        near = near | level
    return _alone(node, given_names([*near]))


def _alone(node: Value, names: Mapping[Value, str]) -> str:
    """The expression that `written_out` returns, going back as far as there is room."""
    texts = (Alone(names, depth).expression(node) for depth in _DEPTHS)
    shortest = Alone(names, _DEPTHS[-1], longest=1)
    return next((text for text in texts if columns(text) <= _ROOM), "") or shortest.expression(node)


_DEPTHS = (5, 4, 3, 2, 1, 0)  # operations that are written out behind each other
_ROOM = 60  # columns
_NEAR = 100  # parents of one depth that are looked up


def grad_text(node: Value, digits: int = 4, complete: bool = False, added: float | None = None) -> str:
    """`grad 6`, and what more is to be said of it: `grad 10: 5 from before + 5`; `grad not computed`, or `constant`.

    What a sweep has `added` to what was before is the difference, up to rounding, where it is not given.

    In the middle of a cursor's sweep a grad is one so far, but for those of which it is known that they are `complete`.
    """
    if node.constant:
        return TEMPLATES["constant"]
    if node._grad is None:
        return TEMPLATES["grad not computed"]
    before, kind = before_in(node), "grad"
    if before:
        kind = "grad from before"
    elif not node._swept:
        kind = "grad by hand"
    elif abs(node._swept) in begun and not complete:
        kind = "grad under way"
    rest = node._grad - before if added is None else added
    more = _UNKNOWN if rest != rest and before - before != 0.0 else factor(rest, digits)  # inf - inf
    return TEMPLATES[kind].format(grad=number(node._grad, digits), before=number(before, digits), added=more)


_UNKNOWN = "?"  # stands for a number that cannot be told


def grad_not_computed() -> tuple[str, str]:
    """What stands in two cells for a gradient that is not computed: its row's name, and what takes the number's place."""
    name, _, missing = TEMPLATES["grad not computed"].partition(" ")
    return name, missing


def described(node: Value) -> str:
    """A value as an equation, `c = a + b`, or as much of it as there is: for error messages."""
    return " = ".join([text for text in (own_name(node), written_out(node)) if text]) or number(node._data)


def operation_name(rule: Rule) -> str:
    """What a message calls an operation: `log`, or the sign `/`."""
    return _SYMBOLS.get(rule.name, rule.name)


_SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "mod": "%", "floordiv": "//", "pow": "**", "neg": "-", "pos": "+"}
_SYMBOLS |= {"relu": "ReLU"}


def micrograd_symbol(node: Value) -> str:
    """The operation in micrograd's spelling: '+', '*', '**2', 'ReLU'; '' for a leaf."""
    if node.op is None:
        return ""
    if node.op is RULES["pow"] and isinstance(node.arguments[1], float):
        return f"**{constant(node.arguments[1])}"
    return operation_name(node.op)


def call_at(rule: Rule, numbers: Sequence[float], arguments: Sequence[Any]) -> str:
    """The operation with the values it was asked to compute on: `log(b) with b = -3`, or `log(-3)` for nameless values."""
    written: list[Printed] = []
    given: dict[str, str] = {}
    origins: dict[str, str] = {}
    for x, value in zip(arguments, numbers, strict=True):
        name = own_name(x) if isinstance(x, Value) else ""
        text = beside_borders(rule, value)
        if isinstance(x, Value) and not name:
            name, from_ = _with_origin(x)
            origins |= from_
        if name:
            given[name] = text
            written.append((name, binding(name)))
        else:
            written.append((text, NEGATIVE if value < 0 else ATOM))
    template = [x if isinstance(x, (int, float)) else None for x in arguments]
    call = PLAIN.printed(applied(rule, template), parts_of(rule, written), {rule.name: rule})[0]
    equations = [f"{name} = {value}" for name, value in list(given.items())[:6]]
    origins = {name: value for name, value in origins.items() if name not in given}
    more = f", from {', '.join(f'{name} = {value}' for name, value in origins.items())}" if origins else ""
    return call + (f" with {', '.join(equations)}{more}" if given else "")


def _with_origin(node: Value) -> tuple[str, dict[str, str]]:
    """A nameless value's expression, and the numbers of what has a name in it: `b - 4` and that b is 1.

    The text is empty for a leaf, for one with too much in it, and for one without any name.
    """
    near, seen = [node], {node}
    for inner in near:  # which grows
        found = [parent for parent in dict.fromkeys(inner.parents) if parent not in seen][:_ORIGINS]
        near += found
        seen.update(found)
        if len(near) > _NEAR:
            break
    names = given_names(near)
    waiting, named = [node], dict[str, str]()
    while waiting and len(named) + len(waiting) <= _ORIGINS:
        for parent in waiting.pop().parents:
            if parent in names:
                named[names[parent]] = number(parent._data)
            elif parent._x is not None:
                waiting.append(parent)
    text = _alone(node, names) if named and not waiting else ""
    return (text, named) if 0 < len(text) <= _ROOM // 2 and len(named) <= _ORIGINS else ("", {})


_ORIGINS = 4  # values that the message about one computed from them names


def beside_borders(rule: Rule, value: float) -> str:
    """An argument of an operation, with as many digits as tell it from the numbers where its domain ends."""
    parts = [] if rule.domain is None else parts_of_tree(rule.domain)
    borders = sorted({sign * part.value for part in parts if isinstance(part, Constant) for sign in (1, -1)})  # |x| ≤ 1 is two
    return number(value, digits_apart(value, *borders, most=17))
