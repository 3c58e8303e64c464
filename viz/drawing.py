"""A drawing: shown by a notebook as it is, saved by the extension of its file.

>>> from chalkgrad.viz.picture import Card, Picture
>>> drawing = Drawing(Picture((Card("a", kind="leaf"),), title="a"))
>>> drawing
<Drawing of a: 1 value, 0 edges; .save("a.svg")>
>>> drawing.svg.startswith("<svg")
True
"""

import contextlib
import os
from functools import cached_property
from pathlib import Path

from chalkgrad.viz import dot, raster, renderer, text
from chalkgrad.viz.labels import settle
from chalkgrad.viz.layout import lay_out
from chalkgrad.viz.picture import Picture, readable
from chalkgrad.viz.scene import Scene, scene
from chalkgrad.viz.svg import svg

FORMATS = ("svg", "png", "pdf", "dot")


class Drawing:
    """A picture that is laid out once, when it is first looked at.

    ``svg`` and ``dot`` are its texts. A notebook shows the SVG; no other rich form is offered, for front ends choose
    differently among several.
    """

    def __init__(self, picture: Picture, renderer: str | os.PathLike[str] | None = None) -> None:
        self.picture = readable(picture)
        self._renderer = renderer

    @cached_property
    def dot(self) -> str:
        """The DOT text, for any Graphviz; no renderer is needed for it."""
        return dot.source(self.picture)

    @cached_property
    def svg(self) -> str:
        """One SVG element, which may stand in a page any number of times."""
        return svg(self._scene)

    @cached_property
    def _scene(self) -> Scene:
        return self._laid_out(self._renderer)

    def _laid_out(self, program: str | os.PathLike[str] | None) -> Scene:
        return scene(self.picture, settle(self.picture, lay_out(self.picture, program)))

    def save(
        self,
        path: str | os.PathLike[str],
        renderer: str | os.PathLike[str] | None = None,
        *,
        scale: float = raster.SCALE,
    ) -> None:
        """Write the drawing to ``path``, as its extension says: .svg, .png, .pdf or .dot.

        A file that is there already is replaced only by a whole new one.

        Args:
            path: where to.
            renderer: the program to lay out and render with, by name or path; by default the first there is.
            scale: pixels per unit in a PNG.

        Raises:
            ValueError: the extension is none of these four.
            OSError: the file cannot be written.
            RendererMissing: there is no program for it.
        """
        path = Path(path).expanduser()
        kind = path.suffix.lower().removeprefix(".")
        if kind not in FORMATS:
            raise ValueError(f'a drawing is saved as .svg, .png, .pdf or .dot, and "{path.name}" ends in none of these.')
        write(path, self._file(kind, renderer or self._renderer, scale))

    def _file(self, kind: str, program: str | os.PathLike[str] | None, scale: float) -> bytes:
        if kind == "dot":
            return self.dot.encode()
        laid_out = self._scene if program == self._renderer else self._laid_out(program)
        if kind == "png":
            return raster.png(laid_out, program, scale)
        return raster.pdf(laid_out, program) if kind == "pdf" else svg(laid_out).encode()

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg
        except renderer.RendererMissing:
            return None  # the plain text then says what is missing

    def __repr__(self) -> str:
        cards, edges = len(self.picture.cards), len(self.picture.edges)
        counts = f"{cards} value{'s' * (cards != 1)}, {edges} edge{'s' * (edges != 1)}"
        title = text.shorten(text.clean(self.picture.title), 1, bold=False, limit=40) or "a graph"
        try:
            renderer.find(self._renderer)
        except renderer.RendererMissing as missing:
            return f"<Drawing of {title}: {counts}; {str(missing).removesuffix('.')}>"
        return f'<Drawing of {title}: {counts}; .save("{_file_name(title)}.svg")>'


def _file_name(title: str) -> str:
    """What a file of this title might be called: its first word, if it is one."""
    name = title.split(" ")[0]
    return name if name.isidentifier() else "drawing"


def write(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one step, so that no half file is ever there and a failure leaves the old one."""
    try:
        if path.exists() and not path.is_file():  # a device or a pipe cannot be replaced; a folder is refused here
            path.write_bytes(content)
            return
        target = path.resolve()  # through a link, its target is what is replaced
        part = target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
        try:
            part.write_bytes(content)
            os.replace(part, target)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(error.errno, f"the drawing cannot be written to {path} ({reason}): name another place") from error
