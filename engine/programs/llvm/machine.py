"""Programs as machine code, through LLVM: one SIMD lane for each sample, all cores.

>>> from chalkgrad.engine import Value, program
>>> x, w = Value(2.0, "x"), Value(-3.0, "w")
>>> f = program((w * x).tanh(), inputs=[w, x], wrt=[w]).compile("llvm")
>>> values, (dw,) = f(0.0, [1.0, 2.0, 3.0])
>>> values.tolist(), dw
([0.0, 0.0, 0.0], 6.0)

The tape becomes tables of offsets for the kernels, see docs/machine-code.md; here they get memory, and run.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from struct import pack_into
from typing import Any

from chalkgrad.engine.programs.arguments import arrays
from chalkgrad.engine.programs.plan.fused import fused
from chalkgrad.engine.programs.program import Batching, CompiledProgram, Program

try:
    import numpy as np
    from chalkgrad.engine.programs.llvm import compiler, kernels
    from chalkgrad.engine.programs.llvm.kernel_tables import KernelTables
    from chalkgrad.engine.programs.llvm.kernels import ARRAYS, Kernel, TileShape
    from chalkgrad.engine.programs.llvm.places import Phase
except ImportError as error:
    raise ImportError(
        'machine code is written with LLVM and called with arrays: pip install "chalkgrad[fast]" brings NumPy and llvmlite'
    ) from error

WORK = 1_000_000  # edges times samples that are worth another thread


class Routine:
    """Tables with their code and memory, ready to run.

    Attributes:
        inputs: for each input that all samples share where it is written to in `shared`, None for a batch
        adjoints: by root and group, where in `shared` the adjoints by leaves are read that all samples share
        by_sample: by root and group, the number of adjoints in a row, for leaves that vary
        batches: the arrays of the last call that kernels read where they are, None for one that had to be copied
        parts: over how many threads the samples are spread, of the `threads` that there is memory for
    """

    def __init__(self, tables: KernelTables, threads: int) -> None:
        self.tables, self.places, self.most_threads = tables, tables.places, threads
        program, batching, shared = tables.program, tables.batching, tables.places.shared
        phases = tables.before, tables.each, tables.after
        # A leaf that the root does not depend on has no adjoint; a constant 0 is read instead.
        self.adjoints = {
            (root, g): _places(
                shared.places(group.members, ("adjoint", root))
                if swept.issuperset(group.members)
                else [shared.place(i, ("adjoint", root)) if i in swept else self.places.number(0.0) for i in group.members]
            )
            for root, swept in tables.swept.items()
            for g, group in enumerate(program.wrt)
            if group.members[0] not in batching.varying
        }
        self.by_sample = {
            (root, g): len(group.members)
            for root in tables.swept
            for g, group in enumerate(program.wrt)
            if group.members[0] in batching.varying
        }
        self.inputs = [
            None if rows else _places(shared.places(group.members))
            for group, rows in zip(program.inputs, batching.batched, strict=True)
        ]
        self.shared = _aligned(shared.size)
        for node, x in self.places.constants.items():
            if node in shared.offsets["value"]:
                self.shared[shared.offsets["value"][node]] = x
        code = compiler.compiled([(kernel, phase.shape) for phase in phases for kernel, _ in phase.runs])
        self.rows: list[Any] = []  # kept alive, because the calls have their addresses
        self.calls = [self._calls(phase, code) for phase in phases]
        self.work = sum(len(i.arguments) for i in batching.each) * (3 if batching.adjoints else 1)
        self.pool: ThreadPoolExecutor | None = None
        self.process = 0  # the process that the pool's threads are of
        self.driver = compiler.driver()
        self.arrays: dict[tuple[Any, ...], Any] = {}
        self.batches: list[Any] = [None] * sum(batching.batched)
        self.read: list[Any] = []
        self.samples: int | None = -1
        self.threads = self.parts = 0
        self._take_threads(1)

    def _calls(self, phase: Phase, code: dict[tuple[Kernel, TileShape], int]) -> Any:
        """Returns the kernels of a phase as the driver reads them: address, number of rows, address of the table."""
        calls = np.zeros((len(phase.runs), 3), dtype=np.int64)
        for i, (kernel, rows) in enumerate(phase.runs):
            table = np.array([entry for row in rows for entry in row], dtype=np.int32)
            self.rows.append(table)
            calls[i] = code[kernel, phase.shape], len(rows), _address(table)
        return calls

    def _take_threads(self, threads: int) -> None:
        """Makes memory for so many threads: a tile, sums and a context for each, and the jobs they do."""
        if threads <= self.threads:
            return
        tables, self.threads = self.tables, threads
        size = -(-self.places.sums.size // 8) * 8  # whole cache lines, so that no two threads write to one
        self.batches = [None] * len(self.batches)  # to be connected anew
        self.sums = _aligned(threads * size).reshape(threads, size)
        # Tiles are an odd number of cache lines apart, so that one quantity's numbers are in different sets of the cache.
        step = (-(-self.places.tile.size // 8) | 1) * 8
        self.tiles = [_aligned(tables.tiles * step + tables.panel) for _ in range(threads)]
        self.contexts: Any = np.zeros((threads, ARRAYS + 3 * len(self.places.arrays)), dtype=np.int64)
        self.memory = self.contexts.data.cast("B")
        self.contexts[:, 2] = _address(self.sums)
        self.contexts[:, 4] = step
        self.contexts[:, 5] = [_address(tile) + tables.tiles * step * 8 for tile in self.tiles]
        self.contexts[:, 7] = size
        shared, (before, each, after) = _address(self.shared), self.calls
        context = _address(self.contexts)
        stride = self.contexts.strides[0]
        # A job: the calls and their number, tile, shared numbers, sums, context, first sample, end, step, samples of a tile.
        # Before and after the samples `shared` is the tile, too, of which there is one with one sample.
        jobs = [[_address(before), len(before), shared, shared, shared, context, 0, 1, 1, 1]]
        for k, tile in enumerate(self.tiles):
            own = _address(self.sums) + k * size * 8, context + k * stride
            samples = tables.shape.samples
            jobs.append([_address(each), len(each), _address(tile), shared, *own, 0, 0, tables.tiles * samples, samples])
        jobs.append([_address(after), len(after), shared, shared, shared, context, 0, 1, 1, 1])
        self.jobs = np.array(jobs, dtype=np.int64)
        self.job_address = _address(self.jobs)

    def run(self, arguments: Sequence[Any], samples: int | None) -> tuple[dict[int, Any], dict[tuple[int, int], Any]]:
        """Returns the values by root, and the adjoints by root and group."""
        tables, shared = self.tables, self.shared
        batches = []
        for places, x in zip(self.inputs, arguments, strict=True):
            if places is None:
                batches.append(x)
            else:
                shared[places] = x
        if samples != self.samples:
            self._prepare(samples)
        if any(x is not y for x, y in zip(batches, self.batches, strict=True)):
            self.read = [self._connect(number, x) for number, x in enumerate(batches)]
            self.batches = [x if x is y else None for x, y in zip(batches, self.read, strict=True)]  # a copy is made anew
        self._run()
        values = {}
        for i in tables.program.roots:
            array = self.arrays.get(("value", i))
            values[i] = self._shared_value(i, samples) if array is None else array.copy()
        adjoints = {key: shared[places].copy() for key, places in self.adjoints.items()}
        for key, shape in self.by_sample.items():
            array = self.arrays.get(("adjoint", *key))
            adjoints[key] = np.zeros((samples, shape)) if array is None else array.copy()
        return values, adjoints

    def _prepare(self, samples: int | None) -> None:
        """Makes arrays for the results of so many samples, and says which thread does which of them."""
        tables = self.tables
        n = samples or 1
        self.samples = samples
        self.shared[self.places.samples] = n
        whole = tables.shape.samples
        tiles = -(-n // whole)
        self.parts = min(self.most_threads, tiles, max(1, self.work * n // WORK))
        self._take_threads(self.parts)
        self.contexts[:, 1] = n
        self.contexts[:, 6] = self.parts
        self.arrays = {}
        for number, (what, *key) in enumerate(self.places.arrays):
            if what != "input":
                shape = (n,) if what == "value" else (n, len(tables.program.wrt[key[1]].members))
                self.arrays[what, *key] = self._connect(number, np.zeros(shape))
        first = 0
        for k in range(self.parts):
            end = min(n, tiles * (k + 1) // self.parts * whole)
            self.jobs[1 + k, 6:8] = first, end
            first = end

    def _connect(self, number: int, x: Any) -> Any:
        """Tells the kernels where an array is; returns it, or the copy of it that they can read."""
        # Kernels count in whole numbers of 8 bytes, and a field of a structured array may start at any byte.
        row, column, address = x.strides[0], x.strides[-1], _address(x)
        if (row | column | address) % 8:
            return self._connect(number, np.array(x))
        for k in range(self.threads):
            place = k * self.contexts.strides[0] + (ARRAYS + 3 * number) * 8
            pack_into("3q", self.memory, place, address, row // 8, column // 8)
        return x

    def _shared_value(self, i: int, samples: int | None) -> Any:
        constants = self.tables.program.constants
        x = constants[i] if i in constants else float(self.shared[self.places.shared.place(i)])
        return x if samples is None else np.full(samples, x)

    def _run(self) -> None:
        """Does the jobs: before, each thread's tiles, after; in one call if one thread does it all."""
        if self.threads == 1:
            self.driver(3, self.job_address)
            return
        self._job(0)
        if self.parts > 1 and (self.pool is None or self.process != os.getpid()):  # a fork takes no threads along
            self.pool, self.process = ThreadPoolExecutor(self.most_threads - 1, "chalkgrad"), os.getpid()
        others = [self.pool.submit(self._job, k) for k in range(2, self.parts + 1)] if self.pool else []
        self._job(1)
        for other in others:
            other.result()
        self._job(len(self.jobs) - 1)

    def _job(self, number: int) -> None:
        """Does one job. As a method it keeps the routine alive, and so the memory that a thread still writes to."""
        self.driver(1, self.job_address + number * self.jobs.strides[0])


class MachineProgram(CompiledProgram[Any]):
    """A program as a function on arrays, in machine code; see Program.compile.

    It is compiled at the first call for each choice of batches, and again for few samples, which take smaller tiles.
    """

    def __init__(self, program: Program[Any, Any], adjoints: bool, threads: int | None) -> None:
        if threads is not None and (type(threads) is not int or threads < 1):
            raise ValueError(f"threads is a whole number from 1, or None for all cores, not {threads!r}")
        super().__init__(program, "llvm", adjoints)
        self.threads = threads or _cores()
        self._routines: dict[Any, Routine] = {}
        # The shapes of the last call, and what follows from them: one tuple, because another thread may be replacing it.
        self._known: tuple[Any, tuple[tuple[bool, ...], int | None]] = None, ((), None)
        self._lock = threading.Lock()  # a routine has one memory
        self._fused = fused(program)

    def __reduce__(self) -> tuple[Any, ...]:
        return MachineProgram, (self.program, self.adjoints, self.threads)

    def __call__(self, *arguments: Any) -> Any:
        read = arrays(np, self.program, arguments)
        shapes = [x.shape for x in read]
        known, (batched, samples) = self._known
        if shapes != known:
            batched, samples = self.program.batch(shapes)
            self._known = shapes, (batched, samples)
        values, adjoints = self._run(read, batched, samples)
        found = tuple(values[root] for root in self.program.roots)
        value = found[0] if self.program.single_root else found
        if not self.adjoints:
            return value
        sweeps = tuple(
            tuple(self._shaped(group.single, adjoints[root, g]) for g, group in enumerate(self.program.wrt))
            for root in self.program.roots
        )
        return value, sweeps[0] if self.program.single_root else sweeps

    def _shaped(self, single: bool, x: Any) -> Any:
        return x if not single else x[:, 0] if x.ndim == 2 else float(x[0])

    def _run(self, arguments: Sequence[Any], batched: tuple[bool, ...], samples: int | None) -> Any:
        with self._lock:
            routine = self._routine(batched, samples)
            try:
                values, adjoints = routine.run(arguments, samples)
            except BaseException:  # MemoryError or Ctrl-C may leave sums half done, so the next call starts with a new routine
                self._routines = {key: other for key, other in self._routines.items() if other is not routine}
                raise
        rest = (samples or 0) % routine.tables.shape.samples
        if rest and not all(np.isfinite(adjoints[key]).all() for key in routine.adjoints):
            # The lanes beyond the last sample have seed 0, so they add nothing to the sums, unless a local derivative is
            # infinite: 0 times infinity is NaN.
            return self._without_lanes_to_spare(arguments, batched, (samples or 0) - rest, rest)
        return values, adjoints

    def _without_lanes_to_spare(self, arguments: Sequence[Any], batched: tuple[bool, ...], whole: int, rest: int) -> Any:
        """Returns the result from one run of the samples that fill tiles and a run for each of the others."""
        runs = []
        if whole:
            tiles = [x[:whole] if rows else x for x, rows in zip(arguments, batched, strict=True)]
            runs.append(self._run(tiles, batched, whole))
        for row in range(whole, whole + rest):
            sample = [x[row] if rows else x for x, rows in zip(arguments, batched, strict=True)]
            values, adjoints = self._run(sample, (False,) * len(batched), None)
            runs.append(({root: [x] for root, x in values.items()}, adjoints))
        varying = {i for group, rows in zip(self.program.inputs, batched, strict=True) if rows for i in group.members}
        values = {root: np.concatenate([values[root] for values, _ in runs]) for root in runs[0][0]}
        adjoints = {}
        for root, g in runs[0][1]:
            parts = [adjoints[root, g] for _, adjoints in runs]
            adjoints[root, g] = np.vstack(parts) if self.program.wrt[g].members[0] in varying else np.sum(parts, axis=0)
        return values, adjoints

    def _routine(self, batched: tuple[bool, ...], samples: int | None) -> Routine:
        widest = compiler.host().shape
        rows = next(rows for rows in (1, 2, 4) if rows == widest.rows or (samples or 1) <= rows * widest.lanes)
        key = batched, rows
        if key not in self._routines:
            tables = KernelTables(self._fused.batching(batched, self.adjoints), widest._replace(rows=rows))
            self._routines[key] = Routine(tables, self.threads)
        return self._routines[key]


def _cores() -> int:
    """Returns how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _places(places: Sequence[int]) -> Any:
    """Returns an index for NumPy: a slice if the places are side by side, which is faster."""
    if list(places) == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[0] + len(places))
    return np.array(places)


def _address(array: Any) -> int:
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))  # six times as fast as the other way
    except (TypeError, ValueError, BufferError):  # read-only, empty, or not in one piece
        address: int = array.__array_interface__["data"][0]
        return address


def _aligned(size: int) -> Any:
    """Returns an array of zeros that begins at a cache line."""
    raw = np.zeros(size + 8)
    start = -_address(raw) % 64 // 8
    return raw[start : start + size]


def text(batching: Batching) -> str:
    """Returns a summary of a program's tables, and below it the code of the kernels."""
    shape = compiler.host().shape
    tables = KernelTables(batching, shape)
    lines, seen = [], dict[Any, str]()
    for title, phase in (("before", tables.before), ("for each tile", tables.each), ("after", tables.after)):
        for kernel, rows in phase.runs:
            name = seen.setdefault((kernel, phase.shape), f"{kernels.name(kernel)}.{len(seen) + 1}")
            lines.append(f"; {title}: {name}, {len(rows)} rows")
    return "\n".join([*lines, "", str(compiler.assembly(seen))])
