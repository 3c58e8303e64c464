"""What every test of the command line begins with."""

import pytest


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    """What a command writes goes into an empty folder."""
    monkeypatch.chdir(tmp_path)
