"""What a class handed in: Moodle's archive or a folder, one submission for each student, and the program in each.

>>> parts_of_name("דנה לוי_12345_assignsubmission_file_")
('דנה לוי', '12345', '')
>>> parts_of_name("week3")
('week3', '', '')

Archives are opened with care: nothing is written outside the folder, and nothing that unpacks to more than a limit. What is not
unpacked is told of the submission that it is in; the others are graded.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from chalkgrad.engine.words.language import section

WORDS = section("feedback")
LARGEST_FILE: Final = 20 << 20  # bytes, unpacked
LARGEST_SUBMISSION: Final = 40 << 20
LARGEST_ARCHIVE: Final = 1 << 30
MOST_FILES: Final = 20_000
_NAME = re.compile(r"(?P<name>.*?)_(?P<id>\d+)_assignsubmission_(?P<kind>file|onlinetext)_?(?P<rest>.*)", re.DOTALL)
_IGNORED = re.compile(
    r"(?:^|/)(?:__MACOSX|__pycache__|\.git|\.idea|\.vscode|\.ipynb_checkpoints)(?:/|$)"
    r"|(?:^|/)(?:\.(?!\.(?:/|$))|~|Thumbs\.db$|desktop\.ini$)"
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
        refused: sentences on what was not unpacked
    """

    folder: str
    name: str
    number: str
    files: tuple[tuple[str, Path], ...]
    refused: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """A hash of the names and the contents."""
        found = hashlib.sha256("\n".join(self.refused).encode())
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
    there = _in_folder(source) if source.is_dir() else _unpacked(source, unpacked)
    below = _below_one_folder({entry.inside for entry in there if not entry.leads_out})
    found: dict[str, tuple[list[tuple[str, Path]], list[str]]] = {}
    for entry in there:
        inside = entry.inside.partition("/")[2] if below and not entry.leads_out else entry.inside
        first, _, rest = inside.partition("/")
        if not rest and "/" not in inside:  # a file by itself: Moodle's archives without folders
            _, number, behind = parts_of_name(first)
            rest = behind or first
            first = first[: len(first) - len(behind)] if number and behind else first
        if not first:
            continue
        files, refused = found.setdefault(first, ([], []))
        if entry.refused:
            refused.append(WORDS[entry.refused].format_map({"file": entry.leads_out or rest, **entry.words}))
        elif entry.path is not None:
            files.append((rest, entry.path))
    return [
        Submission(first, *parts_of_name(first)[:2], tuple(sorted(found[first][0])), tuple(found[first][1]))
        for first in sorted(found)
    ]


class _Entry(NamedTuple):
    """A file by its name inside, or a folder, whose name ends in "/"; why it was refused, by the key, and words for that.

    `leads_out` is the name of what leads out of the archive; `inside` is then one that does not.
    """

    inside: str
    path: Path | None = None
    refused: str = ""
    words: Mapping[str, str] = {}
    leads_out: str = ""


def _is_ignored(inside: str) -> bool:
    """Tells whether a name is one of those that systems and editors leave behind.

    What students are called is none of them.

    >>> _is_ignored("__MACOSX/x.py"), _is_ignored(".net Meier_4_assignsubmission_file_/x.py")
    (True, False)
    >>> _is_ignored("~Ann_5_assignsubmission_file_/.x.py"), _is_ignored("week/~Ann_5_assignsubmission_file_x.py")
    (True, False)
    """
    parts = inside.split("/")
    for i, part in enumerate(parts[:2]):
        _, number, behind = parts_of_name(part)
        if number:
            parts[i : i + 1] = [behind] if behind else []
            break
    return bool(_IGNORED.search("/".join(parts)))


def _in_folder(source: Path) -> list[_Entry]:
    found = []
    for path in sorted(source.rglob("*")):
        inside = path.relative_to(source).as_posix()
        if _is_ignored(inside):
            continue
        if path.is_symlink() or _leads_out(path, source):
            found.append(_Entry(inside, refused="not unpacked: link"))
        elif path.is_file():
            found.append(_Entry(inside, path))
        elif path.parent == source:
            found.append(_Entry(f"{inside}/"))
    return found


def _below_one_folder(names: Iterable[str]) -> bool:
    """Tells whether there is one folder around all of Moodle's folders."""
    tops, below = set(), set()
    for inside in names:
        first, _, rest = inside.partition("/")
        tops.add(first)
        below.add(rest.partition("/")[0])
    return len(tops) == 1 and not parts_of_name(*tops)[1] and any(parts_of_name(name)[1] for name in below)


def _leads_out(path: Path, folder: Path) -> bool:
    return not path.resolve().is_relative_to(folder.resolve())


def _unpacked(archive: Path, to: Path) -> list[_Entry]:
    """Unpacks an archive under names of our own, and returns what is in it."""
    found: list[_Entry] = []
    to.mkdir(parents=True, exist_ok=True)
    sizes: dict[str, int] = {}
    try:
        with zipfile.ZipFile(archive) as opened:
            members = opened.infolist()
            if len(members) > MOST_FILES:
                raise BadArchive(WORDS["bomb"].format(size="?"))
            for i, member in enumerate(members):
                name = _name_in(member)
                if PurePosixPath(name).parts[:1] in (("/",), ("//",), ("..",)) or re.match(r"[A-Za-z]:", name) or "\0" in name:
                    found.append(_Entry(_harmless(name), refused="not unpacked: name", leads_out=name))
                elif not _is_ignored(name):
                    place = to / f"{i:05d}" / PurePosixPath(name).name[-100:]
                    found.append(_member(opened, member, name, place, sizes))
                if sum(sizes.values()) > LARGEST_ARCHIVE:
                    raise BadArchive(WORDS["bomb"].format(size=f"> {LARGEST_ARCHIVE >> 20}"))
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, OSError) as error:
        raise BadArchive(f"{archive.name}: {error}") from None
    return found


def _harmless(name: str) -> str:
    """Returns a name for what leads out of the archive: in the submission that it names, if it names one, else by itself.

    >>> _harmless("../x.py"), _harmless("C:/x y.py"), _harmless("/etc/Noa_2_assignsubmission_file_/x.py")
    ('x.py/', 'C_x_y.py/', 'Noa_2_assignsubmission_file_/x.py')
    """
    parts = [part for part in PurePosixPath(name.replace("\0", "_")).parts if part not in ("/", "//", "..")]
    for i, part in enumerate(parts):
        if parts_of_name(part)[1]:
            return "/".join(parts[i:])
    return (re.sub(r"[^\w.-]+", "_", " ".join(parts)).strip("._") or "archive") + "/"


def _member(opened: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, place: Path, sizes: dict[str, int]) -> _Entry:
    """Unpacks one member to its place, in a folder of its own, so that names that differ in case only do not meet.

    `sizes` says how many bytes each submission has.
    """
    top = name.partition("/")[0]
    if not name or ".." in PurePosixPath(name).parts:
        return _Entry(name, refused="not unpacked: name")
    if (member.external_attr >> 16) & 0o170000 == 0o120000:
        return _Entry(name, refused="not unpacked: link")
    if member.is_dir():
        return _Entry(name if name.count("/") < 2 else f"{top}/")
    left = LARGEST_SUBMISSION - sizes.get(top, 0)
    place.parent.mkdir(exist_ok=True)
    try:
        sizes[top] = sizes.get(top, 0) + _write(opened, member, place, min(LARGEST_FILE, left))
    except _TooLarge:
        if left < LARGEST_FILE:
            return _Entry(name, refused="not unpacked: all", words={"size": str(LARGEST_SUBMISSION >> 20)})
        return _Entry(name, refused="not unpacked: large", words={"size": str(LARGEST_FILE >> 20)})
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        return _Entry(name, refused="not unpacked: broken", words={"error": str(error)})
    return _Entry("/".join(PurePosixPath(name).parts), place)


class _TooLarge(Exception):  # noqa: N818 (read aloud: "too large")
    """A member has more bytes than are left for it."""


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
    """Writes a member, whatever size it says it has, up to ``most`` bytes; returns how many these were."""
    written = 0
    with opened.open(member) as stream, place.open("wb") as file:
        while part := stream.read(1 << 16):
            written += len(part)
            if written > most:
                file.truncate(0)
                raise _TooLarge
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
