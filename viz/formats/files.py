"""Writes files in one step: there is never half a file, and a failure leaves the old one.

>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder:
...     write(Path(folder, "e.svg"), b"<svg/>")
...     Path(folder, "e.svg").read_bytes()
b'<svg/>'
"""

import contextlib
import os
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Writes ``content`` to ``path`` in one step: there is never half a file, and a failure leaves the old one."""
    try:
        if path.exists() and not path.is_file():  # a device or a pipe cannot be replaced; a folder is refused here
            path.write_bytes(content)
            return
        target = path.resolve()  # of a link, the target is replaced
        part = target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
        try:
            part.write_bytes(content)
            os.replace(part, target)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(error.errno, f"the drawing cannot be written to {path} ({reason}): name another place") from error
