"""How parameters move: gradient descent, with or without momentum, and Adam. Each update is data, like a step of a sweep.

>>> from chalkgrad.engine import Value
>>> w = Value(0.5, "w")
>>> loss = (w * 3 - 2) ** 2
>>> loss.backward()
>>> GradientDescent(0.1).step([w])
w: 0.5 - 0.1·(-3) = 0.8
>>> w
<Value w = 0.8, grad -3>
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from chalkgrad.engine import DomainError, NonFiniteError, Value
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.basics.tracebacks import short_traceback
from chalkgrad.engine.recording.replay import Replay
from chalkgrad.engine.words.expressions import factor, number
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import names_of, own_name
from chalkgrad.nn.downhill import limit_along, said_of_effect
from chalkgrad.nn.elsewhere import OPTIMISER, OPTIMISER_NAMES, RATE, missing
from chalkgrad.nn.models.module import Module
from chalkgrad.nn.options import explained

Rate = float | Callable[[int], float]

OPTIMISER_TEMPLATES = section("optimisers")

IN_CACHE = 16384  # numbers of an array that are worked on at a time

_MINUS = "a step goes against the gradient, and the minus is there already"


class Update(NamedTuple):
    """One parameter's step: `after` = `before` - `rate` · `direction`."""

    name: str
    before: float
    gradient: float
    direction: float  # the gradient, or what the optimiser computes from it and from earlier ones
    rate: float
    after: float

    def __str__(self) -> str:
        step = f"{number(self.before)} - {factor(self.rate)}·{factor(self.direction)}"
        return printable(f"{self.name}: {step} = {number(self.after)}")


class Updates(list[Update]):
    """The updates of one step; the repr has a line for each, and `effect`: what the step did to the loss, if it was given."""

    effect = ""

    def __repr__(self) -> str:
        lines, more = [str(update) for update in self[:12]], len(self) - 12
        lines += [OPTIMISER_TEMPLATES.form("more", more).format(count=more)] if more > 0 else []
        return printable("\n".join([*lines, *filter(None, [self.effect])]))


class Optimiser:
    """The base of gradient descent and Adam: a rate, which may be a function of the epoch, and a state.

    Subclasses define `direction` for one parameter; it must also work on NumPy's arrays, which hold all parameters.
    """

    states = 0  # how many numbers are remembered for each parameter

    def __init__(self, rate: Rate) -> None:
        if isinstance(rate, (Module, list, Iterator)):
            name = type(self).__name__
            raise TypeError(f"{name} begins with its rate, and the parameters are given to step: {name}(0.1).step(model)")
        if not callable(rate):
            rate = _checked_number(
                rate,
                "a learning rate is a number above 0 or a function of the epoch",
                lambda x: x > 0,
                _MINUS,
            )
        self._rate = rate
        self.reset()

    def reset(self) -> None:
        """Forgets the steps taken so far."""
        self.steps = 0
        self._state: list[Any] = []

    def memory(self) -> tuple[int, list[Any]]:
        """Returns how many steps were taken, and the state: for each of `states` a list or an array of all parameters'."""
        return self.steps, self._state

    def remember(self, steps: int, state: list[Any]) -> None:
        """Takes over what `memory` returned, of this optimiser or of one like it."""
        self.steps, self._state = steps, state

    def settings(self) -> dict[str, Any]:
        """Returns the numbers that the optimiser was made with, by name, but for the rate."""
        return {
            name: x for name, x in vars(self).items() if isinstance(x, (int, float, str)) and name not in ("steps", "_rate")
        }

    def rate(self, epoch: int = 1) -> float:
        """Returns the learning rate of an epoch, counted from 1; a function of the epoch may return 0."""
        if not callable(self._rate):
            return self._rate
        return _checked_number(
            self._rate(epoch), f"the learning rate of epoch {epoch} is a number from 0", lambda x: x >= 0, _MINUS
        )

    def direction(self, gradient: Any, step: int, *state: Any) -> tuple[Any, ...]:
        """Returns what the rate is multiplied by, and the new state. `step` counts from 1."""
        raise NotImplementedError(f"{type(self).__name__} does not say where to go: give it direction()")

    def moved(self, parameters: Any, gradient: Any, rate: float) -> tuple[Any, Any]:
        """Returns the new parameters and the direction: lists of numbers or NumPy arrays, like the arguments."""
        arrays = hasattr(gradient, "shape")
        state = self._state or [gradient * 0 if arrays else [0.0] * len(gradient)] * self.states
        if state and len(state[0]) != len(gradient):
            raise ValueError(
                f"this optimiser remembers the steps of {len(state[0])} parameters, and was given {len(gradient)}: "
                "use another one for them, or reset() it"
            )
        step = self.steps + 1
        if arrays:
            direction, *state = self.direction(gradient, step, *state)
            after = parameters - rate * direction
        else:
            each = [self.direction(g, step, *remembered) for g, *remembered in zip(gradient, *state, strict=True)]
            direction, *state = map(list, zip(*each, strict=True))
            after = [p - rate * d for p, d in zip(parameters, direction, strict=True)]
        self.remember(step, state)
        return after, direction

    def stepped(self, parameters: Any, gradient: Any, rate: float) -> Any:
        """Returns the new parameters alone. What `memory` returned before the last step may be written over."""
        return self.moved(parameters, gradient, rate)[0]

    @short_traceback
    def step(self, parameters: Module | Iterable[Value] | None = None, epoch: int = 1, *, loss: Value | None = None) -> Updates:
        """Moves parameters against their grads, and returns the list of updates, whose repr has a line for each.

        Takes a model, or a list of leaves. Frozen parameters stay. Of the loss that they lower, if it is given, the last line
        says what the step did to it, and what the other sign would have.

        Raises ValueError if no gradient has been computed,
        NonFiniteError for a step to a number that a float cannot hold; then no parameter has moved.

        >>> w = Value(0.0, "w")
        >>> L = (2 * w - 4) ** 2
        >>> L.backward()
        >>> GradientDescent(0.1).step([w], loss=L)
        w: 0 - 0.1·(-16) = 1.6
        L falls 16 → 0.64; + would make it 51.84
        """
        if parameters is None:
            raise TypeError("a step moves what it is given: step(model), or a list of leaves, step([w, b])")
        names = _names_of_parameters(parameters)
        if loss is not None and not isinstance(loss, Value):
            raise TypeError(f"loss is the Value that the step lowers, as in step([w], loss=L), not {loss!r}")
        if not any(p.has_grad for p in names):
            raise ValueError("a step follows the gradient, and none has been computed: call backward() on the loss first")
        rate, before, gradient = self.rate(epoch), [p.data for p in names], [float(p.grad) for p in names]
        after, direction = self.moved(before, gradient, rate)
        rows = zip(names.values(), before, gradient, direction, [rate] * len(after), after, strict=True)
        updates = {p: Update(*row) for p, row in zip(names, rows, strict=True) if not p.constant}
        for update in updates.values():
            if not math.isfinite(update.after):
                raise NonFiniteError(f"the step {update} leads to where no float is; a smaller learning rate may help")
        made = Updates(updates.values())
        if loss is not None and updates:
            made.effect = _effect(loss, updates)
        for p, update in updates.items():
            p.data = update.after
        return made

    if not TYPE_CHECKING:  # type checkers would take every name for one that is there

        def __getattr__(self, name):
            return missing(self, name, OPTIMISER)

    def __repr__(self) -> str:
        rate = OPTIMISER_TEMPLATES["function of the epoch"] if callable(self._rate) else number(self._rate)
        return OPTIMISER_TEMPLATES["rate"].format(name=type(self).__name__, rate=rate)


def _effect(loss: Value, updates: Mapping[Value, Update]) -> str:
    """Returns what a step does to a loss; if it raises it, with the question why."""
    replay, before = Replay(loss), loss.data
    root = own_name(loss) or OPTIMISER_TEMPLATES["the loss"]

    def at(share: float) -> float:
        try:
            value = replay.value_at({p: u.before + share * (u.after - u.before) for p, u in updates.items()})
        except (DomainError, NonFiniteError):
            return math.nan
        return value if math.isfinite(value) else math.nan

    after = at(1.0)
    lines = [said_of_effect(root, before, after, at(-1.0))]
    if after > before:
        slope = math.fsum(u.gradient * (u.after - u.before) for u in updates.values())
        rate = next(iter(updates.values())).rate
        lines.append(limit_along(at, before, slope, rate).rose(root, len(updates), climbing=slope > 0))
    return "\n".join(lines)


def _checked_number(x: Any, what: str, fits: Callable[[float], bool], of_negative: str = "") -> float:
    """Returns x as a float if it is a finite number that fits. `what` is the beginning of the error message otherwise."""
    if isinstance(x, bool) or not isinstance(x, numbers.Real) or not math.isfinite(x) or not fits(float(x)):
        negative = of_negative and isinstance(x, numbers.Real) and x < 0
        raise ValueError(f"{what}, not {x!r}" + (f": {of_negative}" if negative else ""))
    return float(x)


def _names_of_parameters(parameters: Module | Iterable[Value]) -> dict[Value, str]:
    """Returns the parameters with their names, each once."""
    if isinstance(parameters, Module):
        named = {p: name for name, p in parameters.named_parameters()}
    else:
        listed = list(parameters) if isinstance(parameters, Iterable) else [parameters]
        if not all(isinstance(p, Value) and not p.parents for p in listed):
            raise TypeError(f"a step moves a model, or a list of leaves such as [w, b], not {parameters!r}")
        named = dict(names_of(list(dict.fromkeys(listed))))
    if not named:
        raise ValueError("a step needs at least one parameter to move, and there is none")
    return named


class GradientDescent(Optimiser):
    """Gradient descent: θ ← θ - η·v with v ← momentum·v + ∂L/∂θ; without momentum v is the gradient.

    `rate` is η, a number or a function of the epoch, such as `lambda epoch: 0.1 / epoch`. Raises ValueError for a rate that
    is not above 0 and a momentum outside [0, 1). Source: Goodfellow et al., Deep Learning, section 8.3.

    >>> GradientDescent(lambda epoch: 1 / epoch).rate(4)
    0.25
    """

    @explained(RATE, "GradientDescent")
    def __init__(self, rate: Rate = 0.1, momentum: float = 0.0) -> None:
        self.momentum = _checked_number(momentum, "momentum is a number from 0 to below 1", lambda x: 0 <= x < 1)
        self.states = 1 if momentum else 0
        super().__init__(rate)

    def direction(self, gradient: Any, step: int, *state: Any) -> tuple[Any, ...]:
        """Returns ∂L/∂θ, or with momentum the velocity, which is the state too."""
        if not state:
            return (gradient,)
        velocity = self.momentum * state[0] + gradient
        return velocity, velocity

    def __repr__(self) -> str:
        if not self.momentum:
            return super().__repr__()
        return OPTIMISER_TEMPLATES["momentum"].format(optimiser=super().__repr__(), momentum=number(self.momentum))


class Adam(Optimiser):
    """Adam: θ ← θ - η·m̂/(√v̂ + ε), where m̂ and v̂ are running means of the gradient and its square, bias-corrected.

    m ← β₁·m + (1 - β₁)·g, v ← β₂·v + (1 - β₂)·g², m̂ = m/(1 - β₁ᵗ), v̂ = v/(1 - β₂ᵗ) in step t. Raises ValueError for a rate
    that is not above 0, for β outside [0, 1) and for ε that is not above 0. Source: Kingma & Ba, Adam, 2015, algorithm 1.

    >>> w = Value(1.0, "w")
    >>> w.grad = -4.0
    >>> Adam(0.1).step([w])                     # the first step has length η, whatever the gradient
    w: 1 - 0.1·(-1) = 1.1
    """

    states = 2

    @explained(RATE, "Adam")
    def __init__(self, rate: Rate = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> None:
        self.beta1 = _checked_number(beta1, "Adam's β₁ is a number from 0 to below 1", lambda x: 0 <= x < 1)
        self.beta2 = _checked_number(beta2, "Adam's β₂ is a number from 0 to below 1", lambda x: 0 <= x < 1)
        self.epsilon = _checked_number(epsilon, "Adam's ε is a number above 0", lambda x: x > 0)
        super().__init__(rate)

    def direction(self, gradient: Any, step: int, *state: Any) -> tuple[Any, ...]:
        """Returns m̂/(√v̂ + ε), m and v."""
        m = self.beta1 * state[0] + (1 - self.beta1) * gradient
        v = self.beta2 * state[1] + (1 - self.beta2) * gradient * gradient
        unbiased = v / (1 - self.beta2**step)
        return m / (1 - self.beta1**step) / (unbiased**0.5 + self.epsilon), m, v

    def reset(self) -> None:
        """Forgets the steps taken so far."""
        super().reset()
        self._made: list[list[Any]] = []  # the last two states, if they are arrays that `stepped` made

    def remember(self, steps: int, state: list[Any]) -> None:
        """Takes over what `memory` returned, of this optimiser or of one like it."""
        super().remember(steps, state)
        self._made = []

    def stepped(self, parameters: Any, gradient: Any, rate: float) -> Any:
        """Computes what `moved` does in the same order, in parts that stay in a cache, and into the state before the last."""
        kind = type(self)
        if not hasattr(gradient, "shape") or kind.direction is not Adam.direction or kind.moved is not Optimiser.moved:
            return super().stepped(parameters, gradient, rate)
        if self._state and len(self._state[0]) != len(gradient):
            return super().stepped(parameters, gradient, rate)  # which raises
        import numpy as np

        n, step, made = len(gradient), self.steps + 1, self._made
        means, squares = self._state or [np.zeros(n)] * 2
        state = made[0] if len(made) == 2 else [np.empty(n), np.empty(n)]
        one, other, after, working = 1 - self.beta1**step, 1 - self.beta2**step, np.empty(n), np.empty((2, min(n, IN_CACHE)))
        for k in range(0, n, IN_CACHE):
            part = slice(k, k + IN_CACHE)
            g, m, v, x = gradient[part], state[0][part], state[1][part], after[part]
            d, root = working[:, : len(g)]
            np.multiply(means[part], self.beta1, out=m)
            np.multiply(g, 1 - self.beta1, out=d)
            m += d
            np.multiply(squares[part], self.beta2, out=v)
            np.multiply(g, 1 - self.beta2, out=d)
            d *= g
            v += d
            np.divide(v, other, out=root)
            np.sqrt(root, out=root)
            root += self.epsilon
            np.divide(m, one, out=d)
            d /= root
            d *= rate
            np.subtract(parameters[part], d, out=x)
        self.steps, self._state, self._made = step, state, [*made[-1:], state]
        return after


OPTIMISERS: dict[str, Callable[[], Optimiser]] = {
    "gradient descent": GradientDescent,
    "momentum": lambda: GradientDescent(0.1, momentum=0.9),
    "adam": lambda: Adam(0.01),
}


def optimiser_named(optimiser: str | Optimiser) -> Optimiser:
    """Returns an optimiser unchanged, or the one of this name with its usual rate; raises ValueError for another name."""
    if isinstance(optimiser, Optimiser):
        return optimiser
    if isinstance(optimiser, type) and issubclass(optimiser, Optimiser):
        name = optimiser.__name__
        raise ValueError(f"{name} is the class, and an optimiser is made with its rate: optimizer={name}(0.01)")
    if not isinstance(optimiser, str) or optimiser.lower() not in OPTIMISERS:
        known = ", ".join(map(repr, OPTIMISERS))
        if isinstance(optimiser, str) and optimiser.casefold() in OPTIMISER_NAMES:
            raise ValueError(f"there is no optimiser {optimiser!r}: it is {OPTIMISER_NAMES[optimiser.casefold()]}")
        raise ValueError(f"there is no optimiser {optimiser!r}: choose one of {known}, or one such as Adam(0.01)")
    return OPTIMISERS[optimiser.lower()]()
