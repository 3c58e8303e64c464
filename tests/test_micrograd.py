"""Code written for micrograd runs here with the import lines changed: its tests, its README's example, its two notebooks.

The programs follow github.com/karpathy/micrograd (test/test_engine.py, README.md, demo.ipynb, trace_graph.ipynb). What its
tests compare with PyTorch was computed there once; the numbers are recorded here.
"""

import random
from pathlib import Path

import numpy as np
import pytest
from chalkgrad import nn
from chalkgrad.engine import Value
from chalkgrad.nn import MLP, Layer, Neuron
from chalkgrad.viz import draw_dot
from graphviz import Digraph


def test_sanity_check():
    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)


def test_more_ops_which_is_also_the_example_of_the_readme():
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert f"{g.data:.4f} {a.grad:.4f} {b.grad:.4f}" == "24.7041 138.8338 645.5773"
    assert g.data == pytest.approx(24.70408163265306, rel=1e-15)
    assert a.grad == pytest.approx(138.83381924198252, rel=1e-15)
    assert b.grad == pytest.approx(645.5772594752186, rel=1e-15)


@pytest.mark.parametrize(
    ("function", "x", "value", "slope"),
    [
        (Value.tanh, -1.0, -0.7615941559557649, 0.41997434161402614),
        (Value.tanh, 0.123, 0.12238344189440875, 0.9850222931500919),
        (Value.tanh, 2.0, 0.9640275800758169, 0.07065082485316443),
        (Value.exp, -1.0, 0.36787944117144233, 0.36787944117144233),
        (Value.exp, 0.123, 1.1308844209474893, 1.1308844209474893),
        (Value.exp, 2.0, 7.38905609893065, 7.38905609893065),
    ],
)
def test_unary_functions_as_methods(function, x, value, slope):
    xv = Value(x)
    yv = function(xv)
    yv.backward()
    assert yv.data == pytest.approx(value, rel=1e-15)
    assert xv.grad == pytest.approx(slope, rel=1e-15)


def notebook_trace(root):
    nodes, edges = set(), set()

    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(root)
    return nodes, edges


def notebook_draw(root, format="svg", rankdir="LR"):  # noqa: A002 - the notebook's names
    assert rankdir in ["LR", "TB"]
    nodes, edges = notebook_trace(root)
    dot = Digraph(format=format, graph_attr={"rankdir": rankdir})
    for n in nodes:
        dot.node(name=str(id(n)), label=f"{{ data {n.data:.4f} | grad {n.grad:.4f} }}", shape="record")
        if n._op:
            dot.node(name=str(id(n)) + n._op, label=n._op)
            dot.edge(str(id(n)) + n._op, str(id(n)))
    for n1, n2 in edges:
        dot.edge(str(id(n1)), str(id(n2)) + n2._op)
    return dot


def test_the_notebook_that_draws_runs_with_its_own_function_and_with_ours(tmp_path):
    x = Value(1.0)
    y = (x * 2 + 1).relu()
    y.backward()
    source = notebook_draw(y).source
    assert source.count("shape=record") == 4
    assert "label=ReLU" in source

    random.seed(1337)
    n = nn.Neuron(2)
    x = [Value(1.0), Value(-2.0)]
    y = n(x)
    y.backward()
    dot = draw_dot(y)
    assert isinstance(dot, Digraph)
    assert "digraph" in dot.source
    rendered = dot.render(str(tmp_path / "gout"))
    assert Path(rendered).read_text(encoding="utf-8").lstrip().startswith(("<?xml", "<svg"))


def make_moons(n_samples, noise, source):
    t = np.linspace(0, np.pi, n_samples // 2)
    points = np.vstack([np.c_[np.cos(t), np.sin(t)], np.c_[1 - np.cos(t), 0.5 - np.sin(t)]])
    return points + source.normal(scale=noise, size=points.shape), np.repeat([0, 1], n_samples // 2)


def test_the_demo_notebooks_training_loop_learns_the_moons():
    source = np.random.default_rng(1337)
    random.seed(1337)
    X, y = make_moons(n_samples=40, noise=0.1, source=source)
    y = y * 2 - 1
    model = MLP(2, [16, 16, 1])
    assert len(model.parameters()) == 337
    assert str(model)

    def loss(batch_size=None):
        if batch_size is None:
            Xb, yb = X, y
        else:
            ri = source.permutation(X.shape[0])[:batch_size]
            Xb, yb = X[ri], y[ri]
        inputs = [list(map(Value, xrow)) for xrow in Xb]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(yb, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        alpha = 1e-4
        reg_loss = alpha * sum(p * p for p in model.parameters())
        total_loss = data_loss + reg_loss
        accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(yb, scores, strict=True)]
        return total_loss, sum(accuracy) / len(accuracy)

    assert loss(batch_size=8)[0].data > 0
    first, _ = loss()
    for k in range(60):
        total_loss, _accuracy = loss()
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
    total_loss, accuracy = loss()
    assert total_loss.data < first.data / 4
    assert accuracy == 1.0
    mesh = [np.array([0.5, -0.5]), np.array([0.0, 1.0])]
    scores = list(map(model, [list(map(Value, xrow)) for xrow in mesh]))
    assert [s.data > 0 for s in scores] == [True, False]


def test_the_other_loss_of_the_notebook_with_a_value_made_of_the_label():
    model = MLP(2, [4, 1], seed=3)
    yi = np.int64(-1)
    score = model([Value(np.float64(0.5)), Value(np.float64(1.0))])
    loss = (Value(yi) * score + 1).relu() + (1 + -yi * score).relu()
    assert loss.data == pytest.approx(max(0, 1 - score.data) + max(0, 1 + score.data))


def test_neurons_are_made_as_micrograds():
    random.seed(5)
    expected = [random.uniform(-1, 1) for _ in range(6)]
    random.seed(5)
    layer = Layer(3, 2)
    assert [p.data for n in layer.neurons for p in n.w] == expected
    assert [n.b.data for n in layer.neurons] == [0, 0]
    linear = Neuron(2, nonlin=False)
    linear.w[0].data, linear.w[1].data = 1, 2
    assert linear([Value(-5.0), Value(-6.0)]).data == -17.0
    assert isinstance(MLP(2, [3, 2])([1.0, 2.0]), list)
    assert isinstance(MLP(2, [3, 1])([1.0, 2.0]), Value)
