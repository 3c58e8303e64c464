"""What tests of the site, and of the page in the browser, begin with."""

import pytest
from browsing import chromium


@pytest.fixture(scope="module")
def browser():
    """One for all tests of a file."""
    with chromium() as one:
        yield one
