"""The order in which operations are computed: those of one kernel together, so that one table serves many of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from chalkgrad.engine.programs.llvm.kernels import Forward, Kernel
from chalkgrad.engine.rules import Rule


class Operation(NamedTuple):
    """An instruction whose arguments are all node numbers; constants and copies of shared values have numbers of their own."""

    node: int
    rule: Rule
    arguments: tuple[int, ...]

    @property
    def length(self) -> int:
        """The number of elements in each list argument."""
        return self.rule.length(len(self.arguments))

    def formula_of(self, position: int) -> int:
        """Returns which of the rule's local derivatives belongs to an argument."""
        return self.rule.argument_at(len(self.arguments), position)[0]


class Layer(NamedTuple):
    """Affine nodes, neurons, with the same inputs."""

    inputs: tuple[int, ...]
    neurons: Sequence[Operation]
    weights: tuple[tuple[int, ...], ...]  # of each neuron


def in_runs(
    operations: Sequence[Operation], kernel_of: Callable[[Operation], Kernel], made_with: Mapping[int, int]
) -> Iterator[tuple[Kernel, list[Operation]]]:
    """Yields kernels with their operations, in an order in which every operation finds its arguments computed.

    An operation may use one that stands before it in its own run, but not in a run of operations on lists.

    Args:
        operations: the operations, parents first
        kernel_of: the kernel of an operation
        made_with: nodes that no operation here makes, and the nodes that they are made together with
    """
    waiting = _Waiting(operations, [kernel_of(operation) for operation in operations], made_with)
    while waiting.ready:
        kernel = max(waiting.ready, key=lambda kernel: len(waiting.ready[kernel]))
        yield kernel, waiting.run(kernel)


class _Waiting:
    """Tasks by what they still wait for: a topological sort with a queue for each kernel."""

    def __init__(self, operations: Sequence[Operation], kernels: Sequence[Kernel], made_with: Mapping[int, int]) -> None:
        self.operations, self.kernels = operations, kernels
        maker = {operation.node: number for number, operation in enumerate(operations)}
        maker |= {node: maker[other] for node, other in made_with.items()}
        self.missing: list[int] = []  # for each operation, how many operations must come before it
        self.users: list[list[int]] = [[] for _ in operations]
        self.ready: dict[Kernel, deque[int]] = {}
        for number, operation in enumerate(operations):
            before = {maker[x] for x in operation.arguments if x in maker}
            self.missing.append(len(before))
            for i in before:
                self.users[i].append(number)
        for number, count in enumerate(self.missing):
            if not count:
                self._offer(number)

    def _offer(self, number: int) -> None:
        self.ready.setdefault(self.kernels[number], deque()).append(number)

    def run(self, kernel: Kernel) -> list[Operation]:
        """Takes what is ready for a kernel."""
        # Rows are worked through in order, so what a scalar operation makes ready may join its run. The neurons of a run
        # are sorted into layers afterwards, so they must not depend on each other: theirs goes to a new queue.
        joins = isinstance(kernel, Forward)
        queue, run = self.ready[kernel], []
        if not joins:
            del self.ready[kernel]
        while queue:
            number = queue.popleft()
            run.append(self.operations[number])
            for user in self.users[number]:
                self.missing[user] -= 1
                if not self.missing[user]:
                    self._offer(user)
        if joins:
            del self.ready[kernel]
        return run
