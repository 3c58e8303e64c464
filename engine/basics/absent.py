"""The error for a name that is not there: what to write instead, or which one may be meant.

>>> str(absent("MLP", "summary", (), {"summary": "describe() shows the layers"}))
"MLP has no attribute 'summary': describe() shows the layers"
>>> str(absent("chalkgrad", "hesian", ["gradient", "hessian"]))
"chalkgrad has no attribute 'hesian': did you mean hessian?"
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

FEW = 24  # names, which an error can list
CLOSE = 0.75  # below, what difflib finds alike is another word: sgd and sigmoid


def closest(name: str, known: Sequence[str]) -> str:
    """Returns the one of some names that is most likely meant by another, "" if none is.

    >>> closest("tahn", ["tan", "tanh"]), closest("sgd", ["sigmoid"])
    ('tanh', '')
    """
    from difflib import get_close_matches  # slow to import, and only mistakes need it

    small = name.lower()
    swapped = [one for one in known if sorted(one.lower()) == sorted(small)]
    close = get_close_matches(small, known, 3, CLOSE) + get_close_matches(name, known, 3, CLOSE)
    return next(iter(swapped or [one for one in close if one[0].lower() == small[0]]), "")


def absent(owner: str, name: str, names: Iterable[str], advice: Mapping[str, str] | None = None) -> AttributeError:
    """Returns the error for `owner.name`, with the advice for it, or the closest of `names`, or all if they are few."""
    if advice and name in advice:
        hint = f": {advice[name]}"
    else:
        known = [one for one in names if not one.startswith("_")]
        few = f": there are {', '.join(known)}" if 0 < len(known) <= FEW else ""
        near = closest(name, known)
        hint = f": did you mean {near}?" if near else few
    # Python would add its own "Did you mean", in some versions, from the names of `obj`.
    return AttributeError(f"{owner} has no attribute {name!r}{hint}", name=name, obj=None)
