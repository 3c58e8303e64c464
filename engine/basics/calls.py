"""Where a frame stands that has called a function written in C: the call or the operator, as its code has it.

>>> import sys
>>> class Number:
...     def __float__(self):
...         print(used_in(sys._getframe(1)).name)
...         return 2.0
>>> float(Number())
float
2.0
"""

from __future__ import annotations

from functools import lru_cache
from types import CodeType, FrameType
from typing import NamedTuple


class UseInCode(NamedTuple):
    """What the line that a frame is at does with a value: it calls `name`, which is `held`, or that attribute of `of`.

    Where it is not a call, `name` is the sign of the operator, or "[]".
    """

    name: str
    of: str = ""
    held: object = None


def used_in(frame: FrameType) -> UseInCode:
    """Returns the call or the operator that a frame is at; its name is "" where this is not known."""
    use, is_variable = _used_at(frame.f_code, frame.f_lasti)
    return use._replace(held=frame.f_locals.get(use.name, frame.f_globals.get(use.name))) if is_variable else use


@lru_cache(maxsize=64)  # a loop comes to the same place again, and NumPy asks of each element
def _used_at(code: CodeType, at: int) -> tuple[UseInCode, bool]:
    """What a code does at an instruction, and whether what it calls there is a variable."""
    from dis import get_instructions  # slow to import, and only mistakes need it

    before = [x for x in get_instructions(code) if x.offset <= at and x.positions and x.positions.lineno]
    if not before or before[-1].offset != at:
        return UseInCode(""), False
    now = before[-1]
    if not now.opname.startswith(("CALL", "PRECALL")):  # Python 3.11 calls in the second, once a line has run some times
        return UseInCode("[]" if "SUBSCR" in now.opname or now.argrepr == "[]" else now.argrepr.rstrip("=")), False
    start = now.positions[0], now.positions[2]  # type: ignore[index] # as tested
    # What is called stands where the call begins, after what it is an attribute of; so do the names of its keywords.
    begun = [x for x in before if x.positions and (x.positions[0], x.positions[2]) == start]
    names = [x for x in begun if x.opname.startswith("LOAD_") and x.opname != "LOAD_CONST"]
    if not names:
        return UseInCode(""), False
    name = str(names[-1].argval)
    if names[-1].opname in ("LOAD_ATTR", "LOAD_METHOD"):
        return UseInCode(name, str(names[-2].argval) if len(names) > 1 else "(…)"), False
    return UseInCode(name), True
