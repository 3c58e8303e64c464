"""What comes along with chalkgrad, what it asks for, and whether SECURITY.md is true."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.proof.archives import archives, files_of_others, packaged
from bench.proof.connections import commands
from bench.proof.figure import Figure
from bench.proof.licences import tools_licences, users_licences
from bench.proof.never_run import expressions, loading
from bench.proof.platforms import HOME, run

PROMISE = "Supply chain: licences, what the packages hold, no network, and what SECURITY.md says"


def figures(quick: bool) -> Iterator[Figure]:
    """Yields the figures of licences, archives, connections, and of what SECURITY.md claims."""
    yield users_licences()
    yield tools_licences()
    yield files_of_others()
    if quick:
        yield packaged()
    else:
        with tempfile.TemporaryDirectory(prefix="chalkgrad-supply-") as folder:
            yield from archives(Path(folder))
    yield from commands(quick)
    yield loading(quick)
    yield expressions()
    if not quick:
        yield attacks()


def attacks() -> Figure:
    """Runs the tests in which students' engines and archives attack the one who grades them."""
    files = ("tests/front/classroom/test_runner_attacks.py", "tests/front/classroom/test_submissions.py")
    status, said = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files], HOME)
    last = re.sub(r" in [\d.]+s.*", "", said.splitlines()[-1] if said else "")
    details = () if not status else ("```", *said.splitlines(), "```")
    what = "attacks of engines that are graded, and of archives that are handed in"
    return Figure(what, last, "all held off", status == 0, "", details)
