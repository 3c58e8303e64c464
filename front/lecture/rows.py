"""The rows of the lecture: how long each takes, what makes its files, what to type for an expression of one's own.

>>> row = rows()[12]
>>> row.number, row.title, row.minutes, row.slide
(13, 'Two passes, and two paths that meet', 12, '13-two-passes.svg')
>>> print(row.own[0])
chalkgrad play "c = a + b; d = b + 1; e = c*d" a=2 b=1 -o 13-two-passes.html
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from chalkgrad.engine.words.language import section
from chalkgrad.lecture.notebooks import page_of

__all__ = ["LECTURE", "Made", "Row", "rows"]

LECTURE = section("lecture")


class Made(NamedTuple):
    """A file of a row, or a folder, whose name ends in a slash; and the expression that makes it."""

    name: str
    make: str


class Row(NamedTuple):
    """A row of the lecture. Its words are those of the language that is spoken when they are asked for."""

    number: int
    minutes: int
    code: str
    files: tuple[Made, ...]
    slide: str
    own: tuple[str, ...]
    noted: tuple[int | str, ...]

    @property
    def notebooks(self) -> tuple[Made, ...]:
        """The row's page as a notebook and as a program, for who has no site; none if it has no page."""
        page = page_of(self.number)
        kinds = {"ipynb": "notebook(page)", "py": "script(page)"}
        return tuple(Made(f"{page.name}.{ending}", make) for ending, make in kinds.items()) if page else ()

    @property
    def written(self) -> tuple[Made, ...]:
        """All that is written of it into a folder."""
        return (*self.files, *self.notebooks)

    @property
    def title(self) -> str:
        """What the row is about."""
        return LECTURE[f"{self.number} title"]

    @property
    def question(self) -> str:
        """What to ask the class."""
        return LECTURE[f"{self.number} question"]

    @property
    def keys(self) -> str:
        """What to press on the page, or to show."""
        return LECTURE[f"{self.number} keys"]

    @property
    def notes(self) -> dict[int | str, str]:
        """The notes on the row's page, by the moment, as `play` takes them."""
        return {moment: LECTURE[f"{self.number} note {moment}"] for moment in self.noted}


@cache
def rows() -> tuple[Row, ...]:
    """Returns all rows, in the order of the lecture."""
    text = files("chalkgrad.lecture").joinpath("rows.toml").read_text(encoding="utf-8")
    return tuple(_row(facts) for facts in tomllib.loads(text)["row"])


def _row(facts: Mapping[str, Any]) -> Row:
    return Row(
        facts["number"],
        facts["minutes"],
        facts["code"].strip(),
        tuple(Made(*made) for made in facts["files"]),
        facts["slide"],
        tuple(own.strip() for own in facts["own"]),
        tuple(facts.get("notes", ())),
    )
