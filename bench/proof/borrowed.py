"""The tests' own helpers, such as the oracle, for the proof: importing this makes tests/ a place to import from."""

from __future__ import annotations

import sys
from pathlib import Path

from chalkgrad.engine.words import caller

TESTS = Path(__file__).resolve().parent.parent.parent / "tests"
for folder in (TESTS, TESTS / "engine" / "programs" / "plan"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def without_names_of_caller() -> None:
    """From now on errors name no variables: to look for them in a proof's lists takes longer than all that is measured."""
    caller._namespaces = lambda: iter(())
