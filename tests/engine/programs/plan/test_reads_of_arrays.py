"""What is read of an array has the elements that are meant, as a view and as source: all small arrays, all steps in them."""

import itertools

import numpy as np
import pytest
from arrays_of_plans import elements
from chalkgrad.engine.programs.plan.operands import Operands, add, offsets_along, view_of
from chalkgrad.engine.programs.plan.reads import axes_of, dense, is_array, is_filled, key_of, viewed
from chalkgrad.engine.programs.plan.steps import Array, Constants, IrregularError, Join, MatrixPlan, Take, View, contiguous

SHAPES = [(), (1,), (6,), (2, 3), (3, 4), (1, 5), (4, 1)]


def array_of(shape, varies=False):
    size = int(np.prod(shape))
    return Array("a", shape, np.arange(size), varies)


def views(array):
    """Yields all views of an array with up to two axes, those included along which elements are repeated."""
    size = array.size
    for offset in range(size):
        yield View(array, offset, (), ())
        for n, s in itertools.product(range(1, 5), range(size)):
            if offset + (n - 1) * s < size and (n > 1 or s == 0):
                yield View(array, offset, (n,), (s,))
                for m, t in itertools.product(range(1, 5), range(size)):
                    if offset + (n - 1) * s + (m - 1) * t < size and (m > 1 or t == 0):
                        yield View(array, offset, (n, m), (s, t))


def squeezed(view):
    """The offsets without the axes along which nothing changes."""
    return elements(view)[tuple(slice(None) if s else 0 for s in view.strides)]


@pytest.mark.parametrize("varies", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_source_of_a_view_reads_its_elements(shape, varies):
    array, said = array_of(shape, varies), 0
    numbers = np.arange(array.size).reshape(shape) + 100.0
    if varies:
        numbers = numbers + 1000 * np.arange(2).reshape(2, *[1] * len(shape))
    flat = numbers.reshape(-1, array.size)
    for view in views(array):
        source = viewed("a", array, view)
        if source is None:
            continue
        said += 1
        found, where = eval(source, {"a": numbers}), squeezed(view)
        wanted = flat[:, where] if varies else flat[0, where]
        assert np.array_equal(found, wanted), (view.offset, view.shape, view.strides, source)
        assert np.shares_memory(found, numbers) or np.ndim(found) == 0, source
    assert said > 0


@pytest.mark.parametrize("shape", SHAPES)
def test_slices_say_all_that_goes_in_one_direction_and_all_rows_that_do_not_overlap(shape):
    array = array_of(shape)
    for view in views(array):
        lengths, strides = dense(view)
        sayable = len(strides) < 2
        if not sayable:
            (n, s), (m, t) = sorted(zip(lengths, strides, strict=True), key=lambda axis: axis[1])
            sayable = (n - 1) * s < t and view.offset + m * t <= array.size
        if sayable:
            assert viewed("a", array, view) is not None, (view.offset, view.shape, view.strides)


@pytest.mark.parametrize(
    ("shape", "offset", "lengths", "strides", "source"),
    [
        ((), 0, (), (), "a"), ((6,), 2, (), (), "a[2]"), ((2, 3), 4, (), (), "a[1, 1]"), ((6,), 0, (6,), (1,), "a"),
        ((6,), 1, (3,), (1,), "a[1:4]"), ((6,), 0, (3,), (2,), "a[0:5:2]"), ((2, 3), 0, (2, 3), (3, 1), "a"),
        ((2, 3), 3, (3,), (1,), "a[1]"), ((2, 3), 4, (2,), (1,), "a[1, 1:3]"), ((2, 3), 1, (2,), (3,), "a[:, 1]"),
        ((3, 4), 1, (2,), (4,), "a[0:2, 1]"), ((3, 4), 1, (3, 2), (4, 1), "a[:, 1:3]"), ((3, 4), 4, (2, 4), (4, 1), "a[1:3]"),
        ((3, 4), 0, (4, 3), (1, 4), "a.T"), ((3, 4), 5, (2, 2), (1, 4), "a[1:3, 1:3].T"),
        ((6,), 0, (2, 3), (3, 1), "a.reshape(2, 3)"), ((6,), 0, (3, 2), (1, 3), "a.reshape(2, 3).T"),
        ((6,), 1, (2, 2), (3, 1), "a.reshape(2, 3)[:, 1:3]"), ((6,), 0, (2, 2), (3, 2), "a.reshape(2, 3)[:, 0:3:2]"),
        ((6,), 0, (2, 2, 2), (3, 2, 1), None),
        ((2, 3), 0, (6,), (1,), "a.reshape(6)"), ((6,), 0, (2, 2), (1, 1), None), ((6,), 0, (2, 4), (2, 1), None),
    ],
)  # fmt: skip
def test_views_are_written_as_one_would(shape, offset, lengths, strides, source):
    assert viewed("a", array_of(shape), View(array_of(shape), offset, lengths, strides)) == source


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_read_is_classed_by_its_elements(shape):
    array = array_of(shape)
    for view in views(array):
        where, alone = elements(view), squeezed(view)
        every = np.array_equal(np.ravel(alone), np.arange(array.size))
        assert axes_of(view) == alone.ndim
        assert is_filled(view) == (every and dense(view)[1] == contiguous(alone.shape))
        assert is_array(view) == (view.whole and alone.shape == array.shape)
        assert view.whole == (np.array_equal(where.ravel(), np.arange(array.size)) and view.strides == contiguous(view.shape))
        assert key_of(view) == (view.offset, *dense(view))
        again = view_of(array, where)
        assert again is not None
        assert np.array_equal(elements(again), where)
        assert np.array_equal(offsets_along(view.offset, view.shape, view.strides), where)
    every = Take(array, np.arange(array.size))
    assert not is_array(every)
    assert not is_filled(every)
    assert axes_of(every) == 1
    assert key_of(every) == key_of(Take(array, np.arange(array.size))) != key_of(Take(array, np.arange(array.size)[None]))


def test_offsets_that_go_back_or_by_other_steps_are_no_view():
    array = array_of((9,))
    for offsets in ([2, 1, 0], [0, 1, 3], [[0, 1], [2, 4]], [[0, 1], [1, 3]]):
        assert view_of(array, np.array(offsets)) is None
    assert view_of(array, np.array([[4]])) == View(array, 4, (1, 1), (0, 0))


def two_arrays():
    plan = MatrixPlan([], place=np.full(8, -1))
    for start in (0, 4):
        add(plan, Array("", (4,), np.arange(start, start + 4), start == 4))
    return plan


def test_places_are_read_of_their_arrays_and_what_is_known_is_not_read_again():
    plan = two_arrays()
    assert plan.place.tolist() == [*range(8)]
    assert plan.starts == [0, 4]
    operands = Operands(plan, np.array([0.5, -0.0, 0.5, 0.0]))
    assert [operands.array_at(place) for place in (-1, 0, 3, 4, 7)] == [-1, 0, 0, 1, 1]
    assert operands.of(np.array([5, 6])) == View(plan.arrays[1], 1, (2,), (1,))
    assert operands.of(np.array([4, 5, 6, 7])).whole
    assert operands.gathered == 0
    taken = operands.of(np.array([7, 4, 5]))
    assert (taken.array, taken.offsets.tolist()) == (plan.arrays[1], [3, 0, 1])
    assert operands.of(np.array([7, 4, 5])) is taken
    assert operands.gathered == 3
    assert operands.of(np.array([-1, -3])).values == 0.5
    assert operands.of(np.array([-2, -4])).values.tolist() == [-0.0, 0.0]  # not the same to the bit
    assert plan.steps == []


def test_places_of_several_arrays_and_numbers_are_put_together_piece_by_piece():
    plan = two_arrays()
    operands = Operands(plan, np.array([0.5, 2.5]))
    found = operands.of(np.array([6, -2, 1, 0, 6]))
    (join,) = plan.steps
    assert isinstance(join, Join)
    assert join.made is plan.arrays[2]
    assert (join.made.shape, join.made.nodes.tolist(), join.made.varies) == ((4,), [-1] * 4, True)
    assert [piece.shape for piece in join.pieces] == [(), (2,), (1,)]
    assert isinstance(join.pieces[0], Constants)
    assert join.pieces[0].values == 2.5
    assert (found.array, found.offsets.tolist()) == (join.made, [3, 0, 2, 1, 3])
    assert (operands.pieces, operands.gathered) == (3, 5)
    assert plan.starts == [0, 4, 8]
    assert plan.place.tolist() == [*range(8)]  # nothing stands in what is only put together
    in_order = operands.of(np.array([2, 3, 4, 5]))  # one after another: of the joined array it is a view
    assert in_order == View(plan.arrays[3], 0, (4,), (1,))
    assert (operands.pieces, operands.gathered) == (5, 5)
    of_the_first = operands.of(np.array([-1, 0]))
    assert not of_the_first.array.varies


def test_an_array_of_one_node_and_one_of_none_have_their_places():
    plan = MatrixPlan([], place=np.full(2, -1))
    for nodes in ([1], [], [0]):
        add(plan, Array("", (len(nodes),), np.array(nodes, int), False))
    assert (plan.starts, plan.place.tolist()) == ([0, 1, 1], [1, 0])


def test_too_many_pieces_are_irregular():
    operands = Operands(two_arrays(), np.zeros(0))
    operands.most_pieces = 2
    operands.of(np.array([3, 4]))
    with pytest.raises(IrregularError):
        operands.of(np.array([2, 5]))


def test_what_is_solid_has_every_axis():
    plan = two_arrays()
    operands = Operands(plan, np.array([0.5, 2.5]))
    number = operands.solid(np.array([[-1, -1], [-1, -1]]))
    assert number.values.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert operands.solid(np.array([-1, -2])).values.tolist() == [0.5, 2.5]
    repeated = operands.solid(np.array([[1, 1], [2, 2]]))
    assert isinstance(repeated, Take)
    assert repeated.offsets.tolist() == [[1, 1], [2, 2]]
    assert operands.solid(np.array([[1], [2]])) == View(plan.arrays[0], 1, (2, 1), (1, 0))
    assert operands.solid(np.array([1, 2])) == View(plan.arrays[0], 1, (2,), (1,))
    joined = operands.solid(np.array([[1, 6], [1, 6]]))  # an element of the first and one of the second, twice
    (join,) = plan.steps
    assert (joined.array, joined.offsets.tolist()) == (join.made, [[0, 1], [0, 1]])
