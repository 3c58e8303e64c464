"""A page in several languages: what of it differs from one to another, each with its way to it.

Numbers, program and pictures are in the page once, and its texts in the first language. Of each other language there are its
name and direction, its words as a second markup, which the script lays over the first, and the texts that differ.

>>> differences({"a": [1, ["in all ", 2]], "b": "one"}, {"a": [1, ["im ganzen ", 2]], "b": "one"})
[[['a', 1, 0], 'im ganzen ']]
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalkgrad.engine.words.language import section, speaking
from chalkgrad.viz.page.diagram import SAID, in_direction
from chalkgrad.viz.page.packing import packed

# What is written once for all languages.
_SHARED = ("numbers", "symbols", "notations", "notation")


def chosen(given: str | Sequence[str]) -> tuple[str, ...]:
    """Returns the codes of the languages of a page, the current one by default. Raises ValueError for one without a file.

    >>> chosen(()), chosen("he"), chosen(["en", "he", "en"])
    (('en',), ('he',), ('en', 'he'))
    """
    codes = dict.fromkeys([given] if isinstance(given, str) else given)
    for code in codes:
        with speaking(code):  # refuses it
            pass
    return tuple(codes) or (section("language")["code"],)


def differences(one: Any, other: Any) -> list[list[Any]]:
    """Returns the ways to the parts in which two things differ, keys and places, each with what the other one has there."""
    found: list[list[Any]] = []

    def compare(one: Any, other: Any, way: list[Any]) -> None:
        if one == other and type(one) is type(other):
            return
        if isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() >= other.keys():
            for key in one:
                compare(one[key], other.get(key), [*way, key])
        elif isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)) and len(one) == len(other):
            for place, (this, that) in enumerate(zip(one, other, strict=True)):
                compare(this, that, [*way, place])
        else:
            found.append([way, other])

    compare(one, other, [])
    return found


def told(contents: Sequence[Mapping[str, Any]], languages: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
    """Returns for each language its code, its own name and direction; for all but the first the texts that differ, packed.

    In a diagram there are words, too: `drawn` has those of the first language and what they are in this one.
    """
    first = {key: part for key, part in contents[0].items() if key not in _SHARED}
    found, drawn = list[dict[str, Any]](), list[list[str]]()
    for code, own in zip(languages, contents, strict=True):
        with speaking(code):
            language = section("language")
            entry: dict[str, Any] = {"code": code, "name": language["name"], "direction": language["direction"]}
            drawn.append([in_direction(section("page")[key]) for key in SAID])
        if found:
            ours, theirs = ({key: some[key] for key in first if key in own} for some in (first, own))
            entry["texts"] = packed(differences(ours, theirs), names)
            entry["drawn"] = dict(zip(drawn[0], drawn[-1], strict=True))
        found.append(entry)
    return found


def markup(page: str, languages: Sequence[str], fill: Callable[[str], str]) -> str:
    """Returns the page's body without what its script makes, in each language but the first, in templates."""
    found = re.search(r"<body>\n(.*?)\{\{languages\}\}", page, re.DOTALL)
    assert found is not None
    body = found[1].replace("{{picture}}", "")
    written = []
    for code in languages[1:]:
        with speaking(code):
            written.append(f'<template data-language="{code}">\n{fill(body)}</template>\n')
    return "".join(written)
