"""Measures chalkgrad: beside micrograd its training steps; memory, depth, import, drawing, Hessians, the page. Run it with

    .venv/bin/pip install -e ".[bench]" && .venv/bin/python bench/bench.py

Every contender runs in a process of its own; the contenders take turns, and ratios are of medians over all turns, so that
a noisy machine disturbs all of them alike. Nothing here is a test: figures are printed beside the goals, met or not.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import textwrap
from collections.abc import Callable
from functools import partial

# micrograd's own demo: MLP 2-16-16-1, 100 moons, max-margin loss with an L2 term; forward, backward, update. The last step's
# garbage is collected before a step begins, because it is not part of it: micrograd's nodes are circles.
STEP = """
import gc, random, sys, time
from {package}.engine import Value
from {package}.nn import MLP
random.seed(1337)
X = [[random.gauss(0, 1), random.gauss(0, 1)] for _ in range(100)]
y = [random.choice([-1, 1]) for _ in X]
model = MLP(2, [16, 16, 1]{options})
parameters = model.parameters()
times, losses_seen = [], []
for k in range({steps}):
    gc.collect()
    start = time.perf_counter()
    inputs = [list(map(Value, row)) for row in X]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * score).relu() for yi, score in zip(y, scores)]
    loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in parameters)
    model.zero_grad()
    loss.backward()
    for p in parameters:
        p.data -= 0.05 * p.grad
    times.append(time.perf_counter() - start)
    losses_seen.append(loss.data)
print([times[1:], losses_seen[5]])
"""

# Bytes as requested, and as pymalloc holds them: in multiples of 16.
MEMORY = """
import sys, tracemalloc
from chalkgrad.engine import Value
n = 1_000_000
a, v = Value(1.0, "a"), Value(0.5)
v {operator} a
tracemalloc.start()
start = tracemalloc.get_traced_memory()[0]
for _ in range(n):
    v = v {operator} a
v.backward()
requested = (tracemalloc.get_traced_memory()[0] - start) / n
own = [v, v._data, v._grad]
print([requested, sum(-(-sys.getsizeof(x) // 16) * 16 for x in own)])
"""

# One product, in nanoseconds: with a float, with NumPy's number on either side, with other kinds of number, of Values, of
# Values of a subclass. The products take turns, because a process may be slow for a while.
KINDS = """
import timeit
import numpy
from chalkgrad.engine import Value
class Parameter(Value):
    pass
v, p, x, n, i = Value(1.5), Parameter(1.5), 0.5, numpy.float64(0.5), numpy.int64(2)
products = [lambda: v * x, lambda: v * n, lambda: n * v, lambda: v * i, lambda: v * True]
products += [lambda: v * v, lambda: p * p, lambda: p * v]
best = [1e9] * len(products)
for _ in range(100):
    best = [min(old, timeit.timeit(f, number=1_000) / 1_000 * 1e9) for old, f in zip(best, products)]
print(best)
"""

# A sweep of a graph that is swept for the first time, and of one that has been swept before.
AGAIN = """
import time
from chalkgrad.engine import Value
def seconds(again):
    times = []
    for _ in range(15):
        a, v = Value(1.0), Value(0.5)
        for _ in range(20_000):
            v = v * a
        for _ in range(2 if again else 1):
            start = time.perf_counter()
            v.backward()
            took = time.perf_counter() - start
        times.append(took)
    return sorted(times)[7]
print([seconds(False), seconds(True)])
"""

DEPTH = """
import time
from chalkgrad.engine import Value
a, v = Value(1.0, "a"), Value(0.5)
start = time.perf_counter()
for _ in range(1_000_000):
    v = v + a
built = time.perf_counter()
v.backward()
swept = time.perf_counter()
del v
freed = time.perf_counter()
print([built - start, swept - built, freed - swept])
"""

CURSOR = """
import time
from chalkgrad.engine import Value
a, v = Value(1.0, "a"), Value(0.5)
for _ in range(500_000):
    v = v * a
start = time.perf_counter()
v.backward()
swept = time.perf_counter()
steps = v.steps()
made = time.perf_counter()
steps.step()
stepping = time.perf_counter()
for _ in range(10_000):
    steps.step()
done = time.perf_counter()
print([swept - start, made - swept, (done - stepping) / 10_000])
"""

IMPORT = """
import time
start = time.perf_counter()
{statement}
print([time.perf_counter() - start])
"""

DRAW = """
import time
from chalkgrad.engine import Value
from chalkgrad.nn import MLP
from chalkgrad.viz import draw
def clock(root, limit):
    root.backward()
    start = time.perf_counter()
    svg = draw(root, limit=limit).svg
    return time.perf_counter() - start, len(root.tape())
a, b, c, f = (Value(x, name) for x, name in ((2.0, "a"), (-3.0, "b"), (10.0, "c"), (-2.0, "f")))
small = ((a * b + c) * f).tanh() * (a + c).relu() + a
clock(small, 300)
big = MLP(2, [16, 16, 1], expanded=True, seed=0)([1.0, -1.0])
print([clock(small, 300), clock(big, 5000)])
"""

# Twenty thousand values by nn, with places, and without any place; a million without.
FOLD = """
import time
from chalkgrad.engine import Value, sin, total
from chalkgrad.nn import MLP
from chalkgrad.viz import draw
def clock(root):
    root.backward()
    start = time.perf_counter()
    draw(root).svg
    return time.perf_counter() - start, len(root.tape())
model = MLP(2, [16, 16, 1], expanded=True, seed=0)
network = total([(model([i / 30, -i / 30]) - 1) ** 2 for i in range(30)])
chains = []
for n in (20_000, 1_000_000):
    v = Value(0.5)
    for _ in range(n):
        v = sin(v)
    chains.append(v)
print([clock(network), *map(clock, chains)])
"""

# f = Σ_i sin(x_i·x_{i+1})·exp(-x_i²/50) and so on around the ring, several times over: 50 variables.
HESSIAN = """
import time
from chalkgrad.engine import Value, exp, hessian, sin
xs = [Value(0.3 + 0.01 * i) for i in range(50)]
terms = [sin(xs[i] * xs[(i + k) % 50]) * exp(-xs[i] / 5) for k in (1, 2, 3, 7) for i in range(50)]
f = terms[0]
for term in terms[1:]:
    f = f + term
hessian(f, xs)
start = time.perf_counter()
hessian(f, xs)
print([time.perf_counter() - start, len(f.tape()) - 50])
"""

# A slider's event until the page is filled in and laid out again, at the end of the backward pass.
PAGE = """
import shutil, tempfile, time
from pathlib import Path
from chalkgrad.nn import MLP
from chalkgrad.viz import play
from playwright.sync_api import sync_playwright
root = (MLP(2, [8, 8, 1], expanded=True, activation="tanh", seed=0)([0.5, -1.0]) - 1) ** 2
page = Path(tempfile.mkdtemp()) / "page.html"
start = time.perf_counter()
play(root, page, limit=1000)
made = time.perf_counter() - start
MOVE = \"\"\"() => {
  const slider = document.querySelector('input[type="range"]:not(#scrubber)'), times = [];
  for (let i = 1; i <= 60; i++) {
    slider.value = Number(slider.min) + (Number(slider.max) - Number(slider.min)) * i / 61;
    const start = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    document.body.getBoundingClientRect();
    times.push(performance.now() - start);
  }
  return times.sort((x, y) => x - y);
}\"\"\"
with sync_playwright() as browsers:
    browser = browsers.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    tab = browser.new_page(viewport={"width": 1600, "height": 900})
    tab.goto(page.as_uri())
    tab.keyboard.press("End")
    tab.keyboard.press("i")
    times = tab.evaluate(MOVE)
    browser.close()
print([len(root.tape()), page.stat().st_size / 1e6, made, times[30], times[54], times[-1]])
"""

# What a class waits for at the command line: `chalkgrad train digits`, from the data to the last line.
DIGITS = """
import contextlib, io, time
from chalkgrad.__main__ import main
start = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    assert main(["train", "digits"]) == 0
print([time.perf_counter() - start])
"""

# What is written of large graphs: all paths of a chain, and the tape while a cursor stands in the middle of a sweep.
WRITTEN = """
import time
from chalkgrad.engine import Value, chain_rule
x = y = Value(1.0, "x")
for _ in range(100_000):
    y = 0.5 * (y + y)
start = time.perf_counter()
expansion = chain_rule(y, x)
str(expansion), str(expansion.factored()), expansion.latex(), expansion.factored().latex()
expanded = time.perf_counter() - start
y = x
for _ in range(50_000):
    y = y + x
y.steps().goto(10)
start = time.perf_counter()
str(y.tape())
print([expanded, time.perf_counter() - start])
"""

# Accuracy and R² of ten thousand samples.
METRICS = """
import random, time
from chalkgrad.nn.losses import cross_entropy, squared_error
source = random.Random(3)
scores = [[source.gauss(0, 1) for _ in range(3)] for _ in range(10_000)]
classes = [source.randrange(3) for _ in scores]
start = time.perf_counter()
cross_entropy.metric(scores, classes)
squared_error.metric([s[0] for s in scores], [s[1] for s in scores])
print([time.perf_counter() - start])
"""


def run(program: str) -> list:
    """Returns what the program prints, in a fresh interpreter that may use its cache of compiled modules."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, env=environment)
    if result.returncode:
        sys.exit(f"a benchmark failed:\n{result.stderr}")
    return json.loads(result.stdout.replace("(", "[").replace(")", "]"))


def take_turns(contenders: dict[str, Callable[[], list]], turns: int = 3) -> dict[str, list]:
    """Returns every contender's results over several turns."""
    results: dict[str, list] = {name: [] for name in contenders}
    for _ in range(turns):
        for name, contender in contenders.items():
            results[name].append(contender())
    return results


def row(what: str, measured: str, goal: str, met: bool) -> None:
    print(f"{what:<72} {measured:>26}" + (f"   goal {goal:<10} {'met' if met else 'NOT met'}" if goal else ""))


def main() -> None:
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores\n")

    steps = take_turns(
        {
            "micrograd": lambda: run(STEP.format(package="micrograd", options="", steps=6)),
            "chalkgrad": lambda: run(STEP.format(package="chalkgrad", options="", steps=30)),
            "node for node": lambda: run(STEP.format(package="chalkgrad", options=", expanded=True", steps=12)),
        }
    )
    losses = [result[1] for results in steps.values() for result in results]
    if max(losses) - min(losses) > 1e-9:
        sys.exit(f"the contenders do not compute the same thing: losses after five steps are {losses}")
    median = {name: statistics.median(t for result in results for t in result[0]) for name, results in steps.items()}
    for name, goal in (("chalkgrad", 30), ("node for node", 5)):
        ratio = median["micrograd"] / median[name]
        times = f"{ratio:.1f}x ({median['micrograd'] * 1e3:.0f} / {median[name] * 1e3:.1f} ms)"
        row(f"micrograd's demo step, {name}", times, f">= {goal}x", ratio >= goal)

    for operator, goal in (("+", 230), ("*", 300)):
        requested, held = run(MEMORY.format(operator=operator))
        row(
            f"bytes per node of v = v {operator} a, requested / as allocated",
            f"{requested:.0f} / {held}",
            f"<= {goal}",
            held <= goal,
        )

    plain, right, left, whole, truth, values, derived, mixed = run(KINDS)
    for what, time, base, goal in (
        ("v * np.float64", right, plain, 1.25),
        ("np.float64 * v", left, plain, 2.5),
        ("v * np.int64", whole, plain, 2),
        ("v * True", truth, plain, 2),
        ("a subclass, p * p", derived, values, 1.3),
        ("a subclass beside a Value, p * v", mixed, values, 1.5),
    ):
        row(
            f"{what}, against float or Value",
            f"{time / base:.2f}x ({time:.0f} / {base:.0f} ns)",
            f"<= {goal}x",
            time <= goal * base,
        )

    first, second = run(AGAIN)
    times = f"{second / first:.2f}x ({second * 1e3:.2f} / {first * 1e3:.2f} ms)"
    row("a sweep of a graph that has been swept, against the first", times, "", True)

    build, sweep, free = run(DEPTH)
    total = build + sweep + free
    row("chain 1,000,000 deep: build + sweep + free", f"{build:.2f}+{sweep:.2f}+{free:.2f} = {total:.2f} s", "< 6 s", total < 6)

    cursors = take_turns({"cursor": lambda: run(CURSOR)})["cursor"]
    sweep, made, one = (statistics.median(c[i] for c in cursors) for i in range(3))
    times = f"{made / sweep:.1f}x ({made:.2f} / {sweep:.2f} s)"
    row("cursor over 1,000,000 edges: to make it, against one sweep", times, "<= 1x", made <= sweep)
    row("cursor over 1,000,000 edges: a step", f"{one * 1e6:.1f} µs", "< 10 µs", one < 10e-6)

    limits = {"import chalkgrad": 40, "import chalkgrad.engine": 40, "from chalkgrad import *": 120}
    imports = take_turns({line: partial(run, IMPORT.format(statement=line)) for line in limits}, turns=11)
    for line, limit in limits.items():
        cold = statistics.median(t for (t,) in imports[line]) * 1e3
        row(line, f"{cold:.1f} ms", f"< {limit} ms", cold < limit)

    draws = take_turns({"draw": lambda: run(DRAW)})["draw"]
    for i, goal in ((0, 0.1), (1, 1.5)):
        seconds, nodes = statistics.median(d[i][0] for d in draws), draws[0][i][1]
        row(f"drawing {nodes} nodes", f"{seconds:.3f} s", f"< {goal} s", seconds < goal)

    for what, (seconds, nodes) in zip(("of a network", "in a chain", "in a chain"), run(FOLD), strict=True):
        goal = "< 3 s" if nodes < 100_000 else ""  # of a million it is only asked that it ends
        row(f"drawing {nodes:,} values {what}, folded", f"{seconds:.2f} s", goal, seconds < 3)

    hessians = take_turns({"hessian": lambda: run(HESSIAN)}, turns=5)["hessian"]
    seconds, nodes = statistics.median(h[0] for h in hessians), hessians[0][1]
    row(f"Hessian of 50 variables, {nodes} operations", f"{seconds:.3f} s", "< 0.5 s", seconds < 0.5)

    (seconds,) = run(DIGITS)
    row("chalkgrad train digits", f"{seconds:.1f} s", "< 10 s", seconds < 10)

    expanded, printed = run(WRITTEN)
    row("chain rule 100,000 nodes deep, written in four ways", f"{expanded:.1f} s", "< 15 s", expanded < 15)
    row("tape of 50,001 values in the middle of a sweep, written", f"{printed:.1f} s", "< 3 s", printed < 3)

    (seconds,) = run(METRICS)
    row("accuracy and R² of 10,000 samples", f"{seconds:.3f} s", "< 0.2 s", seconds < 0.2)

    pages = take_turns({"page": lambda: run(PAGE)})["page"]
    values, size, made, middle, ninth, worst = (statistics.median(p[i] for p in pages) for i in range(6))
    what = f"page of {values} values, {size:.1f} MB, made in {made:.1f} s: an input moved"
    row(what, f"{middle:.1f}, {ninth:.1f}, {worst:.1f} ms", "<= 16 ms", worst <= 16)


if __name__ == "__main__":
    main()
