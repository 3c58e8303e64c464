"""A model trained on the page: the same steps as `fit` takes, what is shown of them, and what is refused."""

import base64
import copy
import io
import math
import re

import pytest
from browsing import Player, said
from chalkgrad.engine import Value, no_grad
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.manner import manner
from chalkgrad.nn import MLP, GradientDescent, Neuron, fit
from chalkgrad.nn.data import blobs, moons, xor
from chalkgrad.nn.losses import binary_cross_entropy_with_logits, cross_entropy, squared_error
from chalkgrad.nn.models.module import Module
from chalkgrad.viz import play
from chalkgrad.viz.page.filling import computed, filled
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.page.training import NUMBERS, Training
from chalkgrad.viz.page.units import labelled
from PIL import Image


def small():
    return MLP(2, [2, 1], activation="tanh", seed=1)


POINTS = moons(40)
LINE = ([[0.0], [1.0], [2.0], [3.0]], [1.0, 2.0, 2.5, 3.5])


# What is told ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "data", "loss", "targets", "classes"),
    [
        (small(), moons(6), binary_cross_entropy_with_logits, {0, 1}, ["0", "1"]),
        (MLP(2, [1], seed=0), xor(), binary_cross_entropy_with_logits, {0, 1}, ["0", "1"]),
        (Neuron(2, activation="sigmoid", seed=0), ([[0, 0], [1, 1]], [0, 1]), None, {0, 1}, ["0", "1"]),
        (Neuron(1, activation=None, seed=0), LINE, squared_error, {1.0, 2.0, 2.5, 3.5}, []),
        (Neuron(2, activation="tanh", seed=0), moons(6), squared_error, {-1, 1}, ["0", "1"]),
        (MLP(2, [3], seed=0), blobs(9), cross_entropy, {0, 1, 2}, ["0", "1", "2"]),
    ],
)
def test_the_loss_goes_with_the_targets(model, data, loss, targets, classes):
    training = Training(model, data)
    assert set(training.targets) == targets
    assert training.classes == classes
    if loss is not None:
        assert training.loss == loss.mean
    row, target = training.rows[0], training.targets[0]
    with no_grad():
        wanted = training.loss(model(row), target)
    assert math.isclose(training.root.data, float(wanted.data), rel_tol=1e-9)


def filled_sentence(training, **numbers):
    script = Script(training.root)
    sentence = training.told(script)["sentence"]
    symbolic = script.symbolic
    values = [float(node.data) for node in symbolic.tape]
    outside = [numbers.get(name, math.nan) for name in NUMBERS]
    partials = [float(node.partials[slot]) for node, slot in symbolic.edges]
    found = computed(script.contents["numbers"], values, partials, training=outside)
    return [said(line) for line in filled(sentence["whole"], found, symbols=symbolic.placeholders.symbols).split("\n")]


def test_the_sentence_says_the_update_and_what_it_did():
    training = Training(MLP(2, [1], seed=0), xor())
    usual = {"rate": 0.5, "before": 0.15761, "after": 0.15758, "was": 0.15761, "became": 0.15758, "fell": 0.00003}
    usual |= {"straight": 0.00004, "searched": 0.0, "stopped": 0.0, "lost": 0.0}
    first, second, third = filled_sentence(training, **usual)
    assert first == "L = mean cross-entropy of 4 points ∂L/∂θ: 3 numbers by 4 backward passes"
    assert second == "θ ← θ - 0.5 · ∂L/∂θ L: 0.15761 → 0.15758"
    assert third == "L fell by 3e-5; along its tangent it would fall by 0.5 · |∂L/∂θ|² = 4e-5"
    first = usual | {"before": math.nan, "was": math.nan}
    _, second, third = filled_sentence(training, **first)
    assert second == "θ ← θ - 0.5 · ∂L/∂θ L: 0.15758"
    assert third == "one press = one step of gradient descent: each θ moves against its ∂L/∂θ"
    rose = usual | {"after": 0.2}
    assert filled_sentence(training, **rose)[2] == "L rose: the rate may be too large"
    assert "with rate 0.25 L falls" in filled_sentence(training, **rose | {"searched": 1.0, "falling": 0.25})[2]
    assert "is the rate above 2/f'' = 0.25" in filled_sentence(training, **rose | {"searched": 1.0, "bound": 0.25})[2]
    backward = rose | {"searched": 1.0, "rate": -0.5}
    assert filled_sentence(training, **backward)[1].startswith("θ ← θ - (-0.5) · ∂L/∂θ")
    assert "The sign was +" in filled_sentence(training, **backward)[2]
    assert "taken back" in filled_sentence(training, **usual | {"stopped": 1.0, "before": math.nan})[2]
    lost = filled_sentence(training, **first | {"after": math.nan, "became": math.nan, "lost": 1.0})
    assert lost[2].startswith("L or its gradient has no finite value here")


class Deciding(Module):
    """A model that decides by its numbers."""

    def __init__(self):
        self.w = Value(2.0)

    def parameters(self):
        return [self.w]

    def named_parameters(self):
        return [("w", self.w)]

    def __call__(self, x):
        return self.w * x[0] if self.w * x[0] > 1 else self.w + x[0]


@pytest.mark.parametrize(
    ("model", "data", "error", "what"),
    [
        (Value(2.0, "a"), POINTS, TypeError, "trains a model, such as MLP"),
        (small(), [[0.0, 1.0], [1.0, 0.0], [2.0, 3.0]], TypeError, r"data=\(X, y\)"),
        (small(), 5, TypeError, r"a table such as moons\(\)"),
        (small(), ([[0.0, 1.0, 2.0]], [1]), ValueError, "takes 2 inputs"),
        (small(), ([[0.0, 1.0]] * 1001, [0, 1] * 500 + [1]), ValueError, "at most 1,000, and there are 1,001"),
        (MLP(2, [2], seed=0), blobs(9), ValueError, "3 classes need an output each, and this model has 2"),
        (MLP(2, [2], seed=0), ([[0.0, 1.0], [1.0, 1.0]], [0.5, 1.5]), ValueError, "a page shows one output"),
        (Neuron(2, activation="step", seed=0), xor(), ValueError, "no gradient reaches"),
        (MLP(2, [7], seed=0), ([[0.0, 1.0]] * 7, [*range(7)]), ValueError, "tells 6 classes apart"),
        (Deciding(), ([[1.0], [2.0]], [1.0, 2.5]), ValueError, "decided by Python"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(model, data, error, what):
    with pytest.raises(error, match=what):
        play(model, data=data)


@pytest.mark.parametrize(
    ("model", "data", "heads", "title"),
    [
        (MLP(2, [3, 3], activation="tanh", seed=0), blobs(9), ["x", "z₁", "z₂"], "most probable class"),
        (Neuron(1, activation=None, seed=0), LINE, ["x", "z"], "z"),
    ],
)
def test_columns_and_outputs_are_called_as_in_the_graph(model, data, heads, title):
    training = Training(model, data)
    with manner("∂", typeset=True):
        told = training.told(Script(labelled([training.root])[0]))
    assert (told["heads"], told["title"]) == (heads, title)


def test_a_page_changes_nothing_of_the_model():
    model = small()
    before = [(p.data, p.label) for p in model.parameters()]
    Training(model, POINTS).program  # noqa: B018 - made for what it might do
    assert [(p.data, p.label) for p in model.parameters()] == before


# In the browser -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder, made = tmp_path_factory.mktemp("training"), {}

    def page(name, model, data):
        if name not in made:
            made[name] = folder / f"{name}.html"
            play(model(), made[name], data=data)
        return made[name].as_uri()

    return page


@pytest.fixture
def opened(browser, pages):
    players = []

    def open_(name="moons", fragment="", **options):
        def line():
            return Neuron(1, activation=None, seed=0)

        model, data = {"moons": (small, POINTS), "line": (line, LINE), "flat": (line, (LINE[0], [2.0] * 4))}[name]
        players.append(Player(browser, pages(name, model, data) + fragment, **options))
        return players[-1]

    yield open_
    for player in players:
        assert player.console == []
        assert [url for url in player.requests if not url.startswith("file:")] == []
        player.close()


def trained(model, data, steps, rate, loss):
    """The model after steps of nn's own gradient descent on all samples, and the losses."""
    model = copy.deepcopy(model)
    X, y = data
    history = fit(model, X, y, loss=loss.mean, optimizer=GradientDescent(rate), batch_size=None, epochs=steps, progress=False)
    return model, [history.start_loss, *history.loss]


BINARY = (POINTS.X, [int(y > 0) for y in POINTS.y])


def leaves(player):
    """The parameters, as the panel of inputs shows them: in six digits, by name."""
    player.press("i")
    found = player.tab.evaluate("""() => Object.fromEntries([...document.querySelectorAll("#leaves .leaf")].map((leaf) =>
      [leaf.querySelector("bdi").textContent, leaf.querySelector("input[type=text]").value]))""")
    player.press("i")
    return found


def shown_parameters(player, model):
    """What the page shows of the parameters: of all leaves those that are not x or y."""
    found = [text for name, text in leaves(player).items() if not re.match("[xy][₀-₉]*$", name)]
    wanted = [words.number(p.data, 6) for p in model.parameters()]
    return sorted(found), sorted(wanted)


def test_steps_are_those_of_fit_in_every_digit(opened):
    player = opened()
    assert player.text("#position") == "epoch 0"
    for steps, key in ((1, "Enter"), (2, "ArrowRight"), (3, " ")):
        player.press(key)
        model, losses = trained(small(), BINARY, steps, 0.5, binary_cross_entropy_with_logits)
        assert player.text("#data-loss") == words.number(losses[-1])
        assert player.text("#epoch") == str(steps)
    player.tab.click("#one-step")
    model, losses = trained(small(), BINARY, 4, 0.5, binary_cross_entropy_with_logits)
    found, wanted = shown_parameters(player, model)
    assert found == wanted
    was, became = re.search("L: ([0-9.]+) → ([0-9.]+)", player.caption).groups()
    digits = len(was.lstrip("0."))
    assert [was, became] == [f"{losses[epoch]:.{digits}g}" for epoch in (3, 4)]
    fell, straight = re.search(r"L fell by ([0-9.]+); .* = ([0-9.]+)", player.caption).groups()
    assert fell == words.number(losses[3] - losses[4])
    assert float(fell) < float(straight) < 1.2 * float(fell)
    right = sum((model.predict(x) > 0) == y for x, y in zip(*BINARY, strict=True))
    assert player.text("#data .result") == f"{right} of 40 right"
    assert f"{right} of 40 right" in player.tab.get_attribute("#data .plane .field canvas", "aria-label")


def test_a_step_is_taken_back_and_all_of_them(opened):
    player = opened()
    start = leaves(player)
    player.press("ArrowRight")
    once = leaves(player)
    player.press("ArrowRight", "ArrowLeft")
    assert (leaves(player), player.text("#epoch")) == (once, "1")
    player.press("ArrowRight", "Control+z", "ArrowRight", "Home")
    assert (leaves(player), player.text("#epoch")) == (start, "0")
    assert once != start


def test_it_trains_by_itself_and_the_graph_has_the_trained_parameters(opened):
    player = opened()
    player.press("a")
    player.tab.wait_for_timeout(250)
    player.press("a")
    epochs = int(player.text("#epoch"))
    assert epochs > 1
    model, losses = trained(small(), BINARY, epochs, 0.5, binary_cross_entropy_with_logits)
    assert player.text("#data-loss") == words.number(losses[-1])
    player.press("g")
    found, wanted = shown_parameters(player, model)
    assert found == wanted
    x, target = BINARY[0][0], BINARY[1][0]
    with no_grad():
        wanted = binary_cross_entropy_with_logits(model(x), target)
    root = player.tab.evaluate("JSON.parse(document.getElementById('script').textContent).root")
    player.press("t", "End")
    assert player.texts("td.value")[root] == words.number(float(wanted.data))


def test_a_click_on_a_point_chooses_the_sample_of_the_graph(opened):
    player = opened()
    box = player.tab.locator("#data .plane .field canvas").bounding_box()
    [[low, high], [under, over]] = player.tab.evaluate(
        "JSON.parse(document.getElementById('script').textContent).training.grid[0]"
    )
    x = POINTS.X[25]
    player.tab.mouse.click(
        box["x"] + box["width"] * (x[0] - low) / (high - low), box["y"] + box["height"] * (over - x[1]) / (over - under)
    )
    shown = leaves(player)
    assert [shown["x₁"], shown["x₂"], shown["y"]] == [words.number(v, 6) for v in (*x, float(BINARY[1][25]))]
    assert player.text("#epoch") == "0"
    player.press("ArrowDown")
    assert leaves(player)["x₁"] == words.number(POINTS.X[26][0], 6)


def test_the_plane_has_the_colours_of_the_model(opened):
    player = opened()
    player.press(*["ArrowRight"] * 5)
    model, _ = trained(small(), BINARY, 5, 0.5, binary_cross_entropy_with_logits)
    [[low, high], [under, over]], *_ = player.tab.evaluate(
        "JSON.parse(document.getElementById('script').textContent).training.grid"
    )
    shares = [(i / 9, j / 9) for i in range(10) for j in range(10)]
    picture = player.tab.evaluate("document.querySelector('#data .plane .field canvas').toDataURL().split(',')[1]")
    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    pixels = [image.getpixel((round(x * (image.width - 1)), round(y * (image.height - 1)))) for x, y in shares]
    checked = 0
    for (across, down), (red, _, blue) in zip(shares, pixels, strict=True):
        score = model.predict([low + (high - low) * across, over - (over - under) * down])
        marked = any(
            math.hypot(across - (x - low) / (high - low), down - (over - y) / (over - under)) < 0.05 for x, y in POINTS.X
        )
        if abs(score) > 0.1 and not marked:  # beside the boundary
            checked += 1
            assert (red > blue) == (score > 0)
    assert checked > 50


def test_a_loss_that_rises_is_told_of_with_a_rate_that_would_do(opened):
    player = opened("line")
    player.tab.fill("#data-rate", "0.6")
    player.press("Enter")
    assert player.text("#epoch") == "0"  # the rate stands, and the field is left
    player.press("ArrowRight")
    sentence = player.caption
    assert "L rose" in sentence
    bound = float(re.search("2/.?f'' = ([0-9.]+)", sentence)[1])  # a line's mean square is a parabola along the step
    start = Neuron(1, activation=None, seed=0)
    for rate, falls in ((0.99 * bound, True), (1.01 * bound, False)):
        _, losses = trained(start, LINE, 1, rate, squared_error)
        assert (losses[1] < losses[0]) == falls


def test_a_loss_without_end_stops_and_keeps_the_last_parameters(opened):
    player = opened("line")
    player.tab.fill("#data-rate", "1e160")
    player.press("Enter", "ArrowRight")
    assert "taken back" in player.caption
    assert player.text("#epoch") == "0"
    player.press("a")
    # On a busy machine it does not stop at once.
    player.tab.wait_for_function("() => document.querySelector('#train').ariaPressed === 'false'")
    for typed, why in (("no number", "is not a number"), ("1_0", "is not a number"), ("", "type a number")):
        player.tab.fill("#data-rate", typed)
        player.press("Enter")
        assert player.tab.get_attribute("#data-rate", "aria-invalid") == "true"
        assert why in player.text("#data .refused")
        player.tab.click("#one-step")
        assert player.text("#epoch") == "0"
        assert "1e160" in player.caption.replace("1.000e160", "1e160")
    player.press("Escape")
    assert player.tab.get_attribute("#data-rate", "aria-invalid") is None
    player.tab.fill("#data-rate", "0.1")
    player.press("Enter", "ArrowRight")
    _, losses = trained(Neuron(1, activation=None, seed=0), LINE, 1, 0.1, squared_error)
    assert player.text("#data-loss") == words.number(losses[-1])


def test_a_curve_outside_the_frame_is_said_to_be_there(opened):
    player = opened("line")
    assert player.text("#data .remark") == ""
    player.tab.fill("#data-rate", "1e6")
    player.press("Enter", "ArrowRight")
    assert re.match("The model's curve is outside: here between -?[0-9.e]+ and -?[0-9.e]+$", player.text("#data .remark"))


def test_without_a_finite_loss_a_sentence_says_that_there_is_no_step(opened):
    player = opened(fragment="#0&scene=data&w11,1=1e308&w11,2=1e308")
    assert "no finite value here" in player.caption
    player.press("ArrowRight")
    assert "no finite value here" in player.caption
    assert (player.text("#epoch"), player.text("#data-loss")) == ("0", "–")
    player.press("Home")
    assert "no finite value" not in player.caption


def test_r_squared_of_equal_targets_is_not_defined(opened):
    player = opened("flat")
    assert player.text("#data .result") == "R² is not defined: all targets are equal"


def test_two_losses_beside_each_other_have_as_many_digits(opened):
    player = opened("line")
    for _ in range(4):
        player.press("ArrowRight")
        _, before, after = re.search("L: (([0-9.]+) → ([0-9.]+))", player.caption).groups()
        assert len(before.replace(".", "").lstrip("0")) == len(after.replace(".", "").lstrip("0"))
    player.press("ArrowDown")
    assert f"L: {before} → {after}" in player.caption  # it is of the same step at another point


# Taken back, and kept -------------------------------------------------------------------------------------------------


def course(player):
    return player.text("#epoch"), player.text("#data-loss")


def test_steps_and_values_are_taken_back_in_one_history(opened):
    player = opened("line")
    kept = [course(player)]
    for _ in range(3):
        player.press("ArrowRight")
        kept.append(course(player))
    player.press("Control+z", "g", "Control+z", "g")
    assert course(player) == kept[1]
    player.press("Control+y", "g", "Control+y", "g")
    assert course(player) == kept[3]
    player.press("i")
    player.tab.locator("#leaves input[type=text]").nth(2).fill("5")
    player.press("Enter", "i")
    assert course(player)[0] == "3"
    changed = course(player)
    assert changed != kept[3]
    player.tab.evaluate("document.activeElement.blur()")
    player.press("ArrowRight", "Control+z")
    assert course(player) == changed
    player.press("Control+z")
    assert course(player) == kept[3]
    player.press("Home")
    assert course(player) == kept[0]
    player.press("ArrowLeft")
    assert course(player) == kept[3]


def test_a_run_is_taken_back_step_by_step_on_any_keyboard(opened):
    player = opened("line")
    player.press("a")
    player.tab.wait_for_timeout(250)
    player.press("b")  # a black screen stops it
    player.press("x")
    assert player.tab.get_attribute("#train", "aria-pressed") == "false"
    epochs, _ = end = course(player)
    hebrew = "(type) => dispatchEvent(new KeyboardEvent('keydown', {key: 'ז', code: 'KeyZ', ctrlKey: true}))"
    player.tab.evaluate(hebrew)
    assert course(player)[0] == str(int(epochs) - 1)
    player.press("Control+y")
    assert course(player) == end


def test_what_there_is_not_to_take_back_is_said(opened):
    player = opened("line")
    assert player.tab.get_attribute("#data-undo", "aria-disabled") == "true"
    player.press("ArrowLeft")
    assert player.text("#notated") == "There is nothing to take back"


def curve_begins(player):
    """How far from the left the chart has the colour of its curve."""
    picture = player.tab.evaluate("document.querySelector('#data .course canvas').toDataURL().split(',')[1]")
    image = Image.open(io.BytesIO(base64.b64decode(picture)))
    found = (x for x in range(image.width) for y in range(image.height) if image.getpixel((x, y)) == (192, 74, 0, 255))
    return next(found)


def test_loading_again_keeps_the_losses_so_far(opened):
    player = opened("line")
    player.press(*["ArrowRight"] * 4)
    player.tab.wait_for_timeout(200)
    end, begins = course(player), curve_begins(player)
    player.tab.reload()
    assert course(player) == end
    assert curve_begins(player) == begins < 60
    player.press("Home", "Control+z")
    assert course(player) == end


def test_loading_again_keeps_the_sentence_of_the_last_step_and_what_can_be_taken_back(opened):
    player = opened("line")
    states = []
    for _ in range(3):
        states.append(course(player))
        player.press("ArrowRight")
    player.tab.wait_for_timeout(200)
    end, sentence = course(player), player.caption
    assert "→" in sentence
    player.tab.reload()
    assert (course(player), player.caption) == (end, sentence)
    for before in reversed(states):
        player.press("ArrowLeft")
        assert course(player) == before
    assert player.tab.get_attribute("#data-undo", "aria-disabled") == "true"
    player.press(*["Control+y"] * 3)
    assert course(player) == end


# Addresses and keys -----------------------------------------------------------------------------------------------------


def test_an_address_that_says_less_leaves_the_usual(opened):
    player = opened(fragment="#embed")
    assert player.tab.is_visible("#data")
    player.tab.evaluate("location.hash = '#0&scene=data&trainrate=3&sample=5'")
    player.tab.wait_for_function("() => document.querySelector('#data-rate').value === '3'")
    player.tab.evaluate("location.hash = '#0&scene=data'")
    player.tab.wait_for_function("() => document.querySelector('#data-rate').value === '0.5'")
    assert leaves(player)["x₁"] == words.number(POINTS.X[0][0], 6)
    for broken in ("Infinity", "1e300", "-1", "x"):
        player.tab.evaluate(f"location.hash = '#0&scene=data&epoch={broken}&w11,1=2'")
        player.tab.wait_for_timeout(30)
        assert player.text("#epoch") == "0"


def test_another_address_stops_what_runs(opened):
    player = opened("line")
    player.press("a")
    player.tab.wait_for_timeout(100)
    player.tab.evaluate("location.hash = '#0&scene=data'")
    player.tab.wait_for_function("() => document.querySelector('#train').ariaPressed === 'false'")
    assert player.text("#epoch") == "0"


def test_keys_of_the_graph_do_in_the_data_what_they_say(opened):
    player = opened()
    for key, shown in (("t", "#table"), ("m", "#mistakes"), ("p", "#predicting")):
        player.press(key)
        assert player.tab.is_visible(shown)
        assert not player.tab.is_visible("#data")
        player.press(key, "g")
        assert player.tab.is_visible("#data")
    player.tab.evaluate("dispatchEvent(new KeyboardEvent('keydown', {key: 'ש', code: 'KeyA'}))")
    assert player.tab.get_attribute("#train", "aria-pressed") == "true"
    player.press("Escape")
    assert player.tab.get_attribute("#train", "aria-pressed") == "false"
    player.press("Home", "i", "s")
    assert player.text("#epoch") == "1"
    assert not player.tab.is_visible("#descend")
    player.press("S")
    assert player.text("#epoch") == "11"


def test_what_is_hidden_has_no_keys_in_the_data(opened):
    player = opened(fragment="#0&scene=data&hide=predict")
    player.press("p")
    assert player.tab.is_visible("#data")
    player.tab.evaluate("location.hash = '#0&scene=data&hide=data'")
    player.tab.wait_for_function("() => document.querySelector('#data').hidden")
    player.press("g")
    assert not player.tab.is_visible("#data")


def test_the_address_of_a_step_opens_the_graph_and_the_data_button_goes_to_and_fro(opened):
    player = opened(fragment="#2")
    position = player.position
    assert position[0].startswith("backward")
    assert not player.tab.is_visible("#data")
    player.tab.click("#show-data")
    assert player.tab.is_visible("#data")
    player.press("ArrowRight", "g")
    assert player.position == position  # the step of the graph has not moved


@pytest.mark.parametrize("size", [(1280, 720), (390, 844), (320, 600)])
def test_it_fits_and_can_be_read(opened, size):
    player = opened(size=size)
    player.press("ArrowRight")
    small_ones = player.tab.evaluate(
        """() => [...document.querySelectorAll("#data *")].filter((one) => one.checkVisibility()
          && [...one.childNodes].some((node) => node.nodeType === 3 && /[0-9]/.test(node.textContent)))
          .map((one) => parseFloat(getComputedStyle(one).fontSize))"""
    )
    assert len(small_ones) >= 5
    assert min(small_ones) >= (0.028 * 720 if size[0] > size[1] else 15)
    for selector in ("#one-step", "#epoch", "#data .plane .field canvas", "#data .result"):
        box, frame = (player.tab.locator(which).bounding_box() for which in (selector, "#data"))
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]
        assert box["y"] + box["height"] <= frame["y"] + frame["height"] + 1
    overflow = player.tab.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert overflow == list(size)
