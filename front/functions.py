"""The elementary functions, as in `from chalkgrad import functions as F`: of Values they record, of numbers they compute.

>>> from chalkgrad import Value, functions as F
>>> F.log(F.cosh(0.0)), F.exp(Value(0.0)).partials
(0.0, (1.0,))
"""

from typing import TYPE_CHECKING

from chalkgrad.engine.recording import operators as _operators
from chalkgrad.engine.recording.functions import softmax as softmax
from chalkgrad.engine.recording.operators import *  # noqa: F403 - the list is written out there, for type checkers

if not TYPE_CHECKING:
    __all__ = sorted([*_operators.__all__, "softmax"])  # what help() shows
