"""The evaluation trace and its options: published tables, the adjoints coming in, and LaTeX, Markdown and HTML."""

import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import NonFiniteError, StaleGraphError, Value, affine, operation, sqrt, tanh, tape, unit
from chalkgrad.engine.basics.terminal import columns
from chalkgrad.engine.words.expressions import latex_name
from counting import lines
from hypothesis import given, settings
from hypothesis import strategies as st
from textbook import colah

ENTRIES = examples.entries()
ISOLATES = "\u2068\u2069"


def example(name):
    """The root of an example, and its Values by name."""
    parsed = examples.build(examples.load(name))
    return parsed.names[ENTRIES[name]["outputs"][0]], parsed.names


def cells(table):
    """The cells of a table's text, headings first."""
    head, _, *rows = str(table).splitlines()
    return [[cell.strip() for cell in row.split("│")] for row in (head, *rows) if "│" in row]


def column(table, heading):
    """One column of a table as a dictionary, by the first column."""
    head, *rows = cells(table)
    return {row[0]: row[head.index(heading)] for row in rows}


# The forward sweep ---------------------------------------------------------------------------------------------------


def test_baydins_table_2_has_the_published_tangents():
    root, values = example("baydin")
    shown = column(root.tape().table(tangent=values["x1"]), "∂v/∂x1")
    for name, printed in ENTRIES["baydin"]["forward_tangent_seed_x1"].items():
        assert Decimal(shown[name]) == Decimal(printed), name
    assert (shown["x1"], shown["x2"]) == ("1", "0")


@pytest.mark.parametrize("name", [name for name in ENTRIES if "published" in ENTRIES[name]])
def test_tangents_of_the_root_are_its_gradients(name):
    root, _ = example(name)
    nodes = root.tape()
    root.backward()
    for x in nodes:
        assert nodes.tangents(x)[root] == pytest.approx(x.grad, rel=1e-13, abs=1e-300)


def test_the_tangent_of_an_inner_value_starts_there():
    x = Value(3.0, "x")
    y = x * x
    z = y + x
    assert [*z.tape().tangents(y).values()] == [0.0, 1.0, 1.0]


def test_a_tangent_is_asked_for_by_a_name_too():
    x = Value(3.0, "x")
    w = Value(2.0, "w")
    z = x * x * w
    tape = z.tape()
    assert str(tape.table(tangent="x")) == str(tape.table(tangent=x))
    assert tape.tangents("w")[z] == 9.0
    assert tape.tangents(["x", w], [1.0, 2.0])[z] == 1 * 2 * 3.0 * 2 + 2 * 9.0


def test_tangents_are_refused_where_there_are_none():
    x, other, frozen = Value(0.0, "x"), Value(1.0, "other"), Value(1.0, "frozen", constant=True)
    y = sqrt(x) * frozen
    with pytest.raises(ValueError, match="a value on the tape, and other is not on it"):
        y.tape().tangents(other)
    with pytest.raises(ValueError, match="and frozen is a constant"):
        y.tape().table(tangent=frozen)
    with pytest.raises(ValueError, match="there is no z here; the values are x, "):
        y.tape().table(tangent="z")
    with pytest.raises(ValueError, match="and 3 is not on it"):
        y.tape().table(tangent=3)
    with pytest.raises(NonFiniteError, match=r"forward mode from x stops at v2 = √x"):
        y.tape().tangents(x)
    x.data = 4.0
    with pytest.raises(StaleGraphError):
        y.tape().tangents(x)


def test_a_hundred_thousand_nodes_have_tangents_without_recursion():
    x = y = Value(1.0)
    for _ in range(100_000):
        y = y + x
    assert y.tape().tangents(x)[y] == 100_001.0


# A row for every += --------------------------------------------------------------------------------------------------


def accumulations(table, symbol):
    """(name, running value) of each row."""
    head, *rows = cells(table)
    adjoint, so_far = head.index("gradient"), head.index("so far")
    return [(re.fullmatch(symbol, row[adjoint])[1], row[so_far]) for row in rows]


def test_cppads_published_accumulations_node_by_node():
    root, _ = example("cppad_exp2")
    table = root.tape().table(every_update=True, by="node")
    assert accumulations(table, "∂v5/∂(.*)") == [tuple(row) for row in ENTRIES["cppad_exp2"]["accumulation_order"]]


def test_edge_by_edge_cppads_square_takes_two_rows():
    root, _ = example("cppad_exp2")
    accumulated = accumulations(root.tape().table(every_update=True), "∂v5/∂(.*)")
    assert accumulated[-3:] == [("v1", "0.25"), ("v1", "0.5"), ("v1", "1.5")]


def test_griewanks_increments_under_bars():
    root, _ = example("griewank")
    table = root.tape().table(every_update=True, notation="bar", digits=6)
    rows = accumulations(table, "(.*)")
    published = {"v̄4": ("1.4924", "2.8437"), "x̄2": ("-4.6884", "-13.7239"), "v̄1": ("2.8437", "1.5059")}
    for name, printed in published.items():
        for (_, shown), digits in zip([row for row in rows if row[0] == name], printed, strict=True):
            # the book chains roundings to four decimals, and so is one unit off in its last place
            assert abs(Decimal(shown) - Decimal(digits)) <= Decimal("0.0001"), name


@pytest.mark.parametrize("by", ["edge", "node"])
@pytest.mark.parametrize("name", ENTRIES)
def test_the_last_running_value_of_every_adjoint_is_the_gradient(name, by):
    root, _ = example(name)
    nodes = root.tape()
    table = nodes.table(every_update=True, by=by, digits=17, limit=None)
    root.backward()
    accumulated = dict(accumulations(table, "∂[^/]*/∂(.*)"))
    grads = {nodes.names[node]: node.grad for node in nodes if not node.constant}
    assert {name: float(last) for name, last in accumulated.items()} == grads


def test_an_update_row_says_all_a_lecturer_says():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    e = a * b
    e.label = "e"
    assert cells(e.tape().table(every_update=True)) == [
        ["step", "through", "local derivative", "gradient", "+=", "so far"],
        ["seed", "", "", "∂e/∂e", "", "1"],
        ["1/2", "e = a·b", "∂e/∂a = b = -3", "∂e/∂a", "∂e/∂e · ∂e/∂a = 1 · (-3) = -3", "-3"],
        ["2/2", "e = a·b", "∂e/∂b = a = 2", "∂e/∂b", "∂e/∂e · ∂e/∂b = 1 · 2 = 2", "2"],
    ]


def test_updates_stop_at_the_position():
    assert [len(cells(colah().tape().table(every_update=True, position=p))) for p in range(6)] == [2, 3, 4, 5, 6, 7]


# The adjoint column --------------------------------------------------------------------------------------------------

FILLING = [
    ["", "", "", "", "1"],
    ["", "", "2", "", "1"],
    ["", "", "2", "3", "1"],
    ["", "3 + …", "2", "3", "1"],
    ["2", "3 + …", "2", "3", "1"],
    ["2", "3 + 2 = 5", "2", "3", "1"],
]


@pytest.mark.parametrize("position", range(6))
def test_the_adjoint_column_fills_edge_by_edge(position):
    e = colah()
    shown = column(e.tape().table(position=position), "gradient")
    assert [*shown.values()] == FILLING[position]
    assert not e.has_grad  # nothing was swept for it


def test_print_shows_where_a_cursor_stands():
    e = colah()
    table, steps = e.tape().table(), e.steps()
    assert set(column(table, "gradient").values()) == {""}
    for position in (1, 2, 3, 4, 5, 3, 1, 5):
        steps.goto(position)
        assert [*column(table, "gradient").values()] == FILLING[position], position
        assert [*column(e.tape(), "gradient").values()] == FILLING[position], position
    e.zero_grad()
    e.backward()
    assert [*column(table, "gradient").values()] == FILLING[5]


def test_a_sweep_to_one_parameter_leaves_the_others_blank():
    e = colah()
    b = e.tape()[1]
    steps = e.steps(wrt=b)
    steps.step(3)
    assert column(e.tape(), "gradient")["b"] == "3 + …"
    steps.run()
    assert column(e.tape(), "gradient") == {"a": "", "b": "3 + 2 = 5", "c": "2", "d": "3", "e": "1"}


def test_gradients_filled_in_by_hand_are_shown_as_the_part_they_are():
    e = colah()
    _, b, c, d, _ = e.tape()
    e.grad, c.grad, d.grad, b.grad = 1, 2, 3, 3
    shown = {"b": "3 + …", "c": "2", "d": "3", "e": "1"}
    assert column(e.tape(), "gradient") == {"a": ""} | {name: f"{cell} (set by hand)" for name, cell in shown.items()}
    b.grad = 4  # which no step leads to
    assert column(e.tape(), "gradient")["b"] == "4 (set by hand)"


@pytest.mark.parametrize("name", ENTRIES)
def test_on_every_example_the_cells_hold_the_stepped_gradients(name):
    root, _ = example(name)
    steps, nodes = root.steps(), root.tape()
    for position in range(0, len(steps), max(1, len(steps) // 10)):
        steps.goto(position)
        explicit = nodes.table(position=position, digits=17, limit=None)
        found = column(explicit, "gradient")
        for node in nodes:
            cell = found[nodes.names[node]]
            if not node.has_grad:
                assert cell == ("constant" if node.constant else "")
            elif "…" not in cell:
                assert float(cell.rpartition("= ")[2]) == node.grad


def test_by_node_a_repeated_parent_is_one_term():
    x = Value(3.0, "x")
    y = x * x + x
    y.backward()
    assert column(y.tape(), "gradient")["x"] == "1 + 3 + 3 = 7"
    assert column(y.tape().table(by="node"), "gradient")["x"] == "1 + 6 = 7"
    assert column(y.tape().table(by="node", position=2), "gradient")["x"] == "1 + …"


def test_many_terms_are_cut():
    x = Value(2.0, "x")
    y = affine([x] * 20, [1.0] * 20, 0.0)
    y.backward()
    assert column(y.tape(), "gradient")["x"] == "1 + 1 + … + 1 = 20"


def test_stale_values_are_marked_and_a_sweep_over_them_is_refused():
    x = Value(2.0, "x")
    y = x * x
    table = y.tape().table()
    x.data = 3.0
    assert "stale: call forward()" in str(table)
    assert r"4\text{ (stale: call forward())}" in table.latex(limit=None)
    with pytest.raises(StaleGraphError):
        y.tape().table(position=1)


# Notation and digits -------------------------------------------------------------------------------------------------


def test_the_three_notations():
    e = colah()
    e.backward()
    b = e.tape()[1]
    by = {notation: cells(e.tape().table(notation=notation, tangent=b)) for notation in ("∂", "d", "bar")}
    assert by["∂"][0] == ["v", "expression", "value", "local derivatives", "∂v/∂b", "gradient"]
    assert by["d"][0] == ["v", "expression", "value", "local derivatives", "dv/db", "de/dv"]
    assert by["bar"][0] == ["v", "expression", "value", "local derivatives", "v̇ (ḃ = 1)", "v̄"]
    assert by["∂"][5] == ["e", "c·d", "6", "∂e/∂c = d = 2, ∂e/∂d = c = 3", "5", "1"]
    assert by["d"][5] == ["e", "c·d", "6", "∂e/∂c = d = 2, ∂e/∂d = c = 3", "5", "1"]
    assert by["d"][3][3] == "∂c/∂a = 1, ∂c/∂b = 1"
    assert by["d"][4][3] == "dd/db = 1"
    assert by["bar"][5] == ["e", "c·d", "6", "∂e/∂c = d = 2, ∂e/∂d = c = 3", "ė = 5", "ē = 1"]
    assert by["bar"][2][-1] == "b̄ = 3 + 2 = 5"


@pytest.mark.parametrize(
    ("label", "plain", "latex"),
    [
        ("v1", "v̄1", r"\bar{v}_{1}"),
        ("θ₂", "θ̄₂", r"\bar{\theta}_{2}"),
        ("loss", "bar(loss)", r"\overline{\mathrm{loss}}"),
        ("x1*w1", "bar(x1*w1)", r"\overline{\mathrm{x1*w1}}"),
        ("א", f"{ISOLATES[0]}א̄{ISOLATES[1]}", r"\bar{\text{{\cgleft \cgletter{05D0 }\cgright}}}"),
    ],
)
def test_names_under_a_bar(label, plain, latex):
    y = Value(1.0, label)
    table = y.tape().table(notation="bar", position=0)
    assert cells(table)[1][-1] == f"{plain} = 1"
    assert table.latex().splitlines()[-2].endswith(f" & {latex} = 1")


@pytest.mark.parametrize(
    ("digits", "third", "product"),
    [(1, "0.3", "0.1"), (4, "0.3333", "0.1111"), (6, "0.333333", "0.111111"), (17, repr(1 / 3), repr(1 / 3 / 3))],
)
def test_digits_reach_values_expressions_and_reasons(digits, third, product):
    x = Value(1 / 3, "x")
    y = x * (1 / 3)
    y.label = "y"
    y.backward()
    rows = cells(y.tape().table(digits=digits))
    assert rows[1:] == [["x", "", third, "", third], ["y", f"x·{third}", product, f"∂y/∂x = {third}", "1"]]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_17_digits_are_the_very_number(x):
    shown = cells(Value(x, "x").tape().table(digits=17))[1][2]
    assert float(shown) == x
    assert "e+" not in shown


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"notation": "dot"}, 'the notation is "∂", "functions", "d" or "bar", not .dot'),
        ({"digits": 0}, "from 1 to 17"),
        ({"digits": 4.0}, "from 1 to 17"),
        ({"by": "unit"}, "by is 'edge' or 'node', not 'unit'"),
        ({"limit": 0}, "a number of rows, or None for all, not 0"),
        ({"position": 6}, "0 to 5, not 6"),
        ({"position": -1}, "0 to 5, not -1"),
    ],
)
def test_options_that_no_table_has_are_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        colah().tape().table(**options)


def test_a_tape_of_two_roots_has_a_trace_but_no_single_sweep():
    x = Value(2.0, "x")
    both = tape(x + 1, x * x)
    assert column(both.table(tangent=x, notation="d"), "dv/dx") == {"x": "1", "v2": "1", "v3": "4"}
    assert cells(both.table(notation="d"))[0][-1] == "gradient"
    with pytest.raises(ValueError, match="starts at one root, and this tape has 2"):
        both.table(position=0)


def test_tangents_and_updates_are_different_tables():
    e = colah()
    with pytest.raises(ValueError, match="leave out tangent, or every_update"):
        e.tape().table(tangent=e, every_update=True)


@pytest.mark.parametrize("every_update", [False, True])
def test_a_limited_table_says_how_many_rows_it_leaves_out(every_update):
    y = Value(1.0, "x")
    for _ in range(500):
        y = y + 1.0
    rows = cells(y.tape().table(every_update=every_update, limit=10))[1:]
    assert len(rows) == 11
    assert rows[5][:2] == ["…", "… 491 rows more …"]
    assert len(cells(y.tape().table(every_update=every_update, limit=None))) == 502


def in_the_middle_of_a_sweep(size):
    """A tape of so many sums, and steps through them that have come to the tenth."""
    x = y = Value(1.0, "x")
    for _ in range(size):
        y = y + x
    steps = y.steps()
    steps.goto(10)
    return y.tape(), steps


def test_a_large_tape_is_printed_in_the_middle_of_a_sweep():
    tape, _ = in_the_middle_of_a_sweep(50_000)
    assert "…" in column(tape, "gradient")["x"]


def test_printing_in_the_middle_of_a_sweep_is_work_in_proportion():
    def work(size):
        tape, _ = in_the_middle_of_a_sweep(size)
        return lines(lambda: str(tape))

    assert work(4_000) < 5 * work(1_000)  # four times as many; the square would be 16 times the work


# Other media ---------------------------------------------------------------------------------------------------------

HOSTILE = [
    "|",
    "\\|",
    "a\\",
    "<script>alert(1)</script>",
    "</table>",
    '" onload="x',
    "&amp;",
    "$x$",
    "*b*_c_`d`",
    "[l](u)",
    "50%",
    "#{}~^",
    "a\nb",
    "\u2028",
    "\u202e",
    "\ud800",
    "\x00",
    "שלום",
    "x₁ & y",
    "重み",
]


def swept(label):
    x = Value(0.5, label)
    y = tanh(x) * x + x
    y.label = label
    y.backward()
    return y


def tables(label):
    y = swept(label)
    x = y.tape()[0]
    for notation in ("∂", "d", "bar"):
        yield y.tape().table(notation=notation, tangent=x)
        yield y.tape().table(notation=notation, every_update=True, by="node")
    with unit(label):
        yield (Value(1.0, "w") + Value(2.0, "w")).tape().table()


class Reader(HTMLParser):
    """Reads a table, and refuses what is not one."""

    def __init__(self, text):
        super().__init__()
        self.open, self.rows = [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        within = {"table": [None], "thead": ["table"], "tbody": ["table"], "tr": ["thead", "tbody"], "th": ["tr"], "td": ["tr"]}
        assert (self.open[-1] if self.open else None) in within[tag]
        assert {name for name, _ in attributes} <= {"dir", "scope", "style"}
        cell = "text-align: left; padding: 0.3em 0.8em"
        assert dict(attributes).get("style") == (cell if tag in ("th", "td") else None)
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open and self.open[-1] in ("th", "td"):
            self.rows[-1][-1] += text
        else:
            assert text.isspace()

    def handle_comment(self, text):
        raise AssertionError(text)


@pytest.mark.parametrize("label", HOSTILE, ids=ascii)
def test_html_is_one_table_with_the_cells_of_the_text(label):
    for table in tables(label):
        rows = Reader(table.html()).rows
        assert rows == table.cells("text")
        assert len({len(row) for row in rows}) == 1
        assert any(label in cell for row in rows for cell in row) or not label.isprintable()


def markdown_cells(line):
    """The cells of a row as GitHub's grammar splits it, with escapes undone."""
    assert line.startswith("| ")
    assert line.endswith(" |")
    parts = re.findall(r"(?:\\.|[^|\\])*", line[1:-1])
    undone = [re.sub(r"\\(.)", r"\1", part).strip() for part in parts]
    return [part.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for part in undone[::2]]


@pytest.mark.parametrize("label", HOSTILE, ids=ascii)
def test_markdown_keeps_every_cell_in_its_column(label):
    for table in tables(label):
        head, rule, *rows = table.markdown().splitlines()
        assert rule == "| " + " | ".join(["---"] * len(markdown_cells(head))) + " |"
        assert [markdown_cells(row) for row in (head, *rows)] == [[c.strip() for c in row] for row in table.cells("text")]
        assert "<" not in table.markdown()


def check_latex(text):
    """The structure that LaTeX needs: the environment, the rule, as many & as columns, balanced braces, no bare dollar."""
    needs, *letters, first, head, rule, rows = text.split("\n", text.partition(r"\begin{array}")[0].count("\n") + 3)
    *rows, last = rows.split("\n")
    assert needs == r"% needs \usepackage{amsmath}"
    assert not any("#" in line for line in letters)
    wide = len(re.fullmatch(r"\\begin\{array\}\{(l+)\}", first)[1])
    assert (rule, last) == (r"\hline", r"\end{array}")
    assert text.isascii()
    for i, row in enumerate((head, *rows)):
        row, end = re.fullmatch(r"(.*?)( \\\\(?:\[0\.4em\])?)?", row).groups()
        assert bool(end) == (i < len(rows))
        bare = re.sub(r"\\.", "", row)  # commands' first letters and escaped characters
        assert bare.count("&") == wide - 1
        assert not set("%#$") & set(re.sub(r"\$[^$]*\$", "", bare))
        for cell in re.split(r"(?<!\\)&", row):
            depth = 0
            for brace in re.findall(r"[{}]", re.sub(r"\\.", "", cell)):
                depth += 1 if brace == "{" else -1
                assert depth >= 0
            assert depth == 0
        assert row.count(r"\left(") == row.count(r"\right)")


@pytest.mark.parametrize("label", HOSTILE, ids=ascii)
def test_latex_has_the_structure_that_it_needs(label):
    for table in tables(label):
        check_latex(table.latex())


@pytest.mark.parametrize("name", ENTRIES)
def test_every_example_in_every_medium(name):
    root, _ = example(name)
    root.backward()
    for options in ({}, {"notation": "bar", "tangent": root.tape()[0]}, {"every_update": True, "by": "node"}):
        if "tangent" in options and options["tangent"].constant:
            continue
        table = root.tape().table(**options)
        check_latex(table.latex())
        assert Reader(table.html()).rows == table.cells("text")
        assert len(table.markdown().splitlines()) == len(str(table).splitlines())


def test_latex_writes_reasons_tests_and_powers_of_ten_as_mathematics():
    x = Value(2.5e-6, "x1")
    y = x.relu() + x * x
    y.label = "y"
    text = y.tape().table().latex(limit=None)
    assert r"& 2.5 \cdot 10^{-6} &" in text
    assert r"& \frac{\partial v_{2}}{\partial x_{1}} = 1\text{ where }x_{1} > 0 &" in text
    assert r"\text{ (}\text{1st}\text{ }x_{1}\text{)} = x_{1} = 2.5 \cdot 10^{-6}" in text


def test_notebooks_get_html_alone():
    e = colah()
    for shown in (e.tape(), e.tape().table(), e.tape().table(every_update=True)):
        assert [name for name in dir(shown) if name.startswith("_repr_")] == ["_repr_html_"]
        assert Reader(shown._repr_html_()).rows
    assert e.tape()._repr_html_() == e.tape().table().html()
    assert repr(e.tape().table()) == str(e.tape())  # what the plain prompt shows


def test_hebrew_names_are_isolated_so_that_rows_and_fractions_keep_their_order():
    x = Value(2.0, "א")
    y = x * 3
    y.label = "ב"
    y.backward()
    one, other = (f"{ISOLATES[0]}{c}{ISOLATES[1]}" for c in "אב")
    assert cells(y.tape())[2] == [other, f"{one}·3", "6", f"∂{other}/∂{one} = 3", "1"]
    assert ISOLATES[0] not in y.tape().table().latex()
    assert ISOLATES[0] not in str(colah().tape())


def test_the_name_of_an_operation_keeps_its_row_in_one_line():
    strange = operation("a\nb<i>|", lambda x: x * x)(Value(2.0, "x")).tape().table()
    assert Reader(strange.html()).rows[2][1] == r"a\nb<i>|(x)"
    assert len(str(strange).splitlines()) == len(strange.markdown().splitlines()) == 4


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("x₁", "x_{1}"),
        ("θ12", r"\theta_{12}"),
        ("x²", r"\mathrm{x{}^{2}}"),
        ("net₁₂", r"\mathrm{net{}_{12}}"),
        ("θx", r"\mathrm{\theta x}"),
        ("Αο", r"\mathrm{\mathrm{A}\mathrm{o}}"),
        ("é", r"\text{é}"),
        ("w12_2", "w_{12,2}"),
        ("h1.w12", "h_{1}.w_{12}"),
        ("משקל", r"\text{משקל}"),
        ("ש", r"\text{ש}"),
        ("כלל השרשרת", r"\text{כלל השרשרת}"),
        ("w_1^2 100%", r"\mathrm{w\_1{\wedge}2\ 100\%}"),
        ("my loss", r"\mathrm{my\ loss}"),
        ("ש1", r"\text{ש}_{1}"),
    ],
)
def test_names_in_latex(name, latex):
    assert latex_name(name) == latex


LABELS = st.text(st.characters(exclude_characters="│"), min_size=1, max_size=12)


@settings(deadline=None)
@given(LABELS, LABELS, st.sampled_from(["∂", "d", "bar"]), st.booleans())
def test_columns_stand_under_each_other_whatever_the_labels(first, second, notation, every_update):
    x, y = Value(2.0, first), Value(3.0, second)
    z = x * y + x
    z.backward()
    head, rule, *rows = str(z.tape().table(notation=notation, every_update=every_update)).split("\n")
    bars = [columns(rule[:at]) for at, c in enumerate(rule) if c == "┼"]
    for row in (head, *rows):
        assert [columns(row[:at]) for at, c in enumerate(row) if c == "│"] == bars


def test_in_ascii_columns_are_aligned_after_names_were_spelled_out(monkeypatch):
    class Ascii:
        encoding = "ascii"

    x = Value(2.0, "θ")
    y = x.relu()
    y.label = "ω"
    table = y.tape().table(notation="bar", tangent=x)
    monkeypatch.setattr("sys.stdout", Ascii)
    lines = str(table).splitlines()
    assert "".join(lines).isascii()
    assert len({line.index("|") for line in lines if "|" in line}) == 1
    assert lines[2].startswith(" theta | ")
    assert lines[3].endswith("| omega_dot = 1         |")
