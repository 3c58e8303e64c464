"""Wrong answers with one slip each, made by an independent oracle, put into sheets that are right otherwise, and marked."""

import math
import random
from collections import Counter
from dataclasses import dataclass, field, replace

from chalkgrad.classroom.forms.form import FORMS
from chalkgrad.classroom.marking.marks import marked
from chalkgrad.classroom.templates import Template
from chalkgrad.classroom.versions import GraphDrawing
from chalkgrad.classroom.worksheet import Problem
from chalkgrad.engine import tape
from chalkgrad.engine.stepping.answers import by_number
from chalkgrad.engine.stepping.slips import SLIPS
from sheets_to_mark import sheet_of
from wrong_answers import Graph, wrong_answers

ON_PAPER = {slip.name: slip.on_paper for slip in SLIPS}
KIN = {slip.name: slip.kin or slip.name for slip in SLIPS}
GRAPHS = [
    "c = a + b; d = b + 1; e = c*d",
    "z = w*x + b; L = (z - t)**2",
    "q = x + y; f = q*z",
    "u = a*b; v = u - c; s = u*v",
    "h = relu(w1*x + b1); y = w2*h + b2; L = (y - t)**2",
    "p = a*b; q = a + p; r = p*q",
    "s = x*y; m = s - z; g = m*x; k = g + y",
]
VERSIONS = 12  # of each graph


@dataclass
class Found:
    """How many wrong answers were named, how many rightly, and which name others got."""

    named: int = 0
    rightly: int = 0
    confused: Counter = field(default_factory=Counter)


def drawn(versions=VERSIONS):
    """Yields each of the graphs in several versions, as sheets have them."""
    for text in GRAPHS:
        drawing = GraphDrawing(
            Template(Problem(text, ("numbers",))), b"0" * 32, lambda posed: (FORMS["numbers"].question(posed, 1),)
        )
        for version in drawing.versions(versions).versions:
            yield replace(version.posed, said=True)  # what is drawn has no slips yet


def wrong(posed_graphs, apart=True):
    """Yields a sheet, a box, a slip, its wrong answer, and the names that it cannot be told from.

    Where slips of several classes give one number, by the oracle or by the engine's table, classes do not differ: such numbers
    are left out, if `apart`.
    """
    for posed in posed_graphs:
        paper = sheet_of(posed, "numbers")
        nodes = tape(posed.root)
        graph = Graph(nodes)
        for leaf in graph.leaves:
            name, exact = posed.sweep.names[nodes[leaf]], graph.right[leaf]
            box = next((box for box in paper.boxes if box.name == f"1.{name}.gradient"), None)
            if box is None:
                continue
            made = {}
            for slip, x in wrong_answers(graph, leaf):
                if math.isfinite(x) and abs(x - exact) > 1e-6 and ON_PAPER[slip]:
                    made.setdefault(round(x, 6), set()).add(slip)
            classes = {round(x, 6): [{*named.names} for named in some] for x, some in by_number(posed.gradients, nodes[leaf])}
            for x, slips in made.items():
                kins = {KIN[slip] for slip in slips}
                some = [{KIN[name] for name in names} for names in classes.get(x, [])]
                differ = len(kins) == 1 and not (len(some) > 1 and any(kins & names for names in some))
                for slip in sorted(slips) if not apart else [min(slips)] if differ else []:
                    yield paper, box, slip, x, next((names for names in some if KIN[slip] in names), {KIN[slip]})


def named_slips(count, posed_graphs, apart=True, seed=1):
    """Returns how many of ``count`` wrong answers are named, and how many rightly."""
    cases = [*wrong(posed_graphs, apart)]
    draws = random.Random(seed)
    found = Found()
    for paper, box, slip, x, alike in (draws.choice(cases) for _ in range(count)):
        answers = {other.name: other.answer for other in paper.boxes} | {box.name: x}
        mark = next(mark for mark in marked(paper, answers).marks if mark.box.name == box.name)
        assert mark.status == "wrong"
        found.named += bool(mark.slips)
        right = any(KIN.get(name, name) in alike for name in mark.slips)
        found.rightly += right
        if not right:
            found.confused[slip, ", ".join(mark.slips)] += 1
    return found
