"""In which manner everything is written: in what notation derivatives stand, and whether names are typed or set in type.

A viewer chooses the manner once, for as long as it writes; every printer asks for it. It belongs to the thread and the task, as
the modes of recording do.

>>> from chalkgrad.engine.words.expressions import quotient
>>> with manner(notation="d", typeset=True):
...     quotient("y1", "θ3")
'dy₁/dθ₃'
>>> quotient("y1", "θ3")
'∂y1/∂θ3'
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

from chalkgrad.engine.basics.digits import LOWERED, TO_LOWERED

DIGITS = "0123456789"

Notation = Literal["∂", "functions", "d", "bar"]
NOTATIONS: tuple[str, ...] = get_args(Notation)


# Keeps what a symbol is in each of the notations, and returns what stands for it in a text.
Recorder = Callable[[Sequence[str]], str]


class _Known(dict[Hashable, str]):
    """Symbols that are written already, compared by identity, because a manner is a key."""

    __hash__ = object.__hash__  # type: ignore[assignment] # a dict has none
    __eq__ = object.__eq__
    __ne__ = object.__ne__


class Manner(NamedTuple):
    """A notation, and whether names are set in type: θ1 as θ₁; a page that changes its notation has a recorder of symbols.

    `known` has what the recorder returned, so that no symbol is written twice.
    """

    notation: str = "∂"
    typeset: bool = False
    recorder: Recorder | None = None
    known: _Known | None = None


_current: ContextVar[Manner] = ContextVar("manner", default=Manner())  # noqa: B039 (a tuple)


def current() -> Manner:
    """Returns the manner of this thread and task."""
    return _current.get()


@contextmanager
def manner(notation: str | None = None, typeset: bool | None = None, recorder: Recorder | None = None) -> Iterator[None]:
    """Writes in this manner for as long as it is open; what is not given stays as it is, but a notation records nothing.

    Raises ValueError for an unknown notation.
    """
    before = _current.get()
    known = known_notation(before.notation if notation is None else notation)
    kept = recorder or (before.recorder if notation is None else None)
    symbols = None if kept is None else before.known if kept is before.recorder else _Known()
    token = _current.set(Manner(known, before.typeset if typeset is None else typeset, kept, symbols))
    try:
        yield
    finally:
        _current.reset(token)


def symbol(write: Callable[[], str], known_by: Hashable = None) -> str:
    """What `write` writes in the notation of the manner; where symbols are recorded, what stands for it in all of them.

    What is known by the same is written once then.

    >>> from chalkgrad.engine.words.expressions import total
    >>> with manner(recorder=" | ".join):
    ...     total("y", "x"), total("y1", "x")
    ('∂y/∂x | ∂y/∂x | dy/dx | x̄', '∂y1/∂x | ∂y1/∂x | dy1/dx | x̄')
    """
    now = _current.get()
    record, known = now.recorder, now.known
    if record is None or known is None:
        return write()
    if known_by in known:
        return known[known_by]
    written = []
    for notation in NOTATIONS:
        with manner(notation):
            written.append(write())
    made = written[0] if len({*written}) == 1 else record(written)
    if known_by is not None:
        known[known_by] = made
    return made


def known_notation(notation: str) -> str:
    """Returns the notation, if there is one of this name; raises ValueError otherwise."""
    if notation not in NOTATIONS:
        *most, last = (f'"{known}"' for known in NOTATIONS)
        raise ValueError(f"the notation is {', '.join(most)} or {last}, not {notation!r}")
    return notation


@lru_cache(4096)
def set_in_type(name: str) -> str:
    """A name with its index lowered, if it is made of single letters, each with an index or two: w12_2 as w₁₂,₂.

    Any other name stays as it is typed, and so does one that is set already.

    >>> [set_in_type(name) for name in ("θ1", "w12_2", "x2w2", "theta1", "v", "a_2", "θ₁", "h1.w12")]
    ['θ₁', 'w₁₂,₂', 'x₂w₂', 'theta1', 'v', 'a_2', 'θ₁', 'h₁.w₁₂']
    """
    return ".".join(_lowered(part) for part in name.split("."))


_LETTERS = dict(zip("aehijklmnoprstuvxβγρφχ", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))  # all that Unicode has
_LOWERED = TO_LOWERED | str.maketrans(_LETTERS)


def can_be_lowered(name: str) -> bool:
    """Returns whether all of a name can stand as an index of something else: u can, w cannot, as Unicode has no lowered w."""
    return bool(name) and all(ord(c) in _LOWERED or c in LOWERED for c in name)


def lowered(name: str) -> str:
    """A name that can be lowered as an index: u as ᵤ, x12 as ₓ₁₂.

    >>> lowered("u"), lowered("x12"), can_be_lowered("z")
    ('ᵤ', 'ₓ₁₂', False)
    """
    return name.translate(_LOWERED)


def _lowered(name: str) -> str:
    """A part of a name with its digits lowered, if every letter in it has some."""
    written = ""
    for i, character in enumerate(name):
        before, after = name[i - 1 : i], name[i + 1 : i + 2]
        if character in DIGITS and before:
            written += character.translate(TO_LOWERED)
        elif character == "_" and before in DIGITS and after and after in DIGITS:
            written += ","
        elif character.isalpha() and after and after in DIGITS:
            written += character
        else:
            return name
    return written
