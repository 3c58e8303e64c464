"""Whatever looks at a graph leaves its grads alone: every public function of viz, on graphs in every state of a sweep."""

import io
import math

import chalkgrad.viz
import pytest
from chalkgrad.engine import Value, chain_rule, tanh
from chalkgrad.nn import MLP, Layer, Network, Neuron
from chalkgrad.nn.descents import gradient_descent
from chalkgrad.viz import (
    diagram,
    draw,
    draw_dot,
    frames,
    play,
    plot_activation,
    plot_confusion,
    plot_descent,
    plot_fit,
    plot_losses,
    plot_parameters,
    plot_regions,
    plot_sup_error,
    prompt,
    save,
)
from textbook import colah

CLASSES = {"Drawing", "Figure", "Page"}


def untouched(e):
    pass


def swept(e):
    e.backward()


def swept_twice(e):
    e.backward()
    e.backward()


def in_the_middle(e):
    e.steps().step(3)


def by_hand(e):
    e.tape()[0].grad = 7.0
    e.tape()[3].grad = -0.0


def other_root(e):
    (e.tape()[1] * 5).backward()


STATES = [untouched, swept, swept_twice, in_the_middle, by_hand, other_root]


def at_a_prompt(e, *commands):
    prompt(e, io.StringIO("\n".join(commands)), io.StringIO())


# Each call gets a root and a folder to write in. The roots are Colah's e, or what a model computes.
ON_GRAPHS = {
    "draw": [
        lambda e, folder: draw(e).svg,
        lambda e, folder: draw(e, highlight=e.steps()[3], skin="circuit").svg,
        lambda e, folder: draw(e, highlight=e.steps(by="node")[2], skin="edges").svg,
        lambda e, folder: draw(e, highlight=e.steps(forward=True)[2]).dot,
        lambda e, folder: draw(e, highlight=chain_rule(e, e.tape()[1])).svg,
        lambda e, folder: draw(e, e.tape()[2], wrap=True)._repr_svg_(),
        *(lambda e, folder, kind=kind: draw(e).save(folder / f"e.{kind}") for kind in ("svg", "png", "tex", "html", "dot")),
    ],
    "draw_dot": [lambda e, folder: draw_dot(e).source],
    "frames": [
        lambda e, folder: frames(e, folder),
        lambda e, folder: frames(e, folder, by="node", forward=True, format="tex"),
    ],
    "play": [lambda e, folder: play(e)._repr_html_(), lambda e, folder: play(e, folder / "e.html", theme="dark")],
    "save": [lambda e, folder: save(e, folder / "e.svg"), lambda e, folder: save(e, folder / "e.html")],
    "prompt": [
        lambda e, folder: at_a_prompt(e, "q"),
        lambda e, folder: at_a_prompt(e, "n 3", "p b", "l", "pending", "w b", "? 1", "? 2", f"d {folder / 'e.svg'}", "b", "q"),
        lambda e, folder: at_a_prompt(e, "c", "b", "q"),
        lambda e, folder: at_a_prompt(e, "n 2"),
    ],
}


def activation_of(e):
    """A function that closes over the graph."""
    b = e.tape()[1]
    return lambda x: tanh(b * x) + 0 * e


ON_VALUES = {
    "plot_activation": [lambda e, folder: plot_activation(activation_of(e), "relu", save=folder / "f.svg")],
    "plot_descent": [
        lambda e, folder: plot_descent(gradient_descent(lambda x, y: (x - 1) ** 2 + y**2 + 0 * e, 0.0, 1.0, rate=0.1, steps=3))
    ],
    "plot_losses": [lambda e, folder: plot_losses([v.data for v in e.tape()])],
    "plot_confusion": [lambda e, folder: plot_confusion([0, 1], [1, 1])],
    "plot_sup_error": [lambda e, folder: plot_sup_error([1, 2], [0.5, 0.1])],
    "plot_parameters": [lambda e, folder: plot_parameters(100)],
}

ON_MODELS = {
    "diagram": [
        lambda model, x: diagram(model, x).svg,
        lambda model, x: diagram(model, show="weights").svg,
    ],
    "plot_regions": [lambda model, x: plot_regions(model, [[0.0, 1.0], [1.0, 0.0]], [0, 1], resolution=5)],
    "plot_fit": [lambda model, x: plot_fit(model, [[0.0], [1.0]], [0.0, 1.0])],
}


def grads(e):
    """The grads of a tape, each with its sign, and whether it has been computed."""
    return [(v.has_grad, v._grad, math.copysign(1.0, v._grad or 0.0)) for v in e.tape()]


def test_every_public_function_of_viz_is_looked_at_here():
    assert {*ON_GRAPHS, *ON_VALUES, *ON_MODELS} | CLASSES == set(chalkgrad.viz.__all__)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
@pytest.mark.parametrize("name", [*ON_GRAPHS, *ON_VALUES])
def test_it_leaves_every_grad_of_the_graph_as_it_was(name, state, tmp_path):
    for call in (ON_GRAPHS | ON_VALUES)[name]:
        e = colah()
        state(e)
        before = grads(e)
        call(e, tmp_path)
        assert grads(e) == before


@pytest.mark.parametrize("sweeps", [0, 1])
@pytest.mark.parametrize(
    "model",
    [
        Neuron(2, activation="tanh", seed=0),
        Layer(2, 2, activation="tanh", seed=0),
        MLP(2, [2, 1], "tanh", seed=0),
        Network("x1 x2", "z = h1(x1, x2); y = h2(x1, z)", "tanh", seed=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_diagram_leaves_every_grad_of_the_model_and_its_inputs_as_it_was(model, sweeps):
    x = [Value(0.5, "x1"), Value(-1.0, "x2")]
    model.zero_grad()
    for _ in range(sweeps):
        out = model(x)
        (sum(out, Value(0.0)) if isinstance(out, list) else out).backward()
    values = [*model.parameters(), *x]
    before = [(v.has_grad, v._grad) for v in values]
    for call in ON_MODELS["diagram"]:
        call(model, x)
    if sweeps:
        diagram(model, show="grad")
    assert [(v.has_grad, v._grad) for v in values] == before


@pytest.mark.parametrize(("name", "inputs"), [("plot_regions", 2), ("plot_fit", 1)])
def test_a_plot_of_a_model_leaves_every_grad_as_it_was(name, inputs):
    model = MLP(inputs, [2, 1], "tanh", seed=0)
    x = [Value(0.5, f"x{i}") for i in range(inputs)]
    model(x).backward()
    before = [(v.has_grad, v._grad) for v in model.parameters()]
    for call in ON_MODELS[name]:
        call(model, x)
    assert [(v.has_grad, v._grad) for v in model.parameters()] == before


def test_a_folded_picture_leaves_every_grad_as_it_was():
    model = MLP(2, [3, 1], "tanh", seed=0)
    loss = (model([1.0, -2.0]) - 1) ** 2
    loss.steps().step(9)
    before = grads(loss)
    assert "<svg" in draw(loss, collapse="neurons").svg
    assert "<svg" in draw(loss, collapse="layers", highlight=loss.steps()[4], show="contributions").svg
    assert grads(loss) == before


def test_a_cursor_goes_on_after_someone_has_looked():
    e = colah()
    steps = e.steps()
    steps.step(3)
    at_a_prompt(e, "n 2", "q")
    draw(e, highlight=e.steps()[4])
    steps.run()
    a, b = e.tape()[:2]
    assert (a.grad, b.grad) == (2.0, 5.0)
