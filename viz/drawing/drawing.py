"""Drawings, which a notebook shows and `save` writes in the format of the file's extension.

A `Figure` has any scene; a `Drawing` has the picture of a graph, and is laid out when it is first looked at.

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
from typing import TYPE_CHECKING, Any, ClassVar

from chalkgrad.engine.basics.absent import absent
from chalkgrad.engine.basics.arguments_of_others import CALLS, answering
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.basics.tracebacks import hidden
from chalkgrad.engine.basics.whole_file import write_whole
from chalkgrad.engine.words.language import section
from chalkgrad.viz.formats import raster
from chalkgrad.viz.formats.legible import LEAST, smallest_number
from chalkgrad.viz.formats.pdf import pdf
from chalkgrad.viz.formats.scene import Scene, scene
from chalkgrad.viz.formats.svg import page, svg
from chalkgrad.viz.formats.tikz import tikz
from chalkgrad.viz.layout import dot, renderer
from chalkgrad.viz.layout.kept_layouts import layout_with_labels
from chalkgrad.viz.letters import text
from chalkgrad.viz.pictures.picture import Picture, counts, readable

DRAWINGS = section("drawings")

SURELY_SMALL = 60  # the numbers of more cards than this are too small for any slide

RendererName = str | os.PathLike[str] | None  # by name or path; None for the first one found


class Figure:
    """A scene that can be shown and saved; its repr says ``what`` it shows.

    A notebook shows the SVG, shrunk if its output is narrower. No other rich form is offered, because front ends choose
    differently among several.

    >>> from chalkgrad.nn import Neuron
    >>> from chalkgrad.viz import diagram
    >>> diagram(Neuron(2, activation="tanh", seed=0))
    <Figure of neuron with 2 inputs, tanh; .save("neuron.svg")>
    """

    formats: ClassVar[tuple[str, ...]] = ("svg", "png", "pdf", "tex", "html")
    _renderer: RendererName = None

    def __init__(self, scene: Scene, what: str) -> None:
        self._given, self._what = scene, what

    @cached_property
    def scene(self) -> Scene:
        """Everything that is drawn, with positions and colours."""
        return self._laid_out(self._renderer)

    def _laid_out(self, program: RendererName) -> Scene:
        return self._given

    @cached_property
    def svg(self) -> str:
        """The drawing as one SVG element, which may stand in a page any number of times."""
        return svg(self.scene)

    @answering(*CALLS["Figure.save"])
    def save(
        self,
        path: str | os.PathLike[str],
        renderer: RendererName = None,
        *,
        width: int | None = None,
        scale: float | None = None,
    ) -> None:
        """Writes the drawing to ``path``, in the format of its extension.

        .svg, .png, .pdf (with matplotlib, which has the font), .tex (TikZ), .html (a page that shows the SVG), and,
        for a graph, .dot. An existing file is replaced in one step.

        Args:
            path: the file.
            renderer: what lays it out and paints it, as in `draw`; by default the first one found.
            width: how many pixels a PNG is wide, 1920 by default, as a slide is on a projector; its height follows.
            scale: instead, how many pixels it has per unit of the SVG.

        Raises:
            ValueError: another extension, a PNG too large to open, or an option that a file of this kind has no use for.
            OSError: the file cannot be written.
            RendererMissing: no program was found for it.

        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from chalkgrad.engine import Value
        >>> from chalkgrad.viz import draw
        >>> with TemporaryDirectory() as folder:
        ...     draw(Value(2.0, "a") * 3).save(Path(folder, "y.svg"))
        ...     Path(folder, "y.svg").read_text("utf-8")[:4]
        '<svg'
        """
        path = Path(path).expanduser()
        kind = path.suffix.lower().removeprefix(".")
        if kind not in self.formats:
            *most, last = (f".{known}" for known in self.formats)
            known = f"{', '.join(most)} or {last}"
            raise ValueError(f'a drawing is saved as {known}, and "{path.name}" ends in none of these.')
        raster.refuse_pixels(kind, width, scale)
        self._refuse_unused(kind, renderer)
        write_whole(path, self.file(kind, renderer, width=width, scale=scale), "the drawing")

    def _refuse_unused(self, kind: str, program: RendererName) -> None:
        """Raises ValueError for a renderer that changes nothing in a file of this ``kind``."""
        if program is not None and kind not in ("png", "pdf"):
            raise ValueError(f"this drawing is laid out already, and .{kind} needs no renderer: leave it out.")

    def file(self, kind: str, program: RendererName = None, *, width: int | None = None, scale: float | None = None) -> bytes:
        """Returns the content of a file of this ``kind``, one of ``formats``; see `save`.

        >>> from chalkgrad.engine import Value
        >>> from chalkgrad.viz import draw
        >>> draw(Value(2.0, "a") * 3).file("png")[1:4]
        b'PNG'
        """
        program = program or self._renderer
        laid_out = self.scene if program == self._renderer else self._laid_out(program)
        match kind:
            case "png":
                return raster.png(laid_out, program, width=width, scale=scale)
            case "pdf":
                return pdf(laid_out, program)
            case "tex":
                return tikz(laid_out).encode()
            case "html":
                return page(laid_out).encode()
            case _:
                return svg(laid_out).encode()

    def _repr_svg_(self) -> str | None:
        try:
            return svg(self.scene, output=True)
        except renderer.RendererMissing:
            return None  # the plain text then says what is missing

    if not TYPE_CHECKING:  # to a type checker an unknown name stays an error

        def __getattr__(self, name: str) -> Any:
            return not_shown(self, name, "e.svg")

    def __repr__(self) -> str:
        return printable(DRAWINGS["figure"].format(what=self._what, file=file_name(self._what)))


class Drawing(Figure):
    """The picture of a graph, as ``svg``, and as ``dot``, which needs no renderer.

    >>> from chalkgrad.engine import Value
    >>> from chalkgrad.viz import draw
    >>> draw(Value(2.0, "a") * 3).dot.splitlines()[0]
    'digraph {'
    """

    formats = (*Figure.formats, "dot")

    def __init__(self, picture: Picture, renderer: RendererName = None, call: str = "", key: Picture | None = None) -> None:
        self.picture = readable(picture)
        self._renderer, self._call, self._key = renderer, call, key

    def filled(self) -> "Drawing":
        """Returns the same drawing with the answers in its boxes, for a key: all else is in the same places.

        Raises ValueError if it has no boxes.

        >>> from chalkgrad.engine import Value
        >>> from chalkgrad.viz import draw
        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> sheet = draw(a * b, blanks="values")
        >>> "-6" in sheet.svg, "-6" in sheet.filled().svg
        (False, True)
        """
        if self._key is None:
            raise ValueError('this drawing has no boxes to fill: draw(…, blanks="values") leaves the values out')
        return Drawing(self._key, self._renderer, key=self._key)

    @cached_property
    def too_small(self) -> bool:
        """Whether there is a number in it that cannot be read from the back row, on a slide."""
        if len(self.picture.cards) > SURELY_SMALL:
            return True  # without a layout, which would take a while
        try:
            return smallest_number(self.scene) < LEAST
        except (renderer.RendererMissing, renderer.RenderingFailed):
            return False

    def _laid_out(self, program: RendererName) -> Scene:
        return scene(self.picture, layout_with_labels(self.picture, program))

    @cached_property
    def dot(self) -> str:
        """The DOT text, for any Graphviz."""
        return dot.source(self.picture)

    def _refuse_unused(self, kind: str, program: RendererName) -> None:
        if kind == "dot" and program is not None:
            raise ValueError("any renderer may lay .dot out, so none is named for it: leave renderer out, or save as .svg.")
        folded = any(card.count > 1 for card in self.picture.cards)  # then rows are the default, and nobody asked for them
        if kind == "dot" and (self.picture.wrap > 0 or (self.picture.wrap and not folded)):
            raise ValueError("whoever renders .dot lays it out without rows: leave wrap out, or save as .svg.")

    def file(self, kind: str, program: RendererName = None, *, width: int | None = None, scale: float | None = None) -> bytes:
        """Returns the content of a file of this ``kind``, one of ``formats``; see `save`.

        >>> from chalkgrad.engine import Value
        >>> from chalkgrad.viz import draw
        >>> draw(Value(2.0, "a") * 3).file("dot")[:7]
        b'digraph'
        """
        return self.dot.encode() if kind == "dot" else super().file(kind, program, width=width, scale=scale)

    def __repr__(self) -> str:
        said = self._counted(counts(self.picture.cards, self.picture.edges))
        title = text.shorten(text.clean(self.picture.title), 1, bold=False, limit=40) or DRAWINGS["no title"]
        try:
            renderer.find_layout(self._renderer)
        except renderer.RendererMissing as missing:
            return printable(DRAWINGS["no renderer"].format(title=title, counts=said, missing=str(missing).removesuffix(".")))
        return printable(DRAWINGS["drawing"].format(title=title, counts=said, file=file_name(title)))

    def _counted(self, said: str) -> str:
        """Returns how much is drawn, and the calls that draw more of it, or draw it larger."""
        if self.picture.suggestion:
            options = ", ".join(f"{name}={value!r}" for name, value in self.picture.suggestion.items())
            said = DRAWINGS["for each"].format(counts=said, options=options)
        if self._call and self.too_small:
            said = DRAWINGS["for a slide"].format(counts=said, call=self._call)
        return said


def not_shown(shown: Any, name: str, file: str) -> Any:
    """Raises the error for an attribute that a drawing or a page does not have; its `__getattr__` does this."""
    if hasattr(type(shown), name):  # a property, which has failed
        return object.__getattribute__(shown, name)
    looking = f"a notebook shows it; .save({file!r}) writes a file to open"
    instead = dict.fromkeys(("show", "open", "view", "display", "plot"), looking)
    instead |= dict.fromkeys(("write", "savefig", "export", "render", "write_image"), f"write .save({file!r})")
    known = () if name.startswith("_") else dir(type(shown))
    raise hidden(absent(type(shown).__name__, name, known, instead))


def file_name(title: str) -> str:
    """Suggests a file name for this title: its first word, if that is an identifier."""
    name = title.translate({0x2066: None, 0x2069: None}).split(" ")[0]
    return name if name.isidentifier() else "drawing"
