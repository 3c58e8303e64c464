"""A large graph on the page, folded as `draw` folds it: what is told of cards of several values, and of steps in one press.

A step is one of a card. Of a card of several values all of them are computed at once, and the gradients that have reached it
are handed on at once; a value that has its own card is stepped edge by edge, as in a graph that is not folded. The numbers are
those of the same sweep, whose edges are taken card by card.

>>> from chalkgrad.engine import Value, tape, total
>>> losses = [(Value(float(i), f"x{i}") * 2 - 1) ** 2 for i in range(20)]
>>> L = total(losses)
>>> L.label = "L"
>>> folding = fold(tape(L))
>>> [group.title or "its own" for group in folding.groups]
['x0 … x19', '…·2', '… - 1', '…²', 'its own']
>>> script = FoldedScript([L], folding)
>>> [len(step["ends"]) for step in script.contents["steps"]]  # the seed, and what each of four cards hands on
[1, 2, 2, 2, 2]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from chalkgrad.engine import Tape, Value
from chalkgrad.engine.basics.digits import FROM_LOWERED
from chalkgrad.engine.stepping.answers import local_slips, step_slips, value_slips
from chalkgrad.engine.stepping.forward import ForwardStep
from chalkgrad.engine.stepping.sentences import blanks, forward_reasons, position
from chalkgrad.engine.stepping.steps import Step, Steps
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.language import counted, section
from chalkgrad.engine.words.lists import listed
from chalkgrad.engine.words.manner import set_in_type
from chalkgrad.engine.words.names import Names
from chalkgrad.engine.words.placeholders import Text, alike, either, less
from chalkgrad.viz.page.filling import PlaceholderGraph
from chalkgrad.viz.page.script import Blanks, Piece, Script
from chalkgrad.viz.page.widest import MORE, EdgeLabels
from chalkgrad.viz.pictures.folding import FOLDING, LABELLED_LINKS, Folding, fold

__all__ = ["MOST", "FoldedScript", "fold"]

# Values that a folded page has at most: of more, the file would be too large, and the numbers would follow an input too late.
MOST = 3000

SENTENCES = section("folded steps")
NAMED = 4  # cards that a sentence names; of more, it says how many
MOVED = 300  # leaves that have a slider, those with cards of their own first
DIGITS = 4

TERMS = 6  # of a sum that is written out

Line = list[list[Piece]]  # of the caption: cells of coloured pieces
Stop = Step | list[Step]  # a step of the page: an edge, or several at once


class FoldedScript(Script):
    """The texts of a page that is folded, and the program that computes its numbers; see `Script` for what it is told.

    Cards and arrows are numbered as the picture has them, but for cards of a single value, which have the number of the value;
    those of several come after all values. What is told besides: of a step of several values the `lines` of its sentence and
    the `whole` of it, and the `edges` taken; and of all

        folded      `cards`, the numbers of the cards; `movable`, the leaves that have a slider
        gradients   of each leaf the number of its gradient
    """

    def __init__(self, roots: Sequence[Value], folding: Folding, languages: Sequence[str] = ()) -> None:
        self.folding = folding
        tape = Tape(roots)
        self._group = [folding.number[node] for node in tape]
        self._calls = _names_on_cards(tape.nodes, folding, tape.names)
        count = len(tape)
        self.cards = [count + g if group.folded else tape.nodes.index(group.nodes[0]) for g, group in enumerate(folding.groups)]
        self._arrows = list(_arrows(folding))
        self._places = {arrow: number for number, arrow in enumerate(self._arrows)}
        super().__init__(roots[0], roots[1:], languages)

    def _graph(self, *, still: bool) -> PlaceholderGraph:
        graph = super()._graph(still=still)
        nodes = graph.tape.nodes
        self._called = [*graph.tape.names.values()]
        graph.tape.__dict__["_names"] = Names(nodes, dict(zip(nodes, self._calls, strict=True)))
        self._members: list[list[Value]] = [[] for _ in self.folding.groups]
        self._of = dict(zip(nodes, self._group, strict=True))
        for node, g in self._of.items():
            self._members[g].append(node)
        parts = joined_cards(self._group, [[self._of[parent] for parent in node.parents] for node in nodes])
        place = {g: i for i, part in enumerate(parts) for g in part}
        self._parts = parts
        self._in_order = sorted(nodes, key=lambda node: place[self._of[node]])  # as on the tape within each part
        outside = {parent for node in nodes for parent in node.parents if self._of[parent] != self._of[node]}
        self._handed_on = [[node for node in some if node in outside or node in graph.tape.roots] for some in self._members]
        return graph

    def _single(self, node: Value) -> bool:
        return not self.folding.groups[self._of[node]].folded

    def _card(self, node: Value) -> int:
        return self.cards[self._of[node]]

    def _movable(self) -> list[int]:
        """Returns the leaves that have a slider."""
        leaves = sorted(self.symbolic.leaves, key=lambda i: not self._single(self.symbolic.tape[i]))
        return sorted(leaves[:MOVED])

    # What is common to all roots

    def _common(self, fixed: str) -> dict[str, Any]:
        symbolic, count = self.symbolic, len(self._group)
        singles = {i: node for i, node in enumerate(symbolic.tape) if self._single(node)}
        data = {i: self._shown(words.number(node.data)) for i, node in singles.items()}
        expressions: dict[int, Text] = {
            i: self._text(words.expression(node, symbolic.tape.names)) for i, node in singles.items()
        }
        for g, group in enumerate(self.folding.groups):
            if group.folded:
                some = self._handed_on[g] if group.place else self._members[g]
                data[count + g] = self._shown(self._span([node.data for node in some or self._members[g]]))
                expressions[count + g] = group.size
        titles = [self._title(g) if group.folded else "" for g, group in enumerate(self.folding.groups)]
        self._curves = None
        self._lines[section("language")["code"], False] = self._labels(brief=False)
        return {
            "names": [*self._called, *titles],
            "values": [None if fixed else float(node._data) for node in symbolic.tape],
            "leaves": symbolic.leaves,
            "fixed": fixed,
            "start": self._start(),
            "forward": self._forward(),
            "data": data,
            "expressions": expressions,
            "errors": {i: self._errors(node) for i, node in enumerate(symbolic.tape) if node.parents},
            "curves": {"nodes": {}},
            "words": self._words(),
            "folded": {"cards": self.cards, "movable": self._movable()},
        }

    def _typed(self) -> dict[int, str]:
        names = zip(self._called, Tape(self.roots).names.values(), strict=True)
        return {i: typed for i, (name, typed) in enumerate(names) if name.translate(FROM_LOWERED) != typed}

    def _labels(self, *, brief: bool) -> dict[int, list[Text]]:
        labels, found = EdgeLabels(self.symbolic), dict[int, list[Text]]()
        for number, (tail, head, slot) in enumerate(self._arrows):
            if slot >= 0:
                found[number] = labels.beside(self._members[head][0], slot, brief=brief)
            else:
                count = self.folding.links[tail, head]
                found[number] = [FOLDING["edges"].format(count=f"{count:,}")] if self._labelled and count > 1 else []
        return found

    @property
    def _labelled(self) -> bool:
        return len(self.folding.links) <= LABELLED_LINKS

    @property
    def unwritten(self) -> frozenset[str]:
        """What is written on no arrow: local derivatives, if each leads from or to several values; all, if there are many."""
        edges = any(slot >= 0 for _, _, slot in self._arrows)
        return frozenset() if edges else frozenset({"local"} if self._labelled else {"local", "contributions"})

    def _start(self) -> Text:
        names = self.symbolic.tape.names
        given = [(g, some) for g, some in enumerate(self._members) if not any(node.parents for node in some)]
        return self._shown(
            listed(
                [
                    SENTENCES["given"].format(card=self._title(g), size=_size(some))
                    if len(some) > 1
                    else f"{names[some[0]]} = {words.number(some[0].data)}"
                    for g, some in given
                ],
                NAMED * 2,
            )
            if given
            else SENTENCES["given inside"]
        )

    # The forward pass

    def _steps_forward(self) -> list[ForwardStep | list[int]]:
        """Returns what is computed at each step: a value that has its own card, or all of several cards."""
        places = {node: i for i, node in enumerate(self.symbolic.tape)}
        found: list[ForwardStep | list[int]] = []
        for part in self._parts:
            some = [node for g in part for node in self._members[g]]
            if any(node.parents for node in some):
                found.append(ForwardStep(self.symbolic.tape, places[some[0]]) if len(some) == 1 else [*part])
        return found

    def _computed(self) -> list[ForwardStep]:
        return [step for step in self._steps_forward() if isinstance(step, ForwardStep)]

    def _forward(self) -> list[dict[str, Any]]:
        steps, singles = self._steps_forward(), iter(super()._forward())
        found = []
        for k, step in enumerate(steps, 1):
            if isinstance(step, ForwardStep):
                told, parents = next(singles), [parent for parent in step.node.parents if not parent.constant]
                reasons = zip(parents, forward_reasons(step), strict=False)
                told["reasons"] = [self._shown(said) for parent, said in reasons if self._single(parent)]
                found.append({**told, "position": position(k, len(steps))})
                continue
            lines, (node, *others) = self._arising(step), [self.cards[g] for g in step]
            told = {"node": node, "position": position(k, len(steps)), "reasons": [], "lines": lines, "whole": _whole(lines)}
            found.append(told | ({"others": others} if others else {}))
        return found

    def _arising(self, cards: Sequence[int]) -> list[Line]:
        """Returns the sentence of cards whose values are computed at once."""
        names, some = self.symbolic.tape.names, [node for g in cards for node in self._members[g]]
        sources = dict.fromkeys(tail for tail, head, _ in self._arrows if head in cards and tail not in cards)
        said = {"card": self._listed(cards), "size": _size(some), "sources": self._listed([*sources])}
        first: Line = [[(SENTENCES["computed" if sources else "computed inside"].format_map(said), "")]]
        out = [node for g in cards for node in self._handed_on[g] if node.parents]
        last = out[-1] if out else some[-1]
        label = f"{names[last]} = " if last in self.symbolic.tape.roots else ""
        equation = f"{label}{words.expression(last, names)} = "
        own = [node for node in some if not node.parents and not node.constant]
        third: Line = [[(SENTENCES["parameters inside"].format(size=_size(own)), "")]] if own else []
        if len(out) < 2:
            return [first, [self._cell(equation, words.number(last.data), "data")], third]
        return [
            first,
            [self._cell(f"{SENTENCES['on'].format(size=_size(out))} ", self._span([node.data for node in out]), "data")],
            [self._cell(f"{SENTENCES['last']} {equation}", words.number(last.data), "data"), *third],
        ]

    # The backward pass

    def _edition(self, root: Value) -> dict[str, Any]:
        symbolic, number = self.symbolic, self.symbolic.placeholders.number
        self._root, self.steps = root, root.steps()
        steps: Steps = self.steps
        reached = {*steps.sweep.tape.nodes}
        steps.sweep.reorder([node for node in self._in_order if node in reached])
        steps.sweep.tape.__dict__["_names"] = symbolic.tape.__dict__["_names"]
        self._blank = Blanks(symbolic)
        stops = list(self._stops(steps))
        alone = [step for step in stops if isinstance(step, Step)]
        self._wrong = {step.index: (list(step_slips(step)), list(local_slips(step))) for step in alone}
        self._wrong_values = [list(value_slips(step)) for step in self._computed()]
        self._usual = {step.index: blanks(step) for step in alone}
        carrying = {arrow for stop in stops for arrow in self._taken(stop)}
        seed, singles = self._card(root), [i for i, node in enumerate(symbolic.tape) if self._single(node)]
        return {
            "root": self._numbers[root],
            "edges": [
                [self.cards[head], max(slot, 0), self.cards[tail], number in carrying]
                for number, (tail, head, slot) in enumerate(self._arrows)
            ],
            "templates": self._templates(),
            "blanks": self._shared(steps[0], steps[len(steps) - 1]),
            "steps": [{"ends": [seed], "parent": seed}, *map(self._told_stop, stops)],
            "grads": self._grads_of_cards(steps, stops),
            "contributions": self._carried(stops),
            "headings": self._headings(),
            "chain": {i: {"rows": [], "factored": [], "paths": []} for i in singles},
            "equations": [],
            "nudge": {i: self._nudge(symbolic.tape[i]) for i in self._movable()},
            "downhill": self._downhill() if symbolic.leaves else {},
            "mistakes": {},
            "moments": [],
            "harmless": {"other": "", "none": ""},
            "units": None,
            "gradients": {i: number(steps.sweep.adjoints.get(symbolic.tape[i], 0.0)) for i in symbolic.leaves},
        }

    def _stops(self, steps: Steps) -> Iterator[Stop]:
        """Yields the steps of the backward pass: an edge of two values with their own cards, or all that are taken at once.

        These are all that start in a card of several values; and of a value with its own card all to one such card.
        """
        part_of = {g: i for i, part in enumerate(self._parts) for g in part}
        found: dict[tuple[int, ...], list[Step]] = {}
        for step in steps[1:]:
            assert step.node is not None
            part, target = part_of[self._of[step.node]], self._of[step.parent]
            if len(self._parts[part]) > 1 or not self._single(step.node):
                key: tuple[int, ...] = (part,)
            else:
                key = (part, target) if self.folding.groups[target].folded else (part, target, step.index)
            found.setdefault(key, []).append(step)
        for key, some in found.items():
            yield some[0] if len(key) == 3 else some

    def _arrow(self, step: Step) -> int:
        """Returns the number of the arrow that an edge is part of, -1 if it is inside a card."""
        assert step.node is not None
        tail, head = self._of[step.parent], self._of[step.node]
        return self._places.get((tail, head, -1), self._places.get((tail, head, step.slot), -1))

    def _taken(self, stop: Stop) -> list[int]:
        """Returns the numbers of the arrows that a step goes along."""
        arrows = dict.fromkeys(map(self._arrow, stop if isinstance(stop, list) else [stop]))
        return [arrow for arrow in arrows if arrow >= 0]

    def _told_stop(self, stop: Stop) -> dict[str, Any]:
        if isinstance(stop, Step):
            assert stop.node is not None
            ends = [self._card(stop.node), self._card(stop.parent)]
            return {**self._step(stop), "ends": ends, "node": ends[0], "parent": ends[1], "edge": self._arrow(stop)}
        heads = dict.fromkeys(self._of[step.node] for step in stop if step.node is not None)
        reached = {self._of[step.parent] for step in stop} - {*heads}
        targets = [*dict.fromkeys(tail for tail, head, _ in self._arrows if head in heads and tail in reached)]
        ends, lines = [self.cards[g] for g in (*heads, *targets)], self._handing_on([*heads], targets, stop)
        told = {"node": ends[0], "parent": ends[len(heads) if targets else 0], "edges": self._taken(stop)}
        return {"ends": ends, **told, "lines": lines, "whole": _whole(lines)}

    def _handing_on(self, heads: Sequence[int], targets: Sequence[int], stop: Sequence[Step]) -> list[Line]:
        """Returns the sentence of what cards hand on at once: what has reached them, and what goes where."""
        names, adjoints = self.symbolic.tape.names, self.steps.sweep.adjoints
        some = [node for g in heads for node in self._members[g]]
        if len(some) == 1:
            first = self._cell(f"{words.total(names[self._root], names[some[0]])} = ", words.number(adjoints[some[0]]), "grad")
        else:
            came = [node for g in heads for node in self._handed_on[g] if node in adjoints and node.parents]
            said = SENTENCES["reached"].format(card=self._listed(heads), size=_size(came))
            first = self._cell(f"{said} ", self._span([adjoints[node] for node in came]), "grad")
        carried: dict[int, list[float]] = {}
        for step in stop:
            carried.setdefault(self._of[step.parent], []).append(step.contribution)
        cells = [
            self._cell(f"{'' if i else SENTENCES['handed on'] + ' '}{self._title(g)}: ", self._summed(g, carried[g]), "grad")
            for i, g in enumerate(targets[:NAMED])
        ]
        if len(targets) > NAMED:
            cells.append([(SENTENCES["and more"].format(count=len(targets) - NAMED), "")])
        own = [node for node in some if not node.parents and not node.constant and node in adjoints]
        status: Line = [[(SENTENCES["at once"].format(count=f"{len(stop):,}"), "")]]
        if own:
            said = SENTENCES["parameters"].format(size=_size(own))
            parameters = self._cell(f"{said} ", self._span([adjoints[node] for node in own]), "grad")
            status, cells = ([parameters, *status], cells) if cells else (status, [parameters])
        return [[first], cells, status]

    def _summed(self, g: int, carried: Sequence[float]) -> str:
        """Returns what arrows to a card say of their contributions: of a value with its own card the sum, else the range."""
        if self.folding.groups[g].folded:
            return self._span(carried, words.signed)
        return words.signed(sum(carried))

    def _carried(self, stops: Iterable[Stop]) -> dict[int, Text]:
        """Returns what each arrow says once a step has gone along it."""
        carried: dict[int, list[float]] = {}
        for step in (step for stop in stops for step in (stop if isinstance(stop, list) else [stop])):
            carried.setdefault(self._arrow(step), []).append(step.contribution)
        return {arrow: self._shown(self._summed(self._arrows[arrow][0], some)) for arrow, some in carried.items() if arrow >= 0}

    def _grads_of_cards(self, steps: Steps, stops: Sequence[Stop]) -> dict[int, list[tuple[int, Text, Text | None]]]:
        """Returns for each card what its gradient says, and from which step on: as `Script.contents` has it."""
        root = steps.sweep.root
        so_far: dict[int, dict[Value, Step]] = {self._of[root]: {root: steps[0]}}
        grads: dict[int, list[tuple[int, Text, Text | None]]] = {self._card(root): [(0, self._shown(words.number(1.0)), None)]}
        for place, stop in enumerate(stops, 1):
            some = stop if isinstance(stop, list) else [stop]
            for step in some:
                so_far.setdefault(self._of[step.parent], {})[step.parent] = step
            for g in dict.fromkeys(self._of[step.parent] for step in some):
                full, brief = self._grad(g, so_far[g])
                grads.setdefault(self.cards[g], []).append((place, self._shown(full), brief and self._shown(brief)))
        return grads

    def _grad(self, g: int, so_far: Mapping[Value, Step]) -> tuple[str, str | None]:
        """Returns what a card says of the gradients that have come, in full and, of a sum, in brief."""
        if self.folding.groups[g].folded:
            of = {node for node in self._members[g] if node in self.steps.sweep.tape.nodes and not node.constant}
            more = len(so_far) < len(of) or any(step.number < step.of for step in so_far.values())
            said = self._span([step.after for step in so_far.values()])
            return (f"{said} + {MORE}", said) if more else (said, None)
        [step] = so_far.values()
        so_far_said = words.number(step.after)
        if step.of == 1:
            return so_far_said, None
        said = words.terms(step.contributions) if step.number <= TERMS else so_far_said
        if step.number < step.of:
            return f"{said} + {MORE}", f"{so_far_said} + {MORE}"
        return (f"{said} = {so_far_said}", so_far_said) if step.number <= TERMS else (so_far_said, None)

    # Words

    def _title(self, g: int) -> str:
        """Returns what a sentence calls a card: the name of its value, or its title, where two have that with their place."""
        group = self.folding.groups[g]
        if not group.folded:
            return self.symbolic.tape.names[self._members[g][0]]
        alike = sum(other.title == group.title for other in self.folding.groups)
        return ".".join((*map(set_in_type, group.around), group.title)) if alike > 1 else group.title

    def _listed(self, cards: Sequence[int]) -> str:
        return listed([self._title(g) for g in cards], NAMED)

    def _cell(self, before: str, number: str, kind: str) -> list[Piece]:
        return [(self._shown(before), ""), (self._shown(number), kind)]

    def _span(self, numbers: Sequence[float], write: Callable[[float, int], str] = words.number) -> str:
        """Writes the least and the greatest of some numbers, as `draw` does, for any values of the leaves."""
        if len(numbers) < 2:
            return write(numbers[0], DIGITS) if numbers else ""
        low, high = (self.symbolic.placeholders.extreme(which, numbers) for which in ("min", "max"))
        ends = [write(x, DIGITS - 1) for x in (low, high)]
        apart = FOLDING["range"].format(low=ends[0], high=ends[1])
        several = either(alike(ends[0], ends[1], low, high), lambda: ends[0], lambda: apart)
        return either(less(low, high), lambda: several, lambda: write(low, DIGITS))


def _size(nodes: Sequence[Value]) -> str:
    return counted(len(nodes), "value")


def _whole(lines: Sequence[Line]) -> list[Any]:
    """Returns the text of a sentence from its lines."""
    found: list[Any] = []
    for i, line in enumerate(line for line in lines if line):
        found += ["\n"] if i else []
        for k, cell in enumerate(line):
            found += [", "] if k else []
            for text, _ in cell:
                found += [text] if isinstance(text, str) else text
    return found


def _arrows(folding: Folding) -> Iterator[tuple[int, int, int]]:
    """Yields the arrows of a folded picture, as `folded_cards_and_edges` has them: two cards, and the slot of an edge or -1."""
    for tail, head in folding.links:
        before, after = folding.groups[tail], folding.groups[head]
        if before.folded or after.folded:
            yield tail, head, -1
        else:
            yield from ((tail, head, slot) for slot, one in enumerate(after.nodes[0].parents) if one is before.nodes[0])


def _names_on_cards(nodes: Sequence[Value], folding: Folding, names: Mapping[Value, str]) -> list[str]:
    """Returns what equations call each value: by its name if it has its own card, else "…", as `draw` does."""
    known = folding.names(names)
    return [known[node] for node in nodes]


def joined_cards(group: Sequence[int], parents: Sequence[Sequence[int]]) -> list[list[int]]:
    """Returns the cards in the order of computation, those together that are computed from each other.

    `group` is the card of each node, in the order of the tape, `parents` the cards of its parents.

    >>> joined_cards([0, 1, 0, 2], [[], [0], [1], [0]])
    [[0, 1], [2]]
    >>> joined_cards([0, 1, 2], [[], [], [0]])
    [[0], [1], [2]]
    """
    count = max(group) + 1
    before, last = [0] * count, [0] * count  # sets of cards as bits; the last node of each
    for i, (g, some) in enumerate(zip(group, parents, strict=True)):
        last[g] = i
        for other in some:
            before[g] |= 1 << other
    for k in range(count):  # all that a card is computed from, on whatever way
        for g in range(count):
            if before[g] >> k & 1:
                before[g] |= before[k]
    parts = dict[tuple[int, ...], None]()
    for g in range(count):
        parts[tuple(h for h in range(count) if h == g or (before[g] >> h & 1 and before[h] >> g & 1))] = None
    left, found = [*parts], list[list[int]]()
    while left:  # from the last one back, as the sweep goes: so far as may be in the order of the tape
        free = [part for part in left if not any(before[other[0]] >> part[0] & 1 for other in left if other != part)]
        part = max(free, key=lambda one: max(last[g] for g in one))
        left.remove(part)
        found.append([*part])
    return found[::-1]
