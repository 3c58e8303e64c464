"""Versions of a sheet: numbers that one can do by hand, neighbours that differ, sheets that are equally difficult."""

import math
import re
from fractions import Fraction
from functools import cache
from itertools import combinations, pairwise

import pytest
from chalkgrad.classroom import Sheet
from chalkgrad.classroom.course import CourseError
from chalkgrad.classroom.marking.marks import marked
from chalkgrad.classroom.templates import Template
from chalkgrad.classroom.versions import GraphDrawing, NotEnoughError
from chalkgrad.classroom.worksheet import Problem, WorksheetError, read
from chalkgrad.engine import Value
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.wrong_answers import Gradients
from chalkgrad.expressions.expression import parse
from processes import python

KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def _few_graphs_are_looked_at(monkeypatch):
    monkeypatch.setattr(Sheet, "looked_at", 60)


def two_paths(a, b):
    """The values and local derivatives of c = a + b; d = b + 1; e = c*d, and the gradients, by hand."""
    c, d = a + b, b + 1
    return [c, d, c * d], [1, 1, 1, d, c], {"a": d, "b": d + c, "c": d, "d": c}


def division(a, b, c):
    s = a + b
    down = -s / c**2
    return [s, s / c], [1, 1, 1 / c, down], {"a": 1 / c, "b": 1 / c, "c": down, "s": 1 / c}


def neuron(w, x, b, t):
    n = w * x + b
    on = int(n > 0)
    h = n if n > 0 else Fraction(0)
    r = h - t
    g = 2 * r * on
    return [w * x, n, h, r, r * r], [x, w, 1, 1, on, 1, -1, 2 * r], {"w": g * x, "x": g * w, "b": g, "t": -2 * r, "h": 2 * r}


GRAPHS = {
    "two paths": ("c = a + b; d = b + 1; e = c*d", two_paths),
    "division": ("s = a + b; f = s/c", division),
    "neuron": ("n = w*x + b; h = relu(n); L = (h - t)**2", neuron),
}


@cache
def versions(name, **options):
    return Sheet(GRAPHS[name][0], ask=["table", "numbers"], key=KEY, **options).versions(4)


def inputs_of(paper, names="abctwx"):
    """The numbers that a sheet gives: `a = -4`."""
    shown = [piece.plain.split(" = ") for piece in paper.exercises[0].given if not isinstance(piece, str)]
    return {name: Fraction(text) for name, text in shown if name in names and "=" not in text and text.lstrip("-")[0].isdigit()}


KINDS = [
    ("two paths", "halves", 2, {}),
    ("two paths", "halves", 2, {"small": True}),
    ("division", "halves", 2, {}),
    ("division", "quarters", 4, {"numbers": "quarters"}),
    ("division", "thirds", 3, {"numbers": "thirds"}),
    ("neuron", "halves", 2, {}),
]


@pytest.mark.parametrize(("name", "_", "parts", "options"), KINDS)
def test_all_numbers_can_be_done_by_hand(name, _, parts, options):
    small = options.get("small", False)
    for paper in versions(name, **options):
        values, locals_, gradients = GRAPHS[name][1](**inputs_of(paper))
        for x in [*values, *locals_, *gradients.values()]:
            assert (Fraction(x) * parts).denominator == 1
            assert abs(x) <= (10 if small else 60)
        assert all(gradients.values())  # none is 0


@pytest.mark.parametrize("name", GRAPHS)
def test_the_key_has_what_one_finds_by_hand(name):
    for paper in versions(name):
        _, _, gradients = GRAPHS[name][1](**inputs_of(paper))
        answers = {box.name.split(".", 1)[1]: box.answer for box in paper.questions[1].boxes}
        assert answers == {f"{leaf}.gradient": float(gradients[leaf]) for leaf in inputs_of(paper)}


@pytest.mark.parametrize("name", GRAPHS)
def test_neighbours_differ_in_every_input_and_in_their_answers(name):
    papers = versions(name)
    for one, other in zip(papers, [*papers[1:], papers[0]], strict=True):
        these, those = inputs_of(one), inputs_of(other)
        assert all(these[leaf] != those[leaf] for leaf in these)
        answers = [(x.answer, y.answer) for x, y in zip(one.boxes, other.boxes, strict=True)]
        assert sum(x != y for x, y in answers) >= 6
    assert len({tuple(inputs_of(paper).items()) for paper in papers}) == 4


@pytest.mark.parametrize("options", [{}, {"small": True}, {"ask": "graph"}, {"ask": "chain", "of": ["w", "x"]}])
def test_neighbours_cannot_copy_the_backward_pass(options):
    """Whatever the loss is, their gradients differ, and so do half of all the answers that are not 1 or -1 at all numbers."""
    papers = Sheet("z = w*x + b; L = (z - t)**2", key=KEY, **options).versions(4)
    for one, other in zip(papers, [*papers[1:], papers[0]], strict=True):
        pairs = [(x, y.answer) for x, y in zip(one.boxes, other.boxes, strict=True) if not isinstance(x.answer, str)]
        gradients = [x.answer == y for x, y in pairs if x.kind == "gradient"]
        assert 2 * sum(gradients) <= len(gradients)
        some = [x.answer == y for x, y in pairs if x.kind != "local"]
        assert 2 * sum(some) <= len(some)


def test_residuals_are_several():
    papers = Sheet("z = w*x + b; L = (z - t)**2", ask="numbers", of="t", key=KEY).for_students([f"S{i}" for i in range(30)])
    assert len({paper.boxes[0].answer for paper in papers}) >= 3


def test_gradients_that_are_equal_by_accident_are_avoided():
    """Where x is 1, one who forgets the factor x of ∂L/∂w is not found out."""
    papers = Sheet("z = w*x + b; L = (z - t)**2", ask="numbers", inputs={"x": [1, 2, 3]}, key=KEY).versions(4)
    assert all(inputs_of(paper)["x"] != 1 for paper in papers)


@pytest.mark.parametrize("name", GRAPHS)
def test_versions_are_equally_difficult_and_have_one_layout(name):
    papers = versions(name)
    assert [paper.version for paper in papers] == ["A", "B", "C", "D"]
    assert len({len(paper.boxes) for paper in papers}) == 1
    assert len({sum(box.answer < 0 for box in paper.boxes) for paper in papers}) == 1
    assert len({(paper.points, paper.minutes) for paper in papers}) == 1
    layouts = {tuple((box.name, box.kind, box.width) for box in paper.boxes) for paper in papers}
    assert len(layouts) == 1
    widest = max(len(f"{box.answer:g}") for paper in papers for box in paper.boxes)
    assert max(box.width for box in papers[0].boxes) >= widest
    assert len({paper.code for paper in papers}) == 4


def test_frequent_slips_give_numbers_of_their_own():
    for paper in versions("two paths"):
        given = inputs_of(paper)
        _, _, right = two_paths(**given)
        c, d = right["d"], right["c"]
        slips = [-right["b"], c, d, c * d, 0]  # the sign, one path, the other, their product, nothing
        assert right["b"] not in slips
        assert all(x != y for x, y in combinations(slips[:3], 2))


def test_a_target_is_missed_by_little():
    for paper in versions("neuron"):
        values, _, _ = neuron(**inputs_of(paper))
        assert 1 <= abs(values[3]) <= 6


def test_a_target_may_stand_on_either_side():
    for text, residual in (
        ("u = a*b; L = (t - u)**2", lambda a, b, t: t - a * b),
        ("u = a*b; r = u + t", lambda a, b, t: a * b + t),
    ):
        for paper in Sheet(text, ask="numbers", inputs={"t": "last"}, of="t", key=KEY).versions(2):
            assert abs(residual(**inputs_of(paper))) in range(1, 7)


def test_a_step_follows_from_the_gradients_of_an_earlier_question():
    paper = Sheet("z = w*x + b; L = (z - t)**2", ask=["table", "step"], of=["w", "b"], key=KEY).versions(1)[0]
    right = {box.name: box.answer for box in paper.boxes}
    gradient, rate = (
        right["1.w.gradient"] + 2,
        (Fraction(inputs_of(paper)["w"]) - Fraction(right["2.w.new"])) / Fraction(right["1.w.gradient"]),
    )
    own = {"1.w.gradient": gradient, "2.w.new": float(inputs_of(paper)["w"] - rate * Fraction(gradient))}
    marks = {mark.box.name: mark.status for mark in marked(paper, right | own).marks}
    assert marks["1.w.gradient"] == "wrong"
    assert marks["2.w.new"] == "follows"


# A step of descent ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("z = w*x + b; L = (z - t)**2", {}),
        ("z = w*x + b; L = (z - t)**2", {"rate": 0.25, "upstream": -1, "numbers": "quarters"}),
        ("c = a + b; d = b + 1; e = c*d", {}),
    ],
)
def test_a_step_leads_downhill_and_not_to_0(text, options):
    sheet = Sheet(text, ask="step", key=KEY, **options)
    for paper in sheet.versions(3):
        given = inputs_of(paper)
        before = two_paths(**given)[0][-1] if "a" in given else neuron_without_relu(**given)
        after = paper.boxes[-1].answer
        assert after
        assert (after - before) * options.get("upstream", 1) < 0


def neuron_without_relu(w, x, b, t):
    return (w * x + b - t) ** 2


def test_a_rate_at_which_no_step_leads_downhill_is_refused():
    with pytest.raises(NotEnoughError, match=r"the step does not lead downhill: .*or another rate: rate = "):
        Sheet("z = w*x + b; L = (z - t)**2", ask="step", rate=0.5, key=KEY).versions(2)
    with pytest.raises(WorksheetError, match=r"^rate: a step of descent has a rate above 0$"):
        Sheet("e = a*b", ask="step", rate=0, key=KEY).versions(1)


# What there is to draw from -------------------------------------------------------------------------------------------


def test_too_few_versions_are_an_error_with_the_number_found():
    inputs = {"a": [2, 3], "b": [2, 3]}
    sheet = Sheet("e = a*b + a", ask="numbers", inputs=inputs, key=KEY)
    with pytest.raises(NotEnoughError, match=r"^there (is|are) (\d) versions?, not 4, in 4 draws") as raised:
        sheet.versions(4)
    assert 0 < raised.value.found < 4
    assert "\n" not in str(raised.value)
    assert len(sheet.versions(raised.value.found)) == raised.value.found


@pytest.mark.parametrize(
    ("text", "inputs", "why"),
    [
        ("y = (a - b)**2", {"a": 2, "b": 2}, "a gradient is 0: 1"),
        ("y = relu(a)*b", {"a": -2, "b": 3}, "a gradient is 0: 1"),
        ("y = maximum(a, b)*c", {"a": 2, "b": 2, "c": 1}, "it is at a kink: 1"),
        ("y = a/b", {"a": 1, "b": 7}, "a number is not in halves: 1"),
        ("y = a*b", {"a": 9, "b": 8}, "a number is above 60: 1"),
    ],
)
def test_numbers_are_refused_for_a_reason_that_is_said(text, inputs, why):
    with pytest.raises(NotEnoughError, match=f"there are 0 versions, not 1, in 1 draw \\({why}\\)"):
        Sheet(text, ask="numbers", inputs=inputs, key=KEY).versions(1)


@pytest.mark.parametrize(
    ("text", "inputs", "advice"),
    [
        ("y = 0*a + b", {}, "∂y/∂a is 0 at all of them, and more numbers do not help"),
        ("y = floor(a)*b", {}, "∂y/∂a is 0 at all of them, and more numbers do not help"),
        ("y = tanh(a)*b", {}, ": they are halves here, and may be decimals"),
        (
            "y = a/b",
            {"b": 7},
            "it is most often ∂y/∂a; ask for another kind of numbers: they are halves here, and may be thirds, quarters or",
        ),
        (
            "y = a*b",
            {"a": "61..90"},
            "; give the inputs smaller numbers, or choose a smaller graph; numbers are found without inputs.a",
        ),
        ("e = a*b + a", {"a": [2, 3], "b": [2, 3]}, "give the inputs more numbers"),
    ],
)
def test_advice_is_what_helps(text, inputs, advice):
    with pytest.raises(NotEnoughError) as raised:
        Sheet(text, ask="numbers", inputs=inputs, key=KEY).versions(4)
    assert advice in str(raised.value)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"small": True, "upstream": -3, "ask": "step", "rate": 0.5}, "without small = true (--small-numbers)"),
        ({"upstream": 50}, "without upstream"),
        ({"small": True, "upstream": 20}, "without upstream"),
        ({"small": True, "upstream": 70}, "without upstream"),
    ],
)
def test_advice_names_the_choice_without_which_there_are_numbers(options, found):
    options = {"ask": "numbers", "inputs": {"x": [1, 2, 3], "b": 2}} | options
    with pytest.raises(NotEnoughError) as raised:
        Sheet("z = w*x + b; L = (z - t)**2", key=KEY, **options).versions(4)
    assert str(raised.value).count("numbers are found without") == 1
    assert found in str(raised.value)


def test_sheets_for_students_of_which_there_are_none_are_not_counted():
    with pytest.raises(NotEnoughError, match=r"^there are 0 versions in 1 draw \(a number is above 60: 1\): "):
        Sheet("y = a*b", ask="numbers", inputs={"a": 9, "b": 8}, key=KEY).for_students(["S1"])


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("c = a + b; d = b + 1; e = c*d", {}),
        ("z = w*x + b; L = (z - t)**2", {}),
        ("u = a*v; s = u + v; e = s*u", {"ask": "chain", "of": ["v"]}),
    ],
)
@pytest.mark.parametrize("students", [0, 3])
def test_no_slip_on_paper_gives_the_right_number_where_it_could_give_another(text, options, students):
    """Not even a rare one: it would be marked right. The oracle is the diagnosis at numbers near by, at which none agree."""
    sheet = Sheet(text, key=KEY, **options)
    made = sheet.for_students([f"S{i}" for i in range(students)]) if students else sheet.versions(4)
    assert "gives the right number" not in " ".join(made.remarks)
    for paper in made:
        given = {name: float(x) for name, x in inputs_of(paper, "abctwxv").items()}
        near = {name: x + (i + 1) * 1e-3 for i, (name, x) in enumerate(given.items())}
        asked = {box.name.split(".")[1] for box in paper.boxes if box.kind == "gradient"}
        (here, there) = (parse(text, numbers) for numbers in (given, near))
        for name in asked & set(here.names):
            found = [Gradients(Sweep(one.root)) for one in (here, there)]
            right = [one.sweep.adjoints[which.names[name]] for one, which in zip(found, (here, there), strict=True)]
            wrong = [[*one.wrong(which.names[name])] for one, which in zip(found, (here, there), strict=True)]
            if len(wrong[0]) != len(wrong[1]):
                continue  # other slips can be made there
            for slip, other in zip(*wrong, strict=True):
                if slip.slip.on_paper and slip.slip is other.slip and abs(other.number - right[1]) > 1e-9:
                    assert abs(slip.number - right[0]) > 1e-9, (given, name, slip.slip.name)


def test_three_versions_whose_inputs_have_two_numbers_do_not_close_in_a_ring():
    inputs = {"a": [2, 3], "c": [2, 3], "b": [-5, 2, 3, 4, 5, 6]}
    sheet = Sheet("y = relu(a)*b + c", inputs=inputs, key=KEY)
    for count in (3, 4):
        papers = sheet.versions(count)
        for one, other in pairwise(papers):
            assert all(inputs_of(one)[name] != inputs_of(other)[name] for name in "abc")


def test_a_long_search_in_vain_is_given_up():
    with pytest.raises(NotEnoughError, match=r"there are 0 versions, not 1, in 1501 draws"):
        Sheet("y = a/b/7/c", ask="numbers", inputs=dict.fromkeys("abc", "1..40"), key=KEY).versions(1)


def test_what_a_maximum_does_not_choose_has_a_gradient_of_0_by_right():
    paper = Sheet("m = maximum(x, y); f = 2*m", ask="numbers", key=KEY).versions(1)[0]
    assert sorted(box.answer for box in paper.boxes) == [0.0, 2.0]


def test_where_not_all_slips_can_be_told_apart_it_is_said():
    (remark,) = versions("two paths").remarks
    where = re.search(r"in (\w), ∂e/∂(\w) = ([-.\d]+) \(“([a-z ]+)”, “([a-z ]+)”\)", remark)
    paper = versions("two paths").of(where[1])
    (box,) = [box for box in paper.boxes if box.name == f"1.{where[2]}.gradient"]
    assert float(where[3]) in {slip.number for slip in box.slips}
    assert where[4] != where[5]


@pytest.mark.parametrize("language", ["en", "he"])
@pytest.mark.parametrize("numbers", ["integers", "decimals"])
def test_no_full_stop_stands_behind_what_is_given(language, numbers):
    """Behind a formula it is at the wrong end of a line from right to left, and may be taken for a part of a number."""
    graph = "z = w*x; y = sigmoid(z)" if numbers == "decimals" else "z = w*x"
    (paper,) = Sheet(graph, ask="numbers", numbers=numbers, language=language, key=KEY).versions(1)
    given = "".join(piece if isinstance(piece, str) else piece.plain for piece in paper.exercises[0].given)
    assert given.startswith({"en": "Given ", "he": "נתון "}[language])
    assert ". " not in given
    assert given.strip("\u2066\u2069")[-1].isdigit()


def test_decimals_have_a_table_of_the_function_and_a_tolerance():
    paper = Sheet("z = w*x; y = sigmoid(z); L = y*v", ask="numbers", numbers="decimals", key=KEY).versions(1)[0]
    given = "".join(piece if isinstance(piece, str) else piece.plain for piece in paper.exercises[0].given)
    assert "(-1) = 0.27" in given
    assert "σ(2) = 0.88" in given
    assert {box.tolerance for box in paper.boxes} == {0.005}


@pytest.mark.parametrize("inputs", [{}, {"w": "-2..2 step 0.5"}])
def test_what_is_looked_up_is_in_the_table(inputs):
    sheet = Sheet("z = w*x; y = sigmoid(z)", ask="numbers", numbers="decimals", inputs=inputs, key=KEY)
    for paper in sheet.for_students([f"S{i}" for i in range(10)]):
        given = "".join(piece if isinstance(piece, str) else piece.plain for piece in paper.exercises[0].given)
        numbers = inputs_of(paper)
        assert f"σ({float(numbers['w'] * numbers['x']):g}) = " in given


@pytest.mark.parametrize("given", [{"inputs": {"v": [1.125, 3.375]}}, {"upstream": 0.125}, {"rate": 0.125, "ask": "step"}])
def test_what_a_sheet_in_decimals_would_round_is_refused(given):
    with pytest.raises(WorksheetError, match=r"^(inputs\.v|upstream|rate): \d\.125 has more than 2 decimals"):
        Sheet("L = v*v", **{"ask": "numbers", "numbers": "decimals", "key": KEY, **given}).versions(1)


def test_a_target_is_what_the_sheet_says_it_is():
    sheet = Sheet("y = sigmoid(z); L = (y - t)**2", ask="numbers", numbers="decimals", key=KEY)
    for paper in sheet.versions(2):
        numbers = inputs_of(paper, "zt")
        y = 1 / (1 + math.exp(-numbers["z"]))
        answers = {box.name: box.answer for box in paper.boxes}
        assert answers["1.t.gradient"] == pytest.approx(-2 * (y - float(numbers["t"])), abs=1e-12)


def test_unnamed_nodes_are_numbered_among_themselves():
    (paper,) = Sheet("z = w*x + b; v2 = z - t; L = v2**2 + 3*w", key=KEY).versions(1)
    assert [box.name for box in paper.boxes if box.kind == "value"] == [
        "1.v₁.value",
        "1.z.value",
        "1.v₂.value",
        "1.v₃.value",
        "1.v₄.value",
        "1.L.value",
    ]


@pytest.mark.parametrize("form", ["sign", "needed"])
def test_choices_are_equally_often_right_in_all_versions(form):
    papers = Sheet("p = a*b; q = c*d; y = p*q", ask=form, key=KEY).versions(4)
    found = {tuple(sorted(box.answer for box in paper.boxes if box.answer in ("+", "-", "yes", "no"))) for paper in papers}
    assert len(found) == 1
    assert len(found.pop()) >= 4


def test_slips_are_compared_for_what_is_asked_alone():
    graph = "z1 = x + a; z2 = b*z1; z3 = c*z2; z4 = z1 + z2; y = z3*z4"
    template = Template(Problem(graph, ("needed",)))
    alike = GraphDrawing(template, KEY, lambda posed: ()).candidates()
    assert {next(alike).level for _ in range(20)} == {0}


def test_a_sheet_is_made_of_values_of_ones_own():
    a, b = Value(2.0), Value(3.0)
    e = a * b + a
    papers = Sheet(e, ask="numbers", key=KEY).versions(2)
    assert [box.name for box in papers[0].boxes] == ["1.a.gradient", "1.b.gradient"]
    assert (a.data, b.data, e.data) == (2.0, 3.0, 8.0)
    assert "<2 versions, A and B," in repr(papers)


def test_widths_of_a_network_are_drawn():
    sheet = read('[[exercise]]\nask = ["shapes"]\nwidths = ["2..4", "3..5", 2]\n')
    papers = Sheet(sheet, key=KEY).versions(3)
    assert len({tuple(box.answer for box in paper.boxes) for paper in papers}) == 3


# Students -------------------------------------------------------------------------------------------------------------


def test_each_student_has_a_sheet_that_does_not_depend_on_who_else_is_there():
    sheet = Sheet("c = a + b; e = c*a", ask="numbers", key=KEY)
    few, many = (
        sheet.for_students(["PQ", "RS"]),
        Sheet("c = a + b; e = c*a", ask="numbers", key=KEY).for_students(["XX", "RS", "PQ"]),
    )
    assert [paper.code for paper in few] == [many[2].code, many[1].code]
    assert [paper.boxes[0].answer for paper in few] == [many[2].boxes[0].answer, many[1].boxes[0].answer]
    assert many.remarks[0].startswith("exercise 1 has ")
    assert many.remarks[0].endswith(" for 3 students")
    assert {paper.version for paper in many} == {""}


def test_students_with_one_version_share_its_questions_and_their_pictures():
    papers = Sheet("e = a*b", ask="graph", inputs={"a": [2, 3], "b": [4, 5]}, key=KEY).for_students(
        [f"S{i}" for i in range(40)]
    )
    assert len({paper.code for paper in papers}) == 40
    exercises = {id(paper.exercises[0]): paper.exercises[0] for paper in papers}
    assert 1 <= len(exercises) <= 4
    (picture,) = next(iter(exercises.values())).questions[0].blocks
    assert picture.svg(False) is picture.svg(False)


def test_who_share_a_sheet_in_one_week_do_not_in_the_next():
    students = [f"S{i}" for i in range(8)]
    weeks = [
        Sheet(text, ask="numbers", inputs={"a": [2, 3], "b": [4, 5]}, key=KEY).for_students(students)
        for text in ("e = a*b", "f = a*b")
    ]
    shared = [{(i, j) for i, j in combinations(range(8), 2) if week[i].exercises[0] is week[j].exercises[0]} for week in weeks]
    assert shared[0]
    assert shared[1]
    assert shared[0] != shared[1]


# The same bytes -------------------------------------------------------------------------------------------------------


def test_what_was_drawn_before_does_not_change_what_is_drawn():
    fresh = Sheet("c = a + b; e = c*a", ask="numbers", key=KEY)
    used = Sheet("c = a + b; e = c*a", ask="numbers", key=KEY)
    used.for_students(["PQ"])
    used.versions(2)
    assert [paper.code for paper in used.versions(4)] == [paper.code for paper in fresh.versions(4)]


def test_a_remark_is_on_what_was_made_last():
    sheet = Sheet("y = relu(a)*b + c", ask="numbers", inputs={"a": [2, 3], "c": [2, 3]}, key=KEY)
    few = sheet.versions(2).remarks
    sheet.versions(4)
    assert sheet.versions(2).remarks == few == Sheet(sheet.worksheet, key=KEY).versions(2).remarks


def test_another_key_draws_other_numbers():
    codes = {Sheet("e = a*b", ask="numbers", key=key).versions(1)[0].code for key in (KEY, KEY[::-1], None, None)}
    assert len(codes) == 4


def test_the_bytes_are_the_same_under_every_hash_seed():
    program = """
        import hashlib, json
        from chalkgrad.classroom import Sheet
        from chalkgrad.classroom.printing import data
        sheet = Sheet("c = a + b; d = b + 1; e = c*d", ask=["table", "choice"], of=["b"], key=bytes(range(32)))
        papers = sheet.versions(2)
        text = "".join([papers.html("A"), papers.html("B", filled=True), json.dumps(papers.data("B", filled=True))])
        print(hashlib.sha256(text.encode()).hexdigest())
        """
    assert python(program, PYTHONHASHSEED="1") == python(program, PYTHONHASHSEED="2")


def test_an_exam_has_other_numbers_than_the_practice_sheet():
    """By its title or its series; the language alone changes no number."""

    def codes(**options):
        return [paper.code for paper in Sheet("e = a*b", ask="numbers", key=KEY, **options).versions(2)]

    assert len({*codes(), *codes(title="Practice"), *codes(title="Exam"), *codes(title="Exam", series="2")}) == 8
    assert codes(title="Übung", series="week 3") == codes(title="Exercise", series="week 3", language="he")


# What cannot be asked -------------------------------------------------------------------------------------------------

REFUSED = {
    "an unknown input": ({"inputs": {"z": 1}}, "inputs: there is no input z; there are a, b"),
    "a misspelt input": ({"inputs": {"A": 1}}, "inputs: there is no input A: did you mean a?"),
    "an unknown leaf": ({"of": ["q"]}, "of: there is no input q; there are a, b"),
    "an unknown root": ({"root": "q"}, "there is no q to be the root"),
    "a target that is none": ({"inputs": {"a": "last"}}, "inputs: a is drawn last where it is used once"),
    "two targets": ({"inputs": {"a": "last", "b": "last"}}, "inputs: a and b cannot both be drawn last"),
}


WRONG_TYPES = [
    ({"of": 3}, 'of names inputs: of = ["a", "b"]'),
    ({"inputs": [1]}, "inputs are given by name"),
    ({"options": [1]}, "options are given by name"),
    ({"ask": 3}, "ask names forms"),
    ({"upstream": "x"}, "upstream is a number"),
    ({"title": 3}, "title is a text"),
]


@pytest.mark.parametrize(("options", "said"), WRONG_TYPES)
def test_wrong_types_are_told(options, said):
    with pytest.raises(WorksheetError, match=re.escape(said)):
        Sheet("e = a*b", key=KEY, **options)


@pytest.mark.parametrize("count", [2.5, "3", None, True, 0, 27])
def test_a_wrong_number_of_versions_is_told(count):
    with pytest.raises(WorksheetError, match="there are 1 to 26 versions, not "):
        Sheet("e = a*b", key=KEY).versions(count)


def test_there_is_a_sheet_for_somebody():
    with pytest.raises(WorksheetError, match="there are no students"):
        Sheet("e = a*b", key=KEY).for_students([])


def test_a_misspelt_file_of_a_key_is_not_made(tmp_path):
    with pytest.raises(CourseError, match=r"there is no .*xxx: the file of a key is made if its name ends in \.key"):
        Sheet("e = a*b", key=tmp_path / "xxx")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("text", ["y = 3", "b = a", "y = 2*3"])
def test_a_graph_has_an_operation(text):
    with pytest.raises(WorksheetError, match="is not computed from an input"):
        Sheet(text, ask="chain", key=KEY).versions(1)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_there_cannot_be_asked(name):
    options, said = REFUSED[name]
    with pytest.raises(WorksheetError) as raised:
        Sheet("c = a + b; e = c*a", ask="numbers", key=KEY, **options).versions(1)
    assert str(raised.value).startswith(said)
