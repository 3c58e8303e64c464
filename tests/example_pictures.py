"""Pictures that several tests lay out and write: small graphs, a long chain, hostile names."""

import itertools
from dataclasses import replace

from chalkgrad.viz.pictures.picture import Card, CardRow, Edge, EdgeLine, Picture


def graph(title, cards, edges, **options):
    """Returns a Picture of lines such as "e = a·b | -6 | -2 | place" and "a > e | ∂e/∂a = b = -3 | +6"; "?" is no grad."""
    made, numbers = [], {}
    for n, line in enumerate(cards):
        head, data, grad, *place = (part.strip() for part in line.split("|"))
        name, _, expression = head.partition(" = ")
        numbers[name] = n
        row = CardRow("grad", "not yet", "missing") if grad == "?" else CardRow("grad", grad, "grad")
        kind = "root" if n == len(cards) - 1 else "inner" if expression else "leaf"
        made.append(Card(name, expression, (CardRow("data", data, "data"), row), kind, tuple(place)))
    joined = []
    for line in edges:
        ends, *labels = (part.strip() for part in line.split("|"))
        tail, head = ends.split(" > ")
        kinds = ("local", "contribution")
        lines = tuple(EdgeLine(words, kind) for words, kind in zip(labels, kinds, strict=False))
        joined.append(Edge(numbers[tail], numbers[head], lines))
    return Picture(tuple(made), tuple(joined), title=title, description=f"The graph of {title}.", **options)


EXPRESSION = graph(
    "L = d·f",
    ["a | 2 | 6", "b | -3 | -4", "e = a·b | -6 | -2", "c | 10 | -2", "d = e + c | 4 | -2", "f | -2 | 4", "L = d·f | -8 | 1"],
    [
        "a > e | ∂e/∂a = b = -3 | +6",
        "b > e | ∂e/∂b = a = 2 | -4",
        "e > d | ∂d/∂e = 1 | -2",
        "c > d | ∂d/∂c = 1 | -2",
        "d > L | ∂L/∂d = f = -2 | -2",
        "f > L | ∂L/∂f = d = 4 | +4",
    ],
)
NEURON = graph(
    "o",
    [
        "x₁ | 2 | -1.5",
        "w₁ | -3 | 1",
        "x₂ | 0 | 0.5",
        "w₂ | 1 | 0",
        "b | 6.881 | 0.5",
        "p₁ = x₁·w₁ | -6 | 0.5 | neuron",
        "p₂ = x₂·w₂ | 0 | 0.5 | neuron",
        "s = p₁ + p₂ | -6 | 0.5 | neuron",
        "n = s + b | 0.8814 | 0.5 | neuron",
        "o = tanh(n) | 0.7071 | 1 | neuron",
    ],
    [
        "x₁ > p₁ | ∂p₁/∂x₁ = w₁ = -3 | -1.5",
        "w₁ > p₁ | ∂p₁/∂w₁ = x₁ = 2 | +1",
        "x₂ > p₂ | ∂p₂/∂x₂ = w₂ = 1 | +0.5",
        "w₂ > p₂ | ∂p₂/∂w₂ = x₂ = 0 | +0",
        "p₁ > s | ∂s/∂p₁ = 1 | +0.5",
        "p₂ > s | ∂s/∂p₂ = 1 | +0.5",
        "s > n | ∂n/∂s = 1 | +0.5",
        "b > n | ∂n/∂b = 1 | +0.5",
        "n > o | ∂o/∂n = 1 - tanh²(n) = 0.5 | +0.5",
    ],
)
TWO_PATHS = graph(
    "e",
    ["a | 2 | 2", "b | 1 | 5", "c = a + b | 3 | 2", "d = b + 1 | 2 | 3", "e = c·d | 6 | 1"],
    [
        "a > c | ∂c/∂a = 1 | +2",
        "b > c | ∂c/∂b = 1 | +2",
        "b > d | ∂d/∂b = 1 | +3",
        "c > e | ∂e/∂c = d = 2 | +2",
        "d > e | ∂e/∂d = c = 3 | +3",
    ],
)
SQUARE = graph("y", ["a | 3 | 6", "y = a·a | 9 | 1"], ["a > y | ∂y/∂a = a = 3 | +3"] * 2)
UNSWEPT = graph("y", ["a | 3 | ?", "y = exp(a) | 20.09 | ?"], ["a > y | ∂y/∂a = exp(a) = 20.09"])


def chain(length, **options):
    names = [f"v{n}" for n in range(length)]
    return graph(
        names[-1],
        ["v0 | 1 | 0.5", *(f"{after} = tanh({before}) | 0.5 | 0.5" for before, after in itertools.pairwise(names))],
        [f"{a} > {b} | ∂{b}/∂{a} = 1 - {b}² = 0.5 | +0.25" for a, b in itertools.pairwise(names)],
        **options,
    )


HOSTILE_NAMES = (
    "<b>&\"'",
    "a\x00\x07\n\\N\\l\\",
    "n" * 200,
    "שגיאה כוללת",
    "a\u200bb\u0301",
    "\U0001f642\u200d",
    "]]>",
    "\u202eabc",
    "漢字",
    "\ud800x",
    "",
)


def hostile(names, **options):
    """Returns a sum of values of these names, in a place of the first one's name."""
    rows = (CardRow("data", "1", "data"), CardRow("grad", "2", "grad"))
    cards = [Card(name, "", rows, "leaf") for name in names]
    root = Card("sum", " + ".join(names), rows, "root", (names[0], "inside"), frozenset({"stale"}))
    edges = [Edge(n, len(names), (EdgeLine(f"∂sum/∂{name} = 1", "local"),)) for n, name in enumerate(names)]
    return Picture((*cards, root), tuple(edges), title=names[0], description=names[-1], **options)


PICTURES = {
    "expression": EXPRESSION,
    "expression downwards": replace(EXPRESSION, direction="TB"),
    "neuron": NEURON,
    "two paths": TWO_PATHS,
    "square": SQUARE,
    "unswept": UNSWEPT,
    "chain": chain(20),
    "hostile": hostile(HOSTILE_NAMES),
}
