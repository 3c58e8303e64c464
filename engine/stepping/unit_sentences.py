"""What is said of the steps from unit to unit: how a unit's output arises, and what goes back along a link.

>>> from chalkgrad.engine import Value, unit
>>> from chalkgrad.engine.stepping.units import Units
>>> x1, x2 = Value(1.0, "x1"), Value(-2.0, "x2")
>>> with unit("h1"):
...     u = x1 * Value(0.5, "w") + x2
...     z = u.tanh()
>>> u.label, z.label = "u", "z"
>>> units = Units(z)
>>> print(unit_sentence(units, units.units[0]))
1/1   v3 = x1·w = 1 · 0.5 = 0.5   u = v3 + x2 = 0.5 + (-2) = -1.5
      z = tanh(u) = tanh(-1.5) = -0.9051
      unit 1 of 1
>>> print(unit_sentence(units, units.links[-1]))
2/2   z = h1(x1, x2)   ∂h1/∂x1 = 0.09035
      x1.grad += ∂z/∂z · ∂h1/∂x1 = 1 · 0.09035 = 0.09035      0 → 0.09035   complete
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from chalkgrad.engine.basics.terminal import columns
from chalkgrad.engine.stepping.asked import Use
from chalkgrad.engine.stepping.forward import ForwardStep
from chalkgrad.engine.stepping.sentences import forward_equation, forward_sides, grad_of, in_two_lines, position
from chalkgrad.engine.stepping.slips import SLIPS
from chalkgrad.engine.stepping.units import Unit, UnitLink, Units
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.decimals import digits_apart
from chalkgrad.engine.words.expressions import PLAIN, TEMPLATES, called, expression, factor, number, operand, terms, total
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.lists import listed
from chalkgrad.engine.words.placeholders import alike, either, finite
from chalkgrad.engine.words.printer import Alone

SAID = section("units")
LOSSES = ("l", "loss")  # what a loss is called
INPUTS = 8  # given at the beginning
SHOWN = 4  # inputs of a function, and units still to come, that are named
ROOM = 40  # columns for an expression beside its derivative
HALF = 24  # columns of an equation in names, beside which that in numbers has no room
TERMS = 3  # of a sum: of a longer one the first and the last
EQUATIONS = 3  # before that of a unit's output

IN_LAYER, _ALONE = re.compile(r"layer(\d*)\.neuron(\d+)"), re.compile(r"[^\W\d_]+(\d+)")
_WEIGHT = re.compile(r"w(\d+)")


# What is called how --------------------------------------------------------------------------------------------------


def _numbers_of(place: str) -> tuple[str, ...] | None:
    """The numbers of a place: layer and neuron, or that of a unit; none of a lone neuron, None of any other place."""
    if found := IN_LAYER.fullmatch(place):
        return tuple(filter(None, found.groups()))
    if found := _ALONE.fullmatch(place):
        return found.groups()
    return () if place == "neuron" else None


class UnitNames:
    """What units, their functions and their values are called in a lecture: z15 = h15(x), u15, w15_2, b15.

    Where a layer has more than nine units, or a network more than nine layers, an index is set off by a line: z1_15.
    """

    def __init__(self, units: Units) -> None:
        self.units = units
        self._numbers = {unit.place: _numbers_of(unit.place) for unit in units.units if unit.place}
        pairs = [numbers for numbers in self._numbers.values() if numbers is not None and len(numbers) > 1]
        self._between = "_" if any(len(part) > 1 for numbers in pairs for part in numbers) else ""
        self._layers = Counter(numbers[0] for numbers in pairs)
        for layer, neuron in pairs:  # one that leads nowhere is not in the graph
            self._layers[layer] = max(self._layers[layer], int(neuron))
        self._others = [place for place, numbers in self._numbers.items() if numbers is None or len(numbers) < 2]

    def index(self, unit: Unit) -> str | None:
        """Returns the index of a unit and of its values: 15 of layer1.neuron5; None if its place has none."""
        numbers = self._numbers.get(unit.place)
        return None if numbers is None else self._between.join(numbers)

    def function(self, unit: Unit) -> str:
        """Returns the name of the function that a unit is: h15, the name of its place, or else that of its output."""
        names, place = self.units.tape.names, unit.place
        if place == "neuron" or IN_LAYER.fullmatch(place):
            place = f"h{self.index(unit)}"
        return place if place and place not in names.values() else names[unit.output]

    def title(self, unit: Unit) -> str:
        """Returns which of the units it is, such as `layer 1, unit 5 of 8`."""
        if not unit.place:
            if unit is not self.units.units[-1]:
                return SAID["outside of units"]
            is_loss = self.units.tape.names[unit.output].lower() in LOSSES
            return SAID["loss after the units" if is_loss else "after the units"]
        if unit.place in self._others:
            return SAID["unit"].format(number=self._others.index(unit.place) + 1, of=len(self._others))
        layer, neuron = self._numbers[unit.place] or ("", "")
        return SAID["unit of layer"].format(layer=layer, number=neuron, of=self._layers[layer])

    def beginning(self, digits: int = 4) -> str:
        """Returns what the forward pass begins with: the inputs, and how many parameters there are.

        >>> from chalkgrad.nn import MLP
        >>> UnitNames(Units(MLP(2, [2, 1], "tanh", seed=0)([Value(1.0, "x1"), Value(2.0, "x2")]))).beginning()
        'x1 = 1, x2 = 2; 9 parameters'
        """
        names, count = self.units.tape.names, sum(len(unit.parameters) for unit in self.units.units)
        inputs = listed([f"{called(names[x])} = {number(x.data, digits)}" for x in self.units.inputs], INPUTS)
        return SAID.form("inputs, parameters", count).format(inputs=inputs, count=count) if count else inputs

    def labels(self) -> dict[Value, str]:
        """Returns names, unlike all others, of values that have none of their own: no label, and no variable of the caller.

        >>> from chalkgrad.nn import MLP
        >>> units = Units(MLP(2, [2, 1], "tanh", seed=0)([1.0, 2.0]))
        >>> list(UnitNames(units).labels().values())[:6]
        ['z11', 'u11', 'w11_1', 'w11_2', 'b11', 'z12']
        """
        wanted = dict[Value, str]()
        for unit in self.units.units:
            index = self.index(unit)
            if index is None:
                name = self.function(unit)
                if not is_numbered(name, self.units.tape.index(unit.output) + 1):
                    wanted |= _numbered(name, unit.nodes[:-1])
                continue
            wanted[unit.output] = f"z{index}"
            if (inner := affine_in(unit)) is not None:
                wanted[inner] = f"u{index}"
            wanted |= _numbered(f"u{index}", [node for node in unit.nodes[:-1] if node is not inner])
            for parameter in unit.parameters:
                if (weight := _WEIGHT.fullmatch(parameter.label)) and index:
                    wanted[parameter] = f"w{index}_{weight[1]}"
                elif parameter.label == "b":
                    wanted[parameter] = f"b{index}"
        taking = [unit for unit in self.units.units if unit.place]
        inputs = [x for x in self.units.inputs if any(x in unit.inputs for unit in taking)]
        wanted |= {x: f"x{i}" for i, x in enumerate(inputs, 1)}
        names = self.units.tape.names
        free = {node for i, node in enumerate(names, 1) if not node.label and is_numbered(names[node], i)}
        wanted = {
            node: name for node, name in wanted.items() if node in free or (not node.parents and node.label and node.place)
        }
        uses = Counter(wanted.values()) + Counter(name for node, name in names.items() if node not in wanted)
        return {node: name for node, name in wanted.items() if uses[name] == 1}


def _numbered(name: str, nodes: Sequence[Value]) -> dict[Value, str]:
    """Names for the inner values of a unit that is called so: L1, L2 in L; y1_1 in y1."""
    between = "_" * name[-1:].isdigit()
    return {node: f"{name}{between}{i}" for i, node in enumerate(nodes, 1)}


def is_numbered(name: str, number: int) -> bool:
    """Returns whether a name only says which value of the tape it is, v5; set in type or not."""
    return name in (f"v{number}", called(f"v{number}"))


def affine_in(unit: Unit) -> Value | None:
    """Returns what a unit's function φ is applied to, u = wᵀx + b; None where there is no φ."""
    found = [node for node in unit.nodes[:-1] if node.op is not None and node.op.name == "affine"]
    if len(found) == 1:
        return found[0]
    *_, output = unit.nodes
    [*parents] = output.parents
    return parents[0] if not found and len(parents) == 1 and parents[0] in unit.nodes else None


# The forward pass ----------------------------------------------------------------------------------------------------


def unit_equations(units: Units, unit: Unit, digits: int = 4) -> list[str]:
    """Returns how the values of a unit arise, in names and in numbers; the last, `z = tanh(u) = tanh(2) = `, without its value.

    Of many the first and the last before that of the output are written.
    """
    tape = units.tape
    equations = [forward_equation(ForwardStep(tape, tape.index(node)), digits, _longest(node)) for node in unit.nodes]
    if len(equations) == 1:
        return _in_two(ForwardStep(tape, tape.index(unit.output)), digits) or equations
    values = [number(node.data, digits) for node in unit.nodes[:-1]]
    written = [equation + value for equation, value in zip(equations, values, strict=False)]
    if len(written) > EQUATIONS:
        written = [written[0], "…", written[-1]]
    return [*written, equations[-1]]


def _in_two(step: ForwardStep, digits: int) -> list[str]:
    """A long equation in two lines, in names and in numbers; empty for a short one."""
    written, in_numbers = forward_sides(step, digits, _longest(step.node))
    if columns(written) <= HALF:
        return []
    return [f"{called(step.tape.names[step.node])} = {written}", f"= {in_numbers} = "]


def _longest(node: Value) -> int | None:
    """How many terms of a sum are written at the beginning and at the end: in names and in numbers the same."""
    count = 0 if node.op is None else node.op.length(len(node.template))
    return None if count <= TERMS else 1


def _forward_sentence(naming: UnitNames, unit: Unit, digits: int) -> str:
    units = naming.units
    count = len(units.units)
    index = _place(unit, units.units)
    *before, last = unit_equations(units, unit, digits)
    lines = [*(["   ".join(before)] if before else []), last + number(unit.output.data, digits), naming.title(unit)]
    return position(index, count) + f"\n{' ' * len(position(count, count))}".join(lines)


# The backward pass ---------------------------------------------------------------------------------------------------


def link_blanks(naming: UnitNames, link: UnitLink, digits: int = 4) -> dict[str, str]:
    """Returns the texts for the blanks of a step's templates at a link: the unit is its node, and the input its parent."""
    units = naming.units
    sweep, names = units.sweep, units.tape.names
    unit, source, count = link.unit, link.source, len(units.links)
    function, adjoint = naming.function(unit), sweep.adjoints[unit.output]
    call = _call(called(function), [called(names[x]) for x in unit.inputs])
    local = PLAIN.quotient(function, names[source], "∂")
    if function == names[unit.output]:
        call = _written_out(unit, names, digits) or call
        local = PLAIN.held(local, [names[x] for x in unit.inputs if x is not source and _depends(x, source)])
    before = sweep.before[link.first - 1]
    after = sweep.before[link.last - 1] + sweep.contribution(link.last - 1)
    apart = digits_apart(before, after, digits=digits)
    return {
        "root": operand(sweep.of),
        "margin": " " * len(position(count, count)),
        "position": position(_place(link, units.links), count),
        "name": called(names[unit.output]),
        "expression": call,
        "pad": "   ",
        "reason": f"{local} = {number(link.partial, digits)}",
        "into": grad_of(names[source]),
        "total": total(sweep.of, names[unit.output]),
        "local": local,
        "node": operand(names[unit.output]),
        "parent": operand(names[source]),
        "adjoint": factor(adjoint, digits),
        "partial": factor(link.partial, digits),
        "contribution": number(link.contribution(sweep.adjoints), digits),
        "before": number(before, apart),
        "after": number(after, apart),
        "status": _status(naming, link, local, after, digits),
    }


def _place(wanted: object, among: Iterable[object]) -> int:
    """The place of this very object, from 1: links hold numbers that cannot be compared on a page."""
    return next(i for i, one in enumerate(among, 1) if one is wanted)


def _call(function: str, inputs: list[str]) -> str:
    if len(inputs) > SHOWN:
        inputs = [*inputs[:2], "…", inputs[-1]]
    return f"{function}({', '.join(inputs)})"


def _written_out(unit: Unit, names: Mapping[Value, str], digits: int) -> str:
    """The expression of what is not a place's unit, from its inputs; empty if that is long."""
    if len(unit.nodes) == 1:
        return expression(unit.output, names, digits)
    text = Alone({node: name for node, name in names.items() if node not in unit.nodes}, len(unit.nodes)).expression(
        unit.output
    )
    return text if columns(text) <= ROOM and "…" not in text else ""


def _depends(value: Value, on: Value) -> bool:
    waiting, seen = [value], {value}
    while waiting:
        for parent in waiting.pop().parents:
            if parent is on:
                return True
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return False


def _status(naming: UnitNames, link: UnitLink, local: str, after: float, digits: int) -> str:
    units = naming.units
    adjoints = units.sweep.adjoints
    uses = [other for other in units.links if other.source is link.source]
    place = _place(link, uses)
    if len(uses) == 1:
        status = TEMPLATES["complete"]
    elif place < len(uses):
        ways = [called(naming.function(other.unit)) for other in uses[place:]]
        status = TEMPLATES["to come"].format(number=place, of=len(uses), nodes=listed(ways, SHOWN))
    else:
        status = TEMPLATES["sum"].format(
            number=place,
            of=len(uses),
            whole=total(units.sweep.of, units.tape.names[link.source]),
            terms=_terms([other.contribution(adjoints) for other in uses], digits),
            after=number(after, digits),
        )
    stops = SAID["gradient stops"].format(status=status, local=local)
    partial, adjoint = link.partial, adjoints[link.unit.output]
    said = either(
        alike(number(partial), "0", partial),
        lambda: either(alike(number(adjoint), "0", adjoint), lambda: status, lambda: stops),
        lambda: status,
    )
    return either(finite(after), lambda: said, lambda: TEMPLATES["stops"])


def _terms(contributions: Sequence[float], digits: int) -> str:
    """The sum of what came along links, of many the first two and the last."""
    *first, last = contributions
    if len(first) < SHOWN:
        return terms(contributions, digits)
    return f"{terms(first[:2], digits)} + {PLAIN.dots} + {factor(last, digits)}"


def link_slips(units: Units, link: UnitLink) -> Iterator[tuple[float | None, str, str]]:
    """Yields the known wrong answers to what goes along a link: the number, the name of the sentence, and the kin."""
    adjoint, before = units.sweep.adjoints[link.unit.output], units.sweep.before[link.first - 1]
    use = Use(link.unit.output, 0, adjoint, link.partial)
    for slip in SLIPS:
        if slip.edge is not None and slip.name in OF_LINKS:
            yield slip.edge(use), slip.name, slip.kin or slip.name
    yield before + link.contribution(units.sweep.adjoints), "the total", "the total"
    yield None, "unexplained", ""


OF_LINKS = ("sign", "upstream alone", "local alone", "added")  # slips that need nothing but the two factors


# Both ----------------------------------------------------------------------------------------------------------------


def unit_sentence(units: Units, step: Unit | UnitLink, digits: int = 4) -> str:
    """Returns the sentence of a unit in the forward pass, or of a link in the backward pass."""
    naming = UnitNames(units)
    if isinstance(step, Unit):
        return _forward_sentence(naming, step, digits)
    return in_two_lines(TEMPLATES["step"], TEMPLATES["update"]).format_map(link_blanks(naming, step, digits))
