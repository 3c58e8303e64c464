"""What a class handed in: Moodle's archive or a folder, one submission for each student, and the program in each.

>>> parts_of_name("דנה לוי_12345_assignsubmission_file_")
('דנה לוי', '12345', '')
>>> parts_of_name("week3")
('week3', '', '')

Archives are opened with care: nothing is written outside the folder, and nothing that unpacks to more than a limit.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from chalkgrad.engine.words.language import section

WORDS = section("feedback")
LARGEST_FILE: Final = 20 << 20  # bytes, unpacked
LARGEST_ARCHIVE: Final = 1 << 30
MOST_FILES: Final = 20_000
_NAME = re.compile(r"(?P<name>.*?)_(?P<id>\d+)_assignsubmission_(?P<kind>file|onlinetext)_?(?P<rest>.*)", re.DOTALL)
_IGNORED = re.compile(
    r"(?:^|/)(?:__MACOSX|__pycache__|\.git|\.idea|\.vscode|\.ipynb_checkpoints)(?:/|$)"
    r"|(?:^|/)(?:\.|~|Thumbs\.db$|desktop\.ini$)"
)
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz")


class BadArchive(ValueError):  # noqa: N818 (read aloud: "bad archive")
    """An archive that is not unpacked; the message says why."""


class Submission(NamedTuple):
    """What one student handed in.

    Attributes:
        folder: its name, as Moodle gave it
        name, number: the student's, as far as the folder's name has them
        files: what is in it, by paths inside it
    """

    folder: str
    name: str
    number: str
    files: tuple[tuple[str, Path], ...]

    @property
    def digest(self) -> str:
        """A hash of the names and the contents."""
        found = hashlib.sha256()
        for inside, path in self.files:
            content = path.read_bytes()
            found.update(f"{inside}\0{len(content)}\0".encode())
            found.update(content)
        return found.hexdigest()


class Picked(NamedTuple):
    """The program of a submission and the files beside it, or why there is none; a remark, if the name is another one."""

    file: Path | None
    beside: tuple[Path, ...] = ()
    reason: str = ""
    remark: str = ""


def parts_of_name(folder: str) -> tuple[str, str, str]:
    """Returns the student's name, the participant's number, and what stands behind, as the file in Moodle's flat archives."""
    match = _NAME.fullmatch(folder)
    return (match["name"], match["id"], match["rest"]) if match else (folder, "", "")


def submissions(source: Path, unpacked: Path) -> list[Submission]:
    """Returns the submissions in an archive or a folder, in the order of their names.

    Args:
        source: Moodle's archive, or a folder: with a folder for each student, or a file for each
        unpacked: where an archive is unpacked to

    Raises:
        BadArchive: the archive cannot be read, or is not to be unpacked.
    """
    if source.is_dir():
        files = [(path.relative_to(source).as_posix(), path) for path in sorted(source.rglob("*"))]
        files = [(inside, path) for inside, path in files if path.is_file() and not _leads_out(path, source)]
        empty = [path.name for path in sorted(source.iterdir()) if path.is_dir() and not _IGNORED.search(path.name)]
    else:
        files, empty = _unpacked(source, unpacked)
    files = [(inside, path) for inside, path in files if not _IGNORED.search(inside)]
    files, empty = _below_one_folder(files, empty)
    found: dict[str, list[tuple[str, Path]]] = {name: [] for name in empty}
    for inside, path in files:
        first, _, rest = inside.partition("/")
        if not rest:  # a file by itself: Moodle's archives without folders
            _, number, behind = parts_of_name(first)
            rest = behind or first
            first = first[: len(first) - len(behind)] if number and behind else first
        found.setdefault(first, []).append((rest, path))
    return [Submission(first, *parts_of_name(first)[:2], tuple(sorted(found[first]))) for first in sorted(found)]


def _below_one_folder(files: list[tuple[str, Path]], empty: list[str]) -> tuple[list[tuple[str, Path]], list[str]]:
    """Returns the files without a folder around all of them, if Moodle's folders stand in it."""
    tops = {inside.partition("/")[0] for inside, _ in files} | {*empty}
    below = {inside.split("/")[1] for inside, _ in files if "/" in inside}
    if len(tops) == 1 and not parts_of_name(*tops)[1] and any(parts_of_name(name)[1] for name in below):
        return [(inside.partition("/")[2], path) for inside, path in files if "/" in inside], []
    return files, empty


def _leads_out(path: Path, folder: Path) -> bool:
    return not path.resolve().is_relative_to(folder.resolve())


def _unpacked(archive: Path, to: Path) -> tuple[list[tuple[str, Path]], list[str]]:
    """Unpacks an archive under names of our own, and returns the files by their names in it, and the folders on its top."""
    files: list[tuple[str, Path]] = []
    folders: dict[str, None] = {}
    to.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(archive) as opened:
            members = opened.infolist()
            if len(members) > MOST_FILES:
                raise BadArchive(WORDS["bomb"].format(size="?"))
            left = LARGEST_ARCHIVE
            for i, member in enumerate(members):
                name = _name_in(member)
                parts = PurePosixPath(name).parts
                if name.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", name) or "\0" in name:
                    raise BadArchive(WORDS["unsafe"].format(file=name))
                if (len(parts) > 1 or member.is_dir()) and not _IGNORED.search(parts[0]):
                    folders[parts[0]] = None
                if member.is_dir() or _IGNORED.search(name) or (member.external_attr >> 16) & 0o170000 == 0o120000:
                    continue
                place = to / f"{i:05d}" / parts[-1][-100:]  # one folder each: names that differ in case only do not meet
                place.parent.mkdir(exist_ok=True)
                left -= _write(opened, member, place, min(LARGEST_FILE, left))
                files.append(("/".join(parts), place))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise BadArchive(f"{archive.name}: {error}") from None
    return files, [*folders]


def _name_in(member: zipfile.ZipInfo) -> str:
    """Returns a member's name; one in UTF-8 whose flag is missing, as some programs write it, is read as it was meant."""
    name = member.filename.replace("\\", "/")
    if not member.flag_bits & 0x800:
        try:
            return name.encode("cp437").decode("utf-8")
        except UnicodeError:
            return name
    return name


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, place: Path, most: int) -> int:
    """Writes a member, whatever size it says it has, up to so many bytes; returns how many these were."""
    written = 0
    with opened.open(member) as stream, place.open("wb") as file:
        while part := stream.read(1 << 16):
            written += len(part)
            if written > most:
                raise BadArchive(WORDS["bomb"].format(size=f"> {most >> 20}"))
            file.write(part)
    return written


def picked(files: Sequence[tuple[str, Path]], wanted: str = "") -> Picked:
    """Returns the program among a submission's files.

    Args:
        files: their paths inside the submission, and where they are
        wanted: the name that was asked for; with it, other programs may lie beside, as a nn.py beside an engine.py
    """
    names = ", ".join(inside for inside, _ in files[:5]) + (", …" if len(files) > 5 else "")
    programs = [(inside, path) for inside, path in files if inside.lower().endswith(".py")]
    named = [path for inside, path in programs if wanted and PurePosixPath(inside).name.casefold() == wanted.casefold()]
    if len(named) == 1:
        return Picked(named[0], tuple(path for _, path in programs if path != named[0] and path.name != named[0].name))
    if len(programs) == 1:
        inside, path = programs[0]
        remark = WORDS["other name"].format(file=inside, name=wanted) if wanted and not named else ""
        return Picked(path, remark=remark)
    if programs:
        if wanted and not named:
            return Picked(None, reason=WORDS["two and none named"].format(count=len(programs), name=wanted, files=names))
        return Picked(None, reason=WORDS["two files"].format(files=names))
    return Picked(None, reason=_why_none(files, names))


def _why_none(files: Sequence[tuple[str, Path]], names: str) -> str:
    if not files:
        return WORDS["no file"]
    inside = files[0][0]
    lower = [inside.lower() for inside, _ in files]
    for ending, key in ((".ipynb", "notebook"), *((ending, "archive") for ending in _ARCHIVES)):
        for place, name in enumerate(lower):
            if name.endswith(ending):
                return WORDS[key].format(file=files[place][0])
    if any(".py" in name or name.endswith((".txt", ".pyw", ".pyc")) for name in lower):
        return WORDS["wrong name"].format(file=next(x for x, _ in files if ".py" in x.lower() or x.lower().endswith(".txt")))
    if lower == ["onlinetext.html"]:
        return WORDS["online text"]
    return WORDS["no program"].format(files=names or inside)
