"""What the top of a page of the lecture offers: the same page in other languages, and itself as a notebook and as a program."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from html import escape
from pathlib import Path
from typing import Any

from chalkgrad.engine.words.language import languages, section, speaking
from chalkgrad.lecture.notebooks import notebook, page_at, script
from sphinx.application import Sphinx

from house.direction import language_of

FOLDER = "lecture"
KINDS = {"notebook": ".ipynb", "script": ".py"}  # how the words of the lecture call them, and their files end


def others(page: str, pages: Collection[str]) -> dict[str, str]:
    """Returns the same page in other languages, by the languages' codes.

    >>> others("lecture/he/01_counting", ["lecture/01_counting", "lecture/he/01_counting", "lecture/he/02_step"])
    {'en': 'lecture/01_counting'}
    """
    folder, _, name = page.removeprefix(f"{FOLDER}/").rpartition("/")
    found = {code: "/".join([FOLDER, *([code] if code != "en" else []), name]) for code in languages()}
    return {code: other for code, other in found.items() if code != (folder or "en") and other in pages}


def is_row(page: str) -> bool:
    """Returns whether a page is one of the rows, which have cells.

    >>> is_row("lecture/he/01_counting"), is_row("lecture/index"), is_row("after/01_micrograd_lecture")
    (True, False, False)
    """
    return re.fullmatch(rf"{FOLDER}/(\w\w/)?\d\d_\w+", page) is not None


def _line(app: Sphinx, page: str, context: dict[str, Any]) -> str:
    """Returns the line of links."""
    links = []
    for code, other in others(page, app.env.found_docs).items():
        with speaking(code):
            name = section("language")["name"]
        links.append(f'<a href="{context["pathto"](other)}" hreflang="{code}" lang="{code}">{escape(name)}</a>')
    if is_row(page):
        name = page_at(Path(app.env.doc2path(page))).name
        with speaking(language_of(page) or "en"):
            links += [f'<a href="{name}{end}" download>{escape(section("lecture")[kind])}</a>' for kind, end in KINDS.items()]
    return f'<p class="editions">{" · ".join(links)}</p>' if links else ""


def _offer(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    if page.startswith(f"{FOLDER}/"):
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{_line(app, page, context)}", 1)


def made(source: Path) -> Iterator[tuple[str, str]]:
    """Yields the name and the text of each file that is made of a page."""
    name, text = page_at(source)
    for kind, write in {"notebook": notebook, "script": script}.items():
        yield f"{name}{KINDS[kind]}", write(text)


def _write(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    for page in filter(is_row, app.env.found_docs):
        for name, text in made(Path(app.env.doc2path(page))):
            (Path(app.outdir, page).parent / name).write_text(text, "utf-8")


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", _offer, priority=400)  # before pages are turned
    app.connect("build-finished", _write)
