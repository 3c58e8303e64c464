"""The map of the house: each room with the sentence that its `__init__` begins with, and its files with theirs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HOME = Path(__file__).resolve().parents[3]
FOLDERS = ("engine", "nn", "viz", "front")  # each imports only those before it


def markdown() -> str:
    """Returns the map, a section for each folder."""
    return "\n\n".join(_folder(HOME / name) for name in FOLDERS)


def _folder(place: Path) -> str:
    parts = list[str]()
    for file in sorted(place.rglob("__init__.py")):
        room = file.parent
        parts += [f"{'##' if room == place else '###'} {room.relative_to(HOME).as_posix()}", sentence(file), _files(room)]
    return "\n\n".join(parts)


def _files(room: Path) -> str:
    """Returns a table of the files of a room, folded."""
    files = [file for file in sorted(room.glob("*.py")) if not file.name.startswith("__")]
    if not files:
        return ""
    rows = [f"| {file.name} | {sentence(file)} |" for file in files]
    table = "\n".join(["| file | what it is for |", "|---|---|", *rows])
    return f"<details><summary>{len(files)} file{'s' * (len(files) > 1)}</summary>\n\n{table}\n\n</details>"


def sentence(file: Path) -> str:
    """Returns what the docstring of a file begins with, as a cell of a table in Markdown."""
    said = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    parts = re.split(r"(`[^`]*`)", " ".join(said.partition("\n\n")[0].split()))  # at odd places code, whose signs are none
    parts[::2] = [re.sub(r"[$*_<\\[\]]", r"\\\g<0>", part) for part in parts[::2]]
    return "".join(parts).replace("|", r"\|")
