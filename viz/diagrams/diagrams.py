"""Diagrams of models as lectures draw them, of what a model without activations is, of heads, and of Jacobians.

>>> from chalkgrad.nn import MLP, Network, Neuron
>>> diagram(Neuron(2, activation="tanh", seed=0))
<Figure of neuron with 2 inputs, tanh; .save("neuron.svg")>
>>> diagram(MLP(3, [2, 3, 2], "tanh", seed=0), x=[1, 0.5, -1], theme="dark")
<Figure of MLP 3 → 2 → 3 → 2, tanh, last layer linear; .save("MLP.svg")>
>>> net = Network("x1 x2", "z = h1(x1, x2); y = h2(x1, z)", "tanh", seed=0)
>>> diagram(net, path="x2 y")
<Figure of network of 2 units, x1, x2 → y; .save("network.svg")>
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from chalkgrad.engine import Value
from chalkgrad.engine.derivatives.matrix import Matrix
from chalkgrad.nn import MLP, Layer, Module, Network, Neuron
from chalkgrad.nn.heads import Head
from chalkgrad.nn.losses import as_list
from chalkgrad.nn.models.affine import Affine
from chalkgrad.nn.models.show import listed_names
from chalkgrad.viz.diagrams import sketch
from chalkgrad.viz.diagrams.affine_diagram import affine_diagram, collapsed_diagram
from chalkgrad.viz.diagrams.affine_diagram import title_of as affine_title
from chalkgrad.viz.diagrams.head_diagram import head_diagram
from chalkgrad.viz.diagrams.head_diagram import title_of as heads_title
from chalkgrad.viz.diagrams.matrix_diagram import matrix_diagram, title_of
from chalkgrad.viz.diagrams.mlp_diagram import mlp_diagram
from chalkgrad.viz.diagrams.network_diagram import network_diagram
from chalkgrad.viz.diagrams.neuron_diagram import neuron_diagram
from chalkgrad.viz.diagrams.sketch import DIAGRAMS
from chalkgrad.viz.drawing.drawing import Figure
from chalkgrad.viz.letters import themes

Show = Literal["names", "weights", "grad"]
SHOWS = ("names", "weights", "grad")
LIMIT = 60  # units of a network
DIGITS = sketch.DIGITS


def diagram(
    model: Neuron | Layer | MLP | Network | Affine | Head | Sequence[Head] | Matrix[Any],
    x: Any = None,
    *,
    show: Show | None = None,
    path: str | Iterable[str] = (),
    collapsed: bool = False,
    caption: str = "",
    theme: str = "light",
    digits: int = DIGITS,
    limit: int = LIMIT,
) -> Figure:
    """Draws the diagram of a model, as it is now; of a head; or of a Jacobian.

    A neuron, or a layer that is one, has its inputs x_i, its weights w_i on the edges, Σ and φ. An MLP has a column of
    circles for each layer, z_0 = x, z_1, …, with W_ℓ, b_ℓ between them; what does not fit a slide is left out and counted.
    A network has a circle for each unit, and dashed boxes around input, hidden units and output.

    With ``collapsed=True`` a model without activations stands beside the one affine map that it is, y = Wx + b, with the
    matrices of an MLP's layers and their product below, if they are small; ``model.collapse()`` alone is drawn as well.

    A head is drawn behind the last layer: the score alone, the logistic function, or softmax; several in a list, one below the
    other. A Jacobian or Hessian is a map of cells: hue is the sign, strength the size; the numbers stand in it, or, if they do
    not fit, squares for them, filled or, if negative, hollow. That of an element-wise function has its diagonal only.

    Args:
        model: a Neuron, Layer, MLP or Network of `chalkgrad.nn`; what its collapse() returns; linear_head, logistic_head,
            softmax_head or a list of them; or what `jacobian` or `hessian` returns.
        x: inputs, as the model takes them; given, the values of that pass are written into the diagram. For a head its
            score or scores, for a list of heads those of each.
        show: what the edges show: ``"names"``, ``"weights"`` or, after backward(), ``"grad"``, the weights' gradients.
            Thickness is size, hue and dashes the sign; a neuron's edges have the numbers. By default an MLP shows its weights,
            a network its names, a neuron its weights if inputs are given.
        path: in a network, what to highlight: names of inputs, units, results, outputs and parameters, such as
            ``net.deep_path`` or ``"x2 → h1 → h4 → h6 → y2"``. If no arrow joins two of them, every path is: ``"θ3 y1"``.
        collapsed: whether to draw the affine map as well that a model without activations equals.
        caption: a sentence below it all.
        theme: ``"light"``, ``"dark"`` or ``"print"``.
        digits: significant digits of the numbers.
        limit: how many units of a network to draw at most.

    Raises:
        TypeError: the model is something else, or x is not a list of inputs.
        ValueError: x has the wrong number of inputs; a name in the path is unknown, or no path leads along it; no gradient
            has been computed; the model to collapse is not affine; an unknown theme or show; an option that this diagram has
            no use for; the network has more units than the limit.

    >>> from chalkgrad.nn import MLP
    >>> diagram(MLP(2, [3, 1], seed=0))
    <Figure of MLP 2 → 3 → 1, relu, last layer linear; .save("MLP.svg")>
    >>> diagram(MLP(2, [3, 1], activation=None, seed=0), collapsed=True)
    <Figure of MLP 2 → 3 → 1, linear, last layer linear, 13 parameters = one affine map; .save("MLP.svg")>
    >>> from chalkgrad.engine import jacobian
    >>> x, y = Value(2.0, "x"), Value(3.0, "y")
    >>> diagram(jacobian([x * y, x - y], [x, y]))
    <Figure of Jacobian 2×2; .save("Jacobian.svg")>
    """
    colours = themes.theme(theme)
    if show is not None and show not in SHOWS:
        raise ValueError(f'show is "names", "weights" or "grad", not {show!r}')
    if isinstance(digits, bool) or not isinstance(digits, int) or digits < 1:
        raise ValueError(f"digits is a whole number of at least 1, not {digits!r}")
    if not isinstance(caption, str):
        raise TypeError(f"a caption is a text, such as str(net.is_deep), not {caption!r}")
    if isinstance(model, Affine):
        _refuse_for(affine_title(model), show=show, path=path, limit=limit, collapsed=collapsed)
        return Figure(affine_diagram(model, x, colours, caption=caption, digits=digits), affine_title(model))
    if isinstance(model, Matrix):
        _refuse_for(title_of(model), x=x, show=show, path=path, limit=limit, collapsed=collapsed)
        return Figure(matrix_diagram(model, colours, caption=caption, digits=digits), title_of(model))
    heads = [model] if isinstance(model, Head) else [*model] if isinstance(model, (list, tuple)) else []
    if heads and all(isinstance(head, Head) for head in heads):
        _refuse_for("head", show=show, path=path, limit=limit, collapsed=collapsed)
        scores = [x] if isinstance(model, Head) else [None] * len(heads) if x is None else as_list(x)
        if digits != DIGITS and x is None:
            raise ValueError(f"no number stands in this diagram, so digits={digits} has no use: give x, the scores")
        if len(scores) != len(heads):
            raise ValueError(f"x has the scores of each head, None for none: {len(heads)} of them, and was given {len(scores)}")
        return Figure(head_diagram(heads, scores, colours, caption=caption, digits=digits), heads_title(heads))
    if not isinstance(model, (Neuron, Layer, MLP, Network)):
        raise TypeError(_refusal(model))
    if collapsed:
        if show is not None or path or limit != LIMIT:
            raise ValueError("collapsed=True shows names and matrices: leave show, path and limit out")
        scene = collapsed_diagram(model, x, colours, caption=caption, digits=digits)
        return Figure(scene, scene.title)
    if show == "grad" and not any(parameter.has_grad for _, parameter in model.named_parameters()):
        raise ValueError(
            f"no gradient has been computed for {model!r}: call backward() on a loss first, or leave show='grad' out"
        )
    columns = isinstance(model, MLP) or (isinstance(model, Layer) and len(model.neurons) > 1)  # which show their weights
    numbers = show in ("weights", "grad") or x is not None or (show is None and columns)
    if digits != DIGITS and not numbers:
        raise ValueError(f"no number stands in this diagram, so digits={digits} has no use: give x, or show='weights'")
    if isinstance(model, Network):
        if show in ("weights", "grad") and not any(map(_shows_weights, model.units.values())):
            raise ValueError(f"show={show!r} is for neurons and units of one parameter, and {model!r} has none: leave it out")
        scene = network_diagram(model, x, colours, show=show, path=path, caption=caption, digits=digits, limit=limit)
        count = len(model.units)
        return Figure(scene, DIAGRAMS.form("figure of a network", count).format(count=count, ends=_ends(model)))
    if path:
        raise ValueError(f"a path is lit in the diagram of a Network, and {model!r} is not one")
    if limit != LIMIT:
        raise ValueError(f"limit is for the units of a Network, and {model!r} is not one: leave it out")
    if isinstance(model, MLP) or (isinstance(model, Layer) and len(model.neurons) > 1):
        scene = mlp_diagram(model, x, colours, show=show, caption=caption, digits=digits)
        return Figure(scene, scene.title.rpartition(", ")[0] if isinstance(model, MLP) else scene.title)
    scene = neuron_diagram(model, x, colours, show=show, caption=caption, digits=digits)
    neuron = model.neurons[0] if isinstance(model, Layer) else model
    count = len(neuron.w)
    return Figure(scene, DIAGRAMS.form("figure of a neuron", count).format(count=count, activation=neuron.activation))


def _refuse_for(what: str, **options: Any) -> None:
    """Raises ValueError if one of these options is given, which are for models."""
    for name, given in options.items():
        if given is not None and given not in ((), False, LIMIT):
            raise ValueError(f"{name} is for diagrams of models, and this is of a {what}: leave it out")


def _shows_weights(unit: Module) -> bool:
    """Tells whether a unit of a network shows numbers of its own: on the arrows into a neuron, or its only parameter."""
    return isinstance(unit, Neuron) or len([*unit.named_parameters()]) == 1


def _ends(net: Network) -> str:
    """Returns the network's inputs and outputs, as its repr writes them."""
    return f"{listed_names(net.inputs)} → {listed_names(net.outputs)}"


def _refusal(model: object) -> str:
    what = f"a {type(model).__name__}" if not isinstance(model, type) else f"the class {model.__name__} itself"
    said = f"diagram draws a Neuron, Layer, MLP or Network of chalkgrad.nn, a head or a Jacobian, and was given {what}"
    if isinstance(model, Value):
        return f"{said}: the graph of a Value is drawn by draw(…)"
    if isinstance(model, Module):
        return f"{said}: wire its parts into a Network, or draw the graph of what it computes with draw(model(x))"
    return said
