"""Finds a Graphviz written in JavaScript, in the browser's Python, and runs it: there are no other programs to run there.

A page loads one before the first picture, for example of the npm package @hpcc-js/wasm-graphviz, and gives it a name:

    globalThis.chalkgradGraphviz = await Graphviz.load();

Any object does that has a method ``layout(dot, format, engine)`` which returns text. Without one, the module whose address is
in the environment variable CHALKGRAD_GRAPHVIZ is loaded when it is first needed, where Python can wait for JavaScript (JSPI):

    os.environ["CHALKGRAD_GRAPHVIZ"] = "/wasm-graphviz/index.js"

>>> f"globalThis.{NAME}", f'os.environ["{VARIABLE}"]'
('globalThis.chalkgradGraphviz', 'os.environ["CHALKGRAD_GRAPHVIZ"]')
"""

import importlib
import os
from typing import Any

from chalkgrad.engine.basics.notes import note

NAME, VARIABLE = "chalkgradGraphviz", "CHALKGRAD_GRAPHVIZ"

_IMPORT = "(address) => import(new URL(address, globalThis.location?.href).href).then((module) => module.Graphviz.load())"


class Failed(Exception):  # noqa: N818 (it is caught by the renderer, which says what to do)
    """JavaScript's Graphviz gave no picture; the message is its reason."""


def loaded() -> Any | None:
    """Returns the JavaScript object, which is loaded first if that is possible; None if there is none."""
    try:
        globals_there = importlib.import_module("js").globalThis
    except ImportError:
        return None
    found = getattr(globals_there, NAME, None)
    if found is None and (address := os.environ.get(VARIABLE, "").strip()):
        found = _imported(address)
        if found is not None:
            setattr(globals_there, NAME, found)
    return found


def _imported(address: str) -> Any | None:
    """Returns the Graphviz of the module at ``address``; None, with a warning, if it cannot be had."""
    ffi, code = importlib.import_module("pyodide.ffi"), importlib.import_module("pyodide.code")
    if not ffi.can_run_sync():
        return None
    try:
        return ffi.run_sync(code.run_js(_IMPORT)(address))
    except ffi.JsException as error:
        note(f"there is no JavaScript Graphviz at {address}, which {VARIABLE} names: {error}.", UserWarning, VARIABLE)
        return None


def layout(arguments: list[str], source: str) -> bytes:
    """Returns what the loaded Graphviz makes of ``source``; ``arguments`` are those of a program: -K and -T.

    Raises:
        Failed: it gave nothing.
    """
    options = {argument[:2]: argument[2:] for argument in arguments}
    if others := sorted(set(options) - {"-K", "-T"}):
        raise Failed(f"it has no option {others[0]}")
    try:
        return str(loaded().layout(source, options.get("-T", "dot"), options.get("-K", "dot"))).encode()  # type: ignore[union-attr] # found before
    except Exception as error:  # JavaScript's, whose class is known there alone
        raise Failed((str(error).strip().splitlines() or [type(error).__name__])[0]) from error
