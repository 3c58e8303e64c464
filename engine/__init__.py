"""The scalars: a `Value` remembers how it was computed, and a reverse sweep gives the derivative by everything it came from.

>>> from chalkgrad.engine import Value
>>> a, b, c, f = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c"), Value(-2.0, "f")
>>> e = a * b
>>> d = e + c
>>> L = d * f
>>> L.backward()
>>> print(L.tape())
 v │ expression │ value │ local derivatives             │ adjoint
───┼────────────┼───────┼───────────────────────────────┼─────────
 a │            │ 2     │                               │ 6
 b │            │ -3    │                               │ -4
 e │ a·b        │ -6    │ ∂e/∂a = b = -3, ∂e/∂b = a = 2 │ -2
 c │            │ 10    │                               │ -2
 d │ e + c      │ 4     │ ∂d/∂e = 1, ∂d/∂c = 1          │ -2
 f │            │ -2    │                               │ 4
 L │ d·f        │ -8    │ ∂L/∂d = f = -2, ∂L/∂f = d = 4 │ 1

Words, after Griewank & Walther, and the names that students type: the primal is `data`; the adjoint ∂root/∂v is `grad`; the
arguments a value was computed from are its `parents`; the local derivatives by them, `partials`; all of it in order, the
`tape`; the forward sweep is computing, or `forward()` again after a change; the reverse sweep is `backward()`.
"""

from chalkgrad.engine.basics.modes import no_grad, nonfinite, unit
from chalkgrad.engine.checking.four_ways import four_ways
from chalkgrad.engine.checking.gradcheck import gradcheck
from chalkgrad.engine.checking.nudge import nudge
from chalkgrad.engine.derivatives.gradients import gradient, hessian, hvp, jacobian, jvp, vjp
from chalkgrad.engine.errors import DomainError, NonFiniteError, StaleGraphError
from chalkgrad.engine.explaining.chain import chain_rule
from chalkgrad.engine.explaining.cost import cost
from chalkgrad.engine.explaining.symbolic import derivative_expression
from chalkgrad.engine.formulas.trees import choose, equal
from chalkgrad.engine.programs.program import Program, program
from chalkgrad.engine.recording.decisions import recording
from chalkgrad.engine.recording.functions import softmax
from chalkgrad.engine.recording.operations import operation
from chalkgrad.engine.recording.operators import *  # noqa: F403 - the operations listed below
from chalkgrad.engine.stepping import sentences  # noqa: F401 - what is said at each step
from chalkgrad.engine.stepping.steps import Step, Steps
from chalkgrad.engine.stepping.tape import Tape, tape
from chalkgrad.engine.value import Value
from chalkgrad.engine.words import failures  # noqa: F401 - what is said of the core's facts

# fmt: off
__all__ = [
    "DomainError", "NonFiniteError", "Program", "StaleGraphError", "Step", "Steps", "Tape", "Value", "chain_rule", "choose",
    "cost", "derivative_expression", "equal", "four_ways", "gradcheck", "gradient", "hessian", "hvp", "jacobian", "jvp",
    "no_grad", "nonfinite", "nudge", "operation", "program", "recording", "softmax", "tape", "unit", "vjp",
]
__all__ += [  # the table's operations; this list is written by words/write_operators.py
    "acos", "affine", "asin", "atan", "cos", "cosh", "elu", "erf", "erfc", "exp", "expm1", "floor", "gaussian", "gelu",
    "hypot", "identity", "leaky_relu", "log", "log1p", "logsumexp", "maximum", "minimum", "relu", "sigmoid",
    "sigmoid_slope", "silu", "sin", "sinh", "softplus", "sqrt", "step", "tan", "tanh", "tanh_half", "total",
]
# fmt: on
