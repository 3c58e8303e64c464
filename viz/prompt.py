"""Stepping at a prompt, as in a debugger: `prompt(L)`.

    (L) n
    1/6   L = d·f     ∂L/∂d = f = -2
          d.grad += ∂L/∂L · ∂L/∂d = 1 · (-2) = -2      0 → -2   complete

The letters are pdb's and gdb's where those have one. It works on a terminal and over a pipe.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any

from chalkgrad.engine import Value
from chalkgrad.engine.checking.nudge import nudge
from chalkgrad.engine.explaining.chain import chain_rule
from chalkgrad.engine.stepping.forward import ForwardPass
from chalkgrad.engine.stepping.keeping import data_kept, grads_kept
from chalkgrad.engine.stepping.mistaken import listing, staged, steps_in_words
from chalkgrad.engine.stepping.mistakes import MISTAKES, MistakenSteps, many
from chalkgrad.engine.stepping.sentences import pending_sentence
from chalkgrad.engine.stepping.steps import Steps
from chalkgrad.engine.stepping.tape import Tape
from chalkgrad.engine.sweep import order
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.decimals import digits_apart
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.lists import joined
from chalkgrad.engine.words.names import value_of
from chalkgrad.viz.drawing.graph import draw
from chalkgrad.viz.prompting.arithmetic import Expression
from chalkgrad.viz.prompting.loop import ALIASES, COMMANDS, Loop, completions
from chalkgrad.viz.prompting.rows import cells, fitted, window
from chalkgrad.viz.prompting.screen import BOLD, LIT, wrapped

PROMPT = section("prompt")
_WALKS = ("next", "back", "all")  # behind m: ways through the steps of a mistake
_MOST_ROWS = 200  # of a table, where there is no terminal to fill
_LEAST_ROWS = 3  # of the table that stays in sight


def prompt(root: Value, stdin: IO[str] | None = None, stdout: IO[str] | None = None) -> None:
    """Steps through the backward pass of `root` at a prompt, until `q`, Ctrl-C or the end of the input.

    If the steps have come to their end by then, the gradient of the whole pass stays, as after `zero_grad(); backward()`, and
    what was set at the prompt stays with it. Otherwise, and after an error, every grad and every value is put back as it was
    found. `h` at the prompt lists the commands.

    Raises TypeError if `root` is not a Value, StaleGraphError if a value has changed since others were computed from it.

    >>> from io import StringIO
    >>> from sys import stdout
    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> e = a * b
    >>> e.label = "e"
    >>> prompt(e, StringIO("n"), stdout)
    The backward pass of e = a·b: 2 steps. n goes to the next, h helps.
    seed  e.grad = ∂e/∂e = 1
    1/2   e = a·b   ∂e/∂a = b = -3
          a.grad += ∂e/∂e · ∂e/∂a = 1 · (-3) = -3      0 → -3   complete
    Every grad is again as it was before.
    """
    loop = Prompt(root, stdin, stdout)
    with grads_kept(loop.steps.sweep.tape) as grads, data_kept(root) as data:
        try:
            loop.cmdloop()
        except KeyboardInterrupt:
            loop.say("")
        finally:
            if loop.finished:
                grads.clear()
                data.clear()
    loop.say(PROMPT["gradient stays" if loop.finished else "put back"])
    if loop.found:
        said = [loop.told(name, value.data, was) for name, (value, was) in loop.found.items()]
        loop.say(PROMPT["set stays" if loop.finished else "set put back"].format(values=joined(said, 8)))


class Prompt(Loop):
    """The commands, on `root.steps()`, or in the forward pass on `root.steps(forward=True)`."""

    def __init__(self, root: Value, stdin: IO[str] | None = None, stdout: IO[str] | None = None) -> None:
        self.root = root
        self.steps = Steps(root)
        super().__init__(self.steps.sweep.names, stdin, stdout)
        self.forward: ForwardPass | None = None  # while it is this that is stepped through
        self.prompt = f"({self.screen.spelled(self.names[root])}) " if self.screen.interactive else ""
        self.mistaken: MistakenSteps | None = None  # the latest
        self.found: dict[str, tuple[Value, float]] = {}  # the values that were set, and what they were before
        self.displayed: dict[str, str] = {}  # what is displayed, and what was said of it last
        self.sticky = False
        self.finished = False  # whether a command has brought the sweep to its end

    @property
    def cursor(self) -> Steps | ForwardPass:
        """What is stepped through."""
        return self.forward or self.steps

    @property
    def at_the_end(self) -> bool:
        """Whether the cursor has come to its end."""
        return self.cursor.position == len(self.cursor) - 1

    # The loop --------------------------------------------------------------------------------------------------------

    def preloop(self) -> None:
        name, count = self.names[self.root], len(self.steps) - 1
        written = words.expression(self.root, self.names) or words.number(self.root.data)
        self.screen.begin()
        self.say(PROMPT.form("begin", count).format(root=name, expression=written, count=count))
        self.steps.reset()
        self.say_step()

    def precmd(self, line: str) -> str:
        self.finished = False  # until the command is done: it may be interrupted on its way back from the end
        self.screen.holding = self.sticky
        return super().precmd(line)

    def postcmd(self, stop: bool, line: str) -> bool:
        self.finished = 0 < self.steps.position == len(self.steps) - 1
        return stop

    def answered(self, stop: bool) -> None:
        if stop:
            self.screen.end()
            return
        self._say_what_is_displayed()
        self.screen.end(*self._page())

    def default(self, line: str) -> None:
        if line.strip() in self.values or re.search(r"[-+*/^()·<>=]", line):
            self.do_p(line)
        else:
            super().default(line)

    def say_step(self) -> None:
        """Writes the sentence of the step at the cursor, and whether the pass is complete."""
        if not self.screen.holding:  # else it stands below the table
            self._write_step()
        if self.at_the_end:
            self.say(PROMPT["complete" if self.forward is None else "forward complete"])

    def _write_step(self) -> None:
        first, *rest = str(self.cursor[self.cursor.position]).splitlines()
        self.say(first)
        if rest:
            self.say("\n".join(rest), BOLD)

    def _value(self, name: str) -> Value:
        if not name:
            raise ValueError(f"name a value, one of {', '.join(list(self.values)[:12])}")
        return value_of(name, self.names)

    def _expression(self, text: str, condition: bool = False) -> Expression:
        more = {} if not condition or "grad" in self.values else {"grad": self._latest_grad}
        return Expression(text, self.values, more, condition)

    def _latest_grad(self) -> float:
        """Returns the grad that the step at the cursor has added to; of several the largest in size."""
        return max((value.grad for value in self._touched()), key=abs)

    def _touched(self) -> Sequence[Value]:
        """Returns the values that the step at the cursor is about: whose grad it adds to, or what it computes."""
        if self.forward is not None:
            return [self.forward[self.forward.position].node]
        step = self.steps[self.steps.position]
        return [*step.updates] if hasattr(step, "updates") else [step.parent]

    def _moved(self, move: Callable[[], object]) -> None:
        before = self.cursor.position
        move()
        if self.cursor.position != before:
            self.say_step()
            return
        first = "at the seed" if self.forward is None else "at the beginning"
        at = "at the end" if self.at_the_end else first if before <= 0 else "at a position"
        self.say(PROMPT[at].format(position=before))

    # Going -----------------------------------------------------------------------------------------------------------

    def do_n(self, argument: str) -> None:
        count = self.step_count(argument)
        self._moved(lambda: self.cursor.step(count))
        self.repeated = f"n {argument}"

    def do_b(self, argument: str) -> None:
        count = self.step_count(argument)
        self._moved(lambda: self.cursor.back(count))
        self.repeated = f"b {argument}"

    def do_c(self, argument: str) -> None:
        self.refuse("c", argument)
        self._moved(self.cursor.run)

    def do_until(self, argument: str) -> None:
        if argument in self.values or not re.search(r"[<>=≤≥≠]", argument):
            value = self._value(argument)
            self._moved(lambda: self.cursor.run_to(value))
        elif self.forward is not None:
            raise ValueError(f"in the forward pass until takes the name of a value, not {argument!r}: backward has the grads")
        else:
            self._moved(lambda: self._run_until(self._expression(argument, condition=True)))

    def _run_until(self, condition: Expression) -> None:
        """Goes on to the first step after which the condition holds; a grad that is not computed makes it false."""
        while not self.at_the_end:
            self.steps.step()
            try:
                if condition.compute():
                    return
            except ValueError:
                pass
        self.say(PROMPT["never"].format(condition=condition.text))

    def do_g(self, argument: str) -> None:
        if argument == "0" and self.forward is None:
            self.steps.reset()
            self.say_step()
        elif argument:
            position = self.count(argument)
            first = "the seed" if self.forward is None else "the first value"
            if not 0 <= position < len(self.cursor):
                raise ValueError(f"positions go from 0, {first}, to {len(self.cursor) - 1}")
            self._moved(lambda: self.cursor.goto(position))
        else:
            self.say_step()

    def do_forward(self, argument: str) -> None:
        self.refuse("forward", argument)
        if self.forward is None:
            self.forward = ForwardPass(self.root)
            self.forward.reset()
            count = len(self.forward)
            self.say(PROMPT.form("in forward", count).format(root=self.names[self.root], count=count))
        self.say_step()

    def do_backward(self, argument: str) -> None:
        self.refuse("backward", argument)
        self.forward = None
        self.say_step()

    def do_by(self, argument: str) -> None:
        if argument not in ("", "edge", "node"):
            raise ValueError(f"steps go by edge or by node, not by {argument}")
        self.forward = None
        if argument not in ("", self.steps.by):
            edges = self.steps.sweep.edges
            done = self.steps.edges_done
            nodes = len({edges[i][0] for i in range(done)})
            self._begin(argument, done if argument == "edge" else nodes)
        self.say(PROMPT[f"by {self.steps.by}"])
        self.say_step()

    def _begin(self, by: str, position: int) -> None:
        """Makes new steps, and goes to a position."""
        self.steps = Steps(self.root, by)
        self.steps.goto(position)

    # Looking ---------------------------------------------------------------------------------------------------------

    def _described(self, what: str) -> str:
        """Returns a value, by its name, or an expression, with what it is now."""
        if what not in self.values and re.search(r"\W", what):
            expression = self._expression(what)
            return f"{expression.text} = {words.number(expression.compute())}"
        value = self._value(what)
        written = words.expression(value, self.names)
        grad = words.grad_text(value, complete=value not in self.steps.pending)
        return f"{what} = {written + ' = ' if written else ''}{words.number(value.data)}, {grad}"

    def do_p(self, argument: str) -> None:
        self.say(self._described(argument))
        value = self.values.get(argument)
        if value is not None and (missing := self.steps.pending.get(value)) is not None:
            self.say("  " + pending_sentence(argument, missing.arrived, missing.of, missing.through, self.names))

    def do_display(self, argument: str) -> None:
        if argument:
            if argument not in self.values:
                self._expression(argument)  # or it is refused
            self.displayed[argument] = ""
        elif not self.displayed:
            self.say(PROMPT["nothing displayed"])
        else:
            self.displayed = dict.fromkeys(self.displayed, "")

    def do_undisplay(self, argument: str) -> None:
        if argument and argument not in self.displayed:
            displayed = ", ".join(self.displayed) or "nothing"
            raise ValueError(f"{argument} is not displayed; {displayed} is")
        self.displayed = {name: said for name, said in self.displayed.items() if argument and name != argument}

    def complete_undisplay(self, text: str, line: str, begin: int, *ignored: Any) -> list[str]:
        return completions(self.displayed, text, line, begin)

    def _say_what_is_displayed(self) -> None:
        for what, before in self.displayed.items():
            try:
                said = self._described(what)
            except (ValueError, ArithmeticError) as error:
                said = f"{what}: {error}"
            if said != before:
                same, _, old = before.partition(", ")  # of a value, if only its grad has changed
                old = old if old and said.startswith(f"{same}, ") else before
                self.say(PROMPT["displayed"].format(said=said) if not before else PROMPT["changed"].format(said=said, before=old))
                self.displayed[what] = said

    def do_l(self, argument: str) -> None:
        first, count = self.row(argument), len(self.names)
        width, height = self.screen.size
        most = 2 * height - 5 if self.screen.interactive else _MOST_ROWS
        heading, *rows = self._table(range(first - 1, min(count, first - 1 + most)), width, wrap=True)
        lines = [*heading]
        shown = 0
        for row in rows:
            if shown and len(lines) + len(row) > most + 2:
                break
            lines += row
            shown += 1
        self.screen.write(lines)
        last = first + shown - 1
        if (first, last) != (1, count):
            rest = PROMPT["goes on"].format(next=last + 1) if last < count else ""
            self.say(PROMPT["rows"].format(first=first, last=last, count=count) + rest)
        elif self.forward is None:
            below = self.root.tape().table().below()
            if below:
                self.say("\n".join(below))

    def _table(self, indices: range, width: int, wrap: bool = False) -> list[list[str]]:
        """Returns the lines of the table's heading and of each row, as this terminal can show them."""
        rows = cells(self.cursor, indices)
        if not self.screen.encodes("".join(cell for row in rows for cell in row) + "│─┼…"):
            rows = [tuple(self.screen.ascii(cell) for cell in row) for row in rows]
            return [[self.screen.ascii(line) for line in lines] for lines in fitted(rows, width, wrap, "...")]
        return fitted(rows, width, wrap)

    def do_sticky(self, argument: str) -> None:
        self.refuse("sticky", argument)
        if not self.screen.interactive:
            raise ValueError("sticky keeps the table in sight on a terminal, and this is none: l lists it")
        self.sticky = not self.sticky
        if not self.sticky:
            self.say(PROMPT["not sticky"])

    def _page(self) -> tuple[list[str], bool]:
        """Returns what stands above the answer if the table is to stay in sight, and whether the screen is cleared for it."""
        if not self.sticky:
            return [], False
        width, height = self.screen.size
        said = self.screen.kept(self._write_step)
        room = height - len(said) - self.screen.held - 4  # the heading, its rule, the rows there are, the prompt
        if room < _LEAST_ROWS:
            return said, False
        tape = self.steps.sweep.tape
        touched = self._touched()
        lit = {i for i in range(len(tape)) if tape[i] in touched}
        indices = window(range(len(tape)), lit, room)
        heading, *rows = self._table(indices, width - 1)
        step = self.cursor[self.cursor.position]
        lines = [*heading]
        for i, (row,) in zip(indices, rows, strict=True):
            if i in lit:
                lines.append(self.screen.styled(f">{row[1:]:<{len(heading[-1]) - 1}}", LIT))
            else:
                lines.append(self.screen.styled(row, BOLD if tape[i] is step.node else ""))
        if len(indices) < len(tape):
            lines += self.screen.kept(
                lambda: self.say(PROMPT["rows"].format(first=indices.start + 1, last=indices.stop, count=len(tape)))
            )
        return [*lines, *said], True

    def do_pending(self, argument: str) -> None:
        self.refuse("pending", argument)
        self.say(repr(self.steps.pending))

    def do_w(self, argument: str) -> None:
        for value in [self._value(argument)] if argument else self._touched():
            expansion = chain_rule(self.root, value)
            self.say("\n".join(filter(None, [str(expansion), expansion.why_not_cancelled])))

    def do_d(self, argument: str) -> None:
        stem = "".join(c if c.isalnum() else "-" for c in self.names[self.root])
        file = argument or f"{stem}-{'forward-' if self.forward else ''}{self.cursor.position}.svg"
        draw(self.root, highlight=self.cursor[self.cursor.position]).save(file)
        self.say(PROMPT["wrote"].format(file=file))

    def do_more(self, argument: str) -> None:
        self.refuse("more", argument)
        if not self.screen.rest:
            self.screen.begin()
            self.say(PROMPT["no more"])
        self.screen.more()

    # Trying ----------------------------------------------------------------------------------------------------------

    def do_ask(self, argument: str) -> None:
        if argument in COMMANDS or argument in ALIASES:
            self.do_h(argument)
        elif self.forward is not None:
            raise ValueError("? asks for a step of the backward pass: type backward first")
        elif argument:
            self.say(self.steps.ask(argument))
        else:
            self.say(self.steps.ask())
            if not self.at_the_end:
                self.say(PROMPT["to answer"])

    def do_set(self, argument: str) -> None:
        if not argument:
            said = [self.told(name, was, value.data) for name, (value, was) in self.found.items()]
            self.say(PROMPT["was set"].format(values=joined(said, 8)) if said else PROMPT["nothing set"])
            return
        name, text = self._name_before(argument)
        value = self._value(name)
        if value.parents:
            leaves = [self.names[node] for node in order([value]) if not node.parents]
            raise ValueError(f"{name} is computed, so it cannot be set: set what it comes from, {joined(leaves, 6)}")
        if not text:
            raise ValueError(f"set a value to a number, as in set {name} 3")
        self._assign(name, value, float(self._expression(text).compute()))

    def complete_set(self, text: str, line: str, begin: int, *ignored: Any) -> list[str]:
        leaves = [name for name, value in self.values.items() if not value.parents]
        return completions(leaves, text, line, begin)

    def _name_before(self, argument: str) -> tuple[str, str]:
        """Returns the name that stands first, which may have blanks, and the text behind it."""
        names = [name for name in self.values if re.match(rf"{re.escape(name)}(?=[\s=]|$)", argument)]
        name = max(names, key=len) if names else re.split(r"[\s=]", argument, maxsplit=1)[0]
        return name, argument[len(name) :].strip().removeprefix("=").strip()

    def _assign(self, name: str, value: Value, number: float) -> None:
        """Gives a leaf another value, computes everything from it again, and starts the steps afresh."""
        before, result, position = value.data, self.root.data, self.steps.position
        value.data = number
        try:
            self.root.forward()
        except BaseException:  # Ctrl-C too: half of the values would be new
            value.data = before
            self.root.forward()
            self._begin(self.steps.by, position)
            raise
        self.found.setdefault(name, (value, before))
        self.mistaken = None
        self._begin(self.steps.by, 0)
        apart = digits_apart(result, self.root.data)
        self.say(
            PROMPT["set"].format(
                value=self.told(name, before, number),
                root=self.told(self.names[self.root], result, self.root.data, apart),
            )
        )
        if self.forward is not None:
            self.forward = ForwardPass(self.root)
            self.forward.reset()
        self.say_step()

    def told(self, name: str, before: float, after: float, digits: int = 0) -> str:
        """Returns a change: `a: 2 → 3`."""
        digits = digits or digits_apart(before, after)
        return PROMPT["change"].format(name=name, before=words.number(before, digits), after=words.number(after, digits))

    def do_nudge(self, argument: str) -> None:
        name, step = argument, "0.001"
        if " " in argument and argument not in self.values:
            name, _, step = argument.rpartition(" ")
        try:
            h = float(step.replace("−", "-"))
        except ValueError:
            raise ValueError(f"nudge a value by a number, such as nudge {name} 0.1, not by {step!r}") from None
        self.say(nudge(self.root, self._value(name.strip()), h))

    def do_m(self, argument: str) -> None:
        command, _, count = argument.partition(" ")
        if command in _WALKS:
            self._walk(command, count.strip())
        elif argument:
            self._stage(argument)
        else:
            self.say(listing(), hang=True)
            self.say(PROMPT["mistakes"])

    def complete_m(self, text: str, line: str, begin: int, *ignored: Any) -> list[str]:
        return completions([*MISTAKES, *_WALKS], text, line, begin)

    def _stage(self, argument: str) -> None:
        """Makes a mistake, and says what comes of it; behind its name there may be a rate."""
        mistake, _, last = argument.rpartition(" ")
        try:
            rate: float | None = float(last)
        except ValueError:
            mistake, rate = argument, None
        try:
            self.mistaken = staged(self.root, mistake, rate)
        except TypeError as error:  # a rate of what takes none
            raise ValueError(str(error)) from None
        self.say(self.mistaken)
        self.say(PROMPT.form("mistaken steps", self.mistaken.in_full).format(count=many(self.mistaken.in_full)))

    def _walk(self, command: str, argument: str) -> None:
        """Goes through the steps of the latest mistake, which has a cursor of its own."""
        run = self.mistaken
        if run is None:
            raise ValueError(PROMPT["no mistake"])
        if command == "all":
            self.refuse("m all", argument)
            self.say(steps_in_words(run))
            return
        before, count = run.position, self.step_count(argument)
        step = run.step(count) if command == "next" else run.back(count)
        self.say(PROMPT["at the end" if command == "next" else "at the beginning"] if run.position == before else step)
        self.repeated = f"m {command} {argument}"

    # The rest --------------------------------------------------------------------------------------------------------

    def do_h(self, argument: str) -> None:
        if not argument:
            self.say(PROMPT["help"], hang=True)
            return
        command = ALIASES.get(argument, argument)
        if command not in COMMANDS:
            raise ValueError(f"there is no command {argument!r} to help with: h lists them")
        self.say(PROMPT[f"help {command}"], hang=True)

    def do_q(self, argument: str) -> bool:
        return True
