"""The boxes of a graph's cells: what follows from a student's own numbers, against the same formulas in plain Python."""

import math
import random

import pytest
from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.forms.cells import (
    Cells,
    contribution_of,
    gradient_of,
    local_at,
    local_of,
    slips_of_local,
    value_at,
    value_of,
)
from chalkgrad.classroom.forms.table import Table
from chalkgrad.classroom.paper import CannotFollowError
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value, affine
from chalkgrad.engine.rules import RULES
from chalkgrad.expressions.expression import parse


class Alone(Posed):
    """A graph of which only what follows is asked here, not its slips."""

    def slips(self, value):
        return ()


def posed(text, values, **more):
    parsed = parse(text, values)
    leaves = tuple(name for name, value in parsed.names.items() if not value.parents)
    return Alone(parsed.root, parsed.names, more.pop("of", leaves), Chance(b"0" * 32, "cells"), **more)


def table_of(text, values, **more):
    return {box.name.removeprefix("1."): box for box in Table().question(posed(text, values, **more), 1).boxes}


# For each graph the formulas of the cells that follow from others, on the numbers that a student has in those; written from the
# rules of the calculus, not from the engine's table. A cell that is missing here follows from none.
GRAPHS = {
    "two paths": (
        "c = a + b; d = b + 1; e = c*d",
        {"a": -4, "b": 2},
        {
            "e.value": lambda n: n["c.value"] * n["d.value"],
            "e.c.local": lambda n: n["d.value"],
            "e.d.local": lambda n: n["c.value"],
            "c.gradient": lambda n: n["e.gradient"] * n["e.c.local"],
            "d.gradient": lambda n: n["e.gradient"] * n["e.d.local"],
            "a.gradient": lambda n: n["c.gradient"] * n["c.a.local"],
            "b.gradient": lambda n: n["c.gradient"] * n["c.b.local"] + n["d.gradient"] * n["d.b.local"],
        },
    ),
    "an argument twice": (
        "p = x*x; s = p*x; y = s + p",
        {"x": -3},
        {
            "s.value": lambda n: n["p.value"] * -3,
            "s.x.local": lambda n: n["p.value"],
            "y.value": lambda n: n["s.value"] + n["p.value"],
            "s.gradient": lambda n: n["y.gradient"] * n["y.s.local"],
            "p.gradient": lambda n: n["s.gradient"] * n["s.p.local"] + n["y.gradient"] * n["y.p.local"],
            "x.gradient": lambda n: n["p.gradient"] * (n["p.x1.local"] + n["p.x2.local"]) + n["s.gradient"] * n["s.x.local"],
        },
    ),
    "a neuron": (
        "u = w*x; z = u + b; h = relu(z); r = h - t; L = r**2",
        {"w": 2, "x": 3, "b": -1, "t": 4},
        {
            "z.value": lambda n: n["u.value"] - 1,
            "h.value": lambda n: max(n["z.value"], 0),
            "h.z.local": lambda n: 1 if n["z.value"] > 0 else 0,
            "r.value": lambda n: n["h.value"] - 4,
            "L.value": lambda n: n["r.value"] ** 2,
            "L.r.local": lambda n: 2 * n["r.value"],
            "r.gradient": lambda n: n["L.gradient"] * n["L.r.local"],
            "h.gradient": lambda n: n["r.gradient"] * n["r.h.local"],
            "t.gradient": lambda n: n["r.gradient"] * n["r.t.local"],
            "z.gradient": lambda n: n["h.gradient"] * n["h.z.local"],
            "u.gradient": lambda n: n["z.gradient"] * n["z.u.local"],
            "b.gradient": lambda n: n["z.gradient"] * n["z.b.local"],
            "w.gradient": lambda n: n["u.gradient"] * n["u.w.local"],
            "x.gradient": lambda n: n["u.gradient"] * n["u.x.local"],
        },
    ),
    "functions whose slope is written in their value": (
        "u = a*b; t = tanh(u); s = sigmoid(u); y = t*s",
        {"a": 0.5, "b": 2},
        {
            "t.value": lambda n: math.tanh(n["u.value"]),
            "s.value": lambda n: 1 / (1 + math.exp(-n["u.value"])),
            "y.value": lambda n: n["t.value"] * n["s.value"],
            "t.u.local": lambda n: 1 - n["t.value"] ** 2,
            "s.u.local": lambda n: n["s.value"] * (1 - n["s.value"]),
            "y.t.local": lambda n: n["s.value"],
            "y.s.local": lambda n: n["t.value"],
            "t.gradient": lambda n: n["y.gradient"] * n["y.t.local"],
            "s.gradient": lambda n: n["y.gradient"] * n["y.s.local"],
            "u.gradient": lambda n: n["t.gradient"] * n["t.u.local"] + n["s.gradient"] * n["s.u.local"],
            "a.gradient": lambda n: n["u.gradient"] * n["u.a.local"],
            "b.gradient": lambda n: n["u.gradient"] * n["u.b.local"],
        },
    ),
    "a quotient and a logarithm": (
        "d = a - b; q = a/d; l = log(q)",
        {"a": 6, "b": 4},
        {
            "q.value": lambda n: 6 / n["d.value"],
            "l.value": lambda n: math.log(n["q.value"]),
            "q.a.local": lambda n: 1 / n["d.value"],
            "q.d.local": lambda n: -6 / n["d.value"] ** 2,
            "l.q.local": lambda n: 1 / n["q.value"],
            "q.gradient": lambda n: n["l.gradient"] * n["l.q.local"],
            "d.gradient": lambda n: n["q.gradient"] * n["q.d.local"],
            "a.gradient": lambda n: n["d.gradient"] * n["d.a.local"] + n["q.gradient"] * n["q.a.local"],
            "b.gradient": lambda n: n["d.gradient"] * n["d.b.local"],
        },
    ),
}


@pytest.mark.parametrize("graph", GRAPHS)
def test_a_cell_follows_from_the_cells_that_its_formula_reads(graph):
    text, values, formulas = GRAPHS[graph]
    boxes = table_of(text, values)
    assert {name for name, box in boxes.items() if box.follows} == set(formulas)
    draws = random.Random(7)
    for name, formula in formulas.items():
        follows = boxes[name].follows
        short = [need.removeprefix("1.") for need in follows.needs]
        for _ in range(4):
            own = {need: draws.choice([0.5, 1, 2.5, 3, 7]) for need in short}
            if graph != "a quotient and a logarithm":
                own = {need: x * draws.choice([1, -1]) for need, x in own.items()}
            read = Read(own)
            expected = formula(read)
            assert follows.compute({f"1.{need}": x for need, x in own.items()}) == pytest.approx(expected, rel=1e-12)
            assert read.keys_read == set(short)


class Read(dict):
    """Numbers, and which of them were read."""

    keys_read: set[str]

    def __init__(self, numbers):
        super().__init__(numbers)
        self.keys_read = set()

    def __getitem__(self, name):
        self.keys_read.add(name)
        return super().__getitem__(name)


@pytest.mark.parametrize("graph", GRAPHS)
def test_right_numbers_give_the_right_answer_to_the_last_bit(graph):
    text, values, _ = GRAPHS[graph]
    boxes = table_of(text, values)
    answers = {f"1.{name}": box.answer for name, box in boxes.items()}
    for box in boxes.values():
        if box.follows:
            assert box.follows.compute(answers) == box.answer


@pytest.mark.parametrize("graph", GRAPHS)
def test_the_formula_that_is_shown_gives_the_right_answer_too(graph):
    """Right numbers are not computed with: it is another one that is off by a rounding error that brings the formula in."""
    text, values, _ = GRAPHS[graph]
    boxes = table_of(text, values)
    answers = {f"1.{name}": math.nextafter(box.answer, math.inf) for name, box in boxes.items()}
    for box in boxes.values():
        if box.follows:
            assert box.follows.compute(answers) == pytest.approx(box.answer, rel=1e-12, abs=1e-12)


def test_answers_are_those_of_plain_python():
    boxes = table_of(*GRAPHS["functions whose slope is written in their value"][:2])
    t, s = math.tanh(1), 1 / (1 + math.exp(-1))
    u = s * (1 - t * t) + t * s * (1 - s)
    assert boxes["t.u.local"].answer == pytest.approx(1 - t * t)
    assert boxes["u.gradient"].answer == pytest.approx(u)
    assert boxes["a.gradient"].answer == pytest.approx(2 * u)


def test_a_student_with_one_wrong_value_gets_the_numbers_of_the_prototype():
    """c = 4 for 3, and every later cell right for that: the values of teaching.md's example, a = 2, b = 1."""
    boxes = table_of("c = a + b; d = b + 1; e = c*d", {"a": 2, "b": 1})
    own = {f"1.{name}": box.answer for name, box in boxes.items()} | {"1.c.value": 4.0}
    for name in ("e.value", "e.c.local", "e.d.local", "c.gradient", "d.gradient", "a.gradient", "b.gradient"):
        own[f"1.{name}"] = boxes[name].follows.compute(own)
    found = {name: own[f"1.{name}"] for name in ("e.value", "d.gradient", "c.gradient", "a.gradient", "b.gradient")}
    assert found == {"e.value": 8, "d.gradient": 4, "c.gradient": 2, "a.gradient": 2, "b.gradient": 6}


OUTSIDE = [
    ("q.value", {"d.value": 0.0}),
    ("q.a.local", {"d.value": 0.0}),
    ("q.d.local", {"d.value": 0.0}),
    ("l.value", {"q.value": -2.0}),
    ("l.q.local", {"q.value": -2.0}),
    ("l.value", {"q.value": 0.0}),
]


@pytest.mark.parametrize(("name", "own"), OUTSIDE)
def test_outside_of_a_domain_nothing_can_follow(name, own):
    boxes = table_of(*GRAPHS["a quotient and a logarithm"][:2])
    with pytest.raises(CannotFollowError):
        boxes[name].follows.compute({f"1.{need}": x for need, x in own.items()})


def test_a_gradient_cannot_follow_through_a_value_outside_of_a_domain():
    graph = posed(*GRAPHS["a quotient and a logarithm"][:2])
    cells = Cells(graph, 1, [value_of(graph.names["d"]), gradient_of(graph.names["d"])])
    box = cells[gradient_of(graph.names["d"])]
    assert box.follows.compute({"1.d.value": 4.0}) == pytest.approx(-1 / 4)  # log(a/d) falls by 1/d
    with pytest.raises(CannotFollowError):
        box.follows.compute({"1.d.value": 0.0})
    with pytest.raises(CannotFollowError):
        box.follows.compute({"1.d.value": -3.0})


@pytest.mark.parametrize(
    ("rule", "numbers"),
    [pytest.param(rule, numbers, id=f"{rule.name}{numbers}") for rule in RULES.values() for numbers in rule.outside],
)
def test_no_operation_has_a_value_outside_of_its_domain(rule, numbers):
    inside = next(iter(rule.inside))
    if rule.lists and len(inside) != len(numbers):
        inside = tuple(1.0 for _ in numbers)
    node = _node(rule, inside)
    with pytest.raises(CannotFollowError):
        value_at(node, [float(x) for x in numbers])


def _node(rule, numbers):
    from chalkgrad.engine.recording import operators

    values = [Value(x) for x in numbers]
    if rule.lists:
        count = rule.length(len(values))
        lists = [values[i * count : (i + 1) * count] for i in range(rule.lists)]
        return getattr(operators, rule.name)(*lists, *values[rule.lists * count :])
    return getattr(operators, rule.name)(*values)


def test_what_is_not_asked_is_computed_from_what_is():
    """Values and gradients alone, as in a drawn graph: local derivatives are those at the student's values."""
    graph = posed("c = a + b; d = b + 1; e = c*d", {"a": -4, "b": 2})
    c, d, e, b = (graph.names[name] for name in "cdeb")
    asked = [value_of(c), value_of(d), value_of(e), *(gradient_of(node) for node in graph.sweep.tape)]
    cells = Cells(graph, 2, asked)
    follows = cells[gradient_of(c)].follows
    assert follows.needs == ("2.e.gradient", "2.d.value")
    assert follows.compute({"2.e.gradient": 5.0, "2.d.value": 7.0}) == 35
    assert cells[gradient_of(b)].follows.compute({"2.c.gradient": 4.0, "2.d.gradient": -9.0}) == -5
    alone = Cells(graph, 3, [gradient_of(b), value_of(c)])
    own = alone[gradient_of(b)].follows.compute({"3.c.value": 10.0})  # d is 3, and ∂e/∂b = d + c
    assert own == 13


def test_where_contributions_are_asked_a_gradient_is_their_sum():
    graph = posed("c = a + b; d = b + 1; e = c*d", {"a": -4, "b": 2})
    b, c, d = (graph.names[name] for name in "bcd")
    cells = Cells(graph, 1, [contribution_of(c, 1), contribution_of(d, 0), gradient_of(b), gradient_of(c), local_of(c, 1)])
    box = cells[contribution_of(c, 1)]
    assert (box.name, box.answer, box.asked) == ("1.c.b.contribution", 3.0, "∂e/∂c · ∂c/∂b")
    assert box.follows.compute({"1.c.gradient": 4.0, "1.c.b.local": -2.0}) == -8
    assert cells[gradient_of(b)].follows.compute({"1.c.b.contribution": 10.0, "1.d.b.contribution": 0.5}) == 10.5
    assert {"local alone": 1, "added": 4, "sign": -3}.items() <= {slip.name: slip.number for slip in box.slips}.items()


def test_numbers_that_are_given_hide_what_is_behind_them():
    graph = posed("c = a + b; d = b + 1; e = c*d", {"a": -4, "b": 2})
    c, d, e = (graph.names[name] for name in "cde")
    cells = Cells(graph, 1, [value_of(c), value_of(d), gradient_of(c)], given=[local_of(e, 0)])
    assert cells[gradient_of(c)].follows is None
    assert Cells(graph, 1, [value_of(c), value_of(d), gradient_of(c)])[gradient_of(c)].follows.needs == ("1.d.value",)


def test_a_sum_of_products_reads_the_factor_beside():
    w, x = [Value(2.0, "w1"), Value(-1.0, "w2")], [Value(3.0, "x1"), Value(5.0, "x2")]
    h = x[1] * 2
    h.label = "h"
    z = affine(w, [x[0], h], Value(1.0, "b"))
    z.label = "z"
    names = {value.label: value for value in (*w, *x, h, z)}
    cells = Cells(Alone(z, names, ("w1", "w2"), Chance(b"", "")), 1, [value_of(h), value_of(z), local_of(z, 1)])
    assert cells[local_of(z, 1)].answer == 10
    assert cells[local_of(z, 1)].follows.compute({"1.h.value": 4.0}) == 4
    assert cells[value_of(z)].follows.compute({"1.h.value": 4.0}) == 2 * 3 - 4 + 1


def test_names_are_typed_and_different_and_what_is_asked_is_set_in_type():
    boxes = table_of("p = θ1*θ1; a2 = p*p; y1 = a2 + p", {"θ1": 2})
    assert {"p.θ1_1.local", "p.θ1_2.local", "a2.p1.local", "a2.p2.local"} <= boxes.keys()
    assert boxes["θ1.gradient"].asked == "∂y₁/∂θ₁"
    clashing = Value(2.0, "p"), Value(3.0, "q.p")
    inner = clashing[0] * clashing[1]
    inner.label = "x.q"
    outer = inner * clashing[0]
    outer.label = "x"
    cells = Cells(Alone(outer, {}, (), Chance(b"", "")), 1, ())
    edges = [(node, slot) for node in (inner, outer) for slot in (0, 1)]
    assert len({cells.name(local_of(*edge)) for edge in edges}) == 4  # x.q by p is not x by q.p


def test_a_box_that_is_asked_in_other_numbers_is_called_the_same():
    here, there = (table_of("c = a + b; d = b + 1; e = c*d", values) for values in ({"a": -4, "b": 2}, {"a": 11, "b": -7}))
    assert [(box.name, box.kind, box.asked) for box in here.values()] == [
        (box.name, box.kind, box.asked) for box in there.values()
    ]


def test_local_derivatives_have_the_slips_of_the_table():
    graph = posed("z = w*x; t = tanh(z); L = (t - y)**2", {"w": 0.5, "x": 3, "y": 1})
    z, t = graph.names["z"], graph.names["t"]
    of_product = [(slip.name, slip.number) for slip in slips_of_local(graph, z, 0)]
    assert of_product[:3] == [("sign", -3.0), ("own factor", 0.5), ("other rule", 1.0)]
    of_tanh = {slip.name: slip.number for slip in slips_of_local(graph, t, 0)}
    assert of_tanh["value for slope"] == pytest.approx(math.tanh(1.5))
    assert of_tanh["formula of input"] == pytest.approx(1 - 1.5**2)
    assert of_tanh["no slope"] == 1
    said = next(slip.said for slip in slips_of_local(graph, z, 0) if slip.name == "own factor")
    assert said == "you took w itself where the other factor belongs: ∂z/∂w = x = 3"


def said_of(box):
    return {slip.number: slip.said for slip in box.slips}


def test_values_have_the_slips_of_their_operation():
    boxes = {
        name: {slip.number: (slip.name, slip.said) for slip in box.slips}
        for name, box in table_of("c = a - b; d = c + 1; h = relu(d); e = h*a", {"a": -4, "b": 2}).items()
    }
    assert boxes["c.value"][6] == ("sign", "the size is right, the sign is not")
    assert boxes["c.value"][-2] == ("other operation", "-2 is a + b; c is a - b")
    assert 6 in boxes["c.value"]  # b - a, too: the sign is named
    assert boxes["d.value"][-7] == ("other operation", "-7 is c - 1; d is c + 1")
    assert boxes["h.value"] == {-5: ("no function", "-5 is d itself; h is relu(d)")}
    assert boxes["e.value"][-4] == ("other operation", "-4 is h + a; e is h·a")
    of_quotient = said_of(table_of("c = a/b; e = c*a", {"a": -4, "b": 2})["c.value"])
    assert of_quotient[-0.5] == "-0.5 is b/a, in the other order; c is a/b"
    assert of_quotient[-8] == "-8 is a·b; c is a/b"


def test_what_is_not_a_number_is_not_a_slip():
    assert -0.25 not in said_of(table_of("c = a/b; e = c*a", {"a": 0, "b": 2})["c.value"])  # b/0
    assert said_of(table_of("c = a**2; e = c*a", {"a": 3})["c.value"]).keys() == {-9, 6, 8, 3}  # 2·a, 2**a, a


def test_the_rule_of_another_operation_is_a_slip_of_a_local_derivative():
    boxes = table_of("c = a + b; d = b + 1; e = c*d", {"a": -4, "b": 5})
    assert said_of(boxes["c.a.local"])[5] == "5 is the derivative of a·b; c is a + b"
    assert said_of(boxes["c.b.local"])[-4] == "-4 is the derivative of a·b; c is a + b"
    assert said_of(boxes["e.d.local"])[6] == "you took d itself where the other factor belongs: ∂e/∂d = c = 1"


def test_the_derivative_by_the_other_argument_is_a_slip_of_a_local_derivative():
    box = table_of("q = a/b; e = q*a", {"a": 6, "b": 2})["q.a.local"]
    assert box.answer == 0.5
    assert said_of(box)[-1.5] == "-1.5 is ∂q/∂b; what is asked for is ∂q/∂a"
    assert said_of(box)[2] == "2 is the derivative of a·b; q is a/b"


def test_perhaps_where_two_slips_of_a_local_derivative_give_one_number():
    """At u = 1 a square has 1 for its value, its exponent lost and none."""
    boxes = table_of("s = u**2; e = s*u", {"u": 1})
    assert said_of(boxes["s.u.local"])[1].startswith("perhaps ")
    assert said_of(table_of("s = u**2; e = s*u", {"u": 5})["s.u.local"])[5].startswith(
        "you left out the factor that the exponent gives"
    )


def test_the_other_factor_is_named_where_an_inner_gradient_is_it():
    graph = posed("c = a + b; d = b + 1; e = c*d", {"a": -9, "b": 3})
    assert {slip.number: slip.said for slip in Posed.slips(graph, graph.names["c"])}[-6] == (
        "-6 is ∂e/∂d; what is asked for is ∂e/∂c"
    )


def test_slips_differ_from_the_answer_and_from_each_other():
    for text, values, _ in GRAPHS.values():
        for box in table_of(text, values).values():
            numbers = [box.answer, *(slip.number for slip in box.slips)]
            assert len({f"{x:.9g}" for x in numbers}) == len(numbers)


def test_the_seed_has_its_slip():
    box = table_of("c = a + b; d = b + 1; e = c*d", {"a": -4, "b": 2})["e.gradient"]
    assert [(slip.number, slip.name) for slip in box.slips] == [(-6.0, "seed")]


def test_an_upstream_gradient_begins_every_gradient():
    boxes = table_of("c = a + b; d = b + 1; e = c*d", {"a": -4, "b": 2}, upstream=-2.0)
    assert (boxes["e.gradient"].answer, boxes["e.gradient"].asked) == (-2, "∂J/∂e")
    assert {name: boxes[f"{name}.gradient"].answer for name in "abcd"} == {"a": -6, "b": -2, "c": -6, "d": 4}


def test_a_local_derivative_is_the_formula_that_is_shown():
    x = Value(0.5, "x")
    assert local_at(x.sigmoid(), 0, {}) == pytest.approx(math.exp(-0.5) / (1 + math.exp(-0.5)) ** 2)
    root = (x * 4).sqrt()
    assert local_at(root, 0, {root: 4.0}) == 0.125
    with pytest.raises(CannotFollowError):
        local_at(root, 0, {root: 0.0})
