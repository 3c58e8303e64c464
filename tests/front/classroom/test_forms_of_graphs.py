"""The forms on a graph: what they ask, against the numbers of the mock-up sheet and plain Python; what they refuse."""

import re

import pytest
from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.forms import FORMS
from chalkgrad.classroom.forms.form import minutes_of
from chalkgrad.classroom.forms.step import linked
from chalkgrad.classroom.marking.marks import marked
from chalkgrad.classroom.paper import CannotFollowError, Exercise, Formula, Fraction, Graph, Grid, Paper, Paragraph
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine.words.language import speaking
from chalkgrad.expressions.expression import parse

OF_GRAPHS = ("table", "graph", "chain", "numbers", "step")
COLAH = ("c = a + b; d = b + 1; e = c*d", {"a": -4, "b": 2})


def posed(text, values, **more):
    parsed = parse(text, values)
    leaves = tuple(name for name, value in parsed.names.items() if not value.parents)
    return Posed(parsed.root, parsed.names, more.pop("of", leaves), Chance(b"0" * 32, "forms"), **more)


def asked(form, text, values, number=1, **more):
    return FORMS[form].question(posed(text, values, **more), number)


def answers(question):
    return {box.name: box.answer for box in question.boxes}


def plain(line):
    """A line as text, a box as [answer]."""
    written = ""
    for piece in line:
        if isinstance(piece, str):
            written += piece
        elif isinstance(piece, Formula):
            written += piece.plain
        elif isinstance(piece, Fraction):
            written += f"({plain(piece.over)})/({plain(piece.under)})"
        else:
            written += f"[{piece.answer:g}]" if isinstance(piece.answer, float) else f"[{piece.answer}]"
    return written


# The mock-up sheet ----------------------------------------------------------------------------------------------------


def test_the_table_of_the_sheet():
    question = asked("table", *COLAH)
    (grid,) = question.blocks
    assert isinstance(grid, Grid)
    assert grid.headings == ("node", "value", "local derivatives", "gradient")
    assert [[plain(cell) for cell in row] for row in grid.rows] == [
        ["a", "-4", "", "∂e/∂a = [3]"],
        ["b", "2", "", "∂e/∂b = [1]"],
        ["c = a + b", "[-2]", "∂c/∂a = [1]   ∂c/∂b = [1]", "∂e/∂c = [3]"],
        ["d = b + 1", "[3]", "∂d/∂b = [1]", "∂e/∂d = [-2]"],
        ["e = c·d", "[-6]", "∂e/∂c = [3]   ∂e/∂d = [-2]", "∂e/∂e = [1]"],
    ]
    assert (question.title, question.hint) == ("Fill in the table", "values downwards, then gradients upwards")
    assert question.points == 13
    assert [plain(note) for note in question.notes] == ["1 point a box, tolerance 0", "∂e/∂b = 3 + (-2) = 1, complete"]


def test_the_graph_of_the_sheet():
    question = asked("graph", *COLAH, number=2)
    assert answers(question) == {
        "2.a.gradient": 3,
        "2.b.gradient": 1,
        "2.c.value": -2,
        "2.c.gradient": 3,
        "2.d.value": 3,
        "2.d.gradient": -2,
        "2.e.value": -6,
        "2.e.gradient": 1,
    }
    assert question.points == 8
    (graph,) = question.blocks
    assert isinstance(graph, Graph)
    assert plain(graph.edges[1]) == "b = 2; b goes into c = a + b, d = b + 1; ∂e/∂b = [1]"
    assert plain(graph.edges[4]) == "e = c·d = [-6]; e is the result; ∂e/∂e = [1]"


def test_the_chain_rule_of_the_sheet():
    question = asked("chain", *COLAH, number=3)
    (paragraph,) = question.blocks
    assert paragraph.formula
    assert plain(paragraph.pieces) == (
        "(∂e)/(∂b) = (∂[e])/(∂[c]) · (∂[c])/(∂[b]) + (∂[e])/(∂[d]) · (∂[d])/(∂[b]) = [3] · [1] + [-2] · [1] = [1]"
    )
    assert (question.hint, question.points) == ("one product for each path from b to e", 9)


def test_the_step_of_the_sheet():
    question = asked("step", *COLAH, number=4)
    (paragraph,) = question.blocks
    assert plain(paragraph.pieces) == "a ← -4 - 0.5·∂e/∂a = [-5.5]   b ← 2 - 0.5·∂e/∂b = [1.5]   new e: [-10]"
    assert (question.hint, question.points) == ("learning rate 0.5, all from the same gradient", 3)


def test_formulas_are_latex_too():
    (step,) = asked("step", "y1 = θ1*x", {"θ1": 2, "x": 3}, of=("θ1",)).blocks
    (table,) = asked("table", "y1 = θ1*θ1", {"θ1": 2}).blocks
    assert step.pieces[0].latex == r"\theta_{1} \leftarrow 2 - 0.5\cdot \frac{\partial y_{1}}{\partial \theta_{1}} ="
    assert table.rows[1][0][0].latex == r"y_{1} = \theta_{1} \cdot \theta_{1}"
    assert table.rows[1][2][0].latex.startswith(r"\frac{\partial y_{1}}{\partial \theta_{1}}\text{ (}")


@pytest.mark.parametrize("form", OF_GRAPHS)
def test_every_form_has_hebrew_words_of_its_own(form):
    english = asked(form, *COLAH)
    with speaking("he"):
        hebrew = asked(form, *COLAH)
    assert answers(hebrew).keys() == answers(english).keys()
    said = [hebrew.title, hebrew.hint, *(piece for note in hebrew.notes for piece in note if isinstance(piece, str))]
    for text in (text for text in said if re.search("[A-Za-z]{2}", text)):
        raise AssertionError(text)
    assert re.search("[א-ת]", hebrew.title)
    assert re.search("[א-ת]", hebrew.hint)


# What no sheet may tell -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", OF_GRAPHS)
def test_nothing_beside_the_boxes_holds_an_answer(form):
    question = asked(form, "c = a + b; d = b + 1; e = c*d", {"a": -4507, "b": 2631}, rate=0.5)
    told = [question.title, question.hint, plain(question.given), *(f"{box.name} {box.asked}" for box in question.boxes)]
    for block in question.blocks:
        if isinstance(block, Graph):
            told += [block.described, block.svg(False), block.tikz(False), *map(unfilled, block.edges)]
        elif isinstance(block, Grid):
            told += [unfilled(cell) for row in block.rows for cell in row]
        else:
            told.append(unfilled(block.pieces))
    every = {-1876, 2632, -1876 * 2632, 2632 - 1876, -4507 - 1316, 2631 - 378, (-5823 + 2253) * (2253 + 1)}
    assert {box.answer for box in question.boxes if isinstance(box.answer, float) and abs(box.answer) > 1} <= every
    every.remove(756)  # coordinates of pictures have as many digits
    for text in told:
        assert not re.search("|".join(rf"(?<![\d.])-?{abs(x)}(?![\d.])" for x in every), text)


def unfilled(line):
    return re.sub(r"\[[^]]*\]", "□", plain(line))


def test_the_boxes_of_a_chain_rule_do_not_say_what_belongs_in_them():
    boxes = [box for box in asked("chain", *COLAH).boxes if box.group]
    parts = {"over": "what is differentiated", "under": "by what", "value": "as a number"}
    for box in boxes:
        path, factor, part = re.fullmatch(r"1\.b\.path(\d)\.factor(\d)\.(\w+)", box.name).groups()
        assert box.asked == f"path {path}, factor {factor}, {parts[part]}"


# The picture ----------------------------------------------------------------------------------------------------------


def numbers_of(svg):
    texts = re.findall(r">([^<>]*)<", re.sub(r"<(title|desc)>.*?</\1>", "", svg, flags=re.DOTALL))
    return sorted(text for text in texts if re.fullmatch(r"-?\d+(\.\d+)?|\d+/\d+", text))


@pytest.mark.parametrize("skin", ["circuit", "cards"])
def test_the_picture_has_the_answers_if_it_is_filled_only(skin):
    question = asked("graph", "c = a + b; e = c*a", {"a": -41, "b": 17}, options={"skin": skin})
    (graph,) = question.blocks
    assert numbers_of(graph.svg(False)) == ["-41", "17"]
    assert numbers_of(graph.svg(True)) == sorted(["-41", "17", "-24", "984", "1", "-41", "-65", "-41"])
    for empty in (graph.svg(False), graph.tikz(False)):
        assert not re.search("984|-24|-65", empty)
    assert "984" in graph.tikz(True)


def test_the_picture_writes_numbers_as_the_key_does():
    question = asked("graph", "z = w*x; t = tanh(z)", {"w": 0.5, "x": 1}, decimals=2)
    (graph,) = question.blocks
    assert numbers_of(graph.svg(True)) == sorted(["0.5", "1", "0.5", "0.46", "1", "0.79", "0.79", "0.39"])


def test_the_picture_leaves_out_the_gradients_of_leaves_that_are_not_asked_for():
    (graph,) = asked("graph", "c = a + b; d = b*k; e = c*d", {"a": -4, "b": 2, "k": 31}, of=("a",)).blocks
    assert {box.name for box in graph.boxes if box.kind == "gradient"} == {f"1.{name}.gradient" for name in "acde"}
    assert "constant" not in graph.svg(True)
    assert numbers_of(graph.svg(True)).count("-62") == 0  # ∂e/∂k = -4


def test_a_picture_leaves_gradients_as_it_finds_them():
    problem = posed(*COLAH)
    problem.root.backward(7.0)
    before = [node.grad for node in problem.root.tape()]
    (graph,) = FORMS["graph"].question(problem, 1).blocks
    assert "7" not in numbers_of(graph.svg(True))
    assert [node.grad for node in problem.root.tape()] == before


# Options --------------------------------------------------------------------------------------------------------------


def test_columns_before_the_first_that_is_asked_are_given():
    (grid,) = asked("table", *COLAH, options={"columns": ["gradients"]}).blocks
    assert [plain(cell) for cell in grid.rows[4]] == ["e = c·d", "-6", "∂e/∂c = 3   ∂e/∂d = -2", "∂e/∂e = [1]"]
    box = asked("table", *COLAH, options={"columns": ["gradients"]}).boxes[2]
    assert box.follows.compute({"1.e.gradient": 4.0}) == 12


def test_columns_that_would_tell_what_is_asked_are_left_out():
    (grid,) = asked("table", *COLAH, options={"columns": ["values", "gradients"]}).blocks
    assert grid.headings == ("node", "value", "gradient")
    (values,) = asked("table", *COLAH, options={"columns": "values"}).blocks
    assert [plain(cell) for cell in values.rows[2]] == ["c = a + b", "[-2]"]


def test_a_table_asks_for_what_leads_to_the_leaves_that_are_asked_for():
    question = asked("table", "c = a + b; d = b*k; e = c*d", {"a": -4, "b": 2, "k": 3}, of=("a",))
    names = {box.name.removeprefix("1.") for box in question.boxes}
    assert names == {"c.value", "d.value", "e.value", "c.a.local", "e.c.local", "a.gradient", "c.gradient", "e.gradient"}


@pytest.mark.parametrize(
    ("form", "options", "said"),
    [
        ("table", {"columns": ["value"]}, "columns are some of 'values', 'locals', 'gradients', not 'value'"),
        ("table", {"columns": []}, "columns are some of 'values', 'locals', 'gradients', not []"),
        ("graph", {"skin": "edges"}, "skin is 'circuit' or 'cards', not 'edges'"),
        ("chain", {"leaf": "x"}, "leaf is among a, b, not 'x'"),
        ("table", {"columns": 3}, "columns are some of 'values', 'locals', 'gradients', not 3"),
        ("table", {"columns": ["values", 3]}, "columns are some of 'values', 'locals', 'gradients', not 3"),
        ("table", {"columns": {"values": 1}}, "columns are some of 'values', 'locals', 'gradients', not {'values': 1}"),
        ("graph", {"skin": ["cards"]}, "skin is 'circuit' or 'cards', not ['cards']"),
        ("chain", {"leaf": 3}, "leaf is among a, b, not 3"),
        ("chain", {"leaf": []}, "leaf is among a, b, not []"),
        ("chain", {"leaf": ["a", ["b"]]}, "leaf is among a, b, not ['b']"),
        ("step", {"gradients": "no"}, "gradients is true or false, not 'no'"),
        ("numbers", {"inner": "some"}, "inner is 'none' or 'gradients' or 'all', not 'some'"),
    ],
)
def test_an_option_that_there_is_not_is_refused(form, options, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        asked(form, *COLAH, options=options)


def test_numbers_may_ask_for_what_is_between():
    """Stanford's exercise: q = x + y, f = q·z at -2, 5, -4."""
    question = asked("numbers", "q = x + y; f = q*z", {"x": -2, "y": 5, "z": -4}, options={"inner": "all"})
    assert answers(question) == {
        "1.q.value": 3,
        "1.f.value": -12,
        "1.z.gradient": 3,
        "1.q.gradient": -4,
        "1.y.gradient": -4,
        "1.x.gradient": -4,
    }
    assert asked("numbers", "q = x + y; f = q*z", {"x": -2, "y": 5, "z": -4}).points == 3


@pytest.mark.parametrize("form", OF_GRAPHS)
def test_the_gradient_from_upstream_is_given(form):
    question = asked(form, *COLAH, upstream=-3.0)
    assert plain(question.given) == "e goes on into J, ∂J/∂e = -3"
    found = answers(question)
    assert next(x for name, x in found.items() if name in ("1.b.gradient", "1.b.new")) == (3.5 if form == "step" else -3)
    assert asked(form, *COLAH).given == ()


def test_minutes_count_what_is_to_be_done():
    table = asked("table", *COLAH)
    assert minutes_of(table.blocks) == pytest.approx(3 * 0.3 + 5 * 0.4 + 5 * 0.6)
    assert table.minutes == 6
    assert all(asked(form, *COLAH).minutes > 0 for form in OF_GRAPHS)


# The chain rule -------------------------------------------------------------------------------------------------------


def test_lines_of_a_chain_rule_bear_their_group_and_their_number():
    boxes = [box for box in asked("chain", *COLAH, number=3).boxes if box.group]
    assert {box.group for box in boxes} == {"3.b.path"}
    parts = [re.fullmatch(r"3\.b\.path(\d)\.factor(\d)\.(over|under|value)", box.name).groups() for box in boxes]
    assert sorted(parts) == [(i, k, part) for i in "12" for k in "12" for part in ("over", "under", "value")]


def test_the_sum_follows_from_the_numbers_written_out():
    *_, result = asked("chain", "p = x*x; y = p*x", {"x": 2}).boxes
    own = {name: float(i) for i, name in enumerate(result.follows.needs, 1)}
    assert [name.split(".")[2:4] for name in result.follows.needs] == [
        ["path1", "factor1"],
        ["path1", "factor2"],
        ["path2", "factor1"],
        ["path2", "factor2"],
        ["path3", "factor1"],
    ]
    assert result.follows.compute(own) == 1 * 2 + 3 * 4 + 5
    assert result.answer == 12


def test_a_long_chain_rule_is_broken_between_its_paths():
    question = asked("chain", "u = x*x; v = u*x; y = v*u + x", {"x": 2})
    assert all(isinstance(block, Paragraph) for block in question.blocks)
    lines = [plain(block.pieces) for block in question.blocks]
    assert len(lines) > 2
    assert lines[0].startswith("(∂y)/(∂x) = ")
    assert lines[-1].endswith(" = [81]")  # y = x⁵ + x


def test_names_in_fractions_may_be_typed_in_other_ways():
    boxes = asked("chain", "y1 = θ1*x", {"θ1": 2, "x": 3}, of=("θ1",)).boxes
    assert [(box.answer, box.accepted) for box in boxes if box.kind == "text"] == [
        ("y₁", ("y1",)),
        ("θ₁", ("θ1", "theta1")),
    ]


def test_several_leaves_are_written_out_if_they_are_named():
    question = asked("chain", *COLAH, options={"leaf": ["a", "b"]})
    assert {box.group for box in question.boxes} == {"1.a.path", "1.b.path", ""}
    assert question.hint == "one product for each path"


def test_too_many_paths_and_too_long_ones_are_refused():
    many = posed("p = x*x; q = p*p; y = q*q", {"x": 2})
    assert FORMS["chain"].refusal(many) == "8 paths lead to x: the chain rule is written out for 6 at most"
    long = posed("a1 = 2*x; a2 = 2*a1; a3 = 2*a2; a4 = 2*a3; a5 = 2*a4; a6 = 2*a5; y = 2*a6", {"x": 1})
    assert FORMS["chain"].refusal(long) == "a path of ∂y/∂x has 7 factors: the chain rule is written out for 6 at most"
    wide = posed("a1 = x*x; a2 = a1*x; a3 = a2*x; a4 = a3*x; y = a4 + a1", {"x": 1}, of=("x",))
    assert FORMS["chain"].refusal(wide).startswith("7 paths")
    both = posed("a1 = x*x; a2 = a1*x; a3 = a2*x; a4 = 2*a3; a5 = 2*a4; y = a5 + a1", {"x": 1}, of=("x",))
    assert FORMS["chain"].refusal(both) == "the paths of ∂y/∂x have 25 factors: the chain rule is written out for 20 at most"
    assert FORMS["chain"].refusal(posed(*COLAH)) == ""
    alone = posed("y = 2", {})
    assert FORMS["chain"].refusal(alone) == "y is computed from nothing: the chain rule needs an operation"


def test_a_graph_that_does_not_fit_a_page_is_refused():
    text = "; ".join(f"x{i} = x{i - 1} + a" for i in range(1, 24))
    assert (
        FORMS["graph"].refusal(posed(text, {"x0": 1, "a": 2}))
        == "the graph has 25 values: 24 at most can be filled in on a page"
    )
    assert FORMS["graph"].refusal(posed(*COLAH)) == ""
    text = "; ".join(f"x{i} = x{i - 1} + a" for i in range(1, 40))
    assert FORMS["table"].refusal(posed(text, {"x0": 1, "a": 2})) == "the table has 41 rows: 40 at most are filled in by hand"
    assert FORMS["table"].refusal(posed(*COLAH)) == ""


# The step -------------------------------------------------------------------------------------------------------------


def test_the_new_value_follows_from_the_students_new_leaves():
    result = asked("step", *COLAH).boxes[-1]
    assert result.follows.compute({"1.a.new": 3.0, "1.b.new": 4.0}) == (3 + 4) * (4 + 1)
    assert result.follows.compute({"1.a.new": -5.5, "1.b.new": 1.5}) == result.answer == -10


def test_a_new_leaf_follows_from_the_gradient_where_that_is_asked():
    boxes = {box.name: box for box in asked("step", *COLAH, options={"gradients": True}).boxes}
    assert list(boxes) == ["1.a.gradient", "1.b.gradient", "1.a.new", "1.b.new", "1.e.new"]
    assert boxes["1.a.new"].follows.compute({"1.a.gradient": 10.0}) == -9
    assert all(box.follows is None for box in asked("step", *COLAH).boxes[:2])


def test_a_new_leaf_follows_from_the_last_gradient_that_an_earlier_question_asked():
    problem = posed(*COLAH)
    questions = [FORMS[form].question(problem, i) for i, form in enumerate(("table", "graph", "step"), 1)]
    *before, step = linked(problem, questions)
    assert before == questions[:2]
    a, b, e = step.boxes
    assert a.follows.needs == ("2.a.gradient",)
    assert a.follows.compute({"2.a.gradient": 10.0}) == -9
    assert b.follows.compute({"2.b.gradient": 1.0}) == b.answer == 1.5
    assert e == questions[2].boxes[2]
    alone = linked(problem, [FORMS["step"].question(problem, 1), questions[0]])
    assert alone[0].boxes[0].follows is None  # what comes later is not earlier


def test_a_chain_rule_follows_from_the_values_of_an_earlier_question():
    problem = posed(*COLAH)
    questions = [FORMS["table"].question(problem, 1), FORMS["chain"].question(problem, 2)]
    table, chain = linked(problem, questions)
    assert table == questions[0]
    boxes = {box.name.removeprefix("2.b.path"): box for box in chain.boxes}
    by_c = boxes["1.factor1.value"]  # ∂e/∂c = d
    assert (by_c.follows.needs, by_c.follows.compute({"1.d.value": 7.0})) == (("1.d.value",), 7)
    assert boxes["2.factor1.value"].follows.compute({"1.c.value": -5.0}) == -5
    assert boxes["1.factor2.value"].follows is None  # ∂c/∂b is 1 whatever the values are
    assert chain.boxes[-1].follows == questions[1].boxes[-1].follows
    own = {box.name: "" for box in (*table.boxes, *chain.boxes)} | {"1.d.value": "7", by_c.name: "7"}
    paper = Paper("Sheet", "", "en", "A", "CODE", (Exercise((), (table, chain)),))
    assert {mark.box.name: mark.status for mark in marked(paper, own).marks}[by_c.name] == "follows"


def test_single_numbers_follow_from_the_gradients_of_an_earlier_question():
    problem = posed(*COLAH)
    _, numbers = linked(problem, [FORMS["table"].question(problem, 1), FORMS["numbers"].question(problem, 2)])
    b = next(box for box in numbers.boxes if box.name == "2.b.gradient")
    assert {need.removeprefix("1.") for need in b.follows.needs} == {
        *("c.gradient", "c.b.local", "d.gradient", "d.b.local"),
    }
    own = {"1.c.gradient": 4.0, "1.c.b.local": 1.0, "1.d.gradient": -9.0, "1.d.b.local": 2.0}
    assert b.follows.compute(own) == 4 - 18
    assert b.follows.compute(dict.fromkeys(b.follows.needs, 1.0)) == 2


def test_slips_of_a_step():
    a, b, e = asked("step", *COLAH).boxes
    slips = [{slip.name: slip.number for slip in box.slips} for box in (a, b, e)]
    assert slips[0] == {"uphill": -4 + 0.5 * 3, "no rate": -4 - 3, "step alone": -1.5, "gradient alone": 3}
    # b after a has moved to -5.5: ∂e/∂b = c + d = -3.5 + 3
    assert slips[1] == {"uphill": 2.5, "no rate": 1, "one by one": 2 + 0.25, "step alone": -0.5}
    assert slips[2]["uphill"] == (-2.5 + 2.5) * 3.5
    assert slips[2]["no rate"] == (-7 + 1) * 2
    assert slips[2]["one by one"] == (-5.5 + 2.25) * 3.25
    assert slips[2]["straight"] == -6 - 0.5 * (3**2 + 1**2)


def test_a_step_out_of_a_domain_does_not_suit():
    problem = posed("l = log(a)", {"a": 1}, rate=2.0)
    assert not FORMS["step"].suits(problem)
    assert FORMS["step"].suits(posed("l = log(a)", {"a": 1}, rate=0.5))
    box = FORMS["step"].question(posed("l = log(a)", {"a": 1}, rate=0.5), 1).boxes[-1]
    with pytest.raises(CannotFollowError):
        box.follows.compute({"1.a.new": -1.0})


def test_a_step_leaves_the_graph_as_it_is():
    problem = posed(*COLAH)
    FORMS["step"].question(problem, 1)
    assert [node.data for node in problem.root.tape()] == [-4, 2, -2, 3, -6]


def test_gradients_have_the_slips_of_the_engine():
    box = next(box for box in asked("table", *COLAH).boxes if box.name == "1.b.gradient")
    said = {slip.number: slip.said for slip in box.slips}
    assert "you counted only the path through c" in said[3]
    assert "you counted only the path through d" in said[-2]


# The order of a sheet -------------------------------------------------------------------------------------------------

TEXT = ("z2 = x*θ2; z1 = x*θ1; a = z1 + z2; y = a*θ1", {"x": 2, "θ2": 3, "θ1": -1})


def test_the_leaves_come_first_and_then_the_results_in_the_order_of_the_text():
    problem = posed(*TEXT)
    assert [problem.sweep.names[node] for node in problem.nodes] == ["x", "θ2", "θ1", "z2", "z1", "a", "y"]
    (grid,) = FORMS["table"].question(problem, 1).blocks
    assert [plain(row[0]) for row in grid.rows] == ["x", "θ₂", "θ₁", "z₂ = x·θ₂", "z₁ = x·θ₁", "a = z₁ + z₂", "y = a·θ₁"]
    (graph,) = FORMS["graph"].question(problem, 1).blocks
    assert [plain(edge).split()[0] for edge in graph.edges] == ["x", "θ₂", "θ₁", "z₂", "z₁", "a", "y"]
    unnamed = posed("L = (w*x - t)**2", {"w": 1, "x": 2, "t": 3})
    assert {*unnamed.nodes} == {*unnamed.root.tape()}
    assert [bool(node.parents) for node in unnamed.nodes] == [False] * 3 + [True] * 3


def test_boxes_are_in_the_order_of_working():
    """Values downwards, then local derivatives, then gradients upwards."""
    question = asked("table", *COLAH)
    assert [box.name.removeprefix("1.") for box in question.boxes] == [
        *("c.value", "d.value", "e.value"),
        *("c.a.local", "c.b.local", "d.b.local", "e.c.local", "e.d.local"),
        *("e.gradient", "d.gradient", "c.gradient", "b.gradient", "a.gradient"),
    ]
    assert [box.name.removeprefix("1.") for box in asked("graph", *COLAH).boxes] == [
        *("c.value", "d.value", "e.value"),
        *("e.gradient", "d.gradient", "c.gradient", "b.gradient", "a.gradient"),
    ]
    before = set()
    for box in asked("table", *TEXT).boxes:
        assert before >= {*(box.follows.needs if box.follows else ())}
        before.add(box.name)


# Slips that are named where they are met ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("c.value", "8", "the size is right, the sign is not"),
        ("d.value", "1", "1 is b - 1; d is b + 1"),
        ("e.value", "-5", "-5 is c + d; e is c·d"),
        ("c.b.local", "-10", "-10 is the derivative of a·b; c is a + b"),
        ("e.c.local", "-8", "you took c itself where the other factor belongs: ∂e/∂c = d = 3"),
        ("c.gradient", "-8", "-8 is ∂e/∂d; what is asked for is ∂e/∂c"),
        ("d.gradient", "8", "the size is right, the sign is not"),
    ],
)
def test_a_slip_in_any_column_of_a_table_is_named(name, typed, said):
    question = asked("table", "c = a + b; d = b + 1; e = c*d", {"a": -10, "b": 2})
    paper = Paper("Sheet", "", "en", "A", "CODE", (Exercise((), (question,)),))
    answers = {box.name: box.answer for box in question.boxes} | {f"1.{name}": typed}
    (mark,) = [mark for mark in marked(paper, answers).marks if mark.box.name == f"1.{name}"]
    assert (mark.status, mark.sentence) == ("wrong", said)


def test_slips_are_not_looked_for_while_versions_are_chosen():
    for form in OF_GRAPHS:
        question = asked(form, *COLAH, said=False)
        assert not any(box.slips for box in question.boxes)
        assert answers(question) == answers(asked(form, *COLAH))


# What slips are called on paper ---------------------------------------------------------------------------------------

GRAPHS = [
    COLAH,
    ("h = tanh(w*x + b); y = h*v + h; L = (y - t)**2", {"w": 1, "x": -2, "b": 3, "v": 4, "t": 7}),
    ("p = x*x; s = p*x; y = s + p + 3*x", {"x": -3}),
    ("a = log(u) + u/v; L = a*a", {"u": 2, "v": 5}),
]
OF_PROGRAMS = r"\(\)|steps|mistake|rate|backward pass(es)? without|\+=|step of|rounded|digits|asked is"


@pytest.mark.parametrize("graph", range(len(GRAPHS)))
@pytest.mark.parametrize("language", ["en", "he"])
def test_on_paper_slips_are_not_those_of_a_program(graph, language):
    with speaking(language):
        boxes = [box for form in ("table", "chain", "numbers") for box in asked(form, *GRAPHS[graph], decimals=2).boxes]
    slips = [slip for box in boxes for slip in box.slips]
    assert len({slip.name for slip in slips}) > 8
    assert not {slip.name for slip in slips} & {
        *("finite step", "rounded", "updated", "step of descent", "after descent"),
        *("stale inner", "leaves first", "inverted", "reciprocal"),
    }
    assert [slip.said for slip in slips if re.search(OF_PROGRAMS, slip.said)] == []
    assert all(slip.said for slip in slips)


def test_twice_a_gradient_is_said_as_one_says_it_of_paper():
    box = next(box for box in asked("table", *COLAH).boxes if box.name == "1.a.gradient")
    assert next(slip.said for slip in box.slips if slip.number == 6) == "6 is twice ∂e/∂a: a 2 is one too many"


def test_a_sentence_explains_only_the_names_that_it_has():
    """Who shares out the gradient of a sum is not told what its first term is."""
    box = asked("numbers", "L = (w*x + b)**2", {"w": 1, "x": 5, "b": -2}).boxes[0]
    shared = next(slip.said for slip in box.slips if slip.name == "shares by size")
    assert shared.endswith("all of it goes on to each of them")
    assert any(re.search(r"∂L/∂(v\S+) .*\(\1 = ", slip.said) for slip in box.slips)
