"""The functions that an expression may call: the engine's table by name, and the names that others have for its entries.

>>> functions()["maximum"].call(2.0, 3.0)
3.0
>>> unknown_function("arctan", functions())
'there is no function arctan here: write atan(x)'
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalkgrad import engine
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.words.other_names import OTHER_NAMES

__all__ = ["Function", "functions", "unknown_function"]


@dataclass(frozen=True)
class Function:
    """A function that an expression may call, and how many arguments it takes (`most` None: any number).

    `lists` counts the list arguments of an engine function; the one of total may be written without brackets.
    """

    call: Callable[..., Any]
    least: int
    most: int | None
    lists: int = 0

    def takes(self) -> str:
        """Says how many arguments the function takes.

        >>> functions()["leaky_relu"].takes()
        '1 or 2 arguments'
        """
        if self.most is None:
            return "at least one term"
        if self.most > self.least:
            return f"{self.least} or {self.most} arguments"
        return "1 argument" if self.least == 1 else f"{self.least} arguments"


def functions() -> dict[str, Function]:
    """Returns the functions that an expression may call, by name: the engine's table without its operators.

    >>> sorted(functions())[:5]
    ['abs', 'acos', 'acosh', 'affine', 'asin']
    """
    table = {"abs": Function(abs, 1, 1)}
    there = vars(engine)  # to ask the package for what it has not makes an error that looks for the closest name
    for name, rule in RULES.items():
        if name in there and name not in table:
            most = len(rule.arguments)
            only_terms = rule.lists == 1 and most == 1
            table[name] = Function(there[name], most - len(rule.defaults), None if only_terms else most, rule.lists)
    return table


def unknown_function(name: str, known: Mapping[str, Function]) -> str:
    """Returns the sentence for a function that is not among the `known`."""
    if name in OTHER_NAMES or name.casefold() in OTHER_NAMES:
        return f"there is no function {name} here: write {OTHER_NAMES.get(name) or OTHER_NAMES[name.casefold()]}"
    if name.casefold() in known:
        return f"there is no function {name}: did you mean {name.casefold()}?"
    close = difflib.get_close_matches(name.casefold(), known, n=2, cutoff=0.7)
    if close:
        return f"there is no function {name}: did you mean {' or '.join(close)}?"
    return f"there is no function {name}; there are {', '.join(sorted(known))}"
