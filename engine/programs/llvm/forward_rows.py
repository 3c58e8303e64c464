"""The rows of the forward sweep: of what all samples share, which is computed once, and of what varies, for each tile.

Each kind is a ForwardPart: it knows where its values and adjoints stand, which kernel computes an operation, and what its
row is. The reverse sweep (reverse_rows.py) asks it for the same places.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import ClassVar, cast

from chalkgrad.engine.formulas.trees import Argument, Constant
from chalkgrad.engine.programs.llvm import vectors
from chalkgrad.engine.programs.llvm.dense_rows import Matrix, Product, matrix
from chalkgrad.engine.programs.llvm.kernels import Dense, Fill, Forward, ForwardLists, Kernel
from chalkgrad.engine.programs.llvm.places import Area, Operand, Phase, Places, interned
from chalkgrad.engine.programs.llvm.runs import Layer, Operation, in_runs
from chalkgrad.engine.programs.program import Batching, Instruction
from chalkgrad.engine.rules import RULES

AFFINE = RULES["affine"]


class ForwardPart:
    """Instructions as rows of kernels, which are added to the phase when the part is made.

    Attributes:
        runs: the operations and layers, in the order in which they are computed
        partials: where local derivatives were stored, by node and position of the argument
        copies: for shared values that stand in a list beside varying ones, the node that repeats each for every sample
        activations: for neurons, the function that is applied to each in the same row, such as relu
        uses: how often each node is an argument here, or a root
        wanted: the nodes that get an adjoint in some sweep
        before: the phase in which shared numbers can be copied once
    """

    shares: ClassVar[bool]  # whether all samples share what is computed here

    def __init__(
        self,
        places: Places,
        phase: Phase,
        before: Phase,
        batching: Batching,
        instructions: Sequence[Instruction],
        wanted: Iterable[int],
    ) -> None:
        self.places, self.phase, self.before = places, phase, before
        self.varying, self.wanted = set(batching.varying), set(wanted)
        self.copies: dict[int, int] = {}
        self.partials: dict[tuple[int, int], Operand] = {}
        self.activations: dict[int, Operation] = {}
        self.runs: list[Sequence[Operation | Layer]] = []
        self._matrices: dict[tuple[tuple[int, ...], ...], Matrix] = {}
        self._forwards: dict[object, Forward] = {}
        operations = [self._operation(instruction) for instruction in instructions]
        self.uses = Counter(chain.from_iterable([operation.arguments for operation in operations]))
        self.uses.update(batching.program.roots)
        self.activations = self._activations(operations)
        neurons = {activation.node: neuron for neuron, activation in self.activations.items()}
        alone = [operation for operation in operations if operation.node not in neurons]
        for kernel, run in in_runs(alone, self._kernel, neurons):
            if isinstance(kernel, Dense):
                layers = self._layers(run)
                self.runs.append(layers)
                self.phase.add_by_kernel(row for layer in layers for row in self._product(kernel, layer).rows(phase.shape))
            else:
                self.runs.append(run)
                for operation in run:
                    self._add_operation(kernel, operation)

    # Where things stand ----------------------------------------------------------------------------------------------

    @property
    def area(self) -> Area:
        """The area of what is computed here."""
        raise NotImplementedError

    def operand(self, x: int) -> Operand:
        """Returns where the value of a node stands, as seen from here."""
        raise NotImplementedError

    def adjoint(self, root: int, x: int) -> Operand:
        """Returns where the adjoint of a node stands in the sweep from a root; "S" is a place among the sums."""
        raise NotImplementedError

    def place(self, x: int) -> int:
        """Returns the offset of a node's value."""
        return self.operand(x)[1]

    def has_sum(self, x: int) -> bool:
        """Returns whether contributions to the adjoint of a node may be added up in its own place, for all samples in one."""
        raise NotImplementedError

    def one(self) -> int:
        """Returns the offset of a 1 for each sample."""
        raise NotImplementedError

    # Operations -----------------------------------------------------------------------------------------------------------

    def _operation(self, instruction: Instruction) -> Operation:
        constant, arguments = self.places.constant, instruction.arguments
        # An int is the number of a node, also where a constant equals it: 2.0 == 2.
        if float in set(map(type, arguments)):
            arguments = tuple([x if isinstance(x, int) else constant(x) for x in arguments])
        return Operation(instruction.node, instruction.rule, self._arranged(instruction, cast("tuple[int, ...]", arguments)))

    def _arranged(self, instruction: Instruction, arguments: tuple[int, ...]) -> tuple[int, ...]:
        """Returns the arguments in a form in which each list stands in one area."""
        return arguments

    def constants(self, operation: Operation) -> tuple[float | None, ...]:
        """Returns the arguments that are part of the kernel, not of its table: exponents that need no logarithm."""
        if operation.rule.name != "pow":
            return ()
        exponent = self.places.constants.get(operation.arguments[1])
        return (None, exponent) if exponent in vectors.POWERS else ()

    # Which kernel ----------------------------------------------------------------------------------------------------

    def _activations(self, operations: Sequence[Operation]) -> dict[int, Operation]:
        """Returns the functions that are computed in their neuron's row, by the neuron's node."""
        affine = [operation for operation in operations if operation.rule is AFFINE]
        neurons = {operation.node for operation in affine if isinstance(self._kernel(operation), Dense)}
        return {
            operation.arguments[0]: operation
            for operation in operations
            if len(operation.arguments) == 1
            and not operation.rule.lists
            and operation.arguments[0] in neurons
            and self.uses[operation.arguments[0]] == 1
            and self._goes_with_neuron(operation)
        }

    def _goes_with_neuron(self, operation: Operation) -> bool:
        """Returns whether a function that alone uses a neuron is computed in the neuron's row."""
        raise NotImplementedError

    def _kernel(self, operation: Operation) -> Kernel:
        """Returns the kernel of an operation: for a neuron that of a block of one."""
        return self._kernel_on_lists(operation) if operation.rule.lists else self._kernel_on_numbers(operation)

    def _kernel_on_lists(self, operation: Operation) -> Kernel:
        rule, n = operation.rule, operation.length
        # All elements of a list stand in one area, so the first says where.
        heads = [*operation.arguments[: rule.lists * n : n], *operation.arguments[rule.lists * n :]]
        kinds = "".join([self.operand(x)[0] for x in heads])
        if rule is AFFINE and self._is_dense(kinds):
            activation = self.activations.get(operation.node)
            fused = (activation.rule, operation.node in self.wanted) if activation else ()
            kernel: Kernel = interned(Dense, 1, kinds[2], *fused)
        else:
            stored = [k for k in range(rule.lists) if self._stored(operation, k)]
            kernel = interned(ForwardLists, rule, kinds, tuple(stored))
        return kernel

    def _is_dense(self, kinds: str) -> bool:
        """Returns whether an affine node with lists of these kinds is a neuron: weights that are shared, inputs that vary."""
        raise NotImplementedError

    def _kernel_on_numbers(self, operation: Operation) -> Forward:
        rule, arguments, constants = operation.rule, operation.arguments, self.constants(operation)
        kinds = self._kinds(arguments[:1] if constants else arguments)
        key = rule, kinds, constants, *[x in self.wanted for x in arguments]
        if key not in self._forwards:
            stored = [k for k in range(len(arguments)) if self._stored(operation, k)]
            self._forwards[key] = interned(Forward, rule, kinds, tuple(stored), constants)
        return self._forwards[key]

    def _kinds(self, arguments: Sequence[int]) -> str:
        return "".join([self.operand(x)[0] for x in arguments])

    def _stored(self, operation: Operation, k: int) -> bool:
        """Returns whether the rule's k-th local derivative is stored: if it is wanted, long, and not a value at hand."""
        lists, n = operation.rule.lists, operation.length if operation.rule.lists else 1
        own = operation.arguments[k * n : (k + 1) * n]
        if self.wanted.isdisjoint(own):
            return False
        tree = vectors.partial(operation.rule, k, self.constants(operation))
        return not isinstance(tree, (Argument, Constant)) and (lists > 0 or not vectors.is_short(tree))

    # Layers ----------------------------------------------------------------------------------------------------------

    def _layers(self, run: Sequence[Operation]) -> list[Layer]:
        """Sorts neurons by their inputs."""
        by_inputs: dict[tuple[int, ...], list[tuple[Operation, tuple[int, ...]]]] = {}
        for operation in run:
            weights, inputs = self._weights_and_inputs(operation)
            by_inputs.setdefault(inputs, []).append((operation, weights))
        return [
            Layer(inputs, [neuron for neuron, _ in neurons], tuple([weights for _, weights in neurons]))
            for inputs, neurons in by_inputs.items()
        ]

    def matrix(self, weights: tuple[tuple[int, ...], ...]) -> Matrix:
        """Returns where weights stand, neuron by neuron; those at unequal distances are copied, once for all samples."""
        if weights not in self._matrices:
            places = [self.places.shared.places(row) for row in weights]
            found = matrix(places)
            if found is None:
                step = len(weights[0])
                found = Matrix(self.places.shared.range(weights, "copies", len(weights) * step), step, 1)
                for i, place in enumerate(place for row in places for place in row):
                    self.before.add(interned(Fill), (found.place + i, place))
            self._matrices[weights] = found
        return self._matrices[weights]

    def _weights_and_inputs(self, neuron: Operation) -> tuple[tuple[int, ...], tuple[int, ...]]:
        n = neuron.length
        return neuron.arguments[:n], neuron.arguments[n : 2 * n]

    # Rows ------------------------------------------------------------------------------------------------------------

    def _product(self, kernel: Dense, layer: Layer) -> Product:
        place, neurons = self.place, layer.neurons
        return Product(
            self.matrix(layer.weights),
            list(map(place, layer.inputs)),
            [place(neuron.node) for neuron in neurons] if kernel.keep else [],
            [place(neuron.arguments[-1]) for neuron in neurons],
            kernel.start,
            kernel.activation,
            [place(self.activations[neuron.node].node) for neuron in neurons] if kernel.activation else [],
        )

    def _add_operation(self, kernel: Kernel, operation: Operation) -> None:
        place, row = self.place, [self.place(operation.node)]
        if isinstance(kernel, Forward):
            row += [self._partial_place(operation, k) for k in kernel.stored]
            row += map(place, operation.arguments[:1] if kernel.constants else operation.arguments)
        else:
            assert isinstance(kernel, ForwardLists)
            n, lists = operation.length, operation.rule.lists
            row = [n, *row, *map(place, operation.arguments[lists * n :])]
            for i in range(n):
                row += [place(operation.arguments[k * n + i]) for k in range(lists)]
                row += [self._partial_place(operation, k * n + i) for k in kernel.stored]
        self.phase.add(kernel, row)

    def _partial_place(self, operation: Operation, position: int) -> int:
        place = self.area.place((operation.node, position), "partial")
        self.partials[operation.node, position] = "V", place
        return place


class SharedPart(ForwardPart):
    """What all samples share: computed with one lane and one row, for which the shared numbers are the tile."""

    shares = True

    @property
    def area(self) -> Area:
        return self.places.shared

    def operand(self, x: int) -> Operand:
        return "V", self.places.shared.place(x)

    def adjoint(self, root: int, x: int) -> Operand:
        return "V", self.places.shared.place(x, ("adjoint", root))

    def has_sum(self, x: int) -> bool:
        return True  # with one sample each place is a sum

    def one(self) -> int:
        return self.places.number(1.0)

    def _goes_with_neuron(self, operation: Operation) -> bool:
        return False  # it is computed once: nothing to save

    def _is_dense(self, kinds: str) -> bool:
        return True

    def _kinds(self, arguments: Sequence[int]) -> str:
        return "V" * len(arguments)


class VaryingPart(ForwardPart):
    """What differs from sample to sample: computed for each tile of samples."""

    shares = False

    @property
    def area(self) -> Area:
        return self.places.tile

    def operand(self, x: int) -> Operand:
        return ("V", self.places.tile.place(x)) if x in self.varying else ("S", self.places.shared.place(x))

    def adjoint(self, root: int, x: int) -> Operand:
        if x in self.varying:
            return "V", self.places.tile.place(x, "adjoint")
        return "S", self.places.sums.place(x, ("adjoint", root))

    def has_sum(self, x: int) -> bool:
        return x not in self.varying

    def one(self) -> int:
        return self.place(self._copy(self.places.constant(1.0)))

    def _arranged(self, instruction: Instruction, arguments: tuple[int, ...]) -> tuple[int, ...]:
        # A kernel reads a whole list from one area, so in a list of both kinds the shared values are copied to the tile.
        for k in range(instruction.rule.lists):
            n = instruction.length
            part = arguments[k * n : (k + 1) * n]
            if not (self.varying.isdisjoint(part) or self.varying.issuperset(part)):
                copied = [x if x in self.varying else self._copy(x) for x in part]
                arguments = (*arguments[: k * n], *copied, *arguments[(k + 1) * n :])
        return arguments

    def _copy(self, x: int) -> int:
        if x not in self.copies:
            copy = self.copies[x] = self.places.new_node()
            self.phase.add(interned(Fill), (self.places.tile.place(copy), self.place(x)))
            self.varying.add(copy)
            if x in self.wanted:
                self.wanted.add(copy)
        return self.copies[x]

    def _goes_with_neuron(self, operation: Operation) -> bool:
        # The reverse sweep computes its derivative anew from the neuron's sum, so it must be short and mention x alone.
        return (
            vectors.is_short(vectors.prepared(operation.rule.value))
            and vectors.is_short(tree := vectors.partial(operation.rule, 0, ()))
            and vectors.mentioned(operation.rule, tree) == ["x"]
        )

    def _is_dense(self, kinds: str) -> bool:
        return kinds[:2] in ("SV", "VS")

    def _weights_and_inputs(self, neuron: Operation) -> tuple[tuple[int, ...], tuple[int, ...]]:
        first, second = super()._weights_and_inputs(neuron)
        return (second, first) if first[0] in self.varying else (first, second)
