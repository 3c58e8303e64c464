"""What is read of the arrays of a plan, by the places of its elements."""

from __future__ import annotations

import numpy as np
from chalkgrad.engine.programs.plan.operands import Operands, add
from chalkgrad.engine.programs.plan.steps import Array, Join, MatrixPlan, Take


def test_what_is_put_together_and_repeated_is_read_by_its_place_there() -> None:
    plan = MatrixPlan([], place=np.full(8, -1))
    for start in (0, 4):
        add(plan, Array("", (4,), np.arange(start, start + 4), False))
    places = np.array([[1, 6], [1, 6]])  # an element of the first and one of the second, twice
    found = Operands(plan, np.zeros(0)).solid(places)
    (join,) = plan.steps
    assert isinstance(found, Take)
    assert isinstance(join, Join)
    assert found.array is join.made
    assert found.offsets.tolist() == [[0, 1], [0, 1]]
