"""Lists of names in a sentence: all of few, the first of many."""

import pytest
from chalkgrad.engine.words.lists import joined, listed


@pytest.mark.parametrize("most", [2, 3, 5])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 20])
def test_no_name_is_lost_and_none_counted_twice(count, most):
    names = [f"n{i}" for i in range(count)]
    for text, shown in ((listed(names, most), min(count, most)), (joined(names, most), count if count <= most else most - 1)):
        found = text.replace(" and ", ", ").split(", ")
        assert found[:shown] == names[:shown]
        assert found[shown:] == ([f"{count - shown} more"] if shown < count else [])
