"""What a notebook shows of steps: the picture of the step at the cursor and its sentence, with buttons if anywidget is there.

Importing this file registers it; the engine asks the package to do so when a notebook first asks (basics/notebooks.py).
"""

from typing import Any

from chalkgrad.engine.basics.notebooks import in_notebook
from chalkgrad.engine.stepping.cursor import Moves
from chalkgrad.viz.widget.shown import WORDS, Pictures, as_html
from chalkgrad.viz.widget.widget import widget_of


@in_notebook.register(Moves)
def bundle(steps: Moves[Any]) -> dict[str, Any]:
    """Returns what a notebook shows, by media type: the widget where anywidget is installed, and HTML for others.

    >>> from chalkgrad.engine import Value
    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> e = a * b
    >>> shown = bundle(e.steps())
    >>> shown["text/plain"].startswith("Steps of e"), "<svg" in shown["text/html"]
    (True, True)
    """
    try:
        widget = widget_of(steps)
    except ImportError:
        return {"text/plain": repr(steps), "text/html": as_html(steps, Pictures(steps), WORDS["install"])}
    found: dict[str, Any] = widget.view()
    return found | {"text/plain": repr(steps), "text/html": as_html(steps, widget.pictures)}
