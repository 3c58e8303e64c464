"""What a form is, and the registry of forms."""

from __future__ import annotations

from abc import ABC, abstractmethod

from chalkgrad.classroom.paper import Question
from chalkgrad.classroom.posed import Posed


class Form(ABC):
    """A kind of question.

    Attributes:
        name: how a worksheet asks for it, such as "table"
        model: whether it asks about a network's widths instead of a graph (`posed.options`)
    """

    name: str
    model = False

    @abstractmethod
    def question(self, posed: Posed, number: int) -> Question:
        """Returns the question on a graph with its numbers; `number` is its place on the sheet, with which its boxes begin."""

    def refusal(self, posed: Posed) -> str:
        """Returns why this graph, whatever its numbers are, cannot be asked in this form, as a sentence; "" if it can."""
        return ""

    def suits(self, posed: Posed) -> bool:
        """Whether these numbers make a good question, beside what holds for all forms."""
        return True

    zeros = False  # whether gradients may be 0: where a dead unit is what is asked about


FORMS: dict[str, Form] = {}


def register(form: Form) -> Form:
    """Adds a form, under its name."""
    FORMS[form.name] = form
    return form
