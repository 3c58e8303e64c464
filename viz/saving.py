"""From a Value to a file, by the file's extension: a picture, its DOT text, or the page that plays the sweep.

>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> from chalkgrad.engine import Value
>>> with TemporaryDirectory() as folder:
...     save(Value(2.0, "a") * 3, Path(folder, "y.svg"))
...     save(Value(2.0, "a") * 3, Path(folder, "y.html"))
...     sorted(path.name for path in Path(folder).iterdir())
['y.html', 'y.svg']
"""

import os
from inspect import signature
from pathlib import Path
from typing import Any

from chalkgrad.engine import Value
from chalkgrad.engine.basics.tracebacks import short_traceback
from chalkgrad.viz.drawing.graph import draw
from chalkgrad.viz.formats import raster
from chalkgrad.viz.page.play import play


@short_traceback
def save(
    root: Value,
    path: str | os.PathLike[str],
    *,
    renderer: str | os.PathLike[str] | None = None,
    scale: float = raster.SCALE,
    **options: Any,
) -> None:
    """Draws ``root`` and writes it to ``path``, by its extension: .svg, .png, .pdf, .tex, .dot, or .html, the page of `play`.

    See `draw` for the options and `Drawing.save` for the errors. The page takes those of `play`. What a file of its kind has no
    use for is refused.
    """
    kind = Path(path).suffix.lower().removeprefix(".")
    if kind in ("html", "htm"):
        usual = signature(draw).parameters
        still = [name for name, value in options.items() if name in usual and value != usual[name].default]
        foreign = [name for name in still if name not in signature(play).parameters] + ["scale"] * (scale != raster.SCALE)
        if foreign:
            raise ValueError(
                f"{' and '.join(foreign)} cannot be had in a page, which plays the steps: save a picture, as .svg."
            )
        taken = {name: value for name, value in options.items() if name in still or name not in usual}
        play(root, path, renderer=renderer, **taken)
        return
    named = renderer if kind == "dot" else None  # which refuses it; all others are laid out by it
    draw(root, renderer=renderer, **options).save(path, named, scale=scale)
