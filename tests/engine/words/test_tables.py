"""Tables fit the terminal: cells take several lines or are folded, columns and rows are left out, and it is said."""

import pytest
from chalkgrad.engine import Value, affine, chain_rule, cost, derivative_expression, gradcheck, hessian, jacobian, nudge, total
from chalkgrad.engine.basics.terminal import ascii_form, columns
from chalkgrad.engine.words.tables import Tabular, aligned, fitted
from chalkgrad.nn import MLP

SCREENS = 47  # lines on two of them, without the line that is typed next


def lecture_neuron():
    """The lecture's neuron with the lecture's own labels, swept."""
    x1, x2 = Value(2.0, "x1"), Value(0.0, "x2")
    w1, w2, b = Value(-3.0, "w1"), Value(1.0, "w2"), Value(6.8813735870195432, "b")
    x1w1, x2w2 = x1 * w1, x2 * w2
    x1w1.label, x2w2.label = "x1*w1", "x2*w2"
    both = x1w1 + x2w2
    both.label = "x1*w1 + x2*w2"
    n = both + b
    n.label = "n"
    e = (2 * n).exp()
    o = (e - 1) / (e + 1)
    o.label = "o"
    o.backward()
    return o


def loss():
    """The squared error of three samples in micrograd's own network."""
    model = MLP(2, [16, 16, 1], seed=1)
    root = sum((model([float(i), 1.0 - i]) - 1.0) ** 2 for i in range(1))
    root.label = "L"
    return root, model.parameters()


def on_terminal(monkeypatch, width, shown, height=24):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("LINES", str(height))
    lines = str(shown).splitlines()
    assert max(map(columns, lines)) <= width
    assert len(lines) <= 2 * height - 1
    return lines


def cells(lines):
    return [[cell.strip() for cell in line.split("│")] for line in lines if "│" in line]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_the_trace_of_the_lectures_neuron_fits(width, monkeypatch):
    lines = on_terminal(monkeypatch, width, lecture_neuron().tape())
    adjoints = "".join(row[-1] for row in cells(lines)).replace(" ", "")
    assert "-0.1036+0.1464=0.04289" in adjoints or "…=0.04289" in adjoints


def test_at_80_columns_every_local_derivative_of_the_lectures_neuron_is_there_in_full(monkeypatch):
    tape = lecture_neuron().tape()
    lines = on_terminal(monkeypatch, 80, tape)
    assert not lines[-1].startswith("folded")
    whole = "".join(row[3] for row in cells(lines)).replace(" ", "")
    for _, _, _, derivatives, _ in cells(tape.text().splitlines())[1:]:
        assert derivatives.replace(" ", "") in whole


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("options", [{}, {"every_update": True}, {"notation": "bar", "position": 5}])
def test_the_trace_of_a_loss_fits_and_says_how_to_see_all(width, options, monkeypatch):
    root, _ = loss()
    table = root.tape().table(**options)
    lines = on_terminal(monkeypatch, width, table)
    said = " ".join(line.strip() for line in lines if "│" not in line)
    full = "print(L.tape().text())" if not options else "print(L.tape().table(…).text())"
    rows = len(root.tape()) if "every_update" not in options else len(root.steps())
    left = rows - (len(cells(lines)) - 2)
    assert f"… and {left:,} rows more: {full} has all" in said
    assert f"folded to {width} columns: {full} has it in full" in said
    assert "sums of more than 4 terms are folded: table(terms=None) writes them in full" in said
    assert len(table.text().splitlines()) == 2 + rows + len(table.below())


def test_a_limit_that_was_given_is_kept(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    root, _ = loss()
    assert len(cells(str(root.tape().table(limit=None)).splitlines())) == 1 + len(root.tape())
    assert len(cells(str(root.tape().table(limit=100)).splitlines())) == 1 + 101


def test_all_terms_and_all_local_derivatives_are_written_where_that_is_asked_for():
    y = total([Value(float(i), f"x{i}") for i in range(9)])
    y.label = "y"
    row = next(row for row in cells(str(y.tape().table(terms=None)).splitlines()) if row[0] == "y")
    assert row[1] == " + ".join(f"x{i}" for i in range(9))
    assert row[3] == ", ".join(f"∂y/∂x{i} = 1" for i in range(9))
    assert "terms=None" not in str(y.tape().table(terms=None))
    folded = str(y.tape())
    assert "x0 + x1 + … + x8" in folded
    assert "x0 + x1 + … + x8" in y.tape().table().html()
    assert folded.endswith("sums of more than 4 terms are folded: table(terms=None) writes them in full")


def test_over_a_pipe_lines_are_as_long_as_they_are(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    tape = lecture_neuron().tape()
    assert str(tape) == tape.text()
    assert max(map(len, str(tape).splitlines())) > 110


class Numbers(Tabular):
    """A table of any kind, with much to say below."""

    def cells(self, medium):
        return [["n", "square"], *([str(i), str(i * i)] for i in range(337))]

    def below(self):
        return [f"{i} is no prime" for i in range(200)]


@pytest.mark.parametrize("width", [60, 80])
def test_a_table_of_any_kind_fits_two_screens(width, monkeypatch):
    monkeypatch.setattr(Numbers, "below", lambda self: ["a line"])
    lines = on_terminal(monkeypatch, width, Numbers())
    assert lines[-1] == "… and 297 rows more: print(….text()) has all"
    assert [row[0] for row in cells(lines)[1:]] == [*map(str, range(20)), "…", *map(str, range(317, 337))]
    assert len(Numbers().text().splitlines()) == 337 + 3


def chain(length):
    x = y = Value(1.0, "x")
    for _ in range(length):
        y = y * x + 1
    y.label = "y"
    return x, y


KINDS = {
    "trace": lambda x, y: y.tape(),
    "every update": lambda x, y: y.tape().table(every_update=True, by="node", notation="bar"),
    "tangents": lambda x, y: y.tape().tangents(x),
    "tangents by leaf": lambda x, y: y.tape().tangents(),
    "factored": lambda x, y: chain_rule(y, x).factored(),
    "at a step": lambda x, y: y.steps().table(),
}


@pytest.mark.parametrize("height", [14, 24, 50])
@pytest.mark.parametrize("kind", KINDS)
def test_two_screens_are_as_high_as_the_terminal(kind, height, monkeypatch):
    shown = KINDS[kind](*chain(60))
    lines = on_terminal(monkeypatch, 60, shown, height)
    if kind != "factored":  # whose next shorter form may be much shorter
        assert len(lines) >= 2 * height - 8


@pytest.mark.parametrize("width", [60, 120])
def test_what_stands_below_a_table_takes_rows_away(width, monkeypatch):
    xs = [Value(float(i), f"x{i}") for i in range(30)]
    root = total([affine(xs[:15], xs[15:], 1.0).tanh() for _ in range(30)])
    assert "terms are folded" in " ".join(on_terminal(monkeypatch, width, root.tape()))
    monkeypatch.setattr(Numbers, "below", lambda self: ["a line"] * 9)
    assert on_terminal(monkeypatch, width, Numbers()).count("a line") == 9


def test_all_rows_of_tangents_can_be_read(monkeypatch):
    x, y = chain(150)
    for tangents in (y.tape().tangents(), y.tape().tangents(x)):
        assert any("rows more" in line for line in on_terminal(monkeypatch, 80, tangents))
        assert len([*filter(None, cells(tangents.text().splitlines()))]) == 1 + len(y.tape())


def test_of_many_lines_below_a_table_the_first_are_written(monkeypatch):
    monkeypatch.setattr(Numbers, "cells", lambda self, medium: [["n"], ["1"]])
    lines = on_terminal(monkeypatch, 80, Numbers())
    assert lines[3:] == [*(f"{i} is no prime" for i in range(43)), "… and 157 lines more: print(….text()) has all"]


@pytest.mark.parametrize("width", [60, 80])
def test_a_check_of_many_parameters_fits(width, monkeypatch):
    root, parameters = loss()
    lines = on_terminal(monkeypatch, width, gradcheck(root, parameters[:60]))
    assert {row[-1] for row in cells(lines) if row[-1]} == {"verdict", "agrees"}


@pytest.mark.parametrize("width", [60, 80, 200])
def test_matrices_of_derivatives_fit(width, monkeypatch):
    root, parameters = loss()
    on_terminal(monkeypatch, width, jacobian([root, root * 2], parameters))
    on_terminal(monkeypatch, width, hessian(root, parameters[-20:]))


# One table by itself -------------------------------------------------------------------------------------------------

ROWS = [
    ("layer1.neuron1.w1", "w1·x1 + w2·x2 + … + w16·x16 + b", "∂v6/∂w1 = x1 = 0.5, ∂v6/∂w2 = x2 = -1", "3 + 2 = 5"),
    ("b", "", "", "-1"),
]
HEADS = ("v", "expression", "local derivatives", "adjoint")


@pytest.mark.parametrize("width", range(40, 140, 7))
@pytest.mark.parametrize("count", [1, 60])
@pytest.mark.parametrize("dots", ["…", "..."])
def test_a_table_is_never_wider_than_asked_for(width, count, dots):
    table = fitted(HEADS, ROWS * count, width, [2], dots)
    assert max(map(columns, table.lines)) <= width
    assert len(table.lines) >= 2 * count + 2
    if count == 60:  # one line each
        assert len(table.lines) == 2 * count + 2
        assert table.folded == (width < max(map(columns, aligned(HEADS, ROWS).splitlines())))


def test_cells_that_are_broken_have_all_their_words():
    for width in range(50, 120, 5):
        table = fitted(HEADS, ROWS, width)
        if not table.folded:
            for i, cell in enumerate(ROWS[0]):
                whole = "".join(row[i] for row in cells(table.lines[1:])).replace(" ", "")
                assert cell.replace(" ", "") in whole


def test_many_columns_are_left_out_in_the_middle():
    heads = [f"∂y/∂x{i}" for i in range(30)]
    table = fitted(["way", *heads], [["forward", *map(str, range(30))]], 60)
    assert table.folded
    assert cells(table.lines)[0][-1] == "∂y/∂x29"
    assert "…" in cells(table.lines)[0]


def test_marks_around_names_from_right_to_left_stay_in_pairs():
    name = "\u2068" + "משקל" * 5 + "\u2069"
    for width in range(40, 60):
        text = "\n".join(fitted(("v", "expression"), [(name, f"{name}·{name} + {name}")] * 50, width).lines)
        for line in text.splitlines():
            assert line.count("\u2068") == line.count("\u2069")


def test_in_ascii_a_table_fits_too(monkeypatch):
    root, _ = loss()
    monkeypatch.setattr("chalkgrad.engine.words.tables.printable", ascii_form)
    lines = on_terminal(monkeypatch, 80, root.tape())
    assert all(line.isascii() for line in lines)


# What is no table ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 80])
def test_whatever_is_said_of_a_loss_fits(width, monkeypatch):
    root, parameters = loss()
    nodes = derivative_expression(root, parameters[0], in_terms_of="nodes")
    for shown in (cost(root), nudge(root, parameters[0]), nodes):
        on_terminal(monkeypatch, width, shown)
    assert str(nodes).splitlines()[-1].endswith("lines more: print(….text()) has all")
    assert nodes.text().count("\n") > SCREENS


def test_a_verdict_on_many_gradients_fits_and_the_rest_can_be_read(monkeypatch):
    root, _ = loss()
    verdict = root.check(**{name: 0.5 for name in root.tape().names.values() if name.isidentifier()})
    whole = verdict[:].splitlines()
    assert on_terminal(monkeypatch, 200, verdict) == [*whole[:44], f"… and {len(whole) - 44} lines more: print(…[:]) has all"]


def test_a_line_above_a_table_stands_above_it_in_every_form(monkeypatch):
    monkeypatch.setattr(Numbers, "above", lambda self: ["squares < 337²"], raising=False)
    monkeypatch.setattr(Numbers, "below", lambda self: [])
    assert Numbers().text().startswith("squares < 337²\n n ")
    assert Numbers().markdown().startswith("squares &lt; 337²\n\n| n |")
    assert Numbers().html().startswith('<p dir="ltr">squares &lt; 337²</p>\n<table')
    lines = on_terminal(monkeypatch, 60, Numbers())
    assert lines[0] == "squares < 337²"
    assert lines[-1] == "… and 298 rows more: print(….text()) has all"
