"""Fresh interpreters, for what must hold in a process of its own."""

import os
import subprocess
import sys
import textwrap


def python(script, *arguments, **environment):
    """Returns what a fresh interpreter prints for a script."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
