"""Copies, pickles and the freeing of graphs: identity kept, any depth, nothing left behind."""

import copy
import gc
import io
import pickle
import sys
from contextlib import contextmanager

import chalkgrad.engine as engine
import pytest
from chalkgrad.engine import (
    Value,
    affine,
    log,
    logsumexp,
    operation,
    softmax,
    sqrt,
    tanh,
    tape,
    total,
)
from chalkgrad.engine.recording import functions
from chalkgrad.engine.rules import RULES
from counting import lines
from frozen import freeze
from nodes import applied


def chain(depth):
    """x, and x + x + … + x, every sum of it."""
    x = Value(1.0, "x")
    sums = [x]
    for _ in range(depth):
        sums.append(sums[-1] + x)
    return sums


def pickled(thing, protocol=pickle.HIGHEST_PROTOCOL):
    return pickle.loads(pickle.dumps(thing, protocol))


WAYS = [copy.deepcopy, pickled]


@pytest.mark.parametrize("twin_of", WAYS, ids=lambda f: f.__name__)
def test_a_twin_has_everything_and_shares_nothing(twin_of):
    with engine.unit("layer1"):
        x, k = Value(2.0, "x"), Value(3.0, "k", constant=True)
        y = affine([x, 2], [k, x], 1) ** 2 + logsumexp([x, k]) * softmax([x, 1])[0]
    y.label = "y"
    y.backward()
    other = twin_of(y)
    for ours, theirs in zip(y.tape(), other.tape(), strict=True):
        assert ours is not theirs
        for name in ("data", "grad", "has_grad", "label", "place", "op", "partials", "constant"):
            assert getattr(ours, name) == getattr(theirs, name)
        assert [a if isinstance(a, float) else a.data for a in ours.arguments] == [
            a if isinstance(a, float) else a.data for a in theirs.arguments
        ]
    assert str(y.tape()) == str(other.tape())
    gradient = x.grad
    other.backward()
    assert x.grad == gradient
    assert other.tape()[0].grad == 2 * gradient


@pytest.mark.parametrize("twin_of", WAYS, ids=lambda f: f.__name__)
def test_values_copied_together_keep_their_identity(twin_of):
    x = Value(2.0)
    y, z = x * x, x + 1
    kept = {"roots": [y, z], "leaf": x, "again": (x, y * z), y: "a key"}
    twin = twin_of(kept)
    (y2, z2), x2, (again, product) = twin["roots"], twin["leaf"], twin["again"]
    assert y2.parents == (x2, x2)
    assert z2.parents == (x2,)
    assert again is x2
    assert product.parents == (y2, z2)
    assert twin[y2] == "a key"
    assert x2 is not x


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_and_both_picklers_restore_a_graph(protocol):
    *_, y = chain(2_000)
    assert pickled(y, protocol).data == y.data
    file = io.BytesIO()
    pickle._Pickler(file, protocol).dump(y)
    restored = pickle._Unpickler(io.BytesIO(file.getvalue())).load()
    assert len(restored.tape()) == len(y.tape())


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_restored_node_has_the_tables_own_operation(rule):
    _, node = applied(rule, rule.inside[0])
    assert pickled(node).op is rule


def test_a_pickle_does_not_carry_the_table_along():
    assert len(pickle.dumps(Value(1.0) * Value(2.0))) < 600


def test_the_tables_functions_can_be_pickled_as_a_network_that_holds_them_must():
    for name in RULES:
        f = getattr(functions, name)
        assert pickled(f) is f
    assert pickled(softmax) is softmax


def test_a_frozen_leaf_stays_frozen():
    for twin_of in WAYS:
        k = twin_of(Value(2.0, "k", constant=True))
        assert k.constant
        y = k * Value(3.0)
        y.backward()
        assert not k.has_grad


def test_an_operation_of_ones_own_survives_with_its_graph():
    wave = operation("wave", lambda x, k: functions.sin(k * x))
    x = Value(0.5, "x")
    y = wave(x, 2) * wave(x, 3)
    for twin_of in WAYS:
        x2, y2 = twin_of((x, y))
        x2.data = 0.25
        assert y2.forward() == pytest.approx(functions.sin(0.5) * functions.sin(0.75))
        assert "wave(" in str(y2.tape())
        assert y2.parents[0].op == y2.parents[1].op


def test_a_shallow_copy_is_a_value_of_its_own_on_the_same_graph():
    x = Value(2.0)
    y = x * x
    z = copy.copy(y)
    assert z is not y
    assert (z.parents, z.data) == (y.parents, y.data)
    z.backward()
    assert x.grad == 4.0
    assert not y.has_grad


def test_what_is_in_the_memo_of_a_deep_copy_is_shared():
    x, w = Value(2.0), Value(3.0)
    y = x * w
    twin = copy.deepcopy(y, {id(w): w})
    assert twin.parents[1] is w
    assert twin.parents[0] is not x


def test_graphs_of_thousands_of_nodes_are_pickled_together_in_any_order():
    sums = chain(6_000)
    sides = [sums[3_000]]
    for _ in range(3_000):
        sides.append(sides[-1] * 1.0)
    kept = [sums[100], sides[-1], sums[50], sums[-1], sides[7], sums[4_000]]
    for things in (kept, kept[::-1], [sides[-1], sums[-1]], [sums[-1], sides[-1]], dict(enumerate(kept))):
        values = list(pickled(things).values() if isinstance(things, dict) else pickled(things))
        originals = list(things.values()) if isinstance(things, dict) else things
        assert [value.data for value in values] == [value.data for value in originals]
        place = {node: i for i, node in enumerate(tape(*originals))}
        twins = {node: i for i, node in enumerate(tape(*values))}
        assert [twins[value] for value in values] == [place[value] for value in originals]
        assert len(twins) == len(place)


def test_a_stale_graph_is_stale_after_a_copy_too():
    x = Value(2.0)
    y = x * x
    x.data = 5
    for twin_of in WAYS:
        twin = twin_of(y)
        assert twin.tape().stale == [twin]
        assert twin.forward() == 25.0


@pytest.mark.parametrize("twin_of", WAYS, ids=lambda f: f.__name__)
def test_a_list_of_all_sums_of_a_chain_takes_work_in_proportion(twin_of):
    def work(depth):
        sums = chain(depth)
        assert all(twin.data == one.data for twin, one in zip(twin_of(sums), sums, strict=True))
        return lines(lambda: twin_of(sums))

    assert work(1_600) < 10 * work(200)  # eight times as many; the square would be 64 times the work


def test_a_pickle_of_all_sums_of_a_chain_grows_in_proportion():
    assert len(pickle.dumps(chain(1_600))) < 10 * len(pickle.dumps(chain(200)))


def test_a_graph_is_pickled_while_a_pickler_that_has_seen_it_lives():
    *_, inner, outer = chain(20_000)
    pickler = pickle.Pickler(io.BytesIO())
    pickler.dump(outer)
    assert pickled(inner).data == inner.data
    del pickler


def test_a_large_graph_of_all_kinds_of_nodes_comes_back_the_same():
    own = operation("own", lambda x, k: functions.sin(k * x))
    leaves = [Value(0.1 * i, f"x{i}", constant=i == 3) for i in range(5)]
    nodes = [*leaves]
    for i in range(300):
        with engine.unit(f"unit{i % 3}"):
            a, b = nodes[-1 - i % 4], nodes[-2 - i % 3]
            nodes.append([a * 0.0, a * -0.0, a + b, total([a, b, a]), own(a, 2), tanh(a) * 0.5, Tagged(0.5) + a][i % 7])
    nodes[100].label, nodes[100].cache = "middle", nodes[200]
    root = total(nodes)
    root.backward()
    nodes[150].zero_grad()
    for leaf, others in ((leaves[0], nodes[50:60]), (nodes[250], leaves)):
        first, twin, second, *_ = pickled([leaf, root, leaf, *others])
        assert first is second
        assert first in twin.tape()
        for ours, theirs in zip(root.tape(), twin.tape(), strict=True):
            for name in ("grad", "has_grad", "label", "place", "partials", "constant"):
                assert getattr(ours, name) == getattr(theirs, name)
            assert str(ours.op) == str(theirs.op)
            assert repr(ours.data) == repr(theirs.data)
            assert repr(ours.template) == repr(theirs.template)
            assert type(ours) is type(theirs)
        place = {node: i for i, node in enumerate(root.tape())}
        again = twin.tape()
        for i, node in enumerate(root.tape()):
            assert [place[parent] for parent in node.parents] == [again.index(parent) for parent in again[i].parents]
        middle = next(node for node in twin.tape() if node.label == "middle")
        assert again.index(middle.cache) == place[nodes[200]]


def test_a_pickle_of_a_large_graph_takes_few_bytes_and_calls_for_each_node():
    def work(depth):
        text = pickle.dumps(chain(depth)[-1])
        return len(text), lines(lambda: pickle.loads(text))

    (bytes_of_few, lines_of_few), (bytes_of_many, lines_of_many) = work(1_000), work(3_000)
    assert bytes_of_many - bytes_of_few < 2_000 * 70
    assert lines_of_many - lines_of_few < 2_000 * 15


def test_a_node_of_a_graph_that_a_pickler_has_seen_is_copied_by_itself():
    sums = chain(1_000)
    sums[500].cache = "mine"
    pickler = pickle.Pickler(io.BytesIO())
    pickler.dump(sums[-1])
    twin = copy.copy(sums[500])
    assert twin is not sums[500]
    assert (twin.parents, twin.data, twin.cache) == (sums[500].parents, sums[500].data, "mine")
    del pickler


def test_attributes_of_a_subclass_are_copied_with_it():
    twin = copy.deepcopy(Tagged(2.0, "w"))
    assert type(twin) is Tagged
    tagged = Tagged(2.0, "w")
    tagged.decay = 0.1
    assert copy.deepcopy(tagged).decay == 0.1
    assert pickled(tagged).decay == 0.1


@pytest.mark.parametrize("twin_of", WAYS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("kind", [Value, lambda x: Tagged(x), lambda x: Slotted(x)], ids=["Value", "a subclass", "own slots"])
def test_attributes_that_lead_back_are_copied_with_the_graph(twin_of, kind):
    a = kind(2.0)
    b = a * 2
    a.cache, a.m = b, a
    if kind is not Value:
        a.velocity = {"next": [b, a]}
    for twin, root in ((twin_of(a), None), ((both := twin_of([b, a]))[1], both[0]), ((other := twin_of(b)).parents[0], other)):
        assert type(twin) is type(a)
        assert twin.m is twin
        assert twin.cache.parents == (twin,)
        assert twin.cache.data == 4.0
        assert root is None or twin.cache is root
        assert kind is Value or twin.velocity == {"next": [twin.cache, twin]}


@pytest.mark.parametrize("twin_of", [copy.copy, *WAYS], ids=lambda f: f.__name__)
def test_a_subclasss_own_slots_are_copied_with_it(twin_of):
    a = Slotted(2.0, "a")
    a.decay = 0.1
    twin = twin_of(a)
    assert twin.decay == 0.1
    assert not hasattr(twin, "rate")  # which nothing has set


def test_attributes_may_lead_through_a_long_graph_and_back():
    sums = chain(5_000)
    sums[0].cache = sums[-1]
    for twin_of in WAYS:
        twin = twin_of(sums[0])
        assert twin.cache.tape()[0] is twin
        twin = twin_of(sums[2_000])
        assert len(twin.tape()[0].cache.tape()) == len(sums)


class Tagged(Value):
    pass


class Slotted(Value):
    __slots__ = ("__rate", "decay", "rate")


# Depth and freeing ---------------------------------------------------------------------------------------------------


def test_a_million_nodes_deep_is_built_swept_and_freed_at_the_default_recursion_limit():
    assert sys.getrecursionlimit() <= 1_000
    x = Value(1.0, "x")
    y = x
    for _ in range(1_000_000):
        y = y + x
    y.backward()
    assert x.grad == 1_000_001.0
    del y  # would crash, if freeing went by recursion
    assert x.grad == 1_000_001.0


def test_twenty_thousand_nodes_deep_are_replayed_zeroed_and_shown():
    *_, y = chain(20_000)
    x = y.parents[1]
    y.backward()
    assert repr(y) == "<Value y = … + x + x + x + x + x + x = 20001, grad 1>"
    assert "rows more" in str(y.tape())
    y.zero_grad()
    assert not x.has_grad
    x.data = 2.0
    assert y.forward() == 40_002.0


@contextmanager
def collector_off():
    freeze()  # so that what was there before is not counted again and again
    gc.disable()
    try:
        yield lambda: sum(isinstance(x, Value) for x in gc.get_objects())
    finally:
        gc.enable()


def failing_sweep(y):
    with pytest.raises(OverflowError):
        sqrt(y * 0).backward()


def failing_recording(y):
    with pytest.raises(ValueError, match="log"):
        log(y * 0)


USES = {
    "recording": lambda y: None,
    "backward": lambda y: y.backward(),
    "forward": lambda y: y.forward(),
    "zero_grad": lambda y: y.zero_grad(),
    "repr": repr,
    "the tape": lambda y: str(y.tape()),
    "the steps": lambda y: str(y.steps()[-1]),
    "iterating over the steps": lambda y: [step.after for step in y.steps()],
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
    "pickle": pickle.dumps,
    "lists": lambda y: total([y, affine([y], [y], y)]),
    "an operation": lambda y: operation("own", lambda x: x * x)(y),
    "a gradient that is a graph": lambda y: engine.gradient(y, y.tape()[0], create_graph=True),
    "the chain rule": lambda y: str(engine.chain_rule(y, y.tape()[0])),
    "steps with a mistake": lambda y: str(y.steps(mistake="overwrite")),
    "a program": lambda y: engine.program(y, inputs=[y.tape()[0]]).compile("python")(1.0),
    "a failing sweep": failing_sweep,
    "a failing recording": failing_recording,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_dropped_graph_is_freed_at_once_with_the_collector_off(use):
    def graph():
        a, b = Value(2.0, "a"), Value(-3.0)
        use(tanh(a * b + a) * a)

    graph()  # what is compiled at first use stays, and may
    with collector_off() as values:
        before = values()
        graph()
        assert values() == before


def test_dropping_the_root_frees_what_it_alone_was_computed_from():
    x = Value(2.0)
    with collector_off() as values:
        before = values()
        for _ in range(100):
            y = (x + 1).tanh() * x  # the last round's graph goes
        assert values() == before + 3
        del y
        assert values() == before


@pytest.mark.parametrize("depth", [1, 300])
@pytest.mark.parametrize("change", [lambda given: given[:-1], lambda given: (*given, given[-1])], ids=["fewer", "more"])
def test_a_pickle_of_another_version_is_refused_with_what_to_do(monkeypatch, change, depth):
    from chalkgrad.engine.recording import copying

    columns = copying._columns
    monkeypatch.setattr(copying, "_columns", lambda *given: change(columns(*given)))
    monkeypatch.setattr(copying, "_FIELDS", change(copying._FIELDS))
    written = pickle.dumps(chain(depth)[-1])
    monkeypatch.undo()
    with pytest.raises(ValueError, match=r"^this graph was pickled by another version of chalkgrad: .* record it again"):
        pickle.loads(written)
