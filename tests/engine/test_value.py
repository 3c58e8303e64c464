"""Values: the numbers they take, what they refuse, how they compare, convert and show themselves; constants and contexts."""

import copy
import math
import operator
import random
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from chalkgrad.engine import (
    NonFiniteError,
    Value,
    affine,
    exp,
    no_grad,
    nonfinite,
    operation,
    program,
    recording,
    sin,
    total,
    unit,
)
from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.modes import restored_modes
from chalkgrad.engine.recording import functions

NUMBERS = [
    3,
    3.0,
    True,
    Fraction(1, 4),
    Decimal("0.5"),
    np.float64(0.5),
    np.float32(0.5),
    np.float16(0.5),
    np.int64(3),
    np.int8(-3),
    np.uint8(3),
    np.bool_(True),
    np.longdouble(0.5),
    np.array(0.5),
]
REFUSED = [
    "3",
    b"3",
    bytearray(b"3"),
    np.str_("3"),
    None,
    3j,
    np.complex128(3j),
    np.complex64(3j),
    [3.0],
    (3.0,),
    {},
    object(),
    np.array([3.0]),
    np.array([[3.0]]),
    np.datetime64("2020-01-01"),
    np.timedelta64(5, "s"),
    math.sin,
]
OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod, operator.floordiv]


def names(things):
    return [f"{type(x).__name__} {x!r:.20}" for x in things]


# Numbers in ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", NUMBERS, ids=names(NUMBERS))
def test_every_kind_of_number_becomes_a_float(x):
    v = Value(x)
    assert type(v.data) is float
    assert v.data == x
    v.grad = x
    assert type(v.grad) is float
    v.data = x
    assert type(v.data) is float


def test_a_float32_keeps_the_value_it_has():
    assert Value(np.float32(0.1)).data == 13421773 / 2**27  # the float32 nearest to 0.1


@pytest.mark.parametrize("x", NUMBERS, ids=names(NUMBERS))
@pytest.mark.parametrize("apply", OPERATORS, ids=lambda f: f.__name__)
def test_every_kind_of_number_stands_on_either_side_of_an_operator(apply, x):
    v = Value(2.0)
    for node, value in ((apply(v, x), apply(2.0, float(x))), (apply(x, v), apply(float(x), 2.0))):
        assert type(node) is Value
        assert node.parents == (v,)
        assert type(node.data) is float
        assert all(type(number) is float for number in node.arguments if number is not v)
        assert node.data == value


@pytest.mark.parametrize("x", NUMBERS, ids=names(NUMBERS))
def test_every_kind_of_number_compares_on_either_side(x):
    v = Value(2.0)
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        assert bool(compare(v, x)) is compare(2.0, float(x))
        assert bool(compare(x, v)) is compare(float(x), 2.0)


@pytest.mark.parametrize("x", REFUSED, ids=names(REFUSED))
def test_what_is_no_real_number_is_refused_everywhere_with_a_sentence(x):
    v = Value(2.0, "v")
    for use in (
        lambda: Value(x),
        lambda: setattr(v, "data", x),
        lambda: exp(x),
        lambda: total([v, x]),
        *(() if isinstance(x, np.ndarray) else (lambda: v + x, lambda: v**x, lambda: v < x)),  # those go through an array
    ):
        with pytest.raises(TypeError, match=r"needs a real number, not"):
            use()
    assert v.data == 2.0


def test_a_gradient_is_assigned_as_a_number_or_taken_away_with_none():
    v = Value(2.0)
    for x in (x for x in REFUSED if x is not None):
        with pytest.raises(TypeError, match="a gradient needs a real number, not"):
            v.grad = x
    assert not v.has_grad
    v.grad += 1
    assert (v.grad, v.has_grad) == (1.0, True)
    v.grad = None
    assert (v.grad, v.has_grad) == (0.0, False)


def test_values_are_refused_where_a_plain_number_belongs():
    v = Value(2.0)
    for use in (lambda: Value(v), lambda: setattr(v, "data", v), lambda: setattr(v, "grad", v)):
        with pytest.raises(TypeError, match=r"already a Value: use it as it is, or its \.data"):
            use()


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf, np.float64("nan"), Decimal("inf")], ids=str)
def test_nan_and_infinities_are_refused_with_a_sentence(x):
    v = Value(2.0)
    for use in (lambda: Value(x), lambda: setattr(v, "data", x), lambda: v * x, lambda: x * v):
        with pytest.raises(ValueError, match=r'needs a finite number, not .*nonfinite\("propagate"\)'):
            use()


def test_nan_is_refused_in_an_order_with_a_sentence():
    with pytest.raises(ValueError, match="a comparison with a Value needs a finite number, not nan"):
        assert Value(2.0) < math.nan


@pytest.mark.parametrize("x", [10**400, Fraction(10**400, 3), -(10**400)], ids=["int", "Fraction", "negative"])
def test_numbers_beyond_the_largest_float_are_refused_with_a_sentence(x):
    v = Value(2.0)
    for use in (lambda: Value(x), lambda: v + x, lambda: x * v, lambda: v**x, lambda: affine([v], [x])):
        with pytest.raises(NonFiniteError, match=r"up to 1\.798e308"):
            use()


def test_a_label_that_is_no_text_is_refused_or_shown_but_never_breaks_the_display():
    with pytest.raises(TypeError, match="a label is a text"):
        Value(1.0, 5)
    v = Value(1.0)
    try:
        v.label = 5
    except TypeError:
        return
    assert "5" in repr(v + 1)


# Converting, comparing, formatting -----------------------------------------------------------------------------------

CONVERSIONS = [float, int, complex, round, math.floor, math.ceil, math.trunc, math.exp, math.sqrt, "%.4f".__mod__, range]


@pytest.mark.parametrize("convert", CONVERSIONS, ids=lambda f: f.__name__)
def test_turning_into_a_plain_number_is_refused_and_says_what_to_write(convert):
    v = Value(2.0, "speed")
    with pytest.raises(TypeError, match=r"speed\.data .*exp\(speed\), not math\.exp\(speed\)"):
        convert(v)


def test_the_advice_for_a_nameless_value_is_something_that_can_be_typed():
    values = [Value(2.0), Value(-3.0)]
    with pytest.raises(TypeError) as caught:
        float(values[0] * values[1])
    assert "-6.data" not in str(caught.value)
    assert "exp(-6)" not in str(caught.value)


def test_an_array_of_values_is_an_array_of_objects():
    a, b = Value(2.0), Value(-3.0)
    array = np.array([a, b])
    assert array.dtype == object
    assert np.sum(array).parents == (a, b)
    assert (array @ array).data == 13.0
    with pytest.raises(TypeError, match=r"\.data"):
        np.array([a, b], dtype=float)


@pytest.mark.parametrize(
    ("spec", "text"), [(".4f", "0.5000"), ("+.1e", "+5.0e-01"), (">8", "     0.5"), ("g", "0.5"), (".0%", "50%")]
)
def test_a_format_spec_formats_the_number(spec, text):
    assert format(Value(0.5), spec) == text


def test_an_empty_format_spec_shows_the_value():
    v = Value(0.5, "v")
    assert f"{v}" == str(v) == repr(v) == "<Value v = 0.5, grad not computed>"


def test_order_compares_data_and_equality_identity():
    a, b, twin = Value(2.0), Value(3.0), Value(2.0)
    assert a < b
    assert b > a
    assert a <= twin <= a
    assert a >= twin
    assert a != twin
    assert a == a
    assert a == 2.0
    assert a != 3
    assert a not in (None, "2", 2j, [2.0])
    assert sorted([b, a]) == [a, b]
    assert max(a, b) is b
    assert {a: 1, twin: 2}[a] == 1
    assert [b, twin].count(a) == 0


@pytest.mark.parametrize("x", NUMBERS, ids=names(NUMBERS))
def test_a_value_equals_its_number_whichever_side_it_stands_on(x):
    v = Value(x)
    assert (v == x) is True
    assert (v != x) is False
    assert bool(x == v) is True
    assert bool(x != v) is False
    assert (v == x + 1) is False
    assert bool(x + 1 != v) is True
    assert v in [x]
    assert len({v, float(x)}) == 2  # their hashes differ: a Value stays where it is in a set when its data changes


def test_a_value_is_true_where_it_is_not_zero_and_says_what_to_write_where_it_is():
    x = Value(-0.5, "x")
    assert x
    assert (1 if x else 2) == 1
    x.data = 0
    for use in (lambda: bool(x), lambda: x or 1, lambda: not x, lambda: any([x])):
        with pytest.raises(TypeError, match=r"x\.data != 0 for the number, or x is not None"):
            use()


def test_a_nameless_value_is_not_called_as_another_variable_is():
    v = Value(5.0)
    for use in (lambda: bool(Value(0.0)), lambda: float(v * 2)):
        with pytest.raises(TypeError) as caught:
            use()
        assert "v =" not in str(caught.value)
        assert "v.data" not in str(caught.value)
    assert v


def test_comparisons_know_infinities_and_recording_notes_equality_and_truth():
    x = Value(2.0, "x")
    assert x < math.inf
    assert x > -math.inf
    assert x != math.inf
    assert x != math.nan
    for use, said in ((lambda v: v == 2, "x == 2"), (bool, "x != 0")):
        x = Value(2.0, "x")
        with recording():
            y = 3 * x if use(x) else x
        with pytest.raises(ValueError, match=f"^{said}.* was decided by Python"):
            program(y, inputs=[x])


def test_parents_partials_and_data_of_a_computed_value_are_read_only():
    a = Value(2.0, "a")
    b = a * a
    for name in ("parents", "partials", "op", "arguments", "has_grad"):
        with pytest.raises(AttributeError):
            setattr(b, name, ())
    with pytest.raises(AttributeError, match=r"b = a·a is computed.*forward\(\)"):
        b.data = 5
    with pytest.raises(AttributeError, match="did you mean data"):
        a.dta = 5  # a misspelling is no new attribute


@pytest.mark.parametrize("x", [7.5, -7.5, 6.0, 0.3, -0.3, 1e17, 1.0, 5e-324])
@pytest.mark.parametrize("y", [2.0, -2.0, 0.1, -0.1, 3e-5, 1e300])
def test_remainders_and_whole_quotients_are_those_of_pythons_floats(x, y):
    """So 1.0 // 0.1 is 9, because 0.1 is a little more than a tenth; a quotient has no slope, a remainder steps down by y."""
    a, b = Value(x), Value(y)
    assert [(a % b).data, (a % y).data, (x % b).data] == [x % y] * 3
    assert [(a // b).data, (a // y).data, (x // b).data] == [x // y] * 3
    assert (a // b).partials == (0.0, 0.0)
    assert (a % b).partials == (1.0, -(x // y))


def test_an_angle_is_wrapped_to_a_turn_with_its_slope():
    x, y = Value(5.5, "x"), Value(2.0, "y")
    z = x % y
    z.backward()
    assert (z.data, x.grad, y.grad) == (1.5, 1.0, -2.0)
    assert (x // 2).data == 2.0
    assert [(np.float64(7.0) % y).data, (np.float64(7.0) // y).data] == [1.0, 3.0]
    assert repr(9 % (x - 2)) == "<Value 9 mod (x - 2) = 2, grad not computed>"


def test_a_formula_of_ones_own_may_have_a_remainder():
    """The number of whole turns, and what is left of an angle, as one node each."""
    left = operation("left", lambda x, y: x % y + 10 * (x // y) + 9 % y + 9 // y)
    x, y = Value(5.5, "x"), Value(2.0, "y")
    z = left(x, y)
    z.backward()
    assert (z.data, x.grad, y.grad) == (1.5 + 20.0 + 1.0 + 4.0, 1.0, -2.0 - 4.0)
    assert left(5.5, 2.0) == z.data


def test_logarithms_of_powers_are_whole_numbers_and_cube_roots_exact():
    assert [Value(2.0**n).log2().data for n in range(-1074, 1024)] == list(range(-1074, 1024))
    assert [Value(float(f"1e{n}")).log10().data for n in range(23)] == list(range(23))
    assert [Value(float(n) ** 3).cbrt().data for n in range(-99, 100)] == list(range(-99, 100))


def test_operators_that_are_not_there_are_type_errors():
    v = Value(5.0)
    for use in (
        lambda: divmod(v, 2),
        lambda: v & 1,
        lambda: v @ v,
        lambda: v[0],
        lambda: len(v),
    ):
        with pytest.raises(TypeError):
            use()
    with pytest.raises(TypeError, match="not iterable"):
        list(v)


def test_a_sum_begins_with_its_first_term():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    products = [a * b, b * b, a * a]
    s = sum(products)
    assert [node.op.name for node in s.tape() if node.op] == ["mul", "mul", "add", "mul", "add"]
    assert (s.data, sum(products[:1])) == (7.0, products[0])
    assert 0 + s is s
    running = 0
    running += products[0]
    assert running is products[0]
    s.backward()
    assert (a.grad, b.grad) == (-3 + 4, 2 - 6)


def test_only_the_int_0_before_a_computed_value_is_left_out():
    a = Value(2.0, "a")
    y = a * a
    for start in (0.0, -0.0, False, np.float64(0), 1, Value(0.0)):
        assert start + y is not y
        assert (start + y).op.name == "add"
    assert y + 0 is not y
    assert 0 - y is not y
    leaf = 0 + a  # a sum of one leaf is not the leaf
    assert leaf is not a
    assert leaf.parents == (a,)
    with no_grad():
        unrecorded = a * a
        assert 0 + unrecorded is not unrecorded
    with unit("h1"):
        assert (0 + y).place == ""


def test_augmented_assignment_records_and_leaves_the_old_value_alone():
    a = Value(2.0)
    v = a
    v += 1
    v *= a
    assert (v.data, a.data) == (6.0, 2.0)
    v.backward()
    assert a.grad == 5.0


@pytest.mark.parametrize("mine", [type("Parameter", (Value,), {"__slots__": ()}), type("Weight", (Value,), {})])
def test_a_subclass_takes_part_in_graphs(mine):
    p = mine(3.0, "p")
    for y in (p * 2, p + p, 2**p, sin(p), affine([p], [2.0]), total([p, p]), copy.copy(p) * 1):
        assert math.isfinite(y.data)
        y.backward()
    assert type(copy.deepcopy(p)) is mine
    assert p.grad == pytest.approx(2 + 2 + 8 * math.log(2) + math.cos(3) + 2 + 2)


def test_a_variable_names_an_instance_of_a_subclass_too():
    class Parameter(Value):
        __slots__ = ()

    weight = Parameter(3.0)
    assert repr(weight) == "<Value weight = 3, grad not computed>"


# Constants -----------------------------------------------------------------------------------------------------------

WITH_A_NUMBER = [
    (lambda x: x + 1, "x + 1"),
    (lambda x: 1 + x, "1 + x"),
    (lambda x: x - 1, "x - 1"),
    (lambda x: 1 - x, "1 - x"),
    (lambda x: x * 3, "x·3"),
    (lambda x: -3 * x, "(-3)·x"),
    (lambda x: x / 4, "x/4"),
    (lambda x: 1 / x, "1/x"),
    (lambda x: x**2, "x²"),
    (lambda x: x**-1, "x⁻¹"),
    (lambda x: x**0.5, "x^0.5"),
    (lambda x: 2**x, "2^x"),
    (lambda x: functions.maximum(x, 0), "max(x, 0)"),
    (lambda x: functions.hypot(3, x), "hypot(3, x)"),
    (lambda x: total([x, 1, x]), "x + 1 + x"),
    (lambda x: affine([x, 2], [3, x], 1), "x·3 + 2·x + 1"),
]


@pytest.mark.parametrize(("make", "written"), WITH_A_NUMBER, ids=[written for _, written in WITH_A_NUMBER])
def test_a_number_is_written_in_the_expression_and_is_nowhere_else(make, written):
    x = Value(1.5, "x")
    y = make(x)
    y.label = "y"
    assert set(y.parents) == {x}
    assert len(y.partials) == len(y.parents)
    assert list(y.tape()) == [x, y]
    assert len(y.steps()) == 1 + len(y.parents)
    assert repr(y).startswith(f"<Value y = {written} = ")
    assert any(isinstance(argument, float) for argument in y.arguments)


def test_the_logarithm_for_a_constant_exponents_derivative_is_never_taken():
    y = Value(-3.0) ** 2
    assert (y.data, y.partials) == (9.0, (-6.0,))
    y.backward()  # no logarithm of -3, so nothing that is not finite


@pytest.mark.parametrize("rule", ["add", "mul", "pow", "exp", "maximum", "hypot", "sigmoid", "leaky_relu"])
def test_on_numbers_alone_a_function_is_arithmetic(rule):
    f = getattr(functions, rule)
    arguments = (0.5, 2)[: len(f.__code__.co_varnames[: f.__code__.co_argcount])]
    assert type(f(*arguments)) is float
    assert f(*arguments) == f(*map(Value, arguments)).data


def test_lists_of_numbers_alone_are_arithmetic():
    assert total([1, 2, 3.5]) == 6.5
    assert affine([1, 2], [3, 4], 5) == 16.0
    assert type(functions.logsumexp([0])) is float


def test_a_frozen_leaf_takes_no_gradient_and_has_no_step():
    x, k = Value(3.0, "x"), Value(2.0, "k", constant=True)
    y = x * k
    y.label = "y"
    y.backward()
    assert x.grad == 2.0
    assert not k.has_grad
    assert k.constant
    assert repr(k) == "<Value k = 2, constant>"
    assert [step.parent for step in y.steps()] == [y, x]
    with pytest.raises(AttributeError, match="only a leaf"):
        y.constant = True


def test_freezing_and_thawing_a_leaf_takes_effect_on_the_next_sweep():
    x, w = Value(3.0), Value(2.0)
    y = x * w
    y.backward()
    w.constant = True
    assert not w.has_grad
    y.backward()
    assert (x.grad, w.has_grad) == (4.0, False)
    w.constant = False
    y.backward()
    assert (x.grad, w.grad) == (6.0, 3.0)


def test_a_frozen_leaf_with_an_infinite_local_derivative_does_not_stop_the_sweep():
    w, zero = Value(2.0, "w"), Value(0.0, "zero", constant=True)
    y = w * functions.sqrt(zero)
    y.backward()
    assert w.grad == 0.0
    assert not zero.has_grad


# Contexts ------------------------------------------------------------------------------------------------------------


def test_no_grad_computes_without_recording_and_ends_with_its_block():
    a = Value(2.0)
    with no_grad():
        results = [a * a, a + 1, exp(a), affine([a], [3.0], 1), total([a, a])]
        with no_grad():
            pass
        results.append(a**2)
    assert [v.data for v in results] == [4.0, 3.0, math.exp(2), 7.0, 4.0, 4.0]
    assert all(v.parents == v.partials == () and v.op is None and not v.constant for v in results)
    assert (a * a).parents == (a, a)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_contexts_are_left_by_any_exception(error):
    a = Value(2.0)

    def fail():
        with no_grad(), nonfinite("propagate"), unit("inner"):
            raise error

    with pytest.raises(error):
        fail()
    assert (a * a).parents == (a, a)
    assert (a * a).place == ""
    with pytest.raises(ValueError, match="finite"):
        Value(math.inf)


@pytest.mark.parametrize("make", [no_grad, lambda: nonfinite("propagate"), lambda: unit("u")])
def test_a_context_object_may_be_entered_again_inside_itself(make):
    context = make()
    a = Value(2.0)
    with restored_modes():  # or the tests that follow would fail as well
        with context, context:
            pass
        assert modes.in_use == 0
        assert (a * a).parents == (a, a)
        assert (a * a).place == ""
        with pytest.raises(ValueError, match="finite"):
            Value(math.inf)


def test_units_nest_and_are_given_to_leaves_and_nodes_alike():
    with unit("layer1"):
        x = Value(1.0)
        with unit("neuron3"):
            nodes = [Value(2.0), x * x, x + 1, total([x, x]), affine([x], [1.0]), x.tanh(), operation("f", lambda z: z)(x)]
        after = x + 1
    assert {node.place for node in nodes} == {"layer1.neuron3"}
    assert x.place == after.place == "layer1"
    assert (x + 1).place == ""
    for name in ("", None, 3):
        with pytest.raises(TypeError, match="a unit's name is a text"):
            unit(name)


def test_propagating_passes_infinities_and_nan_on_as_ieee_arithmetic_does():
    with nonfinite("propagate"):
        x = Value(-1.0)
        assert math.isnan(x.log().data)
        assert (Value(1.0) / 0).data == math.inf
        assert (Value(-1.0) / 0).data == -math.inf
        assert math.isnan((Value(0.0) / 0).data)
        assert exp(Value(1000.0)).data == math.inf
        assert (Value(0.0) ** -1).data == math.inf
        assert (Value(-1e200) ** 3).data == -math.inf
        assert math.isnan((Value(-8.0) ** (1 / 3)).data)
        assert Value(math.inf).tanh().data == 1.0
        root = Value(0.0)
        root.sqrt().backward()
        assert root.grad == math.inf
        with nonfinite("raise"), pytest.raises(ValueError, match="log"):
            x.log()
        x.log()
    with pytest.raises(ValueError, match="knows"):
        nonfinite("ignore")


def test_a_nan_that_comes_from_a_propagating_block_is_not_called_too_large():
    with nonfinite("propagate"):
        n = Value(math.nan, "n")
    with pytest.raises((NonFiniteError, ValueError), match="nan") as caught:
        n + 1
    assert "too large" not in str(caught.value)


def test_making_values_leaves_the_global_random_numbers_alone():
    random.seed(1)
    expected = random.random()
    random.seed(1)
    Value(2.0) * 3
    assert random.random() == expected


def test_a_value_is_called_by_its_label_else_the_callers_variable_else_its_expression():
    labelled, of_mine = Value(2.0, "α"), Value(3.0)
    assert [labelled.name, of_mine.name, (labelled * of_mine).name] == ["α", "of_mine", "α·of_mine"]


@pytest.mark.parametrize("name", ["backward", "zero_grad"])
def test_an_option_that_a_method_does_not_have_is_refused_and_nothing_is_done(name):
    x = Value(3.0, "x")
    y = x * x
    y.backward()
    with pytest.raises(TypeError, match=rf"^{name}\(\) has no retain_graph"):
        getattr(y, name)(retain_graph=True)
    assert x.grad == 6.0
