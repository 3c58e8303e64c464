"""chalkgrad: a scalar reverse-mode autodiff engine for the blackboard.

>>> from chalkgrad import Value
>>> a, b, c, f = Value(2, "a"), Value(-3, "b"), Value(10, "c"), Value(-2, "f")
>>> L = (a * b + c) * f
>>> L.backward()
>>> a
<Value a = 2, grad 6>
>>> a.grad, b.grad, c.grad, f.grad
(6.0, -4.0, -2.0, 4.0)

This package offers what `chalkgrad.engine` has: Values, functions on them, the tape. Networks are in `chalkgrad.nn`,
pictures in `chalkgrad.viz`; the command `chalkgrad` draws expressions.
"""

TYPE_CHECKING = False  # for type checkers, which go by the name; typing takes longer to import than all that is here

if TYPE_CHECKING:
    from chalkgrad.engine import *  # noqa: F403 (the engine's public list is this package's)
    from chalkgrad.engine import __all__ as _names

    __all__ = [*_names]
    __version__: str
else:

    def __getattr__(name):
        # Nothing is imported before it is asked for, so that the command can answer Ctrl-C from its first line on. A
        # distribution's metadata take longer to read than the engine to import.
        if name == "__version__":
            from importlib.metadata import version

            return version("chalkgrad")
        import importlib

        engine = importlib.import_module("chalkgrad.engine")  # `from chalkgrad import engine` would ask here again
        if name == "engine":
            return engine
        if name == "__all__":
            found = [*engine.__all__]
        elif name in engine.__all__:
            found = getattr(engine, name)
        else:
            raise AttributeError(f"module 'chalkgrad' has no attribute {name!r}")
        globals()[name] = found
        return found

    def __dir__():
        from chalkgrad.engine import __all__ as names

        return sorted({*globals(), *names, "__all__"})

    def _for_notebooks():
        # The engine knows no pictures: it calls this when a notebook first asks what to show.
        import chalkgrad.viz.widget.notebook  # noqa: F401
