"""Folds large graphs until they can be read: values that belong together share a card.

Values made in the same place (a `unit`) share a card, the innermost places first: neurons, then layers. If that is not enough,
or there are no places, values that were computed in the same way share one: all products of two inputs, for example, or the
same node of every sample.

A grouping is a list that has the number of a group for every node of the tape. `_Graph.readable` tries groupings from fine
to coarse and takes the first with few enough groups (CARDS) and links between them (LINKS).

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

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, count, pairwise
from math import inf, nan
from operator import eq
from typing import Any, Literal

from chalkgrad.engine import Tape, Value
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.caller import variables_of_caller
from chalkgrad.engine.words.language import counted, section
from chalkgrad.engine.words.names import label_of
from chalkgrad.viz.pictures.highlight import Moment
from chalkgrad.viz.pictures.picture import PICTURES, CardRow, EdgeLine

Collapse = bool | int | str | Sequence[str] | None
Path = tuple[str, ...]  # a place, outermost first
Fold = Callable[[Path], Path]  # from a place to the one its values are folded into: itself, one around it, or () for none
Neighbours = Sequence[Collection[int]]  # of each group, the numbers of others
Places = dict[str, Path]  # the same as a table: from the full name of every place of a graph

# So many cards and arrows, on a slide of 16:9, have letters that can be read from the back row.
CARDS, LINKS = 16, 20
LABELLED_LINKS = 60  # more labels than this get in each other's way

MANY = 5000  # a grouping of more groups is not worth searching for its last and first levels

# If nothing else makes a graph small, so many levels at its end and at its beginning keep their own cards.
LAST, FIRST = 3, 2

FOLDING = section("folding")
PLACES = section("folded places")


@dataclass(frozen=True)
class CardGroup:
    """The values on one card, parents first: a single value, or several folded under a title.

    ``around`` is the place that the card is drawn in; ``place`` is the place that the card replaces, or (); ``inside`` are the
    places within it, or, if the card replaces none, the places whose values it has.
    """

    nodes: tuple[Value, ...]
    title: str = ""
    around: Path = ()
    place: Path = ()
    inside: tuple[Path, ...] = ()

    @property
    def folded(self) -> bool:
        """Whether the group has several values."""
        return len(self.nodes) > 1

    @property
    def size(self) -> str:
        """The number of values, in words."""
        return _size(self.nodes)

    @property
    def kind(self) -> Literal["leaf", "inner"]:
        """``"leaf"`` if all of them are leaves, else ``"inner"``."""
        return "inner" if any(node._x is not None for node in self.nodes) else "leaf"


@dataclass(frozen=True)
class Folding:
    """Groups that together have every value once; the group number of each value; the number of edges between two groups."""

    groups: tuple[CardGroup, ...]
    number: Mapping[Value, int]
    links: Mapping[tuple[int, int], int]

    def names(self, names: Mapping[Value, str]) -> "CardNames":
        """Returns ``names`` of the values that have cards of their own; any other is called "…"."""
        return CardNames({group.nodes[0]: names[group.nodes[0]] for group in self.groups if not group.folded})

    @property
    def caption(self) -> str:
        """A sentence that says how much was folded; empty if every value has its own card."""
        folded = [len(group.nodes) for group in self.groups if group.folded]
        if not folded:
            return ""
        cards = FOLDING.form("cards", len(folded)).format(count=len(folded))
        return FOLDING["caption"].format(count=f"{len(self.number):,}", folded=f"{sum(folded):,}", cards=cards)


def fold(tape: Tape, collapse: Collapse = None, limit: int = 0) -> Folding:
    """Returns the groups in which ``tape`` is to be drawn.

    Args:
        tape: the values.
        collapse: None folds as much as needed for reading; ``"neurons"`` makes a group of each innermost place, ``"layers"`` of
            each place around those; a number of levels of places to keep open; the name of a place to fold, or several.
        limit: in a graph of more values than this, the values outside the places to fold are folded too.

    Raises:
        TypeError: ``collapse`` is something else.
        ValueError: no place has that name; the message lists all names.
    """
    graph = _Graph(tape)
    if collapse is None:
        return graph.folding(*graph.readable())
    return graph.folding(*graph.as_asked(_places_to_fold(collapse, graph.paths.values()), len(tape) > limit))


def refuse_nothing(collapse: Collapse, folding: Folding, tape: Tape) -> None:
    """Raises ValueError if ``collapse`` names places, and ``folding`` has left every value of ``tape`` on a card of its own.

    A number that leaves all levels of places open is not refused.
    """
    if collapse is None or any(group.folded for group in folding.groups):
        return
    if not any(node.place for node in tape):
        reason = 'this graph has no places: with unit("layer1"): makes one'
    elif isinstance(collapse, int):
        return
    else:
        reason = "it names no place that several values were made in"
    raise ValueError(f"collapse={collapse!r} folds nothing here, because {reason}; leave it out.")


# What was asked for --------------------------------------------------------------------------------------------------


def _places_to_fold(collapse: bool | int | str | Sequence[str], paths: Iterable[Path]) -> Fold:
    """Returns the function that says for every place what ``collapse`` folds it into."""
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
    """Folds the places of at most this height; a place without places in it has height 1."""
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
    """Returns a label without its number: x for x12, for x₁₂ and for x[12]."""
    return label.rstrip("0123456789₀₁₂₃₄₅₆₇₈₉_[]")


# Searching for a grouping --------------------------------------------------------------------------------------------


class _Rows(Sequence[Collection[int]]):
    """For each of many nodes the numbers of some others, one behind the other in one array: a list each would take much more.

    Iterating gives them with repeats; a single one is asked for as a set.
    """

    def __init__(self, ends: "array[int]", numbers: "array[int]") -> None:
        self.ends, self.numbers = ends, numbers  # where each node's numbers end, after a 0

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __iter__(self) -> "Iterator[array[int]]":
        numbers = self.numbers
        return (numbers[start:end] for start, end in pairwise(self.ends))

    def __getitem__(self, i: Any) -> Any:
        return {*self.numbers[self.ends[i] : self.ends[i + 1]]}

    def turned(self, used: "array[int]") -> "_Rows":
        """Returns the same pairs from the other side; ``used`` says how often each number is there."""
        ends = array("q", chain([0], accumulate(used)))
        following, numbers = ends[:], array("q", bytes(8 * len(self.numbers)))
        for i, row in enumerate(self):
            for number in row:
                numbers[following[number]] = i
                following[number] += 1
        return _Rows(ends, numbers)


class _Graph:
    """A tape with numbers instead of nodes, and the groupings of it."""

    def __init__(self, tape: Tape) -> None:
        self.nodes = tape.nodes
        numbers = {node: i for i, node in enumerate(self.nodes)}
        ends, found = array("q", [0]), array("q")
        for node in self.nodes:
            if node._x is not None:
                found.extend(map(numbers.__getitem__, node.parents))
            ends.append(len(found))
        self.parents = _Rows(ends, found)
        self.paths = {place: tuple(place.split(".")) if place else () for place in dict.fromkeys(v.place for v in self.nodes)}
        self.used = used = array("q", bytes(8 * len(self.nodes)))
        for i in found:
            used[i] += 1
        roots = {numbers[root] for root in tape.roots}
        # A root has its own card, unless it is one of many, or other values are computed from it.
        self.single = {root for root in roots if not used[root]} if len(roots) <= CARDS // 2 else set()
        # A variable left over from a loop names the last of many values: it tells only leaves apart that are used again.
        unnamed = (node for node, uses in zip(self.nodes, used, strict=True) if uses > 1 and node._x is None and not node.label)
        variables = variables_of_caller(unnamed)
        self.labels = [label_of(node) if node.label else variables.get(id(node), "") for node in self.nodes]

    def readable(self) -> tuple[list[int], Places]:
        """Returns the first grouping, from fine to coarse, that can be read, and the places that it folds."""
        places = self.folded(lambda path: ())
        if self.is_path():
            return self.joined(self.alike(places, None), CARDS), places
        # First neurons are folded, then layers, and so on. At each height the values outside of folded places stay single, or
        # values that were computed alike and have the same name share a card; at the last height x1, x2, … count as one name.
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
        """Returns the grouping that folds places as ``fold`` says and, if ``outside``, as many other values as needed."""
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
        """Returns, for every place, the place that it is folded into."""
        return {place: fold(path) for place, path in self.paths.items()}

    def is_path(self) -> bool:
        """Tells whether the graph has no places and each value is computed from the previous one."""
        if list(self.paths) != [""]:
            return False
        last = -1
        for i, parents in enumerate(self.parents):
            if parents:
                if last >= 0 and last not in parents:
                    return False
                last = i
        return True

    def alike(self, places: Places, named: Callable[[str], str] | None, most: float = inf) -> list[int]:
        """Returns the grouping by ``places`` and, outside them, by how values are computed; [] if that is more than ``most``.

        Two values are in one group if they have the same operation, place and name (``named`` may equate names), and their
        parents are in the same groups; a sum of sums counts as one sum, however long. Without ``named`` each stays single.
        """
        if not named and not any(places.values()):
            return [*range(len(self.nodes))] if len(self.nodes) <= most else []
        groups: dict[object, int] = {}
        names = {label: named(label) for label in dict.fromkeys(self.labels)} if named else {}
        keys: list[int] = []
        kinds: list[object] = []
        bases: list[frozenset[int]] = []  # the groups of a node's parents; of a sum of sums, the innermost parents'
        leaves = frozenset({-1})
        # Most nodes are like others before them: what is known of these is kept once. A node's state is what its consumers ask.
        known: dict[object, tuple[object, frozenset[int]]] = {}
        numbers: dict[object, int] = {}
        states: list[int] = []
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
                    key = ("leaf", node.place, names[label], node.constant, not label and self.used[i] > 1)
            elif named and i not in self.single:
                kind = (node.place, id(node.op), names[label])
                alike = kind, frozenset(map(states.__getitem__, parents))
                if alike not in known:
                    # A parent of the same kind is part of the same long sum: it passes on its own parents' groups, not itself.
                    passed = (bases[p] if kinds[p] == kind or bases[p] is leaves else (keys[p],) for p in parents)
                    known[alike] = kind, frozenset().union(*passed)
                key = known[alike]
                kind, base = known[alike]
            number = groups.setdefault(key, len(groups))
            if number >= most:
                return []
            keys.append(number)
            kinds.append(kind)
            bases.append(base)
            states.append(numbers.setdefault((kind, base, number), len(numbers)))
        return keys

    def linked(self, keys: list[int]) -> set[tuple[int, int]]:
        """Returns the pairs of groups that are joined by an edge."""
        return {(keys[p], key) for key, parents in zip(keys, self.parents, strict=True) for p in parents if keys[p] != key}

    def neighbours(self, keys: list[int]) -> tuple[Neighbours, Neighbours]:
        """Returns, for every group, the groups it is computed from, and the groups computed from it."""
        if len(keys) == max(keys) + 1 and all(map(eq, keys, count())):  # every value by itself
            return self.parents, self.parents.turned(self.used)
        return _neighbours(self.linked(keys), max(keys) + 1)

    def ends(self, places: Places, most: int) -> list[int]:
        """Returns the finest grouping that keeps the last and the first levels, and joins everything between them."""
        found = [keys for named in (None, _whole, _stem) if (keys := self.alike(places, named, MANY))]
        joined = (self.joined(keys, most) for keys in found or [self.alike(places, _stem)])
        return max(joined, key=lambda keys: len(set(keys)))

    def joined(self, keys: list[int], most: int) -> list[int]:
        """Joins all groups of ``keys`` that are neither in the last levels nor in the first.

        Only whole levels are kept, and as many as fit: then arrows lead from the first levels to the joined group, and from
        there to the last ones.
        """
        before, after = self.neighbours(keys)
        kept: set[int] = set()
        sides = [_levels(after, before, LAST), _levels(before, after, FIRST)]
        while any(sides):
            for side in filter(None, sides):  # one level of each side in turn, so that neither takes all the space
                level = side.pop(0)
                if len(kept.union(level)) <= most - 2:
                    kept.update(level)
                else:
                    side.clear()
        computed = bytearray(len(before))
        for key, node in zip(keys, self.nodes, strict=True):
            if node._x is not None:
                computed[key] = 1
        # Two joined groups remain, one of leaves and one of computed values: numbers above those of all groups.
        rest = len(before), len(before) + 1
        joined = [key if key in kept else rest[computed[key]] for key in keys]
        numbers = {key: number for number, key in enumerate(dict.fromkeys(joined))}
        return [numbers[key] for key in joined]

    def folding(self, keys: list[int], places: Places) -> Folding:
        """Returns the groups of ``keys``, with their titles, and the links between them.

        Groups are numbered level by level, each after those it is computed from; cycles come last.
        """
        linked: dict[tuple[int, int], int] = {}
        for key, parents in zip(keys, self.parents, strict=True):
            for p in parents:
                if keys[p] != key:
                    linked[keys[p], key] = linked.get((keys[p], key), 0) + 1
        levels = _levels(*_neighbours(linked, max(keys) + 1))
        numbers = {key: number for number, key in enumerate(dict.fromkeys(chain(chain.from_iterable(levels), keys)))}
        keys = [numbers[key] for key in keys]
        members = [array("q") for _ in numbers]
        for i, key in enumerate(keys):
            members[key].append(i)
        groups = tuple(self.group(group, places) for group in members)
        links = {(numbers[tail], numbers[head]): uses for (tail, head), uses in linked.items()}
        return Folding(groups, dict(zip(self.nodes, keys, strict=True)), links)

    def group(self, members: Sequence[int], places: Places) -> CardGroup:
        """Returns the group of these nodes, with its title and places."""
        nodes = tuple(map(self.nodes.__getitem__, members))
        inside_of = dict.fromkeys(node.place for node in nodes)
        paths = [self.paths[place] for place in inside_of]
        around = tuple(names[0] for names in _common(paths))
        folded = tuple(dict.fromkeys(places[place] for place in inside_of))
        place = folded[0]
        if len(nodes) == 1:  # a root made in a folded place is drawn beside that place's card
            return CardGroup(nodes, "", place[:-1] if place else around)
        if place and len(folded) == 1:
            inside = dict.fromkeys(path[: len(place) + 1] for path in paths if path != place)
            return CardGroup(nodes, words.PLAIN.called(place[-1]), place[:-1], place, tuple(inside))
        return CardGroup(nodes, self.title(members), around, inside=tuple(filter(None, folded)))

    def title(self, members: Sequence[int]) -> str:
        """Returns the title of several values that are not the values of a place."""
        first, last = members[0], members[-1]
        label, rule = self.labels[first], self.nodes[first].op
        if label and _stem(label) and len({_stem(self.labels[i]) for i in members}) == 1:
            same = all(self.labels[i] == label for i in members)
            ends = [words.PLAIN.called(name) for name in (label, self.labels[last])]
            return ends[0] if same else FOLDING["series"].format(first=ends[0], last=ends[1])
        if rule and all(self.nodes[i].op is rule for i in members):
            # of one operation, those without a number among their arguments are alike
            own, rules = self.nodes[first]._rule, (self.nodes[i]._rule for i in members)
            alike = (r is own or (isinstance(r, tuple) and isinstance(own, tuple) and r == own) for r in rules)
            if not rule.lists and all(alike):
                return words.expression(self.nodes[first], CardNames())
            if rule.notation and rule.notation[0].count("{}") == len(rule.arguments):
                return rule.notation[0].format(*[FOLDING["argument"]] * len(rule.arguments))
            return words.operation_name(rule)
        return _rest(members)


def _common(paths: list[Path]) -> Iterable[Path]:
    """Yields the levels on which all ``paths`` agree, from the outermost."""
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1:
            return
        yield names


def _neighbours(pairs: Iterable[tuple[int, int]], groups: int) -> tuple[list[set[int]], list[set[int]]]:
    """Returns for each group, of which ``groups`` is the number, those before it and those after it in these pairs."""
    before: list[set[int]] = [set() for _ in range(groups)]
    after: list[set[int]] = [set() for _ in before]
    for tail, head in pairs:
        before[head].add(tail)
        after[tail].add(head)
    return before, after


def _levels(nearer: Neighbours, farther: Neighbours, most: float = inf) -> list[list[int]]:
    """Returns the first ``most`` levels of groups, from those that have no nearer group; a group in a cycle is on none."""
    left: dict[int, int] = {}
    levels: list[list[int]] = []
    level = [group for group, others in enumerate(nearer) if not others]
    while level and len(levels) < most:
        levels.append(level)
        following = []
        for group in level if len(levels) < most else ():
            for other in farther[group]:
                left[other] = (left[other] if other in left else len(nearer[other])) - 1
                if not left[other]:
                    following.append(other)
        level = sorted(following)
    return levels


# What cards and arrows say -------------------------------------------------------------------------------------------


class CardNames(dict[Value, str]):
    """The names of the values that have cards of their own; any other value is called "…"."""

    def __missing__(self, node: Value) -> str:
        return FOLDING["argument"]


def folding_rows(group: CardGroup, moment: Moment, show: Collection[str], digits: int) -> Iterator[CardRow]:
    """Yields the rows of a card of several values: how many there are, and the range of the numbers known at this moment."""
    if len(group.inside) > 1:
        stems = {_stem(path[-1]) for path in group.inside}
        unit = stems.pop() if len(stems) == 1 else "unit"
        count = len(group.inside)
        yield _count(PLACES.form(unit if unit in PLACES else "unit", count), count)
    if group.title != _rest(group.nodes):
        yield _count(FOLDING.form("values", len(group.nodes)), len(group.nodes))
    learning = [node for node in group.nodes if node._x is not None or not node.constant]
    leaves = sum(node._x is None for node in learning)
    if group.place and leaves:
        yield _count(FOLDING.form("parameters", leaves), leaves)
    name, missing = words.grad_not_computed()
    if "data" in show and not group.inside and not group.place:
        computed = [node._data for node in group.nodes if node not in moment.uncomputed]
        said = span(computed, words.number, digits) if computed else missing
        yield CardRow(PICTURES["data"], said, "data" if computed else "missing")
    if "grad" in show:
        adjoint_of = moment.adjoints.get
        known = [adjoint for node in learning if (adjoint := adjoint_of(node)) is not None]
        if known:
            yield CardRow(name, span(known, words.number, digits), "grad")
        if not learning:
            yield CardRow(words.TEMPLATES["constant"], "", "missing")
        elif not known:
            yield CardRow(name, missing, "missing")
        elif len(known) < len(learning):
            yield CardRow(name, f"{len(learning) - len(known):,} {missing}", "missing")


def _count(noun: str, count: int) -> CardRow:
    return CardRow(noun, f"{count:,}", "count")


def _size(nodes: Sequence[object]) -> str:
    return counted(len(nodes), "value")


def _rest(nodes: Sequence[object]) -> str:
    return FOLDING["rest"].format(size=_size(nodes))


def span(numbers: Iterable[float], write: Callable[[float, int], str], digits: int) -> str:
    """Writes the least and the greatest of some numbers, or one number if both look equal; and nan if there is any.

    The two have a digit less than a single number: a range is for comparing.
    """
    given = list(numbers)
    known = [x for x in given if x == x] or [nan]
    ends = min(known), max(reversed(known))
    low, high = (write(x, max(digits - (ends[0] != ends[1]), 1)) for x in ends)
    said = low if low == high else FOLDING["range"].format(low=low, high=high)
    return said if known == [nan] or all(x == x for x in given) else f"{said}, {write(nan, digits)}"


def folding_lines(count: int, carried: Sequence[float], single: bool, digits: int) -> Iterator[EdgeLine]:
    """Yields what the arrow for ``count`` edges says: their number and contributions; those of a ``single`` value are summed.

    So a single value's grad is the sum of the numbers on the arrows that leave it, wherever they go.
    """
    if count > 1:
        yield EdgeLine(FOLDING["edges"].format(count=f"{count:,}"), "count")
    if carried:
        said = words.signed(sum(carried), digits) if single else span(carried, words.signed, digits)
        yield EdgeLine(said, "contribution")
