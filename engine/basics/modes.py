"""The modes that change how operations are recorded: each concerns the thread, or the asyncio task, that has entered it.

>>> from chalkgrad.engine import Value
>>> x = Value(2.0)
>>> with no_grad():
...     y = x * x
>>> y.data, y.parents
(4.0, ())

A mode can be entered several times and inside others; the modes that have been entered and not left apply in the order in
which they were entered (`current`). Modes may also overlap: leaving one ends that one alone, even if another was entered after
it. A task inherits the modes of the code that starts it, as long as that code stays in them.

A generator runs in the context of the code that asks it for its next item. So one that yields inside `with no_grad():` leaves
its caller in the mode until it resumes; `@no_grad()` above the generator leaves the mode at each yield.
"""

from __future__ import annotations

import _thread
import sys
from collections.abc import Callable, Generator
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

clock = 0  # ticks whenever a value changes after it was made; a node older than a parent is stale
in_use = 0  # modes that have been entered and not left, in the whole process
# What recorders read at each node: the clock as long as no mode is in use, so that no thread and no task can be in one, else
# None. Looking a context variable up there would cost a tenth of their time, this costs a hundredth.
time: int | None = 0

_lock = _thread.RLock()  # reentrant, because the collector may close a generator that is in a mode at any moment
_active: set[Entry] = set()  # the entries that in_use counts


def tick(at_least: int = 0) -> int:
    """Advances the clock of staleness and returns the time; there is one clock, because threads may share graphs."""
    global clock, time
    with _lock:
        clock = now = max(clock + 1, at_least)
        time = None if in_use else now
        return now


class State:
    """The settings that the modes of this context add up to.

    Attributes:
        taping: whether operations are recorded; False under no_grad()
        propagate: whether infinities and NaN pass on, under nonfinite("propagate")
        place: the names of the units around the code, joined by dots
        comparisons: the comparisons made so far under recording(), as (node, sign, other side); None outside it
        since: the time of the clock when recording() was entered
    """

    __slots__ = ("comparisons", "entries", "place", "propagate", "since", "taping")

    def __init__(self, entries: tuple[Entry, ...] = ()) -> None:
        self.taping, self.propagate, self.place = True, False, ""
        self.comparisons: list[tuple[Any, str, Any]] | None = None
        self.since = 0
        self.entries = entries
        for entry in entries:
            entry.mode.change(self, entry)


class Entry:
    """One time that a mode was entered."""

    __slots__ = ("active", "comparisons", "mode", "since")

    def __init__(self, mode: Mode) -> None:
        self.mode, self.active = mode, True
        self.comparisons: list[tuple[Any, str, Any]] = []  # these two are for recording()
        self.since = 0


_DEFAULT = State()
_state: ContextVar[State] = ContextVar("chalkgrad modes", default=_DEFAULT)


def current() -> State:
    """Returns the settings that the modes of this thread or task add up to."""
    if not in_use:
        return _DEFAULT
    state = _state.get()
    for entry in state.entries:
        if not entry.active:  # entered by the code that started this task, which has left it
            state = State(tuple([entry for entry in state.entries if entry.active]))
            _state.set(state)
            break
    return state


def place_of(name: str) -> str:
    """Returns the place of the nodes that a unit of this name makes here, for units that set it on their nodes themselves."""
    outer = current().place if in_use else ""
    return sys.intern(f"{outer}.{name}") if outer else name


class Mode:
    """A mode is entered by `with`, or as a decorator around every call of a function, a coroutine or a generator."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def change(self, state: State, entry: Entry) -> None:
        """Changes what holds inside the mode."""
        raise NotImplementedError

    def __enter__(self) -> None:
        entry = self._new_entry()
        self._entries.append(entry)
        _state.set(State((*current().entries, entry)))  # before it is counted, so that restored_modes() finds it after a Ctrl-C
        with _lock:
            _active.add(entry)
            _count()

    def _new_entry(self) -> Entry:
        return Entry(self)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        own = [entry for entry in _state.get().entries if entry.mode is self and entry.active]
        # A generator may be closed in another context than the one it was begun in; there the entry is missing.
        entry = own[-1] if own else self._entries[-1]
        self._on_exit(entry)
        _leave(entry)
        current()

    def _on_exit(self, entry: Entry) -> None:
        """Does what else is needed when an entry is left."""

    def __call__(self, function: F) -> F:
        """Returns the function with the mode around each call; a generator is in the mode while it runs, not while it waits."""
        import inspect  # slow to import, and needed here alone
        from functools import wraps

        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def coroutine(*arguments: Any, **keywords: Any) -> Any:
                with self:
                    return await function(*arguments, **keywords)

            return cast(F, coroutine)
        if inspect.isasyncgenfunction(function):
            raise TypeError(f"{function.__name__} is an asynchronous generator: enter the mode inside it, by `with`")
        if inspect.isgeneratorfunction(function):

            @wraps(function)
            def generator(*arguments: Any, **keywords: Any) -> Generator[Any, Any, Any]:
                with self:
                    running = function(*arguments, **keywords)
                return (yield from _Resumed(self, running))

            return cast(F, generator)

        @wraps(function)
        def called(*arguments: Any, **keywords: Any) -> Any:
            with self:
                return function(*arguments, **keywords)

        return cast(F, called)


class _Resumed:
    """A generator that is in a mode while it runs; `yield from` passes everything on to it."""

    def __init__(self, mode: Mode, running: Any) -> None:
        self._mode, self._running = mode, running

    def __iter__(self) -> _Resumed:
        return self

    def __next__(self) -> Any:
        return self.send(None)

    def send(self, value: Any) -> Any:
        with self._mode:
            return self._running.send(value)

    def throw(self, *error: Any) -> Any:
        with self._mode:
            return self._running.throw(*error)

    def close(self) -> None:
        with self._mode:
            self._running.close()


def _leave(entry: Entry) -> None:
    entry.active = False
    with _lock:
        if entry in entry.mode._entries:
            entry.mode._entries.remove(entry)
        _active.discard(entry)
        _count()


def _count() -> None:
    global in_use, time
    in_use = len(_active)
    time = None if in_use else clock


class restored_modes:  # noqa: N801 - a context manager
    """Leaves, at its end, every mode that was entered inside and is still on: Ctrl-C may come just before a `with` ends."""

    def __enter__(self) -> None:
        self._before = current().entries

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for entry in _state.get().entries:
            if entry not in self._before:
                _leave(entry)
        _state.set(State(self._before))


class no_grad(Mode):  # noqa: N801 - a context manager, named as PyTorch's
    """Computes without recording: `with no_grad():` makes Values that have no parents; `@no_grad()` does so in a function.

    >>> from chalkgrad.engine import Value
    >>> x = Value(2.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (4.0, ())
    """

    __slots__ = ()

    def change(self, state: State, entry: Entry) -> None:
        state.taping = False


class taped(Mode):  # noqa: N801 - a context manager
    """Records even under no_grad(), for functions whose answer needs a graph."""

    __slots__ = ()

    def change(self, state: State, entry: Entry) -> None:
        state.taping = True


class nonfinite(Mode):  # noqa: N801 - a context manager
    """`with nonfinite("propagate"):` computes as IEEE 754 does: infinities and NaN pass on, nothing is raised for them.

    `nonfinite("raise")` restores the default inside it.

    >>> from chalkgrad.engine import Value
    >>> with nonfinite("propagate"):
    ...     (Value(-1.0).log() + 1).data
    nan
    """

    __slots__ = ("_mode",)

    def __init__(self, mode: str) -> None:
        super().__init__()
        if mode not in ("raise", "propagate"):
            raise ValueError(f'nonfinite() knows "raise" and "propagate", not {mode!r}')
        self._mode = mode

    def change(self, state: State, entry: Entry) -> None:
        state.propagate = self._mode == "propagate"


class unit(Mode):  # noqa: N801 - a context manager
    """`with unit("neuron3"):` gives the nodes made inside a common place; units nest, joined by dots.

    >>> from chalkgrad.engine import Value
    >>> with unit("layer1"), unit("neuron3"):
    ...     x = Value(1.0)
    >>> x.place
    'layer1.neuron3'
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        super().__init__()
        if not isinstance(name, str) or not name:
            raise TypeError(f"a unit's name is a text, such as unit('neuron3'), not {name!r}")
        self._name = name

    def change(self, state: State, entry: Entry) -> None:
        state.place = f"{state.place}.{self._name}" if state.place else self._name
