"""What tests of the page in a browser begin with: the browser, pages of examples, and pages opened in it."""

from functools import cache
from pathlib import Path

import pytest
from browsing import CHROMIUM, FLAGS, Player, Tabs, example
from chalkgrad.viz import play
from chalkgrad.viz.layout import renderer


@pytest.fixture(autouse=True, scope="package")
def _layouts_are_shared():
    """Pages of one graph ask for the same layouts, each of which is a process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(renderer, "run", cached(renderer.run))
        yield


def cached(run):
    known = cache(lambda executable, arguments, source: run(executable, list(arguments), source))
    return lambda executable, arguments, source: known(executable, tuple(arguments), source)


@pytest.fixture(scope="package")
def browser():
    """One for all files of this folder: to start it takes as long as to open some pages.

    It does not outlive the folder, for while playwright drives it, asyncio believes that a loop runs.
    """
    if CHROMIUM is None:
        pytest.skip("there is no chromium here (Debian: apt-get install chromium)")
    api = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser: pip install playwright")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield Tabs(browser)
        browser.close()


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
