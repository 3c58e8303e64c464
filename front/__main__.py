"""The command `chalkgrad`, from its first moment: whatever it does, Ctrl-C ends it with one line.

    >>> main(["draw", "x^2", "x=3"])
    2

The sentence and the caret that explain the 2 go to standard error. What there is to do stands in commands.py.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit status: 0, 2 for a mistake in the arguments, 130 after Ctrl-C."""
    for stream in range(3):
        _open_to_nowhere(stream)
    heard, sys.unraisablehook = sys.unraisablehook, _but_of_half_a_bar(sys.unraisablehook)
    try:
        from chalkgrad.command.commands import run  # here, because Ctrl-C may come while the engine is imported

        return run(list(sys.argv[1:] if argv is None else argv))
    except (KeyboardInterrupt, RuntimeError, AttributeError) as error:
        # While a class is made, Python before 3.12 puts any exception into a RuntimeError; and argparse that is stopped as it
        # takes arguments apart ends with an AttributeError.
        if not any(isinstance(one, KeyboardInterrupt) for one in (error, error.__cause__, error.__context__)):
            raise
        if sys.stderr is not None:
            sys.stderr.write("\nchalkgrad: stopped\n")
        return 130
    finally:
        sys.unraisablehook = heard


def _but_of_half_a_bar(heard: Callable[[sys.UnraisableHookArgs], object]) -> Callable[[sys.UnraisableHookArgs], object]:
    """Returns what tells of errors that nobody can catch, but of that of a tqdm which Ctrl-C has stopped as it was made."""
    return lambda lost: None if getattr(lost.object, "__qualname__", "") == "tqdm.__del__" else heard(lost)


def _open_to_nowhere(stream: int) -> None:
    """Opens a standard stream that is closed: else the next file or pipe would have its number, and a process get another."""
    try:
        os.fstat(stream)
    except OSError:
        os.open(os.devnull, os.O_RDWR)  # it takes the lowest number


if __name__ == "__main__":
    sys.exit(main())
