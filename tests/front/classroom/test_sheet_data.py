"""A sheet and its key as data."""

import json

from chalkgrad.classroom.paper import Box, Choices, Exercise, Formula, Fraction, Graph, Grid, Paper, Paragraph, Question, Slip
from chalkgrad.classroom.printing.data import key, sheet
from sheets_to_mark import number_box

VALUE = number_box("1.c.value", 7919.25, asked="c", slips=(Slip(-7919.25, "sign", "the sign is not right"),), tolerance=0.25)
WIRE = number_box("1.e.value", 8713.5, "c", lambda own: own["c"], asked="the wire e", points=0.5)
TEXT = Box("1.path1.factor1.over", "text", "zeta", "above", accepted=("ζ",), group="1.path")
CHOICE = Box("1.a.choice", "choice", "B", "∂e/∂a", slips=(Slip(4567.0, "one path", "only one path", "A"),), width=1)
BLOCKS = (
    Grid(("node", "value"), (((Formula("c", "c"),), (VALUE,)),)),
    Graph(
        (WIRE,),
        lambda filled: "<svg>8713.5</svg>" if filled else "<svg/>",
        lambda filled: "",
        "c goes into e",
        (("e: ", WIRE),),
    ),
    Paragraph((Fraction((Formula("∂", r"\partial"), TEXT), ("b",)),), formula=True),
    Choices(CHOICE, (("A", (Formula("3"),)), ("B", (Formula("4"),)))),
)
QUESTION = Question("table", "Fill in", "a hint", BLOCKS, 2.5, notes=(("∂e/∂b = ", Formula("8719")),), given=("rate 0.5",))
PAPER = Paper("Week 3", "Course", "en", "A", "BCDFGH", (Exercise(("Given ", Formula("c = a + b")), (QUESTION,)),))


def test_a_sheet_has_all_that_is_asked_and_no_answer():
    found = json.loads(json.dumps(sheet(PAPER)))
    assert (found["schema"], found["version"], found["code"], found["points"]) == ("chalkgrad/sheet", 1, "BCDFGH", 3.5)
    question = found["exercises"][0]["questions"][0]
    assert [box["box"] for box in question["boxes"]] == [box.name for box in PAPER.boxes]
    assert question["blocks"][0]["rows"] == [[[{"formula": "c", "latex": "c"}], [{"box": "1.c.value"}]]]
    assert question["blocks"][1] == {"described": "c goes into e", "edges": [["e: ", {"box": "1.e.value"}]], "svg": "<svg/>"}
    assert question["blocks"][2]["line"][0]["over"] == [{"formula": "∂", "latex": r"\partial"}, {"box": "1.path1.factor1.over"}]
    assert question["blocks"][3]["options"]["B"] == [{"formula": "4", "latex": "4"}]
    written = json.dumps(found, ensure_ascii=False)
    for answer in ("7919", "8713", "8719", "4567", "zeta", "ζ", "sign", "one path", "tolerance", "answer"):
        assert answer not in written


def test_a_key_has_the_answers_with_their_tolerances_and_slips():
    found = json.loads(json.dumps(key(PAPER)))
    assert (found["schema"], found["version"], found["code"]) == ("chalkgrad/key", 1, "BCDFGH")
    assert found["boxes"]["1.c.value"] == {
        "answer": 7919.25,
        "asked": "c",
        "points": 1.0,
        "tolerance": 0.25,
        "slips": [{"number": -7919.25, "slip": "sign", "said": "the sign is not right"}],
    }
    assert found["boxes"]["1.e.value"]["needs"] == ["c"]
    assert found["boxes"]["1.path1.factor1.over"]["accepted"] == ["ζ"]
    assert found["boxes"]["1.a.choice"]["slips"][0]["option"] == "A"
    assert found["notes"] == {"1": [["∂e/∂b = ", {"formula": "8719", "latex": "8719"}]]}
