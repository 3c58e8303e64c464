"""What stays in memory: objects left by dropped graphs with the collector off, and growth over 10,000 steps of training."""

from __future__ import annotations

import gc
import tempfile
import tracemalloc
import warnings
from collections.abc import Callable, Iterator

from chalkgrad.engine import Value
from chalkgrad.nn import MLP, fit, squared_error
from tqdm import tqdm

from bench.proof import borrowed
from bench.proof.figure import Figure

PROMISE = "Memory: what is dropped is gone, and training does not grow"
STEPS, QUICK = 10_000, 300
SMALLEST = 24  # bytes that an object takes at the least, such as a float


def figures(quick: bool) -> Iterator[Figure]:
    """Yields the objects that public calls leave behind, and the growth of training by hand, with `fit` and of graphs."""
    yield from left_behind(quick)
    steps = QUICK if quick else STEPS
    model = MLP(2, [4, 1], "tanh", seed=0)
    yield flat("steps of training by hand", lambda: by_hand(model), steps)
    yield flat("trainings with fit, of an epoch each", lambda: fitted(model), steps // 10)
    yield flat("graphs recorded, swept, stepped through, recomputed and dropped", lambda: through(to_the_end=True), steps)
    because = "the number of a cursor left on the way is kept, for its graph, which others may hold, shows half a pass"
    yield flat("such graphs whose cursor is left on the way", lambda: through(to_the_end=False), steps, because)


def flat(what: str, step: Callable[[], object], count: int, because: str = "") -> Figure:
    """Returns how much memory grows in each step, with the collector off."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        grown, cycles = growth(step, count)
    each = max(grown, 0) / (count - count // 2)
    measured, goal = f"{each:.2f} bytes each, {cycles} objects in cycles", f"< {SMALLEST} bytes, an object; 0"
    return Figure(f"{count:,} {what}, the collector off", measured, goal, each < SMALLEST and not cycles, because)


def left_behind(quick: bool) -> Iterator[Figure]:
    """Yields the objects that are left by each public call, with the collector off."""
    assert borrowed.TESTS
    import public_calls
    import test_left_behind

    with tempfile.TemporaryDirectory() as folder:
        calls = public_calls.calls(folder)
        names = [name for name in calls if name not in public_calls.CYCLES_OF_OTHERS]
        names = names[::3] if quick else names
        found = {name: test_left_behind.left(calls[name]) for name in tqdm(names, "public calls", disable=None)}
        left = {name: count for name, count in found.items() if count}
        details = tuple(f"* {name} leaves {count} objects" for name, count in left.items())
        yield Figure(
            f"objects left by {len(names)} public calls, the collector off",
            str(sum(found.values())),
            "0",
            not left,
            "",
            details,
        )
        if quick:
            return
        for library in sorted({*public_calls.CYCLES_OF_OTHERS.values()}):
            its = [name for name, owner in public_calls.CYCLES_OF_OTHERS.items() if owner == library]
            count = sum(test_left_behind.left(calls[name]) for name in its)
            because = f"{library}'s own objects refer to each other; the collector frees them"
            yield Figure(f"objects left by {len(its)} calls that {library} serves", f"{count:,}", "0", not count, because)


def growth(step: Callable[[], object], count: int) -> tuple[int, int]:
    """How many bytes are held after so many steps beyond those after half of them, when caches are full, and what is in cycles.

    The collector is off, but at these two moments: it also empties the interpreter's stock of tuples, which fills slowly.
    """
    step()
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for i in tqdm(range(count), leave=False, disable=None):
            if i == count // 2:
                gc.collect()
                before = tracemalloc.get_traced_memory()[0]
            step()
        cycles = gc.collect()
        return tracemalloc.get_traced_memory()[0] - before, cycles
    finally:
        tracemalloc.stop()
        gc.enable()


def by_hand(model: MLP) -> None:
    """A step of training as one writes it: loss, backward pass, update."""
    loss = squared_error(model([0.5, -1.0]), 0.25)
    model.zero_grad()
    loss.backward()
    for parameter in model.parameters():
        parameter.data -= 1e-3 * parameter.grad


def fitted(model: MLP) -> None:
    """A training of one epoch."""
    fit(model, [[0.5, -1.0]], [0.25], loss=squared_error, epochs=1, progress=False)


def through(*, to_the_end: bool) -> None:
    """A graph that is recorded, swept, read, stepped through and recomputed."""
    x, w = Value(1.5, "x"), Value(2.0, "w")
    root = (x * w + 3).tanh() * (x / 5).exp()
    root.backward()
    steps = root.steps()
    steps.run()
    steps.back(2)
    if to_the_end:
        steps.run()
    x.data = 2.0
    root.forward()
    str(root.tape())
