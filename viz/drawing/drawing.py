"""A drawing: shown by a notebook as it is, saved by the extension of its file.

A `Figure` is any scene; a `Drawing` is the picture of a graph, laid out when it is first looked at.

>>> from chalkgrad.viz.pictures.picture import Card, Picture
>>> drawing = Drawing(Picture((Card("a", kind="leaf"),), title="a"))
>>> drawing
<Drawing of a: 1 value, 0 edges; .save("a.svg")>
>>> drawing.svg.startswith("<svg")
True
>>> Figure(drawing.scene, "one card")
<Figure of one card; .save("one.svg")>
"""

import os
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from chalkgrad.viz.formats import raster
from chalkgrad.viz.formats.files import write
from chalkgrad.viz.formats.scene import Scene, scene
from chalkgrad.viz.formats.svg import page, svg
from chalkgrad.viz.formats.tikz import tikz
from chalkgrad.viz.layout import dot, renderer
from chalkgrad.viz.layout.labels import place_labels
from chalkgrad.viz.layout.layout import lay_out
from chalkgrad.viz.letters import text
from chalkgrad.viz.pictures.picture import Picture, counts, readable

RendererName = str | os.PathLike[str] | None  # a renderer, by name or path; None for the first there is


class Figure:
    """A scene, to be shown and saved; ``what`` it is of stands in its plain text.

    A notebook shows the SVG; no other rich form is offered, for front ends choose differently among several.
    """

    formats: ClassVar[tuple[str, ...]] = ("svg", "png", "pdf", "tex", "html")
    _renderer: RendererName = None

    def __init__(self, scene: Scene, what: str) -> None:
        self._given, self._what = scene, what

    @cached_property
    def scene(self) -> Scene:
        """Everything that is drawn: where it stands, and in which colour."""
        return self._laid_out(self._renderer)

    def _laid_out(self, program: RendererName) -> Scene:
        return self._given

    @cached_property
    def svg(self) -> str:
        """One SVG element, which may stand in a page any number of times."""
        return svg(self.scene)

    def save(self, path: str | os.PathLike[str], renderer: RendererName = None, *, scale: float = raster.SCALE) -> None:
        """Write the drawing to ``path``, as its extension says.

        .svg, .png, .pdf (by Graphviz's own dot), .tex (TikZ), .html (a page that shows the SVG), and of a graph .dot. A
        file that is there already is replaced only by a whole new one.

        Args:
            path: where to.
            renderer: the program to lay out and render with, by name or path; by default the first there is.
            scale: pixels per unit in a PNG.

        Raises:
            ValueError: the extension is none of these.
            OSError: the file cannot be written.
            RendererMissing: there is no program for it.
        """
        path = Path(path).expanduser()
        kind = path.suffix.lower().removeprefix(".")
        if kind not in self.formats:
            *most, last = (f".{known}" for known in self.formats)
            known = f"{', '.join(most)} or {last}"
            raise ValueError(f'a drawing is saved as {known}, and "{path.name}" ends in none of these.')
        write(path, self.file(kind, renderer, scale))

    def file(self, kind: str, program: RendererName = None, scale: float = raster.SCALE) -> bytes:
        """What a file of this ``kind``, one of ``formats``, holds; see `save`."""
        program = program or self._renderer
        laid_out = self.scene if program == self._renderer else self._laid_out(program)
        match kind:
            case "png":
                return raster.png(laid_out, program, scale)
            case "pdf":
                return raster.pdf(laid_out, program)
            case "tex":
                return tikz(laid_out).encode()
            case "html":
                return page(laid_out).encode()
            case _:
                return svg(laid_out).encode()

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg
        except renderer.RendererMissing:
            return None  # the plain text then says what is missing

    def __repr__(self) -> str:
        return f'<Figure of {self._what}; .save("{_file_name(self._what)}.svg")>'


class Drawing(Figure):
    """The picture of a graph; ``svg`` and ``dot`` are its texts, and ``dot`` can be had without a renderer."""

    formats = (*Figure.formats, "dot")

    def __init__(self, picture: Picture, renderer: RendererName = None) -> None:
        self.picture = readable(picture)
        self._renderer = renderer

    def _laid_out(self, program: RendererName) -> Scene:
        return scene(self.picture, place_labels(self.picture, lay_out(self.picture, program)))

    @cached_property
    def dot(self) -> str:
        """The DOT text, for any Graphviz; no renderer is needed for it."""
        return dot.source(self.picture)

    def file(self, kind: str, program: RendererName = None, scale: float = raster.SCALE) -> bytes:
        """What a file of this ``kind``, one of ``formats``, holds; see `save`."""
        return self.dot.encode() if kind == "dot" else super().file(kind, program, scale)

    def __repr__(self) -> str:
        said = counts(self.picture.cards, self.picture.edges)
        if self.picture.suggestion:
            options = ", ".join(f"{name}={value!r}" for name, value in self.picture.suggestion.items())
            folded = any(card.count > 1 for card in self.picture.cards)
            said += f"; draw(…, {options}) {'for each of them' if folded else 'for a slide'}"
        title = text.shorten(text.clean(self.picture.title), 1, bold=False, limit=40) or "a graph"
        try:
            renderer.find(self._renderer)
        except renderer.RendererMissing as missing:
            return f"<Drawing of {title}: {said}; {str(missing).removesuffix('.')}>"
        return f'<Drawing of {title}: {said}; .save("{_file_name(title)}.svg")>'


def _file_name(title: str) -> str:
    """What a file of this title might be called: its first word, if it is one."""
    name = title.split(" ")[0]
    return name if name.isidentifier() else "drawing"
