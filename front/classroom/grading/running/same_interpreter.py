"""A runner that needs no process: the student's module is asked in this interpreter, as in tests and in the browser's Python.

It trusts the program: nothing limits it. `runner` has the one for submissions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalkgrad.classroom.grading.program import Number
from chalkgrad.classroom.grading.questions import Answer, Question, Runner
from chalkgrad.classroom.grading.running.driver import Engine, answer


def in_this_interpreter(module: Any, class_name: str = "", names: Mapping[str, str] | None = None) -> Runner:
    """Returns a runner that asks a module, or any object that has the class as an attribute.

    >>> from types import SimpleNamespace
    >>> from chalkgrad import Value
    >>> (found,) = in_this_interpreter(SimpleNamespace(Value=Value))([Question("find")])
    >>> found.found["class"], found.found["data"], found.found["grad"]
    ('Value', 'data', 'grad')
    """
    try:
        engine: Any = Engine(module, class_name, names or {})
    except LookupError:
        engine = module  # every answer says why

    def run(questions: Sequence[Question]) -> list[Answer]:
        return [answer_of(answer(question, engine)) for question in questions]

    return run


def answer_of(said: Mapping[str, Any]) -> Answer:
    """Returns the answer that the driver's dictionary is."""
    numbers = tuple({name: Number(*pair) for name, pair in nodes.items()} for nodes in said["numbers"])
    return Answer(numbers, said["error"], said["line"], said["missing"], said["found"], said["seconds"])
