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

from typing import TYPE_CHECKING

from chalkgrad.engine import __all__ as _names

__all__ = [*_names]

if TYPE_CHECKING:
    from chalkgrad.engine import *  # noqa: F403 (the engine's public list is this package's)

    __version__: str
else:

    def __getattr__(name):
        # The engine imports some of its names when they are first asked for, and so they are asked for here, one by one. A
        # distribution's metadata take longer to read than the engine to import.
        if name == "__version__":
            from importlib.metadata import version

            return version("chalkgrad")
        if name not in _names:
            raise AttributeError(f"module 'chalkgrad' has no attribute {name!r}")
        from chalkgrad import engine

        found = globals()[name] = getattr(engine, name)
        return found

    def __dir__():
        return sorted({*globals(), *__all__})
