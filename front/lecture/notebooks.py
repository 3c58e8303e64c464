"""The pages of the lecture as notebooks and scripts, for who has no site: a page is Markdown with cells of Python in it.

>>> page = page_of(13)
>>> page.name, page.cells[0].text.splitlines()[0]
('13-two-passes', '# 13. Two passes, and two paths that meet')
>>> print(script("# Twice\\n\\n```{code-cell} python\\n:tags: [hide-cell]\\n2 * 3\\n```\\n"))
# %% [markdown]
# # Twice
<BLANKLINE>
# %%
2 * 3
<BLANKLINE>
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final, NamedTuple

from chalkgrad.engine.words.language import section

__all__ = ["Cell", "Page", "notebook", "page_at", "page_in", "page_of", "script"]

_FRONT: Final = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_CODE: Final = re.compile(
    r"^```\{code-cell\}[^\n]*\n(---\n.*?\n---\n|(?::[\w-]+:[^\n]*\n)*)(.*?)^```$", re.DOTALL | re.MULTILINE
)
_NOTE: Final = re.compile(r"^:::\{note\}\n(.*?)\n:::$", re.DOTALL | re.MULTILINE)
_KERNEL: Final = {"name": "python3", "display_name": "Python 3", "language": "python"}


class Cell(NamedTuple):
    """A cell: Python if it is `code`, else Markdown; `folded` if it is not to be seen before it is asked for."""

    text: str
    code: bool
    folded: bool = False


class Page(NamedTuple):
    """A page: what its files are called, without their endings, and its text."""

    name: str
    text: str

    @property
    def cells(self) -> list[Cell]:
        """Its cells, in order."""
        return [*_cells(self.text)]


def page_of(number: int) -> Page | None:
    """Returns the page of a row in the language that is spoken, in English if it has none; None where there is no page."""
    return page_in(number, section("language")["code"]) or page_in(number, "en")


@cache
def page_in(number: int, language: str) -> Page | None:
    """Returns the page of a row in a language; None if it has none."""
    folder = files("chalkgrad.lecture.pages")
    folder = folder if language == "en" else folder / language
    if not folder.is_dir():
        return None
    for file in folder.iterdir():
        if re.fullmatch(rf"{number:02}_\w+\.md", file.name):
            return page_at(file)
    return None


def page_at(file: Traversable) -> Page:
    """Returns the page that a file is."""
    return Page(file.name.removesuffix(".md").replace("_", "-"), file.read_text(encoding="utf-8"))


def notebook(text: str) -> str:
    """Returns a page as a notebook, which is not yet run; words that are read from right to left stand so in it.

    >>> for cell in json.loads(notebook("# שתיים\\n\\n```{code-cell} python\\n2 * 3\\n```\\n"))["cells"]:
    ...     print("".join(cell["source"]))
    <div dir="rtl">
    <BLANKLINE>
    # שתיים
    <BLANKLINE>
    </div>
    2 * 3
    """
    made = []
    turned = _is_turned(text)
    for number, cell in enumerate(_cells(text), 1):
        one: dict[str, Any] = {"cell_type": "code" if cell.code else "markdown", "id": f"cell-{number}", "metadata": {}}
        source = f'<div dir="rtl">\n\n{cell.text}\n\n</div>' if turned and not cell.code else cell.text
        one["source"] = source.splitlines(keepends=True)
        if cell.code:
            one |= {"execution_count": None, "outputs": []}
        if cell.folded:
            one["metadata"] = {"jupyter": {"source_hidden": True, "outputs_hidden": True}, "tags": ["hide-cell"]}
        made.append(one)
    whole = {"cells": made, "metadata": {"kernelspec": _KERNEL}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def script(text: str) -> str:
    """Returns a page as a program whose cells editors know by the mark `# %%`."""
    made = []
    for cell in _cells(text):
        words = "\n".join(f"# {line}".rstrip() for line in cell.text.splitlines())
        made.append(f"# %%\n{cell.text}\n" if cell.code else f"# %% [markdown]\n{words}\n")
    return "\n".join(made)


def _is_turned(text: str) -> bool:
    """Tells whether the first letter of a page, but for what is set apart, is one of a language written from right to left."""
    kinds = map(unicodedata.bidirectional, re.sub("\u2066.*?\u2069", "", _FRONT.sub("", text)))
    return next((kind for kind in kinds if kind in {"L", "R", "AL"}), "L") != "L"


def _cells(text: str) -> Iterator[Cell]:
    text, end = _FRONT.sub("", text), 0
    for found in _CODE.finditer(text):
        yield from _words(text[end : found.start()])
        yield Cell(found[2].strip("\n"), True, "hide-cell" in found[1])
        end = found.end()
    yield from _words(text[end:])


def _words(text: str) -> Iterator[Cell]:
    """Yields words between cells of Python, with notes as quotations, which every notebook shows."""
    quoted = _NOTE.sub(lambda found: "\n".join(f"> {line}".rstrip() for line in found[1].splitlines()), text)
    if quoted.strip():
        yield Cell(quoted.strip("\n"), False)
