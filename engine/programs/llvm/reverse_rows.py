"""The rows of the reverse sweep: adjoints from the nodes of a part to their arguments, one edge or one layer at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from chalkgrad.engine.formulas.trees import Argument, Constant
from chalkgrad.engine.programs.llvm import vectors
from chalkgrad.engine.programs.llvm.dense_rows import Product, padded, weight_rows
from chalkgrad.engine.programs.llvm.forward_rows import ForwardPart
from chalkgrad.engine.programs.llvm.kernels import CollectWeights, Fill, Kernel, Reverse
from chalkgrad.engine.programs.llvm.places import Operand, Phase, Row, interned, runs
from chalkgrad.engine.programs.llvm.runs import Layer, Operation
from chalkgrad.engine.rules import Rule

Edge = tuple[Operation, int]  # the edge from an operation's node to its argument in that position


class ReverseRows:
    """The sweep from one root through a part, written into a phase when `write` is called.

    Args:
        part: the part, whose forward rows are written already
        phase: where the rows go
        root: the node that the adjoints are of
        swept: the nodes that get an adjoint
        begun: the nodes whose adjoints have a contribution already; others are added in the course of the sweep

    Attributes:
        sums: where the adjoints of weights are summed: the place of the first, with the weights of each neuron, which may
            have its bias at the end
    """

    def __init__(self, part: ForwardPart, phase: Phase, root: int, swept: Iterable[int], begun: set[int]) -> None:
        self.part, self.phase, self.root, self.begun = part, phase, root, begun
        self.swept = {*swept}
        self.swept |= {copy for x, copy in part.copies.items() if x in self.swept}
        self.sums: dict[int, tuple[tuple[int, ...], ...]] = {}
        self._through: set[int] = set()  # activations whose adjoints were taken to their sums at once
        self._neurons = {activation.node: neuron for neuron, activation in part.activations.items()}

    def place(self, x: int) -> int:
        """Returns the offset of a node's adjoint."""
        return self.part.adjoint(self.root, x)[1]

    def write(self) -> None:
        for run in reversed(self.part.runs):
            inside = {item.node for item in run if isinstance(item, Operation)}
            later: list[Edge] = []
            self._write_layers([item for item in reversed(run) if isinstance(item, Layer)])
            for item in reversed(run):
                if isinstance(item, Operation) and item.node in self.swept:
                    for position, x in enumerate(item.arguments):
                        if x in inside and x in self.swept:  # its own edges come later in this run, so it is needed now
                            self.phase.add(*self._edge(item, position))
                        elif x in self.swept:
                            later.append((item, position))
            self.write_edges(later)
        for x, copy in self.part.copies.items():
            if copy in self.swept and copy in self.begun:
                self.phase.add(interned(Reverse, "+", "S"), (self.place(copy), self.place(x)))

    def write_edges(self, edges: Iterable[Edge]) -> None:
        """Writes edges whose order does not matter, kernel by kernel; those that begin an adjoint come first."""
        by_kernel: dict[int, tuple[Reverse, list[Row]]] = {}
        for edge in edges:
            kernel, row = self._edge(*edge)
            by_kernel.setdefault(id(kernel), (kernel, []))[1].append(row)
        for kernel, rows in sorted(by_kernel.values(), key=lambda item: not item[0].first):
            for row in rows:
                self.phase.add(kernel, row)

    # Layers ----------------------------------------------------------------------------------------------------------

    def _write_layers(self, layers: Iterable[Layer]) -> None:
        """Writes layers that do not depend on each other."""
        swept, part = self.swept, self.part
        found: list[Layer] = []
        for layer in layers:
            own = [i for i, neuron in enumerate(layer.neurons) if neuron.node in swept]
            if own:
                found.append(Layer(layer.inputs, [layer.neurons[i] for i in own], tuple([layer.weights[i] for i in own])))
        neurons = [neuron for layer in found for neuron in layer.neurons]
        activations = [part.activations[neuron.node] for neuron in neurons if neuron.node in part.activations]
        self.write_edges((activation, 0) for activation in activations if activation.node not in self._through)
        together = [self._has_room_for_biases(layer) for layer in found]
        alone = [neuron for layer, room in zip(found, together, strict=True) if not room for neuron in layer.neurons]
        self.write_edges((neuron, len(neuron.arguments) - 1) for neuron in alone if neuron.arguments[-1] in swept)
        self.phase.add_by_kernel(chain.from_iterable(map(self._to_weights, found, together)))
        if part.shares:
            self.collect_weights(4, threads=False)  # 4 at once suits every processor
        begins, adds = list[Product](), list[Product]()
        for layer in found:
            self._to_inputs(layer, begins, adds)
        for products in (begins, adds):
            self.phase.add_by_kernel(row for product in products for row in product.rows(self.phase.shape))

    def _has_room_for_biases(self, layer: Layer) -> bool:
        """Returns whether the biases' adjoints are summed beside those of the weights, for nothing, in a panel's last lanes."""
        biases = [neuron.arguments[-1] for neuron in layer.neurons]
        return (
            not self._is_alone(layer)
            and padded(len(layer.inputs), self.phase.shape) > len(layer.inputs)
            and not all(map(self.swept.isdisjoint, layer.weights))
            and all(b in self.swept and self.part.has_sum(b) for b in biases)
        )

    def _is_alone(self, layer: Layer) -> bool:
        """Returns whether a layer is one neuron, for which its inputs are not worth turning: weights are summed by lanes."""
        return len(layer.neurons) == 1 and not self.part.shares

    def _to_weights(self, layer: Layer, with_biases: bool) -> Iterator[tuple[Kernel, Row]]:
        """Yields the rows that sum the adjoints of a layer's weights, if any of them is wanted."""
        weights, inputs = layer.weights, list(map(self.part.place, layer.inputs))
        if all(map(self.swept.isdisjoint, weights)):
            return
        if self._is_alone(layer):
            adjoint = self.place(layer.neurons[0].node)
            for w, place in zip(weights[0], inputs, strict=True):
                if w in self.swept:
                    yield interned(Reverse, "V", "S"), (adjoint, self.part.adjoint(self.root, w)[1], place)
            return
        if with_biases:
            weights = tuple([(*row, neuron.arguments[-1]) for row, neuron in zip(weights, layer.neurons, strict=True)])
            inputs.append(self.part.one())
        shape = self.phase.shape
        area = self.part.places.shared if self.part.shares else self.part.places.sums
        sums = area.range(weights, ("weights", self.root), len(weights) * padded(len(inputs), shape))
        self.sums[sums] = weights
        yield from weight_rows([self.place(neuron.node) for neuron in layer.neurons], inputs, sums, shape)

    def _to_inputs(self, layer: Layer, begins: list[Product], adds: list[Product]) -> None:
        """Appends the products that hand adjoints on to a layer's inputs: those that begin one, and those that add to it."""
        wanted = [k for k, x in enumerate(layer.inputs) if x in self.swept]
        if not wanted:
            return
        first = {layer.inputs[k]: k for k in reversed(wanted)}  # the first of equal inputs; the others add to its adjoint
        again = [k for k in wanted if first[layer.inputs[k]] != k]
        if self.begun.isdisjoint(first):
            by_rule: dict[Rule | None, list[int]] = {}
            for x, k in sorted(first.items(), key=lambda item: item[1]):
                by_rule.setdefault(self._taken_through(x, layer), []).append(k)
            begins += [self._product(layer, own, rule=rule) for rule, own in by_rule.items()]
            self.begun |= first.keys()
        else:
            for x in [x for x in first if x not in self.begun]:
                self.phase.add(interned(Fill), (self.place(x), self.part.places.number(0.0)))
            self.begun |= first.keys()
            adds.append(self._product(layer, sorted(first.values()), "V"))
        adds += [self._product(layer, [k], "V") for k in again]  # one by one, because a block must not add to a place twice

    def _taken_through(self, x: int, layer: Layer) -> Rule | None:
        """Returns the activation that made an input, if the input's adjoint can be taken through it at once.

        That is so if nothing but this layer uses the input, and so the adjoint has this one contribution.
        """
        part = self.part
        if x not in self._neurons or part.uses[x] != len(layer.neurons):
            return None
        self._through.add(x)
        self.begun.add(self._neurons[x])
        return part.activations[self._neurons[x]].rule

    def _product(self, layer: Layer, columns: Sequence[int], area: str = "", rule: Rule | None = None) -> Product:
        weights = self.part.matrix(layer.weights)
        inputs = [layer.inputs[k] for k in columns]
        adjoints = [self.place(self._neurons[x] if rule else x) for x in inputs]
        if list(columns) != list(range(columns[0], columns[0] + len(columns))):
            weights = self.part.matrix(tuple([tuple([row[k] for k in columns]) for row in layer.weights]))
        else:
            weights = weights._replace(place=weights.place + columns[0] * weights.column)
        return Product(
            weights.transposed,
            [self.place(neuron.node) for neuron in layer.neurons],
            adjoints,
            adjoints if area else (),
            area,
            rule,
            [self.part.place(self._neurons[x]) for x in inputs] if rule else (),
            slope=rule is not None,
        )

    def collect_weights(self, lanes: int, threads: bool, phase: Phase | None = None) -> None:
        """Adds the sums of layers' weights to the weights' adjoints; what is side by side in one row."""
        phase = phase or self.phase
        for sums, weights in self.sums.items():
            step = padded(len(weights[0]), self.phase.shape)
            for i, row in enumerate(weights):
                for first, nodes in self._side_by_side(row):
                    add = not self.begun.isdisjoint(nodes)
                    for x in [x for x in nodes if x not in self.begun] if add else ():
                        phase.add(interned(Fill), (self._shared_adjoint(x), self.part.places.number(0.0)))
                    self.begun.update(nodes)
                    kernel = interned(CollectWeights, lanes, add, threads)
                    phase.add(kernel, (len(nodes), sums + i * step + first, self._shared_adjoint(nodes[0])))
        self.sums = {}

    def _shared_adjoint(self, x: int) -> int:
        return self.part.places.shared.place(x, ("adjoint", self.root))

    def _side_by_side(self, weights: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
        """Yields the weights that want an adjoint, and the first's position: all whose adjoints are side by side."""
        if self.swept.issuperset(weights):
            places = self.part.places.shared.places(weights, ("adjoint", self.root))
            if places == list(range(places[0], places[0] + len(places))):
                yield 0, weights
                return
        places = [self._shared_adjoint(x) if x in self.swept else -1 for x in weights]
        yield from [(first, weights[first:end]) for first, end in runs(places, 1) if places[first] >= 0]

    # Edges -----------------------------------------------------------------------------------------------------------

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
        count = len(operation.arguments)
        _, element = rule.argument_at(count, position)
        return part.operand(operation.arguments[rule.position_of(count, rule.arguments.index(tree.name), element)])
