"""What holds for every test: no example of Hypothesis has a deadline, because a busy machine would miss it, helpers that
assert say what they compared, as tests do, and the collector leaves alone what was there before the first test.
"""

import gc
import os
import signal
import sys

import pytest
from frozen import freeze
from hypothesis import settings

# Fresh interpreters, of which many tests start some, keep what they have compiled, as those of users do; so does this one,
# because to compile these files, with what their assertions say, takes longer than to collect their tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell without job control has what it starts by `&` ignore Ctrl-C, which processes inherit; some tests send it to theirs.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The workers of pytest-xdist have the terminal's width in COLUMNS, to which what is printed would be fitted.
os.environ.pop("COLUMNS", None)

pytest.register_assert_rewrite("compared", "javascript", "processes")
settings.register_profile("without a deadline", deadline=None)
settings.load_profile("without a deadline")


def pytest_collection_finish():
    """Spares the collector ten thousand tests with their modules, a million objects that each full collection would visit.

    Graphs free themselves without the collector, which the tests of that hold with the collector off; for the others it may
    come less often.
    """
    freeze()
    gc.set_threshold(10_000, 10, 10)
