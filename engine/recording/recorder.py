"""From an entry of the table to Python functions: one that computes value and local derivatives, one that records a node.

>>> from chalkgrad.engine.rules import RULES
>>> computer(RULES["mul"])(3.0, 4.0)
(12.0, (4.0, 3.0))
>>> print(recorder_source(RULES["sin"]).splitlines()[0])
def sin(x):

Recorders are generated, not written by hand, so that formulas stand in the table alone; debuggers can step into them.
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

# What a float operation raises where IEEE arithmetic has no finite answer.
FAILURES = (ValueError, ZeroDivisionError, OverflowError)

Computer = Callable[..., tuple[float, tuple[float, ...]]]


def computer(rule: Rule, constant: Sequence[bool] = (), propagate: bool = False) -> Computer:
    """A function from the flat arguments, floats, to the value and the local derivatives by those that are not constant.

    A constant's local derivative is not evaluated: (-3)**2 needs no logarithm. With `propagate` nothing raises;
    infinities and NaN come out as IEEE 754 has them. For lists all local derivatives are returned.
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


# Every operation of the table on floats, as IEEE 754 has it: what tests inside formulas are decided with.
ON_FLOATS: dict[str, Callable[..., float]] = {name: _value_only(rule) for name, rule in RULES.items()}


def _computer_source(rule: Rule, partials: Sequence[Formula], primitives: dict[str, str]) -> str:
    lists, scalars = rule.arguments[: rule.lists], rule.arguments[rule.lists :]
    names = {name: name + "s" if name in lists else name for name in rule.arguments}
    lines, (_, *results) = emit([rule.value, *partials], names, primitives, lists, value="v")
    if not lists:
        return function(f"compute({', '.join(scalars)})", [*lines, f"return v, ({listed(results)})"])
    unpack = [f"n = (len(flat) - {len(scalars)}) // {len(lists)}"]
    unpack += [f"{names[name]} = flat[{i} * n : {i + 1} * n]" for i, name in enumerate(lists)]
    unpack += [f"{name} = flat[{i - len(scalars)}]" for i, name in enumerate(scalars)]
    return function("compute(*flat)", [*unpack, *lines, f"return v, ({spread(rule, results)})"])


def function(head: str, lines: Sequence[str]) -> str:
    """The source of a function with these lines as its body."""
    return "\n".join([f"def {head}:", *("    " + line for line in lines)])


def listed(sources: Sequence[str]) -> str:
    """The inside of a tuple."""
    return ", ".join(sources) + "," * (len(sources) == 1)


def spread(rule: Rule, partials: Sequence[str]) -> str:
    """The inside of a flat tuple of local derivatives; by a list's elements they come as a list, or as one number for all."""
    return listed(
        [
            partial if i >= rule.lists else f"*[{partial}] * n" if partial[:1] in "-0123456789" else f"*{partial}"
            for i, partial in enumerate(partials)
        ]
    )


def recorder_source(rule: Rule) -> str:
    """The source of the public function of an operation: on Values it records, on numbers it is arithmetic.

    It runs in the namespace of value.py. The common cases stand in line, for speed: all arguments Values, or one of two a
    float or an int. Everything else, and everything that goes wrong, is left to `record`.
    """
    if rule.lists:
        return _list_recorder_source(rule)
    cases: list[list[bool]] = [[]]
    for _ in rule.arguments:
        cases = [[*case, is_value] for case in cases for is_value in (True, False)]
    lines: list[str] = []
    for case in cases:
        if any(case):
            checks = [
                f"{x}.__class__ is Value" if is_value else f"({x}.__class__ is float or {x}.__class__ is int)"
                for x, is_value in zip(rule.parameters, case, strict=True)
            ]
            lines += [f"if {' and '.join(checks)}:", *("    " + line for line in _record_case(rule, case))]
    lines.append(f"return record(RULES_{rule.name}, ({listed(rule.parameters)}))")
    parameters = list(rule.parameters)
    for i, default in enumerate(reversed(rule.defaults)):
        parameters[-1 - i] += f"={default!r}"
    return function(f"{rule.name}({', '.join(parameters)})", lines)


def _record_case(rule: Rule, is_value: Sequence[bool]) -> list[str]:
    """Lines for arguments of which these are Values and the others numbers."""
    parameters = list(zip(rule.parameters, is_value, strict=True))
    names = {x: f"{parameter}_data" for x, parameter in zip(rule.arguments, rule.parameters, strict=True)}
    wanted = [p for p, value in zip(rule.partials, is_value, strict=True) if value]
    lines, (_, *partials) = emit([rule.value, *wanted], names, PYTHON, value="v")
    load = [f"{x}_data = {x}._data" if value else f"{x}_data = float({x})" for x, value in parameters]
    parents = [x for x, value in parameters if value]
    numbers = [f"{x}_data" for x, value in parameters if not value]
    finite = " and ".join(["v - v == 0.0 and taping", *(f"{x} - {x} == 0.0" for x in numbers)])
    operation = f"RULES_{rule.name}"
    if numbers:
        template = listed(["None" if value else f"{x}_data" for x, value in parameters])
        operation = f"({operation}, {template})"
    slopes = [f"d{x}" for x in parents]
    return [
        "try:",
        *("    " + line for line in (*load, *lines, f"{', '.join(slopes)} = {', '.join(partials)}")),
        "except FAILURES:",
        f"    return record(RULES_{rule.name}, ({listed(rule.parameters)}))",
        f"if {finite}:",
        *("    " + line for line in _node(operation, parents, slopes)),
    ]


def _node(operation: str, parents: Sequence[str], partials: Sequence[str]) -> list[str]:
    """Lines that make a node of one or two parents (or of one tuple of parents) and return it; value.py has the slots."""
    return [
        "node = new(Value)",
        "node._data = v",
        "node._grad = None",
        "node.label = ''",
        "node.place = place",
        f"node._rule = {operation}",
        f"node._x = {parents[0]}",
        f"node._dx = {partials[0]}",
        f"node._y = {parents[1] if len(parents) == 2 else None}",
        f"node._dy = {partials[1] if len(parents) == 2 else None}",
        "node._clock = clock",
        "return node",
    ]


def _list_recorder_source(rule: Rule) -> str:
    lists, scalars = rule.parameters[: rule.lists], rule.parameters[rule.lists :]
    names = {x: f"{parameter}_data" for x, parameter in zip(rule.arguments, rule.parameters, strict=True)}
    lines, (_, *partials) = emit([rule.value, *rule.partials], names, PYTHON, rule.arguments[: rule.lists], value="v")
    load = [f"{x}_data = [p._data for p in {x}]" for x in lists] + [f"{x}_data = {x}._data" for x in scalars]
    flat = listed([f"*{x}" for x in lists] + list(scalars))
    same_length = "".join(f" == len({x}_data)" for x in lists[1:])
    body = [
        *(f"{x} = elements({x}, {rule.name!r})" for x in lists),
        "try:",
        *("    " + line for line in load),
        f"    n = len({lists[0]}_data)",
        f"    if n{same_length} and n:" if same_length else "    if n:",
        *("        " + line for line in lines),
        f"        partials = ({spread(rule, partials)})",
        "        if v - v == 0.0 and taping:",
        *("            " + line for line in _node(f"RULES_{rule.name}", [f"({flat})"], ["partials"])),
        "except (AttributeError, *FAILURES):  # a number among the Values, or a value that is not finite",
        "    pass",
        f"return record_lists(RULES_{rule.name}, ({listed(rule.parameters)}))",
    ]
    parameters = ", ".join([*lists, *(f"{x}=0.0" for x in scalars)])
    return function(f"{rule.name}({parameters})", body)


def define(name: str, source: str, scope: dict[str, Any], title: str, shared: bool = False) -> Any:
    """The function that a source text defines, its globals being `scope`; tracebacks and debuggers show the text.

    With `shared` all that the text defines is put into `scope`, so that its functions see each other.
    """
    import linecache  # takes as long to import as the rest of the engine

    filename = f"<chalkgrad {name} {title}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    defined: dict[str, Any] = scope if shared else {}
    exec(compile(source, filename, "exec"), scope, defined)  # a text made from the table alone, never a user's
    return defined[name]
