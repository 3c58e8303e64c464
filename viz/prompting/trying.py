"""What one tries at the prompt: to predict a step, to set and to nudge a value, to make a mistake on purpose."""

from __future__ import annotations

import re
from typing import IO, Any

from chalkgrad.engine import Value
from chalkgrad.engine.checking.nudge import nudge
from chalkgrad.engine.stepping.forward import ForwardPass
from chalkgrad.engine.stepping.mistaken import listing, staged, steps_in_words
from chalkgrad.engine.stepping.mistakes import MISTAKES, MistakenSteps, many
from chalkgrad.engine.sweep import order
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.decimals import digits_apart
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.lists import joined
from chalkgrad.viz.prompting.looking import Looking
from chalkgrad.viz.prompting.loop import ALIASES, COMMANDS, completions

PROMPT = section("prompt")
_WALKS = ("next", "back", "all")  # behind m: ways through the steps of a mistake


class Trying(Looking):
    """The commands that ask, set, nudge and go wrong."""

    def __init__(self, root: Value, stdin: IO[str] | None = None, stdout: IO[str] | None = None) -> None:
        super().__init__(root, stdin, stdout)
        self.mistaken: MistakenSteps | None = None  # the latest
        self.found: dict[str, tuple[Value, float]] = {}  # the values that were set, and what they were before

    def do_ask(self, argument: str) -> None:
        if argument in COMMANDS or argument in ALIASES:
            self.help_on(argument)
            return
        local = argument.split(maxsplit=1)[:1] == ["local"] and "local" not in self.values
        answer = argument.removeprefix("local").strip() if local else argument
        if local and self.forward is not None:
            raise ValueError("? local asks for a local derivative of the backward pass: type backward first")
        if self.forward is not None:
            self.say(self.forward.ask(answer or None))
        else:
            self.say(self.steps.ask(answer or None, local=local))
        if not answer and not self.at_the_end:
            self.say(PROMPT["to answer, local" if local else "to answer"])

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
