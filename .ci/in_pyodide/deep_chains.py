"""A chain of 100,000 values, and one of formulas: each is built, swept, and dropped, which would end the interpreter."""

import time
from collections.abc import Callable

from chalkgrad.engine import Value, total
from chalkgrad.engine.formulas.trees import Argument

DEEP = 100_000
LINKS: dict[str, Callable[[Value, Value], Value]] = {
    "one parent": lambda v, x: v * 1.0,
    "two parents": lambda v, x: v + x,
    "three parents": lambda v, x: total([x, v, x]),
}


def main() -> int:
    """Returns 0: what goes wrong here leaves nothing that could return."""
    for name, link in LINKS.items():
        begun = time.perf_counter()
        leaf = root = Value(1.0, "x")
        for _ in range(DEEP):
            root = link(root, leaf)
        root.backward()
        assert leaf.has_grad
        del root
        print(f"a chain of {DEEP:,} values with {name}: {time.perf_counter() - begun:.1f} s")
    tree = Argument("x")
    for _ in range(DEEP):
        tree = tree + 1
    del tree
    print(f"a formula {DEEP:,} deep was built and dropped")
    return 0
