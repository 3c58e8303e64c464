"""Names in Hebrew: what is printed of a graph is what is printed of the same graph with Latin names, each name set apart."""

import re

import pytest
from chalkgrad.engine import Value, chain_rule, cost, derivative_expression, gradcheck, hessian, nudge
from chalkgrad.engine.words.language import speaking

LATIN = {"קלט": "inp", "משקל": "wegt", "סכום": "summ", "ד": "d", "ה": "h"}
APART = re.compile("[\u2066-\u2068]([^\u2066-\u2069]*)\u2069")
HEBREW = re.compile("[\u05d0-\u05ea]")


def graph(names):
    a, b = Value(2.0, names[0]), Value(1.0, names[1])
    c, d = a + b, b + 1
    e = c * d
    c.label, d.label, e.label = names[2:]
    return e


def inputs(root):
    return [node for node in root.tape() if node.op is None and not node.constant]


def half_way(root):
    steps = root.steps()
    steps.step(3)
    return steps


def stale(root):
    root.backward()
    inputs(root)[0].data = 5.0
    return root


SURFACES = {
    "value": lambda root: repr(half_way(root) and root),
    "stale": lambda root: repr(stale(root)),
    "leaf": lambda root: repr(inputs(root)[0]),
    "step": lambda root: half_way(root)[3],
    "steps": half_way,
    "steps of nodes": lambda root: root.steps(by="node")[-1],
    "forward pass": lambda root: root.steps(forward=True)[:],
    "pending": lambda root: half_way(root).pending,
    "question": lambda root: half_way(root).ask(),
    "chain rule": lambda root: chain_rule(root, inputs(root)[1]),
    "factored": lambda root: chain_rule(root, inputs(root)[1]).factored(),
    "no path": lambda root: chain_rule(inputs(root)[1], root),
    "twice": lambda root: root.check({inputs(root)[1].label: 10.0}),
    "one path": lambda root: root.check({inputs(root)[1].label: 2.0}),
    "right": lambda root: root.check({inputs(root)[1].label: 5.0}),
    "tape": lambda root: root.tape(),
    "updates": lambda root: root.tape().table(every_update=True),
    "tangents": lambda root: root.tape().tangents(inputs(root)[1]),
    "derivative": lambda root: derivative_expression(root, inputs(root)[1]),
    "nudge": lambda root: nudge(root, inputs(root)[1]),
    "cost": cost,
    "Hessian": lambda root: hessian(root, inputs(root)),
    "gradcheck": lambda root: str(gradcheck(root)).rpartition("\n")[0],  # without its verdict, a sentence
}


@pytest.mark.parametrize("surface", SURFACES)
def test_every_name_in_a_formula_keeps_its_place(surface):
    said = str(SURFACES[surface](graph([*LATIN])))
    latin = str(SURFACES[surface](graph([*LATIN.values()])))
    assert any(name in said for name in LATIN)
    for name, other in sorted(LATIN.items(), key=lambda pair: -len(pair[0])):
        said = re.sub(f"\u2068{name}(˙?)\u2069", rf"{other}\1", said)
    assert HEBREW.findall(said) == []
    assert said == latin


# Formulas with words beside them: what stands in a line from left to right, in Hebrew.
LINES = ["value", "stale", "step", "steps", "forward pass", "pending", "question", "tape", "updates", "derivative"]


@pytest.mark.parametrize("surface", LINES)
def test_in_hebrew_the_words_beside_a_formula_are_one_run_from_right_to_left(surface):
    root = graph([*LATIN.values()])
    with speaking("he"):
        said = str(SURFACES[surface](root))
    for line in said.split("\n"):
        rest = line
        while APART.search(rest):
            rest = APART.sub("", rest)
        words = HEBREW.findall(rest)
        assert not ("=" in rest or "+=" in rest) or not words or re.fullmatch(r"[^א-ת]*\([א-ת ]+\)>", rest), line


def test_what_is_still_to_come_is_a_sentence_from_right_to_left_at_the_end_of_its_line():
    with speaking("he"):
        said = str(half_way(graph([*LATIN]))[3])
    assert said.endswith("0 → 3   \u2067\u20661\u2069 מתוך \u20662\u2069, עוד יגיע: דרך \u2068סכום\u2069\u2069")
