"""What nn writes in LaTeX: the lecture's formulas, by hand beside them, numbers against the model, and all of it on a slide."""

import re
from random import Random

import numpy as np
import pytest
from chalkgrad.engine.words.manner import manner
from chalkgrad.nn import (
    L1,
    L2,
    MLP,
    Gaussian,
    Laplace,
    Layer,
    Network,
    Neuron,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    collapse,
    cross_entropy,
    cross_entropy_of_probabilities,
    hinge,
    linear_head,
    logistic_head,
    mean_squared_error,
    softmax_head,
    squared_error,
)
from chalkgrad.nn.demonstrations import Counts, least_squares, polynomial_parameters
from chalkgrad.nn.losses import LossFunction
from chalkgrad.nn.models.formulas import DEFINITIONS, parameter_symbols
from chalkgrad.nn.models.layers import KNOWN
from latex import LUALATEX, PDFLATEX, problems

LOSSES = [squared_error, binary_cross_entropy_with_logits, binary_cross_entropy, cross_entropy, cross_entropy_of_probabilities]
HEADS = [linear_head, logistic_head, softmax_head]
SAMPLE = [0.3, -0.25, 1.5]


def lecture_network():
    """The lecture's MLP of three inputs and widths 2, 3, 2, with numbers of three and four digits."""
    model = MLP(3, [2, 3, 2], "tanh", seed=0)
    trace = model.trace(SAMPLE)
    L = squared_error(trace.output, [0.5, -1.25])
    L.label = "L"
    return model, trace, trace.backward(L)


def lecture_wiring():
    """The lecture's network of six units."""
    wiring = "z1 = h1(x2, x3); z2 = h2(x1, x2); z3 = h3(x1, z1); z4 = h4(z1, x3); y1 = h5(z2, z3); y2 = h6(z1, z3, z4)"
    return Network("x1 x2 x3", wiring, "sigmoid", seed=0)


def plain(latex):
    """A formula without the blanks and the packages that it needs."""
    return re.sub(r"\s|\\,|\\left|\\right|\\[Bb]igl?r?", "", re.sub(r"(?m)^%.*$", "", latex))


def matrices(latex):
    """The matrices of numbers in a formula."""
    found = re.findall(r"\\begin\{pmatrix\}(.*?)\\end\{pmatrix\}", latex, re.DOTALL)
    return [np.array([[float(x) for x in row.split("&")] for row in one.split(r"\\")]) for one in found]


# The lecture's formulas -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "written"),
    [
        (squared_error, r"\sum_{i} (y^{(i)} - f(x^{(i)}; W))^{2}"),
        (mean_squared_error, r"\frac{1}{m} \sum_{i=1}^{m} (y^{(i)} - f(x^{(i)}; W))^{2}"),
        (
            binary_cross_entropy_with_logits,
            r"-\sum_{i} [y^{(i)} \log \sigma(f(x^{(i)}; W)) + (1 - y^{(i)}) \log(1 - \sigma(f(x^{(i)}; W)))]",
        ),
        (
            binary_cross_entropy.mean,
            r"-\frac{1}{m} \sum_{i=1}^{m} [y^{(i)} \log f(x^{(i)}; W) + (1 - y^{(i)}) \log(1 - f(x^{(i)}; W))]",
        ),
        (cross_entropy, r"-\sum_{i} \log \mathrm{softmax}(f(x^{(i)}; W))_{y^{(i)}}"),
        (cross_entropy_of_probabilities, r"-\sum_{i} \log f_{y^{(i)}}(x^{(i)}; W)"),
        (hinge, r"\sum_{i} \max(0, 1 - y^{(i)} f(x^{(i)}; W))"),
        (LossFunction(lambda s, y: abs(s - y)), r"\frac{1}{m} \sum_{i=1}^{m} \ell(f(x^{(i)}; W), y^{(i)})"),
    ],
)
def test_a_loss_is_the_formula_of_the_lecture(loss, written):
    assert plain(loss.latex()) == plain(written)
    assert plain(loss.latex(r"\theta")) == plain(written.replace("; W", r"; \theta"))


def test_a_loss_of_ones_own_is_called_by_its_name():
    def huber_loss(score, y):
        return abs(score - y)

    assert r"\mathrm{huber\_loss}(f(x^{(i)};W),y^{(i)})" in plain(LossFunction(huber_loss).latex())


@pytest.mark.parametrize(
    ("prior", "penalty", "weight"),
    [
        (Gaussian(0.5), r"\sum_{j}\theta_{j}^{2}", r"\frac{1}{2\tau^{2}}=2"),
        (L2(0.01), r"\sum_{j}\theta_{j}^{2}", r"\frac{1}{2\tau^{2}}=0.01"),
        (Laplace(0.5), r"\sum_{j}|\theta_{j}|", r"\frac{1}{\tau}=2"),
        (L1(0.1), r"\sum_{j}|\theta_{j}|", r"\frac{1}{\tau}=0.1"),
        (Gaussian(0.5, 3.0), r"\sum_{j}(\theta_{j}-\mu)^{2}", r"\frac{1}{2\tau^{2}}=2\\\mu&=3"),
        (L2(0.01, biases=False), r"\sum_{j}w_{j}^{2}", r"\frac{1}{2\tau^{2}}=0.01"),
    ],
)
def test_a_prior_is_a_penalty_with_its_weight_and_the_map_is_the_loss_and_the_penalty(prior, penalty, weight):
    symbol = r"\theta" if prior.biases else "w"
    alone = rf"-\logp({symbol})&=\lambda{penalty}+\mathrm{{const}}\\\lambda&={weight}"
    assert plain(prior.latex()) == rf"\begin{{aligned}}{alone}\end{{aligned}}"
    assert "= 2" not in prior.latex(numbers=False)
    summed = plain(prior.latex(squared_error))
    assert (
        rf"\theta_{{\mathrm{{MAP}}}}&=\arg\min_{{\theta}}\;[\sum_{{i}}(y^{{(i)}}-f(x^{{(i)}};\theta))^{{2}}+\lambda{penalty}]"
        in summed
    )
    assert rf"+\frac{{\lambda}}{{m}}{penalty}" in plain(prior.latex(cross_entropy.mean))
    assert plain(prior.latex(hinge)).startswith(r"\begin{aligned}\theta^{*}&=")  # which is no likelihood


def test_heads():
    assert plain(linear_head.latex()) == r"\hat{y}=f(x;W)"
    assert plain(logistic_head.latex()) == plain(r"P(y = 1 \mid x) = \sigma(f(x; W)) = \frac{1}{1 + e^{-f(x; W)}}")
    assert plain(softmax_head.latex()) == plain(
        r"P(y = c \mid x) = \mathrm{softmax}(f(x; W))_{c} = \frac{e^{f_{c}(x; W)}}{\sum_{k} e^{f_{k}(x; W)}}"
    )


def test_every_activation_has_a_formula():
    assert set(KNOWN) == {*DEFINITIONS, "linear"}
    for name, written in [("sigmoid", r"\frac{1}{1+e^{-u}}"), ("relu", r"\max(u,0)"), ("tanh_half", r"\tanh(u/2)")]:
        neuron = plain(Neuron(3, activation=name).latex())
        assert neuron == rf"h(x;w,b)=\varphi(x^{{\top}}w+b),\qquad\varphi(u)={written}"
    assert plain(Neuron(3, activation=None).latex()) == r"h(x;w,b)=x^{\top}w+b"
    assert plain(Neuron(1, activation=lambda u: u * u).latex()) == r"h(x;w,b)=\varphi(x^{\top}w+b)"
    assert plain(Neuron(1, activation="sin").latex()).endswith(r"\varphi(u)=\sin(u)")


# Parameters, layers, wirings ------------------------------------------------------------------------------------------


def test_theta_is_the_lectures_vector():
    net = lecture_wiring()
    vectors, elements, numbers = re.findall(r"\[ (.*?) \]", net.theta.latex())
    assert vectors == ", ".join(f"w_{{{i}}}, b_{{{i}}}" for i in range(1, 7))
    assert elements.startswith("w_{1,1}, w_{1,2}, b_{1}, w_{2,1}")
    assert elements.endswith("w_{6,3}, b_{6}")
    first = [float(x) for x in numbers.split(r", \dots")[0].split(", ")]
    assert first == pytest.approx(net.theta.values[: len(first)], rel=1e-3)
    assert "0" not in net.theta.latex(numbers=False)


def test_parameters_are_told_apart():
    names = ["encoder.layer1.w1", "decoder.layer1.w1", "decoder.layer1.b"]
    assert parameter_symbols(names)[0] != parameter_symbols(names)[1]
    assert len(set(parameter_symbols(["h1.w1", "g1.w1"]))) == 2
    assert parameter_symbols(["layer1.neuron12.w3"]) == [("w_{1,12}", "w_{1,12,3}")]
    for model in (MLP(3, [2, 11, 2]), lecture_wiring()):
        assert len(set(parameter_symbols(model.theta.names))) == len(model.theta)


def test_a_layer_and_a_network_have_the_formula_of_a_unit_and_that_of_matrices():
    layer = plain(Layer(3, 2, activation="relu").latex())
    assert r"z_{j}&=\varphi(w_{j}^{\top}x+b_{j}),\qquadj=1,2" in layer
    assert r"z&=\varphi(\underset{2\times3}{W}\underset{3\times1}{x}+\underset{2\times1}{b})" in layer
    model = plain(lecture_network()[0].latex())
    assert r"z_{ij}&=\varphi_{i}(w_{ij}^{\top}z_{i-1}+b_{ij}),\qquadz_{0}=x" in model
    assert r"z_{2}&=\tanh(\underset{3\times2}{W_{2}}\underset{2\times1}{z_{1}}+\underset{3\times1}{b_{2}})" in model
    assert r"z_{3}&=\underset{2\times3}{W_{3}}\underset{3\times1}{z_{2}}+\underset{2\times1}{b_{3}}" in model
    assert r"z_{i}&=\varphi_{i}(W_{i}z_{i-1}+b_{i}),\qquadi=3,\dots,5" in plain(MLP(1, [2, 3, 4, 5, 6, 7, 8]).latex())


def test_a_wiring_has_a_formula_for_each_unit():
    lines = plain(lecture_wiring().latex()).split(r"\\")
    assert lines[2] == r"z_{3}&=h_{3}(x_{1},z_{1})=\sigma(w_{3,1}x_{1}+w_{3,2}z_{1}+b_{3})"
    assert lines[-1] == r"\sigma(u)&=\frac{1}{1+e^{-u}}\end{aligned}"
    own = Network(
        "x", "z1 = h1(x); y1 = h2(z1); y2 = y1", units=dict.fromkeys(("h1", "h2"), lambda z, θ=0.5: θ * z), outputs="y2"
    )
    assert plain(own.latex()) == plain(
        r"\begin{aligned} z_{1} &= h_{1}(x; \theta_{1}) \\ y_{1} &= h_{2}(z_{1}; \theta_{2}) \\ y_{2} &= y_{1} \end{aligned}"
    )


def test_collapse_says_how_the_matrices_are_multiplied():
    model = MLP(2, [3, 2], None, seed=1)
    model.theta = [0.5 * i - 2 for i in range(len(model.theta))]
    latex = model.collapse().latex()
    assert r"y &= W_{2} (W_{1} x + b_{1}) + b_{2} = W x + b" in latex
    assert "W &= W_{2} W_{1}" in latex
    assert "b &= W_{2} b_{1} + b_{2}" in latex
    w1, w2 = (np.array(layer.W.values) for layer in model.layers)
    b1, b2 = (np.array([layer.b.values]).T for layer in model.layers)
    second, first, product, offset = matrices(latex)
    assert (second == w2).all()
    assert (first == w1).all()
    assert product == pytest.approx(w2 @ w1, rel=1e-3)
    assert offset == pytest.approx(w2 @ b1 + b2, rel=1e-3)
    assert r"W_{3} W_{2} b_{1} + W_{3} b_{2} + b_{3}" in MLP(1, [1, 1, 1], None).collapse().latex(numbers=False)


def test_a_wiring_that_collapses_has_its_one_map():
    net = Network("x1 x2", "z = h1(x1, x2); y = h2(x1, z)", "linear", parameters=dict.fromkeys(("h1.w1", "h2.w2"), 2.0))
    f = collapse(net)
    (weights,) = matrices(f.latex().replace(r"x_{1} \\ x_{2}", "0"))[:1]
    assert weights == pytest.approx(np.array(f.W), rel=1e-3)
    assert f.latex().splitlines()[2].startswith("y &= ")


def test_counts_are_written_with_their_formulas():
    latex = polynomial_parameters([2, 10_000]).latex()
    assert r"D & \binom{D + 3}{3} & D^{3} & 100 D + 201" in latex
    assert "10{,}000 & 166{,}766{,}685{,}001 & 1{,}000{,}000{,}000{,}000 & 1{,}000{,}201" in latex
    deep = polynomial_parameters(7, 2, [5, 4, 3])
    slope, constant = re.findall(r"(\d+) D \+ (\d+)", deep.latex())[0]
    assert int(slope) * 7 + int(constant) == len(MLP(7, [5, 4, 3]).parameters()) == deep[0].network
    assert isinstance(deep, Counts)


# One layer, and symbols -----------------------------------------------------------------------------------------------


def test_the_matrix_form_of_one_layer_in_symbols_is_the_lectures():
    _, _, form = lecture_network()
    assert plain(form.latex(layer=2, numbers=False)) == plain(
        r"""\begin{aligned}
        \frac{\partial L}{\partial W_{2}} &= \frac{\partial L}{\partial z_{2}} \cdot \frac{\partial z_{2}}{\partial u_{2}} \cdot
            \frac{\partial u_{2}}{\partial W_{2}} = \delta_{2}^{\top} z_{1}^{\top} \\
        \frac{\partial z_{2}}{\partial u_{2}} &= \mathrm{diag}(\varphi_{2}'(u_{2})),
            \qquad \frac{\partial u_{2}}{\partial W_{2}} = z_{1}^{\top} \\
        \delta_{2} &= \frac{\partial L}{\partial z_{2}} \cdot \frac{\partial z_{2}}{\partial u_{2}} \\
        \frac{\partial L}{\partial b_{2}} &= \delta_{2} \\
        \frac{\partial L}{\partial z_{1}} &= \delta_{2} W_{2}
        \end{aligned}"""
    )
    general = plain(form.latex(numbers=False))
    assert plain(r"\frac{\partial z_{\ell}}{\partial u_{\ell}} &= \mathrm{diag}(\varphi_{\ell}'(u_{\ell}))") in general
    assert general.endswith(r"\ell&=3,2,1\end{aligned}")


def test_the_numbers_of_one_layer_are_those_of_the_model():
    model, trace, form = lecture_network()
    found = matrices(form.latex(layer=2))
    wanted = [[form.dL_dz[2]], [form.delta[2]], [[v.data for v in trace.z[1]]], form.dL_dW[2], model.layer2.W.values]
    for found_one, other in zip(found, [*wanted, [form.dL_dz[1]]], strict=True):
        assert found_one == pytest.approx(np.array(other), rel=1e-3)
    weights, z, b, u, end = matrices(trace.latex(layer=3))
    assert weights @ z + b == pytest.approx(u, rel=1e-2)
    assert (u == end).all()  # of a linear layer
    assert "_{2} &=" not in trace.latex(layer=3)


def test_a_batch_has_each_number_once_where_a_slide_has_no_room_for_more():
    trace, form = batch(3, [2, 2], 2)
    z, weights = ([[v.data for v in row] for row in rows] for rows in (trace.z[1], trace.layers[1][0]))
    wanted = [form.dL_dz[2], form.slopes[2], form.delta[2], z, form.dL_dW[2], [form.dL_db[2]], weights, form.dL_dz[1]]
    for found, other in zip(matrices(form.latex(layer=2)), wanted, strict=True):
        assert found == pytest.approx(np.array(other), rel=1e-3)
    trace, form = batch(3, [2, 3, 2], 3)
    found = matrices(form.latex(layer=1))
    assert found[0] == pytest.approx(np.array(form.slopes[1]), abs=6e-4)
    assert found[-1] == pytest.approx(np.array(form.dL_dz[0]), rel=5e-3)
    assert found[1] @ found[2].T == pytest.approx(np.array(form.dL_dW[1]), rel=5e-2)


def test_totals_have_the_notation_of_the_manner_and_local_derivatives_keep_theirs():
    _, _, form = lecture_network()
    _, of_batch = batch(3, [2, 2], 2)
    with manner(notation="d"):
        symbols, text, several = form.latex(2, numbers=False), form.text(), of_batch.latex(2, numbers=False)
    assert r"\frac{\mathrm{d} L}{\mathrm{d} z_{2}} \cdot \frac{\partial z_{2}}{\partial u_{2}}" in symbols
    assert "δ₂ = dL/dz₂ · ∂z₂/∂u₂" in text
    assert r"\frac{\mathrm{d} L}{\mathrm{d} Z_{2}} \circ" in several
    with manner(notation="bar"):
        symbols, text = form.latex(numbers=False), form.text()
    assert r"\bar{z}_{\ell - 1} &= \delta_{\ell} W_{\ell}" in symbols
    assert "W̄₂ = δ₂ᵀ · z₁ᵀ" in text
    assert "∂L" not in text


def test_all_layers_together_are_complete_and_of_the_same_kind():
    _, trace, form = lecture_network()
    for latex in (trace.latex(), form.latex()):
        assert latex.startswith("% needs \\usepackage{amsmath}\n\\begin{aligned}\n")
        assert latex.endswith("\\end{aligned}")
        assert all(rf"_{{{i}}} " in latex for i in (1, 2, 3))
        assert "dots" not in latex
    assert form._repr_latex_().startswith(r"$\displaystyle \begin{aligned}")


@pytest.mark.parametrize("layer", [0, 4, -1, 2.0, True, "2"])
def test_a_layer_that_there_is_not_is_an_error_that_says_which_there_are(layer):
    model, trace, form = lecture_network()
    batch = model.trace([SAMPLE, SAMPLE])
    both = batch.backward(squared_error.over(batch.output, [[0, 1]] * 2))
    for one in (trace, form, batch, both):
        with pytest.raises(ValueError, match=rf"^the layers are 1 to 3, counted from 1; there is no layer {layer!r}$"):
            one.latex(layer=layer)
    with pytest.raises(ValueError, match=r"^there is only layer 1; there is no layer 2$"):
        MLP(1, [1]).trace([1.0]).latex(layer=2)


# On a slide -----------------------------------------------------------------------------------------------------------


def batch(inputs, widths, samples):
    """The pass of some samples, with numbers of four digits, and its matrix form."""
    numbers = Random(1)
    model = MLP(inputs, widths, "tanh", seed=0)
    trace = model.trace([[round(numbers.uniform(-2, 2), 3) for _ in range(inputs)] for _ in range(samples)])
    return trace, trace.backward(loss_of([y for output in trace.output for y in (output if widths[-1] > 1 else [output])]))


def loss_of(outputs):
    """A loss called L, of one output or several."""
    loss = squared_error(outputs, [0.5] * len(outputs) if isinstance(outputs, list) else 0.5)
    loss.label = "L"
    return loss


def all_formulas():
    """Everything of nn that is written in LaTeX, for the networks of the lecture, each with its name."""
    model, trace, form = lecture_network()
    net = lecture_wiring()
    linear = MLP(3, [2, 3, 2], None, seed=0).collapse()
    yield from ((f"{x!r}", x.latex()) for x in [*LOSSES, *(loss.mean for loss in LOSSES), hinge, *HEADS])
    for prior in (Gaussian(0.5), Laplace(2.0, 1.0), L2(0.01, biases=False)):
        yield f"{prior!r}", prior.latex()
        yield from ((f"{prior!r} and {loss!r}", prior.latex(loss)) for loss in [*LOSSES, binary_cross_entropy.mean, hinge])
    yield from ((f"neuron {name}", Neuron(3, activation=name).latex()) for name in KNOWN)
    yield "layer", Layer(3, 2, activation="selu").latex()
    yield from [
        ("MLP", model.latex()),
        ("network", net.latex()),
        ("θ of the MLP", model.theta.latex()),
        ("θ", net.theta.latex()),
    ]
    yield from [("W", model.layer2.W.latex()), ("b", model.layer2.b.latex()), ("collapse", linear.latex())]
    yield from [
        ("one map", collapse(Layer(3, 2, activation=None, seed=0)).latex()),
        ("counts", polynomial_parameters([2, 9, 10_000]).latex()),
    ]
    yield "line", least_squares([[0.0, 1.0], [1.0, 1.5], [2.0, 0.0]], [1.0, 3.0, 5.5]).latex()
    yield from [("trace in symbols", trace.latex(numbers=False)), ("matrix form in symbols", form.latex(numbers=False))]
    for i in (1, 2, 3):
        yield from ((f"{name} {i}", x.latex(layer=i)) for name, x in [("trace", trace), ("matrix form", form)])
        yield from ((f"symbols {name} {i}", x.latex(i, False)) for name, x in [("trace", trace), ("matrix form", form)])
    for inputs, widths, samples in ((3, [2, 2], 2), (3, [2, 3, 2], 3), (9, [8, 1], 9)):
        rows, rows_form = batch(inputs, widths, samples)
        for i in range(1, len(widths) + 1):
            yield f"batch of {samples}, {widths}, {i}", rows.latex(layer=i)
            yield f"matrix form of {samples}, {widths}, {i}", rows_form.latex(layer=i)
            yield f"matrix form of one, {widths}, {i}", rows.samples[0].backward(loss_of(rows.samples[0].output)).latex(layer=i)
    yield from [("batch in symbols", rows.latex(numbers=False)), ("symbols of it", rows_form.latex(numbers=False))]


@PDFLATEX
def test_all_of_it_compiles_and_fits_a_slide_as_estimated(tmp_path):
    assert problems(dict(all_formulas()), "pdflatex", tmp_path, off=(0.95, 1.2)) == []


@LUALATEX
def test_all_of_it_compiles_in_lualatex(tmp_path):
    assert problems(dict(all_formulas()), "lualatex", tmp_path, room=1.2) == []
