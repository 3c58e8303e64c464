"""Writes a file in one step: there is never half a file, and a failure leaves the old one.

>>> import pathlib, tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     write_whole(pathlib.Path(folder, "e.svg"), b"<svg/>")
...     pathlib.Path(folder, "e.svg").read_bytes()
b'<svg/>'
"""

from __future__ import annotations

import contextlib
import os

PRIVATE = 0o600  # only the owner reads and writes it


def write_whole(
    path: str | os.PathLike[str], content: bytes, what: str = "the file", mode: int = 0o666, new: bool = False
) -> None:
    """Writes `content` to `path` in one step, and through a link to what the link names; a device or a pipe is written to.

    `what` is what an error calls it. A file that is made has the `mode`, less what the process's mask takes away. A `new` one
    does not replace a file that is there, not even one that another program has just made.

    Raises OSError, which says where and why it cannot be written; FileExistsError for a `new` file that is there.
    """
    place = os.fspath(path)
    try:
        if os.path.exists(place) and not os.path.isfile(place):  # these cannot be replaced; a folder is refused here
            with open(place, "wb") as file:
                file.write(content)
            return
        target = os.path.realpath(place)
        folder, name = os.path.split(target)
        part = os.path.join(folder, f".{name[:100]}.{os.getpid()}.part")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)  # of a process that was killed and had the same number
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode), "wb") as file:
                file.write(content)
            if new:
                _put_new(part, target)
            else:
                os.replace(part, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(part)
            raise
    except FileExistsError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(error.errno, f"{what} cannot be written to {place} ({reason}): name another place") from error


_BINARY = getattr(os, "O_BINARY", 0)  # Windows would write \r\n for \n


def _put_new(part: str, target: str) -> None:
    """Gives a file its name unless a file has it."""
    if os.name == "nt":
        os.rename(part, target)  # which replaces no file there
        return
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except (OSError, AttributeError):  # of a file system, or of a browser's Python, without links
        if os.path.lexists(target):
            raise FileExistsError(None, f"{target} is there") from None
        os.rename(part, target)
        return
    os.unlink(part)
