"""The sweep in hand: the cursor forwards and back to the bit, its options, questions, and what it refuses."""

import copy
import math
import random
import struct

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import StaleGraphError, Value, affine, log, sin, tanh, total, unit
from chalkgrad.engine.sweep import begun
from counting import lines, peak
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from textbook import two_paths


def bits(x):
    return None if x is None else struct.pack("<d", x)


def grads(root):
    return [bits(node._grad) for node in root.tape()]


def tangled(seed):
    """A graph of some thirty nodes with repeated parents, long sums and constants."""
    source = random.Random(seed)
    nodes = [Value(source.uniform(0.1, 2), f"x{i}") for i in range(4)]
    for _ in range(25):
        x, y = source.choice(nodes), source.choice(nodes)
        nodes.append(
            source.choice([x + y, x * y, tanh(x), sin(x) - y, total([x, y, x]), affine([x, y], [y, 0.5], x), x * 0.3, x])
        )
    return total(nodes[-8:])


def swept(root):
    root.zero_grad()
    root.backward()
    return grads(root)


def test_two_thousand_random_walks_end_with_the_bits_of_a_sweep():
    source = random.Random(7)
    for seed in range(20):
        root = tangled(seed)
        expected = swept(root)
        for _ in range(100):
            steps = root.steps(by=source.choice(["edge", "node"]))
            for _ in range(10):
                source.choice([steps.step, steps.back])(source.randrange(1, 20))
            steps.run()
            assert grads(root) == expected


@pytest.mark.parametrize("by", ["edge", "node"])
def test_back_restores_the_very_bits_at_every_position(by):
    root = tangled(3)
    steps = root.steps(by=by)
    seen = []
    for position in range(len(steps)):
        steps.goto(position)
        seen.append(grads(root))
    for position in reversed(range(len(steps))):
        steps.goto(position)
        assert grads(root) == seen[position]
    assert seen[0].count(None) == len(root.tape()) - 1


class Walk(RuleBasedStateMachine):
    """The cursor against a model: the grads at a position are sums of the contributions before it, worked out afresh."""

    @initialize(seed=st.integers(0, 30), by=st.sampled_from(["edge", "node"]))
    def start(self, seed, by):
        self.root = tangled(seed)
        self.steps = self.root.steps(by=by)
        self.expected = 0
        self.steps.reset()

    @rule(n=st.integers(1, 9))
    def forwards(self, n):
        self.steps.step(n)
        self.expected = min(self.expected + n, len(self.steps) - 1)

    @rule(n=st.integers(1, 9))
    def back(self, n):
        self.steps.back(n)
        self.expected = max(self.expected - n, 0)

    @rule(data=st.data())
    def jump(self, data):
        self.expected = data.draw(st.integers(0, len(self.steps) - 1))
        self.steps.goto(self.expected)

    @rule(data=st.data())
    @precondition(lambda self: len(self.steps) > 1)
    def to_a_value(self, data):
        value = data.draw(st.sampled_from(self.root.tape().nodes))
        if value in self.steps.sweep.arrivals:
            self.steps.run_to(value)
            self.expected = self.steps.position
            assert value not in self.steps.pending
            assert self.expected == 0 or value in {s.parent for s in self.last_edges()}

    def last_edges(self):
        step = self.steps[self.expected]
        return getattr(step, "steps", [step])

    @rule()
    def read_without_moving(self):
        before = grads(self.root)
        list(self.steps)
        str(self.steps[-1])
        assert self.steps.position == self.expected
        assert grads(self.root) == before

    @invariant()
    def grads_are_the_sums_so_far(self):
        sums = {self.root: 1.0}
        for step in self.steps[1 : self.expected + 1]:
            for edge in getattr(step, "steps", [step]):
                sums[edge.parent] = sums.get(edge.parent, 0.0) + edge.adjoint * edge.partial
        assert self.steps.position == self.expected
        assert [bits(sums.get(node)) for node in self.root.tape()] == grads(self.root)


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_the_first_movement_starts_the_tape_from_zero_and_reading_moves_nothing():
    a, b, c, d, e = two_paths()
    a.grad = 7
    steps = e.steps()
    assert (len(steps), steps.position) == (6, 0)
    assert [step.index for step in steps] == [0, 1, 2, 3, 4, 5]
    assert a.grad == 7
    steps.step()
    assert [x.has_grad for x in (a, b, c, d, e)] == [False, False, True, False, True]


def test_it_stops_at_the_ends_and_refuses_positions_that_are_not_there():
    e = two_paths()[-1]
    steps = e.steps()
    assert str(steps.run()) == str(steps[-1])
    assert str(steps.step(9)) == f"This is the end already.\n{steps[-1]}"
    assert str(steps.back(99)) == str(steps[0]) == str(steps.reset())
    assert str(steps.back()) == f"This is the seed already.\n{steps[0]}"
    with pytest.raises(IndexError):
        steps.goto(6)


def test_run_to_stops_where_the_adjoint_is_complete():
    _a, b, c, d, e = two_paths()
    steps = e.steps()
    assert steps.run_to(d).index == 2
    assert steps.run_to(b).index == 5
    assert steps.run_to(c).index == 1
    assert steps.run_to(e).index == 0
    with pytest.raises(ValueError, match="do not lead to stranger"):
        steps.run_to(Value(1.0, "stranger"))


def test_pending_says_how_much_has_come_and_through_which_nodes_the_rest_will():
    a, b, c, _d, e = two_paths()
    steps = e.steps()
    steps.goto(3)
    assert dict(steps.pending) == {b: (1, 2, (c,)), a: (0, 1, (c,))}
    assert repr(steps.pending) == "b: 1 of 2, still to come: through c\na: 0 of 1, still to come: through c"
    steps.run()
    assert not steps.pending
    assert repr(steps.pending) == "every gradient is complete"


def test_by_node_merges_the_edges_of_a_node_and_sums_repeated_parents():
    x = Value(0.5, "v1")
    v2, v3 = 1 + x, x * x
    v4 = v3 / 2
    v5 = v2 + v4
    v2.label, v3.label, v4.label, v5.label = "v2", "v3", "v4", "v5"
    steps = v5.steps(by="node")
    # CppAD's exp_2: v1 gets 0.5 from the square, then 1 from 1 + x
    assert [{p.label: update[1] for p, update in step.updates.items()} for step in steps[1:]] == [
        {"v2": 1.0, "v4": 1.0},
        {"v3": 0.5},
        {"v1": 0.5},
        {"v1": 1.0},
    ]
    assert str(steps[3]).splitlines() == [
        "3/4   v3 = v1·v1   · swaps, from the values kept: v1 gets ∂v5/∂v3 · v1 for each use",
        "      ∂v3/∂v1 = 0.5 + 0.5 = 1",
        "      v1.grad += ∂v5/∂v3 · ∂v3/∂v1 = 0.5 · 1 = 0.5      0 → 0.5   1 of 2, still to come: through v2",
    ]
    assert str(steps[4]).endswith("0.5 → 1.5   2 of 2, complete: ∂v5/∂v1 = 0.5 + 1 = 1.5")


def test_wrt_leaves_out_what_does_not_lead_there_and_stops_at_the_parameter():
    built = examples.build(examples.load("chain"))
    y = built.root
    theta = built.names["θ2"]
    steps = y.steps(wrt=theta)
    assert [step.parent.label for step in steps] == ["y", "z3", "z2", "θ2"]
    y.backward()
    exact = theta.grad
    steps.run()
    assert bits(theta.grad) == bits(exact)
    assert not built.names["θ1"].has_grad
    with pytest.raises(ValueError, match="does not depend on stranger"):
        y.steps(wrt=Value(1.0, "stranger"))


def test_the_forward_pass_shows_values_and_local_derivatives_arise():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    e = a * b
    e.label = "e"
    steps = e.steps(forward=True)
    assert [str(step) for step in steps] == [
        "1/3   a = 2",
        "2/3   b = -3",
        "3/3   e = a·b = 2 · (-3) = -6\n      ∂e/∂a = b = -3, ∂e/∂b = a = 2",
    ]
    assert str(steps.step()) == "1/3   a = 2"
    assert steps.run_to(b).node is b
    assert steps.run().node is e
    assert steps.back().index == 1
    assert not any(x.has_grad for x in (a, b, e))


def test_a_graph_that_changed_under_the_cursor_is_an_error_that_says_so():
    a, _b, _c, _d, e = two_paths()
    steps = e.steps()
    steps.step(2)
    Value(1.0).data = 3  # of no concern
    steps.step()
    a.data = 5
    with pytest.raises(StaleGraphError, match="a is now 5"):
        steps.step()
    e.forward()
    with pytest.raises(StaleGraphError, match="make new ones"):
        steps.back()


def test_grads_written_by_somebody_else_are_noticed_and_reset_starts_afresh():
    _a, _b, _c, _d, e = two_paths()
    steps = e.steps()
    steps.goto(4)
    e.backward()
    with pytest.raises(StaleGraphError, match=r"the grad of \w was changed by something else"):
        steps.step()
    steps.reset()
    steps.run()
    assert grads(e) == swept(e)


def test_frozen_leaves_take_no_step():
    _a, b, _c, _d, e = two_paths()
    b.constant = True
    assert [step.parent.label for step in e.steps()] == ["e", "c", "d", "a"]


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (6, "right: a.grad += ∂L/∂e · ∂e/∂a = (-2) · (-3) = 6"),
        (-6, "no: the size is right, the sign is not"),
        (-2, "no: -2 is ∂L/∂e alone; it is still to be multiplied by ∂e/∂a"),
        (-3, "no: -3 is ∂e/∂a alone; it is still to be multiplied by ∂L/∂e"),
        (-5, "no: -5 is ∂L/∂e + ∂e/∂a; the chain rule multiplies along a path"),
        (-4, "no: -4 is ∂L/∂e · ∂e/∂b; asked is ∂e/∂a"),
        (17, "no: 17 is not ∂L/∂e · ∂e/∂a, with ∂L/∂e = (-2)"),
    ],
)
def test_a_wrong_prediction_is_told_the_slip_that_explains_it(answer, reply):
    built = examples.build(examples.load("karpathy_L"))
    steps = built.root.steps()
    steps.goto(4)
    assert str(steps.ask()) == "5/6   e = a·b   What is added to a.grad?\n      a.grad += ∂L/∂e · ∂e/∂a = ?"
    said = steps.ask(answer)
    assert str(said) == reply or str(said).startswith(reply.split(";")[0])
    assert bool(said) == (answer == 6)
    assert steps.position == (5 if answer == 6 else 4)
    assert built.names["a"].has_grad == (answer == 6)


@pytest.mark.parametrize(
    ("answer", "right"), [(0.3333, True), (0.33, True), (1 / 3, True), (0.3, False), (0.34, False), (0.3334, False)]
)
def test_rounded_answers_pass_and_wrongly_rounded_ones_do_not(answer, right):
    x = Value(3.0, "x")
    y = log(x)
    assert bool(y.steps().ask(answer)) is right


def test_check_names_the_path_that_was_missed():
    e = two_paths()[-1]
    assert str(e.check(a=2, b=5, c=2)) == "a: right, ∂e/∂a = 2\nb: right, ∂e/∂b = 5\nc: right, ∂e/∂c = 2"
    assert str(e.check(b=3)).startswith("b: perhaps you counted only the path through d")
    assert str(e.check(b=-5)) == "b: the size is right, the sign is not"
    assert str(e.check(b=9)) == "b: 9 is not ∂e/∂b"
    assert not e.check(b=9)
    assert e.check(b=5)
    assert not any(node.has_grad for node in e.tape())
    with pytest.raises(ValueError, match="there is no q here; the values are a, b, c, d, e"):
        e.check(q=1)


def test_check_takes_names_as_keywords_or_in_a_mapping_and_says_what_to_write():
    *_, b, _, _, e = two_paths()
    assert e.check({"b": 5}) == e.check({b: 5}) == e.check(b=5) == "b: right, ∂e/∂b = 5"
    assert e.check({"a": 2}, b=5)
    assert not e.check()
    assert (
        str(e.check())
        == str(e.check({}))
        == ("nothing was given to check: write the gradients that you have worked out, as in e.check(a=…, b=…)")
    )
    ws = [Value(1.0), Value(2.0)]
    L = ws[0] * ws[1]
    assert str(L.check({"ws[0]": 2})) == "ws[0]: right, ∂L/∂ws[0] = 2"
    assert str(L.check()).endswith("L.check({'ws[0]': …, 'ws[1]': …})")
    with pytest.raises(TypeError, match=r"check takes gradients by name, as in e\.check\(a=…, b=…\), not the int 5"):
        e.check(5)
    with pytest.raises(TypeError, match=r"check\(b=…\) needs a real number, not None"):
        e.check(b=None)
    with pytest.raises(ValueError, match=r"'five' is not a number: type one, such as -2\.5, 2/3 or 2·\(3 \+ 1\)"):
        e.check(b="five")
    with pytest.raises(TypeError, match="2 is a number, not a Value; the values are a, b, c, d, e"):
        e.check({2: 5})


def test_steps_take_values_by_name():
    a, b, _, _, e = two_paths()
    steps = e.steps()
    assert steps.run_to("b").index == e.steps().run_to(b).index == 5
    assert [str(step) for step in e.steps(wrt="b")] == [str(step) for step in e.steps(wrt=b)]
    assert [str(step) for step in e.steps(wrt=["a", b])] == [str(step) for step in e.steps(wrt=[a, b])]
    y = (a + 1) * b
    assert [str(step) for step in y.steps("node", wrt="v2")] == [str(step) for step in y.steps("node", wrt=y.parents[0])]
    assert y.steps().run_to("v2").parent is y.parents[0]
    alias = b
    assert steps.run_to("alias").parent is alias  # another name of the caller's for the same value


def test_what_is_no_value_and_no_name_of_one_is_refused_with_the_names_there_are():
    *_, e = two_paths()
    steps = e.steps()
    weight = 2.5
    with pytest.raises(TypeError, match=r"^weight = 2\.5 is a number, not a Value; the values are a, b, c, d, e$"):
        steps.run_to(weight)
    with pytest.raises(TypeError, match=r"^weight = 2\.5 is a number, not a Value"):
        e.steps(wrt=[weight])
    with pytest.raises(TypeError, match=r"^a Value, or the name of one, is asked for here, not None; the values are a"):
        steps.run_to(None)
    with pytest.raises(ValueError, match=r"^there is no w here; the values are a, b, c, d, e$"):
        steps.run_to("w")
    long = Value(2.0, "weight") * Value(3.0, "bias")
    with pytest.raises(ValueError, match=r"^there is no wieght here, did you mean weight\? the values are weight, bias, long$"):
        long.steps(wrt="wieght")
    with pytest.raises(ValueError, match=r"^these steps do not lead to weight \+ 1$"):
        steps.run_to(long.parents[0] + 1)


@pytest.mark.parametrize("name", [name for name, entry in examples.entries().items() if "published" in entry])
def test_the_adjoints_of_every_published_example_come_out_of_the_stepper(name):
    steps = examples.build(examples.load(name)).root.steps()
    steps.run()
    values = {value.label: value for value in steps.sweep.tape}
    for label, exact in examples.entries()[name]["checked"]["grads"].items():
        assert math.isclose(values[label].grad, float(exact), rel_tol=1e-13, abs_tol=1e-15), label


def test_baydins_two_part_accumulations_are_shown_in_their_parts():
    """Baydin et al., JMLR 18(153) 2018, Table 3: x2 gets -0.284, then 1.716; x1 gets 5, then 5.5."""
    built = examples.build(examples.load("baydin"))
    updates = {}
    for step in built.root.steps():
        updates.setdefault(step.parent.label, []).append(round(step.after, 3))
    assert updates["x2"] == [-0.284, 1.716]
    assert updates["x1"] == [5.0, 5.5]


def test_a_step_of_a_long_sweep_costs_as_much_as_one_of_a_short_sweep():
    """A cursor that went through all nodes at each step would execute more lines; one that copied a list, hold more bytes."""

    def work(depth):
        a, v = Value(1.0, "a"), Value(0.5)
        for _ in range(depth):
            v = v * a
        steps = v.steps()
        steps.step()  # the first movement clears every grad

        def move():
            for _ in range(100):
                steps.step()
            for _ in range(100):
                steps.back()

        return lines(move), peak(move), v

    few, little, _ = work(1_000)
    as_few, as_little, v = work(50_000)
    assert as_few == few
    assert as_little < little + 4_000  # a list of the 100,000 edges alone holds 800,000 bytes
    v.steps().run()
    assert grads(v) == swept(v)


def test_a_step_near_the_end_of_a_long_sum_costs_as_much_as_one_near_its_beginning():
    steps = total([Value(float(i)) for i in range(20_000)]).steps()
    steps.step()
    early = lines(steps.step)
    steps.goto(19_000)
    assert lines(steps.step) == early
    assert steps.sweep.edges[19_998:20_001] == [(steps.root, 19_998), (steps.root, 19_999)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"forward": True, "by": "node"}, r"steps\(forward=True\) has no use for by='node'"),
        ({"forward": True, "wrt": "x"}, r"steps\(forward=True\) has no use for wrt: leave it out$"),
        (
            {"mistake": "overwrite", "by": "nonsense", "wrt": "x"},
            r"steps\(mistake='overwrite'\) has no use for by='nonsense' and wrt: leave them out$",
        ),
        ({"forward": True, "mistake": "recursion"}, r"steps\(forward=True\) has no use for mistake='recursion'"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, message):
    x = Value(3.0, "x")
    y = x * x
    if "wrt" in options:
        options = {**options, "wrt": x}
    with pytest.raises(TypeError, match=message):
        y.steps(**options)


def test_positions_that_do_not_exist_are_refused_with_those_that_do():
    x = Value(3.0, "x")
    y = x * x
    for use in (lambda: y.steps().goto(99), lambda: y.steps()[3], lambda: y.steps()[-4]):
        with pytest.raises(IndexError, match=r"^positions go from 0, the seed, to 2; there is no position (99|3|-4)$"):
            use()
    with pytest.raises(IndexError, match=r"^positions go from 0, the first value, to 1; there is no position 2$"):
        y.steps(forward=True).goto(2)
    assert y.steps()[-1].index == 2


def test_steps_of_a_negative_number_are_refused():
    x = Value(3.0, "x")
    steps = (x * x).steps()
    for use, what in ((steps.step, r"back\(2\) goes back"), (steps.back, r"step\(2\) goes forward")):
        with pytest.raises(ValueError, match=what):
            use(-2)
    assert steps.position == 0


def test_asked_by_node_each_edge_of_a_node_is_asked_once():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    steps = (a * b).steps(by="node")
    assert steps.ask(-3)
    assert steps.position == 0
    assert "b.grad" in steps.ask()
    assert steps.ask(2)
    assert steps.position == 1
    assert (a.grad, b.grad) == (-3.0, 2.0)


def test_a_cursor_that_is_left_on_the_way_is_forgotten_by_the_next_sweep_from_its_root():
    before = set(begun)
    a, b = Value(2.0, "a"), Value(3.0, "b")
    a.grad = 10.0
    c = a * b
    e = c + a
    steps = e.steps()
    for left in (steps, c.steps()):
        left.step()
        assert len(begun) > len(before)
    e.backward()
    assert (a.grad, b.grad) == (14.0, 2.0)  # nothing of what the cursors have written
    assert begun == before
    with pytest.raises(StaleGraphError, match="reset"):
        steps.step()
    assert begun == before
    steps.reset()
    assert len(begun) == len(before) + 1
    steps.run()
    assert begun == before


def test_copies_of_a_graph_on_the_way_are_told_apart_from_one_that_has_been_swept():
    a = Value(2.0, "a")
    a.grad = 10.0
    e = a * 3 + a
    steps = e.steps()
    steps.step()
    twins = [copy.deepcopy(e) for _ in range(2)]
    for twin in (*twins, e):
        twin.backward()
        (leaf,) = {node for node in twin.tape() if not node.parents}
        assert leaf.grad == 14.0


# Notation ------------------------------------------------------------------------------------------------------------

FIRST = {  # what the first edge of z = u·x adds to x, where u = x², too
    "∂": "x.grad += ∂z/∂z · ∂z/∂x|u = 1 · 9 = 9 ",
    "functions": "x.grad += ∂z/∂z · ∂z/∂x|u = 1 · 9 = 9 ",
    "d": "x.grad += dz/dz · ∂z/∂x = 1 · 9 = 9 ",
    "bar": "x̄ += z̄ · ∂z/∂x|u = 1 · 9 = 9 ",
}


def of_two_ways():
    x = Value(3.0, "x")
    u = x**2
    u.label = "u"
    z = u * x
    z.label = "z"
    return x, u, z


@pytest.mark.parametrize(("notation", "update"), FIRST.items())
def test_steps_and_what_they_show_keep_the_notation_they_were_made_in(notation, update):
    *_, z = of_two_ways()
    steps = z.steps(notation=notation)
    assert update in str(steps[2])
    assert update in str(z.steps("node", notation=notation)[1])
    assert update.split(" · ")[1].split(" = ")[0] in str(z.steps(forward=True, notation=notation)[2])
    assert update.replace("+=", "=") in str(z.steps(mistake="overwrite", notation=notation)[1])
    assert update.split(" = ")[0] in str(steps.ask()) + str(steps.step()) + str(steps.ask())
    assert update.split(" · ")[0].split(" += ")[1] in str(z.steps(notation=notation).ask(3.5))
    assert f'notation="{notation}"' in repr(steps) + repr(z.steps(notation=notation))
    head = {"d": "dz/dv", "bar": "v̄"}.get(notation, "gradient")
    assert steps.table().text().splitlines()[0].split("│")[-1].strip() == head


@pytest.mark.parametrize("options", [{}, {"by": "node"}, {"forward": True}, {"mistake": "overwrite"}])
def test_a_notation_that_there_is_not_is_refused_with_those_that_there_are(options):
    *_, z = of_two_ways()
    with pytest.raises(ValueError, match='the notation is "∂", "functions", "d" or "bar", not \'dot\''):
        z.steps(**options, notation="dot")


def test_a_unit_that_is_one_node_is_a_function_where_functions_are_asked_for():
    x, w = Value(3.0, "x"), Value(2.0, "w")
    with unit("layer1.h1"):
        y = w * x
    y.label = "y"
    assert "∂y/∂w = x = 3" in str(y.steps()[1])
    assert "∂h1/∂w = x = 3" in str(y.steps(notation="functions")[1])
    assert "w.grad += ∂y/∂y · ∂h1/∂w = 1 · 3 = 3 " in str(y.steps(notation="functions")[1])
