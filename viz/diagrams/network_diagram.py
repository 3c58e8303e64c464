"""Draws a network of any wiring: a circle for each unit, dashed boxes around input, hidden units and output.

>>> from chalkgrad.nn import Network
>>> from chalkgrad.viz.letters.themes import theme
>>> net = Network("x1 x2", "z = h1(x1, x2); y = h2(x1, z)", "tanh", seed=0)
>>> scene = network_diagram(net, None, theme("light"))
>>> [run.words for shape in scene.shapes if hasattr(shape, "runs") for run in shape.runs]
['input', 'hidden units', 'output', 'x₁', 'x₂', 'z', 'h₁', 'h₂', 'y']
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any, NamedTuple

from chalkgrad.engine import Value, no_grad
from chalkgrad.engine.basics.digits import FROM_LOWERED
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.manner import set_in_type
from chalkgrad.nn import Network, Neuron
from chalkgrad.viz.diagrams import sketch
from chalkgrad.viz.diagrams.sketch import DIAGRAMS
from chalkgrad.viz.diagrams.strokes import Strokes, number_shown
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.layout.columns import Columns
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import Point, Rect, Shape
from chalkgrad.viz.letters.themes import Theme

RADIUS, MOST = 28, 50
BETWEEN, CLOSEST = 96, 58  # between the circles of two columns: if there is space, and at least
ABOVE, BELOW = 24, 56  # space for a result's name, and for the parameters with their arrow
OUTPUT = 240  # the greatest width of an output's text
PADDING = 20  # inside a dashed box
FAN = 0.4  # half the angle between arrows that join the same two circles
LIT, FAINT = 5.0, 1.5  # widths of highlighted and of other arrows


class _Node(NamedTuple):
    """An input, a unit, the parameters of a unit, or an output."""

    kind: str
    name: str


class _Arrow(NamedTuple):
    tail: _Node
    head: _Node
    weight: Value | None


def network_diagram(
    net: Network,
    x: Any,
    colours: Theme,
    *,
    show: str | None = None,
    path: str | Iterable[str] = (),
    caption: str = "",
    digits: int = 4,
    limit: int = 60,
) -> Scene:
    """Draws a network; if inputs ``x`` are given, with the values of that pass; with ``path`` highlighted."""
    if len(net.units) > limit:
        raise ValueError(
            f"this network has {len(net.units)} units, and a diagram of more than {limit} can hardly be read: "
            f"net.describe() lists them, diagram(net, limit={len(net.units)}) draws them nevertheless"
        )
    edges = _edges(net)
    lit, ways = _lit(net, edges, path)
    with no_grad():
        values = {} if x is None else {name: v.data for name, v in net.results(x).items()}
    column = _columns(net, edges)
    return _NetworkDrawing(net, edges, column, values, lit, ways, show, colours, digits).scene(caption)


def _edges(net: Network) -> list[_Arrow]:
    """Returns all arrows, in the order of evaluation, those to the outputs last."""
    units = set(net.order)

    def node(name: str) -> _Node:
        return _Node("unit" if name in units else "input", name)

    edges = []
    for name in net.order:
        module = net.units[name]
        weights = module.w if isinstance(module, Neuron) else [None] * len(net.sources(name))
        edges += [_Arrow(node(s), _Node("unit", name), w) for s, w in zip(net.sources(name), weights, strict=True)]
    for name in net.outputs:
        edges.append(_Arrow(node(net.source_of(name)), _Node("output", name), None))
    return edges


def _columns(net: Network, edges: Sequence[_Arrow]) -> dict[_Node, int]:
    """Returns the column of every node: inputs, then hidden units, then output units, each after the units it depends on.

    An output unit that a hidden unit depends on has to stand among the hidden units.
    """
    before: dict[_Node, list[_Node]] = {}
    for edge in edges:
        before.setdefault(edge.head, []).append(edge.tail)
    hidden = set(net.hidden_units)
    inner = {_Node("unit", name) for name in hidden}
    for edge in reversed(edges):
        if edge.head in inner and edge.tail.kind == "unit":
            inner.add(edge.tail)
    column = {_Node("input", name): 0 for name in net.inputs}
    units = [_Node("unit", name) for name in net.order]
    for unit in (unit for unit in units if unit in inner):
        column[unit] = 1 + max(column[tail] for tail in before[unit])
    first = 1 + max(column.values())
    for unit in (unit for unit in units if unit not in inner):
        column[unit] = max(first, 1 + max(column[tail] for tail in before[unit]))
    last = 1 + max(column.values())
    return column | {_Node("output", name): last for name in net.outputs}


# The highlighted path ------------------------------------------------------------------------------------------------


def _lit(net: Network, edges: Sequence[_Arrow], path: str | Iterable[str]) -> tuple[set[tuple[_Node, _Node]], list[str]]:
    """Returns the highlighted arrows, as pairs of nodes, and sentences about the number of paths between the given names.

    Two names joined by an arrow highlight that arrow; other names highlight every path from one to the next.
    """
    if not isinstance(path, (str, Iterable)):
        raise TypeError(f"a path is a text or a list of names, such as net.deep_path, not {path!r}")
    given = [name for name in re.split(r"[\s,→]+", path) if name] if isinstance(path, str) else list(path)
    names = [_node_named(net, name) for name in given]
    if len(names) == 1:
        raise ValueError(f"a path has two ends at least, such as path={' '.join(net.deep_path)!r}, not {given[0]!r} alone")
    after: dict[_Node, list[_Node]] = {}
    for tail, head in [
        *((_Node("parameters", name), _Node("unit", name)) for name in net.units),
        *((edge.tail, edge.head) for edge in edges),
    ]:
        after.setdefault(tail, []).append(head)
    lit: set[tuple[_Node, _Node]] = set()
    said = []
    for (start, end), (first, last) in zip(pairwise(names), pairwise(given), strict=True):
        if end in after.get(start, ()):
            lit.add((start, end))
            continue
        counts = _path_counts(after, start, end)
        if start == end or not counts.get(start):
            raise ValueError(f"no way leads from {first} to {last}: arrows of a network go forwards, from inputs to outputs")
        reached = _reached(after, start)
        lit |= {(a, b) for a in reached for b in after.get(a, ()) if counts.get(a) and counts.get(b)}
        paths = DIAGRAMS.form("paths", counts[start])
        said.append(paths.format(count=counts[start], first=set_in_type(first), last=set_in_type(last)))
    return lit, said


def _path_counts(after: Mapping[_Node, Sequence[_Node]], start: _Node, end: _Node) -> dict[_Node, int]:
    """Returns the number of paths to ``end`` from each node that ``start`` reaches."""
    counts = {end: 1}
    waiting = [start]
    while waiting:
        node = waiting[-1]
        missing = [head for head in after.get(node, ()) if head not in counts]
        if node in counts or not missing:
            counts.setdefault(node, sum(counts[head] for head in after.get(node, ())))
            waiting.pop()
        else:
            waiting += missing
    return counts


def _reached(after: Mapping[_Node, Sequence[_Node]], start: _Node) -> list[_Node]:
    reached = [start]
    for node in reached:
        reached += [head for head in dict.fromkeys(after.get(node, ())) if head not in reached]
    return reached


def _node_named(net: Network, name: str) -> _Node:
    """Returns the node that a name means: an output, an input, a unit, the unit of a result, or the parameters of a unit."""
    for plain in (name, name.translate(FROM_LOWERED) if isinstance(name, str) else name):
        if plain in net.outputs:
            return _Node("output", plain)
        if plain in net.units:
            return _Node("unit", plain)
        with suppress(KeyError):
            source = net.source_of(plain)
            return _Node("unit" if source in net.units else "input", source)
        for unit, module in net.units.items():
            for inner, _ in module.named_parameters():
                if plain in (inner, f"{unit}.{inner}"):
                    return _Node("parameters", unit)
    raise ValueError(
        f"there is no {name!r} in the network: a path goes through inputs, units, results, outputs and parameters, "
        f"such as path={' '.join(net.deep_path)!r}"
    )


# The drawing ---------------------------------------------------------------------------------------------------------


class _NetworkDrawing:
    """The positions of a network's nodes, and their shapes."""

    def __init__(
        self,
        net: Network,
        edges: Sequence[_Arrow],
        column: Mapping[_Node, int],
        values: Mapping[str, float],
        lit: set[tuple[_Node, _Node]],
        ways: Sequence[str],
        show: str | None,
        colours: Theme,
        digits: int,
    ) -> None:
        self.net, self.edges, self.column, self.values, self.lit, self.ways = net, edges, column, values, lit, ways
        self.show, self.colours, self.digits = show, colours, digits
        self.in_play = {node for pair in lit for node in pair}
        inside = [set_in_type(node.name) for node in column if node.kind != "output"]
        self.radius = sketch.radius_for(inside, RADIUS + 18 * bool(values), MOST, sketch.SIZE)
        self.layout = Columns(column, [(edge.tail, edge.head) for edge in edges], self._extent)
        self.between = min(BETWEEN, max(CLOSEST, self._space() / max(column.values()) - 2 * self.radius))
        self.apart = 2 * self.radius + self.between

    def _space(self) -> float:
        """Returns the distance between the first column and the outputs that a slide has space for."""
        widest = max(fonts.width(self._output(name), sketch.SIZE, bold=True) for name in self.net.outputs)
        return sketch.WIDTH - 2 * sketch.MARGIN - self.radius - PADDING - min(widest, OUTPUT) - 10

    def _output(self, name: str) -> str:
        """Returns the text at the end of an output's arrow."""
        value = self.values.get(name)
        return set_in_type(name) + ("" if value is None else f" = {self._written(value)}")

    def _extent(self, node: Any) -> tuple[float, float]:
        if node.kind == "output":
            return 14.0, 14.0
        above = ABOVE if self._result(node) else 0
        return self.radius + above, self.radius + BELOW * bool(self._parameters(node))

    def _at(self, node: _Node) -> Point:
        return self.column[node] * self.apart, self.layout.heights[node]

    def _written(self, value: float) -> str:
        return words.number(value, self.digits)

    def _result(self, node: _Node) -> str:
        """Returns the name of a unit's result, unless an output already shows it."""
        result = self.net.lines[node.name].result if node.kind == "unit" else ""
        return "" if result in self.net.outputs else set_in_type(result)

    def _parameters(self, node: _Node) -> str:
        """Returns the text for the parameters of a unit that is a function; those of neurons are on their edges."""
        module = self.net.units.get(node.name) if node.kind == "unit" else None
        if module is None or isinstance(module, Neuron):
            return ""
        named = list(module.named_parameters())
        said = [set_in_type(name) for name, _ in named]
        if len(named) == 1 and self.show in ("weights", "grad"):
            parameter = named[0][1]
            number = words.grad_text(parameter, self.digits) if self.show == "grad" else f"= {self._written(parameter.data)}"
            said = [f"{said[0]} {number}"]
        return ", ".join(said if len(said) < 4 else [*said[:2], "…"])

    def scene(self, caption: str) -> Scene:
        """Returns everything that is drawn."""
        shown: list[Shape] = []
        numbers = {"weights": "weights", "grad": "gradients"}.get(self.show or "", "")
        weights = [edge.weight for edge in self.edges if edge.weight is not None]
        strokes = Strokes((number_shown(w, self.show) for w in weights), self.colours)
        pairs = Counter(edge[:2] for edge in self.edges)
        seen: Counter[tuple[_Node, _Node]] = Counter()
        ordered = sorted(zip(self.edges, self.layout.lanes, strict=True), key=lambda item: item[0][:2] in self.lit)
        for edge, lanes in ordered:
            several = pairs[edge[:2]] - 1  # arrows between the same two circles are fanned out
            aside = FAN * (2 * seen[edge[:2]] / several - 1) if several else 0.0
            seen[edge[:2]] += 1
            shown += self._arrow(edge, lanes, aside, strokes if numbers else None)
        for node in self.column:
            shown += self._node(node)
        shapes: list[Shape] = [*self._boxes(shown), *shown]
        if numbers and weights:
            left, _, right, bottom = sketch.bounds(shapes)
            shapes += strokes.legend((left + right) / 2, bottom + 36, numbers, self.digits)
        caption = caption or "; ".join(self.ways)
        shapes += sketch.caption(shapes, caption, self.colours)
        legend = strokes.said(numbers, self.digits) if numbers and weights else ""
        return sketch.framed(shapes, self.colours, repr(self.net), self._spoken(legend, caption))

    def _arrow(
        self, edge: _Arrow, lanes: Sequence[tuple[int, float]], aside: float, strokes: Strokes | None
    ) -> Iterable[Shape]:
        colour, weight, dashed = self.colours.edge, sketch.OUTLINE, False
        if edge[:2] in self.lit:
            colour, weight = self.colours.lit, LIT
        elif strokes is not None and edge.weight is not None:
            w = number_shown(edge.weight, self.show)
            colour, weight, dashed = strokes.colour(w), strokes.weight(w), strokes.dashed(w)
        elif self.lit:
            colour, weight = self.colours.dim, FAINT
        start, end = self._at(edge.tail), self._at(edge.head)
        into = 0.0 if edge.head.kind == "output" else self.radius
        stops = [start]
        for c, y in lanes:  # flat past the circles of the column
            stops += [(c * self.apart - self.radius, y), (c * self.apart + self.radius, y)]
        stops.append(end)
        points: list[Point] = []
        for i in range(0, len(stops), 2):
            a, b = stops[i], stops[i + 1]
            piece = _piece(a, b, self.radius if i == 0 else 0.0, into if i + 2 == len(stops) else 0.0, aside)
            points += piece if not points else [points[-1], piece[0], *piece]
        return sketch.arrow_along(tuple(points), colour, weight, dashed=dashed)

    def _node(self, node: _Node) -> Iterable[Shape]:
        x, y = self._at(node)
        name = set_in_type(node.name)
        said = self._written(self.values[node.name]) if node.name in self.values else ""
        in_play = node in self.in_play
        if node.kind == "output":
            colour = self.colours.data if said else self.colours.ink
            yield sketch.words(x + 8, y, self._output(node.name), colour, sketch.SIZE, anchor="start", limit=OUTPUT)
            return
        at_output = node.kind == "unit" and node.name not in self.net.hidden_units
        fill = self.colours.leaf if node.kind == "input" else self.colours.root if at_output else self.colours.inner
        border = self.colours.lit if in_play else self.colours.border
        yield sketch.circle(x, y, self.radius, fill, border, 4.5 if in_play else sketch.OUTLINE)
        if node.kind == "unit":
            result = self.net.lines[node.name].result
            said = self._written(self.values[result]) if result in self.values else ""
            if self._result(node):
                limit = 2 * self.radius + self.between / 2
                yield sketch.words(x, y - self.radius - 14, self._result(node), self.colours.ink, sketch.SMALL, limit=limit)
        if said:
            yield sketch.fitting(x, y - 13, name, self.radius - 4, self.colours.ink)
            yield sketch.fitting(x, y + 12, said, self.radius - 4, self.colours.data)
        else:
            yield sketch.fitting(x, y, name, self.radius, self.colours.ink, sketch.SIZE)
        yield from self._with_parameters(node, x, y)

    def _with_parameters(self, node: _Node, x: float, y: float) -> Iterable[Shape]:
        """Draws a unit's parameters below it, with an arrow upwards."""
        said = self._parameters(node)
        if not said:
            return
        in_play = (_Node("parameters", node.name), node) in self.lit
        colour = self.colours.lit if in_play else self.colours.dim if self.lit else self.colours.edge
        low = y + self.radius
        yield from sketch.arrow((x, low + 32), (x, low + sketch.GAP), colour, 4 if in_play else FAINT)
        ink = self.colours.grad if in_play else self.colours.ink
        yield sketch.words(x, low + 43, said, ink, sketch.SMALL, limit=2 * self.radius + self.between - 16)

    def _boxes(self, shown: Sequence[Shape]) -> Iterable[Shape]:
        """Draws dashed boxes of the same height around inputs, hidden units and output units."""
        _, top, _, bottom = sketch.bounds(shown)
        hidden = set(self.net.hidden_units)
        last = max((c for node, c in self.column.items() if node.kind == "unit" and node.name in hidden), default=0)
        groups = {
            "inputs of a network": [0],
            "hidden units": range(1, last + 1),
            "outputs of a network": range(last + 1, max(self.column.values())),
        }
        top, bottom = top - PADDING - 30, bottom + PADDING
        for group, columns in groups.items():
            if not columns:
                continue
            title = DIAGRAMS[group]
            side = self.radius + PADDING
            left, right = columns[0] * self.apart - side, columns[-1] * self.apart + side
            wide = fonts.width(title, sketch.SMALL, bold=True) + 16
            left, right = min(left, (left + right - wide) / 2), max(right, (left + right + wide) / 2)
            yield Rect(left, top, right - left, bottom - top, 10, "", self.colours.place_border, 1.5, True)
            yield sketch.words((left + right) / 2, top + 20, title, self.colours.dim, sketch.SMALL)

    def _spoken(self, legend: str, caption: str) -> str:
        """Describes the drawing in sentences."""
        net = self.net
        said = [DIAGRAMS.form("network", len(net.inputs)).format(inputs=", ".join(net.inputs))]
        for name in net.order:
            line, module = net.lines[name], net.units[name]
            computed = f"{line} = {self._written(self.values[line.result])}" if line.result in self.values else str(line)
            if isinstance(module, Neuron):
                said.append(DIAGRAMS["unit that is a neuron"].format(line=computed, activation=module.activation))
            else:
                said.append(f"{computed}.")
        hidden = ", ".join(net.hidden_units) or DIAGRAMS["no units"]
        said.append(DIAGRAMS["units of a network"].format(hidden=hidden, outputs=", ".join(net.outputs)))
        if self.lit:
            arrows = [DIAGRAMS["arrow"].format(tail=a.name, head=b.name) for a, b in sorted(self.lit, key=self._when)]
            said.append(DIAGRAMS.form("lit", len(arrows)).format(arrows=", ".join(arrows)))
        said += filter(None, [legend, f"{caption.removesuffix('.')}." if caption else ""])
        return " ".join(said)

    def _when(self, pair: tuple[_Node, _Node]) -> tuple[int, str, int, str]:
        tail, head = pair
        return self.column.get(head, 0), head.name, self.column.get(tail, -1), tail.name


def _piece(a: Point, b: Point, out: float, into: float, aside: float) -> tuple[Point, ...]:
    """Returns the curve of an arrow from one column to the next; it is horizontal where it joins a lane."""
    if out and into:
        return sketch.bend((a, b), (out, into), aside=aside)
    end = (b[0] - sketch.GAP, b[1]) if not into else b
    start = a
    if out:
        start = sketch.rim(a, out, (a[0] + 60, a[1] + max(-60, min(60, (b[1] - a[1]) * 0.5)) + 60 * aside))
        end = b
    elif into:
        end = sketch.rim(b, into, (b[0] - 60, b[1] - max(-60, min(60, (b[1] - a[1]) * 0.5)) + 60 * aside), sketch.GAP)
    reach = (end[0] - start[0]) * 0.45
    rise = (start[1] - a[1]) / (start[0] - a[0]) if out else 0.0
    fall = (b[1] - end[1]) / (b[0] - end[0]) if into else 0.0
    return start, (start[0] + reach, start[1] + reach * rise), (end[0] - reach, end[1] - reach * fall), end
