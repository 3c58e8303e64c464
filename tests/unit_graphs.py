"""Graphs of units, of which the page draws a diagram, and as much of a page as it is laid out from."""

import random

from chalkgrad.command import examples
from chalkgrad.engine import Value, unit
from chalkgrad.nn import MLP
from chalkgrad.viz.page.filling import PlaceholderGraph, filled
from chalkgrad.viz.page.models import outputs_of
from chalkgrad.viz.page.units import units_told


def model(*sizes, activation="sigmoid"):
    width, *layers = sizes
    x = [0.5 * (-1) ** i + 0.1 * i for i in range(width)]
    named = [activation] if len(layers) > 1 else []  # the last layer is linear
    return outputs_of(MLP(width, layers, *named, seed=1), x)


def hand_made():
    """Returns a unit of several operations, into which x comes twice, another one, and the loss of its output and a target."""
    x, w, t = Value(0.5, "x"), Value(2.0, "w"), Value(1.0, "t")
    with unit("h1"):
        z = ((x * w).exp() + x * x * w).log()
    z.label = "z"
    with unit("h2"):
        y = (z * Value(0.5, "v")).tanh()
    y.label = "y"
    loss = (y - t) ** 2
    loss.label = "L"
    return [loss]


def skipping():
    """Returns units of which one reads what is two columns before it."""
    x1, x2 = Value(0.5, "x1"), Value(-1.0, "x2")
    with unit("h1"):
        a = (x1 * Value(2.0, "w1") + x2 * Value(0.3, "w2")).tanh()
    with unit("h2"):
        b = (a * Value(0.5, "v1") + Value(0.1, "v2")).tanh()
    with unit("h3"):
        c = (b * Value(0.5, "u1") + x1 * Value(-1.5, "u2")).tanh()
    return [c]


def random_shapes():
    chosen = random.Random(18)
    return [tuple(chosen.randint(1, 9) for _ in range(chosen.randint(2, 4))) for _ in range(12)]


GRAPHS = {
    **{name: lambda name=name: list(examples.build(examples.load(name)).roots) for name in ("mlp", "network", "xor")},
    "mlp's first output": lambda: list(examples.build(examples.load("mlp")).roots)[:1],
    "2-3-1": lambda: model(2, 3, 1),
    "2-8-8-1": lambda: model(2, 8, 8, 1),
    "2-12-1": lambda: model(2, 12, 1, activation="tanh"),
    "3-12-10-2": lambda: model(3, 12, 10, 2),
    "hand made": hand_made,
    "skipping": skipping,
}
SHAPES = {"-".join(map(str, sizes)): lambda sizes=sizes: model(*sizes, activation="tanh") for sizes in random_shapes()}


class Bare:
    """As much of a script as a diagram is laid out from."""

    def __init__(self, roots):
        self.symbolic = PlaceholderGraph(roots)
        nodes = self.symbolic.tape
        number = {node: n for n, node in enumerate(nodes)}
        told = units_told(nodes.roots[0], nodes.roots, self.symbolic.placeholders, number, self.shown, {})
        self.contents = {"names": list(nodes.names.values()), "units": told}

    def current(self, said):
        return filled(said, *self.symbolic.today())

    def shown(self, written):
        return self.symbolic.placeholders.text(written)
