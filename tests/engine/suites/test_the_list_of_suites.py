"""The proof's list of suites names tests that there are, and leaves out none that stands here."""

import re
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(HOME))
try:
    from bench.proof.suites import OTHERS
finally:
    sys.path.remove(str(HOME))

NAMED = [test for suite in OTHERS for test in suite.tests]


@pytest.mark.parametrize("test", dict.fromkeys(NAMED))
def test_each_named_test_is_there(test):
    file, _, name = test.partition("::")
    text = (HOME / file).read_text("utf-8")
    assert not name or re.search(rf"^def {name}\(", text, re.MULTILINE)


def test_each_file_of_this_folder_is_counted():
    files = {f"tests/engine/suites/{path.name}" for path in Path(__file__).parent.glob("test_*.py")}
    assert files - {*NAMED} == {f"tests/engine/suites/{Path(__file__).name}"}


def test_what_does_not_apply_has_a_reason():
    assert [case for suite in OTHERS for case, reason in suite.apart if not (case and len(reason) > 10)] == []
