"""The names of a package that are imported when they are first asked for, because most programs need few of them (PEP 562).

A package writes its list of names out, for type checkers read it, and says in a table where those stand that come later:

    __getattr__ = later(__name__, {"hessian": "derivatives.gradients"})
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from chalkgrad.engine.basics.absent import absent


def later(package: str, modules: Mapping[str, str], advice: Mapping[str, str] | None = None) -> Callable[[str], Any]:
    """Returns the `__getattr__` of a package: it imports a name from the module that has it, and keeps it.

    `advice` says what to write for names of other libraries.

    >>> later("chalkgrad.engine", {"cost": "explaining.cost"})("cost").__name__
    'cost'
    """

    def __getattr__(name: str) -> Any:  # noqa: N807 (the function is one)
        if name not in modules:
            raise absent(package, name, sys.modules[package].__all__, advice)
        found = getattr(import_module(f"{package}.{modules[name]}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return __getattr__
