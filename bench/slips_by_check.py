"""How many wrong answers `check` names, how many rightly, and how long a diagnosis takes, over the worked examples.

    .venv/bin/python bench/slips_by_check.py

The wrong answers are those of tests/wrong_answers.py, documented slips by their own formulas, on every leaf of every example
with one output and up to 120 nodes; one counts where it differs from the right number by more than 5e-4. Each is given with
four digits, as a student would. An answer is named rightly if the slip that
was made is among the one or two that are named, or in their class: slips that this number cannot tell apart.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

from chalkgrad.command.examples import build, load, names
from chalkgrad.engine import Value, tape
from chalkgrad.engine.stepping.answers import FAR, NAMED, agrees, class_of, diagnosed
from chalkgrad.engine.stepping.slips import SLIPS
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.wrong_answers import Gradients
from chalkgrad.nn import MLP

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from wrong_answers import Graph, wrong_answers

KIN = {slip.name: slip.kin or slip.name for slip in SLIPS}


def main() -> None:
    made: Counter[str] = Counter()
    named: Counter[str] = Counter()
    rightly: Counter[str] = Counter()
    graphs = leaves = 0
    for name in names():
        example = load(name)
        if len(example.outputs) != 1 or len(tape(build(example).root)) > 120:
            continue
        root = build(example).root
        nodes = tape(root)
        graph = Graph(nodes)
        graphs += 1
        for leaf in graph.leaves:
            leaves += 1
            for slip, wrong in wrong_answers(graph, leaf):
                if not math.isfinite(wrong) or abs(wrong - graph.right[leaf]) <= 5e-4:
                    continue
                answer = float(f"{wrong:.3e}")
                if agrees(answer, graph.right[leaf]):
                    continue
                made[slip] += 1
                found = diagnosed(Gradients(Sweep(root)), nodes[leaf], answer, {})[:NAMED]
                found = [some for some in found if some.found.weight * FAR >= found[0].found.weight]
                told = {one.slip.name for some in found for one in some.all}
                classes = {class_of(one, graph.right[leaf]) for some in found for one in some.all}
                named[slip] += bool(found)
                rightly[slip] += slip in told or bool({slip, KIN[slip]} & classes)
    print(f"{graphs} graphs, {leaves} leaves, {made.total():,} wrong answers")
    print(f"named {named.total() / made.total():.1%}, of these rightly {rightly.total() / named.total():.1%}")
    print(f"{'slip':18} {'made':>5} {'named':>6} {'rightly':>8}")
    for slip in made:
        print(f"{slip:18} {made[slip]:5} {named[slip]:6} {rightly[slip]:8}")
    for name, root in large():
        times = [timed(root) for _ in range(9)]
        print(f"{name}: {len(tape(root))} nodes, a diagnosis takes {1e3 * statistics.median(times):.1f} ms of CPU time")


def large() -> list[tuple[str, Value]]:
    """Returns graphs of about a hundred nodes: the largest example, a network of affine nodes, and one of products and sums."""
    affine = MLP(3, [6, 5, 1], seed=0)
    expanded = MLP(2, [5, 3, 1], expanded=True, seed=0)
    return [
        ("scipy_rosen_der", build(load("scipy_rosen_der")).root),
        ("MLP(3, [6, 5, 1])", (affine([0.5, -1.0, 2.0]) - 1) ** 2),
        ("MLP(2, [5, 3, 1]), expanded", (expanded([0.5, -1.0]) - 1) ** 2),
    ]


def timed(root: Value) -> float:
    leaf = next(node for node in tape(root) if not node.parents)
    start = time.process_time()
    root.check({leaf: 0.123456})
    return time.process_time() - start


if __name__ == "__main__":
    main()
