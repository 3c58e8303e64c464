"""Eight threads, and tasks of asyncio, that record, sweep, train and compile at once: each result against that of one alone."""

from __future__ import annotations

import asyncio
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from chalkgrad.engine import Value, log, no_grad, nonfinite, program, unit
from chalkgrad.nn import MLP, fit, squared_error

from bench.proof.figure import Figure

PROMISE = "Threads and tasks: eight at once, as one alone"
THREADS, CASES = 8, 50
ROUNDS = 100_000  # in all: of each kind its share

Round = Callable[[int], Any]  # what a round of a number returns: the same whoever runs beside it


def figures(quick: bool) -> Iterator[Figure]:
    """Yields for each kind of work how many rounds returned something else than one thread alone."""
    rounds = ROUNDS // (100 if quick else 1)
    sys.setswitchinterval(1e-5)  # so that threads change places in the middle of nearly everything
    shares = {**SHARES, **{f"one program for {target}": (compiled(target), 0.15) for target in targets()}}
    for what, (work, share) in shares.items():
        count = max(THREADS, int(rounds * share))
        wrong = at_once(work, count)
        yield figure(f"{what}: {count:,} rounds in {THREADS} threads", wrong)
    count = max(THREADS, rounds // 10)
    yield figure(f"modes of asyncio's tasks: {count:,} rounds in {THREADS} tasks", asyncio.run(in_tasks(count)))
    free = not getattr(sys, "_is_gil_enabled", lambda: True)()
    build = "it has none: the above is its" if free else "not measured"
    because = "" if free else "a free-threaded build of Python is not on this machine"
    yield Figure("an interpreter without a global lock", build, "0 wrong", free, because)


def figure(what: str, wrong: Counter[str]) -> Figure:
    details = tuple(f"* {count}: {how}" for how, count in wrong.most_common(5))
    return Figure(what, f"{wrong.total()} wrong", "0", not wrong, "", details)


def at_once(work: Round, count: int) -> Counter[str]:
    """Runs so many rounds in eight threads, and counts what differs from the same rounds in one."""
    expected = [work(case) for case in range(CASES)]
    wrong, ready = Counter[str](), threading.Barrier(THREADS)

    def run(number: int) -> None:
        source = random.Random(number)
        ready.wait()
        for _ in range(count // THREADS):
            case = source.randrange(CASES)
            try:
                found = work(case)
            except Exception as error:  # a crash is a finding like any other
                found = repr(error)
            if found != expected[case]:
                wrong[f"case {case} is {found!r}, not {expected[case]!r}"[:300]] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def own_graph(case: int) -> Sequence[Any]:
    """Records a graph, sweeps it, changes it, steps through it forwards and back, and reads it."""
    x, w = Value(0.1 + case / CASES, "x"), Value(case - 10.0, "w")
    root = (x * w + 3).tanh() * (x / 5).exp() + log(x)
    root.backward()
    first = x.grad
    x.data += 0.5
    root.forward()
    root.zero_grad()
    steps = root.steps()
    steps.run()
    steps.back(3)
    half = [node.grad for node in root.tape()]
    steps.run()
    return [root.data, first, half, x.grad, w.grad, str(root.tape()) if case % 10 == 0 else ""]


MODEL = MLP(2, [4, 1], "tanh", seed=0)


def one_model(case: int) -> Sequence[Any]:
    """Calls one model, which all threads share: the value, and the units' names of all nodes."""
    y = MODEL([case / CASES, 1.0])
    return [y.data, [node.place for node in y.tape()]]


def training(case: int) -> list[float]:
    """Trains a model of its own."""
    model = MLP(2, [2, 1], "tanh", seed=case)
    fit(model, [[0.0, 1.0], [1.0, 0.5]], [0.0, 1.0], loss=squared_error, epochs=2, compiled=case % 2 == 0, progress=False)
    return [p.data for p in model.parameters()]


def modes(case: int) -> Sequence[Any]:
    """Enters one of the modes, and looks whether it has its own and no other."""
    if case % 4 == 0:
        with no_grad():
            y = Value(2.0) * Value(3.0)
        return [y.parents, len((Value(2.0) * 3).parents)]
    if case % 4 == 1:
        with nonfinite("propagate"):
            return [repr(log(Value(-1.0)).data)]
    if case % 4 == 2:
        with unit(f"cell {case}"):
            y = Value(2.0) * Value(3.0)
        return [y.place, Value(1.0).place]
    x = Value(3.0, "x")
    (x * x + x).backward()
    return [x.grad, x.place]


async def in_tasks(count: int) -> Counter[str]:
    """Counts what is wrong in tasks that wait inside of their modes."""
    wrong = Counter[str]()

    async def run(number: int) -> None:
        for _ in range(count // THREADS):
            if number % 2:
                with unit(f"task {number}"), no_grad():
                    await asyncio.sleep(0)
                    y = Value(2.0) * Value(3.0)
                found, expected = (y.place, len(y.parents)), (f"task {number}", 0)
            else:
                await asyncio.sleep(0)
                y = Value(2.0) * Value(3.0)
                found, expected = (y.place, len(y.parents)), ("", 2)
            if found != expected:
                wrong[f"task {number} has {found}, not {expected}"] += 1

    await asyncio.gather(*map(run, range(THREADS)))
    return wrong


def targets() -> Iterator[str]:
    """Yields the targets that can be compiled here."""
    x = Value(1.0, "x")
    for target in ("python", "numpy", "llvm"):
        try:
            program(x * x, inputs=[x]).compile(target)
        except ImportError:
            continue
        yield target


def compiled(target: str) -> Round:
    """Returns the work of calling one compiled program, and now and then of compiling another."""
    x, y = Value(1.0, "x"), Value(2.0, "y")
    shared = program((x * y).tanh() + (x / y).exp() * (x + y) ** 2, inputs=[x, y])
    function = shared.compile(target)

    def call(case: int) -> str:
        mine = shared.compile(target) if case == 0 else function
        return repr(mine(case / CASES, 1.5))

    return call


SHARES: dict[str, tuple[Round, float]] = {
    "own graphs: recorded, swept, recomputed, stepped through": (own_graph, 0.15),
    "one model, called": (one_model, 0.15),
    "models of their own, trained": (training, 0.01),
    "modes: no_grad, nonfinite, unit": (modes, 0.15),
}
