"""Packs Python's library and the packages for the page; compile.mjs runs this in the Python that will read them.

Two archives come of it. `library.zip.gz` has the part of Python's library that Python begins with, `packages.tar.xz` the rest
of it and all packages. What the first program imports is bytecode: reading sources takes seconds. All else stays source, which
is half as large. What cannot work in a browser is left out.
"""

import gzip
import importlib.util
import io
import marshal
import site
import struct
import sys
import tarfile
import zipfile
from pathlib import Path

# What the page does when it starts, and the first things that somebody tries.
FIRST = """
from chalkgrad import *
a, b, c, f = Value(2), Value(-3), Value(10), Value(-2)
L = (a * b + c) * f
L.steps()
"""

# Servers, clients, processes, terminals and libraries in C, of which there are none in a browser; and second versions, in
# Python, of what is there in C.
LEFT_OUT = (
    *("_pydatetime", "_pyio", "_pyrepl/_", "_pyrepl/unix", "_pyrepl/windows", "bdb", "ctypes/", "curses/", "dbm/"),
    *("ensurepip/", "ftplib", "http/server", "idlelib/", "imaplib", "lib2to3/", "mailbox", "multiprocessing/", "pdb"),
    *("pickletools", "poplib", "pty", "site-packages/", "smtplib", "socketserver", "sqlite3/", "test/", "tty", "turtle"),
    *("venv/", "webbrowser", "wsgiref/", "xml/dom/", "xml/sax/", "xmlrpc/", "zipapp"),
    *(f"tqdm/{name}" for name in ("completion", "contrib", "dask", "gui", "keras", "rich", "tk", "tqdm.1")),
)
# Of the encodings those remain that files of this century have.
ENCODINGS = {
    *("__init__", "aliases", "ascii", "charmap", "cp437", "cp1252", "cp1255", "iso8859_1", "latin_1", "idna", "punycode"),
    *(f"utf_{size}{end}" for size in (8, 16, 32) for end in ("", "_sig", "_le", "_be")),
    *("raw_unicode_escape", "unicode_escape", "undefined", "base64_codec", "hex_codec", "zlib_codec"),
}


def imported() -> set[str]:
    """Runs the first program, and returns the files that were imported, as their modules know them."""
    import asyncio  # noqa: F401 (what Pyodide itself imports)

    from chalkgrad_session import Session

    failures = []
    Session(lambda message: failures.append(message) if message["kind"] == "error" else None).run(FIRST)
    if failures:
        raise RuntimeError(failures[0]["text"])
    return {str(getattr(module, "__file__", "")) for module in [*sys.modules.values()]}


def packed(name: str, content: bytes, place: str, compiled: bool) -> tuple[str, bytes]:
    """Returns a file's name and content in the archive; `place` is where the browser's Python finds it."""
    if not compiled:
        return name, content
    code = compile(content, f"{place}/{name}", "exec", dont_inherit=True)
    # A source's time and size are not compared, because there is no source.
    return f"{name}c", importlib.util.MAGIC_NUMBER + struct.pack("<III", 0, 0, 0) + marshal.dumps(code)


def is_left_out(name: str) -> bool:
    if name.startswith("encodings/"):
        return Path(name).stem not in ENCODINGS
    return name.startswith(LEFT_OUT)


def pack(given: str, out: str, begun: set[str]) -> None:
    """Writes the two archives into `out`; `begun` are the modules without which the second cannot be read."""
    files, packages = imported(), site.getsitepackages()[0]
    library = next(path for path in sys.path if path.endswith(".zip"))
    tops = {name.partition(".")[0] for name in begun}  # a package is in one place as a whole
    solid = io.BytesIO()  # not compressed inside, so that gzip sees all files as one
    rest: list[tuple[str, bytes]] = []
    with zipfile.ZipFile(library) as source, zipfile.ZipFile(solid, "w", zipfile.ZIP_STORED) as written:
        for entry in sorted(source.infolist(), key=lambda entry: entry.filename):
            name = entry.filename
            if entry.is_dir() or is_left_out(name):
                continue
            content, is_first = source.read(entry), f"{library}/{name}" in files
            if name.partition("/")[0].removesuffix(".py") in tops:
                name, content = packed(name, content, library, is_first)
                written.writestr(zipfile.ZipInfo(name), content)
            else:
                rest.append(packed(name, content, packages, is_first))
    Path(out, "library.zip.gz").write_bytes(gzip.compress(solid.getvalue(), 9, mtime=0))
    for file in sorted(path for path in Path(given).rglob("*") if path.is_file()):
        name = file.relative_to(given).as_posix()
        if name != Path(__file__).name and not is_left_out(name):
            rest.append(packed(name, file.read_bytes(), packages, str(file) in files))
    with tarfile.open(Path(out, "packages.tar.xz"), "w:xz", preset=9, format=tarfile.USTAR_FORMAT) as archive:
        for name, content in rest:
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
