"""Builds the page in the browser, with all that it loads, into a folder that any web server can serve:

    .venv/bin/python docs/try/build.py -o build/try
    .venv/bin/python -m http.server -d build/try

The browser's Python and a Graphviz in JavaScript come from npm, as package-lock.json has them; chalkgrad is compiled by that
very Python. Without npm, the page says how it is built.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from chalkgrad.command import examples
from chalkgrad.engine.words.language import languages, section, speaking
from chalkgrad.lecture.rows import rows

HERE = Path(__file__).resolve().parent
HOME = HERE.parents[1]
CACHE = HOME / "build" / "npm"  # what npm has installed, for the next time
PAGE, LOCK = "try.html", "pyodide-lock.json"
NOT_HERE = 77  # the exit status, as programs have it that skip a test
INSTALL = "this page needs npm, which comes with Node (nodejs.org; on Debian: apt-get install npm), and a package index"

# What is served: by its name there, what it is in node_modules.
SERVED = {
    "pyodide/pyodide.mjs": "pyodide/pyodide.mjs",
    "pyodide/pyodide.asm.mjs": "pyodide/pyodide.asm.mjs",
    "pyodide/pyodide.asm.wasm": "pyodide/pyodide.asm.wasm",
    "graphviz.js": "@viz-js/viz/dist/viz.js",
    "temml.js": "temml/dist/temml.min.js",
}
PACKED = ("library.zip.gz", "packages.tar.xz")
OURS = ("try.css", "try.js", "editor.js", "outputs.js", "address.js", "worker.js", "frame.html", "frame.js")
# Scripts are the page's own files alone, and the network is where they come from: what Python does is bound by that as well.
# Styles stand in the pictures and tables that are shown.
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self' blob:; worker-src 'self' blob:; frame-src 'self'; base-uri 'none'; form-action 'none'"
)


class NotHere(Exception):  # noqa: N818 (read aloud: "not here")
    """What the page is made of cannot be had; the message says what to install."""


# What is loaded ------------------------------------------------------------------------------------------------------


def ran(*command: str | Path, folder: Path = HOME) -> None:
    """Runs a program. Raises NotHere with what it said if it fails, or is not there."""
    program = shutil.which(str(command[0]))
    if program is None:
        raise NotHere(f"there is no {command[0]} here: {INSTALL}")
    done = subprocess.run([program, *map(str, command[1:])], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise NotHere(f"{command[0]} {command[1]} did not work ({said[-1] if said else done.returncode}): {INSTALL}")


def installed() -> Path:
    """Returns the folder with what npm has installed, as the lock says."""
    lock = (HERE / "package-lock.json").read_bytes()
    mark = CACHE / hashlib.sha256(lock).hexdigest()
    if not mark.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(HERE / name, CACHE / name)
        ran("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", folder=CACHE)
        mark.touch()
    return CACHE / "node_modules"


def sources(folder: Path) -> None:
    """Writes into a folder what is to lie in the site-packages of the browser's Python."""
    project = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))
    options = project["tool"]["setuptools"]
    places, data = options["package-dir"], options["package-data"]
    for package in options["packages"]:
        top = max((name for name in places if f"{package}.".startswith(f"{name}.")), key=len)
        here = HOME / places[top] / package.removeprefix(top).replace(".", "/").lstrip("/")
        there = folder / package.replace(".", "/")
        there.mkdir(parents=True, exist_ok=True)
        for pattern in ("*.py", *data.get("*", ()), *data.get(package, ())):
            for file in here.glob(pattern):
                shutil.copyfile(file, there / file.name) if "/" not in pattern else _copied(file, here, there)
    about = folder / f"{project['project']['name']}-{project['project']['version']}.dist-info"
    about.mkdir()
    said = f"Metadata-Version: 2.1\nName: {project['project']['name']}\nVersion: {project['project']['version']}\n"
    (about / "METADATA").write_text(said, encoding="utf-8")


def _copied(file: Path, here: Path, there: Path) -> None:
    target = there / file.relative_to(here)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)


def pack(folder: Path, modules: Path) -> None:
    """Writes Python's library, and chalkgrad with what it needs, as the page loads them."""
    with tempfile.TemporaryDirectory() as name:
        given = Path(name).resolve() / "site-packages"
        given.mkdir()
        requirements = ["--require-hashes", "-r", HERE / "requirements.txt"]
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile"]
        ran(*pip, "--target", given, *requirements)
        for unwanted in (*given.glob("bin"), *given.rglob("__pycache__"), *given.glob("*.dist-info")):
            shutil.rmtree(unwanted)
        sources(given)
        for ours in ("chalkgrad_session.py", "packing.py"):
            shutil.copyfile(HERE / ours, given / ours)
        shutil.copyfile(HERE / "compile.mjs", modules.parent / "compile.mjs")  # beside what it imports
        node = shutil.which("node")
        if node is None:
            raise NotHere(f"there is no node here: {INSTALL}")
        subprocess.run([node, "compile.mjs", given, folder.resolve()], cwd=modules.parent, check=True)


# Where one can start -------------------------------------------------------------------------------------------------


def code_of(example: examples.Example) -> str:
    """Returns an example as the program that somebody would type.

    >>> print(code_of(examples.load("colah")))
    from chalkgrad import *
    <BLANKLINE>
    a, b = Value(2), Value(1)
    c = a+b
    d = b+1
    e = c*d
    e.steps()
    """
    imported, written = _names_beyond_star(example), []
    numbers = {name: f"{x:g}" if float(f"{x:g}") == x else repr(x) for name, x in example.inputs.items()}
    for start in range(0, len(numbers), 8):
        some = list(numbers)[start : start + 8]
        written.append(f"{', '.join(some)} = {', '.join(f'Value({numbers[name]})' for name in some)}")
    written += [f"{name} = {x:g}" for name, x in example.constants.items()]
    for name, (arguments, formula) in example.operations.items():
        written.append(f'{name} = operation("{name}", lambda {", ".join(arguments)}: {formula})')
    written += [f"{name} = {_in_python(expression)}" for name, expression in example.steps]
    head = "from chalkgrad import *\n" + (f"from chalkgrad import {', '.join(imported)}\n" if imported else "")
    return "\n".join([head, *written, f"{example.outputs[0]}.steps()"])


def _in_python(expression: str) -> str:
    """Returns an expression of the command line, where total takes the terms themselves, as Python.

    >>> _in_python("total(a, b)/2")
    'total([a, b])/2'
    """
    return re.sub(r"\btotal\(([^()]*)\)", r"total([\1])", expression)


def _names_beyond_star(example: examples.Example) -> list[str]:
    """Returns the functions of chalkgrad that an example calls and that the star does not bring."""
    import ast

    import chalkgrad

    texts = [expression for _, expression in example.steps] + [formula for _, formula in example.operations.values()]
    called = {node.id for text in texts for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    own = {*example.inputs, *example.constants, *example.operations, *(name for name, _ in example.steps)}
    found = {name for name in called - own if name not in chalkgrad.__all__ and hasattr(chalkgrad, name)}
    return sorted(found | ({"operation"} if example.operations else set()))


def code_of_row(number: int) -> str:
    """Returns a row of the lecture as a program: its code, then its pages and its pictures that need no plots."""
    row = rows()[number - 1]
    made = [file.make for file in row.files if file.name.endswith((".html", ".svg")) and not file.make.startswith("plot_")]
    head = f"# {number}. {row.title}\n# {row.question}\n"
    notes = f"\nfrom chalkgrad.lecture.rows import rows\n\nnotes = rows()[{number - 1}].notes" if row.noted else ""
    return "\n".join([head + row.code + notes, *made])


def starts() -> list[dict[str, Any]]:
    """Returns what the page offers as a beginning, in groups: the lecture's rows, then the examples."""
    titles: dict[str, dict[str, Any]] = {code: {} for code in languages()}
    codes: dict[str, dict[int, str]] = {code: {} for code in languages()}
    groups: dict[str, dict[str, str]] = {group: {} for group in examples.groups()}
    named: dict[str, dict[str, str]] = {name: {} for name in examples.names()}
    for code in languages():
        with speaking(code):
            titles[code] = {row.number: f"{row.number}. {row.title}" for row in rows()}
            codes[code] = {row.number: code_of_row(row.number) for row in rows()}
            for group in groups:
                groups[group][code] = section("what examples teach")[group]
            for name in named:
                named[name][code] = examples.load(name).title

    def in_each(number: int, said: dict[str, dict[int, str]]) -> dict[str, str]:
        return {code: said[code][number] for code in languages()}

    lecture = [
        {"name": f"row{row.number}", "title": in_each(row.number, titles), "code": in_each(row.number, codes)} for row in rows()
    ]
    found: list[dict[str, Any]] = [{"group": "lecture", "starts": lecture}]
    for group, names in examples.groups().items():
        programs = {name: code_of(examples.load(name)) for name in names}
        some = [
            {"name": name, "title": named[name], "code": {code: f"# {said}\n{program}" for code, said in named[name].items()}}
            for name, program in programs.items()
        ]
        found.append({"group": groups[group], "starts": some})
    return found


def words() -> dict[str, dict[str, Any]]:
    """Returns the page's own words in each language."""
    keys = json.loads((HOME / "engine/words/language/en.json").read_text("utf-8"))["try"]
    found = {}
    for code in languages():
        with speaking(code):
            said, spoken = section("try"), section("language")
            facts = {key: spoken[key] for key in ("code", "name", "direction")}
            found[code] = {key: said[key].replace("\u2066", "").replace("\u2069", "") for key in keys} | {"language": facts}
    return found


# The page ------------------------------------------------------------------------------------------------------------


def page(documentation: str = "") -> str:
    """Returns the page in English; `documentation` is the address that it links as such."""
    said = {key: html.escape(text) for key, text in words()["en"].items() if isinstance(text, str)}
    link = f'<a href="{documentation}" data-say="documentation">{said["documentation"]}</a>' if documentation else ""
    blanks = said | {"documentation": link, "policy": POLICY}
    return re.sub(r"\{\{([\w ]+)\}\}", lambda blank: blanks[blank[1]], (HERE / "page" / PAGE).read_text("utf-8"))


def build(folder: Path, documentation: str = "") -> None:
    """Writes the page and all that it loads into a folder; `documentation` is the address that it links as such.

    Raises NotHere if something cannot be had; then the page says what to install.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        modules = installed()
        for name, origin in SERVED.items():
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(modules / origin, folder / name)
        pack(folder, modules)
    except NotHere as missing:
        said = html.escape(str(missing))
        instead = (
            '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
            f"<title>chalkgrad</title>\n<main><h1>chalkgrad</h1><p>{said}</p></main>\n</html>\n"
        )
        (folder / PAGE).write_text(instead, encoding="utf-8")
        raise
    for name in OURS:
        shutil.copyfile(HERE / "page" / name, folder / name)
    for name in ("steps.js", "steps.css"):
        shutil.copyfile(HOME / "viz" / "widget" / name, folder / name)
    facts = {"words": words(), "starts": starts()}
    (folder / "facts.json").write_text(json.dumps(facts, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    (folder / PAGE).write_text(page(documentation), encoding="utf-8")
    lock = json.loads((modules / "pyodide" / LOCK).read_text("utf-8")) | {"packages": {}}  # none of which is served
    (folder / "pyodide" / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    listed = sorted(path.relative_to(folder).as_posix() for path in _files(folder))
    version = hashlib.sha256(b"".join((folder / name).read_bytes() for name in listed)).hexdigest()[:16]
    service = (HERE / "page" / "service.js").read_text("utf-8")
    service = service.replace('"VERSION"', json.dumps(version)).replace('["FILES"]', json.dumps(listed))
    (folder / "service.js").write_text(service, encoding="utf-8")


def _files(folder: Path) -> Iterator[Path]:
    for name in (PAGE, "facts.json", f"pyodide/{LOCK}", "steps.js", "steps.css", *OURS, *SERVED, *PACKED):
        yield folder / name


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Builds the page in the browser.")
    parser.add_argument("-o", dest="folder", type=Path, default=HOME / "build" / "try", help="the folder (build/try)")
    folder = parser.parse_args(arguments).folder
    try:
        build(folder)
    except NotHere as missing:
        print(missing, file=sys.stderr)
        return NOT_HERE
    print(f"{folder / PAGE}: {sum(path.stat().st_size for path in _files(folder)) / 1e6:.1f} MB with all that it loads")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
