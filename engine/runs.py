"""The order in which operations are computed: those of one kernel together, so that one table serves many of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from chalkgrad.engine.kernels import Forward, Kernel
from chalkgrad.engine.rules import Rule


class Task(NamedTuple):
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


class Block(NamedTuple):
    """Affine nodes, neurons, with the same inputs: one row of Dense computes them."""

    inputs: tuple[int, ...]
    neurons: Sequence[Task]
    weights: Sequence[tuple[int, ...]]  # of each neuron


def in_runs(
    tasks: Sequence[Task], kernel_of: Callable[[Task], Kernel], made_with: Mapping[int, int]
) -> Iterator[tuple[Kernel, list[Task]]]:
    """Yields kernels with their tasks, in an order in which every task finds its arguments computed.

    A task may use one that stands before it in its own run, but not in a run of operations on lists.

    Args:
        tasks: the tasks, parents first
        kernel_of: the kernel of a task
        made_with: nodes that no task here makes, and the nodes that they are made together with
    """
    waiting = _Waiting(tasks, [kernel_of(task) for task in tasks], made_with)
    while waiting.ready:
        kernel = max(waiting.ready, key=lambda kernel: len(waiting.ready[kernel]))
        yield kernel, waiting.run(kernel)


class _Waiting:
    """Tasks by what they still wait for: a topological sort with a queue for each kernel."""

    def __init__(self, tasks: Sequence[Task], kernels: Sequence[Kernel], made_with: Mapping[int, int]) -> None:
        self.tasks, self.kernels = tasks, kernels
        maker = {task.node: number for number, task in enumerate(tasks)}
        maker |= {node: maker[other] for node, other in made_with.items()}
        self.missing: list[int] = []  # for each task, how many tasks must come before it
        self.users: list[list[int]] = [[] for _ in tasks]
        self.ready: dict[Kernel, deque[int]] = {}
        for number, task in enumerate(tasks):
            before = {maker[x] for x in task.arguments if x in maker}
            self.missing.append(len(before))
            for i in before:
                self.users[i].append(number)
        for number, count in enumerate(self.missing):
            if not count:
                self._offer(number)

    def _offer(self, number: int) -> None:
        self.ready.setdefault(self.kernels[number], deque()).append(number)

    def run(self, kernel: Kernel) -> list[Task]:
        """Takes what is ready for a kernel."""
        # Rows are worked through in order, so what a scalar operation makes ready may join its run. The neurons of a run
        # are sorted into blocks afterwards, so they must not depend on each other: theirs goes to a new queue.
        joins = isinstance(kernel, Forward)
        queue, run = self.ready[kernel], []
        if not joins:
            del self.ready[kernel]
        while queue:
            number = queue.popleft()
            run.append(self.tasks[number])
            for user in self.users[number]:
                self.missing[user] -= 1
                if not self.missing[user]:
                    self._offer(user)
        if joins:
            del self.ready[kernel]
        return run
