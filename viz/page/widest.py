"""Room for other numbers than today's: how wide living texts may become, and how they are broken into lines.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.engine.living import Alive
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> alive = Alive(e)
>>> Labels(alive).beside(alive.root, 0)
[['∂e/∂a = b = ', ['n', 0]]]
>>> Room(alive).sample(["∂e/∂a = b = ", ["n", 0]], 17)
'∂e/∂a = b = -0.01234'
"""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from chalkgrad.engine import Value, words
from chalkgrad.engine.living import Alive, Text, filled
from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.skins import shapes

# The widest number that labels and cards keep room for, whatever the numbers of today.
WIDEST = -0.01234

# The place of what has been cut off, or has not come yet.
MORE = "…"


class Room:
    """How wide a living text may become: with the widest numbers that there is to be room for, or today's if they are wider."""

    def __init__(self, alive: Alive) -> None:
        self._alive = alive

    def sample(self, told: Text, size: float) -> str:
        """The text at its widest; of alternatives the wider one."""
        if isinstance(told, str):
            return told
        return "".join(
            element if isinstance(element, str) else max(self._candidates(element, size), key=lambda x: width(x, size))
            for element in told
        )

    def _candidates(self, element: Any, size: float) -> list[str]:
        if isinstance(element, dict):
            return [self.sample(element[side], size) for side in ("then", "else")]
        form, k, *_ = element
        return [filled([[form, 0]], [WIDEST]), filled([[form, k]], self._alive.today()[0])]


class Labels:
    """Breaks what stands beside edges into lines that hold other numbers, too."""

    def __init__(self, alive: Alive) -> None:
        self._alive, self._room = alive, Room(alive)

    def beside(self, node: Value, slot: int) -> list[Text]:
        """The lines beside an edge; none where the parent takes no gradient."""
        if node.parents[slot].constant:
            return []
        why = self._alive.scribe.text(words.reason(node, slot, self._alive.tape.names))
        return self._broken(_elements(in_order(why)))

    def _broken(self, told: list[Any]) -> list[Text]:
        """The lines of a text; each alternative in it is broken by itself."""
        for i, element in enumerate(told):
            if isinstance(element, dict):
                these, those = (
                    self._broken([*told[:i], *_elements(element[side]), *told[i + 1 :]]) for side in ("then", "else")
                )
                return [
                    this if this == that else [{"if": element["if"], "then": this, "else": that}]
                    for this, that in zip_longest(these, those, fillvalue="")
                ]
        sample, limit = self._room.sample(told, shapes.LABEL), shapes.LABEL_LIMIT
        lines = text.broken(sample, shapes.LABEL, bold=True, limit=limit, lines=shapes.LABEL_LINES)
        return list(self._split(told, [line.count(" ") + 1 for line in lines]))

    def _split(self, elements: list[Any], counts: list[int]) -> Iterator[Text]:
        """Elements in lines of so many words each; a line that is too long is cut short."""
        parts: list[list[Any]] = [[]]
        for element in elements:
            if isinstance(element, str):
                first, *rest = element.split(" ")
                parts[-1].append(first)
                parts += [[word] for word in rest]
            else:
                parts[-1].append(element)
        for count in counts:
            line, parts = parts[:count], parts[count:]
            yield self._shortened([part for word in line for part in (" ", *word)][1:])

    def _shortened(self, elements: list[Any]) -> Text:
        room, kept = float(shapes.LABEL_LIMIT), list[Any]()
        if width(self._room.sample(elements, shapes.LABEL), shapes.LABEL) <= room:
            return _joined(elements)
        room -= width(MORE, shapes.LABEL)
        for element in elements:
            needed = width(self._room.sample([element], shapes.LABEL), shapes.LABEL)
            if needed > room:
                cut = element if isinstance(element, str) else ""
                while cut and width(cut, shapes.LABEL) > room:
                    cut = cut[:-1]
                return _joined([*kept, cut + MORE])
            kept.append(element)
            room -= needed
        return _joined(kept)


def width(written: str, size: float) -> float:
    """The width of a bold text."""
    return fonts.width(written, size, bold=True)


def in_order(told: Text) -> Text:
    """A text as it is seen in a line, where names in Hebrew keep their place; its alternatives, too."""
    if isinstance(told, str):
        return text.keep_order(text.clean(told))
    return [
        text.keep_order(text.clean(element))
        if isinstance(element, str)
        else {**element, "then": in_order(element["then"]), "else": in_order(element["else"])}
        if isinstance(element, dict)
        else element
        for element in told
    ]


def _elements(told: Text) -> list[Any]:
    return [told] if isinstance(told, str) else told


def _joined(elements: list[Any]) -> Text:
    """Elements with the literals among them that follow each other made one."""
    joined: list[Any] = []
    for element in elements:
        if joined and isinstance(element, str) and isinstance(joined[-1], str):
            joined[-1] += element
        elif element:
            joined.append(element)
    return joined[0] if len(joined) == 1 and isinstance(joined[0], str) else joined or ""
