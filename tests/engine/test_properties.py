"""What holds of every graph: random graphs over all operations of the table, with repeated arguments and shared parts."""

import contextlib
import copy
import io
import math
import pickle

import pytest
from chalkgrad.engine import NonFiniteError, Value, tape
from chalkgrad.engine.basics.terminal import ascii_form
from chalkgrad.engine.words import expressions as words
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_programs import FAILURES, SMOOTH, numbers, programs, run

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")


def recorded(program):
    """The nodes of a program on Values, and what was done; its last node is the root."""
    data, instructions = program
    nodes, done = run([Value(x, f"x{i}") for i, x in enumerate(data)], instructions)
    assume(done)
    return nodes, done


def tangents(root, leaf, magnitude=lambda x: x):
    """The tangent of every node by one leaf, forwards over the tape: dv = Σ ∂v/∂parent · dparent."""
    found = {}
    for node in root.tape():
        if node is leaf:
            found[node] = 1.0
        else:
            terms = [magnitude(p) * found[parent] for p, parent in zip(node.partials, node.parents, strict=True)]
            found[node] = math.fsum(terms) if all(map(math.isfinite, terms)) else math.nan
    return found[root]


def swept(root):
    """Sweeps, or says that the sweep must not succeed: then some derivative along some path is not finite."""
    try:
        root.backward()
    except NonFiniteError:
        leaves = [node for node in root.tape() if not node.parents]
        assert not all(math.isfinite(tangents(root, leaf, abs)) for leaf in leaves) or any(
            not math.isfinite(partial) for node in root.tape() for partial in node.partials
        )
        assume(False)


@settings(deadline=None, max_examples=300)
@given(programs())
def test_the_reverse_sweep_equals_forward_tangents(program):
    nodes, _ = recorded(program)
    root = nodes[-1]
    swept(root)
    for leaf in root.tape():
        if not leaf.parents:
            bound = tangents(root, leaf, abs)
            assume(math.isfinite(bound))
            assert math.isclose(leaf.grad, tangents(root, leaf), rel_tol=0, abs_tol=1e-12 * bound + 1e-300)


@settings(deadline=None, max_examples=200)
@given(programs(SMOOTH))
def test_the_reverse_sweep_equals_central_differences(program):
    nodes, done = recorded(program)
    root, count = nodes[-1], len(program[0])
    assume(abs(root.data) < 1e3)
    assume(not any(x.op and x.op.name == "hypot" and x.data == 0 for x in root.tape()))  # its kink has no slope to measure
    swept(root)

    def value(leaf, shift):
        return run([x.data + (x is leaf) * shift for x in nodes[:count]], done)[0][-1]

    h = 1e-4
    for leaf in nodes[:count]:
        coarse = (value(leaf, h) - value(leaf, -h)) / (2 * h)
        fine = (value(leaf, h / 2) - value(leaf, -h / 2)) / h
        assume(abs(coarse - fine) < 1e-4 * (1 + abs(fine)))  # or it bends too much
        assert math.isclose(leaf.grad, (4 * fine - coarse) / 3, rel_tol=1e-3, abs_tol=1e-3)


@settings(deadline=None)
@given(programs())
def test_a_second_sweep_doubles_the_leaves_to_the_bit_and_leaves_the_rest(program):
    nodes, _ = recorded(program)
    root = nodes[-1]
    swept(root)
    once = {node: node.grad for node in root.tape()}
    assume(all(abs(grad) < 1e308 / 2 for grad in once.values()))
    root.backward()
    assert {node: node.grad for node in root.tape()} == {
        node: grad if node.parents else 2 * grad for node, grad in once.items()
    }


@settings(deadline=None)
@given(programs())
def test_the_tape_is_topological_complete_and_without_repetition(program):
    nodes, _ = recorded(program)
    root = nodes[-1]
    order = list(root.tape())
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is root
    assert all(place[parent] < place[node] for node in order for parent in node.parents)
    reached, waiting = {root}, [root]
    while waiting:
        new = set(waiting.pop().parents) - reached
        reached |= new
        waiting += new
    assert reached == set(order)
    assert list(root.tape()) == order


@settings(deadline=None)
@given(programs())
def test_the_tape_has_operations_as_a_walk_by_argument_and_leaves_just_before_their_first_use(program):
    nodes, _ = recorded(program)
    walked = {}

    def walk(node):
        for parent in node.parents:
            if parent.parents and parent not in walked:
                walk(parent)
        for parent in node.parents:
            walked.setdefault(parent)
        walked.setdefault(node)

    walk(nodes[-1])
    assert list(nodes[-1].tape()) == list(walked)


@settings(deadline=None)
@given(programs())
def test_after_the_last_step_every_gradient_is_that_of_a_fresh_sweep_to_the_bit(program):
    nodes, _ = recorded(program)
    root = nodes[-1]
    steps = root.steps()
    last = {step.parent: step.after for step in steps}
    counted = {step.parent: step.number for step in steps if step.number == step.of}
    assert set(counted) == set(last)  # every value has become complete
    root.zero_grad()
    swept(root)
    assert last == {node: node.grad for node in root.tape()}


@settings(deadline=None)
@given(programs(), st.lists(st.tuples(st.integers(0, 3), numbers), min_size=1, max_size=6), st.integers(0, 11))
def test_forward_after_changes_equals_a_fresh_recording_to_the_bit(program, changes, between):
    nodes, done = recorded(program)
    root, count = nodes[-1], len(program[0])
    for i, (leaf, x) in enumerate(changes):
        nodes[leaf % count].data = x
        if i == between:  # a part of the graph has been replayed already
            with contextlib.suppress(*FAILURES):
                nodes[count + between % len(done)].forward()
    stale = root.tape().stale
    before = [(node.data, repr(node.partials)) for node in root.tape()]
    fresh, redone = run([Value(leaf.data) for leaf in nodes[:count]], done)
    kept = set(root.tape())
    if len(redone) < len(done):  # some node has left its domain; whether the root depends on it decides
        fresh = None
    try:
        root.forward()
    except FAILURES:
        assert fresh is None
        assert [(node.data, repr(node.partials)) for node in root.tape()] == before
        assert root.tape().stale == stale
        return
    assert root.tape().stale == []
    if fresh is not None:
        for ours, theirs in zip(nodes, fresh, strict=True):
            if ours in kept:
                assert repr((ours.data, ours.partials)) == repr((theirs.data, theirs.partials))


LINES = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
labels = st.text(max_size=8) | st.text(LINES + "{}%│·→∂<>&\"'\\\x00\x1b\u202e ", max_size=5)


@settings(deadline=None)
@given(programs(), st.lists(labels, min_size=1, max_size=4))
def test_hostile_labels_never_break_what_is_shown(program, texts):
    nodes, _ = recorded(program)
    root = nodes[-1]
    for i, node in enumerate(root.tape()):
        node.label = texts[i % len(texts)]
    names = root.tape().names
    assert len(set(names.values())) == len(names)
    for _ in ("before", "after"):
        assert len(repr(root).splitlines()) == 1
        assert len(str(root.tape()).splitlines()) == 2 + len(root.tape())
        assert all(len(str(step).splitlines()) == 1 + (step.node is not None) for step in root.steps())
        assert ascii_form(str(root.tape())).isascii()
        swept(root)


@settings(deadline=None, max_examples=1_000)
@given(st.floats(-1.797e308, 1.797e308))
def test_a_written_number_is_short_and_within_half_a_unit_of_its_fourth_digit(x):
    text = words.number(x)
    assert len(text) <= 14  # where four digits look like fewer there are up to seven
    assert abs(float(text) - x) <= abs(x) * 0.5001e-3
    assert text.isascii()
    if abs(x) < 1e6 and x == int(x):
        assert text == str(int(x))
    assert words.number(-x) == (text if x == 0 else text[1:] if text.startswith("-") else "-" + text)


def shape(values):
    """A list of Values and all they come from, as plain data: two graphs with the same shape are the same graph."""
    place, rows = {}, []
    for node in tape(*values):
        place[node] = len(place)
        given = [place[x] if isinstance(x, Value) else f"number {x!r}" for x in node.arguments]
        op = None if node.op is None else node.op.name
        rows.append((repr(node.data), repr(node.partials), node.has_grad, node.grad, node.label, node.constant, op, given))
    return [place[value] for value in values], rows


@settings(deadline=None)
@given(programs(), st.lists(st.integers(0, 15), min_size=1, max_size=8), st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_any_values_copied_or_pickled_together_have_the_same_shape(program, picked, protocol):
    nodes, _ = recorded(program)
    chosen = [nodes[i % len(nodes)] for i in picked]
    assert shape(copy.deepcopy(chosen)) == shape(chosen)
    assert shape(pickle.loads(pickle.dumps(chosen, protocol))) == shape(chosen)
    file = io.BytesIO()
    pickler = pickle.Pickler(file, protocol)  # one after another, with one memory
    for value in chosen:
        pickler.dump(value)
    unpickler = pickle.Unpickler(io.BytesIO(file.getvalue()))
    assert shape([unpickler.load() for _ in chosen]) == shape(chosen)
