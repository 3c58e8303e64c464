"""The prompt's ways through the steps: forward and back, to a place, by edge or by node, and through the forward pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import IO

from chalkgrad.engine import Value
from chalkgrad.engine.stepping.forward import ForwardPass
from chalkgrad.engine.stepping.steps import Steps
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import value_of
from chalkgrad.viz.prompting.arithmetic import Expression
from chalkgrad.viz.prompting.loop import Loop
from chalkgrad.viz.prompting.screen import BOLD

PROMPT = section("prompt")


class Going(Loop):
    """The commands that move, on `root.steps()`, or in the forward pass on `root.steps(forward=True)`."""

    def __init__(self, root: Value, stdin: IO[str] | None = None, stdout: IO[str] | None = None) -> None:
        self.root = root
        self.steps = Steps(root)
        super().__init__(self.steps.sweep.names, stdin, stdout)
        self.forward: ForwardPass | None = None  # while it is this that is stepped through
        self.prompt = f"({self.screen.spelled(self.names[root])}) " if self.screen.interactive else ""
        self.sticky = False  # whether the table stays in sight
        self.finished = False  # whether a command has brought the sweep to its end

    @property
    def cursor(self) -> Steps | ForwardPass:
        """What is stepped through."""
        return self.forward or self.steps

    @property
    def at_the_end(self) -> bool:
        """Whether the cursor has come to its end."""
        return self.cursor.position == len(self.cursor) - 1

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

    def _latest_grad(self) -> float:
        """Returns the grad that the step at the cursor has added to; of several the largest in size."""
        return max((value.grad for value in self._touched()), key=abs)

    # The commands ----------------------------------------------------------------------------------------------------

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
