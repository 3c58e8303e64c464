"""The names of a package that are imported when they are first asked for, because most programs need few of them (PEP 562).

A package writes its list of names out, for type checkers read it, and says in a table where those stand that come later:

    __getattr__ = later(__name__, {"hessian": "derivatives.gradients"})
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def absent(package: str, name: str, names: Iterable[str]) -> AttributeError:
    """Returns the error for a name that a package does not have; it says which one may be meant."""
    from difflib import get_close_matches  # slow to import, and needed here alone

    near = get_close_matches(name, list(names), n=1)
    hint = f": did you mean {near[0]}?" if near else ""
    # Python would add its own "Did you mean", in some versions, from the names of `obj`.
    return AttributeError(f"{package} has no attribute {name!r}{hint}", name=name, obj=None)


def later(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Returns the `__getattr__` of a package: it imports a name from the module that has it, and keeps it.

    >>> later("chalkgrad.engine", {"cost": "explaining.cost"})("cost").__name__
    'cost'
    """

    def __getattr__(name: str) -> Any:  # noqa: N807 (the function is one)
        if name not in modules:
            raise absent(package, name, sys.modules[package].__all__)
        found = getattr(import_module(f"{package}.{modules[name]}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return __getattr__
