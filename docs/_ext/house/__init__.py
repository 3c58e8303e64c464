"""What the site takes from the code when it is built: the table of operations, the commands' help, the map of the house.

In a page the directives `operations`, `commands` and `rooms` stand for what the code says today; formulas become MathML, pages
in a language from right to left are turned, and each link inside the site is followed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.logging import getLogger

from house import cells, commands, direction, docstrings, editions, links, mathematics, operations, pages, pictures, rooms


def written_by(write: Callable[[], str]) -> type[SphinxDirective]:
    """Returns a directive that puts the Markdown that a function writes into the page."""

    class Written(SphinxDirective):
        def run(self) -> list[nodes.Node]:
            self.env.note_reread()  # the code may have changed, which Sphinx does not see
            return self.parse_text_to_nodes(write(), allow_section_headings=True)

    return Written


def is_told(record: logging.LogRecord) -> bool:
    """Returns whether a warning is to be shown: sections are open to pages that are not there yet."""
    return getattr(record, "subtype", "") != "empty_glob"


def setup(app: Sphinx) -> dict[str, Any]:
    getLogger("sphinx.directives.other").logger.addFilter(is_told)
    app.add_directive("operations", written_by(partial(operations.page, Path(app.outdir))))
    app.add_directive("commands", written_by(commands.markdown))
    app.add_directive("rooms", written_by(rooms.markdown))
    for subject in (cells, mathematics, docstrings, direction, editions, pages, pictures):
        subject.setup(app)
    app.connect("build-finished", links.check, priority=900)  # when all is there
    return {"parallel_read_safe": False}  # reading starts programs and draws
