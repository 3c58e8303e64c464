"""Expressions as a student types them at the prompt, `c*d` or `exp(a) + 1`, computed on the numbers of a graph.

>>> a, b = Value(2.0, "a"), Value(-3.0, "w[0]")
>>> Expression("2·a + exp(w[0] + 3)^2", {"a": a, "w[0]": b}).compute()
5.0
>>> Expression("a > 3", {"a": a}, condition=True).compute()
False

Python's parser reads them, and a short list of its nodes is admitted; nothing is recorded, and nothing is evaluated as Python.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from chalkgrad.engine import Value
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.recording.recorders import SIGNS
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.words.names import value_of
from chalkgrad.engine.words.other_names import OTHER_NAMES

_OPERATORS: Mapping[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Mod: "mod",
    ast.FloorDiv: "floordiv",
    ast.Pow: "pow",
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_SIGNS = {"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/", "^": "**", "≤": "<=", "≥": ">=", "≠": "!="}
_NOT_CALLED = {*SIGNS} - {"abs"}  # by their names: there are signs for these
CALLED = sorted({*FUNCTIONS} - _NOT_CALLED)
_ATTRIBUTES = ("data", "grad")


def _example() -> str:
    return "an expression is, for example, a*b + exp(c)"


def _lists(rule: Rule) -> str:
    return ", as in total([a, b]) and affine([w1, w2], [x1, x2], b)" if rule.lists else ""


class Expression:
    """An expression of the named values, their `.grad`, numbers, and the functions of the table; `text` is what was typed.

    `more` has further names for numbers that change, as functions without arguments. With `condition` it may compare.
    Raises ValueError, with a sentence, for anything that is not one of these.
    """

    def __init__(
        self,
        text: str,
        values: Mapping[str, Value],
        more: Mapping[str, Callable[[], float]] | None = None,
        condition: bool = False,
    ) -> None:
        self.text = " ".join(text.split())
        self._values, self._more = {**values}, more or {}
        self._known: dict[str, str] = {}  # the name that each placeholder stands for
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._tree = ast.parse(self._readable(), mode="eval").body
            self._admit(self._tree, condition)
        except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
            if type(error) is ValueError and "null" not in str(error):
                raise
            raise ValueError(f"{self.text!r} cannot be read: {_example()}") from None

    def compute(self) -> Any:
        """Returns the number, or for a comparison whether it holds. Raises the errors of the operations, and ValueError
        where a gradient is not computed."""
        return self._compute(self._tree)

    def _readable(self) -> str:
        """Returns the text for Python's parser: names, which may be any text, as placeholders, and signs as on a keyboard."""
        text = self.text
        names = sorted((name for name in (*self._values, *self._more) if name and name in text), key=len, reverse=True)
        if names:
            anyone = "|".join(map(re.escape, names))
            text = re.sub(rf"(?<![\w.])(?:{anyone})(?!\w|\s*\()", lambda found: self._placeholder(found[0]), text)
        return "".join(_SIGNS.get(c, c) for c in text)

    def _placeholder(self, name: str) -> str:
        placeholder = f"name{len(self._known)}_"
        self._known[placeholder] = name
        return placeholder

    # What is admitted -------------------------------------------------------------------------------------------------

    def _admit(self, node: ast.expr, condition: bool = False) -> None:
        """Raises ValueError for a node that has no place in an expression; this is the whole list."""
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                if not -sys.float_info.max <= number <= sys.float_info.max:
                    raise ValueError(f"{self.text} has a number that is larger than the largest float")
                return
            case ast.Name(id=name):
                self._named(name)
                return
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                name = self._known.get(name, name)
                self._named(name)
                if attribute not in _ATTRIBUTES or name not in self._values:
                    raise ValueError(
                        f"{name}.{attribute} has no place in an expression; {name}, {name}.data and {name}.grad have"
                    )
                return
            case ast.UnaryOp(op=ast.UAdd() | ast.USub()):
                self._admit(node.operand)
                return
            case ast.BinOp() if type(node.op) in _OPERATORS:
                self._admit(node.left)
                self._admit(node.right)
                return
            case ast.Call(func=ast.Name(id=name), keywords=[], args=arguments):
                self._admit_call(name, arguments)
                return
            case ast.Compare() if condition and all(type(sign) in _COMPARISONS for sign in node.ops):
                for side in (node.left, *node.comparators):
                    self._admit(side)
                return
            case ast.Compare():
                raise ValueError(f"{self.text} compares: until has a use for that, as in  until {self.text}")
        raise ValueError(f"{self.text!r} is more than numbers, names, + - * / // % **, and functions: {_example()}")

    def _named(self, name: str) -> None:
        name = self._known.get(name, name)
        if name in self._values or name in self._more or name == "pi":
            return
        if name in CALLED:
            raise ValueError(f"{name} is a function: write {name}(…)")
        self._values[name] = value_of(name, {value: name for name, value in self._values.items()})

    def _admit_call(self, name: str, arguments: Sequence[ast.expr]) -> None:
        if name not in CALLED:
            if name in self._values:
                raise ValueError(f"{name} is a value: for a product write {name}*(…)")
            other = OTHER_NAMES.get(name) or OTHER_NAMES.get(name.casefold())
            if other:
                raise ValueError(f"there is no function {name} here: write {other}")
            close, nearest = (get_close_matches(name, CALLED, 1, cutoff) for cutoff in (0.6, 0.0))
            said = f"did you mean {close[0]}?" if close else f"the nearest of {len(CALLED)} is {nearest[0]}: h p lists them"
            raise ValueError(f"there is no function {name} here, {said}")
        rule = RULES[name]
        most, least = len(rule.arguments), len(rule.arguments) - len(rule.defaults)
        if not least <= len(arguments) <= most:
            count = f"{least} or {most} arguments" if least < most else "1 argument" if most == 1 else f"{most} arguments"
            raise ValueError(f"{name} takes {count}, not {len(arguments)}{_lists(rule)}")
        for i, argument in enumerate(arguments):
            if (i < rule.lists) != isinstance(argument, ast.List):
                wanted = "a list" if i < rule.lists else "a number"
                raise ValueError(f"{name} takes {wanted} as argument {i + 1}{_lists(rule)}")
            for part in argument.elts if isinstance(argument, ast.List) else [argument]:
                self._admit(part)

    # What it comes to ---------------------------------------------------------------------------------------------------

    def _compute(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name):
                return self._number(self._known.get(name, name))
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                name = self._known.get(name, name)
                return self._gradient(name) if attribute == "grad" else self._number(name)
            case ast.UnaryOp():
                return FUNCTIONS["neg" if isinstance(node.op, ast.USub) else "pos"](self._compute(node.operand))
            case ast.BinOp():
                return FUNCTIONS[_OPERATORS[type(node.op)]](self._compute(node.left), self._compute(node.right))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                given = [
                    [self._compute(part) for part in argument.elts]
                    if isinstance(argument, ast.List)
                    else self._compute(argument)
                    for argument in arguments
                ]
                return FUNCTIONS[name](*given)
        assert isinstance(node, ast.Compare)
        sides = [self._compute(side) for side in (node.left, *node.comparators)]
        return all(_COMPARISONS[type(sign)](x, y) for sign, x, y in zip(node.ops, sides, sides[1:], strict=False))

    def _number(self, name: str) -> float:
        if name in self._values:
            return float(self._values[name].data)
        return self._more[name]() if name in self._more else math.pi

    def _gradient(self, name: str) -> float:
        value = self._values[name]
        if not value.has_grad:
            raise ValueError(f"{name}.grad is not computed yet")
        return float(value.grad)
