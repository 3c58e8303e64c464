"""Programs compiled from their text in Python and NumPy: arguments read, shapes checked, errors explained.

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
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cache, reduce
from typing import Any

from chalkgrad.engine.basics import modes
from chalkgrad.engine.errors import NonFiniteError
from chalkgrad.engine.programs.arguments import arrays, numbers
from chalkgrad.engine.programs.languages import LANGUAGES
from chalkgrad.engine.programs.planned import arrays_of
from chalkgrad.engine.programs.program import CompiledProgram, Program
from chalkgrad.engine.programs.text import ProgramText
from chalkgrad.engine.recording.computers import FAILURES, define
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.sweep import backward, order
from chalkgrad.engine.value import Value

# How many samples go through a program's arrays at a time: these numbers of the forward pass, and as many of the backward
# pass, stay in the cache; with fewer samples than that a product of matrices, and a sum of gradients, costs more than it saves.
_PIECE = 2**16
_SAMPLES = 1024

_count = itertools.count(1)


def function_of(written: str, scope: dict[str, Any]) -> Callable[..., Any]:
    """Returns the function that a text defines, with the names in `scope`."""
    title = f"{next(_count)}"
    function: Callable[..., Any] = define("program", written, scope, title, shared=True)
    del scope["program"]  # its own globals: a circle
    weakref.finalize(function, _forget, f"<chalkgrad program {title}>")
    return function


def _forget(filename: str) -> None:
    """Frees the source text once its function is gone. The entry stays, because linecache may be iterating over them."""
    import linecache

    if filename in linecache.cache:
        linecache.cache[filename] = 0, None, [], filename


@cache
def _keep_what_is_freed() -> None:
    """Lets the C library keep memory that arrays free, for the arrays of the next piece, or of the next call.

    That of GNU gives all beyond 128 KiB back to the system, page by page, which takes longer than to compute with it, until a
    larger block was freed once; then it keeps twice as much as that block. bytes() of a number asks for zeros that nobody has
    to write, so that this one takes no memory; elsewhere it is harmless.
    """
    bytes(2**24)


class TextProgram(CompiledProgram[Any]):
    """A program as a function of Python's floats, of NumPy's arrays, or of another library's; see Program.compile.

    There is one text for each choice of batches, written and compiled at the first call that needs it.
    """

    def __init__(self, program: Program[Any, Any], target: str, adjoints: bool, namespace: Any = None) -> None:
        super().__init__(program, target, adjoints)
        self._made: dict[tuple[bool, ...], Callable[..., Any]] = {}
        self._constants: set[int] = set()  # the id() of the arrays in the functions' scopes
        self._plain_groups: dict[tuple[bool, ...], list[bool]] = {}
        # The shapes of the last call, and what follows: one tuple, because another thread may be replacing it.
        self._known: tuple[Any, Any, Sequence[Callable[[Any], Any] | None] | None] = None, None, ()
        self._numpy: Any = None
        self._planned: dict[tuple[bool, ...], int] = {}  # whose source goes by arrays: how many samples it does best at a time
        if target == "numpy" and namespace is None:
            try:
                import numpy
            except ImportError:
                raise ImportError('the target "numpy" needs NumPy: pip install "chalkgrad[fast]"') from None
            self._numpy = numpy
        if target != "python":
            _keep_what_is_freed()
        self._names = _Namespace(namespace)
        kind = type(self)  # a bound method would be a circle
        self._call = kind._with_numbers if target == "python" else kind._with_numpy if self._numpy else kind._with_namespace

    def __call__(self, *arguments: Any) -> Any:
        return self._call(self, arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return TextProgram, (self.program, self.target, self.adjoints, self._names.library)

    def _function(self, batched: tuple[bool, ...], scope: Callable[[], dict[str, Any]]) -> Callable[..., Any]:
        function = self._made.get(batched)
        if function is None:
            written, constants = self._written(batched)
            self._constants |= set(map(id, constants.values()))
            function = self._made[batched] = function_of(written, {**scope(), **constants})
        return function

    def _written(self, batched: tuple[bool, ...]) -> tuple[str, dict[str, Any]]:
        """Returns the source, and the arrays of constants that it needs."""
        if self.target == "numpy":
            source = arrays_of(self.program, batched, self.adjoints, functional=self._numpy is None)
            if source is not None:
                self._planned[batched] = max(_SAMPLES, _PIECE // max(source.width, 1))
                return source.write(imports=False), source.constants
        return ProgramText(self.program.batching(batched, self.adjoints), LANGUAGES[self.target]).write(imports=False), {}

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
            except FAILURES:  # recording has the sentence
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
        """Returns whether all numbers in a result are finite."""
        if result.__class__ is float:
            return math.isfinite(result)
        if result.__class__ is list and result[0].__class__ is float and math.isfinite(sum(result)):
            return True
        return all(map(self._finite, result))

    def _replayed(self, given: Sequence[Any]) -> Any:
        """Returns the result for one sample by recording it, or raises the error that recording gives."""
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
            adjoints = tuple([self._adjoints(root, leaves) for root in roots])
        return (values[0], adjoints[0]) if program.single_root else (values, adjoints)

    def _adjoints(self, root: Value, leaves: Mapping[int, Value]) -> tuple[Any, ...]:
        for leaf in leaves.values():
            leaf.grad = None
        backward(order([root]), root, modes.current().propagate)
        grads = {i: leaf._grad or 0.0 for i, leaf in leaves.items()}
        return tuple(
            [grads[group.members[0]] if group.single else [grads[i] for i in group.members] for group in self.program.wrt]
        )

    def _replayed_batch(self, given: Sequence[Any], batched: Sequence[bool], samples: int) -> Any:
        """Returns the result for a batch, sample by sample, or raises the error of the first sample that has one."""
        results = []
        for k in range(samples):
            try:
                sample = [x[k] if rows else x for x, rows in zip(given, batched, strict=True)]
                results.append(self._with_numbers(sample))
            except (ArithmeticError, ValueError) as error:
                raise type(error)(f"row {k} of the batch (counting from 0): {error}") from None
        single = self.program.single_root
        if not self.adjoints:
            return results if single else _lists_by_root(results)
        found = [sample for _, sample in results]
        varying = {i for group, rows in zip(self.program.inputs, batched, strict=True) if rows for i in group.members}
        if single:
            return [x for x, _ in results], self._over_batch(found, varying)
        by_root = zip(*found, strict=True)
        return _lists_by_root([x for x, _ in results]), tuple([self._over_batch(each, varying) for each in by_root])

    def _over_batch(self, adjoints: Sequence[Any], varying: Container[int]) -> tuple[Any, ...]:
        """Returns the adjoints of one root over a batch, from those of each sample: rows, or a sum over what is shared."""
        parts: list[Any] = []
        for group, each in zip(self.program.wrt, zip(*adjoints, strict=True), strict=True):
            if group.members[0] in varying:
                parts.append(list(each))
                continue
            totals = [_sum(each)] if group.single else list(map(_sum, zip(*each, strict=True)))
            if not modes.current().propagate and not all(map(math.isfinite, totals)):
                raise NonFiniteError(
                    f"the gradients by {group.name} add up, over the batch, to more than a float can hold, 1.798e308"
                )
            parts.append(totals[0] if group.single else totals)
        return tuple(parts)

    # On arrays -------------------------------------------------------------------------------------------------------

    def _with_numpy(self, arguments: Sequence[Any]) -> Any:
        np = self._numpy
        read = arrays(np, self.program, arguments)
        shapes = [x.shape for x in read]
        known, function, ways = self._known
        if shapes != known:
            batched, samples = self.program.batch(shapes)
            function = self._function(batched, lambda: {"np": np})
            if samples and samples > 3 * self._planned.get(batched, samples) // 2:
                function = self._in_pieces(function, batched, samples)
            function = np.errstate(all="ignore")(function)
            ways = (
                None
                if batched in self._planned
                else [
                    (_columns if len(shape) > 1 else np.ascontiguousarray) if rows else np.ndarray.tolist if plain else None
                    for shape, rows, plain in zip(shapes, batched, self._plain(batched), strict=True)
                ]
            )
            self._known = shapes, function, ways
        given = [way(x) if way else x for x, way in zip(read, ways, strict=True)] if ways else read
        return self._as_numpy(function(*given), {id(x) for x in given} | self._constants)

    def _in_pieces(self, function: Callable[..., Any], batched: tuple[bool, ...], samples: int) -> Callable[..., Any]:
        """Returns a function that takes some samples after the others, so that what is computed of them stays in the cache."""
        np, size = self._numpy, self._planned[batched]
        size = -(-samples // -(-samples // size))  # pieces of nearly the same length
        by_row = self._by_row(batched)

        def called(*given: Any) -> Any:
            whole: list[Any] = []
            for start in range(0, samples, size):
                part = function(*[x[start : start + size] if rows else x for x, rows in zip(given, batched, strict=True)])
                found = _leaves(part)
                if not whole:
                    whole = [
                        np.empty((samples, *x.shape[1:])) if rows else np.array(x)
                        for x, rows in zip(found, by_row, strict=True)
                    ]
                for made, x, rows in zip(whole, found, by_row, strict=True):
                    if rows:
                        made[start : start + size] = x
                    elif start:
                        made += x
            return _like(part, iter(whole))

        return called

    def _by_row(self, batched: tuple[bool, ...]) -> list[bool]:
        """Returns for each array of a result whether it has a row for each sample."""
        inside = {i for group, rows in zip(self.program.inputs, batched, strict=True) if rows for i in group.members}
        roots = len(self.program.roots)
        return [True] * roots + [group.members[0] in inside for group in self.program.wrt] * (roots * self.adjoints)

    def _plain(self, batched: tuple[bool, ...]) -> list[bool]:
        """Returns for each group that all samples share whether Python's floats will do, which are faster.

        They raise where a division or a power does not have a finite result, so they are for sums and products.
        """
        if batched not in self._plain_groups:
            varying = self.program.batching(batched, False).varying
            harmless = {RULES[name] for name in ("add", "sub", "mul", "affine", "total")}
            careful: set[float] = set()
            for node, rule, arguments in reversed(self.program.instructions):
                if rule not in harmless or (node not in varying and node in careful):
                    careful.update([x for x in arguments if x.__class__ is int])
            self._plain_groups[batched] = [careful.isdisjoint(group.members) for group in self.program.inputs]
        return self._plain_groups[batched]

    def _as_numpy(self, result: Any, taken: set[int]) -> Any:
        """Returns arrays that nobody else has, and floats for single numbers.

        An array that the function has made is nobody else's, unless it is a view, was given, or stands in the result twice:
        `taken` has the id() of those that were given or are in the function's scope, and gets those that are met.
        """
        kind = result.__class__
        if kind is tuple:
            return tuple([self._as_numpy(x, taken) for x in result])
        if isinstance(result, float):
            return float(result)
        if kind is self._numpy.ndarray and result.ndim and result.base is None and id(result) not in taken:
            taken.add(id(result))
            return result.astype(float, copy=False)
        return self._numpy.array(result, dtype=float) if self._numpy.ndim(result) else float(result)

    def _with_namespace(self, arguments: Sequence[Any]) -> Any:
        batched, samples = self.program.batch([tuple(getattr(x, "shape", ())) for x in arguments])
        floats = [x.dtype for x in arguments if "float" in str(getattr(x, "dtype", ""))]
        if arguments and not floats:
            raise TypeError(f"a program over {self._names.title} takes arrays of its floats, and was given none")
        self._names.dtype = floats[0] if floats else None
        function = self._function(batched, lambda: {"np": self._names})
        size = 4 * self._planned.get(batched, 0)  # a line takes PyTorch microseconds, whatever its arrays
        if not size or not samples or 2 * samples <= 3 * size or not self._names.is_torch:
            return function(*arguments)
        # PyTorch runs line by line, as NumPy does; jax sees the whole, and does better with it.
        given = [self._names.library.split(x, size) if rows else None for x, rows in zip(arguments, batched, strict=True)]
        parts = [
            function(*[x if pieces is None else pieces[k] for x, pieces in zip(arguments, given, strict=True)])
            for k in range(-(-samples // size))
        ]
        by_row = self._by_row(batched)
        leaves = zip(*map(_leaves, parts), strict=True)
        whole = [
            self._names.library.cat(xs) if rows else reduce(operator.add, xs) for xs, rows in zip(leaves, by_row, strict=True)
        ]
        return _like(parts[0], iter(whole))


def _leaves(result: Any) -> list[Any]:
    """Returns what nested tuples consist of."""
    return [x for part in result for x in _leaves(part)] if result.__class__ is tuple else [result]


def _like(result: Any, leaves: Iterator[Any]) -> Any:
    """Returns nested tuples with other leaves."""
    return tuple([_like(part, leaves) for part in result]) if result.__class__ is tuple else next(leaves)


def _columns(x: Any) -> Any:
    """Returns an array whose columns lie in one piece each, because they are what is computed with."""
    columns = x.T
    return x if columns.flags.c_contiguous else columns.copy().T


def _sum(numbers: Iterable[float]) -> float:
    return reduce(operator.add, numbers)


def _lists_by_root(samples: Sequence[Sequence[float]]) -> tuple[list[float], ...]:
    return tuple(map(list, zip(*samples, strict=True)))


class _Namespace:
    """Another array library under NumPy's names, as far as programs use them."""

    def __init__(self, library: Any) -> None:
        self.library, self.title = library, getattr(library, "__name__", repr(library))
        self.dtype: Any = None  # of the arguments
        self.is_torch = self.title == "torch"

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.library, name, None)
        if found is None:
            raise AttributeError(f"this program needs the function {name}, which {self.title} does not have")
        made = self._of_numbers_too(found) if callable(found) else found
        setattr(self, name, made)
        return made

    def _of_numbers_too(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Returns a function of arrays that takes Python's numbers, too: PyTorch's do not."""

        def called(*arguments: Any, **options: Any) -> Any:
            try:
                return function(*arguments, **options)
            except TypeError:
                if not any(isinstance(x, float) for x in arguments):
                    raise
            made = [self.library.asarray(x, dtype=self.dtype) if isinstance(x, float) else x for x in arguments]
            return function(*made, **options)

        return called

    def constant(self, x: Any) -> Any:
        """Returns NumPy's array of constants as one of the library's."""
        return self.library.asarray(x, dtype=self.dtype) if x.dtype.kind == "f" else self.library.asarray(x)

    def zeros(self, shape: tuple[int, ...]) -> Any:
        return self.library.zeros(shape, dtype=self.dtype)

    def full(self, shape: tuple[int, ...], x: float) -> Any:
        return self.library.full(shape, x, dtype=self.dtype)  # PyTorch's own are float32

    def max(self, x: Any, axis: int, keepdims: bool) -> Any:
        return getattr(self.library, "amax", self.library.max)(x, axis, keepdims=keepdims)

    def sum(self, x: Any, axis: int, keepdims: bool) -> Any:
        return self.library.sum(x, axis, keepdims=keepdims)

    def array(self, parts: Sequence[Any]) -> Any:
        return self.library.stack(parts)

    def float_power(self, x: Any, y: Any) -> Any:
        return x**y

    def maximum(self, x: Any, y: Any) -> Any:
        """The larger one, or x if it is NaN; the library differentiates it as the table does relu, 0 for a tie."""
        if self.is_torch and y.__class__ is float and y == 0.0:  # a tenth of the time of PyTorch's `where`
            return self.library.relu(x)
        return self.where(x <= y, y, x)

    def step(self, x: Any) -> Any:
        """1 where x > 0, else 0, to multiply with."""
        return self.library.sign(self.library.relu(x)) if self.is_torch else x > 0.0

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
