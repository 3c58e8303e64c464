"""A cursor in a sequence of steps: it writes the grads as it moves, and restores them exactly as it moves back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from chalkgrad.engine.basics.absent import absent
from chalkgrad.engine.basics.notebooks import mimebundle
from chalkgrad.engine.basics.numbers_in import kind_of
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.terminal import fitted, printable
from chalkgrad.engine.basics.tracebacks import hidden, short_traceback
from chalkgrad.engine.errors import StaleGraphError
from chalkgrad.engine.stepping.windows import Some, on_two_screens, window
from chalkgrad.engine.sweep import begun, numbers, starts_from
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.caller import variable_that_holds
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import own_name

PROMPT = section("prompt")
STEPPING = section("stepping")


class Said:
    """What a cursor returns: `str` is its sentence, in lines that fit the terminal, below a `note` if there is one."""

    __slots__ = ("note",)

    def __init__(self) -> None:
        self.note = ""  # that the cursor has not moved

    @short_traceback
    def __str__(self) -> str:
        said = say(self)
        return fitted(printable(f"{self.note}\n{said}" if self.note else said))

    @short_traceback
    def __repr__(self) -> str:
        return on_two_screens(f"{self.note}\n{say(self)}" if self.note else say(self))


Step = TypeVar("Step", bound=Said)  # by this name, because help() shows it as what the methods return


class Moves(Sequence[Step]):
    """A sequence with a current position, which `goto` moves; every movement returns the step at the new position."""

    _first = "seed"  # what is at position 0: the seed, or the first of these
    _printed = "print all"  # what print() shows
    _asks: tuple[str, ...] = ()  # what else can be typed before the end
    _looks: tuple[str, ...] = ()  # and after the beginning
    _watching: tuple[Callable[[], object], ...] = ()  # what is called after each movement

    @property
    @abstractmethod
    def position(self) -> int:
        """The index of the step where the cursor stands."""

    @property
    @abstractmethod
    def root(self) -> Value:
        """The value whose steps these are."""

    @abstractmethod
    def _go(self, position: int) -> None:
        """Goes to a position that exists."""

    @abstractmethod
    def _heading(self) -> str:
        """Returns whose steps these are, and where the cursor stands."""

    def _run_to(self) -> str:
        """Returns how to go to one of the values, as it is typed; "" if nothing goes there."""
        return ""

    def _options(self) -> Sequence[str]:
        """Returns the options that these steps were asked for with, as they are typed."""
        return ()

    def _verbs(self) -> Sequence[str]:
        """Returns what can be typed behind the name of these steps: at the beginning, on the way and at the end."""
        moved = self.position > 0
        if self.done:
            return [*["back()", "reset()"] * moved, *self._looks[-1:]]
        on = ["step()", *["back()"] * moved, self._run_to(), "run()"]
        return [*filter(None, on), *self._asks, *(self._looks if moved else ())]

    @property
    @short_traceback
    def current(self) -> Step:
        """The step where the cursor stands. Raises IndexError if it is before the first one."""
        if self.position < 0:
            raise IndexError(f"the cursor is before the first {self._first}: step() goes there")
        return self[self.position]

    @property
    def done(self) -> bool:
        """Whether the cursor has come to the end."""
        return self.position == len(self) - 1

    @short_traceback
    def goto(self, position: int) -> Step:
        """Goes to a position, forwards or exactly back; raises IndexError if it does not exist."""
        before = self.position
        self._go(self._positions(position))
        step = self[self.position]
        if self.position == before:
            step = copy(step)
            at = "at the seed" if self._first == "seed" else "at the beginning"
            at = "at the end" if self.done else at if before == 0 else "at a position"
            step.note = PROMPT[at].format(position=before)
        for tell in self._watching:
            tell()
        return step

    @short_traceback
    def step(self, n: int = 1) -> Step:
        """Goes n steps forward, at most to the end. Raises ValueError for a negative number."""
        if self._number_of_steps(n, "step") < 0:
            raise ValueError(f"step(n) goes n steps forward, and {n} is less than 0: back({-n}) goes back")
        return self.goto(min(self.position + n, len(self) - 1))

    @short_traceback
    def back(self, n: int = 1) -> Step:
        """Takes n steps back, at most to the beginning. Raises ValueError for a negative number."""
        if self._number_of_steps(n, "back") < 0:
            raise ValueError(f"back(n) goes n steps back, and {n} is less than 0: step({-n}) goes forward")
        return self.goto(max(self.position - n, 0))

    @short_traceback
    def run(self) -> Step:
        """Goes to the end."""
        return self.goto(len(self) - 1)

    @short_traceback
    def reset(self) -> Step:
        """Goes to the beginning."""
        step = self.goto(0)
        step.note = ""
        return step

    def _number_of_steps(self, n: Any, verb: str) -> int:
        if isinstance(n, int):
            return n
        raise TypeError(f"{verb}(n) takes a number of steps, such as {verb}(3), not {kind_of(n)}{self._hint_for(n)}")

    def _hint_for(self, what: Any) -> str:
        """Returns how to go where a value, or what may be the name of one, was given in the place of a number."""
        shown = own_name(what) if isinstance(what, Value) else f'"{what}"' if isinstance(what, str) else ""
        return f": run_to({shown}) goes to where its turn comes" if shown and self._run_to() else ""

    def _positions(self, index: Any) -> Any:
        """Returns the position, or for a slice those, that an index stands for; raises IndexError if there is none."""
        try:
            return range(len(self))[index]
        except IndexError:
            first = self._first if self._first == "seed" else f"first {self._first}"
            if not len(self):
                raise IndexError(f"there is not even a {first}, so there is no position {index}") from None
            raise IndexError(f"positions go from 0, the {first}, to {len(self) - 1}; there is no position {index}") from None
        except TypeError:
            hint = self._hint_for(index)
            raise TypeError(f"a position is a whole number, such as 3 in steps[3], not {kind_of(index)}{hint}") from None

    def _some(self, index: Any, at: Callable[[int], Step]) -> Any:
        """Returns the step that an index stands for, or for a slice those."""
        positions = self._positions(index)
        return at(positions) if isinstance(positions, int) else Some(map(at, positions))

    # Shown -----------------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        lines = [fitted(printable(self._heading()))]
        try:
            what_to_type = fitted(printable(self._what_can_be_typed()))
            if self.position >= 0:
                lines.append(on_two_screens(say(self[self.position]), below=2 + (lines[0] + what_to_type).count("\n")))
        except (StaleGraphError, ArithmeticError) as error:
            return fitted(printable(f"{lines[0]}\n{error}"))
        return "\n".join([*lines, what_to_type])

    def _what_can_be_typed(self) -> str:
        name, verbs = variable_that_holds(self).removesuffix(" = "), self._verbs()
        *most, last = [f".{verb}" for verb in verbs] or [""]
        listed = STEPPING["or"].format(most=", ".join(most), last=last) if most else last
        key = "at the end" if self.done else "what to type" if name else "keep them"
        texts = {"name": name or "steps", "verbs": listed, "root": own_name(self.root) or "L"}
        texts["options"] = ", ".join(self._options())
        return STEPPING[key].format_map(texts | {"printed": STEPPING[self._printed].format_map(texts)})

    def __str__(self) -> str:
        name = variable_that_holds(self).removesuffix(" = ") or "steps"
        try:
            return window(len(self), self.position, lambda i: say(self[i]), name)
        except (StaleGraphError, ArithmeticError) as error:
            return fitted(printable(f"{self._heading()}\n{error}"))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return mimebundle(self)

    if not TYPE_CHECKING:  # to a type checker an unknown name stays an error

        def __getattr__(self, name: str) -> NoReturn:
            known = [] if name.startswith("_") else [verb for verb in dir(type(self)) if verb[0] != "_"]
            raise hidden(absent(type(self).__name__, name, known, _INSTEAD))

        def __next__(self) -> NoReturn:
            raise hidden(
                TypeError("next() takes an iterator: steps.step() goes to the next step, for step in steps: goes over all")
            )


_INSTEAD = {
    **dict.fromkeys(("next", "forward", "n"), "step() goes to the next"),
    **dict.fromkeys(("prev", "previous", "undo", "b"), "back() goes back"),
    **dict.fromkeys(("where", "here", "list", "all", "show", "print"), "print(steps) shows the steps and where the cursor is"),
    **dict.fromkeys(("until", "to", "u"), 'run_to("b") goes to where the turn of b comes'),
    **dict.fromkeys(("hint", "answer", "predict", "question"), "ask() asks for the next step, ask(3) answers"),
    **dict.fromkeys(("go", "jump", "seek"), "goto(i) goes to position i"),
    **dict.fromkeys(("finish", "c", "end"), "run() goes to the end"),
    **dict.fromkeys(("restart", "start", "rewind"), "reset() starts afresh"),
    **dict.fromkeys(("length", "size"), "len(steps)"),
    **dict.fromkeys(("draw", "plot", "picture"), "draw(L, highlight=steps.current) draws this step of L"),
    "why": "chain_rule(L, b) writes ∂L/∂b out",
    "play": "play(L) makes a page that plays the steps of L",
    "trace": "table() shows the trace so far",
    "tape": "table() shows the trace so far",
}


_AT_ONCE = 1_000  # edges that are looked up together


class Cursor(Moves[Step]):
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

    @short_traceback
    def reset(self) -> Step:
        """Starts afresh: only the root has a grad, the seed 1."""
        self._started = False
        return super().reset()

    def _go(self, position: int) -> None:
        self._move(self._edges_done(position))
        self._position = position

    def _move(self, edges: int) -> None:
        self._refuse_changes()
        if not self._started:
            self._start()
        try:
            while self._done < edges:
                written, number = self._written, self._number
                for node, slot in self._edges[self._done : min(self._done + _AT_ONCE, edges)]:
                    parent = node.parents[slot]
                    for value in (parent, node):
                        if value._grad is not written.get(value) or abs(value._swept) != number:
                            self._refuse_overwritten(value)
                    before = parent._grad
                    self._history.append(before)
                    grad = (before or 0.0) + node.grad * node.partials[slot]
                    if abs(parent._swept) == number:
                        parent._grad = written[parent] = grad
                    else:
                        self._write(parent, grad)
                    self._done += 1
            while self._done > edges:
                node, slot = self._edges[self._done - 1]
                parent = node.parents[slot]
                self._refuse_overwritten(parent)
                self._refuse_overwritten(node)
                self._write(parent, self._history.pop())
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
        own = [node for node in self._nodes if abs(node._swept) == self._number]
        if not own:  # another sweep has been everywhere
            return
        self._number = numbers.next()
        begun.add(self._number)
        for node in own:
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
