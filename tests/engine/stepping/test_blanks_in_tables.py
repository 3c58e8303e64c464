"""Blanks in a table: boxes of one width where something is left out, and nothing beside them that tells it."""

import re

import pytest
from chalkgrad.engine import Value
from chalkgrad.engine.stepping.blanks import KINDS, blanks_of

MEDIA = ("text", "markdown", "html", "latex")


def colah(a=-4.0, b=2.0):
    """The graph of Olah's "Calculus on Computational Graphs": e = (a + b)·(b + 1)."""
    a, b = Value(a, "a"), Value(b, "b")
    c, d = a + b, b + 1
    e = c * d
    c.label, d.label, e.label = "c", "d", "e"
    return e


def bent(x=7.0):
    """A graph whose reasons read values, and tell on which side of a kink they lie."""
    x, w = Value(x, "x"), Value(0.015625, "w")
    n = x * w
    t, r = n.tanh(), n.relu()
    y = t * r
    n.label, t.label, r.label, y.label = "n", "t", "r", "y"
    return y


def written(root, **options):
    return {medium: getattr(root.tape().table(**options), medium)() for medium in MEDIA}


def rows(root, blanks, **options):
    """The cells of a table by the names of its values."""
    _, _, *lines = root.tape().table(blanks=blanks, **options).text().split("\n")
    cells = [[cell.strip() for cell in f"{line} ".split("│")] for line in lines]
    return {name: tuple(rest) for name, *rest in cells}


def test_values_gradients_and_locals_are_left_out_one_by_one():
    assert rows(colah(), "values") == {
        "a": ("", "-4", "", ""),
        "b": ("", "2", "", ""),
        "c": ("a + b", "____", "∂c/∂a = 1, ∂c/∂b = 1", ""),
        "d": ("b + 1", "____", "∂d/∂b = 1", ""),
        "e": ("c·d", "____", "∂e/∂c, ∂e/∂d", ""),
    }
    assert [cells[3] for cells in rows(colah(), "gradients").values()] == ["____"] * 5
    assert rows(colah(), "locals")["e"][2] == "∂e/∂c = ____, ∂e/∂d = ____"


def test_all_is_everything_that_there_is():
    assert rows(colah(), "all") == rows(colah(), KINDS)
    assert rows(colah(), {"a": "all", "c": "all"}) == rows(
        colah(), {"a": ["values", "gradients"], "c": ["values", "locals", "contributions", "gradients"]}
    )


def test_blanks_are_named_value_by_value_and_by_the_value_itself():
    e = colah()
    b = e.parents[1].parents[0]
    found = rows(e, {b: ["values", "gradients"], "c": "locals"})
    assert found["b"] == ("", "____", "", "____")
    assert found["c"][1:3] == ("-2", "∂c/∂a = ____, ∂c/∂b = ____")
    assert found["d"][2:] == ("∂d/∂b = 1", "-2")  # the gradients that stay are those of the whole pass


def test_the_terms_of_a_gradient_are_left_out_by_themselves_or_with_their_sum():
    e = colah()
    assert rows(e, "contributions")["b"][3] == "____ + ____ = 1"
    assert rows(e, ["contributions", "gradients"])["b"][3] == "____ + ____ = ____"
    assert rows(e, "gradients")["b"][3] == "____"
    assert rows(e, {"c": ["gradients"]})["b"][3] == "-2 + … = 1"  # what c hands on tells its gradient
    x = Value(3.0, "x")
    y = x * x
    assert rows(y, "contributions", by="node")["x"][3] == "6"
    assert rows(y, "contributions")["x"][3] == "____ + ____ = 6"


def test_boxes_of_a_kind_are_as_wide_as_its_widest_answer_or_as_is_said():
    found = rows(colah(-4000.25, 2.0), ("values", "gradients"))  # c is -3998, and e -11995
    assert {cells[1] for name, cells in found.items() if name in "cde"} == {"_" * len("-11995")}
    assert {cells[3] for cells in found.values()} == {"_" * len("-3998")}
    assert rows(colah(), {"values": 9})["c"][1] == "_" * 9
    with pytest.raises(ValueError, match="the boxes for values hold 1 character, and an answer has 2"):
        colah().tape().table(blanks={"values": 1})


def test_gradients_left_out_are_those_of_the_pass_that_ran_or_would_run():
    swept = colah()
    swept.backward()
    assert written(swept, blanks="gradients") == written(colah(), blanks="gradients")
    blanks = blanks_of(colah().tape(), "gradients")
    assert [blanks.written("gradients", node) for node in blanks.tape] == ["3", "1", "3", "-2", "1"]
    upstream = colah()
    upstream.backward(5.0)
    blanks = blanks_of(upstream.tape(), "gradients")
    assert [blanks.answer("gradients", node) for node in blanks.tape] == [15.0, 5.0, 15.0, -10.0, 5.0]


@pytest.mark.parametrize("kinds", [("values",), ("gradients",), ("locals",), ("contributions", "gradients"), KINDS])
@pytest.mark.parametrize("notation", ["∂", "bar"])
def test_no_medium_holds_an_answer(kinds, notation):
    y = bent()
    y.backward()
    blanks = blanks_of(y.tape(), kinds)
    answers = {
        blanks.written(kind, node, slot)
        for kind in kinds
        for node in y.tape()
        for slot in range(max(1, len(node.parents)) if kind in ("locals", "contributions") else 1)
        if blanks.has(kind, node, slot if kind in ("locals", "contributions") else None)
    }
    given = {"7", "0.01562", "1", "0"}  # what leaves are, the seed, and a slope of ReLU
    if "values" not in kinds:
        given |= {blanks.written("values", node) for node in y.tape()}
    if "locals" not in kinds:
        given |= {blanks.written("locals", n, s) for n in y.tape() for s in range(len(n.parents)) if not blanks.tells(n, s)}
    hidden = answers - given
    assert hidden
    for medium, text in written(y, blanks=kinds, notation=notation).items():
        assert [number for number in hidden if number.lstrip("-") in text] == [], medium


@pytest.mark.parametrize("medium", MEDIA)
def test_tables_of_other_numbers_are_the_same_bytes(medium):
    everything = {"x": ["values", "gradients"], "w": ["values", "gradients"], **dict.fromkeys("ntry", KINDS)}
    widths = {name: dict.fromkeys([kinds] if isinstance(kinds, str) else kinds, 9) for name, kinds in everything.items()}
    one, other = (written(bent(x), blanks=widths)[medium] for x in (7.0, -600.0))  # ReLU is open, and closed
    assert one == other


def test_html_says_what_is_asked_and_draws_pills_for_gradients():
    table = colah().tape().table(blanks=("values", "gradients")).html()
    boxes = re.findall(r'<span class="box" role="img" aria-label="([^"]*)" style="[^"]*border:1px (\w+);[^"]*"></span>', table)
    assert boxes == [
        ("∂e/∂a, to fill in", "dashed"),
        ("∂e/∂b, to fill in", "dashed"),
        ("c, to fill in", "solid"),
        ("∂e/∂c, to fill in", "dashed"),
        ("d, to fill in", "solid"),
        ("∂e/∂d, to fill in", "dashed"),
        ("e, to fill in", "solid"),
        ("∂e/∂e, to fill in", "dashed"),
    ]


def test_a_name_cannot_break_out_of_a_box():
    x = Value(2.0, '"><b>')
    y = x * 3
    y.label = "y"
    table = y.tape().table(blanks="gradients").html()
    assert "<b>" not in table
    assert table.count('class="box"') == 2


def test_latex_has_phantoms_of_zeros_and_markdown_rules():
    table = colah().tape().table(blanks={"values": 5})
    assert table.latex().count(r"\boxed{\phantom{00000}}") == 3
    assert table.markdown().count(r"\_\_\_\_\_") == 3


@pytest.mark.parametrize(
    ("blanks", "said"),
    [
        ("value", "there are no blanks 'value', did you mean 'values'"),
        ("grad", "there are no blanks 'grad', did you mean 'gradients'"),
        ({"cc": "values"}, "there is no cc here, did you mean c?"),
        ({"a": "locals"}, "a is computed from nothing that takes a gradient, and has no local derivative"),
        ({"values": 0}, "the width of boxes is a number of characters, 1 or more, not 0"),
        ([], r"blanks, \[\], leaves nothing out here"),
    ],
)
def test_blanks_that_there_are_not_are_refused_with_what_there_is(blanks, said):
    with pytest.raises(ValueError, match=said):
        colah().tape().table(blanks=blanks)


def test_blanks_of_another_type_are_refused():
    with pytest.raises(TypeError, match="blanks takes 'values', 'locals'"):
        colah().tape().table(blanks=3)


@pytest.mark.parametrize("option", [{"position": 1}, {"every_update": True}, {"tangent": "a"}])
def test_a_table_of_anything_but_a_whole_pass_has_no_blanks(option):
    with pytest.raises(ValueError, match=f"leave out {next(iter(option))}, or blanks"):
        colah().tape().table(blanks="values", **option)


def test_several_roots_have_blank_values_but_no_blank_gradients():
    from chalkgrad.engine import tape

    e = colah()
    both = tape(e, e.parents[0])
    assert both.table(blanks="values").text().count("____") == 3
    with pytest.raises(ValueError, match="are those of one root, and there are 2"):
        both.table(blanks="gradients")
