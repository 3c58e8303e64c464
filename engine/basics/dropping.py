"""Frees long chains of objects one by one where the interpreter would free them by recursion and end: in the browser's Python.

CPython nests the freeing of objects that hold each other, and goes on without nesting when its own stack runs short. In
WebAssembly the calls stand on the stack of the JavaScript engine, which CPython does not see: some 5,000 nested nodes end it,
and the whole interpreter with it. There alone a class gets a `__del__`; elsewhere it stays as it is, and costs nothing.

>>> @freed_in_turn("held", everywhere=True)
... class Node:
...     __slots__ = ("held",)
...     def __init__(self, held):
...         self.held = held
>>> chain = None
>>> for _ in range(100_000):
...     chain = Node(chain)
>>> del chain  # no recursion
"""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

RECURSES = sys.platform == "emscripten"  # whether freeing a long chain would end the interpreter

_waiting: list[Any] = []  # what dead objects have held; whoever finds that nobody empties it empties it
_emptying = False


def freed_in_turn(*slots: str, everywhere: bool = RECURSES) -> Callable[[type[T]], type[T]]:
    """Returns a decorator of a class whose objects hold others of the kind in `slots`, themselves or in tuples."""

    def decorated(kind: type[T]) -> type[T]:
        if everywhere:
            kind.__del__ = __del__  # type: ignore[attr-defined] # which object itself has not
        return kind

    def __del__(dead: Any) -> None:  # noqa: N807 (it becomes that method)
        global _emptying
        for slot in slots:
            held = getattr(dead, slot, None)  # an object that was never filled has none
            if held is not None:
                _waiting.append(held)
                setattr(dead, slot, None)
        held = None  # else it would die here, within this call
        if _emptying:
            return
        _emptying = True
        try:
            while _waiting:
                _waiting.pop()  # an object that dies now only adds to the list
        finally:
            _emptying = False

    return decorated
