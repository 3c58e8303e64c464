"""Two versions of chalkgrad side by side: what a change costs. Each has an environment of its own in which it is installed.

    .venv/bin/python bench/compare.py OLD/.venv/bin/python .venv/bin/python

The two take turns, row by row and round by round, each in a fresh process, so that a noisy machine disturbs both alike. The
figure is the ratio of the medians of CPU time, new by old; 1.03 is three per cent slower.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import textwrap

ROUNDS = 9

# Each row's code defines `work`, which is run so many times in a process; the median of its times counts.
ROWS = {
    "recording: 60,000 nodes": (
        7,
        """
        from chalkgrad.engine import Value
        def work():
            a, b = Value(1.0001, "a"), Value(0.5, "b")
            x = a
            for _ in range(20_000):
                x = (x * a + b).tanh()
        """,
    ),
    "recording under no_grad(): 60,000 values": (
        5,
        """
        from chalkgrad.engine import Value, no_grad
        def work():
            a, b = Value(1.0001, "a"), Value(0.5, "b")
            x = a
            with no_grad():
                for _ in range(20_000):
                    x = (x * a + b).tanh()
        """,
    ),
    "recording numbers among Values: 40,000 nodes": (
        7,
        """
        from chalkgrad.engine import Value
        def work():
            x = Value(1.0001, "a")
            for _ in range(20_000):
                x = x * 0.5 + 1
        """,
    ),
    "operations of one's own: 20,000 nodes": (
        5,
        """
        from chalkgrad.engine import Value, operation
        h = operation("h", lambda z, t: z * t / (1 + z * z))
        def work():
            x = t = Value(0.5)
            for _ in range(20_000):
                x = h(x, t)
        """,
    ),
    "backward(): 60,000 nodes": (
        7,
        """
        from chalkgrad.engine import Value
        a, b = Value(1.0001, "a"), Value(0.5, "b")
        x = a
        for _ in range(20_000):
            x = (x * a + b).tanh()
        def work():
            x.backward()
        """,
    ),
    "forward(): 60,000 nodes": (
        7,
        """
        from chalkgrad.engine import Value
        a, b = Value(1.0001, "a"), Value(0.5, "b")
        x = a
        for _ in range(20_000):
            x = (x * a + b).tanh()
        def work():
            a.data = a.data
            x.forward()
        """,
    ),
    "micrograd's demo step, nn.MLP": (
        5,
        """
        import random
        from chalkgrad.engine import Value
        from chalkgrad.nn import MLP
        random.seed(1337)
        X = [[random.gauss(0, 1), random.gauss(0, 1)] for _ in range(100)]
        y = [random.choice([-1, 1]) for _ in X]
        model = MLP(2, [16, 16, 1])
        def work():
            scores = [model(row) for row in X]
            loss = sum((1 + -yi * s).relu() for yi, s in zip(y, scores)) * (1 / 100)
            loss = loss + 1e-4 * sum(p * p for p in model.parameters())
            model.zero_grad()
            loss.backward()
        """,
    ),
    "predict(), one row": (
        20,
        """
        from chalkgrad.nn import MLP
        model = MLP(2, [16, 16, 1], seed=0)
        def work():
            for _ in range(20):
                model.predict([0.5, -0.5])
        """,
    ),
    "predict(), 1,000 rows": (
        5,
        """
        from chalkgrad.nn import MLP
        model = MLP(2, [16, 16, 1], seed=0)
        rows = [[i / 1000, -i / 1000] for i in range(1000)]
        def work():
            model.predict(rows)
        """,
    ),
    "the steps of 300 nodes, as sentences": (
        5,
        """
        from chalkgrad.engine import Value
        a, b = Value(1.0001, "a"), Value(0.5, "b")
        x = a
        for _ in range(100):
            x = (x * a + b).tanh()
        def work():
            for step in x.steps():
                str(step)
        """,
    ),
    "the table of 300 nodes": (
        5,
        """
        from chalkgrad.engine import Value
        a, b = Value(1.0001, "a"), Value(0.5, "b")
        x = a
        for _ in range(100):
            x = (x * a + b).tanh()
        x.backward()
        def work():
            x.tape().text()
        """,
    ),
    "the Hessian of 50 variables": (
        5,
        """
        from chalkgrad.engine import Value, hessian
        xs = [Value(0.1 * i, f"x{i}") for i in range(50)]
        y = sum((100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(xs, xs[1:])), Value(0.0))
        def work():
            hessian(y, xs)
        """,
    ),
    "a program of the demo step's network, compiled": (
        3,
        """
        from chalkgrad.engine import Value, program
        from chalkgrad.nn import MLP
        model = MLP(2, [16, 16, 1], seed=0)
        x = [Value(0.5, "x1"), Value(-0.5, "x2")]
        y = model(x)
        def work():
            program(y, inputs=[x, model.parameters()]).compile("python")
        """,
    ),
    "machine code: a batch of 100": (
        9,
        """
        import numpy
        from chalkgrad.engine import Value, program
        from chalkgrad.nn import MLP
        model = MLP(2, [16, 16, 1], seed=0)
        x = [Value(0.5, "x1"), Value(-0.5, "x2")]
        theta = model.parameters()
        f = program(model(x), inputs=[x, theta], wrt=[theta]).compile("llvm", threads=1)
        rows, weights = numpy.full((100, 2), 0.5), numpy.array([p.data for p in theta])
        def work():
            for _ in range(200):
                f(rows, weights)
        """,
    ),
    "drawing a neuron": (
        3,
        """
        from chalkgrad.engine import Value
        from chalkgrad.viz import draw
        x, w, b = Value(2.0, "x"), Value(-3.0, "w"), Value(1.0, "b")
        y = (x * w + b).tanh()
        y.backward()
        def work():
            draw(y).svg
        """,
    ),
    "a page of a neuron": (
        3,
        """
        import tempfile
        from chalkgrad.engine import Value
        from chalkgrad.viz import play
        x, w, b = Value(2.0, "x"), Value(-3.0, "w"), Value(1.0, "b")
        y = (x * w + b).tanh()
        path = tempfile.mkdtemp() + "/page.html"
        def work():
            play(y, path)
        """,
    ),
}

TIMED = """
import statistics, time
times = []
work()
for _ in range({repeats}):
    start = time.process_time()
    work()
    times.append(time.process_time() - start)
print(statistics.median(times))
"""

IMPORT = "import time; start = time.process_time(); import chalkgrad.engine; print(time.process_time() - start)"


def seconds(python: str, code: str) -> float:
    """Runs code in a fresh process and returns what it prints. Compiled files are kept, as for every user."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([python, "-c", code], env=environment, cwd="/", capture_output=True, text=True, check=True)
    return float(done.stdout)


def main(old: str, new: str) -> None:
    """Prints a row for each piece of work: the medians of both versions, and their ratio."""
    print(f"{'':50} {'old':>9} {'new':>9}   new / old, medians of {ROUNDS} rounds")
    rows = {name: textwrap.dedent(code) + TIMED.format(repeats=repeats) for name, (repeats, code) in ROWS.items()}
    for name, code in {"import chalkgrad.engine": IMPORT, **rows}.items():
        found: dict[str, list[float]] = {old: [], new: []}
        seconds(old, code), seconds(new, code)  # so that both have their compiled files
        for k in range(ROUNDS):
            for python in (old, new) if k % 2 else (new, old):
                found[python].append(seconds(python, code))
        before, after = (statistics.median(found[python]) * 1e3 for python in (old, new))
        print(f"{name:50} {before:7.2f}ms {after:7.2f}ms   {after / before:.3f}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*map(os.path.abspath, sys.argv[1:]))
