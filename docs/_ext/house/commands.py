"""The command line as a page: what each command answers to `--help`."""

from contextlib import redirect_stdout
from io import StringIO

from chalkgrad.__main__ import main
from chalkgrad.command.commands import PARSERS


def markdown() -> str:
    """Returns the page."""
    parts = [_block(help_of())]
    for command in PARSERS:
        parts += [f"## {command}", _block(help_of(command))]
    return "\n\n".join(parts)


def help_of(*command: str) -> str:
    """Returns what the terminal shows of `chalkgrad COMMAND --help`."""
    with redirect_stdout(StringIO()) as said:
        main([*command, "--help"])
    return said.getvalue().rstrip()


def _block(text: str) -> str:
    return f"````text\n{text}\n````"
