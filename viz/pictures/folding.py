"""Large graphs made small enough to read: values that belong together share a card.

Those of one place do, the innermost places first (neurons, then layers); where that is not enough, or there are no
places, those that came about in the same way: all products of two inputs, say, or the same node of every sample.

>>> from chalkgrad.engine import Value, tape, unit
>>> x = Value(0.5, "x")
>>> with unit("neuron1"):
...     z = (x * 2 + 1).tanh()
>>> folding = fold(tape(z * z), "neurons")
>>> [(group.title, len(group.nodes)) for group in folding.groups]
[('', 1), ('neuron1', 3), ('', 1)]
>>> folding.links
{(0, 1): 1, (1, 2): 2}
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from math import inf, nan
from typing import Literal

from chalkgrad.engine import Tape, Value, words
from chalkgrad.engine.names import label_of, variables_of_caller
from chalkgrad.viz.pictures.highlight import Moment
from chalkgrad.viz.pictures.picture import Line, Row

Collapse = bool | int | str | Sequence[str] | None
Path = tuple[str, ...]  # a place, outermost first
Fold = Callable[[Path], Path]  # from a place to the one, itself or around it, that its values are folded into; () for none
Places = dict[str, Path]  # the same, of the places of a graph, by their names in full

# What can be read: on a slide of 16:9 so many cards and arrows come out in letters that are seen from the back row.
CARDS, LINKS = 16, 20
LABELLED_LINKS = 60  # more labels than this stand in each other's way

MANY = 5000  # groups of which nobody looks whether some of them, by themselves, are worth a card

# Where nothing else makes a graph small, so many levels at its end and at its beginning keep their cards.
LAST, FIRST = 3, 2

FOLDING_TEMPLATES = {
    "size": "{count} values",
    "rest": "… {size}",
    "series": "{first} … {last}",
    "argument": "…",
    "neuron": "neurons",
    "layer": "layers",
    "unit": "units",
    "values": "values",
    "parameters": "parameters",
    "range": "{low} … {high}",
    "edges": "×{count}",
    "caption": "{count} values: {folded} of them folded into {cards}.",
    "card": "1 card",
    "cards": "{count} cards",
}


@dataclass(frozen=True)
class Group:
    """Values that share a card, parents first: one, which is drawn as ever, or several under a title.

    ``around`` are the places that the card stands in; ``place`` is the one that it stands for, or (); ``inside`` are the
    places in that one, or those that were folded with others.
    """

    nodes: tuple[Value, ...]
    title: str = ""
    around: Path = ()
    place: Path = ()
    inside: tuple[Path, ...] = ()

    @property
    def folded(self) -> bool:
        """Whether there are several."""
        return len(self.nodes) > 1

    @property
    def size(self) -> str:
        """How many they are, in words."""
        return _size(self.nodes)

    @property
    def kind(self) -> Literal["leaf", "inner"]:
        """``"leaf"`` if all of them are leaves, else ``"inner"``."""
        return "inner" if any(node.parents for node in self.nodes) else "leaf"


@dataclass(frozen=True)
class Folding:
    """Groups, every value in one of them; the number of each value's group; how many edges join two different groups."""

    groups: tuple[Group, ...]
    number: Mapping[Value, int]
    links: Mapping[tuple[int, int], int]

    def names(self, names: Mapping[Value, str]) -> "Names":
        """``names`` of the values that have cards of their own; any other is called "…"."""
        return Names({group.nodes[0]: names[group.nodes[0]] for group in self.groups if not group.folded})

    @property
    def caption(self) -> str:
        """What was folded; nothing where every value has a card of its own."""
        folded = [len(group.nodes) for group in self.groups if group.folded]
        if not folded:
            return ""
        cards = FOLDING_TEMPLATES["card" if len(folded) == 1 else "cards"].format(count=len(folded))
        return FOLDING_TEMPLATES["caption"].format(count=f"{len(self.number):,}", folded=f"{sum(folded):,}", cards=cards)


def fold(tape: Tape, collapse: Collapse = None, limit: int = 0) -> Folding:
    """The groups in which ``tape`` can be drawn.

    Args:
        tape: the values.
        collapse: None for as few as can be read; ``"neurons"`` for a group of each innermost place, ``"layers"`` of each
            place around those; a number of levels of places to keep open; the name of a place to fold, or several.
        limit: in a graph of more values than this, those outside of the places that are to be folded are folded, too.

    Raises:
        TypeError: ``collapse`` is something else.
        ValueError: no place has that name; the message lists those there are.
    """
    graph = _Graph(tape)
    if collapse is None:
        return graph.folding(*graph.readable())
    return graph.folding(*graph.as_asked(_asked(collapse, graph.paths.values()), len(tape) > limit))


# What was asked for --------------------------------------------------------------------------------------------------


def _asked(collapse: bool | int | str | Sequence[str], paths: Iterable[Path]) -> Fold:
    """What ``collapse`` makes of every place."""
    if collapse == "neurons":
        return _by_height(paths, 1)
    if collapse == "layers":
        return _by_height(paths, 2)
    if isinstance(collapse, int) and not isinstance(collapse, bool):
        if collapse < 0:
            raise ValueError(f"collapse={collapse}: a number of levels of places to keep open is 0 or more.")
        return lambda path: path[: collapse + 1] if len(path) > collapse else ()
    wanted = (collapse,) if isinstance(collapse, str) else collapse
    if isinstance(wanted, bool) or not isinstance(wanted, Sequence) or not all(isinstance(name, str) for name in wanted):
        raise TypeError(
            'collapse is None (as much as it takes), False (nothing), "neurons", "layers", a number of levels of places to '
            f"keep open, the name of a place or a list of names, not {collapse!r}."
        )
    known = dict.fromkeys(path[:depth] for path in paths for depth in range(1, len(path) + 1))
    names = [tuple(name.split(".")) for name in wanted]
    for name in names:
        if not any(path[-len(name) :] == name for path in known):
            listed = ", ".join(".".join(path) for path in list(known)[:8]) + (", …" if len(known) > 8 else "")
            there = f"there are {listed}" if known else 'this graph has none; with unit("layer1"): makes one'
            raise ValueError(f"no place is called {'.'.join(name)!r}: {there}.")

    def named(path: Path) -> Path:
        ends = (path[:depth] for depth in range(1, len(path) + 1))
        return next((end for end in ends if any(end[-len(name) :] == name for name in names)), ())

    return named


def _by_height(paths: Iterable[Path], height: int) -> Fold:
    """Folds places of at most this height, which is 1 for a place without places in it."""
    heights: dict[Path, int] = {}
    for path in paths:
        for depth in range(1, len(path) + 1):
            heights[path[:depth]] = max(heights.get(path[:depth], 0), len(path) - depth + 1)

    def outermost(path: Path) -> Path:
        return next((path[:depth] for depth in range(1, len(path) + 1) if heights[path[:depth]] <= height), ())

    return outermost


def _whole(label: str) -> str:
    return label


def _stem(label: str) -> str:
    """A label without its number: x for x12 and for x₁₂."""
    return label.rstrip("0123456789₀₁₂₃₄₅₆₇₈₉_")


# How much it takes ---------------------------------------------------------------------------------------------------


class _Graph:
    """A tape by numbers, and its groupings: lists that have the number of a group for every node."""

    def __init__(self, tape: Tape) -> None:
        self.nodes = tape.nodes
        numbers = {node: i for i, node in enumerate(self.nodes)}
        self.parents = [[numbers[parent] for parent in node.parents] for node in self.nodes]
        self.rules = [node.op for node in self.nodes]
        self.paths = {place: tuple(place.split(".")) if place else () for place in dict.fromkeys(v.place for v in self.nodes)}
        used = Counter(chain.from_iterable(self.parents))
        roots = {numbers[root] for root in tape.roots}
        # A root has a card of its own, unless it is one of many, or is itself used.
        self.single = {root for root in roots if not used[root]} if len(roots) <= CARDS // 2 else set()
        self.shared = [used[i] > 1 for i in range(len(self.nodes))]
        variables = variables_of_caller()
        # A variable left over from a loop names the last of many values: it tells only leaves apart that are used again.
        self.labels = [
            label_of(node) or (variables.get(id(node), "") if self.shared[i] and not self.parents[i] else "")
            for i, node in enumerate(self.nodes)
        ]

    def readable(self) -> tuple[list[int], Places]:
        """The first of ever coarser groupings that can be read, and the places that it folds."""
        places = self.folded(lambda path: ())
        if self.is_path():
            return self.joined(self.alike(places, None), CARDS), places
        highest = max(map(len, self.paths.values()))
        for height in range(highest + 1):
            if height:
                places = self.folded(_by_height(self.paths.values(), height))
            for named in (None, _whole, _stem) if height == highest else (None, _whole):
                keys = self.alike(places, named, CARDS)
                if keys and len(self.linked(keys)) <= LINKS:
                    return keys, places
        return self.ends(places, CARDS), places

    def as_asked(self, fold: Fold, outside: bool) -> tuple[list[int], Places]:
        """The grouping that folds places as ``fold`` says, and what lies ``outside`` of them as far as it takes, or not."""
        places = self.folded(fold)
        if not outside:
            return self.alike(places, None), places
        most = CARDS + len(set(places.values()))
        for named in (None, _whole, _stem):
            keys = self.alike(places, named, most)
            if keys:
                return keys, places
        return self.ends(places, most), places

    def folded(self, fold: Fold) -> Places:
        """For every place what it is folded into."""
        return {place: fold(path) for place, path in self.paths.items()}

    def is_path(self) -> bool:
        """Whether, without any places, each value is computed from the one that was computed before it."""
        computed = [i for i, parents in enumerate(self.parents) if parents]
        return list(self.paths) == [""] and all(i in self.parents[j] for i, j in pairwise(computed))

    def alike(self, places: Places, named: Callable[[str], str] | None, most: float = inf) -> list[int]:
        """The grouping by ``places`` and, outside of them, by how values came about; [] if it has more than ``most``.

        Alike are values of one operation and place, and of one name (as far as ``named`` tells names apart), whose
        parents are alike; a sum of sums counts as one sum, however long. Without ``named`` each is by itself.
        """
        groups: dict[object, int] = {}
        names = {label: named(label) for label in dict.fromkeys(self.labels)} if named else {}
        keys: list[int] = []
        kinds: list[object] = []
        bases: list[frozenset[int]] = []  # what a node's parents are; of a sum of sums, what the innermost sums' are
        leaves = frozenset({-1})
        for i, (node, parents, label) in enumerate(zip(self.nodes, self.parents, self.labels, strict=True)):
            place = places[node.place]
            key: object = i
            kind: object = None
            base: frozenset[int] = frozenset()
            if place and i not in self.single:
                key = place
            elif not parents:
                base = leaves
                if named and i not in self.single:
                    key = ("leaf", node.place, names[label], node.constant, not label and self.shared[i])
            elif named and i not in self.single:
                kind = (node.place, self.rules[i], names[label])
                base = frozenset().union(*(bases[p] if kinds[p] == kind or bases[p] is leaves else (keys[p],) for p in parents))
                key = (kind, base)
            number = groups.setdefault(key, len(groups))
            if number >= most:
                return []
            keys.append(number)
            kinds.append(kind)
            bases.append(base)
        return keys

    def linked(self, keys: list[int]) -> set[tuple[int, int]]:
        """The pairs of groups that are joined by an edge."""
        return {(keys[p], key) for key, parents in zip(keys, self.parents, strict=True) for p in parents if keys[p] != key}

    def neighbours(self, keys: list[int]) -> tuple[list[set[int]], list[set[int]]]:
        """For every group those that it is computed from, and those that are computed from it."""
        before: list[set[int]] = [set() for _ in range(max(keys) + 1)]
        after: list[set[int]] = [set() for _ in before]
        for tail, head in self.linked(keys):
            before[head].add(tail)
            after[tail].add(head)
        return before, after

    def ends(self, places: Places, most: int) -> list[int]:
        """The grouping that keeps the last levels and the first, and joins what lies between; of several, the finest."""
        found = [keys for named in (None, _whole, _stem) if (keys := self.alike(places, named, MANY))]
        joined = (self.joined(keys, most) for keys in found or [self.alike(places, _stem)])
        return max(joined, key=lambda keys: len(set(keys)))

    def joined(self, keys: list[int], most: int) -> list[int]:
        """``keys``, but with all groups joined that are neither among the last levels nor among the first.

        Whole levels are kept, as far as there is room: then arrows go from the first to what lies between, and from
        there to the last.
        """
        before, after = self.neighbours(keys)
        kept: set[int] = set()
        sides = [_levels(after, before, LAST), _levels(before, after, FIRST)]
        while any(sides):
            for side in filter(None, sides):
                level = side.pop(0)
                if len(kept.union(level)) <= most - 2:
                    kept.update(level)
                else:
                    side.clear()
        computed = {key for key, parents in zip(keys, self.parents, strict=True) if parents}
        joined = [key if key in kept else len(before) + (key in computed) for key in keys]
        numbers = {key: number for number, key in enumerate(dict.fromkeys(joined))}
        return [numbers[key] for key in joined]

    def ordered(self, keys: list[int]) -> list[int]:
        """``keys`` with groups numbered level by level, each after those it is computed from; a cycle comes last."""
        levels = _levels(*self.neighbours(keys))
        numbers = {key: number for number, key in enumerate(dict.fromkeys([*chain.from_iterable(levels), *keys]))}
        return [numbers[key] for key in keys]

    def folding(self, keys: list[int], places: Places) -> Folding:
        """What ``keys`` group, with titles, and the links between."""
        keys = self.ordered(keys)
        members: list[list[int]] = [[] for _ in range(max(keys) + 1)]
        links: dict[tuple[int, int], int] = {}
        for i, (key, parents) in enumerate(zip(keys, self.parents, strict=True)):
            members[key].append(i)
            for p in parents:
                if keys[p] != key:
                    links[keys[p], key] = links.get((keys[p], key), 0) + 1
        groups = tuple(self.group(group, places) for group in members)
        return Folding(groups, dict(zip(self.nodes, keys, strict=True)), links)

    def group(self, members: list[int], places: Places) -> Group:
        """Values that share a card, under a title."""
        nodes = tuple(self.nodes[i] for i in members)
        paths = [self.paths[place] for place in dict.fromkeys(node.place for node in nodes)]
        around = tuple(names[0] for names in _common(paths))
        folded = tuple(dict.fromkeys(places[node.place] for node in nodes))
        place = folded[0]
        if len(nodes) == 1:  # a root from a place that is folded stands beside it
            return Group(nodes, "", place[:-1] if place else around)
        if place and len(folded) == 1:
            inside = dict.fromkeys(path[: len(place) + 1] for path in paths if path != place)
            return Group(nodes, place[-1], place[:-1], place, tuple(inside))
        return Group(nodes, self.title(members), around, inside=tuple(filter(None, folded)))

    def title(self, members: list[int]) -> str:
        """What several values are called that do not make up a place."""
        first, last = members[0], members[-1]
        label, rule = self.labels[first], self.rules[first]
        if label and _stem(label) and len({_stem(self.labels[i]) for i in members}) == 1:
            same = all(self.labels[i] == label for i in members)
            return label if same else FOLDING_TEMPLATES["series"].format(first=label, last=self.labels[last])
        if rule and all(self.rules[i] is rule for i in members):
            template = self.nodes[first].template
            if not rule.lists and all(self.nodes[i].template == template for i in members):
                return words.expression(self.nodes[first], Names())
            if rule.notation and rule.notation[0].count("{}") == len(rule.arguments):
                return rule.notation[0].format(*[FOLDING_TEMPLATES["argument"]] * len(rule.arguments))
            return words.operation_name(rule)
        return _rest(members)


def _common(paths: list[Path]) -> Iterable[Path]:
    """The levels on which all ``paths`` agree, from the outermost."""
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1:
            return
        yield names


def _levels(nearer: list[set[int]], farther: list[set[int]], most: float = inf) -> list[list[int]]:
    """The levels of groups, or the first ``most``: those with none nearer, then those with none nearer but these, and so on."""
    left = [len(others) for others in nearer]
    levels: list[list[int]] = []
    level = [group for group, count in enumerate(left) if not count]
    while level and len(levels) < most:
        levels.append(level)
        following = []
        for group in level:
            for other in farther[group]:
                left[other] -= 1
                if not left[other]:
                    following.append(other)
        level = sorted(following)
    return levels


# What cards and arrows say -------------------------------------------------------------------------------------------


class Names(dict[Value, str]):
    """The names of values that have cards of their own; any other value is called "…"."""

    def __missing__(self, node: Value) -> str:
        return FOLDING_TEMPLATES["argument"]


def folding_rows(group: Group, moment: Moment, show: Collection[str], digits: int) -> Iterator[Row]:
    """What the card of several values says: how many they are, and the range of the numbers known at this moment."""
    if len(group.inside) > 1:
        stems = {_stem(path[-1]) for path in group.inside}
        unit = stems.pop() if len(stems) == 1 else "unit"
        yield _count(unit if unit in FOLDING_TEMPLATES else "unit", len(group.inside))
    if group.title != _rest(group.nodes):
        yield _count("values", len(group.nodes))
    learning = [node for node in group.nodes if not node.constant]
    leaves = [node for node in learning if not node.parents]
    if group.place and leaves:
        yield _count("parameters", len(leaves))
    name, missing = words.grad_not_computed()
    if "data" in show and not group.inside and not group.place:
        computed = [node.data for node in group.nodes if node not in moment.uncomputed]
        said = span(computed, words.number, digits) if computed else missing
        yield Row("data", said, "data" if computed else "missing")
    if "grad" in show:
        known = [moment.adjoints[node] for node in learning if node in moment.adjoints]
        if known:
            yield Row(name, span(known, words.number, digits), "grad")
        if not learning:
            yield Row(words.TEMPLATES["constant"], "", "missing")
        elif not known:
            yield Row(name, missing, "missing")
        elif len(known) < len(learning):
            yield Row(name, f"{len(learning) - len(known):,} {missing}", "missing")


def _count(of: str, count: int) -> Row:
    return Row(FOLDING_TEMPLATES[of], f"{count:,}", "count")


def _size(nodes: Sequence[object]) -> str:
    return FOLDING_TEMPLATES["size"].format(count=f"{len(nodes):,}")


def _rest(nodes: Sequence[object]) -> str:
    return FOLDING_TEMPLATES["rest"].format(size=_size(nodes))


def span(numbers: Iterable[float], write: Callable[[float, int], str], digits: int) -> str:
    """The least of some numbers and the greatest, or what both are; nan after them if there is any.

    With a digit less than a number by itself has: it is there to be compared.
    """
    given = list(numbers)
    ends = sorted(x for x in given if x == x) or [nan]
    low, high = (write(x, max(digits - (ends[0] != ends[-1]), 1)) for x in (ends[0], ends[-1]))
    said = low if low == high else FOLDING_TEMPLATES["range"].format(low=low, high=high)
    return said if ends == [nan] or all(x == x for x in given) else f"{said}, {write(nan, digits)}"


def folding_lines(count: int, carried: Sequence[float], single: bool, digits: int) -> Iterator[Line]:
    """What the arrow of ``count`` edges says: how many they are and what they carried, from a ``single`` value in one sum.

    So a single value's grad is the sum of what stands on the arrows that leave it, wherever they go.
    """
    if count > 1:
        yield Line(FOLDING_TEMPLATES["edges"].format(count=f"{count:,}"), "count")
    if carried:
        said = words.signed(sum(carried), digits) if single else span(carried, words.signed, digits)
        yield Line(said, "contribution")
