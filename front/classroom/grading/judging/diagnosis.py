"""Which slip explains an engine's numbers: the first, simple ones first, that gives all of them, the right ones included.

So a tanh that forgets the gradient from above is told by what passes with an upstream of 1 and fails with 5. The slips of
backward passes are in engines_with_a_slip.py; here are those of values, and what is said of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from struct import pack, unpack
from typing import NamedTuple

from chalkgrad.classroom.grading.judging.comparison import Result, near
from chalkgrad.classroom.grading.judging.engines_with_a_slip import (
    BETWEEN_PASSES,
    ENGINE_WIDE,
    RIGHT,
    Policy,
    Slipped,
    slips_in,
)
from chalkgrad.classroom.grading.judging.levels import Test, functions, is_binary, main_form, named, plain_arguments, usual_form
from chalkgrad.classroom.grading.program import SIGNS, Number, computed, form_of, written
from chalkgrad.engine.recording.computers import FAILURES
from chalkgrad.engine.words.decimals import decimal, digits_apart
from chalkgrad.engine.words.expressions import number
from chalkgrad.engine.words.language import section

WORDS, SLIPS, RULES = section("grading"), section("grading slips"), section("grading rules")
MOST = 12  # lines of a graph that are written out
POLICIES: tuple[Policy, ...] = ("afresh", "kept", "zeroed")


class Diagnosis(NamedTuple):
    """A slip and its sentence.

    Attributes:
        key: the name of the slip
        said: the sentence
        slip: the engine that has it; None for one that is not of a backward pass
        fact: what is wrong, where it is not the numbers of a graph
    """

    key: str
    said: str
    slip: Slipped | None = None
    fact: str = ""


def of_engine(results: Sequence[Result]) -> Diagnosis | None:
    """Returns the slip of the whole engine that gives all these gradients; None if none does."""
    return next((_said(slip) for slip in (*ENGINE_WIDE, *_cut(results)) if _explains(slip, results)), None)


def _cut(results: Sequence[Result]) -> Iterator[Slipped]:
    """Yields the slip of an engine that cuts gradients off, if any are alike in size where they are wrong."""
    wrong = [result for result in results if result.failed]
    sizes = {max(abs(result.theirs_at(name) or 0.0) for name in result.leaves) for result in wrong}
    if len(wrong) > 1 and len(sizes) == 1 and (size := sizes.pop()):
        yield Slipped("gradients cut", most=size)


def of_operation(operation: str, results: Sequence[Result]) -> Diagnosis | None:
    """Returns the slip in an operation that gives all these gradients; None if none does."""
    slip = next((slip for slip in slips_in(operation) if _explains(slip, results)), None)
    if slip is None:
        return None
    forms = {form for result in results if result.failed for op, form in result.case.parts if op == operation}
    narrower = [slip]
    if len(forms) == 1 and not slip.form and (form := forms.pop()) != "values":
        narrower.append(slip._replace(form=form, side=None))
    elif slip.local is not None and slip.side is None and operation in SIGNS:  # it may be that of one operand
        narrower += [slip._replace(side=0), slip._replace(side=1)]
    found = [one for one in narrower if _explains(one, results)]
    return _said(found[1] if len(found) == 2 else slip)


def of_zeros(operation: str, results: Sequence[Result]) -> Diagnosis | None:
    """Returns what there is to say of an operation that is wrong only where it is given a 0; None if it is not so."""
    if all(result.failed <= _has_zero(result) for result in results) and not all(map(_has_zero, results)):
        return Diagnosis("zero", SLIPS["zero"].format(operation=concerned(operation, results)))
    return None


def _has_zero(result: Result) -> bool:
    return any(x == 0 for _, x in result.program.leaves) or any(
        x == 0 for _, _, arguments in result.program.lines for x in arguments
    )


def of_graphs(operations: Iterable[str], results: Sequence[Result]) -> Diagnosis | None:
    """Returns the slip, in the engine or in one of these operations, that gives all these gradients; None if none does."""
    if found := of_engine(results):
        return found
    return next((found for operation in operations if (found := of_operation(operation, results))), None)


def of_passes(results: Sequence[Result], single: Sequence[Result]) -> tuple[Diagnosis | None, Policy | None]:
    """Returns the slip that shows in several backward passes, and what a second one begins with; None for what is not known.

    A slip of the whole engine has to agree with the results of single passes, too.
    """
    for policy in POLICIES[:2]:
        if _explains(RIGHT, results, policy):
            return None, policy
    for slip in BETWEEN_PASSES:
        for policy in POLICIES[:2]:
            if _explains(slip, results, policy):
                return _said(slip), slip.policy or policy
    found = of_engine([*results, *single])
    return found, None


def _explains(slip: Slipped, results: Sequence[Result], policy: Policy = "afresh") -> bool:
    return bool(results) and all(result.is_of(slip, policy) for result in results)


def _said(slip: Slipped) -> Diagnosis:
    key = f"{slip.key}, everywhere" if not slip.about and f"{slip.key}, everywhere" in SLIPS else slip.key
    words = (
        {
            "operation": named(slip.about, slip.form or ("values" if slip.side else usual_form(slip.about))),
            "operand": _operand(slip),
        }
        if slip.about
        else {"size": number(slip.most)}
    )
    return Diagnosis(slip.key, SLIPS[key].format(**words), slip)


def concerned(operation: str, results: Iterable[Result]) -> str:
    """Returns how an operation is written in the form in which it fails, with its exponent if it fails with one alone."""
    lines = [arguments for result in results if result.failed for _, op, arguments in result.program.lines if op == operation]
    form = main_form(operation, map(form_of, lines))
    exponents = {arguments[1] for arguments in lines if form_of(arguments) == "right"}
    if (operation, form) == ("**", "right") and len(exponents) == 1:
        return written(operation, ("a", *exponents))
    return named(operation, form)


def _operand(slip: Slipped) -> str:
    """Returns the names of the operands that are concerned, as `named` has them."""
    side = slip.side if slip.to is None else slip.to
    if side is None:
        return WORDS["both"] if is_binary(slip.about) and slip.form in ("", "values") and slip.about != "**" else "a"
    return "b" if side and slip.form not in ("left", "right") else "a"


# Values --------------------------------------------------------------------------------------------------------------


def of_values(test: Test, results: Sequence[Result]) -> Diagnosis:
    """Returns what explains the wrong values of an operation in one form."""
    first = next(result for result in results if result.failed)
    form = form_of(first.program.lines[0][2])
    operation = test.about
    words = {"operation": concerned(operation, results)}
    if first.broken:
        return _of_error(first, form, words, any(not result.broken for result in results))
    leaves = [(first.theirs[name].data, first.right[name].data) for name in first.leaves if name in first.theirs]
    if any(theirs is not None and theirs != x and abs(theirs - (x or 0.0)) < 1 for theirs, x in leaves):
        return Diagnosis("leaf", SLIPS["leaf"])
    if any(theirs != x for theirs, x in leaves):
        return Diagnosis("operand changed", SLIPS["operand changed"].format(**words))
    shown = [result for result in results if not result.broken]
    for key, other in _other_values(operation, form):
        if all(_is_value(result, other) for result in shown):
            sentence = key if key in SLIPS else "other operation"
            return Diagnosis(key, SLIPS[sentence].format(**words, other=key))
    key = _off_by(shown) or ("far off" if _is_far_off(results) else "value")
    return Diagnosis(key, SLIPS[key].format(**words))


def _is_far_off(results: Sequence[Result]) -> bool:
    """Tells whether a function is right for all smaller arguments of a sign, and wrong for larger ones.

    Beyond these it may come near enough again, with the number that it is cut off at.
    """
    if any(len(result.program.leaves) > 1 for result in results):
        return False
    tried = [(result.failed, result.program.leaves[0][1], result.theirs.get(result.program.root)) for result in results]
    sign = next(x for failed, x, _ in tried if failed)
    wrong = {abs(x): theirs for failed, x, theirs in tried if failed}
    right = {abs(x): theirs for failed, x, theirs in tried if not failed and x * sign > 0}
    smaller = [x for x in right if x < min(wrong)]
    beyond = [theirs for x, theirs in right.items() if x > min(wrong)]
    return len(smaller) > 1 and all(theirs in wrong.values() for theirs in beyond)


def _of_error(first: Result, form: str, words: Mapping[str, str], sometimes: bool) -> Diagnosis:
    key = {"left": "left refused", "right": "number refused"}.get(form, "error")
    if first.answer.missing:
        key = "missing"
    elif sometimes or not first.answer.error.startswith(("TypeError", "AttributeError", "AssertionError", "NotImplemented")):
        key = "error"
    return Diagnosis(key, SLIPS[key].format(**words))


def _other_values(operation: str, form: str) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Yields the operations that may have been computed instead, as they are written, and whether with sides swapped."""
    if is_binary(operation):
        if operation in ("-", "/", "**"):
            yield "operands swapped", (operation, True)
        if operation == "**" and form == "right":
            yield "whole exponent", ("whole number", False)
        elif form != "values":
            yield "number cut", ("whole number", False)
        for other in (*SIGNS, "floordiv", "mod"):
            if other != operation:
                yield (
                    written(other, plain_arguments(operation, form))
                    if other in SIGNS
                    else f"a {'//' if other == 'floordiv' else '%'} b",
                    (other, False),
                )
        for text, which in zip(plain_arguments(operation, form), ("first", "second"), strict=True):
            yield str(text), (which, False)
    else:
        for other in ("neg", "pos", *functions()):
            if other != operation:
                yield "a" if other == "pos" else written(other, ("a",)), (other, False)


def _is_value(result: Result, other: tuple[str, bool]) -> bool:
    (name, _, arguments), (operation, swapped) = result.program.lines[0], other
    leaves = dict(result.program.leaves)
    numbers = [float(leaves[x]) if isinstance(x, str) else float(x) for x in arguments]
    theirs = result.theirs[name].data if name in result.theirs else None
    if operation in ("first", "second"):
        return theirs == numbers[operation == "second"]
    if operation == "whole number":
        operation = result.program.lines[0][1]
        numbers = [x if isinstance(name, str) else float(int(x)) for x, name in zip(numbers, arguments, strict=True)]
    try:
        expected = computed(operation, numbers[::-1] if swapped else numbers)
    except FAILURES:
        return False
    return theirs is not None and near(theirs, expected, abs(expected))


def _off_by(results: Sequence[Result]) -> str:
    pairs = []
    for result in results:
        name = result.program.lines[0][0]
        theirs, right = result.theirs[name].data, result.right[name].data
        if theirs is None or right is None:
            return ""
        pairs.append((theirs, right))
    if all(near(theirs, -right, abs(right)) for theirs, right in pairs):
        return "value sign"
    if all(theirs == int(right) or theirs == round(right) for theirs, right in pairs):
        return "whole"
    shift = pairs[0][0] - pairs[0][1]
    if all(abs(theirs - right - shift) <= 1e-6 * abs(shift) + 1e-15 * abs(right) for theirs, right in pairs):
        return "value shifted"
    ratios = [theirs / right for theirs, right in pairs if right]
    if ratios and all(abs(x - ratios[0]) <= 1e-6 * abs(ratios[0] - 1) for x in ratios):
        return "value scaled"
    if all(abs(theirs - right) <= 1e-3 * max(abs(right), 0.1) for theirs, right in pairs):
        return "imprecise" if all(_is_rounded(theirs) for theirs, _ in pairs) else "value close"
    if all(near(theirs, max(right, 0.0), abs(right)) for theirs, right in pairs):
        return "clipped"
    if all(near(theirs, abs(right), abs(right)) for theirs, right in pairs):
        return "value absolute"
    return ""


def _is_rounded(x: float) -> bool:
    """Tells whether a number has few digits: decimals, digits in all, or those of single precision."""
    (single,) = unpack("f", pack("f", x)) if abs(x) < 1e38 else (inf,)
    return x in (single, round(x, 6), float(f"{x:.6g}"))


def _two(theirs: float | None, right: float | None) -> dict[str, str]:
    """Returns two numbers with as many digits as tell them apart."""
    if theirs is None or right is None:
        return {"theirs": WORDS["nothing"] if theirs is None else decimal(theirs), "right": decimal(right or 0.0)}
    digits = digits_apart(theirs, right, most=17)
    return {"theirs": decimal(theirs, digits), "right": decimal(right, digits)}


def of_slope(operation: str, results: Sequence[Result]) -> Diagnosis | None:
    """Returns what there is to say where the gradient from above is passed on rightly, with a wrong local derivative."""
    taken: dict[object, set[float]] = {}
    wrong: list[dict[str, str]] = []
    for result in results:
        first, *rest = result.program.lines
        upstream = result.right[first[0]].grad
        if first[1] != operation or len(rest) > 1 or not upstream:
            continue
        for name in first[2]:
            theirs, right = result.theirs.get(str(name)), result.right.get(str(name))
            if theirs is not None and right is not None and theirs.grad is not None and right.grad is not None:
                slope = theirs.grad / upstream
                taken.setdefault((first, str(result.program.leaves[: len(first[2])]), name), set()).add(round(slope, 9))
                expected = right.grad / upstream
                if not near(slope, expected, abs(expected)):
                    leaves = ((x, y) for x, y in result.program.leaves if x in first[2])
                    at = ", ".join(f"{x} = {decimal(y)}" for x, y in leaves)
                    words = {"operation": written(operation, first[2]), "operand": str(name), "at": at}
                    wrong.append(words | _two(slope, expected))
    if not wrong or any(len(slopes) > 1 for slopes in taken.values()) or len(taken) == len(results):
        return None
    return Diagnosis("local derivative", SLIPS["local derivative"].format(**wrong[0]))


def unexplained(failing: Sequence[Result]) -> Diagnosis:
    """Returns what there is to say of results that no slip gives: an error, few digits, or nothing but the numbers."""
    result = failing[0]
    if result.broken:
        answer = result.answer
        key = "missing" if answer.missing else "backward raises" if answer.numbers or result.passes else "error"
        return Diagnosis(key, SLIPS[key])
    if result.case.looks == "data":
        return Diagnosis("value", SLIPS["unexplained"])
    few = all(one.has_few_digits for one in failing if not one.broken)
    return Diagnosis("few digits", SLIPS["few digits"]) if few else Diagnosis("unexplained", SLIPS["unexplained"])


# What is said --------------------------------------------------------------------------------------------------------


def facts(diagnosis: Diagnosis, result: Result | None) -> str:
    """Returns what is wrong, in numbers, and where: never the slip."""
    if result is None:
        return diagnosis.fact or diagnosis.said
    graph = result.program.text(MOST)
    if result.answer.missing:
        return WORDS["not there"].format(operation=result.answer.missing)
    if result.broken:
        return WORDS["fact error"].format(error=result.answer.error, graph=graph)
    name, data = result.wrong, result.case.looks == "data"
    theirs, right = result.theirs.get(name, Number(None, None)), result.right[name]
    words = _two(theirs.data, right.data) if data else _two(theirs.grad, right.grad)
    words |= {"name": name, "root": result.program.root, "graph": graph}
    if data:
        return WORDS["fact value"].format(**words)
    if len(result.passes) == 1:
        return WORDS["fact gradient"].format(**words)
    roots = [result.case.question.programs[which].root for which in result.passes]
    return WORDS["fact passes"].format(**words, passes=WORDS["then"].join(WORDS["pass"].format(root=root) for root in roots))


def hints(diagnosis: Diagnosis, result: Result | None, test: Test) -> tuple[str, ...]:
    """Returns three hints: where to look, the kind of slip, and the rule that is broken; none of them is a solution."""
    forwards = test.level == 2 or (result is not None and result.case.looks == "data")
    rule = _RULE_OF.get(diagnosis.key, "values" if forwards else "chain")
    return _where(diagnosis, result, test), diagnosis.said, RULES[rule]


def _where(diagnosis: Diagnosis, result: Result | None, test: Test) -> str:
    if diagnosis.key == "missing":
        return WORDS["hint where, missing"]
    if result is None:
        key = diagnosis.key if diagnosis.key in ("network missing", "network raises") else "network"
        return WORDS[f"hint where, {key}"].format(network=test.about)
    words = {"graph": result.program.text(MOST), "line": result.answer.line}
    about = (
        test.about
        if test.level in (2, 3, 4, 8) and not _is_of_engine(diagnosis)
        else diagnosis.slip.about
        if diagnosis.slip
        else ""
    )
    if result.broken:
        key = "line" if result.answer.line else "error"
    elif diagnosis.key in ("in place", "few digits"):
        key = diagnosis.key
    elif about:
        key = "value" if result.case.looks == "data" else "operation"
        lines = (arguments for _, op, arguments in result.program.lines if op == about)
        words["operation"] = named(about, main_form(about, map(form_of, lines)))
    else:
        key = "passes" if test.level == 7 else "engine"
    return WORDS[f"hint where, {key}"].format(**words)


def _is_of_engine(diagnosis: Diagnosis) -> bool:
    return diagnosis.slip is not None and not diagnosis.slip.about


_RULES = {
    "sum": ("overwrite", "sent once", "mean"),
    "seed": ("no seed", "seed of value", "minus seed", "seed added"),
    "order": ("leaves first", "depth first", "breadth first", "recursion", "order kept", "visited kept", "by value"),
    "missing": ("missing",),
    "each pass": ("order and visited kept", "inner kept", "zeroed in backward", "begins at 1", "other graph", "two losses"),
    "identity": ("equal values",),
    "values": (
        *("operands swapped", "value", "value sign", "value absolute", "value shifted", "value scaled", "whole", "clipped"),
        *("far off", "whole exponent", "number cut", "value close", "in place", "few digits"),
        *("leaf", "imprecise", "operand changed", "data changed"),
    ),
    "numbers": ("left refused", "number refused"),
    "error": ("error", "backward raises", "depth"),
    "overflow": ("overflow",),
    "kink": ("kink", "kink raises"),
    "local": (
        *("own factor", "swapped", "minus lost", "formula of input", "slope at output", "value for slope", "square lost"),
        *("sign inside", "no exponent", "exponent kept", "power rule", "constant lost", "first factor", "second factor"),
        *("zero", "sides swapped", "own argument", "whole number", "local derivative", "twice", "half", "sign"),
    ),
    "network": (
        *("parameters", "outputs", "network gradients", "step", "network raises"),
        *("network missing", "no bias", "count of outputs", "shared parameters"),
    ),
}
_RULE_OF = {key: rule for rule, keys in _RULES.items() for key in keys}
