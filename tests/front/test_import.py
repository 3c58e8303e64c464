"""What `import chalkgrad` gives, and what it leaves alone."""

import subprocess
import sys

import chalkgrad
import pytest
from chalkgrad import engine


def test_the_package_gives_the_engine_and_nothing_else():
    assert chalkgrad.__all__ == engine.__all__
    assert all(getattr(chalkgrad, name) is getattr(engine, name) for name in engine.__all__)


def test_importing_it_loads_no_other_room_and_nothing_from_elsewhere():
    loaded = "import sys, chalkgrad; print(*sorted(m for m in sys.modules))"
    modules = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.split()
    assert not {"tqdm", "graphviz", "numpy", "importlib.metadata", "argparse"} & set(modules)
    assert {m for m in modules if m.startswith("chalkgrad.") and not m.startswith("chalkgrad.engine")} == set()


def test_what_it_does_not_have_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = chalkgrad.nonsense
