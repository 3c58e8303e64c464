"""Derivatives of every kind, as functions that leave every grad alone: gradients, Jacobians, Hessians and their products.

>>> from chalkgrad.engine import Value
>>> x, y = Value(3.0, "x"), Value(4.0, "y")
>>> f = x**2 * y + y + 2
>>> gradient(f, [x, y])
[24.0, 10.0]
>>> print(hessian(f, [x, y]))
 ∂²f │ ∂x  ∂y
─────┼────────
 ∂x  │  8   6
 ∂y  │  6   0

Each function takes Values, or a function of numbers: `hessian(f)` is the function that computes f's Hessian.

>>> hessian(lambda x, y: x**2 * y + y + 2)(3, 4) == [[8, 6], [6, 0]]
True

While such a function runs, every derivative that it takes is a Value, which remembers all that it depends on:

>>> gradient(lambda x: x * gradient(lambda y: x * y)(2.0))(1.0)     # of x·x
2.0

Elsewhere derivatives are numbers, which are constants in a graph. So a loss that contains the derivative of a model needs
`create_graph=True`, or its own gradient is that of the other terms alone, which a warning says. A neuron u with weights w, b, c
is to solve u' = -u:

>>> w, b, c = Value(0.5, "w"), Value(0.1, "b"), Value(2.0, "c")
>>> def u(t):
...     return c * (w * t + b).tanh()
>>> slope = gradient(u, create_graph=True)
>>> loss = (slope(0.3) + u(0.3)) ** 2                               # the square of the equation's residual
>>> [round(d, 4) for d in gradient(loss, [w, b, c])]
[6.5942, 4.0596, 2.0445]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, Protocol, overload

from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.detached import Origin, detached, noting_lost, origins_in
from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.basics.numbers_in import kind_of, to_float
from chalkgrad.engine.derivatives.applied import FunctionCall
from chalkgrad.engine.derivatives.graphs import (
    Term,
    recorded_gradient,
    recorded_hessian,
    recorded_hessian_times,
    recorded_jacobian,
    recorded_pull,
    recorded_push,
    refuse_corners,
)
from chalkgrad.engine.derivatives.linear import Linear, bent, seeded
from chalkgrad.engine.derivatives.matrix import Matrix
from chalkgrad.engine.derivatives.second import Curvature
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.names import names_of, own_name


class HasParameters(Protocol):
    """A model: what has parameters is differentiated by them."""

    def parameters(self) -> list[Value]:
        """Returns the parameters, in a fixed order."""


Inputs = Iterable[Value] | HasParameters  # several Values to differentiate by
Outputs = Value | Iterable[Value]
Vector = Sequence[Value] | Sequence[float]  # a graph of derivatives may be taken along Values
Function = Callable[..., Any]  # of numbers and lists, to be differentiated


class Gradient(Protocol):
    """What `gradient(f)` is, as type checkers know it: a function of f's arguments."""

    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: list[float], /) -> list[float]: ...
    @overload
    def __call__(self, x: float, y: float, /, *more: float) -> list[float]: ...
    @overload
    def __call__(self, x: Value, y: Value, /, *more: Value) -> list[Value]: ...
    @overload
    def __call__(self, *arguments: Any, **keywords: Any) -> Any: ...


class RecordedGradient(Protocol):
    """What `gradient(f, create_graph=True)` is, as type checkers know it: its results are Values."""

    @overload
    def __call__(self, x: Value | float, /) -> Value: ...
    @overload
    def __call__(self, x: list[float], /) -> list[Value]: ...
    @overload
    def __call__(self, x: Value | float, y: Value | float, /, *more: Value | float) -> list[Value]: ...
    @overload
    def __call__(self, *arguments: Any, **keywords: Any) -> Any: ...


@overload
def gradient(y: Value, wrt: Value, create_graph: Literal[False] = ..., *, strict: bool = ...) -> float: ...
@overload
def gradient(y: Value, wrt: Value, create_graph: Literal[True], *, strict: bool = ...) -> Value: ...
@overload
def gradient(y: Value, wrt: Inputs, create_graph: Literal[False] = ..., *, strict: bool = ...) -> list[float]: ...
@overload
def gradient(y: Value, wrt: Inputs, create_graph: Literal[True], *, strict: bool = ...) -> list[Value]: ...
@overload
def gradient(y: Function, wrt: None = ..., create_graph: Literal[False] = ..., *, strict: bool = ...) -> Gradient: ...
@overload
def gradient(y: Function, *, create_graph: Literal[True], strict: bool = ...) -> RecordedGradient: ...
def gradient(y: Any, wrt: Any = None, create_graph: bool = False, *, strict: bool = False) -> Any:
    """Returns the derivatives of y by each of `wrt`, [∂y/∂x for x in wrt]: a 1×n row. No grad is read or changed.

    For a single Value as `wrt`, which need not be a leaf, returns the derivative itself; for a model, the derivatives by
    its parameters. 0 stands for what y does not depend on; `strict=True` raises instead.

    With `create_graph=True` the derivatives are Values, recorded from the table's own formulas, so that they can be drawn,
    stepped through, and differentiated again. They are labelled ∂y/∂x, unless they are nodes of the graph already. They are
    Values, too, while a function runs that is itself being differentiated, but for what it does under no_grad().

    Of a function of numbers and lists, `gradient(f)` is a function: `gradient(f)(x)` is a float for a number x, a list for
    a list, an array for an array; for several arguments it is a list with one such entry for each. For Values it is a
    Value, so that `gradient(gradient(f))` is the second derivative. For numbers it is a float, even if f also uses Values
    that are not its arguments, such as parameters: a loss that contains it is not differentiated through it by these, unless
    it is made with `create_graph=True`. A sweep that leaves that out gives a GradientWarning; `float(…)` says that a number
    is meant.

    Raises TypeError unless y and wrt are Values, ValueError for a constant, or with `strict` if y does not depend on one,
    StaleGraphError if a value has changed since, NonFiniteError if a derivative is not finite, naming the edge.

    >>> x = Value(2.0, "x")
    >>> y = x**3
    >>> gradient(y, x), gradient(gradient(y, x, create_graph=True), x)
    (12.0, 12.0)
    >>> gradient(gradient(lambda x: x**3))(2.0)
    12.0
    """
    if _is_function(y):
        _refuse_wrt("gradient", wrt)
        return _as_function("gradient", y, _gradient_of, create_graph, strict)
    _check_output("gradient", y)
    xs, single = _inputs("gradient", wrt)
    row = _gradient(y, xs, create_graph, strict)
    return row[0] if single else row


def _gradient(y: Value, xs: list[Value], create_graph: bool, strict: bool, own: bool = False) -> Sequence[Term]:
    tape = _linearised([y], xs)
    if strict:
        _refuse_unused(tape)
    row = tape.pull(y)  # for a graph, too, because it raises the error for a derivative that is not finite
    return recorded_gradient(tape, y) if _recorded(create_graph) else _numbers("gradient", tape, row, own)


@overload
def jacobian(ys: Outputs, xs: Value | Inputs, *, create_graph: Literal[False] = ..., strict: bool = ...) -> Matrix[float]: ...
@overload
def jacobian(ys: Outputs, xs: Value | Inputs, *, create_graph: Literal[True], strict: bool = ...) -> Matrix[Value]: ...
@overload
def jacobian(ys: Function, *, create_graph: Literal[False] = ..., strict: bool = ...) -> Callable[..., Matrix[float]]: ...
@overload
def jacobian(ys: Function, *, create_graph: Literal[True], strict: bool = ...) -> Callable[..., Matrix[Value]]: ...
def jacobian(ys: Any, xs: Any = None, *, create_graph: bool = False, strict: bool = False) -> Any:
    """Returns the m×n Jacobian [∂y_i/∂x_j]: a row for each output, a column for each input; see Matrix.

    The Jacobian of a scalar is a 1×n row, that of an element-wise function is diagonal. It is computed row by row in reverse
    mode if there are fewer rows than columns, else column by column in forward mode; its `mode` says which.

    `jacobian(f)` is the function that computes the Jacobian of f; its columns are all arguments of f, lists element by
    element. Its entries are Values where those of `gradient` are: with `create_graph=True`, for Values as arguments, and in a
    function that is being differentiated.

    Raises what `gradient` raises.

    >>> from chalkgrad.engine import sigmoid
    >>> print(jacobian(lambda u: [sigmoid(u_i) for u_i in u])([0.0, 1.0]))
         │  ∂u1     ∂u2
    ─────┼──────────────
     ∂y1 │ 0.25
     ∂y2 │       0.1966
    """
    if _is_function(ys):
        _refuse_wrt("jacobian", xs)
        return _as_function("jacobian", ys, _jacobian_of, create_graph, strict)
    ys, _ = _several("jacobian", ys)
    xs, _ = _inputs("jacobian", xs)
    return _jacobian(ys, xs, *_names(ys, xs), create_graph, strict)


def _jacobian(
    ys: list[Value],
    xs: list[Value],
    rows: list[str],
    columns: list[str],
    create_graph: bool,
    strict: bool,
    own: bool = False,
) -> Matrix[Any]:
    tape = _linearised(ys, xs)
    if strict:
        _refuse_unused(tape)
    mode = "reverse" if len(ys) < len(xs) else "forward"
    if mode == "reverse":
        numbers = [tape.pick(tape.adjoints({y: 1.0}), xs) for y in ys]
    else:
        found = {x: tape.pick(tape.tangents({x: 1.0}), ys) for x in xs}
        numbers = [[found[x][i] for x in xs] for i in range(len(ys))]
    values = recorded_jacobian(tape, mode) if _recorded(create_graph) else None
    origins = () if values else _origins("jacobian", tape, own)
    return Matrix(numbers, rows, columns, mode, values=values, origins=origins)


@overload
def hessian(y: Value, xs: Value | Inputs, *, create_graph: Literal[False] = ..., strict: bool = ...) -> Matrix[float]: ...
@overload
def hessian(y: Value, xs: Value | Inputs, *, create_graph: Literal[True], strict: bool = ...) -> Matrix[Value]: ...
@overload
def hessian(y: Function, *, create_graph: Literal[False] = ..., strict: bool = ...) -> Callable[..., Matrix[float]]: ...
@overload
def hessian(y: Function, *, create_graph: Literal[True], strict: bool = ...) -> Callable[..., Matrix[Value]]: ...
def hessian(y: Any, xs: Any = None, *, create_graph: bool = False, strict: bool = False) -> Any:
    """Returns the n×n Hessian [∂²y/∂x_i∂x_j] of a scalar, exactly symmetric; see Matrix.

    `hessian(f)` is the function that computes the Hessian of f by all of its arguments together. At a kink it follows the
    table's convention: relu'' is 0 everywhere. Its entries are Values where those of `jacobian` are.

    Raises what `gradient` raises, and ValueError for inputs that are computed from each other.

    >>> x, y = Value(1.0, "x"), Value(1.0, "y")
    >>> rosenbrock = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    >>> hessian(rosenbrock, [x, y]) == [[802, -400], [-400, 200]]
    True
    """
    if _is_function(y):
        _refuse_wrt("hessian", xs)
        return _as_function("hessian", y, _hessian_of, create_graph, strict)
    _check_output("hessian", y)
    xs, _ = _inputs("hessian", xs)
    return _hessian([y], xs, *_names([y], xs), create_graph, strict)


def _hessian(
    ys: list[Value],
    xs: list[Value],
    rows: list[str],
    columns: list[str],
    create_graph: bool,
    strict: bool,
    own: bool = False,
) -> Matrix[Any]:
    tape = _linearised(ys, xs)
    if strict:
        _refuse_unused(tape)
    numbers = Curvature(tape).hessian()  # for a graph, too, as in gradient()
    values = recorded_hessian(tape) if _recorded(create_graph) else None
    origins = () if values else _origins("hessian", tape, own)
    return Matrix(numbers, columns, columns, "reverse", of=rows[0], values=values, origins=origins)


@overload
def hvp(y: Value, xs: Value, v: float, *, create_graph: Literal[False] = ...) -> float: ...
@overload
def hvp(y: Value, xs: Inputs, v: Sequence[float], *, create_graph: Literal[False] = ...) -> list[float]: ...
@overload
def hvp(y: Value, xs: Value, v: float, *, create_graph: Literal[True]) -> Value: ...
@overload
def hvp(y: Value, xs: Inputs, v: Sequence[float], *, create_graph: Literal[True]) -> list[Value]: ...
@overload
def hvp(y: Function, *, create_graph: bool = ...) -> Callable[..., Any]: ...
def hvp(y: Any, xs: Any = None, v: Any = None, *, create_graph: bool = False) -> Any:
    """Returns the product H·v of the Hessian of y with a vector, without computing H: forward over reverse.

    `v` has a number for each of `xs`; for a single Value, v and the result are numbers. For a function: `hvp(f)(x, v=v)`.
    The result is of Values where that of `jvp` is. Raises what `hessian` raises.

    >>> x, y = Value(3.0, "x"), Value(4.0, "y")
    >>> hvp(x**2 * y + y + 2, [x, y], [1.0, 0.0])
    [8.0, 6.0]
    """
    if _is_function(y):
        _refuse_wrt("hvp", xs)
        return _as_function("hvp", y, _hvp_of, create_graph)
    _check_output("hvp", y)
    xs, single = _inputs("hvp", xs)
    found = _hvp(y, xs, v, create_graph)
    return found[0] if single else found


def _hvp(y: Value, xs: list[Value], v: Any, create_graph: bool, own: bool = False) -> Sequence[Term]:
    tape, numbers, terms = _linearised([y], xs), *_vector("hvp", v, len(xs), "v", "input")
    found = Curvature(tape).times(numbers)
    if _recorded(create_graph, terms):
        return recorded_hessian_times(tape, _seeded_terms(xs, terms))
    return _numbers("hvp", tape, found, own)


@overload
def jvp(ys: Value, xs: Value | Inputs, v: float | Sequence[float], *, create_graph: Literal[False] = ...) -> float: ...
@overload
def jvp(
    ys: Iterable[Value], xs: Value | Inputs, v: float | Sequence[float], *, create_graph: Literal[False] = ...
) -> list[float]: ...
@overload
def jvp(ys: Value, xs: Value | Inputs, v: float | Vector, *, create_graph: Literal[True]) -> Value: ...
@overload
def jvp(ys: Iterable[Value], xs: Value | Inputs, v: float | Vector, *, create_graph: Literal[True]) -> list[Value]: ...
@overload
def jvp(ys: Function, *, create_graph: bool = ...) -> Callable[..., Any]: ...
def jvp(ys: Any, xs: Any = None, v: Any = None, *, create_graph: bool = False) -> Any:
    """Returns the product J·v of the Jacobian with a vector, by one forward sweep: the rates at which ys change along v.

    `v` has a number for each of `xs`, the result one for each of `ys`. Single Values stand for lists of one, with a number
    instead of a list. For a function: `jvp(f)(x, v=v)`. The result is of Values where that of `gradient` is, and if v is.
    Raises what `gradient` raises.

    >>> x, y = Value(3.0, "x"), Value(4.0, "y")
    >>> jvp([x * y, x + y], [x, y], [1.0, 0.5])
    [5.5, 1.5]
    """
    if _is_function(ys):
        _refuse_wrt("jvp", xs)
        return _as_function("jvp", ys, _jvp_of, create_graph)
    ys, bare = _several("jvp", ys)
    xs, _ = _inputs("jvp", xs)
    found = _jvp(ys, xs, v, create_graph)
    return found[0] if bare else found


def _jvp(ys: list[Value], xs: list[Value], v: Any, create_graph: bool, own: bool = False) -> Sequence[Term]:
    tape, numbers, terms = _linearised(ys, xs), *_vector("jvp", v, len(xs), "v", "input")
    found = tape.push(seeded(xs, numbers))
    if _recorded(create_graph, terms):
        return recorded_push(tape, _seeded_terms(xs, terms))
    return _numbers("jvp", tape, found, own)


@overload
def vjp(ys: Outputs, xs: Value, u: float | Sequence[float], *, create_graph: Literal[False] = ...) -> float: ...
@overload
def vjp(ys: Outputs, xs: Inputs, u: float | Sequence[float], *, create_graph: Literal[False] = ...) -> list[float]: ...
@overload
def vjp(ys: Outputs, xs: Value, u: float | Vector, *, create_graph: Literal[True]) -> Value: ...
@overload
def vjp(ys: Outputs, xs: Inputs, u: float | Vector, *, create_graph: Literal[True]) -> list[Value]: ...
@overload
def vjp(ys: Function, *, create_graph: bool = ...) -> Callable[..., Any]: ...
def vjp(ys: Any, xs: Any = None, u: Any = None, *, create_graph: bool = False) -> Any:
    """Returns the product uᵀ·J of a vector with the Jacobian, by one reverse sweep: the gradient of Σ u_i·y_i.

    `u` has a number for each of `ys`, the result one for each of `xs`. Single Values stand for lists of one, with a number
    instead of a list. For a function: `vjp(f)(x, u=u)`. The result is of Values where that of `gradient` is, and if u is.
    Raises what `gradient` raises.

    >>> x, y = Value(3.0, "x"), Value(4.0, "y")
    >>> vjp([x * y, x + y], [x, y], [1.0, 0.5])
    [4.5, 3.5]
    """
    if _is_function(ys):
        _refuse_wrt("vjp", xs)
        return _as_function("vjp", ys, _vjp_of, create_graph)
    ys, _ = _several("vjp", ys)
    xs, single = _inputs("vjp", xs)
    found = _vjp(ys, xs, u, create_graph)
    return found[0] if single else found


def _vjp(ys: list[Value], xs: list[Value], u: Any, create_graph: bool, own: bool = False) -> Sequence[Term]:
    tape, numbers, terms = _linearised(ys, xs), *_vector("vjp", u, len(ys), "u", "output")
    found = tape.pull(*ys, by=numbers)
    if _recorded(create_graph, terms):
        return recorded_pull(tape, _seeded_terms(ys, terms))
    return _numbers("vjp", tape, found, own)


# What was asked for --------------------------------------------------------------------------------------------------


def _recorded(create_graph: bool, given: Sequence[Term] = ()) -> bool:
    """Whether derivatives are to be Values: on request, of Values, and in a function that is being differentiated."""
    if create_graph or (given and any(isinstance(x, Value) for x in given)):
        return True
    state = modes.current()
    return state.differentiating and state.taping


def _linearised(ys: Sequence[Value], xs: Sequence[Value]) -> Linear:
    for y in set(ys).difference(xs):
        y._refuse_forgotten()
    tape = Linear(ys, xs)
    noting_lost(tape.tape, xs)
    if not modes.current().propagate:
        refuse_corners(tape)
    return tape


def _origins(name: str, tape: Linear, own: bool) -> tuple[Origin, ...]:
    """What the numbers of a derivative are to know of the leaves that it depends on; inputs that a call has made are `own`.

    It is nothing under no_grad(), where the caller wants numbers alone.
    """
    if not modes.current().taping:
        return ()
    leaves = tape.others if own else tape.others + [x for x in tape.xs if x._x is None]
    origins = origins_in(tape.tape)
    return (*origins, Origin(name, leaves, modes.clock)) if leaves and bent(tape.nodes) else origins


def _numbers(name: str, tape: Linear, found: list[float], own: bool) -> list[float]:
    origins = _origins(name, tape, own)
    return detached(found, origins) if origins else found


def _is_function(y: object) -> bool:
    return callable(y) and not isinstance(y, Value)


def _refuse_wrt(name: str, wrt: object) -> None:
    if wrt is not None:
        raise TypeError(
            f"{name}(f) of a function takes no Values to differentiate by: its arguments are, as in {name}(f)(x); for Values "
            f"write {name}(f(x), [x])"
        )


def _check_output(name: str, y: object) -> None:
    if not isinstance(y, Value):
        several = isinstance(y, (list, tuple)) and all(isinstance(each, Value) for each in y)
        instead = "; for several there is jacobian(ys, xs)" if several else ""
        if several and name == "gradient":
            instead += ", and vjp(ys, xs, upstream) for their sum weighted by upstream gradients"
        raise TypeError(f"{name}(y, xs) takes y as a Value computed from xs, and was given {kind_of(y)}{instead}")


def _several(name: str, ys: Any) -> tuple[list[Value], bool]:
    """The outputs as a list, and whether it was a single one, without a list."""
    if isinstance(ys, Value):
        return [ys], True
    found = list(ys) if hasattr(ys, "__iter__") and not isinstance(ys, str) else None
    if not found or not all(isinstance(y, Value) for y in found):
        given = kind_of(ys if found is None or not found else next(y for y in found if not isinstance(y, Value)))
        raise TypeError(f"{name}(ys, xs) takes ys as a Value or a list of Values, and was given {given}")
    return found, False


def _inputs(name: str, xs: Any) -> tuple[list[Value], bool]:
    """The inputs as a list, for a model its parameters; and whether it was a single one, without a list."""
    xs = xs.parameters() if hasattr(xs, "parameters") else xs
    if isinstance(xs, Value):
        found, single = [xs], True
    elif xs is None:
        raise TypeError(f"{name}(y, xs) needs the Values to differentiate by: a list such as [a, b], or a single one")
    else:
        found, single = list(xs) if hasattr(xs, "__iter__") and not isinstance(xs, str) else [xs], False
    _refuse_none(name, found)
    for x in found:
        if not isinstance(x, Value):
            raise TypeError(f"{name}(y, xs) differentiates by Values, such as [a, b], and was given {kind_of(x)}")
        if x._rule is not None and x.constant:
            raise ValueError(f"{own_name(x) or words.number(x.data)} is a constant, which has no derivative by it to ask for")
    return found, single


def _refuse_none(name: str, xs: Sequence[Value]) -> None:
    if not xs:
        raise ValueError(f"{name}(y, xs) needs at least one Value to differentiate by, and xs is empty")


def _refuse_unused(tape: Linear) -> None:
    for x in tape.xs:
        if x not in tape.position:
            names = names_of([*dict.fromkeys([*tape.tape, x])])
            ys = names[tape.ys[0]] if len(set(tape.ys)) == 1 else "none of the outputs"
            verb = "does not depend" if len(set(tape.ys)) == 1 else "depends"
            raise ValueError(f"{ys} {verb} on {names[x]}: the derivative is 0, which strict=True refuses")


def _names(ys: Sequence[Value], xs: Sequence[Value]) -> tuple[list[str], list[str]]:
    nodes = dict.fromkeys([*order(ys), *xs])
    names = names_of([*nodes])
    return [names[y] for y in ys], [names[x] for x in xs]


def _vector(name: str, v: Any, count: int, letter: str, each: str) -> tuple[list[float], list[Term]]:
    """A vector as floats, one for each input or output, and the same with its Values; of one element it may be a number."""
    if v is None:
        raise TypeError(f"{name} needs the vector {letter} to multiply with: {amount(count, 'number')}, one for each {each}")
    listed = list(v) if hasattr(v, "__iter__") and not isinstance(v, str) else [v]
    terms: list[Term] = [x if isinstance(x, Value) else to_float(x, letter) for x in listed]
    if len(terms) != count:
        needed, given = amount(count, "number"), amount(len(terms), "number")
        raise ValueError(f"{name} needs {needed} in {letter}, one for each {each}, and was given {given}")
    return [x._data if isinstance(x, Value) else x for x in terms], terms


def _seeded_terms(nodes: Sequence[Value], terms: Sequence[Term]) -> dict[Value, Term]:
    """The seed of each node; the seeds of a node that is listed twice are added."""
    seeds: dict[Value, Term] = {}
    with modes.taped():
        for node, seed in zip(nodes, terms, strict=True):
            seeds[node] = seeds[node] + seed if node in seeds else seed
    return seeds


# Functions -----------------------------------------------------------------------------------------------------------


def _as_function(
    name: str, f: Callable[..., Any], derivative: Callable[..., Any], create_graph: bool, *options: bool
) -> Callable[..., Any]:
    """Returns gradient(f), jacobian(f), …: a function of f's arguments that applies f to Values and returns the derivative."""

    def differentiated(*arguments: Any, **keywords: Any) -> Any:
        if not arguments:
            raise TypeError(f"{name}(f) needs the arguments of f to differentiate by, as in {name}(f)(x)")
        vector = {key: keywords.pop(key, None) for key in _VECTORS.get(name, ())}
        for key, numbers in vector.items():
            if numbers is None:
                raise TypeError(f"{name}(f) needs the vector {key} to multiply with, by its name: {name}(f)(x, {key}=…)")
        call = FunctionCall(name, f, arguments, keywords)
        if not call.bare and name in ("gradient", "hessian", "hvp"):
            raise TypeError(
                f"{name}(f) is that of a function with a single result, and {call.f_name} returned "
                f"{amount(len(call.ys), 'number')}; jacobian(f) is for that"
            )
        return derivative(call, create_graph or call.on_values, *options, *vector.values())

    own = getattr(f, "__name__", "f")
    differentiated.__name__ = differentiated.__qualname__ = f"{name}({own})"
    differentiated.__doc__ = f"The {name} of {own}, as a function of the same arguments."
    return differentiated


_VECTORS = {"hvp": ("v",), "jvp": ("v",), "vjp": ("u",)}


def _gradient_of(call: FunctionCall, create_graph: bool, strict: bool) -> Any:
    _refuse_none("gradient", call.leaves)
    return call.arranged(_gradient(call.ys[0], call.leaves, create_graph, strict, own=True))


def _jacobian_of(call: FunctionCall, create_graph: bool, strict: bool) -> Matrix[Any]:
    return _jacobian(call.ys, call.leaves, call.rows, call.columns, create_graph, strict, own=True)


def _hessian_of(call: FunctionCall, create_graph: bool, strict: bool) -> Matrix[Any]:
    return _hessian(call.ys, call.leaves, call.rows, call.columns, create_graph, strict, own=True)


def _hvp_of(call: FunctionCall, create_graph: bool, v: Any) -> Any:
    _refuse_none("hvp", call.leaves)
    return call.arranged(_hvp(call.ys[0], call.leaves, call.flat(v), create_graph, own=True))


def _jvp_of(call: FunctionCall, create_graph: bool, v: Any) -> Any:
    _refuse_none("jvp", call.leaves)
    found = _jvp(call.ys, call.leaves, call.flat(v), create_graph, own=True)
    return found[0] if call.bare else found


def _vjp_of(call: FunctionCall, create_graph: bool, u: Any) -> Any:
    _refuse_none("vjp", call.leaves)
    return call.arranged(_vjp(call.ys, call.leaves, [u] if call.bare else u, create_graph, own=True))
