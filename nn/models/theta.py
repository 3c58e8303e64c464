"""θ: all parameters of a model as one vector, each with its name.

>>> from chalkgrad.nn import Neuron
>>> n = Neuron(2, seed=1)
>>> n.theta = [0.5, -1, 2]
>>> n.theta
 θ  │ value
────┼───────
 w1 │ 0.5
 w2 │ -1
 b  │ 2
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, overload

from chalkgrad.engine import Value
from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.words.expressions import TEMPLATES, number
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.slides import equations_of
from chalkgrad.engine.words.tables import ends
from chalkgrad.engine.words.tex import document
from chalkgrad.nn.data.rows import sample_in
from chalkgrad.nn.models.formulas import Equation, listed, numbers_in_latex, parameter_symbols
from chalkgrad.nn.models.parameters import set_data
from chalkgrad.nn.models.show import table

MOST_VECTORS, MOST_ELEMENTS = 12, 9  # that are written in a line of LaTeX


class Theta(Sequence[Value]):
    """The parameters in order, a sequence of Values; `theta["layer1.neuron2.w1"]` is the one with that name.

    Attributes:
        names: the name of each
    """

    def __init__(self, named: Iterable[tuple[str, Value]]) -> None:
        pairs = list(named)
        self.names = [name for name, _ in pairs]
        self._parameters = [parameter for _, parameter in pairs]
        self._by_name = dict(reversed(pairs))

    @property
    def values(self) -> list[float]:
        """The numbers, as they are now."""
        return [parameter.data for parameter in self._parameters]

    @overload
    def __getitem__(self, index: int | str) -> Value: ...
    @overload
    def __getitem__(self, index: slice) -> list[Value]: ...
    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, str):
            return self._parameters[index]
        if index not in self._by_name:
            known = f"they begin with {self.names[0]}" if self.names else "the model has none"
            raise KeyError(f"there is no parameter {index}: {known}; all are in theta.names")
        return self._by_name[index]

    def __len__(self) -> int:
        return len(self._parameters)

    def latex(self, numbers: bool = True) -> str:
        r"""Returns θ in LaTeX, between \[ and \], for documents with the package amsmath: vectors, elements, numbers.

        w_{12} and b_{12} are those of layer 1, unit 2, w_{12,3} is the weight of its input 3. Of many only the first and the
        last are written; with `numbers=False` the symbols are alone.

        >>> from chalkgrad.nn import Neuron
        >>> n = Neuron(2, seed=1)
        >>> n.theta = [0.5, -1, 2]
        >>> print(n.theta.latex())
        % needs \usepackage{amsmath}
        \begin{aligned}
        \theta &= [ w, b ]^{\top} = [ w_{1}, w_{2}, b ]^{\top} = [ 0.5, -1, 2 ]^{\top}
        \end{aligned}
        """
        symbols = parameter_symbols(self.names)
        vectors = list(dict.fromkeys(vector for vector, _ in symbols))
        elements = [element for _, element in symbols]
        sides: list[Sequence[str]] = [vectors, *([elements] if elements != vectors else [])]
        sides += [numbers_in_latex(self.values, len(self))] if numbers else []
        most = [MOST_VECTORS, *([MOST_ELEMENTS] * 2)]
        equation: Equation = [r"\theta", *(rf"[ {listed(side, n)} ]^{{\top}}" for side, n in zip(sides, most, strict=False))]
        return document(equations_of([equation]))

    def __str__(self) -> str:
        rows = []
        picked = ends(len(self), 12)
        for i in picked:
            if i is None:
                rows.append(("…", TEMPLATES["rows left out"].format(count=len(self) - len(picked) + 1)))
            else:
                rows.append((self.names[i], number(self._parameters[i].data)))
        return table((section("networks")["theta"], section("tables")["value"]), rows)

    def __repr__(self) -> str:
        return str(self)


def assign(theta: Theta, numbers: Any) -> None:
    """Gives every parameter its number; if one number is rejected, no parameter changes.

    Raises TypeError if this is not a list of numbers, ValueError for the wrong number of them, NaN and infinities.
    """
    if isinstance(numbers, Theta):
        numbers = numbers.values
    numbers = sample_in(numbers)
    count = amount(len(theta), "parameter")
    if isinstance(numbers, (Value, str)) or not isinstance(numbers, Iterable):
        raise TypeError(f"theta is set to a list of numbers, one for each of the model's {count}, not to {numbers!r}")
    given = list(numbers)
    if any(isinstance(x, Value) for x in given):
        raise TypeError(
            "theta is set to plain numbers, and these are Values; a parameter of your own needs another name, "
            "for theta is the vector of all parameters"
        )
    if len(given) != len(theta):
        raise ValueError(f"the model has {count}, and the list has {amount(len(given), 'number')}")
    for name, parameter in zip(theta.names, theta, strict=True):
        if parameter.parents:
            raise AttributeError(f"{name} is computed from other values, so theta cannot be set: set those")
    set_data(theta, [to_float(x, name) for name, x in zip(theta.names, given, strict=True)])
