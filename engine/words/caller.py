"""The caller's variables: what the code of whoever uses the package calls an object, which is found by its identity.

A frame is the caller's if its file is neither in the standard library, nor in site-packages, nor ours. Outer frames count
before inner ones, and of one frame's names the oldest, so that what walks over a graph, `def trace(node)`, lends its `node` to
no value that has a name already. Lists, tuples, dicts and attributes are looked into: `ws[0]`, `W[0][1]`, `ws["w1"]`, `p.b`.

>>> W = [[Value(0.5), Value(-0.5)], [Value(1.5)]]
>>> variables_of_caller([W[0][1]]) == {id(W[0][1]): "W[0][1]"}
True

Names are looked up when something is shown. No code of the caller's runs: no property, no `__getattr__`, no `__iter__`.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from opcode import opmap
from types import CodeType, FrameType, FunctionType, GetSetDescriptorType, MemberDescriptorType, ModuleType, SimpleNamespace
from typing import Any, NamedTuple

from chalkgrad.engine.basics.calls import UseInCode, used_in
from chalkgrad.engine.value import Value

# Debuggers bring copies of themselves, and a checkout of ours lies anywhere, so these are known by their modules' names.
_TOOLS = {"chalkgrad", "debugpy", "pydevd", "pydevd_plugins", "_pydev_bundle", "_pydevd_bundle", "_pydevd_frame_eval", "thonny"}
_STANDARD = os.path.dirname(os.__file__).replace("\\", "/") + "/"
_COMPREHENSIONS = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
CO_VARARGS, CO_VARKEYWORDS = 4, 8  # as in the module inspect, which takes long to import
_CLEAR = opmap.get("LOAD_FAST_AND_CLEAR")  # how a comprehension begins where it has no frame of its own, from Python 3.12 on

ELEMENTS = 1_000  # looked at in one container
ALL_ELEMENTS = 20_000  # in all of them


def variables_of_caller(objects: Iterable[object], alone: Iterable[object] = ()) -> dict[int, str]:
    """Returns the names that the caller has for these objects, by id(); what has none is left out.

    Those that are also in `alone` are not called as a parameter is: `def show(v)` would call whatever it is given v.
    """
    wanted = _ids(objects)
    return named_by_caller(wanted, len(wanted), id, set(map(id, alone)))


def named_by_caller(
    wanted: Set[Any], count: int, key: Callable[[object], Any], alone: Set[Any] = frozenset()
) -> dict[Any, str]:
    """Returns the caller's names for the objects whose keys are wanted, by key; `count` is how many names there may be."""
    search = _Search(wanted, key, alone)
    for space in _namespaces():
        if len(search.found) == count:
            break
        search.read(space)
    return search.found


def _ids(objects: Iterable[object]) -> set[int]:
    """The identities of the objects; of very many only of those that the caller's variables lead to."""
    if not isinstance(objects, list) or len(objects) <= ALL_ELEMENTS:
        return set(map(id, objects))
    seen = _Seen()
    search = _Search(seen, id, set())
    search.left = 10 * ALL_ELEMENTS  # a list that turns out to be a walk over the graph is not left here
    for space in _namespaces():
        search.read(space)
    return seen.intersection(map(id, objects))


class _Seen(set[int]):
    """Whatever was looked for in it; it seems to be empty."""

    def __contains__(self, identity: object) -> bool:
        self.add(identity)  # type: ignore[arg-type] # an int
        return False

    def __sub__(self, others: object) -> _Seen:  # as far as a search needs it
        return self


def variable_of_caller(name: str) -> object:
    """Returns what the caller's innermost variable of this name holds; None if there is none."""
    for space in reversed([*_namespaces()]):
        if name in space.names:
            return space.names[name]
    return None


def values_of_caller() -> Iterator[tuple[str, Value]]:
    """Yields the caller's variables that hold Values, by name."""
    for space in _namespaces():
        for name, held in list(space.names.items()):
            if isinstance(held, Value) and _is_name(name):
                yield name, held


def variable_that_holds(number: object) -> str:
    """Returns `w = ` where w is the caller's only variable that holds this very number: small ints are shared by many."""
    found = {name for space in _namespaces() for name, held in list(space.names.items()) if held is number}
    names = [name for name in found if _is_name(name)]
    return f"{names[0]} = " if len(names) == 1 else ""


# Frames --------------------------------------------------------------------------------------------------------------


def frames_of_caller() -> Iterator[FrameType]:
    """Yields the caller's frames, the innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        names = frame.f_globals
        module = getattr(names.get("__spec__"), "name", names.get("__name__"))  # python -m runs a module under another name
        if _is_callers(frame.f_code.co_filename, str(module), str(names.get("__file__") or "")):
            yield frame
        frame = frame.f_back


def use_by_caller() -> UseInCode:
    """Returns the call or the operator that the caller's innermost frame is at; its name is "" where this is not known."""
    frame = next(frames_of_caller(), None)
    return UseInCode("") if frame is None else used_in(frame)


class _Space(NamedTuple):
    """Variables with what they hold, and which of them are parameters, and which belong to a comprehension."""

    names: Mapping[str, Any]
    parameters: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()


def _namespaces() -> Iterator[_Space]:
    """The global variables of the caller's frames and of __main__, then the local ones, those of outer frames first.

    The variables of a function that has called itself do not count: each of its frames binds them to something else.
    """
    frames = [*frames_of_caller()]
    frames.reverse()
    for namespace in {id(g): g for g in [*(frame.f_globals for frame in frames), vars(sys.modules["__main__"])]}.values():
        yield _Space(namespace)
    calls = Counter(id(frame.f_code) for frame in frames)
    for frame in frames:
        code = frame.f_code
        if code.co_name not in _COMPREHENSIONS and calls[id(code)] == 1 and frame.f_locals is not frame.f_globals:
            yield _Space(frame.f_locals, _parameters(code), _of_comprehensions(code))


@lru_cache(maxsize=4096)
def _is_callers(file: str, module: str, file_of_module: str) -> bool:
    """Whether a frame is the caller's; `file` is its code's, and may be a text in angle brackets."""
    if file.startswith("<doctest "):  # whose globals are a copy of the module's
        return True
    if module.partition(".")[0] in _TOOLS or file.startswith("<frozen "):
        return False
    path = (file_of_module if file.startswith("<") else file).replace("\\", "/")  # what exec() runs is the module's it runs in
    return not (path.startswith(_STANDARD) or "/site-packages/" in path or "/dist-packages/" in path)


def _parameters(code: CodeType) -> frozenset[str]:
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
    return frozenset(code.co_varnames[:count])


def _of_comprehensions(code: CodeType) -> frozenset[str]:
    """The variables that belong to comprehensions alone, and stand among a function's own."""
    if _CLEAR is None:
        return frozenset()
    pairs = zip(code.co_code[::2], code.co_code[1::2], strict=True)
    names = code.co_varnames
    return frozenset(names[argument] for operation, argument in pairs if operation == _CLEAR and argument < len(names))


# What they hold ------------------------------------------------------------------------------------------------------

_PLAIN = {float, int, bool, complex, str, bytes, type(None)}
_OPAQUE = (Value, FunctionType, ModuleType, type)
_OTHERS = sys.stdlib_module_names - {"__main__"} | {"builtins", "chalkgrad"}  # a Tape's or a partial's attributes name nothing
_attributes_of: Any = type.__dict__["__dict__"].__get__  # what a class defines, past its metaclass
_ancestors_of: Any = type.__dict__["__mro__"].__get__


class _Kind(NamedTuple):
    """How a container is looked into."""

    items: Callable[[Any], Iterable[tuple[Any, object]]]
    written: Callable[[Any], str]  # a key as it stands behind the container's name; "" for one that cannot be written


class _Search:
    """Looks for objects in namespaces and in the containers there."""

    def __init__(self, wanted: Set[Any], key: Callable[[object], Any], alone: Set[Any]) -> None:
        self.wanted, self.key, self.found = wanted, key, dict[Any, str]()
        self.alone = alone  # those that parameters do not name
        self.left = ALL_ELEMENTS
        self.kinds: dict[type, _Kind | None] = dict.fromkeys(_PLAIN)

    def read(self, space: _Space) -> None:
        """Names what variables hold. The first binding wins; _names are skipped, and IPython's history of results."""
        kinds, wanted, everything, key = self.kinds, self.wanted, self.wanted, self.key
        history = space.names.get("_oh")
        for name, held in list(space.names.items()):
            if type(held) not in kinds:
                kinds[type(held)] = _kind(type(held))
            kind = kinds[type(held)]
            if (kind or key(held) in wanted) and _is_name(name) and name not in space.hidden:
                self.wanted = everything - self.alone if self.alone and name in space.parameters else everything
                self._name(held, name)
                if kind and held is not history:
                    self._look_into(held, kind, name)
        self.wanted = everything

    def _name(self, held: object, name: str) -> None:
        if self.key(held) in self.wanted:
            self.found.setdefault(self.key(held), name)

    def _look_into(self, container: object, kind: _Kind, name: str, rows: bool = True) -> None:
        """Names what a container holds and, for once, what the lists in it hold."""
        judged = kind is not _LIST
        for key, held in self._some(kind.items(container)):
            if self.key(held) in self.wanted and (suffix := kind.written(key)):
                if not judged and _is_walk(container):
                    return
                judged = True
                self._name(held, name + suffix)
            if rows and issubclass(type(held), (list, tuple)) and not _are_plain(held) and (suffix := kind.written(key)):
                self._look_into(held, _LIST, name + suffix, rows=False)

    def _some(self, items: Iterable[tuple[Any, object]]) -> Iterator[tuple[Any, object]]:
        for item in islice(items, max(0, min(ELEMENTS, self.left))):
            self.left -= 1
            yield item


def _is_name(name: object) -> bool:
    return type(name) is str and name.isidentifier() and not name.startswith("_")


def _is_walk(row: Any) -> bool:
    """Whether a list holds a value with everything that it is computed from, as a graph's nodes in order are held."""
    base = list if issubclass(type(row), list) else tuple
    held = set(map(id, base.__iter__(row)))
    computed = (v for v in islice(base.__iter__(row), ELEMENTS) if issubclass(type(v), Value) and v._x is not None)
    return any(held.issuperset(map(id, v.parents)) for v in islice(computed, 20))


def _are_plain(row: Any) -> bool:
    """Whether a list is one of numbers or texts, as the rows of data are, judged by its ends."""
    base = list if issubclass(type(row), list) else tuple
    return not base.__len__(row) or {type(base.__getitem__(row, i)) for i in (0, -1)} <= _PLAIN


def _bracketed(key: object) -> str:
    """A key in brackets, `["w1"]`; "" where it is more than a number or a plain text."""
    if type(key) is str and key.isprintable() and '"' not in key and "\\" not in key and len(key) <= 40:
        return f'["{key}"]'
    return f"[{key}]" if type(key) is int else ""


def _dotted(name: object) -> str:
    return f".{name}" if _is_name(name) else ""


def _items_of_list(container: Any) -> Iterable[tuple[Any, object]]:
    base = list if issubclass(type(container), list) else tuple
    return () if base.__len__(container) > 16 and _are_plain(container) else enumerate(base.__iter__(container))


_LIST = _Kind(_items_of_list, _bracketed)
_DICT = _Kind(dict.items, _bracketed)


def _kind(cls: type) -> _Kind | None:
    """How objects of a class are looked into, without their own code; None if they are not."""
    if issubclass(cls, _OPAQUE):
        return None
    if issubclass(cls, tuple) and type(fields := _found(cls, "_fields")) is tuple:
        return _Kind(lambda held: zip(fields, tuple.__iter__(held), strict=False), _dotted)
    if issubclass(cls, (list, tuple)):
        return _LIST
    if issubclass(cls, dict):
        return _DICT
    if cls is not SimpleNamespace and str(_attributes_of(cls).get("__module__")).partition(".")[0] in _OTHERS:
        return None
    own = _found(cls, "__dict__")
    slots = [
        (name, member)
        for ancestor in _ancestors_of(cls)
        for name, member in _attributes_of(ancestor).items()
        if type(member) is MemberDescriptorType and _is_name(name)
    ]
    if type(own) not in (GetSetDescriptorType, MemberDescriptorType):
        own = None
    return _Kind(lambda held: _attributes(held, own, slots), _dotted) if own or slots else None


def _found(cls: type, name: str) -> Any:
    """What a class or the first of its ancestors defines under a name."""
    return next((_attributes_of(c)[name] for c in _ancestors_of(cls) if name in _attributes_of(c)), None)


def _attributes(held: object, own: Any, slots: Iterable[tuple[str, Any]]) -> Iterator[tuple[Any, object]]:
    """The attributes of an object in the order of their slots, then of its dictionary."""
    for name, member in slots:
        with suppress(AttributeError):  # it has not been set
            yield name, member.__get__(held)
    if own:
        yield from list(own.__get__(held).items())
