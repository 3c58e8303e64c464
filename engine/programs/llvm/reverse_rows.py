"""The rows of the reverse sweep: adjoints from the nodes of a part to their arguments, one edge or one block at a time."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto
from typing import NamedTuple

from chalkgrad.engine.formulas.trees import Argument, Constant
from chalkgrad.engine.programs.llvm import vectors
from chalkgrad.engine.programs.llvm.forward_rows import ForwardPart
from chalkgrad.engine.programs.llvm.kernels import DenseReverse, Fill, Reverse
from chalkgrad.engine.programs.llvm.places import Operand, Phase, Row, interned
from chalkgrad.engine.programs.llvm.runs import Block, Operation

Edge = tuple[Operation, int]  # the edge from a operation's node to its argument in that position


class ReverseRows:
    """The sweep from one root through a part, written into a phase when `write` is called.

    Args:
        part: the part, whose forward rows are written already
        phase: where the rows go
        root: the node that the adjoints are of
        swept: the nodes that get an adjoint
        begun: the nodes whose adjoints have a contribution already; others are added in the course of the sweep
    """

    def __init__(self, part: ForwardPart, phase: Phase, root: int, swept: Iterable[int], begun: set[int]) -> None:
        self.part, self.phase, self.root, self.begun = part, phase, root, begun
        self.swept = {*swept}
        self.swept |= {copy for x, copy in part.copies.items() if x in self.swept}

    def place(self, x: int) -> int:
        """Returns the offset of a node's adjoint."""
        return self.part.adjoint(self.root, x)[1]

    def write(self) -> None:
        for run in reversed(self.part.runs):
            inside = {item.node for item in run if isinstance(item, Operation)}
            later: list[Edge] = []
            for item in reversed(run):
                if isinstance(item, Block):
                    later += case_of(self, item).write()
                elif item.node in self.swept:
                    for position, x in enumerate(item.arguments):
                        if x in inside and x in self.swept:  # its own edges come later in this run, so it is needed now
                            self.phase.add(*self._edge(item, position))
                        elif x in self.swept:
                            later.append((item, position))
            self.write_edges(later)
        for x, copy in self.part.copies.items():
            if copy in self.swept and copy in self.begun:
                self.phase.add(interned(Reverse, "+", "S"), (self.place(copy), self.place(x)))

    def edges_of(self, operation: Operation) -> list[Edge]:
        """Returns the edges along which a operation hands an adjoint on."""
        return [(operation, position) for position, x in enumerate(operation.arguments) if x in self.swept]

    def write_edges(self, edges: Iterable[Edge]) -> None:
        """Writes edges whose order does not matter, kernel by kernel; those that begin an adjoint come first."""
        by_kernel: dict[int, tuple[Reverse, list[Row]]] = {}
        for edge in edges:
            kernel, row = self._edge(*edge)
            by_kernel.setdefault(id(kernel), (kernel, []))[1].append(row)
        for kernel, rows in sorted(by_kernel.values(), key=lambda item: not item[0].first):
            for row in rows:
                self.phase.add(kernel, row)

    def begin(self, nodes: Iterable[int], fill: bool) -> None:
        """Notes that the adjoints of nodes begin here; with `fill` they begin as 0."""
        for x in dict.fromkeys(nodes):
            if fill and x not in self.begun:
                self.phase.add(interned(Fill), (self.place(x), self.part.places.number(0.0)))
            self.begun.add(x)

    def _edge(self, operation: Operation, position: int) -> tuple[Reverse, Row]:
        part, x = self.part, operation.arguments[position]
        target, place = part.adjoint(self.root, x)
        first = target == "V" and x not in self.begun  # a sum begins as 0, so there everything is added
        self.begun.add(x)
        row = [self.place(operation.node), place]
        kind, partial = self._partial(operation, position)
        if kind != "=":
            return interned(Reverse, kind, target, first), (row if kind in "+-" else [*row, partial])
        rule, k, constants = operation.rule, operation.formula_of(position), part.constants(operation)
        nodes = dict(zip((*rule.arguments, "v"), (*operation.arguments, operation.node), strict=True))
        sources = [part.operand(nodes[name]) for name in vectors.mentioned(rule, vectors.partial(rule, k, constants))]
        kinds = "".join(kind for kind, _ in sources)
        return interned(Reverse, "=", target, first, rule, k, kinds, constants), [*row, *(place for _, place in sources)]

    def _partial(self, operation: Operation, position: int) -> Operand:
        """Returns where a local derivative stands; ("+", 0) for 1, ("-", 0) for -1, ("=", 0) for a short formula."""
        part = self.part
        if (operation.node, position) in part.partials:
            return part.partials[operation.node, position]
        rule, k = operation.rule, operation.formula_of(position)
        tree = vectors.partial(rule, k, part.constants(operation))
        if isinstance(tree, Constant):
            number = part.places.constant(tree.value)
            return ("+", 0) if tree.value == 1 else ("-", 0) if tree.value == -1 else part.operand(number)
        if not isinstance(tree, Argument):
            return "=", 0
        if tree.name == "v":
            return part.operand(operation.node)
        other = rule.arguments.index(tree.name)
        if rule.lists:
            n = operation.length
            other = other * n + position % n if other < rule.lists else rule.lists * n + other - rule.lists
        return part.operand(operation.arguments[other])


# Blocks of neurons -----------------------------------------------------------------------------------------------------


class Share(Enum):
    """How many of some nodes want an adjoint."""

    NONE = auto()
    SOME = auto()
    ALL = auto()


def share(wanted: Iterable[bool]) -> Share:
    """Returns how many of the answers are yes.

    >>> share([True, True]), share([True, False])
    (<Share.ALL: 3>, <Share.SOME: 2>)
    """
    found = set(wanted)
    return Share.SOME if len(found) != 1 else Share.ALL if found == {True} else Share.NONE


class Wanted(NamedTuple):
    """Which adjoints a sweep wants around a block of neurons."""

    neurons: Share
    inputs: Share
    weights: Share
    biases: Share  # SOME, too, where all do and one of them varies: DenseReverse adds a bias's adjoints up in a sum

    @property
    def together(self) -> bool:
        """Whether one row of DenseReverse hands on the adjoints of all neurons.

        The kernel goes through the inputs, and does the same for each neuron: it adds to the adjoint of the input, to that
        of the weight, or to both. Biases alone do not make it worth while.
        """
        both = {self.inputs, self.weights}
        return self.neurons is Share.ALL and Share.ALL in both and Share.SOME not in both


class Case:
    """A block in a sweep: which rows hand its adjoints on."""

    def __init__(self, sweep: ReverseRows, block: Block, wanted: Wanted) -> None:
        self.sweep, self.block, self.wanted = sweep, block, wanted
        self.neurons = [neuron for neuron in block.neurons if neuron.node in sweep.swept]
        activations = sweep.part.activations
        self.activations = [activations[neuron.node] for neuron in self.neurons if neuron.node in activations]

    def write(self) -> list[Edge]:
        """Writes rows of the block; returns the edges left to do, each in a row of its own."""
        raise NotImplementedError

    def separate_activations(self) -> None:
        """Takes the adjoints through the activations first, because what follows reads those of the neurons' sums."""
        self.sweep.write_edges((activation, 0) for activation in self.activations)
        self.activations = []


class EdgeByEdge(Case):
    """A block that is not swept as a whole, for instance if adjoints are wanted by one of the weights alone."""

    def write(self) -> list[Edge]:
        self.separate_activations()
        return [edge for neuron in self.neurons for edge in self.sweep.edges_of(neuron)]


class Together(Case):
    """A block swept by one row of DenseReverse; biases that it has no sums for are left to rows of their own."""

    def write(self) -> list[Edge]:
        biases_left = self.wanted.biases is Share.SOME
        if biases_left:
            self.separate_activations()
        mode = self._begin_inputs() if self.wanted.inputs is Share.ALL else ""
        if self.sweep.part.shares:
            self._begin_weights_and_biases()
        weights, biases = self.wanted.weights is Share.ALL, self.wanted.biases is Share.ALL
        rule = self.activations[0].rule if self.activations else None
        row = self._row()  # first, because it gives out places
        self.sweep.phase.add(interned(DenseReverse, len(self.neurons), mode, weights, biases, rule), row)
        return [(neuron, len(neuron.arguments) - 1) for neuron in self._with_bias_swept()] if biases_left else []

    def _with_bias_swept(self) -> list[Operation]:
        return [neuron for neuron in self.neurons if neuron.arguments[-1] in self.sweep.swept]

    def _begin_inputs(self) -> str:
        """Returns how the kernel writes the inputs' adjoints: "first" if they begin with this row, else "add"."""
        sweep, block = self.sweep, self.block
        nodes = set(block.inputs)
        biases = [neuron.arguments[-1] for neuron in block.neurons]
        # A node that has an adjoint already, or gets a second contribution in this very row, must be added to.
        begins = (
            len(nodes) == len(block.inputs)
            and nodes.isdisjoint(sweep.begun)
            and nodes.isdisjoint(biases)
            and all(map(nodes.isdisjoint, block.weights))
        )
        sweep.begin(block.inputs, fill=not begins)
        return "first" if begins else "add"

    def _begin_weights_and_biases(self) -> None:
        """Sets adjoints that the kernel adds to as if they were sums, and that nobody has set to 0, because they are not."""
        if self.wanted.weights is Share.ALL:
            self.sweep.begin((w for row in self.block.weights for w in row), fill=True)
        if self.wanted.biases is Share.ALL:
            self.sweep.begin((neuron.arguments[-1] for neuron in self.neurons), fill=True)

    def _row(self) -> list[int]:
        """The row as the docstring of DenseReverse has it."""
        adjoint, value, block = self.sweep.place, self.sweep.part.place, self.block
        row = [len(block.inputs), *(adjoint(operation.node) for operation in self.activations or self.neurons)]
        if self.activations:
            row += [value(neuron.node) for neuron in self.neurons]
        if self.wanted.biases is Share.ALL:
            row += [adjoint(neuron.arguments[-1]) for neuron in self.neurons]
        for x, *weights in zip(block.inputs, *block.weights, strict=True):
            if self.wanted.weights is Share.ALL:
                row.append(value(x))
            if self.wanted.inputs is Share.ALL:
                row += [*map(value, weights), adjoint(x)]
            if self.wanted.weights is Share.ALL:
                row += map(adjoint, weights)
        return row


def case_of(sweep: ReverseRows, block: Block) -> Case:
    """Returns how a block is swept."""
    swept, biases = sweep.swept, [neuron.arguments[-1] for neuron in block.neurons]
    if all(b in swept and sweep.part.has_sum(b) for b in biases):
        of_biases = Share.ALL
    else:
        of_biases = Share.NONE if swept.isdisjoint(biases) else Share.SOME
    wanted = Wanted(
        neurons=share(neuron.node in swept for neuron in block.neurons),
        inputs=share(x in swept for x in block.inputs),
        weights=share(w in swept for row in block.weights for w in row),
        biases=of_biases,
    )
    return (Together if wanted.together else EdgeByEdge)(sweep, block, wanted)
