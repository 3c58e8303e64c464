"""Values beside NumPy's numbers and arrays: operators by element, NumPy's functions, and what is refused with a sentence."""

import gc
import math
import operator

import numpy as np
import pandas as pd
import pytest
from chalkgrad.engine import Value, maximum, no_grad, operation, recording
from chalkgrad.engine.basics.numbers_in import NUMBERS
from chalkgrad.engine.recording import operators
from chalkgrad.engine.rules import RULES

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]


def data(array):
    return np.vectorize(lambda v: v.data, otypes=[float])(array)


# Arrays --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("apply", OPERATORS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("numbers", [np.array([1.0, 2.0]), np.array([[1, 2], [3, 4]])], ids=["1-D", "2-D of ints"])
def test_an_operator_between_a_value_and_an_array_works_by_element(apply, numbers):
    v = Value(3.0)
    for array in (numbers, np.vectorize(Value, otypes=[object])(numbers)):
        for found, wanted in ((apply(v, array), apply(3.0, numbers)), (apply(array, v), apply(numbers, 3.0))):
            assert type(found) is np.ndarray
            assert found.dtype == object
            assert data(found) == pytest.approx(wanted, rel=1e-15)
            assert all(v in node.parents for node in found.flat)


@pytest.mark.parametrize("compare", COMPARISONS, ids=lambda f: f.__name__)
def test_a_comparison_with_an_array_is_an_array_of_truths(compare):
    v, array = Value(2.0), np.array([1.0, 2.0, 3.0])
    for found, wanted in ((compare(v, array), compare(2.0, array)), (compare(array, v), compare(array, 2.0))):
        assert found.dtype == bool
        assert found.tolist() == wanted.tolist()


def test_a_comparison_with_an_array_is_noted_under_recording():
    v = Value(2.0, "v")
    with recording():
        y = 3 * v if (v < np.array([3.0, 4.0])).all() else v
    assert y.parents == (v,)
    assert [*v._rule.comparisons] == ["v < 3.0"]  # the first for each leaf


def test_softmax_as_it_is_written_for_arrays():
    z = np.array([Value(1.0), Value(2.0), Value(3.0)])

    def softmax(z):
        e = np.exp(z - z.max())
        return e / e.sum()

    p = softmax(z)
    (-np.log(p)[2]).backward()
    right = np.exp([1.0, 2.0, 3.0]) / np.exp([1.0, 2.0, 3.0]).sum()
    assert data(p) == pytest.approx(right, abs=1e-15)
    assert [v.grad for v in z] == pytest.approx(right - [0, 0, 1], abs=1e-15)


def test_what_is_kept_in_place_is_kept_in_an_array_of_objects():
    v = Value(4.0)
    numbers = np.array([1.0, 2.0])
    with pytest.raises(TypeError, match=r"an array of float64 cannot hold Values: write a = a \+ v"):
        numbers += v
    assert numbers.tolist() == [1.0, 2.0]
    objects = np.array([Value(1.0), Value(2.0)])
    kept = objects
    objects /= v
    assert kept is objects
    assert data(objects).tolist() == [0.25, 0.5]


@pytest.mark.parametrize(
    ("apply", "sign"),
    [
        (operator.iadd, r"\+"),
        (operator.isub, "-"),
        (operator.imul, r"\*"),
        (operator.itruediv, "/"),
        (operator.ifloordiv, "//"),
        (operator.imod, "%"),
        (operator.ipow, r"\*\*"),
    ],
)
def test_an_operator_in_place_is_called_by_its_name(apply, sign):
    with pytest.raises(TypeError, match=f"write a = a {sign} v, which makes a new array, not a {sign}= v, or"):
        apply(np.array([1.0, 2.0]), Value(4.0))


@pytest.mark.parametrize("shape", [(), (2,)])
def test_what_a_function_of_numpy_is_to_fill_is_filled(shape):
    v, target = Value(4.0), np.empty(shape, dtype=object)
    assert np.add(v, 1, out=target) is target
    assert {node.data for node in target.flat} == {5.0}
    assert target.flat[0].parents == (v,)
    assert np.exp(v, out=target).flat[0].op is RULES["exp"]
    for use, instead in ((np.exp, "leave out= out of np.exp"), (np.negative, "leave out= out of np.negative")):
        with pytest.raises(TypeError, match=instead):
            use(v, out=np.zeros(shape))
    truths = np.zeros(shape, dtype=bool)
    np.less(v, 5.0, out=truths)
    assert truths.all()


@pytest.mark.parametrize("apply", [operator.mul, operator.sub], ids=lambda f: f.__name__)
def test_series_tables_and_masked_arrays_keep_what_they_are(apply):
    v = Value(3.0)
    series = pd.Series([1.0, 2.0], index=["a", "b"])
    for found, wanted in ((apply(v, series), apply(3.0, series)), (apply(series, v), apply(series, 3.0))):
        assert found.index.tolist() == ["a", "b"]
        assert [x.data for x in found] == wanted.tolist()
    assert apply(pd.DataFrame({"a": [1.0]}), v)["a"][0].parents == (v,)
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    assert apply(masked, v)[0].parents == (v,)
    assert apply(masked, v)[1] is np.ma.masked


def test_operations_of_ones_own_and_no_grad_hold_for_arrays_too():
    v = Value(3.0)
    mine = operation("mine", lambda x, y: x * x + y)
    assert data(mine(v, np.array([1.0, 2.0]))).tolist() == [10.0, 11.0]
    with no_grad():
        assert [node.parents for node in v * np.array([1.0, 2.0])] == [(), ()]


def test_what_cannot_be_an_element_is_refused_as_it_is_alone():
    v = Value(3.0)
    with pytest.raises(TypeError, match="needs a real number, not the str 'a'"):
        v * np.array(["a"])
    with pytest.raises(ValueError, match="needs a finite number, not nan"):
        np.array([1.0, math.nan]) * v
    for use in (lambda: v @ np.array([1.0]), lambda: np.array([1.0]) @ v):
        with pytest.raises(TypeError, match=r"sum\(a\*b for a, b in zip"):
            use()


# NumPy's functions ---------------------------------------------------------------------------------------------------

FUNCTIONS = {
    np.exp: "exp",
    np.tanh: "tanh",
    np.sqrt: "sqrt",
    np.abs: "abs",
    np.fabs: "abs",
    np.floor: "floor",
    np.log1p: "log1p",
    np.arcsin: "asin",
    np.arctan: "atan",
    np.negative: "neg",
    np.maximum: "maximum",
    np.fmin: "minimum",
    np.hypot: "hypot",
    np.multiply: "mul",
    np.true_divide: "div",
    np.power: "pow",
    np.deg2rad: "radians",
    np.radians: "radians",
    np.rad2deg: "degrees",
    np.degrees: "degrees",
    np.log2: "log2",
    np.log10: "log10",
    np.exp2: "exp2",
    np.cbrt: "cbrt",
    np.sign: "sign",
}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_function_of_numpy_records_the_tables_operation(function):
    numbers = (0.5, 0.25)[: function.nin]
    values = [Value(x) for x in numbers]
    node = function(*values)
    assert node.op is RULES[FUNCTIONS[function]]
    assert node.data == pytest.approx(float(function(*numbers)), rel=1e-15)
    if function.nin == 2:
        assert function(values[0], 0.25).parents == (values[0],)
        assert data(function(values[0], np.array([0.25, 0.5]))) == pytest.approx(function(0.5, np.array([0.25, 0.5])))


BY_ELEMENT = [np.arcsin, np.arccos, np.arctan, np.arcsinh, np.arctanh, np.deg2rad, np.rad2deg, np.exp, np.cbrt, np.log2]


@pytest.mark.parametrize("function", BY_ELEMENT, ids=lambda f: f.__name__)
def test_a_function_of_numpy_records_for_each_of_an_array_of_values(function):
    numbers = np.array([0.25, 0.5])
    found = function(np.array([*map(Value, numbers)]))
    assert data(found) == pytest.approx(function(numbers), rel=1e-15)
    assert all(node.parents for node in found)
    assert function.__name__ not in dir(Value) or function.__name__ in RULES


def test_the_spread_of_an_array_of_values_is_recorded():
    z = np.array([Value(1.0), Value(2.0), Value(4.0)])
    assert np.var(z).data == pytest.approx(np.var([1.0, 2.0, 4.0]), rel=1e-15)
    deviation = np.std(z)
    deviation.backward()
    assert deviation.data == pytest.approx(np.std([1.0, 2.0, 4.0]), rel=1e-15)
    wanted = (np.array([1.0, 2.0, 4.0]) - 7 / 3) / 3 / np.std([1.0, 2.0, 4.0])
    assert [v.grad for v in z] == pytest.approx(wanted, rel=1e-12)
    assert np.arctan2(z, z)[0].op is RULES["atan2"]
    for use in (np.round, np.rint):
        with pytest.raises(TypeError) as caught:
            use(z)
        assert "rounding Values would drop" in str(caught.value)


def test_a_tie_of_two_arrays_goes_to_the_first_as_numpy_compares():
    x, y = np.array([Value(1.0)]), np.array([Value(1.0)])
    assert np.maximum(x, y)[0] is x[0]
    assert maximum(x[0], y[0]).partials == (0.5, 0.5)


@pytest.mark.parametrize(
    ("use", "instead"),
    [
        (lambda v: np.square(v), r"write v\*\*2"),
        (lambda v: np.reciprocal(v), "write 1/v"),
        (lambda v: np.isnan(v), r"write np\.isnan\(v\.data\)"),
        (lambda v: np.rint(v), r"write np\.rint\(v\.data\) for the number, or an operation of your own"),
        (lambda v: np.multiply.outer(np.array([1.0]), v), r"np\.multiply\.outer of a Value"),
        (lambda v: np.add(v, [1.0, 2.0], where=[True, False]), r"np\.add of a Value"),
    ],
)
def test_what_the_table_lacks_says_what_to_write(use, instead):
    with pytest.raises(TypeError, match=instead):
        use(Value(2.0))


@pytest.mark.parametrize(
    "cut",
    [
        lambda z: np.maximum(z, 0),
        lambda z: np.maximum(0, z),
        lambda z: np.minimum(z, 0.5),
        lambda z: np.clip(z, 0, 1),
        lambda z: z.clip(0, 1),
        lambda z: np.maximum([z[0], 1], 0),
    ],
)
def test_a_maximum_of_values_and_a_number_never_puts_the_number_in_their_place(cut):
    with pytest.raises(TypeError, match=r"would keep the number .*\[(maximum|minimum)\(v, "):
        cut(np.array([Value(-1.0), Value(2.0)]))


def test_comparisons_beside_a_maximum_and_maxima_of_values_are_let_alone():
    z = np.array([Value(-1.0), Value(2.0)])
    assert np.maximum(z, z[::-1]).tolist() == [z[1], z[1]]
    assert np.maximum(z, Value(0.0))[0].op is RULES["maximum"]
    assert [bool(v >= 0) for v in z] == (z >= 0).tolist() == [False, True]
    assert (z[0] <= 0, z[1] <= 0) == (True, False)


def test_code_that_mentions_a_maximum_compares_as_any_other():
    a, z = Value(2.0), np.array([Value(-1.0), Value(2.0)])
    assert operator.ge(a, 1.0)
    assert not operator.le(a, 1.0)
    assert np.greater_equal(z, 0.0).tolist() == [False, True]
    assert np.less_equal(z, 0.0).tolist() == [True, False]
    assert list(map(a.__ge__, [1.0, 3.0])) == [True, False]
    assert maximum(a, 1.0).op is np.maximum(a, 1.0).op is RULES["maximum"]


def test_a_maximum_under_another_name_is_refused_too():
    larger, z = np.maximum, np.array([Value(-1.0), Value(2.0)])
    for cut in (lambda: larger(z, 0), lambda: np.maximum.reduce(z, initial=0), lambda: np.fmin(*[z, 0])):
        with pytest.raises(TypeError, match="would keep the number"):
            cut()


def test_numpy_finds_none_where_an_operator_stands_and_a_function_elsewhere():
    v, x = Value(2.0), np.float64(3.0)
    asked = []

    class Watched(Value):
        def __rmul__(self, other):
            asked.append(type(other))
            return v * other

    w = Watched(2.0)
    assert (x * w).data == np.multiply(x, w).data == operator.mul(x, w).data == 6.0
    assert asked == [np.float64, float, float]  # the first has come from the operator, without a way through a ufunc
    assert w.__array_ufunc__ is None


# Kinds of number and of Value: the quick way -------------------------------------------------------------------------


class Parameter(Value):
    pass


@pytest.fixture
def no_collection():
    gc.disable()  # after a collection a subclass is met in general once more
    yield
    gc.enable()


@pytest.mark.parametrize(
    "other",
    [np.float64(0.5), np.float32(0.5), np.int64(3), np.uint8(3), np.bool_(True), True, Parameter(0.5)],
    ids=lambda x: type(x).__name__,
)
def test_numbers_of_numpy_and_subclasses_are_recorded_by_the_same_lines_as_floats_and_values(other, monkeypatch, no_collection):
    v = Value(2.0)
    v * other  # the first of a kind is met in general
    Parameter(2.0) * v
    monkeypatch.setattr(operators, "record", None)  # nothing more is left to it from here on
    for node in (v * other, other * v, v + other, other - v, Parameter(2.0) * other, other / Parameter(2.0)):
        assert type(node) is Value
        assert type(node.data) is float
        assert all(type(x) is float for x in node.arguments if not isinstance(x, Value))
    assert (v * other).data == 2.0 * float(getattr(other, "data", other) if isinstance(other, Value) else other)
    assert type(Parameter(0.0).tanh()) is Value


def test_only_kinds_that_are_numbers_and_nothing_more_are_known_at_a_glance():
    v = Value(2.0)
    for x in (np.float16(0.5), np.array(0.5)):
        v * x
    assert np.float16 in NUMBERS
    assert np.ndarray not in NUMBERS
    assert {kind.__module__ for kind in NUMBERS} <= {"builtins", "numpy", "fractions", "decimal"}
    for x in (np.float64("nan"), np.float64("inf")):
        with pytest.raises(ValueError, match="needs a finite number"):
            v * x
