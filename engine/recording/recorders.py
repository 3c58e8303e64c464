"""The text of recording/operators.py: from each entry of the table, the function that computes an operation and records it.

>>> from chalkgrad.engine.rules import RULES
>>> print(recorder(RULES["sin"], "Returns the sine."))
@overload
def sin(x: Value) -> Value: ...
@overload
def sin(x: float) -> float: ...
def sin(x: Any) -> Any:
    \"\"\"Returns the sine.\"\"\"
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.sin(x_data)
            dx = math.cos(x_data)
        except FAILURES:
            return record(RULES_sin, (x,))
        if v - v == 0.0:
            now = modes.time
            place = ""
            if now is None:
                state = modes.current()
                if not state.taping:
                    return unrecorded(v, state.place)
                place, now = state.place, modes.clock
            node = new(Value)
            node._data = v
            node._grad = None
            node.label = ""
            node.place = place
            node._rule = RULES_sin
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_sin, (x,))

The text is written into a file, not compiled when chalkgrad is imported, so that it can be read, stepped through and checked
for types, and so that formulas stand in the table alone. words/write_operators.py writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chalkgrad.engine.recording.computers import flat_items, function_source, tuple_items
from chalkgrad.engine.recording.emit import PYTHON, emit
from chalkgrad.engine.rules import Rule

# The operations that Python has a sign for, and the methods that it calls for them, without their underscores.
SIGNS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "div": "truediv",
    "mod": "mod",
    "floordiv": "floordiv",
    "pow": "pow",
    "neg": "neg",
    "pos": "pos",
    "abs": "abs",
}

_HEAD = '''"""What `a * b` and `exp(a)` run: for each operation of the table the function that computes it and records the node.

Generated from rules.py: `python -m chalkgrad.engine.words.write_operators` writes this file anew. Do not edit it.

Each function computes the common cases itself, and leaves everything else, and everything that goes wrong, to record.py.
Nodes are made without __init__, to save its checks; value.py explains their slots. `v - v == 0.0` tests for a finite float
without a call, and `modes.time` saves the lookup of the modes while there are none. Python's sum() starts at 0, so 0 + v is v
itself where v is computed. A subclass of Value counts as Value itself, the second time that the tests are made.
"""

# mypy: disable-error-code="no-any-return, assignment, attr-defined, union-attr"

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul as product
from typing import TYPE_CHECKING, Any, overload

from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.numbers_in import NUMBERS
from chalkgrad.engine.basics.subclasses import SUBCLASSES
from chalkgrad.engine.recording.computers import FAILURES
from chalkgrad.engine.recording.record import list_argument, record, record_lists, reflected, reflected_sum, unrecorded
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.value import Value

new: Any = object.__new__

# An entry that is renamed or taken out is None here until this file is written anew, so that the command can still run.
_table: Any = RULES
'''


def operators(rules: Mapping[str, Rule], documentation: Mapping[str, str]) -> str:
    """Returns the text of the whole file."""
    functions = [name for name in rules if name not in SIGNS]
    unary = [name for name in functions if _is_method(rules[name])]
    dunders = [f'    "__{dunder}__": {name},' for name, dunder in SIGNS.items()]
    dunders += [
        f'    "__r{SIGNS[name]}__": {"reflected_sum" if name == "add" else "reflected"}({name}),' for name in _binary(rules)
    ]
    entries = [f'RULES_{name} = _table.get("{name}")' for name in rules]
    parts = [
        "\n".join([_HEAD, *_wrapped_list("__all__", functions), "", *entries]),
        *(recorder(rule, documentation[name]) for name, rule in rules.items()),
        "\n".join(["METHODS: dict[str, Any] = {", *dunders, *(f'    "{name}": {name},' for name in unary), "}"]),
        "for _name, _function in METHODS.items():\n    setattr(Value, _name, _function)",
        "\n".join(["if TYPE_CHECKING:", *("    " + line for line in _class(rules, documentation))]),
    ]
    return "\n".join([line.rstrip() for line in "\n\n\n".join(parts).splitlines()]) + "\n"


def _is_method(rule: Rule) -> bool:
    return len(rule.arguments) - len(rule.defaults) == 1 and not rule.lists


def _binary(rules: Mapping[str, Rule]) -> list[str]:
    return [name for name in SIGNS if len(rules[name].arguments) == 2]


def _wrapped_list(name: str, items: Iterable[str]) -> list[str]:
    return [f"{name} = [", *(f'    "{item}",' for item in items), "]"]


def _class(rules: Mapping[str, Rule], documentation: Mapping[str, str]) -> list[str]:
    """The lines from which type checkers and editors know a Value's operators and methods."""
    lines = ["class Operators:", '    """The methods above, as a Value has them."""']
    for name, dunder in SIGNS.items():
        other = ", other: Value | float" if name in _binary(rules) else ""
        lines += ["", f"    def __{dunder}__(self{other}) -> Value: ..."]
    for name in _binary(rules):
        lines += ["", f"    def __r{SIGNS[name]}__(self, other: float) -> Value: ..."]
    for name, rule in rules.items():
        if name not in SIGNS and _is_method(rule):
            more = [f", {x}: Value | float = {d!r}" for x, d in zip(rule.parameters[1:], rule.defaults, strict=True)]
            lines += ["", f"    def {name}(self{''.join(more)}) -> Value:"]
            lines += ["        " + line for line in _docstring(documentation[name])]
    return lines


def _overloads(rule: Rule) -> list[str]:
    """The lines from which type checkers know the function: Values make a Value, numbers alone a number."""
    if len(rule.parameters) == 1:
        cases = [(["Value"], "Value"), (["float"], "float")]
    else:
        cases = [(["Value", "Value | float"], "Value"), (["float", "Value"], "Value"), (["float", "float"], "float")]
    texts = []
    for types, result in cases:
        first = len(types) - (0 if types[-1] == "Value" else len(rule.defaults))
        parameters = [
            f"{x}: {kind}" + " = ..." * (i >= first) for i, (x, kind) in enumerate(zip(rule.parameters, types, strict=True))
        ]
        texts.append(f"def {rule.name}({', '.join(parameters)}) -> {result}: ...")
    return [line for text in texts for line in ("@overload", text)]


def _docstring(documentation: str) -> list[str]:
    """The lines of a docstring."""
    first, *rest = documentation.splitlines()
    if not rest:
        return [f'"""{first}"""']
    return [f'"""{first}', *rest, '"""']


def recorder(rule: Rule, documentation: str) -> str:
    """Returns the source of the public function of an operation: of Values it records a node, of numbers it computes a number.

    The common cases are written out, for speed: all arguments are Values, or one of two is a number of a kind that has been
    met before. Everything else, and everything that goes wrong, is left to `record`. `v - v == 0.0` tests for a finite float
    without a call.
    """
    if rule.lists:
        return _recorder_of_lists(rule, documentation)
    cases: list[list[bool]] = [[]]
    for _ in rule.arguments:
        cases = [[*case, is_value] for case in cases for is_value in (True, False)]
    once: list[str] = []
    for case in cases:
        if len(case) == 1 and any(case):
            (x,) = rule.parameters
            once += [f"if {x}.__class__ is Value or {x}.__class__ in SUBCLASSES:"]
            once += ["    " + line for line in _record_case(rule, case)]
        elif any(case):
            checks = [
                f"{x}_kind is Value" if is_value else f"({x}_kind is float or {x}_kind is int or {x}_kind in NUMBERS)"
                for x, is_value in sorted(zip(rule.parameters, case, strict=True), key=lambda pair: not pair[1])
            ]
            once += [f"if {' and '.join(checks)}:", *("    " + line for line in _record_case(rule, case))]
    lines = [*_docstring(documentation), *once, f"return record(RULES_{rule.name}, ({tuple_items(rule.parameters)}))"]
    if len(rule.parameters) > 1:
        kinds = [f"{x}_kind" for x in rule.parameters]
        lines = [
            *_docstring(documentation),
            *(f"{kind} = {x}.__class__" for x, kind in zip(rule.parameters, kinds, strict=True)),
            "while True:",
            *("    " + line for line in (*once, *_again(rule, kinds))),
        ]
    parameters = [f"{x}: Any" for x in rule.parameters]
    for i, default in enumerate(reversed(rule.defaults)):
        parameters[-1 - i] += f" = {default!r}"
    return "\n".join([*_overloads(rule), function_source(f"{rule.name}({', '.join(parameters)}) -> Any", lines)])


def _again(rule: Rule, kinds: Sequence[str]) -> list[str]:
    """The lines after all cases of two arguments: instances of subclasses count as Values then, once more from the start."""
    first, *others = kinds
    lines = [f"if {first} in SUBCLASSES:", f"    {first} = Value"]
    for kind in others:
        lines += [f"    if {kind} in SUBCLASSES:", f"        {kind} = Value"]
        lines += [f"elif {kind} in SUBCLASSES:", f"    {kind} = Value"]
    return [*lines, "else:", f"    return record(RULES_{rule.name}, ({tuple_items(rule.parameters)}))"]


def _record_case(rule: Rule, is_value: Sequence[bool]) -> list[str]:
    """The lines for one case: which arguments are Values, the others being numbers."""
    parameters = list(zip(rule.parameters, is_value, strict=True))
    names = {x: f"{parameter}_data" for x, parameter in zip(rule.arguments, rule.parameters, strict=True)}
    wanted = [p for p, value in zip(rule.partials, is_value, strict=True) if value]
    lines, (_, *partials) = emit([rule.value, *wanted], names, PYTHON, value="v")
    load = [
        f"{x}_data = {x}._data" if value else f"{x}_data = {x} if {x}_kind is float else float({x})" for x, value in parameters
    ]
    parents = [x for x, value in parameters if value]
    numbers = [f"{x}_data" for x, value in parameters if not value]
    finite = " and ".join(["v - v == 0.0", *(f"{x} - {x} == 0.0" for x in numbers)])
    operation = f"RULES_{rule.name}"
    if numbers:
        template = tuple_items(["None" if value else f"{x}_data" for x, value in parameters])
        operation = f"({operation}, {template})"
    slopes = [f"d{x}" for x in parents]
    return [
        "try:",
        *("    " + line for line in (*load, *lines, f"{', '.join(slopes)} = {', '.join(partials)}")),
        "except FAILURES:",
        f"    return record(RULES_{rule.name}, ({tuple_items(rule.parameters)}))",
        f"if {finite}:",
        *("    " + line for line in _node(operation, parents, slopes)),
    ]


def _node(operation: str, parents: Sequence[str], partials: Sequence[str]) -> list[str]:
    """The lines that make and return a node with one or two parents, or one tuple of them; value.py explains the slots."""
    return [
        "now = modes.time",
        'place = ""',
        "if now is None:",
        "    state = modes.current()",
        "    if not state.taping:",
        "        return unrecorded(v, state.place)",
        "    place, now = state.place, modes.clock",
        "node = new(Value)",
        "node._data = v",
        "node._grad = None",
        'node.label = ""',
        "node.place = place",
        f"node._rule = {operation}",
        f"node._x = {parents[0]}",
        f"node._dx = {partials[0]}",
        f"node._y = {parents[1] if len(parents) == 2 else None}",
        f"node._dy = {partials[1] if len(parents) == 2 else None}",
        "node._clock = now",
        "return node",
    ]


def _recorder_of_lists(rule: Rule, documentation: str) -> str:
    lists, scalars = rule.parameters[: rule.lists], rule.parameters[rule.lists :]
    names = {x: f"{parameter}_data" for x, parameter in zip(rule.arguments, rule.parameters, strict=True)}
    lines, (_, *partials) = emit([rule.value, *rule.partials], names, PYTHON, rule.arguments[: rule.lists], value="v")
    load = [f"{x}_data = [p._data for p in {x}]" for x in lists] + [f"{x}_data = {x}._data" for x in scalars]
    flat = tuple_items([f"*{x}" for x in lists] + list(scalars))
    same_length = "".join(f" == len({x}_data)" for x in lists[1:])
    body = [
        *_docstring(documentation),
        *(line for x in lists for line in (f"if not isinstance({x}, list):", f"    {x} = list_argument({x}, {rule.name!r})")),
        "try:",
        *("    " + line for line in load),
        f"    n = len({lists[0]}_data)",
        f"    if n{same_length} and n:" if same_length else "    if n:",
        *("        " + line for line in lines),
        f"        partials = ({flat_items(rule, partials)})",
        "        if v - v == 0.0:",
        *("            " + line for line in _node(f"RULES_{rule.name}", [f"({flat})"], ["partials"])),
        "except (AttributeError, *FAILURES):  # a number among the Values, or a value that is not finite",
        "    pass",
        f"return record_lists(RULES_{rule.name}, ({tuple_items(rule.parameters)}))",
    ]
    optional = [f"{x}: Value | float = 0.0" for x in scalars]
    parameters = ", ".join([*(f"{x}: Sequence[Value | float]" for x in lists), *optional])
    return function_source(f"{rule.name}({parameters}) -> Value", body)
