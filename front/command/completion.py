"""Scripts that make a shell complete the command `chalkgrad`, written from the parsers of its commands.

>>> from chalkgrad.command.console import Parser
>>> parser = Parser("draw")
>>> _ = parser.add_argument("--skin", choices=("cards", "edges"))
>>> commands_of({"draw": parser})["draw"].options
{'--skin': ('cards', 'edges')}

They are static: what can be typed stands in them, so that no Python starts at the key tab.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from chalkgrad.command import examples, sheets, tasks
from chalkgrad.command.console import Parser

FILES: Final = "<files>"  # stands for the names of files
_OF_FILES: Final = (
    "-o",
    "--out",
    "--plot",
    "--save",
    "--checkpoint",
    "--for",
    "--key-file",
    "--sheets",
    "--roster",
    "--template",
)
_OF_GRADE: Final = ("--adapters", "--html", "--gradescope", "--wheel", "--moodle", "--worksheet")
_MEANINGS: Final = {
    "--separator": ("comma", "semicolon", "tab", "spaces", "pipe"),
    "--collapse": ("auto", "no", "neurons", "layers"),
    "--renderer": ("graphviz-pure", "dot", "layered"),
    "--as": ("html", "pdf", "tex", "moodle", "json"),
}


@dataclass(frozen=True)
class Command:
    """What may follow a command: its options, each with what may follow it, and words. None follows a switch."""

    options: Mapping[str, tuple[str, ...] | None]
    words: tuple[str, ...]


def commands_of(parsers: Mapping[str, Parser]) -> dict[str, Command]:
    """Returns what may be typed after each command, read off its parser."""
    from chalkgrad.classroom.forms.form import FORMS
    from chalkgrad.engine.stepping.mistakes import MISTAKES
    from chalkgrad.nn.models.layers import KNOWN

    meanings = _MEANINGS | {
        "--ask": tuple(name.replace(" ", "-") for name in FORMS),
        "--activation": tuple(name for name in KNOWN if name != "step"),  # through which no gradient goes
        "--mistake": tuple(mistake.replace(" ", "-") for mistake in MISTAKES),
    }
    commands = {}
    for name, parser in parsers.items():
        options: dict[str, tuple[str, ...] | None] = {}
        words: tuple[str, ...] = ()
        for option, action in parser.options().items():
            choices = tuple(map(str, action.choices or ()))
            if not option.startswith("-"):
                words = choices
            elif action.nargs == 0:
                options[option] = None
            else:
                options[option] = choices or meanings.get(option) or ((FILES,) if option in (*_OF_FILES, *_OF_GRADE) else ())
        if name in ("draw", "frames", "step", "play", "latex", "examples"):
            words = tuple(examples.names())
        elif name == "sheet":
            words = (*examples.names(), *sheets.exercise_names(), FILES)
        elif name == "train":
            words = (*tasks.NAMES, "all", FILES)
        elif name in ("mark", "grade"):
            words = (FILES,)
        commands[name] = Command(options, words)
    return commands


# Bash, and zsh beside it ------------------------------------------------------------------------------------------------


def bash(commands: Mapping[str, Command]) -> str:
    """Returns the script for bash."""
    cases = []
    for name, command in commands.items():
        for option, values in command.options.items():
            if values is not None:
                cases.append(f"        {name}:{option}) {_bash_words(values)} ;;")
        cases.append(f"        {name}:*) if [[ $cur == -* ]]; then {_bash_words(tuple(command.options))}")
        cases.append(f"            else {_bash_words(command.words)}; fi ;;")
    listed = "\n".join(cases)
    return f"""# bash completion of chalkgrad
_chalkgrad_offer() {{  # what compgen finds, a line each: names of files may have blanks
    local found
    while IFS= read -r found; do COMPREPLY+=("$found"); done < <(compgen "$@" -- "$cur")
}}
_chalkgrad() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}}
    cur=${{cur#[\\"\\']}} cur=${{cur//\\\\/}}  # as typed: behind an open quotation mark, or with a \\ before a blank
    local before=${{COMP_WORDS[COMP_CWORD - 1]}}
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _chalkgrad_offer -W "{" ".join(commands)} --help --version"
        return
    fi
    case ${{COMP_WORDS[1]}}:$before in
{listed}
    esac
}}
complete -F _chalkgrad chalkgrad"""


def _bash_words(words: tuple[str, ...]) -> str:
    """Returns the command that offers words, and files if they are among them."""
    plain = " ".join(word for word in words if word != FILES)
    files = " -f" if FILES in words else ""
    quoted = "compopt -o filenames 2> /dev/null; " if files else ""  # blanks in names; it fails where no key was pressed
    return quoted + f'_chalkgrad_offer{files} -W "{plain}"'


def zsh(commands: Mapping[str, Command]) -> str:
    """Returns the script for zsh."""
    cases = []
    for name, command in commands.items():
        for option, values in command.options.items():
            if values is not None:
                cases.append(f"        {name}:{option}) {_zsh_words(values)} ;;")
        cases.append(f"        {name}:*) if [[ $cur == -* ]]; then {_zsh_words(tuple(command.options))}")
        cases.append(f"            else {_zsh_words(command.words)}; fi ;;")
    listed = "\n".join(cases)
    return f"""#compdef chalkgrad
_chalkgrad() {{
    local cur=$words[CURRENT] before=$words[CURRENT-1]
    if ((CURRENT == 2)); then
        compadd -- {" ".join(commands)} --help --version
        return
    fi
    case $words[2]:$before in
{listed}
    esac
}}
compdef _chalkgrad chalkgrad"""


def _zsh_words(words: tuple[str, ...]) -> str:
    plain = " ".join(word for word in words if word != FILES)
    offers = [f"compadd -- {plain}"] * bool(plain) + ["_files"] * (FILES in words)
    return "; ".join(offers) or ":"


# Fish -------------------------------------------------------------------------------------------------------------------


def fish(commands: Mapping[str, Command]) -> str:
    """Returns the script for fish."""
    lines = [
        "# fish completion of chalkgrad",
        "complete -c chalkgrad -f",
        f"complete -c chalkgrad -n __fish_use_subcommand -a '{' '.join(commands)}'",
    ]
    for name, command in commands.items():
        within = f"complete -c chalkgrad -n '__fish_seen_subcommand_from {name}'"
        plain = " ".join(word for word in command.words if word != FILES)
        if plain:
            lines.append(f"{within} -a '{plain}'")
        if FILES in command.words:
            lines.append(f"{within} -F")
        for option, values in command.options.items():
            flag = f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
            takes = (
                "" if values is None else " -r -F" if FILES in values else " -x" + f" -a '{' '.join(values)}'" * bool(values)
            )
            lines.append(f"{within} {flag}{takes}")
    return "\n".join(lines)


SHELLS: Final[dict[str, Callable[[Mapping[str, Command]], str]]] = {"bash": bash, "zsh": zsh, "fish": fish}
