"""Lists of much the same things, packed: their shapes, and what is in them as columns of differences, which compress well.

Of a list `packed` gives the shapes of its items, each once, in which 0 stands for a whole number and 1 for a constant; which
shape each item has; for each 0 and 1 of each shape in turn the column of what all items of the shape have there, the first and
then by how much each is more than the one before, or if all have the same that alone; and the constants, by their places.

>>> packed([["n", 5, "X"], ["n", 6, "X"], ["n", 8, "X"]])
{'packed': [[['n', 0, 1]], [0, 0, 0], [[5, 1, 2], 0], ['X']]}

Where that is shorter the constants are packed in turn: each text as a list of its parts, in which a whole number stands for
itself, or below 0 for one of the names, -1 for the first of them.

>>> packed([f"The value {i} of {name}" for i, name in enumerate("abcde")], "abcde")["packed"][3]
{'packed': [[[1, 0, 1, 0]], [0, 0, 0, 0, 0], [0, [0, 1, 1, 1, 1], 1, [-1, -1, -1, -1, -1]], ['The value ', ' of ']]}
"""

import json
import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

OF_GRAPHS = ("steps", "moments", "numbers", "symbols", "nudge", "chain", "grads", "data", "forward", "errors", "edges")
OF_UNITS = ("list", "links", "wires", "sentences", "slips")
PACKED = frozenset({*OF_GRAPHS, "contributions", *OF_UNITS, "nodes"})
_LEFT = re.compile("[a-wz+*=∂_-]{1,9}")  # the kinds of things, which are part of a shape


def compact(contents: Mapping[str, Any], names: Sequence[str] = ()) -> dict[str, Any]:
    """Returns what a page is told, its long lists packed; and so of its units, curves, mistakes and other roots.

    >>> compact({"root": 3, "numbers": [["v", 0], ["v", 1]], "units": None})
    {'root': 3, 'numbers': {'packed': [[['v', 0]], [0, 0], [[0, 1]], []]}, 'units': None}
    """
    names = contents.get("names", names)
    made = {key: _packed(value, names) if key in PACKED else value for key, value in contents.items()}
    made |= {key: compact(contents[key], names) for key in ("units", "curves") if contents.get(key)}
    if "mistakes" in contents:
        made["mistakes"] = {name: compact(mistake, names) for name, mistake in contents["mistakes"].items()}
    if "editions" in contents:
        made["editions"] = [compact(edition, names) for edition in contents["editions"]]
    return made


def _packed(items: Sequence[Any] | Mapping[Any, Any], names: Sequence[str]) -> dict[str, list[Any]]:
    return packed([*items.values()], names) | {"keys": [*items]} if isinstance(items, Mapping) else packed(items, names)


class _Kinds(dict[str, bool]):
    """Which texts are kinds of things, looked up once each."""

    def __missing__(self, text: str) -> bool:
        self[text] = found = bool(_LEFT.fullmatch(text))
        return found


def packed(items: Sequence[Any], names: Sequence[str] = ()) -> dict[str, list[Any]]:
    """Returns a list as its shapes, the shape of each item, the columns of each shape, and constants."""
    shapes, which, columns, constants = _parts(items)
    inner = _parts(_split(constants, names))
    return {"packed": [shapes, which, columns, {"packed": inner} if _length(inner) < _length(constants) else constants]}


def _split(constants: Sequence[Any], names: Sequence[str]) -> list[Any]:
    """Returns the parts of each text: names and whole numbers as numbers; other constants as they are."""
    places = {name: -place for place, name in enumerate(names, 1)}
    known = "|".join(map(re.escape, sorted(places, key=len, reverse=True)))
    named = rf"(?<!\w)(?:{known})(?!\w)|" if known else ""
    found = re.compile(rf"({named}(?<![\w.])(?:0|[1-9][0-9]{{0,8}})(?![\w.]))")

    def parts(text: str) -> list[int | str]:
        split = found.split(text)
        return [part if i % 2 == 0 else places[part] if part in places else int(part) for i, part in enumerate(split) if part]

    return [parts(constant) if isinstance(constant, str) else constant for constant in constants]


def _length(made: Any) -> int:
    return len(json.dumps(made, separators=(",", ":"), ensure_ascii=False))


def _parts(items: Sequence[Any]) -> list[Any]:
    """Returns the four parts of a packed list, the constants as they are."""
    shapes: dict[Hashable, int] = {}
    constants: dict[tuple[type, Any], int] = {}
    columns: list[list[list[int]]] = []
    which: list[int] = []
    values: list[Any] = []  # of the constants
    kinds = _Kinds()

    for item in items:
        found: list[int] = []
        shape = shapes.setdefault(_emptied(item, found, kinds, constants, values), len(shapes))
        if shape == len(columns):
            columns.append([[] for _ in found])
        which.append(shape)
        for column, number in zip(columns[shape], found, strict=True):
            column.append(number)
    of_all = [_differences(column) for of_one in columns for column in of_one]
    return [[*map(_written, shapes)], which, of_all, values]


def _emptied(item: Any, found: list[int], kinds: _Kinds, constants: dict[tuple[type, Any], int], values: list[Any]) -> Hashable:
    """Returns the shape of an item as what a dictionary takes for a key; what is not part of it goes to ``found``."""
    kind = item.__class__
    if kind is int:
        found.append(item)
        return 0
    if kind is str:
        if kinds[item]:
            return str(item)
    elif issubclass(kind, (list, tuple)):
        return tuple([_emptied(value, found, kinds, constants, values) for value in item])
    elif issubclass(kind, dict):
        return dict, *[(key, _emptied(value, found, kinds, constants, values)) for key, value in item.items()]
    # The type tells 1 from True; what is written, 0.0 from -0.0.
    place = constants.setdefault((kind, repr(item) if kind is float else item), len(values))
    if place == len(values):
        values.append(item)
    found.append(place)
    return 1


def _written(shape: Any) -> Any:
    if not isinstance(shape, tuple):
        return shape
    if shape and shape[0] is dict:
        return {key: _written(value) for key, value in shape[1:]}
    return [*map(_written, shape)]


def _differences(column: Sequence[int]) -> list[int] | int:
    first, *others = column
    if all(number == first for number in others):
        return first
    return [first, *(number - before for before, number in zip(column, others, strict=False))]
