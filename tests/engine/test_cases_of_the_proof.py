"""A few of the cases that `python -m bench.proof` takes by the thousand: random graphs, their cursor, second derivatives."""

import sys
from pathlib import Path

import pytest
from chalkgrad.engine.words import caller

HOME = Path(__file__).resolve().parents[2]
sys.path.append(str(HOME))
try:
    from bench.proof import cursor, graphs, targets
    from bench.proof.cases import WRONG
finally:
    sys.path.remove(str(HOME))

pytestmark = pytest.mark.filterwarnings("ignore::chalkgrad.engine.GradientWarning")


@pytest.fixture(autouse=True)
def _errors_that_name_no_variables(monkeypatch):
    monkeypatch.setattr(caller, "_namespaces", lambda: iter(()))  # to look for them takes longer than the cases


@pytest.mark.parametrize(
    ("case", "seeds", "seen"),
    [
        (graphs.case, range(12), "sweeps"),
        (cursor.case, range(25), "movements"),
        (targets.in_python, range(20), "python same"),
        (targets.in_numpy, range(8), "numpy same"),
        (targets.second, range(15), "second mpmath"),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_a_random_graph_is_as_the_proof_has_it(case, seeds, seen):
    found = [case(seed) for seed in seeds]
    assert [what for one in found for what in one if what.startswith(WRONG)] == []
    assert sum(one[seen] for one in found) > 0
