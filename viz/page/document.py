"""The page that plays the sweeps, as an object: a notebook shows it in a frame, `save` writes it.

>>> page = Page("<!DOCTYPE html><title>e</title>", "e", "1 value, 0 edges")
>>> page
<Page of e: 1 value, 0 edges; .save("e.html") writes what a browser opens>
>>> page._repr_html_()[:49]
'<div><iframe srcdoc="&lt;!DOCTYPE html&gt;&lt;tit'
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.engine.basics.arguments_of_others import CALLS, answering
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.basics.whole_file import write_whole
from chalkgrad.engine.words.language import section
from chalkgrad.viz.drawing.drawing import DRAWINGS, file_name, not_shown
from chalkgrad.viz.letters import text

PAGE = section("page")
# High enough for the picture, the sentence and the controls, and not higher than the window of a small laptop.
_FRAME = "width:100%;height:580px;border:0"
# Opens what the frame holds: beside a notebook lies no file that could be linked. A bare open or URL would be the document's.
_OPEN = "window.open(window.URL.createObjectURL(new Blob([this.parentNode.querySelector('iframe').srcdoc],{type:'text/html'})))"


class Page:
    """The page that `play` makes: ``html`` is all of it.

    A notebook shows it in a frame as wide as its output; a button below opens it in a tab of its own, as a phone needs.

    >>> from chalkgrad.engine import Value
    >>> from chalkgrad.viz import play
    >>> play(Value(2.0, "a") * 3).html[:15]
    '<!DOCTYPE html>'
    """

    def __init__(self, html: str, title: str, counts: str) -> None:
        self.html = html
        self._title, self._counts = title, counts
        self._path: Path | None = None

    @answering(*CALLS["Page.save"])
    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the page to ``path``, which ends in .html; an existing file is replaced in one step.

        Raises:
            ValueError: another extension.
            OSError: the file cannot be written.

        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     Page("<!DOCTYPE html>", "e", "1 value").save(Path(folder, "e.html"))
        ...     Path(folder, "e.html").read_text("utf-8")
        '<!DOCTYPE html>'
        """
        path = file_of_page(path)
        write_whole(path, self.html.encode(), "the drawing")
        self._path = path

    def _repr_html_(self) -> str:
        title = text.escape(text.clean(self._title))
        frame = f'<iframe srcdoc="{text.escape(self.html)}" title="{title}" style="{_FRAME}"></iframe>'
        return f'<div>{frame}\n<button type="button" onclick="{_OPEN}">{text.escape(PAGE["in a tab"])}</button></div>'

    if not TYPE_CHECKING:  # to a type checker an unknown name stays an error

        def __getattr__(self, name: str) -> Any:
            return not_shown(self, name, "e.html")

    def __repr__(self) -> str:
        title = text.shorten(text.clean(self._title), 1, bold=False, limit=40) or DRAWINGS["no title"]
        if self._path is not None:
            return printable(DRAWINGS["written page"].format(title=title, counts=self._counts, file=self._path))
        return printable(DRAWINGS["page"].format(title=title, counts=self._counts, file=file_name(title)))


def file_of_page(path: str | os.PathLike[str]) -> Path:
    """Returns ``path`` as a Path. Raises ValueError if a browser would not take the file for a page."""
    path = Path(path).expanduser()
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f'a page is saved as .html, and "{path.name}" does not end in it.')
    return path
