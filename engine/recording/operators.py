"""What `a * b` and `exp(a)` run: for each operation of the table the function that computes it and records the node.

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

__all__ = [
    "floor",
    "ceil",
    "sign",
    "exp",
    "expm1",
    "log",
    "log1p",
    "exp2",
    "log2",
    "log10",
    "sqrt",
    "cbrt",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "asin_slope",
    "atan",
    "atan_slope",
    "atan2",
    "degrees",
    "radians",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "hypot",
    "maximum",
    "minimum",
    "total",
    "affine",
    "logsumexp",
    "erf",
    "erfc",
    "gaussian",
    "sigmoid",
    "sigmoid_slope",
    "tanh_half",
    "relu",
    "leaky_relu",
    "elu",
    "softplus",
    "gelu",
    "silu",
    "mish",
    "selu",
    "softsign",
    "heaviside",
    "identity",
]

RULES_add = _table.get("add")
RULES_sub = _table.get("sub")
RULES_mul = _table.get("mul")
RULES_div = _table.get("div")
RULES_pow = _table.get("pow")
RULES_neg = _table.get("neg")
RULES_pos = _table.get("pos")
RULES_abs = _table.get("abs")
RULES_floor = _table.get("floor")
RULES_ceil = _table.get("ceil")
RULES_sign = _table.get("sign")
RULES_mod = _table.get("mod")
RULES_floordiv = _table.get("floordiv")
RULES_exp = _table.get("exp")
RULES_expm1 = _table.get("expm1")
RULES_log = _table.get("log")
RULES_log1p = _table.get("log1p")
RULES_exp2 = _table.get("exp2")
RULES_log2 = _table.get("log2")
RULES_log10 = _table.get("log10")
RULES_sqrt = _table.get("sqrt")
RULES_cbrt = _table.get("cbrt")
RULES_sin = _table.get("sin")
RULES_cos = _table.get("cos")
RULES_tan = _table.get("tan")
RULES_asin = _table.get("asin")
RULES_acos = _table.get("acos")
RULES_asin_slope = _table.get("asin_slope")
RULES_atan = _table.get("atan")
RULES_atan_slope = _table.get("atan_slope")
RULES_atan2 = _table.get("atan2")
RULES_degrees = _table.get("degrees")
RULES_radians = _table.get("radians")
RULES_sinh = _table.get("sinh")
RULES_cosh = _table.get("cosh")
RULES_tanh = _table.get("tanh")
RULES_asinh = _table.get("asinh")
RULES_acosh = _table.get("acosh")
RULES_atanh = _table.get("atanh")
RULES_hypot = _table.get("hypot")
RULES_maximum = _table.get("maximum")
RULES_minimum = _table.get("minimum")
RULES_total = _table.get("total")
RULES_affine = _table.get("affine")
RULES_logsumexp = _table.get("logsumexp")
RULES_erf = _table.get("erf")
RULES_erfc = _table.get("erfc")
RULES_gaussian = _table.get("gaussian")
RULES_sigmoid = _table.get("sigmoid")
RULES_sigmoid_slope = _table.get("sigmoid_slope")
RULES_tanh_half = _table.get("tanh_half")
RULES_relu = _table.get("relu")
RULES_leaky_relu = _table.get("leaky_relu")
RULES_elu = _table.get("elu")
RULES_softplus = _table.get("softplus")
RULES_gelu = _table.get("gelu")
RULES_silu = _table.get("silu")
RULES_mish = _table.get("mish")
RULES_selu = _table.get("selu")
RULES_softsign = _table.get("softsign")
RULES_heaviside = _table.get("heaviside")
RULES_identity = _table.get("identity")


@overload
def add(x: Value, y: Value | float) -> Value: ...
@overload
def add(x: float, y: Value) -> Value: ...
@overload
def add(x: float, y: float) -> float: ...
def add(x: Any, y: Any) -> Any:
    """Returns the sum x + y.

    ∂v/∂x = 1
    ∂v/∂y = 1
    """
    x_kind = x.__class__
    y_kind = y.__class__
    while True:
        if x_kind is Value and y_kind is Value:
            try:
                x_data = x._data
                y_data = y._data
                v = x_data + y_data
                dx, dy = 1.0, 1.0
            except FAILURES:
                return record(RULES_add, (x, y))
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
                node._rule = RULES_add
                node._x = x
                node._dx = dx
                node._y = y
                node._dy = dy
                node._clock = now
                return node
        if x_kind is Value and (y_kind is float or y_kind is int or y_kind in NUMBERS):
            try:
                x_data = x._data
                y_data = y if y_kind is float else float(y)
                v = x_data + y_data
                dx = 1.0
            except FAILURES:
                return record(RULES_add, (x, y))
            if v - v == 0.0 and y_data - y_data == 0.0:
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
                node._rule = (RULES_add, None, y_data)
                node._x = x
                node._dx = dx
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if y_kind is Value and (x_kind is float or x_kind is int or x_kind in NUMBERS):
            try:
                x_data = x if x_kind is float else float(x)
                y_data = y._data
                v = x_data + y_data
                dy = 1.0
            except FAILURES:
                return record(RULES_add, (x, y))
            if v - v == 0.0 and x_data - x_data == 0.0:
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
                node._rule = (RULES_add, x_data, None)
                node._x = y
                node._dx = dy
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if x_kind in SUBCLASSES:
            x_kind = Value
            if y_kind in SUBCLASSES:
                y_kind = Value
        elif y_kind in SUBCLASSES:
            y_kind = Value
        else:
            return record(RULES_add, (x, y))


@overload
def sub(x: Value, y: Value | float) -> Value: ...
@overload
def sub(x: float, y: Value) -> Value: ...
@overload
def sub(x: float, y: float) -> float: ...
def sub(x: Any, y: Any) -> Any:
    """Returns the difference x - y.

    ∂v/∂x = 1
    ∂v/∂y = -1
    """
    x_kind = x.__class__
    y_kind = y.__class__
    while True:
        if x_kind is Value and y_kind is Value:
            try:
                x_data = x._data
                y_data = y._data
                v = x_data - y_data
                dx, dy = 1.0, -1.0
            except FAILURES:
                return record(RULES_sub, (x, y))
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
                node._rule = RULES_sub
                node._x = x
                node._dx = dx
                node._y = y
                node._dy = dy
                node._clock = now
                return node
        if x_kind is Value and (y_kind is float or y_kind is int or y_kind in NUMBERS):
            try:
                x_data = x._data
                y_data = y if y_kind is float else float(y)
                v = x_data - y_data
                dx = 1.0
            except FAILURES:
                return record(RULES_sub, (x, y))
            if v - v == 0.0 and y_data - y_data == 0.0:
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
                node._rule = (RULES_sub, None, y_data)
                node._x = x
                node._dx = dx
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if y_kind is Value and (x_kind is float or x_kind is int or x_kind in NUMBERS):
            try:
                x_data = x if x_kind is float else float(x)
                y_data = y._data
                v = x_data - y_data
                dy = -1.0
            except FAILURES:
                return record(RULES_sub, (x, y))
            if v - v == 0.0 and x_data - x_data == 0.0:
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
                node._rule = (RULES_sub, x_data, None)
                node._x = y
                node._dx = dy
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if x_kind in SUBCLASSES:
            x_kind = Value
            if y_kind in SUBCLASSES:
                y_kind = Value
        elif y_kind in SUBCLASSES:
            y_kind = Value
        else:
            return record(RULES_sub, (x, y))


@overload
def mul(x: Value, y: Value | float) -> Value: ...
@overload
def mul(x: float, y: Value) -> Value: ...
@overload
def mul(x: float, y: float) -> float: ...
def mul(x: Any, y: Any) -> Any:
    """Returns the product x·y.

    ∂v/∂x = y
    ∂v/∂y = x
    """
    x_kind = x.__class__
    y_kind = y.__class__
    while True:
        if x_kind is Value and y_kind is Value:
            try:
                x_data = x._data
                y_data = y._data
                v = x_data * y_data
                dx, dy = y_data, x_data
            except FAILURES:
                return record(RULES_mul, (x, y))
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
                node._rule = RULES_mul
                node._x = x
                node._dx = dx
                node._y = y
                node._dy = dy
                node._clock = now
                return node
        if x_kind is Value and (y_kind is float or y_kind is int or y_kind in NUMBERS):
            try:
                x_data = x._data
                y_data = y if y_kind is float else float(y)
                v = x_data * y_data
                dx = y_data
            except FAILURES:
                return record(RULES_mul, (x, y))
            if v - v == 0.0 and y_data - y_data == 0.0:
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
                node._rule = (RULES_mul, None, y_data)
                node._x = x
                node._dx = dx
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if y_kind is Value and (x_kind is float or x_kind is int or x_kind in NUMBERS):
            try:
                x_data = x if x_kind is float else float(x)
                y_data = y._data
                v = x_data * y_data
                dy = x_data
            except FAILURES:
                return record(RULES_mul, (x, y))
            if v - v == 0.0 and x_data - x_data == 0.0:
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
                node._rule = (RULES_mul, x_data, None)
                node._x = y
                node._dx = dy
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if x_kind in SUBCLASSES:
            x_kind = Value
            if y_kind in SUBCLASSES:
                y_kind = Value
        elif y_kind in SUBCLASSES:
            y_kind = Value
        else:
            return record(RULES_mul, (x, y))


@overload
def div(x: Value, y: Value | float) -> Value: ...
@overload
def div(x: float, y: Value) -> Value: ...
@overload
def div(x: float, y: float) -> float: ...
def div(x: Any, y: Any) -> Any:
    """Returns the quotient x/y.

    ∂v/∂x = 1/y
    ∂v/∂y = -x/y²

    Raises DomainError outside its domain: it needs a divisor other than 0.
    """
    x_kind = x.__class__
    y_kind = y.__class__
    while True:
        if x_kind is Value and y_kind is Value:
            try:
                x_data = x._data
                y_data = y._data
                v = x_data / y_data
                dx, dy = 1.0 / y_data, -v / y_data
            except FAILURES:
                return record(RULES_div, (x, y))
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
                node._rule = RULES_div
                node._x = x
                node._dx = dx
                node._y = y
                node._dy = dy
                node._clock = now
                return node
        if x_kind is Value and (y_kind is float or y_kind is int or y_kind in NUMBERS):
            try:
                x_data = x._data
                y_data = y if y_kind is float else float(y)
                v = x_data / y_data
                dx = 1.0 / y_data
            except FAILURES:
                return record(RULES_div, (x, y))
            if v - v == 0.0 and y_data - y_data == 0.0:
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
                node._rule = (RULES_div, None, y_data)
                node._x = x
                node._dx = dx
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if y_kind is Value and (x_kind is float or x_kind is int or x_kind in NUMBERS):
            try:
                x_data = x if x_kind is float else float(x)
                y_data = y._data
                v = x_data / y_data
                dy = -v / y_data
            except FAILURES:
                return record(RULES_div, (x, y))
            if v - v == 0.0 and x_data - x_data == 0.0:
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
                node._rule = (RULES_div, x_data, None)
                node._x = y
                node._dx = dy
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if x_kind in SUBCLASSES:
            x_kind = Value
            if y_kind in SUBCLASSES:
                y_kind = Value
        elif y_kind in SUBCLASSES:
            y_kind = Value
        else:
            return record(RULES_div, (x, y))


@overload
def pow(x: Value, y: Value | float) -> Value: ...
@overload
def pow(x: float, y: Value) -> Value: ...
@overload
def pow(x: float, y: float) -> float: ...
def pow(x: Any, y: Any) -> Any:
    """Returns x to the power y.

    ∂v/∂x = 0 if y = 0 else y·x^(y - 1)
    ∂v/∂y = 0 if x = 0 else log(x)·v

    Raises DomainError outside its domain: it needs a positive base, or a base of 0 with an exponent ≥ 0, or a negative base with a whole exponent.

    Convention: x**0 is 1 with derivative 0 everywhere, at x = 0 too; 0**y has derivative 0 by y.
    """
    x_kind = x.__class__
    y_kind = y.__class__
    while True:
        if x_kind is Value and y_kind is Value:
            try:
                x_data = x._data
                y_data = y._data
                v = math.pow(x_data, y_data)
                t1 = y_data - 1.0
                dx, dy = y_data * math.pow(x_data, t1) if ((y_data >= 0.5 or (y_data < -0.002 and t1 + 1.0 == y_data)) and y_data - t1 == 1.0) else ((0.0 if y_data == 0.0 else y_data * math.pow(x_data, t1)) if x_data == 0.0 else y_data * v / x_data), 0.0 if x_data == 0.0 else math.log(x_data) * v
            except FAILURES:
                return record(RULES_pow, (x, y))
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
                node._rule = RULES_pow
                node._x = x
                node._dx = dx
                node._y = y
                node._dy = dy
                node._clock = now
                return node
        if x_kind is Value and (y_kind is float or y_kind is int or y_kind in NUMBERS):
            try:
                x_data = x._data
                y_data = y if y_kind is float else float(y)
                v = math.pow(x_data, y_data)
                t1 = y_data - 1.0
                dx = y_data * math.pow(x_data, t1) if ((y_data >= 0.5 or (y_data < -0.002 and t1 + 1.0 == y_data)) and y_data - t1 == 1.0) else ((0.0 if y_data == 0.0 else y_data * math.pow(x_data, t1)) if x_data == 0.0 else y_data * v / x_data)
            except FAILURES:
                return record(RULES_pow, (x, y))
            if v - v == 0.0 and y_data - y_data == 0.0:
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
                node._rule = (RULES_pow, None, y_data)
                node._x = x
                node._dx = dx
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if y_kind is Value and (x_kind is float or x_kind is int or x_kind in NUMBERS):
            try:
                x_data = x if x_kind is float else float(x)
                y_data = y._data
                v = math.pow(x_data, y_data)
                dy = 0.0 if x_data == 0.0 else math.log(x_data) * v
            except FAILURES:
                return record(RULES_pow, (x, y))
            if v - v == 0.0 and x_data - x_data == 0.0:
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
                node._rule = (RULES_pow, x_data, None)
                node._x = y
                node._dx = dy
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if x_kind in SUBCLASSES:
            x_kind = Value
            if y_kind in SUBCLASSES:
                y_kind = Value
        elif y_kind in SUBCLASSES:
            y_kind = Value
        else:
            return record(RULES_pow, (x, y))


@overload
def neg(x: Value) -> Value: ...
@overload
def neg(x: float) -> float: ...
def neg(x: Any) -> Any:
    """Returns the negative -x.

    ∂v/∂x = -1
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = -x_data
            dx = -1.0
        except FAILURES:
            return record(RULES_neg, (x,))
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
            node._rule = RULES_neg
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_neg, (x,))


@overload
def pos(x: Value) -> Value: ...
@overload
def pos(x: float) -> float: ...
def pos(x: Any) -> Any:
    """Returns x itself, as +x.

    ∂v/∂x = 1
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = +x_data
            dx = 1.0
        except FAILURES:
            return record(RULES_pos, (x,))
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
            node._rule = RULES_pos
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_pos, (x,))


@overload
def abs(x: Value) -> Value: ...
@overload
def abs(x: float) -> float: ...
def abs(x: Any) -> Any:
    """Returns the absolute value |x|.

    ∂v/∂x = 1 if x > 0 else -1 if x < 0 else 0

    Convention: the derivative of |x| at 0 is 0.
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.fabs(x_data)
            dx = 1.0 if x_data > 0.0 else (-1.0 if x_data < 0.0 else 0.0)
        except FAILURES:
            return record(RULES_abs, (x,))
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
            node._rule = RULES_abs
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_abs, (x,))


@overload
def floor(x: Value) -> Value: ...
@overload
def floor(x: float) -> float: ...
def floor(x: Any) -> Any:
    """Returns the largest whole number up to x.

    ∂v/∂x = 0

    Convention: the derivative is 0 everywhere, at whole numbers too.

    >>> x = Value(2.5)
    >>> v = floor(x)
    >>> v.backward()
    >>> v, x
    (<Value v = ⌊x⌋ = 2, grad 1>, <Value x = 2.5, grad 0>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = float(math.floor(x_data))
            dx = 0.0
        except FAILURES:
            return record(RULES_floor, (x,))
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
            node._rule = RULES_floor
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_floor, (x,))


@overload
def ceil(x: Value) -> Value: ...
@overload
def ceil(x: float) -> float: ...
def ceil(x: Any) -> Any:
    """Returns the smallest whole number from x.

    ∂v/∂x = 0

    Convention: the derivative is 0 everywhere, at whole numbers too.

    >>> x = Value(2.5)
    >>> v = ceil(x)
    >>> v.backward()
    >>> v, x
    (<Value v = ⌈x⌉ = 3, grad 1>, <Value x = 2.5, grad 0>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = 0.0 - float(math.floor(-x_data))
            dx = 0.0
        except FAILURES:
            return record(RULES_ceil, (x,))
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
            node._rule = RULES_ceil
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_ceil, (x,))


@overload
def sign(x: Value) -> Value: ...
@overload
def sign(x: float) -> float: ...
def sign(x: Any) -> Any:
    """Returns 1 where x > 0, -1 where x < 0, 0 at 0; no gradient passes.

    ∂v/∂x = 0

    Convention: the derivative is 0 everywhere, at 0 too.

    >>> x = Value(2.0)
    >>> v = sign(x)
    >>> v.backward()
    >>> v, x
    (<Value v = sign(x) = 1, grad 1>, <Value x = 2, grad 0>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = 1.0 if x_data > 0.0 else (-1.0 if x_data < 0.0 else math.fabs(x_data))
            dx = 0.0
        except FAILURES:
            return record(RULES_sign, (x,))
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
            node._rule = RULES_sign
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_sign, (x,))


@overload
def mod(x: Value, y: Value | float) -> Value: ...
@overload
def mod(x: float, y: Value) -> Value: ...
@overload
def mod(x: float, y: float) -> float: ...
def mod(x: Any, y: Any) -> Any:
    """Returns x modulo y, with the sign of y, as Python's x % y.

    ∂v/∂x = 1
    ∂v/∂y = -⌊x/y⌋

    Raises DomainError outside its domain: it needs a divisor other than 0.

    Convention: where x is a multiple of y it jumps, and both derivatives are those on the side where it is near 0.
    """
    x_kind = x.__class__
    y_kind = y.__class__
    while True:
        if x_kind is Value and y_kind is Value:
            try:
                x_data = x._data
                y_data = y._data
                v = x_data % y_data
                dx, dy = 1.0, 0.0 - float(math.floor((x_data - v) / y_data + 0.5))
            except FAILURES:
                return record(RULES_mod, (x, y))
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
                node._rule = RULES_mod
                node._x = x
                node._dx = dx
                node._y = y
                node._dy = dy
                node._clock = now
                return node
        if x_kind is Value and (y_kind is float or y_kind is int or y_kind in NUMBERS):
            try:
                x_data = x._data
                y_data = y if y_kind is float else float(y)
                v = x_data % y_data
                dx = 1.0
            except FAILURES:
                return record(RULES_mod, (x, y))
            if v - v == 0.0 and y_data - y_data == 0.0:
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
                node._rule = (RULES_mod, None, y_data)
                node._x = x
                node._dx = dx
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if y_kind is Value and (x_kind is float or x_kind is int or x_kind in NUMBERS):
            try:
                x_data = x if x_kind is float else float(x)
                y_data = y._data
                v = x_data % y_data
                dy = 0.0 - float(math.floor((x_data - v) / y_data + 0.5))
            except FAILURES:
                return record(RULES_mod, (x, y))
            if v - v == 0.0 and x_data - x_data == 0.0:
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
                node._rule = (RULES_mod, x_data, None)
                node._x = y
                node._dx = dy
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if x_kind in SUBCLASSES:
            x_kind = Value
            if y_kind in SUBCLASSES:
                y_kind = Value
        elif y_kind in SUBCLASSES:
            y_kind = Value
        else:
            return record(RULES_mod, (x, y))


@overload
def floordiv(x: Value, y: Value | float) -> Value: ...
@overload
def floordiv(x: float, y: Value) -> Value: ...
@overload
def floordiv(x: float, y: float) -> float: ...
def floordiv(x: Any, y: Any) -> Any:
    """Returns the largest whole number up to x/y, as Python's x // y.

    ∂v/∂x = 0
    ∂v/∂y = 0

    Raises DomainError outside its domain: it needs a divisor other than 0.

    Convention: both derivatives are 0 everywhere, at multiples of y too.
    """
    x_kind = x.__class__
    y_kind = y.__class__
    while True:
        if x_kind is Value and y_kind is Value:
            try:
                x_data = x._data
                y_data = y._data
                t1 = math.fabs(x_data)
                t2 = math.fabs(y_data)
                t3 = t1 % t2
                if ((x_data >= 0.0 and y_data > 0.0) or (x_data <= 0.0 and y_data < 0.0)):
                    t5 = (t1 - t3) / t2
                else:
                    t4 = -((t1 - t3) / t2)
                    t5 = t4 - 1.0 if t3 > 0.0 else t4
                t6 = float(math.floor(t5))
                v = t6 + 1.0 if t5 - t6 > 0.5 else t6
                dx, dy = 0.0, 0.0
            except FAILURES:
                return record(RULES_floordiv, (x, y))
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
                node._rule = RULES_floordiv
                node._x = x
                node._dx = dx
                node._y = y
                node._dy = dy
                node._clock = now
                return node
        if x_kind is Value and (y_kind is float or y_kind is int or y_kind in NUMBERS):
            try:
                x_data = x._data
                y_data = y if y_kind is float else float(y)
                t1 = math.fabs(x_data)
                t2 = math.fabs(y_data)
                t3 = t1 % t2
                if ((x_data >= 0.0 and y_data > 0.0) or (x_data <= 0.0 and y_data < 0.0)):
                    t5 = (t1 - t3) / t2
                else:
                    t4 = -((t1 - t3) / t2)
                    t5 = t4 - 1.0 if t3 > 0.0 else t4
                t6 = float(math.floor(t5))
                v = t6 + 1.0 if t5 - t6 > 0.5 else t6
                dx = 0.0
            except FAILURES:
                return record(RULES_floordiv, (x, y))
            if v - v == 0.0 and y_data - y_data == 0.0:
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
                node._rule = (RULES_floordiv, None, y_data)
                node._x = x
                node._dx = dx
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if y_kind is Value and (x_kind is float or x_kind is int or x_kind in NUMBERS):
            try:
                x_data = x if x_kind is float else float(x)
                y_data = y._data
                t1 = math.fabs(x_data)
                t2 = math.fabs(y_data)
                t3 = t1 % t2
                if ((x_data >= 0.0 and y_data > 0.0) or (x_data <= 0.0 and y_data < 0.0)):
                    t5 = (t1 - t3) / t2
                else:
                    t4 = -((t1 - t3) / t2)
                    t5 = t4 - 1.0 if t3 > 0.0 else t4
                t6 = float(math.floor(t5))
                v = t6 + 1.0 if t5 - t6 > 0.5 else t6
                dy = 0.0
            except FAILURES:
                return record(RULES_floordiv, (x, y))
            if v - v == 0.0 and x_data - x_data == 0.0:
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
                node._rule = (RULES_floordiv, x_data, None)
                node._x = y
                node._dx = dy
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if x_kind in SUBCLASSES:
            x_kind = Value
            if y_kind in SUBCLASSES:
                y_kind = Value
        elif y_kind in SUBCLASSES:
            y_kind = Value
        else:
            return record(RULES_floordiv, (x, y))


@overload
def exp(x: Value) -> Value: ...
@overload
def exp(x: float) -> float: ...
def exp(x: Any) -> Any:
    """Returns e to the power x.

    ∂v/∂x = v

    >>> x = Value(1.0)
    >>> v = exp(x)
    >>> v.backward()
    >>> v, x
    (<Value v = exp(x) = 2.718, grad 1>, <Value x = 1, grad 2.718>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.exp(x_data)
            dx = v
        except FAILURES:
            return record(RULES_exp, (x,))
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
            node._rule = RULES_exp
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_exp, (x,))


@overload
def expm1(x: Value) -> Value: ...
@overload
def expm1(x: float) -> float: ...
def expm1(x: Any) -> Any:
    """Returns exp(x) - 1, exact for small x.

    ∂v/∂x = exp(x)

    >>> x = Value(1.0)
    >>> v = expm1(x)
    >>> v.backward()
    >>> v, x
    (<Value v = expm1(x) = 1.718, grad 1>, <Value x = 1, grad 2.718>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.expm1(x_data)
            dx = math.exp(x_data)
        except FAILURES:
            return record(RULES_expm1, (x,))
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
            node._rule = RULES_expm1
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_expm1, (x,))


@overload
def log(x: Value) -> Value: ...
@overload
def log(x: float) -> float: ...
def log(x: Any) -> Any:
    """Returns the natural logarithm.

    ∂v/∂x = 1/x

    Raises DomainError outside its domain: it needs x > 0.

    >>> x = Value(2.0)
    >>> v = log(x)
    >>> v.backward()
    >>> v, x
    (<Value v = log(x) = 0.6931, grad 1>, <Value x = 2, grad 0.5>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.log(x_data)
            dx = 1.0 / x_data
        except FAILURES:
            return record(RULES_log, (x,))
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
            node._rule = RULES_log
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_log, (x,))


@overload
def log1p(x: Value) -> Value: ...
@overload
def log1p(x: float) -> float: ...
def log1p(x: Any) -> Any:
    """Returns log(1 + x), exact for small x.

    ∂v/∂x = 1/(1 + x)

    Raises DomainError outside its domain: it needs x > -1.

    >>> x = Value(-0.5)
    >>> v = log1p(x)
    >>> v.backward()
    >>> v, x
    (<Value v = log1p(x) = -0.6931, grad 1>, <Value x = -0.5, grad 2>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.log1p(x_data)
            dx = 1.0 / (1.0 + x_data)
        except FAILURES:
            return record(RULES_log1p, (x,))
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
            node._rule = RULES_log1p
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_log1p, (x,))


@overload
def exp2(x: Value) -> Value: ...
@overload
def exp2(x: float) -> float: ...
def exp2(x: Any) -> Any:
    """Returns 2 to the power x.

    ∂v/∂x = log(2)·v

    >>> x = Value(10.0)
    >>> v = exp2(x)
    >>> v.backward()
    >>> v, x
    (<Value v = 2^x = 1024, grad 1>, <Value x = 10, grad 709.8>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.pow(2.0, x_data)
            dx = 0.6931471805599453 * v
        except FAILURES:
            return record(RULES_exp2, (x,))
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
            node._rule = RULES_exp2
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_exp2, (x,))


@overload
def log2(x: Value) -> Value: ...
@overload
def log2(x: float) -> float: ...
def log2(x: Any) -> Any:
    """Returns the logarithm to base 2.

    ∂v/∂x = 1/(log(2)·x)

    Raises DomainError outside its domain: it needs x > 0.

    >>> x = Value(8.0)
    >>> v = log2(x)
    >>> v.backward()
    >>> v, x
    (<Value v = log2(x) = 3, grad 1>, <Value x = 8, grad 0.1803>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.log2(x_data)
            dx = 1.0 / x_data / 0.6931471805599453
        except FAILURES:
            return record(RULES_log2, (x,))
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
            node._rule = RULES_log2
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_log2, (x,))


@overload
def log10(x: Value) -> Value: ...
@overload
def log10(x: float) -> float: ...
def log10(x: Any) -> Any:
    """Returns the logarithm to base 10.

    ∂v/∂x = 1/(log(10)·x)

    Raises DomainError outside its domain: it needs x > 0.

    >>> x = Value(1000.0)
    >>> v = log10(x)
    >>> v.backward()
    >>> v, x
    (<Value v = log10(x) = 3, grad 1>, <Value x = 1000, grad 0.0004343>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.log10(x_data)
            dx = 1.0 / x_data / 2.302585092994046
        except FAILURES:
            return record(RULES_log10, (x,))
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
            node._rule = RULES_log10
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_log10, (x,))


@overload
def sqrt(x: Value) -> Value: ...
@overload
def sqrt(x: float) -> float: ...
def sqrt(x: Any) -> Any:
    """Returns the square root.

    ∂v/∂x = 1/(2·v)

    Raises DomainError outside its domain: it needs x ≥ 0.

    Convention: sqrt(0) is 0 with an infinite derivative, which a backward pass refuses to use.

    >>> x = Value(2.0)
    >>> v = sqrt(x)
    >>> v.backward()
    >>> v, x
    (<Value v = √x = 1.414, grad 1>, <Value x = 2, grad 0.3536>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.sqrt(x_data)
            dx = 0.5 / v
        except FAILURES:
            return record(RULES_sqrt, (x,))
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
            node._rule = RULES_sqrt
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_sqrt, (x,))


@overload
def cbrt(x: Value) -> Value: ...
@overload
def cbrt(x: float) -> float: ...
def cbrt(x: Any) -> Any:
    """Returns the cube root, of negative numbers too.

    ∂v/∂x = 1/(3·v²)

    Convention: cbrt(0) is 0 with an infinite derivative, which a backward pass refuses to use.

    >>> x = Value(27.0)
    >>> v = cbrt(x)
    >>> v.backward()
    >>> v, x
    (<Value v = cbrt(x) = 3, grad 1>, <Value x = 27, grad 0.03704>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            t1 = math.fabs(x_data)
            if (t1 > 0.0 and t1 <= 1.7976931348623157e+308):
                t2 = math.pow(t1, 0.3333333333333333)
                t3 = t2 - (t2 - t1 / (t2 * t2)) / 3.0
                t4 = -t3 if x_data < 0.0 else t3
            else:
                t4 = x_data
            v = t4
            dx = 1.0 / (3.0 * (v * v))
        except FAILURES:
            return record(RULES_cbrt, (x,))
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
            node._rule = RULES_cbrt
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_cbrt, (x,))


@overload
def sin(x: Value) -> Value: ...
@overload
def sin(x: float) -> float: ...
def sin(x: Any) -> Any:
    """Returns the sine of x in radians.

    ∂v/∂x = cos(x)

    >>> x = Value(1.0)
    >>> v = sin(x)
    >>> v.backward()
    >>> v, x
    (<Value v = sin(x) = 0.8415, grad 1>, <Value x = 1, grad 0.5403>)
    """
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


@overload
def cos(x: Value) -> Value: ...
@overload
def cos(x: float) -> float: ...
def cos(x: Any) -> Any:
    """Returns the cosine of x in radians.

    ∂v/∂x = -sin(x)

    >>> x = Value(1.0)
    >>> v = cos(x)
    >>> v.backward()
    >>> v, x
    (<Value v = cos(x) = 0.5403, grad 1>, <Value x = 1, grad -0.8415>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.cos(x_data)
            dx = -math.sin(x_data)
        except FAILURES:
            return record(RULES_cos, (x,))
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
            node._rule = RULES_cos
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_cos, (x,))


@overload
def tan(x: Value) -> Value: ...
@overload
def tan(x: float) -> float: ...
def tan(x: Any) -> Any:
    """Returns the tangent of x in radians.

    ∂v/∂x = 1 + v²

    >>> x = Value(1.0)
    >>> v = tan(x)
    >>> v.backward()
    >>> v, x
    (<Value v = tan(x) = 1.557, grad 1>, <Value x = 1, grad 3.426>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.tan(x_data)
            dx = 1.0 + v * v
        except FAILURES:
            return record(RULES_tan, (x,))
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
            node._rule = RULES_tan
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_tan, (x,))


@overload
def asin(x: Value) -> Value: ...
@overload
def asin(x: float) -> float: ...
def asin(x: Any) -> Any:
    """Returns the inverse sine, in radians.

    ∂v/∂x = 1/√(1 - x²)

    Raises DomainError outside its domain: it needs -1 ≤ x ≤ 1.

    Convention: asin(±1) has an infinite derivative, which a backward pass refuses to use.

    >>> x = Value(0.5)
    >>> v = asin(x)
    >>> v.backward()
    >>> v, x
    (<Value v = asin(x) = 0.5236, grad 1>, <Value x = 0.5, grad 1.155>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.asin(x_data)
            t1 = x_data * x_data
            dx = 1.0 / math.sqrt(1.0 - t1 if t1 < 0.25 else (1.0 - x_data) * (1.0 + x_data))
        except FAILURES:
            return record(RULES_asin, (x,))
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
            node._rule = RULES_asin
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_asin, (x,))


@overload
def acos(x: Value) -> Value: ...
@overload
def acos(x: float) -> float: ...
def acos(x: Any) -> Any:
    """Returns the inverse cosine, in radians.

    ∂v/∂x = -1/√(1 - x²)

    Raises DomainError outside its domain: it needs -1 ≤ x ≤ 1.

    Convention: acos(±1) has an infinite derivative, which a backward pass refuses to use.

    >>> x = Value(0.5)
    >>> v = acos(x)
    >>> v.backward()
    >>> v, x
    (<Value v = acos(x) = 1.047, grad 1>, <Value x = 0.5, grad -1.155>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.acos(x_data)
            t1 = x_data * x_data
            dx = -(1.0 / math.sqrt(1.0 - t1 if t1 < 0.25 else (1.0 - x_data) * (1.0 + x_data)))
        except FAILURES:
            return record(RULES_acos, (x,))
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
            node._rule = RULES_acos
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_acos, (x,))


@overload
def asin_slope(x: Value) -> Value: ...
@overload
def asin_slope(x: float) -> float: ...
def asin_slope(x: Any) -> Any:
    """Returns the derivative of asin, 1/√(1 - x²).

    ∂v/∂x = x·v³

    Raises DomainError outside its domain: it needs -1 < x < 1.

    >>> x = Value(0.5)
    >>> v = asin_slope(x)
    >>> v.backward()
    >>> v, x
    (<Value v = 1/√(1 - x²) = 1.155, grad 1>, <Value x = 0.5, grad 0.7698>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            t1 = x_data * x_data
            t2 = 1.0 - t1 if t1 < 0.25 else (1.0 - x_data) * (1.0 + x_data)
            v = 1.0 / math.sqrt(t2)
            dx = x_data * v / t2
        except FAILURES:
            return record(RULES_asin_slope, (x,))
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
            node._rule = RULES_asin_slope
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_asin_slope, (x,))


@overload
def atan(x: Value) -> Value: ...
@overload
def atan(x: float) -> float: ...
def atan(x: Any) -> Any:
    """Returns the inverse tangent, in radians.

    ∂v/∂x = 1/(1 + x²)

    >>> x = Value(0.0)
    >>> v = atan(x)
    >>> v.backward()
    >>> v, x
    (<Value v = atan(x) = 0, grad 1>, <Value x = 0, grad 1>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.atan(x_data)
            t1 = x_data * 7.888609052210118e-31
            dx = 6.223015277861142e-61 / (6.223015277861142e-61 + t1 * t1)
        except FAILURES:
            return record(RULES_atan, (x,))
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
            node._rule = RULES_atan
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_atan, (x,))


@overload
def atan_slope(x: Value) -> Value: ...
@overload
def atan_slope(x: float) -> float: ...
def atan_slope(x: Any) -> Any:
    """Returns the derivative of atan, 1/(1 + x²).

    ∂v/∂x = (-2)·x·v²

    >>> x = Value(0.0)
    >>> v = atan_slope(x)
    >>> v.backward()
    >>> v, x
    (<Value v = 1/(1 + x²) = 1, grad 1>, <Value x = 0, grad 0>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            t1 = x_data * 7.888609052210118e-31
            v = 6.223015277861142e-61 / (6.223015277861142e-61 + t1 * t1)
            dx = x_data * v * v * -2.0
        except FAILURES:
            return record(RULES_atan_slope, (x,))
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
            node._rule = RULES_atan_slope
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_atan_slope, (x,))


@overload
def atan2(y: Value, x: Value | float) -> Value: ...
@overload
def atan2(y: float, x: Value) -> Value: ...
@overload
def atan2(y: float, x: float) -> float: ...
def atan2(y: Any, x: Any) -> Any:
    """Returns the angle of the point (x, y), in radians from -π to π.

    ∂v/∂y = x/(x² + y²)
    ∂v/∂x = -y/(x² + y²)

    Convention: both derivatives are 0 at the origin; where the angle jumps from -π to π they are those beside the jump.

    >>> y, x = Value(1.0), Value(2.0)
    >>> v = atan2(y, x)
    >>> v.backward()
    >>> v, y, x
    (<Value v = atan2(y, x) = 0.4636, grad 1>, <Value y = 1, grad 0.4>, <Value x = 2, grad -0.2>)
    """
    y_kind = y.__class__
    x_kind = x.__class__
    while True:
        if y_kind is Value and x_kind is Value:
            try:
                y_data = y._data
                x_data = x._data
                v = math.atan2(y_data, x_data)
                t1 = math.hypot(x_data, y_data)
                if t1 == 0.0:
                    t5 = 0.0
                else:
                    if t1 <= 1.7976931348623157e+308:
                        t4 = x_data / t1 / t1
                    else:
                        t2 = x_data * 7.888609052210118e-31
                        t3 = math.hypot(t2, y_data * 7.888609052210118e-31)
                        t4 = t2 / t3 / t3 * 7.888609052210118e-31
                    t5 = t4
                if t1 == 0.0:
                    t8 = 0.0
                else:
                    if t1 <= 1.7976931348623157e+308:
                        t7 = -y_data / t1 / t1
                    else:
                        t6 = math.hypot(x_data * 7.888609052210118e-31, y_data * 7.888609052210118e-31)
                        t7 = -y_data * 7.888609052210118e-31 / t6 / t6 * 7.888609052210118e-31
                    t8 = t7
                dy, dx = t5, t8
            except FAILURES:
                return record(RULES_atan2, (y, x))
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
                node._rule = RULES_atan2
                node._x = y
                node._dx = dy
                node._y = x
                node._dy = dx
                node._clock = now
                return node
        if y_kind is Value and (x_kind is float or x_kind is int or x_kind in NUMBERS):
            try:
                y_data = y._data
                x_data = x if x_kind is float else float(x)
                v = math.atan2(y_data, x_data)
                t1 = math.hypot(x_data, y_data)
                if t1 == 0.0:
                    t5 = 0.0
                else:
                    if t1 <= 1.7976931348623157e+308:
                        t4 = x_data / t1 / t1
                    else:
                        t2 = x_data * 7.888609052210118e-31
                        t3 = math.hypot(t2, y_data * 7.888609052210118e-31)
                        t4 = t2 / t3 / t3 * 7.888609052210118e-31
                    t5 = t4
                dy = t5
            except FAILURES:
                return record(RULES_atan2, (y, x))
            if v - v == 0.0 and x_data - x_data == 0.0:
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
                node._rule = (RULES_atan2, None, x_data)
                node._x = y
                node._dx = dy
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if x_kind is Value and (y_kind is float or y_kind is int or y_kind in NUMBERS):
            try:
                y_data = y if y_kind is float else float(y)
                x_data = x._data
                v = math.atan2(y_data, x_data)
                t1 = math.hypot(x_data, y_data)
                if t1 == 0.0:
                    t4 = 0.0
                else:
                    if t1 <= 1.7976931348623157e+308:
                        t3 = -y_data / t1 / t1
                    else:
                        t2 = math.hypot(x_data * 7.888609052210118e-31, y_data * 7.888609052210118e-31)
                        t3 = -y_data * 7.888609052210118e-31 / t2 / t2 * 7.888609052210118e-31
                    t4 = t3
                dx = t4
            except FAILURES:
                return record(RULES_atan2, (y, x))
            if v - v == 0.0 and y_data - y_data == 0.0:
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
                node._rule = (RULES_atan2, y_data, None)
                node._x = x
                node._dx = dx
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if y_kind in SUBCLASSES:
            y_kind = Value
            if x_kind in SUBCLASSES:
                x_kind = Value
        elif x_kind in SUBCLASSES:
            x_kind = Value
        else:
            return record(RULES_atan2, (y, x))


@overload
def degrees(x: Value) -> Value: ...
@overload
def degrees(x: float) -> float: ...
def degrees(x: Any) -> Any:
    """Returns the angle x, given in radians, in degrees.

    ∂v/∂x = 180/π

    >>> x = Value(1.0)
    >>> v = degrees(x)
    >>> v.backward()
    >>> v, x
    (<Value v = degrees(x) = 57.3, grad 1>, <Value x = 1, grad 57.3>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = x_data * 57.29577951308232
            dx = 57.29577951308232
        except FAILURES:
            return record(RULES_degrees, (x,))
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
            node._rule = RULES_degrees
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_degrees, (x,))


@overload
def radians(x: Value) -> Value: ...
@overload
def radians(x: float) -> float: ...
def radians(x: Any) -> Any:
    """Returns the angle x, given in degrees, in radians.

    ∂v/∂x = π/180

    >>> x = Value(1.0)
    >>> v = radians(x)
    >>> v.backward()
    >>> v, x
    (<Value v = radians(x) = 0.01745, grad 1>, <Value x = 1, grad 0.01745>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = x_data * 0.017453292519943295
            dx = 0.017453292519943295
        except FAILURES:
            return record(RULES_radians, (x,))
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
            node._rule = RULES_radians
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_radians, (x,))


@overload
def sinh(x: Value) -> Value: ...
@overload
def sinh(x: float) -> float: ...
def sinh(x: Any) -> Any:
    """Returns the hyperbolic sine.

    ∂v/∂x = cosh(x)

    >>> x = Value(1.0)
    >>> v = sinh(x)
    >>> v.backward()
    >>> v, x
    (<Value v = sinh(x) = 1.175, grad 1>, <Value x = 1, grad 1.543>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.sinh(x_data)
            dx = math.cosh(x_data)
        except FAILURES:
            return record(RULES_sinh, (x,))
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
            node._rule = RULES_sinh
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_sinh, (x,))


@overload
def cosh(x: Value) -> Value: ...
@overload
def cosh(x: float) -> float: ...
def cosh(x: Any) -> Any:
    """Returns the hyperbolic cosine.

    ∂v/∂x = sinh(x)

    >>> x = Value(1.0)
    >>> v = cosh(x)
    >>> v.backward()
    >>> v, x
    (<Value v = cosh(x) = 1.543, grad 1>, <Value x = 1, grad 1.175>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.cosh(x_data)
            dx = math.sinh(x_data)
        except FAILURES:
            return record(RULES_cosh, (x,))
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
            node._rule = RULES_cosh
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_cosh, (x,))


@overload
def tanh(x: Value) -> Value: ...
@overload
def tanh(x: float) -> float: ...
def tanh(x: Any) -> Any:
    """Returns the hyperbolic tangent.

    ∂v/∂x = 1 - v²

    >>> x = Value(0.5)
    >>> v = tanh(x)
    >>> v.backward()
    >>> v, x
    (<Value v = tanh(x) = 0.4621, grad 1>, <Value x = 0.5, grad 0.7864>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.tanh(x_data)
            t1 = 2.0 * x_data
            if t1 >= 0.0:
                t2 = math.exp(-t1)
                t4 = t2 / (1.0 + t2 * (2.0 + t2))
            else:
                t3 = math.exp(t1)
                t4 = t3 / (1.0 + t3 * (2.0 + t3))
            dx = 4.0 * t4
        except FAILURES:
            return record(RULES_tanh, (x,))
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
            node._rule = RULES_tanh
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_tanh, (x,))


@overload
def asinh(x: Value) -> Value: ...
@overload
def asinh(x: float) -> float: ...
def asinh(x: Any) -> Any:
    """Returns the inverse hyperbolic sine.

    ∂v/∂x = 1/√(x² + 1)

    >>> x = Value(0.5)
    >>> v = asinh(x)
    >>> v.backward()
    >>> v, x
    (<Value v = asinh(x) = 0.4812, grad 1>, <Value x = 0.5, grad 0.8944>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            t1 = math.fabs(x_data)
            if x_data < 0.0:
                if t1 < 268435456.0:
                    t2 = t1 * t1
                    t3 = math.log1p(t1 + t2 / (1.0 + math.sqrt(t2 + 1.0)))
                else:
                    t3 = math.log(t1) + 0.6931471805599453
                t6 = -t3
            else:
                if t1 < 268435456.0:
                    t4 = t1 * t1
                    t5 = math.log1p(t1 + t4 / (1.0 + math.sqrt(t4 + 1.0)))
                else:
                    t5 = math.log(t1) + 0.6931471805599453
                t6 = t5
            v = t6
            dx = 1.0 / math.hypot(1.0, x_data)
        except FAILURES:
            return record(RULES_asinh, (x,))
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
            node._rule = RULES_asinh
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_asinh, (x,))


@overload
def acosh(x: Value) -> Value: ...
@overload
def acosh(x: float) -> float: ...
def acosh(x: Any) -> Any:
    """Returns the inverse hyperbolic cosine.

    ∂v/∂x = 1/√(x² - 1)

    Raises DomainError outside its domain: it needs x ≥ 1.

    Convention: acosh(1) has an infinite derivative, which a backward pass refuses to use.

    >>> x = Value(2.0)
    >>> v = acosh(x)
    >>> v.backward()
    >>> v, x
    (<Value v = acosh(x) = 1.317, grad 1>, <Value x = 2, grad 0.5774>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            if x_data < 268435456.0:
                t1 = x_data - 1.0
                t2 = math.log1p(t1 + math.sqrt(t1 * math.fabs(t1 + 2.0)))
            else:
                t2 = math.log(x_data) + 0.6931471805599453
            v = t2
            t3 = x_data - 1.0
            dx = 1.0 / (math.sqrt(t3) * math.sqrt(x_data + 1.0))
        except FAILURES:
            return record(RULES_acosh, (x,))
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
            node._rule = RULES_acosh
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_acosh, (x,))


@overload
def atanh(x: Value) -> Value: ...
@overload
def atanh(x: float) -> float: ...
def atanh(x: Any) -> Any:
    """Returns the inverse hyperbolic tangent.

    ∂v/∂x = 1/(1 - x²)

    Raises DomainError outside its domain: it needs -1 < x < 1.

    >>> x = Value(0.5)
    >>> v = atanh(x)
    >>> v.backward()
    >>> v, x
    (<Value v = atanh(x) = 0.5493, grad 1>, <Value x = 0.5, grad 1.333>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            t1 = math.fabs(x_data)
            t2 = math.log1p(2.0 * t1 / (1.0 - t1)) / 2.0
            v = -t2 if x_data < 0.0 else t2
            t3 = x_data * x_data
            dx = 1.0 / (1.0 - t3 if t3 < 0.25 else (1.0 - x_data) * (1.0 + x_data))
        except FAILURES:
            return record(RULES_atanh, (x,))
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
            node._rule = RULES_atanh
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_atanh, (x,))


@overload
def hypot(x: Value, y: Value | float) -> Value: ...
@overload
def hypot(x: float, y: Value) -> Value: ...
@overload
def hypot(x: float, y: float) -> float: ...
def hypot(x: Any, y: Any) -> Any:
    """Returns the distance √(x² + y²).

    ∂v/∂x = 0 if v = 0 else x/v
    ∂v/∂y = 0 if v = 0 else y/v

    Convention: both derivatives are 0 at the origin.

    >>> x, y = Value(3.0), Value(4.0)
    >>> v = hypot(x, y)
    >>> v.backward()
    >>> v, x, y
    (<Value v = hypot(x, y) = 5, grad 1>, <Value x = 3, grad 0.6>, <Value y = 4, grad 0.8>)
    """
    x_kind = x.__class__
    y_kind = y.__class__
    while True:
        if x_kind is Value and y_kind is Value:
            try:
                x_data = x._data
                y_data = y._data
                v = math.hypot(x_data, y_data)
                if (v >= 2.2250738585072014e-308 and v <= 1.7976931348623157e+308):
                    t4 = x_data / v
                else:
                    if v < 1.0:
                        if v == 0.0:
                            t2 = 0.0
                        else:
                            t1 = x_data * 1.2676506002282294e+30
                            t2 = t1 / math.hypot(t1, y_data * 1.2676506002282294e+30)
                        t3 = t2
                    else:
                        t3 = x_data / v if math.fabs(x_data) <= 1.7976931348623157e+308 else math.tanh(x_data) + 0.0 * y_data
                    t4 = t3
                if (v >= 2.2250738585072014e-308 and v <= 1.7976931348623157e+308):
                    t8 = y_data / v
                else:
                    if v < 1.0:
                        if v == 0.0:
                            t6 = 0.0
                        else:
                            t5 = y_data * 1.2676506002282294e+30
                            t6 = t5 / math.hypot(t5, x_data * 1.2676506002282294e+30)
                        t7 = t6
                    else:
                        t7 = y_data / v if math.fabs(y_data) <= 1.7976931348623157e+308 else math.tanh(y_data) + 0.0 * x_data
                    t8 = t7
                dx, dy = t4, t8
            except FAILURES:
                return record(RULES_hypot, (x, y))
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
                node._rule = RULES_hypot
                node._x = x
                node._dx = dx
                node._y = y
                node._dy = dy
                node._clock = now
                return node
        if x_kind is Value and (y_kind is float or y_kind is int or y_kind in NUMBERS):
            try:
                x_data = x._data
                y_data = y if y_kind is float else float(y)
                v = math.hypot(x_data, y_data)
                if (v >= 2.2250738585072014e-308 and v <= 1.7976931348623157e+308):
                    t4 = x_data / v
                else:
                    if v < 1.0:
                        if v == 0.0:
                            t2 = 0.0
                        else:
                            t1 = x_data * 1.2676506002282294e+30
                            t2 = t1 / math.hypot(t1, y_data * 1.2676506002282294e+30)
                        t3 = t2
                    else:
                        t3 = x_data / v if math.fabs(x_data) <= 1.7976931348623157e+308 else math.tanh(x_data) + 0.0 * y_data
                    t4 = t3
                dx = t4
            except FAILURES:
                return record(RULES_hypot, (x, y))
            if v - v == 0.0 and y_data - y_data == 0.0:
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
                node._rule = (RULES_hypot, None, y_data)
                node._x = x
                node._dx = dx
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if y_kind is Value and (x_kind is float or x_kind is int or x_kind in NUMBERS):
            try:
                x_data = x if x_kind is float else float(x)
                y_data = y._data
                v = math.hypot(x_data, y_data)
                if (v >= 2.2250738585072014e-308 and v <= 1.7976931348623157e+308):
                    t4 = y_data / v
                else:
                    if v < 1.0:
                        if v == 0.0:
                            t2 = 0.0
                        else:
                            t1 = y_data * 1.2676506002282294e+30
                            t2 = t1 / math.hypot(t1, x_data * 1.2676506002282294e+30)
                        t3 = t2
                    else:
                        t3 = y_data / v if math.fabs(y_data) <= 1.7976931348623157e+308 else math.tanh(y_data) + 0.0 * x_data
                    t4 = t3
                dy = t4
            except FAILURES:
                return record(RULES_hypot, (x, y))
            if v - v == 0.0 and x_data - x_data == 0.0:
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
                node._rule = (RULES_hypot, x_data, None)
                node._x = y
                node._dx = dy
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if x_kind in SUBCLASSES:
            x_kind = Value
            if y_kind in SUBCLASSES:
                y_kind = Value
        elif y_kind in SUBCLASSES:
            y_kind = Value
        else:
            return record(RULES_hypot, (x, y))


@overload
def maximum(x: Value, y: Value | float) -> Value: ...
@overload
def maximum(x: float, y: Value) -> Value: ...
@overload
def maximum(x: float, y: float) -> float: ...
def maximum(x: Any, y: Any) -> Any:
    """Returns the larger of x and y.

    ∂v/∂x = 1 if x > y else 0 if x < y else 0.5
    ∂v/∂y = 1 if y > x else 0 if y < x else 0.5

    Convention: a tie gives each argument 0.5.

    >>> x, y = Value(2.0), Value(-3.0)
    >>> v = maximum(x, y)
    >>> v.backward()
    >>> v, x, y
    (<Value v = max(x, y) = 2, grad 1>, <Value x = 2, grad 1>, <Value y = -3, grad 0>)
    """
    x_kind = x.__class__
    y_kind = y.__class__
    while True:
        if x_kind is Value and y_kind is Value:
            try:
                x_data = x._data
                y_data = y._data
                v = x_data if x_data >= y_data else (y_data if y_data > x_data else x_data + y_data)
                dx, dy = 1.0 if x_data > y_data else (0.0 if x_data < y_data else 0.5), 1.0 if y_data > x_data else (0.0 if y_data < x_data else 0.5)
            except FAILURES:
                return record(RULES_maximum, (x, y))
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
                node._rule = RULES_maximum
                node._x = x
                node._dx = dx
                node._y = y
                node._dy = dy
                node._clock = now
                return node
        if x_kind is Value and (y_kind is float or y_kind is int or y_kind in NUMBERS):
            try:
                x_data = x._data
                y_data = y if y_kind is float else float(y)
                v = x_data if x_data >= y_data else (y_data if y_data > x_data else x_data + y_data)
                dx = 1.0 if x_data > y_data else (0.0 if x_data < y_data else 0.5)
            except FAILURES:
                return record(RULES_maximum, (x, y))
            if v - v == 0.0 and y_data - y_data == 0.0:
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
                node._rule = (RULES_maximum, None, y_data)
                node._x = x
                node._dx = dx
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if y_kind is Value and (x_kind is float or x_kind is int or x_kind in NUMBERS):
            try:
                x_data = x if x_kind is float else float(x)
                y_data = y._data
                v = x_data if x_data >= y_data else (y_data if y_data > x_data else x_data + y_data)
                dy = 1.0 if y_data > x_data else (0.0 if y_data < x_data else 0.5)
            except FAILURES:
                return record(RULES_maximum, (x, y))
            if v - v == 0.0 and x_data - x_data == 0.0:
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
                node._rule = (RULES_maximum, x_data, None)
                node._x = y
                node._dx = dy
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if x_kind in SUBCLASSES:
            x_kind = Value
            if y_kind in SUBCLASSES:
                y_kind = Value
        elif y_kind in SUBCLASSES:
            y_kind = Value
        else:
            return record(RULES_maximum, (x, y))


@overload
def minimum(x: Value, y: Value | float) -> Value: ...
@overload
def minimum(x: float, y: Value) -> Value: ...
@overload
def minimum(x: float, y: float) -> float: ...
def minimum(x: Any, y: Any) -> Any:
    """Returns the smaller of x and y.

    ∂v/∂x = 1 if x < y else 0 if x > y else 0.5
    ∂v/∂y = 1 if y < x else 0 if y > x else 0.5

    Convention: a tie gives each argument 0.5.

    >>> x, y = Value(2.0), Value(-3.0)
    >>> v = minimum(x, y)
    >>> v.backward()
    >>> v, x, y
    (<Value v = min(x, y) = -3, grad 1>, <Value x = 2, grad 0>, <Value y = -3, grad 1>)
    """
    x_kind = x.__class__
    y_kind = y.__class__
    while True:
        if x_kind is Value and y_kind is Value:
            try:
                x_data = x._data
                y_data = y._data
                v = x_data if x_data <= y_data else (y_data if y_data < x_data else x_data + y_data)
                dx, dy = 1.0 if x_data < y_data else (0.0 if x_data > y_data else 0.5), 1.0 if y_data < x_data else (0.0 if y_data > x_data else 0.5)
            except FAILURES:
                return record(RULES_minimum, (x, y))
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
                node._rule = RULES_minimum
                node._x = x
                node._dx = dx
                node._y = y
                node._dy = dy
                node._clock = now
                return node
        if x_kind is Value and (y_kind is float or y_kind is int or y_kind in NUMBERS):
            try:
                x_data = x._data
                y_data = y if y_kind is float else float(y)
                v = x_data if x_data <= y_data else (y_data if y_data < x_data else x_data + y_data)
                dx = 1.0 if x_data < y_data else (0.0 if x_data > y_data else 0.5)
            except FAILURES:
                return record(RULES_minimum, (x, y))
            if v - v == 0.0 and y_data - y_data == 0.0:
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
                node._rule = (RULES_minimum, None, y_data)
                node._x = x
                node._dx = dx
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if y_kind is Value and (x_kind is float or x_kind is int or x_kind in NUMBERS):
            try:
                x_data = x if x_kind is float else float(x)
                y_data = y._data
                v = x_data if x_data <= y_data else (y_data if y_data < x_data else x_data + y_data)
                dy = 1.0 if y_data < x_data else (0.0 if y_data > x_data else 0.5)
            except FAILURES:
                return record(RULES_minimum, (x, y))
            if v - v == 0.0 and x_data - x_data == 0.0:
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
                node._rule = (RULES_minimum, x_data, None)
                node._x = y
                node._dx = dy
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if x_kind in SUBCLASSES:
            x_kind = Value
            if y_kind in SUBCLASSES:
                y_kind = Value
        elif y_kind in SUBCLASSES:
            y_kind = Value
        else:
            return record(RULES_minimum, (x, y))


def total(x: Sequence[Value | float]) -> Value:
    """Returns the sum of all elements of x.

    ∂v/∂x = 1 for each element

    >>> x1, x2, x3 = Value(1.0), Value(2.0), Value(3.0)
    >>> v = total([x1, x2, x3])
    >>> v.backward()
    >>> v, x1
    (<Value v = x1 + x2 + x3 = 6, grad 1>, <Value x1 = 1, grad 1>)
    """
    if not isinstance(x, list):
        x = list_argument(x, 'total')
    try:
        x_data = [p._data for p in x]
        n = len(x_data)
        if n:
            t1 = sum(x_data)
            v = t1
            partials = (*[1.0] * n,)
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
                node._rule = RULES_total
                node._x = (*x,)
                node._dx = partials
                node._y = None
                node._dy = None
                node._clock = now
                return node
    except (AttributeError, *FAILURES):  # a number among the Values, or a value that is not finite
        pass
    return record_lists(RULES_total, (x,))


def affine(w: Sequence[Value | float], x: Sequence[Value | float], b: Value | float = 0.0) -> Value:
    """Returns the affine map wᵀx + b of two lists of equal length and a number.

    ∂v/∂w = x for each element
    ∂v/∂x = w for each element
    ∂v/∂b = 1

    >>> w1, w2, x1, x2, b = Value(2.0), Value(-3.0), Value(5.0), Value(7.0), Value(0.5)
    >>> v = affine([w1, w2], [x1, x2], b)
    >>> v.backward()
    >>> v, w1
    (<Value v = w1·x1 + w2·x2 + b = -10.5, grad 1>, <Value w1 = 2, grad 5>)
    """
    if not isinstance(w, list):
        w = list_argument(w, 'affine')
    if not isinstance(x, list):
        x = list_argument(x, 'affine')
    try:
        w_data = [p._data for p in w]
        x_data = [p._data for p in x]
        b_data = b._data
        n = len(w_data)
        if n == len(x_data) and n:
            t1 = sum(map(product, w_data, x_data))
            v = t1 + b_data
            partials = (*x_data, *w_data, 1.0)
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
                node._rule = RULES_affine
                node._x = (*w, *x, b)
                node._dx = partials
                node._y = None
                node._dy = None
                node._clock = now
                return node
    except (AttributeError, *FAILURES):  # a number among the Values, or a value that is not finite
        pass
    return record_lists(RULES_affine, (w, x, b))


def logsumexp(x: Sequence[Value | float]) -> Value:
    """Returns log Σ exp(x_i), without overflow.

    ∂v/∂x = exp(x - v) for each element

    >>> x1, x2, x3 = Value(1.0), Value(2.0), Value(3.0)
    >>> v = logsumexp([x1, x2, x3])
    >>> v.backward()
    >>> v, x1
    (<Value v = logsumexp(x1, x2, x3) = 3.408, grad 1>, <Value x1 = 1, grad 0.09003>)
    """
    if not isinstance(x, list):
        x = list_argument(x, 'logsumexp')
    try:
        x_data = [p._data for p in x]
        n = len(x_data)
        if n:
            t1 = max(x_data)
            t2 = t1 if t1 - t1 == 0.0 else 0.0
            t3 = sum(math.exp(x - t2) for x in x_data)
            v = t2 + math.log(t3)
            partials = (*[math.exp(x - t2) / t3 for x in x_data],)
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
                node._rule = RULES_logsumexp
                node._x = (*x,)
                node._dx = partials
                node._y = None
                node._dy = None
                node._clock = now
                return node
    except (AttributeError, *FAILURES):  # a number among the Values, or a value that is not finite
        pass
    return record_lists(RULES_logsumexp, (x,))


@overload
def erf(x: Value) -> Value: ...
@overload
def erf(x: float) -> float: ...
def erf(x: Any) -> Any:
    """Returns the error function.

    ∂v/∂x = 2/√π·exp(-x²)

    >>> x = Value(0.5)
    >>> v = erf(x)
    >>> v.backward()
    >>> v, x
    (<Value v = erf(x) = 0.5205, grad 1>, <Value x = 0.5, grad 0.8788>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.erf(x_data)
            if math.fabs(x_data) >= 28.0:
                t2 = 0.0
            else:
                t1 = float(math.floor(x_data * 64.0)) / 64.0
                t2 = math.exp(-(t1 * t1)) * math.exp((t1 - x_data) * (t1 + x_data))
            dx = 1.1283791670955126 * t2
        except FAILURES:
            return record(RULES_erf, (x,))
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
            node._rule = RULES_erf
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_erf, (x,))


@overload
def erfc(x: Value) -> Value: ...
@overload
def erfc(x: float) -> float: ...
def erfc(x: Any) -> Any:
    """Returns 1 - erf(x), exact for large x.

    ∂v/∂x = -2/√π·exp(-x²)

    >>> x = Value(0.5)
    >>> v = erfc(x)
    >>> v.backward()
    >>> v, x
    (<Value v = erfc(x) = 0.4795, grad 1>, <Value x = 0.5, grad -0.8788>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.erfc(x_data)
            if math.fabs(x_data) >= 28.0:
                t2 = 0.0
            else:
                t1 = float(math.floor(x_data * 64.0)) / 64.0
                t2 = math.exp(-(t1 * t1)) * math.exp((t1 - x_data) * (t1 + x_data))
            dx = -1.1283791670955126 * t2
        except FAILURES:
            return record(RULES_erfc, (x,))
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
            node._rule = RULES_erfc
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_erfc, (x,))


@overload
def gaussian(x: Value) -> Value: ...
@overload
def gaussian(x: float) -> float: ...
def gaussian(x: Any) -> Any:
    """Returns exp(-x²).

    ∂v/∂x = (-2)·x·v

    >>> x = Value(0.5)
    >>> v = gaussian(x)
    >>> v.backward()
    >>> v, x
    (<Value v = exp(-x²) = 0.7788, grad 1>, <Value x = 0.5, grad -0.7788>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            if math.fabs(x_data) >= 28.0:
                t2 = 0.0
            else:
                t1 = float(math.floor(x_data * 64.0)) / 64.0
                t2 = math.exp(-(t1 * t1)) * math.exp((t1 - x_data) * (t1 + x_data))
            v = t2
            dx = 0.0 if v == 0.0 else x_data * v * -2.0
        except FAILURES:
            return record(RULES_gaussian, (x,))
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
            node._rule = RULES_gaussian
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_gaussian, (x,))


@overload
def sigmoid(x: Value) -> Value: ...
@overload
def sigmoid(x: float) -> float: ...
def sigmoid(x: Any) -> Any:
    """Returns the logistic function σ(x) = 1/(1 + exp(-x)).

    ∂v/∂x = v·(1 - v)

    >>> x = Value(0.5)
    >>> v = sigmoid(x)
    >>> v.backward()
    >>> v, x
    (<Value v = σ(x) = 0.6225, grad 1>, <Value x = 0.5, grad 0.235>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            if x_data >= 0.0:
                t2 = 1.0 / (1.0 + math.exp(-x_data))
            else:
                t1 = math.exp(x_data)
                t2 = t1 / (1.0 + t1)
            v = t2
            if x_data >= 0.0:
                t3 = math.exp(-x_data)
                t5 = t3 / (1.0 + t3 * (2.0 + t3))
            else:
                t4 = math.exp(x_data)
                t5 = t4 / (1.0 + t4 * (2.0 + t4))
            dx = t5
        except FAILURES:
            return record(RULES_sigmoid, (x,))
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
            node._rule = RULES_sigmoid
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_sigmoid, (x,))


@overload
def sigmoid_slope(x: Value) -> Value: ...
@overload
def sigmoid_slope(x: float) -> float: ...
def sigmoid_slope(x: Any) -> Any:
    """Returns the derivative of σ, exp(-x)/(1 + exp(-x))².

    ∂v/∂x = v·(1 - 2·σ(x))

    >>> x = Value(0.5)
    >>> v = sigmoid_slope(x)
    >>> v.backward()
    >>> v, x
    (<Value v = σ'(x) = 0.235, grad 1>, <Value x = 0.5, grad -0.05756>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            if x_data >= 0.0:
                t1 = math.exp(-x_data)
                t3 = t1 / (1.0 + t1 * (2.0 + t1))
            else:
                t2 = math.exp(x_data)
                t3 = t2 / (1.0 + t2 * (2.0 + t2))
            v = t3
            dx = -v * math.tanh(x_data / 2.0)
        except FAILURES:
            return record(RULES_sigmoid_slope, (x,))
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
            node._rule = RULES_sigmoid_slope
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_sigmoid_slope, (x,))


@overload
def tanh_half(x: Value) -> Value: ...
@overload
def tanh_half(x: float) -> float: ...
def tanh_half(x: Any) -> Any:
    """Returns tanh(x/2), which is 2σ(x) - 1.

    ∂v/∂x = (1 - v²)/2

    >>> x = Value(0.5)
    >>> v = tanh_half(x)
    >>> v.backward()
    >>> v, x
    (<Value v = tanh(x/2) = 0.2449, grad 1>, <Value x = 0.5, grad 0.47001>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = math.tanh(x_data / 2.0)
            if x_data >= 0.0:
                t1 = math.exp(-x_data)
                t3 = t1 / (1.0 + t1 * (2.0 + t1))
            else:
                t2 = math.exp(x_data)
                t3 = t2 / (1.0 + t2 * (2.0 + t2))
            dx = 2.0 * t3
        except FAILURES:
            return record(RULES_tanh_half, (x,))
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
            node._rule = RULES_tanh_half
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_tanh_half, (x,))


@overload
def relu(x: Value) -> Value: ...
@overload
def relu(x: float) -> float: ...
def relu(x: Any) -> Any:
    """Returns max(x, 0).

    ∂v/∂x = 1 if x > 0 else 0

    Convention: the derivative of relu at 0 is 0.

    >>> x = Value(2.0)
    >>> v = relu(x)
    >>> v.backward()
    >>> v, x
    (<Value v = relu(x) = 2, grad 1>, <Value x = 2, grad 1>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = 0.0 if x_data <= 0.0 else x_data
            dx = 1.0 if x_data > 0.0 else 0.0
        except FAILURES:
            return record(RULES_relu, (x,))
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
            node._rule = RULES_relu
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_relu, (x,))


@overload
def leaky_relu(x: Value, slope: Value | float = ...) -> Value: ...
@overload
def leaky_relu(x: float, slope: Value) -> Value: ...
@overload
def leaky_relu(x: float, slope: float = ...) -> float: ...
def leaky_relu(x: Any, slope: Any = 0.01) -> Any:
    """Returns x where x > 0, else slope·x.

    ∂v/∂x = 1 if x > 0 else slope if x < 0 else 0 if slope < 0 else 1 if slope > 1 else slope
    ∂v/∂slope = 0 if x > 0 else x

    Convention: at 0 the derivative is min(1, slope), or 0 for a negative slope.

    >>> x, slope = Value(-3.0), Value(0.1)
    >>> v = leaky_relu(x, slope)
    >>> v.backward()
    >>> v, x, slope
    (<Value v = leaky_relu(x, slope) = -0.3, grad 1>, <Value x = -3, grad 0.1>, <Value slope = 0.1, grad -3>)
    """
    x_kind = x.__class__
    slope_kind = slope.__class__
    while True:
        if x_kind is Value and slope_kind is Value:
            try:
                x_data = x._data
                slope_data = slope._data
                v = x_data if x_data > 0.0 else slope_data * x_data
                dx, dslope = 1.0 if x_data > 0.0 else (slope_data if x_data < 0.0 else (0.0 if slope_data < 0.0 else (1.0 if slope_data > 1.0 else slope_data))), 0.0 if x_data > 0.0 else x_data
            except FAILURES:
                return record(RULES_leaky_relu, (x, slope))
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
                node._rule = RULES_leaky_relu
                node._x = x
                node._dx = dx
                node._y = slope
                node._dy = dslope
                node._clock = now
                return node
        if x_kind is Value and (slope_kind is float or slope_kind is int or slope_kind in NUMBERS):
            try:
                x_data = x._data
                slope_data = slope if slope_kind is float else float(slope)
                v = x_data if x_data > 0.0 else slope_data * x_data
                dx = 1.0 if x_data > 0.0 else (slope_data if x_data < 0.0 else (0.0 if slope_data < 0.0 else (1.0 if slope_data > 1.0 else slope_data)))
            except FAILURES:
                return record(RULES_leaky_relu, (x, slope))
            if v - v == 0.0 and slope_data - slope_data == 0.0:
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
                node._rule = (RULES_leaky_relu, None, slope_data)
                node._x = x
                node._dx = dx
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if slope_kind is Value and (x_kind is float or x_kind is int or x_kind in NUMBERS):
            try:
                x_data = x if x_kind is float else float(x)
                slope_data = slope._data
                v = x_data if x_data > 0.0 else slope_data * x_data
                dslope = 0.0 if x_data > 0.0 else x_data
            except FAILURES:
                return record(RULES_leaky_relu, (x, slope))
            if v - v == 0.0 and x_data - x_data == 0.0:
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
                node._rule = (RULES_leaky_relu, x_data, None)
                node._x = slope
                node._dx = dslope
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if x_kind in SUBCLASSES:
            x_kind = Value
            if slope_kind in SUBCLASSES:
                slope_kind = Value
        elif slope_kind in SUBCLASSES:
            slope_kind = Value
        else:
            return record(RULES_leaky_relu, (x, slope))


@overload
def elu(x: Value, alpha: Value | float = ...) -> Value: ...
@overload
def elu(x: float, alpha: Value) -> Value: ...
@overload
def elu(x: float, alpha: float = ...) -> float: ...
def elu(x: Any, alpha: Any = 1.0) -> Any:
    """Returns x where x > 0, else alpha·(exp(x) - 1).

    ∂v/∂x = 1 if x > 0 else alpha·exp(x) if x < 0 else 0 if alpha < 0 else 1 if alpha > 1 else alpha
    ∂v/∂alpha = 0 if x > 0 else expm1(x)

    Convention: at 0 the derivative is min(1, alpha), or 0 for a negative alpha.

    >>> x, alpha = Value(2.0), Value(1.0)
    >>> v = elu(x, alpha)
    >>> v.backward()
    >>> v, x, alpha
    (<Value v = elu(x, alpha) = 2, grad 1>, <Value x = 2, grad 1>, <Value alpha = 1, grad 0>)
    """
    x_kind = x.__class__
    alpha_kind = alpha.__class__
    while True:
        if x_kind is Value and alpha_kind is Value:
            try:
                x_data = x._data
                alpha_data = alpha._data
                v = x_data if x_data > 0.0 else alpha_data * math.expm1(x_data)
                if x_data > 0.0:
                    t3 = 1.0
                else:
                    if x_data < 0.0:
                        t1 = math.exp(x_data / 2.0)
                        t2 = alpha_data * t1 * t1
                    else:
                        t2 = 0.0 if alpha_data < 0.0 else (1.0 if alpha_data > 1.0 else alpha_data)
                    t3 = t2
                dx, dalpha = t3, 0.0 if x_data > 0.0 else math.expm1(x_data)
            except FAILURES:
                return record(RULES_elu, (x, alpha))
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
                node._rule = RULES_elu
                node._x = x
                node._dx = dx
                node._y = alpha
                node._dy = dalpha
                node._clock = now
                return node
        if x_kind is Value and (alpha_kind is float or alpha_kind is int or alpha_kind in NUMBERS):
            try:
                x_data = x._data
                alpha_data = alpha if alpha_kind is float else float(alpha)
                v = x_data if x_data > 0.0 else alpha_data * math.expm1(x_data)
                if x_data > 0.0:
                    t3 = 1.0
                else:
                    if x_data < 0.0:
                        t1 = math.exp(x_data / 2.0)
                        t2 = alpha_data * t1 * t1
                    else:
                        t2 = 0.0 if alpha_data < 0.0 else (1.0 if alpha_data > 1.0 else alpha_data)
                    t3 = t2
                dx = t3
            except FAILURES:
                return record(RULES_elu, (x, alpha))
            if v - v == 0.0 and alpha_data - alpha_data == 0.0:
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
                node._rule = (RULES_elu, None, alpha_data)
                node._x = x
                node._dx = dx
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if alpha_kind is Value and (x_kind is float or x_kind is int or x_kind in NUMBERS):
            try:
                x_data = x if x_kind is float else float(x)
                alpha_data = alpha._data
                v = x_data if x_data > 0.0 else alpha_data * math.expm1(x_data)
                dalpha = 0.0 if x_data > 0.0 else math.expm1(x_data)
            except FAILURES:
                return record(RULES_elu, (x, alpha))
            if v - v == 0.0 and x_data - x_data == 0.0:
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
                node._rule = (RULES_elu, x_data, None)
                node._x = alpha
                node._dx = dalpha
                node._y = None
                node._dy = None
                node._clock = now
                return node
        if x_kind in SUBCLASSES:
            x_kind = Value
            if alpha_kind in SUBCLASSES:
                alpha_kind = Value
        elif alpha_kind in SUBCLASSES:
            alpha_kind = Value
        else:
            return record(RULES_elu, (x, alpha))


@overload
def softplus(x: Value) -> Value: ...
@overload
def softplus(x: float) -> float: ...
def softplus(x: Any) -> Any:
    """Returns log(1 + exp(x)), a smooth relu.

    ∂v/∂x = σ(x)

    >>> x = Value(0.5)
    >>> v = softplus(x)
    >>> v.backward()
    >>> v, x
    (<Value v = softplus(x) = 0.9741, grad 1>, <Value x = 0.5, grad 0.6225>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = (x_data if x_data > 0.0 else 0.0) + math.log1p(math.exp(-math.fabs(x_data)))
            if x_data >= 0.0:
                t2 = 1.0 / (1.0 + math.exp(-x_data))
            else:
                t1 = math.exp(x_data)
                t2 = t1 / (1.0 + t1)
            dx = t2
        except FAILURES:
            return record(RULES_softplus, (x,))
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
            node._rule = RULES_softplus
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_softplus, (x,))


@overload
def gelu(x: Value) -> Value: ...
@overload
def gelu(x: float) -> float: ...
def gelu(x: Any) -> Any:
    """Returns x·Φ(x), Φ being the normal distribution function.

    ∂v/∂x = (1 + erf(x/√2))/2 + x·exp(-x²/2)/√(2·π)

    >>> x = Value(0.5)
    >>> v = gelu(x)
    >>> v.backward()
    >>> v, x
    (<Value v = gelu(x) = 0.3457, grad 1>, <Value x = 0.5, grad 0.8675>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            t1 = -40.0 if x_data < -40.0 else (40.0 if x_data > 40.0 else x_data)
            t2 = t1 * -0.7071067811865476
            t3 = 0.5 * math.erfc(t2)
            if t1 > -1.0:
                t5 = t3
            else:
                t4 = t1 + 6442450944.0 - 6442450944.0
                t5 = t3 + t3 * ((t4 * 0.7071067690849304 + t2 + ((t1 - t4) * 0.7071067690849304 + t1 * 1.210161710447897e-08)) * (t2 + math.sqrt(t2 * t2 + 2.0)))
            v = (0.0 if x_data < -40.0 else x_data) * t5
            t6 = t1 * t1
            t7 = math.exp(-0.5 * t6)
            if t1 > -1.0:
                t9 = t7
            else:
                t8 = t1 + 6442450944.0 - 6442450944.0
                t9 = t7 - t7 * (0.5 * (t8 * t8 - t6 + (t1 - t8) * (t1 + t8)))
            dx = t3 + t1 * t9 / 2.5066282746310002
        except FAILURES:
            return record(RULES_gelu, (x,))
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
            node._rule = RULES_gelu
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_gelu, (x,))


@overload
def silu(x: Value) -> Value: ...
@overload
def silu(x: float) -> float: ...
def silu(x: Any) -> Any:
    """Returns x·σ(x).

    ∂v/∂x = σ(x)·(1 + x·(1 - σ(x)))

    >>> x = Value(0.5)
    >>> v = silu(x)
    >>> v.backward()
    >>> v, x
    (<Value v = silu(x) = 0.3112, grad 1>, <Value x = 0.5, grad 0.73996>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            if x_data >= -709.0:
                t3 = x_data / (1.0 + math.exp(-x_data))
            else:
                if x_data < -800.0:
                    t2 = 0.0
                else:
                    t1 = math.exp(x_data / 2.0)
                    t2 = x_data * t1 * t1
                t3 = t2
            v = t3
            if x_data >= -709.0:
                if x_data > 709.0:
                    t8 = 1.0
                else:
                    if x_data >= 0.0:
                        t5 = 1.0 / (1.0 + math.exp(-x_data))
                    else:
                        t4 = math.exp(x_data)
                        t5 = t4 / (1.0 + t4)
                    if -x_data >= 0.0:
                        t7 = 1.0 / (1.0 + math.exp(-(-x_data)))
                    else:
                        t6 = math.exp(-x_data)
                        t7 = t6 / (1.0 + t6)
                    t8 = t5 * (1.0 + x_data * t7)
                t11 = t8
            else:
                if x_data < -800.0:
                    t10 = 0.0
                else:
                    t9 = math.exp(x_data / 2.0)
                    t10 = t9 * (1.0 + x_data) * t9
                t11 = t10
            dx = t11
        except FAILURES:
            return record(RULES_silu, (x,))
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
            node._rule = RULES_silu
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_silu, (x,))


@overload
def mish(x: Value) -> Value: ...
@overload
def mish(x: float) -> float: ...
def mish(x: Any) -> Any:
    """Returns x·tanh(softplus(x)).

    ∂v/∂x = tanh(softplus(x)) + x·(1 - tanh(softplus(x))²)·σ(x)

    >>> x = Value(0.5)
    >>> v = mish(x)
    >>> v.backward()
    >>> v, x
    (<Value v = mish(x) = 0.3752, grad 1>, <Value x = 0.5, grad 0.8864>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            if x_data >= -708.0:
                if x_data < -1.0:
                    t1 = math.exp(-x_data) if x_data >= 0.0 else math.exp(x_data)
                    t2 = x_data * t1
                    t3 = 1.0 + t1
                    t9 = t2 - t2 * (t1 * t3 / (1.0 + 2.0 * t1 * t3 if x_data >= 0.0 else 2.0 + t1 * (2.0 + t1)))
                else:
                    if x_data >= 0.0:
                        t5 = 1.0 + 2.0 * (math.exp(-x_data) if x_data >= 0.0 else math.exp(x_data))
                    else:
                        t4 = math.exp(-x_data) if x_data >= 0.0 else math.exp(x_data)
                        t5 = t4 * (2.0 + t4)
                    if x_data >= 0.0:
                        t6 = math.exp(-x_data) if x_data >= 0.0 else math.exp(x_data)
                        t8 = 1.0 + 2.0 * t6 * (1.0 + t6)
                    else:
                        t7 = math.exp(-x_data) if x_data >= 0.0 else math.exp(x_data)
                        t8 = 2.0 + t7 * (2.0 + t7)
                    t9 = x_data * (t5 / t8)
                t12 = t9
            else:
                if x_data < -800.0:
                    t11 = 0.0
                else:
                    t10 = math.exp(x_data / 2.0)
                    t11 = x_data * t10 * t10
                t12 = t11
            v = t12
            if x_data >= -40.0:
                if x_data > 400.0:
                    t20 = 1.0
                else:
                    if x_data >= 0.0:
                        t14 = 1.0 + 2.0 * (math.exp(-x_data) if x_data >= 0.0 else math.exp(x_data))
                    else:
                        t13 = math.exp(-x_data) if x_data >= 0.0 else math.exp(x_data)
                        t14 = t13 * (2.0 + t13)
                    if x_data >= 0.0:
                        t15 = math.exp(-x_data) if x_data >= 0.0 else math.exp(x_data)
                        t17 = 1.0 + 2.0 * t15 * (1.0 + t15)
                    else:
                        t16 = math.exp(-x_data) if x_data >= 0.0 else math.exp(x_data)
                        t17 = 2.0 + t16 * (2.0 + t16)
                    t18 = math.exp(-x_data) if x_data >= 0.0 else math.exp(x_data)
                    t19 = 1.0 + t18
                    t20 = t14 / t17 + x_data * (4.0 * ((math.exp(-x_data) if x_data >= 0.0 else math.exp(x_data)) if x_data >= 0.0 else 1.0) * t18 * t19 / t17 / t17)
                t23 = t20
            else:
                if x_data < -800.0:
                    t22 = 0.0
                else:
                    t21 = math.exp(x_data / 2.0)
                    t22 = t21 * (1.0 + x_data) * t21
                t23 = t22
            dx = t23
        except FAILURES:
            return record(RULES_mish, (x,))
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
            node._rule = RULES_mish
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_mish, (x,))


@overload
def selu(x: Value) -> Value: ...
@overload
def selu(x: float) -> float: ...
def selu(x: Any) -> Any:
    """Returns elu with alpha 1.6733, times 1.0507.

    ∂v/∂x = 1.758·exp(x) if x < 0 else 1.051

    Convention: at 0 the derivative is 1.0507, the smaller of those on either side.

    >>> x = Value(0.5)
    >>> v = selu(x)
    >>> v.backward()
    >>> v, x
    (<Value v = selu(x) = 0.5254, grad 1>, <Value x = 0.5, grad 1.051>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = 1.0507009873554805 * x_data if x_data > 0.0 else 1.7580993408473766 * math.expm1(x_data)
            dx = 1.7580993408473766 * math.exp(x_data) if x_data < 0.0 else 1.0507009873554805
        except FAILURES:
            return record(RULES_selu, (x,))
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
            node._rule = RULES_selu
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_selu, (x,))


@overload
def softsign(x: Value) -> Value: ...
@overload
def softsign(x: float) -> float: ...
def softsign(x: Any) -> Any:
    """Returns x/(1 + |x|).

    ∂v/∂x = 1/(1 + |x|)²

    >>> x = Value(2.0)
    >>> v = softsign(x)
    >>> v.backward()
    >>> v, x
    (<Value v = softsign(x) = 0.6667, grad 1>, <Value x = 2, grad 0.1111>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            t1 = 1.0 + math.fabs(x_data)
            v = x_data / t1
            dx = 1.0 / t1 / t1
        except FAILURES:
            return record(RULES_softsign, (x,))
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
            node._rule = RULES_softsign
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_softsign, (x,))


@overload
def heaviside(x: Value) -> Value: ...
@overload
def heaviside(x: float) -> float: ...
def heaviside(x: Any) -> Any:
    """Returns 1 where x > 0, else 0; its derivative is 0 everywhere, so no gradient passes.

    ∂v/∂x = 0

    Convention: heaviside(0) is 0, and the derivative is 0 there too.

    >>> x = Value(2.0)
    >>> v = heaviside(x)
    >>> v.backward()
    >>> v, x
    (<Value v = H(x) = 1, grad 1>, <Value x = 2, grad 0>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = 1.0 if x_data > 0.0 else (0.0 if x_data <= 0.0 else x_data)
            dx = 0.0
        except FAILURES:
            return record(RULES_heaviside, (x,))
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
            node._rule = RULES_heaviside
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_heaviside, (x,))


@overload
def identity(x: Value) -> Value: ...
@overload
def identity(x: float) -> float: ...
def identity(x: Any) -> Any:
    """Returns x itself, the activation of a linear neuron.

    ∂v/∂x = 1

    >>> x = Value(2.0)
    >>> v = identity(x)
    >>> v.backward()
    >>> v, x
    (<Value v = identity(x) = 2, grad 1>, <Value x = 2, grad 1>)
    """
    if x.__class__ is Value or x.__class__ in SUBCLASSES:
        try:
            x_data = x._data
            v = x_data
            dx = 1.0
        except FAILURES:
            return record(RULES_identity, (x,))
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
            node._rule = RULES_identity
            node._x = x
            node._dx = dx
            node._y = None
            node._dy = None
            node._clock = now
            return node
    return record(RULES_identity, (x,))


METHODS: dict[str, Any] = {
    "__add__": add,
    "__sub__": sub,
    "__mul__": mul,
    "__truediv__": div,
    "__mod__": mod,
    "__floordiv__": floordiv,
    "__pow__": pow,
    "__neg__": neg,
    "__pos__": pos,
    "__abs__": abs,
    "__radd__": reflected_sum(add),
    "__rsub__": reflected(sub),
    "__rmul__": reflected(mul),
    "__rtruediv__": reflected(div),
    "__rmod__": reflected(mod),
    "__rfloordiv__": reflected(floordiv),
    "__rpow__": reflected(pow),
    "floor": floor,
    "ceil": ceil,
    "sign": sign,
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "exp2": exp2,
    "log2": log2,
    "log10": log10,
    "sqrt": sqrt,
    "cbrt": cbrt,
    "sin": sin,
    "cos": cos,
    "tan": tan,
    "asin": asin,
    "acos": acos,
    "asin_slope": asin_slope,
    "atan": atan,
    "atan_slope": atan_slope,
    "degrees": degrees,
    "radians": radians,
    "sinh": sinh,
    "cosh": cosh,
    "tanh": tanh,
    "asinh": asinh,
    "acosh": acosh,
    "atanh": atanh,
    "erf": erf,
    "erfc": erfc,
    "gaussian": gaussian,
    "sigmoid": sigmoid,
    "sigmoid_slope": sigmoid_slope,
    "tanh_half": tanh_half,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "softplus": softplus,
    "gelu": gelu,
    "silu": silu,
    "mish": mish,
    "selu": selu,
    "softsign": softsign,
    "heaviside": heaviside,
    "identity": identity,
}


for _name, _function in METHODS.items():
    setattr(Value, _name, _function)


if TYPE_CHECKING:
    class Operators:
        """The methods above, as a Value has them."""

        def __add__(self, other: Value | float) -> Value: ...

        def __sub__(self, other: Value | float) -> Value: ...

        def __mul__(self, other: Value | float) -> Value: ...

        def __truediv__(self, other: Value | float) -> Value: ...

        def __mod__(self, other: Value | float) -> Value: ...

        def __floordiv__(self, other: Value | float) -> Value: ...

        def __pow__(self, other: Value | float) -> Value: ...

        def __neg__(self) -> Value: ...

        def __pos__(self) -> Value: ...

        def __abs__(self) -> Value: ...

        def __radd__(self, other: float) -> Value: ...

        def __rsub__(self, other: float) -> Value: ...

        def __rmul__(self, other: float) -> Value: ...

        def __rtruediv__(self, other: float) -> Value: ...

        def __rmod__(self, other: float) -> Value: ...

        def __rfloordiv__(self, other: float) -> Value: ...

        def __rpow__(self, other: float) -> Value: ...

        def floor(self) -> Value:
            """Returns the largest whole number up to x.

            ∂v/∂x = 0

            Convention: the derivative is 0 everywhere, at whole numbers too.

            >>> x = Value(2.5)
            >>> v = floor(x)
            >>> v.backward()
            >>> v, x
            (<Value v = ⌊x⌋ = 2, grad 1>, <Value x = 2.5, grad 0>)
            """

        def ceil(self) -> Value:
            """Returns the smallest whole number from x.

            ∂v/∂x = 0

            Convention: the derivative is 0 everywhere, at whole numbers too.

            >>> x = Value(2.5)
            >>> v = ceil(x)
            >>> v.backward()
            >>> v, x
            (<Value v = ⌈x⌉ = 3, grad 1>, <Value x = 2.5, grad 0>)
            """

        def sign(self) -> Value:
            """Returns 1 where x > 0, -1 where x < 0, 0 at 0; no gradient passes.

            ∂v/∂x = 0

            Convention: the derivative is 0 everywhere, at 0 too.

            >>> x = Value(2.0)
            >>> v = sign(x)
            >>> v.backward()
            >>> v, x
            (<Value v = sign(x) = 1, grad 1>, <Value x = 2, grad 0>)
            """

        def exp(self) -> Value:
            """Returns e to the power x.

            ∂v/∂x = v

            >>> x = Value(1.0)
            >>> v = exp(x)
            >>> v.backward()
            >>> v, x
            (<Value v = exp(x) = 2.718, grad 1>, <Value x = 1, grad 2.718>)
            """

        def expm1(self) -> Value:
            """Returns exp(x) - 1, exact for small x.

            ∂v/∂x = exp(x)

            >>> x = Value(1.0)
            >>> v = expm1(x)
            >>> v.backward()
            >>> v, x
            (<Value v = expm1(x) = 1.718, grad 1>, <Value x = 1, grad 2.718>)
            """

        def log(self) -> Value:
            """Returns the natural logarithm.

            ∂v/∂x = 1/x

            Raises DomainError outside its domain: it needs x > 0.

            >>> x = Value(2.0)
            >>> v = log(x)
            >>> v.backward()
            >>> v, x
            (<Value v = log(x) = 0.6931, grad 1>, <Value x = 2, grad 0.5>)
            """

        def log1p(self) -> Value:
            """Returns log(1 + x), exact for small x.

            ∂v/∂x = 1/(1 + x)

            Raises DomainError outside its domain: it needs x > -1.

            >>> x = Value(-0.5)
            >>> v = log1p(x)
            >>> v.backward()
            >>> v, x
            (<Value v = log1p(x) = -0.6931, grad 1>, <Value x = -0.5, grad 2>)
            """

        def exp2(self) -> Value:
            """Returns 2 to the power x.

            ∂v/∂x = log(2)·v

            >>> x = Value(10.0)
            >>> v = exp2(x)
            >>> v.backward()
            >>> v, x
            (<Value v = 2^x = 1024, grad 1>, <Value x = 10, grad 709.8>)
            """

        def log2(self) -> Value:
            """Returns the logarithm to base 2.

            ∂v/∂x = 1/(log(2)·x)

            Raises DomainError outside its domain: it needs x > 0.

            >>> x = Value(8.0)
            >>> v = log2(x)
            >>> v.backward()
            >>> v, x
            (<Value v = log2(x) = 3, grad 1>, <Value x = 8, grad 0.1803>)
            """

        def log10(self) -> Value:
            """Returns the logarithm to base 10.

            ∂v/∂x = 1/(log(10)·x)

            Raises DomainError outside its domain: it needs x > 0.

            >>> x = Value(1000.0)
            >>> v = log10(x)
            >>> v.backward()
            >>> v, x
            (<Value v = log10(x) = 3, grad 1>, <Value x = 1000, grad 0.0004343>)
            """

        def sqrt(self) -> Value:
            """Returns the square root.

            ∂v/∂x = 1/(2·v)

            Raises DomainError outside its domain: it needs x ≥ 0.

            Convention: sqrt(0) is 0 with an infinite derivative, which a backward pass refuses to use.

            >>> x = Value(2.0)
            >>> v = sqrt(x)
            >>> v.backward()
            >>> v, x
            (<Value v = √x = 1.414, grad 1>, <Value x = 2, grad 0.3536>)
            """

        def cbrt(self) -> Value:
            """Returns the cube root, of negative numbers too.

            ∂v/∂x = 1/(3·v²)

            Convention: cbrt(0) is 0 with an infinite derivative, which a backward pass refuses to use.

            >>> x = Value(27.0)
            >>> v = cbrt(x)
            >>> v.backward()
            >>> v, x
            (<Value v = cbrt(x) = 3, grad 1>, <Value x = 27, grad 0.03704>)
            """

        def sin(self) -> Value:
            """Returns the sine of x in radians.

            ∂v/∂x = cos(x)

            >>> x = Value(1.0)
            >>> v = sin(x)
            >>> v.backward()
            >>> v, x
            (<Value v = sin(x) = 0.8415, grad 1>, <Value x = 1, grad 0.5403>)
            """

        def cos(self) -> Value:
            """Returns the cosine of x in radians.

            ∂v/∂x = -sin(x)

            >>> x = Value(1.0)
            >>> v = cos(x)
            >>> v.backward()
            >>> v, x
            (<Value v = cos(x) = 0.5403, grad 1>, <Value x = 1, grad -0.8415>)
            """

        def tan(self) -> Value:
            """Returns the tangent of x in radians.

            ∂v/∂x = 1 + v²

            >>> x = Value(1.0)
            >>> v = tan(x)
            >>> v.backward()
            >>> v, x
            (<Value v = tan(x) = 1.557, grad 1>, <Value x = 1, grad 3.426>)
            """

        def asin(self) -> Value:
            """Returns the inverse sine, in radians.

            ∂v/∂x = 1/√(1 - x²)

            Raises DomainError outside its domain: it needs -1 ≤ x ≤ 1.

            Convention: asin(±1) has an infinite derivative, which a backward pass refuses to use.

            >>> x = Value(0.5)
            >>> v = asin(x)
            >>> v.backward()
            >>> v, x
            (<Value v = asin(x) = 0.5236, grad 1>, <Value x = 0.5, grad 1.155>)
            """

        def acos(self) -> Value:
            """Returns the inverse cosine, in radians.

            ∂v/∂x = -1/√(1 - x²)

            Raises DomainError outside its domain: it needs -1 ≤ x ≤ 1.

            Convention: acos(±1) has an infinite derivative, which a backward pass refuses to use.

            >>> x = Value(0.5)
            >>> v = acos(x)
            >>> v.backward()
            >>> v, x
            (<Value v = acos(x) = 1.047, grad 1>, <Value x = 0.5, grad -1.155>)
            """

        def asin_slope(self) -> Value:
            """Returns the derivative of asin, 1/√(1 - x²).

            ∂v/∂x = x·v³

            Raises DomainError outside its domain: it needs -1 < x < 1.

            >>> x = Value(0.5)
            >>> v = asin_slope(x)
            >>> v.backward()
            >>> v, x
            (<Value v = 1/√(1 - x²) = 1.155, grad 1>, <Value x = 0.5, grad 0.7698>)
            """

        def atan(self) -> Value:
            """Returns the inverse tangent, in radians.

            ∂v/∂x = 1/(1 + x²)

            >>> x = Value(0.0)
            >>> v = atan(x)
            >>> v.backward()
            >>> v, x
            (<Value v = atan(x) = 0, grad 1>, <Value x = 0, grad 1>)
            """

        def atan_slope(self) -> Value:
            """Returns the derivative of atan, 1/(1 + x²).

            ∂v/∂x = (-2)·x·v²

            >>> x = Value(0.0)
            >>> v = atan_slope(x)
            >>> v.backward()
            >>> v, x
            (<Value v = 1/(1 + x²) = 1, grad 1>, <Value x = 0, grad 0>)
            """

        def degrees(self) -> Value:
            """Returns the angle x, given in radians, in degrees.

            ∂v/∂x = 180/π

            >>> x = Value(1.0)
            >>> v = degrees(x)
            >>> v.backward()
            >>> v, x
            (<Value v = degrees(x) = 57.3, grad 1>, <Value x = 1, grad 57.3>)
            """

        def radians(self) -> Value:
            """Returns the angle x, given in degrees, in radians.

            ∂v/∂x = π/180

            >>> x = Value(1.0)
            >>> v = radians(x)
            >>> v.backward()
            >>> v, x
            (<Value v = radians(x) = 0.01745, grad 1>, <Value x = 1, grad 0.01745>)
            """

        def sinh(self) -> Value:
            """Returns the hyperbolic sine.

            ∂v/∂x = cosh(x)

            >>> x = Value(1.0)
            >>> v = sinh(x)
            >>> v.backward()
            >>> v, x
            (<Value v = sinh(x) = 1.175, grad 1>, <Value x = 1, grad 1.543>)
            """

        def cosh(self) -> Value:
            """Returns the hyperbolic cosine.

            ∂v/∂x = sinh(x)

            >>> x = Value(1.0)
            >>> v = cosh(x)
            >>> v.backward()
            >>> v, x
            (<Value v = cosh(x) = 1.543, grad 1>, <Value x = 1, grad 1.175>)
            """

        def tanh(self) -> Value:
            """Returns the hyperbolic tangent.

            ∂v/∂x = 1 - v²

            >>> x = Value(0.5)
            >>> v = tanh(x)
            >>> v.backward()
            >>> v, x
            (<Value v = tanh(x) = 0.4621, grad 1>, <Value x = 0.5, grad 0.7864>)
            """

        def asinh(self) -> Value:
            """Returns the inverse hyperbolic sine.

            ∂v/∂x = 1/√(x² + 1)

            >>> x = Value(0.5)
            >>> v = asinh(x)
            >>> v.backward()
            >>> v, x
            (<Value v = asinh(x) = 0.4812, grad 1>, <Value x = 0.5, grad 0.8944>)
            """

        def acosh(self) -> Value:
            """Returns the inverse hyperbolic cosine.

            ∂v/∂x = 1/√(x² - 1)

            Raises DomainError outside its domain: it needs x ≥ 1.

            Convention: acosh(1) has an infinite derivative, which a backward pass refuses to use.

            >>> x = Value(2.0)
            >>> v = acosh(x)
            >>> v.backward()
            >>> v, x
            (<Value v = acosh(x) = 1.317, grad 1>, <Value x = 2, grad 0.5774>)
            """

        def atanh(self) -> Value:
            """Returns the inverse hyperbolic tangent.

            ∂v/∂x = 1/(1 - x²)

            Raises DomainError outside its domain: it needs -1 < x < 1.

            >>> x = Value(0.5)
            >>> v = atanh(x)
            >>> v.backward()
            >>> v, x
            (<Value v = atanh(x) = 0.5493, grad 1>, <Value x = 0.5, grad 1.333>)
            """

        def erf(self) -> Value:
            """Returns the error function.

            ∂v/∂x = 2/√π·exp(-x²)

            >>> x = Value(0.5)
            >>> v = erf(x)
            >>> v.backward()
            >>> v, x
            (<Value v = erf(x) = 0.5205, grad 1>, <Value x = 0.5, grad 0.8788>)
            """

        def erfc(self) -> Value:
            """Returns 1 - erf(x), exact for large x.

            ∂v/∂x = -2/√π·exp(-x²)

            >>> x = Value(0.5)
            >>> v = erfc(x)
            >>> v.backward()
            >>> v, x
            (<Value v = erfc(x) = 0.4795, grad 1>, <Value x = 0.5, grad -0.8788>)
            """

        def gaussian(self) -> Value:
            """Returns exp(-x²).

            ∂v/∂x = (-2)·x·v

            >>> x = Value(0.5)
            >>> v = gaussian(x)
            >>> v.backward()
            >>> v, x
            (<Value v = exp(-x²) = 0.7788, grad 1>, <Value x = 0.5, grad -0.7788>)
            """

        def sigmoid(self) -> Value:
            """Returns the logistic function σ(x) = 1/(1 + exp(-x)).

            ∂v/∂x = v·(1 - v)

            >>> x = Value(0.5)
            >>> v = sigmoid(x)
            >>> v.backward()
            >>> v, x
            (<Value v = σ(x) = 0.6225, grad 1>, <Value x = 0.5, grad 0.235>)
            """

        def sigmoid_slope(self) -> Value:
            """Returns the derivative of σ, exp(-x)/(1 + exp(-x))².

            ∂v/∂x = v·(1 - 2·σ(x))

            >>> x = Value(0.5)
            >>> v = sigmoid_slope(x)
            >>> v.backward()
            >>> v, x
            (<Value v = σ'(x) = 0.235, grad 1>, <Value x = 0.5, grad -0.05756>)
            """

        def tanh_half(self) -> Value:
            """Returns tanh(x/2), which is 2σ(x) - 1.

            ∂v/∂x = (1 - v²)/2

            >>> x = Value(0.5)
            >>> v = tanh_half(x)
            >>> v.backward()
            >>> v, x
            (<Value v = tanh(x/2) = 0.2449, grad 1>, <Value x = 0.5, grad 0.47001>)
            """

        def relu(self) -> Value:
            """Returns max(x, 0).

            ∂v/∂x = 1 if x > 0 else 0

            Convention: the derivative of relu at 0 is 0.

            >>> x = Value(2.0)
            >>> v = relu(x)
            >>> v.backward()
            >>> v, x
            (<Value v = relu(x) = 2, grad 1>, <Value x = 2, grad 1>)
            """

        def leaky_relu(self, slope: Value | float = 0.01) -> Value:
            """Returns x where x > 0, else slope·x.

            ∂v/∂x = 1 if x > 0 else slope if x < 0 else 0 if slope < 0 else 1 if slope > 1 else slope
            ∂v/∂slope = 0 if x > 0 else x

            Convention: at 0 the derivative is min(1, slope), or 0 for a negative slope.

            >>> x, slope = Value(-3.0), Value(0.1)
            >>> v = leaky_relu(x, slope)
            >>> v.backward()
            >>> v, x, slope
            (<Value v = leaky_relu(x, slope) = -0.3, grad 1>, <Value x = -3, grad 0.1>, <Value slope = 0.1, grad -3>)
            """

        def elu(self, alpha: Value | float = 1.0) -> Value:
            """Returns x where x > 0, else alpha·(exp(x) - 1).

            ∂v/∂x = 1 if x > 0 else alpha·exp(x) if x < 0 else 0 if alpha < 0 else 1 if alpha > 1 else alpha
            ∂v/∂alpha = 0 if x > 0 else expm1(x)

            Convention: at 0 the derivative is min(1, alpha), or 0 for a negative alpha.

            >>> x, alpha = Value(2.0), Value(1.0)
            >>> v = elu(x, alpha)
            >>> v.backward()
            >>> v, x, alpha
            (<Value v = elu(x, alpha) = 2, grad 1>, <Value x = 2, grad 1>, <Value alpha = 1, grad 0>)
            """

        def softplus(self) -> Value:
            """Returns log(1 + exp(x)), a smooth relu.

            ∂v/∂x = σ(x)

            >>> x = Value(0.5)
            >>> v = softplus(x)
            >>> v.backward()
            >>> v, x
            (<Value v = softplus(x) = 0.9741, grad 1>, <Value x = 0.5, grad 0.6225>)
            """

        def gelu(self) -> Value:
            """Returns x·Φ(x), Φ being the normal distribution function.

            ∂v/∂x = (1 + erf(x/√2))/2 + x·exp(-x²/2)/√(2·π)

            >>> x = Value(0.5)
            >>> v = gelu(x)
            >>> v.backward()
            >>> v, x
            (<Value v = gelu(x) = 0.3457, grad 1>, <Value x = 0.5, grad 0.8675>)
            """

        def silu(self) -> Value:
            """Returns x·σ(x).

            ∂v/∂x = σ(x)·(1 + x·(1 - σ(x)))

            >>> x = Value(0.5)
            >>> v = silu(x)
            >>> v.backward()
            >>> v, x
            (<Value v = silu(x) = 0.3112, grad 1>, <Value x = 0.5, grad 0.73996>)
            """

        def mish(self) -> Value:
            """Returns x·tanh(softplus(x)).

            ∂v/∂x = tanh(softplus(x)) + x·(1 - tanh(softplus(x))²)·σ(x)

            >>> x = Value(0.5)
            >>> v = mish(x)
            >>> v.backward()
            >>> v, x
            (<Value v = mish(x) = 0.3752, grad 1>, <Value x = 0.5, grad 0.8864>)
            """

        def selu(self) -> Value:
            """Returns elu with alpha 1.6733, times 1.0507.

            ∂v/∂x = 1.758·exp(x) if x < 0 else 1.051

            Convention: at 0 the derivative is 1.0507, the smaller of those on either side.

            >>> x = Value(0.5)
            >>> v = selu(x)
            >>> v.backward()
            >>> v, x
            (<Value v = selu(x) = 0.5254, grad 1>, <Value x = 0.5, grad 1.051>)
            """

        def softsign(self) -> Value:
            """Returns x/(1 + |x|).

            ∂v/∂x = 1/(1 + |x|)²

            >>> x = Value(2.0)
            >>> v = softsign(x)
            >>> v.backward()
            >>> v, x
            (<Value v = softsign(x) = 0.6667, grad 1>, <Value x = 2, grad 0.1111>)
            """

        def heaviside(self) -> Value:
            """Returns 1 where x > 0, else 0; its derivative is 0 everywhere, so no gradient passes.

            ∂v/∂x = 0

            Convention: heaviside(0) is 0, and the derivative is 0 there too.

            >>> x = Value(2.0)
            >>> v = heaviside(x)
            >>> v.backward()
            >>> v, x
            (<Value v = H(x) = 1, grad 1>, <Value x = 2, grad 0>)
            """

        def identity(self) -> Value:
            """Returns x itself, the activation of a linear neuron.

            ∂v/∂x = 1

            >>> x = Value(2.0)
            >>> v = identity(x)
            >>> v.backward()
            >>> v, x
            (<Value v = identity(x) = 2, grad 1>, <Value x = 2, grad 1>)
            """
