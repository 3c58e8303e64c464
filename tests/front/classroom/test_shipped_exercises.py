"""The worksheets that come with the package: each form has one, each is read, and each has several versions."""

from importlib.resources import files
from itertools import islice

import pytest
from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.drawing import Drawing
from chalkgrad.classroom.forms import FORMS
from chalkgrad.classroom.paper import Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.classroom.posing import Template, draws
from chalkgrad.classroom.worksheet import Problem, Worksheet, read

FOLDER = files("chalkgrad.classroom.exercises")
SHEETS = {file.name.removesuffix(".toml"): file for file in FOLDER.iterdir() if file.name.endswith(".toml")}
ROWS = ("row13", "row14", "row15")


def sheet(name: str) -> Worksheet:
    return read(SHEETS[name].read_text(encoding="utf-8"), name)


def questions(problem: Problem, posed: Posed) -> tuple[Question, ...] | None:
    """Returns the questions of an exercise; None if the numbers do not suit."""
    forms = [FORMS[name] for name in problem.ask]
    assert [form.refusal(posed) for form in forms] == [""] * len(forms)
    suit = all(form.suits(posed) for form in forms)
    return tuple(form.question(posed, i) for i, form in enumerate(forms, 1)) if suit else None


def test_there_is_a_worksheet_for_each_row_and_each_form() -> None:
    assert SHEETS.keys() == {*ROWS} | {name.replace(" ", "-") for name in FORMS}
    for name in FORMS:
        assert {form for exercise in sheet(name.replace(" ", "-")).exercises for form in exercise.ask} == {name}


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_worksheets_have_titles_and_four_versions_whose_numbers_suit(name: str) -> None:
    """That slips can be told apart, too, takes more draws: it is looked at for a few of them."""
    found = sheet(name)
    assert found.title
    for problem in (exercise for exercise in found.exercises if exercise.graph):
        template = Template(problem)
        versions = set()
        for values, upstream, rate, residual in islice(draws(template, Chance(b"0" * 32, name), 4000), 4000):
            if not template.tried(values, upstream, rate, residual).refused:
                at = ", ".join(f"{name} = {x:g}" for name, x in values.items())
                posed = template.posed(Chance(b"0" * 32, at), upstream, rate)
                if all(FORMS[form].suits(posed) for form in problem.ask):
                    if not versions:
                        assert questions(problem, posed)
                    versions.add(at)
            if len(versions) == 4:
                break
        assert len(versions) == 4


@pytest.mark.parametrize("name", ["choice", "trace"])
def test_four_versions_whose_slips_can_be_told_apart(name: str) -> None:
    problem = sheet(name).exercises[0]
    versions = Drawing(Template(problem), b"0" * 32, lambda posed: questions(problem, posed)).versions(4)
    assert len({version.key for version in versions}) == 4
    assert len({version.profile for version in versions}) == 1


@pytest.mark.parametrize("name", ["residual", "shapes"])
def test_questions_on_widths(name: str) -> None:
    for problem in sheet(name).exercises:
        posed = Template(Problem("e = 2*a", ("table",))).posed(Chance(b"0" * 32), 1.0, 0.5)
        for choice in (0, -1):
            options = {"widths": [int(width[choice]) for width in problem.widths]}
            made = questions(problem, Posed(posed.root, posed.names, posed.of, posed.chance, options=options))
            assert made is not None
            assert made[0].boxes
