"""Papers to mark that are made by hand, and a sheet of the table of a small graph with its plain formulas."""

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.forms.form import FORMS
from chalkgrad.classroom.paper import Box, Exercise, Follows, Paper, Paragraph, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.expressions.expression import parse


def paper_of(*boxes, language="en", version="A", code="BCDFGH"):
    """Returns a sheet of one question that has these boxes."""
    question = Question("table", "Fill in the table", "", (Paragraph(boxes),), minutes=1)
    return Paper("Week 3", "Course", language, version, code, (Exercise((), (question,)),))


def number_box(name, answer, needs=(), compute=None, **more):
    """Returns a box for a number that follows from others."""
    follows = Follows(tuple(needs), compute) if needs else None
    return Box(name, "number", answer, more.pop("asked", name), follows=follows, **more)


def marks_of(marked):
    """Returns the marks by the names of their boxes."""
    return {mark.box.name: mark for mark in marked.marks}


def posed(text, **values):
    """Returns a graph at these values, as an exercise poses it."""
    parsed = parse(text, values)
    return Posed(parsed.root, parsed.names, tuple(values), Chance(b"0" * 32))


def sheet_of(posed, *forms, version="A", code="BCDFGH"):
    """Returns a sheet that asks a graph in some forms."""
    questions = tuple(FORMS[form].question(posed, i) for i, form in enumerate(forms, 1))
    return Paper("Week 3", "Course", "en", version, code, (Exercise((), questions),))
