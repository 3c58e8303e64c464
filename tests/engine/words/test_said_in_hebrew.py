"""What students read in Hebrew: no English is left in it, numbers and genders agree, and formulas stay in their places."""

import re
from functools import partial

import pytest
from chalkgrad.engine import Value, chain_rule, cost, four_ways, gradcheck, nudge, relu, tape, total
from chalkgrad.engine.derivatives.tangents import TangentsByLeaf
from chalkgrad.engine.stepping.forward import ForwardPass
from chalkgrad.engine.stepping.mistaken import listing
from chalkgrad.engine.stepping.mistakes import MISTAKES
from chalkgrad.engine.words.language import counted, speaking
from chalkgrad.engine.words.tables import places_of
from chalkgrad.nn import MLP, Layer, Network, Neuron
from chalkgrad.nn.heads import LinearHead, LogisticHead, SoftmaxHead
from chalkgrad.viz import diagram, draw, play
from textbook import colah

BEGINNINGS, END = "\u2066\u2067\u2068", "\u2069"
APART = re.compile("\u2066[^\u2066-\u2069]*\u2069")
SET_APART = re.compile("[\u2067\u2068]([^\u2066-\u2069]*)\u2069")


def leaf(root, name):
    return next(node for node in tape(root) if node.label == name)


def f(x, y):
    return x * x * y + y + 2


class Node:
    """A node of a student's engine."""

    def __init__(self, data, parents=(), op="", grad=0.0):
        self.data, self.grad, self._prev, self._op = data, grad, set(parents), op


def engine():
    a = Node(3.0, grad=1.0)
    return tape(Node(6.0, (a,), "+", grad=1.0))


def swept():
    e = colah()
    e.backward()
    return e


def wired():
    return Network("x1 x2", "z1 = h1(x1, x2); y = h2(x1, z1)", "tanh", seed=0)


SAID = {
    "tape": lambda: repr(colah().tape()),
    "table": lambda: swept().tape(),
    "steps": lambda: repr(colah().steps().step(2)),
    "steps, a node each": lambda: "\n".join(map(str, colah().steps(by="node"))),
    "steps to go": lambda: repr(colah().steps()),
    "forward pass": lambda: repr(ForwardPass(colah())),
    "mistakes": listing,
    **{f"mistake {name}": partial(lambda name: repr(colah().steps(mistake=name)), name) for name in MISTAKES},
    "engine": lambda: engine().check(),
    "engine, a node": lambda: repr(engine()[0]),
    "engine, table": engine,
    "tangents": lambda: TangentsByLeaf(colah().tape()),
    "chain": lambda: chain_rule(colah(), Value(3.0, "z")),
    "cost": lambda: cost(colah()),
    "nudge": lambda: nudge(*(lambda e: (e, leaf(e, "b")))(colah())),
    "nudges": lambda: nudge(*(lambda e: (e, leaf(e, "c")))(colah()), [0.1, 0.01]),
    "gradcheck": lambda: gradcheck(f, 3, 4),
    "gradcheck at a kink": lambda: gradcheck(relu, 0.0),
    "gradcheck of many": lambda: gradcheck(lambda *xs: total([x * x for x in xs]), *range(1, 60)),
    "four ways": lambda: four_ways(f, 3, 4),
    "neuron": lambda: Neuron(3),
    "layer": lambda: Layer(3, 2),
    "MLP": lambda: MLP(2, [3, 1]).describe(),
    "network": lambda: wired().describe(),
    "diagram": lambda: diagram(wired(), [1, 2], path="x1 y", show="weights").scene.description,
    "diagram of an MLP": lambda: diagram(MLP(20, [30, 2], seed=0)).scene.description,
    "diagram of a head": lambda: repr(diagram([LinearHead(), LogisticHead()])),
    "picture": lambda: draw(swept()).picture.description,
    "drawing": lambda: repr(draw(swept())),
    "page": lambda: repr(play(swept())),
}
# Names of values, operations and losses, and what is typed.
NAMES = {"grad", "data", "relu", "tanh", "linear", "layer1", "layer2", "Tape", "Drawing", "Page", "Value", "Figure", "MLP"}


def bare(text):
    """A text without what is set apart from left to right in it; words that are set apart are read."""
    while APART.search(text) or SET_APART.search(text):
        text = SET_APART.sub(r"\1", APART.sub("", text))
    return text


@pytest.mark.parametrize("what", SAID)
def test_no_english_is_left_in_what_is_said(what):
    with speaking("he"):
        text = str(SAID[what]())
    assert re.search("[\u05d0-\u05ea]", text)
    for mistake in MISTAKES:
        text = text.replace(f"{mistake}:", "").replace(f"{mistake}  ", "")
    words = set(re.findall(r"[A-Za-z]{3,}[0-9]*", bare(text)))
    assert words <= NAMES


@pytest.mark.parametrize("what", SAID)
@pytest.mark.parametrize("width", [40, 57, 80])
def test_what_is_set_apart_ends_in_the_line_in_which_it_begins(what, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    with speaking("he"):
        text = str(SAID[what]())
    for line in text.splitlines():
        begun = 0
        for character in line:
            begun += (character in BEGINNINGS) - (character == END)
            assert begun >= 0, line
        assert begun == 0, line


@pytest.mark.parametrize(
    ("noun", "one", "two", "more"),
    [
        ("edge", "קשת אחת", "שתי קשתות", "\u20661,200\u2069 קשתות"),
        ("value", "ערך אחד", "שני ערכים", "\u20661,200\u2069 ערכים"),
        ("layer", "שכבה אחת", "שתי שכבות", "\u20661,200\u2069 שכבות"),
        ("multiplication", "פעולת כפל אחת", "שתי פעולות כפל", "\u20661,200\u2069 פעולות כפל"),
    ],
)
def test_a_number_agrees_with_its_noun(noun, one, two, more):
    with speaking("he"):
        assert (counted(1, noun), counted(2, noun), counted(1200, noun)) == (one, two, more)


def test_two_derivatives_are_two():
    with speaking("he"):
        assert gradcheck(lambda x: x * x, 3.0).notes == ("הנגזרת של \u2066f\u2069 מתאימה למה שנמדד",)
        assert gradcheck(f, 3, 4).notes == ("שתי הנגזרות של \u2066f\u2069 מתאימות למה שנמדד",)


def test_the_side_without_a_value_is_named():
    assert gradcheck(lambda x: x**1.5, 0.0).notes[1] == (
        "x: there is no value on the left, so the slope was measured on the other side alone"
    )
    with speaking("he"):
        assert gradcheck(lambda x: x**1.5, 0.0).notes[1] == ("\u2066x\u2069: משמאל אין ערך, ולכן השיפוע נמדד בצד האחר בלבד")


def test_a_formula_beside_its_title_is_set_apart():
    e = colah()
    with speaking("he"):
        assert "\u2067נגזרת\u2069   \u2066∂e/∂b = 5\u2069" in str(nudge(e, leaf(e, "b")))
        assert "\u2067סימבולית\u2069: \u2066∂f/∂x = 2·x·y\u2069" in str(four_ways(f, 3, 4))
    assert "derivative   ∂e/∂b = 5" in str(nudge(e, leaf(e, "b")))


def test_a_table_in_latex_has_the_columns_that_it_has_in_english():
    table = swept().tape().table()
    english = table.latex()
    with speaking("he"):
        hebrew = table.latex()
    assert [line.count("&") for line in hebrew.splitlines()[-6:]] == [line.count("&") for line in english.splitlines()[-6:]]
    assert english.splitlines()[-2] == hebrew.splitlines()[-2]


def test_columns_are_chosen_by_the_headings_that_are_read():
    with speaking("he"):
        table = swept().tape().table()
        headings = table.cells("text")[0]
        assert headings[1:3] == ["\u2067ביטוי\u2069", "\u2067ערך\u2069"]
        assert places_of(["v", "ערך"], headings) == [0, 2]
        assert table.latex(columns=["v", "ערך"]).splitlines()[-2] == "e & 6"


def test_columns_are_chosen_by_their_english_headings_in_every_language():
    """What stands in a program, or in a command on a page, is not to change with the language that is spoken."""
    with speaking("he"):
        table = swept().tape().table()
        assert table.latex(columns=["v", "value"]) == table.latex(columns=["v", "ערך"])
        with pytest.raises(ValueError, match="there is no column 'valeu'; there are 'v', 'ביטוי', 'ערך'"):
            table.latex(columns=["v", "valeu"])


def test_a_network_is_named_by_its_ends_in_every_language():
    assert repr(diagram(wired())) == '<Figure of network of 2 units, x1, x2 → y; .save("network.svg")>'
    with speaking("he"):
        assert "\u2068רשת של שתי יחידות, \u2066x1, x2 → y\u2069\u2069" in repr(diagram(wired()))
        assert '.save("MLP.svg")' in repr(diagram(MLP(2, [3, 1], seed=0)))


def test_words_in_a_diagram_run_from_their_side_and_formulas_from_theirs():
    with speaking("he"):
        lines = [shape for shape in diagram(SoftmaxHead()).scene.shapes if hasattr(shape, "runs")]
    sides = {line.runs[0].words: line.rtl for line in lines}
    assert sides["3 מחלקות: מוצא softmax"] is True
    assert sides["הפסד: cross_entropy"] is True
    assert sides["P(y = 0)"] is False
