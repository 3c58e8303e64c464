"""Measures what is done with graphs of a million values: time, and memory at its peak, each by itself. Run it with

    .venv/bin/python bench/deep.py [GRAPH ...] [WHAT ...]

GRAPH is one or several of chain, mixed, fan and wide, WHAT one or several of the names in WORK below; all, if none is given.
Seconds are of the processor, without the making of the graph; the peak is that of the whole process, the graph included.
Nothing sets the limit of recursion.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

# A chain of one operation; one of five; a sum of products that is itself a chain; and one sum of as many products.
GRAPHS = {
    "chain": "v = x\nfor _ in range(n):\n    v = v * 1.0000001",
    "mixed": "v = x\nfor _ in range(n // 5):\n    v = ((v.tanh() / 3 + 1) * 1.0000001).exp()",
    "fan": "v = x * 1.0\nfor i in range(n // 2):\n    v = v + x * (i * 1e-6)",
    "wide": "v = total([x * (i * 1e-6) for i in range(n)])",
}

# What is timed, what must stand before it, and the goal in seconds.
WORK: dict[str, tuple[str, str, int | None]] = {
    "build": ("", "", None),  # of the graph
    "backward": ("v.backward()", "", None),
    "tape": ("str(v.tape())", "v.backward()", None),
    "deepcopy": ("copy.deepcopy(v)", "v.backward()", None),
    "pickle": ("pickle.dump(v, open(path, 'wb'))", "", None),
    "unpickle": ("pickle.load(open(path, 'rb'))", "", 5),
    "free": ("del v", "", None),
    "draw": ("draw(v).svg", "v.backward()\nfrom chalkgrad.viz import draw", 5),
    "cursor": ("v.steps().run()", "v.steps", 3),
    "create_graph": ("gradient(v, [x], create_graph=True)", "", 15),
    "chain_rule": ("e = chain_rule(v, x)\nstr(e)", "", 10),
}

PROGRAM = """
import copy, pickle, resource, sys, time
from chalkgrad.engine import Value, chain_rule, gradient, total
n, path = {n}, {path!r}
x = Value(0.5, "x")
{graph}
{before}
began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.process_time()
{work}
took = time.process_time() - start
print(took, began / 1024, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def run(graph: str, work: str, n: int) -> list[float]:
    """Returns the seconds, the peak of memory before it in MB, and the peak at the end."""
    timed, before, _ = WORK[work]
    made = GRAPHS[graph]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "graph.pickle")
        if work == "unpickle":
            _printed(PROGRAM.format(n=n, path=path, graph=made, before="", work=WORK["pickle"][0]))
            made = ""
        if work == "build":
            timed, made = made, ""
        return _printed(PROGRAM.format(n=n, path=path, graph=made, before=before, work=timed))


def _printed(program: str) -> list[float]:
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"a benchmark failed:\n{result.stderr}")
    return [float(x) for x in result.stdout.split()]


def main(arguments: list[str]) -> None:
    n = int(os.environ.get("N", "1000000"))
    graphs = [x for x in arguments if x in GRAPHS] or [*GRAPHS]
    works = [x for x in arguments if x in WORK] or [*WORK]
    for graph in graphs:
        for work in works:
            took, began, peak = run(graph, work, n)
            print(
                f"| {graph:6} | {work:12} | {took:6.2f} s | {began:5.0f} → {peak:5.0f} MB | {WORK[work][2] or ''}", flush=True
            )


if __name__ == "__main__":
    main(sys.argv[1:])
