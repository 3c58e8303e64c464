"""What the page says: every text of every step, with its numbers left open, and the program that computes these.

Nothing is said in JavaScript. The engine's own renderers are run once on living numbers (`chalkgrad.engine.living`); the
page fills their texts in for whatever its leaves are moved to. See `Script.told` for what there is.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> script = Script(e)
>>> script.told["labels"][0], script.told["numbers"][1]
([['∂e/∂a = b = ', ['n', 1]]], ['p', 0])
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from chalkgrad.engine import Value, chain_rule, nonfinite, tape, words
from chalkgrad.engine.evaluation import UNMOVED, evaluation, inner_domains
from chalkgrad.engine.languages import JavaScript
from chalkgrad.engine.living import Alive, Text, filled
from chalkgrad.engine.mistakes import MistakenSteps
from chalkgrad.engine.nudge import Nudge
from chalkgrad.engine.passes import ForwardPass
from chalkgrad.engine.sentences import (
    ASKING,
    MISTAKEN,
    MISTAKES,
    blanks,
    forward_equation,
    forward_reasons,
    harmless,
    in_two_lines,
    mistaken_blanks,
    position,
    slips,
    terms,
)
from chalkgrad.engine.steps import Step, Steps
from chalkgrad.engine.value import outside_domain, too_large
from chalkgrad.viz.page.widest import MORE, Labels, in_order

# What a sentence is made of, in the colours of the picture: adjoints have that of a card's grad, local derivatives that
# of an edge's label.
_GRAD = ("∂{root}/∂{node}", "{adjoint}", "{contribution}", "{before}", "{after}")
_LOCAL = ("∂{node}/∂{parent}", "{partial}", "{reason}")
_COLOURED = re.compile("(" + "|".join(map(re.escape, _GRAD + _LOCAL)) + ")")

# Where a template leaves a gap, its parts stand in cells of their own.
_GAP = re.compile(r" {3,}|\{pad\}")

# The place of a contribution that has not come yet, and of a number that there is not.
UNKNOWN, NONE = "?", "–"

LISTED = 8  # leaves that the beginning names
WIDE = 10**9  # columns of a line that the page breaks by itself

Piece = tuple[Text, str]  # a text, and the colour it takes: "grad", "local", "data" or none


class Script:
    """The texts of a page, living, and its program.

    `told` has, with nodes numbered as on the tape and edges by nodes and slots:

        root, names, values    the number of the root; each node's name, and its value today
        leaves, fixed          the leaves that may be moved, or why none may
        edges                  of each edge node, slot, parent, and whether the sweep goes along it
        numbers                what the texts mention, each entry after those it is computed from: `Scribe.numbers`
        start, forward         the leaves given; how each computed value arises: equation and reasons
        templates, blanks      the sentences of every step, and what fills their blanks alike everywhere
        steps                  the seed and each edge of the sweep: its ends, what fills its blanks, the numbers of its
                               contribution and of the sum after it, and `slips`: what wrong answers agree with, and why
        mistakes               by name: the run's edges as steps with other blanks, the sum after each and what it should be
        data, grads            of each card: its value; its grad from which position of the sweep on, in full and in brief
        labels, contributions  of each edge: the lines beside it, and what it carries
        headings, expressions  of the trace
        errors                 of each computed node: too large, or outside of a domain
        chain, nudge           of each node its chain rule and its paths; of each leaf what a nudge does
        words                  what stands where a number does not yet, or never will

    Attributes:
        told: all of it, as JSON has it
        program: the JavaScript function `evaluate(v)`; see evaluation.py
    """

    def __init__(self, root: Value) -> None:
        fixed = _not_finite(root)
        try:
            program = evaluation(root)
        except ValueError as decided:  # by Python, while the graph was recorded
            fixed = str(decided)
        self.alive = Alive(root, still=bool(fixed))
        with nonfinite("propagate"):
            self._tell(fixed)
        self.program = UNMOVED if fixed else program.text(self.alive.scribe.tests)

    def _tell(self, fixed: str) -> None:
        alive = self.alive
        steps = alive.root.steps()
        self.steps: Steps = steps
        self._numbers = {node: i for i, node in enumerate(alive.tape)}
        names = alive.tape.names
        carrying = set(steps.sweep.edges)
        told: dict[str, Any] = {
            "root": self._numbers[alive.root],
            "names": list(names.values()),
            "values": [None if fixed else float(node._data) for node in alive.tape],
            "leaves": alive.leaves,
            "fixed": fixed,
            "edges": [
                [self._numbers[node], slot, self._numbers[node.parents[slot]], (node, slot) in carrying]
                for node, slot in alive.edges
            ],
            "templates": self._templates(),
            "blanks": self._shared(steps[0], steps[-1]),
        }
        told["steps"] = [self._step(step) for step in steps]
        told["start"], told["forward"] = self._start(), self._forward()
        told["grads"] = self._grads()
        told["contributions"] = {
            alive.edges[step.node, step.slot]: self._shown(words.signed(step.contribution)) for step in steps[1:]
        }
        told["data"] = {i: self._shown(words.number(node.data)) for i, node in enumerate(alive.tape)}
        labels = Labels(alive)
        told["labels"] = {edge: labels.beside(node, slot) for (node, slot), edge in alive.edges.items()}
        told |= self._trace()
        told["errors"] = {i: self._errors(node) for i, node in enumerate(alive.tape) if node.parents}
        told["chain"] = {i: self._chain(node) for i, node in enumerate(alive.tape)}
        told["nudge"] = {i: self._nudge(alive.tape[i]) for i in alive.leaves}
        told["mistakes"] = {mistake: self._mistake(mistake) for mistake in MISTAKES}
        told["words"] = self._words()
        told["numbers"] = [[name, *map(_json, parts)] for name, *parts in alive.scribe.numbers]
        self.told = told

    # Texts -----------------------------------------------------------------------------------------------------------

    def _text(self, written: str) -> Text:
        """What has been written, as text with its numbers left open."""
        return self.alive.scribe.text(written)

    def _shown(self, written: str) -> Text:
        """The same of what is seen in a line, where names in Hebrew keep their place."""
        return in_order(self._text(written))

    def today(self, told: Text) -> str:
        """A text with the numbers of today."""
        return filled(told, *self.alive.today())

    def _pieces(self, template: str, written: Mapping[str, str]) -> list[Piece]:
        def colour(part: str) -> str:
            return "grad" if part in _GRAD else "local" if part in _LOCAL else ""

        parts = [(part.format_map(written), colour(part)) for part in _COLOURED.split(template)]
        return [(self._shown(part), kind) for part, kind in parts if part]

    def _templates(self) -> dict[str, Any]:
        """The sentences of all steps, with blanks in them; and the same as lines of cells of pieces."""
        blank = _Blanks(self.alive)

        def cells(line: str) -> list[list[Piece]]:
            return [self._pieces(cell, blank) for cell in _GAP.split(line)]

        def lines(first: str, second: str) -> list[list[list[Piece]]]:
            *update, status = cells(second)
            return [cells(first), update, [status]]

        step, question = words.TEMPLATES["step"].removeprefix("{position}"), ASKING["question"].removeprefix("{position}")
        lead, equation = cells(words.TEMPLATES["seed"])
        written = {
            "said": in_two_lines(words.TEMPLATES["step"], words.TEMPLATES["update"]),
            "asked": in_two_lines(ASKING["question"], ASKING["asked"]),
            "seed": words.TEMPLATES["seed"],
            "mistaken": in_two_lines(words.TEMPLATES["step"], MISTAKEN["update"]),
            "right": ASKING["right"],
            "wrong": ASKING["wrong"],
        }
        explained = ("sign", "other partial", "only the adjoint", "only the partial", "the total", "added", "unexplained")
        return {
            **{name: self._text(template.format_map(blank)) for name, template in written.items()},
            "slips": {name: self._text(ASKING[name].format_map(blank)) for name in explained},
            "pieces": lines(step, words.TEMPLATES["update"]),
            "question": [cells(question), cells(ASKING["asked"]), []],
            "seedPieces": [[lead], [equation], []],
            "mistakenPieces": lines(step, MISTAKEN["update"]),
        }

    def _blanks(self, written: Mapping[str, str]) -> dict[str, Text]:
        return {name: self._shown(part) for name, part in written.items()}

    def _shared(self, seed: Step, last: Step) -> dict[str, Text]:
        """The blanks that are filled alike at every step."""
        shared = {name: part for name, part in blanks(last).items() if name in ("root", "margin")}
        return self._blanks(blanks(seed) | shared)

    # The sweep -------------------------------------------------------------------------------------------------------

    def _step(self, step: Step) -> dict[str, Any]:
        scribe, parent = self.alive.scribe, self._numbers[step.parent]
        if step.node is None:
            return {"ends": [parent], "parent": parent}
        node = self._numbers[step.node]
        own = {name: part for name, part in blanks(step).items() if name not in ("root", "margin")}
        return {
            "ends": [node, parent],
            "edge": self.alive.edges[step.node, step.slot],
            "node": node,
            "parent": parent,
            "blanks": self._blanks(own),
            "contribution": scribe.number(step.contribution),
            "after": scribe.number(step.after),
            "slips": [
                [None if wrong is None else scribe.number(wrong), slip, *([self._blanks(more)] if more else [])]
                for wrong, slip, more in slips(step)
            ],
        }

    def _grads(self) -> dict[int, list[tuple[int, Text, Text | None]]]:
        """For each card what its grad says from which position on: `-2`, or while more is to come `3 + …`, then `3 + 2 = 5`.

        A sum that has no room in its card is told in brief.
        """
        grads: dict[int, list[tuple[int, Text, Text | None]]] = {}
        for place, step in enumerate(self.steps):
            so_far, brief = words.number(step.after), None
            full = so_far
            if step.number < step.of:
                full, brief = f"{terms(step.contributions)} + {MORE}", f"{so_far} + {MORE}"
            elif step.of > 1:
                full, brief = f"{terms(step.contributions)} = {so_far}", so_far
            told = self._shown(full), None if brief is None else self._shown(brief)
            grads.setdefault(self._numbers[step.parent], []).append((place, *told))
        return grads

    def _mistake(self, mistake: str) -> dict[str, Any]:
        scribe, run = self.alive.scribe, MistakenSteps(self.alive.root, mistake)
        told: list[dict[str, Any]] = []
        for step in run:
            right = step.same_edge
            as_usual = blanks(right)
            own = {name: part for name, part in mistaken_blanks(step).items() if as_usual.get(name) != part}
            numbers = {"after": scribe.number(step.after), "right": scribe.number(step.right)}
            told.append({"step": right.index, "blanks": self._blanks(own), **numbers})
        what, smallest = MISTAKES[mistake]
        why = MISTAKEN["why order"].format(smallest=smallest) if mistake == "order" else ""
        return {"what": what, "why": why, "harmless": harmless(run), "steps": told}

    # The forward pass, and what is told of each node -----------------------------------------------------------------

    def _start(self) -> Text:
        """What the forward pass begins with: the leaves, of many some."""
        leaves = [f"{self.steps.sweep.names[leaf]} = {words.number(leaf.data)}" for leaf in self.alive.tape if not leaf.parents]
        said = ", ".join(leaves[:LISTED])
        if len(leaves) > LISTED:
            said = words.TEMPLATES["and more"].format(shown=said, more=len(leaves) - LISTED)
        return self._shown(said)

    def _forward(self) -> list[dict[str, Any]]:
        """How each computed value arises: an equation up to the value, and its local derivatives."""
        forward = [step for step in ForwardPass(self.alive.root) if step.node.parents]
        return [
            {
                "node": self._numbers[step.node],
                "position": position(k, len(forward)),
                "equation": self._shown(forward_equation(step)),
                "reasons": list(map(self._shown, forward_reasons(step))),
            }
            for k, step in enumerate(forward, 1)
        ]

    def _trace(self) -> dict[str, Any]:
        headings, *rows = self.alive.tape.table(position=0, limit=None).cells("text")
        return {"headings": headings, "expressions": [self._text(expression) for _, expression, *_ in rows]}

    def _errors(self, node: Value) -> list[Text]:
        """What is said where a node has no value: too large, or outside of one of the domains."""
        rule, numbers = node.op, [x if isinstance(x, float) else x._data for x in node.arguments]
        assert rule is not None
        where = words.call_at(rule, numbers, node.arguments)
        said = [too_large(where)]
        for inner in inner_domains(rule):
            given = [self.alive.scribe.given("given", math.nan, i) for i in range(len(inner.arguments))]
            said.append(outside_domain(where, rule, inner.rule, given))
        return list(map(self._shown, said))

    def _chain(self, node: Value) -> dict[str, Any]:
        expansion = chain_rule(self.alive.root, node, limit=PATHS if len(self.alive.tape) <= MANY else PATHS // 2)
        paths = [[self.alive.edges[link.node, link.slot] for link in path] for path in expansion.paths]
        return {"lines": [self._shown(line) for line in expansion.text(WIDE).split("\n")], "paths": paths}

    def _nudge(self, leaf: Value) -> list[Text]:
        scribe, derivative = self.alive.scribe, self.steps.sweep.adjoints[leaf]
        h, after = scribe.given("h", math.nan), scribe.given("after", math.nan)
        said = Nudge(self.alive.tape.nodes, leaf, h, after, scribe.constant(derivative))
        return [self._shown(line) for line in said.text().split("\n")]

    def _words(self) -> dict[str, str]:
        return {"missing": words.grad_not_computed()[1], "unknown": UNKNOWN, "dash": NONE}


PATHS = 8  # of a node that are listed, the rest being counted; half of them
MANY = 100  # where there are more values than this


def _json(x: float) -> float | str:
    """A number as JSON may have it; JavaScript's own names for those that it may not."""
    return x if math.isfinite(x) else JavaScript().number(x)


def _not_finite(root: Value) -> str:
    """The sentence for a graph in which a value is infinite or NaN; empty where none is."""
    names = tape(root).names
    found = (name for node, name in names.items() if not math.isfinite(node.data))
    return next((f"{name} is not finite, so nothing can be moved here" for name in found), "")


class _Blanks(dict[str, str]):
    """Fills each blank of a template with the place of a blank."""

    def __init__(self, alive: Alive) -> None:
        super().__init__()
        self._scribe = alive.scribe

    def __missing__(self, name: str) -> str:
        return self._scribe.place(["answer"] if name == "answer" else ["_", name])
