"""What type checkers and editors make of a student's script: every name is found, and every type is the exact one."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("typed_script.py")
LINES = SCRIPT.read_text("utf-8").splitlines()
TYPES = {n: line.split("  # ")[1] for n, line in enumerate(LINES, 1) if line.lstrip().startswith("reveal_type(")}
ERRORS = {n for n, line in enumerate(LINES, 1) if line.endswith("  # error")}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder that has the package as a wheel installs it: an editable install is one that type checkers do not follow."""
    package = Path(importlib.util.find_spec("chalkgrad").origin).parent
    if package.name == "chalkgrad":
        return package.parent
    folder = tmp_path_factory.mktemp("site")
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, folder / "chalkgrad", ignore=unwanted)
    for room in ("engine", "nn", "viz"):
        shutil.copytree(package.parent / room, folder / "chalkgrad" / room, ignore=unwanted)
    return folder


def checked(words, folder, **options):
    """Runs a type checker on the script alone, in a folder of its own."""
    shutil.copy(SCRIPT, folder)
    done = subprocess.run([sys.executable, "-m", *words, SCRIPT.name], cwd=folder, capture_output=True, text=True, **options)
    return done.stdout


def compare(revealed, errors):
    """The types are those of the comments, and only the lines that are to be errors are."""
    bare = {n: re.sub(r"\b(?:builtins|chalkgrad)\.(?:\w+\.)*", "", text) for n, text in revealed.items()}
    assert bare == TYPES
    assert errors == ERRORS


def test_mypy_infers_the_exact_types(site, tmp_path):
    installed = "site-packages" in site.parts  # where mypy looks by itself, and does not want to be told to
    words = ["mypy", "--strict", "--follow-imports=silent", "--cache-dir", os.devnull]
    if not installed:  # what the script says depends on no package of others, and to read those takes most of the time
        words.append("--no-site-packages")
    out = checked(words, tmp_path, env=os.environ if installed else {**os.environ, "MYPYPATH": str(site)})
    found = [re.match(rf"{SCRIPT.name}:(\d+): (\w+): (.*)", line) for line in out.splitlines()]
    notes = {int(m[1]): re.fullmatch('Revealed type is "(.*)"', m[3])[1] for m in found if m and m[3].startswith("Revealed")}
    compare(notes, {int(m[1]) for m in found if m and m[2] == "error"})


def test_pyright_infers_the_exact_types(site, tmp_path):
    # Its engine is pyright's; unlike that one, it comes with all it needs, and asks no network.
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"extraPaths": [str(site)], "typeCheckingMode": "standard"}))
    found = json.loads(checked(["basedpyright", "--outputjson"], tmp_path))["generalDiagnostics"]
    lines = [(one["range"]["start"]["line"] + 1, one["severity"], one["message"]) for one in found]
    types = {n: re.search('is "(.*)"$', text)[1] for n, severity, text in lines if severity == "information"}
    compare(types, {n for n, severity, _ in lines if severity == "error"})
