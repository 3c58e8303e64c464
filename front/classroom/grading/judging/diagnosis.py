"""Which slip explains an engine's numbers: the first, simple ones first, that gives all of them, the right ones included.

So a tanh that forgets the gradient from above is told by what passes with an upstream of 1 and fails with 5. The slips of
backward passes are in slipped.py; here are those of values, and what is said of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from chalkgrad.classroom.grading.judging.comparison import Result, near
from chalkgrad.classroom.grading.judging.composed import MADE, remade
from chalkgrad.classroom.grading.judging.engines_with_a_slip import (
    BETWEEN_PASSES,
    ENGINE_WIDE,
    RIGHT,
    Policy,
    Slipped,
    form_of,
    slips_in,
)
from chalkgrad.classroom.grading.judging.levels import PLAIN, Test, functions, is_binary, named
from chalkgrad.classroom.grading.program import SIGNS, Program, built, computed, sign_of, written
from chalkgrad.engine.recording.computers import FAILURES
from chalkgrad.engine.words.decimals import decimal, digits_apart
from chalkgrad.engine.words.language import section

WORDS, SLIPS, RULES = section("grading"), section("grading slips"), section("grading rules")
POLICIES: tuple[Policy, ...] = ("afresh", "kept", "zeroed")


class Diagnosis(NamedTuple):
    """A slip and its sentence.

    Attributes:
        key: the name of the slip
        said: the sentence
        slip: the engine that has it; None for one that is not of a backward pass
        computes: the operation that is computed instead, "" if that is not known
    """

    key: str
    said: str
    slip: Slipped | None = None
    computes: str = ""


def of_engine(results: Sequence[Result]) -> Diagnosis | None:
    """Returns the slip of the whole engine that gives all these gradients; None if none does."""
    return next((_said(slip) for slip in ENGINE_WIDE if _explains(slip, results)), None)


def of_operation(operation: str, results: Sequence[Result]) -> Diagnosis | None:
    """Returns the slip in an operation that gives all these gradients; None if none does."""
    return next((_said(slip) for slip in slips_in(operation) if _explains(slip, results)), None)


def of_graphs(operations: Iterable[str], results: Sequence[Result]) -> Diagnosis | None:
    """Returns the slip, in the engine or in one of these operations, that gives all these gradients; None if none does."""
    if found := of_engine(results):
        return found
    return next((found for operation in operations if (found := of_operation(operation, results))), None)


def of_passes(results: Sequence[Result]) -> tuple[Diagnosis | None, Policy | None]:
    """Returns the slip that shows in several backward passes, and what a second one begins with; None for what is not known."""
    for policy in POLICIES[:2]:
        if _explains(RIGHT, results, policy):
            return None, policy
    for slip in BETWEEN_PASSES:
        for policy in POLICIES[:2]:
            if _explains(slip, results, policy):
                return _said(slip), slip.policy or policy
    return next(((_said(slip), None) for slip in ENGINE_WIDE if _explains(slip, results)), (None, None))


def _explains(slip: Slipped, results: Sequence[Result], policy: Policy = "afresh") -> bool:
    return bool(results) and all(result.is_of(slip, policy) for result in results)


def _said(slip: Slipped) -> Diagnosis:
    key = f"{slip.key}, everywhere" if not slip.about and f"{slip.key}, everywhere" in SLIPS else slip.key
    words = (
        {
            "operation": named(slip.about, slip.form or ("values" if slip.side else _usual_form(slip.about))),
            "operand": _operand(slip),
        }
        if slip.about
        else {}
    )
    return Diagnosis(slip.key, SLIPS[key].format(**words), slip)


def _usual_form(operation: str) -> str:
    return "right" if operation == "**" else "values"


def _operand(slip: Slipped) -> str:
    side = slip.side if slip.to is None else slip.to
    if side is None:
        return WORDS["operands" if is_binary(slip.about) and not slip.form else "argument"]
    if slip.about == "**":
        return WORDS["exponent" if side else "base"]
    if slip.about == "/":
        return WORDS["divisor" if side else "dividend"]
    return WORDS["right operand" if side else "left operand"]


# An operation that is made of others ---------------------------------------------------------------------------------


def follows(operation: str, results: Sequence[Result], slips: Mapping[str, Slipped]) -> str:
    """Returns the operation whose slip makes this one wrong, because it is made of it, as a - b of a + -1·b; "" if none."""
    failing = [result for result in results if result.failed]
    if operation not in MADE or not failing:
        return ""
    tried = [(base, slip) for base, slip in slips.items() if base != operation]
    for base, slip in [*tried]:
        if slip.reflected:  # 2 + a is a + 2 by itself, and a node made of 2, plus a, in what is made of it
            tried.append((base, slip._replace(reflected=False)))
        if sum(other.key == slip.key for _, other in tried) > 1:  # the same in all that it is made of
            tried.append((base, slip._replace(about="", form="", side=None)))
    return next((base for base, slip in tried if all(result.is_made_with(slip) for result in failing)), "")


def follows_value(results: Sequence[Result], computes: Mapping[str, str]) -> str:
    """Returns the operation whose wrong values make these wrong, if it is known what it computes instead; "" if none does."""
    wrong = [result for result in results if result.failed and not result.broken]
    for base, other in computes.items():
        if wrong and all(any(_gives(result, program, base, other) for program in remade(result.program)) for result in wrong):
            return base
    return ""


def _gives(result: Result, program: Program, base: str, other: str) -> bool:
    lines = tuple((name, other if op == base else op, arguments) for name, op, arguments in program.lines)
    theirs, value = result.theirs.get(program.root), built((Program(program.leaves, lines),)).values[program.root].data
    return base in program.uses and theirs is not None and theirs.data is not None and near(theirs.data, value, abs(value))


# Values --------------------------------------------------------------------------------------------------------------


def of_values(test: Test, results: Sequence[Result]) -> Diagnosis:
    """Returns what explains the wrong values of an operation in one form."""
    first = next(result for result in results if result.failed)
    form = form_of(first.program.lines[0][2])
    operation = test.about
    words = {"operation": named(operation, form)}
    if first.broken:
        return _of_error(first, form, words, any(not result.broken for result in results))
    leaves = [(first.theirs[name].data, first.right[name].data) for name in first.leaves if name in first.theirs]
    if any(theirs is not None and theirs != x and abs(theirs - (x or 0.0)) < 1 for theirs, x in leaves):
        changed = next(pair for pair in leaves if pair[0] != pair[1])
        return Diagnosis("leaf", SLIPS["leaf"].format(**_two(*changed)))
    if any(theirs != x for theirs, x in leaves):
        return Diagnosis("operand changed", SLIPS["operand changed"].format(**words))
    shown = [result for result in results if not result.broken]
    for key, other in _other_values(operation, form):
        if all(_is_value(result, other) for result in shown):
            sentence = "operands swapped" if key == "operands swapped" else "other operation"
            computes = other[0] if not other[1] and other[0] not in ("first", "second") else ""
            return Diagnosis(key, SLIPS[sentence].format(**words, other=key), computes=computes)
    key = _off_by(shown)
    wrong = first.program.lines[0][0]
    theirs, right = first.theirs.get(wrong), first.right[wrong]
    blanks = _two(theirs.data if theirs else None, right.data) | {"graph": str(first.program), "name": wrong}
    return Diagnosis(key or "value", SLIPS[key or "value"].format(**words, **blanks))


def _of_error(first: Result, form: str, words: Mapping[str, str], sometimes: bool) -> Diagnosis:
    key = {"left": "left refused", "right": "number refused"}.get(form, "error")
    if first.answer.missing:
        key = "missing"
    elif sometimes or not first.answer.error.startswith(("TypeError", "AttributeError", "AssertionError", "NotImplemented")):
        key = "error"
    return Diagnosis(key, SLIPS[key].format(**words, error=first.answer.error, graph=str(first.program)))


def _other_values(operation: str, form: str) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Yields the operations that may have been computed instead, as they are written, and whether with sides swapped."""
    if is_binary(operation):
        if operation in ("-", "/", "**"):
            yield "operands swapped", (operation, True)
        for other in (*SIGNS, "floordiv", "mod"):
            if other != operation:
                yield (
                    written(other, PLAIN[form]) if other in SIGNS else f"a {'//' if other == 'floordiv' else '%'} b",
                    (other, False),
                )
        yield "a", ("first", False)
        yield "b", ("second", False)
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
    if all(abs(theirs - right) <= 1e-3 * abs(right) for theirs, right in pairs):
        return "imprecise"
    differences = [theirs - right for theirs, right in pairs]
    if all(near(x, differences[0], 10.0) for x in differences):
        return "value shifted"
    ratios = [theirs / right for theirs, right in pairs if right]
    if ratios and all(near(x, ratios[0], abs(x)) for x in ratios):
        return "value scaled"
    if all(near(theirs, max(right, 0.0), abs(right)) for theirs, right in pairs):
        return "clipped"
    if all(near(theirs, abs(right), abs(right)) for theirs, right in pairs):
        return "value absolute"
    return ""


def _two(theirs: float | None, right: float | None) -> dict[str, str]:
    """Two numbers with as many digits as tell them apart."""
    if theirs is None or right is None:
        return {"theirs": WORDS["nothing"] if theirs is None else decimal(theirs), "right": decimal(right or 0.0)}
    digits = digits_apart(theirs, right, most=17)
    return {"theirs": decimal(theirs, digits), "right": decimal(right, digits)}


def of_slope(operation: str, results: Sequence[Result]) -> Diagnosis | None:
    """Returns what there is to say where the gradient from above is passed on rightly, with a wrong local derivative."""
    taken: dict[object, set[float]] = {}
    wrong: tuple[float, float, str] | None = None
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
                if wrong is None and not near(slope, right.grad / upstream, abs(right.grad / upstream)):
                    wrong = slope, right.grad / upstream, str(result.program)
    if wrong is None or any(len(slopes) > 1 for slopes in taken.values()) or len(taken) == len(results):
        return None
    pair = _two(*wrong[:2])
    words = {"operation": named(operation, _usual_form(operation)), "graph": wrong[2]}
    return Diagnosis("local derivative", SLIPS["local derivative"].format(**words, **pair))


def unexplained(result: Result) -> Diagnosis:
    """Returns a sentence with the numbers, where no slip gives them."""
    if result.broken:
        answer = result.answer
        key = "missing" if answer.missing else "backward raises" if answer.numbers or result.passes else "error"
        words = {"error": answer.error, "graph": str(result.program), "operation": answer.missing}
        return Diagnosis(key, SLIPS[key].format(**words))
    name = result.wrong
    numbers = result.theirs.get(name)
    if result.case.looks == "data":
        pair = _two(numbers.data if numbers else None, result.right[name].data)
        return Diagnosis("value", SLIPS["value"].format(**pair, graph=str(result.program), name=name))
    pair = _two(numbers.grad if numbers else None, result.right[name].grad)
    root = result.program.root
    return Diagnosis("unexplained", SLIPS["unexplained"].format(**pair, graph=str(result.program), name=name, root=root))


# Hints ---------------------------------------------------------------------------------------------------------------


def hints(diagnosis: Diagnosis, result: Result | None) -> tuple[str, ...]:
    """Returns three hints: where to look, what the number means, and the rule that is broken; none of them is a solution."""
    where = WORDS["hint where"].format(graph=str(result.program)) if result else WORDS["hint where, network"]
    if result is not None and not result.broken:
        name = result.wrong or result.parts_at
        if name:
            numbers, right = result.theirs.get(name), result.right[name]
            data = result.case.looks == "data"
            pair = (
                _two(*((numbers.data, right.data) if data else (numbers.grad, right.grad)))
                if numbers
                else _two(None, right.data)
            )
            where += " " + WORDS["hint data" if data else "hint grad"].format(name=name, root=result.program.root, **pair)
    rule = _RULE_OF.get(diagnosis.key, "chain")
    return where, diagnosis.said, RULES[rule]


_RULES = {
    "sum": ("overwrite", "sent once"),
    "seed": ("no seed", "seed of value", "minus seed", "seed added"),
    "order": ("leaves first", "depth first", "breadth first", "recursion", "order kept", "visited kept"),
    "each pass": ("order and visited kept", "inner kept", "zeroed in backward", "begins at 1", "other graph", "two losses"),
    "identity": ("equal values",),
    "values": (
        *("operands swapped", "value", "value sign", "value absolute", "value shifted", "value scaled", "whole", "clipped"),
        *("leaf", "imprecise", "operand changed", "data changed"),
    ),
    "numbers": ("left refused", "number refused"),
    "error": ("error", "backward raises", "missing", "depth"),
    "overflow": ("overflow",),
    "kink": ("kink", "kink raises"),
    "local": (
        *("own factor", "swapped", "minus lost", "formula of input", "slope at output", "value for slope", "square lost"),
        *("sign inside", "no exponent", "exponent kept", "power rule", "constant lost", "first factor", "second factor"),
        *("sides swapped", "own argument", "whole number", "local derivative", "twice", "half", "sign"),
    ),
    "network": ("parameters", "outputs", "network gradients", "step", "network raises"),
}
_RULE_OF = {key: rule for rule, keys in _RULES.items() for key in keys}


def operation_of(program: Program) -> str:
    """Returns the operation of a program's last line."""
    return sign_of(program.lines[-1][1])
