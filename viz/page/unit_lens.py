"""The lens of a unit beside its network: its own values in gates, the derivative through it, and what that is made of.

A view of a lens shows a value, as many of those that it is computed from as there is room for, the others in one line, and the
function of the value alone that follows it. A neuron with many inputs has a view for each input with its weight, and one for
its bias.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.nn import MLP
>>> from chalkgrad.viz.page.net import Net
>>> from chalkgrad.viz.page.script import Script
>>> from chalkgrad.viz.page.units import labelled
>>> [root] = labelled([MLP(2, [1, 1])([Value(0.5, "x1"), Value(-1.0, "x2")])])
>>> net = Net(Script(root))
>>> [([net.names[n] for n in view.shown], len(view.folded)) for view in views(net, 0)]
[(['x1', 'w11_1'], 2), (['x2', 'w11_2'], 2), (['b11'], 2)]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property, reduce
from itertools import islice
from math import ceil, cos, isfinite, radians, sin
from operator import add, mul
from typing import Any, NamedTuple, cast

from chalkgrad.engine import Value
from chalkgrad.engine.explaining.links import Link, Path
from chalkgrad.engine.explaining.written_paths import PlainPaths
from chalkgrad.engine.recording.computers import computer
from chalkgrad.engine.rules import Rule
from chalkgrad.engine.stepping.units import terms_of
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import Names
from chalkgrad.engine.words.placeholders import Text
from chalkgrad.viz.formats.svg import number as short
from chalkgrad.viz.layout.positions import Layout, Wire
from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.letters.primitives import BASELINE, Box, Point
from chalkgrad.viz.page.alike import alike
from chalkgrad.viz.page.diagram_places import WIDTH
from chalkgrad.viz.page.net import Net
from chalkgrad.viz.page.packing import packed
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.page.svg_groups import groups
from chalkgrad.viz.page.widest import Widest
from chalkgrad.viz.pictures.picture import Card, Picture
from chalkgrad.viz.skins.circuit import GATE, ROW, Circuit, shape_gate
from chalkgrad.viz.skins.shapes import NAME

# The frame, in pixels of a window of 1280×720, and within it the place of the gates, which are a little enlarged.
LEFT, TOP, WIDE, HIGH = WIDTH - 592, 10, 590, 478
PAD, TITLE, RULE = 14, 34, 352  # the space at the sides; the middle of the title; the height of the line below the gates
SCALE = 1.02
ROOM, DEEP = (WIDE - 2 * 8) / SCALE, 292 / SCALE
TITLE_SIZE, EQUATION, LABEL, FACTORS, REMARK = 28, 21, 20, 24, 21

MOST = 3  # values in a row below each other without folding
GAP = 20, 10  # before the first gate, and between two
LEVELS = {1: (138,), 2: (84, 186), 3: (46, 138, 230)}  # the heights of the rows
BELOW_FOLD = (118, 216)
ANGLE = 55  # between two wires into a gate
LEAF = 80  # the width of the name of what is shown, at most
PATHS = 3  # that a derivative is written out for
LONG = 26  # characters of what is folded; of more, it is said how many


PAGE = section("page")


_NUMBER = re.compile(r'(<text class="(?:data|grad)"[^>]*>)[^<]*')


class View(NamedTuple):
    """What a lens shows at a time.

    Attributes:
        unit: of which unit
        chain: a value of it, and the next one if that is a function of it alone
        shown: the parents of the first that are shown, an input of the unit first
        folded: the other groups of parents
    """

    unit: int
    chain: tuple[int, ...]
    shown: tuple[int, ...]
    folded: tuple[tuple[int, ...], ...] = ()


def views(net: Net, unit: int) -> list[View]:
    """Returns the views of a unit, in the order of computation."""
    _, nodes, inputs, _ = net.units[unit]
    number = {node: n for n, node in enumerate(net.nodes)}
    found: list[View] = []
    within: set[int] = set()
    for n in nodes:
        if n in within:
            continue
        after = [m for m in nodes if any(number[parent] == n for parent in net.nodes[m].parents)]
        alone = len(after) == 1 and len(set(net.nodes[after[0]].parents)) == 1
        chain = (n, after[0]) if alone else (n,)
        within.update(chain)
        gathered = _groups(net.nodes[n], number, inputs)
        parents = [parent for group in gathered for parent in group]
        if len(parents) <= MOST:
            found.append(View(unit, chain, tuple(parents)))
            continue
        parts = [group[i : i + 2] for group in gathered for i in range(0, len(group), 2)]
        found += [View(unit, chain, part, tuple(other for other in parts if other is not part)) for part in parts]
    return found


def _groups(node: Value, number: dict[Value, int], inputs: Sequence[int]) -> list[tuple[int, ...]]:
    """Returns the parents of a value, those together that the derivative by one of them is made of; inputs come first."""
    joined: dict[int, set[int]] = {}
    for slot, parent in enumerate(node.parents):
        read = {number[value] for value in words.read_by(node, slot) if value is not node}
        joined.setdefault(number[parent], set()).update(read)
    for one in list(joined):
        for other in joined[one]:
            joined.setdefault(other, set()).add(one)
    left, found = dict.fromkeys(number[parent] for parent in node.parents), list[tuple[int, ...]]()
    while left:
        group = [next(iter(left))]
        for one in group:
            left.pop(one, None)
            group += [other for other in left if other in joined[one] and other not in group]
        found.append(tuple(sorted(group, key=lambda n: n not in inputs)))
    return found


class UnitLenses:
    """All views of all units, and the frame that they stand in.

    Attributes:
        views: in the order of the units
        told: for the page's script: `shapes` and `drawn`, the views as alike.py has them; `units`, the views of each unit;
            `folds`, what each view folds; `titles`, of each unit its name and its equations; `factors`, of each view the values
            shown, each with the rows of the unit's derivative by it; `remarks`, what is said of each unit
    """

    def __init__(self, net: Net, picture: Picture, script: Script) -> None:
        self.net, self._picture, self._script = net, picture, script
        self._widest = Widest(script.symbolic)
        self.views = [view for unit in range(len(net.units)) for view in views(net, unit)]
        self._into: dict[int, list[int]] = {}
        for e, edge in enumerate(picture.edges):
            self._into.setdefault(edge.head, []).append(e)
        self.labels = {e: self._local(e) for e in range(len(picture.edges)) if picture.edges[e].head in self._inside}
        self._folds = [self._folded(view) for view in self.views]

    @cached_property
    def told(self) -> dict[str, Any]:
        said = self.said
        told = {
            "units": [[n for n, view in enumerate(self.views) if view.unit == unit] for unit in range(len(self.net.units))],
            **{name: packed(texts) if name in ("folds", "factors") else texts for name, texts in said.items()},
        }
        # Last: what is drawn asks how wide the texts may become, for which all of them are there.
        shapes, drawn = alike(["\n".join(self._drawn(n, view)) for n, view in enumerate(self.views)])
        return told | {"shapes": shapes, "drawn": packed(drawn)}

    @cached_property
    def said(self) -> dict[str, Any]:
        """The texts of all units, in the language that is spoken."""
        units = range(len(self.net.units))
        return {
            "folds": self._folds,
            "titles": [self._title(unit) for unit in units],
            "factors": [self._factors(view) for view in self.views],
            "remarks": [self._remark(unit) for unit in units],
        }

    @property
    def _inside(self) -> set[int]:
        return {n for _, nodes, _, _ in self.net.units for n in nodes}

    def _edges(self, view: View) -> list[int]:
        """Returns the numbers of the edges that a view shows."""
        first, *rest = view.chain
        shown = [e for e in self._into[first] if self._picture.edges[e].tail in view.shown]
        return shown + [e for n in rest for e in self._into[n]]

    def _local(self, e: int) -> Text:
        """Returns the local derivative along an edge, on one line."""
        (node, slot), names = self._slot(e), self._script.symbolic.tape.names
        if node.parents[slot].constant:
            return ""
        return self._script.shown(f"{words.local(node, slot, names)} = {words.number(node.partials[slot])}")

    def _slot(self, e: int) -> tuple[Value, int]:
        node, slot, *_ = self._script.contents["edges"][e]
        return self.net.nodes[node], slot

    # Words

    def _title(self, unit: int) -> list[str | int]:
        """Returns the name of the unit's function, its equations as far as there is room, and where these begin."""
        net, names = self.net, self._script.symbolic.tape.names
        name = net.functions[unit]
        room = WIDE - 2 * PAD - 60 - fonts.width(name, TITLE_SIZE, bold=True)
        said = ""
        for n in reversed(net.units[unit][1]):
            for longest in (8, 2, 1):
                equation = f"{names[net.nodes[n]]} = {words.expression(net.nodes[n], names, longest=longest)}"
                longer = f"{said},   {equation}" if said else equation
                if fonts.width(text.clean(longer), EQUATION) <= room:
                    said = longer
                    break
            else:
                break
        at = LEFT + PAD + fonts.width(text.clean(name), TITLE_SIZE, bold=True) + 22
        return [*(text.keep_order(text.clean(part)) for part in (name, said)), round(at)]

    def _factors(self, view: View) -> list[tuple[int, list[Text]]]:
        """Returns the values shown from outside, each with the derivative of the unit by it: in symbols, and in numbers."""
        outside = [n for n in view.shown if not self.net.nodes[n].constant and self._outside(view, n)]
        return [(n, self._derivative(view.unit, n)) for n in outside]

    def _outside(self, view: View, number: int) -> bool:
        return number not in self.net.units[view.unit][1]

    def _derivative(self, unit: int, source: int) -> list[Text]:
        net, names = self.net, self._script.symbolic.tape.names
        output = net.nodes[net.units[unit][1][-1]]
        paths = list(islice(_paths(net, unit, output, net.nodes[source]), PATHS + 1))
        if len(paths) > PATHS:
            return []
        write = PlainPaths(cast("Names", names), output)
        head = words.quotient(net.functions[unit], names[net.nodes[source]], "∂")
        products = [reduce(mul, (link.partial for link in path)) for path in paths]
        result = words.number(reduce(add, products))
        if len(paths) == 1 and len(paths[0]) == 1:
            return [self._script.shown(f"{head} = {result}")]
        symbols = " + ".join(" · ".join(write.product(path)) for path in paths)
        numbers = " + ".join(" · ".join(write.numbers(path)) for path in paths)
        if fonts.width(text.clean(f"{head} = {symbols}"), LABEL, bold=True) > WIDE - 2 * PAD:
            return [self._script.shown(f"{head} = {result}")]
        return [self._script.shown(f"{head} = {symbols}"), self._script.shown(f"= {numbers} = {result}")]

    def _remark(self, unit: int) -> str:
        """Returns what is said of the slope of the unit's activation, if that is bounded and becomes small at both ends."""
        node = self.net.nodes[self.net.units[unit][1][-1]]
        if node.op is None or len(set(node.parents)) != 1 or len(node.arguments) != 1:
            return ""
        bound = steepest(node.op)
        if bound is None or bound >= 1:  # where it is 1 the gradient need not shrink
            return ""
        return PAGE["slope of an activation"].format(function=Circuit().sign(node), bound=words.number(bound))

    def _folded(self, view: View) -> Text:
        """Returns one line for the parents that a view does not show, with what they add where it is a sum."""
        if not view.folded:
            return ""
        net, names = self.net, self._script.symbolic.tape.names
        node = net.nodes[view.chain[0]]
        said = PAGE["others of a unit"].format(count=len(view.folded))
        terms = _terms(node, {net.nodes[n] for n in view.shown})
        if terms is None:
            return self._script.shown(said)
        written = " + ".join("·".join(names[x] if isinstance(x, Value) else words.number(x) for x in term) for term in terms)
        whole = reduce(add, (reduce(mul, (x._data if isinstance(x, Value) else x for x in term)) for term in terms))
        return self._script.shown(f"{written if len(written) <= LONG else said} = {words.number(whole)}")

    # Drawing

    def drawn(self) -> Iterator[str]:
        """Yields the lines of the frame, and the place of the views, which the page's script draws from their shapes."""
        yield f'<polygon class="wedge" data-side="{LEFT},{TOP + 60} {LEFT},{TOP + HIGH - 60}"/>'
        yield from self.frame()

    @staticmethod
    def frame() -> Iterator[str]:
        """Yields these lines without what ties the frame to its unit."""
        right, middle = LEFT + WIDE, LEFT + PAD
        yield '<g class="opened">'
        yield f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{WIDE}" height="{HIGH}" rx="14"/>'
        y = TOP + TITLE
        yield f'<text class="unit-name" x="{middle}" y="{short(y + BASELINE * TITLE_SIZE)}" font-size="{TITLE_SIZE}"></text>'
        yield f'<text class="equations" y="{short(y + BASELINE * EQUATION)}" font-size="{EQUATION}"></text>'
        cross = f"M{right - 42},{y - 9}l18,18m0,-18l-18,18"
        yield (
            f'<g class="closing" tabindex="0" role="button" aria-label="{text.escape(PAGE["close"])}">'
            f'<rect class="hit" x="{right - 54}" y="{y - 22}" width="44" height="44"/><path d="{cross}"/></g>'
        )
        yield f'<path class="rule" d="M{middle},{TOP + RULE}H{right - PAD}"/>'
        for n, kind in enumerate(("symbols", "numbers")):
            base = TOP + RULE + 32 + 38 * n + BASELINE * FACTORS
            room = f'data-room="{WIDE - 2 * PAD}" data-size="{FACTORS}"'
            yield f'<text class="factors {kind}" x="{middle}" y="{short(base)}" font-size="{FACTORS}" {room}></text>'
        base = TOP + RULE + 104 + BASELINE * REMARK
        room = f'data-room="{WIDE - 2 * PAD}" data-size="{REMARK}"'
        yield f'<text class="remark" x="{middle}" y="{short(base)}" font-size="{REMARK}" {room}></text>'
        yield "</g>"
        yield '<g class="views"></g>'

    def _drawn(self, n: int, view: View) -> Iterator[str]:
        cards, edges = [*view.shown, *view.chain], self._edges(view)
        place = {number: i for i, number in enumerate(cards)}
        of = self._picture
        part = replace(
            of,
            cards=tuple(self._card(number, number in view.shown) for number in cards),
            edges=tuple(
                replace(of.edges[e], tail=place[of.edges[e].tail], head=place[of.edges[e].head], lines=(), reserved=())
                for e in edges
            ),
            direction="LR",
            caption="",
        )
        layout, boxes = self._laid_out(part, view, edges)
        scale = SCALE * min(1.0, ROOM / layout.width)
        across = LEFT + PAD + (WIDE - 2 * PAD - layout.width * scale) / 2
        yield f'<g class="lens" transform="translate({short(across)} {TOP + 58}) scale({short(scale)})">'
        # The script writes all numbers.
        yield from (_NUMBER.sub(r"\1", line) for line in groups(part, layout, cards, edges))
        first = boxes[view.chain[0]]
        x = first.x - first.width / 2 + shape_gate(of.cards[view.chain[0]]).gate / 2
        if view.folded:
            wide = fonts.width(self._widest.sample(self._folds[n], LABEL), LABEL, bold=True)
            at = min(max(x, wide / 2), layout.width - wide / 2) if wide < layout.width else layout.width / 2
            yield (
                f'<g class="fold"><path d="M{short(x)},34V{short(first.y - GATE)}"/>'
                f'<text class="data" x="{short(at)}" y="{short(16 + BASELINE * LABEL)}" font-size="{LABEL}" '
                f'text-anchor="middle" data-room="{short(max(wide, 40))}" data-size="{LABEL}"></text></g>'
            )
        seen = set[int]()
        for e in edges:
            tail = of.edges[e].tail
            if self.labels[e]:
                yield self._label(e, view, boxes, layout.width, second=tail in seen)
            seen.add(tail)
        yield "</g>"

    def _card(self, number: int, given: bool) -> Card:
        """Returns a value's card; what comes from outside of the view is a name, whatever it is computed by."""
        card = replace(self._picture.cards[number], place=())
        if not given:
            return card
        return replace(card, name=text.shorten(text.clean(card.name), NAME, bold=True, limit=LEAF), sign="", kind="leaf")

    def _laid_out(self, part: Picture, view: View, edges: Sequence[int]) -> tuple[Layout, dict[int, Box]]:
        """Returns the positions: what is shown in a column, then the gates on the row of the first of it."""
        sizes = [shape_gate(card) for card in part.cards]
        count = len(view.shown)
        rows: Sequence[float] = BELOW_FOLD if view.folded else LEVELS[max(count, 1)]
        main = 1 if count == MOST else 0
        column = max((size.width for size in sizes[:count]), default=0)
        boxes = {
            number: Box(column - size.width / 2, rows[i], size.width, size.height)
            for i, (number, size) in enumerate(zip(view.shown, sizes, strict=False))
        }
        x: float = column + GAP[0]
        for number, size in zip(view.chain, sizes[count:], strict=True):
            boxes[number] = Box(x + size.width / 2, rows[main], size.width, size.height)
            x += size.width + GAP[1]
        wires = []
        for e in edges:
            edge = self._picture.edges[e]
            tail, head = boxes[edge.tail], boxes[edge.head]
            row = view.shown.index(edge.tail) - main if edge.tail in view.shown else 0
            wires.append(_wire(tail, head, row, shape_gate(self._picture.cards[edge.head]).gate / 2))
        order = [*view.shown, *view.chain]
        return Layout(x - GAP[1], DEEP, tuple(boxes[n] for n in order), tuple(wires), (), ()), boxes

    def _label(self, e: int, view: View, boxes: dict[int, Box], width: float, *, second: bool) -> str:
        """Returns the local derivative below the value that it is by; below its gate's name, if it has one, and its first."""
        tail = self._picture.edges[e].tail
        box, gate = boxes[tail], tail in view.chain
        wide = fonts.width(self._widest.sample(self.labels[e], LABEL), LABEL, bold=True)
        y = box.y + ROW + (38 if gate else 13) + 24 * second
        shape = shape_gate(self._card(tail, not gate))
        middle = box.x - box.width / 2 + shape.gate + (box.width - shape.gate) / 2
        if gate:
            middle = min(max(middle, wide / 2), width - wide / 2)
        else:  # it leaves the gate's name free
            end = box.x + box.width / 2 + GAP[0]
            today = fonts.width(self._script.current(self.labels[e]), LABEL, bold=True)
            middle = max(min(middle, end - wide / 2), min(today / 2 - 8, end - today / 2))
        return (
            f'<g class="label" data-number="{e}" data-room="{short(wide)}"><text class="local" x="{short(middle)}" '
            f'y="{short(y + BASELINE * LABEL)}" font-size="{LABEL}" font-weight="bold" text-anchor="middle" '
            f'fill="var(--local)" data-room="{short(wide)}"></text></g>'
        )


def _wire(tail: Box, head: Box, row: int, half: float) -> Wire:
    """Returns a wire from the end of a value's own to the gate, which it meets ``row`` rows below the middle."""
    start: Point = (tail.x + tail.width / 2, tail.y)
    angle = radians(ANGLE * row)
    x = head.x - head.width / 2
    end: Point = (x + half - half * cos(angle), head.y + GATE * sin(angle))
    reach = end[0] - start[0]
    points = (start, (start[0] + 0.6 * reach, start[1]), (end[0] - 0.3 * reach, end[1] + 14 * row), end)
    return Wire(points if row else (start, start, end, end), end, None)


def _paths(net: Net, unit: int, node: Value, source: Value) -> Iterator[Path]:
    """Yields the ways from a value of a unit to one of its inputs that stay within the unit."""
    own = {net.nodes[n] for n in net.units[unit][1]}
    for slot, parent in enumerate(node.parents):
        link = Link(node, slot, parent, node.partials[slot])
        if parent is source:
            yield (link,)
        elif parent in own:
            yield from ((link, *path) for path in _paths(net, unit, parent, source))


def _terms(node: Value, shown: set[Value]) -> list[list[Value | float]] | None:
    """Returns the terms of a sum that have nothing of what is shown in them, each in its factors; None if it is not a sum."""
    if not (terms := [list(term) for term in terms_of(node)]):
        return None
    values = [[x for x in term if isinstance(x, Value)] for term in terms]
    return [
        term
        for term, known in zip(terms, values, strict=True)
        if shown.isdisjoint(known) and (known or term[0])  # a bias of 0 that is no Value
    ]


SAMPLES = [n / 4 for n in range(-160, 161)]


@cache
def steepest(rule: Rule) -> float | None:
    """Returns the greatest slope of a function of one number that flattens out at both ends, rounded up; None of any other.

    >>> from chalkgrad.engine.rules import RULES
    >>> [steepest(RULES[name]) for name in ("sigmoid", "tanh", "gaussian", "relu")]
    [0.25, 1.0, 0.8578, None]
    """
    if rule.lists or len(rule.arguments) != 1:
        return None
    compute = computer(rule, propagate=True)

    def slope(x: float) -> float:
        return abs(compute(x)[1][0])

    slopes = [slope(x) for x in SAMPLES]
    if not all(map(isfinite, slopes)) or max(slopes[0], slopes[-1]) > 1e-6 or not max(slopes):
        return None
    at, step = SAMPLES[slopes.index(max(slopes))], 0.25
    while step > 1e-9:
        at, step = max((at, at - step, at + step), key=slope), step / 2
    return ceil(slope(at) * 1e4 - 1e-9) / 1e4
