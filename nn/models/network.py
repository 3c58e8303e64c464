"""Networks of any feed-forward wiring, declared as on the blackboard: which unit takes what, and what its result is called.

>>> net = Network(
...     "x1 x2 x3",
...     '''
...     z1 = h1(x2, x3)
...     z2 = h2(x1, x2)
...     z3 = h3(x1, z1)
...     z4 = h4(z1, x3)
...     y1 = h5(z2, z3)
...     y2 = h6(z1, z3, z4)
...     ''',
...     activation="tanh",
...     seed=0,
... )
>>> net
Network x1, x2, x3 → y1, y2: 6 units, 4 of them hidden, depth 3, 19 parameters
>>> net.hidden_units
['h1', 'h2', 'h3', 'h4']
>>> net.is_deep
deep: x2 → h1 → h4 → h6 → y2 passes 2 hidden units
>>> y1, y2 = net([1.0, 0.5, -1.0])
>>> y2.backward()
>>> [name for name, p in net.named_parameters() if p.has_grad][:4]
['h1.w1', 'h1.w2', 'h1.b', 'h3.w1']

A unit is a neuron φ(wᵀx + b), or any function of Values. All parameters, in the order of the declaration, are the vector
θ = [w_1, b_1, w_2, b_2, …].
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, NamedTuple, cast, overload

from chalkgrad.engine import Value, unit
from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.basics.tracebacks import short_traceback
from chalkgrad.engine.stepping.answers import Verdict
from chalkgrad.engine.words.expressions import latex_name
from chalkgrad.engine.words.slides import equations_of
from chalkgrad.engine.words.tex import document
from chalkgrad.nn.data import Table
from chalkgrad.nn.data.rows import is_row, sample_in, samples_in
from chalkgrad.nn.models.affine import Affine, collapse
from chalkgrad.nn.models.formulas import Equation, applied, definitions, listed, parameter_symbols
from chalkgrad.nn.models.initial import Initialiser, drawn_by
from chalkgrad.nn.models.layers import NETWORKS, RELU, Neuron, activation_named, number_of
from chalkgrad.nn.models.module import Module, one_at_a_time
from chalkgrad.nn.models.show import UnquotedText, listed_names, table
from chalkgrad.nn.models.trainability import untrainable
from chalkgrad.nn.models.types import Activation, Output, Prediction
from chalkgrad.nn.options import Default

MOST_TERMS = 6  # of a unit's sum that are written in LaTeX
_NAME = re.compile(r"[^\W\d]\w*")
_STATEMENT = re.compile(r"(?P<result>[^\W\d]\w*)\s*=\s*(?P<of>[^\W\d]\w*)\s*(\((?P<takes>[^()]*)\))?")


# Units ---------------------------------------------------------------------------------------------------------------


class FunctionUnit(Module):
    """A unit that is a function of Values: its first arguments are the unit's inputs, the others are its parameters.

    `lambda z, θ=0.5: θ * z` of one input has the parameter θ, which begins at 0.5; a parameter without a default begins
    at random, as a weight does. The parameters of a function with *arguments are those in `values`.

    Raises ValueError for a function that takes fewer arguments than the unit has inputs.

    >>> h = FunctionUnit("h", lambda a, b, θ=2.0: θ * a * b, inputs=2)
    >>> h
    function of 2 inputs with the parameter θ
    >>> h([3.0, 4.0]).data
    24.0
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        inputs: int,
        values: Mapping[str, float] | None = None,
        draw: Callable[[], list[float]] | None = None,
    ) -> None:
        values = values or {}
        defaults = _parameters_of(name, function, inputs, values)
        self._name, self._function, self._inputs, self._unit = name, function, inputs, unit(name)
        with self._unit:
            self._parameters = {
                label: Value(values.get(label, (draw()[0] if draw else 0.0) if default is None else default), label)
                for label, default in defaults.items()
            }

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Yields (name, parameter) in the order of the function's arguments."""
        yield from self._parameters.items()

    def __call__(self, x: Any) -> Any:
        """Records and returns the function of the inputs, a list, and of its parameters."""
        with self._unit:
            return self._function(*sample_in(x), *self._parameters.values())

    def __repr__(self) -> str:
        function = NETWORKS["function"].format(inputs=number_of("input", self._inputs))
        if not self._parameters:
            return function
        template = NETWORKS.form("function with parameters", len(self._parameters))
        return template.format(function=function, names=listed_names(list(self._parameters)))


def _parameters_of(name: str, function: Any, inputs: int, values: Mapping[str, float]) -> dict[str, float | None]:
    """Returns the arguments of a function that come after a unit's inputs, with their defaults."""
    import inspect  # slow to import, and needed here alone

    try:
        arguments = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # what is not written in Python may not say
        return dict.fromkeys(values)
    if any(argument.kind is inspect.Parameter.VAR_POSITIONAL for argument in arguments):
        return dict.fromkeys(values)
    positional = [
        a for a in arguments if a.kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    ]
    if len(positional) < inputs:
        raise ValueError(
            f"{name} takes {amount(inputs, 'input')}, and its function {len(positional) or 'none'}; "
            f"a neuron with an activation of your own is Neuron({inputs}, activation=…)"
        )
    return {a.name: None if a.default is inspect.Parameter.empty else a.default for a in positional[inputs:]}


# The declaration -----------------------------------------------------------------------------------------------------


class WiringLine(NamedTuple):
    """One line of a declaration: `result = unit(takes, …)`, or with an empty unit, an alias: `result = takes`."""

    result: str
    unit: str
    takes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.result} = {self.unit}({', '.join(self.takes)})" if self.unit else f"{self.result} = {self.takes[0]}"


def _read_lines(wiring: str) -> list[WiringLine]:
    """Reads the lines of a declaration; a semicolon ends one too."""
    if not isinstance(wiring, str):
        raise TypeError(f"the wiring is a text, such as 'z1 = h1(x1, x2); y = h2(z1)', not {wiring!r}")
    lines = []
    for text in filter(None, map(str.strip, re.split(r"[\n;]", wiring))):
        match = _STATEMENT.fullmatch(text)
        takes = [] if match is None else [name.strip() for name in (match["takes"] or "").split(",")]
        if match is not None and match["takes"] is None:
            lines.append(WiringLine(match["result"], "", (match["of"],)))
        elif match is not None and takes == [""]:
            raise ValueError(f"{match['of']} has no inputs in {text!r}: write what it takes, such as {match['of']}(x1, x2)")
        elif match is not None and all(map(_NAME.fullmatch, takes)):
            lines.append(WiringLine(match["result"], match["of"], tuple(takes)))
        else:
            raise ValueError(
                f"cannot read {text!r}: a line says which unit gives what, such as z1 = h1(x1, x2), "
                "or gives a second name, such as y = z1"
            )
    if not any(line.unit for line in lines):
        raise ValueError("a network needs at least one unit, such as y = h1(x1, x2)")
    return lines


def _read_names(names: str | Sequence[str], what: str) -> list[str]:
    """Reads names from a text or a list; `what` they are names of is for errors."""
    if not isinstance(names, (str, list, tuple)):
        raise TypeError(f"the {what} are named in a text or a list, such as 'a b' or ['a', 'b'], not {names!r}")
    found = [name for name in re.split(r"[\s,]+", names) if name] if isinstance(names, str) else list(names)
    for name in found:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a name, among the {what}: names are made of letters and digits, such as x1")
    if not found:
        raise ValueError(f"a network needs at least one of its {what}, such as {'x1' if what == 'inputs' else 'y1'}")
    return found


def _check_names(inputs: Sequence[str], lines: Sequence[WiringLine], outputs: Sequence[str]) -> None:
    """Raises if one name is given to two things, or if a name is used that nothing has."""
    uses: dict[str, str] = {}
    for line_uses in (
        [(name, "an input") for name in inputs],
        [(line.result, f"the result of {line.unit}" if line.unit else f"another name for {line.takes[0]}") for line in lines],
        [(line.unit, f"the unit that gives {line.result}") for line in lines if line.unit],
    ):
        for name, use in line_uses:
            if name in uses:
                raise ValueError(
                    f"{name} is used twice, for {uses[name]} and for {use}: "
                    "every input, unit and result needs a name of its own"
                )
            uses[name] = use
    units = {line.unit: line.result for line in lines if line.unit}
    known = [name for name in uses if name not in units]
    wanted = [(name, line.unit or line.result, str(line)) for line in lines for name in line.takes]
    for name, by, text in wanted:
        if name in units:
            raise ValueError(f"{name} is a unit, and {by} takes results: in {text!r} write {units[name]}, which it gives")
        if name not in uses:
            raise ValueError(
                f"there is no {name} for {text!r}: it is neither an input nor the result of a unit{_did_you_mean(name, known)}"
            )
    for i, name in enumerate(outputs):
        if name in units:
            raise ValueError(f"{name} is a unit, and outputs are results: write {units[name]}, which it gives")
        if name not in uses:
            raise ValueError(f"there is no {name} to be an output{_did_you_mean(name, known)}")
        if name in outputs[:i]:
            raise ValueError(f"the output {name} is named twice")


def _did_you_mean(name: str, known: Sequence[str]) -> str:
    """Returns the end of an error: the known name that was probably meant, or all of them."""
    import difflib  # slow to import, and needed here alone

    folded = {other.casefold(): other for other in known}
    close = difflib.get_close_matches(name.casefold(), list(folded), n=1)
    return (
        f": did you mean {folded[close[0]]}?"
        if close
        else f"; there {'are' if len(known) > 1 else 'is only'} {listed_names(list(known))}"
    )


def _order_of_evaluation(lines: Mapping[str, WiringLine], gives: Mapping[str, str], means: Mapping[str, str]) -> list[str]:
    """Returns the units in order of evaluation, each after those it takes from; among several, the first declared comes first.

    `gives` maps each result to its unit, `means` each name to what it stands for. Raises ValueError for a cycle.
    """
    # Kahn's algorithm; the heap gives out, of all units that are ready, the first declared.
    numbers = {name: i for i, name in enumerate(lines)}
    before = {name: {gives[means[x]] for x in line.takes if means[x] in gives} for name, line in lines.items()}
    after: dict[str, list[str]] = {name: [] for name in lines}
    for name, sources in before.items():
        for source in sources:
            after[source].append(name)
    missing = {name: len(sources) for name, sources in before.items()}
    ready = [(numbers[name], name) for name, count in missing.items() if not count]
    done = []
    while ready:
        name = heapq.heappop(ready)[1]
        done.append(name)
        for later in after[name]:
            missing[later] -= 1
            if not missing[later]:
                heapq.heappush(ready, (numbers[later], later))
    left = [name for name in lines if missing[name]]
    if left:  # each waits for another of them, so following them backwards must lead to a cycle
        way = [left[0]]
        visited: dict[str, int] = {}
        while way[-1] not in visited:
            visited[way[-1]] = len(way) - 1
            way.append(min((x for x in before[way[-1]] if missing[x]), key=numbers.__getitem__))
        cycle = way[visited[way[-1]] : -1][::-1]
        first = cycle.index(min(cycle, key=numbers.__getitem__))
        cycle = [*cycle[first:], *cycle[: first + 1]]
        raise ValueError(
            f"{listed_names(cycle, ' → ')} is a cycle: this is a recurrent network, "
            "which backpropagation over one forward pass does not cover"
        )
    return done


# The network ---------------------------------------------------------------------------------------------------------


class Network(Module):
    """A feed-forward network of any wiring: units by name, each a neuron or a function of Values.

    `inputs` are names; `wiring` has a line for each unit, `z1 = h1(x2, x3)`, in any order; `y2 = z7` gives z7 a second name.
    Semicolons separate lines too. `outputs` are names; by default, the results that no line takes.

    A unit is a neuron φ(wᵀx + b) with the given `activation`, unless `units` says otherwise: the name of another
    activation ("linear" for none), a function, whose arguments after the inputs are its parameters (`lambda z, θ=0.5: θ * z`,
    see FunctionUnit), or a Module with one output. `parameters` has initial values for some of them,
    {"h1.w1": 0.5}; `init`, `seed` and `expanded` are those of Neuron.

    Attributes: `inputs`, `outputs` and `order` (of evaluation) are lists of names, `units` the modules by name,
    `lines` the lines of the wiring by unit. Units that are not at an output are `hidden_units`.

    Raises ValueError for a line that cannot be read, a cycle, a name that is unknown or used twice, a unit without inputs or
    one that leads to no output, an option that no unit would use, and the wrong number of inputs.

    >>> net = Network("x", "z = h1(x); y = h2(x, z)", units={"h2": lambda x, z, θ=3.0: x + θ * z}, parameters={"h1.w1": 1})
    >>> net(x=2.0).data
    8.0
    >>> [(name, p.data) for name, p in net.named_parameters()]
    [('h1.w1', 1.0), ('h1.b', 0.0), ('h2.θ', 3.0)]
    """

    @short_traceback
    def __init__(
        self,
        inputs: str | Sequence[str],
        wiring: str,
        activation: Activation = RELU,
        *,
        units: Mapping[str, Activation | Module] | None = None,
        outputs: str | Sequence[str] | None = None,
        parameters: Mapping[str, float] | None = None,
        init: str | Initialiser = "micrograd",
        seed: int | None = None,
        expanded: bool = False,
    ) -> None:
        lines = _read_lines(wiring)
        self.inputs = _read_names(inputs, "inputs")
        taken = {name for line in lines for name in line.takes}
        self.outputs = (
            [line.result for line in lines if line.result not in taken] if outputs is None else _read_names(outputs, "outputs")
        )
        _check_names(self.inputs, lines, self.outputs)
        self.lines = {line.unit: line for line in lines if line.unit}
        self._gives = {line.result: line.unit for line in lines if line.unit}
        self._aliases = {line.result: line.takes[0] for line in lines if not line.unit}
        self._means = self._find_meanings()
        self.order = _order_of_evaluation(self.lines, self._gives, self._means)
        self._refuse_dead_ends()
        self.units = self._build_units(activation, units or {}, parameters or {}, init, seed, expanded)
        # A neuron and a function of the network's own know their place; a module that is given is put in it.
        self._places = {name: unit(name) for name, module in (units or {}).items() if isinstance(module, Module)}
        self._set_values(parameters or {})

    def _find_meanings(self) -> dict[str, str]:
        """Returns what every name stands for: itself, or for an alias the input or result behind it."""
        means = {name: name for name in (*self.inputs, *self._gives)}
        for name in self._aliases:
            passed = [name]
            while passed[-1] not in means:
                passed.append(self._aliases[passed[-1]])
                if passed[-1] in passed[:-1]:
                    raise ValueError(f"{' = '.join(passed)}: these names stand for each other, and none for a result of a unit")
            means.update(dict.fromkeys(passed, means[passed[-1]]))
        return means

    def sources(self, name: str) -> list[str]:
        """Returns what a unit takes, in order: names of inputs and units.

        >>> Network("x1 x2", "z = h1(x1, x2); y = h2(x1, z)", "tanh", seed=0).sources("h2")
        ['x1', 'h1']
        """
        return [self.source_of(x) for x in self.lines[name].takes]

    def source_of(self, name: str) -> str:
        """Returns the input or the unit that gives the result of this name; raises KeyError for an unknown name.

        >>> Network("x1 x2", "z = h1(x1, x2); y = h2(x1, z)", "tanh", seed=0).source_of("z")
        'h1'
        """
        return self._gives.get(self._means[name], self._means[name])

    def _refuse_dead_ends(self) -> None:
        needed = {self._gives.get(self._means[name]) for name in self.outputs}
        for name in reversed(self.order):
            if name not in needed:
                line = self.lines[name]
                raise ValueError(f"{str(line)!r} leads to no output: name {line.result} among the outputs, or leave {name} out")
            needed.update(self.sources(name))

    def _build_units(
        self,
        activation: Activation,
        units: Mapping[str, Activation | Module],
        values: Mapping[str, float],
        init: str | Initialiser,
        seed: int | None,
        expanded: bool,
    ) -> dict[str, Module]:
        for name in units:
            if name not in self.lines:
                raise ValueError(f"there is no unit {name} in the wiring{_did_you_mean(name, list(self.lines))}")
        uses = dict.fromkeys(self.lines, 0)
        for name in self.lines:
            for source in self.sources(name):
                if source in uses:
                    uses[source] += 1
        self._refuse_unused(activation, units, expanded)
        draw = drawn_by(init, seed)
        built: dict[str, Module] = {}
        for name, line in self.lines.items():
            kind, width, fan_out = units.get(name, activation), len(line.takes), max(1, uses[name])
            if isinstance(kind, Module):
                built[name] = kind
            elif name in units and callable(kind):
                given = {key[len(name) + 1 :]: value for key, value in values.items() if key.startswith(f"{name}.")}
                built[name] = FunctionUnit(name, kind, width, given, partial(draw, inputs=width, outputs=fan_out))
            else:
                built[name] = Neuron(width, activation=kind, expanded=expanded, init=draw, outputs=fan_out, name=name)
        return built

    def _refuse_unused(self, activation: Activation, units: Mapping[str, Activation | Module], expanded: bool) -> None:
        """Raises for an activation that no unit has, and for `expanded` where no unit is a neuron of the network's own."""
        name = activation_named(activation)[1]
        if not isinstance(activation, Default) and len(units) == len(self.lines):
            raise ValueError(f"no unit has the activation {name}: units says of each of them what it is, so leave it out")
        if expanded and all(isinstance(kind, Module) or callable(kind) for kind in map(units.get, self.lines)):
            raise ValueError("expanded is for neurons, and units has a function or a module for each unit: leave it out")

    def _set_values(self, values: Mapping[str, float]) -> None:
        known = dict(self.named_parameters())
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"there is no parameter {name}{_did_you_mean(name, list(known))}")
            known[name].data = value

    # What it computes ------------------------------------------------------------------------------------------------

    @short_traceback
    def __call__(self, x: Any = None, /, **by_name: Any) -> Output:
        """Records and returns the outputs, a list of Values, or a bare single one.

        Inputs are a list in the order of `inputs`, or given by name: `net([1.0, 2.0])`, `net(x1=1.0, x2=2.0)`.
        """
        results = self.results(x, **by_name)
        outputs = [results[name] for name in self.outputs]
        return cast(Output, outputs[0] if len(outputs) == 1 else outputs)

    @overload
    def predict(self, x: Sequence[float]) -> Prediction: ...
    @overload
    def predict(self, x: Sequence[Sequence[float]] | Table) -> list[Prediction]: ...
    @overload
    def predict(self, x: Any) -> Any: ...
    @short_traceback
    def predict(self, x: Any) -> Any:
        """Returns what calling the network returns, as a float or a list of floats; nothing is recorded.

        For a batch, which is whatever `fit` takes as X, it returns a list of n such results.

        >>> Network("x1 x2", "y = h1(x1, x2)", "tanh", seed=0).predict([[0.0, 0.0], [0.0, 0.0]])
        [0.0, 0.0]
        """
        batch = samples_in(x.X if isinstance(x, Table) else x, len(self.inputs))
        return self._predict_sample(x) if batch is None else [self._predict_sample(sample) for sample in batch]

    def results(self, x: Any = None, /, **by_name: Any) -> dict[str, Value]:
        """Returns the Values of all names, inputs and results of units, of one forward pass.

        >>> net = Network("x1 x2", "z = h1(x1, x2); y = h2(x1, z)", "tanh", seed=0)
        >>> list(net.results([1.0, 2.0]))
        ['x1', 'x2', 'z', 'y']
        """
        results = dict(zip(self.inputs, self._read_inputs(x, by_name), strict=True))
        for name in self.order:
            line = self.lines[name]
            with self._places.get(name, nullcontext()):
                z = self.units[name]([results[self._means[x]] for x in line.takes])
            if not isinstance(z, Value):
                raise TypeError(f"a unit gives one Value, and {name} gave {z!r}")
            if z.op is not None and not z.label:
                z.label = line.result
            results[line.result] = z
        results.update((name, results[self._means[name]]) for name in self._aliases)
        return results

    def _read_inputs(self, x: Any, by_name: Mapping[str, Any]) -> list[Value]:
        if isinstance(x, Mapping):
            x, by_name = None, {**x, **by_name}
        takes = f"{amount(len(self.inputs), 'input')}, {listed_names(self.inputs)}"
        if x is None:
            for name in by_name:
                if name not in self.inputs:
                    raise ValueError(f"there is no input {name}{_did_you_mean(name, self.inputs)}")
            for name in self.inputs:
                if name not in by_name:
                    raise ValueError(f"the network takes {takes}, and {name} was not given")
            x = [by_name[name] for name in self.inputs]
        elif by_name:
            raise TypeError("inputs are given as a list or by name, not both")
        x = x.X if isinstance(x, Table) else sample_in(x)
        if not is_row(x) or not hasattr(x, "__len__"):
            raise TypeError(f"the network takes a list of {takes}, not {x!r}")
        if len(x) and is_row(x[0]):
            raise ValueError(one_at_a_time("the network takes", len(x)))
        if len(x) != len(self.inputs):
            raise ValueError(f"the network takes {takes}, and was given {len(x)}")
        return [xi if isinstance(xi, Value) else Value(xi, name) for name, xi in zip(self.inputs, x, strict=True)]

    def _input_names(self, example: Any = None) -> list[str]:
        return self.inputs

    def _named_outputs(self, inputs: Sequence[Value]) -> tuple[dict[str, Value], list[Value]]:
        results = self.results(inputs)
        return {name: results[name] for name in self.outputs}, list(results.values())

    def _place_and_activation(self, node: Value) -> tuple[str, str]:
        where = node.place.partition(".")[0]
        neuron = self.units.get(where)
        return where, neuron.activation if isinstance(neuron, Neuron) else ""

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Yields (name, parameter) with names such as `h1.w1`, unit by unit in the order of the declaration: θ.

        >>> net = Network("x1 x2", "y = h(x1, x2)", "tanh", seed=0)
        >>> [name for name, _ in net.named_parameters()]
        ['h.w1', 'h.w2', 'h.b']
        """
        seen: set[Value] = set()
        for name, module in self.units.items():
            for inner, parameter in module.named_parameters():
                if parameter not in seen:
                    seen.add(parameter)
                    yield f"{name}.{inner}", parameter

    # What it is ------------------------------------------------------------------------------------------------------

    @property
    def hidden_units(self) -> list[str]:
        """The units whose result is not an output, in the order of the declaration."""
        at_output = {self._gives.get(self._means[name]) for name in self.outputs}
        return [name for name in self.lines if name not in at_output]

    @property
    def depth(self) -> int:
        """The largest number of units on a path from an input to an output."""
        return max(self._most_units_to(set(self.lines)).values())

    @property
    def deep_path(self) -> list[str]:
        """A path with the most hidden units, from an input through units to an output; of several, one through the latest."""
        counts = self._most_units_to(set(self.hidden_units))
        position = {name: i for i, name in enumerate(self.order, 1)}

        def rank(name: str) -> tuple[int, int]:
            return counts.get(name, 0), position.get(name, 0)

        output = max(self.outputs, key=lambda name: rank(self._gives.get(self._means[name], "")))
        path = [self.source_of(output)]
        while path[-1] in self.lines:
            path.append(max(self.sources(path[-1]), key=rank))
        return [*reversed(path), output]

    @property
    def is_deep(self) -> Verdict:
        """Whether a path from an input to an output passes more than one hidden unit; its repr shows the path.

        >>> Network("x", "z = h1(x); y = h2(z)").is_deep
        not deep: no path passes more than 1 hidden unit, x → h1 → h2 → y passes 1
        """
        path, hidden = self.deep_path, set(self.hidden_units)
        count = sum(name in hidden for name in path[1:-1])
        passes = NETWORKS["path"].format(names=listed_names(path, " → "), count=count)
        return Verdict(count > 1, NETWORKS.form("deep" if count > 1 else "not deep", count).format(path=passes))

    def _most_units_to(self, counted: set[str]) -> dict[str, int]:
        """Returns for each unit the largest number of `counted` units on a path from an input to it, itself included."""
        counts: dict[str, int] = {}
        for name in self.order:
            counts[name] = (name in counted) + max(counts.get(source, 0) for source in self.sources(name))
        return counts

    def collapse(self) -> Affine:
        """Returns the one affine map that equals the network, which has no activations; see `collapse`.

        >>> print(Network("x1 x2", "y = h(x1, x2)", None, parameters={"h.w1": 2.0, "h.w2": 3.0, "h.b": 1.0}).collapse())
        y = 2·x1 + 3·x2 + 1
        """
        return collapse(self)

    def untrainable(self, x: Any = None) -> str:
        """Returns what keeps the network from being trained, "" if there is nothing; see `untrainable`.

        >>> Network("x1 x2", "y = h(x1, x2)", "tanh", seed=0).untrainable()
        ''
        """
        return untrainable(self, x)

    def describe(self) -> UnquotedText:
        """Returns a text: the units in order of evaluation, what they take and give, which are hidden, and the depth.

        >>> Network("x1 x2", "z = h1(x1, x2); y = h2(x1, z)", "tanh", seed=0).describe()
         unit │ takes  │ gives │ kind        │ parameters
        ──────┼────────┼───────┼─────────────┼────────────
         h1   │ x1, x2 │ z     │ tanh neuron │ w1, w2, b
         h2   │ x1, z  │ y     │ tanh neuron │ w1, w2, b
        hidden units: h1
        depth: 2
        not deep: no path passes more than 1 hidden unit, x1 → h1 → h2 → y passes 1
        """
        rows = []
        for name in self.order:
            line, module = self.lines[name], self.units[name]
            if isinstance(module, Neuron):
                kind = NETWORKS["a neuron"].format(activation=module._activation)
            else:
                kind = NETWORKS["a function"] if isinstance(module, FunctionUnit) else type(module).__name__
            parameters = listed_names([inner for inner, _ in module.named_parameters()])
            rows.append((name, listed_names(line.takes), line.result, kind, parameters))
        said = [f"{name} = {meaning}" for name, meaning in self._aliases.items()]
        hidden = NETWORKS["hidden units" if self.hidden_units else "no hidden units"]
        said += [hidden.format(names=listed_names(self.hidden_units)), NETWORKS["depth"].format(depth=self.depth), self.is_deep]
        said += filter(None, [self._unused()])
        headings = [NETWORKS[key] for key in ("unit heading", "takes", "gives", "kind", "parameters heading")]
        return UnquotedText("\n".join([table(headings, rows), *said]))

    def latex(self) -> str:
        r"""Returns the network in LaTeX, between \[ and \], for documents with the package amsmath: what each unit computes.

        The parameters are called as in `theta.latex()`.

        >>> print(Network("x1 x2", "z = h1(x1, x2); y = h2(x1, z)", "relu", units={"h2": "linear"}).latex())
        % needs \usepackage{amsmath}
        \begin{aligned}
        z &= h_{1}(x_{1}, x_{2}) = \mathrm{ReLU}(w_{1,1} x_{1} + w_{1,2} x_{2} + b_{1}) \\
        y &= h_{2}(x_{1}, z) = w_{2,1} x_{1} + w_{2,2} z + b_{2} \\
        \mathrm{ReLU}(u) &= \max(u, 0)
        \end{aligned}
        """
        parameters = dict(self.named_parameters())
        symbols = parameter_symbols(list(parameters))
        symbol = {p: element for p, (_, element) in zip(parameters.values(), symbols, strict=True)}
        equations: list[Equation] = []
        activations = []
        for name in self.order:
            line, module = self.lines[name], self.units[name]
            takes = [latex_name(x) for x in line.takes]
            sides = [f"{latex_name(name)}({', '.join(takes)})"]
            if isinstance(module, Neuron):
                terms = [f"{symbol[w]} {x}" for w, x in zip(module.w, takes, strict=True)]
                sides.append(applied(module.activation, listed([*terms, symbol[module.b]], MOST_TERMS, " + ")))
                activations.append(module.activation)
            else:
                own = listed([symbol[p] for p in module.parameters()], MOST_TERMS)
                sides = [f"{latex_name(name)}({', '.join(takes)}{f'; {own}' if own else ''})"]
            equations.append([latex_name(line.result), *sides])
        equations += [[latex_name(name), latex_name(meaning)] for name, meaning in self._aliases.items()]
        return document(equations_of([*equations, *definitions(activations)]))

    def _unused(self) -> str:
        taken = {self._means[name] for line in self.lines.values() for name in line.takes}
        taken.update(self._means[name] for name in self.outputs)
        unused = [name for name in self.inputs if name not in taken]
        return NETWORKS.form("unused", len(unused)).format(names=listed_names(unused)) if unused else ""

    def __repr__(self) -> str:
        units, hidden = number_of("unit", len(self.units)), len(self.hidden_units)
        if len(self.units) > 1:
            units = NETWORKS.form("some hidden" if hidden else "none hidden", hidden).format(units=units, count=hidden)
        text = NETWORKS["network"].format(
            inputs=listed_names(self.inputs),
            outputs=listed_names(self.outputs),
            units=units,
            depth=self.depth,
            parameters=number_of("parameter", len(self.parameters())),
        )
        return printable("; ".join(filter(None, [text, self._unused()])))
