"""Stepping at a prompt, as in a debugger: `prompt(L)`.

    (L) n
    1/6   L = d·f     ∂L/∂d = f = -2
          d.grad += ∂L/∂L · ∂L/∂d = 1 · (-2) = -2      0 → -2   complete

The letters are pdb's and gdb's where those have one. It works on a terminal and over a pipe.
"""

from __future__ import annotations

from typing import IO

from chalkgrad.engine import Value
from chalkgrad.engine.basics.tracebacks import short_traceback
from chalkgrad.engine.stepping.keeping import data_kept, grads_kept
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.lists import joined
from chalkgrad.engine.words.manner import manner
from chalkgrad.viz.pictures.highlight import drawn_from
from chalkgrad.viz.prompting.trying import Trying

PROMPT = section("prompt")


@short_traceback
def prompt(root: Value, stdin: IO[str] | None = None, stdout: IO[str] | None = None, *, notation: str | None = None) -> None:
    """Steps through the backward pass of `root` at a prompt, until `q`, Ctrl-C or the end of the input.

    If the steps have come to their end by then, the gradient of the whole pass stays, as after `zero_grad(); backward()`, and
    what was set at the prompt stays with it. Otherwise, and after an error, every grad and every value is put back as it was
    found. `h` at the prompt lists the commands. `notation` is "∂", "functions", "d" or "bar".

    Raises TypeError if `root` is not a Value, ValueError for another notation, StaleGraphError if a value has changed since
    others were computed from it.

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
    root = drawn_from(root)[0]
    with manner(notation):
        _prompt(root, stdin, stdout)


def _prompt(root: Value, stdin: IO[str] | None, stdout: IO[str] | None) -> None:
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
    loop.screen.begin()
    loop.say(PROMPT["gradient stays" if loop.finished else "put back"])
    if loop.found:
        key = "stays" if loop.finished else "is again"
        written = [
            PROMPT[key].format(name=name, value=words.number(value.data), before=words.number(before))
            for name, (value, before) in loop.found.items()
        ]
        loop.say(PROMPT[f"what was set {key}"].format(values=joined(written, 8)))


def prompt_of_command(
    root: Value, stdin: IO[str] | None = None, stdout: IO[str] | None = None, *, notation: str | None = None
) -> None:
    """Does what `prompt` does for somebody who has no Python around it: neither the end nor the help speaks of what stays.

    >>> from io import StringIO
    >>> from sys import stdout
    >>> a = Value(2.0, "a")
    >>> prompt_of_command(-a, StringIO("h q"), stdout)
    The backward pass of v2 = -a: 1 step. n goes to the next, h helps.
    seed  v2.grad = ∂v2/∂v2 = 1
    q, quit   leaves the prompt, as Ctrl-D and Ctrl-C do
    """
    with manner(notation):
        loop = Prompt(drawn_from(root)[0], stdin, stdout)
        loop.in_python = False
        try:
            loop.cmdloop()
        except KeyboardInterrupt:
            loop.say("")


class Prompt(Trying):
    """All commands: those that move, show and try, see prompting/, and the last two."""

    def do_h(self, argument: str) -> None:
        self.help_on(argument)

    def do_q(self, argument: str) -> bool:
        return True
