"""Docstrings as they are written, for a reader who does not know reStructuredText: |x| is an absolute value, z_k has an index,
and what stands in columns keeps them.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

from sphinx.application import Sphinx


def marked(lines: list[str]) -> list[str]:
    """Returns a docstring in which signs of formulas are no markup, and columns are; examples and code are left alone.

    >>> marked(["The loss |y - `f_`(x)|", "", ">>> a | b", "3"])
    ['The loss \\\\|y - `f_`(x)\\\\|', '', '>>> a | b', '3']
    >>> marked(["step(n)   goes on", "reset()   starts afresh", "", "z_"])
    ['.. code-block:: text', '', '    step(n)   goes on', '    reset()   starts afresh', '', 'z\\\\_']
    """
    found = list[str]()
    for _, group in groupby(lines, lambda line: not line.strip()):
        found += _paragraph([*group])
    return found


def _paragraph(lines: list[str]) -> list[str]:
    if any(line.lstrip().startswith(">>>") for line in lines):
        return lines
    if sum(bool(re.search(r"\S {2,}\S", line)) for line in lines) > 1:
        return [".. code-block:: text", "", *(f"    {line}" for line in lines)]
    return [_escaped(line) for line in lines]


def _escaped(line: str) -> str:
    parts = re.split(r"(`[^`]*`)", line)  # at odd places code, whose signs are none
    parts[::2] = [re.sub(r"\||\*(?=\*?\w)|_(?!\w)", r"\\\g<0>", part) for part in parts[::2]]
    return "".join(parts)


def _mark(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    lines[:] = marked(lines)


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-docstring", _mark, priority=100)  # before napoleon, which writes markup
