"""The one renderer of words: numbers, expressions, reasons, the sentence of a step, the evaluation trace.

Every medium shows what this file writes. Texts that would be translated are in `TEMPLATES`.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> expression(e), reason(e, 0)
('a·b', '∂e/∂a = b = -3')
"""

from __future__ import annotations

import math
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chalkgrad.engine.formula import (
    Argument,
    Call,
    Choice,
    Constant,
    Fold,
    Formula,
    Test,
    children,
    holds,
    substitute,
)
from chalkgrad.engine.names import names_of, own_name
from chalkgrad.engine.recorder import ON_FLOATS, computer
from chalkgrad.engine.rules import ATOM, NEGATIVE, PRODUCT, RULES, SUM, Rule

if TYPE_CHECKING:
    from chalkgrad.engine.tapes import Step, Tape
    from chalkgrad.engine.value import Value

TEMPLATES = {
    "representation": "<Value {name} = {expression}{value}, {grad}>",
    "grad": "grad {grad}",
    "grad not computed": "grad not computed",
    "constant": "constant",
    "stale": "{value} (stale: call forward())",
    "seed": "seed{pad}{root}.grad = ∂{root}/∂{root} = 1",
    "step": "{position}{name} = {expression}{pad}{reason}",
    "update": "{parent}.grad += ∂{root}/∂{node} · ∂{node}/∂{parent} = {adjoint} · {partial} = {contribution}"
    "      {before} → {after}   {status}",
    "complete": "complete",
    "to come": "{number} of {of}, still to come: through {nodes}",
    "sum": "{number} of {of}, complete: ∂{root}/∂{parent} = {terms} = {after}",
    "and more": "{shown} and {more} more",
    "which argument": "{reason} ({ordinal} {parent})",
    "holds where": "{reason} where {test}",
    "rows left out": "… {count} rows more …",
}
HEADINGS = ("v", "expression", "value", "local derivatives", "adjoint")

# Numbers -------------------------------------------------------------------------------------------------------------


def number(x: float, digits: int = 4) -> str:
    """A number with 4 significant digits; up to 6 integer digits are written out.

    >>> [number(x) for x in (2.0, -0.7071067811865476, 645.5773, 123456.7, 1.5e-6, 0.0001, 24704081.6, -0.0)]
    ['2', '-0.7071', '645.6', '123457', '1.5e-6', '0.0001', '2.47e7', '0']
    """
    if x == 0 or x - x != 0:
        return "0" if x == 0 else str(float(x))
    mantissa, _, exponent = f"{x:.{digits - 1}e}".partition("e")
    power = int(exponent)
    if -5 < power < digits:
        return _trimmed(f"{x:.{digits - 1 - power}f}")
    if power > 0 and len(whole := f"{abs(x):.0f}") <= 6:
        return "-" * (x < 0) + whole
    return f"{_trimmed(mantissa)}e{power}"


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def factor(x: float) -> str:
    """A number as it stands inside a product or a sum: a negative one in parentheses."""
    text = number(x)
    return f"({text})" if text.startswith("-") else text


# Expressions ---------------------------------------------------------------------------------------------------------

Written = tuple[str, float]  # a text, and how strongly it binds
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = dict(zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True))
_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "and": "and", "or": "or"}
_NEGATIONS = {"<": "≥", "<=": ">", ">": "≤", ">=": "<"}


def expression(node: Value, names: Mapping[Value, str] | None = None, latex: bool = False) -> str:
    """How a node was computed, from its parents' names: `d·f`, `b + 1`, `tanh(n)`; empty for a leaf.

    >>> from chalkgrad.engine import Value
    >>> x = Value(2.0, "x")
    >>> expression(x**2), expression(-3 * x), expression(x / 4, latex=True)
    ('x²', '(-3)·x', '\\\\frac{x}{4}')
    """
    if node.op is None:
        return ""
    parts = _parts(node.op, _written_arguments(node, names, latex))
    if node.op.notation is None:
        scalars = zip(reversed(node.op.arguments[node.op.lists :]), reversed(node.template), strict=False)
        return _write(
            simplified(substitute(node.op.value, {x: Constant(c) for x, c in scalars if c is not None})), parts, latex
        )[0]
    return _write(Call(node.op.name, *map(Argument, node.op.arguments)), parts, latex, {node.op.name: node.op})[0]


def reason(
    node: Value,
    slot: int,
    names: Mapping[Value, str] | None = None,
    latex: bool = False,
    repeats: tuple[int, int] | None = None,
) -> str:
    """The local derivative by one parent, with its reason: `∂e/∂a = b = -3`.

    Of a parent that is several arguments it says which; `repeats` is (which, of how many), for those who know already.

    >>> from chalkgrad.engine import Value
    >>> x = Value(0.5, "x")
    >>> t, r = x.tanh(), x.relu()
    >>> reason(t, 0), reason(r, 0)
    ('∂t/∂x = 1 - t² = 0.7864', '∂r/∂x = 1 where x > 0')
    """
    rule = node.op
    assert rule is not None
    names = names_of(list(dict.fromkeys([*node.parents, node]))) if names is None or node not in names else names
    template = node.template  # not node.arguments, which goes through all of them: a sum may have thousands
    flat = slot
    while template[: flat + 1].count(None) <= slot:
        flat += 1
    length = _list_length(rule, len(template))
    listed = rule.lists * length
    which, element = (flat // length, flat % length) if flat < listed else (flat - listed + rule.lists, 0)
    own_name = names[node]
    parts: dict[str, Written] = {"v": (latex_name(own_name) if latex else own_name, _binding(own_name))}
    values: dict[str, float] = {"v": node._data}
    numbers: dict[str, Formula] = {}
    for i, name in enumerate(rule.arguments):
        position = i * length + element if i < rule.lists else i - rule.lists + listed
        constant = template[position]
        argument = node.parents[template[:position].count(None)] if constant is None else constant
        parts[name] = _written_argument(argument, names, latex)
        values[name] = argument if isinstance(argument, float) else argument._data
        if isinstance(argument, float):
            numbers[name] = Constant(argument)
    tree, tests = _chosen(substitute(rule.shown[which], numbers), values)
    formula = _write(simplified(tree), parts, latex)[0]
    result = number(node.partials[slot])
    parent = node.parents[slot]
    if latex:
        head = rf"\frac{{\partial {latex_name(names[node])}}}{{\partial {latex_name(names[parent])}}}"
    else:
        head = f"∂{operand(names[node])}/∂{operand(names[parent])}"
    text = f"{head} = {result}" if formula == result else f"{head} = {formula} = {result}"
    if tests:
        where = " and ".join(_write_test(test, parts, latex) for test in tests)
        text = TEMPLATES["holds where"].format(reason=text, test=where)
    nth, of = repeats or (node.parents[:slot].count(parent) + 1, node.parents.count(parent))
    if of > 1:
        text = TEMPLATES["which argument"].format(reason=text, ordinal=ordinal(nth), parent=names[parent])
    return text


def ordinal(n: int) -> str:
    """1st, 2nd, 3rd, 4th, …, 11th, …, 21st."""
    return f"{n}{'th' if n % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def _list_length(rule: Rule, count: int) -> int:
    """The length of an operation's list arguments, from how many arguments there are in all."""
    return (count - len(rule.arguments)) // rule.lists + 1 if rule.lists else 0


def _written_arguments(node: Value, names: Mapping[Value, str] | None, latex: bool) -> list[Written]:
    known = names_of(list(dict.fromkeys(node.parents))) if names is None else names
    return [_written_argument(x, known, latex) for x in node.arguments]


def _written_argument(x: Value | float, names: Mapping[Value, str], latex: bool) -> Written:
    if isinstance(x, float):
        return number(x), NEGATIVE if x < 0 else ATOM
    return latex_name(names[x]) if latex else names[x], _binding(names[x])


def _binding(name: str) -> float:
    """A label like x1*w1 or 2x is an expression of its own, to be put into parentheses inside products and derivatives."""
    return SUM if name[:1].isdigit() or any(c in " +-*/·^()=,²³⁻" for c in name) else ATOM


def operand(name: str) -> str:
    """A name as it stands in ∂L/∂name and name.grad."""
    return name if _binding(name) == ATOM else f"({name})"


def formula(tree: Formula, names: Mapping[str, str] | None = None, latex: bool = False) -> str:
    """A formula in the letters of the table, or in others that `names` gives for them.

    >>> formula(RULES["tanh"].shown[0]), formula(RULES["pow"].shown[1])
    ('1 - v²', '0 if x = 0 else log(x)·v')
    """
    return _write(tree, {x: ((names or {}).get(x, x), ATOM) for x in ("v", "x", "y", "z")}, latex)[0]


Parts = dict[str, Any]  # an argument's Written, or for a list argument a list of them


def _parts(rule: Rule, arguments: Sequence[Written]) -> Parts:
    length = _list_length(rule, len(arguments))
    parts: Parts = {x: list(arguments[i * length : (i + 1) * length]) for i, x in enumerate(rule.arguments[: rule.lists])}
    return {**parts, **dict(zip(rule.arguments[rule.lists :], arguments[rule.lists * length :], strict=True))}


def _write(tree: Formula, parts: Parts, latex: bool = False, rules: Mapping[str, Rule] = RULES) -> Written:
    if isinstance(tree, Constant):
        text = "π" if tree.value == math.pi else number(tree.value)
        return (r"\pi" if latex and text == "π" else text), NEGATIVE if text.startswith("-") else ATOM
    if isinstance(tree, Argument):
        part = parts[tree.name]
        return part if isinstance(part, tuple) else (", ".join(text for text, _ in part), ATOM)
    if isinstance(tree, Fold):
        return _write_fold(tree, parts, latex)
    if isinstance(tree, Choice):
        then, otherwise = (_write(side, parts, latex)[0] for side in (tree.then, tree.otherwise))
        return f"{then} if {_write_test(tree.test, parts, latex)} else {otherwise}", 0
    assert isinstance(tree, Call)
    rule = rules.get(tree.name) or RULES[tree.name]
    if rule.notation is None:
        return _write(rule.value, parts, latex)
    plain, in_latex, binds, needs = rule.notation
    arguments = [_write(argument, parts, latex) for argument in tree.arguments]
    template = in_latex if latex else plain
    if (template.count("{}") == 1 and len(arguments) != 1) or len(needs) != len(arguments):
        shown = arguments[: len(arguments) - len(rule.defaults)] if _are_defaults(tree, rule, parts) else arguments
        return template.format(", ".join(text for text, _ in shown)), binds
    if latex and "frac" in template:
        needs = (0, 0)
    texts = [text if strength >= need else f"({text})" for (text, strength), need in zip(arguments, needs, strict=True)]
    if tree.name == "pow" and not latex and texts[1].strip("()").lstrip("-").isdigit():
        return texts[0] + texts[1].strip("()").translate(_SUPERSCRIPTS), binds
    if tree.name == "pow" and latex:
        texts[1] = arguments[1][0]
    return template.format(*texts), binds


def _are_defaults(tree: Call, rule: Rule, parts: Parts) -> bool:
    """Whether the optional arguments have their default values, which are not written."""
    count = len(rule.defaults)
    given = [_write(argument, parts)[0] for argument in tree.arguments[len(tree.arguments) - count :]]
    return bool(count) and given == [number(default) for default in rule.defaults]


def _write_fold(tree: Fold, parts: Parts, latex: bool) -> Written:
    lists = {name: part for name, part in parts.items() if isinstance(part, list)}
    each = [{**parts, **dict(zip(lists, items, strict=True))} for items in zip(*lists.values(), strict=True)]
    shown = each if len(each) <= 6 else [each[0], each[1], each[-1]]
    terms = [_write(tree.body, part, latex) for part in shown]
    texts = [text if binds >= PRODUCT or i == 0 else f"({text})" for i, (text, binds) in enumerate(terms)]
    if len(each) > 6:
        texts.insert(2, r"\dots" if latex else "…")
    if tree.kind == "max":
        return f"max({', '.join(texts)})", ATOM
    return " + ".join(texts), SUM if len(texts) > 1 else terms[0][1]


def _write_test(test: Test, parts: Parts, latex: bool = False) -> str:
    left, right = (
        _write_test(side, parts, latex) if isinstance(side, Test) else _write(side, parts, latex)[0] for side in test.sides
    )
    return f"{left} {_SIGNS.get(test.sign, test.sign)} {right}"


def _chosen(tree: Formula, values: Mapping[str, float]) -> tuple[Formula, list[Test]]:
    """The branch that a choice takes for these values, and the comparisons that decided, to be written beside it."""
    decided: list[Test] = []
    failed: list[Test] = []
    while isinstance(tree, Choice):
        test, holding = tree.test, holds(tree.test, values, ON_FLOATS)
        tree = tree.then if holding else tree.otherwise
        if _says_something(test):
            if holding:
                decided, failed = [test], []
            else:
                failed.append(test)
    negated = [Test(_NEGATIONS[t.sign], *t.sides) for t in failed if t.sign in _NEGATIONS]
    if {t.sign for t in negated} == {"≤", "≥"} and len({t.sides for t in negated}) == 1:
        negated = [Test("==", *negated[0].sides)]
    return tree, decided + negated


def _says_something(test: Test) -> bool:
    """A test between constants alone (an exponent of 2, which is not 0) explains nothing."""
    return any(isinstance(part, Argument) for side in test.sides for part in _all_parts(side))


def _all_parts(tree: Formula) -> list[Formula]:
    return [tree, *(part for child in children(tree) for part in _all_parts(child))]


_ARITHMETIC = {"add", "sub", "mul", "div", "pow", "neg"}


def simplified(tree: Formula) -> Formula:
    """The tree with what numbers alone decide done, and without factors and exponents of 1: 3·b^(3 - 1) becomes 3·b²."""
    if isinstance(tree, Choice):
        then, otherwise = simplified(tree.then), simplified(tree.otherwise)
        if _says_something(tree.test):
            return Choice(tree.test, then, otherwise)
        return then if holds(tree.test, {}, ON_FLOATS) else otherwise  # a test between numbers is decided already
    if not isinstance(tree, Call):
        return tree
    arguments = [simplified(argument) for argument in tree.arguments]
    if tree.name in _ARITHMETIC and all(isinstance(x, Constant) and x.value != math.pi for x in arguments):
        return Constant(computer(RULES[tree.name], propagate=True)(*[x.value for x in arguments if isinstance(x, Constant)])[0])
    if len(arguments) == 2:
        one, (x, y) = Constant(1.0), arguments
        if (tree.name in ("mul", "pow", "div") and y == one) or (tree.name in ("add", "sub") and y == Constant(0.0)):
            return x
        if tree.name == "mul" and x == one:
            return y
        if tree.name == "mul" and x == Constant(-1.0):
            return Call("neg", y)
        if tree.name == "pow" and y == Constant(0.0):
            return one
    return Call(tree.name, *arguments)


def latex_name(name: str) -> str:
    """A name in LaTeX: `x1` as x_{1}, `θ2` as \\theta_{2}, longer names upright.

    >>> latex_name("x1"), latex_name("θ2"), latex_name("net_h1")
    ('x_{1}', '\\\\theta_{2}', '\\\\mathrm{net\\\\_h1}')
    """
    letter, index = name[:1], name[1:]
    if letter.isalpha() and (not index or index.isdigit()):
        return _latex_letter(letter) + (f"_{{{index}}}" if index else "")
    special = {"\\": r"\backslash ", "^": r"\hat{}", "~": r"\tilde{}", **{c: "\\" + c for c in "_&%$#{}"}}
    return r"\mathrm{" + "".join(special.get(c) or _latex_letter(c) for c in name) + "}"


def _latex_letter(letter: str) -> str:
    return letter if letter.isascii() or (word := _spelled(letter)).startswith("\\") else "\\" + word


# Values in messages --------------------------------------------------------------------------------------------------


def representation(node: Value) -> str:
    """What a student needs next: `<Value L = d·f = -8, grad not computed>`."""
    tape = node.tape()
    names = tape.names
    written = expression(node, names)
    value = number(node._data)
    return TEMPLATES["representation"].format(
        name=names[node],
        expression=f"{written} = " if written else "",
        value=TEMPLATES["stale"].format(value=value) if node in tape.stale else value,
        grad=grad_text(node),
    )


def grad_text(node: Value) -> str:
    """`grad 6`, `grad not computed`, or `constant`."""
    if node.constant:
        return TEMPLATES["constant"]
    if not node.has_grad:
        return TEMPLATES["grad not computed"]
    return TEMPLATES["grad"].format(grad=number(node.grad))


def described(node: Value) -> tuple[str, str]:
    """A value's name, or its number if it has none, and its expression: for error messages."""
    return own_name(node) or number(node._data), expression(node)


def operation_name(rule: Rule) -> str:
    """What a message calls an operation: `log`, or the sign `/`."""
    return _SYMBOLS.get(rule.name, rule.name)


_SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "neg": "-", "pos": "+", "relu": "ReLU"}


def micrograd_symbol(node: Value) -> str:
    """The operation in micrograd's spelling: '+', '*', '**2', 'ReLU'; '' for a leaf."""
    if node.op is None:
        return ""
    if node.op.name == "pow" and isinstance(node.arguments[1], float):
        return f"**{number(node.arguments[1])}"
    return _SYMBOLS.get(node.op.name, node.op.name)


def call_at(rule: Rule, numbers: Sequence[float], arguments: Sequence[Any]) -> str:
    """The operation with the values it was asked to compute on: `log(b) with b = -3`, or `log(-3)` for nameless values."""
    written: list[Written] = []
    given: dict[str, str] = {}
    for x, value in zip(arguments, numbers, strict=True):
        name = "" if isinstance(x, (int, float)) or not hasattr(x, "parents") else own_name(x)
        if name:
            given[name] = number(value)
            written.append((name, _binding(name)))
        else:
            written.append((number(value), NEGATIVE if value < 0 else ATOM))
    call = _write(Call(rule.name, *map(Argument, rule.arguments)), _parts(rule, written), rules={rule.name: rule})[0]
    return call + (" with " + ", ".join(f"{name} = {value}" for name, value in list(given.items())[:6]) if given else "")


# Steps ---------------------------------------------------------------------------------------------------------------


def sentence(step: Step) -> str:
    """What a lecturer would say at this step of the reverse sweep, in two lines; the seed takes one."""
    sweep = step.sweep
    names, root, count = sweep.names, operand(sweep.names[sweep.root]), len(sweep.edges)
    margin = max(6, len(f"{count}/{count}") + 2)
    if step.node is None:
        return TEMPLATES["seed"].format(pad=" " * max(2, margin - 4), root=root)
    node, parent = names[step.node], names[step.parent]
    written = sweep.expressions[step.node]
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


def _status(step: Step, names: Mapping[Value, str], root: str) -> str:
    if step.of == 1:
        return TEMPLATES["complete"]
    if step.number < step.of:
        through = [names[node] for node in dict.fromkeys(step.through)]
        nodes = ", ".join(through[:4])
        if len(through) > 4:
            nodes = TEMPLATES["and more"].format(shown=nodes, more=len(through) - 4)
        return TEMPLATES["to come"].format(number=step.number, of=step.of, nodes=nodes)
    return TEMPLATES["sum"].format(
        number=step.number,
        of=step.of,
        root=root,
        parent=operand(names[step.parent]),
        terms=terms(step.contributions),
        after=number(step.after),
    )


def terms(contributions: Sequence[float]) -> str:
    """The contributions to an adjoint as a sum: `3 + 2`, `1 + (-2) + … + 5`."""
    if len(contributions) > 8:
        first, second, *_, last = contributions
        return f"{number(first)} + {factor(second)} + … + {factor(last)}"
    return " + ".join(number(c) if i == 0 else factor(c) for i, c in enumerate(contributions))


# The evaluation trace ------------------------------------------------------------------------------------------------


def trace_rows(tape: Tape, limit: int | None = None) -> list[tuple[str, ...]]:
    """The rows of the evaluation trace: name, expression, value, local derivatives with reasons, adjoint.

    With a limit, only the first and last rows, and one between them that says how many are missing.
    """
    count = len(tape)
    rows: list[tuple[str, ...]] = []
    first = count if limit is None or count <= limit else (limit + 1) // 2
    picked = [*range(first), *range(count - (limit - first), count)] if limit is not None and first < count else [*range(count)]
    stale = set(tape.stale)
    contributions = tape.contributions([tape[i] for i in picked])
    for i in picked:
        node = tape[i]
        value = number(node._data)
        if node in stale:
            value = TEMPLATES["stale"].format(value=value)
        reasons = ", ".join(
            reason(node, slot, tape.names) for slot in range(min(len(node.parents), 6)) if not node.parents[slot].constant
        ) + ", …" * (len(node.parents) > 6)
        rows.append((tape.names[node], expression(node, tape.names), value, reasons, adjoint_text(node, contributions[node])))
        if len(rows) == first < count:
            rows.append(("…", TEMPLATES["rows left out"].format(count=count - len(picked)), "", "", ""))
    return rows


def adjoint_text(node: Value, contributions: Sequence[float]) -> str:
    """The adjoint cell: blank before a sweep, `-2`, or with its parts `3 + 2 = 5`."""
    if node.constant:
        return TEMPLATES["constant"]
    if not node.has_grad:
        return ""
    if len(contributions) > 1 and sum(contributions) == node.grad:
        return f"{terms(contributions)} = {number(node.grad)}"
    return number(node.grad)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A text table with aligned columns.

    >>> print(table(("v", "value"), [("a", "2"), ("long", "-3")]))
     v    │ value
    ──────┼───────
     a    │ 2
     long │ -3
    """
    widths = [max(columns(row[i]) for row in (headings, *rows)) for i in range(len(headings))]

    def line(row: Sequence[str]) -> str:
        return " │ ".join(cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()

    rule = "─┼─".join("─" * width for width in widths)
    return "\n".join(" " + text if text != rule else f"─{rule}─" for text in (line(headings), rule, *map(line, rows)))


def columns(text: str) -> int:
    """The number of terminal columns a text takes."""
    return sum(
        0
        if unicodedata.combining(c) or unicodedata.category(c) in ("Cf", "Mn")
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


_ASCII = str.maketrans(
    {
        "∂": "d",
        "·": "*",
        "→": "->",
        "√": "sqrt",
        "−": "-",
        "≤": "<=",
        "≥": ">=",
        "…": "...",
        "│": "|",
        "─": "-",
        "┼": "+",
        "×": "x",
    }
    | {"–": "-", "—": "-", "’": "'", "Σ": "sum"}
)


def ascii_form(text: str) -> str:
    """The text in ASCII, for terminals that have no ∂ and →; Greek letters by their names, other letters as escapes.

    >>> ascii_form("∂e/∂a = θ·b² → 6")
    'de/da = theta*b^2 -> 6'
    """
    raised = ""
    plain = []
    for c in text + " ":
        digit = _LOWERED.get(c)
        if digit is None:
            plain.append(f"^{raised}{c}" if raised else c)
            raised = ""
        else:
            raised += digit
    text = "".join(plain)[:-1]
    return "".join(c if c.isascii() else _spelled(c) for c in text.translate(_ASCII))


def printable(text: str) -> str:
    """The text, or its ASCII form where standard output cannot encode it: what print() is given must never crash."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return ascii_form(text)
    return text


def _spelled(character: str) -> str:
    """A Greek letter's English name; of other letters the part that is ASCII, or an escape."""
    name = unicodedata.name(character, "")
    if name.startswith("GREEK") and "LETTER" in name:
        word = name.rsplit(" ", 1)[1].lower().replace("lamda", "lambda")
        return word.capitalize() if "CAPITAL" in name else word
    return unicodedata.normalize("NFKD", character).encode("ascii", "backslashreplace").decode()
