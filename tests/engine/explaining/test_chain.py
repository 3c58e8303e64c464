"""The chain rule written out: against paths found by brute force, published derivatives, and the sweep; nudges and costs."""

import io
import math
import re
import sys
from fractions import Fraction

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import (
    DomainError,
    NonFiniteError,
    StaleGraphError,
    Value,
    affine,
    exp,
    floor,
    log,
    nonfinite,
    operation,
    relu,
    sin,
    sqrt,
    tanh,
    unit,
)
from chalkgrad.engine.checking.nudge import nudge
from chalkgrad.engine.explaining.chain import chain_rule
from chalkgrad.engine.explaining.cost import cost
from chalkgrad.engine.explaining.written_paths import how_many
from chalkgrad.engine.words.manner import manner
from chalkgrad.nn import MLP
from counting import lines, peak
from hypothesis import given
from hypothesis import strategies as st
from textbook import two_paths

# a random graph may be a leaf alone
pytestmark = pytest.mark.filterwarnings("ignore:.* is a leaf, so:chalkgrad.engine.errors.GradientWarning")

LECTURE = {"θ3": 1, "θ5": 2, "θ2": 4, "θ1": 5, "x1": 11}


def built(name):
    """The Values of an example by name."""
    return examples.build(examples.load(name)).names


def doubled(times, start=1.0):
    """A leaf, and the result of adding it to itself so many times: 2 to that power paths."""
    x = y = Value(start, "x")
    for _ in range(times):
        y = y + y
    return y, x


def brute_force(y, x):
    """All paths from y to x as tuples of (node, slot), by recursion over the definition."""
    if y is x:
        return [()]
    return [((y, slot), *rest) for slot, parent in enumerate(y.parents) for rest in brute_force(parent, x)]


def edges(path):
    return tuple((link.node, link.slot) for link in path)


def state(*roots):
    """All that must not change."""
    return [(v.data, v.partials, v.has_grad, v.grad, v._clock, v.label) for root in roots for v in root.tape()]


def well_formed(latex):
    """Braces, environments and \\left … \\right balance, and no dollar sign or bare symbol is left."""
    depth = 0
    for token in re.findall(r"\\\\|\\.|[{}]", latex):
        depth += {"{": 1, "}": -1}.get(token, 0)
        assert depth >= 0
    assert depth == 0
    assert latex.count(r"\begin{aligned}") == latex.count(r"\end{aligned}") == 1
    assert latex.count(r"\left(") == latex.count(r"\right)")
    assert not set("$∂·…") & set(latex)
    assert all(row.count("&") in (1, 3) for row in latex.split(r"\\"))
    return True


@st.composite
def graphs(draw):
    """A small graph, its last node, and one of its nodes."""
    nodes = [Value(draw(st.integers(-3, 3)), f"x{i}") for i in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(0, 7))):
        p, q = (draw(st.sampled_from(nodes[-4:])) for _ in "pq")
        kind = draw(st.sampled_from(["add", "mul", "sub", "sum", "tanh", "number"]))
        with unit(draw(st.sampled_from(["h1", "h2", "h3"]))) if draw(st.booleans()) else unit("h0"):
            made = {
                "add": lambda p=p, q=q: p + q,
                "mul": lambda p=p, q=q: p * q,
                "sub": lambda p=p, q=q: p - q,
                "sum": lambda p=p, q=q: affine([p, q], [q, q], p),
                "tanh": lambda p=p: tanh(p),
                "number": lambda p=p: 2 * p,
            }[kind]()
        if draw(st.booleans()):
            made.place = ""
        nodes.append(made)
    return nodes[-1], draw(st.sampled_from(nodes))


# Paths ---------------------------------------------------------------------------------------------------------------


@given(graphs())
def test_the_paths_are_those_that_brute_force_finds_in_the_order_of_the_arguments(graph):
    y, x = graph
    expected = brute_force(y, x)
    expansion = chain_rule(y, x)
    assert [edges(path) for path in expansion] == expected
    assert expansion.count == len(expected)
    assert [edges(path) for path in expansion.paths] == expected[:8]
    for path, term in zip(expansion.paths, expansion.terms, strict=True):
        assert term == math.prod(node.partials[slot] for node, slot in edges(path))
        assert all(link.node.parents[link.slot] is link.parent for link in path)


@given(graphs())
def test_the_terms_add_up_to_what_a_sweep_finds_and_the_value_is_that_to_the_bit(graph):
    y, x = graph
    by_node, by_unit = (chain_rule(y, x, by, limit=10**6) for by in ("node", "unit"))
    y.zero_grad()
    y.backward()
    assert by_node.value == by_unit.value == x.grad
    for expansion in (by_node, by_unit):
        size = sum(map(abs, expansion.terms))
        assert math.fsum(expansion.terms) == pytest.approx(x.grad, abs=1e-12 * (1 + size))
        assert expansion.count == len(expansion.paths)


@given(graphs())
def test_a_path_by_unit_is_one_by_node_with_what_lies_inside_units_summed_up(graph):
    """Independent count: paths by node, cut where they cross from one place to another, are as many as paths by unit."""
    y, x = graph

    def crossings(path):
        kept = []
        for (node, slot), following in zip(path, [*path[1:], None][: len(path)], strict=True):
            parent = node.parents[slot]
            inside = following is not None and node.place and parent.place == node.place
            if not inside:
                kept.append((parent, slot if not node.place else 0))
        return tuple(kept)

    assert chain_rule(y, x, "unit").count == len({crossings(path) for path in brute_force(y, x)})


@given(graphs())
def test_everything_can_be_shown_and_nothing_changes(graph):
    y, x = graph
    before = state(y, x)
    for by in ("node", "unit"):
        for notation in (None, "∂", "functions", "d", "bar"):
            expansion = chain_rule(y, x, by, notation=notation)
            factored = expansion.factored()
            for shown in (expansion, factored):
                assert str(shown) == repr(shown)
                assert str(shown).startswith(shown.text())  # and how to see what is folded
                assert well_formed(shown.latex())
            assert len(factored.equations) == len(factored.nodes) == len(set(factored.equations))
    cost(y)
    assert state(y, x) == before


@given(graphs())
def test_each_equation_of_the_factored_form_gives_the_adjoint_that_a_sweep_gives(graph):
    y, x = graph
    y.zero_grad()
    y.backward()
    for by in ("node", "unit"):
        factored = chain_rule(y, x, by).factored()
        for node in factored.nodes:
            swept = chain_rule(y, node).value
            assert factored._adjoints[node] == pytest.approx(swept, rel=1e-12, abs=1e-12)
        if factored.sections is not None:
            sums = [sum(math.prod(link.partial for link in path) for path in section) for section in factored.sections]
            assert math.prod(sums) == pytest.approx(x.grad, rel=1e-9, abs=1e-9)


# What is printed -----------------------------------------------------------------------------------------------------


def test_one_path():
    values = built("karpathy_L")
    expansion = chain_rule(values["L"], values["a"])
    assert str(expansion) == "∂L/∂a = ∂L/∂d · ∂d/∂e · ∂e/∂a\n      = (-2) · 1 · (-3) = 6"
    assert expansion._repr_latex_() == (
        "$\\displaystyle \\begin{aligned}\n"
        r"\frac{\partial L}{\partial a} &= \frac{\partial L}{\partial d} \cdot \frac{\partial d}{\partial e} "
        r"\cdot \frac{\partial e}{\partial a} \\"
        "\n&= (-2) \\cdot 1 \\cdot (-3) = 6\n\\end{aligned}$"
    )


def test_two_paths():
    _, b, *_, e = two_paths()
    expansion = chain_rule(e, b)
    assert str(expansion) == "∂e/∂b = ∂e/∂c · ∂c/∂b + ∂e/∂d · ∂d/∂b\n      = 2 · 1 + 3 · 1 = 5"
    assert (expansion.value, expansion.count, expansion.terms) == (5.0, 2, (2.0, 3.0))
    assert str(expansion.factored()).splitlines() == [
        "∂e/∂d = c = 3",
        "∂e/∂c = d = 2",
        "∂e/∂b = ∂e/∂c · ∂c/∂b + ∂e/∂d · ∂d/∂b = 2 · 1 + 3 · 1 = 5",
    ]


def test_an_argument_used_twice_is_two_paths_that_say_which():
    x = Value(3.0, "x")
    y = x * x
    expansion = chain_rule(y, x)
    assert str(expansion) == "∂y/∂x = ∂y/∂x (1st x) + ∂y/∂x (2nd x)\n      = 3 + 3 = 6"
    assert expansion.latex().count("1st") == expansion.latex().count("2nd") == 1


def test_a_term_that_looks_like_the_whole_derivative_is_told_apart():
    x = Value(3.0, "x")
    c = x + 1
    y = x * c
    assert str(chain_rule(y, x)) == "∂y/∂x = ∂y/∂x|c + ∂y/∂c · ∂c/∂x\n      = 4 + 3 · 1 = 7"


def test_an_argument_of_y_is_given_with_the_reason():
    *_, c, d, e = two_paths()
    assert str(chain_rule(e, c)) == "∂e/∂c = d = 2"
    assert well_formed(chain_rule(e, d).latex())


def test_y_itself_has_the_empty_product():
    *_, e = two_paths()
    expansion = chain_rule(e, e)
    assert (str(expansion), expansion.value, expansion.count, expansion.paths, expansion.terms) == (
        "∂e/∂e = 1",
        1.0,
        1,
        ((),),
        (1.0,),
    )
    assert str(expansion.factored()) == "∂e/∂e = 1"


def test_what_y_does_not_depend_on_has_no_path():
    *_, e = two_paths()
    q = Value(5.0, "q")
    expansion = chain_rule(e, q)
    assert (str(expansion), expansion.value, expansion.count) == ("∂e/∂q = 0: e does not depend on q", 0.0, 0)
    assert (expansion.paths, list(expansion), str(expansion.factored())) == ((), [], str(expansion))
    assert r"\text{ does not depend on }" in expansion.latex()


def test_no_path_is_taken_to_a_constant():
    a, t = Value(2.0, "a"), Value(3.0, "t", constant=True)
    y = a * t
    assert str(chain_rule(y, t)) == "t is a constant, and no path is taken to it"
    assert chain_rule(y, t).count == 0
    assert str(chain_rule(y, a)) == "∂y/∂a = t = 3"


def test_long_sums_stand_one_path_to_a_line_and_those_left_out_are_counted():
    values = built("paths")
    lines = str(chain_rule(values["y1"], values["x1"])).splitlines()
    assert re.split(" *│ ", lines[0]) == ["∂y1/∂x1 = ∂h8/∂z5 · ∂h5/∂x1", "34.5 · 1 = 34.5"]
    assert re.split(" *│ ", lines[1]) == ["        + ∂h8/∂z5 · ∂h5/∂z2 · ∂h2/∂x1", "34.5 · 3 · 2 = 207"]
    assert len({line.index("│") for line in lines if "│" in line}) == 1
    assert lines[-4:-2] == ["        + … and 3 more paths", "        = 775.5"]
    assert lines[-2:] == ["chain_rule(…, limit=11) lists every path", "fewer factors: .factored()"]
    assert "more path" not in str(chain_rule(values["y1"], values["x1"], limit=11))
    assert "more" not in chain_rule(values["y1"], values["x1"], limit=11).text()
    assert "… and 1 more path\n" in chain_rule(values["y1"], values["x1"], limit=10).text()


@pytest.mark.parametrize("width", [40, 60, 100, 200])
def test_lines_are_about_as_wide_as_asked_for(width):
    values = built("paths")
    for name in LECTURE:
        expansion = chain_rule(values["y1"], values[name])
        assert max(map(len, expansion.text(width).splitlines())) <= max(width, 75)


def test_a_long_product_shows_its_ends():
    x = y = Value(1.0, "x")
    for _ in range(100):
        y = 0.5 * y
    assert str(chain_rule(y, x)) == (
        "∂y/∂x = ∂y/∂v100 · ∂v100/∂v99 · … 96 factors … · ∂v3/∂v2 · ∂v2/∂x\n      = 0.5 · 0.5 · … · 0.5 · 0.5 = 7.889e-31"
        "\nprint(chain_rule(…).text(factors=None)) writes every factor"
    )
    assert chain_rule(y, x).text(factors=None).count("0.5") == 100


def test_where_standard_output_has_no_partial_sign_ascii_is_printed(monkeypatch):
    _, b, *_, e = two_paths()
    expansion, slope, counted = chain_rule(e, b), nudge(e, b), cost(e)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert str(expansion).startswith("de/db = de/dc * dc/db + de/dd * dd/db")
    assert all(str(shown).isascii() for shown in (expansion, expansion.factored(), slope, counted))


def test_latex_has_the_tables_numbers_and_no_factor_too_many():
    w, x = Value(2.0, "w"), Value(1e-7, "x")
    v = w * x
    y = v * 3
    assert "= 3 \\cdot 10^{-7}\n" in chain_rule(y, w).latex()  # the product is the result as it stands
    assert r"\frac{\partial v}{\partial w} = x = 10^{-7}" in y.tape().table().latex()
    u = -x * w
    z = u * 3
    assert r"3 \cdot (-10^{-7})" in chain_rule(z, w).latex()


def test_latex_of_what_is_not_finite_reads_as_in_the_tables():
    with nonfinite("propagate"):
        w, x = Value(2.0, "w"), Value(-math.inf, "x")
        v = w * x
        y = v * 3
        assert r"&= 3 \cdot (-\infty) = -\infty" in chain_rule(y, w).latex()
        x.data = math.nan
        y.forward()
        assert r"&= 3 \cdot \mathrm{nan} = \mathrm{nan}" in chain_rule(y, w).latex()


def test_labels_that_latex_would_stumble_over():
    for label in ("x_{1}", "50%", "a&b", "$", "\\frac{", "שכבה", "x1*w1", "a_1", "#", "x1 + x2"):
        x = Value(2.0, label)
        y = x * x * (x + 1)
        expansion = chain_rule(y, x)
        for shown in (expansion, expansion.factored()):
            assert re.sub(r"\\[$]", "", shown.latex()).count("$") == 0
            assert re.sub(r"\\[{}]", "", shown.latex()).count("{") == re.sub(r"\\[{}]", "", shown.latex()).count("}")
    assert "∂(x1 + x2)" in str(expansion)


def test_formulas_are_the_only_rich_form():
    *_, b, _, _, e = two_paths()
    for shown in (chain_rule(e, b), chain_rule(e, b).factored(), nudge(e, b)):
        assert [name for name in dir(shown) if name.startswith("_repr_")] == ["_repr_latex_"]


# The lecture ---------------------------------------------------------------------------------------------------------


def test_the_first_example_in_the_lectures_notation():
    values = built("chain")
    expansion = chain_rule(values["y"], values["θ2"])
    assert str(expansion) == "∂y/∂θ2 = ∂h4/∂z3 · ∂h3/∂z2 · ∂h2/∂θ2\n       = 2.424 · (-0.6299) · 0.7864 = -1.201"
    assert expansion.latex().splitlines()[2] == (
        r"\frac{\partial y}{\partial \theta_{2}} &= \frac{\partial h_{4}}{\partial z_{3}} \cdot "
        r"\frac{\partial h_{3}}{\partial z_{2}} \cdot \frac{\partial h_{2}}{\partial \theta_{2}} \\"
    )
    assert str(chain_rule(values["y"], values["θ2"], notation="functions")) == str(expansion)
    assert str(chain_rule(values["y"], values["θ2"], notation="bar")).startswith("θ̄2 = ∂h4/∂z3 · ∂h3/∂z2 · ∂h2/∂θ2\n")


def test_the_chain_rule_of_several_variables_in_the_lectures_notation():
    """d/dx f(z_1(x), z_2(x)) = Σ_k ∂f/∂z_k · dz_k/dx: total derivatives have a d, local ones a ∂."""
    x = Value(3.0, "x")
    u = x**2
    z = u * x
    written = {
        "∂": "∂z/∂x = ∂z/∂u · ∂u/∂x + ∂z/∂x|u",
        "functions": "∂z/∂x = ∂z/∂u · ∂u/∂x + ∂z/∂x|u",
        "d": "dz/dx = ∂z/∂u · du/dx + ∂z/∂x",
        "bar": "x̄ = ∂z/∂u · ∂u/∂x + ∂z/∂x|u",
    }
    for notation, line in written.items():
        assert str(chain_rule(z, x, notation=notation)).splitlines()[0] == line
        with manner(notation=notation):
            assert str(chain_rule(z, x)).splitlines()[0] == line
    assert str(chain_rule(z, x, notation="d").factored()) == (
        "dz/du = ∂z/∂u = x = 3\ndz/dx = dz/du · du/dx + ∂z/∂x = 3 · 6 + 9 = 27"
    )
    assert chain_rule(z, x).latex().splitlines()[2].endswith(r"+ \left.\frac{\partial z}{\partial x}\right|_{u} \\")


def test_no_equation_has_one_symbol_for_two_derivatives():
    """Row 15 of the lecture: y1 = h8(z5, z7), and z7 = h7(z5, z6)."""
    values = built("paths")
    assert str(chain_rule(values["y1"], values["z5"]).factored()) == (
        "∂y1/∂z7 = ∂h8/∂z7 = θ8·z5 = 21\n∂y1/∂z5 = ∂y1/∂z7 · ∂h7/∂z5 + ∂h8/∂z5 = 21 · 1 + 34.5 = 55.5"
    )


def test_the_loss_puts_its_own_factors_before_those_of_y():
    values = built("chain_loss")
    for name in ("θ1", "θ2", "θ3", "θ4"):
        loss, y = (chain_rule(values[of], values[name]) for of in ("L", "y"))
        assert str(loss).splitlines()[0].endswith("∂L/∂r · ∂r/∂y · " + str(y).splitlines()[0].split(" = ")[1])
        assert loss.value == pytest.approx(2 * (values["y"].data - 1) * y.value, rel=1e-14)


def opened(names=("h1", "h2", "h3", "h4")):
    """The first example with units of several nodes in place of opaque functions."""
    x, *θ = Value(0.5, "x"), *(Value(v, f"θ{i}") for i, v in enumerate((2.0, 0.5, -1.0, 3.0), 1))
    formulas = [lambda z, t: t * z, lambda z, t: tanh(t * z), lambda z, t: exp(t * z), lambda z, t: t * sin(z)]
    z = x
    for i, (formula, parameter) in enumerate(zip(formulas, θ, strict=True), 1):
        with unit(names[i - 1]):
            z = formula(z, parameter)
        z.label = f"z{i}" if i < 4 else "y"
    return z, x, θ


def test_units_of_several_nodes_give_the_same_line_as_opaque_functions():
    y, x, parameters = opened()
    values = built("chain")
    for leaf, name in zip([x, *parameters], ["x", "θ1", "θ2", "θ3", "θ4"], strict=True):
        units, opaque = (
            chain_rule(y, leaf, "unit"),
            chain_rule(values["y"], values[name]),
        )
        if name != "θ4":  # of which the formula stands there, too: ∂h4/∂θ4 = sin(z3)
            assert str(units) == str(opaque)
        assert str(units).split()[:3] == str(opaque).split()[:3]
        assert units.count == opaque.count == 1
    assert str(chain_rule(y, parameters[1])).startswith("∂y/∂θ2 = ∂y/∂v10 · ∂v10/∂z3 · ∂z3/∂v8 · ∂v8/∂z2 · ∂z2/∂v5 · ∂v5/∂θ2\n")


def test_units_of_one_name_in_several_layers_are_named_in_full():
    y, _, parameters = opened(("layer1.h", "layer2.h", "layer3.h", "layer4.g"))
    text = str(chain_rule(y, parameters[1], "unit"))
    assert text.startswith("∂y/∂θ2 = ∂g/∂z3 · ∂layer3.h/∂z2 · ∂layer2.h/∂θ2\n")


@pytest.mark.parametrize(("name", "count"), LECTURE.items())
def test_the_second_example_has_the_paths_it_says(name, count):
    values = built("paths")
    for by in ("node", "unit"):
        assert chain_rule(values["y1"], values[name], by).count == count


def test_the_second_example_has_one_product_for_theta_3():
    values = built("paths")
    line = str(chain_rule(values["y1"], values["θ3"])).splitlines()[0]
    assert line == "∂y1/∂θ3 = ∂h8/∂z7 · ∂h7/∂z6 · ∂h6/∂z3 · ∂h3/∂θ3"


def test_a_unit_sums_over_the_paths_inside_it():
    x, w = Value(3.0, "x"), Value(2.0, "w")
    with unit("h1"):
        z = x * x * w
    z.label = "z"
    y = z + 1
    assert (chain_rule(y, x).count, chain_rule(y, x, "unit").count) == (2, 1)
    assert str(chain_rule(y, x, "unit")) == "∂y/∂x = ∂y/∂z · ∂h1/∂x\n      = 1 · 12 = 12"


def test_a_node_inside_a_unit_can_be_asked_for():
    x = Value(3.0, "x")
    with unit("h1"):
        u = x * x
        z = u * u
    y = 2 * z
    expansion = chain_rule(y, u, "unit")
    assert (expansion.value, expansion.count) == (36.0, 1)
    assert [link.parent for link in expansion.paths[0]] == [z, u]


def test_a_layer_by_unit_has_one_factor_for_each_neuron():
    model = MLP(3, [2, 3, 1], activation="tanh", seed=0, expanded=True)
    x = [Value(v, f"x{i}") for i, v in enumerate((0.5, -1.0, 2.0), 1)]
    y = model(x)
    y.backward()
    expansion = chain_rule(y, x[0], "unit")
    assert expansion.count == 2 * 3
    assert expansion.value == x[0].grad
    assert math.fsum(expansion.terms) == pytest.approx(x[0].grad, rel=1e-12)


# The canonical examples ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", examples.names())
def test_published_derivatives_come_out_and_so_do_the_sums_over_paths(name):
    entry = examples.entries()[name]
    values = built(name)
    outputs = {entry["outputs"][0]: entry["checked"]["grads"], **entry["checked"].get("grads_of", {})}
    for output, grads in outputs.items():
        for leaf, exact in grads.items():
            expansion = chain_rule(values[output], values[leaf], limit=500)
            size = max(sum(map(abs, expansion.terms)), abs(expansion.value))
            assert abs(Fraction(expansion.value) - Fraction(exact)) <= 8 * Fraction(math.ulp(size))
            if expansion.count <= 500:
                assert abs(math.fsum(expansion.terms) - expansion.value) <= 16 * math.ulp(size)
            assert well_formed(expansion.latex())


# Very many paths, very long ones -------------------------------------------------------------------------------------


def test_paths_beyond_counting_on_fingers_are_counted_exactly():
    y, x = doubled(100)
    expansion = chain_rule(y, x)
    assert expansion.count == 2**100
    assert expansion.value == 2.0**100
    assert "… and 1,267,650,600,228,229,401,496,703,205,368 more paths" in str(expansion)
    assert len(expansion.paths) == 8
    assert well_formed(expansion.latex())


def test_the_factored_form_of_very_many_paths_is_as_small_as_the_graph():
    y, x = doubled(100)
    factored = chain_rule(y, x).factored()
    assert len(factored.equations) == 100
    assert [len(section) for section in factored.sections] == [2] * 100
    assert str(factored).endswith("= 1.268e30")
    assert len(str(factored)) < 500


def test_colahs_nine_paths_are_a_product_of_two_sums():
    three = operation("three", lambda p, q, r: 2 * p + 3 * q + 5 * r)
    x = Value(1.0, "X")
    y = three(x, x, x)
    y.label = "Y"
    z = three(y, y, y)
    z.label = "Z"
    expansion = chain_rule(z, x)
    assert (expansion.count, expansion.value) == (9, 100.0)
    assert str(expansion.factored()) == (
        "∂Z/∂X = (∂three/∂Y (1st Y) + ∂three/∂Y (2nd Y) + ∂three/∂Y (3rd Y))\n"
        "        · (∂three/∂X (1st X) + ∂three/∂X (2nd X) + ∂three/∂X (3rd X))\n"
        "      = (2 + 3 + 5) · (2 + 3 + 5) = 100"
    )
    assert r"\left(\frac" in expansion.factored().latex()


def test_the_sums_of_a_product_may_go_through_nodes_of_their_own():
    x = Value(1.0, "x")
    a, b = 2 * x, 3 * x
    y = a + b
    c, d = 5 * y, 7 * y
    z = c + d
    assert str(chain_rule(z, x).factored()) == (
        "∂z/∂x = (∂z/∂c · ∂c/∂y + ∂z/∂d · ∂d/∂y) · (∂y/∂a · ∂a/∂x + ∂y/∂b · ∂b/∂x)\n"
        "      = (1 · 5 + 1 · 7) · (1 · 2 + 1 · 3) = 60"
    )


def test_a_sum_of_many_terms_shows_a_few():
    b = Value(1.0, "b")
    y = affine([b] * 1000, [Value(-i) for i in range(1000)], 1.0)
    z = y * b
    expansion = chain_rule(y, b)
    assert str(expansion.factored()) == (
        "∂y/∂b = ∂y/∂b (1st b) + ∂y/∂b (2nd b) + … + ∂y/∂b (1000th b) = 0 + (-1) + … + (-999) = -499500"
    )
    assert str(chain_rule(z, b).factored()).splitlines()[1:] == [
        "∂z/∂b = ∂z/∂y · (∂y/∂b (1st b) + ∂y/∂b (2nd b) + … + ∂y/∂b (1000th b)) + ∂z/∂b|y",
        "      = 1 · (0 + (-1) + … + (-999)) + (-499499) = -998999",
    ]
    assert "… and 992 more paths" in str(expansion)
    assert well_formed(chain_rule(z, b).factored().latex())
    for n in (8, 9):
        w = sum((tanh(b * i) for i in range(1, n)), tanh(b))
        assert ("… + " in chain_rule(w, b).factored().equations[-1]) is (n > 8)


@pytest.mark.parametrize("count", [40, 41, 42])
def test_equations_beyond_a_few_dozen_are_counted(count):
    x = y = Value(1.0, "x")
    for _ in range(count):
        y = -y
    lines = str(chain_rule(y, x).factored()).splitlines()
    assert len(lines) == min(count, 42)
    assert (lines[-1] == "print(….factored().text(limit=None)) writes every equation") is (count == 42)
    assert len(chain_rule(y, x).factored().text(limit=None).splitlines()) == count
    assert ("… 2 equations more …" in lines) is (count == 42)
    assert well_formed(chain_rule(y, x).factored().latex())


@pytest.mark.parametrize("branching", [False, True])
def test_twenty_thousand_nodes_deep(branching):
    x = y = Value(1.0, "x")
    for _ in range(20_000):
        y = 0.5 * (y + y) if branching else -y
    expansion = chain_rule(y, x)
    assert expansion.value == 1.0
    assert expansion.count == (2**20_000 if branching else 1)
    assert ("… and about 3.98e6020 more paths" in str(expansion)) is branching
    factored = expansion.factored()
    assert len(str(factored)) < 5_000
    assert well_formed(expansion.latex())
    assert well_formed(factored.latex())


@pytest.mark.parametrize("branching", [False, True])
def test_a_chain_is_expanded_in_work_in_proportion_to_its_depth(branching):
    def work(depth):
        x = y = Value(1.0, "x")
        for _ in range(depth):
            y = 0.5 * (y + y) if branching else -y

        def write():
            expansion = chain_rule(y, x)
            return expansion.value, expansion.count, str(expansion), expansion.latex(), str(expansion.factored())

        return lines(write)

    assert work(4_000) < 5 * work(1_000)  # four times as deep; the square would be 16 times the work, the paths 2^3000 times


# What is refused -----------------------------------------------------------------------------------------------------


def test_the_derivative_is_by_a_value_or_by_its_name():
    a, *_, e = two_paths()
    assert str(chain_rule(e, "a")) == str(chain_rule(e, a))
    assert str(nudge(e, "a")) == str(nudge(e, a))


def test_arguments_that_are_no_values_and_options_that_are_none():
    a, *_, e = two_paths()
    with pytest.raises(TypeError, match=r"chain_rule\(y, x\) takes two Values, .* was given the str 'e'"):
        chain_rule("e", a)
    with pytest.raises(ValueError, match="there is no q here; the values are a, b, c, d, e"):
        chain_rule(e, "q")
    with pytest.raises(TypeError, match=r"nudge\(y, x\) takes two Values"):
        nudge(6.0, a)
    with pytest.raises(TypeError, match=r"cost\(y\) takes a Value"):
        cost([e])
    for options in ({"by": "layer"}, {"notation": "value"}, {"limit": 0}, {"limit": 2.5}):
        with pytest.raises(ValueError, match=str(next(iter(options)))):
            chain_rule(e, a, **options)


def test_a_stale_graph_is_refused_and_an_expansion_keeps_what_it_was_made_of():
    _, b, *_, e = two_paths()
    expansion, before = chain_rule(e, b), str(chain_rule(e, b))
    b.data = 10.0
    with pytest.raises(StaleGraphError):
        chain_rule(e, b)
    with pytest.raises(StaleGraphError):
        nudge(e, b)
    e.forward()
    assert str(expansion) == before
    assert str(chain_rule(e, b)).endswith("= 11 · 1 + 12 · 1 = 23")


def test_a_derivative_that_is_not_finite_is_refused_naming_the_edge():
    s = Value(0.0, "s")
    y = 5 * sqrt(s)
    with pytest.raises(NonFiniteError, match=r"the chain rule stops at .*√s: 5 · inf is not finite .*at s = 0"):
        chain_rule(y, s)
    with nonfinite("propagate"):
        assert chain_rule(y, s).value == math.inf
        assert well_formed(chain_rule(y, s).latex())


def test_why_nothing_is_cancelled_is_told_of_sums_of_paths_through_other_nodes():
    a, b, c, _, e = two_paths()
    said = "each product is only the part through its own nodes: to cancel ∂c would claim that it is all"
    assert chain_rule(e, b).why_not_cancelled == said
    assert [chain_rule(e, x).why_not_cancelled for x in (a, c, e, Value(1.0))] == [""] * 4
    x = Value(3.0, "x")
    assert chain_rule(x * x, x).why_not_cancelled == ""


# Nudges --------------------------------------------------------------------------------------------------------------


def test_a_nudge_finds_what_karpathys_lecture_prints():
    values = built("karpathy_L")
    slope = nudge(values["L"], values["b"])
    assert slope.measured == -3.9999999999995595
    assert slope.derivative == -4.0
    assert slope.difference == slope.measured - slope.derivative
    assert str(slope).splitlines() == [
        "b: -3 → -2.999 moves L: -8 → -8.004",
        "measured     (L(b + h) - L(b))/h = (-8.004 - (-8))/0.001 = -4",
        "derivative   ∂L/∂b = -4",
        "difference   4.405e-13",
        "∂L/∂b is a sensitivity, not a share of L: gradients need not add up to anything",
    ]


@pytest.mark.parametrize("name", examples.names())
def test_measured_slopes_are_near_the_derivatives_and_leave_everything_alone(name):
    root, *others = examples.build(examples.load(name)).roots
    root.backward()
    before = state(root, *others)
    for node in root.tape():
        if not node.constant:
            slope = nudge(root, node, 1e-7)
            assert slope.derivative == node.grad
            assert slope.measured == pytest.approx(node.grad, rel=1e-4, abs=1e-3 * (1 + abs(root.data)))
            assert well_formed(slope.latex())
    assert state(root, *others) == before


def test_a_nudge_out_of_the_domain_is_an_error_and_leaves_everything_alone():
    q = Value(0.5, "q")
    y = log(q) * q
    y.backward()
    before = state(y)
    with pytest.raises(DomainError, match=r"log\(q\) with q = -0.5: log needs"):
        nudge(y, q, -1)
    assert state(y) == before


def test_digits_are_written_until_the_change_is_seen():
    x = Value(1000.0, "x")
    y = 2 * x
    assert str(nudge(y, x, 1e-6)).startswith("x: 1000 → 1000.000001 moves y: 2000 → 2000.000002\n")


def test_what_cannot_be_nudged():
    a, b, c, _, e = two_paths()
    with pytest.raises(ValueError, match="h = 0 does not move a = 2"):
        nudge(e, a, 0)
    with pytest.raises(ValueError, match="h = 1e-20 does not move"):
        nudge(e, b, 1e-20)
    with pytest.raises(ValueError, match="h = 0 does not move c = 3"):
        nudge(e, c, [0.1, 0])
    with pytest.raises(ValueError, match="takes a number for h, or a list of them"):
        nudge(e, c, [])
    t = Value(1.0, "t", constant=True)
    with pytest.raises(ValueError, match="t is a constant"):
        nudge(a * t, t)
    with pytest.raises(ValueError, match="h needs a finite number"):
        nudge(e, a, math.nan)


def test_a_value_that_y_does_not_depend_on_moves_nothing():
    *_, e = two_paths()
    q = Value(5.0, "q")
    for node in (q, q * q):
        slope = nudge(e, node)
        assert (slope.measured, slope.derivative, slope.difference) == (0.0, 0.0, 0.0)


def test_a_computed_value_is_held_and_what_comes_after_it_is_computed_anew():
    x, w = Value(0.5, "x"), Value(-2.0, "w")
    s = w * x
    h = s.exp()
    y = h * h + h * w + s  # s goes on past h, and x, w stay as they are
    y.backward()
    before = state(y)
    slope = nudge(y, h, 0.25)
    held = math.exp(-1.0) + 0.25
    assert slope.after == held * held + held * -2.0 + -1.0
    assert slope.before == y.data
    assert slope.derivative == pytest.approx(2 * math.exp(-1.0) - 2.0, rel=1e-15)
    assert slope.difference == pytest.approx(0.25, rel=1e-12)  # that of (h + t)² is t
    past = nudge(y, s, 0.25)
    moved = math.exp(-0.75)
    assert past.after == moved * moved + moved * -2.0 + -0.75
    assert state(y) == before


def test_a_nudge_of_a_computed_value_says_that_it_is_held():
    *_, c, _, e = two_paths()
    assert str(nudge(e, c, 0.5)).splitlines() == [
        "c: 3 → 3.5 moves e: 6 → 7",
        "c = a + b is held at 3.5, and everything after it is computed anew",
        "measured     (e(c + h) - e(c))/h = (7 - 6)/0.5 = 2",
        "derivative   ∂e/∂c = 2",
        "difference   0",
        "∂e/∂c is how fast e moves with c: not a target for c, and not a share of e",
    ]
    assert str(nudge(e, "c", 0.5)) == str(nudge(e, c, 0.5))
    *_, last = str(nudge(e, e)).splitlines()
    assert last == "∂e/∂e = 1, for e moves as fast as itself: this is the seed of the backward pass"
    assert "held" not in str(nudge(e, e))


def test_several_h_are_a_table():
    _, b, c, _, e = two_paths()  # e(b + h) = (3 + h)(2 + h) = 6 + 5h + h²
    slopes = nudge(e, b, [1, 0.5, -0.25])
    assert [(one.h, one.after, one.measured, one.difference) for one in slopes] == [
        (1.0, 12.0, 6.0, 1.0),
        (0.5, 8.75, 5.5, 0.5),
        (-0.25, 4.8125, 4.75, -0.25),
    ]
    assert str(slopes).splitlines() == [
        " h     │ e(b + h) │ (e(b + h) - e(b))/h │ difference",
        "───────┼──────────┼─────────────────────┼────────────",
        " 1     │ 12       │ 6                   │ 1",
        " 0.5   │ 8.75     │ 5.5                 │ 0.5",
        " -0.25 │ 4.8125   │ 4.75                │ -0.25",
        "derivative   ∂e/∂b = 5",
        "∂e/∂b is a sensitivity, not a share of e: gradients need not add up to anything",
    ]
    assert "c = a + b is held at c + h, and everything after it is computed anew" in str(nudge(e, c, (0.5, 0.25)))
    assert len(slopes) == 3
    assert str(slopes[1]) == str(nudge(e, b, 0.5))


# Costs ---------------------------------------------------------------------------------------------------------------


def test_the_cost_of_colahs_gradient():
    *_, e = two_paths()
    counted = cost(e)
    assert (counted.leaves, counted.edges, counted.operations) == (2, 5, 3)
    assert (counted.reverse, counted.forward, counted.evaluations) == (5, 10, 3)
    assert str(counted).splitlines() == [
        "3 paths to e, 2 of them from b alone, over 5 edges",
        "The gradient by 2 leaves takes:",
        "  reverse mode         5 multiplications",
        "  forward mode         10 multiplications",
        "  finite differences   3 evaluations of e",
        "A backward pass multiplies once on each edge, however many paths go over it, and has the derivatives",
        "by all leaves, a pass in forward mode that by one leaf alone; differences need e as it is, and once more with",
        "each leaf nudged.",
    ]


@given(graphs())
def test_the_paths_counted_are_those_that_there_are(graph):
    y, _ = graph
    counted = cost(y)
    leaves = [node for node in y.tape() if not node.parents and not node.constant]
    assert counted.paths_from == {leaf: len(brute_force(y, leaf)) for leaf in leaves}
    assert counted.paths == sum(counted.paths_from.values())


def test_the_paths_of_thirty_leaves():
    leaves = [Value(i, f"x{i}") for i in range(1, 31)]
    v, *others = leaves
    for x in others:
        v = v * x + v  # the paths from what was there before are doubled, x has one of its own
    counted = cost(v)
    assert [counted.paths_from[x] for x in leaves] == [2**29, *(2**i for i in reversed(range(29)))]
    assert str(counted).startswith("1,073,741,823 paths to v, 536,870,912 of them from x1 alone, over 116 edges\n")


def test_the_paths_of_one_leaf_and_very_many_paths():
    x = Value(0.25, "x")
    y = x.tanh()
    assert str(cost(y)).startswith("1 path to y, over 1 edge\n")
    for _ in range(133):
        x = x + x
    assert cost(x).paths == 2**133 == 10889035741470030830827987437816582766592
    x.label = "y"
    assert str(cost(x)).startswith("about 1.09e40 paths to y, over 266 edges\n")
    assert how_many(10**45 - 1) == "about 1e45"


@given(graphs())
def test_reverse_mode_multiplies_as_often_as_there_are_steps(graph):
    y, _ = graph
    counted = cost(y)
    assert counted.reverse == len(y.steps()) - 1
    assert counted.forward == counted.reverse * counted.leaves


def test_constants_cost_nothing():
    a, t = Value(2.0, "a"), Value(3.0, "t", constant=True)
    counted = cost(a * t)
    assert (counted.leaves, counted.reverse, counted.forward, counted.evaluations) == (1, 1, 1, 2)


# Kinks under a nudge -------------------------------------------------------------------------------------------------


def kinks(y, x, h):
    return [line for line in str(nudge(y, x, h)).split("\n") if "on the way" in line]


def test_a_nudge_over_a_kink_says_that_one_lies_there():
    x = Value(2.0, "x")
    y = relu(x - 2)
    found = nudge(y, x)
    assert (found.measured, found.derivative) == (pytest.approx(1), 0)
    assert kinks(y, x, 0.001) == [
        "y has a kink on the way from x = 2 to 2.001, ends included: its slopes on the two sides differ"
    ]
    assert kinks(y, x, [0.1, 0.001]) == [
        "y has a kink on the way from x = 2 to 2.1, ends included: its slopes on the two sides differ"
    ]
    assert kinks(y, x, -0.001) == []  # 0 on this side, as the derivative is
    x = Value(1.999, "x")
    y = abs(x - 2) + relu(x - 2)
    assert kinks(y, x, 0.01)[0].startswith("|v2| and 1 more have kinks on the way from x = 1.999 to 2.009")
    assert kinks(y, x, 0.0005) == kinks(y, x, 5e-4 * -1) == []
    y = floor(x)
    assert kinks(y, x, 0.01) == ["y jumps on the way from x = 1.999 to 2.009, ends included"]


def test_a_nudge_of_an_inner_value_looks_at_what_comes_after_it():
    x = Value(1.0, "x")
    c = relu(x)
    e = relu(c - 1)
    assert "e has a kink on the way from c = 1 to 1.001" in str(nudge(e, c))
    assert kinks(e, c, -0.001) == []


def test_a_long_chain_takes_little_memory_for_each_node():
    def work(depth):
        x = y = Value(1.0, "x")
        for _ in range(depth):
            y = y * 1.5
            y = y * 0.5
        return peak(lambda: str(chain_rule(y, x)))

    work(10)
    assert work(4_000) - work(1_000) < 6_000 * 400


def test_a_chain_rule_says_what_held_when_it_was_made():
    x = Value(2.0, "x")
    y = x * x * x
    made = chain_rule(y, x)
    x.data = 5
    y.forward()
    assert made.value == 12.0
    assert math.fsum(math.prod(link.partial for link in path) for path in made) == 12.0
