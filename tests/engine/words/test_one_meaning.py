"""One symbol is one number: what any text says of a derivative is true of the graph, for all examples."""

from functools import lru_cache

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import Value, chain_rule, maximum, operation
from chalkgrad.engine import total as total_of
from chalkgrad.engine.words.dependence import Dependence
from chalkgrad.engine.words.expressions import local, total
from chalkgrad.engine.words.manner import NOTATIONS, manner
from hypothesis import given
from partials import Reader, plain
from random_programs import SMOOTH, programs, run

FEW, FEWEST = 40, 16  # edges of graphs of which everything is read, and in all notations
MOST = 8  # steps of a larger one


@lru_cache(None)
def built(name):
    return examples.build(examples.load(name))


ROOTS = [(name, i) for name in examples.names() for i in range(len(built(name).roots))]


def spread(items, most):
    """At most so many, from the whole of them."""
    return items if len(items) <= most else [items[i * len(items) // most] for i in range(most)]


def texts(root, notation):
    """What is said of a root's derivatives, by how it is read: by node or by unit."""
    steps = root.steps(notation=notation)
    small = len(steps) <= FEW
    most = len(steps) if small else MOST
    yield from ((str(step), "node") for step in spread(steps, most))
    yield from ((str(step), "node") for step in spread(root.steps("node", notation=notation), most))
    yield from ((str(step), "node") for step in spread(root.steps(forward=True, notation=notation), most))
    options = [{}, {"position": len(steps) // 2}, {"every_update": True}, {"every_update": True, "by": "node"}]
    for option in options if small else options[1:2]:
        table = root.tape().table(notation=notation, limit=None if small else 20, **option)
        yield table.text(), "node"
        yield plain(table.latex()), "node"
    nodes = [node for node in root.tape() if node is not root and not node.constant]
    units = any(node.place for node in nodes)
    for x in spread(nodes, 4 if small else 2):
        for by in ("node", "unit") if units and small else ("node",):
            expansion = chain_rule(root, x, by, notation=notation)
            for shown in (expansion, expansion.factored()):
                yield shown.text(width=400), by
                yield plain(shown.latex()), by


@pytest.mark.parametrize(("name", "output"), ROOTS)
def test_every_number_that_is_said_to_be_a_derivative_is_that_derivative(name, output):
    root = built(name).roots[output]
    root.zero_grad()
    root.backward()
    for notation in NOTATIONS if len(root.steps()) <= FEWEST else ("∂",):
        readers = {by: Reader(root, notation, by) for by in ("node", "unit")}
        found = [readers[by].check(text) for text, by in texts(root, notation)]
        assert sum(found) > 2 * len(spread(root.steps(), MOST)), "the reader has found next to nothing"


@pytest.mark.parametrize("notation", NOTATIONS)
def test_names_set_in_type_and_held_values_that_are_lowered_are_read_too(notation):
    root = built("paths").roots[0]
    with manner(notation=notation, typeset=True):
        said = "\n".join(map(str, root.steps()))
    assert "z₅" in said or "z̄₅" in said
    assert "z5" not in said
    assert Reader(root, notation).check(said) > 2 * len(root.steps())


@pytest.mark.parametrize(
    ("notation", "typed", "set_in_type", "whole"),
    [
        ("∂", "∂z/∂x|u", "∂z/∂x|ᵤ", "∂z/∂x"),
        ("functions", "∂z/∂x|u", "∂z/∂x|ᵤ", "∂z/∂x"),
        ("d", "∂z/∂x", "∂z/∂x", "dz/dx"),
        ("bar", "∂z/∂x|u", "∂z/∂x|ᵤ", "x̄"),
    ],
)
def test_a_local_derivative_that_is_not_all_of_it_says_what_is_held(notation, typed, set_in_type, whole):
    x = Value(3.0, "x")
    u = x**2
    z = u * x
    for lowered, symbol in ((False, typed), (True, set_in_type)):
        with manner(notation=notation, typeset=lowered):
            assert (local(z, 1), total("z", "x")) == (symbol, whole)
            assert f"{symbol} = u = 9\n" in str(z.steps()[2])
            assert f" · {symbol} = 1 · 9 = 9 " in str(z.steps()[2])


def test_of_what_several_arguments_come_through_all_are_held_or_some_of_many():
    x = Value(2.0, "x")
    f = operation("f", lambda a, b, c: a * b * c)
    u, v = x + 1, x * 3
    assert local(f(u, v, x), 2) == "∂f/∂x"
    y = maximum(u, v)
    s = total_of([x, u, v, y, y * u, y * v])
    names = s.tape().names
    assert local(s, 0, names) == f"∂s/∂x|u,v,…,{names[s.parents[-1]]}"
    assert local(s, 4, names) == f"∂s/∂{names[s.parents[4]]}"


def test_a_functions_name_that_a_value_has_too_or_that_would_have_two_derivatives_is_not_written():
    x, t, r = Value(2.0, "x"), Value(3.0, "t"), Value(5.0, "r")
    h = operation("h", lambda a, b: a * b)
    one, other, third = h(x, t), h(x, r), h(t, r)
    y = one + other + third
    names = y.tape().names
    assert [local(one, 0, names), local(other, 0, names)] == ["∂one/∂x", "∂other/∂x"]
    z = operation("x", lambda a, b: a * b)(x, t)
    assert [local(z, 0), local(z, 1)] == ["∂z/∂x", "∂z/∂t"]


@given(programs(SMOOTH))
def test_what_is_held_is_what_a_walk_over_all_ancestors_finds(program):
    data, instructions = program
    nodes, _ = run([Value(x) for x in data], instructions)
    nodes = [node for node in nodes if isinstance(node, Value)]
    behind = {}
    for node in nodes:
        behind[node] = {node}.union(*(behind[parent] for parent in node.parents))
    among = Dependence(nodes)
    for node in nodes:
        for slot, parent in enumerate(node.parents):
            others = [other for other in dict.fromkeys(node.parents) if other is not parent and parent in behind[other]]
            assert among.held(node, slot) == others


def test_in_a_large_graph_a_search_ends_and_what_it_cannot_tell_is_held(monkeypatch):
    """Each x goes into something else first, so that of its place alone nobody knows that the chain does not depend on it."""
    xs = [Value(1.0 + i / 100, f"x{i}") for i in range(50)]
    before, chain = total_of(xs), Value(1.0, "h")
    after = chain
    for x in xs:
        after = after * x
    root = before * after
    among = Dependence(root.tape())
    assert not any(among.held(node, slot) for node in root.tape() for slot in range(len(node.parents)))
    monkeypatch.setattr("chalkgrad.engine.words.dependence.MOST", 5)
    held = [among.held(node, slot) for node in root.tape() if node.op is after.op for slot in range(2)]
    assert any(held)  # where the search was given up
