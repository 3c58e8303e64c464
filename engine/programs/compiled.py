"""Programs in Python and NumPy as functions: arguments in, shapes checked, errors explained.

>>> from chalkgrad.engine import Value, program
>>> x = Value(2.0, "x")
>>> f = program(x.log(), inputs=[x]).compile("python")
>>> f(-1.0)
Traceback (most recent call last):
chalkgrad.engine.errors.DomainError: log(x) with x = -1: log needs x > 0
"""

from __future__ import annotations

import itertools
import math
import operator
import weakref
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.numbers_in import kind_of, to_float
from chalkgrad.engine.errors import NonFiniteError
from chalkgrad.engine.programs.languages import LANGUAGES
from chalkgrad.engine.programs.text import Text
from chalkgrad.engine.recording.computers import FAILURES, define
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.value import Value

if TYPE_CHECKING:
    from chalkgrad.engine.programs.program import Group, Program


_count = itertools.count(1)


def compiled(written: str, scope: dict[str, Any]) -> Callable[..., Any]:
    """The function that a text defines, with the names in `scope`."""
    title = f"{next(_count)}"
    function: Callable[..., Any] = define("program", written, scope, title, shared=True)
    weakref.finalize(function, _forget, f"<chalkgrad program {title}>")
    return function


def _forget(filename: str) -> None:
    """Lets go of a text that no function has any more. The entry stays, for linecache may be going through them just now."""
    import linecache

    if filename in linecache.cache:
        linecache.cache[filename] = 0, None, [], filename


class Compiled:
    """A program as a Python function; see Program.compile. One text for each choice of batches, made when it is needed."""

    def __init__(self, program: Program, target: str, adjoints: bool, namespace: Any = None) -> None:
        self.program, self.target, self.adjoints = program, target, adjoints
        self._made: dict[tuple[bool, ...], Callable[..., Any]] = {}
        self._plain_groups: dict[tuple[bool, ...], list[bool]] = {}
        self._numpy: Any = None
        if target == "numpy" and namespace is None:
            try:
                import numpy
            except ImportError:
                raise ImportError('the target "numpy" needs NumPy: pip install "chalkgrad[fast]"') from None
            self._numpy = numpy
        self._names = _Namespace(namespace)
        self._call = self._with_numbers if target == "python" else self._with_numpy if self._numpy else self._with_namespace

    def __call__(self, *arguments: Any) -> Any:
        return self._call(arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return Compiled, (self.program, self.target, self.adjoints, self._names.library)

    def __repr__(self) -> str:
        return representation(self.program, self.target)

    def _function(self, batched: tuple[bool, ...], scope: Callable[[], dict[str, Any]]) -> Callable[..., Any]:
        function = self._made.get(batched)
        if function is None:
            written = Text(self.program.plan(batched, self.adjoints), LANGUAGES[self.target]).write(imports=False)
            function = self._made[batched] = compiled(written, scope())
        return function

    # On Python's numbers ---------------------------------------------------------------------------------------------

    def _with_numbers(self, arguments: Sequence[Any]) -> Any:
        groups = self.program.inputs
        if len(arguments) != len(groups):
            self.program.batch([()] * len(arguments))
        read = [numbers(group, x, self.program.names) for group, x in zip(groups, arguments, strict=True)]
        given = [x for x, _ in read]
        batched, samples = self.program.batch([shape for _, shape in read])
        function = self._function(batched, lambda: dict(vars(math)))
        result = None
        if not modes.current().propagate:
            try:
                result = function(*given)
            except FAILURES:  # the eager engine has the sentence
                pass
            else:
                if not self._finite(result):
                    result = None
        if result is not None:
            return result
        if samples is None:
            return self._replayed(given)
        return self._replayed_batch(given, batched, samples)

    def _finite(self, result: Any) -> bool:
        """Whether all numbers in a result are finite."""
        if result.__class__ is float:
            return math.isfinite(result)
        if result.__class__ is list and result[0].__class__ is float and math.isfinite(sum(result)):
            return True
        return all(map(self._finite, result))

    def _replayed(self, given: Sequence[Any]) -> Any:
        """The result for one sample by recording it, or the error that recording gives."""
        program = self.program
        leaves: dict[int, Value] = {}
        for group, x in zip(program.inputs, given, strict=True):
            for i, number in zip(group.members, [x] if group.single else x, strict=True):
                leaves[i] = Value(number, program.labels[i], constant=i not in program.wanted)
        with modes.taped():  # adjoints are wanted under no_grad(), too
            roots = program.replay(leaves)
            values = tuple([root.data for root in roots])
            if not self.adjoints:
                return values[0] if program.single_root else values
            adjoints = []
            for root in roots:
                for leaf in leaves.values():
                    leaf.grad = None
                root.backward()
                adjoints.append(
                    tuple(
                        [
                            leaves[group.members[0]].grad if group.single else [leaves[i].grad for i in group.members]
                            for group in program.wrt
                        ]
                    )
                )
        return (values[0], adjoints[0]) if program.single_root else (values, tuple(adjoints))

    def _replayed_batch(self, given: Sequence[Any], batched: Sequence[bool], samples: int) -> Any:
        """The result for a batch, sample by sample, or the error for the first that has one."""
        results = []
        for k in range(samples):
            try:
                sample = [x[k] if rows else x for x, rows in zip(given, batched, strict=True)]
                results.append(self._with_numbers(sample))
            except (ArithmeticError, ValueError) as error:
                raise type(error)(f"row {k} of the batch (counting from 0): {error}") from None
        single = self.program.single_root
        rows_of = {i for group, rows in zip(self.program.inputs, batched, strict=True) if rows for i in group.members}
        if not self.adjoints:
            return results if single else tuple(map(list, zip(*results, strict=True)))
        values = [r[0] for r in results] if single else tuple(map(list, zip(*[r[0] for r in results], strict=True)))
        by_root = [[r[1] for r in results]] if single else list(zip(*[r[1] for r in results], strict=True))
        adjoints = []
        for found in by_root:
            parts: list[Any] = []
            for group, each in zip(self.program.wrt, zip(*found, strict=True), strict=True):
                if group.members[0] in rows_of:
                    parts.append(list(each))
                else:
                    parts.append(_sum(each) if group.single else list(map(_sum, zip(*each, strict=True))))
                    if not modes.current().propagate and not all(map(math.isfinite, parts[-1:] if group.single else parts[-1])):
                        raise NonFiniteError(
                            f"the adjoints by {group.name} add up, over the batch, to more than a float can hold, 1.798e308"
                        )
            adjoints.append(tuple(parts))
        return values, adjoints[0] if single else tuple(adjoints)

    # On arrays -------------------------------------------------------------------------------------------------------

    def _with_numpy(self, arguments: Sequence[Any]) -> Any:
        np = self._numpy
        read = arrays(np, self.program, arguments)
        batched, _ = self.program.batch([x.shape for x in read])
        function = self._function(batched, lambda: {"np": np})
        given = [
            np.ascontiguousarray(x.T).T if rows else x.tolist() if plain else x
            for x, rows, plain in zip(read, batched, self._plain(batched), strict=True)
        ]
        with np.errstate(all="ignore"):
            result = function(*given)
        return self._as_numpy(result)

    def _plain(self, batched: tuple[bool, ...]) -> list[bool]:
        """For each group that all samples share whether Python's floats will do, which are faster.

        They raise where a division or a power has no finite result, so they are for sums and products.
        """
        if batched not in self._plain_groups:
            varying = self.program.plan(batched, False).varying
            harmless = {RULES[name] for name in ("add", "sub", "mul", "affine", "total")}
            careful: set[float] = set()
            for node, rule, arguments in reversed(self.program.instructions):
                if rule not in harmless or (node not in varying and node in careful):
                    careful.update([x for x in arguments if x.__class__ is int])
            self._plain_groups[batched] = [careful.isdisjoint(group.members) for group in self.program.inputs]
        return self._plain_groups[batched]

    def _as_numpy(self, result: Any) -> Any:
        """Arrays of their own, and floats for single numbers."""
        if isinstance(result, tuple):
            return tuple([self._as_numpy(x) for x in result])
        return self._numpy.array(result, dtype=float) if self._numpy.ndim(result) else float(result)

    def _with_namespace(self, arguments: Sequence[Any]) -> Any:
        batched, _ = self.program.batch([tuple(getattr(x, "shape", ())) for x in arguments])
        floats = [x.dtype for x in arguments if "float" in str(getattr(x, "dtype", ""))]
        if arguments and not floats:
            raise TypeError(f"a program over {self._names.title} takes arrays of its floats, and was given none")
        self._names.dtype = floats[0] if floats else None
        return self._function(batched, lambda: {"np": self._names})(*arguments)


def representation(program: Program, target: str) -> str:
    """What a compiled function shows of itself."""
    inputs = ", ".join(group.name for group in program.inputs)
    return f"<compiled program({inputs}): {len(program.instructions)} operations in {target}>"


def _sum(numbers: Iterable[float]) -> float:
    return reduce(operator.add, numbers)


def numbers(group: Group, x: Any, names: Sequence[str]) -> tuple[Any, tuple[int, ...]]:
    """An argument as floats in lists, and its shape. Raises for what is no number, naming the input and the row."""
    if x.__class__ is float and x - x == 0.0:
        return x, ()
    if not hasattr(x, "tolist") and hasattr(x, "__array__"):  # such as a table of pandas
        x = x.__array__()
    if hasattr(x, "tolist"):
        if getattr(x, "size", 1) == 0:
            return [], tuple(x.shape)
        x = x.tolist()
    own = names[group.members[0]] if group.single else group.name
    if not _is_list(x):
        if not group.single and not isinstance(x, (int, float)):
            raise TypeError(f"{own} needs a list or an array of {len(group.members)} numbers, not {kind_of(x)}")
        return to_float(x, own), ()
    x = list(x)
    if not x or not any(map(_is_list, x)):
        members = [own] * len(x) if group.single or len(x) != len(group.members) else [names[i] for i in group.members]
        return _floats(x, lambda i: f"{own} in row {i}" if group.single else members[i]), (len(x),)
    length = 0 if group.single else len(group.members)
    rows: list[list[float]] = []
    for k, row in enumerate(x):
        if not _is_list(row) or (k > 0 and len(row) != len(rows[0])):
            raise ValueError(
                f"{group.name} is given row by row, with {len(rows[0]) if rows else length} numbers in each, "
                f"and row {k} (counting from 0) is {f'of {len(row)}' if _is_list(row) else repr(row)}"
            )
        row = list(row)
        if any(map(_is_list, row)):
            return x, (len(x), len(row), next(len(list(part)) for part in row if _is_list(part)))
        inner = (lambda i, k=k: f"{names[group.members[i]]} in row {k}") if len(row) == length else (lambda i, k=k: f"row {k}")
        rows.append(_floats(row, inner))
    return rows, (len(rows), len(rows[0]))


def arrays(np: Any, program: Program, arguments: Sequence[Any]) -> list[Any]:
    """The arguments as NumPy's arrays of floats. Raises as `numbers` does, but infinities and NaN in an array pass."""
    if len(arguments) != len(program.inputs):
        program.batch([()] * len(arguments))
    found, plain = [], np.dtype(float)
    for group, x in zip(program.inputs, arguments, strict=True):
        if x.__class__ is np.ndarray and x.dtype is plain:  # the rest takes microseconds
            found.append(x)
            continue
        try:
            array = np.asarray(x)
        except ValueError:  # ragged
            array = None
        if array is None or array.dtype.kind not in "fiub":
            array = np.asarray(numbers(group, x, program.names)[0])
        found.append(array.astype(float, copy=False))
    return found


def _is_list(x: Any) -> bool:
    return isinstance(x, (list, tuple, range)) or (hasattr(x, "tolist") and getattr(x, "ndim", 0) > 0)


def _floats(xs: list[Any], name: Callable[[int], str]) -> list[float]:
    """The numbers as floats; the check is one sum where all is well."""
    if {*map(type, xs)} == {float} and math.isfinite(sum(xs)):
        return xs
    return [to_float(x, name(i)) for i, x in enumerate(xs)]


class _Namespace:
    """Another array library under NumPy's names, as far as programs use them."""

    def __init__(self, library: Any) -> None:
        self.library, self.title = library, getattr(library, "__name__", repr(library))
        self.dtype: Any = None  # of the arguments

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.library, name, None)
        if found is None:
            raise AttributeError(f"this program needs the function {name}, which {self.title} does not have")
        setattr(self, name, found)
        return found

    def array(self, parts: Sequence[Any]) -> Any:
        return self.library.stack(parts)

    def float_power(self, x: Any, y: Any) -> Any:
        return x**y

    def maximum(self, x: Any, y: Any) -> Any:
        return self.where(x >= y, x, y)

    def hypot(self, x: Any, y: Any) -> Any:
        return self.library.hypot(*self._like(x, y))

    def where(self, test: Any, then: Any, otherwise: Any) -> Any:
        if isinstance(then, float) and isinstance(otherwise, float):
            then = self.library.full_like(test, then, dtype=self.dtype)  # of two floats some make numbers of fewer digits
        return self.library.where(test, then, otherwise)

    def _like(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Both as arrays: a number becomes one of the other's kind."""
        if isinstance(x, float):
            return self.library.full_like(y, x), y
        return x, self.library.full_like(x, y) if isinstance(y, float) else y
