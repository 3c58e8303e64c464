"""The node. A `Value` holds a number, and remembers how it was computed: that is all backpropagation needs.

>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.data, e.parents == (a, b), e.partials          # ∂e/∂a = b, ∂e/∂b = a
(-6.0, True, (-3.0, 2.0))
>>> e.backward()
>>> a.grad, b.grad
(-3.0, 2.0)

Local derivatives are data, fixed when the node is recorded. The operations themselves are entries of the table (rules.py),
from which the functions that make nodes are written: what `a * b` runs is `mul` in recording/operators.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, Never, TypeAlias, overload

from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.arguments_of_others import leaf_options, refuse
from chalkgrad.engine.basics.comparisons import Comparable
from chalkgrad.engine.basics.detached import noting_lost
from chalkgrad.engine.basics.dropping import freed_in_turn
from chalkgrad.engine.basics.foreign import Foreign
from chalkgrad.engine.basics.leaves import FROZEN, Computed, Leaf, Mark
from chalkgrad.engine.basics.not_computed import NOT_COMPUTED
from chalkgrad.engine.basics.notes import note
from chalkgrad.engine.basics.numbers_in import to_float, to_upstream
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.errors import GradientWarning
from chalkgrad.engine.rules import Rule
from chalkgrad.engine.sweep import backward, order

if TYPE_CHECKING:  # what the methods return; each is a line that imports inside, for readers of the graph stand further right
    from os import PathLike

    from chalkgrad.engine.recording.operators import Operators
    from chalkgrad.engine.stepping.answers import Verdict
    from chalkgrad.engine.stepping.forward import ForwardPass
    from chalkgrad.engine.stepping.mistakes import Mistake, MistakenSteps
    from chalkgrad.engine.stepping.steps import NodeSteps, Steps
    from chalkgrad.engine.stepping.tape import Tape

    Number = float  # anything that float() takes: ints, Fractions, NumPy's scalars
    Wanted: TypeAlias = "Value | Sequence[Value | str]"
    Answer = float | str  # a number, or as it is typed: "2·3", "1/3"
else:
    Operators = object  # + and exp() come from recording/operators.py


@freed_in_turn("_x", "_y")
class Value(Comparable, Foreign, Operators):
    """A scalar that remembers what it was computed from: `Value(data, label)` makes a leaf, operations make the others.

    v.data                 the number; that of a leaf may be assigned, L.forward() then recomputes
    v.grad                 the gradient ∂L/∂v, once L.backward() has run; v.has_grad says whether
    L.backward()           the backward pass: adds ∂L/∂v to the grad of every leaf v
    v.parents, v.partials  the arguments it was computed from (repeats kept), and ∂v/∂parents[i] for each
    L.steps()              the backward pass edge by edge; L.check(a=6) marks an answer
    L.tape()               everything that L was computed from, in order; print it for the table

    `constant=True` makes a leaf that takes no gradient.
    Raises TypeError unless `data` is a real number, ValueError for NaN and infinities.

    >>> x = Value(3.0, "x")
    >>> y = x**2 + 1
    >>> y.backward()
    >>> x
    <Value x = 3, grad 6>
    """

    __slots__ = ("_clock", "_data", "_dx", "_dy", "_grad", "_own", "_rule", "_swept", "_x", "_y", "label", "place")

    _data: float
    _grad: float | None  # None: not computed
    _swept: int  # the number of the sweep that made grad, negative at its root; 0 if it was set by hand; unset before any
    label: str
    place: str
    # A leaf has None or a Mark; a computed node has its operation, or, where some arguments are plain numbers, a tuple of
    # the operation and its arguments, in which None stands for each parent: (pow, None, 2.0) for a**2.
    _rule: Rule | tuple[Any, ...] | Mark | None
    # One or two parents and partials have slots of their own, because the garbage collector goes through every tuple, which
    # would take longer than all the rest. Three or more are tuples in _x and _dx. The _x of a leaf is None, and its _dx the
    # grad that it had before its last sweep, None if there was none.
    _x: Value | tuple[Value, ...] | None
    _y: Value | None
    _dx: float | tuple[float, ...] | None
    _dy: float | None
    _own: dict[str, Any]  # attributes that programs for micrograd set, see basics/missing.py; unset without any
    _clock: int  # when this was computed or assigned; a node older than one of its parents is stale

    def __init__(self, data: Number, label: str = "", *more: Never, constant: bool = False, **options: Never) -> None:
        if more or options or not isinstance(label, str):
            label = leaf_options(data, label, more, options)
        self._data = data if data.__class__ is float and data - data == 0.0 else to_float(data)
        self._grad = None
        self.label = label
        self.place = modes.current().place if modes.time is None else ""
        self._rule = FROZEN if constant else None
        self._x = self._y = self._dx = self._dy = None
        self._clock, self._swept = modes.clock, 0

    # What a node knows -----------------------------------------------------------------------------------------------

    def _set_data(self, data: Number) -> None:
        if self._x is not None:
            raise AttributeError(say(Computed(self)))
        self._data = to_float(data)
        self._clock = modes.tick()

    data: float = property(attrgetter("_data"), _set_data)  # type: ignore[assignment] # faster to read than a function
    """The number. A leaf's may be assigned; forward() then recomputes."""

    @property
    def grad(self) -> float:
        """The gradient ∂root/∂this; until a backward pass has computed it, 0.0 of a kind that says so, see `has_grad`."""
        return NOT_COMPUTED if self._grad is None else self._grad

    @grad.setter
    def grad(self, grad: Number | None) -> None:
        self._grad = None if grad is None or grad is NOT_COMPUTED else to_float(grad, "a gradient")
        self._swept = 0

    @property
    def has_grad(self) -> bool:
        """Whether a backward pass has computed `grad`: "not computed" differs from 0."""
        return self._grad is not None

    @property
    def parents(self) -> tuple[Value, ...]:
        """The Values that this was computed from, in argument order, repeats kept; () for a leaf."""
        x, y = self._x, self._y
        if y is not None:
            return (x, y)  # type: ignore[return-value] # the first of two is not a tuple
        return x if isinstance(x, tuple) else () if x is None else (x,)

    @property
    def partials(self) -> tuple[float, ...]:
        """The local derivatives ∂this/∂parents[i], fixed when this was recorded."""
        dx, dy = self._dx, self._dy
        if dy is not None:
            return (dx, dy)  # type: ignore[return-value] # as above
        return dx if isinstance(dx, tuple) else () if self._x is None else (dx,)  # type: ignore[return-value] # as above

    @property
    def op(self) -> Rule | None:
        """The operation's entry in the table; None for a leaf."""
        rule = self._rule[0] if isinstance(self._rule, tuple) else self._rule
        return rule if isinstance(rule, Rule) else None

    @property
    def arguments(self) -> tuple[Value | float, ...]:
        """The arguments of the operation: the parents, and the plain numbers between them."""
        parents = iter(self.parents)
        return tuple(next(parents) if x is None else x for x in self.template)

    @property
    def template(self) -> tuple[float | None, ...]:
        """The arguments of the operation, with None for each parent."""
        return self._rule[1:] if isinstance(self._rule, tuple) else (None,) * len(self.parents)

    @property
    def constant(self) -> bool:
        """Whether this leaf takes no gradient (a frozen parameter)."""
        return isinstance(self._rule, Mark) and self._rule.frozen

    @constant.setter
    def constant(self, constant: bool) -> None:
        if self._x is not None:
            raise AttributeError("only a leaf can be a constant: this value is computed from others")
        self._rule = FROZEN if constant else None
        if constant:
            self.grad = None

    @property
    def name(self) -> str:
        """What this is shown as: its label, else the caller's variable, else its expression."""
        from chalkgrad.engine.words.expressions import name_of

        return name_of(self)

    # The three readings of the tape ----------------------------------------------------------------------------------

    def tape(self) -> Tape:
        """Returns the Wengert list of everything that this was computed from; print it for the evaluation trace.

        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> (a * b).tape()[-1]
        <Value a·b = -6, grad not computed>
        """
        from chalkgrad.engine.stepping.tape import Tape

        return Tape([self])

    def backward(self, upstream: Number = 1.0, **options: Never) -> None:
        """Computes the gradient ∂self/∂v by every node v of the tape: the backward pass.

        If this goes on into something else, `upstream` is the derivative of that by this, and the gradients are its.
        Each call adds to the grad of leaves, as in PyTorch, and starts afresh on interior nodes. Raises StaleGraphError
        if a value has changed since, NonFiniteError if a gradient is not finite; then every grad stays as it was.

        >>> x = Value(3.0, "x")
        >>> (x * x).backward()
        >>> x.grad
        6.0
        """
        refuse("backward", options)
        upstream = to_upstream(upstream)
        if self._x is None:
            self._refuse_forgotten()
            note(say(Leaf(self, False)), GradientWarning, "leaf")
        backward(noting_lost(order([self])), self, modes.current().propagate, upstream)

    def forward(self) -> float:
        """Recomputes what depends on leaves whose data has changed, and returns the new data.

        Raises what the operations raise, such as DomainError; then the graph stays as it was.

        >>> x = Value(3.0, "x")
        >>> y = x * x
        >>> x.data = 5
        >>> y.forward()
        25.0
        """
        from chalkgrad.engine.recording.recompute import recompute

        return recompute(self)

    def zero_grad(self, **options: Never) -> None:
        """Sets the grad of every node of the tape back to not computed.

        >>> x = Value(3.0, "x")
        >>> y = x * x
        >>> y.backward()
        >>> y.zero_grad()
        >>> x
        <Value x = 3, grad not computed>
        """
        refuse("zero_grad", options)
        for node in order([self]):
            node._grad, node._swept = None, 0

    @overload
    def steps(self, by: Literal["edge"] = ..., wrt: Wanted = ..., *, upstream: Number = ..., notation: str = ...) -> Steps: ...
    @overload
    def steps(self, by: Literal["node"], wrt: Wanted = ..., *, upstream: Number = ..., notation: str = ...) -> NodeSteps: ...
    @overload
    def steps(self, *, forward: Literal[True], notation: str = ...) -> ForwardPass: ...
    @overload
    def steps(self, *, mistake: Mistake, rate: Number = ..., notation: str = ...) -> MistakenSteps: ...
    def steps(
        self,
        by: str = "edge",
        wrt: Wanted = (),
        forward: bool = False,
        mistake: str = "",
        upstream: Number = 1.0,
        rate: Number | None = None,
        notation: str | None = None,
        **options: Never,
    ) -> Steps[Any] | ForwardPass | MistakenSteps:
        """Returns the backward pass edge by edge: a sequence of steps, whose texts are sentences, and a cursor in it.

        `by="node"` takes a node's edges at once; `wrt` stops at the wanted values; `forward=True` goes through the forward
        pass instead; `mistake="recursion"` and ten others do it wrong on purpose, "update at once" with a `rate`;
        `upstream` is as in backward(); `notation` is "∂", "functions", "d" or "bar". See Steps, ForwardPass and MistakenSteps.
        Raises TypeError for options that do not go together.

        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> e = a * b
        >>> e.steps()[1]
        1/2   e = a·b   ∂e/∂a = b = -3
              a.grad += ∂e/∂e · ∂e/∂a = 1 · (-3) = -3      0 → -3   complete
        """
        from chalkgrad.engine.stepping.passes import steps_of

        return steps_of(self, by, wrt, forward, mistake, upstream, rate, notation, **options)

    def check(
        self, answers: Mapping[str, Answer] | None = None, /, *, log: str | PathLike[str] | None = None, **named: Answer
    ) -> Verdict:
        """Returns a verdict on gradients that a student has worked out, given by name; true if all are right.

        Rounded answers pass, and answers as one works, such as "2·3"; a wrong one is told the slip that leads to it. No grad
        is changed. A name such as `w[0]` stands in a dict: e.check({"w[0]": 2}). Into the file `log`, if there is to be one, a
        line is written for each answer, without any name.

        >>> a, b = Value(2.0, "a"), Value(1.0, "b")
        >>> c, d = a + b, b + 1
        >>> e = c * d
        >>> e.check(a=2, b=10)
        a: right, ∂e/∂a = 2
        b: 10 is twice ∂e/∂b: two backward passes without zero_grad() between them add up, or a 2 is one too many
        """
        from chalkgrad.engine.stepping.answers import check

        return check(self, answers, named, log)

    # Showing and comparing -------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return say(self)

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    # Copies and pickles, without recursion ---------------------------------------------------------------------------

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        from chalkgrad.engine.recording.copying import deep_copy

        return deep_copy(self, memo)

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        from chalkgrad.engine.recording.copying import reduce

        return reduce(self)
