"""How the command line writes and fails: every line suits any terminal, every mistake is one sentence.

>>> say("L = d·f = -8")
L = d·f = -8
"""

import argparse
import os
import shutil
import sys
from typing import NoReturn, TextIO

__all__ = ["Parser", "UserError", "can_show", "columns", "named", "say"]


class UserError(Exception):
    """A mistake of the person at the keyboard; its text is the sentence that is shown."""


class Parser(argparse.ArgumentParser):
    """The arguments of a command; its complaints are sentences like all others."""

    def __init__(self, command: str) -> None:
        super().__init__(prog=f"chalkgrad {command}", add_help=False, allow_abbrev=False)
        self.command = command
        self.set_defaults(command=command)

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message.replace('argument ', '', 1)}; chalkgrad {self.command} --help shows what there is")


def say(text: str = "", stream: TextIO | None = None) -> None:
    """Writes a line to `stream` (standard output if None), in ASCII where the stream cannot encode it."""
    stream = stream or sys.stdout
    if stream is None:  # a window without a console has none
        return
    if not can_show(text, stream):
        from chalkgrad.engine.basics.terminal import ascii_form

        text = ascii_form(text).encode("ascii", "backslashreplace").decode("ascii")
    stream.write(text + "\n")
    stream.flush()


def columns(most: int) -> int:
    """Returns how long a line on standard output may be: `most`, or less on a narrow terminal, or where COLUMNS says so."""
    if sys.stdout is None or not (sys.stdout.isatty() or os.environ.get("COLUMNS")):
        return most
    return max(40, min(most, shutil.get_terminal_size().columns - 1))


def named(place: str | None, otherwise: str, option: str) -> str:
    """Returns the file or folder that an option names, or the usual one if it is left out; an empty name is a mistake.

    >>> named(None, "L.svg", "-o"), named("x.svg", "L.svg", "-o")
    ('L.svg', 'x.svg')
    """
    if place is None:
        return otherwise
    if not place.strip():
        raise UserError(f"{option} names nothing: write {option} {otherwise}, say, or leave it out")
    return place


def can_show(text: str, stream: TextIO) -> bool:
    """Tells whether `stream` can encode every letter of `text`."""
    try:
        text.encode(stream.encoding or "utf-8")  # strictly: our ASCII form reads better than replacement characters
    except UnicodeEncodeError:
        return False
    return True
