"""What operations do with the gradient that comes back: copies, swaps, routes, read off the table; and how steps say it."""

import pytest
from chalkgrad.engine import Value, affine, maximum, operation, total
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.stepping.patterns import pattern_of

# What lectures say of the gates (CS231n, Backpropagation, Intuitions), and of operations that are these under other names.
KNOWN = {
    "add": "copies",
    "total": "copies",
    "pos": "copies",
    "identity": "copies",
    "mul": "swaps",
    "maximum": "routes",
    "minimum": "routes",
    "relu": "routes",
}


def recorded(name, numbers):
    """A node of an operation of the table, all of whose arguments are Values."""
    from chalkgrad.engine.recording import operators

    rule, values = RULES[name], [Value(x) for x in numbers]
    if rule.lists:
        length = rule.length(len(values))
        lists = [values[i * length : (i + 1) * length] for i in range(rule.lists)]
        return getattr(operators, name)(*lists, *values[rule.lists * length :])
    return getattr(operators, name)(*values)


@pytest.mark.parametrize("name", RULES)
def test_the_pattern_of_every_operation_is_what_its_gradients_do(name):
    rule = RULES[name]
    patterns = set()
    for numbers in rule.inside:
        node = recorded(name, numbers)
        patterns.add(pattern := pattern_of(node))
        if pattern == "copies":
            assert set(node.partials) == {1.0}
        elif pattern == "swaps":
            assert node.partials == tuple(reversed([parent.data for parent in node.parents]))
        elif pattern == "routes":
            assert set(node.partials) <= {0.0, 0.5, 1.0}
    assert patterns == {KNOWN.get(name, "")}


def test_constants_do_not_count():
    x, t = Value(3.0, "x"), Value(2.0, "t", constant=True)
    nodes = [x - t, x - 2, t - x, affine([t, t], [t, t], x), t * t, x * t, x / t]
    assert [pattern_of(node) for node in nodes] == ["copies", "copies", "", "copies", "", "swaps", ""]


def test_an_operation_of_ones_own_has_the_pattern_of_its_formulas():
    gate = operation("gate", lambda x, y: x * y)
    steps = gate(Value(2.0, "a"), Value(3.0, "b")).steps(by="node")
    assert steps[1].pattern == "swaps"
    assert "   gate swaps, from the values kept: a gets " in str(steps[1])


def first_lines(root, **options):
    """The first line of each step by node, without its position."""
    return [str(step).splitlines()[0].split(None, 1)[1] for step in root.steps(by="node", **options)[1:]]


def test_a_step_by_node_says_the_pattern_and_a_step_by_edge_has_it():
    a, b = Value(2.0, "a"), Value(1.0, "b")
    c, d = a + b, b + 1
    m = maximum(c, d)
    e = m * d
    e.label = "e"
    assert first_lines(e) == [
        "e = m·d   · swaps, from the values kept: m gets ∂e/∂e · d, d gets ∂e/∂e · m",
        "m = max(c, d)   max routes: c gets ∂e/∂m, d gets 0",
        "d = b + 1   + copies: b gets ∂e/∂d",
        "c = a + b   + copies: a and b each get ∂e/∂c",
    ]
    assert [step.pattern for step in e.steps()] == ["", "swaps", "swaps", "routes", "routes", "copies", "copies", "copies"]
    assert [step.pattern for step in e.steps(by="node")] == ["", "swaps", "routes", "copies", "copies"]
    assert first_lines(e, wrt=a)[-1] == "c = a + b   + copies: a gets ∂e/∂c"
    assert "routes" not in str(e.steps()[3])


def test_arguments_that_repeat_and_many():
    x, y = Value(3.0, "x"), Value(2.0, "y")
    many = [Value(float(i), f"x{i}") for i in range(1, 7)]
    square, double, tie = x * x, x + x, maximum(x, x)
    half, same, whole = x * 0.5, maximum(x, y + 1), total(many)
    names = {"square": square, "double": double, "tie": tie, "half": half, "same": same, "whole": whole}
    for name, node in names.items():
        node.label = name
    assert [first_lines(node)[0].split("   ")[1] for node in names.values()] == [
        "· swaps, from the values kept: x gets ∂square/∂square · x for each use",
        "+ copies: x gets ∂double/∂double for each use",
        "max routes: x gets 0.5 · ∂tie/∂tie for each use",
        "· swaps, from the values kept: x gets ∂half/∂half · 0.5",
        "max routes: x gets 0.5 · ∂same/∂same, v2 gets 0.5 · ∂same/∂same",
        "+ copies: x1, x2, x3, x4 and 2 more each get ∂whole/∂whole",
    ]


def test_without_a_pattern_a_step_tells_the_values_that_it_needs():
    x, y, t = Value(0.5, "x"), Value(2.0, "y"), Value(4.0, "t", constant=True)
    p, q, r, s = x.sigmoid(), x / y, x**2, x - y
    z = affine([x, y], [t, y], 1.0)
    for name, node in (("p", p), ("q", q), ("r", r), ("s", s), ("z", z)):
        node.label = name
    assert [first_lines(node)[0] for node in (p, q, r, s, z)] == [
        "p = σ(x)   needs p, kept from the forward pass",
        "q = x/y   needs y and x, kept from the forward pass",
        "r = x²   needs x, kept from the forward pass",
        "s = x - y",
        "z = x·t + y·y + 1   needs t and y, kept from the forward pass",
    ]
