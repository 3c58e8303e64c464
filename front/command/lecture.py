"""The command `chalkgrad lecture`: pages, pictures and frames for a lecture in fifteen rows, and a sheet to run it from.

>>> lecture(["--rows", "16"])
Traceback (most recent call last):
    ...
chalkgrad.command.console.UserError: --rows: there is no row 16; they go from 1 to 15
"""

from __future__ import annotations

import _thread
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from chalkgrad.command.console import Parser, UserError, folder_named, in_terminal, say, typed
from chalkgrad.command.graphs import parsed_arguments
from chalkgrad.command.pictures import not_written
from chalkgrad.engine.words.language import languages, section

if TYPE_CHECKING:
    from chalkgrad.lecture.making import Folder
    from chalkgrad.lecture.rows import Row

__all__ = ["help_of_lecture", "lecture", "parser_of_lecture"]

_LECTURE: Final = """\
usage: chalkgrad lecture [-o FOLDER] [options]

Writes what a lecture on neural networks and backpropagation needs into one folder: for each of {count} rows a page to be
played, pictures for slides, frames, formulas for LaTeX. Open index.html in it: it says for each row how many minutes
it takes, what to ask the class, which keys to press, which file is the slide, and what to type for an expression of
your own. It prints as the sheet to run the lecture from. Nothing in it needs a network.

  chalkgrad lecture
  chalkgrad lecture -o week3
  chalkgrad lecture -o week3 --rows 13,14,15

  -o FOLDER        where the files go (lecture)
  --rows NUMBERS   these alone, such as 13,14,15 or 1-6; rows that are in the folder stay
  --address URL    where the folder will be served from: the sheet shows a QR code for each row's page
  --language NAME  {languages}: what the files say

the rows, with their minutes:
{rows}

Plots need matplotlib, pip install "chalkgrad[plot]"; without it all else is made. Ctrl-C leaves the rows that are
finished. docs/lecture.md says how to give the lecture with it.
"""
SAID: Final = section("lecture command")


class _Stop(BaseException):
    """Ctrl-C was pressed. It is not a KeyboardInterrupt, after which training goes on with what there is."""


class _Stopping:
    """Ctrl-C, while a lecture is made: it breaks off the file that is being made; between files it is waited for.

    An exception of a signal's handler that meets a callback of the garbage collector is thrown away by Python. So that the
    key was pressed is kept, asked after each file, and the handler is called once more, until its exception is heard.
    """

    def __init__(self) -> None:
        self._pressed = self._breakable = False
        self._again: threading.Timer | None = None

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handles Ctrl-C from here on."""
        if threading.current_thread() is not threading.main_thread():  # which alone is told of signals
            yield
            return
        before, heard = signal.signal(signal.SIGINT, self._press), sys.unraisablehook
        sys.unraisablehook = lambda lost: self._press_again() if lost.exc_type is _Stop else heard(lost)
        try:
            yield
        finally:
            if self._again is not None:
                self._again.cancel()
                self._again.join()  # a press that it has made meets our handler
            sys.unraisablehook = heard
            signal.signal(signal.SIGINT, before)

    @contextmanager
    def breakable(self) -> Iterator[None]:
        """Lets Ctrl-C break off what is made in here. Raises _Stop if it was pressed before or in between."""
        self._stop_if_pressed()
        self._breakable = True
        try:
            yield
        finally:
            self._breakable = False
        self._stop_if_pressed()

    def _stop_if_pressed(self) -> None:
        if self._pressed:
            raise _Stop

    def _press(self, *_: Any) -> None:
        self._pressed = True
        if self._breakable:
            raise _Stop

    def _press_again(self) -> None:
        self._again = threading.Timer(0.02, _thread.interrupt_main)
        self._again.start()


def parser_of_lecture() -> Parser:
    """Returns the parser of `chalkgrad lecture`."""
    parser = Parser("lecture")
    parser.add_argument("-o", dest="folder")
    parser.add_argument("--rows")
    parser.add_argument("--address")
    return parser


def help_of_lecture() -> str:
    """Returns the help of `chalkgrad lecture`, with its rows."""
    from chalkgrad.lecture.rows import rows

    listed = "\n".join(f"  {row.number:>2}  {row.title} ({row.minutes})" for row in rows())
    return _LECTURE.format(count=len(rows()), languages=" or ".join(languages()), rows=listed)


def lecture(arguments: Sequence[str]) -> int:
    """Runs `chalkgrad lecture`, and returns its exit status."""
    from chalkgrad.lecture.making import Folder, LectureError

    options = parsed_arguments(parser_of_lecture(), arguments)
    wanted = _rows(options.rows)
    place = folder_named(options.folder, "lecture")
    stopping = _Stopping()
    with stopping.handled():
        try:
            folder = Folder(place)
            if options.address is not None:
                folder.serve_from(_address(options.address))
            folder.refuse_strangers(wanted)  # before anything is made
            return _make(folder, wanted, stopping, options.language)
        except (LectureError, FileExistsError) as error:
            raise UserError(str(error)) from None
        except OSError as error:
            raise UserError(not_written(place, error)) from None


def _make(folder: Folder, wanted: Sequence[Row], stopping: _Stopping, language: str | None) -> int:
    """Makes rows one after the other, and says so; what Ctrl-C leaves undone is said, too."""
    finished = 0
    try:
        for row in wanted:
            start = time.perf_counter()
            with _under_way(SAID["under way"].format(number=f"{row.number:>2}", title=row.title)):
                written = folder.make(row, stopping.breakable)
            seconds = f"{time.perf_counter() - start:.1f}"
            finished += 1
            words = {"number": f"{row.number:>2}", "title": row.title, "count": written.pieces, "seconds": f"{seconds:>4}"}
            say(SAID.form("made", written.pieces).format_map(words))
            for name, why in written.missing.items():
                say("    " + SAID["not made"].format(file=name, why=why))
    except _Stop:
        if folder.made:
            say(SAID["stopped"].format(folder=folder.place))
        left = ",".join(str(row.number) for row in wanted[finished:])
        same = ["--language", language] if language else []
        say(SAID["others"].format(command=typed(["chalkgrad", "lecture", "-o", str(folder.place), "--rows", left, *same])))
        return 130
    say(SAID["wrote"].format(index=folder.place / "index.html"))
    return 0


def _address(given: str) -> str:
    """Returns what --address says. Raises UserError for what a phone cannot open, and where nothing draws codes."""
    from chalkgrad.lecture.index import qr_code

    address = given.strip()
    if address:
        if not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", address):
            raise UserError(f"--address is where the folder is served from, such as https://example.org/week3, not {given}")
        try:
            qr_code(address)
        except ModuleNotFoundError as error:
            raise UserError(str(error)) from None
    return address


def _rows(given: str | None) -> list[Row]:
    """Returns the rows that --rows names, in the order of the lecture; all if it is left out."""
    from chalkgrad.lecture.rows import rows

    if given is None:
        return [*rows()]
    wanted = set[int]()
    for part in given.split(","):
        first, dash, last = (end.strip() for end in part.partition("-"))
        if not (first.isascii() and first.isdigit()) or (dash and not (last.isascii() and last.isdigit())):
            raise UserError(f"--rows are numbers such as 13,14,15 or 1-6, not {given}")
        numbers = range(int(first), int(last if dash else first) + 1)
        for number in (int(first), int(last if dash else first)):
            if not 1 <= number <= len(rows()):
                raise UserError(f"--rows: there is no row {number}; they go from 1 to {len(rows())}")
        if not numbers:
            raise UserError(f"--rows: {part.strip()} goes backwards: write {last}-{first}")
        wanted.update(numbers)
    return [row for row in rows() if row.number in wanted]


@contextmanager
def _under_way(text: str) -> Iterator[None]:
    """Shows a line in a terminal while something is made."""
    stream = sys.stderr
    if not in_terminal(stream):
        yield
        return
    stream.write(f"\r{text}")
    stream.flush()
    try:
        yield
    finally:
        stream.write(f"\r{' ' * len(text)}\r")
        stream.flush()
