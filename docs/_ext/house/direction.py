"""Pages in a language of their own: what stands in a folder `he` is Hebrew, from right to left, and says that it is a draft."""

from __future__ import annotations

import gettext
import re
import unicodedata
from html import escape, unescape
from pathlib import Path
from typing import Any

import sphinx.locale
from chalkgrad.engine.words.language import languages, section, speaking
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
    body = _OUTPUT.sub(_as_it_begins, body) if direction == "rtl" else body
    footer = f'<footer class="draft"><p>{escape(draft)}</p></footer>' if draft else ""
    return f'<div lang="{code}" dir="{direction}">{body}{footer}</div>'


_OUTPUT = re.compile(r"<pre>(.*?)</pre>", re.DOTALL)


def _as_it_begins(found: re.Match[str]) -> str:
    """Returns what a cell prints, from right to left if it is a sentence that begins so."""
    return f'<pre dir="rtl">{found[1]}</pre>' if _is_sentence(unescape(re.sub("<[^>]*>", "", found[1]))) else found[0]


def _is_sentence(text: str) -> bool:
    """Returns whether a text without columns begins with a letter from right to left, outside of what is set apart.

    >>> _is_sentence("\u2066b\u2069 = 2: שלם"), _is_sentence("a = 2, שלם"), _is_sentence("ערך │ גרדיאנט")
    (True, False, False)
    """
    depth, columns = 0, "│" in text
    for kind in map(unicodedata.bidirectional, text):
        depth += (kind in {"LRI", "RLI", "FSI"}) - (kind == "PDI")
        if depth == 0 and kind in {"L", "R", "AL"}:
            return kind != "L" and not columns
    return False


def _turn(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    if code := language_of(page):
        context["language"], context["body"] = code, turned(context["body"], code)


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", _turn)
