"""The node. A `Value` holds a number, and remembers how it was computed: that is all backpropagation needs.

>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.data, e.parents == (a, b), e.partials          # ∂e/∂a = b, ∂e/∂b = a
(-6.0, True, (-3.0, 2.0))
>>> e.backward()
>>> a.grad, b.grad
(-3.0, 2.0)

Local derivatives are data, fixed when the node is recorded. The operations themselves are entries of the table (rules.py),
from which recorder.py writes the functions that make nodes.
"""

from __future__ import annotations

import math  # noqa: F401 - read by the recorders made below, as is `product`
import operator
import sys
from collections.abc import Callable, Sequence
from operator import attrgetter
from operator import mul as product  # noqa: F401 - as math
from types import FunctionType, TracebackType
from typing import TYPE_CHECKING, Any, cast

from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.errors import DomainError, NonFiniteError
from chalkgrad.engine.formulas.trees import Call, Formula, Test, bind, evaluate, holds, lift, substitute
from chalkgrad.engine.recording import copying
from chalkgrad.engine.recording.recorder import FAILURES, ON_FLOATS, computer, define, recorder_source
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.stepping.forward import ForwardPass
from chalkgrad.engine.stepping.mistakes import MistakenSteps
from chalkgrad.engine.stepping.sentences import Verdict, check
from chalkgrad.engine.stepping.steps import Steps, Sweep
from chalkgrad.engine.sweep import Tape, backward, forward, order
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.names import own_name

# What every recorder reads; the context managers below and assignments to `data` write it.
taping = True  # off under no_grad()
propagate = False  # on under nonfinite("propagate")
place = ""  # the unit that nodes are being made in
clock = 0  # ticks whenever a value changes after it was made; a node older than a parent is stale
comparisons: list[tuple[Value, str, Any]] | None = None  # those made so far, under recording()
since = 0  # the clock when that began

new = object.__new__
_FROZEN = False  # stands in _rule of a leaf that takes no gradient


class Decided:
    """Stands in _rule of a leaf on which comparisons under recording() depended; a leaf is all they share with a program."""

    def __init__(self, frozen: bool) -> None:
        self.frozen = frozen
        self.comparisons: dict[str, list[range]] = {}  # with the times of the recordings they were made in

    def about(self, nodes: Sequence[Value]) -> str:
        """The comparison that was made while one of these nodes was recorded, or nothing; of leaves alone it may be any."""
        times = {node._clock for node in nodes if node._x is not None}
        for comparison, spans in self.comparisons.items():
            if not times or any(time in span for span in spans for time in times):
                return comparison
        return ""


if TYPE_CHECKING:
    Number = float  # anything that float() takes: ints, Fractions, NumPy's scalars


class Value:
    """A scalar that remembers what it was computed from.

    `Value(data, label)` makes a leaf; operations on Values make the others. `data` is the primal, `grad` the adjoint
    ∂root/∂this once a reverse sweep has run, `parents` the arguments it was computed from (repeats kept), and
    `partials[i]` the local derivative ∂this/∂parents[i].

    `constant=True` makes a leaf that sweeps leave alone: it takes no gradient.

    Raises TypeError for what is not a real number, ValueError for NaN and infinities.

    >>> x = Value(3.0, "x")
    >>> y = x**2 + 1
    >>> y.backward()
    >>> x
    <Value x = 3, grad 6>
    """

    __slots__ = ("_clock", "_data", "_dx", "_dy", "_grad", "_rule", "_x", "_y", "label", "place")

    _data: float
    _grad: float | None  # None: not computed
    label: str
    place: str
    # None for a leaf, _FROZEN for a constant one, an operation, or a tuple (operation, *arguments) in which the numbers
    # among the arguments stand in their places and None stands for each parent; see also Decided
    _rule: Rule | tuple[Any, ...] | Decided | bool | None
    # One or two parents and partials stand in slots of their own: in tuples they would cost the collector, which goes
    # through every tuple, more than all the rest. More of them are tuples in _x and _dx. A leaf's _x is None.
    _x: Value | tuple[Value, ...] | None
    _y: Value | None
    _dx: float | tuple[float, ...] | None
    _dy: float | None
    _clock: int

    def __init__(self, data: Number, label: str = "", *, constant: bool = False) -> None:
        if not isinstance(label, str):
            raise TypeError(f"a label is a text, such as Value({data!r}, 'x'), but this one is {label!r}")
        self._data = to_float(data)
        self._grad = None
        self.label = label
        self.place = place
        self._rule = _FROZEN if constant else None
        self._x = self._y = self._dx = self._dy = None
        self._clock = clock

    # What a node knows -----------------------------------------------------------------------------------------------

    def _set_data(self, data: Number) -> None:
        global clock
        if self._x is not None:
            name, expression = words.described(self)
            raise AttributeError(
                f"{name} = {expression} is computed, so its data cannot be assigned: "
                "assign to the leaves it comes from, then call forward() on the result"
            )
        self._data = to_float(data)
        clock += 1
        self._clock = clock

    data = property(attrgetter("_data"), _set_data, doc="The number. A leaf's may be assigned; forward() then recomputes.")

    @property
    def grad(self) -> float:
        """The adjoint ∂root/∂this; 0.0 as long as no sweep has computed it, see `has_grad`."""
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, grad: Number | None) -> None:
        self._grad = None if grad is None else to_float(grad, "a gradient")

    @property
    def has_grad(self) -> bool:
        """Whether a sweep has computed `grad`: not computed differs from 0."""
        return self._grad is not None

    @property
    def parents(self) -> tuple[Value, ...]:
        """The Values this was computed from, in argument order, repeats kept; () for a leaf."""
        x, y = self._x, self._y
        if y is not None:
            return (x, y)  # type: ignore[return-value] # the first of two is no tuple
        return x if isinstance(x, tuple) else () if x is None else (x,)

    @property
    def partials(self) -> tuple[float, ...]:
        """The local derivatives ∂this/∂parents[i], fixed when this was recorded."""
        dx, dy = self._dx, self._dy
        if dy is not None:
            return (dx, dy)  # type: ignore[return-value] # as above
        return dx if isinstance(dx, tuple) else () if dx is None else (dx,)

    def _link(self, parents: Sequence[Value], partials: Sequence[float]) -> None:
        """Sets parents and local derivatives."""
        if len(parents) <= 2:
            self._x, self._y = [*parents, None, None][:2]
            self._dx, self._dy = [*partials, None, None][:2]
        else:
            self._x, self._y, self._dx, self._dy = tuple(parents), None, tuple(partials), None

    @property
    def op(self) -> Rule | None:
        """The operation's entry in the table; None for a leaf."""
        rule = self._rule[0] if isinstance(self._rule, tuple) else self._rule
        return rule if isinstance(rule, Rule) else None

    @property
    def arguments(self) -> tuple[Value | float, ...]:
        """What the operation was applied to: parents, and the numbers among the arguments."""
        parents = iter(self.parents)
        return tuple(next(parents) if x is None else x for x in self.template)

    @property
    def template(self) -> tuple[float | None, ...]:
        """The arguments of the operation with the numbers among them in their places, and None for each parent."""
        return self._rule[1:] if isinstance(self._rule, tuple) else (None,) * len(self.parents)

    @property
    def constant(self) -> bool:
        """Whether this leaf takes no gradient (a frozen parameter)."""
        return self._rule is _FROZEN or (isinstance(self._rule, Decided) and self._rule.frozen)

    @constant.setter
    def constant(self, constant: bool) -> None:
        if self._x is not None:
            raise AttributeError("only a leaf can be a constant: this value is computed from others")
        self._rule = _FROZEN if constant else None
        if constant:
            self._grad = None

    @property
    def _prev(self) -> set[Value]:  # micrograd's name for the parents, which its users' drawing code reads
        return set(self.parents)

    @property
    def _op(self) -> str:  # micrograd's name for the operation
        return words.micrograd_symbol(self)

    # The three readings of the tape ----------------------------------------------------------------------------------

    def tape(self) -> Tape:
        """The Wengert list of everything this was computed from; print it for the evaluation trace."""
        return Tape([self])

    def backward(self) -> None:
        """Computes the adjoint ∂self/∂v of every node v of the tape: the reverse sweep.

        Each call adds to the leaves' grad, as in PyTorch, and starts afresh on interior nodes. Raises StaleGraphError
        where a value has changed since, NonFiniteError where a gradient is not finite; then every grad is as it was.
        """
        backward(order([self]), self, propagate)

    def forward(self) -> float:
        """Recomputes what depends on leaves whose data has changed, and returns the new data.

        Where a value would leave a domain an error is raised and the graph stays as it was.

        >>> x = Value(3.0, "x")
        >>> y = x * x
        >>> x.data = 5
        >>> y.forward()
        25.0
        """
        global clock
        nodes = order([self])
        decided = [node._rule for node in nodes if isinstance(node._rule, Decided)]
        clock += 1
        for mark in decided:
            for comparison in filter(None, [mark.about(nodes)]):
                mark.comparisons[comparison].append(range(clock, clock + 1))
        forward(nodes, clock, compute)
        return self._data

    def zero_grad(self) -> None:
        """Sets the grad of every node of the tape back to not computed."""
        for node in order([self]):
            node._grad = None

    def steps(self, by: str = "edge", wrt: Value | Sequence[Value] = (), forward: bool = False, mistake: str = "") -> Any:
        """Returns the reverse sweep edge by edge: a sequence of steps, whose texts are sentences, and a cursor in it.

        `by="node"` takes a node's edges at once; `wrt` stops where the wanted values are; `forward=True` goes through the
        forward pass instead, where values and local derivatives arise; `mistake="overwrite"`, `"order"` or
        `"no zero_grad"` does the sweep wrong on purpose. See Steps, ForwardPass and MistakenSteps.
        """
        if mistake:
            return MistakenSteps(self, mistake)
        return ForwardPass(self) if forward else Steps(self, by, wrt)

    def check(self, **answers: float) -> Verdict:
        """Compares gradients that a student has worked out, given by name, with those of this root's sweep.

        Returns what there is to say, true if all are right; rounded answers pass. Changes no grad.

        >>> a, b = Value(2.0, "a"), Value(1.0, "b")
        >>> c, d = a + b, b + 1
        >>> e = c * d
        >>> e.check(a=2, b=3)
        a: right, ∂e/∂a = 2
        b: you counted only the path through d
        """
        return check(Sweep(self), answers)

    # Showing, comparing, converting ----------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return printable(words.representation(self))

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def __lt__(self, other: Value | Number) -> bool:
        return self._data < _compared(self, "<", other)

    def __le__(self, other: Value | Number) -> bool:
        return self._data <= _compared(self, "<=", other)

    def __gt__(self, other: Value | Number) -> bool:
        return self._data > _compared(self, ">", other)

    def __ge__(self, other: Value | Number) -> bool:
        return self._data >= _compared(self, ">=", other)

    def _refuse_conversion(self, *_: object) -> Any:
        name = own_name(self) or "v"
        raise TypeError(
            f"turning {name} = {words.number(self._data)} into a plain number would drop its gradient: write {name}.data "
            f"for the number, or chalkgrad's own function to go on recording (exp({name}), not math.exp({name}))"
        )

    __float__ = __int__ = __complex__ = __index__ = __round__ = __trunc__ = __floor__ = __ceil__ = _refuse_conversion

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        # NumPy asks here when it stands on the left: np.float64(2) * v.
        name = ufunc.__name__
        if any(getattr(x, "ndim", 0) for x in inputs):
            raise TypeError("a Value is a single number, and this is an array: go through it, as in [v * x for x in xs]")
        if name not in _NUMPY_OPERATORS or method != "__call__" or options:
            raise TypeError(f"np.{name} would drop the gradient: use chalkgrad's own function, or v.data for the number")
        return _NUMPY_OPERATORS[name](*(x if isinstance(x, Value) else to_float(x, name) for x in inputs))

    # Copies and pickles, without recursion ---------------------------------------------------------------------------

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        return copying.deep_copy(self, memo)

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return copying.reduce(self)

    if TYPE_CHECKING:  # made from the table, below

        def __add__(self, other: Value | Number) -> Value: ...
        def __radd__(self, other: Number) -> Value: ...
        def __sub__(self, other: Value | Number) -> Value: ...
        def __rsub__(self, other: Number) -> Value: ...
        def __mul__(self, other: Value | Number) -> Value: ...
        def __rmul__(self, other: Number) -> Value: ...
        def __truediv__(self, other: Value | Number) -> Value: ...
        def __rtruediv__(self, other: Number) -> Value: ...
        def __pow__(self, other: Value | Number) -> Value: ...
        def __rpow__(self, other: Number) -> Value: ...
        def __neg__(self) -> Value: ...
        def __pos__(self) -> Value: ...
        def __abs__(self) -> Value: ...

        exp: Callable[[], Value]
        expm1: Callable[[], Value]
        log: Callable[[], Value]
        log1p: Callable[[], Value]
        sqrt: Callable[[], Value]
        sin: Callable[[], Value]
        cos: Callable[[], Value]
        tan: Callable[[], Value]
        asin: Callable[[], Value]
        acos: Callable[[], Value]
        atan: Callable[[], Value]
        sinh: Callable[[], Value]
        cosh: Callable[[], Value]
        tanh: Callable[[], Value]
        erf: Callable[[], Value]
        erfc: Callable[[], Value]
        floor: Callable[[], Value]
        sigmoid: Callable[[], Value]
        sigmoid_slope: Callable[[], Value]
        tanh_half: Callable[[], Value]
        relu: Callable[[], Value]
        leaky_relu: Callable[..., Value]
        elu: Callable[..., Value]
        softplus: Callable[[], Value]
        gaussian: Callable[[], Value]
        gelu: Callable[[], Value]
        silu: Callable[[], Value]
        step: Callable[[], Value]
        identity: Callable[[], Value]


_NUMPY_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "negative": operator.neg,
    "positive": operator.pos,
    "absolute": operator.abs,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.is_,  # equality is identity
    "not_equal": operator.is_not,
}


# Numbers in ----------------------------------------------------------------------------------------------------------


def to_float(x: Any, what: str = "a Value") -> float:
    """A real number of any kind as a float: ints, bools, Fractions, NumPy's scalars. Refuses the rest with a sentence."""
    if isinstance(x, Value):
        raise TypeError(f"{what} needs a plain number, and this is already a Value: use it as it is, or its .data")
    try:
        if not isinstance(x, (float, int)) and not _is_real(x):
            raise TypeError
        number = float(x)
    except OverflowError:
        raise NonFiniteError(f"{what} needs a number up to 1.798e308, the largest float, and this one is larger") from None
    except (TypeError, ValueError):
        raise TypeError(f"{what} needs a real number, not {kind_of(x)}; {_advice(x)}") from None
    if number - number != 0.0 and not propagate:
        raise ValueError(
            f"{what} needs a finite number, not {number}; to compute with infinities and NaN, "
            'do so under `with nonfinite("propagate"):`'
        )
    return number


def _is_real(x: Any) -> bool:
    import numbers  # only unusual kinds of number come here

    kind = getattr(getattr(x, "dtype", None), "kind", "f")  # NumPy's: booleans, integers, unsigned, floats
    if isinstance(x, (str, bytes, numbers.Complex)) and not isinstance(x, numbers.Real):
        return False
    return hasattr(x, "__float__") and kind in ("b", "i", "u", "f") and not getattr(x, "ndim", 0)


def kind_of(x: object) -> str:
    """What something that is no number is, for a sentence."""
    shown = repr(x)
    return (
        shown
        if x is None or isinstance(x, Value)
        else f"the {type(x).__name__} {shown if len(shown) <= 40 else shown[:37] + '...'}"
    )


def _advice(x: object) -> str:
    if isinstance(x, str):
        return "numbers given as text must be converted first: float(text)"
    if isinstance(x, complex):
        return "complex numbers have no order, so no slope to walk down"
    if getattr(x, "ndim", 0) or isinstance(x, (list, tuple)):
        return "make one Value per element: [Value(x) for x in xs]"
    return "ints, floats, Fractions and NumPy's scalars will do"


def _compared(node: Value, sign: str, other: object) -> float:
    """What a Value is compared with, as a number; under recording() the comparison is noted."""
    if comparisons is not None:
        comparisons.append((node, sign, other))
    return other._data if isinstance(other, Value) else to_float(other, "a comparison with a Value")


# Recording: the general case -----------------------------------------------------------------------------------------


def record(rule: Rule, arguments: Sequence[Any]) -> Any:
    """Applies an operation to any mix of arguments: a Value if one is a Value, a formula in a formula, else a float.

    The generated recorders come here with everything but their common cases, and whenever something goes wrong.
    """
    for x in arguments:
        if isinstance(x, Formula):
            return _in_formula(rule, arguments)
    numbers = [x._data if isinstance(x, Value) else to_float(x, words.operation_name(rule)) for x in arguments]
    is_number = [not isinstance(x, Value) for x in arguments]
    value, partials = compute(rule, numbers, is_number, arguments)
    if all(is_number):
        return value
    node = new(Value)
    Value.__init__(node, 0.0)
    node._data = value
    if taping:
        node._rule = (
            rule if not any(is_number) else (rule, *(x if n else None for x, n in zip(numbers, is_number, strict=True)))
        )
        node._link([x for x in arguments if isinstance(x, Value)], partials)
    return node


def record_lists(rule: Rule, arguments: Sequence[Any]) -> Any:
    """`record` for an operation on lists, with the sentences for lists of the wrong length."""
    lists, scalars = arguments[: rule.lists], arguments[rule.lists :]
    if len({len(x) for x in lists}) > 1:
        raise ValueError(f"{rule.name}() needs lists of equal length, not of {' and '.join(str(len(x)) for x in lists)}")
    if not len(lists[0]):
        raise ValueError(f"{rule.name}() needs at least one element, and got an empty list")
    if any(isinstance(x, Formula) for x in (*(x for xs in lists for x in xs), *scalars)):
        raise TypeError(f"{rule.name}() cannot stand in a formula: write out the sum")
    return record(rule, [x for xs in lists for x in xs] + list(scalars))


def elements(x: Any, name: str) -> Sequence[Any]:
    """A list argument as a list or tuple."""
    if x.__class__ is list or x.__class__ is tuple:
        return cast(Sequence[Any], x)
    if isinstance(x, (Value, str, bytes)) or not hasattr(x, "__iter__"):
        raise TypeError(f"{name}() takes a list of Values, such as {name}([a, b]), and was given {kind_of(x)}")
    return list(x)


def _in_formula(rule: Rule, arguments: Sequence[Any]) -> Formula:
    if RULES.get(rule.name) is rule:
        return Call(rule.name, *arguments)
    return substitute(rule.value, bind([lift(x) for x in arguments]))


def compute(
    rule: Rule, numbers: Sequence[float], is_number: Sequence[bool], arguments: Sequence[Any]
) -> tuple[float, tuple[float, ...]]:
    """The value of an operation and its local derivatives by the arguments that are Values, or the error that says why not."""
    try:
        value, partials = computer(rule, is_number)(*numbers)
    except FAILURES:
        value, partials = computer(rule, is_number, propagate=True)(*numbers)
    if value - value != 0.0 and not propagate:
        raise _explanation(rule, numbers, arguments) from None
    if rule.lists:
        partials = tuple(d for d, n in zip(partials, is_number, strict=True) if not n)
    return value, partials


def _explanation(rule: Rule, numbers: Sequence[float], arguments: Sequence[Any]) -> Exception:
    """Why an operation has no finite value here: outside its domain (or that of a part of it), or too large."""
    where = words.call_at(rule, numbers, arguments)
    outside = _outside(rule, numbers)
    if outside is not None:
        return DomainError(outside_domain(where, rule, *outside))
    if any(x - x != 0.0 for x in numbers):
        return NonFiniteError(f"{where}: an argument is not a finite number, so the result is none either")
    return NonFiniteError(too_large(where))


def too_large(where: str) -> str:
    """What is said of a result that no float can hold; `where` is the operation with its values."""
    return f"{where}: the result is too large for a float, whose limit is 1.798e308"


def outside_domain(where: str, rule: Rule, inner: Rule, values: Sequence[float]) -> str:
    """What is said where an operation, or an `inner` one of its formula, is given these values outside its domain."""
    given = "" if inner is rule else f" inside it, {inner.name} is given {' and '.join(map(words.number, values))}, and"
    hint = f"; {inner.hint}" if inner.hint else ""
    return f"{where}:{given} {words.operation_name(inner)} needs {inner.requires}{hint}"


def _outside(rule: Rule, numbers: Sequence[float]) -> tuple[Rule, Sequence[float]] | None:
    """The first operation, in the order of computation, that is outside its domain: this one or one in its formula."""
    if rule.lists:
        return None
    if rule.domain is not None:
        values = dict(zip(rule.arguments, numbers, strict=True))
        return None if _holds(rule.domain, values) else (rule, numbers)
    found: list[tuple[Rule, Sequence[float]]] = []

    def watched(name: str) -> Callable[..., float]:
        def function(*inner: float) -> float:
            domain = RULES[name].domain
            if domain is not None and not found and not _holds(domain, dict(zip("xyz", inner, strict=False))):
                found.append((RULES[name], inner))
            return computer(RULES[name], propagate=True)(*inner)[0]

        return function

    if not rule.primitive:
        evaluate(rule.value, dict(zip(rule.arguments, numbers, strict=True)), {name: watched(name) for name in RULES})
    return found[0] if found else None


def _holds(domain: Test, values: dict[str, float]) -> bool:
    return holds(domain, values, ON_FLOATS)


# Contexts ------------------------------------------------------------------------------------------------------------


class no_grad:  # noqa: N801 - a context manager, named as PyTorch's
    """Computes without recording: `with no_grad():` makes Values that have no parents.

    >>> x = Value(2.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (4.0, ())
    """

    def __init__(self) -> None:
        self._outer: list[bool] = []

    def __enter__(self) -> None:
        global taping
        self._outer.append(taping)
        taping = False

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        global taping
        taping = self._outer.pop()


class recording:  # noqa: N801 - a context manager
    """`with recording():` notes the comparisons that Python's `if`, `max` or `sorted` make of Values.

    What an `if` decides while a graph is recorded is not on the tape: a program of it would go on taking the same side.
    `program` raises where a comparison made under `recording()` depends on the program's inputs.

    >>> from chalkgrad.engine import program
    >>> x = Value(3.0, "x")
    >>> with recording():
    ...     y = 2 * x if x > 0 else x
    >>> program(y, inputs=[x])
    Traceback (most recent call last):
    ValueError: x > 0 was decided by Python while this was recorded, and depends on the input x: the tape has only the side \
that was taken. Write the choice as an operation (relu, maximum, or one of your own with choose(x > 0, this, that)), or \
compare plain numbers (x.data) if it is meant once and for all
    """

    def __init__(self) -> None:
        self._outer: list[Any] = []

    def __enter__(self) -> None:
        global comparisons, since, clock
        self._outer.append((comparisons, since))
        clock += 1  # so that what is recorded in here can be told from all else
        comparisons, since = [], clock

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        global comparisons, since, clock
        note_comparisons()
        clock += 1
        comparisons, since = self._outer.pop()


def note_comparisons() -> None:
    """Marks the leaves on which the comparisons made so far under recording() depend."""
    seen: set[Value] = set()
    for node, sign, other in comparisons or ():
        sides = [node, other] if isinstance(other, Value) else [node]
        for leaf in order(sides, seen):
            if leaf._x is None:
                text = f" {sign} ".join([words.described(x)[x._x is not None] for x in sides])
                mark = leaf._rule if isinstance(leaf._rule, Decided) else Decided(leaf.constant)
                mark.comparisons.setdefault(text if len(sides) == 2 else f"{text} {sign} {other}", []).append(
                    range(since, clock + 1)
                )
                leaf._rule = mark
    if comparisons:
        comparisons.clear()


class nonfinite:  # noqa: N801 - a context manager
    """`with nonfinite("propagate"):` computes as IEEE 754 does: infinities and NaN pass on, nothing is raised for them.

    `nonfinite("raise")` restores the default inside it.

    >>> with nonfinite("propagate"):
    ...     (Value(-1.0).log() + 1).data
    nan
    """

    def __init__(self, mode: str) -> None:
        if mode not in ("raise", "propagate"):
            raise ValueError(f'nonfinite() knows "raise" and "propagate", not {mode!r}')
        self._mode = mode
        self._outer: list[bool] = []

    def __enter__(self) -> None:
        global propagate
        self._outer.append(propagate)
        propagate = self._mode == "propagate"

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        global propagate
        propagate = self._outer.pop()


class unit:  # noqa: N801 - a context manager
    """`with unit("neuron3"):` gives the nodes made inside a common place; units nest, joined by dots.

    >>> with unit("layer1"), unit("neuron3"):
    ...     x = Value(1.0)
    >>> x.place
    'layer1.neuron3'
    """

    __slots__ = ("_name", "_outer", "_place", "_within")

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not name:
            raise TypeError(f"a unit's name is a text, such as unit('neuron3'), not {name!r}")
        self._name = self._place = name
        self._within = ""
        self._outer: list[str] = []

    def __enter__(self) -> None:
        global place
        self._outer.append(place)
        if place != self._within:  # made once, so that the nodes of a place share one text
            self._within = place
            self._place = f"{place}.{self._name}" if place else self._name
        place = self._place

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        global place
        place = self._outer.pop()


# The table's operations as functions and methods ---------------------------------------------------------------------


def _at_first_call(x: Any) -> Any:
    return _compiled(sys._getframe().f_code.co_name)(x)


def _at_first_call_2(x: Any, y: Any) -> Any:
    return _compiled(sys._getframe().f_code.co_name)(x, y)


def _at_first_call_3(x: Any, y: Any, z: Any) -> Any:
    return _compiled(sys._getframe().f_code.co_name)(x, y, z)


def _compiled(name: str) -> Callable[..., Any]:
    """Gives an operation's function its real code. Compiling all at import would more than double the time it takes."""
    function, written = FUNCTIONS[name], define(name, recorder_source(RULES[name]), globals(), "recorder")
    function.__code__, function.__defaults__ = written.__code__, written.__defaults__
    return cast(Callable[..., Any], function)


def _function(rule: Rule) -> Any:
    """The public function of an operation, which compiles itself when it is first called."""
    stand_in = (_at_first_call, _at_first_call_2, _at_first_call_3)[len(rule.arguments) - 1].__code__
    defaults = rule.defaults or (0.0,) * (rule.lists and len(rule.arguments) - rule.lists)
    code = stand_in.replace(co_name=rule.name, co_qualname=rule.name, co_varnames=rule.parameters)
    return FunctionType(code, globals(), rule.name, defaults)


globals().update({f"RULES_{name}": rule for name, rule in RULES.items()})
FUNCTIONS: dict[str, Any] = {name: _function(rule) for name, rule in RULES.items()}

_DUNDERS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "div": "truediv",
    "pow": "pow",
    "neg": "neg",
    "pos": "pos",
    "abs": "abs",
}
for _name, _dunder in _DUNDERS.items():
    setattr(Value, f"__{_dunder}__", FUNCTIONS[_name])
    if len(RULES[_name].arguments) == 2:
        setattr(Value, f"__r{_dunder}__", lambda self, other, function=FUNCTIONS[_name]: function(other, self))
for _name, _rule in RULES.items():
    if _name not in _DUNDERS and len(_rule.arguments) - len(_rule.defaults) == 1 and not _rule.lists:
        setattr(Value, _name, FUNCTIONS[_name])
