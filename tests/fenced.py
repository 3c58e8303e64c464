"""What the documents tell people to type: fenced blocks, commands in the text, and the examples of each `--help`."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from chalkgrad.command import commands
from chalkgrad.command.console import UserError
from chalkgrad.engine.words.language import ENGLISH, speaking

HOME = Path(__file__).resolve().parent.parent
TOP = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "nn/tables/README.md")
PAGES = [*(HOME / name for name in TOP), *sorted((HOME / "docs").rglob("*.md"))]

# What a fence may be, by the first word behind it. A fence without one shows what is not to be typed.
TRANSCRIPTS = ("python", "pycon")
CELLS = "{code-cell} python"
SHELL = "sh"
OTHERS = ("", "json", "latex", "py", "toml")
DIRECTIVES = ("{commands}", "{eval-rst}", "{include}", "{operations}", "{rooms}", "{toctree}")
PROGRAMS = ("apt-get", "chalkgrad", "eval", "git", "pip", "pytest", "python", "python3")  # that pages have typed
WITHOUT_WORDS = ("demo", "examples", "lecture", "train")  # commands that do something by themselves


class Block(NamedTuple):
    """A fenced block of a page: the line at which it begins, what stands behind its fence, and its text."""

    page: Path
    line: int
    tag: str
    text: str

    @property
    def place(self) -> str:
        return f"{named(self.page)}, line {self.line}"


class Command(NamedTuple):
    """A command of ours that stands in a text, and where."""

    place: str
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return shlex.join(["chalkgrad", *self.words])


# What the proof has measured of commands is not to be typed.
MEASURED = re.compile(r"<!-- python -m bench\.proof writes from here -->.*<!-- to here -->", re.DOTALL)


def named(page: Path) -> str:
    return page.relative_to(HOME).as_posix()


def parts(page: Path) -> tuple[list[Block], str]:
    """Returns the fenced blocks of a page, and the text around them. Raises ValueError for a fence that is not closed."""
    text = MEASURED.sub(lambda found: "\n" * found[0].count("\n"), page.read_text("utf-8"))
    blocks, around, lines = [], [], text.splitlines(keepends=True)
    number = 0
    while number < len(lines):
        fence = re.match(r"( *)(`{3,}|~{3,})\s*([^`\n]*?)\s*$", lines[number])
        number += 1
        if not fence:
            around.append(lines[number - 1])
            continue
        start, inside = number, []
        while number < len(lines) and lines[number].strip() != fence[2]:
            inside.append(lines[number].removeprefix(fence[1]))
            number += 1
        if number == len(lines):
            raise ValueError(f"{named(page)}, line {start}: the fence is not closed")
        number += 1
        blocks.append(Block(page, start, fence[3], "".join(inside)))
    return blocks, "".join(around)


def blocks() -> list[Block]:
    return [block for page in PAGES for block in parts(page)[0]]


def is_known(block: Block) -> bool:
    """Returns whether it is of a kind that something runs, builds or needs not run."""
    known = {*TRANSCRIPTS, CELLS, SHELL, *OTHERS}
    return block.tag in known or block.tag.startswith(DIRECTIVES)


def lines_of(block: Block) -> list[str]:
    """Returns the lines of a block of shell; one that ends in a backslash goes on."""
    return [line for line in block.text.replace("\\\n", " ").splitlines() if line.strip()]


def simple_commands(line: str) -> Iterator[list[str]]:
    """Yields the words of each command of a line, without what is set before it and where its output goes."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word in ("&&", "||", ";", "|", "&"):
            while words and re.match(r"\w+=", words[0]):
                words.pop(0)
            if ">" in words:
                words = words[: words.index(">")]
            if words:
                yield words
            words = []
        else:
            words.append(word)


def program_of(words: list[str]) -> str:
    """Returns the program that a command runs, without its folder."""
    return words[0].rpartition("/")[2]


def in_text(page: Path) -> list[str]:
    """Returns what stands in backticks in a page's text, outside of its fenced blocks."""
    return [" ".join(span[1].split()) for span in re.findall(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", parts(page)[1], re.DOTALL)]


def commands_in_text() -> list[Command]:
    """Returns each command of ours in backticks, whole or only begun."""
    texts = [(named(page), text) for page in PAGES for text in in_text(page)]
    return [Command(page, tuple(shlex.split(text)[1:])) for page, text in texts if text.startswith("chalkgrad ")]


def helps() -> dict[str, str]:
    """Returns the help of each command; under "" that of all."""
    return {"": commands.ABOUT, **{name: commands._help(name) for name in commands.PARSERS}}


def examples_of_help() -> dict[str, list[str]]:
    """Returns the lines that the help of each command has typed; under "" those of the help on all."""
    typed = re.compile(r"^  (?=chalkgrad |mkdir |eval )(.+)", re.MULTILINE)
    return {name: typed.findall(text) for name, text in helps().items()}


def ours(line: str) -> Iterator[list[str]]:
    """Yields the words behind `chalkgrad` of each of our commands in a line of shell, also where another takes its output."""
    for words in simple_commands(line):
        if program_of(words) == "chalkgrad":
            yield words[1:]
        for inner in re.findall(r"\$\((.*?)\)", " ".join(words)):
            yield from ours(inner)


def refused(words: Sequence[str]) -> str:
    """Returns why the parser of a command of ours refuses these words, "" if it does not."""
    with speaking(ENGLISH):  # --language is for those words alone
        try:
            command, *rest = commands._behind_the_command([*words])
            if {command, *rest} & {*commands._NO_COMMANDS}:
                return ""
            if command not in commands.PARSERS:
                return f"there is no command {command}"
            commands.PARSERS[command]().parse_intermixed_args(rest)
        except UserError as error:
            return str(error)
    return ""


def is_whole(words: Sequence[str]) -> bool:
    """Returns whether words that stand in a text can be typed as they are; else they only name a command and its options."""
    if {*words} & {*commands._NO_COMMANDS}:
        return True
    if {*words} & {"…", "EXAMPLE", "FILE"} or refused(words):
        return False
    command, *rest = commands._behind_the_command([*words])
    parser = commands.PARSERS[command]()
    with speaking(ENGLISH):
        given = vars(parser.parse_intermixed_args(rest))
    places = [action.dest for action in parser.options().values() if not action.option_strings]
    if any(given[place] for place in places):
        return True
    return command in WITHOUT_WORDS and not (command == "train" and rest)


def unknown_options(words: Sequence[str]) -> list[str]:
    """Returns which of the options in a command, whole or only begun, it does not have."""
    command, *rest = commands._behind_the_command([*words])
    known = {*commands._NO_COMMANDS, *(commands.PARSERS[command]().options() if command in commands.PARSERS else ())}
    return [word for word in rest if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in known]
