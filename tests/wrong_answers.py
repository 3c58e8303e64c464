"""Wrong gradients by documented slips, each worked out by its own few lines on plain lists: an oracle for what `check` names.

Nothing of the engine is used but the graph: operations, arguments, values and local derivatives. The formulas are those of a
list of slips gathered from issue threads, forums and courses; the sweeps are written as a student's engine would run them.
"""

import math
from itertools import islice

SLOPES = {  # of functions of one value: by the value, and by the argument
    "exp": (lambda x: math.exp(x), lambda v: v),
    "log": (lambda x: 1 / x, None),
    "sqrt": (lambda x: 0.5 / math.sqrt(x), lambda v: 0.5 / v),
    "tanh": (lambda x: 1 - math.tanh(x) ** 2, lambda v: 1 - v * v),
    "sigmoid": (lambda x: _sigmoid(x) * (1 - _sigmoid(x)), lambda v: v * (1 - v)),
    "sin": (math.cos, None),
    "cos": (lambda x: -math.sin(x), None),
    "relu": (lambda x: float(x > 0), None),
}
RATE = 0.1


def _sigmoid(x):
    return 1 / (1 + math.exp(-x))


class Graph:
    """A graph as plain lists: for each node its operation, its parents by number, its local derivatives and its value."""

    def __init__(self, tape):
        place = {node: i for i, node in enumerate(tape)}
        self.names = [node.op.name if node.op else "" for node in tape]
        self.parents = [[place[parent] for parent in node.parents] for node in tape]
        self.partials = [list(node.partials) for node in tape]
        self.arguments = [[x if isinstance(x, float) else place[x] for x in node.arguments] for node in tape]
        self.fixed = [node.constant for node in tape]
        self.data = [node.data for node in tape]
        self.root = len(self.names) - 1
        self.right = self.sweep()
        self.leaves = [i for i, parents in enumerate(self.parents) if not parents and not self.fixed[i]]

    def sweep(self, partials=None, join=None, seed=1.0, start=None, visits=None):
        """Returns the sweep, with some of it changed."""
        partials = partials or self.partials
        grads = list(start) if start else [0.0] * len(self.names)
        grads[self.root] = seed
        arrived = [[] for _ in self.names]
        for i in visits if visits is not None else range(self.root, -1, -1):
            for parent, partial in zip(self.parents[i], partials[i], strict=True):
                arrived[parent].append(grads[i] * partial)
                grads[parent] = join(arrived[parent]) if join else grads[parent] + grads[i] * partial
        return grads

    def uses(self, leaf):
        return [(i, slot) for i in range(self.root, -1, -1) for slot, parent in enumerate(self.parents[i]) if parent == leaf]

    def changed(self, change):
        """Returns the local derivatives, each replaced by `change(node, slot)` unless that is None."""
        found = []
        for i, partials in enumerate(self.partials):
            found.append([x if (y := change(i, slot)) is None else y for slot, x in enumerate(partials)])
        return found

    def recursion(self):
        waiting = [self.root]
        while waiting:
            i = waiting.pop()
            yield i
            waiting += reversed(self.parents[i])

    def first_met(self, breadth):
        met, seen, waiting = [], set(), [self.root]
        while waiting:
            i = waiting.pop(0) if breadth else waiting.pop()
            if i not in seen:
                seen.add(i)
                met.append(i)
                waiting += self.parents[i] if breadth else reversed(self.parents[i])
        return met

    def visits_of_recursion(self):
        counts = [0] * len(self.names)
        counts[self.root] = 1
        for i in range(self.root, -1, -1):
            for parent in self.parents[i]:
                counts[parent] += counts[i]
        return sum(counts)


def wrong_answers(graph, leaf):
    """Yields the slip's name in the engine's table, and the wrong answer."""
    right, data, root = graph.right[leaf], graph.data, graph.root
    uses = graph.uses(leaf)
    above = [graph.right[i] for i, _ in uses]
    local = [graph.partials[i][slot] for i, slot in uses]
    by_node = {}
    for (i, slot), v in zip(uses, above, strict=True):
        by_node[i] = by_node.get(i, 0.0) + v * graph.partials[i][slot]
    yield "local alone", local[0]
    yield "local alone", sum(local)
    yield "upstream alone", above[0]
    yield "added", above[0] + local[0]
    if len(by_node) > 1:
        yield "one path", next(iter(by_node.values()))
        yield "missing path", right - next(iter(by_node.values()))
    yield "overwrite", graph.sweep(join=lambda arrived: arrived[-1])[leaf]
    yield "mean of paths", graph.sweep(join=lambda arrived: sum(arrived) / len(arrived))[leaf]
    yield "product of paths", graph.sweep(join=math.prod)[leaf]
    yield "own factor", graph.sweep(graph.changed(lambda i, slot: _own(graph, i, slot)))[leaf]
    yield "twice", 2 * right
    yield "half", right / 2
    totals = [len(parents) for name, parents in zip(graph.names, graph.parents, strict=True) if name == "total"]
    for count in dict.fromkeys(totals):
        if count > 2:
            yield "times count", count * right
            yield "by count", right / count
    yield "no exponent", graph.sweep(graph.changed(lambda i, slot: _no_exponent(graph, i, slot)))[leaf]
    yield "no slope", graph.sweep(graph.changed(lambda i, slot: 1.0 if _function(graph, i) else None))[leaf]
    yield "slope at output", graph.sweep(graph.changed(lambda i, slot: _at_output(graph, i)))[leaf]
    yield "formula of input", graph.sweep(graph.changed(lambda i, slot: _of_input(graph, i)))[leaf]
    yield "value for slope", graph.sweep(graph.changed(lambda i, slot: data[i] if _function(graph, i) else None))[leaf]
    yield "sign", -right
    lost = graph.changed(lambda i, slot: 1.0 if graph.names[i] == "sub" and _position(graph, i, slot) == 1 else None)
    yield "minus lost", graph.sweep(lost)[leaf]
    if graph.visits_of_recursion() < 3000:
        yield "recursion", graph.sweep(visits=graph.recursion())[leaf]
    yield "depth first", graph.sweep(visits=graph.first_met(breadth=False))[leaf]
    yield "breadth first", graph.sweep(visits=graph.first_met(breadth=True))[leaf]
    yield "leaves first", graph.sweep(visits=range(len(graph.names)))[leaf]
    yield (
        "twice",
        graph.sweep(start=[x if not parents else 0.0 for x, parents in zip(graph.right, graph.parents, strict=True)])[leaf],
    )
    yield "stale inner", graph.sweep(start=graph.right)[leaf]
    yield "shares", graph.sweep(graph.changed(lambda i, slot: _share(graph, i, slot, equal=True)))[leaf]
    yield "shares by size", graph.sweep(graph.changed(lambda i, slot: _share(graph, i, slot, equal=False)))[leaf]
    yield "seed", graph.sweep(seed=data[root])[leaf]
    yield "inverted", graph.sweep([[1 / x if x else math.nan for x in partials] for partials in graph.partials])[leaf]
    if right:
        yield "reciprocal", 1 / right
    yield "own value", data[leaf]
    yield "value of root", data[root]
    yield "zero", 0.0
    yield from (("of other", graph.right[other]) for other in islice((x for x in graph.leaves if x != leaf), 1))
    yield "step of descent", -RATE * right
    yield "after descent", data[leaf] - RATE * right
    yield "updated", graph.sweep(graph.changed(lambda i, slot: _updated(graph, i, slot)))[leaf]


def _function(graph, i):
    return graph.names[i] in SLOPES or (graph.names[i] == "pow" and len(graph.parents[i]) == 1)


def _position(graph, i, slot):
    """Returns the place among the arguments, plain numbers counted."""
    return [k for k, x in enumerate(graph.arguments[i]) if not isinstance(x, float)][slot]


def _number(graph, x):
    return x if isinstance(x, float) else graph.data[x]


def _own(graph, i, slot):
    return graph.data[graph.parents[i][slot]] if graph.names[i] in ("mul", "affine") and not _bias(graph, i, slot) else None


def _bias(graph, i, slot):
    return graph.names[i] == "affine" and _position(graph, i, slot) == len(graph.arguments[i]) - 1


def _no_exponent(graph, i, slot):
    if graph.names[i] == "pow" and isinstance(graph.arguments[i][1], float) and graph.arguments[i][1]:
        return graph.partials[i][slot] / graph.arguments[i][1]
    return None


def _at_output(graph, i):
    if graph.names[i] not in SLOPES:
        return None
    try:
        return SLOPES[graph.names[i]][0](graph.data[i])
    except (ValueError, ZeroDivisionError):
        return None


def _of_input(graph, i):
    by_value = SLOPES.get(graph.names[i], (None, None))[1]
    x = graph.data[graph.parents[i][0]] if by_value else 0.0
    return by_value(x) if by_value and (x or graph.names[i] != "sqrt") else None


def _share(graph, i, slot, equal):
    numbers = [_number(graph, x) for x in graph.arguments[i]]
    at = _position(graph, i, slot)
    if graph.names[i] in ("add", "sub", "total") and len(numbers) > 1:
        terms = numbers
    elif graph.names[i] == "affine":
        half = len(numbers) // 2
        terms = [w * x for w, x in zip(numbers[:half], numbers[half:-1], strict=True)] + numbers[-1:]
        at = half if at == len(numbers) - 1 else at % half
    else:
        return None
    if equal:
        return graph.partials[i][slot] / len(terms)
    return graph.partials[i][slot] * terms[at] / sum(terms) if sum(terms) else None


def _updated(graph, i, slot):
    """Returns the other factor of a product or a sum of products after a step of descent; of a function its slope there."""

    def moved(x):
        return graph.data[x] - RATE * graph.right[x] if x in graph.leaves else graph.data[x]

    name, arguments, at = graph.names[i], graph.arguments[i], _position(graph, i, slot)
    if name == "mul":
        other = arguments[1 - at]
        return other if isinstance(other, float) else moved(other)
    if name == "affine" and not _bias(graph, i, slot):
        half = len(arguments) // 2
        other = arguments[(at + half) % (2 * half)]
        return other if isinstance(other, float) else moved(other)
    if name in SLOPES:
        return SLOPES[name][0](moved(arguments[0]))
    if name == "pow" and isinstance(arguments[1], float):
        return arguments[1] * moved(arguments[0]) ** (arguments[1] - 1)
    if name == "div":
        x, y = (argument if isinstance(argument, float) else moved(argument) for argument in arguments)
        return 1 / y if at == 0 else -x / y**2
    return None
