"""What a student answers, and what is said of it: right, or the slip that leads to the wrong number.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(1.0, "b")
>>> c, d = a + b, b + 1
>>> e = c * d
>>> check(e, {"a": "4/2", "b": "2·5"}, {})
a: right, ∂e/∂a = 2
b: 10 is twice ∂e/∂b: two backward passes without zero_grad() between them add up, or a 2 is one too many
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from math import inf
from os import PathLike
from typing import Any, NamedTuple

from chalkgrad.engine.basics.detached import noting_lost
from chalkgrad.engine.basics.not_known import NotKnown
from chalkgrad.engine.basics.numbers_in import kind_of, to_float
from chalkgrad.engine.basics.tracebacks import ends_traceback
from chalkgrad.engine.basics.typed import number_typed
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.stepping.forward import ForwardPass, ForwardStep
from chalkgrad.engine.stepping.mirrors import Mirror, theirs_of
from chalkgrad.engine.stepping.sentences import blanks, forward_equation, in_two_lines, listed, position
from chalkgrad.engine.stepping.slips import SLIPS, Evidence
from chalkgrad.engine.stepping.steps import Step, Steps, Sweep
from chalkgrad.engine.stepping.wrong_answers import Found, Gradients, wrong_contributions, wrong_partials
from chalkgrad.engine.stepping.wrong_values import wrong_rules, wrong_values
from chalkgrad.engine.sweep import before_in
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.decimals import constant
from chalkgrad.engine.words.expressions import called, expression, local, number, operand, quotient, reason, total
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.manner import manner
from chalkgrad.engine.words.names import given_names, value_of
from chalkgrad.engine.words.placeholders import alike, either
from chalkgrad.engine.words.screens import on_terminal

ASKING, SENTENCES = section("asking"), section("slips")
CERTAIN = 3  # significant digits: with fewer, another slip gives the same number too easily
NAMED = 2  # slips
FAR = 8  # times as often as another was met: then that is not named beside it


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

    def __str__(self) -> str:
        return on_terminal(str.__str__(self), "print(…[:])")

    __repr__ = __str__


def number_in(answer: Any, what: str, names: Mapping[str, float] | None = None) -> float:
    """Returns an answer as a number; it may be typed as one works, such as "2·3". Raises TypeError and ValueError.

    Where there are `names`, it may be typed with these and with functions of one number, too: "d·1", "1 - tanh(n)^2".
    """
    if not isinstance(answer, str):
        return to_float(answer, what)
    return number_typed(answer) if names is None else number_typed(answer, names, _functions())


@cache
def _functions() -> Mapping[str, Any]:
    return {name: FUNCTIONS[name] for name, rule in RULES.items() if len(rule.arguments) == 1 and not rule.lists}


def digits_of(answer: float) -> int:
    """Returns the number of significant digits of an answer, as far as they are known."""
    return getattr(answer, "digits", 0) or len(f"{abs(answer):.12g}".replace(".", "").partition("e")[0].strip("0"))


def exactly(answer: float, exact: float) -> bool:
    """Returns whether an answer is a number, up to the rounding of its computation."""
    return abs(answer - exact) <= 1e-9 * abs(exact) < inf


def _rounded_up(answer: float, exact: float) -> bool:
    """Returns whether an answer may be a smaller number rounded up to a power of ten: 1.00 has a digit more than 0.996."""
    return abs(exact) < abs(answer) and f"{abs(answer):.12e}".startswith("1.000000000000")


def agrees(answer: float, exact: float) -> bool:
    """Returns whether an answer is the exact number, or that number rounded to as many digits as the answer has.

    A decimal of one digit, such as 0.2, may be one of two whose zero was not written.
    """
    if exactly(answer, exact):
        return True
    digits = min(digits_of(answer), 12)
    if digits == 1 and answer != int(answer):
        digits = 2
    if digits < 2:
        return False
    ways = (digits, digits - 1) if digits > 2 and _rounded_up(answer, exact) else (digits,)
    beside = (exact, exact * (1 + 1e-12), exact * (1 - 1e-12))  # 0.125 is 0.12 and 0.13
    return any(float(f"{x:.{way - 1}e}") == float(f"{answer:.12g}") for x in beside for way in ways)


# One step ------------------------------------------------------------------------------------------------------------


class Question(NamedTuple):
    """A number that is asked for: of a value, of a local derivative, of what an edge adds to a gradient.

    Attributes:
        text: the question
        right: the key of what is said of the right answer
        exact: the right number
        of: the name of what is asked about
        words: what fills the blanks
        slips: of known wrong answers the number, None for any, the key of the sentence, its own blanks, the kin
        factors: those that the number is a product of, or none
        names: the numbers that an answer may be typed with
    """

    text: str
    right: str
    exact: float
    of: str
    words: Mapping[str, str]
    slips: Iterable[tuple[float | None, str, Mapping[str, str], str]]
    factors: tuple[float, ...]
    names: Mapping[str, float]


def contribution_asked(step: Step) -> Question:
    """Returns the question before a step: what its edge adds."""
    words = blanks(step)
    text = in_two_lines(ASKING["question"], ASKING["asked"]).format_map(words)
    factors, of = (step.adjoint, step.partial), step.sweep.names[step.parent]
    return Question(text, "right", step.contribution, of, words, step_slips(step), factors, _names_at(step))


def local_asked(step: Step) -> Question:
    """Returns the question before what a step's edge adds: its local derivative."""
    words = blanks(step)
    text = in_two_lines(ASKING["local question"], ASKING["local asked"]).format_map(words)
    of = step.sweep.names[step.parent]
    return Question(text, "right local", step.partial, of, words, local_slips(step), (), _names_at(step))


def value_asked(step: ForwardStep) -> Question:
    """Returns the question before a value of the forward pass."""
    words = value_words(step)
    text = ASKING["value asked"].format_map(words)
    known = (node for node in step.tape if not node.parents or step.tape.index(node) < step.index)
    of, numbers = step.tape.names[step.node], _by_name(known, step.tape.names)
    return Question(text, "right value", step.node._data, of, words, value_slips(step), (), numbers)


def _names_at(step: Step) -> dict[str, float]:
    """The values' names, and those of the gradient that is complete where the step begins."""
    sweep, node = step.sweep, step.node
    assert node is not None
    name = sweep.names[node]
    gradients = dict.fromkeys((f"{operand(name)}.grad", f"{name}.grad", total(sweep.of, name)), step.adjoint)
    return {**_by_name(sweep.tape, sweep.names), **gradients}


def _by_name(nodes: Iterable[Value], names: Mapping[Value, str]) -> dict[str, float]:
    return {written: node._data for node in nodes for written in (names[node], called(names[node]))}


def value_words(step: ForwardStep) -> dict[str, str]:
    """Returns the texts for the blanks of what is said of an answer to a value."""
    names = step.tape.names
    return {
        "position": position(step.index + 1, len(step.tape)),
        "equation": forward_equation(step),
        "name": called(names[step.node]),
        "expression": expression(step.node, names),
        "value": number(step.node._data),
    }


def ask(steps: Steps[Any], answer: float | str | None, local: bool = False) -> Verdict:
    """Returns the question for the next edge, or, given an answer, the verdict; a right answer takes the step.

    Of its local derivative a right answer takes none.
    """
    done = steps._done  # by node, a right answer may stand between two positions
    if done == len(steps.sweep.edges):
        return Verdict(True, ASKING["nothing left"])
    step = Step(steps.sweep, done + 1)
    with manner(step.sweep.notation):
        asked = local_asked(step) if local else contribution_asked(step)
        if answer is None:
            return Verdict(False, asked.text)
        reply = judged(asked, number_in(answer, "ask(…)", asked.names))
    if reply and not local:
        steps._move(done + 1)
    return reply


def ask_forward(steps: ForwardPass, answer: float | str | None) -> Verdict:
    """Returns the question for the next value that is computed, or, given an answer, the verdict; a right answer goes there."""
    step = next((step for step in steps[steps.position + 1 :] if step.node.parents), None)
    if step is None:
        return Verdict(True, ASKING["no value left"])
    with manner(step.notation):
        asked = value_asked(step)
        if answer is None:
            return Verdict(False, asked.text)
        reply = judged(asked, number_in(answer, "ask(…)", asked.names))
    if reply:
        steps.goto(step.index)
    return reply


def judged(asked: Question, answer: float) -> Verdict:
    """Returns whether an answer to a question is right; for a wrong one, the slips that explain it."""
    words = {**asked.words, "answer": constant(answer), "perhaps": perhaps(answer)}
    if agrees(answer, asked.exact):
        typed = getattr(answer, "text", "")
        key = "right product" if typed and is_product(answer, asked.factors) else asked.right
        return Verdict(True, ASKING[key].format_map({**words, "typed": typed}))
    fitting: dict[str, tuple[str, str]] = {}
    for wrong, key, more, kin in asked.slips:
        if wrong is None:
            key = rounding(answer, asked.exact) or key
        elif not agrees(answer, wrong):
            continue
        if wrong is not None or not fitting:
            maybe = "" if wrong is None or exactly(answer, wrong) else words["perhaps"]
            fitting.setdefault(kin, (key, template_of(key).format_map({**words, **more, "maybe": maybe})))
    named = [*fitting.values()][:NAMED]
    slips = {asked.of: tuple(key for key, _ in named)}
    return Verdict(False, ASKING["wrong"].format(why=_either([said for _, said in named])), slips)


def is_product(answer: float, factors: tuple[float, ...]) -> bool:
    """Returns whether an answer was typed as a product of these very factors."""
    typed: tuple[float, ...] = getattr(answer, "factors", ())
    pairs = (zip(typed, order, strict=True) for order in (factors, factors[::-1]) if len(typed) == len(order) == 2)
    return any(all(exactly(one, other) for one, other in pair) for pair in pairs)


def rounding(answer: float, exact: float) -> str:
    """Returns the key of how the right number was written with too few digits, or cut off; "" if it was not.

    >>> rounding(0.3, 0.2879), rounding(2.87, 2.8791), rounding(2.88, 2.8791)
    ('few digits', 'cut off', '')
    """
    digits = min(digits_of(answer), 12)
    if not digits or not abs(exact) < inf:
        return ""
    if digits == 1 or (digits == 2 and _rounded_up(answer, exact)):
        return "few digits" if float(f"{exact:.0e}") == answer else ""
    mantissa, _, power = f"{exact:.16e}".partition("e")
    cut = mantissa[: mantissa.index(".") + digits]
    return "cut off" if float(f"{cut}e{power}") == float(f"{answer:.12g}") else ""


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
        yield found.number, found.slip.name, words_of(found, step.sweep), found.kin
        if found.slip.name == "local alone":
            yield step.after, "the total", {}, "the total"
    yield None, "unexplained", {}, ""


def local_slips(step: Step) -> Iterator[tuple[float | None, str, dict[str, str], str]]:
    """Yields the known wrong answers to a step's local derivative, as `step_slips` does; none of them tells the right one."""
    sweep, node = step.sweep, step.node
    assert node is not None
    symbol = {"reason": local(node, step.slot, sweep.names, step.repeats)}
    for found in wrong_partials(step):
        yield found.number, found.slip.name, words_of(found, sweep, local_alone=True) | symbol, found.kin
    for x, key in ((step.contribution, "the contribution"), (step.adjoint, "the upstream")):
        yield x, key, {}, key
    for wrong in wrong_rules(node, step.slot, sweep.names):
        yield wrong.number, wrong.key, {"other": wrong.other}, wrong.key
    yield 0.0, "zero", {"root": operand(sweep.names[node]), "name": operand(sweep.names[step.parent])}, "zero"
    yield None, "unexplained local", {}, ""


def value_slips(step: ForwardStep) -> Iterator[tuple[float | None, str, dict[str, str], str]]:
    """Yields the known wrong answers to a value, as `step_slips` does."""
    for wrong in wrong_values(step.node, step.tape.names):
        yield wrong.number, wrong.key, {"other": wrong.other}, "other operation" if wrong.key == "other order" else wrong.key
    yield None, "unexplained value", {}, ""


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
    matching = [found for found in gradients.wrong(value) if agrees(answer, found.number)]
    fits: dict[tuple[str, str], int] = {}
    for other, given in others.items() if matching else ():
        agreeing: dict[tuple[str, str], bool] = {}
        for found in gradients.wrong(other):
            key = found.slip.name, found.key
            agreeing[key] = agreeing.get(key, False) or agrees(given, found.number)
        wrong = not agrees(given, gradients.sweep.adjoints[other])
        for key, fitting in agreeing.items():
            fits[key] = fits.get(key, 0) + (fitting and wrong) - (not fitting)

    def rank(found: Found) -> tuple[float, ...]:
        rounded, told = not exactly(answer, found.number), found.slip.name == "zero"  # 0 is told as such
        return -fits.get((found.slip.name, found.key), 0), rounded, -(inf if told else found.weight), PLACES[found.slip.name]

    classes: dict[str, list[Found]] = {}
    for found in sorted(matching, key=rank):
        classes.setdefault(class_of(found, gradients.sweep.adjoints[value]), []).append(found)
    return [Named(members[0], tuple(members)) for members in classes.values()]


def by_number(gradients: Gradients, value: Value) -> Iterator[tuple[float, list[Named]]]:
    """Yields the wrong numbers that slips give for a value's gradient, each once, with its slips, the most frequent first.

    As an answer that is typed in full they are told apart by `diagnosed` in the same way.
    """
    exact = gradients.sweep.adjoints[value]

    def rank(found: Found) -> tuple[float, ...]:
        return -(inf if found.slip.name == "zero" else found.weight), PLACES[found.slip.name]

    numbers: dict[str, list[Found]] = {}
    for found in sorted((found for found in gradients.wrong(value) if found.number - found.number == 0.0), key=rank):
        if not exactly(found.number, exact):
            numbers.setdefault(f"{found.number + 0.0:.9g}", []).append(found)
    for each in sorted(numbers.values(), key=lambda each: -max(found.weight for found in each)):
        classes: dict[str, list[Found]] = {}
        for found in each:
            classes.setdefault(class_of(found, exact), []).append(found)
        yield each[0].number + 0.0, [Named(members[0], tuple(members)) for members in classes.values()]


PLACES = {slip.name: i for i, slip in enumerate(SLIPS)}
SIMPLE = {0.0: "zero", -1.0: "sign", 0.5: "half", 2.0: "twice"}  # by what of the right gradient a wrong number is


def class_of(found: Found, exact: float) -> str:
    """Returns the name that slips share which no number can tell apart.

    A simple multiple of the right number comes out by many: they are one class, told by the sentence of the most frequent. A
    lost minus that doubles a gradient is told beside what else does.
    """
    close = 1e-12 * abs(exact)
    simple = next((name for multiple, name in SIMPLE.items() if abs(found.number - multiple * exact) <= close), "")
    return found.kin if simple == "twice" and found.slip.name == "minus lost" else simple or found.kin


@ends_traceback
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
    that is not a number.
    """
    if not answers and not named and log is None and theirs_of(root):
        return check_engine(root)
    sweep = Sweep(root)
    if log is not None and (not isinstance(log, (str, PathLike)) or "log" in sweep.names.values()):
        answer: Any = log  # for a value of that name
        named, log = {**named, "log": answer}, None
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
        blanks_of_it = {"name": name, "asked": total(sweep.names[sweep.root], sweep.names[node])}
        if isinstance(sweep.adjoints[node], NotKnown):
            lines.append(ASKING["check not known"].format_map(blanks_of_it))
            wrong[sweep.names[node]] = ()
        elif agrees(answer, sweep.adjoints[node]):
            lines.append(ASKING["check right"].format(**blanks_of_it, value=number(sweep.adjoints[node])))
        else:
            others = {other: x for other, x in given.items() if other is not node}
            why, wrong[sweep.names[node]] = _why_wrong(gradients, node, answer, others)
            lines.append(ASKING["check other"].format(name=name, why=why))
    if log is not None:
        from chalkgrad.engine.stepping.slip_log import write  # rarely needed

        try:
            write(log, sweep, given, wrong)
            lines.append(ASKING["logged"].format(file=log))
        except OSError as error:
            lines.append(ASKING["not logged"].format(file=log, why=error.strerror))
    return Verdict(not wrong, "\n".join(lines), wrong)


def _why_wrong(gradients: Gradients, node: Value, answer: float, others: Mapping[Value, float]) -> tuple[str, tuple[str, ...]]:
    """Returns what led to a wrong answer, and the names of the slips."""
    sweep = gradients.sweep
    words = _words_of_answer(sweep, node, answer)
    adjoint, before = sweep.adjoints[node], before_in(node)
    if node is sweep.root:
        return ASKING["check seed"].format(**words), ()
    if before and agrees(answer, before + adjoint):
        key = "check two sweeps" if before == adjoint else "check before"
        return ASKING[key].format(**words, before=number(before)), ("twice",)
    root = sweep.root
    seed = root._grad - before_in(root) if root._grad is not None and root._swept < 0 else 1.0
    if seed != 1.0 and agrees(answer, seed * adjoint):
        return ASKING["check upstream"].format(**words, seed=number(seed)), ("seed",)
    if before and agrees(answer, node._grad or 0.0):
        return ASKING["check grad"].format(**words), ()
    named = diagnosed(gradients, node, answer, others)
    named = [one for one in named[:NAMED] if one.found.weight * FAR >= named[0].found.weight]
    if not named:
        return ASKING["check wrong"].format(**words), ()
    said = _either([_said(one, sweep, answer, words) for one in named])
    said = _with_equations(said, named, sweep)
    leaf = _telling(gradients, named, {node, *others})
    if leaf is not None:
        said = ASKING["would tell"].format(**words, said=said, telling=total(sweep.names[sweep.root], sweep.names[leaf]))
    return said, tuple(name for one in named for name in one.names)


def said_of(gradients: Gradients, value: Value, answer: float, named: Sequence[Named]) -> str:
    """Returns the sentence of the slip that leads to a wrong gradient, for a key: the first of these that `by_number` gives.

    It says "perhaps" only where another slip, met nearly as often, gives the same number, and nothing of programs.
    """
    sweep, first = gradients.sweep, named[0]
    sure = all(one.found.weight * FAR < first.found.weight for one in named[1:])
    words = {**_words_of_answer(sweep, value, answer), "perhaps": "" if sure else ASKING["perhaps"]}
    return _with_equations(_said(first, sweep, answer, words, on_paper=True), [first], sweep)


def sentence_of(slip: str, form: str = "", on_paper: bool = False) -> str:
    """Returns the template of a slip's sentence, in its form if it has one, and in that for paper.

    >>> sentence_of("twice", on_paper=True)
    '{maybe}{answer} is twice {asked}: a 2 is one too many'
    """
    key = f"{slip}, {form}" if f"{slip}, {form}" in SENTENCES else slip
    return SENTENCES[f"{key}, paper" if on_paper and f"{key}, paper" in SENTENCES else key]


def _words_of_answer(sweep: Sweep, node: Value, answer: float) -> dict[str, str]:
    return {
        "root": operand(sweep.names[sweep.root]),
        "name": operand(sweep.names[node]),
        "answer": constant(answer),
        "asked": total(sweep.names[sweep.root], sweep.names[node]),
        "inverse": quotient(sweep.names[node], sweep.names[sweep.root]),
        "seeding": total(sweep.names[sweep.root], sweep.names[sweep.root]),
        "perhaps": perhaps(answer),
    }


def _with_equations(said: str, named: Sequence[Named], sweep: Sweep) -> str:
    """Returns a sentence with what the values are that it mentions and that have no name of their own."""
    told = dict.fromkeys(node for one in named for node in one.found.evidence.mentioned)
    unnamed = [node for node in told if node._x is not None and not given_names([node]).get(node)]
    unnamed = [
        node for node in unnamed if _mentions(said, called(sweep.names[node])) or _mentions(said, operand(sweep.names[node]))
    ]
    if unnamed:
        equations = ", ".join(f"{called(sweep.names[node])} = {sweep.expression(node)}" for node in unnamed[:2])
        said = ASKING["where"].format(said=said, equations=equations)
    return said


def _mentions(said: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) is not None


def _telling(gradients: Gradients, named: list[Named], given: Iterable[Value]) -> Value | None:
    """Returns a leaf that was not asked about, whose gradient differs from one of the slips to the next; None if none does."""
    told = [found for one in named for found in one.all if found is one.found or found.slip.name == "overwrite"]
    keys = [(found.slip.name, found.key) for found in told]
    for leaf in [leaf for leaf in gradients.leaves if leaf not in given][:8] if len(set(keys)) > 1 else ():
        there = {(found.slip.name, found.key): found.number for found in gradients.wrong(leaf)}
        numbers = [there[key] for key in keys if key in there]
        if len({f"{x:.3e}" for x in numbers}) > 1:
            return leaf
    return None


def _said(named: Named, sweep: Sweep, answer: float, words: Mapping[str, str], on_paper: bool = False) -> str:
    found = named.found
    said = sentence_of(found.slip.name, found.evidence.form, on_paper).format_map(
        {**words, **words_of(found, sweep), "maybe": "" if exactly(answer, found.number) else words["perhaps"]}
    )
    if found.slip.name == "one path" and "overwrite" in named.names and not on_paper:
        said = SENTENCES["one path, overwrite"].format(said=said)
    return said


def words_of(found: Found, sweep: Sweep, local_alone: bool = False) -> dict[str, str]:
    """Returns the texts for the blanks of a slip's own sentence; where a local derivative is asked for, of that alone."""
    names, told = sweep.names, found.evidence
    words = {"count": str(told.times), "of": str(told.of), "number": number(told.number)}
    if told.nodes:
        words |= {"nodes": listed(_telling_names(told.nodes, sweep), names), "beside": listed(told.beside, names)}
    if told.node is not None and told.parent is not None:
        words |= {"node": operand(names[told.node]), "parent": operand(names[told.parent])}
        edge = told.slot < len(told.node.parents) and told.node.parents[told.slot] is told.parent
        whole = total(names[told.node], names[told.parent])
        words["local"] = local(told.node, told.slot, names) if edge else whole
        words["total"] = total(sweep.of, names[told.node])
        words |= {"output": number(told.node._data), "input": number(told.parent._data)}
        if found.slip.partials is not None:
            words["reason"] = reason(told.node, told.slot, names)
        if told.form == "root":
            words["expression"] = sweep.expression(told.node, slot=told.slot)
        if told.other is not None:
            words |= _instead(sweep, told, local_alone)
    elif told.node is not None:
        words |= {"node": called(names[told.node]), "total": total(sweep.of, names[told.node])}
    elif told.other is not None:
        words["of_other"] = total(sweep.of, names[told.other])
    return words


def _telling_names(nodes: Sequence[Value], sweep: Sweep) -> list[Value]:
    """Those of a path's nodes that have a name of their own, without the root, if there are any."""
    inner = [node for node in nodes if node is not sweep.root] or [*nodes]
    given = given_names(inner)
    return [node for node in inner if given.get(node)] or inner


def _instead(sweep: Sweep, told: Evidence, local_alone: bool) -> dict[str, str]:
    """The derivative by another argument, and the one asked for, with the gradient above if it is not 1."""
    above = told.node
    assert above is not None
    adjoint = sweep.adjoints[above]
    whole = f"{total(sweep.of, sweep.names[above])} · "
    head = "" if local_alone else either(alike(number(adjoint), "1", adjoint), lambda: "", lambda: whole)
    slots = {"other": told.other_slot, "derivative": told.slot}
    return {name: head + local(above, slot, sweep.names) for name, slot in slots.items()}


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
