"""One symbol is one number in pictures too: beside wires, in captions, at every step, for all examples."""

from functools import lru_cache

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import chain_rule
from chalkgrad.engine.words.manner import NOTATIONS
from chalkgrad.viz.drawing.graph import picture_of
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.pictures.captions import parts_of
from chalkgrad.viz.skins import skin_names
from partials import Reader

SMALL = 16  # edges of graphs that are read in all notations
MOST = 5  # steps and values whose captions are read


@lru_cache(None)
def built(name):
    return examples.build(examples.load(name))


ROOTS = [(name, i) for name in examples.names() for i in range(len(built(name).roots))]


def spread(items):
    return items if len(items) <= MOST else [items[i * len(items) // MOST] for i in range(MOST)]


def beside_wires(picture):
    """Labels and captions as they are set: a label in one line, of a caption each of its parts."""
    yield from (line.text for edge in picture.edges for line in edge.lines if line.kind == "local")
    yield from (f"{row.name} = {row.value}" for card in picture.cards for row in card.rows if "/" in row.name)
    for part in parts_of(picture.caption):
        if hasattr(part, "cells"):
            yield "   ".join(part.cells)
        else:  # a sum over paths: its two sides, each term beside its numbers, and what takes its place where it is long
            yield f"{part.head} = {part.sum} = {part.result}" if part.sum else f"{part.head} = {part.result}"
            for term in part.terms:
                yield f"{' · '.join(term.symbols)} = {' · '.join(term.numbers)}"
            yield from (f"{head or part.head} = {side}" for head, side in part.factored)


@pytest.mark.parametrize(("name", "output"), ROOTS)
def test_every_number_in_a_picture_is_the_derivative_that_it_is_said_to_be(name, output):
    root = built(name).roots[output]
    root.zero_grad()
    root.backward()
    steps = root.steps()
    for notation in NOTATIONS if len(steps) <= SMALL else NOTATIONS[:1]:
        reader, found = Reader(root, notation), 0
        pictures = [picture_of([root], skin=skin, show=("data", "grad", "local"), notation=notation) for skin in skin_names()]
        lit = [*spread(steps), *(chain_rule(root, x, notation=notation) for x in spread(root.tape()[:-1]) if not x.constant)]
        pictures += [picture_of([root], highlight=what, notation=notation) for what in lit]
        for picture in pictures:
            found += sum(map(reader.check, beside_wires(picture)))
        assert found > len(skin_names()) * len({edge for edge in pictures[0].edges if edge.lines}), "next to nothing was found"


@pytest.mark.parametrize("name", examples.names())
def test_every_number_on_a_page_is_the_derivative_that_it_is_said_to_be(name):
    root = built(name).roots[0]
    script, reader = Script(root), Reader(root)
    told, labels = script.contents, script.labels(brief=False)
    texts = [line for lines in labels.values() for line in (" ".join(map(script.current, lines)),)]
    rows = [list(map(script.current, row)) for chain in told["chain"].values() for row in chain["rows"]]
    texts += ["   │ ".join([" ".join(cells[:2]), *cells[2:]]) for cells in rows]
    texts += [" ".join(map(script.current, row)) for row in told["equations"]]
    texts += [script.current(reason) for step in told["forward"] for reason in step["reasons"]]
    assert sum(map(reader.check, texts)) > 2 * len(labels)
