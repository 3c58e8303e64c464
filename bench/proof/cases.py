"""Many cases, each with its own seed, on two cores: what they find is put together in the order of the seeds.

A case is a function of this folder's modules that takes a seed, or a name, and returns a Counter of what it saw; what is wrong
stands in it under a key that starts with `WRONG`, with what reproduces it.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from tqdm import tqdm

from bench.proof.borrowed import quiet

WRONG = "wrong: "
SHOWN = 10  # wrong cases that the page shows of a promise
Case = TypeVar("Case")
Result = TypeVar("Result")


def each(function: Callable[[Case], Result], cases: Sequence[Case], title: str, quick: bool) -> Iterator[Result]:
    """Yields what a function returns of each case, in their order; unless quick, two processes share them."""
    quiet()
    workers = 1 if quick else min(2, os.cpu_count() or 1)
    if workers == 1:
        yield from tqdm(map(function, cases), title, len(cases), mininterval=1.0)
        return
    with ProcessPoolExecutor(workers, initializer=quiet) as pool:
        at_once = max(1, min(50, len(cases) // (8 * workers)))
        yield from tqdm(pool.map(function, cases, chunksize=at_once), title, len(cases), mininterval=10.0)


def counted(found: Iterable[Counter[str]]) -> tuple[Counter[str], tuple[str, ...]]:
    """Returns the sum of what was seen, and the wrong cases, the first of them as text."""
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for one in found:
        for what, count in one.items():
            if what.startswith(WRONG):
                seen[WRONG] += count
                wrong.append(what.removeprefix(WRONG))
            else:
                seen[what] += count
    return seen, tuple(f"* wrong: {as_code(text)}" for text in wrong[:SHOWN])


def as_code(text: str) -> str:
    """Returns a text as code in Markdown, in ASCII, for it may have any name that was tried.

    >>> print(as_code("[x](javascript:y), a`b"))
    `` [x](javascript:y), a`b ``
    """
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence} {text.encode('ascii', 'backslashreplace').decode()} {fence}"
