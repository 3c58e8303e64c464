"""From a Value to its picture: checks the options and makes the picture that they ask for.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> e.backward()
>>> [line.text for line in picture_of([e]).edges[0].lines]
['∂e/∂a = b = -3', '-3']
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalkgrad.engine import Tape, Value
from chalkgrad.engine.stepping.blanks import Asked, Blanks, blanks_of
from chalkgrad.engine.stepping.diagnosis import caption as caption_of_engine
from chalkgrad.engine.stepping.tape import values_of
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.manner import manner, set_in_type
from chalkgrad.engine.words.names import own_name
from chalkgrad.engine.words.printer import PICTURED
from chalkgrad.viz.defaults import LIMIT
from chalkgrad.viz.drawing.cards import (
    Display,
    cards_and_edges,
    cards_marked,
    folded_cards_and_edges,
    groups_marked,
    refuse_unwritten,
    shown,
)
from chalkgrad.viz.letters import themes
from chalkgrad.viz.pictures.captions import together, with_names_set
from chalkgrad.viz.pictures.folding import Collapse, fold, refuse_nothing
from chalkgrad.viz.pictures.highlight import drawn_from, find_highlight, moment_at_the_end, moment_now
from chalkgrad.viz.pictures.picture import Card, Direction, Picture, spoken_description
from chalkgrad.viz.skins.skin import Skin, skin_of

WHOLE = 1000  # up to so many values, a folded drawing suggests drawing each, for a poster or to scroll through
LONG = 40  # characters of an option that is repeated


class TooLarge(ValueError):  # noqa: N818 (read aloud: "too large")
    """There are more values, or cards of folded values, than can be read in one picture.

    The message says how the Python function ``call`` draws them nevertheless; `said` words it for other callers.
    """

    def __init__(self, count: int, limit: int, call: str, *, folded: bool = False) -> None:
        self.count, self.limit, self.folded, self.played = count, limit, folded, call == "play"
        super().__init__(self.said(f"{call}(…, limit={count})"))

    def said(self, higher: str, part: str = "one of the values it is computed from", fold: str = "draw(L)") -> str:
        """Returns the sentence, with the ways to draw a ``part``, to ``fold`` what is not played, and to raise the limit."""
        has = f"folded so, this graph has {self.count} cards" if self.folded else f"this graph has {self.count} values"
        if self.played:
            return (
                f"{has}, and a page of more than {self.limit} can hardly be read: play a part of it, {part}, such as the loss "
                f"of one sample; draw all of it folded, {fold}; or raise the limit, {higher}"
            )
        return (
            f"{has}, and a picture of more than {self.limit} can hardly be read: "
            f"draw a part of it, {part}, or raise the limit, {higher}"
        )


def picture_of(
    roots: Sequence[Any],
    *,
    skin: str | Skin = "cards",
    show: str | Iterable[str] | None = None,
    digits: int = 4,
    highlight: Any = None,
    caption: str | None = None,
    wrap: bool | int | None = None,
    collapse: Collapse = False,
    theme: str = "light",
    direction: Direction = "LR",
    limit: int = LIMIT,
    notation: str | None = None,
    units: bool = False,
    blanks: Asked | None = None,
) -> Picture:
    """Returns the picture of ``roots``, in words; `draw` draws it, and explains the options.

    With ``blanks`` it has the answers in their boxes; `emptied` takes them out. Without a ``notation``, derivatives are written
    in that of the caller. With ``units``, a card of folded values that hands on a single one shows that one's data and grad, as
    a diagram of units does.
    """
    with manner(notation, typeset=True):
        return _picture_of(
            roots, skin, show, digits, highlight, caption, wrap, collapse, theme, direction, limit, units, blanks
        )


def _picture_of(
    roots: Sequence[Any],
    skin: str | Skin,
    show: str | Iterable[str] | None,
    digits: int,
    highlight: Any,
    caption: str | None,
    wrap: bool | int | None,
    collapse: Collapse,
    theme: str,
    direction: Direction,
    limit: int,
    units: bool,
    asked: Asked | None,
) -> Picture:
    if len(roots) == 1:
        root, step = drawn_from(roots[0])
        roots, highlight = [root], step if highlight is None else highlight
    roots = roots[0].roots if len(roots) == 1 and isinstance(roots[0], Tape) else values_of(roots)
    if not roots or not all(isinstance(root, Value) for root in roots):
        given = ", ".join(type(root).__name__ for root in roots) or "nothing"
        raise TypeError(f"draw takes Values, as in draw(L), and was given {given}; {_instead(roots)}.")
    if direction not in ("LR", "TB"):
        raise ValueError(f'the direction is "LR" (left to right) or "TB" (top to bottom), not {direction!r}.')
    look = skin_of(skin)
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= 17:
        raise ValueError(f"digits is how many significant digits a number has, 1 to 17, not {digits!r}.")
    if wrap is not None and (not isinstance(wrap, int) or wrap < 0):
        raise ValueError(f"wrap is True, False, or how many levels stand in a row, 1 or more, not {wrap!r}.")
    themes.theme(theme)  # an unknown one is refused here, before any work
    tape = Tape(roots)
    blanks = None if asked is None else blanks_of(tape, asked, digits)
    written = shown(show, look) if blanks is None else _shown_with_blanks(show, look, blanks)
    folding = None if collapse is False or (collapse is None and len(tape) <= limit) else fold(tape, collapse, limit)
    if folding:
        refuse_nothing(collapse, folding, tape)
    count = len(folding.groups) if folding else len(tape)
    if count > limit:
        raise TooLarge(count, limit, "draw", folded=count < len(tape))
    if folding and blanks:
        raise ValueError("a card of several values has no boxes: leave collapse out, or blanks; or draw a part of the graph")
    lit = find_highlight(highlight, tape, digits)
    if blanks and (lit.moment or lit.caption):
        raise ValueError("a step, or a chain rule, says the answers: highlight values or edges, or leave blanks out")
    ended = blanks is not None and blanks.asks_for_a_sweep
    moment = moment_at_the_end(blanks.sweep) if blanks and ended else lit.moment or moment_now(tape)
    display = Display(tape.names, look, written, digits, moment, blanks=blanks)
    if folding:
        display = replace(display, names=folding.names(display.names), units=display.names if units else None)
    cards, edges = folded_cards_and_edges(tape, folding, display) if folding else cards_and_edges(tape, display)
    if written != shown(None, look):
        refuse_unwritten(written, tape, folding)
    if highlight is not None:
        cards, edges = groups_marked(folding, cards, edges, lit) if folding else cards_marked(tape, cards, edges, lit)
    cards = tuple(replace(card, place=tuple(map(set_in_type, card.place))) for card in cards)
    with manner(typeset=False):  # what names a file, and what is read aloud, is spelled as it is typed
        typed = folding.names(tape.names) if folding else tape.names
        titles = (
            Card(typed[root], words.expression(root, typed, digits=digits, longest=PICTURED)).title
            for root in dict.fromkeys(tape.roots)
        )
        title = ", ".join(titles)
    names = display.names
    said: str = lit.caption or ("" if blanks else caption_of_engine(tape.nodes, names))
    if caption is not None:
        said = with_names_set(caption, set(names.values()))
    if folding and caption != "":
        said = together((said, folding.caption))
    folded = any(card.count > 1 for card in cards)
    rows = -1 if wrap is True or (wrap is None and folded) else int(wrap or 0)
    description = spoken_description(title, cards, edges, caption=said)
    picture = Picture(cards, edges, title, description, direction, theme, look, said, rows)
    return replace(picture, suggestion=_otherwise(picture, limit))


_SHOWN = {"values": "data", "locals": "local", "contributions": "contributions", "gradients": "grad"}


def _shown_with_blanks(show: str | Iterable[str] | None, look: Skin, blanks: Blanks) -> frozenset[str]:
    """Returns what is written where something is left out: by default the data, and the kinds of what is left out."""
    if not look.boxes:
        raise ValueError(f"the skin {look.name!r} draws no boxes, and blanks are boxes: take another, or set its `boxes`")
    needed = {kind: name for kind, name in _SHOWN.items() if blanks.any(kind)}
    if show is None:
        return frozenset({"data", *needed.values()})
    written = shown(show, look)
    for kind, name in needed.items():
        if name not in written:
            raise ValueError(
                f"blanks leaves out {kind}, which are not drawn: add {name!r} to show, or leave them out of blanks"
            )
    return written


def _instead(roots: Sequence[Any]) -> str:
    """Returns what to write where draw was given what it does not take."""
    files = [root for root in roots if isinstance(root, (str, os.PathLike))]
    values = [root for root in roots if isinstance(root, Value)]
    if files and values:
        return f"to write a file: save({own_name(values[0]) or 'L'}, {os.fspath(files[0])!r})"
    return next(filter(None, map(drawn_elsewhere, roots)), "for a list of them, write draw(*values)")


def drawn_elsewhere(what: Any) -> str:
    """Returns how a model, or the history of its training, is drawn; "" for anything else."""
    if hasattr(what, "named_parameters") and callable(what):
        return "diagram(model) draws a model, draw(model(x)) the graph of what it computes from x"
    if hasattr(what, "loss") and hasattr(what, "metric_name"):
        return "plot_losses(history) draws the course of a training run"
    return ""


def _otherwise(picture: Picture, limit: int) -> dict[str, Any]:
    """Returns options of `draw` that unfold the picture."""
    count = sum(card.count for card in picture.cards)
    if not len(picture.cards) < count <= WHOLE:
        return {}
    return {"collapse": False} | ({"limit": count} if count > limit else {})


_USUAL: dict[str, Any] = {"skin": "cards", "digits": 4, "theme": "light", "direction": "LR", "limit": LIMIT, "notation": "∂"}
_USUAL |= dict.fromkeys(("show", "highlight", "caption", "wrap", "collapse"))


def call_for_slide(roots: Sequence[Any], options: Mapping[str, Any]) -> str:
    """Returns the call of `draw` that draws the same, legible from the back row.

    >>> call_for_slide([Value(2.0, "L")], {"skin": "circuit", "wrap": None, "digits": 4})
    "draw(L, skin='circuit', slide=True)"
    """
    names = [name if (name := _called(root)).isidentifier() else "…" for root in roots]
    given = [
        f"{name}={value!r}" if isinstance(value, (str, int, tuple, list)) and len(repr(value)) < LONG else f"{name}=…"
        for name, value in options.items()
        if value is not _USUAL[name] and value != _USUAL[name]
    ]
    return f"draw({', '.join([*names, *given, 'slide=True'])})"


def _called(root: Any) -> str:
    return own_name(root) if isinstance(root, Value) else ""
