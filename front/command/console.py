"""How the command line writes and fails: every line suits any terminal, every mistake is one sentence.

>>> say("L = d·f = -8")
L = d·f = -8
"""

import argparse
import difflib
import json
import math
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from chalkgrad.engine.words.language import language, languages

__all__ = [
    "Parser",
    "UserError",
    "can_show",
    "columns",
    "did_you_mean",
    "in_terminal",
    "languages_in",
    "named",
    "say",
    "say_json",
    "typed",
    "write_bytes",
]

MOST_MEANT = 3  # names that a question names
# How other programs call an option.
_OTHER_OPTIONS = {
    **dict.fromkeys(("--delimiter", "--delim"), "--separator"),
    **dict.fromkeys(("--lr", "--learning-rate"), "--rate"),
    **dict.fromkeys(("--layers", "--hidden"), "--widths"),
    **dict.fromkeys(("--output", "--out", "--file"), "-o"),
}


class UserError(Exception):
    """A mistake of the person at the keyboard; its text is the sentence that is shown."""


class _Speak(argparse.Action):
    """Chooses the language of all that the command says; of a page in several it is the first."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, value: Any, _: str | None = None
    ) -> None:
        codes = languages_in(value, several=getattr(parser, "command", "") == "play")
        language(codes[0])
        setattr(namespace, self.dest, ",".join(codes))


def languages_in(text: str, several: bool = True) -> list[str]:
    """Returns the codes in the value of --language. Raises UserError for one that there is not.

    >>> languages_in("en, he")
    ['en', 'he']
    """
    codes = [code.strip() for code in text.split(",") if code.strip()] if several else [text.strip()]
    for code in codes or [text]:
        if code not in languages():
            raise UserError(
                f"--language is {' or '.join(languages())}, not {code or 'an empty word'}{did_you_mean(code, languages())}"
            )
    return codes


class Parser(argparse.ArgumentParser):
    """The arguments of a command; its complaints are sentences like all others."""

    def __init__(self, command: str) -> None:
        super().__init__(prog=f"chalkgrad {command}", add_help=False, allow_abbrev=False)
        self.command = command
        self.set_defaults(command=command)
        self.add_argument("--language", action=_Speak)

    def options(self) -> dict[str, argparse.Action]:
        """Returns what may be given, by each name of an option, or by the place's own name."""
        actions = self._actions  # argparse has no public list
        return {name: action for action in actions for name in action.option_strings or [action.dest]}

    def error(self, message: str) -> NoReturn:
        raise UserError(self._sentence(message))

    def _sentence(self, message: str) -> str:
        """Returns a complaint of argparse as a sentence, with the nearest option or value in it."""
        more = f"chalkgrad {self.command} --help shows what there is"
        if unknown := re.fullmatch(r"unrecognized arguments: (.*)", message, re.DOTALL):
            word = unknown[1].split()[0] if unknown[1].split() else unknown[1]
            if not word.startswith("-"):
                return f"{unknown[1]} is too much here; {more}"
            names = [name for name in self.options() if name.startswith("-")]
            close = did_you_mean(word.partition("=")[0], names)
            return f"there is no option {word.partition('=')[0]}{close or f'; {more}'}"
        message = message.replace("argument ", "", 1)
        if choice := re.fullmatch(r"(\S+): invalid choice: '(.*)' \(choose from (.*)\)", message, re.DOTALL):
            choices = [name.strip("' ") for name in choice[3].split(",")]
            return (
                f"{choice[1]} is {', '.join(choices[:-1])} or {choices[-1]}, not {choice[2]}{did_you_mean(choice[2], choices)}"
            )
        if value := re.fullmatch(r"(\S+): invalid (int|float) value: '(.*)'", message, re.DOTALL):
            return f"{value[1]} is {'a whole number' if value[2] == 'int' else 'a number'}, not {value[3]}"
        if value := re.fullmatch(r"(\S+): expected one argument", message):
            return f"{value[1]} says nothing: a value is to follow it; {more}"
        return f"{message}; {more}"


def did_you_mean(word: str, names: Sequence[str]) -> str:
    """Returns the question whether the nearest of the names was meant, "" if none is near; a name's beginning is nearest.

    >>> did_you_mean("--sep", ["--seed", "--separator"]), did_you_mean("moon", ["moons", "sine"])
    (': did you mean --separator?', ': did you mean moons?')
    >>> did_you_mean("--se", ["--seed", "--separator"]), did_you_mean("zzz", ["moons", "sine"])
    (': did you mean --seed or --separator?', '')
    """
    folded = word.casefold()
    begun = [name for name in names if folded.strip("-") and name.casefold().startswith(folded)]
    if not 0 < len(begun) <= MOST_MEANT:
        other = _OTHER_OPTIONS.get(folded, "")
        begun = [other] if other in names else difflib.get_close_matches(folded, begun or names, n=1)
    *most, last = begun or [""]
    return f": did you mean {', '.join(most)}{' or ' * bool(most)}{last}?" if last else ""


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


def say_json(facts: Any) -> None:
    """Writes an object as JSON to standard output, with escapes where that cannot show all letters.

    >>> say_json({"R²": 0.5})
    {
      "R²": 0.5
    }
    """
    facts = _finite(facts)
    text = json.dumps(facts, ensure_ascii=False, indent=2)
    say(text if sys.stdout is None or can_show(text, sys.stdout) else json.dumps(facts, indent=2))


def _finite(facts: Any) -> Any:
    """Returns the facts with null for numbers that JSON does not have."""
    if isinstance(facts, dict):
        return {key: _finite(value) for key, value in facts.items()}
    if isinstance(facts, (list, tuple)):
        return [_finite(value) for value in facts]
    return None if isinstance(facts, float) and not math.isfinite(facts) else facts


def write_bytes(content: bytes, kind: str) -> None:
    """Writes the content of a file to standard output; what is not text is not written to a terminal."""
    if sys.stdout is None:
        raise UserError(f"- is standard output, which is closed: write -o NAME.{kind}")
    if kind in ("png", "pdf") and sys.stdout.isatty():
        raise UserError(f"a .{kind} is no text for a terminal: write -o NAME.{kind}, or > NAME.{kind} behind the command")
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:  # replaced by something that takes text alone
        sys.stdout.write(content.decode("utf-8", "replace"))
    else:
        sys.stdout.flush()
        binary.write(content)
    sys.stdout.flush()


def in_terminal(stream: TextIO | None) -> bool:
    """Tells whether a stream is a terminal, where a line may be written over."""
    return stream is not None and stream.isatty()


def columns(most: int) -> int:
    """Returns how long a line on standard output may be: `most`, or less on a narrow terminal, or where COLUMNS says so."""
    if sys.stdout is None or not (sys.stdout.isatty() or os.environ.get("COLUMNS")):
        return most
    return max(40, min(most, shutil.get_terminal_size().columns - 1))


def typed(words: Iterable[str]) -> str:
    """Returns the words of a command as they are typed in a shell: in quotes where it would take them apart.

    >>> print(typed(["chalkgrad", "draw", "a*b + c", "a=2", "--slide"]))
    chalkgrad draw "a*b + c" a=2 --slide
    """

    def quoted(word: str) -> str:
        if re.fullmatch(r"[\w@%+=:,./-]+", word):
            return word
        return shlex.quote(word) if re.search(r'["$`\\!]', word) else f'"{word}"'

    return " ".join(map(quoted, words))


def named(place: str | None, otherwise: str, option: str, output: bool = False) -> str:
    """Returns the file or folder that an option names, or the usual one if it is left out; an empty name is a mistake.

    So is -, unless it stands for standard output there.

    >>> named(None, "L.svg", "-o"), named("x.svg", "L.svg", "-o")
    ('L.svg', 'x.svg')
    """
    if place is None:
        return otherwise
    if not place.strip():
        raise UserError(f"{option} names nothing: write {option} {otherwise}, say, or leave it out")
    if place.strip() == "-" and not output:
        what = "file" if "." in otherwise else "folder"
        raise UserError(
            f"{option} needs the name of a {what}, and does not write to standard output: {option} {otherwise}, say"
        )
    return place


def folder_named(place: str | None, otherwise: str) -> Path:
    """Returns the folder that -o names, or the usual one. Raises UserError where a file has that name."""
    folder = Path(named(place, otherwise, "-o").strip()).expanduser()
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file: -o names a folder")
    return folder


def can_show(text: str, stream: TextIO) -> bool:
    """Tells whether `stream` can encode every letter of `text`."""
    try:
        text.encode(stream.encoding or "utf-8")  # strictly: our ASCII form reads better than replacement characters
    except UnicodeEncodeError:
        return False
    return True
