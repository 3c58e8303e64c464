"""Products of arrays as source have the numbers of einsum, whatever their axes, and are matrix products where they can be."""

import itertools
import random

import numpy as np
import pytest
from chalkgrad.engine.programs.plan.products import atom, bare, product

SIZES = {"n": 2, "r": 3, "c": 4, "k": 5}


def orders(axes, most):
    """Returns all orders of some of the axes."""
    return ["".join(some) for count in range(1, most + 1) for some in itertools.permutations(axes, count)]


def cases(most):
    """Yields the axes of two factors and of their product: each of the product's is in a factor."""
    for x, y in itertools.product(orders("nrck", most), repeat=2):
        both = sorted({*x, *y})
        for count in range(min(len(both), 3) + 1):
            for out in itertools.permutations(both, count):
                yield x, y, "".join(out)


SMALL = [*cases(2)]
LARGE = random.Random(3).sample([case for case in cases(3) if max(map(len, case)) == 3], 4000)


def arrays(x, y):
    rng = np.random.default_rng(len(x) + len(y))
    return rng.normal(size=[SIZES[axis] for axis in x]), rng.normal(size=[SIZES[axis] for axis in y])


@pytest.mark.parametrize("some", [SMALL, LARGE], ids=["up to two axes", "three axes"])
@pytest.mark.parametrize(("left", "right"), [("A", "B"), ("-A", "2.0 * B"), ("A.swapaxes(-1, -2)", "B.swapaxes(-1, -2)")])
def test_a_product_has_the_numbers_of_einsum(some, left, right):
    for x, y, out in some:
        if "swapaxes" in left and min(len(x), len(y)) < 2:
            continue
        A, B = arrays(x, y)
        given = {"np": np, "A": A, "B": B}
        if "swapaxes" in left:
            given |= {"A": A.swapaxes(-1, -2), "B": B.swapaxes(-1, -2)}  # which the source turns again
        source, first, second = product(x, y, out, left, right)
        expected = np.einsum(f"{x},{y}->{out}", eval(left, given), eval(right, given))
        found = eval(source, given)
        assert found.shape == expected.shape or np.broadcast_shapes(found.shape, expected.shape) == expected.shape, (x, y, out)
        np.testing.assert_allclose(np.broadcast_to(found, expected.shape), expected, rtol=1e-12, atol=1e-12, err_msg=source)
        if first:
            np.testing.assert_allclose(eval(f"{first} @ {second}", given), expected, rtol=1e-12, atol=1e-12, err_msg=source)


def is_of_matrices(x, y, out):
    """Whether one axis is summed over, of both, and the others are all in the product, each of one factor."""
    summed = [axis for axis in x if axis in y and axis not in out]
    return len(summed) == 1 and sorted(out) == sorted({*x, *y} - {*summed}) and not {*x} & {*y} & {*out}


def test_a_product_of_matrices_is_one_in_the_source():
    for x, y, out in SMALL:
        source, *factors = product(x, y, out, "A", "B")
        if is_of_matrices(x, y, out):
            assert source == " @ ".join(factors), (x, y, out)
            assert {*factors} <= {"A", "B", "A.T", "B.T"}, source


@pytest.mark.parametrize(
    ("x", "y", "out", "source"),
    [
        ("k", "k", "", "A @ B"),
        ("rk", "k", "r", "A @ B"),
        ("kr", "k", "r", "B @ A"),
        ("k", "rk", "r", "B @ A"),
        ("k", "kr", "r", "A @ B"),
        ("nk", "rk", "nr", "A @ B.T"),
        ("rk", "nk", "nr", "B @ A.T"),
        ("kn", "kr", "rn", "B.T @ A"),
        ("r", "n", "rn", "A[:, None] * B[None, :]"),
        ("r", "nr", "nr", "A * B"),
        ("nr", "n", "nr", "A * B[:, None]"),
        ("n", "n", "n", "A * B"),
        ("nrk", "k", "nr", "A @ B"),
        ("nrk", "ck", "nrc", "A @ B.T"),
        ("nrk", "ck", "ncr", "B @ A.swapaxes(-1, -2)"),
        ("nrk", "nkc", "nrc", "A @ B"),
        ("nrk", "nck", "nrc", "A @ B.swapaxes(-1, -2)"),
        ("nk", "rk", "r", "B @ A.sum(0)"),
        ("rk", "rk", "", "np.tensordot(A, B, ((0, 1), (0, 1)))"),
        ("rkn", "kn", "r", "np.tensordot(A, B, ((1, 2), (0, 1)))"),
        ("nk", "rkn", "r", "np.tensordot(B, A, ((2, 1), (0, 1)))"),
        ("rnk", "k", "nr", 'np.einsum("rnk,k->nr", A, B)'),
        ("nrk", "ncrk", "nc", 'np.einsum("nrk,ncrk->nc", A, B)'),
    ],
)
def test_products_are_written_as_one_would(x, y, out, source):
    assert product(x, y, out, "A", "B")[0] == source


def test_what_may_be_followed_by_an_attribute_needs_no_parentheses():
    assert [atom(text) for text in ("W1", "f(a + b)", "a[1:, 2].T", "-a", "a + b", "a * b", "f(a) + g(b)")] == [
        "W1", "f(a + b)", "a[1:, 2].T", "(-a)", "(a + b)", "(a * b)", "(f(a) + g(b))",
    ]  # fmt: skip
    assert bare("f(a[g(b)])[c]") == "f"
