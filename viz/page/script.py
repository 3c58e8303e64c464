"""What the page says: every text of every step, with its numbers left open, and the program that computes these.

JavaScript writes no sentence. The engine's own renderers are run once on symbolic numbers (`chalkgrad.viz.page.filling`); the
page fills their texts in for whatever its leaves are moved to. `Script` lists what the page is given.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> script = Script(e)
>>> [[beginning, [form, k]]] = script.labels(brief=False)[0]
>>> beginning, form, script.contents["numbers"][k]
('∂e/∂a = b = ', 'n', ['p', 0])
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from string import Formatter
from typing import Any

from chalkgrad.engine import Value, chain_rule, nonfinite, tape
from chalkgrad.engine.basics.digits import FROM_LOWERED
from chalkgrad.engine.checking.nudge import Nudge
from chalkgrad.engine.explaining.chain import Parts, more_paths
from chalkgrad.engine.programs.text import helpers
from chalkgrad.engine.stepping.answers import ASKING, local_slips, step_slips, template_of, value_slips, value_words
from chalkgrad.engine.stepping.edges import NotArithmeticError
from chalkgrad.engine.stepping.forward import ForwardStep
from chalkgrad.engine.stepping.mistaken import (
    MISTAKEN,
    mistaken_blanks,
    remark,
    smallest_in_words,
    too_early,
    what_it_is,
    why,
    why_harmless,
)
from chalkgrad.engine.stepping.mistakes import MISTAKES, MistakenStep, MistakenSteps, many
from chalkgrad.engine.stepping.sentences import (
    blanks,
    forward_reasons,
    in_two_lines,
    position,
)
from chalkgrad.engine.stepping.steps import Step, Steps
from chalkgrad.engine.stepping.tape import Tape
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.expressions import terms
from chalkgrad.engine.words.failures import outside_domain, too_large
from chalkgrad.engine.words.language import section, speaking
from chalkgrad.engine.words.lists import listed
from chalkgrad.engine.words.manner import NOTATIONS, current, manner
from chalkgrad.engine.words.placeholders import Placeholders, Text
from chalkgrad.nn.downhill import HALVINGS, ROOM, DescentStep
from chalkgrad.viz.page.curves import NO_CURVES, Curves
from chalkgrad.viz.page.evaluation import UNMOVED, evaluation, functions_of, inner_domains, json_number
from chalkgrad.viz.page.filling import PlaceholderGraph, filled
from chalkgrad.viz.page.units import units_told
from chalkgrad.viz.page.widest import MORE, EdgeLabels, in_order

# The parts of a sentence that have a colour of the picture: adjoints that of a card's grad, local derivatives that of an
# edge's label.
_GRAD = ("{total}", "{adjoint}", "{contribution}", "{before}", "{after}")
_LOCAL = ("{local}", "{partial}", "{reason}")
_COLOURED = re.compile("(" + "|".join(map(re.escape, _GRAD + _LOCAL)) + ")")

# A gap in a template separates two cells.
_GAP = re.compile(r" {3,}|\{pad\}")

# Stand for a contribution that has not come yet, and for a number that does not exist.
UNKNOWN, NONE = "?", "–"

LISTED = 8  # leaves named by the text before the forward pass; of more, only their number is given
WIDE = 10**9  # columns: the page itself breaks long lines

SHOWN = 150  # steps of a recursion; a whole sweep is shown in any case
PAGE = section("page")

WrongAnswer = tuple[float | None, str, Mapping[str, str], str]  # number, key of the sentence, own blanks, kin
Piece = tuple[Text, str]  # a text, and the colour it takes: "grad", "local", "data" or none


class _Collected:
    """Things that occur several times, each kept once."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._places: dict[Hashable, int] = {}

    def place(self, known_by: Hashable, make: Callable[[], Any]) -> int:
        """Returns where the item stands that is known by this, and is made where it comes first."""
        place = self._places.setdefault(known_by, len(self.items))
        if place == len(self.items):
            self.items.append(make())
        return place


class Script:
    """The texts of a page, their numbers left open, and the program that computes these numbers.

    `contents` has, with nodes numbered as on the tape and edges by nodes and slots (play.py lists what the page adds):

        root, names, values    the number of the root; each node's name, and its current value
        roots, editions        the numbers of all roots; of several, what differs of the sweep from each from that of the first
        leaves, fixed          the leaves that may be moved, or why none may
        edges                  of each edge node, slot, parent, and whether the sweep goes along it
        numbers                what the texts mention, each entry after those it is computed from: `Placeholders.numbers`
        start, forward         the leaves given; how each computed value arises: equation and reasons; what is asked of it: the
                               number, blanks, slips, as of a step's local derivative
        templates, blanks      the sentences of every step, and what fills their blanks alike everywhere
        steps                  the seed and each edge of the sweep: its ends, what fills its blanks, the numbers of its
                               contribution and of the sum after it, and `slips`: what wrong answers agree with, and why; the
                               same of its `local` derivative
        mistakes               by name: what it is, why it is wrong, why not here, the smallest graph where it is, its steps as
                               places in `moments`: none if it does no harm whatever the numbers; `early`, by step, whose part
                               has not come; `visits`, by node; `percent`, whether to say by how much a gradient is off; `cut`,
                               where there would be more steps; or why it is `refused`
        moments                of mistaken steps: that of the right sweep, the sum and what it should be, what is added, and the
                               blanks that are not filled as at the right step; some are steps of several mistakes
        harmless               what is said of a mistake that does no harm: that another does, or that none does
        data, grads            of each card: its value; its grad from which position of the sweep on, in full and in brief
        contributions          of each edge what it carries
        headings, expressions  of the trace
        errors                 of each computed node: too large, or outside of a domain
        chain, nudge           of each node its chain rule in rows of cells, a row for each path listed; of many paths, as
                               places in `equations`, the rows in which common factors are taken out; the edges of the
                               `paths` listed; of each leaf what a nudge does
        equations              a derivative and what it is, each in two cells
        downhill               what is said of a step of descent, and which numbers it is said of; how smaller rates are tried
        units                  of a graph of units, else null: `list`, of each its place, values, inputs and parameters;
                               `functions`, what each is called as a function, `titles`, which of them it is, `forward`, the
                               pieces of the equations before its output's, and of that one without its value; `inputs` from
                               outside of them; `links`, of each its unit, its input, the step that completes it, and the
                               numbers of the unit's derivative by the input and of what goes along; `sentences`, of each link
                               what fills the blanks of a step's templates, and `slips`, as a step has them; `wires`, of each
                               its unit, its input, the number of its weight, and its link or -1
        typed                  the names as they are typed, where they are shown otherwise
        curves                 of the operations: see curves.py; without functions where nothing may change
        words                  what stands in place of a number that is not computed yet, or does not exist
        notations, notation    the notations, and the place of that in which the page opens
        symbols                of each symbol of a derivative that differs by notation, its text in each of them

    A page in several languages has the texts of each: `contents` are in the first, `translations` in the others. All have the
    same numbers and symbols.

    With several roots the values, the forward pass and the numbers are those of everything that they are computed from; of the
    sweep from each there is an edition.

    Attributes:
        roots: the roots, as they were given
        editions: what is told of the sweep from each
        contents: all of the above, ready for JSON, with the first root's edition
        languages: the codes of the languages
        translations: by the codes of all languages but the first, the contents that may differ in them
        symbolic: the graph with symbolic numbers
        program: the JavaScript function `evaluate(v)`; see evaluation.py
        curves: the JavaScript array `curves`; see curves.py
    """

    def __init__(self, root: Value, others: Sequence[Value] = (), languages: Sequence[str] = ()) -> None:
        self.roots = (root, *others)
        self.languages = tuple(languages) or (section("language")["code"],)
        self._lines: dict[tuple[str, bool], dict[int, list[Text]]] = {}
        self._texts: dict[str, Text] = {}  # those that are shown, by what a renderer has written
        decided = ""
        try:
            program = evaluation(self.roots)
        except ValueError as error:  # by Python, while the graph was recorded
            decided = str(error)
        self.symbolic = self._graph(still=bool(decided or _not_finite(self.roots)))
        self._numbers = {node: i for i, node in enumerate(self.symbolic.tape)}
        self.editions: tuple[dict[str, Any], ...] = ()
        self._curves: Curves | None = None
        told = self.in_each(lambda: self._told(decided))
        self.contents, *more = self._joined(told)
        self.translations = dict(zip(self.languages[1:], more, strict=True))
        fixed = self.contents["fixed"]
        self.contents["typed"] = self._typed()
        self.contents["notations"], self.contents["symbols"] = NOTATIONS, self.symbolic.placeholders.symbols
        self.contents["notation"] = NOTATIONS.index(current().notation)
        self._number()
        kept = self.symbolic.placeholders
        self.program = UNMOVED if fixed else program.text(kept.tests, kept.formulas, functions_of(self.roots))
        self.curves = NO_CURVES if self._curves is None else self._curves.program(lambda text: helpers(program.language, text))

    def _graph(self, *, still: bool) -> PlaceholderGraph:
        """Returns the graph with symbolic numbers."""
        return PlaceholderGraph(self.roots, still=still)

    def in_each(self, write: Callable[[], Any]) -> list[Any]:
        """Returns what ``write`` makes in each language."""
        made = []
        for code in self.languages:
            with speaking(code):
                made.append(write())
        return made

    def _told(self, decided: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Returns the contents with the first root's edition in the language that is spoken, and the editions of all roots."""
        with self._recording():
            editions = [*map(self._edition, self.symbolic.tape.roots)]
            self.editions = self.editions or tuple(editions)
            contents = self._common(decided or _not_finite(self.roots)) | editions[0]
        contents["roots"] = [edition["root"] for edition in editions]
        return contents, editions

    @staticmethod
    def _joined(told: Sequence[tuple[dict[str, Any], list[dict[str, Any]]]]) -> Iterator[dict[str, Any]]:
        """Yields the contents in each language, with what differs of other roots' editions, in any language, from the first."""
        of_first = [editions[0] for _, editions in told]
        for contents, editions in told:
            different = [
                {
                    key: part
                    for key, part in edition.items()
                    if any(all_of[at][key] != first[key] for (_, all_of), first in zip(told, of_first, strict=True))
                }
                for at, edition in enumerate(editions)
            ]
            yield contents | {"editions": different if len(editions) > 1 else []}

    def _common(self, fixed: str) -> dict[str, Any]:
        """Returns what the sweeps from all roots share: the values, how they arise, and the local derivatives."""
        symbolic = self.symbolic
        contents: dict[str, Any] = {
            "names": list(symbolic.tape.names.values()),
            "values": [None if fixed else float(node._data) for node in symbolic.tape],
            "leaves": symbolic.leaves,
            "fixed": fixed,
            "start": self._start(),
            "forward": self._forward(),
            "data": {i: self._shown(words.number(node.data)) for i, node in enumerate(symbolic.tape)},
        }
        self._lines[section("language")["code"], False] = self._labels(brief=False)
        contents["expressions"] = [self._text(words.expression(node, symbolic.tape.names)) for node in symbolic.tape]
        contents["errors"] = {i: self._errors(node) for i, node in enumerate(symbolic.tape) if node.parents}
        curves = None if fixed else Curves(symbolic)
        self._curves = self._curves or curves
        contents["curves"] = {"nodes": {}} if curves is None else curves.contents
        contents["words"] = self._words()
        return contents

    def _edition(self, root: Value) -> dict[str, Any]:
        """Returns what is told of the sweep from one of the roots."""
        symbolic = self.symbolic
        self._root, self.steps = root, root.steps()
        steps: Steps = self.steps
        self._blank = Blanks(symbolic)
        carrying = set(steps.sweep.edges)
        # By step: the known wrong answers to what is asked there.
        self._wrong = {step.index: (list(step_slips(step)), list(local_slips(step))) for step in steps[1:]}
        self._wrong_values = [list(value_slips(step)) for step in self._computed()]
        contents: dict[str, Any] = {
            "root": self._numbers[root],
            "edges": [
                [self._numbers[node], slot, self._numbers[node.parents[slot]], (node, slot) in carrying]
                for node, slot in symbolic.edges
            ],
            "templates": self._templates(),
            "blanks": self._shared(steps[0], steps[-1]),
        }
        self._usual = {step.index: blanks(step) for step in steps[1:]}
        contents["steps"] = [self._step(step) for step in steps]
        contents["grads"] = self._grads()
        contents["contributions"] = {
            symbolic.edges[edge]: self._shown(words.signed(step.contribution))
            for edge, step in zip(steps.sweep.edges, steps[1:], strict=True)
        }
        contents["headings"] = self._headings()
        equations = _Collected()
        contents["chain"] = {i: self._chain(node, equations) for i, node in enumerate(symbolic.tape)}
        contents["equations"] = equations.items
        contents["nudge"] = {i: self._nudge(symbolic.tape[i]) for i in symbolic.leaves}
        contents["downhill"] = self._downhill() if symbolic.leaves else {}
        moments = _Collected()
        contents["mistakes"] = {mistake: self._mistake(mistake, moments) for mistake in MISTAKES}
        contents["moments"] = moments.items
        said = MISTAKEN["harmless"].format_map(self._blank)
        contents["harmless"] = {"other": self._text(said), "none": MISTAKEN["harmless as all"]}
        roots = symbolic.tape.roots
        contents["units"] = units_told(root, roots, symbolic.placeholders, self._numbers, self._shown, contents["blanks"])
        return contents

    def _typed(self) -> dict[int, str]:
        shown: list[str] = self.contents["names"]
        names = zip(shown, Tape(self.roots).names.values(), strict=True)
        return {i: typed for i, (name, typed) in enumerate(names) if name.translate(FROM_LOWERED) != typed}

    @contextmanager
    def _recording(self) -> Iterator[None]:
        """Has every symbol of a derivative written in all notations, and no number stop the sweep."""
        kept = partial(self.symbolic.placeholders.symbol_place, shown=in_order)
        with nonfinite("propagate"), manner(recorder=kept):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Has renderers that are run within write more texts for the page, which `shown` takes."""
        with self._recording():
            yield
        self._number()

    def _number(self) -> None:
        self.contents["numbers"] = [[name, *map(json_number, parts)] for name, *parts in self.symbolic.placeholders.numbers]

    def added(self, write: Callable[[Placeholders], Any]) -> Any:
        """Returns what ``write`` makes with the book of the page's numbers, and enters the numbers that it opens."""
        with self._recording():
            made = write(self.symbolic.placeholders)
        self._number()
        return made

    def labels(self, *, brief: bool) -> dict[int, list[Text]]:
        """Returns the lines beside each edge: the local derivative with its reason, or in ``brief`` only how large it is."""
        key = (section("language")["code"], brief)
        if key not in self._lines:
            with self._recording():
                self._lines[key] = self._labels(brief=brief)
            self._number()
        return self._lines[key]

    def _labels(self, *, brief: bool) -> dict[int, list[Text]]:
        labels = EdgeLabels(self.symbolic)
        return {edge: labels.beside(node, slot, brief=brief) for (node, slot), edge in self.symbolic.edges.items()}

    # Texts -----------------------------------------------------------------------------------------------------------

    def _text(self, written: str) -> Text:
        """Turns what a renderer has written into a text with its numbers left open."""
        return self.symbolic.placeholders.text(written)

    def shown(self, written: str) -> Text:
        """Returns what a renderer has written as a text for a line of the page, its numbers left open."""
        return self._shown(written)

    def _shown(self, written: str) -> Text:
        """Does the same for text shown within a line, where Hebrew and Arabic names have to keep their place.

        What is set apart in a terminal is not so here, where each line has its direction.
        """
        if written not in self._texts:
            self._texts[written] = in_order(self._text(written))
        return self._texts[written]

    def current(self, text: Text) -> str:
        """Returns the text filled in with the current numbers."""
        return filled(text, *self.symbolic.today(), symbols=self.symbolic.placeholders.symbols)

    def _pieces(self, template: str, written: Mapping[str, str]) -> list[Piece]:
        def colour(part: str) -> str:
            return "grad" if part in _GRAD else "local" if part in _LOCAL else ""

        parts = [(part.format_map(written), colour(part)) for part in _COLOURED.split(template)]
        return [(self._shown(part), kind) for part, kind in parts if part]

    def _templates(self) -> dict[str, Any]:
        """Returns the sentences of all steps, with blanks in them; and the same as lines of cells of coloured pieces."""
        blank = self._blank

        def cells(line: str) -> list[list[Piece]]:
            return [self._pieces(cell, blank) for cell in _GAP.split(line)]

        def lines(first: str, second: str) -> list[list[list[Piece]]]:
            *update, status = cells(second)
            return [cells(first), update, [status]]

        step, question, of_local = (
            template.removeprefix("{position}")
            for template in (words.TEMPLATES["step"], ASKING["question"], ASKING["local question"])
        )
        lead, equation = cells(words.TEMPLATES["seed"])
        written = {
            "said": in_two_lines(words.TEMPLATES["step"], words.TEMPLATES["update"]),
            "asked": in_two_lines(ASKING["question"], ASKING["asked"]),
            "seed": words.TEMPLATES["seed"],
            "mistaken": in_two_lines(words.TEMPLATES["step"], MISTAKEN["update"]),
            "local asked": in_two_lines(ASKING["local question"], ASKING["local asked"]),
            **{key: ASKING[key] for key in ("right", "right local", "right value", "right product")},
            **{key: ASKING[key] for key in ("shown", "shown local", "shown value")},
            "wrong": ASKING["wrong"],
            "either": ASKING["either"],
        }
        known = [*(slips for both in self._wrong.values() for slips in both), *self._wrong_values]
        explained = dict.fromkeys((key, kin) for slips in known for _, key, _, kin in slips)
        explained |= dict.fromkeys((key, "") for key in ("few digits", "cut off"))
        return {
            **{name: self._text(template.format_map(blank)) for name, template in written.items()},
            "slips": {key: self._text(template_of(key).format_map(blank)) for key, _ in explained},
            "kins": dict([*explained]),
            "pieces": lines(step, words.TEMPLATES["update"]),
            "question": [cells(question), cells(ASKING["asked"]), []],
            "local question": [cells(of_local), cells(ASKING["local asked"]), []],
            "seedPieces": [[lead], [equation], []],
            "mistakenPieces": lines(step, MISTAKEN["update"]),
        }

    def _blanks(self, written: Mapping[str, str]) -> dict[str, Text]:
        return {name: self._shown(part) for name, part in written.items()}

    def _shared(self, seed: Step, last: Step) -> dict[str, Text]:
        """Returns the blanks that are filled in the same way at every step."""
        shared = {name: part for name, part in blanks(last).items() if name in ("root", "margin")}
        return self._blanks(blanks(seed) | shared)

    # The sweep -------------------------------------------------------------------------------------------------------

    def _step(self, step: Step) -> dict[str, Any]:
        placeholders, parent = self.symbolic.placeholders, self._numbers[step.parent]
        if step.node is None:
            return {"ends": [parent], "parent": parent}
        node = self._numbers[step.node]
        own = {name: part for name, part in self._usual[step.index].items() if name not in ("root", "margin")}
        return {
            "ends": [node, parent],
            "edge": self.symbolic.edges[step.node, step.slot],
            "node": node,
            "parent": parent,
            "blanks": self._blanks(own),
            "contribution": placeholders.number(step.contribution),
            "after": placeholders.number(step.after),
            "slips": self._slips(self._wrong[step.index][0], own),
            "local": {"answer": placeholders.number(step.partial), "slips": self._slips(self._wrong[step.index][1], own)},
        }

    def _slips(self, slips: Iterable[WrongAnswer], known: Mapping[str, str]) -> list[list[Any]]:
        number = self.symbolic.placeholders.number
        return [[None if x is None else number(x), slip, *self._own(slip, more, known)] for x, slip, more, _ in slips]

    def _downhill(self) -> dict[str, Any]:
        given, blank = self.symbolic.placeholders.given, Blanks(self.symbolic)
        step = DescentStep(*[given("descent", math.nan, i) for i in range(len(DescentStep._fields))])
        text = self._text(step.text(blank["name"], blank["root"]))
        return {"numbers": DescentStep._fields, "text": text, "halvings": HALVINGS, "room": ROOM}

    def _own(self, slip: str, words: Mapping[str, str], known: Mapping[str, str]) -> list[dict[str, Text]]:
        """Returns the blanks of a slip's sentence that are not those of the step, in a list; none if there are none."""
        mentioned = {name for _, name, _, _ in Formatter().parse(template_of(slip)) if name}
        own = {name: text for name, text in words.items() if name in mentioned and known.get(name) != text}
        return [self._blanks(own)] if own else []

    def _grads(self) -> dict[int, list[tuple[int, Text, Text | None]]]:
        """Returns for each card what its grad says, and from which position of the sweep on.

        That is `-2`, or while more is to come `3 + …` and then `3 + 2 = 5`; with each comes a short form, for a card that is
        too narrow for the sum.
        """
        grads: dict[int, list[tuple[int, Text, Text | None]]] = {}
        for place, step in enumerate(self.steps):
            so_far, brief = words.number(step.after), None
            full = so_far
            if step.number < step.of:
                full, brief = f"{terms(step.contributions)} + {MORE}", f"{so_far} + {MORE}"
            elif step.of > 1:
                full, brief = f"{terms(step.contributions)} = {so_far}", so_far
            shown = self._shown(full), None if brief is None else self._shown(brief)
            grads.setdefault(self._numbers[step.parent], []).append((place, *shown))
        return grads

    def _mistake(self, mistake: str, moments: _Collected) -> dict[str, Any]:
        said: dict[str, Any] = {"what": what_it_is(mistake), "steps": [], "why": [], "early": {}, "visits": {}}
        try:
            run = MistakenSteps(self._root, mistake)
        except NotArithmeticError as error:
            call = self.steps.sweep.expression(error.node)
            return said | {"refused": PAGE["refused"].format(mistake=mistake, call=call)}
        said["here"], said["smallest"] = why_harmless(run), smallest_in_words(run)
        if all(self._same(step.after, step.right) for step in run):
            return said
        taken = run[: max(SHOWN, len(self.steps.sweep.edges))]
        said["steps"] = [self._moment(step, moments) for step in taken]
        said["why"] = [self._shown(line) for line in why(run)]
        said["percent"] = bool(run.variation.rate)
        if len(taken) < run.in_full:
            said["cut"] = MISTAKEN["cut"].format(steps=many(len(taken)), count=many(run.in_full))
        said["visits"] = {self._numbers[node]: many(count) for node, count in run.visits.items() if count > 1}
        said["early"] = {step.index: early for step in taken if (early := too_early(run, step.index))}
        return said

    def _moment(self, step: MistakenStep, moments: _Collected) -> int:
        """Returns the place of what is said of a mistaken step among all such."""
        right, number = step.same_edge.index, self.symbolic.placeholders.number
        usual = self._usual[right]
        said = mistaken_blanks(step, usual)
        if said["after"] == said["right"]:
            del said["right"]
        else:  # its text is shared by all steps then
            said["remark"] = remark(step, self._blank)
        own = {name: part for name, part in said.items() if usual.get(name) != part}
        numbers = (right, number(step.after), number(step.right), number(step.contribution))
        return moments.place((*numbers, *own.items()), lambda: [*numbers, self._blanks(own)])

    def _same(self, one: float, other: float) -> bool:
        """Returns whether two numbers are the same whatever the leaves are."""
        constant = self.symbolic.placeholders.constant
        return constant(one).entry == constant(other).entry

    # The forward pass, and the texts of each node --------------------------------------------------------------------

    def _start(self) -> Text:
        """Returns what the forward pass begins with: the leaves, or the first of them and how many more there are."""
        leaves = [
            f"{self.symbolic.tape.names[leaf]} = {words.number(leaf.data)}" for leaf in self.symbolic.tape if not leaf.parents
        ]
        return self._shown(listed(leaves, LISTED))

    def _forward(self) -> list[dict[str, Any]]:
        """Returns how each value is computed: the equation up to its value, and its local derivatives."""
        forward = self._computed()
        found = []
        for k, (step, wrong) in enumerate(zip(forward, self._wrong_values, strict=True), 1):
            own = value_words(step)
            blanks = {name: own[name] for name in ("name", "expression")}
            found.append(
                {
                    "node": self._numbers[step.node],
                    "position": position(k, len(forward)),
                    "equation": self._shown(own["equation"]),
                    "reasons": list(map(self._shown, forward_reasons(step))),
                    "blanks": self._blanks(blanks),
                    "answer": self.symbolic.placeholders.number(step.node._data),
                    "slips": self._slips(wrong, own),
                }
            )
        return found

    def _computed(self) -> list[ForwardStep]:
        tape = self.symbolic.tape
        return [ForwardStep(tape, i) for i, node in enumerate(tape) if node.parents]

    def _headings(self) -> list[Text]:
        """Returns the headings of the trace, each in all notations."""
        in_all: list[list[str]] = []
        for notation in NOTATIONS:
            with manner(notation):
                in_all.append(self.steps.sweep.tape.table(position=0, limit=1).cells("text")[0])
        return [
            self._shown(in_one[0] if len({*in_one}) == 1 else self.symbolic.placeholders.symbol_place(in_one, in_order))
            for in_one in zip(*in_all, strict=True)
        ]

    def _errors(self, node: Value) -> list[Text]:
        """Returns the messages for a node without a value: it is too large, or outside one of the domains."""
        rule, numbers = node.op, [x if isinstance(x, float) else x._data for x in node.arguments]
        assert rule is not None
        where = words.call_at(rule, numbers, node.arguments)
        said = [too_large(where)]
        for inner in inner_domains(rule):
            given = [self.symbolic.placeholders.given("given", math.nan, i) for i in range(len(inner.arguments))]
            said.append(outside_domain(where, rule, inner.rule, numbers if inner.rule is rule else given))
        return list(map(self._shown, said))

    def _chain(self, node: Value, equations: _Collected) -> dict[str, Any]:
        large = len(self.symbolic.tape) > MANY
        expansion = chain_rule(self._root, node, limit=PATHS // 2 if large else PATHS)
        paths = [[self.symbolic.edges[link.node, link.slot] for link in path] for path in expansion.paths]
        parts = expansion.parts(equations=EQUATIONS // 2 if large else EQUATIONS)
        rows: list[tuple[str, ...]] = [(line,) for line in expansion.text(WIDE).split("\n")]
        factored: list[tuple[str, ...]] = []
        if parts is not None:
            rows, short = _rows(parts), [(head, f"= {rest}") for head, rest in parts.factored]
            remarks = [(line,) for remark in parts.remarks for line in remark.split("\n")]
            if short and expansion.count > FEW and self._length(short) < self._length(rows):
                factored = [*short, *remarks]
            rows = [*rows, *remarks]
        return {
            "rows": [[self._shown(cell) for cell in row] for row in rows],
            "factored": [equations.place(row, partial(self._cells, row)) for row in factored],
            "paths": paths,
        }

    def _cells(self, row: Iterable[str]) -> list[Text]:
        return [*map(self._shown, row)]

    def _length(self, rows: Iterable[Sequence[str]]) -> int:
        """Returns how long the rows are with today's numbers."""
        return sum(len(self.current(self._text(cell))) for row in rows for cell in row)

    def _nudge(self, leaf: Value) -> list[Text]:
        placeholders, derivative = self.symbolic.placeholders, self.steps.sweep.adjoints.get(leaf, 0.0)
        h, after = placeholders.given("h", math.nan), placeholders.given("after", math.nan)
        said = Nudge(self.steps.sweep.tape.nodes, leaf, h, after, placeholders.constant(derivative))
        return [self._shown(line) for line in said.text().split("\n")]

    def _words(self) -> dict[str, str]:
        return {"unknown": UNKNOWN, "dash": NONE, "perhaps": ASKING["perhaps"]}


PATHS = 8  # listed for a node, the rest being counted; half as many in a graph of more than MANY values
EQUATIONS = 24  # in which common factors are taken out, at most; half as many in such a graph
MANY, FEW = 100, 2


def _rows(parts: Parts) -> list[tuple[str, ...]]:
    """Returns a derivative as rows of cells, its name, symbols and numbers: a row for each path, and the total."""
    first, *others = parts.terms
    if not others and not parts.left:
        symbols, numbers = " · ".join(first.symbols), " · ".join(first.numbers)
        return [(parts.head, f"= {symbols}"), ("", f"= {numbers} = {parts.result}")]
    rows: list[tuple[str, ...]] = []
    for term in parts.terms:
        numbers = f"{' · '.join(term.numbers)} = {term.product}" if len(term.numbers) > 1 else term.product
        rows.append(("" if rows else parts.head, f"{'+' if rows else '='} {' · '.join(term.symbols)}", numbers))
    if parts.left:
        return [*rows, ("", f"+ {more_paths(parts.left)}"), ("", f"= {parts.result}")]
    return [*rows, ("", f"= {parts.sum} = {parts.result}")]


def _not_finite(roots: Sequence[Value]) -> str:
    """Returns a sentence about a value that is infinite or NaN; empty if all values are finite."""
    names = tape(*roots).names
    found = (name for node, name in names.items() if not math.isfinite(node.data))
    return next((section("page")["not finite"].format(name=name) for name in found), "")


class Blanks(dict[str, str]):
    """Fills each blank of a template with a placeholder, which the page fills in at each step."""

    def __init__(self, symbolic: PlaceholderGraph) -> None:
        super().__init__()
        self._placeholders = symbolic.placeholders

    def __missing__(self, name: str) -> str:
        return self._placeholders.place(["answer"] if name == "answer" else ["_", name])
