"""Many samples go through NumPy's arrays some at a time: the result is that of all at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from chalkgrad.engine import Value, program, tanh
from chalkgrad.engine.programs import compiled


def case() -> tuple[Any, list[np.ndarray[Any, Any]]]:
    W = [[Value(0.1 * i - 0.2 * j, f"w{i}{j}") for j in (1, 2)] for i in range(1, 10)]
    x, t = [Value(1.0, "x1"), Value(2.0, "x2")], Value(0.5, "t")
    z = [tanh(sum(w * each for w, each in zip(row, x, strict=True))) for row in W]
    p = program([sum(z) * t, W[0][0] * W[1][1], z[3]], inputs=[[w for row in W for w in row], x, t])
    rng = np.random.default_rng(0)
    return p, [rng.normal(size=18), rng.normal(size=(23, 2)), rng.normal(size=23)]


def leaves(result: Any) -> list[Any]:
    return [x for part in result for x in leaves(part)] if isinstance(result, tuple) else [result]


@pytest.mark.parametrize("adjoints", [True, False])
@pytest.mark.parametrize("batched", [(False, True, True), (False, True, False), (True, True, True)])
def test_pieces_have_the_result_of_the_whole(
    monkeypatch: pytest.MonkeyPatch, adjoints: bool, batched: tuple[bool, ...]
) -> None:
    p, given = case()
    if not batched[2]:
        given[2] = np.array(0.3)
    if batched[0]:
        given[0] = given[0] + 0.1 * np.arange(23)[:, None]
    whole = leaves(p.compile("numpy", adjoints=adjoints)(*given))
    monkeypatch.setattr(compiled, "_SAMPLES", 5)
    monkeypatch.setattr(compiled, "_PIECE", 1)
    f = p.compile("numpy", adjoints=adjoints)
    assert any(len(x) == 23 for x in whole if isinstance(x, np.ndarray))
    kept = [x.copy() for x in given]
    found, again = leaves(f(*given)), leaves(f(*given))
    for one, other, third in zip(found, whole, again, strict=True):
        assert np.shape(one) == np.shape(other)
        np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-13)
        np.testing.assert_array_equal(one, third)
        assert not isinstance(one, np.ndarray) or (one.base is None and not np.shares_memory(one, third))
    for x, before in zip(given, kept, strict=True):
        np.testing.assert_array_equal(x, before)


def test_samples_that_come_in_pieces_are_counted() -> None:
    pieces = []
    p, given = case()
    f = p.compile("numpy")
    f(*given)
    f._planned[False, True, True] = 5  # type: ignore[attr-defined]
    called = f._in_pieces(  # type: ignore[attr-defined]
        lambda w, x, t: pieces.append(len(x)) or next(iter(f._made.values()))(w, x, t),  # type: ignore[attr-defined, func-returns-value]
        (False, True, True),
        23,
    )
    called(*given)
    assert pieces == [5, 5, 5, 5, 3]
