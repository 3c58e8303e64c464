"""Pages in a language of their own: what stands in a folder `he` is Hebrew, from right to left, and says that it is a draft."""

from __future__ import annotations

import gettext
from html import escape
from pathlib import Path
from typing import Any

import sphinx.locale
from chalkgrad.engine.words.language import languages, section, speaking
from chalkgrad.lecture.index import DRAFTS
from sphinx.application import Sphinx

WORDS = Path(sphinx.locale.__file__).parent  # Sphinx's own, in many languages


def language_of(page: str) -> str:
    """Returns the code of the language that the folder of a page is named after, or "".

    >>> language_of("lecture/he/01_counting"), language_of("lecture/01_counting")
    ('he', '')
    """
    return next((part for part in page.split("/")[:-1] if part in languages()), "")


def turned(body: str, code: str) -> str:
    """Returns what stands on a page as a part in another language, with the headings that Sphinx writes itself in it."""
    with speaking(code):
        direction, draft = section("language")["direction"], section("page")["draft"]
    translated = gettext.translation("sphinx", WORDS, [code], fallback=True).gettext
    for label in sphinx.locale.admonitionlabels.values():
        title = '<p class="admonition-title">{}</p>'
        body = body.replace(title.format(label), title.format(escape(translated(str(label)))))
    footer = f'<footer class="draft"><p>{escape(draft)}</p></footer>' if code in DRAFTS else ""
    return f'<div lang="{code}" dir="{direction}">{body}{footer}</div>'


def _turn(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    if code := language_of(page):
        context["language"], context["body"] = code, turned(context["body"], code)


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", _turn)
