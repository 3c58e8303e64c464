"""A lecturer's notes to steps of a page: at which moments each is shown.

>>> moments({3: "ask: why +=?", "f2?": "predict it"}, forward=3, steps=5)
[[False, 3, False, 'ask: why +=?'], [True, 2, True, 'predict it']]
"""

import re
from collections.abc import Mapping
from operator import index

from chalkgrad.viz.letters import text

Moment = list[bool | int | str]  # whether in the forward pass, the step, whether at its question only, and the note


def moments(notes: Mapping[int | str, str] | None, forward: int, steps: int) -> list[Moment]:
    """Returns where the page shows each note, on passes of so many steps.

    Raises:
        TypeError: the notes are not a mapping of steps to texts.
        ValueError: a step that there is not, and the message lists those that there are; or a note with nothing in it.
    """
    if notes is None:
        return []
    if not isinstance(notes, Mapping):
        raise TypeError(f'notes are a dict from steps to texts, as in notes={{3: "ask: why +=?"}}, not {_kind(notes)}.')
    return [_moment(key, note, forward, steps) for key, note in notes.items()]


def _moment(key: int | str, note: str, forward: int, steps: int) -> Moment:
    if not isinstance(note, str):
        raise TypeError(f"the note to step {key!r} is a text, not {_kind(note)}.")
    if not note.strip():
        raise ValueError(f'the note to step {key!r} is empty: write what to say or ask there, as in {{{key!r}: "why +=?"}}.')
    found = re.fullmatch(r"#?(f?)(\d+)(\??)", _written(key).strip(), re.IGNORECASE | re.ASCII)
    if found:
        ahead, asking = bool(found[1]), bool(found[3])
        at, last = int(found[2]), forward if ahead else steps
        if asking <= at <= last:
            return [ahead, at, asking, "\n".join(map(text.clean, note.splitlines()))]
    raise ValueError(f"there is no step {key!r} for the note {note!r}: {_steps(forward, steps)}")


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
