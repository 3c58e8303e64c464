"""What tests of the page in a browser begin with: the browser, pages of examples, and pages opened in it."""

from functools import cache
from pathlib import Path

import pytest
from browsing import Player, Tabs, chromium, example
from chalkgrad.viz import play
from layouts import layouts_are_shared


@pytest.fixture(autouse=True, scope="package")
def _layouts_are_shared():
    """Pages of one graph ask for the same layouts, each of which is a process."""
    with layouts_are_shared():
        yield


@pytest.fixture(scope="package")
def browser():
    """One for all files of this folder: to start it takes as long as to open some pages.

    It does not outlive the folder, because while playwright drives it, asyncio believes that a loop runs.
    """
    with chromium() as one:
        yield Tabs(one)


@pytest.fixture(scope="package")
def written(tmp_path_factory):
    """Writes the page of an example, by its name and options that are words, once."""
    folder = tmp_path_factory.mktemp("pages")

    @cache
    def path(name, **options):
        page = folder / f"{'-'.join((name, *options.values()))}.html"
        play(example(name), page, **options)
        return page

    return path


@pytest.fixture
def opened(browser, tmp_path, written):
    players = []

    def open_(root, fragment="", size=(1280, 720), context=None, **options):
        """Opens the page of a graph, of the example of that name, or one that is written already."""
        path = tmp_path / f"L{len(players)}.html"
        if isinstance(root, Path):
            path = root
        elif isinstance(root, str) and options.keys() <= {"skin", "theme"}:
            path = written(root, **options)
        else:
            play(example(root) if isinstance(root, str) else root, path, **options)
        players.append(Player(browser, path.as_uri() + fragment, size, **context or {}))
        return players[-1]

    yield open_
    for player in players:
        player.close()
