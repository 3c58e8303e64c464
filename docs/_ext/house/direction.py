"""Pages in a language of their own: what stands in a folder `he` is Hebrew, from right to left, and says that it is a draft."""

from __future__ import annotations

from html import escape
from typing import Any

from chalkgrad.engine.words.language import languages, section, speaking
from chalkgrad.lecture.index import DRAFTS
from sphinx.application import Sphinx


def language_of(page: str) -> str:
    """Returns the code of the language that the folder of a page is named after, or "".

    >>> language_of("lecture/he/01_counting"), language_of("lecture/01_counting")
    ('he', '')
    """
    return next((part for part in page.split("/")[:-1] if part in languages()), "")


def _turn(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    if not (code := language_of(page)):
        return
    with speaking(code):
        direction, draft = section("language")["direction"], section("page")["draft"]
    footer = f'<footer class="draft"><p>{escape(draft)}</p></footer>' if code in DRAFTS else ""
    context["language"] = code
    context["body"] = f'<div lang="{code}" dir="{direction}">{context["body"]}{footer}</div>'


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", _turn)
