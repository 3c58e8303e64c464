"""A program as arrays, if there are any: the door to the plan, which is found with NumPy."""

from __future__ import annotations

from typing import Any

from chalkgrad.engine.programs.program import Program


def arrays_of(program: Program[Any, Any], batched: tuple[bool, ...], adjoints: bool = True, functional: bool = False) -> Any:
    """Returns what writes a program as steps over arrays, or None where there is too little to group.

    Args:
        batched: for each of the inputs, whether it has a row for each sample
        functional: whether no array may be written into, as jax and torch want it

    Raises ImportError without NumPy, which finds the arrays.
    """
    try:
        from chalkgrad.engine.programs.plan.grouping import IrregularError, plan_of
        from chalkgrad.engine.programs.plan.writer import ArraySource
    except ImportError:
        raise ImportError('matrices are found with NumPy: pip install "chalkgrad[fast]", or ask for form="scalar"') from None
    try:
        return ArraySource(plan_of(program, batched, adjoints), program, batched, adjoints, functional)
    except IrregularError:
        return None
