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
from chalkgrad.engine.recording.functions import (
    acos,
    affine,
    asin,
    atan,
    cos,
    cosh,
    elu,
    erf,
    erfc,
    exp,
    expm1,
    floor,
    gaussian,
    gelu,
    hypot,
    identity,
    leaky_relu,
    log,
    log1p,
    logsumexp,
    maximum,
    minimum,
    relu,
    sigmoid,
    sigmoid_slope,
    silu,
    sin,
    sinh,
    softmax,
    softplus,
    sqrt,
    step,
    tan,
    tanh,
    tanh_half,
    total,
)
from chalkgrad.engine.recording.operations import operation
from chalkgrad.engine.stepping.steps import Step, Steps
from chalkgrad.engine.sweep import Tape, tape
from chalkgrad.engine.value import Value, no_grad, nonfinite, recording, unit

__all__ = [
    "DomainError",
    "NonFiniteError",
    "Program",
    "StaleGraphError",
    "Step",
    "Steps",
    "Tape",
    "Value",
    "acos",
    "affine",
    "asin",
    "atan",
    "chain_rule",
    "choose",
    "cos",
    "cosh",
    "cost",
    "derivative_expression",
    "elu",
    "equal",
    "erf",
    "erfc",
    "exp",
    "expm1",
    "floor",
    "four_ways",
    "gaussian",
    "gelu",
    "gradcheck",
    "gradient",
    "hessian",
    "hvp",
    "hypot",
    "identity",
    "jacobian",
    "jvp",
    "leaky_relu",
    "log",
    "log1p",
    "logsumexp",
    "maximum",
    "minimum",
    "no_grad",
    "nonfinite",
    "nudge",
    "operation",
    "program",
    "recording",
    "relu",
    "sigmoid",
    "sigmoid_slope",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "step",
    "tan",
    "tanh",
    "tanh_half",
    "tape",
    "total",
    "unit",
    "vjp",
]
