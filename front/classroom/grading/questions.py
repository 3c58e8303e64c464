"""What is asked of a student's program, and what it answers: plain data, which any runner carries there and back.

A runner takes questions and gives an answer for each: a process of its own (`runner`), the same interpreter in tests, the
browser's Python. The judge sees answers alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from chalkgrad.classroom.grading.program import Number, Program


class Question(NamedTuple):
    """One thing to be done with the student's program.

    Attributes:
        do: "find" (which class and functions there are), "run" (a graph, forwards and backwards), "values" (forwards alone),
            "calls" (of a Neuron, Layer or MLP)
        programs: the graphs; several share what has the same name, leaves and lines, so that one may be seen to change another
        passes: which program's root `backward()` is called on, in this order: (0,) for once, (0, 0) for twice
        options: what else there is to say: of "find" the "operations" to look for beside the usual ones; those of "calls" are
            in `driver`
    """

    do: str
    programs: tuple[Program, ...] = ()
    passes: tuple[int, ...] = (0,)
    options: Mapping[str, Any] = {}


class Answer(NamedTuple):
    """What came of a question.

    Attributes:
        numbers: for each program, its nodes' values and gradients by name
        error, line: what the student's program raised, and where in its file; "" and 0 for nothing
        missing: the name of an operation that the program does not have; "" if it has all
        found: of "find": "class" (its name), "operations" (signs, "neg", names of functions) and "networks" (names of classes
            that are there); of "calls" see `driver`
        seconds: of CPU
        tried: False where a runner gave up before, after time-outs of questions like it; `error` is that of the last of them
    """

    numbers: tuple[Mapping[str, Number], ...] = ()
    error: str = ""
    line: int = 0
    missing: str = ""
    found: Mapping[str, Any] = {}
    seconds: float = 0.0
    tried: bool = True


Runner = Callable[[Sequence[Question]], Sequence[Answer]]
