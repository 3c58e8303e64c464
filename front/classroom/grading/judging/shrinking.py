"""The smallest graph that fails, found from one that does: parts are taken away as long as it fails without them.

>>> program = Program((("a", 2.0),), (("b", "exp", ("a",)), ("c", "tanh", ("b",)), ("d", "*", ("c", "c"))))
>>> print(shrunk(program, lambda tried: ["tanh" in one.uses for one in tried]))
c = tanh(a)  at a = 2
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from chalkgrad.classroom.grading.program import Line, Program, built, without_unused

_ROUNDS = 12
_MOST = 60  # graphs in a round
_SIMPLE = (2.0, 3.0, -1.5, 0.5, 5.0, -4.0)


def shrunk(program: Program, fail: Callable[[Sequence[Program]], Sequence[bool]]) -> Program:
    """Returns the smallest graph that still fails; `fail` says of each of several graphs whether it does."""
    for smaller in (_smaller, _simpler):
        for _ in range(_ROUNDS):
            tried = sorted({one for one in smaller(program) if _is_finite(one)}, key=_size)[:_MOST]
            failing = [one for one, fails in zip(tried, fail(tried), strict=True) if fails] if tried else []
            if not failing:
                break
            program = failing[0]
    return program


def _size(program: Program) -> tuple[int, int, int, str]:
    return len(program.lines), len(program.leaves), len(str(program)), str(program)


def _is_finite(program: Program) -> bool:
    return all(x.data is not None and x.grad is not None and abs(x.data) < 1e6 for x in program.right().values())


def _smaller(program: Program) -> Iterator[Program]:
    """Yields the graphs that have something less."""
    leaves, lines = program
    data = {name: node.data for name, node in built((program,)).values.items()}
    for end in range(1, len(lines)):
        yield without_unused(Program(leaves, lines[:end]))
    for i, (name, _, arguments) in enumerate(lines[:-1]):
        rest = (*lines[:i], *lines[i + 1 :])
        yield without_unused(Program((*leaves, (name, data[name])), rest))  # its value, as a leaf
        for x in arguments:
            if isinstance(x, str):
                yield without_unused(Program(leaves, _renamed(rest, name, x)))
    names = [name for name, _ in leaves]
    for name in names[1:]:
        yield without_unused(Program(leaves, _renamed(lines, name, names[0])))


def _renamed(lines: tuple[Line, ...], old: str, new: str) -> tuple[Line, ...]:
    return tuple((name, op, tuple(new if x == old else x for x in arguments)) for name, op, arguments in lines)


def _simpler(program: Program) -> Iterator[Program]:
    """Yields the graphs with a plainer number for one of the leaves."""
    leaves, lines = program
    for i, (name, x) in enumerate(leaves):
        taken = {abs(y) for _, y in leaves}
        for y in _SIMPLE[: _SIMPLE.index(x) if x in _SIMPLE else len(_SIMPLE)]:
            if abs(y) not in taken:
                yield Program((*leaves[:i], (name, y), *leaves[i + 1 :]), lines)
