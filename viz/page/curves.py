"""The curve of each operation on a page: what draws it, and what is said of a step on it.

For each rule that the graph uses there is one JavaScript function of its arguments, written from the table of formulas. It
returns the value and every local derivative; of lists of any length those of the element `i`.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.viz.page.filling import PlaceholderGraph
>>> x = Value(2.0, "x")
>>> print(Curves(PlaceholderGraph(x.log())).program(lambda text: []))
const curves = [
    (a, i) => {
        const v = Math.log(a[0]);
        return [a[0] > 0.0 ? v : NaN, 1.0 / a[0]];
    },
];

A function gives NaN outside its domain, and an infinity where the value is too large.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chalkgrad.engine import Value
from chalkgrad.engine.formulas.trees import Argument, Call, Constant, Formula, Test, parts_of_tree
from chalkgrad.engine.programs.languages import JavaScript
from chalkgrad.engine.programs.text import template
from chalkgrad.engine.recording.emit import PYTHON, SourceWriter, expand, indented
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.decimals import digits_apart
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.placeholders import Text, either, less
from chalkgrad.engine.words.printer import local_formula
from chalkgrad.engine.words.shown import simplified
from chalkgrad.viz.page.evaluation import inner_domains, json_number
from chalkgrad.viz.page.filling import PlaceholderGraph
from chalkgrad.viz.page.widest import in_order

# What the page supplies: the point, value and slope there, the step, how far the curve rises, the slopes on either side.
NUMBERS = ("at", "value", "slope", "step", "rise", "left", "right")

# What is said of the curve's own way along a step: which of them is decided by the page.
GAPS = ("straight", "level", "bends", "kink", "kink here", "jump", "jump here", "pole", "outside", "large", "vertical")

NO_CURVES = "const curves = [];"  # of a graph in which nothing may change

SATURATED = 0.05  # a slope below it
_LISTED = 6  # local derivatives that the forward pass names of a value
_COLOURS = {"local": "local", "slope": "local", "product": "local", "reason": "local", "dx": "data", "step": "data"}

# These have a width of their own: of all others a curve looks alike at any size.
_OF_A_SIZE = PYTHON.keys() - {"add", "sub", "mul", "div", "neg", "pos", "abs", "pow", "log", "log2", "log10", "sqrt", "hypot"}

Piece = tuple[Text, str]


class Curves:
    """The curves of the operations of a graph.

    `contents` has, with nodes and edges numbered as the page has them:

        operands   of each node that is written otherwise after a d, how
        forms      of each function: what its arguments need ("" if nothing), and for each argument whether its curve has a
                   width of its own
        nodes      of each computed node: its function, its arguments (nodes; a number stands in a list), and the arguments
                   that may vary: edge, place among the arguments, which local derivative of the function, element of a list,
                   symbol, reason (or its place among those of the forward pass), formula of the local derivative (or the
                   value that it is), and the expression if it is another one
        lines      the equation, the tangent's step and what the curve does, each in cells of coloured pieces; `whole` in one
        gaps       what the curve does, by what is found of it
        signs      texts in the picture
        saturated  the slope below which a bounded function is called so
    """

    def __init__(self, symbolic: PlaceholderGraph) -> None:
        self._symbolic, self._words = symbolic, section("curve")
        self._numbers = {node: i for i, node in enumerate(symbolic.tape)}
        self._forms: dict[tuple[Rule, int], int] = {}
        self.contents: dict[str, Any] = {
            "operands": {i: own for i, name in enumerate(symbolic.tape.names.values()) if (own := words.operand(name)) != name},
            "nodes": {i: told for node, i in self._numbers.items() if node.parents and (told := self._node(node))},
            "forms": [[self._needs(rule), self._widths(rule)] for rule, _ in self._forms],
            "saturated": SATURATED,
            **self._texts(),
        }

    def program(self, helpers: Callable[[str], Iterable[str]]) -> str:
        """Returns the JavaScript array `curves` of the functions; `helpers` are the lines that a text there needs."""
        lines = [line for rule, length in self._forms for line in indented([*function(rule, length)])]
        needed = list(helpers("\n".join(lines)))
        if not needed:
            return "\n".join(["const curves = [", *lines, "];"])
        return "\n".join(["const curves = (() => {", *indented([*needed, "return [", *lines, "];"]), "})();"])

    # The nodes

    def _node(self, node: Value) -> list[Any] | None:
        rule, names = node.op, self._symbolic.tape.names
        assert rule is not None
        slots = [slot for slot, parent in enumerate(node.parents) if not parent.constant]
        if not slots:
            return None
        count = len(node.template)
        length = rule.length(count)
        form = self._forms.setdefault((rule, length), len(self._forms))
        given = [self._numbers[x] if isinstance(x, Value) else [json_number(x)] for x in node.arguments]
        places = [place for place, x in enumerate(node.template) if x is None]
        said = [slot for slot in slots if slot < _LISTED]
        usual, varying = words.expression(node, names), list[list[Any]]()
        for slot in slots:
            which, element = rule.argument_at(count, places[slot])
            reason = said.index(slot) if slot in said else self._shown(words.reason(node, slot, names))
            edge = self._symbolic.edges[node, slot]
            derivative = self._shown(words.local(node, slot, names))
            told = [edge, places[slot], which, element, derivative, reason, self._formula(node, slot)]
            own = words.expression(node, names, slot=slot) if rule.lists else usual
            varying.append(told if own == usual else [*told, self._shown(own)])
        return [form, given, varying]

    def _formula(self, node: Value, slot: int) -> int | Text:
        """Returns the formula of a local derivative with all its cases; of a value alone, which one it is."""
        names = self._symbolic.tape.names
        tree, arguments = local_formula(node, slot)
        values = {"v": node} | {x: value for x, value in arguments.items() if isinstance(value, Value)}
        if isinstance(tree, Argument):
            return self._numbers[values[tree.name]]
        return self._shown(words.formula(simplified(tree), {x: names[value] for x, value in values.items()}))

    def _needs(self, rule: Rule) -> str:
        needs = self._words["needs"]
        said = [needs.format(call=words.operation_name(inner.rule), needs=inner.rule.requires) for inner in inner_domains(rule)]
        return self._words["and"].join(dict.fromkeys(said))

    def _widths(self, rule: Rule) -> list[bool]:
        if rule is RULES["pow"]:
            return [False, True]
        return [_has_a_size(rule.value)] * len(rule.arguments)

    # What is said

    def _texts(self) -> dict[str, Any]:
        place, given = self._symbolic.placeholders.place, self._symbolic.placeholders.given
        names = ("name", "parent", "y", "x", "expression", "reason", "local", "formula", "needs", "gap")
        blank = {name: place(["_", name]) for name in names}
        at, value, slope, step, rise, left, right = (given("curve", math.nan, i) for i in range(len(NUMBERS)))
        product = slope * step
        digits = digits_apart(product, rise)
        rises = self._words["rises"].format(rise=words.number(rise, digits))
        falls = self._words["falls"].format(rise=words.number(-rise, digits))
        known = blank | {
            "dy": f"d{blank['y']}",
            "dx": f"d{blank['x']}",
            "at": words.number(at),
            "value": words.number(value),
            "slope": words.number(slope),
            "step": words.factor(step),
            "product": words.number(product, digits),
            "moves": either(less(rise, 0.0), lambda: falls, lambda: rises),
            "left": words.number(left),
            "right": words.number(right),
            "limit": words.number(SATURATED),
        }
        first, tried, second = (
            [*map(self._cell(known), self._words[key].split("   "))] for key in ("first", "tried", "second")
        )
        gaps = {key: self._shown(self._words[key].format_map(known)) for key in GAPS}
        signs = ("title", "derivative", "slope", "product", "step", "point", "height", "wire", "saturated", "below")
        lines = {"usual": [first, second], "tried": [tried, second]}
        whole = {
            name: self._symbolic.placeholders.text(f"{self._words[head]}\n{self._words['second']}\n{{gap}}".format_map(known))
            for name, head in (("usual", "first"), ("tried", "tried"))
        }
        in_picture = {name: self._shown(self._words[f"sign {name}"].format_map(known)) for name in signs}
        return {"lines": lines, "whole": whole, "gaps": gaps, "signs": in_picture}

    def _cell(self, known: Mapping[str, str]) -> Callable[[str], list[Piece]]:
        """Returns what makes a cell of coloured pieces of a template."""

        def cell(written: str) -> list[Piece]:
            pieces: list[Piece] = []
            for i, part in enumerate(written.replace("}", "{").split("{")):
                if part:
                    pieces.append((self._shown(known[part]), _COLOURS.get(part, "")) if i % 2 else (part, ""))
            return pieces

        return cell

    def _shown(self, written: str) -> Text:
        return in_order(self._symbolic.placeholders.text(written))


# The functions --------------------------------------------------------------------------------------------------------


class _Places(list[str]):
    """The variables of a list argument; that of the element asked for comes last, and is not in the list."""

    def __init__(self, start: int, length: int) -> None:
        super().__init__(f"a[{start + k}]" for k in range(length))
        self._asked = f"a[i + {start}]" if start else "a[i]"

    def __getitem__(self, k: Any) -> Any:
        return self._asked if k == _ASKED else super().__getitem__(k)


_ASKED = -1


class _DomainWriter(SourceWriter):
    """Writes a test beside an operation, with variables of other names."""

    def new_name(self, tree: Formula) -> str:
        self.count += 1
        return f"d{self.count}"


def function(rule: Rule, length: int = 0) -> Iterable[str]:
    """Yields the lines of a rule's function in an array; ``length`` is that of its lists, if it has any."""
    language, listed = JavaScript(), rule.lists * length
    names: dict[str, Any] = {name: _Places(k * length, length) for k, name in enumerate(rule.arguments[: rule.lists])}
    names |= {name: f"a[{listed + k}]" for k, name in enumerate(rule.arguments[rule.lists :])}
    partials = dict(enumerate(rule.partials))
    elements = dict.fromkeys(range(rule.lists), _ASKED)
    made = template(language, rule.value, partials, names, rule.arguments[: rule.lists], elements)
    scope = {"v": "v", **{name: name for names in made.temporaries for name in names}}
    lines = [*made.forward, *(line for before, _, _ in made.partials.values() for line in before)]
    result, found = "v", inner_domains(rule)
    if rule.domain is not None:
        domain = expand(rule.domain, language.primitives)
        assert isinstance(domain, Test)
        writer = _DomainWriter(language, names, [domain])
        result = f"{writer.test(domain, None)} ? v : NaN"
        lines += writer.lines
    elif found:
        result = "v - v === 0 ? v : NaN"
    slopes = [partial.text for _, partial, _ in made.partials.values()]
    yield "(a, i) => {"
    yield from indented([line % scope for line in [*lines, f"return [{', '.join([result, *slopes])}];"]])
    yield "},"


def _has_a_size(tree: Formula) -> bool:
    parts = list(parts_of_tree(expand(tree, PYTHON)))
    if any(isinstance(part, Call) and part.name in _OF_A_SIZE for part in parts):
        return True
    sums = [part for part in parts if isinstance(part, Call) and part.name in ("add", "sub")]
    return any(isinstance(x, Constant) and x.value for part in sums for x in part.arguments)
