"""The loop of the prompt: a line is read, its command found, done and answered; names and commands are completed by Tab.

>>> meant("back 2"), meant("c*d"), meant("a = 3"), meant("?6")
(('b', '2'), ('', 'c*d'), ('set', 'a = 3'), ('ask', '6'))
"""

from __future__ import annotations

import cmd
import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import IO, Any

from chalkgrad.engine import Value
from chalkgrad.engine.errors import StaleGraphError
from chalkgrad.engine.words.language import section
from chalkgrad.viz.prompting.arithmetic import CALLED
from chalkgrad.viz.prompting.screen import Screen

PROMPT = section("prompt")

# Each command by the name of its method, and what else it is called: in full, as in pdb and gdb, as one might guess.
COMMANDS: Mapping[str, Sequence[str]] = {
    "n": ("next", "step", "s"),
    "b": ("back",),
    "c": ("continue", "cont", "run"),
    "until": ("u",),
    "g": ("goto", "where"),
    "forward": (),
    "backward": (),
    "by": (),
    "p": ("print",),
    "l": ("list",),
    "sticky": (),
    "display": (),
    "undisplay": (),
    "pending": (),
    "w": ("why",),
    "d": ("draw",),
    "ask": ("?",),
    "set": (),
    "nudge": (),
    "m": ("mistake", "mistakes"),
    "more": (),
    "h": ("help",),
    "q": ("quit", "exit", "EOF"),
}
ALIASES = {alias: name for name, aliases in COMMANDS.items() for alias in aliases}
_FULL = ("next", "back", "continue", "goto", "print", "list", "why", "draw", "mistake", "help", "quit")  # for short names
WORDS = [name for name in COMMANDS if len(name) > 1 and name != "ask"] + [*_FULL]
_DELIMITERS = " \t\n+-*/^(),<>=·!?"


def meant(line: str) -> tuple[str, str]:
    """Returns the command that a line stands for, "" if it is none, and what is behind it.

    A line that begins with the letter of a command, but goes on as an expression, `c * d`, or an assignment, is meant as that.
    """
    line = line.strip()
    if line[:1] in "?!":
        return "ask" if line.startswith("?") else "p", line[1:].strip()
    command, _, argument = line.partition(" ")
    argument = argument.strip()
    if re.match(r"[^=<>!]+=(?!=)", line) and (argument.startswith("=") or "=" in command):
        return "set", line
    found = ALIASES.get(command, command)
    if found not in COMMANDS or re.match(r"[*+^·×]|/\s", argument):
        return "", line
    return found, argument


class Loop(cmd.Cmd):
    """The standard library's command loop, with a screen for what it says, and values by their names."""

    def __init__(self, names: Mapping[Value, str], stdin: IO[str] | None, stdout: IO[str] | None) -> None:
        super().__init__(stdin=stdin, stdout=stdout)
        self.use_rawinput = stdin is None and stdout is None
        self.screen = Screen(self.stdin, self.stdout)
        self.say = self.screen.say
        self.names = names
        self.values = {name: value for value, name in names.items()}
        self.repeated = "n"  # what an empty line does
        self.command = ""  # the latest
        self.in_python = True  # so there is somebody to whom it matters what stays in the Values

    def cmdloop(self, intro: Any = None) -> None:
        """Runs until a command ends it; names are completed whole, although they may have dots and brackets."""
        try:
            import readline
        except ImportError:  # on Windows
            super().cmdloop(intro)
            return
        delimiters = readline.get_completer_delims()
        try:
            readline.set_completer_delims(_DELIMITERS)
        except UnicodeEncodeError:  # it takes what the locale has, and that called C has no ·
            readline.set_completer_delims(_DELIMITERS.encode("ascii", "ignore").decode())
        try:
            super().cmdloop(intro)
        finally:
            readline.set_completer_delims(delimiters)

    # From a line to its answer ------------------------------------------------------------------------------------------

    def precmd(self, line: str) -> str:
        return line if line.strip() else "more" if self.screen.rest else self.repeated

    def parseline(self, line: str) -> tuple[str | None, str | None, str]:
        command, argument = meant(line)
        return (command, argument, line.strip()) if command else (None, None, line.strip())

    def onecmd(self, line: str) -> bool:
        self.command = meant(line)[0]
        if self.command != "more":
            self.screen.begin()
        stop = False
        try:
            stop = bool(super().onecmd(line))
        except (ValueError, ArithmeticError, IndexError, OSError, RuntimeError) as error:
            self.repeated = "n"
            self.say(PROMPT["stale"].format(error=error) if isinstance(error, StaleGraphError) else error)
        finally:
            self.answered(stop)
        return stop

    def answered(self, stop: bool) -> None:
        """Ends the answer to a command; the prompt then waits for the next, unless it stops."""
        self.screen.end()

    def default(self, line: str) -> None:
        """Answers a line that is not a command."""
        self.repeated = "n"
        word = line.split()[0]
        if word in ("break", "tbreak"):
            self.say(PROMPT["no breakpoints"])
            return
        close = get_close_matches(word, [*COMMANDS, *ALIASES], 1, 0.7) if len(word) > 2 else []
        key = "no command, close" if close else "no command"
        self.say(PROMPT[key].format(command=repr(word), close="".join(close)))

    def help_on(self, command: str) -> None:
        """Lists the commands, or says more about one."""
        name = ALIASES.get(command, command)
        if command and name not in COMMANDS:
            raise ValueError(f"there is no command {command!r} to help with: h lists them")
        key = f"help {name}" if command else "help"
        outside = f"{key}, outside Python"
        self.say(PROMPT[outside if not self.in_python and outside in PROMPT else key], hang=True)
        if name == "p":
            self.say(PROMPT["functions"].format(count=len(CALLED), names=", ".join(CALLED)))

    # What stands behind a command ---------------------------------------------------------------------------------------

    def count(self, argument: str, suggestion: int = 1) -> int:
        """Returns the whole number that was typed, or the one that is suggested where nothing was."""
        if argument and not re.fullmatch("-?[0-9]{1,15}", argument):
            raise ValueError(f"a number of steps is a whole number, not {argument!r}")
        return int(argument or suggestion)

    def step_count(self, argument: str) -> int:
        """Returns the number of steps that was typed, or 1."""
        count = self.count(argument)
        if count < 0:
            raise ValueError(f"a number of steps is 0 or more, not {count}: n goes forward, b back")
        return count

    def row(self, argument: str) -> int:
        """Returns the number of the row that was typed, or 1."""
        rows = len(self.names)
        if argument and not (re.fullmatch("[0-9]{1,15}", argument) and 0 < int(argument) <= rows):
            raise ValueError(f"rows go from 1 to {rows}, and {argument!r} is none of them")
        return int(argument or 1)

    def refuse(self, command: str, argument: str) -> None:
        """Raises ValueError for a word behind a command that has no use for one."""
        if argument:
            raise ValueError(PROMPT["no use"].format(command=command, argument=argument))

    # Tab ----------------------------------------------------------------------------------------------------------------

    def completenames(self, text: str, *ignored: Any) -> list[str]:
        return sorted({word for word in WORDS if word.startswith(text)} | ({text} & COMMANDS.keys()))

    def completedefault(self, text: str, line: str, begin: int, *ignored: Any) -> list[str]:
        return completions(self.values, text, line, begin)

    def _with_functions(self, text: str, line: str, begin: int, *ignored: Any) -> list[str]:
        called = [f"{name}(" for name in CALLED if text and name.startswith(text)]
        return completions(self.values, text, line, begin) + called

    complete_p = complete_until = complete_display = _with_functions

    def complete_by(self, text: str, *ignored: Any) -> list[str]:
        return [word for word in ("edge", "node") if word.startswith(text)]

    def complete_h(self, text: str, *ignored: Any) -> list[str]:
        return self.completenames(text)

    def complete_d(self, text: str, *ignored: Any) -> list[str]:
        return []

    complete_n = complete_b = complete_c = complete_g = complete_l = complete_pending = complete_sticky = complete_d
    complete_forward = complete_backward = complete_more = complete_q = complete_ask = complete_d


def completions(names: Iterable[str], text: str, line: str, begin: int) -> list[str]:
    """Returns the names that the text may be the beginning of, and what is missing of those that have begun before it.

    >>> completions(["x1", "x1*w1", "w1"], "w", "p x1*w", 5)
    ['w1']
    >>> completions(["leaves first", "first"], "fi", "m leaves fi", 9)
    ['first']
    """
    typed = line[:begin].partition(" ")[2].lstrip()  # before what is completed
    found = [name for name in names if name.startswith(text)]
    if typed:
        found += [name[len(typed) :] for name in names if name.startswith(typed + text)]
    return list(dict.fromkeys(found))
