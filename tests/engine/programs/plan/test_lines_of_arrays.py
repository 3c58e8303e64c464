"""What the lines of a source of arrays read has the elements that are meant; sums and constants are written as one would."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from arrays_of_plans import FunctionalNumPy, elements
from chalkgrad.engine.formulas.notation import ATOM, SUM
from chalkgrad.engine.programs.plan.array_lines import ArrayLines, in_parentheses, is_made, offsets_of, sum_of, times
from chalkgrad.engine.programs.plan.steps import Array, Constants, Take, View
from chalkgrad.engine.programs.text import UniqueNames
from chalkgrad.engine.recording.emit import Written

SAMPLES = 2


def page_of(functional=False):
    return ArrayLines(SimpleNamespace(fresh=UniqueNames(["a", "s"])), functional, "s")


def array_of(shape, varies=False):
    size = int(np.prod(shape))
    return Array("a", shape, np.arange(size), varies)


def numbers_of(array):
    numbers = np.arange(array.size).reshape(array.shape) + 100.0
    return numbers + 1000 * np.arange(SAMPLES).reshape(SAMPLES, *[1] * len(array.shape)) if array.varies else numbers


def computed(page, source, array):
    names = {"np": FunctionalNumPy(), "s": np.zeros((SAMPLES, 1)), "a": numbers_of(array)} | page.constants
    exec("\n".join([*page.converted, *page.lines]), names)
    return eval(source, names)


def operands(array):
    """Yields views with up to two axes, repeated ones included, and places."""
    size = array.size
    for offset in range(size):
        yield View(array, offset, (), ())
        for n, s in itertools.product((1, 2, 3), (0, 1, 2)):
            if offset + (n - 1) * s < size and (n > 1 or s == 0):
                yield View(array, offset, (n,), (s,))
                for m, t in itertools.product((1, 2, 3), (0, 1, 3)):
                    if offset + (n - 1) * s + (m - 1) * t < size and (m > 1 or t == 0):
                        yield View(array, offset, (n, m), (s, t))
    yield Take(array, np.array([size - 1, 0, 0]))
    yield Take(array, np.array([[0, size - 1], [size - 1, 0]]))


@pytest.mark.parametrize("functional", [False, True])
@pytest.mark.parametrize("varies", [False, True])
@pytest.mark.parametrize("shape", [(), (5,), (2, 3)])
def test_what_is_read_broadcasts_to_its_elements(shape, varies, functional):
    array = array_of(shape, varies)
    flat = numbers_of(array).reshape(*[SAMPLES] * varies, array.size)
    for operand in operands(array):
        page = page_of(functional)
        source = page.read(operand, operand.shape)
        found, wanted = computed(page, source, array), flat[..., elements(operand)]
        assert np.ndim(found) <= wanted.ndim, source
        assert np.array_equal(np.broadcast_to(found, wanted.shape), wanted), (operand, source)
        lines = [*page.lines]
        assert page.read(operand, operand.shape) == source
        assert page.lines == lines
        bare = computed(page, page.read(operand, ()), array)
        alone = flat[..., offsets_of(operand)]
        assert np.array_equal(bare, alone), (operand, source)
        assert np.shape(bare) == alone.shape, (operand, source)


@pytest.mark.parametrize(
    ("shape", "varies", "operand", "source", "lines"),
    [
        ((5,), False, (0, (3, 5), (0, 1)), "a", []),
        ((5,), False, (0, (5, 3), (1, 0)), "a[:, None]", []),
        ((5,), False, (2, (3, 3), (0, 0)), "a[2]", []),
        ((5,), False, (1, (3,), (1,)), "a[1:4]", []),
        ((6,), False, (0, (2, 2, 3), (0, 3, 1)), "a_part", ["a_part = a.reshape(2, 3)"]),
        ((6,), False, (0, (2, 2, 3), (3, 0, 1)), "a_part[:, None, :]", ["a_part = a.reshape(2, 3)"]),
        ((5,), True, (0, (3, 5), (0, 1)), "a[:, None, :]", []),
        ((5,), True, (2, (3, 4), (0, 0)), "a[:, 2][:, None, None]", []),
        ((), True, (0, (3,), (0,)), "a[:, None]", []),
        ((5,), True, (1, (3,), (1,)), "a[:, 1:4]", []),
        ((2, 3), False, (0, (2, 3), (3, 1)), "a", []),
    ],
)  # fmt: skip
def test_reads_are_written_as_one_would(shape, varies, operand, source, lines):
    page = page_of()
    operand = View(array_of(shape, varies), *operand)
    assert page.read(operand, operand.shape) == source
    assert page.lines == lines
    assert page.read(operand, operand.shape) == source
    assert page.lines == lines


def test_what_a_name_is_given_for_is_put_into_a_variable_once():
    page, array = page_of(), array_of((2, 3))
    assert page.read(View(array, 0, (2, 2), (3, 1)), (), "W1") == "W1"
    assert page.read(View(array, 0, (2, 2), (3, 1)), (2, 2)) == "W1"
    assert page.read(View(array, 0, (2, 3), (3, 1)), (), "W2") == "a"
    assert page.read(Take(array, np.array([5, 0])), ()) == "a_part"
    assert page.lines == ["W1 = a[:, 0:2]", "a_part = a.reshape(6).take(i, -1)"]


@pytest.mark.parametrize(
    ("shape", "varies", "functional", "source"),
    [
        ((), False, False, "a[..., None].take(i, -1)"), ((2,), False, False, "a.take(i, -1)"),
        ((2, 3), False, False, "a.reshape(6).take(i, -1)"), ((2, 3), True, False, "a.reshape(-1, 6).take(i, -1)"),
        ((2,), True, True, "a[..., i]"), ((2, 3), True, True, "a.reshape(-1, 6)[..., i]"),
    ],
)  # fmt: skip
def test_places_are_taken_of_the_flat_array(shape, varies, functional, source):
    page = page_of(functional)
    assert page.read(Take(array_of(shape, varies), np.array([0, 0])), (2,)) == "a_part"
    assert page.lines == [f"a_part = {source}"]


def test_constants_are_kept_once_by_what_they_are():
    page = page_of()
    assert page.read(Constants(-0.5), ()) == "-0.5"
    ones = np.array([1.0, 2.0])
    assert page.read(Constants(ones), (2,)) == page.read(Constants(ones.copy()), (2,)) == "k"
    assert page.constant("k", ones.view(np.int64)) == "k_2"
    assert page.constant("i", ones.reshape(2, 1)) == "i"
    assert page.array_lines() == [
        "k = np.array([1.0, 2.0])",
        "k_2 = np.array([4607182418800017408, 4611686018427387904])",
        "i = np.array([1.0, 2.0]).reshape(2, 1)",
    ]
    assert page.converted == []


def test_constants_of_a_library_are_made_in_each_call():
    page = page_of(functional=True)
    assert page.read(Constants(np.array([1.0])), (1,)) == page.read(Constants(np.array([1.0])), (1,)) == "k"
    assert page.converted == ["k = np.constant(k_given)"]
    assert page.array_lines() == ["k_given = np.array([1.0])"]


def test_shapes_have_the_number_of_samples_where_an_array_varies():
    page, fixed, varied = page_of(), array_of((2, 3)), array_of((2, 3), varies=True)
    assert [page.shape(fixed, (2, 3)), page.shape(fixed, (2,)), page.shape(fixed, ())] == ["(2, 3)", "(2,)", "()"]
    assert [page.shape(varied, (2, 3)), page.shape(varied, ())] == ["(s.shape[0], 2, 3)", "(s.shape[0],)"]
    assert page.spread_out("-0.5", varied, (2,)) == "np.full((s.shape[0], 2), -0.5)"
    assert page.spread_out("a", fixed, (2,)) == "np.broadcast_to(a, (2,))"


def test_a_sum_of_many_terms_is_added_up_in_several_lines():
    page = page_of()
    page.add_up("g", ["x", "-y"])
    page.add_up("h", [f"t{k}" for k in range(50)])
    terms = [f"t{k}" for k in range(50)]
    assert page.lines == [
        "g = x - y",
        f"h = {' + '.join(terms[:24])}",
        f"h = h + {' + '.join(terms[24:48])}",
        "h = h + t48 + t49",
    ]


@pytest.mark.parametrize(
    ("factor", "text", "binding", "written"),
    [(1.0, "x - y", SUM, "x - y"), (-1.0, "x - y", SUM, "-(x - y)"), (-1.0, "x", ATOM, "-x"), (2.0, "x", ATOM, "2.0 * x"),
     (-0.5, "x - y", SUM, "-0.5 * (x - y)"), (0.5, "x", ATOM, "0.5 * x")],
)  # fmt: skip
def test_a_factor_of_one_is_a_sign(factor, text, binding, written):
    assert times(factor, Written(text, binding)) == written


@pytest.mark.parametrize(
    ("terms", "written"),
    [(["x"], "x"), (["-x"], "-x"), (["x + y"], "x + y"), (["-x", "y"], "y - x"), (["-x", "-y"], "-x - y"),
     (["x - y", "z"], "(x - y) + z"), (["f(x - y)", "z"], "f(x - y) + z")],
)  # fmt: skip
def test_terms_with_a_minus_come_last(terms, written):
    assert sum_of(terms) == written


@pytest.mark.parametrize(
    ("text", "made"),
    [("t", False), ("t[:, 0]", False), ("t.T", False), ("t[0].reshape(3, 1)", False), ("u @ v", True), ("-u", True),
     ("np.exp(u)", True), ("np.broadcast_to(u, (2,))", False), ("u.sum(0)", True), ("u.take(i, -1)", True), ("npx", False)],
)  # fmt: skip
def test_what_is_computed_is_told_from_what_is_a_name_or_a_part(text, made):
    assert is_made(text) is made
    if not made:  # then it shares its elements with what it names
        t = np.arange(6.0).reshape(2, 3)
        found = eval(text, {"np": np, "t": t, "u": t[0, :1], "npx": t})
        assert np.shares_memory(found, t)


def test_what_is_no_name_is_put_in_parentheses():
    assert in_parentheses("x") == "x"
    assert in_parentheses("x[0]") == "(x[0])"
