"""What can go wrong while computing: a type for each case; `words.failures` has the sentences, which a student can read.

Every message says what was computed, on which values, what is allowed and what to do instead.
"""


class DomainError(ValueError):
    """An argument lies outside the domain of the operation: the logarithm of a negative number, say."""


class NonFiniteError(OverflowError):
    """A value or a gradient is too large for a float, or undefined."""


class StaleGraphError(RuntimeError):
    """A value has changed after something was computed from it; `forward()` computes the graph again."""


class GradientWarning(UserWarning):
    """Something is done with a gradient that is rarely meant: multiplying one that is not computed, say."""
