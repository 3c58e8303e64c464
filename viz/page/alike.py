"""Drawings that are alike, as shapes that the page's script fills in: what several of them have in common is sent once.

>>> shapes, filled = alike(['<path d="M0,5"/><text>a</text>', '<path d="M0,7"/><text>b</text>', "<g/>"])
>>> shapes
[['<path d="M0,', '"/><text>', '</text>'], ['<g/>']]
>>> filled
[[0, 5, 'a'], [0, 7, 'b'], [1]]
"""

import re
from collections.abc import Sequence

# What may differ: a number of an attribute, and a text.
_DIFFERS = re.compile(r'(?<=[",( CMLHVh])-?\d+(?:\.\d+)?|(?<=>)[^<\n]+(?=<)')
_WHOLE = re.compile(r"-?[1-9]\d*|0")


def alike(drawings: Sequence[str]) -> tuple[list[list[str]], list[list[int | str]]]:
    """Returns the shapes, each in the parts between what differs, and of each drawing its shape and what stands between."""
    kinds: dict[str, list[int]] = {}
    found = [_DIFFERS.findall(drawing) for drawing in drawings]
    for n, drawing in enumerate(drawings):
        kinds.setdefault(_DIFFERS.sub("\0", drawing), []).append(n)
    shapes: list[list[str]] = []
    filled: list[list[int | str]] = [[] for _ in drawings]
    for kind, members in kinds.items():
        first, *others = kind.split("\0")
        made = [first]
        differing = [len(set(each)) > 1 for each in zip(*(found[n] for n in members), strict=True)]
        for differs, same, after in zip(differing, found[members[0]], others, strict=True):
            if differs:
                made.append(after)
            else:
                made[-1] += same + after
        for n in members:
            filled[n] = [len(shapes), *(_told(x) for x, differs in zip(found[n], differing, strict=True) if differs)]
        shapes.append(made)
    return shapes, filled


def _told(found: str) -> int | str:
    return int(found) if _WHOLE.fullmatch(found) else found
