"""Stepping at a prompt, as in a debugger: `prompt(L)`.

    (L) n
    1/6   L = d·f     ∂L/∂d = f = -2
          d.grad += ∂L/∂L · ∂L/∂d = 1 · (-2) = -2      0 → -2   complete

The letters are pdb's and gdb's where those have one. It works on a terminal and over a pipe.
"""

from __future__ import annotations

import cmd
import os
import re
import shutil
import textwrap
from collections.abc import Callable
from typing import IO, Any

from chalkgrad.engine import Value
from chalkgrad.engine.basics.terminal import ascii_form
from chalkgrad.engine.basics.tracebacks import short_traceback
from chalkgrad.engine.checking.nudge import nudge
from chalkgrad.engine.errors import StaleGraphError
from chalkgrad.engine.explaining.chain import chain_rule
from chalkgrad.engine.stepping.keeping import grads_kept
from chalkgrad.engine.stepping.mistaken import listing, staged, steps_in_words
from chalkgrad.engine.stepping.mistakes import MISTAKES, MistakenSteps, many
from chalkgrad.engine.stepping.steps import Steps
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import value_of
from chalkgrad.viz.drawing.graph import draw
from chalkgrad.viz.pictures.highlight import drawn_from

PROMPT = section("prompt")

_ALIASES = {
    "next": "n",
    "s": "n",
    "step": "n",
    "back": "b",
    "continue": "c",
    "run": "c",
    "u": "until",
    "goto": "g",
    "print": "p",
    "list": "l",
    "why": "w",
    "mistake": "m",
    "draw": "d",
    "help": "h",
    "quit": "q",
    "exit": "q",
    "EOF": "q",
}

_WALKS = ("next", "back", "all")  # behind m: ways through the steps of a mistake


@short_traceback
def prompt(root: Value, stdin: IO[str] | None = None, stdout: IO[str] | None = None) -> None:
    """Steps through the reverse sweep of `root` at a prompt, until `q`, Ctrl-C or the end of the input.

    If the steps have come to their end by then, the gradient of the whole sweep stays, as after `zero_grad(); backward()`.
    Otherwise, and after an error, every grad is put back as it was found. `h` at the prompt lists the commands.

    Raises TypeError if `root` is not a Value, StaleGraphError if a value has changed since others were computed from it.

    >>> from io import StringIO
    >>> from sys import stdout
    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> e = a * b
    >>> e.label = "e"
    >>> prompt(e, StringIO("n"), stdout)
    The reverse sweep of e = a·b: 2 steps. n goes to the next, h helps.
    seed  e.grad = ∂e/∂e = 1
    1/2   e = a·b   ∂e/∂a = b = -3
          a.grad += ∂e/∂e · ∂e/∂a = 1 · (-3) = -3      0 → -3   complete
    Every grad is again as it was before.
    """
    loop = Prompt(drawn_from(root)[0], stdin, stdout)
    with grads_kept(loop.steps.sweep.tape) as found:
        try:
            loop.cmdloop()
        except KeyboardInterrupt:
            loop.say("")
        finally:
            if loop.finished:
                found.clear()
    loop.say(PROMPT["gradient stays" if loop.finished else "put back"])


def wrapped(line: str, width: int) -> list[str]:
    """Returns a line of a step in lines of this width, the later ones indented; the row of a table stays as it is.

    >>> wrapped("      a.grad += 1 · 3 = 3      0 → 3   complete", 30)
    ['      a.grad += 1 · 3 = 3', '              0 → 3   complete']
    """
    if len(line) <= width or "│" in line or "|" in line:  # a table is more readable if the terminal cuts its rows
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, width, subsequent_indent=indent, drop_whitespace=False, break_on_hyphens=False)


class Prompt(cmd.Cmd):
    """The standard library's command loop around `root.steps()`."""

    def __init__(self, root: Value, stdin: IO[str] | None = None, stdout: IO[str] | None = None) -> None:
        super().__init__(stdin=stdin, stdout=stdout)
        self.use_rawinput = stdin is None and stdout is None
        self.root = root
        self.steps = Steps(root)
        self.names = self.steps.sweep.names
        self.values = {name: value for value, name in self.names.items()}
        self.interactive = self.stdin.isatty() and self.stdout.isatty()
        self.colours = self.interactive and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self.prompt = f"({self._encodable(self.names[root])}) " if self.interactive else ""
        self.mistaken: MistakenSteps | None = None  # the latest
        self.repeated = "n"
        self.finished = False  # whether a command has brought the sweep to its end

    # Output ----------------------------------------------------------------------------------------------------------

    def say(self, text: object) -> None:
        """Writes a text: wrapped on a narrow terminal, in ASCII if the encoding requires it."""
        lines = self._encodable(str(text)).splitlines() or [""]
        if self.interactive:
            width = max(40, shutil.get_terminal_size().columns)
            lines = [part for line in lines for part in wrapped(line, width)]
        self.stdout.write("\n".join(lines) + "\n")

    def _encodable(self, text: str) -> str:
        try:
            text.encode(getattr(self.stdout, "encoding", None) or "utf-8")
        except UnicodeEncodeError:
            return ascii_form(text)
        return text

    def say_step(self) -> None:
        """Writes the sentence of the step at the cursor, and whether the sweep is complete."""
        first, *rest = str(self.steps[self.steps.position]).splitlines()
        bold, plain = ("\033[1m", "\033[0m") if self.colours else ("", "")
        self.say("\n".join([first, *(f"{bold}{line}{plain}" for line in rest)]))
        if self.steps.position == len(self.steps) - 1:
            self.say(PROMPT["complete"])

    # The loop --------------------------------------------------------------------------------------------------------

    def preloop(self) -> None:
        name, count = self.names[self.root], len(self.steps) - 1
        written = words.expression(self.root, self.names) or words.number(self.root.data)
        self.say(PROMPT.form("begin", count).format(root=name, expression=written, count=count))
        self.steps.reset()
        self.say_step()

    def parseline(self, line: str) -> tuple[str | None, str | None, str]:
        line = line.strip()
        if line.startswith("?"):
            return "ask", line[1:].strip(), line
        command, _, argument = line.partition(" ")
        return _ALIASES.get(command, command), argument.strip(), line

    def onecmd(self, line: str) -> bool:
        try:
            return bool(super().onecmd(line))
        except (ValueError, ArithmeticError, IndexError, OSError, RuntimeError) as error:
            self.say(PROMPT["stale"].format(error=error) if isinstance(error, StaleGraphError) else error)
            return False

    def emptyline(self) -> bool:
        return self.onecmd(self.repeated)

    def precmd(self, line: str) -> str:
        self.finished = False  # until the command is done: it may be interrupted on its way back from the end
        return line

    def postcmd(self, stop: bool, line: str) -> bool:
        self.finished = 0 < self.steps.position == len(self.steps) - 1
        return stop

    def default(self, line: str) -> None:
        self.say(PROMPT["no command"].format(command=repr(line.split()[0])))

    def completenames(self, text: str, *ignored: Any) -> list[str]:
        return [
            name
            for name in ("n", "b", "c", "until", "g", "p", "l", "pending", "w", "nudge", "m", "d", "h", "q")
            if name.startswith(text)
        ]

    def complete_m(self, text: str, line: str, begin: int, *ignored: Any) -> list[str]:
        typed = line[:begin].partition(" ")[2].lstrip()  # the words before the one that is completed
        return [name.removeprefix(typed) for name in (*MISTAKES, *_WALKS) if name.startswith(typed + text)]

    def completedefault(self, text: str, *ignored: Any) -> list[str]:
        return [name for name in self.values if name.startswith(text)]

    def _value(self, name: str) -> Value:
        if not name:
            raise ValueError(f"name a value, one of {', '.join(list(self.values)[:12])}")
        return value_of(name, self.names)

    def _count(self, argument: str, suggestion: int = 1) -> int:
        if argument and not re.fullmatch("-?[0-9]+", argument):
            raise ValueError(f"a number of steps is a whole number, not {argument!r}")
        return int(argument or suggestion)

    def _steps(self, argument: str) -> int:
        count = self._count(argument)
        if count < 0:
            raise ValueError(f"a number of steps is 0 or more, not {count}: n goes forward, b back")
        return count

    def _refuse(self, command: str, argument: str) -> None:
        if argument:
            raise ValueError(PROMPT["no use"].format(command=command, argument=argument))

    def _moved(self, move: Callable[[], object]) -> None:
        before = self.steps.position
        move()
        if self.steps.position == before:
            at = "at the end" if before == len(self.steps) - 1 else "at the seed" if before == 0 else "at a position"
            self.say(PROMPT[at].format(position=before))
        else:
            self.say_step()

    # The commands ----------------------------------------------------------------------------------------------------

    def do_n(self, argument: str) -> None:
        count = self._steps(argument)
        self._moved(lambda: self.steps.step(count))
        self.repeated = f"n {argument}"

    def do_b(self, argument: str) -> None:
        count = self._steps(argument)
        self._moved(lambda: self.steps.back(count))
        self.repeated = f"b {argument}"

    def do_c(self, argument: str) -> None:
        self._refuse("c", argument)
        self._moved(self.steps.run)

    def do_until(self, argument: str) -> None:
        value = self._value(argument)
        self._moved(lambda: self.steps.run_to(value))

    def do_g(self, argument: str) -> None:
        if argument == "0":
            self.steps.reset()
            self.say_step()
        elif argument:
            position = self._count(argument)
            if not 0 <= position < len(self.steps):
                raise ValueError(f"positions go from 0, the seed, to {len(self.steps) - 1}")
            self._moved(lambda: self.steps.goto(position))
        else:
            self.say_step()

    def do_p(self, argument: str) -> None:
        value = self._value(argument)
        written = words.expression(value, self.names)
        pending = value in self.steps.pending
        grad = words.grad_text(value, complete=not pending)
        self.say(f"{argument} = {written + ' = ' if written else ''}{words.number(value.data)}, {grad}")
        if pending:
            self.say("  " + next(line for line in repr(self.steps.pending).splitlines() if line.startswith(f"{argument}:")))

    def do_l(self, argument: str) -> None:
        self._refuse("l", argument)
        self.say(self.root.tape())

    def do_pending(self, argument: str) -> None:
        self._refuse("pending", argument)
        self.say(repr(self.steps.pending))

    def do_w(self, argument: str) -> None:
        value = self._value(argument) if argument else self.steps[self.steps.position].parent
        expansion = chain_rule(self.root, value)
        self.say("\n".join(filter(None, [str(expansion), expansion.why_not_cancelled])))

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
            self.say(listing())

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
            self._refuse("m all", argument)
            self.say(steps_in_words(run))
            return
        before, count = run.position, self._steps(argument)
        step = run.step(count) if command == "next" else run.back(count)
        self.say(PROMPT["at the end" if command == "next" else "at the beginning"] if run.position == before else step)
        self.repeated = f"m {command} {argument}"

    def do_ask(self, argument: str) -> None:
        if not argument:
            self.say(self.steps.ask())
            return
        self.say(self.steps.ask(argument))

    def do_d(self, argument: str) -> None:
        stem = "".join(c if c.isalnum() else "-" for c in self.names[self.root])
        file = argument or f"{stem}-{self.steps.position}.svg"
        draw(self.root, highlight=self.steps[self.steps.position]).save(file)
        self.say(PROMPT["wrote"].format(file=file))

    def do_h(self, argument: str) -> None:
        self.say(PROMPT["help"])

    def do_q(self, argument: str) -> bool:
        return True
