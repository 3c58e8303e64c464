"""The tests of an engine, level by level: which graphs are asked for, and what is looked at.

>>> [test.name for test in operation_tests("tanh") if test.level == 3]
['tanh(a), upstream 1', 'tanh(a), upstream 5', 'tanh(a), upstream -3']

All numbers of a graph differ, unless a test is about that or its operation makes them equal, so that an engine which takes
equal values for one node fails there alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from random import Random
from typing import NamedTuple

from chalkgrad.classroom.grading.judging.composed import ALWAYS
from chalkgrad.classroom.grading.program import (
    SIGNS,
    Line,
    Program,
    built,
    computed,
    form_of,
    plain,
    without_unused,
    written,
)
from chalkgrad.classroom.grading.questions import Question
from chalkgrad.engine.recording.computers import FAILURES
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.words.language import section

TESTS = section("grading tests")
UPSTREAM = (1.0, 5.0, -3.0)
FORMS = ("values", "right", "left")
OPTIONAL = {("**", "values"), ("**", "left")}  # forms that are judged where an engine has them
POINTS: Mapping[int, float] = {1: 5, 2: 20, 3: 25, 4: 10, 5: 10, 6: 5, 7: 10, 9: 10, 10: 5}  # of 100
GRAPHS = 200
DEPTH = 3000

PLAIN: Mapping[str, tuple[str | float, ...]] = {"values": ("a", "b"), "right": ("a", 2), "left": (2, "a")}

Part = tuple[str, str]  # an operation, and its form


class Case(NamedTuple):
    """A question, and what is looked at in its answer: "data" (of all nodes) or "grads" (of the leaves).

    One that is `instead` of "*" makes do without products, and counts where these have failed; likewise with "+".
    """

    question: Question
    looks: str = "grads"
    instead: str = ""

    @property
    def parts(self) -> frozenset[Part]:
        """The operations that are in it, each with its form."""
        return parts_of(self.question.programs)


class Test(NamedTuple):
    """What one finding is about.

    Attributes:
        level: 1 to 10
        name: that of the finding
        about: the operation that it is about; "" for the engine as a whole
        cases: what is asked, small graphs first
        key: what is looked for, by the name of its sentences; "" where the slips tell
    """

    level: int
    name: str
    about: str
    cases: tuple[Case, ...]
    key: str = ""

    @property
    def id(self) -> tuple[int, str, str]:
        """What tells it from all others."""
        return self.level, self.about, self.name


def parts_of(programs: Iterable[Program]) -> frozenset[Part]:
    """Returns the operations in some programs, each with its form."""
    return frozenset((plain(op), form_of(arguments)) for program in programs for _, op, arguments in program.lines)


def functions() -> list[str]:
    """Returns the functions of one argument that an engine may have, by the table's names; those with options are left out."""
    signs = {*SIGNS.values(), "neg", "pos", "gelu", "identity"}  # gelu has two definitions
    return [name for name, rule in RULES.items() if len(rule.arguments) == 1 and not rule.lists and name not in signs]


def is_binary(operation: str) -> bool:
    """Returns whether an operation is a sign between two arguments."""
    return operation in SIGNS


# Single operations ---------------------------------------------------------------------------------------------------

_PAIRS = ((2.0, -3.5), (-1.25, -2.75), (0.5, 4.0))
_ZEROS: Mapping[str, tuple[tuple[float, float], ...]] = {"values": ((0.0, 4.5), (3.5, 0.0)), "right": ((0.0, 2), (1.5, 0))}
_LARGE = (3.75, 7.5, -9.25)  # where a function is cut off, if it is
_POWERS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "right": ((1.5, 2), (-2.5, 3), (0.8, -1), (4.0, 0.5)),
    "left": ((2, 3.5), (2.5, -1.5)),
    "values": ((2.0, 3.5), (2.5, -1.5)),
}
_ARGUMENTS = (0.5, -1.25, 2.0, -0.3, 1.75)  # for functions; of these the ones in the domain


@cache
def _zeros(operation: str) -> dict[str, tuple[tuple[float, ...], ...]]:
    """Returns the numbers, some of them 0, that an operation is tried with beside others, where it is smooth."""
    if operation == "**":
        return {"right": ((0.0, 2),)}
    if is_binary(operation):
        zeros = {**_ZEROS, "left": tuple(pair[::-1] for pair in _ZEROS["right"])}
        return {form: tuple(x for x in tried if operation != "/" or x[1]) for form, tried in zeros.items()}
    return {"values": ((0.0,),) if _is_smooth_at_0(operation) else ()}


def _is_smooth_at_0(operation: str) -> bool:
    h = 1e-6
    if not all(_inside(operation, x) for x in (0.0, h, -h)):
        return False
    before, at, after = (computed(operation, [x]) for x in (-h, 0.0, h))
    return bool(abs(before + after - 2 * at) < 1e-4 * h and abs(after - before) < 1e3 * h)


@cache
def _large(operation: str) -> dict[str, tuple[tuple[float, ...], ...]]:
    """Returns the large numbers that an operation is tried with beside others; only values are looked at."""
    if operation == "**":
        return {"right": ((12.5, 3),)}
    if is_binary(operation):
        return {"values": ((120.0, -75.5),), "right": ((-75.5, 120),), "left": ((120, -75.5),)}
    return {"values": tuple((x,) for x in _LARGE if _inside(operation, x, 2e4))}


@cache
def _arguments(operation: str) -> dict[str, tuple[tuple[float, ...], ...]]:
    """Returns the numbers that an operation is tried with, by form."""
    if operation == "**":
        return {**_POWERS}
    if is_binary(operation):
        with_numbers = ((2, -3.5), (-2.5, 1.5))
        right = tuple(pair[::-1] for pair in with_numbers)
        return {"values": (*_PAIRS, (2, -7)), "right": right, "left": with_numbers}
    return {"values": tuple((x,) for x in (*_ARGUMENTS, 3) if _inside(operation, x))[:4]}


def _inside(operation: str, x: float, most: float = 100) -> bool:
    try:
        y = computed(operation, [float(x)])
    except FAILURES:
        return False
    return bool(abs(y) < most)


def _applied(operation: str, form: str, numbers: Sequence[float]) -> tuple[tuple[tuple[str, float], ...], Line]:
    """Returns the leaves and the line of a single operation."""
    names = "ab"
    stays = {"left": 0, "right": 1}.get(form, -1)
    arguments = tuple(x if place == stays else names[place] for place, x in enumerate(numbers))
    if form == "left":
        arguments = (arguments[0], "a")
    leaves = tuple((str(name), x) for name, x in zip(arguments, numbers, strict=True) if isinstance(name, str))
    return leaves, ("y", operation, arguments)


def _single(operation: str, zeros: bool = False, large: bool = False) -> Iterator[tuple[str, Program]]:
    """Yields the graphs of a single operation, with their forms."""
    for form, tried in _arguments(operation).items():
        more = _zeros(operation).get(form, ()) if zeros else ()
        for numbers in (*tried, *more, *(_large(operation).get(form, ()) if large else ())):
            leaves, line = _applied(operation, form, numbers)
            yield form, Program(leaves, (line,))


def named(operation: str, form: str = "values") -> str:
    """Returns how an operation is written in a form, such as `2 - a`; a number as an exponent is n, because many are tried.

    >>> named("-", "left"), named("**", "right"), named("tanh")
    ('2 - a', 'a ** n', 'tanh(a)')
    """
    if not is_binary(operation):
        return written(operation, ("a",))
    return written(operation, plain_arguments(operation, form))


def plain_arguments(operation: str, form: str) -> tuple[str | float, ...]:
    """Returns the arguments that an operation is written with in a form."""
    return ("a", "n") if (operation, form) == ("**", "right") else PLAIN[form]


def usual_form(operation: str) -> str:
    """Returns the form that stands for all forms of an operation."""
    return "right" if operation == "**" else "values"


def main_form(operation: str, forms: Iterable[str]) -> str:
    """Returns the form that an operation is named in where it fails in these."""
    failing, usual = {*forms}, usual_form(operation)
    return next((form for form in (usual, *FORMS) if form in failing), usual)


def titled(test: Test, form: str) -> Test:
    """Returns a test of a single operation with the name of the form that fails."""
    usual = named(test.about, usual_form(test.about))
    return test._replace(name=test.name.replace(usual, named(test.about, form)))


def _title(operation: str) -> str:
    return named(operation, usual_form(operation))


def _called(operation: str) -> str:
    """Returns the name of a test that is an operation: from left to right in every language."""
    return TESTS["operation"].format(operation=operation)


def operation_tests(operation: str) -> Iterator[Test]:
    """Yields the tests of a single operation: values, gradients, fan-out inside it."""
    for form in FORMS:
        values = tuple(
            Case(Question("values", (program,)), "data") for of, program in _single(operation, True, True) if of == form
        )
        if values:
            yield Test(2, _called(named(operation, form)), operation, values)
    for upstream in UPSTREAM:
        yield Test(
            3,
            TESTS["upstream"].format(operation=_title(operation), upstream=f"{upstream:g}"),
            operation,
            tuple(_under(operation, upstream)),
        )
    yield Test(
        4, TESTS["fan-out"].format(operation=_title(operation)), operation, _with_others([*_fanned_out(operation)], operation)
    )


def _under(operation: str, upstream: float) -> Iterator[Case]:
    alone = upstream == 1  # 0 times an upstream is 0
    seen: dict[str, int] = {}
    for form, (leaves, lines) in _single(operation, zeros=alone):
        seen[form] = seen.get(form, 0) + 1
        if alone or seen[form] <= (2 if operation in SIGNS else 3):
            if upstream != 1:
                leaves, lines = (*leaves, ("k", upstream)), (*lines, ("L", "*", ("y", "k")))
            yield _once(Program(leaves, lines))

    if upstream == UPSTREAM[1] and operation not in ALWAYS:
        for _, (leaves, lines) in _single(operation):
            sums = tuple((f"s{i}" if i < 4 else "L", "+", (f"s{i - 1}" if i > 1 else "y", "y")) for i in range(1, 5))
            yield Case(Question("run", (Program(leaves, (*lines, *sums)),)), instead="*")


def _with_others(cases: Sequence[Case], about: str = "") -> tuple[Case, ...]:
    """Adds to cases the same with sums for products, and with products for sums."""
    others = []
    for case in cases:
        for old, new in (("*", "+"), ("+", "*")):
            if about != old and (old, "values") in case.parts:
                programs = tuple(_with(program, old, new) for program in case.question.programs)
                others.append(case._replace(question=case.question._replace(programs=programs), instead=old))
    return (*cases, *others)


def _with(program: Program, old: str, new: str) -> Program:
    ops = {old: new, f"{old}=": f"{new}="}
    lines = tuple((name, ops.get(op, op), arguments) for name, op, arguments in program.lines)
    return Program(program.leaves, lines)


def _once(program: Program) -> Case:
    return Case(Question("run", (program,)))


def _fanned_out(operation: str) -> Iterator[Case]:
    """Yields a value that enters an operation twice, or two operations of one kind."""
    tried = _arguments(operation)
    leaves: tuple[tuple[str, float], ...]
    if operation == "+":
        yield _once(Program((("a", 3.0),), (("L", "+", ("a", "a")),)))
        leaves = (("a", 3.0), ("b", -1.5), ("c", 5.0))
        yield _once(Program(leaves, (("u", "+", ("a", "b")), ("v", "+", ("a", "c")), ("L", "+", ("u", "v")))))
        yield _once(Program(leaves, (("u", "+", ("b", "a")), ("v", "+", ("c", "a")), ("L", "+", ("u", "v")))))
        return
    if operation == "*":
        yield _once(Program((("a", 3.0),), (("L", "*", ("a", "a")),)))
        leaves = (("a", 3.0), ("b", -1.5), ("c", 5.0))
        yield _once(Program(leaves, (("u", "*", ("a", "b")), ("v", "*", ("a", "c")), ("L", "*", ("u", "v")))))
        yield _once(Program(leaves, (("u", "*", ("b", "a")), ("v", "*", ("c", "a")), ("L", "*", ("u", "v")))))
        return
    if is_binary(operation):
        yield _once(Program((("a", 2.5),), (("L", operation, ("a", "a")),)))
        for u, v in ((("a", "b"), ("a", "c")), (("b", "a"), ("c", "a"))):
            leaves = (("a", 3.0), ("b", 1.25), ("c", 2.5), ("k", 7.0))
            yield _once(Program(leaves, _joined(("u", operation, u), ("v", operation, v))))
    if operation in ("-", "/"):  # which may be made of others with a number on the left
        yield _once(Program((("a", 2.5), ("k", 7.0)), _joined(("u", operation, (3, "a")), ("v", operation, (4, "a")))))
    if operation == "**":
        powers = (("u", "**", ("a", 2)), ("v", "**", ("a", 3)))
        yield _once(Program((("a", 1.5), ("k", 7.0)), _joined(*powers)))
    if not is_binary(operation):
        for (x,) in tried["values"][:2]:
            leaves = (("a", float(x)), ("k", 7.0))
            yield _once(Program(leaves, _joined(("u", operation, ("a",)), ("v", operation, ("a",)))))


def _joined(u: Line, v: Line) -> tuple[Line, ...]:
    """Returns the lines of u + k·v."""
    return u, v, ("w", "*", ("v", "k")), ("L", "+", ("u", "w"))


# The engine as a whole -----------------------------------------------------------------------------------------------

_AB = (("a", 2.5), ("b", -5.0))


def _plus(name: str, x: str | float, y: str | float) -> Line:
    return name, "+", (x, y)


def _times(name: str, x: str | float, y: str | float) -> Line:
    return name, "*", (x, y)


def engine_tests() -> Iterator[Test]:
    """Yields the tests of several paths, the order, equal values, and what else changes. They take sums and products alone."""
    return (test._replace(cases=_with_others(test.cases)) for test in _engine_tests())


def _engine_tests() -> Iterator[Test]:
    k = ("k", 3.0)
    m = ("m", 7.0)
    two_paths = Program((*_AB, k), (_plus("c", "a", "b"), _plus("d", "b", "k"), _times("L", "c", "d")))
    yield Test(5, TESTS["two paths"], "", (_once(two_paths),))
    sooner = [(_times("L", "b", "c"),), (_times("L", "c", "b"),)]
    yield Test(5, TESTS["short and long"], "", tuple(_once(Program(_AB, (_plus("c", "a", "b"), *x))) for x in sooner))
    inner = (_plus("c", "a", "b"), _times("d", "c", "k"), _times("e", "d", "m"))
    orders = [("e", "c"), ("c", "e")]
    cases = tuple(_once(Program((*_AB, k, m), (*inner, _plus("L", x, y)))) for x, y in orders)
    yield Test(5, TESTS["early and late"], "", cases)
    diamonds = (
        *(_times("c", "a", "k"), _times("d", "a", "m"), _plus("e", "c", "d")),
        *(_times("f", "e", "b"), _times("g", "e", "m"), _plus("h", "f", "g")),
        *(_times("p", "h", "e"), _plus("q", "h", "d"), _plus("L", "p", "q")),
    )
    yield Test(5, TESTS["diamonds"], "", (_once(Program((("a", 1.5), ("b", -5.0), k, m), diamonds)),))
    often = (
        *(_plus("q", "a", "b"), _times("c", "q", "k"), _plus("d", "c", "q")),
        *(_times("e", "d", "q"), _plus("f", "e", "q"), _times("L", "f", "q")),
    )
    yield Test(5, TESTS["five places"], "", (_once(Program((("a", 1.5), ("b", -0.25), k), often)),))

    equal = (("a", 2.0), ("b", 2.0))
    leaves = Program((*equal, k), (_times("c", "a", "b"), _times("d", "c", "k"), _plus("L", "d", "b")))
    sums = Program(
        (("a", 2.0), ("b", 5.0), ("p", 3.0), ("q", 4.0)), (_plus("c", "a", "b"), _plus("d", "p", "q"), _times("L", "c", "d"))
    )
    same = Program(
        (*_AB, ("i", 1.0)), (_plus("c", "a", "b"), _times("d", "c", "i"), _times("e", "d", "c"), _plus("L", "e", "a"))
    )
    yield Test(6, TESTS["equal leaves"], "", (_once(leaves),))
    yield Test(6, TESTS["equal results"], "", (_once(sums), _once(same)))

    loss = Program((*_AB, k), (_times("c", "a", "b"), _times("L", "c", "k")))
    yield Test(7, TESTS["data stays"], "", (Case(Question("run", (two_paths,)), "data"),), "data changed")
    second = Program((*_AB, k), (("c", "+=", ("a", "b")), _times("L", "c", "k")))
    yield Test(7, TESTS["in place"], "", (Case(Question("values", (second,)), "data"),), "in place")
    apart = Program((("p", 4.0), ("q", -0.75), ("r", 6.0)), (_times("s", "p", "q"), _times("M", "s", "r")))
    for name, passes in ((TESTS["graph alone"], (0, 1)), (TESTS["leaf not used"], (0,))):
        yield Test(7, name, "", (Case(Question("run", (loss, apart), passes)),), "other graph")
    other = Program((*_AB, ("r", 6.0)), (_plus("s", "a", "r"), _times("M", "s", "r")))
    yield Test(7, TESTS["losses add up"], "", (Case(Question("run", (loss, other), (0, 1))),), "two losses")
    within = Program(_AB, loss.lines[:1])
    yield Test(7, TESTS["from within"], "", (Case(Question("run", (loss, within), (0, 1))),), "pass from within")
    bigger = Program((*_AB, k, m), (*loss.lines, _times("M", "c", "m")))
    bigger = Program(bigger.leaves, (loss.lines[0], bigger.lines[-1]))
    yield Test(7, TESTS["one inner value"], "", (Case(Question("run", (loss, bigger), (0, 1))),), "shared inner")


def policies(operations: Iterable[str]) -> Iterator[Test]:
    """Yields what is reported and not marked."""
    there = {*operations}
    twice = Program((("a", 2.0), ("k", 3.0)), (_times("c", "a", "k"), _times("L", "c", "a")))
    yield Test(8, TESTS["twice"], "", (Case(Question("run", (twice,), (0, 0))),), "twice")
    chain = tuple(_plus(f"x{i}", f"x{i - 1}" if i > 1 else "a", "k") for i in range(1, DEPTH + 1))
    yield Test(
        8,
        TESTS["chain"].format(count=f"{DEPTH:,}"),
        "",
        (Case(Question("run", (Program((("a", 2.0), ("k", 0.001)), chain),))),),
        "depth",
    )
    for operation, x in (("tanh", 400.0), ("tanh", -800.0), ("sigmoid", -800.0), ("softplus", 800.0)):
        if operation in there:
            yield Test(
                8,
                _called(f"{operation}({x:g})"),
                operation,
                (_once(Program((("a", x),), (("L", operation, ("a",)),))),),
                "overflow",
            )
    if "**" in there:
        yield Test(8, _called("0 ** 0"), "**", (_once(Program((("a", 0.0),), (("L", "**", ("a", 0)),))),), "kink")
    for operation in ("relu", "abs"):
        if operation in there:
            yield Test(
                8, _called(f"{operation}(0)"), operation, (_once(Program((("a", 0.0),), (("L", operation, ("a",)),))),), "kink"
            )


# Random graphs -------------------------------------------------------------------------------------------------------

_ROUND = (0.5, -0.5, 1.5, -1.5, 2.0, -2.0, 2.5, -2.5, 3.0, -3.0, 0.25, -0.75, 1.25, -1.75)
_LARGEST, _SMALLEST = 200.0, 1e-3
_KINKS = ("relu", "abs")


@cache
def random_graphs(
    parts: frozenset[Part], count: int = GRAPHS, seed: int = 17, known: tuple[Program, ...] = ()
) -> tuple[Program, ...]:
    """Returns random graphs of these operations in these forms: the same on every Python; fewer if they cannot be found.

    Those that are known come first, as far as they have no others.
    """
    chosen = sorted(parts)
    found = dict.fromkeys(program for program in known if parts_of((program,)) <= parts)
    for attempt in range(4 * count if chosen else 0):
        if len(found) >= count:
            break
        program = _drawn(chosen, Random(seed * 1_000_003 + attempt))
        if program is not None:
            found[program] = None
    return tuple(found)


def _drawn(parts: Sequence[Part], chance: Random) -> Program | None:
    """Returns a random graph; None if it came to nothing."""

    def below(n: int) -> int:
        return int(chance.random() * n)  # random() is the same in every version

    values: dict[str, float] = {}
    for name in "abcd"[: 1 + below(4)]:
        values[name] = _ROUND[below(len(_ROUND))]
    if len({*map(abs, values.values())}) < len(values):
        return None
    leaves = tuple(values.items())
    lines: list[Line] = []
    names = iter("efghjmnpqrstuvwxyz")
    wanted = 2 + below(7)
    unused = [*values]

    def picked() -> str:
        if unused and chance.random() < 0.7:
            return unused[below(len(unused))]
        return [*values][below(len(values))]

    for _ in range(4 * wanted):
        op, form = parts[below(len(parts))]
        arguments: tuple[str | float, ...]
        if not is_binary(op):
            arguments = (picked(),)
        else:
            number = (2, 3, -1)[below(3)] if op == "**" else _ROUND[below(len(_ROUND))]
            arguments = (number, picked()) if form == "left" else (picked(), number if form == "right" else picked())
        x = _tame(op, [values[y] if isinstance(y, str) else y for y in arguments], values)
        if x is not None:
            name = next(names)
            unused = [*(y for y in unused if y not in arguments), name]
            values[name] = x
            lines.append((name, op, arguments))
            if len(lines) == wanted:
                break
    return _pruned(Program(leaves, tuple(lines))) if lines else None


def _tame(op: str, numbers: Sequence[float], values: Mapping[str, float]) -> float | None:
    """Returns the value, if it is one that does not lose digits or equal another; that of relu equals its argument, or is 0."""
    if op in _KINKS:
        return None if abs(numbers[0]) < 0.01 else float(computed(op, numbers))
    if op == "**" and numbers[0] <= 0 and not isinstance(numbers[1], int):
        return None
    if op in ("/", "**") and min(map(abs, numbers)) < 0.05:
        return None
    try:
        x = computed(op, [*map(float, numbers)])
    except FAILURES:
        return None
    if not _SMALLEST < abs(x) < _LARGEST or any(abs(abs(x) - abs(y)) < 1e-6 for y in values.values()):
        return None
    return float(x)


def _pruned(program: Program) -> Program | None:
    """Returns a program without what does not lead to its root; None where gradients are large."""
    pruned = without_unused(program)
    grads = built((pruned,)).sweeps[0].adjoints
    return pruned if all(abs(x) < 1e5 for x in grads.values()) else None
