"""What holds for every test: no example of Hypothesis has a deadline, because a busy machine would miss it, and helpers that
assert say what they compared, as tests do.
"""

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("compared", "processes")
settings.register_profile("without a deadline", deadline=None)
settings.load_profile("without a deadline")
