"""Names of values: their label, else the caller's variable, else v1, v2, … by their place on the tape.

Names are looked up when something is shown, never when it is computed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from chalkgrad.engine.value import Value

# Frames of these packages, and of the standard library, are skipped when looking for the caller's variables.
_NOT_THE_CALLER = {"bpython", "chalkgrad", "graphviz", "IPython", "ipykernel", "marimo", "matplotlib", "numpy", "pandas"}
_NOT_THE_CALLER |= {"_pydev_bundle", "ptpython", "pydevd", "rich", "thonny", "traitlets"}
_NOT_THE_CALLER |= sys.stdlib_module_names - {"__main__"}


def names_of(nodes: Sequence[Value]) -> dict[Value, str]:
    """Returns a different name for every node: names that occur twice get the unit's place or a number.

    >>> from chalkgrad.engine import Value
    >>> a, b = Value(2.0, "a"), Value(3.0, "a")
    >>> list(names_of([a, b, Value(4.0)]).values())
    ['a', 'a_2', 'v3']
    """
    variables = variables_of_caller()
    wanted = [label_of(node) or variables.get(id(node), "") or f"v{i}" for i, node in enumerate(nodes, 1)]
    uses: dict[str, int] = {}
    for name in wanted:
        uses[name] = uses.get(name, 0) + 1
    names: dict[Value, str] = {}
    given: set[str] = set()
    next_number: dict[str, int] = {}
    for node, name in zip(nodes, wanted, strict=True):
        if uses[name] > 1 and node.place:
            name = f"{node.place}.{name}"
        unique = name
        while unique in given or (unique != name and unique in uses):  # a suffix must not take another's label
            number = next_number.get(name, 2)
            next_number[name] = number + 1
            unique = f"{name}_{number}"
        given.add(unique)
        names[node] = unique
    return names


def label_of(node: Value) -> str:
    """Returns the label, with characters that would break a line or reorder it escaped."""
    label = str(node.label or "")
    if label.isprintable():
        return label
    return "".join(c if c.isprintable() or c not in _DISRUPTIVE else ascii(c)[1:-1] for c in label)


# Control characters, line and paragraph separators, overrides and isolates of the writing direction, lone surrogates.
_DISRUPTIVE = {
    chr(i) for i in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
_DISRUPTIVE |= {chr(i) for i in range(0xD800, 0xE000)}


def own_name(node: Value) -> str:
    """Returns the label or the name of the caller's variable; "" if there is neither."""
    return label_of(node) or variables_of_caller().get(id(node), "")


def variables_of_caller() -> dict[int, str]:
    """Returns the names of the caller's variables that hold Values, by id(); the first binding wins, _names are skipped."""
    found: dict[int, str] = {}
    for namespace in _namespaces():
        for name, value in list(namespace.items()):
            if isinstance(value, Value) and name.isidentifier() and not name.startswith("_"):
                found.setdefault(id(value), name)
    return found


def lists_of_caller() -> dict[int, str]:
    """Returns the names of the caller's variables that hold lists or tuples, by id()."""
    found: dict[int, str] = {}
    for namespace in _namespaces():
        for name, content in list(namespace.items()):
            if isinstance(content, (list, tuple)) and name.isidentifier() and not name.startswith("_"):
                found.setdefault(id(content), name)
    return found


def variables_holding(objects: Iterable[object]) -> dict[int, str]:
    """Returns the names of the caller's variables that hold any of these objects, by id()."""
    wanted = {id(x) for x in objects}
    found: dict[int, str] = {}
    for namespace in _namespaces():
        for name, held in list(namespace.items()):
            if id(held) in wanted and name.isidentifier() and not name.startswith("_"):
                found.setdefault(id(held), name)
    return found


def root_of_sweep(number: int) -> str:
    """Returns the name of the caller's variable from which this sweep has run; "" if there is none."""
    for namespace in _namespaces():
        for name, value in list(namespace.items()):
            if isinstance(value, Value) and value._grad is not None and value._swept == -number:
                return label_of(value) or name
    return ""


def _namespaces() -> Iterator[Mapping[str, Any]]:
    """The caller's local variables, then its global ones, then those of __main__."""
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_globals):
        frame = frame.f_back
    if frame.f_locals is not frame.f_globals:
        yield frame.f_locals
    yield frame.f_globals
    yield vars(sys.modules["__main__"])


def _is_ours(namespace: Mapping[str, Any]) -> bool:
    """Whether a frame belongs to a skipped package; a doctest's globals are a copy of the module's, so it does not."""
    name = namespace.get("__name__", "")
    module = sys.modules.get(name)
    return name.partition(".")[0] in _NOT_THE_CALLER and module is not None and vars(module) is namespace
