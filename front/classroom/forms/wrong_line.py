"""Find the wrong line: a backward pass as the lines of a program, with a mistake in one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from chalkgrad.classroom.forms.asked import upstream_given
from chalkgrad.classroom.forms.asking import lettered, letters
from chalkgrad.classroom.forms.form import WORDS, Form
from chalkgrad.classroom.paper import Box, Choices, Formula, Grid, Paragraph, Question, Slip
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.formulas.notation import ATOM, PRODUCT
from chalkgrad.engine.formulas.trees import Formula as Tree
from chalkgrad.engine.stepping.slips import SLIPS
from chalkgrad.engine.stepping.steps import Step
from chalkgrad.engine.words.manner import manner
from chalkgrad.engine.words.printer import LaTeX, Plain, Printer, binding, local_formula
from chalkgrad.engine.words.shown import chosen, simplified
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
    """The lines `b.grad += c.grad · 1` of a backward pass, one of them with a mistake that makes a gradient wrong."""

    name = "wrong line"
    grades = "none"

    def refusal(self, posed: Posed) -> str:
        """Refuses graphs with few lines, and with many."""
        count = len(posed.sweep.edges)
        if not 3 <= count <= MOST_LINES:
            return f"a wrong line is looked for among 3 to {MOST_LINES}, and the backward pass of this graph has {count}"
        return ""

    def suits(self, posed: Posed) -> bool:
        """Whether there are enough mistakes that change a gradient for the options to choose from."""
        return sum(len([*wrong_lines(posed, step)]) for step in _steps(posed)) >= OPTIONS

    def question(self, posed: Posed, number: int) -> Question:
        """Returns the lines of a pass, one of them wrong; asked are which it is, and what belongs there."""
        chance = posed.chance.beside(self.name, str(number))
        steps = _steps(posed)
        mistakes = [[*wrong_lines(posed, step)] for step in steps]
        place = chance.choice([i for i, some in enumerate(mistakes) if some])
        wrong = chance.choice(mistakes[place])
        right = [right_line(posed, step) for step in steps]
        shown = [*right[:place], wrong.line, *right[place + 1 :]]
        # Some are for other lines, else the options would give away which line is meant.
        own = [one for one in mistakes[place] if one.line != wrong.line]
        beside = [one for i, some in enumerate(mistakes) for one in some if i != place]
        others = [*chance.shuffled(own)[:1], *chance.shuffled(beside)][: OPTIONS - 1]
        options = chance.shuffled([right[place], *(one.line for one in others)])
        slip_of = {one.line: one.slip for one in others}
        marks = letters(max(len(shown), len(options)))
        lines = dict(zip(marks, shown, strict=False))
        which = Box(f"{number}.line", "choice", marks[place], WORDS["which line"], width=1, options=tuple(lines))
        slips = tuple(
            Slip(float(i), slip_of[line], WORDS[SAID[slip_of[line]]], marks[i])
            for i, line in enumerate(options)
            if line in slip_of
        )
        what = Box(
            f"{number}.instead", "choice", marks[options.index(right[place])], WORDS["what belongs there"], slips=slips, width=1
        )
        return Question(
            self.name,
            WORDS["wrong line"],
            WORDS["wrong line, hint"],
            (
                Grid((WORDS["column line"], ""), tuple(((mark,), (line,)) for mark, line in lines.items())),
                Paragraph((WORDS["which line"], ": ", which)),
                Paragraph((WORDS["what belongs there"], ":")),
                Choices(what, lettered([(line,) for line in options])),
            ),
            minutes=round(1.5 + 0.4 * len(steps), 1),
            notes=((wrong.line, ": ", WORDS[SAID[wrong.slip]]),),
            given=upstream_given(posed),
        )


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
    """A line that adds something, given the node's grad and the formula of the local derivative; `sign` is that for +=."""
    node = step.node
    assert node is not None

    def write_it(write: Printer) -> str:
        adds = sign or (ADDS if isinstance(write, LaTeX) else " += ")
        return _grad(write, step.parent) + adds + added(write, _grad(write, node), _factor(write, posed, node, step.slot))

    return formula(posed, write_it)


def formula(posed: Posed, write: Callable[[Printer], str]) -> Formula:
    """Returns a formula in both media, names set in type."""
    names = posed.sweep.names
    with manner(typeset=True):
        return Formula(write(Plain(names)), write(LaTeX(names)))


def _grad(write: Printer, node: Value) -> str:
    return write.name(node) + (r"\mathtt{.grad}" if isinstance(write, LaTeX) else ".grad")


def _as_factor(factor: Factor) -> str:
    text, binds = factor
    return text if binds >= PRODUCT and not text.startswith("-") else f"({text})"


def _as_term(factor: Factor) -> str:
    return f"({factor[0]})" if factor[0].startswith("-") else factor[0]


def _factor(write: Printer, posed: Posed, node: Value, slot: int) -> Factor:
    """The formula of a local derivative in the branch that it takes."""
    tree, arguments = local_formula(node, slot)
    parts, values = {"v": _part(write, posed, node)}, {"v": node.data}
    for name, x in arguments.items():
        parts[name] = _part(write, posed, x)
        values[name] = x if isinstance(x, float) else x.data
    found: list[Factor] = []

    def branch(taken: Tree, _: object) -> str:
        found.append(write.printed(simplified(taken), parts))
        return ""

    chosen(tree, values, branch)
    return found[0]


def _part(write: Printer, posed: Posed, x: Value | float) -> Factor:
    if isinstance(x, float):
        return _as_term((write.number(x), PRODUCT)), ATOM
    name = posed.sweep.names[x]
    return write.called(name), binding(name)
