"""A program as tables for kernels: where every quantity stands, and which kernels go through which rows."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from chalkgrad.engine import vectors
from chalkgrad.engine.formula import Argument, Constant
from chalkgrad.engine.kernels import (
    ONE,
    Collect,
    Dense,
    DenseReverse,
    Fill,
    Forward,
    ForwardLists,
    Kernel,
    Move,
    Reverse,
    Shape,
)
from chalkgrad.engine.program import Instruction, Plan
from chalkgrad.engine.rules import RULES, Rule

AFFINE = RULES["affine"]
Row = Sequence[int]
Operand = tuple[str, int]  # "V" and an offset into the tile, "S" and one into the shared numbers (see also Reverse)


@cache
def made(kind: Callable[..., Any], *fields: Any) -> Any:
    """The kernel of a kind with these fields; equal ones are the same object, which is quickly told."""
    return kind(*fields)


class Memory:
    """Places of equal size, given out one after another."""

    def __init__(self, unit: int) -> None:
        self.unit, self.size = unit, 0
        self.places: dict[Any, int] = {}

    def place(self, key: Any) -> int:
        """The offset of a quantity, a new one if it has none yet."""
        at = self.places.get(key)
        if at is None:
            at = self.places[key] = self.size
            self.size += self.unit
        return at


class Phase:
    """Kernels, each with the rows of its table, to be run in order."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.runs: list[tuple[Kernel, list[Row]]] = []

    def add(self, kernel: Kernel, row: Row) -> None:
        """Adds a row; to the last table, if that is for the same kernel."""
        if not self.runs or self.runs[-1][0] is not kernel:
            self.runs.append((kernel, []))
        self.runs[-1][1].append(row)


class Layout:
    """A plan as tables for kernels: what runs before the samples, for each tile of them, and after, and where everything is."""

    def __init__(self, plan: Plan, shape: Shape) -> None:
        self.plan, self.program, self.shape = plan, plan.program, shape
        self.shared, self.tile, self.sums = Memory(1), Memory(shape.samples), Memory(shape.lanes)
        self.before, self.each, self.after = Phase(ONE), Phase(shape), Phase(ONE)
        self.numbers: dict[str, int] = {}  # constants, as their bits, and the numbers of the nodes that stand for them
        self.constants: dict[int, float] = {}  # such a node's value
        self.nodes = len(self.program.names)  # numbers of nodes given out so far
        self.arrays: dict[tuple[Any, ...], int] = {}  # what the kernels read and write besides: inputs, values, adjoints
        self.samples = self.shared.place("samples")
        roots = dict.fromkeys(self.program.roots) if plan.adjoints else {}
        self.swept = {root: self.program.swept(root) for root in roots}
        self._inputs()
        shared = Writer(self, self.before, plan.shared)
        each = Writer(self, self.each, plan.each)
        for i in dict.fromkeys(self.program.roots):
            if i in plan.varying:
                self.each.add(made(Move, True), (self.tile.place(i), self.array("value", i), 0))
        shared.phase = self.after
        for root in roots:
            self._sweep(root, shared, each)

    def new_node(self) -> int:
        """The number of a node that is not on the tape."""
        self.nodes += 1
        return self.nodes - 1

    def constant(self, x: float) -> int:
        """A node for a constant. (A dictionary would take the constant 2.0 for node 2.)"""
        bits = x.hex()
        if bits not in self.numbers:
            node = self.numbers[bits] = self.new_node()
            self.constants[node] = x
        return self.numbers[bits]

    def number(self, x: float) -> int:
        """Where a constant stands among the shared numbers."""
        return self.shared.place(self.constant(x))

    def array(self, *key: Any) -> int:
        """The number of an array."""
        return self.arrays.setdefault(key, len(self.arrays))

    def _inputs(self) -> None:
        for g, (group, rows) in enumerate(zip(self.program.inputs, self.plan.batched, strict=True)):
            for column, i in enumerate(group.members):
                if rows:
                    self.each.add(made(Move, False), (self.tile.place(i), self.array("input", g), column))
                else:
                    self.shared.place(i)

    def _sweep(self, root: int, shared: Writer, each: Writer) -> None:
        """The reverse sweep from one root: over each tile, then over what all samples share."""
        swept, varying = self.swept[root], self.plan.varying
        for group in self.program.wrt:
            for i in group.members:
                if i in swept and i not in varying:
                    self.shared.place(("adjoint", root, i))  # side by side
        if root in swept and root in varying:
            self.each.add(made(Fill, True), (self.tile.place(("adjoint", root)), self.number(1.0)))
        each.reverse(root, {root})
        for g, group in enumerate(self.program.wrt):
            for column, i in enumerate(group.members):
                if i in varying and i in swept:
                    place = self.tile.place(("adjoint", i))
                    self.each.add(made(Move, True), (place, self.array("adjoint", root, g), column))
        begun = set()
        for i in sorted(swept - varying):
            if ("adjoint", root, i) in self.sums.places:
                begun.add(i)
                key = ("adjoint", root, i)
                self.after.add(made(Collect, self.shape.lanes), (self.sums.places[key], self.shared.place(key)))
        if root in swept and root not in varying:
            begun.add(root)
            self.after.add(made(Fill), (self.shared.place(("adjoint", root, root)), self.samples))
        shared.reverse(root, begun)


class Task(NamedTuple):
    """An instruction on nodes alone: constants and copies of what is shared have numbers too."""

    node: int
    rule: Rule
    arguments: tuple[int, ...]

    @property
    def length(self) -> int:
        """The number of elements in each list argument."""
        return self.rule.length(len(self.arguments))

    def formula_of(self, position: int) -> int:
        """Which of the rule's local derivatives belongs to an argument."""
        return self.rule.argument_at(len(self.arguments), position)[0]


class Writer:
    """Rows for instructions: forward when it is made, and in reverse for a root."""

    def __init__(self, layout: Layout, phase: Phase, instructions: Sequence[Instruction]) -> None:
        self.layout, self.phase, self.alone = layout, phase, phase is layout.before
        self.varying = set(layout.plan.varying)
        self.copies: dict[int, int] = {}  # what is shared, and the node that repeats it for all samples
        self.wanted = frozenset[int]().union(*layout.swept.values())
        self.partials: dict[tuple[int, int], Operand] = {}
        self.forwards: dict[Any, Forward] = {}
        self.runs: list[Sequence[Task | Block]] = []
        tasks = [self._arranged(i) for i in instructions]
        self.activations: dict[int, Task] = {}  # by the affine node they are applied to in one go
        self.activations |= self._activations(tasks)
        fused = {task.node: neuron for neuron, task in self.activations.items()}
        for kernel, run in _runs([task for task in tasks if task.node not in fused], self._kernel, fused):
            self.runs.append(self._blocks(run) if isinstance(kernel, Dense) else run)
            for item in self.runs[-1]:
                self._forward(kernel, item)

    # Where things are ------------------------------------------------------------------------------------------------

    def operand(self, x: int) -> Operand:
        layout = self.layout
        if self.alone:
            return "V", layout.shared.place(x)
        return ("V", layout.tile.place(x)) if x in self.varying else ("S", layout.shared.place(x))

    def adjoint(self, root: int, x: int) -> Operand:
        layout = self.layout
        if self.alone:
            return "V", layout.shared.place(("adjoint", root, x))
        return ("V", layout.tile.place(("adjoint", x))) if x in self.varying else ("S", layout.sums.place(("adjoint", root, x)))

    def _arranged(self, instruction: Instruction) -> Task:
        """The instruction on nodes alone, and with each list made of what varies or of what is shared, not of both."""
        constant = self.layout.constant
        arguments = [x if isinstance(x, int) else constant(x) for x in instruction.arguments]
        lists = 0 if self.alone else instruction.rule.lists
        for k in range(lists):
            n = instruction.length
            part = arguments[k * n : (k + 1) * n]
            if len({x in self.varying for x in part}) > 1:
                arguments[k * n : (k + 1) * n] = [x if x in self.varying else self._copy(x) for x in part]
        return Task(instruction.node, instruction.rule, tuple(arguments))

    def _copy(self, x: int) -> int:
        if x not in self.copies:
            copy = self.copies[x] = self.layout.new_node()
            self.phase.add(made(Fill), (self.layout.tile.place(copy), self.operand(x)[1]))
            self.varying.add(copy)
            if x in self.wanted:
                self.wanted |= {copy}
        return self.copies[x]

    # Forward ---------------------------------------------------------------------------------------------------------

    def _activations(self, tasks: Sequence[Task]) -> dict[int, Task]:
        """The short functions of one argument, such as relu, that alone use an affine node: they go with its kernel."""
        uses = Counter(x for task in tasks for x in task.arguments)
        uses.update(self.layout.program.roots)
        neurons = {task.node for task in tasks if task.rule is AFFINE and isinstance(self._kernel(task), Dense)}
        return {
            task.arguments[0]: task
            for task in tasks
            if not self.alone
            and len(task.arguments) == 1
            and not task.rule.lists
            and task.arguments[0] in neurons
            and uses[task.arguments[0]] == 1
            and vectors.short(vectors.prepared(task.rule.value))
            and vectors.short(tree := vectors.partial(task.rule, 0, ()))
            and vectors.mentioned(task.rule, tree) == ["x"]
        }

    def _kernel(self, instruction: Task) -> Any:
        """What instructions of one run have in common."""
        rule, arguments = instruction.rule, instruction.arguments
        if rule.lists:
            kinds = "".join([self.operand(x)[0] for x in self._heads(instruction)])
            if rule is AFFINE and (self.alone or {kinds[0], kinds[1]} == {"S", "V"}):
                activation = self.activations.get(instruction.node)
                return made(Dense, 1, kinds[2], *((activation.rule, instruction.node in self.wanted) if activation else ()))
            stored = [k for k in range(rule.lists) if self._stored(instruction, k)]
            return made(ForwardLists, rule, kinds, tuple(stored))
        constants = self._constants(instruction)
        operands = arguments[:1] if constants else arguments
        kinds = "V" * len(operands) if self.alone else "".join([self.operand(x)[0] for x in operands])
        key = rule, kinds, constants, *[x in self.wanted for x in arguments]
        if key not in self.forwards:
            stored = [k for k in range(len(arguments)) if self._stored(instruction, k)]
            self.forwards[key] = made(Forward, rule, kinds, tuple(stored), constants)
        return self.forwards[key]

    def _constants(self, instruction: Task) -> tuple[float | None, ...]:
        """The arguments that are part of the kernel, not of the table: the exponents that need no logarithm."""
        if instruction.rule.name != "pow":
            return ()
        exponent = self.layout.constants.get(instruction.arguments[1])
        return (None, exponent) if exponent in vectors.POWERS else ()

    def _heads(self, instruction: Task) -> list[int]:
        """The first element of each list, and the scalars."""
        rule, n = instruction.rule, instruction.length
        return [*instruction.arguments[: rule.lists * n : n], *instruction.arguments[rule.lists * n :]]

    def _stored(self, instruction: Task, k: int) -> bool:
        """Whether the rule's k-th local derivative must be written down: it is wanted, long, and no quantity at hand."""
        lists, n = instruction.rule.lists, instruction.length if instruction.rule.lists else 1
        own = instruction.arguments[k * n : (k + 1) * n]
        if self.wanted.isdisjoint(own):
            return False
        tree = vectors.partial(instruction.rule, k, self._constants(instruction))
        return not isinstance(tree, (Argument, Constant)) and (lists > 0 or not vectors.short(tree))

    def _blocks(self, run: Sequence[Task]) -> list[Block]:
        """Affine nodes by their inputs, so many at a time as the registers hold."""
        by_inputs: dict[tuple[int, ...], list[Task]] = {}
        for instruction in run:
            by_inputs.setdefault(self._inputs_of(instruction), []).append(instruction)
        blocks = []
        for inputs, neurons in by_inputs.items():
            while neurons:
                size = next(size for size in (4, 2, 1) if size <= min(len(neurons), self.phase.shape.block))
                blocks.append(Block(inputs, neurons[:size], [self._weights_of(neuron) for neuron in neurons[:size]]))
                neurons = neurons[size:]
        return blocks

    def _inputs_of(self, affine: Task) -> tuple[int, ...]:
        n = affine.length
        swapped = not self.alone and self.operand(affine.arguments[0])[0] == "V"
        return affine.arguments[:n] if swapped else affine.arguments[n : 2 * n]

    def _weights_of(self, affine: Task) -> tuple[int, ...]:
        n = affine.length
        swapped = not self.alone and self.operand(affine.arguments[0])[0] == "V"
        return affine.arguments[n : 2 * n] if swapped else affine.arguments[:n]

    def _forward(self, kernel: Any, item: Task | Block) -> None:
        if isinstance(item, Block):
            row = [len(item.inputs), *(self.operand(neuron.arguments[-1])[1] for neuron in item.neurons)]
            if kernel.keep:
                row += [self.operand(neuron.node)[1] for neuron in item.neurons]
            if kernel.activation is not None:
                row += [self.operand(self.activations[neuron.node].node)[1] for neuron in item.neurons]
            for x, *weights in zip(item.inputs, *item.weights, strict=True):
                row += [self.operand(x)[1], *(self.operand(w)[1] for w in weights)]
            self.phase.add(made(Dense, len(item.neurons), kernel.bias, kernel.activation, kernel.keep), row)
            return
        place = self.operand(item.node)[1]
        if isinstance(kernel, Forward):
            operands = item.arguments[:1] if kernel.constants else item.arguments
            stored = [self._partial_place(item, k) for k in kernel.stored]
            self.phase.add(kernel, [place, *stored, *[self.operand(x)[1] for x in operands]])
            return
        n, lists = item.length, item.rule.lists
        row = [n, place, *(self.operand(x)[1] for x in item.arguments[lists * n :])]
        for i in range(n):
            row += [self.operand(item.arguments[k * n + i])[1] for k in range(lists)]
            row += [self._partial_place(item, k * n + i) for k in kernel.stored]
        self.phase.add(kernel, row)

    def _partial_place(self, instruction: Task, position: int) -> int:
        memory = self.layout.shared if self.alone else self.layout.tile
        place = memory.place(("partial", instruction.node, position))
        self.partials[instruction.node, position] = "V", place
        return place

    # Reverse ---------------------------------------------------------------------------------------------------------

    def reverse(self, root: int, begun: set[int]) -> None:
        """Rows for the sweep from a root. `begun` are the nodes whose adjoints have a contribution already."""
        self.root, self.begun = root, begun
        self.swept = self.layout.swept[root] | {copy for x, copy in self.copies.items() if x in self.layout.swept[root]}
        for run in reversed(self.runs):
            inside = {item.node for item in run if isinstance(item, Task)}
            later: list[tuple[Task, int]] = []
            for item in reversed(run):
                if isinstance(item, Block):
                    later += self._block_reverse(item)
                elif item.node in self.swept:
                    for position, x in enumerate(item.arguments):
                        if x in self.swept:
                            if x in inside:  # its own turn comes in this run
                                self.phase.add(*self._edge(item, position))
                            else:
                                later.append((item, position))
            self._edges(later)
        for x, copy in self.copies.items():
            if copy in self.swept and copy in self.begun:
                self.phase.add(made(Reverse, "+", "S"), (self.adjoint(root, copy)[1], self.adjoint(root, x)[1]))

    def _edges(self, edges: Iterable[tuple[Task, int]]) -> None:
        """Edges whose order does not matter, a run for each kernel; those that begin an adjoint come first."""
        by_kernel: dict[int, tuple[Reverse, list[Row]]] = {}
        for edge in edges:
            kernel, row = self._edge(*edge)
            by_kernel.setdefault(id(kernel), (kernel, []))[1].append(row)
        for kernel, rows in sorted(by_kernel.values(), key=lambda item: not item[0].first):
            for row in rows:
                self.phase.add(kernel, row)

    def _edge(self, instruction: Task, position: int) -> tuple[Reverse, Row]:
        x = instruction.arguments[position]
        target, place = self.adjoint(self.root, x)
        first = target == "V" and x not in self.begun
        self.begun.add(x)
        row = [self.adjoint(self.root, instruction.node)[1], place]
        kind, partial = self._partial(instruction, position)
        if kind != "=":
            return made(Reverse, kind, target, first), (row if kind in "+-" else [*row, partial])
        rule, k, constants = (
            instruction.rule,
            instruction.formula_of(position),
            self._constants(instruction),
        )
        values = dict(zip((*rule.arguments, "v"), (*instruction.arguments, instruction.node), strict=True))
        sources = [self.operand(values[name]) for name in vectors.mentioned(rule, vectors.partial(rule, k, constants))]
        kinds = "".join(kind for kind, _ in sources)
        return made(Reverse, "=", target, first, rule, k, kinds, constants), [*row, *(place for _, place in sources)]

    def _partial(self, instruction: Task, position: int) -> Operand:
        """Where the local derivative by an argument stands; or that it is 1, -1 or a short formula."""
        if (instruction.node, position) in self.partials:
            return self.partials[instruction.node, position]
        rule, k = instruction.rule, instruction.formula_of(position)
        tree = vectors.partial(rule, k, self._constants(instruction))
        if isinstance(tree, Constant):
            number = self.layout.constant(tree.value)
            return ("+", 0) if tree.value == 1 else ("-", 0) if tree.value == -1 else self.operand(number)
        if not isinstance(tree, Argument):
            return "=", 0
        if tree.name == "v":
            return self.operand(instruction.node)
        other = rule.arguments.index(tree.name)
        if rule.lists:
            n = instruction.length
            other = other * n + position % n if other < rule.lists else rule.lists * n + other - rule.lists
        return self.operand(instruction.arguments[other])

    def _block_reverse(self, block: Block) -> list[tuple[Task, int]]:
        """A block of neurons at once, where all of them hand adjoints on to the same things; the edges left to do."""
        swept = self.swept
        neurons = [neuron for neuron in block.neurons if neuron.node in swept]
        inputs, weights = {x in swept for x in block.inputs}, {w in swept for row in block.weights for w in row}
        biases = [neuron.arguments[-1] for neuron in block.neurons]
        with_biases = all(b in swept and (self.alone or b not in self.varying) for b in biases)
        without = not with_biases and not swept.isdisjoint(biases)
        together = len(neurons) == len(block.neurons) and len(inputs) == len(weights) == 1 and {True} in (inputs, weights)
        activations = [self.activations[neuron.node] for neuron in neurons if neuron.node in self.activations]
        if activations and (not together or without):  # the neurons' own adjoints are needed
            self._edges((task, 0) for task in activations)
            activations = []
        edges = [(neuron, position) for neuron in neurons for position, x in enumerate(neuron.arguments) if x in swept]
        if not together:
            return edges
        mode = ""
        if inputs == {True}:
            once = set(block.inputs)
            fresh = len(once) == len(block.inputs) and once.isdisjoint(self.begun)
            fresh = fresh and once.isdisjoint(biases) and all(map(once.isdisjoint, block.weights))
            mode = "first" if fresh else "add"
            self._begin(block.inputs, not fresh)
        if self.alone:  # sums begin at 0, and these are none
            self._begin([w for row in block.weights for w in row] if weights == {True} else [], True)
            self._begin(biases if with_biases else [], True)
        row = [len(block.inputs), *(self.adjoint(self.root, task.node)[1] for task in activations or neurons)]
        row += [self.operand(neuron.node)[1] for neuron in neurons if activations]
        row += [self.adjoint(self.root, b)[1] for b in biases if with_biases]
        for x, *own in zip(block.inputs, *block.weights, strict=True):
            row += [self.operand(x)[1]] * (weights == {True})
            if mode:
                row += [*(self.operand(w)[1] for w in own), self.adjoint(self.root, x)[1]]
            if weights == {True}:
                row += [self.adjoint(self.root, w)[1] for w in own]
        rule = activations[0].rule if activations else None
        self.phase.add(made(DenseReverse, len(neurons), mode, weights == {True}, with_biases, rule), row)
        return [(neuron, position) for neuron, position in edges if without and position == len(neuron.arguments) - 1]

    def _begin(self, nodes: Iterable[int], fill: bool) -> None:
        """Notes that adjoints begin here; with `fill` they begin as 0."""
        for x in dict.fromkeys(nodes):
            if fill and x not in self.begun:
                self.phase.add(made(Fill), (self.adjoint(self.root, x)[1], self.layout.number(0.0)))
            self.begun.add(x)


class Block:
    """Affine nodes of the same inputs."""

    def __init__(self, inputs: Sequence[int], neurons: Sequence[Task], weights: Sequence[Sequence[int]]) -> None:
        self.inputs, self.neurons, self.weights = inputs, neurons, weights


def _runs(
    instructions: Sequence[Task], kernel_of: Callable[[Task], Any], also: Mapping[int, int]
) -> Iterable[tuple[Any, list[Task]]]:
    """The instructions in an order that keeps those of one kernel together, as runs: (kernel, instructions).

    What stands in a run may use what stands before it there, but not in a run of operations on lists. `also` has nodes that
    are made together with another.
    """
    made = {instruction.node: number for number, instruction in enumerate(instructions)}
    made |= {node: made[other] for node, other in also.items()}
    waiting = []
    consumers: list[list[int]] = [[] for _ in instructions]
    for number, instruction in enumerate(instructions):
        before = {made[x] for x in instruction.arguments if x in made}
        waiting.append(len(before))
        for i in before:
            consumers[i].append(number)
    kinds = [kernel_of(instruction) for instruction in instructions]
    ready: dict[Any, deque[int]] = {}
    for number, count in enumerate(waiting):
        if not count:
            ready.setdefault(kinds[number], deque()).append(number)
    while ready:
        kind = max(ready, key=lambda kind: len(ready[kind]))
        queue = ready.pop(kind)
        run = []
        lists = not isinstance(kind, Forward)
        if not lists:
            ready[kind] = queue  # what becomes ready joins in
        while queue:
            number = queue.popleft()
            run.append(instructions[number])
            for i in consumers[number]:
                waiting[i] -= 1
                if not waiting[i]:
                    ready.setdefault(kinds[i], deque()).append(i)
        if not lists:
            del ready[kind]
        yield kind, run
