"""Layouts that many tests ask for, each found once: to find one is to run a process."""

from contextlib import contextmanager
from functools import cache

import pytest
from chalkgrad.viz.layout import renderer


@contextmanager
def layouts_are_shared():
    """Sees to it that a renderer that was asked the same before is not run again."""
    run = renderer.run
    known = cache(lambda executable, arguments, source: run(executable, list(arguments), source))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(renderer, "run", lambda executable, arguments, source: known(executable, tuple(arguments), source))
        yield
