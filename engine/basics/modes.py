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
from contextvars import ContextVar, copy_context
from itertools import count
from types import FrameType, TracebackType
from typing import Any, Self, TypeVar, cast

from chalkgrad.engine.basics.source_lines import Place
from chalkgrad.engine.basics.terminal import escaped

F = TypeVar("F", bound=Callable[..., Any])

clock = 0  # ticks whenever a value changes after it was made; a node older than a parent is stale
in_use = 0  # modes that have been entered and not left, in the whole process
# What recorders read at each node: the clock as long as no mode is in use, so that no thread and no task can be in one, else
# None. Looking a context variable up there would cost a tenth of their time, this costs a hundredth.
time: int | None = 0

_lock = _thread.RLock()  # reentrant, because the collector may close a generator that is in a mode at any moment
_ticks = count(1)
_active: set[Entry] = set()  # the entries that in_use counts
_left = 0  # how many have been left


def tick(at_least: int = 0) -> int:
    """Advances the clock of staleness and returns the time; there is one clock, because threads may share graphs."""
    global clock, time, _ticks
    with _lock:
        if at_least > clock:
            _ticks = count(at_least)
        now = next(_ticks)
        clock = max(clock, now)  # a signal's handler may have advanced it meanwhile
        time = None if in_use else clock
        return now


class State:
    """What the modes of this context amount to.

    Attributes:
        taping: whether operations are recorded; False under no_grad()
        differentiating: whether a function runs that is being differentiated
        propagate: whether infinities and NaN pass on, under nonfinite("propagate")
        place: the units that nodes are made in, joined by dots
        comparisons: those made so far under recording(), as (node, sign, other side); None outside it
        since: the time of the clock when recording() was entered
        located: under lines(), what adds the line of the caller's source to a place
        entries: the modes, each time that one was entered, the first of them first
        seen: how many entries had been left, in the whole process, when this was last mended
    """

    __slots__ = ("comparisons", "differentiating", "entries", "located", "place", "propagate", "seen", "since", "taping")

    def __init__(self, entries: tuple[Entry, ...] = ()) -> None:
        self.taping, self.differentiating, self.propagate, self.place = True, False, False, ""
        self.comparisons: list[tuple[Any, str, Any]] | None = None
        self.since = 0
        self.located: Callable[[str], str] | None = None
        self.entries, self.seen = entries, _left
        for entry in entries:
            entry.mode.change(self, entry)

    def inside(self, entry: Entry) -> State:
        """Returns the state inside one more mode."""
        state = self.copy()
        state.entries = (*self.entries, entry)
        entry.mode.change(state, entry)
        return state

    def copy(self) -> State:
        """Returns a state like this one."""
        state = State()
        state.taping, state.differentiating = self.taping, self.differentiating
        state.propagate, state.place = self.propagate, self.place
        state.comparisons, state.since = self.comparisons, self.since
        state.entries, state.seen, state.located = self.entries, self.seen, self.located
        return state


class Entry:
    """One time that a mode was entered."""

    __slots__ = ("active", "comparisons", "frame", "mode", "since")

    def __init__(self, mode: Mode) -> None:
        self.mode, self.active = mode, True
        self.frame = 0  # the identity of the frame that entered; that of a generator stays the same
        self.comparisons: list[tuple[Any, str, Any]] = []  # these two are for recording()
        self.since = 0


_DEFAULT = State()
_state: ContextVar[State] = ContextVar("chalkgrad modes", default=_DEFAULT)


def current() -> State:
    """Returns what the modes of this thread or task amount to."""
    if not in_use:
        return _DEFAULT
    state = _state.get()
    if state.seen != _left:
        state.seen = _left
        entries = tuple([entry for entry in state.entries if entry.active])
        if len(entries) < len(state.entries):
            # Mended in place, not set anew: leaving a mode may be a finaliser's work, inside somebody else's set(), and then
            # CPython's context variables break (python/cpython#148891). Every context that has this state wants it mended.
            state.__init__(entries)  # type: ignore[misc] # as said
    if state.located is not None:
        here = state.copy()  # not in place, because other threads may have this state, too
        here.place = state.located(state.place)
        return here
    return state


def unit_name(name: Any) -> str:
    """Returns a unit's name, with what a terminal would act upon as escapes; raises TypeError if it is not a text."""
    if not isinstance(name, str) or not name:
        raise TypeError(f"a unit's name is a text, such as unit('neuron3'), not {name!r}")
    return escaped(name)


def place_of(name: str) -> str:
    """Returns the place of the nodes that a unit of this name makes here, for units that set it on their nodes themselves."""
    outer = current().place if in_use else ""
    units = sys.intern(f"{outer}.{name}") if outer else name
    return Place(units, outer.line) if isinstance(outer, Place) else units


class _Called(type):
    """The class of modes: `with no_grad:` without its parentheses is answered."""

    def __enter__(cls) -> None:
        raise TypeError(f"a mode is called: write with {cls.__name__}():")

    def __exit__(cls, *_: object) -> None:
        pass


class Mode(metaclass=_Called):
    """A mode is entered by `with`, or as a decorator around every call of a function, a coroutine or a generator.

    Ctrl-C may arrive between any two steps here. Whatever has been done by then is undone, or a mode would stay on for good.
    """

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: list[Entry] = []  # made by this object and not left

    def change(self, state: State, entry: Entry) -> None:
        """Changes what holds inside the mode."""
        raise NotImplementedError

    def __enter__(self) -> None:
        entry = self._new_entry()
        try:
            entry.frame = id(sys._getframe(1))
            self._entries.append(entry)
            _state.set(current().inside(entry))
            with _lock:
                _active.add(entry)
                _count()
        except BaseException:  # `with` does not come to __exit__
            entry.active = False
            _forget(entry)
            raise

    def _new_entry(self) -> Entry:
        return Entry(self)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        found: list[Entry | None] = []
        try:
            self._leave(sys._getframe(1), found)
        except BaseException:
            self._leave(sys._getframe(1), found)  # once more, to finish what was interrupted
            raise

    def _leave(self, frame: FrameType, found: list[Entry | None]) -> None:
        if not found:
            found.append(self._entered_by(frame))
        entry = found[0]
        if entry is None:
            return
        try:
            if entry.active:
                self._on_exit(entry)
        finally:
            entry.active = False  # from here on the mode is off
            _forget(entry)

    def _entered_by(self, frame: FrameType) -> Entry | None:
        """The only entry there is; of several the one that this frame has made, else the last one of this context.

        One object may be in use in many places. ExitStack leaves in another frame than it enters, and a generator may be closed
        in another context than it was begun in.
        """
        if len(self._entries) == 1:
            return self._entries[0]
        for entry in reversed(self._entries):
            if entry.active and entry.frame == id(frame):
                return entry
        for entry in reversed(_state.get().entries):
            if entry.active and entry.mode is self:
                return entry
        return None

    def _on_exit(self, entry: Entry) -> None:
        """What else is to be done when the mode is left."""

    def __copy__(self) -> Self:
        twin = object.__new__(type(self))
        for kind in type(self).__mro__:
            for name in getattr(kind, "__slots__", ()):
                setattr(twin, name, getattr(self, name))
        twin._entries = []
        return twin

    def __call__(self, function: F) -> F:
        """Returns the function with the mode around each call; a generator is in the mode while it runs, not while it waits."""
        import inspect  # slow to import, and needed here alone
        from functools import wraps

        if inspect.isclass(function) or not callable(function):
            name = type(self).__name__
            raise TypeError(f"{name}() is a decorator of functions, and was given {function!r}: put it directly above one")
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def coroutine(*arguments: Any, **keywords: Any) -> Any:
                with self.__copy__():
                    return await function(*arguments, **keywords)

            return cast(F, coroutine)
        if inspect.isasyncgenfunction(function):
            raise TypeError(f"{function!r} is an asynchronous generator: enter the mode inside it, by `with`")
        if inspect.isgeneratorfunction(function):

            @wraps(function)
            def generator(*arguments: Any, **keywords: Any) -> Generator[Any, Any, Any]:
                mode = self._through_a_generator()
                with mode:
                    running = function(*arguments, **keywords)
                return (yield from _Resumed(mode, running))

            return cast(F, generator)

        @wraps(function)
        def called(*arguments: Any, **keywords: Any) -> Any:
            with self.__copy__():
                return function(*arguments, **keywords)

        return cast(F, called)

    def _through_a_generator(self) -> Self:
        """The object that is entered and left again and again while a generator runs."""
        return self.__copy__()


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
        copy_context().run(self._close)  # in a context of its own, because the collector may be at work, see current()

    def _close(self) -> None:
        with self._mode:
            self._running.close()


def _forget(entry: Entry) -> None:
    """No longer counts an entry."""
    global _left
    with _lock:
        _left += 1
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
        for entry in current().entries:
            if entry not in self._before:
                entry.active = False
                _forget(entry)


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

    def __init__(self, *function: object) -> None:
        super().__init__()
        if function:
            raise TypeError("no_grad is called first, as a decorator too: write @no_grad()")

    def change(self, state: State, entry: Entry) -> None:
        state.taping = False


class taped(Mode):  # noqa: N801 - a context manager
    """Records even under no_grad(), for functions whose answer needs a graph."""

    __slots__ = ()

    def change(self, state: State, entry: Entry) -> None:
        state.taping = True


class differentiated(Mode):  # noqa: N801 - a context manager
    """Records what a derivative is then taken of, even under no_grad(); derivatives that are taken inside are Values."""

    __slots__ = ()

    def change(self, state: State, entry: Entry) -> None:
        state.taping = state.differentiating = True


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
        self._name = unit_name(name)

    def change(self, state: State, entry: Entry) -> None:
        state.place = f"{state.place}.{self._name}" if state.place else self._name
