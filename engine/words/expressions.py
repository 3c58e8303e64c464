"""The one renderer of words: numbers, expressions, and the reason for each local derivative.

Every medium shows what this file writes, and what sentences.py and trace.py make of it. Texts that would be translated are
in `TEMPLATES`.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> expression(e), reason(e, 0)
('a·b', '∂e/∂a = b = -3')
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalkgrad.engine.basics.terminal import spelled
from chalkgrad.engine.formulas.simplify import numbers, ones, signs, simplify
from chalkgrad.engine.formulas.trees import (
    Argument,
    Call,
    Choice,
    Constant,
    Fold,
    Formula,
    Test,
    arguments_in,
    holds,
    substitute,
)
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.rules import ATOM, NEGATIVE, PRODUCT, RULES, SUM, Rule
from chalkgrad.engine.sweep import order, stale_nodes
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import names_of, own_name
from chalkgrad.engine.words.placeholders import alike, either, placeholders_of, truth

TEMPLATES = section("values")

# Numbers -------------------------------------------------------------------------------------------------------------


def number(x: float, digits: int = 4, latex: bool = False) -> str:
    """A number with 4 significant digits; up to 6 integer digits are written out. With 17 digits it is the exact one.

    >>> [number(x) for x in (2.0, -0.7071067811865476, 645.5773, 123456.7, 1.5e-6, 0.0001, 24704081.6, -0.0)]
    ['2', '-0.7071', '645.6', '123457', '1.5e-6', '0.0001', '2.47e7', '0']
    >>> number(0.1 + 0.2, 17), number(1.5e-6, latex=True)
    ('0.30000000000000004', '1.5 \\\\cdot 10^{-6}')
    """
    if x.__class__ is not float and placeholders_of(x):  # a number that lives, of which its place is written
        return _place(x, "n", digits)
    if latex:
        mantissa, e, exponent = number(x, digits).partition("e")
        if e:
            return (
                mantissa.removesuffix("1") + f"10^{{{exponent}}}"
                if abs(float(mantissa)) == 1
                else rf"{mantissa} \cdot 10^{{{exponent}}}"
            )
        return {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{nan}"}.get(mantissa, mantissa)
    if x == 0 or x - x != 0:
        return "0" if x == 0 else str(float(x))
    if digits >= 17:  # the shortest that reads back as the same number, which is what 17 digits are asked for
        mantissa, e, exponent = repr(float(x)).partition("e")
        return _trimmed(mantissa) + (f"e{int(exponent)}" if e else "")
    mantissa, _, exponent = f"{x:.{digits - 1}e}".partition("e")
    power = int(exponent)
    if -5 < power < digits:
        return _trimmed(f"{x:.{digits - 1 - power}f}")
    if power > 0 and len(whole := f"{abs(x):.0f}") <= 6:
        return "-" * (x < 0) + whole
    return f"{_trimmed(mantissa)}e{power}"


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _place(x: Any, form: str, digits: int) -> str:
    place: str = x.written(form, digits)
    return place


def signed(x: float, digits: int = 4) -> str:
    """A number with its sign, as a contribution has it: `+3`, `-2`."""
    if x.__class__ is not float and placeholders_of(x):
        return _place(x, "+", digits)
    text = number(x, digits)
    return text if text.startswith(("-", "n")) else f"+{text}"


def factor(x: float, digits: int = 4, latex: bool = False) -> str:
    """A number as it stands inside a product or a sum: a negative one in parentheses."""
    if x.__class__ is not float and placeholders_of(x):
        return _place(x, "f", digits)
    text = number(x, digits, latex)
    return f"({text})" if text.startswith("-") else text


def terms(contributions: Sequence[float], digits: int = 4, latex: bool = False) -> str:
    """The contributions to an adjoint as a sum: `3 + 2`, `1 + (-2) + … + 5`."""
    written = [factor(c, digits, latex) if i else number(c, digits, latex) for i, c in enumerate(contributions)]
    if len(written) > 8:
        written = [*written[:2], r"\dots" if latex else "…", written[-1]]
    return " + ".join(written)


# Expressions ---------------------------------------------------------------------------------------------------------

Written = tuple[str, float]  # a text, and how strongly it binds
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "and": "and", "or": "or"}
_SIGNS_IN_LATEX = {
    "<=": r"\leq",
    ">=": r"\geq",
    "≤": r"\leq",
    "≥": r"\geq",
    "==": "=",
    "and": r"\mbox{ and }",
    "or": r"\mbox{ or }",
}
_NEGATIONS = {"<": "≥", "<=": ">", ">": "≤", ">=": "<"}


def expression(node: Value, names: Mapping[Value, str] | None = None, latex: bool = False, digits: int = 4) -> str:
    """How a node was computed, from its parents' names: `d·f`, `b + 1`, `tanh(n)`; empty for a leaf.

    >>> from chalkgrad.engine import Value
    >>> x = Value(2.0, "x")
    >>> expression(x**2), expression(-3 * x), expression(x / 4, latex=True)
    ('x²', '(-3)·x', '\\\\frac{x}{4}')
    """
    if node.op is None:
        return ""
    parts = _parts(node.op, _written_arguments(node, names, latex, digits))
    if node.op.notation is None:
        tree = simplified(substitute(node.op.value, _numbers_among(node.op, node.template)))
        return _write(tree, parts, latex, digits=digits)[0]
    return _write(_applied(node.op, node.template), parts, latex, {node.op.name: node.op}, digits)[0]


def reason(
    node: Value,
    slot: int,
    names: Mapping[Value, str] | None = None,
    latex: bool = False,
    repeats: tuple[int, int] | None = None,
    digits: int = 4,
    notation: str = "∂",
) -> str:
    """The local derivative by one parent, with its reason: `∂e/∂a = b = -3`.

    Of a parent that is several arguments it says which; `repeats` is (which, of how many), for those who know already.
    With notation "d" it is `de/da = b = -3`.

    >>> from chalkgrad.engine import Value
    >>> x = Value(0.5, "x")
    >>> t, r = x.tanh(), x.relu()
    >>> reason(t, 0), reason(r, 0)
    ('∂t/∂x = 1 - t² = 0.7864', '∂r/∂x = 1 where x > 0')
    """
    rule = node.op
    assert rule is not None
    names = names_of(order([node])) if names is None or node not in names else names
    template = node.template  # not node.arguments, which goes through all of them: a sum may have thousands
    flat = slot
    while template[: flat + 1].count(None) <= slot:
        flat += 1
    length = rule.length(len(template))
    listed = rule.lists * length
    which, element = rule.argument_at(len(template), flat)
    name_of_v = names[node]
    parts: dict[str, Written] = {"v": (latex_name(name_of_v) if latex else name_of_v, _binding(name_of_v))}
    values: dict[str, float] = {"v": node._data}
    numbers: dict[str, Formula] = {}
    for i, name in enumerate(rule.arguments):
        position = i * length + element if i < rule.lists else i - rule.lists + listed
        constant = template[position]
        argument = node.parents[template[:position].count(None)] if constant is None else constant
        parts[name] = _written_argument(argument, names, latex, digits)
        values[name] = argument if isinstance(argument, float) else argument._data
        if isinstance(argument, float):
            numbers[name] = Constant(argument)
    partial, parent = node.partials[slot], node.parents[slot]
    head = quotient(names[node], names[parent], latex, notation)

    def branch(tree: Formula, tests: Sequence[Test]) -> str:
        tree = simplified(tree)
        formula = _write(tree, parts, latex, digits=digits)[0]
        result = formula if isinstance(tree, Constant) and tree.value != math.pi else number(partial, digits, latex)
        same = alike(formula, result, partial)
        text = either(same, lambda: f"{head} = {result}", lambda: f"{head} = {formula} = {result}")
        if tests:
            joint = _SIGNS_IN_LATEX["and"] if latex else " and "
            where = joint.join(_write_test(test, parts, latex, digits) for test in tests)
            text = filled("holds where", latex, reason=text, test=where)
        return text

    text = _chosen(substitute(rule.shown[which], numbers), values, branch)
    nth, of = repeats or (node.parents[:slot].count(parent) + 1, node.parents.count(parent))
    if of > 1:
        which_one = rf"\mbox{{{ordinal(nth)}}}" if latex else ordinal(nth)
        name = latex_name(names[parent]) if latex else names[parent]
        text = filled("which argument", latex, reason=text, ordinal=which_one, parent=name)
    return text


def quotient(of: str, by: str, latex: bool = False, notation: str = "∂") -> str:
    """A derivative in symbols.

    >>> quotient("e", "a"), quotient("e", "x1*w1", notation="d"), quotient("e", "a", latex=True)
    ('∂e/∂a', 'de/d(x1*w1)', '\\\\frac{\\\\partial e}{\\\\partial a}')
    """
    if latex:
        sign = r"\mathrm{d}" if notation == "d" else r"\partial"
        return rf"\frac{{{sign} {latex_name(of)}}}{{{sign} {latex_name(by)}}}"
    sign = "d" if notation == "d" else "∂"
    return f"{sign}{operand(of)}/{sign}{operand(by)}"


def higher_quotient(of: str, by: Sequence[str], latex: bool = False) -> str:
    """A derivative of any order in symbols; `by` has what was differentiated by last first, as ∂/∂y ∂f/∂x is written.

    >>> higher_quotient("f", ["x"]), higher_quotient("f", ["x", "x"]), higher_quotient("f", ["y", "x", "x"])
    ('∂f/∂x', '∂²f/∂x²', '∂³f/∂y∂x²')
    """
    if len(by) == 1:
        return quotient(of, by[0], latex)
    groups: list[tuple[str, int]] = []
    for name in by:
        before = groups.pop() if groups and groups[-1][0] == name else (name, 0)
        groups.append((name, before[1] + 1))
    sign = r"\partial " if latex else "∂"

    def raised(text: str, power: int) -> str:
        if power == 1:
            return text
        return f"{text}^{{{power}}}" if latex else text + str(power).translate(_SUPERSCRIPTS)

    above = raised(sign.strip(), len(by)) + (" " + latex_name(of) if latex else operand(of))
    below = "".join(raised(sign + (latex_name(name) if latex else operand(name)), power) for name, power in groups)
    return rf"\frac{{{above}}}{{{below}}}" if latex else f"{above}/{below}"


def filled(template: str, latex: bool = False, **values: str) -> str:
    """A template with its values; in LaTeX's mathematics its words stand in boxes of text."""
    if not latex:
        return TEMPLATES[template].format(**values)
    from string import Formatter  # which imports re, and only LaTeX needs it

    parts = Formatter().parse(TEMPLATES[template])
    return "".join((rf"\mbox{{{text}}}" if text else "") + values.get(field or "", "") for text, field, _, _ in parts)


def ordinal(n: int) -> str:
    """1st, 2nd, 3rd, 4th, …, 11th, …, 21st."""
    return f"{n}{'th' if n % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def _applied(rule: Rule, template: Sequence[float | None]) -> Formula:
    """The operation, applied to its arguments."""
    numbers = _numbers_among(rule, template)
    return Call(rule.name, *[numbers.get(x, Argument(x)) for x in rule.arguments])


def _numbers_among(rule: Rule, template: Sequence[float | None]) -> dict[str, Formula]:
    """The numbers among the arguments, by the arguments' names; lists are left alone."""
    scalars = zip(reversed(rule.arguments[rule.lists :]), reversed(template), strict=False)
    return {x: Constant(c) for x, c in scalars if c is not None}


def _written_arguments(node: Value, names: Mapping[Value, str] | None, latex: bool, digits: int) -> list[Written]:
    known = names_of(order([node])) if names is None else names
    return [_written_argument(x, known, latex, digits) for x in node.arguments]


def _written_argument(x: Value | float, names: Mapping[Value, str], latex: bool, digits: int) -> Written:
    if isinstance(x, float):
        return _written_number(x, latex, digits)
    return latex_name(names[x]) if latex else names[x], _binding(names[x])


def _written_number(x: float, latex: bool, digits: int) -> Written:
    text = number(x, digits, latex)
    return text, NEGATIVE if text.startswith("-") else PRODUCT if "10^" in text else ATOM


def _binding(name: str) -> float:
    """A label like x1*w1 or 2x is an expression of its own, to be put into parentheses inside products and derivatives."""
    mantissa, e, exponent = name.partition("e")
    if mantissa.replace(".", "", 1).isdigit() and (not e or exponent.removeprefix("-").isdigit()):
        return ATOM  # a number: 2, 0.5, 1.5e-6
    if name[:1] + name[-1:] == "()" and "(" not in name[1:]:
        return ATOM  # in parentheses already
    return SUM if name[:1].isdigit() or any(c in " +-*/·^()=,²³⁻" for c in name) else ATOM


def operand(name: str) -> str:
    """A name as it stands in ∂L/∂name and name.grad."""
    return name if _binding(name) == ATOM else f"({name})"


def formula(tree: Formula, names: Mapping[str, str | Written] | None = None, latex: bool = False) -> str:
    """A formula in the letters of the table, or in the names that `names` gives for them; one may come written already.

    >>> formula(RULES["tanh"].shown[0]), formula(RULES["pow"].shown[1])
    ('1 - v²', '0 if x = 0 else log(x)·v')
    """
    parts: Parts = {x: (x, ATOM) for x in ("v", "x", "y", "z")}
    for x, name in (names or {}).items():
        parts[x] = (latex_name(name) if latex else name, _binding(name)) if isinstance(name, str) else name
    return _write(tree, parts, latex)[0]


Parts = dict[str, Any]  # an argument's Written, or for a list argument a list of them


def _parts(rule: Rule, arguments: Sequence[Written]) -> Parts:
    length = rule.length(len(arguments))
    parts: Parts = {x: list(arguments[i * length : (i + 1) * length]) for i, x in enumerate(rule.arguments[: rule.lists])}
    return {**parts, **dict(zip(rule.arguments[rule.lists :], arguments[rule.lists * length :], strict=True))}


def _write(
    tree: Formula,
    parts: Parts,
    latex: bool = False,
    rules: Mapping[str, Rule] = RULES,
    digits: int = 4,
) -> Written:
    if isinstance(tree, Constant):
        if tree.value == math.pi:
            return (r"\pi" if latex else "π"), ATOM
        return _written_number(tree.value, latex, digits)
    if isinstance(tree, Argument):
        part = parts[tree.name]
        return part if isinstance(part, tuple) else (", ".join(text for text, _ in part), ATOM)
    if isinstance(tree, Fold):
        return _write_fold(tree, parts, latex, digits)
    if isinstance(tree, Choice):
        then, otherwise = (_write(side, parts, latex, digits=digits)[0] for side in (tree.then, tree.otherwise))
        either = (r"\mbox{ if }", r"\mbox{ else }") if latex else (" if ", " else ")
        return f"{then}{either[0]}{_write_test(tree.test, parts, latex, digits)}{either[1]}{otherwise}", 0
    assert isinstance(tree, Call)
    rule = rules.get(tree.name) or RULES[tree.name]
    if rule.notation is None:
        return _write(rule.value, parts, latex, digits=digits)
    plain, in_latex, binds, needs = rule.notation
    arguments = [_write(argument, parts, latex, digits=digits) for argument in tree.arguments]
    template = in_latex if latex else plain
    if (template.count("{}") == 1 and len(arguments) != 1) or len(needs) != len(arguments):
        shown = arguments[: len(arguments) - len(rule.defaults)] if _are_defaults(tree, rule) else arguments
        return template.format(", ".join(text for text, _ in shown)), binds
    if latex and ("frac" in template or "sqrt" in template):  # whose bar does what parentheses do
        needs = (0,) * len(needs)
    texts = [text if strength >= need else f"({text})" for (text, strength), need in zip(arguments, needs, strict=True)]
    if tree.name == "pow" and not latex and isinstance(tree.arguments[1], Constant):
        whole = texts[1].strip("()")
        if whole.lstrip("-").isdigit():
            return texts[0] + whole.translate(_SUPERSCRIPTS), binds
    if tree.name == "pow" and latex:
        texts[1] = arguments[1][0]
    return template.format(*texts), binds


def _are_defaults(tree: Call, rule: Rule) -> bool:
    """Whether the optional arguments have their default values, which are not written."""
    count = len(rule.defaults)
    return bool(count) and tree.arguments[-count:] == tuple(map(Constant, rule.defaults))


def _write_fold(tree: Fold, parts: Parts, latex: bool, digits: int) -> Written:
    lists = {name: part for name, part in parts.items() if isinstance(part, list)}
    each = [{**parts, **dict(zip(lists, items, strict=True))} for items in zip(*lists.values(), strict=True)]
    shown = each if len(each) <= 6 else [each[0], each[1], each[-1]]
    terms = [_write(tree.body, part, latex, digits=digits) for part in shown]
    texts = [text if binds >= PRODUCT or i == 0 else f"({text})" for i, (text, binds) in enumerate(terms)]
    if len(each) > 6:
        texts.insert(2, r"\dots" if latex else "…")
    if tree.kind == "max":
        return (r"\max" if latex else "max") + f"({', '.join(texts)})", ATOM
    return " + ".join(texts), SUM if len(texts) > 1 else terms[0][1]


def _write_test(test: Test, parts: Parts, latex: bool = False, digits: int = 4) -> str:
    left, right = (
        _write_test(side, parts, latex, digits) if isinstance(side, Test) else _write(side, parts, latex, digits=digits)[0]
        for side in test.sides
    )
    return f"{left} {(_SIGNS_IN_LATEX if latex else _SIGNS).get(test.sign, test.sign)} {right}"


def _chosen(
    tree: Formula,
    values: Mapping[str, float],
    branch: Callable[[Formula, Sequence[Test]], str],
    decided: Sequence[Test] = (),
    failed: Sequence[Test] = (),
) -> str:
    """The text of the branch that a choice takes for these values, given it and the comparisons that decided."""
    if isinstance(tree, Choice):
        test, then, otherwise = tree.test, tree.then, tree.otherwise
        if not says_something(test):
            return _chosen(then if holds(test, {}, ON_FLOATS) else otherwise, values, branch, decided, failed)
        return either(
            truth(test, values),
            lambda: _chosen(then, values, branch, [test]),
            lambda: _chosen(otherwise, values, branch, decided, [*failed, test]),
        )
    negated = [Test(_NEGATIONS[t.sign], *t.sides) for t in failed if t.sign in _NEGATIONS]
    if {t.sign for t in negated} == {"≤", "≥"} and len({t.sides for t in negated}) == 1:
        negated = [Test("==", *negated[0].sides)]
    return branch(tree, [*decided, *negated])


def says_something(test: Test) -> bool:
    """A test between constants alone (an exponent of 2, which is not 0) explains nothing."""
    return bool(arguments_in(test))


_RULES = [numbers({name: ON_FLOATS[name] for name in ("add", "sub", "mul", "div", "pow", "neg")}, {math.pi}), ones, signs]


def simplified(tree: Formula) -> Formula:
    """The tree as it is written: what numbers alone decide is done, and there are no factors of 1; 3·b^(3 - 1) is 3·b²."""
    return simplify(tree, _RULES, ON_FLOATS)


def latex_name(name: str) -> str:
    """A name in LaTeX: `x1` as x_{1}, `θ2` as \\theta_{2}, longer names upright.

    >>> latex_name("x1"), latex_name("θ2"), latex_name("net_h1")
    ('x_{1}', '\\\\theta_{2}', '\\\\mathrm{net\\\\_h1}')
    """
    letter, index = name[:1], name[1:].translate(_SUBSCRIPTS)
    if letter.isalpha() and (not index or (index.isascii() and index.isdigit())):
        return _latex_letter(letter) + (f"_{{{index}}}" if index else "")
    return r"\mathrm{" + "".join(_LATEX_SPECIAL.get(c) or _latex_letter(c, " ") for c in name) + "}"


_LATEX_SPECIAL = {" ": r"\ ", "\\": r"\backslash ", "^": r"\hat{}", "~": r"\tilde{}", **{c: "\\" + c for c in "_&%$#{}"}}
_LATEX_SPECIAL["∂"] = r"\partial "
_LATEX_SPECIAL |= {c: f"{{}}_{{{i}}}" for i, c in enumerate("₀₁₂₃₄₅₆₇₈₉")} | {
    c: f"{{}}^{{{i}}}" for i, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")
}
_LIKE_LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True))  # Greek letters for which LaTeX has no command


def _latex_letter(letter: str, after: str = "") -> str:
    """A Greek letter as a command, with what is to stand between it and the next letter; any other as it is."""
    if letter in _LIKE_LATIN:
        return rf"\mathrm{{{_LIKE_LATIN[letter]}}}"
    described = unicodedata.name(letter, "").split()  # GREEK SMALL LETTER THETA; accented ones have more words
    return f"\\{spelled(letter)}{after}" if described[:1] == ["GREEK"] and len(described) == 4 else letter


# Values in messages --------------------------------------------------------------------------------------------------


def representation(node: Value) -> str:
    """What a student needs next: `<Value L = d·f = -8, grad not computed>`."""
    nodes = order([node])
    names = names_of(nodes)
    written = expression(node, names)
    value = number(node._data)
    return TEMPLATES["representation"].format(
        name=names[node],
        expression=f"{written} = " if written else "",
        value=TEMPLATES["stale"].format(value=value) if node in stale_nodes(nodes) else value,
        grad=grad_text(node),
    )


def grad_text(node: Value, digits: int = 4) -> str:
    """`grad 6`, `grad not computed`, or `constant`."""
    if node.constant:
        return TEMPLATES["constant"]
    if not node.has_grad:
        return TEMPLATES["grad not computed"]
    return TEMPLATES["grad"].format(grad=number(node.grad, digits))


def grad_not_computed() -> tuple[str, str]:
    """What stands in two cells for a gradient that is not computed: its row's name, and what takes the number's place."""
    name, _, missing = TEMPLATES["grad not computed"].partition(" ")
    return name, missing


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
    if node.op is RULES["pow"] and isinstance(node.arguments[1], float):
        return f"**{number(node.arguments[1])}"
    return operation_name(node.op)


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
    template = [x if isinstance(x, (int, float)) else None for x in arguments]
    call = _write(_applied(rule, template), _parts(rule, written), rules={rule.name: rule})[0]
    return call + (" with " + ", ".join(f"{name} = {value}" for name, value in list(given.items())[:6]) if given else "")
