"""A cursor in a sequence of steps: it writes the grads as it moves, and restores them exactly as it moves back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, TypeVar

from chalkgrad.engine.errors import StaleGraphError
from chalkgrad.engine.sweep import begun, numbers, starts_from
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.names import own_name

S = TypeVar("S")


class Moves(Sequence[S]):
    """A sequence with a current position, which `goto` moves; every movement returns the step at the new position."""

    @property
    @abstractmethod
    def position(self) -> int:
        """The index of the step where the cursor stands."""

    @abstractmethod
    def goto(self, position: int) -> S:
        """Goes to a position, forwards or back; raises IndexError if it does not exist."""

    _first = "seed"  # what is at position 0: the seed, or the first of these

    def step(self, n: int = 1) -> S:
        """Goes n steps forward, at most to the end. Raises ValueError for a negative number."""
        if n < 0:
            raise ValueError(f"step(n) goes n steps forward, and {n} is less than 0: back({-n}) goes back")
        return self.goto(min(self.position + n, len(self) - 1))

    def back(self, n: int = 1) -> S:
        """Takes n steps back, at most to the beginning. Raises ValueError for a negative number."""
        if n < 0:
            raise ValueError(f"back(n) goes n steps back, and {n} is less than 0: step({-n}) goes forward")
        return self.goto(max(self.position - n, 0))

    def _positions(self, index: Any) -> Any:
        """Returns the position, or for a slice those, that an index stands for; raises IndexError if there is none."""
        try:
            return range(len(self))[index]
        except IndexError:
            first = self._first if self._first == "seed" else f"first {self._first}"
            if not len(self):
                raise IndexError(f"there is not even a {first}, so there is no position {index}") from None
            raise IndexError(f"positions go from 0, the {first}, to {len(self) - 1}; there is no position {index}") from None

    def run(self) -> S:
        """Goes to the end."""
        return self.goto(len(self) - 1)


class Cursor(Moves[S]):
    """A position among steps, with edges between the positions; the grads are those after all edges before it.

    Until the last edge is done its sweep counts as begun: a backward() then starts from what the leaves had before it.
    """

    def __init__(self, upstream: float = 1.0) -> None:
        self.upstream = upstream
        self._number = 0  # its sweep's
        self._found: dict[Value, float | None] = {}  # the grads that the leaves had before it
        self._done = 0  # edges done
        self._position = 0
        self._started = False
        self._history: list[float | None] = []  # for each edge done, the parent's grad before it
        self._written: dict[Value, float | None] = {}  # the grads that the cursor has written, to notice a change by others

    @property
    @abstractmethod
    def _edges(self) -> Sequence[tuple[Value, int]]: ...

    @property
    @abstractmethod
    def _nodes(self) -> Sequence[Value]: ...

    @abstractmethod
    def _edges_done(self, position: int) -> int: ...

    @abstractmethod
    def _refuse_changes(self) -> None:
        """Raises StaleGraphError if the graph has changed since the steps were made."""

    @property
    def position(self) -> int:
        """Where the cursor stands: 0 is the seed, len(steps) - 1 the end."""
        return self._position

    def reset(self) -> S:
        """Starts afresh: only the root has a grad, the seed 1."""
        self._started = False
        return self.goto(0)

    def goto(self, position: int) -> S:
        """Goes to a position, forwards or exactly back; raises IndexError if it does not exist."""
        position = self._positions(position)
        self._move(self._edges_done(position))
        self._position = position
        return self[position]

    def _move(self, edges: int) -> None:
        self._refuse_changes()
        if not self._started:
            self._start()
        try:
            while self._done < edges:
                node, slot = self._edges[self._done]
                parent = node.parents[slot]
                self._refuse_overwritten(parent)
                self._refuse_overwritten(node)
                self._history.append(parent._grad)
                self._write(parent, (parent._grad or 0.0) + node.grad * node.partials[slot])
                self._done += 1
            while self._done > edges:
                node, slot = self._edges[self._done - 1]
                self._refuse_overwritten(node.parents[slot])
                self._write(node.parents[slot], self._history.pop())
                self._done -= 1
        finally:
            self._say_whether_finished()
        while self._position + 1 < len(self) and self._edges_done(self._position + 1) <= self._done:
            self._position += 1

    def _start(self) -> None:
        self._found = {node: starts_from(node) for node in self._nodes if node._x is None}
        begun.discard(self._number)
        self._number = numbers.next()
        for node in self._nodes:
            node._grad, node._swept = None, self._number
        for leaf, grad in self._found.items():
            leaf._dx = grad
        begun.add(self._number)
        root = self._nodes[-1]
        root._swept = -self._number
        self._history, self._written, self._done, self._position, self._started = [], {}, 0, 0, True
        self._write(root, self.upstream)

    def _say_whether_finished(self) -> None:
        """As long as the sweep is not finished the leaves keep what they had before; then the grads are the cursor's alone."""
        finished = self._done == len(self._edges)
        if finished != (self._number in begun):
            return
        if finished:
            begun.discard(self._number)
        else:
            self._begin_again()
        for leaf, grad in self._found.items():
            if abs(leaf._swept) == self._number:
                leaf._dx = None if finished else grad

    def _begin_again(self) -> None:
        """Takes a new number: copies of the graph that were made at the end have a gradient that is complete."""
        old, self._number = self._number, numbers.next()
        begun.add(self._number)
        for node in self._nodes:
            if abs(node._swept) == old:
                node._swept = self._number if node._swept > 0 else -self._number

    def _write(self, value: Value, grad: float | None) -> None:
        if abs(value._swept) != self._number:  # another sweep has been there and left no grad, or it was set to None
            if value._x is None:
                self._found[value] = value._dx = starts_from(value)
            value._swept = self._number
        value._grad = self._written[value] = grad

    def _refuse_overwritten(self, value: Value) -> None:
        grad = value._grad
        if grad is not self._written.get(value) or (grad is not None and abs(value._swept) != self._number):
            name = own_name(value) or "a value"
            raise StaleGraphError(
                f"the grad of {name} was changed by something else while these steps were under way: reset() starts them afresh"
            )
