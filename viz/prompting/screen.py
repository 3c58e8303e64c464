"""How the prompt writes: wrapped on a narrow terminal, at most two screens at a time, in ASCII where the encoding asks for it.

>>> wrapped("      a.grad += 1 · 3 = 3      0 → 3   complete", 30)
['      a.grad += 1 · 3 = 3', '        0 → 3   complete']
>>> hanging("n, next [N]   N steps forward, at most to the end", 40)
['n, next [N]   N steps forward, at most', '              to the end']
"""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from collections.abc import Callable, Sequence
from typing import IO

from chalkgrad.engine.basics.terminal import ascii_form, columns, in_pairs
from chalkgrad.engine.words.language import section

PROMPT = section("prompt")
CLEAR, PLAIN = "\033[H\033[2J", "\033[0m"
BOLD, LIT = "\033[1m", "\033[7m"


def wrapped(line: str, width: int) -> list[str]:
    """Returns a line of a step in lines of this width, the later ones indented, if possible broken where its parts stand apart.

    The row of a table stays as it is: it is more readable if the terminal cuts it. A single bar is where parts stand apart.
    """
    if columns(line) <= width or len(re.findall(r"[│┼]|(?<=\s)\|(?=\s)|-\+-", line)) > 1:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    lines: list[str] = []
    for part in re.split(r"(?<=\S)(?= {3}| +[│|] )", line):
        if lines and columns(lines[-1] + part) <= width:
            lines[-1] += part
        elif lines and columns(indent + part.strip()) <= width:
            lines.append(indent + part.strip())
        else:
            begun = lines.pop() if lines else ""
            lines += textwrap.wrap(begun + part, width, subsequent_indent=indent, break_on_hyphens=False)
    return in_pairs(lines)


def hanging(line: str, width: int) -> list[str]:
    """Returns a line of a list, `name   what it is`, in lines of this width, the later ones below what it is."""
    found = re.match(r"\s*\S+(?: \S+)* {2,}", line)
    indent = " " * (min(found.end(), width // 2) if found else 0)
    return in_pairs(textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False)) or [""]


class Screen:
    """Where the prompt writes; `interactive` where somebody sits at a terminal, `colours` where these may be used.

    What one command says ends after two screens; `more` goes on with the rest. With `holding`, lines are kept for `page`.
    """

    def __init__(self, stdin: IO[str], stdout: IO[str]) -> None:
        self.stdout = stdout
        self.interactive = stdin.isatty() and stdout.isatty()
        capable = self.interactive and os.environ.get("TERM") != "dumb"
        self.colours = capable and not os.environ.get("NO_COLOR")
        self.clears = capable
        self.holding = False
        self._held: list[str] = []
        self._room = 0
        self.rest: list[str] = []

    @property
    def size(self) -> tuple[int, int]:
        """The columns and the lines of the terminal, or of one that is wide enough for everything."""
        if not self.interactive:
            return 10_000, 10_000
        columns, lines = shutil.get_terminal_size()
        return max(40, columns), max(8, lines)

    # What can be written ----------------------------------------------------------------------------------------------

    def encodes(self, text: str) -> bool:
        """Returns whether the encoding of the output has all of the text."""
        try:
            text.encode(getattr(self.stdout, "encoding", None) or "utf-8")
        except UnicodeEncodeError:
            return False
        return True

    def spelled(self, text: str) -> str:
        """Returns the text, in ASCII if the encoding requires it."""
        return text if self.encodes(text) else self.ascii(text)

    def ascii(self, text: str) -> str:
        """Returns the text in ASCII."""
        return ascii_form(text).encode("ascii", "backslashreplace").decode("ascii")

    def styled(self, line: str, style: str) -> str:
        """Returns the line in a style, where there are colours."""
        return f"{style}{line}{PLAIN}" if style and self.colours else line

    # A command --------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Begins the answer to a command: two screens may be filled."""
        self._held, self.rest = [], []
        self._room = 2 * self.size[1] - 3  # the command, the line that says how to go on, the next prompt

    def say(self, text: object, style: str = "", hang: bool = False) -> None:
        """Writes a text; with `hang`, that of a list whose lines are `name   what it is`."""
        width = self.size[0]
        lines = self.spelled(str(text)).splitlines() or [""]
        if self.interactive:
            lines = [part for line in lines for part in (hanging(line, width) if hang else wrapped(line, width))]
        self.write([self.styled(line, style) for line in lines])

    def write(self, lines: Sequence[str]) -> None:
        """Writes lines that fit, as far as there is room; the others wait for `more`."""
        if self.interactive:
            room = max(0, self._room - len(self._held)) if not self.rest else 0
            if len(lines) == room + 1 and not self.rest:  # the line that says how to go on takes as much space
                room += 1
            lines, rest = lines[:room], lines[room:]
            self.rest += rest
        if self.holding:
            self._held += lines
        else:
            self._room -= len(lines)
            self._put(lines)

    def more(self) -> None:
        """Writes as much of the rest as a screen takes."""
        lines, self.rest = self.rest, []
        self._room = self.size[1] - 2
        self.write(lines)

    def end(self, above: Sequence[str] = (), clear: bool = False) -> None:
        """Ends the answer to a command: writes what was held, below the lines that stand above it, on a cleared screen."""
        if clear:
            self.stdout.write(CLEAR if self.clears else "\n")
        lines = [*above, *self._held]
        self.holding, self._held = False, []
        most = 2 * self.size[1] - 3
        if self.interactive and len(lines) > most:
            lines, self.rest = lines[:most], [*lines[most:], *self.rest]
        if self.rest:
            said = PROMPT.form("more", len(self.rest)).format(count=f"{len(self.rest):,}")
            lines += hanging(self.spelled(said), self.size[0])
        self._put(lines)

    def kept(self, speak: Callable[[], object]) -> list[str]:
        """Returns the lines that `speak` says, instead of writing them."""
        before = self.holding, self._held, self.rest, self._room
        self.holding, self._held, self.rest, self._room = True, [], [], 10_000
        try:
            speak()
            return self._held
        finally:
            self.holding, self._held, self.rest, self._room = before

    @property
    def held(self) -> int:
        """The number of lines that are held, with the one that says how to go on."""
        return len(self._held) + bool(self.rest)

    def _put(self, lines: Sequence[str]) -> None:
        if lines:
            self.stdout.write("\n".join(lines) + "\n")
            self.stdout.flush()
