"""Random graphs through every target that programs are compiled for, the plan of matrices, and second derivatives.

Targets may round otherwise than recording does, and a graph multiplies what was rounded. So the bound is measured on the graph:
it is recorded anew several times, each result moved by up to a few units in its last place, and a program may be as far from
the recording as these are, some times over, with a share of the sum of all contributions. Where such a move brings the graph
over a jump or out of a domain there is nothing to compare, and the case is counted as one on an edge.
"""

from __future__ import annotations

import json
import math
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import mpmath
import numpy as np
from chalkgrad.engine import Value, gradient, hessian, hvp, nonfinite, program
from mpmath import mpf

from bench.proof.cases import WRONG, counted, each
from bench.proof.figure import Figure
from bench.proof.grown import FAILURES, Grown
from bench.proof.operations import STEPS, kink

from oracle import ORACLE  # isort: skip
from test_random_graphs_of_matrices import Graph, check  # isort: skip

PROMISE = "The same through every compiled target, the plan of matrices, and second derivatives"
MOVED = 4 * 2.0**-53  # a result may be off by so much of itself
TIMES = 50  # a program may be further off than the moved recordings by this
SHARE = 1e-12  # of Σ|contributions|
AT_ONCE = 100  # seeds in one process of Node
MOST = 100  # operations of a graph


class Numbers(NamedTuple):
    """A value, its derivatives, and how far each of them may be off; infinite on an edge."""

    numbers: list[float]
    bounds: list[float]


def magnitudes(root: Value, leaves: Sequence[Value]) -> list[float]:
    """Returns Σ|contributions| of each leaf."""
    sizes = dict.fromkeys(root.tape(), 0.0)
    sizes[root] = 1.0
    for node in reversed([*root.tape()]):
        for parent, partial in zip(node.parents, node.partials, strict=True):
            sizes[parent] += sizes[node] * abs(partial)
    return [sizes.get(leaf, 0.0) for leaf in leaves]


def value_and_gradient(graph: Grown, nodes: list[Value]) -> list[float]:
    root, leaves = nodes[-1], nodes[: len(graph.leaves)]
    root.backward()
    return [root.data, *(leaf.grad if leaf.has_grad else 0.0 for leaf in leaves)]


def bounded(graph: Grown, data: Sequence[float], measure: Callable[[Grown, list[Value]], list[float]], tries: int) -> Numbers:
    """Returns what is measured on the graph with these data, and how far it moves if every operation is rounded otherwise."""
    nodes = graph.again(data)
    numbers = measure(graph, nodes)
    sizes = magnitudes(nodes[-1], nodes[: len(data)])
    reach = [0.0] * len(numbers)
    r = random.Random(graph.seed)
    for _ in range(tries):
        try:
            moved = measure(graph, graph.again(data, lambda x: x * (1 + r.choice((1, -1)) * r.uniform(0.2, 1) * MOVED)))
        except FAILURES:
            return Numbers(numbers, [math.inf] * len(numbers))
        reach = [max(far, abs(a - b)) for far, a, b in zip(reach, moved, numbers, strict=True)]
    sizes = [abs(nodes[-1].data), *sizes]
    if measure is not value_and_gradient:
        sizes = [max(sizes)] * len(numbers)
    return Numbers(numbers, [TIMES * far + SHARE * size + 1e-300 for far, size in zip(reach, sizes, strict=True)])


def off(found: Sequence[float], expected: Numbers) -> bool:
    """Whether numbers are further off than their bounds."""
    return any(
        not (abs(a - b) <= bound)
        for a, b, bound in zip(found, expected.numbers, expected.bounds, strict=True)
        if bound < math.inf
    )


def against(found: Sequence[float], graph: Grown, data: Sequence[float], measure: Any) -> str:
    """Returns "same", "edge", or how numbers differ; what seems wrong is measured once more with many more moves."""
    for tries in (3, 200):
        expected = bounded(graph, data, measure, tries)
        if not off(found, expected):
            return "edge" if math.inf in expected.bounds else "same"
    return f"{[*map(float, found)]} for {expected.numbers}, which may be off by {expected.bounds}"


def points(graph: Grown) -> list[list[float]]:
    return [[leaf.data for leaf in graph.leaves], graph.other_data()]


def recorded(graph: Grown, data: Sequence[float]) -> list[float] | None:
    """Returns value and gradient as recording has them; None where it refuses."""
    try:
        return value_and_gradient(graph, graph.again(data))
    except FAILURES:
        return None


def rated(seen: Counter[str], target: str, graph: Grown, data: Sequence[float], found: Sequence[float] | None) -> None:
    """Counts how a target's numbers compare with the recording's; None for what it has refused."""
    expected = recorded(graph, data)
    if expected is None:
        kind = "refused"
        if found is not None and all(map(math.isfinite, found)):  # as in 1/exp(1000), where IEEE arithmetic goes on with ∞
            with nonfinite("propagate"):
                kind = against(found, graph, data, value_and_gradient)
            if kind == "same":
                seen[f"{target} finite"] += 1
                return
    elif found is None:
        kind = f"refused {list(data)}, recording has {expected}"
        if against([math.nan] * len(expected), graph, data, value_and_gradient) == "edge":
            kind = "edge"
    elif target == "python" and sys.version_info < (3, 12):
        kind = "same" if list(found) == expected else f"{list(found)} is not {expected} to the bit, at {list(data)}"
    else:
        kind = against(found, graph, data, value_and_gradient)
    if kind in ("same", "edge", "refused"):
        seen[f"{target} {kind}"] += 1
    else:
        seen[f"{WRONG}Grown({graph.seed}, {MOST}), {target}: {kind}"[:600]] += 1


def in_python(seed: int) -> Counter[str]:
    return compiled(seed, "python")


def in_numpy(seed: int) -> Counter[str]:
    return compiled(seed, "numpy")


def in_llvm(seed: int) -> Counter[str]:
    return compiled(seed, "llvm")


def compiled(seed: int, target: str) -> Counter[str]:
    """Returns how a compiled graph compares, at the recorded numbers and at others."""
    seen = Counter({target: 1})
    try:
        graph = Grown(seed, MOST)
        f = programmed(graph).compile(target)
        for data in points(graph):
            try:
                value, slopes = f(*(data[i] for i in graph.inputs))
            except FAILURES:
                found = None
            else:
                found = in_full(graph, [value, *slopes])
            rated(seen, target, graph, data, found)
    except Exception as error:  # a crash is a finding, like any other
        seen[f"{WRONG}Grown({seed}, {MOST}), {target}: {type(error).__name__}: {error}"[:600]] += 1
    return seen


def programmed(graph: Grown) -> Any:
    return program(graph.root, inputs=[graph.leaves[i] for i in graph.inputs])


def in_full(graph: Grown, numbers: Sequence[Any]) -> list[float]:
    """Returns a value and a derivative by every leaf, those included that are not among the inputs."""
    slopes = [0.0] * len(graph.leaves)
    for i, slope in zip(graph.inputs, numbers[1:], strict=True):
        slopes[i] = float(slope)
    return [float(numbers[0]), *slopes]


def in_javascript(seeds: Sequence[int]) -> Counter[str]:
    """Returns how graphs in JavaScript compare, in one process of Node."""
    seen: Counter[str] = Counter()
    graphs = [Grown(seed, MOST) for seed in seeds]
    tried = [(graph, data) for graph in graphs for data in points(graph)]
    texts = [text for graph in graphs for text in [programmed(graph).source("javascript")] * 2]
    parts = ["const found = [];"]
    for text, (graph, data) in zip(texts, tried, strict=True):
        call = f"const [v, g] = program({', '.join(repr(data[i]) for i in graph.inputs)}); found.push([v, ...g].map(String));"
        parts.append(f"(() => {{ try {{\n{text}\n{call}\n}} catch (e) {{ found.push(String(e)); }} }})();")
    parts.append("console.log(JSON.stringify(found));")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graphs.js"
        file.write_text("\n".join(parts), "utf-8")
        done = subprocess.run(["node", "--stack-size=4000", str(file)], capture_output=True, text=True, check=False)
    if done.returncode:
        seen[f"{WRONG}seeds from {seeds[0]} in JavaScript: {done.stderr[-300:]}"] += 1
        return seen
    for (graph, data), numbers in zip(tried, json.loads(done.stdout), strict=True):
        rated(seen, "javascript", graph, data, None if isinstance(numbers, str) else in_full(graph, numbers))
    seen["javascript"] += len(graphs)
    return seen


def in_matrices(seed: int) -> Counter[str]:
    """Returns how a graph of layers and loops compares with its scalar program, called with numbers and with batches."""
    seen = Counter({"matrices": 1})
    targets = ("numpy", "llvm") if seed % 10 == 0 else ("numpy", "functional")
    try:
        with np.errstate(all="ignore"):
            check(Graph(seed).made(), targets, (None, 5, 1))
    except Exception as error:  # an assertion that fails, or a crash
        seen[f"{WRONG}test_random_graphs_of_matrices.Graph({seed}): {type(error).__name__}: {error}"[:300]] += 1
    return seen


# Second order --------------------------------------------------------------------------------------------------------

SMALL = 22  # operations of a graph whose second derivatives are compared
STEP = mpf(10) ** -30  # of mpmath's differences, at 150 digits


def leaves_of(graph: Grown, nodes: list[Value]) -> list[Value]:
    return [nodes[i] for i in graph.inputs]


def by_hessian(graph: Grown, nodes: list[Value]) -> list[float]:
    """Returns the second derivatives, row by row."""
    return [float(x) for row in hessian(nodes[-1], leaves_of(graph, nodes)) for x in row]


def by_gradients(graph: Grown, nodes: list[Value]) -> list[float]:
    """Returns the Hessian as the gradients of a gradient that was recorded."""
    leaves = leaves_of(graph, nodes)
    found: list[float] = []
    for slope in gradient(nodes[-1], leaves, create_graph=True):
        reached = set(slope.tape())
        here = [leaf for leaf in leaves if leaf in reached]
        row = dict(zip(here, gradient(slope, here), strict=True)) if here else {}
        found += [float(row.get(leaf, 0.0)) for leaf in leaves]
    return found


def by_products(graph: Grown, nodes: list[Value]) -> list[float]:
    """Returns the Hessian as its products with the unit vectors."""
    leaves = leaves_of(graph, nodes)
    units = [[float(i == j) for j in range(len(leaves))] for i in range(len(leaves))]
    return [float(x) for unit in units for x in hvp(nodes[-1], leaves, unit)]


def first_by_gradient(graph: Grown, nodes: list[Value]) -> list[float]:
    """Returns the gradient that create_graph records."""
    return [float(slope.data) for slope in gradient(nodes[-1], leaves_of(graph, nodes), create_graph=True)]


SIDES = [(0, 0), (4, 9), (-4, -9), (4, -9), (-4, 9)]  # where differences are taken, in steps: at a kink they are not the same


def in_mpmath(graph: Grown, i: int, j: int, center: tuple[int, int]) -> mpf:
    """Returns a second derivative by differences of mpmath's value of the graph, so many steps beside the leaves' numbers."""
    reached = set(graph.root.tape())

    def at(up: int, right: int) -> mpf:
        nodes = [mpf(leaf.data) for leaf in graph.leaves]
        nodes[i] += (center[0] + up) * STEP
        nodes[j] += (center[1] + right) * STEP
        for node, (name, given) in zip(graph.nodes[len(nodes) :], graph.made, strict=True):
            numbers = (nodes[x] if isinstance(x, int) else mpf(x) for x in given)
            nodes.append(ORACLE[name](*numbers) if node in reached else mpf(0))
        return nodes[-1]

    return (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * STEP * STEP)


def by_differences(graph: Grown, i: int, j: int, bound: float, digits: int) -> mpf | None:
    """Returns mpmath's second derivative, or None at a kink and where a function ends."""
    with mpmath.workdps(digits):
        try:
            found = [in_mpmath(graph, i, j, center) for center in SIDES]
        except (ZeroDivisionError, ValueError, TypeError, OverflowError):
            return None
        if any(isinstance(x, mpmath.mpc) or not abs(x - found[0]) <= bound / 10 for x in found):
            return None
    return found[0]


def at_kink(node: Value) -> bool:
    """Whether the derivatives of a node are a convention, and not a limit from all sides."""
    if node.op is None or node.op.name in STEPS:
        return False
    return kink(node.op.name, tuple(float(x.data if isinstance(x, Value) else x) for x in node.arguments)) is not None


def second(seed: int) -> Counter[str]:
    """Returns how second derivatives in three ways, and mpmath's, compare on the graph of a seed."""
    seen = Counter({"second": 1})
    graph = Grown(seed, SMALL, wild=False)
    data = [leaf.data for leaf in graph.leaves]
    try:
        expected = bounded(graph, data, by_hessian, 1)
    except FAILURES:
        seen["second refused"] += 1
        return seen
    try:
        for way in (by_gradients, by_products):
            try:
                found = way(graph, graph.again(data))
            except FAILURES:
                cornered = any(at_kink(node) for node in graph.root.tape())  # where a second derivative is a convention
                note(seen, graph, way.__name__, "edge" if cornered else f"refused, though hessian() is {expected.numbers}")
                continue
            note(seen, graph, way.__name__, against(found, graph, data, by_hessian))
        note(seen, graph, "first_by_gradient", first(graph, data))
        if any(at_kink(node) for node in graph.root.tape()):
            seen["second edge"] += 1
            return seen
        at = random.Random(seed).randrange(len(graph.inputs) ** 2)
        i, j = graph.inputs[at // len(graph.inputs)], graph.inputs[at % len(graph.inputs)]
        for tries, digits in ((3, 150), (200, 1500)):  # what seems wrong is measured once more, with more of both
            bound, ours = bounded(graph, data, by_hessian, tries).bounds[at], expected.numbers[at]
            exact = None if bound == math.inf else by_differences(graph, i, j, bound, digits)
            if exact is None or abs(exact - ours) <= bound:
                seen["second edge" if exact is None else "second mpmath"] += 1
                return seen
        note(seen, graph, "mpmath", f"∂²/∂x{i}∂x{j} is {ours!r}, exactly {mpmath.nstr(exact, 20)}")
    except Exception as error:  # a crash is a finding, like any other
        note(seen, graph, "second", f"{type(error).__name__}: {error}")
    return seen


def first(graph: Grown, data: Sequence[float]) -> str:
    """Returns whether the gradient that is recorded has the numbers of the sweep."""

    def swept(graph: Grown, nodes: list[Value]) -> list[float]:
        nodes[-1].backward()
        return [leaf.grad for leaf in leaves_of(graph, nodes)]

    try:
        found = first_by_gradient(graph, graph.again(data))
        return against(found, graph, data, swept)
    except FAILURES:
        return "refused"


def note(seen: Counter[str], graph: Grown, way: str, kind: str) -> None:
    if kind in ("same", "edge", "refused"):
        seen[f"second {way} {kind}"] += 1
    else:
        seen[f"{WRONG}Grown({graph.seed}, {SMALL}, wild=False), {way}: {kind}"[:600]] += 1


def figures(quick: bool) -> Iterator[Figure]:
    """Yields a figure for each target, with what could not be compared."""
    count = 40 if quick else 10_000
    for target, run in (("python", in_python), ("numpy", in_numpy), ("llvm", in_llvm)):
        seen, wrong = counted(each(run, range(count // 4 if quick and target == "llvm" else count), target, quick))
        yield of_program(target, seen, wrong)
    if shutil.which("node"):
        shards = [range(i, min(i + AT_ONCE, count)) for i in range(0, count, AT_ONCE)]
        yield of_program("javascript", *counted(each(in_javascript, shards, "javascript", quick)))
    else:
        yield Figure("JavaScript", "not measured", "0 wrong", False, "there is no Node here")
    seen, wrong = counted(each(in_matrices, range(1000, 1000 + (10 if quick else count)), "matrices", quick))
    what = (
        f"{seen['matrices']:,} graphs of layers, convolutions and attention as a plan of matrices, against their scalar program"
    )
    yield Figure(what, f"{seen[WRONG]:,} wrong", "0", not seen[WRONG], details=wrong)
    seen, wrong = counted(each(second, range(count), "second order", quick))
    pairs = sum(number for what, number in seen.items() if what.startswith("second by_") and what.endswith("same"))
    edges = sum(number for what, number in seen.items() if what.endswith("edge"))
    what = (
        f"second derivatives of {seen['second']:,} graphs: {pairs:,} Hessians against gradients of gradients and products with "
        f"vectors, {seen['second mpmath']:,} against mpmath, {edges:,} on an edge"
    )
    yield Figure(what, f"{seen[WRONG]:,} wrong", "0", not seen[WRONG], details=wrong)


def of_program(target: str, seen: Counter[str], wrong: tuple[str, ...]) -> Figure:
    what = (
        f"{seen[target]:,} graphs in {target}, each at two points: {seen[f'{target} same']:,} compared, "
        f"{seen[f'{target} refused']:,} refused as recording does, {seen[f'{target} edge']:,} on an edge"
    )
    if seen[f"{target} finite"]:
        what += f", {seen[f'{target} finite']:,} finite, past an infinity that recording refuses"
    return Figure(what, f"{seen[WRONG]:,} wrong", "0", not seen[WRONG], details=wrong)
