"""The buttons: a widget whose position is the cursor's, so that the gradients in Python follow them, and it follows Python.

The package anywidget is imported when the first one is made: without it there is the picture alone, see shown.py.
"""

from functools import cache
from importlib.resources import files
from typing import Any
from weakref import WeakKeyDictionary

from chalkgrad.engine.stepping.cursor import Moves
from chalkgrad.engine.words.language import section
from chalkgrad.viz.widget.shown import Pictures, state

WORDS = section("widget")


def _file(name: str) -> str:
    return files("chalkgrad.viz.widget").joinpath(name).read_text(encoding="utf-8")


@cache
def widget_class() -> Any:
    """Returns the class of the widgets, which only a package that may not be there can make. Raises ImportError."""
    import anywidget
    import traitlets

    class StepsWidget(anywidget.AnyWidget):  # type: ignore[misc] # without types
        """The picture of a step, its sentence, and buttons; steps.js is its part in the browser."""

        _esm = _file("steps.js")
        _css = _file("steps.css")

        position = traitlets.Int().tag(sync=True)
        last = traitlets.Int().tag(sync=True)
        picture = traitlets.Unicode().tag(sync=True)
        sentence = traitlets.Unicode().tag(sync=True)
        refused = traitlets.Unicode().tag(sync=True)  # why the cursor has not gone where a button sent it
        words = traitlets.Dict().tag(sync=True)

        def __init__(self, steps: Moves[Any]) -> None:
            self.steps, self.pictures = steps, Pictures(steps)
            words = {key: WORDS[key] for key in ("back", "forward", "steps")}
            super().__init__(last=len(steps) - 1, words=words, **self._state())
            self.observe(self._sent, "position")
            steps._watching = (*steps._watching, self.follow)

        def _state(self) -> dict[str, Any]:
            return state(self.steps, self.pictures)

        def _show(self, state: dict[str, Any]) -> None:
            with self.hold_sync():  # one message, so that the picture and the sentence change together
                for name, value in state.items():
                    setattr(self, name, value)

        def follow(self) -> None:
            """Shows where the cursor is."""
            self._show(self._state())

        def _sent(self, change: Any) -> None:
            if change.new == self.steps.position:
                return
            try:
                self.steps.goto(change.new)
            except (RuntimeError, ArithmeticError, IndexError) as error:
                self._show(self._state() | {"refused": str(error)})

        def view(self) -> dict[str, Any]:
            """Returns what a front end finds the widget by, as a media type with its data."""
            shown = self._repr_mimebundle_()
            data: dict[str, Any] = shown[0] if isinstance(shown, tuple) else shown or {}
            return {kind: value for kind, value in data.items() if kind.startswith("application/")}

    return StepsWidget


_WIDGETS: WeakKeyDictionary[Moves[Any], Any] = WeakKeyDictionary()


def widget_of(steps: Moves[Any]) -> Any:
    """Returns the widget of these steps: one, of which several cells may have a view. Raises ImportError without anywidget."""
    if steps not in _WIDGETS:
        _WIDGETS[steps] = widget_class()(steps)
    return _WIDGETS[steps]
