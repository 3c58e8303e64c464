"""The colours of a picture: ``light`` for a screen, ``dark`` for a dark slide, ``print`` for paper without colour.

The hues (blue, vermilion, bluish green) stay apart for the colour-blind; every text has a contrast of at least 4.5:1 to its
background, and nothing is expressed by colour alone.

>>> theme("dark").page
'#14171c'
"""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """Colours as ``#rrggbb``, each named for what it paints."""

    name: str
    page: str
    ink: str  # titles
    dim: str  # what is not computed yet, and everything faded
    border: str
    faded: str  # borders and edges of what is not in play
    leaf: str
    inner: str
    root: str
    data: str
    grad: str
    local: str
    note: str
    edge: str
    lit: str  # borders and edges of what is in play
    places: tuple[str, str]  # a place, and a place within it
    place_border: str
    key: str  # the answers in a key
    key_ground: str  # of the boxes that they stand in

    def outline(self, marks: Collection[str]) -> str:
        """Returns the colour of the outline of what bears these marks."""
        return self.lit if "lit" in marks else self.faded if "faded" in marks else self.border

    def row(self, kind: str, *, faded: bool = False) -> str:
        """Returns the colour of a card's row; the name of a missing gradient already has the gradient's colour."""
        return self.dim if faded else {"data": self.data, "note": self.note, "count": self.ink}.get(kind, self.grad)

    def words(self, kind: str, *, faded: bool = False) -> str:
        """Returns the colour of words in a round node: ink for name and expression, otherwise that of a card's row."""
        return self.dim if faded or kind == "missing" else self.ink if kind in ("name", "expression") else self.row(kind)

    def line(self, kind: str, *, faded: bool = False) -> str:
        """Returns the colour of a line beside an edge; a contribution has that of gradients."""
        return self.dim if faded else {"local": self.local, "count": self.ink}.get(kind, self.grad)


THEMES = {
    "light": Theme(
        name="light",
        page="#ffffff",
        ink="#111111",
        dim="#545b63",
        border="#2f3338",
        faded="#858d94",
        leaf="#e4f0fa",
        inner="#ffffff",
        root="#fdead6",
        data="#0a4c8f",
        grad="#9c3a00",
        local="#00614a",
        note="#8a1c5b",
        edge="#3d4248",
        lit="#c04a00",
        places=("#f3f4f6", "#e9ebee"),
        place_border="#6b737c",
        key="#8a3300",
        key_ground="#fdf2e9",
    ),
    "dark": Theme(
        name="dark",
        page="#14171c",
        ink="#f5f7fa",
        dim="#a9b3bf",
        border="#a3adb8",
        faded="#646e79",
        leaf="#16304a",
        inner="#222932",
        root="#4a2c10",
        data="#7cc4ff",
        grad="#ffb066",
        local="#5fe0b5",
        note="#ff9fd0",
        edge="#c6ccd4",
        lit="#ff9a3c",
        places=("#1b2027", "#262d37"),
        place_border="#7c8794",
        key="#ffb066",
        key_ground="#3a2614",
    ),
    "print": Theme(
        name="print",
        page="#ffffff",
        ink="#000000",
        dim="#4a4a4a",
        border="#000000",
        faded="#8a8a8a",
        leaf="#ececec",
        inner="#ffffff",
        root="#d9d9d9",
        data="#000000",
        grad="#000000",
        local="#000000",
        note="#000000",
        edge="#000000",
        lit="#000000",
        places=("#f6f6f6", "#eeeeee"),
        place_border="#555555",
        key="#000000",
        key_ground="#ececec",
    ),
}


def theme(name: str) -> Theme:
    """Returns the theme called ``name``.

    Raises:
        ValueError: no theme has that name; the message lists all names.
    """
    try:
        return THEMES[name]
    except (KeyError, TypeError):
        raise ValueError(f"no theme is called {name!r}; there are {', '.join(THEMES)}") from None


def blend(low: str, high: str, share: float) -> str:
    """Returns the colour between two others, at ``share`` of the way."""
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(_channels(low), _channels(high), strict=True))


def _channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def contrast(one: str, other: str) -> float:
    """Returns the contrast of two colours as WCAG defines it, from 1 to 21."""
    light = []
    for colour in (one, other):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (x / 255 for x in _channels(colour))]
        light.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(light) + 0.05) / (min(light) + 0.05)
