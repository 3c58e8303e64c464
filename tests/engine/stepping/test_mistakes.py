"""Mistakes on purpose: the wrong gradients are those a sweep with that mistake gives, and the step where they part is right.

The oracle is a small engine that makes them itself: it knows nothing of chalkgrad's sweeps, but the graph's values.
"""

import math
import random
import re

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import Value, affine, exp, log, logsumexp, no_grad, nonfinite, tanh, tape, total
from chalkgrad.engine import softmax as chalk_softmax
from chalkgrad.engine.stepping import edges
from chalkgrad.engine.stepping.edges import way_at, ways
from chalkgrad.engine.stepping.mistaken import other_harm, steps_in_words
from chalkgrad.engine.stepping.mistakes import MISTAKES, MOST, does_harm
from chalkgrad.engine.stepping.smallest import smallest
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.expressions.expression import parse


def counted(monkeypatch, owner, name):
    """A list that grows by one at each call of a function."""
    calls, original = [], getattr(owner, name)

    def function(*arguments):
        calls.append(name)
        return original(*arguments)

    monkeypatch.setattr(owner, name, function)
    return calls


def labelled(**values):
    for name, value in values.items():
        value.label = name
    return list(values.values())


def colah():
    a, b = Value(2.0), Value(1.0)
    c, d = a + b, b + 1
    return labelled(a=a, b=b, c=c, d=d, e=c * d)


def micrograd_68():
    """The graph that the question gives: why an order, and not recursion?"""
    a, b = Value(2.0), Value(3.0)
    c, d = a + b, a * b
    e, f = c + d, c * d
    return labelled(a=a, b=b, c=c, d=d, e=e, f=f, y=e + f)


def softmax():
    """Minus the logarithm of the second of three probabilities, written out."""
    z = labelled(z1=Value(1.0), z2=Value(2.0), z3=Value(0.5))
    e = labelled(e1=exp(z[0]), e2=exp(z[1]), e3=exp(z[2]))
    [s] = labelled(S=e[0] + e[1] + e[2])
    [p] = labelled(p2=e[1] / s)
    return labelled(L=-log(p))[0], z, [math.exp(x.data) / s.data for x in z]


def by_label(gradients):
    return {node.label: gradient for node, gradient in gradients.items() if node.label}


# What each does ------------------------------------------------------------------------------------------------------


def test_overwriting_keeps_only_what_comes_last():
    *_, e = colah()
    wrong = e.steps(mistake="overwrite")
    assert by_label(wrong.wrong) == {"e": 1, "c": 2, "d": 3, "b": 2, "a": 2}
    assert by_label(wrong.right)["b"] == 5
    assert wrong.parts_at == 5
    assert str(wrong[4]).endswith("b.grad = ∂e/∂c · ∂c/∂b = 2 · 1 = 2      3 → 2   it should be 5")


@pytest.mark.parametrize(
    ("mistake", "wrong"),
    [
        ("recursion", (29, 22)),
        ("depth first", (4, 3)),
        ("leaves first", (0, 0)),
        ("breadth first", (25, 19)),
        ("no zero_grad", (50, 38)),
        ("stale inner", (100, 76)),
    ],
)
def test_on_the_graph_of_the_question_each_order_gives_its_numbers(mistake, wrong):
    a, b, *_, y = micrograd_68()
    run = y.steps(mistake=mistake)
    assert (run.wrong[a], run.wrong[b]) == wrong
    assert (run.right[a], run.right[b]) == (25, 19)
    assert (run.parts_at is None) == (wrong == (25, 19))


def test_who_believes_in_recursion_sees_what_it_gives_why_and_which_order_mends():
    *_, y = micrograd_68()
    run = y.steps(mistake="recursion")
    assert str(run).split("\n") == [
        "recursion: each node calls its parents, and passes its whole grad on at every visit",
        "the backward passes part at step 5/14:",
        "5/14   c = a + b   ∂c/∂a = 1",
        "       a.grad += ∂y/∂c · ∂c/∂a = 1 · 1 = 1      0 → 1   visit 1 of 2; with all of ∂y/∂c it would be 7",
        "a: 29 instead of 25",
        "b: 22 instead of 19",
        "visited twice: d, c; c passes 1 on at its first visit, and 7 at its second: that 1 again",
        (
            "a topological order mends it: "
            "a node's turn comes when all its consumers have had theirs (y, f, e, d, c), and each passes on once"
        ),
        "recursion itself comes out right only if a visit passes on no more than what has just come: one visit for each path",
    ]
    assert by_label(run.visits) == {"y": 1, "e": 1, "f": 1, "c": 2, "d": 2}


def test_an_order_of_its_own_says_whose_part_has_not_come():
    *_, y = micrograd_68()
    said = str(y.steps(mistake="depth first")).split("\n")
    assert said[-2] == "c passes its grad on before the part through f has come"
    assert said[-1].startswith("a topological order mends it: ")
    assert said[-1].endswith("when all its consumers have had theirs (y, f, e, d, c), and each passes on once")


def test_of_several_parts_that_have_not_come_all_are_named():
    a, w = labelled(a=Value(2.0), w=Value(3.0))
    [b] = labelled(b=a * w)
    c, d = labelled(c=b * 5, d=b * 7)
    [y] = labelled(y=b + (c + d))
    assert "\nb passes its grad on before the parts through d, c have come\n" in str(y.steps(mistake="breadth first"))


def test_what_another_order_should_give_is_not_said_of_a_moment_that_no_right_sweep_has():
    """A right sweep goes from d to a first, so that a's grad is 18 and then 25, but never the 7 that c brings."""
    *_, y = micrograd_68()
    for mistake, ends in (
        ("depth first", {5: "with all of ∂y/∂c it would be 7", 7: "with whole grads, each passed on once, it would be 25"}),
        ("recursion", {11: "visit 2 of 2; with whole grads, each passed on once, it would be 25"}),
    ):
        run = y.steps(mistake=mistake)
        for number, end in ends.items():
            assert str(run[number - 1]).endswith(f"   {end}")
        assert not re.search(r"(?<!as )it should be", str([*run]))
    [b] = labelled(b=2 * labelled(a=Value(2.0))[0])
    [c] = labelled(c=3 * b)
    [root] = labelled(L=c + b)
    assert str(root.steps(mistake="recursion")[-1]).endswith("visit 2 of 2; with all of ∂L/∂b, once, it would be 8")


def test_recursion_that_passes_on_only_what_has_just_come_is_right():
    """What the report says of recursion, done by hand: one visit for each path, each with its own part."""
    *_, y = micrograd_68()
    grads = dict.fromkeys(tape(y), 0.0)

    def visit(node, come):
        grads[node] += come
        for parent, partial in zip(node.parents, node.partials, strict=True):
            visit(parent, come * partial)

    visit(y, 1.0)
    assert grads == pytest.approx(y.steps(mistake="recursion").right)


def test_large_graphs_have_their_leaves_and_named_values_first_and_count_the_others():
    root = examples.build(examples.load("mazur")).root
    run = root.steps(mistake="value")
    said = str(run).split("\n")
    lines = [line.partition(":")[0] for line in said if " instead of " in line]
    off = [node for node, right in run.right.items() if run.wrong[node] != pytest.approx(right, rel=1e-9)]
    leaves = [node.label for node in off if not node.parents]
    assert len(leaves) < len(lines) <= 12
    assert lines[: len(leaves)] == leaves
    assert f"and {len(off) - len(lines)} inner values more" in said
    assert "visited twice: out_h2, net_h2, out_h1, net_h1 and 6 more; out_h1 passes " in str(root.steps(mistake="recursion"))


def test_nodes_without_a_name_are_listed_if_there_are_no_others():
    v = Value(1.0, "x")
    for _ in range(8):
        v = v + 0.5 * v
    v.label = "y"
    said = str(v.steps(mistake="recursion")).split("\n")
    assert said[-4] == "and 13 inner values more"
    assert said[-3] == (
        "visited several times: v15 (2), v14 (2), v13 (4), v12 (4) and 10 more; "
        "v3 passes 1 on at its first visit, and 1.5 at its second: that 1 again"
    )


# The cursor ----------------------------------------------------------------------------------------------------------


def test_a_sweep_done_wrong_is_stepped_through_as_the_forward_pass_is():
    *nodes, y = micrograd_68()
    run = y.steps(mistake="recursion")
    assert (run.position, len(run)) == (-1, 14)
    assert (run.step() is run[0], run.position) == (True, 0)
    assert str(run.step()).startswith("2/14 ")
    assert (run.back() is run[0], str(run.back(5))) == (True, f"This is the beginning already.\n{run[0]}")
    assert (run.step(100) is run[-1], run.position) == (True, 13)
    assert (run.reset() is run[0], run.run() is run[13]) == (True, True)
    assert str(run.goto(run.parts_at - 1)) in str(run)
    assert run.goto(-2) is run[12]
    assert [*run] == run[:] == [run[i] for i in range(14)]
    assert not any(node.has_grad for node in (*nodes, y))
    with pytest.raises(IndexError, match="positions go from 0, the first edge, to 13; there is no position 14"):
        run.goto(14)
    with pytest.raises(ValueError, match="less than 0"):
        run.step(-1)
    with pytest.raises(IndexError, match="there is not even a first edge, so there is no position -1"):
        Value(2.0, "x").steps(mistake="recursion").step()


def test_a_recursion_of_too_many_steps_is_cut_off_and_gives_no_result():
    x = [Value(float(i), f"x{i}") for i in range(1, 31)]
    v = x[0]
    for q in x[1:]:
        v = v * q + v
    run = v.steps(mistake="recursion")
    said = str(run).split("\n")
    paths = [1]  # from v back to each of the 29 sums: twice as many to each that follows
    for _ in range(28):
        paths.append(2 * paths[-1])
    assert run.in_full == sum(4 * count for count in paths) == 2_147_483_644
    assert (len(run), run.is_cut) == (MOST, True)
    assert said[4] == "cut off after 1,000 of 2,147,483,644 steps, so that no grad is final"
    assert not any("instead of" in line for line in said)
    with pytest.raises(ValueError, match="would take 2,147,483,644 steps, and was cut off after 1,000: no grad is final"):
        _ = run.wrong


def test_more_paths_than_can_be_written_are_counted_all_the_same():
    x = Value(1.0, "x")
    for _ in range(1_100):
        x = 0.5 * x + 0.5 * x
    run = x.steps(mistake="recursion")
    assert run.is_cut
    assert "cut off after 4,400 of >1e300 steps" in str(run)


def test_one_sweep_is_never_cut_off_however_long_it_is():
    x = Value(1.0, "x")
    for _ in range(MOST + 500):
        x = x + 1
    for mistake in ("recursion", "leaves first"):
        run = x.steps(mistake=mistake)
        assert (len(run), run.is_cut) == (MOST + 500, False)
    assert x.steps(mistake="recursion").parts_at is None


def test_the_value_taken_for_the_factor_is_named():
    a, b = labelled(a=Value(2.0), b=Value(-3.0))
    [e] = labelled(e=a * b)
    run = e.steps(mistake="value")
    assert (run.wrong[a], run.wrong[b]) == (2, -3)
    assert str(run[0]).startswith(
        "1/2   e = a·b   ∂e/∂a = b = -3, but a = 2 is taken\n      a.grad += ∂e/∂e · ∂e/∂a = 1 · 2 = 2 "
    )
    [square] = labelled(s=a * a)
    assert "is taken" not in str([*square.steps(mistake="value")])  # a's other factor is a
    [mixed] = labelled(m=a * a + a * b)
    assert str([*mixed.steps(mistake="value")]).count("is taken") == 2


def test_only_the_outer_function_is_derived():
    x = Value(0.25, "x")
    u, v = labelled(u=tanh(3 * x), v=x)
    [y] = labelled(y=exp(u) * v)
    run = y.steps(mistake="outer only")
    e = math.exp(math.tanh(0.75))
    assert run.wrong[x] == pytest.approx(e * 0.25 * 1 * 1 + e)  # neither 1 - tanh² nor 3
    assert "∂u/∂v2 = 1 - u² = 0.5966, left out" in str([*run])


def test_on_the_diagonal_the_other_scores_get_nothing():
    root, z, p = softmax()
    run = root.steps(mistake="diagonal")
    assert [run.wrong[x] for x in z] == pytest.approx([0, p[1] - 1, 0])
    assert [run.right[x] for x in z] == pytest.approx([p[0], p[1] - 1, p[2]])
    said = str([*run])
    assert "∂S/∂e3 = 1, but ∂p2/∂e3 = 0 is taken" in said
    assert "∂v5/∂e2 = 1\n" in said  # nothing of it is left out


def test_on_the_diagonal_of_a_fused_softmax_the_derivatives_that_are_left_out_are_named():
    z = labelled(z1=Value(1.0), z2=Value(2.0), z3=Value(0.5))
    p = labelled(**dict(zip(("p1", "p2", "p3"), chalk_softmax(z), strict=True)))
    [root] = labelled(L=2 * p[0] + 3 * p[1])
    run = root.steps(mistake="diagonal")
    said = {step.parent.label: str(step).split("\n")[0] for step in run if step.node.op.name == "logsumexp"}
    assert said["z1"].endswith(", but ∂p2/∂z1 = 0 is taken")
    assert said["z2"].endswith(", but ∂p1/∂z2 = 0 is taken")
    assert said["z3"].endswith(", but ∂p2/∂z3 = ∂p1/∂z3 = 0 is taken")
    n = [node.data for node in p]
    assert [run.wrong[x] for x in z] == pytest.approx([2 * n[0] * (1 - n[0]), 3 * n[1] * (1 - n[1]), 0])
    ten = [Value(float(i), f"z{i}") for i in range(10)]
    wide = sum((i * one for i, one in enumerate(chalk_softmax(ten))), start=Value(0.0, "o"))
    assert re.search(r"but (∂\w+/∂z9 = ){4}… = 0 is taken", str([*wide.steps(mistake="diagonal")]))


def mazur(w5=0.4, w7=0.5):
    """∂E/∂w1 of Mazur's example by hand, with these numbers for the two weights on its way back."""
    i1, i2, b1, b2, sigma = 0.05, 0.1, 0.35, 0.6, lambda x: 1 / (1 + math.exp(-x))
    h1, h2 = sigma(0.15 * i1 + 0.2 * i2 + b1), sigma(0.25 * i1 + 0.3 * i2 + b1)
    o1, o2 = sigma(0.4 * h1 + 0.45 * h2 + b2), sigma(0.5 * h1 + 0.55 * h2 + b2)
    d1, d2 = (o1 - 0.01) * o1 * (1 - o1), (o2 - 0.99) * o2 * (1 - o2)
    return (d1 * w5 + d2 * w7) * h1 * (1 - h1) * i1, 0.4 - 0.5 * d1 * h1, 0.5 - 0.5 * d2 * h1


def test_a_weight_updated_at_once_is_seen_by_what_follows():
    root = examples.build(examples.load("mazur")).root
    nodes = {node.label: node for node in tape(root)}
    right, w5, w7 = mazur()
    wrong, *_ = mazur(w5, w7)
    run = root.steps(mistake="update at once", rate=0.5)
    assert run.right[nodes["w1"]] == pytest.approx(right, rel=1e-12)
    assert run.wrong[nodes["w1"]] == pytest.approx(wrong, rel=1e-12)
    said = str(run).split("\n")
    assert said[0] == (
        "update at once: each leaf takes its step of descent, rate 0.5, as soon as its grad is complete, "
        "and what follows sees its new value"
    )
    assert f"w1: 0.0003647 instead of 0.0004386, {100 * (wrong / right - 1):.1f} %" in said
    assert said[-1] == "a gradient belongs to one point, and 8 of these 44 factors are of another now"
    steps = "\n".join(map(str, run))
    assert "∂v12/∂out_h1 = w5 = 0.4, and w5 is 0.3589 already" in steps
    assert "as it should be; w5 is 0.3589 from here on" in steps


def test_the_rate_is_a_tenth_and_for_this_mistake_alone():
    a, b = labelled(a=Value(2.0), b=Value(-3.0))
    [e] = labelled(e=a * b)
    assert e.steps(mistake="update at once").wrong[b] == 2 - 0.1 * -3
    assert e.tape().steps(mistake="update at once", rate=0.5).wrong[b] == 2 - 0.5 * -3
    for options, refusal in (
        ({"mistake": "overwrite", "rate": 0.5}, "the mistake 'overwrite' has no use for rate=0.5"),
        ({"rate": 0.5}, r"steps\(\) has no use for rate=0.5: it is for mistake='update at once'"),
        ({"forward": True, "rate": 0.5}, r"steps\(forward=True\) has no use for rate=0.5"),
        ({"mistake": "update at once", "rate": "fast"}, "a rate needs a real number"),
    ):
        with pytest.raises(TypeError, match=refusal):
            e.steps(**options)
    for rate in (0, -0.1, math.inf, math.nan):
        with pytest.raises(ValueError, match=r"a step of descent has a rate above 0, such as 0\.1, and rate=|a finite number"):
            e.steps(mistake="update at once", rate=rate)
        with nonfinite("propagate"), pytest.raises(ValueError, match="a step of descent has a rate above 0"):
            e.steps(mistake="update at once", rate=rate)


def test_without_zero_grad_a_second_sweep_doubles_the_leaves():
    a, b, c, d, e = colah()
    e.backward()
    e.backward()
    wrong = e.steps(mistake="no zero_grad")
    assert {node: wrong.wrong[node] for node in (a, b, c, d, e)} == {node: node.grad for node in (a, b, c, d, e)}


def test_a_report_ends_with_what_mends_the_mistake():
    *_, e = colah()
    last = {mistake: str(e.steps(mistake=mistake)).split("\n")[-1] for mistake in ("overwrite", "no zero_grad", "stale inner")}
    assert last == {
        "overwrite": "+= adds what comes along every path",
        "no zero_grad": "leaves keep their gradients from pass to pass until zero_grad(), which comes before each backward()",
        "stale inner": "inner grads begin with 0 in each backward pass; leaves keep theirs until zero_grad()",
    }


def test_a_mistake_changes_no_grad_and_an_unknown_one_is_refused():
    *nodes, e = colah()
    for mistake in MISTAKES:
        str(e.steps(mistake=mistake))
    assert not any(node.has_grad for node in (*nodes, e))
    with pytest.raises(ValueError, match="there is no mistake 'nonsense' to make: choose one of 'overwrite', 'recursion'"):
        e.steps(mistake="nonsense")


@pytest.mark.parametrize(
    ("typed", "mistake"),
    [
        *((mistake, mistake) for mistake in MISTAKES),
        *((mistake.upper().replace(" ", "-"), mistake) for mistake in MISTAKES),
        *((mistake.replace(" ", "_"), mistake) for mistake in MISTAKES),
        ("stale", "stale inner"),
        ("depth", "depth first"),
        ("Update-At", "update at once"),
        (" no  zero grad ", "no zero_grad"),
    ],
)
def test_a_name_is_taken_in_any_case_with_any_joint_and_by_its_beginning(typed, mistake):
    *_, e = colah()
    run = e.steps(mistake=typed)
    assert (run.mistake, run.variation) == (mistake, MISTAKES[mistake])


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("d", "'d' may be 'depth first' or 'diagonal': type more of it"),
        ("recursive", "no mistake 'recursive' to make: did you mean 'recursion'? There are 'overwrite', "),
        ("no zerograd", "did you mean 'no zero_grad'? There are"),
        ("order", "no mistake 'order' to make: did you mean 'depth first', 'breadth first' or 'leaves first'? There are"),
        (" ", "no mistake ' ' to make: choose one of"),
        (3, "no mistake 3 to make: choose one of"),
    ],
)
def test_a_name_that_is_none_is_answered_by_those_that_it_may_mean(typed, refusal):
    *_, e = colah()
    with pytest.raises(ValueError, match=re.escape(refusal)):
        e.steps(mistake=typed)


def test_the_steps_in_words_are_all_or_the_first_of_many():
    *_, y = micrograd_68()
    run = y.steps(mistake="recursion")
    assert steps_in_words(run) == "\n".join(map(str, run))
    assert steps_in_words(run, 3).split("\n")[-1] == "… 11 steps more"


class Node:
    """A node of an engine that has an operation which nobody knows."""

    def __init__(self, data, parents=(), op=""):
        self.data, self.grad, self._prev, self._op = data, 0.0, parents, op


@pytest.mark.parametrize("mistake", MISTAKES)
def test_on_the_graph_of_another_engine_what_is_not_known_stays_so(mistake):
    a, b = Node(2.0), Node(-3.0)
    u = Node(5.0, (a, b), "what")
    run = tape(Node(10.0, (u, a), "*")).steps(mistake=mistake)
    unknown = next(node for node in run.sweep.tape if node.data == -3)
    assert math.isnan(run.wrong.get(unknown, math.nan))
    assert str(run).startswith(f"{mistake}: ")
    assert len(steps_in_words(run).split("\n")) == 2 * len(run)


# All of them on random graphs ----------------------------------------------------------------------------------------


class Plain:
    """A node as in a student's engine: its parents, the local derivatives, and a grad that others add to."""

    def __init__(self, value, known):
        self.value, self.grad = value, 0.0
        self.parents = [known[parent] for parent in value.parents]
        self.data, self.partials = value.data, list(value.partials)

    def pass_on(self, write=lambda parent, part: setattr(parent, "grad", parent.grad + part)):
        for parent, partial in zip(self.parents, self.partials, strict=True):
            write(parent, self.grad * partial)

    def recurse(self):
        self.pass_on()
        for parent in self.parents:
            parent.recurse()

    def descend(self, seen):
        if id(self) not in seen:
            seen.add(id(self))
            self.pass_on()
            for parent in self.parents:
                parent.descend(seen)


def wrong_by_hand(root, mistake):
    """The gradients that a mistake gives, made as a student makes it."""
    known = {}
    for value in tape(root):
        known[value] = Plain(value, known)
    nodes, start = [*known.values()], known[root]

    def sweep(order=None, **how):
        start.grad = 1.0
        for node in order or reversed(nodes):
            node.pass_on(**how)

    if mistake == "overwrite":
        sweep(write=lambda parent, part: setattr(parent, "grad", part))
    elif mistake == "recursion":
        start.grad = 1.0
        start.recurse()
    elif mistake == "depth first":
        start.grad = 1.0
        start.descend(set())
    elif mistake == "breadth first":
        met = [start]
        for node in met:
            met += [p for p in dict.fromkeys(node.parents) if p not in met]
        sweep(met)
    elif mistake == "leaves first":
        sweep(nodes)
    elif mistake in ("no zero_grad", "stale inner"):
        sweep()
        for node in nodes:
            node.grad *= mistake == "stale inner" or not node.parents
        sweep()
    elif mistake == "value":
        for node in nodes:
            if node.value.op and node.value.op.name == "mul":
                node.partials = [parent.data for parent in node.parents]
        sweep()
    elif mistake == "outer only":
        inside = set()
        for node in reversed(nodes):
            if id(node) in inside:
                node.partials = [1.0] * len(node.parents)
            if id(node) in inside or (node.value.op and node.value.op.name == "tanh"):
                inside |= {id(parent) for parent in node.parents}
        sweep()
    elif mistake == "update at once":
        update_at_once(nodes, start)
    return {value: node.grad for value, node in known.items()}


def update_at_once(nodes, start):
    """The sweep of sums and products in which a leaf goes on as soon as all that it gets has come, before the other edges."""
    start.grad, data = 1.0, {id(node): node.data for node in nodes}
    missing = {id(node): sum(other.parents.count(node) for other in nodes) for node in nodes}
    for node in reversed(nodes):
        for slot in sorted(range(len(node.parents)), key=lambda slot: bool(node.parents[slot].parents)):
            parent, partial = node.parents[slot], node.partials[slot]
            if node.value.op.name == "mul" and len(node.parents) == 2:
                partial = data[id(node.parents[1 - slot])]
            parent.grad += node.grad * partial
            missing[id(parent)] -= 1
            if not parent.parents and not missing[id(parent)]:
                data[id(parent)] -= 0.1 * parent.grad


@pytest.mark.parametrize("mistake", [mistake for mistake in MISTAKES if mistake != "diagonal"])
def test_random_graphs_go_wrong_as_written_out_by_hand(mistake):
    source = random.Random(5)
    harmed = 0
    for _ in range(40):
        nodes = [Value(source.uniform(0.5, 2)) for _ in range(3)]
        for _ in range(9):
            x, y = source.choice(nodes), source.choice(nodes)
            nodes.append(source.choice([x + y, x * y, x * 0.5, x.tanh()]))
        root = nodes[-1] + nodes[-2]
        run = root.steps(mistake=mistake)
        if run.is_cut:
            continue
        expected = wrong_by_hand(root, mistake)
        assert {node: run.wrong.get(node, 0.0) for node in expected} == pytest.approx(expected, rel=1e-12)
        harmful = any(abs(expected[node] - right) > 1e-6 * (1 + abs(right)) for node, right in run.right.items())
        assert harmful == (run.parts_at is not None)
        harmed += harmful
    assert harmed > 5  # or the graphs are too tame to tell


def test_another_order_of_adding_is_no_mistake():
    """Rounding depends on the order in which contributions are added, so the last digits do."""
    x = Value(0.1, "x")
    u, v, w = x * 0.1, x * 0.2, x * 0.7
    y = (w + (v + u) * 3) + x * 0.3
    right = y.steps(mistake="depth first").right[x]
    run = y.steps(mistake="depth first")
    assert run.wrong[x] == pytest.approx(right, rel=1e-12)
    assert run.parts_at is None
    assert "it does no harm on this graph" in str(run)


# Where one does no harm ----------------------------------------------------------------------------------------------


def test_where_it_does_no_harm_it_names_one_that_does_and_the_smallest_graph_on_which_it_would():
    *_, e = colah()
    assert str(e.steps(mistake="recursion")).split("\n")[1:] == [
        'it does no harm on this graph; "overwrite" does',
        "here each node has its turn once, after all its consumers have had theirs",
        (
            "the smallest graph on which it would in any order of operands (no value twice in one operation), "
            "at a = 0.5: b = 2*a; c = 3*b; L = c + b (a: 16 instead of 8)"
        ),
    ]
    a = Value(0.0, "a")
    z = a * 3
    assert str(z.steps(mistake="overwrite")).split("\n")[1] == 'it does no harm on this graph; "no zero_grad" does'
    assert str((a * a).steps(mistake="overwrite")).split("\n")[1] == "it does no harm on this graph, and no other mistake does"


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_smallest_graph_is_one_on_which_it_does_harm_in_either_order_of_the_operands(mistake, monkeypatch):
    tried = counted(monkeypatch, Sweep, "__init__")
    smallest.cache_clear()
    with no_grad():  # what the caller is in does not matter
        found = smallest(mistake)
    assert 0 < len(tried) < 2000
    values = dict(pair.split(" = ") for pair in found.given.split(", "))
    swapped = "; ".join(
        " = ".join([name, sign.join(reversed(right.split(sign)))])
        for name, right in (line.split(" = ") for line in found.program.split("; "))
        for sign in [" + " if " + " in right else "*" if "**" not in right else "?"]
    )
    for program in (found.program, swapped):
        parsed = parse(program, {name: float(number) for name, number in values.items()})
        run = parsed.root.steps(mistake=mistake)
        assert run.parts_at is not None, program
        if program == found.program:
            leaf = parsed.names[found.name]
            assert (run.wrong[leaf], run.right[leaf]) == (found.wrong, found.right)
            if mistake not in ("diagonal", "outer only"):  # which are about functions that the oracle has not
                assert wrong_by_hand(parsed.root, mistake)[leaf] == pytest.approx(found.wrong)


def test_an_order_is_excused_only_where_it_is_one_and_not_by_numbers_that_happen_to_be_zero():
    a = Value(2.0, "a")
    b = a * a
    c = 0.0 * b
    for root, excused in ((c + b, True), (b + c, False)):  # in b + c, b has its turn before c, of which only 0 comes
        said = str(root.steps(mistake="depth first"))
        assert "it does no harm on this graph" in said
        assert ("here each node has its turn once" in said) == excused


def test_the_smallest_graph_for_recursion_is_the_one_that_the_threads_end_in():
    assert smallest("recursion") == ("b = 2*a; c = 3*b; L = c + b", "a = 0.5", "a", 16, 8)


def test_what_the_sentence_on_the_smallest_graph_leaves_out_does_go_wrong_on_smaller_ones():
    """By plain recursion with every parent visited as often as it stands there; and in one order of operands alone."""
    a = Value(0.5, "a")
    b = 2 * a
    assert wrong_by_hand(b + b, "recursion")[a] == 8
    c = 3 * b
    for root, wrong in ((b + c, {"recursion": 10, "depth first": 2, "breadth first": 2}), (c + b, {"recursion": 16})):
        assert {mistake: wrong_by_hand(root, mistake)[a] for mistake in wrong} == wrong


def test_where_another_does_harm_is_found_without_the_whole_of_its_sweep():
    x = Value(1.001, "x")
    for _ in range(500):
        x = x * 1.001
    run = x.steps(mistake="depth first")
    for mistake, variation in MISTAKES.items():
        assert does_harm(run.sweep, variation) == (x.steps(mistake=mistake).parts_at is not None)
    with_sweeps = []
    original = Sweep.__init__

    def counted(self, *options):
        with_sweeps.append(self)
        original(self, *options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Sweep, "__init__", counted)
        assert other_harm(run) == "leaves first"
    assert with_sweeps == []


def test_a_wide_node_takes_as_many_looks_at_edges_as_it_has(monkeypatch):
    """The steps, and their sentences, of a sum of 3,000 products: to go through all edges at each would be 36 million."""
    x, w = ([Value(size * i, f"{name}{i}") for i in range(1, 3001)] for name, size in (("x", 0.01), ("w", 0.02)))
    root = affine(w, x, 1.0)
    looked = counted(monkeypatch, edges, "Way")
    run = root.steps(mistake="value")
    said = [str(step) for step in run[::20]]
    assert 6000 <= len(looked) < 4 * 6000
    assert all("is taken" in one for one in said)
    assert "\nand 5,988 values more\n" in str(run)


def test_an_edge_of_a_wide_node_is_found_without_going_through_the_others():
    x = [Value(float(i), f"x{i}") for i in range(1, 6)]
    made = [
        x[0] * x[1],
        3 * x[0],
        x[0] / 2,
        total([*x, 2.0]),
        affine(x, [1.0, x[4], 2.0, 3.0, x[0]], x[1]),
        logsumexp([0.0, *x]),
    ]
    for node in made:
        assert [way_at(node, slot) for slot in range(len(node.parents))] == [*ways(node)]


def test_no_graph_of_two_operations_goes_wrong_by_recursion_unless_a_value_stands_twice():
    """All sums and products of any two different values, by plain recursion."""
    for first in (lambda a: 2 * a, lambda a: a + 1, lambda a: a.tanh()):
        for second in (lambda x, y: x + y, lambda x, y: x * y):
            for swap in (False, True):
                a = Value(2.0, "a")
                b = first(a)
                root = second(b, a) if swap else second(a, b)
                assert wrong_by_hand(root, "recursion")[a] == pytest.approx(root.steps(mistake="recursion").right[a])
