"""A model trained on the page: the graph of one sample's loss, what is told of all samples, and the sentence of a step.

>>> from chalkgrad.nn import MLP
>>> from chalkgrad.nn.data import moons
>>> training = Training(MLP(2, [3, 1], activation="tanh", seed=0), moons(10))
>>> training.root.label, training.loss, [x.label for x in training.x], len(training.rows)
('L', <loss binary_cross_entropy_with_logits, the mean over the samples>, ['x1', 'x2'], 10)

The page computes each sample's loss and gradient with its own `evaluate(v)` and the edges of the sweep. What the units compute
over the plane of the inputs comes from a second function, `computeUnits`, which is written from the same table of formulas.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from chalkgrad.engine import Value, recording, sigmoid, softmax, tape
from chalkgrad.engine.basics.digits import LOWERED
from chalkgrad.engine.programs.languages import JavaScript
from chalkgrad.engine.programs.program import Program
from chalkgrad.engine.programs.text import ProgramText, helpers
from chalkgrad.engine.recording.emit import indented
from chalkgrad.engine.stepping.units import NoUnitsError, Unit, Units
from chalkgrad.engine.words.decimals import FULL
from chalkgrad.engine.words.expressions import factor, number
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.manner import NOTATIONS
from chalkgrad.engine.words.placeholders import Placeholder, Placeholders, Text, either, finite, less
from chalkgrad.nn.data import Table
from chalkgrad.nn.downhill import RateLimit
from chalkgrad.nn.losses import (
    Loss,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    cross_entropy_of_probabilities,
    squared_error,
)
from chalkgrad.nn.models.module import Module
from chalkgrad.nn.models.trainability import no_gradient_reaches
from chalkgrad.nn.sample_gradients import record_scores
from chalkgrad.viz.page.filling import PlaceholderGraph
from chalkgrad.viz.page.net import Net
from chalkgrad.viz.page.script import Script

WORDS = section("training on the page")

MOST = 1000  # samples: an epoch goes through each of them, several times within a second
CLASSES = 6  # that have a colour and a shape of their own
ACROSS, DOWN = 61, 49  # points of the plane at which the units are computed; of a line twice as many across
MARGIN = 0.2  # of the plane, around the points
RATES = {"squared_error": 0.1}  # the learning rate that the page begins with, by the loss
RATE = 0.5

# The numbers of a step that the page supplies: the losses, and these as they are written; by how much the loss fell, and would
# have fallen along a straight line; what is known of smaller rates, and whether it was looked for; whether the step was taken
# back; whether there is no step from here.
NUMBERS = ("rate", "before", "after", "was", "became", "fell", "straight", "bound", "falling", "searched", "stopped", "lost")


class Training:
    """What a page trains: a model, samples, and the loss that goes with their targets.

    Attributes:
        root: the loss of the first sample, its inputs and targets leaves
        x, y: these leaves
        loss: the loss, the mean over the samples; `fit` takes it with `targets`
        rows, targets: the samples; of two classes the targets are 0 and 1
        parameters: the leaves that a step moves
    """

    def __init__(self, model: Any, data: Any) -> None:
        if not isinstance(model, Module):
            given = "a Value" if isinstance(model, Value) else f"{model!r}"
            raise TypeError(f"play(model, data=…) trains a model, such as MLP(2, [8, 1]), and was given {given}")
        table = _table(data)
        if len(table.y) > MOST:
            raise ValueError(
                f"a page goes through all samples at each step, at most {MOST:,}, and there are {len(table.y):,}: give it "
                f"some, as in data=(X[:{MOST}], y[:{MOST}]); fit(model, X, y, loss=…) trains on all"
            )
        self.model, self.rows = model, table.X
        self.x = [Value(v, name) for v, name in zip(table.X[0], table.columns, strict=True)]
        self.parameters = [p for p in model.parameters() if not p.constant]
        if not self.parameters:
            raise ValueError("this model has no parameters that a step could move")
        problem = no_gradient_reaches(model, table.X[0])
        if problem:
            raise ValueError(problem)
        with recording():
            scores = record_scores(model, self.x)
            self.classes, self.targets = _classes(table, len(scores))
            loss = _loss_for(scores, self.classes, table)
            if self.classes and loss == squared_error:
                self.targets = table.y
            self.loss, self.encoded = loss.mean, self._encoded(loss, len(scores))
            names = ["y"] if len(self.encoded[0]) == 1 else [f"y{i}" for i in range(1, len(self.encoded[0]) + 1)]
            self.y = [Value(v, name) for v, name in zip(self.encoded[0], names, strict=True)]
            self.root = loss.formula(scores, self.y)
        self.root.label = "L"
        if loss == binary_cross_entropy:  # its formula takes the score before σ
            scores = [scores[0].parents[0]]
        self.scores, self._shown = scores, _shown(scores, loss)
        self._nodes = {node: i for i, node in enumerate(tape(self.root).nodes)}
        self.parameters = [p for p in self.parameters if p in self._nodes]
        lost = [s for s in self.scores if s not in self._nodes]
        if lost:
            raise ValueError("the loss of this model is computed without its outputs, so the page cannot show them")

    def _encoded(self, loss: Loss, outputs: int) -> list[list[float]]:
        try:
            return [loss.encode(y, outputs) for y in self.targets]
        except (TypeError, ValueError) as error:
            raise type(error)(f"{error}: {_advice(len(self.classes))}") from None

    # What the page is told -------------------------------------------------------------------------------------------

    def told(self, script: Script) -> dict[str, Any]:
        """Returns what the page's script is told, leaves and nodes by their places on the tape.

            x, y                    the leaves of a sample
            rows, targets           the samples, and their targets as the loss takes them
            point                   the inputs of a sample, with {0}, {1}, … in place of their values
            classes                 the names of the classes; none for a regression
            of                      the class of each sample
            parameters              the leaves that a step moves
            partials                local derivatives that are the same for all samples, by edge
            rate                    the learning rate that the page begins with
            scores                  the outputs
            kept                    how many rows `computeUnits` computes: of these …
            score, shown            … those of the outputs, and of what the plane shows
            probable, two           whether the plane shows probabilities; whether one output tells two classes apart
            units                   of each input and unit its node, row (-1 for an input), column, and place in the column
            heads                   what the columns are called
            wires                   of each wire its ends in `units`, and the edge whose local derivative is its weight
            grid                    the ranges of the inputs, and how many points across and down; [] of more than two inputs
            title, over, legend, remark  texts beside the plane
            sentence, said          the sentence of a step, and the NUMBERS that it is said of

        Raises ValueError for a model that decides something by the numbers.
        """
        if script.contents["fixed"]:
            raise ValueError(f"{script.contents['fixed']}. So there is no page that trains this model")
        symbolic = script.symbolic
        kept, columns = self._kept()
        names = [script.contents["names"][self._nodes[x]] for x in self.x]
        two = len(self.classes) == 2 and len(self.scores) == 1
        return {
            "x": [self._nodes[x] for x in self.x],
            "y": [self._nodes[y] for y in self.y],
            "rows": self.rows,
            "targets": self.encoded,
            "point": ", ".join(f"{name} = {{{j}}}" for j, name in enumerate(names)),
            "classes": self.classes,
            "of": [_class_of(y) for y in self.encoded] if self.classes else [],
            "parameters": [self._nodes[p] for p in self.parameters],
            "partials": {
                edge: float(node.partials[slot])
                for (node, slot), edge in symbolic.edges.items()
                if not isinstance(node.partials[slot], Placeholder)
            },
            "rate": RATES.get(self.loss.sum.name, RATE),
            "scores": [self._nodes[s] for s in self.scores],
            "kept": len(kept),
            "score": [kept[s] for s in self.scores],
            "shown": [kept[s] for s in self._shown],
            "probable": bool(self.classes) and self._shown != self.scores,
            "two": two,
            "units": columns,
            "heads": self._heads(script, columns),
            "wires": self._wires(symbolic, columns),
            "grid": _grid(self.rows),
            "title": self._title(script),
            "over": WORDS[f"over {len(names)}"].format(x=names[0]) if len(names) < 3 else "",
            "legend": [WORDS["class"].format(target="y", name=name) for name in self.classes],
            "remark": self._remark(),
            "sentence": script.added(self._sentence),
            "said": list(NUMBERS),
        }

    def _kept(self) -> tuple[dict[Value, int], list[list[int]]]:
        """Returns the rows of what `computeUnits` computes, and the units: number, row, column, and place in the column."""
        kept = dict[Value, int]()
        for node in [*self.scores, *self._shown]:
            kept.setdefault(node, len(kept))
        depths, placed = dict[Value, int](), dict[int, int]()
        columns: list[list[int]] = []
        for node, sources in [*((x, ()) for x in self.x), *((unit.output, unit.inputs) for unit in self._units())]:
            depth = depths[node] = 1 + max((depths[x] for x in sources if x in depths), default=-1)
            placed[depth] = placed.get(depth, -1) + 1
            row = -1 if not sources and node in self.x else kept.setdefault(node, len(kept))
            columns.append([self._nodes[node], row, depth, placed[depth]])
        return kept, columns

    def _units(self) -> list[Unit]:
        """Returns the units of the model, in order: those of the loss's graph but for what follows the outputs."""
        try:
            found = Units(self.root).units
        except NoUnitsError:
            return []
        inside = {node for node in tape(*self.scores).nodes if node.parents}
        return [unit for unit in found if unit.place and unit.output in inside]

    def _wires(self, symbolic: PlaceholderGraph, columns: Sequence[Sequence[int]]) -> list[list[int]]:
        """Returns the wires between these units: the places of both ends, and the edge whose local derivative is the weight."""
        places = {number: i for i, (number, *_) in enumerate(columns)}
        numbers = {node: i for i, node in enumerate(symbolic.tape)}
        edges = {(numbers[node], slot): edge for (node, slot), edge in symbolic.edges.items()}
        return [
            [places[self._nodes[source]], places[self._nodes[unit.output]], edges[self._nodes[node], slot]]
            for unit in self._units()
            for source in unit.inputs
            if self._nodes[source] in places
            for node, slot in unit.edges_to(source)
        ]

    def _heads(self, script: Script, columns: Sequence[Sequence[int]]) -> list[str]:
        """Returns what the columns of units are called: as on the diagram, or what their names begin with."""
        names, headings = list[str](script.contents["names"]), dict[int, str]()
        if script.contents["units"]:
            net = Net(script)
            headings = {net.output(key): net.heading(c) for c, column in enumerate(net.columns) for key in column}
        nodes = [
            [node for node, _, place, _ in columns if place == c] for c in range(max(place for *_, place, _ in columns) + 1)
        ]
        return ["x", *(headings.get(column[0], "") or _beginning([names[node] for node in column]) for column in nodes[1:])]

    def _title(self, script: Script) -> str:
        if len(self.classes) > 2:
            return WORDS["class title"]
        if self.classes and self._shown != self.scores:
            return WORDS["probability"].format(target="y", name=self.classes[-1])
        return str(script.contents["names"][self._nodes[self.scores[0]]])

    def _remark(self) -> str:
        """Returns why there is no plane; "" if there is one."""
        return "" if len(self.x) < 3 else WORDS["no plane"].format(count=len(self.x))

    # The sentence ----------------------------------------------------------------------------------------------------

    def _sentence(self, placeholders: Placeholders) -> dict[str, Any]:
        """Returns the sentence of a step as lines of cells of coloured texts, and whole, with the page's numbers left open."""
        given = {name: placeholders.given("training", math.nan, i) for i, name in enumerate(NUMBERS)}
        root, before, after = self.root.label, given["before"], given["after"]
        symbols = {"d": f"d{root}/dθ", "bar": "θ\u0304"}
        gradient = placeholders.symbol_place([symbols.get(notation, f"∂{root}/∂θ") for notation in NOTATIONS])
        mean = WORDS["mean"].format(
            root=root, loss=WORDS[self.loss.sum.name], points=WORDS.form("points", len(self.rows)).format(count=len(self.rows))
        )
        passes = WORDS.form("passes", len(self.rows)).format(count=len(self.rows))
        swept = WORDS.form("swept", len(self.parameters)).format(gradient=gradient, count=len(self.parameters), passes=passes)
        was, became = number(given["was"], FULL), number(given["became"], FULL)
        limit = RateLimit(bound=given["bound"], falling=given["falling"])
        rose = either(
            less(0.0, given["searched"]),
            lambda: limit.rose(root, len(self.parameters), less(given["rate"], 0.0)),
            lambda: WORDS["rose"].format(root=root),
        )
        blanks = {"root": root, "gradient": gradient, "rate": factor(given["rate"])}
        blanks |= {"fell": number(given["fell"]), "straight": number(given["straight"])}

        def worth() -> str:
            fell = less(after, before)
            return either(fell, lambda: WORDS["fell"].format(**blanks), lambda: WORDS["press"].format(**blanks))

        status = either(
            less(0.0, given["lost"]),
            lambda: WORDS["lost"].format(root=root),
            lambda: either(
                less(0.0, given["stopped"]),
                lambda: WORDS["stopped"].format(root=root),
                lambda: either(less(before, after), lambda: rose, worth),
            ),
        )
        head, tail = WORDS["update"].format(rate="\0", gradient="\1").split("\0")
        between, end = tail.split("\1")
        effect = [
            (WORDS["effect"].format(root=root), ""),
            (either(finite(before), lambda: WORDS["before"].format(before=was), lambda: ""), "grad"),
            (became, "grad"),
        ]
        lines = [
            [[(mean, "")], [(swept, "grad")]],
            [[(head, ""), (factor(given["rate"]), "data"), (between, ""), (gradient, "grad"), (end, "")], effect],
            [[(status, "")]],
        ]
        whole = "\n".join("   ".join("".join(text for text, _ in cell) for cell in line) for line in lines)

        def texts(line: Iterable[Iterable[tuple[str, str]]]) -> list[list[tuple[Text, str]]]:
            return [[(placeholders.text(text), kind) for text, kind in cell if text] for cell in line]

        return {"lines": [texts(line) for line in lines], "whole": placeholders.text(whole)}

    # The program -----------------------------------------------------------------------------------------------------

    @property
    def program(self) -> str:
        """The JavaScript function `computeUnits(v, x, n, kept)`: what the units compute at n points, for the parameters in v.

        x has the inputs of one point after those of another; kept has room for n numbers of each row of `_kept`.
        """
        kept, _ = self._kept()
        return _Survey(self, kept).write()


class _Survey(ProgramText):
    """Writes the forward pass of a model over many points, without anything of the loss."""

    def __init__(self, training: Training, kept: Mapping[Value, int]) -> None:
        nodes = tape(training.root, *kept)
        leaves = [node for node in nodes if not node.parents]
        program: Program[Any, Any] = Program([training.root, *kept], leaves, [])
        batched = tuple(leaf in training.x for leaf in leaves)
        super().__init__(program.batching(batched, adjoints=False), JavaScript())
        self.names = [f"n{i}" for i in range(len(program.names))]
        numbers = {node: i for i, node in enumerate(nodes)}
        self._numbers = numbers
        self._training, self._kept = training, {numbers[node]: row for node, row in kept.items()}

    def write(self, imports: bool = False) -> str:
        needed = set(self._kept)
        for instruction in reversed(self.program.instructions):
            if instruction.node in needed:
                needed.update(x for x in instruction.arguments if x.__class__ is int)
        x = [self._numbers[leaf] for leaf in self._training.x]
        own = [i for node, i in self._numbers.items() if not node.parents and i in needed and i not in x]
        before = [f"const {self.names[i]} = v[{i}];" for i in own]
        body = [f"const {self.names[i]} = x[{len(x)} * i + {k}];" for k, i in enumerate(x) if i in needed]
        for instructions, lines in ((self.batching.shared, before), (self.batching.each, body)):
            for instruction in instructions:
                if instruction.node in needed:
                    lines += self.forward(instruction)
        body += [f"kept[{row} * n + i] = {self.names[i]};" for i, row in self._kept.items()]
        inside = [*before, "for (let i = 0; i < n; i++) {", *indented(body), "}"]
        return "\n".join(
            ["function computeUnits(v, x, n, kept) {", *indented([*helpers(self.language, "\n".join(inside)), *inside]), "}"]
        )


# The data ------------------------------------------------------------------------------------------------------------


def _table(data: Any) -> Table:
    if isinstance(data, Table):
        return data
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise TypeError(
            "data is rows of inputs with a target for each: a table such as moons(), or a pair, as in play(model, data=(X, y))"
        )
    return Table(*data)


def _classes(table: Table, outputs: int) -> tuple[list[str], list[Any]]:
    """Returns the names of the classes, none for a regression, and the targets; of two classes they are 0 and 1."""
    targets, found = table.y, set(table.y) if not any(isinstance(y, (list, tuple)) for y in table.y) else set[Any]()
    if found and found <= {-1, 1}:
        named = list(table.classes)
        return ["0", "1"] if named in ([], ["-1", "+1"]) else named, [int(y > 0) for y in targets]
    whole = bool(found) and all(float(y).is_integer() and y >= 0 for y in found)
    if table.classes or (whole and (found <= {0, 1} if outputs == 1 else max(found) < outputs)):
        count = max(2, outputs, len(table.classes))
        if count > 2 and outputs != count:
            raise ValueError(f"{count} classes need an output each, and this model has {outputs}: {_advice(count)}")
        if count > CLASSES:
            raise ValueError(f"a page tells {CLASSES} classes apart by colour and shape, and these are {count}")
        return list(table.classes) or [str(i) for i in range(count)], [int(y) for y in targets]
    if outputs > 1:
        raise ValueError(f"a page shows one output, or an output for each class, and this model has {outputs}")
    return [], list(targets)


def _advice(classes: int) -> str:
    if classes > 2:
        return f"such as MLP(2, [8, {classes}])"
    return "such as MLP(2, [8, 1]), with a target for each sample: a number, or 0 and 1 for two classes"


def _loss_for(scores: Sequence[Value], classes: Sequence[str], table: Table) -> Loss:
    """Returns the loss that `fit` would be given for such outputs and targets."""
    made_by = {s.op.name for s in scores if s.op is not None}
    if not classes or (made_by == {"tanh"} and len(scores) == 1 and set(table.y) <= {-1, 1}):
        return squared_error
    if len(scores) == 1:
        return binary_cross_entropy if made_by == {"sigmoid"} else binary_cross_entropy_with_logits
    probable = abs(sum(s.data for s in scores) - 1) < 1e-9 and all(s.data >= 0 for s in scores)
    return cross_entropy_of_probabilities if probable and made_by != {"affine"} else cross_entropy


def _shown(scores: list[Value], loss: Loss) -> list[Value]:
    """Returns what the plane shows: the probability of the second class, those of all classes, or the output."""
    if loss in (binary_cross_entropy, binary_cross_entropy_with_logits):
        return [sigmoid(scores[0])]
    return list(softmax(scores)) if loss == cross_entropy else scores


def _class_of(encoded: Sequence[float]) -> int:
    return int(encoded[0] > 0) if len(encoded) == 1 else list(encoded).index(1.0)


def _beginning(names: Sequence[str]) -> str:
    """Returns what names in a column begin with, as far as it tells the column.

    >>> _beginning(["z₂₁", "z₂₂"]), _beginning(["v4", "v9"]), _beginning(["z₂₁"])
    ('z₂', '', 'z₂₁')
    """
    alike = "".join(signs[0] for signs in takewhile(lambda signs: len(set(signs)) == 1, zip(*names, strict=False)))
    return alike if len(names) == 1 or alike[-1:] in LOWERED else ""


def _grid(rows: Sequence[Sequence[float]]) -> list[Any]:
    """Returns the ranges of the inputs with a margin, and how many points across and down; [] for more than 2 inputs."""
    if len(rows[0]) > 2:
        return []
    ranges = []
    for column in zip(*rows, strict=True):
        low, high = min(column), max(column)
        margin = MARGIN * (high - low) or 1.0
        ranges.append([low - margin, high + margin])
    return [ranges, 2 * ACROSS - 1 if len(ranges) == 1 else ACROSS, 1 if len(ranges) == 1 else DOWN]
