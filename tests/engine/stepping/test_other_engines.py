"""Graphs of other engines: the gradients shown as right are those of an engine without the bug; what is wrong is said."""

import copy
import math
import pickle
import random
import sys

import numpy as np
import pytest
from chalkgrad.engine import Value, no_grad, nudge, program, tape
from chalkgrad.engine.stepping.other_engines import operation_named, read_graph
from chalkgrad.viz import draw, play
from processes import python
from student_engines import BUGS, engine


class Node:
    """A node as it may have been recorded by any engine; what it says of itself is given."""

    def __init__(self, data, parents=(), op="", grad=0.0, kind=tuple):
        self.data, self.grad, self._prev, self._op = data, grad, kind(parents), op


def by_name(shown):
    """The mirrors of a tape by their names."""
    return {shown.names[node]: node for node in shown}


def lines(shown):
    """The lines below a table."""
    return str(shown).split("\n")[2 + len(shown) :]


def lecture(kind):
    """An expression with two paths and repeats, in an engine: its nodes by their names, swept."""
    a, b = kind(0.5), kind(0.25)
    c, d = a * b, b + a
    e = c * d
    t = e.tanh()
    s = t + t
    q = s / d
    L = q + c
    L.backward()
    return {"a": a, "b": b, "c": c, "d": d, "e": e, "t": t, "s": s, "q": q, "L": L}


def read(nodes):
    """The mirrors of named nodes, by their names."""
    for name, node in nodes.items():
        node.label = name
    return by_name(tape(nodes["L"]))


# The gradients ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bug", BUGS)
@pytest.mark.parametrize("direct", [False, True])
def test_the_right_gradients_are_right_and_the_engines_own_stand_beside_them(bug, direct):
    theirs, right = lecture(engine(bug, direct=direct)), lecture(engine(direct=direct))
    mirrors = read(theirs)
    for name, node in right.items():
        assert mirrors[name].grad == pytest.approx(node.grad, rel=1e-12)
        assert mirrors[name].data == pytest.approx(node.data, rel=1e-12)
        assert mirrors[name].theirs.grad == theirs[name].grad
        assert mirrors[name].theirs.data == theirs[name].data
        assert mirrors[name].theirs.wrong == (theirs[name].grad != pytest.approx(node.grad, rel=1e-7))
    verdict = tape(theirs["L"]).check()
    assert not verdict
    assert any(mirror.theirs.wrong for mirror in mirrors.values())


def random_graph(kind, seed, length=14):
    """The nodes of a random graph; the same graph in every engine for the same seed."""
    source = random.Random(seed)
    nodes = [kind(source.uniform(0.5, 2.0)) for _ in range(4)]
    for _ in range(length):
        x, y = source.choice(nodes), source.choice(nodes)
        make = source.randrange(7)
        if make == 0:
            nodes.append(x + y)
        elif make == 1:
            nodes.append(x * y)
        elif make == 2:
            nodes.append(x - y * 0.3)
        elif make == 3:
            nodes.append(x / (y * y + 1.5))
        elif make == 4:
            nodes.append(x.tanh())
        elif make == 5:
            nodes.append((x * 0.2) ** 3)
        else:
            nodes.append((x * 0.1).exp())
    root = nodes[-1] + nodes[-2] * nodes[-3]
    root.backward()
    return [*nodes, root]


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("parents", [set, tuple, list])
def test_an_engine_without_bugs_is_right_on_random_graphs_however_it_keeps_its_parents(parents, direct):
    for seed in range(12):
        graph = random_graph(engine(parents=parents, direct=direct), seed)
        shown = tape(graph[-1])
        assert shown.check(), f"{seed}: {shown.check()}"
        assert not any(node.theirs.remark for node in shown)


@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug not in ("cut", "no seed", "wrong sum")])
def test_on_random_graphs_those_gradients_are_wrong_that_another_engine_has_otherwise(bug):
    found = 0
    for seed in range(12):
        graph, right = (random_graph(engine(which, direct=True), seed) for which in (bug, ""))
        for i, node in enumerate(graph):
            node.label = f"n{i}"
        mirrors = by_name(tape(graph[-1]))
        for i, (theirs, ours) in enumerate(zip(graph, right, strict=True)):
            if f"n{i}" in mirrors:
                assert mirrors[f"n{i}"].grad == pytest.approx(ours.grad, rel=1e-9, abs=1e-300)
                assert mirrors[f"n{i}"].theirs.wrong == (theirs.grad != pytest.approx(ours.grad, rel=1e-6, abs=1e-300))
                found += mirrors[f"n{i}"].theirs.wrong
    assert found > 5


# What is said ---------------------------------------------------------------------------------------------------------


def test_the_table_has_a_column_of_theirs_and_says_what_went_wrong():
    kind = engine("overwrite")
    a, b = kind(2.0), kind(1.0)
    c, d = a + b, b * 3
    e = c * d
    e.backward()
    assert str(tape(e)).split("\n")[0].rstrip().endswith("│ gradient   │ grad in your engine")
    rows = {line.split("│")[0].strip(): line.split("│")[-1].strip() for line in str(tape(e)).split("\n")[2:8]}
    assert rows["b"] == f"{b.grad:g}, wrong"
    assert rows["a"] == "3"
    other = "d" if b.grad == 9 else "c"
    assert lines(tape(e)) == [f"b: only the path through {other} is counted, as by = for +=: {b.grad:g} instead of 12"]


def swept(bug, build, **options):
    """The lines of the check of an expression of a and b in an engine with a bug; the leaves are 0.5 and 0.25."""
    kind = engine(bug, **options)
    a, b = kind(0.5), kind(0.25)
    a.label, b.label = "a", "b"
    nodes = build(a, b)
    for name, node in nodes.items():
        node.label = name
    root = [*nodes.values()][-1]
    root.backward()
    return str(tape(root).check()).split("\n")


@pytest.mark.parametrize(
    ("bug", "build", "said"),
    [
        ("overwrite", lambda a, b: {"s": a + a}, "a: a enters s 2 times, and your engine counts 1: 1 instead of 2"),
        (
            "overwrite",
            lambda a, b: {"p": a * a},
            "a: a enters p 2 times, and your engine counts 1: 0.5 instead of 1",
        ),
        ("swapped", lambda a, b: {"p": a * b}, "a: ∂p/∂b is taken for ∂p/∂a: 0.5 instead of 0.25"),
        ("minus", lambda a, b: {"p": a * b}, "b: the size is right, the sign is not: -0.5 instead of 0.5"),
        ("wrong tanh", lambda a, b: {"t": a.tanh()}, "a: ∂t/∂a is taken as 0.5379, and is 0.7864: 0.5379 instead of 0.7864"),
        (
            "no seed",
            lambda a, b: {"s": a + b},
            "s: backward() has not run from s, or the seed ∂s/∂s = 1 is missing: 0 instead of 1",
        ),
        ("cut", lambda a, b: {"q": a / b}, "b: nothing comes back from q: 0 instead of -8"),
    ],
)
def test_a_mistake_is_named(bug, build, said):
    assert said in swept(bug, build)


def test_a_local_derivative_without_what_comes_from_above_and_the_other_way_round():
    def build(a, b):
        t = a.tanh()
        return {"t": t, "L": t * b}

    slope = 1 - math.tanh(0.5) ** 2
    right = f"instead of {0.25 * slope:.4g}"
    assert f"a: ∂t/∂a is not multiplied by ∂L/∂t: {slope:.4g} {right}" in swept("no upstream", build)
    assert f"a: the gradient of t is passed on without the factor ∂t/∂a: 0.25 {right}" in swept("no local derivative", build)


def test_a_node_that_passes_on_its_gradient_too_early_is_named_and_what_follows_from_it():
    def build(a, b):
        u = a * 2
        v = u * 3
        w = v * 5
        return {"u": u, "v": v, "w": w, "L": u + v + w}

    said = swept("no order", build, parents=tuple)
    assert said[-1] == "a: u passed on its gradient when it was 1, before all of it had come: 2 instead of 38"
    assert "u: right, ∂L/∂u = 19" in said


def test_where_it_goes_wrong_is_told_from_what_follows():
    a, b = Node(2.0), Node(3.0)
    c, d = Node(5.0, (a, b), "+", 12.0), Node(6.0, (a, b), "*", 5.0)
    e = Node(30.0, (c, d), "*", 1.0)
    a.grad, b.grad = 27.0, 10.0
    mirrors = by_name(tape(e))
    assert [mirrors[name].grad for name in "abcde"] == [21.0, 16.0, 6.0, 5.0, 1.0]
    assert "c: ∂e/∂c is taken as 12, and is 6: 12 instead of 6" in str(tape(e).check())
    assert "a: it follows from the wrong gradient of c: 27 instead of 21" in str(tape(e).check())


@pytest.mark.parametrize("sweeps", [2, 3])
def test_several_sweeps_without_zeroing_are_recognised(sweeps):
    nodes = lecture(engine())
    for _ in range(sweeps - 1):
        nodes["L"].backward()
    read(nodes)
    said = str(tape(nodes["L"]).check()).split("\n")
    assert said[0] == "L: right, ∂L/∂L = 1"
    assert all(f"as after {sweeps} backward passes without zeroing the gradients" in line for line in said[1:])


def test_leaves_alone_may_accumulate():
    nodes = lecture(engine())
    for name in "ab":
        nodes[name].grad *= 2
    said = str(tape(nodes["L"]).check()).split("\n")
    assert [line for line in said if "2 backward passes" in line] == said[-2:]


def test_inner_gradients_that_are_not_kept_are_not_wrong():
    nodes = lecture(engine(direct=True))
    for name in "cdetsq":
        nodes[name].grad = 0.0
    assert tape(nodes["L"]).check()
    nodes["a"].grad = 1.0
    assert not tape(nodes["L"]).check()


def test_before_backward_one_line_says_so():
    a, b = Node(2.0), Node(3.0)
    assert str(tape(Node(5.0, (a, b), "+")).check()).endswith("is missing: 0 instead of 1")
    assert "\n" not in str(tape(Node(5.0, (a, b), "+")).check())


def test_numbers_that_differ_look_different():
    a, b = Node(2.0, grad=1.00001), Node(3.0, grad=1.0)
    s = Node(5.0, (a, b), "+", 1.0)
    assert "a: ∂s/∂a is taken as 1.00001, and is 1: 1.00001 instead of 1" in str(tape(s).check())
    assert "1.00001, wrong" in str(tape(s))


# What a node is -------------------------------------------------------------------------------------------------------


def test_of_equal_candidates_the_name_decides():
    for op, slopes in (("+", (1.0, 1.0)), ("*", (2.0, 2.0))):
        x, y = Node(2.0), Node(2.0)
        (root,) = read_graph(Node(4.0, (x, y), op, 1.0, set))
        assert root.partials == slopes
        assert root.theirs.remark is None
    (root,) = read_graph(Node(4.0, (Node(2.0),), "**2", 1.0, set))
    assert root.partials == (4.0,)


def test_without_a_name_the_value_tells_and_it_is_said_so():
    a, b = Node(2.0), Node(-3.0)
    L = Node(-6.0, (a, b), "", 1.0)
    del a._op, b._op, L._op
    assert "L: taken for a·b, which gives -6" in lines(tape(L))
    assert by_name(tape(L))["a"].grad == -3.0


@pytest.mark.parametrize(
    ("x", "y", "value", "op", "said"),
    [
        (2.0, 2.0, 4.0, "", "y: a + b or a·b or a^b or b^a would give 4, so its local derivatives are not known"),
        (2.0, 2.0, 0.0, "-", "y: a - b or b - a would give 0, so its local derivatives are not known"),
        (2.0, 3.0, 7.0, "swirl", "y: swirl is not an operation of chalkgrad's table, so its local derivatives are not known"),
        (2.0, 3.0, 6.0, "swirl", "y: swirl is not an operation of chalkgrad's table, so its local derivatives are not known"),
        (2.0, 3.0, 7.0, "", "y: no operation of the table gives 7 of a, b, so its local derivatives are not known"),
    ],
)
def test_what_is_not_known_is_said_and_no_gradient_below_it_is_shown(x, y, value, op, said):
    a, b = Node(x, grad=5.0), Node(y, grad=6.0)
    y = Node(value, (a, b), op, 3.0, set)
    L = Node(3 * value, (y, Node(3.0)), "*", 1.0)
    shown = tape(L)
    assert lines(shown)[0].startswith(said)
    names = by_name(tape(L))
    assert names["y"].grad == 3.0
    assert [str(names[name].grad) for name in "ab"] == ["?", "?"]
    assert "a: ∂L/∂a is not known; in your engine 5" in str(shown.check())
    assert not shown.check()
    assert str(shown.steps()[-1]).endswith(f"0 → ?   not known; in your engine {names['b'].theirs.grad:g}")
    rows = {card.name: [row.value for row in card.rows] for card in draw(L).picture.cards}
    assert rows["a"] == [f"{x:g}", "?"]


def test_a_wrong_forward_pass_keeps_the_named_operation():
    a, b = Node(2.0), Node(3.0)
    p = Node(7.0, (a, b), "*", 4.0, set)
    L = Node(28.0, (p, Node(4.0)), "*", 1.0)
    a.grad, b.grad = 12.0, 8.0
    shown = tape(L)
    assert [node.data for node in shown] == [2.0, 3.0, 6.0, 4.0, 24.0]
    assert lines(shown)[0] == "p: in your engine it is 7, and a·b is 6; a value may have changed since"
    assert "│ 6 (in your engine 7) " in str(shown)
    assert "│ 24 (in your engine 28)" in str(shown)
    assert not shown.check()
    cards = {card.name: card.rows for card in draw(L).picture.cards}
    assert [(row.name, row.value) for row in cards["p"]] == [("data", "6"), ("grad", "4"), ("your data", "7")]


def test_an_operation_under_a_wrong_name_is_told():
    a, b = Node(2.0), Node(3.0)
    q = Node(2 / 3, (a, b), "*", 1.0, set)
    assert lines(tape(q))[0] == "q: in your engine it is 0.6667, and a·b is 6; a/b would be 0.6667, if its name is wrong"
    assert by_name(tape(q))["a"].grad == 3.0


def test_leaves_that_have_changed_since_are_named_and_no_gradient_is_called_wrong():
    nodes = lecture(engine())
    for name in "ab":
        nodes[name].data -= 0.1 * nodes[name].grad
    read(nodes)
    said = (
        "the values of a, b seem to have changed since L was computed: compute it and its gradients again before they are read"
    )
    shown = tape(nodes["L"])
    assert str(shown.check()) == said
    assert not shown.check()
    assert lines(shown) == [said]
    assert not any(node.theirs.wrong for node in shown)
    assert draw(nodes["L"]).picture.caption == said


def test_gradients_that_are_right_for_wrong_values_are_told_from_wrong_ones():
    a, b = Node(2.0), Node(3.0)
    p = Node(7.0, (a, b), "*", 14.0, set)
    L = Node(49.0, (p, p), "*", 1.0)
    a.grad, b.grad = 42.0, 1.0
    said = str(tape(L).check())
    assert "p: it is right for the values of your engine: 14 instead of 12" in said
    assert "a: it is right for the values of your engine: 42 instead of 36" in said
    assert "b: ∂p/∂b is taken as 0.07143, and is 2: 1 instead of 24" in said


@pytest.mark.parametrize(
    ("value", "parents", "op", "expression"),
    [
        (-1.0, (2.0, 3.0), "-", "a - b"),
        (1.0, (2.0, 3.0), "-", "b - a"),
        (2 / 3, (2.0, 3.0), "div", "a/b"),
        (9.0, (2.0, 3.0), "pow", "b^a"),
        (8.0, (2.0,), "**3", "a³"),
        (8.0, (2.0,), "**", "a³"),
        (0.5, (2.0,), "1/", "1/a"),
        (0.5, (2.0,), "inv", "a⁻¹"),
        (-2.0, (2.0,), "-", "-a"),
        (7.0, (2.0,), "+", "a + 5"),
        (6.0, (2.0,), "MulBackward0", "a·3"),
        (3.0, (2.0, 3.0), "max", "max(a, b)"),
        (math.log(2), (2.0,), "ln", "log(a)"),
        (-0.02, (-2.0,), "leaky_relu", "leaky_relu(a)"),
        (math.exp(2), (2.0,), "Exp", "exp(a)"),
        (1 / (1 + math.exp(-2)), (2.0,), "σ", "σ(a)"),
    ],
)
def test_an_operation_is_known_by_its_usual_names_and_by_its_value(value, parents, op, expression):
    leaves = [Node(x) for x in parents]
    for leaf, name in zip(leaves, "ab", strict=False):
        leaf.label = name
    y = Node(value, leaves, op, 1.0)
    assert f"│ {expression} " in str(tape(y))
    assert str(by_name(tape(y))["a"].grad) != "?"


def test_plain_numbers_among_the_parents_are_constants():
    a = Node(2.0, grad=3.0)
    y = Node(6.0, (a, 3.0), "*", 1.0)
    assert tape(y).check()
    assert len(tape(y)) == 2


def test_names_of_operations():
    assert operation_named("__mul__") == (("mul",), None)
    assert operation_named("ReLU") == (("relu",), None)
    assert operation_named("affine")[0] == ()
    assert operation_named("") == ((), None)


# Other engines' names -------------------------------------------------------------------------------------------------


class Add:
    """A function as minitorch has them: its class is what a Scalar's history names."""


class Mul:
    """Another one."""


class History:
    def __init__(self, last_fn=None, inputs=()):
        self.last_fn, self.inputs = last_fn, inputs


class Scalar:
    """A scalar after minitorch: its gradient is called derivative, and only leaves have one."""

    def __init__(self, data, history=None, derivative=None):
        self.data, self.history, self.derivative = data, history or History(), derivative

    @property
    def parents(self):
        raise AssertionError("a leaf has no parents")


def test_scalars_after_minitorch_are_read():
    x, y = Scalar(2.0, derivative=3.0), Scalar(3.0, derivative=3.5)
    p = Scalar(6.0, History(Mul, [x, y]))
    s = Scalar(9.0, History(Add, [p, y]))
    assert [node.grad for node in tape(s)] == [3.0, 3.0, 1.0, 1.0]
    assert str(tape(s).check()).split("\n")[0].startswith("y: ")
    assert {name: node.theirs.wrong for name, node in by_name(tape(s)).items()} == {
        "x": False,
        "y": True,
        "p": False,
        "s": False,
    }


class Ours:
    def __init__(self, value, made_from=(), what=None):
        self.number, self.made_from, self.slope, self.what = value, made_from, 0.0, what


def test_attributes_may_be_named():
    x = Ours(3.0)
    y = Ours(9.0, [x, x], "times")
    y.slope, x.slope = 1.0, 6.0
    with pytest.raises(TypeError, match=r"the Ours of .* lacks data \(its number\) and grad \(its gradient\) and _prev"):
        tape(y, op="what")
    shown = tape(y, data="number", grad="slope", parents="made_from", op="what")
    assert shown.check()
    assert str(draw(shown).picture.title) == "y = x·x"
    with pytest.raises(TypeError, match="has no attribute 'nothing', which was given as parents='nothing'"):
        tape(y, data="number", grad="slope", parents="nothing")


def test_an_engine_may_have_a_class_for_each_operation():
    class Tensor:
        def __init__(self, value, *parents):
            self.value, self.grad, self.parents = value, 0.0, parents

    class MulNode(Tensor):
        pass

    class Thing(Tensor):
        pass

    x, y = Tensor(2.0), Tensor(2.0)
    p = MulNode(4.0, x, y)
    p.grad, x.grad, y.grad = 1.0, 2.0, 2.0
    assert tape(p).check()
    assert [*by_name(tape(p))] == ["x", "y", "p"]
    unknown = Thing(4.0, x, y)
    assert "would give 4" in str(tape(unknown))


def test_labels_come_before_the_callers_variables():
    first, second = Node(2.0), Node(3.0)
    first.label = "w"
    total = Node(5.0, (first, second), "+", 1.0)
    assert [*by_name(tape(total))] == ["w", "second", "total"]


def test_half_the_digits_are_enough_for_numbers_that_have_no_more():
    x = Node(np.float32(0.7), grad=np.float32(1 - math.tanh(0.7) ** 2))
    y = Node(np.float32(math.tanh(np.float32(0.7))), (x,), "tanh", np.float32(1.0))
    assert tape(y).check()


# Sizes, and what is refused -------------------------------------------------------------------------------------------


def test_a_deep_graph_is_read_without_recursion():
    x = engine()(1.0)
    y = x
    for _ in range(4 * sys.getrecursionlimit()):
        y = y * 1.0001
    y.backward()
    shown = tape(y)
    assert len(shown) == 8 * sys.getrecursionlimit() + 1
    assert str(shown.check()) == f"your engine's {len(shown)} gradients are right"


def test_a_cycle_is_refused():
    x, y = Node(1.0), Node(2.0)
    x._prev, y._prev = (y,), (x,)
    with pytest.raises(ValueError, match=r"this graph has a cycle: \w+ is computed from \w+, which is computed from it"):
        tape(y)
    x._prev = (x,)
    with pytest.raises(ValueError, match="this graph has a cycle: x is computed from x"):
        draw(x)


@pytest.mark.parametrize("data", [[1.0, 2.0], np.array([1.0]), "2", None, 1j])
def test_what_is_no_scalar_is_refused(data):
    x = Node(data)
    with pytest.raises(TypeError, match="chalkgrad reads graphs of scalars, and the data of x is"):
        tape(x)


def test_what_has_no_parents_says_what_is_missing_and_what_to_type():
    class Bare:
        data, grad = 2.0, 0.0

    with pytest.raises(TypeError, match=r"the Bare of .* lacks _prev \(the nodes .*\); .* give these: tape\(x, parents='…'\)"):
        draw(Bare())
    for number in (2.0, "a", None, [Value(2.0)], np.float64(2.0), np.array([2.0])):
        with pytest.raises(TypeError, match="a tape is that of one or more Values"):
            tape(number)
        with pytest.raises(TypeError, match="draw takes Values"):
            draw(number)


def test_parents_that_are_no_nodes_are_refused():
    y = Node(2.0, ("x",), "+")
    with pytest.raises(TypeError, match="among the parents in this graph is the str 'x', which is not a node of it"):
        tape(y)


def test_reading_changes_nothing_and_works_under_no_grad():
    nodes = lecture(engine("overwrite"))
    before = {name: (node.data, node.grad, set(node._prev)) for name, node in nodes.items()}
    with no_grad():
        shown = tape(nodes["L"])
        str(shown), shown.check(), shown.steps().run()
    assert {name: (node.data, node.grad, set(node._prev)) for name, node in nodes.items()} == before
    assert len(shown) > len(nodes) - 1


# As any other graph ---------------------------------------------------------------------------------------------------


def test_a_cursor_does_not_change_what_is_right():
    nodes = lecture(engine("wrong tanh"))
    shown = tape(nodes["L"])
    before = lines(shown)
    steps = shown.steps()
    steps.step(3)
    assert lines(shown) == before
    assert str(shown.check()) == str(tape(nodes["L"]).check())
    steps.run()
    assert [node.grad for node in shown] == [node.theirs.right for node in shown]


def test_steps_say_what_the_engine_has():
    kind = engine("overwrite")
    a = kind(3.0)
    p = a * a
    p.backward()
    first, second = list(tape(p).steps())[1:]
    assert str(first).endswith("1 of 2, still to come: through p (2nd a)")
    assert str(second).endswith("2 of 2, complete: ∂p/∂a = 3 + 3 = 6; in your engine 3, wrong")
    assert str(tape(p).steps(by="node")[1]).endswith("0 → 6   complete; in your engine 3, wrong")
    assert repr(tape(p)[0]) == "<Value a = 3, grad 6, in your engine 3, wrong>"


def test_pictures_show_a_wrong_gradient_beside_the_right_one():
    kind = engine("overwrite")
    a = kind(3.0)
    p = a * a
    p.backward()
    picture = draw(p).picture
    assert [(row.name, row.value) for row in picture.cards[0].rows] == [("data", "3"), ("grad", "6"), ("your grad", "3")]
    assert picture.caption == "of your engine's 2 gradients 1 is wrong"
    assert "your grad 3" in draw(p, skin="circuit").svg
    assert [row.name for row in draw(p, show="data").picture.cards[0].rows] == ["data"]
    assert draw(p, caption="mine").picture.caption == "mine"


def test_hand_made_answers_are_checked_on_a_mirror_too():
    a, b = Node(2.0), Node(3.0)
    p = Node(6.0, (a, b), "*")
    assert tape(p).check(a=3)
    assert not tape(p).check(a=2)


def test_a_mirror_is_changed_at_its_source_and_a_copy_is_chalkgrads_own():
    a, b = Node(2.0), Node(3.0)
    (p,) = read_graph(Node(6.0, (a, b), "*"))
    with pytest.raises(AttributeError, match=r"change it there, and read the graph again by tape\(root\)"):
        p.parents[0].data = 5.0
    for copied in (copy.deepcopy(p), pickle.loads(pickle.dumps(p))):
        copied.parents[0].data = 5.0
        assert copied.forward() == 15.0


def test_a_value_of_another_engine_is_nudged_if_every_formula_is_known():
    a, b = Node(2.0), Node(3.0)
    (p,) = read_graph(Node(12.0, (Node(6.0, (a, b), "*"), a), "*"))
    inner = next(node for node in p.parents if node.parents)
    slope = nudge(p, inner, 0.5)
    assert (slope.after, slope.measured, slope.derivative) == (13.0, 2.0, 2.0)
    (q,) = read_graph(Node(14.0, (Node(7.0, (a, b), "swirl"), a), "*"))
    for node in q.tape():
        with pytest.raises(ValueError, match="a nudge needs the formula of every operation"):
            nudge(q, node)


def test_a_graph_with_an_unknown_operation_is_copied_too():
    (root,) = read_graph(Node(7.0, (Node(2.0), Node(3.0)), "swirl"))
    for copied in (copy.deepcopy(root), pickle.loads(pickle.dumps(root))):
        assert [str(partial) for partial in copied.partials] == ["?", "?"]


def test_several_roots_are_shown_and_not_judged():
    a, b = Node(2.0), Node(3.0)
    first, second = Node(6.0, (a, b), "*", 1.0), Node(5.0, (a, b), "+", 1.0)
    shown = tape(first, second)
    assert [node.theirs.wrong for node in shown] == [False] * 4
    assert str(shown).split("\n")[0].endswith("grad in your engine")
    with pytest.raises(ValueError, match="this tape has 2: take the tape of one of them"):
        shown.check()
    with pytest.raises(ValueError, match=r"this tape has 2: .* or of their sum, weighted by upstream gradients"):
        shown.steps()


def test_the_tape_of_chalkgrads_own_values_steps_and_checks_as_its_root_does():
    x = Value(3.0, "x")
    y = x * x
    assert [str(step) for step in y.tape().steps()] == [str(step) for step in y.steps()]
    assert y.tape().check(x=6)
    with pytest.raises(TypeError, match="check takes gradients by name"):
        y.tape().check()
    assert "engine" not in str(y.tape())


def test_what_reads_other_engines_is_not_loaded_before_it_is_needed():
    loaded = python(
        "import chalkgrad.engine, sys; print([m for m in sys.modules if m.endswith(('other_engines', 'diagnosis'))])"
    )
    assert loaded.strip() == "[]"


def test_programs_and_pages_refuse_an_operation_that_nobody_knows():
    value = engine()
    a, b = value(2.0), value(3.0)
    root = tape(value(17.0, (a, b), "weird")).roots[0]
    inputs = [node for node in root.tape() if not node.parents]
    for what, use in (("a program", lambda: program(root, inputs)), ("play", lambda: play(root))):
        with pytest.raises(ValueError, match=f"^{what} needs the formula of every operation, .* in your engine is not one of"):
            use()
