"""Where the arguments of an operation stand: which argument and which element a position is, and back."""

import pytest
from chalkgrad.engine.rules import RULES


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_an_argument_stands_in_the_position_that_it_is_found_at(rule):
    for length in (1, 2, 7):
        count = len(rule.arguments) + rule.lists * (length - 1)
        found = [rule.argument_at(count, position) for position in range(count)]
        assert [rule.position_of(count, *place) for place in found] == list(range(count))
        assert len(set(found)) == count


def test_the_elements_of_each_list_stand_side_by_side_before_the_other_arguments():
    affine = RULES["affine"]
    found = [affine.argument_at(7, position) for position in range(7)]
    assert found == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0)]
    assert [affine.position_of(7, which, 1) for which in (0, 1)] == [1, 4]
