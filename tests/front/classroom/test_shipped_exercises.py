"""The worksheets that come with the package: each form has one, each is read, and each has several versions."""

import re
from dataclasses import replace
from importlib.resources import files
from itertools import islice

import pytest
from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.forms import FORMS
from chalkgrad.classroom.paper import Exercise, Formula, Paper, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.classroom.printing.html import page
from chalkgrad.classroom.sheet import Sheet
from chalkgrad.classroom.templates import Template, draws
from chalkgrad.classroom.worksheet import Problem, Worksheet, read
from chalkgrad.engine.words.language import speaking

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


def assert_whole_formulas(paper: Paper) -> None:
    """In a Hebrew sheet and its key no formula that is set apart has half of a pair of brackets."""
    for filled in (False, True):
        formulas = [re.sub("<[^>]*>", "", found) for found in re.findall("<bdi.*?</bdi>", page(paper, filled), re.DOTALL)]
        assert formulas
        assert [formula for formula in formulas if formula.count("(") != formula.count(")")] == []


def test_there_is_a_worksheet_for_each_row_and_each_form() -> None:
    assert SHEETS.keys() == {*ROWS} | {name.replace(" ", "-") for name in FORMS}
    for name in FORMS:
        assert {form for exercise in sheet(name.replace(" ", "-")).exercises for form in exercise.ask} == {name}


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_worksheets_have_titles_and_four_versions_whose_numbers_suit(name: str) -> None:
    """That slips can be told apart, too, takes more draws: it is looked at for a few of them."""
    found = sheet(name)
    assert found.titled("en") != found.titled("he")
    assert re.search("[א-ת]", found.titled("he"))
    for problem in (exercise for exercise in found.exercises if exercise.graph):
        template = Template(problem)
        versions = set()
        for values, upstream, rate, residual in islice(draws(template, Chance(b"0" * 32, name), 4000), 4000):
            if not template.tried(values, upstream, rate, residual).refused:
                at = ", ".join(f"{name} = {x:g}" for name, x in values.items())
                posed = template.posed(Chance(b"0" * 32, at), upstream, rate)
                if all(FORMS[form].suits(posed) for form in problem.ask):
                    if not versions:
                        with speaking("he"):
                            asked = questions(problem, posed)
                        assert asked
                        assert_whole_formulas(Paper("", "", "he", "A", "NSGEAY", (Exercise((), asked),)))
                    versions.add(at)
            if len(versions) == 4:
                break
        assert len(versions) == 4


@pytest.mark.parametrize("name", ["choice", "residual", "shapes"])
def test_the_formulas_of_a_hebrew_sheet_are_whole(name: str) -> None:
    for paper in Sheet(replace(sheet(name), language="he"), key=b"0" * 32).versions(2):
        assert_whole_formulas(paper)


@pytest.mark.parametrize("name", ["choice", "residual", "shapes"])
def test_four_versions_of_a_sheet(name: str) -> None:
    versions = Sheet(sheet(name), key=b"0" * 32).versions(4)
    given = [
        [(exercise.given, *(question.given for question in exercise.questions)) for exercise in paper.exercises]
        for paper in versions
    ]
    assert len({str(one) for one in given}) == 4
    assert len({tuple(box.name for box in paper.boxes) for paper in versions}) == 1


def test_a_trace_does_not_give_the_expressions_that_it_asks_for() -> None:
    paper = Sheet(sheet("trace"), key=b"0" * 32).versions(1)[0]
    for exercise in paper.exercises:
        given = "".join(piece.plain for piece in exercise.given if isinstance(piece, Formula))
        assert not [box.answer for box in exercise.questions[0].boxes if str(box.answer) in given]


def test_a_step_goes_downhill() -> None:
    for paper in Sheet(sheet("step"), key=b"0" * 32).versions(4):
        text = " ".join(piece.plain for piece in paper.exercises[0].given if isinstance(piece, Formula))
        w, x, b, t = (float(re.findall(rf"\b{name} = (-?[\d.]+)", text)[-1]) for name in "wxbt")
        boxes = {box.name.partition(".")[2]: box.answer for box in paper.boxes}
        r = w * x + b - t
        assert (boxes["w.gradient"], boxes["b.gradient"]) == (2 * r * x, 2 * r)
        new_w, new_b = w - 0.125 * 2 * r * x, b - 0.125 * 2 * r
        assert (boxes["w.new"], boxes["b.new"], boxes["L.new"]) == (new_w, new_b, (new_w * x + new_b - t) ** 2)
        assert 0 < (new_w * x + new_b - t) ** 2 < r**2


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_every_value_of_a_sheet_has_a_name(name: str) -> None:
    """A v7 that nobody has typed would puzzle."""
    for problem in sheet(name).exercises:
        if problem.graph:
            template = Template(problem)
            named = {*template.names.values()}
            assert not [node for node in template.nodes if node.parents and node not in named]
