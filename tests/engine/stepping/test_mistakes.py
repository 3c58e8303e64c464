"""Mistakes on purpose: the wrong gradients are those a sweep with that mistake gives, and the step where they part is right.

The oracle is a small engine that makes them itself: it knows nothing of chalkgrad's sweeps, but the graph's values.
"""

import math
import random
import time

import pytest
from chalkgrad import examples
from chalkgrad.engine import Value, exp, log, no_grad, tanh, tape
from chalkgrad.engine.stepping.mistaken import steps_in_words
from chalkgrad.engine.stepping.mistakes import MISTAKES, MOST
from chalkgrad.engine.stepping.smallest import smallest
from chalkgrad.expressions.expression import parse


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
        "the sweeps part at step 5/14:",
        "5/14   c = a + b   ∂c/∂a = 1",
        "       a.grad += ∂y/∂c · ∂c/∂a = 1 · 1 = 1      0 → 1   visit 1 of 2; it should be 7",
        "a: 29 instead of 25",
        "b: 22 instead of 19",
        (
            "d is visited 2 times, c 2 times: "
            "each visit passes the whole grad on, with what an earlier one has passed on already"
        ),
        "a node's turn comes when all its consumers have had theirs: y, f, e, d, c; then every node passes on once",
    ]
    assert by_label(run.visits) == {"y": 1, "e": 1, "f": 1, "c": 2, "d": 2}


def test_an_order_of_its_own_says_whose_part_has_not_come():
    *_, y = micrograd_68()
    said = str(y.steps(mistake="depth first")).split("\n")
    assert said[-2] == "c passes its grad on before the part through f has come"
    assert said[-1].startswith("a node's turn comes when all its consumers have had theirs: y, f, e, d, c;")


def test_a_recursion_of_too_many_steps_is_cut_off_and_gives_no_result():
    x = [Value(float(i), f"x{i}") for i in range(1, 31)]
    v = x[0]
    for q in x[1:]:
        v = v * q + v
    begun = time.perf_counter()
    run = v.steps(mistake="recursion")
    said = str(run).split("\n")
    assert time.perf_counter() - begun < 2
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
    assert str(run[0]).startswith("1/2   e = a·b   ∂e/∂a = b = -3, taken for a = 2\n      a.grad += ∂e/∂e · ∂e/∂a = 1 · 2 = 2 ")
    [square] = labelled(s=a * a)
    assert "taken for" not in str([*square.steps(mistake="value")])  # a's other factor is a


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
    assert "∂S/∂e3 = 1, and what comes from p2 is left out" in said
    assert "∂v5/∂e2 = 1, only what comes from p2 itself" in said


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
        "no zero_grad": "leaves keep their gradients from sweep to sweep until zero_grad(), which comes before each backward()",
        "stale inner": "inner grads begin with 0 in each sweep; leaves keep theirs until zero_grad()",
    }


def test_a_mistake_changes_no_grad_and_an_unknown_one_is_refused():
    *nodes, e = colah()
    for mistake in MISTAKES:
        str(e.steps(mistake=mistake))
    assert not any(node.has_grad for node in (*nodes, e))
    with pytest.raises(ValueError, match="there is no mistake 'order' to make: choose one of 'overwrite', 'recursion'"):
        e.steps(mistake="order")


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
        "the smallest graph on which it would, at a = 0.5: b = 2*a; c = 3*b; L = c + b (a: 16 instead of 8)",
    ]
    a = Value(0.0, "a")
    z = a * 3
    assert str(z.steps(mistake="overwrite")).split("\n")[1] == 'it does no harm on this graph; "no zero_grad" does'
    assert str((a * a).steps(mistake="overwrite")).split("\n")[1] == "it does no harm on this graph, and no other mistake does"


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_smallest_graph_is_one_on_which_it_does_harm_in_either_order_of_the_operands(mistake):
    begun = time.process_time()
    smallest.cache_clear()
    with no_grad():  # what the caller is in does not matter
        found = smallest(mistake)
    assert time.process_time() - begun < 1
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


def test_no_graph_of_two_operations_goes_wrong_by_recursion_unless_a_value_stands_twice():
    """All sums and products of any two different values, by plain recursion."""
    for first in (lambda a: 2 * a, lambda a: a + 1, lambda a: a.tanh()):
        for second in (lambda x, y: x + y, lambda x, y: x * y):
            for swap in (False, True):
                a = Value(2.0, "a")
                b = first(a)
                root = second(b, a) if swap else second(a, b)
                assert wrong_by_hand(root, "recursion")[a] == pytest.approx(root.steps(mistake="recursion").right[a])
