"""The words that students read, as data: a file for each language, read through `section`.

>>> slips = section("slips")
>>> slips["sign"]
'the size is right, the sign is not'
>>> counted(1, "edge"), counted(1200, "edge")
('1 edge', '1,200 edges')

A language's file holds sections of templates, whose blanks stand in braces. A template that depends on a count or on the
gender of a noun is an object of forms instead, such as {"one": "{count} edge", "other": "{count} edges"}; the file's
"plural" maps each form to its counts; all other counts take "other". A template that a file lacks is taken from English.

In a sentence from right to left, what fills a blank is set apart, from left to right, for it is a formula, a name or a number:
those that read the file see no more of it than U+2066 and U+2069 around the blank. A blank that is filled with words is
written {said!s} in such a file; words that stand in a line of formulas, or in a cell, are set apart by U+2067. The templates of
the sections in FORMULAS are parts of formulas, or of lines from left to right: nothing is set apart in them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

ENGLISH = "en"
FORMULAS = ("values", "ordinals", "curve", "units", "training on the page")
_FOLDER = os.path.dirname(__file__)  # not by pathlib, whose import takes a third of the engine's
_current = [ENGLISH]


class Section:
    """A language's templates on one subject; they are read at each use, in the language chosen at that time."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getitem__(self, key: str) -> str:
        found = _read(_current[0]).get(self.name, {}).get(key)
        return found if found.__class__ is str else self.form(key)  # a sentence takes a dozen of these

    def __contains__(self, key: str) -> bool:
        return key in _read(ENGLISH)[self.name]

    def form(self, key: str, count: int | None = None, gender: str = "") -> str:
        """Returns the template in the form for this count, or for this gender."""
        for code in (_current[0], ENGLISH):
            found = _read(code).get(self.name, {}).get(key)
            if isinstance(found, str):
                return found
            if found is not None:
                forms: dict[str, str] = found
                return forms.get(gender) or forms.get(_plural(count, code)) or forms["other"]
        raise KeyError(f"no language has the template {key!r} of {self.name!r}")

    def __repr__(self) -> str:
        return f"<Section {self.name}>"


def section(name: str) -> Section:
    """Returns the templates on a subject."""
    return Section(name)


def language(code: str) -> None:
    """Chooses the language of all texts from now on, by its code, such as "en"; errors stay English.

    Raises ValueError for a language that has no file.

    >>> language("en")
    """
    if code not in languages():
        raise ValueError(f"there is no language {code!r}: choose one of {', '.join(map(repr, languages()))}")
    _current[0] = code


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Chooses the language of the texts that are made inside, such as those of a sheet.

    Raises ValueError for a language that has no file.

    >>> with speaking("en"):
    ...     section("slips")["sign"]
    'the size is right, the sign is not'
    """
    before = _current[0]
    language(code)
    try:
        yield
    finally:
        _current[0] = before


def languages() -> list[str]:
    """Returns the codes of the languages that have a file."""
    return sorted(file.removesuffix(".json") for file in os.listdir(_FOLDER) if file.endswith(".json"))


def counted(count: int, noun: str) -> str:
    """Returns a count with its noun, `1 edge` or `1,200 edges`."""
    return section("counts").form(noun, count).format(count=f"{count:,}")


def apart(formula: str) -> str:
    """Returns a formula as it stands beside words: set apart where the language is written from right to left.

    >>> apart("∂y/∂x = 6")
    '∂y/∂x = 6'
    """
    from_right = _read(_current[0]).get("language", {}).get("direction") == "rtl"
    return f"\u2066{formula}\u2069" if from_right and formula else formula


def _plural(count: int | None, code: str) -> str:
    """The name of the form that a count takes in a language."""
    for form, counts in _read(code).get("plural", {}).items():
        if count in counts:
            return str(form)
    return "other"


@cache
def _read(code: str) -> dict[str, Any]:
    import json  # not imported before something is said

    with open(os.path.join(_FOLDER, f"{code}.json"), encoding="utf-8") as file:
        contents: dict[str, Any] = json.load(file)
    if contents.get("language", {}).get("direction") == "rtl":
        return {name: texts if name == "plural" else _set_apart(texts, name in FORMULAS) for name, texts in contents.items()}
    return contents


def _set_apart(texts: Any, formula: bool) -> Any:
    """Returns templates of a language from right to left in which formulas keep their order."""
    if isinstance(texts, dict):
        return {key: _set_apart(text, formula) for key, text in texts.items()}
    import re  # json has imported it

    def apart(found: re.Match[str]) -> str:
        whole, blank, is_words = found[0], found[1], found[2]
        return f"{{{blank}}}" if is_words else whole if formula or not blank else f"\u2066{whole}\u2069"

    return re.sub(r"\u2066[^\u2069]*\u2069|\{(\w+)(!s)?[^{}]*\}", apart, texts)


def _choose_from_environment() -> None:
    code = os.environ.get("CHALKGRAD_LANGUAGE", "")
    if code in ("", ENGLISH):
        return
    try:
        language(code)
    except ValueError as error:
        import warnings

        warnings.warn(f"CHALKGRAD_LANGUAGE: {error}; English is spoken", stacklevel=2)


_choose_from_environment()
