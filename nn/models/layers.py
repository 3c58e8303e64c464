"""Neurons, layers and multilayer perceptrons.

>>> model = MLP(3, [2, 3, 2], activation="tanh", seed=0)       # three inputs, layers of widths 2, 3 and 2
>>> model
MLP 3 → 2 → 3 → 2, tanh, last layer linear, 25 parameters
>>> [y.data for y in model([0.0, 0.0, 0.0])]
[0.0, 0.0]

A neuron is h(x; w, b) = φ(wᵀx + b). A layer is a row of neurons with the same inputs, an MLP a row of layers. Layers
count from 1 and widths exclude the input.

>>> len(model.layer2.W), len(model.layer2.W[0]), len(model.layer2.b)      # three neurons of two inputs each
(3, 2, 3)
>>> model.describe()
 layer  │ inputs → width │ φ      │ parameters
────────┼────────────────┼────────┼─────────────
 layer1 │ 3 → 2          │ tanh   │ 2·3 + 2 = 8
 layer2 │ 2 → 3          │ tanh   │ 3·2 + 3 = 9
 layer3 │ 3 → 2          │ linear │ 2·3 + 2 = 8
 total  │ 3 → 2          │        │ 25
3 layers of widths 2, 3, 2; the 3 inputs are not counted as a layer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Self, cast, get_args, overload

from chalkgrad.engine import Value, affine, unit
from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.basics.tracebacks import short_traceback, shorten
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.slides import equations_of
from chalkgrad.engine.words.tables import ends
from chalkgrad.engine.words.tex import document
from chalkgrad.nn.data import Table
from chalkgrad.nn.data.rows import is_row, sample_in, samples_in
from chalkgrad.nn.elsewhere import LAYERS, missing
from chalkgrad.nn.models import prediction, pytorch, saving
from chalkgrad.nn.models.affine import Affine, collapse
from chalkgrad.nn.models.batches import BatchTrace
from chalkgrad.nn.models.formulas import Equation, applied, definition, definitions
from chalkgrad.nn.models.initial import Initialiser, drawn_by
from chalkgrad.nn.models.matrices import Trace
from chalkgrad.nn.models.module import Module, as_inputs
from chalkgrad.nn.models.parameters import Biases, Parameters, Weights, rectangle, set_data, vector
from chalkgrad.nn.models.show import UnquotedText, table
from chalkgrad.nn.models.types import Activation, ActivationName, Output, Prediction
from chalkgrad.nn.options import Default, explained

NETWORKS = section("networks")
RELU: Any = Default("relu")  # the name, but of a kind of its own
KNOWN = tuple(name for name in get_args(ActivationName) if name.islower())  # what a misspelt name is told
MOST_LAYERS = 4  # that are written one below the other in LaTeX
OPERATIONS = {"step": "heaviside"}  # the operation of an activation that layers call by another name
LAYERS_OPTIONS = {
    "nonlin": "the activation is activation='tanh', and None makes every layer linear",
    "no inputs": "an MLP takes the number of inputs, then the widths of its layers, as in MLP(2, [16, 16, 1])",
}
_WIDTHS = "a layer takes the number of its inputs, then that of its neurons, as in Layer(2, 3)"


class Layered(Module):
    """What neurons, layers and multilayer perceptrons have in common: each consists of layers of neurons."""

    _programs: prediction.Programs | None = None  # those of predict()

    def _described(self) -> str:
        """Returns the repr with signs that a terminal may lack: the title of a picture."""
        return repr(self)

    def _rows(self) -> list[list[Neuron]]:
        """Returns the neurons, layer by layer."""
        raise NotImplementedError

    @overload
    def predict(self, x: Sequence[float]) -> Prediction: ...
    @overload
    def predict(self, x: Sequence[Sequence[float]] | Table) -> list[Prediction]: ...
    @overload
    def predict(self, x: Any) -> Any: ...
    @short_traceback
    def predict(self, x: Any) -> Any:
        """Returns what calling the model returns, as a float or a list of floats; nothing stays recorded.

        For a batch it returns a list of n such results: n lists of inputs, an n×inputs array, a frame or a table, whatever
        `fit` takes as X. Several numbers are a batch for a model of one input. A large batch is compiled.

        >>> model = MLP(2, [3, 1], seed=0)
        >>> model.predict([0.0, 0.0]), model.predict([[0.0, 0.0], [0.0, 0.0]])
        (0.0, [0.0, 0.0])
        """
        batch = samples_in(x.X if isinstance(x, Table) else x, len(self._rows()[0][0].w))
        if batch is None:
            return self._predict_sample(x)
        if self._computes_layers():
            found = prediction.batch_outputs(self, self._rows(), batch, self._programs)
            if found is not None:
                outputs, self._programs = found
                return outputs
        return [self._predict_sample(sample) for sample in batch]

    def describe(self) -> UnquotedText:
        """Returns a table of the layers: inputs and widths, activations, and how many weights + biases = parameters.

        >>> MLP(2, [3, 1]).describe()
         layer  │ inputs → width │ φ      │ parameters
        ────────┼────────────────┼────────┼─────────────
         layer1 │ 2 → 3          │ relu   │ 3·2 + 3 = 9
         layer2 │ 3 → 1          │ linear │ 1·3 + 1 = 4
         total  │ 2 → 1          │        │ 13
        2 layers of widths 3, 1; the 2 inputs are not counted as a layer.
        """
        rows, lines, total = self._rows(), [], len(self.parameters())
        widths = [len(neurons) for neurons in rows]
        for i, neurons in enumerate(rows, 1):
            inputs, width = len(neurons[0].w), len(neurons)
            count = f"{width}·{inputs} + {width} = {width * inputs + width}"
            lines.append((f"layer{i}", f"{inputs} → {width}", neurons[0].activation, count))
        inputs = len(rows[0][0].w)
        lines.append((NETWORKS["total"], f"{inputs} → {widths[-1]}", "", str(total)))
        text = table((NETWORKS["layer heading"], NETWORKS["widths heading"], "φ", NETWORKS["parameters heading"]), lines)
        layers = NETWORKS.form("layers", len(rows)).format(count=len(rows), widths=", ".join(map(str, widths)))
        return UnquotedText(f"{text}\n{NETWORKS.form('inputs', inputs).format(layers=layers, count=inputs)}")

    def to_torch(self) -> Any:
        """Returns a torch.nn.Sequential of Linear and activation modules in float64: the same numbers, the same outputs.

        It takes a tensor of n rows and returns n rows, of one number each for a single output. Frozen parameters do not take
        gradients there either. PyTorch's parameters are W and b of each layer; `theta` here goes neuron by neuron.

        Raises ImportError with the command that installs PyTorch, ValueError for what torch.nn has no module for: an
        activation that is not among relu, tanh, sigmoid, leaky_relu, elu, softplus, gelu, silu, mish, selu, softsign and
        linear, shared parameters, and a W or b that is frozen in part.

        >>> MLP(2, [3, 1], activation="exp", seed=0).to_torch()
        Traceback (most recent call last):
        ValueError: layer 1 has the activation exp, for which torch.nn has no module; those that have one are relu, ...
        """
        if not self._computes_layers():
            raise TypeError(
                f"{type(self).__name__} has a __call__ of its own, which no Sequential of PyTorch's computes: to_torch is for "
                "neurons, layers and MLPs as they are"
            )
        layers = []
        for neurons in self._rows():
            names, all_named = [n.activation for n in neurons], all(n.is_named for n in neurons)
            layers.append(pytorch.LayerValues([n.w for n in neurons], [n.b for n in neurons], names, all_named))
        return pytorch.sequential(layers)

    def _architecture(self) -> dict[str, Any]:
        rows = self._rows()
        for i, neurons in enumerate(rows, 1):
            for neuron in neurons:
                if not neuron.is_named:
                    raise ValueError(
                        f"the activation {neuron.activation} of layer {i} is a function of your own, which no file can hold: "
                        "save and load are for activations with a name, such as 'tanh'"
                    )
        return {
            "inputs": len(rows[0][0].w),
            "widths": [len(neurons) for neurons in rows],
            "activations": [neurons[0].activation for neurons in rows],
            "expanded": rows[0][0]._expanded,
        }

    def _computes_layers(self) -> bool:
        """Whether calling it computes its layers; a subclass with its own __call__ computes something else."""
        return type(self).__call__ in (Neuron.__call__, Layer.__call__, MLP.__call__)

    def _layer_numbers(self) -> list[tuple[list[list[float]], list[float]]]:
        if not self._computes_layers():
            return []
        return [([[w.data for w in n.w] for n in neurons], [n.b.data for n in neurons]) for neurons in self._rows()]

    def _input_names(self, example: Any = None) -> list[str]:
        width = len(self._rows()[0][0].w) if example is None else len(sample_in(example))
        return [f"x{i}" for i in range(1, width + 1)]

    def __getstate__(self) -> dict[str, Any]:
        """Returns what is copied and pickled: everything except compiled programs."""
        return {name: content for name, content in vars(self).items() if name != "_programs"}


class Neuron(Layered):
    """h(x; w, b) = φ(wᵀx + b) of `inputs` inputs. Shapes: x and w have n = `inputs` elements, b and the output are scalars.

    `activation` is φ: a name in any case ("relu", "tanh", "sigmoid", "tanh_half", "step", …), a function of a Value, or None
    for a linear neuron, which micrograd calls `nonlin=False`. A neuron records two nodes, the sum and φ, or with
    `expanded=True` one for each product and each sum. `init` and `seed` determine the initial weights (initial.py); the bias
    is 0 at first.

    Raises ValueError for a neuron without inputs, an unknown activation, one beside `nonlin=False`, a seed beside an `init` of
    your own, and inputs of the wrong number.

    >>> n = Neuron(2, activation="tanh", seed=0)
    >>> n
    tanh neuron of 2 inputs
    >>> n([1.0, -2.0]).op
    <operation tanh>
    """

    @explained({"no inputs": "a neuron takes the number of its inputs, as in Neuron(2)"}, "Neuron")
    def __init__(
        self,
        inputs: int,
        nonlin: bool = True,
        activation: Activation = RELU,
        *,
        expanded: bool = False,
        init: str | Initialiser = "micrograd",
        seed: int | None = None,
        outputs: int = 1,
        name: str = "neuron",
    ) -> None:
        check_width(inputs, "a neuron needs at least one input")
        draw = drawn_by(init, seed)
        self._function, self._activation = activation_beside(nonlin, activation)
        named = FUNCTIONS.get(OPERATIONS.get(self._activation, self._activation))
        self._named = self._function is None or named is self._function
        self._name, self._expanded = modes.unit_name(name), expanded
        with unit(name):
            self.w: list[Value] = Parameters(Value(w, f"w{i}") for i, w in enumerate(draw(inputs, outputs), 1))
            self.b = Value(0.0, "b")

    def __call__(self, x: Any) -> Value:
        """Records and returns φ(wᵀx + b), a Value, for a list of n numbers or Values."""
        try:
            return self.u_and_z(as_inputs(x, len(self.w), self))[1]
        except Exception as error:  # here, because a decorator would take a thirtieth of its time
            __tracebackhide__ = True
            shorten(error)
            raise

    def u_and_z(self, x: Sequence[Value]) -> tuple[Value, Value]:
        """Records and returns u = wᵀx + b and z = φ(u), for n Values."""
        if not self._named:
            with unit(self._name):  # a function of your own makes nodes that are not seen here
                u = self._sum(x)[-1]
                return u, u if self._function is None else self._function(u)
        # The place is written on the nodes here, because a mode that is in use slows down whatever else is recorded.
        place = modes.place_of(self._name)
        if self._expanded:
            made = self._sum(x)
            u = made[-1]
            for node in made:
                node.place = place
        else:
            u = affine(self.w, x, self.b)
            u.place = place
        if self._function is None:
            return u, u
        z = self._function(u)
        z.place = place
        return u, z

    def _sum(self, x: Sequence[Value]) -> list[Value]:
        """Records wᵀx + b and returns the nodes that it takes; the last of them is the sum."""
        if not self._expanded:
            return [affine(self.w, x, self.b)]
        made = [w * xi for w, xi in zip(self.w, x, strict=True)]
        u = made[0]
        for term in [*made[1:], self.b]:
            u = u + term
            made.append(u)
        return made

    @property
    def activation(self) -> str:
        """The name of φ; "linear" if there is none."""
        return self._activation

    @property
    def nonlin(self) -> bool:
        """Whether there is an activation: micrograd's name for it."""
        return self._activation != "linear"

    @property
    def function(self) -> Callable[[Value], Value] | None:
        """φ itself; None for a linear neuron, where z = u."""
        return self._function

    @property
    def expanded(self) -> bool:
        """Whether each product and each sum is recorded as its own node."""
        return self._expanded

    @property
    def is_named(self) -> bool:
        """Whether φ is an operation of the table, or absent; False for a function of your own."""
        return self._named

    def latex(self) -> str:
        r"""Returns h(x; w, b) = φ(xᵀw + b) in LaTeX, between \[ and \], for documents with the package amsmath, and what φ is.

        >>> print(Neuron(3, activation="relu").latex())
        % needs \usepackage{amsmath}
        h(x; w, b) = \varphi(x^{\top} w + b), \qquad \varphi(u) = \max(u, 0)
        """
        if not self.nonlin:
            return document(r"h(x; w, b) = x^{\top} w + b")
        phi = definition(self._activation)
        return document(r"h(x; w, b) = \varphi(x^{\top} w + b)" + (rf", \qquad \varphi(u) = {phi}" if phi else ""))

    def _rows(self) -> list[list[Neuron]]:
        return [[self]]

    def __repr__(self) -> str:
        return NETWORKS["neuron"].format(activation=self._activation, inputs=number_of("input", len(self.w)))


class Layer(Layered):
    """A row of `width` neurons with the same `inputs` inputs: z = φ(Wx + b), where the rows of W are the neurons' weights.

    Shapes: x has `inputs` elements, `W` is `width`×`inputs`, a matrix of rows, `b` and z have `width` elements. Options are
    those of Neuron. A layer of one neuron returns a bare Value, others a list.

    >>> layer = Layer(2, 3, activation=None, seed=0)
    >>> layer
    Layer of 3 linear neurons, 2 inputs each
    >>> layer.W = [[1, 2], [3, 4], [5, 6]]
    >>> layer.W[2][0]                                    # row 3, column 1: neuron 3's weight for input 1
    <Value w1 = 5, grad not computed>
    >>> layer.predict([1, 1])
    [3.0, 7.0, 11.0]
    """

    @explained(dict.fromkeys(("no inputs", "no width"), _WIDTHS), "Layer")
    def __init__(
        self,
        inputs: int,
        width: int,
        nonlin: bool = True,
        activation: Activation = RELU,
        *,
        expanded: bool = False,
        init: str | Initialiser = "micrograd",
        seed: int | None = None,
        name: str = "layer",
    ) -> None:
        check_width(width, "a layer needs at least one neuron")
        draw = drawn_by(init, seed)
        names = [f"{name}.neuron{i}" for i in range(1, width + 1)]
        self.neurons = [
            Neuron(inputs, nonlin, activation, expanded=expanded, init=draw, outputs=width, name=each) for each in names
        ]

    @short_traceback
    def __call__(self, x: Any) -> Output:
        """Records and returns the neurons' outputs, a list of `width` Values (one bare Value if there is only one)."""
        z = self.u_and_z(as_inputs(x, len(self.neurons[0].w), self))[1]
        return cast(Output, z[0] if len(z) == 1 else z)

    def u_and_z(self, x: Sequence[Value]) -> tuple[list[Value], list[Value]]:
        """Records and returns u = Wx + b and z = φ(u), a list each, for n Values."""
        u, z = [], []
        for neuron in self.neurons:
            uj, zj = neuron.u_and_z(x)
            u.append(uj)
            z.append(zj)
        return u, z

    @property
    def activation(self) -> str:
        """The name of φ; "linear" if there is none."""
        return self.neurons[0].activation

    @property
    def W(self) -> Weights:  # noqa: N802 - a matrix has a capital letter
        """The weights, `width`×`inputs`: row j is neuron j's. Assign a matrix of numbers to change all of them.

        Prints its numbers; `W[j][i]` is a Value, which may be set to a number, and `W.values` are the numbers. A matrix
        of shape `inputs`×`width` is set transposed, `layer.W = W.T`; one with the biases in column 0 in two parts,
        `layer.b = T[:, 0]` and `layer.W = T[:, 1:]`. Raises ValueError for any other shape.
        """
        return Weights(neuron.w for neuron in self.neurons)

    @W.setter
    def W(self, rows: Any) -> None:  # noqa: N802 - as above
        numbers = rectangle(rows, len(self.neurons), len(self.neurons[0].w))
        set_data(chain.from_iterable(self.W), chain.from_iterable(numbers))

    @property
    def b(self) -> Biases:
        """The biases, `width` of them. Assign a list of numbers, or a matrix of one row or column, to change all of them."""
        return Biases(neuron.b for neuron in self.neurons)

    @b.setter
    def b(self, given: Any) -> None:
        set_data(self.b, vector(given, len(self.neurons), "b", "neuron"))

    def latex(self) -> str:
        r"""Returns the layer in LaTeX, between \[ and \], for documents with the package amsmath: a unit, and all of them.

        >>> print(Layer(2, 3, activation="tanh").latex())
        % needs \usepackage{amsmath}
        \begin{aligned}
        z_{j} &= \varphi(w_{j}^{\top} x + b_{j}), \qquad j = 1, \dots, 3 \\
        z &= \varphi(\underset{3 \times 2}{W} \, \underset{2 \times 1}{x} + \underset{3 \times 1}{b}) \\
        \varphi(u) &= \tanh(u) = \frac{e^{u} - e^{-u}}{e^{u} + e^{-u}}
        \end{aligned}
        """
        width, inputs, linear = len(self.neurons), len(self.neurons[0].w), not self.neurons[0].nonlin
        unit_j, whole = r"w_{j}^{\top} x + b_{j}", " + ".join([_shaped("W", width, inputs, "x"), _shaped("b", width, 1)])
        if linear:
            return document(equations_of([["z_{j}", f"{unit_j}, {_through('j', width)}"], ["z", whole]]))
        equations: list[Equation] = [["z_{j}", rf"\varphi({unit_j}), {_through('j', width)}"], ["z", rf"\varphi({whole})"]]
        if definition(self.activation):
            of_u = [applied(self.activation, "u"), definition(self.activation)]
            equations.append([r"\varphi(u)", *dict.fromkeys(of_u)])
        return document(equations_of(equations))

    def _rows(self) -> list[list[Neuron]]:
        return [self.neurons]

    def __repr__(self) -> str:
        first, count = self.neurons[0], len(self.neurons)
        inputs = number_of("input", len(first.w))
        return NETWORKS.form("layer", count).format(count=count, activation=first._activation, inputs=inputs)


class MLP(Layered):
    """A multilayer perceptron: fully connected layers of the given widths, z_0 = x and z_ℓ = φ_ℓ(W_ℓ z_{ℓ-1} + b_ℓ).

    Shapes: with n_0 = `inputs` and n_1, n_2, … = `widths`, W_ℓ is n_ℓ×n_{ℓ-1}, b_ℓ, u_ℓ and z_ℓ have n_ℓ elements, x has n_0.
    `model.layer1` is the first layer, with `model.layer1.W` and `model.layer1.b`; `model.layers` is the list of all.

    `MLP(inputs, widths)`. The last layer is linear; `activation` is that of the others, or a list with one for every layer,
    including the last. Other options are those of Neuron: `expanded`, `init`, `seed`. A single output is returned bare.

    Raises ValueError for no layers, a width below 1, an activation that no layer would use, and inputs of the wrong number.

    >>> model = MLP(2, [16, 16, 1])
    >>> len(model.parameters())
    337
    >>> next(model.named_parameters())[0]
    'layer1.neuron1.w1'
    """

    @explained(LAYERS_OPTIONS, "MLP")
    def __init__(
        self,
        inputs: int,
        widths: Sequence[int] = (),
        activation: Activation | Sequence[Activation] = RELU,
        *,
        expanded: bool = False,
        init: str | Initialiser = "micrograd",
        seed: int | None = None,
    ) -> None:
        if isinstance(inputs, (list, tuple)) and len(inputs) > 1 and not len(widths):
            first, *others = inputs
            raise TypeError(f"an MLP takes the number of inputs, then the widths of its layers: MLP({first}, {others})")
        if not is_row(widths) or not len(widths):
            raise ValueError(
                f"an MLP needs a list of layer widths, such as MLP({inputs}, [16, 16, 1]), and was given {widths!r}"
            )
        if isinstance(activation, (list, tuple)):
            activations = list(activation)
            if len(activations) != len(widths):
                raise ValueError(f"{len(widths)} layers need {len(widths)} activations, and the list has {len(activations)}")
        else:
            hidden: Any = activation
            name = activation_named(hidden)[1]
            if len(widths) == 1 and name != "linear" and not isinstance(activation, Default):
                listed = repr(activation) if isinstance(activation, str) else name
                raise ValueError(
                    f"MLP({inputs}, {list(widths)}) has only its last layer, which is linear; activation=[{listed}] applies it "
                    "there"
                )
            activations = [hidden] * (len(widths) - 1) + [None]
        draw = drawn_by(init, seed)
        sizes = [inputs, *widths]
        self.layers = [
            Layer(sizes[i], sizes[i + 1], True, activations[i], expanded=expanded, init=draw, name=f"layer{i + 1}")
            for i in range(len(widths))
        ]

    @short_traceback
    def __call__(self, x: Any) -> Output:
        """Records and returns the outputs: a list of Values, one for each neuron of the last layer, or a bare single one.

        x has n_0 elements, the output as many as the last layer is wide.
        """
        z = as_inputs(x, len(self.layers[0].neurons[0].w), self)
        for layer in self.layers:
            z = layer.u_and_z(z)[1]
        return cast(Output, z[0] if len(z) == 1 else list(z))

    @overload
    def trace(self, x: Sequence[float | Value]) -> Trace: ...
    @overload
    def trace(self, x: Sequence[Sequence[float | Value]]) -> BatchTrace: ...
    @overload
    def trace(self, x: Any) -> Any: ...
    def trace(self, x: Any) -> Any:
        """Records, and returns all that the layers computed: `z[0]` = x, `u[1]`, `z[1]`, …, each a list of Values.

        u_ℓ and z_ℓ have n_ℓ elements. `trace.output` is what calling the model returns; `print(trace)` shows the layers. Of m
        rows it is a BatchTrace, whose matrices have a column for each row.

        >>> trace = MLP(2, [3, 1], seed=0).trace([1.0, 2.0])
        >>> len(trace.z[0]), len(trace.u[1]), len(trace.z[1]), len(trace.u[2])
        (2, 3, 3, 1)
        >>> batch = MLP(2, [3, 1], seed=0).trace([[1.0, 2.0], [0.5, 0.0], [3.0, 1.0], [2.0, 2.0]])
        >>> len(batch.z[1]), len(batch.z[1][0])
        (3, 4)
        """
        rows = samples_in(x.X if isinstance(x, Table) else x, len(self.layers[0].neurons[0].w))
        if rows is not None and not (hasattr(x, "to_numpy") and len(rows) == 1):
            return BatchTrace([self._trace_of_sample(row) for row in rows])
        return self._trace_of_sample(x)

    def _trace_of_sample(self, x: Any) -> Trace:
        z = list(as_inputs(x, len(self.layers[0].neurons[0].w), self))
        us, zs = [], [z]
        for layer in self.layers:
            u, z = layer.u_and_z(z)
            us.append(u)
            zs.append([zj if isinstance(zj, Value) else Value(zj) for zj in z])  # a function of one's own may return a number
        return Trace(self, [(layer.W, layer.b, layer.activation) for layer in self.layers], us, zs)

    def collapse(self) -> Affine:
        """Returns the one affine map that equals the network, if none of its layers has an activation.

        Raises ValueError if one has, naming it.

        >>> print(MLP(2, [3, 1], activation=None, init=lambda inputs, outputs: [1.0] * inputs).collapse())
        y = 3·x1 + 3·x2
        """
        return collapse(self)

    @classmethod
    def load(cls, path: saving.FilePath) -> Self:
        """Returns a new model from a file that `save` wrote.

        Raises ValueError for a file that `save` did not write, or that holds another model; FileNotFoundError for no file.

        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     MLP(2, [3, 1], seed=0).save(Path(folder, "model.json"))
        ...     MLP.load(Path(folder, "model.json"))
        MLP 2 → 3 → 1, relu, last layer linear, 13 parameters
        """
        content = saving.read(path)
        inputs, widths, activations, expanded = saving.architecture_in(content, cls.__name__, path)
        try:
            model = cls(inputs, widths, activations, expanded=expanded, init=lambda inputs, outputs: [0.0] * inputs)
        except ValueError as error:
            raise ValueError(f"{os.fspath(path)} does not hold a model: {error}") from None
        saving.fill(model.theta, model._architecture(), content, path)
        return model

    @classmethod
    def from_torch(cls, sequential: Any) -> Self:
        """Returns a new model with the numbers of a torch.nn.Sequential of Linear and activation modules.

        float32 numbers are taken as they are, and computed with in float64. What does not require gradients there is frozen,
        and a Linear without a bias has one of 0, which is frozen. Sequentials inside it and Identity are seen through.

        Raises TypeError for anything but a Sequential, ValueError for a module in it that an MLP has not, ImportError with the
        command that installs PyTorch.

        docs/pytorch-and-sympy.md has examples, which need PyTorch.

        >>> MLP.from_torch("net.pt")
        Traceback (most recent call last):
        TypeError: from_torch takes a torch.nn.Sequential, whose modules are Linear, each with one of ReLU, Tanh, ... 'net.pt'
        """
        layers = pytorch.read(sequential)
        widths, activations = [len(layer.biases) for layer in layers], [layer.activation for layer in layers]
        model = cls(len(layers[0].weights[0]), widths, cast(Any, activations), init=lambda inputs, outputs: [0.0] * inputs)
        for own, (weights, biases, _, (weights_frozen, biases_frozen)) in zip(model.layers, layers, strict=True):
            for neuron, row, bias in zip(own.neurons, weights, biases, strict=True):
                for w, x in zip(neuron.w, row, strict=True):
                    w.data, w.constant = x, weights_frozen
                neuron.b.data, neuron.b.constant = bias, biases_frozen
        return model

    def latex(self) -> str:
        r"""Returns the network in LaTeX, between \[ and \], for documents with the package amsmath.

        First a unit, z_ij of layer i and number j; then every layer with the shapes of its matrices, and what its φ is.

        >>> print(MLP(3, [2, 1], "relu").latex())
        % needs \usepackage{amsmath}
        \begin{aligned}
        z_{ij} &= \varphi_{i}(w_{ij}^{\top} z_{i-1} + b_{ij}), \qquad z_{0} = x \\
        z_{1} &= \mathrm{ReLU}(\underset{2 \times 3}{W_{1}} \, \underset{3 \times 1}{z_{0}} + \underset{2 \times 1}{b_{1}}) \\
        z_{2} &= \underset{1 \times 2}{W_{2}} \, \underset{2 \times 1}{z_{1}} + \underset{1 \times 1}{b_{2}} \\
        \mathrm{ReLU}(u) &= \max(u, 0)
        \end{aligned}
        """
        equations: list[Equation] = [["z_{ij}", r"\varphi_{i}(w_{ij}^{\top} z_{i-1} + b_{ij}), \qquad z_{0} = x"]]
        for i in ends(len(self.layers), MOST_LAYERS):
            if i is None:
                equations.append(["z_{i}", r"\varphi_{i}(W_{i} z_{i-1} + b_{i}), \qquad i = " + _between(len(self.layers))])
                continue
            layer = self.layers[i]
            width, inputs = len(layer.neurons), len(layer.neurons[0].w)
            sums = f"{_shaped(f'W_{{{i + 1}}}', width, inputs, f'z_{{{i}}}')} + {_shaped(f'b_{{{i + 1}}}', width, 1)}"
            equations.append([f"z_{{{i + 1}}}", applied(layer.activation, sums, rf"\varphi_{{{i + 1}}}")])
        return document(equations_of([*equations, *definitions([layer.activation for layer in self.layers])]))

    def _rows(self) -> list[list[Neuron]]:
        return [layer.neurons for layer in self.layers]

    if TYPE_CHECKING:
        layer1: Layer
        layer2: Layer
        layer3: Layer
        layer4: Layer
        layer5: Layer

    if not TYPE_CHECKING:  # a type checker reports names that do not exist

        def __getattr__(self, name):
            layers = vars(self).get("layers", [])  # a copy under way has none yet
            number = name.removeprefix("layer")
            if number != name and number.isdecimal():
                if 1 <= int(number) <= len(layers) and str(int(number)) == number:
                    return layers[int(number) - 1]
                raise AttributeError(f"the layers are layer1 to layer{len(layers)}, counted from 1; there is no {name}")
            return missing(self, name, LAYERS)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(f"layer{i}" for i in range(1, len(self.layers) + 1))})

    def __repr__(self) -> str:
        return printable(self._described())

    def _described(self) -> str:
        first = self.layers[0].neurons[0]
        widths = " → ".join(str(n) for n in [len(first.w), *(len(layer.neurons) for layer in self.layers)])
        names = [layer.neurons[0]._activation for layer in self.layers]
        hidden = dict.fromkeys(names[:-1])
        if len(hidden) <= 1 and names[-1] == "linear":
            kinds = NETWORKS["last layer linear"].format(activations=", ".join(hidden)) if hidden else "linear"
        else:
            kinds = ", ".join(names)
        parameters = number_of("parameter", len(self.parameters()))
        return NETWORKS["MLP"].format(widths=widths, activations=kinds, parameters=parameters)


def _shaped(symbol: str, height: int, width: int, factor: str = "") -> str:
    """Returns a matrix in LaTeX with its shape below it, and a column that it is multiplied by."""
    after = rf" \, \underset{{{width} \times 1}}{{{factor}}}" if factor else ""
    return rf"\underset{{{height} \times {width}}}{{{symbol}}}{after}"


def _through(index: str, count: int) -> str:
    """Returns what an index runs through, in LaTeX."""
    numbers = ", ".join(map(str, range(1, count + 1))) if count < 3 else rf"1, \dots, {count}"
    return rf"\qquad {index} = {numbers}"


def _between(layers: int) -> str:
    """Returns the numbers of the layers that MLP.latex() does not write out."""
    shown = ends(layers, MOST_LAYERS)
    gap = shown.index(None)
    return rf"{gap + 1}, \dots, {layers - (len(shown) - gap - 1)}"


def number_of(noun: str, count: int) -> str:
    """Returns a count and its noun as a network's repr has them: without commas, as in `1250 parameters`."""
    return NETWORKS.form(noun, count).format(count=count)


def check_width(width: object, sentence: str) -> None:
    """Raises unless a width is a whole number of at least 1; `sentence` is the message for a smaller one."""
    if isinstance(width, bool) or not isinstance(width, int):
        raise TypeError(f"a width is a whole number, not {width!r}")
    if width < 1:
        raise ValueError(f"{sentence}, and was given {width}")


def activation_beside(nonlin: object, activation: Activation) -> tuple[Callable[[Value], Value] | None, str]:
    """Returns what `activation_named` returns, for a neuron that may be linear by micrograd's `nonlin=False`."""
    if isinstance(nonlin, str) or callable(nonlin):
        listed = repr(nonlin) if isinstance(nonlin, str) else "…"
        raise TypeError(f"nonlin is True or False, and the activation an option of its own: activation={listed}")
    function, name = activation_named(activation)
    if nonlin or isinstance(activation, Default):
        return (function, name) if nonlin else (None, "linear")
    if name != "linear":
        raise ValueError(
            f"nonlin=False makes a linear neuron, which has no use for the activation {name}: leave one of them out"
        )
    return None, "linear"


def activation_named(activation: object) -> tuple[Callable[[Value], Value] | None, str]:
    """Returns the function φ, None for the linear neuron, and its name, in whatever case it was given.

    Raises ValueError for an unknown name, TypeError for a function of plain numbers and for anything but a name or a function.

    >>> activation_named("ReLU")[1], activation_named(None)
    ('relu', (None, 'linear'))
    """
    if activation is None:
        return None, "linear"
    if not isinstance(activation, str):
        if not callable(activation):
            raise TypeError(f"an activation is a name, such as 'tanh', a function of a Value, or None, not {activation!r}")
        name = getattr(activation, "__name__", "custom")
        if getattr(activation, "__module__", "") == "math":
            instead = f"activation={name!r}" if name in FUNCTIONS and hasattr(Value, name) else "a function of a Value"
            raise TypeError(f"math.{name} takes plain numbers, so no gradient would go through it: write {instead}")
        return activation, name
    name = activation_of(activation.casefold())
    operation = OPERATIONS.get(name, name)
    if name in ("linear", "identity"):
        return None, "linear"
    if name == "softmax":
        raise ValueError(
            "softmax is not an activation of one neuron, because it takes all outputs of a layer: leave the outputs as they "
            "are, and train them with cross_entropy, which has softmax in it"
        )
    if operation not in FUNCTIONS or not hasattr(Value, operation):
        import difflib  # slow to import, and needed here alone

        close = difflib.get_close_matches(name, KNOWN, 1)
        meant = f"did you mean {close[0]!r}? There are" if close else "choose one of"
        raise ValueError(f"there is no activation {activation!r}: {meant} {', '.join(KNOWN)}, or give a function of a Value")
    return FUNCTIONS[operation], name


def activation_of(operation: str) -> str:
    """Returns the name that an operation has as an activation, its own but for "step".

    >>> activation_of("heaviside"), activation_of("tanh")
    ('step', 'tanh')
    """
    return next((name for name, other in OPERATIONS.items() if other == operation), operation)
