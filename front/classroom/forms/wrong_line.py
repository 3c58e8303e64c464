"""Find the wrong line: a backward pass as the lines of a program, with a mistake in one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.forms.form import WORDS, Form, minutes_of
from chalkgrad.classroom.forms.on_graphs import upstream_given
from chalkgrad.classroom.forms.thinking import lettered, letters
from chalkgrad.classroom.paper import Box, Choices, Formula, Grid, Paragraph, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.formulas.notation import PRODUCT
from chalkgrad.engine.stepping.slips import SLIPS
from chalkgrad.engine.stepping.steps import Step
from chalkgrad.engine.words.manner import manner
from chalkgrad.engine.words.printer import LaTeX, Plain, Printer
from chalkgrad.engine.words.slides import ADDS

MOST_LINES = 12
OPTIONS = 4
# The sentences on the mistakes, by the slips' names.
SAID = {
    "overwrite": "wrong line: overwrite",
    "own factor": "wrong line: own factor",
    "minus lost": "wrong line: minus lost",
    "no slope": "wrong line: no slope",
    "added": "wrong line: added",
    "local alone": "wrong line: local alone",
}
_BY_NAME = {slip.name: slip for slip in SLIPS}


class Wrong(NamedTuple):
    """A wrong line: the name of the slip, and how the line is written with it."""

    slip: str
    line: Formula


class WrongLine(Form):
    """The lines `b.grad += c.grad · 1` of a backward pass, one of them with a mistake that makes a gradient wrong.

    The options say what the mistake is: lines to choose from would tell, by the grad that they add to, which line is meant.
    """

    name = "wrong line"
    grades = "none"

    def refusal(self, posed: Posed) -> str:
        """Refuses graphs with few lines, and with many."""
        count = len(posed.sweep.edges)
        if not 3 <= count <= MOST_LINES:
            return f"a wrong line is looked for among 3 to {MOST_LINES}, and the backward pass of this graph has {count}"
        return ""

    def suits(self, posed: Posed) -> bool:
        """Tells whether there are several mistakes that change a gradient, of which one is drawn."""
        return sum(len([*wrong_lines(posed, step)]) for step in _steps(posed)) >= OPTIONS

    def question(self, posed: Posed, number: int) -> Question:
        """Returns the lines of a pass, one of them wrong; asked are which it is, and what is wrong in it."""
        chance = posed.chance.beside(self.name, str(number))
        steps = _steps(posed)
        mistakes = [[*wrong_lines(posed, step)] for step in steps]
        place = chance.choice([i for i, some in enumerate(mistakes) if some])
        wrong, right = chance.choice(mistakes[place]), right_line(posed, steps[place])
        numbered = {f"{i}": right_line(posed, step) for i, step in enumerate(steps, 1)}
        at = f"{place + 1}"
        which = Box(f"{number}.line", "choice", at, WORDS["which line"], width=len(f"{len(steps)}"), options=tuple(numbered))
        options = _options(mistakes, place, wrong, chance)
        mark = letters(len(options))[options.index(wrong.slip)]
        what = Box(f"{number}.mistake", "choice", mark, WORDS["what is wrong in it"], width=1)
        blocks = (
            Grid((WORDS["column line"], ""), tuple(((i,), (line,)) for i, line in {**numbered, at: wrong.line}.items())),
            Paragraph((WORDS["which line"], ": ", which)),
            Paragraph((WORDS["what is wrong in it"], ":")),
            Choices(what, lettered([(WORDS[SAID[slip]],) for slip in options])),
        )
        return Question(
            self.name,
            WORDS["wrong line"],
            WORDS["wrong line, hint"],
            blocks,
            minutes=minutes_of(blocks, 0.5 + 0.4 * len(steps)),
            notes=((WORDS["the right line"], f" {at}: ", right),),
            given=upstream_given(posed),
        )


def _options(mistakes: Sequence[Sequence[Wrong]], place: int, wrong: Wrong, chance: Chance) -> list[str]:
    """Returns the slips to choose from: the one that was made and others, first those of other lines.

    None of the others makes the same line.
    """
    same = {one.slip for one in mistakes[place] if one.line == wrong.line}
    elsewhere = dict.fromkeys(one.slip for some in mistakes for one in some)
    others = [
        *chance.shuffled([slip for slip in elsewhere if slip not in same]),
        *chance.shuffled([slip for slip in SAID if slip not in elsewhere]),
    ]
    return chance.shuffled([wrong.slip, *others[: OPTIONS - 1]])


def _steps(posed: Posed) -> list[Step]:
    return [Step(posed.sweep, i + 1) for i in range(len(posed.sweep.edges))]


def right_line(posed: Posed, step: Step) -> Formula:
    """Returns the line of a step, `b.grad += c.grad · d`."""
    return _line(posed, step, lambda write, upstream, factor: upstream + write.times + _as_factor(factor))


def wrong_lines(posed: Posed, step: Step) -> Iterator[Wrong]:
    """Yields a step's line with each mistake that changes what it brings, those of the engine's tables."""
    assert step.node is not None
    edge, right = (step.node, step.slot), step.contribution

    def slipped(name: str) -> float:
        return step.adjoint * posed.gradients.others(_BY_NAME[name]).get(edge, step.partial)

    if step.before != 0.0:
        yield Wrong(
            "overwrite",
            _line(posed, step, lambda write, upstream, factor: upstream + write.times + _as_factor(factor), " = "),
        )
    if slipped("own factor") != right:
        own = _line(
            posed, step, lambda write, upstream, _: upstream + write.times + write.operand(posed.sweep.names[step.parent])
        )
        yield Wrong("own factor", own)
    if slipped("minus lost") != right and step.partial == -1.0:
        yield Wrong("minus lost", _line(posed, step, lambda write, upstream, _: f"{upstream}{write.times}1"))
    if slipped("no slope") != right:
        yield Wrong("no slope", _line(posed, step, lambda write, upstream, _: f"{upstream}{write.times}1"))
    if step.adjoint + step.partial != right:
        yield Wrong("added", _line(posed, step, lambda _, upstream, factor: f"{upstream} + {_as_term(factor)}"))
    if step.partial != right:
        yield Wrong("local alone", _line(posed, step, lambda _, __, factor: factor[0]))


Factor = tuple[str, float]  # a text, and how strongly it binds


def _line(posed: Posed, step: Step, added: Callable[[Printer, str, Factor], str], sign: str = "") -> Formula:
    """Returns a line that adds what `added` makes of the node's grad and the formula of the local derivative, by a `sign`."""
    node = step.node
    assert node is not None

    def write_it(write: Printer) -> str:
        adds = sign or (ADDS if isinstance(write, LaTeX) else " += ")
        return _grad(write, step.parent) + adds + added(write, _grad(write, node), write.local_factor(node, step.slot))

    names = posed.sweep.names
    with manner(typeset=True):
        return Formula(write_it(Plain(names)), write_it(LaTeX(names)))


def _grad(write: Printer, node: Value) -> str:
    return write.name(node) + (r"\mathtt{.grad}" if isinstance(write, LaTeX) else ".grad")


def _as_factor(factor: Factor) -> str:
    text, binds = factor
    return text if binds >= PRODUCT and not text.startswith("-") else f"({text})"


def _as_term(factor: Factor) -> str:
    return f"({factor[0]})" if factor[0].startswith("-") else factor[0]
