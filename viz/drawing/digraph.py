"""The `graphviz.Digraph` that `draw_dot` returns, which can be rendered without a system Graphviz.

>>> RenderedDigraph(body=["\\ta -> b\\n"]).pipe("svg", encoding="utf-8").count("<polygon") > 0
True
"""

import os
from typing import Any

import graphviz  # type: ignore[import-untyped] # as below
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.basics.whole_file import write_whole
from chalkgrad.viz.drawing.drawing import DRAWINGS, file_name
from chalkgrad.viz.layout import renderer


class RenderedDigraph(graphviz.Digraph):  # type: ignore[misc]  # the package has no types
    """A Digraph whose ``pipe`` and ``render`` use viz's renderers; with unusual options, those of the package."""

    title = counts = ""  # what is drawn, for the repr

    def __repr__(self) -> str:
        what = f"{self.title}: {self.counts}" if self.title else DRAWINGS["no title"]
        return printable(DRAWINGS["digraph"].format(what=what, file=file_name(self.title), kind=self.format))

    def pipe(self, format: str | None = None, **options: Any) -> Any:  # noqa: A002 (the package's parameter)
        """Returns the rendered picture as bytes, or as a string if an ``encoding`` is given."""
        engine, encoding = options.pop("engine", None), options.pop("encoding", None)
        options.pop("quiet", None)
        if any(option is not None for option in options.values()):
            return super().pipe(format, engine=engine, encoding=encoding, **options)
        output = _rendered(self.source, engine or self.engine, format or self.format)
        return output if encoding is None else output.decode(encoding)

    def render(self, filename: Any = None, directory: Any = None, **options: Any) -> str:
        """Saves the source, renders it to a file beside it, and returns that file's path."""
        view, cleanup = options.pop("view", False), options.pop("cleanup", False)
        kind, engine = options.pop("format", None) or self.format, options.pop("engine", None) or self.engine
        options.pop("quiet", None)
        if any(options.values()):
            options |= {"view": view, "cleanup": cleanup, "format": kind, "engine": engine}
            return str(super().render(filename, directory, **options))
        source = self.save(filename, directory=directory)
        rendered = f"{source}.{kind}"
        write_whole(rendered, _rendered(self.source, engine, kind), "the drawing")
        if cleanup:
            os.remove(source)
        if view:
            graphviz.view(rendered)
        return rendered


def _rendered(source: str, engine: str, kind: str) -> bytes:
    program = renderer.find()
    if kind not in ("svg", "png", "jpg", "jpeg", "dot", "xdot", "json", "plain"):  # graphviz-pure has no others
        program = renderer.find_dot() or program
    return renderer.run(program, [f"-K{engine}", f"-T{kind}"], source)
