"""The tests' own helpers, such as the oracle, for the proof: importing this makes tests/ a place to import from."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from chalkgrad.engine import GradientWarning
from chalkgrad.engine.words import caller

TESTS = Path(__file__).resolve().parent.parent.parent / "tests"
for folder in (TESTS, TESTS / "engine" / "programs" / "plan"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def quiet() -> None:
    """From now on errors name no variables, for to look for them in a proof's lists takes longer than what is measured.

    Nor is there a warning where a random graph's root is a leaf, or a grad is read that is not computed.
    """
    caller._namespaces = lambda: iter(())
    warnings.filterwarnings("ignore", category=GradientWarning)
