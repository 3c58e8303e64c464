"""From an entry of the table to a Python function that computes the value and the local derivatives on floats.

>>> from chalkgrad.engine.rules import RULES
>>> computer(RULES["mul"])(3.0, 4.0)
(12.0, (4.0, 3.0))

It is compiled from the entry's formulas at the first call.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import mul as product
from typing import Any

from chalkgrad.engine.formulas.trees import Formula
from chalkgrad.engine.recording import ieee
from chalkgrad.engine.recording.emit import PYTHON, emit
from chalkgrad.engine.rules import RULES, Rule

# The exceptions of a float operation where IEEE arithmetic has no finite result.
FAILURES = (ValueError, ZeroDivisionError, OverflowError)

Computer = Callable[..., tuple[float, tuple[float, ...]]]


def computer(rule: Rule, constant: Sequence[bool] = (), propagate: bool = False) -> Computer:
    """Returns a function from the arguments, floats, to the value and the local derivatives by those that are not constant.

    The local derivative by a constant is not evaluated, so that (-3)**2 does not need a logarithm. With `propagate` nothing
    raises, and infinities and NaN follow IEEE 754. Lists are passed flat, and all local derivatives are returned.
    """
    key = (() if rule.lists else tuple(constant)), propagate
    if key not in rule.computers:
        primitives: dict[str, str] = ieee.PRIMITIVES if propagate else PYTHON
        wanted = [p for i, p in enumerate(rule.partials) if not (key[0] and constant[i])]
        source = _computer_source(rule, wanted, primitives)
        kind = "".join("01"[c] for c in key[0]) + " IEEE" * propagate
        scope = {"math": math, "product": product, **ieee.FUNCTIONS}
        rule.computers[key] = define("compute", source, scope, f"{rule.name} {kind}")
    computed: Computer = rule.computers[key]
    return computed


def _value_only(rule: Rule) -> Callable[..., float]:
    return lambda *numbers: computer(rule, propagate=True)(*numbers)[0]


# Every operation of the table on floats, with IEEE results; used to decide the tests inside formulas.
ON_FLOATS: dict[str, Callable[..., float]] = {name: _value_only(rule) for name, rule in RULES.items()}


def _computer_source(rule: Rule, partials: Sequence[Formula], primitives: dict[str, str]) -> str:
    lists, scalars = rule.arguments[: rule.lists], rule.arguments[rule.lists :]
    names = {name: name + "s" if name in lists else name for name in rule.arguments}
    lines, (_, *results) = emit([rule.value, *partials], names, primitives, lists, value="v")
    if not lists:
        return function_source(f"compute({', '.join(scalars)})", [*lines, f"return v, ({tuple_items(results)})"])
    unpack = [f"n = (len(flat) - {len(scalars)}) // {len(lists)}"]
    unpack += [f"{names[name]} = flat[{i} * n : {i + 1} * n]" for i, name in enumerate(lists)]
    unpack += [f"{name} = flat[{i - len(scalars)}]" for i, name in enumerate(scalars)]
    return function_source("compute(*flat)", [*unpack, *lines, f"return v, ({flat_items(rule, results)})"])


def function_source(head: str, lines: Sequence[str]) -> str:
    """Returns the source of a function with these lines as its body."""
    return "\n".join([f"def {head}:", *("    " + line for line in lines)])


def tuple_items(sources: Sequence[str]) -> str:
    """Returns the source between the parentheses of a tuple."""
    return ", ".join(sources) + "," * (len(sources) == 1)


def flat_items(rule: Rule, partials: Sequence[str]) -> str:
    """Returns the source of a flat tuple of local derivatives; those by a list's elements are a list, or one number for all."""
    return tuple_items(
        [
            partial if i >= rule.lists else f"*[{partial}] * n" if partial[:1] in "-0123456789" else f"*{partial}"
            for i, partial in enumerate(partials)
        ]
    )


def define(name: str, source: str, scope: dict[str, Any], title: str, shared: bool = False) -> Any:
    """Returns the function that a source text defines, with `scope` as its globals; tracebacks and debuggers show the text.

    With `shared` everything that the text defines is put into `scope`, so that its functions see each other.
    """
    import linecache  # takes as long to import as the rest of the engine

    filename = f"<chalkgrad {name} {title}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    defined: dict[str, Any] = scope if shared else {}
    exec(compile(source, filename, "exec"), scope, defined)  # a text made from the table alone, never a user's
    return defined[name]
