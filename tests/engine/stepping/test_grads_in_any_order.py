"""Sweeps, cursors, assignments and copies in any order, beside a bookkeeping of whose every grad is.

The bookkeeping knows the graph as operations on indices, computes with fractions, and finds an adjoint as the sum over all
paths. The numbers are such that floats are exact, so that every number that is shown can be compared without a tolerance.
"""

import copy
import math
import pickle
import re
from fractions import Fraction

import pytest
from chalkgrad.engine import NonFiniteError, StaleGraphError, Value, no_grad, tape
from chalkgrad.engine.stepping.keeping import grads_kept
from chalkgrad.engine.words.expressions import number
from chalkgrad.viz import draw
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")

NUMBERS = st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 3.0])
UPSTREAMS = st.sampled_from([1.0, 1.0, 1.0, -0.5, 3.0])
COMPUTED = {
    "add": (lambda x, y: x + y, lambda x, y: (1, 1)),
    "mul": (lambda x, y: x * y, lambda x, y: (y, x)),
    "neg": (lambda x: -x, lambda x: (-1,)),
    "relu": (lambda x: max(x, 0), lambda x: (int(x > 0),)),
}
ON_VALUES = {"add": lambda x, y: x + y, "mul": lambda x, y: x * y, "neg": lambda x: -x, "relu": lambda x: x.relu()}


class Run:
    """One sweep: whose it is, with which seed, and whether a cursor has begun and not finished it."""

    def __init__(self, root, upstream, begun=False):
        self.root, self.upstream, self.begun = root, upstream, begun


class Walk:
    """A cursor, and what is known of it: how far it is, and what the leaves had before."""

    def __init__(self, steps, root, edges, stops, upstream, changes):
        self.steps, self.root, self.edges, self.stops, self.upstream = steps, root, edges, stops, upstream
        self.changes = changes
        self.run, self.done, self.found, self.history = None, 0, {}, []


class Graph:
    """The graph by index, and of every grad: what it is, of which sweep, and what a leaf had before."""

    def __init__(self, leaves):
        self.made = [("leaf",)] * len(leaves)  # the operation and its arguments
        self.data = [Fraction(x) for x in leaves]
        self.grad, self.run, self.before = [[None] * len(leaves) for _ in range(3)]
        self.constant, self.changed, self.forgot = set(), [0] * len(leaves), set()
        self.now = 0

    def add(self, operation, *arguments):
        self.made.append((operation, *arguments))
        self.data.append(COMPUTED[operation][0](*(self.data[i] for i in arguments)))
        for column in (self.grad, self.run, self.before):
            column.append(None)
        self.changed.append(self.now)

    def parents(self, i):
        return self.made[i][1:]

    def local(self, i, slot):
        return COMPUTED[self.made[i][0]][1](*(self.data[j] for j in self.parents(i)))[slot]

    def below(self, root):
        found, waiting = set(), [root]
        while waiting:
            i = waiting.pop()
            if i not in found:
                found.add(i)
                waiting += self.parents(i)
        return found

    def adjoint(self, root, i):
        """∂root/∂i: the sum over all paths of the products along them."""
        if root == i:
            return Fraction(1)
        return sum((self.local(root, slot) * self.adjoint(j, i) for slot, j in enumerate(self.parents(root))), Fraction(0))

    def stale(self, root):
        below = self.below(root)
        return any(self.changed[j] > self.changed[i] for i in below for j in self.parents(i))

    def prior(self, leaf):
        """What a new sweep adds to."""
        run = self.run[leaf]
        return self.before[leaf] if run is not None and run.begun else self.grad[leaf]

    def put(self, i, grad):
        self.grad[i], self.run[i] = grad, None

    def sweep(self, root, upstream):
        run = Run(root, upstream)
        for i in self.below(root):
            prior = self.prior(i) if not self.parents(i) else None
            self.grad[i] = upstream * self.adjoint(root, i) + (prior or 0) if i not in self.constant else None
            self.run[i], self.before[i] = run, prior

    def own(self, root):
        """The sweep of this root whose grads it still has."""
        run = self.run[root]
        return run if run is not None and run.root == root and self.grad[root] is not None else None

    # A cursor

    def start(self, walk):
        walk.found = {i: self.prior(i) for i in self.below(walk.root) if not self.parents(i)}
        walk.run, walk.done, walk.history = Run(walk.root, walk.upstream, begun=True), 0, []
        for i in self.below(walk.root):
            self.grad[i], self.run[i], self.before[i] = None, walk.run, walk.found.get(i)
        self.grad[walk.root] = walk.upstream

    def move(self, walk, target):
        """Moves as far as nothing else has touched what the cursor has written; returns whether that is all the way."""
        if walk.run is None:
            self.start(walk)
        while walk.done != target:
            forwards = walk.done < target
            i, slot = walk.edges[walk.done if forwards else walk.done - 1]
            j = self.parents(i)[slot]
            written = {walk.root} | {self.parents(n)[s] for n, s in walk.edges[: walk.done]}
            if any((self.grad[n] is not None or n in written) and self.run[n] is not walk.run for n in (i, j)):
                break
            if any((self.grad[n] is None) != (n not in written) for n in (i, j)):
                break
            if self.run[j] is not walk.run and not self.parents(j):
                walk.found[j] = self.before[j] = self.prior(j)
            self.run[j] = walk.run
            if forwards:
                walk.history.append(self.grad[j])
                self.grad[j] = (self.grad[j] or 0) + self.grad[i] * self.local(i, slot)
            else:
                self.grad[j] = walk.history.pop()
            walk.done += 1 if forwards else -1
        finished = walk.done == len(walk.edges)
        if finished == walk.run.begun:
            walk.run.begun = not finished
            for i, prior in walk.found.items():
                if self.run[i] is walk.run:
                    self.before[i] = None if finished else prior
        return walk.done == target


class GradsInAnyOrder(RuleBasedStateMachine):
    """Small graphs whose roots share leaves, and everything that writes a grad."""

    @initialize(leaves=st.tuples(NUMBERS, NUMBERS, NUMBERS), seeds=st.lists(st.integers(0, 10**6), min_size=4, max_size=6))
    def build(self, leaves, seeds):
        self.graph = Graph([*leaves, 0])
        self.values = [Value(x, name) for x, name in zip(leaves, "xyw", strict=True)]
        with no_grad():
            self.values.append(self.values[0] * 0)
        self.values[3].label = "q"
        self.graph.forgot.add(3)
        for seed in seeds:
            operation = [*COMPUTED][seed % 7 % 4]
            count = len(self.values)
            self.compute(operation, *((seed // 7 // count**k) % count for k in range(2 if operation in ("add", "mul") else 1)))
        last = len(self.values) - 1
        self.compute("mul", last - 1, 0)
        self.compute("add", last, last - 2)
        self.roots = [i for i in range(len(self.values)) if self.graph.parents(i)][-4:]
        self.zero = Value(0.0, "zero")
        self.bad = self.values[self.roots[-1]] + self.zero.sqrt()
        self.walks, self.copies = [], []

    def compute(self, operation, *arguments):
        self.graph.add(operation, *arguments)
        self.values.append(ON_VALUES[operation](*(self.values[i] for i in arguments)))
        self.values[-1].label = f"n{len(self.values) - 1}"

    # What is done ----------------------------------------------------------------------------------------------------

    @rule(which=st.integers(0, 3), upstream=UPSTREAMS)
    def backward(self, which, upstream):
        root = self.roots[which]
        if self.graph.stale(root):
            with pytest.raises(StaleGraphError):
                self.values[root].backward(upstream)
            return
        self.values[root].backward(upstream)
        self.graph.sweep(root, Fraction(upstream))

    @rule()
    def backward_fails(self):
        with pytest.raises((NonFiniteError, StaleGraphError)):
            self.bad.backward()
        with pytest.raises(RuntimeError):
            self.values[3].backward()

    @rule(which=st.integers(0, 3))
    def zero_grad(self, which):
        self.values[self.roots[which]].zero_grad()
        for i in self.graph.below(self.roots[which]):
            self.graph.put(i, None)

    @rule(i=st.integers(0, 6), grad=st.none() | NUMBERS)
    def assign(self, i, grad):
        self.values[i].grad = grad
        self.graph.put(i, None if grad is None else Fraction(grad))

    @rule(i=st.integers(0, 3), grad=NUMBERS)
    def accumulate(self, i, grad):
        self.values[i].grad += grad
        self.graph.put(i, (self.graph.grad[i] or 0) + Fraction(grad))

    @rule(i=st.integers(0, 2), constant=st.booleans())
    def freeze(self, i, constant):
        self.values[i].constant = constant
        (self.graph.constant.add if constant else self.graph.constant.discard)(i)
        if constant:
            self.graph.put(i, None)
        self.walks.clear()  # their edges are those of before

    @rule(i=st.integers(0, 2), data=NUMBERS, which=st.integers(0, 3))
    def change(self, i, data, which):
        graph = self.graph
        self.values[i].data = data
        graph.now += 1
        graph.data[i], graph.changed[i] = Fraction(data), graph.now
        self.recompute(which)

    @rule(which=st.integers(0, 3))
    def recompute(self, which):
        graph = self.graph
        assert self.values[self.roots[which]].forward() == self.values[self.roots[which]].data
        graph.now += 1
        for i in sorted(graph.below(self.roots[which])):
            if any(graph.changed[j] > graph.changed[i] for j in graph.parents(i)):
                graph.data[i] = COMPUTED[graph.made[i][0]][0](*(graph.data[j] for j in graph.parents(i)))
                graph.changed[i], graph.grad[i] = graph.now, None

    @rule(which=st.integers(0, 3), by=st.sampled_from(["edge", "node"]), wrt=st.integers(-6, 2), upstream=UPSTREAMS)
    def open(self, which, by, wrt, upstream):
        root, graph = self.roots[which], self.graph
        if graph.stale(root):
            with pytest.raises(StaleGraphError):
                self.values[root].steps()
            return
        wanted = [self.values[wrt]] if wrt in graph.below(root) else []
        steps = self.values[root].steps(by=by, wrt=wanted, upstream=upstream)
        edges = [(self.values.index(node), slot) for node, slot in steps.sweep.edges]
        ends = [k + 1 for k in range(len(edges)) if by == "edge" or k + 1 == len(edges) or edges[k + 1][0] != edges[k][0]]
        self.walks = [*self.walks, Walk(steps, root, edges, [0, *ends], Fraction(upstream), self.ages(root))][-3:]

    def ages(self, root):
        return {i: self.graph.changed[i] for i in self.graph.below(root)}

    @precondition(lambda self: self.walks)
    @rule(which=st.integers(0, 2), position=st.integers(0, 8), reset=st.sampled_from([False, False, False, True]))
    def go(self, which, position, reset):
        walk = self.walks[which % len(self.walks)]
        position = min(position, len(walk.stops) - 1)
        if walk.changes != self.ages(walk.root):
            with pytest.raises(StaleGraphError):
                walk.steps.goto(position)
            return
        if reset:
            walk.run, position = None, 0
        act = walk.steps.reset if reset else lambda: walk.steps.goto(position)
        if self.graph.move(walk, walk.stops[position]):
            act()
            assert walk.steps.edges_done == walk.done
        else:
            with pytest.raises(StaleGraphError, match="was changed by something else"):
                act()

    @precondition(lambda self: self.walks)
    @rule(which=st.integers(0, 2))
    def go_to_the_end(self, which):
        self.go(which, 99, False)

    @rule(which=st.integers(0, 3), position=st.integers(0, 5))
    def look(self, which, position):
        root = self.values[self.roots[which]]
        with grads_kept(root.tape()):
            if not self.graph.stale(self.roots[which]):
                steps = root.steps()
                steps.goto(min(position, len(steps) - 1))
                root.backward()
            root.tape()[0].grad = 5.0
            root.zero_grad()

    @rule(which=st.integers(0, 3), through=st.sampled_from([copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))]))
    def copied(self, which, through):
        root, graph = self.roots[which], self.graph
        if graph.stale(root) or graph.own(root) is None:
            return
        twin = through(self.values[root])
        nodes = list(twin.tape())
        names = {value.label: i for i, value in enumerate(self.values)}
        priors = {}
        for node in nodes:
            i = names[node.label]
            if not graph.parents(i) and i not in graph.constant:
                priors[node] = (graph.prior(i) or 0) + graph.adjoint(root, i)
        self.copies = [*self.copies, (twin, [self.told(node) for node in nodes], str(twin.tape()), priors)][-2:]

    def told(self, node):
        return repr(node).rpartition(", ")[2].rstrip(">")

    def teardown(self):
        for twin, *_, priors in getattr(self, "copies", ()):
            twin.backward()
            assert {node: node.grad for node in priors} == priors

    # What is seen ----------------------------------------------------------------------------------------------------

    @invariant()
    def the_grads_are_right(self):
        for i, value in enumerate(getattr(self, "values", ())):
            assert value.has_grad == (self.graph.grad[i] is not None), value.label
            assert value.grad == (self.graph.grad[i] or 0), value.label

    @invariant()
    def copies_are_left_alone(self):
        for twin, told, table, _ in getattr(self, "copies", ()):
            assert [self.told(node) for node in twin.tape()] == told
            assert str(twin.tape()) == table

    @invariant()
    def reprs_tell_what_the_grads_are(self):
        for i, value in enumerate(getattr(self, "values", ())):
            assert self.told(value) == self.expected(i)

    def expected(self, i):
        graph = self.graph
        grad, run, before = graph.grad[i], graph.run[i], graph.before[i]
        if i in graph.constant:
            return "constant"
        if grad is None:
            return "grad not computed"
        shown = f"grad {number(float(grad))}"
        if run is None:
            return f"{shown} (set by hand)"
        if run.begun:
            return f"{shown} (steps under way)"
        added = grad - (before or 0)
        added = f"({number(float(added))})" if added < 0 else number(float(added))
        return f"{shown}: {number(float(before))} from before + {added}" if before and not graph.parents(i) else shown

    @invariant()
    def tables_show_the_roots_own_adjoints(self):
        for root in getattr(self, "roots", ()):
            if not self.graph.stale(root):
                self.check_table(root)

    def check_table(self, root):
        graph, own = self.graph, self.graph.own(root)
        lines = [line.split("│") for line in str(self.values[root].tape().table(digits=17)).splitlines()]
        heading = lines[0][-1].strip()
        assert (heading == "gradient") == (own is None or own.upstream == 1), heading
        names = {value.label: i for i, value in enumerate(self.values)}
        for line in lines[2:]:
            i, cell = names[line[0].strip()], line[-1].strip()
            grad, run = graph.grad[i], graph.run[i]
            if i in graph.constant:
                assert cell == "constant"
            elif grad is None:
                assert cell == ""
            elif run is None:
                assert cell.endswith("(set by hand)")
                if own is not None:
                    assert Fraction(cell.split()[-4]) == grad
            elif run is not own:
                self.check_other(cell, i)
            else:
                sums, _, beyond = cell.partition(" (grad ")
                full = own.upstream * graph.adjoint(root, i)
                if sums.endswith("…"):
                    assert run.begun
                    assert i != root
                    assert sum(map(Fraction, re.findall(r"-?[\d.]+", sums))) == grad
                else:
                    assert Fraction(sums.rpartition("= ")[2]) == full, (cell, full)
                    assert not run.begun or grad == full
                before = graph.before[i] if not graph.parents(i) and not run.begun else None
                assert bool(beyond) == bool(before), cell
                if before:
                    total, was, _ = re.findall(r"-?[\d.]+", beyond)
                    assert (Fraction(total), Fraction(was)) == (grad, before)

    def check_other(self, cell, i):
        graph = self.graph
        run = graph.run[i]
        if cell:
            before = graph.before[i] if not graph.parents(i) and not run.begun else None
            root = self.values[run.root].label
            assert graph.own(run.root) is run
            assert cell == f"{number(float(graph.grad[i] - (before or 0)), 17)} (∂{root}/∂{self.values[i].label})"

    @invariant()
    def cards_are_what_was_before_and_what_the_edges_carry(self):
        for root in getattr(self, "roots", ()):
            if not self.graph.stale(root):
                self.check_picture([root])
        if hasattr(self, "roots") and not any(map(self.graph.stale, self.roots[-2:])):
            self.check_picture(self.roots[-2:])

    def check_picture(self, roots):
        graph = self.graph
        drawn = tape(*(self.values[i] for i in roots))
        picture = draw(drawn, digits=17).picture
        indices = [self.values.index(node) for node in drawn]
        carried = {}
        for edge in picture.edges:
            for line in edge.lines:
                if line.kind == "contribution":
                    carried.setdefault(indices[edge.tail], []).append(Fraction(line.text.partition(",")[0]))
        own = [run for run in map(graph.own, roots) if run is not None]
        for i, card in zip(indices, picture.cards, strict=True):
            grad, run, edges = graph.grad[i], graph.run[i], carried.get(i, [])
            row = card.rows[1]
            if i in graph.constant or grad is None:
                assert not edges
                assert (row.name, row.value) == (("constant", "") if i in graph.constant else ("grad", "not computed"))
            elif run is None:
                assert row.value == f"{number(float(grad), 17)} (set by hand)"
                assert not edges or i in roots or sum(edges) == grad
            elif run not in own:
                assert not edges
                assert row.kind == "missing"
                self.check_other(row.value.removeprefix("not computed"), i)
            elif len(roots) == 1 or not run.begun:
                before = graph.before[i] if not graph.parents(i) and not run.begun else None
                seed = run.upstream if i == run.root else 0
                assert (before or 0) + seed + sum(edges) == grad, (row, edges)
                full = run.upstream * graph.adjoint(run.root, i) + (before or 0)
                assert Fraction(re.match(r"-?[\d.]+", row.value)[0]) == grad
                assert math.isfinite(grad)
                if "…" not in row.value:
                    assert grad == full
                else:
                    assert run.begun
                assert ("from before" in row.value) == bool(before)


TestGradsInAnyOrder = GradsInAnyOrder.TestCase
TestGradsInAnyOrder.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
