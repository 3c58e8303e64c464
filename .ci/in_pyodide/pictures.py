"""The examples' pictures by each of the back ends that a browser has, beside those that graphviz-pure drew outside of it."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from chalkgrad.command import examples
from chalkgrad.viz import draw
from chalkgrad.viz.layout import javascript, renderer

LEAST = 0.9  # the share of pictures that two builds of Graphviz draw alike to the last digit


def drawn(layout: str | None = None) -> Iterator[tuple[str, str]]:
    """Yields the name and the SVG of each example."""
    for name in examples.names():
        roots = examples.build(examples.load(name)).roots
        for root in roots:
            root.backward()
        yield name, draw(*roots, renderer=layout).svg


def write(folder: Path) -> None:
    """Writes what `main` compares with, outside of the browser's Python."""
    for layout in (None, renderer.LAYERED):
        for name, svg in drawn(layout):
            (folder / f"{name}.{layout}.svg").write_text(svg, encoding="utf-8")


def unlike(layout: str | None, compared: str | None) -> list[str]:
    """Returns the names of the examples that look different in the browser."""
    native = Path("/native")
    return [name for name, svg in drawn(layout) if svg != (native / f"{name}.{compared}.svg").read_text("utf-8")]


def main() -> int:
    """Draws with our own layout, then with JavaScript's Graphviz, loaded by Python if it can wait, else as a page does."""
    import js  # type: ignore[import-not-found] # these are Pyodide's
    from pyodide.ffi import can_run_sync  # type: ignore[import-not-found]

    count, surprises = len(examples.names()), 0
    assert renderer.find_layout() == renderer.LAYERED
    different = unlike(None, renderer.LAYERED)
    surprises += len(different)
    print(f"our own layout: {count - len(different)} of {count} pictures equal those outside of the browser {different or ''}")
    os.environ[javascript.VARIABLE] = js.graphvizAddress
    if not can_run_sync():
        print("this Node lacks JSPI: no JavaScript Graphviz is loaded, and its pictures are not compared")
        return surprises
    assert renderer.find_layout() == renderer.JAVASCRIPT
    different = unlike(None, None)
    surprises += len(different) > (1 - LEAST) * count
    print(f"JavaScript's Graphviz: {count - len(different)} of {count} pictures equal graphviz-pure's {different or ''}")
    return surprises


if __name__ == "__main__":
    write(Path(sys.argv[1]))
