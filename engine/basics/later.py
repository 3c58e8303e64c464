"""The names of a package that are imported when they are first asked for, because most programs need few of them (PEP 562).

A package writes its list of names out, for type checkers read it, and says in a table where those stand that come later:

    __getattr__, __dir__ = later(__name__, {"hessian": "derivatives.gradients"})
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from opcode import opmap
from typing import Any

from chalkgrad.engine.basics.absent import absent


def later(
    package: str, modules: Mapping[str, str], advice: Mapping[str, str] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Returns the `__getattr__` of a package, which imports a name from the module that has it, and its `__dir__`.

    A module of "" stands for the package of that name. `advice` says what to write for names of other libraries.

    >>> later("chalkgrad.engine", {"cost": "explaining.cost"})[0]("cost").__name__
    'cost'
    """

    def __getattr__(name: str) -> Any:  # noqa: N807 (the function is one)
        if name not in modules:
            raise not_there(package, name, sys.modules[package].__all__, advice)
        if not modules[name]:
            return import_module(f"{package}.{name}")
        found = getattr(import_module(f"{package}.{modules[name]}"), name)
        setattr(sys.modules[package], name, found)
        return found

    def __dir__() -> list[str]:  # noqa: N807 (the function is one)
        return names_for_caller({*sys.modules[package].__all__, *modules})

    return __getattr__, __dir__


def not_there(package: str, name: str, names: Iterable[str], advice: Mapping[str, str] | None) -> Exception:
    """Returns the error that the `__getattr__` of a package raises; for `from package import name`, with its sentence, too."""
    error = absent(package, name, names, advice)
    caller = sys._getframe(2)
    if caller.f_lasti >= 0 and caller.f_code.co_code[caller.f_lasti] == opmap["IMPORT_FROM"]:
        return ImportError(str(error).replace("has no attribute", "has no", 1), name=package)  # Python's own says nothing
    return error


def names_for_caller(public: Iterable[str]) -> list[str]:
    """Returns what dir() of a package lists for completion; nothing public for help(), which is to show the docstring alone.

    pydoc would add the page of every public name, a thousand lines. It finds them by inspect.getmembers, that is, by dir().
    """
    caller = sys._getframe(1).f_back
    own = ["__all__", "__doc__", "__file__", "__name__", "__path__"]
    return own if caller and caller.f_globals.get("__name__") == "inspect" else sorted({*own, *public})
