"""Programs in JavaScript, run by Node, which print what a test compares."""

import json
import shutil
import subprocess
from importlib.resources import files

import pytest

NODE = pytest.mark.skipif(
    shutil.which("node") is None, reason="there is no Node here to run JavaScript with (Debian: apt-get install nodejs)"
)


def printed(folder, source):
    """Returns what a program prints, as JSON; it is written into the folder."""
    file = folder / "run.js"
    file.write_text('"use strict";\n' + source, "utf-8")
    done = subprocess.run(["node", str(file)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def numbers_of_the_page():
    """Returns the part of the page's script that writes numbers and compares answers."""
    return files("chalkgrad.viz.page").joinpath("player", "numbers.js").read_text("utf-8")
