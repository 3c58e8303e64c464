"""What the command line says, and how it fails: every line on any terminal, every mistake one sentence.

>>> say("L = d·f = -8")
L = d·f = -8
"""

import sys
from typing import TextIO

__all__ = ["UserError", "can_show", "say"]


class UserError(Exception):
    """A mistake of the person at the keyboard; its text is the sentence to show."""


def say(text: str = "", stream: TextIO | None = None) -> None:
    """Writes a line to `stream` (standard output if None), in ASCII where the stream cannot encode it."""
    stream = stream or sys.stdout
    if stream is None:  # a window without a console has none
        return
    if not can_show(text, stream):
        from chalkgrad.engine.text import ascii_form

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
