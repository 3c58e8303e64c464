"""What several tests of plans need: the elements that an operand reads, and a library for sources that write into no array."""

import numpy as np
from chalkgrad.engine.programs.plan.steps import Take


def elements(operand):
    """Returns the offsets that a view or a choice of places reads, counted one by one."""
    if isinstance(operand, Take):
        return operand.offsets
    found = np.zeros(operand.shape, int)
    for at in np.ndindex(operand.shape):
        found[at] = operand.offset + sum(i * s for i, s in zip(at, operand.strides, strict=True))
    return found


class FunctionalNumPy:
    """NumPy with the functions more that functional sources ask of a library."""

    def __getattr__(self, name):
        return getattr(np, name)

    @staticmethod
    def constant(x):
        return x

    @staticmethod
    def step(x):
        return np.heaviside(x, 0.0)
