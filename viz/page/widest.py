"""Reserves space for the widest numbers a text may show, and breaks the texts beside edges into lines.

A text here is symbolic: its numbers are left open, to be filled in by the page for whatever its inputs are moved to
(`chalkgrad.viz.page.filling`). Cards and labels are laid out once and never move, so they are made wide enough beforehand.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.viz.page.filling import PlaceholderGraph
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> symbolic = PlaceholderGraph(e)
>>> EdgeLabels(symbolic).beside(symbolic.root, 0)
[['∂e/∂a = b = ', ['n', 0]]]
>>> Widest(symbolic).sample(["∂e/∂a = b = ", ["n", 0]], 17)
'∂e/∂a = b = -0.01234'
"""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from chalkgrad.engine import Value
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.placeholders import Text
from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.page.filling import PlaceholderGraph, filled
from chalkgrad.viz.skins import shapes

# The widest number that labels and cards are made wide enough for, whatever the numbers are now.
WIDEST = -0.01234

# Stands for text that was cut off, and for contributions that have not come yet.
MORE = "…"


class Widest:
    """Fills a symbolic text with the widest numbers it may show: `WIDEST`, or the current ones where they are wider."""

    def __init__(self, symbolic: PlaceholderGraph) -> None:
        self._symbolic = symbolic

    def sample(self, template: Text, size: float) -> str:
        """Returns the text at its widest; of two alternatives the wider one."""
        if isinstance(template, str):
            return template
        return "".join(
            element if isinstance(element, str) else max(self._candidates(element, size), key=lambda x: width(x, size))
            for element in template
        )

    def _candidates(self, element: Any, size: float) -> list[str]:
        if isinstance(element, dict):
            return [self.sample(element[side], size) for side in ("then", "else")]
        form, k, *digits = element
        digits = [few for few in digits if isinstance(few, int)]  # else they depend on numbers
        if form == "∂":
            return [self.sample(symbol, size) for symbol in self._symbolic.placeholders.symbols[k]]
        return [filled([[form, 0, *digits]], [WIDEST]), filled([[form, k, *digits]], self._symbolic.today()[0])]


class EdgeLabels:
    """Breaks the text beside an edge into lines that stay within the limit for other numbers too."""

    def __init__(self, symbolic: PlaceholderGraph) -> None:
        self._symbolic, self._widest = symbolic, Widest(symbolic)

    def beside(self, node: Value, slot: int, *, brief: bool = False) -> list[Text]:
        """Returns the lines beside an edge; an empty list if the parent is a constant, which has no gradient.

        That is the local derivative with its reason, or in ``brief`` without.
        """
        if node.parents[slot].constant:
            return []
        names = self._symbolic.tape.names
        said = words.reason(node, slot, names)
        if brief:
            said = f"{words.local(node, slot, names)} = {words.number(node.partials[slot])}"
        why = self._symbolic.placeholders.text(said)
        return self._broken(_elements(in_order(why)))

    def _broken(self, template: list[Any]) -> list[Text]:
        """Returns the lines of a text; each of its alternatives is broken separately."""
        for i, element in enumerate(template):
            if isinstance(element, dict):
                # Two alternatives may break at different words. So the whole text is broken once for each, and a line
                # that differs becomes an alternative itself.
                these, those = (
                    self._broken([*template[:i], *_elements(element[side]), *template[i + 1 :]]) for side in ("then", "else")
                )
                return [
                    this if this == that else [{"if": element["if"], "then": this, "else": that}]
                    for this, that in zip_longest(these, those, fillvalue="")
                ]
        sample = self._widest.sample(template, shapes.LABEL)
        limit = shapes.label_limit(sample, shapes.LABEL)
        lines = text.broken(sample, shapes.LABEL, bold=True, limit=limit, lines=shapes.LABEL_LINES)
        return list(self._split(template, [line.count(" ") + 1 for line in lines], limit))

    def _split(self, elements: list[Any], counts: list[int], limit: float) -> Iterator[Text]:
        """Yields lines of ``counts`` words each; a line that is too wide is shortened."""
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
            yield self._shortened([part for word in line for part in (" ", *word)][1:], limit)

    def _shortened(self, elements: list[Any], limit: float) -> Text:
        left, kept = limit, list[Any]()
        if width(self._widest.sample(elements, shapes.LABEL), shapes.LABEL) <= left:
            return _joined(elements)
        left -= width(MORE, shapes.LABEL)
        for element in elements:
            needed = width(self._widest.sample([element], shapes.LABEL), shapes.LABEL)
            if needed > left:
                if isinstance(element, list) and element[0] == "∂":
                    symbols = self._symbolic.placeholders.symbols[element[1]]
                    cut = [_cut(self._widest.sample(symbol, shapes.LABEL), left) for symbol in symbols]
                    return [*kept, *self._symbolic.placeholders.text(self._symbolic.placeholders.symbol_place(cut))]
                return _joined([*kept, _cut(element if isinstance(element, str) else "", left, always=True)])
            kept.append(element)
            left -= needed
        return _joined(kept)


def _cut(written: str, left: float, *, always: bool = False) -> str:
    """Returns as much of a text in a label as there is room for beside an ellipsis, or, not ``always``, all that fits alone."""
    if not always and width(written, shapes.LABEL) <= left + width(MORE, shapes.LABEL):
        return written
    while written and width(written, shapes.LABEL) > left:
        written = written[:-1]
    return written + MORE


def width(written: str, size: float) -> float:
    """Returns the width of a text in bold letters."""
    return fonts.width(written, size, bold=True)


def in_order(template: Text) -> Text:
    """Returns a text in which Hebrew and Arabic names keep their place within the line, its alternatives included."""
    if isinstance(template, str):
        return _in_order(template)
    return [
        _in_order(element)
        if isinstance(element, str)
        else {**element, "then": in_order(element["then"]), "else": in_order(element["else"])}
        if isinstance(element, dict)
        else element
        for element in template
    ]


def _in_order(part: str) -> str:
    """Returns a part of a text; what is set apart in a terminal may begin in one part and end in another."""
    return text.keep_order(text.clean(part.translate(NOT_APART)))


NOT_APART = dict.fromkeys(range(0x2066, 0x206A))


def _elements(template: Text) -> list[Any]:
    return [template] if isinstance(template, str) else template


def _joined(elements: list[Any]) -> Text:
    """Joins neighbouring literals; returns a plain string if nothing else is left."""
    joined: list[Any] = []
    for element in elements:
        if joined and isinstance(element, str) and isinstance(joined[-1], str):
            joined[-1] += element
        elif element:
            joined.append(element)
    return joined[0] if len(joined) == 1 and isinstance(joined[0], str) else joined or ""
