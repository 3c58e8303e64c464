"""The scalars: a `Value` remembers how it was computed, and a reverse sweep gives the derivative by everything it came from.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.backward()
>>> print(e.tape())
 v │ expression │ value │ local derivatives             │ gradient
───┼────────────┼───────┼───────────────────────────────┼──────────
 a │            │ 2     │                               │ -3
 b │            │ -3    │                               │ 2
 e │ a·b        │ -6    │ ∂e/∂a = b = -3, ∂e/∂b = a = 2 │ 1

Words, after Griewank & Walther, and the names that students type: the primal is `data`; the adjoint ∂root/∂v is `grad`; the
arguments a value was computed from are its `parents`; the local derivatives by them, `partials`; all of it in order, the
`tape`; the forward sweep is computing, or `forward()` again after a change; the reverse sweep is `backward()`.
"""

from typing import TYPE_CHECKING

from chalkgrad.engine.basics.later import later
from chalkgrad.engine.basics.modes import no_grad, nonfinite, unit
from chalkgrad.engine.errors import DomainError, GradientWarning, NonFiniteError, StaleGraphError
from chalkgrad.engine.formulas.trees import choose, equal
from chalkgrad.engine.recording.decisions import recording
from chalkgrad.engine.recording.functions import softmax
from chalkgrad.engine.recording.operations import operation
from chalkgrad.engine.recording.operators import *  # noqa: F403 - the operations listed below
from chalkgrad.engine.stepping import sentences  # noqa: F401 - what is said at each step
from chalkgrad.engine.stepping.steps import Step, Steps
from chalkgrad.engine.stepping.tape import Tape, tape
from chalkgrad.engine.value import Value
from chalkgrad.engine.words import failures  # noqa: F401 - what is said of the core's facts

if TYPE_CHECKING:
    from chalkgrad.engine.checking.four_ways import four_ways
    from chalkgrad.engine.checking.gradcheck import gradcheck
    from chalkgrad.engine.checking.nudge import nudge
    from chalkgrad.engine.derivatives.gradients import gradient, hessian, hvp, jacobian, jvp, vjp
    from chalkgrad.engine.explaining.chain import chain_rule
    from chalkgrad.engine.explaining.cost import cost
    from chalkgrad.engine.explaining.micrograd import micrograd_graph
    from chalkgrad.engine.explaining.symbolic import derivative_expression
    from chalkgrad.engine.programs.program import Program, program
    from chalkgrad.engine.words.lines import line_of, lines

# fmt: off
_LATER = {  # imported when first asked for, because most programs need few of them
    "chain_rule": "explaining.chain", "cost": "explaining.cost", "derivative_expression": "explaining.symbolic",
    "four_ways": "checking.four_ways", "gradcheck": "checking.gradcheck", "nudge": "checking.nudge",
    "micrograd_graph": "explaining.micrograd",
    **dict.fromkeys(("gradient", "hessian", "hvp", "jacobian", "jvp", "vjp"), "derivatives.gradients"),
    **dict.fromkeys(("Program", "program"), "programs.program"), **dict.fromkeys(("line_of", "lines"), "words.lines"),
}
__all__ = [
    "DomainError", "GradientWarning", "NonFiniteError", "Program", "StaleGraphError", "Step", "Steps", "Tape", "Value",
    "chain_rule", "choose", "cost", "derivative_expression", "equal", "four_ways", "gradcheck", "gradient", "hessian", "hvp",
    "jacobian", "jvp", "line_of", "lines", "micrograd_graph", "no_grad", "nonfinite", "nudge", "operation", "program",
    "recording", "softmax", "tape", "unit", "vjp",
]
__all__ += [  # the table's operations; this list is written by words/write_operators.py
    "acos", "acosh", "affine", "asin", "asin_slope", "asinh", "atan", "atan2", "atan_slope", "atanh", "cbrt", "ceil", "cos",
    "cosh", "degrees", "elu", "erf", "erfc", "exp", "exp2", "expm1", "floor", "gaussian", "gelu", "heaviside", "hypot",
    "identity", "leaky_relu", "log", "log1p", "log2", "log10", "logsumexp", "maximum", "minimum", "mish", "radians", "relu",
    "selu", "sigmoid", "sigmoid_slope", "sign", "silu", "sin", "sinh", "softplus", "softsign", "sqrt", "tan", "tanh",
    "tanh_half", "total",
]
# fmt: on

if not TYPE_CHECKING:
    __getattr__, __dir__ = later(__name__, _LATER)
