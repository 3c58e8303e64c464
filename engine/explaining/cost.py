"""The cost of a gradient on a graph: over how many paths it is a sum, and what each way to it takes.

>>> from chalkgrad.engine import Value
>>> x, w = Value(2.0, "x"), Value(3.0, "w")
>>> L = (w * x - 1) ** 2
>>> cost(L).paths, cost(L).reverse, cost(L).forward
(2, 4, 8)
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from chalkgrad.engine.basics.terminal import columns, terminal_width
from chalkgrad.engine.basics.tracebacks import short_traceback
from chalkgrad.engine.explaining.written_paths import how_many
from chalkgrad.engine.stepping.along import path_counts
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.expressions import called
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import names_of
from chalkgrad.engine.words.printer import LaTeX
from chalkgrad.engine.words.screens import on_terminal
from chalkgrad.engine.words.slides import array
from chalkgrad.engine.words.tex import document

COST_TEMPLATES = section("cost")


class Cost:
    """The cost of the derivatives of y by all its leaves; `print` it.

    `reverse` and `forward` count multiplications, `evaluations` the times that finite differences compute y; `leaves`,
    `edges` and `operations` count the parts of the graph. `paths` is how many products the chain rule adds up in all, for all
    leaves, and `paths_from` has the number for each.
    """

    def __init__(self, y: Value) -> None:
        self._nodes = order([y])
        self.y = y
        self.leaves = sum(node._x is None and not node.constant for node in self._nodes)
        self.operations = sum(node._x is not None for node in self._nodes)
        self.edges = sum(not parent.constant for node in self._nodes for parent in node.parents)
        self.reverse = self.edges
        self.forward = self.edges * self.leaves
        self.evaluations = self.leaves + 1

    @cached_property
    def paths_from(self) -> Mapping[Value, int]:
        """For each leaf that takes a gradient the exact number of paths between it and y, counted without listing them."""
        counts = path_counts(reversed(self._nodes), self.y, lambda node: node.parents)
        found = {node: count for node, count in counts if node._x is None and not node.constant}
        return dict(reversed(found.items()))

    @property
    def paths(self) -> int:
        """The exact number of paths between the leaves and y."""
        return sum(self.paths_from.values())

    def _paths_text(self, names: Mapping[Value, str]) -> str:
        """How many paths there are, how many of them from the leaf that has the most, and over how few edges they run."""
        said = COST_TEMPLATES.form("paths", self.paths).format(count=how_many(self.paths), y=called(names[self.y]))
        most = max(self.paths_from, key=self.paths_from.__getitem__, default=None)
        if most is not None and self.leaves > 1 and self.paths_from[most] > 1:
            alone = how_many(self.paths_from[most])
            said = COST_TEMPLATES["paths of one"].format(paths=said, alone=alone, x=called(names[most]))
        return COST_TEMPLATES["over"].format(paths=said, edges=_with_count("edge", self.edges))

    def __str__(self) -> str:
        names = names_of(self._nodes)
        y = called(names[self.y])
        title = COST_TEMPLATES["cost"].format(leaves=_with_count("leaf", self.leaves))
        rows = {
            "reverse": _with_count("multiplication", self.reverse),
            "forward": _with_count("multiplication", self.forward),
            "finite differences": _with_count("evaluation", self.evaluations, y),
        }
        width = max(columns(COST_TEMPLATES[name]) for name in rows) + 3
        why = COST_TEMPLATES["why"].format(y=y)
        if terminal_width() is not None:  # it is broken where that ends
            why = why.replace("\n", " ")
        lines = [
            "  " + COST_TEMPLATES[name] + " " * (width - columns(COST_TEMPLATES[name])) + row for name, row in rows.items()
        ]
        return on_terminal("\n".join([self._paths_text(names), title, *lines, why]))

    def __repr__(self) -> str:
        return str(self)

    def latex(self) -> str:
        r"""The three ways and what each takes, a formula that goes between \[ and \], for documents with the package amsmath.

        >>> x, w = Value(2.0, "x"), Value(3.0, "w")
        >>> L = (w * x - 1) ** 2
        >>> print(cost(L).latex())
        % needs \usepackage{amsmath}
        \begin{array}{ll}
        \text{reverse mode} & \text{4 multiplications} \\
        \text{forward mode} & \text{8 multiplications} \\
        \text{finite differences} & \text{3 evaluations of }L
        \end{array}
        """
        write = LaTeX()
        y = write.called(names_of(self._nodes)[self.y])
        before, _, after = _with_count("evaluation", self.evaluations, "\0").partition("\0")
        rows = {
            "reverse": write.words(_with_count("multiplication", self.reverse)),
            "forward": write.words(_with_count("multiplication", self.forward)),
            "finite differences": write.words(before) + y + (write.words(after) if after else ""),
        }
        lines = " \\\\\n".join(f"{write.words(COST_TEMPLATES[name])} & {row}" for name, row in rows.items())
        return document(array([lines], "ll"))


def _with_count(what: str, count: int, y: str = "") -> str:
    return COST_TEMPLATES.form(what, count).format(count=f"{count:,}", y=y)


@short_traceback
def cost(y: Value) -> Cost:
    """Returns the cost of the gradient of y on its graph: by reverse mode, by forward mode, by finite differences.

    The chain rule is a sum over all paths, of which there may be astronomically many; they are counted, too.
    A sweep multiplies once on each edge (by 1, too). Reverse mode sweeps once, forward mode once for each leaf that takes a
    gradient. Local derivatives, which both need, are not counted.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> e = (a + b) * (b + 1)
    >>> cost(e).reverse, cost(e).forward, cost(e).evaluations
    (5, 10, 3)
    """
    if not isinstance(y, Value):
        raise TypeError(f"cost(y) takes a Value, such as cost(L), and was given {type(y).__name__} {y!r}")
    return Cost(y)
