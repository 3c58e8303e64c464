"""What neurons, layers and networks have in common: parameters with names.

>>> from chalkgrad.nn import Neuron
>>> n = Neuron(2, seed=1)
>>> [name for name, _ in n.named_parameters()]
['w1', 'w2', 'b']
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from chalkgrad.engine import Value, no_grad
from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.basics.tracebacks import hidden
from chalkgrad.nn.data import Table
from chalkgrad.nn.data.rows import is_row, sample_in, samples_in
from chalkgrad.nn.elsewhere import WITHOUT_LAYERS, missing
from chalkgrad.nn.models import saving
from chalkgrad.nn.models.theta import Theta, assign


class Module:
    """A model or a part of one. Its parameters are the Values among its attributes, in lists there, and in modules there.

    Subclasses assign their parameters to attributes; nothing needs to be registered, and attributes that begin with an
    underscore are ignored. Elements of a list are named by the singular and a number from 1: `layers` holds layer1, layer2,
    …, and `w` holds w1, w2, … A shared parameter is listed once, under its first name.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offset
    >>> [name for name, _ in Line().named_parameters()], Line()(3.0).data
    (['slope', 'offset'], 7.0)
    """

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Yields (name, parameter) in order, with names such as `layer1.neuron3.w2`.

        >>> from chalkgrad.nn import Neuron
        >>> [name for name, _ in Neuron(2).named_parameters()]
        ['w1', 'w2', 'b']
        """
        parameters, names = list[Value](), list[str]()
        for attribute, content in vars(self).items():
            if not attribute.startswith("_"):
                for stem, values, numbered in _parameters_in(attribute, content):
                    parameters += values
                    names += [f"{stem}{i}" for i in range(1, len(values) + 1)] if numbered else [stem]
        if len(set(parameters)) == len(parameters):
            yield from zip(names, parameters, strict=True)
            return
        first = dict(zip(reversed(parameters), reversed(names), strict=True))
        yield from ((first[parameter], parameter) for parameter in dict.fromkeys(parameters))

    def parameters(self) -> list[Value]:
        """Returns all parameters, in the order of `named_parameters()`.

        >>> from chalkgrad.nn import MLP
        >>> len(MLP(2, [3, 1]).parameters())                    # 2·3 + 3, then 3·1 + 1
        13
        """
        if type(self).named_parameters is not Module.named_parameters:
            return [parameter for _, parameter in self.named_parameters()]
        parameters: list[Value] = []
        for attribute, content in vars(self).items():
            if not attribute.startswith("_"):
                for _, values, _ in _parameters_in(attribute, content):
                    parameters += values
        return parameters if len(set(parameters)) == len(parameters) else list(dict.fromkeys(parameters))

    @property
    def theta(self) -> Theta:
        """θ, all parameters as one vector: `theta.names`, `theta.values`, `theta[0]`, `theta["layer1.neuron3.w2"]`.

        The order is that of `named_parameters()`: layer by layer, in a layer neuron by neuron, of a neuron its weights and then
        its bias. `model.theta = [...]` gives every parameter a new number; if one is rejected, none changes.

        >>> from chalkgrad.nn import MLP
        >>> model = MLP(1, [1], seed=0)
        >>> model.theta = [0.5, -2]
        >>> model.theta.values, model.theta["layer1.neuron1.b"].data
        ([0.5, -2.0], -2.0)
        """
        return Theta(self.named_parameters())

    @theta.setter
    def theta(self, numbers: Any) -> None:
        assign(self.theta, numbers)

    def zero_grad(self) -> None:
        """Sets every parameter's grad back to not computed, so that the next backward() starts from zero.

        >>> from chalkgrad.nn import Neuron
        >>> n = Neuron(2, seed=0)
        >>> n([1.0, 2.0]).backward()
        >>> n.zero_grad()
        >>> n.b
        <Value b = 0, grad not computed>
        """
        for parameter in self.parameters():
            parameter.grad = None

    def freeze(self) -> None:
        """Makes all parameters constants: backward() leaves them alone.

        >>> from chalkgrad.nn import Neuron
        >>> n = Neuron(2, seed=0)
        >>> n.freeze()
        >>> n.b.constant
        True
        """
        for parameter in self.parameters():
            parameter.constant = True

    def unfreeze(self) -> None:
        """Makes all parameters take gradients again.

        >>> from chalkgrad.nn import Neuron
        >>> n = Neuron(2, seed=0)
        >>> n.freeze()
        >>> n.unfreeze()
        >>> n.b.constant
        False
        """
        for parameter in self.parameters():
            parameter.constant = False

    def __call__(self, x: Any) -> Any:
        name = type(self).__name__
        if hasattr(type(self), "forward"):  # as PyTorch calls it
            raise hidden(
                TypeError(f"{name} has a method forward, which nothing calls: rename it to __call__, then model(x) computes")
            )
        raise hidden(TypeError(f"{name} does not say what it computes: give it a method __call__(self, x)"))

    def predict(self, x: Any) -> Any:
        """Returns what calling the model returns, as a float or a list of floats; nothing is recorded.

        For a frame of n rows, such as polars' and pandas', and for a table such as `iris()`, it returns a list of n such
        results: a row becomes a list of numbers, as `fit` gives it to the model.

        >>> from chalkgrad.nn import MLP
        >>> MLP(2, [3, 1], seed=0).predict([0.0, 0.0])
        0.0
        """
        rows = x.X if isinstance(x, Table) else samples_in(x) if hasattr(x, "to_numpy") else None
        if rows is not None:
            return [self._predict_sample(row.tolist() if hasattr(row, "tolist") else row) for row in rows]
        return self._predict_sample(sample_in(x) if hasattr(x, "to_numpy") else x)

    def _predict_sample(self, x: Any) -> Any:
        with no_grad():
            output = self(x)
        return [_as_float(z) for z in output] if isinstance(output, list) else _as_float(output)

    def save(self, path: saving.FilePath) -> None:
        """Writes the parameters, by name and every digit, to a file in JSON; an interrupted save leaves the old file.

        Raises ValueError for a parameter that is not finite, and an activation that is a function of your own.

        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from chalkgrad.nn import MLP
        >>> with TemporaryDirectory() as folder:
        ...     MLP(2, [3, 1], seed=0).save(Path(folder, "model.json"))
        ...     MLP.load(Path(folder, "model.json"))
        MLP 2 → 3 → 1, relu, last layer linear, 13 parameters
        """
        saving.save(type(self).__name__, self._architecture(), self.theta, path)

    def load_parameters(self, path: saving.FilePath) -> None:
        """Reads the parameters from a file that `save` wrote.

        Raises ValueError, and changes nothing, if `save` did not write the file or its names, widths or activations differ;
        FileNotFoundError if there is no file.

        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from chalkgrad.nn import Neuron
        >>> n = Neuron(2, seed=0)
        >>> with TemporaryDirectory() as folder:
        ...     Neuron(2, seed=1).save(Path(folder, "n.json"))
        ...     n.load_parameters(Path(folder, "n.json"))
        >>> n.w[0].data == Neuron(2, seed=1).w[0].data
        True
        """
        saving.fill(self.theta, self._architecture(), saving.read(path), path)

    def _architecture(self) -> dict[str, Any]:
        """Returns what a file says of the model besides its parameters."""
        return {}

    if not TYPE_CHECKING:  # type checkers would take every name for one that is there

        def __getattr__(self, name):
            return missing(self, name, WITHOUT_LAYERS)

    # What `collapse` and `untrainable` ask of a model. A subclass that knows its inputs or has named units answers better.

    def _input_names(self, example: Any = None) -> list[str]:
        """Returns names for the inputs; a model that does not know how many it takes needs an example of them."""
        if example is None:
            raise TypeError(f"how many inputs has a {type(self).__name__}? Give an example of them as the second argument")
        return [f"x{i}" for i in range(1, len(sample_in(example)) + 1)]

    def _named_outputs(self, inputs: Sequence[Value]) -> tuple[dict[str, Value], list[Value]]:
        """Records, and returns the outputs by name, and Values whose tape holds all that was computed."""
        y = self(inputs)
        outputs = list(y) if isinstance(y, (list, tuple)) else [y]
        names = [f"y{i}" for i in range(1, len(outputs) + 1)] if len(outputs) > 1 else ["y"]
        return dict(zip(names, outputs, strict=True)), outputs

    def _layer_numbers(self) -> list[tuple[list[list[float]], list[float]]]:
        """Returns W and b of each layer, if the model is layers one after another, else nothing."""
        return []

    def _place_and_activation(self, node: Value) -> tuple[str, str]:
        """Returns which part of the model made a node, and the activation of that part, "" if it is not a neuron."""
        return node.place or "the model", ""


def _parameters_in(name: str, content: object) -> Iterator[tuple[str, Sequence[Value], bool]]:
    """Yields the parameters in lists, each with their name, or where they have numbers, from 1, with that before the number."""
    if isinstance(content, Value):
        yield name, (content,), False
    elif isinstance(content, Module):
        if type(content).named_parameters is not Module.named_parameters:
            for inner, parameter in content.named_parameters():
                yield f"{name}.{inner}", (parameter,), False
            return
        for attribute, inner_content in vars(content).items():
            if not attribute.startswith("_"):
                yield from _parameters_in(f"{name}.{attribute}", inner_content)
    elif isinstance(content, (list, tuple)):
        each = singular(name)
        if content and all(issubclass(kind, Value) for kind in set(map(type, content))):
            yield each, content, True
            return
        for i, element in enumerate(content, 1):
            yield from _parameters_in(f"{each}{i}", element)


def singular(name: str) -> str:
    """Returns what the elements of a list are called, each with its number after it.

    >>> singular("layers"), singular("w")
    ('layer', 'w')
    """
    return name[:-1] if name.endswith("s") and len(name) > 1 else name


def _as_float(x: Any) -> float:
    """Returns an output as a float; a model of your own may return a plain number."""
    return x.data if isinstance(x, Value) else float(x)


def as_inputs(x: Any, width: int, module: Module) -> Sequence[Value]:
    """Returns the inputs as Values. Numbers become leaves called x1, x2, …, one for each, which all neurons share.

    Raises ValueError unless there are `width` of them and for several samples, TypeError if x is not a list.
    """
    x = x.X if isinstance(x, Table) else sample_in(x)
    if not is_row(x) or not hasattr(x, "__len__"):
        raise TypeError(f"{_takes(module)} a list of {width} numbers or Values, such as {_example(width)}, not {x!r}")
    if len(x) and is_row(x[0]):
        raise ValueError(one_at_a_time(_takes(module), len(x)))
    if len(x) != width:
        raise ValueError(f"{_takes(module)} {amount(width, 'input')}, such as {_example(width)}, and was given {len(x)}")
    return [xi if isinstance(xi, Value) else Value(xi, f"x{i}") for i, xi in enumerate(x, 1)]


def _takes(module: Module) -> str:
    """Returns the beginning of a sentence on what a module takes; a description with commas in it ends in one."""
    described = repr(module)
    return f"{described}, takes" if "," in described else f"{described} takes"


def one_at_a_time(takes: str, rows: int) -> str:
    """Returns the sentence for so many rows where one sample is wanted; `takes` is its beginning."""
    return (
        f"{takes} one sample at a time, and was given a list of {amount(rows, 'row')}: write [model(x) for x in X], or "
        "model.predict(X) for the numbers alone"
    )


def _example(width: int) -> str:
    return "[x1]" if width == 1 else "[x1, x2]" if width == 2 else f"[x1, …, x{width}]"
