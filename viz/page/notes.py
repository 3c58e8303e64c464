"""A lecturer's notes to steps of a page: at which moments each is shown.

>>> moments({3: "ask: why +=?", "f2?": "predict it"}, forward=3, steps=5)
[[False, 3, False, 'ask: why +=?'], [True, 2, True, 'predict it']]

A page that goes from unit to unit counts these, and so do its notes; "#" before a step means the steps from edge to edge, by
which addresses count.

>>> moments({2: "ask: why +=?", "#4": "a parameter"}, forward=3, steps=5, stops=([2, 3], [1, 3, 5]))
[[False, 3, False, 'ask: why +=?'], [False, 4, False, 'a parameter']]
"""

import re
from collections.abc import Mapping, Sequence
from operator import index

from chalkgrad.viz.letters import text

Moment = list[bool | int | str]  # whether in the forward pass, the step, whether at its question only, and the note
Stops = tuple[Sequence[int], Sequence[int]]


def moments(notes: Mapping[int | str, str] | None, forward: int, steps: int, stops: Stops | None = None) -> list[Moment]:
    """Returns where the page shows each note, on passes of `forward` and of `steps` steps.

    `stops` are those steps of either pass at which a page that goes from unit to unit has done with one.

    Raises:
        TypeError: the notes are not a mapping of steps to texts.
        ValueError: a step that there is not; the message lists those that there are. A note without a word.
    """
    if notes is None:
        return []
    if not isinstance(notes, Mapping):
        raise TypeError(f'notes are a dict from steps to texts, as in notes={{3: "ask: why +=?"}}, not {_kind(notes)}.')
    return [_moment(key, note, forward, steps, stops) for key, note in notes.items()]


def _moment(key: int | str, note: str, forward: int, steps: int, stops: Stops | None) -> Moment:
    if not isinstance(note, str):
        raise TypeError(f"the note to step {key!r} is a text, not {_kind(note)}.")
    if not note.strip():
        raise ValueError(f"the note to step {key!r} is empty: type what you want to say or ask there.")
    found = re.fullmatch(r"(#?)(f?)(\d+)(\??)", _written(key).strip(), re.IGNORECASE | re.ASCII)
    if found:
        by_edges, ahead, at, asking = bool(found[1]), bool(found[2]), int(found[3]), bool(found[4])
        there: Sequence[int] = range(1, (forward if ahead else steps) + 1)
        if stops and not by_edges:
            there = stops[0 if ahead else 1]
        if asking <= at <= len(there):
            return [ahead, there[at - 1] if at else 0, asking, "\n".join(map(text.clean, note.splitlines()))]
    counted = _steps(forward, steps)
    if stops:
        of_edges = f'from "#0" to "#{steps}", and from "#f0" to "#f{forward}"'
        counted = f"{_steps(*map(len, stops))[:-1]}; of the steps from edge to edge, as addresses count, {of_edges}."
    raise ValueError(f"there is no step {key!r} for the note {note!r}: {counted}")


def _written(key: int | str) -> str:
    """Returns a step as text; a number may be NumPy's."""
    if isinstance(key, str):
        return key
    if isinstance(key, bool):
        return ""
    try:
        return str(index(key))
    except TypeError:
        return ""


def _steps(forward: int, steps: int) -> str:
    back = f"0 to {steps} for the backward pass" if steps else "0 for the backward pass"
    ahead = f'"f0" to "f{forward}" for the forward pass' if forward else '"f0" for the forward pass'
    alone = f', and "{steps}?" for the question alone' if steps else ""
    return f"there are {back}, {ahead}{alone}."


def _kind(thing: object) -> str:
    return f"{type(thing).__name__} {thing!r}"
