"""How a tape becomes a program: names made when they are asked for, groups, what is useful, and whose the results are."""

import gc
import unicodedata

import numpy as np
import pytest
from chalkgrad.engine import Value, affine, program, total
from chalkgrad.engine.basics.collector import uncollected
from chalkgrad.engine.basics.modes import unit
from chalkgrad.engine.programs.text import _RESERVED, UniqueNames, identifier
from chalkgrad.engine.sweep import order
from chalkgrad.engine.words.caller import variables_of_caller
from chalkgrad.engine.words.names import label_of, names_of
from hypothesis import given, settings
from hypothesis import strategies as st
from random_programs import programs, run

LABELS = ["", "", "", "a", "b", "p.a", "v1", "v3", "a_2", "\x1b", "\\x1b", "x", "v03"]


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(["", "p", "q"])), min_size=1, max_size=6))
def test_names_are_those_of_names_of_however_they_are_asked_for(described):
    leaves = []
    for label, place in described:
        leaf = Value(1.0, label)
        leaf.place = place
        leaves.append(leaf)
    held = leaves[0]  # the caller's variable for one of them, if it has no label
    root = total([leaf * leaf for leaf in leaves])
    root.label = described[-1][0]
    nodes = order([root])
    expected, variables = [*names_of(nodes).values()], variables_of_caller(nodes)
    made = program(root, inputs=[leaves])
    assert held is leaves[0]
    assert list(made.names) == expected
    assert made.labels == [label_of(node) or variables.get(id(node), "") for node in nodes]
    for i, name in enumerate(expected):
        alone = program(root, inputs=[leaves])
        assert (alone.names[i], len(alone.names)) == (name, len(nodes))
        assert alone.names[i - len(nodes)] == name
    assert [program(root, inputs=[leaf]).inputs[0].name for leaf in leaves] == [expected[nodes.index(x)] for x in leaves]


def test_names_are_of_the_time_when_the_program_was_made():
    def make():
        mine = Value(2.0)
        return program(mine * given[0], inputs=[given, mine])

    given = [Value(1.0, "x1")]
    made = make()
    given[0].label = "changed"
    assert list(made.names) == ["mine", "x1", "v3"]
    assert [group.name for group in made.inputs] == ["given", "mine"]
    assert str(made).startswith("def program(given, mine):")


def test_a_list_that_no_variable_holds_is_called_after_its_leaves_when_it_is_asked_for():
    xs = [Value(1.0, f"x{i}") for i in range(3)]
    made = program(total(xs), inputs=[xs[:2], [xs[2]]])
    assert [group.name for group in made.inputs] == ["xs", "xs"]
    assert repr(made.inputs[1]) == "LeafGroup(name='xs', members=(2,), single=False)"


def test_what_stands_in_wrt_again_is_the_same_group_and_what_is_used_up_is_read_anew():
    w, x = [Value(1.0, "w1"), Value(2.0, "w2")], Value(3.0, "x")
    made = program(total(w) * x, inputs=[w, x], wrt=[x, w])
    assert made.wrt[0] is made.inputs[1]
    assert made.wrt[1] is made.inputs[0]
    once = iter(w)
    with pytest.raises(TypeError, match=r"^each of wrt is a Value or a list of Values, and one is <list_iterator"):
        program(total(w) * x, inputs=[once, x], wrt=[once])
    part = program(total(w) * x, inputs=[w, x], wrt=[w[1:]])
    assert part.compile()([1.0, 2.0], 3.0) == (9.0, ([3.0],))


def test_the_leaf_at_fault_is_named_wherever_it_stands():
    w, x = [Value(1.0, "w1"), Value(2.0, "w2")], Value(3.0, "x")
    y = total(w) * x
    with pytest.raises(ValueError, match=r"^<Value .*x·x.* is computed, and inputs are leaves$"):
        program(y, inputs=[[*w, x * x, Value(1.0)]])
    with pytest.raises(ValueError, match=r"^<Value 8.* is among the wrt, but y was not computed from it: numbers"):
        program(y, inputs=[w], wrt=[Value(8.0)])
    with pytest.raises(ValueError, match=r"are different leaves, and w1 is among them twice$"):
        program(y, inputs=[w, x, w[::-1]])
    with pytest.raises(TypeError, match=r"^each of inputs is a Value or a list of Values, and one is \[\[<Value w1"):
        program(y, inputs=[[w, x]])


def naively(made, root):
    """What is useful, and what is swept from a root, by their definitions."""
    parents = {i.node: [x for x in i.arguments if type(x) is int] for i in made.instructions}
    useful = set(made.wanted)
    for node, own in parents.items():
        if useful.intersection(own):
            useful.add(node)
    reached = {root}
    for node in reversed(parents):
        if node in reached:
            reached.update(parents[node])
    return useful, reached & useful


@settings(deadline=None, max_examples=15)
@given(programs(), st.integers(0, 15), st.integers(0, 2))
def test_what_is_useful_and_swept_in_random_graphs(described, which, first):
    leaves = [Value(x, f"x{i}", constant=i == 1) for i, x in enumerate(described[0])]
    nodes, _ = run(leaves, described[1])
    spare = Value(1.0, "spare")
    for roots in ([nodes[-1]], [nodes[-1], nodes[which % len(nodes)]], [nodes[-1], nodes[-1]]):
        used = [leaf for leaf in leaves if leaf in order(roots)]
        for inputs, wrt in (([[*used, spare]], None), (used, used[first:]), (used[first:], None)):
            made = program(roots, inputs=inputs, wrt=wrt)
            for root in made.roots:
                useful, swept = naively(made, root)
                assert made.useful == useful
                assert made.swept(root) == swept


def test_a_number_that_equals_the_number_of_a_node_is_no_node():
    x, w = Value(3.0, "x"), Value(4.0, "w")
    y = (x * 1.0 + 0.0) * w  # 0 is x, 3 is w
    made = program(y, inputs=[x, w], wrt=[w])
    assert made.useful == {made.names.labels.index("w"), made.roots[0]}
    made = program([y, x * 0.0 + 4.0], inputs=[x, w], wrt=[x])
    assert all(made.swept(root) == naively(made, root)[1] for root in made.roots)


def test_a_program_without_constants_reads_as_one_with_them():
    w, x, b = [Value(float(i), f"w{i}") for i in range(3)], [Value(float(i), f"x{i}") for i in range(3)], Value(1.0, "b")
    y = affine([*w, 2.0], [*x, w[0]], b) ** 2.0 + 3.0 / affine([w[0], w[0]], [x[0], 5.0], 1.0)
    whole, part = program(y, inputs=[w, x, b]), program(y, inputs=[w, x])
    last = [i.arguments for i in whole.instructions]
    assert last == [
        (0, 1, 2, 2.0, 3, 4, 5, 0, 6),
        (7, 2.0),
        (0, 0, 3, 5.0, 1.0),
        (3.0, 9),
        (8, 10),
    ]
    assert [i.arguments for i in part.instructions] == [(0, 1, 2, 2.0, 3, 4, 5, 0, 1.0), *last[1:]]
    assert [i.rule.name for i in whole.instructions] == ["affine", "pow", "affine", "div", "add"]


# Results -------------------------------------------------------------------------------------------------------------


def test_no_array_of_a_result_is_the_callers_or_another_of_the_results():
    x, y = Value(1.0, "x"), [Value(2.0, "y1"), Value(3.0, "y2")]
    f = program([x, x, y[0], y[1], x * 1.0], inputs=[x, y], wrt=[x, y]).compile("numpy")
    whole = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).T
    for xs, ys in ((whole[:, 0].copy(), whole.copy()), (whole[:, 0], whole), (np.frombuffer(whole.tobytes())[:3], whole)):
        before = xs.copy(), ys.copy()
        values, adjoints = f(xs, ys)
        found = [*values, *(x for by_root in adjoints for x in by_root)]
        arrays = [*found, xs, ys]
        assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i] if a is not xs and a is not ys)
        for array in found:
            assert array.dtype == float
            array[...] = -1.0
        assert np.array_equal(xs, before[0])
        assert np.array_equal(ys, before[1])
        assert f(xs, ys)[0][0].tolist() == before[0].tolist()


def test_shapes_are_judged_anew_when_they_change():
    x, w = [Value(1.0, "x1"), Value(2.0, "x2")], Value(3.0, "w")
    f = program(w / x[0] * x[1], inputs=[x, w], wrt=[w]).compile("numpy")
    assert f([1.0, 2.0], 3.0) == (6.0, (2.0,))
    for _ in range(2):
        assert f([[1.0, 2.0], [2.0, 2.0]], 3.0)[0].tolist() == [6.0, 3.0]
    with pytest.raises(ValueError, match=r"^a batch has one row for each sample: x has 2, and w has 3$"):
        f([[1.0, 2.0], [2.0, 2.0]], [1.0, 2.0, 3.0])
    assert f([[1.0, 2.0], [2.0, 2.0]], [1.0, 2.0])[1][0].tolist() == [2.0, 1.0]
    with np.errstate(all="raise"):
        assert f([0.0, 2.0], 3.0)[0] == float("inf")
        with pytest.raises(FloatingPointError):
            np.float64(1.0) / np.float64(0.0)


# Names of programs' variables ----------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(st.lists(st.sampled_from(["a", "a_2", "a_grad", "a_grad_2", "b", "x_grad_2", "x"]), max_size=8))
def test_names_given_all_at_once_are_those_given_one_by_one(names):
    ours, theirs = UniqueNames(names), UniqueNames([*names, *(name + "_grad" for name in names)])
    assert ours.all_new(names) == list(map(theirs.new, names))
    for name in ("a", "a_grad", "x_grad", "b", "a"):
        assert ours.new(name) == theirs.new(name)


@settings(max_examples=60)
@given(st.text(st.characters(max_codepoint=127), max_size=6) | st.sampled_from(sorted(_RESERVED)))
def test_an_ascii_label_becomes_the_name_that_any_label_would(label):
    text = unicodedata.normalize("NFKC", label)
    name = "".join([c if ("a" + c).isidentifier() else "_" for c in text])
    name = unicodedata.normalize("NFKC", name if name.isidentifier() else "_" + name)
    assert identifier(label) == (name + "_" if name in _RESERVED else name)


def test_the_collector_is_as_it_was_before():
    assert gc.isenabled()
    with pytest.raises(KeyError), uncollected(), uncollected():
        raise KeyError
    assert gc.isenabled()
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_parameters_in_units_are_named_and_grouped_as_before():
    with unit("n1"):
        first = [Value(1.0, "w1"), Value(2.0, "b")]
    with unit("n2"):
        second = [Value(3.0, "w1"), Value(4.0, "b")]
    made = program(total([*first, *second]), inputs=[first + second])
    assert list(made.names) == ["n1.w1", "n1.b", "n2.w1", "n2.b", "v5"]
    assert made.inputs[0].name == "ns"
    assert made.names[0] == "n1.w1"
