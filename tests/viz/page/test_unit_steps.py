"""The page of a graph of units: what it says of them, how its values are called, and the steps from unit to unit."""

import re

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import Value, tape
from chalkgrad.engine.stepping.unit_sentences import unit_sentence
from chalkgrad.engine.stepping.units import Units
from chalkgrad.engine.words.manner import manner
from chalkgrad.nn import MLP, Layer, Network, Neuron, linear_head, logistic_head, softmax_head
from chalkgrad.nn.data import moons
from chalkgrad.viz import play
from chalkgrad.viz.page.filling import filled
from chalkgrad.viz.page.models import outputs_of
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.page.units import labelled


def roots_of(name):
    return examples.build(examples.load(name)).roots


def network():
    return Network("x1 x2", "z1 = h1(x1, x2); z2 = h2(x2); y1 = h3(z1, z2); y2 = h4(z1)", "tanh", seed=1)


# What is said ---------------------------------------------------------------------------------------------------------


def said_on_page(script):
    """The sentences of all units and links of each edition, filled in with the numbers of today."""
    numbers, tests = script.symbolic.today()
    symbols = script.symbolic.placeholders.symbols
    for edition in script.editions:
        told = script.contents | edition
        units = told["units"]

        def text(pieces):
            return "".join(filled(piece, numbers, tests, symbols=symbols) for piece, _ in pieces)

        for (before, last), title, (_, nodes, *_) in zip(units["forward"], units["titles"], units["list"], strict=True):
            value = filled(told["data"][nodes[-1]], numbers, tests)
            yield [*(["   ".join(map(text, before))] if before else []), text(last) + value, title]
        for blanks in units["sentences"]:
            known = told["blanks"] | blanks
            yield filled(told["templates"]["said"], numbers, tests, known, symbols=symbols).split("\n")


@pytest.mark.parametrize("name", ["network", "xor", "model"])
def test_the_page_says_of_units_what_is_said_at_the_prompt(name):
    roots = labelled(network()([1.0, -2.0]) if name == "model" else roots_of(name))
    with manner(typeset=True):
        on_page = list(said_on_page(Script(roots[0], roots[1:])))
        at_prompt = []
        for root in roots:
            units = Units(root, roots)
            at_prompt += [unit_sentence(units, one) for one in (*units.units, *units.links)]
    assert [without_position(lines) for lines in on_page] == [without_position(one.split("\n")) for one in at_prompt]


def without_position(lines):
    first, *others = lines
    return [re.sub(r"^\d+/\d+ +", "", first), *(line.strip() for line in others)]


def test_numbers_in_the_equations_of_a_unit_have_the_colour_of_values():
    script = Script(*labelled(roots_of("xor")))
    [u11], z11 = script.contents["units"]["forward"][0]
    for pieces in (u11, z11):
        assert all((kind == "data") == (not isinstance(text, str)) for text, kind in pieces)
    assert len([kind for _, kind in u11 if kind]) == 6  # two weights, two inputs, the bias and the sum


# The pass of a model --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "x", "names"), [
    (Neuron(2, activation="tanh", seed=0), [1.0, 2.0], ["z"]),
    (Layer(2, 2, activation="tanh", seed=0), (1.0, 2.0), ["z1", "z2"]),
    (MLP(2, [2, 2], activation="tanh", seed=0), [Value(1.0, "age"), 2.0], ["z21", "z22"]),
    (MLP(2, [2, 1], activation="tanh", seed=0), [1.0, 2.0], ["z21"]),
    (network(), {"x1": 1.0, "x2": 2.0}, ["y1", "y2"]),
    (logistic_head, 0.5, ["p"]),
    (softmax_head, [0.5, 1.0], ["p1", "p2"]),
])  # fmt: skip
def test_a_model_is_played_from_its_inputs(model, x, names):
    roots = labelled(outputs_of(model, x))
    assert [tape(*roots).names[root] for root in roots] == names


def test_the_page_of_a_model_is_that_of_its_outputs_and_touches_no_grad(tmp_path):
    model = MLP(1, [2, 2], activation="tanh", seed=0)
    model.layer1.neurons[0].b.grad = 7.0
    before = dict(model.named_parameters())
    page = play(model, tmp_path / "model.html", x=[1.0])
    assert repr(page).startswith("<Page of z21 = w21_1·z11 + w21_2·z12 + b21, z22 = w22_1·z11 + w22_2·z12 + b22: ")
    assert [(name, p.label) for name, p in model.named_parameters()] == [(name, p.label) for name, p in before.items()]
    assert [p.grad for p in model.parameters() if p.has_grad] == [7.0]


def test_names_of_the_caller_stay_on_the_page():
    score = MLP(1, [1, 1], activation="tanh", seed=0)([Value(1.0, "age")])
    [root] = labelled([score])
    assert list(tape(root).names.values()) == ["w11_1", "age", "b11", "u11", "z11", "w21_1", "b21", "score"]
    assert score.label == ""


@pytest.mark.parametrize(("given", "error", "message"), [
    ((MLP(2, [1]), None), TypeError, r"play plays a model's pass from its inputs: play\(model, x=\[x1, x2\]\)"),
    ((Network("a b c d", "y = h(a, b, c, d)"), None), TypeError, r"x=\[a, …, d\]"),
    ((softmax_head, None), TypeError, r"play\(model, x=\[…\]\)"),
    ((MLP(2, [1]), [1.0]), ValueError, r"takes 2 inputs, such as \[x1, x2\], and was given 1"),
    ((MLP(2, [1]), [[1.0, 2.0], [3.0, 4.0]]), ValueError, "takes one sample at a time"),
    ((Value(2.0) * 3, [1.0]), TypeError, "x has the inputs of a model, .* and Value is not a model"),
    ((linear_head, 2.0), ValueError, "linear head.* computes nothing"),
    ((MLP, [1.0]), TypeError, "type is not a model"),
    ((MLP(2, [1]), [1.0, 2.0], moons(4)), ValueError, r"one sample, .* all samples, .*: leave x out, or data"),
])  # fmt: skip
def test_what_cannot_be_played_is_refused_with_what_to_write(given, error, message):
    model, x, *data = given
    with pytest.raises(error, match=message):
        play(model, x=x, data=data[0] if data else None)


# In the browser -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tab(browser):
    taken = browser.take({"viewport": {"width": 1280, "height": 720}})
    yield taken.tab
    browser.give_back(taken)


class Player:
    """The page of a network, on its diagram."""

    def __init__(self, tab, path, fragment=""):
        self.tab = tab
        self.errors = []
        tab.on("pageerror", lambda error: self.errors.append(str(error)))
        tab.goto("about:blank")
        tab.goto(path.as_uri() + fragment)

    def press(self, *keys):
        for key in keys:
            self.tab.keyboard.press(key)

    def open(self, unit):
        self.tab.locator(f'g.wide g.unit[data-unit="{unit}"]').click()

    @property
    def position(self):
        return self.tab.text_content("#position")

    def texts(self, selector):
        return self.tab.locator(selector).all_text_contents()

    @property
    def lines(self):
        texts = self.texts("#caption p")
        return [" ".join(re.sub("[\u200e\u2060]", "", text).split()) for text in texts]

    def walk(self):
        """The positions and the second lines from here to the end."""
        seen = []
        while not seen or self.tab.get_attribute("#forward", "aria-disabled") != "true":
            self.press("ArrowRight")
            seen.append((self.position, self.lines[1]))
        return seen


@pytest.fixture
def page(tab, tmp_path):
    def made(root, fragment="", **options):
        play(root, tmp_path / "L.html", **options)
        pages.append(Player(tab, tmp_path / "L.html", fragment))
        return pages[-1]

    pages = []
    yield made
    for one in pages:
        assert one.errors == []


def test_steps_go_from_unit_to_unit_and_back(page):
    model = network()
    player = page(model, x=[1.0, -2.0])
    units = Units(labelled(outputs_of(model, [1.0, -2.0]))[0])
    count = len(units.links)
    assert player.position == "forward 0 / 4"
    player.press("ArrowRight")
    assert player.lines[1].startswith("z₁ = tanh(u₁) = tanh(")
    assert player.lines[1].endswith(" = ?")
    assert player.lines[2] == "unit 1 of 4"
    player.press("Home")
    walked = player.walk()
    positions = [position for position, _ in walked]
    forward = [f"forward {i} / 4" for i in (1, 1, 2, 2, 3, 3, 4, 4)]
    assert positions == [
        *forward,
        f"backward 0 / {count}",
        *(f"backward {i} / {count}" for i in range(1, count + 1) for _ in "?!"),
    ]
    asked, answered = walked[9][1], walked[10][1]
    assert asked == "z₁.grad += ∂y₁/∂y₁ · ∂h₃/∂z₁ = ?"
    assert answered.startswith("z₁.grad += ∂y₁/∂y₁ · ∂h₃/∂z₁ = 1 · ")
    player.press("ArrowLeft", "ArrowLeft")
    assert (player.position, player.lines[1]) == walked[-3]
    for _ in walked[:-3]:
        player.press("ArrowLeft")
    assert player.position == "forward 1 / 4"
    player.press("End")
    assert player.position == f"backward {count} / {count}"
    player.press("t")  # every gradient has come, those of the parameters too; z22's unit is another output's
    with manner(typeset=True):
        reached = set(units.sweep.tape.names.values())
    rows = zip(player.texts("#table th bdi"), player.texts("td.adjoint"), strict=True)
    assert {name for name, gradient in rows if gradient} == reached


def test_in_a_unit_that_is_opened_steps_are_those_of_its_edges(page):
    model = MLP(2, [1, 1], activation="tanh", seed=0)
    player = page(model, x=[1.0, -2.0])
    player.press("r", "ArrowRight", "ArrowRight")
    whole = player.lines
    assert whole[1].startswith("z₁₁.grad += ∂z₂₁/∂z₂₁ · ∂h₂₁/∂z₁₁")
    player.open(0)
    assert player.lines == whole  # until a step is taken in it
    said = []
    for _ in range(8):  # the edge to u11, then those to its weights and its inputs
        player.press("ArrowRight")
        said.append(player.lines[1].partition(" = ")[0])
    assert said[::2] == said[1::2]
    assert said[::2] == [
        "u₁₁.grad += ∂z₂₁/∂z₁₁ · ∂z₁₁/∂u₁₁",
        "w₁₁,₁.grad += ∂z₂₁/∂u₁₁ · ∂u₁₁/∂w₁₁,₁",
        "w₁₁,₂.grad += ∂z₂₁/∂u₁₁ · ∂u₁₁/∂w₁₁,₂",
        "x₁.grad += ∂z₂₁/∂u₁₁ · ∂u₁₁/∂x₁",
    ]
    player.press("ArrowLeft")
    assert player.lines[1].endswith(" = ?")
    player.press(*["ArrowLeft"] * 7)  # before its first edge the unit closes
    assert (player.position, player.lines) == ("backward 1 / 3", whole)
    player.press(*["ArrowRight"] * 2)
    assert player.lines[1].startswith("x₁.grad += ∂z₂₁/∂z₁₁ · ∂h₁₁/∂x₁ = ")
    player.open(0)
    assert player.position == "backward 2 / 3"
    player.press("ArrowRight", "ArrowLeft")  # back at the same edge it is the edge that is spoken of
    assert player.lines[1].startswith("x₁.grad += ∂z₂₁/∂u₁₁ · ∂u₁₁/∂x₁ = ")
    player.press("Home", *["ArrowRight"] * 4)
    assert player.position == "forward 2 / 3"  # of the values, which are spoken of here
    player.press("ArrowRight")  # nothing of it is further on
    assert player.position == "forward 2 / 2"


def test_of_a_unit_that_is_opened_and_not_in_play_it_is_said_what_came_last_of_it(page):
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    player = page(model, x=[1.0, -2.0])
    assert player.lines[0] == "x₁ = 1, x₂ = -2; 9 parameters"
    player.press(*["ArrowRight"] * 6)
    assert player.lines[0].startswith("z₂₁ = w₂₁,₁·z₁₁")
    player.open(0)
    assert player.lines[0].startswith("u₁₁ = w₁₁,₁·x₁")
    assert re.fullmatch(r"z₁₁ = tanh\(u₁₁\) = tanh\(.*\) = -?0\.\d+", player.lines[1])
    player.press("Escape", "r", "Escape")
    player.tab.evaluate("location.hash = '#0'")
    player.tab.wait_for_function("() => document.getElementById('position').textContent === 'backward 0 / 6'")
    player.press("End")
    in_play = player.lines
    assert in_play[1].startswith("x₂.grad += ∂z₂₁/∂z₁₁ · ∂h₁₁/∂x₂")
    player.open(1)
    assert player.lines[0].startswith("z₁₂ = h₁₂(x₁, x₂)")
    assert player.lines[1].startswith("x₂.grad += ∂z₂₁/∂z₁₂ · ∂h₁₂/∂x₂")
    assert player.position == "backward 6 / 6"


def test_no_line_of_a_unit_is_longer_than_the_window(page):
    player = page(MLP(1, [3, 3, 1], "tanh", seed=1), x=[0.6], fragment="#f0")
    sizes = player.tab.evaluate(SIZES)
    assert len(sizes) > 3 * 7
    assert [line for line in sizes if line[0] and (line[1] > 1.3 or line[2] < 0.028 * 720 or line[3])] == []


# By line of each unit's sentence in the forward pass: the text, how many lines it takes, its size, whether it is too wide.
SIZES = """() => {
  const sizes = [], press = (key) => window.dispatchEvent(new KeyboardEvent("keydown", { key }));
  for (press("Home"); document.querySelector("#position").className === "forward"; press("ArrowRight")) {
    for (const line of document.querySelectorAll("#caption p")) {
      const style = getComputedStyle(line);
      sizes.push([line.textContent, line.offsetHeight / parseFloat(style.lineHeight), parseFloat(style.fontSize),
        line.scrollWidth > line.clientWidth]);
    }
  }
  return sizes;
}"""


def test_what_is_asked_is_answered_of_the_whole_unit(page):
    model = MLP(1, [1, 1], activation="tanh", seed=0)
    player = page(model, x=[1.0], fragment="#0&predict=contributions")
    units = Units(labelled(outputs_of(model, [1.0]))[0])
    link = units.links[-1]
    exact = link.contribution(units.sweep.adjoints)
    player.press(*["ArrowRight"] * 3)
    field = player.tab.locator("#answer")
    field.fill(repr(link.partial))
    field.press("Enter")
    assert "is ∂h₁₁/∂x₁ alone" in player.lines[2]
    field.fill("12345")
    field.press("Enter")
    assert "12345 is not ∂z₂₁/∂z₁₁ · ∂h₁₁/∂x₁" in player.lines[2]
    field.fill(repr(exact))
    field.press("Enter")
    assert player.lines[2].startswith("right: x₁.grad += ∂z₂₁/∂z₁₁ · ∂h₁₁/∂x₁")


def test_an_address_may_be_that_of_an_edge_the_slider_stops_at_units_and_the_picture_stays_where_it_is(page):
    player = page(roots_of("xor"), fragment="#1")
    assert player.lines[1].startswith("r.grad += ∂L/∂L · ∂L/∂r")
    assert player.position == "backward 1 / 27"  # of the edges, which are spoken of
    player.press("ArrowRight")
    assert player.lines[1] == "y.grad += ∂L/∂r · ∂r/∂y = ?"
    player.press("Escape", "Home", "r", "ArrowRight")
    assert player.lines[1] == "y.grad += ∂L/∂L · ∂L/∂y = ?"
    assert player.lines[0].startswith("L = (y - 1)²")
    heights = set()
    player.press("Home")
    for _ in range(12):  # the sentence of y is longer than the others, and is written smaller
        player.press("ArrowRight")
        heights.add(player.tab.locator("#picture").bounding_box()["height"])
    assert len(heights) == 1
    box = player.tab.locator("#scrubber").bounding_box()
    player.tab.mouse.click(box["x"] + box["width"] * 0.71, box["y"] + box["height"] / 2)
    assert player.lines[1].count("∂h") == 1
