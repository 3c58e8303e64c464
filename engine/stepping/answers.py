"""What a student answers, and what is said of it: right, or the slip that leads to the wrong number.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(1.0, "b")
>>> c, d = a + b, b + 1
>>> e = c * d
>>> check(e, {"a": "4/2", "b": "2·5"}, {})
a: right, ∂e/∂a = 2
b: 10 is twice ∂e/∂b: two sweeps without zero_grad() between them add up, or a 2 is one too many
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from os import PathLike
from typing import Any, NamedTuple

from chalkgrad.engine.basics.detached import noting_lost
from chalkgrad.engine.basics.numbers_in import kind_of, to_float
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.basics.typed import number_typed
from chalkgrad.engine.stepping.mirrors import Mirror, theirs_of
from chalkgrad.engine.stepping.sentences import blanks, in_two_lines, listed
from chalkgrad.engine.stepping.slips import SLIPS, Found, Gradients, wrong_contributions, wrong_gradients
from chalkgrad.engine.stepping.steps import Step, Steps, Sweep
from chalkgrad.engine.sweep import before_in
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.decimals import constant
from chalkgrad.engine.words.expressions import number, operand, quotient, reason
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import value_of
from chalkgrad.engine.words.placeholders import alike, either

ASKING, SENTENCES, CLASSES = section("asking"), section("slips"), section("classes of slips")
CERTAIN = 3  # significant digits: with fewer, another slip gives the same number too easily
NAMED = 2  # slips


class Verdict(str):
    """The reply to an answer; true if the answer was right. Its repr has no quotes.

    `slips` has the names of the slips that lead to a wrong answer, by what was asked.
    """

    right: bool
    slips: Mapping[str, tuple[str, ...]]

    def __new__(cls, right: bool, text: str, slips: Mapping[str, tuple[str, ...]] | None = None) -> Verdict:
        verdict = super().__new__(cls, text)
        verdict.right, verdict.slips = right, slips or {}
        return verdict

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return printable(str(self))


def number_in(answer: Any, what: str) -> float:
    """Returns an answer as a number; it may be typed as one works, such as "2·3". Raises TypeError and ValueError."""
    return number_typed(answer) if isinstance(answer, str) else to_float(answer, what)


def digits_of(answer: float) -> int:
    """Returns the number of significant digits of an answer, as far as they are known."""
    return getattr(answer, "digits", 0) or len(f"{abs(answer):.12g}".replace(".", "").partition("e")[0].strip("0"))


def exactly(answer: float, exact: float) -> bool:
    """Returns whether an answer is a number, up to the rounding of its computation."""
    return abs(answer - exact) <= 1e-9 * abs(exact) < inf


def agrees(answer: float, exact: float) -> bool:
    """Returns whether an answer is the exact number, or that number rounded to as many digits as the answer has."""
    if exactly(answer, exact):
        return True
    digits = min(digits_of(answer), 12)
    return digits >= 2 and float(f"{exact:.{digits - 1}e}") == float(f"{answer:.12g}")


# One step ------------------------------------------------------------------------------------------------------------


def question(step: Step) -> str:
    """Returns the question before a step: what its edge adds."""
    return in_two_lines(ASKING["question"], ASKING["asked"]).format_map(blanks(step))


def ask(steps: Steps, answer: float | str | None) -> Verdict:
    """Returns the question for the next edge, or, given an answer, the verdict; a right answer takes the step."""
    done = steps.edges_done
    if done == len(steps.sweep.edges):
        return Verdict(True, ASKING["nothing left"])
    step = Step(steps.sweep, done + 1)
    if answer is None:
        return Verdict(False, question(step))
    reply = verdict(step, number_in(answer, "ask(…)"))
    if reply:
        steps._move(done + 1)
    return reply


def verdict(step: Step, answer: float) -> Verdict:
    """Returns whether an answer is what the step adds, rounded or not; for a wrong one, the slips that explain it."""
    words = {**blanks(step), "answer": constant(answer), "perhaps": perhaps(answer)}
    if agrees(answer, step.contribution):
        return Verdict(True, ASKING["right"].format_map(words))
    fitting: dict[str, tuple[str, str]] = {}
    for wrong, key, more, kin in step_slips(step):
        if wrong is not None and agrees(answer, wrong):
            maybe = "" if exactly(answer, wrong) else words["perhaps"]
            fitting.setdefault(kin, (key, template_of(key).format_map({**words, **more, "maybe": maybe})))
    named = [*fitting.values()][:NAMED] or [("unexplained", template_of("unexplained").format_map(words))]
    return Verdict(
        False, ASKING["wrong"].format(why=_either([said for _, said in named])), {"": tuple(key for key, _ in named)}
    )


def perhaps(answer: float) -> str:
    """Returns "perhaps " where an answer has too few digits to tell what led to it."""
    return ASKING["perhaps"] if digits_of(answer) < CERTAIN else ""


def template_of(key: str) -> str:
    """Returns the sentence of a slip."""
    return SENTENCES[key] if key in SENTENCES else ASKING[key]


def _either(said: list[str]) -> str:
    return said[0] if len(said) == 1 else ASKING["either"].format(one=said[0], other=said[1])


def step_slips(step: Step) -> Iterator[tuple[float | None, str, dict[str, str], str]]:
    """Yields the known wrong answers: the number, the name of the sentence, its own blanks, and the kin.

    The last, without a number, is for answers that no slip explains.
    """
    for found in wrong_contributions(step):
        yield found.number, found.slip.name, words_of(found, step.sweep, step.parent), found.slip.kin or found.slip.name
        if found.slip.name == "local alone":
            yield step.after, "the total", {}, "the total"
    yield None, "unexplained", {}, ""


# Gradients at the end ------------------------------------------------------------------------------------------------


class Named(NamedTuple):
    """Slips that one number cannot tell apart: the one whose sentence is said, and all of them."""

    found: Found
    all: tuple[Found, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the slips."""
        return tuple(dict.fromkeys(found.slip.name for found in self.all))


def diagnosed(gradients: Gradients, value: Value, answer: float, others: Mapping[Value, float]) -> list[Named]:
    """Returns the slips that lead to a wrong answer: those first that fit the `others`, too, then the most frequent."""
    matching = [found for found in wrong_gradients(gradients, value) if agrees(answer, found.number)]
    fits: dict[tuple[str, str], int] = {}
    for other, given in others.items() if matching else ():
        agreeing: dict[tuple[str, str], bool] = {}
        for found in wrong_gradients(gradients, other):
            key = found.slip.name, found.key
            agreeing[key] = agreeing.get(key, False) or agrees(given, found.number)
        wrong = not agrees(given, gradients.sweep.adjoints[other])
        for key, fitting in agreeing.items():
            fits[key] = fits.get(key, 0) + (fitting and wrong) - (not fitting)
    place = {slip.name: i for i, slip in enumerate(SLIPS)}

    def rank(found: Found) -> tuple[float, ...]:
        rounded = not exactly(answer, found.number)
        return -fits.get((found.slip.name, found.key), 0), rounded, -found.often, place[found.slip.name]

    matching.sort(key=rank)
    classes: dict[str, list[Found]] = {}
    for found in matching:
        one = classes.setdefault(class_of(found, gradients.sweep.adjoints[value]), [])
        one.insert(0 if found.slip.name == "zero" else len(one), found)  # 0 is told as such, whatever led there
    return [Named(members[0], tuple(members)) for members in classes.values()]


SIMPLE = {0.0: "zero", -1.0: "sign", 0.5: "half", 2.0: "twice"}  # by what of the right gradient a wrong number is


def class_of(found: Found, exact: float) -> str:
    """Returns the name that slips share which no number can tell apart.

    A simple multiple of the right number comes out by many: they are one class, told by the sentence of the multiple.
    """
    if found.blanks.get("one path"):
        return "one path"
    close = 1e-12 * abs(exact)
    simple = (name for multiple, name in SIMPLE.items() if abs(found.number - multiple * exact) <= close)
    return next(simple, found.slip.kin or found.slip.name)


def check(
    root: Value,
    answers: Mapping[Any, float | str] | None,
    named: Mapping[str, float | str],
    log: str | PathLike[str] | None = None,
) -> Verdict:
    """Returns the verdict on final gradients by name: for each whether it is right, or which slip explains a wrong answer.

    The names are in a mapping, which may have Values in their place, and among the keywords. Of a graph of another engine the
    verdict is on that engine's gradients, if none are given. Into the file `log` a line is written for each answer, see
    slip_log.py. Raises ValueError for a name that is not on the tape, TypeError for what is not a mapping, and for an answer
    that is not a number, OSError for a file that cannot be written.
    """
    if log is not None and not isinstance(log, (str, PathLike)):  # the answer for a value of that name
        return check(root, answers, {**named, "log": log})
    if not answers and not named and theirs_of(root):
        return check_engine(root)
    sweep = Sweep(root)
    noting_lost(sweep.tape.nodes)
    if answers is not None and not isinstance(answers, Mapping):
        raise TypeError(f"check takes gradients by name, as in {_example(sweep)}, not {kind_of(answers)}")
    nodes = {value_of(name, sweep.names): answer for name, answer in {**(answers or {}), **named}.items()}
    if not nodes:
        return Verdict(False, ASKING["check nothing"].format(example=_example(sweep)))
    given = {node: number_in(answer, f"check({sweep.names[node]}=…)") for node, answer in nodes.items()}
    gradients = Gradients(sweep)
    lines: list[str] = []
    wrong: dict[str, tuple[str, ...]] = {}
    for node, answer in given.items():
        name = operand(sweep.names[node])
        if agrees(answer, sweep.adjoints[node]):
            root_name = operand(sweep.names[sweep.root])
            lines.append(ASKING["check right"].format(name=name, root=root_name, value=number(sweep.adjoints[node])))
        else:
            others = {other: x for other, x in given.items() if other is not node}
            why, wrong[sweep.names[node]] = _why_wrong(gradients, node, answer, others)
            lines.append(ASKING["check other"].format(name=name, why=why))
    if log is not None:
        from chalkgrad.engine.stepping.slip_log import write  # rarely needed

        write(log, sweep, given, wrong)
        lines.append(ASKING["logged"].format(file=log))
    return Verdict(not wrong, "\n".join(lines), wrong)


def _why_wrong(gradients: Gradients, node: Value, answer: float, others: Mapping[Value, float]) -> tuple[str, tuple[str, ...]]:
    """Returns what led to a wrong answer, and the names of the slips."""
    sweep = gradients.sweep
    words = {
        "root": operand(sweep.names[sweep.root]),
        "name": operand(sweep.names[node]),
        "answer": constant(answer),
        "asked": quotient(sweep.names[sweep.root], sweep.names[node]),
        "perhaps": perhaps(answer),
    }
    total, before = sweep.adjoints[node], before_in(node)
    if node is sweep.root:
        return ASKING["check seed"].format(**words), ()
    if before and agrees(answer, before + total):
        key = "check two sweeps" if before == total else "check before"
        return ASKING[key].format(**words, before=number(before)), ("twice",)
    root = sweep.root
    seed = root._grad - before_in(root) if root._grad is not None and root._swept < 0 else 1.0
    if seed != 1.0 and agrees(answer, seed * total):
        return ASKING["check upstream"].format(**words, seed=number(seed)), ("seed",)
    named = diagnosed(gradients, node, answer, others)[:NAMED]
    if not named:
        return ASKING["check wrong"].format(**words), ()
    said = _either([_said(one, sweep, node, answer, words) for one in named])
    leaf = _telling(gradients, named, {node, *others})
    if leaf is not None:
        said = ASKING["would tell"].format(**words, said=said, leaf=operand(sweep.names[leaf]))
    return said, tuple(name for one in named for name in one.names)


def _telling(gradients: Gradients, named: list[Named], given: Iterable[Value]) -> Value | None:
    """Returns a leaf that was not asked about, whose gradient differs from one of the slips to the next; None if none does."""
    told = [found for one in named for found in one.all if found is one.found or found.slip.name in CLASSES]
    keys = [(found.slip.name, found.key) for found in told]
    for leaf in [leaf for leaf in gradients.leaves if leaf not in given][:8] if len(set(keys)) > 1 else ():
        there = {(found.slip.name, found.key): found.number for found in wrong_gradients(gradients, leaf)}
        numbers = [there[key] for key in keys if key in there]
        if len({f"{x:.3e}" for x in numbers}) > 1:
            return leaf
    return None


def _said(named: Named, sweep: Sweep, node: Value, answer: float, words: Mapping[str, str]) -> str:
    found = named.found
    maybe = "" if exactly(answer, found.number) else words["perhaps"]
    said = SENTENCES[_key_of(found, sweep, node)].format_map({**words, **words_of(found, sweep, node), "maybe": maybe})
    for like in named.all:
        if like.slip.name in CLASSES and like.slip is not found.slip and like.slip.kin == found.slip.kin:
            return CLASSES[like.slip.name].format(said=said)
    return said


def _key_of(found: Found, sweep: Sweep, node: Value) -> str:
    """The name of the sentence: slips at several uses, in samples and at a direct edge have their own."""
    name, told = found.slip.name, found.blanks
    form = (
        "several"
        if "several" in told
        else "sample"
        if "sample" in told
        else "once"
        if "into" in told
        else "direct"
        if told.get("nodes") == [sweep.root]
        else "value"
        if name == "zero" and node._data == 0
        else "plain"
        if "plain" in told
        else "all"
        if told.get("all")
        else ""
    )
    return f"{name}, {form}" if form and f"{name}, {form}" in SENTENCES else name


def words_of(found: Found, sweep: Sweep, node: Value) -> dict[str, str]:
    """Returns the texts for the blanks of a slip's own sentence."""
    names, told = sweep.names, found.blanks
    words = {key: number(told[key]) for key in ("rate", "h") if key in told}
    words |= {key: str(told[key]) for key in ("count", "sample", "of") if isinstance(told.get(key), int)}
    for key in [key for key in ("nodes", "others") if key in told]:
        words[key] = listed([other for other in told[key] if other is not sweep.root] or told[key], names)
    words |= {"into": names[told["into"]]} if "into" in told else {}
    words |= {"leaf": operand(names[told["other"]])} if "other" in told else {}
    words |= {"rate": told["key"], "digits": told["key"]} if told.get("key") else {}
    if "node" in told:
        above, parent = told["node"], told["parent"]
        words |= {"node": operand(names[above]), "parent": operand(names[parent])}
        if found.slip.partials is not None:
            words["reason"] = reason(above, told["slot"], names)
            words |= {"output": number(above._data), "input": number(parent._data)}
        if "of" in told:
            words |= _instead(sweep, above, told["of"], parent)
    return words


def _instead(sweep: Sweep, above: Value, other: Value, asked: Value) -> dict[str, str]:
    """The derivative by another argument, and the one asked for, with the gradient above if it is not 1."""
    adjoint, name = sweep.adjoints[above], operand(sweep.names[above])
    whole = f"∂{operand(sweep.of)}/∂{name} · "
    head = either(alike(number(adjoint), "1", adjoint), lambda: "", lambda: whole) + f"∂{name}/∂"
    return {"other": head + operand(sweep.names[other]), "derivative": head + operand(sweep.names[asked])}


def check_engine(root: Value) -> Verdict:
    """Returns the verdict on the gradients of another engine, whose graph was read: a line for each node.

    Raises TypeError for a root of chalkgrad's own.
    """
    from chalkgrad.engine.stepping.diagnosis import verdict_on_engine  # rarely needed

    if not isinstance(root, Mirror) or not theirs_of(root):
        raise TypeError("check takes gradients by name, such as check(a=2): those of your own engine are read by tape(root)")
    right, lines = verdict_on_engine(root)
    return Verdict(right, "\n".join(lines))


def _example(sweep: Sweep) -> str:
    """What to write for an answer: `e.check(a=…, b=…)`."""
    names = [sweep.names[node] for node in sweep.tape if node._x is None and not node.constant][:2] or [sweep.names[sweep.root]]
    plain = all(name.isidentifier() for name in names)
    answers = ", ".join(f"{name}=…" if plain else f"{name!r}: …" for name in names)
    return f"{sweep.names[sweep.root]}.check({answers if plain else '{' + answers + '}'})"
