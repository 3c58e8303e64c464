"""The lines of a source of arrays: its names and constants, and what its lines read.

>>> from chalkgrad.engine.programs.plan.steps import Array
>>> import numpy as np
>>> sum_of(["u_grad @ W", "-t", "s"]), times(-1.0, Written("t", ATOM)), is_made("t[:, 0]"), is_made("u @ v")
('u_grad @ W + s - t', '-t', False, True)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from chalkgrad.engine.formulas.notation import ATOM, SIGNED
from chalkgrad.engine.programs.languages import LANGUAGES, wrapped
from chalkgrad.engine.programs.plan.naming import ArrayNames
from chalkgrad.engine.programs.plan.operands import offsets_along
from chalkgrad.engine.programs.plan.products import NUMBER, atom, bare
from chalkgrad.engine.programs.plan.reads import dense, key_of, viewed
from chalkgrad.engine.programs.plan.steps import Array, Constants, Operand, Take, View
from chalkgrad.engine.recording.emit import TERMS_PER_LINE, Written

LANGUAGE = LANGUAGES["numpy"]


class ArrayLines:
    """What is written so far.

    Attributes:
        names: those of arrays
        functional: whether no array may be written into
        lines: of the function
        converted: lines in front of them, which make the library's arrays of the constants
        constants: the arrays that the source needs, by name
        some: a parameter that has a row for each sample, if there is one
        views: the sources of what was read, by array and `key_of`
    """

    def __init__(self, names: ArrayNames, functional: bool, some: str) -> None:
        self.names, self.functional, self.some = names, functional, some
        self.lines: list[str] = []
        self.converted: list[str] = []
        self.constants: dict[str, Any] = {}
        self.views: dict[Any, str] = {}
        self._numbers: dict[tuple[str, bytes, tuple[int, ...]], str] = {}

    def array_lines(self) -> list[str]:
        """Returns the lines that make the constants."""
        return [line for name, x in self.constants.items() for line in _array_lines(name, x)]

    def constant(self, name: str, values: Any) -> str:
        """Returns the variable of an array of constants."""
        key = values.dtype.kind, values.tobytes(), values.shape  # places in an array and numbers may have the same bits
        if key not in self._numbers:
            own = self._numbers[key] = self.names.fresh.new(name)
            if self.functional:  # it becomes an array of the library's in each call: in one that jax traces it may not be kept
                given = self.names.fresh.new(f"{own}_given")
                self.constants[given] = values
                self.converted.append(f"{own} = np.constant({given})")
            else:
                self.constants[own] = values
        return self._numbers[key]

    def read(self, operand: Operand, shape: tuple[int, ...], name: str = "") -> str:
        """Returns the source of an operand for a step of this shape: it broadcasts against that; of () it is read as it is.

        With a name it is put into a variable of that name, if it is not one already.
        """
        if isinstance(operand, Constants):
            values = operand.values
            return LANGUAGE.number(values) if values.__class__ is float else self.constant("k", values)
        key = operand.array, key_of(operand)
        source = self.views.get(key)
        if source is None:
            source = self._source(operand)
            if not source.isidentifier() and (name or isinstance(operand, Take) or "reshape" in source):
                own = name or self.names.fresh.new(f"{operand.array.name}_part")
                self.lines.append(f"{own} = {source}")
                source = own
            self.views[key] = source
        return _spread(source, operand) if shape and isinstance(operand, View) else source

    def shape(self, array: Array, shape: tuple[int, ...]) -> str:
        """Returns the source of a shape, with the number of samples where the array varies."""
        parts = [f"{self.some}.shape[0]"] * array.varies + list(map(str, shape))
        return f"({', '.join(parts)}{',' * (len(parts) == 1)})"

    def spread_out(self, source: str, array: Array, shape: tuple[int, ...]) -> str:
        if NUMBER.fullmatch(source):
            return f"np.full({self.shape(array, shape)}, {source})"
        return f"np.broadcast_to({source}, {self.shape(array, shape)})"

    def add_up(self, name: str, sources: Sequence[str]) -> None:
        """Writes a sum, the terms of many on several lines: Python cannot read a line of thousands."""
        for start in range(0, len(sources), TERMS_PER_LINE):
            terms = sources[start : start + TERMS_PER_LINE]
            self.lines.append(f"{name} = {sum_of([name, *terms] if start else terms)}")

    def _source(self, operand: View | Take) -> str:
        if isinstance(operand, View):
            found = viewed(operand.array.name, operand.array, operand)
            if found is not None:
                return found
        return self._taken(operand.array.name, operand.array, offsets_of(operand))

    def _taken(self, source: str, array: Array, offsets: Any) -> str:
        if len(array.shape) == 2:
            source = f"{source}.reshape({'-1, ' * array.varies}{array.size})"
        elif not array.shape:
            source = f"{source}[..., None]"
        index = self.constant("i", offsets)
        return f"{source}[..., {index}]" if self.functional else f"{source}.take({index}, -1)"


def _spread(source: str, view: View) -> str:
    """Gives what is read axes of length 1 where it is repeated, as far as broadcasting needs them."""
    missing = [not s for s in view.strides]
    if not any(missing):
        return source
    if view.array.varies:
        return f"{atom(source)}[:, {', '.join(['None' if m else ':' for m in missing])}]"
    first = missing.index(False) if False in missing else len(missing)
    rest = missing[first:]
    return f"{atom(source)}[{', '.join(['None' if m else ':' for m in rest])}]" if any(rest) else source


def offsets_of(operand: View | Take) -> Any:
    """Returns the offsets that an operand reads, without those that are repeated along an axis."""
    if isinstance(operand, Take):
        return operand.offsets
    return offsets_along(operand.offset, *dense(operand))


def times(factor: float, written: Written) -> str:
    """Returns a number times what is written."""
    if factor == 1.0:
        return written.text
    if factor == -1.0:
        return f"-{written.at(ATOM)}"
    return f"{factor!r} * {written.at(SIGNED)}"


def sum_of(sources: Sequence[str]) -> str:
    """Returns the sum of terms, those with a minus last."""
    terms = [f"({x})" if len(sources) > 1 and re.search(r" [-+] ", bare(x)) else x for x in sources]
    terms.sort(key=lambda term: term.startswith("-"))
    return terms[0] + "".join([f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in terms[1:]])


def is_made(text: str) -> bool:
    """Returns whether an expression computes an array, and does not only name one, or a part of one."""
    shown = bare(text)
    computed = shown.startswith("np.") and shown != "np.broadcast_to"
    return computed or shown.endswith((".sum", ".take")) or not re.fullmatch(r"[\w.]+", shown)


def in_parentheses(text: str) -> str:
    return text if text.isidentifier() else f"({text})"


def _array_lines(name: str, values: Any) -> list[str]:
    """Returns the lines that make an array of constants."""
    flat = [repr(x) for x in values.ravel().tolist()]
    shape = f".reshape({', '.join(map(str, values.shape))})" if values.ndim > 1 else ""
    return wrapped(f"{name} = np.array([", flat, f"]){shape}")
