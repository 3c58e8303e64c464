"""What the command line says, and how it fails: every line on any terminal, every mistake one sentence.

>>> say("L = d·f = -8")
L = d·f = -8
"""

import argparse
import sys
from typing import NoReturn, TextIO

__all__ = ["Parser", "UserError", "can_show", "say"]


class UserError(Exception):
    """A mistake of the person at the keyboard; its text is the sentence to show."""


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


def can_show(text: str, stream: TextIO) -> bool:
    """Whether `stream` has all the letters of `text`."""
    try:
        text.encode(stream.encoding or "utf-8")  # strictly: what the stream would put in place of a letter is worse
    except UnicodeEncodeError:
        return False
    return True
