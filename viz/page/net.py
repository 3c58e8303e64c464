"""A graph of units in columns: inputs by their names, units in the order of computation, and what they are called.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.nn import MLP
>>> from chalkgrad.viz.page.script import Script
>>> net = Net(Script(MLP(2, [3, 1])([Value(0.5, "x1"), Value(-1.0, "x2")])))
>>> [len(column) for column in net.columns]
[2, 3, 1]
>>> net.matrices()
[('W₁ (3×2)', [0, 1, 2, 3, 4, 5]), ('W₂ (1×3)', [6, 7, 8])]
"""

import re
from collections.abc import Sequence

from chalkgrad.engine import Value, program
from chalkgrad.engine.basics.digits import FROM_LOWERED, TO_LOWERED
from chalkgrad.engine.stepping.unit_sentences import IN_LAYER
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.placeholders import Text
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.skins.circuit import Circuit

BOTH = 2  # axes of a matrix
Key = tuple[str, int]  # "unit" and its place among the units, or "input" and its number on the tape


class Net:
    """The units of a script's graph in columns: inputs by their names, units in the order of computation.

    Attributes:
        nodes: the values, as on the tape
        names: theirs
        functions: what each unit is called as a function
        units: of each its place, its values, its inputs, its parameters, as numbers of nodes
        wires: of each its unit, its input, the number of its weight and its link or -1
        column: of each unit and input
        columns: these, from left to right and top to bottom
    """

    def __init__(self, script: Script) -> None:
        told = script.contents["units"]
        self.script = script
        self.nodes: Sequence[Value] = list(script.symbolic.tape)
        self.names: list[str] = script.contents["names"]
        self.units: list[tuple[str, list[int], list[int], list[int]]] = [tuple(unit[:4]) for unit in told["list"]]
        self.wires: list[tuple[int, int, int, int]] = [tuple(wire[:4]) for wire in told["wires"]]
        self.inputs: list[int] = told["inputs"]
        self.functions: list[str] = [script.current(name) for name in told["functions"]]
        self._of = {nodes[-1]: ("unit", k) for k, (_, nodes, _, _) in enumerate(self.units)}
        self.column = self._columned()
        self.columns: list[list[Key]] = [[] for _ in range(max(self.column.values()) + 1)]
        for key in [*sorted(self._in_order(), key=lambda key: (key[0] != "unit", 0))]:
            self.columns[self.column[key]].append(key)

    def widest(self, key: str, size: float) -> float:
        """Returns how wide one of the page's words is, in the language in which it is widest."""
        return max(fonts.width(said, size) for said in self.script.in_each(lambda: section("page")[key]))

    def source(self, number: int) -> Key:
        """Returns the unit or the input that a value comes from."""
        return self._of.get(number, ("input", number))

    def output(self, key: Key) -> int:
        """Returns the number of the value that a unit or an input gives."""
        return self.units[key[1]][1][-1] if key[0] == "unit" else key[1]

    def _columned(self) -> dict[Key, int]:
        """Returns each unit's column, by the longest way from an input; an input stands just before its first unit."""
        column: dict[Key, int] = {}
        for k, (_, _, inputs, _) in enumerate(self.units):
            column["unit", k] = 1 + max((column.get(self.source(x), 0) for x in inputs), default=-1)
        for number in self.inputs:
            users = [column["unit", k] for k, (_, _, inputs, _) in enumerate(self.units) if number in inputs]
            column["input", number] = max(0, min(users, default=1) - 1)
        return column

    def _in_order(self) -> list[Key]:
        inputs = sorted(self.inputs, key=lambda number: _natural(self.names[number]))
        return [*(("unit", k) for k in range(len(self.units))), *(("input", number) for number in inputs)]

    def layer(self, column: int) -> str:
        """Returns the number of the layer whose neurons are this column, or an empty string."""
        found = {
            match[1] if key[0] == "unit" and (match := IN_LAYER.fullmatch(self.units[key[1]][0])) else ""
            for key in self.columns[column]
        }
        return found.pop() if len(found) == 1 else ""

    def heading(self, column: int) -> str:
        """Returns the name of a column: z₁, x; empty if there is none."""
        names = [self.names[self.output(key)] for key in self.columns[column]]
        layer = self.layer(column).translate(TO_LOWERED)
        heads = {name[: len(name) - len(name.lstrip(_LETTERS))] for name in names}
        if len(heads) != 1 or (len(names) == 1 and not layer):
            return ""
        [head] = heads
        if layer:
            return head + layer if all(name.startswith(head + layer) for name in names) else ""
        return head if all(key[0] == "input" for key in self.columns[column]) else ""

    def between(self, column: int) -> str:
        """Returns what leads to a column that is a layer: W₁, b₁, tanh; else an empty string."""
        layer = self.layer(column).translate(TO_LOWERED)
        if not layer:
            return ""
        outputs = [self.nodes[self.output(key)] for key in self.columns[column]]
        functions = {Circuit().sign(node) for node in outputs if len(set(node.parents)) == 1}
        biased = any(self.bias_node(key[1]) is not None for key in self.columns[column])
        named = [f"W{layer}", *([f"b{layer}"] if biased else []), *(functions if len(functions) == 1 else ())]
        return ", ".join(named)

    def weight_node(self, wire: int) -> int | None:
        """Returns the parameter that a wire's input is multiplied by, if it is one."""
        k, source, *_ = self.wires[wire]
        _, nodes, _, parameters = self.units[k]
        edges = [
            (self.nodes[n], slot)
            for n in nodes
            for slot, parent in enumerate(self.nodes[n].parents)
            if parent is self.nodes[source]
        ]
        if len(edges) != 1:
            return None
        read = words.read_by(*edges[0])
        own = [n for n in parameters if any(self.nodes[n] is value for value in read)]
        return own[0] if len(own) == 1 == len(read) else None

    def bias_node(self, unit: int) -> int | None:
        """Returns the parameter of a unit that no input is multiplied by, if there is one such."""
        of = [i for i, wire in enumerate(self.wires) if wire[0] == unit]
        left = set(self.units[unit][3]) - {self.weight_node(i) for i in of}
        return left.pop() if len(left) == 1 else None

    def matrices(self) -> list[tuple[str, list[int]]]:
        """Returns the matrices of weights that are found in the graph, W₁ (3×2), each with its wires; none without NumPy.

        Only those are told whose every weight stands at a wire, and rows of single units only beside a matrix.
        """
        try:
            found = program(list(self.script.roots)).matrices()
        except (ImportError, ValueError):  # which says what no program can be made of
            return []
        wire_of = {self.weight_node(i): i for i in range(len(self.wires))}
        told: list[tuple[str, list[int]]] = []
        many = False
        for each in found:
            wires = [wire_of[place] for place in each.places if place in wire_of]
            if each.kind == "weight" and not each.paired and len(wires) == len(each.places):
                shape = each.shaped if len(each.shape) == BOTH else f"1×{each.shaped}"
                told.append((f"W{str(len(told) + 1).translate(TO_LOWERED)} ({shape})", wires))
                many |= len(each.shape) == BOTH
        return told if many else []

    def weight_text(self, wire: int) -> Text:
        """Returns `w = 0.7` of a wire, its number left open; an empty string if it has no weight of its own."""
        return self._named(self.weight_node(wire))

    def bias_text(self, unit: int) -> Text:
        """Returns `b = 0.2` of a unit, its number left open; an empty string if it has none."""
        return self._named(self.bias_node(unit))

    def gradients(self) -> dict[int, float]:
        """Returns the gradients at the end of the backward pass, by the number of the value."""
        numbers, _ = self.script.symbolic.today()
        found = {self.script.contents["root"]: 1.0}
        for step in self.script.contents["steps"][1:]:
            found[step["parent"]] = numbers[step["after"]]
        return found

    def carried(self) -> list[float | None]:
        """Returns what each wire has carried at the end of the backward pass; None of one that no gradient comes along."""
        numbers, _ = self.script.symbolic.today()
        links = self.script.contents["units"]["links"]
        return [numbers[links[link][4]] if link >= 0 else None for _, _, _, link in self.wires]

    def _named(self, number: int | None) -> Text:
        if number is None:
            return ""
        return self.script.shown(f"{self.names[number]} = {words.number(self.nodes[number]._data)}")


_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZαβγδεζηθικλμνξοπρστυφχψω"


def _natural(name: str) -> list[tuple[bool, int, str]]:
    """Returns what sorts x2 before x10."""
    parts = re.split(r"(\d+)", name.translate(FROM_LOWERED))
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts if part]
