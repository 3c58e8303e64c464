"""The cursor of `steps()` against a list: random movements, mixed with what else changes grads, data and graphs.

The list is the whole backward pass, written down edge by edge before the cursor moves. After every movement each grad of the
graph has to be what stands there, to the bit, and after every disturbance the cursor has to refuse to go on.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from chalkgrad.engine import NonFiniteError, StaleGraphError, Value

from bench.proof.cases import WRONG, counted, each
from bench.proof.figure import Figure
from bench.proof.grown import FAILURES, Grown

PROMISE = "The cursor: every grad at every position, to the bit"
MOST, ACTIONS = 400, 40  # operations of a graph, actions of a run


class WrongError(Exception):
    """What is not as it has to be."""


class Pass:
    """A backward pass as a list: the grads of all nodes at each position, and the positions at which the cursor stops."""

    def __init__(self, root: Value, by: str, wrt: list[Value], upstream: float) -> None:
        self.nodes = [*root.tape()]
        wanted = set(wrt)
        for node in self.nodes:
            if any(parent in wanted for parent in node.parents):
                wanted.add(node)
        grads: dict[Value, float] = {root: upstream}
        self.states, self.edges = [dict(grads)], list[tuple[Value, Value]]()
        for node in reversed(self.nodes):
            before = len(self.edges)
            for parent, partial in zip(node.parents, node.partials, strict=True):
                if wrt and parent not in wanted:
                    continue
                grads[parent] = grads.get(parent, 0.0) + grads[node] * partial
                self.edges.append((node, parent))
                if by == "edge":
                    self.states.append(dict(grads))
            if by == "node" and len(self.edges) > before:
                self.states.append(dict(grads))
        self.end = len(self.states) - 1


def shown(grads: dict[Value, float], nodes: list[Value]) -> list[str]:
    return [repr(grads.get(node)) for node in nodes]


class Run:
    """A graph, a cursor in its steps, and the list that it is held against."""

    def __init__(self, seed: int) -> None:
        self.random = r = random.Random(f"cursor {seed}")
        self.graph = Grown(seed, MOST, wild=r.random() < 0.2)
        self.root, self.log = self.graph.root, list[str]()
        self.nodes = [*self.root.tape()]
        self.leaves = [node for node in self.nodes if not node.parents]
        self.started, self.disturbed = False, False
        self.root.backward()  # or it is refused, and there is nothing to step through
        if r.random() < 0.5:
            self.root.zero_grad()
        self.before = self.grads()
        self.new_steps()

    def new_steps(self) -> None:
        r = self.random
        by = r.choice(("edge", "node"))
        wrt = r.sample(self.nodes, r.randint(1, min(2, len(self.nodes)))) if r.random() < 0.2 else []
        upstream = r.choice((1.0, 1.0, -2.5, 0.0))
        self.log.append(f"steps(by={by!r}, wrt={[self.nodes.index(x) for x in wrt]}, upstream={upstream})")
        self.steps: Any = self.root.steps(by=by, wrt=wrt, upstream=upstream)
        self.before = self.base()
        self.list = Pass(self.root, by, wrt, upstream)
        self.position, self.started, self.disturbed = 0, False, False
        if len(self.steps) != self.list.end + 1:
            raise WrongError(f"{len(self.steps)} positions, not {self.list.end + 1}")

    # What is done ----------------------------------------------------------------------------------------------------

    def movement(self) -> tuple[str, Callable[[], Any], int]:
        """Returns a random movement, how to make it, and where it leads."""
        r, steps, here, end = self.random, self.steps, self.position, self.list.end
        kind = r.choice(("step", "step", "back", "back", "goto", "run", "run_to"))
        n = r.randint(0, 5)
        if kind == "step":
            return f"step({n})", lambda: steps.step(n), min(here + n, end)
        if kind == "back":
            return f"back({n})", lambda: steps.back(n), max(here - n, 0)
        if kind == "goto":
            to = r.randint(0, end)
            return f"goto({to})", lambda: steps.goto(to), to
        if kind == "run" or not self.list.edges:
            return "run()", steps.run, end
        _, value = r.choice(self.list.edges)
        complete = self.list.states[-1][value]
        to = next(i for i in range(end + 1) if self._arrived(value, i))
        assert self.list.states[to][value] == complete or complete != complete
        return f"run_to({self.nodes.index(value)})", lambda: steps.run_to(value), to

    def _arrived(self, value: Value, position: int) -> bool:
        """Whether all edges to a value are done at a position."""
        done = self.steps._stops[position]
        return all(parent is not value for _, parent in self.list.edges[done:])

    def move(self) -> None:
        name, go, to = self.movement()
        self.log.append(name)
        passes = to != self.position or not self.started
        try:
            go()
        except StaleGraphError:
            if not self.disturbed:
                raise
            self.refused = True
            return
        if self.disturbed and passes:
            raise WrongError("the cursor went on though the grads had been changed")
        if self.disturbed:
            return
        if not self.started:
            self.started = True
        self.position = to
        self.compare()

    def reset(self) -> None:
        self.log.append("reset()")
        if self.disturbed or not self.started or self.position == self.list.end:
            self.before = self.base()
        self.steps.reset()
        self.position, self.started, self.disturbed = 0, True, False
        self.compare()

    def grads(self) -> dict[Value, float | None]:
        """Returns what the leaves have."""
        return {leaf: leaf.grad if leaf.has_grad else None for leaf in self.leaves}

    def base(self) -> dict[Value, float | None]:
        """Returns what a backward() now adds to: the leaves' grads, or what they had before a pass that is under way."""
        if self.started and (self.disturbed or self.position == self.list.end):
            return self.grads()
        return self.before

    def backward(self) -> None:
        self.log.append("backward()")
        base = self.base()
        whole = Pass(self.root, "edge", [], 1.0).states[-1]
        self.root.backward()
        expected = dict(whole)
        for leaf in self.leaves:
            had = base[leaf]
            if had is not None and leaf in whole:
                expected[leaf] = had + whole[leaf]
        self.hold(expected, "after backward()")
        self.disturbed = self.started
        self.before = self.grads()

    def zero_grad(self) -> None:
        self.log.append("zero_grad()")
        self.root.zero_grad()
        self.hold({}, "after zero_grad()")
        self.disturbed = self.started
        self.before = dict.fromkeys(self.leaves)

    def other_cursor(self) -> None:
        self.log.append("another cursor")
        other = self.root.steps()
        other.goto(self.random.randrange(len(other)))
        other.run()
        self.hold(Pass(self.root, "edge", [], 1.0).states[-1], "at the end of another cursor")
        self.disturbed = self.started
        self.before = self.grads()

    def forward(self) -> None:
        self.log.append("forward()")
        self.root.forward()
        if self.started and not self.disturbed:
            self.compare()

    def change(self) -> None:
        """Changes data: the cursor refuses to move, before forward() and after it, until there are new steps."""
        leaf = self.random.choice([leaf for leaf in self.leaves if leaf in self.graph.leaves])
        old, new = leaf.data, self.graph.number()
        self.log.append(f"data of {self.nodes.index(leaf)} = {new!r}")
        leaf.data = new
        changed = repr(new) != repr(old)
        if changed:
            self.refuses()
        try:
            self.root.forward()
        except FAILURES:  # the cursor's pass is still under way
            leaf.data = old
            self.root.forward()
        if changed:
            self.refuses()
        if repr(leaf.data) == repr(new):
            self.started = False
            self.root.zero_grad()
            try:
                self.root.backward()
            except FAILURES:
                leaf.data = old
                self.root.forward()
            self.before = self.grads()
        self.new_steps()

    def refuses(self) -> None:
        try:
            self.steps.goto(self.random.randint(0, self.list.end))
        except StaleGraphError:
            return
        raise WrongError("the cursor went on though data had changed")

    # What has to be --------------------------------------------------------------------------------------------------

    def compare(self) -> None:
        if self.steps.position != self.position:
            raise WrongError(f"position {self.steps.position}, not {self.position}")
        self.hold(self.list.states[self.position], f"at position {self.position}")

    def hold(self, grads: dict[Value, float], when: str) -> None:
        """Compares all grads, to the bit."""
        found = {node: node.grad for node in self.nodes if node.has_grad}
        one, other = shown(found, self.nodes), shown(grads, self.nodes)
        if one != other:
            at = next(i for i, (x, y) in enumerate(zip(one, other, strict=True)) if x != y)
            raise WrongError(f"{when} node {at} has grad {one[at]}, not {other[at]}")

    def all(self) -> int:
        """Does everything, and returns how many actions these were."""
        others = [self.reset, self.backward, self.zero_grad, self.other_cursor, self.forward, self.change]
        for _ in range(ACTIONS):
            if self.random.random() < 0.75:
                self.move()
            else:
                self.random.choice(others)()
            if self.disturbed and self.random.random() < 0.5:
                self.move()
                self.reset()
        self.reset()
        self.log.append("run()")
        self.steps.run()
        self.position = self.list.end
        self.compare()
        return len(self.log)


def case(seed: int) -> Counter[str]:
    """Returns what a run shows."""
    try:
        run = Run(seed)
    except NonFiniteError:
        return Counter({"refused": 1})
    try:
        return Counter({"runs": 1, "actions": run.all(), "movements": sum("(" in line for line in run.log)})
    except Exception as error:  # a crash is a finding, like any other
        last = "; ".join(run.log[-8:])
        return Counter({"runs": 1, f"{WRONG}Run({seed}), after {last}: {type(error).__name__}: {error}"[:600]: 1})


def figures(quick: bool) -> Iterator[Figure]:
    """Yields the count of wrong runs."""
    seeds = range(120 if quick else 2_500)  # some graphs' sweeps are refused
    seen, wrong = counted(each(case, seeds, "cursor", quick))
    yield Figure(
        f"{seen['runs']:,} runs of {seen['actions']:,} actions: movements, backward(), zero_grad(), forward(), changes of "
        "data, another cursor",
        f"{seen[WRONG]:,} wrong",
        "0",
        not seen[WRONG],
        details=wrong,
    )
